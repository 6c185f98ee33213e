//! What an entity of each set is made of (OGC 18-088, clause 8.2): its own properties, those that must be there, and
//! the kind of each.

use super::SetName;
use crate::iso::end_of_time;
use serde_json::{Map, Value};

/// What an entity of a set is made of.
pub(super) struct Shape {
    /// Its own properties.
    pub(super) own: &'static [&'static str],
    /// Those that must be there.
    pub(super) required: &'static [&'static str],
    /// Relations that may be given inside it.
    pub(super) inside: &'static [&'static str],
}

/// The shape of a set's entities.
pub(super) fn shape(set: SetName) -> Shape {
    match set {
        SetName::Things => Shape {
            own: &["name", "description", "properties"],
            required: &["name", "description"],
            inside: &["Locations", "Datastreams", "HistoricalLocations"],
        },
        SetName::Locations => Shape {
            own: &[
                "name",
                "description",
                "encodingType",
                "location",
                "properties",
            ],
            required: &["name", "description", "encodingType", "location"],
            inside: &[],
        },
        SetName::Datastreams => Shape {
            own: &[
                "name",
                "description",
                "observationType",
                "unitOfMeasurement",
                "observedArea",
                "phenomenonTime",
                "resultTime",
                "properties",
            ],
            required: &[
                "name",
                "description",
                "observationType",
                "unitOfMeasurement",
            ],
            inside: &["Thing", "Sensor", "ObservedProperty", "Observations"],
        },
        SetName::Sensors => Shape {
            own: &[
                "name",
                "description",
                "encodingType",
                "metadata",
                "properties",
            ],
            required: &["name", "description", "encodingType", "metadata"],
            inside: &["Datastreams"],
        },
        SetName::ObservedProperties => Shape {
            own: &["name", "definition", "description", "properties"],
            required: &["name", "definition", "description"],
            inside: &["Datastreams"],
        },
        SetName::FeaturesOfInterest => Shape {
            own: &[
                "name",
                "description",
                "encodingType",
                "feature",
                "properties",
            ],
            required: &["name", "description", "encodingType", "feature"],
            inside: &[],
        },
        SetName::HistoricalLocations => Shape {
            own: &["time"],
            required: &["time"],
            inside: &["Thing", "Locations"],
        },
        SetName::Observations => Shape {
            own: &[],
            required: &[],
            inside: &[],
        },
    }
}

/// The own properties of a sent entity, checked. `place` names it in reasons; every missing property is named at once.
pub(super) fn own_of(
    set: SetName,
    fields: &Map<String, Value>,
    place: &str,
) -> Result<Map<String, Value>, String> {
    let shape = shape(set);
    let missing: Vec<&str> = shape
        .required
        .iter()
        .copied()
        .filter(|name| fields.get(*name).is_none_or(Value::is_null))
        .collect();
    match missing.as_slice() {
        [] => {}
        [name] => return Err(format!("{place}: {name} is missing")),
        names => return Err(format!("{place}: {} are missing", names.join(", "))),
    }
    let mut own = Map::new();
    for (name, value) in fields {
        if shape.own.contains(&name.as_str()) {
            check(name, value, fields).map_err(|reason| format!("{place}: {reason}"))?;
            own.insert(name.clone(), value.clone());
        } else if !is_note(name) && !shape.inside.contains(&name.as_str()) {
            return Err(format!("{place}: {} have no {name:?}", set.as_str()));
        }
    }
    Ok(own)
}

/// True for what a server says of an entity and a client may send back: ids and links.
pub(super) fn is_note(name: &str) -> bool {
    name.contains("@iot.") || name == "id"
}

/// Checks the kind of one property.
pub(super) fn check(name: &str, value: &Value, fields: &Map<String, Value>) -> Result<(), String> {
    match name {
        "name" | "description" | "definition" | "encodingType" | "observationType" => {
            text(name, value)
        }
        "properties" => match value {
            Value::Object(_) | Value::Null => Ok(()),
            _ => Err("properties is no JSON object".to_owned()),
        },
        "unitOfMeasurement" => unit(value),
        "time" | "phenomenonTime" | "resultTime" => match value {
            Value::Null => Ok(()),
            value => value
                .as_str()
                .and_then(end_of_time)
                .map(|_| ())
                .ok_or_else(|| format!("{name} {value} is no ISO 8601 time")),
        },
        "location" | "feature" => {
            let encoding = fields.get("encodingType").and_then(Value::as_str);
            let is_geojson = encoding.is_some_and(|encoding| {
                matches!(
                    encoding,
                    "application/geo+json" | "application/vnd.geo+json"
                )
            });
            if is_geojson {
                geojson(name, value)
            } else {
                Ok(())
            }
        }
        _ => Ok(()),
    }
}

fn text(name: &str, value: &Value) -> Result<(), String> {
    if value.is_string() {
        return Ok(());
    }
    Err(format!("{name} is not a text"))
}

/// Three pairs, each a text, or null where there is no unit (18-088, table 11 of clause 8.2.4).
fn unit(value: &Value) -> Result<(), String> {
    let fields = value
        .as_object()
        .ok_or("unitOfMeasurement is no JSON object")?;
    for name in ["name", "symbol", "definition"] {
        match fields.get(name) {
            Some(Value::String(_) | Value::Null) => {}
            Some(_) => return Err(format!("unitOfMeasurement/{name} is not a text")),
            None => return Err(format!("unitOfMeasurement/{name} is missing")),
        }
    }
    Ok(())
}

fn geojson(name: &str, value: &Value) -> Result<(), String> {
    let kind = value
        .get("type")
        .and_then(Value::as_str)
        .ok_or_else(|| format!("{name} is no GeoJSON: type is missing"))?;
    let coordinates = match kind {
        "Feature" | "FeatureCollection" | "GeometryCollection" => return Ok(()),
        "Point" | "MultiPoint" | "LineString" | "MultiLineString" | "Polygon" | "MultiPolygon" => {
            value.get("coordinates")
        }
        other => return Err(format!("{name}: {other:?} is no GeoJSON type")),
    };
    let depth = match kind {
        "Point" => 0,
        "MultiPoint" | "LineString" => 1,
        "Polygon" | "MultiLineString" => 2,
        _ => 3,
    };
    if coordinates.is_some_and(|coordinates| are_positions(coordinates, depth)) {
        return Ok(());
    }
    Err(format!("{name}/coordinates are not those of a {kind}"))
}

fn are_positions(value: &Value, depth: usize) -> bool {
    let Some(items) = value.as_array() else {
        return false;
    };
    if depth == 0 {
        return items.len() >= 2 && items.iter().all(Value::is_number);
    }
    items.iter().all(|item| are_positions(item, depth - 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn refused(set: SetName, body: Value, words: &[&str]) {
        let Value::Object(fields) = body else {
            panic!("an object")
        };
        let reason = own_of(set, &fields, "here").expect_err("refused");
        for word in words {
            assert!(reason.contains(word), "{reason}");
        }
    }

    #[test]
    fn every_missing_property_is_named_at_once() {
        refused(
            SetName::FeaturesOfInterest,
            json!({"description": "x", "feature": {}}),
            &["name", "encodingType", "are missing"],
        );
        refused(
            SetName::HistoricalLocations,
            json!({}),
            &["time is missing"],
        );
    }

    #[test]
    fn a_unit_has_three_parts() {
        let stream = |unit: Value| json!({"name": "x", "description": "", "observationType": "x", "unitOfMeasurement": unit});
        refused(
            SetName::Datastreams,
            stream(json!({"name": "degree", "definition": "x"})),
            &["unitOfMeasurement/symbol"],
        );
        refused(
            SetName::Datastreams,
            stream(json!("degree")),
            &["unitOfMeasurement"],
        );
        let Value::Object(good) = stream(json!({"name": null, "symbol": null, "definition": null}))
        else {
            panic!("an object")
        };
        assert!(own_of(SetName::Datastreams, &good, "here").is_ok());
    }

    #[test]
    fn coordinates_fit_their_kind() {
        for (geometry, good) in [
            (json!({"type": "Point", "coordinates": [1, 2]}), true),
            (json!({"type": "Point", "coordinates": [[1, 2]]}), false),
            (
                json!({"type": "Polygon", "coordinates": [[1, 2], [3, 4]]}),
                false,
            ),
            (
                json!({"type": "Polygon", "coordinates": [[[1, 2], [3, 4], [5, 6], [1, 2]]]}),
                true,
            ),
            (json!({"type": "Blob", "coordinates": [1, 2]}), false),
            (json!({"coordinates": [1, 2]}), false),
        ] {
            assert_eq!(geojson("location", &geometry).is_ok(), good, "{geometry}");
        }
    }
}
