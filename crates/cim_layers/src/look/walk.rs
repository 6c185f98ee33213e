//! The quadtree that lies in the sorted Morton keys: cells, the slots in them, and what of them is visible.
//!
//! Nothing is stored for it: a cell is a prefix of the keys, and its slots are found by bisecting those of its parent.

use crate::points::{BLOCK, CLASS_UNREAL, PointSet, Tally};
use std::ops::Range;

/// The level of the smallest cells: 16 bits east and 16 bits north.
pub(super) const FINEST: u8 = 16;
/// So many bits has a key.
const KEY_BITS: u32 = 32;
/// Up to so many slots it is cheaper to look at each than to ask for sums.
pub(super) const FEW_SLOTS: u32 = 256;

/// Neighbouring slots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) first: u32,
    pub(super) end: u32,
}

impl Span {
    pub(super) fn len(self) -> u32 {
        self.end.saturating_sub(self.first)
    }

    pub(super) fn is_empty(self) -> bool {
        self.end <= self.first
    }

    pub(super) fn range(self) -> Range<u32> {
        self.first..self.end
    }

    pub(super) fn indices(self) -> Range<usize> {
        self.first as usize..self.end as usize
    }

    /// Two parts, cut between two blocks. Only for spans of more than [`FEW_SLOTS`].
    fn halves(self) -> (Self, Self) {
        let middle = (self.first + self.len() / 2) / BLOCK * BLOCK;
        let (first, end) = (self.first, self.end);
        (Self { first, end: middle }, Self { first: middle, end })
    }

    /// Bits of those slots of a block that belong to the span.
    fn mask_in(self, block: u32) -> u64 {
        let base = block * BLOCK;
        let from = self.first.max(base) - base;
        let to = self.end.min(base + BLOCK).saturating_sub(base);
        if to <= from {
            return 0;
        }
        (u64::MAX >> (BLOCK - (to - from))) << from
    }
}

/// A cell of the quadtree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    /// 0 for the whole extent, [`FINEST`] for the smallest.
    pub(super) level: u8,
    /// The keys' leading `2 * level` bits.
    pub(super) prefix: u32,
    pub(super) span: Span,
}

impl Cell {
    /// The cell that holds everything that has a place.
    pub(super) fn root(set: &PointSet) -> Self {
        Self {
            level: 0,
            prefix: 0,
            span: Span {
                first: 0,
                end: set.placed(),
            },
        }
    }

    /// The same for a cell in every look. A parent comes before its children and each child, with all below it, before
    /// the next: a walk from the root meets ascending numbers.
    pub(super) fn id(self) -> u64 {
        let begin = u64::from(self.prefix) << (KEY_BITS - 2 * u32::from(self.level));
        (begin << 5) | u64::from(self.level)
    }

    /// How long the cell's sides are, metres.
    pub(super) fn side_m(self, set: &PointSet) -> f32 {
        set.extent().side_m / (1_u32 << self.level.min(FINEST)) as f32
    }

    pub(super) fn is_finest(self) -> bool {
        self.level >= FINEST
    }

    /// The four quarters in the order of their keys. Only for cells that are not the finest.
    pub(super) fn quarters(self, keys: &[u32]) -> [Self; 4] {
        let level = self.level + 1;
        let shift = KEY_BITS - 2 * u32::from(level);
        let mut first = self.span.first;
        std::array::from_fn(|quarter| {
            let prefix = (self.prefix << 2) | quarter as u32;
            let rest = Span {
                first,
                end: self.span.end,
            };
            let end = if quarter == 3 {
                rest.end
            } else {
                first_from(keys, rest, (prefix + 1) << shift)
            };
            let span = Span { first, end };
            first = end;
            Self {
                level,
                prefix,
                span,
            }
        })
    }
}

/// The first slot of a span whose key is at least that.
fn first_from(keys: &[u32], span: Span, key: u32) -> u32 {
    keys.get(span.indices()).map_or(span.end, |keys| {
        span.first + keys.partition_point(|other| *other < key) as u32
    })
}

/// Every visible slot of a span, ascending.
pub(super) fn each_visible(set: &PointSet, span: Span, mut take: impl FnMut(u32)) {
    if span.is_empty() {
        return;
    }
    for block in span.first / BLOCK..=(span.end - 1) / BLOCK {
        let mut mask = set.block_mask(block) & span.mask_in(block);
        while mask != 0 {
            take(block * BLOCK + mask.trailing_zeros());
            mask &= mask - 1;
        }
    }
}

/// How many visible ones are high or critical.
pub(super) fn urgent_in(tally: &Tally) -> u32 {
    let [_, _, _, high, critical, _] = tally.by_class;
    high + critical
}

/// True for the classes that no cluster swallows: high and critical.
pub(super) fn is_urgent(class: u8) -> bool {
    class == 3 || class == 4
}

/// How urgent a class is: the higher, the worse. What is not real comes last.
pub(super) fn urgency_of(class: u8) -> u8 {
    if class >= CLASS_UNREAL { 0 } else { class + 1 }
}

/// The first visible slot of the most urgent class in a span, found by sums and a look at few slots.
pub(super) fn worst_slot(set: &PointSet, span: Span) -> Option<u32> {
    let worst = set.tally(span.range()).worst()?;
    let count = |span: Span| {
        let tally = set.tally(span.range());
        tally.by_class.get(usize::from(worst)).copied().unwrap_or(0)
    };
    let mut left = span;
    while left.len() > FEW_SLOTS {
        let (one, other) = left.halves();
        left = if count(one) > 0 { one } else { other };
    }
    let mut found = None;
    each_visible(set, left, |slot| {
        if found.is_none() && set.state(slot).class() == worst {
            found = Some(slot);
        }
    });
    found
}

/// Every visible high or critical slot of a span, ascending, at the price of those only.
pub(super) fn each_urgent(set: &PointSet, span: Span, take: &mut impl FnMut(u32)) {
    if urgent_in(&set.tally(span.range())) == 0 {
        return;
    }
    if span.len() <= FEW_SLOTS {
        each_visible(set, span, |slot| {
            if is_urgent(set.state(slot).class()) {
                take(slot);
            }
        });
        return;
    }
    let (one, other) = span.halves();
    each_urgent(set, one, take);
    each_urgent(set, other, take);
}

/// The middle of what is visible in a span: exact at `now` for few slots, that of all its slots for many.
pub(super) fn middle_of(set: &PointSet, span: Span, now: f32) -> [f32; 3] {
    if span.len() > FEW_SLOTS {
        return set.middle(span.range());
    }
    let (mut sum, mut count) = ([0.0_f64; 3], 0_u32);
    each_visible(set, span, |slot| {
        for (sum, at) in sum.iter_mut().zip(set.place_at(slot, now)) {
            *sum += f64::from(at);
        }
        count += 1;
    });
    sum.map(|sum| (sum / f64::from(count.max(1))) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_from_the_root_meets_ascending_numbers() {
        let keys: Vec<u32> = (0..4096_u32).map(|n| n << 20).collect();
        let root = Cell {
            level: 0,
            prefix: 0,
            span: Span {
                first: 0,
                end: 4096,
            },
        };
        let mut met = Vec::new();
        walk(root, &keys, &mut met);
        assert!(met.is_sorted_by(|one, other| one.0 < other.0));
        let leaves: u32 = met.iter().map(|(_, slots)| slots).sum();
        assert_eq!(leaves, 4096, "every slot lies in one smallest cell");
    }

    fn walk(cell: Cell, keys: &[u32], met: &mut Vec<(u64, u32)>) {
        let is_leaf = cell.level == 6;
        met.push((cell.id(), if is_leaf { cell.span.len() } else { 0 }));
        if !is_leaf {
            for quarter in cell.quarters(keys) {
                assert!(quarter.span.first >= cell.span.first && quarter.span.end <= cell.span.end);
                walk(quarter, keys, met);
            }
        }
    }

    #[test]
    fn the_last_key_of_all_lies_in_the_last_of_the_smallest_cells() {
        let keys = [0, 1, u32::MAX - 1, u32::MAX];
        let mut cell = Cell {
            level: 0,
            prefix: 0,
            span: Span { first: 0, end: 4 },
        };
        while !cell.is_finest() {
            let [.., last] = cell.quarters(&keys);
            cell = last;
        }
        assert_eq!(cell.span, Span { first: 3, end: 4 });
        assert_eq!(cell.prefix, u32::MAX);
    }

    #[test]
    fn a_spans_bits_are_those_of_its_slots_in_each_block() {
        let span = Span {
            first: 60,
            end: 130,
        };
        assert_eq!(span.mask_in(0), 0b1111 << 60);
        assert_eq!(span.mask_in(1), u64::MAX);
        assert_eq!(span.mask_in(2), 0b11);
        assert_eq!(span.mask_in(3), 0);
    }

    #[test]
    fn what_is_not_real_is_less_urgent_than_anything() {
        let mut classes = [0_u8, 1, 2, 3, 4, 5];
        classes.sort_by_key(|class| urgency_of(*class));
        assert_eq!(classes, [5, 0, 1, 2, 3, 4]);
    }
}
