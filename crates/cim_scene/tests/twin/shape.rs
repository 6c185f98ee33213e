//! What a layer holds besides points, in the frame of the open city.

use super::*;
use cim_layers::{
    field::{Contour, FloodMesh, RampId, Raster},
    motion::{
        bars::{BarLimit, BarScale, ColumnScale},
        fence::FenceShape,
    },
};
use cim_scene::{AreaPaintPlan, FlowLinePlan, LayerShape, RampScale, ShapeState};

const SCALE: RampScale = RampScale {
    ramp: RampId::Batlow,
    from: 0.0,
    to: 10.0,
};

/// A layer with a shape, after the points of its three sensors.
fn open_with(shape: LayerShape) -> App {
    let mut app = open_city();
    let places = [place(0.0, 0.0), place(60.0, 0.0), place(120.0, 0.0)];
    set_sensors(&mut app, &places);
    set_shape(&mut app, shape);
    app
}

fn set_shape(app: &mut App, shape: LayerShape) {
    act(app, TwinCommand::SetShape { layer: 0, shape });
}

fn shape(app: &App) -> &ShapeState {
    &live_layer(app, 0).shape
}

fn square(east: f32) -> FenceShape {
    FenceShape::Polygon {
        outer: vec![
            [east, 0.0],
            [east + 10.0, 0.0],
            [east + 10.0, 10.0],
            [east, 10.0],
        ],
        holes: Vec::new(),
    }
}

/// An origin 1 km east of the city's.
fn other_origin() -> Geodetic {
    LocalFrame::new(ORIGIN).geodetic_from_enu(Enu::new(1000.0, 0.0, 0.0))
}

fn raster(values: usize) -> Arc<Raster> {
    Arc::new(Raster {
        columns: 2,
        rows: 2,
        min: [0.0, 0.0],
        step_m: 100.0,
        values: vec![1.0; values],
    })
}

fn heat(origin: Geodetic, raster: Arc<Raster>) -> LayerShape {
    LayerShape::Heat {
        origin,
        raster,
        scale: SCALE,
        steps: 5,
    }
}

#[test]
fn a_raster_of_another_origin_is_brought_into_the_citys_frame() {
    let mut app = open_with(heat(ORIGIN, raster(4)));
    let ShapeState::Heat(held) = shape(&app) else {
        unreachable!("no raster");
    };
    assert!(held.raster.min[0].abs() < 1e-6);
    set_shape(&mut app, heat(other_origin(), raster(4)));
    let ShapeState::Heat(held) = shape(&app) else {
        unreachable!("no raster");
    };
    assert!(
        (held.raster.min[0] - 1000.0).abs() < 0.5,
        "{:?}",
        held.raster.min
    );
}

#[test]
fn a_raster_whose_values_do_not_fill_it_is_refused_and_said_so() {
    let app = open_with(heat(ORIGIN, raster(3)));
    assert!(matches!(shape(&app), ShapeState::Nothing));
    let fault = live_layer(&app, 0).fault().expect("a fault");
    assert!(fault.contains("2 by 2"), "{fault}");
}

#[test]
fn the_same_areas_with_other_paints_are_only_painted_anew() {
    let shapes: Arc<[FenceShape]> = Arc::new([square(0.0), square(f32::NAN)]);
    let areas = |paint: AreaPaintPlan| LayerShape::Areas {
        origin: ORIGIN,
        shapes: Arc::clone(&shapes),
        paints: Arc::new([paint, AreaPaintPlan::NoData]),
        up_m: 0.5,
    };
    let mut app = open_with(areas(AreaPaintPlan::Class(1)));
    let ShapeState::Areas(held) = shape(&app) else {
        unreachable!("no areas");
    };
    assert_eq!(held.shapes.len(), 2, "areas keep their numbers");
    assert_eq!(held.shapes[0], square(0.0));
    assert!(matches!(&held.shapes[1], FenceShape::Polygon { outer, .. } if outer.is_empty()));
    let layer = live_layer(&app, 0);
    let before = (layer.shape_revision(), layer.paints_revision());
    set_shape(&mut app, areas(AreaPaintPlan::Colour([1, 2, 3])));
    let layer = live_layer(&app, 0);
    assert_eq!(layer.shape_revision(), before.0);
    assert!(layer.paints_revision() > before.1);
}

#[test]
fn a_flow_takes_states_keeps_the_picture_going_and_names_a_line_with_a_fault() {
    let line = |to: f32| FlowLinePlan {
        places: vec![[0.0; 3], [to, 0.0, 0.0]],
        width_m: 1.0,
        speed: 0.0,
        state: gas(),
    };
    let mut app = open_with(LayerShape::Flow {
        origin: ORIGIN,
        lines: Arc::new([line(100.0), line(f32::NAN)]),
    });
    assert!(
        live_layer(&app, 0)
            .fault()
            .expect("a fault")
            .contains("line 1")
    );
    assert!(!live(&app).goes_on(), "nothing flows");
    let running = TwinCommand::SetTime {
        at: EPOCH,
        rate: 1.0,
    };
    act(&mut app, running);
    let states = LayerShape::FlowStates(vec![(0, 2.0, gas().with_class(3)), (7, 1.0, gas())]);
    send(
        &mut app,
        TwinCommand::SetShape {
            layer: 0,
            shape: states,
        },
    );
    app.update();
    let ShapeState::Flow(flow) = shape(&app) else {
        unreachable!("no flow");
    };
    assert_eq!((flow.segments().len(), flow.moving()), (1, 1));
    assert!(flow.segments()[0].speed > 1.9);
    assert!(live(&app).goes_on());
    // Another city of the same place: what flows keeps flowing.
    send(
        &mut app,
        TwinCommand::OpenCity {
            origin: ORIGIN,
            radius_m: 2000.0,
        },
    );
    app.update();
    let ShapeState::Flow(flow) = shape(&app) else {
        unreachable!("no flow");
    };
    assert!(flow.segments()[0].speed > 1.9);
}

#[test]
fn columns_follow_the_states_of_the_points_and_their_filter() {
    let mut app = open_with(LayerShape::Bars {
        scale: BarScale::Columns(ColumnScale {
            from: 0.0,
            to: 10.0,
            height_m: 100.0,
            radius_m: 5.0,
        }),
        limits: vec![BarLimit {
            value: 5.0,
            class: 3,
        }],
        own_limits: Arc::new([]),
    });
    let heights = |app: &App| -> Vec<(i32, bool)> {
        let ShapeState::Bars(bars) = shape(app) else {
            unreachable!("no columns");
        };
        bars.bars()
            .iter()
            .map(|bar| (bar.height_m as i32, bar.packed & cim_layers::SHOWN != 0))
            .collect()
    };
    assert_eq!(heights(&app), [(0, true), (0, true), (0, true)]);
    let changes = vec![report(1, gas().with_value(5.0))];
    act(&mut app, TwinCommand::ChangePoints { layer: 0, changes });
    assert_eq!(heights(&app), [(0, true), (50, true), (0, true)]);
    act(
        &mut app,
        TwinCommand::FilterPoints {
            layer: 0,
            taken: Some(Arc::new([0b010])),
        },
    );
    assert_eq!(heights(&app), [(0, false), (50, true), (0, false)]);
    act(
        &mut app,
        TwinCommand::FilterPoints {
            layer: 0,
            taken: None,
        },
    );
    assert_eq!(heights(&app), [(0, true), (50, true), (0, true)]);
}

#[test]
fn water_contours_and_columns_that_make_no_sense_are_nothing() {
    let mesh = FloodMesh {
        places: vec![[0.0; 3]],
        depths: vec![1.0],
        indices: vec![0, 1, 2],
    };
    let mut app = open_with(LayerShape::Water {
        origin: ORIGIN,
        mesh: Arc::new(mesh),
        deepest_m: 1.0,
    });
    assert!(matches!(shape(&app), ShapeState::Nothing));
    assert!(live_layer(&app, 0).fault().is_some());

    let line = |north: f32| vec![[0.0, 0.0], [100.0, north]];
    set_shape(
        &mut app,
        LayerShape::Contours {
            origin: ORIGIN,
            lines: Arc::new([Contour {
                level: 1.0,
                lines: vec![line(50.0), line(f32::NAN)],
            }]),
            scale: Some(SCALE),
            up_m: f32::NAN,
        },
    );
    let ShapeState::Contours(held) = shape(&app) else {
        unreachable!("no contours");
    };
    assert_eq!(held.lines[0].lines, [line(50.0)]);
    assert!(held.up_m.is_finite());

    set_shape(
        &mut app,
        LayerShape::Bars {
            scale: BarScale::Columns(ColumnScale {
                from: 1.0,
                to: 1.0,
                height_m: f32::NAN,
                radius_m: 0.0,
            }),
            limits: Vec::new(),
            own_limits: Arc::new([]),
        },
    );
    assert!(matches!(shape(&app), ShapeState::Nothing));

    let nowhere = Geodetic {
        lon_deg: f64::NAN,
        lat_deg: 0.0,
        height_m: 0.0,
    };
    set_shape(&mut app, heat(nowhere, raster(4)));
    assert!(matches!(shape(&app), ShapeState::Nothing));
    act(
        &mut app,
        TwinCommand::SetShape {
            layer: 77,
            shape: LayerShape::Trails,
        },
    );
    assert!(live(&app).get(77).is_none());
}
