//! What the history answers, against what a walk through all observations answers.

#![expect(clippy::expect_used, reason = "in a test, a panic is the report")]

mod common;

use cim_model::{Observation, UtcMillis};
use cim_store::{Appended, Bucket, KEEP, RAW_KEEP, Store};
use common::{Dice, catalogue, folder, id, read};
use std::collections::BTreeMap;

const HOUR: i64 = 3_600_000;
/// A moment on a minute's edge.
const NOW: i64 = 1_780_000_020_000;
const SERIES: usize = 12;

async fn store_with(name: &str, series: usize) -> Store {
    let (store, notes) = Store::open(&folder(name)).await.expect("a new cache");
    assert!(notes.is_empty(), "{notes:?}");
    let (things, datastreams) = catalogue(series);
    store
        .save_catalogue(&things, &datastreams, &[])
        .await
        .expect("the catalogue is saved");
    store
}

/// Three hours of readings at uneven moments; values are quarters, so that sums are exact.
fn three_hours() -> Vec<Observation> {
    let mut dice = Dice(7);
    let mut all = Vec::new();
    for n in 0..SERIES {
        let mut t = NOW - 3 * HOUR;
        while t < NOW {
            t += 1 + dice.below(40_000) as i64;
            all.push(read(n, t, dice.below(400) as f64 / 4.0));
        }
    }
    all.sort_by_key(|observation| observation.happened_at);
    all
}

fn start_of_day(now: i64) -> UtcMillis {
    UtcMillis(now - KEEP.as_millis() as i64)
}

/// The fold line that pruning at `NOW` draws.
fn fold_line() -> i64 {
    NOW - RAW_KEEP.as_millis() as i64
}

async fn append_all(store: &Store, all: &[Observation]) -> usize {
    let mut new = 0;
    for batch in all.chunks(500) {
        new += store.append(batch).await.expect("a batch is added").new;
    }
    new
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
    assert_eq!(append_all(&store, &all).await, all.len());
    assert_eq!(append_all(&store, &all).await, 0);
    store.prune(start_of_day(NOW)).await.expect("pruned");
    assert_eq!(
        append_all(&store, &all).await,
        0,
        "folded observations are known too"
    );
    store.prune(start_of_day(NOW)).await.expect("pruned again");
    assert_eq!(count(&store).await, all.len() as u64);
    let whole = store
        .window(&id(3), UtcMillis(NOW - 4 * HOUR), UtcMillis(NOW + HOUR), 1)
        .await
        .expect("a window");
    let own = all.iter().filter(|o| o.datastream == id(3)).count();
    assert_eq!(whole.iter().map(|b| b.n as usize).sum::<usize>(), own);
}

#[tokio::test]
async fn a_backlog_that_comes_after_pruning_is_counted_in_full() {
    let store = store_with("backlog", SERIES).await;
    store
        .prune(start_of_day(NOW))
        .await
        .expect("pruned while empty");
    let all = three_hours();
    let (early, late) = all.split_at(all.len() / 2);
    assert_eq!(append_all(&store, early).await, early.len());
    store
        .prune(start_of_day(NOW))
        .await
        .expect("pruned between two pages");
    assert_eq!(append_all(&store, late).await, late.len());
    assert_eq!(append_all(&store, early).await, 0);
    assert_eq!(count(&store).await, all.len() as u64);
}

#[tokio::test]
async fn a_late_observation_joins_the_history_but_never_becomes_the_latest() {
    let store = store_with("late", 1).await;
    store.append(&[read(0, NOW, 5.0)]).await.expect("added");
    let done = store
        .append(&[read(0, NOW - 60_000, 9.0), read(0, NOW, 6.0)])
        .await
        .expect("added");
    assert_eq!(done, Appended { new: 1, refused: 0 });
    let cached = store.load().await.expect("loaded");
    assert_eq!(cached.latest, [read(0, NOW, 5.0)]);
    let before = store
        .latest_at(UtcMillis(NOW - 1))
        .await
        .expect("the state a moment ago");
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
    assert_eq!(
        store.append(&batch).await.expect("added"),
        Appended { new: 1, refused: 2 }
    );
}

#[tokio::test]
async fn the_state_at_a_moment_is_what_a_walk_through_everything_finds() {
    let store = store_with("latest_at", SERIES).await;
    let all = three_hours();
    append_all(&store, &all).await;
    // What is further back than the fold line is known by each minute's newest value.
    let mut known: BTreeMap<(usize, i64), Observation> = BTreeMap::new();
    for observation in &all {
        let t = observation.happened_at.0;
        let key = if t < fold_line() {
            t / 60_000 * 60_000
        } else {
            t
        };
        let n = (0..SERIES)
            .find(|n| id(*n) == observation.datastream)
            .expect("one of ours");
        known.insert((n, key), observation.clone());
    }
    store.prune(start_of_day(NOW)).await.expect("pruned");
    let mut dice = Dice(11);
    for _ in 0..200 {
        let t = NOW - 3 * HOUR - 60_000 + dice.below((3 * HOUR + 120_000) as u64) as i64;
        let mut expected: BTreeMap<String, Observation> = BTreeMap::new();
        for observation in known.values().filter(|o| o.happened_at.0 <= t) {
            let newest = expected
                .entry(observation.datastream.to_string())
                .or_insert_with(|| observation.clone());
            if observation.happened_at > newest.happened_at {
                *newest = observation.clone();
            }
        }
        let found = store.latest_at(UtcMillis(t)).await.expect("the state");
        let found: BTreeMap<String, Observation> = found
            .into_iter()
            .map(|o| (o.datastream.to_string(), o))
            .collect();
        assert_eq!(found, expected, "at {t}");
    }
}

#[tokio::test]
async fn a_series_that_fell_silent_days_ago_keeps_its_last_value() {
    let store = store_with("silent", 1).await;
    store
        .append(&[read(0, NOW - 30 * HOUR, 4.0)])
        .await
        .expect("added");
    store.prune(start_of_day(NOW)).await.expect("pruned");
    assert_eq!(
        store.latest_at(UtcMillis(NOW)).await.expect("the state"),
        [read(0, NOW - 30 * HOUR, 4.0)]
    );
    assert!(
        store
            .latest_at(UtcMillis(NOW - 31 * HOUR))
            .await
            .expect("the state")
            .is_empty()
    );
}

/// Buckets by a walk through everything; folded minutes fall where their newest value falls.
fn walk(all: &[Observation], n: usize, (t0, t1): (i64, i64), pixels: i64) -> Vec<Bucket> {
    let width = (t1 - t0 + pixels - 1) / pixels;
    let own: Vec<&Observation> = all.iter().filter(|o| o.datastream == id(n)).collect();
    let place = |o: &Observation| {
        let t = o.happened_at.0;
        if t >= fold_line() {
            return t;
        }
        let same_minute = own
            .iter()
            .map(|other| other.happened_at.0)
            .filter(|other| other / 60_000 == t / 60_000);
        same_minute.max().unwrap_or(t)
    };
    let mut values: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
    for o in &own {
        let t = place(o);
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
    };
    values.iter().map(bucket).collect()
}

#[tokio::test]
async fn a_window_has_at_most_as_many_buckets_as_pixels_and_each_sums_up_its_values() {
    let store = store_with("window", SERIES).await;
    let all = three_hours();
    append_all(&store, &all).await;
    store.prune(start_of_day(NOW)).await.expect("pruned");
    let windows = [
        (NOW - 3 * HOUR, NOW, 60),
        (NOW - 3 * HOUR, NOW, 7),
        (NOW - HOUR, NOW - HOUR / 4, 800),
        (NOW - HOUR / 3, NOW, 333),
        (NOW - HOUR, NOW + HOUR, 100),
        (NOW + HOUR, NOW + 2 * HOUR, 10),
    ];
    for (t0, t1, pixels) in windows {
        let found = store
            .window(&id(5), UtcMillis(t0), UtcMillis(t1), pixels)
            .await
            .expect("a window");
        assert!(found.len() <= pixels as usize);
        assert_eq!(
            found,
            walk(&all, 5, (t0, t1), i64::from(pixels)),
            "{t0} to {t1} in {pixels}"
        );
    }
}

#[tokio::test]
async fn an_impossible_window_is_empty() {
    let store = store_with("impossible", 1).await;
    store.append(&[read(0, NOW, 1.0)]).await.expect("added");
    for (t0, t1, pixels) in [(NOW, NOW, 10), (NOW, NOW - 1, 10), (NOW - 1, NOW + 1, 0)] {
        assert!(
            store
                .window(&id(0), UtcMillis(t0), UtcMillis(t1), pixels)
                .await
                .expect("a window")
                .is_empty()
        );
    }
    assert!(
        store
            .window(&id(7), UtcMillis(0), UtcMillis(NOW), 10)
            .await
            .expect("a window")
            .is_empty()
    );
}

#[tokio::test]
async fn pruning_forgets_the_day_before_and_keeps_the_rest() {
    let store = store_with("prune", 2).await;
    let old = read(0, NOW - 25 * HOUR, 1.0);
    let kept = read(0, NOW - 23 * HOUR, 2.0);
    store
        .append(&[old, kept.clone(), read(1, NOW, 3.0)])
        .await
        .expect("added");
    store.prune(start_of_day(NOW)).await.expect("pruned");
    assert_eq!(count(&store).await, 2);
    let found = store
        .window(&id(0), UtcMillis(NOW - 30 * HOUR), UtcMillis(NOW), 10)
        .await
        .expect("a window");
    assert_eq!(
        found.iter().map(|b| (b.n, b.mean)).collect::<Vec<_>>(),
        [(1, kept.value)]
    );
}

#[tokio::test]
async fn the_state_of_two_thousand_series_is_found_at_once() {
    let series = 2000;
    let store = store_with("two_thousand", series).await;
    for minute in 0..40 {
        let batch: Vec<Observation> = (0..series)
            .map(|n| read(n, NOW + minute * 60_000 + 7, 1.0))
            .collect();
        assert_eq!(store.append(&batch).await.expect("added").new, series);
    }
    store
        .prune(start_of_day(NOW + 40 * 60_000))
        .await
        .expect("pruned");
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
