//! `cim hub` and `cim simulate`: a city hub on this machine, and a city's worth of sources for it.

use crate::{
    Failure,
    host::{MachineClock, asked_to_stop, print, runtime},
};
use cim_hub::{Hub, HubSettings, Mqtt, SimulateSettings};
use clap::Args;
use serde_json::json;
use std::{net::SocketAddr, path::PathBuf, sync::Arc};

/// Serve a city hub on this machine.
#[derive(Debug, Args)]
pub(crate) struct HubCommand {
    /// The city folder to serve under /city/.
    #[arg(long, value_name = "DIR")]
    city: Option<PathBuf>,
    /// Folder of the hub's database.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Address for HTTP; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8090")]
    http: SocketAddr,
    /// Port of the built-in MQTT broker; 0 takes a free one.
    #[arg(long, value_name = "PORT", default_value_t = 1884)]
    mqtt_port: u16,
    /// Use this MQTT broker instead of the built-in one, for instance mqtt://127.0.0.1:1883.
    #[arg(long, value_name = "URL", conflicts_with = "mqtt_port")]
    mqtt: Option<String>,
    /// Folder of clips to serve under /clips/.
    #[arg(long, value_name = "DIR")]
    clips: Option<PathBuf>,
    /// What the hub is called.
    #[arg(long, default_value = "城市中枢")]
    name: String,
}

impl HubCommand {
    pub(crate) fn run(self) -> Result<bool, Failure> {
        runtime()?.block_on(async {
            let mqtt = match self.mqtt {
                Some(url) => Mqtt::Outside(url),
                None => Mqtt::BuiltIn(SocketAddr::new(self.http.ip(), self.mqtt_port)),
            };
            let settings = HubSettings {
                http: self.http,
                mqtt,
                city: self.city,
                clips: self.clips,
                name: self.name,
                ..HubSettings::new(self.data)
            };
            let hub = Hub::start(settings, Arc::new(MachineClock)).await?;
            let ready = json!({"ready": true, "http": hub.http_address, "mqtt": hub.mqtt_address});
            print(&ready.to_string());
            asked_to_stop().await;
            hub.stop().await;
            Ok(true)
        })
    }
}

/// Publish a city's worth of sensors, cameras and events to a hub.
#[derive(Debug, Args)]
pub(crate) struct SimulateCommand {
    /// Address of the hub.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8090")]
    hub: String,
    /// The city folder on whose features the sources are placed.
    #[arg(long, value_name = "DIR")]
    city: PathBuf,
    /// How many sensors.
    #[arg(long, default_value_t = 2_000)]
    sensors: usize,
    /// How many cameras.
    #[arg(long, default_value_t = 200)]
    cameras: usize,
    /// How often each sensor reports, per second.
    #[arg(long, default_value_t = 0.2)]
    hz: f64,
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
}

impl SimulateCommand {
    pub(crate) fn run(self) -> Result<bool, Failure> {
        let settings = SimulateSettings {
            sensors: self.sensors,
            cameras: self.cameras,
            hz: self.hz,
            events_per_hour: self.events_per_hour,
            seed: self.seed,
            backfill_hours: self.backfill_hours,
            series: self.series,
            clips: self.clips,
            batch: self.batch,
            ..SimulateSettings::new(self.hub, self.city)
        };
        runtime()?.block_on(async {
            let ready =
                |sensors: usize| print(&json!({"ready": true, "sensors": sensors}).to_string());
            cim_hub::simulate(settings, Arc::new(MachineClock), ready, asked_to_stop()).await?;
            Ok(true)
        })
    }
}
