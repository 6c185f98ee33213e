//! Heat maps, and names laid out.

use super::{LayersBench, MEASURE, SEED, Times};
use crate::{
    Failure,
    bench::figure::Figure,
    host::instant,
    live::{LiveTwin, ORIGIN, SIDE_M, Things},
};
use cim_geo::{Enu, LocalFrame};
use cim_layers::field::{Grid, heat};
use cim_scene::{Label, TwinCommand};
use serde_json::json;

const HEATED: u32 = 100_000;
const HEAT_SIDE: u32 = 512;
const HEAT_RADIUS_M: f32 = 500.0;
const ROUNDS: usize = 11;
const NAMES: u32 = 50_000;
/// Frames of a moving picture with names.
const FRAMES: u32 = 120;

pub(super) fn of_fields(bench: &LayersBench) -> Result<Vec<Figure>, Failure> {
    Ok(vec![heat_map()?, names(bench)?])
}

fn heat_map() -> Result<Figure, Failure> {
    let things = Things {
        count: HEATED,
        seed: SEED,
    };
    let places: Vec<[f32; 2]> = (0..HEATED)
        .map(|row| {
            let [east, north, _] = things.place(row);
            [east, north]
        })
        .collect();
    let grid = Grid {
        columns: HEAT_SIDE,
        rows: HEAT_SIDE,
        min: [-0.5 * SIDE_M; 2],
        step_m: SIDE_M / HEAT_SIDE as f32,
    };
    let mut times = Vec::new();
    let mut hottest = 0.0_f32;
    for _ in 0..ROUNDS {
        let begun = instant();
        let raster = heat(
            places.iter().map(|place| (*place, 1.0)),
            HEAT_RADIUS_M,
            &grid,
        )?;
        times.push(begun.elapsed().as_secs_f64() * 1_000.0);
        hottest = raster.values.iter().copied().fold(hottest, f32::max);
    }
    let times = Times::new(times);
    let mut notes = times.notes();
    notes.push(("hottest_per_km2", json!(hottest)));
    Ok(Figure {
        measure: MEASURE,
        name: format!("heat map of {HEATED} points, {HEAT_SIDE}x{HEAT_SIDE}"),
        value: times.median(),
        unit: "ms",
        notes,
        ..Figure::default()
    })
}

/// A moving picture with very many names, beside the same without.
fn names(bench: &LayersBench) -> Result<Figure, Failure> {
    let mut twin = LiveTwin::open(bench.size)?;
    let without = Times::new(moving(&mut twin));
    twin.send(TwinCommand::SetLabels(labels()));
    twin.rest()?;
    let with = Times::new(moving(&mut twin));
    let mut notes = with.notes();
    notes.push(("without_p50_ms", json!(without.median())));
    notes.push(("without_p99_ms", json!(without.at(0.99))));
    Ok(Figure {
        measure: MEASURE,
        name: format!("frame of a moving picture, {NAMES} names"),
        value: with.median(),
        unit: "ms",
        notes,
        ..Figure::default()
    })
}

fn moving(twin: &mut LiveTwin) -> Vec<f64> {
    (0..FRAMES)
        .map(|_| {
            twin.send(TwinCommand::Orbit { by: [2.0, 0.0] });
            twin.frame()
        })
        .collect()
}

fn labels() -> Vec<Label> {
    let frame = LocalFrame::new(ORIGIN);
    let things = Things {
        count: NAMES,
        seed: SEED,
    };
    (0..NAMES)
        .map(|row| {
            let [east, north, _] = things.place(row);
            let text = if row % 2 == 0 {
                format!("监测点{row}")
            } else {
                format!("Probe {row}")
            };
            Label {
                text,
                position: frame.geodetic_from_enu(Enu {
                    east_m: f64::from(east),
                    north_m: f64::from(north),
                    up_m: 0.0,
                }),
                rank: [3, 3, 3, 2, 3, 1]
                    .get(row as usize % 6)
                    .copied()
                    .unwrap_or(3),
                path: None,
                feature: None,
            }
        })
        .collect()
}
