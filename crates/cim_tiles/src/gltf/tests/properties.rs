//! Property tables and feature ids.

use super::*;
use crate::{PropertyTable, PropertyValue};

#[test]
fn a_broken_column_costs_itself_and_is_told() {
    let (mesh, problems) = told(|json| table(json)["properties"]["id"] = json!({"values": 5}));
    assert_eq!(mesh.features[0].id, "0");
    assert_eq!(mesh.features[0].name, "上海中心大厦");
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(
        problems[0].contains("at propertyTables/0/properties/id of tiles/3_1_2.glb"),
        "{problems:?}"
    );
    let (_, problems) = told(|json| table(json)["count"] = json!(4));
    assert_eq!(problems.len(), 4, "{problems:?}");
}

#[test]
fn a_feature_that_does_not_exist_is_told_and_means_none() {
    let (mesh, problems) = told(|json| table(json)["count"] = json!(2));
    let row = mesh.classes[1].vertices[0].feature as usize;
    assert_eq!(mesh.features[row].id, "");
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].contains("such as 2 of 2"), "{problems:?}");
}

#[test]
fn features_point_to_their_rows() {
    let mesh = read_glb(&two_roofs(), "a.glb").expect("a tile");
    assert_eq!(mesh.features[1].row, Some((0, 1)));
    let ids: Vec<&str> = mesh.tables[0]
        .columns
        .iter()
        .map(|column| column.id.as_str())
        .collect();
    assert_eq!(ids, ["height_m", "id", "kind", "name"]);
    let height = mesh.tables[0].column("height_m").expect("a column");
    assert_eq!(height.values[0], Some(PropertyValue::Number(632.0)));
}

#[test]
fn semantics_tell_what_a_property_means() {
    let mesh =
        changed(|json| {
            let properties = &mut json["extensions"]["EXT_structural_metadata"]["schema"]["classes"]
                ["feature"]["properties"];
            properties["kind"]["semantic"] = json!("ID");
            properties["id"]["semantic"] = json!("NAME");
        })
        .expect("a tile");
    assert_eq!(mesh.features[0].id, "building");
    assert_eq!(mesh.features[0].name, "w1");
}

/// The sample with one more property, whose values are `bytes`.
fn with_column(property: &Value, column: &Value, bytes: &[u8]) -> (PropertyTable, Vec<String>) {
    let (mut json, mut binary) = two_roofs_parts();
    binary.resize(binary.len().next_multiple_of(8), 0);
    let view = json["bufferViews"].as_array().map_or(0, Vec::len);
    json["bufferViews"][view - 1]["name"] = json!("the last one");
    if let Some(views) = json["bufferViews"].as_array_mut() {
        views.push(json!({"buffer": 0, "byteOffset": binary.len(), "byteLength": bytes.len()}));
    }
    binary.extend(bytes);
    json["extensions"]["EXT_structural_metadata"]["schema"]["enums"] =
        json!({"use": {"values": [{"name": "HOME", "value": 1}, {"name": "SHOP", "value": 2}]}});
    json["extensions"]["EXT_structural_metadata"]["schema"]["classes"]["feature"]["properties"]["more"] =
        property.clone();
    let mut column = column.clone();
    column["values"] = json!(view);
    table(&mut json)["properties"]["more"] = column;
    let bytes = glb(&json, &binary);
    let mut problems = Vec::new();
    let mesh = read_gltf_with(&input(&bytes, None), &mut problems).expect("a tile");
    let problems = problems.iter().map(ToString::to_string);
    (mesh.tables[0].clone(), problems.collect())
}

#[track_caller]
fn check_column(property: &Value, column: &Value, bytes: &[u8], expected: [Option<&str>; 3]) {
    let (table, problems) = with_column(property, column, bytes);
    assert!(problems.is_empty(), "{problems:?}");
    let column = table.column("more").expect("a column");
    let texts: Vec<Option<String>> = column
        .values
        .iter()
        .map(|value| value.as_ref().map(ToString::to_string))
        .collect();
    let texts: Vec<Option<&str>> = texts.iter().map(Option::as_deref).collect();
    assert_eq!(texts, expected);
}

#[test]
fn numbers_are_scaled_moved_and_left_out_where_there_is_no_data() {
    check_column(
        &json!({"type": "SCALAR", "componentType": "UINT8", "normalized": true, "offset": 10.0, "scale": 2.0, "noData": 7}),
        &json!({}),
        &[255, 7, 0],
        [Some("12"), None, Some("10")],
    );
    check_column(
        &json!({"type": "SCALAR", "componentType": "INT16", "noData": -1, "default": 99}),
        &json!({"scale": 0.5}),
        &[4, 0, 0xFF, 0xFF, 0xFE, 0xFF],
        [Some("2"), Some("99"), Some("-1")],
    );
    check_column(
        &json!({"type": "SCALAR", "componentType": "INT64"}),
        &json!({}),
        &[[0xFF; 8], [1, 0, 0, 0, 0, 0, 0, 0x40], [0; 8]].concat(),
        [Some("-1"), Some("4611686018427387905"), Some("0")],
    );
    check_column(
        &json!({"type": "VEC2", "componentType": "UINT8", "noData": [9, 9], "offset": [1, 2]}),
        &json!({}),
        &[1, 2, 9, 9, 3, 4],
        [Some("2, 4"), None, Some("4, 6")],
    );
    check_column(
        &json!({"type": "MAT2", "componentType": "INT8"}),
        &json!({}),
        &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
        [
            Some("1, 3, 2, 4"),
            Some("5, 7, 6, 8"),
            Some("9, 11, 10, 12"),
        ],
    );
}

#[test]
fn flags_enums_and_arrays_are_read() {
    check_column(
        &json!({"type": "BOOLEAN"}),
        &json!({}),
        &[0b101],
        [Some("true"), Some("false"), Some("true")],
    );
    check_column(
        &json!({"type": "ENUM", "enumType": "use", "noData": "SHOP"}),
        &json!({}),
        &[1, 0, 2, 0, 3, 0],
        [Some("HOME"), None, Some("3")],
    );
    check_column(
        &json!({"type": "BOOLEAN", "array": true, "count": 3}),
        &json!({}),
        &[0b1000_1001, 0b1],
        [
            Some("true, false, false"),
            Some("true, false, false"),
            Some("false, true, true"),
        ],
    );
    check_column(
        &json!({"type": "VEC2", "componentType": "UINT8", "array": true, "count": 2}),
        &json!({}),
        &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
        [
            Some("1, 2, 3, 4"),
            Some("5, 6, 7, 8"),
            Some("9, 10, 11, 12"),
        ],
    );
}

#[test]
fn a_property_that_the_table_does_not_have_has_its_default() {
    let (mesh, problems) = told(|json| {
        json["extensions"]["EXT_structural_metadata"]["schema"]["classes"]["feature"]["properties"]
            ["owner"] = json!({"type": "STRING", "default": "the city", "name": "Owner"});
    });
    assert!(problems.is_empty(), "{problems:?}");
    let column = mesh.tables[0].column("owner").expect("a column");
    assert_eq!(column.name, "Owner");
    assert_eq!(
        column.values,
        vec![Some(PropertyValue::Text("the city".to_owned())); 3]
    );
}

#[test]
fn the_draft_of_property_tables_is_read() {
    let mesh = changed(|json| {
        let columns = table(json)["properties"].clone();
        let views = |id: &str| (columns[id]["values"].clone(), columns[id]["stringOffsets"].clone());
        let ((ids, id_offsets), (heights, _)) = (views("id"), views("height_m"));
        json["extensions"] = json!({"EXT_feature_metadata": {
            "schema": {"classes": {"feature": {"properties": {
                "id": {"type": "STRING"},
                "height": {"type": "FLOAT32"},
            }}}},
            "featureTables": {"roofs": {"class": "feature", "count": 3, "properties": {
                "id": {"bufferView": ids, "stringOffsetBufferView": id_offsets, "offsetType": "UINT32"},
                "height": {"bufferView": heights},
            }}},
        }});
        for primitive in 0..2_usize {
            json["meshes"][0]["primitives"][primitive]["extensions"] = json!({"EXT_feature_metadata": {
                "featureIdAttributes": [{"featureTable": "roofs", "featureIds": {"attribute": "_FEATURE_ID_0"}}],
            }});
        }
    })
    .expect("a tile");
    let features: Vec<String> = mesh
        .features
        .iter()
        .map(|one| format!("{} {}", one.id, one.height_m))
        .collect();
    assert_eq!(features, ["w1 632", "w2 40", "r3 0"]);
}

#[test]
fn a_schema_may_lie_beside_the_file() {
    let (mut json, binary) = two_roofs_parts();
    let metadata = &mut json["extensions"]["EXT_structural_metadata"];
    let schema = metadata["schema"].take().to_string();
    if let Some(metadata) = metadata.as_object_mut() {
        metadata.remove("schema");
        metadata.insert("schemaUri".to_owned(), json!("../schema.json"));
    }
    let bytes = glb(&json, &binary);
    let source = MemorySource::of(&[("schema.json", schema.as_bytes())]);
    let mesh = read_gltf(&input(&bytes, Some(&source))).expect("a tile");
    assert_eq!(mesh.features[0].name, "上海中心大厦");
    let mut problems = Vec::new();
    let mesh = read_gltf_with(&input(&bytes, None), &mut problems).expect("a tile");
    assert_eq!(mesh.features[0].id, "0");
    assert!(
        problems[0].to_string().contains("schema.json lies outside"),
        "{problems:?}"
    );
}

#[test]
fn batch_ids_are_rows_of_the_features_around_the_asset() {
    let (mut json, binary) = two_roofs_parts();
    for primitive in 0..2_usize {
        json["meshes"][0]["primitives"][primitive]["attributes"] =
            json!({"POSITION": 0, "_BATCHID": 2});
    }
    let features: Vec<TileFeature> = ["a", "b"]
        .into_iter()
        .map(|id| TileFeature {
            id: id.to_owned(),
            row: Some((0, 0)),
            ..TileFeature::default()
        })
        .collect();
    let tables = [PropertyTable {
        class: "batch".to_owned(),
        rows: 2,
        columns: Vec::new(),
    }];
    let bytes = glb(&json, &binary);
    let mut problems = Vec::new();
    let mesh = read_gltf_with(
        &GltfInput {
            batch: Some(BatchedFeatures {
                features: &features,
                tables: &tables,
            }),
            ..input(&bytes, None)
        },
        &mut problems,
    )
    .expect("a tile");
    assert_eq!(mesh.tables[0].class, "batch");
    assert_eq!(mesh.classes[0].vertices[4].feature, 1);
    // The pond is batch id 2, which the batch table does not have.
    let row = mesh.classes[1].vertices[0].feature as usize;
    assert_eq!((row, mesh.features[row].id.as_str()), (2, ""));
    assert!(
        problems[0].to_string().contains("batch id 2 of 2"),
        "{problems:?}"
    );
}
