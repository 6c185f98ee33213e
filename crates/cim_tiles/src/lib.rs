//! The city as tiles: reading what lies on disk, and deciding which tiles to show, fetch and drop.
//!
//! Values in, decisions out: no network, no GPU, no Bevy, no clock. [`TileStream`] alone has threads, which read and prepare
//! tiles. Fetching over a network belongs to `cim_sync`, drawing to `cim_render`, writing cities to `cim_import`.

mod allowance;
mod b3dm;
mod batch;
mod budget;
mod catalogue;
mod cmpt;
mod content;
mod disk_cache;
mod error;
mod files;
mod gltf;
mod gltf1;
mod i3dm;
mod life;
mod merge;
mod mesh;
mod pick;
mod place;
mod placement;
mod pnts;
mod properties;
mod region;
mod select;
mod source;
mod stream;
mod subtree;
mod synthetic;
mod tile_metadata;
mod tileset;
mod view;
mod volume;

pub use budget::{Budget, MAX_TEXTURE_LEVEL, Weight};
pub use catalogue::*;
pub use content::{ReadOptions, TileContent, read_content, read_content_with};
pub use disk_cache::{CachedSource, CachedTile, DiskCache, cache_key};
pub use error::{Problem, TileError};
pub use gltf::read_glb;
pub use life::{SelectError, TileLife, step};
pub use merge::merge;
pub use mesh::{
    ClassMesh, FeatureClass, Instance, Material, Primitive, TileFeature, TileImage, TileMesh,
    TileVertex,
};
pub use pick::Hit;
pub use place::place;
pub use placement::{Placement, Placer, looks_like_ecef};
pub use properties::{PropertyColumn, PropertyTable, PropertyValue};
pub use region::{
    RegionFile, RegionProgress, RegionReport, RegionRequest, RegionVerdict, pack, verify,
};
pub use select::{Arrival, News, Part, Renewal, Request, Selection, Selector, Urgency};
pub use source::{
    ArchiveSource, FolderSource, TileSource, data_uri, open_source, read_resource, resolve,
    without_query,
};
pub use stream::{PlacedMesh, StreamOptions, StreamStatus, TileStream};
pub use subtree::Subtree;
pub use synthetic::{SyntheticOptions, SyntheticSource};
pub use tile_metadata::{MetadataEntity, MetadataGroup, MetadataProperty, Schema, TilesetMetadata};
pub use tileset::{
    Branch, Content, ContentKind, MAX_TILES, Refine, SubtreeRef, Tile, TileId, Tileset,
};
pub use view::{CameraMotion, Frustum, ViewState};
pub use volume::{OrientedBox, Sphere, Volume};
