//! Which bytes the GPU lacks: what changed, packed for a scatter in pages of 256 slots.
//!
//! A page costs a head of 16 bytes, a changed state 1 + 8 bytes, a changed leg 1 + 32. For 100 000 random states of 1 000 000
//! this is 1.2 bytes for each byte that changed; ranges of buffers would be sent whole.

use super::state::{Motion, PointState};
use bytemuck::{Pod, Zeroable};

/// Slots in a page of an upload: what one byte can number.
pub const PAGE: u32 = 256;

/// What the GPU must be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dirt {
    /// Nothing changed since the last time.
    Clean,
    /// The changes in the [`Upload`].
    Changes,
    /// All columns anew: rows were replaced or slots changed their order.
    All,
}

/// One page of a scatter: `payload[first..first + count]` goes to slots `page * 256 + offsets[first..first + count]`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
pub struct ScatterHead {
    /// Number of the page.
    pub page: u32,
    /// Index of its first entry in the payload and in the offsets.
    pub first: u32,
    /// How many entries it has, 1 to 256.
    pub count: u32,
    /// Always 0.
    pub pad: u32,
}

/// What changed. Reused from frame to frame, so that it allocates nothing once it has grown.
#[derive(Clone, Debug, Default)]
pub struct Upload {
    /// Pages with changed states.
    pub heads: Vec<ScatterHead>,
    /// Slots within their pages, one byte for each state; zeros up to a multiple of 4 bytes.
    pub offsets: Vec<u8>,
    /// The changed states.
    pub states: Vec<PointState>,
    /// Pages with changed legs.
    pub move_heads: Vec<ScatterHead>,
    /// Slots within their pages, one byte for each leg; zeros up to a multiple of 4 bytes.
    pub move_offsets: Vec<u8>,
    /// The changed legs.
    pub motions: Vec<Motion>,
}

impl Upload {
    /// How many bytes go to the GPU.
    pub fn bytes(&self) -> usize {
        size_of_val(self.heads.as_slice())
            + self.offsets.len()
            + size_of_val(self.states.as_slice())
            + size_of_val(self.move_heads.as_slice())
            + self.move_offsets.len()
            + size_of_val(self.motions.as_slice())
    }

    /// True when there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.heads.is_empty() && self.move_heads.is_empty()
    }

    /// Forgets everything, keeps the memory.
    pub fn clear(&mut self) {
        self.heads.clear();
        self.offsets.clear();
        self.states.clear();
        self.move_heads.clear();
        self.move_offsets.clear();
        self.motions.clear();
    }
}

/// Packs the entries of `column` whose bit is set, and clears the bits.
pub(super) fn gather<T: Pod>(
    dirty: &mut [u64],
    column: &[T],
    heads: &mut Vec<ScatterHead>,
    offsets: &mut Vec<u8>,
    payload: &mut Vec<T>,
) {
    // A page is gathered on the stack and appended whole: a check of the capacity per page, not per entry.
    let mut numbers = [0_u8; PAGE as usize];
    let mut entries = [T::zeroed(); PAGE as usize];
    let pages = dirty.chunks_mut(4).zip(column.chunks(PAGE as usize));
    for (page, (words, slots)) in pages.enumerate() {
        if words.iter().all(|word| *word == 0) {
            continue;
        }
        let count = gather_page(words, slots, &mut numbers, &mut entries);
        words.fill(0);
        heads.push(ScatterHead {
            page: page as u32,
            first: payload.len() as u32,
            count: count as u32,
            pad: 0,
        });
        offsets.extend_from_slice(numbers.get(..count).unwrap_or_default());
        payload.extend_from_slice(entries.get(..count).unwrap_or_default());
    }
    offsets.resize(offsets.len().next_multiple_of(4), 0);
}

/// Packs one page; how many entries it has.
fn gather_page<T: Copy>(
    words: &[u64],
    slots: &[T],
    numbers: &mut [u8],
    entries: &mut [T],
) -> usize {
    let mut count = 0;
    for (number, word) in words.iter().enumerate() {
        let mut bits = *word;
        while bits != 0 {
            let slot = number * 64 + bits.trailing_zeros() as usize;
            bits &= bits - 1;
            if let (Some(offset), Some(entry), Some(value)) = (
                numbers.get_mut(count),
                entries.get_mut(count),
                slots.get(slot),
            ) {
                *offset = slot as u8;
                *entry = *value;
                count += 1;
            }
        }
    }
    count
}
