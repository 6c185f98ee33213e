//! OGC Moving Features JSON (19-045r3): trajectories and prisms of moving points.
//!
//! Each feature becomes a device that stands where it was last, with the series `lon`, `lat` and `height` and one for each
//! measured property. Moving lines and areas are told as what they are and left out.

use super::{
    Mapping, Parsed,
    gather::{Asked, placed},
    json_items::{Item, next_of, value_of},
    mapping::Record,
    moments::TimeFormat,
    parsed::{MAX_OBSERVATIONS, MAX_RECORDS},
};
use crate::{Rejection, json};
use cim_geo::Geodetic;
use cim_model::{
    Datastream, DatastreamId, Limits, Observation, Quality, Thing, ThingId, UtcMillis,
};
use serde_json::Value;

/// Reads MF-JSON Trajectory (clause 6) and MF-JSON Prism (clause 7): a collection or a single feature.
///
/// `source` prefixes every identity; `period_s` is how often news is promised; `now` is when it arrived. Of the mapping only
/// the frame and what devices sense count.
pub fn read_moving(
    bytes: &[u8],
    mapping: &Mapping,
    source: &str,
    period_s: f64,
    now: UtcMillis,
) -> Result<Parsed, Rejection> {
    let value = value_of(bytes, mapping)?;
    let asked = Asked {
        source,
        period_s,
        now,
    };
    let features = match value.get("features") {
        Some(list) => list
            .as_array()
            .map(Vec::as_slice)
            .ok_or_else(|| Rejection::new("$.features", "a list is expected"))?,
        None => std::slice::from_ref(&value),
    };
    let mut parsed = Parsed::default();
    for (index, feature) in features.iter().enumerate() {
        parsed.records += 1;
        let place = format!("$.features[{index}]");
        if parsed.records > MAX_RECORDS || parsed.observations.len() > MAX_OBSERVATIONS {
            parsed.reject(Rejection::new(
                place,
                "too many records; the rest is left out",
            ));
            break;
        }
        let reader = Reader {
            asked,
            mapping,
            place: &place,
        };
        if let Err(rejection) = reader.feature(feature, &mut parsed) {
            parsed.reject(rejection);
        }
    }
    parsed.next = next_of(&value, mapping);
    Ok(parsed)
}

/// A coordinate that becomes a series: its name, its unit, and how it is read off.
type Axis = (&'static str, &'static str, fn(&Geodetic) -> f64);

struct Reader<'a> {
    asked: Asked<'a>,
    mapping: &'a Mapping,
    place: &'a str,
}

impl Reader<'_> {
    fn feature(&self, feature: &Value, parsed: &mut Parsed) -> Result<(), Rejection> {
        let record = Item(feature);
        let own = record
            .own_id()
            .ok_or_else(|| self.rejection("id", "has no identity"))?;
        let track = self.track_of(feature, parsed)?;
        let newest = track
            .iter()
            .max_by_key(|(moment, _)| *moment)
            .map(|(_, position)| *position)
            .ok_or_else(|| self.rejection("temporalGeometry", "has no usable position"))?;
        let thing = Thing {
            id: ThingId::new(self.asked.identity(&own)),
            name: record.own_name().unwrap_or(own),
            description: String::new(),
            kind: self
                .mapping
                .thing
                .as_ref()
                .map(|how| how.kind_of(&record))
                .unwrap_or_default(),
            position: newest,
            properties: lines_of(&record),
        };
        let axes: [Axis; 3] = [
            ("lon", "°", |position| position.lon_deg),
            ("lat", "°", |position| position.lat_deg),
            ("height", "m", |position| position.height_m),
        ];
        for (axis, unit, value_of) in axes {
            if axis == "height" && track.iter().all(|(_, position)| position.height_m == 0.0) {
                continue;
            }
            let series = self.series(&thing, axis, unit);
            for (moment, position) in &track {
                push(parsed, &series.id, *moment, value_of(position));
            }
            parsed.datastreams.push(series);
        }
        self.properties(feature, &thing, parsed);
        parsed.things.push(thing);
        Ok(())
    }

    /// Where it was when: by its `temporalGeometry`, or by a line whose moments are in `properties.datetimes`.
    fn track_of(
        &self,
        feature: &Value,
        parsed: &mut Parsed,
    ) -> Result<Vec<(UtcMillis, Geodetic)>, Rejection> {
        let mut track = Vec::new();
        if let Some(geometry) = feature.get("temporalGeometry") {
            let parts = match geometry.get("prisms").and_then(Value::as_array) {
                Some(prisms) => prisms.as_slice(),
                None => std::slice::from_ref(geometry),
            };
            for part in parts {
                match json::text(part, "type") {
                    "MovingPoint" => {
                        let datetimes = json::list(part, "datetimes", self.place)?;
                        let coordinates = json::list(part, "coordinates", self.place)?;
                        self.points(datetimes, coordinates, &mut track, parsed)?;
                    }
                    other => parsed.reject(self.rejection(
                        "temporalGeometry.type",
                        &format!("only MovingPoint can be followed, not {other}"),
                    )),
                }
            }
            return Ok(track);
        }
        let geometry = feature
            .get("geometry")
            .ok_or_else(|| self.rejection("temporalGeometry", "is missing"))?;
        let properties = feature.get("properties").unwrap_or(&Value::Null);
        let kind = json::text(geometry, "type");
        if kind != "LineString" {
            return Err(self.rejection(
                "geometry.type",
                &format!("a LineString is expected, not {kind}"),
            ));
        }
        let datetimes = json::list(properties, "datetimes", self.place)?;
        let coordinates = json::list(geometry, "coordinates", self.place)?;
        self.points(datetimes, coordinates, &mut track, parsed)?;
        Ok(track)
    }

    fn points(
        &self,
        datetimes: &[Value],
        coordinates: &[Value],
        track: &mut Vec<(UtcMillis, Geodetic)>,
        parsed: &mut Parsed,
    ) -> Result<(), Rejection> {
        if datetimes.len() != coordinates.len() {
            let reason = format!(
                "{} moments for {} positions",
                datetimes.len(),
                coordinates.len()
            );
            return Err(self.rejection("datetimes", &reason));
        }
        for (index, (moment, position)) in datetimes.iter().zip(coordinates).enumerate() {
            let at = |axis: usize| position.get(axis).and_then(Value::as_f64);
            let found = at(0).zip(at(1)).and_then(|(lon, lat)| {
                placed(self.mapping.frame, lon, lat, at(2).unwrap_or_default())
            });
            match (moment_of(moment), found) {
                (Some(moment), Some(position)) => track.push((moment, position)),
                (None, _) => parsed.reject(self.rejection(
                    &format!("datetimes[{index}]"),
                    "a moment or milliseconds are expected",
                )),
                (_, None) => parsed.reject(self.rejection(
                    &format!("coordinates[{index}]"),
                    "a place on the earth is expected",
                )),
            }
        }
        Ok(())
    }

    /// The measured properties: groups with their own `datetimes`, each with values by name (clause 7.2.3).
    fn properties(&self, feature: &Value, thing: &Thing, parsed: &mut Parsed) {
        let groups = feature.get("temporalProperties").and_then(Value::as_array);
        for (index, group) in groups.into_iter().flatten().enumerate() {
            let place = format!("temporalProperties[{index}]");
            let (Some(fields), Some(datetimes)) = (
                group.as_object(),
                group.get("datetimes").and_then(Value::as_array),
            ) else {
                parsed.reject(self.rejection(&place, "datetimes are expected"));
                continue;
            };
            for (name, field) in fields {
                let Some(values) = field.get("values").and_then(Value::as_array) else {
                    continue;
                };
                let is_measure = matches!(json::text(field, "type"), "" | "Measure" | "Quantity");
                if !is_measure {
                    continue;
                }
                if values.len() != datetimes.len() {
                    let reason = format!("{} moments for {} values", datetimes.len(), values.len());
                    parsed.reject(self.rejection(&format!("{place}.{name}"), &reason));
                    continue;
                }
                let unit = json::text(field, "form");
                let unit = if unit.is_empty() {
                    json::text(field, "uom")
                } else {
                    unit
                };
                let series = self.series(thing, name, unit);
                let read = datetimes.iter().zip(values);
                let read =
                    read.filter_map(|(moment, value)| Some((moment_of(moment)?, value.as_f64()?)));
                for (moment, value) in read {
                    push(parsed, &series.id, moment, value);
                }
                parsed.datastreams.push(series);
            }
        }
    }

    fn series(&self, thing: &Thing, property: &str, unit: &str) -> Datastream {
        Datastream {
            id: DatastreamId::new(format!("{}:{property}", thing.id)),
            thing: thing.id.clone(),
            name: format!("{} {property}", thing.name),
            observed_property: property.to_owned(),
            unit: unit.to_owned(),
            period_s: self.asked.period_s,
            limits: Limits::default(),
        }
    }

    fn rejection(&self, field: &str, reason: &str) -> Rejection {
        Rejection::new(format!("{}.{field}", self.place), reason)
    }
}

/// The lines of the card; the moments of a trajectory are none.
fn lines_of(record: &Item<'_>) -> Vec<(String, String)> {
    let mut lines = record.own_lines();
    lines.retain(|(key, value)| key != "datetimes" && !value.starts_with('['));
    lines
}

fn push(parsed: &mut Parsed, series: &DatastreamId, happened_at: UtcMillis, value: f64) {
    if value.is_finite() {
        parsed.observations.push(Observation {
            datastream: series.clone(),
            happened_at,
            value,
            quality: Quality::Good,
        });
    }
}

/// A moment as text, or milliseconds since 1970 (clause 7.2.1).
fn moment_of(value: &Value) -> Option<UtcMillis> {
    let format = TimeFormat::default();
    match value {
        Value::String(text) => format.moment(text),
        Value::Number(number) => number.as_i64().map(UtcMillis),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UtcMillis = UtcMillis(1_310_680_867_000);

    /// After clause 7.2 of the standard: a typhoon with wind and pressure.
    const PRISM: &str = r#"{"type":"Feature","id":"TC201705","properties":{"name":"Noru","state":"dead"},
        "crs":{"type":"Name","properties":{"name":"urn:ogc:def:crs:OGC:1.3:CRS84"}},
        "temporalGeometry":{"type":"MovingPoint","interpolation":"Linear",
            "datetimes":["2011-07-14T22:01:01Z","2011-07-14T23:01:01Z",1310688061000],
            "coordinates":[[139.757083,35.627701,0.5],[139.757399,35.627701,2.0],[139.757555,35.627688,4.0]]},
        "temporalProperties":[{"datetimes":["2011-07-14T22:01:01Z","2011-07-14T23:01:01Z"],
            "wind":{"type":"Measure","form":"KMH","values":[3.5,null],"interpolation":"Linear"},
            "class":{"type":"Text","values":["a","b"]},
            "pressure":{"type":"Measure","values":[1.0]}}]}"#;

    /// After clause 6.2: a walk as a line with its moments among the properties.
    const TRAJECTORY: &str = r#"{"type":"FeatureCollection","features":[
        {"type":"Feature","id":"A","properties":{"name":"walker","datetimes":["2011-07-14T22:01:01Z","2011-07-14T22:01:06Z"],"state":["walking","walking"]},
         "geometry":{"type":"LineString","coordinates":[[139.7,35.6],[139.8,35.7]]}},
        {"type":"Feature","id":"B","properties":{"datetimes":["2011-07-14T22:01:01Z"]},
         "geometry":{"type":"LineString","coordinates":[[139.7,35.6],[139.8,35.7]]}},
        {"type":"Feature","id":"C","temporalGeometry":{"type":"MovingPolygon","datetimes":[],"coordinates":[]}}]}"#;

    fn read(text: &str) -> Parsed {
        read_moving(text.as_bytes(), &Mapping::default(), "mf", 60.0, NOW).expect("readable")
    }

    #[test]
    fn a_prism_is_a_device_where_it_was_last_with_a_series_for_each_axis_and_measure() {
        let parsed = read(PRISM);
        let thing = &parsed.things[0];
        assert_eq!(
            (thing.id.as_str(), thing.name.as_str()),
            ("mf:TC201705", "Noru")
        );
        assert!(
            (thing.position.height_m - 4.0).abs() < 1e-9,
            "the newest: {:?}",
            thing.position
        );
        let series: Vec<&str> = parsed
            .datastreams
            .iter()
            .map(|s| s.observed_property.as_str())
            .collect();
        assert_eq!(series, ["lon", "lat", "height", "wind"]);
        assert_eq!(parsed.datastreams[3].unit, "KMH");
        assert_eq!(parsed.observations.len(), 3 * 3 + 1);
        let places: Vec<&str> = parsed.rejected.iter().map(|r| r.place.as_str()).collect();
        assert_eq!(places, ["$.features[0].temporalProperties[0].pressure"]);
    }

    #[test]
    fn a_trajectory_is_read_and_what_does_not_fit_is_named() {
        let parsed = read(TRAJECTORY);
        assert_eq!(parsed.things.len(), 1);
        assert_eq!(parsed.observations.len(), 4);
        let places: Vec<&str> = parsed.rejected.iter().map(|r| r.place.as_str()).collect();
        assert_eq!(
            places,
            [
                "$.features[1].datetimes",
                "$.features[2].temporalGeometry.type",
                "$.features[2].temporalGeometry"
            ]
        );
    }
}
