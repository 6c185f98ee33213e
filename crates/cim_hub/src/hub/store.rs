//! The hub's memory: one SQLite file with entities, observations, cameras and events. The only SQL of the hub.
//!
//! One connection writes, a few read (WAL). Rows of one batch go in as one JSON text and one statement, so that ten
//! thousand observations cost one transaction.

use crate::error::HubError;
use crate::sensorthings::{
    Bind, Entity, Links, NewObservation, ObservationQuery, ObservationRow, SetName,
};
use cim_model::UtcMillis;
use serde_json::{Map, Value, json};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, Row, Sqlite, SqlitePool};
use std::path::Path;
use std::time::Duration;

/// Reading connections.
const READERS: u32 = 4;
/// How long a statement waits for the writer before it fails.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// Series thinned in one transaction; between two of them, new observations get in.
const THINNED_AT_ONCE: usize = 50;

/// The tables. A newer program adds tables and columns with defaults, and never changes these.
const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS entities (
    kind TEXT NOT NULL,
    id INTEGER NOT NULL,
    body TEXT NOT NULL,
    links TEXT NOT NULL DEFAULT '{}',
    PRIMARY KEY (kind, id)
);
CREATE TABLE IF NOT EXISTS observations (
    id INTEGER PRIMARY KEY,
    ds INTEGER NOT NULL,
    t INTEGER NOT NULL,
    value REAL,
    result TEXT,
    detail TEXT
);
CREATE UNIQUE INDEX IF NOT EXISTS observation_once ON observations (ds, t, value);
CREATE INDEX IF NOT EXISTS observation_by_time ON observations (t);
CREATE TABLE IF NOT EXISTS cameras (
    id TEXT PRIMARY KEY,
    body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS events (
    id TEXT PRIMARY KEY,
    known_at INTEGER NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS event_by_known ON events (known_at);
";

/// The hub's database.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    writer: SqlitePool,
    readers: SqlitePool,
}

impl Store {
    /// Opens `hub.db` in `folder`, and makes both when they are not there.
    pub(crate) async fn open(folder: &Path) -> Result<Self, HubError> {
        std::fs::create_dir_all(folder).map_err(|err| HubError::Folder {
            reason: err.to_string(),
            path: folder.to_path_buf(),
        })?;
        let options = SqliteConnectOptions::new()
            .filename(folder.join("hub.db"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(BUSY_TIMEOUT);
        let opening = failed("opening it");
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options.clone())
            .await
            .map_err(opening)?;
        sqlx::raw_sql(SCHEMA)
            .execute(&writer)
            .await
            .map_err(failed("making its tables"))?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .connect_with(options)
            .await
            .map_err(failed("opening it"))?;
        Ok(Self { writer, readers })
    }

    /// Waits for running statements and closes the file.
    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    /// Every entity.
    pub(crate) async fn entities(&self) -> Result<Vec<(SetName, Entity)>, HubError> {
        let rows: Vec<SqliteRow> =
            sqlx::query::<Sqlite>("SELECT kind, id, body, links FROM entities ORDER BY kind, id")
                .fetch_all(&self.readers)
                .await
                .map_err(failed("reading entities"))?;
        let entity = |row: &SqliteRow| -> Option<(SetName, Entity)> {
            let set = SetName::from_word(&row.try_get::<String, _>(0).ok()?)?;
            let body = object_from(&row.try_get::<String, _>(2).ok()?);
            let links: Links = serde_json::from_str(&row.try_get::<String, _>(3).ok()?).ok()?;
            Some((
                set,
                Entity {
                    id: row.try_get::<i64, _>(1).ok()?,
                    body,
                    links,
                },
            ))
        };
        Ok(rows.iter().filter_map(entity).collect())
    }

    /// Stores entities, new and changed, all or none.
    pub(crate) async fn save_entities(
        &self,
        entities: &[(SetName, Entity)],
    ) -> Result<(), HubError> {
        let row = |(set, entity): &(SetName, Entity)| {
            let links =
                serde_json::to_string(&entity.links).unwrap_or_else(|_unwritable| "{}".to_owned());
            json!([
                set.as_str(),
                entity.id,
                Value::Object(entity.body.clone()).to_string(),
                links
            ])
        };
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

    /// Stores observations in one transaction and says how many were new. The same value of the same series at the
    /// same moment, delivered twice, is one observation.
    pub(crate) async fn append(&self, observations: &[NewObservation]) -> Result<u64, HubError> {
        if observations.is_empty() {
            return Ok(0);
        }
        let done = sqlx::query::<Sqlite>(
            "INSERT OR IGNORE INTO observations (ds, t, value, result, detail)
             SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM json_each(?)",
        )
        .bind(rows_of(observations))
        .execute(&self.writer)
        .await
        .map_err(failed("storing observations"))?;
        Ok(done.rows_affected())
    }

    /// The ids under which observations are stored, in the same order.
    pub(crate) async fn ids_of(
        &self,
        observations: &[NewObservation],
    ) -> Result<Vec<Option<i64>>, HubError> {
        let rows: Vec<SqliteRow> = sqlx::query::<Sqlite>(
            "SELECT asked.key, max(kept.id) FROM json_each(?) AS asked
             LEFT JOIN observations AS kept ON kept.ds = asked.value ->> 0 AND kept.t = asked.value ->> 1
                 AND kept.value IS CAST(asked.value ->> 2 AS REAL) AND kept.result IS asked.value ->> 3
             GROUP BY asked.key ORDER BY asked.key",
        )
        .bind(rows_of(observations))
        .fetch_all(&self.writer)
        .await
        .map_err(failed("looking up observations"))?;
        Ok(rows
            .iter()
            .map(|row| row.try_get::<Option<i64>, _>(1).ok().flatten())
            .collect())
    }

    /// One observation.
    pub(crate) async fn observation(&self, id: i64) -> Result<Option<ObservationRow>, HubError> {
        let row = sqlx::query::<Sqlite>(
            "SELECT id, ds, t, value, result, detail FROM observations WHERE id = ?",
        )
        .bind(id)
        .fetch_optional(&self.readers)
        .await
        .map_err(failed("reading an observation"))?;
        Ok(row.as_ref().map(observation_row))
    }

    /// Observations that a question asks for.
    pub(crate) async fn observations(
        &self,
        question: &ObservationQuery,
    ) -> Result<Vec<ObservationRow>, HubError> {
        let sql = format!(
            "SELECT id, ds, t, value, result, detail FROM observations WHERE {} ORDER BY {} LIMIT ? OFFSET ?",
            question.condition, question.order
        );
        // The text holds column names and question marks of our own; every value of the request is bound.
        let mut query = sqlx::query::<Sqlite>(AssertSqlSafe(sql));
        for bind in question.binds.iter().cloned() {
            query = match bind {
                Bind::Int(number) => query.bind(number),
                Bind::Real(number) => query.bind(number),
                Bind::Text(text) => query.bind(text),
            };
        }
        let limit = i64::try_from(question.limit).unwrap_or(i64::MAX);
        let offset = i64::try_from(question.offset).unwrap_or(i64::MAX);
        let rows = query
            .bind(limit)
            .bind(offset)
            .fetch_all(&self.readers)
            .await
            .map_err(failed("reading observations"))?;
        Ok(rows.iter().map(observation_row).collect())
    }

    /// How many observations a question has in all, pages left aside.
    pub(crate) async fn count_observations(
        &self,
        question: &ObservationQuery,
    ) -> Result<i64, HubError> {
        let sql = format!(
            "SELECT count(*) FROM observations WHERE {}",
            question.whole_condition
        );
        let mut query = sqlx::query::<Sqlite>(AssertSqlSafe(sql));
        for bind in question.whole_binds.iter().cloned() {
            query = match bind {
                Bind::Int(number) => query.bind(number),
                Bind::Real(number) => query.bind(number),
                Bind::Text(text) => query.bind(text),
            };
        }
        let row = query
            .fetch_one(&self.readers)
            .await
            .map_err(failed("counting observations"))?;
        row.try_get::<i64, _>(0)
            .map_err(failed("counting observations"))
    }

    /// Forgets observations older than `oldest`, and closed events older than it.
    pub(crate) async fn forget(&self, oldest: UtcMillis) -> Result<u64, HubError> {
        let done = sqlx::query::<Sqlite>("DELETE FROM observations WHERE t < ?")
            .bind(oldest.0)
            .execute(&self.writer)
            .await
            .map_err(failed("forgetting old observations"))?;
        sqlx::query::<Sqlite>(
            "DELETE FROM events WHERE known_at < ? AND body ->> 'status' = 'closed'",
        )
        .bind(oldest.0)
        .execute(&self.writer)
        .await
        .map_err(failed("forgetting old events"))?;
        Ok(done.rows_affected())
    }

    /// Thins each minute between two moments to its lowest, highest and last value.
    pub(crate) async fn thin(
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

    /// Cameras, as many as asked for, and how many there are.
    pub(crate) async fn cameras(
        &self,
        offset: i64,
        limit: i64,
    ) -> Result<(Vec<Value>, i64), HubError> {
        let rows = sqlx::query::<Sqlite>("SELECT body FROM cameras ORDER BY id LIMIT ? OFFSET ?")
            .bind(limit)
            .bind(offset)
            .fetch_all(&self.readers)
            .await
            .map_err(failed("reading cameras"))?;
        let total = sqlx::query::<Sqlite>("SELECT count(*) FROM cameras")
            .fetch_one(&self.readers)
            .await
            .and_then(|row| row.try_get::<i64, _>(0))
            .map_err(failed("counting cameras"))?;
        Ok((rows.iter().map(body_of).collect(), total))
    }

    /// Stores cameras, new and changed.
    pub(crate) async fn save_cameras(&self, cameras: &[(String, Value)]) -> Result<(), HubError> {
        let rows: Vec<Value> = cameras
            .iter()
            .map(|(id, body)| json!([id, body.to_string()]))
            .collect();
        sqlx::query::<Sqlite>(
            "INSERT OR REPLACE INTO cameras (id, body) SELECT value ->> 0, value ->> 1 FROM json_each(?)",
        )
        .bind(Value::Array(rows).to_string())
        .execute(&self.writer)
        .await
        .map_err(failed("storing cameras"))?;
        Ok(())
    }

    /// Events that the hub came to know after `since`, oldest first.
    pub(crate) async fn events(
        &self,
        since: UtcMillis,
        limit: i64,
    ) -> Result<Vec<Value>, HubError> {
        let rows = sqlx::query::<Sqlite>(
            "SELECT body FROM events WHERE known_at > ? ORDER BY known_at LIMIT ?",
        )
        .bind(since.0)
        .bind(limit)
        .fetch_all(&self.readers)
        .await
        .map_err(failed("reading events"))?;
        Ok(rows.iter().map(body_of).collect())
    }

    /// Stores events, new and changed, each with the moment at which the hub came to know of it.
    pub(crate) async fn save_events(
        &self,
        events: &[(String, UtcMillis, Value)],
    ) -> Result<(), HubError> {
        let row = |(id, known_at, body): &(String, UtcMillis, Value)| {
            json!([id, known_at.0, body.to_string()])
        };
        let rows: Vec<Value> = events.iter().map(row).collect();
        sqlx::query::<Sqlite>(
            "INSERT OR REPLACE INTO events (id, known_at, body)
             SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?)",
        )
        .bind(Value::Array(rows).to_string())
        .execute(&self.writer)
        .await
        .map_err(failed("storing events"))?;
        Ok(())
    }

    /// An event as it is stored.
    pub(crate) async fn event(&self, id: &str) -> Result<Option<Value>, HubError> {
        let row = sqlx::query::<Sqlite>("SELECT body FROM events WHERE id = ?")
            .bind(id.to_owned())
            .fetch_optional(&self.writer)
            .await
            .map_err(failed("reading an event"))?;
        Ok(row.as_ref().map(body_of))
    }

    /// When the hub last came to know of an event.
    pub(crate) async fn newest_event(&self) -> Result<UtcMillis, HubError> {
        let row = sqlx::query::<Sqlite>("SELECT coalesce(max(known_at), 0) FROM events")
            .fetch_one(&self.writer)
            .await
            .map_err(failed("reading events"))?;
        row.try_get::<i64, _>(0)
            .map(UtcMillis)
            .map_err(failed("reading events"))
    }
}

fn failed(doing: &'static str) -> impl FnOnce(sqlx::Error) -> HubError {
    move |source| HubError::Database { doing, source }
}

fn rows_of(observations: &[NewObservation]) -> String {
    let row = |observation: &NewObservation| {
        let detail = (!observation.detail.is_empty())
            .then(|| Value::Object(observation.detail.clone()).to_string());
        json!([
            observation.datastream,
            observation.time.0,
            observation.value,
            observation.result,
            detail
        ])
    };
    Value::Array(observations.iter().map(row).collect()).to_string()
}

fn observation_row(row: &SqliteRow) -> ObservationRow {
    let detail: Option<String> = row.try_get::<Option<String>, _>(5).ok().flatten();
    ObservationRow {
        id: row.try_get::<i64, _>(0).unwrap_or_default(),
        datastream: row.try_get::<i64, _>(1).unwrap_or_default(),
        time: row.try_get::<i64, _>(2).unwrap_or_default(),
        value: row.try_get::<Option<f64>, _>(3).ok().flatten(),
        result: row.try_get::<Option<String>, _>(4).ok().flatten(),
        detail: detail.map(|text| object_from(&text)).unwrap_or_default(),
    }
}

fn body_of(row: &SqliteRow) -> Value {
    let text: String = row.try_get::<String, _>(0).unwrap_or_default();
    Value::Object(object_from(&text))
}

fn object_from(text: &str) -> Map<String, Value> {
    match serde_json::from_str(text) {
        Ok(Value::Object(object)) => object,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn temporary_folder(name: &str) -> std::path::PathBuf {
        std::env::temp_dir().join(format!("cim_hub_store_{name}_{}", std::process::id()))
    }

    fn observation(datastream: i64, millis: i64, value: f64) -> NewObservation {
        NewObservation {
            datastream,
            time: UtcMillis(millis),
            value: Some(value),
            result: None,
            detail: Map::new(),
        }
    }

    fn everything() -> ObservationQuery {
        ObservationQuery {
            condition: "1".to_owned(),
            order: "id".to_owned(),
            binds: Vec::new(),
            limit: 1000,
            offset: 0,
            whole_condition: "1".to_owned(),
            whole_binds: Vec::new(),
        }
    }

    #[tokio::test]
    async fn a_value_delivered_twice_is_stored_once() {
        let folder = temporary_folder("twice");
        let store = Store::open(&folder).await.expect("opens");
        let rows = [
            observation(1, 1000, 12.3),
            observation(1, 2000, 7.0),
            observation(2, 1000, 0.1),
        ];
        assert_eq!(store.append(&rows).await.expect("stores"), 3);
        assert_eq!(store.append(&rows).await.expect("stores"), 0);
        let ids = store.ids_of(&rows).await.expect("finds");
        assert!(ids.iter().all(Option::is_some), "{ids:?}");
        let values: Vec<Option<f64>> = store
            .observations(&everything())
            .await
            .expect("reads")
            .into_iter()
            .map(|row| row.value)
            .collect();
        assert_eq!(values, [Some(12.3), Some(7.0), Some(0.1)]);
        store.close().await;
        std::fs::remove_dir_all(folder).expect("removes");
    }

    #[tokio::test]
    async fn a_thinned_minute_keeps_lowest_highest_and_last() {
        let folder = temporary_folder("thin");
        let store = Store::open(&folder).await.expect("opens");
        let rows: Vec<NewObservation> = [5.0, 1.0, 9.0, 6.0, 5.5]
            .iter()
            .zip(0_i64..)
            .map(|(value, n)| observation(1, n * 1000, *value))
            .collect();
        store.append(&rows).await.expect("stores");
        assert_eq!(
            store
                .thin(&[1], UtcMillis(0), UtcMillis(60_000))
                .await
                .expect("thins"),
            2
        );
        let values: Vec<Option<f64>> = store
            .observations(&everything())
            .await
            .expect("reads")
            .into_iter()
            .map(|row| row.value)
            .collect();
        assert_eq!(values, [Some(1.0), Some(9.0), Some(5.5)]);
        assert_eq!(store.forget(UtcMillis(3000)).await.expect("forgets"), 2);
        store.close().await;
        std::fs::remove_dir_all(folder).expect("removes");
    }
}
