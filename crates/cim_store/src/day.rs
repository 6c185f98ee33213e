//! The file of one UTC day: the row log, the column chunks, their one-minute aggregates, and how busy each minute was.
//!
//! Only stores and finds; what is in a blob is the codec's business, and what belongs together is the history engine's.

mod folder;
#[cfg(test)]
mod tests;

use crate::{
    StoreError,
    faults::{self, Point},
    file::{self, SqlFile},
    migrations::Make,
    statement::{ManyRows, sql},
};
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};
use std::{
    path::Path,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicI64, Ordering},
    },
};

pub(crate) use folder::{days_in, has_unfinished_log, remove_day};
use folder::{mark_open, path_of, unmark_open};

/// What makes a day's file; its mark is the letters `CIMd`.
const MAKE: Make = Make {
    application_id: 0x4349_4d64,
    page_size: 16_384,
    readers: 2,
    steps: &[&[include_str!("day.sql")]],
    steps_at_once: 1,
};

const APPEND: &str =
    "INSERT INTO log (seq, rows) VALUES (max(?1, coalesce((SELECT max(seq) FROM log), 0) + 1), ?2)";
const HAS_FRAMES: &str = "SELECT EXISTS (SELECT 1 FROM log)";
const FRAMES: &str = "SELECT seq, rows FROM log ORDER BY seq";
const FORGET_FRAME: &str = "DELETE FROM log WHERE seq = ?1";

static PUT: LazyLock<ManyRows> = LazyLock::new(|| {
    ManyRows::new(
        "INSERT INTO chunk (grp, t0, t1, n, bytes) VALUES",
        "(?, ?, ?, ?, ?)",
        "ON CONFLICT (grp, t0) DO UPDATE SET t1 = excluded.t1, n = excluded.n, bytes = excluded.bytes",
    )
});
const REMOVE: &str = "DELETE FROM chunk WHERE grp = ?1 AND t0 = ?2";

// The groups that there are, one seek each; then one seek per group.
const AT: &str = "WITH RECURSIVE g (grp) AS (
  SELECT min(grp) FROM chunk
  UNION ALL
  SELECT (SELECT min(c.grp) FROM chunk c WHERE c.grp > g.grp) FROM g WHERE g.grp IS NOT NULL)
SELECT c.grp, c.t0, c.t1, c.n, c.bytes FROM g CROSS JOIN chunk c INDEXED BY chunk_key ON c.grp = g.grp
  AND c.t0 = (SELECT max(x.t0) FROM chunk x INDEXED BY chunk_key WHERE x.grp = g.grp AND x.t0 <= ?1)
WHERE g.grp IS NOT NULL";

const AT_OF_GROUP: &str = "SELECT grp, t0, t1, n, bytes FROM chunk INDEXED BY chunk_key
WHERE grp = ?1 AND t0 <= ?2 ORDER BY t0 DESC LIMIT 1";

// Chunks of a group never overlap: only the last one that begins at or before ?1 can reach into the stretch from before it.
const BETWEEN: &str = "WITH RECURSIVE g (grp) AS (
  SELECT min(grp) FROM chunk
  UNION ALL
  SELECT (SELECT min(c.grp) FROM chunk c WHERE c.grp > g.grp) FROM g WHERE g.grp IS NOT NULL)
SELECT c.grp, c.t0, c.t1, c.n, c.bytes FROM g CROSS JOIN chunk c INDEXED BY chunk_key ON c.grp = g.grp
  AND c.t0 >= coalesce((SELECT max(x.t0) FROM chunk x INDEXED BY chunk_key WHERE x.grp = g.grp AND x.t0 <= ?1), ?1)
  AND c.t0 < ?2
WHERE g.grp IS NOT NULL AND c.t1 > ?1";

const BETWEEN_OF_GROUP: &str = "SELECT grp, t0, t1, n, bytes FROM chunk INDEXED BY chunk_key
WHERE grp = ?3 AND t0 < ?2 AND t1 > ?1
  AND t0 >= coalesce((SELECT max(x.t0) FROM chunk x INDEXED BY chunk_key WHERE x.grp = ?3 AND x.t0 <= ?1), ?1)
ORDER BY t0";

const GROUPS: &str = "WITH RECURSIVE g (grp) AS (
  SELECT min(grp) FROM chunk
  UNION ALL
  SELECT (SELECT min(c.grp) FROM chunk c WHERE c.grp > g.grp) FROM g WHERE g.grp IS NOT NULL)
SELECT grp FROM g WHERE grp IS NOT NULL";

const SPANS: &str = "SELECT grp, t0, t1 FROM chunk INDEXED BY chunk_span ORDER BY grp, t0";

const COUNT: &str =
    "INSERT INTO activity (t, n) VALUES (?1, ?2) ON CONFLICT (t) DO UPDATE SET n = n + excluded.n";
const ACTIVITY: &str = "SELECT t, n FROM activity WHERE t >= ?1 AND t < ?2 ORDER BY t";

const PUT_MINUTES: &str = "INSERT INTO minute (grp, hour, bytes) VALUES (?1, ?2, ?3)
ON CONFLICT (grp, hour) DO UPDATE SET bytes = excluded.bytes";
const FORGET_MINUTES: &str = "DELETE FROM minute WHERE grp = ?1 AND hour = ?2";
const MINUTES: &str =
    "SELECT hour, bytes FROM minute WHERE grp = ?1 AND hour >= ?2 AND hour < ?3 ORDER BY hour";
const ROLLED: &str = "SELECT grp, hour FROM minute INDEXED BY minute_key ORDER BY grp, hour";

const SET_ASIDE: &str = "INSERT INTO damaged (grp, t0, t1, n, why, bytes)
SELECT grp, t0, t1, n, ?3, bytes FROM chunk WHERE grp = ?1 AND t0 = ?2";
const DAMAGED: &str = "SELECT grp, t0, t1, why FROM damaged ORDER BY grp, t0, rowid";

/// A chunk as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredChunk {
    /// The group of series.
    pub(crate) group: u32,
    /// The stretch `[t0, t1)`, UTC milliseconds.
    pub(crate) t0: i64,
    pub(crate) t1: i64,
    /// How many rows it has.
    pub(crate) n: u32,
    /// The chunk, encoded.
    pub(crate) bytes: Vec<u8>,
}

/// What one sealing changes in one day, all or nothing. Removes happen before puts.
#[derive(Debug, Default)]
pub(crate) struct Sealing {
    /// Chunks to write; one with the same group and `t0` is replaced.
    pub(crate) puts: Vec<StoredChunk>,
    /// Group and `t0` of chunks to delete.
    pub(crate) removes: Vec<(u32, i64)>,
    /// Minute start, and by how much its count changes.
    pub(crate) activity: Vec<(i64, i64)>,
    /// Group and hour start: `minute` rows that no longer hold.
    pub(crate) stale_hours: Vec<(u32, i64)>,
    /// Log frames whose rows are all in chunks.
    pub(crate) log_frames_done: Vec<i64>,
}

/// A part of history that cannot be read, kept as it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Start of the UTC day whose file it is in, UTC milliseconds.
    pub day: i64,
    /// The group of series that it belongs to: series `group * 512` to `group * 512 + 511`.
    pub group: u32,
    /// From when, UTC milliseconds.
    pub t0: i64,
    /// Until when, UTC milliseconds, exclusive.
    pub t1: i64,
    /// What is wrong with it.
    pub why: String,
}

/// The open file of one day. Cheap to clone; all clones share one writer.
#[derive(Clone, Debug)]
pub(crate) struct DayFile {
    file: SqlFile,
    day: i64,
    /// The least number that the next log frame may get: numbers are not used twice while the file is open.
    next_seq: Arc<AtomicI64>,
}

impl DayFile {
    /// Opens the file of the UTC day that begins at `day` (milliseconds) in `folder`. To write: it is made when absent, and one
    /// that is damaged or foreign is moved aside, as the notes tell; one that takes no writes is opened to be read. To read: never
    /// made ([`StoreError::Missing`]), never moved. `vfs` is SQLite's name of a file system other than its usual one.
    pub(crate) async fn open(
        folder: &Path,
        day: i64,
        write: bool,
        vfs: Option<&str>,
    ) -> Result<(Self, Vec<String>), StoreError> {
        let path = path_of(folder, day);
        let (file, notes) = if write {
            let opened = file::open(&path, &MAKE, vfs).await?;
            mark_open(&path);
            opened
        } else {
            let file = file::open_to_read(&path, &MAKE, vfs).await?;
            (file, Vec::new())
        };
        let opened = Self {
            file,
            day,
            next_seq: Arc::new(AtomicI64::new(1)),
        };
        Ok((opened, notes))
    }

    /// Start of the UTC day, milliseconds.
    pub(crate) fn day(&self) -> i64 {
        self.day
    }

    /// Where the file is.
    pub(crate) fn path(&self) -> &Path {
        self.file.path()
    }

    /// Adds a frame to the row log; it survives a power cut once this returns. Gives its number in the log; later frames have
    /// greater ones as long as the file is open.
    pub(crate) async fn append(&self, frame: &[u8]) -> Result<i64, StoreError> {
        let added = async {
            let mut conn = self.file.writer().await?;
            faults::reach(Point::BeforeLogCommit);
            sql(APPEND)
                .bind(self.next_seq.load(Ordering::Acquire))
                .bind(frame)
                .execute(&mut *conn)
                .await
        };
        let done = added
            .await
            .map_err(|error| self.trouble("adding to the log", error))?;
        let seq = done.last_insert_rowid();
        self.next_seq
            .fetch_max(seq.saturating_add(1), Ordering::AcqRel);
        faults::reach(Point::AfterLogCommit);
        Ok(seq)
    }

    /// Every frame of the row log with its number, oldest first.
    pub(crate) async fn frames(&self) -> Result<Vec<(i64, Vec<u8>)>, StoreError> {
        let rows = sql(FRAMES).fetch_all(self.file.readers()).await;
        let frames = rows.and_then(|rows| rows.iter().map(pair_of).collect());
        frames.map_err(|error| self.trouble("reading the log", error))
    }

    /// Of every group the chunk with the greatest `t0` at or before `t`.
    pub(crate) async fn chunks_at(&self, t: i64) -> Result<Vec<StoredChunk>, StoreError> {
        let rows = sql(AT).bind(t).fetch_all(self.file.readers()).await;
        self.chunks("reading a moment", rows)
    }

    /// Of `group` the chunk with the greatest `t0` at or before `t`.
    pub(crate) async fn chunk_at(
        &self,
        group: u32,
        t: i64,
    ) -> Result<Option<StoredChunk>, StoreError> {
        let rows = sql(AT_OF_GROUP)
            .bind(i64::from(group))
            .bind(t)
            .fetch_all(self.file.readers())
            .await;
        Ok(self.chunks("reading a chunk", rows)?.pop())
    }

    /// The chunks that overlap `[t0, t1)`, of one group or of all, by start and group. All of them are held in memory: ask for
    /// minutes, not for a day.
    pub(crate) async fn chunks_between(
        &self,
        group: Option<u32>,
        t0: i64,
        t1: i64,
    ) -> Result<Vec<StoredChunk>, StoreError> {
        let question = match group {
            Some(group) => sql(BETWEEN_OF_GROUP)
                .bind(t0)
                .bind(t1)
                .bind(i64::from(group)),
            None => sql(BETWEEN).bind(t0).bind(t1),
        };
        let rows = question.fetch_all(self.file.readers()).await;
        let mut chunks = self.chunks("reading a stretch", rows)?;
        // Here and not in SQL, where sorting would carry the blobs along.
        chunks.sort_by_key(|chunk| (chunk.t0, chunk.group));
        Ok(chunks)
    }

    /// The groups that have a chunk, ascending.
    pub(crate) async fn groups(&self) -> Result<Vec<u32>, StoreError> {
        let rows = sql(GROUPS).fetch_all(self.file.readers()).await;
        let groups = rows.and_then(|rows| rows.iter().map(|row| group_of(row, 0)).collect());
        groups.map_err(|error| self.trouble("listing the groups", error))
    }

    /// Group and stretch of every chunk, by group and start. Reads no blob.
    pub(crate) async fn spans(&self) -> Result<Vec<(u32, i64, i64)>, StoreError> {
        let rows = sql(SPANS).fetch_all(self.file.readers()).await;
        let span_of = |row: &SqliteRow| -> sqlx::Result<(u32, i64, i64)> {
            Ok((group_of(row, 0)?, row.try_get(1)?, row.try_get(2)?))
        };
        let spans = rows.and_then(|rows| rows.iter().map(span_of).collect());
        spans.map_err(|error| self.trouble("listing the chunks", error))
    }

    /// Does what one sealing changes, all or nothing; it survives a power cut once this returns.
    pub(crate) async fn commit(&self, sealing: &Sealing) -> Result<(), StoreError> {
        let done = async {
            let mut change = self.file.begin().await?;
            let written = write_sealing(change.conn(), sealing).await;
            faults::reach(Point::BeforeSealCommit);
            change.finish(written).await
        };
        done.await.map_err(|error| self.trouble("sealing", error))?;
        faults::reach(Point::AfterSealCommit);
        Ok(())
    }

    /// Writes one-minute aggregates (group, hour start, encoded), replacing what is there; all or nothing.
    pub(crate) async fn put_minutes(&self, rows: &[(u32, i64, Vec<u8>)]) -> Result<(), StoreError> {
        let done = async {
            let mut change = self.file.begin().await?;
            let written = write_minutes(change.conn(), rows).await;
            faults::reach(Point::BeforeRollCommit);
            change.finish(written).await
        };
        done.await
            .map_err(|error| self.trouble("rolling an hour", error))?;
        faults::reach(Point::AfterRollCommit);
        Ok(())
    }

    /// The one-minute aggregates of `group` for the hours that begin in `[t0, t1)`: hour start, encoded.
    pub(crate) async fn minutes(
        &self,
        group: u32,
        t0: i64,
        t1: i64,
    ) -> Result<Vec<(i64, Vec<u8>)>, StoreError> {
        let rows = sql(MINUTES)
            .bind(i64::from(group))
            .bind(t0)
            .bind(t1)
            .fetch_all(self.file.readers())
            .await;
        let minutes = rows.and_then(|rows| rows.iter().map(pair_of).collect());
        minutes.map_err(|error| self.trouble("reading minutes", error))
    }

    /// Which groups have one-minute aggregates of which hours: group, hour start.
    pub(crate) async fn rolled(&self) -> Result<Vec<(u32, i64)>, StoreError> {
        let rows = sql(ROLLED).fetch_all(self.file.readers()).await;
        let rolled_of = |row: &SqliteRow| -> sqlx::Result<(u32, i64)> {
            Ok((group_of(row, 0)?, row.try_get(1)?))
        };
        let rolled = rows.and_then(|rows| rows.iter().map(rolled_of).collect());
        rolled.map_err(|error| self.trouble("listing the hours", error))
    }

    /// How many sealed observations fell into each minute that begins in `[t0, t1)`: minute start, count.
    pub(crate) async fn activity(&self, t0: i64, t1: i64) -> Result<Vec<(i64, i64)>, StoreError> {
        let rows = sql(ACTIVITY)
            .bind(t0)
            .bind(t1)
            .fetch_all(self.file.readers())
            .await;
        let count_of = |row: &SqliteRow| -> sqlx::Result<(i64, i64)> {
            Ok((row.try_get(0)?, row.try_get(1)?))
        };
        let counts = rows.and_then(|rows| rows.iter().map(count_of).collect());
        counts.map_err(|error| self.trouble("reading the activity", error))
    }

    /// Moves the chunk of `group` that begins at `t0` out of history, with its bytes and the reason.
    pub(crate) async fn set_aside(&self, group: u32, t0: i64, why: &str) -> Result<(), StoreError> {
        let done = async {
            let mut change = self.file.begin().await?;
            let moved = move_chunk(change.conn(), group, t0, why).await;
            change.finish(moved).await
        };
        done.await
            .map_err(|error| self.trouble("setting a damaged chunk aside", error))
    }

    /// The chunks that were set aside.
    pub(crate) async fn damaged(&self) -> Result<Vec<Damage>, StoreError> {
        let rows = sql(DAMAGED).fetch_all(self.file.readers()).await;
        let damage_of = |row: &SqliteRow| -> sqlx::Result<Damage> {
            Ok(Damage {
                day: self.day,
                group: group_of(row, 0)?,
                t0: row.try_get(1)?,
                t1: row.try_get(2)?,
                why: row.try_get(3)?,
            })
        };
        let damaged = rows.and_then(|rows| rows.iter().map(damage_of).collect());
        damaged.map_err(|error| self.trouble("listing what is damaged", error))
    }

    /// What SQLite's full check finds wrong with the file; empty when it is sound. Reads all of it.
    pub(crate) async fn integrity(&self) -> Result<Vec<String>, StoreError> {
        file::integrity(self.file.readers())
            .await
            .map_err(|error| self.trouble("checking it", error))
    }

    /// Closes the file for every clone.
    pub(crate) async fn close(self) {
        if self.is_log_empty().await {
            unmark_open(self.path());
        }
        self.file.close().await;
    }

    /// True when the file was open for writing and no frame is left in its log.
    async fn is_log_empty(&self) -> bool {
        let asked = async {
            let mut conn = self.file.writer().await?;
            let row = sql(HAS_FRAMES).fetch_one(&mut *conn).await?;
            row.try_get::<i64, _>(0)
        };
        asked.await.is_ok_and(|found| found == 0)
    }

    fn trouble(&self, act: &'static str, source: sqlx::Error) -> StoreError {
        self.file.trouble(act, source)
    }

    fn chunks(
        &self,
        act: &'static str,
        rows: sqlx::Result<Vec<SqliteRow>>,
    ) -> Result<Vec<StoredChunk>, StoreError> {
        let chunks = rows.and_then(|rows| rows.iter().map(chunk_of).collect());
        chunks.map_err(|error| self.trouble(act, error))
    }
}

async fn write_sealing(conn: &mut SqliteConnection, sealing: &Sealing) -> sqlx::Result<()> {
    for (group, t0) in &sealing.removes {
        sql(REMOVE)
            .bind(i64::from(*group))
            .bind(*t0)
            .execute(&mut *conn)
            .await?;
    }
    for (mut statement, trip) in PUT.trips(&sealing.puts) {
        for chunk in trip {
            statement = statement
                .bind(i64::from(chunk.group))
                .bind(chunk.t0)
                .bind(chunk.t1)
                .bind(i64::from(chunk.n))
                .bind(chunk.bytes.as_slice());
        }
        statement.execute(&mut *conn).await?;
    }
    for (minute, change) in &sealing.activity {
        sql(COUNT)
            .bind(*minute)
            .bind(*change)
            .execute(&mut *conn)
            .await?;
    }
    for (group, hour) in &sealing.stale_hours {
        sql(FORGET_MINUTES)
            .bind(i64::from(*group))
            .bind(*hour)
            .execute(&mut *conn)
            .await?;
    }
    for seq in &sealing.log_frames_done {
        sql(FORGET_FRAME).bind(*seq).execute(&mut *conn).await?;
    }
    Ok(())
}

async fn write_minutes(
    conn: &mut SqliteConnection,
    rows: &[(u32, i64, Vec<u8>)],
) -> sqlx::Result<()> {
    for (group, hour, bytes) in rows {
        sql(PUT_MINUTES)
            .bind(i64::from(*group))
            .bind(*hour)
            .bind(bytes.as_slice())
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

async fn move_chunk(
    conn: &mut SqliteConnection,
    group: u32,
    t0: i64,
    why: &str,
) -> sqlx::Result<()> {
    sql(SET_ASIDE)
        .bind(i64::from(group))
        .bind(t0)
        .bind(why)
        .execute(&mut *conn)
        .await?;
    sql(REMOVE)
        .bind(i64::from(group))
        .bind(t0)
        .execute(&mut *conn)
        .await?;
    Ok(())
}

fn chunk_of(row: &SqliteRow) -> sqlx::Result<StoredChunk> {
    let n: i64 = row.try_get(3)?;
    Ok(StoredChunk {
        group: group_of(row, 0)?,
        t0: row.try_get(1)?,
        t1: row.try_get(2)?,
        n: u32::try_from(n).map_err(|error| sqlx::Error::Decode(error.into()))?,
        bytes: row.try_get(4)?,
    })
}

fn pair_of(row: &SqliteRow) -> sqlx::Result<(i64, Vec<u8>)> {
    Ok((row.try_get(0)?, row.try_get(1)?))
}

/// The group in a column; a number that no group has is damage that SQLite cannot see.
fn group_of(row: &SqliteRow, column: usize) -> sqlx::Result<u32> {
    let group: i64 = row.try_get(column)?;
    u32::try_from(group).map_err(|error| sqlx::Error::Decode(error.into()))
}
