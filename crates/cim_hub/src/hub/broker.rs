//! The built-in MQTT broker: rumqttd on a thread of its own, started and stopped with the hub.
//!
//! For one machine and a demo. A city uses a broker of its own ([`super::Mqtt::Outside`]).

use super::messages::topics;
use crate::error::HubError;
use rumqttd::protocol::v4::V4;
use rumqttd::{ConnectionSettings, LinkType, Router, RouterConfig, Server, ServerSettings};
use std::net::{SocketAddr, TcpListener};
use std::thread::JoinHandle;
use tokio::sync::oneshot;

/// Clients at the same time; more are turned away.
const MAX_CONNECTIONS: usize = 1000;
/// The largest message, in bytes; larger ones close the connection.
pub(crate) const MAX_MESSAGE: usize = 16 * 1024 * 1024;
/// Messages of QoS 1 and 2 that a client may have open, and messages read at once.
const MAX_IN_FLIGHT: usize = 500;
/// Messages handed to one client before the next client's turn.
const MAX_OUTGOING: u64 = 500;
/// A slow subscriber may lag by this many bytes times [`SEGMENTS`] per filter; then it misses the oldest messages.
const SEGMENT_BYTES: usize = 8 * 1024 * 1024;
/// Segments kept per filter.
const SEGMENTS: usize = 8;
/// How long a new connection may take to say who it is.
const CONNECT_TIMEOUT_MS: u16 = 10_000;

/// The running broker.
pub(crate) struct BuiltInBroker {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl BuiltInBroker {
    /// Starts the broker; port 0 takes a free one.
    pub(crate) fn start(address: SocketAddr) -> Result<Self, HubError> {
        let address = free_address(address)?;
        let settings = ServerSettings {
            name: "cim-mqtt".to_owned(),
            listen: address,
            tls: None,
            next_connection_delay_ms: 1,
            connections: ConnectionSettings {
                connection_timeout_ms: CONNECT_TIMEOUT_MS,
                max_payload_size: MAX_MESSAGE,
                max_inflight_count: MAX_IN_FLIGHT,
                auth: None,
                external_auth: None,
                dynamic_filters: false,
            },
        };
        let router = RouterConfig {
            max_connections: MAX_CONNECTIONS,
            max_outgoing_packet_count: MAX_OUTGOING,
            max_segment_size: SEGMENT_BYTES,
            max_segment_count: SEGMENTS,
            initialized_filters: Some(
                topics::ALL
                    .iter()
                    .map(|topic| (*topic).to_owned())
                    .collect(),
            ),
            ..RouterConfig::default()
        };
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("cim-mqtt-broker".to_owned())
            .spawn(move || run(settings, router, stopped))
            .map_err(|err| HubError::Part {
                part: "broker thread",
                reason: err.to_string(),
            })?;
        Ok(Self {
            address,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Closes every connection and the port, and waits for it.
    pub(crate) async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            // The receiver is gone only when the broker has already ended.
            let _already_ended = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let joined = tokio::task::spawn_blocking(move || thread.join()).await;
            if !matches!(joined, Ok(Ok(()))) {
                tracing::warn!("the built-in broker ended badly");
            }
        }
    }
}

fn run(settings: ServerSettings, router: RouterConfig, stopped: oneshot::Receiver<()>) {
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(err) => {
            tracing::error!(error = %err, "the built-in broker cannot start");
            return;
        }
    };
    runtime.block_on(async move {
        // The server is driven here and not by `rumqttd::Broker`, which cannot be stopped. Its router thread stays
        // behind, asleep: rumqttd gives no way to end it.
        let mut server = Server::new(settings, Router::new(0, router).spawn(), V4);
        tokio::select! {
            ended = server.start(LinkType::Remote) => {
                if let Err(err) = ended {
                    tracing::error!(error = %err, "the built-in broker ended");
                }
            }
            _ = stopped => {}
        }
    });
}

/// Makes sure that the address can be had before rumqttd tries: it would only log that it cannot.
fn free_address(address: SocketAddr) -> Result<SocketAddr, HubError> {
    TcpListener::bind(address)
        .and_then(|listener| listener.local_addr())
        .map_err(|err| HubError::Address {
            door: "MQTT",
            reason: err.to_string(),
            address,
        })
}
