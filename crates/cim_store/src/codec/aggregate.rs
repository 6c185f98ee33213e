//! Aggregates: least, greatest and mean value of a stretch of time, for charts over days and years.

use cim_model::Quality;

use super::numbers::{self, BitWriter, LAST_MODE, RAW, Reader};
use super::{CodecError, SLOTS, quality_code, quality_of};

const MINUTES_MAGIC: [u8; 4] = *b"CIMM";
const HOURS_MAGIC: [u8; 4] = *b"CIMH";
const VERSION: u16 = 1;
/// Minutes of an hour, hours of a day: how many stretches a part holds.
const MINUTES: usize = 60;
const HOURS: usize = 24;
/// A directory entry: where a part ends, and its checksum.
const ENTRY: usize = 8;
/// Where the directory begins and ends, and where the parts begin.
const DIRECTORY_AT: usize = 8;
const DIRECTORY_END: usize = DIRECTORY_AT + SLOTS * ENTRY;
const PARTS_AT: usize = DIRECTORY_END + 4;

/// One stretch (a minute, an hour) of one series. Where `n` is 0 there is nothing, and the rest has no meaning.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Aggregate {
    /// How many values there were.
    pub n: u32,
    /// The least value.
    pub min: f64,
    /// The greatest value.
    pub max: f64,
    /// The mean of the values.
    pub mean: f64,
    /// The worst quality: good, then estimated, then suspect.
    pub worst: Quality,
}

/// Buffers of one call.
#[derive(Default)]
struct Buffers {
    there: Vec<Aggregate>,
    ints: Vec<i64>,
    column: Vec<i64>,
}

/// Appends a group's hour to `out`: the minutes of each of its 512 slots.
pub(crate) fn encode_minutes(
    slots: &[[Aggregate; MINUTES]],
    out: &mut Vec<u8>,
) -> Result<(), CodecError> {
    if slots.len() != SLOTS {
        return Err(CodecError::Unfit {
            part: "the minutes",
            at: slots.len(),
            why: "they have not one entry for each slot",
        });
    }
    let start = out.len();
    out.extend_from_slice(&MINUTES_MAGIC);
    out.extend_from_slice(&VERSION.to_le_bytes());
    out.extend_from_slice(&(SLOTS as u16).to_le_bytes());
    out.resize(start + PARTS_AT, 0);
    let mut buffers = Buffers::default();
    for (slot, stretches) in slots.iter().enumerate() {
        let begin = out.len();
        if stretches.iter().any(|stretch| stretch.n > 0) {
            put_part(stretches, &mut buffers, out);
        }
        let sum = crc32fast::hash(out.get(begin..).unwrap_or_default());
        let end = (out.len() - start - PARTS_AT) as u32;
        numbers::put_u32_at(out, start + DIRECTORY_AT + slot * ENTRY, end);
        numbers::put_u32_at(out, start + DIRECTORY_AT + slot * ENTRY + 4, sum);
    }
    let head = out.get(start..start + DIRECTORY_END).unwrap_or_default();
    let sum = crc32fast::hash(head);
    numbers::put_u32_at(out, start + DIRECTORY_END, sum);
    Ok(())
}

/// Reads the minutes of one slot. Of the blob only the directory and that slot's part are looked at.
pub(crate) fn decode_minutes_of(
    bytes: &[u8],
    slot: u16,
) -> Result<[Aggregate; MINUTES], CodecError> {
    const PART: &str = "the minutes";
    let head = bytes.get(..PARTS_AT).unwrap_or(bytes);
    let mut from = numbers::open(head, MINUTES_MAGIC, VERSION, PART)?;
    if usize::from(from.u16()?) != SLOTS || bytes.len() < PARTS_AT {
        return Err(from.damaged("the directory is not complete"));
    }
    let slot = usize::from(slot);
    if slot >= SLOTS {
        return Err(CodecError::Unfit {
            part: PART,
            at: slot,
            why: "there is no such slot",
        });
    }
    let entry = |slot: usize| {
        let mut entry = Reader::new(head, DIRECTORY_AT + slot * ENTRY, PART);
        Ok((entry.u32()? as usize, entry.u32()?))
    };
    let (last, _) = entry(SLOTS - 1)?;
    if PARTS_AT + last != bytes.len() {
        return Err(from.damaged("its length is not the one that the directory tells"));
    }
    let begin = match slot.checked_sub(1) {
        Some(before) => entry(before)?.0,
        None => 0,
    };
    let (end, stored) = entry(slot)?;
    let mut parts = Reader::new(bytes, PARTS_AT, PART);
    parts.take(begin)?;
    let length = end
        .checked_sub(begin)
        .ok_or_else(|| parts.damaged("the directory does not ascend"))?;
    let part = parts.part(length, "the minutes of a series")?;
    let found = crc32fast::hash(part.rest());
    if found != stored {
        return Err(CodecError::Checksum {
            part: "the minutes of a series",
            stored,
            found,
        });
    }
    let mut stretches = [Aggregate::default(); MINUTES];
    if length > 0 {
        read_part(part, &mut stretches)?;
    }
    Ok(stretches)
}

/// Appends the hours of one series' day to `out`.
pub(crate) fn encode_hours(hours: &[Aggregate; HOURS], out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(&HOURS_MAGIC);
    out.extend_from_slice(&VERSION.to_le_bytes());
    put_part(hours, &mut Buffers::default(), out);
    numbers::close(out, start);
}

/// Reads the hours of one series' day.
pub(crate) fn decode_hours(bytes: &[u8]) -> Result<[Aggregate; HOURS], CodecError> {
    let part = numbers::open(bytes, HOURS_MAGIC, VERSION, "the hours of a series")?;
    let mut stretches = [Aggregate::default(); HOURS];
    read_part(part, &mut stretches)?;
    Ok(stretches)
}

/// Appends the stretches of one series.
fn put_part(stretches: &[Aggregate], buffers: &mut Buffers, out: &mut Vec<u8>) {
    let Buffers {
        there,
        ints,
        column,
    } = buffers;
    let mut bits = BitWriter::new(out);
    for stretch in stretches {
        bits.put(u64::from(stretch.n > 0), 1);
    }
    bits.finish();
    there.clear();
    there.extend(stretches.iter().filter(|stretch| stretch.n > 0));

    // All minima, then all maxima.
    let ends = there
        .iter()
        .map(|s| s.min)
        .chain(there.iter().map(|s| s.max));
    let mode = numbers::to_ints(ends, ints);
    out.push(mode);
    let (minima, maxima) = ints.split_at_checked(there.len()).unwrap_or_default();

    let mut put = |values: &mut dyn Iterator<Item = i64>| {
        column.clear();
        column.extend(values);
        numbers::pack(column, out);
    };
    put(&mut there.iter().map(|s| i64::from(s.n)));
    put(&mut there.iter().map(|s| i64::from(quality_code(s.worst))));
    let mut before = 0;
    put(&mut minima.iter().map(|&int| {
        let step = int.wrapping_sub(before);
        before = int;
        step
    }));
    put(&mut minima
        .iter()
        .zip(maxima)
        .map(|(&min, &max)| max.wrapping_sub(min)));
    let of_minima = || there.iter().zip(minima);
    if let Some(scale) = numbers::scale_of(mode) {
        put(&mut of_minima().map(|(s, &min)| sum_of(s, scale).wrapping_sub(least_sum(s.n, min))));
        put(&mut there.iter().map(|s| {
            let told = mean_of(sum_of(s, scale), scale, s.n);
            numbers::place_of(s.mean).wrapping_sub(numbers::place_of(told))
        }));
    } else {
        put(&mut there
            .iter()
            .map(|s| numbers::place_of(s.mean).wrapping_sub(numbers::place_of(s.min))));
    }
}

/// The integer sum of a stretch's values, as far as the mean tells it.
fn sum_of(stretch: &Aggregate, scale: f64) -> i64 {
    numbers::nearest(stretch.mean * f64::from(stretch.n) * scale)
}

/// What the sum would be if all values were the minimum.
fn least_sum(n: u32, min: i64) -> i64 {
    i64::from(n).wrapping_mul(min)
}

/// The mean that a sum stands for.
fn mean_of(sum: i64, scale: f64, n: u32) -> f64 {
    (sum as f64 / scale) / f64::from(n)
}

/// Reads the stretches of one series.
fn read_part(mut part: Reader<'_>, into: &mut [Aggregate]) -> Result<(), CodecError> {
    let stream = part.bits(into.len() as u64)?;
    let mut there = [0_i64; MINUTES];
    numbers::read_bits(stream, 0, 1, &mut there);
    let mut count = 0;
    for (stretch, &bit) in into.iter_mut().zip(&there) {
        stretch.n = bit as u32;
        count += bit as usize;
    }
    let mode = part.byte()?;
    if mode > LAST_MODE {
        return Err(part.damaged("an unknown mode of values"));
    }
    let mut columns = [[0_i64; MINUTES]; 6];
    let used = if mode < RAW { 6 } else { 5 };
    for column in columns.iter_mut().take(used) {
        let column = column
            .get_mut(..count)
            .ok_or_else(|| part.damaged("too many stretches"))?;
        numbers::unpack(&mut part, column)?;
    }
    part.end()?;
    let [ns, qualities, steps, ranges, means, above] = &columns;
    let ends = steps.iter().zip(ranges);
    let means = means.iter().zip(above);
    let told = ns.iter().zip(qualities).zip(ends).zip(means);
    let mut min = 0_i64;
    for (stretch, (((&n, &quality), (&step, &range)), (&mean, &above))) in
        into.iter_mut().filter(|stretch| stretch.n > 0).zip(told)
    {
        min = min.wrapping_add(step);
        stretch.n = u32::try_from(n)
            .ok()
            .filter(|&n| n > 0)
            .ok_or_else(|| part.damaged("a stretch without values"))?;
        stretch.worst = quality_of(quality).ok_or_else(|| part.damaged("an unknown quality"))?;
        stretch.min = numbers::value_of(mode, min);
        stretch.max = numbers::value_of(mode, min.wrapping_add(range));
        let (told, above) = match numbers::scale_of(mode) {
            Some(scale) => {
                let sum = least_sum(stretch.n, min).wrapping_add(mean);
                (mean_of(sum, scale, stretch.n), above)
            }
            None => (stretch.min, mean),
        };
        stretch.mean = numbers::at_place(numbers::place_of(told).wrapping_add(above));
    }
    Ok(())
}
