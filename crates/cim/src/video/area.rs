//! Places and areas as people write them on a command line.

use crate::Failure;
use serde_json::Value;
use std::path::Path;

/// An area has no more corners.
const MOST_CORNERS: usize = 512;
/// A file of an area is no longer, bytes.
const MOST_BYTES: u64 = 4 << 20;

/// Reads `LON,LAT`, degrees.
pub(crate) fn place(text: &str) -> Result<[f64; 2], String> {
    match numbers(text).as_deref() {
        Some([lon, lat]) if is_on_earth(*lon, *lat) => Ok([*lon, *lat]),
        _ => Err(format!("'{text}' is not longitude,latitude in degrees")),
    }
}

/// Reads an area: `WEST,SOUTH,EAST,NORTH`, GeoJSON, or the name of a file with GeoJSON. Its corners, each once.
pub(crate) fn ring(text: &str) -> Result<Vec<[f64; 2]>, Failure> {
    if let Some(sides) = numbers(text) {
        return box_of(&sides)
            .ok_or_else(|| format!("'{text}' is not west,south,east,north in degrees").into());
    }
    if text.trim_start().starts_with('{') {
        return ring_of(text).map_err(|reason| format!("--area: {reason}").into());
    }
    let path = Path::new(text);
    let told = |reason: String| -> Failure {
        format!("--area {text} is neither west,south,east,north nor a GeoJSON file: {reason}")
            .into()
    };
    let about = std::fs::metadata(path).map_err(|err| told(err.to_string()))?;
    if about.len() > MOST_BYTES {
        return Err(told(format!("it is longer than {MOST_BYTES} bytes")));
    }
    let json = std::fs::read_to_string(path).map_err(|err| told(err.to_string()))?;
    ring_of(&json).map_err(told)
}

fn numbers(text: &str) -> Option<Vec<f64>> {
    text.split(',')
        .map(|number| number.trim().parse().ok())
        .collect()
}

fn is_on_earth(lon: f64, lat: f64) -> bool {
    lon.abs() <= 180.0 && lat.abs() <= 90.0
}

fn box_of(sides: &[f64]) -> Option<Vec<[f64; 2]>> {
    let [west, south, east, north] = sides else {
        return None;
    };
    let is_box = is_on_earth(*west, *south) && is_on_earth(*east, *north);
    (is_box && west < east && south < north).then(|| {
        vec![
            [*west, *south],
            [*east, *south],
            [*east, *north],
            [*west, *north],
        ]
    })
}

/// The outer ring of the only polygon in a GeoJSON text.
fn ring_of(json: &str) -> Result<Vec<[f64; 2]>, String> {
    let value: Value = serde_json::from_str(json).map_err(|err| format!("no JSON: {err}"))?;
    let mut polygons = Vec::new();
    collect(&value, &mut polygons);
    let [polygon] = polygons.as_slice() else {
        return Err(format!(
            "one polygon is expected, there are {}",
            polygons.len()
        ));
    };
    let corners: Option<Vec<[f64; 2]>> = polygon.iter().map(corner).collect();
    let mut corners = corners.ok_or("a corner is not [longitude, latitude]")?;
    if corners.first() == corners.last() {
        corners.pop();
    }
    if (3..=MOST_CORNERS).contains(&corners.len()) {
        Ok(corners)
    } else {
        Err(format!(
            "3 to {MOST_CORNERS} corners are expected, there are {}",
            corners.len()
        ))
    }
}

fn corner(value: &Value) -> Option<[f64; 2]> {
    let lon = value.get(0)?.as_f64()?;
    let lat = value.get(1)?.as_f64()?;
    is_on_earth(lon, lat).then_some([lon, lat])
}

/// Collects the outer rings of all polygons.
fn collect<'a>(value: &'a Value, into: &mut Vec<&'a Vec<Value>>) {
    let list = |name: &str| value.get(name).and_then(Value::as_array);
    match value.get("type").and_then(Value::as_str) {
        Some("Feature") => {
            if let Some(geometry) = value.get("geometry") {
                collect(geometry, into);
            }
        }
        Some("FeatureCollection") => {
            for feature in list("features").into_iter().flatten() {
                collect(feature, into);
            }
        }
        Some("Polygon") => {
            let outer = list("coordinates").and_then(|rings| rings.first()?.as_array());
            into.extend(outer);
        }
        Some("MultiPolygon") => {
            let polygons = list("coordinates").into_iter().flatten();
            into.extend(polygons.filter_map(|polygon| polygon.get(0)?.as_array()));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQUARE: &str = "[[[117.4,34.0],[117.5,34.0],[117.5,34.1],[117.4,34.0]]]";

    #[track_caller]
    fn check_ring(text: &str, expected: Option<usize>) {
        let corners = ring(text);
        assert_eq!(corners.as_ref().ok().map(Vec::len), expected, "{corners:?}");
    }

    #[test]
    fn places_and_boxes_are_read() {
        assert_eq!(place("117.4, 34.07"), Ok([117.4, 34.07]));
        assert!(place("117.4").is_err() && place("200,3").is_err() && place("a,b").is_err());
        check_ring("117.4,34.0,117.5,34.1", Some(4));
        check_ring("117.5,34.0,117.4,34.1", None);
        check_ring("117.4,34.0,117.5", None);
    }

    #[test]
    fn one_polygon_of_geojson_is_an_area() {
        check_ring(
            &format!(r#"{{"type":"Polygon","coordinates":{SQUARE}}}"#),
            Some(3),
        );
        let feature = format!(
            r#"{{"type":"Feature","geometry":{{"type":"Polygon","coordinates":{SQUARE}}}}}"#
        );
        check_ring(&feature, Some(3));
        let two = format!(r#"{{"type":"FeatureCollection","features":[{feature},{feature}]}}"#);
        check_ring(&two, None);
        let multi = format!(r#"{{"type":"MultiPolygon","coordinates":[{SQUARE}]}}"#);
        check_ring(&multi, Some(3));
        check_ring(r#"{"type":"Point","coordinates":[1,2]}"#, None);
        check_ring(r#"{"type":"Polygon","coordinates":[[[1,2],[3]]]}"#, None);
        check_ring("no/such/file.geojson", None);
    }
}
