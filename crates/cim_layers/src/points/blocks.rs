//! What blocks of 64 slots hold: bounds, tallies and middles, and the same for any range of slots.
//!
//! Tallies and sums are kept as running totals over the blocks, so that a range is a difference of two; bounds as a pyramid
//! of eights. All of it is derived: reports only mark blocks, [`Blocks::refresh`] derives the marked ones anew. A question
//! asked before the refresh is answered from the columns, right but slowly.

use super::columns::{Columns, MARK_CLASS, MARK_FRESH_SHIFT, MARK_VISIBLE};
use super::set::BLOCK;
use std::ops::Range;

/// Ranges shorter than this are scanned instead of derived.
const SHORT: u32 = 3 * BLOCK;
/// How many nodes of the pyramid of bounds make one of the next level.
const FAN: u32 = 8;

/// A box; metres east, north and up of the city's origin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// Its lower south-west corner.
    pub min: [f32; 3],
    /// Its upper north-east corner.
    pub max: [f32; 3],
}

impl Default for Bounds {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl Bounds {
    /// The bounds of nothing: `min` is infinite, `max` is minus infinite.
    pub const EMPTY: Self = Self {
        min: [f32::INFINITY; 3],
        max: [f32::NEG_INFINITY; 3],
    };

    /// True when there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.min.iter().zip(self.max).any(|(min, max)| *min > max)
    }

    /// Grows to hold a place; one that is not finite is passed over.
    #[inline]
    pub fn add(&mut self, place: [f32; 3]) {
        // `min` and `max` pass over NaN, so that only infinities need the caller's care; places in blocks have none.
        for ((min, max), metres) in self.min.iter_mut().zip(&mut self.max).zip(place) {
            *min = min.min(metres);
            *max = max.max(metres);
        }
    }

    /// Grows to hold another box.
    #[inline]
    pub fn join(&mut self, other: &Self) {
        for (min, lower) in self.min.iter_mut().zip(other.min) {
            *min = min.min(lower);
        }
        for (max, upper) in self.max.iter_mut().zip(other.max) {
            *max = max.max(upper);
        }
    }

    /// True when the place lies in it or on its faces.
    pub fn holds(&self, place: [f32; 3]) -> bool {
        let corners = self.min.iter().zip(self.max);
        place
            .iter()
            .zip(corners)
            .all(|(metres, (min, max))| min <= metres && *metres <= max)
    }

    /// Its ground area with half a metre around it, square metres; 0 when empty.
    fn area(&self) -> f64 {
        if self.is_empty() {
            return 0.0;
        }
        let [west, south, _] = self.min.map(f64::from);
        let [east, north, _] = self.max.map(f64::from);
        (east - west + 1.0) * (north - south + 1.0)
    }
}

/// How many visible points there are, by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// By class: 0 normal, 1 low, 2 medium, 3 high, 4 critical, 5 not real.
    pub by_class: [u32; 6],
    /// How many of them are late.
    pub late: u32,
    /// How many of them are missing.
    pub missing: u32,
}

impl Tally {
    /// How many there are.
    pub fn total(&self) -> u32 {
        self.by_class.iter().sum()
    }

    /// The worst class among them, from 4 critical to 0 normal; 5 when none is real, `None` when there are none.
    pub fn worst(&self) -> Option<u8> {
        [4, 3, 2, 1, 0, 5]
            .into_iter()
            .find(|class| self.by_class.get(usize::from(*class)) > Some(&0))
    }
}

/// A tally as eight numbers: by class, late, missing.
type Counts = [u32; 8];

fn tally_of(counts: Counts) -> Tally {
    let [c0, c1, c2, c3, c4, c5, late, missing] = counts;
    Tally {
        by_class: [c0, c1, c2, c3, c4, c5],
        late,
        missing,
    }
}

/// What is derived from the columns, by block.
#[derive(Default)]
pub(super) struct Blocks {
    /// Tallies of single blocks; 64 fits a byte.
    counts: Vec<[u8; 8]>,
    /// Tallies of all blocks before a block; one more than there are blocks.
    counts_before: Vec<Counts>,
    /// Sums of the places of single blocks.
    sums: Vec<[f64; 3]>,
    /// Sums of all blocks before a block; one more than there are blocks.
    sums_before: Vec<[f64; 3]>,
    /// Bounds of single blocks, of eight blocks, of sixty-four … up to one for all.
    bounds: Vec<Vec<Bounds>>,
    /// A bit per block: its legs changed.
    stale_legs: Vec<u64>,
    any_stale_legs: bool,
}

impl Blocks {
    /// Derives everything anew.
    pub(super) fn rebuild(&mut self, columns: &mut Columns) {
        let blocks = columns.blocks() as usize;
        self.counts.clear();
        self.counts.resize(blocks, [0; 8]);
        self.counts_before.clear();
        self.counts_before.resize(blocks + 1, [0; 8]);
        self.sums.clear();
        self.sums.resize(blocks, [0.0; 3]);
        self.sums_before.clear();
        self.sums_before.resize(blocks + 1, [0.0; 3]);
        if self.bounds.is_empty() {
            self.bounds.push(Vec::new());
        }
        if let Some(single) = self.bounds.first_mut() {
            single.clear();
            single.resize(blocks, Bounds::EMPTY);
        }
        self.stale_legs.clear();
        self.stale_legs.resize(blocks.div_ceil(64), u64::MAX);
        self.any_stale_legs = true;
        columns.stale.fill(u64::MAX);
        columns.any_stale = true;
        self.refresh(columns);
    }

    /// Derives anew what reports, filters and moves have marked. True when bounds changed.
    pub(super) fn refresh(&mut self, columns: &mut Columns) -> bool {
        if columns.any_stale {
            columns.any_stale = false;
            let mut stale = std::mem::take(&mut columns.stale);
            let first = take_bits(&mut stale, |block| {
                if let Some(counts) = self.counts.get_mut(block as usize) {
                    let marks = columns.marks_in(columns.slots_of(block));
                    *counts = count(marks).map(|number| number as u8);
                }
            });
            columns.stale = stale;
            self.total_counts(first);
        }
        if !self.any_stale_legs {
            return false;
        }
        self.any_stale_legs = false;
        let mut stale = std::mem::take(&mut self.stale_legs);
        let first = take_bits(&mut stale, |block| {
            let slots = columns.slots_of(block);
            if let Some(sum) = self.sums.get_mut(block as usize) {
                *sum = columns.sum_in(slots.clone());
            }
            let single = self.bounds.first_mut();
            if let Some(bounds) = single.and_then(|all| all.get_mut(block as usize)) {
                *bounds = columns.bounds_in(slots);
            }
        });
        self.stale_legs = stale;
        self.total_sums(first);
        self.raise_pyramid();
        true
    }

    /// Takes in a new leg of a slot: the bounds of its block hold it from now on.
    pub(super) fn moved(&mut self, slot: u32, from: [f32; 3], to: [f32; 3]) {
        let block = (slot / BLOCK) as usize;
        let single = self.bounds.first_mut();
        let (Some(bounds), Some(word)) = (
            single.and_then(|all| all.get_mut(block)),
            self.stale_legs.get_mut(block / 64),
        ) else {
            return;
        };
        bounds.add(from);
        bounds.add(to);
        *word |= 1 << (block % 64);
        self.any_stale_legs = true;
    }

    /// The bounds of a block.
    pub(super) fn block_bounds(&self, block: u32) -> Bounds {
        let single = self.bounds.first();
        let bounds = single.and_then(|all| all.get(block as usize));
        bounds.copied().unwrap_or_default()
    }

    /// The ground areas of all blocks together, square metres.
    pub(super) fn area(&self) -> f64 {
        self.bounds
            .first()
            .into_iter()
            .flatten()
            .map(Bounds::area)
            .sum()
    }

    /// The tally of a block.
    pub(super) fn block_tally(&self, columns: &Columns, block: u32) -> Tally {
        match self.counts.get(block as usize) {
            Some(counts) if !columns.any_stale => tally_of(counts.map(u32::from)),
            _ => tally_of(count(columns.marks_in(columns.slots_of(block)))),
        }
    }

    /// The tally of a range.
    pub(super) fn tally(&self, columns: &Columns, slots: Range<u32>) -> Tally {
        let slots = columns.clip(slots);
        let length = slots.end - slots.start;
        if length < BLOCK || columns.any_stale {
            return tally_of(count(columns.marks_in(slots)));
        }
        let mut counts = self.counts_up_to(columns, slots.end);
        for (number, before) in counts
            .iter_mut()
            .zip(self.counts_up_to(columns, slots.start))
        {
            *number = number.wrapping_sub(before);
        }
        tally_of(counts)
    }

    /// The bounds of a range.
    pub(super) fn bounds(&self, columns: &Columns, slots: Range<u32>) -> Bounds {
        let slots = columns.clip(slots);
        if slots.end - slots.start < SHORT {
            return columns.bounds_in(slots);
        }
        let (first, last) = (slots.start.div_ceil(BLOCK), slots.end / BLOCK);
        let mut bounds = columns.bounds_in(slots.start..first * BLOCK);
        bounds.join(&columns.bounds_in(last * BLOCK..slots.end));
        if self.any_stale_legs {
            // The single blocks hold every leg at any time, the pyramid above them only after a refresh.
            let single = self.bounds.first().map(Vec::as_slice).unwrap_or_default();
            let whole = single.get(first as usize..last as usize);
            for block in whole.unwrap_or_default() {
                bounds.join(block);
            }
        } else {
            self.join_blocks(first, last, &mut bounds);
        }
        bounds
    }

    /// The middle of all places of a range, visible or not; the origin for an empty one.
    pub(super) fn middle(&self, columns: &Columns, slots: Range<u32>) -> [f32; 3] {
        let slots = columns.clip(slots);
        let length = slots.end - slots.start;
        if length == 0 {
            return [0.0; 3];
        }
        let mut sum = if length < SHORT || self.any_stale_legs {
            columns.sum_in(slots)
        } else {
            let mut sum = self.sum_up_to(columns, slots.end);
            for (total, before) in sum.iter_mut().zip(self.sum_up_to(columns, slots.start)) {
                *total -= before;
            }
            sum
        };
        for total in &mut sum {
            *total /= f64::from(length);
        }
        sum.map(|metres| metres as f32)
    }

    fn counts_up_to(&self, columns: &Columns, slot: u32) -> Counts {
        let block = slot / BLOCK;
        let before = self.counts_before.get(block as usize);
        let mut counts = before.copied().unwrap_or_default();
        let rest = count(columns.marks_in(block * BLOCK..slot));
        for (number, more) in counts.iter_mut().zip(rest) {
            *number += more;
        }
        counts
    }

    fn sum_up_to(&self, columns: &Columns, slot: u32) -> [f64; 3] {
        let block = slot / BLOCK;
        let before = self.sums_before.get(block as usize);
        let mut sum = before.copied().unwrap_or_default();
        for (total, more) in sum.iter_mut().zip(columns.sum_in(block * BLOCK..slot)) {
            *total += more;
        }
        sum
    }

    /// Adds up the tallies from block `first` on.
    fn total_counts(&mut self, first: u32) {
        let from = first as usize;
        let mut running = self.counts_before.get(from).copied().unwrap_or_default();
        let totals = self.counts_before.iter_mut().skip(from + 1);
        for (total, counts) in totals.zip(self.counts.iter().skip(from)) {
            for (number, more) in running.iter_mut().zip(counts) {
                *number += u32::from(*more);
            }
            *total = running;
        }
    }

    /// Adds up the sums of places from block `first` on.
    fn total_sums(&mut self, first: u32) {
        let from = first as usize;
        let mut running = self.sums_before.get(from).copied().unwrap_or_default();
        let totals = self.sums_before.iter_mut().skip(from + 1);
        for (total, sum) in totals.zip(self.sums.iter().skip(from)) {
            for (number, more) in running.iter_mut().zip(sum) {
                *number += more;
            }
            *total = running;
        }
    }

    /// Derives the upper levels of the pyramid from the single blocks.
    fn raise_pyramid(&mut self) {
        let mut level = 0;
        while self.bounds.get(level).is_some_and(|below| below.len() > 1) {
            if self.bounds.len() == level + 1 {
                self.bounds.push(Vec::new());
            }
            let (lower, upper) = self.bounds.split_at_mut(level + 1);
            if let (Some(below), Some(above)) = (lower.last(), upper.first_mut()) {
                above.clear();
                above.extend(below.chunks(FAN as usize).map(joined));
            }
            level += 1;
        }
        self.bounds.truncate(level + 1);
    }

    /// Joins the bounds of blocks `first..last`, by whole nodes of the pyramid.
    fn join_blocks(&self, first: u32, last: u32, bounds: &mut Bounds) {
        let (mut first, mut last) = (first as usize, last as usize);
        let fan = FAN as usize;
        for level in &self.bounds {
            let left = first.next_multiple_of(fan).min(last);
            let right = (last - last % fan).max(left);
            for part in [first..left, right..last] {
                for node in level.get(part).unwrap_or_default() {
                    bounds.join(node);
                }
            }
            (first, last) = (left / fan, right / fan);
            if left >= right {
                return;
            }
        }
    }
}

fn joined(bounds: &[Bounds]) -> Bounds {
    let mut all = Bounds::EMPTY;
    for one in bounds {
        all.join(one);
    }
    all
}

/// Visits the numbers of the set bits, ascending, and clears them; the first of them, or 0.
fn take_bits(words: &mut [u64], mut visit: impl FnMut(u32)) -> u32 {
    let mut first = None;
    for (number, word) in words.iter_mut().enumerate() {
        let mut bits = std::mem::take(word);
        while bits != 0 {
            let bit = number as u32 * 64 + bits.trailing_zeros();
            bits &= bits - 1;
            first = first.or(Some(bit));
            visit(bit);
        }
    }
    first.unwrap_or(0)
}

/// Counts the visible ones among marks.
fn count(marks: &[u8]) -> Counts {
    let mut counts = [0; 8];
    // A few are counted one by one, more of them 64 at a time.
    if marks.len() < 12 {
        for mark in marks {
            count_one(*mark, &mut counts);
        }
        return counts;
    }
    for block in marks.chunks(BLOCK as usize) {
        count_planes(planes(words_of(block)), &mut counts);
    }
    counts
}

fn count_one(mark: u8, counts: &mut Counts) {
    if mark & MARK_VISIBLE != MARK_VISIBLE {
        return;
    }
    let [by_class @ .., late, missing] = counts;
    if let Some(number) = by_class.get_mut(usize::from(mark & MARK_CLASS).min(5)) {
        *number += 1;
    }
    match (mark >> MARK_FRESH_SHIFT) & 3 {
        0 => {}
        1 => *late += 1,
        _ => *missing += 1,
    }
}

/// The bits of up to 64 marks, one number for each bit of a mark: class (3), freshness (2), visible.
fn planes(words: impl Iterator<Item = u64>) -> [u64; 6] {
    let mut planes = [0; 6];
    for (number, word) in words.enumerate() {
        let visible = (word & (word >> 1)) >> 5;
        let [class0, class1, class2, late, missing, shown] = &mut planes;
        *class0 |= bits_of(word) << (number * 8);
        *class1 |= bits_of(word >> 1) << (number * 8);
        *class2 |= bits_of(word >> 2) << (number * 8);
        *late |= bits_of(word >> 3) << (number * 8);
        *missing |= bits_of(word >> 4) << (number * 8);
        *shown |= bits_of(visible) << (number * 8);
    }
    planes
}

fn count_planes(planes: [u64; 6], counts: &mut Counts) {
    let [class0, class1, class2, late, missing, visible] = planes;
    let severe = class2 & visible;
    let mild = !class2 & visible;
    let sets = [
        mild & !class1 & !class0,
        mild & !class1 & class0,
        mild & class1 & !class0,
        mild & class1 & class0,
        severe & !class1 & !class0,
        severe & (class1 | class0),
        late & !missing & visible,
        missing & visible,
    ];
    for (number, set) in counts.iter_mut().zip(sets) {
        *number += set.count_ones();
    }
}

/// The visible ones among up to 64 marks, a bit each.
pub(super) fn visible_mask(marks: &[u8]) -> u64 {
    let mut mask = 0;
    for (number, word) in words_of(marks).enumerate() {
        mask |= bits_of((word & (word >> 1)) >> 5) << (number * 8);
    }
    mask
}

/// Up to 64 marks, eight to a number, the last filled up with zeros (which are not visible).
fn words_of(marks: &[u8]) -> impl Iterator<Item = u64> {
    let (whole, rest) = marks.as_chunks::<8>();
    let mut last = [0; 8];
    for (to, from) in last.iter_mut().zip(rest) {
        *to = *from;
    }
    let last = (!rest.is_empty()).then(|| u64::from_le_bytes(last));
    whole
        .iter()
        .map(|eight| u64::from_le_bytes(*eight))
        .chain(last)
        .take(8)
}

/// The lowest bits of eight bytes, side by side: the multiplication moves the bit of byte i to bit 56 + i.
#[inline]
fn bits_of(word: u64) -> u64 {
    (word & 0x0101_0101_0101_0101).wrapping_mul(0x0102_0408_1020_4080) >> 56
}
