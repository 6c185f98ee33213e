//! Is this an entity of the standard? For bodies that a client sends (OGC 18-088, tables 5 to 17 and 24), each fault with its field.
//!
//! One thing is taken kindly: an entity with a description needs no name. Names came late into version 1.0, and the OGC's own
//! test entities have none.

use crate::{Rejection, iso, json};
use serde_json::Value;

/// What a field must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Is {
    /// A text, maybe empty.
    Text,
    /// A text, or nothing where there is no unit.
    TextOrNull,
    /// Anything but nothing.
    Given,
    /// A moment.
    Moment,
    /// A moment or an interval, or left to the server.
    MomentOrLeft,
    /// An object with the parts of a unit.
    Unit,
    /// An object, or left away.
    ObjectOrLeft,
}

/// What an entity of a set must have.
struct Shape {
    set: &'static str,
    fields: &'static [(&'static str, Is)],
    /// Relations to one entity that must be there, linked or inside, and the set that it is in.
    needs: &'static [(&'static str, &'static str)],
    /// Relations that may be inside: to one entity, or to a list of them.
    may: &'static [(&'static str, &'static str)],
}

static SHAPES: [Shape; 9] = [
    Shape {
        set: "Things",
        fields: &[
            ("name", Is::Text),
            ("description", Is::Text),
            ("properties", Is::ObjectOrLeft),
        ],
        needs: &[],
        may: &[
            ("Locations", "Locations"),
            ("Datastreams", "Datastreams"),
            ("HistoricalLocations", "HistoricalLocations"),
        ],
    },
    Shape {
        set: "Locations",
        fields: &[
            ("name", Is::Text),
            ("description", Is::Text),
            ("encodingType", Is::Text),
            ("location", Is::Given),
        ],
        needs: &[],
        may: &[
            ("Things", "Things"),
            ("HistoricalLocations", "HistoricalLocations"),
        ],
    },
    Shape {
        set: "HistoricalLocations",
        fields: &[("time", Is::Moment)],
        needs: &[],
        may: &[("Thing", "Things"), ("Locations", "Locations")],
    },
    Shape {
        set: "Datastreams",
        fields: &[
            ("name", Is::Text),
            ("description", Is::Text),
            ("unitOfMeasurement", Is::Unit),
            ("observationType", Is::Text),
            ("properties", Is::ObjectOrLeft),
        ],
        needs: &[
            ("Thing", "Things"),
            ("Sensor", "Sensors"),
            ("ObservedProperty", "ObservedProperties"),
        ],
        may: &[("Observations", "Observations")],
    },
    Shape {
        set: "Sensors",
        fields: &[
            ("name", Is::Text),
            ("description", Is::Text),
            ("encodingType", Is::Text),
            ("metadata", Is::Given),
        ],
        needs: &[],
        may: &[("Datastreams", "Datastreams")],
    },
    Shape {
        set: "ObservedProperties",
        fields: &[
            ("name", Is::Text),
            ("definition", Is::Text),
            ("description", Is::Text),
        ],
        needs: &[],
        may: &[("Datastreams", "Datastreams")],
    },
    Shape {
        set: "Observations",
        fields: &[
            ("result", Is::Given),
            ("phenomenonTime", Is::MomentOrLeft),
            ("resultTime", Is::MomentOrLeft),
            ("validTime", Is::MomentOrLeft),
            ("parameters", Is::ObjectOrLeft),
        ],
        needs: &[("Datastream", "Datastreams")],
        may: &[("FeatureOfInterest", "FeaturesOfInterest")],
    },
    Shape {
        set: "FeaturesOfInterest",
        fields: &[
            ("name", Is::Text),
            ("description", Is::Text),
            ("encodingType", Is::Text),
            ("feature", Is::Given),
        ],
        needs: &[],
        may: &[("Observations", "Observations")],
    },
    Shape {
        set: "unitsOfMeasurement",
        fields: &[
            ("name", Is::TextOrNull),
            ("symbol", Is::TextOrNull),
            ("definition", Is::TextOrNull),
        ],
        needs: &[],
        may: &[],
    },
];

/// How deep entities may lie inside one another.
const MAX_DEPTH: u32 = 8;

/// Holds the body in `bytes` to what the standard wants of an entity that is created at `path`: a set (`Datastreams`), a set below
/// an entity (`Things(1)/Datastreams`), `CreateObservations`, or the part `unitsOfMeasurement`. Every fault comes with its field.
pub fn check_entity(path: &str, bytes: &[u8]) -> Result<(), Vec<Rejection>> {
    let value = json::parse(bytes).map_err(|rejection| vec![rejection])?;
    let (owner, set) = path.rsplit_once('/').unwrap_or(("", path));
    let owner = owner.split('(').next().unwrap_or_default();
    let mut faults = Vec::new();
    if set == "CreateObservations" {
        check_groups(&value, &mut faults);
    } else if let Some(shape) = shape_of(set) {
        check_shape(shape, &value, "$", owner, MAX_DEPTH, &mut faults);
    } else {
        faults.push(Rejection::new(
            "path",
            format!("{set} is no set of the standard"),
        ));
    }
    if faults.is_empty() {
        Ok(())
    } else {
        Err(faults)
    }
}

fn shape_of(set: &str) -> Option<&'static Shape> {
    SHAPES.iter().find(|shape| shape.set == set)
}

/// Holds `value` to `shape`; `owner` is the set of the entity that it lies in.
fn check_shape(
    shape: &Shape,
    value: &Value,
    place: &str,
    owner: &str,
    depth_left: u32,
    faults: &mut Vec<Rejection>,
) {
    if !value.is_object() {
        faults.push(Rejection::new(place, "an object is expected"));
        return;
    }
    let has_description = value.get("description").is_some_and(Value::is_string);
    for (field, is) in shape.fields {
        let is_kindly_left =
            *field == "name" && *is == Is::Text && has_description && value.get("name").is_none();
        if !is_kindly_left {
            check_field(*is, value.get(field), &format!("{place}.{field}"), faults);
        }
    }
    for (relation, set) in shape.needs {
        match value.get(relation) {
            Some(inside) => {
                let place = format!("{place}.{relation}");
                check_inside(set, inside, &place, shape.set, depth_left, faults);
            }
            None if *set == owner => {}
            None => faults.push(Rejection::new(
                format!("{place}.{relation}"),
                format!("a link to one of {set}, or one inside, is expected"),
            )),
        }
    }
    for (relation, set) in shape.may {
        let place = format!("{place}.{relation}");
        match value.get(relation) {
            None | Some(Value::Null) => {}
            Some(Value::Array(list)) => {
                for (index, inside) in list.iter().enumerate() {
                    let place = format!("{place}[{index}]");
                    check_inside(set, inside, &place, shape.set, depth_left, faults);
                }
            }
            Some(inside) => check_inside(set, inside, &place, shape.set, depth_left, faults),
        }
    }
}

/// Holds an entity inside another to its shape, unless it is a link.
fn check_inside(
    set: &str,
    value: &Value,
    place: &str,
    owner: &str,
    depth_left: u32,
    faults: &mut Vec<Rejection>,
) {
    let is_link =
        json::identity(value, "@iot.id").is_some() || json::identity(value, "id").is_some();
    if is_link {
        return;
    }
    match (shape_of(set), depth_left.checked_sub(1)) {
        (Some(shape), Some(depth_left)) => {
            check_shape(shape, value, place, owner, depth_left, faults);
        }
        _ => faults.push(Rejection::new(place, "entities nest too deep")),
    }
}

fn check_field(is: Is, value: Option<&Value>, place: &str, faults: &mut Vec<Rejection>) {
    let given = value.filter(|value| !value.is_null());
    let is_moment = |value: &Value| {
        value
            .as_str()
            .is_some_and(|text| iso::local_moment_of(text).is_some())
    };
    let (holds, expected) = match is {
        Is::Text => (given.is_some_and(Value::is_string), "a text is expected"),
        Is::TextOrNull => (
            value.is_some_and(|value| value.is_string() || value.is_null()),
            "a text is expected, or null where there is no unit",
        ),
        Is::Given => (given.is_some(), "a value is expected"),
        Is::Moment => (given.is_some_and(is_moment), "a moment is expected"),
        Is::MomentOrLeft => (
            given.is_none_or(is_moment),
            "a moment like 2026-01-31T08:15:00Z, or an interval, is expected",
        ),
        Is::ObjectOrLeft => (given.is_none_or(Value::is_object), "an object is expected"),
        Is::Unit => {
            match (given, shape_of("unitsOfMeasurement")) {
                (Some(unit), Some(shape)) => check_shape(shape, unit, place, "", 0, faults),
                _ => faults.push(Rejection::new(place, "a unit is expected")),
            }
            return;
        }
    };
    if !holds {
        faults.push(Rejection::new(place, expected));
    }
}

/// Holds the body of `CreateObservations` to its form: groups of a series, columns with names, rows with a moment and a result.
fn check_groups(value: &Value, faults: &mut Vec<Rejection>) {
    let Some(groups) = value.as_array() else {
        faults.push(Rejection::new("$", "a list of groups is expected"));
        return;
    };
    for (index, group) in groups.iter().enumerate() {
        let place = format!("$[{index}]");
        let datastream = group.get("Datastream").unwrap_or(&Value::Null);
        if json::identity(datastream, "@iot.id")
            .or_else(|| json::identity(datastream, "id"))
            .is_none()
        {
            faults.push(Rejection::new(
                format!("{place}.Datastream"),
                "a link to one of Datastreams is expected",
            ));
        }
        if let Err(fault) = check_rows(group, &place, faults) {
            faults.push(fault);
        }
    }
}

fn check_rows(group: &Value, place: &str, faults: &mut Vec<Rejection>) -> Result<(), Rejection> {
    let components = json::list(group, "components", place)?;
    let column = |name: &str| {
        components
            .iter()
            .position(|component| component.as_str() == Some(name))
    };
    let result = column("result")
        .ok_or_else(|| Rejection::new(format!("{place}.components"), "result is missing"))?;
    let time = column("phenomenonTime");
    for (index, row) in json::list(group, "dataArray", place)?.iter().enumerate() {
        let place = format!("{place}.dataArray[{index}]");
        check_field(
            Is::Given,
            row.get(result),
            &format!("{place}.result"),
            faults,
        );
        if let Some(time) = time {
            let place = format!("{place}.phenomenonTime");
            check_field(Is::MomentOrLeft, row.get(time), &place, faults);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, body: &str, expected: &[&str]) {
        let faults = check_entity(path, body.as_bytes())
            .err()
            .unwrap_or_default();
        let places: Vec<&str> = faults.iter().map(|fault| fault.place.as_str()).collect();
        assert_eq!(places, expected, "{path} {body}");
    }

    #[test]
    fn every_field_that_is_missing_or_wrong_is_named() {
        check("Things", "{}", &["$.name", "$.description"]);
        check(
            "Things",
            r#"{"name":1,"description":"d","properties":[]}"#,
            &["$.name", "$.properties"],
        );
        check(
            "Locations",
            r#"{"name":"n","description":"d"}"#,
            &["$.encodingType", "$.location"],
        );
        check("HistoricalLocations", r#"{"time":"noon"}"#, &["$.time"]);
        check(
            "Sensors",
            r#"{"name":"n","description":"d","encodingType":"e","metadata":null}"#,
            &["$.metadata"],
        );
        check(
            "Observations",
            r#"{"Datastream":{"@iot.id":1},"phenomenonTime":"noon"}"#,
            &["$.result", "$.phenomenonTime"],
        );
        check("Gates", "{}", &["path"]);
        check("Things", "{", &["line 1, column 1"]);
        check("Things", "[]", &["$"]);
    }

    #[test]
    fn what_the_path_names_need_not_be_in_the_body() {
        check("Observations", r#"{"result":1}"#, &["$.Datastream"]);
        check("Datastreams(1)/Observations", r#"{"result":1}"#, &[]);
        check(
            "Things(1)/Datastreams",
            "{\"description\":\"d\"}",
            &[
                "$.unitOfMeasurement",
                "$.observationType",
                "$.Sensor",
                "$.ObservedProperty",
            ],
        );
    }

    #[test]
    fn entities_inside_others_are_held_to_the_same() {
        check(
            "Things",
            r#"{"name":"n","description":"d","Datastreams":[{"name":"s","description":"d","observationType":"o",
                "unitOfMeasurement":{"name":"m","symbol":null},"Sensor":{"name":"x"},"ObservedProperty":{"@iot.id":"p"},
                "Observations":[{"result":1},{}]}]}"#,
            &[
                "$.Datastreams[0].unitOfMeasurement.definition",
                "$.Datastreams[0].Sensor.description",
                "$.Datastreams[0].Sensor.encodingType",
                "$.Datastreams[0].Sensor.metadata",
                "$.Datastreams[0].Observations[1].result",
            ],
        );
    }

    #[test]
    fn groups_of_rows_are_checked_row_by_row() {
        check(
            "CreateObservations",
            r#"[{"Datastream":{"@iot.id":1},"components":["phenomenonTime","result"],
                "dataArray":[["2010-12-23T10:20:00-07:00",1],["noon",2],["2010-12-23T10:20:00Z"]]},
               {"components":["phenomenonTime"]}, 3]"#,
            &[
                "$[0].dataArray[1].phenomenonTime",
                "$[0].dataArray[2].result",
                "$[1].Datastream",
                "$[1].components",
                "$[2].Datastream",
                "$[2].components",
            ],
        );
        check("CreateObservations", "{}", &["$"]);
    }
}
