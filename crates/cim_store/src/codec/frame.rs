//! Frames of the row log: rows in the order in which they came, small and fast to write, gone when their chunks are
//! written.

use super::numbers::{self, BitWriter, LAST_MODE, Reader};
use super::{CodecError, MAX_ROWS, quality_code, quality_of};
use crate::row::Row;

const MAGIC: [u8; 4] = *b"CIMF";
const VERSION: u16 = 1;
/// How many rows share the widths of their columns.
const BLOCK: usize = 128;
/// So many values of a block may be no decimals before all are told as doubles.
const SPARE: usize = 8;
/// Marks the column of series when the differences between neighbours lie there.
const STEPS: u8 = 0x80;

/// Appends rows to `out`, as they are and in their order. At most [`MAX_ROWS`] of them can be read again.
pub(crate) fn encode_frame(rows: &[Row], out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(&MAGIC);
    out.extend_from_slice(&VERSION.to_le_bytes());
    out.extend_from_slice(&(rows.len() as u32).to_le_bytes());
    let mut buffers = Buffers {
        column: Vec::with_capacity(BLOCK),
        values: Vec::with_capacity(BLOCK),
        failed: Vec::with_capacity(BLOCK),
    };
    for block in rows.chunks(BLOCK) {
        put_block(block, &mut buffers, out);
    }
    numbers::close(out, start);
}

/// One block's columns: three allocations for a frame, however many rows it has.
struct Buffers {
    column: Vec<i64>,
    values: Vec<f64>,
    failed: Vec<u8>,
}

fn put_block(block: &[Row], buffers: &mut Buffers, out: &mut Vec<u8>) {
    let Buffers {
        column,
        values,
        failed,
    } = buffers;
    put_series(block, column, out);
    let mut put = |value: fn(&Row) -> i64| {
        column.clear();
        column.extend(block.iter().map(value));
        put_column(column, 0, out);
    };
    put(|row| row.happened_at);
    put(|row| row.known_at.wrapping_sub(row.happened_at));

    values.clear();
    values.extend(block.iter().map(|row| row.value));
    let mode = numbers::to_most_ints(values, SPARE, column, failed);
    out.push(mode);
    out.push(failed.len() as u8);
    put_column(column, 0, out);
    for &place in failed.iter() {
        let value = values.get(usize::from(place)).copied().unwrap_or(0.0);
        out.push(place);
        out.extend_from_slice(&value.to_le_bytes());
    }
    column.clear();
    column.extend(block.iter().map(|row| i64::from(quality_code(row.quality))));
    put_column(column, 0, out);
}

/// Appends the series, or the differences between neighbours where those are smaller.
fn put_series(block: &[Row], column: &mut Vec<i64>, out: &mut Vec<u8>) {
    column.clear();
    let mut before = 0;
    // The first difference is the first series itself. It would widen all the others, so it lies apart.
    column.extend(block.iter().map(|row| {
        let step = i64::from(row.series) - before;
        before = i64::from(row.series);
        step
    }));
    let steps = width_of(column.get(1..).unwrap_or_default()).1;
    let plain = block.iter().map(|row| i64::from(row.series));
    let (least, most) = plain
        .clone()
        .fold((i64::MAX, i64::MIN), |(a, b), v| (a.min(v), b.max(v)));
    if steps < numbers::bits_of(most.wrapping_sub(least) as u64) {
        let first = column.first().copied().unwrap_or(0);
        if let [head, second, ..] = column.as_mut_slice() {
            *head = *second;
        }
        put_column(column, STEPS, out);
        numbers::put_varint(out, first as u64);
    } else {
        column.clear();
        column.extend(plain);
        put_column(column, 0, out);
    }
}

/// The least number, and how many bits the distances to it need.
fn width_of(column: &[i64]) -> (i64, u32) {
    let bounds = column
        .iter()
        .fold((i64::MAX, i64::MIN), |(least, most), &v| {
            (least.min(v), most.max(v))
        });
    match bounds {
        (least, most) if least <= most => {
            (least, numbers::bits_of(most.wrapping_sub(least) as u64))
        }
        _ => (0, 0),
    }
}

/// Appends numbers as their distances to the least of them.
fn put_column(column: &[i64], mark: u8, out: &mut Vec<u8>) {
    let (least, width) = width_of(column);
    out.push(width as u8 | mark);
    numbers::put_signed(out, least);
    let mut bits = BitWriter::new(out);
    for &value in column {
        bits.put(value.wrapping_sub(least) as u64, width);
    }
    bits.finish();
}

/// Appends the rows of a frame to `into`. After an error `into` is as long as before.
pub(crate) fn decode_frame(bytes: &[u8], into: &mut Vec<Row>) -> Result<(), CodecError> {
    let before = into.len();
    let read = read_frame(bytes, into);
    if read.is_err() {
        into.truncate(before);
    }
    read
}

fn read_frame(bytes: &[u8], into: &mut Vec<Row>) -> Result<(), CodecError> {
    let mut from = numbers::open(bytes, MAGIC, VERSION, "the log's frame")?;
    let rows = from.u32()? as usize;
    if rows > MAX_ROWS {
        return Err(from.damaged("it claims too many rows"));
    }
    // Rows are made block by block, so a claim alone takes no memory.
    let mut left = rows;
    while left > 0 {
        let length = left.min(BLOCK);
        read_block(&mut from, length, into)?;
        left -= length;
    }
    from.end()
}

fn read_block(from: &mut Reader<'_>, length: usize, into: &mut Vec<Row>) -> Result<(), CodecError> {
    let mut columns = [[0_i64; BLOCK]; 5];
    let [series, times, delays, ints, qualities] = &mut columns;
    read_series(from, length, series)?;
    read_column(from, length, times)?;
    read_column(from, length, delays)?;
    let mode = from.byte()?;
    if mode > LAST_MODE {
        return Err(from.damaged("an unknown mode of values"));
    }
    let failed = from.byte()?;
    read_column(from, length, ints)?;
    let mut values = [0.0; BLOCK];
    if !numbers::to_values(mode, ints, &mut values) {
        return Err(from.damaged("a value is no decimal"));
    }
    for _ in 0..failed {
        let place = usize::from(from.byte()?);
        let value = f64::from_le_bytes(from.array()?);
        *values
            .get_mut(place)
            .filter(|_| place < length)
            .ok_or_else(|| from.damaged("an exception lies outside its block"))? = value;
    }
    read_column(from, length, qualities)?;

    let heads = series.iter().zip(times.iter()).zip(delays.iter());
    let tails = values.iter().zip(qualities.iter());
    for (((&series, &time), &delay), (&value, &quality)) in heads.zip(tails).take(length) {
        into.push(Row {
            series: u32::try_from(series)
                .ok()
                .ok_or_else(|| from.damaged("there is no such series"))?,
            quality: quality_of(quality).ok_or_else(|| from.damaged("an unknown quality"))?,
            happened_at: time,
            known_at: time.wrapping_add(delay),
            value,
        });
    }
    Ok(())
}

/// Reads the series of a block.
fn read_series(
    from: &mut Reader<'_>,
    length: usize,
    into: &mut [i64; BLOCK],
) -> Result<(), CodecError> {
    let mark = from.byte()?;
    read_bits(from, mark & !STEPS, length, into)?;
    if mark & STEPS != 0 {
        let mut at = from.varint()? as i64;
        for (place, series) in into.iter_mut().enumerate() {
            if place > 0 {
                at = at.wrapping_add(*series);
            }
            *series = at;
        }
    }
    Ok(())
}

/// Reads a column of a block.
fn read_column(
    from: &mut Reader<'_>,
    length: usize,
    into: &mut [i64; BLOCK],
) -> Result<(), CodecError> {
    let width = from.byte()?;
    read_bits(from, width, length, into)
}

/// Reads what lies behind a column's width.
fn read_bits(
    from: &mut Reader<'_>,
    width: u8,
    length: usize,
    into: &mut [i64; BLOCK],
) -> Result<(), CodecError> {
    let width = u32::from(width);
    if width > u64::BITS {
        return Err(from.damaged("more than 64 bits for a number"));
    }
    let least = from.signed()?;
    let stream = from.bits(length as u64 * u64::from(width))?;
    let into = into.get_mut(..length).unwrap_or_default();
    numbers::read_bits(stream, 0, width, into);
    for value in into {
        *value = value.wrapping_add(least);
    }
    Ok(())
}
