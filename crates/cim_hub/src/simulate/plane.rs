//! Metres around one place: good enough for a city, and the same on every machine.

/// Metres in a degree of latitude.
pub(crate) const DEGREE_M: f64 = 111_195.0;

/// A flat map around an origin, in metres east and north.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Plane {
    lon: f64,
    lat: f64,
    /// Metres in a degree of longitude here.
    east_m: f64,
}

impl Plane {
    /// A map around a longitude and a latitude, both rounded to a tenth of a degree: neighbouring origins share one map.
    pub(crate) fn around(lon: f64, lat: f64) -> Self {
        let (lon, lat) = ((lon * 10.0).round() / 10.0, (lat * 10.0).round() / 10.0);
        // Cosines differ in their last bit between machines; rounded, they do not.
        let cosine = (lat.to_radians().cos() * 1e9).round() / 1e9;
        Self {
            lon,
            lat,
            east_m: DEGREE_M * cosine.max(0.01),
        }
    }

    /// Metres east and north of the origin.
    pub(crate) fn metres(&self, lon: f64, lat: f64) -> [f64; 2] {
        [(lon - self.lon) * self.east_m, (lat - self.lat) * DEGREE_M]
    }

    /// Longitude and latitude.
    pub(crate) fn degrees(&self, at: [f64; 2]) -> [f64; 2] {
        [self.lon + at[0] / self.east_m, self.lat + at[1] / DEGREE_M]
    }
}

/// Metres between two places of one plane.
pub(crate) fn distance(a: [f64; 2], b: [f64; 2]) -> f64 {
    let (east, north) = (b[0] - a[0], b[1] - a[1]);
    (east * east + north * north).sqrt()
}

/// Metres from a place to the nearest place of a straight line between two others.
#[cfg(test)]
pub(crate) fn distance_to_line(at: [f64; 2], from: [f64; 2], to: [f64; 2]) -> f64 {
    let along = [to[0] - from[0], to[1] - from[1]];
    let length2 = along[0] * along[0] + along[1] * along[1];
    let share = if length2 > 0.0 {
        ((at[0] - from[0]) * along[0] + (at[1] - from[1]) * along[1]) / length2
    } else {
        0.0
    };
    let share = share.clamp(0.0, 1.0);
    distance(at, [from[0] + share * along[0], from[1] + share * along[1]])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back_is_the_same_place() {
        let plane = Plane::around(121.49, 31.24);
        let at = plane.metres(121.5, 31.23);
        let [lon, lat] = plane.degrees(at);
        assert!((lon - 121.5).abs() < 1e-12 && (lat - 31.23).abs() < 1e-12);
        let north = distance(plane.metres(121.5, 31.23), plane.metres(121.5, 31.24));
        assert!((north - 1111.95).abs() < 0.01, "{north}");
    }
}
