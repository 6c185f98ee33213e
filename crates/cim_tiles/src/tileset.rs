//! `tileset.json`: the tree of tiles, flat.
//!
//! Reads explicit tilesets of 3D Tiles 1.0 and 1.1. Implicit tiling, several contents per tile and tilesets within
//! tilesets become problems: what can be read of such a tileset is read. Tiles are numbered breadth first, so a
//! parent always comes before its children, and the root is tile 0.

mod json;
mod uri;

use crate::allowance::Allowance;
use crate::error::Problems;
use crate::files::{read_file, without_byte_order_mark};
use crate::{Problem, TileError, TileMesh, Volume, read_glb};
use glam::DMat4;
use json::{TileJson, TilesetJson, VolumeJson};
use std::collections::VecDeque;
use std::fmt;
use std::path::{Path, PathBuf};
use uri::safe_relative;

/// A tileset with more tiles than this is refused.
pub const MAX_TILES: usize = 1_000_000;
/// A `tileset.json` larger than this is refused.
const MAX_TILESET_BYTES: u64 = 1 << 30;
/// A tile's content larger than this is refused.
const MAX_CONTENT_BYTES: u64 = 1 << 30;
/// Required extensions that a reader may meet; what is not read of them is told as problems.
const KNOWN_EXTENSIONS: [&str; 4] = [
    "3DTILES_content_gltf",
    "3DTILES_metadata",
    "3DTILES_multiple_contents",
    "3DTILES_implicit_tiling",
];

/// A tile's number: its row in [`Tileset::tiles`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileId(pub u32);

impl TileId {
    /// The row in [`Tileset::tiles`].
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
    /// The tiles that refine it, in the order of the file.
    pub children: Vec<TileId>,
    /// Holds its content and all below, in the tileset's frame: ECEF metres when the tileset is georeferenced.
    pub bounds: Volume,
    /// How wrong the city looks, in metres, when this tile is drawn and its children are not.
    pub geometric_error_m: f64,
    /// How it goes together with its children.
    pub refine: Refine,
    /// Its content's path relative to the tileset's folder, made safe; `None` for an empty tile.
    pub content: Option<String>,
    /// From the tile's own frame, where z is up, to the tileset's: `ecef_from_tile`, all ancestors' included.
    pub transform: DMat4,
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
    /// The kind of the content at `path`.
    pub fn of_path(path: &str) -> Self {
        let ending = path
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

    /// What a person calls it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Glb => "binary glTF",
            Self::Gltf => "glTF as JSON text",
            Self::Tileset => "a tileset within a tileset",
            Self::Batched => "b3dm content",
            Self::Instanced => "i3dm content",
            Self::Points => "pnts content",
            Self::Composite => "cmpt content",
            Self::Unknown => "content of an unknown kind",
        }
    }
}

/// A tileset: all its tiles, and what was wrong with the rest.
#[derive(Clone, Debug, PartialEq)]
pub struct Tileset {
    /// Path or name of the file that it came from, for messages.
    pub source: String,
    /// The folder that content paths are relative to.
    pub base: PathBuf,
    /// `1.0` or `1.1`.
    pub version: String,
    /// How wrong the city looks, in metres, when nothing of it is drawn.
    pub geometric_error_m: f64,
    /// All tiles; row 0 is the root, parents come before children.
    pub tiles: Vec<Tile>,
    /// What could not be used.
    pub problems: Vec<Problem>,
}

impl Tileset {
    /// Reads the tileset at `path`, usually a `tileset.json`.
    pub fn read(path: &Path) -> Result<Self, TileError> {
        let bytes = read_file(path, MAX_TILESET_BYTES)?;
        let base = path.parent().unwrap_or_else(|| Path::new(""));
        Self::parse(&bytes, path.display().to_string(), base)
    }

    /// Reads a tileset whose contents lie in the folder `base`.
    pub fn from_json(bytes: &[u8], base: &Path) -> Result<Self, TileError> {
        Self::parse(bytes, base.join("tileset.json").display().to_string(), base)
    }

    /// The tile with this number.
    pub fn tile(&self, id: TileId) -> Option<&Tile> {
        self.tiles.get(id.row())
    }

    /// Where a tile's content lies; `None` for an empty tile. Names the tile when its content is of a kind that
    /// cannot be read yet.
    pub fn content_path(&self, id: TileId) -> Result<Option<PathBuf>, TileError> {
        let tile = self.tile(id).ok_or_else(|| {
            TileError::broken(&self.source, format!("tile {id}"), "there is no such tile")
        })?;
        let Some(content) = &tile.content else {
            return Ok(None);
        };
        match ContentKind::of_path(content) {
            ContentKind::Glb | ContentKind::Unknown => Ok(Some(self.base.join(content))),
            kind => Err(TileError::unsupported(
                &self.source,
                format!("tile {id}, {content}"),
                kind.as_str(),
            )),
        }
    }

    /// Reads a tile's content from disk; `None` for an empty tile.
    pub fn read_content(&self, id: TileId) -> Result<Option<TileMesh>, TileError> {
        let Some(path) = self.content_path(id)? else {
            return Ok(None);
        };
        let bytes = read_file(&path, MAX_CONTENT_BYTES)?;
        read_glb(&bytes, &path.display().to_string()).map(Some)
    }

    fn parse(bytes: &[u8], source: String, base: &Path) -> Result<Self, TileError> {
        let bytes = without_byte_order_mark(bytes);
        let mut allowance = Allowance::for_input(bytes.len());
        allowance.take_json(bytes, &source)?;
        let json: TilesetJson =
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
        let mut planting = Planting {
            problems: Problems::of(&source),
            source,
            allowance,
            tiles: Vec::new(),
            places: Vec::new(),
        };
        if !matches!(json.asset.version.as_str(), "1.0" | "1.1") {
            planting.problems.add(
                "asset/version",
                format!("version {:?} is neither 1.0 nor 1.1", json.asset.version),
            );
        }
        let geometric_error_m = json
            .geometric_error
            .filter(|error| *error >= 0.0)
            .unwrap_or_else(|| {
                planting.problems.add(
                    "geometricError",
                    "the tileset's geometric error is missing or negative",
                );
                0.0
            });
        planting.plant(json.root)?;
        Ok(Self {
            source: planting.source,
            base: base.to_path_buf(),
            version: json.asset.version,
            geometric_error_m,
            tiles: planting.tiles,
            problems: planting.problems.into_list(),
        })
    }
}

/// A tile of the file that waits for its place in the arena.
struct Waiting {
    json: TileJson,
    parent: Option<TileId>,
    /// Its place among its parent's children in the file.
    nth: u32,
}

/// The tree while it is laid flat.
struct Planting {
    source: String,
    allowance: Allowance,
    problems: Problems,
    tiles: Vec<Tile>,
    /// For each tile, its place among its parent's children in the file.
    places: Vec<u32>,
}

impl Planting {
    fn plant(&mut self, root: TileJson) -> Result<(), TileError> {
        let mut queue = VecDeque::from([Waiting {
            json: root,
            parent: None,
            nth: 0,
        }]);
        while let Some(Waiting {
            mut json,
            parent,
            nth,
        }) = queue.pop_front()
        {
            if self.tiles.len() >= MAX_TILES {
                let reason = format!("there are more than {MAX_TILES} tiles");
                return Err(TileError::too_large(
                    &self.source,
                    self.place_of(parent, nth),
                    reason,
                ));
            }
            self.allowance
                .take(size_of::<Tile>(), &self.source, "the tiles")?;
            let children = std::mem::take(&mut json.children);
            match self.add(json, parent, nth) {
                Ok(id) => {
                    let waiting = children.into_iter().zip(0_u32..);
                    queue.extend(waiting.map(|(json, nth)| Waiting {
                        json,
                        parent: Some(id),
                        nth,
                    }));
                }
                Err(reason) if parent.is_none() => {
                    return Err(TileError::broken(&self.source, "root", reason));
                }
                Err(reason) => {
                    let place = self.place_of(parent, nth);
                    self.problems.add(
                        place,
                        format!("{reason}; the tile and all below it are left out"),
                    );
                }
            }
        }
        Ok(())
    }

    /// Adds one tile without its children, or says why it cannot be used.
    fn add(&mut self, json: TileJson, parent: Option<TileId>, nth: u32) -> Result<TileId, String> {
        let above = parent.and_then(|id| self.tiles.get(id.row()));
        let (outer, inherited) = above.map_or((DMat4::IDENTITY, None), |tile| {
            (tile.transform, Some(tile.refine))
        });
        let transform = match &json.transform {
            Some(numbers) => outer * matrix_of(numbers)?,
            None => outer,
        };
        let bounds = volume_of(json.bounding_volume.as_ref(), &transform)?;
        let geometric_error_m = json
            .geometric_error
            .filter(|error| *error >= 0.0)
            .ok_or_else(|| "the geometric error is missing or negative".to_owned())?;
        let id = u32::try_from(self.tiles.len())
            .map(TileId)
            .map_err(|error| error.to_string())?;
        let refine = self.refine_of(json.refine.as_deref(), inherited, parent, nth);
        let content = self.content_of(&json, parent, nth);
        self.tiles.push(Tile {
            id,
            parent,
            children: Vec::new(),
            bounds,
            geometric_error_m,
            refine,
            content,
            transform,
        });
        self.places.push(nth);
        if let Some(above) = parent.and_then(|id| self.tiles.get_mut(id.row())) {
            above.children.push(id);
        }
        Ok(id)
    }

    fn refine_of(
        &mut self,
        word: Option<&str>,
        inherited: Option<Refine>,
        parent: Option<TileId>,
        nth: u32,
    ) -> Refine {
        let fallback = inherited.unwrap_or_default();
        match word {
            // Version 0.0 wrote the words in lower case.
            Some(word) if word.eq_ignore_ascii_case("ADD") => Refine::Add,
            Some(word) if word.eq_ignore_ascii_case("REPLACE") => Refine::Replace,
            Some(word) => {
                let place = self.place_of(parent, nth);
                self.problems.add(
                    place,
                    format!("refine is {word:?}, neither ADD nor REPLACE"),
                );
                fallback
            }
            None => fallback,
        }
    }

    /// The tile's content path. Whatever is wrong with it costs the content, not the tile.
    fn content_of(&mut self, json: &TileJson, parent: Option<TileId>, nth: u32) -> Option<String> {
        let mut tell = |reason: String| {
            let place = place_of(&self.tiles, &self.places, parent, nth);
            self.problems.add(place, reason);
        };
        if json.implicit_tiling.is_some() {
            tell("implicit tiling cannot be read yet".to_owned());
            return None;
        }
        if json.contents.len() > 1 {
            tell(format!(
                "only the first of {} contents can be read yet",
                json.contents.len()
            ));
        }
        let content = json.content.as_ref().or_else(|| json.contents.first())?;
        let Some(uri) = content.uri.as_deref().or(content.url.as_deref()) else {
            tell("the content has no uri".to_owned());
            return None;
        };
        match safe_relative(uri) {
            Ok(path) => Some(path),
            Err(reason) => {
                tell(format!("{reason}: {uri}"));
                None
            }
        }
    }

    fn place_of(&self, parent: Option<TileId>, nth: u32) -> String {
        place_of(&self.tiles, &self.places, parent, nth)
    }
}

/// The JSON path of the `nth` child of `parent`, for instance `root/children/3/children/0`.
fn place_of(tiles: &[Tile], places: &[u32], parent: Option<TileId>, nth: u32) -> String {
    let mut steps: Vec<u32> = Vec::new();
    let (mut above, mut place) = (parent, nth);
    while let Some(id) = above {
        steps.push(place);
        place = places.get(id.row()).copied().unwrap_or_default();
        above = tiles.get(id.row()).and_then(|tile| tile.parent);
    }
    let mut path = "root".to_owned();
    for step in steps.iter().rev() {
        path.push_str("/children/");
        path.push_str(&step.to_string());
    }
    path
}

/// A tile's `transform`: sixteen finite numbers, column by column, without perspective.
fn matrix_of(numbers: &[f64]) -> Result<DMat4, String> {
    let columns = <[f64; 16]>::try_from(numbers).map_err(
        |_short_or_long: std::array::TryFromSliceError| {
            format!("a transform has 16 numbers, not {}", numbers.len())
        },
    )?;
    if !columns.iter().all(|number| number.is_finite()) {
        return Err("the transform holds something that is no number".to_owned());
    }
    let bottom = [columns[3], columns[7], columns[11], columns[15] - 1.0];
    if bottom.iter().any(|number| number.abs() > 1e-9) {
        return Err("the transform has perspective".to_owned());
    }
    Ok(DMat4::from_cols_array(&columns))
}

fn volume_of(json: Option<&VolumeJson>, transform: &DMat4) -> Result<Volume, String> {
    let json = json.ok_or_else(|| "the bounding volume is missing".to_owned())?;
    if let Some(numbers) = &json.oriented_box {
        Volume::from_box(numbers, transform)
    } else if let Some(numbers) = &json.region {
        Volume::from_region(numbers)
    } else if let Some(numbers) = &json.sphere {
        Volume::from_sphere(numbers, transform)
    } else {
        Err("the bounding volume is neither box nor region nor sphere".to_owned())
    }
}

#[cfg(test)]
mod tests;
