//! A raster over an area: which cells lie inside, what covers them, and how high the ground is.

use super::error::CoverageError;
use super::obstacles::{Obstacles, level_ground};
use super::triangle::Triangle;
use cim_geo::{Enu, Geodetic, LocalFrame};
use cim_tiles::FeatureClass;
use glam::Vec3;
use std::ops::Range;

/// A map has so many cells at most: 16 km² at 1 m.
pub const MAX_CELLS: usize = 16 << 20;

/// Cells are no smaller, metres.
const LEAST_CELL_M: f64 = 0.1;

/// Cells in rows from the south, along east and north of a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    /// Where the frame touches the Earth.
    pub frame_origin: Geodetic,
    /// The west side, metres east of the origin.
    pub west_m: f64,
    /// The south side, metres north of the origin.
    pub south_m: f64,
    /// Side of a cell, metres.
    pub cell_m: f64,
    /// Cells in a row.
    pub columns: usize,
    /// Rows.
    pub rows: usize,
}

/// An outline in the frame of the obstacles, metres east and north; corners that are no places are left out.
pub(crate) fn outline_of(obstacles: &Obstacles, outline: &[Geodetic]) -> Vec<[f64; 2]> {
    let frame = obstacles.frame();
    let corners = outline.iter().map(|place| {
        let at = frame.enu_from_geodetic(Geodetic {
            height_m: 0.0,
            ..*place
        });
        [at.east_m, at.north_m]
    });
    corners
        .filter(|corner| corner.iter().all(|part| part.is_finite()))
        .collect()
}

/// The area within an outline, square metres; 0 for fewer than three corners.
pub(crate) fn area_m2(outline: &[[f64; 2]]) -> f64 {
    let next = outline.iter().cycle().skip(1);
    let twice: f64 = outline
        .iter()
        .zip(next)
        .map(|([ax, ay], [bx, by])| ax * by - bx * ay)
        .sum();
    (twice / 2.0).abs()
}

impl Grid {
    /// The grid over an outline.
    pub(crate) fn over(
        outline: &[[f64; 2]],
        cell_m: f64,
        frame_origin: Geodetic,
    ) -> Result<Self, CoverageError> {
        if !(cell_m.is_finite() && cell_m >= LEAST_CELL_M) {
            return Err(CoverageError::BadStep {
                what: "the side of a cell",
                least_m: "0.1",
            });
        }
        if outline.len() < 3 {
            return Err(CoverageError::NoArea {
                corners: outline.len(),
            });
        }
        let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
        for corner in outline {
            for axis in 0..2 {
                low[axis] = low[axis].min(corner[axis]);
                high[axis] = high[axis].max(corner[axis]);
            }
        }
        let cells = |axis: usize| ((high[axis] - low[axis]) / cell_m).ceil().max(1.0);
        let (columns, rows) = (cells(0), cells(1));
        if columns * rows > MAX_CELLS as f64 {
            return Err(CoverageError::TooMany {
                asked: (columns * rows) as u64,
                most: MAX_CELLS,
            });
        }
        Ok(Self {
            frame_origin,
            west_m: low[0],
            south_m: low[1],
            cell_m,
            columns: columns as usize,
            rows: rows as usize,
        })
    }

    /// Cells in all.
    pub fn cells(&self) -> usize {
        self.columns * self.rows
    }

    /// The middle of a cell, metres east and north of the frame's origin.
    pub fn centre(&self, column: usize, row: usize) -> [f64; 2] {
        [
            self.west_m + (column as f64 + 0.5) * self.cell_m,
            self.south_m + (row as f64 + 0.5) * self.cell_m,
        ]
    }

    /// The corners of the whole raster: south-west, south-east, north-east, north-west.
    pub fn corner_places(&self) -> [Geodetic; 4] {
        let frame = LocalFrame::new(self.frame_origin);
        let (east_m, north_m) = (
            self.west_m + self.columns as f64 * self.cell_m,
            self.south_m + self.rows as f64 * self.cell_m,
        );
        [
            [self.west_m, self.south_m],
            [east_m, self.south_m],
            [east_m, north_m],
            [self.west_m, north_m],
        ]
        .map(|[east_m, north_m]| {
            let up_m = f64::from(level_ground(east_m as f32, north_m as f32));
            frame.geodetic_from_enu(Enu::new(east_m, north_m, up_m))
        })
    }

    /// The middle of the cell with this number, as rays are asked.
    pub(crate) fn centre_of(&self, cell: usize) -> [f32; 2] {
        let columns = self.columns.max(1);
        self.centre(cell % columns, cell / columns)
            .map(|part| part as f32)
    }

    /// Whether the middle of each cell lies within the outline (even-odd rule).
    pub(crate) fn inside(&self, outline: &[[f64; 2]]) -> Vec<bool> {
        let mut inside = vec![false; self.cells()];
        let mut crossings: Vec<f64> = Vec::new();
        for (row, cells) in inside.chunks_mut(self.columns.max(1)).enumerate() {
            let [_, north] = self.centre(0, row);
            crossings.clear();
            let next = outline.iter().cycle().skip(1);
            for ([ax, ay], [bx, by]) in outline.iter().zip(next) {
                if (*ay > north) != (*by > north) {
                    crossings.push(ax + (north - ay) / (by - ay) * (bx - ax));
                }
            }
            crossings.sort_by(f64::total_cmp);
            let (pairs, _) = crossings.as_chunks::<2>();
            for [from, to] in pairs {
                let (columns, _) = self.window([*from, north, *to, north]);
                if let Some(cells) = cells.get_mut(columns) {
                    cells.fill(true);
                }
            }
        }
        inside
    }

    /// The columns and rows whose middles lie within west, south, east, north.
    pub(crate) fn window(
        &self,
        [west, south, east, north]: [f64; 4],
    ) -> (Range<usize>, Range<usize>) {
        let first = |side: f64, from: f64, most: usize| {
            (((side - from) / self.cell_m - 0.5).ceil().max(0.0) as usize).min(most)
        };
        let end = |side: f64, from: f64, most: usize| {
            ((((side - from) / self.cell_m - 0.5).floor() + 1.0).max(0.0) as usize).min(most)
        };
        let columns = first(west, self.west_m, self.columns)..end(east, self.west_m, self.columns);
        let rows = first(south, self.south_m, self.rows)..end(north, self.south_m, self.rows);
        (columns, rows)
    }

    /// Calls `each` with the number of every cell whose middle lies under or over the triangle, and how high the triangle
    /// is there.
    pub(crate) fn draw(&self, triangle: &Triangle, mut each: impl FnMut(usize, f32)) {
        let [a, b, c] = triangle.corners().map(Vec3::as_dvec3);
        let twice = (b.x - a.x) * (c.y - a.y) - (c.x - a.x) * (b.y - a.y);
        // Walls cover no cell.
        if twice.abs() < 1.0e-6 {
            return;
        }
        let (low, high) = (a.min(b).min(c), a.max(b).max(c));
        let (columns, rows) = self.window([low.x, low.y, high.x, high.y]);
        for row in rows {
            for column in columns.clone() {
                let [x, y] = self.centre(column, row);
                let of_b = ((x - a.x) * (c.y - a.y) - (c.x - a.x) * (y - a.y)) / twice;
                let of_c = ((b.x - a.x) * (y - a.y) - (x - a.x) * (b.y - a.y)) / twice;
                if of_b >= 0.0 && of_c >= 0.0 && of_b + of_c <= 1.0 {
                    let up = a.z + of_b * (b.z - a.z) + of_c * (c.z - a.z);
                    each(row * self.columns + column, up as f32);
                }
            }
        }
    }

    /// How high the ground is in each cell.
    pub(crate) fn ground(&self, obstacles: &Obstacles) -> Vec<f32> {
        let mut ground: Vec<f32> = (0..self.cells())
            .map(|cell| {
                let [east, north] = self.centre_of(cell);
                level_ground(east, north)
            })
            .collect();
        let Some(class) = obstacles.ground_class() else {
            return ground;
        };
        let mut relief = vec![f32::NAN; self.cells()];
        self.draw_class(obstacles, class, |cell, up| {
            if let Some(known) = relief.get_mut(cell) {
                // Not a number is below and above everything.
                *known = if class == FeatureClass::Ground {
                    known.max(up)
                } else {
                    known.min(up)
                };
            }
        });
        for (known, up) in ground.iter_mut().zip(&relief) {
            if !up.is_nan() {
                *known = *up;
            }
        }
        ground
    }

    /// Which cells have a roof over a place so high: what is there cannot be seen from the street.
    pub(crate) fn indoors(&self, obstacles: &Obstacles, places_up: &[f32]) -> Vec<bool> {
        let mut indoors = vec![false; self.cells()];
        self.draw_class(obstacles, FeatureClass::Building, |cell, up| {
            if let (Some(is_indoors), Some(place)) = (indoors.get_mut(cell), places_up.get(cell)) {
                *is_indoors |= up > *place;
            }
        });
        indoors
    }

    fn draw_class(
        &self,
        obstacles: &Obstacles,
        class: FeatureClass,
        mut each: impl FnMut(usize, f32),
    ) {
        for triangle in obstacles.bvh().triangles() {
            if obstacles.class_of(triangle.feature) == Some(class) {
                self.draw(triangle, &mut each);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coverage::town::{add_block, feature, place_at, square};

    const SQUARE: [[f64; 2]; 4] = [[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 10.0]];

    fn grid(outline: &[[f64; 2]], cell_m: f64) -> Grid {
        Grid::over(outline, cell_m, place_at(0.0, 0.0, 0.0)).expect("an area")
    }

    #[test]
    fn a_grid_covers_its_outline() {
        let grid = grid(&SQUARE, 2.0);
        assert_eq!((grid.columns, grid.rows, grid.cells()), (5, 5, 25));
        assert_eq!(grid.centre(0, 4).map(|part| part as i32), [1, 9]);
        assert!(grid.inside(&SQUARE).iter().all(|is_inside| *is_inside));
        let [south_west, _, north_east, _] = grid.corner_places();
        let expected = place_at(10.0, 10.0, 0.0);
        assert!((south_west.lon_deg - 117.2).abs() < 1e-9);
        assert!((north_east.lat_deg - expected.lat_deg).abs() < 1e-9);
    }

    #[test]
    fn half_the_cells_of_a_square_lie_in_its_half() {
        let triangle = [[0.0, 0.0], [100.0, 0.0], [0.0, 100.0]];
        let inside = grid(&triangle, 1.0).inside(&triangle);
        let count = inside.iter().filter(|is_inside| **is_inside).count();
        assert!((4_900..=5_100).contains(&count), "{count}");
        assert!((area_m2(&triangle) - 5_000.0).abs() < 1e-9);
        assert!(area_m2(&SQUARE[..1]).abs() < 1e-9 && area_m2(&[]).abs() < 1e-9);
    }

    #[test]
    fn what_is_no_area_or_too_large_is_refused() {
        let origin = place_at(0.0, 0.0, 0.0);
        let error = |outline: &[[f64; 2]], cell_m: f64| Grid::over(outline, cell_m, origin).err();
        assert_eq!(
            error(&SQUARE[..2], 1.0),
            Some(CoverageError::NoArea { corners: 2 })
        );
        assert!(matches!(
            error(&SQUARE, 0.0),
            Some(CoverageError::BadStep { .. })
        ));
        assert!(matches!(
            error(&SQUARE, f64::NAN),
            Some(CoverageError::BadStep { .. })
        ));
        let wide = SQUARE.map(|corner| corner.map(|part| part * 10_000.0));
        assert!(matches!(
            error(&wide, 1.0),
            Some(CoverageError::TooMany { .. })
        ));
    }

    #[test]
    fn cells_under_a_roof_are_indoors_and_ground_is_relief() {
        let mut triangles = Vec::new();
        square(&mut triangles, [-1.0, -1.0], [11.0, 11.0], 5.0, 0);
        add_block(&mut triangles, [0.0, 0.0], [4.0, 10.0], 5.0, 12.0, 1);
        let features = vec![
            feature("g", FeatureClass::Ground),
            feature("b", FeatureClass::Building),
        ];
        let frame = LocalFrame::new(place_at(0.0, 0.0, 0.0));
        let obstacles = Obstacles::from_triangles(frame, None, features, triangles);
        let grid = grid(&SQUARE, 2.0);
        let ground = grid.ground(&obstacles);
        assert!(
            ground.iter().all(|up| (up - 5.0).abs() < 1e-3),
            "{ground:?}"
        );
        let places: Vec<f32> = ground.iter().map(|up| up + 1.0).collect();
        let indoors = grid.indoors(&obstacles, &places);
        assert_eq!(indoors.iter().filter(|is_in| **is_in).count(), 10);
        assert!(indoors[0] && indoors[1] && !indoors[2]);
    }
}
