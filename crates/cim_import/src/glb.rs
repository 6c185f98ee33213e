//! One tile's content: binary glTF 2.0 with `EXT_mesh_features` and `EXT_structural_metadata`.
//!
//! glTF is Y-up: its x, y, z are east, up and minus north; 3D Tiles turns it back. Positions are relative to the tile's
//! middle, a whole number of metres, so that `f32` keeps them to a tenth of a millimetre. Buffer views start at multiples
//! of eight bytes, as the metadata extension asks.

use crate::classify::Class;
use crate::mesh::Mesh;
use crate::shape::CityFeature;
use serde_json::{Value, json};

/// Classes in drawing order: material name and colour as linear RGB.
const MATERIALS: [(&str, [f64; 3]); 5] = [
    ("building", [0.70, 0.69, 0.66]),
    ("water", [0.16, 0.36, 0.50]),
    ("green", [0.30, 0.46, 0.26]),
    ("road", [0.36, 0.36, 0.38]),
    ("rail", [0.28, 0.25, 0.24]),
];

const ARRAY_BUFFER: u32 = 34962;
const ELEMENT_ARRAY_BUFFER: u32 = 34963;
const FLOAT: u32 = 5126;
const UNSIGNED_INT: u32 = 5125;

/// A tile's bytes and the box around it.
#[derive(Debug)]
pub(crate) struct Glb {
    pub(crate) bytes: Vec<u8>,
    /// Smallest and largest east, north, up of the city's frame, metres.
    pub(crate) min: [f64; 3],
    pub(crate) max: [f64; 3],
}

/// Writes the features of one tile; `None` when they have no triangle between them.
pub(crate) fn tile(features: &[(&CityFeature, Mesh)]) -> Option<Glb> {
    let shown: Vec<&(&CityFeature, Mesh)> = features
        .iter()
        .filter(|(_, mesh)| !mesh.indices.is_empty())
        .collect();
    let (min, max) = corners(&shown)?;
    let middle = [0, 1, 2].map(|axis: usize| f64::midpoint(min[axis], max[axis]).round());

    let mut bin = Bin::default();
    let mut primitives = Vec::new();
    let mut materials = Vec::new();
    for (name, colour) in MATERIALS {
        let group: Vec<(usize, &Mesh)> = shown
            .iter()
            .enumerate()
            .filter(|(_, (feature, _))| material_of(feature.class) == name)
            .map(|(row, (_, mesh))| (row, mesh))
            .collect();
        if group.is_empty() {
            continue;
        }
        let material = materials.len();
        materials.push(json!({
            "name": name,
            "pbrMetallicRoughness": {
                "baseColorFactor": [colour[0], colour[1], colour[2], 1.0], "metallicFactor": 0.0, "roughnessFactor": 1.0
            }
        }));
        primitives.push(primitive(&mut bin, &group, middle, material));
    }
    let table = property_table(&mut bin, &shown);
    let root = json!({
        "asset": {"version": "2.0", "generator": "CityMirror cim import"},
        "extensionsUsed": ["EXT_mesh_features", "EXT_structural_metadata"],
        "extensions": {"EXT_structural_metadata": {"schema": schema(), "propertyTables": [table]}},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "translation": [middle[0], middle[2], -middle[1]]}],
        "meshes": [{"primitives": primitives}],
        "materials": materials,
        "accessors": bin.accessors,
        "bufferViews": bin.views,
        "buffers": [{"byteLength": bin.bytes.len()}],
    });
    Some(Glb {
        bytes: container(&root, &bin.bytes),
        min,
        max,
    })
}

/// The material of a class; parts are buildings to the eye.
fn material_of(class: Class) -> &'static str {
    match class {
        Class::Building | Class::BuildingPart => "building",
        Class::Water => "water",
        Class::Green => "green",
        Class::Road => "road",
        Class::Rail => "rail",
        Class::Point | Class::Label | Class::Other => "",
    }
}

fn corners(shown: &[&(&CityFeature, Mesh)]) -> Option<([f64; 3], [f64; 3])> {
    let (mut min, mut max) = ([f64::INFINITY; 3], [f64::NEG_INFINITY; 3]);
    for position in shown.iter().flat_map(|(_, mesh)| &mesh.positions) {
        for ((low, high), at) in min.iter_mut().zip(&mut max).zip(position) {
            *low = low.min(*at);
            *high = high.max(*at);
        }
    }
    min.iter()
        .zip(&max)
        .all(|(low, high)| low <= high)
        .then_some((min, max))
}

fn primitive(bin: &mut Bin, group: &[(usize, &Mesh)], middle: [f64; 3], material: usize) -> Value {
    let (mut positions, mut normals, mut rows, mut indices) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (row, mesh) in group {
        let first = rows.len() as u32;
        for at in &mesh.positions {
            positions.push([
                (at[0] - middle[0]) as f32,
                (at[2] - middle[2]) as f32,
                -(at[1] - middle[1]) as f32,
            ]);
            rows.push(*row as f32);
        }
        normals.extend(mesh.normals.iter().map(|n| [n[0], n[2], -n[1]]));
        indices.extend(mesh.indices.iter().map(|index| first + index));
    }
    let position = bin.vec3(&positions, Limits::Stated);
    let normal = bin.vec3(&normals, Limits::Left);
    let row = bin.scalars(&rows);
    let index = bin.indices(&indices);
    json!({
        "attributes": {"POSITION": position, "NORMAL": normal, "_FEATURE_ID_0": row},
        "indices": index,
        "material": material,
        "mode": 4,
        "extensions": {"EXT_mesh_features": {
            "featureIds": [{"featureCount": group.len(), "attribute": 0, "propertyTable": 0}]
        }}
    })
}

fn schema() -> Value {
    json!({"id": "citymirror", "classes": {"feature": {"name": "City feature", "properties": {
        "id": {"type": "STRING"},
        "kind": {"type": "STRING"},
        "name": {"type": "STRING"},
        "height_m": {"type": "SCALAR", "componentType": "FLOAT32"},
        "height_source": {"type": "STRING"}
    }}}})
}

fn property_table(bin: &mut Bin, shown: &[&(&CityFeature, Mesh)]) -> Value {
    let mut strings = |texts: Vec<&str>| {
        let (values, offsets) = bin.strings(&texts);
        json!({"values": values, "stringOffsets": offsets, "stringOffsetType": "UINT32"})
    };
    let id = strings(
        shown
            .iter()
            .map(|(feature, _)| feature.id.as_str())
            .collect(),
    );
    let kind = strings(
        shown
            .iter()
            .map(|(feature, _)| feature.kind.as_str())
            .collect(),
    );
    let name = strings(
        shown
            .iter()
            .map(|(feature, _)| feature.tags.name())
            .collect(),
    );
    let source = strings(
        shown
            .iter()
            .map(|(feature, _)| feature.heights.map_or("", |h| h.source))
            .collect(),
    );
    let heights: Vec<u8> = shown
        .iter()
        .flat_map(|(feature, _)| (feature.heights.map_or(0.0, |h| h.height_m) as f32).to_le_bytes())
        .collect();
    let height = bin.view(&heights, None);
    json!({"name": "features", "class": "feature", "count": shown.len(), "properties": {
        "id": id, "kind": kind, "name": name, "height_m": {"values": height}, "height_source": source
    }})
}

/// Whether an accessor states its smallest and largest value, as POSITION must.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Limits {
    Stated,
    Left,
}

/// The binary chunk while it grows.
#[derive(Default)]
struct Bin {
    bytes: Vec<u8>,
    views: Vec<Value>,
    accessors: Vec<Value>,
}

impl Bin {
    fn view(&mut self, data: &[u8], target: Option<u32>) -> usize {
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
        let offset = self.bytes.len();
        self.bytes.extend_from_slice(data);
        // glTF allows no empty view: a table whose texts are all empty gets one byte that nothing points to.
        if data.is_empty() {
            self.bytes.push(0);
        }
        let mut view = json!({"buffer": 0, "byteOffset": offset, "byteLength": data.len().max(1)});
        if let (Some(target), Some(object)) = (target, view.as_object_mut()) {
            object.insert("target".to_owned(), json!(target));
        }
        self.views.push(view);
        self.views.len() - 1
    }

    fn accessor(&mut self, mut accessor: Value, limits: Option<(Value, Value)>) -> usize {
        if let (Some((min, max)), Some(object)) = (limits, accessor.as_object_mut()) {
            object.insert("min".to_owned(), min);
            object.insert("max".to_owned(), max);
        }
        self.accessors.push(accessor);
        self.accessors.len() - 1
    }

    fn vec3(&mut self, values: &[[f32; 3]], limits: Limits) -> usize {
        let bytes: Vec<u8> = values
            .iter()
            .flatten()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        let view = self.view(&bytes, Some(ARRAY_BUFFER));
        let range = (limits == Limits::Stated).then(|| {
            let (mut min, mut max) = ([f32::INFINITY; 3], [f32::NEG_INFINITY; 3]);
            for value in values {
                min = [
                    min[0].min(value[0]),
                    min[1].min(value[1]),
                    min[2].min(value[2]),
                ];
                max = [
                    max[0].max(value[0]),
                    max[1].max(value[1]),
                    max[2].max(value[2]),
                ];
            }
            (json!(min), json!(max))
        });
        let accessor = json!({"bufferView": view, "componentType": FLOAT, "count": values.len(), "type": "VEC3"});
        self.accessor(accessor, range)
    }

    fn scalars(&mut self, values: &[f32]) -> usize {
        let bytes: Vec<u8> = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        let view = self.view(&bytes, Some(ARRAY_BUFFER));
        let accessor = json!({"bufferView": view, "componentType": FLOAT, "count": values.len(), "type": "SCALAR"});
        self.accessor(accessor, None)
    }

    fn indices(&mut self, values: &[u32]) -> usize {
        let bytes: Vec<u8> = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        let view = self.view(&bytes, Some(ELEMENT_ARRAY_BUFFER));
        let accessor = json!({"bufferView": view, "componentType": UNSIGNED_INT, "count": values.len(), "type": "SCALAR"});
        self.accessor(accessor, None)
    }

    /// Texts one after the other, and where each starts.
    fn strings(&mut self, texts: &[&str]) -> (usize, usize) {
        let mut values = Vec::new();
        let mut offsets: Vec<u8> = 0_u32.to_le_bytes().to_vec();
        for text in texts {
            values.extend_from_slice(text.as_bytes());
            offsets.extend((values.len() as u32).to_le_bytes());
        }
        (self.view(&values, None), self.view(&offsets, None))
    }
}

/// The GLB container (glTF 2.0, section 4).
fn container(root: &Value, bin: &[u8]) -> Vec<u8> {
    let mut text = root.to_string().into_bytes();
    text.resize(text.len().next_multiple_of(8), b' ');
    let bin_length = bin.len().next_multiple_of(8);
    let total = 12 + 8 + text.len() + 8 + bin_length;
    let mut bytes = Vec::with_capacity(total);
    bytes.extend_from_slice(b"glTF");
    bytes.extend_from_slice(&2_u32.to_le_bytes());
    bytes.extend_from_slice(&(total as u32).to_le_bytes());
    bytes.extend_from_slice(&(text.len() as u32).to_le_bytes());
    bytes.extend_from_slice(b"JSON");
    bytes.extend_from_slice(&text);
    bytes.extend_from_slice(&(bin_length as u32).to_le_bytes());
    bytes.extend_from_slice(b"BIN\0");
    bytes.extend_from_slice(bin);
    bytes.resize(total, 0);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_states_its_lengths_in_whole_words() {
        let bytes = container(&json!({"asset": {"version": "2.0"}}), &[1, 2, 3]);
        assert_eq!(&bytes[..4], b"glTF");
        assert_eq!(
            u32::from_le_bytes([bytes[8], bytes[9], bytes[10], bytes[11]]) as usize,
            bytes.len()
        );
        assert_eq!(bytes.len() % 4, 0);
    }

    #[test]
    fn texts_are_found_again_by_their_offsets() {
        let mut bin = Bin::default();
        let (values, offsets) = bin.strings(&["上海", "", "x"]);
        assert_eq!((values, offsets), (0, 1));
        assert_eq!(bin.views[0]["byteLength"], 7);
        assert_eq!(
            &bin.bytes[8..24],
            &[0, 0, 0, 0, 6, 0, 0, 0, 6, 0, 0, 0, 7, 0, 0, 0]
        );
    }
}
