//! The tree of tiles: `tileset.json` of 3D Tiles 1.0 and 1.1, and everything that grows on it.
//!
//! Tiles live in blocks of consecutive numbers. A file is one block, numbered breadth first, so that a parent always
//! comes before its children; the root is tile 0. An external tileset or a subtree that arrives later becomes a block of
//! its own, below the tile that named it, and can go again. Numbers are never used twice.

mod grow;
mod implicit;
mod json;
mod planting;

use crate::allowance::Allowance;
use crate::error::Problems;
use crate::files::without_byte_order_mark;
use crate::placement::Placement;
use crate::source::{FolderSource, named, read_resource, resolve, split_file, without_query};
use crate::subtree::Subtree;
use crate::tile_metadata::{MetadataEntity, MetadataJson, Schema, TilesetMetadata};
use crate::{Problem, TileError, TileSource, Volume};
use glam::DMat4;
use implicit::ImplicitRoot;
use json::TilesetJson;
use planting::Planting;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// A tileset with more tiles than this, in one file or in all that is attached at a time, is refused.
pub const MAX_TILES: usize = 1_000_000;
/// Tilesets within tilesets and subtrees below subtrees go no deeper than this.
const MAX_DEPTH: usize = 64;
/// So many problems wait for somebody to take them; later ones are lost.
const MAX_WAITING_PROBLEMS: usize = 10_000;
/// Required extensions that a reader may meet.
const KNOWN_EXTENSIONS: [&str; 7] = [
    "3DTILES_batch_table_hierarchy",
    "3DTILES_bounding_volume_S2",
    "3DTILES_content_gltf",
    "3DTILES_draco_point_compression",
    "3DTILES_implicit_tiling",
    "3DTILES_metadata",
    "3DTILES_multiple_contents",
];

// What a block remembers of each tile, to move it later: transforms do not move what is fixed to the Earth, and a way of
// refining that no file states is that of the tileset around.
const BOUNDS_FIXED: u32 = 1;
const REQUEST_FIXED: u32 = 1 << 1;
const REFINE_DEFAULTED: u32 = 1 << 2;

/// The same for the volume of a tile's `nth` content. Contents beyond the 28th share the last bit.
fn content_fixed(nth: usize) -> u32 {
    1 << (3 + nth.min(28))
}

/// A tile's number. Never used again for another tile of the same [`Tileset`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileId(pub u32);

impl TileId {
    /// The number as a row.
    pub fn row(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for TileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// How a tile and its children go together (3D Tiles 1.1, "Refinement").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Refine {
    /// The children are drawn as well.
    Add,
    /// The children are drawn instead.
    #[default]
    Replace,
}

/// One tile of the tree.
#[derive(Clone, Debug, PartialEq)]
pub struct Tile {
    /// Its number.
    pub id: TileId,
    /// The tile that it refines; `None` for the root.
    pub parent: Option<TileId>,
    /// The tiles that refine it, in the order of the file; those of attached branches come last.
    pub children: Vec<TileId>,
    /// Holds its content and all below, in the tileset's frame: ECEF metres once it is placed.
    pub bounds: Volume,
    /// Holds its contents alone; `None` when not all of them state a volume.
    pub content_bounds: Option<Volume>,
    /// The tile is of use only to an eye within this volume.
    pub viewer_request: Option<Volume>,
    /// How wrong the city looks, in metres, when this tile is drawn and its children are not.
    pub geometric_error_m: f64,
    /// How it goes together with its children.
    pub refine: Refine,
    /// What it draws, or tilesets that hang on it; empty for an empty tile.
    pub contents: Vec<Content>,
    /// Its children become known when this subtree is attached. Such a tile has no content of its own: its first child
    /// is the same tile as the subtree describes it.
    pub branch: Option<SubtreeRef>,
    /// From the tile's own frame, where z is up, to the tileset's: `ecef_from_tile`, all ancestors' included.
    pub transform: DMat4,
    /// What it says of itself.
    pub metadata: Option<MetadataEntity>,
}

/// One content of a tile.
#[derive(Clone, Debug, PartialEq)]
pub struct Content {
    /// Its path within the source, made safe, with its query; or a `data:` address.
    pub uri: String,
    /// Holds it, where the file says so.
    pub bounds: Option<Volume>,
    /// Row of [`TilesetMetadata::groups`] of the tileset that names it.
    pub group: Option<u32>,
    /// What it says of itself.
    pub metadata: Option<MetadataEntity>,
}

/// A tile of implicit tiling that a subtree describes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubtreeRef {
    /// The subtree's path within the source.
    pub uri: String,
    /// The tile's level below the implicit root.
    pub level: u32,
    /// Its column among the `2^level` of its level.
    pub x: u32,
    /// Its row.
    pub y: u32,
    /// Its layer; 0 in a quadtree.
    pub z: u32,
}

/// What can be attached to a tile.
#[derive(Clone, Debug, PartialEq)]
pub enum Branch {
    /// An external tileset, for a tile whose content it is.
    Tileset(Box<Tileset>),
    /// A subtree, for a tile with a [`Tile::branch`].
    Subtree(Subtree),
}

/// What a tile's content is, by the ending of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ContentKind {
    /// Binary glTF.
    Glb,
    /// glTF as JSON text.
    Gltf,
    /// Another tileset.
    Tileset,
    /// Batched 3D model of 3D Tiles 1.0.
    Batched,
    /// Instanced 3D model of 3D Tiles 1.0.
    Instanced,
    /// Point cloud of 3D Tiles 1.0.
    Points,
    /// Composite of 3D Tiles 1.0.
    Composite,
    /// No ending that 3D Tiles knows.
    Unknown,
}

impl ContentKind {
    /// The kind of the content at `path`, whose query does not count.
    pub fn of_path(path: &str) -> Self {
        let ending = without_query(path)
            .rsplit_once('.')
            .map(|(_, ending)| ending.to_ascii_lowercase());
        match ending.as_deref() {
            Some("glb") => Self::Glb,
            Some("gltf") => Self::Gltf,
            Some("json") => Self::Tileset,
            Some("b3dm") => Self::Batched,
            Some("i3dm") => Self::Instanced,
            Some("pnts") => Self::Points,
            Some("cmpt") => Self::Composite,
            _ => Self::Unknown,
        }
    }
}

/// A tileset: all tiles that are known now, and what was wrong with the rest.
#[derive(Clone, Debug, PartialEq)]
pub struct Tileset {
    /// Path or name of the file that it came from, for messages.
    pub source: String,
    /// `1.0`, `1.1` or, for drafts, `0.0`.
    pub version: String,
    /// How wrong the city looks, in metres, when nothing of it is drawn.
    pub geometric_error_m: f64,
    /// What must be shown with the picture (`asset.copyright`); empty where the file does not say.
    pub attribution: String,
    /// What it says of itself, with its schema and its groups.
    pub metadata: TilesetMetadata,
    /// What could not be used, also of what was attached later.
    pub problems: Vec<Problem>,
    placement: Placement,
    blocks: BTreeMap<u32, Block>,
    /// For each tile that something hangs on, the first tiles of those blocks.
    attached: BTreeMap<TileId, Vec<u32>>,
    next_id: u32,
    tile_count: usize,
    /// What the blocks and the lists of children take.
    block_bytes: usize,
}

/// Tiles with consecutive numbers that came together.
#[derive(Clone, Debug, Default, PartialEq)]
struct Block {
    /// The file's path within its source, without its query.
    path: String,
    /// Which axis of glTF is up, in the file's word.
    up_axis: Option<String>,
    /// The tile that it hangs on; `None` for the first.
    at: Option<TileId>,
    tiles: Vec<Tile>,
    flags: Vec<u32>,
    raw: RawTransforms,
    /// By tile, what those with implicit tiling say about the tiles below them.
    implicit: BTreeMap<TileId, Arc<ImplicitRoot>>,
    /// The same for a block that comes from a subtree, for all its tiles.
    grown_from: Option<Arc<ImplicitRoot>>,
    /// What its tiles share: tables of metadata.
    shared_bytes: usize,
    /// What it takes in memory, all told.
    bytes: usize,
}

/// The tiles' transforms before placement: what stands within them is in the tileset's own frame.
#[derive(Clone, Debug, Default, PartialEq)]
enum RawTransforms {
    /// Nothing is placed: they are the tiles' own.
    #[default]
    AsTheyAre,
    /// One for each tile.
    Each(Vec<DMat4>),
}

impl Tileset {
    /// The first tile of every tileset.
    pub const ROOT: TileId = TileId(0);

    /// Reads the tileset at `path` on this machine, usually a `tileset.json`.
    pub fn read(path: &Path) -> Result<Self, TileError> {
        let (root, name) = split_file(path)?;
        Self::open(&FolderSource::new(root), &name)
    }

    /// Reads the tileset at `path` of a source, and its schema where that is a file of its own.
    pub fn open(source: &dyn TileSource, path: &str) -> Result<Self, TileError> {
        let bytes = read_resource(source, path)?;
        Self::parse(&bytes, path, named(source, path), Some(source))
    }

    /// Reads a tileset; `path` is its own within its source, and its contents' addresses are resolved against it.
    pub fn from_json(bytes: &[u8], path: &str) -> Result<Self, TileError> {
        Self::parse(bytes, path, path.to_owned(), None)
    }

    /// The same with the source that it came from, so that a schema in a file of its own is read.
    pub fn from_resource(
        bytes: &[u8],
        path: &str,
        source: &dyn TileSource,
    ) -> Result<Self, TileError> {
        Self::parse(bytes, path, named(source, path), Some(source))
    }

    /// The tile with this number, unless it has gone.
    pub fn tile(&self, id: TileId) -> Option<&Tile> {
        let (first, block) = self.block_of(id)?;
        block.tiles.get(id.0.checked_sub(first)? as usize)
    }

    /// All tiles that are known now, parents before their children.
    pub fn tiles(&self) -> impl Iterator<Item = &Tile> {
        self.blocks.values().flat_map(|block| block.tiles.iter())
    }

    /// How many tiles are known now.
    pub fn tile_count(&self) -> usize {
        self.tile_count
    }

    /// What the tree itself takes in memory, bytes.
    pub fn bytes(&self) -> usize {
        let problems: usize = self
            .problems
            .iter()
            .map(|one| {
                size_of::<Problem>()
                    + one.source.capacity()
                    + one.place.capacity()
                    + one.reason.capacity()
            })
            .sum();
        size_of::<Self>() + self.block_bytes + self.metadata.heap_bytes() + problems
    }

    /// Where the tileset stands.
    pub fn placement(&self) -> &Placement {
        &self.placement
    }

    /// Which axis of the glTF in a tile's content is up, where its tileset or one around it says so (`gltfUpAxis` of old converters): `X`,
    /// `Y` or `Z`.
    pub fn gltf_up_axis(&self, id: TileId) -> Option<&str> {
        self.block_of(id)?.1.up_axis.as_deref()
    }

    fn block_of(&self, id: TileId) -> Option<(u32, &Block)> {
        let (first, block) = self.blocks.range(..=id.0).next_back()?;
        ((id.0 - first) < block.tiles.len() as u32).then_some((*first, block))
    }

    fn parse(
        bytes: &[u8],
        path: &str,
        source: String,
        files: Option<&dyn TileSource>,
    ) -> Result<Self, TileError> {
        let bytes = without_byte_order_mark(bytes);
        let mut allowance = Allowance::for_input(bytes.len());
        allowance.take_tree_json(bytes, &source)?;
        let mut json: TilesetJson =
            serde_json::from_slice(bytes).map_err(|error| TileError::json(&source, &error))?;
        if let Some(unknown) = json
            .extensions_required
            .iter()
            .find(|name| !KNOWN_EXTENSIONS.contains(&name.as_str()))
        {
            return Err(TileError::unsupported(
                &source,
                "extensionsRequired",
                format!("extension {unknown}"),
            ));
        }
        let mut problems = Problems::of(&source);
        // Converters wrote 0.0 before there was a standard; what they wrote is 1.0 in all that is read here.
        if !matches!(json.asset.version.as_str(), "0.0" | "1.0" | "1.1") {
            problems.add(
                "asset/version",
                format!("version {:?} is none of 1.0 and 1.1", json.asset.version),
            );
        }
        let geometric_error_m = json
            .geometric_error
            .filter(|error| *error >= 0.0)
            .unwrap_or_else(|| {
                problems.add(
                    "geometricError",
                    "the tileset's geometric error is missing or negative",
                );
                0.0
            });
        let metadata = metadata_of(json.take_metadata(), path, files, &mut problems);
        let mut planting = Planting::new(&source, path, &metadata, &mut allowance, &mut problems);
        planting.plant(json.root)?;
        let Planting {
            tiles,
            flags,
            implicit,
            ..
        } = planting;
        let block = Block {
            path: without_query(path).to_owned(),
            up_axis: json.asset.gltf_up_axis,
            tiles,
            flags,
            implicit,
            ..Block::default()
        };
        let mut tileset = Self {
            version: json.asset.version,
            geometric_error_m,
            attribution: json.asset.copyright.unwrap_or_default(),
            metadata,
            problems: problems.into_list(),
            source,
            placement: Placement::Ecef,
            blocks: BTreeMap::new(),
            attached: BTreeMap::new(),
            next_id: 0,
            tile_count: 0,
            block_bytes: 0,
        };
        tileset.add_block(0, block);
        Ok(tileset)
    }
}

/// The metadata that the JSON gives; a schema in a file of its own is read where `files` has it.
fn metadata_of(
    mut json: MetadataJson,
    path: &str,
    files: Option<&dyn TileSource>,
    problems: &mut Problems,
) -> TilesetMetadata {
    let schema_uri = json.schema_uri.take().and_then(|uri| {
        resolve(path, &uri)
            .map_err(|reason| problems.add("schemaUri", reason))
            .ok()
    });
    let mut schema = json.schema.take().map(Schema::from_json);
    if let (None, Some(uri), Some(files)) = (&schema, &schema_uri, files) {
        let read = read_resource(files, uri)
            .and_then(|bytes| Schema::from_bytes(&bytes, &named(files, uri)));
        match read {
            Ok(read) => schema = Some(read),
            Err(error) => problems.add("schemaUri", Problem::from(&error).to_string()),
        }
    }
    TilesetMetadata {
        schema_uri,
        ..TilesetMetadata::from_json(&json, schema.map(Arc::new))
    }
}

/// A box around all contents, where all of them state a volume.
fn around_contents(contents: &[Content]) -> Option<Volume> {
    let volumes: Option<Vec<Volume>> = contents.iter().map(|content| content.bounds).collect();
    Volume::around(&volumes?)
}

#[cfg(test)]
mod tests;
