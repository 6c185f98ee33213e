//! Limits, and the alarm that a value beyond them raises.

use crate::{DatastreamId, Severity, ThingId, UtcMillis, thing::identity};
use std::fmt;
use std::sync::Arc;

/// Values that call for a response. A limit that is absent never alarms.
///
/// Rising limits (`above_*`) and falling limits (`below_*`) may be mixed; the worst one met counts.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Limits {
    /// At or above: medium.
    pub above_medium: Option<f64>,
    /// At or above: high.
    pub above_high: Option<f64>,
    /// At or above: critical.
    pub above_critical: Option<f64>,
    /// At or below: medium.
    pub below_medium: Option<f64>,
    /// At or below: high.
    pub below_high: Option<f64>,
}

impl Limits {
    /// The worst severity that `value` meets, with the limit that it met.
    pub fn met_by(&self, value: f64) -> Option<(Severity, f64)> {
        let rising = [
            (Severity::Critical, self.above_critical),
            (Severity::High, self.above_high),
            (Severity::Medium, self.above_medium),
        ];
        let falling = [
            (Severity::High, self.below_high),
            (Severity::Medium, self.below_medium),
        ];
        let up = rising
            .into_iter()
            .find_map(|(severity, limit)| Some((severity, limit.filter(|l| value >= *l)?)));
        let down = falling
            .into_iter()
            .find_map(|(severity, limit)| Some((severity, limit.filter(|l| value <= *l)?)));
        match (up, down) {
            (Some(a), Some(b)) => Some(if a.0 >= b.0 { a } else { b }),
            (a, b) => a.or(b),
        }
    }
}

identity! {
    /// An alarm's identity: the series that raised it and when, so that the same alarm has the same name on every desk.
    AlarmId
}

/// A value that calls for a response now.
#[derive(Clone, Debug, PartialEq)]
pub struct Alarm {
    /// Identity.
    pub id: AlarmId,
    /// The series whose value is beyond its limit.
    pub datastream: DatastreamId,
    /// The device that reports it.
    pub thing: ThingId,
    /// How bad it is at its worst so far.
    pub severity: Severity,
    /// The limit that was met.
    pub limit: f64,
    /// The value that raised it or, while active, the newest one.
    pub value: f64,
    /// When the value first met the limit.
    pub since: UtcMillis,
    /// When the value came back within limits.
    pub cleared_at: Option<UtcMillis>,
    /// When, and by whom, it was acknowledged.
    pub acknowledged: Option<(UtcMillis, String)>,
}

impl Alarm {
    /// True until somebody acknowledged it and the value is back.
    pub fn needs_attention(&self) -> bool {
        self.cleared_at.is_none() || self.acknowledged.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_limit_met_counts() {
        let limits = Limits {
            above_medium: Some(10.0),
            above_high: Some(25.0),
            above_critical: Some(50.0),
            below_medium: Some(1.0),
            ..Limits::default()
        };
        assert_eq!(limits.met_by(5.0), None);
        assert_eq!(limits.met_by(10.0), Some((Severity::Medium, 10.0)));
        assert_eq!(limits.met_by(80.0), Some((Severity::Critical, 50.0)));
        assert_eq!(limits.met_by(0.5), Some((Severity::Medium, 1.0)));
    }
}
