//! One stay with the hub: find out who it is, catch up, follow live, until it stops answering.
//!
//! Messages are subscribed to first and wait while the catalogue and the missed observations are fetched, so that nothing falls
//! between the two. While live, a short question every two seconds finds a dead hub even when an outside broker lives on.

use crate::{
    Connection, Rejection, Settings, SyncError, Update, catch_up, city,
    door::Door,
    history::{self, Form, Recent},
    hub::{self, Hub},
    link::Stretch,
    mqtt::{self, Batch, Follower},
    outlet::Outlet,
};
use cim_model::{DatastreamId, Observation, UtcMillis};
use reqwest::Url;
use std::{
    collections::{BTreeSet, VecDeque},
    convert::Infallible,
    time::Duration,
};
use tokio::{
    pin, select,
    sync::mpsc,
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval, sleep},
};

/// How often a living hub is asked whether it lives.
pub(crate) const HEARTBEAT_EVERY: Duration = Duration::from_secs(2);
/// How soon it is asked again after no answer.
const HEARTBEAT_AGAIN: Duration = Duration::from_millis(250);
/// How many unanswered questions make it dead.
const HEARTBEATS_MISSED: u32 = 2;
/// How often observations are asked for while no broker brings them.
const POLL_EVERY: Duration = Duration::from_secs(5);
/// Every how many polls the newest value of each series is asked for: it finds values that arrive out of order.
const LATEST_EVERY_POLLS: u32 = 6;
/// How often the catalogue is listed again because an unknown series reported.
const LIST_AGAIN_AFTER: Duration = Duration::from_secs(30);
/// How long the subscription may take before catching up begins without it.
const SUBSCRIBE_PATIENCE: Duration = Duration::from_secs(2);
/// How many observations wait while catching up; then the oldest are left to the history, which holds them too.
const BUFFERED_OBSERVATIONS: usize = 200_000;

/// What a desk remembers from one stay to the next.
pub(crate) struct Desk {
    pub(crate) settings: Settings,
    pub(crate) out: Outlet,
    pub(crate) door: Door,
    pub(crate) connection: Connection,
    /// The newest moment that was delivered, never ahead of now.
    pub(crate) newest: Option<UtcMillis>,
    /// What the hub's event list goes on from.
    pub(crate) events_cursor: Option<i64>,
    /// The series that the hub listed.
    pub(crate) known: BTreeSet<DatastreamId>,
    /// In which form the server gives observations.
    pub(crate) form: Form,
    pub(crate) recent: Recent,
    /// Stretches that somebody wants once more.
    wishes: mpsc::Receiver<Stretch>,
    /// The name under which the broker knows this desk.
    pub(crate) client_id: String,
    /// True once this stay went live.
    pub(crate) was_live: bool,
    listed_at: Option<Instant>,
}

impl Desk {
    pub(crate) fn new(
        settings: Settings,
        out: Outlet,
        wishes: mpsc::Receiver<Stretch>,
        client_id: String,
    ) -> Result<Self, SyncError> {
        Ok(Self {
            newest: settings.since,
            settings,
            out,
            door: Door::new()?,
            connection: Connection::Connecting,
            events_cursor: None,
            known: BTreeSet::new(),
            form: Form::DataArray,
            recent: Recent::default(),
            wishes,
            client_id,
            was_live: false,
            listed_at: None,
        })
    }

    /// Steps to `to` and tells it.
    pub(crate) async fn report(&mut self, to: Connection) -> Result<(), SyncError> {
        self.connection = self.connection.step(to)?;
        self.out
            .send(Update::Connection(self.connection.clone()))
            .await
    }

    /// Tells how far catching up has come, when it goes on and when it has moved.
    pub(crate) async fn progress(&mut self, done: u32) -> Result<(), SyncError> {
        match self.connection {
            Connection::CatchingUp {
                done: before,
                total,
            } if before < done => {
                self.report(Connection::CatchingUp {
                    done: done.min(total),
                    total,
                })
                .await
            }
            _ => Ok(()),
        }
    }

    /// Passes observations on.
    pub(crate) async fn deliver(
        &mut self,
        observations: Vec<Observation>,
    ) -> Result<(), SyncError> {
        let now = self.out.now();
        // A source whose clock runs ahead must not make the next catching up begin in the future.
        let newest = observations
            .iter()
            .map(|observation| observation.happened_at.min(now))
            .max();
        self.out.send_observations(observations).await?;
        self.newest = self.newest.max(newest);
        Ok(())
    }

    /// Lets the stay go on after an answer that could not be had; ends it when nobody listens.
    pub(crate) async fn survive(
        &self,
        what: &str,
        outcome: Result<(), SyncError>,
    ) -> Result<(), SyncError> {
        match outcome {
            Ok(()) => Ok(()),
            Err(error @ (SyncError::Unheard | SyncError::BadStep(_))) => Err(error),
            Err(error) => {
                self.out
                    .reject(what, Rejection::new("answer", error.to_string()))
                    .await
            }
        }
    }

    /// Passes on what the broker brought; an unknown series first has the catalogue listed again.
    async fn take(&mut self, batch: Batch, hub: &Hub) -> Result<(), SyncError> {
        for (topic, rejection) in batch.rejected {
            self.out.reject(&topic, rejection).await?;
        }
        if !batch.cameras.is_empty() {
            let cameras = batch.cameras;
            self.out
                .send(Update::Catalogue {
                    things: Vec::new(),
                    datastreams: Vec::new(),
                    cameras,
                })
                .await?;
        }
        if !batch.events.is_empty() {
            self.out.send(Update::Events(batch.events)).await?;
        }
        let is_unknown = |observation: &Observation| !self.known.contains(&observation.datastream);
        let listed_lately = self
            .listed_at
            .is_some_and(|listed| listed.elapsed() < LIST_AGAIN_AFTER);
        if !listed_lately && batch.observations.iter().any(is_unknown) {
            self.listed_at = Some(Instant::now());
            let listed = catch_up::list_things(self, hub).await;
            self.survive("Things", listed).await?;
        }
        self.deliver(batch.observations).await
    }
}

/// Stays with the hub until it is gone; returns why.
pub(crate) async fn stay(desk: &mut Desk, tasks: &mut JoinSet<()>) -> SyncError {
    desk.was_live = false;
    match arrive_and_stay(desk, tasks).await {
        Ok(never) => match never {},
        Err(error) => error,
    }
}

async fn arrive_and_stay(
    desk: &mut Desk,
    tasks: &mut JoinSet<()>,
) -> Result<Infallible, SyncError> {
    let hub = hub::describe(&desk.door, &desk.settings.address).await?;
    desk.report(Connection::CatchingUp {
        done: 0,
        total: catch_up::STEPS,
    })
    .await?;
    desk.out
        .send(Update::Hub {
            name: hub.name.clone(),
            url: hub.http.to_string(),
        })
        .await?;
    let (door, heart) = (desk.door.clone(), hub.heart.clone());
    select! {
        error = watch_heart(&door, &heart) => Err(error),
        outcome = catch_up_and_follow(desk, &hub, tasks) => outcome,
    }
}

/// Asks the hub whether it lives until it does not; returns that.
async fn watch_heart(door: &Door, heart: &Url) -> SyncError {
    let mut missed = 0;
    while missed < HEARTBEATS_MISSED {
        sleep(if missed == 0 {
            HEARTBEAT_EVERY
        } else {
            HEARTBEAT_AGAIN
        })
        .await;
        match door.knock(heart).await {
            Ok(()) => missed = 0,
            Err(error) => {
                tracing::debug!(%error, missed, "no heartbeat");
                missed += 1;
            }
        }
    }
    SyncError::Silent {
        address: heart.to_string(),
    }
}

async fn catch_up_and_follow(
    desk: &mut Desk,
    hub: &Hub,
    tasks: &mut JoinSet<()>,
) -> Result<Infallible, SyncError> {
    let mut follower = follow_broker(desk, hub, tasks).await?;
    if let (Some(address), Some(tiles)) = (&hub.city, &desk.settings.tile_folder) {
        tasks.spawn(city::fetch_city(
            desk.door.clone(),
            desk.out.clone(),
            address.clone(),
            tiles.clone(),
        ));
    }
    let waiting = catch_up_while_messages_wait(desk, hub, &mut follower).await?;
    desk.was_live = true;
    desk.report(Connection::Live).await?;
    for batch in waiting {
        desk.take(batch, hub).await?;
    }
    live(desk, hub, &mut follower).await
}

async fn follow_broker(
    desk: &Desk,
    hub: &Hub,
    tasks: &mut JoinSet<()>,
) -> Result<Option<Follower>, SyncError> {
    let Some(address) = &hub.mqtt else {
        return Ok(None);
    };
    match mqtt::follow(address, &desk.client_id, &desk.out, tasks) {
        Ok(mut follower) => {
            follower.wait_until_up(SUBSCRIBE_PATIENCE).await;
            Ok(Some(follower))
        }
        Err(error) => {
            desk.out
                .reject(address, Rejection::new("address", error.to_string()))
                .await?;
            Ok(None)
        }
    }
}

/// Catches up; what the broker brings meanwhile is returned, oldest first.
async fn catch_up_while_messages_wait(
    desk: &mut Desk,
    hub: &Hub,
    follower: &mut Option<Follower>,
) -> Result<VecDeque<Batch>, SyncError> {
    let mut waiting: VecDeque<Batch> = VecDeque::new();
    let mut observations = 0;
    let catching_up = catch_up::catch_up(desk, hub);
    pin!(catching_up);
    loop {
        select! {
            outcome = &mut catching_up => return outcome.map(|()| waiting),
            batch = next_batch(follower) => {
                observations += batch.observations.len();
                waiting.push_back(batch);
                drop_oldest(&mut waiting, &mut observations);
            }
        }
    }
}

/// Keeps the observations that wait below their limit; events and cameras are few and stay.
fn drop_oldest(waiting: &mut VecDeque<Batch>, observations: &mut usize) {
    for batch in waiting.iter_mut() {
        if *observations <= BUFFERED_OBSERVATIONS {
            return;
        }
        *observations -= batch.observations.len();
        batch.observations = Vec::new();
    }
}

async fn next_batch(follower: &mut Option<Follower>) -> Batch {
    match follower {
        Some(follower) => follower.next_batch().await,
        None => std::future::pending().await,
    }
}

/// Passes on what the broker brings; asks over HTTP while there is no broker, after it was away, and after it was too fast.
async fn live(
    desk: &mut Desk,
    hub: &Hub,
    follower: &mut Option<Follower>,
) -> Result<Infallible, SyncError> {
    let mut poll = interval(POLL_EVERY);
    poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut was_up = false;
    let mut polls: u32 = 0;
    loop {
        select! {
            batch = next_batch(follower) => desk.take(batch, hub).await?,
            Some((from, until)) = desk.wishes.recv() => {
                let fetched = history::fetch_stretch(desk, &hub.sensorthings, from, Some(until)).await;
                desk.survive("Observations", fetched).await?;
            }
            _ = poll.tick() => {
                desk.out.tell_held().await?;
                let is_up = follower.as_ref().is_some_and(Follower::is_up);
                let has_gap = follower.as_ref().is_some_and(Follower::take_gap);
                if !is_up || !was_up || has_gap {
                    ask_for_news(desk, hub, !is_up && polls % LATEST_EVERY_POLLS == LATEST_EVERY_POLLS - 1).await?;
                    polls = polls.wrapping_add(1);
                }
                was_up = is_up;
            }
        }
    }
}

async fn ask_for_news(desk: &mut Desk, hub: &Hub, with_latest: bool) -> Result<(), SyncError> {
    let polled = history::poll(desk, &hub.sensorthings).await;
    desk.survive("Observations", polled).await?;
    if with_latest {
        let polled = history::fetch_latest(desk, &hub.sensorthings).await;
        desk.survive("Datastreams", polled).await?;
    }
    let listed = catch_up::list_events(desk, hub).await;
    desk.survive("events", listed).await
}
