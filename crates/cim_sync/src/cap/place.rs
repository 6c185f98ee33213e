//! Rings, circles, and the one point on the map that stands for an alert.

use super::{Alert, Area, Circle};
use cim_geo::Geodetic;

/// Less than this, in square degrees, a ring is a line or a point.
const FLAT_SQUARE_DEG: f64 = 1e-12;

impl Alert {
    /// The point that stands for the alert: the centroid of its polygons, or the middle of its circles; `None` when it names
    /// its place in words or codes only.
    pub fn position(&self) -> Option<Geodetic> {
        self.infos.iter().find_map(|info| centroid(&info.areas))
    }
}

/// The ring spelt `text`: pairs `latitude,longitude` with space between, at least four, the last like the first (CAP 1.2, 3.2.4).
pub(super) fn ring_of(text: &str) -> Result<Vec<Geodetic>, String> {
    let mut ring = Vec::new();
    for pair in text.split_whitespace() {
        let point = point_of(pair).ok_or_else(|| {
            format!(
                "\"{}\" is no pair of latitude and longitude",
                crate::markup::shortened(pair)
            )
        })?;
        ring.push(point);
    }
    match (ring.first(), ring.last()) {
        (Some(first), Some(last)) if ring.len() >= 4 => {
            if first == last {
                Ok(ring)
            } else {
                Err("the last point is not the first".to_owned())
            }
        }
        _ => Err(format!(
            "a ring has at least four points, this one has {}",
            ring.len()
        )),
    }
}

/// The circle spelt `text`: `latitude,longitude radius`, the radius in kilometres.
pub(super) fn circle_of(text: &str) -> Result<Circle, String> {
    let mut parts = text.split_whitespace();
    let center = parts.next().and_then(point_of);
    let radius_km = parts.next().and_then(|radius| radius.parse::<f64>().ok());
    match (center, radius_km, parts.next()) {
        (Some(center), Some(radius_km), None) if radius_km.is_finite() && radius_km >= 0.0 => {
            Ok(Circle { center, radius_km })
        }
        (Some(_), Some(_), None) => Err("the radius is negative".to_owned()),
        _ => Err("latitude,longitude and a radius in kilometres are expected".to_owned()),
    }
}

fn point_of(pair: &str) -> Option<Geodetic> {
    let (lat, lon) = pair.split_once(',')?;
    let lat_deg: f64 = lat.parse().ok()?;
    let lon_deg: f64 = lon.parse().ok()?;
    crate::json::on_earth(lon_deg, lat_deg).then(|| Geodetic::new(lon_deg, lat_deg, 0.0))
}

fn centroid(areas: &[Area]) -> Option<Geodetic> {
    let mut sum = Weighted::default();
    for ring in areas.iter().flat_map(|area| &area.polygons) {
        sum.add_ring(ring);
    }
    if let Some(point) = sum.mean() {
        return Some(point);
    }
    for circle in areas.iter().flat_map(|area| &area.circles) {
        sum.add(circle.center.lon_deg, circle.center.lat_deg, 1.0);
    }
    sum.mean()
}

/// A weighted mean of points. Longitudes count from the first one, so that rings across the date line stay in one piece.
#[derive(Default)]
struct Weighted {
    first_lon_deg: Option<f64>,
    lon: f64,
    lat: f64,
    weight: f64,
}

impl Weighted {
    fn add(&mut self, lon_deg: f64, lat_deg: f64, weight: f64) {
        let first = *self.first_lon_deg.get_or_insert(lon_deg);
        self.lon += near(first, lon_deg) * weight;
        self.lat += lat_deg * weight;
        self.weight += weight;
    }

    fn add_ring(&mut self, ring: &[Geodetic]) {
        let Some(first) = ring.first() else {
            return;
        };
        let (mut area, mut lon, mut lat) = (0.0, 0.0, 0.0);
        for (a, b) in ring.iter().zip(ring.iter().skip(1)) {
            // Relative to the first point: the products of whole coordinates would cancel badly.
            let (ax, ay) = (
                near(first.lon_deg, a.lon_deg) - first.lon_deg,
                a.lat_deg - first.lat_deg,
            );
            let (bx, by) = (
                near(first.lon_deg, b.lon_deg) - first.lon_deg,
                b.lat_deg - first.lat_deg,
            );
            let cross = ax * by - bx * ay;
            area += cross / 2.0;
            lon += (ax + bx) * cross / 6.0;
            lat += (ay + by) * cross / 6.0;
        }
        if area.abs() > FLAT_SQUARE_DEG {
            self.add(
                first.lon_deg + lon / area,
                first.lat_deg + lat / area,
                area.abs(),
            );
        } else {
            self.add(first.lon_deg, first.lat_deg, FLAT_SQUARE_DEG);
        }
    }

    fn mean(&self) -> Option<Geodetic> {
        if self.weight <= 0.0 {
            return None;
        }
        let lon_deg = self.lon / self.weight;
        let lon_deg = if (-180.0..=180.0).contains(&lon_deg) {
            lon_deg
        } else {
            (lon_deg + 180.0).rem_euclid(360.0) - 180.0
        };
        Some(Geodetic::new(lon_deg, self.lat / self.weight, 0.0))
    }
}

/// `lon_deg` turned by whole circles to lie within half a circle of `first_deg`.
fn near(first_deg: f64, lon_deg: f64) -> f64 {
    lon_deg - ((lon_deg - first_deg) / 360.0).round() * 360.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_centroid(ring: &str, lat_deg: f64, lon_deg: f64) {
        let area = Area {
            polygons: vec![ring_of(ring).expect("a ring")],
            ..Area::default()
        };
        let found = centroid(&[area]).expect("a point");
        assert!((found.lat_deg - lat_deg).abs() < 1e-9, "{found:?}");
        assert!((found.lon_deg - lon_deg).abs() < 1e-9, "{found:?}");
    }

    #[test]
    fn the_middle_of_a_ring_is_its_centroid() {
        check_centroid("30,120 30,122 32,122 32,120 30,120", 31.0, 121.0);
        check_centroid("0,0 0,3 3,0 0,0", 1.0, 1.0);
        check_centroid("10,179 10,-179 12,-179 12,179 10,179", 11.0, 180.0);
        check_centroid("5,7 5,7 5,7 5,7", 5.0, 7.0);
    }

    #[test]
    fn broken_rings_and_circles_say_what_is_wrong() {
        for (text, reason) in [
            ("", "has 0"),
            ("1,1 2,2 1,1", "has 3"),
            ("1,1 2,2 3,1 1,2", "not the first"),
            ("1,1 2,2, 3,1 1,1", "\"2,2,\""),
            ("1,1 91,2 3,1 1,1", "\"91,2\""),
            ("1,1 nan,2 3,1 1,1", "\"nan,2\""),
        ] {
            let told = ring_of(text).expect_err("broken");
            assert!(told.contains(reason), "{text}: {told}");
        }
        for text in ["", "1,2", "1,2 x", "1,2 -1", "1,2 3 4", "1;2 3", "1,2 inf"] {
            assert!(circle_of(text).is_err(), "{text}");
        }
        let circle = circle_of("31.2,121.5 0").expect("a point");
        assert!(circle.radius_km.abs() < 1e-12);
    }
}
