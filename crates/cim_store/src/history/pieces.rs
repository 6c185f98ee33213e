//! From rows to chunks: put in order, without repetitions, cut into pieces of a good size, packed.

use crate::codec::{Chunk, CodecError, KeyFrame, Scratch, encode_chunk};
use crate::day::StoredChunk;
use crate::row::{GROUP, NEVER, Row, minute_of};
use std::collections::BTreeMap;

/// A chunk has about so many rows when that many come: few enough that the state at a moment is unpacked quickly, enough
/// that the key frame weighs little beside them.
pub(super) const TARGET_ROWS: usize = 8_192;

/// The longest stretch that a chunk covers, milliseconds.
pub(super) const MAX_SPAN_MS: i64 = 15 * 60_000;

/// Chunks begin and end on multiples of this, milliseconds.
pub(super) const UNIT_MS: i64 = 10_000;

/// The start of the unit that `t` falls into.
pub(super) fn unit_of(t: i64) -> i64 {
    t.div_euclid(UNIT_MS).saturating_mul(UNIT_MS)
}

/// Sorts `rows` of one group by slot and time into `sorted`. Of several rows of the same series and moment the one that
/// came first stays.
pub(super) fn in_order(rows: &[Row], sorted: &mut Vec<Row>) {
    sorted.clear();
    let Some(first) = rows.first() else {
        return;
    };
    let mut next = [0_usize; GROUP as usize + 1];
    for row in rows {
        next[usize::from(row.slot()) + 1] += 1;
    }
    for slot in 0..GROUP as usize {
        next[slot + 1] += next[slot];
    }
    let starts = next;
    sorted.resize(rows.len(), *first);
    for row in rows {
        let place = &mut next[usize::from(row.slot())];
        sorted[*place] = *row;
        *place += 1;
    }
    for slot in 0..GROUP as usize {
        let mine = &mut sorted[starts[slot]..starts[slot + 1]];
        if !mine.is_sorted_by_key(|row| row.happened_at) {
            mine.sort_by_key(|row| row.happened_at);
        }
    }
    sorted.dedup_by_key(|row| (row.series, row.happened_at));
}

/// The pieces that `rows` are cut into: stretches on whole units with the rows of each, both in the order of time.
pub(super) fn cut(rows: &[Row]) -> Vec<(i64, i64, Vec<Row>)> {
    let times = || rows.iter().map(|row| row.happened_at);
    let (Some(oldest), Some(newest)) = (times().min(), times().max()) else {
        return Vec::new();
    };
    let first = unit_of(oldest);
    let unit = |t: i64| ((t - first) / UNIT_MS) as usize;
    let mut counts = vec![0_usize; unit(newest) + 1];
    for row in rows {
        counts[unit(row.happened_at)] += 1;
    }
    let most_units = (MAX_SPAN_MS / UNIT_MS) as usize;
    let mut piece_of = vec![0_usize; counts.len()];
    let mut pieces: Vec<(i64, i64, Vec<Row>)> = Vec::new();
    let mut open: Option<(usize, usize)> = None;
    for (place, count) in counts.iter().enumerate() {
        if *count == 0 && open.is_none() {
            continue;
        }
        let (began, held) = open.unwrap_or((place, 0));
        let held = held + count;
        piece_of[place] = pieces.len();
        let is_last = place + 1 == counts.len();
        if held >= TARGET_ROWS || place + 1 - began >= most_units || is_last {
            let at = |unit: usize| first + unit as i64 * UNIT_MS;
            pieces.push((at(began), at(place + 1), Vec::with_capacity(held)));
            open = None;
        } else {
            open = Some((began, held));
        }
    }
    for row in rows {
        if let Some((_, _, mine)) = pieces.get_mut(piece_of[unit(row.happened_at)]) {
            mine.push(*row);
        }
    }
    pieces
}

/// Buffers for packing, used again and again.
#[derive(Debug, Default)]
pub(super) struct Packer {
    scratch: Scratch,
    sorted: Vec<Row>,
    chunk: Option<Chunk>,
    /// How many rows each minute gained by what was packed.
    counts: BTreeMap<i64, i64>,
    /// A little more than the last chunk took.
    usual_bytes: usize,
}

impl Packer {
    /// Packs rows of one group that no chunk covers. `state` is the group's state before them, and after them on return.
    pub(super) fn pack(
        &mut self,
        group: u32,
        rows: &[Row],
        state: &mut KeyFrame,
        into: &mut Vec<StoredChunk>,
    ) -> Result<(), CodecError> {
        if fits_one(rows) {
            return self.pack_piece(group, rows, state, into);
        }
        for (_, _, mine) in cut(rows) {
            self.pack_piece(group, &mine, state, into)?;
        }
        Ok(())
    }

    fn pack_piece(
        &mut self,
        group: u32,
        rows: &[Row],
        state: &mut KeyFrame,
        into: &mut Vec<StoredChunk>,
    ) -> Result<(), CodecError> {
        in_order(rows, &mut self.sorted);
        self.count_sorted();
        let times = || self.sorted.iter().map(|row| row.happened_at);
        let (Some(oldest), Some(newest)) = (times().min(), times().max()) else {
            return Ok(());
        };
        let (t0, t1) = (unit_of(oldest), unit_of(newest) + UNIT_MS);
        let mut chunk = self
            .chunk
            .take()
            .unwrap_or_else(|| Chunk::empty(group, t0, t1));
        fill(&mut chunk, group, (t0, t1), state, &self.sorted);
        let mut bytes = Vec::with_capacity(self.usual_bytes);
        let packed = encode_chunk(&chunk, &mut self.scratch, &mut bytes);
        self.usual_bytes = bytes.len() + bytes.len() / 8;
        step_over(&chunk, state);
        let n = chunk.rows() as u32;
        self.chunk = Some(chunk);
        packed?;
        into.push(StoredChunk {
            group,
            t0,
            t1,
            n,
            bytes,
        });
        Ok(())
    }

    /// Packs `chunk` with `rows` merged into it and `key` before it; what the chunk has already stays. A chunk that grows
    /// much too large is cut.
    pub(super) fn repack(
        &mut self,
        chunk: &Chunk,
        rows: &[Row],
        key: &KeyFrame,
        into: &mut Vec<StoredChunk>,
    ) -> Result<KeyFrame, CodecError> {
        // The chunk's own rows first: of two rows of one moment the first one stays.
        let mut all = rows_of(chunk);
        all.extend_from_slice(rows);
        let mut state = key.clone();
        for t in &chunk.times {
            *self.counts.entry(minute_of(*t)).or_default() -= 1;
        }
        if all.len() > 4 * TARGET_ROWS {
            for (_, _, mine) in cut(&all) {
                self.pack_piece(chunk.group, &mine, &mut state, into)?;
            }
            return Ok(state);
        }
        in_order(&all, &mut self.sorted);
        self.count_sorted();
        let mut merged = Chunk::empty(chunk.group, chunk.t0, chunk.t1);
        fill(
            &mut merged,
            chunk.group,
            (chunk.t0, chunk.t1),
            key,
            &self.sorted,
        );
        let mut bytes = Vec::new();
        encode_chunk(&merged, &mut self.scratch, &mut bytes)?;
        into.push(StoredChunk {
            group: chunk.group,
            t0: chunk.t0,
            t1: chunk.t1,
            n: merged.rows() as u32,
            bytes,
        });
        Ok(end_state(&merged))
    }

    /// What each minute gained since this was asked last.
    pub(super) fn take_counts(&mut self) -> Vec<(i64, i64)> {
        let counts = std::mem::take(&mut self.counts);
        counts
            .into_iter()
            .filter(|(_, change)| *change != 0)
            .collect()
    }

    fn count_sorted(&mut self) {
        // Rows of one series follow each other: most share the minute of the one before.
        let mut run: Option<(i64, i64)> = None;
        for row in &self.sorted {
            let minute = minute_of(row.happened_at);
            match &mut run {
                Some((same, n)) if *same == minute => *n += 1,
                _ => {
                    if let Some((minute, n)) = run.replace((minute, 1)) {
                        *self.counts.entry(minute).or_default() += n;
                    }
                }
            }
        }
        if let Some((minute, n)) = run {
            *self.counts.entry(minute).or_default() += n;
        }
    }
}

fn fits_one(rows: &[Row]) -> bool {
    let times = || rows.iter().map(|row| row.happened_at);
    match (times().min(), times().max()) {
        (Some(oldest), Some(newest)) => {
            rows.len() <= 2 * TARGET_ROWS
                && unit_of(newest) + UNIT_MS - unit_of(oldest) <= MAX_SPAN_MS
        }
        _ => true,
    }
}

/// Makes `chunk` hold `sorted` after `key`.
fn fill(chunk: &mut Chunk, group: u32, (t0, t1): (i64, i64), key: &KeyFrame, sorted: &[Row]) {
    chunk.group = group;
    chunk.t0 = t0;
    chunk.t1 = t1;
    chunk.key.clone_from(key);
    chunk.starts.clear();
    chunk.starts.push(0);
    chunk.times.clear();
    chunk.values.clear();
    chunk.qualities.clear();
    chunk.late.clear();
    for (place, row) in sorted.iter().enumerate() {
        while chunk.starts.len() <= usize::from(row.slot()) {
            chunk.starts.push(place as u32);
        }
        chunk.times.push(row.happened_at);
        chunk.values.push(row.value);
        chunk.qualities.push(row.quality);
        if row.is_late() {
            chunk.late.push((place as u32, row.known_at));
        }
    }
    chunk.starts.resize(GROUP as usize + 1, sorted.len() as u32);
}

/// The rows of a chunk, by slot and time.
pub(super) fn rows_of(chunk: &Chunk) -> Vec<Row> {
    let mut rows = Vec::with_capacity(chunk.rows());
    for slot in 0..GROUP {
        for place in places(chunk, slot as u16) {
            rows.extend(row_at(chunk, slot as u16, place));
        }
    }
    rows
}

/// Where the rows of `slot` are in the chunk's columns.
pub(super) fn places(chunk: &Chunk, slot: u16) -> std::ops::Range<usize> {
    let at = |slot: usize| chunk.starts.get(slot).copied().unwrap_or(0) as usize;
    at(usize::from(slot))..at(usize::from(slot) + 1)
}

/// The row at `place`, which belongs to `slot`.
pub(super) fn row_at(chunk: &Chunk, slot: u16, place: usize) -> Option<Row> {
    Some(Row {
        series: chunk.group * GROUP + u32::from(slot),
        quality: *chunk.qualities.get(place)?,
        happened_at: *chunk.times.get(place)?,
        known_at: chunk.known_at(place),
        value: *chunk.values.get(place)?,
    })
}

/// The value that a key frame has for `slot`.
pub(super) fn key_row(key: &KeyFrame, group: u32, slot: u16) -> Option<Row> {
    let place = usize::from(slot);
    let happened_at = *key.times.get(place)?;
    if happened_at == NEVER {
        return None;
    }
    let known_at = key
        .late
        .binary_search_by_key(&slot, |(late, _)| *late)
        .ok()
        .and_then(|found| key.late.get(found))
        .map_or(happened_at, |(_, known_at)| *known_at);
    Some(Row {
        series: group * GROUP + u32::from(slot),
        quality: *key.qualities.get(place)?,
        happened_at,
        known_at,
        value: *key.values.get(place)?,
    })
}

/// The group's state at the end of a chunk.
pub(super) fn end_state(chunk: &Chunk) -> KeyFrame {
    let mut state = chunk.key.clone();
    step_over(chunk, &mut state);
    state
}

/// Turns `state`, the group's state before a chunk, into the one after it.
fn step_over(chunk: &Chunk, state: &mut KeyFrame) {
    for slot in 0..GROUP as u16 {
        let Some(last) = places(chunk, slot).last() else {
            continue;
        };
        let Some(row) = row_at(chunk, slot, last) else {
            continue;
        };
        state.late.retain(|(late, _)| *late != slot);
        put_in_key(state, slot, Some(row));
    }
    state.late.sort_unstable();
}

/// Of each slot the newer value of two states; `None` when that is `stored` as it is.
pub(super) fn newer_of(stored: &KeyFrame, carried: &KeyFrame, group: u32) -> Option<KeyFrame> {
    let is_newer = stored
        .times
        .iter()
        .zip(&carried.times)
        .any(|(stored, carried)| carried > stored);
    if !is_newer {
        return None;
    }
    let mut state = KeyFrame::empty();
    for slot in 0..GROUP as u16 {
        let (ours, theirs) = (key_row(stored, group, slot), key_row(carried, group, slot));
        let newer = match (ours, theirs) {
            (Some(a), Some(b)) => Some(if b.happened_at > a.happened_at { b } else { a }),
            (a, b) => a.or(b),
        };
        put_in_key(&mut state, slot, newer);
    }
    Some(state)
}

fn put_in_key(key: &mut KeyFrame, slot: u16, row: Option<Row>) {
    let place = usize::from(slot);
    let (Some(row), true) = (row, place < key.times.len()) else {
        return;
    };
    key.times[place] = row.happened_at;
    key.values[place] = row.value;
    key.qualities[place] = row.quality;
    if row.is_late() {
        key.late.push((slot, row.known_at));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::decode_chunk;
    use cim_model::Quality;

    fn row(series: u32, t: i64, value: f64) -> Row {
        Row {
            series,
            quality: Quality::Good,
            happened_at: t,
            known_at: t,
            value,
        }
    }

    #[test]
    fn rows_are_put_in_order_and_the_first_of_a_moment_stays() {
        let rows = [
            row(3, 20, 1.0),
            row(1, 30, 2.0),
            row(1, 10, 3.0),
            row(3, 20, 9.0),
        ];
        let mut sorted = Vec::new();
        in_order(&rows, &mut sorted);
        assert_eq!(sorted, [rows[2], rows[1], rows[0]]);
    }

    #[test]
    fn pieces_cover_everything_once_and_are_neither_long_nor_huge() {
        let rows: Vec<Row> = (0..100_000)
            .map(|n| row(n % 500, i64::from(n) * 37, 1.0))
            .collect();
        let pieces = cut(&rows);
        let total: usize = pieces.iter().map(|(_, _, rows)| rows.len()).sum();
        assert_eq!(total, rows.len());
        for pair in pieces.windows(2) {
            assert!(pair[0].1 <= pair[1].0);
        }
        for (t0, t1, rows) in &pieces {
            assert!(t1 - t0 <= MAX_SPAN_MS && t0 % UNIT_MS == 0 && t1 % UNIT_MS == 0);
            assert!(rows.iter().all(|row| (*t0..*t1).contains(&row.happened_at)));
        }
        let far = [row(1, 0, 1.0), row(1, 3_600_000, 2.0)];
        assert_eq!(cut(&far).len(), 2, "an hour of nothing is no chunk");
    }

    #[test]
    fn a_chunk_begins_where_the_one_before_ended() {
        let mut packer = Packer::default();
        let mut state = KeyFrame::empty();
        let mut chunks = Vec::new();
        packer
            .pack(2, &[row(1_025, 5_000, 1.5)], &mut state, &mut chunks)
            .expect("packed");
        packer
            .pack(2, &[row(1_026, 15_000, 2.5)], &mut state, &mut chunks)
            .expect("packed");
        let mut second = Chunk::empty(0, 0, 0);
        decode_chunk(&chunks[1].bytes, &mut Scratch::default(), &mut second).expect("unpacked");
        assert_eq!((second.t0, second.t1, second.rows()), (10_000, 20_000, 1));
        assert_eq!(key_row(&second.key, 2, 1).map(|row| row.value), Some(1.5));
        assert_eq!(key_row(&state, 2, 2).map(|row| row.value), Some(2.5));
    }

    #[test]
    fn a_late_row_is_merged_and_changes_the_state_after_it_only_when_it_is_newer() {
        let mut packer = Packer::default();
        let mut state = KeyFrame::empty();
        let mut chunks = Vec::new();
        packer
            .pack(
                0,
                &[row(1, 1_000, 1.0), row(1, 9_000, 2.0)],
                &mut state,
                &mut chunks,
            )
            .expect("packed");
        let mut chunk = Chunk::empty(0, 0, 0);
        decode_chunk(&chunks[0].bytes, &mut Scratch::default(), &mut chunk).expect("unpacked");
        let mut merged = Vec::new();
        let after = packer
            .repack(
                &chunk,
                &[row(1, 5_000, 7.0), row(1, 9_000, 8.0)],
                &chunk.key,
                &mut merged,
            )
            .expect("packed");
        assert_eq!(merged[0].n, 3);
        assert!(newer_of(&state, &after, 0).is_none());
        let after = packer
            .repack(&chunk, &[row(2, 5_000, 7.0)], &chunk.key, &mut merged)
            .expect("packed");
        let newer = newer_of(&state, &after, 0).expect("another series");
        assert_eq!(key_row(&newer, 0, 2).map(|row| row.value), Some(7.0));
        assert_eq!(key_row(&newer, 0, 1).map(|row| row.value), Some(2.0));
    }
}
