//! Features and geometries of GeoJSON (RFC 7946, section 3) from parsed JSON.

use crate::door::{Door, Refusal};
use crate::feature::{Area, LonLat, Shape, Tags};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The id of a feature, where it has one.
pub(crate) fn id_of(value: &Value, tags: &Tags) -> Option<String> {
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

/// The properties of a feature as tags.
pub(crate) fn tags_of(value: &Value) -> Tags {
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
pub(crate) fn take_hstore(text: &str, tags: &mut BTreeMap<String, String>) {
    for pair in text.trim_matches('"').split("\",\"") {
        if let Some((key, value)) = pair.split_once("\"=>\"") {
            tags.entry(key.to_owned())
                .or_insert_with(|| value.to_owned());
        }
    }
}

/// The shape of a geometry.
pub(crate) fn shape_of(geometry: &Value, door: &Door) -> Result<Shape, Refusal> {
    let mut pieces = Pieces::default();
    take_geometry(geometry, door, &mut pieces)?;
    pieces.into_shape().ok_or("the feature has no geometry")
}

/// The pieces of a geometry that may be a collection.
#[derive(Debug, Default)]
pub(crate) struct Pieces {
    pub(crate) points: Vec<LonLat>,
    pub(crate) lines: Vec<Vec<LonLat>>,
    pub(crate) areas: Vec<Area>,
}

impl Pieces {
    /// The shape of its highest dimension; `None` when it is empty.
    pub(crate) fn into_shape(self) -> Option<Shape> {
        if !self.areas.is_empty() {
            Some(Shape::Areas(self.areas))
        } else if !self.lines.is_empty() {
            Some(Shape::Lines(self.lines))
        } else if !self.points.is_empty() {
            Some(Shape::Points(self.points))
        } else {
            None
        }
    }
}

fn take_geometry(geometry: &Value, door: &Door, pieces: &mut Pieces) -> Result<(), Refusal> {
    let coordinates = geometry.get("coordinates").unwrap_or(&Value::Null);
    match geometry.get("type").and_then(Value::as_str) {
        Some("Point") if coordinates.as_array().is_some_and(|list| !list.is_empty()) => {
            pieces.points.push(position(coordinates, door)?);
        }
        Some("MultiPoint") => pieces.points.extend(positions(coordinates, door)?),
        Some("LineString") => pieces.lines.extend(line(coordinates, door)?),
        Some("MultiLineString") => {
            for part in items(coordinates)? {
                pieces.lines.extend(line(part, door)?);
            }
        }
        Some("Polygon") => pieces.areas.extend(area(coordinates, door)?),
        Some("MultiPolygon") => {
            for part in items(coordinates)? {
                pieces.areas.extend(area(part, door)?);
            }
        }
        Some("GeometryCollection") => {
            let parts = geometry
                .get("geometries")
                .and_then(Value::as_array)
                .map(Vec::as_slice)
                .unwrap_or_default();
            for part in parts {
                // Collections inside collections are allowed but never nested deeply; JSON's own depth limit bounds this.
                take_geometry(part, door, pieces)?;
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

fn positions(value: &Value, door: &Door) -> Result<Vec<LonLat>, Refusal> {
    items(value)?
        .iter()
        .map(|item| position(item, door))
        .collect()
}

fn line(value: &Value, door: &Door) -> Result<Option<Vec<LonLat>>, Refusal> {
    let positions = positions(value, door)?;
    match positions.len() {
        0 => Ok(None),
        1 => Err("a line has fewer than two positions"),
        _ => Ok(Some(positions)),
    }
}

fn area(value: &Value, door: &Door) -> Result<Option<Area>, Refusal> {
    let mut rings = items(value)?.iter().map(|ring| positions(ring, door));
    let Some(outer) = rings.next() else {
        return Ok(None);
    };
    Ok(Some(Area {
        outer: outer?,
        inner: rings.collect::<Result<Vec<_>, Refusal>>()?,
    }))
}

fn position(value: &Value, door: &Door) -> Result<LonLat, Refusal> {
    let numbers = items(value)?;
    let (Some(x), Some(y)) = (numbers.first(), numbers.get(1)) else {
        return Err("a position has fewer than two numbers");
    };
    let (Some(x), Some(y)) = (x.as_f64(), y.as_f64()) else {
        return Err("a coordinate is not a number");
    };
    let z = numbers.get(2).and_then(Value::as_f64).unwrap_or(0.0);
    // The ledger counts reasons, so the numbers stay out of them; the place leads to the feature.
    let [lon, lat, _] = door.place(x, y, z)?;
    Ok([lon, lat])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::SourceCrs;
    use cim_geo::Crs;
    use serde_json::json;

    #[track_caller]
    fn check_shape(geometry: Value, expected: Result<Shape, Refusal>) {
        let door = Door::of(SourceCrs::Epsg(Crs::WGS84)).expect("known");
        assert_eq!(shape_of(&geometry, &door), expected);
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
