//! Numbers for trials: the same seed gives the same trial everywhere.

/// SplitMix64.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    /// Any number.
    pub(super) fn any(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// One of `0..count`; `count` is at least one.
    pub(super) fn below(&mut self, count: u32) -> u32 {
        (self.any() % u64::from(count)) as u32
    }

    /// A number from `from` up to `to`.
    pub(super) fn between(&mut self, from: f32, to: f32) -> f32 {
        from + (to - from) * ((self.any() >> 40) as f32 / (1_u32 << 24) as f32)
    }
}
