//! The hub's memory: entities, observations, cameras, events, the ledger and small documents. The only SQL of the hub.
//!
//! One handle, two engines: one SQLite file ([`sqlite`], nothing to install) or PostgreSQL ([`postgres`], any number of
//! hub processes over one database). Everything that is small has one text of SQL for both ([`tables`]); observations
//! are written and read in each engine's fastest way.

mod address;
mod dialect;
mod digest;
mod ledger;
mod partitions;
mod postgres;
mod schema;
mod sqlite;
mod tables;
mod trial;

#[cfg(test)]
mod tests;

pub use address::StoreAddress;
pub use sqlite::{back_up, restore};
pub use trial::{IngestProbe, TrialServer};

pub(crate) use digest::{MinuteDigest, bucket_of};

use crate::error::HubError;
use crate::sensorthings::{
    Entity, Links, NewObservation, ObservationQuery, ObservationRow, SetName,
};
use cim_model::UtcMillis;
use digest::{DigestCache, MINUTE_MS};
use postgres::PostgresStore;
use serde_json::{Map, Value};
use sqlite::SqliteStore;
use std::fmt;
use std::sync::Arc;
use tokio::sync::watch;

/// Minutes that one question for digests may cover: seven days.
const MOST_DIGESTS: i64 = 7 * 24 * 60;
/// Rows that one question for a block reads at once.
const BLOCK_ROWS: usize = 200_000;
/// Rows that one question for a block looks at, when few of them are wanted.
const MOST_BLOCK_ROWS: usize = 1_000_000;

/// The hub's database. Cheap to clone; all clones are one.
#[derive(Clone)]
pub(crate) struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    engine: Engine,
    digests: Arc<DigestCache>,
    /// Kept so that receivers of [`Store::watch_entities`] never see a closed channel.
    entity_ticks: watch::Sender<u64>,
}

enum Engine {
    Sqlite(SqliteStore),
    Postgres(PostgresStore),
}

/// One numeric observation, as [`Store::observation_block`] gives it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct BlockRow {
    /// The datastream.
    pub(crate) datastream: i64,
    /// `phenomenonTime`, UTC milliseconds.
    pub(crate) time: i64,
    /// The result, in the datastream's unit.
    pub(crate) value: f64,
    /// 0 good, 1 suspect, 2 estimated.
    pub(crate) quality: u8,
}

/// Many observations, ordered by time and id.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct BlockPage {
    /// The observations.
    pub(crate) rows: Vec<BlockRow>,
    /// Where the next page begins: behind this time and id; nothing when this was the last page.
    pub(crate) next: Option<(i64, i64)>,
    /// True when part of the stretch asked for has been thinned.
    pub(crate) thinned: bool,
}

/// Calls the same method of whichever engine is there.
macro_rules! engine {
    ($store:expr, $db:ident => $call:expr) => {
        match &$store.inner.engine {
            Engine::Sqlite($db) => $call,
            Engine::Postgres($db) => $call,
        }
    };
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.inner.engine {
            Engine::Sqlite(_) => "Store(SQLite)",
            Engine::Postgres(_) => "Store(PostgreSQL)",
        })
    }
}

impl Store {
    /// Opens the database, makes it when it is not there, and brings its tables up to date.
    pub(crate) async fn open(address: &StoreAddress) -> Result<Self, HubError> {
        let digests = Arc::new(DigestCache::default());
        let (entity_ticks, _) = watch::channel(0);
        let engine = match address {
            StoreAddress::Folder(folder) => Engine::Sqlite(SqliteStore::open(folder).await?),
            StoreAddress::Postgres(url) => {
                let opened =
                    PostgresStore::open(url, Arc::clone(&digests), entity_ticks.clone()).await?;
                Engine::Postgres(opened)
            }
        };
        Ok(Self {
            inner: Arc::new(Inner {
                engine,
                digests,
                entity_ticks,
            }),
        })
    }

    /// Waits for running statements and closes the database.
    pub(crate) async fn close(&self) {
        engine!(self, db => db.close().await);
    }

    /// Asks the database for a sign of life.
    pub(crate) async fn ping(&self) -> Result<(), HubError> {
        engine!(self, db => db.ping().await)
    }

    /// A receiver that ticks when another process changed entities; with SQLite, where there is none, it never does.
    #[expect(
        clippy::unused_async,
        reason = "an engine may have to ask the database first"
    )]
    pub(crate) async fn watch_entities(&self) -> watch::Receiver<u64> {
        self.inner.entity_ticks.subscribe()
    }

    /// Every entity.
    pub(crate) async fn entities(&self) -> Result<Vec<(SetName, Entity)>, HubError> {
        let rows = engine!(self, db => db.entity_rows().await)?;
        Ok(rows.into_iter().filter_map(EntityRow::entity).collect())
    }

    /// Stores entities, new and changed, all or none.
    pub(crate) async fn save_entities(
        &self,
        entities: &[(SetName, Entity)],
    ) -> Result<(), HubError> {
        let rows = last_of_each(entities);
        engine!(self, db => db.save_entity_rows(&rows).await)
    }

    /// Removes entities, all or none. Those that are not there are passed over.
    pub(crate) async fn remove_entities(
        &self,
        entities: &[(SetName, i64)],
    ) -> Result<(), HubError> {
        engine!(self, db => db.remove_entity_rows(entities).await)
    }

    /// Takes `count` ids of a set for new entities, that nobody else gets, and gives the first; they follow each other
    /// and lie above `above`.
    pub(crate) async fn reserve_ids(
        &self,
        set: SetName,
        count: u32,
        above: i64,
    ) -> Result<i64, HubError> {
        let count = i64::from(count);
        let last = engine!(self, db => db.last_id(set.as_str(), count, above).await)?;
        Ok(last - count + 1)
    }

    /// Stores observations in one transaction and says how many were new. The same value of the same series at the
    /// same moment, delivered twice, is one observation.
    pub(crate) async fn append(&self, observations: &[NewObservation]) -> Result<u64, HubError> {
        if observations.is_empty() {
            return Ok(0);
        }
        let new = engine!(self, db => db.append(observations).await)?;
        if new > 0 {
            let minutes = digest::minutes_of(observations);
            self.inner.digests.touch(&minutes);
        }
        Ok(new)
    }

    /// The ids under which observations are stored, in the same order.
    pub(crate) async fn ids_of(
        &self,
        observations: &[NewObservation],
    ) -> Result<Vec<Option<i64>>, HubError> {
        if observations.is_empty() {
            return Ok(Vec::new());
        }
        engine!(self, db => db.ids_of(observations).await)
    }

    /// One observation.
    pub(crate) async fn observation(&self, id: i64) -> Result<Option<ObservationRow>, HubError> {
        engine!(self, db => db.observation(id).await)
    }

    /// Observations that a question asks for.
    pub(crate) async fn observations(
        &self,
        question: &ObservationQuery,
    ) -> Result<Vec<ObservationRow>, HubError> {
        engine!(self, db => db.observations(question).await)
    }

    /// How many observations a question has in all, pages left aside.
    pub(crate) async fn count_observations(
        &self,
        question: &ObservationQuery,
    ) -> Result<i64, HubError> {
        engine!(self, db => db.count_observations(question).await)
    }

    /// Removes one observation; false when it was not there.
    pub(crate) async fn remove_observation(&self, id: i64) -> Result<bool, HubError> {
        let Some(row) = self.observation(id).await? else {
            return Ok(false);
        };
        let gone = engine!(self, db => db.remove_observation(id).await)?;
        let minute = row.time.div_euclid(MINUTE_MS);
        self.drop_digests(&[(minute, minute + 1)]).await?;
        Ok(gone > 0)
    }

    /// Puts a changed observation in the place of the one with this id; false when there is none.
    pub(crate) async fn change_observation(
        &self,
        id: i64,
        changed: &NewObservation,
    ) -> Result<bool, HubError> {
        let Some(before) = self.observation(id).await? else {
            return Ok(false);
        };
        let done = engine!(self, db => db.change_observation(id, changed).await)?;
        let old = before.time.div_euclid(MINUTE_MS);
        let new = changed.time.0.div_euclid(MINUTE_MS);
        self.drop_digests(&[(old, old + 1), (new, new + 1)]).await?;
        Ok(done > 0)
    }

    /// Removes every observation of some series, and says how many there were.
    pub(crate) async fn remove_observations_of(&self, streams: &[i64]) -> Result<u64, HubError> {
        let gone = engine!(self, db => db.remove_observations_of(streams).await)?;
        self.drop_digests(&[(i64::MIN, i64::MAX)]).await?;
        Ok(gone)
    }

    /// Forgets observations older than `oldest`, and closed events older than it. PostgreSQL forgets whole days: rows
    /// stay until their day is over, and the number is an estimate.
    pub(crate) async fn forget(&self, oldest: UtcMillis) -> Result<u64, HubError> {
        let gone = engine!(self, db => db.forget(oldest).await)?;
        if gone > 0 {
            let end = oldest.0.div_euclid(MINUTE_MS) + 1;
            self.drop_digests(&[(i64::MIN, end)]).await?;
        }
        Ok(gone)
    }

    /// Thins each minute between two moments to its lowest, highest and last value, and remembers up to where it has
    /// been thinned. What is younger than the setting for raw observations is the caller's to leave alone.
    pub(crate) async fn thin(
        &self,
        streams: &[i64],
        from: UtcMillis,
        to: UtcMillis,
    ) -> Result<u64, HubError> {
        // Said first: a reader that sees a thinned minute must never take it for a whole one.
        engine!(self, db => db.note_thinned(to).await)?;
        let gone = engine!(self, db => db.thin(streams, from, to).await)?;
        let stretch = (from.0.div_euclid(MINUTE_MS), to.0.div_euclid(MINUTE_MS) + 1);
        self.drop_digests(&[stretch]).await?;
        Ok(gone)
    }

    /// Up to where observations have been thinned, in this and earlier lives of the hub.
    pub(crate) async fn thinned_to(&self) -> Result<Option<UtcMillis>, HubError> {
        engine!(self, db => db.thinned_to().await)
    }

    /// For each whole minute between two moments, how many numeric observations it holds and what they sum up to. The
    /// minutes must be closed ones; a question for more than seven days is answered for the
    /// first seven.
    pub(crate) async fn digests(
        &self,
        from: UtcMillis,
        until: UtcMillis,
    ) -> Result<Vec<MinuteDigest>, HubError> {
        let first = from.0.div_euclid(MINUTE_MS);
        let end = until
            .0
            .div_euclid(MINUTE_MS)
            .min(first.saturating_add(MOST_DIGESTS));
        let thinned_to = self.thinned_to().await?.map_or(i64::MIN, |moment| moment.0);
        let mut digests = Vec::new();
        for minute in first..end {
            let sums = match self.inner.digests.get(minute) {
                Ok(sums) => sums,
                Err(asked_at) => {
                    let pairs = engine!(self, db => db.minute_pairs(minute).await)?;
                    let sums = Arc::new(digest::sums_of(minute, pairs));
                    self.inner.digests.put(minute, Arc::clone(&sums), asked_at);
                    sums
                }
            };
            let at = minute.saturating_mul(MINUTE_MS);
            digests.push(MinuteDigest {
                at: UtcMillis(at),
                thinned: at < thinned_to,
                n: sums.n,
                x: sums.x,
            });
        }
        Ok(digests)
    }

    /// Numeric observations with `from <= time < until`, ordered by time and id, behind `after`, at most `limit`.
    /// `buckets` is a bit mask of the buckets wanted (see [`bucket_of`]); a page of few buckets may hold less than
    /// `limit` and still have a next one.
    pub(crate) async fn observation_block(
        &self,
        from: UtcMillis,
        until: UtcMillis,
        buckets: Option<u64>,
        after: Option<(i64, i64)>,
        limit: usize,
    ) -> Result<BlockPage, HubError> {
        let limit = limit.clamp(1, BLOCK_ROWS);
        let thinned_to = self.thinned_to().await?;
        let mut page = BlockPage {
            thinned: thinned_to.is_some_and(|to| from < to),
            ..BlockPage::default()
        };
        let mut place = after;
        let mut looked_at = 0;
        loop {
            let wanted = limit - page.rows.len();
            let asked = (from.0, until.0, place);
            let (rows, last) = engine!(self, db => db.block_rows(asked, wanted).await)?;
            let found = rows.len();
            looked_at += found;
            place = last.or(place);
            match buckets {
                None => page.rows.extend(rows),
                Some(mask) => page.rows.extend(
                    rows.into_iter()
                        .filter(|row| (mask >> bucket_of(row.datastream)) & 1 == 1),
                ),
            }
            if found < wanted {
                return Ok(page);
            }
            // Nearly full pages are given out: the last few rows are not worth another question.
            if page.rows.len() >= limit - limit / 4 || looked_at >= MOST_BLOCK_ROWS {
                page.next = place;
                return Ok(page);
            }
        }
    }

    /// Cameras, as many as asked for, and how many there are.
    pub(crate) async fn cameras(
        &self,
        offset: i64,
        limit: i64,
    ) -> Result<(Vec<Value>, i64), HubError> {
        let (bodies, total) = engine!(self, db => db.camera_bodies(offset, limit).await)?;
        Ok((bodies.iter().map(|text| value_from(text)).collect(), total))
    }

    /// A camera as it is stored.
    pub(crate) async fn camera(&self, id: &str) -> Result<Option<Value>, HubError> {
        let body = engine!(self, db => db.camera_body(id).await)?;
        Ok(body.map(|text| value_from(&text)))
    }

    /// Stores cameras, new and changed.
    pub(crate) async fn save_cameras(&self, cameras: &[(String, Value)]) -> Result<(), HubError> {
        engine!(self, db => db.save_cameras(cameras).await)
    }

    /// Events that the hub came to know after `since`, oldest first.
    pub(crate) async fn events(
        &self,
        since: UtcMillis,
        limit: i64,
    ) -> Result<Vec<Value>, HubError> {
        let bodies = engine!(self, db => db.event_bodies(since, limit).await)?;
        Ok(bodies.iter().map(|text| value_from(text)).collect())
    }

    /// An event as it is stored.
    pub(crate) async fn event(&self, id: &str) -> Result<Option<Value>, HubError> {
        let body = engine!(self, db => db.event_body(id).await)?;
        Ok(body.map(|text| value_from(&text)))
    }

    /// When the hub last came to know of an event.
    pub(crate) async fn newest_event(&self) -> Result<UtcMillis, HubError> {
        engine!(self, db => db.newest_event().await)
    }

    /// Keeps a small JSON document under a kind and a key, in place of its predecessor; every process of the hub sees
    /// it.
    pub(crate) async fn put_document(
        &self,
        kind: &str,
        key: &str,
        body: &Value,
        known_at: UtcMillis,
    ) -> Result<(), HubError> {
        let text = body.to_string();
        engine!(self, db => db.put_document(kind, key, &text, known_at).await)
    }

    /// The documents of a kind by key: key, document, when it was kept.
    pub(crate) async fn documents(
        &self,
        kind: &str,
    ) -> Result<Vec<(String, Value, UtcMillis)>, HubError> {
        let rows = engine!(self, db => db.document_rows(kind).await)?;
        let read = |(key, text, known_at): (String, String, i64)| {
            let body = serde_json::from_str(&text).unwrap_or(Value::Null);
            (key, body, UtcMillis(known_at))
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// Forgets the documents of a kind that were kept before a moment, and says how many there were.
    pub(crate) async fn forget_documents(
        &self,
        kind: &str,
        older_than: UtcMillis,
    ) -> Result<u64, HubError> {
        engine!(self, db => db.forget_documents(kind, older_than).await)
    }

    async fn drop_digests(&self, minutes: &[(i64, i64)]) -> Result<(), HubError> {
        self.inner.digests.touch(minutes);
        match &self.inner.engine {
            Engine::Sqlite(_) => Ok(()),
            Engine::Postgres(db) => db.tell_touched(minutes).await,
        }
    }
}

/// An entity as the database holds it.
struct EntityRow {
    kind: String,
    id: i64,
    body: String,
    links: String,
}

impl EntityRow {
    fn entity(self) -> Option<(SetName, Entity)> {
        let set = SetName::from_word(&self.kind)?;
        let links: Links = serde_json::from_str(&self.links).ok()?;
        let entity = Entity {
            id: self.id,
            body: object_from(&self.body),
            links,
        };
        Some((set, entity))
    }
}

/// The rows of `entities`, of each one its last version: PostgreSQL refuses to change a row twice in one statement.
fn last_of_each(entities: &[(SetName, Entity)]) -> Vec<EntityRow> {
    let last: std::collections::BTreeMap<(SetName, i64), &Entity> = entities
        .iter()
        .map(|(set, entity)| ((*set, entity.id), entity))
        .collect();
    let row = |((set, id), entity): ((SetName, i64), &Entity)| EntityRow {
        kind: set.as_str().to_owned(),
        id,
        body: Value::Object(entity.body.clone()).to_string(),
        links: serde_json::to_string(&entity.links).unwrap_or_else(|_unwritable| "{}".to_owned()),
    };
    last.into_iter().map(row).collect()
}

fn failed(doing: &'static str) -> impl FnOnce(sqlx::Error) -> HubError {
    move |source| HubError::Database { doing, source }
}

/// What else was said of an observation, as text; nothing when nothing was.
fn detail_of(observation: &NewObservation) -> Option<String> {
    (!observation.detail.is_empty()).then(|| Value::Object(observation.detail.clone()).to_string())
}

/// A query of a [`ObservationQuery`] with its values bound.
macro_rules! bound {
    ($query:expr, $binds:expr) => {{
        let mut query = $query;
        for bind in $binds {
            query = match bind {
                Bind::Int(number) => query.bind(*number),
                Bind::Real(number) => query.bind(*number),
                Bind::Text(text) => query.bind(text.as_str()),
            };
        }
        query
    }};
}
use bound;

/// The columns of an observation row, in both engines: id, ds, t, value, result, detail.
macro_rules! observation_row {
    ($row:expr) => {{
        let detail = $row.try_get::<Option<String>, _>(5_usize).ok().flatten();
        ObservationRow {
            id: $row.try_get(0_usize).unwrap_or_default(),
            datastream: $row.try_get(1_usize).unwrap_or_default(),
            time: $row.try_get(2_usize).unwrap_or_default(),
            value: $row.try_get::<Option<f64>, _>(3_usize).ok().flatten(),
            result: $row.try_get::<Option<String>, _>(4_usize).ok().flatten(),
            detail: detail.map(|text| object_from(&text)).unwrap_or_default(),
        }
    }};
}
use observation_row;

fn value_from(text: &str) -> Value {
    Value::Object(object_from(text))
}

fn object_from(text: &str) -> Map<String, Value> {
    match serde_json::from_str(text) {
        Ok(Value::Object(object)) => object,
        _ => Map::new(),
    }
}
