//! Points of live layers: at the pixel of a thing stand its state's colour and shape.

use super::{PLACE, Scene, at, is_near, off};
use cim_geo::Geodetic;
use cim_layers::{
    PointChange, PointState, SHAPE_CAMERA, SHAPE_VEHICLE,
    layer::{Gathering, LayerId, LayerKind, LayerLook, Paint, Size, Stand},
    points::sensor_shape,
};
use cim_model::{SensorKind, UtcMillis};
use cim_render::Uploaded;
use cim_scene::{CameraWedge, LayerPoints, LiveLayers, Move, MoveReport, TwinCommand, TwinLayer};
use cim_viewport::Picture;
use std::sync::Arc;

/// The number of the layer under test.
pub(super) const LAYER: u16 = 16;
/// The moment that seconds count from, and how many have passed.
pub(super) const EPOCH: UtcMillis = UtcMillis(1_790_000_000_000);
pub(super) const NOW_S: f32 = 200.0;
/// Every thing promises to report so often, seconds.
const PERIOD_S: f32 = 10.0;

/// Colours of the classes, and of the night's ground.
pub(super) const NORMAL: [u8; 3] = [0x8A, 0x9A, 0xA9];
pub(super) const MEDIUM: [u8; 3] = [0xF2, 0xD2, 0x4B];
pub(super) const HIGH: [u8; 3] = [0xFF, 0x9A, 0x1F];
pub(super) const CRITICAL: [u8; 3] = [0xFF, 0x4D, 0x4F];
pub(super) const GROUND: [u8; 3] = [0x10, 0x16, 0x1C];

/// A layer that shows each point as a symbol.
pub(super) fn points() -> LayerLook {
    LayerLook {
        gather: Gathering::Each,
        ..LayerLook::of(LayerKind::Points)
    }
}

/// The layer under test, with a look.
pub(super) fn layer(look: LayerLook) -> TwinLayer {
    TwinLayer {
        number: LAYER,
        id: LayerId::new("test"),
        look,
        palette: Arc::from([]),
        shown: true,
        is_moving: false,
        nearest_m: 0.0,
        farthest_m: f32::INFINITY,
    }
}

pub(super) fn gas(class: u8) -> PointState {
    PointState::new(sensor_shape(SensorKind::Gas), class)
}

pub(super) fn rows(things: &[(Geodetic, PointState)], seen_s: f32) -> LayerPoints {
    LayerPoints {
        epoch: EPOCH,
        places: things.iter().map(|(place, _)| *place).collect(),
        states: things.iter().map(|(_, state)| *state).collect(),
        seen: vec![seen_s; things.len()],
        period: vec![PERIOD_S; things.len()],
        things: Vec::new(),
    }
}

/// Two colours mixed as light is.
pub(super) fn mixed(below: [u8; 3], above: [u8; 3], share: f64) -> [u8; 3] {
    let light = |value: u8| {
        let value = f64::from(value) / 255.0;
        if value <= 0.040_45 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    };
    let code = |value: f64| {
        let value = if value <= 0.003_130_8 {
            value * 12.92
        } else {
            1.055 * value.powf(1.0 / 2.4) - 0.055
        };
        (value * 255.0).round() as u8
    };
    let mut out = [0; 3];
    for ((out, below), above) in out.iter_mut().zip(below).zip(above) {
        *out = code(light(below) * (1.0 - share) + light(above) * share);
    }
    out
}

/// How many pixels around `middle`, up to `reach` away across and down, look like `colour`.
pub(super) fn count(
    picture: &Picture,
    [x, y]: [u32; 2],
    reach: u32,
    colour: [u8; 3],
    tolerance: i32,
) -> usize {
    (x.saturating_sub(reach)..(x + reach).min(picture.width))
        .flat_map(|x| {
            (y.saturating_sub(reach)..(y + reach).min(picture.height)).map(move |y| [x, y])
        })
        .filter(|px| is_near(at(picture, *px), colour, tolerance))
        .count()
}

pub(super) fn moved([x, y]: [u32; 2], across: i32, down: i32) -> [u32; 2] {
    [
        x.saturating_add_signed(across),
        y.saturating_add_signed(down),
    ]
}

impl Scene {
    /// Shows the layer under test, at [`NOW_S`].
    pub(super) fn show_layer(&mut self, layer: TwinLayer) {
        self.tell(TwinCommand::SetTime {
            at: EPOCH.plus_seconds(f64::from(NOW_S)),
            rate: 0.0,
        });
        self.tell(TwinCommand::SetLayers(vec![layer]));
    }

    /// Shows points that have just reported.
    pub(super) fn show_points(&mut self, look: LayerLook, things: &[(Geodetic, PointState)]) {
        self.show_layer(layer(look));
        self.tell(TwinCommand::SetPoints {
            layer: LAYER,
            points: Arc::new(rows(things, NOW_S - 1.0)),
        });
        self.rest();
    }

    /// Frames until what fades in is there.
    pub(super) fn rest(&mut self) {
        for _ in 0..12 {
            self.twin.frame(0.1);
        }
    }

    /// What is seen of the layer under test: points and clusters.
    fn seen(&self) -> [usize; 2] {
        let layers = self.twin.app().world().resource::<LiveLayers>();
        let seen = &layers.get(LAYER).expect("the layer").seen;
        [seen.points.len(), seen.clusters.len()]
    }

    /// Free ground in the east from near by, so that symbols have their full size: 9 px around their middle when normal.
    pub(super) fn go_to_free_ground(&mut self) {
        self.tell(TwinCommand::GoToView {
            target: off(0.002, 0.0, 0.0),
            distance_m: 120.0,
            heading_deg: 0.0,
            pitch_deg: 60.0,
            how: Move::Jump,
        });
        self.settle();
    }
}

/// A place on the free ground, metres east and north of its middle.
pub(super) fn free(east_m: f64, north_m: f64) -> Geodetic {
    // At this latitude a degree is 95 200 m wide and 110 900 m high.
    off(0.002 + east_m / 95_200.0, north_m / 110_900.0, 0.0)
}

#[test]
fn a_symbol_has_the_colour_and_the_shape_of_its_class() {
    let Some(mut scene) = Scene::open("classes") else {
        return;
    };
    scene.go_to_free_ground();
    let places = [
        free(-30.0, 0.0),
        free(-10.0, 0.0),
        free(10.0, 0.0),
        free(30.0, 0.0),
    ];
    let classes = [0, 2, 3, 4];
    let things: Vec<_> = places.into_iter().zip(classes.map(gas)).collect();
    scene.show_points(points(), &things);
    let picture = scene.picture();
    let [normal, medium, high, critical] = places.map(|place| scene.pixel_of(place));
    let quiet = mixed(GROUND, NORMAL, 0.72);
    // Beside the mark in the middle, inside the disc.
    let colour = at(&picture, moved(normal, -7, 0));
    assert!(
        is_near(colour, quiet, 24),
        "normal is {colour:?}, not {quiet:?}"
    );
    for (px, colour) in [(medium, MEDIUM), (high, HIGH), (critical, CRITICAL)] {
        let covered = count(&picture, px, 20, colour, 30);
        assert!(covered > 120, "only {covered} pixels of {colour:?}");
    }
    // A square has its corners, a diamond has not, a triangle only the lower ones.
    let has = |px, across, down, colour| is_near(at(&picture, moved(px, across, down)), colour, 60);
    assert!(
        has(medium, -9, -9, MEDIUM) && has(medium, 9, 9, MEDIUM),
        "no square"
    );
    assert!(!has(critical, -13, -13, CRITICAL) && !has(critical, 13, 13, CRITICAL));
    assert!(
        has(critical, 0, -15, CRITICAL),
        "a diamond has its upper corner"
    );
    assert!(
        !has(high, -11, -10, HIGH) && has(high, -9, 11, HIGH),
        "no triangle"
    );
}

#[test]
fn what_is_late_is_weaker_and_what_is_missing_is_hollow() {
    let Some(mut scene) = Scene::open("age") else {
        return;
    };
    scene.go_to_free_ground();
    let places = [free(-25.0, 0.0), free(0.0, 0.0), free(25.0, 0.0)];
    let mut told = rows(&places.map(|place| (place, gas(4))), NOW_S - 1.0);
    // 5 periods ago, and 20.
    told.seen = vec![NOW_S - 1.0, NOW_S - 50.0, 0.0];
    scene.show_layer(layer(points()));
    scene.tell(TwinCommand::SetPoints {
        layer: LAYER,
        points: Arc::new(told),
    });
    scene.rest();
    let picture = scene.picture();
    // Left of the mark and above the signs of age, inside the diamond.
    let [fresh, late, missing] =
        places.map(|place| at(&picture, moved(scene.pixel_of(place), -12, -2)));
    assert!(is_near(fresh, CRITICAL, 30), "fresh is {fresh:?}");
    let weaker = mixed(GROUND, CRITICAL, 0.55);
    assert!(
        is_near(late, weaker, 30),
        "late is {late:?}, not {weaker:?}"
    );
    assert!(
        is_near(missing, GROUND, 24),
        "missing is {missing:?}, not hollow"
    );
    // Its outline is still there, in its colour.
    let outline = mixed(GROUND, CRITICAL, 0.45);
    let covered = count(&picture, scene.pixel_of(places[2]), 22, outline, 40);
    assert!(covered > 20, "only {covered} pixels of the outline");
}

#[test]
fn what_stands_above_is_as_strong_behind_the_tower_as_before_it() {
    let Some(mut scene) = Scene::open("above") else {
        return;
    };
    let hidden = off(0.0, 0.0006, 2.0);
    let mut colours = Vec::new();
    for stand in [Stand::On, Stand::Above, Stand::Through] {
        let look = LayerLook { stand, ..points() };
        scene.show_points(look, &[(hidden, gas(4))]);
        let picture = scene.picture();
        colours.push(at(&picture, moved(scene.pixel_of(hidden), -11, 0)));
    }
    assert!(!is_near(colours[0], CRITICAL, 60), "on: {:?}", colours[0]);
    for colour in &colours[1..] {
        assert!(
            is_near(*colour, CRITICAL, 30),
            "above or through: {colour:?}"
        );
    }
}

#[test]
fn things_close_together_become_one_disc_with_their_worst_and_part_near_by() {
    let Some(mut scene) = Scene::open("clusters") else {
        return;
    };
    // Forty things within 12 m, seen from 600 m; half of them medium.
    let things: Vec<_> = (0..40_u32)
        .map(|number| {
            let (east, north) = (f64::from(number % 8), f64::from(number / 8));
            let class = if number % 2 == 0 { 2 } else { 0 };
            (free(east * 1.5, north * 2.4), gas(class))
        })
        .collect();
    let gather = Gathering::Symbols { cell_px: 40.0 };
    scene.show_points(LayerLook { gather, ..points() }, &things);
    assert_eq!(scene.seen(), [0, 1]);
    let picture = scene.picture();
    let middle = scene.pixel_of(free(5.25, 4.8));
    // The disc is dark, its ring begins at the top with the worst: half of it is medium, the other half the rest.
    let radius = 10.0 + 4.0 * 40.0_f32.log10();
    let on_ring = |turn: f32| {
        let (sin, cos) = (turn * std::f32::consts::TAU).sin_cos();
        let away = radius - 1.7;
        at(
            &picture,
            moved(
                middle,
                (sin * away).round() as i32,
                (-cos * away).round() as i32,
            ),
        )
    };
    let (worse, rest) = (on_ring(0.30), on_ring(0.75));
    assert!(is_near(worse, MEDIUM, 70), "3 o'clock is {worse:?}");
    assert!(is_near(rest, NORMAL, 50), "9 o'clock is {rest:?}");
    let ink = count(&picture, middle, 9, [0xE8, 0xEE, 0xF4], 60);
    assert!(ink > 12, "only {ink} pixels of a count");

    scene.tell(TwinCommand::GoToView {
        target: free(5.0, 5.0),
        distance_m: 14.0,
        heading_deg: 0.0,
        pitch_deg: 70.0,
        how: Move::Jump,
    });
    scene.rest();
    let picture = scene.picture();
    let [alone, together] = scene.seen();
    assert!(alone > 10, "near by, {alone} alone and {together} clusters");
    let covered = count(&picture, scene.pixel_of(things[18].0), 12, MEDIUM, 40);
    assert!(covered > 60, "only {covered} pixels of one of them");
}

#[test]
fn dots_have_their_states_colours_and_the_worst_of_a_pixel_wins() {
    let Some(mut scene) = Scene::open("dots") else {
        return;
    };
    let (alone, shared) = (off(0.002, 0.0005, 0.0), off(0.001, -0.001, 0.0));
    let look = LayerLook {
        gather: Gathering::Dots { dot_px: 5.0 },
        ..points()
    };
    let crowd = (0..50).map(|_| (shared, gas(0)));
    let things: Vec<_> = crowd.chain([(shared, gas(4)), (alone, gas(3))]).collect();
    scene.show_points(look, &things);
    let picture = scene.picture();
    for (place, colour) in [(alone, HIGH), (shared, CRITICAL)] {
        let found = at(&picture, scene.pixel_of(place));
        assert!(is_near(found, colour, 60), "{found:?}, not {colour:?}");
    }
    let [x, y] = scene.pixel_of(alone);
    let beside = at(&picture, [x + 6, y]);
    assert!(!is_near(beside, HIGH, 60), "a dot of 5 px reaches 6 px far");
}

#[test]
fn a_point_painted_by_value_has_its_ramps_colour_and_an_alarm_keeps_its_own() {
    let Some(mut scene) = Scene::open("values") else {
        return;
    };
    let ramp = cim_layers::field::RampId::Viridis;
    let look = LayerLook {
        paint: Paint::ByValue {
            ramp,
            from: 0.0,
            to: 10.0,
            unit: String::new(),
        },
        size: Size::Pixels(6.0),
        ..points()
    };
    let (low, high, alarm) = (
        off(0.002, 0.0, 0.0),
        off(0.002, 0.0006, 0.0),
        off(0.002, -0.0006, 0.0),
    );
    let things = [
        (low, gas(0).with_value(1.0)),
        (high, gas(0).with_value(9.0)),
        (alarm, gas(4).with_value(1.0)),
    ];
    scene.show_points(look, &things);
    let picture = scene.picture();
    for (place, wanted) in [
        (low, ramp.srgb8(0.1)),
        (high, ramp.srgb8(0.9)),
        (alarm, CRITICAL),
    ] {
        let found = at(&picture, scene.pixel_of(place));
        assert!(is_near(found, wanted, 60), "{found:?}, not {wanted:?}");
    }
}

#[test]
fn a_change_of_one_point_costs_a_few_bytes_and_is_seen() {
    let Some(mut scene) = Scene::open("change") else {
        return;
    };
    scene.go_to_free_ground();
    let things: Vec<_> = (0..1_000_u32)
        .map(|number| {
            let (east, north) = (f64::from(number % 40), f64::from(number / 40));
            (free(east * 10.0 - 5.0, north * 10.0), gas(0))
        })
        .collect();
    let look = LayerLook {
        size: Size::Pixels(6.0),
        ..points()
    };
    scene.show_points(look, &things);
    let px = scene.pixel_of(things[1].0);
    let before = at(&scene.picture(), px);
    assert!(!is_near(before, CRITICAL, 60), "{before:?}");
    let uploaded = |scene: &Scene| *scene.twin.app().world().resource::<Uploaded>();
    let had = uploaded(&scene);
    scene.tell(TwinCommand::ChangePoints {
        layer: LAYER,
        changes: vec![PointChange {
            row: 1,
            state: gas(4),
            seen: NOW_S,
            period: PERIOD_S,
        }],
    });
    let after = at(&scene.picture(), px);
    assert!(is_near(after, CRITICAL, 60), "{after:?}");
    let has = uploaded(&scene);
    assert_eq!(has.columns, had.columns, "all points were written again");
    let bytes = has.changes - had.changes;
    // A state of 8 bytes, a head of 16, four bytes of offsets.
    assert!((1..=32).contains(&bytes), "{bytes} bytes for one state");
}

#[test]
fn a_layer_that_is_off_and_a_row_that_is_filtered_are_not_in_the_picture() {
    let Some(mut scene) = Scene::open("filter") else {
        return;
    };
    let (one, other) = (off(0.002, 0.0003, 0.0), off(0.002, -0.0006, 0.0));
    let things = [(one, gas(4)), (other, gas(4))];
    scene.show_points(points(), &things);
    let red = |scene: &mut Scene, place| {
        let picture = scene.picture();
        count(&picture, scene.pixel_of(place), 12, CRITICAL, 40) > 40
    };
    assert!(red(&mut scene, one) && red(&mut scene, other));
    scene.tell(TwinCommand::FilterPoints {
        layer: LAYER,
        taken: Some(Arc::from([0b10_u64])),
    });
    scene.rest();
    assert!(!red(&mut scene, one) && red(&mut scene, other));
    scene.show_layer(TwinLayer {
        shown: false,
        ..layer(points())
    });
    scene.rest();
    assert!(!red(&mut scene, other), "a layer that is off is drawn");
}

#[test]
fn a_vehicle_is_drawn_between_its_reports() {
    let Some(mut scene) = Scene::open("vehicle") else {
        return;
    };
    scene.go_to_free_ground();
    let state = PointState::new(SHAPE_VEHICLE, 4);
    scene.show_layer(TwinLayer {
        is_moving: true,
        ..layer(points())
    });
    scene.tell(TwinCommand::SetPoints {
        layer: LAYER,
        points: Arc::new(rows(&[(free(-20.0, 0.0), state)], NOW_S - 10.0)),
    });
    scene.tell(TwinCommand::MovePoints {
        layer: LAYER,
        moves: vec![MoveReport {
            row: 0,
            place: free(20.0, 0.0),
            t: NOW_S,
            heading_deg: Some(90.0),
            speed_mps: None,
        }],
    });
    scene.rest();
    let begun = scene.picture();
    let end = scene.pixel_of(free(20.0, 0.0));
    let count_at = |picture: &Picture, px| count(picture, px, 14, CRITICAL, 40);
    assert!(
        count_at(&begun, end) < 40,
        "it is drawn at its goal before it can be there"
    );
    scene.tell(TwinCommand::SetTime {
        at: EPOCH.plus_seconds(f64::from(NOW_S) + 30.0),
        rate: 0.0,
    });
    scene.rest();
    let arrived = scene.picture();
    let covered = count_at(&arrived, end);
    assert!(covered > 80, "only {covered} pixels at its goal");
}

#[test]
fn a_camera_that_is_selected_shows_what_it_sees() {
    let Some(mut scene) = Scene::open("wedge") else {
        return;
    };
    let place = off(0.002, -0.0005, 3.0);
    scene.tell(TwinCommand::SetTime {
        at: EPOCH.plus_seconds(f64::from(NOW_S)),
        rate: 0.0,
    });
    scene.tell(TwinCommand::SetLayers(vec![TwinLayer {
        number: 1,
        ..layer(points())
    }]));
    scene.tell(TwinCommand::SetPoints {
        layer: 1,
        points: Arc::new(rows(
            &[(place, PointState::new(SHAPE_CAMERA, 0))],
            NOW_S - 1.0,
        )),
    });
    let ahead = off(0.002, -0.0005 + 0.0003, 0.0);
    scene.rest();
    let before = at(&scene.picture(), scene.pixel_of(ahead));
    scene.tell(TwinCommand::SetWedges(Arc::from([CameraWedge {
        row: 0,
        azimuth_deg: 0.0,
        fov_deg: 60.0,
        range_m: 80.0,
    }])));
    scene.tell(TwinCommand::SelectPoints(vec![cim_model::PointKey::new(
        1, 0,
    )]));
    scene.rest();
    let picture = scene.picture();
    let after = at(&picture, scene.pixel_of(ahead));
    assert!(
        after[2] > before[2].saturating_add(12),
        "its wedge: {before:?} → {after:?}"
    );
    let behind = off(0.002, -0.0005 - 0.0003, 0.0);
    let colour = at(&picture, scene.pixel_of(behind));
    assert!(is_near(colour, GROUND, 14), "behind it: {colour:?}");
}

#[test]
fn a_critical_symbol_stands_out_by_day_as_well() {
    let Some(mut scene) = Scene::open("day") else {
        return;
    };
    scene.tell(TwinCommand::SetLook {
        style: cim_scene::Style::Day,
        quality: cim_scene::Quality::Soft,
        sun: cim_scene::Sun {
            azimuth_deg: 180.0,
            altitude_deg: 45.0,
        },
    });
    let place = Geodetic {
        lon_deg: PLACE.lon_deg + 0.002,
        ..PLACE
    };
    scene.show_points(points(), &[(place, gas(4))]);
    let picture = scene.picture();
    let covered = count(&picture, scene.pixel_of(place), 14, CRITICAL, 30);
    assert!(covered > 80, "only {covered} pixels");
}
