//! What the load on one operator position should be and must not exceed.

/// A figure of the load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// Announced alarms in ten minutes, on average.
    PerTenMinutes,
    /// Announced alarms in an hour, on average.
    PerHour,
    /// Announced alarms in a day, on average.
    PerDay,
    /// The most alarms in any ten minutes.
    MostInTenMinutes,
    /// The share of ten-minute periods with more than ten alarms, in percent.
    BusyPeriodsPercent,
    /// The share of the time in flood, in percent.
    FloodPercent,
    /// The share of all alarms that the ten most frequent sources have, in percent.
    TopTenPercent,
    /// Conditions that chattered.
    Chattering,
    /// The most stale alarms on any day.
    Stale,
}

/// What a measure should be, and what it must not exceed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LoadTarget {
    /// The measure.
    pub measure: Measure,
    /// At most this is good.
    pub target: f64,
    /// More than this is too much.
    pub limit: f64,
    /// Where it is from.
    pub source: &'static str,
}

/// How a figure stands to its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Within the target.
    Good,
    /// Beyond the target, within the limit.
    Strained,
    /// Beyond the limit.
    TooMuch,
}

impl LoadTarget {
    /// How `figure` stands to this target.
    pub fn verdict(&self, figure: f64) -> Verdict {
        if figure <= self.target {
            Verdict::Good
        } else if figure <= self.limit {
            Verdict::Strained
        } else {
            Verdict::TooMuch
        }
    }
}

const ISA: &str = "ISA-18.2-2016 / IEC 62682, performance metrics";

const fn target(measure: Measure, target: f64, limit: f64, source: &'static str) -> LoadTarget {
    LoadTarget {
        measure,
        target,
        limit,
        source,
    }
}

/// Every target, for one operator position over at least thirty days.
pub const TARGETS: [LoadTarget; 9] = [
    target(Measure::PerTenMinutes, 1.0, 2.0, ISA),
    target(Measure::PerHour, 6.0, 12.0, ISA),
    target(Measure::PerDay, 150.0, 300.0, "ISA-18.2-2009 / EEMUA 191"),
    target(Measure::MostInTenMinutes, 10.0, 10.0, ISA),
    target(Measure::BusyPeriodsPercent, 1.0, 1.0, ISA),
    target(Measure::FloodPercent, 1.0, 1.0, ISA),
    target(Measure::TopTenPercent, 1.0, 5.0, ISA),
    target(Measure::Chattering, 0.0, 0.0, ISA),
    target(Measure::Stale, 4.0, 4.0, ISA),
];

/// The share of low, medium, high and critical alarms that is good, in percent (ISA-18.2-2016 for four priorities: 80/15/5/<1).
pub const PRIORITY_MIX_PERCENT: [f64; 4] = [80.0, 15.0, 5.0, 1.0];
