//! Time at the desk, from outside: then and now, playing, stepping, a disk that refuses, moments, branches, recordings.
#![expect(clippy::expect_used, reason = "in a test, a panic is the report")]

use cim_app::{
    Desk, DeskSettings, open_recording,
    wire::{
        ClockDto, DeskUpdate, ExportFormatDto, KnowledgeDto, Mode, QualityWordDto, StepKindDto,
        Target,
    },
};
use cim_geo::Geodetic;
use cim_model::{
    Datastream, DatastreamId, Event, EventId, EventLevel, EventStatus, Limits, Observation,
    Quality, SensorKind, Thing, ThingId, TimeSource, UtcMillis,
};
use cim_sync::Update;
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};
use tokio::runtime::Handle;

/// 2023-11-14T22:14:00Z.
const NOON: i64 = 1_700_000_040_000;

const PLACE: Geodetic = Geodetic {
    lon_deg: 121.5,
    lat_deg: 31.24,
    height_m: 0.0,
};

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
        .join("time")
        .join(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).expect("the folder of the last run goes");
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

/// What the desk shows at `millis`.
async fn shown_at(desk: &Desk, millis: i64) -> Arc<DeskUpdate> {
    desk.set_clock(ClockDto::At { time: millis })
        .expect("a moment");
    shown(desk).await
}

/// Gas sensors `t0`, `t1` …, each with a series `d0`, `d1` …: every second, medium from 10, critical from 50.
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

fn event(n: u32, happened_at: i64, known_at: i64) -> Event {
    Event {
        id: EventId::new(format!("e{n}")),
        title: format!("Road damage {n}"),
        description: String::new(),
        category: "road_damage".to_owned(),
        level: EventLevel::II,
        status: EventStatus::Reported,
        position: PLACE,
        happened_at: UtcMillis(happened_at),
        known_at: UtcMillis(known_at),
        source: "hotline".to_owned(),
        standing: cim_model::Standing::Actual,
    }
}

/// The value of the first series of `t<n>` on its card.
fn value_of(desk: &Desk, n: u32) -> Option<f64> {
    let card = desk
        .card(&Target::Thing {
            id: format!("t{n}"),
        })
        .expect("a card");
    card.series.first().and_then(|series| series.value)
}

#[tokio::test]
async fn a_rewound_desk_shows_what_was_known_then_and_a_switch_what_is_known_now() {
    let (cache, time) = (folder("then"), Standing::at(NOON));
    let desk = open(&cache, &time).await;
    desk.apply(catalogue(2)).await;
    desk.apply(observed(&[(0, NOON, 1.0)])).await;
    time.put(NOON + 100_000);
    // A value and an event that held long before the desk heard of them.
    desk.apply(observed(&[(1, NOON + 10_000, 60.0)])).await;
    desk.apply(Update::Events(vec![event(1, NOON + 5_000, NOON + 90_000)]))
        .await;

    let then = shown_at(&desk, NOON + 50_000).await;
    assert_eq!(then.knowledge, KnowledgeDto::Then);
    assert_eq!((value_of(&desk, 0), value_of(&desk, 1)), (Some(1.0), None));
    assert_eq!((then.alarms.len(), then.events.len()), (0, 0));
    assert!(then.learnt_later >= 3, "value, alarm, event: {then:?}");
    assert_eq!(then.live_alarms.counts, [1, 0, 0, 0], "now it rings");
    let newest = then.live_alarms.newest.as_ref().expect("the live alarm");
    assert_eq!(newest.name, "Gas chamber 1");

    desk.set_knowledge(KnowledgeDto::Now);
    let now = shown(&desk).await;
    assert_eq!(value_of(&desk, 1), Some(60.0));
    assert_eq!((now.alarms.len(), now.events.len()), (1, 1));
    assert_eq!(now.learnt_later, then.learnt_later);

    desk.set_clock(ClockDto::Live).expect("now");
    assert_eq!(shown(&desk).await.learnt_later, 0);
    desk.close().await;
}

#[tokio::test]
async fn playing_a_thousand_times_as_fast_sees_every_alarm_of_the_stretch() {
    let (cache, time) = (folder("fast"), Standing::at(NOON));
    let desk = open(&cache, &time).await;
    desk.apply(catalogue(1)).await;
    let begin = NOON - 7_200_000;
    let end = begin + 3_600_000;
    let mut values = Vec::new();
    for minute in 0..60 {
        // Beyond the limit for two seconds: over between two looks of a clock that does 200 seconds a beat.
        let at = begin + minute * 60_000 + 7_000;
        values.extend([(0, at, 12.0), (0, at + 2_000, 1.0)]);
    }
    desk.apply(observed(&values)).await;
    desk.refresh().await;
    desk.set_clock(ClockDto::Playing {
        from: begin,
        rate: 1_000.0,
        start: begin,
        until: end,
        looping: false,
    })
    .expect("a stretch");
    let mut seen = BTreeSet::new();
    for beat in 0..=19 {
        time.put(NOON + beat * 200);
        let update = shown(&desk).await;
        seen.extend(update.alarms.iter().map(|alarm| alarm.id.clone()));
    }
    assert_eq!(seen.len(), 60);
    assert_eq!(shown(&desk).await.clock, ClockDto::At { time: end });
    desk.close().await;
}

#[tokio::test]
async fn a_drag_shows_the_newest_moment_asked_for_however_many_there_were() {
    let (cache, time) = (folder("drag"), Standing::at(NOON));
    let desk = open(&cache, &time).await;
    desk.apply(catalogue(1)).await;
    let values: Vec<(u32, i64, f64)> = (0..600)
        .map(|second| (0, NOON - 600_000 + second * 1_000, second as f64 / 1_000.0))
        .collect();
    desk.apply(observed(&values)).await;
    desk.refresh().await;
    for step in 0..2_000_i64 {
        let second = (step * 7_919) % 600;
        desk.set_clock(ClockDto::At {
            time: NOON - 600_000 + second * 1_000,
        })
        .expect("a moment");
        if step % 50 == 0 {
            tokio::task::yield_now().await;
        }
    }
    let update = shown_at(&desk, NOON - 600_000 + 123_000).await;
    assert_eq!(update.shown, NOON - 600_000 + 123_000);
    assert_eq!(value_of(&desk, 0), Some(0.123));
    desk.close().await;
}

#[tokio::test]
async fn a_disk_that_refuses_is_told_within_a_beat_and_nothing_is_lost_when_it_takes_again() {
    let (cache, time) = (folder("full"), Standing::at(NOON));
    let desk = open(&cache, &time).await;
    desk.apply(catalogue(1)).await;
    assert!(!shown(&desk).await.history.memory_only);
    // The day's file cannot be made: something else is in its place.
    let day = cache.join("history").join("2023-11-14.db");
    std::fs::create_dir_all(&day).expect("a folder in its place");
    desk.apply(observed(&[(0, NOON - 5_000, 1.0), (0, NOON - 4_000, 2.0)]))
        .await;
    let refused = shown(&desk).await;
    assert!(refused.history.memory_only);
    assert_eq!(refused.history.waiting, 2);
    assert!(!refused.history.reason.is_empty());

    desk.apply(observed(&[(0, NOON - 3_000, 3.0)])).await;
    time.put(NOON + 100);
    let goes_on = shown(&desk).await;
    assert_eq!(value_of(&desk, 0), Some(3.0), "the live view goes on");
    assert_eq!(goes_on.history.waiting, 3);

    std::fs::remove_dir_all(&day).expect("the place is free");
    time.put(NOON + 2_000);
    let healed = shown(&desk).await;
    assert!(!healed.history.memory_only, "{}", healed.history.reason);
    assert_eq!(
        (healed.history.waiting, healed.history.reason.as_str()),
        (0, "")
    );
    for (moment, value) in [(5_000, 1.0), (4_000, 2.0), (3_000, 3.0)] {
        shown_at(&desk, NOON - moment).await;
        assert_eq!(value_of(&desk, 0), Some(value));
    }
    desk.close().await;
}

#[tokio::test]
async fn steps_go_from_event_to_event_from_alarm_to_alarm_and_from_moment_to_moment() {
    let (cache, time) = (folder("steps"), Standing::at(NOON));
    let desk = open(&cache, &time).await;
    desk.apply(catalogue(1)).await;
    let hour = 3_600_000;
    let values = [
        (0, NOON - 5 * hour, 12.0),
        (0, NOON - 5 * hour + 1_000, 1.0),
        (0, NOON - 2 * hour, 60.0),
        (0, NOON - 2 * hour + 1_000, 1.0),
    ];
    desk.apply(observed(&values)).await;
    let event_at = NOON - 4 * hour;
    desk.apply(Update::Events(vec![event(1, event_at, event_at)]))
        .await;
    desk.save_moment("起点".to_owned(), NOON - 6 * hour, None, None)
        .await
        .expect("a moment");
    desk.refresh().await;

    assert_eq!(
        desk.step_to(StepKindDto::Alarm, true).await.ok(),
        Some(None)
    );
    for (kind, forward, expected) in [
        (StepKindDto::Alarm, false, Some(NOON - 2 * hour)),
        (StepKindDto::Alarm, false, Some(NOON - 5 * hour)),
        (StepKindDto::Alarm, false, None),
        (StepKindDto::Event, true, Some(event_at)),
        (StepKindDto::Event, true, None),
        (StepKindDto::Alarm, true, Some(NOON - 2 * hour)),
        (StepKindDto::Moment, false, Some(NOON - 6 * hour)),
    ] {
        let found = desk.step_to(kind, forward).await.expect("a step");
        assert_eq!(found, expected, "{kind:?} forward {forward}");
    }
    let update = shown(&desk).await;
    assert_eq!(
        update.clock,
        ClockDto::At {
            time: NOON - 6 * hour
        }
    );
    desk.close().await;
}

#[tokio::test]
async fn the_timeline_has_gaps_as_gaps_and_what_people_did() {
    let (cache, time) = (folder("timeline"), Standing::at(NOON));
    let desk = open(&cache, &time).await;
    desk.apply(catalogue(1)).await;
    let minute = 60_000;
    let values: Vec<(u32, i64, f64)> = (0..60)
        .filter(|n| !(20..30).contains(n))
        .map(|n| (0, NOON - 60 * minute + n * minute, 1.0))
        .collect();
    desk.apply(observed(&values)).await;
    desk.note_view("overview");
    let picture = b"\xff\xd8\xffpicture".to_vec();
    let saved = desk
        .save_moment(
            "回落".to_owned(),
            NOON - 90 * minute / 2,
            None,
            Some(picture),
        )
        .await
        .expect("a moment");
    desk.refresh().await;
    let timeline = desk
        .timeline(NOON - 60 * minute, NOON + minute, 61)
        .await
        .expect("a timeline");
    assert_eq!(timeline.gaps, [[NOON - 40 * minute, NOON - 30 * minute]]);
    let verbs: Vec<&str> = timeline
        .actions
        .iter()
        .map(|action| action.verb.as_str())
        .collect();
    assert_eq!(verbs.len(), 2, "{verbs:?}");
    assert!(verbs.contains(&"view") && verbs.contains(&"moment_saved"));
    assert_eq!(timeline.moments, std::slice::from_ref(&saved));
    assert!(
        saved
            .thumbnail
            .is_some_and(|address| address.starts_with("data:image/jpeg;base64,"))
    );
    desk.rename_moment(&saved.id, "水位回落".to_owned())
        .await
        .expect("another title");
    let moments = desk.moments().await.expect("the moments");
    assert_eq!(
        moments.first().map(|one| one.title.as_str()),
        Some("水位回落")
    );
    desk.delete_moment(&saved.id).await.expect("it goes");
    assert!(desk.delete_moment(&saved.id).await.is_err());
    desk.close().await;
}

#[tokio::test]
async fn a_branch_goes_its_own_way_and_leaves_the_past_alone() {
    let (cache, time) = (folder("branch"), Standing::at(NOON));
    let desk = open(&cache, &time).await;
    desk.apply(catalogue(2)).await;
    desk.apply(observed(&[
        (0, NOON - 10_000, 1.0),
        (1, NOON - 10_000, 2.0),
    ]))
    .await;
    desk.refresh().await;
    let branch = desk
        .branch_here("泵站停机".to_owned(), NOON - 5_000)
        .await
        .expect("a branch");
    let inside = |time: i64| ClockDto::Branch {
        id: branch.id.clone(),
        time,
    };
    desk.assume(&branch.id, "d0", 60.0, NOON + 60_000)
        .await
        .expect("an assumption");
    desk.set_clock(inside(NOON + 30_000)).expect("a branch");
    shown(&desk).await;
    assert_eq!(value_of(&desk, 0), Some(1.0), "not yet");
    desk.set_clock(inside(NOON + 90_000)).expect("a branch");
    let update = shown(&desk).await;
    assert_eq!(
        (value_of(&desk, 0), value_of(&desk, 1)),
        (Some(60.0), Some(2.0))
    );
    assert_eq!(update.alarm_counts, [1, 0, 0, 0]);
    assert_eq!(update.live_alarms.counts, [0, 0, 0, 0]);
    let card = desk
        .card(&Target::Thing {
            id: "t0".to_owned(),
        })
        .expect("a card");
    assert_eq!(
        card.series.first().map(|series| series.quality),
        Some(QualityWordDto::Estimated)
    );
    desk.assume(&branch.id, "d0", 5.0, NOON + 60_000)
        .await
        .expect("second thoughts");
    shown(&desk).await;
    assert_eq!(value_of(&desk, 0), Some(5.0));

    assert!(desk.assume(&branch.id, "d9", 1.0, NOON).await.is_err());
    assert!(
        desk.assume(&branch.id, "d0", 1.0, NOON - 60_000)
            .await
            .is_err()
    );
    assert!(
        desk.set_clock(ClockDto::Branch {
            id: "b0".to_owned(),
            time: NOON
        })
        .is_err()
    );
    desk.delete_branch(&branch.id).await.expect("it goes");
    let update = shown(&desk).await;
    assert_eq!(update.clock, ClockDto::At { time: NOON - 5_000 });
    assert_eq!(value_of(&desk, 0), Some(1.0));
    assert!(desk.branches().await.expect("a list").is_empty());
    desk.close().await;
}

#[tokio::test]
async fn a_recording_is_saved_verified_opened_elsewhere_and_shows_the_same() {
    let (cache, time) = (folder("recording"), Standing::at(NOON));
    let desk = open(&cache, &time).await;
    desk.apply(catalogue(2)).await;
    let values: Vec<(u32, i64, f64)> = (0..300)
        .map(|n| ((n % 2) as u32, NOON - 300_000 + n * 1_000, n as f64 / 100.0))
        .collect();
    desk.apply(observed(&values)).await;
    desk.refresh().await;
    let made = desk
        .save_recording(NOON - 200_000, NOON, "夜班".to_owned())
        .await
        .expect("a recording");
    assert_eq!((made.name.as_str(), made.is_verified), ("夜班", false));
    let verified = desk.verify_recording(&made.path).await.expect("it is read");
    assert!(verified.is_verified, "{:?}", verified.problems);
    let listed = desk.recordings().await.expect("a list");
    assert_eq!(listed, [verified]);
    assert!(desk.verify_recording("/etc/passwd").await.is_err());

    let exported = desk
        .export_series(
            vec!["d0".to_owned()],
            NOON - 100_500,
            NOON,
            ExportFormatDto::Csv,
        )
        .await
        .expect("a table");
    assert_eq!(exported.rows, 50);
    assert_eq!(shown(&desk).await.task, None);
    shown_at(&desk, NOON - 100_000).await;
    let here = (value_of(&desk, 0), value_of(&desk, 1));

    let other = folder("recording_opened");
    let (played, problems) = open_recording(Path::new(&made.path), &other, &mut |_, _| {})
        .await
        .expect("it opens");
    assert!(problems.is_empty(), "{problems:?}");
    let again = open_recording(Path::new(&made.path), &other, &mut |_, _| {})
        .await
        .expect("it opens again");
    assert_eq!(again.0, played, "once");
    let viewer = open(&played, &time).await;
    shown_at(&viewer, NOON - 100_000).await;
    assert_eq!((value_of(&viewer, 0), value_of(&viewer, 1)), here);
    viewer.close().await;

    desk.delete_recording(&made.path).await.expect("it goes");
    assert!(desk.recordings().await.expect("a list").is_empty());
    desk.close().await;
}

#[tokio::test]
async fn how_much_of_the_past_is_kept_is_found_again_after_a_restart() {
    let (cache, time) = (folder("limits"), Standing::at(NOON));
    let desk = open(&cache, &time).await;
    assert!(desk.set_history_limits(0, 1 << 30).await.is_err());
    assert!(desk.set_history_limits(7, 1).await.is_err());
    desk.set_history_limits(7, 1 << 30).await.expect("limits");
    desk.close().await;
    let desk = open(&cache, &time).await;
    let history = shown(&desk).await.history.clone();
    assert_eq!((history.keep_days, history.keep_bytes), (7, 1 << 30));
    desk.close().await;
}
