//! City data in: the formats that cities have become a city on disk.
//!
//! [`import`] reads sources, decides what each feature is, cleans its geometry, and writes a folder with a 3D Tiles 1.1
//! tileset, the attribute table, a catalogue and saved views. Whatever cannot be used is counted with a reason and its
//! first place; a broken feature never stops an import. Memory stays small however large the sources are: features go
//! through working files. Generators of cities hand their features to [`import_from`]. Reading the folder again is
//! `cim_tiles`' work.

mod about;
mod bridges;
mod city;
mod citygml;
mod cityjson;
mod classify;
mod codec;
mod door;
mod epanet;
mod extsort;
mod feature;
mod flatgeobuf;
mod folder;
mod geojson;
mod glb;
#[cfg(feature = "ifc")]
mod ifc;
mod images;
mod intake;
mod join;
mod journal;
mod ledger;
mod measure;
mod mesh;
mod networks;
mod osm;
mod outline;
mod point_table;
mod quadtree;
mod reader;
mod records;
mod request;
mod shape;
mod shaping;
mod site;
mod solid;
mod sorting;
mod sources;
mod spool;
mod tiles;
mod tileset;
mod tiling;
mod values;
mod views;
mod words;
mod work;

pub use cim_tiles::{CimLevel, Counts, FeatureClass};
pub use city::{import, import_from};
pub use feature::{
    Area, Hint, LonLat, ModelKind, PlacedModel, Shape, SourceFeature, Surface, SurfaceRole,
    SurfaceTexture, Tags, Tube,
};
pub use ledger::Ledger;
pub use networks::{
    LinkKind, LinkStatus, Network, NetworkKind, NetworkLink, NetworkNode, Networks, NodeKind,
};
pub use reader::{HeightsFrom, SourceMark, SourceNotes, SourceReader};
pub use request::{Dropped, ImportError, ImportReport, ImportRequest, Progress, SourceCrs};
