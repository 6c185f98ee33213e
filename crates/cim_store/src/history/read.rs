//! The state at a moment, and the changes between two.

use super::{
    History,
    days::OpenDay,
    panicked,
    pieces::{key_row, places, row_at},
};
use crate::{
    Columns, StoreError,
    codec::{Chunk, KeyFrame, Scratch, decode_chunk, decode_state, stretch_of},
    day::{Damage, StoredChunk},
    row::{DAY_MS, GROUP, Knowledge, Row, day_of},
};
use cim_model::UtcMillis;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// How many chunks are looked through at most for what was known of a series, when what it read became known later.
const MAX_STEPS_BACK: usize = 500;

/// Chunks that are kept unpacked while somebody plays have at most so many rows.
const MAX_PLAYING_ROWS: usize = 3_000_000;

/// Up to this span rows are sorted by counting, milliseconds.
const MAX_COUNTED_MS: i64 = 600_000;

impl History {
    /// The newest value of every series that held at or before `t`, with the given knowledge. `into` is cleared first.
    pub async fn latest_at(
        &self,
        t: UtcMillis,
        knowledge: Knowledge,
        into: &mut Columns,
    ) -> Result<(), StoreError> {
        into.clear();
        // Memory first: what is sealed meanwhile is met twice, never missed.
        self.memory().until(t.0, knowledge, |row| {
            into.put(row);
        });
        let mut found: BTreeSet<u32> = BTreeSet::new();
        for day in self.inner.days.list().into_iter().rev() {
            if day > t.0 {
                continue;
            }
            match self.show_day(day, t.0, knowledge, &mut found, into).await {
                Err(error) if error.is_damage() => self.lose_day(day, &error).await?,
                shown => shown?,
            }
        }
        Ok(())
    }

    /// Puts the state at `t` of the groups that are not `found` yet into the columns, as far as this day has them.
    async fn show_day(
        &self,
        day: i64,
        t: i64,
        knowledge: Knowledge,
        found: &mut BTreeSet<u32>,
        into: &mut Columns,
    ) -> Result<(), StoreError> {
        let Some(open) = self.inner.days.for_reading(day).await? else {
            return Ok(());
        };
        let wanted: Vec<u32> = open.groups().difference(found).copied().collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let chunks = self.chunks_at(&open, &wanted, t).await?;
        for (chunk, state) in self.states(&open, chunks, t, knowledge).await? {
            found.insert(chunk.group);
            self.show_state(&chunk, &state, t, knowledge, into).await?;
        }
        Ok(())
    }

    /// Every value that came to hold in `(t0, t1]`, by time, then by series. `into` is cleared first.
    pub async fn changes_between(
        &self,
        t0: UtcMillis,
        t1: UtcMillis,
        into: &mut Vec<Row>,
    ) -> Result<(), StoreError> {
        into.clear();
        let (from, to) = (t0.0.saturating_add(1), t1.0.saturating_add(1));
        let mut in_memory = Vec::new();
        self.memory()
            .between(None, from, to, |row| in_memory.push(*row));
        let days = self.inner.days.list();
        for day in days
            .into_iter()
            .filter(|day| *day < to && day.saturating_add(DAY_MS) > from)
        {
            match self.changes_of_day(day, from, to, into).await {
                Err(error) if error.is_damage() => self.lose_day(day, &error).await?,
                read => read?,
            }
        }
        // What chunks have was there first.
        into.append(&mut in_memory);
        by_time(into, from, to);
        into.dedup_by_key(|row| (row.happened_at, row.series));
        Ok(())
    }

    async fn changes_of_day(
        &self,
        day: i64,
        from: i64,
        to: i64,
        into: &mut Vec<Row>,
    ) -> Result<(), StoreError> {
        let Some(open) = self.inner.days.for_reading(day).await? else {
            return Ok(());
        };
        let groups: Vec<u32> = open.groups().iter().copied().collect();
        let mut chunks: Vec<Arc<Chunk>> = Vec::with_capacity(groups.len());
        let mut missing: BTreeSet<u32> = BTreeSet::new();
        {
            // Playing asks for a second or so at a time: mostly of the chunks that it was in before.
            let playing = self.playing();
            for group in groups {
                match playing.get(&group) {
                    Some(chunk) if chunk.t0 <= from && to <= chunk.t1 => {
                        chunks.push(Arc::clone(chunk));
                    }
                    _ => drop(missing.insert(group)),
                }
            }
        }
        let rewrites = self.rewrites();
        let mut read: Vec<Arc<Chunk>> = Vec::new();
        if missing.len() <= 10 {
            for group in &missing {
                let found = self.chunks_between(&open, Some(*group), from, to).await?;
                read.extend(found.into_iter().map(Arc::new));
            }
        } else {
            let found = self.chunks_between(&open, None, from, to).await?;
            let mine = found
                .into_iter()
                .filter(|chunk| missing.contains(&chunk.group));
            read.extend(mine.map(Arc::new));
        }
        self.keep_playing(&read, rewrites);
        chunks.append(&mut read);
        chunks.sort_by_key(|chunk| (chunk.group, chunk.t0));
        for chunk in chunks {
            collect(&chunk, from, to, into);
        }
        Ok(())
    }

    /// Keeps the last chunk of each group unpacked for the next step of whoever plays.
    fn keep_playing(&self, chunks: &[Arc<Chunk>], rewrites: u64) {
        let rows: usize = chunks.iter().map(|chunk| chunk.rows()).sum();
        let mut playing = self.playing();
        if rows > MAX_PLAYING_ROWS || self.rewrites() != rewrites {
            playing.clear();
            return;
        }
        for chunk in chunks {
            playing.insert(chunk.group, Arc::clone(chunk));
        }
    }

    /// Puts a group's state at `t` into the columns. What a chunk has wins over what memory has of the same moment: it came
    /// first. What the chunk has and was not known then is looked for in the chunks before it.
    async fn show_state(
        &self,
        chunk: &Arc<StoredChunk>,
        state: &KeyFrame,
        t: i64,
        knowledge: Knowledge,
        into: &mut Columns,
    ) -> Result<(), StoreError> {
        let group = chunk.group;
        let mut unknown: Vec<u16> = Vec::new();
        if knowledge == Knowledge::Then {
            let unheard = state.late.iter().filter(|(_, known_at)| *known_at > t);
            unknown.extend(unheard.map(|(slot, _)| *slot));
        }
        into.put_state(group * GROUP, state, t, &unknown);
        let mut before = Arc::clone(chunk);
        for _ in 0..MAX_STEPS_BACK {
            if unknown.is_empty() {
                break;
            }
            let Some((open, earlier)) = self.chunk_before(group, before.t0).await? else {
                break;
            };
            let states = self
                .states(&open, vec![Arc::clone(&earlier)], t, knowledge)
                .await?;
            if let Some((_, state)) = states.first() {
                unknown.retain(|slot| match key_row(state, group, *slot) {
                    Some(row) if is_known_late(&row, t, knowledge) => true,
                    Some(row) => {
                        put_first(into, &row);
                        false
                    }
                    None => false,
                });
            }
            before = earlier;
        }
        Ok(())
    }

    /// The groups' states at `t` as these chunks have them. Damaged chunks are named and set aside; the chunk before serves.
    async fn states(
        &self,
        open: &OpenDay,
        chunks: Vec<Arc<StoredChunk>>,
        t: i64,
        knowledge: Knowledge,
    ) -> Result<Vec<(Arc<StoredChunk>, KeyFrame)>, StoreError> {
        let mut wanted = chunks;
        let mut states = Vec::with_capacity(wanted.len());
        while !wanted.is_empty() {
            let read = on_all_cores(wanted, move |chunk, scratch| {
                let mut state = KeyFrame::empty();
                decode_state(&chunk.bytes, t, knowledge, scratch, &mut state)
                    .map_err(|error| error.to_string())?;
                belongs_here(chunk).map(|()| state)
            });
            wanted = Vec::new();
            for (chunk, result) in read.await? {
                match result {
                    Ok(state) => states.push((chunk, state)),
                    Err(why) => {
                        self.set_aside(open, &chunk, why).await;
                        let before = chunk.t0.saturating_sub(1);
                        wanted.extend(self.stored_at(open, chunk.group, before).await?);
                    }
                }
            }
        }
        Ok(states)
    }

    /// The last chunk of the group that begins before `t0`.
    async fn chunk_before(
        &self,
        group: u32,
        t0: i64,
    ) -> Result<Option<(Arc<OpenDay>, Arc<StoredChunk>)>, StoreError> {
        let day = day_of(t0);
        let days = self.inner.days.list();
        for earlier in days.into_iter().rev().filter(|known| *known <= day) {
            let Some(open) = self.inner.days.for_reading(earlier).await? else {
                continue;
            };
            if !open.groups().contains(&group) {
                continue;
            }
            if let Some(chunk) = self.stored_at(&open, group, t0.saturating_sub(1)).await? {
                return Ok(Some((open, chunk)));
            }
        }
        Ok(None)
    }

    /// The chunk of the group in this day that begins last at or before `t`, packed.
    async fn stored_at(
        &self,
        open: &OpenDay,
        group: u32,
        t: i64,
    ) -> Result<Option<Arc<StoredChunk>>, StoreError> {
        let cached = self.cache().covering(group, t);
        if let Some(chunk) = cached.filter(|chunk| day_of(chunk.t0) == open.file.day()) {
            return Ok(Some(chunk));
        }
        let rewrites = self.rewrites();
        let stored = open.file.chunk_at(group, t).await?.map(Arc::new);
        self.keep_cached(stored.iter(), rewrites);
        Ok(stored)
    }

    /// The chunk of the group in this day that begins last at or before `t`. Damaged ones are named and set aside; the one
    /// before serves.
    pub(super) async fn chunk_at(
        &self,
        open: &OpenDay,
        group: u32,
        t: i64,
    ) -> Result<Option<Chunk>, StoreError> {
        let mut t = t;
        while let Some(stored) = self.stored_at(open, group, t).await? {
            let t0 = stored.t0;
            if let Some(chunk) = self.unpack(open, vec![stored]).await?.pop() {
                return Ok(Some(chunk));
            }
            t = t0.saturating_sub(1);
        }
        Ok(None)
    }

    /// The chunk of the group that begins exactly at `t0`; `None` when it is damaged.
    pub(super) async fn chunk_of(
        &self,
        open: &OpenDay,
        group: u32,
        t0: i64,
    ) -> Result<Option<Chunk>, StoreError> {
        let found = self.chunk_at(open, group, t0).await?;
        Ok(found.filter(|chunk| chunk.t0 == t0))
    }

    /// Of each of the groups the chunk of this day that begins last at or before `t`, packed.
    async fn chunks_at(
        &self,
        open: &OpenDay,
        groups: &[u32],
        t: i64,
    ) -> Result<Vec<Arc<StoredChunk>>, StoreError> {
        let mut chunks = Vec::with_capacity(groups.len());
        let mut missing = Vec::new();
        {
            let mut cache = self.cache();
            for group in groups {
                match cache.covering(*group, t) {
                    Some(chunk) if day_of(chunk.t0) == open.file.day() => chunks.push(chunk),
                    _ => missing.push(*group),
                }
            }
        }
        // One statement for all costs about as much as ten for one.
        if missing.len() <= 10 {
            for group in missing {
                chunks.extend(self.stored_at(open, group, t).await?);
            }
            return Ok(chunks);
        }
        let wanted: BTreeSet<u32> = missing.into_iter().collect();
        let rewrites = self.rewrites();
        let stored = open.file.chunks_at(t).await?;
        let mine: Vec<Arc<StoredChunk>> = stored
            .into_iter()
            .filter(|chunk| wanted.contains(&chunk.group))
            .map(Arc::new)
            .collect();
        self.keep_cached(mine.iter(), rewrites);
        chunks.extend(mine);
        Ok(chunks)
    }

    /// Keeps chunks for the next question, unless one was rewritten since they were asked for.
    fn keep_cached<'a>(&self, chunks: impl Iterator<Item = &'a Arc<StoredChunk>>, rewrites: u64) {
        let mut cache = self.cache();
        if self.rewrites() == rewrites {
            for chunk in chunks {
                cache.put(chunk);
            }
        }
    }

    /// The chunks of this day that overlap `[from, to)`; of one group only, when it is given.
    pub(super) async fn chunks_between(
        &self,
        open: &OpenDay,
        group: Option<u32>,
        from: i64,
        to: i64,
    ) -> Result<Vec<Chunk>, StoreError> {
        let stored = open.file.chunks_between(group, from, to).await?;
        self.unpack(open, stored.into_iter().map(Arc::new).collect())
            .await
    }

    /// Unpacks chunks. Damaged ones are named, set aside and left out.
    async fn unpack(
        &self,
        open: &OpenDay,
        stored: Vec<Arc<StoredChunk>>,
    ) -> Result<Vec<Chunk>, StoreError> {
        let mut chunks = Vec::with_capacity(stored.len());
        for (stored, result) in on_all_cores(stored, unpack_one).await? {
            match result {
                Ok(chunk) => chunks.push(chunk),
                Err(why) => self.set_aside(open, &stored, why).await,
            }
        }
        Ok(chunks)
    }

    /// Names a damaged chunk, and takes it out of the way if the file can be written to.
    async fn set_aside(&self, open: &OpenDay, chunk: &StoredChunk, why: String) {
        let (group, t0) = (chunk.group, chunk.t0);
        self.cache().forget(group, t0);
        self.playing().remove(&group);
        match open.file.set_aside(group, t0, &why).await {
            Ok(()) => open.note_chunks(std::iter::empty(), &[(group, t0)]),
            Err(error) => tracing::warn!(%error, "a damaged chunk stays where it is"),
        }
        self.note_damage(Damage {
            day: open.file.day(),
            group,
            t0,
            t1: chunk.t1,
            why,
        });
    }
}

/// Chunks, each with what the work on it gave.
type Worked<T> = Vec<(Arc<StoredChunk>, T)>;

/// Does `work` on each of `chunks`, on as many threads as the machine has cores.
async fn on_all_cores<T, W>(chunks: Vec<Arc<StoredChunk>>, work: W) -> Result<Worked<T>, StoreError>
where
    T: Send + 'static,
    W: Fn(&StoredChunk, &mut Scratch) -> T + Send + Sync + 'static,
{
    if chunks.len() < 4 {
        return Ok(do_share(&chunks, &work));
    }
    let all = move || -> Vec<std::thread::Result<Worked<T>>> {
        let workers = std::thread::available_parallelism()
            .map_or(1, usize::from)
            .min(4);
        let share = chunks.len().div_ceil(workers).max(1);
        std::thread::scope(|scope| {
            let handles: Vec<_> = chunks
                .chunks(share)
                .map(|mine| scope.spawn(|| do_share(mine, &work)))
                .collect();
            handles
                .into_iter()
                .map(std::thread::ScopedJoinHandle::join)
                .collect()
        })
    };
    let shares = tokio::task::spawn_blocking(all)
        .await
        .map_err(|error| StoreError::stopped("unpacking chunks", &error))?;
    let mut results = Vec::new();
    for share in shares {
        results.extend(share.map_err(|panic| panicked("unpacking chunks", panic.as_ref()))?);
    }
    Ok(results)
}

/// Sorts rows in `[from, to)` by time, then by series; of the same series and moment the first one stays first.
fn by_time(rows: &mut Vec<Row>, from: i64, to: i64) {
    let order = |row: &Row| (row.happened_at, row.series);
    let span = to.saturating_sub(from);
    // Played in steps of seconds: as many rows as milliseconds or more. Counting is cheaper than comparing then.
    if (0..=MAX_COUNTED_MS).contains(&span) && rows.len() as i64 > span / 4 {
        let at = |row: &Row| (row.happened_at - from) as usize;
        let mut next = vec![0_usize; span as usize + 1];
        for row in rows.iter() {
            next[at(row) + 1] += 1;
        }
        for place in 0..span as usize {
            next[place + 1] += next[place];
        }
        let mut sorted = rows.clone();
        for row in rows.iter() {
            let place = &mut next[at(row)];
            sorted[*place] = *row;
            *place += 1;
        }
        *rows = sorted;
    }
    // Rows come group by group, so that nothing is left to do, or little.
    if !rows.is_sorted_by_key(order) {
        rows.sort_by_key(order);
    }
}

fn do_share<T>(
    mine: &[Arc<StoredChunk>],
    work: &impl Fn(&StoredChunk, &mut Scratch) -> T,
) -> Vec<(Arc<StoredChunk>, T)> {
    let mut scratch = Scratch::default();
    mine.iter()
        .map(|chunk| (Arc::clone(chunk), work(chunk, &mut scratch)))
        .collect()
}

fn unpack_one(stored: &StoredChunk, scratch: &mut Scratch) -> Result<Chunk, String> {
    let mut chunk = Chunk::empty(stored.group, stored.t0, stored.t1);
    decode_chunk(&stored.bytes, scratch, &mut chunk).map_err(|error| error.to_string())?;
    belongs_here(stored).map(|()| chunk)
}

/// A chunk tells its own place: its bytes are sound, but the file may say that they belong elsewhere.
fn belongs_here(stored: &StoredChunk) -> Result<(), String> {
    if stretch_of(&stored.bytes) == Some((stored.group, stored.t0, stored.t1)) {
        Ok(())
    } else {
        Err("it is the chunk of another group or time".to_owned())
    }
}

/// True when what is wanted is what was known at `t`, and this was not.
fn is_known_late(row: &Row, t: i64, knowledge: Knowledge) -> bool {
    knowledge == Knowledge::Then && row.is_late() && row.known_at > t
}

/// Takes `row` unless something newer is there.
fn put_first(into: &mut Columns, row: &Row) {
    let is_older = into
        .get(row.series)
        .is_some_and(|known| known.happened_at.0 > row.happened_at);
    if !is_older {
        into.set(row);
    }
}

/// The rows of a chunk in `[from, to)`.
fn collect(chunk: &Chunk, from: i64, to: i64, into: &mut Vec<Row>) {
    for slot in 0..GROUP as u16 {
        let range = places(chunk, slot);
        let Some(times) = chunk.times.get(range.clone()) else {
            continue;
        };
        let first = times.partition_point(|time| *time < from);
        let last = times.partition_point(|time| *time < to);
        for place in range.start + first..range.start + last {
            into.extend(row_at(chunk, slot, place));
        }
    }
}

/// The rows of one series in `[from, to)`, by time.
pub(super) fn rows_of_series(
    chunk: &Chunk,
    series: u32,
    from: i64,
    to: i64,
    into: &mut BTreeMap<i64, Row>,
) {
    let slot = (series % GROUP) as u16;
    for place in places(chunk, slot) {
        if let Some(row) = row_at(chunk, slot, place)
            && (from..to).contains(&row.happened_at)
        {
            into.insert(row.happened_at, row);
        }
    }
}
