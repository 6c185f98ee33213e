//! The HTTP doors: SensorThings, and the hub's own doors beside it. `openapi.json` describes every one of them.

mod about;
mod cap;
mod cap_json;
mod catalogue;
mod guard;
mod history;
mod params;
mod people;
mod pictures;
mod sensorthings;
mod video;

use super::HubState;
use crate::sensorthings::Refusal;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderMap, HeaderName, Method, header};
use axum::response::Response;
use axum::routing::{any, get, post};
use guard::{Guard, guard, refused};
use std::path::Path;
use std::sync::Arc;
use tower_http::cors::{Any, CorsLayer};
use tower_http::services::ServeDir;

pub(super) use people::{PRESENCE, PRESENT_FOR};
pub(super) use video::follow_poses;

/// Every route of the hub, as `openapi.json` writes it, with its methods. Files and endless answers are not among them.
#[cfg(test)]
pub(super) const ROUTES: [(&str, &[&str]); 24] = [
    ("/", &["get"]),
    ("/healthz", &["get"]),
    ("/readyz", &["get"]),
    ("/openapi.json", &["get"]),
    ("/api/hub", &["get"]),
    ("/api/changes", &["get"]),
    ("/api/facts", &["post"]),
    ("/api/digests", &["get"]),
    ("/api/observations", &["get"]),
    ("/api/presence", &["get", "put"]),
    ("/api/shared", &["get"]),
    ("/api/shared/{name}", &["get", "put"]),
    ("/api/clips", &["get"]),
    ("/api/cap", &["get", "post"]),
    ("/api/cap/{id}", &["get"]),
    ("/api/cameras", &["get", "post"]),
    ("/api/cameras/{id}/streams", &["get"]),
    ("/api/cameras/{id}/ptz", &["post"]),
    ("/api/moments", &["get"]),
    ("/api/events", &["get", "post"]),
    ("/v1.1", &["get"]),
    ("/v1.1/{set}", &["get", "post"]),
    ("/v1.1/{set}({id})", &["get", "patch", "put", "delete"]),
    ("/v1.1/CreateObservations", &["post"]),
];

/// All doors. `ledger` holds `/api/changes` and `/api/facts`.
pub(super) fn doors(
    state: Arc<HubState>,
    ledger: Router,
    city: Option<&Path>,
    clips: Option<&Path>,
) -> Router {
    // Reading is open to every origin: the desk's WebView loads clips and tiles from here. Writing is not.
    let reading = CorsLayer::new()
        .allow_methods([Method::GET, Method::HEAD])
        .allow_origin(Any)
        .allow_headers(Any);
    let keeper = Arc::new(Guard::new(Arc::clone(&state.telemetry)));
    let mut router = Router::new()
        .route("/", get(about::about))
        .route("/healthz", get(about::healthz))
        .route("/readyz", get(about::readyz))
        .route("/openapi.json", get(about::openapi))
        .route("/api/hub", get(about::about))
        .route("/api/digests", get(history::digests))
        .route("/api/observations", get(history::observations))
        .route(
            "/api/presence",
            get(people::presence).put(people::put_presence),
        )
        .route("/api/shared", get(people::shared_views))
        .route(
            "/api/shared/{name}",
            get(people::shared_view).put(people::put_shared_view),
        )
        .route("/api/clips", get(catalogue::clips))
        .route("/api/cap", get(cap::feed).post(cap::post_alert))
        .route("/api/cap/{id}", get(cap::alert))
        .route(
            "/api/cameras",
            get(catalogue::cameras).post(catalogue::post_cameras),
        )
        .route("/api/cameras/{id}/streams", get(video::streams))
        .route("/api/cameras/{id}/ptz", post(video::ptz))
        .route("/api/moments", get(video::moments))
        .merge(streams())
        .route(
            "/api/events",
            get(catalogue::events).post(catalogue::post_events),
        )
        .route("/v1.1", any(sensorthings::sensorthings))
        .route("/v1.1/", any(sensorthings::sensorthings))
        .route("/v1.1/{*path}", any(sensorthings::sensorthings));
    if let Some(city) = city {
        router = router.nest_service(
            "/city",
            ServeDir::new(city).append_index_html_on_directories(false),
        );
    }
    if let Some(clips) = clips {
        router = router.nest_service(
            "/clips",
            ServeDir::new(clips).append_index_html_on_directories(false),
        );
    }
    router
        .with_state(state)
        .merge(ledger)
        // The guard has its own limits, which differ between doors.
        .layer(DefaultBodyLimit::disable())
        .layer(axum::middleware::from_fn_with_state(keeper, guard))
        .layer(reading)
}

/// The streams of cameras.
fn streams() -> Router<Arc<HubState>> {
    Router::new()
        .route("/video/{id}/stream.mp4", get(pictures::stream_mp4))
        .route("/video/{id}/socket", get(pictures::socket))
        .route("/video/{id}/mjpeg", get(pictures::mjpeg))
        .route("/video/{id}/clip.mp4", get(pictures::clip))
        .route("/video/{id}/live.m3u8", get(pictures::playlist))
        .route("/video/{id}/{file}", get(pictures::segment))
}

/// Refuses to write for a page of another site: a browser sends such a request without asking first.
fn from_here(headers: &HeaderMap) -> Result<(), Refusal> {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(origin) = text(header::ORIGIN) else {
        return Ok(());
    };
    if origin.split_once("://").map(|(_, host)| host) == text(header::HOST) {
        return Ok(());
    }
    Err(Refusal {
        status: 403,
        ..Refusal::wrong(format!("pages of {origin} may read here, not write"))
    })
}

/// The hub's address as the client sees it, so that links lead back the same way.
fn base_of(headers: &HeaderMap, state: &HubState) -> String {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let plain = |host: &&str| {
        !host.is_empty()
            && host
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || ".-:[]_".contains(letter))
    };
    let scheme = state
        .own_base
        .split_once("://")
        .map_or("http", |(scheme, _)| scheme);
    host.filter(plain).map_or_else(
        || state.own_base.clone(),
        |host| format!("{scheme}://{host}"),
    )
}

/// What a handler answers: a response, or a refusal in its form.
fn answered(outcome: Result<Response, Refusal>) -> Response {
    outcome.unwrap_or_else(|refusal| refused(&refusal))
}

#[cfg(test)]
mod tests {
    use super::ROUTES;
    use serde_json::Value;
    use std::collections::BTreeSet;

    #[test]
    fn the_document_describes_every_route_and_nothing_else() {
        let document: Value =
            serde_json::from_str(super::about::OPENAPI).expect("the document is JSON");
        assert_eq!(document["openapi"], "3.1.0");
        let mut described = BTreeSet::new();
        for (path, methods) in document["paths"].as_object().expect("paths") {
            for method in methods.as_object().expect("methods").keys() {
                if method != "parameters" {
                    described.insert((path.clone(), method.clone()));
                }
            }
        }
        let mut served = BTreeSet::new();
        for (path, methods) in ROUTES {
            for method in methods {
                served.insert((path.to_owned(), (*method).to_owned()));
            }
        }
        assert_eq!(described, served);
    }

    #[test]
    fn every_answer_of_the_document_has_a_description_and_every_reference_leads_somewhere() {
        let document: Value =
            serde_json::from_str(super::about::OPENAPI).expect("the document is JSON");
        let mut waiting = vec![&document];
        while let Some(value) = waiting.pop() {
            match value {
                Value::Object(fields) => {
                    if let Some(pointer) = fields.get("$ref").and_then(Value::as_str) {
                        let pointer = pointer.trim_start_matches('#');
                        assert!(document.pointer(pointer).is_some(), "{pointer}");
                    }
                    waiting.extend(fields.values());
                }
                Value::Array(items) => waiting.extend(items),
                _ => {}
            }
        }
        for (path, methods) in document["paths"].as_object().expect("paths") {
            for (method, operation) in methods.as_object().expect("methods") {
                let responses = operation["responses"].as_object().expect("responses");
                for (status, response) in responses {
                    assert!(
                        response["$ref"].is_string() || response["description"].is_string(),
                        "{method} {path} {status}"
                    );
                }
            }
        }
    }
}
