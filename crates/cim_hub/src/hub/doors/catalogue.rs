//! Cameras, their clips, and events.

use super::params::Params;
use super::video::{keep_poses, tell_cameras};
use super::{answered, from_here};
use crate::hub::HubState;
use crate::hub::catalogue::{camera_from, event_from, items_of};
use crate::hub::messages::topics;
use crate::iso::{iso_from_millis, millis_from_iso};
use crate::sensorthings::Refusal;
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use cim_model::UtcMillis;
use serde_json::{Value, json};
use std::sync::Arc;

/// Cameras on a page that doesn't say.
const CAMERAS_PAGE: i64 = 500;
/// The largest page of cameras or events.
const MAX_PAGE: i64 = 5000;
/// The largest number of a parameter that counts or is a moment in milliseconds: exact in JSON everywhere.
const MAX_NUMBER: i64 = 9_007_199_254_740_991;

/// `GET /api/cameras`.
pub(super) async fn cameras(State(state): State<Arc<HubState>>, uri: Uri) -> Response {
    let page = async {
        let params = Params::read(uri.query(), &["offset", "limit"])?;
        let offset = params.number("offset", 0..=MAX_NUMBER, 0)?;
        let limit = params.number("limit", 0..=MAX_PAGE, CAMERAS_PAGE)?;
        let (items, total) = state.store.cameras(offset, limit).await?;
        Ok(Json(json!({"total": total, "items": items})).into_response())
    };
    answered(page.await)
}

/// `POST /api/cameras`.
pub(super) async fn post_cameras(
    State(state): State<Arc<HubState>>,
    headers: HeaderMap,
    uri: Uri,
    body: Bytes,
) -> Response {
    let taken = async {
        Params::read(uri.query(), &[])?;
        from_here(&headers)?;
        let cameras: Result<Vec<(String, Value)>, String> = items_of(&body).and_then(|items| {
            items
                .iter()
                .enumerate()
                .map(|(index, item)| camera_from(item, index))
                .collect()
        });
        let mut cameras = cameras.map_err(Refusal::wrong)?;
        // A camera that is just being steered is written by one of the two after the other.
        let _writing = match &state.video {
            Some(video) => {
                let writing = video.writing.lock().await;
                keep_poses(video, &mut cameras);
                Some(writing)
            }
            None => None,
        };
        state.store.save_cameras(&cameras).await?;
        tell_cameras(&state, &cameras).await?;
        Ok((StatusCode::CREATED, Json(json!({"stored": cameras.len()}))).into_response())
    };
    answered(taken.await)
}

/// `GET /api/clips`: recorded clips of one camera or of all that touch a stretch of time.
pub(super) async fn clips(State(state): State<Arc<HubState>>, uri: Uri) -> Response {
    let found = async {
        let params = Params::read(uri.query(), &["camera", "from", "until"])?;
        let moment = |name: &str| match params.text(name) {
            None => Ok(None),
            Some(_) => params.moment(name).map(Some),
        };
        let (from, until) = (moment("from")?, moment("until")?);
        let mut items = Vec::new();
        let mut offset = 0;
        loop {
            let (cameras, total) = state.store.cameras(offset, MAX_PAGE).await?;
            for camera in &cameras {
                items.extend(clips_of(camera, params.text("camera"), from, until));
            }
            offset += MAX_PAGE;
            if cameras.is_empty() || offset >= total {
                break;
            }
        }
        Ok(Json(json!({"items": items})).into_response())
    };
    answered(found.await)
}

fn clips_of(
    camera: &Value,
    wanted: Option<&str>,
    from: Option<UtcMillis>,
    until: Option<UtcMillis>,
) -> Vec<Value> {
    let id = camera.get("DeviceID").and_then(Value::as_str);
    let id = id.unwrap_or_default();
    if wanted.is_some_and(|wanted| wanted != id) {
        return Vec::new();
    }
    let clips = camera.get("Clips").and_then(Value::as_array);
    let clip = |clip: &Value| {
        let text = |name: &str| clip.get(name).and_then(Value::as_str);
        let begin = text("From").and_then(millis_from_iso)?;
        let end = text("To").and_then(millis_from_iso)?;
        let inside =
            from.is_none_or(|from| end >= from) && until.is_none_or(|until| begin <= until);
        inside.then(|| {
            json!({
                "camera": id,
                "path": text("Path").unwrap_or_default(),
                "from": iso_from_millis(begin),
                "to": iso_from_millis(end)
            })
        })
    };
    clips.into_iter().flatten().filter_map(clip).collect()
}

/// `GET /api/events`.
pub(super) async fn events(State(state): State<Arc<HubState>>, uri: Uri) -> Response {
    let page = async {
        let params = Params::read(uri.query(), &["since", "limit"])?;
        let since = UtcMillis(params.number("since", 0..=MAX_NUMBER, 0)?);
        let limit = params.number("limit", 1..=MAX_PAGE, MAX_PAGE)?;
        let items = state.store.events(since, limit).await?;
        let known = items
            .last()
            .and_then(|item| item.get("known_at"))
            .and_then(Value::as_str);
        let cursor = known.and_then(millis_from_iso).unwrap_or(since);
        Ok(Json(json!({"items": items, "cursor": cursor.0})).into_response())
    };
    answered(page.await)
}

/// `POST /api/events`.
pub(super) async fn post_events(
    State(state): State<Arc<HubState>>,
    headers: HeaderMap,
    uri: Uri,
    body: Bytes,
) -> Response {
    let taken = async {
        Params::read(uri.query(), &[])?;
        from_here(&headers)?;
        let items = items_of(&body).map_err(Refusal::wrong)?;
        let taken = take_events(&state, &items).await?;
        Ok((StatusCode::CREATED, Json(json!({"items": taken}))).into_response())
    };
    answered(taken.await)
}

/// Stores events, new and changed, notes them in the ledger and publishes them.
pub(super) async fn take_events(state: &HubState, items: &[Value]) -> Result<Vec<Value>, Refusal> {
    let mut last_known = state.last_event.lock().await;
    // An edit of a desk waits: it would be read before and overwritten after.
    let _writing = state.ledger.writing.lock().await;
    let mut rows: Vec<(String, UtcMillis, Value)> = Vec::new();
    let mut known = *last_known;
    for (index, item) in items.iter().enumerate() {
        // Every change gets a moment of its own, so that a reader who remembers the last one misses none.
        known = UtcMillis(known.0.saturating_add(1).max(state.ledger.stamp().0));
        let before = match item.get("id").and_then(Value::as_str) {
            // An event may come twice in one request: the later one changes the earlier.
            Some(id) => match rows.iter().rev().find(|(earlier, ..)| earlier == id) {
                Some((.., body)) => Some(body.clone()),
                None => state.store.event(id).await?,
            },
            None => None,
        };
        if let (None, Some(id)) = (&before, only_changes(item)) {
            return Err(Refusal::missing(format!(
                "event {id} is not known here, and a new one has a title, lon and lat"
            )));
        }
        rows.push(event_from(item, index, before.as_ref(), known).map_err(Refusal::wrong)?);
    }
    let mut taken = Vec::with_capacity(rows.len());
    for (index, (item, (id, known_at, _))) in items.iter().zip(&rows).enumerate() {
        let named = item.get("id").and_then(Value::as_str) == Some(id.as_str());
        // Every item is good; now each is put into the event as it stands, which another process may have changed.
        let merge = |before: Option<&Value>| {
            event_from(item, index, before.filter(|_| named), *known_at)
                .map(|(_, _, body)| body)
                .map_err(Refusal::wrong)
        };
        let body = state.ledger.note_event_with(id, *known_at, merge).await?;
        *last_known = *known_at;
        state
            .outbox
            .publish(topics::EVENTS.to_owned(), body.to_string().into_bytes());
        state.changed.notify_one();
        taken.push(body);
    }
    Ok(taken)
}

/// The event that an item changes; `None` when it may as well be a new one.
fn only_changes(item: &Value) -> Option<&str> {
    let is_whole = ["title", "lon", "lat"]
        .iter()
        .all(|name| item.get(name).is_some());
    let id = item.get("id").and_then(Value::as_str);
    id.filter(|id| !id.is_empty() && !is_whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_without_what_a_new_event_has_changes_one_that_is_there() {
        assert_eq!(
            only_changes(&json!({"id": "e1", "status": "closed"})),
            Some("e1")
        );
        assert_eq!(
            only_changes(&json!({"id": "e1", "title": "x", "lon": 1, "lat": 2})),
            None
        );
        assert_eq!(only_changes(&json!({"title": "x"})), None);
    }

    #[test]
    fn clips_are_found_by_camera_and_by_stretch() {
        let camera = json!({"DeviceID": "c1", "Clips": [
            {"Path": "/clips/a.webm", "From": "1970-01-01T00:00:01Z", "To": "1970-01-01T00:00:05Z"},
            {"Path": "/clips/b.webm", "From": "1970-01-01T00:01:00Z", "To": "1970-01-01T00:02:00Z"},
            {"Path": "/clips/c.webm", "From": "noon", "To": "1970-01-01T00:02:00Z"}
        ]});
        let count = |wanted, from: Option<i64>, until: Option<i64>| {
            clips_of(&camera, wanted, from.map(UtcMillis), until.map(UtcMillis)).len()
        };
        assert_eq!(count(None, None, None), 2);
        assert_eq!(count(Some("c2"), None, None), 0);
        assert_eq!(count(Some("c1"), Some(5000), Some(5500)), 1);
        assert_eq!(count(Some("c1"), Some(6000), Some(50_000)), 0);
    }
}
