//! The columns by slot, and the bits that say which slots changed.
//!
//! A report writes one state, one byte of its mark and a few bits. Whatever can be derived (tallies, uploads) is derived
//! later, once, from the bits.

use super::blocks::Bounds;
use super::set::BLOCK;
use super::state::{HEADING_SHIFT, Motion, Place, PointState, SHAPE_NONE, has_heading};
use std::ops::Range;

/// In a mark: the class, as in [`PointState::class`].
pub const MARK_CLASS: u8 = 0b111;
/// In a mark: lowest bit of the freshness (2 bits: 0 fresh, 1 late, 2 missing).
pub const MARK_FRESH_SHIFT: u32 = 3;
/// In a mark: there is something to show.
pub const MARK_SHOWN: u8 = 1 << 5;
/// In a mark: the filter keeps it.
pub const MARK_KEPT: u8 = 1 << 6;
/// In a mark: both bits of what is visible.
pub const MARK_VISIBLE: u8 = MARK_SHOWN | MARK_KEPT;

/// One entry per slot in each column; `places` or `motions` is empty, by the kind of the set.
#[derive(Default)]
pub(super) struct Columns {
    pub(super) states: Vec<PointState>,
    pub(super) places: Vec<Place>,
    pub(super) motions: Vec<Motion>,
    /// What tallies count, one byte a slot: see the `MARK_` constants.
    pub(super) marks: Vec<u8>,
    pub(super) row_of: Vec<u32>,
    /// How many slots have a place. They come first; the others are in no block and never visible.
    pub(super) placed: u32,
    /// A bit per slot: its state is not on the GPU yet.
    pub(super) dirty: Vec<u64>,
    /// A bit per slot: its leg is not on the GPU yet.
    pub(super) dirty_legs: Vec<u64>,
    /// A bit per block: its tally is out of date.
    pub(super) stale: Vec<u64>,
    pub(super) any_stale: bool,
}

impl Columns {
    /// Writes a state; true when it differs from the one before. With `HEADING_KEPT` a state without a heading keeps the one
    /// that its movement gave it.
    #[inline]
    pub(super) fn put<const HEADING_KEPT: bool>(&mut self, slot: u32, state: PointState) -> bool {
        let index = slot as usize;
        let (Some(old), Some(mark), Some(dirty), Some(stale)) = (
            self.states.get_mut(index),
            self.marks.get_mut(index),
            self.dirty.get_mut(index >> 6),
            self.stale.get_mut(index >> 12),
        ) else {
            return false;
        };
        let mut state = state;
        if HEADING_KEPT && state.heading() == 0 && has_heading(state.shape()) {
            state.packed |= old.packed & (0xff << HEADING_SHIFT);
        }
        let changed = *old != state;
        *old = state;
        let marked = mark_of(state.packed) | (*mark & MARK_KEPT);
        // No branches on the data: random reports would mispredict them.
        let is_stale = marked != *mark;
        *mark = marked;
        *dirty |= u64::from(changed) << (slot & 63);
        *stale |= u64::from(is_stale) << ((slot >> 6) & 63);
        self.any_stale |= is_stale;
        changed
    }

    /// Marks whether the filter keeps a slot.
    pub(super) fn keep(&mut self, slot: u32, kept: bool) {
        let index = slot as usize;
        let (Some(mark), Some(stale)) =
            (self.marks.get_mut(index), self.stale.get_mut(index >> 12))
        else {
            return;
        };
        let marked = (*mark & !MARK_KEPT) | if kept { MARK_KEPT } else { 0 };
        if marked != *mark {
            *mark = marked;
            *stale |= 1 << ((slot >> 6) & 63);
            self.any_stale = true;
        }
    }

    /// How many blocks hold the slots that have a place.
    pub(super) fn blocks(&self) -> u32 {
        self.placed.div_ceil(BLOCK)
    }

    /// The slots of a block that have a place.
    pub(super) fn slots_of(&self, block: u32) -> Range<u32> {
        let start = block.saturating_mul(BLOCK).min(self.placed);
        start..start.saturating_add(BLOCK).min(self.placed)
    }

    /// The part of a range that has places.
    pub(super) fn clip(&self, slots: Range<u32>) -> Range<u32> {
        let end = slots.end.min(self.placed);
        slots.start.min(end)..end
    }

    /// The marks of a range of slots.
    pub(super) fn marks_in(&self, slots: Range<u32>) -> &[u8] {
        self.marks.get(indices(slots)).unwrap_or_default()
    }

    /// What encloses the slots of a range, over the whole of their legs.
    pub(super) fn bounds_in(&self, slots: Range<u32>) -> Bounds {
        let mut bounds = Bounds::EMPTY;
        for place in self.places_in(slots.clone()) {
            bounds.add(place.at);
        }
        for motion in self.motions_in(slots) {
            bounds.add(motion.from);
            bounds.add(motion.to);
        }
        bounds
    }

    /// The sum of the places of a range, of legs their middles; metres.
    pub(super) fn sum_in(&self, slots: Range<u32>) -> [f64; 3] {
        let mut sum = [0.0; 3];
        for place in self.places_in(slots.clone()) {
            for (total, metres) in sum.iter_mut().zip(place.at) {
                *total += f64::from(metres);
            }
        }
        for motion in self.motions_in(slots) {
            for ((total, from), to) in sum.iter_mut().zip(motion.from).zip(motion.to) {
                *total += 0.5 * (f64::from(from) + f64::from(to));
            }
        }
        sum
    }

    /// Where a slot is at `now`.
    pub(super) fn place_at(&self, slot: u32, now: f32) -> Option<[f32; 3]> {
        let index = slot as usize;
        let still = self.places.get(index).map(|place| place.at);
        still.or_else(|| self.motions.get(index).map(|motion| motion.at(now)))
    }

    /// Appends what another set of columns holds in a slot.
    pub(super) fn take_over(&mut self, other: &Self, slot: u32, row: u32) {
        let index = slot as usize;
        let state = other.states.get(index).copied();
        self.states.push(state.unwrap_or_default());
        self.marks
            .push(other.marks.get(index).copied().unwrap_or(MARK_KEPT));
        self.row_of.push(row);
        self.places.extend(other.places.get(index));
        self.motions.extend(other.motions.get(index));
    }

    /// Forgets all slots, keeps the memory.
    pub(super) fn clear(&mut self) {
        self.states.clear();
        self.places.clear();
        self.motions.clear();
        self.marks.clear();
        self.row_of.clear();
        self.placed = 0;
    }

    /// Fits the bit columns to the number of slots, all bits clear.
    pub(super) fn clear_bits(&mut self) {
        let words = self.states.len().div_ceil(64);
        let legs = self.motions.len().div_ceil(64);
        for (bits, length) in [
            (&mut self.dirty, words),
            (&mut self.dirty_legs, legs),
            (&mut self.stale, words.div_ceil(64)),
        ] {
            bits.clear();
            bits.resize(length, 0);
        }
        self.any_stale = false;
    }

    fn places_in(&self, slots: Range<u32>) -> &[Place] {
        self.places.get(indices(slots)).unwrap_or_default()
    }

    fn motions_in(&self, slots: Range<u32>) -> &[Motion] {
        self.motions.get(indices(slots)).unwrap_or_default()
    }
}

/// What tallies count of a state, without the filter's bit.
#[inline]
pub(super) fn mark_of(packed: u32) -> u8 {
    let shown = if packed & 0xff == u32::from(SHAPE_NONE) {
        0
    } else {
        u32::from(MARK_SHOWN)
    };
    (((packed >> 8) & 0b1_1111) | ((packed >> 10) & shown)) as u8
}

/// A range of slots as a range of indices.
pub(super) fn indices(slots: Range<u32>) -> Range<usize> {
    slots.start as usize..slots.end as usize
}
