//! A shift from outside: the duty log, the handover that both officers sign, what the cases amount to, and files of all that.
#![expect(clippy::expect_used, reason = "in a test, a panic is the report")]

use cim_app::{
    Desk, DeskSettings,
    wire::{
        AnalysisByDto, AnalysisQueryDto, ClockDto, DutyItemKindDto, DutyPageDto, DutyQueryDto,
        DutySourceDto, HandoverActDto, HandoverDto, HandoverStateDto, Mode, ReportFileDto,
        ReportFormatDto, ReportOfDto, Target,
    },
};
use cim_geo::Geodetic;
use cim_model::{
    Datastream, DatastreamId, Event, EventId, EventLevel, EventStatus, Limits, Observation,
    Quality, SensorKind, Standing as EventStanding, Thing, ThingId, TimeSource, UtcMillis,
};
use cim_sync::{
    Exchanged, Update,
    exchange::{OutboundFact, RemoteFact},
};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};
use tokio::runtime::Handle;

/// 2025-11-17T12:00+08:00, a Monday.
const NOON: i64 = 1_763_352_000_000;
const HOUR: i64 = 3_600_000;

/// A clock that stands where it is put.
struct Standing(AtomicI64);

impl Standing {
    fn at(millis: i64) -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(millis)))
    }

    fn put(&self, millis: i64) {
        self.0.store(millis, Ordering::SeqCst);
    }
}

impl TimeSource for Standing {
    fn now(&self) -> UtcMillis {
        UtcMillis(self.0.load(Ordering::SeqCst))
    }
}

/// An empty folder of this name.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("duty")
        .join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("the folder of the last run goes");
    }
    folder
}

async fn open(cache: &Path, time: &Arc<Standing>) -> Desk {
    let time: Arc<dyn TimeSource> = Arc::<Standing>::clone(time);
    let settings = DeskSettings {
        cache: cache.to_owned(),
        hub: None,
        city: None,
        mode: Mode::Desk,
        language: "zh-CN".to_owned(),
        operator: "李娜".to_owned(),
        access: cim_sync::access::Access::default(),
        sources: Vec::new(),
        time,
    };
    Desk::open(settings, Handle::current())
        .await
        .expect("the desk opens")
}

/// A device `t0` with a series `d0`: every second, critical from 50.
fn catalogue() -> Update {
    let position = Geodetic {
        lon_deg: 117.2,
        lat_deg: 34.26,
        height_m: 0.0,
    };
    let thing = Thing {
        id: ThingId::new("t0"),
        name: "人民路 3 号井".to_owned(),
        description: String::new(),
        kind: SensorKind::Gas,
        position,
        properties: Vec::new(),
    };
    let datastream = Datastream {
        id: DatastreamId::new("d0"),
        thing: ThingId::new("t0"),
        name: "甲烷".to_owned(),
        observed_property: "methane".to_owned(),
        unit: "%LEL".to_owned(),
        period_s: 1.0,
        limits: Limits {
            above_critical: Some(50.0),
            ..Limits::default()
        },
    };
    Update::Catalogue {
        things: vec![thing],
        datastreams: vec![datastream],
        cameras: Vec::new(),
    }
}

fn observed(millis: i64, value: f64) -> Update {
    Update::Observations(vec![Observation {
        datastream: DatastreamId::new("d0"),
        happened_at: UtcMillis(millis),
        value,
        quality: Quality::Good,
    }])
}

/// An event `e<n>` that happened at `millis`.
fn event(n: u32, millis: i64) -> Event {
    Event {
        id: EventId::new(format!("e{n}")),
        title: format!("路面塌陷 {n}"),
        description: String::new(),
        category: "road_damage".to_owned(),
        level: EventLevel::III,
        status: EventStatus::Reported,
        position: Geodetic {
            lon_deg: 117.2,
            lat_deg: 34.26,
            height_m: 0.0,
        },
        happened_at: UtcMillis(millis),
        known_at: UtcMillis(millis),
        source: "hotline".to_owned(),
        standing: EventStanding::Actual,
    }
}

fn query(from: i64, to: i64) -> DutyQueryDto {
    DutyQueryDto {
        from,
        to,
        count: 1_000,
        is_oldest_first: true,
        ..DutyQueryDto::default()
    }
}

/// The log of the hours around noon.
async fn log(desk: &Desk) -> DutyPageDto {
    desk.refresh().await;
    let around = query(NOON - 24 * HOUR, NOON + 48 * HOUR);
    desk.duty_log(&around).await.expect("a log")
}

fn texts(page: &DutyPageDto) -> Vec<&str> {
    page.rows.iter().map(|row| row.text.as_str()).collect()
}

async fn act(desk: &Desk, id: &str, act: HandoverActDto) -> HandoverDto {
    let acted = desk.act_on_handover(id, &act).await;
    acted.expect("it is its turn").handover
}

/// Why an act is not possible.
async fn refusal(desk: &Desk, id: &str, act: HandoverActDto) -> String {
    let refused = desk.act_on_handover(id, &act).await;
    refused.expect_err("it is refused").to_string()
}

fn draft(incoming: &str, acknowledged: &[&str]) -> HandoverActDto {
    HandoverActDto::Draft {
        incoming: incoming.to_owned(),
        note: "雨季，注意下穿通道".to_owned(),
        acknowledged: acknowledged.iter().map(|&id| id.to_owned()).collect(),
        notes: vec!["3 号泵站待修".to_owned(), "  ".to_owned()],
    }
}

fn sign_out(proof: &str) -> HandoverActDto {
    HandoverActDto::SignOut {
        statement: "以上记录属实".to_owned(),
        proof: proof.to_owned(),
    }
}

fn sign_in(officer: &str, proof: &str, seen: Vec<String>) -> HandoverActDto {
    HandoverActDto::SignIn {
        officer: officer.to_owned(),
        statement: "已逐项核对".to_owned(),
        proof: proof.to_owned(),
        seen,
    }
}

#[tokio::test]
async fn the_log_keeps_what_was_written_and_strikes_what_was_wrong_over_a_restart() {
    let (cache, time) = (folder("log"), Standing::at(NOON));
    let desk = open(&cache, &time).await;
    let wrong = desk.write_duty(" 水深 72 cm ", "").await.expect("written");
    assert_eq!(
        (wrong.text.as_str(), wrong.by.as_str()),
        ("水深 72 cm", "李娜")
    );
    assert!(wrong.is_changeable && wrong.at == NOON);
    time.put(NOON + 1_000);
    let right = desk
        .correct_duty(&wrong.id, "水深 27 cm", "读错水尺")
        .await
        .expect("corrected");
    assert_eq!(right.corrects.as_deref(), Some(wrong.id.as_str()));
    time.put(NOON + 2_000);
    let again = desk.write_duty("重复", "").await.expect("written");
    desk.strike_duty(&again.id, "记了两次")
        .await
        .expect("struck");
    let twice = desk.strike_duty(&again.id, "再来").await;
    let twice = twice.expect_err("it is struck").to_string();
    assert!(twice.contains("李娜"), "{twice}");
    assert!(desk.write_duty("  ", "").await.is_err());
    desk.close().await;

    time.put(NOON + 3_000);
    let desk = open(&cache, &time).await;
    let page = log(&desk).await;
    assert_eq!(texts(&page), ["水深 72 cm", "水深 27 cm", "重复"]);
    let struck: Vec<Option<&str>> = page
        .rows
        .iter()
        .map(|row| row.struck.as_ref().map(|struck| struck.reason.as_str()))
        .collect();
    assert_eq!(struck, [Some("读错水尺"), None, Some("记了两次")]);
    assert_eq!((page.total, page.by_source), (3, [0, 0, 0, 0, 3]));
    desk.close().await;
}

#[tokio::test]
async fn what_happens_writes_itself_into_the_log() {
    let (cache, time) = (folder("own"), Standing::at(NOON));
    let desk = open(&cache, &time).await;
    desk.apply(catalogue()).await;
    desk.apply(observed(NOON, 60.0)).await;
    let page = log(&desk).await;
    let row = page.rows.first().expect("the alarm");
    assert_eq!(page.rows.len(), 1);
    assert_eq!(
        (row.source, row.by.as_str()),
        (DutySourceDto::Alarm, "desk")
    );
    assert_eq!(row.text, "告警：人民路 3 号井，紧急");
    let thing = Target::Thing {
        id: "t0".to_owned(),
    };
    assert_eq!(row.target, Some(thing));
    assert!(!row.is_changeable);
    let strike = desk.strike_duty(&row.id, "不要").await;
    assert!(strike.is_err(), "the desk's own entries stay");

    time.put(NOON + 60_000);
    let alarm = row.subject.clone();
    desk.acknowledge(&alarm).await.expect("the alarm");
    let page = log(&desk).await;
    let row = page.rows.last().expect("the acknowledgement");
    assert_eq!((row.source, row.by.as_str()), (DutySourceDto::Act, "李娜"));
    assert_eq!(row.text, "确认告警：人民路 3 号井");
    desk.set_language("en").expect("English");
    let page = log(&desk).await;
    assert_eq!(texts(&page)[1], "Alarm acknowledged: 人民路 3 号井");

    desk.set_clock(ClockDto::At { time: NOON })
        .expect("a moment");
    assert!(
        desk.write_duty("补记", "").await.is_err(),
        "the past is over"
    );
    desk.close().await;
}

#[tokio::test]
async fn an_entry_of_another_desk_stands_in_the_same_log() {
    let (cache, time) = (folder("others"), Standing::at(NOON));
    let desk = open(&cache, &time).await;
    let fact = OutboundFact {
        id: format!("desk-2~duty:log#duty_written#王强#{NOON}"),
        object: "duty:log".to_owned(),
        verb: "duty_written".to_owned(),
        author: "王强".to_owned(),
        happened_at: UtcMillis(NOON),
        known_at: UtcMillis(NOON),
        cause: String::new(),
        body: r#"{"act":"write","source":"hand","subject":"","text":"分中心正常"}"#.to_owned(),
        base: None,
    };
    desk.apply(Update::Exchanged(Exchanged {
        facts: vec![RemoteFact {
            seq: 1,
            desk: "desk-2".to_owned(),
            fact,
            conflict_with: Vec::new(),
            holds: true,
        }],
        ..Exchanged::default()
    }))
    .await;
    let page = log(&desk).await;
    assert_eq!(texts(&page), ["分中心正常"]);
    assert_eq!(page.rows[0].by, "王强");
    desk.close().await;
}

/// Signs the handover `id` of what stands in `drafted` for both, and closes it.
async fn sign(desk: &Desk, time: &Standing, drafted: &HandoverDto) -> HandoverDto {
    let (id, proof) = (drafted.id.as_str(), drafted.proof.as_str());
    time.put(NOON + 2 * HOUR + 1_000);
    let signed = act(desk, id, sign_out(proof)).await;
    assert_eq!(signed.allowed, ["return", "sign_in"]);
    let seen: Vec<String> = drafted.items.iter().map(|item| item.id.clone()).collect();
    let theirs = refusal(desk, id, sign_in("李娜", proof, seen.clone())).await;
    assert!(theirs.contains("王强"), "{theirs}");
    let unseen = refusal(desk, id, sign_in("王强", proof, Vec::new())).await;
    assert!(unseen.contains('3'), "{unseen}");
    time.put(NOON + 2 * HOUR + 2_000);
    let signed = act(desk, id, sign_in("王强", proof, seen)).await;
    assert_eq!(signed.state, HandoverStateDto::SignedByIncoming);
    time.put(NOON + 2 * HOUR + 3_000);
    act(desk, id, HandoverActDto::Complete).await
}

#[tokio::test]
async fn both_officers_sign_and_the_other_one_sits_here_also_after_a_restart() {
    let (cache, time) = (folder("handover"), Standing::at(NOON));
    let desk = open(&cache, &time).await;
    desk.apply(catalogue()).await;
    desk.apply(observed(NOON, 60.0)).await;
    desk.apply(Update::Events(vec![event(1, NOON)])).await;
    desk.write_duty("接市局电话", "").await.expect("written");
    desk.refresh().await;

    time.put(NOON + 2 * HOUR);
    let board = desk.duty_board();
    assert_eq!(
        (board.operator.as_str(), board.since),
        ("李娜", NOON - 4 * HOUR)
    );
    assert_eq!(
        board.shift.as_ref().map(|shift| shift.id.as_str()),
        Some("day")
    );
    assert_eq!((board.open.alarms, board.open.events), (1, 1));
    let now = desk.handover(None).expect("what would be handed over");
    assert_eq!(now.state, HandoverStateDto::Open);
    assert_eq!((now.from, now.proof.as_str()), (NOON - 4 * HOUR, ""));
    let kinds: Vec<DutyItemKindDto> = now.items.iter().map(|item| item.kind).collect();
    assert_eq!(kinds, [DutyItemKindDto::Event, DutyItemKindDto::Alarm]);

    let alone = refusal(&desk, &now.id, draft("李娜", &[])).await;
    assert!(alone.contains("两"), "{alone}");
    let drafted = act(&desk, &now.id, draft("王强", &["e1"])).await;
    assert_eq!((drafted.items.len(), drafted.records), (3, 2));
    assert_eq!(drafted.proof.len(), 64);
    let refused = refusal(&desk, &now.id, sign_out(&drafted.proof)).await;
    assert!(
        refused.contains('1'),
        "the alarm is unacknowledged: {refused}"
    );
    time.put(NOON + 2 * HOUR + 500);
    let alarm = format!("d0@{NOON}");
    let drafted = act(&desk, &now.id, draft("王强", &["e1", &alarm])).await;
    assert_eq!(drafted.id, desk.handover(None).expect("under way").id);
    let done = sign(&desk, &time, &drafted).await;
    assert_eq!((done.state, done.is_intact), (HandoverStateDto::Done, true));
    assert_eq!(done.completed_at, Some(NOON + 2 * HOUR + 3_000));
    assert_eq!(desk.start().operator, "王强");
    assert_eq!(desk.duty_board().since, done.until);
    desk.close().await;

    time.put(NOON + 3 * HOUR);
    let desk = open(&cache, &time).await;
    assert_eq!(desk.duty_board().operator, "王强");
    let kept = desk.handover(Some(&done.id)).expect("the handover");
    assert!(kept.is_intact, "{kept:?}");
    assert_eq!(
        (&kept.signed_out, &kept.signed_in),
        (&done.signed_out, &done.signed_in)
    );
    let rows = desk.handovers();
    assert_eq!((rows.len(), rows[0].items), (1, 3));
    let written = desk.write_duty("已接班", "e1").await.expect("written");
    assert_eq!(written.by, "王强");
    let of = ReportOfDto::Handover { id: done.id };
    let pdf = export(&desk, &of, ReportFormatDto::Pdf).await;
    assert_eq!(pdf.missing, "");
    assert!(pdf.pages >= 1);
    export(&desk, &of, ReportFormatDto::Docx).await;
    let csv = desk.export_report(&of, ReportFormatDto::Csv, None).await;
    assert!(csv.is_err(), "a handover is no table");
    desk.close().await;
}

/// Writes a report into the cache's folder, and looks at its first and last bytes.
async fn export(desk: &Desk, of: &ReportOfDto, format: ReportFormatDto) -> ReportFileDto {
    let file = desk.export_report(of, format, None).await;
    let file = file.expect("a file");
    let bytes = fs::read(&file.path).expect("the file");
    assert_eq!(bytes.len() as u64, file.bytes);
    let has = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
    match format {
        ReportFormatDto::Pdf => {
            assert!(bytes.starts_with(b"%PDF-") && has(b"%%EOF"));
            assert_eq!(Path::new(&file.path).extension(), Some("pdf".as_ref()));
        }
        ReportFormatDto::Docx => {
            assert!(bytes.starts_with(b"PK") && has(b"word/document.xml"));
            assert_eq!(Path::new(&file.path).extension(), Some("docx".as_ref()));
        }
        ReportFormatDto::Csv => assert!(bytes.starts_with("\u{feff}".as_bytes())),
    }
    file
}

#[tokio::test]
async fn a_handover_that_is_sent_back_is_written_anew() {
    let (cache, time) = (folder("back"), Standing::at(NOON));
    let desk = open(&cache, &time).await;
    desk.write_duty("巡查完毕", "").await.expect("written");
    time.put(NOON + 1_000);
    let id = desk.handover(None).expect("a draft").id;
    let drafted = act(&desk, &id, draft("王强", &[])).await;
    act(&desk, &id, sign_out(&drafted.proof)).await;
    time.put(NOON + 2_000);
    let back = HandoverActDto::Return {
        officer: "王强".to_owned(),
        reason: "缺泵站情况".to_owned(),
    };
    let returned = act(&desk, &id, back).await;
    assert_eq!(returned.state, HandoverStateDto::Drafted);
    assert!(returned.signed_out.is_none());
    assert_eq!(returned.returned[0].reason, "缺泵站情况");
    time.put(NOON + 3_000);
    desk.write_duty("泵站正常", "").await.expect("written");
    let anew = act(&desk, &id, draft("王强", &[])).await;
    assert_ne!(anew.proof, drafted.proof);
    let old = refusal(&desk, &id, sign_out(&drafted.proof)).await;
    assert!(!old.is_empty());
    act(&desk, &id, sign_out(&anew.proof)).await;
    assert_eq!(desk.start().operator, "李娜");
    desk.close().await;
}

#[tokio::test]
async fn cases_are_counted_and_written_to_files() {
    let (cache, time) = (folder("analysis"), Standing::at(NOON));
    let desk = open(&cache, &time).await;
    let events = (0..3_u32).map(|n| event(n, NOON + i64::from(n) * 60_000));
    desk.apply(Update::Events(events.collect())).await;
    time.put(NOON + HOUR);
    desk.refresh().await;
    let query = AnalysisQueryDto {
        from: NOON,
        to: NOON + HOUR,
        ..AnalysisQueryDto::default()
    };
    let analysis = desk.analysis(&query).await.expect("an analysis");
    assert_eq!((analysis.total.cases, analysis.total.closed), (3, 0));
    assert_eq!(analysis.total.overdue, 3, "nobody took them for an hour");
    let hours = analysis
        .tables
        .iter()
        .find(|table| table.by == AnalysisByDto::Hour)
        .expect("hours");
    assert_eq!(hours.rows[0].group, "12");
    assert_eq!((analysis.repeats.len(), analysis.repeats[0].cases), (1, 3));
    let backwards = AnalysisQueryDto {
        to: NOON - 1,
        ..query.clone()
    };
    assert!(desk.analysis(&backwards).await.is_err());

    let of = ReportOfDto::Analysis { query };
    for format in [
        ReportFormatDto::Pdf,
        ReportFormatDto::Docx,
        ReportFormatDto::Csv,
    ] {
        export(&desk, &of, format).await;
    }
    let case = ReportOfDto::Case {
        id: "e1".to_owned(),
    };
    let pdf = export(&desk, &case, ReportFormatDto::Pdf).await;
    assert_eq!(pdf.missing, "");
    let nobody = ReportOfDto::Case {
        id: "e9".to_owned(),
    };
    assert!(
        desk.export_report(&nobody, ReportFormatDto::Pdf, None)
            .await
            .is_err()
    );
    desk.close().await;
}

#[tokio::test]
async fn the_log_is_a_table_wherever_a_person_wants_it() {
    let (cache, time) = (folder("table"), Standing::at(NOON));
    let desk = open(&cache, &time).await;
    desk.write_duty("=HYPERLINK(1)", "").await.expect("written");
    let of = ReportOfDto::DutyLog {
        from: NOON - HOUR,
        to: NOON + HOUR,
    };
    let first = export(&desk, &of, ReportFormatDto::Csv).await;
    let second = export(&desk, &of, ReportFormatDto::Csv).await;
    assert_ne!(first.path, second.path, "nothing is overwritten unasked");
    let chosen = folder("chosen");
    fs::create_dir_all(&chosen).expect("a folder");
    let path = chosen.join("日志.csv");
    let there = Some(path.display().to_string());
    let file = desk
        .export_report(&of, ReportFormatDto::Csv, there.clone())
        .await
        .expect("a file");
    let text = fs::read_to_string(&file.path).expect("the file");
    assert!(text.contains("'=HYPERLINK(1)"), "{text}");
    let wrong = desk.export_report(&of, ReportFormatDto::Pdf, there).await;
    assert!(wrong.is_err(), "another ending");
    export(&desk, &of, ReportFormatDto::Pdf).await;
    desk.close().await;
}
