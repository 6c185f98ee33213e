//! The state of a group at a moment inside a chunk, without decoding what came after.

use super::chunk::{LateReader, Parts, Patches, Plan, base_of};
use super::numbers::{self, Reader};
use super::{CodecError, KeyFrame, Scratch, quality_of};
use crate::row::{Knowledge, NEVER};
use cim_model::Quality;

/// How many times are unpacked before looking whether the moment is reached.
const STEP: usize = 32;

/// The state of a group at `t`: of each slot the last row at or before it, else the key. `t` before the chunk gives the
/// key. A value that became known late has an entry in `into.late`.
///
/// With [`Knowledge::Then`] rows that were not yet known at `t` are passed over. The key's value of a slot may itself
/// have been unknown then; its entry in `into.late` lies behind `t`, and what was known stands in an earlier chunk.
/// After an error `into` holds nothing of use.
pub(crate) fn decode_state(
    bytes: &[u8],
    t: i64,
    knowledge: Knowledge,
    scratch: &mut Scratch,
    into: &mut KeyFrame,
) -> Result<(), CodecError> {
    let mut parts = Parts::open(bytes)?;
    let Scratch {
        slots,
        ints,
        sample,
        column,
        late,
        ..
    } = scratch;
    parts.read_head(slots, column, into)?;
    let rows = parts.rows;
    let (time_bits, value_bits) = slots.stream_bits();
    let mut times = Column {
        stream: parts.times.bits(time_bits)?,
        patches: Patches::new(parts.times, rows)?,
    };
    let mut values = Column {
        stream: parts.values.bits(value_bits)?,
        patches: Patches::new(parts.values, rows)?,
    };
    let mut qualities = Qualities::new(&mut parts.notes, rows)?;
    late.clear();
    let mut entries = LateReader::new(parts.notes, rows)?;
    while let Some(entry) = entries.entry()? {
        late.push(entry);
    }

    let mut late = late.as_slice();
    column.clear();
    for (slot, (plan, &first)) in slots.plans().zip(&slots.firsts).enumerate() {
        let (Some(time), Some(value), Some(quality)) = (
            into.times.get_mut(slot),
            into.values.get_mut(slot),
            into.qualities.get_mut(slot),
        ) else {
            continue;
        };
        let own = late.partition_point(|&(row, _)| (row as usize) < plan.rows.end);
        let (own, rest) = late.split_at_checked(own).unwrap_or_default();
        late = rest;
        let base = base_of(*time, parts.t0);
        let reached = times.reach(&plan, base, t, sample)?;
        let Some(place) = known(reached, own, &plan, sample, (t, knowledge)) else {
            continue;
        };
        let Some(&at) = sample.get(place) else {
            continue;
        };
        let int = values.sum(&plan, first, place + 1, ints)?;
        let row = plan.rows.start + place;
        (*time, *value, *quality) = (at, numbers::value_of(plan.mode, int), qualities.of(row));
        if !value.is_finite() {
            return Err(values.patches.damaged("a value is not finite"));
        }
        let delay = own.iter().find(|entry| entry.0 as usize == row);
        // The slot's key is no longer what holds, so its lateness goes; NEVER stands for "on time".
        column.push(slot as i64);
        column.push(delay.map_or(NEVER, |&(_, delay)| at.wrapping_add(delay)));
    }
    replace_late(column, into);
    Ok(())
}

/// Puts the lateness of the slots that have moved on in the place of that of their keys. `moved`: slot and known-at by
/// turns.
fn replace_late(moved: &[i64], into: &mut KeyFrame) {
    let (pairs, _) = moved.as_chunks::<2>();
    let stays = |slot: u16| {
        pairs
            .binary_search_by_key(&i64::from(slot), |&[slot, _]| slot)
            .is_err()
    };
    into.late.retain(|&(slot, _)| stays(slot));
    let late = pairs.iter().filter(|&&[_, known_at]| known_at != NEVER);
    into.late
        .extend(late.map(|&[slot, known_at]| (slot as u16, known_at)));
    into.late.sort_unstable();
}

/// The last of the `reached` rows that was known at the moment.
fn known(
    reached: usize,
    late: &[(u32, i64)],
    plan: &Plan,
    times: &[i64],
    (t, knowledge): (i64, Knowledge),
) -> Option<usize> {
    if late.is_empty() || knowledge == Knowledge::Now {
        return reached.checked_sub(1);
    }
    (0..reached).rev().find(|&place| {
        let row = (plan.rows.start + place) as u32;
        let delay = late
            .binary_search_by_key(&row, |entry| entry.0)
            .ok()
            .and_then(|found| late.get(found));
        let time = times.get(place).copied().unwrap_or(NEVER);
        delay.is_none_or(|&(_, delay)| time.wrapping_add(delay) <= t)
    })
}

/// A stream of codes and its exceptions.
struct Column<'a> {
    stream: &'a [u8],
    patches: Patches<'a>,
}

impl Column<'_> {
    /// Unpacks a slot's times until one lies behind `t`, and returns how many lie before. They are then in `times`.
    fn reach(
        &mut self,
        plan: &Plan,
        base: i64,
        t: i64,
        times: &mut Vec<i64>,
    ) -> Result<usize, CodecError> {
        let rows = plan.rows.len();
        times.resize(rows.max(times.len()), 0);
        let (mut done, mut at) = (0, base);
        while done < rows {
            let end = rows.min(done + STEP);
            let Some(step) = times.get_mut(done..end) else {
                break;
            };
            let from = plan.time_bit + done as u64 * u64::from(plan.time_width);
            numbers::read_bits(self.stream, from, plan.time_width, step);
            self.patches.apply(plan.rows.start + done, step)?;
            // Counting costs less than searching: no jump that the processor can guess wrongly.
            let mut before = 0;
            for time in step.iter_mut() {
                at = at.wrapping_add(numbers::unzigzag(*time as u64).wrapping_add(plan.period));
                *time = at;
                before += usize::from(at <= t);
            }
            done += before;
            if before < step.len() {
                break;
            }
        }
        Ok(done)
    }

    /// The integer of a slot's row number `count`, counted from one.
    fn sum(
        &mut self,
        plan: &Plan,
        first: i64,
        count: usize,
        ints: &mut Vec<i64>,
    ) -> Result<i64, CodecError> {
        ints.resize(count.max(ints.len()), 0);
        let steps = ints.get_mut(..count).unwrap_or_default();
        numbers::read_bits(self.stream, plan.value_bit, plan.value_width, steps);
        self.patches.apply(plan.rows.start, steps)?;
        let add = |sum: i64, &code: &i64| sum.wrapping_add(numbers::unzigzag(code as u64));
        Ok(steps.iter().fold(first, add))
    }
}

/// The runs of qualities, asked for ascending rows.
struct Qualities<'a> {
    runs: Reader<'a>,
    left: u64,
    end: usize,
    quality: Quality,
}

impl<'a> Qualities<'a> {
    /// Checks the runs, and leaves `notes` behind them.
    fn new(notes: &mut Reader<'a>, rows: usize) -> Result<Self, CodecError> {
        let left = notes.varint()?;
        let runs = notes.clone();
        let mut covered = 0_u64;
        for _ in 0..left {
            covered = covered.saturating_add(notes.varint()?);
            if quality_of(i64::from(notes.byte()?)).is_none() {
                return Err(notes.damaged("an unknown quality"));
            }
        }
        if left > 0 && covered != rows as u64 {
            return Err(notes.damaged("the qualities do not fit the rows"));
        }
        let end = if left == 0 { usize::MAX } else { 0 };
        Ok(Self {
            runs,
            left,
            end,
            quality: Quality::Good,
        })
    }

    /// The quality of a row that lies behind the one asked for before.
    fn of(&mut self, row: usize) -> Quality {
        while row >= self.end && self.left > 0 {
            let (Ok(run), Ok(code)) = (self.runs.varint(), self.runs.byte()) else {
                break;
            };
            self.left -= 1;
            self.end = self.end.saturating_add(run as usize);
            self.quality = quality_of(i64::from(code)).unwrap_or_default();
        }
        self.quality
    }
}
