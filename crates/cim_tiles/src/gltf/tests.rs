//! Tiles good and broken.

mod compressed;
mod looks;
mod properties;
mod real;

use super::sample::{glb, two_roofs, two_roofs_parts};
use super::*;
use crate::source::MemorySource;
use crate::{FeatureClass, Material, Primitive};
use serde_json::{Value, json};

/// The sample after `change`.
fn changed(change: impl FnOnce(&mut Value)) -> Result<TileMesh, TileError> {
    let (mut json, binary) = two_roofs_parts();
    change(&mut json);
    read_glb(&glb(&json, &binary), "tiles/3_1_2.glb")
}

/// The sample after `change`, and what was told about it.
fn told(change: impl FnOnce(&mut Value)) -> (TileMesh, Vec<String>) {
    let (mut json, binary) = two_roofs_parts();
    change(&mut json);
    let bytes = glb(&json, &binary);
    let mut problems = Vec::new();
    let mesh = read_gltf_with(&input(&bytes, None), &mut problems).expect("a tile");
    let problems = problems.iter().map(ToString::to_string);
    (mesh, problems.collect())
}

/// An asset alone, or with files beside it.
fn input<'a>(bytes: &'a [u8], source: Option<&'a dyn TileSource>) -> GltfInput<'a> {
    GltfInput {
        bytes,
        path: "tiles/3_1_2.glb",
        source,
        batch: None,
        up: UpAxis::Y,
        images: true,
    }
}

/// The sample's property table.
fn table(json: &mut Value) -> &mut Value {
    &mut json["extensions"]["EXT_structural_metadata"]["propertyTables"][0]
}

#[track_caller]
fn check_error(change: impl FnOnce(&mut Value), part_of_message: &str) {
    let message = changed(change).expect_err("it cannot be used").to_string();
    assert!(message.contains(part_of_message), "{message}");
    assert!(message.ends_with("of tiles/3_1_2.glb"), "{message}");
}

#[test]
fn classes_features_and_the_middle_are_read() {
    let mesh = read_glb(&two_roofs(), "a.glb").expect("a tile");
    let classes: Vec<(FeatureClass, usize, usize)> = mesh
        .classes
        .iter()
        .map(|one| (one.class, one.vertices.len(), one.indices.len()))
        .collect();
    assert_eq!(
        classes,
        [(FeatureClass::Building, 8, 12), (FeatureClass::Water, 4, 6)]
    );
    let features: Vec<String> = mesh
        .features
        .iter()
        .map(|one| format!("{} {} {} {}", one.id, one.kind, one.name, one.height_m))
        .collect();
    assert_eq!(
        features,
        [
            "w1 building 上海中心大厦 632",
            "w2 building  40",
            "r3 water 静水湖 0"
        ]
    );
    assert_eq!(
        mesh.centre.map(|metres| metres.round() as i32),
        [100, 300, 2]
    );
    assert!(
        mesh.bytes > 12 * 20 + 18 * 4 + "上海中心大厦".len(),
        "{}",
        mesh.bytes
    );
}

#[test]
fn y_up_becomes_east_north_up_around_the_middle() {
    let mesh = read_glb(&two_roofs(), "a.glb").expect("a tile");
    let corner = mesh.classes[0].vertices[6];
    assert_eq!(
        corner.position.map(|metres| metres.round() as i32),
        [30, 10, 40]
    );
    assert_eq!(corner.feature, 1);
    assert_eq!(corner.normal[..3], [0, 0, 127]);
}

#[test]
fn the_shade_grows_with_the_height_over_the_lowest_point() {
    let mesh = read_glb(&two_roofs(), "a.glb").expect("a tile");
    let shades = [0, 4].map(|row: usize| mesh.classes[0].vertices[row].normal[3]);
    assert_eq!(shades, [25, 51]);
    assert_eq!(mesh.classes[1].vertices[0].normal[3], 0);
}

#[test]
fn a_turned_and_scaled_node_turns_and_scales_its_mesh() {
    let half = std::f64::consts::FRAC_1_SQRT_2;
    // A quarter turn about glTF's y, seen from above: east becomes north.
    let mesh = changed(|json| {
        json["nodes"] = json!([
            {"children": [1], "translation": [100.0, 0.0, 0.0]},
            {"mesh": 0, "rotation": [0.0, half, 0.0, half], "scale": [2.0, 1.0, 1.0]},
        ]);
    })
    .expect("a tile");
    assert_eq!(mesh.centre.map(|metres| metres.round() as i32), [100, 0, 0]);
    let corner = mesh.classes[0].vertices[6];
    assert_eq!(
        corner.position.map(|metres| metres.round() as i32),
        [-10, 60, 40]
    );
    assert_eq!(corner.normal[..3], [0, 0, 127]);
}

#[test]
fn a_mirrored_mesh_keeps_its_outside_out() {
    let mesh = changed(|json| json["nodes"][0]["scale"] = json!([-1.0, 1.0, 1.0])).expect("a tile");
    assert_eq!(mesh.classes[0].indices[..3], [0, 2, 1]);
    assert_eq!(mesh.classes[0].vertices[0].normal[..3], [0, 0, 127]);
}

#[test]
fn a_mesh_without_normals_gets_them_from_its_triangles() {
    let mesh = changed(|json| {
        for primitive in 0..2_usize {
            json["meshes"][0]["primitives"][primitive]["attributes"] =
                json!({"POSITION": 0, "_FEATURE_ID_0": 2});
        }
    })
    .expect("a tile");
    assert_eq!(mesh.classes[0].vertices[0].normal[..3], [0, 0, 127]);
}

#[test]
fn a_foreign_file_without_features_has_one() {
    let mesh = changed(|json| {
        json["asset"] = json!({"version": "2.0"});
        json["extensions"] = json!({});
        json["materials"] = json!([]);
        json["meshes"][0]["primitives"] = json!([{"attributes": {"POSITION": 0}, "mode": 4}]);
    })
    .expect("a tile");
    assert_eq!(mesh.features.len(), 1);
    assert_eq!(mesh.features[0].id, "");
    assert_eq!(mesh.classes.len(), 1);
    assert_eq!(mesh.classes[0].class, FeatureClass::Model);
    assert_eq!(mesh.classes[0].material, Some(Material::default()));
    assert_eq!(mesh.classes[0].indices, (0..12).collect::<Vec<u32>>());
}

#[test]
fn features_without_a_table_are_known_by_their_number() {
    let mesh = changed(|json| {
        for primitive in 0..2_usize {
            json["meshes"][0]["primitives"][primitive]["extensions"] = json!({});
        }
    })
    .expect("a tile");
    let ids: Vec<&str> = mesh.features.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(ids, ["0", "1", "0", "1", "2"]);
}

#[test]
fn the_null_feature_id_means_no_feature() {
    let mesh =
        changed(|json| {
            json["meshes"][0]["primitives"][0]["extensions"]["EXT_mesh_features"]["featureIds"]
                [0]["nullFeatureId"] = json!(1);
        })
        .expect("a tile");
    let row = mesh.classes[0].vertices[4].feature as usize;
    assert_eq!(mesh.features[row].id, "");
}

#[test]
fn columns_of_other_types_and_names_are_passed_over() {
    let mesh = changed(|json| {
        let metadata = &mut json["extensions"]["EXT_structural_metadata"];
        metadata["schema"]["classes"]["feature"]["properties"]["name"] =
            json!({"type": "STRING", "array": true});
        metadata["schema"]["classes"]["feature"]["properties"]["id"] =
            json!({"type": "VEC3", "componentType": "FLOAT32"});
        metadata["propertyTables"][0]["properties"]["colour"] = json!({"values": 999});
    })
    .expect("a tile");
    assert_eq!(
        (mesh.features[1].id.as_str(), mesh.features[0].name.as_str()),
        ("1", "")
    );
    assert_eq!(mesh.features[0].kind, "building");
}

#[test]
fn strips_and_fans_become_triangles() {
    let strip =
        changed(|json| json["meshes"][0]["primitives"][0]["mode"] = json!(5)).expect("a tile");
    assert_eq!(strip.classes[0].indices.len(), 30);
    assert_eq!(strip.classes[0].indices[..6], [0, 1, 2, 2, 1, 0]);
    let fan =
        changed(|json| json["meshes"][0]["primitives"][0]["mode"] = json!(6)).expect("a tile");
    assert_eq!(fan.classes[0].indices[..6], [1, 2, 0, 2, 0, 0]);
}

#[test]
fn what_cannot_be_read_is_named() {
    check_error(
        |json| json["extensionsRequired"] = json!(["EXT_unheard_of"]),
        "EXT_unheard_of",
    );
    check_error(
        |json| json["buffers"] = json!([{"uri": "a.bin", "byteLength": 9}]),
        "tiles/a.bin lies outside the file",
    );
    for magic in ["b3dm", "i3dm", "pnts", "cmpt"] {
        let message = read_glb(magic.as_bytes(), "old.b3dm")
            .expect_err("not read here")
            .to_string();
        assert!(
            message.contains(magic) && message.ends_with("of old.b3dm"),
            "{message}"
        );
    }
}

#[test]
fn points_and_lines_are_drawn_as_such() {
    let mesh = changed(|json| {
        json["meshes"][0]["primitives"][0]["mode"] = json!(0);
        json["meshes"][0]["primitives"][1]["mode"] = json!(3);
    })
    .expect("a tile");
    let kinds: Vec<(Primitive, usize)> = mesh
        .classes
        .iter()
        .map(|one| (one.primitive, one.indices.len()))
        .collect();
    assert_eq!(kinds, [(Primitive::Points, 12), (Primitive::Lines, 10)]);
}

#[test]
fn primitives_take_only_the_vertices_that_they_use() {
    let mesh = read_glb(&two_roofs(), "a.glb").expect("a tile");
    // Twelve corners are shared: two roofs use eight of them, the pond four.
    assert_eq!(mesh.classes[0].vertices.len(), 8);
    assert_eq!(mesh.classes[1].vertices.len(), 4);
    assert_eq!(mesh.classes[1].indices, [0, 1, 2, 0, 2, 3]);
    assert_eq!(mesh.classes[1].vertices[0].feature, 2);
}

#[test]
fn sparse_items_replace_those_of_the_buffer_view() {
    let mesh = changed(|json| {
        // Vertex 0 gets the position of vertex 2: indices are the first word of the triangles, values lie at item 2.
        json["accessors"][0]["sparse"] = json!({
            "count": 1,
            "indices": {"bufferView": 3, "componentType": 5125},
            "values": {"bufferView": 0, "byteOffset": 24},
        });
    })
    .expect("a tile");
    let vertices = &mesh.classes[0].vertices;
    let corner = |row: usize| vertices[row].position.map(|metres| metres.round() as i32);
    assert_eq!(corner(0), corner(2));
    check_error(
        |json| json["accessors"][0]["sparse"] = json!({"count": 9_000_000_000_u64}),
        "accessors/0",
    );
}

#[test]
fn the_assets_up_axis_and_its_centre_are_heeded() {
    let (mut json, binary) = two_roofs_parts();
    json["extensions"]["CESIUM_RTC"] = json!({"center": [1000.0, 2000.0, 3000.0]});
    json["extensionsRequired"] = json!(["CESIUM_RTC"]);
    let bytes = glb(&json, &binary);
    let centre = |up: UpAxis| {
        let mesh = read_gltf(&GltfInput {
            up,
            ..input(&bytes, None)
        });
        let mesh = mesh.expect("a tile");
        mesh.centre.map(|metres| metres.round() as i32)
    };
    assert_eq!(centre(UpAxis::Y), [1100, 2300, 3002]);
    assert_eq!(centre(UpAxis::Z), [1100, 2002, 2700]);
    assert_eq!(centre(UpAxis::X), [1300, 2002, 3100]);
}

#[test]
fn a_mesh_far_from_its_node_gives_the_tile_its_middle() {
    let mesh = changed(|json| {
        json["accessors"][0]["min"] = json!([-10.0, 0.0, -20_010.0]);
        json["accessors"][0]["max"] = json!([40.0, 40.0, -19_990.0]);
    })
    .expect("a tile");
    assert_eq!(
        mesh.centre.map(|metres| metres.round() as i32),
        [115, 20300, 22]
    );
    let corner = mesh.classes[0].vertices[0];
    let place = corner.position[1].round() as i32;
    assert_eq!(place, -20_000);
}

#[test]
fn buffers_and_json_may_stand_alone() {
    let (mut json, binary) = two_roofs_parts();
    json["buffers"][0]["uri"] = json!("roofs.bin");
    let text = json.to_string();
    let source = MemorySource::of(&[("tiles/roofs.bin", &binary)]);
    let mesh = read_gltf(&input(text.as_bytes(), Some(&source))).expect("a tile");
    assert_eq!(mesh.features.len(), 3);
    let missing = MemorySource::default();
    let error = read_gltf(&input(text.as_bytes(), Some(&missing))).expect_err("nothing there");
    assert!(error.to_string().contains("roofs.bin"), "{error}");
}

#[test]
fn a_mesh_at_many_nodes_is_kept_once() {
    let mesh = changed(|json| {
        json["extensions"] = json!({});
        for primitive in 0..2_usize {
            json["meshes"][0]["primitives"][primitive]["extensions"] = json!({});
            json["meshes"][0]["primitives"][primitive]["attributes"] = json!({"POSITION": 0});
        }
        let nodes = (0..50).map(|east| json!({"mesh": 0, "translation": [east, 0, 0]}));
        json["nodes"] = Value::Array(nodes.collect());
        json["nodes"][49]["scale"] = json!([-1, 1, 1]);
        json["scenes"] = json!([{"nodes": (0..50).collect::<Vec<usize>>()}]);
    })
    .expect("a tile");
    let copies: Vec<(usize, usize)> = mesh
        .classes
        .iter()
        .map(|one| (one.vertices.len(), one.instances.len()))
        .collect();
    assert_eq!(copies, [(8, 49), (8, 1), (4, 49), (4, 1)]);
    let east = mesh.classes[0].instances[48].rows.map(|row| row[3]);
    assert_eq!(east.map(|metres| metres.round() as i32), [48, 0, 0]);
    assert_eq!(mesh.classes[0].indices[..3], [0, 1, 2]);
    assert_eq!(mesh.classes[1].indices[..3], [0, 2, 1]);
}

#[test]
fn broken_parts_are_named_by_their_place() {
    check_error(
        |json| json["accessors"][0]["count"] = json!(13),
        "accessors/0",
    );
    check_error(
        |json| json["accessors"][0]["count"] = json!(u64::MAX),
        "accessors/0",
    );
    check_error(
        |json| json["accessors"][0]["byteOffset"] = json!(u64::MAX),
        "accessors/0",
    );
    check_error(
        |json| json["accessors"][0]["componentType"] = json!(5124),
        "component type 5124",
    );
    check_error(
        |json| json["accessors"][0]["type"] = json!("VEC2"),
        "\"VEC2\" stands where VEC3 is needed",
    );
    check_error(
        |json| json["accessors"][3]["count"] = json!(11),
        "11 corners",
    );
    check_error(
        |json| json["bufferViews"][0]["byteStride"] = json!(4),
        "the stride is less",
    );
    check_error(
        |json| json["bufferViews"][0]["byteLength"] = json!(u64::MAX),
        "bufferViews/0",
    );
    check_error(
        |json| json["bufferViews"][0]["byteOffset"] = json!(4_000_000),
        "bytes of buffer 0",
    );
    check_error(
        |json| json["meshes"][0]["primitives"][0]["indices"] = json!(77),
        "accessors/77",
    );
    check_error(
        |json| json["meshes"][0]["primitives"][0]["mode"] = json!(9),
        "meshes/0/primitives/0",
    );
    check_error(|json| json["nodes"][0]["mesh"] = json!(5), "meshes/5");
    check_error(
        |json| json["nodes"][0]["translation"] = json!([1.0, 2.0]),
        "line 1",
    );
    check_error(|json| json["scenes"][0]["nodes"] = json!([3]), "nodes/3");
    check_error(|json| json["scene"] = json!(3), "scenes/3");
    check_error(|json| json["nodes"][0]["children"] = json!([0]), "nodes/0");
}

#[test]
fn a_few_bytes_that_promise_a_billion_features_are_refused() {
    let huge = json!(4_000_000_000_u32);
    check_error(
        |json| table(json)["count"] = huge.clone(),
        "16 times the file's size",
    );
    check_error(
        |json| {
            json["meshes"][0]["primitives"][0]["extensions"]["EXT_mesh_features"]["featureIds"] =
                json!([{"featureCount": huge.clone(), "attribute": 0}]);
        },
        "16 times the file's size",
    );
}

#[test]
fn one_mesh_drawn_ten_thousand_times_is_refused() {
    check_error(
        |json| {
            let nodes = 10_000;
            json["nodes"] = Value::Array(vec![json!({"mesh": 0}); nodes]);
            json["scenes"] = json!([{"nodes": (0..nodes).collect::<Vec<usize>>()}]);
        },
        "16 times the file's size",
    );
}

#[test]
fn a_file_cut_short_anywhere_gives_an_error() {
    let whole = two_roofs();
    for length in 0..whole.len() {
        let error = read_glb(&whole[..length], "cut.glb").expect_err("cut short");
        assert!(!error.place().is_empty(), "{error}");
    }
}

#[test]
fn a_file_cut_short_with_a_corrected_length_never_panics() {
    let whole = two_roofs();
    let mut read = 0;
    for length in 12..whole.len() {
        let mut cut = whole[..length].to_vec();
        cut[8..12].copy_from_slice(&(length as u32).to_le_bytes());
        read += usize::from(read_glb(&cut, "cut.glb").is_ok());
    }
    assert_eq!(read, 0);
}

#[test]
fn a_flipped_byte_never_panics() {
    let whole = two_roofs();
    for at in 0..whole.len() {
        for flip in [0x01, 0x80, 0xFF] {
            let mut broken = whole.clone();
            broken[at] ^= flip;
            if let Ok(mesh) = read_glb(&broken, "flipped.glb") {
                assert!(mesh.bytes <= Allowance::SMALL_INPUT_BYTES, "byte {at}");
                for class in &mesh.classes {
                    assert!(
                        class
                            .indices
                            .iter()
                            .all(|row| (*row as usize) < class.vertices.len()),
                        "byte {at}"
                    );
                    assert!(
                        class
                            .vertices
                            .iter()
                            .all(|one| (one.feature as usize) < mesh.features.len()),
                        "byte {at}"
                    );
                }
            }
        }
    }
}
