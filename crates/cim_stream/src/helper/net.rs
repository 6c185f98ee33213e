//! The one machine that a helper speaks to: looked up before the walls stand, reached after.

use crate::address::{Limits, StreamAddress};
use crate::protocol::{Trouble, TroubleKind};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject as _};
use rustls::{ClientConfig, RootCertStore};
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use url::Url;

/// The most addresses of one name that are tried.
const MOST_TRIED: usize = 4;
/// How long one address may take to answer, and the encryption to be agreed on.
const CONNECT: Duration = Duration::from_secs(5);

/// A connection that bytes go through.
pub(crate) trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

/// The machine, the port and the name that a stream is at.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) url: Url,
    pub(crate) port: u16,
    pub(crate) header_bytes: usize,
    addresses: Vec<SocketAddr>,
    tls: Option<(Arc<ClientConfig>, ServerName<'static>)>,
}

impl Target {
    /// Looks up what `address` names, and reads the authorities that it needs. May take as long as the machine's resolver.
    pub(crate) fn resolve(address: &StreamAddress, limits: &Limits) -> Result<Self, Trouble> {
        let wrong = |words: String| Trouble::new(TroubleKind::Address, words);
        let url = Url::parse(&address.url).map_err(|error| wrong(error.to_string()))?;
        if !address.kind.takes_scheme(url.scheme()) {
            let words = format!(
                "a stream of kind {} at {}:",
                address.kind.name(),
                url.scheme()
            );
            return Err(wrong(words));
        }
        let host = url
            .host_str()
            .ok_or_else(|| wrong("the address names no machine".to_owned()))?;
        let port = url
            .port()
            .or_else(|| default_port(url.scheme()))
            .ok_or_else(|| wrong("the address names no port".to_owned()))?;
        let bare = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_owned();
        let found = (bare.as_str(), port)
            .to_socket_addrs()
            .map_err(|error| Trouble::new(TroubleKind::Resolve, format!("{bare}: {error}")))?;
        let addresses: Vec<SocketAddr> = found.take(MOST_TRIED).collect();
        if addresses.is_empty() {
            return Err(Trouble::new(
                TroubleKind::Resolve,
                format!("{bare} has no address"),
            ));
        }
        let tls = if matches!(url.scheme(), "https" | "wss") {
            Some(encryption(address, bare)?)
        } else {
            None
        };
        Ok(Self {
            url,
            port,
            header_bytes: limits.header_bytes as usize,
            addresses,
            tls,
        })
    }

    /// The address with the machine's number instead of its name, without a user: for a client that connects by itself.
    pub(crate) fn numbered_url(&self) -> Result<Url, Trouble> {
        let mut url = self.url.clone();
        let wrong = || Trouble::new(TroubleKind::Address, "the address cannot be numbered");
        let first = self.addresses.first().ok_or_else(wrong)?;
        url.set_ip_host(first.ip()).map_err(|()| wrong())?;
        url.set_port(Some(self.port)).map_err(|()| wrong())?;
        url.set_username("").map_err(|()| wrong())?;
        url.set_password(None).map_err(|()| wrong())?;
        Ok(url)
    }

    /// Whether `url` is on the same machine by the same way.
    pub(crate) fn has_same_origin(&self, url: &Url) -> bool {
        url.scheme() == self.url.scheme()
            && url.host_str() == self.url.host_str()
            && url.port_or_known_default() == self.url.port_or_known_default()
    }

    /// A connection, encrypted when the address says so.
    pub(crate) async fn connect(&self) -> Result<Box<dyn Wire>, Trouble> {
        let mut last = "no address".to_owned();
        for address in &self.addresses {
            let stream = match timeout(CONNECT, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => stream,
                Ok(Err(error)) => {
                    last = format!("{address}: {error}");
                    continue;
                }
                Err(_) => {
                    last = format!("{address} does not answer");
                    continue;
                }
            };
            let Some((config, name)) = &self.tls else {
                return Ok(Box::new(stream));
            };
            let connector = TlsConnector::from(Arc::clone(config));
            match timeout(CONNECT, connector.connect(name.clone(), stream)).await {
                Ok(Ok(stream)) => return Ok(Box::new(stream)),
                Ok(Err(error)) => last = format!("{address}: {error}"),
                Err(_) => last = format!("{address} does not agree on encryption"),
            }
        }
        Err(Trouble::new(TroubleKind::Connect, last))
    }
}

fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "rtsp" => Some(554),
        "http" | "ws" => Some(80),
        "https" | "wss" => Some(443),
        _ => None,
    }
}

fn encryption(
    address: &StreamAddress,
    host: String,
) -> Result<(Arc<ClientConfig>, ServerName<'static>), Trouble> {
    let wrong = |words: String| Trouble::new(TroubleKind::Address, words);
    let mut roots = RootCertStore::empty();
    if let Some(pem) = &address.authority_pem {
        for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            let certificate = certificate.map_err(|error| wrong(error.to_string()))?;
            roots
                .add(certificate)
                .map_err(|error| wrong(error.to_string()))?;
        }
    } else {
        let found = rustls_native_certs::load_native_certs();
        roots.add_parsable_certificates(found.certs);
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(host).map_err(|error| wrong(error.to_string()))?;
    Ok((Arc::new(config), name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::SourceKind;

    fn target(kind: SourceKind, url: &str) -> Result<Target, Trouble> {
        Target::resolve(&StreamAddress::new(kind, url, true), &Limits::default())
    }

    fn check_refused(kind: SourceKind, url: &str, expected: TroubleKind) {
        let told = target(kind, url).err().map(|trouble| trouble.kind);
        assert_eq!(told, Some(expected), "{url}");
    }

    #[test]
    fn only_the_schemes_of_a_kind_are_followed() {
        check_refused(SourceKind::Mp4, "file:///etc/passwd", TroubleKind::Address);
        check_refused(SourceKind::Mp4, "rtsp://127.0.0.1/1", TroubleKind::Address);
        check_refused(
            SourceKind::Rtsp,
            "rtsps://127.0.0.1/1",
            TroubleKind::Address,
        );
        check_refused(SourceKind::Hls, "no address", TroubleKind::Address);
    }

    #[test]
    fn only_one_machine_and_port_is_the_same() {
        let target =
            target(SourceKind::Hls, "http://127.0.0.1:8080/a/live.m3u8").expect("a target");
        let is_same = |url: &str| target.has_same_origin(&Url::parse(url).expect("an address"));
        assert!(is_same("http://127.0.0.1:8080/b/1.m4s"));
        assert!(!is_same("http://127.0.0.1:8081/b/1.m4s"));
        assert!(!is_same("http://127.0.0.2:8080/b/1.m4s"));
        assert!(!is_same("https://127.0.0.1:8080/b/1.m4s"));
        assert!(!is_same("file:///b/1.m4s"));
    }

    #[test]
    fn a_client_that_connects_by_itself_gets_a_number_and_no_password() {
        let target = target(SourceKind::Rtsp, "rtsp://u:p@127.0.0.1/1?x=2").expect("a target");
        let url = target.numbered_url().expect("an address");
        assert_eq!(url.as_str(), "rtsp://127.0.0.1:554/1?x=2");
    }
}
