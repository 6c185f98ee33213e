//! 云湖新区: an invented Chinese district, the same for the same seed on every machine.
//!
//! [`generate`] lays out streets, a river, blocks, buildings, green, a metro line and five networks of pipes, and hands them
//! to `cim_import`, which makes the tiles. Beside the tiles lie the networks as graphs, the tree of governance, devices and
//! cameras with their codes, stations and views. Everything is labelled as synthetic. Nothing of it exists.

mod block;
mod buildings;
mod business;
mod cameras;
mod devices;
mod dice;
mod ends;
mod error;
mod feature;
mod files;
mod generate;
mod grids;
mod housing;
mod institutions;
mod layout;
mod mains;
mod metro;
mod names;
mod old_town;
mod parks;
mod parts;
mod pipes;
mod place;
mod plan;
mod plane;
mod river;
mod services;
mod site;
mod solids;
mod streets;
mod views;
mod works;

pub use error::DistrictError;
pub use generate::{ATTRIBUTION, DistrictReport, DistrictRequest, MOST_BUILDINGS, generate};

/// What catalogues and networks name as their source.
pub(crate) const SOURCE: &str = "cim generate-city（虚构 · synthetic）";

#[cfg(test)]
mod tests;
