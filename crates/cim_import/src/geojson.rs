//! GeoJSON (RFC 7946), read with patience.
//!
//! Features are taken one by one from plain JSON rather than through a strict reader: one feature with a missing coordinate
//! must not cost the other hundred thousand. Older habits are understood: a `crs` member, tags in a nested object or in
//! GDAL's `other_tags`, `NaN` in place of a number.

use crate::feature::{Area, Hint, LonLat, RawFeature, Shape, Tags};
use crate::ledger::Ledger;
use crate::request::ImportError;
use cim_geo::{Crs, Projection};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::Path;

/// What a file says of itself.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FileNotes {
    pub(crate) crs: Crs,
    pub(crate) attribution: String,
}

/// Reads a file's features into `features`; `crs` overrides what the file says.
pub(crate) fn read(
    path: &Path,
    crs: Option<Crs>,
    ledger: &mut Ledger,
    features: &mut Vec<RawFeature>,
) -> Result<FileNotes, ImportError> {
    let bytes = std::fs::read(path).map_err(|reason| ImportError::UnreadableSource {
        path: path.to_path_buf(),
        reason,
    })?;
    let root = parse(&bytes, path)?;
    let crs = match crs.map_or_else(|| stated_crs(&root), |crs| Ok(Some(crs))) {
        Ok(crs) => crs.unwrap_or(Crs::WGS84),
        Err(reason) => {
            return Err(ImportError::BadCrs {
                path: path.to_path_buf(),
                reason,
            });
        }
    };
    let projection = Projection::to_geodetic(crs).map_err(|reason| ImportError::BadCrs {
        path: path.to_path_buf(),
        reason,
    })?;

    let file = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let hint = Hint::of_file_name(&file);
    let single;
    let list: &[Value] = match root.get("type").and_then(Value::as_str) {
        Some("FeatureCollection") => root
            .get("features")
            .and_then(Value::as_array)
            .map(Vec::as_slice)
            .unwrap_or_default(),
        Some("Feature") => {
            single = [root.clone()];
            &single
        }
        Some(_) if root.get("coordinates").is_some() || root.get("geometries").is_some() => {
            single = [
                serde_json::json!({"type": "Feature", "properties": null, "geometry": root.clone()}),
            ];
            &single
        }
        _ => {
            let reason =
                "it is JSON but not GeoJSON: no FeatureCollection, Feature or geometry".to_owned();
            return Err(ImportError::BrokenSource {
                path: path.to_path_buf(),
                place: "line 1".to_owned(),
                reason,
            });
        }
    };
    for (index, value) in list.iter().enumerate() {
        let number = ledger.counts.features;
        ledger.counts.features += 1;
        let tags = tags_of(value);
        let id = id_of(value, &tags).unwrap_or_else(|| format!("f{number}"));
        let place = format!("{file}, feature {index} ({id})");
        match shape_of(value.get("geometry").unwrap_or(&Value::Null), &projection) {
            Ok(shape) => features.push(RawFeature {
                id,
                place,
                tags,
                shape,
                hint,
            }),
            Err(reason) => ledger.drop(reason, &place),
        }
    }
    let attribution = root
        .get("attribution")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    Ok(FileNotes { crs, attribution })
}

fn parse(bytes: &[u8], path: &Path) -> Result<Value, ImportError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let error = match serde_json::from_slice::<Value>(bytes) {
        Ok(root) => return Ok(root),
        Err(error) => error,
    };
    if let Some(cleaned) = without_nan(bytes)
        && let Ok(root) = serde_json::from_slice::<Value>(&cleaned)
    {
        return Ok(root);
    }
    Err(ImportError::BrokenSource {
        path: path.to_path_buf(),
        place: format!("line {} column {}", error.line(), error.column()),
        reason: error.to_string(),
    })
}

/// The text with `NaN`, `Infinity` and `-Infinity` outside strings replaced by `null`; `None` when there are none.
///
/// They are not JSON, but several writers put them out; as `null` they cost one feature and not the file.
fn without_nan(bytes: &[u8]) -> Option<Vec<u8>> {
    const WORDS: [&[u8]; 3] = [b"NaN", b"-Infinity", b"Infinity"];
    let mut cleaned = Vec::with_capacity(bytes.len());
    let (mut at, mut in_string, mut is_changed) = (0, false, false);
    while let Some(&byte) = bytes.get(at) {
        let rest = bytes.get(at..).unwrap_or_default();
        if in_string {
            if byte == b'\\' {
                cleaned.extend(rest.iter().take(2));
                at += 2;
                continue;
            }
            in_string = byte != b'"';
        } else if let Some(word) = WORDS.iter().find(|word| rest.starts_with(word)) {
            cleaned.extend_from_slice(b"null");
            at += word.len();
            is_changed = true;
            continue;
        } else {
            in_string = byte == b'"';
        }
        cleaned.push(byte);
        at += 1;
    }
    is_changed.then_some(cleaned)
}

/// The CRS of a `crs` member (GeoJSON 2008, section 3), if there is one.
fn stated_crs(root: &Value) -> Result<Option<Crs>, cim_geo::CrsError> {
    let Some(crs) = root.get("crs").filter(|crs| !crs.is_null()) else {
        return Ok(None);
    };
    let name = crs
        .pointer("/properties/name")
        .or_else(|| crs.pointer("/properties/code"))
        .unwrap_or(crs);
    let text = name
        .as_str()
        .map_or_else(|| name.to_string(), str::to_owned);
    Crs::parse(&text).map(Some)
}

fn id_of(value: &Value, tags: &Tags) -> Option<String> {
    let own = match value.get("id") {
        Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let id = own.or_else(|| {
        ["@id", "id", "osm_id"]
            .iter()
            .find_map(|key| tags.get(key))
            .map(str::to_owned)
    })?;
    // As Overpass and osmtogeojson spell OpenStreetMap's elements.
    for (long, short) in [("way/", "w"), ("relation/", "r"), ("node/", "n")] {
        if let Some(number) = id.strip_prefix(long) {
            return Some(format!("{short}{number}"));
        }
    }
    Some(id)
}

fn tags_of(value: &Value) -> Tags {
    let mut tags = BTreeMap::new();
    if let Some(Value::Object(properties)) = value.get("properties") {
        take_tags(properties, &mut tags);
    }
    Tags(tags)
}

fn take_tags(properties: &Map<String, Value>, tags: &mut BTreeMap<String, String>) {
    for (key, value) in properties {
        match value {
            Value::Null => {}
            Value::String(text) if key == "other_tags" => take_hstore(text, tags),
            Value::String(text) => {
                tags.insert(key.clone(), text.clone());
            }
            Value::Object(inside) if key == "tags" => take_tags(inside, tags),
            Value::Object(inside) if key == "names" => {
                if let Some(name) = inside.get("primary").and_then(Value::as_str) {
                    tags.insert("name".to_owned(), name.to_owned());
                }
            }
            other => {
                tags.insert(key.clone(), other.to_string());
            }
        }
    }
}

/// GDAL's `other_tags`: `"key"=>"value","key"=>"value"`.
fn take_hstore(text: &str, tags: &mut BTreeMap<String, String>) {
    for pair in text.trim_matches('"').split("\",\"") {
        if let Some((key, value)) = pair.split_once("\"=>\"") {
            tags.entry(key.to_owned())
                .or_insert_with(|| value.to_owned());
        }
    }
}

/// A reason for leaving a feature out, as the ledger counts it.
type Refusal = &'static str;

fn shape_of(geometry: &Value, projection: &Projection) -> Result<Shape, Refusal> {
    let (mut points, mut lines, mut areas) = (Vec::new(), Vec::new(), Vec::new());
    take_geometry(geometry, projection, &mut points, &mut lines, &mut areas)?;
    if !areas.is_empty() {
        Ok(Shape::Areas(areas))
    } else if !lines.is_empty() {
        Ok(Shape::Lines(lines))
    } else if !points.is_empty() {
        Ok(Shape::Points(points))
    } else {
        Err("the feature has no geometry")
    }
}

fn take_geometry(
    geometry: &Value,
    projection: &Projection,
    points: &mut Vec<LonLat>,
    lines: &mut Vec<Vec<LonLat>>,
    areas: &mut Vec<Area>,
) -> Result<(), Refusal> {
    let coordinates = geometry.get("coordinates").unwrap_or(&Value::Null);
    match geometry.get("type").and_then(Value::as_str) {
        Some("Point") if coordinates.as_array().is_some_and(|list| !list.is_empty()) => {
            points.push(position(coordinates, projection)?);
        }
        Some("MultiPoint") => points.extend(positions(coordinates, projection)?),
        Some("LineString") => lines.extend(line(coordinates, projection)?),
        Some("MultiLineString") => {
            for part in items(coordinates)? {
                lines.extend(line(part, projection)?);
            }
        }
        Some("Polygon") => areas.extend(area(coordinates, projection)?),
        Some("MultiPolygon") => {
            for part in items(coordinates)? {
                areas.extend(area(part, projection)?);
            }
        }
        Some("GeometryCollection") => {
            for part in geometry
                .get("geometries")
                .and_then(Value::as_array)
                .map(Vec::as_slice)
                .unwrap_or_default()
            {
                // Collections inside collections are allowed but never nested deeply; JSON's own depth limit bounds this.
                take_geometry(part, projection, points, lines, areas)?;
            }
        }
        Some("Point") | None => {}
        Some(_) => return Err("the geometry's type is not one of GeoJSON's"),
    }
    Ok(())
}

fn items(value: &Value) -> Result<&[Value], Refusal> {
    value
        .as_array()
        .map(Vec::as_slice)
        .ok_or("the coordinates are not a list")
}

fn positions(value: &Value, projection: &Projection) -> Result<Vec<LonLat>, Refusal> {
    items(value)?
        .iter()
        .map(|item| position(item, projection))
        .collect()
}

fn line(value: &Value, projection: &Projection) -> Result<Option<Vec<LonLat>>, Refusal> {
    let positions = positions(value, projection)?;
    match positions.len() {
        0 => Ok(None),
        1 => Err("a line has fewer than two positions"),
        _ => Ok(Some(positions)),
    }
}

fn area(value: &Value, projection: &Projection) -> Result<Option<Area>, Refusal> {
    let mut rings = items(value)?.iter().map(|ring| positions(ring, projection));
    let Some(outer) = rings.next() else {
        return Ok(None);
    };
    Ok(Some(Area {
        outer: outer?,
        inner: rings.collect::<Result<Vec<_>, Refusal>>()?,
    }))
}

fn position(value: &Value, projection: &Projection) -> Result<LonLat, Refusal> {
    let numbers = items(value)?;
    let (Some(x), Some(y)) = (numbers.first(), numbers.get(1)) else {
        return Err("a position has fewer than two numbers");
    };
    let (Some(x), Some(y)) = (x.as_f64(), y.as_f64()) else {
        return Err("a coordinate is not a number");
    };
    let z = numbers.get(2).and_then(Value::as_f64).unwrap_or(0.0);
    // The ledger counts reasons, so the numbers stay out of them; the place leads to the feature.
    let Ok(place) = projection.geodetic_from(x, y, z) else {
        return Err("a coordinate is out of the range of its CRS");
    };
    if place.lon_deg.abs() > 180.0 {
        return Err("a coordinate is out of the range of its CRS");
    }
    Ok([place.lon_deg, place.lat_deg])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check_shape(geometry: Value, expected: Result<Shape, Refusal>) {
        let projection = Projection::to_geodetic(Crs::WGS84).expect("known");
        assert_eq!(shape_of(&geometry, &projection), expected);
    }

    #[test]
    fn every_geometry_type_is_read() {
        check_shape(
            json!({"type": "Point", "coordinates": [1, 2, 3]}),
            Ok(Shape::Points(vec![[1.0, 2.0]])),
        );
        check_shape(
            json!({"type": "LineString", "coordinates": [[1, 2], [3, 4]]}),
            Ok(Shape::Lines(vec![vec![[1.0, 2.0], [3.0, 4.0]]])),
        );
        check_shape(
            json!({"type": "GeometryCollection", "geometries": [
                {"type": "Point", "coordinates": [9, 9]},
                {"type": "MultiPolygon", "coordinates": [[[[0, 0], [1, 0], [1, 1], [0, 0]]]]}]}),
            Ok(Shape::Areas(vec![Area {
                outer: vec![[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]],
                inner: vec![],
            }])),
        );
    }

    #[test]
    fn a_broken_geometry_is_refused_with_its_reason() {
        check_shape(Value::Null, Err("the feature has no geometry"));
        check_shape(
            json!({"type": "Polygon", "coordinates": []}),
            Err("the feature has no geometry"),
        );
        check_shape(
            json!({"type": "Point", "coordinates": ["a", 2]}),
            Err("a coordinate is not a number"),
        );
        check_shape(
            json!({"type": "Point", "coordinates": [null, 2]}),
            Err("a coordinate is not a number"),
        );
        check_shape(
            json!({"type": "Point", "coordinates": [1]}),
            Err("a position has fewer than two numbers"),
        );
        check_shape(
            json!({"type": "Point", "coordinates": [518420, 3792519]}),
            Err("a coordinate is out of the range of its CRS"),
        );
        check_shape(
            json!({"type": "LineString", "coordinates": [[1, 2]]}),
            Err("a line has fewer than two positions"),
        );
        check_shape(
            json!({"type": "Blob", "coordinates": [1, 2]}),
            Err("the geometry's type is not one of GeoJSON's"),
        );
    }

    #[test]
    fn a_crs_member_is_honoured() {
        let root =
            json!({"crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4548"}}});
        assert_eq!(stated_crs(&root).expect("a code"), Some(Crs { epsg: 4548 }));
        assert_eq!(stated_crs(&json!({})).expect("none"), None);
    }

    #[test]
    fn nan_becomes_null_outside_strings_only() {
        assert_eq!(
            without_nan(br#"{"a":NaN,"b":"NaN \" NaN","c":-Infinity}"#).expect("changed"),
            br#"{"a":null,"b":"NaN \" NaN","c":null}"#
        );
        assert_eq!(without_nan(br#"{"a":1}"#), None);
    }

    #[test]
    fn tags_are_found_where_exporters_hide_them() {
        let tags = tags_of(
            &json!({"properties": {"tags": {"building": "yes"}, "other_tags": "\"height\"=>\"12\",\"name\"=>\"A\"", "x": 3, "n": null}}),
        );
        assert_eq!(
            (
                tags.get("building"),
                tags.get("height"),
                tags.get("name"),
                tags.get("x"),
                tags.get("n")
            ),
            (Some("yes"), Some("12"), Some("A"), Some("3"), None)
        );
    }

    #[test]
    fn openstreetmap_ids_are_shortened() {
        assert_eq!(
            id_of(&json!({"id": "way/12"}), &Tags::default()),
            Some("w12".to_owned())
        );
        assert_eq!(
            id_of(&json!({}), &Tags::of(&[("@id", "relation/5")])),
            Some("r5".to_owned())
        );
        assert_eq!(
            id_of(&json!({"id": 7}), &Tags::default()),
            Some("7".to_owned())
        );
        assert_eq!(id_of(&json!({}), &Tags::default()), None);
    }
}
