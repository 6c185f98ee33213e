//! The desk's history in one SQLite file: what is in the city, what it read and when, and what people did.
//!
//! The only SQL on the desk. Knows no network and no UI: `cim_sync` brings the facts, `cim_app` asks for the state at a moment.

mod activity;
mod archive;
mod cameras;
mod datastreams;
mod error;
mod events;
mod facts;
mod file;
mod latest;
mod migrations;
mod minute;
mod raw;
mod settings;
mod statement;
mod store;
mod things;

pub use archive::TileArchive;
pub use error::StoreError;
pub use facts::Fact;
pub use store::{Appended, Bucket, Cached, KEEP, RAW_KEEP, Store};
