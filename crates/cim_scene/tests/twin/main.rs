//! The scene as a person meets it: an `App`, no window, commands in, view and selection out.

#![expect(clippy::expect_used, reason = "in a test, a panic is the report")]

use bevy_app::App;
use bevy_ecs::prelude::Messages;
use bevy_math::DVec3;
use cim_geo::{Enu, Geodetic, LocalFrame};
use cim_layers::{
    PointChange, PointState,
    layer::{Gathering, LayerId, LayerKind, LayerLook},
    points::sensor_shape,
};
use cim_model::{Layer, PointKey, SensorKind, UtcMillis};
use cim_scene::{
    FrameStep, Label, LayerPoints, LayerState, LiveLayer, LiveLayers, Move, NeedsFrame,
    OrbitCamera, PickFeature, Picked, ScenePlugin, ShownLabels, TwinCommand, TwinLayer, TwinOutput,
    label_px, take_outputs,
};
use std::sync::Arc;

mod layers;
mod moving;
mod pick;
mod shape;

const ORIGIN: Geodetic = Geodetic {
    lon_deg: 121.5,
    lat_deg: 31.24,
    height_m: 0.0,
};

/// A city of 1 500 m in a picture of 1280×720, at rest.
fn open_city() -> App {
    let mut app = App::new();
    app.add_plugins(ScenePlugin);
    send(
        &mut app,
        TwinCommand::Resize {
            width: 1280,
            height: 720,
            scale: 1.0,
        },
    );
    send(
        &mut app,
        TwinCommand::OpenCity {
            origin: ORIGIN,
            radius_m: 1500.0,
        },
    );
    settle(&mut app);
    app
}

fn send(app: &mut App, command: TwinCommand) {
    app.world_mut().write_message(command);
}

/// Sends a command and waits until the twin rests; what it told meanwhile.
#[track_caller]
fn act(app: &mut App, command: TwinCommand) -> Vec<TwinOutput> {
    send(app, command);
    settle(app)
}

/// Updates until nothing moves any more; what the twin told meanwhile.
#[track_caller]
fn settle(app: &mut App) -> Vec<TwinOutput> {
    let mut told = Vec::new();
    for _ in 0..600 {
        app.update();
        told.append(&mut take_outputs(app.world_mut()));
        if !app.world().resource::<NeedsFrame>().goes_on() {
            return told;
        }
    }
    unreachable!("the twin never came to rest");
}

fn camera(app: &App) -> &OrbitCamera {
    app.world().resource::<OrbitCamera>()
}

fn place(east_m: f64, north_m: f64) -> Geodetic {
    LocalFrame::new(ORIGIN).geodetic_from_enu(Enu {
        east_m,
        north_m,
        up_m: 1.5,
    })
}

/// The epoch of every layer here.
const EPOCH: UtcMillis = UtcMillis(1_790_000_000_000);

/// The state of a gas sensor as it should be.
fn gas() -> PointState {
    PointState::new(sensor_shape(SensorKind::Gas), 0)
}

/// A layer that draws each point.
fn layer(number: u16, id: &str) -> TwinLayer {
    TwinLayer {
        number,
        id: LayerId::new(id),
        look: LayerLook {
            gather: Gathering::Each,
            ..LayerLook::of(LayerKind::Points)
        },
        palette: Arc::new([]),
        shown: true,
        is_moving: false,
        nearest_m: 0.0,
        farthest_m: f32::INFINITY,
    }
}

/// Sensors, cameras and events, all shown.
fn usual_layers() -> Vec<TwinLayer> {
    vec![layer(0, "sensors"), layer(1, "cameras"), layer(2, "events")]
}

/// Points that never age.
fn points(all: &[(PointState, Geodetic)]) -> Arc<LayerPoints> {
    Arc::new(LayerPoints {
        epoch: EPOCH,
        places: all.iter().map(|(_, place)| *place).collect(),
        states: all.iter().map(|(state, _)| *state).collect(),
        seen: vec![0.0; all.len()],
        period: vec![f32::INFINITY; all.len()],
        things: Vec::new(),
    })
}

/// Sets the usual layers, and gas sensors in layer 0.
fn set_sensors(app: &mut App, places: &[Geodetic]) {
    send(app, TwinCommand::SetLayers(usual_layers()));
    let all: Vec<(PointState, Geodetic)> = places.iter().map(|place| (gas(), *place)).collect();
    set_points(app, 0, &all);
}

fn set_points(app: &mut App, layer: u16, all: &[(PointState, Geodetic)]) {
    let points = points(all);
    act(app, TwinCommand::SetPoints { layer, points });
}

/// A report of a state.
fn report(row: u32, state: PointState) -> PointChange {
    PointChange {
        row,
        state,
        seen: 0.0,
        period: f32::INFINITY,
    }
}

fn live(app: &App) -> &LiveLayers {
    app.world().resource::<LiveLayers>()
}

fn live_layer(app: &App, number: u16) -> &LiveLayer {
    live(app).get(number).expect("a layer")
}

/// The state of a row.
fn state(app: &App, layer: u16, row: u32) -> PointState {
    let set = &live_layer(app, layer).set;
    set.state(set.slot_of(row).expect("a row"))
}

/// The flags with which a row is drawn; none when it is not drawn.
fn drawn_flags(app: &App, layer: u16, row: u32) -> Option<u32> {
    let layer = live_layer(app, layer);
    let slot = layer.set.slot_of(row)?;
    let point = layer.seen.points.iter().find(|point| point.slot == slot)?;
    Some(point.flags)
}

/// Where a row is, metres east, north and up.
fn place_of(app: &App, layer: u16, row: u32) -> DVec3 {
    let now = live(app).now_s(layer);
    let set = &live_layer(app, layer).set;
    let slot = set.slot_of(row).expect("a row");
    DVec3::from_array(set.place_at(slot, now).map(f64::from))
}

/// Where a row appears.
fn pixel_of(app: &App, layer: u16, row: u32) -> [f32; 2] {
    let place = place_of(app, layer, row);
    camera(app).project(place).expect("in front").px
}

/// What was told but for what is in the picture.
fn told_but_counts(told: Vec<TwinOutput>) -> Vec<TwinOutput> {
    told.into_iter()
        .filter(|output| {
            !matches!(
                output,
                TwinOutput::Layers(_) | TwinOutput::CameraMoved { .. }
            )
        })
        .collect()
}

/// Clicks and waits; what the twin told.
fn click(app: &mut App, at: [f32; 2]) -> Vec<TwinOutput> {
    told_but_counts(act(app, TwinCommand::Pick { at }))
}

fn point(layer: u16, row: u32) -> Picked {
    Picked::Point(PointKey { layer, row })
}

fn picked(layer: u16, row: u32) -> TwinOutput {
    TwinOutput::Picked(Some(point(layer, row)))
}

fn questions(app: &mut App) -> Vec<PickFeature> {
    app.world_mut()
        .resource_mut::<Messages<PickFeature>>()
        .drain()
        .collect()
}

#[track_caller]
fn check_near(found: [f32; 2], wanted: [f32; 2], within_px: f32) {
    let apart = (found[0] - wanted[0]).hypot(found[1] - wanted[1]);
    assert!(apart <= within_px, "{found:?} is not {wanted:?}");
}

#[test]
fn a_drag_keeps_the_ground_under_the_pointer() {
    let mut app = open_city();
    let held = camera(&app).ground_at([400.0, 300.0]).expect("ground");
    send(
        &mut app,
        TwinCommand::Pan {
            from: [400.0, 300.0],
            to: [520.0, 410.0],
        },
    );
    app.update();
    check_near(
        camera(&app).project(held).expect("in front").px,
        [520.0, 410.0],
        0.01,
    );
    settle(&mut app);
    check_near(
        camera(&app).project(held).expect("in front").px,
        [520.0, 410.0],
        0.01,
    );
}

#[test]
fn a_zoom_keeps_the_ground_under_the_cursor() {
    let mut app = open_city();
    let at = [300.0, 500.0];
    let held = camera(&app).ground_at(at).expect("ground");
    let before = camera(&app).view().distance_m;
    act(&mut app, TwinCommand::Zoom { at, notches: 4.0 });
    check_near(camera(&app).project(held).expect("in front").px, at, 0.01);
    assert!(camera(&app).view().distance_m < before * 0.6);
}

#[test]
fn a_flight_arrives_and_the_desk_hears_of_it() {
    let mut app = open_city();
    let outputs = act(
        &mut app,
        TwinCommand::FlyTo {
            place: place(600.0, -400.0),
            size_m: 100.0,
        },
    );
    let view = camera(&app).view();
    assert!(view.target.distance(DVec3::new(600.0, -400.0, 1.5)) < 0.01);
    assert!((view.distance_m - 250.0).abs() < 1e-9);
    let last = outputs.iter().rev().find_map(|output| match output {
        TwinOutput::CameraMoved { metres_per_px, .. } => Some(*metres_per_px),
        _ => None,
    });
    assert!((last.expect("told") - camera(&app).metres_per_px()).abs() < 1e-9);
    assert!(
        (2..15).contains(&outputs.len()),
        "told {} times",
        outputs.len()
    );
}

#[test]
fn a_jump_is_there_at_once() {
    let mut app = open_city();
    send(
        &mut app,
        TwinCommand::GoToView {
            target: place(0.0, 100.0),
            distance_m: 400.0,
            heading_deg: 90.0,
            pitch_deg: 30.0,
            how: Move::Jump,
        },
    );
    app.update();
    assert!(!camera(&app).moving());
    assert!((camera(&app).view().heading_deg() - 90.0).abs() < 1e-9);
    act(&mut app, TwinCommand::North);
    assert!(camera(&app).view().heading_deg() < 1e-9);
}

#[test]
fn the_same_city_again_leaves_the_camera_where_the_person_left_it() {
    let mut app = open_city();
    act(
        &mut app,
        TwinCommand::Zoom {
            at: [640.0, 360.0],
            notches: 3.0,
        },
    );
    let left = camera(&app).view();
    act(
        &mut app,
        TwinCommand::OpenCity {
            origin: ORIGIN,
            radius_m: 1500.0,
        },
    );
    assert_eq!(camera(&app).view(), left);
}

#[test]
fn a_saved_view_comes_back() {
    let mut app = open_city();
    act(
        &mut app,
        TwinCommand::FlyTo {
            place: place(300.0, 200.0),
            size_m: 80.0,
        },
    );
    let kept = camera(&app).view();
    let told = act(&mut app, TwinCommand::AskView);
    let Some(TwinOutput::View {
        target,
        distance_m,
        heading_deg,
        pitch_deg,
    }) = told.last().cloned()
    else {
        unreachable!("no view was told: {told:?}");
    };
    act(&mut app, TwinCommand::Overview);
    assert!(camera(&app).view().target.length() < 1e-6);
    act(
        &mut app,
        TwinCommand::GoToView {
            target,
            distance_m,
            heading_deg,
            pitch_deg,
            how: Move::Ease,
        },
    );
    assert!(camera(&app).view().eye().distance(kept.eye()) < 1e-6);
}

#[test]
fn the_desk_hears_what_the_camera_sees_of_the_ground() {
    let mut app = open_city();
    let told = act(&mut app, TwinCommand::Orbit { by: [40.0, 0.0] });
    let Some(TwinOutput::CameraMoved { eye, footprint, .. }) = told.last() else {
        unreachable!("nothing was told: {told:?}");
    };
    assert!((eye.height_m - camera(&app).eye().z).abs() < 1.0);
    assert_eq!(footprint.len(), 4);
    assert!(
        footprint
            .iter()
            .all(|[lon, lat]| (lon - 121.5).abs() < 0.2 && (lat - 31.24).abs() < 0.2)
    );
}

fn crowd_of_labels() -> Vec<Label> {
    (0_u8..200)
        .map(|number| Label {
            text: format!(
                "路{}{}",
                char::from(b'a' + number % 26),
                char::from(b'a' + number / 26)
            ),
            position: place(
                f64::from(number % 20) * 40.0 - 400.0,
                f64::from(number / 20) * 40.0 - 200.0,
            ),
            rank: number % 3,
            path: None,
            feature: None,
        })
        .collect()
}

#[test]
fn labels_never_overlap() {
    let mut app = open_city();
    act(&mut app, TwinCommand::SetLabels(crowd_of_labels()));
    let list = app.world().resource::<ShownLabels>().list().to_vec();
    assert!(list.len() > 5 && list.len() <= 120, "{} labels", list.len());
    assert!(
        list.iter()
            .all(|label| !label.is_leaving && label.alpha >= 1.0)
    );
    for (index, a) in list.iter().enumerate() {
        for b in &list[index + 1..] {
            // 汉字 and two letters: 2.1 em.
            let width = (label_px(a.rank) + label_px(b.rank)) * 2.1 * 0.5;
            let height = (label_px(a.rank) + label_px(b.rank)) * 0.5;
            let is_apart =
                (a.px[0] - b.px[0]).abs() >= width || (a.px[1] - b.px[1]).abs() >= height;
            assert!(is_apart, "{a:?} touches {b:?}");
        }
    }
}

#[test]
fn labels_fade_out_when_their_layer_is_hidden() {
    let mut app = open_city();
    act(&mut app, TwinCommand::SetLabels(crowd_of_labels()));
    send(
        &mut app,
        TwinCommand::SwitchLayer {
            layer: Layer::Labels,
            to: LayerState::Hidden,
        },
    );
    app.update();
    let shown = app.world().resource::<ShownLabels>();
    assert!(
        shown
            .list()
            .iter()
            .all(|label| label.is_leaving && label.alpha < 1.0 && label.alpha > 0.5)
    );
    settle(&mut app);
    assert!(app.world().resource::<ShownLabels>().list().is_empty());
}

#[test]
fn a_label_keeps_its_place_when_the_picture_moves_a_little() {
    let mut app = open_city();
    act(&mut app, TwinCommand::SetLabels(crowd_of_labels()));
    let indexes = |app: &App| {
        let mut list: Vec<u32> = app
            .world()
            .resource::<ShownLabels>()
            .list()
            .iter()
            .map(|label| label.index)
            .collect();
        list.sort_unstable();
        list
    };
    let before = indexes(&app);
    act(
        &mut app,
        TwinCommand::Pan {
            from: [600.0, 400.0],
            to: [602.0, 401.0],
        },
    );
    let after = indexes(&app);
    let kept = before.iter().filter(|index| after.contains(index)).count();
    assert!(
        kept * 10 >= before.len() * 8,
        "{kept} of {} stayed",
        before.len()
    );
}

#[test]
fn an_idle_scene_needs_no_frame() {
    let mut app = open_city();
    set_sensors(&mut app, &[place(0.0, 0.0)]);
    act(&mut app, TwinCommand::SetLabels(crowd_of_labels()));
    assert!(app.world_mut().resource_mut::<NeedsFrame>().take());
    for _ in 0..3 {
        app.update();
        assert!(!app.world_mut().resource_mut::<NeedsFrame>().take());
        assert!(!app.world().resource::<NeedsFrame>().goes_on());
    }
    for (state, is_news) in [(gas(), false), (gas().with_class(1), true)] {
        let changes = vec![report(0, state)];
        act(&mut app, TwinCommand::ChangePoints { layer: 0, changes });
        assert_eq!(
            app.world_mut().resource_mut::<NeedsFrame>().take(),
            is_news,
            "the same state again is no news"
        );
    }
    send(
        &mut app,
        TwinCommand::Zoom {
            at: [640.0, 360.0],
            notches: 1.0,
        },
    );
    app.update();
    assert!(app.world().resource::<NeedsFrame>().goes_on());
}

fn wild_gestures() -> Vec<TwinCommand> {
    vec![
        TwinCommand::Pan {
            from: [f32::NAN, 0.0],
            to: [1.0, 1.0],
        },
        TwinCommand::Pan {
            from: [-f32::MAX, f32::MAX],
            to: [f32::MAX, -f32::MAX],
        },
        TwinCommand::Orbit {
            by: [f32::INFINITY, f32::NAN],
        },
        TwinCommand::Orbit {
            by: [f32::MAX, f32::MAX],
        },
        TwinCommand::Zoom {
            at: [f32::NAN, f32::NAN],
            notches: 1e9,
        },
        TwinCommand::Zoom {
            at: [0.0, 0.0],
            notches: -1e9,
        },
        TwinCommand::Zoom {
            at: [0.0, 0.0],
            notches: f32::NAN,
        },
        TwinCommand::Pick {
            at: [f32::NAN, 3.0],
        },
        TwinCommand::Hover {
            at: Some([f32::INFINITY, 3.0]),
        },
        TwinCommand::Resize {
            width: 0,
            height: 0,
            scale: 0.0,
        },
        TwinCommand::Pick { at: [1.0, 3.0] },
        TwinCommand::Resize {
            width: u32::MAX,
            height: 1,
            scale: f32::NAN,
        },
    ]
}

fn wild_facts() -> Vec<TwinCommand> {
    let nowhere = Geodetic {
        lon_deg: f64::NAN,
        lat_deg: f64::INFINITY,
        height_m: f64::NAN,
    };
    let label = |text: &str, position: Geodetic| Label {
        text: text.into(),
        position,
        rank: 255,
        path: None,
        feature: None,
    };
    vec![
        TwinCommand::FlyTo {
            place: nowhere,
            size_m: 10.0,
        },
        TwinCommand::FlyTo {
            place: place(1e7, 0.0),
            size_m: f64::NAN,
        },
        TwinCommand::GoToView {
            target: ORIGIN,
            distance_m: f64::INFINITY,
            heading_deg: f64::NAN,
            pitch_deg: -1e300,
            how: Move::Ease,
        },
        TwinCommand::SetLayers(usual_layers()),
        TwinCommand::SetPoints {
            layer: 0,
            points: points(&[(gas(), ORIGIN), (gas(), nowhere), (gas(), place(1e7, 0.0))]),
        },
        TwinCommand::ChangePoints {
            layer: 0,
            changes: vec![report(u32::MAX, gas()), report(0, PointState::default())],
        },
        TwinCommand::Select(Some(point(u16::MAX, u32::MAX))),
        TwinCommand::SetLabels(vec![
            label("", ORIGIN),
            label("塔", nowhere),
            label("塔", ORIGIN),
        ]),
        TwinCommand::OpenCity {
            origin: nowhere,
            radius_m: -1.0,
        },
        TwinCommand::OpenCity {
            origin: ORIGIN,
            radius_m: f64::NAN,
        },
    ]
}

#[test]
fn wild_input_is_harmless() {
    let mut app = open_city();
    for seconds in [1.0 / 60.0, f64::NAN, -5.0, 1e9] {
        app.insert_resource(FrameStep { seconds });
        for command in wild_facts().into_iter().chain(wild_gestures()) {
            send(&mut app, command);
            app.update();
            assert!(camera(&app).eye().is_finite());
            assert!(camera(&app).eye().z > 1.9);
        }
    }
    app.insert_resource(FrameStep::default());
    act(
        &mut app,
        TwinCommand::Resize {
            width: 1280,
            height: 720,
            scale: 1.0,
        },
    );
    assert!(camera(&app).ground_at([640.0, 700.0]).is_some());
    let set = &live_layer(&app, 0).set;
    assert_eq!((set.rows(), set.placed()), (3, 1));
}
