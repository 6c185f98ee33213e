//! What is to be repaired: what ails each channel, and how far its repair is, from the facts of what people did.

use super::health::{HealthRules, Trouble};
use super::index::ChannelIndex;
use super::tree::Window;
use cim_model::UtcMillis;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How far a repair is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkState {
    /// Somebody noted it.
    Opened,
    /// Somebody was sent.
    Assigned,
    /// Somebody says that it works again.
    Repaired,
    /// It is over, repaired or not.
    Closed,
}

impl WorkState {
    /// Its word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Assigned => "assigned",
            Self::Repaired => "repaired",
            Self::Closed => "closed",
        }
    }
}

/// The body of a fact `camera_work`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkBody {
    /// What is to be repaired.
    pub what: Trouble,
    /// How far it is.
    pub state: WorkState,
    /// What somebody wrote to it.
    #[serde(default)]
    pub note: String,
}

/// A fact `camera_work`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkFact {
    /// The camera's identity.
    pub camera: String,
    /// When it was written.
    pub at: UtcMillis,
    /// By whom.
    pub author: String,
    /// What it says.
    pub body: WorkBody,
}

/// The latest fact of each camera and trouble.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Works {
    latest: BTreeMap<(String, Trouble), WorkFact>,
}

impl Works {
    /// The works of `facts`, in whatever order they come.
    pub fn from_facts(facts: impl IntoIterator<Item = WorkFact>) -> Self {
        let mut works = Self::default();
        for fact in facts {
            works.add(fact);
        }
        works
    }

    /// Takes a fact; false when a later one is known. Of two of one moment the one that is further counts.
    pub fn add(&mut self, fact: WorkFact) -> bool {
        let key = (fact.camera.clone(), fact.body.what);
        let rank = |fact: &WorkFact| (fact.at, fact.body.state);
        let is_later = self
            .latest
            .get(&key)
            .is_none_or(|known| rank(known) < rank(&fact));
        if is_later {
            self.latest.insert(key, fact);
        }
        is_later
    }

    /// The latest fact of a camera and a trouble.
    pub fn of(&self, camera: &str, what: Trouble) -> Option<&WorkFact> {
        self.latest.get(&(camera.to_owned(), what))
    }
}

/// Something to repair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Work {
    /// The channel's row.
    pub row: u32,
    /// Its identity.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What ails it, or ailed it when the work was opened.
    pub trouble: Trouble,
    /// Since when, as far as it is known.
    pub since: Option<UtcMillis>,
    /// How often the channel was lost.
    pub times: u16,
    /// Who has to repair it; empty when nobody said.
    pub owner: String,
    /// How far the repair is; `None` while nobody has taken note.
    pub state: Option<WorkState>,
    /// What was written last.
    pub note: String,
    /// Who wrote it.
    pub author: String,
}

/// A part of the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkPage {
    /// The works in the window.
    pub works: Vec<Work>,
    /// How many there are in all.
    pub total: usize,
}

/// A work before its texts are looked up.
struct Candidate<'w> {
    row: u32,
    trouble: Trouble,
    since: Option<UtcMillis>,
    fact: Option<&'w WorkFact>,
}

impl ChannelIndex {
    /// What is to be repaired at `now`: the worst first, of two alike the longer one. A work that was closed comes again only
    /// when its trouble began after that; one that is open stays until somebody closes it.
    pub fn work_list(
        &self,
        works: &Works,
        now: UtcMillis,
        rules: &HealthRules,
        window: Window,
    ) -> WorkPage {
        let mut candidates: Vec<Candidate<'_>> = Vec::new();
        for row in self.channel_rows() {
            let Some(condition) = self.condition(row, now, rules) else {
                continue;
            };
            let Some(trouble) = condition.trouble else {
                continue;
            };
            let fact = works.of(&self.ids.id(row), trouble);
            let is_closed = fact.is_some_and(|fact| {
                let is_later = condition.since.is_none_or(|since| fact.at >= since);
                fact.body.state == WorkState::Closed && is_later
            });
            if !is_closed {
                candidates.push(Candidate {
                    row,
                    trouble,
                    since: condition.since,
                    fact: fact.filter(|fact| fact.body.state != WorkState::Closed),
                });
            }
        }
        let open = works.latest.values();
        for fact in open.filter(|fact| fact.body.state != WorkState::Closed) {
            let Some(row) = self.row(&fact.camera) else {
                continue;
            };
            let condition = self.condition(row, now, rules);
            let is_there = condition.and_then(|condition| condition.trouble);
            if condition.is_some() && is_there != Some(fact.body.what) {
                candidates.push(Candidate {
                    row,
                    trouble: fact.body.what,
                    since: Some(fact.at),
                    fact: Some(fact),
                });
            }
        }
        candidates.sort_by_key(|one| {
            let since = one.since.unwrap_or(UtcMillis(i64::MAX));
            (one.trouble, since, one.row)
        });
        let shown = candidates.iter().skip(window.offset).take(window.limit);
        WorkPage {
            works: shown.filter_map(|one| self.work_of(one)).collect(),
            total: candidates.len(),
        }
    }

    fn work_of(&self, one: &Candidate<'_>) -> Option<Work> {
        let entry = self.entry(one.row)?;
        Some(Work {
            row: one.row,
            id: entry.id(),
            name: entry.name().to_owned(),
            trouble: one.trouble,
            since: one.since,
            times: entry.drops(),
            owner: entry.owner().to_owned(),
            state: one.fact.map(|fact| fact.body.state),
            note: one
                .fact
                .map_or_else(String::new, |fact| fact.body.note.clone()),
            author: one
                .fact
                .map_or_else(String::new, |fact| fact.author.clone()),
        })
    }
}
