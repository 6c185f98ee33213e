//! Gauss–Krüger on CGCS2000: the plane that Chinese city surveys work in.
//!
//! Krüger's series in the third flattening *n*, to *n*⁴ (as in EPSG guidance note 7-2, method 9807, and Karney 2011,
//! "Transverse Mercator with an accuracy of a few nanometers"); the part left out is below a tenth of a micrometre within a
//! zone. Heights pass through unchanged.

use crate::Geodetic;
use crate::ellipsoid::{CGCS2000_FLATTENING, SEMI_MAJOR_M};

/// Metres in the plane of one zone.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Projected {
    /// Metres east, false easting included (surveyors' *y*).
    pub easting_m: f64,
    /// Metres north of the equator (surveyors' *x*).
    pub northing_m: f64,
}

/// One zone of the projection, scale 1 on its central meridian.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GaussKruger {
    central_meridian_deg: f64,
    false_easting_m: f64,
    series: Series,
}

impl GaussKruger {
    /// The 3° zone about a central meridian, false easting 500 000 m without a zone number (EPSG:4534 to 4554).
    pub fn three_degree(central_meridian_deg: f64) -> Self {
        Self {
            central_meridian_deg,
            false_easting_m: 500_000.0,
            series: Series::of(CGCS2000_FLATTENING),
        }
    }

    /// The numbered 3° zone, its number leading the easting (EPSG:4513 is zone 25, EPSG:4533 zone 45).
    pub fn three_degree_zone(zone: u32) -> Self {
        Self {
            central_meridian_deg: 3.0 * f64::from(zone),
            false_easting_m: 1_000_000.0 * f64::from(zone) + 500_000.0,
            series: Series::of(CGCS2000_FLATTENING),
        }
    }

    /// The meridian of true scale, degrees east.
    pub fn central_meridian_deg(&self) -> f64 {
        self.central_meridian_deg
    }

    /// A place in the zone's plane.
    pub fn projected_from_geodetic(&self, g: Geodetic) -> Projected {
        let series = &self.series;
        let (sin_lat, _) = g.lat_deg.to_radians().sin_cos();
        let (sin_lon, cos_lon) = (g.lon_deg - self.central_meridian_deg)
            .to_radians()
            .sin_cos();
        // Tangent of the conformal latitude.
        let conformal = (sin_lat.atanh()
            - series.eccentricity * (series.eccentricity * sin_lat).atanh())
        .sinh();
        let xi = conformal.atan2(cos_lon);
        let eta = (sin_lon / conformal.hypot(cos_lon)).asinh();
        let (mut north, mut east) = (xi, eta);
        for (coefficient, step) in series.alpha.iter().zip(DOUBLE_STEPS) {
            north += coefficient * (step * xi).sin() * (step * eta).cosh();
            east += coefficient * (step * xi).cos() * (step * eta).sinh();
        }
        Projected {
            easting_m: self.false_easting_m + series.rectifying_radius_m * east,
            northing_m: series.rectifying_radius_m * north,
        }
    }

    /// The place of a point of the zone's plane, on the ellipsoid.
    pub fn geodetic_from_projected(&self, p: Projected) -> Geodetic {
        let series = &self.series;
        let xi = p.northing_m / series.rectifying_radius_m;
        let eta = (p.easting_m - self.false_easting_m) / series.rectifying_radius_m;
        let (mut north, mut east) = (xi, eta);
        for (coefficient, step) in series.beta.iter().zip(DOUBLE_STEPS) {
            north -= coefficient * (step * xi).sin() * (step * eta).cosh();
            east -= coefficient * (step * xi).cos() * (step * eta).sinh();
        }
        let conformal = (north.sin() / east.cosh()).asin();
        let lat: f64 = conformal
            + series
                .delta
                .iter()
                .zip(DOUBLE_STEPS)
                .map(|(coefficient, step)| coefficient * (step * conformal).sin())
                .sum::<f64>();
        let lon = east.sinh().atan2(north.cos());
        Geodetic {
            lon_deg: self.central_meridian_deg + lon.to_degrees(),
            lat_deg: lat.to_degrees(),
            height_m: 0.0,
        }
    }
}

/// 2*j* for the *j*-th term of each series.
const DOUBLE_STEPS: [f64; 4] = [2.0, 4.0, 6.0, 8.0];

/// Krüger's coefficients for one ellipsoid.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Series {
    eccentricity: f64,
    rectifying_radius_m: f64,
    alpha: [f64; 4],
    beta: [f64; 4],
    delta: [f64; 4],
}

impl Series {
    fn of(flattening: f64) -> Self {
        let n = flattening / (2.0 - flattening);
        let (n2, n3, n4) = (n * n, n.powi(3), n.powi(4));
        Self {
            eccentricity: (flattening * (2.0 - flattening)).sqrt(),
            rectifying_radius_m: SEMI_MAJOR_M / (1.0 + n)
                * (1.0 + n2 / 4.0 + n4 / 64.0 + n.powi(6) / 256.0),
            alpha: [
                n / 2.0 - 2.0 / 3.0 * n2 + 5.0 / 16.0 * n3 + 41.0 / 180.0 * n4,
                13.0 / 48.0 * n2 - 3.0 / 5.0 * n3 + 557.0 / 1440.0 * n4,
                61.0 / 240.0 * n3 - 103.0 / 140.0 * n4,
                49561.0 / 161280.0 * n4,
            ],
            beta: [
                n / 2.0 - 2.0 / 3.0 * n2 + 37.0 / 96.0 * n3 - n4 / 360.0,
                n2 / 48.0 + n3 / 15.0 - 437.0 / 1440.0 * n4,
                17.0 / 480.0 * n3 - 37.0 / 840.0 * n4,
                4397.0 / 161280.0 * n4,
            ],
            delta: [
                2.0 * n - 2.0 / 3.0 * n2 - 2.0 * n3 + 116.0 / 45.0 * n4,
                7.0 / 3.0 * n2 - 8.0 / 5.0 * n3 - 227.0 / 45.0 * n4,
                56.0 / 15.0 * n3 - 136.0 / 35.0 * n4,
                4279.0 / 630.0 * n4,
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xuzhou_lies_where_the_survey_says() {
        let p = GaussKruger::three_degree(117.0)
            .projected_from_geodetic(Geodetic::new(117.2, 34.26, 0.0));
        assert!((p.easting_m - 518_420.486_7).abs() < 1e-3, "{p:?}");
        assert!((p.northing_m - 3_792_519.972_4).abs() < 1e-3, "{p:?}");
    }

    #[test]
    fn a_numbered_zone_leads_the_easting_with_its_number() {
        let place = Geodetic::new(117.2, 34.26, 0.0);
        let plain = GaussKruger::three_degree(117.0).projected_from_geodetic(place);
        let numbered = GaussKruger::three_degree_zone(39).projected_from_geodetic(place);
        assert!((numbered.easting_m - plain.easting_m - 39_000_000.0).abs() < 1e-6);
        assert!((numbered.northing_m - plain.northing_m).abs() < 1e-9);
    }

    #[test]
    fn a_place_comes_back_from_the_plane() {
        let zone = GaussKruger::three_degree(120.0);
        for lat_step in 0..=10 {
            for lon_step in -4..=4 {
                let place = Geodetic::new(
                    120.0 + 0.5 * f64::from(lon_step),
                    3.0 + 5.0 * f64::from(lat_step),
                    0.0,
                );
                let again = zone.geodetic_from_projected(zone.projected_from_geodetic(place));
                // 1e-10° is a hundredth of a millimetre.
                assert!(
                    (again.lon_deg - place.lon_deg).abs() < 1e-10,
                    "{place:?} {again:?}"
                );
                assert!(
                    (again.lat_deg - place.lat_deg).abs() < 1e-10,
                    "{place:?} {again:?}"
                );
            }
        }
    }
}
