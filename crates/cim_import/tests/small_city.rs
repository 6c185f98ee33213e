//! A city of a few houses, imported from text: what comes out, and what is said of what does not.
#![expect(clippy::expect_used, reason = "in a test, a panic is the report")]

use cim_import::{ImportError, ImportReport, ImportRequest, import};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// A folder of its own for each test, fresh.
fn folder(test: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("cim_import_{}_{test}", std::process::id()));
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("an old test folder can be removed");
    }
    fs::create_dir_all(&folder).expect("a test folder can be made");
    folder
}

/// A square of `size` degrees at Lujiazui, `step` squares from its corner.
fn square(step: f64, size: f64) -> Value {
    let (w, s) = (121.5 + step * 0.001, 31.24);
    json!([[
        [w, s],
        [w + size, s],
        [w + size, s + size],
        [w, s + size],
        [w, s]
    ]])
}

fn feature(geometry_type: &str, coordinates: Value, properties: Value) -> Value {
    json!({"type": "Feature", "properties": properties, "geometry": {"type": geometry_type, "coordinates": coordinates}})
}

fn small_city() -> Value {
    json!({"type": "FeatureCollection", "attribution": "© OpenStreetMap contributors", "features": [
        feature("Polygon", square(0.0, 0.0005), json!({"@id": "way/1", "building": "yes", "height": "40 m", "name": "塔楼", "name:en": "Tower"})),
        feature("Polygon", square(1.0, 0.0005), json!({"@id": "way/2", "building": "yes", "building:levels": 6})),
        feature("Polygon", square(2.0, 0.0005), json!({"@id": "way/3", "building": "yes", "height": "very"})),
        feature("Polygon", square(1.0, 0.0005), json!({"@id": "way/4", "building:part": "yes", "height": 25})),
        feature("LineString", json!([[121.4995, 31.2395], [121.5035, 31.2395]]), json!({"highway": "primary", "name": "世纪大道"})),
        feature("LineString", json!([[121.4995, 31.2390], [121.5035, 31.2390]]), json!({"highway": "primary", "tunnel": "yes"})),
        feature("LineString", json!([[121.4995, 31.2385], [121.5035, 31.2385]]), json!({"railway": "tram"})),
        feature("Polygon", square(3.0, 0.0004), json!({"natural": "water"})),
        feature("Polygon", square(4.0, 0.0004), json!({"leisure": "park"})),
        feature("Point", json!([121.501, 31.241]), json!({"amenity": "cafe", "name": "咖啡"})),
        feature("Polygon", square(5.0, 0.0004), json!({"landuse": "residential"})),
        // Broken ones.
        feature("Polygon", json!([[[121.5, 31.24], [121.501, 31.24], [121.5, 31.24]]]), json!({"building": "yes"})),
        feature("Polygon", json!([[[121.5, "x"], [121.501, 31.24], [121.5, 31.24]]]), json!({"building": "yes"})),
        feature("Polygon", json!([[[518420, 3792519], [518430, 3792519], [518430, 3792529], [518420, 3792519]]]), json!({"building": "yes"})),
        feature("Point", json!([0.0, 0.0]), json!({"amenity": "cafe"})),
        json!({"type": "Feature", "properties": {"building": "yes"}, "geometry": null}),
        // Not closed.
        feature("Polygon", json!([[[121.506, 31.24], [121.5065, 31.24], [121.5065, 31.2405], [121.506, 31.2405]]]), json!({"building": "yes"})),
    ]})
}

fn import_text(
    test: &str,
    files: &[(&str, String)],
) -> (Result<ImportReport, ImportError>, PathBuf) {
    let folder = folder(test);
    let source = folder.join("source");
    fs::create_dir_all(&source).expect("a folder");
    for (name, text) in files {
        fs::write(source.join(name), text).expect("a file");
    }
    let out = folder.join("city");
    let mut request = ImportRequest::new(vec![source], out.clone());
    request.name_zh = Some("小城".to_owned());
    (import(&request, &mut |_| {}), out)
}

fn json_of(path: &Path) -> Value {
    let bytes = fs::read(path).expect("a file that was just written");
    serde_json::from_slice(&bytes).expect("JSON")
}

#[test]
fn every_feature_is_accounted_for() {
    let (report, out) = import_text("account", &[("city.geojson", small_city().to_string())]);
    let report = report.expect("a city");
    let c = report.counts;
    assert_eq!(
        (c.features, c.buildings, c.building_parts, c.roads, c.rail),
        (17, 4, 1, 2, 1),
        "{c:?}"
    );
    assert_eq!(
        (c.water, c.green, c.points, c.other, c.labels),
        (1, 1, 1, 1, 0),
        "{c:?}"
    );
    // The tunnel; the house that its part covers.
    assert_eq!(
        (c.undrawn, c.replaced_by_parts, c.building_polygons),
        (1, 1, 5),
        "{c:?}"
    );
    // The open ring and the height in words.
    assert_eq!(c.repaired, 2, "{c:?}");
    let dropped: u64 = report.dropped.iter().map(|dropped| dropped.count).sum();
    let used = c.buildings
        + c.building_parts
        + c.roads
        + c.rail
        + c.water
        + c.green
        + c.points
        + c.labels
        + c.other;
    assert_eq!(
        (dropped, used + dropped),
        (5, c.features),
        "{:?}",
        report.dropped
    );
    assert!((report.tallest_m - 40.0).abs() < 1e-9);
    assert!(
        report
            .dropped
            .iter()
            .all(|dropped| dropped.first.contains("city.geojson, feature ")),
        "{:?}",
        report.dropped
    );

    let shown = serde_json::to_value(&report).expect("JSON");
    assert_eq!(
        shown["dropped"][0].as_object().map(serde_json::Map::len),
        Some(2)
    );
    assert_eq!(
        (&shown["crs"], &shown["counts"]["buildings"]),
        (&json!("EPSG:4326"), &json!(4))
    );
    fs::remove_dir_all(out.parent().expect("a parent")).ok();
}

#[test]
fn the_folder_holds_a_city() {
    let (report, out) = import_text("folder", &[("city.geojson", small_city().to_string())]);
    report.expect("a city");
    let catalogue = json_of(&out.join("catalogue.json"));
    assert_eq!(
        (&catalogue["format"], &catalogue["name"]["zh"]),
        (&json!(1), &json!("小城"))
    );
    assert_eq!(catalogue["licence"], "ODbL-1.0");
    assert_eq!(
        (&catalogue["cim_level"], &catalogue["is_synthetic"]),
        (&json!("CIM2"), &json!(false))
    );
    let reasons: Vec<&str> = catalogue["repaired"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|entry| entry["reason"].as_str())
        .collect();
    assert_eq!(
        reasons,
        [
            "a ring was not closed; closed",
            "the height is not a usable number; levels or the default taken"
        ]
    );
    let source = &catalogue["sources"][0];
    assert_eq!(
        (&source["name"], source["hash"].as_str().map(str::len)),
        (&json!("city.geojson"), Some(16))
    );
    assert_eq!(
        catalogue["height_sources"],
        json!({"tag": 2, "levels": 1, "default": 2, "geometry": 0})
    );
    for file in catalogue["files"].as_array().expect("a list") {
        let path = out.join(file["path"].as_str().expect("a path"));
        assert_eq!(
            fs::metadata(&path).expect("it is there").len(),
            file["bytes"].as_u64().expect("a size")
        );
        assert_eq!(file["hash"].as_str().map(str::len), Some(16));
    }
    let tileset = json_of(&out.join("tileset.json"));
    assert_eq!(
        (&tileset["asset"]["version"], &tileset["root"]["refine"]),
        (&json!("1.1"), &json!("ADD"))
    );
    assert_eq!(
        tileset["root"]["transform"].as_array().map(Vec::len),
        Some(16)
    );

    let records: Vec<Value> = fs::read_to_string(out.join("attributes.jsonl"))
        .expect("the table")
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(records.len(), 11);
    let tower = records
        .iter()
        .find(|record| record["id"] == "w1")
        .expect("the tower");
    assert_eq!(
        (&tower["name"], &tower["name_en"], &tower["height_m"]),
        (&json!("塔楼"), &json!("Tower"), &json!(40.0))
    );
    let house = records
        .iter()
        .find(|record| record["id"] == "w2")
        .expect("the house");
    assert_eq!(
        (&house["levels"], &house["height_source"]),
        (&json!(6), &json!("levels"))
    );
    assert!(
        json_of(&out.join("views.json"))
            .as_array()
            .is_some_and(|views| views.len() == 4)
    );
    fs::remove_dir_all(out.parent().expect("a parent")).ok();
}

#[test]
fn tiles_are_binary_gltf_with_features() {
    let (report, out) = import_text("tiles", &[("city.geojson", small_city().to_string())]);
    report.expect("a city");
    let mut ids = Vec::new();
    for entry in fs::read_dir(out.join("tiles")).expect("tiles") {
        let bytes = fs::read(entry.expect("an entry").path()).expect("a tile");
        assert_eq!(&bytes[..4], b"glTF");
        assert_eq!(
            u32::from_le_bytes([bytes[8], bytes[9], bytes[10], bytes[11]]) as usize,
            bytes.len()
        );
        let length = u32::from_le_bytes([bytes[12], bytes[13], bytes[14], bytes[15]]) as usize;
        let root: Value = serde_json::from_slice(&bytes[20..20 + length]).expect("JSON");
        let table = &root["extensions"]["EXT_structural_metadata"]["propertyTables"][0];
        let view = &root["bufferViews"][table["properties"]["id"]["values"]
            .as_u64()
            .expect("a view") as usize];
        let start = 20 + length + 8 + view["byteOffset"].as_u64().expect("an offset") as usize;
        let end = start + view["byteLength"].as_u64().expect("a length") as usize;
        ids.push(String::from_utf8_lossy(&bytes[start..end]).into_owned());
        for view in root["bufferViews"].as_array().expect("views") {
            assert_eq!(view["byteOffset"].as_u64().expect("an offset") % 8, 0);
        }
    }
    let ids = ids.concat();
    assert!(
        ids.contains("w1") && ids.contains("w4") && !ids.contains("w2"),
        "{ids}"
    );
    fs::remove_dir_all(out.parent().expect("a parent")).ok();
}

#[test]
fn a_broken_file_among_others_costs_only_itself() {
    let files = [
        ("a.geojson", small_city().to_string()),
        (
            "b.geojson",
            "{\"type\": \"FeatureCollection\",\n \"features\": [".to_owned(),
        ),
    ];
    let (report, out) = import_text("broken", &files);
    let report = report.expect("a city from the other file");
    let broken = report
        .dropped
        .iter()
        .find(|dropped| dropped.reason == "a whole source cannot be read")
        .expect("it is told");
    assert!(
        broken.first.contains("b.geojson") && broken.first.contains("line 2"),
        "{}",
        broken.first
    );
    fs::remove_dir_all(out.parent().expect("a parent")).ok();
}

#[test]
fn a_broken_file_alone_is_an_error_and_leaves_nothing_behind() {
    let (report, out) = import_text("alone", &[("b.geojson", "{\"features\": [1,]}".to_owned())]);
    let message = report.expect_err("nothing to import").to_string();
    assert!(
        message.contains("b.geojson") && message.contains("line 1 column"),
        "{message}"
    );
    let left: Vec<_> = fs::read_dir(out.parent().expect("a parent"))
        .expect("a folder")
        .collect();
    assert_eq!(left.len(), 1, "only the source is left: {left:?}");

    let (report, out_pbf) = import_text("pbf", &[("b.osm.pbf", "this is no extract".to_owned())]);
    assert!(
        report
            .expect_err("nothing to import")
            .to_string()
            .contains("b.osm.pbf")
    );
    fs::remove_dir_all(out.parent().expect("a parent")).ok();
    fs::remove_dir_all(out_pbf.parent().expect("a parent")).ok();
}

#[test]
fn a_folder_with_something_else_in_it_is_left_alone_and_an_old_city_is_replaced() {
    let (report, out) = import_text("taken", &[("city.geojson", small_city().to_string())]);
    report.expect("a city");
    let source = out.with_file_name("source");
    let again = import(
        &ImportRequest::new(vec![source.clone()], out.clone()),
        &mut |_| {},
    )
    .expect("replaced");
    assert_eq!(again.counts.buildings, 4);
    let refused = import(
        &ImportRequest::new(vec![source.clone()], source.clone()),
        &mut |_| {},
    );
    assert!(
        matches!(refused, Err(ImportError::OutIsTaken { .. })),
        "{refused:?}"
    );
    assert!(source.join("city.geojson").is_file());
    fs::remove_dir_all(out.parent().expect("a parent")).ok();
}

#[test]
fn a_surveyed_city_is_read_in_its_own_plane() {
    let ring = json!([[
        [518400.0, 3792500.0],
        [518420.0, 3792500.0],
        [518420.0, 3792520.0],
        [518400.0, 3792520.0],
        [518400.0, 3792500.0]
    ]]);
    let text = json!({
        "type": "FeatureCollection",
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4548"}},
        "features": [feature("Polygon", ring, json!({"Floor": 10}))]
    });
    let (report, out) = import_text("survey", &[("徐州.geojson", text.to_string())]);
    let report = report.expect("a city");
    assert_eq!(
        (report.crs.as_str(), report.counts.buildings),
        ("EPSG:4548", 1)
    );
    assert!((report.tallest_m - 30.0).abs() < 1e-9);
    let origin = &json_of(&out.join("catalogue.json"))["origin"];
    assert!(
        (origin["lon_deg"].as_f64().expect("a number") - 117.2).abs() < 1e-3,
        "{origin}"
    );
    fs::remove_dir_all(out.parent().expect("a parent")).ok();
}
