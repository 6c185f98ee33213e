//! Places as the columns keep them: longitude and latitude in units of 10⁻⁷ degrees, a centimetre on the ground.

use cim_geo::{Crs, CrsError, Geodetic, Projection, bd09, gcj02};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Stands for the longitude of what has no place.
pub const NO_PLACE: i32 = i32::MIN;

/// Units of a degree.
const PER_DEGREE: f64 = 1e7;
/// Mean radius of the Earth, metres (IUGG R1).
const EARTH_RADIUS_M: f64 = 6_371_008.8;

/// Longitude and latitude as they are kept.
pub(crate) type PlaceE7 = [i32; 2];

/// Without a place.
pub(crate) const NOWHERE: PlaceE7 = [NO_PLACE, 0];

/// A place as it is kept; [`NOWHERE`] when it is not on the earth, or 0, 0: devices that do not know their place say so.
pub(crate) fn place_e7(lon_deg: f64, lat_deg: f64) -> PlaceE7 {
    let is_on_earth = lon_deg.abs() <= 180.0 && lat_deg.abs() <= 90.0;
    let place = [lon_deg, lat_deg].map(|degrees| (degrees * PER_DEGREE).round() as i32);
    if !is_on_earth || place == [0, 0] {
        return NOWHERE;
    }
    place
}

/// Longitude and latitude in degrees; `None` without a place.
pub(crate) fn degrees_of(place: PlaceE7) -> Option<[f64; 2]> {
    (place[0] != NO_PLACE).then(|| place.map(|units| f64::from(units) / PER_DEGREE))
}

/// A number of degrees as it is written: without zeros at its end.
pub(crate) fn degrees_text(units: i32) -> String {
    let text = format!("{:.7}", f64::from(units) / PER_DEGREE);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// How far two places are apart on a sphere, metres; `None` when one has none.
pub(crate) fn apart_m(a: PlaceE7, b: PlaceE7) -> Option<f64> {
    let [from, to] = [degrees_of(a)?, degrees_of(b)?].map(|place| place.map(f64::to_radians));
    let half = |from: f64, to: f64| ((to - from) / 2.0).sin().powi(2);
    let haversine = half(from[1], to[1]) + from[1].cos() * to[1].cos() * half(from[0], to[0]);
    Some(2.0 * EARTH_RADIUS_M * haversine.sqrt().min(1.0).asin())
}

/// True when the place lies inside `ring` (longitude and latitude, degrees; closed or not), by counting crossings.
pub(crate) fn is_inside(ring: &[[f64; 2]], [lon, lat]: [f64; 2]) -> bool {
    let mut inside = false;
    let mut before = ring.last();
    for corner in ring {
        if let Some(from) = before {
            let crosses = (corner[1] > lat) != (from[1] > lat);
            if crosses
                && lon
                    < (from[0] - corner[0]) * (lat - corner[1]) / (from[1] - corner[1]) + corner[0]
            {
                inside = !inside;
            }
        }
        before = Some(corner);
    }
    inside
}

/// The system that the coordinates of a source are in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Coordinates {
    /// WGS 84 or CGCS2000: degrees.
    #[default]
    Wgs84,
    /// GCJ-02, of Chinese web maps: degrees.
    Gcj02,
    /// BD-09, of Baidu's maps: degrees.
    Bd09,
    /// Another system by its EPSG code, easting first.
    Epsg(u32),
}

/// The way from a source's coordinates to degrees of WGS 84.
pub(crate) enum Way {
    /// Degrees of WGS 84.
    Same,
    /// Degrees of GCJ-02.
    Gcj02,
    /// Degrees of BD-09.
    Bd09,
    /// Through PROJ.
    Projected(Box<Projection>),
}

impl fmt::Debug for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Same => "Same",
            Self::Gcj02 => "Gcj02",
            Self::Bd09 => "Bd09",
            Self::Projected(_) => "Projected",
        })
    }
}

impl Way {
    /// The way from `coordinates`; an error when PROJ knows none.
    pub(crate) fn new(coordinates: Coordinates) -> Result<Self, CrsError> {
        Ok(match coordinates {
            Coordinates::Wgs84 => Self::Same,
            Coordinates::Gcj02 => Self::Gcj02,
            Coordinates::Bd09 => Self::Bd09,
            Coordinates::Epsg(epsg) => {
                Self::Projected(Box::new(Projection::to_geodetic(Crs { epsg })?))
            }
        })
    }

    /// Longitude and latitude in degrees of WGS 84.
    pub(crate) fn degrees(&self, x: f64, y: f64) -> Result<[f64; 2], CrsError> {
        let place = match self {
            Self::Same => Geodetic::new(x, y, 0.0),
            Self::Gcj02 => gcj02::wgs84_from_gcj02(Geodetic::new(x, y, 0.0)),
            Self::Bd09 => bd09::wgs84_from_bd09(Geodetic::new(x, y, 0.0)),
            Self::Projected(projection) => projection.geodetic_from(x, y, 0.0)?,
        };
        Ok([place.lon_deg, place.lat_deg])
    }
}

/// The degrees that a source means by what it says of longitude and latitude; `None` where it says neither, or 0, 0.
pub(crate) fn degrees_said(said: [&str; 2], way: &Way) -> Result<Option<[f64; 2]>, String> {
    let [x, y] = said.map(str::trim);
    if x.is_empty() && y.is_empty() {
        return Ok(None);
    }
    if x.is_empty() || y.is_empty() {
        return Err("one of longitude and latitude is missing".to_owned());
    }
    let read = |text: &str| number_of(text).ok_or_else(|| format!("{text:?} is no coordinate"));
    let (x, y) = (read(x)?, read(y)?);
    if x.abs() < f64::EPSILON && y.abs() < f64::EPSILON {
        return Ok(None);
    }
    let [lon, lat] = way.degrees(x, y).map_err(|error| error.to_string())?;
    if lon.abs() <= 180.0 && lat.abs() <= 90.0 {
        return Ok(Some([lon, lat]));
    }
    let is_swapped = lon.abs() <= 90.0 && lat.abs() <= 180.0;
    let guess = if is_swapped {
        ": they seem to be swapped"
    } else {
        ""
    };
    Err(format!(
        "longitude {x}, latitude {y} is not on the earth{guess}"
    ))
}

/// The number in a cell: decimal, or degrees, minutes and seconds like `117°12'34.5"E`.
pub(crate) fn number_of(cell: &str) -> Option<f64> {
    let text = cell.trim();
    if let Ok(number) = text.parse::<f64>() {
        return number.is_finite().then_some(number);
    }
    let is_mark =
        |letter: char| matches!(letter, '°' | '\'' | '"' | '′' | '″' | '度' | '分' | '秒');
    let upper = text.to_ascii_uppercase();
    let is_negative =
        upper.contains(['S', 'W']) || upper.contains("南纬") || upper.contains("西经");
    let digits = upper.trim_matches(|letter: char| !letter.is_ascii_digit() && !is_mark(letter));
    let parts: Vec<&str> = digits
        .split(is_mark)
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect();
    if parts.len() > 3 || !digits.contains(is_mark) {
        return None;
    }
    let mut degrees = 0.0;
    for (part, unit) in parts.iter().zip([1.0, 60.0, 3600.0]) {
        let number = part.parse::<f64>().ok().filter(|number| *number >= 0.0)?;
        degrees += number / unit;
    }
    (!parts.is_empty()).then_some(if is_negative { -degrees } else { degrees })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_kept_to_a_centimetre_and_nowhere_is_known() {
        assert_eq!(
            degrees_of(place_e7(121.472644, 31.231706)),
            Some([121.472644, 31.231706])
        );
        assert_eq!(
            degrees_text(place_e7(121.472644, 31.231706)[0]),
            "121.472644"
        );
        assert_eq!(degrees_text(1_200_000_000), "120");
        for (lon, lat) in [
            (0.0, 0.0),
            (181.0, 1.0),
            (f64::NAN, 1.0),
            (1.0, f64::INFINITY),
        ] {
            assert_eq!(degrees_of(place_e7(lon, lat)), None, "{lon} {lat}");
        }
    }

    #[test]
    fn distances_are_those_on_the_ground() {
        let here = place_e7(117.2, 34.26);
        let north = place_e7(117.2, 34.26 + 5.0 / 111_195.0);
        let metres = apart_m(here, north).expect("two places");
        assert!((metres - 5.0).abs() < 0.02, "{metres}");
        assert_eq!(apart_m(here, NOWHERE), None);
    }

    #[test]
    fn inside_is_told_from_outside() {
        let ring = [[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [2.0, 1.0], [0.0, 4.0]];
        assert!(is_inside(&ring, [1.0, 1.0]));
        assert!(!is_inside(&ring, [2.0, 3.0]));
        assert!(!is_inside(&ring, [5.0, 1.0]));
        assert!(!is_inside(&[], [1.0, 1.0]));
    }

    #[test]
    fn degrees_are_read_however_they_are_written() {
        for (text, expected) in [
            ("117.5", Some(117.5)),
            (" -3 ", Some(-3.0)),
            ("117°30'36\"", Some(117.51)),
            ("34度15分", Some(34.25)),
            ("34°15′S", Some(-34.25)),
            ("E117°30'", Some(117.5)),
            ("abc", None),
            ("", None),
            ("NaN", None),
            ("1°2'3\"4\"", None),
        ] {
            let number = number_of(text);
            let is_same = match (number, expected) {
                (Some(a), Some(b)) => (a - b).abs() < 1e-9,
                (a, b) => a == b,
            };
            assert!(is_same, "{text}: {number:?}");
        }
    }

    #[test]
    fn coordinates_of_web_maps_are_shifted_back() {
        let way = Way::new(Coordinates::Gcj02).expect("a way");
        let [lon, lat] = way.degrees(121.5, 31.24).expect("a place");
        assert!(
            (121.49..121.5).contains(&lon) && (31.24..31.245).contains(&lat),
            "{lon} {lat}"
        );
        let way = Way::new(Coordinates::Bd09).expect("a way");
        let [lon, lat] = way.degrees(121.5, 31.24).expect("a place");
        assert!(
            (121.48..121.495).contains(&lon) && (31.23..31.24).contains(&lat),
            "{lon} {lat}"
        );
        assert!(Way::new(Coordinates::Epsg(1)).is_err());
    }
}
