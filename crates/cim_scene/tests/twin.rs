//! The scene as a person meets it: an `App`, no window, commands in, view and selection out.

#![expect(clippy::expect_used, reason = "in a test, a panic is the report")]

use bevy_app::App;
use bevy_ecs::prelude::Messages;
use bevy_math::DVec3;
use cim_geo::{Enu, Geodetic, LocalFrame};
use cim_model::{
    Freshness, Layer, SensorKind, Severity, Symbol, SymbolKey, SymbolShape, SymbolState,
};
use cim_scene::{
    Dirt, FeatureHit, FrameStep, HOVERED_BIT, Hovered, Label, LayerState, Move, NeedsFrame,
    OrbitCamera, PickFeature, PickPurpose, Picked, SELECTED_BIT, ScenePlugin, Selected,
    ShownLabels, Symbols, TwinCommand, TwinOutput, enu_from_render, label_px, take_outputs,
};

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

fn symbol(row: u32, shape: SymbolShape, position: Geodetic) -> Symbol {
    let state = SymbolState {
        severity: Severity::Normal,
        freshness: Freshness::Fresh,
        shown: true,
        unreal: false,
    };
    Symbol {
        key: SymbolKey(row),
        shape,
        position,
        state,
    }
}

fn gas(row: u32, position: Geodetic) -> Symbol {
    symbol(row, SymbolShape::Sensor(SensorKind::Gas), position)
}

/// Where a symbol appears.
fn pixel_of(app: &App, row: u32) -> [f32; 2] {
    let [x, y, z] = app
        .world()
        .resource::<Symbols>()
        .position(row)
        .expect("a row")
        .map(f64::from);
    camera(app)
        .project(enu_from_render(DVec3::new(x, y, z)))
        .expect("in front")
        .px
}

/// Clicks and waits; what the twin told.
fn click(app: &mut App, at: [f32; 2]) -> Vec<TwinOutput> {
    act(app, TwinCommand::Pick { at })
}

fn picked(row: u32) -> TwinOutput {
    TwinOutput::Picked(Some(Picked::Symbol(SymbolKey(row))))
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

#[test]
fn a_click_picks_the_nearest_symbol() {
    let mut app = open_city();
    act(
        &mut app,
        TwinCommand::SetSymbols(vec![gas(0, place(0.0, 0.0)), gas(1, place(14.0, 0.0))]),
    );
    let [x, y] = pixel_of(&app, 1);
    assert!((pixel_of(&app, 0)[0] - x).abs() > 4.0);
    assert_eq!(click(&mut app, [x + 3.0, y - 2.0]), [picked(1)]);
    assert_eq!(
        app.world().resource::<Selected>().0,
        Some(Picked::Symbol(SymbolKey(1)))
    );
    assert!(questions(&mut app).is_empty());
}

#[test]
fn at_one_place_a_pin_is_picked_by_its_head_and_a_camera_goes_before_a_sensor() {
    let mut app = open_city();
    let here = place(50.0, 50.0);
    let wedge = SymbolShape::Camera {
        azimuth_deg: 10.0,
        fov_deg: 60.0,
        range_m: 80.0,
    };
    let all = vec![
        gas(0, here),
        symbol(1, wedge, here),
        symbol(2, SymbolShape::Event, here),
    ];
    act(&mut app, TwinCommand::SetSymbols(all));
    let at = pixel_of(&app, 0);
    assert_eq!(click(&mut app, [at[0], at[1] - 20.0]), [picked(2)]);
    act(
        &mut app,
        TwinCommand::SwitchLayer {
            layer: Layer::Events,
            to: LayerState::Hidden,
        },
    );
    assert_eq!(click(&mut app, at), [picked(1)]);
}

#[test]
fn a_symbol_of_a_hidden_layer_is_neither_drawn_nor_picked() {
    let mut app = open_city();
    act(
        &mut app,
        TwinCommand::SetSymbols(vec![gas(0, place(0.0, 0.0))]),
    );
    let at = pixel_of(&app, 0);
    act(
        &mut app,
        TwinCommand::SwitchLayer {
            layer: Layer::Sensors,
            to: LayerState::Hidden,
        },
    );
    act(
        &mut app,
        TwinCommand::SwitchLayer {
            layer: Layer::Buildings,
            to: LayerState::Hidden,
        },
    );
    assert!(!app.world().resource::<Symbols>().is_visible(0));
    assert_eq!(click(&mut app, at), [TwinOutput::Picked(None)]);
    act(
        &mut app,
        TwinCommand::SwitchLayer {
            layer: Layer::Sensors,
            to: LayerState::Shown,
        },
    );
    assert_eq!(click(&mut app, at), [picked(0)]);
}

#[test]
fn a_click_beside_every_symbol_asks_for_a_building() {
    let mut app = open_city();
    act(
        &mut app,
        TwinCommand::SetSymbols(vec![gas(0, place(0.0, 0.0))]),
    );
    let told = [
        click(&mut app, [200.0, 600.0]),
        click(&mut app, [210.0, 600.0]),
    ]
    .concat();
    assert!(told.is_empty(), "{told:?}");
    let asked = questions(&mut app);
    let newest = asked.last().expect("asked");
    assert_eq!(newest.purpose, PickPurpose::Pick);
    assert!(newest.origin.distance(camera(&app).eye()) < 1e-9);

    let tower = Picked::Feature {
        tile: 4,
        feature: 2,
        id: "w12".into(),
        name: "塔".into(),
    };
    let (old, question) = (newest.question - 1, newest.question);
    let hit = |question, what| FeatureHit {
        question,
        what,
        at: None,
        normal: None,
    };
    app.world_mut().write_message(hit(old, None));
    app.world_mut()
        .write_message(hit(question, Some(tower.clone())));
    assert_eq!(settle(&mut app), [TwinOutput::Picked(Some(tower.clone()))]);
    assert_eq!(app.world().resource::<Selected>().0, Some(tower));
}

#[test]
fn hovering_tells_what_is_there_and_that_it_is_gone() {
    let mut app = open_city();
    act(
        &mut app,
        TwinCommand::SetSymbols(vec![gas(0, place(0.0, 0.0))]),
    );
    let at = pixel_of(&app, 0);
    let what = Some(Picked::Symbol(SymbolKey(0)));
    assert_eq!(
        act(&mut app, TwinCommand::Hover { at: Some(at) }),
        [TwinOutput::Hovering { what, at }]
    );
    assert_eq!(
        app.world().resource::<Symbols>().instance(0).packed & HOVERED_BIT,
        HOVERED_BIT
    );
    assert!(act(&mut app, TwinCommand::Hover { at: Some(at) }).is_empty());
    assert_eq!(
        act(&mut app, TwinCommand::Hover { at: None }),
        [TwinOutput::Hovering { what: None, at }]
    );
    assert_eq!(app.world().resource::<Hovered>().0, None);
}

#[test]
fn changes_and_a_selection_touch_only_their_own_rows() {
    let mut app = open_city();
    let all: Vec<Symbol> = (0..1000)
        .map(|row| gas(row, place(f64::from(row % 50) * 20.0, 0.0)))
        .collect();
    act(&mut app, TwinCommand::SetSymbols(all));
    let mut ranges = Vec::new();
    assert_eq!(
        app.world_mut()
            .resource_mut::<Symbols>()
            .take_dirty(&mut ranges),
        Dirt::All
    );
    let before: Vec<_> = app
        .world()
        .resource::<Symbols>()
        .instances(0..1000)
        .collect();

    let worse = SymbolState {
        severity: Severity::High,
        freshness: Freshness::Fresh,
        shown: true,
        unreal: false,
    };
    let no_news = SymbolState {
        severity: Severity::Normal,
        ..worse
    };
    send(
        &mut app,
        TwinCommand::ChangeSymbols(vec![(SymbolKey(500), worse), (SymbolKey(30), no_news)]),
    );
    let told = act(
        &mut app,
        TwinCommand::Select(Some(Picked::Symbol(SymbolKey(3)))),
    );
    assert!(told.is_empty(), "the desk chose it and need not be told");
    assert_eq!(
        app.world_mut()
            .resource_mut::<Symbols>()
            .take_dirty(&mut ranges),
        Dirt::Rows
    );
    let rows: Vec<(u32, u32)> = ranges
        .iter()
        .map(|range| (range.start, range.end))
        .collect();
    assert_eq!(rows, [(3, 4), (500, 501)]);

    let after: Vec<_> = app
        .world()
        .resource::<Symbols>()
        .instances(0..1000)
        .collect();
    for (row, (old, new)) in before.iter().zip(&after).enumerate() {
        assert_eq!(old != new, row == 3 || row == 500, "row {row}");
    }
    assert_eq!(after[3].packed, before[3].packed | SELECTED_BIT);
}

#[test]
fn symbols_that_come_before_the_city_find_their_place_in_it() {
    let mut app = App::new();
    app.add_plugins(ScenePlugin);
    act(
        &mut app,
        TwinCommand::SetSymbols(vec![gas(0, place(100.0, 200.0))]),
    );
    assert!(!app.world().resource::<Symbols>().is_visible(0));
    act(
        &mut app,
        TwinCommand::OpenCity {
            origin: ORIGIN,
            radius_m: 1500.0,
        },
    );
    let symbols = app.world().resource::<Symbols>();
    assert!(symbols.is_visible(0));
    let [x, y, z] = symbols.position(0).expect("a row");
    assert!((x - 100.0).abs() < 0.01 && (y - 1.5).abs() < 0.01 && (z + 200.0).abs() < 0.01);
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
    act(
        &mut app,
        TwinCommand::SetSymbols(vec![gas(0, place(0.0, 0.0))]),
    );
    act(&mut app, TwinCommand::SetLabels(crowd_of_labels()));
    assert!(app.world_mut().resource_mut::<NeedsFrame>().take());
    for _ in 0..3 {
        app.update();
        assert!(!app.world_mut().resource_mut::<NeedsFrame>().take());
        assert!(!app.world().resource::<NeedsFrame>().goes_on());
    }
    // The same state again is no news.
    let same = SymbolState {
        severity: Severity::Normal,
        freshness: Freshness::Fresh,
        shown: true,
        unreal: false,
    };
    act(
        &mut app,
        TwinCommand::ChangeSymbols(vec![(SymbolKey(0), same)]),
    );
    assert!(!app.world_mut().resource_mut::<NeedsFrame>().take());
    act(
        &mut app,
        TwinCommand::ChangeSymbols(vec![(
            SymbolKey(0),
            SymbolState {
                severity: Severity::Low,
                ..same
            },
        )]),
    );
    assert!(app.world_mut().resource_mut::<NeedsFrame>().take());
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
    let no_state = SymbolState::default();
    let label = |text: &str, position: Geodetic| Label {
        text: text.into(),
        position,
        rank: 255,
        path: None,
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
        TwinCommand::SetSymbols(vec![gas(u32::MAX, ORIGIN), gas(2, nowhere)]),
        TwinCommand::ChangeSymbols(vec![
            (SymbolKey(u32::MAX), no_state),
            (SymbolKey(0), no_state),
        ]),
        TwinCommand::Select(Some(Picked::Symbol(SymbolKey(u32::MAX)))),
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
    assert_eq!(app.world().resource::<Symbols>().rows(), 3);
    assert!(!app.world().resource::<Symbols>().is_visible(2));
}
