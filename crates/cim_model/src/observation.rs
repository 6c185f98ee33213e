//! One measured value, how good it is, and how bad it is.

use crate::{DatastreamId, UtcMillis};

/// One value of one datastream at one moment (SensorThings 1.1, clause 8.2.7 "Observation").
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// The series that it belongs to.
    pub datastream: DatastreamId,
    /// When the value held in the city (`phenomenonTime`; its end when it is an interval).
    pub happened_at: UtcMillis,
    /// The value, in the datastream's unit.
    pub value: f64,
    /// How far it can be trusted.
    pub quality: Quality,
}

/// How far a value can be trusted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Quality {
    /// As measured.
    #[default]
    Good,
    /// The source itself doubts it.
    Suspect,
    /// Filled in, not measured.
    Estimated,
}

/// The value of a datastream at the clock's moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// When the value held in the city.
    pub happened_at: UtcMillis,
    /// The value, in the datastream's unit.
    pub value: f64,
    /// How far it can be trusted.
    pub quality: Quality,
}

/// How bad something is. Severities order from harmless to worst.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Nothing to report.
    #[default]
    Normal,
    /// 提示: worth a note.
    Low,
    /// 一般: handle in turn.
    Medium,
    /// 重要: handle soon.
    High,
    /// 紧急: handle now.
    Critical,
}

impl Severity {
    /// All severities that count as alarms, worst first.
    pub const ALARMING: [Self; 4] = [Self::Critical, Self::High, Self::Medium, Self::Low];
}

/// How old a value is, measured against how often its source promises to report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Freshness {
    /// Reported within three of its periods.
    Fresh,
    /// Reported, but longer ago than three periods.
    Late,
    /// Never reported, or longer ago than ten periods.
    #[default]
    Missing,
}

impl Freshness {
    /// The freshness of a value that is `age_s` seconds old, from a source that promised one every `period_s` seconds.
    #[inline]
    pub fn of_age(age_s: f64, period_s: f64) -> Self {
        // A second of grace: clocks of hub and desk are never quite equal.
        if age_s <= 3.0 * period_s + 1.0 {
            Self::Fresh
        } else if age_s <= 10.0 * period_s + 1.0 {
            Self::Late
        } else {
            Self::Missing
        }
    }
}

/// Quality and freshness of a value in one word, best first: what a person must know before they trust it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum QualityWord {
    /// As measured, and in time.
    Good,
    /// Filled in or assumed, not measured.
    Estimated,
    /// As measured, but longer ago than it should be.
    Late,
    /// The source itself doubts it.
    Suspect,
    /// There is none, or none that still says anything.
    #[default]
    Missing,
}

impl QualityWord {
    /// The worst that can be said of a value of this quality and freshness.
    pub fn of(quality: Quality, freshness: Freshness) -> Self {
        let by_quality = Self::from(quality);
        let by_age = match freshness {
            Freshness::Fresh => Self::Good,
            Freshness::Late => Self::Late,
            Freshness::Missing => Self::Missing,
        };
        by_quality.max(by_age)
    }
}

impl From<Quality> for QualityWord {
    fn from(quality: Quality) -> Self {
        match quality {
            Quality::Good => Self::Good,
            Quality::Suspect => Self::Suspect,
            Quality::Estimated => Self::Estimated,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_that_can_be_said_of_a_value_is_said() {
        for (quality, freshness, word) in [
            (Quality::Good, Freshness::Fresh, QualityWord::Good),
            (Quality::Estimated, Freshness::Fresh, QualityWord::Estimated),
            (Quality::Estimated, Freshness::Late, QualityWord::Late),
            (Quality::Suspect, Freshness::Late, QualityWord::Suspect),
            (Quality::Suspect, Freshness::Missing, QualityWord::Missing),
        ] {
            assert_eq!(QualityWord::of(quality, freshness), word);
        }
    }

    #[test]
    fn a_value_ages_by_its_own_period() {
        assert_eq!(Freshness::of_age(2.0, 1.0), Freshness::Fresh);
        assert_eq!(Freshness::of_age(6.0, 1.0), Freshness::Late);
        assert_eq!(Freshness::of_age(60.0, 1.0), Freshness::Missing);
        assert_eq!(Freshness::of_age(60.0, 3600.0), Freshness::Fresh);
    }
}
