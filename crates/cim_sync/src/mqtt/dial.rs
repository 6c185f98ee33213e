//! Opens the connection to a broker: every address of its name in turn, IPv6 as well as IPv4, and TLS on top where it belongs.
//!
//! Done here and not by MQTT's client, so that HTTP and MQTT believe the same servers and say the same when they don't.

use super::address::Broker;
use crate::access::{Access, AccessError};
use rustls::{ClientConfig, pki_types::ServerName};
use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, lookup_host},
    time::timeout,
};
use tokio_rustls::TlsConnector;

/// How long one address of a broker may take to answer.
const ADDRESS_PATIENCE: Duration = Duration::from_secs(2);

/// Both directions of a connection.
pub(super) trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

/// Knows the way to one broker. Clones share what they know.
#[derive(Clone)]
pub(super) struct Dialer {
    host: String,
    port: u16,
    shown: String,
    tls: Option<(Arc<ClientConfig>, ServerName<'static>)>,
    reached: Arc<AtomicBool>,
}

impl Dialer {
    pub(super) fn new(broker: &Broker, access: &Access) -> Result<Self, AccessError> {
        let tls = if broker.is_tls {
            let name =
                ServerName::try_from(broker.host.clone()).map_err(|error| AccessError::Tls {
                    reason: error.to_string(),
                    address: broker.shown.clone(),
                })?;
            Some((Arc::new(access.client_config()?), name))
        } else {
            None
        };
        Ok(Self {
            host: broker.host.clone(),
            port: broker.port,
            shown: broker.shown.clone(),
            tls,
            reached: Arc::default(),
        })
    }

    /// Whether a connection came about since this was asked last: what failed then was MQTT itself.
    pub(super) fn take_reached(&self) -> bool {
        self.reached.swap(false, Ordering::AcqRel)
    }

    /// Opens a connection.
    pub(super) async fn dial(&self) -> io::Result<Box<dyn Wire>> {
        let stream = self.connect().await?;
        stream.set_nodelay(true)?;
        let Some((config, name)) = &self.tls else {
            self.reached.store(true, Ordering::Release);
            return Ok(Box::new(stream));
        };
        let connector = TlsConnector::from(Arc::clone(config));
        let stream = connector
            .connect(name.clone(), stream)
            .await
            .map_err(|error| match AccessError::of(&error, &self.shown) {
                Some(error) => io::Error::other(error),
                None => error,
            })?;
        self.reached.store(true, Ordering::Release);
        Ok(Box::new(stream))
    }

    async fn connect(&self) -> io::Result<TcpStream> {
        let mut failed = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        for address in lookup_host((self.host.as_str(), self.port)).await? {
            match timeout(ADDRESS_PATIENCE, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(error)) => failed = error,
                Err(_elapsed) => failed = io::Error::new(io::ErrorKind::TimedOut, "no answer"),
            }
        }
        Err(failed)
    }
}
