//! Values between samples, weighted by the inverse of their distance.
//!
//! Shepard's method with the weights of Franke and Little, ((r − d) / (r · d))ᵖ: a sample's weight falls to nothing at
//! the radius r, so that the field has no steps where a sample drops out. Where no sample is within the radius nothing
//! is known, and nothing is said: the value is NaN.

use super::{FieldError, Grid, MOST_CELLS, Raster, positive};

/// So often a cell and a sample may meet in one raster; some seconds of one core.
const MOST_MEETINGS: u64 = 2_000_000_000;
/// Greater powers turn the field into patches of the nearest sample.
const MOST_POWER: f32 = 16.0;
/// Buckets along a side.
const MOST_BUCKETS: f64 = 1_024.0;
/// Metres; nearer than that, a sample lies at the place.
const SAME_PLACE_M: f64 = 1.0e-6;

/// The field between `samples` (metres east and north, with the value there) at the middle of each cell of `grid`, in
/// the samples' unit. `power` is usually 2; a sample reaches `radius_m` far.
///
/// At a sample the field has exactly its value. Samples that are not finite are left out.
pub fn idw(
    samples: &[([f32; 2], f32)],
    power: f32,
    radius_m: f32,
    grid: &Grid,
) -> Result<Raster, FieldError> {
    grid.check()?;
    let field = Idw::new(samples, power, radius_m)?;
    let meetings = field.meetings(grid);
    if meetings > MOST_MEETINGS {
        return Err(FieldError::TooMany {
            what: "meetings of cells and samples; fewer cells, fewer samples or a smaller radius would do",
            found: meetings,
            most: MOST_MEETINGS,
        });
    }
    let mut values = Vec::with_capacity(grid.cells());
    for row in 0..grid.rows {
        values.extend((0..grid.columns).map(|column| field.at(grid.centre(column, row))));
    }
    Raster::new(grid, values)
}

/// Samples in buckets, ready to be asked at any place: for a raster, or for what is under the cursor.
#[derive(Clone, Debug)]
pub struct Idw {
    power: f64,
    radius_m: f64,
    /// South-western corner of the buckets, metres.
    min: [f64; 2],
    /// Side of a bucket, metres: the radius or more, so that the buckets around a place's own hold all that reach it.
    side_m: f64,
    columns: usize,
    rows: usize,
    /// Where each bucket begins in `samples`, row by row, and where the last ends.
    starts: Vec<usize>,
    /// By bucket.
    samples: Vec<Sample>,
}

#[derive(Clone, Copy, Debug)]
struct Sample {
    at: [f64; 2],
    value: f64,
}

impl Idw {
    /// Puts the samples in order; see [`idw()`] for what they and the settings mean.
    pub fn new(samples: &[([f32; 2], f32)], power: f32, radius_m: f32) -> Result<Self, FieldError> {
        let radius_m = positive("the radius of a sample in metres", radius_m)?;
        if !(power > 0.0 && power <= MOST_POWER) {
            return Err(FieldError::BadNumber {
                what: "the power of inverse distance weighting",
                found: f64::from(power),
                must: "greater than 0 and at most 16",
            });
        }
        if samples.len() as u64 > MOST_CELLS {
            return Err(FieldError::TooMany {
                what: "samples of a field",
                found: samples.len() as u64,
                most: MOST_CELLS,
            });
        }
        let known: Vec<Sample> = samples
            .iter()
            .filter(|(at, value)| value.is_finite() && at.iter().all(|part| part.is_finite()))
            .map(|(at, value)| Sample {
                at: at.map(f64::from),
                value: f64::from(*value),
            })
            .collect();
        let mut field = Self::empty(&known, f64::from(power), radius_m);
        field.fill(&known);
        Ok(field)
    }

    /// The value at a place, metres east and north; NaN where no sample is within the radius.
    pub fn at(&self, place: [f32; 2]) -> f32 {
        let [east, north] = place.map(f64::from);
        let (Some([left, right]), Some([low, high])) = (
            around(self.bucket(east, 0), self.columns),
            around(self.bucket(north, 1), self.rows),
        ) else {
            return f32::NAN;
        };
        let mut sums = Sums::default();
        for row in low..=high {
            for sample in self.in_row(row, left, right) {
                let [dx, dy] = [sample.at[0] - east, sample.at[1] - north];
                sums.add(sample.value, dx * dx + dy * dy, self);
            }
        }
        sums.value()
    }

    /// No samples yet, but buckets where they lie: not many more than there are samples.
    fn empty(known: &[Sample], power: f64, radius_m: f64) -> Self {
        let mut min = [f64::INFINITY; 2];
        let mut max = [f64::NEG_INFINITY; 2];
        for sample in known {
            for ((least, most), at) in min.iter_mut().zip(&mut max).zip(sample.at) {
                *least = least.min(at);
                *most = most.max(at);
            }
        }
        if known.is_empty() {
            (min, max) = ([0.0; 2], [0.0; 2]);
        }
        let size = [max[0] - min[0], max[1] - min[1]];
        let along = (known.len() as f64).sqrt().ceil().clamp(1.0, MOST_BUCKETS);
        let side_m = radius_m.max(size[0].max(size[1]) / along);
        let [columns, rows] = size.map(|size| (size / side_m).floor() as usize + 1);
        Self {
            power,
            radius_m,
            min,
            side_m,
            columns,
            rows,
            starts: Vec::new(),
            samples: Vec::with_capacity(known.len()),
        }
    }

    /// Sorts the samples into the buckets; those of one bucket keep their order.
    fn fill(&mut self, known: &[Sample]) {
        let bucket_of = |sample: &Sample| {
            let within = |bucket: f64, count: usize| (bucket.max(0.0) as usize).min(count - 1);
            let column = within(self.bucket(sample.at[0], 0), self.columns);
            let row = within(self.bucket(sample.at[1], 1), self.rows);
            row * self.columns + column
        };
        let mut order: Vec<(usize, usize)> = known
            .iter()
            .enumerate()
            .map(|(index, sample)| (bucket_of(sample), index))
            .collect();
        order.sort_unstable();
        let buckets = self.columns * self.rows;
        self.starts = (0..=buckets)
            .map(|bucket| order.partition_point(|(of, _)| *of < bucket))
            .collect();
        let sorted = order.iter().filter_map(|(_, index)| known.get(*index));
        self.samples.extend(sorted);
    }

    /// The bucket of a coordinate, along one axis; also before the first and after the last.
    fn bucket(&self, at: f64, axis: usize) -> f64 {
        let min = self.min.get(axis).copied().unwrap_or_default();
        ((at - min) / self.side_m).floor()
    }

    /// Samples in a stretch of one row of buckets.
    fn in_row(&self, row: usize, left: usize, right: usize) -> &[Sample] {
        let start = |bucket: usize| self.starts.get(bucket).copied().unwrap_or_default();
        let first = row * self.columns;
        self.samples
            .get(start(first + left)..start(first + right + 1))
            .unwrap_or_default()
    }

    /// How often a cell of the grid and a sample near it are weighed against each other.
    fn meetings(&self, grid: &Grid) -> u64 {
        let across = self.cells_by_bucket(grid.columns, self.columns, 0, |c| grid.east(c));
        let upward = self.cells_by_bucket(grid.rows, self.rows, 1, |c| grid.north(c));
        let mut meetings = 0_u64;
        for (up, rows) in upward.iter().enumerate().filter(|(_, rows)| **rows > 0) {
            for (right, columns) in across.iter().enumerate().filter(|(_, cells)| **cells > 0) {
                let near = self.near([right as f64 - 1.0, up as f64 - 1.0]);
                meetings = meetings.saturating_add(near.saturating_mul(rows * columns));
            }
        }
        meetings
    }

    /// Rows or columns of cells by the bucket that they lie in, from the one before the first to the one after the
    /// last.
    fn cells_by_bucket(
        &self,
        cells: u32,
        buckets: usize,
        axis: usize,
        at: impl Fn(f64) -> f64,
    ) -> Vec<u64> {
        let mut counts = vec![0; buckets + 2];
        for cell in 0..cells {
            let bucket = self.bucket(at(f64::from(cell) + 0.5), axis);
            let slot = (-1.0..=buckets as f64)
                .contains(&bucket)
                .then_some(bucket + 1.0);
            if let Some(count) = slot.and_then(|slot| counts.get_mut(slot as usize)) {
                *count += 1;
            }
        }
        counts
    }

    /// Samples in a bucket and those around it.
    fn near(&self, [column, row]: [f64; 2]) -> u64 {
        let (Some([left, right]), Some([low, high])) =
            (around(column, self.columns), around(row, self.rows))
        else {
            return 0;
        };
        (low..=high)
            .map(|row| self.in_row(row, left, right).len() as u64)
            .sum()
    }
}

/// The buckets beside one along an axis and itself, as far as there are any.
fn around(bucket: f64, count: usize) -> Option<[usize; 2]> {
    if !(-1.0..=count as f64).contains(&bucket) {
        return None;
    }
    let first = (bucket - 1.0).max(0.0) as usize;
    let last = ((bucket + 1.0) as usize).min(count.saturating_sub(1));
    Some([first, last])
}

/// What the samples around a place say together.
#[derive(Default)]
struct Sums {
    values: f64,
    weights: f64,
    /// Values right here, and how many.
    here: (f64, f64),
}

impl Sums {
    fn add(&mut self, value: f64, away_squared: f64, field: &Idw) {
        let away = away_squared.sqrt();
        if away < SAME_PLACE_M {
            self.here.0 += value;
            self.here.1 += 1.0;
        } else if away < field.radius_m {
            let near = (field.radius_m - away) / (field.radius_m * away);
            let is_square = (field.power - 2.0).abs() < 1.0e-6;
            let weight = if is_square {
                near * near
            } else {
                near.powf(field.power)
            };
            self.values += value * weight;
            self.weights += weight;
        }
    }

    /// Two samples at one place are both right: their mean.
    fn value(&self) -> f32 {
        if self.here.1 > 0.0 {
            (self.here.0 / self.here.1) as f32
        } else if self.weights > 0.0 {
            (self.values / self.weights) as f32
        } else {
            f32::NAN
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRID: Grid = Grid {
        columns: 40,
        rows: 30,
        min: [500.0, -300.0],
        step_m: 10.0,
    };

    fn samples() -> Vec<([f32; 2], f32)> {
        vec![
            (GRID.centre(5, 5), 12.0),
            (GRID.centre(30, 8), 48.0),
            (GRID.centre(17, 22), 30.0),
            (GRID.centre(18, 22), -4.0),
        ]
    }

    #[test]
    fn at_a_sample_the_field_has_its_value() {
        for power in [1.0, 2.0, 3.5] {
            let found = idw(&samples(), power, 150.0, &GRID).expect("a field");
            for (column, row, value) in [(5, 5, 12.0), (30, 8, 48.0), (18, 22, -4.0)] {
                let off = found.value(column, row) - value;
                assert!(off.abs() < 1.0e-4, "{off} off with a power of {power}");
            }
        }
    }

    /// The field with a power of 2, by looking at every sample.
    fn by_hand(samples: &[([f32; 2], f32)], radius: f64, [east, north]: [f64; 2]) -> f64 {
        let (mut sum, mut weights) = (0.0, 0.0);
        for ([x, y], value) in samples {
            let away = (f64::from(*x) - east).hypot(f64::from(*y) - north);
            if away < radius {
                let weight = ((radius - away) / (radius * away.max(1.0e-9))).powi(2);
                sum += weight * f64::from(*value);
                weights += weight;
            }
        }
        sum / weights
    }

    #[test]
    fn the_buckets_find_every_sample_that_reaches_a_place() {
        let samples = samples();
        let found = idw(&samples, 2.0, 131.0, &GRID).expect("a field");
        for row in 0..GRID.rows {
            for column in 0..GRID.columns {
                let value = f64::from(found.value(column, row));
                let expected = by_hand(&samples, 131.0, GRID.centre(column, row).map(f64::from));
                assert!(
                    (value - expected).abs() < 1.0e-3 || (value.is_nan() && expected.is_nan()),
                    "{value} instead of {expected} in column {column} of row {row}"
                );
            }
        }
    }

    #[test]
    fn where_no_sample_reaches_nothing_is_known() {
        let field = Idw::new(&samples(), 2.0, 50.0).expect("a field");
        assert!(field.at(GRID.centre(5, 9)).is_finite());
        for place in [
            GRID.centre(5, 11),
            GRID.centre(39, 29),
            [f32::NAN, 0.0],
            [f32::MAX, f32::MAX],
        ] {
            assert!(field.at(place).is_nan(), "{place:?}");
        }
    }

    #[test]
    fn samples_at_one_place_count_as_their_mean() {
        let field = Idw::new(&[([1.0, 1.0], 10.0), ([1.0, 1.0], 20.0)], 2.0, 5.0);
        let found = field.expect("a field").at([1.0, 1.0]);
        assert!((found - 15.0).abs() < 1.0e-6, "{found}");
    }

    #[test]
    fn broken_samples_are_left_out_and_without_any_nothing_is_known() {
        let broken = [
            ([f32::NAN, 0.0], 1.0),
            ([0.0, f32::INFINITY], 1.0),
            ([0.0, 0.0], f32::NAN),
        ];
        for samples in [&broken[..], &[]] {
            let found = idw(samples, 2.0, 100.0, &GRID).expect("a field");
            assert!(found.values.iter().all(|value| value.is_nan()));
        }
    }

    #[test]
    fn settings_without_sense_are_refused_by_name() {
        let check = |power, radius_m, word: &str| {
            let text = Idw::new(&samples(), power, radius_m)
                .expect_err("settings without sense")
                .to_string();
            assert!(text.contains(word), "{text}");
        };
        check(0.0, 10.0, "power");
        check(f32::NAN, 10.0, "power");
        check(2.0, 0.0, "radius");
        check(2.0, f32::INFINITY, "radius");
    }

    #[test]
    fn work_without_end_is_refused_before_it_begins() {
        let crowd = vec![([0.0, 0.0], 1.0); 3_000];
        let grid = Grid {
            columns: 1_000,
            rows: 1_000,
            min: [0.0, 0.0],
            step_m: 1.0,
        };
        let found = idw(&crowd, 2.0, 5_000.0, &grid);
        assert!(
            matches!(found, Err(FieldError::TooMany { .. })),
            "{found:?}"
        );
    }

    #[test]
    fn samples_at_the_ends_of_the_world_take_no_more_buckets_than_a_thousand_a_side() {
        let far = [([f32::MIN, f32::MIN], 1.0), ([f32::MAX, f32::MAX], 2.0)];
        let field = Idw::new(&far, 2.0, 0.001).expect("a field");
        assert!(field.columns * field.rows <= 9);
        assert!((field.at([f32::MAX, f32::MAX]) - 2.0).abs() < 1.0e-6);
    }
}
