//! What evaluation says: a condition became active, worse, or inactive.

use cim_model::{AlarmId, Severity, UtcMillis};
use std::sync::Arc;

/// What happened to a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// It became active.
    Raised,
    /// It is active and met a worse level.
    Worsened,
    /// It is active no more.
    Cleared,
}

/// What kind of condition it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A value beyond a limit (OPC UA Part 9, 5.8.18 "LimitAlarm").
    Limit,
    /// A value that changed too fast (OPC UA Part 9, 5.8.22 "RateOfChangeAlarm").
    Rate,
    /// A value away from what is expected (OPC UA Part 9, 5.8.21 "DeviationAlarm").
    Deviation,
    /// Values that stand still.
    Stuck,
    /// Values that do not come.
    Missing,
    /// A thing in, out of, or long in a fence.
    Fence,
    /// Many of a kind at once.
    Count,
    /// Other conditions together.
    Combination,
}

impl Cause {
    /// The word used in files and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Limit => "limits",
            Self::Rate => "rate",
            Self::Deviation => "deviation",
            Self::Stuck => "stuck",
            Self::Missing => "missing",
            Self::Fence => "fence",
            Self::Count => "count",
            Self::Combination => "combination",
        }
    }
}

/// Something happened to a condition.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The condition: the datastream's identity for its own limits, else `rule:<rule>/<subject>`.
    pub condition: Arc<str>,
    /// The rule's place in the set; nothing for a datastream's own limits.
    pub rule: Option<u32>,
    /// The series that it watches, by its row in the catalogue; nothing where it watches a thing or an area.
    pub series: Option<u32>,
    /// The thing that it is about, by its place in the catalogue; nothing where it is about an area.
    pub thing: Option<u32>,
    /// What happened.
    pub kind: ChangeKind,
    /// How bad it is at its worst so far.
    pub severity: Severity,
    /// The figure that met the level or came back: a value, a change, seconds, a number of conditions.
    pub value: f64,
    /// The level that was met, in the figure's unit.
    pub limit: f64,
    /// When it happened.
    pub at: UtcMillis,
    /// When the condition became active.
    pub since: UtcMillis,
    /// What kind of condition it is.
    pub cause: Cause,
}

impl Change {
    /// The alarm's name, the same on every desk: `<condition>@<since ms>`.
    pub fn alarm_id(&self) -> AlarmId {
        AlarmId::new(format!("{}@{}", self.condition, self.since.0))
    }
}
