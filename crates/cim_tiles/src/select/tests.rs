//! Selection traces on a quadtree of 21 tiles: 0 covers 1024 m, 1 to 4 cover its quarters, 5 to 20 theirs.

use super::TileLife::{Failed, Fetching, Ready, Unloaded};
use super::*;
use crate::{OrientedBox, Tile, Volume};
use glam::{DMat3, DMat4, DVec3};
use std::path::PathBuf;

const TILES: u32 = 21;
const TILE_BYTES: usize = 10;
const PLENTY: Budget = Budget {
    max_bytes: 1_000_000,
};

/// Quarters stand in the order south-west, south-east, north-west, north-east.
fn quadtree(refine: Refine) -> Tileset {
    let mut tiles: Vec<Tile> = Vec::new();
    for number in 0..TILES {
        let parent = number.checked_sub(1).map(|before| TileId(before / 4));
        let (centre_m, half_m, error_m) = match parent {
            None => (DVec3::ZERO, 512.0, 64.0),
            Some(above) => {
                let quarter = (number - 1) % 4;
                let outer = &tiles[above.row()];
                let half_m = outer.bounds.oriented_box().half_axes_m.x_axis.x / 2.0;
                let east = if quarter.is_multiple_of(2) {
                    -half_m
                } else {
                    half_m
                };
                let north = if quarter < 2 { -half_m } else { half_m };
                let error_m = if number <= 4 { 31.0 } else { 0.0 };
                (
                    outer.bounds.centre_m() + DVec3::new(east, north, 0.0),
                    half_m,
                    error_m,
                )
            }
        };
        if let Some(above) = parent {
            tiles[above.row()].children.push(TileId(number));
        }
        tiles.push(Tile {
            id: TileId(number),
            parent,
            children: Vec::new(),
            bounds: Volume::Box(OrientedBox {
                centre_m,
                half_axes_m: DMat3::from_diagonal(DVec3::new(half_m, half_m, 0.0)),
            }),
            geometric_error_m: error_m,
            refine,
            content: Some(format!("{number}.glb")),
            transform: DMat4::IDENTITY,
        });
    }
    Tileset {
        source: "quadtree".to_owned(),
        base: PathBuf::new(),
        version: "1.1".to_owned(),
        geometric_error_m: 128.0,
        tiles,
        problems: Vec::new(),
    }
}

/// Looks straight down, north up, 90° wide: from height h it sees h metres to every side.
fn above(east: f64, north: f64, height: f64) -> ViewState {
    ViewState {
        position: DVec3::new(east, north, height),
        direction: DVec3::NEG_Z,
        up: DVec3::Y,
        fov_y_rad: std::f64::consts::FRAC_PI_2,
        viewport_px: [1000.0, 1000.0],
    }
}

fn numbers(ids: &[TileId]) -> String {
    if ids.is_empty() {
        "-".to_owned()
    } else {
        ids.iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(" ")
    }
}

fn trace(selection: &Selection) -> String {
    let mut text = format!(
        "show {} | load {} | drop {}",
        numbers(&selection.show),
        numbers(&selection.load),
        numbers(&selection.drop)
    );
    if selection.complete {
        text.push_str(" | complete");
    }
    if selection.short_of_memory {
        text.push_str(" | short of memory");
    }
    text
}

fn bring(selector: &mut Selector, ids: impl IntoIterator<Item = u32>) {
    for id in ids {
        selector.note(TileId(id), Fetching, 0).expect("a step");
        selector
            .note(TileId(id), Ready, TILE_BYTES)
            .expect("a step");
    }
}

fn fail(selector: &mut Selector, id: u32) {
    selector.note(TileId(id), Fetching, 0).expect("a step");
    selector.note(TileId(id), Failed, 0).expect("a step");
}

#[test]
fn the_coarse_tile_stays_until_all_four_finer_ones_are_here() {
    let tileset = quadtree(Refine::Replace);
    let mut selector = Selector::new(tileset.tiles.len(), PLENTY);
    let view = above(0.0, 0.0, 1000.0);
    let look = |selector: &mut Selector| trace(&selector.select(&tileset, &view, 16.0));
    assert_eq!(look(&mut selector), "show - | load 0 1 2 3 4 | drop -");
    bring(&mut selector, [0]);
    assert_eq!(look(&mut selector), "show 0 | load 1 2 3 4 | drop -");
    bring(&mut selector, [1, 2, 3]);
    assert_eq!(look(&mut selector), "show 0 | load 4 | drop -");
    selector.note(TileId(4), Fetching, 0).expect("a step");
    assert_eq!(look(&mut selector), "show 0 | load - | drop -");
    selector.note(TileId(4), Ready, TILE_BYTES).expect("a step");
    assert_eq!(
        look(&mut selector),
        "show 1 2 3 4 | load - | drop - | complete"
    );
}

#[test]
fn finer_tiles_that_add_are_shown_as_they_come() {
    let tileset = quadtree(Refine::Add);
    let mut selector = Selector::new(tileset.tiles.len(), PLENTY);
    let view = above(0.0, 0.0, 1000.0);
    bring(&mut selector, [2]);
    assert_eq!(
        trace(&selector.select(&tileset, &view, 16.0)),
        "show 2 | load 0 1 3 4 | drop -"
    );
    bring(&mut selector, [0, 4]);
    assert_eq!(
        trace(&selector.select(&tileset, &view, 16.0)),
        "show 0 2 4 | load 1 3 | drop -"
    );
}

#[test]
fn large_errors_come_first_and_then_the_middle_of_the_picture() {
    let tileset = quadtree(Refine::Replace);
    let mut selector = Selector::new(tileset.tiles.len(), PLENTY);
    let selection = selector.select(&tileset, &above(256.0, 256.0, 600.0), 25.0);
    assert_eq!(
        trace(&selection),
        "show - | load 0 4 2 3 1 17 18 19 20 | drop -"
    );
    let mut fresh = Selector::new(tileset.tiles.len(), PLENTY);
    let selection = fresh.select(&tileset, &above(380.0, -130.0, 600.0), 25.0);
    assert_eq!(&trace(&selection)[..18], "show - | load 0 2 ");
    let leaves: Vec<TileId> = selection
        .load
        .iter()
        .copied()
        .filter(|id| (9..=12).contains(&id.0))
        .collect();
    assert_eq!(
        leaves[0],
        TileId(12),
        "the leaf under the eye comes first of its kind: {leaves:?}"
    );
}

#[test]
fn nothing_outside_the_picture_is_asked_for() {
    let tileset = quadtree(Refine::Replace);
    let mut selector = Selector::new(tileset.tiles.len(), PLENTY);
    let corner = selector.select(&tileset, &above(-384.0, -384.0, 100.0), 16.0);
    assert_eq!(trace(&corner), "show - | load 0 1 5 | drop -");
    let sky = ViewState {
        direction: DVec3::Z,
        ..above(0.0, 0.0, 100.0)
    };
    assert_eq!(
        trace(&selector.select(&tileset, &sky, 16.0)),
        "show - | load - | drop - | complete"
    );
}

#[test]
fn turning_back_shows_the_coarse_tile_instead_of_a_hole() {
    let tileset = quadtree(Refine::Replace);
    let mut selector = Selector::new(tileset.tiles.len(), PLENTY);
    bring(&mut selector, [0, 1, 5]);
    let corner = selector.select(&tileset, &above(-384.0, -384.0, 100.0), 16.0);
    assert_eq!(trace(&corner), "show 5 | load - | drop - | complete");
    let wider = selector.select(&tileset, &above(-384.0, -384.0, 200.0), 16.0);
    assert_eq!(wider.show, [TileId(1)], "{}", trace(&wider));
    assert_eq!(wider.load, [TileId(6), TileId(7), TileId(8)]);
}

#[test]
fn finer_tiles_stay_until_the_coarser_one_is_here() {
    let tileset = quadtree(Refine::Replace);
    let mut selector = Selector::new(tileset.tiles.len(), PLENTY);
    let view = above(0.0, 0.0, 1000.0);
    bring(&mut selector, 5..=20);
    let near = selector.select(&tileset, &view, 10.0);
    assert_eq!(
        trace(&near),
        "show 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 | load 0 1 2 3 4 | drop -"
    );
    let far = selector.select(&tileset, &view, 20.0);
    assert_eq!(far.show, near.show);
    bring(&mut selector, [1]);
    let half = selector.select(&tileset, &view, 20.0);
    assert_eq!(
        trace(&half),
        "show 1 9 10 11 12 13 14 15 16 17 18 19 20 | load 0 2 3 4 | drop -"
    );
}

#[test]
fn over_budget_the_longest_unseen_tile_goes() {
    let tileset = quadtree(Refine::Add);
    let mut selector = Selector::new(tileset.tiles.len(), Budget { max_bytes: 40 });
    let south_west = above(-384.0, -384.0, 100.0);
    let north_east = above(384.0, 384.0, 100.0);
    bring(&mut selector, [0, 1, 5]);
    assert_eq!(
        trace(&selector.select(&tileset, &south_west, 16.0)),
        "show 0 1 5 | load - | drop - | complete"
    );
    assert_eq!(
        trace(&selector.select(&tileset, &north_east, 16.0)),
        "show 0 | load 4 20 | drop -"
    );
    bring(&mut selector, [4, 20]);
    assert_eq!(
        trace(&selector.select(&tileset, &north_east, 16.0)),
        "show 0 4 20 | load - | drop 5 | complete"
    );
    selector.note(TileId(5), Unloaded, 0).expect("a step");
    assert_eq!(selector.used_bytes(), 40);
    assert_eq!(
        trace(&selector.select(&tileset, &north_east, 16.0)),
        "show 0 4 20 | load - | drop - | complete"
    );
}

#[test]
fn what_is_in_view_is_never_dropped_and_never_fetched_in_circles() {
    let tileset = quadtree(Refine::Add);
    let mut selector = Selector::new(tileset.tiles.len(), Budget { max_bytes: 15 });
    let view = above(-384.0, -384.0, 100.0);
    bring(&mut selector, [0]);
    assert_eq!(
        trace(&selector.select(&tileset, &view, 16.0)),
        "show 0 | load 1 5 | drop -"
    );
    bring(&mut selector, [1]);
    for _ in 0..3 {
        let selection = selector.select(&tileset, &view, 16.0);
        assert_eq!(
            trace(&selection),
            "show 0 1 | load - | drop - | complete | short of memory"
        );
    }
}

#[test]
fn in_place_of_a_broken_tile_its_children_come() {
    let tileset = quadtree(Refine::Replace);
    let mut selector = Selector::new(tileset.tiles.len(), PLENTY);
    let view = above(0.0, 0.0, 1000.0);
    bring(&mut selector, [0, 1, 2, 3]);
    fail(&mut selector, 4);
    let selection = selector.select(&tileset, &view, 16.0);
    assert_eq!(selection.show, [TileId(0)]);
    assert_eq!(selection.load.len(), 4, "{}", trace(&selection));
    bring(&mut selector, 17..=20);
    assert_eq!(
        trace(&selector.select(&tileset, &view, 16.0)),
        "show 1 2 3 17 18 19 20 | load - | drop - | complete"
    );
}

#[test]
fn a_broken_leaf_keeps_its_parent_and_nothing_else_coarse() {
    let tileset = quadtree(Refine::Replace);
    let mut selector = Selector::new(tileset.tiles.len(), PLENTY);
    bring(&mut selector, 0..=19);
    fail(&mut selector, 20);
    let selection = selector.select(&tileset, &above(0.0, 0.0, 1000.0), 10.0);
    assert_eq!(
        trace(&selection),
        "show 4 5 6 7 8 9 10 11 12 13 14 15 16 | load - | drop - | complete"
    );
}

#[test]
fn a_tile_without_content_is_no_hole_and_is_not_fetched() {
    let mut tileset = quadtree(Refine::Replace);
    tileset.tiles[0].content = None;
    tileset.tiles[3].content = None;
    let mut selector = Selector::new(tileset.tiles.len(), PLENTY);
    let view = above(0.0, 0.0, 1000.0);
    assert_eq!(
        trace(&selector.select(&tileset, &view, 16.0)),
        "show - | load 1 2 4 | drop -"
    );
    bring(&mut selector, [2]);
    assert_eq!(
        trace(&selector.select(&tileset, &view, 16.0)),
        "show 2 | load 1 4 | drop -"
    );
}

#[test]
fn steps_that_cannot_be_are_refused_and_change_nothing() {
    let mut selector = Selector::new(1, PLENTY);
    assert_eq!(
        selector.note(TileId(7), Fetching, 0),
        Err(SelectError::UnknownTile(TileId(7)))
    );
    let refused = SelectError::BadStep {
        from: Unloaded,
        to: Ready,
    };
    assert_eq!(selector.note(TileId(0), Ready, 5), Err(refused));
    assert_eq!(
        (selector.life(TileId(0)), selector.used_bytes()),
        (Unloaded, 0)
    );
}

#[test]
fn a_view_of_nonsense_numbers_does_no_harm() {
    let tileset = quadtree(Refine::Replace);
    let mut selector = Selector::new(tileset.tiles.len(), PLENTY);
    let lost = ViewState {
        position: DVec3::NAN,
        viewport_px: [0.0, 0.0],
        ..above(0.0, 0.0, 1.0)
    };
    assert_eq!(selector.select(&tileset, &lost, f64::NAN).load, [TileId(0)]);
}

/// Flies about for a while; tiles come late, in odd order, and some fail. Once the root is here, every leaf in view is
/// covered by exactly one tile in every frame.
#[test]
fn no_flight_ever_sees_a_hole_or_two_tiles_in_one_place() {
    let tileset = quadtree(Refine::Replace);
    let mut selector = Selector::new(
        tileset.tiles.len(),
        Budget {
            max_bytes: 12 * TILE_BYTES,
        },
    );
    bring(&mut selector, [0]);
    let mut dice: u32 = 1;
    let mut roll = |sides: u32| {
        dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (dice >> 16) % sides
    };
    for frame in 0..2_000 {
        let (east, north) = (f64::from(roll(1024)) - 512.0, f64::from(roll(1024)) - 512.0);
        let view = above(east, north, 50.25 + f64::from(roll(1500)));
        let selection = selector.select(&tileset, &view, 12.0);
        let frustum = view.frustum();
        for leaf in tileset
            .tiles
            .iter()
            .filter(|tile| tile.children.is_empty() && frustum.sees(&tile.bounds))
        {
            let mut chain = vec![leaf.id];
            while let Some(above) = tileset.tiles[chain[chain.len() - 1].row()].parent {
                chain.push(above);
            }
            let covers = chain
                .iter()
                .filter(|id| selection.show.contains(id))
                .count();
            assert_eq!(
                covers,
                1,
                "frame {frame}, leaf {}: {}",
                leaf.id,
                trace(&selection)
            );
        }
        for id in &selection.drop {
            selector.note(*id, Unloaded, 0).expect("a step");
        }
        for id in &selection.load {
            match roll(8) {
                0 => fail(&mut selector, id.0),
                1..=3 => bring(&mut selector, [id.0]),
                _ => {}
            }
        }
        // Now and then somebody wants another try.
        for id in (0..TILES).map(TileId) {
            if selector.life(id) == Failed && roll(16) == 0 {
                selector.note(id, Unloaded, 0).expect("a step");
            }
        }
    }
}

#[test]
fn the_same_notes_and_views_give_the_same_answers() {
    let tileset = quadtree(Refine::Replace);
    let fly = || {
        let mut selector = Selector::new(tileset.tiles.len(), Budget { max_bytes: 60 });
        let mut traces = Vec::new();
        for frame in 0..50_u32 {
            let selection = selector.select(
                &tileset,
                &above(f64::from(frame * 20) - 500.0, 0.0, 300.0),
                12.0,
            );
            for id in &selection.drop {
                selector.note(*id, Unloaded, 0).expect("a step");
            }
            bring(&mut selector, selection.load.iter().take(2).map(|id| id.0));
            traces.push(trace(&selection));
        }
        traces
    };
    assert_eq!(fly(), fly());
}
