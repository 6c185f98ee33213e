//! The desk's history: what it is asked, and how an observation gets in.
//!
//! One writer, many readers; every question that is about values takes a time. The tables' own modules hold the SQL.

use crate::{
    Fact, StoreError, activity, cameras, datastreams,
    datastreams::Numbers,
    error::is_damage,
    events, facts,
    file::{self, CacheFile},
    latest, minute,
    raw::{self, Pile},
    settings,
    statement::sql,
    things,
};
use cim_model::{Camera, Datastream, DatastreamId, Event, Observation, Quality, Thing, UtcMillis};
use sqlx::{Sqlite, Transaction};
use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

/// How far back the history goes.
pub const KEEP: Duration = Duration::from_hours(24);
/// How far back single observations are kept; older ones are folded into minutes.
pub const RAW_KEEP: Duration = Duration::from_mins(30);
/// How many datastreams one step of pruning looks after, so that an append never waits long.
const PRUNE_STEP: i64 = 250;

/// The open history. Cheap to clone; all clones share one writer.
#[derive(Clone, Debug)]
pub struct Store {
    file: CacheFile,
    /// The dense number of each datastream; replaced whole when the catalogue grows.
    numbers: Arc<RwLock<Arc<Numbers>>>,
}

/// What became of a batch of observations. The rest of the batch was known already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Appended {
    /// How many were new.
    pub new: usize,
    /// How many belong to no known datastream, or are no number.
    pub refused: usize,
}

/// Everything that a desk needs to begin with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cached {
    /// Sensing devices.
    pub things: Vec<Thing>,
    /// Their series.
    pub datastreams: Vec<Datastream>,
    /// Cameras.
    pub cameras: Vec<Camera>,
    /// Events, oldest first.
    pub events: Vec<Event>,
    /// The newest value of each series that has any.
    pub latest: Vec<Observation>,
    /// The start of the oldest minute that has a value.
    pub oldest: Option<UtcMillis>,
    /// The newest moment that has a value.
    pub newest: Option<UtcMillis>,
}

/// A stretch of a series, summed up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bucket {
    /// Where the stretch ends.
    pub end: UtcMillis,
    /// Arithmetic mean of its values.
    pub mean: f64,
    /// Least value.
    pub min: f64,
    /// Greatest value.
    pub max: f64,
    /// How many values it has; never 0.
    pub n: u32,
}

/// One stored value: datastream number, moment in UTC milliseconds, value, quality.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row4 {
    pub(crate) ds: i64,
    pub(crate) t: i64,
    pub(crate) v: f64,
    pub(crate) q: Quality,
}

impl Store {
    /// Opens the history in `folder`, making it when absent. A damaged or foreign file is moved aside and a new one begun;
    /// the notes, in English, say so.
    pub async fn open(folder: &Path) -> Result<(Self, Vec<String>), StoreError> {
        let (file, notes) = file::open(folder).await?;
        let store = Self {
            file,
            numbers: Arc::default(),
        };
        store
            .learn_numbers()
            .await
            .map_err(|error| store.trouble("reading the datastreams", error))?;
        Ok((store, notes))
    }

    /// Adds what is listed, replacing what has the same identity. Nothing is forgotten: a page of a catalogue may be saved alone.
    pub async fn save_catalogue(
        &self,
        things: &[Thing],
        datastreams: &[Datastream],
        cameras: &[Camera],
    ) -> Result<(), StoreError> {
        let saved = async {
            let mut tx = self.begin().await?;
            things::save(&mut tx, things).await?;
            datastreams::save(&mut tx, datastreams).await?;
            cameras::save(&mut tx, cameras).await?;
            tx.commit().await?;
            if datastreams.is_empty() {
                Ok(())
            } else {
                self.learn_numbers().await
            }
        };
        saved
            .await
            .map_err(|error| self.trouble("saving the catalogue", error))
    }

    /// Adds `events`; one with a known identity replaces what is stored, unless that is newer.
    pub async fn save_events(&self, list: &[Event]) -> Result<(), StoreError> {
        let saved = async {
            let mut tx = self.begin().await?;
            events::save(&mut tx, list).await?;
            tx.commit().await
        };
        saved
            .await
            .map_err(|error| self.trouble("saving events", error))
    }

    /// Adds observations, in one transaction; made for thousands at a time. Late and repeated ones are harmless: the same
    /// datastream and moment count once (the first value stays), and the latest value never goes back in time.
    pub async fn append(&self, observations: &[Observation]) -> Result<Appended, StoreError> {
        let numbers = self.numbers();
        let mut rows: BTreeMap<(i64, i64), (f64, Quality)> = BTreeMap::new();
        let mut refused = 0;
        for observation in observations {
            match numbers.get(observation.datastream.as_str()) {
                Some(ds) if observation.value.is_finite() => {
                    let key = (*ds, observation.happened_at.0);
                    rows.entry(key)
                        .or_insert((observation.value, observation.quality));
                }
                _ => refused += 1,
            }
        }
        if rows.is_empty() {
            return Ok(Appended { new: 0, refused });
        }
        let added = async {
            let mut tx = self.begin().await?;
            minute::take_out_counted(&mut tx, &mut rows).await?;
            let new = raw::add(&mut tx, &rows).await?;
            latest::raise(&mut tx, &new).await?;
            activity::add(&mut tx, &new).await?;
            tx.commit().await?;
            Ok::<usize, sqlx::Error>(new.len())
        };
        let new = added
            .await
            .map_err(|error| self.trouble("adding observations", error))?;
        Ok(Appended { new, refused })
    }

    /// Appends a fact, unless it is there.
    pub async fn save_fact(&self, fact: &Fact) -> Result<(), StoreError> {
        let saved = async {
            let mut conn = self.file.writer.acquire().await?;
            facts::save(&mut conn, fact).await
        };
        saved
            .await
            .map_err(|error| self.trouble("saving a fact", error))
    }

    /// The facts that became known at or after `since`, in that order.
    pub async fn facts_since(&self, since: UtcMillis) -> Result<Vec<Fact>, StoreError> {
        facts::since(&self.file.readers, since)
            .await
            .map_err(|error| self.trouble("reading facts", error))
    }

    /// Everything that a desk needs to begin with.
    pub async fn load(&self) -> Result<Cached, StoreError> {
        let readers = &self.file.readers;
        let read = async {
            let latest = latest::all(readers).await?;
            Ok::<Cached, sqlx::Error>(Cached {
                things: things::all(readers).await?,
                datastreams: datastreams::all(readers).await?,
                cameras: cameras::all(readers).await?,
                events: events::all(readers).await?,
                newest: latest
                    .iter()
                    .map(|observation| observation.happened_at)
                    .max(),
                latest,
                oldest: activity::oldest(readers).await?,
            })
        };
        read.await
            .map_err(|error| self.trouble("reading the cache", error))
    }

    /// The newest value at or before `t` of each datastream that has any. Exact within [`RAW_KEEP`]; further back it may be
    /// the newest value of the minute before.
    pub async fn latest_at(&self, t: UtcMillis) -> Result<Vec<Observation>, StoreError> {
        latest::at(&self.file.readers, t)
            .await
            .map_err(|error| self.trouble("reading the state at a moment", error))
    }

    /// The series `datastream` over `[t0, t1)` in at most `pixels` buckets of equal width; a gap has no bucket. Beyond
    /// [`RAW_KEEP`] a minute's values all fall into the bucket of its newest one.
    pub async fn window(
        &self,
        datastream: &DatastreamId,
        t0: UtcMillis,
        t1: UtcMillis,
        pixels: u32,
    ) -> Result<Vec<Bucket>, StoreError> {
        let span = t1.0.saturating_sub(t0.0);
        let Some(&ds) = self.numbers().get(datastream.as_str()) else {
            return Ok(Vec::new());
        };
        if span <= 0 || pixels == 0 {
            return Ok(Vec::new());
        }
        let width_ms = span.saturating_add(i64::from(pixels) - 1) / i64::from(pixels);
        let read = async {
            let mut piles = minute::window(&self.file.readers, ds, (t0, t1), width_ms).await?;
            piles.extend(raw::window(&self.file.readers, ds, (t0, t1), width_ms).await?);
            Ok::<Vec<Pile>, sqlx::Error>(piles)
        };
        let piles = read
            .await
            .map_err(|error| self.trouble("reading a series", error))?;
        Ok(buckets(&piles, t0, t1, width_ms))
    }

    /// Observations of all series per bin of `[t0, t1)`, `bins` of equal width; a minute is spread evenly over the bins that it touches.
    pub async fn activity(
        &self,
        t0: UtcMillis,
        t1: UtcMillis,
        bins: u32,
    ) -> Result<Vec<u32>, StoreError> {
        activity::bins(&self.file.readers, t0, t1, bins)
            .await
            .map_err(|error| self.trouble("reading the activity", error))
    }

    /// Forgets what is older than `older_than`, which is [`KEEP`] before now, and folds what is older than [`RAW_KEEP`] into
    /// minutes. Works in small steps: appends go on in between. Call it every minute or so.
    pub async fn prune(&self, older_than: UtcMillis) -> Result<(), StoreError> {
        let kept_whole_s = KEEP.saturating_sub(RAW_KEEP).as_secs_f64();
        let cut = UtcMillis(minute::minute_of(older_than.plus_seconds(kept_whole_s).0));
        let highest = self.numbers().values().copied().max().unwrap_or(0);
        let pruned = async {
            // The line moves first: from then on nothing that is about to be folded can be counted a second time.
            let mut tx = self.begin().await?;
            minute::move_fold_line(&mut tx, cut).await?;
            activity::forget(&mut tx, older_than).await?;
            events::forget_closed(&mut tx, older_than).await?;
            tx.commit().await?;
            let mut first = 1;
            while first <= highest {
                let step = (first, first + PRUNE_STEP - 1);
                let mut tx = self.begin().await?;
                minute::fold(&mut tx, step, cut).await?;
                raw::forget(&mut tx, step, cut).await?;
                minute::forget(&mut tx, step, older_than).await?;
                tx.commit().await?;
                first += PRUNE_STEP;
            }
            Ok::<(), sqlx::Error>(())
        };
        pruned.await.map_err(|error| self.trouble("pruning", error))
    }

    /// Remembers `value` under `key`.
    pub async fn put_setting(&self, key: &str, value: &str) -> Result<(), StoreError> {
        let saved = async {
            let mut conn = self.file.writer.acquire().await?;
            settings::put(&mut conn, key, value).await
        };
        saved
            .await
            .map_err(|error| self.trouble("saving a setting", error))
    }

    /// What is remembered under `key`.
    pub async fn setting(&self, key: &str) -> Result<Option<String>, StoreError> {
        let read = async {
            let mut conn = self.file.readers.acquire().await?;
            settings::get(&mut conn, key).await
        };
        read.await
            .map_err(|error| self.trouble("reading a setting", error))
    }

    /// Closes the file for every clone, with everything in the one file. Dropping loses nothing either; it leaves the log beside.
    pub async fn close(self) {
        self.file.readers.close().await;
        if let Err(error) = sql("PRAGMA wal_checkpoint(TRUNCATE)")
            .execute(&self.file.writer)
            .await
        {
            tracing::debug!(%error, "the log stays beside the cache");
        }
        self.file.writer.close().await;
    }

    async fn begin(&self) -> sqlx::Result<Transaction<'static, Sqlite>> {
        // Immediate: with a second desk on the same file, a late upgrade to writing would fail instead of waiting.
        self.file.writer.begin_with("BEGIN IMMEDIATE").await
    }

    fn numbers(&self) -> Arc<Numbers> {
        Arc::clone(&self.numbers.read().unwrap_or_else(PoisonError::into_inner))
    }

    async fn learn_numbers(&self) -> sqlx::Result<()> {
        let mut conn = self.file.writer.acquire().await?;
        let learnt = Arc::new(datastreams::numbers(&mut conn).await?);
        *self.numbers.write().unwrap_or_else(PoisonError::into_inner) = learnt;
        Ok(())
    }

    fn trouble(&self, act: &'static str, source: sqlx::Error) -> StoreError {
        let path = self.file.path.clone();
        if is_damage(&source) {
            file::mark_suspect(&path);
            StoreError::Damaged { act, source, path }
        } else {
            StoreError::Refused { act, source, path }
        }
    }
}

/// Adds up the piles of each bucket; folded and single values of one bucket meet here.
fn buckets(piles: &[Pile], t0: UtcMillis, t1: UtcMillis, width_ms: i64) -> Vec<Bucket> {
    let mut sums: BTreeMap<i64, Pile> = BTreeMap::new();
    for pile in piles {
        let sum = sums.entry(pile.bucket).or_insert(Pile {
            n: 0,
            total: 0.0,
            ..*pile
        });
        sum.n += pile.n;
        sum.total += pile.total;
        sum.min = sum.min.min(pile.min);
        sum.max = sum.max.max(pile.max);
    }
    let bucket_of = |pile: &Pile| Bucket {
        end: UtcMillis(
            t0.0.saturating_add((pile.bucket + 1).saturating_mul(width_ms))
                .min(t1.0),
        ),
        mean: pile.total / pile.n as f64,
        min: pile.min,
        max: pile.max,
        n: u32::try_from(pile.n).unwrap_or(u32::MAX),
    };
    sums.values().map(bucket_of).collect()
}
