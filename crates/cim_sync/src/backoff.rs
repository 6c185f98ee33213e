//! How long to wait before the next attempt: longer each time, and never at the same moment as every other desk.

use std::time::Duration;

/// Pauses between attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The first pause, before jitter.
    pub min: Duration,
    /// The longest pause.
    pub max: Duration,
}

impl Backoff {
    /// The pause before attempt number `failed` + 1, when `failed` attempts in a row came to nothing: doubled each time up to
    /// `max`, of which the dice leave between a half and all.
    pub fn pause(&self, failed: u32, dice: &mut Dice) -> Duration {
        let doubled = self
            .min
            .saturating_mul(1_u32 << failed.saturating_sub(1).min(20))
            .min(self.max);
        doubled.mul_f64(0.5 + 0.5 * dice.fraction())
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014): small, and the same on every machine. Not for secrets.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// Dice that fall the same way for the same `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn next_number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// The next number from 0 up to, not including, 1.
    pub fn fraction(&mut self) -> f64 {
        (self.next_number() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACKOFF: Backoff = Backoff {
        min: Duration::from_millis(500),
        max: Duration::from_secs(15),
    };

    #[test]
    fn pauses_double_up_to_the_longest_and_stay_between_half_and_all_of_it() {
        let mut dice = Dice::new(1);
        let whole = [500, 1000, 2000, 4000, 8000, 15_000, 15_000];
        for (failed, whole_ms) in (1..).zip(whole) {
            let pause = BACKOFF.pause(failed, &mut dice).as_millis();
            assert!(
                (whole_ms / 2..=whole_ms).contains(&pause),
                "{pause} after {failed}"
            );
        }
        assert!(BACKOFF.pause(u32::MAX, &mut dice) <= BACKOFF.max);
    }

    #[test]
    fn two_desks_do_not_come_at_the_same_moment_and_one_desk_repeats_itself() {
        let pauses = |seed| {
            let mut dice = Dice::new(seed);
            (1..6)
                .map(|failed| BACKOFF.pause(failed, &mut dice))
                .collect::<Vec<_>>()
        };
        assert_eq!(pauses(7), pauses(7));
        assert_ne!(pauses(7), pauses(8));
    }

    #[test]
    fn the_dice_fall_as_published() {
        // The first numbers of the reference implementation for seed 1234567.
        let mut dice = Dice::new(1_234_567);
        assert_eq!(
            [dice.next_number(), dice.next_number()],
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]
        );
    }
}
