//! How a case moves: its stages, its moves, and the one table that says which move leads where. The README's diagram is
//! written from the table, and a test holds it to it. Who may make a move is said in `rights`.

mod table;

pub(crate) use table::row;
pub use table::{MOVES, MoveRow, To, diagram, next};

use crate::words::words;
use cim_model::EventStatus;
use serde::{Deserialize, Serialize};

words! {
    /// How far a case has come.
    #[derive(Default)]
    Stage {
        /// Nothing is known but later steps: its report has not arrived yet.
        #[default]
        Unreported = "unreported",
        /// 上报: somebody reported it, nobody has decided on it.
        Collected = "collected",
        /// 立案: it is a case and waits for somebody to take it.
        Registered = "registered",
        /// 交办: handed to somebody who has not acknowledged receipt.
        Assigned = "assigned",
        /// 签收, 处置中: somebody handles it.
        Handling = "handling",
        /// 已处置: handled, by the word of those who did it.
        Handled = "handled",
        /// 已核查: somebody looked and found it handled.
        Verified = "verified",
        /// 已评价: whoever reported it was asked.
        Rated = "rated",
        /// 结案.
        Closed = "closed",
        /// 归档: looked at once more for what it teaches.
        Archived = "archived",
        /// 挂账: waits for something outside; its clocks stand still.
        Suspended = "suspended",
        /// 不予立案, 作废.
        Cancelled = "cancelled",
        /// 并案: the same as another case, and handled there.
        Merged = "merged",
    }
}

words! {
    /// The six steps of the loop.
    LoopStep {
        /// 事件收集.
        Collect = "collect",
        /// 集中交办.
        Assign = "assign",
        /// 限时办结.
        Complete = "complete",
        /// 跟踪督办.
        Urge = "urge",
        /// 反馈评价.
        Feedback = "feedback",
        /// 分析应用.
        Analyse = "analyse",
    }
}

words! {
    /// What can be done to a case.
    Move {
        /// 上报: it is told of for the first time.
        Report = "report",
        /// One more report of the same cause.
        Join = "join",
        /// 立案.
        Register = "register",
        /// 交办, 派遣: to a department, a team or a person.
        Assign = "assign",
        /// 签收: the receiver takes it.
        Receive = "receive",
        /// 回退: the receiver gives it back.
        Return = "return",
        /// 到场: somebody is there, or the first protection stands.
        Arrive = "arrive",
        /// 延期.
        Extend = "extend",
        /// 挂账.
        Suspend = "suspend",
        /// The wait is over.
        Resume = "resume",
        /// 处置, with what was done.
        Handle = "handle",
        /// 核查: looked at and found handled.
        Verify = "verify",
        /// 核查不通过: looked at and found not handled.
        SendBack = "send_back",
        /// 回访, 评价.
        Rate = "rate",
        /// 结案.
        Close = "close",
        /// Closed or cancelled too early.
        Reopen = "reopen",
        /// 不予立案, 作废.
        Cancel = "cancel",
        /// 归档.
        Archive = "archive",
        /// 督办.
        Urge = "urge",
        /// 并案 into another case.
        Merge = "merge",
        /// Merged by mistake.
        Unmerge = "unmerge",
        /// 拆分: one report becomes a case of its own.
        SplitOff = "split_off",
        /// It is part of a greater one, or no longer.
        SetParent = "set_parent",
        /// A picture or a document.
        Attach = "attach",
        /// A remark.
        Comment = "comment",
        /// Tied to an alarm, a place, a camera, a clip, a recording.
        Link = "link",
        /// No longer tied.
        Unlink = "unlink",
        /// Graver or less grave than it was taken for.
        SetLevel = "set_level",
        /// Of another category than it was taken for.
        SetCategory = "set_category",
    }
}

impl Stage {
    /// True while something has to be done: reported, and neither closed nor set aside.
    pub fn is_open(self) -> bool {
        !matches!(
            self,
            Self::Unreported | Self::Closed | Self::Archived | Self::Cancelled | Self::Merged
        )
    }

    /// The three statuses that pins and other systems know.
    pub fn status(self) -> EventStatus {
        match self {
            Self::Unreported | Self::Collected | Self::Registered => EventStatus::Reported,
            Self::Closed | Self::Archived | Self::Cancelled | Self::Merged => EventStatus::Closed,
            _ => EventStatus::Handling,
        }
    }
}

impl LoopStep {
    /// The step that a case in `stage` is in. One that somebody urged is followed until it is handled.
    pub fn of(stage: Stage, is_urged: bool) -> Self {
        match stage {
            Stage::Unreported | Stage::Collected => Self::Collect,
            Stage::Registered | Stage::Assigned if !is_urged => Self::Assign,
            Stage::Handling | Stage::Suspended if !is_urged => Self::Complete,
            Stage::Registered
            | Stage::Assigned
            | Stage::Handling
            | Stage::Suspended
            | Stage::Handled => Self::Urge,
            Stage::Verified | Stage::Rated => Self::Feedback,
            Stage::Closed | Stage::Archived | Stage::Cancelled | Stage::Merged => Self::Analyse,
        }
    }
}

impl Move {
    /// The verb of a fact that tells of this move.
    pub fn verb(self) -> &'static str {
        match self {
            Self::Report => "event_reported",
            Self::Join => "event_joined",
            Self::Register => "event_registered",
            Self::Assign => "event_assigned",
            Self::Receive => "event_received",
            Self::Return => "event_returned",
            Self::Arrive => "event_arrived",
            Self::Extend => "event_extended",
            Self::Suspend => "event_suspended",
            Self::Resume => "event_resumed",
            Self::Handle => "event_handled",
            Self::Verify => "event_verified",
            Self::SendBack => "event_sent_back",
            Self::Rate => "event_rated",
            Self::Close => "event_closed",
            Self::Reopen => "event_reopened",
            Self::Cancel => "event_cancelled",
            Self::Archive => "event_archived",
            Self::Urge => "event_urged",
            Self::Merge => "event_merged",
            Self::Unmerge => "event_unmerged",
            Self::SplitOff => "event_split_off",
            Self::SetParent => "event_parent_set",
            Self::Attach => "event_attached",
            Self::Comment => "event_commented",
            Self::Link => "event_linked",
            Self::Unlink => "event_unlinked",
            Self::SetLevel => "event_level_set",
            Self::SetCategory => "event_category_set",
        }
    }

    /// The move that a fact with the verb `verb` tells of.
    pub fn from_verb(verb: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.verb() == verb)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_word_and_every_verb_leads_back_to_its_own() {
        for stage in Stage::ALL {
            assert_eq!(Stage::from_word(stage.as_str()), Some(*stage));
        }
        for one in Move::ALL {
            assert_eq!(Move::from_word(one.as_str()), Some(*one));
            assert_eq!(Move::from_verb(one.verb()), Some(*one));
        }
        let verbs: BTreeSet<&str> = Move::ALL.iter().map(|one| one.verb()).collect();
        assert_eq!(verbs.len(), Move::ALL.len());
        assert_eq!(Move::from_verb("alarm_raised"), None);
    }

    #[test]
    fn the_six_steps_hold_every_stage() {
        let check = |stage: Stage, calm: LoopStep, urged: LoopStep| {
            assert_eq!(LoopStep::of(stage, false), calm, "{stage:?}");
            assert_eq!(LoopStep::of(stage, true), urged, "{stage:?} urged");
        };
        check(Stage::Collected, LoopStep::Collect, LoopStep::Collect);
        check(Stage::Assigned, LoopStep::Assign, LoopStep::Urge);
        check(Stage::Handling, LoopStep::Complete, LoopStep::Urge);
        check(Stage::Handled, LoopStep::Urge, LoopStep::Urge);
        check(Stage::Verified, LoopStep::Feedback, LoopStep::Feedback);
        check(Stage::Closed, LoopStep::Analyse, LoopStep::Analyse);
    }

    #[test]
    fn what_is_open_is_never_told_as_closed() {
        for stage in Stage::ALL.iter().filter(|stage| stage.is_open()) {
            assert_ne!(stage.status(), EventStatus::Closed, "{stage:?}");
        }
    }
}
