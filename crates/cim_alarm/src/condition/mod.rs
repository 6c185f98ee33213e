//! One condition as OPC UA Part 9 has it: its names, what may happen to it, and its state.

mod act;
mod allowed;
mod occurrence;
mod state;
mod table;
#[cfg(test)]
mod tests;

pub use act::{Act, Became, Input, Level, Operator, ShelveKind, Step, SuppressCause};
pub use allowed::{MAX_TEXT_CHARS, Refusal};
pub use occurrence::{Comment, MAX_COMMENTS, Occurrence, Stamp};
pub use state::{
    Condition, Hidden, MAX_BRANCHES, MAX_PAST, Note, SHELVINGS_WITHIN_S, Shelved, Suppression,
};
pub use table::{Guard, Node, Region, TRANSITIONS, Transition, Trigger, diagram, next};

use cim_model::{AlarmId, DatastreamId, UtcMillis};
use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

/// The name of a condition: one rule at one subject.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConditionId(pub Arc<str>);

impl ConditionId {
    /// The condition spelt `text`.
    pub fn new(text: impl AsRef<str>) -> Self {
        Self(Arc::from(text.as_ref()))
    }

    /// The condition of a series' own limits: called by the series alone, so that alarms of earlier caches keep their names.
    pub fn of_series(series: &DatastreamId) -> Self {
        Self(series.0.clone())
    }

    /// The condition of a written rule at a subject: `rule:<rule>/<subject>`.
    pub fn of_rule(rule: &str, subject: &str) -> Self {
        Self(format!("rule:{rule}/{subject}").into())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of the alarm that begins at `since`: the same on every desk.
    pub fn alarm(&self, since: UtcMillis) -> AlarmId {
        AlarmId::new(format!("{self}@{}", since.0))
    }
}

impl fmt::Display for ConditionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Borrow<str> for ConditionId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// The condition of an alarm called `<condition>@<since>`, and its first moment; `None` for any other text.
pub fn condition_of(alarm: &AlarmId) -> Option<(ConditionId, UtcMillis)> {
    let (condition, since) = alarm.as_str().rsplit_once('@')?;
    let since = since.parse().ok()?;
    (!condition.is_empty()).then(|| (ConditionId::new(condition), UtcMillis(since)))
}

/// What holds for a condition as long as its rule says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// A second person's or a later look must confirm that what was to be done is done.
    pub needs_confirm: bool,
    /// It waits for a reset after it is back.
    pub latches: bool,
    /// It rings again when it has been active for so long since it last rang (ReAlarmTime); never when absent.
    pub re_alarm_s: Option<u32>,
    /// The longest time that it may be shelved at once (MaxTimeShelved); one-shot shelving ends then, too.
    pub max_time_shelved_s: u32,
    /// How often it may be shelved within [`SHELVINGS_WITHIN_S`].
    pub max_times_shelved: u32,
    /// It may sound (AudibleEnabled).
    pub is_audible: bool,
}

impl Default for Policy {
    /// Neither confirmed nor latched; shelved for at most eight hours at once and three times a day, so that nothing stays away for
    /// longer than a shift without somebody saying so again.
    fn default() -> Self {
        Self {
            needs_confirm: false,
            latches: false,
            re_alarm_s: None,
            max_time_shelved_s: 8 * 3600,
            max_times_shelved: 3,
            is_audible: true,
        }
    }
}
