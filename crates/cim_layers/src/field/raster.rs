//! Values on a grid of square cells: where the cells lie, what they hold, and the state between two moments.

use super::FieldError;

/// A grid has at most so many cells (4 096 × 4 096).
pub const MOST_CELLS: u64 = 1 << 24;
/// A grid has at most so many cells along one side.
pub const MOST_SIDE: u32 = 1 << 16;
/// Metres; finer cells could not be told apart by `f32` places some kilometres from the origin.
const LEAST_STEP_M: f32 = 0.001;
/// Metres; the Earth is not larger.
const MOST_STEP_M: f32 = 1.0e7;

/// Where the cells of a raster lie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    /// Cells from west to east.
    pub columns: u32,
    /// Cells from south to north.
    pub rows: u32,
    /// South-western corner of the south-western cell, metres east and north of the city's origin.
    pub min: [f32; 2],
    /// Side of a cell, metres.
    pub step_m: f32,
}

impl Grid {
    /// The grid from `min` that covers everything up to `max` (both metres east and north), with cells of `step_m`.
    pub fn covering(min: [f32; 2], max: [f32; 2], step_m: f32) -> Result<Self, FieldError> {
        for end in max {
            check_place(end)?;
        }
        let count = |from: f32, to: f32| {
            let cells = (f64::from(to) - f64::from(from)) / f64::from(step_m);
            // A whole number of cells must not become one more by rounding. NaN and negative numbers become 0 here.
            (cells - 1.0e-6).ceil().clamp(0.0, f64::from(u32::MAX)) as u32
        };
        let grid = Self {
            columns: count(min[0], max[0]).max(1),
            rows: count(min[1], max[1]).max(1),
            min,
            step_m,
        };
        grid.check()?;
        Ok(grid)
    }

    /// Says what is wrong with the grid, if anything is: its sides, its step, or that it has more than [`MOST_CELLS`].
    pub fn check(&self) -> Result<(), FieldError> {
        for end in self.min {
            check_place(end)?;
        }
        if !(LEAST_STEP_M..=MOST_STEP_M).contains(&self.step_m) {
            return Err(FieldError::BadNumber {
                what: "the side of a raster's cell in metres",
                found: f64::from(self.step_m),
                must: "from 0.001 to 10 000 000",
            });
        }
        for side in [self.columns, self.rows] {
            if side == 0 {
                return Err(FieldError::BadNumber {
                    what: "the number of cells along a side of a raster",
                    found: 0.0,
                    must: "1 or more",
                });
            }
            if side > MOST_SIDE {
                return Err(FieldError::TooMany {
                    what: "cells along a side of a raster",
                    found: u64::from(side),
                    most: u64::from(MOST_SIDE),
                });
            }
        }
        let cells = u64::from(self.columns) * u64::from(self.rows);
        if cells > MOST_CELLS {
            return Err(FieldError::TooMany {
                what: "cells of a raster",
                found: cells,
                most: MOST_CELLS,
            });
        }
        Ok(())
    }

    /// How many cells there are.
    pub fn cells(&self) -> usize {
        (self.columns as usize).saturating_mul(self.rows as usize)
    }

    /// North-eastern corner of the north-eastern cell, metres east and north.
    pub fn max(&self) -> [f32; 2] {
        [
            self.east(f64::from(self.columns)) as f32,
            self.north(f64::from(self.rows)) as f32,
        ]
    }

    /// Middle of a cell, metres east and north.
    pub fn centre(&self, column: u32, row: u32) -> [f32; 2] {
        [
            self.east(f64::from(column) + 0.5) as f32,
            self.north(f64::from(row) + 0.5) as f32,
        ]
    }

    /// Metres east of the line that lies so many cells from the western edge.
    pub(super) fn east(&self, cells: f64) -> f64 {
        f64::from(self.min[0]) + cells * f64::from(self.step_m)
    }

    /// Metres north of the line that lies so many cells from the southern edge.
    pub(super) fn north(&self, cells: f64) -> f64 {
        f64::from(self.min[1]) + cells * f64::from(self.step_m)
    }
}

/// Values on a grid: depths, concentrations, densities. The unit is the maker's.
#[derive(Clone, Debug, PartialEq)]
pub struct Raster {
    /// Cells from west to east.
    pub columns: u32,
    /// Cells from south to north.
    pub rows: u32,
    /// South-western corner of the south-western cell, metres east and north of the city's origin.
    pub min: [f32; 2],
    /// Side of a cell, metres.
    pub step_m: f32,
    /// Row by row from the south, each from the west; NaN where there is no value.
    pub values: Vec<f32>,
}

impl Raster {
    /// A raster of these values, row by row from the south.
    pub fn new(grid: &Grid, values: Vec<f32>) -> Result<Self, FieldError> {
        let raster = Self {
            columns: grid.columns,
            rows: grid.rows,
            min: grid.min,
            step_m: grid.step_m,
            values,
        };
        raster.check()?;
        Ok(raster)
    }

    /// Where the cells lie.
    pub fn grid(&self) -> Grid {
        Grid {
            columns: self.columns,
            rows: self.rows,
            min: self.min,
            step_m: self.step_m,
        }
    }

    /// Says what is wrong with the raster, if anything is: its grid, or the number of its values.
    pub fn check(&self) -> Result<(), FieldError> {
        let grid = self.grid();
        grid.check()?;
        if self.values.len() == grid.cells() {
            Ok(())
        } else {
            Err(FieldError::WrongCount {
                columns: self.columns,
                rows: self.rows,
                found: self.values.len(),
            })
        }
    }

    /// The value of a cell; NaN where there is none, also outside.
    pub fn value(&self, column: u32, row: u32) -> f32 {
        if column >= self.columns {
            return f32::NAN;
        }
        let cell = (row as usize)
            .checked_mul(self.columns as usize)
            .and_then(|start| start.checked_add(column as usize));
        cell.and_then(|cell| self.values.get(cell))
            .copied()
            .unwrap_or(f32::NAN)
    }

    /// The value at a place (metres east and north), between the middles of the four cells around it.
    ///
    /// NaN outside of the raster and where the nearest cell has no value; other cells without one do not count.
    pub fn at(&self, place: [f32; 2]) -> f32 {
        let (Some((column, right)), Some((row, up))) = (
            cell_of(place[0], self.min[0], self.step_m, self.columns),
            cell_of(place[1], self.min[1], self.step_m, self.rows),
        ) else {
            return f32::NAN;
        };
        let nearest = self.value(column + u32::from(right >= 0.5), row + u32::from(up >= 0.5));
        if !nearest.is_finite() {
            return f32::NAN;
        }
        let corners = [
            (column, row, (1.0 - right) * (1.0 - up)),
            (column + 1, row, right * (1.0 - up)),
            (column, row + 1, (1.0 - right) * up),
            (column + 1, row + 1, right * up),
        ];
        let (mut sum, mut weights) = (0.0, 0.0);
        for (column, row, weight) in corners {
            let value = self.value(column, row);
            if value.is_finite() {
                sum += f64::from(value) * weight;
                weights += weight;
            }
        }
        (sum / weights) as f32
    }

    /// The least and the greatest finite value; `None` if there is no value at all.
    pub fn range(&self) -> Option<[f32; 2]> {
        range_of(&self.values)
    }
}

/// The state between two moments: `first` at `part` 0, `second` at 1, values mixed evenly between.
///
/// A cell that is known at one of the moments only has that value for the half nearer to it, and none for the other
/// half.
pub fn between(first: &Raster, second: &Raster, part: f32) -> Result<Raster, FieldError> {
    first.check()?;
    second.check()?;
    if first.grid() != second.grid() {
        return Err(FieldError::GridsDiffer {
            first: first.grid(),
            second: second.grid(),
        });
    }
    if part.is_nan() {
        return Err(FieldError::BadNumber {
            what: "the part of the way between two rasters",
            found: f64::from(part),
            must: "from 0 to 1",
        });
    }
    let part = part.clamp(0.0, 1.0);
    let values = first.values.iter().zip(&second.values).map(|(a, b)| {
        if a.is_finite() && b.is_finite() {
            a * (1.0 - part) + b * part
        } else if part < 0.5 {
            *a
        } else {
            *b
        }
    });
    Raster::new(&first.grid(), values.collect())
}

/// The least and the greatest finite one.
pub(super) fn range_of(values: &[f32]) -> Option<[f32; 2]> {
    let finite = values.iter().copied().filter(|value| value.is_finite());
    finite.fold(None, |range, value| match range {
        None => Some([value, value]),
        Some([least, most]) => Some([value.min(least), value.max(most)]),
    })
}

/// The cell whose middle lies at or before a coordinate, and the part of the way to the next middle; `None` outside.
/// The outer half cells have the value of their own middle.
fn cell_of(at: f32, min: f32, step_m: f32, count: u32) -> Option<(u32, f64)> {
    let cells = (f64::from(at) - f64::from(min)) / f64::from(step_m);
    if !(0.0..=f64::from(count)).contains(&cells) {
        return None;
    }
    let place = (cells - 0.5).clamp(0.0, f64::from(count.saturating_sub(1)));
    Some((place.floor() as u32, place.fract()))
}

fn check_place(found: f32) -> Result<(), FieldError> {
    if found.is_finite() {
        Ok(())
    } else {
        Err(FieldError::BadNumber {
            what: "a corner of a raster in metres",
            found: f64::from(found),
            must: "finite",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: f32 = f32::NAN;

    fn grid(columns: u32, rows: u32) -> Grid {
        Grid {
            columns,
            rows,
            min: [100.0, -50.0],
            step_m: 10.0,
        }
    }

    #[track_caller]
    fn check_at(raster: &Raster, place: [f32; 2], expected: f32) {
        let found = raster.at(place);
        assert!(
            (found - expected).abs() < 1.0e-5 || (found.is_nan() && expected.is_nan()),
            "{found} at {place:?} instead of {expected}"
        );
    }

    #[test]
    fn a_grid_covers_what_it_was_made_for_and_no_more() {
        let made = Grid::covering([0.0, 0.0], [100.0, 41.0], 10.0).expect("a grid");
        assert_eq!((made.columns, made.rows), (10, 5));
        let point = Grid::covering([3.0, 3.0], [3.0, 3.0], 0.1).expect("a grid of a point");
        assert_eq!(point.cells(), 1);
    }

    #[test]
    fn grids_that_make_no_sense_are_refused_with_the_reason() {
        let huge = Grid::covering([0.0, 0.0], [50_000.0, 50_000.0], 1.0);
        assert!(matches!(huge, Err(FieldError::TooMany { .. })), "{huge:?}");
        let strip = Grid::covering([0.0, 0.0], [1.0e6, 1.0], 1.0);
        assert!(
            matches!(strip, Err(FieldError::TooMany { .. })),
            "{strip:?}"
        );
        for step in [0.0, -1.0, f32::NAN, f32::INFINITY] {
            let found = Grid::covering([0.0, 0.0], [10.0, 10.0], step);
            let text = found.expect_err("a step without sense").to_string();
            assert!(text.contains("cell in metres"), "{text}");
        }
        assert!(Grid::covering([0.0, f32::NAN], [1.0, 1.0], 1.0).is_err());
        assert!(Grid::covering([0.0, 0.0], [1.0, f32::INFINITY], 1.0).is_err());
        assert!(grid(0, 4).check().is_err());
    }

    #[test]
    fn a_raster_with_a_value_missing_is_refused() {
        let found = Raster::new(&grid(2, 2), vec![1.0; 3]);
        let expected = FieldError::WrongCount {
            columns: 2,
            rows: 2,
            found: 3,
        };
        assert_eq!(found, Err(expected));
    }

    #[test]
    fn between_the_middles_of_cells_values_are_mixed() {
        let raster = Raster::new(&grid(2, 2), vec![0.0, 10.0, 20.0, 30.0]).expect("a raster");
        check_at(&raster, [105.0, -45.0], 0.0);
        check_at(&raster, [110.0, -45.0], 5.0);
        check_at(&raster, [110.0, -40.0], 15.0);
        // The outer half of a cell has the cell's own value.
        check_at(&raster, [100.0, -50.0], 0.0);
        check_at(&raster, [120.0, -30.0], 30.0);
        check_at(&raster, [99.0, -45.0], NONE);
        check_at(&raster, [NONE, -45.0], NONE);
    }

    #[test]
    fn beside_a_hole_the_known_cells_count_and_in_it_nothing_is_known() {
        let raster = Raster::new(&grid(2, 1), vec![4.0, NONE]).expect("a raster");
        check_at(&raster, [108.0, -45.0], 4.0);
        check_at(&raster, [112.0, -45.0], NONE);
    }

    #[test]
    fn half_way_in_time_is_half_way_in_value_and_holes_change_at_the_middle() {
        let first = Raster::new(&grid(3, 1), vec![0.0, 1.0, NONE]).expect("a raster");
        let second = Raster::new(&grid(3, 1), vec![2.0, NONE, 5.0]).expect("a raster");
        let at = |part| between(&first, &second, part).expect("a raster").values;
        assert!((at(0.25)[0] - 0.5).abs() < 1.0e-6);
        assert!((at(0.25)[1] - 1.0).abs() < 1.0e-6 && at(0.75)[1].is_nan());
        assert!(at(0.25)[2].is_nan() && (at(0.75)[2] - 5.0).abs() < 1.0e-6);
        assert!(
            (at(7.0)[0] - 2.0).abs() < 1.0e-6,
            "beyond the end is the end"
        );
        assert!(between(&first, &second, NONE).is_err());
    }

    #[test]
    fn rasters_on_different_cells_have_nothing_between_them() {
        let first = Raster::new(&grid(2, 1), vec![0.0; 2]).expect("a raster");
        let second = Raster::new(&grid(1, 2), vec![0.0; 2]).expect("a raster");
        let found = between(&first, &second, 0.5);
        assert!(
            matches!(found, Err(FieldError::GridsDiffer { .. })),
            "{found:?}"
        );
    }

    #[test]
    fn the_range_leaves_out_what_is_no_number() {
        let raster = Raster::new(&grid(4, 1), vec![NONE, -2.0, f32::INFINITY, 9.0]);
        assert_eq!(raster.expect("a raster").range(), Some([-2.0, 9.0]));
        let empty = Raster::new(&grid(1, 1), vec![NONE]).expect("a raster");
        assert_eq!(empty.range(), None);
    }
}
