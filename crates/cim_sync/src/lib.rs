//! How the desk follows its hub: pages everything in, follows live, notices a dead hub, and catches up by itself.
//!
//! SensorThings 1.0/1.1 over HTTP and MQTT, the camera catalogue, events, and the city's tiles. One task per hub, which sends
//! [`Update`]s through a bounded queue. No SQL and no UI: `cim_app` keeps and shows what arrives here.

pub mod access;
pub mod backoff;
pub mod block;
pub mod cap;
pub mod catalogue;
mod catch_up;
mod city;
mod connection;
mod door;
mod error;
pub mod events;
pub mod exchange;
mod fetch;
pub mod gb28181;
mod history;
mod hub;
mod iso;
mod json;
mod link;
mod markup;
mod mqtt;
pub mod mqtt_payload;
mod outlet;
mod paging;
mod rejection;
pub mod sensorthings;
mod session;
mod settings;
pub mod sources;
mod talk;
mod tiles;
mod video;

pub use connection::{BadStep, Connection, Phase};
pub use error::SyncError;
pub use fetch::{FetchError, WebFile};
pub use link::{SyncHandle, start, start_with_broker, start_without_hub};
pub use markup::is_mostly_utf8;
pub use rejection::Rejection;
pub use settings::{
    Answer, Exchanged, HubAddress, Keeping, Mark, Member, Settings, Standing, Update,
};
pub use tiles::RemoteTiles;
pub use video::{CameraNews, HubVideo, Steering, StreamOffer};
