//! Geometry in Draco and meshopt streams.

use super::*;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A roof of four by four corners, 12 m by 9 m, packed by Google's encoder: texture coordinates (attribute 0), a
/// feature for each row of corners (1), positions with 12 bits (2).
const ROOF: &str = "RFJBQ08CAgEBAIABAQEEbmFtZQdmZWF0dXJlAAAAABASAhICAAbv0+pTrRr/ARH/AmtB/wJrQQMAAAABAAD/AAABAwkCAQ\
AAAQQCAQABAQEACQMAAgKrqqo+q6oqP6uqKj+rqqo+q6oqP6uqKj8AAIA/q6qqPgAAgD8AAAAAq6oqPwAAAACrqqo+q6qqPgAAAACrqio/AAAAAAAAgD+rqqo+A\
ACAP6uqKj8AAIA/AACAP6uqKj8AAIA/AACAPwAAAACrqqo+q6qqPgAAAAAAAAAAAAAAAAEBAQADAwE4AQgDAOpfFwAAAAAAAAMAAAABAQEADQMBMAEEHwEEAQgFAH\
Tvj4GqCiAAqKoAAIAAUMX/QQAAAokAAAAAAP8PAAAAAAAAAAAAAAAAEMEAAEBBDA==";

fn roof() -> (Value, Vec<u8>) {
    let stream = STANDARD.decode(ROOF).expect("base64");
    let accessor = |kind: &str, component: u32, count: u32| json!({"componentType": component, "count": count, "type": kind});
    let json = json!({
        "asset": {"version": "2.0"},
        "extensionsUsed": ["KHR_draco_mesh_compression"],
        "extensionsRequired": ["KHR_draco_mesh_compression"],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{
            "attributes": {"POSITION": 0, "TEXCOORD_0": 1, "_FEATURE_ID_0": 2},
            "indices": 3,
            "extensions": {"KHR_draco_mesh_compression": {
                "bufferView": 0,
                "attributes": {"POSITION": 2, "TEXCOORD_0": 0, "_FEATURE_ID_0": 1},
            }},
        }]}],
        "accessors": [
            accessor("VEC3", 5126, 16),
            accessor("VEC2", 5126, 16),
            accessor("SCALAR", 5121, 16),
            accessor("SCALAR", 5125, 54),
        ],
        "bufferViews": [{"buffer": 0, "byteOffset": 0, "byteLength": stream.len()}],
        "buffers": [{"byteLength": stream.len()}],
    });
    (json, stream)
}

fn extent(mesh: &TileMesh) -> ([i32; 3], [i32; 3]) {
    let mut low = [i32::MAX; 3];
    let mut high = [i32::MIN; 3];
    for vertex in mesh.classes.iter().flat_map(|one| &one.vertices) {
        for (axis, metres) in vertex.position.iter().enumerate() {
            let tenths = (metres * 10.0).round() as i32;
            low[axis] = low[axis].min(tenths);
            high[axis] = high[axis].max(tenths);
        }
    }
    (low, high)
}

#[test]
fn draco_geometry_is_unpacked() {
    let (json, stream) = roof();
    let mesh = read_glb(&glb(&json, &stream), "roof.glb").expect("a tile");
    assert_eq!(mesh.classes.len(), 1);
    assert_eq!(mesh.classes[0].vertices.len(), 16);
    assert_eq!(mesh.classes[0].indices.len(), 54);
    assert_eq!(extent(&mesh), ([0, 0, 0], [120, 90, 15]));
    assert_eq!(mesh.features.len(), 4);
    // Features count the rows of corners from south to north, which stand 3 m apart.
    for vertex in &mesh.classes[0].vertices {
        assert_eq!(vertex.feature, (vertex.position[1] / 3.0).round() as u32);
        assert!(vertex.normal[2] > 100, "{:?}", vertex.normal);
    }
}

#[test]
fn a_broken_draco_stream_never_panics() {
    let (json, stream) = roof();
    for length in (0..stream.len()).step_by(3) {
        let error = read_glb(&glb(&json, &stream[..length]), "cut.glb");
        assert!(error.is_err(), "{length}");
    }
    for at in 0..stream.len() {
        let mut broken = stream.clone();
        broken[at] ^= 0x81;
        if let Ok(mesh) = read_glb(&glb(&json, &broken), "flipped.glb") {
            assert!(mesh.bytes < 2 << 20, "byte {at}");
        }
    }
}

#[test]
fn a_draco_stream_without_an_attribute_is_told() {
    let (mut json, stream) = roof();
    json["meshes"][0]["primitives"][0]["extensions"]["KHR_draco_mesh_compression"]["attributes"]
        ["POSITION"] = json!(77);
    let error = read_glb(&glb(&json, &stream), "roof.glb").expect_err("no positions");
    let message = error.to_string();
    assert!(message.contains("no attribute 77"), "{message}");
}

/// Three vertices of four halves each, as differences of bytes that are written out; the last half of each is padding.
fn packed_triangle() -> Vec<u8> {
    let corners: [[u8; 8]; 3] = [
        [0, 0, 0, 0, 0, 0, 0, 0],
        [8, 0, 0, 0, 0, 0, 0, 0],
        [8, 0, 4, 0, 0, 0, 0, 0],
    ];
    let mut stream = vec![0xA0];
    for place in 0..8 {
        // One group of eight bits each.
        stream.push(0b11);
        let mut before = 0_u8;
        let mut group = [0_u8; 16];
        for (folded, corner) in group.iter_mut().zip(corners) {
            let difference = corner[place].wrapping_sub(before).cast_signed();
            *folded = ((difference << 1) ^ (difference >> 7)).cast_unsigned();
            before = corner[place];
        }
        stream.extend(group);
    }
    stream.extend([0; 32]);
    stream
}

#[test]
fn meshopt_buffer_views_are_unpacked() {
    for name in ["EXT_meshopt_compression", "KHR_meshopt_compression"] {
        let stream = packed_triangle();
        let json = json!({
            "asset": {"version": "2.0"},
            "extensionsRequired": [name, "KHR_mesh_quantization"],
            "nodes": [{"mesh": 0, "scale": [0.5, 0.5, 0.5]}],
            "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
            "accessors": [{"bufferView": 0, "componentType": 5122, "count": 3, "type": "VEC3"}],
            "bufferViews": [{
                "buffer": 1, "byteLength": 24, "byteStride": 8,
                "extensions": {name: {
                    "buffer": 0, "byteLength": stream.len(), "byteStride": 8, "count": 3, "mode": "ATTRIBUTES",
                }},
            }],
            "buffers": [
                {"byteLength": stream.len()},
                {"byteLength": 24, "extensions": {name: {"fallback": true}}},
            ],
        });
        let mesh = read_glb(&glb(&json, &stream), "packed.glb").expect("a tile");
        assert_eq!(extent(&mesh), ([0, 0, 0], [40, 0, 20]));
        let mut lying = json.clone();
        lying["bufferViews"][0]["extensions"][name]["count"] = json!(1_000_000_000);
        let error = read_glb(&glb(&lying, &stream), "packed.glb").expect_err("it lies");
        assert!(error.to_string().contains("bufferViews/0"), "{error}");
    }
}
