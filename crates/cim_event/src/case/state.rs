//! How a case stands: what its steps amount to.

use super::parts::{Attachment, Link, Party, Place, Report};
use crate::{
    deadline::{Phase, PhaseClock},
    flow::{LoopStep, Stage},
};
use cim_model::{EventId, EventLevel, Standing, UtcMillis};
use std::collections::{BTreeMap, BTreeSet};

/// A report that lies with a case.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseReport {
    /// What was told.
    pub report: Report,
    /// When it was taken in.
    pub at: UtcMillis,
    /// Who took it in.
    pub by: String,
    /// The case that it became, when it was split off.
    pub moved_to: Option<EventId>,
}

/// To whom a case is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// To whom.
    pub party: Party,
    /// When.
    pub at: UtcMillis,
    /// By whom.
    pub by: String,
    /// What is asked for.
    pub note: String,
    /// When, and by whom, receipt was acknowledged.
    pub received: Option<(UtcMillis, String)>,
}

/// 处置: what was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handling {
    /// When.
    pub at: UtcMillis,
    /// By whom.
    pub by: String,
    /// What.
    pub text: String,
}

/// 核查: what was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// When.
    pub at: UtcMillis,
    /// By whom.
    pub by: String,
    /// What was seen, or what is missing.
    pub text: String,
    /// True when it was found handled.
    pub is_passed: bool,
}

/// 评价: what whoever reported it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rating {
    /// 1 bad … 5 good.
    pub score: u8,
    /// In words.
    pub text: String,
    /// When.
    pub at: UtcMillis,
    /// Who asked.
    pub by: String,
}

/// 督办.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Urge {
    /// When.
    pub at: UtcMillis,
    /// By whom.
    pub by: String,
    /// In which role.
    pub role: String,
    /// What is asked for.
    pub text: String,
    /// How far up: 1 by the desk, 2 by the leader on duty.
    pub rung: u8,
}

/// 延期.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// When.
    pub at: UtcMillis,
    /// By whom.
    pub by: String,
    /// How much more, minutes.
    pub minutes: u32,
    /// Why.
    pub reason: String,
}

/// A remark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// When.
    pub at: UtcMillis,
    /// By whom.
    pub by: String,
    /// The remark.
    pub text: String,
}

/// How a case stands. Moments without `first_` are those of the newest round: a case that was returned or opened again
/// goes round once more.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CaseState {
    /// How far it has come.
    pub stage: Stage,
    /// The stage before it was suspended or merged.
    pub former: Stage,
    /// What happened, in one line.
    pub title: String,
    /// More about it; may be empty.
    pub description: String,
    /// Category word; may be empty.
    pub category: String,
    /// How grave it is.
    pub level: EventLevel,
    /// Whether it is real.
    pub standing: Standing,
    /// Where its first report comes from.
    pub source: String,
    /// Where it is, when that is known.
    pub place: Option<Place>,
    /// When it happened.
    pub happened_at: UtcMillis,
    /// When it was taken in.
    pub reported_at: Option<UtcMillis>,
    /// When it became a case.
    pub registered_at: Option<UtcMillis>,
    /// When it was given to somebody for the first time.
    pub first_assigned_at: Option<UtcMillis>,
    /// When somebody took it for the first time.
    pub first_received_at: Option<UtcMillis>,
    /// When it was given to somebody.
    pub assigned_at: Option<UtcMillis>,
    /// When that was acknowledged.
    pub received_at: Option<UtcMillis>,
    /// When somebody was there.
    pub arrived_at: Option<UtcMillis>,
    /// When it was handled.
    pub handled_at: Option<UtcMillis>,
    /// When that was verified.
    pub verified_at: Option<UtcMillis>,
    /// When whoever reported it was asked.
    pub rated_at: Option<UtcMillis>,
    /// When it was closed, or cancelled.
    pub closed_at: Option<UtcMillis>,
    /// To whom it is given.
    pub assignment: Option<Assignment>,
    /// What was done.
    pub handling: Option<Handling>,
    /// What was found.
    pub verification: Option<Verification>,
    /// What whoever reported it says.
    pub rating: Option<Rating>,
    /// Everything told of it, in the order in which it was taken in.
    pub reports: Vec<CaseReport>,
    /// Pictures and documents.
    pub attachments: Vec<Attachment>,
    /// Remarks.
    pub comments: Vec<Comment>,
    /// What it is tied to.
    pub links: BTreeSet<Link>,
    /// Who urged.
    pub urges: Vec<Urge>,
    /// How often more time was given.
    pub extensions: Vec<Extension>,
    /// How often it was given back.
    pub returns: u32,
    /// How often it was found not handled.
    pub send_backs: u32,
    /// How often it was opened again.
    pub reopenings: u32,
    /// The greater one that it is part of.
    pub parent: Option<EventId>,
    /// The case in which it is handled.
    pub merged_into: Option<EventId>,
    /// The clocks of the newest round.
    pub clocks: BTreeMap<Phase, PhaseClock>,
    /// Ended clocks of earlier rounds.
    pub past_clocks: Vec<(Phase, PhaseClock)>,
}

impl CaseState {
    /// The step of the loop that it is in.
    pub fn step(&self) -> LoopStep {
        LoopStep::of(self.stage, self.is_urged())
    }

    /// True when somebody urged it since it was last given to anybody.
    pub fn is_urged(&self) -> bool {
        let since = self.assigned_at.or(self.reported_at);
        let newest = self.urges.last();
        newest.is_some_and(|urge| since.is_none_or(|since| urge.at >= since))
    }

    /// True when something lies with it that shows that it was done.
    pub fn has_evidence(&self) -> bool {
        self.attachments.iter().any(|file| file.is_evidence)
    }

    /// Its reports without those that were split off.
    pub fn own_reports(&self) -> impl Iterator<Item = &CaseReport> {
        self.reports
            .iter()
            .filter(|report| report.moved_to.is_none())
    }
}
