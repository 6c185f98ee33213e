//! One suite for both engines. PostgreSQL is a real server, started for the test; without one those parts are skipped.

use super::digest::{MINUTE_MS, sums_of};
use super::{BlockRow, Store, StoreAddress, TrialServer, bucket_of};
use crate::ledger::{Append, Change, ChangeKind, LedgerStore, StoredFact};
use crate::sensorthings::{Bind, Entity, Links, NewObservation, ObservationQuery, SetName};
use cim_model::UtcMillis;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

/// Noon of 22 November 2026.
const NOON: i64 = 1_795_348_800_000;
const DAY: i64 = 86_400_000;

/// A store, and what must live as long as it does.
struct Trial {
    store: Store,
    address: StoreAddress,
    folder: PathBuf,
    server: Option<TrialServer>,
}

impl Trial {
    async fn sqlite(name: &str) -> Self {
        let folder = temporary(&format!("{name}_sqlite"));
        let address = StoreAddress::Folder(folder.clone());
        Self {
            store: Store::open(&address).await.expect("opens"),
            address,
            folder,
            server: None,
        }
    }

    async fn postgres(name: &str) -> Option<Self> {
        let folder = temporary(&format!("{name}_postgres"));
        let server = match TrialServer::start(&folder, false) {
            Ok(server) => server,
            Err(reason) => {
                println!("skipped: {reason}");
                return None;
            }
        };
        let url = server.make_database("city").expect("makes a database");
        let address = StoreAddress::Postgres(url);
        Some(Self {
            store: Store::open(&address).await.expect("opens"),
            address,
            folder,
            server: Some(server),
        })
    }

    /// Both engines, or SQLite alone.
    async fn both(name: &str) -> Vec<Self> {
        let mut trials = vec![Self::sqlite(name).await];
        trials.extend(Self::postgres(name).await);
        trials
    }

    async fn end(self) {
        self.store.close().await;
        if self.server.is_none() {
            std::fs::remove_dir_all(&self.folder).expect("removes");
        }
    }
}

fn temporary(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("cim_hub_{name}_{}", std::process::id()));
    if folder.exists() {
        std::fs::remove_dir_all(&folder).expect("an older run is removed");
    }
    folder
}

fn observation(datastream: i64, millis: i64, value: f64) -> NewObservation {
    NewObservation {
        datastream,
        time: UtcMillis(millis),
        value: Some(value),
        result: None,
        detail: Map::new(),
    }
}

fn said(datastream: i64, millis: i64, text: &str) -> NewObservation {
    NewObservation {
        value: None,
        result: Some(Value::from(text).to_string()),
        ..observation(datastream, millis, 0.0)
    }
}

fn question(condition: &str, order: &str, binds: Vec<Bind>) -> ObservationQuery {
    ObservationQuery {
        condition: condition.to_owned(),
        order: order.to_owned(),
        binds: binds.clone(),
        limit: 1000,
        offset: 0,
        whole_condition: condition.to_owned(),
        whole_binds: binds,
    }
}

async fn values(store: &Store) -> Vec<Option<f64>> {
    let all = question("1", "t, ds, id", Vec::new());
    store
        .observations(&all)
        .await
        .expect("reads")
        .into_iter()
        .map(|row| row.value)
        .collect()
}

#[tokio::test]
async fn a_value_delivered_twice_is_stored_once() {
    for trial in Trial::both("twice").await {
        let store = &trial.store;
        let rows = [
            observation(1, NOON, 12.3),
            observation(1, NOON + 1000, 0.1 + 0.2),
            observation(2, NOON, 0.1),
            said(2, NOON, "open"),
            said(2, NOON, "closed"),
        ];
        assert_eq!(store.append(&rows).await.expect("stores"), 5);
        assert_eq!(store.append(&rows).await.expect("stores"), 0);
        let again = [observation(3, NOON, 1.0), observation(3, NOON, 1.0)];
        assert_eq!(
            store.append(&again).await.expect("stores"),
            1,
            "doubles in one batch"
        );
        // A truth that counts as a number is that number; the first that came is kept.
        let truth = NewObservation {
            result: Some("true".to_owned()),
            ..observation(4, NOON, 1.0)
        };
        let both = [truth, observation(4, NOON, 1.0)];
        assert_eq!(store.append(&both[..1]).await.expect("stores"), 1);
        assert_eq!(store.append(&both).await.expect("stores"), 0);
        let ids = store.ids_of(&both).await.expect("finds");
        assert!(ids[0].is_some() && ids[0] == ids[1], "{ids:?}");
        let minute = store.digests(UtcMillis(NOON), UtcMillis(NOON + MINUTE_MS));
        let counted: u64 = minute.await.expect("sums up")[0]
            .n
            .iter()
            .map(|n| u64::from(*n))
            .sum();
        assert_eq!(counted, 5, "all but the two texts");
        assert_eq!(
            store.remove_observations_of(&[4]).await.expect("removes"),
            1
        );
        let ids = store.ids_of(&rows).await.expect("finds");
        let different: BTreeSet<i64> = ids.iter().flatten().copied().collect();
        assert_eq!(different.len(), 5, "{ids:?}");
        let first = ids.first().copied().flatten().expect("has an id");
        let found = store
            .observation(first)
            .await
            .expect("reads")
            .expect("is there");
        assert_eq!(
            (found.datastream, found.time, found.value),
            (1, NOON, Some(12.3))
        );
        let other = observation(1, NOON + 1000, 0.1 + 0.2);
        assert!(
            store
                .change_observation(first, &other)
                .await
                .expect("changes")
        );
        let found = store
            .observation(first)
            .await
            .expect("reads")
            .expect("is there");
        assert_eq!((found.time, found.value), (NOON + 1000, Some(0.1 + 0.2)));
        assert_eq!(
            store.append(&rows[..1]).await.expect("stores"),
            1,
            "the old one is free again"
        );
        assert_eq!(store.ids_of(&[other]).await.expect("finds"), [Some(first)]);
        assert!(store.remove_observation(first).await.expect("removes"));
        assert!(!store.remove_observation(first).await.expect("removes"));
        assert_eq!(
            store.remove_observations_of(&[2]).await.expect("removes"),
            3
        );
        assert_eq!(values(store).await, [Some(12.3), Some(1.0)]);
        trial.end().await;
    }
}

#[tokio::test]
async fn conditions_of_requests_mean_the_same_in_both_engines() {
    for trial in Trial::both("conditions").await {
        let store = &trial.store;
        let mut suspect = observation(2, NOON, 5.0);
        suspect
            .detail
            .insert("resultQuality".into(), json!("suspect"));
        let rows = [observation(1, NOON, 1.0), suspect, said(3, NOON, "open")];
        store.append(&rows).await.expect("stores");
        let streams = Value::from(vec![1_i64, 3]).to_string();
        let cases = [
            ("1", vec![], 3),
            ("0", vec![], 0),
            (
                "ds = ? AND value > ?",
                vec![Bind::Int(2), Bind::Real(4.0)],
                1,
            ),
            ("1 AND NOT coalesce(value > ?, 0)", vec![Bind::Real(2.0)], 2),
            (
                "ds IN (SELECT value FROM json_each(?))",
                vec![Bind::Text(streams)],
                2,
            ),
            (
                "1 AND json_extract(detail, '$.resultQuality') = ?",
                vec![Bind::Text("suspect".into())],
                1,
            ),
            (
                "1 AND (t, id) > (?, ?)",
                vec![Bind::Int(NOON), Bind::Int(i64::MAX)],
                0,
            ),
            ("1 AND result = ?", vec![Bind::Text("\"open\"".into())], 1),
        ];
        for (condition, binds, expected) in cases {
            let asked = question(condition, "t DESC, id DESC", binds);
            let found = store.observations(&asked).await.expect("reads");
            assert_eq!(found.len(), expected, "{condition}");
            let counted = store.count_observations(&asked).await.expect("counts");
            assert_eq!(usize::try_from(counted), Ok(expected), "{condition}");
        }
        trial.end().await;
    }
}

#[tokio::test]
async fn a_thinned_minute_keeps_lowest_highest_and_last_and_says_so() {
    for trial in Trial::both("thin").await {
        let store = &trial.store;
        let rows: Vec<NewObservation> = [5.0, 1.0, 9.0, 6.0, 5.5]
            .iter()
            .zip(0_i64..)
            .map(|(value, n)| observation(1, NOON + n * 1000, *value))
            .collect();
        store.append(&rows).await.expect("stores");
        let (from, to) = (UtcMillis(NOON), UtcMillis(NOON + MINUTE_MS));
        let before = store.digests(from, to).await.expect("sums up");
        assert_eq!(before.len(), 1);
        assert!(before.iter().all(|minute| !minute.thinned));
        assert_eq!(store.thin(&[1], from, to).await.expect("thins"), 2);
        assert_eq!(values(store).await, [Some(1.0), Some(9.0), Some(5.5)]);
        let after = store.digests(from, to).await.expect("sums up");
        assert!(after.iter().all(|minute| minute.thinned));
        let kept: u32 = after.iter().flat_map(|minute| minute.n).sum();
        assert_eq!(
            kept, 3,
            "the kept sums are dropped when their minute is thinned"
        );
        assert_eq!(store.thinned_to().await.expect("reads"), Some(to));
        trial.end().await;
    }
}

#[tokio::test]
async fn old_days_are_forgotten_and_late_ones_taken() {
    for trial in Trial::both("forget").await {
        let store = &trial.store;
        let rows = [
            observation(1, NOON - 740 * DAY, 1.0),
            observation(1, NOON - DAY, 2.0),
            observation(1, NOON, 3.0),
            // A clock that is wrong by millennia.
            observation(1, NOON * 4000, 4.0),
            observation(1, -NOON, 5.0),
        ];
        assert_eq!(store.append(&rows).await.expect("stores"), 5);
        assert_eq!(store.append(&rows).await.expect("stores"), 0);
        let closed = json!({"id": "a", "status": "closed"});
        let open = json!({"id": "b", "status": "open"});
        let old = UtcMillis(NOON - 3 * DAY);
        let events = [
            ("a".to_owned(), old, closed),
            ("b".to_owned(), old, open.clone()),
        ];
        let head = store.head().await.expect("reads");
        let change = head.next(ChangeKind::Event, "a", old, "{}".to_owned(), String::new());
        let append = Append {
            changes: vec![change],
            facts: Vec::new(),
            events: events.to_vec(),
        };
        let written = LedgerStore::append(store, &head, &append).await;
        assert!(written.expect("stores"));
        let gone = store
            .forget(UtcMillis(NOON - 2 * DAY))
            .await
            .expect("forgets");
        assert!(gone >= 2, "{gone}");
        assert_eq!(values(store).await, [Some(2.0), Some(3.0), Some(4.0)]);
        assert_eq!(store.events(UtcMillis(0), 10).await.expect("reads"), [open]);
        assert_eq!(store.newest_event().await.expect("reads"), old);
        // The day that was dropped can come back.
        let late = [observation(1, NOON - 740 * DAY, 6.0)];
        assert_eq!(store.append(&late).await.expect("stores"), 1);
        assert_eq!(values(store).await.len(), 4);
        trial.end().await;
    }
}

#[tokio::test]
async fn digests_are_equal_in_both_engines_and_to_a_slow_reference() {
    let mut all = Vec::new();
    let mut rows = Vec::new();
    for n in 0..2_000_i64 {
        let time = NOON + (n * 7_919) % (3 * MINUTE_MS);
        rows.push(observation(n % 97 + 1, time, n as f64 / 7.0));
    }
    // Another value at the same moment is the same pair, and a text is none.
    rows.push(observation(1, NOON, 0.5));
    rows.push(observation(1, NOON, 0.25));
    rows.push(said(5, NOON + 1, "open"));
    for trial in Trial::both("digests").await {
        trial.store.append(&rows).await.expect("stores");
        let (from, until) = (UtcMillis(NOON - MINUTE_MS), UtcMillis(NOON + 3 * MINUTE_MS));
        let first = trial.store.digests(from, until).await.expect("sums up");
        let again = trial.store.digests(from, until).await.expect("sums up");
        assert_eq!(first, again, "kept sums are the same");
        let late = [observation(3, NOON + 59_999, 1.0)];
        trial.store.append(&late).await.expect("stores");
        let touched = trial.store.digests(from, until).await.expect("sums up");
        assert_ne!(first.get(1), touched.get(1), "late data changes its minute");
        assert_eq!(first.get(2), touched.get(2), "and no other");
        all.push(first);
        trial.end().await;
    }
    let first = all.first().expect("SQLite is always there");
    assert_eq!(first.len(), 4);
    for (index, digest) in first.iter().enumerate() {
        assert!(all.iter().all(|other| other.get(index) == Some(digest)));
        let minute = digest.at.0 / MINUTE_MS;
        let pairs = rows
            .iter()
            .filter(|row| row.value.is_some() && row.time.0.div_euclid(MINUTE_MS) == minute)
            .map(|row| row.datastream * MINUTE_MS + row.time.0.rem_euclid(MINUTE_MS));
        let sums = sums_of(minute, pairs.collect());
        assert_eq!((sums.n, sums.x), (digest.n, digest.x), "minute {index}");
    }
}

#[tokio::test]
async fn blocks_are_paged_without_loss_where_many_rows_share_a_moment() {
    for trial in Trial::both("blocks").await {
        let store = &trial.store;
        let mut rows: Vec<NewObservation> = (0..500_i64)
            .map(|n| observation(n, NOON + n / 100, n as f64 + 0.1))
            .collect();
        if let Some(first) = rows.first_mut() {
            first
                .detail
                .insert("resultQuality".into(), json!("estimated"));
        }
        rows.push(said(1, NOON, "open"));
        store.append(&rows).await.expect("stores");
        for limit in [7, 100, 499, 500, 501] {
            let mut found: Vec<BlockRow> = Vec::new();
            let mut after = None;
            let mut has_more = true;
            while has_more {
                let (from, until) = (UtcMillis(NOON), UtcMillis(NOON + 5));
                let page = store.observation_block(from, until, None, after, limit);
                let page = page.await.expect("reads");
                assert!(page.rows.len() <= limit && !page.thinned);
                found.extend(&page.rows);
                after = page.next;
                has_more = after.is_some();
            }
            let mut streams: Vec<i64> = found.iter().map(|row| row.datastream).collect();
            assert!(found.is_sorted_by_key(|row| row.time));
            streams.sort_unstable();
            assert_eq!(streams, (0..500).collect::<Vec<i64>>(), "limit {limit}");
            let wrong = found
                .iter()
                .filter(|row| row.value.to_bits() != (row.datastream as f64 + 0.1).to_bits());
            assert_eq!(wrong.count(), 0, "values come back bit for bit");
            let estimated = found.iter().filter(|row| row.quality == 2).count();
            assert_eq!(estimated, 1);
        }
        let mask = (1 << 3) | (1 << 17);
        let some =
            store.observation_block(UtcMillis(0), UtcMillis(i64::MAX), Some(mask), None, 1000);
        let some = some.await.expect("reads");
        let expected = (0..500)
            .filter(|id| [3, 17].contains(&bucket_of(*id)))
            .count();
        assert_eq!(some.rows.len(), expected);
        assert!(expected > 0);
        trial.end().await;
    }
}

fn step(head_seq: u64, before: &str, id: &str) -> Append {
    let seq = head_seq + 1;
    Append {
        changes: vec![Change {
            seq,
            chain: format!("{before}/{id}"),
            kind: ChangeKind::Fact,
            id: id.to_owned(),
            known_at: UtcMillis(NOON),
            body: "{}".to_owned(),
            meta: "{\"desk\":\"d\"}".to_owned(),
        }],
        facts: vec![StoredFact {
            seq,
            desk: "d".to_owned(),
            object: "event:1".to_owned(),
            id: id.to_owned(),
            ordered_at: UtcMillis(NOON),
            body: "{}".to_owned(),
        }],
        events: vec![(
            "1".to_owned(),
            UtcMillis(NOON + 1),
            json!({"id": "1", "by": id}),
        )],
    }
}

/// Ten changes by one writer, each tried until nobody was faster.
async fn write_ten(store: &Store, writer: u32) {
    for n in 0..10 {
        loop {
            let head = store.head().await.expect("reads");
            let append = step(head.seq, &head.chain, &format!("{writer}-{n}"));
            let done = LedgerStore::append(store, &head, &append).await;
            if done.expect("writes") {
                break;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_writers_extend_the_ledger_without_holes() {
    for trial in Trial::both("ledger").await {
        let epoch = trial.store.head().await.expect("reads").epoch;
        assert_eq!(epoch.len(), 16);
        let mut writers = Vec::new();
        for writer in 0..8 {
            let store = trial.store.clone();
            writers.push(tokio::spawn(async move { write_ten(&store, writer).await }));
        }
        for writer in writers {
            writer.await.expect("ends");
        }
        let store = &trial.store;
        let changes = store
            .changes(0, 5000, &ChangeKind::ALL)
            .await
            .expect("reads");
        assert!(changes.iter().map(|change| change.seq).eq(1..=80));
        let mut chain = epoch.clone();
        for change in &changes {
            chain = format!("{chain}/{}", change.id);
            assert_eq!(change.chain, chain, "each change stands on the one before");
        }
        let head = store.head().await.expect("reads");
        assert_eq!((head.seq, &head.chain), (80, &chain));
        assert_eq!(store.chain_at(0).await.expect("reads"), Some(epoch));
        assert_eq!(store.chain_at(80).await.expect("reads"), Some(chain));
        assert_eq!(store.chain_at(81).await.expect("reads"), None);
        assert_eq!(store.facts_of("event:1").await.expect("reads").len(), 80);
        assert!(store.fact("7-9").await.expect("reads").is_some());
        let some = store
            .changes(10, 5, &[ChangeKind::Fact])
            .await
            .expect("reads");
        assert!(some.iter().map(|change| change.seq).eq(11..=15));
        let camera = ChangeKind::Camera;
        let last = store
            .changes(10, 5, &[camera, camera, camera, camera, ChangeKind::Fact])
            .await
            .expect("reads");
        assert_eq!(last, some, "every kind counts, however many were named");
        let none = store
            .changes(0, 5, &[ChangeKind::Camera])
            .await
            .expect("reads");
        assert!(none.is_empty());
        assert!(
            LedgerStore::event(store, "1")
                .await
                .expect("reads")
                .is_some()
        );
        // The same fact twice is refused as a whole: the head stays.
        let again = step(head.seq, &head.chain, "7-9");
        assert!(LedgerStore::append(store, &head, &again).await.is_err());
        assert_eq!(store.head().await.expect("reads"), head);
        trial.end().await;
    }
}

fn place(id: i64, longitude: f64, latitude: f64) -> (SetName, Entity) {
    let location = json!({"type": "Point", "coordinates": [longitude, latitude]});
    let mut body = Map::new();
    body.insert("name".into(), json!("O'Hara's \u{4e2d}"));
    body.insert("location".into(), location);
    let links = Links::default();
    (SetName::Locations, Entity { id, body, links })
}

#[tokio::test]
async fn entities_cameras_and_documents_are_kept_and_replaced() {
    for trial in Trial::both("entities").await {
        let store = &trial.store;
        let mut changed = place(1, 121.5, 31.2);
        changed.1.links.thing = Some(9);
        let all = [place(1, 0.0, 0.0), place(2, 121.6, 31.2), changed.clone()];
        store.save_entities(&all).await.expect("stores");
        let found = store.entities().await.expect("reads");
        assert_eq!(found, [changed, place(2, 121.6, 31.2)]);
        assert_eq!(
            store
                .reserve_ids(SetName::Things, 3, 10)
                .await
                .expect("takes"),
            11
        );
        assert_eq!(
            store
                .reserve_ids(SetName::Things, 1, 10)
                .await
                .expect("takes"),
            14
        );
        assert_eq!(
            store
                .reserve_ids(SetName::Things, 2, 90)
                .await
                .expect("takes"),
            91
        );
        let gone = [(SetName::Locations, 1), (SetName::Things, 77)];
        store.remove_entities(&gone).await.expect("removes");
        assert_eq!(store.entities().await.expect("reads").len(), 1);

        let camera = |n: i64| (format!("c{n}"), json!({"id": n}));
        store
            .save_cameras(&[camera(2), camera(1)])
            .await
            .expect("stores");
        store.save_cameras(&[camera(1)]).await.expect("stores");
        let page = store.cameras(0, 1).await.expect("reads");
        assert_eq!(page, (vec![json!({"id": 1})], 2));
        assert_eq!(
            store.camera("c2").await.expect("reads"),
            Some(json!({"id": 2}))
        );
        assert_eq!(store.camera("c3").await.expect("reads"), None);

        let now = UtcMillis(NOON);
        for (key, body) in [("b", json!(1)), ("a", json!({"x": 2})), ("b", json!([3]))] {
            store
                .put_document("presence", key, &body, now)
                .await
                .expect("keeps");
        }
        let kept = store.documents("presence").await.expect("reads");
        let expected = [
            ("a".to_owned(), json!({"x": 2}), now),
            ("b".to_owned(), json!([3]), now),
        ];
        assert_eq!(kept, expected);
        store
            .put_document("presence", "old", &json!(1), UtcMillis(NOON - DAY - 1))
            .await
            .expect("keeps");
        store
            .put_document("shared", "old", &json!(1), UtcMillis(NOON - DAY - 1))
            .await
            .expect("keeps");
        let forgotten = store.forget_documents("presence", UtcMillis(NOON - DAY));
        assert_eq!(forgotten.await.expect("forgets"), 1);
        assert_eq!(store.documents("presence").await.expect("reads"), expected);
        assert_eq!(store.documents("shared").await.expect("reads").len(), 1);
        store.ping().await.expect("answers");
        trial.end().await;
    }
}

#[tokio::test]
async fn two_processes_over_one_database_see_each_other() {
    let Some(trial) = Trial::postgres("two").await else {
        return;
    };
    let other = Store::open(&trial.address).await.expect("opens");
    let mut ticks = other.watch_entities().await;
    let mut own_ticks = trial.store.watch_entities().await;
    trial
        .store
        .save_entities(&[place(1, 1.0, 2.0)])
        .await
        .expect("stores");
    let heard = tokio::time::timeout(Duration::from_secs(10), ticks.changed()).await;
    assert!(matches!(heard, Ok(Ok(()))), "{heard:?}");
    assert_eq!(other.entities().await.expect("reads"), [place(1, 1.0, 2.0)]);
    let quiet = tokio::time::timeout(Duration::from_millis(200), own_ticks.changed()).await;
    assert!(quiet.is_err(), "a process is not told of its own changes");

    // One sums a minute up, the other changes it.
    let (from, until) = (UtcMillis(NOON), UtcMillis(NOON + MINUTE_MS));
    trial
        .store
        .append(&[observation(1, NOON, 1.0)])
        .await
        .expect("stores");
    let count = |digests: &[super::MinuteDigest]| -> u32 {
        digests.iter().flat_map(|minute| minute.n).sum()
    };
    assert_eq!(
        count(&other.digests(from, until).await.expect("sums up")),
        1
    );
    trial
        .store
        .append(&[observation(1, NOON + 1, 1.0)])
        .await
        .expect("stores");
    let mut seen = 0;
    for _ in 0..100 {
        seen = count(&other.digests(from, until).await.expect("sums up"));
        if seen == 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(seen, 2);

    // Both store the same batch at once: it is stored once.
    let batch: Vec<NewObservation> = (0..2_000).map(|n| observation(n, NOON + 10, 1.0)).collect();
    let backwards: Vec<NewObservation> = batch.iter().rev().cloned().collect();
    let (one, two) = tokio::join!(trial.store.append(&batch), other.append(&backwards));
    assert_eq!(one.expect("stores") + two.expect("stores"), 2_000);
    other.close().await;
    trial.end().await;
}

#[tokio::test]
async fn a_backup_taken_while_the_hub_runs_can_be_restored() {
    let trial = Trial::sqlite("backup").await;
    trial
        .store
        .append(&[observation(1, NOON, 1.0)])
        .await
        .expect("stores");
    let epoch = trial.store.head().await.expect("reads").epoch;
    let copy = trial.folder.join("copy.db");
    super::back_up(&trial.folder, &copy).await.expect("writes");
    let again = super::back_up(&trial.folder, &copy).await;
    assert!(again.is_err(), "never over another file");
    trial
        .store
        .append(&[observation(1, NOON + 1, 2.0)])
        .await
        .expect("stores");
    trial.store.close().await;
    super::restore(&copy, &trial.folder)
        .await
        .expect("restores");
    let store = Store::open(&trial.address).await.expect("opens");
    assert_eq!(values(&store).await, [Some(1.0)]);
    assert_eq!(store.head().await.expect("reads").epoch, epoch);
    store.close().await;
    std::fs::write(&copy, b"not a database").expect("writes");
    assert!(super::restore(&copy, &trial.folder).await.is_err());
    let store = Store::open(&trial.address).await.expect("still opens");
    assert_eq!(values(&store).await, [Some(1.0)]);
    store.close().await;
    std::fs::remove_dir_all(&trial.folder).expect("removes");
}

#[tokio::test]
async fn a_file_of_the_first_version_is_opened_and_brought_up_to_date() {
    let folder = temporary("old_file");
    std::fs::create_dir_all(&folder).expect("makes a folder");
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(folder.join("hub.db"))
        .create_if_missing(true);
    let pool = sqlx::SqlitePool::connect_with(options)
        .await
        .expect("opens");
    sqlx::raw_sql(
        "CREATE TABLE observations (id INTEGER PRIMARY KEY, ds INTEGER NOT NULL, t INTEGER NOT NULL, value REAL,
             result TEXT, detail TEXT);
         CREATE UNIQUE INDEX observation_once ON observations (ds, t, value);
         CREATE TABLE events (id TEXT PRIMARY KEY, known_at INTEGER NOT NULL, body TEXT NOT NULL);
         INSERT INTO observations (ds, t, value, result) VALUES (1, 5, NULL, 'true'), (1, 5, NULL, 'true'), (1, 5, 2.5, NULL);
         INSERT INTO events VALUES ('a', 5, '{\"status\":\"closed\"}'), ('b', 5, '{\"status\":\"open\"}');",
    )
    .execute(&pool)
    .await
    .expect("makes the old tables");
    pool.close().await;
    for _ in 0..2 {
        let store = Store::open(&StoreAddress::Folder(folder.clone()))
            .await
            .expect("opens");
        assert_eq!(
            values(&store).await.len(),
            2,
            "a text stored twice is stored once"
        );
        store.close().await;
    }
    let store = Store::open(&StoreAddress::Folder(folder.clone()))
        .await
        .expect("opens");
    store.forget(UtcMillis(6)).await.expect("forgets");
    assert_eq!(
        store.events(UtcMillis(0), 9).await.expect("reads"),
        [json!({"status": "open"})]
    );
    store.close().await;
    std::fs::remove_dir_all(&folder).expect("removes");
}
