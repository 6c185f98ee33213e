//! The desk's memory: what is in the city, what it read and when, what happened, and what people did.
//!
//! Values lie in a history of day files, everything else in one file beside them; both are SQLite, and this is the only SQL on
//! the desk. Knows no network and no UI: `cim_sync` brings the facts, `cim_app` asks for the state at a moment.

mod archive;
mod branches;
mod cameras;
mod codec;
mod columns;
mod datastreams;
mod day;
mod digest;
mod error;
mod events;
mod facts;
pub mod faults;
mod file;
mod history;
mod hours;
mod meta;
mod migrations;
mod moments;
mod outbox;
mod previous;
mod row;
mod settings;
mod state_hash;
mod statement;
mod store;
mod things;

pub use archive::TileArchive;
pub use branches::Branch;
pub use columns::{Columns, Seen};
pub use datastreams::Names;
pub use day::Damage;
pub use error::StoreError;
pub use facts::Fact;
pub use history::{Bucket, History, Keep};
pub use moments::Moment;
pub use outbox::{
    Conflict, FromHub, HubFact, KnownGap, OutboxCounts, OutboxMark, OutboxRow, OutboxState,
    TakenFact, WaitingFact,
};
pub use row::{DAY_MS, GROUP, HOUR_MS, Knowledge, LATE_MS, MINUTE_MS, NEVER, Row};
pub use state_hash::state_hash;
pub use store::{Appended, Cached, Store};
