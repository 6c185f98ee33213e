//! What is done to cases, what is told of a new one, and what became of it.

use super::{StandingDto, cases::CaseLikeDto};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What is done to a case. Attachments come by a command of their own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum CaseActDto {
    /// 立案.
    Register {
        /// Its category; empty to leave what the report says.
        category: String,
    },
    /// 交办.
    Assign {
        /// The party's identity, out of [`super::CaseTablesDto::parties`].
        party: String,
        /// What is asked for; may be empty.
        note: String,
    },
    /// 签收.
    Receive,
    /// 回退.
    Return {
        /// Why.
        reason: String,
    },
    /// 到场.
    Arrive {
        /// What was found; may be empty.
        text: String,
    },
    /// 延期.
    Extend {
        /// How much more, minutes.
        minutes: u32,
        /// Why.
        reason: String,
    },
    /// 挂账.
    Suspend {
        /// What is waited for.
        reason: String,
    },
    /// The wait is over.
    Resume,
    /// 处置.
    Handle {
        /// What was done; may be empty.
        text: String,
    },
    /// 核查.
    Verify {
        /// What was seen; may be empty.
        text: String,
    },
    /// 核查不通过.
    SendBack {
        /// What is missing.
        reason: String,
    },
    /// 回访, 评价.
    Rate {
        /// 1 bad … 5 good.
        score: u8,
        /// What whoever reported it says; may be empty.
        text: String,
    },
    /// 结案.
    Close {
        /// In a sentence; may be empty.
        text: String,
    },
    /// It was closed or cancelled too early.
    Reopen {
        /// Why.
        reason: String,
    },
    /// 不予立案, 作废.
    Cancel {
        /// Why.
        reason: String,
    },
    /// 归档.
    Archive {
        /// What it teaches; may be empty.
        text: String,
    },
    /// 督办.
    Urge {
        /// What is asked for; may be empty.
        text: String,
        /// How far up: 1 by the desk, 2 by the leader on duty.
        rung: u8,
    },
    /// 并案.
    Merge {
        /// The case in which it is handled from then on.
        into: String,
    },
    /// Merged by mistake.
    Unmerge {
        /// Why.
        reason: String,
    },
    /// 拆分: a report becomes a case of its own. Both steps are told.
    SplitOff {
        /// The report's identity.
        report: String,
    },
    /// It is part of a greater one.
    SetParent {
        /// Which; `None` to stand alone again.
        parent: Option<String>,
    },
    /// A remark.
    Comment {
        /// The remark.
        text: String,
    },
    /// Tied to something.
    Link {
        /// Kind's word: `alarm`, `place`, `thing`, `camera`, `clip`, `recording`, `plan`, `picture`.
        kind: String,
        /// Identity among its kind.
        target: String,
    },
    /// No longer tied.
    Unlink {
        /// Kind's word.
        kind: String,
        /// Identity among its kind.
        target: String,
    },
    /// Graver or less grave.
    SetLevel {
        /// `I` … `IV`.
        level: String,
        /// Why.
        reason: String,
    },
    /// Of another category.
    SetCategory {
        /// Category word.
        category: String,
    },
}

/// What came of an act on a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CaseActedDto {
    /// The case.
    pub id: String,
    /// The step's identity, for `undo_case_step`.
    pub step: String,
    /// Until when the step can be taken back, UTC milliseconds; `None` where nothing takes it back.
    pub undo_until: Option<i64>,
    /// True when taking it back needs a reason.
    pub undo_needs_reason: bool,
}

/// What came of an act on many cases.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CasesActedDto {
    /// Those that it was done to.
    pub done: Vec<CaseActedDto>,
    /// Those that refused it, and why; at most 100.
    pub refused: Vec<CaseRefusedDto>,
    /// How many refused in all.
    pub refused_count: u32,
}

/// A case that refused an act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CaseRefusedDto {
    /// `EventId`.
    pub id: String,
    /// Why: `event.refusal.<word>` in the texts.
    pub reason: String,
}

/// What a person tells of something that happened.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct CaseDraftDto {
    /// Its number at its source; empty for one that the desk gives. The same number again is the same report.
    pub number: String,
    /// Word of the source: `officer`, `hotline`, `grid_worker`, `cap`, `other`; empty for `officer`.
    pub source: String,
    /// What happened, in one line.
    pub title: String,
    /// More about it; may be empty.
    pub text: String,
    /// Who told it; may be empty.
    pub reporter: String,
    /// Category word; may be empty.
    pub category: String,
    /// `I` … `IV`; empty for `IV`.
    pub level: String,
    /// Where it is, degrees: longitude, latitude.
    pub place: Option<[f64; 2]>,
    /// When it happened, UTC milliseconds; `None` for now.
    pub happened_at: Option<i64>,
    /// Whether it is real.
    pub standing: StandingDto,
    /// What it is tied to.
    pub links: Vec<CaseTieDto>,
    /// The case that it is one more report of, as the person says; `None` to let the desk decide.
    pub join: Option<String>,
    /// True where the person says that it is a case of its own, whatever it is like.
    pub is_alone: bool,
}

/// What a report is tied to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CaseTieDto {
    /// Kind's word: `alarm`, `place`, `thing`, `camera`, `clip`, `recording`, `plan`, `picture`.
    pub kind: String,
    /// Identity among its kind.
    pub target: String,
}

/// What became of a report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct CaseReportedDto {
    /// The case that has it now.
    pub id: String,
    /// True when it was joined to a case that was there.
    pub is_joined: bool,
    /// True when the same report was there before: nothing was written.
    pub is_repeated: bool,
    /// Cases that it may be the same as, the likeliest first; at most 10.
    pub perhaps: Vec<CaseLikeDto>,
}

/// What a draft may be the same as, before it is sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct DraftCheckDto {
    /// The case that it would join; `None` when it would be a case of its own.
    pub joins: Option<String>,
    /// True when the very same report is there already.
    pub is_repeated: bool,
    /// Cases that it may be the same as, the likeliest first; at most 10.
    pub perhaps: Vec<CaseLikeDto>,
}
