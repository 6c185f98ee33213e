//! A stretch of the city's time as one MCAP file: written from the history, read back into one, verified, played.
//!
//! Also tables (CSV, Parquet) of any selection. Knows the history through [`cim_store`] only; no network, no UI.
//!
//! # The file (format version 1)
//! MCAP (<https://mcap.dev/spec>), profile `citymirror`, zstd chunks of about 1 MiB with checksums, message indexes and a
//! summary, so that any MCAP tool opens it. Log times are nanoseconds since 1970 and never go back within a channel.
//!
//! ```text
//! metadata `recording`   format_version, from, to, series, city_zh, city_en, author, made_at       once, first
//! attachments            clips that were at hand, by the clip's path
//! channel `catalogue`    {"thing": …} {"datastream": …} {"camera": …}; a datastream carries its number in this file
//! channel `clips`        which stretches of video there are, with SHA-256 where the file was at hand
//! channel `views`        moments that somebody marked
//! channel `state`        rows of the whole state, at the start and every 10 minutes or sooner
//! channel `facts`        what people did; from a day before the start
//! channel `events`       every version that became known
//! channel `observations` rows of what changed
//! metadata `contents`    how many of each                                                           once
//! metadata `signature`   algorithm, digest_algorithm, digest, signature                             once, last
//! ```
//! Text channels are JSON, one thing a message; the two channels of rows have the encoding `citymirror-rows` (see `rows.rs`
//! for the bytes). Numbers of series are dense, in the order of their identities, so they do not depend on the cache that
//! the recording was made from: the same content gives the same bytes on every machine.
//!
//! The digest is SHA-256 over the `recording` metadata (each key and value behind its length as u32, keys ascending), then
//! over every message in the order of the file: length of the topic (u32), topic, log time (u64), length of the data (u64),
//! data; all little endian. Clips are covered through their own SHA-256 in `clips`. The signature slot holds a signature of
//! the digest; an empty one means that nobody signed.

mod chosen;
mod clips;
mod cut;
mod digest;
mod error;
mod export;
mod fold;
mod import;
mod intake;
mod json;
mod part;
mod player;
mod problems;
mod rows;
mod sink;
mod source;
mod steps;
mod summary;
mod table;
mod tail;
mod topic;
mod verify;

pub use clips::extract_clips;
pub use error::RecordingError;
pub use export::export_recording;
pub use import::import_recording;
pub use player::{Catalogue, Player};
pub use summary::{About, OnProgress, Progress, Scope, Summary, Verified};
pub use table::{export_csv, export_parquet};
pub use verify::verify;
