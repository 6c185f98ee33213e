//! Looking and picking among many points, without a device.

use super::{DOT_PX, LayersBench, MEASURE, SEED, Times};
use crate::{
    Failure,
    bench::{at_most, figure::Figure},
    dice::Dice,
    host::{end_progress, instant, progress},
    live::{SIDE_M, Things, epoch, unit_of},
};
use cim_layers::{
    PointSet,
    look::{Gather, Hit, Seen, Sight, look, pick},
};
use serde_json::json;
use std::f32::consts::FRAC_PI_8;

const MANY: u32 = 1_000_000;
const VERY_MANY: u32 = 10_000_000;
const LOOKS: u32 = 60;
const PICKS: u32 = 2_000;
/// How near to a pixel a thing must be to be picked, px.
const RADIUS_PX: f32 = 14.0;
/// Things that a pick names at most.
const MOST_HITS: usize = 50;
/// Size below which a cell is one cluster, px.
const CELL_PX: f32 = 40.0;
const LOOK_MUST_MS: f64 = 15.0;
const LOOK_GOAL_MS: f64 = 5.0;
const PICK_MUST_MS: f64 = 2.0;
const PICK_GOAL_MS: f64 = 0.3;

/// How long a look at the whole city takes.
pub(super) fn of_looks(bench: &LayersBench) -> Result<Vec<Figure>, Failure> {
    let set = set_of(MANY);
    let gathers = [
        ("dots", Gather::Dots { dot_px: DOT_PX }),
        ("symbols and clusters", Gather::Symbols { cell_px: CELL_PX }),
    ];
    let mut figures = Vec::new();
    for (name, gather) in gathers {
        let mut seen = Seen::default();
        let mut times = Vec::new();
        for turn in 0..LOOKS {
            let sight = whole_city(bench.size, turn as f32 / LOOKS as f32);
            let begun = instant();
            look(&set, 0.0, &sight, &gather, 1.0 / 60.0, &mut seen);
            times.push(begun.elapsed().as_secs_f64() * 1_000.0);
        }
        if seen.points.len() + seen.clusters.len() < 100 {
            return Err(format!("a look at {MANY} points found next to nothing: {name}").into());
        }
        let times = Times::new(times);
        let mut figure = at_most(
            MEASURE,
            format!("look at the whole city, {MANY} points, {name}"),
            times.median(),
            LOOK_MUST_MS,
            LOOK_GOAL_MS,
        );
        figure.unit = "ms";
        figure.notes = times.notes();
        figure
            .notes
            .push(("points_drawn", json!(seen.points.len())));
        figure.notes.push(("clusters", json!(seen.clusters.len())));
        figures.push(figure);
    }
    Ok(figures)
}

/// How long it takes to say what lies under a pixel, far away and down in the street.
pub(super) fn of_picks(bench: &LayersBench) -> Result<Vec<Figure>, Failure> {
    let counts: &[u32] = if bench.is_large {
        &[MANY, VERY_MANY]
    } else {
        &[MANY]
    };
    let mut figures = Vec::new();
    for count in counts {
        progress(&format!("picking among {count}"));
        figures.push(picks_among(*count, bench.size)?);
    }
    end_progress();
    Ok(figures)
}

fn picks_among(count: u32, size: (u32, u32)) -> Result<Figure, Failure> {
    let set = set_of(count);
    let (width, height) = (size.0 as f32, size.1 as f32);
    let mut dice = Dice::new(SEED);
    let (mut times, mut hits, mut hit) = (Vec::new(), Vec::<Hit>::new(), 0_u32);
    for far_m in [2.4 * SIDE_M, 0.25 * SIDE_M, 300.0] {
        let sight = sight(size, [0.0; 3], far_m, 0.4, 0.8);
        let mut seen = Seen::default();
        let gather = Gather::Dots { dot_px: DOT_PX };
        look(&set, 0.0, &sight, &gather, 1.0 / 60.0, &mut seen);
        for _ in 0..PICKS {
            let at = [unit_of(&mut dice) * width, unit_of(&mut dice) * height];
            let begun = instant();
            pick(
                &set, 0.0, &sight, at, RADIUS_PX, &seen, MOST_HITS, &mut hits,
            );
            times.push(begun.elapsed().as_secs_f64() * 1_000.0);
            hit += u32::from(!hits.is_empty());
        }
    }
    if hit == 0 {
        return Err(format!("none of the picks among {count} points hit anything").into());
    }
    let times = Times::new(times);
    let mut figure = at_most(
        MEASURE,
        format!("pick among {count}, p99"),
        times.at(0.99),
        PICK_MUST_MS,
        PICK_GOAL_MS,
    );
    figure.unit = "ms";
    figure.notes = times.notes();
    figure.notes.push(("hit", json!(hit)));
    Ok(figure)
}

fn set_of(count: u32) -> PointSet {
    let things = Things { count, seed: SEED };
    let mut set = PointSet::standing(epoch());
    set.replace(&things.rows());
    set.settle(0.0);
    set
}

/// A look at all of the city, from another side with each part of a turn.
fn whole_city(size: (u32, u32), turn: f32) -> Sight {
    sight(size, [0.0; 3], 1.3 * SIDE_M, turn * 0.2, 0.8)
}

/// A look at `target` from so far (m), clockwise from north and below the horizon in radians; 45° from top to bottom.
fn sight(
    size: (u32, u32),
    target: [f32; 3],
    distance_m: f32,
    heading_rad: f32,
    pitch_rad: f32,
) -> Sight {
    let size_px = [size.0 as f32, size.1 as f32];
    let [width, height] = size_px;
    let (sin_heading, cos_heading) = heading_rad.sin_cos();
    let (sin_pitch, cos_pitch) = pitch_rad.sin_cos();
    let forward = [sin_heading * cos_pitch, cos_heading * cos_pitch, -sin_pitch];
    let right = [cos_heading, -sin_heading, 0.0];
    // The third of three unit vectors: right × forward.
    let up = [sin_heading * sin_pitch, cos_heading * sin_pitch, cos_pitch];
    let tall = 1.0 / FRAC_PI_8.tan();
    let wide = tall * height / width;
    let column = |right: f32, up: f32, ahead: f32| [wide * right, tall * up, 0.0, ahead];
    let [right_e, right_n, right_u] = right;
    let [up_e, up_n, up_u] = up;
    let [ahead_e, ahead_n, ahead_u] = forward;
    let [east, north, above] = target;
    Sight::new(
        [
            column(right_e, up_e, ahead_e),
            column(right_n, up_n, ahead_n),
            column(right_u, up_u, ahead_u),
            [0.0, 0.0, 0.5, 0.0],
        ],
        [
            east - ahead_e * distance_m,
            north - ahead_n * distance_m,
            above - ahead_u * distance_m,
        ],
        size_px,
        height * 0.5 * tall,
        1.0,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_target_of_a_look_is_the_middle_of_the_picture() {
        let sight = sight((1280, 720), [100.0, -50.0, 3.0], 2_000.0, 0.7, 0.9);
        let (px, depth_m) = sight.project([100.0, -50.0, 3.0]).expect("it is ahead");
        assert!(
            (px[0] - 640.0).abs() < 0.1 && (px[1] - 360.0).abs() < 0.1,
            "{px:?}"
        );
        assert!((depth_m - 2_000.0).abs() < 0.1, "{depth_m}");
        let (higher, _) = sight.project([100.0, -50.0, 103.0]).expect("it is ahead");
        assert!(higher[1] < px[1], "up is up");
    }

    #[test]
    fn a_pick_finds_what_lies_under_it() {
        let figure = picks_among(20_000, (640, 360)).expect("it hits something");
        assert!(figure.value > 0.0);
    }
}
