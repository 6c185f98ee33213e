//! The official samples with trees that grow: implicit tiling, metadata, tilesets within tilesets.

use super::*;
use crate::properties::PropertyValue;
use std::path::PathBuf;

/// A folder of the shared data, when it lies beside the checkout.
fn data(folder: &str) -> Option<PathBuf> {
    let path = Path::new(".").join("../../../shared/data").join(folder);
    if path.is_dir() {
        Some(path)
    } else {
        println!("skipped: no samples at {}", path.display());
        None
    }
}

/// Reads a tileset and attaches every subtree and external tileset that it names. Files that are missing are counted.
fn grown(folder: &Path, file: &str) -> (Tileset, usize) {
    let source = FolderSource::new(folder.to_path_buf());
    let mut tileset = Tileset::open(&source, file).expect("a tileset");
    let mut missing = 0;
    let mut next = 0;
    loop {
        // New tiles have larger numbers.
        let found = tileset
            .tiles()
            .find(|tile| tile.id.0 >= next)
            .map(|tile| (tile.id, tile.branch.clone(), tile.contents.clone()));
        let Some((at, branch, contents)) = found else {
            break;
        };
        next = at.0 + 1;
        let tilesets = contents
            .into_iter()
            .map(|content| content.uri)
            .filter(|uri| ContentKind::of_path(uri) == ContentKind::Tileset);
        if let Some(branch) = branch {
            match Subtree::open(&source, &branch.uri) {
                Ok(subtree) => tileset
                    .attach(at, Branch::Subtree(subtree))
                    .expect("the subtree fits"),
                Err(_gone) => missing += 1,
            }
        }
        for uri in tilesets {
            match Tileset::open(&source, &uri) {
                Ok(external) => tileset
                    .attach(at, Branch::Tileset(Box::new(external)))
                    .expect("the tileset fits"),
                Err(_gone) => missing += 1,
            }
        }
    }
    (tileset, missing)
}

/// Contents that lie where the tree says, and the files of that kind in the folder.
#[track_caller]
fn check_contents(folder: &Path, file: &str, ending: &str) -> Tileset {
    let (tileset, missing) = grown(folder, file);
    assert_eq!(missing, 0);
    assert!(tileset.problems.is_empty(), "{:?}", tileset.problems);
    let mut named: Vec<String> = tileset
        .tiles()
        .flat_map(|tile| &tile.contents)
        .map(|content| content.uri.clone())
        .collect();
    named.sort();
    let mut found = Vec::new();
    let mut folders = vec![String::new()];
    while let Some(inner) = folders.pop() {
        for entry in std::fs::read_dir(folder.join(&inner)).expect("a folder") {
            let entry = entry.expect("an entry");
            let name = entry.file_name().into_string().expect("UTF-8");
            let path = if inner.is_empty() {
                name
            } else {
                format!("{inner}/{name}")
            };
            if entry.path().is_dir() {
                folders.push(path);
            } else if path.ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    assert_eq!(named, found, "{}", folder.display());
    tileset
}

#[test]
fn sparse_implicit_trees_name_exactly_the_files_that_exist() {
    let Some(samples) = data("conformance/3d-tiles-1.1/1.1") else {
        return;
    };
    let quadtree = check_contents(
        &samples.join("SparseImplicitQuadtree"),
        "tileset.json",
        ".glb",
    );
    let octree = check_contents(
        &samples.join("SparseImplicitOctree"),
        "tileset.json",
        ".glb",
    );
    for tileset in [quadtree, octree] {
        let root = tileset.tile(Tileset::ROOT).expect("the root").bounds;
        for tile in tileset.tiles() {
            assert!(
                root.distance_m(tile.bounds.centre_m()) < 1e-9,
                "{}",
                tile.id
            );
            if let Some(above) = tile.parent.and_then(|id| tileset.tile(id)) {
                assert!(tile.geometric_error_m <= above.geometric_error_m);
                assert!(above.bounds.distance_m(tile.bounds.centre_m()) < 1e-9);
            }
        }
    }
}

#[test]
fn implicit_trees_of_the_extension_are_read() {
    let Some(samples) = data("conformance/3d-tiles-1.0") else {
        return;
    };
    for sample in [
        "Implicit/ImplicitTileset",
        "Implicit/ImplicitMultipleContents",
        "Metadata/ImplicitGroupMetadata",
        "Metadata/ImplicitTileMetadata",
    ] {
        check_contents(&samples.join(sample), "tileset.json", ".b3dm");
    }
    // These two come without their subtrees.
    for sample in ["Implicit/ImplicitRootTile", "Implicit/ImplicitChildTile"] {
        let (_, missing) = grown(&samples.join(sample), "tileset.json");
        assert_eq!(missing, 1, "{sample}");
    }
}

#[test]
fn metadata_of_implicit_tiles_is_theirs() {
    let Some(samples) = data("conformance/3d-tiles-1.0/Metadata") else {
        return;
    };
    let (tileset, _) = grown(&samples.join("ImplicitTileMetadata"), "tileset.json");
    let quadrant = |uri: &str| {
        let tile = tileset
            .tiles()
            .find(|tile| tile.contents.iter().any(|one| one.uri == uri))
            .expect("a tile");
        tile.metadata.as_ref().and_then(|one| one.value("quadrant"))
    };
    let text = |word: &str| Some(PropertyValue::Text(word.to_owned()));
    assert_eq!(quadrant("content/0/0/0.b3dm"), text("None"));
    assert_eq!(quadrant("content/1/0/0.b3dm"), text("Southwest"));
    assert_eq!(quadrant("content/1/0/1.b3dm"), text("Northwest"));
    assert_eq!(quadrant("content/1/1/1.b3dm"), text("Northeast"));

    let (groups, _) = grown(&samples.join("ImplicitGroupMetadata"), "tileset.json");
    for content in groups.tiles().flat_map(|tile| &tile.contents) {
        let group = content.group.expect("a group") as usize;
        let name = &groups.metadata.groups[group].name;
        assert!(content.uri.starts_with(name.as_str()), "{}", content.uri);
    }
}

#[test]
fn volumes_that_metadata_states_are_taken() {
    let Some(samples) = data("conformance/3d-tiles-1.0/Metadata") else {
        return;
    };
    let heights = samples.join("ImplicitHeightSemantics");
    for file in ["tileset.json", "s2-tileset.json"] {
        let (tileset, missing) = grown(&heights, file);
        assert_eq!((missing, tileset.tile_count()), (0, 1 + 21), "{file}");
        let own: Vec<f64> = tileset
            .tiles()
            .filter_map(|tile| tile.metadata.as_ref()?.number("TILE_MAXIMUM_HEIGHT"))
            .collect();
        assert_eq!(own.len(), 21, "{file}");
        assert!(own.iter().any(|height_m| *height_m < 10_000.0), "{file}");
    }
    let (boxes, _) = grown(
        &samples.join("ImplicitTileBoundingVolumeSemantics"),
        "tileset.json",
    );
    // The root, the link, and an octree of four levels, all there.
    assert_eq!(boxes.tile_count(), 2 + 585);
    let stated = boxes
        .tiles()
        .find_map(|tile| tile.metadata.as_ref()?.numbers::<12>("TILE_BOUNDING_BOX"))
        .expect("a box");
    assert!(stated.iter().all(|number| number.is_finite()));
    let (contents, _) = grown(
        &samples.join("ImplicitContentBoundingVolumeSemantics"),
        "tileset.json",
    );
    let with_bounds = contents
        .tiles()
        .filter(|tile| tile.content_bounds.is_some())
        .count();
    assert_eq!(with_bounds, 73);
}

#[test]
fn tilesets_within_tilesets_are_found() {
    let Some(samples) = data("conformance/3d-tiles-1.0/Tilesets") else {
        return;
    };
    let (tileset, missing) = grown(&samples.join("TilesetOfTilesets"), "tileset.json");
    assert_eq!(missing, 0);
    assert!(tileset.problems.is_empty(), "{:?}", tileset.problems);
    let inner = tileset.tiles().any(|tile| {
        tile.contents
            .iter()
            .any(|one| one.uri == "tileset3/ll.b3dm")
    });
    assert!(inner);
    let Some(mars) = data("lod-mesh-mars") else {
        return;
    };
    let (plain, _) = grown(&mars, "tileset.json");
    for (file, missing) in [
        ("tileset-external.json", 0),
        ("tileset-external-with-url-params.json", 0),
        ("tileset-external-broken.json", 1),
    ] {
        let (tileset, found) = grown(&mars, file);
        assert_eq!(found, missing, "{file}");
        if missing == 0 {
            // The link and the root below it are one tile of the plain tileset.
            assert_eq!(tileset.tile_count(), plain.tile_count() + 1, "{file}");
        }
        assert_eq!(tileset.gltf_up_axis(Tileset::ROOT), Some("Z"));
    }
}

#[test]
fn metadata_of_tilesets_tiles_contents_and_groups_is_read() {
    let Some(samples) = data("conformance") else {
        return;
    };
    let read = |path: &str| Tileset::read(&samples.join(path)).expect("a tileset");
    let own = |tileset: &Tileset, id: &str| {
        let entity = tileset.metadata.entity.as_ref().expect("an entity");
        entity.value(id).map(|value| value.to_string())
    };
    let granular = read("3d-tiles-1.1/1.1/MetadataGranularities/tileset.json");
    assert!(granular.problems.is_empty(), "{:?}", granular.problems);
    assert_eq!(own(&granular, "author").as_deref(), Some("Cesium"));
    let tile = granular.tile(TileId(1)).expect("a tile");
    let district = tile.metadata.as_ref().and_then(|one| one.value("district"));
    assert_eq!(district, Some(PropertyValue::Text("Callowhill".into())));
    assert_eq!(tile.contents.len(), 5);
    assert_eq!(tile.contents[1].group, Some(1));
    let vertices = tile.contents[0]
        .metadata
        .as_ref()
        .and_then(|one| one.value("vertices"));
    assert_eq!(vertices, Some(PropertyValue::Number(1032.0)));

    let full = read("3d-tiles-1.1/1.1/TilesetWithFullMetadata/tileset.json");
    assert!(full.problems.is_empty(), "{:?}", full.problems);
    assert_eq!(
        own(&full, "example_ENUM").as_deref(),
        Some("ExampleEnumValueB")
    );
    assert_eq!(
        own(&full, "example_normalized_INT8_SCALAR").as_deref(),
        Some("-1")
    );
    assert_eq!(
        own(&full, "example_UINT32_SCALAR").as_deref(),
        Some("4294967295")
    );

    let outside = read("3d-tiles-1.0/Metadata/ExternalSchema/tileset.json");
    assert!(outside.problems.is_empty(), "{:?}", outside.problems);
    assert_eq!(outside.metadata.schema_uri.as_deref(), Some("schema.json"));
    let schema = outside.metadata.schema.as_ref().expect("the schema's file");
    assert!(schema.class_ids().any(|id| id == "tileset"));
}
