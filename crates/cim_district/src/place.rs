//! From the district's plane to the map: EPSG:4548, then longitude and latitude.

use cim_geo::gauss_kruger::{GaussKruger, Projected};
use glam::{DVec2, DVec3};

/// The district's middle in EPSG:4548, metres. A spot in open country: nothing there looks like this.
const EASTING_M: f64 = 540_000.0;
/// See [`EASTING_M`].
const NORTHING_M: f64 = 3_772_000.0;
/// The CRS that the district is designed in.
pub(crate) const CRS: &str = "EPSG:4548";

/// The way from the plane to the map.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Map(GaussKruger);

impl Map {
    pub(crate) fn new() -> Self {
        Self(GaussKruger::three_degree(117.0))
    }

    /// Longitude and latitude of a place, degrees, to a nanodegree: a tenth of a millimetre.
    ///
    /// The place is taken to the millimetre first. Both roundings are there so that machines whose sines differ in the
    /// last bit still write the same file.
    pub(crate) fn lon_lat(&self, at: DVec2) -> [f64; 2] {
        let millimetre = |value: f64| (value * 1_000.0).round() / 1_000.0;
        let place = self.0.geodetic_from_projected(Projected {
            easting_m: EASTING_M + millimetre(at.x),
            northing_m: NORTHING_M + millimetre(at.y),
        });
        let nano = |degrees: f64| (degrees * 1.0e9).round() / 1.0e9;
        [nano(place.lon_deg), nano(place.lat_deg)]
    }

    /// The same with the height above ground, metres, to the millimetre.
    pub(crate) fn lon_lat_height(&self, at: DVec3) -> [f64; 3] {
        let [lon, lat] = self.lon_lat(at.truncate());
        [lon, lat, (at.z * 1_000.0).round() / 1_000.0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cim_geo::{Crs, Projection};

    #[test]
    fn a_place_is_where_the_survey_says() {
        let proj = Projection::to_geodetic(Crs { epsg: 4548 }).expect("known");
        for at in [DVec2::ZERO, DVec2::new(-20_000.0, 18_000.0)] {
            let theirs = proj
                .geodetic_from(EASTING_M + at.x, NORTHING_M + at.y, 0.0)
                .expect("inside");
            let [lon, lat] = Map::new().lon_lat(at);
            // 1e-8° is a millimetre.
            assert!((lon - theirs.lon_deg).abs() < 1e-8 && (lat - theirs.lat_deg).abs() < 1e-8);
        }
    }
}
