//! What hangs on a tree: external tilesets, subtrees, and the way off again.

use super::*;
use crate::source::MemorySource;
use cim_geo::{Crs, Ecef, Geodetic, ecef_from_geodetic};

fn external(path: &str, root: &str) -> Branch {
    Branch::Tileset(Box::new(tileset_at(path, root).expect("a tileset")))
}

/// A root with two children that name other tilesets.
fn with_links() -> Tileset {
    tileset_of(&format!(
        r#"{{{BALL},"geometricError":8,"refine":"ADD","transform":[1,0,0,0,0,1,0,0,0,0,1,0,100,0,0,1],"children":[
            {{{BALL},"geometricError":4,"content":{{"uri":"a.json"}}}},
            {{{BALL},"geometricError":4,"content":{{"uri":"sub/b.json"}}}}]}}"#
    ))
    .expect("a tileset")
}

#[test]
fn an_external_tileset_hangs_below_the_tile_that_names_it() {
    let mut tileset = with_links();
    let before = tileset.clone();
    let inner = format!(
        r#"{{{BALL},"geometricError":2,"transform":[1,0,0,0,0,1,0,0,0,0,1,0,0,50,0,1],
            "children":[{{{BALL},"geometricError":1,"content":{{"uri":"c.glb"}}}}]}}"#
    );
    tileset
        .attach(TileId(2), external("city/sub/b.json", &inner))
        .expect("it fits");
    assert!(tileset.is_attached(TileId(2)) && !tileset.is_attached(TileId(1)));
    let link = tileset.tile(TileId(2)).expect("the link");
    assert_eq!(link.children, [TileId(3)]);
    let root = tileset.tile(TileId(3)).expect("the inner root");
    assert_eq!(
        (root.parent, root.geometric_error_m),
        (Some(TileId(2)), 2.0)
    );
    assert_eq!(root.bounds.centre_m(), DVec3::new(100.0, 50.0, 0.0));
    assert_eq!(root.refine, Refine::Add, "as the tile around it");
    let leaf = tileset.tile(TileId(4)).expect("the leaf");
    assert_eq!(leaf.contents[0].uri, "city/sub/c.glb");
    assert_eq!((tileset.tile_count(), leaf.refine), (5, Refine::Add));

    tileset.detach(TileId(2));
    assert!(!tileset.is_attached(TileId(2)) && tileset.tile(TileId(3)).is_none());
    assert_eq!(tileset.bytes(), before.bytes());
    tileset
        .attach(TileId(2), external("city/sub/b.json", &inner))
        .expect("it fits again");
    let ids: Vec<u32> = tileset.tiles().map(|tile| tile.id.0).collect();
    assert_eq!(ids, [0, 1, 2, 5, 6], "numbers are not used again");
}

#[test]
fn what_hangs_on_a_branch_goes_with_it() {
    let mut tileset = with_links();
    let link = format!(r#"{{{BALL},"geometricError":2,"content":{{"uri":"d.json"}}}}"#);
    let leaf = format!(r#"{{{BALL},"geometricError":0}}"#);
    tileset
        .attach(TileId(1), external("city/a.json", &link))
        .expect("it fits");
    tileset
        .attach(TileId(3), external("city/d.json", &leaf))
        .expect("it fits");
    tileset
        .attach(TileId(2), external("city/sub/b.json", &leaf))
        .expect("it fits");
    tileset.detach(TileId(1));
    let ids: Vec<u32> = tileset.tiles().map(|tile| tile.id.0).collect();
    assert_eq!(ids, [0, 1, 2, 5]);
    assert!(!tileset.is_attached(TileId(3)));
    assert!(
        tileset
            .attach(TileId(4), external("x.json", &leaf))
            .is_err()
    );
}

#[test]
fn tilesets_that_include_each_other_are_refused() {
    let mut tileset = with_links();
    let link = |uri: &str| format!(r#"{{{BALL},"geometricError":2,"content":{{"uri":"{uri}"}}}}"#);
    let error = tileset
        .attach(TileId(1), external("city/tileset.json", &link("a.json")))
        .expect_err("itself");
    assert!(error.to_string().contains("includes itself"), "{error}");
    tileset
        .attach(TileId(1), external("city/a.json", &link("b.json")))
        .expect("it fits");
    tileset
        .attach(TileId(3), external("city/b.json?v=1", &link("a.json")))
        .expect("it fits");
    let error = tileset
        .attach(TileId(4), external("city/a.json?v=2", &link("b.json")))
        .expect_err("a circle");
    assert!(error.to_string().contains("includes itself"), "{error}");
    let error = tileset
        .attach(TileId(1), external("city/a.json", &link("b.json")))
        .expect_err("twice");
    assert!(error.to_string().contains("already"), "{error}");
    assert_eq!(tileset.tile_count(), 5);
}

#[test]
fn tilesets_within_tilesets_end_somewhere() {
    let link = format!(r#"{{{BALL},"geometricError":2,"content":{{"uri":"next.json"}}}}"#);
    let mut tileset = tileset_of(&link).expect("a tileset");
    let mut depth = 0;
    let error = loop {
        let path = format!("city/{depth}.json");
        match tileset.attach(TileId(depth), external(&path, &link)) {
            Ok(()) => depth += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(depth as usize, MAX_DEPTH - 1);
    assert!(matches!(error, TileError::TooLarge { .. }), "{error}");
}

/// A quadtree of a unit box whose subtrees have two levels.
fn quadtree(available_levels: u32) -> Tileset {
    tileset_of(&format!(
        r#"{{"boundingVolume":{{"box":[0,0,0,8,0,0,0,8,0,0,0,1]}},"geometricError":16,"refine":"REPLACE",
            "transform":[1,0,0,0,0,1,0,0,0,0,1,0,100,0,0,1],
            "content":{{"uri":"{{level}}/{{x}}_{{y}}.glb"}},
            "implicitTiling":{{"subdivisionScheme":"QUADTREE","subtreeLevels":2,"availableLevels":{available_levels},
                "subtrees":{{"uri":"s/{{level}}.{{x}}.{{y}}.subtree"}}}}}}"#
    ))
    .expect("a tileset")
}

fn subtree(text: &str) -> Branch {
    let read = Subtree::read(text.as_bytes(), "s.json", &MemorySource::default());
    Branch::Subtree(read.expect("a subtree"))
}

const FULL: &str = r#"{"tileAvailability":{"constant":1},"contentAvailability":{"constant":1},"childSubtreeAvailability":{"constant":1}}"#;

#[test]
fn a_subtree_becomes_tiles_and_links_to_the_next() {
    let mut tileset = quadtree(4);
    let root = tileset.tile(Tileset::ROOT).expect("the root");
    assert!(root.contents.is_empty());
    let link = root.branch.clone().expect("a link");
    assert_eq!(
        (link.uri.as_str(), link.level, link.x),
        ("city/s/0.0.0.subtree", 0, 0)
    );
    tileset
        .attach(Tileset::ROOT, subtree(FULL))
        .expect("it fits");
    // The link, the root, its four children, and sixteen links below them.
    assert_eq!(tileset.tile_count(), 1 + 1 + 4 + 16);
    let found = tileset
        .tiles()
        .find(|tile| tile.contents.iter().any(|one| one.uri == "city/1/1_0.glb"))
        .expect("a child");
    assert_eq!(found.bounds.centre_m(), DVec3::new(104.0, -4.0, 0.0));
    assert_eq!(
        (found.refine, found.geometric_error_m, found.children.len()),
        (Refine::Replace, 8.0, 4)
    );
    let below = tileset.tile(found.children[3]).expect("a link");
    let link = below.branch.clone().expect("a link");
    assert_eq!((link.level, link.x, link.y), (2, 3, 1));
    assert_eq!(
        (link.uri.as_str(), below.geometric_error_m),
        ("city/s/2.3.1.subtree", 4.0)
    );
    let at = below.id;
    tileset.attach(at, subtree(FULL)).expect("it fits");
    let inner = tileset.tile(tileset.tile(at).expect("the link").children[0]);
    let inner = inner.expect("the tile itself");
    assert_eq!(inner.contents[0].uri, "city/2/3_1.glb");
    assert_eq!(inner.children.len(), 4);
    // Level 3 is the last, whatever the bits say.
    let leaf = tileset.tile(inner.children[0]).expect("a leaf");
    assert!(leaf.children.is_empty() && leaf.branch.is_none());
    assert!(tileset.attach(at, subtree(FULL)).is_err(), "twice");
}

#[test]
fn a_subtree_on_a_tile_without_one_is_refused() {
    let mut tileset = with_links();
    assert!(tileset.attach(TileId(1), subtree(FULL)).is_err());
    let mut tileset = quadtree(4);
    let empty = FULL.replace(
        r#""tileAvailability":{"constant":1}"#,
        r#""tileAvailability":{"constant":0}"#,
    );
    let error = tileset
        .attach(Tileset::ROOT, subtree(&empty))
        .expect_err("no tiles");
    assert!(error.to_string().contains("does not exist"), "{error}");
    assert_eq!(tileset.tile_count(), 1);
}

#[test]
fn a_few_bytes_never_become_a_flood_of_tiles() {
    let mut tileset = tileset_of(
        r#"{"boundingVolume":{"box":[0,0,0,8,0,0,0,8,0,0,0,1]},"geometricError":16,
            "content":{"uri":"{level}/{x}_{y}.glb"},
            "implicitTiling":{"subdivisionScheme":"QUADTREE","subtreeLevels":12,"availableLevels":12,
                "subtrees":{"uri":"s/{level}.{x}.{y}.subtree"}}}"#,
    )
    .expect("a tileset");
    tileset
        .attach(Tileset::ROOT, subtree(FULL))
        .expect("it fits");
    assert_eq!(tileset.tile_count(), 1 + 1_365 + 4_096);
    let link = tileset
        .tiles()
        .find(|tile| {
            tile.branch
                .as_ref()
                .is_some_and(|link| link.level == 6 && link.x == 63)
        })
        .expect("a link within the subtree");
    assert_eq!(
        link.branch.as_ref().map(|link| link.uri.as_str()),
        Some("city/s/0.0.0.subtree")
    );
    let at = link.id;
    tileset.attach(at, subtree(FULL)).expect("it goes on");
    let found = tileset.tiles().any(|tile| {
        tile.contents
            .iter()
            .any(|one| one.uri == "city/11/2047_0.glb")
    });
    assert!(found, "the last level is reached");
}

#[test]
fn an_octree_in_an_external_tileset_moves_with_it() {
    let mut tileset = with_links();
    let inner = r#"{"boundingVolume":{"box":[0,0,0,8,0,0,0,8,0,0,0,8]},"geometricError":16,
        "contents":[{"uri":"{level}/{x}_{y}_{z}.glb"}],
        "implicitTiling":{"subdivisionScheme":"OCTREE","subtreeLevels":1,"availableLevels":2,
            "subtrees":{"uri":"{level}.{x}.{y}.{z}.subtree"}}}"#;
    tileset
        .attach(TileId(2), external("city/sub/b.json", inner))
        .expect("it fits");
    tileset.attach(TileId(3), subtree(FULL)).expect("it fits");
    let root = tileset.tile(TileId(4)).expect("the octree's root");
    assert_eq!(root.bounds.centre_m(), DVec3::new(100.0, 0.0, 0.0));
    assert_eq!((root.refine, root.children.len()), (Refine::Add, 8));
    let link = tileset.tile(root.children[5]).expect("a link");
    assert_eq!(link.bounds.centre_m(), DVec3::new(104.0, -4.0, 4.0));
    let branch = link.branch.as_ref().expect("a link");
    assert_eq!(branch.uri, "city/sub/1.1.0.1.subtree");
}

#[test]
fn a_tileset_in_a_plane_is_placed_with_all_that_hangs_on_it() {
    // EPSG:4548 of 117.2° E, 34.26° N.
    let (east, north) = (518_420.486_7, 3_792_519.972_4);
    let root = format!(
        r#"{{"boundingVolume":{{"sphere":[{east},{north},30,500]}},"geometricError":8,
            "children":[{{"boundingVolume":{{"sphere":[0,0,0,100]}},"geometricError":4,
                "transform":[1,0,0,0,0,1,0,0,0,0,1,0,{east},{north},30,1],"content":{{"uri":"a.json"}}}}]}}"#
    );
    let mut tileset = tileset_of(&root).expect("a tileset");
    let placement = Placement::Crs(Crs { epsg: 4548 });
    tileset.set_placement(&placement).expect("a known CRS");
    let Ecef { x_m, y_m, z_m } = ecef_from_geodetic(Geodetic::new(117.2, 34.26, 30.0));
    let place = DVec3::new(x_m, y_m, z_m);
    let near = |tile: u32, what: &str| {
        let tile = tileset.tile(TileId(tile)).expect("a tile");
        let off = tile.bounds.centre_m().distance(place);
        assert!(off < 1e-3, "{what} is off by {off} m");
    };
    near(0, "the root");
    near(1, "its child");
    let child = tileset.tile(TileId(1)).expect("the child");
    assert!(child.transform.w_axis.truncate().distance(place) < 1e-3);
    assert!((100.0..100.1).contains(&child.bounds.radius_m()));
    assert!(tileset.set_placement(&Placement::Ecef).is_err(), "twice");

    let inner =
        format!(r#"{{{BALL},"geometricError":2,"transform":[1,0,0,0,0,1,0,0,0,0,1,0,0,0,7,1]}}"#);
    tileset
        .attach(TileId(1), external("city/a.json", &inner))
        .expect("it fits");
    let inner = tileset.tile(TileId(2)).expect("the inner root");
    let above = ecef_from_geodetic(Geodetic::new(117.2, 34.26, 37.0));
    let off = inner
        .bounds
        .centre_m()
        .distance(DVec3::new(above.x_m, above.y_m, above.z_m));
    assert!(off < 2e-3, "{off} m");
}

#[test]
fn a_tileset_nowhere_on_earth_is_told() {
    let root = r#"{"boundingVolume":{"sphere":[1e9,1e9,0,500]},"geometricError":8}"#;
    let mut tileset = tileset_of(root).expect("a tileset");
    let before = tileset.clone();
    let wgs84 = Placement::Crs(Crs::WGS84);
    assert!(tileset.set_placement(&wgs84).is_err());
    assert_eq!(tileset, before);
}
