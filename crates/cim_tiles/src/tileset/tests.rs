//! Tilesets good and broken.

mod branches;
mod conformance;

use super::*;
use glam::DVec3;

const BALL: &str = r#""boundingVolume":{"sphere":[0,0,0,10]}"#;

/// A tileset around the text of its root.
fn tileset_of(root: &str) -> Result<Tileset, TileError> {
    tileset_at("city/tileset.json", root)
}

/// The same at a path of its own.
fn tileset_at(path: &str, root: &str) -> Result<Tileset, TileError> {
    let text = format!(r#"{{"asset":{{"version":"1.1"}},"geometricError":100,"root":{root}}}"#);
    Tileset::from_json(text.as_bytes(), path)
}

/// The tiles of a tileset, by row.
fn tiles_of(tileset: &Tileset) -> Vec<&Tile> {
    tileset.tiles().collect()
}

#[track_caller]
fn check_problem(root: &str, place: &str, part_of_reason: &str) -> Tileset {
    let tileset = tileset_of(root).expect("the rest goes on");
    let told: Vec<String> = tileset.problems.iter().map(ToString::to_string).collect();
    let found = tileset
        .problems
        .iter()
        .any(|one| one.place == place && one.reason.contains(part_of_reason));
    assert!(found, "no {part_of_reason:?} at {place:?} in {told:?}");
    tileset
}

#[track_caller]
fn check_error(root: &str, part_of_message: &str) {
    let message = tileset_of(root).expect_err("it cannot be used").to_string();
    assert!(message.contains(part_of_message), "{message}");
    assert!(message.contains("tileset.json"), "{message}");
}

#[test]
fn parents_come_before_children_and_siblings_stay_together() {
    let tileset = tileset_of(&format!(
        r#"{{{BALL},"geometricError":8,"refine":"ADD","content":{{"uri":"0.glb"}},"children":[
            {{{BALL},"geometricError":4,"content":{{"uri":"1.glb"}},"children":[{{{BALL},"geometricError":0}}]}},
            {{{BALL},"geometricError":4,"refine":"REPLACE","children":[{{{BALL},"geometricError":0}}]}}]}}"#
    ))
    .expect("a tileset");
    let picture: Vec<String> = tileset
        .tiles()
        .map(|tile| {
            format!(
                "{} in {:?} has {:?} {:?}",
                tile.id,
                tile.parent.map(|id| id.0),
                tile.children.len(),
                tile.refine
            )
        })
        .collect();
    assert_eq!(
        picture,
        [
            "0 in None has 2 Add",
            "1 in Some(0) has 1 Add",
            "2 in Some(0) has 1 Replace",
            "3 in Some(1) has 0 Add",
            "4 in Some(2) has 0 Replace",
        ]
    );
    assert!(tileset.problems.is_empty());
    let contents = |id| &tileset.tile(TileId(id)).expect("a tile").contents;
    assert_eq!(contents(1)[0].uri, "city/1.glb");
    assert!(contents(2).is_empty());
    assert_eq!(tileset.tile_count(), 5);
    assert!(tileset.tile(TileId(5)).is_none());
}

#[test]
fn transforms_add_up_from_the_root() {
    let tileset = tileset_of(&format!(
        r#"{{{BALL},"geometricError":8,"refine":"ADD","transform":[1,0,0,0,0,1,0,0,0,0,1,0,100,0,0,1],
            "children":[{{{BALL},"geometricError":0,"transform":[2,0,0,0,0,2,0,0,0,0,2,0,0,50,0,1]}}]}}"#
    ))
    .expect("a tileset");
    let child = tileset.tile(TileId(1)).expect("a child");
    assert_eq!(child.bounds.centre_m(), DVec3::new(100.0, 50.0, 0.0));
    assert!((child.bounds.radius_m() - 20.0).abs() < 1e-9);
}

#[test]
fn a_region_stands_still_under_transforms() {
    let root = r#"{"boundingVolume":{"region":[2.12,0.54,2.121,0.541,0,100]},"geometricError":8,"refine":"ADD","transform":MATRIX}"#;
    let still = tileset_of(&root.replace("MATRIX", "[1,0,0,0,0,1,0,0,0,0,1,0,0,0,0,1]"))
        .expect("a tileset");
    let moved = tileset_of(&root.replace("MATRIX", "[1,0,0,0,0,1,0,0,0,0,1,0,9,9,9,1]"))
        .expect("a tileset");
    assert_eq!(tiles_of(&still)[0].bounds, tiles_of(&moved)[0].bounds);
}

#[test]
fn a_broken_tile_costs_itself_and_what_is_below() {
    let good = format!(r#"{{{BALL},"geometricError":0}}"#);
    let cases = [
        (
            r#"{"geometricError":1}"#.to_owned(),
            "bounding volume is missing",
        ),
        (format!("{{{BALL}}}"), "geometric error is missing"),
        (
            format!(r#"{{{BALL},"geometricError":-1}}"#),
            "geometric error is missing or negative",
        ),
        (
            r#"{"boundingVolume":{"box":[1,2,3]},"geometricError":1}"#.to_owned(),
            "a box has 12 numbers, not 3",
        ),
        (
            r#"{"boundingVolume":{"sphere":[0,0,0,-5]},"geometricError":1}"#.to_owned(),
            "radius is negative",
        ),
        (
            r#"{"boundingVolume":{"extensions":{}},"geometricError":1}"#.to_owned(),
            "neither box nor region nor sphere",
        ),
        (
            format!(r#"{{{BALL},"geometricError":1,"transform":[1]}}"#),
            "16 numbers, not 1",
        ),
        (
            format!(
                r#"{{{BALL},"geometricError":1,"transform":[1,0,0,1,0,1,0,0,0,0,1,0,0,0,0,1]}}"#
            ),
            "perspective",
        ),
    ];
    for (bad, reason) in cases {
        let root = format!(
            r#"{{{BALL},"geometricError":8,"refine":"ADD","children":[{good},{bad},{good}]}}"#
        );
        let tileset = check_problem(&root, "root/children/1", reason);
        assert_eq!(tileset.tile_count(), 3, "{reason}");
        check_error(&bad, reason);
    }
}

#[test]
fn what_cannot_be_used_of_a_tile_is_told() {
    let tail = r#""geometricError":1,"refine":"ADD""#;
    let cases = [
        (
            r#""refine":"SWAP""#.to_owned(),
            "neither ADD nor REPLACE",
        ),
        (
            r#""viewerRequestVolume":{"box":[1]}"#.to_owned(),
            "viewer request volume: a box has 12 numbers",
        ),
        (
            r#""content":{"uri":"a.glb","boundingVolume":{}}"#.to_owned(),
            "content's own volume",
        ),
        (r#""content":{}"#.to_owned(), "no uri"),
        (
            r#""contents":[{"uri":"a.glb","group":3}]"#.to_owned(),
            "group does not exist",
        ),
        (
            r#""implicitTiling":{"subdivisionScheme":"QUADTREE","subtreeLevels":1,"availableLevels":1,"subtrees":{"uri":"s"}}"#
                .to_owned(),
            "a sphere cannot be divided",
        ),
        (
            r#""implicitTiling":{"subdivisionScheme":"TREE"}"#.to_owned(),
            "neither QUADTREE nor OCTREE",
        ),
        (
            r#""implicitTiling":{"subdivisionScheme":"OCTREE","subtreeLevels":22}"#.to_owned(),
            "22 levels",
        ),
    ];
    for (part, reason) in cases {
        let root = if part.contains("refine") {
            format!(r#"{{{BALL},"geometricError":1,{part}}}"#)
        } else {
            format!("{{{BALL},{tail},{part}}}")
        };
        check_problem(&root, "root", reason);
    }
}

#[test]
fn a_tile_has_all_its_contents_and_a_volume_around_them() {
    let ball = |x: f64| format!(r#""boundingVolume":{{"sphere":[{x},0,0,1]}}"#);
    for several in [
        r#""contents":[LIST]"#,
        r#""extensions":{"3DTILES_multiple_contents":{"content":[LIST]}}"#,
    ] {
        let list = format!(
            r#"{{"uri":"a.glb",{}}},{{"uri":"b.glb?x=1#top",{}}}"#,
            ball(0.0),
            ball(5.0)
        );
        let root = format!(
            r#"{{{BALL},"geometricError":1,{}}}"#,
            several.replace("LIST", &list)
        );
        let tileset = tileset_of(&root).expect("a tileset");
        let tile = tileset.tile(Tileset::ROOT).expect("the root");
        let uris: Vec<&str> = tile.contents.iter().map(|one| one.uri.as_str()).collect();
        assert_eq!(uris, ["city/a.glb", "city/b.glb?x=1"]);
        let around = tile.content_bounds.expect("both have volumes");
        assert!(around.distance_m(DVec3::new(6.0, 0.0, 0.0)) < 1e-9);
        assert!(around.distance_m(DVec3::new(7.0, 0.0, 0.0)) > 0.9);
    }
}

#[test]
fn contents_outside_the_source_are_never_named() {
    let outside = check_problem(
        &format!(
            r#"{{{BALL},"geometricError":1,"refine":"ADD","content":{{"uri":"../../secret.glb"}}}}"#
        ),
        "root",
        "leads out of the tileset's folder",
    );
    assert!(tiles_of(&outside)[0].contents.is_empty());
}

#[test]
fn kinds_of_content_are_told_by_their_endings() {
    for (name, kind) in [
        ("a.b3dm", ContentKind::Batched),
        ("a.i3dm?v=1.json", ContentKind::Instanced),
        ("a.pnts", ContentKind::Points),
        ("A.CMPT", ContentKind::Composite),
        ("b.json", ContentKind::Tileset),
        ("b", ContentKind::Unknown),
    ] {
        assert_eq!(ContentKind::of_path(name), kind, "{name}");
    }
}

#[test]
fn a_viewer_request_volume_moves_with_its_tile() {
    let tileset = tileset_of(&format!(
        r#"{{{BALL},"geometricError":1,"viewerRequestVolume":{{"sphere":[0,0,0,5]}},
            "transform":[1,0,0,0,0,1,0,0,0,0,1,0,100,0,0,1]}}"#
    ))
    .expect("a tileset");
    let request = tiles_of(&tileset)[0].viewer_request.expect("a volume");
    assert_eq!(request.centre_m(), DVec3::new(100.0, 0.0, 0.0));
}

#[test]
fn what_the_tree_takes_is_counted() {
    let one = tileset_of(&format!(r#"{{{BALL},"geometricError":1}}"#)).expect("a tileset");
    let children =
        vec![format!(r#"{{{BALL},"geometricError":1,"content":{{"uri":"a.glb"}}}}"#); 100];
    let many = tileset_of(&format!(
        r#"{{{BALL},"geometricError":1,"children":[{}]}}"#,
        children.join(",")
    ))
    .expect("a tileset");
    let each = (many.bytes() - one.bytes()) / 100;
    let least = size_of::<Tile>() + size_of::<Content>() + "city/a.glb".len();
    assert!(
        (least..least + 64).contains(&each),
        "{each} is not about {least}"
    );
}

#[test]
fn a_file_cut_short_anywhere_gives_an_error_with_its_place() {
    let whole = format!(
        r#"{{"asset":{{"version":"1.1"}},"geometricError":100,"root":{{{BALL},"geometricError":1,"children":[{{{BALL},"geometricError":0}}]}}}}"#
    );
    assert!(Tileset::from_json(whole.as_bytes(), "tileset.json").is_ok());
    for length in 0..whole.len() {
        let error =
            Tileset::from_json(&whole.as_bytes()[..length], "tileset.json").expect_err("cut short");
        assert!(error.place().contains("line 1"), "{error}");
    }
}

#[test]
fn numbers_that_are_none_end_the_reading_with_their_place() {
    check_error(&format!(r#"{{{BALL},"geometricError":NaN}}"#), "line 1");
    check_error(&format!(r#"{{{BALL},"geometricError":1e999}}"#), "line 1");
    check_error(
        r#"{"boundingVolume":{"sphere":[0,0,0,null]},"geometricError":1}"#,
        "line 1",
    );
}

#[test]
fn an_extension_that_must_be_known_ends_the_reading() {
    let text = format!(
        r#"{{"asset":{{"version":"1.1"}},"geometricError":1,"extensionsRequired":["VENDOR_magic"],"root":{{{BALL},"geometricError":1}}}}"#
    );
    let error = Tileset::from_json(text.as_bytes(), "tileset.json").expect_err("unknown");
    assert!(error.to_string().contains("VENDOR_magic"), "{error}");
}

#[test]
fn a_bottomless_tree_gives_an_error_instead_of_an_overflow() {
    let depth = 100_000;
    let tile = format!(r#"{{{BALL},"geometricError":1,"children":["#);
    let root = tile.repeat(depth) + &"]}".repeat(depth);
    assert!(tileset_of(&root).is_err());
}

#[test]
fn a_tree_of_sixty_levels_is_read() {
    let depth = 60;
    let tile = format!(r#"{{{BALL},"geometricError":1,"refine":"ADD","children":["#);
    let root = tile.repeat(depth) + &"]}".repeat(depth);
    assert_eq!(tileset_of(&root).expect("sixty levels").tile_count(), depth);
}
