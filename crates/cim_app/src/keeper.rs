//! The desk's one task: takes what sync brings, writes history, moves the clock and publishes updates.
//!
//! ```text
//!  sync ──Update──► apply ──► Live (in memory) ──► show, 5 a second and when the clock is moved: the clock's moment, publish
//!                     │              └────────────► flush, 5 a second: rows and facts to the store
//!                     └──► catalogue and events straight to the store      tend: seal, roll, retain
//! ```
//! Three tasks, so that a disk that hangs stops neither the live view nor a person who looks at the past. What the store
//! refuses waits in memory, and the screen says so; the live view goes on.

mod branch;
mod exchange;
mod flush;
mod past;
mod tend;

use crate::{
    alarm_desk::{Around, Played},
    choices::{CHOICES, Choices},
    city::City,
    error::with_causes,
    layers::read_city_packs,
    live::Live,
    update::build,
    video_desk::{RIGHTS_IN_PACK, VideoDesk},
    wire::DeskUpdate,
};
pub(crate) use branch::OpenBranch;
use cim_model::{Camera, Datastream, Event, Thing, TimeSource, UtcMillis};
use cim_store::{Columns, FromHub, Keep, Row, Store, StoreError};
use cim_sync::{Connection, SyncHandle, Update, exchange::SharedView};
use cim_tiles::Problem;
pub(crate) use exchange::SOURCE_MARK;
use flush::Flush;
use past::Asked;
use std::{
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    runtime::Handle,
    sync::{Notify, mpsc, watch},
    time::MissedTickBehavior,
};

/// How often the desk looks whether there is something to publish or to write down.
const BEAT: Duration = Duration::from_millis(200);

/// How long the desk rests after it followed a moved clock: so often a drag is followed at most.
const DRAG_REST: Duration = Duration::from_millis(20);

/// The setting under which the store remembers where the downloaded city lies.
pub(crate) const CITY_FOLDER: &str = "city_folder";

/// Everything that the handles of a desk share.
pub(crate) struct Keeper {
    pub(crate) time: Arc<dyn TimeSource>,
    pub(crate) store: Store,
    /// Cameras: catalogue, rights, coverage, moments, views. With locks of its own.
    pub(crate) video: VideoDesk,
    runtime: Handle,
    live: Mutex<Live>,
    /// Held while a moment is read and shown, so that two never mix.
    beat: tokio::sync::Mutex<Beat>,
    /// Held while something is written down.
    flush: tokio::sync::Mutex<Flush>,
    /// The branch that was looked at last.
    pub(crate) branch: tokio::sync::Mutex<Option<OpenBranch>>,
    /// Devices, series and cameras that are shown and not written down yet.
    listed: Mutex<Listed>,
    /// How much of the past is kept.
    keep: Mutex<Keep>,
    /// Somebody moved the clock.
    moved: Notify,
    /// Something of the history is to be fetched once more.
    refetch: Notify,
    /// Something waits in the outbox.
    nudge: Notify,
    /// What the hub told and the store has not kept yet.
    unkept: tokio::sync::Mutex<FromHub>,
    /// The view to share, newest only.
    share: watch::Sender<Option<SharedView>>,
    updates: watch::Sender<Arc<DeskUpdate>>,
}

/// What a hub listed.
#[derive(Debug, Default)]
struct Listed {
    things: Vec<Thing>,
    datastreams: Vec<Datastream>,
    cameras: Vec<Camera>,
}

impl Listed {
    fn is_empty(&self) -> bool {
        self.things.is_empty() && self.datastreams.is_empty() && self.cameras.is_empty()
    }
}

/// What one beat leaves for the next.
struct Beat {
    published_second: Option<i64>,
    /// What is shown of the past; `None` while the present is.
    shown: Option<Asked>,
    /// The moment for which it was counted what became known later, and the second in which that was done.
    counted: Option<Asked>,
    counted_second: Option<i64>,
    /// What ran while the clock played.
    played: Option<Played>,
    hour_ago_asked: Option<UtcMillis>,
    hour_ago_second: Option<i64>,
    /// The wall time of the beat before.
    last_now: Option<UtcMillis>,
    /// Buffers that the next reading fills.
    spare: Columns,
    assumed: Columns,
    rows: Vec<Row>,
    /// The person's choices as the store has them.
    kept: Choices,
    /// Those of the beat before: what still changes is not written down.
    seen: Choices,
}

impl Beat {
    fn new(choices: Choices) -> Self {
        Self {
            published_second: None,
            shown: None,
            counted: None,
            counted_second: None,
            played: None,
            hour_ago_asked: None,
            hour_ago_second: None,
            last_now: None,
            spare: Columns::new(),
            assumed: Columns::new(),
            rows: Vec::new(),
            kept: choices.clone(),
            seen: choices,
        }
    }
}

impl Keeper {
    /// Keeps `live`, writing to `store`.
    pub(crate) fn new(
        time: Arc<dyn TimeSource>,
        store: Store,
        runtime: Handle,
        mut live: Live,
        (keep, video): (Keep, VideoDesk),
    ) -> Self {
        live.history.keep_days = keep.days;
        live.history.keep_bytes = keep.bytes;
        let first = build(&mut live, time.now());
        let beat = Beat::new(Choices::of(&live));
        Self {
            time,
            store,
            video,
            runtime,
            live: Mutex::new(live),
            beat: tokio::sync::Mutex::new(beat),
            flush: tokio::sync::Mutex::default(),
            branch: tokio::sync::Mutex::default(),
            listed: Mutex::default(),
            keep: Mutex::new(keep),
            moved: Notify::new(),
            refetch: Notify::new(),
            nudge: Notify::new(),
            unkept: tokio::sync::Mutex::default(),
            share: watch::Sender::new(None),
            updates: watch::Sender::new(Arc::new(first)),
        }
    }

    /// How much of the past is kept.
    pub(crate) fn keep(&self) -> Keep {
        *self.keep.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps so much of the past from now on.
    pub(crate) fn set_keep(&self, keep: Keep) {
        *self.keep.lock().unwrap_or_else(PoisonError::into_inner) = keep;
        let mut live = self.live();
        live.history.keep_days = keep.days;
        live.history.keep_bytes = keep.bytes;
        live.changed = true;
    }

    /// The clock was moved: what it shows is read at once. Moves that come while that is done are one.
    pub(crate) fn clock_moved(&self) {
        self.moved.notify_one();
    }

    /// Where work that takes long is done.
    pub(crate) fn runtime(&self) -> &Handle {
        &self.runtime
    }

    /// Shares `view` with those who follow it; only the newest counts.
    pub(crate) fn share(&self, view: SharedView) {
        self.share.send_replace(Some(view));
    }

    /// What the desk knows. Never held while waiting for anything.
    pub(crate) fn live(&self) -> MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The updates as they are published.
    pub(crate) fn watch(&self) -> watch::Receiver<Arc<DeskUpdate>> {
        self.updates.subscribe()
    }

    /// Takes one message.
    pub(crate) async fn apply(&self, update: Update) {
        let now = self.time.now();
        match update {
            Update::Connection(connection) => {
                let mut live = self.live();
                if matches!(connection, Connection::Offline { .. }) {
                    live.exchanged.presence.clear();
                }
                live.connection = connection.into();
                live.changed = true;
            }
            Update::Hub { name, url } => {
                let mut live = self.live();
                live.hub_name = name;
                live.hub_url = Some(url);
                live.changed = true;
            }
            Update::Catalogue {
                things,
                datastreams,
                cameras,
            } => {
                self.apply_catalogue(things, datastreams, cameras);
            }
            Update::Events(events) => self.apply_events(events).await,
            Update::Observations(observations) => self.live().apply_observations(observations, now),
            Update::Block(block) => self.live().apply_block(&block, now),
            Update::Source(health) => {
                let mut live = self.live();
                live.exchanged.sources.insert(health.id.clone(), health);
                live.changed = true;
            }
            Update::Exchanged(brought) => self.take_exchanged(brought).await,
            Update::Mark(mark) => mark.reached(),
            Update::Presence(presence) => {
                let mut live = self.live();
                live.exchanged.presence = presence;
                live.changed = true;
            }
            Update::Shared(view) => {
                let mut live = self.live();
                live.exchanged.shared.insert(view.name.clone(), view);
                live.changed = true;
            }
            Update::City {
                folder,
                complete: true,
                ..
            } => self.open_downloaded_city(folder).await,
            Update::City {
                complete: false, ..
            } => {}
            Update::Rejected {
                source,
                place,
                reason,
            } => self.live().add_problem(now, source, place, reason),
        }
    }

    /// Brings store, clock and lists up to the present moment, and publishes an update if one is due.
    pub(crate) async fn refresh(&self) {
        self.flush().await;
        self.show().await;
    }

    /// Reads the city in `folder` and shows it; what is wrong with it becomes problems. True when there is a city now.
    pub(crate) async fn open_city(&self, folder: PathBuf) -> bool {
        let place = folder.display().to_string();
        let read = self
            .runtime
            .spawn_blocking(move || {
                City::read(&folder).map(|(city, problems)| {
                    let around = Around::read(&folder, city.catalogue().origin.into());
                    (city, problems, read_city_packs(&folder), around)
                })
            })
            .await;
        let now = self.time.now();
        let mut live = self.live();
        match read {
            Ok(Ok((city, mut problems, (packs, wrong), (around, missing)))) => {
                let origin = city.catalogue().origin.into();
                problems.extend(wrong);
                problems.extend(missing);
                problems.extend(live.layers.set_city(packs, origin, city.folder()));
                problems.extend(live.take_rules());
                problems.extend(live.take_plans());
                problems.extend(self.take_rights(&live));
                live.alarms.set_around(around);
                for problem in problems {
                    live.add_problem(now, problem.source, problem.place, problem.reason);
                }
                let city = Arc::new(city);
                live.layers.set_model(Arc::clone(&city));
                live.city = Some(city);
                live.cities_opened += 1;
                live.showing.forget();
                live.changed = true;
                true
            }
            Ok(Err(error)) => {
                live.add_problem(
                    now,
                    error.file().to_owned(),
                    error.place().to_owned(),
                    with_causes(&error),
                );
                false
            }
            Err(error) => {
                live.add_problem(now, place, String::new(), error.to_string());
                false
            }
        }
    }

    /// Takes the rights that the highest pack has instead of those that ship; says what is wrong with them.
    pub(crate) fn take_rights(&self, live: &Live) -> Vec<Problem> {
        let rights = live.layers.rights_text();
        let text = rights
            .as_ref()
            .map(|rights| (rights.text.as_str(), rights.file.as_str()));
        let told = self.video.set_policy(text).into_iter();
        told.map(|reason| Problem {
            source: RIGHTS_IN_PACK.to_owned(),
            place: String::new(),
            reason,
        })
        .collect()
    }

    /// Shows a refusal of the store.
    pub(crate) fn tell(&self, error: &StoreError) {
        tracing::warn!(error = %with_causes(error), "the live view goes on without the cache");
        let now = self.time.now();
        self.live()
            .add_problem(now, "cache".to_owned(), String::new(), with_causes(error));
    }

    fn apply_catalogue(
        &self,
        things: Vec<Thing>,
        datastreams: Vec<Datastream>,
        cameras: Vec<Camera>,
    ) {
        // The map does not wait for the disk. Observations of series that have no number yet wait until the next flush.
        {
            let mut listed = self.listed.lock().unwrap_or_else(PoisonError::into_inner);
            listed.things.extend_from_slice(&things);
            listed.datastreams.extend_from_slice(&datastreams);
            listed.cameras.extend_from_slice(&cameras);
        }
        self.live().apply_catalogue(things, datastreams, cameras);
    }

    async fn apply_events(&self, events: Vec<Event>) {
        let saved = self.store.save_events(&events).await;
        let oldest = events.iter().map(|event| event.happened_at.0).min();
        let now = self.time.now();
        {
            let mut live = self.live();
            live.take_hub_events(&events, now);
            live.apply_events(events);
            live.note_written(oldest, now);
        }
        if let Err(error) = saved {
            self.note_unsaved(&error, |unsaved| unsaved.events = true)
                .await;
        }
    }

    async fn open_downloaded_city(&self, folder: PathBuf) {
        let is_open = self
            .live()
            .city
            .as_ref()
            .is_some_and(|city| city.folder() == folder);
        if is_open {
            // One folder an edition: it is the same city.
            return;
        }
        let remembered = folder.display().to_string();
        if self.open_city(folder).await
            && let Err(error) = self.store.put_setting(CITY_FOLDER, &remembered).await
        {
            self.tell(&error);
        }
    }

    /// Takes the person's choices to the store once they have rested for a beat: a slider passes many values.
    async fn remember(&self, beat: &mut Beat) {
        let choices = Choices::of(&self.live());
        if choices != beat.seen {
            beat.seen = choices;
            return;
        }
        self.write_down(beat).await;
    }

    /// Takes the choices of the last beat to the store when it has others.
    async fn write_down(&self, beat: &mut Beat) {
        if beat.seen == beat.kept {
            return;
        }
        // What is refused is told once, and tried again with the next change.
        beat.kept = beat.seen.clone();
        let text = match serde_json::to_string(&beat.kept) {
            Ok(text) => text,
            Err(error) => {
                tracing::warn!(%error, "the look of the twin is not remembered");
                return;
            }
        };
        if let Err(error) = self.store.put_setting(CHOICES, &text).await {
            self.tell(&error);
        }
    }

    /// Writes down what a person chose last, at once.
    async fn write_choices(&self) {
        let mut beat = self.beat.lock().await;
        beat.seen = Choices::of(&self.live());
        self.write_down(&mut beat).await;
    }

    /// Asks the hub for what turned out to be damaged. What it cannot be asked for now waits for the next damage.
    fn fetch_again(&self, sync: Option<&SyncHandle>) {
        let Some(sync) = sync else {
            return;
        };
        self.live()
            .refetch
            .retain(|(from, until)| !sync.fetch_again(*from, *until));
    }

    /// Publishes when something changed, and once a second anyway: ages grow by themselves.
    fn publish(&self, beat: &mut Beat, now: UtcMillis) {
        let second = Some(now.0.div_euclid(1000));
        let update = {
            let mut live = self.live();
            if !live.changed && beat.published_second == second {
                return;
            }
            live.changed = false;
            build(&mut live, now)
        };
        beat.published_second = second;
        self.updates.send_replace(Arc::new(update));
    }
}

/// What the task works on; it ends when `stop` turns true or its sender is gone, closing sync and store.
pub(crate) struct Work {
    /// Messages of sync.
    pub(crate) updates: mpsc::Receiver<Update>,
    /// Sync itself; `None` without a hub.
    pub(crate) sync: Option<SyncHandle>,
    /// Turns true when the desk closes.
    pub(crate) stop: watch::Receiver<bool>,
}

/// Returns when the desk closes, or when its last handle is gone.
pub(crate) async fn told_to_stop(stop: &mut watch::Receiver<bool>) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        tracing::debug!("every handle of the desk is gone; it closes");
    }
}

/// Runs a desk until it is told to stop.
pub(crate) async fn keep(keeper: Arc<Keeper>, work: Work) {
    let Work {
        mut updates,
        sync,
        mut stop,
    } = work;
    // A recording is kept as it is: only a desk with a hub lets its past go.
    let others = [
        keeper
            .runtime
            .spawn(show_on(Arc::clone(&keeper), stop.clone())),
        keeper
            .runtime
            .spawn(flush::flush_on(Arc::clone(&keeper), stop.clone())),
        keeper.runtime.spawn(tend::tend(
            Arc::clone(&keeper),
            stop.clone(),
            sync.is_some(),
        )),
    ];
    let mut is_fed = sync.is_some();
    let mut shared = keeper.share.subscribe();
    loop {
        tokio::select! {
            () = told_to_stop(&mut stop) => break,
            update = updates.recv(), if is_fed => match update {
                Some(update) => keeper.apply(update).await,
                None => is_fed = false,
            },
            () = keeper.refetch.notified() => keeper.fetch_again(sync.as_ref()),
            () = keeper.nudge.notified() => if let Some(sync) = &sync {
                sync.nudge();
            },
            Ok(()) = shared.changed() => {
                let view = shared.borrow_and_update().clone();
                if let (Some(sync), Some(view)) = (&sync, view) {
                    sync.share(view);
                }
            }
        }
    }
    // No more messages: whoever waits for room in the queue is let go, so that sync can stop.
    updates.close();
    while let Ok(update) = updates.try_recv() {
        keeper.apply(update).await;
    }
    if let Some(sync) = sync {
        sync.stop().await;
    }
    for other in others {
        if let Err(error) = other.await {
            tracing::warn!(%error, "a task of the desk did not end well");
        }
    }
    keeper.retry_now().await;
    keeper.refresh().await;
    keeper.write_choices().await;
    keeper.close_branch().await;
    keeper.store.clone().close().await;
}

/// Shows the clock's moment on every beat, and at once when somebody moves the clock.
async fn show_on(keeper: Arc<Keeper>, mut stop: watch::Receiver<bool>) {
    let mut beat = tokio::time::interval(BEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = told_to_stop(&mut stop) => break,
            // While this moment is read, any number of moves leave one word behind: a drag never queues.
            () = keeper.moved.notified() => {
                keeper.show_moved().await;
                tokio::time::sleep(DRAG_REST).await;
            }
            _ = beat.tick() => keeper.show().await,
        }
    }
}
