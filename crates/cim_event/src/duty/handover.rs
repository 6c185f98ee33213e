//! The handover 交接班: what is open, what happened, and both officers' signatures over it.
//!
//! ```text
//!  (open) ── draft ──► drafted ── sign_out ──► signed_by_outgoing ── sign_in ──► signed_by_incoming ── complete ──► done
//!                        ▲ draft    ◄── return ──────┘
//! ```
//! A signature holds the check value of everything that is signed: the records of the log, the open items, the figures. What
//! is changed afterwards shows.

use super::log::DutyLog;
use crate::plan::{Journal, Stamp};
use cim_model::UtcMillis;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How many open items a handover has.
pub const MOST_ITEMS: usize = 2_000;
/// How many records of the log a handover covers.
pub const MOST_COVERED: usize = 5_000;
/// How many acts one handover keeps.
const MOST_ACTS: usize = 200;

/// What is still open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemKind {
    /// An alarm.
    Alarm,
    /// An event of the city.
    Event,
    /// Somebody who was sent.
    Assignment,
    /// A matter that an officer wrote down.
    Note,
}

impl ItemKind {
    /// The word used in facts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Alarm => "alarm",
            Self::Event => "event",
            Self::Assignment => "assignment",
            Self::Note => "note",
        }
    }
}

/// Something that the next shift goes on with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenItem {
    /// What it is.
    pub kind: ItemKind,
    /// Its identity.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// Since when it is open.
    #[serde(with = "crate::wire")]
    pub since: UtcMillis,
    /// True when somebody of this shift took note of it.
    pub is_acknowledged: bool,
}

/// What is handed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// The shift's identity.
    pub shift: String,
    /// When the shift began.
    #[serde(with = "crate::wire")]
    pub from: UtcMillis,
    /// Until when the log is covered.
    #[serde(with = "crate::wire")]
    pub until: UtcMillis,
    /// 交班人: who hands over.
    pub outgoing: String,
    /// 接班人: who takes over.
    pub incoming: String,
    /// The records of the log that are covered ([`DutyLog::records`]).
    pub records: Vec<String>,
    /// What is open.
    pub items: Vec<OpenItem>,
    /// Counts by their word: alarms, events, what the log says.
    pub figures: BTreeMap<String, u64>,
    /// What the outgoing officer adds.
    pub note: String,
}

impl Draft {
    /// The check value of everything in it, 64 hexadecimal digits; `None` when the log lacks a record.
    pub fn proof(&self, log: &DutyLog) -> Option<String> {
        let mut chain = log.chained(&self.records)?;
        let (from, until) = (self.from.0.to_string(), self.until.0.to_string());
        chain.add(&[
            self.shift.as_str(),
            from.as_str(),
            until.as_str(),
            self.outgoing.as_str(),
            self.incoming.as_str(),
            self.note.as_str(),
        ]);
        for item in &self.items {
            let since = item.since.0.to_string();
            let noted = if item.is_acknowledged { "1" } else { "0" };
            chain.add(&[
                item.kind.as_str(),
                item.id.as_str(),
                item.title.as_str(),
                since.as_str(),
                noted,
            ]);
        }
        for (word, count) in &self.figures {
            chain.add(&[word.as_str(), count.to_string().as_str()]);
        }
        Some(chain.hex())
    }
}

/// How far a handover has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum HandoverState {
    /// Nothing is written yet.
    #[default]
    Open,
    /// Written, and still to be changed.
    Drafted,
    /// 交班人 has signed.
    SignedByOutgoing,
    /// 接班人 has signed too.
    SignedByIncoming,
    /// The leader, or the desk, has closed it.
    Done,
}

/// What can be done with a handover.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HandoverStep {
    /// It is written, or written anew.
    Draft,
    /// The outgoing officer signs.
    SignOut,
    /// The incoming officer signs.
    SignIn,
    /// The incoming officer sends it back.
    Return,
    /// It is closed.
    Complete,
}

/// Every step that is possible, and where it leads.
pub const HANDOVER_STEPS: [(HandoverState, HandoverStep, HandoverState); 6] = [
    (
        HandoverState::Open,
        HandoverStep::Draft,
        HandoverState::Drafted,
    ),
    (
        HandoverState::Drafted,
        HandoverStep::Draft,
        HandoverState::Drafted,
    ),
    (
        HandoverState::Drafted,
        HandoverStep::SignOut,
        HandoverState::SignedByOutgoing,
    ),
    (
        HandoverState::SignedByOutgoing,
        HandoverStep::Return,
        HandoverState::Drafted,
    ),
    (
        HandoverState::SignedByOutgoing,
        HandoverStep::SignIn,
        HandoverState::SignedByIncoming,
    ),
    (
        HandoverState::SignedByIncoming,
        HandoverStep::Complete,
        HandoverState::Done,
    ),
];

/// What somebody does; the body of a fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum HandoverAct {
    /// It is written, or written anew.
    Draft {
        /// What is handed over.
        draft: Draft,
    },
    /// The outgoing officer signs.
    SignOut {
        /// What is signed, in words.
        statement: String,
        /// The check value of the draft ([`Draft::proof`]).
        proof: String,
    },
    /// The incoming officer signs.
    SignIn {
        /// What is signed, in words.
        statement: String,
        /// The check value of the draft.
        proof: String,
        /// The open items that the officer took note of, by identity.
        seen: Vec<String>,
    },
    /// The incoming officer sends it back.
    Return {
        /// Why.
        reason: String,
    },
    /// It is closed.
    Complete,
}

impl HandoverAct {
    /// The step that it takes.
    pub fn step(&self) -> HandoverStep {
        match self {
            Self::Draft { .. } => HandoverStep::Draft,
            Self::SignOut { .. } => HandoverStep::SignOut,
            Self::SignIn { .. } => HandoverStep::SignIn,
            Self::Return { .. } => HandoverStep::Return,
            Self::Complete => HandoverStep::Complete,
        }
    }

    /// The verb of the fact that tells it.
    pub fn verb(&self) -> &'static str {
        match self.step() {
            HandoverStep::Draft => "handover_drafted",
            HandoverStep::SignOut => "handover_signed_out",
            HandoverStep::SignIn => "handover_signed_in",
            HandoverStep::Return => "handover_returned",
            HandoverStep::Complete => "handover_completed",
        }
    }
}

/// Why an act is not possible.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HandoverRefusal {
    /// It is not its turn.
    #[error("a handover that is {state:?} cannot {step:?}")]
    BadStep {
        /// How far it has come.
        state: HandoverState,
        /// What was asked for.
        step: HandoverStep,
    },
    /// Somebody else signs that.
    #[error("only {0} may sign that")]
    NotYours(String),
    /// Both sides are one person, or a side has no name.
    #[error("two officers are needed, not `{0}` twice")]
    OnePerson(String),
    /// Open items that nobody of this shift acknowledged.
    #[error("{count} open items are unacknowledged, {first} first")]
    Unacknowledged {
        /// How many.
        count: usize,
        /// The first one.
        first: String,
    },
    /// Open items that the incoming officer has not taken note of.
    #[error("{count} open items are still to be seen, {first} first")]
    Unseen {
        /// How many.
        count: usize,
        /// The first one.
        first: String,
    },
    /// What is signed is not what the desk has.
    #[error("the log or the draft has changed since; write the draft anew")]
    Changed,
    /// A statement or a reason has to be given.
    #[error("a statement or a reason has to be given")]
    NeedsText,
    /// More than there is room for.
    #[error("more than {MOST_ITEMS} open items or {MOST_COVERED} records")]
    TooMuch,
}

/// A signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Who.
    pub name: String,
    /// When.
    pub at: UtcMillis,
    /// What was signed, in words.
    pub statement: String,
    /// The check value of what was signed.
    pub proof: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Folded {
    state: HandoverState,
    draft: Option<Draft>,
    outgoing: Option<Signature>,
    incoming: Option<Signature>,
    returned: Vec<(Stamp, String)>,
}

/// One handover, folded from acts.
#[derive(Clone, Debug, PartialEq)]
pub struct Handover {
    journal: Journal<HandoverAct>,
    now: Folded,
}

impl Default for Handover {
    fn default() -> Self {
        Self {
            journal: Journal::new(MOST_ACTS),
            now: Folded::default(),
        }
    }
}

impl Handover {
    /// Takes an act that happened. True when it is kept; one that was not its turn has no effect.
    pub fn apply(&mut self, stamp: &Stamp, act: HandoverAct) -> bool {
        if !self.journal.insert(stamp, act) {
            return false;
        }
        self.now = folded(&self.journal);
        true
    }

    /// Whether `by` may do `act`, `log` being the desk's.
    pub fn allowed(
        &self,
        act: &HandoverAct,
        by: &str,
        log: &DutyLog,
    ) -> Result<(), HandoverRefusal> {
        let (state, step) = (self.now.state, act.step());
        if led_to(state, step).is_none() {
            return Err(HandoverRefusal::BadStep { state, step });
        }
        match (act, &self.now.draft) {
            (HandoverAct::Draft { draft }, _) => may_draft(draft, log),
            (HandoverAct::SignOut { statement, proof }, Some(draft)) => {
                may_sign(&draft.outgoing, by, statement)?;
                let items = draft.items.iter().filter(|item| !item.is_acknowledged);
                if let Some((count, first)) = counted(items) {
                    return Err(HandoverRefusal::Unacknowledged { count, first });
                }
                is_unchanged(draft, log, proof)
            }
            (
                HandoverAct::SignIn {
                    statement,
                    proof,
                    seen,
                },
                Some(draft),
            ) => {
                may_sign(&draft.incoming, by, statement)?;
                let seen: BTreeSet<&str> = seen.iter().map(String::as_str).collect();
                let items = draft.items.iter();
                let items = items.filter(|item| !seen.contains(item.id.as_str()));
                if let Some((count, first)) = counted(items) {
                    return Err(HandoverRefusal::Unseen { count, first });
                }
                is_unchanged(draft, log, proof)
            }
            (HandoverAct::Return { reason }, Some(draft)) => may_sign(&draft.incoming, by, reason),
            _ => Ok(()),
        }
    }

    /// How far it has come.
    pub fn state(&self) -> HandoverState {
        self.now.state
    }

    /// What is handed over.
    pub fn draft(&self) -> Option<&Draft> {
        self.now.draft.as_ref()
    }

    /// The outgoing officer's signature.
    pub fn outgoing(&self) -> Option<&Signature> {
        self.now.outgoing.as_ref()
    }

    /// The incoming officer's signature.
    pub fn incoming(&self) -> Option<&Signature> {
        self.now.incoming.as_ref()
    }

    /// Who sent it back when, and why.
    pub fn returned(&self) -> &[(Stamp, String)] {
        &self.now.returned
    }

    /// True when every signature still fits the log. A handover that nobody signed fits.
    pub fn is_intact(&self, log: &DutyLog) -> bool {
        let proof = self.now.draft.as_ref().and_then(|draft| draft.proof(log));
        let mut signatures = self.now.outgoing.iter().chain(&self.now.incoming);
        signatures.all(|signature| Some(&signature.proof) == proof.as_ref())
    }
}

fn led_to(state: HandoverState, step: HandoverStep) -> Option<HandoverState> {
    let mut rows = HANDOVER_STEPS.iter();
    let row = rows.find(|(from, by, _)| *from == state && *by == step);
    row.map(|(_, _, to)| *to)
}

fn may_draft(draft: &Draft, log: &DutyLog) -> Result<(), HandoverRefusal> {
    if draft.items.len() > MOST_ITEMS || draft.records.len() > MOST_COVERED {
        return Err(HandoverRefusal::TooMuch);
    }
    if draft.outgoing == draft.incoming || draft.outgoing.is_empty() || draft.incoming.is_empty() {
        return Err(HandoverRefusal::OnePerson(draft.outgoing.clone()));
    }
    if draft.records != log.records(draft.from, draft.until) {
        return Err(HandoverRefusal::Changed);
    }
    Ok(())
}

fn may_sign(whose: &str, by: &str, statement: &str) -> Result<(), HandoverRefusal> {
    if whose != by {
        return Err(HandoverRefusal::NotYours(whose.to_owned()));
    }
    if statement.trim().is_empty() {
        return Err(HandoverRefusal::NeedsText);
    }
    Ok(())
}

fn is_unchanged(draft: &Draft, log: &DutyLog, proof: &str) -> Result<(), HandoverRefusal> {
    if draft.proof(log).is_none_or(|found| found != proof) {
        return Err(HandoverRefusal::Changed);
    }
    Ok(())
}

fn counted<'i>(mut items: impl Iterator<Item = &'i OpenItem>) -> Option<(usize, String)> {
    let first = items.next()?.id.clone();
    Some((items.count() + 1, first))
}

fn folded(journal: &Journal<HandoverAct>) -> Folded {
    let mut now = Folded::default();
    for noted in journal.iter() {
        let Some(to) = led_to(now.state, noted.act.step()) else {
            continue;
        };
        now.state = to;
        let signature = |statement: &str, proof: &str| Signature {
            name: noted.stamp.by.clone(),
            at: noted.stamp.at,
            statement: statement.to_owned(),
            proof: proof.to_owned(),
        };
        match &noted.act {
            HandoverAct::Draft { draft } => now.draft = Some(draft.clone()),
            HandoverAct::SignOut { statement, proof } => {
                now.outgoing = Some(signature(statement, proof));
            }
            HandoverAct::SignIn {
                statement, proof, ..
            } => now.incoming = Some(signature(statement, proof)),
            HandoverAct::Return { reason } => {
                now.outgoing = None;
                now.returned.push((noted.stamp.clone(), reason.clone()));
            }
            HandoverAct::Complete => {}
        }
    }
    now
}

#[cfg(test)]
mod tests;
