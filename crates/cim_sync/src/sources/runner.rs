//! Keeps the sources: one task each, which asks or listens, tells what is new, and judges how the source stands.
//!
//! A source that fails is asked again after a growing pause; the others do not notice.

use super::{
    HealthTracker, Mapping, Parsed, SourceConfig, SourceKind,
    fetch::{Feed, Page},
    follower::{Renamer, know_series, settings_of, tell_moments},
    news::News,
    topics::read_message,
};
use crate::{
    Rejection, SyncError, Update,
    backoff::{Backoff, Dice},
    mqtt::{self, Heard, LinkEvent, Route, Sessions, Spoken},
    outlet::Outlet,
};
use cim_model::{Observation, Thing, ThingId, TimeSource, UtcMillis};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{mpsc, watch},
    task::{JoinHandle, JoinSet},
    time::sleep,
};

/// How often health is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Within how long all sources are asked for the first time: not all in one instant.
const FIRST_WITHIN_S: f64 = 1.0;
const PAUSES: Backoff = Backoff {
    min: Duration::from_secs(1),
    max: Duration::from_mins(1),
};
/// How many devices or series one update carries at most.
const ITEMS_PER_UPDATE: usize = 2_000;
/// How many devices of a broker are remembered as told.
const MAX_KNOWN: usize = 1_000_000;
/// How many updates of a followed server may wait.
const UPDATES_WAITING: usize = 64;

/// The owner's end of running sources. Dropping it stops them without waiting.
#[derive(Debug)]
pub struct SourcesHandle {
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl SourcesHandle {
    /// Stops the sources and waits until all of their tasks have ended.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        for task in self.tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "a source did not end as it should");
            }
        }
    }
}

/// Begins to follow `configs`; call it inside a Tokio runtime. Everything arrives through `updates`, whose length sets the
/// pace; each source tells its health as [`Update::Source`], at least every five seconds.
pub fn start_sources(
    configs: Vec<SourceConfig>,
    time: Arc<dyn TimeSource>,
    updates: mpsc::Sender<Update>,
) -> SourcesHandle {
    let (stop, _) = watch::channel(false);
    let mut seeds = Dice::new(time.now().0.unsigned_abs() ^ u64::from(std::process::id()));
    let tasks = configs
        .into_iter()
        .map(|config| {
            let stopped = stop.subscribe();
            let keeper = Keeper::new(
                config,
                Arc::clone(&time),
                updates.clone(),
                Dice::new(seeds.next_number()),
            );
            tokio::spawn(async move {
                tokio::select! {
                    () = until_stopped(stopped) => {}
                    () = keeper.keep() => {}
                }
            })
        })
        .collect();
    SourcesHandle { stop, tasks }
}

async fn until_stopped(mut stopped: watch::Receiver<bool>) {
    // An error means that the handle was dropped; that stops the source as well.
    stopped.wait_for(|stop| *stop).await.map(|_| ()).ok();
}

/// Why a round ended early.
enum End {
    Unheard,
    Failed(String),
}

impl From<SyncError> for End {
    fn from(error: SyncError) -> Self {
        match error {
            SyncError::Unheard => Self::Unheard,
            other => Self::Failed(other.to_string()),
        }
    }
}

/// Keeps one source.
struct Keeper {
    config: SourceConfig,
    time: Arc<dyn TimeSource>,
    out: Outlet,
    dice: Dice,
    health: Arc<Mutex<HealthTracker>>,
}

impl Keeper {
    fn new(
        config: SourceConfig,
        time: Arc<dyn TimeSource>,
        updates: mpsc::Sender<Update>,
        dice: Dice,
    ) -> Self {
        let tracker = HealthTracker::new(
            &config.id,
            &config.name,
            config.kind.as_str(),
            &config.address,
            config.period_s,
        );
        Self {
            config,
            out: Outlet::new(updates, Arc::clone(&time)),
            time,
            dice,
            health: Arc::new(Mutex::new(tracker)),
        }
    }

    async fn keep(mut self) {
        if !self.config.enabled {
            locked(&self.health).set_off(true);
            let told = locked(&self.health).look(self.out.now());
            if let Some(health) = told {
                // Nobody listens any more: then nobody misses it either.
                self.out.send(Update::Source(health)).await.ok();
            }
            return;
        }
        let (health, out) = (Arc::clone(&self.health), self.out.clone());
        tokio::select! {
            () = tell_health(&health, &out) => {}
            () = self.work() => {}
        }
    }

    async fn work(&mut self) {
        sleep(Duration::from_secs_f64(
            FIRST_WITHIN_S * self.dice.fraction(),
        ))
        .await;
        match self.config.kind {
            SourceKind::SensorThings => self.follow().await,
            SourceKind::Mqtt => self.listen().await,
            _ => self.ask().await,
        }
    }

    /// Asks again and again, until nobody listens any more.
    async fn ask(&mut self) {
        let mut feed = None;
        let mut news = News::default();
        let mut failed = 0;
        loop {
            match self.round(&mut feed, &mut news).await {
                Ok(()) => {
                    failed = 0;
                    news.end_round();
                }
                Err(End::Unheard) => return,
                Err(End::Failed(reason)) => {
                    failed += 1;
                    news.forget_round();
                    if let Some(feed) = &mut feed {
                        feed.forget_versions();
                    }
                    locked(&self.health).failed(reason, self.out.now());
                }
            }
            if self.out.tell_held().await.is_err() {
                return;
            }
            let pause = if failed > 0 {
                PAUSES.pause(failed, &mut self.dice)
            } else {
                usual_pause(self.config.period_s, &mut self.dice)
            };
            sleep(pause).await;
        }
    }

    async fn round(&mut self, feed: &mut Option<Feed>, news: &mut News) -> Result<(), End> {
        let feed = match feed {
            Some(feed) => feed,
            None => feed.insert(Feed::new(self.config.clone())?),
        };
        feed.begin(self.out.now());
        loop {
            let page = feed.next_page(self.out.now()).await;
            match page.map_err(|error| End::Failed(error.to_string()))? {
                Some(page) => self.take(page, news).await?,
                None => return Ok(()),
            }
        }
    }

    async fn take(&mut self, page: Page, news: &mut News) -> Result<(), End> {
        let now = self.out.now();
        let mut parsed = page.parsed;
        if page.is_unchanged {
            news.keep();
        }
        {
            let mut health = locked(&self.health);
            health.answered(now);
            health.rejected(parsed.rejected_count());
            know_series(
                &parsed.things,
                &parsed.datastreams,
                &self.config.layer,
                &mut health,
            );
            if page.tileset.is_some() {
                health.arrived_plain(parsed.records, now);
            }
        }
        news.sift(&mut parsed);
        self.tell(parsed, &page.address, now).await?;
        Ok(())
    }

    /// Tells what is new, and notes it as arrived.
    async fn tell(&self, parsed: Parsed, address: &str, now: UtcMillis) -> Result<(), SyncError> {
        {
            let mut health = locked(&self.health);
            let plain = parsed.things.len() + parsed.cameras.len() + parsed.events.len();
            if plain > 0 {
                health.arrived_plain(plain as u64, now);
            }
            note_values(&parsed.observations, &mut health, now);
        }
        let name = format!("{}: {address}", self.config.id);
        self.out.reject_all(&name, parsed.rejected).await?;
        if parsed.rejected_more > 0 {
            let reason = format!("{} more could not be used", parsed.rejected_more);
            self.out.reject(&name, Rejection::new("", reason)).await?;
        }
        let mut things = parsed.things.into_iter();
        let mut datastreams = parsed.datastreams.into_iter();
        let mut cameras = parsed.cameras.into_iter();
        loop {
            let update = Update::Catalogue {
                things: things.by_ref().take(ITEMS_PER_UPDATE).collect(),
                datastreams: datastreams.by_ref().take(ITEMS_PER_UPDATE).collect(),
                cameras: cameras.by_ref().take(ITEMS_PER_UPDATE).collect(),
            };
            if matches!(&update, Update::Catalogue { things, datastreams, cameras }
                if things.is_empty() && datastreams.is_empty() && cameras.is_empty())
            {
                break;
            }
            self.out.send(update).await?;
        }
        if !parsed.events.is_empty() {
            self.out.send(Update::Events(parsed.events)).await?;
        }
        self.out.send_observations(parsed.observations).await
    }

    /// Follows a SensorThings server as if it were a hub.
    async fn follow(&mut self) {
        let Some(settings) = settings_of(&self.config, self.dice.next_number()) else {
            return;
        };
        let (sender, mut updates) = mpsc::channel(UPDATES_WAITING);
        // Dropped with this task, which stops it.
        let _follower = crate::start(settings, Arc::clone(&self.time), sender);
        let mut renamer = Renamer::new(&self.config);
        while let Some(update) = updates.recv().await {
            let now = self.out.now();
            let told = renamer.take(update, &mut locked(&self.health), now);
            if let Some(update) = told
                && self.out.send(update).await.is_err()
            {
                return;
            }
        }
    }

    /// Listens to a broker, until nobody listens to us any more.
    async fn listen(&mut self) {
        let super::Place::Broker(address) = &self.config.place else {
            return;
        };
        let route = Route {
            address: address.clone(),
            client_id: format!(
                "citymirror-{}-{:016x}",
                self.config.id,
                self.dice.next_number()
            ),
            sessions: Sessions::Fresh,
            filters: self.config.topics.clone(),
            access: self.config.access(),
            spoken: Spoken::default(),
        };
        let mut tasks = JoinSet::new();
        let mut listener = match mqtt::listen(route, &self.out, &mut tasks) {
            Ok(listener) => listener,
            Err(error) => {
                locked(&self.health).failed(error.to_string(), self.out.now());
                // Only another setting helps; the board goes on saying so.
                return std::future::pending().await;
            }
        };
        let mapping = self.config.mapping.clone().unwrap_or_default();
        let mut known = BTreeMap::new();
        loop {
            let outcome = match listener.heard().await {
                Heard::Link(LinkEvent::Up { .. }) => {
                    locked(&self.health).answered(self.out.now());
                    Ok(())
                }
                Heard::Link(LinkEvent::Down { reason }) => {
                    locked(&self.health).failed(reason, self.out.now());
                    Ok(())
                }
                Heard::Message(message) => {
                    let topic = String::from_utf8_lossy(&message.topic);
                    self.take_message(&topic, &message.payload, &mapping, &mut known)
                        .await
                }
            };
            if outcome.is_err() {
                return;
            }
        }
    }

    async fn take_message(
        &self,
        topic: &str,
        payload: &[u8],
        mapping: &Mapping,
        known: &mut BTreeMap<ThingId, Thing>,
    ) -> Result<(), SyncError> {
        let now = self.out.now();
        let (id, period_s) = (&self.config.id, self.config.period_s);
        let mut parsed = match read_message(topic, payload, mapping, id, period_s, now) {
            Ok(parsed) => parsed,
            Err(rejection) => {
                locked(&self.health).rejected(1);
                return self.out.reject(&format!("{id}: {topic}"), rejection).await;
            }
        };
        {
            let mut health = locked(&self.health);
            health.rejected(parsed.rejected_count());
            know_series(
                &parsed.things,
                &parsed.datastreams,
                &self.config.layer,
                &mut health,
            );
        }
        // Every message names its device again; only a device that is new or changed is news.
        parsed.things.retain(|thing| {
            if known.get(&thing.id) == Some(thing) {
                return false;
            }
            if known.len() >= MAX_KNOWN {
                known.pop_first();
            }
            known.insert(thing.id.clone(), thing.clone());
            true
        });
        let told: BTreeSet<&ThingId> = parsed.things.iter().map(|thing| &thing.id).collect();
        parsed
            .datastreams
            .retain(|series| told.contains(&series.thing));
        self.tell(parsed, topic, now).await
    }
}

/// Tells the health of one source, as long as somebody listens.
async fn tell_health(health: &Mutex<HealthTracker>, out: &Outlet) {
    loop {
        let told = locked(health).look(out.now());
        if let Some(told) = told
            && out.send(Update::Source(told)).await.is_err()
        {
            return;
        }
        sleep(LOOK_EVERY).await;
    }
}

fn note_values(observations: &[Observation], health: &mut HealthTracker, now: UtcMillis) {
    for one in observations {
        health.seen(&one.datastream, one.happened_at);
    }
    tell_moments(observations.iter().map(|one| one.happened_at), health, now);
}

/// A period, give or take a tenth: desks that began together do not ask together.
fn usual_pause(period_s: f64, dice: &mut Dice) -> Duration {
    let seconds = period_s * (0.9 + 0.2 * dice.fraction());
    Duration::try_from_secs_f64(seconds).unwrap_or(PAUSES.max)
}

/// A tracker is whole after each of its calls, also after one that panicked.
fn locked(health: &Mutex<HealthTracker>) -> MutexGuard<'_, HealthTracker> {
    health.lock().unwrap_or_else(PoisonError::into_inner)
}
