//! Pages of a SensorThings server (OGC 18-088, versions 1.0 and 1.1) turned into the product's words.
//!
//! Pure: bytes in, entities and rejections out. Identities may be numbers or texts; a broken item is left out and told.

use crate::{Rejection, iso, json};
use cim_geo::Geodetic;
use cim_model::{
    Datastream, DatastreamId, Limits, Observation, Quality, SensorKind, Thing, ThingId, UtcMillis,
};
use serde_json::Value;

/// How often a series is expected to report when its server does not say.
pub const USUAL_PERIOD_S: f64 = 300.0;

/// One page of a collection.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    /// What could be used.
    pub items: Vec<T>,
    /// What could not.
    pub rejected: Vec<Rejection>,
    /// How many entries the page had, usable or not.
    pub entries: u64,
    /// How many entries the collection has, when the server counted (`@iot.count`).
    pub count: Option<u64>,
    /// Where the next page is (`@iot.nextLink`), as the server spells it.
    pub next: Option<String>,
}

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

/// Reads a page of `Things?$expand=Locations,Datastreams/ObservedProperty`.
pub fn things_page(bytes: &[u8]) -> Result<Page<ThingEntry>, Rejection> {
    page_of(bytes, |value, place, page| {
        let entry = thing_of(value, place, &mut page.rejected)?;
        page.items.push(entry);
        Ok(())
    })
}

/// Reads a page of `Things(…)/Datastreams?$expand=ObservedProperty` of `thing`.
pub fn datastreams_page(bytes: &[u8], thing: &ThingId) -> Result<Page<Datastream>, Rejection> {
    page_of(bytes, |value, place, page| {
        page.items.push(datastream_of(value, thing, place)?);
        Ok(())
    })
}

/// Reads a page of `Observations`, one by one with their `Datastream` or as `dataArray` groups (clause 12.2).
pub fn observations_page(bytes: &[u8]) -> Result<Page<Observation>, Rejection> {
    page_of(bytes, |value, place, page| {
        if value.get("dataArray").is_some() {
            let (observations, rejected) = data_array_group(value, place)?;
            // The group stood for one entry; its rows are what counts.
            page.entries = page.entries + (observations.len() + rejected.len()) as u64 - 1;
            page.items.extend(observations);
            page.rejected.extend(rejected);
        } else {
            page.items.push(observation_of(value, None, place)?);
        }
        Ok(())
    })
}

/// Reads a page of `Datastreams?$expand=Observations(…)`: the observations that are listed inside.
pub fn latest_page(bytes: &[u8]) -> Result<Page<Observation>, Rejection> {
    page_of(bytes, |value, place, page| {
        let id = identity_of(value, place)?;
        for (index, inner) in json::list(value, "Observations", place)?.iter().enumerate() {
            match observation_of(inner, Some(&id), &format!("{place}.Observations[{index}]")) {
                Ok(observation) => page.items.push(observation),
                Err(rejection) => page.rejected.push(rejection),
            }
        }
        Ok(())
    })
}

/// Reads a page of `Datastreams(…)/Observations` of the series `datastream`.
pub fn observations_of_series(
    bytes: &[u8],
    datastream: &str,
) -> Result<Page<Observation>, Rejection> {
    page_of(bytes, |value, place, page| {
        page.items
            .push(observation_of(value, Some(datastream), place)?);
        Ok(())
    })
}

fn page_of<T>(
    bytes: &[u8],
    mut read: impl FnMut(&Value, &str, &mut Page<T>) -> Result<(), Rejection>,
) -> Result<Page<T>, Rejection> {
    let value = json::parse(bytes)?;
    let entries = json::list(&value, "value", "$")?;
    let mut page = Page {
        items: Vec::with_capacity(entries.len()),
        rejected: Vec::new(),
        entries: entries.len() as u64,
        count: count_of(&value),
        next: value
            .get("@iot.nextLink")
            .and_then(Value::as_str)
            .map(str::to_owned),
    };
    for (index, entry) in entries.iter().enumerate() {
        if let Err(rejection) = read(entry, &format!("$.value[{index}]"), &mut page) {
            page.rejected.push(rejection);
        }
    }
    Ok(page)
}

fn count_of(value: &Value) -> Option<u64> {
    match value.get("@iot.count")? {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

fn identity_of(value: &Value, place: &str) -> Result<String, Rejection> {
    json::identity(value, "@iot.id")
        .or_else(|| json::identity(value, "id"))
        .ok_or_else(|| Rejection::new(format!("{place}.@iot.id"), "an identity is expected"))
}

fn thing_of(
    value: &Value,
    place: &str,
    rejected: &mut Vec<Rejection>,
) -> Result<ThingEntry, Rejection> {
    let id = ThingId::new(identity_of(value, place)?);
    let position = position_of(value, place)?;
    let mut datastreams = Vec::new();
    let mut kind = kind_of_properties(value);
    let listed = value
        .get("Datastreams")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    for (index, inner) in listed.iter().enumerate() {
        match datastream_of(inner, &id, &format!("{place}.Datastreams[{index}]")) {
            Ok(datastream) => {
                kind = kind
                    .or_else(|| kind_of_properties(inner))
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
        properties: properties_of(value),
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
fn properties_of(value: &Value) -> Vec<(String, String)> {
    let line = |(key, value): (&String, &Value)| {
        let text = match value {
            Value::Null => return None,
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        (key != "kind").then(|| (key.clone(), text))
    };
    let properties = value.get("properties").and_then(Value::as_object);
    properties
        .map(|fields| fields.iter().filter_map(line).collect())
        .unwrap_or_default()
}

fn kind_of_properties(value: &Value) -> Option<SensorKind> {
    let word = value.get("properties")?.get("kind")?.as_str()?;
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

fn kind_of_words(name: &str) -> Option<SensorKind> {
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

fn datastream_of(value: &Value, thing: &ThingId, place: &str) -> Result<Datastream, Rejection> {
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

/// Where the thing is: its first location that is GeoJSON on the earth. An area or a line counts as the middle of its corners.
fn position_of(thing: &Value, place: &str) -> Result<Geodetic, Rejection> {
    let locations = thing
        .get("Locations")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let reject = |reason: &str| Rejection::new(format!("{place}.Locations"), reason);
    if locations.is_empty() {
        return Err(reject("a thing without a location cannot be shown"));
    }
    let geometry = |location: &Value| {
        let shape = location.get("location")?;
        let shape = shape.get("geometry").unwrap_or(shape);
        let mut corners = Corners::default();
        corners.add(shape.get("coordinates")?, MAX_NESTED_COORDINATES);
        corners.middle()
    };
    locations
        .iter()
        .find_map(geometry)
        .ok_or_else(|| reject("no GeoJSON position on the earth"))
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

/// Reads an observation; without a `Datastream` in it, `of` says to which series it belongs.
fn observation_of(value: &Value, of: Option<&str>, place: &str) -> Result<Observation, Rejection> {
    let own = value
        .get("Datastream")
        .map(|datastream| identity_of(datastream, &format!("{place}.Datastream")))
        .transpose()?;
    let datastream = own.as_deref().or(of);
    let datastream = datastream
        .ok_or_else(|| Rejection::new(format!("{place}.Datastream"), "a datastream is expected"))?;
    Ok(Observation {
        datastream: DatastreamId::new(datastream),
        happened_at: happened_at(value, place)?,
        value: result_of(value.get("result"), place)?,
        quality: quality_of(value.get("resultQuality")),
    })
}

/// `phenomenonTime`, or `resultTime` where a server leaves the former away.
fn happened_at(value: &Value, place: &str) -> Result<UtcMillis, Rejection> {
    let has = |key: &str| value.get(key).is_some_and(|time| !time.is_null());
    let key = if !has("phenomenonTime") && has("resultTime") {
        "resultTime"
    } else {
        "phenomenonTime"
    };
    iso::moment_in(value, key, place)
}

/// Reads an observation that was published for `datastream`; without a time of its own it holds at `received`.
pub(crate) fn published(
    value: &Value,
    datastream: Option<&str>,
    received: UtcMillis,
    place: &str,
) -> Result<Observation, Rejection> {
    let has_time = |key: &str| value.get(key).is_some_and(|time| !time.is_null());
    if has_time("phenomenonTime") || has_time("resultTime") {
        return observation_of(value, datastream, place);
    }
    let mut timed = value.clone();
    if let Some(fields) = timed.as_object_mut() {
        fields.insert(
            "phenomenonTime".to_owned(),
            Value::from(iso::text_of(received)),
        );
    }
    observation_of(&timed, datastream, place)
}

fn result_of(result: Option<&Value>, place: &str) -> Result<f64, Rejection> {
    let number = match result {
        Some(Value::Number(number)) => number.as_f64(),
        Some(Value::String(text)) => text.trim().parse().ok(),
        Some(Value::Bool(yes)) => Some(f64::from(u8::from(*yes))),
        _ => None,
    };
    let finite = number.filter(|number| number.is_finite());
    finite.ok_or_else(|| Rejection::new(format!("{place}.result"), "a number is expected"))
}

/// The quality in words of ours and of common servers; anything else counts as measured.
fn quality_of(quality: Option<&Value>) -> Quality {
    let word = quality
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_lowercase();
    match word.as_str() {
        "suspect" | "doubtful" | "bad" | "low" => Quality::Suspect,
        "estimated" | "interpolated" => Quality::Estimated,
        _ => Quality::Good,
    }
}

/// Reads one group of a `dataArray` (clauses 12.2 and 13.2): rows of one series, with the meaning of their columns.
pub(crate) fn data_array_group(
    group: &Value,
    place: &str,
) -> Result<(Vec<Observation>, Vec<Rejection>), Rejection> {
    let datastream = match group.get("Datastream") {
        Some(inner) => identity_of(inner, &format!("{place}.Datastream"))?,
        None => identity_in_link(json::text(group, "Datastream@iot.navigationLink")).ok_or_else(
            || Rejection::new(format!("{place}.Datastream"), "a datastream is expected"),
        )?,
    };
    let components: Vec<&str> = json::list(group, "components", place)?
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let column = |name: &str| components.iter().position(|component| *component == name);
    let missing =
        |name: &str| Rejection::new(format!("{place}.components"), format!("{name} is missing"));
    let time = column("phenomenonTime")
        .or_else(|| column("resultTime"))
        .ok_or_else(|| missing("phenomenonTime"))?;
    let result = column("result").ok_or_else(|| missing("result"))?;
    let quality = column("resultQuality");
    let datastream = DatastreamId::new(datastream);
    let mut observations = Vec::new();
    let mut rejected = Vec::new();
    for (index, row) in json::list(group, "dataArray", place)?.iter().enumerate() {
        let place = format!("{place}.dataArray[{index}]");
        let moment = row
            .get(time)
            .and_then(Value::as_str)
            .and_then(iso::moment_of);
        let Some(happened_at) = moment else {
            rejected.push(Rejection::new(
                place,
                "a moment like 2026-01-31T08:15:00Z is expected",
            ));
            continue;
        };
        match result_of(row.get(result), &place) {
            Ok(value) => observations.push(Observation {
                datastream: datastream.clone(),
                happened_at,
                value,
                quality: quality_of(quality.and_then(|column| row.get(column))),
            }),
            Err(rejection) => rejected.push(rejection),
        }
    }
    Ok((observations, rejected))
}

/// The identity between the parentheses of `…Datastreams(17)…` or `…Datastreams('a')…`.
pub(crate) fn identity_in_link(link: &str) -> Option<String> {
    let (_, tail) = link.rsplit_once("Datastreams(")?;
    let (inside, _) = tail.rsplit_once(')')?;
    let unquoted = inside
        .strip_prefix('\'')
        .and_then(|rest| rest.strip_suffix('\''));
    let id = unquoted.map_or_else(|| inside.to_owned(), |text| text.replace("''", "'"));
    (!id.is_empty()).then_some(id)
}

/// `id` as it is written between the parentheses of an address.
pub(crate) fn identity_in_address(id: &str) -> String {
    let is_number = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    if is_number {
        id.to_owned()
    } else {
        format!("'{}'", id.replace('\'', "''"))
    }
}

#[cfg(test)]
#[path = "sensorthings_tests.rs"]
mod tests;
