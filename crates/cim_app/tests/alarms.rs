//! The alarm desk from outside: a cache folder, a clock that stands still, and messages instead of a hub.
#![expect(clippy::expect_used, reason = "in a test, a panic is the report")]

use cim_app::{
    Desk, DeskSettings,
    wire::{
        AlarmActDto, AlarmActedDto, AlarmOrderDto, AlarmPickDto, AlarmQueryDto, AlarmStateDto,
        AlarmViewDto, ClockDto, DeskUpdate, Mode, SeverityDto,
    },
};
use cim_geo::Geodetic;
use cim_model::{
    Datastream, DatastreamId, Limits, Observation, Quality, SensorKind, Thing, ThingId, TimeSource,
    UtcMillis,
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

/// A Tuesday in 2023, on a whole minute.
const NOON: i64 = 1_700_000_040_000;

/// Low from 5 on, of all gas sensors, and somebody must confirm it.
const RULE: &str = r#"
[[rule]]
id = "raised"
name = { zh = "偏高", en = "Raised" }
about = { zh = "先于限值。", en = "Before any limit." }
when = { is = "limits", above = { low = 5 } }
on = { kinds = ["gas"] }
confirm = true
"#;

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
        .join("alarms")
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

/// A folder with a scene pack that has [`RULE`].
fn scenes(name: &str) -> PathBuf {
    let scenes = folder(name);
    let rules = scenes.join("night").join("rules");
    fs::create_dir_all(&rules).expect("a pack");
    let pack = "id = \"night\"\nversion = \"1.0.0\"\nname = { zh = \"夜班\", en = \"Night\" }\n";
    fs::write(scenes.join("night").join("pack.toml"), pack).expect("a pack");
    fs::write(rules.join("raised.toml"), RULE).expect("a rule");
    scenes
}

/// What the desk shows now.
async fn shown(desk: &Desk) -> Arc<DeskUpdate> {
    desk.refresh().await;
    let updates = desk.watch();
    Arc::clone(&updates.borrow())
}

/// How many acts on alarms the hub is to have; the duty log's own entries aside.
async fn to_send(desk: &Desk) -> usize {
    let items = desk.outbox().await.expect("the outbox");
    let of_alarms = items.iter().filter(|item| item.verb.starts_with("alarm_"));
    of_alarms.count()
}

/// Devices `t0`, `t1` …, each with a series `d0`, `d1` …: every second, medium from 10, critical from 50.
fn catalogue(count: u32) -> Update {
    let things = (0..count).map(|n| Thing {
        id: ThingId::new(format!("t{n}")),
        name: format!("Chamber {n}"),
        description: String::new(),
        kind: if n.is_multiple_of(2) {
            SensorKind::Gas
        } else {
            SensorKind::Air
        },
        position: Geodetic {
            lon_deg: 121.5,
            lat_deg: 31.24,
            height_m: 0.0,
        },
        properties: Vec::new(),
    });
    let datastreams = (0..count).map(|n| Datastream {
        id: DatastreamId::new(format!("d{n}")),
        thing: ThingId::new(format!("t{n}")),
        name: "Methane".to_owned(),
        observed_property: "methane".to_owned(),
        unit: "%LEL".to_owned(),
        period_s: 1.0,
        limits: Limits {
            above_medium: Some(10.0),
            above_critical: Some(50.0),
            ..Limits::default()
        },
    });
    Update::Catalogue {
        things: things.collect(),
        datastreams: datastreams.collect(),
        cameras: Vec::new(),
    }
}

/// Values of the series `d<n>` at `millis`.
fn observed(values: &[(u32, i64, f64)]) -> Update {
    let observations = values.iter().map(|(n, millis, value)| Observation {
        datastream: DatastreamId::new(format!("d{n}")),
        happened_at: UtcMillis(*millis),
        value: *value,
        quality: Quality::Good,
    });
    Update::Observations(observations.collect())
}

fn query() -> AlarmQueryDto {
    AlarmQueryDto {
        count: 1_000,
        ..AlarmQueryDto::default()
    }
}

/// Names and states of the alarms that `query` answers.
fn listed(desk: &Desk, query: &AlarmQueryDto) -> Vec<(String, AlarmStateDto)> {
    let page = desk.alarms(query);
    let rows = page.rows.into_iter();
    rows.map(|row| (row.id, row.state)).collect()
}

async fn act(desk: &Desk, id: &str, act: AlarmActDto) -> AlarmActedDto {
    let ids = vec![id.to_owned()];
    desk.act_on_alarms(&AlarmPickDto::Ids { ids }, &act)
        .await
        .expect("the present can be acted on")
}

fn acknowledge() -> AlarmActDto {
    AlarmActDto::Acknowledge {
        comment: "on my way".to_owned(),
    }
}

fn confirm() -> AlarmActDto {
    AlarmActDto::Confirm {
        comment: String::new(),
    }
}

fn shelve(for_s: f64) -> AlarmActDto {
    AlarmActDto::Shelve {
        for_s: Some(for_s),
        reason: "works in the street".to_owned(),
    }
}

#[tokio::test]
async fn an_alarm_that_must_be_confirmed_stays_until_it_is() {
    let (cache, time) = (folder("confirm"), Standing::at(NOON));
    let desk = open(&cache, &time).await;
    desk.open_scenes(scenes("confirm scenes"))
        .await
        .expect("the packs");
    desk.apply(catalogue(1)).await;
    shown(&desk).await;
    let rules = desk.rules();
    let rule = rules
        .iter()
        .find(|rule| rule.id == "raised")
        .expect("the rule");
    assert_eq!((rule.pack.as_str(), rule.conditions), ("night", 1));
    desk.apply(observed(&[(0, NOON, 7.0)])).await;
    let id = format!("rule:raised/d0@{NOON}");
    let page = desk.alarms(&query());
    let row = page.rows.first().expect("the alarm");
    assert_eq!(
        (row.id.as_str(), row.rule.as_str(), row.name.as_str()),
        (id.as_str(), "Raised", "Chamber 0")
    );

    let early = act(&desk, &id, confirm()).await;
    assert_eq!((early.done, early.refused_count), (0, 1));
    assert_eq!(early.refused[0].reason, "not_acknowledged");
    assert_eq!(act(&desk, &id, acknowledge()).await.done, 1);
    time.put(NOON + 1_000);
    desk.apply(observed(&[(0, NOON + 1_000, 1.0)])).await;
    assert_eq!(
        listed(&desk, &query()),
        [(id.clone(), AlarmStateDto::Unconfirmed)]
    );
    let detail = desk.alarm(&id).await.expect("the alarm");
    assert_eq!(detail.about, "Before any limit.");
    assert!(detail.allowed.contains(&"confirm".to_owned()), "{detail:?}");
    let verbs: Vec<&str> = detail.steps.iter().map(|step| step.verb.as_str()).collect();
    assert_eq!(
        verbs,
        ["alarm_raised", "alarm_acknowledged", "alarm_cleared"]
    );
    assert_eq!(detail.steps[1].note, "on my way");

    assert_eq!(act(&desk, &id, confirm()).await.done, 1);
    assert!(listed(&desk, &query()).is_empty());
    let settled = AlarmQueryDto {
        states: vec![AlarmStateDto::Settled],
        ..query()
    };
    assert_eq!(listed(&desk, &settled).len(), 1);
    desk.close().await;
}

#[tokio::test]
async fn a_shelved_alarm_is_counted_comes_back_by_itself_and_outlives_a_restart() {
    let (cache, time) = (folder("shelf"), Standing::at(NOON));
    let desk = open(&cache, &time).await;
    desk.apply(catalogue(2)).await;
    desk.apply(observed(&[(0, NOON, 60.0), (1, NOON, 12.0)]))
        .await;
    let id = format!("d0@{NOON}");
    let acted = act(&desk, &id, shelve(3_600.0)).await;
    assert_eq!((acted.done, acted.undo), (1, Some(AlarmActDto::Unshelve)));
    let update = shown(&desk).await;
    assert_eq!(update.alarm_counts, [0, 0, 1, 0]);
    assert_eq!(update.alarm_board.hidden.shelved, 1);
    assert_eq!(update.alarm_board.audible, Some(SeverityDto::Medium));
    let shelved = AlarmQueryDto {
        states: vec![AlarmStateDto::Shelved],
        ..query()
    };
    assert_eq!(
        listed(&desk, &shelved),
        [(id.clone(), AlarmStateDto::Shelved)]
    );
    desk.close().await;

    time.put(NOON + 60_000);
    let desk = open(&cache, &time).await;
    assert_eq!(shown(&desk).await.alarm_board.hidden.shelved, 1);
    time.put(NOON + 3_600_000);
    let update = shown(&desk).await;
    assert_eq!(update.alarm_board.hidden.shelved, 0);
    assert_eq!(update.alarm_counts, [1, 0, 1, 0]);
    desk.close().await;
}

#[tokio::test]
async fn what_another_desk_did_holds_here_and_is_sent_to_nobody() {
    let (cache, time) = (folder("others"), Standing::at(NOON));
    let desk = open(&cache, &time).await;
    desk.apply(catalogue(1)).await;
    desk.apply(observed(&[(0, NOON, 12.0)])).await;
    let id = format!("d0@{NOON}");
    let body = format!(
        r#"{{"series":"d0","thing":"t0","severity":2,"limit":10.0,"value":12.0,"since":{NOON},
            "act":"take_out_of_service","reason":"the probe is broken"}}"#
    );
    let fact = OutboundFact {
        id: format!("desk-2~{id}#alarm_out_of_service#Wang#{NOON}"),
        object: id.clone(),
        verb: "alarm_out_of_service".to_owned(),
        author: "Wang".to_owned(),
        happened_at: UtcMillis(NOON + 500),
        known_at: UtcMillis(NOON + 500),
        cause: String::new(),
        body,
        base: None,
    };
    time.put(NOON + 1_000);
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
    let update = shown(&desk).await;
    assert_eq!(update.alarm_board.hidden.out_of_service, 1);
    assert_eq!(update.alarms.len(), 0);
    let acted = act(&desk, &id, AlarmActDto::InService).await;
    assert_eq!(acted.done, 1);
    let update = shown(&desk).await;
    assert_eq!((update.alarms.len(), to_send(&desk).await), (1, 1));
    let detail = desk.alarm(&id).await.expect("the alarm");
    let told: Vec<(&str, &str)> = detail
        .steps
        .iter()
        .map(|step| (step.by.as_str(), step.note.as_str()))
        .collect();
    assert!(told.contains(&("Wang", "the probe is broken")), "{told:?}");
    desk.close().await;
}

#[tokio::test]
async fn fifty_thousand_alarms_at_once_stand_in_few_lines_and_none_is_lost() {
    const MANY: u32 = 50_000;
    let (cache, time) = (folder("burst"), Standing::at(NOON));
    let desk = open(&cache, &time).await;
    desk.apply(catalogue(MANY)).await;
    let values: Vec<(u32, i64, f64)> = (0..MANY)
        .map(|n| {
            let value = if n.is_multiple_of(100) { 60.0 } else { 12.0 };
            (n, NOON + i64::from(n / 100), value)
        })
        .collect();
    time.put(NOON + 1_000);
    desk.apply(observed(&values)).await;
    let update = shown(&desk).await;
    let board = &update.alarm_board;
    assert!(board.flood_since.is_some() && board.in_ten_minutes >= MANY);
    assert!((1..=10).contains(&board.lines.len()), "{:?}", board.lines);

    let mut in_lines = 0;
    for line in &board.lines {
        let whole: u32 = line.counts.iter().sum();
        let page = desk.alarms(&AlarmQueryDto {
            line: Some(line.id.clone()),
            ..query()
        });
        assert_eq!(page.total, whole, "{line:?}");
        in_lines += whole;
    }
    let every_state = AlarmQueryDto {
        states: vec![
            AlarmStateDto::Unacknowledged,
            AlarmStateDto::ReturnedUnacknowledged,
            AlarmStateDto::Suppressed,
        ],
        ..query()
    };
    let all = desk.alarms(&every_state);
    assert_eq!(all.total, in_lines, "every alarm is in one line");
    let own = AlarmQueryDto {
        rules: vec!["limits".to_owned()],
        ..every_state
    };
    assert_eq!(desk.alarms(&own).total, MANY);
    let worst = desk.alarms(&query());
    assert_eq!(
        worst.rows.first().map(|row| row.severity),
        Some(SeverityDto::Critical)
    );
    let load = desk
        .alarm_load(NOON - 600_000, NOON + 600_000)
        .await
        .expect("the load");
    assert!(
        load.before.count >= MANY && load.before.floods == 1,
        "{load:?}"
    );
    desk.close().await;

    let desk = open(&cache, &time).await;
    let page = desk.alarms(&query());
    assert!(page.total >= MANY, "a restart loses none: {}", page.total);
    desk.close().await;
}

#[tokio::test]
async fn many_alarms_are_acted_on_at_once_and_those_that_refuse_are_told() {
    let (cache, time) = (folder("bulk"), Standing::at(NOON));
    let desk = open(&cache, &time).await;
    desk.apply(catalogue(20)).await;
    let values: Vec<(u32, i64, f64)> = (0..20).map(|n| (n, NOON, 12.0)).collect();
    desk.apply(observed(&values)).await;
    act(&desk, &format!("d0@{NOON}"), acknowledge()).await;
    let gas = AlarmQueryDto {
        kinds: vec!["gas".to_owned()],
        order: AlarmOrderDto::Oldest,
        ..AlarmQueryDto::default()
    };
    let pick = AlarmPickDto::Query { query: gas };
    let acted = desk
        .act_on_alarms(&pick, &acknowledge())
        .await
        .expect("the present can be acted on");
    assert_eq!((acted.done, acted.refused_count), (9, 1));
    assert_eq!(acted.refused[0].reason, "already_acknowledged");
    assert_eq!((acted.ids.len(), acted.undo), (9, None));
    let open = AlarmQueryDto {
        states: vec![AlarmStateDto::Unacknowledged],
        text: "chamber".to_owned(),
        ..query()
    };
    assert_eq!(desk.alarms(&open).total, 10);
    assert_eq!(to_send(&desk).await, 10, "the hub is to have them");
    desk.close().await;
}

#[tokio::test]
async fn the_past_is_shown_as_it_was_folded_then_and_nobody_acts_in_it() {
    let (cache, time) = (folder("past"), Standing::at(NOON));
    let desk = open(&cache, &time).await;
    desk.apply(catalogue(1)).await;
    desk.apply(observed(&[(0, NOON, 12.0)])).await;
    let id = format!("d0@{NOON}");
    time.put(NOON + 10_000);
    act(&desk, &id, shelve(60.0)).await;
    time.put(NOON + 600_000);
    desk.apply(observed(&[(0, NOON + 590_000, 1.0)])).await;
    shown(&desk).await;
    let everything = AlarmQueryDto {
        states: vec![AlarmStateDto::Unacknowledged, AlarmStateDto::Shelved],
        ..query()
    };
    for (second, state) in [
        (5, AlarmStateDto::Unacknowledged),
        (30, AlarmStateDto::Shelved),
        (100, AlarmStateDto::Unacknowledged),
    ] {
        let then = NOON + second * 1_000;
        desk.set_clock(ClockDto::At { time: then })
            .expect("a moment");
        let update = shown(&desk).await;
        assert_eq!(
            update.alarms.is_empty(),
            state == AlarmStateDto::Shelved,
            "after {second} s"
        );
        assert_eq!(listed(&desk, &everything), [(id.clone(), state)]);
    }
    let ids = vec![id.clone()];
    let refused = desk
        .act_on_alarms(&AlarmPickDto::Ids { ids }, &acknowledge())
        .await;
    let error = refused.expect_err("the past is over").to_string();
    assert!(error.contains("present only"), "{error}");
    desk.set_clock(ClockDto::Live).expect("now");
    shown(&desk).await;
    assert_eq!(
        listed(&desk, &query()),
        [(id, AlarmStateDto::ReturnedUnacknowledged)]
    );
    desk.close().await;
}

#[tokio::test]
async fn a_rule_is_tried_on_what_was_and_its_switch_is_found_again() {
    let (cache, time) = (folder("trial"), Standing::at(NOON));
    let desk = open(&cache, &time).await;
    let packs = scenes("trial scenes");
    desk.open_scenes(packs.clone()).await.expect("the packs");
    desk.apply(catalogue(1)).await;
    shown(&desk).await;
    let values: Vec<(u32, i64, f64)> = [7.0, 1.0, 8.0, 1.0, 9.0, 1.0]
        .into_iter()
        .zip(0..)
        .map(|(value, second)| (0, NOON - 60_000 + second * 10_000, value))
        .collect();
    for value in values {
        desk.apply(observed(&[value])).await;
    }
    shown(&desk).await;
    let trial = desk
        .try_rule("raised", NOON - 600_000, NOON)
        .await
        .expect("a trial");
    assert_eq!((trial.raised, trial.in_burst, trial.chattering), (3, 3, 1));
    let first = trial.examples.first().expect("an example");
    assert_eq!(
        (first.name.as_str(), first.at, first.value),
        ("Chamber 0", NOON - 60_000, 7.0)
    );
    assert!(desk.try_rule("none", 0, NOON).await.is_err());

    assert!(desk.switch_rule("limits", false).is_err());
    assert!(desk.switch_rule("none", false).is_err());
    desk.switch_rule("raised", false).expect("the rule");
    desk.close().await;
    let desk = open(&cache, &time).await;
    desk.open_scenes(packs).await.expect("the packs");
    shown(&desk).await;
    let rules = desk.rules();
    let rule = rules.iter().find(|rule| rule.id == "raised");
    assert_eq!(rule.map(|rule| rule.is_on), Some(false));
    desk.close().await;
}

#[tokio::test]
async fn filters_of_the_list_are_kept() {
    let (cache, time) = (folder("views"), Standing::at(NOON));
    let desk = open(&cache, &time).await;
    assert!(desk.alarm_views().await.expect("none").is_empty());
    let views = vec![AlarmViewDto {
        name: "夜班燃气".to_owned(),
        query: AlarmQueryDto {
            kinds: vec!["gas".to_owned()],
            ..query()
        },
    }];
    desk.save_alarm_views(views.clone()).await.expect("kept");
    desk.close().await;
    let desk = open(&cache, &time).await;
    assert_eq!(desk.alarm_views().await.expect("the views"), views);
    desk.close().await;
}
