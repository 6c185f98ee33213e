//! PostgreSQL: any number of hub processes over one database. No process keeps anything that the others need; what one
//! of them changes, the others hear by `NOTIFY`.

use super::dialect::for_postgres;
use super::digest::{DigestCache, MINUTE_MS, minutes_of};
use super::partitions::{DAY_MS, Partitions, has_code};
use super::schema;
use super::{BlockRow, EntityRow, bound, detail_of, failed, object_from, observation_row};
use crate::error::HubError;
use crate::sensorthings::{Bind, NewObservation, ObservationQuery, ObservationRow, SetName};
use cim_model::UtcMillis;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgListener, PgPoolOptions, PgRow, PgSslMode};
use sqlx::{AssertSqlSafe, PgPool, Postgres, Row};
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::watch;

/// Connections of one process; one of them listens.
const CONNECTIONS: u32 = 10;
/// How long a request waits for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(15);
/// No statement of the hub runs longer; a question that would is refused by the server.
const STATEMENT_TIMEOUT: &str = "60s";
/// The channel of [`tell`](PostgresStore::tell_touched) and of changed entities.
const CHANNEL: &str = "cim_hub";
/// After a batch with doubles, so many batches go the slower way that bears them.
const CAUTIOUS_BATCHES: u32 = 20;
/// Ranges of minutes in one message; more become one range. A message holds 8 000 bytes.
const MOST_RANGES: usize = 100;
/// Pause before listening again after an error.
const LISTEN_PAUSE: Duration = Duration::from_secs(1);
/// Series thinned in one statement.
const THINNED_AT_ONCE: usize = 500;

/// SQLSTATE: a row is there already.
const UNIQUE_VIOLATION: &str = "23505";
/// SQLSTATE: two transactions wait for each other; this one was ended.
const DEADLOCK: &str = "40P01";

/// What begins, and what ends, binary data of `COPY` (PostgreSQL, "COPY", Binary Format).
const COPY_BEGIN: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
const COPY_END: [u8; 2] = (-1_i16).to_be_bytes();

/// An open database.
pub(super) struct PostgresStore {
    pool: PgPool,
    partitions: Partitions,
    /// Batches that still go the way that bears doubles.
    cautious: AtomicU32,
    /// Marks messages of this process.
    own: String,
}

impl PostgresStore {
    pub(super) const BEGIN: &'static str = "BEGIN";

    pub(super) fn reading(&self) -> &PgPool {
        &self.pool
    }

    pub(super) fn writing(&self) -> &PgPool {
        &self.pool
    }

    pub(super) fn durable(&self) -> &PgPool {
        &self.pool
    }

    /// Connects, and brings the tables up to date; of several processes one does it and the others wait.
    pub(super) async fn open(
        url: &str,
        digests: Arc<DigestCache>,
        entity_ticks: watch::Sender<u64>,
    ) -> Result<Self, HubError> {
        let options = PgConnectOptions::from_str(url).map_err(failed("reading its address"))?;
        let options = encrypted(options).application_name("cim hub").options([
            ("statement_timeout", STATEMENT_TIMEOUT),
            ("timezone", "UTC"),
        ]);
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .connect_with(options)
            .await
            .map_err(failed("opening it"))?;
        let has_postgis = make_tables(&pool)
            .await
            .map_err(failed("making its tables"))?;
        if has_postgis {
            tracing::info!(
                "PostGIS is there: the table hub_places shows locations to other programs"
            );
        } else {
            tracing::info!("PostGIS is not there: there is no table hub_places for other programs");
        }
        let own = sqlx::query_scalar::<Postgres, String>("SELECT md5(gen_random_uuid()::text)")
            .fetch_one(&pool)
            .await
            .map_err(failed("opening it"))?;
        let mut listener = PgListener::connect_with(&pool)
            .await
            .map_err(failed("listening to it"))?;
        listener
            .listen(CHANNEL)
            .await
            .map_err(failed("listening to it"))?;
        // Ends by itself when the pool closes.
        drop(tokio::spawn(hear(
            listener,
            own.clone(),
            digests,
            entity_ticks,
        )));
        Ok(Self {
            pool,
            partitions: Partitions::default(),
            cautious: AtomicU32::new(0),
            own,
        })
    }

    pub(super) async fn close(&self) {
        self.pool.close().await;
    }

    pub(super) async fn entity_rows(&self) -> Result<Vec<EntityRow>, HubError> {
        sqlx::query::<Postgres>("SELECT kind, id, body, links FROM entities ORDER BY kind, id")
            .try_map(|row: PgRow| {
                Ok(EntityRow {
                    kind: row.try_get(0)?,
                    id: row.try_get(1)?,
                    body: row.try_get(2)?,
                    links: row.try_get(3)?,
                })
            })
            .fetch_all(&self.pool)
            .await
            .map_err(failed("reading entities"))
    }

    pub(super) async fn save_entity_rows(&self, entities: &[EntityRow]) -> Result<(), HubError> {
        let doing = "storing entities";
        let texts = |part: fn(&EntityRow) -> &str| -> Vec<String> {
            entities
                .iter()
                .map(|entity| part(entity).to_owned())
                .collect()
        };
        let ids: Vec<i64> = entities.iter().map(|entity| entity.id).collect();
        let mut work = self.pool.begin().await.map_err(failed(doing))?;
        sqlx::query::<Postgres>(
            "INSERT INTO entities (kind, id, body, links)
             SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[])
             ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body, links = excluded.links",
        )
        .bind(texts(|entity| entity.kind.as_str()))
        .bind(ids)
        .bind(texts(|entity| entity.body.as_str()))
        .bind(texts(|entity| entity.links.as_str()))
        .execute(&mut *work)
        .await
        .map_err(failed(doing))?;
        self.tell_entities(&mut work).await.map_err(failed(doing))?;
        work.commit().await.map_err(failed(doing))
    }

    pub(super) async fn remove_entity_rows(
        &self,
        entities: &[(SetName, i64)],
    ) -> Result<(), HubError> {
        let doing = "removing entities";
        let kinds: Vec<String> = entities
            .iter()
            .map(|(set, _)| set.as_str().to_owned())
            .collect();
        let ids: Vec<i64> = entities.iter().map(|(_, id)| *id).collect();
        let mut work = self.pool.begin().await.map_err(failed(doing))?;
        sqlx::query::<Postgres>(
            "DELETE FROM entities WHERE (kind, id) IN (SELECT * FROM unnest($1::text[], $2::bigint[]))",
        )
        .bind(kinds)
        .bind(ids)
        .execute(&mut *work)
        .await
        .map_err(failed(doing))?;
        self.tell_entities(&mut work).await.map_err(failed(doing))?;
        work.commit().await.map_err(failed(doing))
    }

    /// Stores a batch. `COPY` is the fastest way, and bears no doubles: a batch that has some goes in row by row.
    pub(super) async fn append(&self, observations: &[NewObservation]) -> Result<u64, HubError> {
        let doing = "storing observations";
        let days: BTreeSet<i64> = observations
            .iter()
            .map(|observation| observation.time.0.div_euclid(DAY_MS))
            .collect();
        self.partitions
            .ensure(&self.pool, &days)
            .await
            .map_err(failed("making room for a day of observations"))?;
        // In one order in every process: two batches can never wait for each other in a circle, and neighbours in the
        // index of series are written together.
        let mut sorted: Vec<&NewObservation> = observations.iter().collect();
        sorted.sort_by(|a, b| order_of(a).cmp(&order_of(b)));
        sorted.dedup_by(|a, b| order_of(a) == order_of(b));
        let touched = self.message_of(&minutes_of(observations));
        let is_cautious = self
            .cautious
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(1)
            })
            .is_ok();
        if !is_cautious {
            match self.copy(&sorted, &touched).await {
                Ok(new) => return Ok(new),
                Err(err) if has_code(&err, UNIQUE_VIOLATION) => {
                    self.cautious.store(CAUTIOUS_BATCHES, Ordering::Relaxed);
                }
                Err(err) if has_code(&err, DEADLOCK) => {}
                Err(err) => return Err(failed(doing)(err)),
            }
        }
        let stored = match self.insert(&sorted, &touched).await {
            Err(err) if has_code(&err, DEADLOCK) => self.insert(&sorted, &touched).await,
            other => other,
        };
        stored.map_err(failed(doing))
    }

    async fn copy(&self, sorted: &[&NewObservation], touched: &str) -> Result<u64, sqlx::Error> {
        let bytes = copy_bytes(sorted);
        let mut work = self.pool.begin().await?;
        let mut copy = work
            .copy_in_raw(
                "COPY observations (ds, t, value, result, detail) FROM STDIN (FORMAT BINARY)",
            )
            .await?;
        copy.send(bytes).await?;
        let new = copy.finish().await?;
        tell(&mut work, touched).await?;
        work.commit().await?;
        Ok(new)
    }

    async fn insert(&self, sorted: &[&NewObservation], touched: &str) -> Result<u64, sqlx::Error> {
        let streams: Vec<i64> = sorted.iter().map(|row| row.datastream).collect();
        let times: Vec<i64> = sorted.iter().map(|row| row.time.0).collect();
        let values: Vec<Option<f64>> = sorted.iter().map(|row| row.value).collect();
        let results: Vec<Option<String>> = sorted.iter().map(|row| row.result.clone()).collect();
        let details: Vec<Option<String>> = sorted.iter().map(|row| detail_of(row)).collect();
        let mut work = self.pool.begin().await?;
        let done = sqlx::query::<Postgres>(
            "INSERT INTO observations (ds, t, value, result, detail)
             SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::double precision[], $4::text[], $5::text[])
             ON CONFLICT DO NOTHING",
        )
        .bind(streams)
        .bind(times)
        .bind(values)
        .bind(results)
        .bind(details)
        .execute(&mut *work)
        .await?;
        if done.rows_affected() > 0 {
            tell(&mut work, touched).await?;
        }
        work.commit().await?;
        Ok(done.rows_affected())
    }

    pub(super) async fn ids_of(
        &self,
        observations: &[NewObservation],
    ) -> Result<Vec<Option<i64>>, HubError> {
        let streams: Vec<i64> = observations.iter().map(|row| row.datastream).collect();
        let times: Vec<i64> = observations.iter().map(|row| row.time.0).collect();
        let first = times.iter().min().copied().unwrap_or_default();
        let last = times.iter().max().copied().unwrap_or_default();
        let values: Vec<Option<f64>> = observations.iter().map(|row| row.value).collect();
        let results: Vec<Option<String>> =
            observations.iter().map(|row| row.result.clone()).collect();
        // The bounds let the server leave out all other days.
        sqlx::query::<Postgres>(
            "SELECT max(kept.id)
             FROM unnest($1::bigint[], $2::bigint[], $3::double precision[], $4::text[])
                 WITH ORDINALITY AS asked (ds, t, value, result, n)
             LEFT JOIN observations AS kept ON kept.ds = asked.ds AND kept.t = asked.t
                 AND kept.t >= $5 AND kept.t <= $6
                 AND kept.value IS NOT DISTINCT FROM asked.value
                 AND (asked.value IS NOT NULL OR kept.result IS NOT DISTINCT FROM asked.result)
             GROUP BY asked.n ORDER BY asked.n",
        )
        .bind(streams)
        .bind(times)
        .bind(values)
        .bind(results)
        .bind(first)
        .bind(last)
        .try_map(|row: PgRow| row.try_get(0))
        .fetch_all(&self.pool)
        .await
        .map_err(failed("looking up observations"))
    }

    pub(super) async fn observation(&self, id: i64) -> Result<Option<ObservationRow>, HubError> {
        let row = sqlx::query::<Postgres>(
            "SELECT id, ds, t, value, result, detail FROM observations WHERE id = $1",
        )
        .bind(id)
        .fetch_optional(&self.pool)
        .await
        .map_err(failed("reading an observation"))?;
        Ok(row.map(|row| observation_row!(row)))
    }

    pub(super) async fn observations(
        &self,
        question: &ObservationQuery,
    ) -> Result<Vec<ObservationRow>, HubError> {
        let place = question.binds.len() + 1;
        let sql = format!(
            "SELECT id, ds, t, value, result, detail FROM observations
             WHERE {} ORDER BY {} LIMIT ${place} OFFSET ${}",
            for_postgres(&question.condition, 1),
            for_postgres(&question.order, 1),
            place + 1
        );
        // The text holds column names and placeholders of our own; every value of the request is bound.
        let query = bound!(sqlx::query::<Postgres>(AssertSqlSafe(sql)), &question.binds);
        query
            .bind(i64::try_from(question.limit).unwrap_or(i64::MAX))
            .bind(i64::try_from(question.offset).unwrap_or(i64::MAX))
            .try_map(|row: PgRow| Ok(observation_row!(row)))
            .fetch_all(&self.pool)
            .await
            .map_err(failed("reading observations"))
    }

    pub(super) async fn count_observations(
        &self,
        question: &ObservationQuery,
    ) -> Result<i64, HubError> {
        let sql = format!(
            "SELECT count(*) FROM observations WHERE {}",
            for_postgres(&question.whole_condition, 1)
        );
        let query = bound!(
            sqlx::query_scalar::<Postgres, i64>(AssertSqlSafe(sql)),
            &question.whole_binds
        );
        query
            .fetch_one(&self.pool)
            .await
            .map_err(failed("counting observations"))
    }

    pub(super) async fn remove_observation(&self, id: i64) -> Result<u64, HubError> {
        let done = sqlx::query::<Postgres>("DELETE FROM observations WHERE id = $1")
            .bind(id)
            .execute(&self.pool)
            .await
            .map_err(failed("removing an observation"))?;
        Ok(done.rows_affected())
    }

    pub(super) async fn remove_observations_of(&self, streams: &[i64]) -> Result<u64, HubError> {
        let done = sqlx::query::<Postgres>("DELETE FROM observations WHERE ds = ANY($1)")
            .bind(streams.to_vec())
            .execute(&self.pool)
            .await
            .map_err(failed("removing observations"))?;
        Ok(done.rows_affected())
    }

    pub(super) async fn forget(&self, oldest: UtcMillis) -> Result<u64, HubError> {
        let dropped = self
            .partitions
            .drop_before(&self.pool, oldest)
            .await
            .map_err(failed("forgetting old days"))?;
        let deleted = sqlx::query::<Postgres>("DELETE FROM observations_rest WHERE t < $1")
            .bind(oldest.0)
            .execute(&self.pool)
            .await
            .map_err(failed("forgetting old observations"))?;
        sqlx::query::<Postgres>("DELETE FROM events WHERE known_at < $1 AND closed = 1")
            .bind(oldest.0)
            .execute(&self.pool)
            .await
            .map_err(failed("forgetting old events"))?;
        Ok(dropped + deleted.rows_affected())
    }

    pub(super) async fn thin(
        &self,
        streams: &[i64],
        from: UtcMillis,
        to: UtcMillis,
    ) -> Result<u64, HubError> {
        let doing = "thinning observations";
        let mut gone = 0;
        for some in streams.chunks(THINNED_AT_ONCE) {
            let mut work = self.pool.begin().await.map_err(failed(doing))?;
            // One process at a time: what it thinned, the next finds thin.
            sqlx::query::<Postgres>("SELECT pg_advisory_xact_lock($1)")
                .bind(schema::THIN_LOCK)
                .execute(&mut *work)
                .await
                .map_err(failed(doing))?;
            let done = sqlx::query::<Postgres>(
                "DELETE FROM observations AS kept USING (
                     SELECT ds, t, id,
                         row_number() OVER (PARTITION BY ds, t / 60000 ORDER BY t DESC, id DESC) AS newest,
                         row_number() OVER (PARTITION BY ds, t / 60000 ORDER BY value, id) AS lowest,
                         row_number() OVER (PARTITION BY ds, t / 60000 ORDER BY value DESC, id) AS highest
                     FROM observations
                     WHERE ds = ANY($1) AND t >= $2 AND t < $3 AND value IS NOT NULL
                 ) AS gone
                 WHERE gone.newest > 1 AND gone.lowest > 1 AND gone.highest > 1
                     AND kept.ds = gone.ds AND kept.t = gone.t AND kept.id = gone.id
                     AND kept.t >= $2 AND kept.t < $3",
            )
            .bind(some.to_vec())
            .bind(from.0)
            .bind(to.0)
            .execute(&mut *work)
            .await
            .map_err(failed(doing))?;
            work.commit().await.map_err(failed(doing))?;
            gone += done.rows_affected();
        }
        Ok(gone)
    }

    /// The minute's numeric observations as `series * 60 000 + milliseconds into the minute`.
    pub(super) async fn minute_pairs(&self, minute: i64) -> Result<Vec<i64>, HubError> {
        let begin = minute.saturating_mul(MINUTE_MS);
        let pairs = sqlx::query_scalar::<Postgres, Option<Vec<i64>>>(
            "SELECT array_agg(ds * 60000 + t - $1) FROM observations
             WHERE t >= $1 AND t < $2 AND value IS NOT NULL",
        )
        .bind(begin)
        .bind(begin.saturating_add(MINUTE_MS))
        .fetch_one(&self.pool)
        .await
        .map_err(failed("reading a minute"))?;
        Ok(pairs.unwrap_or_default())
    }

    /// Numeric observations of `from <= t < until` behind `after`, and the time and id of the last one.
    pub(super) async fn block_rows(
        &self,
        (from, until, after): (i64, i64, Option<(i64, i64)>),
        limit: usize,
    ) -> Result<(Vec<BlockRow>, Option<(i64, i64)>), HubError> {
        let (time, id) = after.unwrap_or((from, i64::MIN));
        let mut last = None;
        let rows = sqlx::query::<Postgres>(
            r#"SELECT ds, t, value,
                   CASE WHEN detail IS NULL THEN 0
                        WHEN detail LIKE '%"resultQuality":"suspect"%' THEN 1
                        WHEN detail LIKE '%"resultQuality":"estimated"%' THEN 2
                        ELSE 0 END::bigint,
                   id
               FROM observations
               WHERE t >= $1 AND t < $2 AND (t > $1 OR id > $3) AND value IS NOT NULL
               ORDER BY t, id LIMIT $4"#,
        )
        .bind(time.max(from))
        .bind(until)
        .bind(id)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .try_map(|row: PgRow| {
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
        .fetch_all(&self.pool)
        .await
        .map_err(failed("reading a block of observations"))?;
        Ok((rows, last))
    }

    /// Tells the other processes which minutes have changed.
    pub(super) async fn tell_touched(&self, minutes: &[(i64, i64)]) -> Result<(), HubError> {
        let doing = "telling the other hubs";
        let mut connection = self.pool.acquire().await.map_err(failed(doing))?;
        tell(&mut connection, &self.message_of(minutes))
            .await
            .map_err(failed(doing))
    }

    async fn tell_entities(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        tell(connection, &format!("{} entities", self.own)).await
    }

    /// `<process> <from>:<end>,<from>:<end>`.
    fn message_of(&self, minutes: &[(i64, i64)]) -> String {
        let hull = [(
            minutes
                .iter()
                .map(|(from, _)| *from)
                .min()
                .unwrap_or_default(),
            minutes
                .iter()
                .map(|(_, end)| *end)
                .max()
                .unwrap_or_default(),
        )];
        let told = if minutes.len() > MOST_RANGES {
            hull.as_slice()
        } else {
            minutes
        };
        let ranges: Vec<String> = told
            .iter()
            .map(|(from, end)| format!("{from}:{end}"))
            .collect();
        format!("{} {}", self.own, ranges.join(","))
    }
}

/// Who speaks to another machine speaks encrypted, unless the address itself says `sslmode=disable`.
fn encrypted(options: PgConnectOptions) -> PgConnectOptions {
    // An address of IPv6 stands in brackets in a URL, and nowhere else.
    let host = options.get_host();
    let host = host
        .trim_start_matches('[')
        .trim_end_matches(']')
        .to_owned();
    let stays_here = options.get_socket().is_some()
        || host.starts_with('/')
        || host == "localhost"
        || host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback());
    let options = options.host(&host);
    match options.get_ssl_mode() {
        PgSslMode::Allow | PgSslMode::Prefer if !stays_here => options.ssl_mode(PgSslMode::Require),
        _ => options,
    }
}

/// Makes the tables, and says whether PostGIS is there.
async fn make_tables(pool: &PgPool) -> Result<bool, sqlx::Error> {
    let mut work = pool.begin().await?;
    sqlx::query::<Postgres>("SELECT pg_advisory_xact_lock($1)")
        .bind(schema::LOCK)
        .execute(&mut *work)
        .await?;
    // Making an extension may not be allowed; that is no reason to stop.
    sqlx::raw_sql(
        "SET LOCAL client_min_messages = warning;
         DO $hub$ BEGIN CREATE EXTENSION IF NOT EXISTS postgis; EXCEPTION WHEN OTHERS THEN NULL; END $hub$",
    )
    .execute(&mut *work)
    .await?;
    let has_postgis = sqlx::query_scalar::<Postgres, bool>(
        "SELECT EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'postgis')",
    )
    .fetch_one(&mut *work)
    .await?;
    let is_made = sqlx::query_scalar::<Postgres, bool>(
        "SELECT to_regclass('schema_versions') IS NOT NULL AND to_regclass('ledger_head') IS NOT NULL",
    )
    .fetch_one(&mut *work)
    .await?;
    if !is_made || made_version(&mut work).await? < schema::VERSION {
        sqlx::raw_sql(schema::POSTGRES).execute(&mut *work).await?;
    }
    if has_postgis {
        let has_places =
            sqlx::query_scalar::<Postgres, bool>("SELECT to_regclass('hub_places') IS NOT NULL")
                .fetch_one(&mut *work)
                .await?;
        if !has_places {
            sqlx::raw_sql(schema::POSTGIS).execute(&mut *work).await?;
        }
    }
    work.commit().await?;
    Ok(has_postgis)
}

async fn made_version(connection: &mut PgConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar::<Postgres, i64>("SELECT coalesce(max(version), 0) FROM schema_versions")
        .fetch_one(connection)
        .await
}

async fn tell(connection: &mut PgConnection, message: &str) -> Result<(), sqlx::Error> {
    sqlx::query::<Postgres>("SELECT pg_notify($1, $2)")
        .bind(CHANNEL)
        .bind(message)
        .execute(connection)
        .await
        .map(|_done| ())
}

/// Hears what the other processes changed, until the pool closes.
async fn hear(
    mut listener: PgListener,
    own: String,
    digests: Arc<DigestCache>,
    entity_ticks: watch::Sender<u64>,
) {
    loop {
        match listener.try_recv().await {
            Ok(Some(heard)) => match heard.payload().split_once(' ') {
                Some((from, _)) if from == own => {}
                Some((_, "entities")) => entity_ticks.send_modify(|tick| *tick += 1),
                Some((_, ranges)) => digests.touch(&ranges_from(ranges)),
                None => {}
            },
            // What was said while the connection was away is not known.
            Ok(None) => {
                digests.clear();
                entity_ticks.send_modify(|tick| *tick += 1);
            }
            Err(sqlx::Error::PoolClosed) => return,
            Err(err) => {
                tracing::warn!(error = %err, "the database's messages are lost; trying again");
                digests.clear();
                tokio::time::sleep(LISTEN_PAUSE).await;
                entity_ticks.send_modify(|tick| *tick += 1);
            }
        }
    }
}

fn ranges_from(text: &str) -> Vec<(i64, i64)> {
    let range = |part: &str| {
        let (from, end) = part.split_once(':')?;
        Some((from.parse().ok()?, end.parse().ok()?))
    };
    text.split(',').filter_map(range).collect()
}

/// What tells observations apart, in the order in which they are written.
fn order_of(row: &NewObservation) -> (i64, i64, Option<u64>, Option<&str>) {
    // Zero and minus zero are one value to the database.
    let bits = row.value.map(|value| (value + 0.0).to_bits());
    let text = if row.value.is_none() {
        Some(row.result.as_deref().unwrap_or_default())
    } else {
        None
    };
    (row.datastream, row.time.0, bits, text)
}

/// The rows in the binary format of `COPY`.
fn copy_bytes(rows: &[&NewObservation]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(COPY_BEGIN.len() + rows.len() * 48 + COPY_END.len());
    bytes.extend_from_slice(COPY_BEGIN);
    for row in rows {
        bytes.extend_from_slice(&5_i16.to_be_bytes());
        put_field(&mut bytes, Some(&row.datastream.to_be_bytes()));
        put_field(&mut bytes, Some(&row.time.0.to_be_bytes()));
        let value = row.value.map(f64::to_be_bytes);
        put_field(&mut bytes, value.as_ref().map(<[u8; 8]>::as_slice));
        put_field(&mut bytes, row.result.as_deref().map(str::as_bytes));
        let detail = detail_of(row);
        put_field(&mut bytes, detail.as_deref().map(str::as_bytes));
    }
    bytes.extend_from_slice(&COPY_END);
    bytes
}

fn put_field(bytes: &mut Vec<u8>, field: Option<&[u8]>) {
    match field {
        None => bytes.extend_from_slice(&(-1_i32).to_be_bytes()),
        Some(field) => {
            let length = i32::try_from(field.len()).unwrap_or(i32::MAX);
            bytes.extend_from_slice(&length.to_be_bytes());
            bytes.extend_from_slice(field);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_copied_in_the_binary_format() {
        let row = NewObservation {
            datastream: 7,
            time: UtcMillis(1000),
            value: Some(1.5),
            result: None,
            detail: serde_json::Map::new(),
        };
        let bytes = copy_bytes(&[&row]);
        assert!(bytes.starts_with(b"PGCOPY\n\xff\r\n\0"));
        assert_eq!(bytes.len(), 19 + 2 + 3 * 12 + 2 * 4 + 2);
        assert!(bytes.ends_with(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]));
    }

    #[test]
    fn messages_of_other_processes_are_read_and_nonsense_is_left_out() {
        assert_eq!(ranges_from("1:3,9:10"), [(1, 3), (9, 10)]);
        assert_eq!(ranges_from("x,3,4:z,-5:-4"), [(-5, -4)]);
    }

    #[test]
    fn another_machine_is_spoken_to_encrypted() {
        let mode = |url: &str| {
            encrypted(PgConnectOptions::from_str(url).expect("is an address")).get_ssl_mode()
        };
        assert!(matches!(
            mode("postgres://hub@db.example/city"),
            PgSslMode::Require
        ));
        assert!(matches!(
            mode("postgres://hub@127.0.0.1/city"),
            PgSslMode::Prefer
        ));
        assert!(matches!(
            mode("postgres://hub@[::1]:5432/city"),
            PgSslMode::Prefer
        ));
        assert!(matches!(
            mode("postgres://hub@db.example/city?sslmode=disable"),
            PgSslMode::Disable
        ));
        assert!(matches!(
            mode("postgres://hub@db.example/city?sslmode=verify-full"),
            PgSslMode::VerifyFull
        ));
    }
}
