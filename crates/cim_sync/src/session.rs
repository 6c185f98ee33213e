//! One stay with the hub: find out who it is, catch up, follow live, until it stops answering.
//!
//! Messages are subscribed to first and wait while the catalogue and the missed observations are fetched, so that nothing falls
//! between the two. While live, a short question every two seconds finds a dead hub even when an outside broker lives on.

use crate::{
    Connection, Member, Phase, Rejection, Settings, SyncError, Update,
    block::SeriesNames,
    catch_up, city,
    door::{Door, folder_address},
    history::{self, Form, Missed, Recent},
    hub::{self, Hub},
    link::Wish,
    mqtt::{self, Batch, Follower, LinkEvent, Route, Sessions, Spoken},
    mqtt_payload,
    outlet::Outlet,
    sources::HealthTracker,
    talk::{self, Talk, Word},
};
use cim_model::{DatastreamId, Observation, ObservationBlock, UtcMillis};
use reqwest::Url;
use std::{
    collections::{BTreeSet, VecDeque},
    convert::Infallible,
    sync::Arc,
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
/// The hub as a source: what it is called, and how often something comes from it at least, seconds.
const HUB: &str = "hub";
const HUB_PERIOD_S: f64 = 10.0;
/// How far back what was noticed now may have been missed, seconds.
const DOUBT_S: f64 = 60.0;
/// The hub's own topics begin so.
const HUB_TOPICS: &str = "citymirror/";

/// What a desk remembers from one stay to the next.
pub(crate) struct Desk {
    pub(crate) settings: Settings,
    pub(crate) out: Outlet,
    pub(crate) door: Door,
    pub(crate) connection: Connection,
    /// The newest moment that was delivered, never ahead of now.
    pub(crate) newest: Option<UtcMillis>,
    /// From where on observations are still to be fetched; `None` once all were. Values that arrive meanwhile are newer.
    pub(crate) missed_from: Option<Missed>,
    /// What the hub's event list goes on from.
    pub(crate) events_cursor: Option<i64>,
    /// The series that the hub listed.
    pub(crate) known: BTreeSet<DatastreamId>,
    /// In which form the server gives observations.
    pub(crate) form: Form,
    pub(crate) recent: Recent,
    /// What the owner of the sync wants.
    wishes: mpsc::Receiver<Wish>,
    /// The name under which the broker knows this desk.
    pub(crate) client_id: String,
    /// True once this stay went live.
    pub(crate) was_live: bool,
    listed_at: Option<Instant>,
    /// True once every thing was listed in the life of this sync, or the cache knew them.
    pub(crate) knows_things: bool,
    /// How the hub as a source is.
    health: HealthTracker,
    /// The series that the broker brought, and which of them nobody listed.
    met: Met,
    /// The series that pages of observations named.
    pub(crate) names: SeriesNames,
    /// The exchange with the hub of this stay; `None` with a plain server.
    pub(crate) talk: Option<Talk>,
    /// Which version of MQTT the broker speaks, once that is known.
    spoken: Spoken,
}

/// Series of the newest block, and which of them the hub never listed.
struct Met {
    series: Arc<[DatastreamId]>,
    unknown: Vec<bool>,
}

impl Default for Met {
    fn default() -> Self {
        Self {
            series: Arc::from([]),
            unknown: Vec::new(),
        }
    }
}

impl Desk {
    pub(crate) fn new(
        settings: Settings,
        out: Outlet,
        wishes: mpsc::Receiver<Wish>,
        client_id: String,
    ) -> Result<Self, SyncError> {
        let health = HealthTracker::new(HUB, HUB, HUB, &settings.address.http, HUB_PERIOD_S);
        Ok(Self {
            newest: settings.since,
            missed_from: None,
            door: Door::with_access(&settings.access)?
                .at_home(&folder_address(&settings.address.http)?),
            settings,
            out,
            connection: Connection::Connecting,
            events_cursor: None,
            known: BTreeSet::new(),
            form: Form::FIRST,
            recent: Recent::default(),
            wishes,
            client_id,
            was_live: false,
            listed_at: None,
            knows_things: false,
            health,
            met: Met::default(),
            names: SeriesNames::new(),
            talk: None,
            spoken: Spoken::default(),
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
    pub(crate) async fn progress(&mut self, phase: Phase, done: u32) -> Result<(), SyncError> {
        match self.connection {
            Connection::CatchingUp {
                done: before,
                total,
                phase: former,
            } if before < done || former != phase => {
                self.report(Connection::CatchingUp {
                    done: done.min(total),
                    total,
                    phase,
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

    /// Passes many observations on.
    pub(crate) async fn deliver_block(&mut self, block: ObservationBlock) -> Result<(), SyncError> {
        let now = self.out.now();
        let newest = block.rows.iter().map(|row| row.happened_at).max();
        let Some(newest) = newest else {
            return Ok(());
        };
        // A source whose clock runs ahead must not make the next catching up begin in the future.
        self.newest = self.newest.max(Some(newest.min(now)));
        self.out.send(Update::Block(block)).await
    }

    /// Tells how the hub is as a source, when there is something to tell.
    pub(crate) async fn tell_health(&mut self) -> Result<(), SyncError> {
        match self.health.look(self.out.now()) {
            Some(health) => self.out.send(Update::Source(health)).await,
            None => Ok(()),
        }
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
    async fn take(&mut self, mut batch: Batch, hub: &Hub) -> Result<(), SyncError> {
        self.hand_over(&mut batch);
        let rejected = batch.rejected.len() as u64;
        if rejected > 0 {
            self.health.rejected(rejected);
        }
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
        let listed_lately = self
            .listed_at
            .is_some_and(|listed| listed.elapsed() < LIST_AGAIN_AFTER);
        if !listed_lately && self.has_unknown(&batch.observations) {
            self.listed_at = Some(Instant::now());
            let listed = catch_up::list_things(self, hub).await;
            self.survive("Things", listed).await?;
            // What was unknown may be known now.
            self.met = Met::default();
        }
        let moments = || batch.observations.rows.iter().map(|row| row.happened_at);
        if let (Some(newest), Some(oldest)) = (moments().max(), moments().min()) {
            let count = batch.observations.len() as u64;
            self.health
                .arrived_many(newest, oldest, count, self.out.now());
        }
        self.deliver_block(batch.observations).await
    }

    /// True when a row is of a series that the hub never listed. Each name is looked up once.
    fn has_unknown(&mut self, block: &ObservationBlock) -> bool {
        if !Arc::ptr_eq(&self.met.series, &block.series) {
            let known = &self.known;
            self.met.unknown = block.series.iter().map(|id| !known.contains(id)).collect();
            self.met.series = Arc::clone(&block.series);
        }
        block.rows.iter().any(|row| {
            let is_unknown = self.met.unknown.get(row.series as usize);
            is_unknown.copied().unwrap_or(false)
        })
    }

    /// Hands messages on the hub's own topics to the talk with it.
    fn hand_over(&self, batch: &mut Batch) {
        let Some(talk) = &self.talk else {
            return;
        };
        for message in batch.unread.drain(..) {
            // A message that finds no room is not missed: the next head tells that there is more.
            talk.words.try_send(Word::Message(message)).ok();
        }
        if batch.missed > 0 {
            self.doubt();
        }
    }

    fn tell_talk(&self, word: Word) {
        if let Some(talk) = &self.talk {
            talk.words.try_send(word).ok();
        }
    }

    /// Takes up the series that the cache knows already: what it knows need not be listed again.
    async fn learn_series(&mut self, member: &Member) {
        if !self.known.is_empty() {
            return;
        }
        let has_cursor = member.keeping.standing().await.cursor.is_some();
        if has_cursor {
            self.known.extend(member.keeping.series().await);
            self.knows_things = !self.known.is_empty();
        }
    }

    /// Observations may be missing from about now on.
    fn doubt(&self) {
        if let Some(talk) = &self.talk {
            let from = self.out.now().plus_seconds(-DOUBT_S);
            talk.words.try_send(Word::Doubt(from)).ok();
        }
    }
}

/// Stays with the hub until it is gone; returns why.
pub(crate) async fn stay(desk: &mut Desk, tasks: &mut JoinSet<()>) -> SyncError {
    desk.was_live = false;
    let error = match arrive_and_stay(desk, tasks).await {
        Ok(never) => match never {},
        Err(error) => error,
    };
    if desk.talk.as_ref().is_some_and(Talk::has_changed) {
        desk.knows_things = false;
    }
    desk.talk = None;
    let now = desk.out.now();
    desk.health.failed(error.to_string(), now);
    // Whoever does not listen any more need not hear it.
    desk.tell_health().await.ok();
    error
}

async fn arrive_and_stay(
    desk: &mut Desk,
    tasks: &mut JoinSet<()>,
) -> Result<Infallible, SyncError> {
    let hub = hub::describe(&desk.door, &desk.settings.address).await?;
    desk.health.answered(desk.out.now());
    desk.tell_health().await?;
    desk.report(Connection::CatchingUp {
        done: 0,
        total: catch_up::STEPS,
        phase: Phase::Changes,
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
    if let (Some(doors), Some(member)) = (&hub.own, desk.settings.member.clone()) {
        desk.learn_series(&member).await;
        let talk = talk::start(
            doors.clone(),
            desk.door.clone(),
            desk.out.clone(),
            member,
            desk.settings.seed,
            tasks,
        );
        desk.talk = Some(talk.await);
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
    let mut filters: Vec<String> = mqtt_payload::FILTERS.map(str::to_owned).to_vec();
    if hub.own.is_some() && desk.settings.member.is_some() {
        filters.retain(|filter| !filter.starts_with(HUB_TOPICS));
        filters.push(format!("{HUB_TOPICS}#"));
    }
    let route = Route {
        address: address.clone(),
        client_id: desk.client_id.clone(),
        // The desk's name stays the same, and so does its session at the broker.
        sessions: if desk.settings.member.is_some() {
            Sessions::Kept
        } else {
            Sessions::Fresh
        },
        filters,
        access: desk.settings.access.clone(),
        spoken: desk.spoken.clone(),
    };
    match mqtt::follow_route(route, &desk.out, tasks) {
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
        batch.observations = ObservationBlock::default();
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
            Some(wish) = desk.wishes.recv() => grant(desk, hub, wish).await?,
            Some(things) = next_changed(&mut desk.talk) => {
                let listed = catch_up::list_changed(desk, hub, things).await;
                if listed.is_err() {
                    desk.knows_things = false;
                }
                desk.survive("Things", listed).await?;
            }
            _ = poll.tick() => {
                desk.out.tell_held().await?;
                // The heart beats: the hub answers.
                desk.health.answered(desk.out.now());
                desk.tell_health().await?;
                let is_up = follower.as_ref().is_some_and(Follower::is_up);
                let has_gap = follower.as_ref().is_some_and(Follower::take_gap);
                if has_gap || follower.as_mut().is_some_and(forgot) {
                    desk.doubt();
                }
                if !is_up || !was_up || has_gap {
                    ask_for_news(desk, hub, !is_up && polls % LATEST_EVERY_POLLS == LATEST_EVERY_POLLS - 1).await?;
                    polls = polls.wrapping_add(1);
                }
                was_up = is_up;
            }
        }
    }
}

/// True when the broker came back without the messages that it was to keep.
fn forgot(follower: &mut Follower) -> bool {
    let is_fresh = |event: &LinkEvent| {
        matches!(
            event,
            LinkEvent::Up {
                session_present: false
            }
        )
    };
    follower.take_links().iter().any(is_fresh)
}

async fn next_changed(talk: &mut Option<Talk>) -> Option<Vec<String>> {
    match talk {
        Some(talk) => talk.next_changed().await,
        None => std::future::pending().await,
    }
}

/// Does what the owner of the sync wants.
async fn grant(desk: &mut Desk, hub: &Hub, wish: Wish) -> Result<(), SyncError> {
    match wish {
        Wish::Stretch(from, until) => {
            let fetched = history::fetch_stretch(desk, &hub.sensorthings, from, Some(until)).await;
            desk.survive("Observations", fetched).await
        }
        Wish::Nudge => {
            desk.tell_talk(Word::Nudge);
            Ok(())
        }
        Wish::Share(view) => {
            desk.tell_talk(Word::Share(view));
            Ok(())
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
    if hub.own.is_some() && desk.talk.is_some() {
        // Events come with the hub's changes.
        return Ok(());
    }
    let listed = catch_up::list_events(desk, hub).await;
    desk.survive("events", listed).await
}
