//! The hub as a whole: its settings, its start, its tasks and its end.
//!
//! ```text
//! start: folder → database → broker → entities → MQTT client → HTTP     stop: HTTP → MQTT client → queue → broker → database
//! ```

mod broker;
mod catalogue;
mod doors;
mod messages;
mod store;

pub(crate) use messages::{BrokerAddress, Outbox, connection};
pub(crate) use store::Store;

use crate::error::HubError;
use crate::files::at_once;
use crate::sensorthings::{Service, SetName};
use broker::BuiltInBroker;
use cim_model::{TimeSource, UtcMillis};
use messages::Counts;
use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Where the hub listens for HTTP unless told otherwise.
pub const DEFAULT_HTTP_PORT: u16 = 8090;
/// Where the built-in broker listens unless told otherwise; 1883 stays free for a broker of the system.
pub const DEFAULT_MQTT_PORT: u16 = 1884;

/// How long open requests may take when the hub stops.
const STOP_PATIENCE: Duration = Duration::from_secs(3);
/// How often old observations are forgotten and thinned.
const TIDYING: Duration = Duration::from_mins(10);
/// Observations of the last hour stay as they came; older minutes keep their lowest, highest and last value.
const RAW: Duration = Duration::from_hours(1);

/// What a hub needs to know.
#[derive(Clone, Debug)]
pub struct HubSettings {
    /// What the hub calls itself.
    pub name: String,
    /// Where HTTP listens; port 0 takes a free one.
    pub http: SocketAddr,
    /// Which MQTT broker it works with.
    pub mqtt: Mqtt,
    /// Where its database lies; made when it is not there.
    pub data_folder: PathBuf,
    /// The city's folder, served under `/city/`.
    pub city: Option<PathBuf>,
    /// The folder of clips, served under `/clips/`.
    pub clips: Option<PathBuf>,
    /// How long observations and closed events are kept.
    pub retention: Duration,
    /// Allows addresses that other machines can reach. There is no login: only for networks that are closed.
    pub open_to_others: bool,
}

impl HubSettings {
    /// The usual settings, with the database in `data_folder`.
    pub fn new(data_folder: impl Into<PathBuf>) -> Self {
        let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
        Self {
            name: "CityMirror".to_owned(),
            http: SocketAddr::new(loopback, DEFAULT_HTTP_PORT),
            mqtt: Mqtt::BuiltIn(SocketAddr::new(loopback, DEFAULT_MQTT_PORT)),
            data_folder: data_folder.into(),
            city: None,
            clips: None,
            retention: Duration::from_hours(26),
            open_to_others: false,
        }
    }
}

/// Which MQTT broker a hub works with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mqtt {
    /// One inside the hub, listening here; port 0 takes a free one.
    BuiltIn(SocketAddr),
    /// One that is already there: `mqtt://host:port`.
    Outside(String),
}

/// What the doors share.
pub(crate) struct HubState {
    pub(crate) name: String,
    /// The city's name in Chinese and in English.
    pub(crate) city_name: (String, String),
    pub(crate) mqtt_url: String,
    pub(crate) own_base: String,
    pub(crate) service: Arc<Service>,
    pub(crate) store: Store,
    pub(crate) outbox: Arc<Outbox>,
    pub(crate) counts: Arc<Counts>,
    /// When the hub last came to know of an event; whoever holds it is the one who takes events.
    pub(crate) last_event: tokio::sync::Mutex<UtcMillis>,
}

/// A running hub. Dropping it ends it roughly; [`Hub::stop`] ends it in order.
pub struct Hub {
    /// `http://host:port`.
    pub http_address: String,
    /// `mqtt://host:port`.
    pub mqtt_address: String,
    stop: watch::Sender<bool>,
    http: JoinHandle<()>,
    tasks: Vec<JoinHandle<()>>,
    broker: Option<BuiltInBroker>,
    store: Store,
}

impl Hub {
    /// Starts a hub; when this returns, every door is open.
    #[expect(
        clippy::too_many_lines,
        reason = "the order in which doors open is the point"
    )]
    pub async fn start(settings: HubSettings, time: Arc<dyn TimeSource>) -> Result<Self, HubError> {
        stays_here("HTTP", settings.http, &settings)?;
        let listener = tokio::net::TcpListener::bind(settings.http)
            .await
            .map_err(|err| HubError::Address {
                door: "HTTP",
                reason: err.to_string(),
                address: settings.http,
            })?;
        let address = listener.local_addr().unwrap_or(settings.http);
        let own_base = format!("http://{}", reachable(address));
        let store = Store::open(&settings.data_folder).await?;
        let (broker, broker_address) = start_broker(&settings)?;

        let counts = Arc::new(Counts::default());
        let client_id = format!("cim-hub-{}-{}", address.port(), time.now().0);
        let (outbox, events) = messages::client(&broker_address, &client_id, Arc::clone(&counts))?;
        let service = Service::open(
            store.clone(),
            Arc::clone(&outbox),
            format!("{own_base}/v1.1"),
            Arc::clone(&time),
        )
        .await?;
        let service = Arc::new(service);

        let (stop, stopped) = watch::channel(false);
        let (first, first_answer) = watch::channel(Ok(false));
        let (queue, queued) = messages::store_queue();
        let listening = messages::listen(
            events,
            Arc::clone(&outbox),
            Arc::clone(&service),
            queue,
            first,
            stopped.clone(),
        );
        let storing =
            messages::store_batches(queued, store.clone(), Arc::clone(&counts), stopped.clone());
        let tidying = tidy(
            Arc::clone(&service),
            store.clone(),
            settings.retention,
            stopped.clone(),
        );
        let tasks = vec![
            tokio::spawn(listening),
            tokio::spawn(storing),
            tokio::spawn(tidying),
        ];
        let mqtt_address = broker_address.url();
        if let Err(error) = answered(first_answer, &mqtt_address).await {
            stop.send_replace(true);
            if let Some(broker) = broker {
                broker.stop().await;
            }
            return Err(error);
        }

        let state = Arc::new(HubState {
            name: settings.name.clone(),
            city_name: city_name(&settings),
            mqtt_url: mqtt_address.clone(),
            own_base: own_base.clone(),
            service,
            last_event: tokio::sync::Mutex::new(store.newest_event().await?),
            store: store.clone(),
            outbox,
            counts,
        });
        let router = doors::doors(state, settings.city.as_deref(), settings.clips.as_deref());
        let mut http_stop = stopped;
        let http = tokio::spawn(async move {
            let until = async move {
                let _closed = http_stop.wait_for(|stop| *stop).await;
            };
            if let Err(err) = axum::serve(at_once(listener), router)
                .with_graceful_shutdown(until)
                .await
            {
                tracing::error!(error = %err, "the HTTP door closed");
            }
        });
        tracing::info!(http = own_base, mqtt = mqtt_address, "the hub is open");
        Ok(Self {
            http_address: own_base,
            mqtt_address,
            stop,
            http,
            tasks,
            broker,
            store,
        })
    }

    /// Closes the doors, stores what has arrived, and ends.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        let mut http = self.http;
        if tokio::time::timeout(STOP_PATIENCE, &mut http)
            .await
            .is_err()
        {
            http.abort();
        }
        for mut task in self.tasks {
            if tokio::time::timeout(STOP_PATIENCE, &mut task)
                .await
                .is_err()
            {
                task.abort();
            }
        }
        if let Some(broker) = self.broker {
            broker.stop().await;
        }
        self.store.close().await;
    }
}

/// Runs a hub until `stop` is done.
pub async fn serve(
    settings: HubSettings,
    time: Arc<dyn TimeSource>,
    stop: impl Future<Output = ()>,
) -> Result<(), HubError> {
    let hub = Hub::start(settings, time).await?;
    stop.await;
    hub.stop().await;
    Ok(())
}

fn stays_here(
    door: &'static str,
    address: SocketAddr,
    settings: &HubSettings,
) -> Result<(), HubError> {
    if settings.open_to_others || address.ip().is_loopback() {
        return Ok(());
    }
    Err(HubError::OpenToOthers { door, address })
}

fn start_broker(
    settings: &HubSettings,
) -> Result<(Option<BuiltInBroker>, BrokerAddress), HubError> {
    match &settings.mqtt {
        Mqtt::BuiltIn(address) => {
            stays_here("MQTT", *address, settings)?;
            let broker = BuiltInBroker::start(*address)?;
            let reached = reachable(broker.address());
            Ok((
                Some(broker),
                BrokerAddress {
                    host: reached.ip().to_string(),
                    port: reached.port(),
                },
            ))
        }
        Mqtt::Outside(url) => {
            let address = BrokerAddress::parse(url)
                .ok_or_else(|| HubError::BrokerUrl { url: url.clone() })?;
            Ok((None, address))
        }
    }
}

/// An address that a client on this machine can use: "all interfaces" is none.
fn reachable(address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        return SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), address.port());
    }
    address
}

async fn answered(
    mut first: watch::Receiver<Result<bool, String>>,
    url: &str,
) -> Result<(), HubError> {
    let waiting = first.wait_for(|answer| *answer == Ok(true));
    if let Ok(Ok(_)) = tokio::time::timeout(messages::FIRST_ANSWER, waiting).await {
        return Ok(());
    }
    let reason = match &*first.borrow() {
        Ok(_) => "no answer".to_owned(),
        Err(reason) => reason.clone(),
    };
    Err(HubError::Broker {
        reason,
        url: url.to_owned(),
    })
}

/// The city's names from its catalogue; a hub without a city has its own name.
fn city_name(settings: &HubSettings) -> (String, String) {
    let catalogue = settings
        .city
        .as_ref()
        .and_then(|city| std::fs::read(city.join("catalogue.json")).ok())
        .and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok());
    let name = |language: &str| {
        let found = catalogue
            .as_ref()
            .and_then(|catalogue| catalogue.get("name")?.get(language)?.as_str());
        found.unwrap_or(&settings.name).to_owned()
    };
    (name("zh"), name("en"))
}

async fn tidy(
    service: Arc<Service>,
    store: Store,
    retention: Duration,
    mut stop: watch::Receiver<bool>,
) {
    let mut thinned_to = service.now().plus_seconds(-(RAW + TIDYING).as_secs_f64());
    loop {
        tokio::select! {
            () = tokio::time::sleep(TIDYING) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        let now = service.now();
        let raw_from = now.plus_seconds(-RAW.as_secs_f64());
        // Whole minutes only: a minute thinned twice would lose its last value.
        let raw_from = UtcMillis(raw_from.0 - raw_from.0.rem_euclid(60_000));
        let streams = service.registry().ids(SetName::Datastreams);
        let outcome = async {
            let thinned = store.thin(&streams, thinned_to, raw_from).await?;
            let forgotten = store
                .forget(now.plus_seconds(-retention.as_secs_f64()))
                .await?;
            Ok::<(u64, u64), HubError>((thinned, forgotten))
        };
        match outcome.await {
            Ok((thinned, forgotten)) => {
                tracing::debug!(thinned, forgotten, "old observations are tidied");
                thinned_to = raw_from;
            }
            Err(err) => tracing::error!(
                error = &err as &dyn std::error::Error,
                "old observations are not tidied"
            ),
        }
    }
}
