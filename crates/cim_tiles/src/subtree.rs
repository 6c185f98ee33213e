//! Subtrees of implicit tiling (3D Tiles 1.1, "Subtrees"; the 1.0 extension `3DTILES_implicit_tiling`): which tiles of a
//! part of the tree exist, which have content, which subtrees follow, and their metadata.
//!
//! Binary (`subt`) and JSON. Where the tiles stand is known to the tileset that names the subtree, not to the subtree.

mod availability;
mod json;

pub(crate) use availability::{Availability, morton, nodes_above};

use crate::allowance::Allowance;
use crate::error::Problems;
use crate::files::without_byte_order_mark;
use crate::source::{is_data_uri, named, read_resource, resolve, without_query};
use crate::tile_metadata::{MetadataTable, Schema, TableJson, ViewBytes};
use crate::{Problem, TileError, TileSource};
use json::{AvailabilityJson, BufferJson, SubtreeJson};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Magic, version and two lengths.
const HEADER_BYTES: usize = 24;
/// A subtree may have so many buffers.
const MAX_BUFFERS: usize = 256;
/// All files that a subtree names may have so many bytes together.
const MAX_EXTERNAL_BYTES: usize = 256 << 20;

/// A subtree, read and checked as far as it can be without its tileset.
#[derive(Clone, Debug, PartialEq)]
pub struct Subtree {
    parts: Box<Parts>,
}

/// Boxed, so that a branch is small whatever it is.
#[derive(Clone, Debug, PartialEq)]
struct Parts {
    /// For messages.
    name: String,
    tiles: Availability,
    contents: Vec<Availability>,
    children: Availability,
    /// Rows of `tables`.
    tile_table: Option<usize>,
    content_tables: Vec<usize>,
    tables: Vec<TableJson>,
    views: Vec<Option<ViewBytes>>,
    external: Vec<String>,
    /// Bytes of the subtree and of all its buffers.
    bytes: usize,
    problems: Vec<Problem>,
}

impl Subtree {
    /// Reads the subtree at `path` with everything that it names.
    pub fn open(source: &dyn TileSource, path: &str) -> Result<Self, TileError> {
        Self::read(&read_resource(source, path)?, path, source)
    }

    /// Reads a subtree; `path` is its own within `source`, which has the buffers that it names.
    pub fn read(bytes: &[u8], path: &str, source: &dyn TileSource) -> Result<Self, TileError> {
        let name = named(source, path);
        let (json, binary) = split(bytes, &name)?;
        let json = without_byte_order_mark(json);
        Allowance::for_input(json.len()).take_json(json, &name)?;
        let json: SubtreeJson =
            serde_json::from_slice(json).map_err(|error| TileError::json(&name, &error))?;
        let mut problems = Problems::of(&name);
        let buffers = Buffers::read(&json.buffers, binary, path, source, &mut problems)?;
        let views: Vec<Option<ViewBytes>> = json
            .buffer_views
            .iter()
            .map(|view| buffers.view(view))
            .collect();
        let read = |one: &AvailabilityJson, place: &str| {
            one.read(&views)
                .map_err(|reason| TileError::broken(&name, place, reason))
        };
        let tiles = read(&json.tile_availability, "tileAvailability")?;
        let children = read(&json.child_subtree_availability, "childSubtreeAvailability")?;
        let contents = json
            .contents()
            .iter()
            .enumerate()
            .map(|(row, one)| {
                one.read(&views).unwrap_or_else(|reason| {
                    problems.add(format!("contentAvailability/{row}"), reason);
                    Availability::Constant(false)
                })
            })
            .collect();
        let (tables, tile_table, content_tables) = json.into_tables();
        Ok(Self {
            parts: Box::new(Parts {
                tiles,
                contents,
                children,
                tile_table,
                content_tables,
                tables,
                views,
                bytes: bytes.len() + buffers.external_bytes,
                external: buffers.external,
                problems: problems.into_list(),
                name,
            }),
        })
    }

    /// The files that it names: paths within the source.
    pub fn external_paths(&self) -> &[String] {
        &self.parts.external
    }

    /// What could not be used of it.
    pub fn problems(&self) -> &[Problem] {
        &self.parts.problems
    }

    /// Path or name, for messages.
    pub(crate) fn name(&self) -> &str {
        &self.parts.name
    }

    /// Whether the tile with this number, counted level by level, exists.
    pub(crate) fn has_tile(&self, node: u64) -> bool {
        self.parts.tiles.is_available(node)
    }

    /// Whether the tile with this number has the content with this row.
    pub(crate) fn has_content(&self, content: usize, node: u64) -> bool {
        self.parts
            .contents
            .get(content)
            .is_some_and(|one| one.is_available(node))
    }

    /// Whether the subtree with this Morton number follows below.
    pub(crate) fn has_child(&self, morton: u64) -> bool {
        self.parts.children.is_available(morton)
    }

    /// Its tables, read with the schema of the tileset.
    pub(crate) fn metadata(
        &self,
        schema: Option<&Schema>,
        mut tell: impl FnMut(String),
    ) -> SubtreeMetadata {
        let tables: Vec<Arc<MetadataTable>> = self
            .parts
            .tables
            .iter()
            .enumerate()
            .map(|(row, json)| {
                let view = |row: u32| self.parts.views.get(row as usize).cloned().flatten();
                let told = |reason: String| tell(format!("property table {row}: {reason}"));
                Arc::new(MetadataTable::from_json(json, schema, view, told))
            })
            .collect();
        let bytes = if tables.is_empty() {
            0
        } else {
            // Rows are read from the buffers when somebody asks, so these stay.
            let own: usize = tables.iter().map(|table| table.heap_bytes()).sum();
            own + self.parts.bytes
        };
        let table = |row: &usize| tables.get(*row).cloned();
        SubtreeMetadata {
            tiles: self.parts.tile_table.as_ref().and_then(table),
            contents: self.parts.content_tables.iter().map(table).collect(),
            bytes,
        }
    }

    /// The row of a tile in its table: how many tiles come before it.
    pub(crate) fn tile_row(&self, node: u64) -> Option<u32> {
        self.parts.tiles.rank(node)
    }

    /// The row of a tile's content in the table of that content.
    pub(crate) fn content_row(&self, content: usize, node: u64) -> Option<u32> {
        self.parts.contents.get(content)?.rank(node)
    }
}

/// The tables of a subtree.
#[derive(Debug)]
pub(crate) struct SubtreeMetadata {
    /// One row per tile.
    pub(crate) tiles: Option<Arc<MetadataTable>>,
    /// For each content of a tile, one row per tile that has it.
    pub(crate) contents: Vec<Option<Arc<MetadataTable>>>,
    /// What they keep in memory.
    pub(crate) bytes: usize,
}

/// JSON and binary body of a subtree file.
fn split<'a>(bytes: &'a [u8], name: &str) -> Result<(&'a [u8], &'a [u8]), TileError> {
    let Some(rest) = bytes.strip_prefix(b"subt") else {
        return Ok((bytes, &[]));
    };
    let short = || TileError::broken(name, "byte 0", "a subtree has 24 bytes before its JSON");
    let (version, rest) = rest.split_first_chunk::<4>().ok_or_else(short)?;
    let (json_length, rest) = rest.split_first_chunk::<8>().ok_or_else(short)?;
    let (binary_length, body) = rest.split_first_chunk::<8>().ok_or_else(short)?;
    let version = u32::from_le_bytes(*version);
    if version != 1 {
        let what = format!("a subtree of version {version}");
        return Err(TileError::unsupported(name, "byte 4", what));
    }
    let json_length = usize::try_from(u64::from_le_bytes(*json_length)).unwrap_or(usize::MAX);
    let binary_length = usize::try_from(u64::from_le_bytes(*binary_length)).unwrap_or(usize::MAX);
    let Some((json, binary)) = body.split_at_checked(json_length) else {
        let reason = format!(
            "the JSON has {json_length} bytes, but only {} follow",
            body.len()
        );
        return Err(TileError::broken(name, "byte 8", reason));
    };
    let Some(binary) = binary.get(..binary_length) else {
        let reason = format!(
            "the binary body has {binary_length} bytes, but only {} follow",
            binary.len()
        );
        let place = format!("byte {}", HEADER_BYTES + json_length);
        return Err(TileError::broken(name, place, reason));
    };
    Ok((json, binary))
}

/// A subtree's buffers, in the order of the JSON; `None` for those that are not there.
struct Buffers {
    list: Vec<Option<Arc<Vec<u8>>>>,
    external: Vec<String>,
    external_bytes: usize,
}

impl Buffers {
    fn read(
        json: &[BufferJson],
        binary: &[u8],
        path: &str,
        source: &dyn TileSource,
        problems: &mut Problems,
    ) -> Result<Self, TileError> {
        if json.len() > MAX_BUFFERS {
            let reason = format!("there are more than {MAX_BUFFERS} buffers");
            return Err(TileError::too_large(
                &named(source, path),
                "buffers",
                reason,
            ));
        }
        let mut read = Self {
            list: Vec::with_capacity(json.len()),
            external: Vec::new(),
            external_bytes: 0,
        };
        // Several buffers may be one file; that is read once.
        let mut files: BTreeMap<String, Arc<Vec<u8>>> = BTreeMap::new();
        let mut internal: Option<Arc<Vec<u8>>> = None;
        for (row, buffer) in json.iter().enumerate() {
            let found = match &buffer.uri {
                None => Ok(Arc::clone(
                    internal.get_or_insert_with(|| Arc::new(binary.to_vec())),
                )),
                Some(uri) => read.external(uri, path, source, &mut files),
            };
            read.list.push(match found {
                Ok(bytes) => Some(bytes),
                Err(reason) => {
                    problems.add(format!("buffers/{row}"), reason);
                    None
                }
            });
        }
        Ok(read)
    }

    fn external(
        &mut self,
        uri: &str,
        path: &str,
        source: &dyn TileSource,
        files: &mut BTreeMap<String, Arc<Vec<u8>>>,
    ) -> Result<Arc<Vec<u8>>, String> {
        let place = resolve(path, uri)?;
        if let Some(known) = files.get(&place) {
            return Ok(Arc::clone(known));
        }
        let bytes =
            read_resource(source, &place).map_err(|error| Problem::from(&error).to_string())?;
        self.external_bytes += bytes.len();
        if self.external_bytes > MAX_EXTERNAL_BYTES {
            return Err(format!(
                "the subtree names more than {MAX_EXTERNAL_BYTES} bytes in other files"
            ));
        }
        if !is_data_uri(&place) {
            self.external.push(without_query(&place).to_owned());
        }
        let bytes = Arc::new(bytes);
        files.insert(place, Arc::clone(&bytes));
        Ok(bytes)
    }

    fn view(&self, view: &json::ViewJson) -> Option<ViewBytes> {
        let buffer = self.list.get(view.buffer as usize)?.as_ref()?;
        let offset = usize::try_from(view.byte_offset).ok()?;
        let length = usize::try_from(view.byte_length).ok()?;
        ViewBytes::new(buffer, offset, length)
    }
}

#[cfg(test)]
mod tests;
