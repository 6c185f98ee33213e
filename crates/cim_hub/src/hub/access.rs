//! Who may do what at the hub: tokens and client certificates, each with a role.
//!
//! ```text
//! reader (reads)  <  source (creates observations)  <  operator (facts, events, presence, views, steering)  <  admin (entities, cameras)
//! ```
//! The file of tokens holds their SHA-256 digests only. Without a file everything is open, which is for loopback addresses.

use super::settings::HubSettings;
use super::tls::Peer;
use crate::error::HubError;
use axum::Json;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::fmt;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

/// The largest file of tokens that is read, in bytes.
const MAX_FILE: u64 = 1024 * 1024;
/// The longest token that is looked at, in bytes.
const MAX_TOKEN: usize = 4096;
/// Where the life of the process and its parts can be asked by anybody.
const OPEN_PATHS: [&str; 2] = ["/healthz", "/readyz"];
/// Streams: players of pictures know no token; these doors ask for a ticket (`crate::video`).
const STREAMS: &str = "/video/";
/// What operators write.
const OPERATORS_PATHS: [&str; 5] = [
    "/api/facts",
    "/api/events",
    "/api/presence",
    "/api/shared",
    "/api/cap",
];

/// What somebody may do; each may do what those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    /// Reads.
    Reader,
    /// Creates observations.
    Source,
    /// Reports facts, changes events, shows presence and views.
    Operator,
    /// Creates and changes entities and cameras.
    Admin,
}

impl Role {
    /// The word in the file of tokens.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Source => "source",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }
}

/// Who asks. A handler finds it in the request's extensions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    /// The name in the file of tokens; empty when the hub is open.
    pub(crate) name: String,
    /// What it may do.
    pub(crate) role: Role,
}

/// Decides who may do what.
#[derive(Clone, Default)]
pub(crate) struct Guard {
    keys: Vec<Key>,
}

impl fmt::Debug for Guard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.keys.iter().map(|key| key.name.as_str()).collect();
        formatter.debug_tuple("Guard").field(&names).finish()
    }
}

#[derive(Clone)]
struct Key {
    name: String,
    role: Role,
    proof: Proof,
}

#[derive(Clone)]
enum Proof {
    /// SHA-256 of the token.
    Token([u8; 32]),
    /// The common name of the certificate.
    Certificate(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    token: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    role: Role,
    sha256: Option<String>,
    certificate: Option<String>,
}

impl Guard {
    /// Lets everybody do everything.
    pub(crate) fn open() -> Self {
        Self::default()
    }

    /// Reads a file of tokens (TOML): `[[token]]` with `name`, `role`, and `sha256` (hexadecimal) or `certificate` (common name).
    pub(crate) fn read(path: &Path) -> Result<Self, HubError> {
        let bad = |reason: String| HubError::AccessFile {
            reason,
            path: path.to_owned(),
        };
        let size = std::fs::metadata(path).map_err(|err| bad(err.to_string()))?;
        if size.len() > MAX_FILE {
            return Err(bad(format!("more than {MAX_FILE} bytes")));
        }
        let text = std::fs::read_to_string(path).map_err(|err| bad(err.to_string()))?;
        Self::parse(&text).map_err(bad)
    }

    fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|err| err.to_string())?;
        if file.token.is_empty() {
            return Err("there is no [[token]] in it".to_owned());
        }
        let keys = file.token.into_iter().map(key_of);
        Ok(Self {
            keys: keys.collect::<Result<_, _>>()?,
        })
    }

    /// True when everybody may do everything.
    pub(crate) fn is_open(&self) -> bool {
        self.keys.is_empty()
    }

    /// Whose `token` or `certificate` this is; of two, the one that may do more.
    pub(crate) fn caller(&self, token: Option<&str>, certificate: Option<&str>) -> Option<Caller> {
        if self.is_open() {
            return Some(Caller {
                name: String::new(),
                role: Role::Admin,
            });
        }
        let shown = token
            .filter(|token| token.len() <= MAX_TOKEN)
            .map(|token| Sha256::digest(token.as_bytes()));
        let mut found: Option<&Key> = None;
        // Every key is compared to its end, so that the time taken tells nothing of how near a guess was.
        for key in &self.keys {
            let fits = match &key.proof {
                Proof::Token(digest) => shown.as_ref().is_some_and(|shown| same(digest, shown)),
                Proof::Certificate(name) => certificate == Some(name.as_str()),
            };
            if fits && found.is_none_or(|found| found.role < key.role) {
                found = Some(key);
            }
        }
        found.map(|key| Caller {
            name: key.name.clone(),
            role: key.role,
        })
    }
}

/// The lock of a hub with `settings`: without tokens open, which only loopback addresses may be.
pub(crate) fn lock(settings: &HubSettings) -> Result<Arc<Guard>, HubError> {
    Ok(Arc::new(match &settings.tokens {
        Some(path) => Guard::read(path)?,
        None => Guard::open(),
    }))
}

/// Refuses a door that other machines can reach without TLS and tokens, unless the settings say that this is wanted.
pub(crate) fn stays_here(
    door: &'static str,
    address: SocketAddr,
    settings: &HubSettings,
) -> Result<(), HubError> {
    let is_locked = settings.tls.is_some() && settings.tokens.is_some();
    if address.ip().to_canonical().is_loopback() || is_locked || settings.open_to_others {
        return Ok(());
    }
    Err(HubError::OpenToOthers { door, address })
}

/// Lets a request through when its token or certificate has the role that it needs. For `axum::middleware::from_fn_with_state`.
pub(crate) async fn guard(
    State(guard): State<Arc<Guard>>,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(needed) = role_needed(request.method(), request.uri().path()) else {
        return next.run(request).await;
    };
    let token = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(bearer);
    let certificate = request
        .extensions()
        .get::<ConnectInfo<Peer>>()
        .and_then(|ConnectInfo(peer)| peer.certificate.as_deref());
    let caller = guard.caller(token, certificate);
    match caller {
        None => unknown(token.is_some()),
        Some(caller) if caller.role < needed => forbidden(&caller, needed),
        Some(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
    }
}

/// The role that a request needs; `None` lets everybody through.
pub(crate) fn role_needed(method: &Method, path: &str) -> Option<Role> {
    let path = path.trim_end_matches('/');
    // A browser asks what it may ask before it shows who it is (Fetch, section 4.8).
    if *method == Method::OPTIONS || OPEN_PATHS.contains(&path) {
        return None;
    }
    if *method == Method::GET || *method == Method::HEAD {
        return (!path.starts_with(STREAMS)).then_some(Role::Reader);
    }
    let is_sensorthings = path.starts_with("/v1.1/") || path.starts_with("/v1.0/");
    let creates = *method == Method::POST
        && (path.ends_with("/Observations") || path.ends_with("/CreateObservations"));
    if is_sensorthings && creates {
        return Some(Role::Source);
    }
    let is_operators = OPERATORS_PATHS.iter().any(|operators| {
        path.strip_prefix(operators)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    });
    let steers = path.starts_with("/api/cameras/") && path.ends_with("/ptz");
    Some(if is_operators || steers {
        Role::Operator
    } else {
        Role::Admin
    })
}

fn key_of(entry: Entry) -> Result<Key, String> {
    let name = entry.name;
    let proof = match (entry.sha256, entry.certificate) {
        (Some(digits), None) => Proof::Token(digest_of(&digits).ok_or_else(|| {
            format!("the token `{name}` needs 64 hexadecimal digits in `sha256`")
        })?),
        (None, Some(common_name)) if !common_name.is_empty() => Proof::Certificate(common_name),
        _ => {
            return Err(format!(
                "the token `{name}` needs either `sha256` or `certificate`"
            ));
        }
    };
    Ok(Key {
        name,
        role: entry.role,
        proof,
    })
}

fn digest_of(digits: &str) -> Option<[u8; 32]> {
    if digits.len() != 64 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let mut digest = [0; 32];
    for (index, byte) in digest.iter_mut().enumerate() {
        *byte = u8::from_str_radix(digits.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    Some(digest)
}

fn same(one: &[u8], other: &[u8]) -> bool {
    let differing = one.iter().zip(other).fold(0, |sum, (a, b)| sum | (a ^ b));
    one.len() == other.len() && std::hint::black_box(differing) == 0
}

/// The token in `Authorization: Bearer …` (RFC 6750, section 2.1).
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("Bearer")
        .then(|| token.trim())
        .filter(|token| !token.is_empty())
}

fn unknown(was_shown: bool) -> Response {
    let (challenge, message) = if was_shown {
        (
            "Bearer realm=\"citymirror\", error=\"invalid_token\"",
            "this token is not known here",
        )
    } else {
        (
            "Bearer realm=\"citymirror\"",
            "a token or a client certificate is needed",
        )
    };
    let body = Json(json!({"code": 401, "type": "error", "message": message}));
    let mut response = (StatusCode::UNAUTHORIZED, body).into_response();
    response.headers_mut().insert(
        header::WWW_AUTHENTICATE,
        HeaderValue::from_static(challenge),
    );
    response
}

fn forbidden(caller: &Caller, needed: Role) -> Response {
    let message = format!(
        "the role {} is needed; {} has {}",
        needed.as_str(),
        caller.name,
        caller.role.as_str()
    );
    let body = Json(json!({"code": 403, "type": "error", "message": message}));
    (StatusCode::FORBIDDEN, body).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Guard {
        let digest = |token: &str| {
            let digest = Sha256::digest(token.as_bytes());
            digest.iter().fold(String::new(), |mut text, byte| {
                use std::fmt::Write;
                write!(text, "{byte:02x}").expect("a string has room");
                text
            })
        };
        Guard::parse(&format!(
            "[[token]]\nname='wall'\nrole='reader'\nsha256='{}'\n[[token]]\nname='desk'\nrole='operator'\nsha256='{}'\n\
             [[token]]\nname='pump'\nrole='source'\ncertificate='pump-3'\n",
            digest("look"),
            digest("act").to_uppercase()
        ))
        .expect("a file of tokens")
    }

    #[track_caller]
    fn check_caller(token: Option<&str>, certificate: Option<&str>, expected: Option<Role>) {
        let found = keys().caller(token, certificate).map(|caller| caller.role);
        assert_eq!(found, expected, "{token:?} {certificate:?}");
    }

    #[test]
    fn a_token_or_a_certificate_says_who_somebody_is() {
        check_caller(Some("look"), None, Some(Role::Reader));
        check_caller(Some("act"), None, Some(Role::Operator));
        check_caller(None, Some("pump-3"), Some(Role::Source));
        check_caller(Some("look"), Some("pump-3"), Some(Role::Source));
        check_caller(Some("wrong"), None, None);
        check_caller(Some("wrong"), Some("pump-4"), None);
        check_caller(None, None, None);
        check_caller(Some(""), None, None);
        check_caller(Some(&"look".repeat(2000)), None, None);
        assert_eq!(
            Guard::open().caller(None, None).map(|caller| caller.role),
            Some(Role::Admin)
        );
    }

    #[test]
    fn every_request_needs_the_least_role_that_fits() {
        for (method, path, expected) in [
            (Method::GET, "/healthz", None),
            (Method::GET, "/readyz", None),
            (Method::OPTIONS, "/api/events", None),
            (Method::GET, "/api/changes", Some(Role::Reader)),
            (Method::HEAD, "/city/a.glb", Some(Role::Reader)),
            (Method::POST, "/v1.1/Observations", Some(Role::Source)),
            (
                Method::POST,
                "/v1.1/Datastreams(4)/Observations/",
                Some(Role::Source),
            ),
            (Method::POST, "/v1.1/CreateObservations", Some(Role::Source)),
            (Method::PATCH, "/v1.1/Observations", Some(Role::Admin)),
            (Method::POST, "/v1.1/Things", Some(Role::Admin)),
            (Method::DELETE, "/v1.1/Things(1)", Some(Role::Admin)),
            (Method::POST, "/api/facts", Some(Role::Operator)),
            (Method::PUT, "/api/shared/wall", Some(Role::Operator)),
            (Method::PUT, "/api/presence", Some(Role::Operator)),
            (Method::POST, "/api/eventsandmore", Some(Role::Admin)),
            (Method::POST, "/api/cameras", Some(Role::Admin)),
            (Method::POST, "/api/cameras/c1/ptz", Some(Role::Operator)),
            (Method::GET, "/api/cameras/c1/streams", Some(Role::Reader)),
            (Method::GET, "/video/c1/stream.mp4", None),
            (Method::POST, "/video/c1/stream.mp4", Some(Role::Admin)),
            (Method::POST, "/city/Observations", Some(Role::Admin)),
        ] {
            assert_eq!(role_needed(&method, path), expected, "{method} {path}");
        }
    }

    #[test]
    fn a_file_that_cannot_be_meant_is_refused_with_the_reason() {
        for (text, reason) in [
            ("", "no [[token]]"),
            ("[[token]]\nname='a'\nrole='king'\nsha256='00'", "king"),
            (
                "[[token]]\nname='a'\nrole='admin'\nsha256='00'",
                "64 hexadecimal",
            ),
            ("[[token]]\nname='a'\nrole='admin'", "either"),
            ("[[token]]\nname='a'\nrole='admin'\ntoken='plain'", "token"),
        ] {
            let found = Guard::parse(text).expect_err("refused");
            assert!(found.contains(reason), "{found}");
        }
    }

    #[test]
    fn a_bearer_token_is_read_as_it_is_written() {
        assert_eq!(bearer("Bearer abc"), Some("abc"));
        assert_eq!(bearer("bearer  abc "), Some("abc"));
        assert_eq!(bearer("Basic abc"), None);
        assert_eq!(bearer("Bearer "), None);
        assert_eq!(bearer("Bearer"), None);
    }

    #[test]
    fn the_digests_are_never_shown() {
        let shown = format!("{:?}", keys());
        assert_eq!(shown, r#"Guard(["wall", "desk", "pump"])"#);
    }
}
