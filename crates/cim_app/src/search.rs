//! The search over everything that has a name or a code: features of the city, events, cameras, devices.
//!
//! Names are kept in indices of their own (`cim_names`), one for the city, devices, cameras and events each, and are brought up
//! to date when somebody searches: the city's once, devices and cameras as they come, events when any of them changed. All of
//! it is done aside; the desk's lock is taken to copy a few thousand names, and at the end to spell the answers out.

mod parts;
mod series;

pub(crate) use cim_names::fold;
pub(crate) use parts::code_of;
pub(crate) use series::series_choices;

use crate::{
    error::AppError,
    live::Live,
    wire::{Found, Target},
};
use cim_model::{Alarm, Severity};
use cim_names::{Hit, NameIndex, Query, Wanted};
use parts::{CameraNames, DeviceNames, EventNames, PlaceNames};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// How many answers are given.
const MAX_FOUND: usize = 50;
/// So many of each sort are among them, when there are so many: a thousand houses do not crowd out the one camera.
const OF_EACH_SORT: usize = 6;
/// Texts that are spelt at once.
const MAX_SPELT: usize = 5_000;
/// Letters of a text that is spelt.
const MAX_SPELT_LETTERS: usize = 200;

/// Every name by which something is found.
#[derive(Default)]
pub(crate) struct Names {
    parts: Mutex<Parts>,
}

#[derive(Default)]
struct Parts {
    places: PlaceNames,
    devices: DeviceNames,
    cameras: CameraNames,
    events: EventNames,
}

/// Where an answer comes from, in the order in which equally good answers are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Sort {
    Place,
    Event,
    Camera,
    Device,
}

/// An answer before it is spelt out. Orders from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Answer {
    rank: u32,
    sort: Sort,
    entry: u32,
}

impl Names {
    /// The best answers to `text`; `near` is where somebody looks, longitude and latitude in degrees. An empty text finds nothing
    /// and brings the names up to date. Takes as long as that takes: not for a thread that must not wait.
    pub(crate) fn search<'a>(
        &self,
        live: impl Fn() -> MutexGuard<'a, Live>,
        text: &str,
        near: Option<[f64; 2]>,
    ) -> Vec<Found> {
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        parts.refresh(&live);
        let Some(query) = Query::new(text) else {
            return Vec::new();
        };
        let alarmed = alarmed_devices(&live());
        let answers = parts.answers(&query, near, &alarmed);
        let live = live();
        answers
            .into_iter()
            .filter_map(|answer| parts.found(answer, &live, &query, &alarmed))
            .collect()
    }
}

/// The readings of every letter of `texts`, as [`cim_names::spelt`] writes them: for a UI that compares a few hundred texts of its
/// own by pinyin. Of a longer text its beginning is spelt.
pub fn fold_texts(texts: &[String]) -> Result<Vec<String>, AppError> {
    if texts.len() > MAX_SPELT {
        return Err(AppError::BadRequest {
            what: "the number of texts",
            found: texts.len().to_string(),
            reason: "at most 5000 are spelt at once",
        });
    }
    let spelt = texts.iter().map(|text| {
        let beginning: String = text.chars().take(MAX_SPELT_LETTERS).collect();
        cim_names::spelt(&beginning)
    });
    Ok(spelt.collect())
}

impl Parts {
    fn refresh<'a>(&mut self, live: &impl Fn() -> MutexGuard<'a, Live>) {
        self.places.refresh(live);
        self.devices.refresh(live);
        self.cameras.refresh(live);
        self.events.refresh(live);
    }

    /// The best answers of all sorts, the best first.
    fn answers(
        &self,
        query: &Query,
        near: Option<[f64; 2]>,
        alarmed: &BTreeMap<u32, Severity>,
    ) -> Vec<Answer> {
        let alarmed: Vec<u32> = alarmed.keys().copied().collect();
        let ask = |sort: Sort, index: &NameIndex, alarmed: &[u32]| -> Vec<Answer> {
            let wanted = Wanted {
                near,
                alarmed,
                most: MAX_FOUND,
            };
            let hits = index.search(query, &wanted);
            hits.into_iter()
                .map(|Hit { rank, entry }| Answer { rank, sort, entry })
                .collect()
        };
        best_of([
            ask(Sort::Place, self.places.index(), &[]),
            ask(Sort::Event, self.events.index(), &[]),
            ask(Sort::Camera, self.cameras.index(), &[]),
            ask(Sort::Device, self.devices.index(), &alarmed),
        ])
    }

    /// Spells an answer out; `None` when what it stood for is gone.
    fn found(
        &self,
        answer: Answer,
        live: &Live,
        query: &Query,
        alarmed: &BTreeMap<u32, Severity>,
    ) -> Option<Found> {
        let (target, name, kind, hint) = match answer.sort {
            Sort::Place => self.places.words(answer.entry, &live.language)?,
            Sort::Event => self.events.words(answer.entry, live)?,
            Sort::Camera => parts::camera_words(answer.entry, live)?,
            Sort::Device => parts::device_words(answer.entry, live)?,
        };
        let severity = alarmed
            .get(&answer.entry)
            .filter(|_| answer.sort == Sort::Device)
            .copied()
            .unwrap_or(Severity::Normal);
        Some(Found {
            target,
            matched: query.ranges(&name),
            name,
            kind,
            hint,
            severity: severity.into(),
        })
    }
}

/// What stands for one answer: target, name, kind, hint.
type Words = (Target, String, String, String);

/// The best of several sorts: a few of each, then whatever is best.
fn best_of(sorts: [Vec<Answer>; 4]) -> Vec<Answer> {
    let mut chosen: BTreeSet<Answer> = sorts
        .iter()
        .flat_map(|answers| answers.iter().take(OF_EACH_SORT))
        .copied()
        .collect();
    let mut others: Vec<Answer> = sorts
        .iter()
        .flat_map(|answers| answers.iter().skip(OF_EACH_SORT))
        .copied()
        .collect();
    others.sort_unstable();
    let room = MAX_FOUND.saturating_sub(chosen.len());
    chosen.extend(others.into_iter().take(room));
    chosen.into_iter().collect()
}

/// The rows of devices that alarm at the moment shown, with the worst that they say.
fn alarmed_devices(live: &Live) -> BTreeMap<u32, Severity> {
    let mut worst = BTreeMap::new();
    let mut note = |alarm: &Alarm| {
        if let Some(row) = live.state.row_of_thing(&alarm.thing) {
            let known = worst.entry(row).or_insert(alarm.severity);
            *known = alarm.severity.max(*known);
        }
    };
    if live.state.shows_past() {
        live.past.alarms.iter().for_each(note);
    } else {
        for alarm in live.alarms.attention() {
            note(alarm);
        }
    }
    worst
}

#[cfg(test)]
mod tests;
