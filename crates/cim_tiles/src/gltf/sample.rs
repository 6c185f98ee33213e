//! A small tile as `cim_import` writes them, for tests: two flat roofs and a pond.

use serde_json::{Value, json};

/// The tile's JSON and binary chunk, to be changed and put together by [`glb`].
///
/// Feature 0 is `w1`, 上海中心大厦, a roof 20 m up over (0..10, 0..10); feature 1 is `w2`, without a name, 40 m up over
/// (20..30, 0..10); feature 2 is `r3`, a pond at 0 m over (-10..40, -10..20). All east and north of the tile's middle,
/// which stands 100 m east, 300 m north and 2 m up.
pub(crate) fn two_roofs_parts() -> (Value, Vec<u8>) {
    let mut chunk = Chunk::default();
    let squares = [
        ([0.0, 10.0], [0.0, 10.0], 20.0, 0.0),
        ([20.0, 30.0], [0.0, 10.0], 40.0, 1.0),
        ([-10.0, 40.0], [-10.0, 20.0], 0.0, 2.0),
    ];
    let mut positions: Vec<f32> = Vec::new();
    let mut features: Vec<f32> = Vec::new();
    for ([west, east], [south, north], up, feature) in squares {
        for [x, y] in [[west, south], [east, south], [east, north], [west, north]] {
            positions.extend([x, up, -y]);
            features.push(feature);
        }
    }
    let normals: Vec<f32> = [0.0, 1.0, 0.0].repeat(12);
    let roofs: Vec<u32> = vec![0, 1, 2, 0, 2, 3, 4, 5, 6, 4, 6, 7];
    let pond: Vec<u32> = vec![8, 9, 10, 8, 10, 11];
    let positions = chunk.add(&floats(&positions));
    let normals = chunk.add(&floats(&normals));
    let features = chunk.add(&floats(&features));
    let roofs = chunk.add(&words(&roofs));
    let pond = chunk.add(&words(&pond));
    let ids = chunk.add_strings(&["w1", "w2", "r3"]);
    let kinds = chunk.add_strings(&["building", "building", "water"]);
    let names = chunk.add_strings(&["上海中心大厦", "", "静水湖"]);
    let heights = chunk.add(&floats(&[632.0, 40.0, 0.0]));
    let set = json!({"EXT_mesh_features": {"featureIds": [{"featureCount": 3, "attribute": 0, "propertyTable": 0}]}});
    let attributes = json!({"POSITION": 0, "NORMAL": 1, "_FEATURE_ID_0": 2});
    let json = json!({
        "asset": {"version": "2.0", "generator": "CityMirror test"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "translation": [100.0, 2.0, -300.0]}],
        "meshes": [{"primitives": [
            {"attributes": attributes, "indices": 3, "material": 0, "extensions": set},
            {"attributes": attributes, "indices": 4, "material": 1, "extensions": set},
        ]}],
        "materials": [{"name": "building"}, {"name": "water"}],
        "accessors": [
            {"bufferView": positions, "componentType": 5126, "count": 12, "type": "VEC3"},
            {"bufferView": normals, "componentType": 5126, "count": 12, "type": "VEC3"},
            {"bufferView": features, "componentType": 5126, "count": 12, "type": "SCALAR"},
            {"bufferView": roofs, "componentType": 5125, "count": 12, "type": "SCALAR"},
            {"bufferView": pond, "componentType": 5125, "count": 6, "type": "SCALAR"},
        ],
        "bufferViews": chunk.views,
        "buffers": [{"byteLength": chunk.bytes.len()}],
        "extensionsUsed": ["EXT_mesh_features", "EXT_structural_metadata"],
        "extensions": {"EXT_structural_metadata": {
            "schema": {"id": "city", "classes": {"feature": {"properties": {
                "id": {"type": "STRING"},
                "kind": {"type": "STRING"},
                "name": {"type": "STRING"},
                "height_m": {"type": "SCALAR", "componentType": "FLOAT32"},
            }}}},
            "propertyTables": [{"class": "feature", "count": 3, "properties": {
                "id": {"values": ids[0], "stringOffsets": ids[1]},
                "kind": {"values": kinds[0], "stringOffsets": kinds[1]},
                "name": {"values": names[0], "stringOffsets": names[1]},
                "height_m": {"values": heights},
            }}],
        }},
    });
    (json, chunk.bytes)
}

/// The tile as a file.
pub(crate) fn two_roofs() -> Vec<u8> {
    let (json, binary) = two_roofs_parts();
    glb(&json, &binary)
}

/// A GLB of these two chunks.
pub(crate) fn glb(json: &Value, binary: &[u8]) -> Vec<u8> {
    let mut text = json.to_string().into_bytes();
    text.resize(text.len().next_multiple_of(4), b' ');
    let mut binary = binary.to_vec();
    binary.resize(binary.len().next_multiple_of(4), 0);
    let mut file = Vec::new();
    file.extend_from_slice(b"glTF");
    file.extend(words(&[2, (12 + 8 + text.len() + 8 + binary.len()) as u32]));
    file.extend(words(&[text.len() as u32]));
    file.extend_from_slice(b"JSON");
    file.extend(text);
    file.extend(words(&[binary.len() as u32]));
    file.extend_from_slice(b"BIN\0");
    file.extend(binary);
    file
}

/// A binary chunk and its buffer views.
#[derive(Default)]
struct Chunk {
    bytes: Vec<u8>,
    views: Vec<Value>,
}

impl Chunk {
    /// Appends a buffer view and gives its number.
    fn add(&mut self, bytes: &[u8]) -> usize {
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
        self.views
            .push(json!({"buffer": 0, "byteOffset": self.bytes.len(), "byteLength": bytes.len()}));
        self.bytes.extend_from_slice(bytes);
        self.views.len() - 1
    }

    /// Appends a column of strings and gives the numbers of its values and offsets.
    fn add_strings(&mut self, strings: &[&str]) -> [usize; 2] {
        let mut offsets = vec![0_u32];
        for text in strings {
            offsets.push(offsets[offsets.len() - 1] + text.len() as u32);
        }
        [
            self.add(strings.concat().as_bytes()),
            self.add(&words(&offsets)),
        ]
    }
}

fn floats(numbers: &[f32]) -> Vec<u8> {
    numbers
        .iter()
        .flat_map(|number| number.to_le_bytes())
        .collect()
}

fn words(numbers: &[u32]) -> Vec<u8> {
    numbers
        .iter()
        .flat_map(|number| number.to_le_bytes())
        .collect()
}
