//! Old assets, made here: no public sample set of b3dm holds any.

use super::*;
use crate::content::sample::{MemorySource, container, read_mesh};
use crate::{Problem, TileMesh};
use glam::{DVec3, Vec4};

/// Three corners with their batch ids behind them: 16 bytes each, then indices.
fn body() -> Vec<u8> {
    let corners = [[0.0_f32, 0.0, 0.0], [2.0, 0.0, 0.0], [0.0, 3.0, 0.0]];
    let mut body = Vec::new();
    for (corner, id) in corners.iter().zip([0_u16, 1, 1]) {
        body.extend(corner.iter().flat_map(|part| part.to_le_bytes()));
        body.extend(id.to_le_bytes());
        body.extend([0, 0]);
    }
    body.extend([0_u16, 1, 2].iter().flat_map(|index| index.to_le_bytes()));
    body
}

const DOCUMENT: &str = r#"{
    "asset": {"version": "1.0", "premultipliedAlpha": true},
    "extensionsUsed": ["KHR_binary_glTF"],
    "buffers": {"binary_glTF": {"byteLength": 54, "type": "arraybuffer"}},
    "bufferViews": {"all": {"buffer": "binary_glTF", "byteOffset": 0, "byteLength": 54, "target": 34962}},
    "accessors": {
        "position": {"bufferView": "all", "byteOffset": 0, "byteStride": 16, "componentType": 5126, "count": 3, "type": "VEC3"},
        "id": {"bufferView": "all", "byteOffset": 12, "byteStride": 16, "componentType": 5123, "count": 3, "type": "SCALAR"},
        "index": {"bufferView": "all", "byteOffset": 48, "byteStride": 0, "componentType": 5123, "count": 3, "type": "SCALAR"}
    },
    "techniques": {"t": {"parameters": {"diffuse": {"type": 35666}, "p": {"semantic": "POSITION", "type": 35665}},
        "program": "x", "states": {"enable": [2929, 3042]}}},
    "materials": {"red": {"technique": "t", "values": {"diffuse": [1, 0, 0, 0.5], "shininess": 256}}},
    "meshes": {"m": {"primitives": [{"attributes": {"POSITION": "position", "BATCHID": "id"}, "indices": "index", "material": "red", "mode": 4}]}},
    "nodes": {"child": {"meshes": ["m", "m"], "translation": [0, 1, 0]}, "root": {"children": ["child"], "matrix": [1,0,0,0, 0,1,0,0, 0,0,1,0, 5,0,0,1]}},
    "scene": "s",
    "scenes": {"s": {"nodes": ["root"]}}
}"#;

fn glb(json: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes = b"glTF".to_vec();
    let length = HEADER_BYTES + json.len() + body.len();
    for word in [1, length as u32, json.len() as u32, 0] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.extend(json.as_bytes());
    bytes.extend(body);
    bytes
}

/// The asset in a b3dm of two features.
fn read(json: &str) -> (Result<TileMesh, TileError>, Vec<Problem>) {
    let table = br#"{"BATCH_LENGTH":2}"#;
    let model = glb(json, &body());
    let rest = [table.as_slice(), model.as_slice()].concat();
    let tile = container(*b"b3dm", &[table.len() as u32, 0, 0, 0], &rest);
    read_mesh(&tile, &MemorySource::default())
}

/// Where all corners are in the tile, in the order of the triangles.
fn corners(mesh: &TileMesh) -> Vec<DVec3> {
    let of_class = |class: &crate::ClassMesh| {
        let corner = |index: &u32| {
            let position = class.vertices[*index as usize].position;
            DVec3::from_array(mesh.centre) + DVec3::from_array(position.map(f64::from))
        };
        class.indices.iter().map(corner).collect::<Vec<_>>()
    };
    mesh.classes.iter().flat_map(of_class).collect()
}

#[test]
fn an_old_asset_in_a_tile_is_drawn_where_it_stands_and_as_it_looks() {
    let (mesh, problems) = read(DOCUMENT);
    let mesh = mesh.expect("an old asset");
    assert_eq!(problems, []);
    let corners = corners(&mesh);
    assert_eq!(corners.len(), 6, "one triangle, twice at one node");
    // The node moves by 5 along x and 1 along y; y becomes z.
    assert_eq!(corners[1], DVec3::new(7.0, 0.0, 1.0));
    assert_eq!(corners[2], DVec3::new(5.0, 0.0, 4.0));
    let class = &mesh.classes[0];
    let ids = class.vertices.iter().take(3);
    let ids: Vec<&str> = ids
        .map(|vertex| mesh.features[vertex.feature as usize].id.as_str())
        .collect();
    assert_eq!(ids, ["0", "1", "1"]);
    let material = class.material.expect("a material");
    assert!(material.is_blended && material.is_double_sided);
    assert_eq!(
        Vec4::from_array(material.base_colour),
        Vec4::new(1.0, 0.0, 0.0, 0.5)
    );
}

#[test]
fn quantized_attributes_are_decoded() {
    // Twice the size, and 10 along x.
    let matrix = "[2,0,0,0, 0,2,0,0, 0,0,2,0, 10,0,0,1]";
    let json = DOCUMENT.replace(
        r#""count": 3, "type": "VEC3""#,
        &format!(
            r#""count": 3, "type": "VEC3", "extensions": {{"WEB3D_quantized_attributes": {{"decodeMatrix": {matrix}}}}}"#
        ),
    );
    let (mesh, _) = read(&json);
    let corners = corners(&mesh.expect("a quantized asset"));
    assert_eq!(corners[1], DVec3::new(19.0, 0.0, 1.0));
    assert_eq!(corners[2], DVec3::new(15.0, 0.0, 7.0));
}

#[test]
fn a_centre_of_its_own_is_kept() {
    let json = DOCUMENT.replace(
        r#""scene": "s","#,
        r#""scene": "s", "extensions": {"CESIUM_RTC": {"center": [1000000.5, 0, 0]}},"#,
    );
    let (mesh, _) = read(&json);
    let corners = corners(&mesh.expect("an asset with a centre"));
    assert!(
        (corners[1].x - 1_000_007.5).abs() < 1e-3,
        "{:?}",
        corners[1]
    );
}

#[test]
fn materials_of_the_common_kind_are_read() {
    let json = DOCUMENT.replace(
        r#""technique": "t", "values": {"diffuse": [1, 0, 0, 0.5], "shininess": 256}"#,
        r#""extensions": {"KHR_materials_common": {"technique": "CONSTANT", "doubleSided": false,
            "values": {"diffuse": [0, 0, 1, 1], "transparency": 0.25}}}"#,
    );
    let (mesh, _) = read(&json);
    let material = mesh.expect("an asset").classes[0].material;
    let material = material.expect("a material");
    assert!(material.is_unlit && material.is_blended && !material.is_double_sided);
    assert_eq!(
        Vec4::from_array(material.base_colour),
        Vec4::new(0.0, 0.0, 1.0, 0.25)
    );
}

#[test]
fn the_older_container_and_json_alone_are_read() {
    let json = DOCUMENT.replace("binary_glTF\"", "CESIUM_binary_glTF\"");
    let body = body();
    let mut bytes = b"glTF".to_vec();
    let offset = HEADER_BYTES + body.len();
    for word in [1, offset + json.len(), offset, json.len()] {
        bytes.extend((word as u32).to_le_bytes());
    }
    bytes.extend(&body);
    bytes.extend(json.as_bytes());
    let (mesh, _) = read_mesh(&bytes, &MemorySource::default());
    assert_eq!(corners(&mesh.expect("the older container")).len(), 6);

    let json = DOCUMENT
        .replace("\"binary_glTF\": {", "\"file\": {\"uri\": \"body.bin\", ")
        .replace("\"buffer\": \"binary_glTF\"", "\"buffer\": \"file\"");
    let source = MemorySource::of(&[("tiles/body.bin", body.as_slice())]);
    let (mesh, _) = read_mesh(json.as_bytes(), &source);
    assert_eq!(
        corners(&mesh.expect("JSON and a buffer beside it")).len(),
        6
    );
}

#[test]
fn what_lies_outside_is_told_with_its_name() {
    let cases = [
        (
            r#""count": 3, "type": "VEC3""#,
            r#""count": 4, "type": "VEC3""#,
            "accessors/position",
        ),
        (
            r#""count": 3, "type": "VEC3""#,
            r#""count": 9000000000, "type": "VEC3""#,
            "accessors/position",
        ),
        (
            r#""indices": "index""#,
            r#""indices": "none""#,
            "accessors/none",
        ),
        (
            r#""byteStride": 16, "componentType": 5126"#,
            r#""byteStride": 4, "componentType": 5126"#,
            "accessors/position",
        ),
        (
            r#""componentType": 5126"#,
            r#""componentType": 1"#,
            "accessors/position",
        ),
    ];
    for (good, bad, place) in cases {
        let (mesh, _) = read(&DOCUMENT.replace(good, bad));
        let error = mesh.expect_err(bad);
        assert_eq!(error.place(), place, "{error}");
    }
}

#[test]
fn an_old_asset_cut_short_anywhere_never_panics() {
    let whole = glb(DOCUMENT, &body());
    for length in (0..whole.len()).step_by(7) {
        let (mesh, _) = read_mesh(
            whole.get(..length).expect("a part"),
            &MemorySource::default(),
        );
        assert!(mesh.is_err(), "{length} bytes");
    }
}
