//! Who this desk is to its servers, and which servers it believes: a token, a certificate of its own, a pinned authority.
//!
//! Plain text goes to this machine only, unless the settings allow more. One [`rustls::ClientConfig`] is made of an [`Access`] and
//! serves HTTP and MQTT alike, so that both believe the same servers.

#[cfg(test)]
pub(crate) mod drill;
mod error;
#[cfg(test)]
mod zoo_tests;

pub use error::AccessError;

use reqwest::Url;
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use std::{
    fmt,
    net::IpAddr,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

/// How large a file of certificates may be, in bytes; the roots of a whole operating system are a fifth of it.
const PEM_MAX_BYTES: u64 = 1024 * 1024;

/// Who this desk is, and whom it believes. The default is nobody in particular, who believes the operating system's authorities.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Access {
    /// Sent as `Authorization: Bearer …` to the hub's own address, and to its broker as the password.
    pub token: Option<String>,
    /// PEM file of the only authorities that are believed; `None` believes those of the operating system.
    pub authority: Option<PathBuf>,
    /// PEM file with the certificate that this desk shows, its own first.
    pub certificate: Option<PathBuf>,
    /// PEM file with the certificate's private key; `None` looks for it in the certificate's file.
    pub key: Option<PathBuf>,
    /// Allows plain text over the network, for closed networks that are protected otherwise.
    pub plain_ok: bool,
}

impl fmt::Debug for Access {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Access")
            .field("token", &self.token.as_ref().map(|_secret| "…"))
            .field("authority", &self.authority)
            .field("certificate", &self.certificate)
            .field("key", &self.key)
            .field("plain_ok", &self.plain_ok)
            .finish()
    }
}

impl Access {
    /// The same, but with no token: for a server that is not the hub itself.
    #[must_use]
    pub fn without_token(&self) -> Self {
        Self {
            token: None,
            ..self.clone()
        }
    }

    /// Refuses an address under which everything would be readable on the way: plain text is for this machine, unless the settings
    /// allow more.
    pub fn permits(&self, address: &Url) -> Result<(), AccessError> {
        let is_plain = !matches!(address.scheme(), "https" | "mqtts" | "ssl" | "wss");
        if !is_plain || self.plain_ok || address.host_str().is_some_and(is_loopback) {
            return Ok(());
        }
        Err(AccessError::PlainText {
            address: shown(address),
        })
    }

    /// What TLS needs to know: TLS 1.2 and 1.3, the believed authorities, and this desk's certificate when it has one.
    pub(crate) fn client_config(&self) -> Result<ClientConfig, AccessError> {
        let roots = match &self.authority {
            Some(path) => Arc::new(pinned(path)?),
            None => roots_of_this_machine(),
        };
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| AccessError::NoTls(error.to_string()))?
            .with_root_certificates(roots);
        let Some(path) = &self.certificate else {
            return Ok(builder.with_no_client_auth());
        };
        let key_path = self.key.as_ref().unwrap_or(path);
        let chain = certificates("certificate", path)?;
        let key = PrivateKeyDer::from_pem_slice(&pem("key", key_path)?)
            .map_err(|error| unusable("key", key_path, error.to_string()))?;
        builder
            .with_client_auth_cert(chain, key)
            .map_err(|error| unusable("certificate", path, error.to_string()))
    }
}

/// Whether `host` of an address, with or without brackets, is this machine.
pub(crate) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost")
        || bare
            .parse::<IpAddr>()
            .is_ok_and(|address| address.to_canonical().is_loopback())
}

/// `address` as it may be shown: without the user, the password and the query.
pub(crate) fn shown(address: &Url) -> String {
    let mut shown = address.clone();
    // An address that cannot have a password has none that could be shown.
    shown.set_username("").unwrap_or_default();
    shown.set_password(None).unwrap_or_default();
    shown.set_query(None);
    shown.to_string()
}

fn pinned(path: &Path) -> Result<RootCertStore, AccessError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates("authority", path)? {
        roots
            .add(certificate)
            .map_err(|error| unusable("authority", path, error.to_string()))?;
    }
    Ok(roots)
}

/// The operating system's authorities, read once. A machine without any believes nobody, which every connection then says.
fn roots_of_this_machine() -> Arc<RootCertStore> {
    static ROOTS: OnceLock<Arc<RootCertStore>> = OnceLock::new();
    let read = || {
        let found = rustls_native_certs::load_native_certs();
        for error in &found.errors {
            tracing::warn!(%error, "an authority of this machine cannot be read");
        }
        let mut roots = RootCertStore::empty();
        let (added, ignored) = roots.add_parsable_certificates(found.certs);
        tracing::debug!(added, ignored, "the authorities of this machine");
        Arc::new(roots)
    };
    Arc::clone(ROOTS.get_or_init(read))
}

fn certificates(
    what: &'static str,
    path: &Path,
) -> Result<Vec<CertificateDer<'static>>, AccessError> {
    let text = pem(what, path)?;
    let found = CertificateDer::pem_slice_iter(&text)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| unusable(what, path, error.to_string()))?;
    if found.is_empty() {
        return Err(unusable(
            what,
            path,
            "there is no PEM certificate in it".to_owned(),
        ));
    }
    Ok(found)
}

fn pem(what: &'static str, path: &Path) -> Result<Vec<u8>, AccessError> {
    let bad = |error: std::io::Error| unusable(what, path, error.to_string());
    let size = std::fs::metadata(path).map_err(bad)?.len();
    if size > PEM_MAX_BYTES {
        let reason = format!("{size} bytes are too many, at most {PEM_MAX_BYTES} are read");
        return Err(unusable(what, path, reason));
    }
    std::fs::read(path).map_err(bad)
}

fn unusable(what: &'static str, path: &Path, reason: String) -> AccessError {
    AccessError::Unusable {
        what,
        reason,
        path: path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(
        clippy::fn_params_excessive_bools,
        reason = "the calls read as a table: allowed, expected"
    )]
    #[track_caller]
    fn check_plain(address: &str, plain_ok: bool, expected: bool) {
        let access = Access {
            plain_ok,
            ..Access::default()
        };
        let address = Url::parse(address).expect("an address");
        assert_eq!(access.permits(&address).is_ok(), expected, "{address}");
    }

    #[test]
    fn plain_text_stays_on_this_machine_unless_more_is_allowed() {
        for here in [
            "http://127.0.0.1:8090/",
            "http://127.8.9.1/",
            "http://localhost/",
            "http://[::1]:8090/",
            "mqtt://[::1]:1884",
            "ws://LOCALHOST/mqtt",
            "http://[::ffff:127.0.0.1]/",
        ] {
            check_plain(here, false, true);
        }
        for away in [
            "http://10.0.0.9/",
            "mqtt://broker:1883",
            "ws://hub/mqtt",
            "http://[2001:db8::1]/",
            "http://localhost.example.org/",
            "http://127.0.0.1.example.org/",
            "tcp://0.0.0.0:1883",
        ] {
            check_plain(away, false, false);
            check_plain(away, true, true);
        }
        for closed in ["https://hub/", "mqtts://hub", "wss://hub/mqtt"] {
            check_plain(closed, false, true);
        }
    }

    #[test]
    fn the_refusal_of_plain_text_says_what_to_do_and_hides_the_password() {
        let address = Url::parse("mqtt://desk:secret@broker:1883").expect("an address");
        let text = Access::default()
            .permits(&address)
            .expect_err("plain text")
            .to_string();
        assert!(
            text.contains("mqtts://") && text.contains("broker:1883"),
            "{text}"
        );
        assert!(
            text.contains("--plain-text") && text.contains("plain = true"),
            "{text}"
        );
        assert!(!text.contains("secret"), "{text}");
    }

    #[test]
    fn a_token_is_never_shown() {
        let access = Access {
            token: Some("secret".to_owned()),
            ..Access::default()
        };
        assert!(!format!("{access:?}").contains("secret"));
        assert_eq!(access.without_token().token, None);
    }

    #[test]
    fn a_file_that_is_no_certificate_is_named() {
        let path = std::env::temp_dir().join(format!("citymirror-no-pem-{}", std::process::id()));
        std::fs::write(&path, "no certificate").expect("a file");
        let access = Access {
            authority: Some(path.clone()),
            ..Access::default()
        };
        let text = access.client_config().expect_err("no PEM").to_string();
        assert!(text.contains(&path.display().to_string()), "{text}");
        std::fs::remove_file(&path).expect("removed");
        let text = access.client_config().expect_err("no file").to_string();
        assert!(text.starts_with("the authority cannot be used"), "{text}");
    }
}
