//! Which moment everybody looks at.

use crate::UtcMillis;
use std::sync::Arc;

/// The one clock of a desk: live, a past moment, a stretch of the past that plays, or a moment of a branch.
///
/// Whatever draws or lists asks for the state *at the clock's time*; live and playback are the same program.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Clock {
    /// Now, as the hub reports it.
    #[default]
    Live,
    /// One past moment, standing still.
    At(UtcMillis),
    /// A stretch of the past that plays.
    Playing {
        /// The moment shown when playing began.
        from: UtcMillis,
        /// When playing began, in wall time.
        since: UtcMillis,
        /// Seconds of city time per second of wall time; backwards when negative.
        rate: f64,
        /// The earliest moment that is shown; backwards, playing stops here.
        start: UtcMillis,
        /// Where playing stops, or begins again when it loops.
        until: UtcMillis,
        /// True when it plays `[start, until)` over and over.
        looping: bool,
    },
    /// A moment of a branch: the past up to where it leaves, then what was assumed.
    Branch {
        /// The branch.
        id: Arc<str>,
        /// The moment, standing still.
        at: UtcMillis,
    },
}

impl Clock {
    /// The moment to show at wall time `now`. While playing it always lies in its stretch, whatever the wall clock does.
    pub fn moment(&self, now: UtcMillis) -> UtcMillis {
        match self {
            Self::Live => now,
            Self::At(moment) | Self::Branch { at: moment, .. } => *moment,
            Self::Playing {
                from,
                since,
                rate,
                start,
                until,
                looping,
            } => {
                let played = UtcMillis(from.0.saturating_add(played_ms(*since, now, *rate)));
                if *looping {
                    wrapped(played, *start, *until)
                } else {
                    // Not `clamp`: it panics when a stretch is turned around.
                    played.min(*until).max(*start)
                }
            }
        }
    }

    /// True when the person sees the present.
    pub fn is_live(&self) -> bool {
        matches!(self, Self::Live)
    }

    /// True while the moment moves by itself through the past.
    pub fn is_playing(&self) -> bool {
        matches!(self, Self::Playing { .. })
    }

    /// True when a stretch that does not loop has played to its end: to the start of it, when it plays backwards.
    pub fn has_ended(&self, now: UtcMillis) -> bool {
        let Self::Playing {
            rate,
            start,
            until,
            looping: false,
            ..
        } = self
        else {
            return false;
        };
        let moment = self.moment(now);
        if *rate < 0.0 {
            moment <= *start
        } else {
            moment >= *until
        }
    }

    /// The same clock after the wall clock was set from `before` to `now`: what plays goes on where it was.
    #[must_use]
    pub fn after_jump(self, before: UtcMillis, now: UtcMillis) -> Self {
        let moment = self.moment(before);
        match self {
            Self::Playing {
                rate,
                start,
                until,
                looping,
                ..
            } => Self::Playing {
                from: moment,
                since: now,
                rate,
                start,
                until,
                looping,
            },
            standing => standing,
        }
    }
}

/// How much city time has played, milliseconds. A wall clock that was put back has played nothing.
fn played_ms(since: UtcMillis, now: UtcMillis, rate: f64) -> i64 {
    let wall_ms = now.0.saturating_sub(since.0).max(0);
    // Exact for whole rates: a century in milliseconds times 1 000 lies below 2^53.
    (wall_ms as f64 * rate).floor() as i64
}

/// `moment` folded into `[start, until)`.
fn wrapped(moment: UtcMillis, start: UtcMillis, until: UtcMillis) -> UtcMillis {
    let span = until.0.saturating_sub(start.0);
    if span <= 0 {
        return start;
    }
    let into = moment.0.saturating_sub(start.0).rem_euclid(span);
    UtcMillis(start.0.saturating_add(into))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGAN: UtcMillis = UtcMillis(1_000_000);
    const TEN_YEARS_MS: i64 = 10 * 365 * 86_400_000;

    fn playing(from: i64, rate: f64, looping: bool) -> Clock {
        Clock::Playing {
            from: UtcMillis(from),
            since: BEGAN,
            rate,
            start: UtcMillis(10_000),
            until: UtcMillis(90_000),
            looping,
        }
    }

    /// The moment `wall_ms` after playing began.
    #[track_caller]
    fn check(clock: &Clock, wall_ms: i64, expected: i64) {
        assert_eq!(
            clock.moment(UtcMillis(BEGAN.0 + wall_ms)),
            UtcMillis(expected),
            "{clock:?} after {wall_ms} ms"
        );
    }

    #[test]
    fn a_playing_clock_runs_at_its_rate_and_stands_at_the_end() {
        let clock = playing(20_000, 60.0, false);
        check(&clock, 0, 20_000);
        check(&clock, 1, 20_060);
        check(&clock, 1_000, 80_000);
        check(&clock, 9_000, 90_000);
        assert!(!clock.has_ended(UtcMillis(BEGAN.0 + 1_166)));
        assert!(clock.has_ended(UtcMillis(BEGAN.0 + 1_167)));
    }

    #[test]
    fn a_thousand_times_as_fast_is_exact_to_the_millisecond() {
        let clock = Clock::Playing {
            from: UtcMillis(1_700_000_000_123),
            since: BEGAN,
            rate: 1_000.0,
            start: UtcMillis(0),
            until: UtcMillis(i64::MAX),
            looping: false,
        };
        check(&clock, 86_399_999, 1_700_000_000_123 + 86_399_999_000);
    }

    #[test]
    fn backwards_it_stands_at_the_start() {
        let clock = playing(50_000, -2.0, false);
        check(&clock, 1_000, 48_000);
        check(&clock, 20_000, 10_000);
        check(&clock, 500_000, 10_000);
        assert!(clock.has_ended(UtcMillis(BEGAN.0 + 20_000)));
        assert!(!clock.has_ended(UtcMillis(BEGAN.0 + 19_999)));
    }

    #[test]
    fn a_loop_wraps_at_both_ends_and_never_ends() {
        let ahead = playing(80_000, 10.0, true);
        check(&ahead, 999, 89_990);
        check(&ahead, 1_000, 10_000);
        check(&ahead, 9_000, 10_000);
        check(&ahead, 9_500, 15_000);
        let back = playing(20_000, -10.0, true);
        check(&back, 1_000, 10_000);
        check(&back, 1_001, 89_990);
        assert!(!ahead.has_ended(UtcMillis(i64::MAX)));
    }

    #[test]
    fn a_loop_without_length_stands() {
        let clock = Clock::Playing {
            from: UtcMillis(5),
            since: BEGAN,
            rate: 1.0,
            start: UtcMillis(5),
            until: UtcMillis(5),
            looping: true,
        };
        check(&clock, 1_000, 5);
    }

    #[test]
    fn a_wall_clock_that_jumps_never_throws_the_moment_out_of_its_stretch() {
        let jumps = [3_600_000, -3_600_000, TEN_YEARS_MS, -TEN_YEARS_MS];
        for looping in [false, true] {
            for rate in [1_000.0, 1.0, -60.0] {
                let clock = playing(20_000, rate, looping);
                for jump in jumps {
                    let moment = clock.moment(UtcMillis(BEGAN.0 + jump)).0;
                    assert!((10_000..=90_000).contains(&moment), "{clock:?} {jump}");
                }
                for now in [i64::MIN, i64::MAX] {
                    let moment = clock.moment(UtcMillis(now)).0;
                    assert!((10_000..=90_000).contains(&moment), "{clock:?} at {now}");
                }
            }
        }
    }

    #[test]
    fn after_a_jump_of_the_wall_clock_playing_goes_on_where_it_was() {
        let before = UtcMillis(BEGAN.0 + 500);
        for jump in [3_600_000, -3_600_000, TEN_YEARS_MS, -TEN_YEARS_MS] {
            let now = UtcMillis(before.0 + jump);
            let clock = playing(20_000, 60.0, false).after_jump(before, now);
            assert_eq!(clock.moment(now), UtcMillis(50_000));
            assert_eq!(clock.moment(UtcMillis(now.0 + 100)), UtcMillis(56_000));
        }
    }

    #[test]
    fn a_branch_stands_at_its_moment() {
        let clock = Clock::Branch {
            id: Arc::from("b1"),
            at: UtcMillis(7),
        };
        check(&clock, 60_000, 7);
        assert!(!clock.is_live() && !clock.is_playing());
    }
}
