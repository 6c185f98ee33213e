//! City data in: GeoJSON and OpenStreetMap extracts become a city on disk.
//!
//! [`import`] reads sources, decides what each feature is, cleans its geometry, and writes a folder with a 3D Tiles 1.1
//! tileset, the attribute table, a catalogue and saved views. Whatever cannot be used is counted with a reason and its
//! first place; a broken feature never stops an import. Reading the folder again is `cim_tiles`' work.

mod city;
mod classify;
mod feature;
mod geojson;
mod glb;
mod ledger;
mod mesh;
mod osm;
mod osm_rings;
mod outline;
mod parts;
mod quadtree;
mod request;
mod shape;
mod sources;
mod values;
mod views;
mod words;
mod write;

pub use city::import;
pub use request::{Counts, Dropped, ImportError, ImportReport, ImportRequest, Progress};
