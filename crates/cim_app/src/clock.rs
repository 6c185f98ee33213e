//! Which moment the desk shows: what the UI may ask for, and where a recording begins.

use crate::{error::AppError, wire::ClockDto};
use cim_model::{Clock, UtcMillis};
use std::sync::Arc;

/// The fastest that the past may play, seconds of city time per second.
pub const MAX_RATE: f64 = 1_000.0;

/// The fastest that it may play backwards.
pub const MAX_RATE_BACK: f64 = 60.0;

/// How much of a recording is in front of the person when it opens, seconds.
pub(crate) const RECORDING_LEAD_S: f64 = 2.0 * 3_600.0;

/// The clock that the UI asks for, set at wall time `now`.
pub(crate) fn clock_from_dto(asked: ClockDto, now: UtcMillis) -> Result<Clock, AppError> {
    match asked {
        ClockDto::Live => Ok(Clock::Live),
        // Nobody knows the future: a moment ahead of now is now, standing still.
        ClockDto::At { time } => Ok(Clock::At(UtcMillis(time).min(now))),
        ClockDto::Playing {
            from,
            rate,
            start,
            until,
            looping,
        } => {
            check_rate(rate)?;
            let until = UtcMillis(until).min(now);
            let start = UtcMillis(start);
            if until <= start {
                return Err(AppError::BadRequest {
                    what: "the end of playing",
                    found: until.0.to_string(),
                    reason: "it lies after the start",
                });
            }
            let from = UtcMillis(from);
            if from < start || from > until || (!looping && is_at_end(from, rate, start, until)) {
                return Err(AppError::BadRequest {
                    what: "the moment where playing begins",
                    found: from.0.to_string(),
                    reason: "it lies in the stretch, and not at its end",
                });
            }
            Ok(Clock::Playing {
                from,
                since: now,
                rate,
                start,
                until,
                looping,
            })
        }
        ClockDto::Branch { id, time } => Ok(Clock::Branch {
            id: Arc::from(id),
            at: UtcMillis(time),
        }),
    }
}

fn check_rate(rate: f64) -> Result<(), AppError> {
    if rate.is_finite() && rate != 0.0 && (-MAX_RATE_BACK..=MAX_RATE).contains(&rate) {
        return Ok(());
    }
    Err(AppError::BadRequest {
        what: "the rate of playing",
        found: rate.to_string(),
        reason: "it lies between -60 and 1000, and is not 0",
    })
}

/// True when nothing is left to play in that direction.
fn is_at_end(from: UtcMillis, rate: f64, start: UtcMillis, until: UtcMillis) -> bool {
    if rate < 0.0 {
        from <= start
    } else {
        from >= until
    }
}

/// The clock as the UI is told of it.
pub(crate) fn dto_from_clock(clock: &Clock) -> ClockDto {
    match clock {
        Clock::Live => ClockDto::Live,
        Clock::At(time) => ClockDto::At { time: time.0 },
        Clock::Playing {
            from,
            rate,
            start,
            until,
            looping,
            ..
        } => ClockDto::Playing {
            from: from.0,
            rate: *rate,
            start: start.0,
            until: until.0,
            looping: *looping,
        },
        Clock::Branch { id, at } => ClockDto::Branch {
            id: id.to_string(),
            time: at.0,
        },
    }
}

/// The clock once its playing is over: it stands where it stopped. `None` while it goes on.
pub(crate) fn settled(clock: &Clock, now: UtcMillis) -> Option<Clock> {
    clock.has_ended(now).then(|| Clock::At(clock.moment(now)))
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
        clock_from_dto(
            ClockDto::Playing {
                from,
                rate,
                start: 0,
                until,
                looping: false,
            },
            NOW,
        )
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
                start: UtcMillis(0),
                until: NOW,
                looping: false,
            })
        );
    }

    #[test]
    fn playing_needs_a_rate_and_a_stretch_that_make_sense() {
        for (from, rate, until) in [(0, 60.0, 1_000), (0, 1_000.0, 1_000), (1_000, -60.0, 1_000)] {
            assert!(playing(from, rate, until).is_ok(), "{from} {rate} {until}");
        }
        for (from, rate, until) in [
            (0, 0.0, 1_000),
            (0, -1.0, 1_000),
            (0, f64::NAN, 1_000),
            (0, 1_001.0, 1_000),
            (500, -61.0, 1_000),
            (1_000, 1.0, 1_000),
            (2_000, 1.0, 1_000),
            (0, 1.0, 0),
        ] {
            assert!(playing(from, rate, until).is_err(), "{from} {rate} {until}");
        }
    }

    #[test]
    fn what_has_played_to_its_end_stands_there() {
        let clock = playing(0, 10.0, 10_000).expect("a stretch");
        assert_eq!(settled(&clock, NOW.plus_seconds(0.5)), None);
        assert_eq!(
            settled(&clock, NOW.plus_seconds(1.0)),
            Some(Clock::At(UtcMillis(10_000)))
        );
        let back = playing(5_000, -10.0, 10_000).expect("a stretch");
        assert_eq!(
            settled(&back, NOW.plus_seconds(1.0)),
            Some(Clock::At(UtcMillis(0)))
        );
    }

    #[test]
    fn what_the_ui_asks_for_is_what_it_is_told() {
        for asked in [
            ClockDto::Live,
            ClockDto::At { time: 5 },
            ClockDto::Playing {
                from: 5,
                rate: -2.5,
                start: 0,
                until: 9,
                looping: true,
            },
            ClockDto::Branch {
                id: "b1".to_owned(),
                time: 7,
            },
        ] {
            let clock = clock_from_dto(asked.clone(), NOW).expect("a clock");
            assert_eq!(dto_from_clock(&clock), asked);
        }
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
