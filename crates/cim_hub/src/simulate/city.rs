//! The simulated city without a hub: the same devices and values as [`simulate()`](super::simulate()), for whoever passes time
//! themselves. A week takes as long as its values take to make.
//!
//! Vehicles, people, cameras and events are no part of it.

use super::kinds::sheet;
use super::live::Reporter;
use super::places::CityPlaces;
use super::settings::SimulateSettings;
use super::setup::{self, Design, Device};
use super::{designed, drill_of, drills::Drill, own, reporter_of, roads_of};
use crate::error::SimulateError;
use cim_model::{Limits, Quality, SensorKind, UtcMillis};
use serde_json::Value;

/// Time passes in steps of a period of the devices, within these bounds, seconds.
const STEP_S: [f64; 2] = [1.0, 60.0];

/// A city of simulated devices, each with one series.
pub struct SimulatedCity {
    settings: SimulateSettings,
    start: UtcMillis,
    zone_ms: i64,
    devices: Vec<Device>,
    drill: Option<Drill>,
    told: Vec<SimulatedDevice>,
    parts: usize,
    edges: Vec<(u32, u32)>,
}

/// What a hub would tell of a simulated device and its series.
#[derive(Clone, Debug, PartialEq)]
pub struct SimulatedDevice {
    /// The identity code.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// What it senses.
    pub kind: SensorKind,
    /// Longitude and latitude, degrees; height above ground, metres.
    pub place: [f64; 3],
    /// The street that it stands at.
    pub street: String,
    /// What its series measures.
    pub property: &'static str,
    /// The unit's symbol.
    pub unit: &'static str,
    /// Values that call for a response.
    pub limits: Limits,
    /// The part of the water network that it is on.
    pub part: Option<u32>,
}

/// A value of a simulated device.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SimulatedValue {
    /// Its device, by place in [`SimulatedCity::devices`].
    pub row: u32,
    /// The time that it carries; with faults it may be earlier than when it arrives.
    pub at: UtcMillis,
    /// The value, in the device's unit.
    pub value: f64,
    /// What the device thinks of it.
    pub quality: Quality,
}

/// The values of a city in the order in which they arrive.
pub struct SimulatedFlow<'c> {
    reporter: Reporter<'c>,
    step_ms: i64,
    now: UtcMillis,
}

impl SimulatedCity {
    /// The devices that `settings` ask for, in the city of its folder, at work from `start` on. The hub of the settings is not
    /// asked; a drill begins `drill_after_s` after the start, within the first day.
    pub fn read(settings: SimulateSettings, start: UtcMillis) -> Result<Self, SimulateError> {
        settings.check()?;
        let city = CityPlaces::read(&settings.city)?;
        let own = own::read(&settings.city)?;
        let roads = roads_of(&settings, &city)?;
        let designs = designed(&settings, &city, &own.things, roads.as_deref(), start)?;
        let settings = settings.paced(designs.len());
        let network = designs
            .iter()
            .find_map(|design| design.model.gauge.as_ref())
            .map(|gauge| gauge.network.parts());
        let (parts, edges) = network.unwrap_or_default();
        let mut made = Self {
            start,
            zone_ms: city.zone_ms(),
            devices: Vec::with_capacity(designs.len()),
            drill: None,
            told: Vec::with_capacity(designs.len()),
            parts,
            edges,
            settings,
        };
        for (row, design) in (0_i64..).zip(designs) {
            made.told.push(told(&design));
            made.devices.push(setup::device(row, design, false));
        }
        made.drill = drill_of(&made.settings, &city, &mut made.devices, start)?;
        Ok(made)
    }

    /// The devices.
    pub fn devices(&self) -> &[SimulatedDevice] {
        &self.told
    }

    /// Seconds between two values of a device.
    pub fn period_s(&self) -> f64 {
        self.settings.period_s()
    }

    /// Local time minus UTC, milliseconds: by the sun.
    pub fn zone_ms(&self) -> i64 {
        self.zone_ms
    }

    /// The water network that gauges are on: how many parts it has, and each pair of a part and the one right below it.
    pub fn network(&self) -> (usize, &[(u32, u32)]) {
        (self.parts, &self.edges)
    }

    /// The values from the start on. Every flow of a city brings the same.
    pub fn flow(&self) -> Result<SimulatedFlow<'_>, SimulateError> {
        let [least, most] = STEP_S;
        let step_s = self.settings.period_s().clamp(least, most);
        Ok(SimulatedFlow {
            reporter: reporter_of(&self.settings, &self.devices, self.drill, self.start)?,
            step_ms: (step_s * 1000.0) as i64,
            now: self.start,
        })
    }
}

impl SimulatedFlow<'_> {
    /// Lets a step of time pass, up to `end` at most, and puts what arrives in it into `into` in place of what was there. Returns
    /// the moment reached.
    pub fn step(&mut self, end: UtcMillis, into: &mut Vec<SimulatedValue>) -> UtcMillis {
        self.now = UtcMillis(self.now.0.saturating_add(self.step_ms)).min(end);
        into.clear();
        let arrived = self.reporter.due(self.now).into_iter();
        into.extend(arrived.filter_map(|value| {
            Some(SimulatedValue {
                row: u32::try_from(value.datastream).ok()?,
                at: value.time,
                value: value.sample.value,
                quality: value.sample.quality,
            })
        }));
        self.now
    }
}

fn told(design: &Design) -> SimulatedDevice {
    let sheet = sheet(design.model.quantity);
    let place = &design.place;
    let gauge = design.model.gauge.as_ref();
    SimulatedDevice {
        code: design.code.clone(),
        name: design.name.clone(),
        kind: sheet.kind,
        place: [place.lon, place.lat, place.height_m],
        street: place.street.clone(),
        property: sheet.property,
        unit: sheet.unit.1,
        limits: limits(&setup::limits_of(&design.model)),
        part: gauge.map(|gauge| gauge.network.part_of(gauge.at)),
    }
}

fn limits(said: &Value) -> Limits {
    let limit = |name: &str| said.get(name).and_then(Value::as_f64);
    Limits {
        above_medium: limit("above_medium"),
        above_high: limit("above_high"),
        above_critical: limit("above_critical"),
        below_medium: limit("below_medium"),
        below_high: limit("below_high"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// Monday, 2 March 2026, 8:00 in China.
    const START: UtcMillis = UtcMillis(1_772_409_600_000);

    /// A street of twenty pieces with a water main, and what is measured there in two hours.
    fn two_hours(name: &str, seed: u64) -> (SimulatedCity, Vec<SimulatedValue>) {
        let folder =
            std::env::temp_dir().join(format!("cim-simulated-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let lines: Vec<String> = (0..20)
            .map(|n| {
                serde_json::json!({"id": format!("w{n}"), "class": "road", "kind": "primary", "name": "云湖大道",
                    "lon": 117.2 + 0.001 * f64::from(n), "lat": 34.2})
                .to_string()
            })
            .collect();
        fs::write(folder.join("attributes.jsonl"), lines.join("\n")).expect("a file");
        let settings = SimulateSettings {
            sensors: 40,
            gauges: 9,
            hz: 1.0 / 60.0,
            seed,
            has_network_under_roads: true,
            ..SimulateSettings::new("http://127.0.0.1:1", &folder)
        };
        let city = SimulatedCity::read(settings, START).expect("a city");
        fs::remove_dir_all(&folder).expect("the folder goes");
        let mut values = Vec::new();
        let end = START.plus_seconds(7200.0);
        {
            let mut flow = city.flow().expect("values");
            let mut some = Vec::new();
            while flow.step(end, &mut some) < end {
                values.append(&mut some);
            }
            values.append(&mut some);
        }
        (city, values)
    }

    #[test]
    fn every_device_reports_once_a_period_and_gauges_are_on_the_network() {
        let (city, values) = two_hours("turns", 1);
        assert_eq!(city.devices().len(), 49);
        let most = 49 * 120;
        assert!(values.len() <= most, "{}", values.len());
        // A few are silent for a while.
        assert!(values.len() * 10 > most * 9, "{}", values.len());
        let known = |value: &SimulatedValue| city.devices().get(value.row as usize).is_some();
        assert!(values.iter().all(known));
        assert!(values.iter().all(|value| value.at >= START));
        let (parts, edges) = city.network();
        let on_network: Vec<u32> = city
            .devices()
            .iter()
            .filter_map(|device| device.part)
            .collect();
        assert_eq!(on_network.len(), 9);
        assert!(on_network.iter().all(|part| (*part as usize) < parts));
        assert!(!edges.is_empty());
    }

    #[test]
    fn the_same_seed_brings_the_same_values_and_another_others() {
        let (_, values) = two_hours("first", 3);
        assert_eq!(values, two_hours("second", 3).1);
        assert_ne!(values, two_hours("other", 4).1);
    }

    #[test]
    fn limits_are_read_as_the_hub_tells_them() {
        let said = serde_json::json!({"above_high": 25, "below_medium": 0.25});
        let expected = Limits {
            above_high: Some(25.0),
            below_medium: Some(0.25),
            ..Limits::default()
        };
        assert_eq!(limits(&said), expected);
    }
}
