//! What a symbol says besides its class: how large it is, where it stands to buildings, what it is of, why it is old; and that
//! nothing is left of a layer that the device does not take.

use super::{
    PLACE, Scene, at, is_near,
    live::{
        CRITICAL, GROUND, LAYER, MEDIUM, NORMAL, NOW_S, count, free, gas, layer, moved, points,
        rows,
    },
    off,
};
use cim_layers::{
    PointState, SHAPE_DOT, SHAPE_PERSON,
    field::{Grid, RampId, Raster},
    layer::{HeatOf, LayerId, LayerKind, LayerLook, Size, Stand},
    room::Refusal,
};
use cim_render::TwinMessage;
use cim_scene::{LayerShape, LiveLayers, Move, RampScale, TwinCommand, TwinLayer, TwinOutput};
use cim_tiles::Budget;
use cim_viewport::Picture;
use std::sync::Arc;

/// Three times as large as usual: a critical symbol of this size reaches 46 px from its middle, a normal one 27 px.
const LARGE: Size = Size::Pixels(66.0);
/// The dark of marks and outlines.
const INK: [u8; 3] = [0x0D, 0x12, 0x17];

/// Light pixels, as the signs of age are, up to `reach` away across and down.
fn light(picture: &Picture, middle: [u32; 2], reach: i32) -> usize {
    (-reach..=reach)
        .flat_map(|across| (-reach..=reach).map(move |down| [across, down]))
        .filter(|[across, down]| is_light(picture, moved(middle, *across, *down)))
        .count()
}

fn is_light(picture: &Picture, px: [u32; 2]) -> bool {
    at(picture, px).iter().all(|part| *part > 150)
}

impl Scene {
    fn look_down_from(&mut self, distance_m: f64) {
        self.tell(TwinCommand::GoToView {
            target: free(0.0, 0.0),
            distance_m,
            heading_deg: 0.0,
            pitch_deg: 60.0,
            how: Move::Jump,
        });
        self.settle();
        self.rest();
    }

    /// How many pixels a medium symbol in the middle covers, seen from 120 m and from 60 m.
    fn covered_far_and_near(&mut self, size: Size) -> [usize; 2] {
        self.look_down_from(120.0);
        let look = LayerLook { size, ..points() };
        // A dot has no mark, so that nothing but its size decides.
        self.show_points(look, &[(free(0.0, 0.0), PointState::new(SHAPE_DOT, 2))]);
        [120.0, 60.0].map(|distance_m| {
            self.look_down_from(distance_m);
            let picture = self.picture();
            count(&picture, self.pixel_of(free(0.0, 0.0)), 60, MEDIUM, 40)
        })
    }

    fn refusal(&self) -> Option<Refusal> {
        let layers = self.twin.app().world().resource::<LiveLayers>();
        layers.get(LAYER).expect("the layer").refusal()
    }
}

#[test]
fn a_symbol_in_metres_grows_when_the_camera_comes_nearer_and_one_in_pixels_does_not() {
    let Some(mut scene) = Scene::open("sizes") else {
        return;
    };
    let [far, near] = scene.covered_far_and_near(Size::Pixels(44.0));
    assert!(far > 100, "only {far} pixels");
    assert!(
        near * 10 > far * 8 && near * 10 < far * 12,
        "{far} pixels from afar and {near} from near by"
    );
    let [far, near] = scene.covered_far_and_near(Size::Metres {
        m: 8.0,
        least_px: 4.0,
        most_px: 300.0,
    });
    assert!(far > 100, "only {far} pixels");
    assert!(
        near * 10 > far * 30 && near * 10 < far * 50,
        "{far} pixels from afar and {near} from half as far"
    );
    // Bounds on the screen hold at both ends.
    let bounds = Size::Metres {
        m: 8.0,
        least_px: 24.0,
        most_px: 24.0,
    };
    let [far, near] = scene.covered_far_and_near(bounds);
    assert!(
        near * 10 > far * 8 && near * 10 < far * 12,
        "{far} pixels from afar and {near} from near by, bounded"
    );
}

#[test]
fn above_covers_what_lies_on_top_of_it_in_the_list_and_through_does_not() {
    let Some(mut scene) = Scene::open("stands") else {
        return;
    };
    // Behind the tower: both layers have to show there at all.
    let hidden = off(0.0, 0.0006, 2.0);
    let medium_and_critical = |scene: &mut Scene, stand: Stand| {
        let look = |stand| LayerLook {
            stand,
            size: LARGE,
            ..points()
        };
        let lower = layer(look(stand));
        let upper = TwinLayer {
            number: LAYER + 1,
            id: LayerId::new("upper"),
            ..layer(look(Stand::Through))
        };
        scene.show_layer(lower.clone());
        scene.tell(TwinCommand::SetLayers(vec![lower, upper]));
        for (layer, class) in [(LAYER, 4), (LAYER + 1, 2)] {
            scene.tell(TwinCommand::SetPoints {
                layer,
                points: Arc::new(rows(
                    &[(hidden, PointState::new(SHAPE_DOT, class))],
                    NOW_S - 1.0,
                )),
            });
        }
        scene.rest();
        let picture = scene.picture();
        let px = scene.pixel_of(hidden);
        // Both are larger than this, and have no mark.
        [MEDIUM, CRITICAL].map(|colour| count(&picture, px, 8, colour, 40))
    };
    let [medium, critical] = medium_and_critical(&mut scene, Stand::Through);
    assert!(
        medium > 200 && critical < 8,
        "the upper layer is not on top: {medium} and {critical} pixels"
    );
    let [medium, critical] = medium_and_critical(&mut scene, Stand::Above);
    assert!(
        critical > 200 && medium < 8,
        "what stands above is covered: {medium} and {critical} pixels"
    );
}

#[test]
fn a_person_has_a_head_and_shoulders_and_one_in_danger_shows_them_in_its_diamond() {
    let Some(mut scene) = Scene::open("people") else {
        return;
    };
    scene.go_to_free_ground();
    let places = [free(-35.0, 0.0), free(35.0, 0.0)];
    let look = LayerLook {
        size: LARGE,
        ..points()
    };
    scene.show_points(
        look,
        &[
            (places[0], PointState::new(SHAPE_PERSON, 0)),
            (places[1], PointState::new(SHAPE_PERSON, 4)),
        ],
    );
    let picture = scene.picture();
    let [safe, danger] = places.map(|place| scene.pixel_of(place));
    let of = |middle, across, down| at(&picture, moved(middle, across, down));
    for (across, down) in [(0, -14), (0, 12), (-16, 19), (16, 19)] {
        let colour = of(safe, across, down);
        assert!(
            is_near(colour, NORMAL, 30),
            "{across} {down} of a person is {colour:?}"
        );
    }
    // Beside the head and the neck there is nothing; a disc would be there.
    for (across, down) in [(-17, -14), (17, -14), (-20, 3), (20, 3)] {
        let colour = of(safe, across, down);
        assert!(
            is_near(colour, GROUND, 30),
            "{across} {down} beside a person is {colour:?}"
        );
    }
    for (across, down) in [(0, -9), (0, 14)] {
        let colour = of(danger, across, down);
        assert!(
            is_near(colour, INK, 40),
            "{across} {down} of the figure is {colour:?}"
        );
    }
    for (across, down) in [(0, -35), (-20, -12), (20, -12), (0, 38)] {
        let colour = of(danger, across, down);
        assert!(
            is_near(colour, CRITICAL, 30),
            "{across} {down} of the diamond is {colour:?}"
        );
    }
}

#[test]
fn a_single_symbol_has_the_mark_of_its_kind() {
    let Some(mut scene) = Scene::open("marks") else {
        return;
    };
    scene.go_to_free_ground();
    let places = [free(-35.0, 0.0), free(35.0, 0.0)];
    let look = LayerLook {
        size: LARGE,
        ..points()
    };
    // A dot is of no kind: the same diamond without a mark.
    scene.show_points(
        look,
        &[
            (places[0], gas(4)),
            (places[1], PointState::new(SHAPE_DOT, 4)),
        ],
    );
    let picture = scene.picture();
    let [marked, plain] = places.map(|place| scene.pixel_of(place));
    let (ink, rest) = (
        count(&picture, marked, 20, INK, 40),
        count(&picture, marked, 20, CRITICAL, 40),
    );
    assert!(
        ink > 80 && rest > 200,
        "{ink} pixels of ink, {rest} around it"
    );
    assert_eq!(count(&picture, plain, 8, INK, 40), 0, "a dot has no mark");
    assert!(count(&picture, plain, 8, CRITICAL, 40) > 200);
}

#[test]
fn what_is_late_or_silent_says_so_by_signs_and_not_only_by_its_colour() {
    let Some(mut scene) = Scene::open("signs") else {
        return;
    };
    scene.go_to_free_ground();
    let places = [free(-40.0, 0.0), free(0.0, 0.0), free(40.0, 0.0)];
    let mut told = rows(&places.map(|place| (place, gas(4))), NOW_S - 1.0);
    // 5 periods ago: late, one because its source is, the other because it is silent itself.
    told.seen = vec![NOW_S - 1.0, NOW_S - 50.0, NOW_S - 50.0];
    let look = LayerLook {
        size: LARGE,
        ..points()
    };
    scene.show_layer(layer(look));
    scene.tell(TwinCommand::SetPoints {
        layer: LAYER,
        points: Arc::new(told),
    });
    scene.tell(TwinCommand::SetSourceLate {
        layer: LAYER,
        rows: vec![(1, true)],
    });
    scene.rest();
    let picture = scene.picture();
    let middles = places.map(|place| scene.pixel_of(place));
    // Left of the mark, inside the diamond: what is old is dim.
    let [fresh, source_late, silent] = middles.map(|px| at(&picture, moved(px, -42, -2)));
    for old in [source_late, silent] {
        assert!(
            i32::from(fresh[0]) > i32::from(old[0]) + 40,
            "{fresh:?} when fresh, {old:?} when old"
        );
    }
    // A clock at the right foot, 37 px from the middle both ways, and why at the left foot.
    let signs =
        middles.map(|px| [37, -37].map(|across| light(&picture, moved(px, across, 37), 15)));
    assert_eq!(signs[0], [0, 0], "what is fresh has signs of age");
    for [clock, why] in [signs[1], signs[2]] {
        assert!(clock > 60 && why > 60, "{clock} and {why} light pixels");
    }
    // A bar for a late source, a ring that is open to the right for a silent device.
    let why = |symbol: usize, across, down| {
        is_light(&picture, moved(middles[symbol], across - 37, down + 37))
    };
    assert!(why(1, -7, 0) && why(1, 7, 0) && !why(1, 0, -9) && !why(1, 0, 9));
    assert!(why(2, -9, 0) && why(2, 0, -9) && why(2, 0, 9) && !why(2, 9, 0) && !why(2, 0, 0));
    // A cross when the hub is gone.
    scene.tell(TwinCommand::SetHubGone(true));
    scene.rest();
    let picture = scene.picture();
    let cross = |across, down| is_light(&picture, moved(middles[2], across - 37, down + 37));
    assert!(cross(-6, -6) && cross(6, 6) && cross(6, -6) && cross(-6, 6) && cross(0, 0));
    assert!(!cross(-9, 0) && !cross(0, 9));
}

/// A field of 64 MiB over the free ground, everywhere 5.
fn vast_field() -> LayerShape {
    let grid = Grid {
        columns: 4_096,
        rows: 4_096,
        min: [190.4 - 102.4, -102.4],
        step_m: 0.05,
    };
    let raster = Raster::new(&grid, vec![5.0; grid.cells()]).expect("a sound raster");
    LayerShape::Heat {
        origin: PLACE,
        raster: Arc::new(raster),
        scale: RampScale {
            ramp: RampId::Batlow,
            from: 0.0,
            to: 10.0,
        },
        steps: 0,
    }
}

#[test]
fn a_layer_without_room_leaves_no_pixels_is_told_and_comes_back_with_the_room() {
    let Some(mut scene) = Scene::open("room") else {
        return;
    };
    // Half of it is for live layers, which is just as much as the field alone takes.
    let max_bytes = 128 << 20;
    scene
        .twin
        .send(TwinMessage::SetTileBudget(Budget { max_bytes }));
    scene.go_to_free_ground();
    let before = scene.picture();
    let look = LayerLook {
        heat: HeatOf::Value { power: 2.0 },
        ..LayerLook::of(LayerKind::Heat)
    };
    let symbols = TwinLayer {
        number: LAYER + 1,
        id: LayerId::new("symbols"),
        ..layer(points())
    };
    let symbol = free(30.0, 0.0);
    scene.show_layer(layer(look.clone()));
    scene.tell(TwinCommand::SetLayers(vec![layer(look), symbols]));
    scene.tell(TwinCommand::SetPoints {
        layer: LAYER + 1,
        points: Arc::new(rows(&[(symbol, gas(4))], NOW_S - 1.0)),
    });
    scene.tell(TwinCommand::SetShape {
        layer: LAYER,
        shape: vast_field(),
    });
    scene.rest();
    let picture = scene.picture();
    let refusal = scene.refusal().expect("there is no room for it");
    assert_eq!(refusal.needed_mib, 64);
    assert!(refusal.free_mib < 64, "{refusal}");
    for east in [-40.0, -20.0, 0.0] {
        let px = scene.pixel_of(free(east, 0.0));
        let (was, is) = (at(&before, px), at(&picture, px));
        assert!(is_near(is, was, 2), "{was:?} became {is:?}");
    }
    let red = count(&picture, scene.pixel_of(symbol), 14, CRITICAL, 40);
    assert!(red > 80, "only {red} pixels of the layer that has room");
    {
        let report = scene.report.lock().expect("not poisoned");
        let told = report.outputs.iter().rev().find_map(|output| match output {
            TwinOutput::Layers(counts) => counts.iter().find(|count| count.layer == LAYER),
            _ => None,
        });
        assert_eq!(told.and_then(|count| count.refusal), Some(refusal));
        let problems = format!("{:?}", report.problems);
        assert!(problems.contains("64 MiB"), "{problems}");
    }

    let max_bytes = 1 << 30;
    scene
        .twin
        .send(TwinMessage::SetTileBudget(Budget { max_bytes }));
    scene.rest();
    let picture = scene.picture();
    assert_eq!(scene.refusal(), None);
    let px = scene.pixel_of(free(-20.0, 0.0));
    let (was, is) = (at(&before, px), at(&picture, px));
    assert!(!is_near(is, was, 12), "the field is not back: {is:?}");
}
