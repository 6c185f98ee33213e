//! Things that move: legs between reports, headings, trails.

use super::*;
use cim_layers::{SHAPE_VEHICLE, motion::trails::Trails, points::heading_of};
use cim_model::Freshness;
use cim_scene::MoveReport;

const VEHICLES: u16 = 3;

/// One vehicle that reports every two seconds, seen at the epoch; the clock stands at the epoch and runs.
fn open_with_vehicle(trail_s: f32) -> App {
    let mut app = open_city();
    let mut vehicles = layer(VEHICLES, "vehicles");
    vehicles.is_moving = true;
    vehicles.look.trail_s = trail_s;
    send(&mut app, TwinCommand::SetLayers(vec![vehicles]));
    send(
        &mut app,
        TwinCommand::SetTime {
            at: EPOCH,
            rate: 1.0,
        },
    );
    let state = PointState::new(SHAPE_VEHICLE, 0);
    let mut all = LayerPoints::clone(&points(&[(state, place(0.0, 0.0))]));
    all.period = vec![2.0];
    let points = Arc::new(all);
    act(
        &mut app,
        TwinCommand::SetPoints {
            layer: VEHICLES,
            points,
        },
    );
    app
}

fn moved(place: Geodetic, t: f32) -> MoveReport {
    MoveReport {
        row: 0,
        place,
        t,
        heading_deg: None,
        speed_mps: None,
    }
}

fn report_moves(app: &mut App, moves: Vec<MoveReport>) {
    send(
        app,
        TwinCommand::MovePoints {
            layer: VEHICLES,
            moves,
        },
    );
    app.update();
}

#[test]
fn a_vehicle_goes_to_where_it_reported_and_no_further() {
    let mut app = open_with_vehicle(0.0);
    report_moves(&mut app, vec![moved(place(20.0, 0.0), 0.5)]);
    assert!(app.world().resource::<NeedsFrame>().goes_on());
    let mut last = 0.0;
    let mut steps = 0;
    for _ in 0..300 {
        app.update();
        let east = place_of(&app, VEHICLES, 0).x;
        assert!(east >= last - 1e-3 && east < 20.01, "{east} after {last}");
        steps += u32::from(east > last + 1e-3);
        last = east;
    }
    assert!((last - 20.0).abs() < 0.01, "{last}");
    assert!(steps > 20, "it went in {steps} steps");
    assert!(!app.world().resource::<NeedsFrame>().goes_on());
    assert!(drawn_flags(&app, VEHICLES, 0).is_some());
}

#[test]
fn a_vehicle_heads_where_it_says() {
    let mut app = open_with_vehicle(0.0);
    let west = MoveReport {
        heading_deg: Some(270.0),
        speed_mps: Some(8.0),
        ..moved(place(20.0, 0.0), 0.5)
    };
    report_moves(&mut app, vec![west]);
    let expected = heading_of(270.0_f32.to_radians());
    assert_eq!(state(&app, VEHICLES, 0).heading(), expected);
    report_moves(&mut app, vec![moved(place(20.0, 30.0), 1.5)]);
    assert_eq!(state(&app, VEHICLES, 0).heading(), 1, "north, as it goes");
}

#[test]
fn a_place_keeps_a_vehicle_fresh_and_silence_does_not() {
    let mut app = open_with_vehicle(0.0);
    let at = |seconds: f64| TwinCommand::SetTime {
        at: EPOCH.plus_seconds(seconds),
        rate: 0.0,
    };
    act(&mut app, at(12.0));
    assert_eq!(state(&app, VEHICLES, 0).freshness(), Freshness::Late);
    report_moves(&mut app, vec![moved(place(5.0, 0.0), 12.0)]);
    assert_eq!(state(&app, VEHICLES, 0).freshness(), Freshness::Fresh);
    act(&mut app, at(40.0));
    assert_eq!(state(&app, VEHICLES, 0).freshness(), Freshness::Missing);
}

#[test]
fn trails_hold_what_was_reported_and_only_layers_that_ask_have_them() {
    let mut app = open_with_vehicle(60.0);
    report_moves(
        &mut app,
        vec![moved(place(20.0, 0.0), 0.5), moved(place(20.0, 30.0), 1.5)],
    );
    let trails = live_layer(&app, VEHICLES).trails.as_ref().expect("trails");
    assert_eq!(trails.trail(0).count(), 3);
    assert!(open_trails(&open_with_vehicle(0.0)).is_none());
}

/// Hands all vehicles out anew: which thing each is, where it is, and when it was seen there.
fn hand_out(app: &mut App, epoch: UtcMillis, vehicles: &[(u32, Geodetic, f32)]) {
    let state = PointState::new(SHAPE_VEHICLE, 0);
    let points = Arc::new(LayerPoints {
        epoch,
        places: vehicles.iter().map(|(_, place, _)| *place).collect(),
        states: vec![state; vehicles.len()],
        seen: vehicles.iter().map(|(.., seen)| *seen).collect(),
        period: vec![2.0; vehicles.len()],
        things: vehicles.iter().map(|(thing, ..)| *thing).collect(),
    });
    send(
        app,
        TwinCommand::SetPoints {
            layer: VEHICLES,
            points,
        },
    );
    app.update();
}

fn points_in_trail(app: &App, row: u32) -> usize {
    let trails = live_layer(app, VEHICLES).trails.as_ref().expect("trails");
    trails.trail(row).count()
}

#[test]
fn a_trail_outlives_a_new_vehicle_and_ends_where_the_clock_goes_back_to() {
    let mut app = open_with_vehicle(60.0);
    hand_out(&mut app, EPOCH, &[(5, place(0.0, 0.0), 0.0)]);
    report_moves(
        &mut app,
        vec![moved(place(20.0, 0.0), 0.5), moved(place(20.0, 30.0), 1.5)],
    );
    assert_eq!(points_in_trail(&app, 0), 3);
    let epoch = EPOCH.plus_seconds(100.0);
    let two = [(4, place(500.0, 0.0), -98.5), (5, place(20.0, 30.0), -98.5)];
    hand_out(&mut app, epoch, &two);
    assert_eq!(points_in_trail(&app, 0), 1, "the new one has been nowhere");
    assert_eq!(points_in_trail(&app, 1), 3);
    assert_eq!(state(&app, VEHICLES, 1).heading(), 1, "north, as it went");
    hand_out(&mut app, epoch, &[(5, place(20.0, 0.0), -99.5)]);
    assert_eq!(points_in_trail(&app, 0), 2, "what is to come is no trail");
}

fn open_trails(app: &App) -> Option<u32> {
    let layer = live_layer(app, VEHICLES);
    layer.trails.as_ref().map(Trails::rows)
}

#[test]
fn wild_moves_leave_a_vehicle_where_it_is() {
    let mut app = open_with_vehicle(60.0);
    let nowhere = Geodetic {
        lon_deg: f64::NAN,
        lat_deg: 0.0,
        height_m: 0.0,
    };
    report_moves(
        &mut app,
        vec![
            moved(nowhere, 0.5),
            moved(place(1e7, 0.0), 0.5),
            moved(place(9.0, 0.0), f32::NAN),
            moved(place(9.0, 0.0), 1e6),
            moved(place(9.0, 0.0), -50.0),
            MoveReport {
                row: u32::MAX,
                ..moved(place(9.0, 0.0), 0.5)
            },
        ],
    );
    settle(&mut app);
    assert!(place_of(&app, VEHICLES, 0).truncate().length() < 0.01);
    // A layer that stands still has no use for moves.
    set_sensors(&mut app, &[place(0.0, 0.0)]);
    let moves = vec![moved(place(9.0, 0.0), 0.5)];
    act(&mut app, TwinCommand::MovePoints { layer: 0, moves });
    assert!(place_of(&app, 0, 0).truncate().length() < 0.01);
}
