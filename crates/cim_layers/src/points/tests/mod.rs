//! The set against a naive model, the upload against the columns, and the rules one by one.

#[expect(
    clippy::float_cmp,
    reason = "places are copied, or halves of whole metres"
)]
mod legs;
#[expect(
    clippy::float_cmp,
    reason = "places are copied, or halves of whole metres"
)]
mod model;
mod state;
mod upload;

use super::{PointRows, PointState, SHAPE_VEHICLE};
use cim_model::UtcMillis;

/// The epoch of all sets here.
const EPOCH: UtcMillis = UtcMillis(1_760_000_000_000);

/// Numbers that look random and are the same on every machine (xorshift64*).
struct Dice(u64);

impl Dice {
    fn new(seed: u64) -> Self {
        println!("seed {seed}");
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32) as u32
    }

    /// A number below `end`.
    fn below(&mut self, end: u32) -> u32 {
        ((u64::from(self.next()) * u64::from(end)) >> 32) as u32
    }

    /// A number from `from` to `to`.
    fn between(&mut self, from: f32, to: f32) -> f32 {
        from + (to - from) * (self.next() as f32 / u32::MAX as f32)
    }

    fn place(&mut self) -> [f32; 3] {
        [
            self.between(-4_000.0, 6_000.0),
            self.between(-5_000.0, 3_000.0),
            self.between(0.0, 120.0),
        ]
    }

    fn state(&mut self) -> PointState {
        let shape = [0, 3, 8, SHAPE_VEHICLE][self.below(4) as usize];
        PointState::new(shape, self.below(6) as u8)
            .with_value(self.between(0.0, 50.0))
            .with_shown(self.below(10) > 0)
    }

    /// Rows of which one in twenty has no place and one in ten was never seen.
    fn rows(&mut self, count: u32) -> PointRows {
        let mut rows = PointRows::default();
        for _ in 0..count {
            let place = self.place();
            let is_placed = self.below(20) > 0;
            rows.places
                .push(if is_placed { place } else { [f32::NAN; 3] });
            rows.states.push(self.state());
            let seen = self.between(-600.0, 0.0);
            let was_seen = self.below(10) > 0;
            rows.seen.push(if was_seen { seen } else { f32::NAN });
            rows.period
                .push([1.0, 60.0, f32::INFINITY][self.below(3) as usize]);
        }
        rows
    }
}
