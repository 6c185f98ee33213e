//! The hub's encrypted doors: certificates from PEM files, and a listener that shakes hands beside its accepting.
//!
//! A client that dawdles in its handshake keeps nobody else waiting: handshakes run in tasks of their own, at most
//! [`MAX_HANDSHAKES`] at once and each for [`HANDSHAKE_PATIENCE`] at most.

use crate::error::HubError;
use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// Handshakes at the same time; more clients wait in the system's queue.
const MAX_HANDSHAKES: usize = 256;
/// Connections that wait for the server after their handshake.
const WAITING: usize = 64;
/// How long a handshake may take.
const HANDSHAKE_PATIENCE: Duration = Duration::from_secs(5);
/// Pause after the system refused to accept, for instance because there are too many open files.
const REFUSED_PAUSE: Duration = Duration::from_millis(200);
/// The largest PEM file that is read, in bytes.
const MAX_PEM: u64 = 1024 * 1024;
/// The common name in a distinguished name: 2.5.4.3 (ITU-T X.520), as DER.
const COMMON_NAME: [u8; 5] = [0x06, 0x03, 0x55, 0x04, 0x03];

/// The files of an encrypted door, all PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The server's certificate, its own first, then those between it and the authority.
    pub certificate: PathBuf,
    /// The certificate's private key.
    pub key: PathBuf,
    /// Authorities whose client certificates are believed. Clients without one may come and show a token instead.
    pub client_authority: Option<PathBuf>,
}

impl TlsFiles {
    /// Reads the files. TLS 1.2 and 1.3.
    pub(crate) fn config(&self) -> Result<Arc<ServerConfig>, HubError> {
        let provider = Arc::new(ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|err| bad(&self.certificate, err.to_string()))?;
        let builder = match &self.client_authority {
            None => builder.with_no_client_auth(),
            Some(path) => {
                let mut roots = RootCertStore::empty();
                for certificate in certificates(path)? {
                    roots
                        .add(certificate)
                        .map_err(|err| bad(path, err.to_string()))?;
                }
                let verifier =
                    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                        .allow_unauthenticated()
                        .build()
                        .map_err(|err| bad(path, err.to_string()))?;
                builder.with_client_cert_verifier(verifier)
            }
        };
        let key = PrivateKeyDer::from_pem_slice(&pem(&self.key)?)
            .map_err(|err| bad(&self.key, err.to_string()))?;
        let config = builder
            .with_single_cert(certificates(&self.certificate)?, key)
            .map_err(|err| bad(&self.certificate, err.to_string()))?;
        Ok(Arc::new(config))
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, HubError> {
    let found = CertificateDer::pem_slice_iter(&pem(path)?)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|err| bad(path, err.to_string()))?;
    if found.is_empty() {
        return Err(bad(path, "there is no PEM certificate in it".to_owned()));
    }
    Ok(found)
}

fn pem(path: &Path) -> Result<Vec<u8>, HubError> {
    let failed = |err: io::Error| bad(path, err.to_string());
    if std::fs::metadata(path).map_err(failed)?.len() > MAX_PEM {
        return Err(bad(path, format!("more than {MAX_PEM} bytes")));
    }
    std::fs::read(path).map_err(failed)
}

fn bad(path: &Path, reason: String) -> HubError {
    HubError::AccessFile {
        reason,
        path: path.to_owned(),
    }
}

/// Who is at the other end of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Peer {
    /// Its address.
    pub(crate) address: SocketAddr,
    /// The common name of the certificate that it showed; the certificate was believed.
    pub(crate) certificate: Option<String>,
}

/// Encrypted connections, after their handshake.
#[derive(Debug)]
pub(crate) struct TlsListener {
    arrived: mpsc::Receiver<(TlsStream<TcpStream>, Peer)>,
    address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl TlsListener {
    /// Takes connections from `listener` from now on; call it inside a Tokio runtime.
    pub(crate) fn new(listener: TcpListener, config: Arc<ServerConfig>) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let (arrive, arrived) = mpsc::channel(WAITING);
        let accepting = tokio::spawn(accept_all(listener, TlsAcceptor::from(config), arrive));
        Ok(Self {
            arrived,
            address,
            accepting,
        })
    }

    /// The next connection; waits for ever once the port is closed.
    pub(crate) async fn next(&mut self) -> (TlsStream<TcpStream>, Peer) {
        match self.arrived.recv().await {
            Some(arrived) => arrived,
            None => std::future::pending().await,
        }
    }
}

impl Drop for TlsListener {
    fn drop(&mut self) {
        // Without its owner nobody takes connections: the port closes.
        self.accepting.abort();
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = Peer;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        self.next().await
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        Ok(Peer {
            address: self.address,
            certificate: None,
        })
    }
}

impl Connected<IncomingStream<'_, TlsListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, TlsListener>) -> Self {
        stream.remote_addr().clone()
    }
}

async fn accept_all(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    arrive: mpsc::Sender<(TlsStream<TcpStream>, Peer)>,
) {
    let room = Arc::new(Semaphore::new(MAX_HANDSHAKES));
    while !arrive.is_closed() {
        let Ok(place) = Arc::clone(&room).acquire_owned().await else {
            return;
        };
        let (stream, address) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(err) => {
                tracing::warn!(error = %err, "a connection is not accepted");
                tokio::time::sleep(REFUSED_PAUSE).await;
                continue;
            }
        };
        let (acceptor, arrive) = (acceptor.clone(), arrive.clone());
        tokio::spawn(async move {
            if let Some(arrived) = shake_hands(&acceptor, stream, address).await {
                // An error means that the server is closing.
                arrive.send(arrived).await.unwrap_or_default();
            }
            drop(place);
        });
    }
}

async fn shake_hands(
    acceptor: &TlsAcceptor,
    stream: TcpStream,
    address: SocketAddr,
) -> Option<(TlsStream<TcpStream>, Peer)> {
    if let Err(err) = stream.set_nodelay(true) {
        tracing::debug!(error = %err, %address, "answers to this client may wait");
    }
    match tokio::time::timeout(HANDSHAKE_PATIENCE, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => {
            let (_, connection) = stream.get_ref();
            let certificate = connection
                .peer_certificates()
                .and_then(|chain| chain.first())
                .and_then(|certificate| common_name(certificate));
            let peer = Peer {
                address,
                certificate,
            };
            Some((stream, peer))
        }
        Ok(Err(err)) => {
            tracing::debug!(error = %err, %address, "a handshake failed");
            None
        }
        Err(_elapsed) => {
            tracing::debug!(%address, "a handshake took too long");
            None
        }
    }
}

/// The common name of the subject of a certificate (RFC 5280, clause 4.1.2.6) that was verified already.
fn common_name(certificate: &[u8]) -> Option<String> {
    let (_, certificate, _) = element(certificate)?;
    let (_, mut fields, _) = element(certificate)?;
    // version (when explicit), serialNumber, signature, issuer, validity, and then subject.
    let (tag, _, rest) = element(fields)?;
    if tag == 0xA0 {
        fields = rest;
    }
    for _before_subject in 0..4 {
        fields = element(fields)?.2;
    }
    let (_, mut names, _) = element(fields)?;
    while !names.is_empty() {
        let (_, set, rest) = element(names)?;
        names = rest;
        let (_, attribute, _) = element(set)?;
        if let Some(value) = attribute.strip_prefix(&COMMON_NAME) {
            let (_, text, _) = element(value)?;
            return std::str::from_utf8(text).ok().map(str::to_owned);
        }
    }
    None
}

/// The first element of DER `bytes` (ITU-T X.690): its tag, its content, and what follows it.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let digits = usize::from(first & 0x7F);
        if digits == 0 || digits > 4 {
            return None;
        }
        let (digits, rest) = rest.split_at_checked(digits)?;
        let length = digits
            .iter()
            .fold(0_usize, |sum, &digit| (sum << 8) | usize::from(digit));
        (length, rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub::access::{self, Guard};
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio_rustls::TlsConnector;

    fn certificate(names: &[(DnType, &str)]) -> Vec<u8> {
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).expect("names");
        params.distinguished_name = DistinguishedName::new();
        for (kind, name) in names {
            params.distinguished_name.push(kind.clone(), *name);
        }
        let key = KeyPair::generate().expect("a key");
        params
            .self_signed(&key)
            .expect("a certificate")
            .der()
            .to_vec()
    }

    #[test]
    fn the_common_name_is_read_wherever_it_stands() {
        let plain = certificate(&[(DnType::CommonName, "desk-7")]);
        assert_eq!(common_name(&plain).as_deref(), Some("desk-7"));
        let last = certificate(&[
            (DnType::OrganizationName, "应急管理局"),
            (DnType::CommonName, "指挥台"),
        ]);
        assert_eq!(common_name(&last).as_deref(), Some("指挥台"));
        assert_eq!(common_name(&certificate(&[])), None);
    }

    #[test]
    fn a_certificate_that_is_cut_anywhere_has_no_name_and_breaks_nothing() {
        let whole = certificate(&[(DnType::CommonName, "desk-7")]);
        for length in 0..whole.len() {
            assert_eq!(common_name(whole.get(..length).expect("within")), None);
        }
    }

    #[test]
    fn a_file_that_is_missing_is_named() {
        let files = TlsFiles {
            certificate: "/nowhere/server.pem".into(),
            key: "/nowhere/server.key".into(),
            client_authority: None,
        };
        let text = files.config().expect_err("no files").to_string();
        assert!(text.contains("/nowhere/server.key"), "{text}");
    }

    /// An authority of a test, and the files of what it issued.
    struct Drill {
        folder: PathBuf,
        authority: rcgen::CertifiedIssuer<'static, KeyPair>,
    }

    impl Drill {
        fn new() -> Self {
            let folder =
                std::env::temp_dir().join(format!("citymirror-hub-tls-{}", std::process::id()));
            std::fs::create_dir_all(&folder).expect("a folder");
            let mut params = CertificateParams::default();
            params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
            let key = KeyPair::generate().expect("a key");
            let authority = rcgen::CertifiedIssuer::self_signed(params, key).expect("an authority");
            std::fs::write(folder.join("authority.pem"), authority.pem()).expect("a file");
            Self { folder, authority }
        }

        fn issue(&self, name: &str) -> (CertificateDer<'static>, KeyPair) {
            let mut params = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
            params.distinguished_name = DistinguishedName::new();
            params.distinguished_name.push(DnType::CommonName, name);
            let key = KeyPair::generate().expect("a key");
            let certificate = params.signed_by(&key, &self.authority).expect("signed");
            let path = |kind: &str| self.folder.join(format!("{name}.{kind}"));
            std::fs::write(path("pem"), certificate.pem()).expect("a file");
            std::fs::write(path("key"), key.serialize_pem()).expect("a file");
            (certificate.der().clone(), key)
        }

        fn client(&self, own: Option<(CertificateDer<'static>, KeyPair)>) -> TlsConnector {
            let mut roots = RootCertStore::empty();
            roots
                .add(self.authority.der().clone())
                .expect("an authority");
            let builder =
                rustls::ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
                    .with_safe_default_protocol_versions()
                    .expect("TLS")
                    .with_root_certificates(roots);
            let config = match own {
                None => builder.with_no_client_auth(),
                Some((certificate, key)) => {
                    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
                    builder
                        .with_client_auth_cert(vec![certificate], key)
                        .expect("an identity")
                }
            };
            TlsConnector::from(Arc::new(config))
        }
    }

    async fn status(address: SocketAddr, client: &TlsConnector, request: &str) -> String {
        let stream = TcpStream::connect(address).await.expect("connected");
        let name = "localhost".try_into().expect("a name");
        let mut stream = client.connect(name, stream).await.expect("believed");
        let text = format!("{request}host: localhost\r\nconnection: close\r\n\r\n");
        stream.write_all(text.as_bytes()).await.expect("asked");
        let mut answer = Vec::new();
        // The end may come without a farewell.
        stream.read_to_end(&mut answer).await.unwrap_or_default();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        answer.get(9..12).unwrap_or_default().to_owned()
    }

    #[tokio::test]
    async fn tokens_and_certificates_open_the_doors_that_they_are_for_and_dawdlers_stop_nobody() {
        let drill = Drill::new();
        drill.issue("server");
        let tokens = drill.folder.join("tokens.toml");
        std::fs::write(
            &tokens,
            "[[token]]\nname='desk'\nrole='operator'\ncertificate='desk-7'\n[[token]]\nname='wall'\nrole='reader'\n\
             sha256='2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b'\n",
        )
        .expect("a file");
        let files = TlsFiles {
            certificate: drill.folder.join("server.pem"),
            key: drill.folder.join("server.key"),
            client_authority: Some(drill.folder.join("authority.pem")),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let listener =
            TlsListener::new(listener, files.config().expect("files")).expect("a listener");
        let guard = Arc::new(Guard::read(&tokens).expect("tokens"));
        let router = axum::Router::new()
            .route("/healthz", get(|| async { "ok" }))
            .route(
                "/api/events",
                get(|| async { "[]" }).post(|| async { "ok" }),
            )
            .layer(from_fn_with_state(guard, access::guard))
            .into_make_service_with_connect_info::<Peer>();
        let server = tokio::spawn(async move { axum::serve(listener, router).await });
        // Those who connect and say nothing.
        let mut dawdlers = Vec::new();
        for _ in 0..20 {
            dawdlers.push(TcpStream::connect(address).await.expect("connected"));
        }
        let nobody = drill.client(None);
        let desk = drill.client(Some(drill.issue("desk-7")));
        let stranger = drill.client(Some(drill.issue("desk-8")));
        let (read, write) = (
            "GET /api/events HTTP/1.1\r\n",
            "POST /api/events HTTP/1.1\r\ncontent-length: 0\r\n",
        );
        let shown = "authorization: Bearer secret\r\n";
        let wrong = "authorization: Bearer guess\r\n";
        for (client, request, expected) in [
            (&nobody, "GET /healthz HTTP/1.1\r\n".to_owned(), "200"),
            (&nobody, read.to_owned(), "401"),
            (&nobody, format!("{read}{wrong}"), "401"),
            (&nobody, format!("{read}{shown}"), "200"),
            (&nobody, format!("{write}{shown}"), "403"),
            (&desk, write.to_owned(), "200"),
            (&stranger, read.to_owned(), "401"),
        ] {
            assert_eq!(
                status(address, client, &request).await,
                expected,
                "{request}"
            );
        }
        server.abort();
        std::fs::remove_dir_all(&drill.folder).expect("removed");
    }
}
