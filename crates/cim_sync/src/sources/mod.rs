//! Sources beside the hub: what they are, how their answers are read, and whether they are alive.
//!
//! One file, `sources.toml`, declares them ([`read_sources_file`]). Each kind has a pure reader (bytes in, [`Parsed`] out), one
//! task per source asks and tells ([`start_sources`]), and a [`HealthTracker`] judges how fresh it is. Identities are prefixed
//! with the source's, so that two sources never collide.

mod alerts;
mod config;
mod csv_table;
mod der;
mod fetch;
mod follower;
mod gather;
mod health;
mod json_items;
mod keys;
mod mapping;
mod mapping_file;
mod moments;
mod moving;
mod news;
mod parsed;
mod platform;
mod probe;
mod runner;
mod tileset;
mod topics;

pub use config::{
    Place, SourceConfig, SourceKind, SourceProblem, SourcesFile, Token, read_sources,
    read_sources_file,
};
pub use csv_table::read_csv;
pub use health::{HealthTracker, LayerHealth, SourceHealth, SourceState};
pub use json_items::read_features;
pub use mapping::{EventMapping, Frame, Mapping, Pick, SeriesMapping, TextEncoding, ThingMapping};
pub use mapping_file::read_mapping;
pub use moments::TimeFormat;
pub use moving::read_moving;
pub use parsed::Parsed;
pub use probe::{ProbeReport, ProbeStep, probe};
pub use runner::{SourcesHandle, start_sources};
pub use tileset::{TilesetFacts, read_tileset};
pub use topics::read_message;
