//! A tile's glTF becomes triangles by class and a table of features.
//!
//! Reads binary glTF 2.0 with one buffer of its own: every scene of triangles, with the parts of
//! `EXT_mesh_features` and `EXT_structural_metadata` that name features. Its own small reading of the JSON, because a
//! general glTF library drops attributes that start with an underscore and trusts the container's length. Textures,
//! animation and colours are passed over. Compressed geometry (Draco, meshopt) is named as unsupported.

mod accessor;
mod container;
mod document;
mod features;
mod geometry;
mod metadata;
mod nodes;
#[cfg(test)]
pub(crate) mod sample;

use crate::allowance::Allowance;
use crate::{TileError, TileMesh};
use accessor::GltfFile;
use document::Document;
use geometry::Assembly;

/// Extensions that a file may require: read, or without effect on triangles and features.
const KNOWN_EXTENSIONS: [&str; 9] = [
    "CESIUM_primitive_outline",
    "EXT_mesh_features",
    "EXT_structural_metadata",
    "KHR_materials_specular",
    "KHR_materials_unlit",
    "KHR_mesh_quantization",
    "KHR_texture_basisu",
    "KHR_texture_transform",
    "EXT_texture_webp",
];

/// Reads binary glTF; `source` names it in errors.
///
/// glTF has y up; the mesh has east, north and up: `(x, y, z)` becomes `(east, up, −north)`.
pub fn read_glb(bytes: &[u8], source: &str) -> Result<TileMesh, TileError> {
    let parts = container::split(bytes, source)?;
    let mut allowance = Allowance::for_input(bytes.len());
    allowance.take_json(parts.json, source)?;
    let document: Document =
        serde_json::from_slice(parts.json).map_err(|error| TileError::json(source, &error))?;
    if let Some(unknown) = document
        .extensions_required
        .iter()
        .find(|name| !KNOWN_EXTENSIONS.contains(&name.as_str()))
    {
        return Err(TileError::unsupported(
            source,
            "extensionsRequired",
            format!("extension {unknown}"),
        ));
    }
    allowance.take(
        document
            .nodes
            .len()
            .saturating_mul(nodes::WALK_BYTES_PER_NODE),
        source,
        "nodes",
    )?;
    let file = GltfFile {
        document: &document,
        binary: parts.binary,
        source,
    };
    let mut assembly = Assembly::new(&file, allowance);
    for placed in nodes::placed_meshes(&file)? {
        assembly.add_mesh(&placed)?;
    }
    assembly.finish()
}

#[cfg(test)]
mod tests;
