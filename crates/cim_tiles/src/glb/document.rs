//! The part of a glTF document that triangles and features need. Everything else is passed over.

use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Document {
    pub(super) extensions_required: Vec<String>,
    pub(super) scene: Option<u32>,
    pub(super) scenes: Vec<Scene>,
    pub(super) nodes: Vec<Node>,
    pub(super) meshes: Vec<Mesh>,
    pub(super) materials: Vec<Material>,
    pub(super) accessors: Vec<Accessor>,
    pub(super) buffer_views: Vec<BufferView>,
    pub(super) buffers: Vec<Buffer>,
    pub(super) extensions: RootExtensions,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Scene {
    pub(super) nodes: Vec<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Node {
    pub(super) children: Vec<u32>,
    pub(super) mesh: Option<u32>,
    pub(super) matrix: Option<Vec<f64>>,
    pub(super) translation: Option<[f64; 3]>,
    pub(super) rotation: Option<[f64; 4]>,
    pub(super) scale: Option<[f64; 3]>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Mesh {
    pub(super) primitives: Vec<Primitive>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Primitive {
    pub(super) attributes: Attributes,
    pub(super) indices: Option<u32>,
    pub(super) material: Option<u32>,
    pub(super) mode: Option<u32>,
    pub(super) extensions: PrimitiveExtensions,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Attributes {
    #[serde(rename = "POSITION")]
    pub(super) position: Option<u32>,
    #[serde(rename = "NORMAL")]
    pub(super) normal: Option<u32>,
    #[serde(rename = "_FEATURE_ID_0")]
    pub(super) feature_id_0: Option<u32>,
    #[serde(rename = "_FEATURE_ID_1")]
    pub(super) feature_id_1: Option<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PrimitiveExtensions {
    #[serde(rename = "EXT_mesh_features")]
    pub(super) mesh_features: Option<MeshFeatures>,
    #[serde(rename = "KHR_draco_mesh_compression")]
    pub(super) draco: Option<IgnoredAny>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct MeshFeatures {
    pub(super) feature_ids: Vec<FeatureIdSet>,
}

/// Where vertices say which feature they belong to (`EXT_mesh_features`, "Feature ID"). Neither attribute nor texture
/// means that a vertex's number is its feature's number.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct FeatureIdSet {
    pub(super) feature_count: u32,
    pub(super) null_feature_id: Option<u32>,
    pub(super) attribute: Option<u32>,
    pub(super) texture: Option<IgnoredAny>,
    pub(super) property_table: Option<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Material {
    pub(super) name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Accessor {
    pub(super) buffer_view: Option<u32>,
    pub(super) byte_offset: u64,
    pub(super) component_type: u32,
    pub(super) normalized: bool,
    pub(super) count: u64,
    #[serde(rename = "type")]
    pub(super) shape: String,
    pub(super) sparse: Option<IgnoredAny>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct BufferView {
    pub(super) buffer: u32,
    pub(super) byte_offset: u64,
    pub(super) byte_length: u64,
    pub(super) byte_stride: Option<u64>,
    pub(super) extensions: ViewExtensions,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ViewExtensions {
    #[serde(rename = "EXT_meshopt_compression")]
    pub(super) meshopt: Option<IgnoredAny>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Buffer {
    pub(super) uri: Option<IgnoredAny>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RootExtensions {
    #[serde(rename = "EXT_structural_metadata")]
    pub(super) structural_metadata: Option<StructuralMetadata>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct StructuralMetadata {
    pub(super) schema: Schema,
    pub(super) property_tables: Vec<PropertyTable>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Schema {
    pub(super) classes: BTreeMap<String, Class>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Class {
    pub(super) properties: BTreeMap<String, ClassProperty>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ClassProperty {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) component_type: Option<String>,
    pub(super) array: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PropertyTable {
    pub(super) class: String,
    pub(super) count: u64,
    pub(super) properties: BTreeMap<String, TableColumn>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct TableColumn {
    pub(super) values: u32,
    pub(super) string_offsets: Option<u32>,
    pub(super) string_offset_type: Option<String>,
}
