//! The entities around things and observations (OGC 18-088, clause 8.2; tasking: OGC 17-079r1, clause 8.2), each with its links.

use super::{
    entities::{is_geojson, middle_of},
    observation::identity_of,
    page::{Notes, Page, page_of},
};
use crate::{Rejection, iso, json};
use cim_geo::Geodetic;
use cim_model::UtcMillis;
use serde_json::Value;

/// Where related entities are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The relation, as in `Datastreams`.
    pub relation: String,
    /// The address, as the server spells it (`…@iot.navigationLink`).
    pub address: String,
}

/// Where a thing is or was (clause 8.2.2).
#[derive(Clone, Debug, PartialEq)]
pub struct Location {
    /// Its identity at the server.
    pub id: String,
    /// Its name; empty when the server gives none.
    pub name: String,
    /// What it is.
    pub description: String,
    /// How it is written.
    pub encoding: String,
    /// The middle of its corners, when it is GeoJSON on the earth.
    pub position: Option<Geodetic>,
    /// Its relations.
    pub links: Vec<Link>,
}

/// Since when a thing was at its locations (clause 8.2.3).
#[derive(Clone, Debug, PartialEq)]
pub struct HistoricalLocation {
    /// Its identity at the server.
    pub id: String,
    /// Since when.
    pub time: UtcMillis,
    /// The locations that were listed inside it.
    pub locations: Vec<Location>,
    /// Its relations.
    pub links: Vec<Link>,
}

/// What measures (clause 8.2.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sensor {
    /// Its identity at the server.
    pub id: String,
    /// Its name; empty when the server gives none.
    pub name: String,
    /// What it is.
    pub description: String,
    /// How its metadata are written.
    pub encoding: String,
    /// Its metadata, or where they are; JSON where they are no text.
    pub metadata: String,
    /// Its relations.
    pub links: Vec<Link>,
}

/// What is measured (clause 8.2.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObservedProperty {
    /// Its identity at the server.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The address of its definition.
    pub definition: String,
    /// What it is.
    pub description: String,
    /// Its relations.
    pub links: Vec<Link>,
}

/// What an observation is about (clause 8.2.8).
#[derive(Clone, Debug, PartialEq)]
pub struct FeatureOfInterest {
    /// Its identity at the server.
    pub id: String,
    /// Its name; empty when the server gives none.
    pub name: String,
    /// What it is.
    pub description: String,
    /// How it is written.
    pub encoding: String,
    /// The middle of its corners, when it is GeoJSON on the earth.
    pub position: Option<Geodetic>,
    /// Its relations.
    pub links: Vec<Link>,
}

/// What can be made to act (17-079r1, clause 8.2.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actuator {
    /// Its identity at the server.
    pub id: String,
    /// Its name; empty when the server gives none.
    pub name: String,
    /// What it is.
    pub description: String,
    /// Its relations.
    pub links: Vec<Link>,
}

/// What a thing can be asked to do (17-079r1, clause 8.2.2).
#[derive(Clone, Debug, PartialEq)]
pub struct TaskingCapability {
    /// Its identity at the server.
    pub id: String,
    /// Its name; empty when the server gives none.
    pub name: String,
    /// What it does.
    pub description: String,
    /// Which parameters it takes, in the server's own description (SWE Common as JSON).
    pub parameters: Value,
    /// Its relations.
    pub links: Vec<Link>,
}

/// What was asked for (17-079r1, clause 8.2.3).
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// Its identity at the server.
    pub id: String,
    /// When it was made, where the server says so.
    pub created_at: Option<UtcMillis>,
    /// The parameters that were given.
    pub parameters: Value,
    /// Its relations.
    pub links: Vec<Link>,
}

/// Reads a page of `Locations`.
pub fn locations_page(bytes: &[u8]) -> Result<Page<Location>, Rejection> {
    page_of(bytes, |value, place, page| {
        page.items.push(location_of(value, place, &mut page.notes)?);
        Ok(())
    })
}

/// Reads a page of `HistoricalLocations`, also with `$expand=Locations`.
pub fn historical_locations_page(bytes: &[u8]) -> Result<Page<HistoricalLocation>, Rejection> {
    page_of(bytes, |value, place, page| {
        let inside = value.get("Locations").and_then(Value::as_array);
        let mut locations = Vec::new();
        for (index, location) in inside.into_iter().flatten().enumerate() {
            let place = format!("{place}.Locations[{index}]");
            match location_of(location, &place, &mut page.notes) {
                Ok(location) => locations.push(location),
                Err(rejection) => page.rejected.push(rejection),
            }
        }
        page.items.push(HistoricalLocation {
            id: identity_of(value, place)?,
            time: iso::moment_in(value, "time", place)?,
            locations,
            links: links_of(value),
        });
        Ok(())
    })
}

/// Reads a page of `Sensors`.
pub fn sensors_page(bytes: &[u8]) -> Result<Page<Sensor>, Rejection> {
    page_of(bytes, |value, place, page| {
        page.items.push(Sensor {
            id: identity_of(value, place)?,
            name: text_of(value, "name"),
            description: text_of(value, "description"),
            encoding: text_of(value, "encodingType"),
            metadata: match value.get("metadata") {
                None | Some(Value::Null) => String::new(),
                Some(Value::String(text)) => text.clone(),
                Some(other) => other.to_string(),
            },
            links: links_of(value),
        });
        Ok(())
    })
}

/// Reads a page of `ObservedProperties`.
pub fn observed_properties_page(bytes: &[u8]) -> Result<Page<ObservedProperty>, Rejection> {
    page_of(bytes, |value, place, page| {
        page.items.push(ObservedProperty {
            id: identity_of(value, place)?,
            name: text_of(value, "name"),
            definition: text_of(value, "definition"),
            description: text_of(value, "description"),
            links: links_of(value),
        });
        Ok(())
    })
}

/// Reads a page of `FeaturesOfInterest`.
pub fn features_of_interest_page(bytes: &[u8]) -> Result<Page<FeatureOfInterest>, Rejection> {
    page_of(bytes, |value, place, page| {
        page.items.push(FeatureOfInterest {
            id: identity_of(value, place)?,
            name: text_of(value, "name"),
            description: text_of(value, "description"),
            encoding: text_of(value, "encodingType"),
            position: position_in(value, "feature", place, &mut page.notes),
            links: links_of(value),
        });
        Ok(())
    })
}

/// Reads a page of `Actuators`.
pub fn actuators_page(bytes: &[u8]) -> Result<Page<Actuator>, Rejection> {
    page_of(bytes, |value, place, page| {
        page.items.push(Actuator {
            id: identity_of(value, place)?,
            name: text_of(value, "name"),
            description: text_of(value, "description"),
            links: links_of(value),
        });
        Ok(())
    })
}

/// Reads a page of `TaskingCapabilities`.
pub fn tasking_capabilities_page(bytes: &[u8]) -> Result<Page<TaskingCapability>, Rejection> {
    page_of(bytes, |value, place, page| {
        page.items.push(TaskingCapability {
            id: identity_of(value, place)?,
            name: text_of(value, "name"),
            description: text_of(value, "description"),
            parameters: value.get("taskingParameters").cloned().unwrap_or_default(),
            links: links_of(value),
        });
        Ok(())
    })
}

/// Reads a page of `Tasks`.
pub fn tasks_page(bytes: &[u8]) -> Result<Page<Task>, Rejection> {
    page_of(bytes, |value, place, page| {
        let created = value.get("creationTime").and_then(Value::as_str);
        page.items.push(Task {
            id: identity_of(value, place)?,
            created_at: created.and_then(iso::moment_of),
            parameters: value.get("taskingParameters").cloned().unwrap_or_default(),
            links: links_of(value),
        });
        Ok(())
    })
}

fn location_of(value: &Value, place: &str, notes: &mut Notes) -> Result<Location, Rejection> {
    Ok(Location {
        id: identity_of(value, place)?,
        name: text_of(value, "name"),
        description: text_of(value, "description"),
        encoding: text_of(value, "encodingType"),
        position: position_in(value, "location", place, notes),
        links: links_of(value),
    })
}

/// The position that field `key` holds; a note when there is none that can be read.
fn position_in(value: &Value, key: &str, place: &str, notes: &mut Notes) -> Option<Geodetic> {
    let position = value.get(key).and_then(middle_of);
    if position.is_none() {
        let encoding = json::text(value, "encodingType");
        let reason = if encoding.is_empty() || is_geojson(encoding) {
            "no GeoJSON position on the earth"
        } else {
            "a position that is not written as GeoJSON cannot be read"
        };
        notes.tell(&format!("{place}.{key}"), reason);
    }
    position
}

fn text_of(value: &Value, key: &str) -> String {
    json::text(value, key).to_owned()
}

fn links_of(value: &Value) -> Vec<Link> {
    let Some(fields) = value.as_object() else {
        return Vec::new();
    };
    fields
        .iter()
        .filter_map(|(key, value)| {
            Some(Link {
                relation: key.strip_suffix("@iot.navigationLink")?.to_owned(),
                address: value.as_str()?.to_owned(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(entity: &str) -> Vec<u8> {
        format!(r#"{{"value":[{entity},{{"name":"nobody"}}]}}"#).into_bytes()
    }

    /// Every page here has one good entity and one without an identity.
    #[track_caller]
    fn only<T: Clone>(page: Result<Page<T>, Rejection>) -> T {
        let page = page.expect("a page");
        assert_eq!(page.rejected.len(), 1);
        assert_eq!(page.rejected[0].place, "$.value[1].@iot.id");
        page.items.first().cloned().expect("one")
    }

    #[test]
    fn each_kind_of_entity_is_read_with_its_links() {
        let sensor = only(sensors_page(&page(
            r#"{"@iot.id":1,"name":"n","description":"d","encodingType":"application/pdf","metadata":{"a":1},
                "Datastreams@iot.navigationLink":"Sensors(1)/Datastreams"}"#,
        )));
        assert_eq!(
            (sensor.id.as_str(), sensor.metadata.as_str()),
            ("1", r#"{"a":1}"#)
        );
        let link = Link {
            relation: "Datastreams".to_owned(),
            address: "Sensors(1)/Datastreams".to_owned(),
        };
        assert_eq!(sensor.links, [link]);
        let property = only(observed_properties_page(&page(
            r#"{"@iot.selfLink":"http://h/v1.0/ObservedProperties('x y')","name":"n","definition":"u"}"#,
        )));
        assert_eq!(
            (property.id.as_str(), property.definition.as_str()),
            ("x y", "u")
        );
        let feature = only(features_of_interest_page(&page(
            r#"{"@iot.id":"f","feature":{"type":"Feature","geometry":{"type":"Point","coordinates":[1,2]}}}"#,
        )));
        assert_eq!(
            feature.position.map(|p| (p.lon_deg, p.lat_deg)),
            Some((1.0, 2.0))
        );
        let capability = only(tasking_capabilities_page(&page(
            r#"{"@iot.id":4,"name":"turn","taskingParameters":{"type":"DataRecord"}}"#,
        )));
        assert_eq!(capability.parameters["type"], "DataRecord");
        let task = only(tasks_page(&page(
            r#"{"@iot.id":5,"creationTime":"1970-01-01T00:00:01Z","taskingParameters":{"on":true}}"#,
        )));
        assert_eq!(
            (task.created_at, &task.parameters["on"]),
            (Some(UtcMillis(1000)), &Value::Bool(true))
        );
        assert_eq!(
            only(actuators_page(&page(r#"{"@iot.id":6,"name":"gate"}"#))).name,
            "gate"
        );
    }

    #[test]
    fn a_historical_location_has_a_moment_and_where_it_was() {
        let text = r#"{"value":[{"@iot.id":1,"time":"1970-01-01T00:00:01Z","Locations":[
            {"@iot.id":2,"encodingType":"application/geo+json","location":{"type":"Point","coordinates":[3,4]}},
            {"@iot.id":3,"encodingType":"application/wkt","location":"POINT (3 4)"}]}, {"@iot.id":2}]}"#;
        let page = historical_locations_page(text.as_bytes()).expect("a page");
        assert_eq!(page.items.len(), 1);
        assert_eq!(page.items[0].time, UtcMillis(1000));
        let positions: Vec<bool> = page.items[0]
            .locations
            .iter()
            .map(|l| l.position.is_some())
            .collect();
        assert_eq!(positions, [true, false]);
        assert_eq!(page.notes[0].place, "$.value[0].Locations[1].location");
        assert_eq!(page.rejected[0].place, "$.value[1].time");
        let places = locations_page(
            br#"{"value":[{"@iot.id":1,"location":{"type":"Point","coordinates":[3,99]}}]}"#,
        );
        let places = places.expect("a page");
        assert_eq!((places.items[0].position, places.notes.len()), (None, 1));
    }
}
