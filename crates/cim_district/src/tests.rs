//! The promises of the district as a whole: the same each time, counted exactly, nothing in the way of anything else.

use crate::feature::{Feature, Form};
use crate::files::Files;
use crate::housing::lane_u;
use crate::layout::laid_out;
use crate::parts::{District, Parts};
use crate::pipes::is_gravity;
use crate::plan::{CELL_M, RoadClass, Use, Way, use_of};
use crate::plane::{Ground, distance_to_line};
use crate::site::{RADIAL_M, RING_M};
use cim_import::{NetworkKind, NodeKind};
use cim_model::GbCode;
use cim_tiles::FeatureClass;
use glam::DVec2;
use std::collections::{BTreeMap, BTreeSet};

fn all_parts(district: &District) -> Vec<Parts> {
    district
        .quotas
        .extent
        .crossings()
        .map(|(i, j)| district.parts(i, j))
        .collect()
}

fn digest_of(seed: u64, buildings: u32) -> u64 {
    let district = District::plan(seed, buildings).expect("a district");
    all_parts(&district)
        .iter()
        .flat_map(|parts| &parts.features)
        .fold(7, |digest, feature| feature.digest(digest))
}

#[test]
fn the_same_seed_gives_the_same_district_and_another_seed_another() {
    assert_eq!(digest_of(1, 400), digest_of(1, 400));
    assert_ne!(digest_of(1, 400), digest_of(2, 400));
}

#[test]
fn there_are_exactly_as_many_buildings_as_asked_for() {
    for wanted in [1, 90, 1_000, 3_777] {
        let district = District::plan(3, wanted).expect("a district");
        let parts = all_parts(&district);
        let buildings = parts
            .iter()
            .flat_map(|parts| &parts.features)
            .filter(|feature| feature.class == FeatureClass::Building)
            .count();
        assert_eq!(buildings, wanted as usize);
        let counted: u32 = parts
            .iter()
            .flat_map(|parts| &parts.census)
            .map(|(_, census)| census.buildings)
            .sum();
        assert_eq!(counted, wanted);
        let cameras: usize = parts.iter().map(|parts| parts.cameras.len()).sum();
        assert_eq!(cameras, district.cameras as usize);
    }
}

#[test]
fn a_large_district_is_planned_and_twelve_thousand_buildings_have_five_hundred_cameras() {
    let district = District::plan(1, 12_000).expect("a district");
    assert_eq!(district.cameras, 500);
    let extent = district.quotas.extent;
    let uses: BTreeSet<Use> = extent.cells().map(|(i, j)| use_of(1, i, j)).collect();
    assert!(uses.len() >= 12, "{uses:?} in {extent:?}");
    let cells = extent.cells().count();
    assert!((80..360).contains(&cells), "{cells} cells");
}

/// True when the place lies inside the ring.
fn is_inside(place: DVec2, ring: &[DVec2]) -> bool {
    let mut inside = false;
    for (a, b) in ring.iter().zip(ring.iter().cycle().skip(1)) {
        if (a.y > place.y) != (b.y > place.y) {
            let share = (place.y - a.y) / (b.y - a.y);
            if place.x < a.x + share * (b.x - a.x) {
                inside = !inside;
            }
        }
    }
    inside
}

/// True when the place lies in the water and on none of its islands.
fn is_in_water(place: DVec2, water: &Feature) -> bool {
    let Form::Area { outer, inner } = &water.form else {
        return false;
    };
    is_inside(place, outer) && !inner.iter().any(|hole| is_inside(place, hole))
}

/// The carriageways near a cell, with half their widths, and its waters.
fn obstacles(district: &District, i: i32, j: i32) -> (Vec<(Vec<DVec2>, f64)>, Vec<Feature>) {
    let (mut roads, mut waters) = (Vec::new(), Vec::new());
    for (i, j) in [(i, j), (i + 1, j), (i, j + 1)] {
        for feature in district.parts(i, j).features {
            let is_water = feature.class == FeatureClass::Water;
            if let (Form::Line(line), FeatureClass::Road) = (&feature.form, feature.class) {
                let width = feature
                    .tags
                    .iter()
                    .find(|(key, _)| *key == "width")
                    .and_then(|(_, value)| value.parse::<f64>().ok())
                    .expect("roads have a width");
                roads.push((line.clone(), 0.5 * width));
            }
            if is_water && matches!(feature.form, Form::Area { .. }) {
                waters.push(feature);
            }
        }
    }
    (roads, waters)
}

#[test]
fn no_building_stands_on_a_road_in_water_or_in_another_building() {
    let district = District::plan(5, 9_000).expect("a district");
    let mut checked = 0;
    for (i, j) in district.quotas.extent.cells() {
        let site = laid_out(&district.ground, district.seed, i, j);
        if site.buildings.is_empty() {
            continue;
        }
        let (roads, waters) = obstacles(&district, i, j);
        for (n, building) in site.buildings.iter().enumerate() {
            let place = || format!("building {n} of {:?} in cell {i}, {j}", site.purpose);
            for point in building.rect.edge(4.0) {
                for (line, half) in &roads {
                    assert!(
                        distance_to_line(point, line) > *half,
                        "{} is on a road",
                        place()
                    );
                }
                for water in &waters {
                    assert!(!is_in_water(point, water), "{} is in {}", place(), water.id);
                }
            }
            for other in site.buildings.iter().skip(n + 1) {
                assert!(
                    !building.rect.grown(-0.05).overlaps(&other.rect),
                    "{} overlaps another",
                    place()
                );
            }
            checked += 1;
        }
    }
    assert!(checked >= 9_000, "{checked}");
}

/// The numbers of connected parts of a graph, by node.
fn components(nodes: &BTreeSet<&str>, links: &[(&str, &str)]) -> BTreeMap<String, usize> {
    let mut neighbours: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (from, to) in links {
        assert!(nodes.contains(*from), "{from} is no node");
        assert!(nodes.contains(*to), "{to} is no node");
        neighbours.entry(*from).or_default().push(*to);
        neighbours.entry(*to).or_default().push(*from);
    }
    let mut found = BTreeMap::new();
    for (number, start) in nodes.iter().enumerate() {
        let mut waiting = vec![*start];
        while let Some(node) = waiting.pop() {
            if found.contains_key(node) {
                continue;
            }
            found.insert(node.to_owned(), number);
            waiting.extend(neighbours.get(node).into_iter().flatten());
        }
    }
    found
}

#[track_caller]
fn check_networks(buildings: u32) {
    let district = District::plan(1, buildings).expect("a district");
    let parts = all_parts(&district);
    for kind in NetworkKind::ALL {
        let nodes: Vec<_> = parts
            .iter()
            .flat_map(|parts| &parts.nodes)
            .filter(|(of, _)| *of == kind)
            .map(|(_, node)| node)
            .collect();
        let links: Vec<(&str, &str)> = parts
            .iter()
            .flat_map(|parts| &parts.links)
            .filter(|(of, _)| *of == kind)
            .map(|(_, link)| (link.from.as_str(), link.to.as_str()))
            .collect();
        let ids: BTreeSet<&str> = nodes.iter().map(|node| node.id.as_str()).collect();
        assert_eq!(ids.len(), nodes.len(), "{kind:?} has a node twice");
        let component = components(&ids, &links);
        let ends: Vec<usize> = nodes
            .iter()
            .filter(|node| matches!(node.kind, NodeKind::Reservoir | NodeKind::Outfall))
            .filter_map(|node| component.get(&node.id).copied())
            .collect();
        let all: BTreeSet<usize> = component.values().copied().collect();
        let served: BTreeSet<usize> = ends.iter().copied().collect();
        assert_eq!(
            all, served,
            "{kind:?}: every part has a source or an outfall"
        );
        match kind {
            // Rain leaves by every street that ends at the river.
            NetworkKind::Drainage => assert_eq!(all.len(), ends.len(), "one outfall each"),
            _ => assert_eq!(all.len(), 1, "{kind:?} hangs together"),
        }
    }
}

#[test]
fn networks_hang_together_and_every_part_has_its_source() {
    check_networks(60);
    check_networks(700);
    check_networks(4_000);
}

#[test]
fn every_building_is_connected_to_water() {
    let district = District::plan(8, 2_500).expect("a district");
    let parts = all_parts(&district);
    let consumers: BTreeSet<&str> = parts
        .iter()
        .flat_map(|parts| &parts.nodes)
        .filter(|(_, node)| node.kind == NodeKind::Consumer)
        .map(|(_, node)| node.feature.as_str())
        .collect();
    let buildings: BTreeSet<&str> = parts
        .iter()
        .flat_map(|parts| &parts.features)
        .filter(|feature| feature.class == FeatureClass::Building)
        .map(|feature| feature.id.as_str())
        .collect();
    assert_eq!(consumers, buildings);
}

#[test]
fn ids_and_codes_are_valid_and_no_two_are_the_same() {
    let district = District::plan(1, 5_000).expect("a district");
    let parts = all_parts(&district);
    let mut ids = BTreeSet::new();
    let mut codes = BTreeSet::new();
    for feature in parts.iter().flat_map(|parts| &parts.features) {
        assert!(
            ids.insert(feature.id.as_str()),
            "{} comes twice",
            feature.id
        );
        for (key, value) in &feature.tags {
            if *key == "code" {
                assert!(value.len() == 16, "{value}");
                assert!(codes.insert(value.clone()), "code {value} comes twice");
            }
            if *key == "grid" {
                assert!(value.len() == 15 && value.bytes().all(|b| b.is_ascii_digit()));
            }
        }
    }
    for feature in parts.iter().flat_map(|parts| &parts.features) {
        assert!(
            feature.parent.is_empty() || ids.contains(feature.parent.as_str()),
            "{} belongs to {}",
            feature.id,
            feature.parent
        );
    }
    for parts in &parts {
        for device in &parts.devices {
            let line = device.line(&district);
            assert!(
                line.id.len() == 16 && codes.insert(line.id.clone()),
                "{}",
                line.id
            );
            assert!(ids.contains(line.asset.as_str()), "no asset {}", line.asset);
        }
        for camera in &parts.cameras {
            let line = camera.line(&district);
            let code = GbCode::parse(&line.device_id).expect("20 digits");
            assert!(code.is_camera() && codes.insert(line.device_id.clone()));
            assert!(ids.contains(line.asset.as_str()), "no asset {}", line.asset);
        }
        for (_, node) in &parts.nodes {
            assert!(
                node.feature.is_empty() || ids.contains(node.feature.as_str()),
                "no asset {}",
                node.feature
            );
        }
    }
}

/// True when a place of the design grid lies between the boundary lines of a street or lane.
fn is_under_a_road(ground: &Ground, at: DVec2) -> bool {
    let design = ground.design_of(at);
    let (i, j) = (
        (design.x / CELL_M).round() as i32,
        (design.y / CELL_M).round() as i32,
    );
    let near = |value: f64, line: i32, way| {
        (value - f64::from(line) * CELL_M).abs() <= RoadClass::of(way, line).half_corridor_m() + 0.1
    };
    let cell = (
        (design.x / CELL_M).floor() as i32,
        (design.y / CELL_M).floor() as i32,
    );
    let radius = at.length();
    near(design.x, i, Way::SouthNorth)
        || near(design.y, j, Way::WestEast)
        || (design.x - lane_u(cell.0, cell.1)).abs() <= RoadClass::Lane.half_corridor_m()
        || (radius - RING_M.0).abs() <= RING_M.1
        || (radius < 600.0 && at.x.abs() <= RADIAL_M.0)
}

#[test]
fn mains_lie_under_roads_and_gravity_mains_fall() {
    let district = District::plan(1, 5_000).expect("a district");
    let mut mains = 0;
    for feature in all_parts(&district)
        .iter()
        .flat_map(|parts| &parts.features)
    {
        let Some(kind) = NetworkKind::ALL
            .into_iter()
            .find(|kind| feature.kind == kind.pipe_kind())
        else {
            continue;
        };
        let Form::Tubes(pipes) = &feature.form else {
            panic!("{} is no tube", feature.id);
        };
        let line = &pipes[0].line;
        assert!(line.iter().all(|at| at.z < 0.0), "{}", feature.id);
        if is_gravity(kind) {
            assert!(
                line[0].z >= line[line.len() - 1].z - 1e-9,
                "{} runs uphill",
                feature.id
            );
        }
        // What leads out to works, outfalls and below the river is not under a street.
        let leads_out = ["pst", "pof", "pssiphon"]
            .iter()
            .any(|start| feature.id.starts_with(start));
        if !leads_out {
            for at in line {
                assert!(
                    is_under_a_road(&district.ground, at.truncate()),
                    "{} leaves its street at {at}",
                    feature.id
                );
            }
            mains += 1;
        }
    }
    assert!(mains > 1_000, "{mains}");
}

#[test]
fn the_files_beside_the_tiles_are_whole() {
    let folder = std::env::temp_dir().join(format!("cim_district_{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let district = District::plan(6, 500).expect("a district");
    let work = crate::files::WorkFolder::beside(&folder.join("city")).expect("a folder");
    let mut files = Files::new(&work).expect("files");
    for parts in all_parts(&district) {
        files.take(&district, &parts).expect("written");
    }
    let (list, tally) = files.end(&district).expect("written");
    let read = |name: &str| {
        let (_, path) = list.iter().find(|(own, _)| own == name).expect("listed");
        std::fs::read_to_string(path).expect("readable")
    };
    let networks: cim_import::Networks =
        serde_json::from_str(&read(cim_import::Networks::FILE)).expect("networks");
    assert_eq!(networks.networks.len(), 5);
    for network in &networks.networks {
        assert!(network.loose_ends().is_empty(), "{}", network.id);
        assert!(network.links.len() > 10 && !network.name_en.is_empty());
    }
    assert_eq!(read("things.jsonl").lines().count() as u64, tally.devices);
    assert_eq!(read("cameras.jsonl").lines().count() as u64, tally.cameras);
    for line in read("things.jsonl")
        .lines()
        .chain(read("cameras.jsonl").lines())
    {
        let value: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let names = if value["DeviceID"].is_string() {
            ["Asset", "Grid"]
        } else {
            ["asset", "grid"]
        };
        assert!(names.iter().all(|name| value[*name].is_string()), "{line}");
    }
    let views: serde_json::Value = serde_json::from_str(&read("views.json")).expect("views");
    assert!(
        views
            .as_array()
            .expect("a list")
            .iter()
            .any(|view| view["name"] == "overview")
    );
    drop(work);
    std::fs::remove_dir_all(&folder).expect("removed");
}
