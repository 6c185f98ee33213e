//! One SQLite file: the hub of a machine, a test or a newcomer.
//!
//! One connection writes observations (WAL; a power cut may cost the last moments, a crash of the hub costs nothing),
//! one writes the ledger and waits until it is on the disk, and a few read.

use super::digest::MINUTE_MS;
use super::schema;
use super::{BlockRow, EntityRow, bound, detail_of, failed, object_from, observation_row};
use crate::error::HubError;
use crate::sensorthings::{Bind, NewObservation, ObservationQuery, ObservationRow, SetName};
use cim_model::UtcMillis;
use serde_json::{Value, json};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, Row, Sqlite, SqlitePool};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The file in the hub's folder.
const FILE: &str = "hub.db";
/// Reading connections.
const READERS: u32 = 4;
/// How long a statement waits for another writer before it fails.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// Series thinned in one transaction; between two of them, new observations get in.
const THINNED_AT_ONCE: usize = 50;
/// Rows that one statement takes. Few sizes, so that each statement is prepared once; 500 rows have 2 500 values, of
/// the 32 766 that SQLite allows.
const STATEMENT_SIZES: [usize; 4] = [500, 50, 5, 1];

/// An open file.
pub(super) struct SqliteStore {
    writer: SqlitePool,
    durable: SqlitePool,
    readers: SqlitePool,
}

impl SqliteStore {
    pub(super) const BEGIN: &'static str = "BEGIN IMMEDIATE";

    pub(super) fn reading(&self) -> &SqlitePool {
        &self.readers
    }

    pub(super) fn writing(&self) -> &SqlitePool {
        &self.writer
    }

    pub(super) fn durable(&self) -> &SqlitePool {
        &self.durable
    }

    /// Opens `hub.db` in `folder`, and makes both when they are not there.
    pub(super) async fn open(folder: &Path) -> Result<Self, HubError> {
        std::fs::create_dir_all(folder).map_err(|err| folder_error(folder, &err))?;
        let options = SqliteConnectOptions::new()
            .filename(folder.join(FILE))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(BUSY_TIMEOUT)
            .pragma("cache_size", "-32768");
        let writer = pool(options.clone(), 1).await?;
        sqlx::raw_sql(schema::SQLITE)
            .execute(&writer)
            .await
            .map_err(failed("making its tables"))?;
        upgrade(&writer).await?;
        let durable = pool(options.clone().synchronous(SqliteSynchronous::Full), 1).await?;
        let readers = pool(options, READERS).await?;
        Ok(Self {
            writer,
            durable,
            readers,
        })
    }

    pub(super) async fn close(&self) {
        self.readers.close().await;
        self.durable.close().await;
        self.writer.close().await;
    }

    pub(super) async fn entity_rows(&self) -> Result<Vec<EntityRow>, HubError> {
        sqlx::query::<Sqlite>("SELECT kind, id, body, links FROM entities ORDER BY kind, id")
            .try_map(|row: SqliteRow| {
                Ok(EntityRow {
                    kind: row.try_get(0)?,
                    id: row.try_get(1)?,
                    body: row.try_get(2)?,
                    links: row.try_get(3)?,
                })
            })
            .fetch_all(&self.readers)
            .await
            .map_err(failed("reading entities"))
    }

    pub(super) async fn save_entity_rows(&self, entities: &[EntityRow]) -> Result<(), HubError> {
        let row = |entity: &EntityRow| json!([entity.kind, entity.id, entity.body, entity.links]);
        let rows = Value::Array(entities.iter().map(row).collect()).to_string();
        sqlx::query::<Sqlite>(
            "INSERT OR REPLACE INTO entities (kind, id, body, links)
             SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?)",
        )
        .bind(rows)
        .execute(&self.writer)
        .await
        .map_err(failed("storing entities"))?;
        Ok(())
    }

    pub(super) async fn remove_entity_rows(
        &self,
        entities: &[(SetName, i64)],
    ) -> Result<(), HubError> {
        let row = |(set, id): &(SetName, i64)| json!([set.as_str(), id]);
        let rows = Value::Array(entities.iter().map(row).collect()).to_string();
        sqlx::query::<Sqlite>(
            "DELETE FROM entities WHERE (kind, id) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?))",
        )
        .bind(rows)
        .execute(&self.writer)
        .await
        .map_err(failed("removing entities"))?;
        Ok(())
    }

    pub(super) async fn append(&self, observations: &[NewObservation]) -> Result<u64, HubError> {
        let doing = "storing observations";
        let mut work = self.writer.begin().await.map_err(failed(doing))?;
        let mut new = 0;
        let mut rest = observations;
        while let Some((now, later)) = next_rows(rest) {
            rest = later;
            let sql = format!(
                "INSERT OR IGNORE INTO observations (ds, t, value, result, detail) VALUES {}",
                places(now.len())
            );
            // The text holds question marks and nothing of the request.
            let mut query = sqlx::query::<Sqlite>(AssertSqlSafe(sql));
            for observation in now {
                query = query
                    .bind(observation.datastream)
                    .bind(observation.time.0)
                    .bind(observation.value)
                    .bind(observation.result.as_deref())
                    .bind(detail_of(observation));
            }
            let done = query.execute(&mut *work).await.map_err(failed(doing))?;
            new += done.rows_affected();
        }
        work.commit().await.map_err(failed(doing))?;
        Ok(new)
    }

    pub(super) async fn ids_of(
        &self,
        observations: &[NewObservation],
    ) -> Result<Vec<Option<i64>>, HubError> {
        let mut ids = Vec::with_capacity(observations.len());
        let mut rest = observations;
        while let Some((now, later)) = next_rows(rest) {
            rest = later;
            let sql = format!(
                "WITH asked (n, ds, t, value, result) AS (VALUES {})
                 SELECT asked.n, max(kept.id) FROM asked
                 LEFT JOIN observations AS kept ON kept.ds = asked.ds AND kept.t = asked.t
                     AND kept.value IS asked.value
                     AND (asked.value IS NOT NULL OR kept.result IS asked.result)
                 GROUP BY asked.n ORDER BY asked.n",
                places(now.len())
            );
            let mut query = sqlx::query::<Sqlite>(AssertSqlSafe(sql));
            for (n, observation) in (0_i64..).zip(now) {
                query = query
                    .bind(n)
                    .bind(observation.datastream)
                    .bind(observation.time.0)
                    .bind(observation.value)
                    .bind(observation.result.as_deref());
            }
            let found: Vec<Option<i64>> = query
                .try_map(|row: SqliteRow| row.try_get(1))
                .fetch_all(&self.writer)
                .await
                .map_err(failed("looking up observations"))?;
            ids.extend(found);
        }
        Ok(ids)
    }

    pub(super) async fn observation(&self, id: i64) -> Result<Option<ObservationRow>, HubError> {
        let row = sqlx::query::<Sqlite>(
            "SELECT id, ds, t, value, result, detail FROM observations WHERE id = ?",
        )
        .bind(id)
        .fetch_optional(&self.readers)
        .await
        .map_err(failed("reading an observation"))?;
        Ok(row.map(|row| observation_row!(row)))
    }

    pub(super) async fn observations(
        &self,
        question: &ObservationQuery,
    ) -> Result<Vec<ObservationRow>, HubError> {
        let sql = format!(
            "SELECT id, ds, t, value, result, detail FROM observations WHERE {} ORDER BY {} LIMIT ? OFFSET ?",
            question.condition, question.order
        );
        // The text holds column names and question marks of our own; every value of the request is bound.
        let query = bound!(sqlx::query::<Sqlite>(AssertSqlSafe(sql)), &question.binds);
        query
            .bind(i64::try_from(question.limit).unwrap_or(i64::MAX))
            .bind(i64::try_from(question.offset).unwrap_or(i64::MAX))
            .try_map(|row: SqliteRow| Ok(observation_row!(row)))
            .fetch_all(&self.readers)
            .await
            .map_err(failed("reading observations"))
    }

    pub(super) async fn count_observations(
        &self,
        question: &ObservationQuery,
    ) -> Result<i64, HubError> {
        let sql = format!(
            "SELECT count(*) FROM observations WHERE {}",
            question.whole_condition
        );
        let query = bound!(
            sqlx::query_scalar::<Sqlite, i64>(AssertSqlSafe(sql)),
            &question.whole_binds
        );
        query
            .fetch_one(&self.readers)
            .await
            .map_err(failed("counting observations"))
    }

    pub(super) async fn remove_observation(&self, id: i64) -> Result<u64, HubError> {
        let done = sqlx::query::<Sqlite>("DELETE FROM observations WHERE id = ?")
            .bind(id)
            .execute(&self.writer)
            .await
            .map_err(failed("removing an observation"))?;
        Ok(done.rows_affected())
    }

    pub(super) async fn remove_observations_of(&self, streams: &[i64]) -> Result<u64, HubError> {
        let done = sqlx::query::<Sqlite>(
            "DELETE FROM observations WHERE ds IN (SELECT value FROM json_each(?))",
        )
        .bind(Value::from(streams).to_string())
        .execute(&self.writer)
        .await
        .map_err(failed("removing observations"))?;
        Ok(done.rows_affected())
    }

    pub(super) async fn forget(&self, oldest: UtcMillis) -> Result<u64, HubError> {
        let done = sqlx::query::<Sqlite>("DELETE FROM observations WHERE t < ?")
            .bind(oldest.0)
            .execute(&self.writer)
            .await
            .map_err(failed("forgetting old observations"))?;
        sqlx::query::<Sqlite>("DELETE FROM events WHERE known_at < ? AND closed = 1")
            .bind(oldest.0)
            .execute(&self.writer)
            .await
            .map_err(failed("forgetting old events"))?;
        Ok(done.rows_affected())
    }

    pub(super) async fn thin(
        &self,
        streams: &[i64],
        from: UtcMillis,
        to: UtcMillis,
    ) -> Result<u64, HubError> {
        let mut gone = 0;
        for some in streams.chunks(THINNED_AT_ONCE) {
            let done = sqlx::query::<Sqlite>(
                "DELETE FROM observations WHERE id IN (
                     SELECT id FROM (
                         SELECT id,
                             row_number() OVER (PARTITION BY ds, t / 60000 ORDER BY t DESC, id DESC) AS newest,
                             row_number() OVER (PARTITION BY ds, t / 60000 ORDER BY value, id) AS lowest,
                             row_number() OVER (PARTITION BY ds, t / 60000 ORDER BY value DESC, id) AS highest
                         FROM observations
                         WHERE ds IN (SELECT value FROM json_each(?)) AND t >= ? AND t < ? AND value IS NOT NULL
                     ) WHERE newest > 1 AND lowest > 1 AND highest > 1
                 )",
            )
            .bind(Value::from(some).to_string())
            .bind(from.0)
            .bind(to.0)
            .execute(&self.writer)
            .await
            .map_err(failed("thinning observations"))?;
            gone += done.rows_affected();
        }
        Ok(gone)
    }

    /// The minute's numeric observations as `series * 60 000 + milliseconds into the minute`. They come as one text:
    /// a row of its own for each would cost ten times as much.
    pub(super) async fn minute_pairs(&self, minute: i64) -> Result<Vec<i64>, HubError> {
        let begin = minute.saturating_mul(MINUTE_MS);
        let text = sqlx::query_scalar::<Sqlite, Option<String>>(
            "SELECT group_concat(ds * 60000 + t - $1) FROM observations
             WHERE t >= $1 AND t < $2 AND value IS NOT NULL",
        )
        .bind(begin)
        .bind(begin.saturating_add(MINUTE_MS))
        .fetch_one(&self.readers)
        .await
        .map_err(failed("reading a minute"))?;
        let text = text.unwrap_or_default();
        Ok(text
            .split(',')
            .filter_map(|number| number.parse().ok())
            .collect())
    }

    /// Numeric observations of `from <= t < until` behind `after`, and the time and id of the last one.
    pub(super) async fn block_rows(
        &self,
        (from, until, after): (i64, i64, Option<(i64, i64)>),
        limit: usize,
    ) -> Result<(Vec<BlockRow>, Option<(i64, i64)>), HubError> {
        let (time, id) = after.unwrap_or((from, i64::MIN));
        let mut last = None;
        let rows = sqlx::query::<Sqlite>(
            r#"SELECT ds, t, value,
                   CASE WHEN detail IS NULL THEN 0
                        WHEN detail LIKE '%"resultQuality":"suspect"%' THEN 1
                        WHEN detail LIKE '%"resultQuality":"estimated"%' THEN 2
                        ELSE 0 END,
                   id
               FROM observations
               WHERE t >= $1 AND t < $2 AND (t > $1 OR id > $3) AND value IS NOT NULL
               ORDER BY t, id LIMIT $4"#,
        )
        .bind(time.max(from))
        .bind(until)
        .bind(id)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .try_map(|row: SqliteRow| {
            // The columns' types are the table's own; checking each again would cost a third of the time.
            let time: i64 = row.try_get_unchecked(1)?;
            last = Some((time, row.try_get_unchecked(4)?));
            Ok(BlockRow {
                datastream: row.try_get_unchecked(0)?,
                time,
                value: row.try_get_unchecked(2)?,
                quality: u8::try_from(row.try_get_unchecked::<i64, _>(3)?).unwrap_or_default(),
            })
        })
        .fetch_all(&self.readers)
        .await
        .map_err(failed("reading a block of observations"))?;
        Ok((rows, last))
    }
}

/// Writes a copy of the hub's SQLite database in `folder` into the new file `to`, while a hub may be running on it.
///
/// # Errors
/// When there is no database, when `to` is there already, or when it cannot be written.
pub async fn back_up(folder: &Path, to: &Path) -> Result<(), HubError> {
    let file = folder.join(FILE);
    if !file.exists() {
        return Err(HubError::Folder {
            reason: format!("it holds no {FILE}"),
            path: folder.to_path_buf(),
        });
    }
    let options = SqliteConnectOptions::new()
        .filename(file)
        .busy_timeout(BUSY_TIMEOUT);
    let source = pool(options, 1).await?;
    let done = vacuum_into(&source, to).await;
    source.close().await;
    done
}

/// Puts a backup in the place of the hub's SQLite database in `folder`. The hub must not be running. The backup is
/// checked first, and what was there before stays beside it as `hub.db.before-restore`.
///
/// # Errors
/// When the backup is not a hub's database or is damaged, or when a file cannot be moved or written.
pub async fn restore(from: &Path, folder: &Path) -> Result<(), HubError> {
    let options = SqliteConnectOptions::new()
        .filename(from)
        .read_only(true)
        .busy_timeout(BUSY_TIMEOUT);
    let backup = pool(options, 1).await?;
    let checked = check(&backup, from).await;
    backup.close().await;
    checked?;
    std::fs::create_dir_all(folder).map_err(|err| folder_error(folder, &err))?;
    let file = folder.join(FILE);
    let fresh = folder.join("hub.db.restoring");
    std::fs::copy(from, &fresh).map_err(|err| folder_error(&fresh, &err))?;
    std::fs::File::open(&fresh)
        .and_then(|copied| copied.sync_all())
        .map_err(|err| folder_error(&fresh, &err))?;
    // The log belongs to the file that it was written for: with another one it would destroy it.
    for suffix in ["", "-wal", "-shm"] {
        let old = with_suffix(&file, suffix);
        let kept = with_suffix(&folder.join("hub.db.before-restore"), suffix);
        if old.exists() {
            std::fs::rename(&old, &kept).map_err(|err| folder_error(&old, &err))?;
        } else if kept.exists() {
            std::fs::remove_file(&kept).map_err(|err| folder_error(&kept, &err))?;
        }
    }
    std::fs::rename(&fresh, &file).map_err(|err| folder_error(&file, &err))
}

async fn check(backup: &SqlitePool, path: &Path) -> Result<(), HubError> {
    let said = sqlx::query_scalar::<Sqlite, String>("PRAGMA quick_check(1)")
        .fetch_one(backup)
        .await
        .map_err(failed("checking the backup"))?;
    if said != "ok" {
        return Err(HubError::Folder {
            reason: format!("the backup is damaged: {said}"),
            path: path.to_path_buf(),
        });
    }
    sqlx::query::<Sqlite>("SELECT ds FROM observations JOIN entities ON entities.id = ds LIMIT 1")
        .fetch_optional(backup)
        .await
        .map(|_row| ())
        .map_err(failed("reading the backup, which is not of a hub"))
}

async fn vacuum_into(source: &SqlitePool, to: &Path) -> Result<(), HubError> {
    if to.exists() {
        return Err(HubError::Folder {
            reason: "a backup is never written over another file".to_owned(),
            path: to.to_path_buf(),
        });
    }
    let Some(name) = to.to_str() else {
        return Err(HubError::Folder {
            reason: "the file's name is not UTF-8".to_owned(),
            path: to.to_path_buf(),
        });
    };
    sqlx::query::<Sqlite>("VACUUM INTO ?")
        .bind(name)
        .execute(source)
        .await
        .map(|_done| ())
        .map_err(failed("writing a backup"))
}

async fn pool(options: SqliteConnectOptions, connections: u32) -> Result<SqlitePool, HubError> {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .connect_with(options)
        .await
        .map_err(failed("opening it"))
}

async fn upgrade(writer: &SqlitePool) -> Result<(), HubError> {
    let version = sqlx::query_scalar::<Sqlite, i64>("PRAGMA user_version")
        .fetch_one(writer)
        .await
        .map_err(failed("reading its version"))?;
    if version >= schema::VERSION {
        return Ok(());
    }
    sqlx::raw_sql(schema::SQLITE_TO_2)
        .execute(writer)
        .await
        .map(|_done| ())
        .map_err(failed("bringing its tables up to date"))
}

fn with_suffix(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn folder_error(path: &Path, err: &std::io::Error) -> HubError {
    HubError::Folder {
        reason: err.to_string(),
        path: path.to_path_buf(),
    }
}

/// The rows of the next statement, and what is left.
fn next_rows<T>(rest: &[T]) -> Option<(&[T], &[T])> {
    let size = STATEMENT_SIZES
        .into_iter()
        .find(|size| *size <= rest.len())?;
    rest.split_at_checked(size)
}

/// Places for the five values of each row.
fn places(rows: usize) -> String {
    let mut places = "(?,?,?,?,?),".repeat(rows);
    places.pop();
    places
}
