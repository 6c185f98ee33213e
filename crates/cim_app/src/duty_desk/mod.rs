//! Being on duty: the log of the shift, who is on duty, and the handover 交接班, folded from facts of this and other desks.
//!
//! ```text
//!  facts told here ─► hear ─► entries of the desk's own (grouped) ─► facts ─┐
//!  what officers write ─► facts ───────────────────────────────────────────┼─► log ─► page, paper
//!  drafts and signatures ─► facts ─────────────────────────────────────────┴─► handovers ─► who sits here
//! ```
//! | file | what |
//! |---|---|
//! | `hear` | what the desk writes into the log by itself, and how much of it |
//! | `said` | the words of that: the same on every desk, read in any language |
//! | `page` | the log as the wire has it |
//! | `open` | what is open, and the figures of the shift |
//! | `handover` | drafts, signatures, and what the wire says of them |
//! | `figures` | what the cases of a time amount to |
//! | `paper` | what is printed of all that |
//!
//! No I/O: what must be written down is handed to whoever asked.

mod figures;
mod handover;
mod hear;
mod open;
mod page;
mod paper;
mod said;
#[cfg(test)]
mod tests;

pub(crate) use figures::{Counted, Wanted, analysis_dto, cases_in};
pub(crate) use handover::{handover_dto, handover_rows, sits_since, written_act};
pub(crate) use hear::{DutyNote, DutySeen, LOG};
pub(crate) use open::open_counts;
pub(crate) use page::{entry_dto, log_csv, log_page};
pub(crate) use paper::{Say, case_outline, handover_outline, log_paper};

use crate::{
    event_desk::{ActFact, identity},
    layers::PackText,
    wire::DutyShiftDto,
};
use cim_event::{
    duty::{DutyAct, DutyLog, Handover, HandoverAct, HandoverState, OnDuty, Roster, read_roster},
    plan::Stamp,
};
use cim_model::UtcMillis;
use cim_store::Fact;
use cim_tiles::Problem;
use hear::{Hearing, short};
use std::collections::BTreeMap;

/// What a handover is about, as facts name it: this, then its identity.
const HANDOVER: &str = "duty:handover:";
/// So many handovers are kept; of more the oldest go.
const MOST_HANDOVERS: usize = 400;
/// Who took over sits at the desk for so long after a restart, milliseconds; later whoever opens it.
const SITS_MS: i64 = 16 * 3_600_000;
/// The shifts that ship.
const SHIFTS: &str = include_str!("../../../../scenes/city/roster.toml");

/// A handover with what its acts do not fold to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kept {
    /// The handover.
    pub(crate) handover: Handover,
    /// When somebody closed it, whether it was its turn or not.
    completed_at: Option<UtcMillis>,
    /// True when it was closed at this desk.
    is_own: bool,
    /// When something was done to it last.
    at: UtcMillis,
}

/// The log, the roster and the handovers of a desk.
pub(crate) struct DutyDesk {
    log: DutyLog,
    handovers: BTreeMap<String, Kept>,
    roster: Roster,
    hearing: Hearing,
    revision: u64,
}

impl Default for DutyDesk {
    fn default() -> Self {
        Self {
            log: DutyLog::default(),
            handovers: BTreeMap::new(),
            // Without mistakes: a test says so.
            roster: read_roster(SHIFTS, "roster.toml").0,
            hearing: Hearing::default(),
            revision: 0,
        }
    }
}

impl DutyDesk {
    /// Takes a fact about the log or a handover, in whatever order they come. False when it is about anything else, or known.
    pub(crate) fn take_fact(&mut self, fact: &Fact) -> bool {
        let is_taken = if fact.subject == LOG {
            self.take_entry(fact)
        } else if let Some(id) = fact.subject.strip_prefix(HANDOVER) {
            self.take_handover(id, fact)
        } else {
            false
        };
        self.revision += u64::from(is_taken);
        is_taken
    }

    /// Takes up what was written down before the desk was closed; facts about anything else are passed over.
    pub(crate) fn restore(&mut self, facts: &[Fact]) {
        for fact in facts {
            self.take_fact(fact);
        }
    }

    /// Takes a fact that this desk tells: it may be something for the log.
    pub(crate) fn hear(&mut self, fact: &Fact) {
        self.hearing.hear(fact);
    }

    /// Takes something for the log that no fact tells.
    pub(crate) fn note(&mut self, note: DutyNote) {
        self.hearing.note(note);
    }

    /// What the desk writes into the log by itself now, to be told.
    pub(crate) fn beat(&mut self, seen: &DutySeen<'_>, now: UtcMillis) -> Vec<ActFact> {
        self.hearing.beat(seen, now)
    }

    /// Counts up whenever the log or a handover changes.
    pub(crate) fn revision(&self) -> u64 {
        self.revision
    }

    /// The log.
    pub(crate) fn log(&self) -> &DutyLog {
        &self.log
    }

    /// The handover called so.
    pub(crate) fn handover(&self, id: &str) -> Option<&Kept> {
        self.handovers.get(id)
    }

    /// All handovers with their identities, in no order of time.
    pub(crate) fn handovers(&self) -> impl Iterator<Item = (&String, &Kept)> {
        self.handovers.iter()
    }

    /// The handover in which `officer` hands over and that is not closed yet; of several the newest.
    pub(crate) fn under_way(&self, officer: &str) -> Option<&String> {
        let open = self.handovers.iter().filter(|(_, kept)| {
            let is_theirs = kept
                .handover
                .draft()
                .is_some_and(|draft| draft.outgoing == officer);
            is_theirs && kept.handover.state() != HandoverState::Done
        });
        open.max_by_key(|(_, kept)| kept.at).map(|(id, _)| id)
    }

    /// Who sits here at `now`, when the desk was opened for `given`: whoever took over last at this desk, for a shift.
    pub(crate) fn who_sits(&self, given: &str, now: UtcMillis) -> String {
        let own = self.handovers.values().filter_map(|kept| {
            let draft = kept.handover.draft()?;
            let at = kept.closed_at().filter(|_| kept.is_own)?;
            Some((at, &draft.incoming))
        });
        let newest = own.max_by_key(|(at, _)| *at);
        let sits = newest.filter(|(at, _)| now.0.saturating_sub(at.0) < SITS_MS);
        sits.map_or_else(|| given.to_owned(), |(_, name)| name.clone())
    }

    /// The shift that runs at `now`, in `language`.
    pub(crate) fn shift_at(&self, now: UtcMillis, language: &str) -> Option<DutyShiftDto> {
        self.roster.at(now).map(|on| shift_dto(&on, language))
    }

    /// The shift after that one.
    pub(crate) fn shift_after(&self, now: UtcMillis, language: &str) -> Option<DutyShiftDto> {
        self.roster.after(now).map(|on| shift_dto(&on, language))
    }

    /// What the shift called `id` is called; its identity when the roster does not know it.
    pub(crate) fn shift_name(&self, id: &str, language: &str) -> String {
        let mut shifts = self.roster.shifts().iter();
        let shift = shifts.find(|shift| shift.id == id);
        shift.map_or_else(
            || id.to_owned(),
            |shift| shift.name.in_language(language).to_owned(),
        )
    }

    /// True when the roster says who is on duty.
    pub(crate) fn is_rostered(&self) -> bool {
        self.roster.duties() > 0
    }

    /// Takes the rosters of all packs, of which the last with a shift counts; without any, the shifts that ship. Says what is
    /// wrong with them.
    pub(crate) fn set_rosters(&mut self, texts: &[(String, PackText)]) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (_, PackText { file, text }) in texts {
            let (roster, wrong) = read_roster(text, file);
            if !roster.shifts().is_empty() {
                self.roster = roster;
                self.revision += 1;
            }
            problems.extend(wrong.into_iter().map(|wrong| Problem {
                source: wrong.file.clone(),
                place: format!("line {}: {}: {}", wrong.line, wrong.item, wrong.key),
                reason: wrong.reason,
            }));
        }
        problems
    }

    fn take_entry(&mut self, fact: &Fact) -> bool {
        let Ok(act) = serde_json::from_str::<DutyAct>(&fact.body) else {
            tracing::warn!(fact = %fact.id, "an entry of the duty log cannot be read");
            return false;
        };
        act.verb() == fact.verb && self.log.apply(&stamp_of(fact), act)
    }

    fn take_handover(&mut self, id: &str, fact: &Fact) -> bool {
        let Ok(act) = serde_json::from_str::<HandoverAct>(&fact.body) else {
            tracing::warn!(fact = %fact.id, "an act of a handover cannot be read");
            return false;
        };
        if act.verb() != fact.verb {
            return false;
        }
        if !self.handovers.contains_key(id) && self.handovers.len() >= MOST_HANDOVERS {
            let oldest = self.handovers.iter().min_by_key(|(_, kept)| kept.at);
            if let Some(oldest) = oldest.map(|(id, _)| id.clone()) {
                self.handovers.remove(&oldest);
            }
        }
        let kept = self.handovers.entry(id.to_owned()).or_default();
        let is_close = act == HandoverAct::Complete;
        if !kept.handover.apply(&stamp_of(fact), act) {
            return false;
        }
        kept.at = kept.at.max(fact.happened_at);
        if is_close {
            // Acts come in any order: it counts once all of them are there.
            kept.completed_at = Some(fact.happened_at);
            kept.is_own = identity(fact) == fact.id;
        }
        true
    }
}

impl Kept {
    /// When it was closed; `None` while it is not, whatever came early.
    pub(crate) fn closed_at(&self) -> Option<UtcMillis> {
        self.completed_at
            .filter(|_| self.handover.state() == HandoverState::Done)
    }
}

/// What an officer writes into the log, or strikes in it.
pub(crate) fn entry_act(act: &DutyAct, author: &str, at: UtcMillis) -> ActFact {
    // Short texts: this cannot fail, and an empty body is passed over when read.
    let body = serde_json::to_string(act).unwrap_or_default();
    ActFact {
        subject: LOG.to_owned(),
        verb: act.verb(),
        author: author.to_owned(),
        at,
        // The same words twice within a millisecond are one entry.
        key: short(&body),
        body,
        cause: String::new(),
    }
}

/// An act of the handover called `id`.
pub(crate) fn handover_act(id: &str, act: &HandoverAct, author: &str, at: UtcMillis) -> ActFact {
    // Texts and whole numbers: this cannot fail, and an empty body is passed over when read.
    let body = serde_json::to_string(act).unwrap_or_default();
    ActFact {
        subject: format!("{HANDOVER}{id}"),
        verb: act.verb(),
        author: author.to_owned(),
        at,
        key: short(&body),
        body,
        cause: String::new(),
    }
}

fn stamp_of(fact: &Fact) -> Stamp {
    Stamp::new(identity(fact), fact.happened_at, fact.author.as_str())
}

fn shift_dto(on: &OnDuty<'_>, language: &str) -> DutyShiftDto {
    DutyShiftDto {
        id: on.shift.id.clone(),
        name: on.shift.name.in_language(language).to_owned(),
        from: on.from.0,
        until: on.until.0,
        officers: on
            .duty
            .map(|duty| duty.officers.clone())
            .unwrap_or_default(),
        leader: on.duty.map(|duty| duty.leader.clone()).unwrap_or_default(),
    }
}
