//! What the store answers about values, against what a walk through all observations answers.

#![expect(clippy::expect_used, reason = "in a test, a panic is the report")]

mod common;

use cim_model::{Observation, Quality, UtcMillis};
use cim_store::{Appended, Bucket, Columns, DAY_MS, Keep, Knowledge, Row, Store};
use common::{Dice, NOW, catalogue, folder, id, open, read, store_with};
use std::collections::BTreeMap;

const HOUR: i64 = 3_600_000;
const SERIES: usize = 12;

/// Three hours of readings at uneven moments; values are quarters, so that sums are exact.
fn three_hours() -> Vec<Observation> {
    let mut dice = Dice(7);
    let mut all = Vec::new();
    for n in 0..SERIES {
        let mut t = NOW - 3 * HOUR;
        loop {
            t += 1 + dice.below(40_000) as i64;
            if t >= NOW {
                break;
            }
            all.push(read(n, t, dice.below(400) as f64 / 4.0));
        }
    }
    all.sort_by_key(|observation| observation.happened_at);
    all
}

/// Adds everything as it happens.
async fn append_all(store: &Store, all: &[Observation]) {
    for batch in all.chunks(500) {
        let known_at = batch.last().map_or(UtcMillis(NOW), |last| last.happened_at);
        let done = store.append(batch, known_at).await.expect("added");
        assert_eq!((done.taken, done.refused), (batch.len(), 0));
    }
}

async fn seal_and_roll(store: &Store) {
    let later = UtcMillis(NOW + 2 * HOUR);
    store.history().seal(later, true).await.expect("sealed");
    store.history().roll(later).await.expect("rolled");
}

async fn count(store: &Store) -> u64 {
    let bins = store
        .activity(UtcMillis(NOW - 24 * HOUR), UtcMillis(NOW + HOUR), 25)
        .await
        .expect("the activity");
    bins.into_iter().map(u64::from).sum()
}

#[tokio::test]
async fn the_same_observation_counts_once_however_often_it_comes() {
    let store = store_with("once", SERIES).await;
    let all = three_hours();
    append_all(&store, &all).await;
    append_all(&store, &all).await;
    seal_and_roll(&store).await;
    append_all(&store, &all).await;
    seal_and_roll(&store).await;
    assert_eq!(count(&store).await, all.len() as u64);
    let (t0, t1) = (UtcMillis(NOW - 4 * HOUR), UtcMillis(NOW + HOUR));
    let whole = store.window(&id(3), t0, t1, 1).await.expect("a window");
    let own = all.iter().filter(|o| o.datastream == id(3)).count();
    assert_eq!(whole.iter().map(|b| b.n as usize).sum::<usize>(), own);
}

#[tokio::test]
async fn a_late_observation_joins_the_history_but_never_becomes_the_latest() {
    let store = store_with("late", 1).await;
    let now = UtcMillis(NOW);
    store
        .append(&[read(0, NOW, 5.0)], now)
        .await
        .expect("added");
    let late = [read(0, NOW - 60_000, 9.0), read(0, NOW, 6.0)];
    store.append(&late, now).await.expect("added");
    let cached = store.load().await.expect("loaded");
    assert_eq!(cached.latest, [read(0, NOW, 5.0)]);
    let before = store
        .latest_at(UtcMillis(NOW - 1))
        .await
        .expect("the state");
    assert_eq!(before, [read(0, NOW - 60_000, 9.0)]);
}

#[tokio::test]
async fn an_observation_of_an_unknown_series_is_refused_and_the_rest_goes_in() {
    let store = store_with("unknown", 1).await;
    let batch = [
        read(0, NOW, 1.0),
        read(99, NOW, 2.0),
        read(0, NOW + 1, f64::NAN),
    ];
    let expected = Appended {
        taken: 1,
        refused: 2,
    };
    let done = store.append(&batch, UtcMillis(NOW)).await.expect("added");
    assert_eq!(done, expected);
}

/// The newest of `all` by `t`, by identity.
fn walk_to(all: &[Observation], t: i64) -> Vec<Observation> {
    let mut newest: BTreeMap<String, &Observation> = BTreeMap::new();
    for observation in all.iter().filter(|o| o.happened_at.0 <= t) {
        newest.insert(observation.datastream.to_string(), observation);
    }
    newest.into_values().cloned().collect()
}

async fn check_states(store: &Store, all: &[Observation]) {
    let mut dice = Dice(11);
    for _ in 0..100 {
        let t = NOW - 3 * HOUR - 60_000 + dice.below((3 * HOUR + 120_000) as u64) as i64;
        let mut found = store.latest_at(UtcMillis(t)).await.expect("the state");
        found.sort_by_key(|observation| observation.datastream.to_string());
        assert_eq!(found, walk_to(all, t), "at {t}");
    }
}

#[tokio::test]
async fn the_state_at_a_moment_is_what_a_walk_through_everything_finds() {
    let folder = folder("latest_at");
    let store = open(&folder).await;
    let (things, datastreams) = catalogue(SERIES);
    store
        .save_catalogue(&things, &datastreams, &[], UtcMillis(NOW))
        .await
        .expect("saved");
    let all = three_hours();
    let (early, late) = all.split_at(all.len() / 2);
    append_all(&store, early).await;
    check_states(&store, early).await;
    seal_and_roll(&store).await;
    append_all(&store, late).await;
    check_states(&store, &all).await;
    store.close().await;
    let store = open(&folder).await;
    check_states(&store, &all).await;
}

#[tokio::test]
async fn what_came_late_is_not_in_the_state_as_it_was_known_then() {
    let store = store_with("known_then", 2).await;
    let series = store.number_of(&id(1)).expect("a number");
    let row = |happened_at: i64, known_at: i64, value: f64| Row {
        series,
        quality: Quality::Good,
        happened_at,
        known_at,
        value,
    };
    let rows = [
        row(NOW - 60_000, NOW - 60_000, 1.0),
        row(NOW - 30_000, NOW + 90_000, 2.0),
    ];
    assert_eq!(store.append_rows(&rows).await.expect("added"), 2);
    for round in ["in memory", "sealed"] {
        let mut seen = Vec::new();
        for (t, knowledge) in [
            (NOW, Knowledge::Now),
            (NOW, Knowledge::Then),
            (NOW + 90_000, Knowledge::Then),
        ] {
            let mut columns = Columns::new();
            store
                .state_at(UtcMillis(t), knowledge, &mut columns)
                .await
                .expect("the state");
            seen.push(columns.get(series).map(|reading| reading.value));
        }
        assert_eq!(seen, [Some(2.0), Some(1.0), Some(2.0)], "{round}");
        seal_and_roll(&store).await;
    }
}

#[tokio::test]
async fn two_stores_that_number_their_series_differently_hash_a_state_alike() {
    let (things, mut datastreams) = catalogue(SERIES);
    let all = three_hours();
    let mut hashes = Vec::new();
    for name in ["hash_forward", "hash_backward"] {
        let store = open(&folder(name)).await;
        store
            .save_catalogue(&things, &datastreams, &[], UtcMillis(NOW))
            .await
            .expect("saved");
        append_all(&store, &all).await;
        let mut columns = Columns::new();
        let t = UtcMillis(NOW - HOUR);
        store
            .state_at(t, Knowledge::Now, &mut columns)
            .await
            .expect("the state");
        hashes.push((store.state_hash(&columns), store.number_of(&id(0))));
        datastreams.reverse();
    }
    assert_eq!(hashes[0].0, hashes[1].0);
    assert_ne!(hashes[0].1, hashes[1].1);
    let later = open(&folder("hash_other")).await;
    assert_ne!(later.state_hash(&Columns::new()), hashes[0].0);
}

/// Buckets by a walk through everything.
fn walk(all: &[Observation], n: usize, (t0, t1): (i64, i64), pixels: i64) -> Vec<Bucket> {
    let width = (t1 - t0 + pixels - 1) / pixels;
    let mut values: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
    for o in all.iter().filter(|o| o.datastream == id(n)) {
        let t = o.happened_at.0;
        if (t0..t1).contains(&t) {
            values.entry((t - t0) / width).or_default().push(o.value);
        }
    }
    let bucket = |(b, values): (&i64, &Vec<f64>)| Bucket {
        end: UtcMillis((t0 + (b + 1) * width).min(t1)),
        mean: values.iter().sum::<f64>() / values.len() as f64,
        min: values.iter().copied().fold(f64::INFINITY, f64::min),
        max: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        n: values.len() as u32,
        worst: Quality::Good,
    };
    values.iter().map(bucket).collect()
}

#[tokio::test]
async fn a_window_has_at_most_as_many_buckets_as_pixels_and_each_sums_up_its_values() {
    let store = store_with("window", SERIES).await;
    let all = three_hours();
    append_all(&store, &all).await;
    seal_and_roll(&store).await;
    // Wide buckets begin on minutes, because that is how finely the past is summed up.
    let windows = [
        (NOW - 3 * HOUR, NOW, 60),
        (NOW - 3 * HOUR, NOW, 18),
        (NOW - HOUR, NOW - HOUR / 4, 800),
        (NOW - HOUR / 3, NOW, 333),
        (NOW + HOUR, NOW + 2 * HOUR, 10),
    ];
    for (t0, t1, pixels) in windows {
        let (from, to) = (UtcMillis(t0), UtcMillis(t1));
        let found = store
            .window(&id(5), from, to, pixels)
            .await
            .expect("a window");
        let expected = walk(&all, 5, (t0, t1), i64::from(pixels));
        assert!(found.len() <= pixels as usize);
        assert_eq!(found.len(), expected.len(), "{t0} to {t1} in {pixels}");
        for (found, expected) in found.iter().zip(&expected) {
            // A mean of means is rounded differently.
            assert!((found.mean - expected.mean).abs() < 1e-9);
            let found = Bucket {
                mean: expected.mean,
                ..*found
            };
            assert_eq!(&found, expected, "{t0} to {t1} in {pixels}");
        }
    }
}

#[tokio::test]
async fn an_impossible_window_is_empty() {
    let store = store_with("impossible", 1).await;
    let now = UtcMillis(NOW);
    store
        .append(&[read(0, NOW, 1.0)], now)
        .await
        .expect("added");
    for (t0, t1, pixels) in [(NOW, NOW, 10), (NOW, NOW - 1, 10), (NOW - 1, NOW + 1, 0)] {
        let found = store
            .window(&id(0), UtcMillis(t0), UtcMillis(t1), pixels)
            .await;
        assert!(found.expect("a window").is_empty());
    }
    let found = store.window(&id(7), UtcMillis(0), now, 10).await;
    assert!(found.expect("a window").is_empty());
}

/// A store with a value in each of six days.
async fn six_days(name: &str) -> Store {
    let store = store_with(name, 1).await;
    for back in (0..6).rev() {
        let t = NOW - back * DAY_MS;
        store
            .append(&[read(0, t, back as f64)], UtcMillis(t))
            .await
            .expect("added");
    }
    seal_and_roll(&store).await;
    store
}

/// The values that are still there, by how many days back they were.
async fn days_back(store: &Store) -> Vec<i64> {
    let mut rows = Vec::new();
    store
        .history()
        .changes_between(UtcMillis(NOW - 9 * DAY_MS), UtcMillis(NOW), &mut rows)
        .await
        .expect("the changes");
    rows.iter().map(|row| row.value as i64).collect()
}

#[tokio::test]
async fn days_older_than_what_is_kept_go_and_the_rest_stays() {
    let store = six_days("by_age").await;
    let keep = Keep {
        days: 3,
        bytes: u64::MAX,
    };
    let gone = store.retain(UtcMillis(NOW), keep).await.expect("retained");
    assert_eq!(gone.len(), 2, "{gone:?}");
    assert_eq!(days_back(&store).await, [3, 2, 1, 0]);
}

#[tokio::test]
async fn the_oldest_days_go_while_all_weigh_too_much_and_the_newest_stays() {
    let store = six_days("by_size").await;
    let keep = Keep {
        days: 30,
        bytes: store.history().bytes() / 2,
    };
    let gone = store.retain(UtcMillis(NOW), keep).await.expect("retained");
    let left = days_back(&store).await;
    assert_eq!(gone.len() + left.len(), 6);
    assert!((1..=3).contains(&left.len()), "{left:?}");
    let nothing = Keep { days: 30, bytes: 0 };
    store
        .retain(UtcMillis(NOW), nothing)
        .await
        .expect("retained");
    assert_eq!(days_back(&store).await, [0]);
}

#[tokio::test]
async fn a_wall_clock_that_is_ten_years_ahead_costs_no_day() {
    let store = six_days("ahead").await;
    let keep = Keep {
        days: 30,
        bytes: u64::MAX,
    };
    let ahead = UtcMillis(NOW + 3_650 * DAY_MS);
    let gone = store.retain(ahead, keep).await.expect("retained");
    assert_eq!(gone, Vec::<i64>::new());
    assert_eq!(days_back(&store).await, [5, 4, 3, 2, 1, 0]);
}

#[tokio::test]
async fn the_state_of_two_thousand_series_is_found_at_once() {
    let series = 2000;
    let store = store_with("two_thousand", series).await;
    for minute in 0..40 {
        let t = NOW + minute * 60_000 + 7;
        let batch: Vec<Observation> = (0..series).map(|n| read(n, t, 1.0)).collect();
        let done = store.append(&batch, UtcMillis(t)).await.expect("added");
        assert_eq!(done.taken, series);
    }
    seal_and_roll(&store).await;
    for back in [1, 12, 25, 35] {
        let begun = tokio::time::Instant::now();
        let found = store
            .latest_at(UtcMillis(NOW + (40 - back) * 60_000))
            .await
            .expect("the state");
        let took = begun.elapsed();
        assert_eq!(found.len(), series);
        println!("latest_at {back} min back: {took:?}");
        assert!(
            took.as_millis() < 500,
            "{took:?}: far from the 50 ms that it should take"
        );
    }
}
