//! Who is at the hub, and the camera and clock that walls share.
//!
//! Both are documents in the store, so that several hub processes over one database see the same.

use super::params::Params;
use super::{answered, from_here};
use crate::hub::HubState;
use crate::iso::iso_from_millis;
use crate::sensorthings::Refusal;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use cim_model::UtcMillis;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// How long a desk counts as present after its last word, in seconds.
pub(in crate::hub) const PRESENT_FOR: f64 = 30.0;
/// Shared views that the hub keeps, or desks that are present at once; one more is refused.
const MAX_DOCUMENTS: usize = 1000;
/// The longest name of a desk, an operator, a mode or a view, in characters.
const MAX_NAME: usize = 200;
/// The largest camera or clock, in bytes of JSON.
const MAX_VIEW: usize = 16 * 1024;

/// Where presence is kept in the store.
pub(in crate::hub) const PRESENCE: &str = "presence";
/// Where shared views are kept in the store.
const SHARED: &str = "shared";

/// `GET /api/presence`.
pub(super) async fn presence(State(state): State<Arc<HubState>>, uri: Uri) -> Response {
    let found = async {
        Params::read(uri.query(), &[])?;
        let items = present(&state).await?;
        Ok(Json(json!({"items": items})).into_response())
    };
    answered(found.await)
}

/// The desks that spoke within [`PRESENT_FOR`].
async fn present(state: &HubState) -> Result<Vec<Value>, Refusal> {
    let oldest = state.service.now().plus_seconds(-PRESENT_FOR);
    let documents = state.store.documents(PRESENCE).await?;
    let here = documents
        .into_iter()
        .filter(|(_, _, last_seen)| *last_seen >= oldest);
    Ok(here
        .map(|(desk, body, last_seen)| presence_json(&desk, &body, last_seen))
        .collect())
}

fn presence_json(desk: &str, body: &Value, last_seen: UtcMillis) -> Value {
    json!({
        "desk": desk,
        "operator": body.get("operator").cloned().unwrap_or_default(),
        "mode": body.get("mode").cloned().unwrap_or_default(),
        "since": body.get("since").cloned().unwrap_or_default(),
        "last_seen": iso_from_millis(last_seen)
    })
}

/// `PUT /api/presence`.
pub(super) async fn put_presence(
    State(state): State<Arc<HubState>>,
    headers: HeaderMap,
    uri: Uri,
    body: Bytes,
) -> Response {
    let taken = async {
        Params::read(uri.query(), &[])?;
        from_here(&headers)?;
        let fields = object(&body, &["desk", "operator", "mode"])?;
        let desk = name_in(&fields, "desk", 1)?;
        let operator = name_in(&fields, "operator", 0)?;
        let mode = name_in(&fields, "mode", 0)?;
        let now = state.service.now();
        let documents = state.store.documents(PRESENCE).await?;
        let oldest = now.plus_seconds(-PRESENT_FOR);
        let here = |last_seen: UtcMillis| last_seen >= oldest;
        let before = documents.iter().find(|(key, ..)| *key == desk);
        // A desk that was away begins anew, and those that are away now take no place.
        let before = before.filter(|(_, _, last_seen)| here(*last_seen));
        let present = documents
            .iter()
            .filter(|(_, _, last_seen)| here(*last_seen));
        if before.is_none() && present.count() >= MAX_DOCUMENTS {
            return Err(too_many("desks"));
        }
        let since = before
            .and_then(|(_, body, _)| body.get("since").cloned())
            .unwrap_or_else(|| Value::from(iso_from_millis(now)));
        let kept = json!({"operator": operator, "mode": mode, "since": since});
        state
            .store
            .put_document(PRESENCE, &desk, &kept, now)
            .await?;
        Ok(Json(presence_json(&desk, &kept, now)).into_response())
    };
    answered(taken.await)
}

/// `GET /api/shared`.
pub(super) async fn shared_views(State(state): State<Arc<HubState>>, uri: Uri) -> Response {
    let found = async {
        Params::read(uri.query(), &[])?;
        let documents = state.store.documents(SHARED).await?;
        let items: Vec<Value> = documents
            .into_iter()
            .map(|(name, body, at)| view_json(&name, &body, at))
            .collect();
        Ok(Json(json!({"items": items})).into_response())
    };
    answered(found.await)
}

/// `GET /api/shared/{name}`.
pub(super) async fn shared_view(
    State(state): State<Arc<HubState>>,
    Path(name): Path<String>,
    uri: Uri,
) -> Response {
    let found = async {
        Params::read(uri.query(), &[])?;
        let documents = state.store.documents(SHARED).await?;
        let (_, body, at) = documents
            .into_iter()
            .find(|(key, ..)| *key == name)
            .ok_or_else(|| Refusal::missing(format!("there is no shared view {name:?}")))?;
        Ok(Json(view_json(&name, &body, at)).into_response())
    };
    answered(found.await)
}

/// `PUT /api/shared/{name}`: keeps the view and publishes it, retained.
pub(super) async fn put_shared_view(
    State(state): State<Arc<HubState>>,
    Path(name): Path<String>,
    headers: HeaderMap,
    uri: Uri,
    body: Bytes,
) -> Response {
    let taken = async {
        Params::read(uri.query(), &[])?;
        from_here(&headers)?;
        // The name is the last level of a topic.
        let plain = |letter: char| letter.is_alphanumeric() || "-_.".contains(letter);
        if name.is_empty() || name.chars().count() > MAX_NAME || !name.chars().all(plain) {
            return Err(Refusal::wrong(format!(
                "a view's name is up to {MAX_NAME} letters, digits, '-', '_' and '.': {name:?}"
            )));
        }
        let fields = object(&body, &["by", "camera", "clock"])?;
        let by = name_in(&fields, "by", 1)?;
        let camera = part_in(&fields, "camera")?;
        let clock = part_in(&fields, "clock")?;
        let documents = state.store.documents(SHARED).await?;
        if documents.len() >= MAX_DOCUMENTS && !documents.iter().any(|(key, ..)| *key == name) {
            return Err(too_many("shared views"));
        }
        let now = state.service.now();
        let kept = json!({"by": by, "camera": camera, "clock": clock});
        state.store.put_document(SHARED, &name, &kept, now).await?;
        let view = view_json(&name, &kept, now);
        state.outbox.publish_retained(
            format!("citymirror/shared/{name}"),
            view.to_string().into_bytes(),
        );
        Ok((StatusCode::OK, Json(view)).into_response())
    };
    answered(taken.await)
}

fn view_json(name: &str, body: &Value, at: UtcMillis) -> Value {
    let part = |key: &str| body.get(key).cloned().unwrap_or_default();
    json!({
        "name": name,
        "by": part("by"),
        "at": iso_from_millis(at),
        "camera": part("camera"),
        "clock": part("clock")
    })
}

/// The body as an object that has no other fields than the `known` ones.
fn object(body: &[u8], known: &[&str]) -> Result<Map<String, Value>, Refusal> {
    let value: Value = serde_json::from_slice(body).map_err(|err| {
        Refusal::wrong(format!(
            "the body is no JSON, line {} column {}: {err}",
            err.line(),
            err.column()
        ))
    })?;
    let Value::Object(fields) = value else {
        return Err(Refusal::wrong("the body is no JSON object"));
    };
    match fields.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(Refusal::wrong(format!(
            "there is no field {name:?} here; known: {}",
            known.join(", ")
        ))),
        None => Ok(fields),
    }
}

/// The text of a field, `least` to [`MAX_NAME`] characters without control characters.
fn name_in(fields: &Map<String, Value>, name: &str, least: usize) -> Result<String, Refusal> {
    let text = fields
        .get(name)
        .ok_or_else(|| Refusal::wrong(format!("{name} is missing")))?;
    text.as_str()
        .filter(|text| (least..=MAX_NAME).contains(&text.chars().count()))
        .filter(|text| !text.contains(char::is_control))
        .map(str::to_owned)
        .ok_or_else(|| {
            Refusal::wrong(format!(
                "{name} is a text of {least} to {MAX_NAME} characters without control characters, not {text}"
            ))
        })
}

fn part_in(fields: &Map<String, Value>, name: &str) -> Result<Value, Refusal> {
    let part = fields
        .get(name)
        .ok_or_else(|| Refusal::wrong(format!("{name} is missing")))?;
    if part.is_object() && part.to_string().len() <= MAX_VIEW {
        return Ok(part.clone());
    }
    Err(Refusal::wrong(format!(
        "{name} is an object of at most {MAX_VIEW} bytes"
    )))
}

fn too_many(what: &str) -> Refusal {
    Refusal {
        status: 409,
        ..Refusal::wrong(format!("the hub keeps at most {MAX_DOCUMENTS} {what}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_read_strictly() {
        let fields = object(br#"{"desk":"d1","operator":""}"#, &["desk", "operator"]);
        let fields = fields.expect("known fields");
        assert_eq!(name_in(&fields, "desk", 1), Ok("d1".to_owned()));
        assert!(name_in(&fields, "operator", 1).is_err());
        assert!(name_in(&fields, "mode", 0).is_err());
        let named = |name: String| object(json!({"desk": name}).to_string().as_bytes(), &["desk"]);
        let longest = named("台".repeat(MAX_NAME)).expect("an object");
        assert!(name_in(&longest, "desk", 1).is_ok());
        let longer = named("台".repeat(MAX_NAME + 1)).expect("an object");
        assert!(name_in(&longer, "desk", 1).is_err());
        for wrong in ["\n", "a\tb", "\u{7f}", "\u{85}"] {
            let fields = named(wrong.to_owned()).expect("an object");
            let refusal = name_in(&fields, "desk", 0).expect_err(wrong);
            assert_eq!(refusal.status, 400);
            assert!(refusal.message.starts_with("desk "), "{}", refusal.message);
        }
        assert!(object(br#"{"colour":1}"#, &["desk"]).is_err());
        assert!(object(b"[1]", &["desk"]).is_err());
        assert!(part_in(&fields, "desk").is_err());
    }
}
