//! Points that Draco packed (`3DTILES_draco_point_compression`).

use crate::allowance::Allowance;
use crate::batch::column::Component;
use crate::batch::json::DracoProperties;
use crate::gltf::guard::guarded;
use crate::{PropertyColumn, PropertyValue, TileError};
use draco_core::{
    DataType, DecodeLimits, DecoderBuffer, PointAttribute, PointCloud, PointCloudDecoder,
    PointIndex,
};

const PLACE: &str = "the feature table, 3DTILES_draco_point_compression";

/// Packed points may become this many times as many bytes: a point of two bytes unpacks to some thirty, and takes as
/// many again once it is a corner.
const TIMES_INPUT: usize = 64;
/// Small files may unpack to this much.
const SMALL_UNPACKED_BYTES: usize = 1 << 20;

/// The size of a plain file that may ask for as much as a packed one of `bytes`.
pub(super) fn unpacked_input(bytes: usize) -> usize {
    most_bytes(bytes) / Allowance::TIMES_INPUT
}

fn most_bytes(bytes: usize) -> usize {
    bytes.saturating_mul(TIMES_INPUT).max(SMALL_UNPACKED_BYTES)
}

/// Unpacks the points. There must be `count` of them, and no more bytes than `allowance` gives.
pub(super) fn unpack(
    draco: &DracoProperties,
    binary: &[u8],
    count: usize,
    allowance: &mut Allowance,
    path: &str,
) -> Result<PointCloud, TileError> {
    let broken = |reason: String| TileError::broken(path, PLACE, reason);
    let packed = draco
        .byte_offset
        .checked_add(draco.byte_length)
        .and_then(|end| binary.get(draco.byte_offset..end))
        .ok_or_else(|| {
            broken(format!(
                "{} bytes from byte {} do not fit into the binary part of {} bytes",
                draco.byte_length,
                draco.byte_offset,
                binary.len()
            ))
        })?;
    // Positions and one more property of four bytes are what a point has at least; the stream says how many.
    allowance.take(count.saturating_mul(size_of::<[f32; 4]>()), path, PLACE)?;
    let limits = DecodeLimits::default()
        .with_max_points(count as u64)
        .with_max_faces(0)
        .with_max_decoded_bytes(most_bytes(packed.len()) as u64);
    let cloud = guarded(|| {
        let mut cloud = PointCloud::new();
        let mut buffer = DecoderBuffer::new(packed).with_limits(limits);
        PointCloudDecoder::new()
            .decode(&mut buffer, &mut cloud)
            .map(|()| cloud)
            .map_err(|error| error.to_string())
    })
    .map_err(broken)?;
    if cloud.num_points() == count {
        Ok(cloud)
    } else {
        Err(broken(format!(
            "{} points are packed, the tile states {count}",
            cloud.num_points()
        )))
    }
}

/// One property of unpacked points.
#[derive(Clone, Copy)]
pub(super) struct Packed<'c> {
    attribute: &'c PointAttribute,
    component: Component,
    stride: usize,
}

impl<'c> Packed<'c> {
    /// The property with this unique id, if it has at least `width` numbers.
    pub(super) fn of(cloud: &'c PointCloud, id: u32, width: usize) -> Result<Self, String> {
        let attribute = cloud
            .attribute_by_unique_id(id)
            .ok_or_else(|| format!("no packed property has the id {id}"))?;
        let component = match attribute.data_type() {
            DataType::Int8 => Component::I8,
            DataType::Uint8 | DataType::Bool => Component::U8,
            DataType::Int16 => Component::I16,
            DataType::Uint16 => Component::U16,
            DataType::Int32 => Component::I32,
            DataType::Uint32 => Component::U32,
            DataType::Float32 => Component::F32,
            DataType::Float64 => Component::F64,
            other => return Err(format!("a packed property is of the type {other:?}")),
        };
        let parts = usize::from(attribute.num_components());
        if parts < width {
            return Err(format!(
                "a packed property has {parts} numbers, not {width}"
            ));
        }
        let stride = usize::try_from(attribute.byte_stride())
            .map_err(|error| format!("a packed property has a stride that is none: {error}"))?;
        Ok(Self {
            attribute,
            component,
            stride,
        })
    }

    /// One number of one point; 0 where the stream has none.
    pub(super) fn number(&self, point: usize, part: usize) -> f64 {
        let value = self.attribute.mapped_index(PointIndex(point as u32)).0 as usize;
        let at = value
            .saturating_mul(self.stride)
            .saturating_add(part * self.component.bytes());
        self.component.read(self.attribute.buffer().data(), at)
    }
}

/// The properties that a batch table lists as packed, as columns.
pub(super) fn columns(
    draco: &DracoProperties,
    cloud: &PointCloud,
    allowance: &mut Allowance,
    path: &str,
) -> Result<Vec<PropertyColumn>, TileError> {
    let rows = cloud.num_points();
    let mut columns = Vec::with_capacity(draco.properties.len());
    for (name, id) in &draco.properties {
        let place = format!("the batch table, {name}");
        let packed = Packed::of(cloud, *id, 1)
            .map_err(|reason| TileError::broken(path, place.as_str(), reason))?;
        let width = usize::from(packed.attribute.num_components());
        let parts = if width == 1 { 1 } else { width + 1 };
        allowance.take(
            rows.saturating_mul(parts * size_of::<PropertyValue>()),
            path,
            &place,
        )?;
        let value = |row: usize| {
            if width == 1 {
                return PropertyValue::Number(packed.number(row, 0));
            }
            let parts = (0..width).map(|part| packed.number(row, part));
            PropertyValue::List(parts.map(PropertyValue::Number).collect())
        };
        columns.push(PropertyColumn {
            id: name.clone(),
            values: (0..rows).map(|row| Some(value(row))).collect(),
            ..PropertyColumn::default()
        });
    }
    Ok(columns)
}
