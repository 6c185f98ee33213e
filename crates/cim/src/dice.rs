//! Numbers that look random and are the same on every machine: for made-up values and for when to kill.

/// A stream of numbers from a seed (SplitMix64: Steele, Lea, Flood 2014, "Fast splittable pseudorandom number generators").
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    /// The stream that belongs to `seed`.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The stream that belongs to place `at` of the work with `seed`, whatever was drawn before.
    pub(crate) fn at(seed: u64, at: u64) -> Self {
        let mut of_seed = Self(seed);
        Self(of_seed.roll() ^ at.wrapping_mul(0xd6e8_feb8_6659_fd93))
    }

    /// The next number, any of 2⁶⁴.
    pub(crate) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// The next number below `end`; 0 when `end` is 0.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        // The high half of the product is evenly spread, without a division.
        ((u128::from(self.roll()) * u128::from(end)) >> 64) as u64
    }

    /// The next number below `end`, as milliseconds; 0 when `end` is not positive.
    pub(crate) fn millis_below(&mut self, end: i64) -> i64 {
        self.below(u64::try_from(end).unwrap_or(0)) as i64
    }

    /// True once in `n` draws.
    pub(crate) fn once_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_numbers_and_another_gives_others() {
        let draw = |mut dice: Dice| -> Vec<u64> { (0..8).map(|_| dice.roll()).collect() };
        assert_eq!(draw(Dice::new(7)), draw(Dice::new(7)));
        assert_ne!(draw(Dice::new(7)), draw(Dice::new(8)));
        assert_ne!(draw(Dice::at(7, 1)), draw(Dice::at(7, 2)));
    }

    #[test]
    fn numbers_below_an_end_reach_all_of_it_and_nothing_else() {
        let mut dice = Dice::new(1);
        let mut seen = [0_u32; 5];
        for _ in 0..1_000 {
            seen[dice.below(5) as usize] += 1;
        }
        assert!(seen.iter().all(|count| *count > 100), "{seen:?}");
        assert_eq!(dice.below(0), 0);
        assert_eq!(dice.millis_below(-3), 0);
    }
}
