//! The hub as a client of its broker, built-in or outside: takes in observations, publishes what HTTP created.
//!
//! A message that cannot be read is logged with topic, place and reason, counted, and left; the others go on.

use crate::error::HubError;
use crate::sensorthings::{
    NewObservation, Service, observation_from, observations_from_data_array,
};
use cim_model::UtcMillis;
use reqwest::Url;
use rumqttc::{
    AsyncClient, Event, EventLoop, MqttOptions, Packet, Publish, PublishOptions, QoS, SubAck,
    SubscribeFilterInput, SubscribeReasonCode, TlsConfiguration, Transport,
};
use serde_json::Value;
use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// The topics that the hub uses. `README.md` lists what goes over each.
pub(crate) mod topics {
    /// Observations of one datastream: `v1.1/Datastreams(4)/Observations`.
    pub(crate) const OBSERVATIONS_OF: &str = "v1.1/+/Observations";
    /// Observations that name their datastream inside.
    pub(crate) const OBSERVATIONS: &str = "v1.1/Observations";
    /// Many observations in one message.
    pub(crate) const CREATE_OBSERVATIONS: &str = "v1.1/CreateObservations";
    /// Events, one a message.
    pub(crate) const EVENTS: &str = "citymirror/events";
    /// Cameras that are new or changed, one a message.
    pub(crate) const CAMERAS: &str = "citymirror/cameras";

    /// What changed at the hub, one change a message, in order.
    pub(crate) const CHANGES: &str = "citymirror/changes";
    /// How far the changes have come; kept by the broker for whoever comes later.
    pub(crate) const HEAD: &str = "citymirror/head";
    /// Shared cameras and clocks; kept by the broker, each under its name.
    pub(crate) const SHARED: &str = "citymirror/shared/+";

    /// All of them.
    pub(crate) const ALL: [&str; 8] = [
        OBSERVATIONS_OF,
        OBSERVATIONS,
        CREATE_OBSERVATIONS,
        EVENTS,
        CAMERAS,
        CHANGES,
        HEAD,
        SHARED,
    ];
    /// Those that the hub listens to.
    pub(crate) const TAKEN_IN: [&str; 3] = [OBSERVATIONS_OF, OBSERVATIONS, CREATE_OBSERVATIONS];
}

/// Under which name the processes of one hub share what comes in: each message goes to one of them.
const SHARE: &str = "$share/citymirror-hub/";
/// The ports of MQTT without and with TLS (IANA).
const PLAIN_PORT: u16 = 1883;
const TLS_PORT: u16 = 8883;
/// Messages waiting to go out; at the limit new ones are dropped and counted.
const OUTBOX_CAPACITY: usize = 20_000;
/// Observations waiting to be stored; at the limit the broker has to wait.
const INBOX_CAPACITY: usize = 50_000;
/// Observations stored in one transaction.
const STORED_AT_ONCE: usize = 10_000;
/// Pause between two transactions, in which observations gather.
const GATHERING: Duration = Duration::from_millis(150);
/// Pause before the broker is tried again.
const RECONNECT_PAUSE: Duration = Duration::from_millis(500);
/// How long the hub waits for the broker when it starts.
pub(crate) const FIRST_ANSWER: Duration = Duration::from_secs(10);
/// Seconds between signs of life.
const KEEP_ALIVE_S: u16 = 15;
/// Broken messages that are logged one by one; later ones are only counted, so that a flood cannot fill the disk.
const LOGGED_PROBLEMS: u64 = 200;

/// What the hub has counted since it started.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    /// Observations stored.
    pub(crate) stored: AtomicU64,
    /// Observations and messages refused.
    pub(crate) rejected: AtomicU64,
    /// Observations lost because the database failed.
    pub(crate) lost: AtomicU64,
    /// Messages not published because too many were waiting.
    pub(crate) unpublished: AtomicU64,
    /// Whether the broker is reached.
    pub(crate) connected: AtomicBool,
}

/// Where messages go out.
pub(crate) struct Outbox {
    client: AsyncClient,
    counts: Arc<Counts>,
    /// Whether what comes in is shared with other processes of this hub.
    is_shared: bool,
}

impl Outbox {
    /// Queues a message, QoS 1. Never waits: when too many are waiting, the message is dropped and counted.
    pub(crate) fn publish(&self, topic: String, payload: Vec<u8>) {
        self.queue(topic, payload, PublishOptions::new(QoS::AtLeastOnce));
    }

    /// Like [`Self::publish`]; the broker keeps the topic's last message for whoever comes later.
    pub(crate) fn publish_retained(&self, topic: String, payload: Vec<u8>) {
        let options = PublishOptions::new(QoS::AtLeastOnce).retained();
        self.queue(topic, payload, options);
    }

    fn queue(&self, topic: String, payload: Vec<u8>, options: PublishOptions) {
        if self.client.try_publish(topic, payload, options).is_err() {
            self.counts.unpublished.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Asks for what the hub takes in: shared with the hub's other processes, or all of it.
    fn subscribe(&self, is_shared: bool) {
        let filters = topics::TAKEN_IN.map(|topic| {
            let filter = if is_shared {
                format!("{SHARE}{topic}")
            } else {
                topic.to_owned()
            };
            SubscribeFilterInput::new(filter, QoS::AtLeastOnce)
        });
        if let Err(err) = self.client.try_subscribe_many(filters) {
            tracing::error!(error = %err, "cannot subscribe");
        }
    }
}

/// Where a broker is, and as whom the hub comes to it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct BrokerAddress {
    /// Host name or address; an IPv6 address without brackets.
    pub(crate) host: String,
    /// Port.
    pub(crate) port: u16,
    /// Whether the way there is encrypted.
    pub(crate) is_tls: bool,
    /// User and password.
    pub(crate) credentials: Option<(String, String)>,
    /// PEM file of the only authorities that are believed; `None` believes those of the machine.
    pub(crate) authority: Option<PathBuf>,
    /// Other processes of this hub listen to the same broker: each message is for one of them.
    pub(crate) is_shared: bool,
    /// The broker keeps messages while the hub is away. Needs a client id that stays the same.
    pub(crate) is_kept: bool,
}

impl fmt::Debug for BrokerAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.url())
    }
}

impl BrokerAddress {
    /// A broker without TLS and login.
    pub(crate) fn new(host: impl Into<String>, port: u16) -> Self {
        Self {
            host: host.into(),
            port,
            is_tls: false,
            credentials: None,
            authority: None,
            is_shared: false,
            is_kept: false,
        }
    }

    /// Reads `mqtt://host:port` or `mqtts://user:password@host:port`; without a port it is 1883, or 8883 with TLS.
    pub(crate) fn parse(url: &str) -> Option<Self> {
        let url = Url::parse(url).ok()?;
        let is_tls = match url.scheme() {
            "mqtt" | "tcp" => false,
            "mqtts" | "ssl" => true,
            _ => return None,
        };
        if !matches!(url.path(), "" | "/") || url.query().is_some() {
            return None;
        }
        let host = url.host_str().filter(|host| !host.is_empty())?;
        let credentials = (!url.username().is_empty()).then(|| {
            let password = url.password().unwrap_or_default();
            (unescaped(url.username()), unescaped(password))
        });
        let port = if is_tls { TLS_PORT } else { PLAIN_PORT };
        Some(Self {
            is_tls,
            credentials,
            ..Self::new(
                host.trim_start_matches('[').trim_end_matches(']'),
                url.port().unwrap_or(port),
            )
        })
    }

    /// The address as text, without the login.
    pub(crate) fn url(&self) -> String {
        let scheme = if self.is_tls { "mqtts" } else { "mqtt" };
        format!("{scheme}://{}", self.host_and_port())
    }

    /// Whether nothing readable leaves this machine on the way.
    pub(crate) fn is_protected(&self) -> bool {
        let is_here = self.host.eq_ignore_ascii_case("localhost")
            || self
                .host
                .parse::<IpAddr>()
                .is_ok_and(|address| address.to_canonical().is_loopback());
        self.is_tls || is_here
    }

    fn host_and_port(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    fn transport(&self) -> Result<Transport, String> {
        if !self.is_tls {
            return Ok(Transport::tcp());
        }
        let config = match &self.authority {
            None => TlsConfiguration::try_default_rustls().map_err(|err| err.to_string())?,
            Some(path) => TlsConfiguration::Simple {
                ca: std::fs::read(path).map_err(|err| format!("{err}: {}", path.display()))?,
                alpn: None,
                client_auth: None,
            },
        };
        Ok(Transport::tls_with_config(config))
    }
}

/// `%40` and its like as the bytes that they stand for (RFC 3986, section 2.1).
fn unescaped(text: &str) -> String {
    crate::sensorthings::path::percent_decoded(text).unwrap_or_else(|| text.to_owned())
}

/// Makes the client. Nothing is sent before [`listen`] runs.
pub(crate) fn client(
    broker: &BrokerAddress,
    client_id: &str,
    counts: Arc<Counts>,
) -> Result<(Arc<Outbox>, EventLoop), HubError> {
    let (client, events) =
        connection(broker, client_id, OUTBOX_CAPACITY).map_err(|reason| HubError::Broker {
            reason,
            url: broker.url(),
        })?;
    let outbox = Outbox {
        client,
        counts,
        is_shared: broker.is_shared,
    };
    Ok((Arc::new(outbox), events))
}

/// A client with limits that fit batches of observations.
pub(crate) fn connection(
    broker: &BrokerAddress,
    client_id: &str,
    capacity: usize,
) -> Result<(AsyncClient, EventLoop), String> {
    let mut options = MqttOptions::new(client_id, (broker.host.clone(), broker.port));
    options.set_keep_alive(KEEP_ALIVE_S);
    options.set_max_packet_size(super::broker::MAX_MESSAGE, super::broker::MAX_MESSAGE);
    options.set_max_request_batch(64);
    options.set_transport(broker.transport()?);
    if let Some((user, password)) = &broker.credentials {
        options.set_credentials(user.clone(), password.clone());
    }
    options
        .try_set_clean_session(!broker.is_kept)
        .map_err(|err| err.to_string())?;
    // The client itself would spell an IPv6 address without brackets.
    let address = broker.host_and_port();
    options.set_socket_connector(move |_address, network| {
        rumqttc::default_socket_connect(address.clone(), network)
    });
    AsyncClient::builder(options)
        .capacity(capacity)
        .try_build()
        .map_err(|err| err.to_string())
}

/// Takes in messages until told to stop. Reports the first connection, or why there is none yet, on `first`.
pub(crate) async fn listen(
    mut events: EventLoop,
    outbox: Arc<Outbox>,
    service: Arc<Service>,
    store_queue: mpsc::Sender<NewObservation>,
    first: watch::Sender<Result<bool, String>>,
    mut stop: watch::Receiver<bool>,
) {
    let counts = Arc::clone(&outbox.counts);
    let mut is_shared = outbox.is_shared;
    loop {
        let event = tokio::select! {
            event = events.poll() => event,
            _ = stop.changed() => return,
        };
        match event {
            Ok(Event::Incoming(Packet::ConnAck(_))) => {
                outbox.subscribe(is_shared);
            }
            Ok(Event::Incoming(Packet::SubAck(answer))) if is_shared && is_refused(&answer) => {
                tracing::warn!(
                    "the broker shares no subscriptions; this process takes in everything"
                );
                is_shared = false;
                outbox.subscribe(is_shared);
            }
            Ok(Event::Incoming(Packet::SubAck(answer))) => {
                if is_refused(&answer) {
                    tracing::error!("the broker refuses topics that the hub listens to");
                }
                counts.connected.store(true, Ordering::Relaxed);
                drop(first.send_replace(Ok(true)));
            }
            Ok(Event::Incoming(Packet::Publish(publish))) => {
                for observation in taken_in(&publish, &service, &counts) {
                    // Waits when the database is behind; the broker keeps what comes meanwhile.
                    if store_queue.send(observation).await.is_err() {
                        return;
                    }
                }
            }
            Ok(_) => {}
            Err(err) => {
                if counts.connected.swap(false, Ordering::Relaxed) {
                    tracing::warn!(error = %err, "the broker is lost; trying again");
                }
                if *first.borrow() != Ok(true) {
                    drop(first.send_replace(Err(err.to_string())));
                }
                tokio::select! {
                    () = tokio::time::sleep(RECONNECT_PAUSE) => {}
                    _ = stop.changed() => return,
                }
            }
        }
    }
}

/// Stores queued observations in batches, until the queue is closed and empty.
pub(crate) async fn store_batches(
    mut queue: mpsc::Receiver<NewObservation>,
    store: super::Store,
    counts: Arc<Counts>,
    mut stop: watch::Receiver<bool>,
) {
    let mut batch = Vec::new();
    loop {
        batch.clear();
        if queue.recv_many(&mut batch, STORED_AT_ONCE).await == 0 {
            return;
        }
        match store.append(&batch).await {
            Ok(new) => {
                counts.stored.fetch_add(new, Ordering::Relaxed);
            }
            Err(err) => {
                counts.lost.fetch_add(batch.len() as u64, Ordering::Relaxed);
                tracing::error!(
                    error = &err as &dyn std::error::Error,
                    count = batch.len(),
                    "observations are lost"
                );
            }
        }
        if batch.len() < STORED_AT_ONCE {
            tokio::select! {
                () = tokio::time::sleep(GATHERING) => {}
                _ = stop.changed() => {}
            }
        }
    }
}

fn is_refused(answer: &SubAck) -> bool {
    let granted = |code: &SubscribeReasonCode| matches!(code, SubscribeReasonCode::Success(_));
    !answer.return_codes.iter().all(granted)
}

/// The queue between [`listen`] and [`store_batches`].
pub(crate) fn store_queue() -> (mpsc::Sender<NewObservation>, mpsc::Receiver<NewObservation>) {
    mpsc::channel(INBOX_CAPACITY)
}

fn taken_in(publish: &Publish, service: &Service, counts: &Counts) -> Vec<NewObservation> {
    let topic = String::from_utf8_lossy(&publish.topic);
    match read_message(&topic, &publish.payload, service) {
        Err(reason) => {
            reject(&topic, &reason, counts);
            Vec::new()
        }
        Ok(outcomes) => {
            let mut good = Vec::with_capacity(outcomes.len());
            for outcome in outcomes {
                match outcome {
                    Ok(observation) => good.push(observation),
                    Err(reason) => reject(&topic, &reason, counts),
                }
            }
            good
        }
    }
}

fn reject(topic: &str, reason: &str, counts: &Counts) {
    let before = counts.rejected.fetch_add(1, Ordering::Relaxed);
    if before < LOGGED_PROBLEMS {
        tracing::warn!(topic, reason, "a message is refused");
    } else if before == LOGGED_PROBLEMS {
        tracing::warn!("many messages are refused; from now on they are only counted");
    }
}

fn read_message(
    topic: &str,
    payload: &[u8],
    service: &Service,
) -> Result<Vec<Result<NewObservation, String>>, String> {
    let body: Value = serde_json::from_slice(payload).map_err(|err| {
        format!(
            "no JSON, line {} column {}: {err}",
            err.line(),
            err.column()
        )
    })?;
    if service.is_own(&body) {
        return Ok(Vec::new());
    }
    let now: UtcMillis = service.now();
    let registry = service.registry();
    let known = |observation: NewObservation| {
        let id = observation.datastream;
        if registry.has(crate::sensorthings::SetName::Datastreams, id) {
            Ok(observation)
        } else {
            Err(format!("there is no Datastreams({id})"))
        }
    };
    if topic == topics::CREATE_OBSERVATIONS {
        let outcomes = observations_from_data_array(&body, now)?;
        return Ok(outcomes
            .into_iter()
            .map(|outcome| outcome.and_then(known))
            .collect());
    }
    if topic == topics::OBSERVATIONS {
        let observation = observation_from(&body, None, now).and_then(known)?;
        // Subscribers of the series' own topic have not seen it yet.
        service.announce(&observation, None);
        return Ok(vec![Ok(observation)]);
    }
    let stream = stream_of(topic).ok_or("the topic names no datastream")?;
    let observation = observation_from(&body, Some(stream), now).and_then(known)?;
    Ok(vec![Ok(observation)])
}

/// The datastream in `v1.1/Datastreams(4)/Observations`.
fn stream_of(topic: &str) -> Option<i64> {
    let middle = topic
        .strip_prefix("v1.1/Datastreams(")?
        .strip_suffix(")/Observations")?;
    middle.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_series_is_read_from_the_topic() {
        assert_eq!(stream_of("v1.1/Datastreams(41)/Observations"), Some(41));
        assert_eq!(stream_of("v1.1/Things(41)/Observations"), None);
        assert_eq!(stream_of("v1.1/Datastreams(x)/Observations"), None);
    }

    #[test]
    fn a_broker_address_is_read() {
        let parsed = |url: &str| BrokerAddress::parse(url).map(|address| address.url());
        for (text, expected) in [
            ("mqtt://127.0.0.1:1884", "mqtt://127.0.0.1:1884"),
            ("mqtt://broker", "mqtt://broker:1883"),
            ("mqtt://broker/", "mqtt://broker:1883"),
            ("mqtts://broker", "mqtts://broker:8883"),
            ("mqtt://[::1]:1884", "mqtt://[::1]:1884"),
            ("mqtts://hub:secret@broker:1", "mqtts://broker:1"),
        ] {
            assert_eq!(parsed(text).as_deref(), Some(expected), "{text}");
        }
        for wrong in [
            "http://127.0.0.1:1",
            "mqtt://",
            "mqtt://:1883",
            "mqtt://host:port",
            "mqtt://host/path",
        ] {
            assert_eq!(parsed(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_login_is_read_and_never_shown() {
        let address = BrokerAddress::parse("mqtts://hub:s%40cret@broker").expect("an address");
        assert_eq!(
            address.credentials,
            Some(("hub".to_owned(), "s@cret".to_owned()))
        );
        assert!(!format!("{address:?}").contains("cret"));
    }

    #[test]
    fn only_tls_and_this_machine_are_protected() {
        let protected =
            |url: &str| BrokerAddress::parse(url).is_some_and(|address| address.is_protected());
        assert!(protected("mqtt://127.0.0.1") && protected("mqtt://[::1]:1"));
        assert!(protected("mqtt://localhost") && protected("mqtts://10.0.0.9"));
        assert!(!protected("mqtt://10.0.0.9") && !protected("mqtt://broker"));
    }
}
