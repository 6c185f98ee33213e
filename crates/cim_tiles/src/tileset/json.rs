//! `tileset.json` as it stands in the file (3D Tiles 1.1, "Tileset JSON"). Unknown properties are passed over.
//!
//! What a tile needs is optional here: a tile without it costs itself, not the file. What few tiles have is boxed, so
//! that a large tree stays small while it is read.

use crate::tile_metadata::{EntityJson, GroupJson, GroupsJson, MetadataJson, SchemaJson};
use crate::volume::VolumeJson;
use serde::Deserialize;

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TilesetJson {
    pub(super) asset: AssetJson,
    #[serde(default)]
    pub(super) geometric_error: Option<f64>,
    #[serde(default)]
    pub(super) extensions_required: Vec<String>,
    #[serde(default)]
    schema: Option<SchemaJson>,
    #[serde(default)]
    schema_uri: Option<String>,
    #[serde(default)]
    metadata: Option<EntityJson>,
    #[serde(default)]
    groups: Option<GroupsJson>,
    #[serde(default)]
    extensions: Option<TilesetExtensionsJson>,
    pub(super) root: TileJson,
}

impl TilesetJson {
    /// All metadata, from 1.1's own places or from the 1.0 extension.
    pub(super) fn take_metadata(&mut self) -> MetadataJson {
        let own = MetadataJson {
            schema: self.schema.take(),
            schema_uri: self.schema_uri.take(),
            tileset: self.metadata.take(),
            groups: self.groups.take(),
        };
        let has_own = own.schema.is_some()
            || own.schema_uri.is_some()
            || own.tileset.is_some()
            || own.groups.is_some();
        let extension = self.extensions.take().and_then(|all| all.metadata);
        match extension {
            Some(metadata) if !has_own => metadata,
            _ => own,
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct TilesetExtensionsJson {
    #[serde(rename = "3DTILES_metadata")]
    metadata: Option<MetadataJson>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AssetJson {
    pub(super) version: String,
    #[serde(default)]
    pub(super) copyright: Option<String>,
    /// Not in the standard, but written by converters of 1.0: which axis of the glTF within b3dm and i3dm is up.
    #[serde(default)]
    pub(super) gltf_up_axis: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct TileJson {
    pub(super) bounding_volume: Option<Box<VolumeJson>>,
    pub(super) viewer_request_volume: Option<Box<VolumeJson>>,
    pub(super) geometric_error: Option<f64>,
    pub(super) refine: Option<Box<str>>,
    pub(super) transform: Option<Box<[f64]>>,
    content: Option<Box<ContentJson>>,
    contents: Vec<ContentJson>,
    implicit_tiling: Option<Box<ImplicitJson>>,
    metadata: Option<Box<EntityJson>>,
    extensions: Option<Box<TileExtensionsJson>>,
    pub(super) children: Vec<Self>,
}

impl TileJson {
    /// All contents, wherever the file puts them.
    pub(super) fn take_contents(&mut self) -> Vec<ContentJson> {
        let mut contents = std::mem::take(&mut self.contents);
        if contents.is_empty() {
            let several = self
                .extensions
                .as_mut()
                .and_then(|all| all.contents.as_mut());
            contents =
                several.map_or_else(Vec::new, |several| std::mem::take(&mut several.contents));
        }
        if contents.is_empty() {
            contents.extend(self.content.take().map(|content| *content));
        }
        contents
    }

    /// Implicit tiling, in 1.1's own place or the extension's.
    pub(super) fn implicit(&self) -> Option<&ImplicitJson> {
        self.implicit_tiling.as_deref().or_else(|| {
            self.extensions
                .as_ref()
                .and_then(|all| all.implicit.as_ref())
        })
    }

    /// The tile's own properties.
    pub(super) fn metadata(&self) -> Option<&EntityJson> {
        self.metadata.as_deref().or_else(|| {
            self.extensions
                .as_ref()
                .and_then(|all| all.metadata.as_ref())
        })
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct TileExtensionsJson {
    #[serde(rename = "3DTILES_implicit_tiling")]
    implicit: Option<ImplicitJson>,
    #[serde(rename = "3DTILES_multiple_contents")]
    contents: Option<SeveralJson>,
    #[serde(rename = "3DTILES_metadata")]
    metadata: Option<EntityJson>,
}

/// `3DTILES_multiple_contents`; its drafts disagree about the name.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SeveralJson {
    #[serde(alias = "content")]
    contents: Vec<ContentJson>,
}

/// `implicitTiling`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ImplicitJson {
    pub(super) subdivision_scheme: String,
    pub(super) subtree_levels: u32,
    available_levels: Option<u32>,
    /// The extension counts the last level instead.
    maximum_level: Option<u32>,
    pub(super) subtrees: SubtreesJson,
}

impl ImplicitJson {
    /// How many levels there can be.
    pub(super) fn levels(&self) -> Option<u32> {
        self.available_levels
            .or_else(|| self.maximum_level.map(|last| last.saturating_add(1)))
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SubtreesJson {
    pub(super) uri: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ContentJson {
    uri: Option<String>,
    /// The name that version 0.0 and some 1.0 writers use.
    url: Option<String>,
    pub(super) bounding_volume: Option<Box<VolumeJson>>,
    group: Option<GroupJson>,
    metadata: Option<Box<EntityJson>>,
    extensions: Option<Box<ContentExtensionsJson>>,
}

impl ContentJson {
    /// The address, under either name.
    pub(super) fn uri(&self) -> Option<&str> {
        self.uri.as_deref().or(self.url.as_deref())
    }

    /// The group, in 1.1's own place or the extension's.
    pub(super) fn group(&self) -> Option<&GroupJson> {
        self.group
            .as_ref()
            .or_else(|| self.extension().and_then(|one| one.group.as_ref()))
    }

    /// The content's own properties.
    pub(super) fn metadata(&self) -> Option<&EntityJson> {
        self.metadata
            .as_deref()
            .or_else(|| self.extension().map(|one| &one.entity))
            .filter(|entity| !entity.class.is_empty())
    }

    fn extension(&self) -> Option<&ContentMetadataJson> {
        self.extensions
            .as_ref()
            .and_then(|all| all.metadata.as_ref())
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ContentExtensionsJson {
    #[serde(rename = "3DTILES_metadata")]
    metadata: Option<ContentMetadataJson>,
}

/// `3DTILES_metadata` of a content.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ContentMetadataJson {
    group: Option<GroupJson>,
    #[serde(flatten)]
    entity: EntityJson,
}
