//! What is no point: fields, areas, flows, trails, columns, rings, water, contours.

use super::{
    PLACE, Scene, at, is_near,
    live::{CRITICAL, EPOCH, GROUND, LAYER, NORMAL, NOW_S, count, free, layer, mixed, moved},
};
use cim_layers::{
    PointState, SHAPE_DOT, SHAPE_VEHICLE,
    field::{FloodMesh, Grid, RampId, Raster, contours},
    layer::{HeatOf, LayerKind, LayerLook, Paint, Size},
    motion::{
        bars::{BarScale, ColumnScale, RingScale},
        fence::FenceShape,
    },
};
use cim_scene::{
    AreaPaintPlan, FlowLinePlan, LayerPoints, LayerShape, Move, MoveReport, RampScale, TwinCommand,
    TwinLayer,
};
use cim_viewport::Picture;
use std::sync::Arc;

/// Where the middle of the free ground is, metres east of `PLACE`.
const FREE_EAST_M: f32 = 190.4;

fn brightness([red, green, blue]: [u8; 3]) -> i32 {
    i32::from(red) + i32::from(green) + i32::from(blue)
}

/// Cells of 10 m around the middle of the free ground, 20 of them a side.
fn raster(value: impl Fn(f32, f32) -> f32) -> Raster {
    let grid = Grid {
        columns: 20,
        rows: 20,
        min: [FREE_EAST_M - 100.0, -100.0],
        step_m: 10.0,
    };
    let mut values = Vec::new();
    for row in 0..grid.rows {
        for column in 0..grid.columns {
            let [east, north] = grid.centre(column, row);
            values.push(value(east - FREE_EAST_M, north));
        }
    }
    Raster::new(&grid, values).expect("a sound raster")
}

/// A square of 2 × `half` metres, its middle `east` and `north` of that of the free ground.
fn square(east: f32, north: f32, half: f32) -> FenceShape {
    let east = FREE_EAST_M + east;
    FenceShape::Polygon {
        outer: vec![
            [east - half, north - half],
            [east + half, north - half],
            [east + half, north + half],
            [east - half, north + half],
        ],
        holes: Vec::new(),
    }
}

impl Scene {
    /// Shows a shape from above the free ground.
    fn show_shape(&mut self, look: LayerLook, shape: LayerShape) -> Picture {
        self.go_over(170.0);
        self.show_layer(layer(look));
        self.tell(TwinCommand::SetShape {
            layer: LAYER,
            shape,
        });
        self.rest();
        self.picture()
    }

    fn go_over(&mut self, distance_m: f64) {
        self.tell(TwinCommand::GoToView {
            target: free(0.0, 0.0),
            distance_m,
            heading_deg: 0.0,
            pitch_deg: 65.0,
            how: Move::Jump,
        });
        self.settle();
    }

    /// Shows the ways of things of these classes, so many metres north of the middle: nine reports from 60 m west to 57 m east.
    fn show_trails(&mut self, things: &[(f64, u8)]) -> Picture {
        self.go_over(170.0);
        let look = LayerLook {
            size: Size::Pixels(5.0),
            trail_s: 100.0,
            ..LayerLook::of(LayerKind::Trails)
        };
        self.show_layer(TwinLayer {
            is_moving: true,
            ..layer(look)
        });
        let state = |class| PointState::new(SHAPE_VEHICLE, class);
        self.tell(TwinCommand::SetPoints {
            layer: LAYER,
            points: Arc::new(LayerPoints {
                epoch: EPOCH,
                places: things
                    .iter()
                    .map(|(north, _)| free(-60.0, *north))
                    .collect(),
                states: things.iter().map(|(_, class)| state(*class)).collect(),
                seen: vec![NOW_S - 90.0; things.len()],
                period: vec![10.0; things.len()],
                things: Vec::new(),
            }),
        });
        for (row, (north, _)) in (0..).zip(things) {
            let reports = (1..=9_u16).map(|step| MoveReport {
                row,
                place: free(-60.0 + f64::from(step) * 13.0, *north),
                t: NOW_S - 90.0 + f32::from(step) * 10.0,
                heading_deg: None,
                speed_mps: None,
            });
            self.tell(TwinCommand::MovePoints {
                layer: LAYER,
                moves: reports.collect(),
            });
        }
        self.rest();
        self.picture()
    }

    /// Shows a thing with a value as a column or ring.
    fn show_bar(&mut self, kind: LayerKind, scale: BarScale, (class, value): (u8, f32)) -> Picture {
        let look = LayerLook {
            paint: Paint::ByValue {
                ramp: RampId::Viridis,
                from: 0.0,
                to: 100.0,
                unit: String::new(),
            },
            ..LayerLook::of(kind)
        };
        self.show_layer(layer(look));
        self.tell(TwinCommand::SetPoints {
            layer: LAYER,
            points: Arc::new(LayerPoints {
                epoch: EPOCH,
                places: vec![free(0.0, 0.0)],
                states: vec![PointState::new(SHAPE_DOT, class).with_value(value)],
                seen: vec![NOW_S - 1.0],
                period: vec![10.0],
                things: Vec::new(),
            }),
        });
        self.tell(TwinCommand::SetShape {
            layer: LAYER,
            shape: LayerShape::Bars {
                scale,
                limits: Vec::new(),
                own_limits: Arc::new([]),
            },
        });
        self.rest();
        self.picture()
    }
}

#[test]
fn a_field_has_its_ramps_colour_and_is_not_there_without_values() {
    let Some(mut scene) = Scene::open("heat") else {
        return;
    };
    let look = LayerLook {
        heat: HeatOf::Value { power: 2.0 },
        ..LayerLook::of(LayerKind::Heat)
    };
    let opacity = f64::from(look.opacity);
    let shape = LayerShape::Heat {
        origin: PLACE,
        raster: Arc::new(raster(|east, _| if east < 0.0 { 5.0 } else { f32::NAN })),
        scale: RampScale {
            ramp: RampId::Batlow,
            from: 0.0,
            to: 10.0,
        },
        steps: 0,
    };
    let picture = scene.show_shape(look, shape);
    let wanted = mixed(GROUND, RampId::Batlow.srgb8(0.502), opacity);
    let found = at(&picture, scene.pixel_of(free(-40.0, 0.0)));
    assert!(is_near(found, wanted, 16), "{found:?}, not {wanted:?}");
    let empty = at(&picture, scene.pixel_of(free(40.0, 0.0)));
    assert!(is_near(empty, GROUND, 14), "without values: {empty:?}");
}

#[test]
fn a_density_fades_in_from_nothing() {
    let Some(mut scene) = Scene::open("density") else {
        return;
    };
    let shape = LayerShape::Heat {
        origin: PLACE,
        raster: Arc::new(raster(|east, _| (east + 50.0).clamp(0.0, 100.0) * 0.1)),
        scale: RampScale {
            ramp: RampId::Batlow,
            from: 0.0,
            to: 10.0,
        },
        steps: 0,
    };
    let picture = scene.show_shape(LayerLook::of(LayerKind::Heat), shape);
    let at_east = |east| at(&picture, scene.pixel_of(free(east, 0.0)));
    assert!(is_near(at_east(-75.0), GROUND, 14), "{:?}", at_east(-75.0));
    let (few, many) = (brightness(at_east(-42.0)), brightness(at_east(40.0)));
    assert!(
        many > few + 60,
        "{few} where there are few, {many} where many"
    );
}

#[test]
fn an_area_has_its_classs_colour_and_one_without_data_is_hatched() {
    let Some(mut scene) = Scene::open("areas") else {
        return;
    };
    let look = LayerLook::of(LayerKind::Areas);
    let strength = f64::from(look.opacity) * 210.0 / 255.0;
    let shape = LayerShape::Areas {
        origin: PLACE,
        shapes: Arc::from([square(-35.0, 0.0, 25.0), square(35.0, 0.0, 25.0)]),
        paints: Arc::from([AreaPaintPlan::Class(4), AreaPaintPlan::NoData]),
        up_m: 0.3,
    };
    let picture = scene.show_shape(look, shape);
    let wanted = mixed(GROUND, CRITICAL, strength);
    let found = at(&picture, scene.pixel_of(free(-35.0, 0.0)));
    assert!(is_near(found, wanted, 16), "{found:?}, not {wanted:?}");
    let [x, y] = scene.pixel_of(free(35.0, 0.0));
    let row: Vec<i32> = (x - 15..x + 15)
        .map(|x| brightness(at(&picture, [x, y])))
        .collect();
    let (least, most) = (
        row.iter().min().copied().expect("a row"),
        row.iter().max().copied().expect("a row"),
    );
    assert!(most > least + 9, "no hatch: {row:?}");
    let beside = at(&picture, scene.pixel_of(free(0.0, 0.0)));
    assert!(is_near(beside, GROUND, 14), "between them: {beside:?}");
}

#[test]
fn an_area_whose_devices_are_all_silent_is_hatched_in_its_own_colour() {
    let Some(mut scene) = Scene::open("silent area") else {
        return;
    };
    let shape = LayerShape::Areas {
        origin: PLACE,
        shapes: Arc::from([square(0.0, 0.0, 30.0)]),
        paints: Arc::from([AreaPaintPlan::SilentClass(4)]),
        up_m: 0.3,
    };
    let picture = scene.show_shape(LayerLook::of(LayerKind::Areas), shape);
    let [x, y] = scene.pixel_of(free(0.0, 0.0));
    let row: Vec<[u8; 3]> = (x - 15..x + 15).map(|x| at(&picture, [x, y])).collect();
    let reds = row.iter().map(|[red, ..]| i32::from(*red));
    let (least, most) = (reds.clone().min(), reds.max());
    let (least, most) = (least.expect("a row"), most.expect("a row"));
    assert!(most > least + 20, "no hatch: {row:?}");
    let is_red = |[red, green, _]: &[u8; 3]| *red > green.saturating_add(25);
    assert!(row.iter().any(is_red), "not in its colour: {row:?}");
}

#[test]
fn a_fence_has_a_broken_border_and_hardly_a_fill() {
    let Some(mut scene) = Scene::open("fence") else {
        return;
    };
    let colour = [0x40, 0xE0, 0xD0];
    let shape = LayerShape::Areas {
        origin: PLACE,
        shapes: Arc::from([square(0.0, 0.0, 30.0)]),
        paints: Arc::from([AreaPaintPlan::Fence(colour)]),
        up_m: 0.3,
    };
    let picture = scene.show_shape(LayerLook::of(LayerKind::Fences), shape);
    let (mut painted, mut all) = (0, 0);
    for step in -28..28 {
        let px = scene.pixel_of(free(f64::from(step), -30.0));
        let is_painted = (-2..=2).any(|down| at(&picture, moved(px, 0, down))[1] > 120);
        painted += i32::from(is_painted);
        all += 1;
    }
    assert!(
        painted * 10 > all * 3 && painted * 10 < all * 9,
        "{painted} of {all} places of the border are painted"
    );
    let inside = at(&picture, scene.pixel_of(free(0.0, 0.0)));
    assert!(inside[1] < 90, "the fence is filled: {inside:?}");
}

#[test]
fn a_flow_has_its_states_colour_and_moves_only_while_something_flows() {
    let Some(mut scene) = Scene::open("flow") else {
        return;
    };
    let line = |north: f32, speed| FlowLinePlan {
        places: vec![
            [FREE_EAST_M - 60.0, north, 0.3],
            [FREE_EAST_M + 60.0, north, 0.3],
        ],
        width_m: 6.0,
        speed,
        state: PointState::new(SHAPE_DOT, 4),
    };
    let shape = LayerShape::Flow {
        origin: PLACE,
        lines: Arc::from([line(20.0, 3.0), line(-20.0, 0.0)]),
    };
    let before = scene.show_shape(LayerLook::of(LayerKind::Flow), shape);
    for north in [20.0, -20.0] {
        let [red, green, blue] = at(&before, scene.pixel_of(free(-7.0, north)));
        assert!(
            red > green.saturating_add(25) && red > blue.saturating_add(25),
            "{north} m north: {:?}",
            [red, green, blue]
        );
    }
    scene.rest();
    let after = scene.picture();
    let other = |north: f64| {
        (-50..50)
            .map(|east| scene.pixel_of(free(f64::from(east), north)))
            .filter(|px| !is_near(at(&before, *px), at(&after, *px), 12))
            .count()
    };
    let (flowing, still) = (other(20.0), other(-20.0));
    assert!(flowing > 8, "only {flowing} places of what flows changed");
    assert_eq!(still, 0, "what stands still has moved");
}

#[test]
fn a_trail_leads_to_where_a_thing_is_and_is_weaker_where_it_is_old() {
    let Some(mut scene) = Scene::open("trails") else {
        return;
    };
    let picture = scene.show_trails(&[(0.0, 0)]);
    let at_east = |east| brightness(at(&picture, scene.pixel_of(free(east, 0.0))));
    // The thing is drawn a period behind its newest report, and its trail ends there.
    let (young, old) = (at_east(40.0), at_east(-40.0));
    let ground = brightness(GROUND);
    assert!(young > ground + 120, "the newest part is {young}");
    assert!(
        old > ground + 8 && young > old + 60,
        "{old} where it is old, {young} where it is young"
    );
    let beside = brightness(at(&picture, scene.pixel_of(free(40.0, 12.0))));
    assert!(beside < ground + 30, "beside the trail: {beside}");
}

#[test]
fn a_column_is_as_high_as_its_value_and_has_its_colour() {
    let Some(mut scene) = Scene::open("columns") else {
        return;
    };
    let scale = BarScale::Columns(ColumnScale {
        from: 0.0,
        to: 100.0,
        height_m: 80.0,
        radius_m: 12.0,
    });
    let picture = scene.show_bar(LayerKind::Columns, scale, (0, 50.0));
    let mut top = free(0.0, 0.0);
    top.height_m = 40.0;
    let wanted = RampId::Viridis.srgb8(0.5);
    let found = at(&picture, scene.pixel_of(top));
    assert!(is_near(found, wanted, 16), "{found:?}, not {wanted:?}");
    // Its south side is darker.
    let mut side = free(0.0, -12.0);
    side.height_m = 20.0;
    let side = at(&picture, scene.pixel_of(side));
    assert!(
        brightness(side) + 30 < brightness(found) && !is_near(side, GROUND, 20),
        "the side is {side:?}"
    );
    let mut over = free(0.0, 12.0);
    over.height_m = 60.0;
    let over = at(&picture, scene.pixel_of(over));
    assert!(
        !is_near(over, wanted, 40),
        "it is higher than its value: {over:?}"
    );
    // An alarm is never painted away.
    let picture = scene.show_bar(LayerKind::Columns, scale, (4, 50.0));
    let found = at(&picture, scene.pixel_of(top));
    assert!(is_near(found, CRITICAL, 16), "{found:?}, not {CRITICAL:?}");
}

#[test]
fn a_ring_is_filled_from_twelve_oclock_as_far_as_its_share() {
    let Some(mut scene) = Scene::open("rings") else {
        return;
    };
    let scale = BarScale::Rings(RingScale {
        whole: 100.0,
        radius_m: 40.0,
        band_m: 16.0,
    });
    let picture = scene.show_bar(LayerKind::Rings, scale, (0, 25.0));
    let middle = scene.pixel_of(free(0.0, 0.0));
    // No larger than 40 px across, the band two fifths of its radius.
    let on_band = |turn: f32| {
        let (sin, cos) = (turn * std::f32::consts::TAU).sin_cos();
        let px = moved(
            middle,
            (sin * 16.0).round() as i32,
            (-cos * 16.0).round() as i32,
        );
        at(&picture, px)
    };
    let wanted = RampId::Viridis.srgb8(0.25);
    let (filled, open) = (on_band(0.125), on_band(0.625));
    assert!(is_near(filled, wanted, 30), "{filled:?}, not {wanted:?}");
    assert!(
        brightness(open) + 50 < brightness(filled),
        "{open:?} where it is open, {filled:?} where it is filled"
    );
}

#[test]
fn deep_water_is_darker_than_shallow_water_and_there_is_none_on_dry_ground() {
    let Some(mut scene) = Scene::open("water") else {
        return;
    };
    let depth = raster(|east, _| {
        if east < 30.0 {
            (30.0 - east) * 0.02
        } else {
            0.0
        }
    });
    let ground = raster(|_, _| 0.0);
    let mesh = FloodMesh::new(&depth, &ground).expect("a sound flood");
    let deepest_m = mesh.deepest_m();
    let shape = LayerShape::Water {
        origin: PLACE,
        mesh: Arc::new(mesh),
        deepest_m,
    };
    let picture = scene.show_shape(LayerLook::of(LayerKind::Surface), shape);
    let at_east = |east| at(&picture, scene.pixel_of(free(east, 0.0)));
    let (deep, shallow, dry) = (at_east(-70.0), at_east(15.0), at_east(60.0));
    assert!(is_near(dry, GROUND, 14), "dry ground is {dry:?}");
    assert!(
        i32::from(shallow[2]) > i32::from(shallow[0]) + 15,
        "shallow water is {shallow:?}"
    );
    assert!(
        brightness(deep) + 20 < brightness(shallow) && !is_near(deep, GROUND, 6),
        "deep {deep:?}, shallow {shallow:?}"
    );
}

#[test]
fn a_contour_runs_where_the_field_has_its_level() {
    let Some(mut scene) = Scene::open("contours") else {
        return;
    };
    let lines = contours(&raster(|east, _| east), &[0.0]).expect("a sound raster");
    let shape = LayerShape::Contours {
        origin: PLACE,
        lines: Arc::from(lines),
        scale: None,
        up_m: 0.3,
    };
    let picture = scene.show_shape(LayerLook::of(LayerKind::Contours), shape);
    let px = scene.pixel_of(free(0.0, 5.0));
    let most = (-3..=3)
        .map(|across| brightness(at(&picture, moved(px, across, 0))))
        .max()
        .expect("seven pixels");
    assert!(most > brightness(GROUND) + 80, "the line is {most}");
    let beside = count(&picture, scene.pixel_of(free(20.0, 5.0)), 6, GROUND, 14);
    assert!(beside > 130, "only {beside} pixels of ground beside it");
}

#[test]
fn a_trail_has_its_things_colour() {
    let Some(mut scene) = Scene::open("trail-colours") else {
        return;
    };
    let picture = scene.show_trails(&[(20.0, 0), (-20.0, 4)]);
    // A trail is as weak as it is old: its colour is some mixture with the ground.
    let is_mix = |found, colour| {
        (0..=50_u8).any(|share| is_near(found, mixed(GROUND, colour, f64::from(share) / 50.0), 10))
    };
    for (north, own, other) in [(20.0, NORMAL, CRITICAL), (-20.0, CRITICAL, NORMAL)] {
        let found = at(&picture, scene.pixel_of(free(40.0, north)));
        assert!(
            brightness(found) > brightness(GROUND) + 100,
            "{north} m north there is no trail: {found:?}"
        );
        assert!(
            is_mix(found, own) && !is_mix(found, other),
            "{north} m north the trail is {found:?}"
        );
    }
}
