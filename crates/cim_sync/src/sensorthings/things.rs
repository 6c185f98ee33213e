//! A page of things with their places and series as well-behaved servers write it, read without a tree in between.
//!
//! Anything unusual (another encoding, a thing without a place, an identity that is neither number nor text) gives the page
//! back unread: `entities` reads it kindly, and says what is wrong. What both can read, they read the same.

use super::{
    entities::{
        ThingEntry, USUAL_PERIOD_S, is_geojson, kind_of_word, kind_of_words, properties_of,
    },
    page::Page,
};
use crate::json::on_earth;
use cim_geo::Geodetic;
use cim_model::{Datastream, DatastreamId, Limits, SensorKind, Thing, ThingId};
use serde::{Deserialize, de::IgnoredAny};
use serde_json::{Map, Value};
use std::borrow::Cow;

#[derive(Deserialize)]
struct PageText<'t> {
    #[serde(rename = "@iot.count")]
    count: Option<u64>,
    #[serde(rename = "@iot.nextLink", borrow)]
    next: Option<Cow<'t, str>>,
    #[serde(borrow)]
    value: Vec<ThingText<'t>>,
}

#[derive(Deserialize)]
struct ThingText<'t> {
    #[serde(rename = "@iot.id")]
    id: Value,
    #[serde(default, borrow)]
    name: Cow<'t, str>,
    #[serde(default, borrow)]
    description: Cow<'t, str>,
    properties: Option<Map<String, Value>>,
    #[serde(rename = "Locations", borrow)]
    locations: Vec<LocationText<'t>>,
    #[serde(rename = "Datastreams", borrow)]
    datastreams: Vec<SeriesText<'t>>,
    #[serde(rename = "MultiDatastreams")]
    several: Option<IgnoredAny>,
    #[serde(rename = "Datastreams@iot.nextLink", borrow)]
    more: Option<Cow<'t, str>>,
}

#[derive(Deserialize)]
struct LocationText<'t> {
    #[serde(rename = "encodingType", default, borrow)]
    encoding: Cow<'t, str>,
    #[serde(borrow)]
    location: PointText<'t>,
}

#[derive(Deserialize)]
struct PointText<'t> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'t, str>,
    coordinates: Vec<f64>,
}

#[derive(Deserialize)]
struct SeriesText<'t> {
    #[serde(rename = "@iot.id")]
    id: Value,
    #[serde(default, borrow)]
    name: Cow<'t, str>,
    #[serde(rename = "unitOfMeasurement", borrow)]
    unit: Option<UnitText<'t>>,
    #[serde(rename = "ObservedProperty", borrow)]
    property: Option<NameText<'t>>,
    #[serde(borrow)]
    properties: Option<SeriesProperties<'t>>,
}

#[derive(Deserialize)]
struct UnitText<'t> {
    #[serde(borrow)]
    symbol: Option<Cow<'t, str>>,
    #[serde(borrow)]
    name: Option<Cow<'t, str>>,
}

#[derive(Deserialize)]
struct NameText<'t> {
    #[serde(default, borrow)]
    name: Cow<'t, str>,
}

#[derive(Deserialize)]
struct SeriesProperties<'t> {
    #[serde(borrow)]
    kind: Option<Cow<'t, str>>,
    period_s: Option<f64>,
    limits: Option<LimitsText>,
}

#[derive(Default, Deserialize)]
struct LimitsText {
    above_medium: Option<f64>,
    above_high: Option<f64>,
    above_critical: Option<f64>,
    below_medium: Option<f64>,
    below_high: Option<f64>,
}

/// The page; `None` when anything in it is unusual.
pub(super) fn page_of(bytes: &[u8]) -> Option<Page<ThingEntry>> {
    let text: PageText<'_> = sonic_rs::from_slice(bytes).ok()?;
    let entries = text.value.len() as u64;
    let items: Option<Vec<ThingEntry>> = text.value.into_iter().map(thing_of).collect();
    Some(Page {
        items: items?,
        rejected: Vec::new(),
        notes: Vec::new(),
        entries,
        count: text.count,
        next: text
            .next
            .filter(|link| !link.is_empty())
            .map(Cow::into_owned),
    })
}

fn thing_of(text: ThingText<'_>) -> Option<ThingEntry> {
    if text.several.is_some() {
        return None;
    }
    let id = ThingId::new(identity_of(&text.id)?);
    let position = text.locations.first().and_then(position_of)?;
    let properties = text.properties.as_ref();
    let word = properties.and_then(|all| all.get("kind")?.as_str());
    let mut kind: Option<SensorKind> = word.and_then(kind_of_word);
    let mut datastreams = Vec::with_capacity(text.datastreams.len());
    for series in text.datastreams {
        let own = series
            .properties
            .as_ref()
            .and_then(|all| all.kind.as_deref());
        let own = own.and_then(kind_of_word);
        let datastream = series_of(series, &id)?;
        kind = kind
            .or(own)
            .or_else(|| kind_of_words(&datastream.observed_property));
        datastreams.push(datastream);
    }
    let thing = Thing {
        name: if text.name.is_empty() {
            id.to_string()
        } else {
            text.name.clone().into_owned()
        },
        description: text.description.into_owned(),
        kind: kind
            .or_else(|| kind_of_words(&text.name))
            .unwrap_or_default(),
        position,
        properties: properties_of(properties),
        id,
    };
    Some(ThingEntry {
        thing,
        datastreams,
        more_datastreams: text.more.map(Cow::into_owned),
    })
}

fn series_of(text: SeriesText<'_>, thing: &ThingId) -> Option<Datastream> {
    let id = identity_of(&text.id)?;
    let (symbol, unit) = text
        .unit
        .map_or((None, None), |unit| (unit.symbol, unit.name));
    let property = text.property.map(|property| property.name);
    let properties = text.properties;
    let limits = properties.as_ref().and_then(|all| all.limits.as_ref());
    let period_s = properties.as_ref().and_then(|all| all.period_s);
    let is_text = |text: &Cow<'_, str>| !text.is_empty();
    Some(Datastream {
        name: if text.name.is_empty() {
            id.clone()
        } else {
            text.name.clone().into_owned()
        },
        id: DatastreamId::new(id),
        thing: thing.clone(),
        observed_property: property.filter(is_text).unwrap_or(text.name).into_owned(),
        unit: symbol
            .filter(is_text)
            .or(unit)
            .unwrap_or_default()
            .into_owned(),
        period_s: period_s
            .filter(|period| *period > 0.0)
            .unwrap_or(USUAL_PERIOD_S),
        limits: limits.map_or_else(Limits::default, |limits| Limits {
            above_medium: limits.above_medium,
            above_high: limits.above_high,
            above_critical: limits.above_critical,
            below_medium: limits.below_medium,
            below_high: limits.below_high,
        }),
    })
}

fn identity_of(id: &Value) -> Option<String> {
    match id {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Where a point is; `None` for another geometry or encoding, and for one off the earth.
fn position_of(location: &LocationText<'_>) -> Option<Geodetic> {
    let is_usual = location.encoding.is_empty() || is_geojson(&location.encoding);
    let (lon_deg, lat_deg, height_m) = match *location.location.coordinates.as_slice() {
        [lon_deg, lat_deg] => (lon_deg, lat_deg, 0.0),
        [lon_deg, lat_deg, height_m] => (lon_deg, lat_deg, height_m),
        _ => return None,
    };
    let is_point = location.location.kind == "Point" && on_earth(lon_deg, lat_deg);
    (is_usual && is_point).then_some(Geodetic {
        lon_deg,
        lat_deg,
        height_m,
    })
}

#[cfg(test)]
mod tests {
    use super::{super::things_page_by_tree, *};

    const USUAL: &str = r#"{"@iot.count":2,"@iot.nextLink":"http://h/Things?$skip=2","value":[
      {"@iot.id":7,"name":"泵站 \"东\"","description":"d","properties":{"kind":"water_level","floors":3,"owner":null},
       "Locations":[{"encodingType":"application/geo+json","location":{"type":"Point","coordinates":[117.2,34.2,3.5]}}],
       "Datastreams":[{"@iot.id":"a'1","name":"水位","unitOfMeasurement":{"name":"metre","symbol":"m","definition":""},
         "ObservedProperty":{"name":"water level"},"properties":{"period_s":10,"limits":{"above_high":2.5}}},
        {"@iot.id":9,"unitOfMeasurement":null}]},
      {"@iot.id":"x","Locations":[{"location":{"type":"Point","coordinates":[0,-1]}}],"Datastreams":[],
       "Datastreams@iot.nextLink":"Things('x')/Datastreams?$skip=100"}]}"#;

    #[test]
    fn a_usual_page_reads_as_by_the_tree() {
        let fast = page_of(USUAL.as_bytes()).expect("usual");
        assert_eq!(Ok(fast), things_page_by_tree(USUAL.as_bytes()));
    }

    #[test]
    fn what_is_unusual_is_left_to_the_tree() {
        for (usual, unusual) in [
            ("\"Point\"", "\"LineString\""),
            ("[117.2,34.2,3.5]", "[[117.2,34.2],[117.3,34.2]]"),
            ("[0,-1]", "[0,-91]"),
            ("application/geo+json", "text/plain"),
            ("\"@iot.id\":7", "\"@iot.id\":null"),
            ("\"period_s\":10", "\"period_s\":\"10\""),
            ("\"description\":\"d\"", "\"MultiDatastreams\":[{}]"),
            ("\"Datastreams\":[]", "\"Datastreams\":null"),
        ] {
            let text = USUAL.replacen(usual, unusual, 1);
            assert_ne!(text, USUAL, "{usual}");
            assert_eq!(page_of(text.as_bytes()), None, "{unusual}");
        }
    }
}
