//! What the trials of the disk write into a cache, and how what is there afterwards compares with it.
//!
//! Denser in time than the plan of the kills, and across one midnight and one full hour: the catalogue, a hundred rows at a
//! time, late ones and repeated ones among them, facts, sealing, rolling.

use crate::{Failure, dice::Dice, torture::plan};
use cim_model::{Quality, Reading, UtcMillis};
use cim_store::{Columns, Fact, Knowledge, Row, Store, StoreError};
use std::{collections::BTreeMap, path::Path};

/// When city time begins: ten minutes before the midnight of 2026-03-02, UTC.
const START: i64 = 1_772_409_600_000 - 600_000;
/// How far city time goes on with an act.
const STEP_MS: i64 = 7_000;
/// Whole hours around everything that is written.
const SPAN: (UtcMillis, UtcMillis) = (
    UtcMillis(START - 50 * 60_000),
    UtcMillis(START + 130 * 60_000),
);
/// How many series are asked for a chart.
const CHARTS: usize = 12;

/// Something that is done to a store.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Observations are appended.
    Rows(Vec<Row>),
    /// A fact is saved.
    Fact(Fact),
    /// What is due is sealed; everything when `all`.
    Seal { all: bool },
    /// Hours that are over are rolled.
    Roll,
}

/// What was written, and by which act it was acknowledged; `None` when it never was.
#[derive(Clone, Debug, Default)]
pub(crate) struct Truth {
    rows: BTreeMap<(u32, i64), (Row, Option<u64>)>,
    facts: BTreeMap<String, (Fact, Option<u64>)>,
}

/// How what is there compares.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found {
    /// Acknowledged, and not there.
    pub(crate) lost: u64,
    /// There twice.
    pub(crate) doubled: u64,
    /// There, and never written like this.
    pub(crate) wrong: u64,
    /// Facts whose words are not those that were written.
    pub(crate) changed_facts: u64,
    /// Damage that the store names.
    pub(crate) named: Vec<String>,
    /// Questions that were not answered, for another reason than damage.
    pub(crate) refused: Vec<String>,
    /// The first thing that is not as it should be.
    pub(crate) first: Option<String>,
}

/// City time at act `number`.
pub(crate) fn now(number: u64) -> UtcMillis {
    UtcMillis(START + STEP_MS * number as i64)
}

/// Saves the catalogue; gives the numbers of its series.
pub(crate) async fn begin(store: &Store) -> Result<Vec<u32>, StoreError> {
    let (things, series) = plan::catalogue();
    store.save_catalogue(&things, &series, &[], now(0)).await?;
    Ok(series
        .iter()
        .filter_map(|series| store.number_of(&series.id))
        .collect())
}

/// Act `number` of the work with `seed`.
pub(crate) fn act(seed: u64, number: u64, series: &[u32]) -> Act {
    let mut dice = Dice::at(seed, number);
    match dice.below(20) {
        0 | 1 => Act::Fact(fact(&mut dice, number)),
        2 => Act::Seal {
            all: dice.once_in(2),
        },
        3 => Act::Roll,
        _ => {
            let count = 10 + dice.below(140);
            let mut rows: Vec<Row> = (0..count)
                .filter_map(|_| row(&mut dice, number, series))
                .collect();
            // Some come a second time, as after a lost connection.
            if let Some(before) = number.checked_sub(1)
                && let Act::Rows(again) = first_rows(seed, before, series)
            {
                rows.extend(again);
            }
            Act::Rows(rows)
        }
    }
}

/// The first few rows of an act, without its repetitions.
fn first_rows(seed: u64, number: u64, series: &[u32]) -> Act {
    let mut dice = Dice::at(seed, number);
    if dice.below(20) < 4 {
        return Act::Roll;
    }
    let _count = dice.below(140);
    Act::Rows(
        (0..5)
            .filter_map(|_| row(&mut dice, number, series))
            .collect(),
    )
}

fn row(dice: &mut Dice, number: u64, series: &[u32]) -> Option<Row> {
    let now = now(number).0;
    let series = *series.get(dice.below(series.len() as u64) as usize)?;
    let mut happened_at = now - dice.millis_below(STEP_MS);
    let mut known_at = happened_at + dice.millis_below(3_000);
    if dice.once_in(15) {
        happened_at -= dice.millis_below(8 * 60_000);
        known_at = now;
    }
    Some(Row {
        series,
        quality: match dice.below(20) {
            0 => Quality::Suspect,
            1 => Quality::Estimated,
            _ => Quality::Good,
        },
        happened_at,
        known_at,
        value: dice.below(100_000) as f64 / 100.0,
    })
}

fn fact(dice: &mut Dice, number: u64) -> Fact {
    Fact {
        id: format!("fact-{number}"),
        happened_at: now(number),
        known_at: now(number),
        author: "torture".into(),
        subject: format!("subject-{}", dice.below(50)),
        verb: "acknowledge".into(),
        body: format!("{{\"draw\":{}}}", dice.below(1_000_000)),
        cause: String::new(),
    }
}

/// Does `act`. Before it is asked for, the truth knows that it may have been done; afterwards, that it was.
pub(crate) async fn perform(
    store: &Store,
    truth: &mut Truth,
    number: u64,
    act: &Act,
) -> Result<(), StoreError> {
    match act {
        Act::Rows(rows) => {
            let rows = truth.attempt(rows);
            store.append_rows(&rows).await?;
            truth.acknowledge(&rows, number);
        }
        Act::Fact(fact) => {
            let known = truth.facts.entry(fact.id.clone());
            known.or_insert_with(|| (fact.clone(), None));
            store.save_fact(fact).await?;
            if let Some((_, mark)) = truth.facts.get_mut(&fact.id) {
                mark.get_or_insert(number);
            }
        }
        Act::Seal { all } => {
            store.history().seal(now(number), *all).await?;
        }
        Act::Roll => {
            store.history().roll(now(number)).await?;
        }
    }
    Ok(())
}

impl Truth {
    /// The rows that can be written: a moment of a series has one value only.
    fn attempt(&mut self, rows: &[Row]) -> Vec<Row> {
        let mut attempted = Vec::with_capacity(rows.len());
        for row in rows {
            let key = (row.series, row.happened_at);
            let (known, _) = self.rows.entry(key).or_insert((*row, None));
            if *known == *row {
                attempted.push(*row);
            }
        }
        attempted
    }

    fn acknowledge(&mut self, rows: &[Row], number: u64) {
        for row in rows {
            if let Some((_, mark)) = self.rows.get_mut(&(row.series, row.happened_at)) {
                mark.get_or_insert(number);
            }
        }
    }

    /// True when a store may show `reading` for `series`.
    pub(crate) fn allows(&self, series: u32, reading: &Reading) -> bool {
        let written = self.rows.get(&(series, reading.happened_at.0));
        written.is_some_and(|(row, _)| {
            row.value.to_bits() == reading.value.to_bits() && row.quality == reading.quality
        })
    }

    /// How many of the shown values were never written.
    pub(crate) fn wrong_in(&self, columns: &Columns) -> u64 {
        let shown =
            (0..columns.len() as u32).filter_map(|series| Some((series, columns.get(series)?)));
        shown
            .filter(|(series, reading)| !self.allows(*series, reading))
            .count() as u64
    }
}

/// Compares what `store` says, before and after sealing, with the truth. `is_acknowledged` tells which acts were
/// acknowledged, `notes` are what opening the store named. What cannot be read is on record.
pub(crate) async fn compare(
    store: &Store,
    truth: &Truth,
    notes: Vec<String>,
    is_acknowledged: impl Fn(u64) -> bool,
) -> Found {
    let mut found = Found {
        named: notes,
        ..Found::default()
    };
    let history = store.history();
    let wrong = store.check().await;
    let wrong = found.keep(wrong).unwrap_or_default();
    found.named.extend(wrong);
    let before = read(store, truth, &is_acknowledged, &mut found).await;
    if before.is_some() && found.lost + found.wrong == 0 {
        let sealed = history.seal(UtcMillis(i64::MAX), true).await;
        found.keep(sealed);
        let after = read(store, truth, &is_acknowledged, &mut found).await;
        if let Some(rows) = after {
            charts(store, truth, &rows, &mut found).await;
        }
    }
    facts(store, truth, &is_acknowledged, &mut found).await;
    let damaged = history.damaged().await;
    let damaged = found.keep(damaged).unwrap_or_default();
    let named = damaged.iter().map(|damage| {
        format!(
            "day {}, group {}, {}..{}: {}",
            damage.day, damage.group, damage.t0, damage.t1, damage.why
        )
    });
    found.named.extend(named);
    found
}

/// Every row, against the truth; then the state at the end and in the middle, against those rows.
async fn read(
    store: &Store,
    truth: &Truth,
    is_acknowledged: &impl Fn(u64) -> bool,
    found: &mut Found,
) -> Option<Vec<Row>> {
    let mut rows = Vec::new();
    let asked = store
        .history()
        .changes_between(SPAN.0, SPAN.1, &mut rows)
        .await;
    found.keep(asked)?;
    let mut seen: BTreeMap<(u32, i64), Row> = BTreeMap::new();
    for row in &rows {
        let written = truth.rows.get(&(row.series, row.happened_at));
        if !written.is_some_and(|(written, _)| is_same(written, row)) {
            found.blame(|| format!("{row:?} instead of {written:?}"));
        }
        if seen.insert((row.series, row.happened_at), *row).is_some() {
            found.doubled += 1;
        }
    }
    for (key, (row, mark)) in &truth.rows {
        if mark.is_some_and(is_acknowledged) && !seen.contains_key(key) {
            found.lose(|| format!("{row:?} of act {mark:?}"));
        }
    }
    for (moment, knowledge) in [
        (SPAN.1, Knowledge::Now),
        (now(85), Knowledge::Now),
        (now(85), Knowledge::Then),
    ] {
        state(store, truth, &seen, (moment, knowledge), found).await;
    }
    Some(rows)
}

/// The state at a moment: exactly the newest of the rows; while damage is named, at least nothing that was never written.
async fn state(
    store: &Store,
    truth: &Truth,
    rows: &BTreeMap<(u32, i64), Row>,
    (moment, knowledge): (UtcMillis, Knowledge),
    found: &mut Found,
) {
    let mut columns = Columns::new();
    let asked = store.state_at(moment, knowledge, &mut columns).await;
    if found.keep(asked).is_none() {
        return;
    }
    let wrong = truth.wrong_in(&columns);
    if wrong > 0 {
        found.blame(|| format!("{wrong} values at {moment} that nobody wrote"));
    }
    if !found.named.is_empty() {
        return;
    }
    let mut newest: BTreeMap<u32, i64> = BTreeMap::new();
    for row in rows.values() {
        let is_known = knowledge == Knowledge::Now || !row.is_late() || row.known_at <= moment.0;
        if row.happened_at <= moment.0 && is_known {
            let at = newest.entry(row.series).or_insert(row.happened_at);
            *at = row.happened_at.max(*at);
        }
    }
    let shown: BTreeMap<u32, i64> = (0..columns.len() as u32)
        .filter_map(|series| Some((series, columns.get(series)?.happened_at.0)))
        .collect();
    if shown != newest {
        found.blame(|| format!("the state at {moment} ({knowledge:?}) is not that of its rows"));
    }
}

/// Charts of a few series: never beyond what was written, and as many values as there are rows.
async fn charts(store: &Store, truth: &Truth, rows: &[Row], found: &mut Found) {
    let mut counts: BTreeMap<u32, u64> = BTreeMap::new();
    for row in rows {
        *counts.entry(row.series).or_default() += 1;
    }
    for (series, count) in counts.into_iter().take(CHARTS) {
        let asked = store.history().window(series, SPAN.0, SPAN.1, 3).await;
        let Some(buckets) = found.keep(asked) else {
            continue;
        };
        let written = || {
            let of_series = truth.rows.range((series, i64::MIN)..=(series, i64::MAX));
            of_series.map(|(_, (row, _))| row.value)
        };
        let least = written().fold(f64::INFINITY, f64::min);
        let greatest = written().fold(f64::NEG_INFINITY, f64::max);
        if buckets
            .iter()
            .any(|bucket| bucket.min < least || bucket.max > greatest)
        {
            found.blame(|| format!("the chart of series {series} shows what nobody wrote"));
        }
        let drawn: u64 = buckets.iter().map(|bucket| u64::from(bucket.n)).sum();
        if found.named.is_empty() && drawn != count {
            found.blame(|| format!("the chart of series {series} has {drawn} values of {count}"));
        }
    }
}

async fn facts(
    store: &Store,
    truth: &Truth,
    is_acknowledged: &impl Fn(u64) -> bool,
    found: &mut Found,
) {
    let asked = store.facts_since(UtcMillis(i64::MIN)).await;
    let Some(there) = found.keep(asked) else {
        return;
    };
    let there: BTreeMap<&str, &Fact> = there.iter().map(|fact| (fact.id.as_str(), fact)).collect();
    for (id, (fact, mark)) in &truth.facts {
        match there.get(id.as_str()) {
            Some(kept) if *kept != fact => {
                found.changed_facts += 1;
            }
            None if mark.is_some_and(is_acknowledged) => found.lose(|| format!("fact {id}")),
            _ => {}
        }
    }
}

/// True when a row came back as it was written. What was not late counts as known when it happened.
fn is_same(written: &Row, row: &Row) -> bool {
    written.value.to_bits() == row.value.to_bits()
        && written.quality == row.quality
        && written.is_late() == row.is_late()
        && (!written.is_late() || written.known_at == row.known_at)
}

impl Found {
    /// Puts the first words on record.
    fn blame(&mut self, what: impl FnOnce() -> String) {
        self.wrong += 1;
        self.first.get_or_insert_with(what);
    }

    fn lose(&mut self, what: impl FnOnce() -> String) {
        self.lost += 1;
        self.first
            .get_or_insert_with(|| format!("lost: {}", what()));
    }

    /// What was asked; nothing, and the trouble is on record, when it could not be read.
    fn keep<T>(&mut self, asked: Result<T, StoreError>) -> Option<T> {
        let error = match asked {
            Ok(answer) => return Some(answer),
            Err(error) => error,
        };
        if error.is_damage() {
            self.named.push(error.to_string());
        } else {
            self.refused.push(error.to_string());
        }
        None
    }
}

/// Removes a folder of a trial, if it is there.
pub(crate) fn clear(folder: &Path) -> Result<(), Failure> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_does_the_same_and_a_moment_has_one_value() {
        let series: Vec<u32> = (1..=40).collect();
        let mut truth = Truth::default();
        let mut repeated = 0;
        for number in 0..200 {
            let act = act(5, number, &series);
            assert_eq!(
                format!("{act:?}"),
                format!("{:?}", super::act(5, number, &series))
            );
            if let Act::Rows(rows) = act {
                let before = truth.rows.len();
                let attempted = truth.attempt(&rows);
                repeated += attempted.len() - (truth.rows.len() - before);
                truth.acknowledge(&attempted, number);
            }
        }
        assert!(repeated > 100, "rows come again: {repeated}");
        let late = truth.rows.values().filter(|(row, _)| row.is_late()).count();
        assert!(late > 100, "{late}");
        let days: std::collections::BTreeSet<i64> = truth
            .rows
            .keys()
            .map(|(_, t)| t.div_euclid(86_400_000))
            .collect();
        assert_eq!(days.len(), 2);
    }

    #[test]
    fn a_value_that_nobody_wrote_is_noticed() {
        let mut truth = Truth::default();
        let row = row(&mut Dice::new(1), 3, &[7]).expect("a row");
        truth.attempt(&[row]);
        let reading = Reading {
            happened_at: UtcMillis(row.happened_at),
            value: row.value,
            quality: row.quality,
        };
        assert!(truth.allows(7, &reading));
        let wrong = Reading {
            value: row.value + 0.01,
            ..reading
        };
        assert!(!truth.allows(7, &wrong));
        assert!(!truth.allows(8, &reading));
    }
}
