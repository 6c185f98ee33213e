//! A subtree's JSON as it stands in the file, in the words of 1.1 and of the 1.0 extension.

use super::Availability;
use crate::tile_metadata::{TableJson, ViewBytes};
use serde::Deserialize;

/// The whole JSON.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct SubtreeJson {
    pub(super) buffers: Vec<BufferJson>,
    pub(super) buffer_views: Vec<ViewJson>,
    pub(super) tile_availability: AvailabilityJson,
    content_availability: Option<OneOrMany<AvailabilityJson>>,
    pub(super) child_subtree_availability: AvailabilityJson,
    property_tables: Vec<TableJson>,
    tile_metadata: Option<usize>,
    content_metadata: Option<OneOrMany<usize>>,
    extensions: Option<ExtensionsJson>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct BufferJson {
    /// The binary body where it is missing.
    pub(super) uri: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ViewJson {
    pub(super) buffer: u32,
    pub(super) byte_offset: u64,
    pub(super) byte_length: u64,
}

/// `bitstream` is 1.1's word for the draft's `bufferView`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct AvailabilityJson {
    #[serde(alias = "bufferView")]
    bitstream: Option<usize>,
    constant: Option<u8>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ExtensionsJson {
    #[serde(rename = "3DTILES_multiple_contents")]
    contents: Option<ContentsJson>,
    #[serde(rename = "3DTILES_metadata")]
    metadata: Option<TableJson>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ContentsJson {
    content_availability: Vec<AvailabilityJson>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMany<T> {
    Many(Vec<T>),
    One(T),
}

impl<T> OneOrMany<T> {
    fn as_slice(&self) -> &[T] {
        match self {
            Self::Many(list) => list,
            Self::One(one) => std::slice::from_ref(one),
        }
    }
}

impl SubtreeJson {
    /// The availability of each content of a tile.
    pub(super) fn contents(&self) -> &[AvailabilityJson] {
        let of_extension = self
            .extensions
            .as_ref()
            .and_then(|all| all.contents.as_ref());
        match (of_extension, &self.content_availability) {
            (Some(contents), _) => &contents.content_availability,
            (None, Some(contents)) => contents.as_slice(),
            (None, None) => &[],
        }
    }

    /// All property tables, the row of that of the tiles, and the rows of those of the contents.
    pub(super) fn into_tables(self) -> (Vec<TableJson>, Option<usize>, Vec<usize>) {
        let content_tables = self
            .content_metadata
            .as_ref()
            .map_or_else(Vec::new, |rows| rows.as_slice().to_vec());
        let mut tables = self.property_tables;
        let mut tile_table = self.tile_metadata;
        if let Some(draft) = self.extensions.and_then(|all| all.metadata) {
            // The draft knows one table, that of the tiles.
            tile_table = tile_table.or(Some(tables.len()));
            tables.push(draft);
        }
        (tables, tile_table, content_tables)
    }
}

impl AvailabilityJson {
    /// The availability with its bits.
    pub(super) fn read(&self, views: &[Option<ViewBytes>]) -> Result<Availability, String> {
        match (self.bitstream, self.constant) {
            (Some(row), _) => match views.get(row) {
                Some(Some(view)) => Ok(Availability::of_bits(view.clone())),
                _ => Err(format!("buffer view {row} is missing or beyond its buffer")),
            },
            (None, Some(constant)) => Ok(Availability::Constant(constant != 0)),
            (None, None) => Err("there is neither a bitstream nor a constant".to_owned()),
        }
    }
}
