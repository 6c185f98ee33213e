//! Vehicles and people at the hub: each is a Thing with longitude, latitude and speed, and a Location that follows once a
//! minute.

use super::SimulateSettings;
use super::client::HubClient;
use super::model::Sample;
use super::sender::{Outgoing, send};
use super::setup::found_or_made;
use super::vehicles::{Fix, Fleet};
use crate::error::SimulateError;
use cim_model::{Quality, TimeSource, UtcMillis};
use rumqttc::AsyncClient;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// What a vehicle reports: name, unit, definition.
const SERIES: [(&str, (&str, &str), &str); 3] = [
    (
        "lon",
        ("degree", "°"),
        "http://qudt.org/vocab/quantitykind/Longitude",
    ),
    (
        "lat",
        ("degree", "°"),
        "http://qudt.org/vocab/quantitykind/Latitude",
    ),
    (
        "speed",
        ("kilometre per hour", "km/h"),
        "https://www.w3.org/ns/sosa/speed",
    ),
];
/// How often is looked whether vehicles have something to report.
const TICK: Duration = Duration::from_millis(250);
/// Steps of a second between two pauses for others, when the fleet has to catch up.
const STEPS_AT_ONCE: usize = 300;
/// A Location follows its vehicle after so long, seconds.
const LOCATION_S: f64 = 60.0;
/// Locations that are changed at one tick.
const LOCATIONS_AT_ONCE: usize = 25;

/// A vehicle that the hub knows: its Location and its three series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    location: i64,
    series: [i64; 3],
}

/// Puts up the vehicles that the hub doesn't know yet.
pub(crate) async fn registered(
    hub: &HubClient,
    settings: &SimulateSettings,
    city: &str,
    fleet: &Fleet,
) -> Result<Vec<Known>, SimulateError> {
    let mut before = known(hub, settings, city).await?;
    let mut series = Vec::with_capacity(SERIES.len());
    for kind in &SERIES {
        series.push(stream(hub, kind, settings).await?);
    }
    let mut vehicles = Vec::with_capacity(fleet.len());
    for index in 0..fleet.len() {
        let (Some(fix), Some(kind)) = (fleet.fix(index), fleet.kind(index)) else {
            continue;
        };
        let what = if kind.walks() { "person" } else { "vehicle" };
        let number = fleet.number(index);
        let code = format!("{what}-{number:05}");
        if let Some(found) = before.remove(&code) {
            vehicles.push(found);
            continue;
        }
        let properties = json!({
            "kind": "other", what: kind.as_str(), "moves": "yes", "code": code,
            "simulated": city, "seed": settings.seed
        });
        let thing = json!({
            "name": format!("{} {number:03}", kind.name_zh()),
            "description": format!("Simulated {}", kind.as_str().replace('_', " ")),
            "properties": properties,
            "Locations": [location(fix)],
            "Datastreams": series
        });
        hub.post("/v1.1/Things", &thing, "a vehicle").await?;
        // Read back with its parts: what a server answers to a deep creation differs.
        let mut after = listed(hub, &filter_of(settings, city, Some(&code))).await?;
        let made = after.remove(&code).ok_or_else(|| SimulateError::Hub {
            what: "a vehicle",
            reason: "it has no location and series afterwards".to_owned(),
            url: "/v1.1/Things".to_owned(),
        })?;
        vehicles.push(made);
    }
    Ok(vehicles)
}

/// One series of every vehicle; all share its sensor and its observed property.
async fn stream(
    hub: &HubClient,
    (name, unit, definition): &(&str, (&str, &str), &str),
    settings: &SimulateSettings,
) -> Result<Value, SimulateError> {
    let sensor = json!({
        "name": format!("Vehicle {name}"), "description": "Simulated satellite receiver",
        "encodingType": "text/html", "metadata": definition
    });
    let property =
        json!({"name": format!("vehicle {name}"), "definition": definition, "description": name});
    let sensor = found_or_made(hub, "Sensors", &sensor).await?;
    let property = found_or_made(hub, "ObservedProperties", &property).await?;
    Ok(json!({
        "name": name,
        "description": format!("{name} of a vehicle"),
        "observationType": "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",
        "unitOfMeasurement": {"name": unit.0, "symbol": unit.1, "definition": definition},
        "properties": {"kind": "other", "period_s": settings.vehicle_period_s},
        "Sensor": {"@iot.id": sensor},
        "ObservedProperty": {"@iot.id": property}
    }))
}

fn location(fix: Fix) -> Value {
    json!({
        "name": "position",
        "description": "",
        "encodingType": "application/geo+json",
        "location": {"type": "Point", "coordinates": [fix.lon, fix.lat]}
    })
}

fn filter_of(settings: &SimulateSettings, city: &str, code: Option<&str>) -> String {
    let name = city.replace('\'', "''");
    let one = code.map_or_else(String::new, |code| {
        format!(" and properties/code eq '{code}'")
    });
    format!(
        "properties/simulated eq '{name}' and properties/seed eq {} and properties/moves eq 'yes'{one}",
        settings.seed
    )
}

async fn known(
    hub: &HubClient,
    settings: &SimulateSettings,
    city: &str,
) -> Result<BTreeMap<String, Known>, SimulateError> {
    listed(hub, &filter_of(settings, city, None)).await
}

async fn listed(hub: &HubClient, filter: &str) -> Result<BTreeMap<String, Known>, SimulateError> {
    let mut known = BTreeMap::new();
    let options = [
        ("$filter", filter),
        (
            "$expand",
            "Datastreams($select=id,name),Locations($select=id)",
        ),
        ("$top", "1000"),
    ];
    let query: Vec<String> = options
        .iter()
        .map(|(name, value)| {
            format!(
                "{name}={}",
                crate::sensorthings::path::percent_encoded(value)
            )
        })
        .collect();
    let mut next = Some(format!("/v1.1/Things?{}", query.join("&")));
    while let Some(path) = next {
        let page = hub.get(&path, "a question about vehicles").await?;
        let things = page.get("value").and_then(Value::as_array);
        for thing in things.into_iter().flatten() {
            let code = thing.pointer("/properties/code").and_then(Value::as_str);
            if let (Some(code), Some(found)) = (code, known_from(thing)) {
                known.insert(code.to_owned(), found);
            }
        }
        next = page
            .get("@iot.nextLink")
            .and_then(Value::as_str)
            .map(str::to_owned);
    }
    Ok(known)
}

fn known_from(thing: &Value) -> Option<Known> {
    let streams = thing.get("Datastreams")?.as_array()?;
    let named = |name: &str| {
        let stream = streams
            .iter()
            .find(|stream| stream.get("name").and_then(Value::as_str) == Some(name))?;
        stream.get("@iot.id")?.as_i64()
    };
    Some(Known {
        location: thing.pointer("/Locations/0/@iot.id")?.as_i64()?,
        series: [named("lon")?, named("lat")?, named("speed")?],
    })
}

/// When each vehicle reports and each Location follows.
struct Rounds {
    period_s: f64,
    next_report: UtcMillis,
    /// When each Location was changed last.
    located: Vec<UtcMillis>,
    turn: usize,
}

impl Rounds {
    fn new(vehicles: usize, period_s: f64, start: UtcMillis) -> Self {
        Self {
            period_s,
            next_report: start.plus_seconds(period_s),
            located: vec![start; vehicles],
            turn: 0,
        }
    }

    /// Vehicles whose Location may follow now, in turn; each at most once a minute.
    fn due_for_location(&mut self, now: UtcMillis) -> Vec<usize> {
        let count = self.located.len();
        let mut chosen = Vec::new();
        for n in 0..count {
            let index = (self.turn + n) % count;
            let Some(last) = self.located.get_mut(index) else {
                continue;
            };
            if now.seconds_since(*last) >= LOCATION_S {
                *last = now;
                chosen.push(index);
                if chosen.len() == LOCATIONS_AT_ONCE {
                    break;
                }
            }
        }
        self.turn = chosen.last().map_or(self.turn, |last| last + 1);
        chosen
    }
}

/// Drives and reports until stopped.
pub(crate) async fn drive(
    hub: &HubClient,
    settings: &SimulateSettings,
    (mut fleet, vehicles): (Fleet, Vec<Known>),
    client: &AsyncClient,
    time: Arc<dyn TimeSource>,
    mut stop: watch::Receiver<bool>,
) {
    if vehicles.is_empty() {
        return;
    }
    let mut rounds = Rounds::new(vehicles.len(), settings.vehicle_period_s, fleet.now());
    loop {
        tokio::select! {
            () = tokio::time::sleep(TICK) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        let now = time.now();
        while rounds.next_report <= now {
            let due = rounds.next_report;
            while !fleet.drive_until(due, STEPS_AT_ONCE) {
                tokio::task::yield_now().await;
            }
            rounds.next_report = due.plus_seconds(rounds.period_s);
            // Of what was missed for long only the end is told.
            if now.seconds_since(due) < 5.0 * rounds.period_s.max(1.0) {
                let values = values(&fleet, &vehicles);
                tokio::select! {
                    () = send(&values, settings.batch, client) => {}
                    _ = stop.wait_for(|stop| *stop) => return,
                }
            }
        }
        for index in rounds.due_for_location(now) {
            let (Some(fix), Some(known)) = (fleet.fix(index), vehicles.get(index)) else {
                continue;
            };
            let path = format!("/v1.1/Locations({})", known.location);
            let point = json!({"location": {"type": "Point", "coordinates": [fix.lon, fix.lat]}});
            tokio::select! {
                told = hub.patch(&path, &point, "a position") => {
                    if let Err(err) = told {
                        tracing::warn!(error = &err as &dyn std::error::Error, "a position is not told");
                    }
                }
                _ = stop.wait_for(|stop| *stop) => return,
            }
        }
    }
}

fn values(fleet: &Fleet, vehicles: &[Known]) -> Vec<Outgoing> {
    let of = |(index, known): (usize, &Known)| {
        let fix = fleet.fix(index)?;
        let value = |(datastream, value): (i64, f64)| Outgoing {
            datastream,
            time: fleet.now(),
            sample: Sample {
                value,
                quality: Quality::Good,
            },
            is_exercise: false,
        };
        let [lon, lat, speed] = known.series;
        Some([(lon, fix.lon), (lat, fix.lat), (speed, fix.speed)].map(value))
    };
    vehicles
        .iter()
        .enumerate()
        .filter_map(of)
        .flatten()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: UtcMillis = UtcMillis(1_760_000_000_000);

    #[test]
    fn a_location_follows_at_most_once_a_minute_and_each_has_its_turn() {
        let mut rounds = Rounds::new(60, 5.0, START);
        assert!(rounds.due_for_location(START.plus_seconds(59.0)).is_empty());
        let mut seen: Vec<usize> = (0..3)
            .flat_map(|n| rounds.due_for_location(START.plus_seconds(60.0 + f64::from(n))))
            .collect();
        seen.sort_unstable();
        assert_eq!(seen, (0..60).collect::<Vec<usize>>());
        assert!(
            rounds
                .due_for_location(START.plus_seconds(100.0))
                .is_empty()
        );
    }

    #[test]
    fn a_vehicle_is_found_again_by_its_parts() {
        let thing = json!({"Locations": [{"@iot.id": 5}], "Datastreams": [
            {"@iot.id": 3, "name": "speed"}, {"@iot.id": 1, "name": "lon"}, {"@iot.id": 2, "name": "lat"}]});
        assert_eq!(
            known_from(&thing),
            Some(Known {
                location: 5,
                series: [1, 2, 3]
            })
        );
        assert_eq!(known_from(&json!({"Locations": []})), None);
    }
}
