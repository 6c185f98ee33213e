//! What every request passes: how many at once, how large and how slow a body may be, its digest and kind, and the form
//! of every answer that says no.
//!
//! `Content-Digest` is RFC 9530 with SHA-256. Errors are always `{"code","type":"error","message"}`, also those that the
//! HTTP library itself gives.

use crate::hub::telemetry::Telemetry;
use crate::ledger::content_digest;
use crate::sensorthings::Refusal;
use crate::sensorthings::path::percent_decoded;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};

/// Requests at a time; more are asked to come back.
const MAX_OPEN: usize = 256;
/// The largest body of a SensorThings request, in bytes.
const MAX_BATCH: usize = 64 * 1024 * 1024;
/// The largest body of any other request, in bytes.
const MAX_BODY: usize = 1024 * 1024;
/// The longest text of an error that is passed on, in bytes.
const MAX_REASON: usize = 4096;
/// How long a body may take to arrive, and how long an answer may take to be made.
const PATIENCE: Duration = Duration::from_secs(30);
/// Header of RFC 9530.
const CONTENT_DIGEST: HeaderName = HeaderName::from_static("content-digest");

/// What the guard remembers between requests.
pub(super) struct Guard {
    open: Semaphore,
    telemetry: Arc<Telemetry>,
}

impl Guard {
    /// A guard that reports to `telemetry`.
    pub(super) fn new(telemetry: Arc<Telemetry>) -> Self {
        Self {
            open: Semaphore::new(MAX_OPEN),
            telemetry,
        }
    }
}

/// The middleware around all doors.
pub(super) async fn guard(
    State(guard): State<Arc<Guard>>,
    request: Request,
    next: Next,
) -> Response {
    let begun = Instant::now();
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let response = match guard.open.try_acquire() {
        Ok(_held) => {
            let wanted = request.headers().get(header::IF_NONE_MATCH).cloned();
            let answer = match checked(request).await {
                Ok(request) => {
                    timeout(PATIENCE, next.run(request))
                        .await
                        .unwrap_or_else(|_elapsed| {
                            refused(&no(503, "the answer took longer than 30 s"))
                        })
                }
                Err(refusal) => refused(&refusal),
            };
            finished(answer, &method, &path, wanted).await
        }
        Err(_full) => {
            let mut response = refused(&no(503, "256 requests are open; try again in a second"));
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            response
        }
    };
    guard.telemetry.request(
        method.as_str(),
        route_of(&path),
        response.status().as_u16(),
        begun.elapsed(),
    );
    response
}

/// The answer to a request that is refused.
pub(super) fn refused(refusal: &Refusal) -> Response {
    let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, axum::Json(refusal.body())).into_response();
    if let Some(allow) = refusal
        .allow
        .and_then(|allow| HeaderValue::from_str(allow).ok())
    {
        response.headers_mut().insert(header::ALLOW, allow);
    }
    response
}

/// The route of a path without its ids, so that figures stay few.
pub(super) fn route_of(path: &str) -> &'static str {
    const ROUTES: [&str; 18] = [
        "/api/hub",
        "/api/changes",
        "/api/facts",
        "/api/digests",
        "/api/observations",
        "/api/presence",
        "/api/shared",
        "/api/clips",
        "/api/cap",
        "/api/cameras",
        "/api/events",
        "/api/moments",
        "/v1.1",
        "/city",
        "/clips",
        "/video",
        "/healthz",
        "/readyz",
    ];
    let found = ROUTES.into_iter().find(|route| {
        path.strip_prefix(route)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    });
    match (found, path) {
        (Some(route), _) => route,
        (None, "/") => "/",
        (None, "/openapi.json") => "/openapi.json",
        (None, _) => "other",
    }
}

fn no(status: u16, message: &str) -> Refusal {
    Refusal {
        status,
        ..Refusal::wrong(message)
    }
}

/// The request with its body read whole and checked.
async fn checked(request: Request) -> Result<Request, Refusal> {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path();
    let decoded = percent_decoded(path)
        .ok_or_else(|| Refusal::wrong("the percent encoding of the path is broken"))?;
    let query = parts.uri.query().unwrap_or_default();
    if decoded.contains('\0') || query.contains("%00") {
        return Err(Refusal::wrong("a null character is in the address"));
    }
    let limit = if path.starts_with("/v1.1") {
        MAX_BATCH
    } else {
        MAX_BODY
    };
    let too_large = || {
        no(
            413,
            &format!("the body is larger than the {limit} bytes that are read here"),
        )
    };
    let length = parts
        .headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok())
        .and_then(|length| length.parse::<usize>().ok());
    if length.is_some_and(|length| length > limit) {
        return Err(too_large());
    }
    let body = match timeout(PATIENCE, to_bytes(body, limit)).await {
        Err(_elapsed) => return Err(no(408, "the body took longer than 30 s to arrive")),
        Ok(Err(error)) if is_too_long(&error) => return Err(too_large()),
        Ok(Err(error)) => {
            return Err(Refusal::wrong(format!("the body cannot be read: {error}")));
        }
        Ok(Ok(body)) => body,
    };
    if !body.is_empty() {
        check_kind(&parts.method, path, &parts.headers)?;
        check_digest(&parts.headers, &body)?;
        if has_null(&body) {
            return Err(Refusal::wrong("a null character is in the body"));
        }
    }
    Ok(Request::from_parts(parts, Body::from(body)))
}

fn is_too_long(error: &axum::Error) -> bool {
    let mut cause: Option<&dyn Error> = Some(error);
    while let Some(found) = cause {
        if found.to_string().contains("length limit") {
            return true;
        }
        cause = found.source();
    }
    false
}

/// 415 for a body that says it is something else than what is read here; a body that says nothing is tried.
fn check_kind(method: &Method, path: &str, headers: &HeaderMap) -> Result<(), Refusal> {
    let Some(kind) = headers.get(header::CONTENT_TYPE) else {
        return Ok(());
    };
    let kind = kind.to_str().unwrap_or_default();
    let plain = kind.split(';').next().unwrap_or_default().trim();
    let plain = plain.to_ascii_lowercase();
    let wanted: &[&str] = match (path, method) {
        ("/api/cap", _) => &["application/cap+xml", "application/xml", "text/xml"],
        (path, method) if path.starts_with("/v1.1") && *method == Method::PATCH => &[
            "application/json",
            "application/json-patch+json",
            "application/merge-patch+json",
        ],
        _ => &["application/json"],
    };
    if wanted.contains(&plain.as_str()) {
        return Ok(());
    }
    Err(no(
        415,
        &format!(
            "a body of type {kind:?} is not read here; send {}",
            wanted.join(" or ")
        ),
    ))
}

/// Compares the body with the SHA-256 in `Content-Digest`, where there is one (RFC 9530, section 2).
fn check_digest(headers: &HeaderMap, body: &[u8]) -> Result<(), Refusal> {
    let Some(sent) = headers.get(CONTENT_DIGEST) else {
        return Ok(());
    };
    let sent = sent
        .to_str()
        .map_err(|_not_text| Refusal::wrong("Content-Digest is no text"))?;
    let ours = content_digest(body);
    let mut members = sent.split(',').map(str::trim);
    match members.find(|member| member.starts_with("sha-256=")) {
        Some(member) if member == ours => Ok(()),
        Some(member) => Err(Refusal::wrong(format!(
            "Content-Digest {member} does not fit the body, whose digest is {ours}"
        ))),
        // Other algorithms may stand alone; they are not checked here.
        None if sent.contains("=:") => Ok(()),
        None => Err(Refusal::wrong(format!(
            "Content-Digest {sent:?} is not of the form sha-256=:…:"
        ))),
    }
}

/// True when JSON text holds the escape of the null character, or the bytes hold it as it is.
fn has_null(body: &[u8]) -> bool {
    if body.contains(&0) {
        return true;
    }
    let escape = b"\\u0000";
    body.windows(escape.len())
        .enumerate()
        .filter(|(_, window)| *window == escape)
        .any(|(at, _)| {
            // An even number of backslashes before it means that this one begins the escape.
            let before = body.get(..at).unwrap_or_default();
            let backslashes = before.iter().rev().take_while(|byte| **byte == b'\\');
            backslashes.count() % 2 == 0
        })
}

/// Gives errors their form, and answers of the hub's own doors a digest and an entity tag.
async fn finished(
    response: Response,
    method: &Method,
    path: &str,
    wanted: Option<HeaderValue>,
) -> Response {
    let status = response.status();
    if status.is_client_error() || status.is_server_error() {
        return as_error(response, method).await;
    }
    let own = path.starts_with("/api/") || path == "/openapi.json";
    if !own || *method == Method::HEAD || *method == Method::OPTIONS {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(body) = to_bytes(body, usize::MAX).await else {
        return refused(&no(500, "the answer could not be made"));
    };
    let digest = content_digest(&body);
    let tagged = matches!(path, "/api/cameras" | "/api/clips" | "/openapi.json");
    if status == StatusCode::OK && *method == Method::GET && tagged {
        let text = digest.trim_start_matches("sha-256=:").trim_end_matches(':');
        if let Ok(tag) = HeaderValue::from_str(&format!("\"{text}\"")) {
            parts.headers.insert(header::ETAG, tag);
        }
    }
    if status == StatusCode::OK && is_known(&parts.headers, wanted.as_ref()) {
        let mut same = StatusCode::NOT_MODIFIED.into_response();
        if let Some(tag) = parts.headers.remove(header::ETAG) {
            same.headers_mut().insert(header::ETAG, tag);
        }
        return same;
    }
    if let Ok(digest) = HeaderValue::from_str(&digest) {
        parts.headers.insert(CONTENT_DIGEST, digest);
    }
    Response::from_parts(parts, Body::from(body))
}

/// True when the client holds this version already (RFC 9110, section 13.1.2).
fn is_known(headers: &HeaderMap, wanted: Option<&HeaderValue>) -> bool {
    let (Some(tag), Some(wanted)) = (headers.get(header::ETAG), wanted) else {
        return false;
    };
    let (Ok(tag), Ok(wanted)) = (tag.to_str(), wanted.to_str()) else {
        return false;
    };
    let mut candidates = wanted.split(',').map(str::trim);
    candidates.any(|candidate| candidate == "*" || candidate.trim_start_matches("W/") == tag)
}

async fn as_error(response: Response, method: &Method) -> Response {
    let is_json = response
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.starts_with("application/json"));
    if is_json || *method == Method::HEAD {
        return response;
    }
    let (parts, body) = response.into_parts();
    let said: Bytes = to_bytes(body, MAX_REASON).await.unwrap_or_default();
    let said = String::from_utf8_lossy(&said);
    let message = match (parts.status, said.trim()) {
        (StatusCode::NOT_FOUND, "") => "there is nothing at this address",
        (StatusCode::METHOD_NOT_ALLOWED, "") => "this method is not served here; see Allow",
        (status, "") => status.canonical_reason().unwrap_or("the request failed"),
        (_, said) => said,
    };
    let mut answer = refused(&no(parts.status.as_u16(), message));
    for name in [
        header::ALLOW,
        header::RETRY_AFTER,
        header::WWW_AUTHENTICATE,
        header::CONTENT_RANGE,
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
    ] {
        if let Some(value) = parts.headers.get(&name) {
            answer.headers_mut().insert(name, value.clone());
        }
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_null_character_is_found_as_a_byte_and_as_an_escape() {
        assert!(has_null(b"{\"a\":\"\\u0000\"}"));
        assert!(has_null(b"a\0b"));
        assert!(!has_null(b"{\"a\":\"\\\\u0000\"}"));
        assert!(!has_null(b"{\"a\":\"\\u0041\"}"));
    }

    #[test]
    fn a_digest_is_checked_where_it_is_sha_256() {
        let mut headers = HeaderMap::new();
        assert!(check_digest(&headers, b"body").is_ok());
        let digest = HeaderValue::from_str(&content_digest(b"body")).expect("a header");
        headers.insert(CONTENT_DIGEST, digest);
        assert!(check_digest(&headers, b"body").is_ok());
        assert!(check_digest(&headers, b"b0dy").is_err());
        headers.insert(CONTENT_DIGEST, HeaderValue::from_static("md5=:YWJj:"));
        assert!(check_digest(&headers, b"body").is_ok());
        headers.insert(CONTENT_DIGEST, HeaderValue::from_static("junk"));
        assert!(check_digest(&headers, b"body").is_err());
    }

    #[test]
    fn a_body_of_another_kind_is_refused() {
        let with = |kind: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
            headers
        };
        let json = with("application/json; charset=utf-8");
        assert!(check_kind(&Method::POST, "/api/events", &json).is_ok());
        assert!(check_kind(&Method::POST, "/api/cap", &json).is_err());
        let patch = with("application/json-patch+json");
        assert!(check_kind(&Method::PATCH, "/v1.1/Things(1)", &patch).is_ok());
        assert!(check_kind(&Method::POST, "/v1.1/Things", &patch).is_err());
        let text = check_kind(&Method::POST, "/api/events", &with("text/plain"));
        assert_eq!(text.expect_err("text").status, 415);
    }

    #[test]
    fn routes_are_few_whatever_the_path() {
        assert_eq!(route_of("/v1.1/Things(5)/Datastreams"), "/v1.1");
        assert_eq!(route_of("/api/shared/wall"), "/api/shared");
        assert_eq!(route_of("/api/hubble"), "other");
        assert_eq!(route_of("/"), "/");
    }
}
