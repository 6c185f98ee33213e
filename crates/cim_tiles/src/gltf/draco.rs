//! Unpacks geometry that is packed with Draco (`KHR_draco_mesh_compression`).
//!
//! A stream may unpack to 64 times its size, or to 1 MiB for small ones; the decoder is told so before it starts.

use super::accessor::{Budget, Component, GltfFile, Items};
use super::document;
use super::guard::guarded;
use crate::TileError;
use draco_core::{DataType, DecodeLimits, DecoderBuffer, Mesh, MeshDecoder, PointAttribute};

/// A stream may unpack to so many times its size …
const TIMES_INPUT: usize = 64;
/// … or to so many bytes where that is more.
const SMALL_STREAM_BYTES: usize = 1 << 20;
/// Three indices of four bytes.
const FACE_BYTES: usize = 12;
/// The least that a point takes: one byte for each part of its position.
const POINT_BYTES: usize = 3;

/// What a stream holds.
pub(super) struct Unpacked {
    mesh: Mesh,
}

impl Unpacked {
    /// Unpacks the stream that a primitive names.
    pub(super) fn read(
        file: &GltfFile<'_>,
        draco: &document::Draco,
        place: &str,
        budget: &mut Budget,
    ) -> Result<Self, TileError> {
        let broken =
            |reason: String| TileError::broken(file.path, place, format!("Draco: {reason}"));
        let stream = file.view(draco.buffer_view)?.bytes;
        let max_bytes = stream
            .len()
            .saturating_mul(TIMES_INPUT)
            .max(SMALL_STREAM_BYTES);
        let limits = DecodeLimits::default()
            .with_max_points((max_bytes / POINT_BYTES) as u64)
            .with_max_faces((max_bytes / FACE_BYTES) as u64)
            .with_max_decoded_bytes(max_bytes as u64);
        let mesh = guarded(|| {
            let mut mesh = Mesh::new();
            MeshDecoder::new()
                .decode(
                    &mut DecoderBuffer::new(stream).with_limits(limits),
                    &mut mesh,
                )
                .map_err(|error| error.to_string())?;
            Ok(mesh)
        })
        .map_err(broken)?;
        let attributes = (0..mesh.num_attributes()).filter_map(|id| mesh.try_attribute(id).ok());
        let values: usize = attributes
            .map(|attribute| attribute.buffer().data_size())
            .sum();
        let faces = mesh.num_faces().saturating_mul(FACE_BYTES);
        budget
            .unpacked
            .take(values.saturating_add(faces), file.path, place)?;
        Ok(Self { mesh })
    }

    /// Vertices.
    pub(super) fn points(&self) -> usize {
        self.mesh.num_points()
    }

    /// Three indices for each triangle.
    pub(super) fn indices(&self) -> Vec<u32> {
        let corners = self.mesh.faces().as_flattened();
        corners.iter().map(|point| point.0).collect()
    }

    /// The values of an attribute, one for each vertex; `None` when the stream does not have it.
    pub(super) fn items(
        &self,
        unique_id: u32,
        is_normalized: bool,
    ) -> Result<Option<Items<'static>>, String> {
        let Some(attribute) = self.mesh.attribute_by_unique_id(unique_id) else {
            return Ok(None);
        };
        let component = match attribute.data_type() {
            DataType::Int8 => Component::I8,
            DataType::Uint8 | DataType::Bool => Component::U8,
            DataType::Int16 => Component::I16,
            DataType::Uint16 => Component::U16,
            DataType::Uint32 => Component::U32,
            DataType::Float32 => Component::F32,
            other => return Err(format!("an attribute of {other:?}")),
        };
        let width = usize::from(attribute.num_components());
        let bytes = values_by_point(attribute, self.points(), width * component.bytes())?;
        Ok(Some(Items::unpacked(
            bytes,
            width,
            component,
            is_normalized,
        )))
    }
}

/// The bytes of each point's value: several points may share one.
fn values_by_point(
    attribute: &PointAttribute,
    points: usize,
    value_bytes: usize,
) -> Result<Vec<u8>, String> {
    let data = attribute.buffer().data();
    let missing = || "an attribute has fewer values than the stream has points".to_owned();
    let Some(map) = attribute.explicit_mapping() else {
        let size = points.checked_mul(value_bytes).ok_or_else(missing)?;
        return Ok(data.get(..size).ok_or_else(missing)?.to_vec());
    };
    let map = map.get(..points).ok_or_else(missing)?;
    // As many bytes as there are points: their number was limited, and is backed by the map.
    let mut bytes = Vec::with_capacity(points.saturating_mul(value_bytes));
    for value in map {
        let start = (value.0 as usize).saturating_mul(value_bytes);
        let value = data
            .get(start..start.saturating_add(value_bytes))
            .ok_or_else(missing)?;
        bytes.extend_from_slice(value);
    }
    Ok(bytes)
}
