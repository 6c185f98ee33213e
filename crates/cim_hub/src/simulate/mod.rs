//! The simulator of a city's sources: devices on real features, vehicles, people on foot, a water network, cameras, events,
//! faults and drills. An ordinary client of a hub.
//!
//! ```text
//! read city → set up devices and cameras (HTTP) → history (HTTP) → live: values (MQTT), events, positions, cameras (HTTP)
//! ```
//! A city may bring devices and cameras of its own (`things.jsonl`, `cameras.jsonl`); otherwise they are placed on features.
//! What is set up is remembered by code: a second run with the same seed finds its devices and goes on.
//! Values are functions of seed and moment; vehicles drive in steps of a second from the start. [`SimulatedCity`] gives the same
//! devices and values without a hub, as fast as they can be made.

mod ailing;
mod cameras;
mod city;
mod client;
mod drills;
mod driving;
mod events;
mod faults;
mod history;
mod kinds;
mod live;
mod model;
mod network;
mod own;
mod places;
mod plane;
mod replay;
mod roads;
mod sender;
mod settings;
mod setup;
mod vehicles;
mod weather;

pub use city::{SimulatedCity, SimulatedDevice, SimulatedFlow, SimulatedValue};
pub(crate) use model::{mix, unit};
pub(crate) use places::hash_of;
pub use settings::SimulateSettings;

use crate::error::SimulateError;
use crate::hub::BrokerAddress;
use cim_model::{TimeSource, UtcMillis};
use client::HubClient;
use drills::Drill;
use driving::Known;
use faults::{FaultPlan, Truth};
use live::{Reporter, Turns};
use network::{GaugeAt, WaterNetwork};
use places::CityPlaces;
use roads::RoadGraph;
use serde_json::Value;
use setup::{Design, Device};
use std::future::Future;
use std::sync::Arc;
use tokio::sync::watch;
use vehicles::{Fleet, people_for};
use weather::Weather;

/// Sets the city's sources up at the hub and lets them live until `stop` is done.
///
/// `live` is called once, with the number of devices, when everything is set up and values begin to flow.
pub async fn simulate(
    settings: SimulateSettings,
    time: Arc<dyn TimeSource>,
    live: impl FnOnce(usize),
    stop: impl Future<Output = ()>,
) -> Result<(), SimulateError> {
    // Whoever was first has installed the same.
    let _already_set = rustls::crypto::ring::default_provider().install_default();
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
    settings.check()?;
    let city = CityPlaces::read(&settings.city)?;
    let hub = HubClient::new(&settings)?;
    let about = hub.get("/api/hub", "questions about itself").await?;
    let broker = broker_of(&about, &settings)?;

    let start = time.now();
    let own = own::read(&settings.city)?;
    let roads = roads_of(&settings, &city)?;
    let designs = designed(&settings, &city, &own.things, roads.as_deref(), start)?;
    let settings = settings.paced(designs.len());
    let fleet = fleet_of(&settings, &city, roads, start);
    let setting_up = set_up(&hub, &settings, &city, designs, fleet.as_ref());
    let Some((mut devices, vehicles)) = unless(&stop, setting_up).await? else {
        return Ok(());
    };
    tracing::info!(devices = devices.len(), "the devices are at the hub");
    let cameras = if own.cameras.is_empty() {
        cameras::designed(&settings, &city, start)
    } else {
        cameras::with_clips(own.cameras, &settings, start)
    };
    let past = async {
        cameras::register(&hub, &cameras).await?;
        history::fill(&hub, &settings, &devices, start).await
    };
    if unless(&stop, past).await?.is_none() {
        return Ok(());
    }
    let drill = drill_of(&settings, &city, &mut devices, time.now())?;
    let reporter = reporter_of(&settings, &devices, drill, time.now())?;
    let client_id = format!("cim-simulate-{}-{}", settings.seed, start.0);
    let (client, events) = sender::connect(&broker, &client_id)?;
    live(devices.len());
    let clock = || Arc::clone(&time);
    let connected = sender::keep_connected(events, stop.clone());
    let values = live::publish(reporter, settings.batch, &client, clock(), stop.clone());
    let stage = events::Stage::new(&settings, &city, &cameras);
    let happenings = events::happen(&hub, &settings, &stage, clock(), stop.clone());
    let outages = ailing::live(&hub, &settings, cameras, clock(), stop.clone());
    let exercise = drills::carry_out(&hub, drill, clock(), stop.clone());
    let driving = async {
        if let Some(fleet) = fleet {
            let moving = (fleet, vehicles);
            driving::drive(&hub, &settings, moving, &client, clock(), stop.clone()).await;
        }
    };
    tokio::join!(connected, values, happenings, outages, exercise, driving);
    Ok(())
}

/// The broker that the hub names, and as whom the simulator comes to it.
fn broker_of(about: &Value, settings: &SimulateSettings) -> Result<BrokerAddress, SimulateError> {
    let url = about
        .get("mqtt")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    let access = &settings.access;
    let Some(mut broker) = BrokerAddress::parse(&url) else {
        return Err(SimulateError::BrokerUrl { url });
    };
    if !broker.is_protected() && !access.plain_ok {
        return Err(SimulateError::BrokerBroke {
            reason: "it is on another machine and not encrypted".to_owned(),
            url: broker.url(),
        });
    }
    broker.authority.clone_from(&access.authority);
    if let (None, Some(token)) = (&broker.credentials, &access.token) {
        broker.credentials = Some(("simulate".to_owned(), token.clone()));
    }
    Ok(broker)
}

/// The roads, when something needs them.
fn roads_of(
    settings: &SimulateSettings,
    city: &CityPlaces,
) -> Result<Option<Arc<RoadGraph>>, SimulateError> {
    let has_file = settings.network.is_some();
    if settings.vehicles == 0 && (has_file || !settings.has_network_under_roads) {
        return Ok(None);
    }
    let plane = city.plane();
    let brought = settings.city.join("roads.geojson");
    let file = match &settings.roads {
        Some(path) => Some(path),
        None => brought.exists().then_some(&brought),
    };
    let graph = match file {
        Some(path) => Some(RoadGraph::read(path, plane)?),
        None => RoadGraph::from_pieces(city.motor_roads(), plane),
    };
    let graph = graph.ok_or_else(|| SimulateError::Setting {
        name: "roads",
        reason: "the city has no connected roads; give a file of road lines".to_owned(),
    })?;
    Ok(Some(Arc::new(graph)))
}

fn designed(
    settings: &SimulateSettings,
    city: &CityPlaces,
    own: &[own::OwnThing],
    roads: Option<&RoadGraph>,
    start: UtcMillis,
) -> Result<Vec<Design>, SimulateError> {
    let mut designs = if own.is_empty() {
        setup::designed(settings, city, start)
    } else {
        setup::designed_from(own, settings, city.zone_ms())
    };
    designs.extend(setup::weather_stations(settings, city));
    let network = match (&settings.network, roads) {
        (Some(path), _) => Some(WaterNetwork::read(path, city.extent(), city.zone_ms())?),
        (None, Some(roads)) if settings.has_network_under_roads => {
            Some(WaterNetwork::from_roads(roads, city.zone_ms()))
        }
        _ => None,
    };
    if let Some(network) = network {
        designs.extend(setup::gauges(&Arc::new(network), settings, city));
    }
    setup::under(weather_of(settings, city), &mut designs);
    Ok(designs)
}

fn weather_of(settings: &SimulateSettings, city: &CityPlaces) -> Weather {
    Weather::new(settings.seed, city.plane(), city.zone_ms())
}

fn fleet_of(
    settings: &SimulateSettings,
    city: &CityPlaces,
    roads: Option<Arc<RoadGraph>>,
    start: UtcMillis,
) -> Option<Fleet> {
    let roads = roads.filter(|_| settings.vehicles > 0)?;
    let [lon, lat] = roads.plane.degrees(*roads.nodes.first()?);
    let air = weather_of(settings, city).at(lon, lat);
    let (vehicles, seed) = (settings.vehicles, settings.seed);
    let fleet = Fleet::new(roads, vehicles, seed, start, Some(air));
    Some(fleet.with_people(people_for(vehicles), seed))
}

async fn set_up(
    hub: &HubClient,
    settings: &SimulateSettings,
    city: &CityPlaces,
    designs: Vec<Design>,
    fleet: Option<&Fleet>,
) -> Result<(Vec<Device>, Vec<Known>), SimulateError> {
    let devices = setup::registered(hub, settings, city, designs).await?;
    let vehicles = match fleet {
        Some(fleet) => driving::registered(hub, settings, &city.name_en, fleet).await?,
        None => Vec::new(),
    };
    Ok((devices, vehicles))
}

/// The drill of the settings at its place; a burst main changes the network of all its gauges.
fn drill_of(
    settings: &SimulateSettings,
    city: &CityPlaces,
    devices: &mut [Device],
    now: UtcMillis,
) -> Result<Option<Drill>, SimulateError> {
    let Some(name) = &settings.drill else {
        return Ok(None);
    };
    let starts = now.plus_seconds(settings.drill_after_s.clamp(0.0, 86_400.0));
    let plane = city.plane();
    let drill = Drill::named(name, devices, plane, starts, settings.seed)?;
    let Some((begins, isolated)) = drill.burst() else {
        return Ok(Some(drill));
    };
    let at_centre = |device: &Device| {
        let at = plane.metres(device.place[0], device.place[1]);
        plane::distance(at, drill.centre()) < 0.01
    };
    let burst = devices
        .iter()
        .filter(|device| at_centre(device))
        .find_map(|device| {
            let gauge = device.model.gauge.as_ref()?;
            match gauge.at {
                GaugeAt::Node(node) => Some((Arc::clone(&gauge.network), node)),
                GaugeAt::Link(_) => None,
            }
        });
    if let Some((network, node)) = burst {
        let network = Arc::new(network.as_ref().clone().bursting(node, begins, isolated));
        for device in devices {
            if let Some(gauge) = device.model.gauge.as_mut() {
                gauge.network = Arc::clone(&network);
            }
        }
    }
    Ok(Some(drill))
}

fn reporter_of<'d>(
    settings: &SimulateSettings,
    devices: &'d [Device],
    drill: Option<Drill>,
    start: UtcMillis,
) -> Result<Reporter<'d>, SimulateError> {
    let turns = Turns {
        start,
        period_ms: settings.period_s() * 1000.0,
        devices: devices.len() as u64,
    };
    let mut reporter = Reporter::new(devices, turns);
    reporter.faults = (settings.faults > 0.0).then_some(FaultPlan {
        rate: settings.faults,
        seed: settings.seed,
    });
    reporter.truth = settings.truth.as_deref().map(Truth::create).transpose()?;
    reporter.drill = drill;
    reporter.late = settings::kinds("late", &settings.late)?;
    reporter.dead = settings::kinds("dead", &settings.dead)?;
    Ok(reporter)
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
