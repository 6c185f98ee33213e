//! The history against a model of it that keeps every row in a list.

use super::*;
use crate::{Columns, row::Knowledge};
use cim_model::Quality;
use std::path::PathBuf;

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("citymirror-{name}-{}", std::process::id()));
        std::fs::remove_dir_all(&path).ok();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

/// A small generator: the same numbers on every machine.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

#[derive(Default)]
struct Model(BTreeMap<(u32, i64), Row>);

impl Model {
    fn add(&mut self, rows: &[Row]) {
        for row in rows {
            self.0.entry((row.series, row.happened_at)).or_insert(*row);
        }
    }

    fn latest_at(&self, t: i64, knowledge: Knowledge) -> BTreeMap<u32, Row> {
        let mut latest = BTreeMap::new();
        for ((series, at), row) in &self.0 {
            if *at <= t && (knowledge == Knowledge::Now || !row.is_late() || row.known_at <= t) {
                latest.insert(*series, *row);
            }
        }
        latest
    }

    fn between(&self, t0: i64, t1: i64) -> Vec<Row> {
        let mut rows: Vec<Row> = self
            .0
            .values()
            .filter(|row| row.happened_at > t0 && row.happened_at <= t1)
            .copied()
            .collect();
        rows.sort_by_key(|row| (row.happened_at, row.series));
        rows
    }
}

/// 2026-11-21T22:00:00Z: two hours before a midnight.
const START: i64 = 1_795_298_400_000;

fn now(t: i64) -> UtcMillis {
    UtcMillis(t)
}

/// What holds, of an on-time row: when it became known is not kept.
fn plain(row: &Row) -> (u32, i64, u64, Quality) {
    (
        row.series,
        row.happened_at,
        row.value.to_bits(),
        row.quality,
    )
}

async fn same_state(history: &History, model: &Model, t: i64, knowledge: Knowledge) {
    let mut columns = Columns::new();
    history
        .latest_at(now(t), knowledge, &mut columns)
        .await
        .expect("a state");
    let expected = model.latest_at(t, knowledge);
    for series in 0..1_200_u32 {
        let found = columns.get(series).map(|reading| {
            (
                series,
                reading.happened_at.0,
                reading.value.to_bits(),
                reading.quality,
            )
        });
        assert_eq!(
            found,
            expected.get(&series).map(plain),
            "series {series} at {t}, {knowledge:?}"
        );
    }
}

async fn same_as(history: &History, model: &Model, dice: &mut Dice) {
    for _ in 0..12 {
        let t = START + dice.below(5 * 3_600_000) as i64;
        same_state(history, model, t, Knowledge::Now).await;
        same_state(history, model, t, Knowledge::Then).await;
        let to = t + dice.below(900_000) as i64;
        let mut rows = Vec::new();
        history
            .changes_between(now(t), now(to), &mut rows)
            .await
            .expect("changes");
        let expected = model.between(t, to);
        assert_eq!(
            rows.iter().map(plain).collect::<Vec<_>>(),
            expected.iter().map(plain).collect::<Vec<_>>()
        );
    }
    same_state(history, model, i64::MAX, Knowledge::Now).await;
}

/// One batch: mostly on time, some late by up to four hours, some told twice with another value.
fn batch(dice: &mut Dice, clock: i64, model: &Model) -> Vec<Row> {
    let mut rows = Vec::new();
    for _ in 0..200 {
        let series = 1 + dice.below(1_100) as u32;
        let lag = match dice.below(20) {
            0 => dice.below(4 * 3_600_000) as i64,
            1 => dice.below(30_000) as i64,
            _ => dice.below(2_000) as i64,
        };
        let quality = match dice.below(30) {
            0 => Quality::Suspect,
            1 => Quality::Estimated,
            _ => Quality::Good,
        };
        let row = Row {
            series,
            quality,
            happened_at: clock - lag,
            known_at: clock,
            value: dice.below(10_000) as f64 / 100.0,
        };
        rows.push(row);
        if dice.below(50) == 0
            && let Some(known) = model
                .0
                .values()
                .nth(dice.below(model.0.len().max(1) as u64) as usize)
        {
            rows.push(Row {
                value: -1.0,
                known_at: clock,
                ..*known
            });
        }
    }
    rows
}

/// The same history opened again, after it was closed or only dropped.
async fn reopened(history: History, folder: &Folder, is_closed: bool) -> History {
    if is_closed {
        history.close().await.expect("closed");
    } else {
        drop(history);
    }
    let (history, _) = History::open(&folder.0, None, None).await.expect("opened");
    history
}

#[tokio::test]
async fn whatever_is_appended_sealed_rolled_and_reopened_is_what_a_list_would_hold() {
    let folder = Folder::new("model");
    for seed in 1..=6_u64 {
        std::fs::remove_dir_all(&folder.0).ok();
        let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let mut model = Model::default();
        let (mut history, _) = History::open(&folder.0, None, None).await.expect("opened");
        let mut clock = START;
        for step in 0..60 {
            clock += 1 + dice.below(300_000) as i64;
            let rows = batch(&mut dice, clock, &model);
            assert_eq!(history.append(&rows).await.expect("appended"), rows.len());
            model.add(&rows);
            match dice.below(6) {
                0 => drop(history.seal(now(clock), true).await.expect("sealed")),
                1 | 2 => drop(
                    history
                        .seal(now(clock + 11_000), false)
                        .await
                        .expect("sealed"),
                ),
                3 => drop(history.roll(now(clock)).await.expect("rolled")),
                4 if step % 5 == 0 => {
                    // Half of the times without a word: as a kill would.
                    let is_closed = dice.below(2) == 0;
                    history = reopened(history, &folder, is_closed).await;
                }
                _ => {}
            }
            if step % 20 == 19 {
                same_as(&history, &model, &mut dice).await;
            }
        }
        history.seal(now(clock), true).await.expect("sealed");
        same_as(&history, &model, &mut dice).await;
        while history.roll(now(clock + 3 * DAY_MS)).await.expect("rolled") > 0 {}
        same_as(&history, &model, &mut dice).await;
        assert_eq!(
            history.check().await.expect("checked"),
            Vec::<String>::new()
        );
        let counted: u32 = history
            .activity(now(START - DAY_MS), now(clock + DAY_MS), 100)
            .await
            .expect("activity")
            .iter()
            .sum();
        assert!(
            counted.abs_diff(model.0.len() as u32) < 100,
            "{counted} for {}",
            model.0.len()
        );
        history.close().await.expect("closed");
    }
}

fn steady(series: u32, from: i64, count: i64, every: i64) -> Vec<Row> {
    (0..count)
        .map(|n| Row {
            series,
            quality: Quality::Good,
            happened_at: from + n * every,
            known_at: from + n * every,
            value: (n % 100) as f64 / 10.0,
        })
        .collect()
}

#[tokio::test]
async fn a_chart_tells_the_same_from_chunks_minutes_and_hours() {
    let folder = Folder::new("chart");
    let (history, _) = History::open(&folder.0, None, None).await.expect("opened");
    let day = day_of(START) - 2 * DAY_MS;
    history
        .append(&steady(7, day, 3 * 8_640, 10_000))
        .await
        .expect("appended");
    let ask = || history.window(7, now(day), now(day + 2 * DAY_MS), 24);
    let from_memory = ask().await.expect("a chart");
    assert_eq!(from_memory.len(), 24);
    assert_eq!(from_memory[0].n, 720);
    history.seal(now(START), true).await.expect("sealed");
    let from_chunks = ask().await.expect("a chart");
    while history.roll(now(START + 9 * DAY_MS)).await.expect("rolled") > 0 {}
    let from_minutes = ask().await.expect("a chart");
    for (a, b) in from_memory
        .iter()
        .zip(&from_chunks)
        .chain(from_chunks.iter().zip(&from_minutes))
    {
        assert_eq!((a.end, a.n, a.min, a.max), (b.end, b.n, b.min, b.max));
        assert!((a.mean - b.mean).abs() < 1e-9);
    }
    history.close().await.expect("closed");
}

#[tokio::test]
async fn the_oldest_days_go_first_and_the_newest_stays() {
    let folder = Folder::new("retain");
    let (history, _) = History::open(&folder.0, None, None).await.expect("opened");
    let today = day_of(START);
    for back in 0..5 {
        history
            .append(&steady(1, today - back * DAY_MS, 100, 60_000))
            .await
            .expect("appended");
    }
    history.seal(now(START), true).await.expect("sealed");
    let keep = Keep {
        days: 2,
        bytes: u64::MAX,
    };
    let gone = history.retain(now(START), keep).await.expect("retained");
    assert_eq!(gone, [today - 4 * DAY_MS, today - 3 * DAY_MS]);
    // A wall clock that is ten years ahead removes nothing more.
    assert!(
        history
            .retain(now(START + 3_650 * DAY_MS), keep)
            .await
            .expect("retained")
            .is_empty()
    );
    let none = Keep { days: 0, bytes: 0 };
    assert_eq!(
        history
            .retain(now(START), none)
            .await
            .expect("retained")
            .len(),
        2
    );
    let mut columns = Columns::new();
    history
        .latest_at(now(i64::MAX), Knowledge::Now, &mut columns)
        .await
        .expect("a state");
    assert!(columns.get(1).is_some());
    history.close().await.expect("closed");
}

#[tokio::test]
async fn what_is_no_number_or_no_date_is_left_out() {
    let folder = Folder::new("plain");
    let (history, _) = History::open(&folder.0, None, None).await.expect("opened");
    let mut rows = steady(1, START, 4, 1_000);
    rows[1].value = f64::NAN;
    rows[2].happened_at = i64::MAX;
    assert_eq!(history.append(&rows).await.expect("appended"), 2);
    history.close().await.expect("closed");
}
