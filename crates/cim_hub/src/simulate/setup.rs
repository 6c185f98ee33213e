//! Devices: designing them from the city and the seed, and putting them up at the hub, unless they are there already.

use super::SimulateSettings;
use super::client::HubClient;
use super::kinds::{Limit, Quantity, Sheet, numbers, sheet};
use super::model::{Model, mix, rounded};
use super::network::{Gauge, GaugeAt, WaterNetwork, degrees_of};
use super::own::OwnThing;
use super::places::{CityPlaces, Place, hash_of};
use super::replay::{Replay, Series, series_in};
use super::weather::Weather;
use crate::error::SimulateError;
use cim_model::{SensorKind, UtcMillis};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::task::JoinSet;

/// The administrative division of the simulated devices' codes: 徐州.
const DIVISION: u32 = 320_300;
/// Requests under way at the same time while devices are put up.
const AT_ONCE: usize = 8;
/// Devices within the same cell of this many degrees share a part of their noise.
const NEIGHBOURHOOD_DEG: f64 = 0.005;

/// A device before the hub knows it.
#[derive(Clone, Debug)]
pub(crate) struct Design {
    /// The identity code.
    pub(crate) code: String,
    /// What people call it.
    pub(crate) name: String,
    /// A sentence about it, in English.
    pub(crate) description: String,
    /// Where it stands.
    pub(crate) place: Place,
    /// How its value runs.
    pub(crate) model: Model,
}

/// A device that the hub knows.
#[derive(Clone, Debug)]
pub(crate) struct Device {
    /// Its datastream at the hub.
    pub(crate) datastream: i64,
    /// The identity code.
    pub(crate) code: String,
    /// Longitude and latitude.
    pub(crate) place: [f64; 2],
    /// How its value runs.
    pub(crate) model: Model,
    /// The hub knew it already.
    pub(crate) is_old: bool,
}

#[cfg(test)]
impl Device {
    /// A device at a place that doesn't matter.
    pub(crate) fn at(datastream: i64, model: Model) -> Self {
        Self {
            datastream,
            code: format!("d{datastream}"),
            place: [121.5, 31.2],
            model,
            is_old: false,
        }
    }
}

/// Designs every device of the settings.
pub(crate) fn designed(
    settings: &SimulateSettings,
    city: &CityPlaces,
    start: UtcMillis,
) -> Vec<Design> {
    let zone_ms = city.zone_ms();
    let mut series = settings
        .series
        .as_deref()
        .map(series_in)
        .unwrap_or_default();
    let mut designs = Vec::with_capacity(settings.sensors);
    for (kind, number) in numbers(settings.sensors) {
        let mut sequence = 0;
        for (quantity, count) in quantities_of(kind, number, &series) {
            for place in city.for_quantity(quantity, count, settings.seed) {
                sequence += 1;
                let replay = next_series(&mut series, quantity)
                    .map(|found| Replay::starting(found, start.0 + zone_ms, settings.seed));
                designs.push(design(
                    sheet(quantity),
                    sequence,
                    place,
                    replay,
                    settings,
                    zone_ms,
                ));
            }
        }
    }
    designs
}

/// Designs the city's own devices, at most as many as the settings ask for: which ones depends on the seed only.
pub(crate) fn designed_from(
    things: &[OwnThing],
    settings: &SimulateSettings,
    zone_ms: i64,
) -> Vec<Design> {
    let mut order: Vec<usize> = (0..things.len()).collect();
    if things.len() > settings.sensors {
        let drawn = |index: &usize| {
            things
                .get(*index)
                .map(|thing| mix(settings.seed, hash_of(&thing.id)))
        };
        order.sort_by_key(drawn);
        order.truncate(settings.sensors);
        order.sort_unstable();
    }
    order
        .into_iter()
        .filter_map(|index| things.get(index))
        .map(|thing| {
            let place = Place {
                lon: thing.lon,
                lat: thing.lat,
                height_m: thing.height_m,
                street: thing.street.clone(),
                azimuth_deg: 0.0,
                feature: thing.asset.clone(),
            };
            Design {
                code: thing.id.clone(),
                name: thing.name.clone(),
                description: thing.name_en.clone(),
                model: model_at(thing.quantity, &thing.id, &place, settings, zone_ms),
                place,
            }
        })
        .collect()
}

/// How the devices of a kind are divided among its quantities.
fn quantities_of(
    kind: SensorKind,
    number: usize,
    series: &[Arc<Series>],
) -> Vec<(Quantity, usize)> {
    match kind {
        SensorKind::Traffic => vec![(Quantity::Speed, number)],
        SensorKind::Air => {
            let ozone = series
                .iter()
                .filter(|found| found.quantity == Quantity::Ozone)
                .count()
                .min(number);
            vec![(Quantity::Pm25, number - ozone), (Quantity::Ozone, ozone)]
        }
        SensorKind::WaterLevel => {
            let rivers = number.div_ceil(2);
            vec![
                (Quantity::RiverLevel, rivers),
                (Quantity::UnderpassDepth, number - rivers),
            ]
        }
        SensorKind::Noise => vec![(Quantity::Sound, number)],
        SensorKind::Parking => vec![(Quantity::FreePlaces, number)],
        SensorKind::Gas => vec![(Quantity::Methane, number)],
        SensorKind::Manhole => vec![(Quantity::Tilt, number)],
        SensorKind::Structural => vec![(Quantity::Deflection, number)],
        SensorKind::Other => Vec::new(),
    }
}

fn next_series(series: &mut Vec<Arc<Series>>, quantity: Quantity) -> Option<Arc<Series>> {
    let index = series.iter().position(|found| found.quantity == quantity)?;
    Some(series.remove(index))
}

fn design(
    sheet: &Sheet,
    sequence: u32,
    place: Place,
    replay: Option<Replay>,
    settings: &SimulateSettings,
    zone_ms: i64,
) -> Design {
    let code = format!("{DIVISION:06}{:04}{sequence:06}", sheet.class_code);
    let mut model = model_at(sheet.quantity, &code, &place, settings, zone_ms);
    model.replay = replay;
    Design {
        name: format!("{} {} {sequence:03}", place.street, sheet.device_zh),
        description: format!("{} {sequence:03} at {}", sheet.device_en, place.street),
        code,
        place,
        model,
    }
}

/// How the value of the device with a code runs at its place.
fn model_at(
    quantity: Quantity,
    code: &str,
    place: &Place,
    settings: &SimulateSettings,
    zone_ms: i64,
) -> Model {
    let cell = |degrees: f64| (degrees / NEIGHBOURHOOD_DEG).floor() as i64;
    let kind = sheet(quantity).kind;
    let cell = format!("{kind:?}/{}/{}", cell(place.lon), cell(place.lat));
    let seed = mix(settings.seed, hash_of(code));
    Model {
        has_own_faults: settings.faults <= 0.0,
        ..Model::new(quantity, seed, mix(settings.seed, hash_of(&cell)), zone_ms)
    }
}

/// Weather stations of three devices each: rain, wind, temperature.
pub(crate) fn weather_stations(settings: &SimulateSettings, city: &CityPlaces) -> Vec<Design> {
    let places = city.for_quantity(Quantity::Rain, settings.weather_stations, settings.seed);
    let quantities = [Quantity::Rain, Quantity::Wind, Quantity::Temperature];
    let station = |(place, sequence): (Place, u32)| {
        quantities.map(|quantity| {
            design(
                sheet(quantity),
                sequence,
                place.clone(),
                None,
                settings,
                city.zone_ms(),
            )
        })
    };
    places.into_iter().zip(1..).flat_map(station).collect()
}

/// Gauges on a water network.
pub(crate) fn gauges(
    network: &Arc<WaterNetwork>,
    settings: &SimulateSettings,
    city: &CityPlaces,
) -> Vec<Design> {
    let plane = city.plane();
    let gauge = |(at, sequence): (GaugeAt, u32)| {
        let [lon, lat] = degrees_of(network, at, plane)?;
        let (_, name) = network.place(at)?;
        let quantity = match at {
            GaugeAt::Node(_) => Quantity::WaterPressure,
            GaugeAt::Link(_) => Quantity::WaterFlow,
        };
        let place = Place {
            lon,
            lat,
            height_m: 0.2,
            street: city.name_zh.clone(),
            azimuth_deg: 0.0,
            feature: name.to_owned(),
        };
        let mut design = design(
            sheet(quantity),
            sequence,
            place,
            None,
            settings,
            city.zone_ms(),
        );
        design.model.gauge = Some(Gauge {
            network: Arc::clone(network),
            at,
        });
        Some(design)
    };
    let places = network.gauges(settings.gauges);
    places.into_iter().zip(1..).filter_map(gauge).collect()
}

/// Gives every device the weather of its place, unless it replays a real series.
pub(crate) fn under(weather: Weather, designs: &mut [Design]) {
    for design in designs
        .iter_mut()
        .filter(|design| design.model.replay.is_none())
    {
        design.model.air = Some(weather.at(design.place.lon, design.place.lat));
    }
}

/// Puts up what the hub doesn't know yet, and gives every device with its datastream.
pub(crate) async fn registered(
    hub: &HubClient,
    settings: &SimulateSettings,
    city: &CityPlaces,
    designs: Vec<Design>,
) -> Result<Vec<Device>, SimulateError> {
    let known = known_devices(hub, settings, city).await?;
    let shared = shared_entities(hub, &designs).await?;
    let mut devices: Vec<Option<Device>> = Vec::with_capacity(designs.len());
    let mut waiting = Vec::new();
    for design in designs {
        if let Some(datastream) = known.get(&design.code) {
            devices.push(Some(device(*datastream, design, true)));
        } else {
            waiting.push((devices.len(), design));
            devices.push(None);
        }
    }
    let mut waiting = waiting.into_iter();
    let mut under_way: JoinSet<(usize, Design, Result<i64, SimulateError>)> = JoinSet::new();
    loop {
        while under_way.len() < AT_ONCE {
            let Some((index, design)) = waiting.next() else {
                break;
            };
            let body = thing(&design, settings, city, &shared);
            let hub = hub.clone();
            under_way.spawn(async move { (index, design, put_up(&hub, &body).await) });
        }
        let Some(done) = under_way.join_next().await else {
            break;
        };
        let Ok((index, design, outcome)) = done else {
            continue;
        };
        if let Some(place) = devices.get_mut(index) {
            *place = Some(device(outcome?, design, false));
        }
    }
    Ok(devices.into_iter().flatten().collect())
}

/// The device that a design becomes, with its datastream.
pub(crate) fn device(datastream: i64, design: Design, is_old: bool) -> Device {
    Device {
        datastream,
        place: [design.place.lon, design.place.lat],
        code: design.code,
        model: design.model,
        is_old,
    }
}

async fn put_up(hub: &HubClient, thing: &Value) -> Result<i64, SimulateError> {
    let what = "a device";
    let (created, _) = hub.post("/v1.1/Things", thing, what).await?;
    let id = created
        .get("@iot.id")
        .and_then(Value::as_i64)
        .unwrap_or_default();
    let path = format!("/v1.1/Things({id})/Datastreams?$select=id");
    let streams = hub.get(&path, what).await?;
    let stream = streams
        .get("value")
        .and_then(|streams| streams.get(0)?.get("@iot.id")?.as_i64());
    stream.ok_or_else(|| SimulateError::Hub {
        what,
        reason: "it has no datastream afterwards".to_owned(),
        url: path,
    })
}

/// Codes of the devices that an earlier run with the same seed and city has put up, with their datastreams.
async fn known_devices(
    hub: &HubClient,
    settings: &SimulateSettings,
    city: &CityPlaces,
) -> Result<BTreeMap<String, i64>, SimulateError> {
    let mut known = BTreeMap::new();
    let name = city.name_en.replace('\'', "''");
    let filter = format!(
        "properties/simulated eq '{name}' and properties/seed eq {}",
        settings.seed
    );
    let options = [
        ("$filter", filter.as_str()),
        ("$expand", "Datastreams($select=id)"),
        ("$select", "id,properties"),
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
        let page = hub.get(&path, "a question about devices").await?;
        for thing in page
            .get("value")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let code = thing.pointer("/properties/code").and_then(Value::as_str);
            let stream = thing
                .pointer("/Datastreams/0/@iot.id")
                .and_then(Value::as_i64);
            if let (Some(code), Some(stream)) = (code, stream) {
                known.insert(code.to_owned(), stream);
            }
        }
        next = page
            .get("@iot.nextLink")
            .and_then(Value::as_str)
            .map(str::to_owned);
    }
    Ok(known)
}

/// The sensor and the observed property of each quantity at the hub.
async fn shared_entities(
    hub: &HubClient,
    designs: &[Design],
) -> Result<BTreeMap<Quantity, (i64, i64)>, SimulateError> {
    let mut shared = BTreeMap::new();
    for design in designs {
        let quantity = design.model.quantity;
        if shared.contains_key(&quantity) {
            continue;
        }
        let sheet = sheet(quantity);
        let sensor = json!({
            "name": format!("{} ({:?})", sheet.device_en, quantity),
            "description": format!("Simulated {}", sheet.device_en.to_lowercase()),
            "encodingType": "text/html",
            "metadata": sheet.definition
        });
        let property = json!({
            "name": sheet.property,
            "definition": sheet.definition,
            "description": format!("{:?}", quantity)
        });
        let sensor = found_or_made(hub, "Sensors", &sensor).await?;
        let property = found_or_made(hub, "ObservedProperties", &property).await?;
        shared.insert(quantity, (sensor, property));
    }
    Ok(shared)
}

/// The entity of a name, made when there is none.
pub(crate) async fn found_or_made(
    hub: &HubClient,
    set: &str,
    entity: &Value,
) -> Result<i64, SimulateError> {
    let name = entity
        .get("name")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .replace('\'', "''");
    let filter = crate::sensorthings::path::percent_encoded(&format!("name eq '{name}'"));
    let page = hub
        .get(
            &format!("/v1.1/{set}?$filter={filter}&$top=1"),
            "a question",
        )
        .await?;
    if let Some(id) = page.pointer("/value/0/@iot.id").and_then(Value::as_i64) {
        return Ok(id);
    }
    let (created, _) = hub
        .post(&format!("/v1.1/{set}"), entity, "an entity")
        .await?;
    Ok(created
        .get("@iot.id")
        .and_then(Value::as_i64)
        .unwrap_or_default())
}

/// The limits that the datastream tells. A gauge on a network has its own, from what is usual at its place.
pub(crate) fn limits_of(model: &Model) -> Value {
    let sheet = sheet(model.quantity);
    let Some(gauge) = &model.gauge else {
        return sheet.limits_json();
    };
    let (busy, idle) = gauge.bounds();
    match sheet.limits {
        Limit::Below(..) if busy > 0.01 => json!({
            "below_medium": rounded(0.75 * busy, sheet),
            "below_high": rounded(0.5 * busy, sheet)
        }),
        Limit::Above(..) => {
            let most = busy.abs().max(idle.abs()).max(1.0);
            json!({"above_medium": rounded(1.5 * most, sheet), "above_high": rounded(2.0 * most, sheet)})
        }
        _ => json!({}),
    }
}

fn thing(
    design: &Design,
    settings: &SimulateSettings,
    city: &CityPlaces,
    shared: &BTreeMap<Quantity, (i64, i64)>,
) -> Value {
    let sheet = sheet(design.model.quantity);
    let (sensor, property) = shared.get(&sheet.quantity).copied().unwrap_or_default();
    let place = &design.place;
    let mut properties = json!({
        "kind": sheet.kind.as_str(),
        "code": design.code,
        "street": place.street,
        "feature": place.feature,
        "simulated": city.name_en,
        "seed": settings.seed
    });
    let mut series = json!({
        "kind": sheet.kind.as_str(),
        "period_s": settings.period_s(),
        "limits": limits_of(&design.model)
    });
    if let Some(replay) = &design.model.replay {
        for said in [&mut properties, &mut series] {
            if let Some(said) = said.as_object_mut() {
                said.insert("replay".to_owned(), Value::from(replay.name()));
            }
        }
    }
    json!({
        "name": design.name,
        "description": design.description,
        "properties": properties,
        "Locations": [{
            "name": place.street,
            "description": "",
            "encodingType": "application/geo+json",
            "location": {"type": "Point", "coordinates": [place.lon, place.lat, place.height_m]}
        }],
        "Datastreams": [{
            "name": sheet.property,
            "description": format!("{} of {}", sheet.property, design.name),
            "observationType": "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",
            "unitOfMeasurement": {"name": sheet.unit.0, "symbol": sheet.unit.1, "definition": sheet.definition},
            "properties": series,
            "Sensor": {"@iot.id": sensor},
            "ObservedProperty": {"@iot.id": property}
        }]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gauge(number: usize) -> OwnThing {
        OwnThing {
            id: format!("3203992110{number:06}"),
            name: format!("压力计{number}"),
            name_en: format!("Pressure Gauge {number}"),
            quantity: Quantity::WaterPressure,
            lon: 117.43,
            lat: 34.07,
            height_m: 0.2,
            street: "云湖大道".to_owned(),
            asset: format!("vaw{number}"),
        }
    }

    #[test]
    fn a_city_has_its_own_devices_and_no_more_than_are_asked_for() {
        let things: Vec<OwnThing> = (0..50).map(gauge).collect();
        let mut settings = SimulateSettings::new("http://127.0.0.1:1", "/nowhere");
        let all = designed_from(&things, &settings, 0);
        assert_eq!(all.len(), 50);
        assert_eq!(
            (all[7].code.as_str(), all[7].place.feature.as_str()),
            ("3203992110000007", "vaw7")
        );
        settings.sensors = 10;
        let codes = |designs: Vec<Design>| -> Vec<String> {
            designs.into_iter().map(|design| design.code).collect()
        };
        let some = codes(designed_from(&things, &settings, 0));
        assert_eq!(some.len(), 10);
        assert!(some.is_sorted());
        assert_eq!(some, codes(designed_from(&things, &settings, 0)));
    }
}
