//! GCJ-02, the shifted coordinates of Chinese web maps.
//!
//! Used at the edge only, where a source or a map service speaks it; nothing inside the product is in GCJ-02. The formula is
//! the one in public use (no standard prints it): some 300 to 700 m of smooth shift inside China's rectangle, none outside.

use crate::Geodetic;
use std::f64::consts::PI;

/// Semi-major axis that the shift is scaled by (Krassowsky 1940), metres.
const SEMI_MAJOR_M: f64 = 6_378_245.0;
/// First eccentricity squared of the same ellipsoid.
const ECCENTRICITY_SQUARED: f64 = 0.006_693_421_622_965_943;
/// Rounds of the inverse; each gains about three digits.
const INVERSE_ROUNDS: usize = 8;

/// A WGS 84 place in GCJ-02. Height unchanged.
pub fn gcj02_from_wgs84(g: Geodetic) -> Geodetic {
    if !is_shifted(g) {
        return g;
    }
    let (lon_shift, lat_shift) = shift_deg(g);
    Geodetic {
        lon_deg: g.lon_deg + lon_shift,
        lat_deg: g.lat_deg + lat_shift,
        height_m: g.height_m,
    }
}

/// A GCJ-02 place in WGS 84, to better than a millimetre. Height unchanged.
pub fn wgs84_from_gcj02(g: Geodetic) -> Geodetic {
    if !is_shifted(g) {
        return g;
    }
    let mut guess = g;
    for _ in 0..INVERSE_ROUNDS {
        let (lon_shift, lat_shift) = shift_deg(guess);
        guess = Geodetic {
            lon_deg: g.lon_deg - lon_shift,
            lat_deg: g.lat_deg - lat_shift,
            height_m: g.height_m,
        };
    }
    guess
}

/// True inside the rectangle that the shift applies to.
pub(crate) fn is_shifted(g: Geodetic) -> bool {
    (72.004..=137.8347).contains(&g.lon_deg) && (0.8293..=55.8271).contains(&g.lat_deg)
}

/// How far GCJ-02 lies east and north of WGS 84, degrees.
fn shift_deg(g: Geodetic) -> (f64, f64) {
    let (x, y) = (g.lon_deg - 105.0, g.lat_deg - 35.0);
    let root = x.abs().sqrt();
    let short_waves = (20.0 * (6.0 * x * PI).sin() + 20.0 * (2.0 * x * PI).sin()) * 2.0 / 3.0;
    let north_m = -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * root
        + short_waves
        + (20.0 * (y * PI).sin() + 40.0 * (y / 3.0 * PI).sin()) * 2.0 / 3.0
        + (160.0 * (y / 12.0 * PI).sin() + 320.0 * (y * PI / 30.0).sin()) * 2.0 / 3.0;
    let east_m = 300.0
        + x
        + 2.0 * y
        + 0.1 * x * x
        + 0.1 * x * y
        + 0.1 * root
        + short_waves
        + (20.0 * (x * PI).sin() + 40.0 * (x / 3.0 * PI).sin()) * 2.0 / 3.0
        + (150.0 * (x / 12.0 * PI).sin() + 300.0 * (x / 30.0 * PI).sin()) * 2.0 / 3.0;

    let (sin_lat, cos_lat) = g.lat_deg.to_radians().sin_cos();
    let magic = 1.0 - ECCENTRICITY_SQUARED * sin_lat * sin_lat;
    let root_magic = magic.sqrt();
    let lat_deg = (north_m * 180.0)
        / ((SEMI_MAJOR_M * (1.0 - ECCENTRICITY_SQUARED)) / (magic * root_magic) * PI);
    let lon_deg = (east_m * 180.0) / (SEMI_MAJOR_M / root_magic * cos_lat * PI);
    (lon_deg, lat_deg)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lujiazui_is_shifted_by_some_hundred_metres_to_the_south_east() {
        let shifted = gcj02_from_wgs84(Geodetic::new(121.5, 31.24, 5.0));
        let east_m = (shifted.lon_deg - 121.5) * 95_000.0;
        let north_m = (shifted.lat_deg - 31.24) * 111_000.0;
        assert!((300.0..600.0).contains(&east_m), "{east_m}");
        assert!((-400.0..-100.0).contains(&north_m), "{north_m}");
        assert!((shifted.height_m - 5.0).abs() < 1e-12);
    }

    #[test]
    fn a_place_comes_back_from_gcj02() {
        for (lon, lat) in [(121.5, 31.24), (116.39, 39.9), (87.6, 43.8), (113.3, 23.1)] {
            let place = Geodetic::new(lon, lat, 0.0);
            let again = wgs84_from_gcj02(gcj02_from_wgs84(place));
            assert!(
                (again.lon_deg - lon).abs() < 1e-9 && (again.lat_deg - lat).abs() < 1e-9,
                "{again:?}"
            );
        }
    }

    #[test]
    fn helsinki_is_left_alone() {
        let place = Geodetic::new(24.94, 60.17, 0.0);
        assert_eq!(gcj02_from_wgs84(place), place);
        assert_eq!(wgs84_from_gcj02(place), place);
    }
}
