//! A case: an event on its way through the loop, folded from the steps that facts tell of.
//!
//! Steps are kept in the order in which they happened; a step that comes late is put in its place and the case is folded
//! again. A step that was not possible in the stage that it found (two desks acted before they heard of each other) stays
//! in the history without effect, the same on every desk.

mod act;
mod fold;
mod parts;
mod state;

pub use act::{Act, Body, Step};
pub(crate) use parts::belongs;
pub use parts::{Attachment, Link, LinkKind, Party, PartyKind, Place, Report};
pub use state::{
    Assignment, CaseReport, CaseState, Comment, Extension, Handling, Rating, Urge, Verification,
};

use crate::flow::Move;
use cim_geo::Geodetic;
use cim_model::{Event, EventId, UtcMillis};
use std::cmp::Ordering;

/// How many steps one case may have; beyond it no more are taken.
const MOST_STEPS: usize = 20_000;

/// The longest identity or name of a step, bytes.
const MOST_NAME_BYTES: usize = 1_600;

/// A step in a case's history.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// What was done.
    pub step: Step,
    /// False when it was not possible in the stage that it found.
    pub has_effect: bool,
}

/// What became of a step that a case was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// The case changed.
    Changed,
    /// The same step was there.
    Known,
    /// It is kept, and was not possible in the stage that it found.
    WithoutEffect,
}

/// Why a step cannot be kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StepFault {
    /// A field of it is wrong.
    #[error("step {step}: {field} {reason}")]
    Field {
        /// The step's identity.
        step: String,
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The case is full.
    #[error("case {case} has {MOST_STEPS} steps; step {step} is one too many")]
    Full {
        /// The case.
        case: EventId,
        /// The step's identity.
        step: String,
    },
}

/// An event on its way through the loop.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    id: EventId,
    entries: Vec<Entry>,
    state: CaseState,
}

impl Case {
    /// A case of which nothing is known yet.
    pub fn new(id: EventId) -> Self {
        Self {
            id,
            entries: Vec::new(),
            state: CaseState::default(),
        }
    }

    /// Its identity.
    pub fn id(&self) -> &EventId {
        &self.id
    }

    /// How it stands.
    pub fn state(&self) -> &CaseState {
        &self.state
    }

    /// Everything that was done to it, in the order in which it happened.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Takes a step, in whatever order steps arrive. The same step twice changes nothing.
    pub fn apply(&mut self, step: Step) -> Result<Applied, StepFault> {
        if self.entries.iter().any(|entry| entry.step.id == step.id) {
            return Ok(Applied::Known);
        }
        check(&step)?;
        if self.entries.len() >= MOST_STEPS {
            return Err(StepFault::Full {
                case: self.id.clone(),
                step: step.id,
            });
        }
        let place = self
            .entries
            .partition_point(|entry| in_order(&entry.step, &step).is_lt());
        if place == self.entries.len() {
            let has_effect = self.state.take(&step);
            self.entries.push(Entry { step, has_effect });
            return Ok(told(has_effect));
        }
        let entry = Entry {
            step,
            has_effect: false,
        };
        self.entries.insert(place, entry);
        self.state = CaseState::default();
        for entry in &mut self.entries {
            entry.has_effect = self.state.take(&entry.step);
        }
        let has_effect = self
            .entries
            .get(place)
            .is_some_and(|entry| entry.has_effect);
        Ok(told(has_effect))
    }

    /// How it stood at `at`, by what was known at `known_by`.
    pub fn state_at(&self, at: UtcMillis, known_by: UtcMillis) -> CaseState {
        let steps = self.entries.iter().map(|entry| &entry.step);
        folded(steps.filter(|step| step.at <= at && step.known_at <= known_by))
    }

    /// The act that undoes the step called `step`: only the newest step that had an effect, and only where something can
    /// be taken back. `reason` is given where one is needed.
    pub fn undo_of(&self, step: &str, reason: &str) -> Option<Act> {
        let newest = self.entries.iter().rposition(|entry| entry.has_effect)?;
        let entry = self
            .entries
            .get(newest)
            .filter(|entry| entry.step.id == step)?;
        let before = || {
            let steps = self.entries.iter().take(newest);
            folded(steps.map(|entry| &entry.step))
        };
        let reason = reason.to_owned();
        Some(match &entry.step.body.act {
            Act::Link(link) => Act::Unlink(link.clone()),
            Act::Unlink(link) => Act::Link(link.clone()),
            Act::SetParent { .. } => Act::SetParent {
                parent: before().parent,
            },
            Act::SetLevel { .. } => Act::SetLevel {
                level: before().level,
                reason,
            },
            Act::SetCategory { .. } => Act::SetCategory {
                category: Some(before().category).filter(|word| !word.is_empty())?,
            },
            Act::Suspend { .. } => Act::Resume {},
            Act::Merge { .. } => Act::Unmerge { reason },
            Act::Close { .. } | Act::Cancel { .. } => Act::Reopen { reason },
            _ => return None,
        })
    }

    /// The case as the event that pins and lists know; `None` before it was reported, or without a place.
    pub fn event(&self) -> Option<Event> {
        let state = &self.state;
        let place = state.place?;
        let first = self.entries.first()?;
        state.reported_at?;
        Some(Event {
            id: self.id.clone(),
            title: state.title.clone(),
            description: state.description.clone(),
            category: state.category.clone(),
            level: state.level,
            status: state.stage.status(),
            position: Geodetic::new(place.lon_deg, place.lat_deg, 0.0),
            happened_at: state.happened_at,
            known_at: first.step.known_at,
            source: state.source.clone(),
            standing: state.standing,
        })
    }
}

/// The state after `steps`, which are in order.
fn folded<'s>(steps: impl Iterator<Item = &'s Step>) -> CaseState {
    let mut state = CaseState::default();
    for step in steps {
        state.take(step);
    }
    state
}

/// A report begins the case, whatever clocks say that disagree by a second; then by moment, then by identity.
fn in_order(a: &Step, b: &Step) -> Ordering {
    let rank = |step: &Step| u8::from(step.movement() != Move::Report);
    rank(a)
        .cmp(&rank(b))
        .then(a.at.cmp(&b.at))
        .then_with(|| a.id.cmp(&b.id))
}

fn check(step: &Step) -> Result<(), StepFault> {
    let names = [
        ("id", &step.id),
        ("author", &step.author),
        ("role", &step.body.role),
    ];
    let name = names.into_iter().find_map(|(field, text)| {
        let is_long = text.len() > MOST_NAME_BYTES;
        let is_empty = text.is_empty();
        (is_long || is_empty).then_some((field, if is_empty { "is empty" } else { "is too long" }))
    });
    match name.or_else(|| step.body.act.fault()) {
        None => Ok(()),
        Some((field, reason)) => Err(StepFault::Field {
            step: step.id.chars().take(200).collect(),
            field,
            reason,
        }),
    }
}

fn told(has_effect: bool) -> Applied {
    if has_effect {
        Applied::Changed
    } else {
        Applied::WithoutEffect
    }
}

#[cfg(test)]
pub(crate) mod tests;
