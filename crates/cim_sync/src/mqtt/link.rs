//! One connection to a broker in either version of MQTT, and what happens on it in the same words.

use super::{
    Sessions,
    address::{Broker, Version},
    dial::Dialer,
    read::Message,
};
use crate::access::AccessError;
use cim_model::UtcMillis;
use std::{io, time::Duration};

/// How large a message may be, in bytes.
const MESSAGE_MAX_BYTES: u32 = 16 * 1024 * 1024;
/// How many requests of ours may wait for the connection; there is one.
const REQUESTS_WAITING: usize = 16;
/// How many messages the broker may send without an answer to the first (MQTT 5, clause 3.1.2.11.3).
const RECEIVE_MAXIMUM: u16 = 1000;
/// How long the broker keeps a session, and the messages for it, after this desk is gone.
const SESSION_EXPIRY_S: u32 = 3600;
const KEEP_ALIVE_S: u16 = 15;
/// How long a connection may take from its begin to the broker's answer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(6);

/// What happened on a connection.
#[derive(Debug)]
pub(super) enum Happening {
    /// The broker let this desk in.
    Connected { session_present: bool },
    /// The broker answered the subscription, of which it refuses some filters.
    Subscribed { refused: usize },
    /// A message arrived.
    Arrived(Message),
    /// Nothing that matters here.
    Other,
}

/// Why a connection ended or did not come about.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) reason: String,
    /// What the failure says of the version of MQTT that was spoken.
    pub(super) version: Verdict,
}

/// What a failure says of the version of MQTT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The broker does not speak it.
    NotSpoken,
    /// The broker speaks it, and refuses for another reason.
    Spoken,
    /// Nothing: the connection broke.
    Unknown,
}

/// One connection, in one version.
pub(super) enum Link {
    Three(rumqttc::AsyncClient, Box<rumqttc::EventLoop>),
    Five(rumqttc5::AsyncClient, Box<rumqttc5::EventLoop>),
}

impl Link {
    /// Prepares a connection; it comes about with the first [`Self::next`].
    pub(super) fn open(
        version: Version,
        broker: &Broker,
        dialer: &Dialer,
        client_id: &str,
        sessions: Sessions,
    ) -> Result<Self, String> {
        match version {
            Version::Three => open_three(broker, dialer, client_id, sessions),
            Version::Five => open_five(broker, dialer, client_id, sessions),
        }
    }

    /// Subscribes, QoS 1. [`Happening::Subscribed`] follows.
    pub(super) fn subscribe(&self, filters: &[String]) -> Result<(), String> {
        match self {
            Self::Three(client, _) => {
                let filters = filters.iter().map(|filter| {
                    rumqttc::SubscribeFilterInput::new(filter.as_str(), rumqttc::QoS::AtLeastOnce)
                });
                client
                    .try_subscribe_many(filters)
                    .map_err(|error| error.to_string())
            }
            Self::Five(client, _) => {
                let filters = filters.iter().map(|filter| {
                    rumqttc5::SubscribeFilterInput::new(filter.as_str(), rumqttc5::QoS::AtLeastOnce)
                });
                client
                    .try_subscribe_many(filters)
                    .map_err(|error| error.to_string())
            }
        }
    }

    /// Waits for what happens next. `now` is when it arrived.
    pub(super) async fn next(&mut self, now: impl Fn() -> UtcMillis) -> Result<Happening, Failure> {
        match self {
            Self::Three(_, connection) => match connection.poll().await {
                Ok(rumqttc::Event::Incoming(packet)) => Ok(three(packet, &now)),
                Ok(rumqttc::Event::Outgoing(_)) => Ok(Happening::Other),
                Err(error) => Err(failure_of_three(error)),
            },
            Self::Five(_, connection) => match connection.poll().await {
                Ok(rumqttc5::Event::Incoming(packet)) => {
                    Ok(with_empty_state(connection, five(packet, &now)))
                }
                Ok(_) => Ok(Happening::Other),
                Err(error) => Err(failure_of_five(error)),
            },
        }
    }
}

fn open_three(
    broker: &Broker,
    dialer: &Dialer,
    client_id: &str,
    sessions: Sessions,
) -> Result<Link, String> {
    use rumqttc::{AsyncClient, Broker as Target, MqttOptions, NetworkOptions};
    let target = match broker.websocket_address() {
        Some(address) => Target::websocket(address).map_err(|error| error.to_string())?,
        None => Target::tcp(broker.host.clone(), broker.port),
    };
    let mut options = MqttOptions::new(client_id, target);
    let dialer = dialer.clone();
    options
        .set_keep_alive(KEEP_ALIVE_S)
        .set_max_packet_size(MESSAGE_MAX_BYTES as usize, MESSAGE_MAX_BYTES as usize)
        .set_socket_connector(move |_address, _network| {
            let dialer = dialer.clone();
            async move { dialer.dial().await }
        })
        .try_set_clean_session(sessions == Sessions::Fresh)
        .map_err(|error| error.to_string())?;
    if let Some((user, password)) = &broker.credentials {
        options.set_credentials(user.clone(), password.clone());
    }
    let (client, mut connection) = AsyncClient::builder(options)
        .capacity(REQUESTS_WAITING)
        .try_build()
        .map_err(|error| error.to_string())?;
    let mut network = NetworkOptions::new();
    network.set_connection_timeout(CONNECT_TIMEOUT.as_secs());
    connection.set_network_options(network);
    Ok(Link::Three(client, Box::new(connection)))
}

fn open_five(
    broker: &Broker,
    dialer: &Dialer,
    client_id: &str,
    sessions: Sessions,
) -> Result<Link, String> {
    use rumqttc5::{
        AsyncClient, Broker as Target, BrokerSessionResumePolicy, MqttOptions, NetworkOptions,
    };
    let target = match broker.websocket_address() {
        Some(address) => Target::websocket(address).map_err(|error| error.to_string())?,
        None => Target::tcp(broker.host.clone(), broker.port),
    };
    let is_kept = sessions == Sessions::Kept;
    let mut network = NetworkOptions::new();
    network.set_connection_timeout(CONNECT_TIMEOUT.as_secs());
    let mut options = MqttOptions::new(client_id, target);
    let dialer = dialer.clone();
    options
        .set_keep_alive(KEEP_ALIVE_S)
        .set_connect_timeout(CONNECT_TIMEOUT)
        .set_network_options(network)
        .set_max_packet_size(Some(MESSAGE_MAX_BYTES))
        .set_receive_maximum(Some(RECEIVE_MAXIMUM))
        .set_session_expiry_interval(Some(if is_kept { SESSION_EXPIRY_S } else { 0 }))
        .set_clean_start(!is_kept)
        // This desk sends nothing that would have to be sent again, so a session that only the broker knows is welcome.
        .set_broker_session_resume_policy(BrokerSessionResumePolicy::AllowBrokerOnly)
        .set_socket_connector(move |_address, _network| {
            let dialer = dialer.clone();
            async move { dialer.dial().await }
        });
    if let Some((user, password)) = &broker.credentials {
        options.set_credentials(user.clone(), password.clone());
    }
    let (client, connection) = AsyncClient::builder(options)
        .capacity(REQUESTS_WAITING)
        .try_build()
        .map_err(|error| error.to_string())?;
    Ok(Link::Five(client, Box::new(connection)))
}

/// The client of MQTT 5 subscribes to nothing in a session whose state it does not have. This desk has nothing in flight when it
/// connects, so the empty state is the right one.
fn with_empty_state(connection: &mut rumqttc5::EventLoop, happening: Happening) -> Happening {
    if let Happening::Connected {
        session_present: true,
    } = happening
    {
        connection.reset_session_state();
    }
    happening
}

fn three(packet: rumqttc::Packet, now: impl Fn() -> UtcMillis) -> Happening {
    use rumqttc::{Packet, SubscribeReasonCode};
    match packet {
        Packet::ConnAck(answer) => Happening::Connected {
            session_present: answer.session_present,
        },
        Packet::SubAck(answer) => Happening::Subscribed {
            refused: answer
                .return_codes
                .iter()
                .filter(|code| !matches!(code, SubscribeReasonCode::Success(_)))
                .count(),
        },
        Packet::Publish(publish) => Happening::Arrived(Message {
            topic: publish.topic,
            payload: publish.payload,
            is_retained: publish.retain,
            received: now(),
        }),
        _ => Happening::Other,
    }
}

fn five(packet: rumqttc5::Packet, now: impl Fn() -> UtcMillis) -> Happening {
    use rumqttc5::{Packet, SubscribeReasonCode};
    match packet {
        Packet::ConnAck(answer) => Happening::Connected {
            session_present: answer.session_present,
        },
        Packet::SubAck(answer) => Happening::Subscribed {
            refused: answer
                .return_codes
                .iter()
                .filter(|code| !matches!(code, SubscribeReasonCode::Success(_)))
                .count(),
        },
        Packet::Publish(publish) => Happening::Arrived(Message {
            topic: publish.topic,
            payload: publish.payload,
            is_retained: publish.retain,
            received: now(),
        }),
        _ => Happening::Other,
    }
}

fn failure_of_three(error: rumqttc::ConnectionError) -> Failure {
    use rumqttc::{ConnectReturnCode as Code, ConnectionError, StateError};
    match error {
        ConnectionError::ConnectionRefused(code) => match code {
            Code::RefusedProtocolVersion => not_spoken("3.1.1"),
            Code::BadUserNamePassword | Code::NotAuthorized => stranger(),
            Code::BadClientId => spoken("the broker does not accept this desk's client id"),
            other => spoken(format!("the broker refuses ({other:?})")),
        },
        ConnectionError::Io(error) | ConnectionError::MqttState(StateError::Io(error)) => {
            broken(&error)
        }
        other => unknown(other.to_string()),
    }
}

fn failure_of_five(error: rumqttc5::ConnectionError) -> Failure {
    use rumqttc5::{ConnectReturnCode as Code, ConnectionError, StateError};
    match error {
        ConnectionError::ConnectionRefused(code)
        | ConnectionError::MqttState(StateError::ConnFail { reason: code }) => match code {
            Code::RefusedProtocolVersion | Code::UnsupportedProtocolVersion => not_spoken("5"),
            Code::BadUserNamePassword | Code::NotAuthorized | Code::BadAuthenticationMethod => {
                stranger()
            }
            Code::BadClientId | Code::ClientIdentifierNotValid => {
                spoken("the broker does not accept this desk's client id")
            }
            Code::Banned => spoken("the broker has banned this desk"),
            other => spoken(format!("the broker refuses ({other:?})")),
        },
        ConnectionError::Io(error) | ConnectionError::MqttState(StateError::Io(error)) => {
            broken(&error)
        }
        other => unknown(other.to_string()),
    }
}

fn not_spoken(version: &str) -> Failure {
    Failure {
        reason: format!("the broker does not speak MQTT {version}"),
        version: Verdict::NotSpoken,
    }
}

fn stranger() -> Failure {
    spoken("the broker refuses this user, password or token")
}

fn spoken(reason: impl Into<String>) -> Failure {
    Failure {
        reason: reason.into(),
        version: Verdict::Spoken,
    }
}

fn unknown(reason: String) -> Failure {
    Failure {
        reason,
        version: Verdict::Unknown,
    }
}

fn broken(error: &io::Error) -> Failure {
    let reason = AccessError::of(error, "the broker");
    unknown(reason.map_or_else(|| error.to_string(), |reason| reason.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_whether_the_version_or_the_person_is_meant() {
        use rumqttc5::{ConnectReturnCode, ConnectionError};
        let version = |code| failure_of_five(ConnectionError::ConnectionRefused(code)).version;
        assert_eq!(
            version(ConnectReturnCode::UnsupportedProtocolVersion),
            Verdict::NotSpoken
        );
        assert_eq!(version(ConnectReturnCode::NotAuthorized), Verdict::Spoken);
        assert_eq!(version(ConnectReturnCode::ServerBusy), Verdict::Spoken);
        let cut = io::Error::from(io::ErrorKind::ConnectionReset);
        assert_eq!(
            failure_of_five(ConnectionError::Io(cut)).version,
            Verdict::Unknown
        );
        let code = rumqttc::ConnectReturnCode::NotAuthorized;
        let failure = failure_of_three(rumqttc::ConnectionError::ConnectionRefused(code));
        assert!(failure.reason.contains("password"), "{}", failure.reason);
    }

    #[test]
    fn a_certificate_that_is_not_believed_is_named_as_such() {
        let wrapped = io::Error::other(rustls::Error::InvalidCertificate(
            rustls::CertificateError::Expired,
        ));
        let failure = failure_of_three(rumqttc::ConnectionError::Io(wrapped));
        assert!(failure.reason.contains("has expired"), "{}", failure.reason);
    }
}
