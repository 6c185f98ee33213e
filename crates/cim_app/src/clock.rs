//! Which moment the desk shows: what the UI may ask for, and where a recording begins.

use crate::{error::AppError, wire::ClockDto};
use cim_model::{Clock, UtcMillis};

/// The fastest that the past may play, seconds of city time per second.
pub const MAX_RATE: f64 = 3_600.0;

/// How much of a recording is in front of the person when it opens, seconds.
pub(crate) const RECORDING_LEAD_S: f64 = 2.0 * 3_600.0;

/// The clock that the UI asks for, set at wall time `now`.
pub(crate) fn clock_from_dto(asked: ClockDto, now: UtcMillis) -> Result<Clock, AppError> {
    match asked {
        ClockDto::Live => Ok(Clock::Live),
        // Nobody knows the future: a moment ahead of now is now, standing still.
        ClockDto::At { time } => Ok(Clock::At(UtcMillis(time).min(now))),
        ClockDto::Playing { from, rate, until } => {
            if !(rate.is_finite() && rate > 0.0 && rate <= MAX_RATE) {
                return Err(AppError::BadRequest {
                    what: "the rate of playing",
                    found: rate.to_string(),
                    reason: "it lies above 0 and is at most 3600",
                });
            }
            let until = UtcMillis(until).min(now);
            if until.0 <= from {
                return Err(AppError::BadRequest {
                    what: "the end of playing",
                    found: until.0.to_string(),
                    reason: "it lies after the beginning",
                });
            }
            Ok(Clock::Playing {
                from: UtcMillis(from),
                since: now,
                rate,
                until,
            })
        }
    }
}

/// The clock as the UI is told of it.
pub(crate) fn dto_from_clock(clock: Clock) -> ClockDto {
    match clock {
        Clock::Live => ClockDto::Live,
        Clock::At(time) => ClockDto::At { time: time.0 },
        Clock::Playing {
            from, rate, until, ..
        } => ClockDto::Playing {
            from: from.0,
            rate,
            until: until.0,
        },
    }
}

/// The clock once its playing is over: it stands where it stopped.
pub(crate) fn settled(clock: Clock, now: UtcMillis) -> Clock {
    match clock {
        Clock::Playing { until, .. } if clock.moment(now) >= until => Clock::At(until),
        running => running,
    }
}

/// Where a recording opens: at its beginning, or two hours before its end when it is longer.
pub(crate) fn start_of_recording(oldest: UtcMillis, newest: UtcMillis) -> Clock {
    Clock::At(oldest.max(newest.plus_seconds(-RECORDING_LEAD_S)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UtcMillis = UtcMillis(10_000_000);

    fn playing(from: i64, rate: f64, until: i64) -> Result<Clock, AppError> {
        clock_from_dto(ClockDto::Playing { from, rate, until }, NOW)
    }

    #[test]
    fn nobody_can_look_ahead_of_now() {
        let ahead = clock_from_dto(ClockDto::At { time: NOW.0 + 5 }, NOW);
        assert_eq!(ahead.ok(), Some(Clock::At(NOW)));
        let until = playing(0, 1.0, NOW.0 + 5).ok();
        assert_eq!(
            until,
            Some(Clock::Playing {
                from: UtcMillis(0),
                since: NOW,
                rate: 1.0,
                until: NOW
            })
        );
    }

    #[test]
    fn playing_needs_a_rate_and_an_end_that_make_sense() {
        assert!(playing(0, 60.0, 1_000).is_ok());
        for (from, rate, until) in [
            (0, 0.0, 1_000),
            (0, -1.0, 1_000),
            (0, f64::NAN, 1_000),
            (0, 1e9, 1_000),
            (1_000, 1.0, 1_000),
        ] {
            assert!(playing(from, rate, until).is_err(), "{from} {rate} {until}");
        }
    }

    #[test]
    fn what_has_played_to_its_end_stands_there() {
        let clock = Clock::Playing {
            from: UtcMillis(0),
            since: NOW,
            rate: 10.0,
            until: UtcMillis(10_000),
        };
        assert_eq!(settled(clock, NOW.plus_seconds(0.5)), clock);
        assert_eq!(
            settled(clock, NOW.plus_seconds(1.0)),
            Clock::At(UtcMillis(10_000))
        );
    }

    #[test]
    fn a_long_recording_opens_two_hours_before_its_end() {
        let hour = 3_600_000;
        assert_eq!(
            start_of_recording(UtcMillis(0), UtcMillis(hour)),
            Clock::At(UtcMillis(0))
        );
        assert_eq!(
            start_of_recording(UtcMillis(0), UtcMillis(9 * hour)),
            Clock::At(UtcMillis(7 * hour))
        );
    }
}
