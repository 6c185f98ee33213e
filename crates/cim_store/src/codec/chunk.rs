//! Reading column chunks: the rows of a group's 512 series over a stretch of time, and the key frame before them.

use std::ops::Range;

use cim_model::Quality;

use super::numbers::{self, LAST_MODE, RAW, Reader};
use super::{Chunk, CodecError, KeyFrame, MAX_ROWS, SLOTS, Scratch, quality_of};
use crate::row::{GROUP, HOUR_MS, NEVER};

pub(super) const MAGIC: [u8; 4] = *b"CIMC";
pub(super) const VERSION: u16 = 1;
/// Where the part lengths lie, and where the parts begin.
pub(super) const LENGTHS_AT: usize = 32;
pub(super) const PARTS_AT: usize = 52;

/// What is told of each slot: columns of 512.
#[derive(Debug, Default)]
pub(super) struct Slots {
    pub(super) counts: Vec<i64>,
    pub(super) modes: Vec<i64>,
    pub(super) periods: Vec<i64>,
    pub(super) time_widths: Vec<i64>,
    pub(super) value_widths: Vec<i64>,
    /// The integers of the key's values; 0 where there is none.
    pub(super) firsts: Vec<i64>,
}

/// One slot of [`Slots`].
#[derive(Clone)]
pub(super) struct Plan {
    /// Its rows.
    pub(super) rows: Range<usize>,
    /// How its values lie as integers.
    pub(super) mode: u8,
    /// What is taken off every difference of its times, milliseconds.
    pub(super) period: i64,
    /// Bits of a time code.
    pub(super) time_width: u32,
    /// Bits of a value code.
    pub(super) value_width: u32,
    /// Where its codes begin in the stream of times, bits.
    pub(super) time_bit: u64,
    /// Where its codes begin in the stream of values, bits.
    pub(super) value_bit: u64,
}

impl Slots {
    /// The columns that lie in the blob, in their order.
    pub(super) fn columns(&mut self) -> [&mut Vec<i64>; 5] {
        [
            &mut self.counts,
            &mut self.modes,
            &mut self.periods,
            &mut self.time_widths,
            &mut self.value_widths,
        ]
    }

    /// Empties them.
    pub(super) fn clear(&mut self) {
        self.firsts.clear();
        for column in self.columns() {
            column.clear();
        }
    }

    /// The slots, with where their rows and codes begin.
    pub(super) fn plans(&self) -> impl Iterator<Item = Plan> {
        let (mut row, mut time_bit, mut value_bit) = (0, 0, 0);
        let widths = self.time_widths.iter().zip(&self.value_widths);
        let heads = self.counts.iter().zip(&self.modes).zip(&self.periods);
        heads
            .zip(widths)
            .map(move |(((&count, &mode), &period), widths)| {
                let plan = Plan {
                    rows: row..row + count as usize,
                    mode: mode as u8,
                    period,
                    time_width: *widths.0 as u32,
                    value_width: *widths.1 as u32,
                    time_bit,
                    value_bit,
                };
                row = plan.rows.end;
                time_bit += count as u64 * u64::from(plan.time_width);
                value_bit += count as u64 * u64::from(plan.value_width);
                plan
            })
    }

    /// How many bits the streams of times and of values have.
    pub(super) fn stream_bits(&self) -> (u64, u64) {
        self.plans().last().map_or((0, 0), |plan| {
            let rows = plan.rows.len() as u64;
            (
                plan.time_bit + rows * u64::from(plan.time_width),
                plan.value_bit + rows * u64::from(plan.value_width),
            )
        })
    }

    /// Reads them, and checks all that later steps rely on.
    fn read(&mut self, mut part: Reader<'_>, rows: usize) -> Result<(), CodecError> {
        for column in self.columns() {
            column.clear();
            column.resize(SLOTS, 0);
            numbers::unpack(&mut part, column)?;
        }
        part.end()?;
        let within = |column: &[i64], most: i64| column.iter().all(|v| (0..=most).contains(v));
        if !within(&self.counts, MAX_ROWS as i64) || self.counts.iter().sum::<i64>() != rows as i64
        {
            return Err(part.damaged("the slots' rows do not add up"));
        }
        if !within(&self.modes, i64::from(LAST_MODE)) {
            return Err(part.damaged("an unknown mode of values"));
        }
        if !within(&self.time_widths, 64) || !within(&self.value_widths, 64) {
            return Err(part.damaged("more than 64 bits for a number"));
        }
        Ok(())
    }
}

/// The moment that a slot's first row is told from.
pub(super) fn base_of(key_time: i64, t0: i64) -> i64 {
    if key_time == NEVER || key_time < t0.saturating_sub(HOUR_MS) {
        t0
    } else {
        key_time
    }
}

/// The group, t0 and t1 that a chunk tells of itself; its checksum is not looked at.
pub(crate) fn stretch_of(bytes: &[u8]) -> Option<(u32, i64, i64)> {
    let group = bytes.get(8..12)?.try_into().ok()?;
    let t0 = bytes.get(16..24)?.try_into().ok()?;
    let t1 = bytes.get(24..32)?.try_into().ok()?;
    Some((
        u32::from_le_bytes(group),
        i64::from_le_bytes(t0),
        i64::from_le_bytes(t1),
    ))
}

/// A chunk's header, and readers of its parts.
pub(super) struct Parts<'a> {
    pub(super) group: u32,
    pub(super) rows: usize,
    pub(super) t0: i64,
    pub(super) t1: i64,
    slots: Reader<'a>,
    key: Reader<'a>,
    pub(super) times: Reader<'a>,
    pub(super) values: Reader<'a>,
    pub(super) notes: Reader<'a>,
}

impl<'a> Parts<'a> {
    /// Checks the checksum and reads the header.
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, CodecError> {
        let mut from = numbers::open(bytes, MAGIC, VERSION, "the chunk")?;
        if from.u16()? != 0 {
            return Err(from.damaged("a field that must be zero is not"));
        }
        let group = from.u32()?;
        let rows = from.u32()? as usize;
        if group > u32::MAX / GROUP {
            return Err(from.damaged("there is no such group"));
        }
        if rows > MAX_ROWS {
            return Err(from.damaged("it claims too many rows"));
        }
        let (t0, t1) = (from.i64()?, from.i64()?);
        let mut lengths = [0; 5];
        for length in &mut lengths {
            *length = from.u32()? as usize;
        }
        let [slots, key, times, values, notes] = lengths;
        let parts = Self {
            group,
            rows,
            t0,
            t1,
            slots: from.part(slots, "the chunk's slots")?,
            key: from.part(key, "the chunk's key frame")?,
            times: from.part(times, "the chunk's times")?,
            values: from.part(values, "the chunk's values")?,
            notes: from.part(notes, "the chunk's notes")?,
        };
        if from.u32()? as usize != bytes.len() {
            return Err(from.damaged("its length is not the one that it tells"));
        }
        from.end()?;
        Ok(parts)
    }

    /// Reads the slots and the key frame.
    pub(super) fn read_head(
        &mut self,
        slots: &mut Slots,
        column: &mut Vec<i64>,
        key: &mut KeyFrame,
    ) -> Result<(), CodecError> {
        let none = || Reader::new(&[], 0, "the chunk");
        slots.read(std::mem::replace(&mut self.slots, none()), self.rows)?;
        let part = std::mem::replace(&mut self.key, none());
        read_key(part, self.t0, slots, column, key)
    }
}

/// Reads the key frame.
fn read_key(
    mut part: Reader<'_>,
    t0: i64,
    slots: &mut Slots,
    column: &mut Vec<i64>,
    key: &mut KeyFrame,
) -> Result<(), CodecError> {
    key.reset();
    slots.firsts.clear();
    slots.firsts.resize(SLOTS, 0);
    // A 1 in `times` marks who has a value until the moment is known.
    match part.byte()? {
        0 => return part.end(),
        1 => key.times.fill(1),
        2 => {
            let stream = part.bits(SLOTS as u64)?;
            numbers::read_bits(stream, 0, 1, &mut key.times);
            for time in &mut key.times {
                *time = if *time == 1 { 1 } else { NEVER };
            }
        }
        _ => return Err(part.damaged("unknown marks of who has a value")),
    }
    let there = key.times.iter().filter(|&&time| time != NEVER).count();
    column.clear();
    column.resize(there * 3, 0);
    let (ages, rest) = column.split_at_mut_checked(there).unwrap_or_default();
    let (ints, qualities) = rest.split_at_mut_checked(there).unwrap_or_default();
    numbers::unpack(&mut part, ages)?;
    numbers::unpack(&mut part, ints)?;
    numbers::unpack(&mut part, qualities)?;
    let told = ages.iter().zip(ints.iter()).zip(qualities.iter());
    let places = key
        .times
        .iter_mut()
        .zip(&mut key.values)
        .zip(&mut key.qualities);
    let places = places.zip(slots.modes.iter().zip(&mut slots.firsts));
    let places = places.filter(|place| *place.0.0.0 != NEVER);
    for ((((time, value), quality), (&mode, first)), ((&age, &int), &code)) in places.zip(told) {
        *time = t0.wrapping_sub(age);
        *first = int;
        *value = numbers::value_of(mode as u8, int);
        *quality = quality_of(code).ok_or_else(|| part.damaged("an unknown quality"))?;
        if !value.is_finite() || *time == NEVER {
            return Err(part.damaged("a value that is not finite, or a moment that is none"));
        }
    }
    let mut late = LateReader::new(part, SLOTS)?;
    while let Some((slot, delay)) = late.entry()? {
        let time = key.times.get(slot as usize).copied().unwrap_or(NEVER);
        if time == NEVER {
            return Err(late.part.damaged("a slot is late and has no value"));
        }
        key.late.push((slot as u16, time.wrapping_add(delay)));
    }
    Ok(())
}

/// Reads late entries one by one: row, and how late, milliseconds.
pub(super) struct LateReader<'a> {
    part: Reader<'a>,
    left: u64,
    next: u64,
    rows: u64,
}

impl<'a> LateReader<'a> {
    /// The entries begin where `part` stands, and are its end.
    pub(super) fn new(mut part: Reader<'a>, rows: usize) -> Result<Self, CodecError> {
        let left = part.varint()?;
        let rows = rows as u64;
        if left > rows {
            return Err(part.damaged("more are late than are there"));
        }
        Ok(Self {
            part,
            left,
            next: 0,
            rows,
        })
    }

    /// The next entry; none at the end.
    pub(super) fn entry(&mut self) -> Result<Option<(u32, i64)>, CodecError> {
        if self.left == 0 {
            self.part.end()?;
            return Ok(None);
        }
        self.left -= 1;
        let row = self.next.saturating_add(self.part.varint()?);
        if row >= self.rows {
            return Err(self.part.damaged("a late row is not there"));
        }
        self.next = row + 1;
        Ok(Some((row as u32, self.part.signed()?)))
    }
}

/// The exceptions of one stream of codes, row by row.
pub(super) struct Patches<'a> {
    part: Reader<'a>,
    left: u64,
    row: u64,
    code: i64,
}

impl<'a> Patches<'a> {
    /// The exceptions begin where `part` stands, and are its end.
    pub(super) fn new(mut part: Reader<'a>, rows: usize) -> Result<Self, CodecError> {
        let left = part.varint()?;
        if left > rows as u64 {
            return Err(part.damaged("more exceptions than rows"));
        }
        let mut patches = Self {
            part,
            left,
            row: u64::MAX,
            code: 0,
        };
        patches.advance(0)?;
        Ok(patches)
    }

    /// Goes on to the next exception, which lies at `from` or behind it.
    fn advance(&mut self, from: u64) -> Result<(), CodecError> {
        if self.left == 0 {
            self.row = u64::MAX;
            return self.part.end();
        }
        self.left -= 1;
        self.row = from.saturating_add(self.part.varint()?);
        self.code = self.part.varint()? as i64;
        Ok(())
    }

    /// Puts the exceptions of the rows from `first` on into their places, and passes over those before them.
    pub(super) fn apply(&mut self, first: usize, codes: &mut [i64]) -> Result<(), CodecError> {
        let first = first as u64;
        while self.row < first + codes.len() as u64 {
            let place = self.row.checked_sub(first);
            if let Some(code) = place.and_then(|place| codes.get_mut(place as usize)) {
                *code = self.code;
            }
            self.advance(self.row + 1)?;
        }
        Ok(())
    }

    /// No exception may be left.
    fn end(&self) -> Result<(), CodecError> {
        if self.row == u64::MAX {
            Ok(())
        } else {
            Err(self.part.damaged("an exception of a row that is not there"))
        }
    }

    /// The error that something is wrong in this column.
    pub(super) fn damaged(&self, why: &'static str) -> CodecError {
        self.part.damaged(why)
    }
}

/// Reads a whole chunk. After an error `into` holds nothing of use.
pub(crate) fn decode_chunk(
    bytes: &[u8],
    scratch: &mut Scratch,
    into: &mut Chunk,
) -> Result<(), CodecError> {
    let mut parts = Parts::open(bytes)?;
    (into.group, into.t0, into.t1) = (parts.group, parts.t0, parts.t1);
    let slots = &mut scratch.slots;
    parts.read_head(slots, &mut scratch.column, &mut into.key)?;
    let rows = parts.rows;
    into.starts.clear();
    into.starts
        .extend(slots.plans().map(|plan| plan.rows.start as u32));
    into.starts.push(rows as u32);
    let (time_bits, value_bits) = slots.stream_bits();

    let stream = parts.times.bits(time_bits)?;
    into.times.resize(rows, 0);
    let patches = Patches::new(parts.times, rows)?;
    read_times(
        stream,
        patches,
        slots,
        (into.t0, into.t1),
        &into.key,
        &mut into.times,
    )?;

    let stream = parts.values.bits(value_bits)?;
    into.values.resize(rows, 0.0);
    let patches = Patches::new(parts.values, rows)?;
    read_values(stream, patches, slots, &mut scratch.ints, &mut into.values)?;

    let mut notes = parts.notes;
    read_qualities(&mut notes, rows, &mut into.qualities)?;
    into.late.clear();
    let mut late = LateReader::new(notes, rows)?;
    while let Some((row, delay)) = late.entry()? {
        let time = into.times.get(row as usize).copied().unwrap_or(NEVER);
        into.late.push((row, time.wrapping_add(delay)));
    }
    Ok(())
}

/// Reads the times of all rows.
fn read_times(
    stream: &[u8],
    mut patches: Patches<'_>,
    slots: &Slots,
    (t0, t1): (i64, i64),
    key: &KeyFrame,
    into: &mut [i64],
) -> Result<(), CodecError> {
    let mut sound = true;
    for (plan, &key_time) in slots.plans().zip(&key.times) {
        let Some(times) = into.get_mut(plan.rows.clone()) else {
            continue;
        };
        numbers::read_bits(stream, plan.time_bit, plan.time_width, times);
        patches.apply(plan.rows.start, times)?;
        let (mut at, mut least) = (base_of(key_time, t0), t0);
        for time in times {
            at = at.wrapping_add(numbers::unzigzag(*time as u64).wrapping_add(plan.period));
            *time = at;
            sound &= at >= least && at < t1;
            least = at.saturating_add(1);
        }
    }
    patches.end()?;
    if sound {
        Ok(())
    } else {
        Err(patches.damaged("a slot's rows do not ascend, or lie outside the stretch of time"))
    }
}

/// Reads the values of all rows.
fn read_values(
    stream: &[u8],
    mut patches: Patches<'_>,
    slots: &Slots,
    ints: &mut Vec<i64>,
    into: &mut [f64],
) -> Result<(), CodecError> {
    let mut sound = true;
    for (plan, &first) in slots.plans().zip(&slots.firsts) {
        let Some(values) = into.get_mut(plan.rows.clone()) else {
            continue;
        };
        ints.resize(values.len().max(ints.len()), 0);
        let ints = ints.get_mut(..values.len()).unwrap_or_default();
        numbers::read_bits(stream, plan.value_bit, plan.value_width, ints);
        patches.apply(plan.rows.start, ints)?;
        let mut at = first;
        for int in ints.iter_mut() {
            at = at.wrapping_add(numbers::unzigzag(*int as u64));
            *int = at;
        }
        sound &= numbers::to_values(plan.mode, ints, values);
        sound &= plan.mode < RAW || values.iter().all(|value| value.is_finite());
    }
    patches.end()?;
    if sound {
        Ok(())
    } else {
        Err(patches.damaged("a value is not finite, or no decimal"))
    }
}

/// Reads the rows' qualities.
fn read_qualities(
    part: &mut Reader<'_>,
    rows: usize,
    into: &mut Vec<Quality>,
) -> Result<(), CodecError> {
    into.clear();
    let runs = part.varint()?;
    for _ in 0..runs {
        let run = part.varint()?;
        let quality = quality_of(i64::from(part.byte()?));
        let quality = quality.ok_or_else(|| part.damaged("an unknown quality"))?;
        let end = usize::try_from(run)
            .ok()
            .and_then(|run| into.len().checked_add(run));
        match end {
            Some(end) if end <= rows && run > 0 => into.resize(end, quality),
            _ => return Err(part.damaged("the qualities do not fit the rows")),
        }
    }
    if runs == 0 {
        into.resize(rows, Quality::Good);
    }
    if into.len() == rows {
        Ok(())
    } else {
        Err(part.damaged("the qualities do not fit the rows"))
    }
}
