//! What people did, what became of events and cameras: as it was known at a moment, and as it is known today.

#![expect(clippy::expect_used, reason = "in a test, a panic is the report")]
#![expect(
    dead_code,
    reason = "this binary needs only a part of the shared helpers"
)]

mod common;

use cim_geo::Geodetic;
use cim_model::{
    Camera, CameraId, CameraStatus, Event, EventId, EventLevel, EventStatus, Standing, UtcMillis,
};
use cim_store::{Branch, DAY_MS, Fact, Keep, Knowledge, Moment, Store};
use common::{NOW, folder, id, open, read, store_with};

fn place() -> Geodetic {
    Geodetic {
        lon_deg: 121.5,
        lat_deg: 31.2,
        height_m: 0.0,
    }
}

/// The event `id`, which happened at NOW, as the hub knew it `later` milliseconds after.
fn version(id: &str, status: EventStatus, later: i64, title: &str) -> Event {
    Event {
        id: EventId::new(id),
        title: title.to_owned(),
        description: String::new(),
        category: "road_damage".to_owned(),
        level: EventLevel::III,
        status,
        position: place(),
        happened_at: UtcMillis(NOW),
        known_at: UtcMillis(NOW + later),
        source: "hotline".to_owned(),
        standing: Standing::Actual,
    }
}

/// Identity, status and title of each event.
async fn events(
    store: &Store,
    later: i64,
    knowledge: Knowledge,
) -> Vec<(String, EventStatus, String)> {
    let found = store.events_at(UtcMillis(NOW + later), knowledge).await;
    found
        .expect("the events")
        .into_iter()
        .map(|event| (event.id.to_string(), event.status, event.title))
        .collect()
}

fn told(id: &str, status: EventStatus, title: &str) -> (String, EventStatus, String) {
    (id.to_owned(), status, title.to_owned())
}

#[tokio::test]
async fn an_event_is_shown_as_it_was_known_then_or_as_it_is_known_now() {
    let store = open(&folder("versions")).await;
    let versions = [
        version("a", EventStatus::Reported, 1_000, "hole"),
        version("a", EventStatus::Handling, 5_000, "hole, 2 m"),
        version("a", EventStatus::Closed, 9_000, "hole, filled"),
        version("b", EventStatus::Handling, 7_000, "tree"),
    ];
    // They may come in any order, and more than once.
    for order in [[2, 0, 3, 1], [0, 1, 2, 3]] {
        let list: Vec<Event> = order.iter().map(|n| versions[*n].clone()).collect();
        store.save_events(&list).await.expect("saved");
    }
    assert!(events(&store, 500, Knowledge::Then).await.is_empty());
    assert_eq!(
        events(&store, 1_000, Knowledge::Then).await,
        [told("a", EventStatus::Reported, "hole")]
    );
    assert_eq!(
        events(&store, 7_500, Knowledge::Then).await,
        [
            told("a", EventStatus::Handling, "hole, 2 m"),
            told("b", EventStatus::Handling, "tree")
        ]
    );
    assert_eq!(
        events(&store, 500, Knowledge::Now).await,
        [
            told("a", EventStatus::Reported, "hole, filled"),
            told("b", EventStatus::Reported, "tree")
        ]
    );
    assert_eq!(
        events(&store, 6_000, Knowledge::Now).await,
        [
            told("a", EventStatus::Handling, "hole, filled"),
            told("b", EventStatus::Reported, "tree")
        ]
    );
    assert!(events(&store, -1, Knowledge::Now).await.is_empty());
    let between = store
        .event_versions_between(UtcMillis(NOW + 5_000), UtcMillis(NOW + 9_000))
        .await;
    assert_eq!(
        between.expect("versions"),
        [versions[1].clone(), versions[3].clone()]
    );
}

#[tokio::test]
async fn of_two_versions_of_one_moment_the_one_that_came_further_counts() {
    let store = open(&folder("same_moment")).await;
    let list = [
        version("a", EventStatus::Closed, 1_000, "closed"),
        version("a", EventStatus::Handling, 1_000, "handled"),
    ];
    store.save_events(&list).await.expect("saved");
    assert_eq!(
        events(&store, 1_000, Knowledge::Then).await,
        [told("a", EventStatus::Closed, "closed")]
    );
}

#[tokio::test]
async fn events_that_were_closed_long_ago_go_with_their_versions_and_open_ones_stay() {
    let store = store_with("closed", 1).await;
    let list = [
        version("old", EventStatus::Handling, 0, "old"),
        version("old", EventStatus::Closed, 1_000, "old"),
        version("open", EventStatus::Handling, 0, "open"),
    ];
    store.save_events(&list).await.expect("saved");
    store.save_fact(&fact("f", 0, 0, "")).await.expect("saved");
    let later = NOW + 5 * DAY_MS;
    store
        .append(&[read(0, later, 1.0)], UtcMillis(later))
        .await
        .expect("added");
    let keep = Keep {
        days: 2,
        bytes: u64::MAX,
    };
    store
        .retain(UtcMillis(later), keep)
        .await
        .expect("retained");
    let left = events(&store, 6 * DAY_MS, Knowledge::Then).await;
    assert_eq!(left, [told("open", EventStatus::Handling, "open")]);
    let all = store
        .event_versions_between(UtcMillis(0), UtcMillis(i64::MAX))
        .await;
    assert_eq!(all.expect("versions").len(), 1);
    let facts = store.facts_since(UtcMillis(0)).await.expect("facts");
    assert_eq!(facts.len(), 1, "facts are never forgotten");
    assert_eq!(store.number_of(&id(0)), Some(1));
}

fn fact(id: &str, happened: i64, known: i64, cause: &str) -> Fact {
    Fact {
        id: id.to_owned(),
        happened_at: UtcMillis(NOW + happened),
        known_at: UtcMillis(NOW + known),
        author: "li.wei".to_owned(),
        subject: "series-3@1".to_owned(),
        verb: "alarm_acknowledged".to_owned(),
        body: "{}".to_owned(),
        cause: cause.to_owned(),
    }
}

#[tokio::test]
async fn facts_are_found_by_when_they_happened_and_by_what_was_known_then() {
    let store = open(&folder("facts")).await;
    let first = fact("first", 1_000, 1_000, "");
    let late = fact("late", 2_000, 60_000, "first");
    let last = fact("last", 3_000, 3_000, "late");
    let list = [last.clone(), late.clone(), first.clone()];
    store.save_facts(&list).await.expect("saved");
    let changed = Fact {
        author: "nobody".to_owned(),
        ..first.clone()
    };
    store.save_fact(&changed).await.expect("kept as it was");
    let at = UtcMillis(NOW + 3_000);
    assert_eq!(
        store.facts_known(at, Knowledge::Now).await.expect("facts"),
        [first.clone(), late.clone(), last.clone()]
    );
    assert_eq!(
        store.facts_known(at, Knowledge::Then).await.expect("facts"),
        [first.clone(), last.clone()]
    );
    let between = store.facts_between(UtcMillis(NOW + 1_000), at).await;
    assert_eq!(between.expect("facts"), [first, late]);
}

fn camera(id: &str, status: CameraStatus) -> Camera {
    Camera {
        id: CameraId::new(id),
        name: id.to_owned(),
        position: place(),
        azimuth_deg: 90.0,
        tilt_deg: 12.0,
        fov_deg: 60.0,
        range_m: 120.0,
        status,
        category: 2,
        clips: Vec::new(),
    }
}

#[tokio::test]
async fn a_camera_has_the_status_that_it_had() {
    let store = open(&folder("cameras")).await;
    let (on, off) = (CameraStatus::On, CameraStatus::Off);
    for (later, first, second) in [
        (0, on, on),
        (1_000, off, on),
        (2_000, off, on),
        (3_000, on, on),
    ] {
        let cameras = [camera("a", first), camera("b", second)];
        store
            .save_catalogue(&[], &[], &cameras, UtcMillis(NOW + later))
            .await
            .expect("saved");
    }
    for (later, expected) in [(-1, on), (999, on), (1_000, off), (2_999, off), (3_000, on)] {
        for knowledge in [Knowledge::Now, Knowledge::Then] {
            let t = UtcMillis(NOW + later);
            let states = store.camera_states_at(t, knowledge).await.expect("states");
            assert_eq!(
                states,
                [(CameraId::new("a"), expected), (CameraId::new("b"), on)],
                "{later}"
            );
        }
    }
    let facts = store.facts_since(UtcMillis(0)).await.expect("facts");
    let told: Vec<(&str, &str)> = facts
        .iter()
        .map(|fact| (fact.verb.as_str(), fact.body.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("camera_status", r#"{"on":false}"#),
            ("camera_status", r#"{"on":true}"#)
        ]
    );
}

#[tokio::test]
async fn moments_are_kept_with_their_view_and_picture_until_somebody_deletes_them() {
    let folder = folder("moments");
    let store = open(&folder).await;
    let moment = |id: &str, later: i64| Moment {
        id: id.to_owned(),
        at: UtcMillis(NOW + later),
        title: "塌陷".to_owned(),
        author: "li.wei".to_owned(),
        saved_at: UtcMillis(NOW),
        view: r#"{"zoom":3}"#.to_owned(),
        thumbnail: vec![0x89, 0x50, 0, 0xff],
    };
    for one in [moment("b", 5), moment("a", 9), moment("c", 7)] {
        store.save_moment(&one).await.expect("saved");
    }
    store.save_moment(&moment("a", 1)).await.expect("replaced");
    store.delete_moment("c").await.expect("deleted");
    store.delete_moment("nobody").await.expect("gone already");
    store.close().await;
    let store = open(&folder).await;
    assert_eq!(
        store.moments().await.expect("moments"),
        [moment("a", 1), moment("b", 5)]
    );
}

#[tokio::test]
async fn a_branch_has_values_of_its_own_that_go_with_it() {
    let folder = folder("branches");
    let store = open(&folder).await;
    let branch = Branch {
        id: "what-if_1".to_owned(),
        title: "pump fails".to_owned(),
        from: UtcMillis(NOW),
        author: "li.wei".to_owned(),
        made_at: UtcMillis(NOW + 1),
    };
    store.save_branch(&branch).await.expect("saved");
    assert_eq!(store.branches().await.expect("branches"), [branch]);
    let history = store.branch_history("what-if_1").await.expect("made");
    history.close().await.expect("closed");
    assert!(folder.join("branches/what-if_1/history").is_dir());
    store.delete_branch("what-if_1").await.expect("deleted");
    assert!(!folder.join("branches/what-if_1").exists());
    assert_eq!(store.branches().await.expect("branches"), []);
    for id in ["", "../settings", "a/b", "分支"] {
        let error = store.branch_history(id).await.expect_err("no such folder");
        assert!(error.to_string().contains("branches"), "{error}");
        store
            .delete_branch(id)
            .await
            .expect_err("nothing is removed");
    }
}
