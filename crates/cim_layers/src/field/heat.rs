//! Heat maps: how dense things lie, by a kernel around each of them.
//!
//! The kernel is Silverman's quartic one, (1 − (d/r)²)² out to the radius r, scaled so that each thing keeps its
//! weight. Things are first put into bins, each shared among the four bins around it, and the kernel is laid over every
//! bin that holds something. A bin is a cell of the raster, or an eighth of the radius where cells are finer than that:
//! the kernel is then so smooth that mixing between bins loses nothing that an eye could see, and a thing costs the
//! same whatever the radius.

use super::{FieldError, Grid, Raster, positive};

/// A bin is no smaller than the radius divided by this.
const BINS_IN_RADIUS: f64 = 8.0;
/// Densities are counted per square kilometre.
const M2_IN_KM2: f64 = 1.0e6;

/// How much weight lies on a square kilometre around the middle of each cell: `points` are places (metres east and
/// north) with the weight of each, 1 to count them. `radius_m` is how far a point reaches.
///
/// Points beyond the raster count where their reach ends in it. Places and weights that are not finite are left out.
pub fn heat(
    points: impl IntoIterator<Item = ([f32; 2], f32)>,
    radius_m: f32,
    grid: &Grid,
) -> Result<Raster, FieldError> {
    grid.check()?;
    let radius_m = positive("the radius of a heat map in metres", radius_m)?;
    let mut bins = Bins::around(grid, radius_m);
    for (place, weight) in points {
        bins.put(place, weight);
    }
    let spread = Kernel::new(radius_m / bins.step_m, bins.step_m).spread(&bins);
    Raster::new(grid, bins.sampled(&spread, grid))
}

/// Weights on squares that cover the raster and a margin of the kernel's reach.
struct Bins {
    columns: usize,
    rows: usize,
    /// South-western corner, metres.
    min: [f64; 2],
    step_m: f64,
    weights: Vec<f32>,
}

impl Bins {
    /// Empty bins. With the margin, no side is more than a hundred longer than the raster's.
    fn around(grid: &Grid, radius_m: f64) -> Self {
        let cell_m = f64::from(grid.step_m);
        let step_m = cell_m.max(radius_m / BINS_IN_RADIUS);
        let margin = (radius_m / step_m).ceil() as usize + 1;
        let along = |cells: u32| (f64::from(cells) * cell_m / step_m).ceil() as usize + 2 * margin;
        let (columns, rows) = (along(grid.columns), along(grid.rows));
        let out = margin as f64 * step_m;
        Self {
            columns,
            rows,
            min: grid.min.map(|edge| f64::from(edge) - out),
            step_m,
            weights: vec![0.0; columns * rows],
        }
    }

    /// The bin whose middle lies at or before a coordinate, and the part of the way to the next middle.
    fn place(&self, at: f64, axis: usize) -> (f64, f32) {
        let min = self.min.get(axis).copied().unwrap_or_default();
        let bins = (at - min) / self.step_m - 0.5;
        (bins.floor(), (bins - bins.floor()) as f32)
    }

    /// Shares a weight among the four bins around a place, so that neither the sum nor the centre of gravity moves.
    fn put(&mut self, place: [f32; 2], weight: f32) {
        if !weight.is_finite() || !place.iter().all(|part| part.is_finite()) {
            return;
        }
        let (column, right) = self.place(f64::from(place[0]), 0);
        let (row, up) = self.place(f64::from(place[1]), 1);
        let is_within = (0.0..self.columns as f64 - 1.0).contains(&column)
            && (0.0..self.rows as f64 - 1.0).contains(&row);
        if !is_within {
            return;
        }
        let first = row as usize * self.columns + column as usize;
        let shares = [
            (first, (1.0 - right) * (1.0 - up)),
            (first + 1, right * (1.0 - up)),
            (first + self.columns, (1.0 - right) * up),
            (first + self.columns + 1, right * up),
        ];
        for (bin, share) in shares {
            if let Some(sum) = self.weights.get_mut(bin) {
                *sum += weight * share;
            }
        }
    }

    /// Values of the bins at the middles of a raster's cells.
    fn sampled(&self, values: &[f32], grid: &Grid) -> Vec<f32> {
        let across: Vec<(usize, f32)> = (0..grid.columns)
            .map(|column| {
                let (left, right) = self.place(grid.east(f64::from(column) + 0.5), 0);
                (left as usize, right)
            })
            .collect();
        let line = |row: usize| {
            let from = row * self.columns;
            values.get(from..from + self.columns).unwrap_or_default()
        };
        let mut sampled = Vec::with_capacity(grid.cells());
        for row in 0..grid.rows {
            let (below, up) = self.place(grid.north(f64::from(row) + 0.5), 1);
            let (lower, upper) = (line(below as usize), line(below as usize + 1));
            let of = |line: &[f32], bin: usize| line.get(bin).copied().unwrap_or_default();
            sampled.extend(across.iter().map(|&(left, right)| {
                let south = of(lower, left) * (1.0 - right) + of(lower, left + 1) * right;
                let north = of(upper, left) * (1.0 - right) + of(upper, left + 1) * right;
                let value = south * (1.0 - up) + north * up;
                if value.is_finite() { value } else { f32::NAN }
            }));
        }
        sampled
    }
}

/// What one unit of weight in a bin adds to the bins around it, line by line.
struct Kernel {
    lines: Vec<KernelLine>,
}

struct KernelLine {
    /// Bins to the north.
    up: isize,
    /// Bins to the west and to the east.
    half: usize,
    /// From the west to the east, `2 · half + 1`.
    weights: Vec<f32>,
}

impl Kernel {
    /// A kernel that reaches so many bins far; per square kilometre.
    fn new(reach_bins: f64, step_m: f64) -> Self {
        let reach = reach_bins.floor() as i32;
        let squared = reach_bins * reach_bins;
        let quartic = |right: i32, up: i32| {
            let away = f64::from(right * right + up * up) / squared;
            // The middle counts also when the reach is less than a bin.
            if right == 0 && up == 0 {
                1.0
            } else {
                (1.0 - away).max(0.0).powi(2)
            }
        };
        let mut sum = 0.0;
        for up in -reach..=reach {
            sum += (-reach..=reach)
                .map(|right| quartic(right, up))
                .sum::<f64>();
        }
        let scale = M2_IN_KM2 / (sum * step_m * step_m);
        let line = |up: i32| {
            let half = (squared - f64::from(up * up)).max(0.0).sqrt().floor() as i32;
            KernelLine {
                up: up as isize,
                half: half as usize,
                weights: (-half..=half)
                    .map(|right| (quartic(right, up) * scale) as f32)
                    .collect(),
            }
        };
        Self {
            lines: (-reach..=reach).map(line).collect(),
        }
    }

    /// Lays the kernel over every bin.
    fn spread(&self, bins: &Bins) -> Vec<f32> {
        let mut sums = vec![0.0; bins.weights.len()];
        for (row, weights) in bins.weights.chunks_exact(bins.columns).enumerate() {
            let held = weights.iter().enumerate().filter(|(_, held)| **held != 0.0);
            for (column, weight) in held {
                for line in &self.lines {
                    line.add(&mut sums, bins.columns, [column, row], *weight);
                }
            }
        }
        sums
    }
}

impl KernelLine {
    /// Adds the line around a bin, cut off where the bins end.
    fn add(&self, sums: &mut [f32], columns: usize, [column, row]: [usize; 2], weight: f32) {
        let Some(row) = row.checked_add_signed(self.up) else {
            return;
        };
        let from = column.saturating_sub(self.half);
        let to = (column + self.half + 1).min(columns);
        let cut = from + self.half - column;
        let start = row * columns;
        // No such slice: a row north of the last.
        let Some(sums) = sums.get_mut(start + from..start + to) else {
            return;
        };
        for (sum, part) in sums.iter_mut().zip(self.weights.iter().skip(cut)) {
            *sum += weight * part;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::PI;

    fn grid(side: u32, step_m: f32) -> Grid {
        Grid {
            columns: side,
            rows: side,
            min: [-1_000.0, 2_000.0],
            step_m,
        }
    }

    /// Weight on the whole raster.
    fn mass(raster: &Raster) -> f64 {
        let cell_km2 = f64::from(raster.step_m).powi(2) / M2_IN_KM2;
        raster
            .values
            .iter()
            .map(|value| f64::from(*value))
            .sum::<f64>()
            * cell_km2
    }

    /// Numbers from 0 to 1 (SplitMix64), the same on every machine.
    fn dice(seed: u64) -> impl FnMut() -> f32 {
        let mut state = seed;
        move || {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = state;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((mixed ^ (mixed >> 31)) >> 40) as f32 / (1_u64 << 24) as f32
        }
    }

    /// Things on the inner half of the grid.
    fn things(grid: &Grid, count: usize) -> Vec<([f32; 2], f32)> {
        let mut next = dice(7);
        let side = grid.columns as f32 * grid.step_m;
        (0..count)
            .map(|_| {
                let mut along = |min: f32| min + side * (0.25 + 0.5 * next());
                let place = [along(grid.min[0]), along(grid.min[1])];
                (place, 0.5 + next())
            })
            .collect()
    }

    #[test]
    fn every_weight_is_on_the_map_whatever_the_radius() {
        let grid = grid(128, 20.0);
        let things = things(&grid, 300);
        let expected: f64 = things.iter().map(|(_, weight)| f64::from(*weight)).sum();
        for radius_m in [5.0, 33.0, 100.0, 199.0, 201.0, 450.0, 600.0] {
            let found = mass(&heat(things.clone(), radius_m, &grid).expect("a map"));
            assert!(
                (found - expected).abs() < expected * 0.01,
                "{found} of {expected} with a radius of {radius_m} m"
            );
        }
    }

    #[test]
    fn the_map_is_the_sum_of_kernels_to_a_few_hundredths_of_its_peak() {
        let grid = grid(96, 10.0);
        let things = things(&grid, 40);
        for radius_m in [80.0_f32, 100.0, 230.0] {
            let found = heat(things.clone(), radius_m, &grid).expect("a map");
            let squared = f64::from(radius_m).powi(2);
            let exact = |[east, north]: [f32; 2]| {
                let kernels = things.iter().map(|([x, y], weight)| {
                    let away = f64::from(east - x).powi(2) + f64::from(north - y).powi(2);
                    f64::from(*weight) * (1.0 - away / squared).max(0.0).powi(2)
                });
                kernels.sum::<f64>() * 3.0 / (PI * squared) * M2_IN_KM2
            };
            let mut worst = 0.0_f64;
            let mut peak = 0.0_f64;
            for row in 0..grid.rows {
                for column in 0..grid.columns {
                    let expected = exact(grid.centre(column, row));
                    let off = f64::from(found.value(column, row)) - expected;
                    worst = worst.max(off.abs());
                    peak = peak.max(expected);
                }
            }
            assert!(
                worst < peak * 0.05,
                "off by {worst} at a peak of {peak} with a radius of {radius_m} m"
            );
        }
    }

    #[test]
    fn a_thing_beyond_the_edge_warms_the_edge() {
        let grid = grid(32, 10.0);
        let found = heat([([-1_020.0, 2_100.0], 1.0)], 50.0, &grid).expect("a map");
        assert!(found.value(0, 10) > 0.0, "{}", found.value(0, 10));
        assert!(found.value(10, 10).abs() < 1.0e-9, "out of reach");
        let far = heat([([-9_000.0, 2_100.0], 1.0)], 50.0, &grid).expect("a map");
        assert!(far.values.iter().all(|value| value.abs() < 1.0e-9));
    }

    #[test]
    fn what_is_no_place_and_no_weight_is_left_out() {
        let grid = grid(16, 10.0);
        let broken = [
            ([f32::NAN, 2_050.0], 1.0),
            ([-950.0, f32::INFINITY], 1.0),
            ([-950.0, 2_050.0], f32::NAN),
            ([f32::MAX, f32::MIN], 1.0),
        ];
        let found = heat(broken, 40.0, &grid).expect("a map");
        assert!(found.values.iter().all(|value| value.abs() < 1.0e-9));
    }

    #[test]
    fn radii_without_sense_are_refused_and_huge_ones_are_not_a_danger() {
        let grid = grid(16, 10.0);
        for radius in [0.0, -5.0, f32::NAN, f32::INFINITY] {
            let text = heat(std::iter::empty(), radius, &grid)
                .expect_err("no radius")
                .to_string();
            assert!(text.contains("radius of a heat map"), "{text}");
        }
        let found = heat([([-950.0, 2_050.0], 1.0)], f32::MAX, &grid).expect("a map");
        assert_eq!(found.values.len(), 256);
        assert!(found.values.iter().all(|value| (0.0..1.0).contains(value)));
    }
}
