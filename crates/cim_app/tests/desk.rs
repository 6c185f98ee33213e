//! The desk from outside: a cache folder, a clock that stands still, and messages instead of a hub.
#![expect(clippy::expect_used, reason = "in a test, a panic is the report")]

use cim_app::{
    Desk, DeskSettings, LayerChanges,
    wire::{
        ClockDto, ConnectionDto, DeskUpdate, FreshnessDto, LayerDto, LookDto, Mode, QualityDto,
        SeverityDto, StyleDto, Target,
    },
};
use cim_geo::Geodetic;
use cim_model::{
    Camera, CameraId, CameraStatus, Clip, Datastream, DatastreamId, Event, EventId, EventLevel,
    EventStatus, Freshness, Limits, Observation, PointKey, Quality, SensorKind, Thing, ThingId,
    TimeSource, UtcMillis,
};
use cim_sync::{Connection, Update};
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};
use tokio::runtime::Handle;

/// A Tuesday in 2023, on a whole minute.
const NOON: i64 = 1_700_000_040_000;

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

/// An empty cache folder of this name.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("desk")
        .join(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).expect("the folder of the last run goes");
    }
    folder
}

fn settings(cache: &Path, time: &Arc<Standing>) -> DeskSettings {
    let time: Arc<dyn TimeSource> = Arc::<Standing>::clone(time);
    DeskSettings {
        cache: cache.to_owned(),
        hub: None,
        city: None,
        mode: Mode::Desk,
        language: "en".to_owned(),
        operator: "Li Na".to_owned(),
        access: cim_sync::access::Access::default(),
        sources: Vec::new(),
        time,
    }
}

async fn open(cache: &Path, time: &Arc<Standing>) -> Desk {
    Desk::open(settings(cache, time), Handle::current())
        .await
        .expect("the desk opens")
}

/// What the desk shows now.
async fn shown(desk: &Desk) -> Arc<DeskUpdate> {
    desk.refresh().await;
    let updates = desk.watch();
    Arc::clone(&updates.borrow())
}

const PLACE: Geodetic = Geodetic {
    lon_deg: 121.5,
    lat_deg: 31.24,
    height_m: 0.0,
};

/// Gas sensors `t0`, `t1` …, each with a series `d0`, `d1` …: every second, medium from 10, critical from 50; and a camera.
fn catalogue(count: u32) -> Update {
    let things = (0..count).map(|n| Thing {
        id: ThingId::new(format!("t{n}")),
        name: format!("Gas chamber {n}"),
        description: String::new(),
        kind: SensorKind::Gas,
        position: PLACE,
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
    let camera = Camera {
        id: CameraId::new("31011500001320000001"),
        name: "Century Avenue".to_owned(),
        position: Geodetic {
            lat_deg: PLACE.lat_deg + 0.0005,
            ..PLACE
        },
        azimuth_deg: 180.0,
        tilt_deg: 10.0,
        fov_deg: 60.0,
        range_m: 150.0,
        status: CameraStatus::On,
        category: 1,
        clips: vec![Clip {
            path: "/clips/a.webm".to_owned(),
            from: UtcMillis(NOON),
            to: UtcMillis(NOON + 1),
        }],
    };
    Update::Catalogue {
        things: things.collect(),
        datastreams: datastreams.collect(),
        cameras: vec![camera],
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

fn event(n: u32, millis: i64, status: EventStatus) -> Event {
    Event {
        id: EventId::new(format!("e{n}")),
        title: format!("Road damage {n}"),
        description: "A hole in the asphalt".to_owned(),
        category: "road_damage".to_owned(),
        level: EventLevel::II,
        status,
        position: PLACE,
        happened_at: UtcMillis(millis),
        known_at: UtcMillis(millis),
        source: "hotline".to_owned(),
        standing: cim_model::Standing::Actual,
    }
}

fn thing(id: &str) -> Target {
    Target::Thing { id: id.to_owned() }
}

#[tokio::test]
async fn a_restart_without_a_hub_shows_the_same_values_and_how_old_they_are() {
    let (cache, time) = (folder("restart"), Standing::at(NOON));
    let desk = open(&cache, &time).await;
    desk.apply(catalogue(2)).await;
    desk.apply(observed(&[(0, NOON - 1_000, 3.0), (1, NOON - 500, 60.0)]))
        .await;
    desk.apply(Update::Events(vec![event(
        1,
        NOON - 5_000,
        EventStatus::Handling,
    )]))
    .await;
    desk.acknowledge(&format!("d1@{}", NOON - 500))
        .await
        .expect("the alarm is there");
    desk.close().await;

    time.put(NOON + 60_000);
    let desk = open(&cache, &time).await;
    let updates = desk.watch();
    let first = Arc::clone(&updates.borrow());
    assert_eq!(
        (first.things, first.things_late, first.events.len()),
        (2, 2, 1)
    );
    assert_eq!(
        (first.connection.clone(), first.newest),
        (ConnectionDto::NoHub, Some(NOON - 500))
    );
    let alarm = first.alarms.first().expect("the alarm is still active");
    assert_eq!(
        (alarm.value, alarm.acknowledged_by.as_deref()),
        (60.0, Some("Li Na"))
    );
    assert_eq!(
        (alarm.severity, alarm.freshness),
        (SeverityDto::Critical, FreshnessDto::Missing)
    );
    let card = desk.card(&thing("t0")).expect("the card");
    assert_eq!(
        card.series.first().and_then(|series| series.value),
        Some(3.0)
    );
    desk.close().await;
}

#[tokio::test]
async fn an_alarm_is_raised_acknowledged_and_gone_when_the_value_is_back() {
    let (cache, time) = (folder("alarm"), Standing::at(NOON));
    let desk = open(&cache, &time).await;
    desk.apply(catalogue(1)).await;
    desk.apply(observed(&[(0, NOON, 12.0)])).await;
    let update = shown(&desk).await;
    assert_eq!(update.alarm_counts, [0, 0, 1, 0]);
    let alarm = update.alarms.first().expect("the alarm").clone();
    assert_eq!(
        (alarm.name.as_str(), alarm.limit, alarm.active),
        ("Gas chamber 0", 10.0, true)
    );
    assert_eq!(alarm.acknowledged_by, None);

    desk.acknowledge(&alarm.id)
        .await
        .expect("it can be acknowledged");
    let update = shown(&desk).await;
    let by = update
        .alarms
        .first()
        .and_then(|row| row.acknowledged_by.clone());
    assert_eq!(by.as_deref(), Some("Li Na"));

    time.put(NOON + 1_000);
    desk.apply(observed(&[(0, NOON + 1_000, 9.9)])).await;
    assert_eq!(shown(&desk).await.alarms.len(), 1, "inside the dead band");
    time.put(NOON + 2_000);
    desk.apply(observed(&[(0, NOON + 2_000, 5.0)])).await;
    assert_eq!(shown(&desk).await.alarms.len(), 0);
    assert!(desk.acknowledge("d9@1").await.is_err());

    let timeline = desk
        .timeline(NOON - 60_000, NOON + 60_000, 2)
        .await
        .expect("the timeline");
    assert_eq!(
        timeline.alarms,
        [[0, 0, 0, 0], [0, 0, 1, 0]],
        "history keeps it"
    );
    desk.close().await;
}

#[tokio::test]
async fn a_moment_of_the_past_shows_its_values_alarms_and_events() {
    let (cache, time) = (folder("past"), Standing::at(NOON));
    let desk = open(&cache, &time).await;
    desk.apply(catalogue(1)).await;
    desk.apply(observed(&[
        (0, NOON - 120_000, 55.0),
        (0, NOON - 60_000, 2.0),
        (0, NOON - 1_000, 3.0),
    ]))
    .await;
    let events = vec![
        event(1, NOON - 100_000, EventStatus::Reported),
        event(2, NOON - 10_000, EventStatus::Reported),
    ];
    desk.apply(Update::Events(events)).await;
    assert_eq!(shown(&desk).await.events.len(), 2);

    desk.set_clock(ClockDto::At {
        time: NOON - 90_000,
    })
    .expect("a moment");
    let update = shown(&desk).await;
    assert_eq!((update.shown, update.now), (NOON - 90_000, NOON));
    assert_eq!(update.alarms.first().map(|alarm| alarm.value), Some(55.0));
    assert_eq!(
        update
            .events
            .iter()
            .map(|row| row.id.as_str())
            .collect::<Vec<_>>(),
        ["e1"]
    );
    let card = desk.card(&thing("t0")).expect("the card");
    assert_eq!(
        card.series.first().and_then(|series| series.value),
        Some(55.0)
    );

    let playing = ClockDto::Playing {
        from: NOON - 90_000,
        rate: 60.0,
        start: NOON - 90_000,
        until: NOON,
        looping: false,
    };
    desk.set_clock(playing).expect("a stretch");
    time.put(NOON + 1_000);
    let update = shown(&desk).await;
    assert_eq!(update.shown, NOON - 30_000);
    assert!(
        update.alarms.iter().all(|alarm| !alarm.active),
        "it came back, and waits for somebody to see it"
    );
    time.put(NOON + 5_000);
    assert_eq!(
        shown(&desk).await.clock,
        ClockDto::At { time: NOON },
        "it stands where it stopped"
    );

    desk.set_clock(ClockDto::Live).expect("now");
    let update = shown(&desk).await;
    assert_eq!((update.shown, update.events.len()), (NOON + 5_000, 2));
    assert!(
        desk.set_clock(ClockDto::Playing {
            from: 0,
            rate: -1.0,
            start: 0,
            until: NOON,
            looping: false,
        })
        .is_err()
    );
    desk.close().await;
}

#[tokio::test]
async fn the_twin_is_told_only_what_changed() {
    let (cache, time) = (folder("symbols"), Standing::at(NOON));
    let desk = open(&cache, &time).await;
    desk.apply(catalogue(3)).await;
    desk.apply(observed(&[(0, NOON, 1.0), (1, NOON, 1.0), (2, NOON, 1.0)]))
        .await;
    let first = desk.take_layer_changes();
    let rows = |changes: &LayerChanges, layer: u16| {
        let mut points = changes.points.iter();
        let found = points.find(|(number, _)| *number == layer);
        found.map(|(_, points)| points.states.len())
    };
    assert_eq!(rows(&first, PointKey::SENSORS), Some(3));
    assert_eq!(rows(&first, PointKey::CAMERAS), Some(1));
    assert!(
        first
            .points
            .iter()
            .flat_map(|(_, points)| &points.states)
            .all(|state| state.freshness() == Freshness::Fresh)
    );
    assert_eq!(first.wedges.map(|wedges| wedges.len()), Some(1));
    assert_eq!(first.clock, (UtcMillis(NOON), 1.0));

    desk.apply(observed(&[(1, NOON + 1, 70.0)])).await;
    let changes = desk.take_layer_changes();
    assert!(changes.points.is_empty());
    let told: Vec<(Option<Target>, u8)> = changes
        .changes
        .iter()
        .flat_map(|(layer, changes)| changes.iter().map(|change| (*layer, *change)))
        .map(|(layer, change)| {
            let key = PointKey::new(layer, change.row);
            (desk.target_of(key), change.state.class())
        })
        .collect();
    assert_eq!(told, [(Some(thing("t1")), 4)]);
    assert!(desk.take_layer_changes().changes.is_empty());

    desk.apply(Update::Events(vec![event(1, NOON, EventStatus::Reported)]))
        .await;
    let changes = desk.take_layer_changes();
    assert_eq!(rows(&changes, PointKey::EVENTS), Some(1));
    assert_eq!(
        rows(&changes, PointKey::SENSORS),
        None,
        "a new event leaves the devices alone"
    );
    let pin = desk
        .key_of(&Target::Event {
            id: "e1".to_owned(),
        })
        .expect("a pin");
    let hover = desk.hover_of(pin).expect("its card");
    assert_eq!(
        (hover.kind.as_str(), hover.severity.as_str()),
        ("event", "high")
    );
    desk.apply(Update::Events(vec![event(1, NOON, EventStatus::Closed)]))
        .await;
    let hidden: Vec<(PointKey, bool)> = desk
        .take_layer_changes()
        .changes
        .iter()
        .flat_map(|(layer, changes)| changes.iter().map(|change| (*layer, *change)))
        .map(|(layer, change)| {
            let key = PointKey::new(layer, change.row);
            (key, change.state.is_shown())
        })
        .collect();
    assert_eq!(hidden, [(pin, false)]);
    desk.close().await;
}

#[tokio::test]
async fn a_filter_that_cannot_be_run_says_where_and_one_that_can_how_much_it_takes() {
    let (cache, time) = (folder("filters"), Standing::at(NOON));
    let desk = open(&cache, &time).await;
    desk.apply(catalogue(3)).await;
    desk.apply(observed(&[(0, NOON, 1.0), (1, NOON, 60.0), (2, NOON, 2.0)]))
        .await;
    desk.take_layer_changes();
    let check = desk.check_filter("sensors-gas", "severity >= high");
    assert_eq!((check.ok, check.hits), (true, Some(1.0)));
    let check = desk.check_filter("sensors-gas", "severty >= high");
    assert_eq!((check.ok, check.column), (false, Some(1)));
    assert!(check.message.contains("severity"), "{check:?}");
    let fields = desk.filter_fields();
    let severity = fields.iter().find(|field| field.name == "severity");
    assert_eq!(severity.map(|field| field.choices.len()), Some(5));
    desk.close().await;
}

#[tokio::test]
async fn a_selection_is_counted_by_kind_and_class_with_the_worst_first() {
    let (cache, time) = (folder("selection"), Standing::at(NOON));
    let desk = open(&cache, &time).await;
    desk.apply(catalogue(2)).await;
    desk.apply(observed(&[(0, NOON, 1.0), (1, NOON, 60.0)]))
        .await;
    desk.take_layer_changes();
    let keys: Vec<PointKey> = ["t0", "t1"]
        .iter()
        .filter_map(|id| desk.key_of(&thing(id)))
        .collect();
    let selection = desk.selection_dto(&keys, 2);
    assert_eq!(selection.by_kind, [("gas".to_owned(), 2.0)]);
    assert_eq!(
        selection.by_class.map(|count| count as u32),
        [1, 0, 0, 0, 1, 0]
    );
    let names: Vec<&str> = selection
        .names
        .iter()
        .map(|item| item.name.as_str())
        .collect();
    assert_eq!(names, ["Gas chamber 1", "Gas chamber 0"]);
    let here = desk.here_dto(&[thing("t1")], 3);
    assert_eq!((here.items.len(), here.more as u32), (1, 3));
    desk.close().await;
}

#[tokio::test]
async fn a_silent_hub_makes_everything_old_and_says_since_when() {
    let (cache, time) = (folder("offline"), Standing::at(NOON));
    let desk = open(&cache, &time).await;
    desk.apply(catalogue(1)).await;
    desk.apply(observed(&[(0, NOON, 1.0)])).await;
    desk.apply(Update::Connection(Connection::Live)).await;
    assert_eq!(shown(&desk).await.things_late, 0);

    let offline = Connection::Offline {
        since: UtcMillis(NOON),
        reason: "connection refused".to_owned(),
        next_try: UtcMillis(NOON + 5_000),
    };
    desk.apply(Update::Connection(offline)).await;
    time.put(NOON + 60_000);
    let update = shown(&desk).await;
    assert_eq!(update.things_late, 1);
    assert!(matches!(
        update.connection,
        ConnectionDto::Offline { since: NOON, .. }
    ));
    let card = desk.card(&thing("t0")).expect("the card");
    let series = card.series.first().expect("its series");
    assert_eq!(
        (series.value, series.freshness),
        (Some(1.0), FreshnessDto::Missing)
    );
    desk.close().await;
}

#[tokio::test]
async fn everything_with_a_name_is_found_and_has_a_card_and_a_place() {
    let (cache, time) = (folder("search"), Standing::at(NOON));
    let desk = open(&cache, &time).await;
    desk.apply(catalogue(3)).await;
    desk.apply(Update::Hub {
        name: "Pudong".to_owned(),
        url: "http://127.0.0.1:8090".to_owned(),
    })
    .await;
    desk.apply(Update::Events(vec![event(7, NOON, EventStatus::Reported)]))
        .await;

    let found: Vec<Target> = desk
        .search("CHAMBER 1".to_owned(), None)
        .await
        .expect("answers")
        .into_iter()
        .map(|found| found.target)
        .collect();
    assert_eq!(found, [thing("t1")]);
    for word in ["gas 2", "road damage", "31011500001320000001"] {
        let found = desk.search(word.to_owned(), None).await.expect("answers");
        let target = &found.first().expect(word).target;
        assert_eq!(desk.card(target).expect(word).target, *target);
        assert!(
            desk.place_of(target)
                .is_some_and(|(_, size_m)| size_m > 0.0),
            "{word}"
        );
    }
    let card = desk
        .card(&Target::Event {
            id: "e7".to_owned(),
        })
        .expect("the event");
    let near = card.cameras.first().expect("the camera beside it");
    assert_eq!((near.name.as_str(), near.in_view), ("Century Avenue", true));
    let clip = near.camera.clips.first().expect("its clip");
    assert_eq!(clip.url, "http://127.0.0.1:8090/clips/a.webm");
    assert!(desk.card(&thing("gone")).is_err());
    desk.close().await;
}

#[tokio::test]
async fn a_planner_opens_a_recording_at_its_beginning_and_keeps_it() {
    let (cache, time) = (folder("planner"), Standing::at(NOON));
    let desk = open(&cache, &time).await;
    desk.apply(catalogue(1)).await;
    desk.apply(observed(&[(0, NOON - 600_000, 1.0), (0, NOON, 2.0)]))
        .await;
    desk.close().await;

    // Days later.
    let later = NOON + 3 * 86_400_000;
    time.put(later);
    let planner = DeskSettings {
        mode: Mode::Planner,
        ..settings(&cache, &time)
    };
    let desk = Desk::open(planner, Handle::current())
        .await
        .expect("the recording opens");
    let update = shown(&desk).await;
    assert_eq!(update.clock, ClockDto::At { time: update.shown });
    assert!(update.shown <= NOON - 600_000, "the recording's beginning");
    desk.set_clock(ClockDto::Playing {
        from: NOON - 600_000,
        rate: 600.0,
        start: NOON - 600_000,
        until: NOON,
        looping: false,
    })
    .expect("it plays");
    time.put(later + 500);
    assert_eq!(shown(&desk).await.shown, NOON - 300_000);
    let card = desk.card(&thing("t0")).expect("the card");
    assert_eq!(
        card.series.first().and_then(|series| series.value),
        Some(1.0)
    );
    let trends = desk
        .trends(vec!["d0".to_owned()], NOON - 700_000, NOON + 1, 100)
        .await
        .expect("the series");
    let trend = trends.first().expect("one chart");
    assert_eq!(trend.name, "Gas chamber 0 · Methane");
    assert_eq!(trend.means.iter().flatten().count(), 2);
    assert!(
        trend.means.contains(&None),
        "ten minutes without a value are a gap"
    );
    desk.close().await;
}

#[tokio::test]
async fn what_arrives_broken_is_shown_and_the_rest_goes_on() {
    let (cache, time) = (folder("broken"), Standing::at(NOON));
    let city = Path::new("no/such/city").to_owned();
    let desk = Desk::open(
        DeskSettings {
            city: Some(city),
            ..settings(&cache, &time)
        },
        Handle::current(),
    )
    .await
    .expect("the desk opens without its city");
    assert_eq!(desk.city_folder(), None);
    desk.apply(catalogue(1)).await;
    desk.apply(observed(&[(0, NOON, 1.0), (5, NOON, 1.0)]))
        .await;
    let topic = "v1.1/Datastreams(3)/Observations".to_owned();
    desk.apply(Update::Rejected {
        source: topic.clone(),
        place: "result".to_owned(),
        reason: "no number".to_owned(),
    })
    .await;
    let update = shown(&desk).await;
    let sources: Vec<&str> = update
        .problems
        .iter()
        .map(|problem| problem.source.as_str())
        .collect();
    assert_eq!(sources.len(), 3, "{sources:?}");
    assert_eq!(
        sources.first().copied(),
        Some(topic.as_str()),
        "the newest is on top"
    );
    assert_eq!(update.things_late, 0);
    desk.close().await;
}

#[tokio::test]
async fn layers_languages_and_titles_are_the_persons_choice() {
    let (cache, time) = (folder("choice"), Standing::at(NOON));
    let desk = open(&cache, &time).await;
    desk.apply(catalogue(2)).await;
    let off = |name: &str| LayerDto {
        name: name.to_owned(),
        on: false,
        count: 0,
    };
    desk.set_layer(&off("sensors")).expect("a layer");
    assert!(desk.set_layer(&off("sewers")).is_err());
    desk.set_language("zh-CN").expect("Chinese");
    assert!(desk.set_language("fr").is_err());
    let start = desk.start();
    let sensors = start
        .layers
        .iter()
        .find(|layer| layer.name == "sensors")
        .expect("the layer");
    assert_eq!((sensors.on, sensors.count), (false, 2));
    assert_eq!(
        (start.language.as_str(), start.operator.as_str()),
        ("zh-CN", "Li Na")
    );
    assert!(!desk.window_title().is_empty());
    desk.close().await;
}

#[tokio::test]
async fn look_memory_and_hidden_classes_are_found_again_after_a_restart() {
    let (cache, time) = (folder("choices"), Standing::at(NOON));
    let desk = open(&cache, &time).await;
    assert_eq!((desk.look(), desk.budget_mib()), (None, None));
    let look = LookDto {
        style: StyleDto::White,
        quality: QualityDto::High,
        time: Some(NOON),
    };
    desk.set_look(look);
    desk.set_budget_mib(512).expect("a usual amount");
    desk.switch_class("pipe", false).expect("a class");
    assert!(desk.set_budget_mib(1).is_err());
    desk.close().await;

    let desk = open(&cache, &time).await;
    assert_eq!((desk.look(), desk.budget_mib()), (Some(look), Some(512)));
    assert!(desk.showing().hidden_classes.contains("pipe"));
    let start = desk.start();
    assert_eq!((start.look, start.budget_mib), (Some(look), 512));
    desk.close().await;
}
