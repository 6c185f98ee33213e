//! Tiles good and broken.

use super::sample::{glb, two_roofs, two_roofs_parts};
use super::*;
use crate::FeatureClass;
use serde_json::{Value, json};

/// The sample after `change`.
fn changed(change: impl FnOnce(&mut Value)) -> Result<TileMesh, TileError> {
    let (mut json, binary) = two_roofs_parts();
    change(&mut json);
    read_glb(&glb(&json, &binary), "tiles/3_1_2.glb")
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
        [
            (FeatureClass::Building, 12, 12),
            (FeatureClass::Water, 12, 6)
        ]
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
        mesh.centre_enu.map(|metres| metres.round() as i32),
        [100, 300, 2]
    );
    assert!(
        mesh.bytes > 24 * 20 + 18 * 4 + "上海中心大厦".len(),
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
    let shades = [0, 4, 8].map(|row: usize| mesh.classes[0].vertices[row].normal[3]);
    assert_eq!(shades, [25, 51, 0]);
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
    assert_eq!(
        mesh.centre_enu.map(|metres| metres.round() as i32),
        [100, 0, 0]
    );
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
        json["extensions"] = json!({});
        json["materials"] = json!([]);
        json["meshes"][0]["primitives"] = json!([{"attributes": {"POSITION": 0}, "mode": 4}]);
    })
    .expect("a tile");
    assert_eq!(mesh.features.len(), 1);
    assert_eq!(mesh.features[0].id, "");
    assert_eq!(
        (mesh.classes.len(), mesh.classes[0].class),
        (1, FeatureClass::Building)
    );
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
    assert_eq!(ids, ["0", "1", "2", "0", "1", "2"]);
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
fn what_cannot_be_read_yet_is_named() {
    check_error(
        |json| json["extensionsRequired"] = json!(["KHR_draco_mesh_compression"]),
        "KHR_draco_mesh_compression",
    );
    check_error(
        |json| json["buffers"] = json!([{"uri": "a.bin", "byteLength": 9}]),
        "a buffer outside the file",
    );
    check_error(
        |json| json["accessors"][0]["sparse"] = json!({"count": 1}),
        "a sparse accessor",
    );
    check_error(
        |json| {
            for primitive in 0..2_usize {
                json["meshes"][0]["primitives"][primitive]["mode"] = json!(0);
            }
        },
        "nothing but points and lines",
    );
    for magic in ["b3dm", "i3dm", "pnts", "cmpt"] {
        let message = read_glb(magic.as_bytes(), "old.b3dm")
            .expect_err("not read yet")
            .to_string();
        assert!(
            message.contains(magic) && message.ends_with("of old.b3dm"),
            "{message}"
        );
    }
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
        "outside the binary chunk",
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
fn broken_tables_are_named_by_their_place() {
    check_error(
        |json| table(json)["count"] = json!(2),
        "belongs to feature 2 of 2",
    );
    check_error(
        |json| table(json)["count"] = json!(4),
        "propertyTables/0/properties/",
    );
    check_error(
        |json| table(json)["properties"]["id"] = json!({"values": 5}),
        "propertyTables/0/properties/id",
    );
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
