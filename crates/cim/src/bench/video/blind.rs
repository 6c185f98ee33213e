//! A map of what 500 cameras see of a square kilometre of the model district, metre by metre; cells taken from it at random beside
//! plain loops over all cameras and all triangles.

use super::{MEASURE, SEED, VideoBench, ms_since, town::Town};
use crate::{
    Failure,
    bench::{at_most, figure::Figure},
    dice::Dice,
    host::{end_progress, instant, progress},
};
use cim_geo::{Bounds, Enu, Geodetic, LocalFrame};
use cim_video::coverage::{CoverageMap, MOST_COUNTED, MapRequest, Viewers, brute, coverage_map};
use serde_json::json;
use std::ops::ControlFlow;

const CAMERAS: u32 = 500;
/// Side of the square, metres.
const SIDE_M: f64 = 1_000.0;
const QUICK_SIDE_M: f64 = 300.0;
const CELL_M: f64 = 1.0;
const HEIGHT_M: f64 = 1.0;
const WORKERS: usize = 2;
/// The slowest of so many counts.
const ROUNDS: usize = 3;
/// Cells that plain loops count too.
const CELLS: u32 = 1_000;
const MUST_S: f64 = 5.0;
const GOAL_S: f64 = 1.0;

pub(super) fn of_maps(bench: &VideoBench) -> Result<Vec<Figure>, Failure> {
    let town = Town::open(bench)?;
    let side_m = if bench.is_quick { QUICK_SIDE_M } else { SIDE_M };
    let (area, bounds) = square(town.bounds.center(), side_m);
    let cameras = bench.many(CAMERAS);
    let viewers = Viewers::new(&town.obstacles, town.viewers(cameras, bounds));
    let made = |workers: usize| -> Result<(f64, CoverageMap), Failure> {
        let request = MapRequest {
            area: area.clone(),
            cell_m: CELL_M,
            height_m: HEIGHT_M,
            with_turning: false,
            workers,
        };
        let begun = instant();
        let map = coverage_map(&town.obstacles, &viewers, &request, &|_, _| {
            ControlFlow::Continue(())
        })?;
        Ok((ms_since(begun) / 1e3, map))
    };
    progress("a map of what cameras see");
    let (alone_s, map) = made(1)?;
    let mut slowest_s = 0.0_f64;
    for _ in 0..ROUNDS {
        slowest_s = slowest_s.max(made(WORKERS)?.0);
    }
    progress("cells of it by plain loops");
    let checked = check(&town, &viewers, &map, bench.many(CELLS))?;
    end_progress();
    let mut time = at_most(
        MEASURE,
        format!(
            "map of {:.2} km² at {CELL_M} m, {} cameras, {WORKERS} cores",
            side_m * side_m / 1e6,
            viewers.len()
        ),
        slowest_s,
        MUST_S,
        GOAL_S,
    );
    time.unit = "s";
    time.notes = vec![
        ("one_core_s", json!(alone_s)),
        ("cells", json!(map.counts.len())),
        ("share_seen", json!(map.summary.share_seen())),
        (
            "share_indoors",
            json!(map.summary.indoors_m2 / map.summary.area_m2.max(1.0)),
        ),
        ("triangles", json!(town.obstacles.triangle_count())),
    ];
    let mut equal = at_most(
        MEASURE,
        format!(
            "cells of {} that plain loops count differently",
            checked.asked
        ),
        f64::from(checked.different),
        // Fewer than one: none.
        0.5,
        0.0,
    );
    equal.notes = vec![
        ("seen", json!(checked.seen)),
        (
            "loops_ms_a_cell",
            json!(checked.loops_ms / f64::from(checked.asked.max(1))),
        ),
    ];
    Ok(vec![time, equal])
}

/// A square around a place, and what is around it.
fn square(middle: Geodetic, side_m: f64) -> (Vec<Geodetic>, Bounds) {
    let frame = LocalFrame::new(middle);
    let half_m = side_m / 2.0;
    let corners: [[f64; 2]; 4] = [[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]];
    let area: Vec<Geodetic> = corners
        .iter()
        .map(|[east, north]| frame.geodetic_from_enu(Enu::new(east * half_m, north * half_m, 0.0)))
        .collect();
    let mut bounds = Bounds::EMPTY;
    for corner in &area {
        bounds.extend(corner.lon_deg, corner.lat_deg);
    }
    (area, bounds)
}

/// What plain loops say of some cells.
#[derive(Default)]
struct Checked {
    asked: u32,
    different: u32,
    seen: u32,
    loops_ms: f64,
}

fn check(
    town: &Town,
    viewers: &Viewers,
    map: &CoverageMap,
    cells: u32,
) -> Result<Checked, Failure> {
    let outdoors: Vec<usize> = map
        .counts
        .iter()
        .enumerate()
        .filter(|(_, count)| **count <= MOST_COUNTED)
        .map(|(cell, _)| cell)
        .collect();
    let mut dice = Dice::new(SEED + 2);
    let mut checked = Checked::default();
    for _ in 0..cells {
        let at = dice.below(outdoors.len() as u64) as usize;
        let cell = *outdoors.get(at).ok_or("all of the area is under roofs")?;
        let begun = instant();
        let plain = brute::in_cell(&town.obstacles, viewers, map, cell);
        checked.loops_ms += ms_since(begun);
        let fast = map.counts.get(cell).copied().unwrap_or_default();
        let pixels = map.pixels_per_m.get(cell).copied().unwrap_or_default();
        let is_equal = plain.is_some_and(|(count, best)| {
            count.min(u32::from(MOST_COUNTED)) == u32::from(fast) && (best * 10.0) as u16 == pixels
        });
        checked.asked += 1;
        checked.different += u32::from(!is_equal);
        checked.seen += u32::from(fast > 0);
    }
    Ok(checked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_square_has_its_side() {
        let middle = Geodetic::new(117.43, 34.07, 0.0);
        let (area, bounds) = square(middle, 1_000.0);
        let frame = LocalFrame::new(middle);
        let corner = frame.enu_from_geodetic(Geodetic {
            height_m: 0.0,
            ..area[2]
        });
        assert!((corner.east_m - 500.0).abs() < 0.1 && (corner.north_m - 500.0).abs() < 0.1);
        assert!(bounds.contains(117.43, 34.07));
    }
}
