//! What survives: a restart, a kill, a damaged file, somebody else's file.

#![expect(clippy::expect_used, reason = "in a test, a panic is the report")]
#![expect(
    dead_code,
    reason = "this binary needs only a part of the shared helpers"
)]

mod common;

use cim_geo::Geodetic;
use cim_model::{
    Camera, CameraId, CameraStatus, Clip, Event, EventId, EventLevel, EventStatus, Standing,
    UtcMillis,
};
use cim_store::{Cached, Fact, Store, StoreError};
use common::{NOW, catalogue, folder, id, open, read};
use std::path::Path;

fn camera() -> Camera {
    Camera {
        id: CameraId::new("31010100001320000017"),
        name: "外滩 17".to_owned(),
        position: Geodetic {
            lon_deg: 121.49,
            lat_deg: 31.24,
            height_m: 6.0,
        },
        azimuth_deg: 90.0,
        tilt_deg: 12.0,
        fov_deg: 60.0,
        range_m: 120.0,
        status: CameraStatus::Off,
        category: 2,
        clips: vec![Clip {
            path: "/clips/a.webm".to_owned(),
            from: UtcMillis(NOW - 60_000),
            to: UtcMillis(NOW),
        }],
    }
}

fn event() -> Event {
    Event {
        id: EventId::new("e-1"),
        title: "路面塌陷".to_owned(),
        description: "约 2 米".to_owned(),
        category: "road_damage".to_owned(),
        level: EventLevel::III,
        status: EventStatus::Handling,
        position: Geodetic {
            lon_deg: 121.5,
            lat_deg: 31.2,
            height_m: 0.0,
        },
        happened_at: UtcMillis(NOW - 5000),
        known_at: UtcMillis(NOW - 1000),
        source: "hotline".to_owned(),
        standing: Standing::Actual,
    }
}

fn fact() -> Fact {
    Fact {
        id: "f-1".to_owned(),
        happened_at: UtcMillis(NOW),
        known_at: UtcMillis(NOW + 1),
        author: "li.wei".to_owned(),
        subject: "series-3@1".to_owned(),
        verb: "acknowledge".to_owned(),
        body: "{}".to_owned(),
        cause: "series-3@1#alarm_raised#2".to_owned(),
    }
}

async fn fill(store: &Store) -> Cached {
    let (things, datastreams) = catalogue(300);
    store
        .save_catalogue(&things, &datastreams, &[camera()], UtcMillis(NOW))
        .await
        .expect("the catalogue is saved");
    store
        .save_events(&[event()])
        .await
        .expect("the event is saved");
    store.save_fact(&fact()).await.expect("the fact is saved");
    store
        .put_setting("hub", "http://127.0.0.1:8090")
        .await
        .expect("the setting is saved");
    for minute in 0..20 {
        let batch: Vec<_> = (0..300)
            .map(|n| read(n, NOW + minute * 60_000, n as f64))
            .collect();
        let known_at = UtcMillis(NOW + minute * 60_000);
        let done = store.append(&batch, known_at).await.expect("added");
        assert_eq!((done.taken, done.refused), (300, 0));
    }
    loaded(store).await
}

/// What is cached, but for the start of the oldest stretch: it is known to the millisecond only while it is in memory.
async fn loaded(store: &Store) -> Cached {
    let cached = store.load().await.expect("loaded");
    if !cached.latest.is_empty() {
        let oldest = cached.oldest.expect("there are values").0;
        assert!((NOW - 60_000..=NOW).contains(&oldest), "{oldest}");
    }
    Cached {
        oldest: None,
        ..cached
    }
}

/// Copies a folder with everything in it, but for what only a running process can use.
fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("the folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name");
        if path.is_dir() {
            copy_folder(&path, &to.join(name));
        } else if !name.to_string_lossy().ends_with("-shm") {
            std::fs::copy(&path, to.join(name)).expect("copied");
        }
    }
}

async fn check_kept(folder: &Path, expected: &Cached) {
    let store = open(folder).await;
    assert_eq!(&loaded(&store).await, expected);
    assert_eq!(
        store.facts_since(UtcMillis(NOW)).await.expect("facts"),
        [fact()]
    );
    assert_eq!(
        store.facts_since(UtcMillis(NOW + 2)).await.expect("facts"),
        []
    );
    assert_eq!(
        store.setting("hub").await.expect("a setting").as_deref(),
        Some("http://127.0.0.1:8090")
    );
    assert_eq!(store.setting("nothing").await.expect("a setting"), None);
    store.close().await;
}

async fn check_begun_anew(folder: &Path, reason: &str) {
    let (store, notes) = Store::open(folder).await.expect("a new cache is begun");
    assert!(
        notes[0].contains(reason) && notes[0].contains(".damaged-"),
        "{notes:?}"
    );
    assert_eq!(store.load().await.expect("loaded"), Cached::default());
    fill(&store).await;
    store.close().await;
}

#[tokio::test]
async fn everything_is_there_after_a_restart() {
    let folder = folder("restart");
    let (store, _) = Store::open(&folder).await.expect("a new cache");
    let filled = fill(&store).await;
    assert_eq!(
        (
            filled.things.len(),
            filled.datastreams.len(),
            filled.latest.len()
        ),
        (1, 300, 300)
    );
    assert_eq!(
        (filled.cameras.clone(), filled.events.clone()),
        (vec![camera()], vec![event()])
    );
    assert_eq!(filled.newest, Some(UtcMillis(NOW + 19 * 60_000)));
    store.close().await;
    check_kept(&folder, &filled).await;
}

#[tokio::test]
async fn everything_is_there_after_a_kill() {
    let alive = folder("alive");
    let killed = folder("killed");
    let (store, _) = Store::open(&alive).await.expect("a new cache");
    let filled = fill(&store).await;
    // What lies on the disk while the desk runs is what a kill leaves behind.
    copy_folder(&alive, &killed);
    check_kept(&killed, &filled).await;
    store.close().await;
    check_kept(&alive, &filled).await;
}

#[tokio::test]
async fn a_file_damaged_in_the_middle_is_moved_aside_and_a_new_one_begun() {
    let folder = folder("damaged");
    let (store, _) = Store::open(&folder).await.expect("a new cache");
    fill(&store).await;
    store.close().await;
    let path = folder.join("citymirror.db");
    let mut bytes = std::fs::read(&path).expect("the file");
    let middle = bytes.len() / 2;
    bytes[middle - 16_000..middle + 16_000].fill(0xa5);
    std::fs::write(&path, &bytes).expect("damaged");
    check_begun_anew(&folder, "citymirror.db.damaged-1").await;
    assert_eq!(
        std::fs::read(folder.join("citymirror.db.damaged-1")).expect("kept"),
        bytes
    );
    // A new file numbers its series anew: the days of the old one would show one sensor's values as another's.
    assert!(folder.join("history.damaged-1").is_dir());
}

#[tokio::test]
async fn a_file_that_is_no_database_is_moved_aside() {
    let folder = folder("no_database");
    std::fs::write(
        folder.join("citymirror.db"),
        "<html>404</html>".repeat(1000),
    )
    .expect("written");
    check_begun_anew(&folder, "not a database").await;
    std::fs::write(folder.join("citymirror.db"), "again".repeat(1000)).expect("written");
    std::fs::remove_file(folder.join("citymirror.db-wal")).ok();
    check_begun_anew(&folder, "citymirror.db.damaged-2").await;
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_named() {
    let folder = folder("no_folder");
    std::fs::write(folder.join("file"), "").expect("written");
    let error = Store::open(&folder.join("file").join("cache"))
        .await
        .expect_err("no folder there");
    assert!(
        matches!(&error, StoreError::Folder { path, .. } if path.ends_with("cache")),
        "{error}"
    );
    assert!(error.to_string().contains("no_folder"), "{error}");
}

#[tokio::test]
async fn a_message_that_was_overtaken_does_not_undo_a_newer_one() {
    let (store, _) = Store::open(&folder("overtaken"))
        .await
        .expect("a new cache");
    let closed = Event {
        status: EventStatus::Closed,
        known_at: UtcMillis(NOW + 10),
        ..event()
    };
    store
        .save_events(&[closed.clone(), event()])
        .await
        .expect("saved");
    assert_eq!(store.load().await.expect("loaded").events, [closed]);
}

#[tokio::test]
async fn a_series_keeps_its_values_when_its_catalogue_entry_changes() {
    let (store, _) = Store::open(&folder("renamed")).await.expect("a new cache");
    fill(&store).await;
    let (things, mut datastreams) = catalogue(300);
    datastreams[3].name = "甲烷浓度".to_owned();
    store
        .save_catalogue(&things, &datastreams, &[], UtcMillis(NOW))
        .await
        .expect("saved again");
    let cached = store.load().await.expect("loaded");
    assert_eq!(cached.datastreams[3].name, "甲烷浓度");
    assert!(cached.latest.contains(&read(3, NOW + 19 * 60_000, 3.0)));
    assert_eq!(
        store
            .window(&id(3), UtcMillis(NOW), UtcMillis(NOW + 3_600_000), 1)
            .await
            .expect("a window")[0]
            .n,
        20
    );
}
