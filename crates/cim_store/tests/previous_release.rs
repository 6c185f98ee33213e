//! A cache of the previous release opens, with all that it held, however often its opening is killed.

#![expect(clippy::expect_used, reason = "in a test, a panic is the report")]
#![expect(
    dead_code,
    reason = "this binary needs only a part of the shared helpers"
)]

mod common;

use cim_model::{EventStatus, Observation, Quality, UtcMillis};
use cim_store::{Knowledge, Store, faults};
use common::{NOW, folder, id, open, read};
use sqlx::{
    AssertSqlSafe, Connection, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode},
};
use std::{path::Path, process::Command};

const MINUTE: i64 = 60_000;
/// How many series the old cache knows; their numbers are 1 to this, their identities `series-0` on.
const SERIES: i64 = 60;
/// Folded minutes of every series, ending where the single values begin.
const MINUTES: i64 = 600;
/// Single values of every series, one every five seconds up to NOW.
const SINGLE: i64 = 240;

/// The tables as the previous release made them.
const OLD_TABLES: [&str; 10] = [
    include_str!("../src/things.sql"),
    include_str!("../src/datastreams.sql"),
    include_str!("../src/cameras.sql"),
    include_str!("../src/events.sql"),
    include_str!("../src/previous/raw.sql"),
    include_str!("../src/previous/minute.sql"),
    include_str!("../src/previous/latest.sql"),
    include_str!("../src/previous/activity.sql"),
    include_str!("../src/facts.sql"),
    include_str!("../src/settings.sql"),
];

/// The moment of the first single value.
const BEGIN: i64 = NOW - (SINGLE - 1) * 5_000;
/// The start of the first folded minute.
const FOLDED: i64 = NOW - 20 * MINUTE - MINUTES * MINUTE;

/// What a series with this number read at `t`.
fn value(number: i64, t: i64) -> f64 {
    (number * 1_000 + (t / 1_000) % 997) as f64
}

/// Makes a cache of the previous release in `folder`.
async fn old_cache(folder: &Path) {
    let options = SqliteConnectOptions::new()
        .filename(folder.join("citymirror.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal);
    let mut conn = SqliteConnection::connect_with(&options)
        .await
        .expect("a new file");
    let numbers = format!(
        "WITH RECURSIVE d (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM d WHERE id < {SERIES})"
    );
    let value_at = |t: &str| format!("id * 1000 + ({t} / 1000) % 997.0");
    let fill = [
        format!("{numbers} INSERT INTO datastreams (id, uid, thing, name, observed_property, unit, period_s)
            SELECT id, 'series-' || (id - 1), '17', '甲烷', 'methane', '%LEL', 5.0 FROM d"),
        format!("{numbers}, k (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM k WHERE n < {SINGLE} - 1)
            INSERT INTO raw (ds, t, v, q) SELECT id, {BEGIN} + n * 5000, {}, n % 3 FROM d, k", value_at(&format!("({BEGIN} + n * 5000)"))),
        format!("{numbers}, k (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM k WHERE n < {MINUTES} - 1)
            INSERT INTO minute (ds, t, n, lo, hi, total, last, last_t, last_q)
            SELECT id, {FOLDED} + n * 60000, 12, 0, 9, 54, {}, {FOLDED} + n * 60000 + 55000, 0 FROM d, k",
            value_at(&format!("({FOLDED} + n * 60000 + 55000)"))),
        // The last series has been silent for days: only `latest` knows it.
        format!("DELETE FROM raw WHERE ds = {SERIES}"),
        format!("DELETE FROM minute WHERE ds = {SERIES}"),
        format!("{numbers} INSERT INTO latest (ds, t, v, q) SELECT id, {NOW}, {}, {} % 3 FROM d WHERE id < {SERIES}",
            value_at(&NOW.to_string()), SINGLE - 1),
        format!("INSERT INTO latest (ds, t, v, q) VALUES ({SERIES}, {NOW} - 259200000, 4.25, 1)"),
        format!("INSERT INTO activity (t, n) VALUES ({NOW}, 5)"),
        format!("INSERT INTO events VALUES ('e-1', '路面塌陷', '', 'road_damage', 'III', 'handling', 121.5, 31.2, 0, {NOW} - 9, {NOW} - 5, 'hotline')"),
        format!("INSERT INTO facts VALUES ('f-1', {NOW}, {NOW}, 'li.wei', 'series-3@1', 'alarm_acknowledged', '{{}}')"),
        format!("INSERT INTO settings VALUES ('hub', 'http://127.0.0.1:8090'), ('store.folded_before', '{BEGIN}')"),
        "PRAGMA application_id = 1128877427".to_owned(),
        "PRAGMA user_version = 1".to_owned(),
    ];
    for statement in OLD_TABLES.map(str::to_owned).into_iter().chain(fill) {
        sqlx::raw_sql(AssertSqlSafe(statement))
            .execute(&mut conn)
            .await
            .expect("the old release's statement");
    }
    conn.close().await.expect("closed");
}

/// The newest value at or before `t` that the old cache had, by number.
fn expected_at(t: i64) -> Vec<Observation> {
    let newest = if t >= BEGIN {
        Some(BEGIN + (t.min(NOW) - BEGIN) / 5_000 * 5_000)
    } else if t >= FOLDED + 55_000 {
        let minute = ((t - FOLDED - 55_000) / MINUTE).min(MINUTES - 1);
        Some(FOLDED + minute * MINUTE + 55_000)
    } else {
        None
    };
    let mut expected = Vec::new();
    for number in 1..SERIES {
        expected.extend(newest.map(|newest| {
            let single = (newest - BEGIN) / 5_000;
            Observation {
                quality: match (newest >= BEGIN, single % 3) {
                    (true, 1) => Quality::Suspect,
                    (true, 2) => Quality::Estimated,
                    _ => Quality::Good,
                },
                ..read((number - 1) as usize, newest, value(number, newest))
            }
        }));
    }
    let silent = NOW - 259_200_000;
    if t >= silent {
        expected.push(Observation {
            quality: Quality::Suspect,
            ..read((SERIES - 1) as usize, silent, 4.25)
        });
    }
    expected
}

async fn check_everything(store: &Store) {
    for t in [
        NOW + 9,
        NOW,
        NOW - 1,
        NOW - 123_456,
        BEGIN,
        BEGIN - 1,
        FOLDED + 300 * MINUTE + 7,
        FOLDED + 55_000,
        FOLDED + 54_999,
        NOW - 259_200_001,
    ] {
        let found = store.latest_at(UtcMillis(t)).await.expect("the state");
        assert_eq!(found, expected_at(t), "at {t}");
    }
    let hour = store
        .window(
            &id(3),
            UtcMillis(NOW - 20 * MINUTE),
            UtcMillis(NOW + MINUTE),
            1,
        )
        .await
        .expect("a window");
    assert_eq!(hour.first().map(|bucket| bucket.n), Some(SINGLE as u32));
    let cached = store.load().await.expect("loaded");
    assert_eq!(cached.datastreams.len(), SERIES as usize);
    assert_eq!(cached.latest, expected_at(NOW));
    assert_eq!(cached.events.len(), 1);
    let then = store
        .events_at(UtcMillis(NOW), Knowledge::Then)
        .await
        .expect("the events");
    assert_eq!(then, cached.events);
    assert_eq!(then[0].status, EventStatus::Handling);
    let facts = store.facts_since(UtcMillis(0)).await.expect("the facts");
    assert_eq!(facts.len(), 1);
    assert_eq!((facts[0].id.as_str(), facts[0].cause.as_str()), ("f-1", ""));
    let hub = store.setting("hub").await.expect("a setting");
    assert_eq!(hub.as_deref(), Some("http://127.0.0.1:8090"));
    let line = store.setting("store.folded_before").await;
    assert_eq!(line.expect("a setting"), None);
    assert_eq!(store.check().await.expect("checked"), Vec::<String>::new());
}

#[tokio::test]
async fn a_cache_of_the_previous_release_opens_with_all_that_it_held() {
    let folder = folder("previous");
    old_cache(&folder).await;
    let mut told = Vec::new();
    let (store, notes) = Store::open_telling(&folder, None, &mut |done, total| {
        told.push((done, total));
    })
    .await
    .expect("the old cache opens");
    assert_eq!(notes, Vec::<String>::new());
    let all = ((SERIES - 1) * (SINGLE + MINUTES) + 1) as u64;
    assert_eq!(told.first(), Some(&(0, all)));
    assert_eq!(told.last(), Some(&(all, all)));
    assert!(told.is_sorted(), "{told:?}");
    check_everything(&store).await;
    store.close().await;
    // Once moved, nothing is moved again.
    let mut told = Vec::new();
    let (store, _) = Store::open_telling(&folder, None, &mut |done, total| {
        told.push((done, total));
    })
    .await
    .expect("opens again");
    assert!(told.is_empty(), "{told:?}");
    check_everything(&store).await;
}

/// Names the point, which time it is reached, and the folder to the run that is to die.
const DYING: &str = "CIM_STORE_DIES_AT";

/// Opens a cache, to die on the way.
async fn die(order: &str) {
    let mut parts = order.splitn(3, '|');
    let (point, nth, folder) = (parts.next(), parts.next(), parts.next());
    let nth = nth.and_then(|nth| nth.parse().ok()).expect("a number");
    assert!(faults::arm(point.expect("a point"), nth));
    Store::open(Path::new(folder.expect("a folder")))
        .await
        .expect("the cache opens");
}

#[tokio::test]
#[expect(
    clippy::disallowed_methods,
    reason = "a test program has no other way to be told what to do"
)]
async fn killed_at_any_point_of_its_move_nothing_of_it_is_lost() {
    // This test starts itself once for each kill.
    if let Ok(order) = std::env::var(DYING) {
        return die(&order).await;
    }
    for (point, nth) in [
        ("in_migration_1", 1),
        ("in_migration_2", 1),
        ("in_migration_3", 1),
        ("in_migration_3", 2),
        ("in_migration_4", 2),
        ("in_migration_5", 1),
        ("before_meta_commit", 1),
        ("after_meta_commit", 2),
        ("before_seal_commit", 1),
        ("after_log_commit", 2),
    ] {
        let folder = folder(&format!("killed_{point}_{nth}"));
        old_cache(&folder).await;
        let died = Command::new(std::env::current_exe().expect("this program"))
            .args([
                "--exact",
                "killed_at_any_point_of_its_move_nothing_of_it_is_lost",
            ])
            .env(DYING, format!("{point}|{nth}|{}", folder.display()))
            .output()
            .expect("started");
        assert!(
            !died.status.success(),
            "{point} was not reached {nth} times"
        );
        let store = open(&folder).await;
        check_everything(&store).await;
        store.close().await;
    }
}
