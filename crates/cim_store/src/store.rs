//! The desk's memory as one thing: the catalogue, the events, the facts, and the history of every series.
//!
//! One writer, many readers; every question that is about values takes a time. The tables' own modules hold the SQL, `history`
//! holds the values.

use crate::{
    StoreError,
    branches::{self, Branch},
    cameras,
    columns::Columns,
    datastreams::{self, Names},
    digest, events,
    facts::{self, Fact},
    history::{Bucket, History, Keep},
    meta::{Meta, history_in},
    moments::{self, Moment},
    outbox::{self, Conflict, FromHub, HubFact, KnownGap, OutboxCounts, OutboxRow, WaitingFact},
    previous,
    row::{DAY_MS, Knowledge, Row},
    state_hash::state_hash,
    things,
};
use cim_model::{
    Camera, CameraId, CameraStatus, Datastream, DatastreamId, Event, MinuteDigest, Observation,
    Thing, UtcMillis,
};
use std::{
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

/// The open cache. Cheap to clone; all clones share one writer.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
    meta: Meta,
    history: History,
    /// The dense number of each series; replaced whole when the catalogue grows.
    names: Arc<RwLock<Arc<Names>>>,
}

/// What became of a batch of observations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Appended {
    /// How many are safe on the disk now. One that was there already counts too; it is kept once.
    pub taken: usize,
    /// How many belong to no known series, or are no number.
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
    /// Events as they are today, oldest first.
    pub events: Vec<Event>,
    /// The newest value of each series that has any, by number.
    pub latest: Vec<Observation>,
    /// The start of the oldest stretch that has a value.
    pub oldest: Option<UtcMillis>,
    /// The newest moment that has a value.
    pub newest: Option<UtcMillis>,
}

impl Store {
    /// Opens the cache in `folder`, making it when absent. A damaged or foreign file is moved aside and a new one begun; what a
    /// previous release left is moved into the history. The notes, in English, say so.
    pub async fn open(folder: &Path) -> Result<(Self, Vec<String>), StoreError> {
        Self::open_on(folder, None).await
    }

    /// As [`Store::open`], on SQLite's file system called `vfs`; none is its usual one.
    pub async fn open_on(
        folder: &Path,
        vfs: Option<String>,
    ) -> Result<(Self, Vec<String>), StoreError> {
        Self::open_telling(folder, vfs, &mut |_, _| {}).await
    }

    /// As [`Store::open_on`], and tells how many values of a previous release are moved, and of how many.
    pub async fn open_telling(
        folder: &Path,
        vfs: Option<String>,
        progress: &mut (dyn FnMut(u64, u64) + Send),
    ) -> Result<(Self, Vec<String>), StoreError> {
        let (meta, mut notes) = Meta::open(folder, vfs.as_deref()).await?;
        notes.extend(meta.refuse_foreign_days(folder).await?);
        let (history, said) = History::open(&history_in(folder), Some(meta.clone()), vfs).await?;
        notes.extend(said);
        if let Err(error) = previous::move_over(&meta, &history, progress).await {
            let is_of_the_disk = error.is_full() || matches!(error, StoreError::ReadOnly { .. });
            if !is_of_the_disk {
                return Err(error);
            }
            notes.push(format!(
                "the values of the previous release are not all moved yet: {error}"
            ));
        }
        let store = Self {
            folder: folder.to_path_buf(),
            meta,
            history,
            names: Arc::default(),
        };
        store.learn_names().await?;
        Ok((store, notes))
    }

    /// Where the cache is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The history of every series.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Adds what is listed, replacing what has the same identity. Nothing is forgotten: a page of a catalogue may be saved alone.
    /// A camera that went on or off since it was saved last leaves a fact that happened `at`, with the verb `camera_status`.
    pub async fn save_catalogue(
        &self,
        things: &[Thing],
        datastreams: &[Datastream],
        cameras: &[Camera],
        at: UtcMillis,
    ) -> Result<(), StoreError> {
        let saved = async {
            let mut change = self.meta.begin().await?;
            let saved = async {
                things::save(change.conn(), things).await?;
                datastreams::save(change.conn(), datastreams).await?;
                cameras::save(change.conn(), cameras, at).await
            };
            let saved = saved.await;
            self.meta.finish(change, saved).await
        };
        saved
            .await
            .map_err(|error| self.meta.trouble("saving the catalogue", error))?;
        if datastreams.is_empty() {
            Ok(())
        } else {
            self.learn_names().await
        }
    }

    /// Adds `list`, each as a version of its event; what an event is today is its newest version.
    pub async fn save_events(&self, list: &[Event]) -> Result<(), StoreError> {
        let saved = async {
            let mut change = self.meta.begin().await?;
            let saved = events::save(change.conn(), list).await;
            self.meta.finish(change, saved).await
        };
        saved
            .await
            .map_err(|error| self.meta.trouble("saving events", error))
    }

    /// The events that had happened by `t`, oldest first. Then: each as it was known at `t`, and only those that were. Now: each
    /// as it is known today, with the status that it had at `t`.
    pub async fn events_at(
        &self,
        t: UtcMillis,
        knowledge: Knowledge,
    ) -> Result<Vec<Event>, StoreError> {
        events::at(self.meta.readers(), t, knowledge)
            .await
            .map_err(|error| self.meta.trouble("reading events", error))
    }

    /// Every version of an event that became known in `[t0, t1)`, in that order.
    pub async fn event_versions_between(
        &self,
        t0: UtcMillis,
        t1: UtcMillis,
    ) -> Result<Vec<Event>, StoreError> {
        events::versions(self.meta.readers(), t0, t1)
            .await
            .map_err(|error| self.meta.trouble("reading the versions of events", error))
    }

    /// Every camera with the status that it had at `t`, by identity.
    pub async fn camera_states_at(
        &self,
        t: UtcMillis,
        knowledge: Knowledge,
    ) -> Result<Vec<(CameraId, CameraStatus)>, StoreError> {
        cameras::states_at(self.meta.readers(), t, knowledge)
            .await
            .map_err(|error| self.meta.trouble("reading the cameras' states", error))
    }

    /// Adds observations that became known at `known_at`, on disk when this returns; made for thousands at a time. Late and
    /// repeated ones are harmless: the same series and moment count once (the first value stays), and the latest value never goes
    /// back in time.
    pub async fn append(
        &self,
        observations: &[Observation],
        known_at: UtcMillis,
    ) -> Result<Appended, StoreError> {
        let names = self.names();
        let row_of = |observation: &Observation| {
            Some(Row {
                series: names.number_of(observation.datastream.as_str())?,
                quality: observation.quality,
                happened_at: observation.happened_at.0,
                known_at: known_at.0,
                value: observation.value,
            })
        };
        let rows: Vec<Row> = observations.iter().filter_map(row_of).collect();
        let taken = self.append_rows(&rows).await?;
        Ok(Appended {
            taken,
            refused: observations.len() - taken,
        })
    }

    /// Adds rows whose series carry this store's numbers, on disk when this returns. Gives how many were taken: those that are
    /// no finite number are not.
    pub async fn append_rows(&self, rows: &[Row]) -> Result<usize, StoreError> {
        self.history.append(rows).await
    }

    /// The number of the series `id`; it never changes.
    pub fn number_of(&self, id: &DatastreamId) -> Option<u32> {
        self.with_names(|names| names.number_of(id.as_str()))
    }

    /// Every series with its number, as of now.
    pub fn names(&self) -> Arc<Names> {
        self.with_names(Arc::clone)
    }

    /// Appends a fact, unless it is there.
    pub async fn save_fact(&self, fact: &Fact) -> Result<(), StoreError> {
        self.save_facts(std::slice::from_ref(fact)).await
    }

    /// Appends facts, all or none; those that are there stay as they are.
    pub async fn save_facts(&self, list: &[Fact]) -> Result<(), StoreError> {
        let saved = async {
            let mut change = self.meta.begin().await?;
            let saved = facts::save_all(change.conn(), list).await;
            self.meta.finish(change, saved).await
        };
        saved
            .await
            .map_err(|error| self.meta.trouble("saving a fact", error))
    }

    /// Appends facts as [`Store::save_facts`] does, and puts those that `queued` names (identity and the hub's number of the newest
    /// change of the object that the author had seen) into the outbox, at `at`; all or none.
    pub async fn save_and_queue(
        &self,
        list: &[Fact],
        queued: &[(String, Option<u64>)],
        at: UtcMillis,
    ) -> Result<(), StoreError> {
        let saved = async {
            let mut change = self.meta.begin().await?;
            let saved = async {
                facts::save_all(change.conn(), list).await?;
                for (id, base) in queued {
                    outbox::queue(change.conn(), id, *base, at).await?;
                }
                Ok(())
            }
            .await;
            self.meta.finish(change, saved).await
        };
        saved
            .await
            .map_err(|error| self.meta.trouble("saving a fact", error))
    }

    /// Keeps what the hub told: all or none.
    pub async fn take_from_hub(&self, told: &FromHub) -> Result<(), StoreError> {
        let taken = async {
            let mut change = self.meta.begin().await?;
            let taken = outbox::take(change.conn(), told).await;
            self.meta.finish(change, taken).await
        };
        taken
            .await
            .map_err(|error| self.meta.trouble("keeping what the hub told", error))
    }

    /// The facts that wait for the hub, in the order in which they were made.
    pub async fn waiting_facts(&self) -> Result<Vec<WaitingFact>, StoreError> {
        outbox::waiting(self.meta.readers())
            .await
            .map_err(|error| self.meta.trouble("reading the outbox", error))
    }

    /// The newest facts of the outbox, whatever became of them, newest first; at most 500.
    pub async fn outbox(&self) -> Result<Vec<OutboxRow>, StoreError> {
        outbox::listed(self.meta.readers())
            .await
            .map_err(|error| self.meta.trouble("reading the outbox", error))
    }

    /// How full the outbox is.
    pub async fn outbox_counts(&self) -> Result<OutboxCounts, StoreError> {
        outbox::counts(self.meta.readers())
            .await
            .map_err(|error| self.meta.trouble("counting the outbox", error))
    }

    /// The facts that the hub has, in its order.
    pub async fn facts_at_hub(&self) -> Result<Vec<HubFact>, StoreError> {
        outbox::at_hub(self.meta.readers())
            .await
            .map_err(|error| self.meta.trouble("reading the hub's facts", error))
    }

    /// The hub's number of the newest fact about `subject`; `None` when it has none that is known here.
    pub async fn newest_at_hub(&self, subject: &str) -> Result<Option<u64>, StoreError> {
        outbox::newest_of(self.meta.readers(), subject)
            .await
            .map_err(|error| self.meta.trouble("reading the hub's facts", error))
    }

    /// Where two people changed the same, newest first; at most 500.
    pub async fn conflicts(&self) -> Result<Vec<Conflict>, StoreError> {
        outbox::conflicts(self.meta.readers())
            .await
            .map_err(|error| self.meta.trouble("reading conflicts", error))
    }

    /// Somebody looked at the conflicts of the fact `mine`.
    pub async fn see_conflict(&self, mine: &str) -> Result<(), StoreError> {
        let seen = async {
            let mut change = self.meta.begin().await?;
            let seen = outbox::see_conflict(change.conn(), mine).await;
            self.meta.finish(change, seen).await
        };
        seen.await
            .map_err(|error| self.meta.trouble("marking a conflict", error))
    }

    /// The stretches in `[from, until)` that are known to miss something, or did.
    pub async fn known_gaps(
        &self,
        from: UtcMillis,
        until: UtcMillis,
    ) -> Result<Vec<KnownGap>, StoreError> {
        outbox::gaps(self.meta.readers(), from, until)
            .await
            .map_err(|error| self.meta.trouble("reading gaps", error))
    }

    /// What the history holds in the minutes of `[from, until)`, as digests over the series that `counts` says yes to.
    pub async fn digests(
        &self,
        from: UtcMillis,
        until: UtcMillis,
        counts: impl Fn(&DatastreamId) -> bool,
    ) -> Result<Vec<MinuteDigest>, StoreError> {
        let names = self.names();
        digest::digests(&self.history, &names, from, until, counts).await
    }

    /// The fact called `id`.
    pub async fn fact(&self, id: &str) -> Result<Option<Fact>, StoreError> {
        outbox::fact(self.meta.readers(), id)
            .await
            .map_err(|error| self.meta.trouble("reading a fact", error))
    }

    /// The facts that became known at or after `since`, in that order.
    pub async fn facts_since(&self, since: UtcMillis) -> Result<Vec<Fact>, StoreError> {
        facts::since(self.meta.readers(), since)
            .await
            .map_err(|error| self.meta.trouble("reading facts", error))
    }

    /// The facts about subjects from `first` up to, but not including, `end` that became known at or after `since`, in the
    /// order in which they happened.
    pub async fn facts_about_since(
        &self,
        first: &str,
        end: &str,
        since: UtcMillis,
    ) -> Result<Vec<Fact>, StoreError> {
        facts::since_about(self.meta.readers(), (first, end), since)
            .await
            .map_err(|error| self.meta.trouble("reading facts", error))
    }

    /// The facts that happened in `[t0, t1)`, in that order.
    pub async fn facts_between(
        &self,
        t0: UtcMillis,
        t1: UtcMillis,
    ) -> Result<Vec<Fact>, StoreError> {
        facts::between(self.meta.readers(), t0, t1)
            .await
            .map_err(|error| self.meta.trouble("reading facts", error))
    }

    /// The facts about subjects whose names lie in `[first, end)`, last subjects first; at most `most`.
    pub async fn facts_about(
        &self,
        first: &str,
        end: &str,
        most: u32,
    ) -> Result<Vec<Fact>, StoreError> {
        facts::about(self.meta.readers(), (first, end), most)
            .await
            .map_err(|error| self.meta.trouble("reading facts", error))
    }

    /// The facts that had happened by `at`, in that order: all that are known today, or only those that were known by then.
    pub async fn facts_known(
        &self,
        at: UtcMillis,
        knowledge: Knowledge,
    ) -> Result<Vec<Fact>, StoreError> {
        facts::known(self.meta.readers(), at, knowledge)
            .await
            .map_err(|error| self.meta.trouble("reading facts", error))
    }

    /// Everything that a desk needs to begin with.
    pub async fn load(&self) -> Result<Cached, StoreError> {
        let readers = self.meta.readers();
        let read = async {
            Ok::<Cached, sqlx::Error>(Cached {
                things: things::all(readers).await?,
                datastreams: datastreams::all(readers).await?,
                cameras: cameras::all(readers).await?,
                events: events::all(readers).await?,
                ..Cached::default()
            })
        };
        let mut cached = read
            .await
            .map_err(|error| self.meta.trouble("reading the cache", error))?;
        cached.latest = self.latest_at(UtcMillis(i64::MAX)).await?;
        cached.newest = cached
            .latest
            .iter()
            .map(|observation| observation.happened_at)
            .max();
        cached.oldest = self.history.oldest().await?;
        Ok(cached)
    }

    /// The newest value at or before `t` of each series that has any, with all that is known today, by number.
    pub async fn latest_at(&self, t: UtcMillis) -> Result<Vec<Observation>, StoreError> {
        let mut columns = Columns::new();
        self.state_at(t, Knowledge::Now, &mut columns).await?;
        let names = self.names();
        let rows = u32::try_from(columns.len()).unwrap_or(u32::MAX);
        let observation_of = |series: u32| {
            let reading = columns.get(series)?;
            Some(Observation {
                datastream: names.get(series)?.clone(),
                happened_at: reading.happened_at,
                value: reading.value,
                quality: reading.quality,
            })
        };
        Ok((0..rows).filter_map(observation_of).collect())
    }

    /// The state of every series at `t`, by number; what `into` held before is gone.
    pub async fn state_at(
        &self,
        t: UtcMillis,
        knowledge: Knowledge,
        into: &mut Columns,
    ) -> Result<(), StoreError> {
        self.history.latest_at(t, knowledge, into).await
    }

    /// A number for the state in `columns`, the same on every machine and in every cache; see [`state_hash`].
    pub fn state_hash(&self, columns: &Columns) -> u64 {
        let names = self.names();
        let state = names
            .iter()
            .filter_map(|(uid, number)| Some((uid.as_str(), columns.get(number)?)));
        state_hash(state)
    }

    /// The series `datastream` over `[t0, t1)` in at most `pixels` buckets of equal width; a gap has no bucket.
    pub async fn window(
        &self,
        datastream: &DatastreamId,
        t0: UtcMillis,
        t1: UtcMillis,
        pixels: u32,
    ) -> Result<Vec<Bucket>, StoreError> {
        match self.number_of(datastream) {
            Some(series) => self.history.window(series, t0, t1, pixels).await,
            None => Ok(Vec::new()),
        }
    }

    /// Observations of all series per bin of `[t0, t1)`, `bins` of equal width; a minute is spread evenly over the bins that it touches.
    pub async fn activity(
        &self,
        t0: UtcMillis,
        t1: UtcMillis,
        bins: u32,
    ) -> Result<Vec<u32>, StoreError> {
        self.history.activity(t0, t1, bins).await
    }

    /// Forgets the days that `keep` does not keep, and events that were closed before these days. Facts, moments and branches
    /// stay. Gives the days that are gone, as their starts in UTC milliseconds.
    pub async fn retain(&self, now: UtcMillis, keep: Keep) -> Result<Vec<i64>, StoreError> {
        let gone = self.history.retain(now, keep).await?;
        // A wall clock that is years ahead must not cost an event: age counts from the newest value, never from later.
        let Some(newest) = self.history.newest().await? else {
            return Ok(gone);
        };
        let kept_ms = i64::from(keep.days).saturating_mul(DAY_MS);
        let older_than = UtcMillis(now.min(newest).0.saturating_sub(kept_ms));
        let forgotten = async {
            let mut change = self.meta.begin().await?;
            let forgotten = events::forget_closed(change.conn(), older_than).await;
            self.meta.finish(change, forgotten).await
        };
        forgotten
            .await
            .map_err(|error| self.meta.trouble("forgetting closed events", error))?;
        Ok(gone)
    }

    /// Adds a moment that somebody marked, replacing the one with the same identity.
    pub async fn save_moment(&self, moment: &Moment) -> Result<(), StoreError> {
        let saved = async {
            let mut change = self.meta.begin().await?;
            let saved = moments::save(change.conn(), moment).await;
            self.meta.finish(change, saved).await
        };
        saved
            .await
            .map_err(|error| self.meta.trouble("saving a moment", error))
    }

    /// Every moment that somebody marked, oldest first.
    pub async fn moments(&self) -> Result<Vec<Moment>, StoreError> {
        moments::all(self.meta.readers())
            .await
            .map_err(|error| self.meta.trouble("reading moments", error))
    }

    /// Forgets the moment called `id`; one that is not there is forgotten already.
    pub async fn delete_moment(&self, id: &str) -> Result<(), StoreError> {
        let deleted = async {
            let mut change = self.meta.begin().await?;
            let deleted = moments::delete(change.conn(), id).await;
            self.meta.finish(change, deleted).await
        };
        deleted
            .await
            .map_err(|error| self.meta.trouble("deleting a moment", error))
    }

    /// Adds a what-if branch, replacing the one with the same identity; refused when no folder can have its name.
    pub async fn save_branch(&self, branch: &Branch) -> Result<(), StoreError> {
        branches::folder_of(&self.folder, &branch.id)?;
        let saved = async {
            let mut change = self.meta.begin().await?;
            let saved = branches::save(change.conn(), branch).await;
            self.meta.finish(change, saved).await
        };
        saved
            .await
            .map_err(|error| self.meta.trouble("saving a branch", error))
    }

    /// Every what-if branch, oldest first.
    pub async fn branches(&self) -> Result<Vec<Branch>, StoreError> {
        branches::all(self.meta.readers())
            .await
            .map_err(|error| self.meta.trouble("reading branches", error))
    }

    /// Forgets the branch called `id` with all its values; one that is not there is forgotten already. Its history must be
    /// closed before.
    pub async fn delete_branch(&self, id: &str) -> Result<(), StoreError> {
        let folder = branches::folder_of(&self.folder, id)?;
        // The values first: a branch that is listed and empty is harmless, values that nobody lists are never removed.
        branches::remove_folder(&folder)?;
        let deleted = async {
            let mut change = self.meta.begin().await?;
            let deleted = branches::delete(change.conn(), id).await;
            self.meta.finish(change, deleted).await
        };
        deleted
            .await
            .map_err(|error| self.meta.trouble("deleting a branch", error))
    }

    /// The history of the branch called `id`: what happens in it after it goes its own way, by this store's numbers. Made when
    /// absent. A branch has no hours in the meta file: charts over it are drawn from its minutes.
    pub async fn branch_history(&self, id: &str) -> Result<History, StoreError> {
        let folder = branches::folder_of(&self.folder, id)?;
        let vfs = self.meta.vfs().map(str::to_owned);
        let (history, notes) = History::open(&history_in(&folder), None, vfs).await?;
        for note in notes {
            tracing::warn!(%note, branch = id, "opening a branch");
        }
        Ok(history)
    }

    /// Remembers `value` under `key`.
    pub async fn put_setting(&self, key: &str, value: &str) -> Result<(), StoreError> {
        self.meta.put_setting(key, value).await
    }

    /// What is remembered under `key`.
    pub async fn setting(&self, key: &str) -> Result<Option<String>, StoreError> {
        self.meta.setting(key).await
    }

    /// Looks at everything: SQLite's own check of every file, and every chunk unpacked. Says what is wrong; nothing when all is
    /// sound.
    pub async fn check(&self) -> Result<Vec<String>, StoreError> {
        let mut wrong = self.meta.integrity().await?;
        wrong.extend(self.history.check().await?);
        Ok(wrong)
    }

    /// Closes every file for every clone. Dropping loses nothing either; it leaves more to do for the next opening.
    pub async fn close(self) {
        if let Err(error) = self.history.close().await {
            tracing::warn!(%error, "the row log stays as it is");
        }
        self.meta.close().await;
    }

    fn with_names<T>(&self, ask: impl FnOnce(&Arc<Names>) -> T) -> T {
        let names = self.names.read().unwrap_or_else(PoisonError::into_inner);
        ask(&names)
    }

    async fn learn_names(&self) -> Result<(), StoreError> {
        let known = self.names();
        let newer = datastreams::newer_names(self.meta.readers(), &known)
            .await
            .map_err(|error| self.meta.trouble("reading the datastreams", error))?;
        let Some(newer) = newer else {
            return Ok(());
        };
        let mut names = self.names.write().unwrap_or_else(PoisonError::into_inner);
        // Somebody else may have learnt more meanwhile.
        if newer.len() > names.len() {
            *names = Arc::new(newer);
        }
        Ok(())
    }
}
