//! Real tilesets, where they lie beside the checkout: the 3D Tiles 1.0 files of CesiumJS, the official 1.1 samples, and
//! a textured mesh of Mars with broken variants. Everything that is valid is read, and what is not is known by name.

#![expect(clippy::expect_used, reason = "in a test, a panic is the report")]

use cim_tiles::{
    Branch, FolderSource, Problem, ReadOptions, Subtree, TileContent, TileError, TileId, TileMesh,
    Tileset, read_content, read_content_with, read_resource,
};
use glam::DVec3;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What cannot be read, and why: path below the folder of all sets, then a part of what is told.
const UNREADABLE: [(&str, &str); 5] = [
    // Left out of the published set.
    (
        "conformance/3d-tiles-1.0/Implicit/ImplicitRootTile/subtrees/0/0/0/0.subtree",
        "cannot be read",
    ),
    (
        "conformance/3d-tiles-1.0/Implicit/ImplicitChildTile/subtrees/0/0/0.subtree",
        "cannot be read",
    ),
    // The sets' own test cases for missing files.
    (
        "conformance/3d-tiles-1.1/1.0/TilesetWithDiscreteLOD/dragon_high.b3dm",
        "cannot be read",
    ),
    ("lod-mesh-mars/root-non-existent.b3dm", "cannot be read"),
    ("lod-mesh-mars/nonexistent.json", "cannot be read"),
];

/// Drafts of 2017 that never became part of 3D Tiles; told as unsupported by name.
const DRAFTS: [&str; 2] = ["vctr", "geom"];

fn data() -> PathBuf {
    Path::new(".").join("../../../shared/data")
}

/// The folder `name` of the data, or a word that there is none.
fn folder(name: &str) -> Option<PathBuf> {
    let folder = data().join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no samples at {}", folder.display());
    None
}

/// Every file below `folder`, in a steady order.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder that can be read") {
            let path = entry.expect("an entry that can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// What became of all that a set's tilesets name.
#[derive(Debug, Default)]
struct Outcome {
    tilesets: usize,
    subtrees: usize,
    /// Contents that were read.
    meshes: usize,
    drafts: usize,
    /// What was told of contents that were read all the same.
    problems: Vec<Problem>,
    /// Everything that failed: path from the data's folder, and why.
    failed: BTreeMap<String, String>,
}

/// One tileset while all that it names is read.
struct Visit<'a> {
    source: FolderSource,
    /// The source's folder from the data's folder.
    prefix: String,
    outcome: &'a mut Outcome,
    seen: &'a mut BTreeSet<String>,
}

impl Visit<'_> {
    fn full(&self, path: &str) -> String {
        format!("{}/{}", self.prefix, path)
    }

    fn tileset(&mut self, mut tileset: Tileset) {
        self.outcome.tilesets += 1;
        self.outcome.problems.append(&mut tileset.problems);
        let mut waiting = vec![Tileset::ROOT];
        while let Some(id) = waiting.pop() {
            let tile = tileset.tile(id).expect("a tile that its parent names");
            let contents: Vec<String> = tile.contents.iter().map(|one| one.uri.clone()).collect();
            let branch = tile.branch.as_ref().map(|branch| branch.uri.clone());
            let up_axis = tileset.gltf_up_axis(id).map(str::to_owned);
            for uri in contents {
                self.content(&uri, up_axis.as_deref());
            }
            if let Some(uri) = branch {
                self.branch(&mut tileset, id, &uri);
            }
            let tile = tileset.tile(id).expect("still there");
            waiting.extend(&tile.children);
        }
    }

    fn branch(&mut self, tileset: &mut Tileset, at: TileId, uri: &str) {
        let read = read_resource(&self.source, uri)
            .and_then(|bytes| Subtree::read(&bytes, uri, &self.source))
            .and_then(|subtree| tileset.attach(at, Branch::Subtree(subtree)));
        match read {
            Ok(()) => self.outcome.subtrees += 1,
            Err(error) => self.fail(uri, &error),
        }
        self.outcome.problems.append(&mut tileset.problems);
    }

    fn content(&mut self, uri: &str, up_axis: Option<&str>) {
        let full = self.full(uri.split('?').next().unwrap_or_default());
        if !self.seen.insert(full) {
            return;
        }
        let bytes = match read_resource(&self.source, uri) {
            Ok(bytes) => bytes,
            Err(error) => return self.fail(uri, &error),
        };
        let mut problems = Vec::new();
        match read_content_with(
            &bytes,
            uri,
            &self.source,
            ReadOptions::with_up_axis(up_axis),
            &mut problems,
        ) {
            Ok(TileContent::Mesh(mesh)) => {
                hold_together(&mesh, uri);
                self.outcome.meshes += 1;
            }
            Ok(TileContent::Tileset(tileset)) => self.tileset(*tileset),
            Err(TileError::Unsupported { reason, .. })
                if DRAFTS.iter().any(|draft| reason.contains(draft)) =>
            {
                self.outcome.drafts += 1;
            }
            Err(error) => self.fail(uri, &error),
        }
        self.outcome.problems.append(&mut problems);
    }

    fn fail(&mut self, uri: &str, error: &TileError) {
        let path = self.full(uri.split('?').next().unwrap_or_default());
        self.outcome.failed.insert(path, error.to_string());
    }
}

/// Nothing that a mesh names may be missing, whatever its file says.
fn hold_together(mesh: &TileMesh, name: &str) {
    for class in &mesh.classes {
        let corners = class.vertices.len();
        assert!(
            class
                .indices
                .iter()
                .all(|index| (*index as usize) < corners),
            "{name}: an index"
        );
        for beside in [class.coordinates.len(), class.colours.len()] {
            assert!(beside == 0 || beside == corners, "{name}: {beside}");
        }
        let own = class.vertices.iter().map(|vertex| vertex.feature);
        let copies = class.instances.iter().map(|instance| instance.feature);
        assert!(
            own.chain(copies)
                .all(|feature| (feature as usize) < mesh.features.len()),
            "{name}: a feature"
        );
        let image = class.material.and_then(|material| material.image);
        assert!(
            image.is_none_or(|image| (image as usize) < mesh.images.len()),
            "{name}: an image"
        );
    }
    for (table, row) in mesh.features.iter().filter_map(|feature| feature.row) {
        let table = mesh.tables.get(table as usize).expect("a table");
        assert!(row < table.rows, "{name}: a row");
    }
    assert_eq!(mesh.bytes, mesh.counted_bytes(), "{name}: bytes");
}

/// Reads every tileset below a folder, and all that they name.
fn read_all(name: &str) -> Option<Outcome> {
    let folder = folder(name)?;
    let mut outcome = Outcome::default();
    let mut seen = BTreeSet::new();
    let mut files: Vec<PathBuf> = files_below(&folder)
        .into_iter()
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .collect();
    // Outer ones first: a tileset within another may name files above itself.
    files.sort_by_key(|path| path.components().count());
    for path in files {
        let bytes = std::fs::read(&path).expect("a file that can be read");
        let text = String::from_utf8_lossy(&bytes);
        if !text.contains("\"root\"") || !text.contains("\"asset\"") {
            continue;
        }
        let root = path.parent().expect("a folder");
        let prefix = root.strip_prefix(data()).expect("below the data");
        let own_name = path.file_name().expect("a name").to_string_lossy();
        let prefix = prefix.display().to_string();
        if !seen.insert(format!("{prefix}/{own_name}")) {
            continue;
        }
        let mut visit = Visit {
            source: FolderSource::new(root.to_path_buf()),
            prefix,
            outcome: &mut outcome,
            seen: &mut seen,
        };
        match Tileset::from_json(&bytes, &own_name) {
            Ok(tileset) => visit.tileset(tileset),
            Err(error) => visit.fail(&own_name, &error),
        }
    }
    Some(outcome)
}

#[track_caller]
fn check_set(name: &str, least_meshes: usize) -> Option<Outcome> {
    let outcome = read_all(name)?;
    println!(
        "{name}: {} tilesets, {} subtrees, {} contents, {} drafts",
        outcome.tilesets, outcome.subtrees, outcome.meshes, outcome.drafts
    );
    for problem in &outcome.problems {
        println!("  {problem}");
    }
    for (path, reason) in &outcome.failed {
        let known = UNREADABLE
            .iter()
            .any(|(known, part)| known == path && reason.contains(part));
        assert!(known, "{path}: {reason}");
    }
    let expected = UNREADABLE.iter().filter(|(path, _)| path.starts_with(name));
    for (path, _) in expected {
        assert!(outcome.failed.contains_key(*path), "{path} is not missed");
    }
    assert!(
        outcome.meshes >= least_meshes,
        "{} contents",
        outcome.meshes
    );
    Some(outcome)
}

#[test]
fn every_tileset_of_1_0_is_read() {
    if let Some(outcome) = check_set("conformance/3d-tiles-1.0", 180) {
        assert!(outcome.subtrees > 0 && outcome.drafts > 100);
    }
}

#[test]
fn every_sample_of_1_1_is_read_but_the_one_that_is_absent() {
    if let Some(outcome) = check_set("conformance/3d-tiles-1.1", 100) {
        assert!(outcome.subtrees > 0 && outcome.drafts == 0);
    }
}

#[test]
fn all_of_mars_is_read_and_its_broken_variants_are_named() {
    check_set("lod-mesh-mars", 293);
}

/// Files that no tileset names are read too.
#[test]
fn every_loose_tile_is_read() {
    let Some(folder) = folder("conformance") else {
        return;
    };
    let endings = ["b3dm", "i3dm", "pnts", "cmpt", "glb", "gltf"];
    let mut read = 0;
    for path in files_below(&folder) {
        let ending = path.extension().map(|ending| ending.to_string_lossy());
        if !ending.is_some_and(|ending| endings.contains(&ending.as_ref())) {
            continue;
        }
        let source = FolderSource::new(folder.clone());
        let name = path
            .strip_prefix(&folder)
            .expect("below")
            .display()
            .to_string();
        let bytes = read_resource(&source, &name).expect("a file that can be read");
        match read_content(&bytes, &name, &source, &mut Vec::new()) {
            Ok(TileContent::Mesh(mesh)) => hold_together(&mesh, &name),
            Ok(TileContent::Tileset(_)) => println!("{name} is a tileset"),
            Err(error) => panic_with(&name, &error),
        }
        read += 1;
    }
    assert!(read > 300, "{read} tiles");
}

#[expect(clippy::panic, reason = "in a test, a panic is the report")]
fn panic_with(name: &str, error: &TileError) {
    panic!("{name}: {error}");
}

/// A sample of CesiumJS, without a word of complaint.
fn sample(name: &str) -> Option<TileMesh> {
    let folder = folder("conformance/3d-tiles-1.0")?;
    let source = FolderSource::new(folder);
    let bytes = read_resource(&source, name).expect("a sample");
    let mut problems = Vec::new();
    let content = read_content(&bytes, name, &source, &mut problems).expect("a valid sample");
    assert_eq!(problems, [], "{name}");
    match content {
        TileContent::Mesh(mesh) => Some(mesh),
        TileContent::Tileset(_) => None,
    }
}

/// Features that have an identity, and elements (triangles, points) with all copies.
fn counts(mesh: &TileMesh) -> (usize, usize, usize) {
    let features = mesh.features.iter().filter(|one| !one.id.is_empty());
    let instances: usize = mesh.classes.iter().map(|class| class.instances.len()).sum();
    let vertices: usize = mesh.classes.iter().map(|class| class.vertices.len()).sum();
    (features.count(), instances, vertices)
}

#[test]
fn samples_hold_what_their_tables_say() {
    let cases = [
        (
            "Batched/BatchedWithBatchTable/batchedWithBatchTable.b3dm",
            10,
            0,
        ),
        ("Batched/BatchedDeprecated1/batchedDeprecated1.b3dm", 10, 0),
        ("Batched/BatchedDeprecated2/batchedDeprecated2.b3dm", 10, 0),
        ("Batched/BatchedNoBatchIds/batchedNoBatchIds.b3dm", 0, 0),
        (
            "Instanced/InstancedGltfExternal/instancedGltfExternal.i3dm",
            25,
            25,
        ),
        (
            "Instanced/InstancedOct32POrientation/instancedOct32POrientation.i3dm",
            25,
            25,
        ),
        (
            "Instanced/InstancedWithBatchIds/instancedWithBatchIds.i3dm",
            25,
            25,
        ),
        (
            "Composite/CompositeOfComposite/compositeOfComposite.cmpt",
            35,
            25,
        ),
        ("PointCloud/PointCloudBatched/pointCloudBatched.pnts", 8, 0),
        ("PointCloud/PointCloudRGB/pointCloudRGB.pnts", 0, 0),
        (
            "PointCloud/PointCloudWithPerPointProperties/pointCloudWithPerPointProperties.pnts",
            1000,
            0,
        ),
    ];
    for (name, features, instances) in cases {
        let Some(mesh) = sample(name) else { return };
        let (found_features, found_instances, vertices) = counts(&mesh);
        assert_eq!(
            (found_features, found_instances),
            (features, instances),
            "{name}"
        );
        assert!(vertices > 0, "{name}");
    }
}

/// All these files describe the same buildings near Philadelphia.
#[test]
fn samples_with_a_centre_stand_on_the_globe() {
    let names = [
        "Batched/BatchedWGS84/batchedWGS84.b3dm",
        "Instanced/InstancedQuantized/instancedQuantized.i3dm",
        "Instanced/InstancedRTC/instancedRTC.i3dm",
        "PointCloud/PointCloudQuantizedOctEncoded/pointCloudQuantizedOctEncoded.pnts",
        "PointCloud/PointCloudDraco/pointCloudDraco.pnts",
    ];
    let place = DVec3::new(1_215_013.0, -4_736_316.0, 4_081_605.0);
    for name in names {
        let Some(mesh) = sample(name) else { return };
        let class = mesh.classes.first().expect("something to draw");
        let corner = class.vertices.first().expect("a corner").position;
        let mut corner = DVec3::from_array(corner.map(f64::from));
        if let Some(instance) = class.instances.first() {
            let shift = instance.rows.map(|[.., shift]| f64::from(shift));
            corner = DVec3::from_array(shift);
        }
        let found = DVec3::from_array(mesh.centre) + corner;
        assert!(found.distance(place) < 400.0, "{name}: {found}");
    }
}

#[test]
fn doors_and_roofs_have_the_properties_of_their_buildings() {
    let variants = [
        ("BatchTableHierarchy", Some("building0")),
        ("BatchTableHierarchyBinary", Some("building0")),
        ("BatchTableHierarchyLegacy", Some("building0")),
        ("BatchTableHierarchyMultipleParents", Some("building0")),
        ("BatchTableHierarchyNoParents", None),
    ];
    for (variant, building) in variants {
        let Some(mesh) = sample(&format!("Hierarchy/{variant}/tile.b3dm")) else {
            return;
        };
        // The ninth of the first building's ten parts is its roof.
        let roof = mesh.features.get(8).expect("thirty features");
        assert_eq!(roof.kind, "roof", "{variant}");
        let (table, row) = roof.row.expect("a row");
        let table = mesh.tables.get(table as usize).expect("a table");
        let of = |id: &str| {
            let value = table.column(id)?.values.get(row as usize)?.as_ref()?;
            Some(value.to_string())
        };
        assert_eq!(of("roof_name").as_deref(), Some("roof0"), "{variant}");
        assert_eq!(of("building_name").as_deref(), building, "{variant}");
        assert_eq!(of("door_name"), None, "{variant}");
    }
}
