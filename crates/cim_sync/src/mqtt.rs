//! Follows the hub's messages: one task keeps the connection, one reads what arrives, so that a burst never stalls the former.
//!
//! ```text
//!  broker ──► keep (event loop) ──MESSAGES_WAITING──► read (JSON, ≤ 100 ms together) ──BATCHES_WAITING──► session
//! ```
//! When the first queue is full, a message is dropped and the gap is remembered; the session then asks over HTTP for what it missed.

use crate::{
    Rejection, SyncError,
    backoff::{Backoff, Dice},
    mqtt_payload::{self, FILTERS},
    outlet::{OBSERVATIONS_PER_UPDATE, Outlet},
};
use bytes::Bytes;
use cim_model::{Camera, Event, Observation, UtcMillis};
use reqwest::Url;
use rumqttc::{
    AsyncClient, EventLoop, MqttOptions, NetworkOptions, Packet, QoS, SubscribeFilterInput,
    SubscribeReasonCode,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
    time::{Instant, sleep, timeout_at},
};

/// How many messages may wait to be read: ten seconds of 2 000 sensors at 1 Hz.
const MESSAGES_WAITING: usize = 20_000;
/// How many read batches may wait for the session.
const BATCHES_WAITING: usize = 64;
/// How long messages are collected into one batch.
const BATCH_WINDOW: Duration = Duration::from_millis(100);
/// How large a message may be.
const MESSAGE_MAX_BYTES: usize = 16 * 1024 * 1024;
/// How many requests of ours may wait for the connection; there is one.
const REQUESTS_WAITING: usize = 16;
const KEEP_ALIVE_S: u16 = 10;
const CONNECT_TIMEOUT_S: u64 = 3;
const PAUSES: Backoff = Backoff {
    min: Duration::from_millis(500),
    max: Duration::from_secs(5),
};
/// The port of MQTT without TLS (IANA).
const USUAL_PORT: u16 = 1883;

/// What arrived within one window.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) observations: Vec<Observation>,
    pub(crate) events: Vec<Event>,
    pub(crate) cameras: Vec<Camera>,
    /// What could not be used, each with its topic.
    pub(crate) rejected: Vec<(String, Rejection)>,
}

/// The session's end of a followed broker.
#[derive(Debug)]
pub(crate) struct Follower {
    batches: mpsc::Receiver<Batch>,
    up: watch::Receiver<bool>,
    gap: Arc<AtomicBool>,
}

impl Follower {
    /// The next batch; waits for ever once the broker is no longer followed.
    pub(crate) async fn next_batch(&mut self) -> Batch {
        match self.batches.recv().await {
            Some(batch) => batch,
            None => std::future::pending().await,
        }
    }

    /// True while subscribed.
    pub(crate) fn is_up(&self) -> bool {
        *self.up.borrow()
    }

    /// Waits until subscribed, but no longer than `patience`.
    pub(crate) async fn wait_until_up(&mut self, patience: Duration) {
        tokio::time::timeout(patience, self.up.wait_for(|up| *up))
            .await
            .map(|_| ())
            .ok();
    }

    /// True when messages were dropped since this was asked last.
    pub(crate) fn take_gap(&self) -> bool {
        self.gap.swap(false, Ordering::AcqRel)
    }
}

/// Where a broker is, and as whom it is met.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Broker {
    host: String,
    port: u16,
    credentials: Option<(String, String)>,
}

struct Message {
    topic: Bytes,
    payload: Bytes,
    received: UtcMillis,
}

/// Begins to follow the broker at `address`. The tasks live in `tasks` and end with them.
pub(crate) fn follow(
    address: &str,
    client_id: &str,
    out: &Outlet,
    tasks: &mut JoinSet<()>,
) -> Result<Follower, SyncError> {
    let broker = broker_of(address)?;
    let mut options = MqttOptions::new(client_id, (broker.host, broker.port));
    options
        .set_keep_alive(KEEP_ALIVE_S)
        .set_max_packet_size(MESSAGE_MAX_BYTES, MESSAGE_MAX_BYTES);
    if let Some((user, password)) = broker.credentials {
        options.set_credentials(user, password);
    }
    let bad = |reason: String| SyncError::BadAddress {
        reason,
        address: address.to_owned(),
    };
    let built = AsyncClient::builder(options)
        .capacity(REQUESTS_WAITING)
        .try_build();
    let (client, mut connection) = built.map_err(|error| bad(error.to_string()))?;
    let mut network = NetworkOptions::new();
    network.set_tcp_nodelay(true);
    network.set_connection_timeout(CONNECT_TIMEOUT_S);
    connection.set_network_options(network);

    let (messages_in, messages) = mpsc::channel(MESSAGES_WAITING);
    let (batches_in, batches) = mpsc::channel(BATCHES_WAITING);
    let (up_in, up) = watch::channel(false);
    let gap = Arc::new(AtomicBool::new(false));
    let keeper = Keeper {
        client,
        messages: messages_in,
        up: up_in,
        gap: Arc::clone(&gap),
        out: out.clone(),
        address: address.to_owned(),
    };
    tasks.spawn(keeper.keep(connection));
    tasks.spawn(read(messages, batches_in));
    Ok(Follower { batches, up, gap })
}

/// Keeps the connection, and hands over what arrives.
struct Keeper {
    client: AsyncClient,
    messages: mpsc::Sender<Message>,
    up: watch::Sender<bool>,
    gap: Arc<AtomicBool>,
    out: Outlet,
    address: String,
}

impl Keeper {
    async fn keep(self, mut connection: EventLoop) {
        let mut failed = 0;
        let mut dice = Dice::new(self.out.now().0.unsigned_abs());
        while !self.messages.is_closed() {
            match connection.poll().await {
                Ok(rumqttc::Event::Incoming(packet)) => {
                    if let Packet::SubAck(_) = packet {
                        failed = 0;
                    }
                    self.take(packet).await;
                }
                Ok(rumqttc::Event::Outgoing(_)) => {}
                Err(error) => {
                    self.up.send_replace(false);
                    failed += 1;
                    if failed == 1 {
                        self.tell(error.to_string()).await;
                    }
                    sleep(PAUSES.pause(failed, &mut dice)).await;
                }
            }
        }
    }

    async fn take(&self, packet: Packet) {
        match packet {
            // The session is a clean one: every connection subscribes anew.
            Packet::ConnAck(_) => {
                let filters =
                    FILTERS.map(|filter| SubscribeFilterInput::new(filter, QoS::AtLeastOnce));
                if let Err(error) = self.client.try_subscribe_many(filters) {
                    self.tell(error.to_string()).await;
                }
            }
            Packet::SubAck(answer) => {
                let refused = answer
                    .return_codes
                    .iter()
                    .filter(|code| matches!(code, SubscribeReasonCode::Failure))
                    .count();
                if refused > 0 {
                    self.tell(format!(
                        "the broker refuses {refused} of {} topics",
                        FILTERS.len()
                    ))
                    .await;
                }
                self.up.send_replace(refused == 0);
            }
            Packet::Publish(publish) => {
                let message = Message {
                    topic: publish.topic,
                    payload: publish.payload,
                    received: self.out.now(),
                };
                if self.messages.try_send(message).is_err() {
                    self.gap.store(true, Ordering::Release);
                }
            }
            _ => {}
        }
    }

    async fn tell(&self, reason: String) {
        // When nobody listens, the session notices by itself.
        self.out
            .reject(&self.address, Rejection::new("connection", reason))
            .await
            .ok();
    }
}

/// Reads messages, in batches, until either end is closed.
async fn read(mut messages: mpsc::Receiver<Message>, batches: mpsc::Sender<Batch>) {
    loop {
        let mut collected = Vec::with_capacity(OBSERVATIONS_PER_UPDATE);
        if messages
            .recv_many(&mut collected, OBSERVATIONS_PER_UPDATE)
            .await
            == 0
        {
            return;
        }
        let until = Instant::now() + BATCH_WINDOW;
        while collected.len() < OBSERVATIONS_PER_UPDATE {
            let room = OBSERVATIONS_PER_UPDATE - collected.len();
            match timeout_at(until, messages.recv_many(&mut collected, room)).await {
                Ok(0) | Err(_) => break,
                Ok(_) => {}
            }
        }
        if batches.send(batch_of(&collected)).await.is_err() {
            return;
        }
    }
}

fn batch_of(messages: &[Message]) -> Batch {
    let mut batch = Batch::default();
    for message in messages {
        let topic = String::from_utf8_lossy(&message.topic);
        match mqtt_payload::message(&topic, &message.payload, message.received) {
            Ok(found) => {
                batch.observations.extend(found.observations);
                batch.events.extend(found.events);
                batch.cameras.extend(found.cameras);
                batch.rejected.extend(
                    found
                        .rejected
                        .into_iter()
                        .map(|rejection| (topic.to_string(), rejection)),
                );
            }
            Err(rejection) => batch.rejected.push((topic.into_owned(), rejection)),
        }
    }
    batch
}

/// Reads `mqtt://[user[:password]@]host[:port]`, or `host:port` alone.
fn broker_of(address: &str) -> Result<Broker, SyncError> {
    let bad = |reason: &str| SyncError::BadAddress {
        reason: reason.to_owned(),
        address: address.to_owned(),
    };
    let spelt = if address.contains("://") {
        address.to_owned()
    } else {
        format!("mqtt://{address}")
    };
    let url = Url::parse(&spelt).map_err(|error| bad(&error.to_string()))?;
    if !matches!(url.scheme(), "mqtt" | "tcp") {
        return Err(bad("mqtt://host:port is expected"));
    }
    let host = url
        .host_str()
        .filter(|host| !host.is_empty())
        .ok_or_else(|| bad("a host is expected"))?;
    let credentials = (!url.username().is_empty()).then(|| {
        (
            url.username().to_owned(),
            url.password().unwrap_or_default().to_owned(),
        )
    });
    // The brackets of an IPv6 address belong to the spelling, not to the address.
    let host = host
        .trim_start_matches('[')
        .trim_end_matches(']')
        .to_owned();
    Ok(Broker {
        host,
        port: url.port().unwrap_or(USUAL_PORT),
        credentials,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_broker(address: &str, expected: Option<(&str, u16)>) {
        let found = broker_of(address)
            .ok()
            .map(|broker| (broker.host, broker.port));
        assert_eq!(
            found,
            expected.map(|(host, port)| (host.to_owned(), port)),
            "{address}"
        );
    }

    #[test]
    fn a_broker_is_found_under_every_usual_spelling() {
        check_broker("mqtt://127.0.0.1:1884", Some(("127.0.0.1", 1884)));
        check_broker("tcp://broker", Some(("broker", 1883)));
        check_broker("broker:1900", Some(("broker", 1900)));
        check_broker("mqtt://[::1]:1884", Some(("::1", 1884)));
        check_broker("mqtts://broker", None);
        check_broker("http://broker", None);
        check_broker("mqtt://", None);
        let named = broker_of("mqtt://desk:secret@broker").expect("an address");
        assert_eq!(
            named.credentials,
            Some(("desk".to_owned(), "secret".to_owned()))
        );
    }

    #[test]
    fn a_batch_keeps_what_is_good_and_names_the_topic_of_what_is_not() {
        let message = |topic: &'static str, payload: &'static str| Message {
            topic: Bytes::from_static(topic.as_bytes()),
            payload: Bytes::from_static(payload.as_bytes()),
            received: UtcMillis(5),
        };
        let good = message("v1.1/Datastreams(1)/Observations", r#"{"result":1}"#);
        let bad = message("v1.1/Datastreams(2)/Observations", "boom");
        let batch = batch_of(&[bad, good]);
        assert_eq!(batch.observations.len(), 1);
        assert_eq!(batch.rejected.len(), 1);
        assert_eq!(batch.rejected[0].0, "v1.1/Datastreams(2)/Observations");
    }

    #[tokio::test]
    async fn a_burst_leaves_in_few_batches_and_in_order() {
        let (messages_in, messages) = mpsc::channel(10_000);
        let (batches_in, mut batches) = mpsc::channel(100);
        for n in 0..5000 {
            let payload = Bytes::from(format!(r#"{{"result":{n}}}"#));
            let topic = Bytes::from_static(b"v1.1/Datastreams(1)/Observations");
            messages_in
                .try_send(Message {
                    topic,
                    payload,
                    received: UtcMillis(n),
                })
                .expect("room");
        }
        drop(messages_in);
        tokio::spawn(read(messages, batches_in));
        let mut moments = Vec::new();
        let mut count = 0;
        while let Some(batch) = batches.recv().await {
            assert!(batch.observations.len() <= OBSERVATIONS_PER_UPDATE);
            moments.extend(
                batch
                    .observations
                    .iter()
                    .map(|observation| observation.happened_at.0),
            );
            count += 1;
        }
        assert_eq!(count, 3);
        assert_eq!(moments, (0..5000).collect::<Vec<i64>>());
    }
}
