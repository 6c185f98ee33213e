//! What can be seen of a camera and how it is steered: streams, ptz, moments. The streams themselves are in `pictures`.

use super::params::Params;
use super::{answered, base_of, from_here};
use crate::hub::HubState;
use crate::hub::messages::topics;
use crate::iso::{iso_from_millis, millis_from_iso};
use crate::sensorthings::Refusal;
use crate::video::{Motion, Mount, VideoServer, Word, is_off, page_of, path_part};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use cim_model::UtcMillis;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Where the next question for moments begins.
const CURSOR: HeaderName = HeaderName::from_static("cim-cursor");
/// Moments that are told to who does not say since when, and the longest stretch, seconds.
const USUAL_SINCE_S: f64 = 3_600.0;
const MOST_SINCE_S: f64 = 86_400.0;
/// Moments on a page: about what the cameras that detect tell in the busiest hour.
const MOST_MOMENTS: i64 = 20_000;
/// Cameras that detect.
const DETECTING: i64 = 200;
/// The clip that stands for a past moment, seconds.
const CLIP_S: u32 = 20;
/// How often desks are told where a moving camera looks.
const TOLD_EVERY: Duration = Duration::from_secs(1);
/// The largest preset (GB/T 28181-2022, A.3.4).
const MOST_PRESET: u32 = 255;

/// The hub's pictures, unless they are switched off.
pub(super) fn video_of(state: &HubState) -> Result<&Arc<VideoServer>, Refusal> {
    let video = state.video.as_ref();
    video.ok_or_else(|| Refusal::missing("this hub gives no pictures"))
}

/// `GET /api/cameras/{id}/streams`.
pub(super) async fn streams(
    State(state): State<Arc<HubState>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    let found = async {
        let params = Params::read(uri.query(), &["at"])?;
        let at = match params.text("at") {
            None => None,
            Some(_) => Some(params.moment("at")?),
        };
        let Some(camera) = state.store.camera(&id).await? else {
            return Err(Refusal::missing(format!("there is no camera {id:?}")));
        };
        let mut offers = Vec::new();
        let mut reason = None;
        if let Some(video) = &state.video {
            let base = base_of(&headers, &state);
            match video.check_moment(at) {
                Err(refusal) => reason = Some(refusal.message),
                Ok(()) if at.is_none() && is_off(&camera) => {
                    reason = Some(format!("camera {id} is off"));
                }
                Ok(()) => offers = offers_of(video, &id, at, &base),
            }
        }
        offers.extend(recorded(&camera, at));
        if offers.is_empty() && reason.is_none() {
            reason = Some("this hub gives no pictures of it".to_owned());
        }
        let mut body = json!({"camera": id, "streams": offers});
        if let (Some(reason), Some(fields)) = (reason, body.as_object_mut()) {
            fields.insert("reason".to_owned(), Value::from(reason));
        }
        Ok(Json(body).into_response())
    };
    answered(found.await)
}

/// The streams of a camera, the best first. One connection on the hub's own port, which passes its TLS and its proxies; every
/// picture with its moment; the newest key picture at once: fragments come first. RTSP needs four questions and a port of its
/// own before the first picture.
fn offers_of(video: &VideoServer, id: &str, at: Option<UtcMillis>, base: &str) -> Vec<Value> {
    let part = path_part(id);
    let query = query_of(at, video.ticket(id).as_deref());
    let own = |file: &str| format!("/video/{part}/{file}{query}");
    let mut offers = vec![
        ("fmp4", own("stream.mp4")),
        // A WebSocket's address says so itself: http becomes ws, https becomes wss.
        (
            "ws",
            format!("{}{}", base.replacen("http", "ws", 1), own("socket")),
        ),
    ];
    if let Some(rtsp) = video.rtsp().filter(|_| is_here(base)) {
        offers.push(("rtsp", format!("rtsp://{rtsp}/{part}{query}")));
    }
    offers.push(("hls", own("live.m3u8")));
    offers.push(("mjpeg", own("mjpeg")));
    let mut offers: Vec<Value> = offers
        .into_iter()
        .map(|(kind, url)| match at {
            None => json!({"kind": kind, "url": url, "live": true}),
            Some(at) => {
                json!({"kind": kind, "url": url, "live": false, "from": iso_from_millis(at)})
            }
        })
        .collect();
    if let Some(at) = at {
        let until = at.plus_seconds(f64::from(CLIP_S)).min(video.now());
        let url = format!("{}&seconds={CLIP_S}", own("clip.mp4"));
        // A moment ago there is too little to make a clip of.
        if until.seconds_since(at) >= 1.0 {
            offers.push(json!({"kind": "mp4", "url": url, "live": false, "from": iso_from_millis(at), "to": iso_from_millis(until)}));
        }
    }
    offers
}

/// What stands behind an address of a stream.
pub(super) fn query_of(at: Option<UtcMillis>, ticket: Option<&str>) -> String {
    let at = at.map(|at| format!("at={}", iso_from_millis(at)));
    let ticket = ticket.map(|ticket| format!("ticket={ticket}"));
    let parts: Vec<String> = at.into_iter().chain(ticket).collect();
    if parts.is_empty() {
        String::new()
    } else {
        format!("?{}", parts.join("&"))
    }
}

/// Whether a client reached the hub on this machine, where RTSP listens.
fn is_here(base: &str) -> bool {
    let host = base.split_once("://").map_or(base, |(_, host)| host);
    ["127.", "localhost", "[::1]"]
        .iter()
        .any(|here| host.starts_with(here))
}

/// The camera's own clips that hold a moment and can be played: MP4 files.
fn recorded(camera: &Value, at: Option<UtcMillis>) -> Vec<Value> {
    let clips = camera.get("Clips").and_then(Value::as_array);
    let offer = |clip: &Value| {
        let text = |name: &str| clip.get(name).and_then(Value::as_str);
        let (path, at) = (text("Path")?, at?);
        let from = text("From").and_then(millis_from_iso)?;
        let to = text("To").and_then(millis_from_iso)?;
        let is_usable = from <= at && at <= to && path.to_ascii_lowercase().ends_with(".mp4");
        is_usable.then(|| {
            json!({"kind": "mp4", "url": path, "live": false, "from": iso_from_millis(from), "to": iso_from_millis(to)})
        })
    };
    clips.into_iter().flatten().filter_map(offer).collect()
}

/// `POST /api/cameras/{id}/ptz`.
pub(super) async fn ptz(
    State(state): State<Arc<HubState>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    uri: Uri,
    body: Bytes,
) -> Response {
    let steered = async {
        Params::read(uri.query(), &[])?;
        from_here(&headers)?;
        let word = word_of(&body).map_err(Refusal::wrong)?;
        let video = video_of(&state)?;
        let camera = video.camera(&id).await?;
        let conflict = |message: &str| Refusal {
            status: 409,
            ..Refusal::wrong(message)
        };
        let mount = Mount::of(&camera).ok_or_else(|| {
            conflict("this camera cannot be steered: its PTZType is neither 1 nor 4")
        })?;
        if is_off(&camera) {
            return Err(conflict("this camera is off"));
        }
        let now = video.now();
        let told = video.poses.tell(&camera, (id.as_str(), mount), word, now);
        let (pose, is_moving) = told
            .ok_or_else(|| Refusal::missing("this camera has no such preset; there are 1 to 8"))?;
        tell_untold(&state, video).await?;
        let mut answer = json!({"DeviceID": id, "is_moving": is_moving});
        pose.write(&mut answer);
        Ok(Json(answer).into_response())
    };
    answered(steered.await)
}

/// Reads `{"pan":…,"tilt":…,"zoom":…}` or `{"preset":…}`.
fn word_of(body: &[u8]) -> Result<Word, String> {
    let fields: Map<String, Value> = serde_json::from_slice(body)
        .map_err(|error| format!("the body is no JSON object: {error}"))?;
    let known = ["pan", "tilt", "zoom", "preset"];
    if let Some(name) = fields.keys().find(|name| !known.contains(&name.as_str())) {
        return Err(format!(
            "there is no {name:?} here; known: {}",
            known.join(", ")
        ));
    }
    if let Some(preset) = fields.get("preset") {
        if fields.len() > 1 {
            return Err("preset stands alone".to_owned());
        }
        // 3.0 is a whole number too (JSON Schema 2020-12 validation, clause 6.1.1).
        return (1..=MOST_PRESET)
            .find(|number| preset.as_f64() == Some(f64::from(*number)))
            .map(Word::Preset)
            .ok_or_else(|| format!("preset {preset} is no whole number from 1 to {MOST_PRESET}"));
    }
    if fields.is_empty() {
        return Err("at least one of pan, tilt and zoom, or preset, is expected".to_owned());
    }
    let speed = |name: &str| match fields.get(name) {
        None => Ok(0.0),
        Some(value) => value
            .as_f64()
            .filter(|speed| (-1.0..=1.0).contains(speed))
            .ok_or_else(|| format!("{name} {value} is no number from -1 to 1")),
    };
    Ok(Word::Move(Motion {
        pan: speed("pan")?,
        tilt: speed("tilt")?,
        zoom: speed("zoom")?,
    }))
}

/// Tells desks where steered cameras look, while they move and when they stand.
pub(in crate::hub) async fn follow_poses(state: Arc<HubState>, mut stop: watch::Receiver<bool>) {
    let Some(video) = state.video.as_ref() else {
        return;
    };
    loop {
        tokio::select! {
            () = tokio::time::sleep(TOLD_EVERY) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        if let Err(refusal) = tell_untold(&state, video).await {
            tracing::warn!(reason = refusal.message, "where cameras look is not told");
        }
    }
}

async fn tell_untold(state: &HubState, video: &VideoServer) -> Result<(), Refusal> {
    // Held from before the poses are taken: a later pose is never written before an earlier one.
    let _writing = video.writing.lock().await;
    for (id, pose) in video.poses.take_untold(video.now()) {
        // A camera that is gone needs no pose.
        if let Some(mut camera) = state.store.camera(&id).await? {
            pose.write(&mut camera);
            let changed = [(id, camera)];
            state.store.save_cameras(&changed).await?;
            tell_cameras(state, &changed).await?;
        }
    }
    Ok(())
}

/// Notes changed cameras in the ledger and publishes them.
pub(super) async fn tell_cameras(
    state: &HubState,
    cameras: &[(String, Value)],
) -> Result<(), Refusal> {
    for (id, camera) in cameras {
        state
            .ledger
            .note_camera(id, state.service.now(), camera)
            .await?;
        state
            .outbox
            .publish(topics::CAMERAS.to_owned(), camera.to_string().into_bytes());
    }
    state.changed.notify_one();
    Ok(())
}

/// `GET /api/moments`: what cameras detected, as JSON lines.
pub(super) async fn moments(State(state): State<Arc<HubState>>, uri: Uri) -> Response {
    let found = async {
        let params = Params::read(uri.query(), &["since", "limit"])?;
        let now = state.service.now();
        let since = match params.text("since") {
            None => now.plus_seconds(-USUAL_SINCE_S),
            Some(_) => params.moment("since")?,
        };
        let since = since.max(now.plus_seconds(-MOST_SINCE_S));
        let limit = params.number("limit", 1..=MOST_MOMENTS, MOST_MOMENTS)?;
        let limit = usize::try_from(limit).unwrap_or(1);
        let cameras = match &state.video {
            Some(_) => state.store.cameras(0, DETECTING).await?.0,
            None => Vec::new(),
        };
        let page = tokio::task::spawn_blocking(move || page_of(&cameras, since, now, limit));
        let page = page.await.map_err(|error| Refusal {
            status: 500,
            ..Refusal::wrong(error)
        })?;
        let headers = [
            (header::CONTENT_TYPE, "application/x-ndjson".to_owned()),
            (CURSOR, iso_from_millis(page.cursor)),
        ];
        Ok((StatusCode::OK, headers, page.lines).into_response())
    };
    answered(found.await)
}

/// Cameras as they are told by a source, where steered ones keep their pose.
pub(super) fn keep_poses(video: &VideoServer, cameras: &mut [(String, Value)]) {
    let now = video.now();
    for (id, camera) in cameras {
        video.poses.keep(id, camera, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_wrong(body: &str, word: &str) {
        let reason = word_of(body.as_bytes()).expect_err(body);
        assert!(reason.contains(word), "{body}: {reason}");
    }

    #[test]
    fn a_camera_is_told_to_move_or_to_go_to_a_preset() {
        let motion = Motion {
            pan: -1.0,
            tilt: 0.0,
            zoom: 0.5,
        };
        assert_eq!(word_of(br#"{"pan":-1,"zoom":0.5}"#), Ok(Word::Move(motion)));
        assert_eq!(word_of(br#"{"preset":3}"#), Ok(Word::Preset(3)));
        check_wrong("{}", "at least one");
        check_wrong("[]", "JSON");
        check_wrong(r#"{"pan":1.5}"#, "pan 1.5");
        check_wrong(r#"{"tilt":"up"}"#, "tilt");
        check_wrong(r#"{"preset":0}"#, "1 to 255");
        check_wrong(r#"{"preset":1.5}"#, "1 to 255");
        check_wrong(r#"{"preset":1,"pan":0}"#, "alone");
        check_wrong(r#"{"speed":1}"#, "speed");
    }

    #[test]
    fn addresses_carry_the_moment_and_the_ticket() {
        assert_eq!(query_of(None, None), "");
        let at = Some(UtcMillis(1_000));
        assert_eq!(query_of(at, None), "?at=1970-01-01T00:00:01.000Z");
        assert_eq!(query_of(None, Some("5-a")), "?ticket=5-a");
        assert_eq!(
            query_of(at, Some("5-a")),
            "?at=1970-01-01T00:00:01.000Z&ticket=5-a"
        );
        assert!(is_here("http://127.0.0.1:8090") && is_here("https://localhost:1"));
        assert!(!is_here("http://hub.example:8090"));
    }

    #[test]
    fn only_clips_that_can_be_played_and_hold_the_moment_are_offered() {
        let clip =
            |path: &str, to: &str| json!({"Path": path, "From": "1970-01-01T00:00:01Z", "To": to});
        let late = "1970-01-01T00:00:09Z";
        let camera = json!({"Clips": [clip("/clips/a.webm", late), clip("/clips/b.mp4", late),
            clip("/clips/c.mp4", "1970-01-01T00:00:02Z"), clip("/clips/d.mp4", "noon")]});
        let found = recorded(&camera, Some(UtcMillis(5_000)));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0]["url"], "/clips/b.mp4");
        assert!(recorded(&camera, None).is_empty());
    }
}
