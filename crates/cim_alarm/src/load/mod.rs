//! The load that alarms are on each operator position, as EEMUA 191 and ISA-18.2 measure it, with and without suppression.
//!
//! One pass over what happened, in the order of time. Whatever happened is counted once among all alarms, and once more among the
//! announced ones if nothing hid it: the difference is what suppression saved.

mod meter;
mod targets;
#[cfg(test)]
mod tests;

pub use targets::{LoadTarget, Measure, PRIORITY_MIX_PERCENT, TARGETS, Verdict};

use crate::condition::{ConditionId, Hidden};
use crate::desk::HiddenCounts;
use cim_model::{AlarmId, Severity, UtcMillis};
use meter::Meter;
use std::collections::BTreeMap;
use std::sync::Arc;
use thiserror::Error;

/// The longest stretch that is measured at once, in days.
pub const MAX_DAYS: i64 = 400;

/// How many sources the list of the most frequent ones has.
pub const TOP: usize = 10;

/// Something that happened to an alarm.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadStep {
    /// When.
    pub at: UtcMillis,
    /// At which operator position it is handled.
    pub position: Arc<str>,
    /// Its condition.
    pub condition: ConditionId,
    /// Its name.
    pub alarm: AlarmId,
    /// What.
    pub what: What,
}

/// What happened to an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// It was raised.
    Raised {
        /// How bad.
        severity: Severity,
        /// What hid it from the operator, if anything did.
        hidden: Option<Hidden>,
    },
    /// It came back.
    Cleared,
    /// Somebody acknowledged it.
    Acknowledged,
}

/// The stretch measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Its first moment.
    pub from: UtcMillis,
    /// The moment after its last.
    pub to: UtcMillis,
}

/// Why a load cannot be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum LoadError {
    /// The stretch is empty or too long.
    #[error("a stretch from {from} to {to} is empty or longer than {MAX_DAYS} days")]
    BadSpan {
        /// Its first moment.
        from: UtcMillis,
        /// The moment after its last.
        to: UtcMillis,
    },
}

/// The load on one operator position.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Load {
    /// Of all alarms, as if nothing were hidden.
    pub all: Figures,
    /// Of those that were announced.
    pub announced: Figures,
    /// How many were hidden when they were raised, and why.
    pub hidden: HiddenCounts,
    /// How long half of the acknowledged alarms waited, in seconds.
    pub acknowledge_p50_s: Option<f64>,
    /// How long all but a twentieth of them waited, in seconds.
    pub acknowledge_p95_s: Option<f64>,
}

/// Figures of one set of alarms.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// How many were raised.
    pub raised: u32,
    /// On average in ten minutes.
    pub per_ten_minutes: f64,
    /// On average in an hour.
    pub per_hour: f64,
    /// On average in a day.
    pub per_day: f64,
    /// The most in any ten minutes.
    pub most_in_ten_minutes: u32,
    /// The share of ten-minute periods with more than ten, in percent.
    pub busy_periods_percent: f64,
    /// The share of the time in flood, in percent.
    pub flood_percent: f64,
    /// How many floods there were.
    pub floods: u32,
    /// How many of each severity, from harmless to worst.
    pub by_severity: [u32; 5],
    /// The most frequent conditions with how often they were raised, most first.
    pub top: Vec<(ConditionId, u32)>,
    /// The share of all alarms that these have, in percent.
    pub top_percent: f64,
    /// Conditions that chattered, by name.
    pub chattering: Vec<ConditionId>,
    /// The most alarms that were stale on one day.
    pub stale: u32,
}

impl Figures {
    /// The shares of low, medium, high and critical alarms, in percent; compare [`PRIORITY_MIX_PERCENT`].
    pub fn mix_percent(&self) -> [f64; 4] {
        let [_, low, medium, high, critical] = self.by_severity;
        [low, medium, high, critical].map(|n| percent(f64::from(n), f64::from(self.raised)))
    }

    /// The figure that a target is about.
    pub fn figure(&self, measure: Measure) -> f64 {
        match measure {
            Measure::PerTenMinutes => self.per_ten_minutes,
            Measure::PerHour => self.per_hour,
            Measure::PerDay => self.per_day,
            Measure::MostInTenMinutes => f64::from(self.most_in_ten_minutes),
            Measure::BusyPeriodsPercent => self.busy_periods_percent,
            Measure::FloodPercent => self.flood_percent,
            Measure::TopTenPercent => self.top_percent,
            Measure::Chattering => self.chattering.len() as f64,
            Measure::Stale => f64::from(self.stale),
        }
    }
}

/// The load on each operator position in `span`. Steps come in the order of time; those before the stretch tell what was active
/// when it began, and those after it are passed over.
pub fn figures(
    steps: impl IntoIterator<Item = LoadStep>,
    span: Span,
) -> Result<BTreeMap<Arc<str>, Load>, LoadError> {
    let Span { from, to } = span;
    let length_ms = to.0.saturating_sub(from.0);
    if length_ms <= 0 || length_ms > MAX_DAYS * 24 * 3600 * 1000 {
        return Err(LoadError::BadSpan { from, to });
    }
    let mut positions: BTreeMap<Arc<str>, Meter> = BTreeMap::new();
    for step in steps {
        if step.at >= to {
            continue;
        }
        let meter = positions
            .entry(step.position.clone())
            .or_insert_with(|| Meter::new(span));
        meter.take(&step);
    }
    let loads = positions
        .into_iter()
        .map(|(position, meter)| (position, meter.finish()));
    Ok(loads.collect())
}

fn percent(part: f64, whole: f64) -> f64 {
    if whole > 0.0 {
        100.0 * part / whole
    } else {
        0.0
    }
}
