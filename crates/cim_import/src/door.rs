//! From a source's coordinates to longitude and latitude: the one place where systems of coordinates are told apart.

use crate::request::SourceCrs;
use cim_geo::bd09::wgs84_from_bd09;
use cim_geo::gcj02::wgs84_from_gcj02;
use cim_geo::{CrsError, Enu, Geodetic, LocalFrame, Projection};

/// A reason for leaving a feature out, as the ledger counts it.
pub(crate) type Refusal = &'static str;

/// What the ledger says of a coordinate that no place has.
pub(crate) const OUT_OF_RANGE: Refusal = "a coordinate is out of the range of its CRS";

/// The way from a source's coordinates to longitude, latitude and height.
#[derive(Debug)]
pub(crate) struct Door {
    way: Way,
    name: String,
}

#[derive(Debug)]
enum Way {
    Epsg(Projection),
    Gcj02,
    Bd09,
    /// A flat drawing around a place; metres in one unit of it, and the drawing's own middle.
    Local {
        frame: LocalFrame,
        unit_m: f64,
        middle: [f64; 2],
    },
}

impl Door {
    /// The way from a known system.
    pub(crate) fn of(crs: SourceCrs) -> Result<Self, CrsError> {
        let way = match crs {
            SourceCrs::Epsg(crs) => Way::Epsg(Projection::to_geodetic(crs)?),
            SourceCrs::Gcj02 => Way::Gcj02,
            SourceCrs::Bd09 => Way::Bd09,
        };
        Ok(Self {
            way,
            name: crs.to_string(),
        })
    }

    /// The way from a drawing in no system, whose `middle` is put at `origin`; `unit_m` metres in a unit of it.
    pub(crate) fn local(origin: Geodetic, unit_m: f64, middle: [f64; 2]) -> Self {
        Self {
            way: Way::Local {
                frame: LocalFrame::new(origin),
                unit_m,
                middle,
            },
            name: "local".to_owned(),
        }
    }

    /// The system's name for the catalogue: `EPSG:n`, `GCJ-02`, `BD-09` or `local`.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// True for the shifted systems of Chinese web maps.
    pub(crate) fn was_gcj02(&self) -> bool {
        matches!(self.way, Way::Gcj02 | Way::Bd09)
    }

    /// Longitude, latitude in degrees and height of a point. The height passes through, except from geocentric systems.
    pub(crate) fn place(&self, x: f64, y: f64, z: f64) -> Result<[f64; 3], Refusal> {
        if !(x.is_finite() && y.is_finite() && z.is_finite()) {
            return Err("a coordinate is not a number");
        }
        let place = match &self.way {
            Way::Epsg(projection) => projection
                .geodetic_from(x, y, z)
                .map_err(|_error| OUT_OF_RANGE)?,
            Way::Gcj02 => wgs84_from_gcj02(Geodetic::new(x, y, z)),
            Way::Bd09 => wgs84_from_bd09(Geodetic::new(x, y, z)),
            Way::Local {
                frame,
                unit_m,
                middle,
            } => {
                let east_m = (x - middle[0]) * unit_m;
                let north_m = (y - middle[1]) * unit_m;
                if east_m.hypot(north_m) > 1.0e6 {
                    return Err(OUT_OF_RANGE);
                }
                let on_plane = frame.geodetic_from_enu(Enu::new(east_m, north_m, 0.0));
                Geodetic::new(on_plane.lon_deg, on_plane.lat_deg, z)
            }
        };
        if place.lon_deg.abs() > 180.0 || place.lat_deg.abs() > 90.0 {
            return Err(OUT_OF_RANGE);
        }
        Ok([place.lon_deg, place.lat_deg, place.height_m])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cim_geo::Crs;
    use cim_geo::bd09::bd09_from_wgs84;
    use cim_geo::gcj02::gcj02_from_wgs84;

    #[test]
    fn shifted_places_come_back() {
        let shifted = gcj02_from_wgs84(Geodetic::new(121.5, 31.24, 7.0));
        let door = Door::of(SourceCrs::Gcj02).expect("known");
        let place = door
            .place(shifted.lon_deg, shifted.lat_deg, 7.0)
            .expect("inside");
        assert!(
            (place[0] - 121.5).abs() < 1e-9 && (place[1] - 31.24).abs() < 1e-9,
            "{place:?}"
        );
        assert!((place[2] - 7.0).abs() < 1e-9 && door.was_gcj02());
        let twice = bd09_from_wgs84(Geodetic::new(121.5, 31.24, 7.0));
        let door = Door::of(SourceCrs::Bd09).expect("known");
        let place = door
            .place(twice.lon_deg, twice.lat_deg, 7.0)
            .expect("inside");
        assert!(
            (place[0] - 121.5).abs() < 1e-9 && (place[1] - 31.24).abs() < 1e-9,
            "{place:?}"
        );
    }

    #[test]
    fn a_drawing_is_put_where_it_is_asked_for() {
        let door = Door::local(Geodetic::new(117.2, 34.26, 0.0), 0.3048, [1_000.0, 2_000.0]);
        let place = door.place(1_000.0, 2_000.0, 3.0).expect("inside");
        assert!((place[0] - 117.2).abs() < 1e-12 && (place[2] - 3.0).abs() < 1e-12);
        assert!(door.place(1.0e9, 0.0, 0.0).is_err());
        assert_eq!(door.name(), "local");
    }

    #[test]
    fn a_survey_is_read_through_proj_and_nonsense_is_refused() {
        let door = Door::of(SourceCrs::Epsg(Crs { epsg: 4548 })).expect("known");
        let place = door
            .place(518_420.486_7, 3_792_519.972_4, 12.0)
            .expect("inside");
        assert!(
            (place[0] - 117.2).abs() < 1e-8 && (place[1] - 34.26).abs() < 1e-8,
            "{place:?}"
        );
        assert!(door.place(f64::NAN, 0.0, 0.0).is_err());
        assert!(
            Door::of(SourceCrs::Epsg(Crs::WGS84))
                .expect("known")
                .place(518_420.0, 3_792_519.0, 0.0)
                .is_err()
        );
    }
}
