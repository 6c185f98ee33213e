//! Things and their series, by way of a JSON tree.
//!
//! Where a thing is, what it senses and when it counts as high are guessed kindly: servers leave much away.

use super::{observation::identity_of, page::Notes};
use crate::{Rejection, json};
use cim_geo::Geodetic;
use cim_model::{Datastream, DatastreamId, Limits, SensorKind, Thing, ThingId};
use serde_json::{Map, Value};

/// How often a series is expected to report when its server does not say.
pub const USUAL_PERIOD_S: f64 = 300.0;

/// A thing with the series that were listed inside it.
#[derive(Clone, Debug, PartialEq)]
pub struct ThingEntry {
    /// The device.
    pub thing: Thing,
    /// Its series.
    pub datastreams: Vec<Datastream>,
    /// Where the rest of its series is, when the server pages them too.
    pub more_datastreams: Option<String>,
}

/// Reads a thing with the locations and series inside it.
pub(super) fn thing_of(
    value: &Value,
    place: &str,
    rejected: &mut Vec<Rejection>,
    notes: &mut Notes,
) -> Result<ThingEntry, Rejection> {
    let id = ThingId::new(identity_of(value, place)?);
    let position = position_of(value, place, notes)?;
    let mut datastreams = Vec::new();
    let mut kind = kind_of_properties(object(value, "properties"));
    if !listed(value, "MultiDatastreams").is_empty() {
        notes.tell(
            &format!("{place}.MultiDatastreams"),
            "series of several values each are passed over",
        );
    }
    for (index, inner) in listed(value, "Datastreams").iter().enumerate() {
        match datastream_of(inner, &id, &format!("{place}.Datastreams[{index}]")) {
            Ok(datastream) => {
                kind = kind
                    .or_else(|| kind_of_properties(object(inner, "properties")))
                    .or_else(|| kind_of_words(&datastream.observed_property));
                datastreams.push(datastream);
            }
            Err(rejection) => rejected.push(rejection),
        }
    }
    let name = json::text(value, "name");
    let thing = Thing {
        name: if name.is_empty() {
            id.to_string()
        } else {
            name.to_owned()
        },
        description: json::text(value, "description").to_owned(),
        kind: kind.or_else(|| kind_of_words(name)).unwrap_or_default(),
        position,
        properties: properties_of(object(value, "properties")),
        id,
    };
    let more_datastreams = value
        .get("Datastreams@iot.nextLink")
        .and_then(Value::as_str)
        .map(str::to_owned);
    Ok(ThingEntry {
        thing,
        datastreams,
        more_datastreams,
    })
}

/// The thing's properties as lines for the card; what is nested stays JSON.
pub(super) fn properties_of(properties: Option<&Map<String, Value>>) -> Vec<(String, String)> {
    let line = |(key, value): (&String, &Value)| {
        let text = match value {
            Value::Null => return None,
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        (key != "kind").then(|| (key.clone(), text))
    };
    properties
        .map(|fields| fields.iter().filter_map(line).collect())
        .unwrap_or_default()
}

fn object<'v>(value: &'v Value, key: &str) -> Option<&'v Map<String, Value>> {
    value.get(key).and_then(Value::as_object)
}

fn kind_of_properties(properties: Option<&Map<String, Value>>) -> Option<SensorKind> {
    kind_of_word(properties?.get("kind")?.as_str()?)
}

/// The kind that a server spells as we do.
pub(super) fn kind_of_word(word: &str) -> Option<SensorKind> {
    Some(SensorKind::from_word(word)).filter(|kind| *kind != SensorKind::Other)
}

/// Words of observed properties, in English and Chinese, and the kind that they mean. The first that matches counts: the
/// particular ones stand before the general ones.
const WORDS: [(&str, SensorKind); 37] = [
    ("pm2.5", SensorKind::Air),
    ("pm25", SensorKind::Air),
    ("pm10", SensorKind::Air),
    ("ozone", SensorKind::Air),
    ("nitrogen", SensorKind::Air),
    ("air quality", SensorKind::Air),
    ("air pollut", SensorKind::Air),
    ("particulate", SensorKind::Air),
    ("空气", SensorKind::Air),
    ("颗粒物", SensorKind::Air),
    ("water level", SensorKind::WaterLevel),
    ("waterlevel", SensorKind::WaterLevel),
    ("water_level", SensorKind::WaterLevel),
    ("water depth", SensorKind::WaterLevel),
    ("river stage", SensorKind::WaterLevel),
    ("水位", SensorKind::WaterLevel),
    ("积水", SensorKind::WaterLevel),
    ("noise", SensorKind::Noise),
    ("sound", SensorKind::Noise),
    ("噪声", SensorKind::Noise),
    ("parking", SensorKind::Parking),
    ("停车", SensorKind::Parking),
    ("methane", SensorKind::Gas),
    ("natural gas", SensorKind::Gas),
    ("gas concentration", SensorKind::Gas),
    ("燃气", SensorKind::Gas),
    ("甲烷", SensorKind::Gas),
    ("manhole", SensorKind::Manhole),
    ("tilt", SensorKind::Manhole),
    ("井盖", SensorKind::Manhole),
    ("strain", SensorKind::Structural),
    ("deflection", SensorKind::Structural),
    ("应变", SensorKind::Structural),
    ("挠度", SensorKind::Structural),
    ("traffic", SensorKind::Traffic),
    ("vehicle", SensorKind::Traffic),
    ("交通", SensorKind::Traffic),
];

pub(super) fn kind_of_words(name: &str) -> Option<SensorKind> {
    let name = name.to_lowercase();
    // Wind has a speed too.
    let speed = name.contains("speed") && !name.contains("wind");
    let found = WORDS
        .iter()
        .find(|(word, _)| name.contains(word))
        .map(|(_, kind)| *kind);
    found
        .or_else(|| speed.then_some(SensorKind::Traffic))
        .or_else(|| (name == "air").then_some(SensorKind::Air))
}

/// Reads a series of `thing`.
pub(super) fn datastream_of(
    value: &Value,
    thing: &ThingId,
    place: &str,
) -> Result<Datastream, Rejection> {
    let id = identity_of(value, place)?;
    let unit = value.get("unitOfMeasurement").unwrap_or(&Value::Null);
    let symbol = json::text(unit, "symbol");
    let property = json::text(
        value.get("ObservedProperty").unwrap_or(&Value::Null),
        "name",
    );
    let properties = value.get("properties").unwrap_or(&Value::Null);
    let name = json::text(value, "name");
    Ok(Datastream {
        id: DatastreamId::new(&id),
        thing: thing.clone(),
        name: if name.is_empty() {
            id.clone()
        } else {
            name.to_owned()
        },
        observed_property: if property.is_empty() {
            name.to_owned()
        } else {
            property.to_owned()
        },
        unit: if symbol.is_empty() {
            json::text(unit, "name").to_owned()
        } else {
            symbol.to_owned()
        },
        period_s: json::number(properties, "period_s")
            .filter(|period| *period > 0.0)
            .unwrap_or(USUAL_PERIOD_S),
        limits: limits_of(properties.get("limits").unwrap_or(&Value::Null)),
    })
}

fn limits_of(value: &Value) -> Limits {
    Limits {
        above_medium: json::number(value, "above_medium"),
        above_high: json::number(value, "above_high"),
        above_critical: json::number(value, "above_critical"),
        below_medium: json::number(value, "below_medium"),
        below_high: json::number(value, "below_high"),
    }
}

/// The entities that were listed inside `value`; none where the server only linked them.
fn listed<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value
        .get(key)
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default()
}

/// Where the thing is: its first location that is GeoJSON on the earth; without one, what its series observe.
fn position_of(thing: &Value, place: &str, notes: &mut Notes) -> Result<Geodetic, Rejection> {
    let locations = listed(thing, "Locations");
    let mut other_encoding = None;
    for (index, location) in locations.iter().enumerate() {
        let encoding = json::text(location, "encodingType");
        let is_other = !encoding.is_empty() && !is_geojson(encoding);
        let position = location.get("location").and_then(middle_of);
        if let Some(position) = position {
            if is_other {
                notes.tell(
                    &format!("{place}.Locations[{index}].encodingType"),
                    "a location that is not said to be GeoJSON was read as such",
                );
            }
            return Ok(position);
        }
        if is_other {
            other_encoding = other_encoding.or(Some(encoding));
        }
    }
    if let Some(position) = observed_position(thing) {
        notes.tell(
            &format!("{place}.Locations"),
            "a thing without a usable location stands where its series observe",
        );
        return Ok(position);
    }
    let reason = match other_encoding {
        Some(encoding) => format!("no GeoJSON position on the earth; encodingType is {encoding}"),
        None if locations.is_empty() => "a thing without a location cannot be shown".to_owned(),
        None => "no GeoJSON position on the earth".to_owned(),
    };
    Err(Rejection::new(format!("{place}.Locations"), reason))
}

/// The middle of the first `observedArea` of the thing's series, or of the first feature that they observed.
fn observed_position(thing: &Value) -> Option<Geodetic> {
    let series = listed(thing, "Datastreams");
    let area = |datastream: &Value| middle_of(datastream.get("observedArea")?);
    let feature = |holder: &Value| middle_of(holder.get("FeatureOfInterest")?.get("feature")?);
    series.iter().find_map(area).or_else(|| {
        series.iter().find_map(|datastream| {
            feature(datastream)
                .or_else(|| listed(datastream, "Observations").iter().find_map(feature))
        })
    })
}

/// True for the spellings of GeoJSON that servers use: `application/geo+json`, `application/vnd.geo+json`, `…#GeoJSON`.
pub(super) fn is_geojson(encoding: &str) -> bool {
    let encoding = encoding.to_ascii_lowercase();
    encoding.contains("geo+json") || encoding.contains("geojson")
}

/// The middle of the corners of a GeoJSON geometry, or of the one in a feature; `None` when it is none, or not on the earth.
pub(super) fn middle_of(shape: &Value) -> Option<Geodetic> {
    let shape = shape
        .get("geometry")
        .filter(|geometry| geometry.is_object())
        .unwrap_or(shape);
    let mut corners = Corners::default();
    corners.add(shape.get("coordinates")?, MAX_NESTED_COORDINATES);
    corners.middle()
}

/// How deep coordinates may nest; a `MultiPolygon` nests three deep around its positions.
const MAX_NESTED_COORDINATES: u32 = 4;

#[derive(Default)]
struct Corners {
    lon_sum: f64,
    lat_sum: f64,
    height_sum: f64,
    count: u32,
    is_off_earth: bool,
}

impl Corners {
    fn add(&mut self, coordinates: &Value, depth_left: u32) {
        let Some(list) = coordinates.as_array() else {
            return;
        };
        let Some(lon_deg) = list.first().and_then(Value::as_f64) else {
            if depth_left > 0 {
                for inner in list {
                    self.add(inner, depth_left - 1);
                }
            }
            return;
        };
        let lat_deg = list.get(1).and_then(Value::as_f64).unwrap_or(f64::NAN);
        self.is_off_earth |= !json::on_earth(lon_deg, lat_deg);
        self.lon_sum += lon_deg;
        self.lat_sum += lat_deg;
        self.height_sum += list.get(2).and_then(Value::as_f64).unwrap_or(0.0);
        self.count += 1;
    }

    fn middle(&self) -> Option<Geodetic> {
        if self.count == 0 || self.is_off_earth {
            return None;
        }
        let n = f64::from(self.count);
        Some(Geodetic {
            lon_deg: self.lon_sum / n,
            lat_deg: self.lat_sum / n,
            height_m: self.height_sum / n,
        })
    }
}
