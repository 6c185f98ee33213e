//! `tileset.json` as it stands in the file (3D Tiles 1.1, "Tileset JSON"). Unknown properties are passed over.
//!
//! What a tile needs is optional here: a tile without it costs itself, not the file.

use serde::Deserialize;
use serde::de::IgnoredAny;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TilesetJson {
    pub(super) asset: AssetJson,
    #[serde(default)]
    pub(super) geometric_error: Option<f64>,
    #[serde(default)]
    pub(super) extensions_required: Vec<String>,
    pub(super) root: TileJson,
}

#[derive(Debug, Deserialize)]
pub(super) struct AssetJson {
    pub(super) version: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct TileJson {
    pub(super) bounding_volume: Option<VolumeJson>,
    pub(super) geometric_error: Option<f64>,
    pub(super) refine: Option<String>,
    pub(super) transform: Option<Vec<f64>>,
    pub(super) content: Option<ContentJson>,
    pub(super) contents: Vec<ContentJson>,
    pub(super) implicit_tiling: Option<IgnoredAny>,
    pub(super) children: Vec<TileJson>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct VolumeJson {
    #[serde(rename = "box")]
    pub(super) oriented_box: Option<Vec<f64>>,
    pub(super) region: Option<Vec<f64>>,
    pub(super) sphere: Option<Vec<f64>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ContentJson {
    pub(super) uri: Option<String>,
    /// The name that version 0.0 and some 1.0 writers use.
    pub(super) url: Option<String>,
}
