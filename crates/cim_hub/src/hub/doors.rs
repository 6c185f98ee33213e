//! The HTTP doors: SensorThings, cameras, events, the city's files, clips, and what the hub says about itself.

use super::HubState;
use super::catalogue::{camera_from, event_from, items_of};
use super::messages::topics;
use crate::iso::iso_from_millis;
use crate::sensorthings::{Act, Answer, Refusal, Request};
use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use cim_model::UtcMillis;
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tower_http::cors::{Any, CorsLayer};
use tower_http::services::ServeDir;

/// The largest body that is read, in bytes; larger ones are refused with 413.
const MAX_BODY: usize = 64 * 1024 * 1024;
/// Cameras on a page that doesn't say.
const CAMERAS_PAGE: i64 = 500;
/// The largest page of cameras or events.
const MAX_PAGE: i64 = 5000;

/// All doors.
pub(super) fn doors(state: Arc<HubState>, city: Option<&Path>, clips: Option<&Path>) -> Router {
    // Reading is open to every origin: the desk's WebView loads clips and tiles from here. Writing is not.
    let reading = CorsLayer::new()
        .allow_methods([Method::GET, Method::HEAD])
        .allow_origin(Any)
        .allow_headers(Any);
    let mut router = Router::new()
        .route("/", get(about))
        .route("/healthz", get(|| async { "ok" }))
        .route("/api/hub", get(about))
        .route("/api/cameras", get(cameras).post(post_cameras))
        .route("/api/events", get(events).post(post_events))
        .route("/v1.1", any(sensorthings))
        .route("/v1.1/", any(sensorthings))
        .route("/v1.1/{*path}", any(sensorthings));
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
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(reading)
        .with_state(state)
}

async fn about(State(state): State<Arc<HubState>>, headers: HeaderMap) -> Json<Value> {
    let base = base_of(&headers, &state);
    let counts = &state.counts;
    Json(json!({
        "name": state.name,
        "city": {"zh": state.city_name.0, "en": state.city_name.1},
        "mqtt": state.mqtt_url,
        "sensorthings": format!("{base}/v1.1"),
        "cameras": format!("{base}/api/cameras"),
        "events": format!("{base}/api/events"),
        "city_url": format!("{base}/city/"),
        "clips_url": format!("{base}/clips/"),
        "time": iso_from_millis(state.service.now()),
        "connected": counts.connected.load(Ordering::Relaxed),
        "stored": counts.stored.load(Ordering::Relaxed),
        "rejected": counts.rejected.load(Ordering::Relaxed),
        "lost": counts.lost.load(Ordering::Relaxed),
        "unpublished": counts.unpublished.load(Ordering::Relaxed)
    }))
}

async fn sensorthings(
    State(state): State<Arc<HubState>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let act = match method {
        Method::GET | Method::HEAD => Act::Read,
        Method::POST => Act::Create,
        Method::PATCH => Act::Change,
        other => return refused(&Refusal::not_here(format!("{other} is not served"))),
    };
    if act != Act::Read
        && let Err(refusal) = from_here(&headers)
    {
        return refused(&refusal);
    }
    let base = format!("{}/v1.1", base_of(&headers, &state));
    let request = Request {
        act,
        path: uri.path().strip_prefix("/v1.1").unwrap_or_default(),
        query: uri.query().unwrap_or_default(),
        body: &body,
        base: &base,
    };
    match state.service.answer(request).await {
        Ok(Answer::Found(value)) => Json(value).into_response(),
        Ok(Answer::Bare(text)) => text.into_response(),
        Ok(Answer::Nothing) => StatusCode::NO_CONTENT.into_response(),
        Ok(Answer::Created { body, address }) => {
            let mut response = (StatusCode::CREATED, Json(body)).into_response();
            if let Some(address) = address.and_then(|address| HeaderValue::from_str(&address).ok())
            {
                response.headers_mut().insert(header::LOCATION, address);
            }
            response
        }
        Err(refusal) => refused(&refusal),
    }
}

#[derive(Deserialize)]
struct CameraPage {
    offset: Option<i64>,
    limit: Option<i64>,
}

async fn cameras(State(state): State<Arc<HubState>>, Query(page): Query<CameraPage>) -> Response {
    let offset = page.offset.unwrap_or(0).max(0);
    let limit = page.limit.unwrap_or(CAMERAS_PAGE).clamp(0, MAX_PAGE);
    match state.store.cameras(offset, limit).await {
        Ok((items, total)) => Json(json!({"total": total, "items": items})).into_response(),
        Err(err) => refused(&Refusal::from(err)),
    }
}

async fn post_cameras(
    State(state): State<Arc<HubState>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Err(refusal) = from_here(&headers) {
        return refused(&refusal);
    }
    let cameras: Result<Vec<(String, Value)>, String> = items_of(&body).and_then(|items| {
        items
            .iter()
            .enumerate()
            .map(|(index, item)| camera_from(item, index))
            .collect()
    });
    let cameras = match cameras {
        Ok(cameras) => cameras,
        Err(reason) => return refused(&Refusal::wrong(reason)),
    };
    if let Err(err) = state.store.save_cameras(&cameras).await {
        return refused(&Refusal::from(err));
    }
    for (_, camera) in &cameras {
        state
            .outbox
            .publish(topics::CAMERAS.to_owned(), camera.to_string().into_bytes());
    }
    (StatusCode::CREATED, Json(json!({"stored": cameras.len()}))).into_response()
}

#[derive(Deserialize)]
struct EventPage {
    since: Option<i64>,
    limit: Option<i64>,
}

async fn events(State(state): State<Arc<HubState>>, Query(page): Query<EventPage>) -> Response {
    let since = UtcMillis(page.since.unwrap_or(0));
    let limit = page.limit.unwrap_or(MAX_PAGE).clamp(1, MAX_PAGE);
    match state.store.events(since, limit).await {
        Ok(items) => {
            let known = items
                .last()
                .and_then(|item| item.get("known_at"))
                .and_then(Value::as_str);
            let cursor = known.and_then(crate::iso::millis_from_iso).unwrap_or(since);
            Json(json!({"items": items, "cursor": cursor.0})).into_response()
        }
        Err(err) => refused(&Refusal::from(err)),
    }
}

async fn post_events(
    State(state): State<Arc<HubState>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Err(refusal) = from_here(&headers) {
        return refused(&refusal);
    }
    let items = match items_of(&body) {
        Ok(items) => items,
        Err(reason) => return refused(&Refusal::wrong(reason)),
    };
    match take_events(&state, &items).await {
        Ok(taken) => {
            for event in &taken {
                state
                    .outbox
                    .publish(topics::EVENTS.to_owned(), event.to_string().into_bytes());
            }
            (StatusCode::CREATED, Json(json!({"items": taken}))).into_response()
        }
        Err(refusal) => refused(&refusal),
    }
}

async fn take_events(state: &HubState, items: &[Value]) -> Result<Vec<Value>, Refusal> {
    let mut last_known = state.last_event.lock().await;
    let mut rows = Vec::new();
    let mut known = *last_known;
    for (index, item) in items.iter().enumerate() {
        // Every change gets a moment of its own, so that a reader who remembers the last one misses none.
        known = UtcMillis(known.0.saturating_add(1).max(state.service.now().0));
        let before = match item.get("id").and_then(Value::as_str) {
            Some(id) => state.store.event(id).await?,
            None => None,
        };
        rows.push(event_from(item, index, before.as_ref(), known).map_err(Refusal::wrong)?);
    }
    state.store.save_events(&rows).await?;
    *last_known = known;
    Ok(rows.into_iter().map(|(_, _, body)| body).collect())
}

/// Refuses to write for a page of another site: a browser sends such a request without asking first.
fn from_here(headers: &HeaderMap) -> Result<(), Refusal> {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(origin) = text(header::ORIGIN) else {
        return Ok(());
    };
    if origin.split_once("://").map(|(_, host)| host) == text(header::HOST) {
        return Ok(());
    }
    Err(Refusal {
        status: 403,
        message: format!("pages of {origin} may read here, not write"),
    })
}

fn refused(refusal: &Refusal) -> Response {
    let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, Json(refusal.body())).into_response()
}

/// The hub's address as the client sees it, so that links lead back the same way.
fn base_of(headers: &HeaderMap, state: &HubState) -> String {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let plain = |host: &&str| {
        host.chars()
            .all(|letter| letter.is_ascii_alphanumeric() || ".-:[]".contains(letter))
    };
    host.filter(plain)
        .map_or_else(|| state.own_base.clone(), |host| format!("http://{host}"))
}
