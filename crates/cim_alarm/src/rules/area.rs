//! A polygon of longitudes and latitudes.

use cim_geo::{Bounds, Geodetic};

/// An area on the map: a ring of places, degrees (WGS 84 / CGCS2000). Does not cross the 180th meridian.
#[derive(Clone, Debug, PartialEq)]
pub struct Area {
    ring: Vec<[f64; 2]>,
    bounds: Bounds,
}

impl Area {
    /// The area within `ring`, longitude before latitude, closed or not; nothing for less than three places.
    pub fn new(ring: Vec<[f64; 2]>) -> Option<Self> {
        let is_closed = ring.len() > 1 && ring.first() == ring.last();
        let places = ring.len() - usize::from(is_closed);
        if places < 3 {
            return None;
        }
        let mut bounds = Bounds::EMPTY;
        for [lon_deg, lat_deg] in &ring {
            bounds.extend(*lon_deg, *lat_deg);
        }
        Some(Self { ring, bounds })
    }

    /// True when the place lies inside (even-odd rule); its height does not matter.
    pub fn contains(&self, place: Geodetic) -> bool {
        if !self.bounds.contains(place.lon_deg, place.lat_deg) {
            return false;
        }
        let ends = self.ring.iter().cycle().skip(1);
        let mut is_inside = false;
        for ([from_lon, from_lat], [to_lon, to_lat]) in self.ring.iter().zip(ends) {
            let is_across = (*from_lat > place.lat_deg) != (*to_lat > place.lat_deg);
            if !is_across {
                continue;
            }
            let part = (place.lat_deg - from_lat) / (to_lat - from_lat);
            if place.lon_deg < from_lon + part * (to_lon - from_lon) {
                is_inside = !is_inside;
            }
        }
        is_inside
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(lon_deg: f64, lat_deg: f64, is_inside: bool) {
        // An L: the square from 0 to 2 without its upper right quarter.
        let open = vec![
            [0.0, 0.0],
            [2.0, 0.0],
            [2.0, 1.0],
            [1.0, 1.0],
            [1.0, 2.0],
            [0.0, 2.0],
        ];
        let mut closed = open.clone();
        closed.push([0.0, 0.0]);
        for ring in [open, closed] {
            let area = Area::new(ring).expect("an area");
            let place = Geodetic::new(lon_deg, lat_deg, 0.0);
            assert_eq!(area.contains(place), is_inside, "{lon_deg} {lat_deg}");
        }
    }

    #[test]
    fn a_place_is_inside_or_not() {
        check(0.5, 0.5, true);
        check(1.5, 0.5, true);
        check(0.5, 1.5, true);
        check(1.5, 1.5, false);
        check(-0.5, 0.5, false);
        check(0.5, 2.5, false);
    }

    #[test]
    fn two_places_are_no_area() {
        assert_eq!(Area::new(vec![[0.0, 0.0], [1.0, 1.0], [0.0, 0.0]]), None);
        assert_eq!(Area::new(Vec::new()), None);
    }
}
