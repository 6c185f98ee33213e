//! The simulator of a city's sources: devices on real features, cameras, events. An ordinary client of a hub.
//!
//! ```text
//! read city → set up devices and cameras (HTTP) → history (HTTP) → live: values (MQTT), events, cameras (HTTP)
//! ```
//! A city may bring devices and cameras of its own (`things.jsonl`, `cameras.jsonl`); otherwise they are placed on features.
//! What is set up is remembered by code: a second run with the same seed finds its devices and goes on.

mod cameras;
mod client;
mod events;
mod history;
mod kinds;
mod live;
mod model;
mod own;
mod places;
mod replay;
mod setup;

use crate::error::SimulateError;
use crate::hub::BrokerAddress;
use cim_model::TimeSource;
use client::HubClient;
use places::CityPlaces;
use serde_json::Value;
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::watch;

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
    /// Values per second and device.
    pub hz: f64,
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
}

impl SimulateSettings {
    /// The usual settings: 2 000 devices, one value every five seconds each, 200 cameras, an event a minute.
    pub fn new(hub: impl Into<String>, city: impl Into<PathBuf>) -> Self {
        Self {
            hub: hub.into(),
            city: city.into(),
            sensors: 2000,
            cameras: 200,
            hz: 0.2,
            events_per_hour: 60.0,
            seed: 1,
            backfill_hours: 24.0,
            series: None,
            batch: false,
            clips: Vec::new(),
        }
    }

    /// Seconds between two values of a device.
    fn period_s(&self) -> f64 {
        1.0 / self.hz.clamp(0.000_1, 100.0)
    }
}

/// Sets the city's sources up at the hub and lets them live until `stop` is done.
///
/// `live` is called once, with the number of devices, when everything is set up and values begin to flow.
pub async fn simulate(
    settings: SimulateSettings,
    time: Arc<dyn TimeSource>,
    live: impl FnOnce(usize),
    stop: impl Future<Output = ()>,
) -> Result<(), SimulateError> {
    let (stopping, stopped) = watch::channel(false);
    let run = run(settings, time, live, stopped);
    tokio::pin!(run);
    tokio::pin!(stop);
    tokio::select! {
        ended = &mut run => return ended,
        () = &mut stop => {}
    }
    stopping.send_replace(true);
    run.await
}

async fn run(
    settings: SimulateSettings,
    time: Arc<dyn TimeSource>,
    live: impl FnOnce(usize),
    stop: watch::Receiver<bool>,
) -> Result<(), SimulateError> {
    let city = CityPlaces::read(&settings.city)?;
    let hub = HubClient::new(&settings)?;
    let about = hub.get("/api/hub", "questions about itself").await?;
    let url = about
        .get("mqtt")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    let broker = BrokerAddress::parse(&url).ok_or(SimulateError::BrokerUrl { url })?;

    let start = time.now();
    let own = own::read(&settings.city)?;
    let devices = if own.things.is_empty() {
        setup::designed(&settings, &city, start)
    } else {
        setup::designed_from(&own.things, &settings, city.zone_ms())
    };
    let devices = unless(&stop, setup::registered(&hub, &settings, &city, devices)).await?;
    let Some(devices) = devices else {
        return Ok(());
    };
    tracing::info!(devices = devices.len(), "the devices are at the hub");
    let cameras = if own.cameras.is_empty() {
        cameras::designed(&settings, &city, start)
    } else {
        cameras::with_clips(own.cameras, &settings, start)
    };
    if unless(&stop, cameras::register(&hub, &cameras))
        .await?
        .is_none()
    {
        return Ok(());
    }
    if unless(&stop, history::fill(&hub, &settings, &devices, start))
        .await?
        .is_none()
    {
        return Ok(());
    }
    live(devices.len());
    let values = live::publish(
        &settings,
        &devices,
        &broker,
        Arc::clone(&time),
        stop.clone(),
    );
    let happenings = events::happen(&hub, &settings, &city, Arc::clone(&time), stop.clone());
    let outages = cameras::flicker(&hub, &settings, cameras, Arc::clone(&time), stop.clone());
    let (values, (), ()) = tokio::join!(values, happenings, outages);
    values
}

/// Runs `work` unless the simulator is stopped first.
async fn unless<T>(
    stop: &watch::Receiver<bool>,
    work: impl Future<Output = Result<T, SimulateError>>,
) -> Result<Option<T>, SimulateError> {
    let mut stop = stop.clone();
    tokio::select! {
        done = work => done.map(Some),
        _ = stop.wait_for(|stop| *stop) => Ok(None),
    }
}
