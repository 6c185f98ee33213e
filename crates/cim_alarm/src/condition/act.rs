//! What happens to a condition, as plain data: what its evaluation said and what operators do. Acts are the bodies of facts.

use super::ConditionId;
use cim_model::{AlarmId, Severity, UtcMillis};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What the evaluation of a rule said.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Became {
    /// True when it began or got worse, false when it ended.
    pub is_active: bool,
    /// How bad; when it ended, how bad it was.
    pub severity: Severity,
    /// The value that said so, in the series' unit.
    pub value: f64,
    /// The limit met, in the series' unit.
    pub limit: f64,
    /// When it began; with the condition's name it is the alarm's name.
    pub since: UtcMillis,
}

/// What an operator, or a rule in their place, does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Act {
    /// Takes note of an alarm (OPC 10000-9, 5.7.3).
    Acknowledge {
        /// What they say about it; may be empty.
        #[serde(default)]
        comment: String,
    },
    /// Says that what was to be done is done (5.7.4).
    Confirm {
        /// What they say about it; may be empty.
        #[serde(default)]
        comment: String,
    },
    /// Says something about an alarm (5.5.6).
    Comment {
        /// What.
        text: String,
    },
    /// Puts it away for a time (5.8.17).
    Shelve {
        /// Until when it is away.
        kind: ShelveKind,
        /// For how long at most, in seconds.
        duration_s: u32,
        /// Why.
        reason: String,
    },
    /// Takes it back from the shelf (5.8.17.2).
    Unshelve,
    /// Suppresses it for a cause (5.8.2, SuppressedState).
    Suppress {
        /// What makes it a mere consequence.
        cause: SuppressCause,
        /// Why; may be empty when the cause says enough.
        #[serde(default)]
        reason: String,
        /// When the suppression ends by itself, in milliseconds since 1970.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until_ms: Option<i64>,
    },
    /// Takes one cause of suppression away.
    Unsuppress {
        /// Which.
        cause: SuppressCause,
    },
    /// Takes it out of service (5.8.12).
    TakeOutOfService {
        /// Why.
        reason: String,
    },
    /// Places it back in service.
    PlaceInService,
    /// Silences it until it is raised, gets worse or rings again.
    Silence,
    /// Resets it after it latched (5.8.5).
    Reset {
        /// What they say about it; may be empty.
        #[serde(default)]
        comment: String,
    },
    /// Enables it.
    Enable,
    /// Disables it.
    Disable {
        /// Why.
        reason: String,
    },
}

impl Act {
    /// The verb of the fact that says so.
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Acknowledge { .. } => "alarm_acknowledged",
            Self::Confirm { .. } => "alarm_confirmed",
            Self::Comment { .. } => "alarm_commented",
            Self::Shelve { .. } => "alarm_shelved",
            Self::Unshelve => "alarm_unshelved",
            Self::Suppress { .. } => "alarm_suppressed",
            Self::Unsuppress { .. } => "alarm_unsuppressed",
            Self::TakeOutOfService { .. } => "alarm_out_of_service",
            Self::PlaceInService => "alarm_in_service",
            Self::Silence => "alarm_silenced",
            Self::Reset { .. } => "alarm_reset",
            Self::Enable => "alarm_enabled",
            Self::Disable { .. } => "alarm_disabled",
        }
    }

    /// The act that a verb alone tells; `None` when it takes more to know. Earlier caches hold acknowledgements without an act.
    pub fn bare(verb: &str) -> Option<Self> {
        let comment = String::new();
        [
            Self::Acknowledge {
                comment: comment.clone(),
            },
            Self::Confirm {
                comment: comment.clone(),
            },
            Self::Reset { comment },
            Self::Unshelve,
            Self::PlaceInService,
            Self::Silence,
            Self::Enable,
        ]
        .into_iter()
        .find(|act| act.verb() == verb)
    }

    /// The lowest level that may do it.
    pub fn needs(&self) -> Level {
        match self {
            Self::Acknowledge { .. }
            | Self::Confirm { .. }
            | Self::Comment { .. }
            | Self::Shelve { .. }
            | Self::Unshelve
            | Self::Silence
            | Self::Reset { .. } => Level::Officer,
            Self::Suppress { .. }
            | Self::Unsuppress { .. }
            | Self::TakeOutOfService { .. }
            | Self::PlaceInService
            | Self::Enable
            | Self::Disable { .. } => Level::Leader,
        }
    }

    /// True when it is about one alarm and not about its condition as a whole.
    pub fn is_about_an_alarm(&self) -> bool {
        matches!(
            self,
            Self::Acknowledge { .. } | Self::Confirm { .. } | Self::Comment { .. }
        )
    }

    /// What the operator wrote.
    pub fn text(&self) -> &str {
        match self {
            Self::Acknowledge { comment } | Self::Confirm { comment } | Self::Reset { comment } => {
                comment
            }
            Self::Comment { text } => text,
            Self::Shelve { reason, .. }
            | Self::Suppress { reason, .. }
            | Self::TakeOutOfService { reason }
            | Self::Disable { reason } => reason,
            Self::Unshelve
            | Self::Unsuppress { .. }
            | Self::PlaceInService
            | Self::Silence
            | Self::Enable => "",
        }
    }
}

/// Until when a shelved condition is away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShelveKind {
    /// Until the time is over.
    Timed,
    /// Until it is back, or the time is over.
    OneShot,
}

/// Why a condition is suppressed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SuppressCause {
    /// The suppression group of this name is on.
    Group(String),
    /// It follows from the alarm of this name.
    Alarm(String),
    /// Somebody decided so.
    Hand,
}

/// What a person may do at the desk; each level includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Looks.
    Observer,
    /// 值班员: handles alarms.
    Officer,
    /// 班长: changes what alarms at all.
    Leader,
}

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// Their name, as facts carry it.
    pub name: Arc<str>,
    /// What they may do.
    pub level: Level,
}

/// Something that happened to a condition: a fact, in this crate's words.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The fact's identity: the same step twice counts once.
    pub id: Arc<str>,
    /// What it happened to.
    pub condition: ConditionId,
    /// When it happened.
    pub at: UtcMillis,
    /// Who did it: a person, or `rule:<rule>`.
    pub by: Arc<str>,
    /// What happened.
    pub input: Input,
}

/// What a step says.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// What the evaluation said.
    Became(Became),
    /// What an operator did.
    Act {
        /// The alarm meant; without it the condition's newest.
        alarm: Option<AlarmId>,
        /// What.
        act: Act,
    },
}
