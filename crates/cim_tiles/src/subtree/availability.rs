//! Which nodes of a subtree exist: one bit each, in Morton order, level by level.

use crate::tile_metadata::ViewBytes;

/// How many bytes of bits are counted together.
const CHUNK_BYTES: usize = 64;

/// A bit for every node, or one for all.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Availability {
    /// The same for all nodes.
    Constant(bool),
    /// The lowest bit of the first byte is node 0.
    Bits {
        /// The bits.
        view: ViewBytes,
        /// For each chunk, how many bits are set before it.
        before: Vec<u32>,
    },
}

impl Availability {
    /// Availability by bits.
    pub(crate) fn of_bits(view: ViewBytes) -> Self {
        let mut set = 0;
        let before = view
            .bytes()
            .chunks(CHUNK_BYTES)
            .map(|chunk| {
                let so_far = set;
                set += ones(chunk);
                so_far
            })
            .collect();
        Self::Bits { view, before }
    }

    /// Whether a node exists. Nodes beyond the last bit do not.
    pub(crate) fn is_available(&self, node: u64) -> bool {
        match self {
            Self::Constant(all) => *all,
            Self::Bits { view, .. } => usize::try_from(node / 8)
                .ok()
                .and_then(|byte| view.bytes().get(byte))
                .is_some_and(|byte| (byte >> (node % 8)) & 1 == 1),
        }
    }

    /// How many nodes come before an existing one: its row in a table of all that exist.
    pub(crate) fn rank(&self, node: u64) -> Option<u32> {
        if !self.is_available(node) {
            return None;
        }
        match self {
            Self::Constant(_) => u32::try_from(node).ok(),
            Self::Bits { view, before } => {
                let byte = usize::try_from(node / 8).ok()?;
                let chunk = byte / CHUNK_BYTES;
                let so_far = *before.get(chunk)?;
                let bytes = view.bytes();
                let whole = ones(bytes.get(chunk * CHUNK_BYTES..byte)?);
                let below = (1_u16 << (node % 8)) - 1;
                let part = (u16::from(*bytes.get(byte)?) & below).count_ones();
                Some(so_far + whole + part)
            }
        }
    }
}

/// How many nodes a tree has above `level`; each has `children` children.
pub(crate) fn nodes_above(level: u32, children: u64) -> u64 {
    (children.saturating_pow(level) - 1) / (children - 1)
}

/// The number of a node within its level: the bits of its coordinates taken in turn, x lowest.
pub(crate) fn morton(level: u32, at: [u32; 3], is_octree: bool) -> u64 {
    let [x, y, z] = at.map(u64::from);
    let axes: u32 = if is_octree { 3 } else { 2 };
    let mut number = 0;
    for bit in 0..level.min(64 / axes) {
        number |= ((x >> bit) & 1) << (bit * axes);
        number |= ((y >> bit) & 1) << (bit * axes + 1);
        if is_octree {
            number |= ((z >> bit) & 1) << (bit * axes + 2);
        }
    }
    number
}

fn ones(bytes: &[u8]) -> u32 {
    bytes.iter().map(|byte| byte.count_ones()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn bits_are_read_from_the_lowest_and_counted() {
        let mut bytes = vec![0b1011, 0];
        bytes.resize(130, 0xFF);
        let buffer = Arc::new(bytes);
        let view = ViewBytes::new(&buffer, 0, 130).expect("the whole buffer");
        let bits = Availability::of_bits(view);
        assert_eq!(
            (0..5)
                .map(|node| bits.is_available(node))
                .collect::<Vec<_>>(),
            [true, true, false, true, false]
        );
        assert_eq!(bits.rank(3), Some(2));
        assert_eq!(bits.rank(2), None);
        assert_eq!(bits.rank(16), Some(3));
        assert_eq!(bits.rank(129 * 8 + 7), Some(3 + 128 * 8 - 1));
        assert!(!bits.is_available(130 * 8) && !bits.is_available(u64::MAX));
        assert_eq!(Availability::Constant(true).rank(17), Some(17));
        assert_eq!(Availability::Constant(false).rank(17), None);
    }

    #[test]
    fn nodes_are_counted_level_by_level() {
        assert_eq!(
            [0, 1, 2, 3].map(|level| nodes_above(level, 4)),
            [0, 1, 5, 21]
        );
        assert_eq!(nodes_above(2, 8), 9);
    }

    #[test]
    fn morton_numbers_take_bits_in_turn() {
        assert_eq!(morton(1, [1, 0, 0], false), 1);
        assert_eq!(morton(1, [0, 1, 0], false), 2);
        assert_eq!(morton(2, [3, 1, 0], false), 0b0111);
        assert_eq!(morton(1, [0, 0, 1], true), 4);
        assert_eq!(morton(2, [2, 1, 3], true), 0b101_110);
    }
}
