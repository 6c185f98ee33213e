//! What the sync is told, and what it tells.

use crate::Connection;
use cim_model::{Camera, Datastream, Event, Observation, Thing, UtcMillis};
use std::{path::PathBuf, time::Duration};

/// Where a hub is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HubAddress {
    /// Its HTTP door, for instance `http://127.0.0.1:8090`; for a plain SensorThings server its service root, which ends in `/v1.0` or `/v1.1`.
    pub http: String,
    /// Its MQTT door, for instance `mqtt://127.0.0.1:1884`; when absent, the one that the hub itself names.
    pub mqtt: Option<String>,
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
