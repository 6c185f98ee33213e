//! Longitude, latitude and height, and the Earth-centred frame that 3D Tiles uses.

use crate::ellipsoid::{SEMI_MAJOR_M, WGS84_FLATTENING};

/// A place on or above the ellipsoid, WGS 84 (EPSG:4979).
///
/// CGCS2000 (EPSG:4490) is taken as equal for display: the realisations differ by centimetres to decimetres, less than any
/// source of a city model.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Geodetic {
    /// Degrees east of Greenwich, −180 to 180.
    pub lon_deg: f64,
    /// Degrees north of the equator, −90 to 90.
    pub lat_deg: f64,
    /// Metres above the ellipsoid; above ground where a document says so, the ground of a city being drawn at 0.
    pub height_m: f64,
}

impl Geodetic {
    /// The place at `lon_deg`, `lat_deg`, `height_m` metres up.
    pub const fn new(lon_deg: f64, lat_deg: f64, height_m: f64) -> Self {
        Self {
            lon_deg,
            lat_deg,
            height_m,
        }
    }
}

/// A place in the Earth-centred, Earth-fixed frame of WGS 84 (EPSG:4978), metres.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Ecef {
    /// Towards the equator at Greenwich.
    pub x_m: f64,
    /// Towards the equator at 90° east.
    pub y_m: f64,
    /// Towards the north pole.
    pub z_m: f64,
}

/// Where a geodetic place is in the Earth-centred frame (EPSG method 9602).
pub fn ecef_from_geodetic(g: Geodetic) -> Ecef {
    let e2 = WGS84_FLATTENING * (2.0 - WGS84_FLATTENING);
    let (sin_lat, cos_lat) = g.lat_deg.to_radians().sin_cos();
    let (sin_lon, cos_lon) = g.lon_deg.to_radians().sin_cos();
    // Radius of curvature in the prime vertical.
    let normal = SEMI_MAJOR_M / (1.0 - e2 * sin_lat * sin_lat).sqrt();
    Ecef {
        x_m: (normal + g.height_m) * cos_lat * cos_lon,
        y_m: (normal + g.height_m) * cos_lat * sin_lon,
        z_m: (normal * (1.0 - e2) + g.height_m) * sin_lat,
    }
}

/// Longitude, latitude and height of a place in the Earth-centred frame.
///
/// Bowring's formula, repeated on the parametric latitude until it stands still; better than 10⁻⁹ m from 5 km below the
/// ellipsoid up to satellites. The centre of the Earth comes out on the equator.
pub fn geodetic_from_ecef(e: Ecef) -> Geodetic {
    // The convergence is cubic near the surface: two rounds suffice there, five at any height of interest.
    const ROUNDS: usize = 5;

    let f = WGS84_FLATTENING;
    let e2 = f * (2.0 - f);
    let semi_minor = SEMI_MAJOR_M * (1.0 - f);
    let second_e2 = e2 / (1.0 - e2);
    let axis_distance = e.x_m.hypot(e.y_m);

    let mut parametric = e.z_m.atan2(axis_distance * (1.0 - f));
    let mut lat = 0.0;
    for _ in 0..ROUNDS {
        let (sin_p, cos_p) = parametric.sin_cos();
        lat = (e.z_m + second_e2 * semi_minor * sin_p.powi(3))
            .atan2(axis_distance - e2 * SEMI_MAJOR_M * cos_p.powi(3));
        let (sin_lat, cos_lat) = lat.sin_cos();
        parametric = ((1.0 - f) * sin_lat).atan2(cos_lat);
    }

    let (sin_lat, cos_lat) = lat.sin_cos();
    // This form of the height stays exact at the poles, where dividing by cos φ would not.
    let height_m = axis_distance * cos_lat + e.z_m * sin_lat
        - SEMI_MAJOR_M * (1.0 - e2 * sin_lat * sin_lat).max(0.0).sqrt();
    Geodetic {
        lon_deg: e.y_m.atan2(e.x_m).to_degrees(),
        lat_deg: lat.to_degrees(),
        height_m,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_there_and_back(place: Geodetic) {
        let there = ecef_from_geodetic(place);
        let again = ecef_from_geodetic(geodetic_from_ecef(there));
        let off = (there.x_m - again.x_m)
            .hypot(there.y_m - again.y_m)
            .hypot(there.z_m - again.z_m);
        // Two units in the last place of an Earth radius are already 1.9e-9 m.
        assert!(off < 5e-9, "{place:?} comes back {off} m away");
    }

    #[test]
    fn places_come_back_from_the_earth_centred_frame() {
        for lat in [
            -90.0, -89.999, -60.0, -1e-7, 0.0, 23.5, 31.24, 45.0, 60.17, 89.9999, 90.0,
        ] {
            for lon in [-179.9, -90.0, 0.0, 24.9, 117.2, 121.5, 180.0] {
                for height in [-400.0, 0.0, 632.0, 8_849.0, 400_000.0] {
                    check_there_and_back(Geodetic::new(lon, lat, height));
                }
            }
        }
    }

    #[test]
    fn axes_of_the_earth_centred_frame_point_where_they_should() {
        let greenwich = ecef_from_geodetic(Geodetic::new(0.0, 0.0, 0.0));
        assert!(
            (greenwich.x_m - 6_378_137.0).abs() < 1e-9
                && greenwich.y_m.abs() < 1e-9
                && greenwich.z_m.abs() < 1e-9
        );
        let pole = ecef_from_geodetic(Geodetic::new(0.0, 90.0, 0.0));
        assert!((pole.z_m - 6_356_752.314_245).abs() < 1e-5);
    }
}
