//! The part of a glTF document that is drawn, as the JSON has it. Everything else is passed over.
//!
//! What the JSON says about properties of features is in `json_metadata`. What few files have is boxed: an object of
//! the JSON is allowed for by a fixed size.

use super::json_metadata::{DraftMetadata, DraftPrimitive, StructuralMetadata};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Document {
    pub(super) asset: Asset,
    pub(super) extensions_required: Vec<String>,
    pub(super) scene: Option<u32>,
    pub(super) scenes: Vec<Scene>,
    pub(super) nodes: Vec<Node>,
    pub(super) meshes: Vec<Mesh>,
    pub(super) materials: Vec<Material>,
    pub(super) textures: Vec<Texture>,
    pub(super) images: Vec<Image>,
    pub(super) samplers: Vec<Sampler>,
    pub(super) accessors: Vec<Accessor>,
    pub(super) buffer_views: Vec<BufferView>,
    pub(super) buffers: Vec<Buffer>,
    pub(super) extensions: RootExtensions,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asset {
    pub(super) generator: String,
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
    pub(super) extensions: NodeExtensions,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct NodeExtensions {
    #[serde(rename = "EXT_mesh_gpu_instancing")]
    pub(super) instancing: Option<Box<Instancing>>,
    #[serde(rename = "EXT_instance_features")]
    pub(super) features: Option<MeshFeatures>,
}

/// `EXT_mesh_gpu_instancing`: an accessor for each of TRANSLATION, ROTATION, SCALE and custom attributes.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Instancing {
    pub(super) attributes: BTreeMap<String, u32>,
    pub(super) extensions: InstancingExtensions,
}

/// A draft put the features of instances here.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct InstancingExtensions {
    #[serde(rename = "EXT_mesh_features")]
    pub(super) features: Option<MeshFeatures>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Mesh {
    pub(super) primitives: Vec<Primitive>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Primitive {
    pub(super) attributes: BTreeMap<String, u32>,
    pub(super) indices: Option<u32>,
    pub(super) material: Option<u32>,
    pub(super) mode: Option<u32>,
    pub(super) extensions: PrimitiveExtensions,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PrimitiveExtensions {
    #[serde(rename = "EXT_mesh_features")]
    pub(super) mesh_features: Option<MeshFeatures>,
    #[serde(rename = "EXT_feature_metadata")]
    pub(super) draft_features: Option<DraftPrimitive>,
    #[serde(rename = "KHR_draco_mesh_compression")]
    pub(super) draco: Option<Draco>,
}

/// `KHR_draco_mesh_compression`: a stream, and the unique id of each attribute in it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Draco {
    pub(super) buffer_view: u32,
    pub(super) attributes: BTreeMap<String, u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct MeshFeatures {
    pub(super) feature_ids: Vec<FeatureIdSet>,
}

/// Where vertices or instances say which feature they belong to (`EXT_mesh_features`, "Feature ID"). Neither attribute
/// nor texture means that a vertex's number is its feature's number.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct FeatureIdSet {
    pub(super) feature_count: u32,
    pub(super) null_feature_id: Option<u32>,
    pub(super) attribute: Option<AttributeName>,
    pub(super) texture: Option<TextureInfo>,
    pub(super) property_table: Option<u32>,
}

/// The final extension says `0` for `_FEATURE_ID_0`; drafts spelt the attribute out.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum AttributeName {
    Number(u32),
    Name(String),
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Material {
    pub(super) name: String,
    pub(super) pbr_metallic_roughness: Option<MetallicRoughness>,
    pub(super) emissive_texture: Option<Box<TextureInfo>>,
    pub(super) emissive_factor: Option<[f32; 3]>,
    pub(super) alpha_mode: String,
    pub(super) alpha_cutoff: Option<f32>,
    pub(super) double_sided: bool,
    pub(super) extensions: MaterialExtensions,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct MetallicRoughness {
    pub(super) base_color_factor: Option<[f32; 4]>,
    pub(super) base_color_texture: Option<TextureInfo>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct MaterialExtensions {
    #[serde(rename = "KHR_materials_unlit")]
    pub(super) unlit: Option<IgnoredAny>,
    #[serde(rename = "KHR_materials_pbrSpecularGlossiness")]
    pub(super) specular_glossiness: Option<Box<SpecularGlossiness>>,
    #[serde(rename = "KHR_techniques_webgl")]
    pub(super) technique: Option<Technique>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct SpecularGlossiness {
    pub(super) diffuse_factor: Option<[f32; 4]>,
    pub(super) diffuse_texture: Option<TextureInfo>,
}

/// `KHR_techniques_webgl`: the values of a shader's uniforms. Which one is the colour is told by its name.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Technique {
    pub(super) values: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct TextureInfo {
    pub(super) index: Option<u32>,
    pub(super) tex_coord: u32,
    /// For feature ids: which channels of the image make the number, lowest byte first.
    pub(super) channels: Option<Vec<u32>>,
    pub(super) extensions: TextureInfoExtensions,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TextureInfoExtensions {
    #[serde(rename = "KHR_texture_transform")]
    pub(super) transform: Option<TextureTransform>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct TextureTransform {
    pub(super) offset: Option<[f32; 2]>,
    pub(super) rotation: f32,
    pub(super) scale: Option<[f32; 2]>,
    pub(super) tex_coord: Option<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Texture {
    pub(super) sampler: Option<u32>,
    pub(super) source: Option<u32>,
    pub(super) extensions: TextureExtensions,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TextureExtensions {
    #[serde(rename = "KHR_texture_basisu")]
    pub(super) basisu: Option<TextureSource>,
    #[serde(rename = "EXT_texture_webp")]
    pub(super) webp: Option<TextureSource>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TextureSource {
    pub(super) source: Option<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Image {
    pub(super) uri: Option<String>,
    pub(super) buffer_view: Option<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Sampler {
    pub(super) wrap_s: Option<u32>,
    pub(super) wrap_t: Option<u32>,
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
    pub(super) min: Option<Vec<f64>>,
    pub(super) max: Option<Vec<f64>>,
    pub(super) sparse: Option<Box<Sparse>>,
}

/// Items that differ from what the buffer view says (glTF 2.0, "Sparse Accessors").
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Sparse {
    pub(super) count: u64,
    pub(super) indices: SparsePart,
    pub(super) values: SparsePart,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct SparsePart {
    pub(super) buffer_view: u32,
    pub(super) byte_offset: u64,
    /// Of the indices; values are like the accessor's.
    pub(super) component_type: u32,
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
    #[serde(rename = "EXT_meshopt_compression", alias = "KHR_meshopt_compression")]
    pub(super) meshopt: Option<Meshopt>,
}

/// Where the packed bytes of a buffer view are (`EXT_meshopt_compression`).
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Meshopt {
    pub(super) buffer: u32,
    pub(super) byte_offset: u64,
    pub(super) byte_length: u64,
    pub(super) byte_stride: u64,
    pub(super) count: u64,
    pub(super) mode: String,
    pub(super) filter: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Buffer {
    pub(super) uri: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RootExtensions {
    #[serde(rename = "EXT_structural_metadata")]
    pub(super) structural_metadata: Option<StructuralMetadata>,
    #[serde(rename = "EXT_feature_metadata")]
    pub(super) draft_metadata: Option<DraftMetadata>,
    #[serde(rename = "CESIUM_RTC")]
    pub(super) relative_to: Option<RelativeTo>,
}

/// `CESIUM_RTC`: where the asset's origin is, in the tile's frame.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RelativeTo {
    pub(super) center: [f64; 3],
}
