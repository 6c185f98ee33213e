//! Where a tileset stands whose own frame is not the Earth's: a projected CRS, or a plan drawn around one point.
//!
//! A matrix cannot bend a plane around the globe, so it is made anew for every tile: exact at the tile's middle, and off
//! by the square of the distance from it over twice the Earth's radius (8 cm at 1 km).

use crate::volume::{Volume, transform_point};
use crate::{TileError, TileSource};
use cim_geo::gauss_kruger::{GaussKruger, Projected};
use cim_geo::{
    Crs, CrsError, Ecef, Geodetic, LocalFrame, Projection, ecef_from_geodetic, geodetic_from_ecef,
};
use glam::{DMat4, DVec3};
use serde::Deserialize;
use std::f64::consts::PI;

/// The file beside `tileset.json` that says where the tileset stands.
pub(crate) const PLACEMENT_FILE: &str = "placement.json";
/// Half the distance over which a projection's slope is measured: metres, or for geographic systems degrees.
const STEP_M: f64 = 10.0;
const STEP_DEG: f64 = 1.0e-4;
/// Places nearer to the Earth's middle, or farther from it, than this are not on its surface, metres.
const LOWEST_RADIUS_M: f64 = 6.30e6;
const HIGHEST_RADIUS_M: f64 = 6.45e6;
/// EPSG:3857 takes the Earth for a ball of this radius.
const WEB_MERCATOR_RADIUS_M: f64 = 6_378_137.0;

/// Where a tileset stands.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Placement {
    /// Its frame is EPSG:4978 already, as 3D Tiles wants it.
    #[default]
    Ecef,
    /// Its x, y and z are easting, northing and height of a coordinate reference system; for geographic systems
    /// longitude and latitude in degrees.
    Crs(Crs),
    /// Its x, y and z are metres to the right, ahead and up from a point.
    Local {
        /// Where its own origin stands.
        origin: Geodetic,
        /// Where "ahead" leads, degrees clockwise from north.
        heading_deg: f64,
    },
}

impl Placement {
    /// Reads `{"crs":"EPSG:4548"}`, `{"origin":{"lon":117.2,"lat":34.26,"height":30},"heading_deg":0}`, or either within
    /// `{"placement":…}`. `file` names the text in errors.
    pub fn from_json(bytes: &[u8], file: &str) -> Result<Self, TileError> {
        let bytes = crate::files::without_byte_order_mark(bytes);
        let json: OuterJson =
            serde_json::from_slice(bytes).map_err(|error| TileError::json(file, &error))?;
        let json = json.placement.unwrap_or(json.own);
        match (json.crs, json.origin) {
            (Some(crs), None) => {
                let crs = Crs::parse(&crs)
                    .map_err(|error| TileError::broken(file, "crs", error.to_string()))?;
                Ok(Self::Crs(crs).simplified())
            }
            (None, Some(OriginJson { lon, lat, height })) => {
                let numbers = [lon, lat, height, json.heading_deg];
                let is_on_earth = lon.abs() <= 360.0 && lat.abs() <= 90.0;
                if is_on_earth && numbers.iter().all(|number| number.is_finite()) {
                    Ok(Self::Local {
                        origin: Geodetic::new(lon, lat, height),
                        heading_deg: json.heading_deg,
                    })
                } else {
                    Err(TileError::broken(
                        file,
                        "origin",
                        "this is no place on the Earth",
                    ))
                }
            }
            _ => Err(TileError::broken(
                file,
                "placement",
                "a placement has either a crs or an origin",
            )),
        }
    }

    /// What the `placement.json` at the root of a source says; `None` where there is none.
    pub fn beside(source: &dyn TileSource) -> Result<Option<Self>, TileError> {
        match source.read(PLACEMENT_FILE) {
            Ok(bytes) => {
                let file = format!("{}/{PLACEMENT_FILE}", source.name());
                Self::from_json(&bytes, &file).map(Some)
            }
            Err(TileError::Unreadable { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The matrix from the tileset's frame to ECEF that is exact at `point` of the tileset's frame and right to first
    /// order around it. [`Placer`] does the same for many points.
    pub fn matrix_at(&self, point: DVec3) -> Result<DMat4, TileError> {
        Placer::new(self)?.matrix_at(point)
    }

    /// Geocentric systems are the Earth's frame under another code.
    fn simplified(self) -> Self {
        match self {
            Self::Crs(Crs { epsg: 4978 | 4479 }) => Self::Ecef,
            other => other,
        }
    }
}

/// False when a tileset's root volume certainly does not lie on the Earth's surface as ECEF metres: then it needs a
/// [`Placement`], and without one it would be drawn within the Earth.
pub fn looks_like_ecef(bounds: &Volume) -> bool {
    let middle_m = bounds.centre_m().length();
    let radius_m = bounds.radius_m();
    // The surface is met where the ball around the volume reaches the shell of all heights.
    middle_m + radius_m >= LOWEST_RADIUS_M && middle_m - radius_m <= HIGHEST_RADIUS_M
}

/// A placement made ready.
///
/// Gauss–Krüger of CGCS2000, Web Mercator and geographic systems are closed forms; every other system holds a context of
/// PROJ, which costs milliseconds to make and stays on its thread.
#[derive(Debug)]
pub struct Placer {
    way: Way,
}

#[derive(Debug)]
enum Way {
    /// There and back.
    Matrix(Box<[DMat4; 2]>),
    Degrees,
    WebMercator,
    GaussKruger(GaussKruger),
    /// To geodetic places and from them.
    Projected(Box<[Projection; 2]>),
}

impl Placer {
    /// Makes a placement ready; names the CRS when PROJ does not know it.
    pub fn new(placement: &Placement) -> Result<Self, TileError> {
        let way = match placement.simplified() {
            Placement::Ecef => Way::Matrix(Box::new([DMat4::IDENTITY; 2])),
            Placement::Local {
                origin,
                heading_deg,
            } => {
                let turn = DMat4::from_rotation_z(-heading_deg.to_radians());
                let matrix = LocalFrame::new(origin).ecef_from_enu_matrix() * turn;
                Way::Matrix(Box::new([matrix, matrix.inverse()]))
            }
            Placement::Crs(crs) => Way::of_crs(crs).map_err(|error| {
                TileError::broken("placement", crs.to_string(), error.to_string())
            })?,
        };
        Ok(Self { way })
    }

    /// See [`Placement::matrix_at`].
    pub fn matrix_at(&self, point: DVec3) -> Result<DMat4, TileError> {
        match &self.way {
            Way::Matrix(ways) => {
                let [there, _] = ways.as_ref();
                Ok(*there)
            }
            way => way.slope_at(point).map_err(outside),
        }
    }

    /// The point of the tileset's frame that stands at an ECEF point.
    pub(crate) fn tileset_from_ecef(&self, point: DVec3) -> Result<DVec3, TileError> {
        self.way.tileset_from_ecef(point).map_err(outside)
    }

    /// Whether one matrix serves all points.
    pub(crate) fn is_rigid(&self) -> bool {
        matches!(self.way, Way::Matrix(_))
    }
}

impl Way {
    fn of_crs(crs: Crs) -> Result<Self, CrsError> {
        Ok(match crs.epsg {
            // CGCS2000 in zones of 3°: first those with the zone before the easting, then those without.
            code @ 4513..=4533 => {
                Self::GaussKruger(GaussKruger::three_degree_zone(code - 4513 + 25))
            }
            code @ 4534..=4554 => {
                Self::GaussKruger(GaussKruger::three_degree(3.0 * f64::from(code - 4534 + 25)))
            }
            3857 => Self::WebMercator,
            4326 | 4979 | 4490 | 4480 => Self::Degrees,
            _ => Self::Projected(Box::new([
                Projection::to_geodetic(crs)?,
                Projection::from_geodetic(crs)?,
            ])),
        })
    }

    fn slope_at(&self, point: DVec3) -> Result<DMat4, CrsError> {
        let step = match self {
            Self::Degrees => DVec3::new(STEP_DEG, STEP_DEG, STEP_M),
            _ => DVec3::splat(STEP_M),
        };
        let middle = self.ecef_from(point)?;
        let mut columns = [DVec3::ZERO; 3];
        for (column, axis) in columns.iter_mut().zip([DVec3::X, DVec3::Y, DVec3::Z]) {
            let step = axis * step;
            let way = self.ecef_from(point + step)? - self.ecef_from(point - step)?;
            *column = way / (2.0 * step.length());
        }
        let [x, y, z] = columns;
        let shift = middle - (x * point.x + y * point.y + z * point.z);
        Ok(DMat4::from_cols(
            x.extend(0.0),
            y.extend(0.0),
            z.extend(0.0),
            shift.extend(1.0),
        ))
    }

    fn ecef_from(&self, point: DVec3) -> Result<DVec3, CrsError> {
        let place = match self {
            Self::Matrix(ways) => {
                let [there, _] = ways.as_ref();
                return Ok(transform_point(there, point));
            }
            Self::Degrees => Geodetic::new(point.x, point.y, point.z),
            Self::WebMercator => Geodetic::new(
                (point.x / WEB_MERCATOR_RADIUS_M).to_degrees(),
                (point.y / WEB_MERCATOR_RADIUS_M).sinh().atan().to_degrees(),
                point.z,
            ),
            Self::GaussKruger(plane) => Geodetic {
                height_m: point.z,
                ..plane.geodetic_from_projected(Projected {
                    easting_m: point.x,
                    northing_m: point.y,
                })
            },
            Self::Projected(ways) => {
                let [to_geodetic, _] = ways.as_ref();
                to_geodetic.geodetic_from(point.x, point.y, point.z)?
            }
        };
        let is_on_earth = place.lon_deg.abs() <= 360.0 && place.lat_deg.abs() <= 90.0;
        if !is_on_earth || !point.is_finite() {
            return Err(CrsError::OutOfRange {
                crs: Crs::WGS84,
                x: place.lon_deg,
                y: place.lat_deg,
                z: place.height_m,
                reason: "it is not on the Earth".to_owned(),
            });
        }
        let Ecef { x_m, y_m, z_m } = ecef_from_geodetic(place);
        Ok(DVec3::new(x_m, y_m, z_m))
    }

    fn tileset_from_ecef(&self, point: DVec3) -> Result<DVec3, CrsError> {
        let place = geodetic_from_ecef(Ecef {
            x_m: point.x,
            y_m: point.y,
            z_m: point.z,
        });
        Ok(match self {
            Self::Matrix(ways) => {
                let [_, back] = ways.as_ref();
                transform_point(back, point)
            }
            Self::Degrees => DVec3::new(place.lon_deg, place.lat_deg, place.height_m),
            Self::WebMercator => {
                // The poles are infinitely far away.
                let lat = place.lat_deg.to_radians().clamp(-PI / 2.1, PI / 2.1);
                DVec3::new(
                    place.lon_deg.to_radians() * WEB_MERCATOR_RADIUS_M,
                    lat.tan().asinh() * WEB_MERCATOR_RADIUS_M,
                    place.height_m,
                )
            }
            Self::GaussKruger(plane) => {
                let point = plane.projected_from_geodetic(place);
                DVec3::new(point.easting_m, point.northing_m, place.height_m)
            }
            Self::Projected(ways) => {
                let [_, from_geodetic] = ways.as_ref();
                let (x, y, z) = from_geodetic.projected_from(place)?;
                DVec3::new(x, y, z)
            }
        })
    }
}

fn outside(error: CrsError) -> TileError {
    TileError::broken("placement", "a tile's middle", error.to_string())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct OuterJson {
    placement: Option<PlacementJson>,
    #[serde(flatten)]
    own: PlacementJson,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PlacementJson {
    crs: Option<String>,
    origin: Option<OriginJson>,
    heading_deg: f64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct OriginJson {
    #[serde(alias = "lon_deg")]
    lon: f64,
    #[serde(alias = "lat_deg")]
    lat: f64,
    #[serde(alias = "height_m")]
    height: f64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::MemorySource;

    const XUZHOU: Geodetic = Geodetic::new(117.2, 34.26, 30.0);

    fn ecef(place: Geodetic) -> DVec3 {
        let Ecef { x_m, y_m, z_m } = ecef_from_geodetic(place);
        DVec3::new(x_m, y_m, z_m)
    }

    #[track_caller]
    fn check_at(placement: Placement, point: DVec3, expected: DVec3, within_m: f64) {
        let matrix = placement.matrix_at(point).expect("a matrix");
        let off = transform_point(&matrix, point).distance(expected);
        assert!(off <= within_m, "{placement:?} is off by {off} m");
    }

    #[test]
    fn a_point_of_a_projected_tileset_stands_where_the_survey_says() {
        // Easting and northing of the place in EPSG:4548, by PROJ.
        let point = DVec3::new(518_420.486_7, 3_792_519.972_4, 30.0);
        check_at(
            Placement::Crs(Crs { epsg: 4548 }),
            point,
            ecef(XUZHOU),
            1e-3,
        );
        // Web Mercator of the same place.
        let (x, y) = (
            117.2_f64.to_radians() * 6_378_137.0,
            (34.26_f64.to_radians().tan().asinh()) * 6_378_137.0,
        );
        check_at(
            Placement::Crs(Crs { epsg: 3857 }),
            DVec3::new(x, y, 30.0),
            ecef(XUZHOU),
            1e-2,
        );
        // The plane of UTM zone 50 goes through PROJ; its easting and northing come from the way back.
        let utm = Placement::Crs(Crs { epsg: 32650 });
        let point = Placer::new(&utm)
            .and_then(|placer| placer.tileset_from_ecef(ecef(XUZHOU)))
            .expect("a point");
        check_at(utm, point, ecef(XUZHOU), 1e-3);
        check_at(
            Placement::Crs(Crs::WGS84),
            DVec3::new(117.2, 34.26, 30.0),
            ecef(XUZHOU),
            1e-6,
        );
    }

    #[test]
    fn a_hundred_metres_away_the_matrix_is_still_right_to_millimetres() {
        let point = DVec3::new(518_420.486_7, 3_792_519.972_4, 30.0);
        let placer = Placer::new(&Placement::Crs(Crs { epsg: 4548 })).expect("a projection");
        let matrix = placer.matrix_at(point).expect("a matrix");
        let away = point + DVec3::new(100.0, -100.0, 50.0);
        let exact = placer.matrix_at(away).expect("a matrix");
        let off = transform_point(&matrix, away).distance(transform_point(&exact, away));
        assert!(off < 5e-3, "{off} m");
    }

    #[test]
    fn a_local_plan_is_turned_to_its_heading() {
        let placement = Placement::Local {
            origin: XUZHOU,
            heading_deg: 90.0,
        };
        let frame = LocalFrame::new(XUZHOU);
        let east = frame.ecef_from_enu(cim_geo::Enu::new(50.0, 0.0, 3.0));
        // Ahead is east, and up stays up.
        check_at(
            placement,
            DVec3::new(0.0, 50.0, 3.0),
            DVec3::new(east.x_m, east.y_m, east.z_m),
            1e-6,
        );
        let placer = Placer::new(&placement).expect("a matrix");
        let back = placer.tileset_from_ecef(ecef(XUZHOU)).expect("a point");
        assert!(back.length() < 1e-6, "{back}");
    }

    #[test]
    fn the_way_back_leads_to_the_same_point() {
        let placer = Placer::new(&Placement::Crs(Crs { epsg: 4548 })).expect("a projection");
        let point = placer.tileset_from_ecef(ecef(XUZHOU)).expect("a point");
        assert!((point - DVec3::new(518_420.486_7, 3_792_519.972_4, 30.0)).length() < 1e-3);
    }

    #[test]
    fn placements_are_read_from_json() {
        let read = |text: &str| Placement::from_json(text.as_bytes(), "placement.json");
        assert_eq!(
            read(r#"{"placement":{"crs":"EPSG:4548"}}"#).expect("a CRS"),
            Placement::Crs(Crs { epsg: 4548 })
        );
        assert_eq!(
            read(r#"{"origin":{"lon":117.2,"lat":34.26,"height":30},"heading_deg":12}"#)
                .expect("a point"),
            Placement::Local {
                origin: XUZHOU,
                heading_deg: 12.0
            }
        );
        assert_eq!(
            read(r#"{"crs":"EPSG:4978"}"#).expect("ECEF"),
            Placement::Ecef
        );
        for broken in [
            "{}",
            r#"{"crs":"Xian 80"}"#,
            r#"{"origin":{"lon":0,"lat":91}}"#,
            r#"{"crs":"EPSG:4548","origin":{"lon":0,"lat":0}}"#,
            "{",
        ] {
            let error = read(broken).expect_err("broken");
            assert!(error.to_string().contains("placement.json"), "{error}");
        }
        let source = MemorySource::of(&[("placement.json", br#"{"crs":"4548"}"#)]);
        assert_eq!(
            Placement::beside(&source).expect("it is read"),
            Some(Placement::Crs(Crs { epsg: 4548 }))
        );
        assert_eq!(
            Placement::beside(&MemorySource::default()).expect("there is none"),
            None
        );
    }

    #[test]
    fn an_unknown_crs_is_named() {
        let error = Placer::new(&Placement::Crs(Crs { epsg: 999_999 })).expect_err("no such code");
        assert!(error.to_string().contains("EPSG:999999"), "{error}");
    }

    #[test]
    fn a_root_that_is_not_on_the_globe_is_noticed() {
        let ball = |centre: DVec3, radius: f64| {
            Volume::from_sphere(&[centre.x, centre.y, centre.z, radius], &DMat4::IDENTITY)
                .expect("a ball")
        };
        assert!(looks_like_ecef(&ball(ecef(XUZHOU), 1_000.0)));
        assert!(looks_like_ecef(&ball(DVec3::ZERO, 6.4e6)));
        assert!(!looks_like_ecef(&ball(DVec3::ZERO, 500.0)));
        assert!(!looks_like_ecef(&ball(
            DVec3::new(5e5, 3.8e6, 0.0),
            2_000.0
        )));
        assert!(!looks_like_ecef(&ball(
            DVec3::new(1.3e7, 4e6, 0.0),
            2_000.0
        )));
    }
}
