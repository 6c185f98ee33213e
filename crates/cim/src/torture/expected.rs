//! What must be in a cache after a kill, what may be, and how what is there compares.

use super::plan::{self, Deed, PlannedRow};
use cim_model::{Event, EventId};
use cim_store::{Columns, Fact, LATE_MS, Row};
use std::collections::{BTreeMap, BTreeSet};

/// Row by moment and series of the plan; the first value of a moment stays.
type Rows = BTreeMap<(i64, u64), PlannedRow>;

/// What a cache was told and has acknowledged.
#[derive(Clone, Debug)]
pub(super) struct Expected {
    seed: u64,
    /// The first deed that is not acknowledged. It may have been done all the same.
    next: u64,
    rows: Rows,
    /// The newest moment of each series.
    newest: BTreeMap<u64, i64>,
    facts: BTreeMap<String, Fact>,
    events: BTreeMap<EventId, Event>,
    /// Rows before this moment may have been removed with their day.
    spared: i64,
}

/// What is in a cache.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The store's number of each series of the plan.
    pub(super) numbers: Vec<u32>,
    /// Every row.
    pub(super) rows: Vec<Row>,
    pub(super) facts: Vec<Fact>,
    pub(super) events: Vec<Event>,
}

/// How what is there compares with what must be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) lost: u64,
    pub(super) doubled: u64,
    pub(super) wrong: u64,
    /// The first of them, in words.
    pub(super) first: Option<String>,
}

impl Verdict {
    pub(super) fn holds(&self) -> bool {
        self.lost == 0 && self.doubled == 0 && self.wrong == 0
    }

    pub(super) fn lose(&mut self, what: impl FnOnce() -> String) {
        self.lost += 1;
        self.first
            .get_or_insert_with(|| format!("lost: {}", what()));
    }

    fn double(&mut self, what: impl FnOnce() -> String) {
        self.doubled += 1;
        self.first
            .get_or_insert_with(|| format!("doubled: {}", what()));
    }

    pub(super) fn blame(&mut self, what: impl FnOnce() -> String) {
        self.wrong += 1;
        self.first
            .get_or_insert_with(|| format!("wrong: {}", what()));
    }
}

impl Expected {
    /// Nothing yet, of the plan with `seed`.
    pub(super) fn new(seed: u64) -> Self {
        Self {
            seed,
            next: 0,
            rows: Rows::new(),
            newest: BTreeMap::new(),
            facts: BTreeMap::new(),
            events: BTreeMap::new(),
            spared: i64::MIN,
        }
    }

    /// The first deed that is not acknowledged.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// Takes over every deed before `next`: they were acknowledged.
    pub(super) fn acknowledge(&mut self, next: u64) {
        while self.next < next {
            self.take(self.next);
            self.next += 1;
        }
    }

    fn take(&mut self, place: u64) {
        match plan::deed(self.seed, place) {
            Deed::Rows(rows) => {
                for row in rows {
                    let newest = self.newest.entry(row.series).or_insert(row.happened_at);
                    *newest = row.happened_at.max(*newest);
                    let key = (row.happened_at, row.series);
                    self.rows.entry(key).or_insert(row);
                }
            }
            Deed::Fact(fact) => {
                self.facts.insert(fact.id.clone(), *fact);
            }
            Deed::Event(event) => {
                self.events.insert(event.id.clone(), *event);
            }
            Deed::Retain => self.spared = self.spared.max(plan::spared_by_retention(place)),
            Deed::Catalogue | Deed::Seal { .. } | Deed::Roll => {}
        }
    }

    /// Compares. `state` is the newest value of each series, by the store's numbers.
    pub(super) fn judge(&self, found: &Found, state: &Columns) -> Verdict {
        // What was under way when the kill came may be there or not.
        let mut possible = self.clone();
        possible.take(self.next);
        let places: BTreeMap<u32, u64> = found.numbers.iter().copied().zip(0..).collect();
        let mut verdict = Verdict::default();
        let met = rows_met(found, &places, &possible.rows, &mut verdict);
        for (key, row) in self.rows.range((possible.spared, 0)..) {
            if !met.contains(key) {
                verdict.lose(|| format!("row {row:?}"));
            }
        }
        self.judge_state(&possible, found, state, &mut verdict);
        judge_named(
            found.facts.iter().map(|fact| (&fact.id, fact)),
            (&self.facts, &possible.facts),
            &mut verdict,
        );
        judge_named(
            found.events.iter().map(|event| (&event.id, event)),
            (&self.events, &possible.events),
            &mut verdict,
        );
        verdict
    }

    fn judge_state(&self, possible: &Self, found: &Found, state: &Columns, verdict: &mut Verdict) {
        for (number, series) in found.numbers.iter().zip(0_u64..) {
            let newest = self.newest.get(&series).copied();
            let must = newest.filter(|newest| *newest >= possible.spared);
            let Some(reading) = state.get(*number) else {
                let Some(newest) = must else {
                    continue;
                };
                verdict.lose(|| format!("series {series} has no state; its newest is at {newest}"));
                continue;
            };
            let at = reading.happened_at.0;
            let row = possible.rows.get(&(at, series));
            let is_known = row.is_some_and(|row| {
                row.value.to_bits() == reading.value.to_bits() && row.quality == reading.quality
            });
            if !is_known {
                verdict.blame(|| {
                    format!("series {series} stands at {reading:?}, written was {row:?}")
                });
            } else if must.is_some_and(|newest| at < newest) {
                verdict
                    .lose(|| format!("series {series} stands at {at}, its newest is {newest:?}"));
            }
        }
    }
}

/// The rows that are there, by moment and series; counts those that are there twice or were never written.
fn rows_met(
    found: &Found,
    places: &BTreeMap<u32, u64>,
    possible: &Rows,
    verdict: &mut Verdict,
) -> BTreeSet<(i64, u64)> {
    let mut met = BTreeSet::new();
    for row in &found.rows {
        let Some(place) = places.get(&row.series) else {
            verdict.blame(|| format!("{row:?} belongs to no series"));
            continue;
        };
        let key = (row.happened_at, *place);
        let written = possible.get(&key);
        if !written.is_some_and(|written| is_same(written, row)) {
            verdict.blame(|| format!("{row:?}, written was {written:?}"));
        }
        if !met.insert(key) {
            verdict.double(|| format!("{row:?}"));
        }
    }
    met
}

fn is_same(written: &PlannedRow, row: &Row) -> bool {
    let is_late = written.known_at - written.happened_at > LATE_MS;
    written.value.to_bits() == row.value.to_bits()
        && written.quality == row.quality
        && is_late == row.is_late()
        && (!is_late || written.known_at == row.known_at)
}

/// Compares what has an identity of its own: `must` be there, `may` be there.
fn judge_named<'a, K: Ord + std::fmt::Debug + 'a, V: PartialEq + std::fmt::Debug + 'a>(
    found: impl Iterator<Item = (&'a K, &'a V)>,
    (must, may): (&BTreeMap<K, V>, &BTreeMap<K, V>),
    verdict: &mut Verdict,
) {
    let mut met: BTreeMap<&K, &V> = BTreeMap::new();
    for (id, value) in found {
        let written = may.get(id);
        if written != Some(value) {
            verdict.blame(|| format!("{value:?}, written was {written:?}"));
        }
        if met.insert(id, value).is_some() {
            verdict.double(|| format!("{id:?}"));
        }
    }
    for (id, value) in must {
        if !met.contains_key(id) {
            verdict.lose(|| format!("{value:?}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: u64 = 11;

    /// A cache that holds exactly what the first deeds of a plan wrote.
    fn told(deeds: u64) -> (Expected, Found, Columns) {
        let mut expected = Expected::new(SEED);
        expected.acknowledge(deeds);
        let mut found = Found {
            numbers: (1..=plan::SERIES as u32).collect(),
            facts: expected.facts.values().cloned().collect(),
            events: expected.events.values().cloned().collect(),
            rows: expected.rows.values().map(row_of).collect(),
        };
        found.rows.sort_by_key(|row| (row.happened_at, row.series));
        let mut state = Columns::new();
        for row in &found.rows {
            state.put(row);
        }
        (expected, found, state)
    }

    fn row_of(planned: &PlannedRow) -> Row {
        let row = Row {
            series: planned.series as u32 + 1,
            quality: planned.quality,
            happened_at: planned.happened_at,
            known_at: planned.known_at,
            value: planned.value,
        };
        let known_at = if row.is_late() {
            row.known_at
        } else {
            row.happened_at
        };
        Row { known_at, ..row }
    }

    #[test]
    fn a_cache_with_everything_in_it_is_fine() {
        let (expected, found, state) = told(60);
        assert!(found.rows.len() > 1_000 && !found.facts.is_empty());
        assert_eq!(expected.judge(&found, &state), Verdict::default());
    }

    #[test]
    fn what_was_under_way_may_be_there_or_not() {
        let place = (0..60)
            .rev()
            .find(|place| matches!(plan::deed(SEED, *place), Deed::Rows(_)))
            .expect("rows");
        let (expected, before, state_before) = told(place);
        let (_, after, state_after) = told(place + 1);
        assert_eq!(expected.judge(&before, &state_before), Verdict::default());
        assert_eq!(expected.judge(&after, &state_after), Verdict::default());
        // Two deeds further than what was acknowledged is more than can have been under way.
        let (behind, ..) = told(place - 1);
        assert!(behind.judge(&after, &state_after).wrong > 0);
    }

    #[test]
    fn a_missing_row_a_changed_value_and_a_second_copy_are_seen() {
        let (expected, mut found, state) = told(60);
        let gone = found.rows.remove(500);
        assert_eq!(expected.judge(&found, &state).lost, 1);
        found.rows.push(gone);
        found.rows.push(gone);
        assert_eq!(expected.judge(&found, &state).doubled, 1);
        found.rows.pop();
        found.rows[3].value = 123_456.75;
        let verdict = expected.judge(&found, &state);
        assert_eq!((verdict.wrong, verdict.lost), (1, 0), "{verdict:?}");
    }

    #[test]
    fn a_state_that_went_back_is_seen() {
        let (expected, found, mut state) = told(60);
        state.forget(found.rows.last().expect("rows").series);
        assert_eq!(expected.judge(&found, &state).lost, 1);
    }

    #[test]
    fn a_lost_fact_and_an_invented_one_are_seen() {
        let (expected, mut found, state) = told(60);
        let mut fact = found.facts.remove(0);
        assert_eq!(expected.judge(&found, &state).lost, 1);
        fact.author = "nobody".into();
        found.facts.push(fact);
        assert_eq!(expected.judge(&found, &state).wrong, 1);
    }
}
