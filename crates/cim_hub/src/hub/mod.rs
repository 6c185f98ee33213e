//! The hub as a whole: its settings, its start, its tasks and its end.
//!
//! ```text
//! start: folder → database → broker → entities → MQTT client → HTTP     stop: HTTP → MQTT client → queue → broker → database
//! ```

mod access;
mod announce;
mod broker;
mod catalogue;
mod doors;
mod messages;
mod notes;
mod settings;
mod store;
mod telemetry;
mod tls;

pub(crate) use messages::{BrokerAddress, Outbox, connection};
pub use settings::{DEFAULT_HTTP_PORT, DEFAULT_MQTT_PORT, HubSettings, Mqtt};
pub(crate) use store::Store;
pub use store::{IngestProbe, StoreAddress, TrialServer, back_up, restore};
pub use telemetry::TelemetrySettings;
pub use tls::TlsFiles;

use crate::error::HubError;
use crate::files::at_once;
use crate::ledger::{Ledger, LedgerStore, ledger_router};
use crate::sensorthings::{Service, SetName};
use crate::video::{VideoServer, open_rtsp};
use broker::BuiltInBroker;
use cim_model::{TimeSource, UtcMillis};
use messages::Counts;
use notes::Notes;
use serde_json::Value;
use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use telemetry::Telemetry;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

/// How long open requests may take when the hub stops.
const STOP_PATIENCE: Duration = Duration::from_secs(3);
/// How often old observations are forgotten and thinned.
const TIDYING: Duration = Duration::from_mins(10);
/// How long a desk that went away stays in the store, in seconds: a day.
const PRESENCE_KEPT: f64 = 86_400.0;

/// What the doors share.
pub(crate) struct HubState {
    pub(crate) name: String,
    /// The city's name in Chinese and in English.
    pub(crate) city_name: (String, String),
    /// Longitude and latitude of the city's origin, degrees; `None` without a city.
    pub(crate) city_middle: Option<[f64; 2]>,
    pub(crate) mqtt_url: String,
    pub(crate) own_base: String,
    pub(crate) service: Arc<Service>,
    pub(crate) store: Store,
    pub(crate) outbox: Arc<Outbox>,
    pub(crate) counts: Arc<Counts>,
    /// When the hub last came to know of an event; whoever holds it is the one who takes events.
    pub(crate) last_event: tokio::sync::Mutex<UtcMillis>,
    /// What people did and what changed, in order.
    pub(crate) ledger: Arc<Ledger<Store>>,
    /// What of the catalogue is not in the ledger yet.
    pub(crate) notes: Notes,
    /// Rings when the ledger gained something.
    pub(crate) changed: Arc<Notify>,
    /// What the hub measures of itself.
    pub(crate) telemetry: Arc<Telemetry>,
    /// Pictures of its cameras; `None` when they are switched off.
    pub(crate) video: Option<Arc<VideoServer>>,
}

/// A running hub. Dropping it ends it roughly; [`Hub::stop`] ends it in order.
pub struct Hub {
    /// `http://host:port`.
    pub http_address: String,
    /// `mqtt://host:port`.
    pub mqtt_address: String,
    /// `rtsp://127.0.0.1:port`; `None` when pictures or this door are switched off.
    pub rtsp_address: Option<String>,
    stop: watch::Sender<bool>,
    http: JoinHandle<()>,
    tasks: Vec<JoinHandle<()>>,
    broker: Option<BuiltInBroker>,
    store: Store,
    telemetry: Arc<Telemetry>,
    video: Option<Arc<VideoServer>>,
}

impl Hub {
    /// Starts a hub; when this returns, every door is open.
    #[expect(
        clippy::too_many_lines,
        reason = "the order in which doors open is the point"
    )]
    pub async fn start(settings: HubSettings, time: Arc<dyn TimeSource>) -> Result<Self, HubError> {
        // Clients of the hub (telemetry, brokers) share one provider; whoever came first has set it.
        let _already_set = rustls::crypto::ring::default_provider().install_default();
        access::stays_here("HTTP", settings.http, &settings)?;
        let lock = access::lock(&settings)?;
        let encryption = settings.tls.as_ref().map(TlsFiles::config).transpose()?;
        let listener = tokio::net::TcpListener::bind(settings.http)
            .await
            .map_err(|err| HubError::Address {
                door: "HTTP",
                reason: err.to_string(),
                address: settings.http,
            })?;
        let address = listener.local_addr().unwrap_or(settings.http);
        let scheme = if encryption.is_some() {
            "https"
        } else {
            "http"
        };
        let own_base = format!("{scheme}://{}", reachable(address));
        let store = Store::open(&settings.store_address()).await?;
        let (broker, broker_address, mqtt_address) =
            start_broker(&settings, encryption.clone(), &lock)?;

        let counts = Arc::new(Counts::default());
        let client_id = if broker_address.is_kept {
            // The broker knows the hub again by what stays the same.
            format!("cim-hub-{}", store.head().await?.epoch)
        } else {
            format!("cim-hub-{}-{}", address.port(), time.now().0)
        };
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
            (settings.raw, settings.retention),
            stopped.clone(),
        );
        let following = follow_entities(Arc::clone(&service), store.clone(), stopped.clone());
        let mut tasks = vec![
            tokio::spawn(listening),
            tokio::spawn(storing),
            tokio::spawn(tidying),
            tokio::spawn(following),
        ];
        if let Err(error) = answered(first_answer, &mqtt_address).await {
            stop.send_replace(true);
            if let Some(broker) = broker {
                broker.stop().await;
            }
            return Err(error);
        }

        let telemetry = Telemetry::start(&settings.telemetry, &client_id, &counts)?;
        let telemetry = Arc::new(telemetry);
        let ledger = Arc::new(Ledger::new(store.clone(), Arc::clone(&time)));
        let notes = Notes::default();
        notes.recover(&service, &ledger, &store).await?;
        let changed = Arc::new(Notify::new());
        let (video, rtsp) =
            start_video(&settings, &store, (lock.as_ref(), &time), &stopped).await?;
        let (rtsp_address, serving_rtsp) = rtsp.unzip();
        tasks.extend(serving_rtsp);
        let catalogue = city_catalogue(&settings);
        let state = Arc::new(HubState {
            name: settings.name.clone(),
            city_name: city_name(&settings.name, &catalogue),
            city_middle: city_middle(&catalogue),
            mqtt_url: mqtt_address.clone(),
            own_base: own_base.clone(),
            service,
            last_event: tokio::sync::Mutex::new(store.newest_event().await?),
            store: store.clone(),
            outbox,
            counts,
            ledger: Arc::clone(&ledger),
            notes,
            changed: Arc::clone(&changed),
            telemetry: Arc::clone(&telemetry),
            video: video.clone(),
        });
        tasks.push(tokio::spawn(doors::follow_poses(
            Arc::clone(&state),
            stopped.clone(),
        )));
        tasks.push(tokio::spawn(announce::announce(
            Arc::clone(&state),
            stopped.clone(),
        )));
        let ledger = ledger_router(ledger, move |_change| changed.notify_one());
        let router = doors::doors(
            state,
            ledger,
            settings.city.as_deref(),
            settings.clips.as_deref(),
        )
        .layer(axum::middleware::from_fn_with_state(lock, access::guard));
        let mut http_stop = stopped;
        let until = async move {
            let _closed = http_stop.wait_for(|stop| *stop).await;
        };
        let http = open(listener, encryption, router, until)?;
        tracing::info!(http = own_base, mqtt = mqtt_address, "the hub is open");
        Ok(Self {
            http_address: own_base,
            mqtt_address,
            rtsp_address,
            stop,
            http,
            tasks,
            broker,
            store,
            telemetry,
            video,
        })
    }

    /// Closes the doors, stores what has arrived, and ends.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        // Endless answers end with their pictures.
        if let Some(video) = &self.video {
            video.stop();
        }
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
        self.telemetry.stop().await;
    }
}

/// Serves the doors, encrypted where there is a certificate, until `until` is done.
fn open(
    listener: tokio::net::TcpListener,
    encryption: Option<Arc<rustls::ServerConfig>>,
    router: axum::Router,
    until: impl Future<Output = ()> + Send + 'static,
) -> Result<JoinHandle<()>, HubError> {
    let closed = |outcome: std::io::Result<()>| {
        if let Err(err) = outcome {
            tracing::error!(error = %err, "the HTTP door closed");
        }
    };
    let Some(config) = encryption else {
        return Ok(tokio::spawn(async move {
            let serving = axum::serve(at_once(listener), router).with_graceful_shutdown(until);
            closed(serving.await);
        }));
    };
    let listener = tls::TlsListener::new(listener, config).map_err(|err| HubError::Part {
        part: "encrypted door",
        reason: err.to_string(),
    })?;
    let router = router.into_make_service_with_connect_info::<tls::Peer>();
    Ok(tokio::spawn(async move {
        let serving = axum::serve(listener, router).with_graceful_shutdown(until);
        closed(serving.await);
    }))
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

/// What makes pictures, and the door of RTSP: its address and the task behind it.
type StartedVideo = (Option<Arc<VideoServer>>, Option<(String, JoinHandle<()>)>);

async fn start_video(
    settings: &HubSettings,
    store: &Store,
    (lock, time): (&access::Guard, &Arc<dyn TimeSource>),
    stop: &watch::Receiver<bool>,
) -> Result<StartedVideo, HubError> {
    let Some(wanted) = &settings.video else {
        return Ok((None, None));
    };
    let video = VideoServer::new(wanted, store.clone(), !lock.is_open(), Arc::clone(time))?;
    let Some(port) = wanted.rtsp else {
        return Ok((Some(video), None));
    };
    let (address, task) = open_rtsp(Arc::clone(&video), port, stop.clone()).await?;
    Ok((Some(video), Some((format!("rtsp://{address}"), task))))
}

/// The broker, how the hub itself reaches it, and what it tells others.
type StartedBroker = (Option<BuiltInBroker>, BrokerAddress, String);

fn start_broker(
    settings: &HubSettings,
    encryption: Option<Arc<rustls::ServerConfig>>,
    lock: &Arc<access::Guard>,
) -> Result<StartedBroker, HubError> {
    match &settings.mqtt {
        Mqtt::BuiltIn(address) => {
            access::stays_here("MQTT", *address, settings)?;
            let broker = BuiltInBroker::start_locked(*address, encryption, lock)?;
            let told = broker
                .client_address(reachable(broker.address()).ip())
                .url();
            let own = broker.own_address();
            Ok((Some(broker), own, told))
        }
        Mqtt::Outside(url) => {
            let mut address = BrokerAddress::parse(url)
                .ok_or_else(|| HubError::BrokerUrl { url: url.clone() })?;
            address.authority.clone_from(&settings.mqtt_authority);
            // Several processes over one database share one broker: each message is for one of them.
            address.is_shared = settings.database_url.is_some();
            // What comes while this hub is away waits at the broker.
            address.is_kept = !address.is_shared;
            if !address.is_protected() && !settings.open_to_others {
                return Err(HubError::Broker {
                    reason: "it is on another machine and not encrypted; use mqtts://".to_owned(),
                    url: address.url(),
                });
            }
            let told = address.url();
            Ok((None, address, told))
        }
    }
}

/// An address that a client on this machine can use: "all interfaces" is none.
fn reachable(address: SocketAddr) -> SocketAddr {
    let loopback = match address.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
    };
    SocketAddr::new(loopback, address.port())
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

/// The catalogue of the city; nothing for a hub without one.
fn city_catalogue(settings: &HubSettings) -> Value {
    settings
        .city
        .as_ref()
        .and_then(|city| std::fs::read(city.join("catalogue.json")).ok())
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default()
}

/// The city's names in Chinese and in English from its catalogue; a hub without a city has its own name.
fn city_name(hub: &str, catalogue: &Value) -> (String, String) {
    let name = |language: &str| {
        let found = catalogue
            .get("name")
            .and_then(|name| name.get(language)?.as_str());
        found.unwrap_or(hub).to_owned()
    };
    (name("zh"), name("en"))
}

/// Longitude and latitude of the city's origin from its catalogue, degrees.
fn city_middle(catalogue: &Value) -> Option<[f64; 2]> {
    let origin = catalogue.get("origin")?;
    let number = |name: &str, limit: f64| {
        let number = origin.get(name)?.as_f64()?;
        (number.abs() <= limit).then_some(number)
    };
    Some([number("lon_deg", 180.0)?, number("lat_deg", 90.0)?])
}

/// Reads the entities anew whenever another process over the same database has changed them.
async fn follow_entities(service: Arc<Service>, store: Store, mut stop: watch::Receiver<bool>) {
    let mut ticks = store.watch_entities().await;
    loop {
        tokio::select! {
            tick = ticks.changed() => {
                if tick.is_err() {
                    // The database tells of no other process: there is nothing more to follow.
                    return;
                }
            }
            _ = stop.wait_for(|stop| *stop) => return,
        }
        if let Err(err) = service.reload().await {
            tracing::error!(
                error = &err as &dyn std::error::Error,
                "entities of another process are not read"
            );
        }
    }
}

async fn tidy(
    service: Arc<Service>,
    store: Store,
    (raw, retention): (Duration, Duration),
    mut stop: watch::Receiver<bool>,
) {
    // Where an earlier life of the hub ended; one that never thinned has the last stretch to do.
    let last_stretch = service.now().plus_seconds(-(raw + TIDYING).as_secs_f64());
    let mut thinned_to = match store.thinned_to().await {
        Ok(thinned_to) => thinned_to.unwrap_or(last_stretch),
        Err(err) => {
            tracing::error!(
                error = &err as &dyn std::error::Error,
                "it is not known up to where observations are thinned"
            );
            last_stretch
        }
    };
    loop {
        tokio::select! {
            () = tokio::time::sleep(TIDYING) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        let now = service.now();
        let raw_from = now.plus_seconds(-raw.as_secs_f64());
        // Whole minutes only: a minute thinned twice would lose its last value.
        let raw_from = UtcMillis(raw_from.0 - raw_from.0.rem_euclid(60_000));
        let streams = service.registry().ids(SetName::Datastreams);
        let outcome = async {
            // Raw observations may stay longer than in an earlier life: then there is nothing to thin yet.
            let thinned = if thinned_to < raw_from {
                store.thin(&streams, thinned_to, raw_from).await?
            } else {
                0
            };
            store
                .forget_documents(doors::PRESENCE, now.plus_seconds(-PRESENCE_KEPT))
                .await?;
            let forgotten = store
                .forget(now.plus_seconds(-retention.as_secs_f64()))
                .await?;
            Ok::<(u64, u64), HubError>((thinned, forgotten))
        };
        match outcome.await {
            Ok((thinned, forgotten)) => {
                tracing::debug!(thinned, forgotten, "old observations are tidied");
                thinned_to = thinned_to.max(raw_from);
            }
            Err(err) => tracing::error!(
                error = &err as &dyn std::error::Error,
                "old observations are not tidied"
            ),
        }
    }
}
