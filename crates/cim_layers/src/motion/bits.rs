//! One bit per item: what has changed since somebody last asked.

use std::ops::Range;

/// The changed ones among so many items.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bits {
    words: Vec<u64>,
    items: u32,
    set: u32,
}

impl Bits {
    /// So many items, none of them changed.
    pub(crate) fn new(items: u32) -> Self {
        let mut bits = Self::default();
        bits.resize(items);
        bits
    }

    /// From now on so many items; which have changed is kept for those that stay.
    pub(crate) fn resize(&mut self, items: u32) {
        if items < self.items {
            self.clear();
        }
        self.words.resize((items as usize).div_ceil(64), 0);
        self.items = items;
    }

    /// Marks an item; one that does not exist is passed over.
    pub(crate) fn mark(&mut self, item: u32) {
        if item >= self.items {
            return;
        }
        if let Some(word) = self.words.get_mut(item as usize / 64) {
            let bit = 1 << (item % 64);
            self.set += u32::from(*word & bit == 0);
            *word |= bit;
        }
    }

    /// How many items have changed.
    pub(crate) fn count(&self) -> u32 {
        self.set
    }

    /// Forgets every change.
    pub(crate) fn clear(&mut self) {
        if self.set > 0 {
            self.words.fill(0);
            self.set = 0;
        }
    }

    /// Hands out the changed items, ascending, and forgets them.
    pub(crate) fn take(&mut self, mut each: impl FnMut(u32)) {
        if self.set == 0 {
            return;
        }
        self.set = 0;
        for (place, word) in self.words.iter_mut().enumerate() {
            let mut left = std::mem::take(word);
            while left != 0 {
                each(place as u32 * 64 + left.trailing_zeros());
                left &= left - 1;
            }
        }
    }

    /// Writes the changed items into `ranges` (replaced, ascending) and forgets them. Ranges with at most `bridge`
    /// unchanged items between them become one: a few bytes too many cost less than another write.
    pub(crate) fn take_ranges(&mut self, bridge: u32, ranges: &mut Vec<Range<u32>>) {
        ranges.clear();
        self.take(|item| join(ranges, item, bridge));
    }
}

/// Adds an item that lies after all others to ascending ranges.
pub(crate) fn join(ranges: &mut Vec<Range<u32>>, item: u32, bridge: u32) {
    match ranges.last_mut() {
        Some(last) if item.saturating_sub(last.end) <= bridge => last.end = item + 1,
        _ => ranges.push(item..item + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_come_out_once_in_order_and_near_ones_together() {
        let mut bits = Bits::new(300);
        for item in [299, 3, 64, 63, 3, 300, 70] {
            bits.mark(item);
        }
        assert_eq!(bits.count(), 5);
        // What was in there goes.
        let mut ranges = Vec::new();
        ranges.push(7..9);
        bits.clone().take_ranges(0, &mut ranges);
        assert_eq!(ranges, [3..4, 63..65, 70..71, 299..300]);
        bits.take_ranges(5, &mut ranges);
        assert_eq!(ranges, [3..4, 63..71, 299..300]);
        bits.take_ranges(5, &mut ranges);
        assert!(ranges.is_empty());
        assert_eq!(bits.count(), 0);
    }
}
