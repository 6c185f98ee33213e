//! The city as tiles: reading what lies on disk, and deciding which tiles to show, fetch and drop.
//!
//! Pure: values in, decisions out. No network, no GPU, no Bevy, no clock. Fetching belongs to `cim_sync`,
//! drawing to `cim_render`, writing cities to `cim_import`.

mod allowance;
mod catalogue;
mod error;
mod files;
mod glb;
mod life;
mod mesh;
mod pick;
mod select;
mod tileset;
mod view;
mod volume;

pub use catalogue::{
    Catalogue, CityFile, Counts, Dropped, Extent, FeatureRecord, HeightSources, Names, Place,
    SavedView, file_hash, read_attributes, read_views,
};
pub use error::{Problem, TileError};
pub use glb::read_glb;
pub use life::{SelectError, TileLife, step};
pub use mesh::{ClassMesh, FeatureClass, TileFeature, TileMesh, TileVertex};
pub use select::{Budget, Selection, Selector};
pub use tileset::{ContentKind, MAX_TILES, Refine, Tile, TileId, Tileset};
pub use view::{Frustum, ViewState};
pub use volume::{OrientedBox, Sphere, Volume};
