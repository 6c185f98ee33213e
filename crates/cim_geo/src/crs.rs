//! Coordinate reference systems by EPSG code, through PROJ.
//!
//! For the doors: import, export, a source that speaks its own CRS. Hot paths use the closed forms of this crate, which the
//! tests here hold to PROJ within a millimetre.

use crate::{Ecef, Geodetic, ecef_from_geodetic, geodetic_from_ecef};
use proj::Proj;
use std::fmt;

/// A coordinate reference system, by its code in the EPSG registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Crs {
    /// The code: 4326 for WGS 84, 4490 for CGCS2000, 4548 for its 3° Gauss–Krüger plane about 117° E.
    pub epsg: u32,
}

impl Crs {
    /// WGS 84, longitude and latitude in degrees.
    pub const WGS84: Self = Self { epsg: 4326 };
    /// CGCS2000, longitude and latitude in degrees.
    pub const CGCS2000: Self = Self { epsg: 4490 };

    /// Reads `EPSG:4548`, `epsg:4548`, `4548`, `urn:ogc:def:crs:EPSG::4548`, an OGC URL of the same, or `CRS84`.
    pub fn parse(text: &str) -> Result<Self, CrsError> {
        let trimmed = text.trim();
        let upper = trimmed.to_ascii_uppercase();
        // The OGC's own name for WGS 84 with longitude first.
        if upper.ends_with("CRS84") {
            return Ok(Self::WGS84);
        }
        let is_epsg = upper.contains("EPSG") || upper.bytes().all(|b| b.is_ascii_digit());
        let code = upper
            .rsplit([':', '/', '#'])
            .next()
            .and_then(|tail| tail.parse::<u32>().ok());
        match code {
            Some(epsg) if is_epsg && epsg > 0 => Ok(Self { epsg }),
            _ => Err(CrsError::NotACode {
                text: trimmed.to_owned(),
            }),
        }
    }

    fn kind(self) -> Kind {
        match self.epsg {
            4326 | 4979 | 4490 | 4480 => Kind::Geographic,
            4978 | 4479 => Kind::Geocentric,
            _ => Kind::Other,
        }
    }

    /// The geographic system that PROJ is asked to go through: the one with the same datum, so that nothing is shifted.
    fn geographic_pivot(self) -> &'static str {
        if (4491..=4554).contains(&self.epsg) {
            "EPSG:4490"
        } else {
            "EPSG:4326"
        }
    }
}

impl fmt::Display for Crs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EPSG:{}", self.epsg)
    }
}

/// What can go wrong with a coordinate reference system.
#[derive(Debug, thiserror::Error)]
pub enum CrsError {
    /// The text names no EPSG code.
    #[error("a coordinate reference system is named like EPSG:4548, not {text:?}")]
    NotACode {
        /// The text that was given.
        text: String,
    },
    /// PROJ does not know the code, or no way from or to it.
    #[error("{crs} is not a coordinate reference system that can be used here: {reason}")]
    Unknown {
        /// The code that was asked for.
        crs: Crs,
        /// What PROJ said.
        reason: String,
    },
    /// One place cannot be converted.
    #[error("({x}, {y}, {z}) has no place in {crs}: {reason}")]
    OutOfRange {
        /// The code that the place was given or asked for in.
        crs: Crs,
        /// Easting, longitude or geocentric x.
        x: f64,
        /// Northing, latitude or geocentric y.
        y: f64,
        /// Height or geocentric z.
        z: f64,
        /// Why.
        reason: String,
    },
}

/// A way between a coordinate reference system and [`Geodetic`] places, made once and used for many points.
///
/// Axes are in the order of maps: easting or longitude first, whatever the registry says. Heights of projected and
/// geographic systems pass through; geocentric ones (4978, 4479) are closed forms, since PROJ's Rust door carries no z.
/// Holds a C context: may move between threads, not be shared.
pub struct Projection {
    crs: Crs,
    way: Way,
}

impl Projection {
    /// The way from `crs` to geodetic places.
    pub fn to_geodetic(crs: Crs) -> Result<Self, CrsError> {
        Self::between(crs, &crs.to_string(), crs.geographic_pivot())
    }

    /// The way from geodetic places to `crs`.
    pub fn from_geodetic(crs: Crs) -> Result<Self, CrsError> {
        Self::between(crs, crs.geographic_pivot(), &crs.to_string())
    }

    /// The system at the far end.
    pub fn crs(&self) -> Crs {
        self.crs
    }

    /// The geodetic place of a point given in the system; to be called on [`Projection::to_geodetic`].
    pub fn geodetic_from(&self, x: f64, y: f64, z: f64) -> Result<Geodetic, CrsError> {
        self.check(x, y, z)?;
        let place = match &self.way {
            Way::Same => Geodetic {
                lon_deg: x,
                lat_deg: y,
                height_m: z,
            },
            Way::Geocentric => geodetic_from_ecef(Ecef {
                x_m: x,
                y_m: y,
                z_m: z,
            }),
            Way::Proj(proj) => {
                let (lon_deg, lat_deg) = self.converted(proj, x, y, z)?;
                Geodetic {
                    lon_deg,
                    lat_deg,
                    height_m: z,
                }
            }
        };
        if !place.lon_deg.is_finite()
            || place.lon_deg.abs() > 360.0
            || !(-90.0..=90.0).contains(&place.lat_deg)
        {
            return Err(self.out_of_range(x, y, z, "it is not on the Earth".to_owned()));
        }
        Ok(place)
    }

    /// The point of the system, `(x, y, z)`, at a geodetic place; to be called on [`Projection::from_geodetic`].
    pub fn projected_from(&self, g: Geodetic) -> Result<(f64, f64, f64), CrsError> {
        self.check(g.lon_deg, g.lat_deg, g.height_m)?;
        match &self.way {
            Way::Same => Ok((g.lon_deg, g.lat_deg, g.height_m)),
            Way::Geocentric => {
                let e = ecef_from_geodetic(g);
                Ok((e.x_m, e.y_m, e.z_m))
            }
            Way::Proj(proj) => {
                let (x, y) = self.converted(proj, g.lon_deg, g.lat_deg, g.height_m)?;
                Ok((x, y, g.height_m))
            }
        }
    }

    fn between(crs: Crs, from: &str, to: &str) -> Result<Self, CrsError> {
        let way =
            match crs.kind() {
                Kind::Geographic => Way::Same,
                Kind::Geocentric => Way::Geocentric,
                Kind::Other => Way::Proj(Proj::new_known_crs(from, to, None).map_err(|err| {
                    CrsError::Unknown {
                        crs,
                        reason: err.to_string(),
                    }
                })?),
            };
        Ok(Self { crs, way })
    }

    fn converted(&self, proj: &Proj, x: f64, y: f64, z: f64) -> Result<(f64, f64), CrsError> {
        let point: (f64, f64) = proj
            .convert((x, y))
            .map_err(|err| self.out_of_range(x, y, z, err.to_string()))?;
        if point.0.is_finite() && point.1.is_finite() {
            Ok(point)
        } else {
            Err(self.out_of_range(x, y, z, "the projection ends there".to_owned()))
        }
    }

    fn check(&self, x: f64, y: f64, z: f64) -> Result<(), CrsError> {
        if x.is_finite() && y.is_finite() && z.is_finite() {
            Ok(())
        } else {
            Err(self.out_of_range(x, y, z, "it is not a number".to_owned()))
        }
    }

    fn out_of_range(&self, x: f64, y: f64, z: f64, reason: String) -> CrsError {
        CrsError::OutOfRange {
            crs: self.crs,
            x,
            y,
            z,
            reason,
        }
    }
}

impl fmt::Debug for Projection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Projection")
            .field("crs", &self.crs)
            .finish_non_exhaustive()
    }
}

/// How a code is served.
enum Kind {
    Geographic,
    Geocentric,
    Other,
}

enum Way {
    Same,
    Geocentric,
    Proj(Proj),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gauss_kruger::GaussKruger;

    /// A millimetre, the most that a closed form may differ from PROJ.
    const MILLIMETRE: f64 = 0.001;

    #[track_caller]
    fn check_parse(text: &str, expected: u32) {
        assert_eq!(Crs::parse(text).expect("a code"), Crs { epsg: expected });
    }

    #[test]
    fn a_code_may_be_spelt_in_the_usual_ways() {
        check_parse("EPSG:4548", 4548);
        check_parse(" epsg:4548 ", 4548);
        check_parse("4548", 4548);
        check_parse("urn:ogc:def:crs:EPSG::4548", 4548);
        check_parse("http://www.opengis.net/def/crs/EPSG/0/4490", 4490);
        check_parse("urn:ogc:def:crs:OGC:1.3:CRS84", 4326);
        assert!(Crs::parse("Xian 80").is_err());
        assert!(Crs::parse("ESRI:102100").is_err());
        assert!(Crs::parse("").is_err());
    }

    #[test]
    fn an_unknown_code_is_named_in_the_error() {
        let error = Projection::to_geodetic(Crs { epsg: 999_999 }).expect_err("no such code");
        assert!(error.to_string().contains("EPSG:999999"), "{error}");
    }

    #[test]
    fn xuzhou_through_proj_is_where_the_survey_says() {
        let (x, y, _) = Projection::from_geodetic(Crs { epsg: 4548 })
            .expect("known")
            .projected_from(Geodetic::new(117.2, 34.26, 0.0))
            .expect("inside");
        assert!(
            (x - 518_420.486_7).abs() < MILLIMETRE && (y - 3_792_519.972_4).abs() < MILLIMETRE,
            "{x} {y}"
        );
    }

    #[track_caller]
    fn check_zone(epsg: u32, own: GaussKruger) {
        let there = Projection::from_geodetic(Crs { epsg }).expect("known");
        let back = Projection::to_geodetic(Crs { epsg }).expect("known");
        for lat_step in 0..=8 {
            for lon_step in -3..=3 {
                let place = Geodetic::new(
                    own.central_meridian_deg() + 0.5 * f64::from(lon_step),
                    16.0 + 5.0 * f64::from(lat_step),
                    0.0,
                );
                let (x, y, _) = there.projected_from(place).expect("inside");
                let p = own.projected_from_geodetic(place);
                assert!(
                    (p.easting_m - x).abs() < MILLIMETRE && (p.northing_m - y).abs() < MILLIMETRE,
                    "{epsg} {place:?}"
                );
                let again = back.geodetic_from(x, y, 0.0).expect("inside");
                // 1e-8° is a millimetre.
                assert!(
                    (again.lon_deg - place.lon_deg).abs() < 1e-8
                        && (again.lat_deg - place.lat_deg).abs() < 1e-8
                );
            }
        }
    }

    #[test]
    fn every_cgcs2000_zone_agrees_with_proj_within_a_millimetre() {
        for zone in 25..=45 {
            check_zone(4513 + zone - 25, GaussKruger::three_degree_zone(zone));
            check_zone(
                4534 + zone - 25,
                GaussKruger::three_degree(3.0 * f64::from(zone)),
            );
        }
    }

    /// PROJ's geocentric position. Its Rust door carries two coordinates, so the height is part of the pipeline and the
    /// third coordinate comes out of a second one with its axes swapped.
    fn geocentric_by_proj(g: Geodetic) -> Ecef {
        let steps = format!(
            "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad \
             +step +proj=affine +zoff={} +step +proj=cart +ellps=WGS84",
            g.height_m
        );
        let swapped = format!("{steps} +step +proj=axisswap +order=3,1,2");
        let convert = |pipeline: &str| -> (f64, f64) {
            Proj::new(pipeline)
                .expect("a pipeline")
                .convert((g.lon_deg, g.lat_deg))
                .expect("on Earth")
        };
        let ((x_m, y_m), (z_m, _)) = (convert(&steps), convert(&swapped));
        Ecef { x_m, y_m, z_m }
    }

    #[test]
    fn the_earth_centred_frame_agrees_with_proj_within_a_millimetre() {
        for lat_step in -4..=4 {
            for lon_step in -4..=4 {
                for height_m in [0.0, 632.0] {
                    let place = Geodetic::new(
                        44.0 * f64::from(lon_step),
                        22.0 * f64::from(lat_step),
                        height_m,
                    );
                    let (own, theirs) = (ecef_from_geodetic(place), geocentric_by_proj(place));
                    let off = (own.x_m - theirs.x_m)
                        .hypot(own.y_m - theirs.y_m)
                        .hypot(own.z_m - theirs.z_m);
                    assert!(off < MILLIMETRE, "{place:?} {own:?} {theirs:?}");
                }
            }
        }
    }

    #[test]
    fn web_mercator_and_geocentric_points_are_read() {
        let place = Projection::to_geodetic(Crs { epsg: 3857 })
            .expect("known")
            .geodetic_from(13_525_318.1, 3_664_000.0, 12.0)
            .expect("inside");
        assert!(
            (place.lon_deg - 121.5).abs() < 1e-3 && (place.lat_deg - 31.24).abs() < 0.1,
            "{place:?}"
        );
        assert!((place.height_m - 12.0).abs() < 1e-12);

        let tower = Geodetic::new(121.5, 31.24, 632.0);
        let e = ecef_from_geodetic(tower);
        let again = Projection::to_geodetic(Crs { epsg: 4978 })
            .expect("known")
            .geodetic_from(e.x_m, e.y_m, e.z_m)
            .expect("inside");
        assert!((again.height_m - 632.0).abs() < 1e-8 && (again.lon_deg - 121.5).abs() < 1e-12);
    }

    #[test]
    fn a_place_off_the_earth_is_an_error() {
        let wgs84 = Projection::to_geodetic(Crs::WGS84).expect("known");
        assert!(wgs84.geodetic_from(518_420.0, 3_792_519.0, 0.0).is_err());
        assert!(wgs84.geodetic_from(f64::NAN, 3.0, 0.0).is_err());
    }
}
