//! glTF 1.0 becomes glTF 2.0: converters of 2015 to 2018 wrote it into b3dm, and such tiles are still delivered.
//!
//! What is drawn is translated: the tree of nodes, meshes, numbers (also `WEB3D_quantized_attributes`), images, and of
//! materials the diffuse colour or picture (techniques, `KHR_materials_common`). The rest of the way is that of every
//! glTF. Reads `KHR_binary_glTF`, the older `CESIUM_binary_glTF`, and JSON alone; of 0.8 what it shares with 1.0.

mod binary;
mod document;
mod material;

use crate::TileError;
use crate::allowance::Allowance;
use crate::batch::sections::word;
use crate::content::Door;
use crate::files::without_byte_order_mark;
use binary::{Binary, Use};
use document::{Document, Primitive};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const HEADER_BYTES: usize = 20;
/// What an object of the document takes, read and written again.
const OBJECT_BYTES: usize = 640;
/// What an element of a list takes, read and written again.
const ELEMENT_BYTES: usize = 64;
const TRIANGLES: u32 = 4;

/// The same asset as a GLB of version 2.
pub(crate) fn upgraded(bytes: &[u8], door: Door<'_>) -> Result<Vec<u8>, TileError> {
    let (text, own) = parts(bytes, door.path)?;
    charge(text, bytes.len(), door.path)?;
    let document: Document =
        serde_json::from_slice(text).map_err(|error| TileError::json(door.path, &error))?;
    let mut binary = Binary::gather(&document, own, door, bytes.len())?;
    let meshes = meshes(&document, &mut binary)?;
    let images = images(&document, &mut binary);
    let nodes = nodes(&document);
    let node_rows = rows_of(&document.nodes);
    let texture_rows = rows_of(&document.textures);

    let mut asset = json!({
        "asset": {"version": "2.0", "generator": "glTF 1.0"},
        "nodes": nodes,
        "meshes": meshes,
        "materials": document.materials.values()
            .map(|material| material::upgraded(material, &document, &texture_rows))
            .collect::<Vec<Value>>(),
        "textures": textures(&document),
        "samplers": document.samplers.values().map(material::sampler).collect::<Vec<Value>>(),
        "images": images,
        "accessors": binary.accessors,
        "bufferViews": binary.views,
        "buffers": [{"byteLength": binary.chunk.len()}],
    });
    if let Some(asset) = asset.as_object_mut() {
        let scene = document
            .scene
            .as_ref()
            .and_then(|name| document.scenes.get(name));
        // A file without a chosen scene usually has one; none at all means every node without a parent.
        if let Some(scene) = scene.or_else(|| document.scenes.values().next()) {
            let roots: Vec<usize> = scene
                .nodes
                .iter()
                .filter_map(|name| node_rows.get(name.as_str()).copied())
                .collect();
            asset.insert("scene".to_owned(), json!(0));
            asset.insert("scenes".to_owned(), json!([{"nodes": roots}]));
        }
        if let Some(rtc) = &document.extensions.rtc {
            asset.insert("extensionsUsed".to_owned(), json!(["CESIUM_RTC"]));
            asset.insert(
                "extensions".to_owned(),
                json!({"CESIUM_RTC": {"center": rtc.center}}),
            );
        }
    }
    Ok(packed(asset.to_string().as_bytes(), &binary.chunk))
}

/// A GLB of version 2 around a JSON text and a binary chunk.
pub(crate) fn packed(json: &[u8], binary: &[u8]) -> Vec<u8> {
    let json_bytes = json.len().next_multiple_of(4);
    let binary_bytes = binary.len().next_multiple_of(4);
    let length = 12 + 8 + json_bytes + 8 + binary_bytes;
    let mut glb = Vec::with_capacity(length);
    glb.extend(b"glTF");
    glb.extend(2_u32.to_le_bytes());
    glb.extend((length as u32).to_le_bytes());
    glb.extend((json_bytes as u32).to_le_bytes());
    glb.extend(b"JSON");
    glb.extend(json);
    glb.resize(20 + json_bytes, b' ');
    glb.extend((binary_bytes as u32).to_le_bytes());
    glb.extend(b"BIN\0");
    glb.extend(binary);
    glb.resize(length, 0);
    glb
}

/// The JSON of the file, and the buffer inside it.
fn parts<'a>(bytes: &'a [u8], path: &str) -> Result<(&'a [u8], &'a [u8]), TileError> {
    if !bytes.starts_with(b"glTF") {
        return Ok((without_byte_order_mark(bytes), &[]));
    }
    let words = [8, 12, 16].map(|at| word(bytes, at).map(|word| word as usize));
    let [Some(length), Some(third), Some(fourth)] = words else {
        let place = format!("byte {}", bytes.len());
        return Err(TileError::broken(
            path,
            place,
            "the file ends within its header",
        ));
    };
    let whole = bytes.get(..length).ok_or_else(|| {
        let reason = format!(
            "the header promises {length} bytes, there are {}",
            bytes.len()
        );
        TileError::broken(path, "byte 8", reason)
    })?;
    // KHR_binary_glTF has the JSON's length and 0 for its format, then JSON and buffer. CESIUM_binary_glTF has the
    // JSON's offset and length, and the buffer comes first.
    let (json, own) = if fourth == 0 {
        let end = HEADER_BYTES.saturating_add(third);
        (whole.get(HEADER_BYTES..end), whole.get(end..))
    } else {
        let end = third.saturating_add(fourth);
        (whole.get(third..end), whole.get(HEADER_BYTES..third))
    };
    json.zip(own)
        .ok_or_else(|| TileError::broken(path, "byte 12", "the JSON lies outside the file"))
}

/// Takes what reading the JSON and writing it again will cost.
#[expect(
    clippy::naive_bytecount,
    reason = "parsing costs a hundred times more than counting"
)]
fn charge(text: &[u8], file_bytes: usize, path: &str) -> Result<(), TileError> {
    let count = |wanted: u8| text.iter().filter(|byte| **byte == wanted).count();
    let bytes = count(b'{')
        .saturating_mul(OBJECT_BYTES)
        .saturating_add(count(b',').saturating_mul(ELEMENT_BYTES));
    Allowance::for_input(file_bytes).take(bytes, path, "its JSON")
}

/// The rows that named things get: in the order of their names.
fn rows_of<T>(named: &BTreeMap<String, T>) -> BTreeMap<&str, usize> {
    named.keys().map(String::as_str).zip(0..).collect()
}

fn meshes<'a>(document: &'a Document, binary: &mut Binary<'a>) -> Result<Vec<Value>, TileError> {
    let materials = rows_of(&document.materials);
    let mut meshes = Vec::with_capacity(document.meshes.len());
    for (name, mesh) in &document.meshes {
        let mut primitives = Vec::with_capacity(mesh.primitives.len());
        for primitive in &mesh.primitives {
            primitives.push(upgraded_primitive(primitive, &materials, binary)?);
        }
        let name = mesh.name.as_deref().unwrap_or(name);
        meshes.push(json!({"name": name, "primitives": primitives}));
    }
    Ok(meshes)
}

fn upgraded_primitive<'a>(
    primitive: &'a Primitive,
    materials: &BTreeMap<&str, usize>,
    binary: &mut Binary<'a>,
) -> Result<Value, TileError> {
    let mut attributes = Map::new();
    for (semantic, accessor) in &primitive.attributes {
        let (semantic, purpose) = match semantic.as_str() {
            "POSITION" | "NORMAL" => (semantic.as_str(), Use::Anything),
            "TEXCOORD_0" | "TEXCOORD" => ("TEXCOORD_0", Use::Anything),
            "COLOR_0" | "COLOR" => ("COLOR_0", Use::Colour),
            "_BATCHID" | "BATCHID" => ("_BATCHID", Use::Anything),
            _ => continue,
        };
        let number = binary.accessor(accessor, purpose)?;
        attributes.insert(semantic.to_owned(), json!(number));
    }
    let mode = primitive.mode.or(primitive.old_mode);
    let mut upgraded = Map::new();
    upgraded.insert("attributes".to_owned(), Value::Object(attributes));
    upgraded.insert("mode".to_owned(), json!(mode.unwrap_or(TRIANGLES)));
    if let Some(indices) = &primitive.indices {
        let number = binary.accessor(indices, Use::Anything)?;
        upgraded.insert("indices".to_owned(), json!(number));
    }
    let material = primitive.material.as_deref();
    if let Some(material) = material.and_then(|name| materials.get(name)) {
        upgraded.insert("material".to_owned(), json!(material));
    }
    Ok(Value::Object(upgraded))
}

/// The nodes in the order of their names, then one more for each mesh but the first of a node: 2.0 knows only one.
fn nodes(document: &Document) -> Vec<Value> {
    let rows = rows_of(&document.nodes);
    let meshes = rows_of(&document.meshes);
    let mut more = Vec::new();
    let mut nodes = Vec::with_capacity(document.nodes.len());
    for node in document.nodes.values() {
        let mut children: Vec<usize> = node
            .children
            .iter()
            .filter_map(|name| rows.get(name.as_str()).copied())
            .collect();
        let mut own = node
            .meshes
            .iter()
            .chain(&node.mesh)
            .filter_map(|name| meshes.get(name.as_str()).copied());
        let mut upgraded = Map::new();
        if let Some(first) = own.next() {
            upgraded.insert("mesh".to_owned(), json!(first));
        }
        for mesh in own {
            children.push(document.nodes.len() + more.len());
            more.push(json!({"mesh": mesh}));
        }
        upgraded.insert("children".to_owned(), json!(children));
        if let Some(matrix) = &node.matrix {
            upgraded.insert("matrix".to_owned(), json!(matrix));
        } else {
            let parts = [
                ("translation", node.translation.map(|part| json!(part))),
                ("rotation", node.rotation.map(|part| json!(part))),
                ("scale", node.scale.map(|part| json!(part))),
            ];
            for (name, part) in parts {
                if let Some(part) = part {
                    upgraded.insert(name.to_owned(), part);
                }
            }
        }
        nodes.push(Value::Object(upgraded));
    }
    nodes.extend(more);
    nodes
}

fn textures(document: &Document) -> Vec<Value> {
    let samplers = rows_of(&document.samplers);
    let images = rows_of(&document.images);
    let textures = document.textures.values().map(|texture| {
        let mut upgraded = Map::new();
        let sampler = texture
            .sampler
            .as_deref()
            .and_then(|name| samplers.get(name));
        let source = texture.source.as_deref().and_then(|name| images.get(name));
        for (name, row) in [("sampler", sampler), ("source", source)] {
            if let Some(row) = row {
                upgraded.insert(name.to_owned(), json!(row));
            }
        }
        Value::Object(upgraded)
    });
    textures.collect()
}

/// The images. One that lies nowhere stays empty: its texture is then told as broken, and nothing else is.
fn images(document: &Document, binary: &mut Binary<'_>) -> Vec<Value> {
    let mut images = Vec::with_capacity(document.images.len());
    for image in document.images.values() {
        let mut upgraded = Map::new();
        if let Some(inside) = &image.extensions.binary {
            if let Ok(view) = binary.view(&inside.buffer_view) {
                upgraded.insert("bufferView".to_owned(), json!(view));
            }
            if let Some(kind) = &inside.mime_type {
                upgraded.insert("mimeType".to_owned(), json!(kind));
            }
        } else if let Some(uri) = &image.uri {
            upgraded.insert("uri".to_owned(), json!(uri));
        }
        images.push(Value::Object(upgraded));
    }
    images
}

#[cfg(test)]
mod tests;
