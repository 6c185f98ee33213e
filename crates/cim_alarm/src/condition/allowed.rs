//! What an operator may do to a condition now, and why not.

use super::{Act, Condition, Level, Node, Occurrence, Operator, SuppressCause};
use cim_model::{AlarmId, UtcMillis};
use std::sync::Arc;
use thiserror::Error;

/// How many characters a comment or a reason may have.
pub const MAX_TEXT_CHARS: usize = 2_000;

/// Why an operator may not do something to an alarm.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// Their level is too low.
    #[error("{who} may not do this: it needs {needs:?}")]
    Rights {
        /// Who asked.
        who: Arc<str>,
        /// The level that may.
        needs: Level,
    },
    /// There is no such alarm or condition, or nothing is left to be done about it.
    #[error("there is no open alarm {0}")]
    Unknown(String),
    /// The act takes a text, and there is none.
    #[error("a reason is missing")]
    ReasonMissing,
    /// The text is too long.
    #[error("the text has {chars} characters, more than {MAX_TEXT_CHARS}")]
    TextTooLong {
        /// How many it has.
        chars: usize,
    },
    /// Somebody acknowledged it already.
    #[error("{by} acknowledged it already")]
    AlreadyAcknowledged {
        /// Who.
        by: Arc<str>,
    },
    /// It cannot be confirmed before it is acknowledged.
    #[error("it is not acknowledged")]
    NotAcknowledged,
    /// Its policy asks for no confirmation, or it has one.
    #[error("there is nothing to confirm")]
    NothingToConfirm,
    /// It would be away for longer than its policy allows, or not at all.
    #[error("it may be shelved for 1 to {max_s} s, not {asked_s} s")]
    ShelvingTime {
        /// For how long it was asked.
        asked_s: u32,
        /// For how long it may be.
        max_s: u32,
    },
    /// It was shelved too often lately.
    #[error("it was shelved {times} times within a day; more is not allowed")]
    ShelvedTooOften {
        /// How often it was.
        times: u32,
    },
    /// It is not on the shelf.
    #[error("it is not shelved")]
    NotShelved,
    /// This cause suppresses it already.
    #[error("{0:?} suppresses it already")]
    AlreadySuppressed(SuppressCause),
    /// This cause does not suppress it.
    #[error("{0:?} does not suppress it")]
    NotSuppressed(SuppressCause),
    /// The suppression would end before it begins.
    #[error("the suppression would have ended already")]
    EndsInThePast,
    /// It is out of service already.
    #[error("it is out of service already")]
    AlreadyOutOfService,
    /// It is in service already.
    #[error("it is in service already")]
    AlreadyInService,
    /// It is enabled already.
    #[error("it is enabled already")]
    AlreadyEnabled,
    /// It is disabled already.
    #[error("it is disabled already")]
    AlreadyDisabled,
    /// It makes no sound that could be silenced.
    #[error("it does not sound")]
    NotSounding,
    /// It is not latched, or still active or unacknowledged.
    #[error("it cannot be reset: it is not both back and acknowledged, or it does not latch")]
    NotLatched,
}

impl Refusal {
    /// The key of its sentence for people.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Rights { .. } => "refusal.alarm.rights",
            Self::Unknown(_) => "refusal.alarm.unknown",
            Self::ReasonMissing => "refusal.alarm.reason_missing",
            Self::TextTooLong { .. } => "refusal.alarm.text_too_long",
            Self::AlreadyAcknowledged { .. } => "refusal.alarm.already_acknowledged",
            Self::NotAcknowledged => "refusal.alarm.not_acknowledged",
            Self::NothingToConfirm => "refusal.alarm.nothing_to_confirm",
            Self::ShelvingTime { .. } => "refusal.alarm.shelving_time",
            Self::ShelvedTooOften { .. } => "refusal.alarm.shelved_too_often",
            Self::NotShelved => "refusal.alarm.not_shelved",
            Self::AlreadySuppressed(_) => "refusal.alarm.already_suppressed",
            Self::NotSuppressed(_) => "refusal.alarm.not_suppressed",
            Self::EndsInThePast => "refusal.alarm.ends_in_the_past",
            Self::AlreadyOutOfService => "refusal.alarm.already_out_of_service",
            Self::AlreadyInService => "refusal.alarm.already_in_service",
            Self::AlreadyEnabled => "refusal.alarm.already_enabled",
            Self::AlreadyDisabled => "refusal.alarm.already_disabled",
            Self::NotSounding => "refusal.alarm.not_sounding",
            Self::NotLatched => "refusal.alarm.not_latched",
        }
    }
}

impl Condition {
    /// Whether `who` may do `act` now: to `alarm`, or to the newest one when none is named.
    pub fn allowed(
        &self,
        alarm: Option<&AlarmId>,
        act: &Act,
        who: &Operator,
        now: UtcMillis,
    ) -> Result<(), Refusal> {
        check_rights(act, who)?;
        check_text(act)?;
        match act {
            Act::Acknowledge { .. } => self.may_acknowledge(alarm),
            Act::Confirm { .. } => self.may_confirm(alarm),
            Act::Comment { .. } => {
                let is_known = match alarm {
                    Some(id) => self.occurrence(id).is_some(),
                    None => self.open(None).is_some(),
                };
                is_known.then_some(()).ok_or_else(|| self.unknown(alarm))
            }
            Act::Shelve { duration_s, .. } => self.may_shelve(*duration_s, now),
            Act::Unshelve => unless(self.shelving == Node::Unshelved, Refusal::NotShelved),
            Act::Suppress {
                cause, until_ms, ..
            } => self.may_suppress(cause, *until_ms, now),
            Act::Unsuppress { cause } => unless(
                !self.suppressions.contains_key(cause),
                Refusal::NotSuppressed(cause.clone()),
            ),
            Act::TakeOutOfService { .. } => unless(
                self.service == Node::OutOfService,
                Refusal::AlreadyOutOfService,
            ),
            Act::PlaceInService => {
                unless(self.service == Node::InService, Refusal::AlreadyInService)
            }
            Act::Enable => unless(self.enabling == Node::Enabled, Refusal::AlreadyEnabled),
            Act::Disable { .. } => {
                unless(self.enabling == Node::Disabled, Refusal::AlreadyDisabled)
            }
            Act::Silence => unless(self.sounds().is_none(), Refusal::NotSounding),
            Act::Reset { .. } => {
                let mut open = self.current.iter().chain(&self.branches);
                unless(
                    !open.any(|one| one.phase == Node::Latched),
                    Refusal::NotLatched,
                )
            }
        }
    }

    /// The newest activation, if it sounds now: active, unacknowledged, neither silenced nor hidden, and audible by its policy.
    pub fn sounds(&self) -> Option<&Occurrence> {
        let may_sound = self.policy.is_audible && self.hidden().is_none();
        self.current
            .as_ref()
            .filter(|one| may_sound && one.is_calling())
    }

    fn may_acknowledge(&self, alarm: Option<&AlarmId>) -> Result<(), Refusal> {
        let one = self.open(alarm).ok_or_else(|| self.unknown(alarm))?;
        match &one.acknowledged {
            Some(stamp) if !one.phase.is_unacked() => Err(Refusal::AlreadyAcknowledged {
                by: stamp.by.clone(),
            }),
            _ => Ok(()),
        }
    }

    fn may_confirm(&self, alarm: Option<&AlarmId>) -> Result<(), Refusal> {
        let one = self.open(alarm).ok_or_else(|| self.unknown(alarm))?;
        if one.phase.is_unacked() {
            return Err(Refusal::NotAcknowledged);
        }
        let waits = matches!(one.phase, Node::ActiveAcked | Node::ClearedAcked);
        unless(
            !waits || !self.policy.needs_confirm,
            Refusal::NothingToConfirm,
        )
    }

    fn may_shelve(&self, asked_s: u32, now: UtcMillis) -> Result<(), Refusal> {
        let max_s = self.policy.max_time_shelved_s;
        if asked_s == 0 || asked_s > max_s {
            return Err(Refusal::ShelvingTime { asked_s, max_s });
        }
        let times = self.shelvings_before(now);
        unless(
            times >= self.policy.max_times_shelved,
            Refusal::ShelvedTooOften { times },
        )
    }

    fn may_suppress(
        &self,
        cause: &SuppressCause,
        until_ms: Option<i64>,
        now: UtcMillis,
    ) -> Result<(), Refusal> {
        unless(
            until_ms.is_some_and(|until| until <= now.0),
            Refusal::EndsInThePast,
        )?;
        unless(
            self.suppressions.contains_key(cause),
            Refusal::AlreadySuppressed(cause.clone()),
        )
    }

    fn open(&self, alarm: Option<&AlarmId>) -> Option<&Occurrence> {
        let mut open = self.current.iter().chain(self.branches.iter().rev());
        open.find(|one| alarm.is_none_or(|id| one.id == *id))
    }

    fn unknown(&self, alarm: Option<&AlarmId>) -> Refusal {
        Refusal::Unknown(alarm.map_or_else(|| self.id().to_string(), ToString::to_string))
    }
}

fn check_rights(act: &Act, who: &Operator) -> Result<(), Refusal> {
    let needs = act.needs();
    unless(
        who.level < needs,
        Refusal::Rights {
            who: who.name.clone(),
            needs,
        },
    )
}

fn check_text(act: &Act) -> Result<(), Refusal> {
    let text = act.text();
    let needs_text = match act {
        Act::Comment { .. }
        | Act::Shelve { .. }
        | Act::TakeOutOfService { .. }
        | Act::Disable { .. } => true,
        // A group or an alarm says why by itself.
        Act::Suppress { cause, .. } => *cause == SuppressCause::Hand,
        Act::Acknowledge { .. }
        | Act::Confirm { .. }
        | Act::Unshelve
        | Act::Unsuppress { .. }
        | Act::PlaceInService
        | Act::Silence
        | Act::Reset { .. }
        | Act::Enable => false,
    };
    unless(needs_text && text.trim().is_empty(), Refusal::ReasonMissing)?;
    let chars = text.chars().count();
    unless(chars > MAX_TEXT_CHARS, Refusal::TextTooLong { chars })
}

fn unless(is_wrong: bool, refusal: Refusal) -> Result<(), Refusal> {
    if is_wrong { Err(refusal) } else { Ok(()) }
}
