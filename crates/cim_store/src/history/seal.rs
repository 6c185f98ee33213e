//! Sealing: what waits in memory becomes chunks, and its frames leave the log.
//!
//! ```text
//! fresh rows ─► new chunks after the last one, key frame = the state that was carried on
//! late rows  ─► chunks that cover them are packed again; a newer state is carried into the chunks after them, over days
//! ```
//! Days are committed from the newest to the oldest: until the oldest one is, the log still has the rows, and a kill in
//! between only means that the same is done again.

use super::{
    History, Keeping,
    days::OpenDay,
    memory::{Heap, Pile, Which},
    panicked,
    pieces::{MAX_SPAN_MS, Packer, TARGET_ROWS, end_state, newer_of, unit_of},
};
use crate::{
    StoreError,
    codec::{CodecError, KeyFrame},
    day::{Sealing, StoredChunk},
    faults::{self, Point},
    row::{HOUR_MS, Row, day_of, hour_of},
};
use cim_model::UtcMillis;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, atomic::Ordering},
};

/// So many late rows of a group are merged at once: each merge packs whole chunks again.
const LATE_ROWS: usize = 262_144;

/// Late rows wait at most this long for company, milliseconds.
const LATE_WAIT_MS: i64 = 10_000;

/// Fresh rows of a group that reports seldom wait at most this long, milliseconds.
const FRESH_WAIT_MS: i64 = 20 * 60_000;

/// Rows that are about to be sealed: a copy, since appending goes on.
struct Batch {
    group: u32,
    which: Which,
    /// How many rows the heap had when they were copied.
    count: usize,
    /// Rows from here on stay.
    line: i64,
    rows: Vec<Row>,
}

/// What has been packed of a day.
struct Packed {
    day: Arc<OpenDay>,
    sealing: Sealing,
    /// The rewritten chunks, which no cache may show any more.
    rewritten: Vec<(u32, i64)>,
}

impl History {
    /// Turns what is due into chunks; with `all`, everything. `now` is wall time. Returns how many rows were sealed.
    pub async fn seal(&self, now: UtcMillis, all: bool) -> Result<usize, StoreError> {
        let mut keeping = self.inner.keeping.lock().await;
        let days: Vec<i64> = self.memory().days().map(|(day, _)| day).collect();
        let mut sealed = 0;
        let newest_day = self.memory().newest_day();
        for day in days {
            // A day that is over is sealed whole before the next one begins: its state is the next one's first key.
            let is_over = day < newest_day;
            sealed += self
                .seal_fresh(&mut keeping, day, now.0, all || is_over)
                .await?;
        }
        let days: Vec<i64> = self.memory().days().map(|(day, _)| day).collect();
        for day in days {
            let late = self.due(day, Which::Late, now.0, all);
            for batch in late {
                sealed += batch.rows.len();
                self.merge_late(&mut keeping, day, batch).await?;
            }
        }
        self.memory_mut().tidy();
        Ok(sealed)
    }

    /// Frames that chunks have whole leave the log.
    pub(super) async fn trim(&self) -> Result<(), StoreError> {
        let days: Vec<i64> = self.memory().days().map(|(day, _)| day).collect();
        for day in days {
            self.trim_day(day).await?;
        }
        self.memory_mut().tidy();
        Ok(())
    }

    async fn trim_day(&self, day: i64) -> Result<(), StoreError> {
        let done = self.done_frames(day);
        if done.is_empty() {
            return Ok(());
        }
        let (open, _) = self.write_day(day).await?;
        let sealing = Sealing {
            log_frames_done: done,
            ..Sealing::default()
        };
        open.file.commit(&sealing).await?;
        self.memory_mut()
            .day_mut(day)
            .forget_frames(&sealing.log_frames_done);
        Ok(())
    }

    fn done_frames(&self, day: i64) -> Vec<i64> {
        self.memory()
            .day(day)
            .map(super::memory::DayRows::done_frames)
            .unwrap_or_default()
    }

    /// Copies of what is due in a day.
    fn due(&self, day: i64, which: Which, now: i64, all: bool) -> Vec<Batch> {
        let memory = self.memory();
        let Some(rows) = memory.day(day) else {
            return Vec::new();
        };
        rows.piles()
            .filter_map(|(group, pile)| {
                let line = due_before(pile, which, now, all)?;
                let heap = pile.heap(which);
                Some(Batch {
                    group,
                    which,
                    count: heap.rows.len(),
                    line,
                    rows: heap
                        .rows
                        .iter()
                        .filter(|row| row.happened_at < line)
                        .copied()
                        .collect(),
                })
            })
            .collect()
    }

    /// Makes new chunks of the day's fresh rows, all in one transaction.
    async fn seal_fresh(
        &self,
        keeping: &mut Keeping,
        day: i64,
        now: i64,
        all: bool,
    ) -> Result<usize, StoreError> {
        let batches = self.due(day, Which::Fresh, now, all);
        if batches.is_empty() {
            return Ok(0);
        }
        let (open, _) = self.write_day(day).await?;
        for batch in &batches {
            self.learn_tail(keeping, batch.group, day).await?;
        }
        let states: BTreeMap<u32, KeyFrame> = batches
            .iter()
            .map(|batch| {
                (
                    batch.group,
                    keeping
                        .tails
                        .remove(&batch.group)
                        .unwrap_or_else(KeyFrame::empty),
                )
            })
            .collect();
        let log_frames_done = self.done_frames(day);
        let packers = std::mem::take(&mut keeping.packers);
        let packed =
            tokio::task::spawn_blocking(move || pack_fresh(batches, states, packers)).await;
        let Fresh {
            batches,
            states,
            puts,
            activity,
            packers,
        } = packed.map_err(|error| StoreError::stopped("sealing", &error))??;
        keeping.packers = packers;

        let mut sealing = Sealing {
            activity,
            stale_hours: stale_hours(&puts),
            puts,
            log_frames_done,
            ..Sealing::default()
        };
        sealing
            .stale_hours
            .retain(|(_, hour)| is_rolled_already(*hour, &batches));
        self.commit(&open, &sealing, &[]).await?;

        let mut memory = self.memory_mut();
        let rows = memory.day_mut(day);
        let mut sealed = 0;
        for chunk in &sealing.puts {
            rows.cover(chunk.group, chunk.t1);
        }
        for batch in &batches {
            sealed += batch.rows.len();
            rows.forget(batch.group, batch.which, batch.count, batch.line);
        }
        rows.forget_frames(&sealing.log_frames_done);
        drop(memory);
        keeping.tails.extend(states);
        keeping.unrolled.insert(day);
        Ok(sealed)
    }

    /// Merges late rows into the chunks that cover their time, and carries a newer state on.
    async fn merge_late(
        &self,
        keeping: &mut Keeping,
        day: i64,
        batch: Batch,
    ) -> Result<(), StoreError> {
        let group = batch.group;
        let mut rows = batch.rows;
        rows.sort_by_key(|row| row.happened_at);
        let mut packer = Packer::default();
        let mut all_packed: Vec<Packed> = Vec::new();
        let mut carry: Option<KeyFrame> = None;
        let mut mine: &[Row] = &rows;
        let later: Vec<i64> = self
            .inner
            .days
            .list()
            .into_iter()
            .filter(|known| *known >= day)
            .collect();
        for (place, today) in later.into_iter().enumerate() {
            if place > 0 && carry.is_none() {
                break;
            }
            let (open, _) = self.write_day(today).await?;
            let packed = self
                .merge_day(&mut packer, &open, group, mine, &mut carry)
                .await?;
            if !packed.sealing.puts.is_empty() {
                all_packed.push(packed);
            }
            mine = &[];
        }
        if let Some(carry) = carry {
            // The state after the last chunk of all.
            self.learn_tail(keeping, group, i64::MAX).await?;
            let tail = keeping.tails.entry(group).or_insert_with(KeyFrame::empty);
            if let Some(newer) = newer_of(tail, &carry, group) {
                *tail = newer;
            }
        }
        // From the newest day to the oldest, whose log has the rows.
        while let Some(packed) = all_packed.pop() {
            let today = packed.day.file.day();
            if let Some(meta) = &self.inner.meta {
                meta.forget_hours(group, today).await?;
            }
            self.commit(&packed.day, &packed.sealing, &packed.rewritten)
                .await?;
            keeping.unrolled.insert(today);
            faults::reach(Point::BetweenDays);
            let ends = packed.sealing.puts.iter().map(|chunk| chunk.t1);
            if let Some(end) = ends.max() {
                self.memory_mut().day_mut(today).cover(group, end);
            }
        }
        self.memory_mut()
            .day_mut(day)
            .forget(group, batch.which, batch.count, batch.line);
        self.trim_day(day).await
    }

    /// Packs what changes in one day: `rows` (in the order of time) are merged, `carry` comes in from before and goes out.
    async fn merge_day(
        &self,
        packer: &mut Packer,
        open: &Arc<OpenDay>,
        group: u32,
        mut rows: &[Row],
        carry: &mut Option<KeyFrame>,
    ) -> Result<Packed, StoreError> {
        let day = open.file.day();
        let mut packed = Packed {
            day: Arc::clone(open),
            sealing: Sealing::default(),
            rewritten: Vec::new(),
        };
        for (t0, t1) in open.spans_of(group) {
            let (gap, rest) = split_before(rows, t0);
            if !gap.is_empty() {
                self.fill_gap(packer, day, group, gap, carry, &mut packed)
                    .await?;
            }
            let (inside, rest) = split_before(rest, t1);
            rows = rest;
            if inside.is_empty() && carry.is_none() {
                if rows.is_empty() {
                    break;
                }
                continue;
            }
            let Some(chunk) = self.chunk_of(open, group, t0).await? else {
                // It is damaged and set aside: what is new takes its place.
                if !inside.is_empty() {
                    self.fill_gap(packer, day, group, inside, carry, &mut packed)
                        .await?;
                }
                continue;
            };
            let key = carry
                .take()
                .and_then(|carried| newer_of(&chunk.key, &carried, group));
            if inside.is_empty() && key.is_none() {
                continue;
            }
            let state = packer
                .repack(
                    &chunk,
                    inside,
                    key.as_ref().unwrap_or(&chunk.key),
                    &mut packed.sealing.puts,
                )
                .map_err(|error| unpacked(&error))?;
            packed.sealing.removes.push((group, t0));
            packed.rewritten.push((group, t0));
            *carry = Some(state);
        }
        if !rows.is_empty() {
            self.fill_gap(packer, day, group, rows, carry, &mut packed)
                .await?;
        }
        packed.sealing.activity = packer.take_counts();
        packed.sealing.stale_hours = stale_hours(&packed.sealing.puts);
        Ok(packed)
    }

    /// Packs rows that no chunk covers.
    async fn fill_gap(
        &self,
        packer: &mut Packer,
        day: i64,
        group: u32,
        rows: &[Row],
        carry: &mut Option<KeyFrame>,
        packed: &mut Packed,
    ) -> Result<(), StoreError> {
        let Some(first) = rows.first() else {
            return Ok(());
        };
        let mut state = match carry.take() {
            Some(state) => state,
            None => self.state_before(group, day, first.happened_at).await?,
        };
        packer
            .pack(group, rows, &mut state, &mut packed.sealing.puts)
            .map_err(|error| unpacked(&error))?;
        *carry = Some(state);
        Ok(())
    }

    /// The group's state after the last chunk that begins before `t`, in `day` or a day before it.
    async fn state_before(&self, group: u32, day: i64, t: i64) -> Result<KeyFrame, StoreError> {
        for earlier in self
            .inner
            .days
            .list()
            .into_iter()
            .rev()
            .filter(|known| *known <= day)
        {
            let Some(open) = self.inner.days.for_reading(earlier).await? else {
                continue;
            };
            if !open.groups().contains(&group) {
                continue;
            }
            if let Some(chunk) = self.chunk_at(&open, group, t.saturating_sub(1)).await? {
                return Ok(end_state(&chunk));
            }
        }
        Ok(KeyFrame::empty())
    }

    /// Makes sure that the state after the group's last chunk is known.
    async fn learn_tail(
        &self,
        keeping: &mut Keeping,
        group: u32,
        day: i64,
    ) -> Result<(), StoreError> {
        if keeping.tails.contains_key(&group) {
            return Ok(());
        }
        let day = if day == i64::MAX {
            day_of(i64::MAX)
        } else {
            day
        };
        let tail = self.state_before(group, day, i64::MAX).await?;
        keeping.tails.insert(group, tail);
        Ok(())
    }

    async fn commit(
        &self,
        open: &OpenDay,
        sealing: &Sealing,
        rewritten: &[(u32, i64)],
    ) -> Result<(), StoreError> {
        open.file.commit(sealing).await?;
        if !rewritten.is_empty() {
            self.inner.rewrites.fetch_add(1, Ordering::AcqRel);
            let (mut cache, mut playing) = (self.cache(), self.playing());
            for (group, t0) in rewritten {
                cache.forget(*group, *t0);
                playing.remove(group);
            }
        }
        let puts = sealing
            .puts
            .iter()
            .map(|chunk| (chunk.group, chunk.t0, chunk.t1));
        open.note_chunks(puts, &sealing.removes);
        Ok(())
    }
}

/// Before which moment a heap's rows are due; `None` when none are.
fn due_before(pile: &Pile, which: Which, now: i64, all: bool) -> Option<i64> {
    let heap = pile.heap(which);
    if heap.rows.is_empty() {
        return None;
    }
    if all {
        return Some(i64::MAX);
    }
    // A wall clock that jumps counts as time that has passed: sealing early is harmless.
    let waited = now.saturating_sub(heap.last_known_at()).saturating_abs();
    match which {
        Which::Late => (heap.rows.len() >= LATE_ROWS || waited >= LATE_WAIT_MS).then_some(i64::MAX),
        Which::Fresh => {
            let line = unit_of(heap.newest);
            let is_much = heap.rows.len() >= TARGET_ROWS || is_long(heap);
            if is_much && heap.oldest < line {
                Some(line)
            } else {
                (waited >= FRESH_WAIT_MS).then_some(i64::MAX)
            }
        }
    }
}

fn is_long(heap: &Heap) -> bool {
    heap.newest.saturating_sub(heap.oldest) >= MAX_SPAN_MS
}

/// What packing makes of fresh rows.
struct Fresh {
    batches: Vec<Batch>,
    /// The groups' states after them.
    states: BTreeMap<u32, KeyFrame>,
    puts: Vec<StoredChunk>,
    /// What each minute gains.
    activity: Vec<(i64, i64)>,
    packers: Vec<Packer>,
}

/// Packs the batches of several groups on as many threads as the machine has cores. `states` are the groups' states before.
fn pack_fresh(
    batches: Vec<Batch>,
    mut states: BTreeMap<u32, KeyFrame>,
    mut packers: Vec<Packer>,
) -> Result<Fresh, StoreError> {
    let workers = std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(4);
    packers.resize_with(workers, Packer::default);
    let share = batches.len().div_ceil(workers).max(1);
    let mut before: Vec<KeyFrame> = batches
        .iter()
        .map(|batch| states.remove(&batch.group).unwrap_or_else(KeyFrame::empty))
        .collect();
    let results: Vec<_> = std::thread::scope(|scope| {
        let shares = batches.chunks(share).zip(before.chunks_mut(share));
        let handles: Vec<_> = shares
            .zip(&mut packers)
            .map(|((mine, states), packer)| scope.spawn(move || pack_share(mine, states, packer)))
            .collect();
        handles
            .into_iter()
            .map(std::thread::ScopedJoinHandle::join)
            .collect()
    });
    let mut puts = Vec::with_capacity(batches.len());
    let mut activity: BTreeMap<i64, i64> = BTreeMap::new();
    for result in results {
        let (chunks, counts) = result
            .map_err(|panic| panicked("sealing", panic.as_ref()))?
            .map_err(|error| unpacked(&error))?;
        puts.extend(chunks);
        for (minute, change) in counts {
            *activity.entry(minute).or_default() += change;
        }
    }
    let states = batches
        .iter()
        .map(|batch| batch.group)
        .zip(before)
        .collect();
    Ok(Fresh {
        batches,
        states,
        puts,
        activity: activity.into_iter().collect(),
        packers,
    })
}

type Share = (Vec<StoredChunk>, Vec<(i64, i64)>);

fn pack_share(
    mine: &[Batch],
    states: &mut [KeyFrame],
    packer: &mut Packer,
) -> Result<Share, CodecError> {
    let mut puts = Vec::with_capacity(mine.len());
    for (batch, state) in mine.iter().zip(states) {
        packer.pack(batch.group, &batch.rows, state, &mut puts)?;
    }
    Ok((puts, packer.take_counts()))
}

fn unpacked(error: &CodecError) -> StoreError {
    StoreError::Stopped {
        act: "packing a chunk",
        why: error.to_string(),
    }
}

/// Rows before `t`, and the others; `rows` are in the order of time.
fn split_before(rows: &[Row], t: i64) -> (&[Row], &[Row]) {
    rows.split_at(rows.partition_point(|row| row.happened_at < t))
}

/// The hours that chunks touch, by group.
fn stale_hours(puts: &[StoredChunk]) -> Vec<(u32, i64)> {
    let mut hours = BTreeSet::new();
    for chunk in puts {
        let mut hour = hour_of(chunk.t0);
        while hour < chunk.t1 {
            hours.insert((chunk.group, hour));
            hour += HOUR_MS;
        }
    }
    hours.into_iter().collect()
}

/// An hour may have been rolled before only when what comes now is not the newest of the day.
fn is_rolled_already(hour: i64, batches: &[Batch]) -> bool {
    let newest = batches
        .iter()
        .flat_map(|batch| &batch.rows)
        .map(|row| row.happened_at)
        .max();
    newest.is_some_and(|newest| hour + HOUR_MS <= newest)
}
