//! The desk's clock as the scene keeps it between two words of the desk.

use cim_model::UtcMillis;

/// Corrections up to this are spread over the next frames while something moves, so that nothing leaps; seconds.
const SLEWED_S: f64 = 0.5;
/// So much of a frame's time is added or left out while a correction is paid.
const PAID_PER_S: f64 = 0.5;
/// The clock runs at most so many times as fast as time.
const FASTEST: f64 = 10_000.0;

/// What time it is for the desk. No machine's clock is read: the desk says the moment, frames carry it on.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct LiveClock {
    /// Milliseconds since 1970; `None` before the desk has said it.
    at_ms: Option<f64>,
    rate: f64,
    /// What is still to be added to come to what the desk said last, seconds.
    debt_s: f64,
}

impl LiveClock {
    /// Takes what the desk says; by how many seconds the clock jumped. `is_smooth`: something moves, so small corrections
    /// are spread.
    pub(super) fn set(&mut self, at: UtcMillis, rate: f64, is_smooth: bool) -> f64 {
        let wanted_ms = at.0 as f64;
        let had_rate = self.rate;
        self.rate = if rate.is_finite() {
            rate.clamp(-FASTEST, FASTEST)
        } else {
            0.0
        };
        let off_s = self
            .at_ms
            .map_or(f64::INFINITY, |at_ms| (wanted_ms - at_ms) / 1000.0);
        // Bits, so that the comparison is exact on purpose.
        let is_same_rate = had_rate.to_bits() == self.rate.to_bits();
        if is_smooth && is_same_rate && self.rate > 0.0 && off_s.abs() <= SLEWED_S {
            self.debt_s = off_s;
            return 0.0;
        }
        self.at_ms = Some(wanted_ms);
        self.debt_s = 0.0;
        off_s
    }

    /// Goes on by a frame.
    pub(super) fn advance(&mut self, seconds: f64) {
        let Some(at_ms) = &mut self.at_ms else { return };
        let most_s = PAID_PER_S * seconds * self.rate.abs();
        let paid_s = self.debt_s.clamp(-most_s, most_s);
        self.debt_s -= paid_s;
        *at_ms += (seconds * self.rate + paid_s) * 1000.0;
    }

    /// True once the desk has said what time it is.
    pub(super) fn is_set(&self) -> bool {
        self.at_ms.is_some()
    }

    /// True while the clock runs: the desk speaks again within a second.
    pub(super) fn runs(&self) -> bool {
        self.is_set() && self.rate.abs() > 0.0
    }

    /// Seconds since a moment; 0 before the desk has said what time it is.
    pub(crate) fn seconds_since(&self, epoch: UtcMillis) -> f32 {
        self.at_ms
            .map_or(0.0, |at_ms| ((at_ms - epoch.0 as f64) / 1000.0) as f32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EPOCH: UtcMillis = UtcMillis(1_790_000_000_000);

    #[test]
    fn frames_carry_the_clock_on_at_its_rate() {
        let mut clock = LiveClock::default();
        assert!(!clock.is_set());
        clock.advance(1.0);
        assert!(clock.seconds_since(EPOCH).abs() < 1e-6);
        clock.set(EPOCH.plus_seconds(10.0), 4.0, false);
        clock.advance(0.5);
        assert!((clock.seconds_since(EPOCH) - 12.0).abs() < 1e-4);
        clock.set(EPOCH, f64::NAN, false);
        clock.advance(0.5);
        assert!(clock.seconds_since(EPOCH).abs() < 1e-6 && !clock.runs());
    }

    #[test]
    fn a_small_correction_is_spread_and_never_turns_the_clock_back() {
        let mut clock = LiveClock::default();
        clock.set(EPOCH.plus_seconds(10.0), 1.0, false);
        clock.advance(1.0);
        // The desk is at 10.7 while the scene is at 11.
        assert!(clock.set(EPOCH.plus_seconds(10.7), 1.0, true).abs() < 1e-9);
        let mut last = clock.seconds_since(EPOCH);
        for _ in 0..100 {
            clock.advance(0.016);
            let now = clock.seconds_since(EPOCH);
            assert!(now > last, "{now} after {last}");
            last = now;
        }
        assert!((last - (10.7 + 1.6)).abs() < 0.01, "{last}");
    }

    #[test]
    fn a_large_correction_is_a_jump() {
        let mut clock = LiveClock::default();
        clock.set(EPOCH, 1.0, false);
        assert!((clock.set(EPOCH.plus_seconds(-90.0), 1.0, true) + 90.0).abs() < 1e-9);
        assert!((clock.seconds_since(EPOCH) + 90.0).abs() < 1e-3);
    }
}
