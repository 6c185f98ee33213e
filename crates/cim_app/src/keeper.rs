//! The desk's one task: takes what sync brings, writes history, moves the clock and publishes updates.
//!
//! ```text
//!  sync ──Update──► apply ──► Live (in memory) ──► beat, 5 a second: flush to the store,
//!                     │                                 show the clock's moment, publish
//!                     └──► catalogue and events straight to the store
//! ```
//! What the store refuses becomes a problem on the screen; the live view goes on.

use crate::{
    choices::{CHOICES, Choices},
    city::City,
    clock::settled,
    error::with_causes,
    live::{HourAgo, Live, Pending},
    update::build,
    wire::DeskUpdate,
};
use cim_model::{Camera, Datastream, Event, Thing, TimeSource, UtcMillis};
use cim_store::{Fact, KEEP, Store, StoreError};
use cim_sync::{SyncHandle, Update};
use std::{
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    runtime::Handle,
    sync::{mpsc, watch},
    task::JoinHandle,
    time::MissedTickBehavior,
};

/// How often the desk looks whether there is something to publish: at most so often an update goes out.
const BEAT: Duration = Duration::from_millis(200);

/// How often history is pruned, seconds.
const PRUNE_EVERY_S: f64 = 60.0;

/// How far the moment shown moves before the figures of an hour earlier are read again, seconds.
const HOUR_AGO_EVERY_S: f64 = 30.0;

/// How many facts wait for a store that does not take them; beyond it the oldest are lost, and a problem says so.
const MAX_PENDING_FACTS: usize = 10_000;

/// The setting under which the store remembers where the downloaded city lies.
pub(crate) const CITY_FOLDER: &str = "city_folder";

/// Everything that the handles of a desk share.
pub(crate) struct Keeper {
    pub(crate) time: Arc<dyn TimeSource>,
    pub(crate) store: Store,
    runtime: Handle,
    live: Mutex<Live>,
    /// Held while a beat is under way, so that two never mix.
    beat: tokio::sync::Mutex<Beat>,
    updates: watch::Sender<Arc<DeskUpdate>>,
}

/// What one beat leaves for the next.
#[derive(Default)]
struct Beat {
    published_second: Option<i64>,
    past_shown: Option<UtcMillis>,
    hour_ago_asked: Option<UtcMillis>,
    /// The person's choices as the store has them.
    kept: Choices,
    /// Those of the beat before: what still changes is not written down.
    seen: Choices,
}

impl Keeper {
    /// Keeps `live`, writing to `store`.
    pub(crate) fn new(
        time: Arc<dyn TimeSource>,
        store: Store,
        runtime: Handle,
        mut live: Live,
    ) -> Self {
        let first = build(&mut live, time.now());
        let choices = Choices::of(&live);
        let beat = Beat {
            kept: choices.clone(),
            seen: choices,
            ..Beat::default()
        };
        Self {
            time,
            store,
            runtime,
            live: Mutex::new(live),
            beat: tokio::sync::Mutex::new(beat),
            updates: watch::Sender::new(Arc::new(first)),
        }
    }

    /// Where work that takes long is done.
    pub(crate) fn runtime(&self) -> &Handle {
        &self.runtime
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
                self.apply_catalogue(things, datastreams, cameras).await;
            }
            Update::Events(events) => self.apply_events(events).await,
            Update::Observations(observations) => self.live().apply_observations(observations, now),
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
        let mut beat = self.beat.lock().await;
        let now = self.time.now();
        self.flush(now).await;
        let moment = self.show_moment(&mut beat, now).await;
        self.look_an_hour_back(&mut beat, moment).await;
        self.remember(&mut beat).await;
        self.publish(&mut beat, now);
    }

    /// Reads the city in `folder` and shows it; what is wrong with it becomes problems. True when there is a city now.
    pub(crate) async fn open_city(&self, folder: PathBuf) -> bool {
        let place = folder.display().to_string();
        let read = self
            .runtime
            .spawn_blocking(move || City::read(&folder))
            .await;
        let now = self.time.now();
        let mut live = self.live();
        match read {
            Ok(Ok((city, problems))) => {
                for problem in problems {
                    live.add_problem(now, problem.source, problem.place, problem.reason);
                }
                live.city = Some(Arc::new(city));
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

    /// Shows a refusal of the store.
    pub(crate) fn tell(&self, error: &StoreError) {
        tracing::warn!(error = %with_causes(error), "the live view goes on without the cache");
        let now = self.time.now();
        self.live()
            .add_problem(now, "cache".to_owned(), String::new(), with_causes(error));
    }

    async fn apply_catalogue(
        &self,
        things: Vec<Thing>,
        datastreams: Vec<Datastream>,
        cameras: Vec<Camera>,
    ) {
        // First to the store: observations can only be kept for series that it knows.
        if let Err(error) = self
            .store
            .save_catalogue(&things, &datastreams, &cameras)
            .await
        {
            self.tell(&error);
        }
        self.live().apply_catalogue(things, datastreams, cameras);
    }

    async fn apply_events(&self, events: Vec<Event>) {
        if let Err(error) = self.store.save_events(&events).await {
            self.tell(&error);
        }
        self.live().apply_events(events);
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

    /// Takes to the store what waits for it; what is refused waits again.
    async fn flush(&self, now: UtcMillis) {
        let Pending {
            observations,
            facts,
        } = std::mem::take(&mut self.live().pending);
        if !observations.is_empty()
            && let Err(error) = self.store.append(&observations).await
        {
            self.tell(&error);
            self.live().put_back(observations, now);
        }
        let mut refused: Vec<Fact> = Vec::new();
        for fact in facts {
            if let Err(error) = self.store.save_fact(&fact).await {
                self.tell(&error);
                refused.push(fact);
            }
        }
        if !refused.is_empty() {
            self.put_back_facts(refused, now);
        }
    }

    fn put_back_facts(&self, mut refused: Vec<Fact>, now: UtcMillis) {
        let mut live = self.live();
        refused.append(&mut live.pending.facts);
        let too_many = refused.len().saturating_sub(MAX_PENDING_FACTS);
        if too_many > 0 {
            refused.drain(..too_many);
            let reason = format!("{too_many} facts about alarms could not be written down");
            live.add_problem(now, "cache".to_owned(), "facts".to_owned(), reason);
        }
        live.pending.facts = refused;
    }

    /// Shows the readings of the clock's moment, and returns it.
    async fn show_moment(&self, beat: &mut Beat, now: UtcMillis) -> UtcMillis {
        let (is_live, moment) = {
            let mut live = self.live();
            let clock = settled(live.clock, now);
            if clock != live.clock {
                live.clock = clock;
                live.changed = true;
            }
            (clock.is_live(), clock.moment(now))
        };
        if is_live {
            if beat.past_shown.take().is_some() {
                let mut live = self.live();
                live.state.show_live();
                live.changed = true;
            }
            return moment;
        }
        if beat.past_shown == Some(moment) {
            return moment;
        }
        let then = match self.store.latest_at(moment).await {
            Ok(observations) => observations,
            Err(error) => {
                // Nothing is known of that moment; the present must not be taken for it.
                self.tell(&error);
                Vec::new()
            }
        };
        let mut live = self.live();
        live.state.show_past(&then);
        live.past_moment = moment;
        live.changed = true;
        beat.past_shown = Some(moment);
        moment
    }

    async fn look_an_hour_back(&self, beat: &mut Beat, moment: UtcMillis) {
        let then = moment.plus_seconds(-3_600.0);
        if beat
            .hour_ago_asked
            .is_some_and(|asked| then.seconds_since(asked).abs() < HOUR_AGO_EVERY_S)
        {
            return;
        }
        beat.hour_ago_asked = Some(then);
        match self.store.latest_at(then).await {
            Ok(observations) => {
                let mut live = self.live();
                let readings = live.state.readings_of(&observations);
                live.hour_ago = Some(HourAgo { at: then, readings });
            }
            Err(error) => {
                self.tell(&error);
                self.live().hour_ago = None;
            }
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

    /// Lets history older than a day go. Its own task: appends go on in between.
    fn start_pruning(self: &Arc<Self>) -> JoinHandle<()> {
        let keeper = Arc::clone(self);
        self.runtime.spawn(async move {
            let older_than = keeper.time.now().plus_seconds(-KEEP.as_secs_f64());
            match keeper.store.prune(older_than).await {
                Ok(()) => {
                    let mut live = keeper.live();
                    live.history_from = live.history_from.map(|oldest| oldest.max(older_than));
                }
                Err(error) => keeper.tell(&error),
            }
        })
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
async fn told_to_stop(stop: &mut watch::Receiver<bool>) {
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
    let mut beat = tokio::time::interval(BEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut is_fed = sync.is_some();
    let mut pruned_at = keeper.time.now();
    let mut pruning: Option<JoinHandle<()>> = None;
    loop {
        tokio::select! {
            () = told_to_stop(&mut stop) => break,
            update = updates.recv(), if is_fed => match update {
                Some(update) => keeper.apply(update).await,
                None => is_fed = false,
            },
            _ = beat.tick() => {
                keeper.refresh().await;
                // A recording is kept as it is: only a desk with a hub lets its past go.
                let now = keeper.time.now();
                let is_idle = pruning.as_ref().is_none_or(JoinHandle::is_finished);
                if sync.is_some() && is_idle && now.seconds_since(pruned_at) >= PRUNE_EVERY_S {
                    pruned_at = now;
                    pruning = Some(keeper.start_pruning());
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
    if let Some(pruning) = pruning
        && let Err(error) = pruning.await
    {
        tracing::warn!(%error, "pruning did not end well");
    }
    keeper.refresh().await;
    keeper.write_choices().await;
    keeper.store.clone().close().await;
}
