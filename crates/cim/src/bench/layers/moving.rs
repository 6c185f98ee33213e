//! Things that move: each says every second where it is, and is drawn on its way between two reports.

use super::{DOT_PX, LayersBench, MEASURE, SEED, Times};
use crate::{
    Failure,
    bench::figure::Figure,
    host::{end_progress, progress},
    live::{LiveTwin, ORIGIN, Things, epoch, layer},
};
use cim_geo::{Enu, LocalFrame};
use cim_layers::{SHAPE_VEHICLE, layer::Gathering};
use cim_scene::{MoveReport, TwinCommand};
use serde_json::json;
use std::{f32::consts::TAU, sync::Arc};

/// The layer of vehicles.
const LAYER: u16 = 3;
/// Seconds of city time that are drawn.
const SECONDS: u32 = 12;
/// Frames of a second of city time at most; a slow machine draws fewer.
const MOST_FRAMES: u32 = 60;
/// How far each goes in a second, metres.
const SPEED_MPS: f32 = 11.0;
/// A vehicle drives in a circle that takes so many seconds.
const CIRCLE_S: f32 = 90.0;

pub(super) fn of_vehicles(bench: &LayersBench) -> Result<Vec<Figure>, Failure> {
    let things = Things {
        count: bench.count,
        seed: SEED,
    };
    let frame = LocalFrame::new(ORIGIN);
    let mut twin = LiveTwin::open(bench.size)?;
    let mut vehicles = layer(
        LAYER,
        "vehicles",
        Gathering::Dots { dot_px: DOT_PX },
        DOT_PX,
    );
    vehicles.is_moving = true;
    let mut points = things.points();
    for state in &mut points.states {
        *state = state.with_shape(SHAPE_VEHICLE);
    }
    // Two reports a second apart are a leg of a second.
    points.period.fill(1.0);
    twin.send(TwinCommand::SetTime {
        at: epoch(),
        rate: 1.0,
    });
    twin.send(TwinCommand::SetLayers(vec![vehicles]));
    twin.send(TwinCommand::SetPoints {
        layer: LAYER,
        points: Arc::new(points),
    });
    twin.frame();
    let mut times = Vec::new();
    for second in 1..=SECONDS {
        progress(&format!("moving, second {second} of {SECONDS}"));
        let moves = reports(things, &frame, second);
        twin.send(TwinCommand::SetTime {
            at: epoch().plus_seconds(f64::from(second)),
            rate: 1.0,
        });
        twin.send(TwinCommand::MovePoints {
            layer: LAYER,
            moves,
        });
        let mut left_ms = 1_000.0;
        for _ in 0..MOST_FRAMES {
            let took = twin.frame();
            times.push(took);
            left_ms -= took;
            if left_ms <= 0.0 {
                break;
            }
        }
    }
    end_progress();
    let moved = twin
        .set(LAYER)
        .is_some_and(|set| set.motion_until() > SECONDS as f32 - 2.0);
    if !moved {
        return Err("nothing moves".into());
    }
    let times = Times::new(times);
    let mut notes = times.notes();
    notes.push(("frames_per_s", json!(times.per_s())));
    notes.push(("size", json!(format!("{}x{}", bench.size.0, bench.size.1))));
    Ok(vec![Figure {
        measure: MEASURE,
        name: format!("{} things moving at 1 Hz, p99 frame", bench.count),
        value: times.at(0.99),
        unit: "ms",
        notes,
        ..Figure::default()
    }])
}

/// Where all are after so many seconds.
fn reports(things: Things, frame: &LocalFrame, second: u32) -> Vec<MoveReport> {
    let radius_m = SPEED_MPS * CIRCLE_S / TAU;
    (0..things.count)
        .map(|row| {
            let [east, north, up] = things.place(row);
            // The circle begins at the place where it stands.
            let turn = TAU * second as f32 / CIRCLE_S;
            let (sin, cos) = turn.sin_cos();
            let place = frame.geodetic_from_enu(Enu {
                east_m: f64::from(east + radius_m * sin),
                north_m: f64::from(north + radius_m * (cos - 1.0)),
                up_m: f64::from(up),
            });
            MoveReport {
                row,
                place,
                t: second as f32,
                heading_deg: None,
                speed_mps: Some(SPEED_MPS),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vehicle_goes_as_fast_as_it_says() {
        let things = Things { count: 3, seed: 1 };
        let frame = LocalFrame::new(ORIGIN);
        let (first, second) = (reports(things, &frame, 4), reports(things, &frame, 5));
        for (before, after) in first.iter().zip(&second) {
            let (from, to) = (
                frame.enu_from_geodetic(before.place),
                frame.enu_from_geodetic(after.place),
            );
            let went_m = (to.east_m - from.east_m).hypot(to.north_m - from.north_m);
            assert!((went_m - f64::from(SPEED_MPS)).abs() < 0.1, "{went_m}");
        }
    }
}
