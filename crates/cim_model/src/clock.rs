//! Which moment everybody looks at.

use crate::UtcMillis;

/// The one clock of a desk: live, a past moment, or a recording that plays.
///
/// Whatever draws or lists asks for the state *at the clock's time*; live and playback are the same program.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
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
        /// Seconds of city time per second of wall time.
        rate: f64,
        /// Where playing stops.
        until: UtcMillis,
    },
}

impl Clock {
    /// The moment to show at wall time `now`.
    pub fn moment(self, now: UtcMillis) -> UtcMillis {
        match self {
            Self::Live => now,
            Self::At(moment) => moment,
            Self::Playing {
                from,
                since,
                rate,
                until,
            } => {
                let shown = from.plus_seconds(now.seconds_since(since) * rate);
                shown.min(until)
            }
        }
    }

    /// True when the person sees the present.
    pub fn is_live(self) -> bool {
        matches!(self, Self::Live)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_playing_clock_runs_at_its_rate_and_stops_at_the_end() {
        let clock = Clock::Playing {
            from: UtcMillis(0),
            since: UtcMillis(1_000_000),
            rate: 60.0,
            until: UtcMillis(90_000),
        };
        assert_eq!(clock.moment(UtcMillis(1_001_000)), UtcMillis(60_000));
        assert_eq!(clock.moment(UtcMillis(1_009_000)), UtcMillis(90_000));
    }
}
