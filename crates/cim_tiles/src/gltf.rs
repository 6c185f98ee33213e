//! A tile's glTF 2.0 becomes surfaces by class and material, and a table of features.
//!
//! Reads GLB and glTF JSON (Khronos glTF 2.0) with buffers inside, in data URIs or beside the file: triangles, lines
//! and points of every accessor type, compressed (`KHR_draco_mesh_compression`, `EXT_meshopt_compression`) or
//! quantized, materials with one texture (PNG, JPEG, WebP, KTX2), instances, feature ids and property tables. Its own
//! reading of the JSON, because general glTF libraries drop attributes that start with an underscore and trust a file's
//! counts. Left out: animation, skins, morph targets, every light and every texture but the base colour.
//!
//! What may be built from a file is limited. Everything is counted before it is made:
//! - what the file holds as it is: sixteen times the file and the buffers beside it, see [`Allowance`];
//! - what is unpacked from Draco and meshopt streams, and made of that: 64 times the same, or 1 MiB for small files;
//! - images: see [`images`].

mod accessor;
mod attributes;
mod buffers;
mod container;
mod document;
mod draco;
mod features;
mod geometry;
pub(crate) mod guard;
pub(crate) mod images;
mod instances;
mod json_metadata;
mod ktx2;
mod materials;
mod meshopt;
mod metadata;
mod metadata_values;
mod nodes;
mod normals;
#[cfg(test)]
pub(crate) mod sample;
mod topology;

use crate::allowance::Allowance;
use crate::source::TileSource;
use crate::{Problem, PropertyTable, TileError, TileFeature, TileMesh};
use accessor::{Budget, GltfFile};
use buffers::Buffers;
use document::Document;
use geometry::Assembly;

pub(crate) use metadata::{Semantics, features_of_table};

/// A glTF asset and what is known about it from outside.
pub(crate) struct GltfInput<'a> {
    /// GLB or glTF JSON.
    pub(crate) bytes: &'a [u8],
    /// Its path within `source`: what it names is looked up from here; names it in errors too.
    pub(crate) path: &'a str,
    /// Where buffers, images and schemas beside the file are; without one, naming such a thing is an error.
    pub(crate) source: Option<&'a dyn TileSource>,
    /// The features of a b3dm around it, if there is one.
    pub(crate) batch: Option<BatchedFeatures<'a>>,
    /// Which of the asset's axes points up.
    pub(crate) up: UpAxis,
    /// Whether textures are unpacked; otherwise each is one white pixel.
    pub(crate) images: bool,
}

/// The features that a b3dm's batch table states. The attribute `_BATCHID` says which row a vertex belongs to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BatchedFeatures<'a> {
    /// One for each batch id. They come first in [`TileMesh::features`].
    pub(crate) features: &'a [TileFeature],
    /// The tables that [`TileFeature::row`] points into. They come first in [`TileMesh::tables`].
    pub(crate) tables: &'a [PropertyTable],
}

/// The axis of an asset that points up; the tile's frame has z up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum UpAxis {
    /// `gltfUpAxis` X of 3D Tiles 0.0 assets.
    X,
    /// glTF's own: `(x, y, z)` becomes `(x, −z, y)`.
    #[default]
    Y,
    /// Nothing is turned.
    Z,
}

/// Extensions that a file may require: read, or without effect on what is drawn here.
const KNOWN_EXTENSIONS: [&str; 34] = [
    "CESIUM_RTC",
    "CESIUM_primitive_outline",
    "EXT_feature_metadata",
    "EXT_instance_features",
    "EXT_mesh_features",
    "EXT_mesh_gpu_instancing",
    "EXT_meshopt_compression",
    "EXT_structural_metadata",
    "EXT_texture_webp",
    "KHR_animation_pointer",
    "KHR_draco_mesh_compression",
    "KHR_lights_punctual",
    "KHR_materials_anisotropy",
    "KHR_materials_clearcoat",
    "KHR_materials_diffuse_transmission",
    "KHR_materials_dispersion",
    "KHR_materials_emissive_strength",
    "KHR_materials_ior",
    "KHR_materials_iridescence",
    "KHR_materials_pbrSpecularGlossiness",
    "KHR_materials_sheen",
    "KHR_materials_specular",
    "KHR_materials_transmission",
    "KHR_materials_unlit",
    "KHR_materials_variants",
    "KHR_materials_volume",
    "KHR_mesh_quantization",
    "KHR_meshopt_compression",
    "KHR_techniques_webgl",
    "KHR_texture_basisu",
    "KHR_texture_transform",
    "KHR_xmp",
    "KHR_xmp_json_ld",
    "NGA_gpm_local",
];

/// Reads binary glTF that needs nothing beside it; `source` names it in errors.
///
/// glTF has y up, the mesh has z up: `(x, y, z)` becomes `(x, −z, y)`. Broken textures and tables cost themselves and
/// are not told; who wants to know reads the tile through its tileset.
pub fn read_glb(bytes: &[u8], source: &str) -> Result<TileMesh, TileError> {
    read_gltf(&GltfInput {
        bytes,
        path: source,
        source: None,
        batch: None,
        up: UpAxis::Y,
        images: true,
    })
}

/// Reads an asset; see [`read_gltf_with`].
pub(crate) fn read_gltf(input: &GltfInput<'_>) -> Result<TileMesh, TileError> {
    read_gltf_with(input, &mut Vec::new())
}

/// Reads an asset. Textures, materials and columns that are broken cost themselves: they are told in `problems`, at
/// most [`MAX_PROBLEMS`] of them, and the rest is read. Broken geometry is an error.
pub(crate) fn read_gltf_with(
    input: &GltfInput<'_>,
    problems: &mut Vec<Problem>,
) -> Result<TileMesh, TileError> {
    let parts = container::split(input.bytes, input.path)?;
    Allowance::for_input(input.bytes.len()).take_json(parts.json, input.path)?;
    let document: Document =
        serde_json::from_slice(parts.json).map_err(|error| TileError::json(input.path, &error))?;
    refuse_unknown_extensions(&document, input.path)?;
    let buffers = Buffers::load(input, &document, parts.binary);
    let mut budget = Budget::for_input(input.bytes.len().saturating_add(buffers.bytes_beside()));
    budget.plain.take_json(parts.json, input.path)?;
    let views = buffers.unpacked_views(&document, input.path, &mut budget);
    let file = GltfFile {
        document: &document,
        buffers: &buffers,
        views: &views,
        path: input.path,
    };
    Assembly::new(&file, input, budget, Told::new(input.path, problems)).build()
}

fn refuse_unknown_extensions(document: &Document, path: &str) -> Result<(), TileError> {
    let unknown = document
        .extensions_required
        .iter()
        .find(|name| !KNOWN_EXTENSIONS.contains(&name.as_str()));
    match unknown {
        Some(name) => Err(TileError::unsupported(
            path,
            "extensionsRequired",
            format!("extension {name}"),
        )),
        None => Ok(()),
    }
}

/// So many problems of one asset are told.
pub(crate) const MAX_PROBLEMS: usize = 100;

/// Problems of one asset, as they come up.
struct Told<'a> {
    path: &'a str,
    list: &'a mut Vec<Problem>,
    left: usize,
}

impl<'a> Told<'a> {
    fn new(path: &'a str, list: &'a mut Vec<Problem>) -> Self {
        Self {
            path,
            list,
            left: MAX_PROBLEMS,
        }
    }

    fn add(&mut self, place: impl Into<String>, reason: impl Into<String>) {
        if let Some(left) = self.left.checked_sub(1) {
            self.left = left;
            self.list.push(Problem {
                source: self.path.to_owned(),
                place: place.into(),
                reason: reason.into(),
            });
        }
    }

    /// Tells what an error says, and goes on.
    fn add_error(&mut self, error: &TileError) {
        let reason = match error {
            TileError::Broken { reason, .. }
            | TileError::Unsupported { reason, .. }
            | TileError::TooLarge { reason, .. } => reason.clone(),
            unreadable @ TileError::Unreadable { .. } => unreadable.to_string(),
        };
        self.add(error.place().to_owned(), reason);
    }
}

#[cfg(test)]
mod tests;
