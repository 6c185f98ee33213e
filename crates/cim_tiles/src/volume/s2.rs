//! Cells of the S2 sphere cover (`3DTILES_bounding_volume_S2`): from a token to the box around a cell.
//!
//! The Earth's surface is laid on the six faces of a cube; each face is divided into four, again and again, numbered
//! along a Hilbert curve. A token is the cell's number in hexadecimal, without the zeros at its end.

use super::{EARTH_RADIUS_M, REGION_SAMPLES, Volume, sampled_box};
use glam::DVec3;
use std::f64::consts::FRAC_PI_2;

/// The finest cells are less than a centimetre wide.
pub(super) const FINEST_LEVEL: u32 = 30;

/// Which quarter of a cell comes at each place of the curve, by the curve's orientation: `2 i + j`.
const QUARTER_AT: [[u32; 4]; 4] = [[0, 1, 3, 2], [0, 2, 3, 1], [3, 2, 0, 1], [3, 1, 0, 2]];
/// How the orientation changes in each quarter: 1 swaps the axes, 2 turns them around.
const TURN_AT: [u32; 4] = [1, 0, 0, 3];

/// One cell: its face of the cube, and its column and row among the `2^level × 2^level` cells of the face.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct S2Cell {
    face: u32,
    level: u32,
    column: u32,
    row: u32,
}

impl S2Cell {
    /// The cell that a token names.
    pub(super) fn from_token(token: &str) -> Result<Self, String> {
        let wrong = || format!("{token:?} is no S2 token");
        if token.is_empty() || token.len() > 16 || !token.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        let digits =
            u64::from_str_radix(token, 16).map_err(|error| format!("{}: {error}", wrong()))?;
        let id = digits << (4 * (16 - token.len()));
        let zeros = id.trailing_zeros();
        let face = (id >> 61) as u32;
        if id == 0 || zeros > 60 || zeros % 2 == 1 || face > 5 {
            return Err(wrong());
        }
        let level = FINEST_LEVEL - zeros / 2;
        let mut orientation = face & 1;
        let (mut column, mut row) = (0, 0);
        for step in 0..level {
            let place = (id >> (59 - 2 * step)) & 3;
            let quarter = QUARTER_AT
                .get(orientation as usize)
                .and_then(|quarters| quarters.get(place as usize))
                .ok_or_else(wrong)?;
            column = column * 2 + (quarter >> 1);
            row = row * 2 + (quarter & 1);
            orientation ^= TURN_AT.get(place as usize).ok_or_else(wrong)?;
        }
        Ok(Self {
            face,
            level,
            column,
            row,
        })
    }

    /// The cell `levels` below this one, in its column `x` and row `y`; `None` beyond the finest.
    pub(super) fn below(self, levels: u32, x: u32, y: u32) -> Option<Self> {
        let level = self.level.checked_add(levels)?;
        if level > FINEST_LEVEL {
            return None;
        }
        Some(Self {
            face: self.face,
            level,
            column: (self.column << levels) | x,
            row: (self.row << levels) | y,
        })
    }

    /// The box around the cell between two heights, metres above the ellipsoid.
    pub(super) fn volume(self, heights_m: [f64; 2]) -> Volume {
        let last = f64::from(REGION_SAMPLES - 1);
        let [lon, lat] = self.place(0.5, 0.5);
        let middle = [lon, lat, f64::midpoint(heights_m[0], heights_m[1])];
        // A face spans a quarter of the Earth; the quadratic projection keeps steps within twice their mean.
        let step = 2.0 * FRAC_PI_2 / f64::from(1_u32 << self.level) / last;
        let bulge_m = (EARTH_RADIUS_M + heights_m[1].abs()) * step * step / 8.0;
        sampled_box(middle, heights_m, bulge_m, |column, row| {
            self.place(f64::from(column) / last, f64::from(row) / last)
        })
    }

    /// Longitude and latitude in radians of a place within the cell, both fractions from 0 to 1.
    fn place(self, across: f64, up: f64) -> [f64; 2] {
        let cells = f64::from(1_u32 << self.level);
        let u = on_face((f64::from(self.column) + across) / cells);
        let v = on_face((f64::from(self.row) + up) / cells);
        let point = match self.face {
            0 => DVec3::new(1.0, u, v),
            1 => DVec3::new(-u, 1.0, v),
            2 => DVec3::new(-u, -v, 1.0),
            3 => DVec3::new(-1.0, -v, -u),
            4 => DVec3::new(v, -1.0, -u),
            _ => DVec3::new(v, u, -1.0),
        };
        [
            point.y.atan2(point.x),
            point.z.atan2(point.x.hypot(point.y)),
        ]
    }
}

/// From the curve's 0 to 1 to the face's −1 to 1, so that cells become more alike (S2's quadratic projection).
fn on_face(s: f64) -> f64 {
    if s >= 0.5 {
        (4.0 * s * s - 1.0) / 3.0
    } else {
        (1.0 - 4.0 * (1.0 - s) * (1.0 - s)) / 3.0
    }
}

#[cfg(test)]
mod tests {
    use super::super::ecef_point;
    use super::*;

    #[track_caller]
    fn check_place(token: &str, lon_deg: f64, lat_deg: f64, within_deg: f64) {
        let [lon, lat] = S2Cell::from_token(token).expect("a cell").place(0.5, 0.5);
        let off = (lon.to_degrees() - lon_deg).hypot(lat.to_degrees() - lat_deg);
        assert!(
            off <= within_deg,
            "{token} is at {} {}",
            lon.to_degrees(),
            lat.to_degrees()
        );
    }

    #[test]
    fn faces_lie_around_the_earth() {
        check_place("1", 0.0, 0.0, 1e-9);
        check_place("3", 90.0, 0.0, 1e-9);
        check_place("7", -180.0, 0.0, 1e-9);
        check_place("9", -90.0, 0.0, 1e-9);
        let [_, north] = S2Cell::from_token("5").expect("a cell").place(0.5, 0.5);
        assert!((north - FRAC_PI_2).abs() < 1e-9);
        let [_, south] = S2Cell::from_token("b").expect("a cell").place(0.5, 0.5);
        assert!((south + FRAC_PI_2).abs() < 1e-9);
    }

    /// Cells of Philadelphia, the south of New York and Shanghai.
    #[test]
    fn published_tokens_are_where_they_should_be() {
        check_place("89c6c7", -75.15, 39.95, 0.15);
        check_place("89c25", -74.0, 40.7, 0.5);
        check_place("35b27", 121.47, 31.23, 0.1);
    }

    #[test]
    fn a_cell_holds_the_cells_below_it() {
        let cell = S2Cell::from_token("89c6c7").expect("a cell");
        let volume = cell.volume([0.0, 100.0]);
        for (x, y) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
            let [lon, lat] = cell.below(1, x, y).expect("a quarter").place(0.5, 0.5);
            assert!(volume.distance_m(ecef_point(lon, lat, 50.0)) < 1e-6);
        }
        assert_eq!(cell.below(31, 0, 0), None);
    }

    #[test]
    fn what_is_no_token_is_refused() {
        for token in ["", "0", "x", "g1", "f", "11112222333344445", "2"] {
            assert!(S2Cell::from_token(token).is_err(), "{token}");
        }
    }
}
