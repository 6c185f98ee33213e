//! Real files, where they lie beside the checkout: three cities, and the conformance files of CityJSON, cjio and cjval.

use super::open;
use crate::feature::{Shape, SourceFeature};
use crate::ledger::Ledger;
use crate::reader::SourceNotes;
use crate::request::{ImportError, ImportRequest};
use proj::Proj;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Files that are refused as a whole, and a part of what is told. All others are read.
const REFUSED: [(&str, &str); 6] = [
    ("invalid_missing_type.json", "no type"),
    // A feature by itself, written over many lines: it has no transform.
    ("cityjsonfeature_minimal.city.jsonl", "line"),
    (
        "invalid_cityjsonfeature_root_id_unresolved.city.jsonl",
        "line",
    ),
    ("cjfeat1.json", "without the CityJSON line"),
    ("generic.ext.json", "CityJSONExtension"),
    ("o4.json", "CityJSON 0.9"),
];

/// Files of which no object can be used, and the reason.
const UNUSABLE: [(&str, &str); 2] = [
    ("invalid_out_of_range_vertex_index.json", "no transform"),
    ("invalid_u64_f64_bounds.json", "out of the range"),
];

fn folder() -> Option<PathBuf> {
    let folder = Path::new(".").join("../../../shared/data/conformance");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no samples at {}", folder.display());
    None
}

struct Outcome {
    features: Vec<SourceFeature>,
    ledger: Ledger,
    notes: SourceNotes,
}

fn read(path: &Path) -> Result<Outcome, ImportError> {
    let out = std::env::temp_dir().join("cim_cityjson_tests");
    let request = ImportRequest::new(vec![path.to_path_buf()], out);
    let mut ledger = Ledger::default();
    let mut features = Vec::new();
    let notes = open(path, &request)?.read(&mut ledger, &mut |feature| {
        features.push(feature);
        Ok(())
    })?;
    Ok(Outcome {
        features,
        ledger,
        notes,
    })
}

fn value_of(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).expect("a file that can be read");
    serde_json::from_str(&text).expect("JSON")
}

fn objects_of(value: &Value) -> &serde_json::Map<String, Value> {
    value["CityObjects"].as_object().expect("city objects")
}

/// Metres between two places.
fn distance_m(a: [f64; 2], b: [f64; 2]) -> f64 {
    ((a[0] - b[0]) * b[1].to_radians().cos()).hypot(a[1] - b[1]) * 111_320.0
}

/// Compares every corner with what PROJ makes of the file's own numbers.
fn check_corners(path: &Path, features: &[SourceFeature], system: &str) -> usize {
    let value = value_of(path);
    let proj = Proj::new_known_crs(system, "EPSG:4326", None).expect("known");
    let row = |list: &Value| -> Vec<f64> {
        let items = list.as_array().expect("a row");
        items
            .iter()
            .map(|n| n.as_f64().expect("a number"))
            .collect()
    };
    let scale = row(&value["transform"]["scale"]);
    let shift = row(&value["transform"]["translate"]);
    let vertices = value["vertices"].as_array().expect("vertices");
    let mut checked = 0;
    for feature in features {
        let Shape::Surfaces(surfaces) = &feature.shape else {
            continue;
        };
        let geometry = &objects_of(&value)[&feature.id]["geometry"][0];
        let mut first = &geometry["boundaries"];
        while first[0].is_array() {
            first = &first[0];
        }
        let own = &surfaces[0].rings[0];
        for (corner, index) in own.iter().zip(first.as_array().expect("a ring")) {
            let vertex = row(&vertices[index.as_u64().expect("an index") as usize]);
            let at: Vec<f64> = (0..3).map(|k| vertex[k] * scale[k] + shift[k]).collect();
            let expected: (f64, f64) = proj.convert((at[0], at[1])).expect("inside");
            let off = distance_m([corner[0], corner[1]], [expected.0, expected.1]);
            assert!(off < 0.01, "{}: {off} m", feature.id);
            assert!((corner[2] - at[2]).abs() < 0.001, "{}", feature.id);
            checked += 1;
        }
    }
    checked
}

#[test]
fn delft_is_read_to_the_last_object_and_lies_where_proj_says() {
    let Some(folder) = folder() else { return };
    let path = folder.join("cjio/delft.json");
    let city = read(&path).expect("Delft");
    let objects = objects_of(&value_of(&path)).len() as u64;
    assert_eq!(city.features.len() as u64 + city.ledger.features(), objects);
    assert!(city.features.len() >= 560, "{:?}", city.ledger.dropped());
    assert_eq!(
        (city.notes.crs.as_str(), city.notes.vertical.as_str()),
        ("EPSG:28992", "EPSG:5709")
    );
    assert!(check_corners(&path, &city.features, "EPSG:28992") > 1_500);
    let of_class = |class: &str| {
        let is_of = |feature: &&SourceFeature| feature.tags.get("class") == Some(class);
        city.features.iter().filter(is_of).count()
    };
    assert_eq!(
        (of_class("building"), of_class("bridge"), of_class("water")),
        (160, 3, 3)
    );
}

#[test]
fn the_parts_of_zurich_name_their_buildings_which_keep_their_records() {
    let Some(folder) = folder() else { return };
    let path = folder.join("cjio/zurich/zurich_subset_lod2.json");
    let city = read(&path).expect("Zürich");
    assert_eq!(city.features.len() as u64 + city.ledger.features(), 210);
    let parents: BTreeMap<&str, &Shape> = city
        .features
        .iter()
        .filter(|feature| feature.parent.is_none())
        .map(|feature| (feature.id.as_str(), &feature.shape))
        .collect();
    let parts: Vec<&SourceFeature> = city
        .features
        .iter()
        .filter(|feature| feature.parent.is_some())
        .collect();
    assert_eq!((parents.len(), parts.len()), (49, 161));
    assert!(
        parents
            .values()
            .all(|shape| matches!(shape, Shape::Points(_)))
    );
    for part in parts {
        let parent = part.parent.as_deref().expect("a parent");
        assert!(parents.contains_key(parent), "{parent}");
    }
    assert!(check_corners(&path, &city.features, "EPSG:2056") > 400);
}

#[test]
fn the_textured_house_of_rotterdam_keeps_the_picture_that_is_there() {
    let Some(folder) = folder() else { return };
    let path = folder.join("cjio/rotterdam/rotterdam_one.json");
    let city = read(&path).expect("Rotterdam");
    let Shape::Surfaces(surfaces) = &city.features[0].shape else {
        panic!("no surfaces");
    };
    let pictured: Vec<_> = surfaces
        .iter()
        .filter_map(|surface| Some((surface, surface.texture.as_ref()?)))
        .collect();
    assert!(!pictured.is_empty());
    for (surface, texture) in pictured {
        assert!(
            texture.image.ends_with("0320_4_15.jpg"),
            "{}",
            texture.image
        );
        for (ring, pairs) in surface.rings.iter().zip(&texture.coordinates) {
            assert_eq!(ring.len(), pairs.len());
        }
    }
    // Its other images are not beside the file.
    assert!(!city.ledger.repaired().is_empty());
}

/// Every file below the three folders that may be CityJSON.
fn corpus(folder: &Path) -> Vec<PathBuf> {
    const OTHER: [&str; 7] = [
        "case.json",
        "invariants.json",
        "profile.json",
        "acquisition.json",
        "cases.json",
        "noise.ext.json",
        "cityjson-fake-manifest.schema.json",
    ];
    let mut files = Vec::new();
    let mut folders = vec![
        folder.join("cityjson/cases"),
        folder.join("cjio"),
        folder.join("cjval"),
    ];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries {
            let path = entry.expect("an entry that can be read").path();
            let name = super::placing::name_of(&path);
            let is_json = [".json", ".jsonl"]
                .iter()
                .any(|ending| name.ends_with(ending));
            if path.is_dir() {
                folders.push(path);
            } else if is_json && !OTHER.contains(&name.as_str()) {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

#[test]
fn every_conformance_file_is_read_or_refused_by_name() {
    let Some(folder) = folder() else { return };
    let files = corpus(&folder);
    assert!(files.len() > 60, "{}", files.len());
    let mut wrong = Vec::new();
    for path in &files {
        let name = super::placing::name_of(path);
        let expected = REFUSED.iter().find(|(file, _)| *file == name);
        match (read(path), expected) {
            (Err(error), Some((_, part))) if error.to_string().contains(part) => {}
            (Err(error), _) => wrong.push(format!("{name}: {error}")),
            (Ok(_), Some(_)) => wrong.push(format!("{name}: read, but should be refused")),
            (Ok(outcome), None) => {
                let is_fine = UNUSABLE.iter().all(|(file, part)| {
                    *file != name
                        || outcome.features.is_empty()
                            && outcome.ledger.dropped()[0].reason.contains(part)
                });
                if !is_fine {
                    wrong.push(format!("{name}: {:?}", outcome.ledger.dropped()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
