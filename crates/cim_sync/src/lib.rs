//! How the desk follows its hub: pages everything in, follows live, notices a dead hub, and catches up by itself.
//!
//! SensorThings 1.0/1.1 over HTTP and MQTT, the camera catalogue, events, and the city's tiles. One task per hub, which sends
//! [`Update`]s through a bounded queue. No SQL and no UI: `cim_app` keeps and shows what arrives here.

pub mod backoff;
pub mod catalogue;
mod catch_up;
mod city;
mod connection;
mod door;
mod error;
pub mod events;
mod history;
mod hub;
mod iso;
mod json;
mod link;
mod mqtt;
pub mod mqtt_payload;
mod outlet;
mod paging;
mod rejection;
pub mod sensorthings;
mod session;
mod settings;
mod tiles;

pub use connection::{BadStep, Connection};
pub use error::SyncError;
pub use link::{SyncHandle, start};
pub use rejection::Rejection;
pub use settings::{HubAddress, Settings, Update};
pub use tiles::RemoteTiles;
