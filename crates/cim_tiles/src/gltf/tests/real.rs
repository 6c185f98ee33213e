//! Files that other programs wrote. A test whose file is absent says so and passes.

use super::*;
use crate::source::FolderSource;
use crate::{ClassMesh, PropertyValue};
use std::path::PathBuf;

/// Where the shared data are.
fn shared(path: &str) -> PathBuf {
    PathBuf::from("../../../shared/data").join(path)
}

/// An asset of the shared data, with the files beside it; b3dm is cut to the glTF within. `None` when it is absent.
fn read(folder: &str, name: &str) -> Option<(TileMesh, Vec<Problem>)> {
    let folder = shared(folder);
    let Ok(bytes) = std::fs::read(folder.join(name)) else {
        eprintln!("skipped: {} is absent", folder.join(name).display());
        return None;
    };
    let source = FolderSource::new(folder);
    let mut problems = Vec::new();
    let mesh = read_gltf_with(
        &GltfInput {
            path: name,
            ..input(gltf_within(&bytes), Some(&source))
        },
        &mut problems,
    );
    Some((mesh.expect("a tile"), problems))
}

fn gltf_within(bytes: &[u8]) -> &[u8] {
    if !bytes.starts_with(b"b3dm") {
        return bytes;
    }
    let start = bytes.windows(4).position(|four| four == b"glTF");
    bytes.get(start.unwrap_or(0)..).unwrap_or_default()
}

fn vertices(mesh: &TileMesh) -> usize {
    mesh.classes.iter().map(|one| one.vertices.len()).sum()
}

fn triangles(mesh: &TileMesh) -> usize {
    let surfaces = mesh
        .classes
        .iter()
        .filter(|one| one.primitive == Primitive::Triangles);
    surfaces.map(|one| one.indices.len() / 3).sum()
}

/// The lowest and highest corner, in centimetres from the tile's frame.
fn bounds(mesh: &TileMesh) -> [[i64; 3]; 2] {
    let mut low = [f64::INFINITY; 3];
    let mut high = [f64::NEG_INFINITY; 3];
    for vertex in mesh.classes.iter().flat_map(|one| &one.vertices) {
        for axis in 0..3 {
            let place = mesh.centre[axis] + f64::from(vertex.position[axis]);
            low[axis] = low[axis].min(place);
            high[axis] = high[axis].max(place);
        }
    }
    [low, high].map(|corner| corner.map(|metres| (metres * 100.0).round() as i64))
}

const TILES_1_1: &str = "conformance/3d-tiles-1.1";

#[test]
fn a_photographed_mesh_has_its_texture() {
    let Some((mesh, problems)) = read("lod-mesh-mars", "12.b3dm") else {
        return;
    };
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(vertices(&mesh), 1041);
    // y from 0.21 to 40.58 is up; z from 30.24 to 90.72 is south.
    assert_eq!(bounds(&mesh), [[21623, -9072, 21], [29701, -3024, 4057]]);
    let [one] = mesh.classes.as_slice() else {
        panic!("one material");
    };
    let material = one.material.expect("a material");
    assert!(material.is_unlit && material.image == Some(0));
    assert_eq!(one.coordinates.len(), 1041);
    assert_eq!(mesh.images[0].repeats, [false, false]);
    assert!(mesh.images[0].rgba.len() >= 64 * 64 * 4);
}

#[test]
fn primitives_that_share_their_vertices_do_not_multiply_them() {
    let Some((mesh, _)) = read(
        "conformance/3d-tiles-1.1/1.0/TilesetWithRequestVolume",
        "building.b3dm",
    ) else {
        return;
    };
    assert_eq!(vertices(&mesh), 119_547);
    assert_eq!(triangles(&mesh), (118_470 + 79_812) / 3);
    assert_eq!(bounds(&mesh), [[-187, -186, 2], [187, 186, 1342]]);
}

#[test]
fn points_have_their_colours() {
    let Some((mesh, _)) = read(
        "conformance/3d-tiles-1.1/1.1/MultipleContents",
        "planePoints.glb",
    ) else {
        return;
    };
    let [points] = mesh.classes.as_slice() else {
        panic!("one material");
    };
    assert_eq!(points.primitive, Primitive::Points);
    assert_eq!(
        (
            points.vertices.len(),
            points.colours.len(),
            points.indices.len()
        ),
        (16_641, 16_641, 16_641)
    );
    assert_eq!(bounds(&mesh), [[0, -100, -9], [100, 0, 10]]);
}

#[test]
fn copies_have_their_places_and_features() {
    let folder = format!("{TILES_1_1}/glTF/GpuInstancesMetadata");
    let Some((mesh, problems)) = read(&folder, "GpuInstancesMetadata.gltf") else {
        return;
    };
    assert!(problems.is_empty(), "{problems:?}");
    let [cube] = mesh.classes.as_slice() else {
        panic!("one material");
    };
    assert_eq!((cube.vertices.len(), cube.instances.len()), (24, 10));
    let features: Vec<u32> = cube.instances.iter().map(|one| one.feature).collect();
    assert_eq!(features, [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
    // The last copy stands at (10, 10, 10) in glTF's axes and is twice as large.
    let last = cube.instances[9];
    let centre = mesh.centre;
    let place =
        [0, 1, 2].map(|axis: usize| (f64::from(last.rows[axis][3]) + centre[axis]).round() as i32);
    assert_eq!(place, [10, -10, 10]);
    let words = mesh.tables[0].column("example_STRING").expect("a column");
    assert_eq!(
        words.values[3],
        Some(PropertyValue::Text("three".to_owned()))
    );
}

#[test]
fn feature_ids_in_a_texture_are_read_at_the_vertices() {
    let folder = format!("{TILES_1_1}/glTF/EXT_mesh_features/FeatureIdTexture");
    let Some((mesh, problems)) = read(&folder, "FeatureIdTexture.gltf") else {
        return;
    };
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(mesh.features.len(), 4);
    let mut rows: Vec<u32> = mesh.classes[0]
        .vertices
        .iter()
        .map(|vertex| vertex.feature)
        .collect();
    rows.sort_unstable();
    // The house's wall has number 0 and its roof 2; door and window touch no corner.
    assert_eq!(rows, [0, 0, 2, 2]);
    // The texture of numbers is not drawn.
    assert_eq!(mesh.images.len(), 1);
}

#[test]
fn complex_properties_are_read() {
    let folder = format!("{TILES_1_1}/glTF/EXT_structural_metadata/ComplexTypes");
    let Some((mesh, problems)) = read(&folder, "ComplexTypes.gltf") else {
        return;
    };
    assert!(problems.is_empty(), "{problems:?}");
    let table = &mesh.tables[0];
    assert_eq!((table.rows, table.columns.len()), (4, 4));
    let text = |id: &str, row: usize| {
        let column = table.column(id).expect("a column");
        column.values[row].as_ref().map(ToString::to_string)
    };
    let fractions = text("example_variable_length_ARRAY_normalized_UINT8", 0);
    assert_eq!(fractions.as_deref(), Some("0, 1"));
    let flags = text("example_fixed_length_ARRAY_BOOLEAN", 0).expect("flags");
    assert_eq!(flags.split(", ").count(), 10);
    let names = text("example_fixed_length_ARRAY_ENUM", 0).expect("names");
    assert!(names.contains("ExampleEnumValue"), "{names}");
    assert!(text("example_variable_length_ARRAY_STRING", 3).is_some());
}

#[test]
fn several_tables_and_classes_are_read() {
    let folder = format!("{TILES_1_1}/glTF/EXT_structural_metadata/MultipleClasses");
    let Some((mesh, problems)) = read(&folder, "MultipleClasses.gltf") else {
        return;
    };
    assert!(problems.is_empty(), "{problems:?}");
    let classes: Vec<&str> = mesh.tables.iter().map(|one| one.class.as_str()).collect();
    assert_eq!(classes, ["exampleMetadataClassA", "exampleMetadataClassB"]);
    assert_eq!(mesh.features.len(), 4);
    assert_eq!(mesh.features[2].row, Some((0, 2)));
}

#[test]
fn buffers_and_schemas_beside_the_file_are_found() {
    let folder = format!("{TILES_1_1}/glTF/EXT_structural_metadata/PropertyAttributesPointCloud");
    let Some((mesh, problems)) = read(&folder, "PropertyAttributesPointCloudHouse.gltf") else {
        return;
    };
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(vertices(&mesh), 22_462);
    assert_eq!(mesh.classes[0].colours.len(), 22_462);
}

/// Every glTF of the shared data, and those within b3dm files.
#[test]
fn every_asset_of_the_conformance_sets_is_read() {
    let mut folders = vec![shared("conformance")];
    let mut read_files = 0;
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            eprintln!("skipped: {} is absent", folder.display());
            return;
        };
        for entry in entries.flatten() {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if [".glb", ".gltf", ".b3dm"]
                .iter()
                .any(|end| name.ends_with(end))
            {
                let bytes = std::fs::read(&path).expect("a file");
                let source = FolderSource::new(folder.clone());
                let input = GltfInput {
                    path: &name,
                    ..input(gltf_within(&bytes), Some(&source))
                };
                let mut problems = Vec::new();
                let mesh = read_gltf_with(&input, &mut problems);
                let mesh = mesh.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                check_rows(&mesh);
                assert!(problems.is_empty(), "{}: {problems:?}", path.display());
                read_files += 1;
            }
        }
    }
    assert!(read_files > 250, "{read_files}");
}

/// Every row that a mesh names is there.
fn check_rows(mesh: &TileMesh) {
    let is_feature = |row: u32| (row as usize) < mesh.features.len();
    for one in &mesh.classes {
        let ClassMesh {
            vertices, indices, ..
        } = one;
        assert!(indices.iter().all(|row| (*row as usize) < vertices.len()));
        assert!(vertices.iter().all(|vertex| is_feature(vertex.feature)));
        assert!(one.instances.iter().all(|copy| is_feature(copy.feature)));
        assert!(one.coordinates.is_empty() || one.coordinates.len() == vertices.len());
        assert!(one.colours.is_empty() || one.colours.len() == vertices.len());
        let image = one.material.and_then(|material| material.image);
        assert!(image.is_none_or(|row| (row as usize) < mesh.images.len()));
    }
    for (table, row) in mesh.features.iter().filter_map(|one| one.row) {
        assert!(
            mesh.tables
                .get(table as usize)
                .is_some_and(|table| row < table.rows)
        );
    }
}

#[test]
fn a_real_file_cut_short_never_panics() {
    let path = shared("conformance/3d-tiles-1.1/1.1/MetadataGranularities/house-3-0.glb");
    let Ok(whole) = std::fs::read(&path) else {
        eprintln!("skipped: {} is absent", path.display());
        return;
    };
    for length in (12..whole.len()).step_by(97) {
        let mut cut = whole[..length].to_vec();
        assert!(read_glb(&cut, "cut.glb").is_err());
        // With the length put right, what is missing is missed further in.
        cut[8..12].copy_from_slice(&(length as u32).to_le_bytes());
        if let Ok(mesh) = read_glb(&cut, "cut.glb") {
            check_rows(&mesh);
        }
    }
}
