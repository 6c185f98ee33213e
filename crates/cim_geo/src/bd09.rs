//! BD-09, the coordinates of Baidu's maps: GCJ-02, shifted once more.
//!
//! Used at the edge only, as [`gcj02`](crate::gcj02) is. The formula is the one in public use (no standard prints it).

use crate::{
    Geodetic,
    gcj02::{gcj02_from_wgs84, is_shifted, wgs84_from_gcj02},
};
use std::f64::consts::PI;

/// Waves of the second shift in a degree, radians.
const WAVES: f64 = PI * 3000.0 / 180.0;
/// How far everything is moved east and north, degrees.
const OFFSET_DEG: [f64; 2] = [0.0065, 0.006];
/// Rounds of the inverse; each gains more than a digit.
const INVERSE_ROUNDS: usize = 10;

/// A WGS 84 place in BD-09. Height unchanged; places outside of China's rectangle are left as they are.
pub fn bd09_from_wgs84(g: Geodetic) -> Geodetic {
    if !is_shifted(g) {
        return g;
    }
    shifted(gcj02_from_wgs84(g))
}

/// A BD-09 place in WGS 84, to better than a millimetre. Height unchanged; places outside of China's rectangle are left as they
/// are.
pub fn wgs84_from_bd09(g: Geodetic) -> Geodetic {
    if !is_shifted(g) {
        return g;
    }
    let mut guess = g;
    for _ in 0..INVERSE_ROUNDS {
        let there = shifted(guess);
        guess = Geodetic {
            lon_deg: g.lon_deg - (there.lon_deg - guess.lon_deg),
            lat_deg: g.lat_deg - (there.lat_deg - guess.lat_deg),
            height_m: g.height_m,
        };
    }
    wgs84_from_gcj02(guess)
}

/// A GCJ-02 place in BD-09.
fn shifted(g: Geodetic) -> Geodetic {
    let (x, y) = (g.lon_deg, g.lat_deg);
    let length = x.hypot(y) + 0.000_02 * (y * WAVES).sin();
    let angle = y.atan2(x) + 0.000_003 * (x * WAVES).cos();
    let [east, north] = OFFSET_DEG;
    Geodetic {
        lon_deg: length * angle.cos() + east,
        lat_deg: length * angle.sin() + north,
        height_m: g.height_m,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_shift_is_that_of_public_use() {
        // The example that open converters print for 116.404, 39.915 in GCJ-02.
        let there = shifted(Geodetic::new(116.404, 39.915, 5.0));
        assert!((there.lon_deg - 116.410_369_493_710_29).abs() < 1e-12);
        assert!((there.lat_deg - 39.921_336_993_510_21).abs() < 1e-12);
        assert!((there.height_m - 5.0).abs() < 1e-12);
    }

    #[test]
    fn a_place_comes_back_from_bd09() {
        for (lon, lat) in [(121.5, 31.24), (116.39, 39.9), (87.6, 43.8), (113.3, 23.1)] {
            let there = bd09_from_wgs84(Geodetic::new(lon, lat, 0.0));
            assert!((there.lon_deg - lon).abs() > 0.005, "{there:?}");
            let again = wgs84_from_bd09(there);
            assert!(
                (again.lon_deg - lon).abs() < 1e-9 && (again.lat_deg - lat).abs() < 1e-9,
                "{again:?}"
            );
        }
    }

    #[test]
    fn helsinki_is_left_alone() {
        let place = Geodetic::new(24.94, 60.17, 0.0);
        assert_eq!(bd09_from_wgs84(place), place);
        assert_eq!(wgs84_from_bd09(place), place);
    }
}
