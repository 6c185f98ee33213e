//! Tilesets good and broken.

use super::*;
use glam::DVec3;

const BALL: &str = r#""boundingVolume":{"sphere":[0,0,0,10]}"#;

/// A tileset around the text of its root.
fn tileset_of(root: &str) -> Result<Tileset, TileError> {
    let text = format!(r#"{{"asset":{{"version":"1.1"}},"geometricError":100,"root":{root}}}"#);
    Tileset::from_json(text.as_bytes(), Path::new("city"))
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
        .tiles
        .iter()
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
    assert_eq!(
        tileset.content_path(TileId(1)).expect("a glb"),
        Some(PathBuf::from("city/1.glb"))
    );
    assert_eq!(tileset.content_path(TileId(2)).expect("empty"), None);
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
    assert_eq!(still.tiles[0].bounds, moved.tiles[0].bounds);
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
        assert_eq!(tileset.tiles.len(), 3, "{reason}");
        check_error(&bad, reason);
    }
}

#[test]
fn what_is_not_read_yet_is_told() {
    let tail = r#""geometricError":1,"refine":"ADD""#;
    check_problem(
        &format!(
            r#"{{{BALL},{tail},"implicitTiling":{{"subdivisionScheme":"QUADTREE"}},"content":{{"uri":"a_{{x}}.glb"}}}}"#
        ),
        "root",
        "implicit tiling",
    );
    let several = check_problem(
        &format!(r#"{{{BALL},{tail},"contents":[{{"uri":"a.glb"}},{{"uri":"b.glb"}}]}}"#),
        "root",
        "first of 2 contents",
    );
    assert_eq!(several.tiles[0].content.as_deref(), Some("a.glb"));
    check_problem(
        &format!(r#"{{{BALL},"geometricError":1,"refine":"SWAP"}}"#),
        "root",
        "neither ADD nor REPLACE",
    );
}

#[test]
fn contents_outside_the_folder_are_never_opened() {
    let outside = check_problem(
        &format!(
            r#"{{{BALL},"geometricError":1,"refine":"ADD","content":{{"uri":"../../secret.glb"}}}}"#
        ),
        "root",
        "leads out of the tileset's folder",
    );
    assert_eq!(
        outside.content_path(TileId(0)).expect("an empty tile"),
        None
    );
}

#[test]
fn contents_of_older_kinds_name_their_tile() {
    for (name, word) in [
        ("a.b3dm", "b3dm"),
        ("a.i3dm", "i3dm"),
        ("a.pnts", "pnts"),
        ("A.CMPT", "cmpt"),
        ("b.json", "tileset"),
    ] {
        let tileset = tileset_of(&format!(
            r#"{{{BALL},"geometricError":1,"refine":"ADD","content":{{"url":"{name}"}}}}"#
        ))
        .expect("a tileset");
        let error = tileset.content_path(TileId(0)).expect_err("not read yet");
        let message = error.to_string();
        assert!(matches!(error, TileError::Unsupported { .. }), "{message}");
        assert!(
            message.contains("tile 0") && message.contains(word) && message.contains(name),
            "{message}"
        );
    }
}

#[test]
fn a_file_cut_short_anywhere_gives_an_error_with_its_place() {
    let whole = format!(
        r#"{{"asset":{{"version":"1.1"}},"geometricError":100,"root":{{{BALL},"geometricError":1,"children":[{{{BALL},"geometricError":0}}]}}}}"#
    );
    assert!(Tileset::from_json(whole.as_bytes(), Path::new("city")).is_ok());
    for length in 0..whole.len() {
        let error = Tileset::from_json(&whole.as_bytes()[..length], Path::new("city"))
            .expect_err("cut short");
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
    let error = Tileset::from_json(text.as_bytes(), Path::new("city")).expect_err("unknown");
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
    assert_eq!(tileset_of(&root).expect("sixty levels").tiles.len(), depth);
}
