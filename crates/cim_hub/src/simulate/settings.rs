//! What the simulator needs to know.

use super::drills;
use super::live::{LEAST_PER_S, MOST_PER_S};
use crate::error::SimulateError;
use cim_model::SensorKind;
use cim_sync::access::Access;
use std::path::PathBuf;

/// What the simulator needs to know.
#[derive(Clone, Debug)]
pub struct SimulateSettings {
    /// The hub: `http://127.0.0.1:8090`.
    pub hub: String,
    /// The city's folder, with `attributes.jsonl` and `catalogue.json`.
    pub city: PathBuf,
    /// How many devices. A city with devices of its own (`things.jsonl`) has these, at most so many of them.
    pub sensors: usize,
    /// How many cameras. A city with cameras of its own (`cameras.jsonl`) has them all, unless none are asked for.
    pub cameras: usize,
    /// Troubles and repairs of cameras per camera and hour, 0 to 60: off, silent, moved, a bad picture. With 0 a few of them only go
    /// off and on.
    pub camera_faults: f64,
    /// Values per second and device. All devices together send at most 20 000 per second.
    pub hz: f64,
    /// Values per second of all devices together, instead of `hz`: 0.0001 to 20 000.
    pub rate: Option<f64>,
    /// Events per hour.
    pub events_per_hour: f64,
    /// The same seed gives the same devices, values and cameras.
    pub seed: u64,
    /// Hours of history that are filled in at the start.
    pub backfill_hours: f64,
    /// The folder of real series that some devices replay.
    pub series: Option<PathBuf>,
    /// Sends many values in one message instead of one each.
    pub batch: bool,
    /// Paths of clips at the hub (`/clips/x.webm`) that cameras show.
    pub clips: Vec<String>,
    /// Weather stations, of three devices each.
    pub weather_stations: usize,
    /// Vehicles on the road graph, at most 5 000; for every ten of them a grid worker walks there.
    pub vehicles: usize,
    /// Seconds between two reports of a vehicle or a person, at least 1.
    pub vehicle_period_s: f64,
    /// Lines of roads (GeoJSON). Otherwise `roads.geojson` in the city's folder, or straight lines between the places of its roads.
    pub roads: Option<PathBuf>,
    /// A water network (EPANET input file) whose gauges report.
    pub network: Option<PathBuf>,
    /// A water network under the roads, when no file is given.
    pub has_network_under_roads: bool,
    /// Gauges on the water network.
    pub gauges: usize,
    /// Faults per device and hour, 0 to 1. Beyond 0, devices have no faults but these.
    pub faults: f64,
    /// Where the truth about faults is written, as JSON lines.
    pub truth: Option<PathBuf>,
    /// The drill to carry out, one of [`SimulateSettings::drills`].
    pub drill: Option<String>,
    /// Seconds from the first live value to the drill.
    pub drill_after_s: f64,
    /// Kinds of devices whose values arrive minutes late: `gas`, `traffic` …
    pub late: Vec<String>,
    /// Kinds of devices that report nothing.
    pub dead: Vec<String>,
    /// Who the simulator is, and whom it believes. It shows no certificate of its own.
    pub access: Access,
}

impl SimulateSettings {
    /// The usual settings: 2 000 devices, one value every five seconds each, 200 cameras, an event a minute; no vehicles, no
    /// network, no faults beyond the devices' own, no drill.
    pub fn new(hub: impl Into<String>, city: impl Into<PathBuf>) -> Self {
        Self {
            hub: hub.into(),
            city: city.into(),
            sensors: 2000,
            cameras: 200,
            camera_faults: 0.25,
            hz: 0.2,
            rate: None,
            events_per_hour: 60.0,
            seed: 1,
            backfill_hours: 24.0,
            series: None,
            batch: false,
            clips: Vec::new(),
            weather_stations: 0,
            vehicles: 0,
            vehicle_period_s: 5.0,
            roads: None,
            network: None,
            has_network_under_roads: false,
            gauges: 40,
            faults: 0.0,
            truth: None,
            drill: None,
            drill_after_s: 30.0,
            late: Vec::new(),
            dead: Vec::new(),
            access: Access::default(),
        }
    }

    /// The drills that there are, with a sentence each.
    pub fn drills() -> &'static [(&'static str, &'static str)] {
        &drills::NAMES
    }

    /// The same with every number within its bounds, for so many devices.
    pub(crate) fn paced(mut self, devices: usize) -> Self {
        let devices = devices.max(1) as f64;
        self.vehicle_period_s = self.vehicle_period_s.clamp(1.0, 3600.0);
        let movers = self.vehicles + super::vehicles::people_for(self.vehicles);
        let by_vehicles = 3.0 * movers as f64 / self.vehicle_period_s;
        let most = (MOST_PER_S - by_vehicles).max(1.0);
        let wanted = self.rate.unwrap_or(self.hz * devices);
        if wanted > most {
            tracing::warn!(
                wanted,
                most,
                "fewer values per second are sent than asked for"
            );
        }
        self.hz = wanted.clamp(LEAST_PER_S, most) / devices;
        self
    }

    /// Seconds between two values of a device.
    pub(crate) fn period_s(&self) -> f64 {
        1.0 / self.hz.clamp(1e-9, MOST_PER_S)
    }

    /// Whether the settings make sense by themselves.
    pub(crate) fn check(&self) -> Result<(), SimulateError> {
        let wrong = |name: &'static str, reason: &str| {
            Err(SimulateError::Setting {
                name,
                reason: reason.to_owned(),
            })
        };
        if !(0.0..=1.0).contains(&self.faults) {
            return wrong(
                "faults",
                "it is a number of faults per device and hour, 0 to 1",
            );
        }
        if !(0.0..=60.0).contains(&self.camera_faults) {
            return wrong(
                "camera_faults",
                "it is a number of changes per camera and hour, 0 to 60",
            );
        }
        if self.truth.is_some() && self.faults <= 0.0 {
            return wrong("truth", "there is only something to tell with faults");
        }
        if self.vehicles > super::vehicles::MOST_VEHICLES {
            return wrong(
                "vehicles",
                "one process drives at most 5000; start another with another seed",
            );
        }
        if !self.hz.is_finite() || self.rate.is_some_and(|rate| !rate.is_finite()) {
            return wrong("hz", "it is no number");
        }
        kinds("late", &self.late)?;
        kinds("dead", &self.dead).map(|_kinds| ())
    }
}

/// Kinds of devices by their words.
pub(crate) fn kinds(
    name: &'static str,
    words: &[String],
) -> Result<Vec<SensorKind>, SimulateError> {
    let kind = |word: &String| {
        let kind = SensorKind::from_word(word);
        if kind.as_str() == word {
            return Ok(kind);
        }
        Err(SimulateError::Setting {
            name,
            reason: format!(
                "{word} is no kind of device; there are: traffic, air, water_level, noise, parking, gas, manhole, structural, other"
            ),
        })
    };
    words.iter().map(kind).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> SimulateSettings {
        SimulateSettings::new("http://127.0.0.1:1", "/nowhere")
    }

    #[test]
    fn the_pace_is_that_of_each_device_or_of_all_together_and_has_bounds() {
        let period =
            |settings: SimulateSettings, devices: usize| settings.paced(devices).period_s();
        assert!((period(settings(), 2000) - 5.0).abs() < 1e-9);
        let together = |rate: f64| SimulateSettings {
            rate: Some(rate),
            ..settings()
        };
        assert!((period(together(100.0), 2000) - 20.0).abs() < 1e-9);
        assert!((period(together(1e9), 2000) - 0.1).abs() < 1e-9);
        assert!((period(together(0.0), 10) - 100_000.0).abs() < 1e-3);
    }

    #[test]
    fn settings_that_make_no_sense_are_refused_by_name() {
        settings().check().expect("the usual ones");
        let mut wrong = settings();
        wrong.dead = vec!["gass".to_owned()];
        let text = wrong.check().expect_err("no kind").to_string();
        assert!(
            text.contains("dead") && text.contains("gass") && text.contains("manhole"),
            "{text}"
        );
        let mut wrong = settings();
        wrong.faults = 3.0;
        assert!(wrong.check().is_err());
        let mut wrong = settings();
        wrong.camera_faults = f64::NAN;
        assert!(wrong.check().is_err());
        let mut wrong = settings();
        wrong.truth = Some(PathBuf::from("truth.jsonl"));
        assert!(wrong.check().is_err());
    }
}
