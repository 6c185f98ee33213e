//! The hub as a client of its broker, built-in or outside: takes in observations, publishes what HTTP created.
//!
//! A message that cannot be read is logged with topic, place and reason, counted, and left; the others go on.

use crate::error::HubError;
use crate::sensorthings::{
    NewObservation, Service, observation_from, observations_from_data_array,
};
use cim_model::UtcMillis;
use rumqttc::{AsyncClient, Event, EventLoop, MqttOptions, Packet, Publish, PublishOptions, QoS};
use serde_json::Value;
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

    /// All of them.
    pub(crate) const ALL: [&str; 5] = [
        OBSERVATIONS_OF,
        OBSERVATIONS,
        CREATE_OBSERVATIONS,
        EVENTS,
        CAMERAS,
    ];
    /// Those that the hub listens to.
    pub(crate) const TAKEN_IN: [&str; 3] = [OBSERVATIONS_OF, OBSERVATIONS, CREATE_OBSERVATIONS];
}

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
}

impl Outbox {
    /// Queues a message, QoS 1. Never waits: when too many are waiting, the message is dropped and counted.
    pub(crate) fn publish(&self, topic: String, payload: Vec<u8>) {
        if self
            .client
            .try_publish(topic, payload, PublishOptions::new(QoS::AtLeastOnce))
            .is_err()
        {
            self.counts.unpublished.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Where a broker is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BrokerAddress {
    /// Host name or address.
    pub(crate) host: String,
    /// Port.
    pub(crate) port: u16,
}

impl BrokerAddress {
    /// Reads `mqtt://host:port`; without a port it is 1883.
    pub(crate) fn parse(url: &str) -> Option<Self> {
        let rest = url
            .strip_prefix("mqtt://")
            .or_else(|| url.strip_prefix("tcp://"))?
            .trim_end_matches('/');
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !host.is_empty() => (host, port.parse().ok()?),
            Some(_) => return None,
            None => (rest, 1883),
        };
        let strange = |letter: char| letter == '/' || letter == '@' || letter.is_whitespace();
        (!host.is_empty() && !host.contains(strange)).then(|| Self {
            host: host.to_owned(),
            port,
        })
    }

    /// The address as text.
    pub(crate) fn url(&self) -> String {
        format!("mqtt://{}:{}", self.host, self.port)
    }
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
    Ok((Arc::new(Outbox { client, counts }), events))
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
    loop {
        let event = tokio::select! {
            event = events.poll() => event,
            _ = stop.changed() => return,
        };
        match event {
            Ok(Event::Incoming(Packet::ConnAck(_))) => {
                for topic in topics::TAKEN_IN {
                    if let Err(err) = outbox.client.try_subscribe(topic, QoS::AtLeastOnce) {
                        tracing::error!(topic, error = %err, "cannot subscribe");
                    }
                }
            }
            Ok(Event::Incoming(Packet::SubAck(_))) => {
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
        assert_eq!(
            parsed("mqtt://127.0.0.1:1884").as_deref(),
            Some("mqtt://127.0.0.1:1884")
        );
        assert_eq!(
            parsed("mqtt://broker").as_deref(),
            Some("mqtt://broker:1883")
        );
        for wrong in [
            "http://127.0.0.1:1",
            "mqtt://",
            "mqtt://:1883",
            "mqtt://host:port",
            "mqtt://user@host",
        ] {
            assert_eq!(parsed(wrong), None, "{wrong}");
        }
    }
}
