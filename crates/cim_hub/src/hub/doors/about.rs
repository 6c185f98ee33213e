//! What the hub says about itself: addresses, state, health and its OpenAPI document.

use super::params::Params;
use super::{answered, base_of};
use crate::hub::HubState;
use crate::iso::iso_from_millis;
use crate::ledger::LedgerStore;
use crate::sensorthings::Refusal;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// The OpenAPI 3.1 document of every door.
pub(super) const OPENAPI: &str = include_str!("../../openapi.json");

/// `GET /api/hub`.
pub(super) async fn about(
    State(state): State<Arc<HubState>>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    answered(about_of(&state, &headers, &uri).await)
}

async fn about_of(state: &HubState, headers: &HeaderMap, uri: &Uri) -> Result<Response, Refusal> {
    Params::read(uri.query(), &[])?;
    let base = base_of(headers, state);
    let head = LedgerStore::head(&state.store).await?;
    let tag = format!("\"{}-{}-{base}\"", head.epoch, head.seq);
    let counts = &state.counts;
    let mut response = Json(json!({
        "name": state.name,
        "version": env!("CARGO_PKG_VERSION"),
        "city": {"zh": state.city_name.0, "en": state.city_name.1},
        "mqtt": state.mqtt_url,
        "sensorthings": format!("{base}/v1.1"),
        "cameras": format!("{base}/api/cameras"),
        "events": format!("{base}/api/events"),
        "changes": format!("{base}/api/changes"),
        "facts": format!("{base}/api/facts"),
        "digests": format!("{base}/api/digests"),
        "observations": format!("{base}/api/observations"),
        "presence": format!("{base}/api/presence"),
        "shared": format!("{base}/api/shared"),
        "clips": format!("{base}/api/clips"),
        "cap": format!("{base}/api/cap"),
        "openapi": format!("{base}/openapi.json"),
        "city_url": format!("{base}/city/"),
        "clips_url": format!("{base}/clips/"),
        "epoch": head.epoch,
        "seq": head.seq,
        "chain": head.chain,
        "time": iso_from_millis(state.service.now()),
        "connected": counts.connected.load(Ordering::Relaxed),
        "stored": counts.stored.load(Ordering::Relaxed),
        "rejected": counts.rejected.load(Ordering::Relaxed),
        "lost": counts.lost.load(Ordering::Relaxed),
        "unpublished": counts.unpublished.load(Ordering::Relaxed)
    }))
    .into_response();
    // The tag stands for the ledger and the addresses; time and counters alone make no new version.
    if let Ok(tag) = tag.parse() {
        response.headers_mut().insert(header::ETAG, tag);
    }
    Ok(response)
}

/// `GET /healthz`: the process answers.
pub(super) async fn healthz(uri: Uri) -> Response {
    answered(Params::read(uri.query(), &[]).map(|_| Json(json!({"status": "ok"})).into_response()))
}

/// `GET /readyz`: 200 when the database answers and the broker is reached, else 503 with which one does not.
pub(super) async fn readyz(State(state): State<Arc<HubState>>, uri: Uri) -> Response {
    if let Err(refusal) = Params::read(uri.query(), &[]) {
        return answered(Err(refusal));
    }
    let database = match state.store.ping().await {
        Ok(()) => Value::from("ok"),
        Err(error) => Value::from(error.to_string()),
    };
    let broker = if state.counts.connected.load(Ordering::Relaxed) {
        Value::from("ok")
    } else {
        Value::from("not connected")
    };
    let ready = database == "ok" && broker == "ok";
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let body = json!({"ready": ready, "database": database, "broker": broker});
    (status, Json(body)).into_response()
}

/// `GET /openapi.json`.
pub(super) async fn openapi(uri: Uri) -> Response {
    if let Err(refusal) = Params::read(uri.query(), &[]) {
        return answered(Err(refusal));
    }
    ([(header::CONTENT_TYPE, "application/json")], OPENAPI).into_response()
}
