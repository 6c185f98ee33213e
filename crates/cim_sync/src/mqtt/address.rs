//! Where a broker is and how it is spoken to, read from one address.
//!
//! `mqtt://`, `mqtts://`, `ws://` and `wss://`, with `user:password@`, a path (over WebSocket), IPv6 in brackets, and `?v=3` or
//! `?v=5` where the version of MQTT must not be found out by trying.

use crate::{
    SyncError,
    access::{Access, AccessError, shown},
};
use reqwest::Url;

/// The ports of MQTT without and with TLS (IANA).
const PLAIN_PORT: u16 = 1883;
const TLS_PORT: u16 = 8883;
/// Where brokers take WebSocket connections unless told otherwise.
const USUAL_PATH: &str = "/mqtt";
/// The user of a token: MQTT 3.1.1 has no password without a user (clause 3.1.2.9).
const TOKEN_USER: &str = "token";

/// Which MQTT is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    /// MQTT 3.1.1 (OASIS 2014).
    Three,
    /// MQTT 5.0 (OASIS 2019).
    Five,
}

impl Version {
    pub(super) fn other(self) -> Self {
        match self {
            Self::Three => Self::Five,
            Self::Five => Self::Three,
        }
    }
}

/// Where a broker is, and as whom it is met.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Broker {
    /// Without brackets.
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) is_tls: bool,
    /// The path of the WebSocket; `None` is MQTT straight over TCP or TLS.
    pub(super) path: Option<String>,
    pub(super) credentials: Option<(String, String)>,
    /// The version that the address insists on.
    pub(super) version: Option<Version>,
    /// The address as it may be shown.
    pub(super) shown: String,
}

impl Broker {
    /// Reads `scheme://[user[:password]@]host[:port][/path][?v=3|5]`, or `host:port` alone.
    pub(super) fn parse(address: &str, access: &Access) -> Result<Self, SyncError> {
        let spelt = if address.contains("://") {
            address.to_owned()
        } else {
            format!("mqtt://{address}")
        };
        let bad = |reason: &str, shown: String| SyncError::BadAddress {
            reason: reason.to_owned(),
            address: shown,
        };
        let url = Url::parse(&spelt)
            // What cannot be read may hold a password at any place.
            .map_err(|error| bad(&error.to_string(), "the broker's".to_owned()))?;
        let (is_tls, is_websocket) = match url.scheme() {
            "mqtt" | "tcp" => (false, false),
            "mqtts" | "ssl" => (true, false),
            "ws" => (false, true),
            "wss" => (true, true),
            _ => {
                let reason = "mqtt://, mqtts://, ws:// or wss:// is expected";
                return Err(bad(reason, shown(&url)));
            }
        };
        let host = url
            .host_str()
            .filter(|host| !host.is_empty())
            .ok_or_else(|| bad("a host is expected", shown(&url)))?;
        let usual_port = if is_tls { TLS_PORT } else { PLAIN_PORT };
        let version = match url.query_pairs().find(|(key, _)| key == "v") {
            None => None,
            Some((_, value)) => match value.as_ref() {
                "3" => Some(Version::Three),
                "5" => Some(Version::Five),
                _ => return Err(bad("v=3 or v=5 is expected", shown(&url))),
            },
        };
        access.permits(&url).map_err(|error| match error {
            AccessError::PlainText { .. } => AccessError::PlainText {
                address: shown(&url),
            },
            other => other,
        })?;
        Ok(Self {
            // The brackets of an IPv6 address belong to the spelling, not to the address.
            host: host
                .trim_start_matches('[')
                .trim_end_matches(']')
                .to_owned(),
            port: url.port_or_known_default().unwrap_or(usual_port),
            is_tls,
            path: is_websocket.then(|| path_of(&url)),
            credentials: credentials_of(&url, access),
            version,
            shown: shown(&url),
        })
    }

    /// The address of the WebSocket. Always `ws`: the encrypted connection exists before MQTT's client comes to it.
    pub(super) fn websocket_address(&self) -> Option<String> {
        let path = self.path.as_ref()?;
        let host = if self.host.contains(':') {
            format!("[{}]", self.host)
        } else {
            self.host.clone()
        };
        Some(format!("ws://{host}:{}{path}", self.port))
    }
}

fn path_of(url: &Url) -> String {
    match url.path() {
        "" | "/" => USUAL_PATH.to_owned(),
        path => path.to_owned(),
    }
}

fn credentials_of(url: &Url, access: &Access) -> Option<(String, String)> {
    if url.username().is_empty() && url.password().is_none() {
        let token = access.token.as_ref()?;
        return Some((TOKEN_USER.to_owned(), token.clone()));
    }
    let password = url.password().unwrap_or_default();
    Some((unescaped(url.username()), unescaped(password)))
}

/// `%40` and its like as the bytes that they stand for (RFC 3986, section 2.1).
fn unescaped(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut found = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let escaped = (byte == b'%')
            .then(|| text.get(at + 1..at + 3))
            .flatten()
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        found.push(escaped.unwrap_or(byte));
        at += if escaped.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&found).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broker(address: &str) -> Result<Broker, SyncError> {
        let access = Access {
            plain_ok: true,
            ..Access::default()
        };
        Broker::parse(address, &access)
    }

    #[track_caller]
    fn check_broker(address: &str, expected: Option<(&str, u16)>) {
        let found = broker(address)
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
        check_broker("mqtts://broker", Some(("broker", 8883)));
        check_broker("ws://broker/here", Some(("broker", 80)));
        check_broker("wss://[::1]:9443", Some(("::1", 9443)));
        check_broker("wss://broker", Some(("broker", 443)));
        check_broker("http://broker", None);
        check_broker("mqtt://", None);
        check_broker("mqtt://broker?v=4", None);
    }

    #[test]
    fn a_user_a_password_and_a_version_are_read_and_not_shown() {
        let named = broker("mqtt://desk:se%40cret@broker?v=3").expect("an address");
        assert_eq!(
            named.credentials,
            Some(("desk".to_owned(), "se@cret".to_owned()))
        );
        assert_eq!(named.version, Some(Version::Three));
        assert!(!named.shown.contains("cret"), "{}", named.shown);
    }

    #[test]
    fn a_token_is_the_password_where_the_address_has_none() {
        let access = Access {
            token: Some("t".to_owned()),
            ..Access::default()
        };
        let found = |address| {
            Broker::parse(address, &access)
                .expect("an address")
                .credentials
        };
        assert_eq!(
            found("mqtts://hub"),
            Some(("token".to_owned(), "t".to_owned()))
        );
        assert_eq!(
            found("mqtts://me:mine@hub"),
            Some(("me".to_owned(), "mine".to_owned()))
        );
    }

    #[test]
    fn a_websocket_has_a_path_and_its_address_names_the_port() {
        let address = |text| broker(text).expect("an address").websocket_address();
        assert_eq!(
            address("wss://[::1]:9443").as_deref(),
            Some("ws://[::1]:9443/mqtt")
        );
        assert_eq!(
            address("ws://hub/deep/mqtt").as_deref(),
            Some("ws://hub:80/deep/mqtt")
        );
        assert_eq!(address("mqtt://hub/mqtt"), None);
    }

    #[test]
    fn plain_text_to_another_machine_is_refused() {
        let plain = |address| Broker::parse(address, &Access::default()).is_ok();
        assert!(plain("mqtt://127.0.0.1") && plain("ws://[::1]:80") && plain("mqtts://broker"));
        assert!(!plain("mqtt://broker") && !plain("ws://10.0.0.9/mqtt") && !plain("broker:1883"));
    }

    #[test]
    fn escapes_that_are_none_stay_as_they_are() {
        for (text, expected) in [
            ("a%zz", "a%zz"),
            ("100%", "100%"),
            ("%E4%BD%A0", "你"),
            ("%2", "%2"),
        ] {
            assert_eq!(unescaped(text), expected);
        }
    }
}
