//! The parts of a glTF 1.0 document that are drawn. Where 2.0 has lists and numbers, 1.0 has objects and names.

use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

type Named<T> = BTreeMap<String, T>;

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Document {
    pub(super) scene: Option<String>,
    pub(super) scenes: Named<Scene>,
    pub(super) nodes: Named<Node>,
    pub(super) meshes: Named<Mesh>,
    pub(super) accessors: Named<Accessor>,
    pub(super) buffer_views: Named<BufferView>,
    pub(super) buffers: Named<Buffer>,
    pub(super) materials: Named<Material>,
    pub(super) techniques: Named<Technique>,
    pub(super) textures: Named<Texture>,
    pub(super) samplers: Named<Sampler>,
    pub(super) images: Named<Image>,
    pub(super) extensions: RootExtensions,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RootExtensions {
    #[serde(rename = "CESIUM_RTC")]
    pub(super) rtc: Option<Rtc>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Rtc {
    pub(super) center: [f64; 3],
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Scene {
    pub(super) nodes: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Node {
    pub(super) children: Vec<String>,
    pub(super) meshes: Vec<String>,
    /// One mesh, as some writers of early 1.0 have it.
    pub(super) mesh: Option<String>,
    pub(super) matrix: Option<Vec<f64>>,
    pub(super) translation: Option<[f64; 3]>,
    pub(super) rotation: Option<[f64; 4]>,
    pub(super) scale: Option<[f64; 3]>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Mesh {
    pub(super) name: Option<String>,
    pub(super) primitives: Vec<Primitive>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Primitive {
    pub(super) attributes: Named<String>,
    pub(super) indices: Option<String>,
    pub(super) material: Option<String>,
    pub(super) mode: Option<u32>,
    /// What `mode` was called in 0.8.
    #[serde(rename = "primitive")]
    pub(super) old_mode: Option<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Accessor {
    pub(super) buffer_view: String,
    pub(super) byte_offset: u64,
    /// 0 means that items lie end to end.
    pub(super) byte_stride: u64,
    pub(super) component_type: u32,
    pub(super) count: u64,
    #[serde(rename = "type")]
    pub(super) shape: String,
    pub(super) extensions: AccessorExtensions,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct AccessorExtensions {
    #[serde(rename = "WEB3D_quantized_attributes")]
    pub(super) quantized: Option<Quantized>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Quantized {
    /// By columns, one row and column more than an item has numbers.
    pub(super) decode_matrix: Vec<f64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct BufferView {
    pub(super) buffer: String,
    pub(super) byte_offset: u64,
    /// 0 or missing: to the end of the buffer.
    pub(super) byte_length: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Buffer {
    pub(super) uri: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Material {
    pub(super) name: Option<String>,
    pub(super) technique: Option<String>,
    pub(super) values: Named<Value>,
    /// Where 0.8 has technique and values.
    pub(super) instance_technique: Option<InstanceTechnique>,
    pub(super) extensions: MaterialExtensions,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct InstanceTechnique {
    pub(super) technique: Option<String>,
    pub(super) values: Named<Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct MaterialExtensions {
    #[serde(rename = "KHR_materials_common")]
    pub(super) common: Option<CommonMaterial>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct CommonMaterial {
    /// `BLINN`, `PHONG`, `LAMBERT` or `CONSTANT`.
    pub(super) technique: String,
    pub(super) transparent: bool,
    pub(super) double_sided: bool,
    pub(super) values: Named<Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Technique {
    pub(super) parameters: Named<Parameter>,
    pub(super) states: Option<States>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Parameter {
    pub(super) value: Option<Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct States {
    /// Numbers of WebGL's `enable`.
    pub(super) enable: Vec<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Texture {
    pub(super) sampler: Option<String>,
    pub(super) source: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Sampler {
    pub(super) wrap_s: Option<u32>,
    pub(super) wrap_t: Option<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Image {
    pub(super) uri: Option<String>,
    pub(super) extensions: ImageExtensions,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ImageExtensions {
    #[serde(rename = "KHR_binary_glTF", alias = "CESIUM_binary_glTF")]
    pub(super) binary: Option<BinaryImage>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct BinaryImage {
    pub(super) buffer_view: String,
    pub(super) mime_type: Option<String>,
}
