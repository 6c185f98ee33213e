//! The clock of one phase: when it began, when it stood still, when it ended.

use super::{Allowance, Measure};
use crate::calendar::Calendar;
use cim_model::UtcMillis;

const MINUTE_MS: i64 = 60_000;

/// A stretch in which a clock stood still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    /// From when.
    pub from: UtcMillis,
    /// Until when; none while it still stands.
    pub until: Option<UtcMillis>,
}

/// The clock of one phase of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhaseClock {
    /// When it began.
    pub started_at: UtcMillis,
    /// When it stood still, in order.
    pub stops: Vec<Stop>,
    /// When the phase was over.
    pub ended_at: Option<UtcMillis>,
    /// How much more time was given, minutes in the phase's own measure.
    pub extra_minutes: u32,
}

impl PhaseClock {
    /// A clock that begins at `at`.
    pub fn new(at: UtcMillis) -> Self {
        Self {
            started_at: at,
            stops: Vec::new(),
            ended_at: None,
            extra_minutes: 0,
        }
    }

    /// True while it neither stands still nor is over.
    pub fn is_running(&self) -> bool {
        self.ended_at.is_none() && self.open_stop().is_none()
    }

    fn open_stop(&self) -> Option<Stop> {
        self.stops
            .last()
            .copied()
            .filter(|stop| stop.until.is_none())
    }

    /// It stands still from `at`.
    pub(crate) fn stop(&mut self, at: UtcMillis) {
        if self.is_running() {
            self.stops.push(Stop {
                from: at,
                until: None,
            });
        }
    }

    /// It goes on from `at`.
    pub(crate) fn go(&mut self, at: UtcMillis) {
        if let Some(stop) = self.stops.last_mut()
            && stop.until.is_none()
            && self.ended_at.is_none()
        {
            stop.until = Some(at);
        }
    }

    /// The phase is over at `at`, or since it has stood still.
    pub(crate) fn end(&mut self, at: UtcMillis) {
        if self.ended_at.is_none() {
            let stopped = self.open_stop();
            if stopped.is_some() {
                self.stops.pop();
            }
            self.ended_at = Some(stopped.map_or(at, |stop| stop.from));
        }
    }

    /// How much of it was used by `now`, milliseconds in the measure of `allowance`.
    pub(crate) fn used_ms(&self, allowance: Allowance, calendar: &Calendar, now: UtcMillis) -> i64 {
        let until = self.ended_at.unwrap_or(now).min(now.max(self.started_at));
        let mut used = 0;
        let mut from = self.started_at;
        for stop in &self.stops {
            used += between(allowance.measure, calendar, from, stop.from.min(until));
            from = stop.until.unwrap_or(until);
        }
        used + between(allowance.measure, calendar, from, until)
    }

    /// When `share` of what is allowed will be used, or was; `None` while it stands still before that.
    pub(crate) fn reaches(
        &self,
        allowance: Allowance,
        calendar: &Calendar,
        share: f64,
    ) -> Option<UtcMillis> {
        let mut left = (self.allowed_ms(allowance) as f64 * share).round() as i64;
        let mut from = self.started_at;
        for stop in &self.stops {
            let ran = between(allowance.measure, calendar, from, stop.from);
            if ran >= left {
                break;
            }
            left -= ran;
            from = stop.until?;
        }
        Some(match allowance.measure {
            Measure::Clock => UtcMillis(from.0.saturating_add(left)),
            Measure::Working => calendar.after_working_ms(from, left),
        })
    }

    /// How much is allowed with what was given on top, milliseconds.
    pub(crate) fn allowed_ms(&self, allowance: Allowance) -> i64 {
        allowance
            .ms
            .saturating_add(i64::from(self.extra_minutes) * MINUTE_MS)
    }
}

fn between(measure: Measure, calendar: &Calendar, from: UtcMillis, until: UtcMillis) -> i64 {
    match measure {
        Measure::Clock => until.0.saturating_sub(from.0).max(0),
        Measure::Working => calendar.working_between_ms(from, until),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::tests::china;

    const HOUR: Allowance = Allowance {
        ms: 60 * MINUTE_MS,
        measure: Measure::Clock,
    };

    fn minute(minute: i64) -> UtcMillis {
        UtcMillis(minute * MINUTE_MS)
    }

    #[test]
    fn a_clock_counts_what_lies_between_its_stops() {
        let china = china();
        let mut clock = PhaseClock::new(minute(0));
        clock.stop(minute(30));
        clock.stop(minute(35));
        assert_eq!(clock.reaches(HOUR, &china, 1.0), None, "it stands still");
        assert_eq!(clock.reaches(HOUR, &china, 0.25), Some(minute(15)));
        assert_eq!(clock.used_ms(HOUR, &china, minute(90)), 30 * MINUTE_MS);
        clock.go(minute(100));
        clock.go(minute(120));
        assert_eq!(clock.reaches(HOUR, &china, 1.0), Some(minute(130)));
        assert_eq!(clock.used_ms(HOUR, &china, minute(110)), 40 * MINUTE_MS);
        assert_eq!(clock.used_ms(HOUR, &china, minute(10)), 10 * MINUTE_MS);
    }

    #[test]
    fn a_clock_that_stood_still_ended_when_it_stopped() {
        let china = china();
        let mut clock = PhaseClock::new(minute(0));
        clock.stop(minute(20));
        clock.end(minute(90));
        clock.end(minute(95));
        assert_eq!(clock.ended_at, Some(minute(20)));
        assert_eq!(clock.used_ms(HOUR, &china, minute(500)), 20 * MINUTE_MS);
        assert!(!clock.is_running());
    }

    #[test]
    fn more_time_moves_the_deadline() {
        let mut clock = PhaseClock::new(minute(0));
        clock.extra_minutes = 30;
        assert_eq!(clock.reaches(HOUR, &china(), 1.0), Some(minute(90)));
    }
}
