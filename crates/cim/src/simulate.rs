//! `cim simulate`: a city's worth of sources as ordinary clients of a hub.

use crate::{
    Failure,
    host::{MachineClock, asked_to_stop, print, runtime},
};
use cim_hub::SimulateSettings;
use cim_sync::access::Access;
use clap::Args;
use serde_json::json;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// A file of a token is no longer than this, bytes.
const TOKEN_MAX_BYTES: u64 = 64 * 1024;
/// The word that stands for a network under the roads.
const UNDER_ROADS: &str = "roads";
/// The word that asks which drills there are.
const LIST: &str = "list";

/// Publish a city's worth of sensors, vehicles, cameras and events to a hub.
#[derive(Debug, Args)]
pub(crate) struct SimulateCommand {
    /// Address of the hub.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8090")]
    hub: String,
    /// The city folder on whose features the sources are placed.
    #[arg(long, value_name = "DIR", required_unless_present = "drill")]
    city: Option<PathBuf>,
    /// How many sensors.
    #[arg(long, default_value_t = 2_000)]
    sensors: usize,
    /// How many cameras.
    #[arg(long, default_value_t = 200)]
    cameras: usize,
    /// Troubles and repairs per camera and hour, 0 to 60: off, silent, moved, a bad picture.
    #[arg(long, value_name = "RATE", default_value_t = 0.25)]
    camera_faults: f64,
    /// How often each sensor reports, per second; all together at most 20 000 per second.
    #[arg(long, default_value_t = 0.2)]
    hz: f64,
    /// How many values all sensors together report per second, 0.0001 to 20 000.
    #[arg(long, value_name = "PER_S", conflicts_with = "hz")]
    rate: Option<f64>,
    /// Events per hour.
    #[arg(long, default_value_t = 60.0)]
    events_per_hour: f64,
    /// The same seed gives the same city.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// History to begin with, hours.
    #[arg(long, default_value_t = 24.0)]
    backfill_hours: f64,
    /// Folder of real series to replay on some sensors.
    #[arg(long, value_name = "DIR")]
    series: Option<PathBuf>,
    /// Clips that the hub serves, for the cameras; repeatable.
    #[arg(long = "clip", value_name = "PATH")]
    clips: Vec<String>,
    /// Send many observations in one message.
    #[arg(long)]
    batch: bool,
    /// Weather stations: rain, wind, temperature.
    #[arg(long, value_name = "N", default_value_t = 0)]
    weather_stations: usize,
    /// Vehicles on the roads: muck trucks, buses, patrols; and a grid worker on foot for every ten of them.
    #[arg(long, value_name = "N", default_value_t = 0)]
    vehicles: usize,
    /// Seconds between two reports of a vehicle.
    #[arg(long, value_name = "S", default_value_t = 5.0)]
    vehicle_seconds: f64,
    /// Lines of roads, GeoJSON; otherwise the city's roads.geojson, or straight lines between the places of its roads.
    #[arg(long, value_name = "FILE")]
    roads: Option<PathBuf>,
    /// A water network: an EPANET input file, or the word "roads" for one under the roads.
    #[arg(long, value_name = "FILE")]
    network: Option<PathBuf>,
    /// Gauges on the water network.
    #[arg(long, value_name = "N", default_value_t = 40)]
    gauges: usize,
    /// Faults per sensor and hour, 0 to 1: stuck, drift, spikes, silence, late, clock skew, duplicates, order, units.
    #[arg(long, value_name = "RATE", default_value_t = 0.0)]
    faults: f64,
    /// File for the truth about the faults, JSON lines.
    #[arg(long, value_name = "FILE", requires = "faults")]
    truth: Option<PathBuf>,
    /// Carry out a drill; "list" says which there are.
    #[arg(long, value_name = "NAME")]
    drill: Option<String>,
    /// Seconds from the first live value to the drill.
    #[arg(long, value_name = "S", default_value_t = 30.0)]
    drill_after: f64,
    /// A kind of sensor whose values arrive minutes late, for instance traffic; repeatable.
    #[arg(long, value_name = "KIND")]
    late: Vec<String>,
    /// A kind of sensor that reports nothing, for instance gas; repeatable.
    #[arg(long, value_name = "KIND")]
    dead: Vec<String>,
    /// File with the token for the hub and its broker.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Authority of the hub's certificate, PEM.
    #[arg(long, value_name = "FILE")]
    authority: Option<PathBuf>,
    /// Allow a hub on another machine without TLS; only for closed networks.
    #[arg(long)]
    plain_text: bool,
}

impl SimulateCommand {
    pub(crate) fn run(self) -> Result<bool, Failure> {
        if self.drill.as_deref() == Some(LIST) {
            for (name, says) in SimulateSettings::drills() {
                print(&format!("{name}  {says}"));
            }
            return Ok(true);
        }
        let settings = self.settings()?;
        runtime()?.block_on(async {
            let ready =
                |sensors: usize| print(&json!({"ready": true, "sensors": sensors}).to_string());
            let work = cim_hub::simulate(settings, Arc::new(MachineClock), ready, asked_to_stop());
            Box::pin(work).await?;
            Ok(true)
        })
    }

    fn settings(self) -> Result<SimulateSettings, Failure> {
        let city = self.city.ok_or("--city DIR is missing")?;
        let is_under_roads = self.network.as_deref() == Some(Path::new(UNDER_ROADS));
        let access = Access {
            token: self.token_file.as_deref().map(token_in).transpose()?,
            authority: self.authority,
            plain_ok: self.plain_text,
            ..Access::default()
        };
        Ok(SimulateSettings {
            sensors: self.sensors,
            cameras: self.cameras,
            camera_faults: self.camera_faults,
            hz: self.hz,
            rate: self.rate,
            events_per_hour: self.events_per_hour,
            seed: self.seed,
            backfill_hours: self.backfill_hours,
            series: self.series,
            clips: self.clips,
            batch: self.batch,
            weather_stations: self.weather_stations,
            vehicles: self.vehicles,
            vehicle_period_s: self.vehicle_seconds,
            roads: self.roads,
            network: self.network.filter(|_| !is_under_roads),
            has_network_under_roads: is_under_roads,
            gauges: self.gauges,
            faults: self.faults,
            truth: self.truth,
            drill: self.drill,
            drill_after_s: self.drill_after,
            late: self.late,
            dead: self.dead,
            access,
            ..SimulateSettings::new(self.hub, city)
        })
    }
}

/// The token in a file, without the white space around it.
fn token_in(path: &Path) -> Result<String, Failure> {
    let failed =
        |reason: String| format!("the token cannot be read ({reason}): {}", path.display());
    let size = std::fs::metadata(path)
        .map_err(|err| failed(err.to_string()))?
        .len();
    if size > TOKEN_MAX_BYTES {
        return Err(failed(format!("{size} bytes are too many")).into());
    }
    let text = std::fs::read_to_string(path).map_err(|err| failed(err.to_string()))?;
    let token = text.trim();
    if token.is_empty() || token.chars().any(char::is_whitespace) {
        return Err(failed("there is no single word in it".to_owned()).into());
    }
    Ok(token.to_owned())
}
