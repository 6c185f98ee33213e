//! What a view needs, what is dropped for it, and in which order.

use super::slots::{Part, Slots};
use crate::{Budget, MAX_TEXTURE_LEVEL, TileId, Weight};
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::ops::Bound;

/// Booked for a part while nothing is known about the sizes of this city, bytes.
const FIRST_BOOKING_BYTES: usize = 4 << 20;
/// The first booking takes at most this share of the budget, so that small budgets get going too.
const FIRST_BOOKING_SHARE: usize = 16;
/// The mean follows about this many of the last arrivals.
const MEAN_OVER: u32 = 64;

/// What one view needs.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Need {
    solid_bytes: usize,
    /// Textures in full.
    texture_bytes: usize,
    unknown_contents: usize,
    unknown_branches: usize,
}

impl Need {
    /// One more content, of a weight that may not be known yet.
    pub(super) fn add_content(&mut self, weight: Option<Weight>) {
        match weight {
            Some(weight) => self.add(&weight),
            None => self.unknown_contents += 1,
        }
    }

    /// One more branch, of a weight that may not be known yet.
    pub(super) fn add_branch(&mut self, weight: Option<Weight>) {
        match weight {
            Some(weight) => self.add(&weight),
            None => self.unknown_branches += 1,
        }
    }

    /// With the unknown ones counted as the mean of those that came. Before anything came they count nothing: a guess
    /// would only keep the first tiles coarse.
    pub(super) fn estimated(mut self, contents: &Mean, branches: &Mean) -> Self {
        let unknown = [
            (contents, self.unknown_contents),
            (branches, self.unknown_branches),
        ];
        for (mean, count) in unknown {
            if let Some(weight) = mean.weight() {
                self.solid_bytes += weight.solid_bytes.saturating_mul(count);
                self.texture_bytes += weight.texture_bytes.saturating_mul(count);
            }
        }
        self
    }

    /// With textures halved `level` times.
    pub(super) fn bytes_at(&self, level: u8) -> usize {
        let textures = Weight {
            texture_bytes: self.texture_bytes,
            ..Weight::default()
        };
        self.solid_bytes.saturating_add(textures.bytes_at(level))
    }

    /// The least coarse textures with which this takes no more than `limit` bytes, or no more than `roomy` where that
    /// is finer than now. `None` when even the coarsest are too much.
    pub(super) fn texture_level(&self, now: u8, limit: usize, roomy: usize) -> Option<u8> {
        (0..=MAX_TEXTURE_LEVEL).find(|level| {
            let allowed = if *level < now { roomy } else { limit };
            self.bytes_at(*level) <= allowed
        })
    }

    fn add(&mut self, weight: &Weight) {
        self.solid_bytes = self.solid_bytes.saturating_add(weight.solid_bytes);
        self.texture_bytes = self
            .texture_bytes
            .saturating_add(weight.texture_bytes_at(0));
    }
}

/// The mean weight of what came lately, textures in full.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mean {
    solid_bytes: f64,
    texture_bytes: f64,
    count: u32,
}

impl Mean {
    pub(super) fn learn(&mut self, weight: &Weight) {
        self.count = (self.count + 1).min(MEAN_OVER);
        let share = 1.0 / f64::from(self.count);
        self.solid_bytes += (weight.solid_bytes as f64 - self.solid_bytes) * share;
        self.texture_bytes += (weight.texture_bytes_at(0) as f64 - self.texture_bytes) * share;
    }

    pub(super) fn weight(&self) -> Option<Weight> {
        (self.count > 0).then_some(Weight {
            solid_bytes: self.solid_bytes as usize,
            texture_bytes: self.texture_bytes as usize,
            texture_level: 0,
        })
    }

    /// What to book for a part whose weight is not known, bytes.
    pub(super) fn booking(&self, level: u8, budget: Budget) -> usize {
        match self.weight() {
            Some(weight) => weight.bytes_at(level),
            None => FIRST_BOOKING_BYTES.min(budget.max_bytes / FIRST_BOOKING_SHARE),
        }
    }
}

/// Rank, tile and part: where a part stands in the order of dropping. Of parts unseen equally long, the finer go first.
pub(super) type Place = (u32, Reverse<TileId>, Part);

/// All parts that are here, the longest unseen first.
///
/// Looking at a tile does not move it: its place is put right when the order is asked for. So a frame that drops nothing
/// pays nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct Order {
    places: BTreeSet<Place>,
}

impl Order {
    pub(super) fn add(&mut self, slots: &mut Slots, id: TileId, part: Part) {
        let slot = slots.get_mut(id);
        let rank = slot.rank();
        slot.piece_mut(part).queued = rank;
        self.places.insert((rank, Reverse(id), part));
    }

    pub(super) fn remove(&mut self, id: TileId, part: Part, queued: u32) {
        self.places.remove(&(queued, Reverse(id), part));
    }

    /// The next part to drop behind `after`.
    pub(super) fn next(&mut self, slots: &mut Slots, after: Option<Place>) -> Option<Place> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        loop {
            let place = self
                .places
                .range((from, Bound::Unbounded))
                .next()
                .copied()?;
            let (queued, Reverse(id), part) = place;
            let slot = slots.get_mut(id);
            let rank = slot.rank();
            if rank == queued {
                return Some(place);
            }
            slot.piece_mut(part).queued = rank;
            self.places.remove(&place);
            self.places.insert((rank, Reverse(id), part));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn textures_become_coarse_only_as_far_as_they_must() {
        let mut need = Need::default();
        need.add_content(Some(Weight {
            solid_bytes: 100,
            texture_bytes: 1_600,
            texture_level: 0,
        }));
        assert_eq!(need.texture_level(0, 2_000, 1_800), Some(0));
        assert_eq!(need.texture_level(0, 600, 540), Some(1));
        assert_eq!(need.texture_level(0, 200, 180), Some(2));
        assert_eq!(need.texture_level(0, 99, 89), None);
        // Finer again only with room to spare.
        assert_eq!(need.texture_level(1, 1_750, 1_575), Some(1));
        assert_eq!(need.texture_level(1, 2_000, 1_800), Some(0));
    }

    #[test]
    fn unknown_tiles_count_as_the_mean_of_known_ones() {
        let mut mean = Mean::default();
        let mut need = Need::default();
        need.add_content(None);
        need.add_content(None);
        assert_eq!(need.estimated(&mean, &Mean::default()).bytes_at(0), 0);
        mean.learn(&Weight::solid(100));
        mean.learn(&Weight::solid(300));
        assert_eq!(need.estimated(&mean, &Mean::default()).bytes_at(0), 400);
    }

    #[test]
    fn the_longest_unseen_goes_first_and_of_equals_the_finer() {
        let mut slots = Slots::default();
        let mut order = Order::default();
        for (id, seen) in [(1, 5), (2, 3), (3, 3)] {
            slots.get_mut(TileId(id)).seen = seen;
            order.add(&mut slots, TileId(id), Part::Content);
        }
        // Seen again after it was put in its place.
        slots.get_mut(TileId(3)).seen = 9;
        let mut found = Vec::new();
        let mut after = None;
        while let Some(place) = order.next(&mut slots, after) {
            found.push(place.1.0.0);
            after = Some(place);
        }
        assert_eq!(found, [2, 1, 3]);
    }

    #[test]
    fn what_only_lies_ahead_goes_before_what_is_in_view() {
        let mut slots = Slots::default();
        let mut order = Order::default();
        slots.get_mut(TileId(1)).seen = 4;
        slots.get_mut(TileId(2)).ahead = 4;
        for id in [1, 2] {
            order.add(&mut slots, TileId(id), Part::Content);
        }
        let first = order.next(&mut slots, None).map(|place| place.1.0);
        assert_eq!(first, Some(TileId(2)));
    }
}
