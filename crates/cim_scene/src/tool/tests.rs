//! A person with a tool: clicks in, numbers and rings out.

use super::*;
use crate::{Drawings, NeedsFrame, Quantity, ScenePlugin, SceneSystems, Selected, take_outputs};

const ORIGIN: Geodetic = Geodetic {
    lon_deg: 121.5,
    lat_deg: 31.24,
    height_m: 0.0,
};

/// Whoever holds the meshes, in a city of flat ground with a plateau of 10 m in the east.
fn answer(
    mut questions: MessageReader<'_, '_, PickFeature>,
    mut hits: MessageWriter<'_, FeatureHit>,
) {
    for question in questions.read() {
        let ray = WorldRay {
            origin: question.origin,
            dir: question.dir,
        };
        let plateau = ray.origin + ray.dir * ((10.0 - ray.origin.z) / ray.dir.z);
        hits.write(FeatureHit {
            question: question.question,
            what: None,
            at: (plateau.x > 50.0).then_some(plateau),
            normal: None,
        });
    }
}

fn app() -> App {
    let mut app = App::new();
    app.add_plugins(ScenePlugin)
        .add_systems(Update, answer.in_set(SceneSystems::Answers));
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
            radius_m: 500.0,
        },
    );
    settle(&mut app);
    app
}

fn send(app: &mut App, command: TwinCommand) {
    app.world_mut().write_message(command);
}

fn tool(app: &mut App, command: ToolCommand) {
    send(app, TwinCommand::Tool(command));
}

/// Updates until nothing goes on by itself any more; what the twin told, apart from the camera's moves.
fn settle(app: &mut App) -> Vec<TwinOutput> {
    let mut told = Vec::new();
    for _ in 0..200 {
        app.update();
        told.append(&mut take_outputs(app.world_mut()));
        if !app.world().resource::<NeedsFrame>().goes_on() {
            break;
        }
    }
    told.retain(|output| !matches!(output, TwinOutput::CameraMoved { .. }));
    told
}

/// Clicks where a point of the city appears.
fn click(app: &mut App, point: DVec3) -> Vec<TwinOutput> {
    let seen = app
        .world()
        .resource::<OrbitCamera>()
        .project(point)
        .expect("in front");
    send(app, TwinCommand::Pick { at: seen.px });
    settle(app)
}

#[track_caller]
fn check_value(output: Option<&TwinOutput>, wanted: Quantity, expected: f64) {
    let Some(TwinOutput::Measured { values, .. }) = output else {
        panic!("nothing was measured: {output:?}");
    };
    let found = values.iter().find(|(quantity, _)| *quantity == wanted);
    let (_, found) = found.expect("measured");
    assert!((found - expected).abs() < 0.1, "{wanted:?} is {found}");
}

#[test]
fn a_way_over_a_plateau_is_measured_on_map_slope_and_ground() {
    let mut app = app();
    tool(
        &mut app,
        ToolCommand::Start(ToolKind::Measure(MeasureKind::Distance)),
    );
    assert!(click(&mut app, DVec3::new(-100.0, 0.0, 0.0)).is_empty());
    let told = click(&mut app, DVec3::new(100.0, 0.0, 10.0));
    check_value(told.last(), Quantity::Level, 200.0);
    assert!(matches!(
        told.last(),
        Some(TwinOutput::Measured {
            is_final: false,
            ..
        })
    ));

    tool(&mut app, ToolCommand::Finish);
    let told = settle(&mut app);
    assert!(matches!(
        told.as_slice(),
        [TwinOutput::Measured { is_final: true, .. }]
    ));
    check_value(told.last(), Quantity::Direct, 200.25);
    // The plateau's edge lies within one of the 5 m steps.
    check_value(told.last(), Quantity::Ground, 195.0 + 5.0_f64.hypot(10.0));
    assert!(!app.world().resource::<Tool>().is_active());
    assert!(
        !app.world().resource::<Drawings>().lines.is_empty(),
        "the result stays"
    );
    tool(&mut app, ToolCommand::Cancel);
    settle(&mut app);
    assert!(app.world().resource::<Drawings>().lines.is_empty());
}

#[test]
fn a_tool_takes_the_clicks_for_itself() {
    let mut app = app();
    tool(
        &mut app,
        ToolCommand::Start(ToolKind::Sketch(SketchKind::Geofence)),
    );
    for [east_m, north_m] in [[0.0, 0.0], [40.0, 0.0], [40.0, 30.0]] {
        let told = click(&mut app, DVec3::new(east_m, north_m, 0.0));
        assert!(told.is_empty(), "{told:?}");
    }
    assert_eq!(app.world().resource::<Selected>().0, None);
    // A double click: its second click is no corner.
    click(&mut app, DVec3::new(0.0, 30.0, 0.0));
    click(&mut app, DVec3::new(0.0, 30.0, 0.0));
    tool(&mut app, ToolCommand::Finish);
    let told = settle(&mut app);
    let [TwinOutput::Sketched(Sketch::Ring { kind, ring })] = told.as_slice() else {
        panic!("no ring: {told:?}");
    };
    assert_eq!((*kind, ring.len()), (SketchKind::Geofence, 4));
    let city = app.world().resource::<City>();
    let corner = city.enu_from_geodetic(ring[2]).expect("a place");
    assert!(corner.distance(DVec3::new(40.0, 30.0, 0.0)) < 0.05);
    assert!(
        app.world().resource::<Drawings>().areas.is_empty(),
        "the desk draws it now"
    );
    let told = click(&mut app, DVec3::new(-80.0, 0.0, 0.0));
    assert_eq!(told, [TwinOutput::Picked(None)]);
}

#[test]
fn a_place_is_told_at_its_click() {
    let mut app = app();
    tool(
        &mut app,
        ToolCommand::Start(ToolKind::Sketch(SketchKind::Point)),
    );
    let told = click(&mut app, DVec3::new(40.0, 30.0, 0.0));
    let [TwinOutput::Sketched(Sketch::Point { at })] = told.as_slice() else {
        panic!("no place: {told:?}");
    };
    let city = app.world().resource::<City>();
    let place = city.enu_from_geodetic(*at).expect("a place");
    assert!(place.distance(DVec3::new(40.0, 30.0, 0.0)) < 0.05);
    assert!(!app.world().resource::<Tool>().is_active());
}

#[test]
fn a_ring_with_too_few_corners_goes_on() {
    let mut app = app();
    tool(
        &mut app,
        ToolCommand::Start(ToolKind::Measure(MeasureKind::Area)),
    );
    click(&mut app, DVec3::ZERO);
    click(&mut app, DVec3::new(40.0, 0.0, 0.0));
    tool(&mut app, ToolCommand::Finish);
    assert!(settle(&mut app).is_empty());
    let told = click(&mut app, DVec3::new(40.0, 40.0, 0.0));
    check_value(told.last(), Quantity::Area, 800.0);
    tool(&mut app, ToolCommand::Undo);
    settle(&mut app);
    let told = click(&mut app, DVec3::new(40.0, 20.0, 0.0));
    check_value(told.last(), Quantity::Area, 400.0);
    tool(&mut app, ToolCommand::Finish);
    let told = settle(&mut app);
    assert!(matches!(
        told.as_slice(),
        [TwinOutput::Measured { is_final: true, .. }]
    ));
}

#[test]
fn a_box_is_done_with_the_click_that_sets_its_height() {
    let mut app = app();
    tool(
        &mut app,
        ToolCommand::Start(ToolKind::Sketch(SketchKind::SectionBox)),
    );
    click(&mut app, DVec3::new(-20.0, -20.0, 0.0));
    click(&mut app, DVec3::new(20.0, 40.0, 0.0));
    let told = click(&mut app, DVec3::new(20.0, 40.0, 25.0));
    let [TwinOutput::Sketched(Sketch::Box { half_m, .. })] = told.as_slice() else {
        panic!("no box: {told:?}");
    };
    for (found, wanted) in half_m.iter().zip([20.0, 30.0, 12.5]) {
        assert!((found - wanted).abs() < 0.1, "{half_m:?}");
    }
}

#[test]
fn the_pointer_previews_the_next_point() {
    let mut app = app();
    tool(
        &mut app,
        ToolCommand::Start(ToolKind::Measure(MeasureKind::Distance)),
    );
    click(&mut app, DVec3::ZERO);
    let seen = app
        .world()
        .resource::<OrbitCamera>()
        .project(DVec3::new(0.0, 60.0, 0.0))
        .expect("in front");
    send(&mut app, TwinCommand::Hover { at: Some(seen.px) });
    assert!(settle(&mut app).is_empty());
    let drawings = app.world().resource::<Drawings>();
    assert_eq!(drawings.texts[0].text, "60.0 m");
}

#[test]
fn answers_that_never_come_stop_nothing() {
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
            radius_m: 500.0,
        },
    );
    settle(&mut app);
    tool(
        &mut app,
        ToolCommand::Start(ToolKind::Measure(MeasureKind::Height)),
    );
    for _ in 0..40 {
        click(&mut app, DVec3::ZERO);
        click(&mut app, DVec3::X * 30.0);
    }
    assert!(app.world().resource::<Tool>().clicks.len() <= MOST_WAITING);
    tool(&mut app, ToolCommand::Finish);
    assert!(settle(&mut app).is_empty());
    tool(&mut app, ToolCommand::Cancel);
    settle(&mut app);
    assert!(!app.world().resource::<Tool>().is_active());
}
