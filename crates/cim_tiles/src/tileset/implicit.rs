//! Implicit tiling: from a subtree's bits to tiles.
//!
//! Only some levels of a subtree become tiles at a time, so that a few bytes of bits never become a hundred thousand
//! tiles; the tiles of the last level name the same subtree again.

use super::json::ImplicitJson;
use super::{BOUNDS_FIXED, Content, Refine, SubtreeRef, Tile, TileId, content_fixed};
use crate::error::Problems;
use crate::properties::PropertyValue;
use crate::source::{resolve, shortened};
use crate::subtree::{Subtree, SubtreeMetadata, morton, nodes_above};
use crate::tile_metadata::{MetadataEntity, Schema};
use crate::volume::{Division, Shape};
use glam::DMat4;
use std::collections::VecDeque;
use std::sync::Arc;

/// So many levels become tiles at a time: at most 1 365 tiles and 4 096 links below them in a quadtree, 585 and 4 096 in
/// an octree.
const QUADTREE_LEVELS_AT_ONCE: u32 = 6;
const OCTREE_LEVELS_AT_ONCE: u32 = 4;
/// Node numbers of deeper subtrees would not fit 64 bits; coordinates of deeper trees would not fit 32.
const MOST_QUADTREE_LEVELS: u32 = 31;
const MOST_OCTREE_LEVELS: u32 = 21;
const MOST_LEVELS: u32 = 32;

/// What a tile with implicit tiling says about all tiles below it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ImplicitRoot {
    /// For resolving addresses: the path of the file that holds the tile.
    base_path: String,
    shape: Shape,
    /// Before any placement.
    pub(super) transform: DMat4,
    geometric_error_m: f64,
    pub(super) refine: Refine,
    is_octree: bool,
    subtree_levels: u32,
    levels: u32,
    subtrees: String,
    contents: Vec<ContentTemplate>,
    pub(super) schema: Option<Arc<Schema>>,
}

/// A content that many tiles have.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ContentTemplate {
    pub(super) uri: String,
    pub(super) group: Option<u32>,
    pub(super) metadata: Option<MetadataEntity>,
}

/// What the tile that carries implicit tiling is, as far as already known.
pub(super) struct RootTile<'a> {
    pub(super) base_path: &'a str,
    pub(super) shape: Shape,
    pub(super) transform: DMat4,
    pub(super) geometric_error_m: f64,
    pub(super) refine: Refine,
    pub(super) contents: Vec<ContentTemplate>,
    pub(super) schema: Option<Arc<Schema>>,
}

/// Tiles made from a subtree, numbered from 0, without placement.
pub(super) struct Expansion {
    pub(super) tiles: Vec<Tile>,
    pub(super) flags: Vec<u32>,
    pub(super) metadata_bytes: usize,
}

/// A node of a subtree.
#[derive(Clone, Copy, Debug)]
struct Node {
    /// Levels below the subtree's root.
    level: u32,
    at: [u32; 3],
    parent: Option<TileId>,
    /// Its contents are known from another subtree, or from this one later.
    is_link: bool,
}

impl ImplicitRoot {
    /// Reads `implicitTiling`, or says why it cannot be used.
    pub(super) fn read(json: &ImplicitJson, tile: RootTile<'_>) -> Result<Self, String> {
        let is_octree = match json.subdivision_scheme.as_str() {
            "QUADTREE" => false,
            "OCTREE" => true,
            other => return Err(format!("{other:?} is neither QUADTREE nor OCTREE")),
        };
        let most = if is_octree {
            MOST_OCTREE_LEVELS
        } else {
            MOST_QUADTREE_LEVELS
        };
        if !(1..=most).contains(&json.subtree_levels) {
            return Err(format!(
                "a subtree of {} levels is none of 1 to {most}",
                json.subtree_levels
            ));
        }
        let levels = json
            .levels()
            .ok_or_else(|| "implicit tiling does not say how many levels there are".to_owned())?;
        if !(1..=MOST_LEVELS).contains(&levels) {
            return Err(format!("{levels} levels are none of 1 to {MOST_LEVELS}"));
        }
        if matches!(tile.shape, Shape::Sphere(_)) {
            return Err("a sphere cannot be divided into implicit tiles".to_owned());
        }
        let root = Self {
            base_path: tile.base_path.to_owned(),
            shape: tile.shape,
            transform: tile.transform,
            geometric_error_m: tile.geometric_error_m,
            refine: tile.refine,
            is_octree,
            subtree_levels: json.subtree_levels,
            levels,
            subtrees: json.subtrees.uri.clone(),
            contents: tile.contents,
            schema: tile.schema,
        };
        root.subtree_at(0, [0; 3])
            .map_err(|reason| format!("the address of the subtrees: {reason}"))?;
        Ok(root)
    }

    /// The link that a tile at `level` and `at` has to the subtree which holds it.
    pub(super) fn subtree_at(&self, level: u32, at: [u32; 3]) -> Result<SubtreeRef, String> {
        let within = level % self.subtree_levels;
        let root = at.map(|one| one >> within);
        let uri = filled(&self.subtrees, level - within, root);
        let [x, y, z] = at;
        Ok(SubtreeRef {
            uri: resolve(&self.base_path, &uri)?,
            level,
            x,
            y,
            z,
        })
    }

    /// The tiles of `subtree` from the place that `link` names downwards. Problems are told with the tile's place.
    pub(super) fn expand(
        &self,
        subtree: &Subtree,
        link: &SubtreeRef,
        problems: &mut Problems,
    ) -> Expansion {
        let metadata = subtree.metadata(self.schema.as_deref(), |reason| {
            problems.add("propertyTables", reason);
        });
        let mut growing = Growing {
            root: self,
            subtree,
            metadata: &metadata,
            top_level: link.level - link.level % self.subtree_levels,
            top_at: [link.x, link.y, link.z].map(|one| one >> (link.level % self.subtree_levels)),
            problems,
            tiles: Vec::new(),
            flags: Vec::new(),
        };
        growing.grow(link);
        let Growing {
            mut tiles,
            mut flags,
            ..
        } = growing;
        tiles.shrink_to_fit();
        flags.shrink_to_fit();
        Expansion {
            tiles,
            flags,
            metadata_bytes: metadata.bytes,
        }
    }

    /// What it takes in memory beyond itself.
    pub(super) fn heap_bytes(&self) -> usize {
        let contents: usize = self
            .contents
            .iter()
            .map(|one| size_of::<ContentTemplate>() + one.uri.capacity())
            .sum();
        size_of::<Self>() + self.base_path.capacity() + self.subtrees.capacity() + contents
    }

    fn branching(&self) -> u64 {
        if self.is_octree { 8 } else { 4 }
    }
}

/// A part of a subtree on its way to tiles.
struct Growing<'a> {
    root: &'a ImplicitRoot,
    subtree: &'a Subtree,
    metadata: &'a SubtreeMetadata,
    /// Level and coordinates of the subtree's root within the whole tree.
    top_level: u32,
    top_at: [u32; 3],
    problems: &'a mut Problems,
    tiles: Vec<Tile>,
    flags: Vec<u32>,
}

impl Growing<'_> {
    fn grow(&mut self, link: &SubtreeRef) {
        let first_level = link.level - self.top_level;
        let mask = (1_u64 << first_level) - 1;
        let first = Node {
            level: first_level,
            at: [link.x, link.y, link.z].map(|one| (u64::from(one) & mask) as u32),
            parent: None,
            is_link: false,
        };
        let at_once = if self.root.is_octree {
            OCTREE_LEVELS_AT_ONCE
        } else {
            QUADTREE_LEVELS_AT_ONCE
        };
        let end = (first_level + at_once)
            .min(self.root.subtree_levels)
            .min(self.root.levels.saturating_sub(self.top_level));
        if first_level >= end || !self.subtree.has_tile(self.number_of(&first)) {
            let place = self.place_of(&first);
            self.problems
                .add(place, "the subtree says that its own root does not exist");
            return;
        }
        let mut queue = VecDeque::from([first]);
        while let Some(node) = queue.pop_front() {
            let Some(id) = self.add(&node) else {
                continue;
            };
            if node.is_link {
                continue;
            }
            let level = node.level + 1;
            let is_next = level == self.root.subtree_levels;
            if self.top_level + level >= self.root.levels {
                continue;
            }
            for at in self.children_of(&node) {
                let child = Node {
                    level,
                    at,
                    parent: Some(id),
                    is_link: level >= end,
                };
                let exists = if is_next {
                    self.subtree
                        .has_child(morton(level, at, self.root.is_octree))
                } else {
                    self.subtree.has_tile(self.number_of(&child))
                };
                if exists {
                    queue.push_back(child);
                }
            }
        }
    }

    /// The coordinates of a node's children, in Morton order.
    fn children_of(&self, node: &Node) -> impl Iterator<Item = [u32; 3]> + use<> {
        let [x, y, z] = node.at.map(|one| one << 1);
        let layers = if self.root.is_octree { 2 } else { 1 };
        (0..layers).flat_map(move |dz| {
            (0..2).flat_map(move |dy| (0..2).map(move |dx| [x | dx, y | dy, z | dz]))
        })
    }

    /// Adds the tile of a node; `None`, told as a problem, when it cannot be made.
    fn add(&mut self, node: &Node) -> Option<TileId> {
        let made = self.tile_of(node).and_then(|(tile, flags)| {
            let id = u32::try_from(self.tiles.len()).map_err(|error| error.to_string())?;
            Ok((TileId(id), tile, flags))
        });
        match made {
            Ok((id, mut tile, flags)) => {
                tile.id = id;
                if let Some(above) = node.parent.and_then(|id| self.tiles.get_mut(id.row())) {
                    above.children.push(id);
                }
                self.tiles.push(tile);
                self.flags.push(flags);
                Some(id)
            }
            Err(reason) => {
                let place = self.place_of(node);
                self.problems.add(place, reason);
                None
            }
        }
    }

    fn tile_of(&mut self, node: &Node) -> Result<(Tile, u32), String> {
        let (level, at) = self.global(node);
        let part = Division {
            level,
            at,
            is_octree: self.root.is_octree,
        };
        let shape = self
            .root
            .shape
            .divided(&part)
            .ok_or_else(|| "the volume cannot be divided so finely".to_owned())?;
        let mut made = Made {
            shape,
            geometric_error_m: self.root.geometric_error_m / 2.0_f64.powi(level.cast_signed()),
            refine: self.root.refine,
        };
        let (mut metadata, mut contents, mut flags) = (None, Vec::new(), 0);
        let mut branch = None;
        if node.is_link {
            branch = Some(self.root.subtree_at(level, at)?);
        } else {
            metadata = self.metadata_of(self.number_of(node));
            if let Some(entity) = &metadata {
                made.apply(entity);
            }
            (contents, flags) = self.contents_of(node, &made.shape, metadata.as_ref());
        }
        if made.shape.is_fixed() {
            flags |= BOUNDS_FIXED;
        }
        let tile = Tile {
            id: TileId(0),
            parent: node.parent,
            children: Vec::new(),
            bounds: made.shape.volume(&self.root.transform)?,
            content_bounds: super::around_contents(&contents),
            viewer_request: None,
            geometric_error_m: made.geometric_error_m,
            refine: made.refine,
            contents,
            branch,
            transform: self.root.transform,
            metadata,
        };
        Ok((tile, flags))
    }

    fn metadata_of(&self, number: u64) -> Option<MetadataEntity> {
        let table = self.metadata.tiles.as_ref()?;
        let row = self.subtree.tile_row(number)?;
        Some(MetadataEntity::in_table(table, row))
    }

    /// The contents that the tile has, and which of their volumes are fixed. A content that cannot be used is told.
    fn contents_of(
        &mut self,
        node: &Node,
        derived: &Shape,
        of_tile: Option<&MetadataEntity>,
    ) -> (Vec<Content>, u32) {
        let root = self.root;
        let number = self.number_of(node);
        let mut contents = Vec::new();
        let mut flags = 0;
        for (row, template) in root.contents.iter().enumerate() {
            if !self.subtree.has_content(row, number) {
                continue;
            }
            let own = self.metadata_of_content(row, number);
            // The draft has one table for tiles and contents.
            let about = own.as_ref().or(of_tile);
            let shape = about.and_then(|entity| shape_of(entity, "CONTENT", derived));
            match self.content_of(node, template, own, shape) {
                Ok(content) => {
                    if shape.is_some_and(|shape| shape.is_fixed()) {
                        flags |= content_fixed(contents.len());
                    }
                    contents.push(content);
                }
                Err(reason) => {
                    let place = self.place_of(node);
                    self.problems.add(place, reason);
                }
            }
        }
        contents.shrink_to_fit();
        (contents, flags)
    }

    fn content_of(
        &self,
        node: &Node,
        template: &ContentTemplate,
        own: Option<MetadataEntity>,
        shape: Option<Shape>,
    ) -> Result<Content, String> {
        let (level, at) = self.global(node);
        let stated = own
            .as_ref()
            .and_then(|entity| entity.by_semantic("CONTENT_URI"));
        let uri = match stated {
            Some(PropertyValue::Text(uri)) => uri,
            _ => filled(&template.uri, level, at),
        };
        Ok(Content {
            uri: resolve(&self.root.base_path, &uri)
                .map_err(|reason| format!("{reason}: {}", shortened(&uri)))?,
            bounds: shape
                .map(|shape| shape.volume(&self.root.transform))
                .transpose()?,
            group: template.group,
            metadata: own.or_else(|| template.metadata.clone()),
        })
    }

    fn metadata_of_content(&self, row: usize, number: u64) -> Option<MetadataEntity> {
        let table = self.metadata.contents.get(row)?.as_ref()?;
        let table_row = self.subtree.content_row(row, number)?;
        Some(MetadataEntity::in_table(table, table_row))
    }

    /// Level and coordinates within the whole tree.
    fn global(&self, node: &Node) -> (u32, [u32; 3]) {
        let [tx, ty, tz] = self.top_at.map(|one| u64::from(one) << node.level);
        let [x, y, z] = node.at.map(u64::from);
        // Levels are limited so that coordinates fit 32 bits.
        let at = [tx | x, ty | y, tz | z].map(|one| one as u32);
        (self.top_level + node.level, at)
    }

    /// The number of a node within the subtree, level by level.
    fn number_of(&self, node: &Node) -> u64 {
        nodes_above(node.level, self.root.branching()).saturating_add(morton(
            node.level,
            node.at,
            self.root.is_octree,
        ))
    }

    fn place_of(&self, node: &Node) -> String {
        let (level, [x, y, z]) = self.global(node);
        if self.root.is_octree {
            format!("tile {level}/{x}/{y}/{z}")
        } else {
            format!("tile {level}/{x}/{y}")
        }
    }
}

/// What metadata may state instead of what is derived from the root.
struct Made {
    shape: Shape,
    geometric_error_m: f64,
    refine: Refine,
}

impl Made {
    /// Takes over what the tile's metadata states (3D Metadata Semantic Reference, "Tile").
    fn apply(&mut self, entity: &MetadataEntity) {
        if let Some(shape) = shape_of(entity, "TILE", &self.shape) {
            self.shape = shape;
        }
        if let Some(error_m) = entity
            .number("TILE_GEOMETRIC_ERROR")
            .filter(|error_m| *error_m >= 0.0)
        {
            self.geometric_error_m = error_m;
        }
        match entity.by_semantic("TILE_REFINE") {
            Some(PropertyValue::Text(word)) if word.eq_ignore_ascii_case("ADD") => {
                self.refine = Refine::Add;
            }
            Some(PropertyValue::Text(word)) if word.eq_ignore_ascii_case("REPLACE") => {
                self.refine = Refine::Replace;
            }
            Some(PropertyValue::Number(0.0)) => self.refine = Refine::Add,
            Some(PropertyValue::Number(1.0)) => self.refine = Refine::Replace,
            _ => {}
        }
    }
}

/// The volume that metadata states for a tile or its content; heights alone change those of `derived`.
fn shape_of(entity: &MetadataEntity, what: &str, derived: &Shape) -> Option<Shape> {
    let semantic = |name: &str| format!("{what}_{name}");
    if let Some(numbers) = entity.numbers::<12>(&semantic("BOUNDING_BOX")) {
        return Some(Shape::Box(numbers));
    }
    if let Some(numbers) = entity.numbers::<6>(&semantic("BOUNDING_REGION")) {
        return Some(Shape::Region(numbers));
    }
    if let Some(numbers) = entity.numbers::<4>(&semantic("BOUNDING_SPHERE")) {
        return Some(Shape::Sphere(numbers));
    }
    let low_m = entity.number(&semantic("MINIMUM_HEIGHT"));
    let high_m = entity.number(&semantic("MAXIMUM_HEIGHT"));
    (low_m.is_some() || high_m.is_some()).then(|| derived.between_heights(low_m, high_m))
}

/// A template with its variables filled in (3D Tiles 1.1, "Template URIs").
fn filled(template: &str, level: u32, [x, y, z]: [u32; 3]) -> String {
    // Some writers encode the braces.
    let mut text = template.replace("%7B", "{").replace("%7D", "}");
    for (name, value) in [("{level}", level), ("{x}", x), ("{y}", y), ("{z}", z)] {
        text = text.replace(name, &value.to_string());
    }
    text
}
