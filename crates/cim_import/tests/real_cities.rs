//! Real cities, where their data lies beside the repository: counts, heights, and positions held to PROJ.
//!
//! Prints `SKIPPED` and passes where there is no data.
#![expect(clippy::expect_used, reason = "in a test, a panic is the report")]

use cim_import::{ImportReport, ImportRequest, SourceCrs, import};
use proj::Proj;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// How far a vertex may be from where PROJ has it, metres.
const CENTIMETRE: f64 = 0.01;
/// How far a flat roof lies below its parapet, metres.
const PARAPET_M: f64 = 0.9;

fn data(name: &str) -> Option<PathBuf> {
    let path = Path::new(".").join("../../../shared/data").join(name);
    if path.exists() {
        return Some(path);
    }
    println!("SKIPPED: there is no {}", path.display());
    None
}

fn import_real(source: PathBuf, test: &str) -> (ImportReport, PathBuf) {
    import_in(source, test, None)
}

fn import_in(source: PathBuf, test: &str, crs: Option<&str>) -> (ImportReport, PathBuf) {
    let out = std::env::temp_dir().join(format!("cim_real_{}_{test}", std::process::id()));
    if out.exists() {
        fs::remove_dir_all(&out).expect("an old test folder can be removed");
    }
    let mut request = ImportRequest::new(vec![source], out.clone());
    request.crs = crs.map(|text| SourceCrs::parse(text).expect("a known CRS"));
    let report = import(&request, &mut |_| {}).expect("a city");
    (report, out)
}

#[track_caller]
fn check_account(report: &ImportReport) {
    let c = report.counts;
    let dropped: u64 = report.dropped.iter().map(|dropped| dropped.count).sum();
    assert_eq!(c.used() + dropped, c.features, "{c:?} {:?}", report.dropped);
}

#[test]
fn lujiazui_has_all_its_building_polygons_and_its_tower() {
    let Some(source) = data("lujiazui") else {
        return;
    };
    let (report, out) = import_real(source, "lujiazui");
    println!("{}", serde_json::to_string(&report).expect("JSON"));
    check_account(&report);
    let c = report.counts;
    assert_eq!(
        (c.buildings, c.building_parts, c.building_polygons),
        (1_321, 129, 1_450),
        "{:?}",
        report.dropped
    );
    // 1 094 lines of the road layer, eleven of them rails; twelve metro lines of the transit layer.
    assert_eq!((c.roads, c.rail), (1_083, 23));
    assert!((report.tallest_m - 632.0).abs() < 1e-9);
    fs::remove_dir_all(out).ok();
}

#[test]
fn helsinki_has_all_its_buildings() {
    let Some(source) = data("osm/helsinki-centre.osm.pbf") else {
        return;
    };
    let (report, out) = import_real(source, "helsinki");
    println!("{}", serde_json::to_string(&report).expect("JSON"));
    check_account(&report);
    // 433 ways, 67 multipolygons and 36 nodes with a `building` tag.
    assert_eq!(report.counts.buildings, 536, "{:?}", report.dropped);
    assert!(report.counts.roads > 2_000 && report.counts.rail > 100 && report.counts.green > 100);
    fs::remove_dir_all(out).ok();
}

#[test]
fn a_water_network_has_all_its_pipes_where_proj_has_them() {
    let Some(source) = data("networks/ky4.inp") else {
        return;
    };
    let text = fs::read_to_string(&source).expect("a network");
    let (report, out) = import_in(source, "ky4", Some("EPSG:3089"));
    println!("{}", serde_json::to_string(&report).expect("JSON"));
    check_account(&report);
    // 1 156 pipes, 4 tanks, 1 reservoir and 2 pumps; 959 junctions.
    assert_eq!((report.counts.pipes, report.counts.points), (1_163, 959));
    let networks: Value =
        serde_json::from_slice(&fs::read(out.join("networks.json")).expect("networks"))
            .expect("JSON");
    let network = &networks["networks"][0];
    assert_eq!(network["links"].as_array().map(Vec::len), Some(1_158));
    let nodes: BTreeMap<&str, (f64, f64)> = network["nodes"]
        .as_array()
        .expect("nodes")
        .iter()
        .map(|node| {
            let number = |key: &str| node[key].as_f64().expect("a number");
            (
                node["id"].as_str().expect("an id"),
                (number("lon"), number("lat")),
            )
        })
        .collect();
    assert_eq!(nodes.len(), 964);
    let proj = Proj::new_known_crs("EPSG:3089", "EPSG:4326", None).expect("a way");
    let coordinates = text
        .split("[COORDINATES]")
        .nth(1)
        .expect("coordinates")
        .lines()
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter(|line| !line.trim().is_empty() && !line.starts_with(';'));
    let mut checked = 0;
    for line in coordinates {
        let words: Vec<&str> = line.split_whitespace().collect();
        let number = |row: usize| words[row].parse::<f64>().expect("a number");
        let (lon, lat): (f64, f64) = proj.convert((number(1), number(2))).expect("on Earth");
        let own = nodes[words[0]];
        let east_m = (own.0 - lon) * 111_320.0 * lat.to_radians().cos();
        let north_m = (own.1 - lat) * 111_320.0;
        assert!(east_m.hypot(north_m) < CENTIMETRE, "{line}: {own:?}");
        checked += 1;
    }
    assert_eq!(checked, 964);
    fs::remove_dir_all(out).ok();
}

#[test]
fn networks_without_a_crs_are_put_at_an_origin_and_lose_nothing() {
    for (name, pipes, junctions) in [
        ("Net3", 124, 92),
        ("Net6", 3_925, 3_323),
        ("ky10", 1_076, 920),
    ] {
        let Some(source) = data(&format!("networks/{name}.inp")) else {
            return;
        };
        let (report, out) = import_real(source, name);
        check_account(&report);
        assert_eq!(report.crs, "local");
        let dropped: u64 = report.dropped.iter().map(|dropped| dropped.count).sum();
        assert_eq!(
            report.counts.pipes + report.counts.points + dropped,
            pipes + junctions,
            "{:?}",
            report.dropped
        );
        fs::remove_dir_all(out).ok();
    }
}

#[test]
fn every_corner_of_lujiazui_is_where_proj_has_it() {
    let Some(source) = data("lujiazui") else {
        return;
    };
    let rings = building_rings(&source.join("buildings.geojson"));
    let (_, out) = import_real(source, "positions");
    let heights = building_heights(&out);
    let mut geocentric = Geocentric::default();
    let (mut checked, mut worst) = (0_usize, 0.0_f64);
    for vertex in city_vertices(&out) {
        let (Some(corners), Some((low, high))) = (rings.get(&vertex.id), heights.get(&vertex.id))
        else {
            continue;
        };
        let off = corners
            .iter()
            .flat_map(|corner| [(corner, *low), (corner, *high), (corner, high - PARAPET_M)])
            .map(|(corner, height)| distance(geocentric.of(*corner, height), vertex.ecef))
            .fold(f64::INFINITY, f64::min);
        assert!(
            off < CENTIMETRE,
            "a corner of building {} is {off} m away from where PROJ has it",
            vertex.id
        );
        worst = worst.max(off);
        checked += 1;
        if checked >= 4_000 {
            break;
        }
    }
    println!(
        "{checked} corners checked, the worst {:.2} mm off",
        worst * 1000.0
    );
    assert!(checked >= 200, "only {checked} corners could be checked");
    fs::remove_dir_all(out).ok();
}

/// Corners of every building polygon of a layer, by id.
fn building_rings(path: &Path) -> BTreeMap<String, Vec<[f64; 2]>> {
    let root: Value = serde_json::from_slice(&fs::read(path).expect("a file")).expect("JSON");
    let mut rings: BTreeMap<String, Vec<[f64; 2]>> = BTreeMap::new();
    for feature in root["features"].as_array().expect("features") {
        if feature["geometry"]["type"] == "Polygon" {
            let corners = rings
                .entry(feature["properties"]["id"].to_string())
                .or_default();
            for ring in feature["geometry"]["coordinates"]
                .as_array()
                .expect("rings")
            {
                for at in ring.as_array().expect("corners") {
                    corners.push([
                        at[0].as_f64().expect("a number"),
                        at[1].as_f64().expect("a number"),
                    ]);
                }
            }
        }
    }
    rings
}

/// Underside and top of every building, by id.
fn building_heights(out: &Path) -> BTreeMap<String, (f64, f64)> {
    fs::read_to_string(out.join("attributes.jsonl"))
        .expect("the table")
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"))
        .filter(|record| record["class"] == "building")
        // A roof of another shape has corners of its own.
        .filter(|record| {
            ["roof:shape", "roof_shape"].iter().all(|key| {
                record["tags"][*key]
                    .as_str()
                    .is_none_or(|shape| shape == "flat")
            })
        })
        .map(|record| {
            let number = |key: &str| record[key].as_f64().unwrap_or_default();
            (
                record["id"].as_str().unwrap_or_default().to_owned(),
                (number("min_height_m"), number("height_m")),
            )
        })
        .collect()
}

struct Vertex {
    id: String,
    ecef: [f64; 3],
}

/// Every vertex of the tiles, taken through node, axes and the root's transform.
fn city_vertices(out: &Path) -> Vec<Vertex> {
    let tileset: Value =
        serde_json::from_slice(&fs::read(out.join("tileset.json")).expect("a tileset"))
            .expect("JSON");
    let transform: Vec<f64> = tileset["root"]["transform"]
        .as_array()
        .expect("a matrix")
        .iter()
        .filter_map(Value::as_f64)
        .collect();
    let mut vertices = Vec::new();
    for entry in fs::read_dir(out.join("tiles")).expect("tiles") {
        let bytes = fs::read(entry.expect("an entry").path()).expect("a tile");
        take_tile(&bytes, &transform, &mut vertices);
    }
    vertices
}

fn take_tile(bytes: &[u8], transform: &[f64], vertices: &mut Vec<Vertex>) {
    let word = |at: usize| {
        u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]) as usize
    };
    let length = word(12);
    let root: Value = serde_json::from_slice(&bytes[20..20 + length]).expect("JSON");
    let bin = &bytes[20 + length + 8..];
    let ids = strings(
        &root,
        bin,
        &root["extensions"]["EXT_structural_metadata"]["propertyTables"][0]["properties"]["id"],
    );
    let shift: Vec<f64> = root["nodes"][0]["translation"]
        .as_array()
        .expect("a shift")
        .iter()
        .filter_map(Value::as_f64)
        .collect();
    for primitive in root["meshes"][0]["primitives"]
        .as_array()
        .expect("primitives")
    {
        let positions = floats(&root, bin, &primitive["attributes"]["POSITION"]);
        let rows = floats(&root, bin, &primitive["attributes"]["_FEATURE_ID_0"]);
        for (at, row) in positions.chunks_exact(3).zip(rows) {
            // glTF's x, y, z are east, up, minus north.
            let (x, y, z) = (at[0] + shift[0], at[1] + shift[1], at[2] + shift[2]);
            let enu = [x, -z, y, 1.0];
            let ecef = [0, 1, 2].map(|axis: usize| {
                (0..4)
                    .map(|column| transform[4 * column + axis] * enu[column])
                    .sum::<f64>()
            });
            vertices.push(Vertex {
                id: ids[row as usize].clone(),
                ecef,
            });
        }
    }
}

fn view<'a>(root: &Value, bin: &'a [u8], index: &Value) -> &'a [u8] {
    let view = &root["bufferViews"][index.as_u64().expect("a view") as usize];
    let start = view["byteOffset"].as_u64().unwrap_or_default() as usize;
    &bin[start..start + view["byteLength"].as_u64().expect("a length") as usize]
}

fn floats(root: &Value, bin: &[u8], accessor: &Value) -> Vec<f64> {
    let accessor = &root["accessors"][accessor.as_u64().expect("an accessor") as usize];
    view(root, bin, &accessor["bufferView"])
        .chunks_exact(4)
        .map(|b| f64::from(f32::from_le_bytes([b[0], b[1], b[2], b[3]])))
        .collect()
}

fn strings(root: &Value, bin: &[u8], property: &Value) -> Vec<String> {
    let values = view(root, bin, &property["values"]);
    let offsets: Vec<usize> = view(root, bin, &property["stringOffsets"])
        .chunks_exact(4)
        .map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]) as usize)
        .collect();
    offsets
        .windows(2)
        .map(|pair| String::from_utf8_lossy(&values[pair[0]..pair[1]]).into_owned())
        .collect()
}

fn distance(a: [f64; 3], b: [f64; 3]) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1]).hypot(a[2] - b[2])
}

/// PROJ's geocentric positions. Its Rust door carries two coordinates, so the height is part of the pipeline and the third
/// one comes out of a second pipeline with its axes swapped. Pipelines are kept by height.
#[derive(Default)]
struct Geocentric {
    by_height: BTreeMap<u64, (Proj, Proj)>,
}

impl Geocentric {
    fn of(&mut self, corner: [f64; 2], height: f64) -> [f64; 3] {
        let (first_two, third) = self.by_height.entry(height.to_bits()).or_insert_with(|| {
            let steps = format!(
                "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad \
                 +step +proj=affine +zoff={height} +step +proj=cart +ellps=WGS84"
            );
            let swapped = format!("{steps} +step +proj=axisswap +order=3,1,2");
            (
                Proj::new(&steps).expect("a pipeline"),
                Proj::new(&swapped).expect("a pipeline"),
            )
        });
        let (x, y): (f64, f64) = first_two.convert((corner[0], corner[1])).expect("on Earth");
        let (z, _): (f64, f64) = third.convert((corner[0], corner[1])).expect("on Earth");
        [x, y, z]
    }
}
