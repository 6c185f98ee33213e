//! What the sync is told, and what it tells.

use crate::{
    Connection,
    access::Access,
    exchange::{Cursor, Gap, OutboundFact, Outcome, Presence, RemoteFact, SharedView},
    sources::{SourceConfig, SourceHealth},
};
use cim_model::{
    Camera, Datastream, DatastreamId, Event, MinuteDigest, Observation, ObservationBlock, Thing,
    UtcMillis,
};
use std::{future::Future, path::PathBuf, pin::Pin, sync::Arc, time::Duration};
use tokio::sync::Notify;

/// Where a hub is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HubAddress {
    /// Its HTTP door, for instance `http://127.0.0.1:8090`; for a plain SensorThings server its service root, which ends in `/v1.0` or `/v1.1`.
    pub http: String,
    /// Its MQTT door, for instance `mqtt://127.0.0.1:1884`; when absent, the one that the hub itself names.
    pub mqtt: Option<String>,
}

/// An answer that takes a while.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What the sync asks of whoever keeps the history and the facts. Everything that it answers is on disk; `None` when it cannot
/// be read now.
pub trait Keeping: Send + Sync {
    /// Up to where the exchange has come: what [`Update::Exchanged`] told last.
    fn standing(&self) -> Answer<'_, Standing>;
    /// The hub's series that the cache knows.
    fn series(&self) -> Answer<'_, Vec<DatastreamId>>;
    /// The facts that wait for the hub, in the order in which they were made.
    fn waiting(&self) -> Answer<'_, Option<Vec<OutboundFact>>>;
    /// The facts that the hub has, as far as they are known here, in its order.
    fn at_hub(&self) -> Answer<'_, Option<Vec<RemoteFact>>>;
    /// What the history holds of the hub's series in the minutes of `[from, until)`.
    fn digests(&self, from: UtcMillis, until: UtcMillis) -> Answer<'_, Option<Vec<MinuteDigest>>>;
}

/// Up to where the exchange with the hub has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Up to where the hub's changes are known; `None` the first time.
    pub cursor: Option<Cursor>,
    /// Up to where the history was compared with the hub's.
    pub compared: Option<UtcMillis>,
    /// True while a hub that was restored from a backup is given back what it lost.
    pub restoring: bool,
}

/// Who this desk is to the hub.
#[derive(Clone)]
pub struct Member {
    /// The desk's name; the same every time that it starts.
    pub desk: String,
    /// Who sits there.
    pub operator: String,
    /// `desk`, `wall` or `planner`.
    pub mode: String,
    /// Facts and history.
    pub keeping: Arc<dyn Keeping>,
}

impl std::fmt::Debug for Member {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Member")
            .field("desk", &self.desk)
            .finish_non_exhaustive()
    }
}

/// What the sync is told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The hub.
    pub address: HubAddress,
    /// Where the city's tiles go, one folder per edition; `None` leaves them alone.
    pub tile_folder: Option<PathBuf>,
    /// The newest observation that is kept already; what is newer is fetched first.
    pub since: Option<UtcMillis>,
    /// How far back the history is fetched at most.
    pub history: Duration,
    /// The first pause after a failed attempt.
    pub backoff_min: Duration,
    /// The longest pause between two attempts.
    pub backoff_max: Duration,
    /// Decides the jitter of the pauses.
    pub seed: u64,
    /// How the hub knows that it may talk to us, and how we know that it is the hub.
    pub access: Access,
    /// Who this desk is to the hub; `None` only listens.
    pub member: Option<Member>,
    /// Sources beside the hub.
    pub sources: Vec<SourceConfig>,
}

impl Settings {
    /// The usual settings for the hub at `address`: 24 hours of history, pauses from half a second to fifteen seconds, no tiles.
    pub fn new(address: HubAddress) -> Self {
        Self {
            address,
            tile_folder: None,
            since: None,
            history: Duration::from_hours(24),
            backoff_min: Duration::from_millis(500),
            backoff_max: Duration::from_secs(15),
            seed: 0,
            access: Access::default(),
            member: None,
            sources: Vec::new(),
        }
    }
}

/// What the sync tells. Everything may be told twice; nothing is ever taken back.
#[derive(Clone, Debug, PartialEq)]
pub enum Update {
    /// How the desk stands with its hub.
    Connection(Connection),
    /// The hub introduced itself.
    Hub {
        /// Its name; empty when it is a plain SensorThings server.
        name: String,
        /// Its HTTP door; clips and the like are relative to it.
        url: String,
    },
    /// A part of the catalogue: a page of things with their series, or some cameras. Same identity, newer content.
    Catalogue {
        /// Sensing devices.
        things: Vec<Thing>,
        /// Their series.
        datastreams: Vec<Datastream>,
        /// Cameras.
        cameras: Vec<Camera>,
    },
    /// Events, new or changed.
    Events(Vec<Event>),
    /// Observations in no particular order, at most 2 000 at a time.
    Observations(Vec<Observation>),
    /// Many observations in no particular order, without a text for each.
    Block(ObservationBlock),
    /// A source became better or worse.
    Source(SourceHealth),
    /// What the exchange with the hub brought; kept all together or not at all. Everything up to its cursor was told before.
    Exchanged(Exchanged),
    /// Who is at the hub.
    Presence(Vec<Presence>),
    /// A view that somebody shares, or changed.
    Shared(SharedView),
    /// Nothing in itself: says that everything before it was taken in.
    Mark(Mark),
    /// How far the city's tiles have come.
    City {
        /// Where they are.
        folder: PathBuf,
        /// Files that are there and whole.
        fetched: u32,
        /// Files in all.
        total: u32,
        /// True when every file is there: the folder is a city.
        complete: bool,
    },
    /// Something that arrived could not be used; the rest went on.
    Rejected {
        /// The address, topic or file that it came from.
        source: String,
        /// Where in it.
        place: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// What one step of the exchange with the hub brought.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exchanged {
    /// Facts that the hub has, ours and those of others.
    pub facts: Vec<RemoteFact>,
    /// What the hub said to facts of ours.
    pub outcomes: Vec<Outcome>,
    /// Stretches that miss something, or did.
    pub gaps: Vec<Gap>,
    /// Up to where the hub's changes are known now.
    pub cursor: Option<Cursor>,
    /// Up to where the history was compared with the hub's.
    pub compared: Option<UtcMillis>,
    /// Facts that the hub had and has no more: they wait again.
    pub requeued: Vec<String>,
    /// Whether a restored hub is being given back what it lost; `None` when that did not change.
    pub restoring: Option<bool>,
}

/// A word that everything told before it was taken in.
#[derive(Clone, Debug, Default)]
pub struct Mark(Arc<Notify>);

impl Mark {
    /// Everything before the mark was taken in.
    pub fn reached(&self) {
        self.0.notify_one();
    }

    pub(crate) async fn wait(&self) {
        self.0.notified().await;
    }
}

impl PartialEq for Mark {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}
