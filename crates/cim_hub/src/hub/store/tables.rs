//! What both engines keep in the same way, with one text of SQL: cameras, events, documents, the ledger, settings.
//!
//! SQLite and PostgreSQL both read `$1` as a placeholder and `ON CONFLICT … DO UPDATE` as "in place of what is there".
//! Only the types of connections and rows differ, which is what the macro fills in.

use crate::ledger::{Append, Change, ChangeKind, Head, StoredFact};
use cim_model::UtcMillis;
use sqlx::Row;

/// The setting that holds up to where observations have been thinned.
const THINNED_TO: &str = "thinned_to";

const PUT_CAMERA: &str = "INSERT INTO cameras (id, body) VALUES ($1, $2)
    ON CONFLICT (id) DO UPDATE SET body = excluded.body";
const PUT_EVENT: &str = "INSERT INTO events (id, known_at, body, closed) VALUES ($1, $2, $3, $4)
    ON CONFLICT (id) DO UPDATE SET known_at = excluded.known_at, body = excluded.body, closed = excluded.closed";
const PUT_DOCUMENT: &str =
    "INSERT INTO documents (kind, key, body, known_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body, known_at = excluded.known_at";
const RAISE_SETTING: &str = "INSERT INTO settings (key, value) VALUES ($1, $2)
    ON CONFLICT (key) DO UPDATE SET value = CASE
        WHEN excluded.value > settings.value THEN excluded.value ELSE settings.value END";
/// Ids that are reserved lie above all that were reserved before and above the one given.
const TAKE_IDS: &str =
    "INSERT INTO id_runs (kind, last) VALUES ($1, CAST($2 AS bigint) + CAST($3 AS bigint))
    ON CONFLICT (kind) DO UPDATE SET last =
        (CASE WHEN id_runs.last > $3 THEN id_runs.last ELSE $3 END) + $2
    RETURNING last";
const MOVE_HEAD: &str = "UPDATE ledger_head SET seq = $1, chain = $2
    WHERE one = 1 AND epoch = $3 AND seq = $4 AND chain = $5";
const PUT_CHANGE: &str = "INSERT INTO changes (seq, chain, kind, id, known_at, body, meta)
    VALUES ($1, $2, $3, $4, $5, $6, $7)";
const PUT_FACT: &str = "INSERT INTO facts (id, seq, desk, object, ordered_at, body)
    VALUES ($1, $2, $3, $4, $5, $6)";
const CHANGES: &str = "SELECT seq, chain, kind, id, known_at, body, meta FROM changes
    WHERE seq > $1 AND kind IN ($3, $4, $5, $6) ORDER BY seq LIMIT $2";

/// What would be the same observation gives way to the one that is changed.
const MAKE_WAY: &str =
    "DELETE FROM observations WHERE ds = $2 AND t = $3 AND value IS NOT DISTINCT FROM $4
    AND (value IS NOT NULL OR result IS NOT DISTINCT FROM $5) AND id <> $1";
const CHANGE_OBSERVATION: &str =
    "UPDATE observations SET ds = $2, t = $3, value = $4, result = $5, detail = $6
    WHERE id = $1";

/// 1 for an event that is over.
fn closed(event: &serde_json::Value) -> i64 {
    let status = event.get("status").and_then(serde_json::Value::as_str);
    i64::from(status == Some("closed"))
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

/// The kinds asked for, in four places, each once however often it is named; a place that is left over repeats the
/// first.
fn four_kinds(kinds: &[ChangeKind]) -> Option<[&'static str; 4]> {
    let first = kinds.first()?.as_str();
    Some(ChangeKind::ALL.map(|kind| {
        if kinds.contains(&kind) {
            kind.as_str()
        } else {
            first
        }
    }))
}

fn change_from<R>(row: &R) -> Result<Change, sqlx::Error>
where
    R: Row,
    usize: sqlx::ColumnIndex<R>,
    i64: for<'r> sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
    String: for<'r> sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
{
    let kind: String = row.try_get(2_usize)?;
    Ok(Change {
        seq: unsigned(row.try_get::<i64, _>(0_usize)?),
        chain: row.try_get(1_usize)?,
        kind: ChangeKind::from_word(&kind).ok_or_else(|| {
            sqlx::Error::Decode(
                format!("the ledger holds an unknown kind of change: {kind:?}").into(),
            )
        })?,
        id: row.try_get(3_usize)?,
        known_at: UtcMillis(row.try_get::<i64, _>(4_usize)?),
        body: row.try_get(5_usize)?,
        meta: row.try_get(6_usize)?,
    })
}

fn fact_from<R>(row: &R) -> Result<StoredFact, sqlx::Error>
where
    R: Row,
    usize: sqlx::ColumnIndex<R>,
    i64: for<'r> sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
    String: for<'r> sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
{
    Ok(StoredFact {
        id: row.try_get(0_usize)?,
        seq: unsigned(row.try_get::<i64, _>(1_usize)?),
        desk: row.try_get(2_usize)?,
        object: row.try_get(3_usize)?,
        ordered_at: UtcMillis(row.try_get::<i64, _>(4_usize)?),
        body: row.try_get(5_usize)?,
    })
}

/// The shared tables of an engine. `$store` has `reading()`, `writing()` and `durable()` pools of `$database` and the
/// statement `BEGIN` that takes the right to write at once.
macro_rules! shared_tables {
    ($store:ty, $database:ty) => {
        impl $store {
            pub(in crate::hub::store) async fn ping(&self) -> Result<(), HubError> {
                sqlx::query::<$database>("SELECT 1")
                    .fetch_one(self.reading())
                    .await
                    .map(|_row| ())
                    .map_err(failed("asking it for a sign of life"))
            }

            pub(in crate::hub::store) async fn camera_bodies(
                &self,
                offset: i64,
                limit: i64,
            ) -> Result<(Vec<String>, i64), HubError> {
                let bodies = sqlx::query_scalar::<$database, String>(
                    "SELECT body FROM cameras ORDER BY id LIMIT $1 OFFSET $2",
                )
                .bind(limit)
                .bind(offset)
                .fetch_all(self.reading())
                .await
                .map_err(failed("reading cameras"))?;
                let total = sqlx::query_scalar::<$database, i64>("SELECT count(*) FROM cameras")
                    .fetch_one(self.reading())
                    .await
                    .map_err(failed("counting cameras"))?;
                Ok((bodies, total))
            }

            pub(in crate::hub::store) async fn camera_body(&self, id: &str) -> Result<Option<String>, HubError> {
                sqlx::query_scalar::<$database, String>("SELECT body FROM cameras WHERE id = $1")
                    .bind(id)
                    .fetch_optional(self.reading())
                    .await
                    .map_err(failed("reading a camera"))
            }

            pub(in crate::hub::store) async fn save_cameras(
                &self,
                cameras: &[(String, Value)],
            ) -> Result<(), HubError> {
                let doing = "storing cameras";
                let mut work = self.writing().begin_with(Self::BEGIN).await.map_err(failed(doing))?;
                for (id, body) in cameras {
                    sqlx::query::<$database>(PUT_CAMERA)
                        .bind(id.as_str())
                        .bind(body.to_string())
                        .execute(&mut *work)
                        .await
                        .map_err(failed(doing))?;
                }
                work.commit().await.map_err(failed(doing))
            }

            pub(in crate::hub::store) async fn event_bodies(
                &self,
                since: UtcMillis,
                limit: i64,
            ) -> Result<Vec<String>, HubError> {
                sqlx::query_scalar::<$database, String>(
                    "SELECT body FROM events WHERE known_at > $1 ORDER BY known_at LIMIT $2",
                )
                .bind(since.0)
                .bind(limit)
                .fetch_all(self.reading())
                .await
                .map_err(failed("reading events"))
            }

            pub(in crate::hub::store) async fn event_body(&self, id: &str) -> Result<Option<String>, HubError> {
                sqlx::query_scalar::<$database, String>("SELECT body FROM events WHERE id = $1")
                    .bind(id)
                    .fetch_optional(self.reading())
                    .await
                    .map_err(failed("reading an event"))
            }

            pub(in crate::hub::store) async fn newest_event(&self) -> Result<UtcMillis, HubError> {
                sqlx::query_scalar::<$database, i64>("SELECT coalesce(max(known_at), 0) FROM events")
                    .fetch_one(self.writing())
                    .await
                    .map(UtcMillis)
                    .map_err(failed("reading events"))
            }

            pub(in crate::hub::store) async fn put_document(
                &self,
                kind: &str,
                key: &str,
                body: &str,
                known_at: UtcMillis,
            ) -> Result<(), HubError> {
                sqlx::query::<$database>(PUT_DOCUMENT)
                    .bind(kind)
                    .bind(key)
                    .bind(body)
                    .bind(known_at.0)
                    .execute(self.writing())
                    .await
                    .map(|_done| ())
                    .map_err(failed("keeping a document"))
            }

            pub(in crate::hub::store) async fn document_rows(
                &self,
                kind: &str,
            ) -> Result<Vec<(String, String, i64)>, HubError> {
                sqlx::query_as::<$database, (String, String, i64)>(
                    "SELECT key, body, known_at FROM documents WHERE kind = $1 ORDER BY key",
                )
                .bind(kind)
                .fetch_all(self.reading())
                .await
                .map_err(failed("reading documents"))
            }

            pub(in crate::hub::store) async fn forget_documents(
                &self,
                kind: &str,
                older_than: UtcMillis,
            ) -> Result<u64, HubError> {
                sqlx::query::<$database>("DELETE FROM documents WHERE kind = $1 AND known_at < $2")
                    .bind(kind)
                    .bind(older_than.0)
                    .execute(self.writing())
                    .await
                    .map(|done| done.rows_affected())
                    .map_err(failed("forgetting documents"))
            }

            pub(in crate::hub::store) async fn last_id(
                &self,
                kind: &str,
                count: i64,
                above: i64,
            ) -> Result<i64, HubError> {
                sqlx::query_scalar::<$database, i64>(TAKE_IDS)
                    .bind(kind)
                    .bind(count)
                    .bind(above)
                    .fetch_one(self.writing())
                    .await
                    .map_err(failed("reserving ids"))
            }

            pub(in crate::hub::store) async fn change_observation(
                &self,
                id: i64,
                changed: &NewObservation,
            ) -> Result<u64, HubError> {
                let doing = "changing an observation";
                let mut work = self.writing().begin_with(Self::BEGIN).await.map_err(failed(doing))?;
                sqlx::query::<$database>(MAKE_WAY)
                    .bind(id)
                    .bind(changed.datastream)
                    .bind(changed.time.0)
                    .bind(changed.value)
                    .bind(changed.result.as_deref())
                    .execute(&mut *work)
                    .await
                    .map_err(failed(doing))?;
                let done = sqlx::query::<$database>(CHANGE_OBSERVATION)
                    .bind(id)
                    .bind(changed.datastream)
                    .bind(changed.time.0)
                    .bind(changed.value)
                    .bind(changed.result.as_deref())
                    .bind(detail_of(changed))
                    .execute(&mut *work)
                    .await
                    .map_err(failed(doing))?;
                work.commit().await.map_err(failed(doing))?;
                Ok(done.rows_affected())
            }

            pub(in crate::hub::store) async fn note_thinned(&self, to: UtcMillis) -> Result<(), HubError> {
                sqlx::query::<$database>(RAISE_SETTING)
                    .bind(THINNED_TO)
                    .bind(to.0)
                    .execute(self.writing())
                    .await
                    .map(|_done| ())
                    .map_err(failed("noting what is thinned"))
            }

            pub(in crate::hub::store) async fn thinned_to(&self) -> Result<Option<UtcMillis>, HubError> {
                let found =
                    sqlx::query_scalar::<$database, i64>("SELECT value FROM settings WHERE key = $1")
                        .bind(THINNED_TO)
                        .fetch_optional(self.reading())
                        .await
                        .map_err(failed("reading what is thinned"))?;
                Ok(found.map(UtcMillis))
            }

            pub(in crate::hub::store) async fn ledger_head(&self) -> Result<Head, HubError> {
                let (epoch, seq, chain) = sqlx::query_as::<$database, (String, i64, String)>(
                    "SELECT epoch, seq, chain FROM ledger_head WHERE one = 1",
                )
                .fetch_one(self.reading())
                .await
                .map_err(failed("reading the head of the ledger"))?;
                Ok(Head {
                    epoch,
                    seq: unsigned(seq),
                    chain,
                })
            }

            pub(in crate::hub::store) async fn chain_of(&self, seq: u64) -> Result<Option<String>, HubError> {
                sqlx::query_scalar::<$database, String>("SELECT chain FROM changes WHERE seq = $1")
                    .bind(signed(seq))
                    .fetch_optional(self.reading())
                    .await
                    .map_err(failed("reading the ledger"))
            }

            pub(in crate::hub::store) async fn changes_after(
                &self,
                after: u64,
                limit: usize,
                kinds: &[ChangeKind],
            ) -> Result<Vec<Change>, HubError> {
                let Some(words) = four_kinds(kinds) else {
                    return Ok(Vec::new());
                };
                let mut query = sqlx::query::<$database>(CHANGES)
                    .bind(signed(after))
                    .bind(i64::try_from(limit).unwrap_or(i64::MAX));
                for word in words {
                    query = query.bind(word);
                }
                query
                    .try_map(|row| change_from(&row))
                    .fetch_all(self.reading())
                    .await
                    .map_err(failed("reading the ledger"))
            }

            pub(in crate::hub::store) async fn stored_fact(
                &self,
                id: &str,
            ) -> Result<Option<StoredFact>, HubError> {
                sqlx::query::<$database>(
                    "SELECT id, seq, desk, object, ordered_at, body FROM facts WHERE id = $1",
                )
                .bind(id)
                .try_map(|row| fact_from(&row))
                .fetch_optional(self.reading())
                .await
                .map_err(failed("reading a fact"))
            }

            pub(in crate::hub::store) async fn stored_facts_of(
                &self,
                object: &str,
            ) -> Result<Vec<StoredFact>, HubError> {
                sqlx::query::<$database>(
                    "SELECT id, seq, desk, object, ordered_at, body FROM facts WHERE object = $1 ORDER BY seq",
                )
                .bind(object)
                .try_map(|row| fact_from(&row))
                .fetch_all(self.reading())
                .await
                .map_err(failed("reading facts"))
            }

            /// What the ledger was read as may be old by now: the head is compared where it is moved, in one statement
            /// of the transaction that writes.
            pub(in crate::hub::store) async fn append_to_ledger(
                &self,
                expected: &Head,
                append: &Append,
            ) -> Result<bool, HubError> {
                let doing = "writing the ledger";
                let Some(last) = append.changes.last() else {
                    return Ok(self.ledger_head().await? == *expected);
                };
                let mut work = self.durable().begin_with(Self::BEGIN).await.map_err(failed(doing))?;
                let moved = sqlx::query::<$database>(MOVE_HEAD)
                    .bind(signed(last.seq))
                    .bind(last.chain.as_str())
                    .bind(expected.epoch.as_str())
                    .bind(signed(expected.seq))
                    .bind(expected.chain.as_str())
                    .execute(&mut *work)
                    .await
                    .map_err(failed(doing))?;
                if moved.rows_affected() == 0 {
                    work.rollback().await.map_err(failed(doing))?;
                    return Ok(false);
                }
                for change in &append.changes {
                    sqlx::query::<$database>(PUT_CHANGE)
                        .bind(signed(change.seq))
                        .bind(change.chain.as_str())
                        .bind(change.kind.as_str())
                        .bind(change.id.as_str())
                        .bind(change.known_at.0)
                        .bind(change.body.as_str())
                        .bind(change.meta.as_str())
                        .execute(&mut *work)
                        .await
                        .map_err(failed(doing))?;
                }
                for fact in &append.facts {
                    sqlx::query::<$database>(PUT_FACT)
                        .bind(fact.id.as_str())
                        .bind(signed(fact.seq))
                        .bind(fact.desk.as_str())
                        .bind(fact.object.as_str())
                        .bind(fact.ordered_at.0)
                        .bind(fact.body.as_str())
                        .execute(&mut *work)
                        .await
                        .map_err(failed(doing))?;
                }
                for (id, known_at, body) in &append.events {
                    sqlx::query::<$database>(PUT_EVENT)
                        .bind(id.as_str())
                        .bind(known_at.0)
                        .bind(body.to_string())
                        .bind(closed(body))
                        .execute(&mut *work)
                        .await
                        .map_err(failed(doing))?;
                }
                work.commit().await.map_err(failed(doing))?;
                Ok(true)
            }
        }
    };
}

mod in_sqlite {
    use super::super::{detail_of, failed, sqlite::SqliteStore};
    use super::{
        Append, CHANGE_OBSERVATION, CHANGES, Change, ChangeKind, Head, MAKE_WAY, MOVE_HEAD,
        PUT_CAMERA, PUT_CHANGE, PUT_DOCUMENT, PUT_EVENT, PUT_FACT, RAISE_SETTING, StoredFact,
        TAKE_IDS, THINNED_TO, UtcMillis, change_from, closed, fact_from, four_kinds, signed,
        unsigned,
    };
    use crate::error::HubError;
    use crate::sensorthings::NewObservation;
    use serde_json::Value;
    use sqlx::Sqlite;

    shared_tables!(SqliteStore, Sqlite);
}

mod in_postgres {
    use super::super::{detail_of, failed, postgres::PostgresStore};
    use super::{
        Append, CHANGE_OBSERVATION, CHANGES, Change, ChangeKind, Head, MAKE_WAY, MOVE_HEAD,
        PUT_CAMERA, PUT_CHANGE, PUT_DOCUMENT, PUT_EVENT, PUT_FACT, RAISE_SETTING, StoredFact,
        TAKE_IDS, THINNED_TO, UtcMillis, change_from, closed, fact_from, four_kinds, signed,
        unsigned,
    };
    use crate::error::HubError;
    use crate::sensorthings::NewObservation;
    use serde_json::Value;
    use sqlx::Postgres;

    shared_tables!(PostgresStore, Postgres);
}
