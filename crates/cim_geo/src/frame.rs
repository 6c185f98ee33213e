//! The city's own frame: metres east, north and up from an origin.

use crate::{Ecef, Geodetic, ecef_from_geodetic, geodetic_from_ecef};
use glam::{DMat4, DVec3, DVec4};

/// Metres east, north and up from a [`LocalFrame`]'s origin.
///
/// Up is the ellipsoid's normal at the origin, so ground far away lies below 0: 8 cm at 1 km, 8 m at 10 km.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Enu {
    /// Metres east.
    pub east_m: f64,
    /// Metres north.
    pub north_m: f64,
    /// Metres up.
    pub up_m: f64,
}

impl Enu {
    /// The place `east_m`, `north_m`, `up_m` metres from the origin.
    pub const fn new(east_m: f64, north_m: f64, up_m: f64) -> Self {
        Self {
            east_m,
            north_m,
            up_m,
        }
    }
}

/// A tangent frame at one place of the Earth (EPSG method 9837).
///
/// The transformation is exact: a rotation and a shift of the Earth-centred frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LocalFrame {
    origin: Geodetic,
    shift: DVec3,
    east: DVec3,
    north: DVec3,
    up: DVec3,
}

impl LocalFrame {
    /// The frame that touches the Earth at `origin`.
    pub fn new(origin: Geodetic) -> Self {
        let (sin_lat, cos_lat) = origin.lat_deg.to_radians().sin_cos();
        let (sin_lon, cos_lon) = origin.lon_deg.to_radians().sin_cos();
        let at = ecef_from_geodetic(origin);
        Self {
            origin,
            shift: DVec3::new(at.x_m, at.y_m, at.z_m),
            east: DVec3::new(-sin_lon, cos_lon, 0.0),
            north: DVec3::new(-sin_lat * cos_lon, -sin_lat * sin_lon, cos_lat),
            up: DVec3::new(cos_lat * cos_lon, cos_lat * sin_lon, sin_lat),
        }
    }

    /// Where the frame touches the Earth.
    pub fn origin(&self) -> Geodetic {
        self.origin
    }

    /// A geodetic place in this frame.
    pub fn enu_from_geodetic(&self, g: Geodetic) -> Enu {
        self.enu_from_ecef(ecef_from_geodetic(g))
    }

    /// A place of this frame as longitude, latitude and height.
    pub fn geodetic_from_enu(&self, e: Enu) -> Geodetic {
        geodetic_from_ecef(self.ecef_from_enu(e))
    }

    /// An Earth-centred place in this frame.
    pub fn enu_from_ecef(&self, e: Ecef) -> Enu {
        // Subtract first: what is left is small and keeps its digits.
        let away = DVec3::new(e.x_m, e.y_m, e.z_m) - self.shift;
        Enu {
            east_m: self.east.dot(away),
            north_m: self.north.dot(away),
            up_m: self.up.dot(away),
        }
    }

    /// A place of this frame in the Earth-centred frame.
    pub fn ecef_from_enu(&self, e: Enu) -> Ecef {
        let at = self.shift + self.east * e.east_m + self.north * e.north_m + self.up * e.up_m;
        Ecef {
            x_m: at.x,
            y_m: at.y,
            z_m: at.z,
        }
    }

    /// The same as a matrix: what a tileset writes as its root's transform.
    pub fn ecef_from_enu_matrix(&self) -> DMat4 {
        DMat4::from_cols(
            DVec4::new(self.east.x, self.east.y, self.east.z, 0.0),
            DVec4::new(self.north.x, self.north.y, self.north.z, 0.0),
            DVec4::new(self.up.x, self.up.y, self.up.z, 0.0),
            DVec4::new(self.shift.x, self.shift.y, self.shift.z, 1.0),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn east_north_and_up_lead_where_their_names_say() {
        let frame = LocalFrame::new(Geodetic::new(121.5, 31.24, 0.0));
        let moved = frame.geodetic_from_enu(Enu::new(100.0, 0.0, 0.0));
        assert!(moved.lon_deg > 121.5 && (moved.lat_deg - 31.24).abs() < 1e-6);
        let moved = frame.geodetic_from_enu(Enu::new(0.0, 100.0, 0.0));
        assert!(moved.lat_deg > 31.24 && (moved.lon_deg - 121.5).abs() < 1e-12);
        let moved = frame.geodetic_from_enu(Enu::new(0.0, 0.0, 632.0));
        assert!((moved.height_m - 632.0).abs() < 1e-8);
    }

    #[test]
    fn a_place_comes_back_through_the_frame() {
        let frame = LocalFrame::new(Geodetic::new(24.944, 60.171, 12.0));
        let place = Geodetic::new(24.96, 60.16, 70.0);
        let again = frame.geodetic_from_enu(frame.enu_from_geodetic(place));
        assert!((again.lon_deg - place.lon_deg).abs() < 1e-13);
        assert!((again.lat_deg - place.lat_deg).abs() < 1e-13);
        assert!((again.height_m - place.height_m).abs() < 1e-8);
    }

    #[test]
    fn the_matrix_says_the_same_as_the_functions() {
        let frame = LocalFrame::new(Geodetic::new(117.2, 34.26, 0.0));
        let by_matrix = frame
            .ecef_from_enu_matrix()
            .transform_point3(DVec3::new(1_200.0, -300.0, 55.0));
        let by_function = frame.ecef_from_enu(Enu::new(1_200.0, -300.0, 55.0));
        assert!(
            (by_matrix - DVec3::new(by_function.x_m, by_function.y_m, by_function.z_m)).length()
                < 1e-8
        );
    }
}
