//! The history: what every series read, at any moment.
//!
//! ```text
//! append ─► log (durable) ─► memory ──seal──► chunks of the day ──roll──► minutes of the day ──roll──► hours (meta)
//!                              │                    │                          │                         │
//!                              └──── state_at, changes_between ────┘           └────── window ───────────┘
//! ```
//! Every question adds up what memory and chunks hold; the same series and moment counts once, and the value that came
//! first stays. Minutes and hours are made from chunks, and made again when they are missing.

mod days;
mod memory;
mod pieces;
mod read;
mod roll;
mod seal;
#[cfg(test)]
mod tests;
mod window;

use crate::{
    Columns, StoreError,
    codec::{Chunk, KeyFrame, Scratch, decode_chunk, decode_frame, encode_frame},
    day::{Damage, StoredChunk, remove_day},
    meta::Meta,
    row::{DAY_MS, Knowledge, Row, day_of},
};
use cim_model::UtcMillis;
use days::{Days, OpenDay};
use memory::Memory;
use pieces::Packer;
use std::{
    any::Any,
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicU64, Ordering},
    },
};

pub use window::Bucket;

/// What history keeps, by age and by size. The newest day always stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keep {
    /// How many days back.
    pub days: u32,
    /// How many bytes on disk.
    pub bytes: u64,
}

impl Default for Keep {
    fn default() -> Self {
        Self {
            days: 30,
            bytes: 20 << 30,
        }
    }
}

/// Chunks that are kept in memory for the next question weigh at most this, bytes.
const MAX_CACHED_BYTES: usize = 64 << 20;

/// The history of all series. Cheap to clone; all clones are the same history.
#[derive(Clone, Debug)]
pub struct History {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    days: Days,
    meta: Option<Meta>,
    memory: RwLock<Memory>,
    /// One opener of day files: a log is taken up before anything else is written to its day.
    opening: tokio::sync::Mutex<()>,
    /// One writer: appending, its buffer.
    appending: tokio::sync::Mutex<Vec<u8>>,
    /// One housekeeper: sealing, rolling, retention.
    keeping: tokio::sync::Mutex<Keeping>,
    cache: Mutex<ChunkCache>,
    /// The chunks, unpacked, that whoever plays is in; by group.
    playing: Mutex<BTreeMap<u32, Arc<Chunk>>>,
    /// Counts up whenever a chunk is rewritten, so that an old one is not put into the cache after it.
    rewrites: AtomicU64,
    damage: Mutex<Vec<Damage>>,
}

/// What the housekeeper remembers.
#[derive(Debug, Default)]
struct Keeping {
    /// The state of each group after its last chunk.
    tails: BTreeMap<u32, KeyFrame>,
    /// Days whose minutes or hours are to be looked at.
    unrolled: BTreeSet<i64>,
    /// Buffers for packing, one set for each core.
    packers: Vec<Packer>,
}

impl History {
    /// Opens the history in `folder`, making it when absent. What the last run left in the logs is taken up. The notes tell
    /// what had to be moved aside.
    pub(crate) async fn open(
        folder: &Path,
        meta: Option<Meta>,
        vfs: Option<String>,
    ) -> Result<(Self, Vec<String>), StoreError> {
        std::fs::create_dir_all(folder).map_err(|source| StoreError::Folder {
            source,
            path: folder.to_path_buf(),
        })?;
        let days = Days::new(folder, vfs)?;
        let list = days.list();
        let done: BTreeSet<i64> = match &meta {
            Some(meta) => meta.hours_days().await?.into_iter().collect(),
            None => BTreeSet::new(),
        };
        let keeping = Keeping {
            unrolled: list
                .iter()
                .copied()
                .filter(|day| !done.contains(day))
                .collect(),
            ..Keeping::default()
        };
        let history = Self {
            inner: Arc::new(Inner {
                days,
                meta,
                memory: RwLock::default(),
                opening: tokio::sync::Mutex::default(),
                appending: tokio::sync::Mutex::default(),
                keeping: tokio::sync::Mutex::new(keeping),
                cache: Mutex::default(),
                playing: Mutex::default(),
                rewrites: AtomicU64::new(0),
                damage: Mutex::default(),
            }),
        };
        // A clean end leaves nothing in the logs; a day with a write-ahead log beside it did not end cleanly.
        for day in &list {
            history.memory_mut().know_day(*day);
        }
        let mut notes = Vec::new();
        let last = list.len().saturating_sub(2);
        for (place, day) in list.iter().enumerate() {
            if place >= last || crate::day::has_unfinished_log(folder, *day) {
                let (_, found) = history.write_day(*day).await?;
                notes.extend(found);
            }
        }
        Ok((history, notes))
    }

    /// Adds `rows`; on disk when this returns. Values that are not finite, and moments outside the years 1 to 9999, are left out. Repetitions and late rows are
    /// harmless. Returns how many were taken.
    pub async fn append(&self, rows: &[Row]) -> Result<usize, StoreError> {
        let mut frame = self.inner.appending.lock().await;
        let is_plain = |row: &Row| row.value.is_finite() && is_sane(row.happened_at);
        let Some(first) = rows.first() else {
            return Ok(0);
        };
        let day = day_of(first.happened_at);
        if rows.iter().all(|row| {
            is_plain(row) && (day..day.saturating_add(DAY_MS)).contains(&row.happened_at)
        }) {
            self.append_to(day, rows, &mut frame).await?;
            return Ok(rows.len());
        }
        let mut by_day: BTreeMap<i64, Vec<Row>> = BTreeMap::new();
        for row in rows.iter().filter(|row| is_plain(row)) {
            by_day
                .entry(day_of(row.happened_at))
                .or_default()
                .push(*row);
        }
        let mut taken = 0;
        for (day, rows) in by_day {
            self.append_to(day, &rows, &mut frame).await?;
            taken += rows.len();
        }
        Ok(taken)
    }

    async fn append_to(
        &self,
        day: i64,
        rows: &[Row],
        frame: &mut Vec<u8>,
    ) -> Result<(), StoreError> {
        let (open, _) = self.write_day(day).await?;
        frame.clear();
        encode_frame(rows, frame);
        match open.file.append(frame).await {
            Ok(number) => {
                self.memory_mut().push(day, number, rows);
                Ok(())
            }
            Err(error) => {
                if error.is_damage() {
                    self.lose_day(day, &error).await?;
                } else if matches!(error, StoreError::ReadOnly { .. }) {
                    // The disk may take writes again: the file finds out when it is opened anew.
                    self.inner.days.reopen(day).await;
                }
                Err(error)
            }
        }
    }

    /// A day's file turned out to be damaged: it is named, and moved aside if its own check agrees. The rest goes on.
    async fn lose_day(&self, day: i64, error: &StoreError) -> Result<(), StoreError> {
        self.note_damage(Damage {
            day,
            group: 0,
            t0: day,
            t1: day.saturating_add(DAY_MS),
            why: error.to_string(),
        });
        self.inner.days.reopen(day).await;
        self.cache().forget_day(day);
        self.playing().clear();
        self.write_day(day).await.map(|_| ())
    }

    /// Rows that wait for a chunk; they are in the log.
    pub fn waiting(&self) -> usize {
        self.memory().count()
    }

    /// Chunks that turned out to be damaged since the history was opened or before.
    pub async fn damaged(&self) -> Result<Vec<Damage>, StoreError> {
        let mut all = self.damage().clone();
        for day in self.inner.days.list() {
            if let Some(open) = self.inner.days.for_reading(day).await? {
                all.extend(open.file.damaged().await?);
            }
        }
        all.sort_by_key(|damage| (damage.day, damage.group, damage.t0));
        all.dedup_by_key(|damage| (damage.day, damage.group, damage.t0));
        Ok(all)
    }

    /// What turned out to be damaged since the history was opened; asks no file.
    pub fn damage_met(&self) -> Vec<Damage> {
        self.damage().clone()
    }

    /// Bytes on disk.
    pub fn bytes(&self) -> u64 {
        crate::day::days_in(self.inner.days.folder())
            .map_or(0, |days| days.iter().map(|(_, bytes)| bytes).sum())
    }

    /// How many days have a file.
    pub fn day_count(&self) -> usize {
        self.inner.days.list().len()
    }

    /// The start of the oldest stretch that holds anything.
    pub async fn oldest(&self) -> Result<Option<UtcMillis>, StoreError> {
        let in_memory = self.memory().oldest();
        let mut in_files = None;
        for day in self.inner.days.list() {
            if let Some(open) = self.inner.days.for_reading(day).await?
                && let Some((minute, _)) = open.file.activity(day, day + DAY_MS).await?.first()
            {
                in_files = Some(*minute);
                break;
            }
        }
        Ok(in_memory.into_iter().chain(in_files).min().map(UtcMillis))
    }

    /// When the newest value of all held.
    pub async fn newest(&self) -> Result<Option<UtcMillis>, StoreError> {
        let mut columns = Columns::new();
        self.latest_at(UtcMillis(i64::MAX), Knowledge::Now, &mut columns)
            .await?;
        Ok(columns.newest())
    }

    /// Removes whole days: those older than `keep.days` before `now`, and the oldest ones while all weigh more than
    /// `keep.bytes`. Hours stay. Returns the days removed.
    pub async fn retain(&self, now: UtcMillis, keep: Keep) -> Result<Vec<i64>, StoreError> {
        let mut keeping = self.inner.keeping.lock().await;
        let days = crate::day::days_in(self.inner.days.folder())?;
        let Some((newest, _)) = days.last().copied() else {
            return Ok(Vec::new());
        };
        // A wall clock that is years ahead must not cost the history: age counts from the newest day, never from later.
        let edge = day_of(now.0).min(newest);
        let oldest_kept = edge.saturating_sub(i64::from(keep.days).saturating_mul(DAY_MS));
        let mut bytes: u64 = days.iter().map(|(_, bytes)| bytes).sum();
        let mut removed = Vec::new();
        for (day, size) in days {
            if day == newest || (day >= oldest_kept && bytes <= keep.bytes) {
                break;
            }
            self.inner.days.forget(day).await;
            self.memory_mut().forget_day(day);
            self.cache().forget_day(day);
            self.playing().clear();
            remove_day(self.inner.days.folder(), day)?;
            keeping.unrolled.remove(&day);
            bytes = bytes.saturating_sub(size);
            removed.push(day);
        }
        Ok(removed)
    }

    /// Looks at everything: SQLite's own check of every file, and every chunk unpacked. Says what is wrong.
    pub async fn check(&self) -> Result<Vec<String>, StoreError> {
        let mut wrong = Vec::new();
        for day in self.inner.days.list() {
            let Some(open) = self.inner.days.for_reading(day).await? else {
                continue;
            };
            wrong.extend(open.file.integrity().await?);
            wrong.extend(
                open.file.damaged().await?.iter().map(|damage| {
                    format!("group {} at {}: {}", damage.group, damage.t0, damage.why)
                }),
            );
            for hour in 0..24 {
                let from = day + hour * crate::row::HOUR_MS;
                let stored = open
                    .file
                    .chunks_between(None, from, from + crate::row::HOUR_MS)
                    .await?;
                unpack_all(&stored, &mut wrong);
            }
        }
        wrong.sort();
        wrong.dedup();
        Ok(wrong)
    }

    /// Seals what is left and closes every file.
    pub async fn close(self) -> Result<(), StoreError> {
        let sealed = self.seal(UtcMillis(i64::MAX), true).await;
        let trimmed = self.trim().await;
        self.inner.days.close().await;
        sealed?;
        trimmed
    }

    /// Opens the day for writing. Its log is taken up the first time.
    async fn write_day(&self, day: i64) -> Result<(Arc<OpenDay>, Vec<String>), StoreError> {
        let _opening = self.inner.opening.lock().await;
        let (open, is_new, notes) = self.inner.days.for_writing(day).await?;
        if !is_new {
            return Ok((open, notes));
        }
        let frames = open.file.frames().await?;
        let mut memory = self.memory_mut();
        let held = memory.day_mut(day);
        for (group, _, t1) in open.all_spans() {
            held.cover(group, t1);
        }
        let mut rows = Vec::new();
        for (number, bytes) in frames {
            if memory.day(day).is_some_and(|held| held.has_frame(number)) {
                continue;
            }
            rows.clear();
            match decode_frame(&bytes, &mut rows) {
                Ok(()) => memory.push(day, number, &rows),
                Err(error) => {
                    memory.push(day, number, &[]);
                    self.note_damage(Damage {
                        day,
                        group: 0,
                        t0: day,
                        t1: day + DAY_MS,
                        why: format!("frame {number} of the log: {error}"),
                    });
                }
            }
        }
        Ok((open, notes))
    }

    fn note_damage(&self, damage: Damage) {
        tracing::warn!(why = %damage.why, group = damage.group, t0 = damage.t0, "a part of history is damaged");
        self.damage().push(damage);
    }

    fn memory(&self) -> RwLockReadGuard<'_, Memory> {
        self.inner
            .memory
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn memory_mut(&self) -> RwLockWriteGuard<'_, Memory> {
        self.inner
            .memory
            .write()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn cache(&self) -> MutexGuard<'_, ChunkCache> {
        self.inner
            .cache
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn playing(&self) -> MutexGuard<'_, BTreeMap<u32, Arc<Chunk>>> {
        self.inner
            .playing
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn damage(&self) -> MutexGuard<'_, Vec<Damage>> {
        self.inner
            .damage
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn rewrites(&self) -> u64 {
        self.inner.rewrites.load(Ordering::Acquire)
    }
}

/// Unpacks the chunks one by one, and notes in `wrong` which of them cannot be unpacked and why.
fn unpack_all(stored: &[StoredChunk], wrong: &mut Vec<String>) {
    let mut scratch = Scratch::default();
    let mut chunk = Chunk::empty(0, 0, 0);
    for one in stored {
        if let Err(error) = decode_chunk(&one.bytes, &mut scratch, &mut chunk) {
            wrong.push(format!("group {} at {}: {error}", one.group, one.t0));
        }
    }
}

/// The error of a worker that panicked while `act` was being done. `panic` is what its thread left: mostly a text.
fn panicked(act: &'static str, panic: &(dyn Any + Send)) -> StoreError {
    let said = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("unknown");
    StoreError::Stopped {
        act,
        why: format!("a worker ended unexpectedly: {said}"),
    }
}

/// Moments of the years 1 to 9999 are kept: those that have a date of four digits.
fn is_sane(t: i64) -> bool {
    (-62_135_596_800_000..253_402_300_800_000).contains(&t)
}

/// Chunks as they are stored, the least used ones go first. Packed: a city's day fits.
#[derive(Debug, Default)]
struct ChunkCache {
    chunks: BTreeMap<(u32, i64), (Arc<StoredChunk>, u64)>,
    bytes: usize,
    uses: u64,
}

impl ChunkCache {
    /// The chunk of `group` that covers `t`.
    fn covering(&mut self, group: u32, t: i64) -> Option<Arc<StoredChunk>> {
        self.uses += 1;
        let uses = self.uses;
        let found = self
            .chunks
            .range_mut((group, i64::MIN)..=(group, t))
            .next_back()?;
        let (chunk, used) = found.1;
        if t >= chunk.t1 {
            return None;
        }
        *used = uses;
        Some(Arc::clone(chunk))
    }

    fn put(&mut self, chunk: &Arc<StoredChunk>) {
        self.uses += 1;
        let entry = (Arc::clone(chunk), self.uses);
        if let Some((old, _)) = self.chunks.insert((chunk.group, chunk.t0), entry) {
            self.bytes = self.bytes.saturating_sub(old.bytes.len());
        }
        self.bytes += chunk.bytes.len();
        if self.bytes > MAX_CACHED_BYTES {
            self.make_room();
        }
    }

    /// Drops the half that was used least recently.
    fn make_room(&mut self) {
        let mut uses: Vec<u64> = self.chunks.values().map(|(_, used)| *used).collect();
        uses.sort_unstable();
        let line = uses.get(uses.len() / 2).copied().unwrap_or(u64::MAX);
        self.chunks.retain(|_, (_, used)| *used > line);
        self.count();
    }

    fn forget(&mut self, group: u32, t0: i64) {
        if let Some((old, _)) = self.chunks.remove(&(group, t0)) {
            self.bytes = self.bytes.saturating_sub(old.bytes.len());
        }
    }

    fn forget_day(&mut self, day: i64) {
        self.chunks
            .retain(|(_, t0), _| !(day..day + DAY_MS).contains(t0));
        self.count();
    }

    fn count(&mut self) {
        self.bytes = self
            .chunks
            .values()
            .map(|(chunk, _)| chunk.bytes.len())
            .sum();
    }
}
