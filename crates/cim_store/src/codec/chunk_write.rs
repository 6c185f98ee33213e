//! Writing column chunks; `chunk` reads them.

use std::ops::Range;

use cim_model::Quality;

use super::chunk::{LENGTHS_AT, MAGIC, PARTS_AT, VERSION, base_of};
use super::numbers::{self, BitWriter, RAW};
use super::{Chunk, CodecError, MAX_ROWS, SLOTS, Scratch, quality_code};
use crate::row::{GROUP, NEVER};

/// From so many differences a slot's period is taken.
const SAMPLE: usize = 32;

/// Appends a chunk to `out`. Rows must lie by slot, then strictly by time, inside `[t0, t1)`; values must be finite.
pub(crate) fn encode_chunk(
    chunk: &Chunk,
    scratch: &mut Scratch,
    out: &mut Vec<u8>,
) -> Result<(), CodecError> {
    check(chunk)?;
    measure(chunk, scratch)?;
    let start = out.len();
    out.extend_from_slice(&MAGIC);
    out.extend_from_slice(&VERSION.to_le_bytes());
    out.extend_from_slice(&[0; 2]);
    out.extend_from_slice(&chunk.group.to_le_bytes());
    out.extend_from_slice(&(chunk.rows() as u32).to_le_bytes());
    out.extend_from_slice(&chunk.t0.to_le_bytes());
    out.extend_from_slice(&chunk.t1.to_le_bytes());
    out.extend_from_slice(&[0; PARTS_AT - LENGTHS_AT]);
    for part in 0..5 {
        let begin = out.len();
        match part {
            0 => {
                for column in scratch.slots.columns() {
                    numbers::pack(column, out);
                }
            }
            1 => put_key(chunk, &scratch.slots.firsts, &mut scratch.column, out),
            2 => {
                let widths = scratch.slots.plans().map(|p| (p.rows, p.time_width));
                put_codes(&scratch.time_codes, widths, &mut scratch.exceptions, out);
            }
            3 => {
                let widths = scratch.slots.plans().map(|p| (p.rows, p.value_width));
                put_codes(&scratch.value_codes, widths, &mut scratch.exceptions, out);
            }
            _ => put_notes(chunk, out),
        }
        let length = (out.len() - begin) as u32;
        numbers::put_u32_at(out, start + LENGTHS_AT + 4 * part, length);
    }
    let whole = (out.len() - start + 8) as u32;
    out.extend_from_slice(&whole.to_le_bytes());
    numbers::close(out, start);
    Ok(())
}

/// Refuses a chunk that is not well formed.
fn check(chunk: &Chunk) -> Result<(), CodecError> {
    let unfit = |at, why| {
        Err(CodecError::Unfit {
            part: "the chunk",
            at,
            why,
        })
    };
    let rows = chunk.rows();
    if rows > MAX_ROWS {
        return unfit(rows, "it has too many rows");
    }
    if chunk.group > u32::MAX / GROUP {
        return unfit(chunk.group as usize, "there is no such group");
    }
    if chunk.values.len() != rows || chunk.qualities.len() != rows {
        return unfit(rows, "its columns differ in length");
    }
    let key = &chunk.key;
    if key.times.len() != SLOTS || key.values.len() != SLOTS || key.qualities.len() != SLOTS {
        return unfit(
            key.times.len(),
            "its key frame has not one entry for each slot",
        );
    }
    let ends = (chunk.starts.first().copied(), chunk.starts.last().copied());
    if chunk.starts.len() != SLOTS + 1
        || ends != (Some(0), Some(rows as u32))
        || !chunk.starts.is_sorted()
    {
        return unfit(
            chunk.starts.len(),
            "its slots' starts do not cover its rows",
        );
    }
    for (slot, rows) in slot_ranges(chunk).enumerate() {
        let times = chunk.times.get(rows).unwrap_or_default();
        if !times.is_sorted_by(|a, b| a < b) {
            return unfit(slot, "a slot's rows do not ascend in time");
        }
        let inside = |time: Option<&i64>| time.is_none_or(|&t| (chunk.t0..chunk.t1).contains(&t));
        if !inside(times.first()) || !inside(times.last()) {
            return unfit(slot, "a row lies outside its stretch of time");
        }
    }
    let ascend = chunk.late.is_sorted_by(|a, b| a.0 < b.0);
    if !ascend
        || chunk
            .late
            .last()
            .is_some_and(|&(row, _)| row as usize >= rows)
    {
        return unfit(
            chunk.late.len(),
            "its late rows do not ascend, or are not there",
        );
    }
    let ascend = key.late.is_sorted_by(|a, b| a.0 < b.0);
    let there = |slot: u16| {
        key.times
            .get(usize::from(slot))
            .is_some_and(|&t| t != NEVER)
    };
    if !ascend || !key.late.iter().all(|&(slot, _)| there(slot)) {
        return unfit(
            key.late.len(),
            "its late keys do not ascend, or are not there",
        );
    }
    Ok(())
}

/// The rows of each slot.
fn slot_ranges(chunk: &Chunk) -> impl Iterator<Item = Range<usize>> {
    let ends = chunk.starts.iter().skip(1);
    chunk
        .starts
        .iter()
        .zip(ends)
        .map(|(&from, &to)| from as usize..to as usize)
}

/// Finds mode, period and widths of every slot, and the codes of every row.
fn measure(chunk: &Chunk, scratch: &mut Scratch) -> Result<(), CodecError> {
    let Scratch {
        slots,
        ints,
        sample,
        time_codes,
        value_codes,
        ..
    } = scratch;
    slots.clear();
    time_codes.clear();
    value_codes.clear();
    let keys = chunk.key.times.iter().zip(&chunk.key.values);
    for (slot, (rows, (&key_time, &key_value))) in slot_ranges(chunk).zip(keys).enumerate() {
        let times = chunk.times.get(rows.clone()).unwrap_or_default();
        let values = chunk.values.get(rows.clone()).unwrap_or_default();
        let key = (key_time != NEVER).then_some(key_value);

        let all = key.into_iter().chain(values.iter().copied());
        let mode = numbers::to_ints(all.clone(), ints);
        if mode >= RAW && !all.clone().all(f64::is_finite) {
            return Err(CodecError::Unfit {
                part: "the chunk",
                at: slot,
                why: "a value of this slot is not finite",
            });
        }
        let own = ints.get(usize::from(key.is_some())..).unwrap_or_default();
        let first = if key.is_some() { ints.first() } else { None };
        let first = first.copied().unwrap_or(0);
        let mut before = first;
        value_codes.extend(own.iter().map(|&int| {
            let code = numbers::zigzag(int.wrapping_sub(before));
            before = int;
            code
        }));

        let base = base_of(key_time, chunk.t0);
        let period = period_of(
            times,
            (key.is_some() && base == key_time).then_some(base),
            sample,
        );
        let mut before = base;
        time_codes.extend(times.iter().map(|&time| {
            let gap = time.wrapping_sub(before).wrapping_sub(period);
            before = time;
            numbers::zigzag(gap)
        }));

        slots.counts.push(rows.len() as i64);
        slots.modes.push(i64::from(mode));
        slots.periods.push(period);
        let width = |codes: &[u64]| {
            i64::from(numbers::best_width(
                codes.get(rows.clone()).unwrap_or_default(),
            ))
        };
        slots.time_widths.push(width(time_codes));
        slots.value_widths.push(width(value_codes));
        slots.firsts.push(first);
    }
    Ok(())
}

/// The middle difference between a slot's neighbours in time; 0 when there is none.
fn period_of(times: &[i64], key_time: Option<i64>, sample: &mut Vec<i64>) -> i64 {
    sample.clear();
    if let (Some(before), Some(&first)) = (key_time, times.first()) {
        sample.push(first.wrapping_sub(before));
    }
    let step = times.len() / SAMPLE + 1;
    let pairs = times.iter().zip(times.iter().skip(1)).step_by(step);
    sample.extend(pairs.map(|(&before, &time)| time.wrapping_sub(before)));
    if sample.is_empty() {
        return 0;
    }
    let middle = sample.len() / 2;
    *sample.select_nth_unstable(middle).1
}

/// Appends the codes of one column: the bits, then the exceptions.
fn put_codes(
    codes: &[u64],
    widths: impl Iterator<Item = (Range<usize>, u32)>,
    exceptions: &mut Vec<(u32, u64)>,
    out: &mut Vec<u8>,
) {
    exceptions.clear();
    let mut bits = BitWriter::new(out);
    for (rows, width) in widths {
        let limit = numbers::greatest(width);
        let codes = codes.get(rows.clone()).unwrap_or_default();
        for (row, &code) in rows.zip(codes) {
            if code <= limit {
                bits.put(code, width);
            } else {
                bits.put(0, width);
                exceptions.push((row as u32, code));
            }
        }
    }
    bits.finish();
    numbers::put_varint(out, exceptions.len() as u64);
    let mut next = 0;
    for &(row, code) in exceptions.iter() {
        numbers::put_varint(out, u64::from(row - next));
        numbers::put_varint(out, code);
        next = row + 1;
    }
}

/// Appends the key frame.
fn put_key(chunk: &Chunk, firsts: &[i64], column: &mut Vec<i64>, out: &mut Vec<u8>) {
    let key = &chunk.key;
    let there = || key.times.iter().map(|&time| time != NEVER);
    match there().filter(|&is_there| is_there).count() {
        0 => {
            out.push(0);
            return;
        }
        SLOTS => out.push(1),
        _ => {
            out.push(2);
            let mut bits = BitWriter::new(out);
            there().for_each(|is_there| bits.put(u64::from(is_there), 1));
            bits.finish();
        }
    }
    let mut put = |values: &mut dyn Iterator<Item = i64>| {
        column.clear();
        column.extend(there().zip(values).filter(|v| v.0).map(|v| v.1));
        numbers::pack(column, out);
    };
    put(&mut key.times.iter().map(|&time| chunk.t0.wrapping_sub(time)));
    put(&mut firsts.iter().copied());
    put(&mut key.qualities.iter().map(|&q| i64::from(quality_code(q))));
    let time_of = |slot: u64| key.times.get(slot as usize).copied().unwrap_or(NEVER);
    let late = key.late.iter().map(|&(slot, at)| (u64::from(slot), at));
    put_late(late, time_of, out);
}

/// Appends late entries.
fn put_late(
    late: impl ExactSizeIterator<Item = (u64, i64)>,
    time_of: impl Fn(u64) -> i64,
    out: &mut Vec<u8>,
) {
    numbers::put_varint(out, late.len() as u64);
    let mut next = 0;
    for (row, known_at) in late {
        numbers::put_varint(out, row - next);
        numbers::put_signed(out, known_at.wrapping_sub(time_of(row)));
        next = row + 1;
    }
}

/// Appends the rows' qualities as runs, and the late rows.
fn put_notes(chunk: &Chunk, out: &mut Vec<u8>) {
    if chunk.qualities.iter().all(|&q| q == Quality::Good) {
        out.push(0);
    } else {
        let runs = || chunk.qualities.chunk_by(|a, b| a == b);
        numbers::put_varint(out, runs().count() as u64);
        for run in runs() {
            numbers::put_varint(out, run.len() as u64);
            out.push(run.first().map_or(0, |&q| quality_code(q)));
        }
    }
    let time_of = |row: u64| chunk.times.get(row as usize).copied().unwrap_or(NEVER);
    let late = chunk.late.iter().map(|&(row, at)| (u64::from(row), at));
    put_late(late, time_of, out);
}
