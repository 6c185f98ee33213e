//! How history lies in a blob: column chunks with a key frame, frames of the row log, aggregates. The file format.
//!
//! All numbers are little endian. *varint*: seven bits a byte, lowest first. *signed*: zigzag, then varint. *packed*:
//! the values in blocks of 64 (the last may be shorter), each block: width `u8` (0–64 bits), number of exceptions `u8`,
//! reference signed, the differences to the reference as that many bits each (lowest first, filled up to a byte), then
//! the exceptions: place `u8`, difference signed. All differences wrap around at 64 bits, so that every value can be
//! told.
//!
//! A value lies as an integer, by its *mode*. 0–9: the value is that integer divided by 10^mode, to the last bit.
//! 10–62: the bits of the `f64` without its sign, shifted right by mode − 10 (they are zero there), and inverted when
//! it is negative. A quality: 0 good, 1 suspect, 2 estimated.
//!
//! # Chunk (`chunk_write.rs`, `chunk.rs`)
//! | bytes | what |
//! |--:|---|
//! | 4 | `CIMC` |
//! | 2 + 2 | version (1), zero |
//! | 4 + 4 | group, number of rows |
//! | 8 + 8 | t0, t1, UTC milliseconds |
//! | 5 × 4 | lengths of the five parts |
//! | … | *slots*: packed columns of 512: rows of each slot, mode, period, bits of a time code, bits of a value code |
//! | … | *key*: who has a value: `0` nobody (the part ends), `1` all, `2` and a bit for each slot; see below |
//! | … | *times*: the codes of all rows as bits, filled up to a byte; exceptions |
//! | … | *values*: likewise |
//! | … | *notes*: number of runs varint (0: all good), each run: rows varint, quality `u8`; late |
//! | 4 + 4 | length of the whole, CRC-32 (IEEE 802.3) of everything before it |
//!
//! Key, of the slots that have a value: packed t0 − moment, packed value, packed quality; late.
//!
//! Rows lie by slot, then by time. Time code: zigzag of (difference to the row before − the slot's period); the row
//! before the first is the key, or t0 when there is no key or it is older than an hour. Value code: zigzag of the
//! difference to the row before; before the first: the key, or 0. A code that is wider than its slot's width is an
//! *exception*: zero bits in its place, and after the bits: how many varint, each: rows passed over since the last one
//! varint, code varint. *Late*: how many varint, each: rows (slots in the key) passed over varint, known-at −
//! happened-at signed.
//!
//! # Frame of the log (`frame.rs`)
//! | bytes | what |
//! |--:|---|
//! | 4 + 2 | `CIMF`, version (1) |
//! | 4 | number of rows |
//! | … | blocks of 128 rows, the last may be shorter |
//! | 4 | CRC-32 of everything before it |
//!
//! A block is five *columns*, each: width `u8`, reference signed, then differences to the reference as that many bits,
//! filled up to a byte. They are: series; moment; known-at − moment; mode `u8`, number of exceptions `u8`, the values'
//! integers, the exceptions (place `u8`, `f64` bits); quality. Where 128 is added to the width of the series, the column
//! holds the differences between neighbours, its first entry says nothing, and the first series follows as a varint.
//!
//! # Aggregates (`aggregate.rs`)
//! Minutes of a group's hour: `CIMM`, version `u16` (1), slots `u16` (512); the directory: for each slot where its part
//! ends, `u32` from the end of the directory, and the part's CRC-32; CRC-32 of everything so far; the parts. A slot
//! without values has an empty part. Hours of a series' day: `CIMH`, version `u16` (1), one part, CRC-32 of everything
//! before it.
//!
//! A part: one bit for each stretch (it has values), filled up to a byte; mode `u8`; then packed, of the stretches with
//! values: n, worst quality, minimum (differences to the one before), maximum − minimum, and the mean. With a decimal
//! mode the mean is told by the sum's integer S (packed S − n × minimum) and by how many floating-point steps the mean
//! lies above (S / 10^mode) / n (packed); with another mode by the steps that it lies above the minimum (packed).

mod aggregate;
mod chunk;
mod chunk_write;
mod frame;
mod numbers;
mod state;
#[cfg(test)]
mod tests;

use cim_model::Quality;

use crate::row::{GROUP, NEVER};

pub(crate) use aggregate::{
    Aggregate, decode_hours, decode_minutes_of, encode_hours, encode_minutes,
};
pub(crate) use chunk::{decode_chunk, stretch_of};
pub(crate) use chunk_write::encode_chunk;
pub(crate) use frame::{decode_frame, encode_frame};
pub(crate) use state::decode_state;

/// The most rows that a chunk or a frame may hold. Whoever claims more is damaged.
pub(crate) const MAX_ROWS: usize = 4_194_304;

/// [`GROUP`] as a length.
const SLOTS: usize = GROUP as usize;

/// Why bytes could not be read, or rows could not be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CodecError {
    /// The bytes are not what this part may hold.
    #[error("{part} is damaged at byte {at}: {why}")]
    Damaged {
        /// Which part of which blob.
        part: &'static str,
        /// Where, in bytes from the blob's start.
        at: usize,
        /// What is wrong there.
        why: &'static str,
    },
    /// The checksum does not fit the bytes.
    #[error("{part} is damaged: its checksum is {stored:08x}, its bytes give {found:08x}")]
    Checksum {
        /// Which part of which blob.
        part: &'static str,
        /// The checksum that lies there.
        stored: u32,
        /// The checksum of the bytes.
        found: u32,
    },
    /// A later release wrote it.
    #[error("{part} has version {found}; this release reads version {known}")]
    Version {
        /// Which blob.
        part: &'static str,
        /// Its version.
        found: u16,
        /// The version that can be read.
        known: u16,
    },
    /// What should be written is not well formed.
    #[error("{part} cannot be written: {why} (at {at})")]
    Unfit {
        /// Which blob.
        part: &'static str,
        /// Which row, slot or entry.
        at: usize,
        /// What is wrong with it.
        why: &'static str,
    },
}

/// The state of a group just before a chunk, or at a moment inside it. The vectors have [`GROUP`] entries.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct KeyFrame {
    /// When each value held, UTC milliseconds; [`NEVER`]: there is none.
    pub times: Vec<i64>,
    /// The values; 0 where there is none.
    pub values: Vec<f64>,
    /// How far each can be trusted; good where there is none.
    pub qualities: Vec<Quality>,
    /// Values that became known late: slot and known-at, UTC milliseconds, ascending by slot.
    pub late: Vec<(u16, i64)>,
}

impl KeyFrame {
    /// No series has a value.
    pub(crate) fn empty() -> Self {
        Self {
            times: vec![NEVER; SLOTS],
            values: vec![0.0; SLOTS],
            qualities: vec![Quality::Good; SLOTS],
            late: Vec::new(),
        }
    }

    /// Empties it, and keeps its memory.
    pub(crate) fn reset(&mut self) {
        self.times.clear();
        self.times.resize(SLOTS, NEVER);
        self.values.clear();
        self.values.resize(SLOTS, 0.0);
        self.qualities.clear();
        self.qualities.resize(SLOTS, Quality::Good);
        self.late.clear();
    }
}

/// A decoded chunk. The rows of slot `s` are those from `starts[s]` to before `starts[s + 1]`, by time.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Chunk {
    /// Whose 512 series it holds.
    pub group: u32,
    /// The start of its stretch of time, UTC milliseconds.
    pub t0: i64,
    /// The end of its stretch, which is no longer inside.
    pub t1: i64,
    /// The state just before `t0`.
    pub key: KeyFrame,
    /// Where each slot's rows begin: [`GROUP`] + 1 numbers, ascending.
    pub starts: Vec<u32>,
    /// When each row's value held, UTC milliseconds.
    pub times: Vec<i64>,
    /// The values.
    pub values: Vec<f64>,
    /// How far each can be trusted.
    pub qualities: Vec<Quality>,
    /// Rows that became known late: row and known-at, UTC milliseconds, ascending by row.
    pub late: Vec<(u32, i64)>,
}

impl Chunk {
    /// A chunk without rows and without a key.
    pub(crate) fn empty(group: u32, t0: i64, t1: i64) -> Self {
        Self {
            group,
            t0,
            t1,
            key: KeyFrame::empty(),
            starts: vec![0; SLOTS + 1],
            times: Vec::new(),
            values: Vec::new(),
            qualities: Vec::new(),
            late: Vec::new(),
        }
    }

    /// How many rows it holds.
    pub(crate) fn rows(&self) -> usize {
        self.times.len()
    }

    /// When a row became known, UTC milliseconds: when it held, unless it was late. [`NEVER`] for a row that is not
    /// there.
    pub(crate) fn known_at(&self, row: usize) -> i64 {
        let late = u32::try_from(row)
            .ok()
            .and_then(|row| self.late.binary_search_by_key(&row, |entry| entry.0).ok())
            .and_then(|place| self.late.get(place));
        late.map_or_else(
            || self.times.get(row).copied().unwrap_or(NEVER),
            |&(_, known_at)| known_at,
        )
    }
}

/// Buffers that encoding and decoding use again and again. One for each thread.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    /// What is told of each slot.
    slots: chunk::Slots,
    /// Integers of one slot's values, or times of one slot.
    ints: Vec<i64>,
    /// Differences, from which a slot's period is taken.
    sample: Vec<i64>,
    /// The codes of all rows' times.
    time_codes: Vec<u64>,
    /// The codes of all rows' values.
    value_codes: Vec<u64>,
    /// Codes that do not fit: row and code.
    exceptions: Vec<(u32, u64)>,
    /// One packed column.
    column: Vec<i64>,
    /// Late rows: row, and how late.
    late: Vec<(u32, i64)>,
}

/// A quality as it lies in a blob.
fn quality_code(quality: Quality) -> u8 {
    match quality {
        Quality::Good => 0,
        Quality::Suspect => 1,
        Quality::Estimated => 2,
    }
}

/// The quality of a code.
fn quality_of(code: i64) -> Option<Quality> {
    match code {
        0 => Some(Quality::Good),
        1 => Some(Quality::Suspect),
        2 => Some(Quality::Estimated),
        _ => None,
    }
}
