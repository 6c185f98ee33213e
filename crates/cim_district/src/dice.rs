//! Chance, the same on every machine: numbers drawn from a seed, for one place and one purpose.

use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::{RngCore, SeedableRng};

/// A row of drawn numbers.
#[derive(Clone, Debug)]
pub(crate) struct Dice(Pcg64Mcg);

impl Dice {
    /// The row for `purpose` at a place with a number of its own.
    pub(crate) fn new(seed: u64, place: u64, purpose: u64) -> Self {
        Self(Pcg64Mcg::seed_from_u64(mix(mix(seed, place), purpose)))
    }

    /// A number from 0 to below 1. Only a shift and a division by a power of two: exact everywhere.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A number from `low` to below `high`.
    pub(crate) fn within(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// A whole number from 0 to below `count`; 0 for none.
    pub(crate) fn below(&mut self, count: u32) -> u32 {
        (self.unit() * f64::from(count)) as u32
    }

    /// A whole number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: u32, high: u32) -> u32 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// True with the given chance.
    pub(crate) fn chance(&mut self, share: f64) -> bool {
        self.unit() < share
    }
}

/// Mixes two numbers into one that looks random (SplitMix64).
pub(crate) fn mix(a: u64, b: u64) -> u64 {
    let mut z = a ^ b
        .wrapping_add(0x9E37_79B9_7F4A_7C15)
        .wrapping_mul(0xD1B5_4A32_D192_ED03);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A mixed number as a number from 0 to below 1.
pub(crate) fn unit(mixed: u64) -> f64 {
    (mixed >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_and_place_give_the_same_row_and_another_place_another() {
        let row = |place| {
            let mut dice = Dice::new(1, place, 7);
            (0..20).map(|_| dice.below(1_000)).collect::<Vec<_>>()
        };
        assert_eq!(row(3), row(3));
        assert_ne!(row(3), row(4));
    }

    #[test]
    fn numbers_stay_within_their_bounds() {
        let mut dice = Dice::new(5, 5, 5);
        for _ in 0..1_000 {
            assert!((3..=6).contains(&dice.between(3, 6)));
            assert!((-2.0..4.0).contains(&dice.within(-2.0, 4.0)));
        }
        assert_eq!(dice.below(0), 0);
    }
}
