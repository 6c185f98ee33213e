//! The built-in MQTT broker: rumqttd on a thread of its own, started and stopped with the hub.
//!
//! For one machine and a demo. A city uses a broker of its own ([`super::Mqtt::Outside`]). With TLS, a door of ours takes the
//! encrypted connections and hands what they say to rumqttd, which then listens on loopback only. With tokens, a client logs in
//! with its token as the password, whatever the user. rumqttd knows no rights per topic, so whoever comes in needs the role that
//! may publish observations; readers follow over HTTP.

use super::access::{Guard, Role};
use super::messages::{BrokerAddress, topics};
use super::tls::TlsListener;
use crate::error::HubError;
use rumqttd::protocol::v4::V4;
use rumqttd::{ConnectionSettings, LinkType, Router, RouterConfig, Server, ServerSettings};
use rustls::ServerConfig;
use rustls::crypto::ring;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, oneshot};

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
/// The user as whom the hub itself comes to a broker that wants a login.
const OWN_USER: &str = "hub";

/// The running broker.
pub(crate) struct BuiltInBroker {
    address: SocketAddr,
    own: BrokerAddress,
    is_tls: bool,
    door: Option<tokio::task::JoinHandle<()>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl BuiltInBroker {
    /// Starts the broker behind `tls`, for those whom `guard` knows; port 0 takes a free one. Call it inside a Tokio runtime.
    pub(crate) fn start_locked(
        address: SocketAddr,
        tls: Option<Arc<ServerConfig>>,
        guard: &Arc<Guard>,
    ) -> Result<Self, HubError> {
        let loopback = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
        let is_tls = tls.is_some();
        let inner = free_address(if is_tls { loopback } else { address })?;
        let (address, door) = match tls {
            None => (inner, None),
            Some(config) => {
                let (address, door) = open_door(address, inner, config)?;
                (address, Some(door))
            }
        };
        let mut own = BrokerAddress::new(here(inner).to_string(), inner.port());
        if !guard.is_open() {
            own.credentials = Some((OWN_USER.to_owned(), secret()?));
        }
        let (stop, thread) = start_thread(inner, guard, own.credentials.clone())?;
        Ok(Self {
            address,
            own,
            is_tls,
            door,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// How the hub itself reaches it.
    pub(crate) fn own_address(&self) -> BrokerAddress {
        self.own.clone()
    }

    /// How clients reach it under `host`.
    pub(crate) fn client_address(&self, host: IpAddr) -> BrokerAddress {
        BrokerAddress {
            is_tls: self.is_tls,
            ..BrokerAddress::new(host.to_string(), self.address.port())
        }
    }

    /// Closes every connection and the port, and waits for it.
    pub(crate) async fn stop(mut self) {
        if let Some(door) = self.door.take() {
            door.abort();
        }
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

/// An address that a client on this machine can use: "all interfaces" is none.
fn here(address: SocketAddr) -> IpAddr {
    if address.ip().is_unspecified() {
        IpAddr::V4(Ipv4Addr::LOCALHOST)
    } else {
        address.ip()
    }
}

fn secret() -> Result<String, HubError> {
    let mut bytes = [0; 16];
    ring::default_provider()
        .secure_random
        .fill(&mut bytes)
        .map_err(|err| HubError::Part {
            part: "random numbers",
            reason: format!("{err:?}"),
        })?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}

/// The door in front of a broker that knows no TLS.
fn open_door(
    address: SocketAddr,
    inner: SocketAddr,
    config: Arc<ServerConfig>,
) -> Result<(SocketAddr, tokio::task::JoinHandle<()>), HubError> {
    let failed = |err: std::io::Error| HubError::Address {
        door: "MQTT",
        reason: err.to_string(),
        address,
    };
    let listener = TcpListener::bind(address).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    let listener = tokio::net::TcpListener::from_std(listener).map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    let mut listener = TlsListener::new(listener, config).map_err(failed)?;
    let door = tokio::spawn(async move {
        let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        while let Ok(place) = Arc::clone(&room).acquire_owned().await {
            let (mut outside, peer) = listener.next().await;
            tokio::spawn(async move {
                let joined = async {
                    let mut inside = TcpStream::connect(inner).await?;
                    inside.set_nodelay(true)?;
                    tokio::io::copy_bidirectional(&mut outside, &mut inside).await
                };
                if let Err(err) = joined.await {
                    tracing::debug!(error = %err, address = %peer.address, "an MQTT connection broke");
                }
                drop(place);
            });
        }
    });
    Ok((bound, door))
}

type Running = (oneshot::Sender<()>, JoinHandle<()>);

fn start_thread(
    address: SocketAddr,
    guard: &Arc<Guard>,
    own: Option<(String, String)>,
) -> Result<Running, HubError> {
    let mut settings = ServerSettings {
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
    if let Some(own) = own {
        let guard = Arc::clone(guard);
        settings
            .connections
            .set_auth_handler(move |_client_id, user, password| {
                let is_own = own.0 == user && own.1 == password;
                let is_known = guard
                    .caller(Some(&password), None)
                    .is_some_and(|caller| caller.role >= Role::Source);
                std::future::ready(is_own || is_known)
            });
    }
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
    Ok((stop, thread))
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

#[cfg(test)]
mod tests {
    use super::*;
    use rumqttc::{Event, Packet};

    /// Whether the broker lets a client in as `user` with `password`.
    async fn lets_in(broker: &BrokerAddress, login: Option<(&str, &str)>) -> bool {
        let address = BrokerAddress {
            credentials: login.map(|(user, password)| (user.to_owned(), password.to_owned())),
            ..broker.clone()
        };
        let (_client, mut events) =
            super::super::messages::connection(&address, "tester", 10).expect("a client");
        loop {
            match events.poll().await {
                Ok(Event::Incoming(Packet::ConnAck(_))) => return true,
                Ok(_) => {}
                Err(_) => return false,
            }
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_locked_broker_lets_in_the_hub_and_whoever_may_publish() {
        let tokens =
            std::env::temp_dir().join(format!("citymirror-broker-{}.toml", std::process::id()));
        let text = "[[token]]\nname='pump'\nrole='source'\n\
            sha256='2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b'\n\
            [[token]]\nname='wall'\nrole='reader'\n\
            sha256='3c01eba119e00d79c82b6f65d70bc5f1044d568618bf41377e6d1432023fc2b8'\n";
        std::fs::write(&tokens, text).expect("a file");
        let guard = Arc::new(Guard::read(&tokens).expect("tokens"));
        let free = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
        let broker = BuiltInBroker::start_locked(free, None, &guard).expect("a broker");
        let own = broker.own_address();
        let (user, password) = own.credentials.clone().expect("a login");
        let mut tries = 0;
        // The broker's thread needs a moment to listen.
        while !lets_in(&own, Some((&user, &password))).await {
            tries += 1;
            assert!(tries < 100, "the hub is not let in");
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        assert!(lets_in(&own, Some(("any", "secret"))).await);
        assert!(!lets_in(&own, Some(("any", "look"))).await);
        assert!(!lets_in(&own, Some((&user, "guess"))).await);
        assert!(!lets_in(&own, None).await);
        broker.stop().await;
        std::fs::remove_file(&tokens).expect("removed");
    }
}
