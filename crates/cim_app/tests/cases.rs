//! The event desk from outside: a cache folder, a clock that stands still, and messages instead of a hub.
#![expect(clippy::expect_used, reason = "in a test, a panic is the report")]

use cim_app::{
    AppError, Desk, DeskSettings,
    wire::{
        CaseActDto, CaseActedDto, CaseDetailDto, CaseDraftDto, CaseLightDto, CaseOrderDto,
        CaseQueryDto, CaseStageDto, CaseViewDto, ClockDto, DeskUpdate, LoopStepDto, Mode,
        StandingDto,
    },
};
use cim_geo::Geodetic;
use cim_model::{
    Datastream, DatastreamId, Event, EventId, EventLevel, EventStatus, Limits, Observation,
    Quality, SensorKind, Thing, ThingId, TimeSource, UtcMillis,
};
use cim_store::Store;
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

/// Noon in Shanghai on a Monday in 2025.
const NOON: i64 = 1_763_352_000_000;
const MINUTE: i64 = 60_000;
const PLACE: Geodetic = Geodetic {
    lon_deg: 121.5,
    lat_deg: 31.24,
    height_m: 0.0,
};

/// What is done to a case from its report to its end.
const WHOLE_WAY: [&str; 11] = [
    "event_reported",
    "event_registered",
    "event_assigned",
    "event_received",
    "event_arrived",
    "event_urged",
    "event_handled",
    "event_verified",
    "event_attached",
    "event_rated",
    "event_closed",
];

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
        .join("cases")
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
        language: "en".to_owned(),
        operator: "Li Na".to_owned(),
        access: cim_sync::access::Access::default(),
        sources: Vec::new(),
        time,
    };
    Desk::open(settings, Handle::current())
        .await
        .expect("the desk opens")
}

/// What the desk shows now.
async fn shown(desk: &Desk) -> Arc<DeskUpdate> {
    desk.refresh().await;
    let updates = desk.watch();
    Arc::clone(&updates.borrow())
}

/// A gas sensor that raises a critical alarm from 50 on.
fn catalogue() -> Update {
    let thing = Thing {
        id: ThingId::new("t0"),
        name: "Chamber 0".to_owned(),
        description: String::new(),
        kind: SensorKind::Gas,
        position: PLACE,
        properties: Vec::new(),
    };
    let datastream = Datastream {
        id: DatastreamId::new("d0"),
        thing: ThingId::new("t0"),
        name: "Methane".to_owned(),
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

fn event(n: u32, status: EventStatus) -> Event {
    Event {
        id: EventId::new(format!("e{n}")),
        title: format!("Road damage {n}"),
        description: "A hole in the asphalt".to_owned(),
        category: "road_damage".to_owned(),
        level: EventLevel::III,
        status,
        // Far enough apart to be no neighbours.
        position: Geodetic {
            lon_deg: PLACE.lon_deg + 0.01 * f64::from(n % 100),
            lat_deg: PLACE.lat_deg + 0.01 * f64::from(n / 100),
            height_m: 0.0,
        },
        happened_at: UtcMillis(NOON),
        known_at: UtcMillis(NOON),
        source: "hotline".to_owned(),
        standing: cim_model::Standing::Actual,
    }
}

fn query() -> CaseQueryDto {
    CaseQueryDto {
        count: 1_000,
        ..CaseQueryDto::default()
    }
}

fn text(text: &str) -> String {
    text.to_owned()
}

fn register() -> CaseActDto {
    CaseActDto::Register {
        category: String::new(),
    }
}

fn assign(party: &str) -> CaseActDto {
    CaseActDto::Assign {
        party: text(party),
        note: text("at once"),
    }
}

fn comment(said: &str) -> CaseActDto {
    CaseActDto::Comment { text: text(said) }
}

fn draft(title: &str) -> CaseDraftDto {
    CaseDraftDto {
        title: text(title),
        category: text("road_damage"),
        place: Some([PLACE.lon_deg, PLACE.lat_deg]),
        ..CaseDraftDto::default()
    }
}

async fn act(desk: &Desk, id: &str, act: CaseActDto) -> CaseActedDto {
    desk.act_on_case(id, &act).await.expect("it is allowed")
}

async fn refusal(desk: &Desk, id: &str, act: CaseActDto) -> String {
    match desk.act_on_case(id, &act).await {
        Err(AppError::Refused { word, .. }) => word,
        other => format!("{other:?}"),
    }
}

async fn case(desk: &Desk, id: &str) -> CaseDetailDto {
    desk.case(id).await.expect("the case")
}

async fn stage(desk: &Desk, id: &str) -> CaseStageDto {
    case(desk, id).await.row.stage
}

/// Verbs of the case's own steps.
async fn verbs(desk: &Desk, id: &str) -> Vec<String> {
    let entries = case(desk, id).await.timeline.into_iter();
    let verbs = entries.map(|entry| entry.verb);
    verbs.filter(|verb| verb.starts_with("event_")).collect()
}

/// What a closed desk wrote down about cases, as the hub hands it on under the name of that desk.
async fn handed_on(cache: &Path, desk: &str) -> Vec<RemoteFact> {
    let (store, _) = Store::open(cache).await.expect("its cache");
    let facts = store.facts_since(UtcMillis(0)).await.expect("its facts");
    store.close().await;
    let about_cases = facts
        .into_iter()
        .filter(|fact| fact.subject.starts_with("event:") && fact.verb != "event_changed");
    (1..)
        .zip(about_cases)
        .map(|(seq, fact)| RemoteFact {
            seq,
            desk: desk.to_owned(),
            fact: OutboundFact {
                id: format!("{desk}~{}", fact.id),
                object: fact.subject,
                verb: fact.verb,
                author: fact.author,
                happened_at: fact.happened_at,
                known_at: fact.known_at,
                cause: fact.cause,
                body: fact.body,
                base: None,
            },
            conflict_with: Vec::new(),
            holds: true,
        })
        .collect()
}

async fn bring(desk: &Desk, facts: Vec<RemoteFact>) {
    desk.apply(Update::Exchanged(Exchanged {
        facts,
        ..Exchanged::default()
    }))
    .await;
}

/// Takes a case from its report to its end, a step a minute.
async fn work_off(desk: &Desk, id: &str, time: &Standing) -> CaseActedDto {
    let steps = [
        register(),
        assign("gas"),
        CaseActDto::Receive,
        CaseActDto::Arrive {
            text: text("cordoned off"),
        },
        CaseActDto::Urge {
            text: text("hurry"),
            rung: 1,
        },
        CaseActDto::Handle {
            text: text("valve closed"),
        },
        CaseActDto::Verify {
            text: String::new(),
        },
    ];
    for (minute, step) in (1..).zip(steps) {
        time.put(NOON + minute * MINUTE);
        act(desk, id, step).await;
    }
    time.put(NOON + 8 * MINUTE);
    let file = ("valve.txt", "text/plain");
    desk.attach_to_case(id, file, text("dmFsdmU="), true)
        .await
        .expect("the evidence");
    time.put(NOON + 9 * MINUTE);
    let rate = CaseActDto::Rate {
        score: 5,
        text: text("quick"),
    };
    act(desk, id, rate).await;
    time.put(NOON + 10 * MINUTE);
    let close = CaseActDto::Close {
        text: text("sealed"),
    };
    act(desk, id, close).await
}

#[tokio::test]
async fn a_full_shift_leads_from_an_alarm_to_a_closed_case_and_a_restart_finds_it() {
    let (cache, time) = (folder("shift"), Standing::at(NOON));
    let desk = open(&cache, &time).await;
    desk.set_actor("shift_leader", None).expect("a role");
    desk.apply(catalogue()).await;
    desk.apply(observed(NOON, 60.0)).await;
    let alarm = format!("d0@{NOON}");
    let of_alarm = CaseDraftDto {
        category: text("gas_leak"),
        ..CaseDraftDto::default()
    };
    let told = desk
        .case_from_alarm(&alarm, &of_alarm)
        .await
        .expect("an event of the alarm");
    assert!(!told.is_joined && !told.is_repeated);
    let id = told.id;
    let again = desk.case_from_alarm(&alarm, &of_alarm).await;
    let again = again.expect("the same event");
    assert_eq!((again.id.as_str(), again.is_repeated), (id.as_str(), true));

    let page = desk.cases(&query());
    let row = page.rows.first().expect("the case");
    assert_eq!(
        (row.title.as_str(), row.level.as_str()),
        ("Chamber 0", "II")
    );
    assert_eq!((page.total, page.by_step), (1, [1, 0, 0, 0, 0, 0]));

    let closed = work_off(&desk, &id, &time).await;
    assert!(closed.undo_until.is_some() && closed.undo_needs_reason);

    let before = case(&desk, &id).await;
    assert_eq!(before.row.stage, CaseStageDto::Closed);
    assert_eq!(before.row.loop_step, LoopStepDto::Analyse);
    assert!(before.row.is_unsynced, "no hub has it");
    let told: Vec<String> = verbs(&desk, &id).await;
    assert_eq!(told, WHOLE_WAY);
    let verbs_of_alarm = before
        .timeline
        .iter()
        .filter(|entry| entry.verb.starts_with("alarm_"));
    assert_eq!(verbs_of_alarm.count(), 1, "what raised it belongs to it");
    let file = before.attachments.first().expect("the evidence");
    assert!(file.is_evidence && file.is_here);
    let bytes = desk.attachment(&file.digest).await.expect("its bytes");
    assert_eq!(bytes, "dmFsdmU=");
    let holder = before.assignments.first().expect("who had it");
    assert_eq!(
        (holder.party.name.as_str(), holder.received_at.is_some()),
        ("Gas supply", true)
    );
    desk.close().await;

    let desk = open(&cache, &time).await;
    let after = case(&desk, &id).await;
    assert_eq!(after.timeline, before.timeline);
    assert_eq!(after.row, before.row);
    let board = shown(&desk).await.event_board.clone();
    assert_eq!((board.open, board.role.as_str()), (0, "shift_leader"));
    desk.close().await;
}

#[tokio::test]
async fn an_event_of_the_hub_is_a_case_and_is_written_down_when_somebody_acts() {
    let (cache, time) = (folder("hub event"), Standing::at(NOON));
    let desk = open(&cache, &time).await;
    let events = vec![
        event(1, EventStatus::Reported),
        event(2, EventStatus::Closed),
    ];
    desk.apply(Update::Events(events)).await;
    let update = shown(&desk).await;
    assert_eq!(update.event_board.open, 1);
    let items = desk.outbox().await.expect("the outbox");
    assert!(items.iter().all(|item| item.subject != "event:e1"));
    let everything = CaseQueryDto {
        steps: vec![LoopStepDto::Collect, LoopStepDto::Analyse],
        ..query()
    };
    let page = desk.cases(&everything);
    let closed = page.rows.iter().find(|row| row.id == "e2");
    let closed = closed.expect("what the hub closed");
    assert!(closed.is_closed_at_source && closed.light.is_none());
    assert_eq!(closed.stage, CaseStageDto::Closed);

    act(&desk, "e1", register()).await;
    assert_eq!(
        verbs(&desk, "e1").await,
        ["event_reported", "event_registered"]
    );
    act(&desk, "e1", assign("roads")).await;
    let items = desk.outbox().await.expect("the outbox");
    let mut told: Vec<&str> = items
        .iter()
        .filter(|item| item.subject == "event:e1")
        .map(|item| item.verb.as_str())
        .collect();
    told.sort_unstable();
    assert_eq!(
        told,
        [
            "event_assigned",
            "event_changed",
            "event_registered",
            "event_reported"
        ],
        "pins of others follow the status"
    );
    let update = shown(&desk).await;
    let row = update.events.iter().find(|row| row.id == "e1");
    assert_eq!(row.map(|row| row.status.as_str()), Some("handling"));
    desk.close().await;
}

#[tokio::test]
async fn the_steps_of_two_desks_give_the_same_case_in_any_order() {
    let time = Standing::at(NOON);
    let first_cache = folder("first desk");
    let first = open(&first_cache, &time).await;
    first.set_actor("shift_leader", None).expect("a role");
    first
        .apply(Update::Events(vec![event(1, EventStatus::Reported)]))
        .await;
    for (minute, step) in (1..).zip([register(), assign("roads"), comment("on the way")]) {
        time.put(NOON + minute * MINUTE);
        act(&first, "e1", step).await;
    }
    first.close().await;
    let facts = handed_on(&first_cache, "first").await;
    assert_eq!(facts.len(), 4);

    let mut timelines = Vec::new();
    let mut backwards = facts.clone();
    backwards.reverse();
    for (name, facts) in [("in order", facts), ("backwards", backwards)] {
        let desk = open(&folder(name), &time).await;
        desk.set_actor("shift_leader", None).expect("a role");
        for fact in facts {
            // The hub hands everything on twice.
            bring(&desk, vec![fact.clone()]).await;
            bring(&desk, vec![fact]).await;
        }
        desk.apply(Update::Events(vec![event(1, EventStatus::Reported)]))
            .await;
        act(&desk, "e1", comment("seen")).await;
        assert_eq!(stage(&desk, "e1").await, CaseStageDto::Assigned);
        let is_unsynced = case(&desk, "e1").await.row.is_unsynced;
        assert!(is_unsynced, "our own remark waits");
        timelines.push(verbs(&desk, "e1").await);
        desk.close().await;
    }
    assert_eq!(timelines.first(), timelines.last());
    assert_eq!(timelines.first().map(Vec::len), Some(5));
}

#[tokio::test]
async fn acts_are_refused_for_a_reason_and_in_the_past() {
    let (cache, time) = (folder("refused"), Standing::at(NOON));
    let desk = open(&cache, &time).await;
    desk.apply(Update::Events(vec![event(1, EventStatus::Reported)]))
        .await;
    assert_eq!(refusal(&desk, "e1", CaseActDto::Receive).await, "not_yours");
    assert_eq!(
        refusal(
            &desk,
            "e1",
            CaseActDto::Close {
                text: String::new()
            }
        )
        .await,
        "not_now"
    );
    let cancel = CaseActDto::Cancel { reason: text(" ") };
    assert_eq!(refusal(&desk, "e1", cancel).await, "no_reason");
    assert!(desk.act_on_case("e9", &register()).await.is_err());
    assert!(desk.act_on_case("e1", &assign("nobody")).await.is_err());
    let long = comment(&"长".repeat(30_000));
    assert!(desk.act_on_case("e1", &long).await.is_err());
    assert!(desk.set_actor("king", None).is_err());
    assert!(desk.attachment("../secret").await.is_err());

    let ids = vec![text("e1"), text("e9")];
    let acted = desk.act_on_cases(&ids, &register()).await.expect("both");
    assert_eq!((acted.done.len(), acted.refused_count), (1, 1));

    let moves = case(&desk, "e1").await.moves;
    let of = |word: &str| moves.iter().find(|one| one.word == word);
    assert!(of("assign").is_some_and(|one| one.is_usual && one.refusal.is_none()));
    let receive = of("receive").and_then(|one| one.refusal.clone());
    assert_eq!(receive.as_deref(), Some("not_yours"));
    desk.set_clock(ClockDto::At {
        time: NOON - MINUTE,
    })
    .expect("the past");
    assert!(desk.act_on_case("e1", &comment("late")).await.is_err());
    assert!(desk.report_case(&draft("Hole")).await.is_err());
    desk.close().await;
}

#[tokio::test]
async fn a_past_moment_shows_cases_as_they_stood() {
    let (cache, time) = (folder("past"), Standing::at(NOON));
    let desk = open(&cache, &time).await;
    desk.apply(catalogue()).await;
    desk.apply(observed(NOON, 1.0)).await;
    let id = desk.report_case(&draft("Hole")).await.expect("a case").id;
    time.put(NOON + 10 * MINUTE);
    act(&desk, &id, register()).await;
    time.put(NOON + 20 * MINUTE);
    act(&desk, &id, assign("roads")).await;
    time.put(NOON + 30 * MINUTE);
    desk.set_clock(ClockDto::At {
        time: NOON + 15 * MINUTE,
    })
    .expect("the past");
    shown(&desk).await;
    let page = desk.cases(&query());
    assert!(page.is_past);
    let row = page.rows.first().expect("it was open then");
    assert_eq!(
        (row.stage, row.holder.clone()),
        (CaseStageDto::Registered, None)
    );
    let then = case(&desk, &id).await;
    assert!(then.is_past && then.moves.is_empty() && then.undo.is_none());
    assert_eq!(then.timeline.len(), 2);
    desk.set_clock(ClockDto::At {
        time: NOON - MINUTE,
    })
    .expect("the past");
    shown(&desk).await;
    assert_eq!(desk.cases(&query()).total, 0);
    assert!(desk.case(&id).await.is_err());
    desk.close().await;
}

#[tokio::test]
async fn what_is_told_twice_is_one_case_and_an_exercise_never_joins_what_is_real() {
    let (cache, time) = (folder("joined"), Standing::at(NOON));
    let desk = open(&cache, &time).await;
    let hole = draft("A deep hole in the road");
    let id = desk.report_case(&hole).await.expect("a case").id;
    time.put(NOON + MINUTE);
    let check = desk.check_draft(&hole).expect("a draft");
    assert_eq!(check.joins.as_deref(), Some(id.as_str()));
    let joined = desk.report_case(&hole).await.expect("a report");
    assert!(joined.is_joined && joined.id == id);
    let drill = CaseDraftDto {
        standing: StandingDto::Exercise,
        ..hole.clone()
    };
    time.put(NOON + 2 * MINUTE);
    let apart = desk.report_case(&drill).await.expect("a case");
    assert!(!apart.is_joined && apart.id != id);
    time.put(NOON + 3 * MINUTE);
    let alone = CaseDraftDto {
        is_alone: true,
        ..hole
    };
    let alone = desk.report_case(&alone).await.expect("a case");
    assert!(!alone.is_joined);
    assert!(alone.perhaps.iter().any(|like| like.id == id));

    time.put(NOON + 4 * MINUTE);
    act(&desk, &alone.id, CaseActDto::Merge { into: id.clone() }).await;
    let whole = case(&desk, &id).await;
    assert_eq!((whole.row.reports, whole.row.merged), (3, 1));
    time.put(NOON + 5 * MINUTE);
    let second = whole
        .reports
        .iter()
        .find(|told| told.case == id && told.at > NOON);
    let report = second.expect("the second report").id.clone();
    act(&desk, &id, CaseActDto::SplitOff { report }).await;
    let open = desk.cases(&query());
    assert_eq!(open.total, 3, "the case, the drill and what was split off");
    desk.close().await;
}

#[tokio::test]
async fn the_newest_step_is_taken_back_for_ten_minutes() {
    let (cache, time) = (folder("undo"), Standing::at(NOON));
    let desk = open(&cache, &time).await;
    desk.set_actor("shift_leader", None).expect("a role");
    let id = desk.report_case(&draft("Hole")).await.expect("a case").id;
    let graver = CaseActDto::SetLevel {
        level: text("I"),
        reason: text("a child fell in"),
    };
    let made = act(&desk, &id, graver).await;
    let undo = case(&desk, &id).await.undo.expect("it can be taken back");
    assert_eq!((undo.word.as_str(), undo.needs_reason), ("set_level", true));
    assert!(desk.undo_case_step(&id, &made.step, "").await.is_err());
    desk.undo_case_step(&id, &made.step, "by mistake")
        .await
        .expect("taken back");
    assert_eq!(case(&desk, &id).await.row.level, "IV");
    let made = act(
        &desk,
        &id,
        CaseActDto::Link {
            kind: text("thing"),
            target: text("t0"),
        },
    )
    .await;
    time.put(NOON + 11 * MINUTE);
    assert!(desk.undo_case_step(&id, &made.step, "").await.is_err());
    desk.close().await;
}

#[tokio::test]
async fn what_is_overdue_is_urged_once_on_the_beat_and_goes_to_the_hub() {
    let (cache, time) = (folder("overdue"), Standing::at(NOON));
    let desk = open(&cache, &time).await;
    let id = desk.report_case(&draft("Hole")).await.expect("a case").id;
    shown(&desk).await;
    time.put(NOON + 20 * MINUTE);
    let board = shown(&desk).await.event_board.clone();
    assert_eq!((board.open, board.red), (1, 1));
    let light = desk.cases(&query()).rows.first().and_then(|row| row.light);
    assert_eq!(light, Some(CaseLightDto::Red));
    shown(&desk).await;
    let urged = verbs(&desk, &id).await;
    assert_eq!(urged, ["event_reported", "event_urged"]);
    let items = desk.outbox().await.expect("the outbox");
    assert!(items.iter().any(|item| item.verb == "event_urged"));
    desk.close().await;
    // A restart does not urge again.
    let desk = open(&cache, &time).await;
    shown(&desk).await;
    assert_eq!(verbs(&desk, &id).await.len(), 2);
    desk.close().await;
}

#[tokio::test]
async fn twenty_thousand_cases_are_counted_paged_and_found() {
    let (cache, time) = (folder("many"), Standing::at(NOON));
    let desk = open(&cache, &time).await;
    let events: Vec<Event> = (0..20_000)
        .map(|n| {
            let status = if n % 4 == 0 {
                EventStatus::Closed
            } else {
                EventStatus::Reported
            };
            event(n, status)
        })
        .collect();
    desk.apply(Update::Events(events)).await;
    let board = shown(&desk).await.event_board.clone();
    assert_eq!(board.open, 15_000);
    assert_eq!(board.by_step, [15_000, 0, 0, 0, 0, 5_000]);
    let page = desk.cases(&CaseQueryDto {
        offset: 14_950,
        count: 100,
        order: CaseOrderDto::Newest,
        ..query()
    });
    assert_eq!((page.total, page.rows.len()), (15_000, 50));
    let found = desk.cases(&CaseQueryDto {
        text: text("damage 19999"),
        ..query()
    });
    let names: Vec<&str> = found.rows.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(names, ["e19999"]);
    let west = PLACE.lon_deg - 0.001;
    let boxed = desk.cases(&CaseQueryDto {
        bounds: Some([
            west,
            PLACE.lat_deg - 0.001,
            west + 0.005,
            PLACE.lat_deg + 0.005,
        ]),
        steps: vec![LoopStepDto::Collect, LoopStepDto::Analyse],
        ..query()
    });
    assert_eq!(boxed.total, 1, "one event lies there");
    desk.close().await;
}

#[tokio::test]
async fn kept_filters_and_tables_are_found_again() {
    let (cache, time) = (folder("views"), Standing::at(NOON));
    let desk = open(&cache, &time).await;
    let tables = desk.case_tables();
    assert!(tables.problems.is_empty(), "{:?}", tables.problems);
    assert!(tables.parties.iter().any(|party| party.id == "gas"));
    assert!(tables.roles.iter().all(|role| role.id != "system"));
    let views = vec![CaseViewDto {
        name: text("overdue"),
        query: CaseQueryDto {
            lights: vec![CaseLightDto::Red, CaseLightDto::Escalated],
            ..query()
        },
    }];
    desk.save_case_views(views.clone()).await.expect("kept");
    desk.close().await;
    let desk = open(&cache, &time).await;
    assert_eq!(desk.case_views().await.expect("kept"), views);
    desk.close().await;
}
