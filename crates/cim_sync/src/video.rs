//! What the hub does about pictures: where a camera's streams are, steering it, and what detectors saw.
//!
//! The hub only says where streams are; nobody here opens one.

use crate::{
    HubAddress, Rejection, SyncError,
    access::Access,
    door::{Door, folder_address, not_understood},
    iso, json,
};
use bytes::Bytes;
use cim_model::UtcMillis;
use reqwest::{Method, Url};
use serde_json::{Value, json};

/// An answer about streams or steering is no longer, bytes.
const MOST_ANSWER: usize = 1 << 20;
/// What detectors saw is no longer at once, bytes.
const MOST_MOMENTS: usize = 64 << 20;
/// Cameras of one page.
const PAGE: usize = 5_000;
/// More cameras are not asked for news.
const MOST_CAMERAS: usize = 1_000_000;
/// So many streams of one camera are looked at.
const MOST_STREAMS: usize = 16;
/// So much of a refusal is repeated, characters.
const MOST_REASON: usize = 200;
/// What a stream's address may begin with.
const SCHEMES: [&str; 6] = ["http", "https", "rtsp", "rtsps", "ws", "wss"];

/// A stream of a camera, as the hub offers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamOffer {
    /// `rtsp`, `hls`, `fmp4`, `ws`, `mp4` or `mjpeg`.
    pub kind: String,
    /// Where it is, absolute.
    pub url: String,
    /// It shows the present.
    pub is_live: bool,
    /// Its first moment; `None` for the present, and where nobody says.
    pub from: Option<UtcMillis>,
    /// Its last moment; `None` for the present, and where nobody says.
    pub to: Option<UtcMillis>,
}

/// What a camera told of itself beside its catalogue.
#[derive(Clone, Debug, PartialEq)]
pub struct CameraNews {
    /// Its identity.
    pub id: String,
    /// What ails its picture, in the words of a diagnosis; empty when it is good again.
    pub fault: Option<String>,
    /// When its platform heard of it last.
    pub seen_at: Option<UtcMillis>,
    /// Where it says that it is (longitude and latitude, degrees), and when.
    pub place: Option<([f64; 2], UtcMillis)>,
}

/// How a camera is to move.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Steering {
    /// Moves until the next word; each −1 … 1. All 0 stops it.
    Move {
        /// −1 is left, 1 is right.
        pan: f64,
        /// −1 is down, 1 is up.
        tilt: f64,
        /// −1 is wide, 1 is near.
        zoom: f64,
    },
    /// Goes to a preset, 1 … 255.
    Preset(u32),
}

/// The hub's doors for pictures. Cheap to clone; clones share connections.
#[derive(Clone, Debug)]
pub struct HubVideo {
    door: Door,
    base: Url,
}

impl HubVideo {
    /// The doors of the hub at `hub`, for whoever `access` is.
    pub fn new(hub: &HubAddress, access: &Access) -> Result<Self, SyncError> {
        let base = folder_address(&hub.http)?;
        let door = Door::with_access(access)?.at_home(&base);
        Ok(Self { door, base })
    }

    /// The streams of a camera, in the hub's order: live ones, and at `at` those of that moment.
    pub async fn streams(
        &self,
        camera: &str,
        at: Option<UtcMillis>,
    ) -> Result<Vec<StreamOffer>, SyncError> {
        let mut address = self.of_camera(camera, "streams")?;
        if let Some(at) = at {
            address
                .query_pairs_mut()
                .append_pair("at", &iso::text_of(at));
        }
        let body = self.door.get(&address, MOST_ANSWER).await?;
        streams_of(&body, &self.base).map_err(|rejection| not_understood(&address, rejection))
    }

    /// Steers a camera. The hub says why not with 4xx.
    pub async fn steer(&self, camera: &str, steering: Steering) -> Result<(), SyncError> {
        let address = self.of_camera(camera, "ptz")?;
        let body = Bytes::from(steering_body(steering).to_string());
        let sent = self
            .door
            .send(Method::POST, &address, body, "application/json");
        let answer = sent.await?;
        if (200..300).contains(&answer.status) {
            return Ok(());
        }
        match said(&answer.body) {
            Some(reason) => Err(not_understood(&address, Rejection::new("$", reason))),
            None => Err(SyncError::Refused {
                status: answer.status,
                address: address.to_string(),
            }),
        }
    }

    /// What detectors saw since `since`, as JSON lines, and where the next question goes on, if the hub says so: it decides how much
    /// it tells at once.
    pub async fn moments(
        &self,
        since: Option<UtcMillis>,
    ) -> Result<(String, Option<UtcMillis>), SyncError> {
        let mut address = crate::door::join(&self.base, "api/moments")?;
        if let Some(since) = since {
            address
                .query_pairs_mut()
                .append_pair("since", &iso::text_of(since));
        }
        let (body, cursor) = self.door.get_page(&address, MOST_MOMENTS).await?;
        let lines = String::from_utf8(body).map_err(|error| {
            let place = format!("byte {}", error.utf8_error().valid_up_to());
            not_understood(&address, Rejection::new(place, "UTF-8 is expected"))
        })?;
        Ok((lines, cursor.as_deref().and_then(iso::moment_of)))
    }

    /// What the hub's cameras told of themselves; those that told nothing are left out.
    pub async fn camera_news(&self) -> Result<Vec<CameraNews>, SyncError> {
        let mut news = Vec::new();
        let mut offset = 0;
        while offset < MOST_CAMERAS {
            let mut address = crate::door::join(&self.base, "api/cameras")?;
            address
                .query_pairs_mut()
                .append_pair("offset", &offset.to_string())
                .append_pair("limit", &PAGE.to_string());
            let body = self.door.get(&address, MOST_MOMENTS).await?;
            let value =
                json::parse(&body).map_err(|rejection| not_understood(&address, rejection))?;
            let items = crate::events::items_of(&value);
            news.extend(items.iter().filter_map(news_of));
            offset += items.len();
            if items.len() < PAGE {
                break;
            }
        }
        Ok(news)
    }

    /// Where something relative to the hub is.
    pub fn address_of(&self, path: &str) -> Result<String, SyncError> {
        crate::door::join(&self.base, path.trim_start_matches('/'))
            .map(|address| address.to_string())
    }

    fn of_camera(&self, camera: &str, what: &str) -> Result<Url, SyncError> {
        let mut address = self.base.clone();
        // An identity is one part of the path, whatever it is made of.
        let is_extended = address.path_segments_mut().map(|mut parts| {
            parts
                .pop_if_empty()
                .extend(["api", "cameras", camera, what]);
        });
        match is_extended {
            Ok(()) if !camera.is_empty() && camera != "." && camera != ".." => Ok(address),
            _ => Err(SyncError::BadAddress {
                reason: "no camera is called so".to_owned(),
                address: camera.to_owned(),
            }),
        }
    }
}

fn steering_body(steering: Steering) -> Value {
    let bounded = |value: f64| {
        if value.is_finite() {
            value.clamp(-1.0, 1.0)
        } else {
            0.0
        }
    };
    match steering {
        Steering::Move { pan, tilt, zoom } => {
            json!({ "pan": bounded(pan), "tilt": bounded(tilt), "zoom": bounded(zoom) })
        }
        Steering::Preset(number) => json!({ "preset": number }),
    }
}

/// What a camera tells in fields beside those of GB/T 28181; `None` when it tells nothing.
fn news_of(camera: &Value) -> Option<CameraNews> {
    let place = camera.get("LivePosition").and_then(|live| {
        let degrees = |key: &str| json::number(live, key);
        let place = [degrees("Longitude")?, degrees("Latitude")?];
        Some((place, iso::moment_in(live, "At", "$").ok()?))
    });
    let fault = camera.get("Fault").and_then(Value::as_str);
    let seen_at = iso::moment_in(camera, "SeenAt", "$").ok();
    if fault.is_none() && seen_at.is_none() && place.is_none() {
        return None;
    }
    Some(CameraNews {
        id: json::identity(camera, "DeviceID")?,
        fault: fault.map(str::to_owned),
        seen_at,
        place,
    })
}

/// Why something was refused, in the server's own words.
fn said(body: &[u8]) -> Option<String> {
    let value = json::parse(body).ok()?;
    let words = ["message", "reason", "error"]
        .iter()
        .map(|key| json::text(&value, key))
        .find(|words| !words.is_empty())?;
    Some(words.chars().take(MOST_REASON).collect())
}

fn streams_of(body: &[u8], base: &Url) -> Result<Vec<StreamOffer>, Rejection> {
    let value = json::parse(body)?;
    let list = json::list(&value, "streams", "$")?;
    let mut offers = Vec::new();
    for (place, entry) in list.iter().take(MOST_STREAMS).enumerate() {
        let place = format!("$.streams[{place}]");
        offers.push(offer_of(entry, &place, base)?);
    }
    Ok(offers)
}

fn offer_of(entry: &Value, place: &str, base: &Url) -> Result<StreamOffer, Rejection> {
    let text = json::text(entry, "url");
    let bad = |reason: String| Rejection::new(format!("{place}.url"), reason);
    if text.is_empty() {
        return Err(bad("an address is expected".to_owned()));
    }
    let url = base.join(text).map_err(|error| bad(error.to_string()))?;
    if !SCHEMES.contains(&url.scheme()) || url.host_str().is_none() {
        return Err(bad(format!("{}:// is no stream", url.scheme())));
    }
    let moment = |key: &str| iso::moment_in(entry, key, place).ok();
    Ok(StreamOffer {
        kind: json::text(entry, "kind").to_owned(),
        url: url.to_string(),
        is_live: entry.get("live").and_then(Value::as_bool) == Some(true),
        from: moment("from"),
        to: moment("to"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doors() -> HubVideo {
        let hub = HubAddress {
            http: "http://127.0.0.1:8090".to_owned(),
            mqtt: None,
        };
        HubVideo::new(&hub, &Access::default()).expect("an address")
    }

    fn offers(text: &str) -> Result<Vec<StreamOffer>, Rejection> {
        streams_of(text.as_bytes(), &doors().base)
    }

    #[test]
    fn streams_are_absolute_or_relative_to_the_hub() {
        let found = offers(
            r#"{"streams":[{"kind":"hls","url":"/video/c1/live.m3u8","live":true},
            {"kind":"rtsp","url":"rtsp://127.0.0.1:8554/c1","live":true},
            {"kind":"mp4","url":"clips/c1.mp4","live":false,"from":"2026-05-01T00:00:00Z","to":"2026-05-01T00:01:00Z"}]}"#,
        )
        .expect("streams");
        let urls: Vec<&str> = found.iter().map(|offer| offer.url.as_str()).collect();
        assert_eq!(
            urls,
            [
                "http://127.0.0.1:8090/video/c1/live.m3u8",
                "rtsp://127.0.0.1:8554/c1",
                "http://127.0.0.1:8090/clips/c1.mp4"
            ]
        );
        assert_eq!((found[0].is_live, found[0].from), (true, None));
        let clip = &found[2];
        assert_eq!(
            clip.to.map(|to| to.0 - clip.from.unwrap_or_default().0),
            Some(60_000)
        );
    }

    #[test]
    fn what_is_no_stream_is_refused_with_its_place() {
        for (text, place) in [
            ("{}", "$.streams"),
            (r#"{"streams":[{"kind":"hls"}]}"#, "$.streams[0].url"),
            (
                r#"{"streams":[{"kind":"mp4","url":"file:///etc/passwd"}]}"#,
                "$.streams[0].url",
            ),
        ] {
            let refused = offers(text).expect_err("no stream");
            assert_eq!(refused.place, place, "{text}");
        }
        assert_eq!(offers(r#"{"streams":[]}"#), Ok(Vec::new()));
    }

    #[test]
    fn a_camera_is_one_part_of_the_path() {
        let address = doors().of_camera("a/../b c", "ptz").expect("an address");
        assert_eq!(address.path(), "/api/cameras/a%2F..%2Fb%20c/ptz");
        assert!(doors().of_camera("..", "ptz").is_err());
        assert!(doors().of_camera("", "ptz").is_err());
    }

    #[test]
    fn steering_is_bounded_and_a_refusal_is_told_in_the_hubs_words() {
        let body = steering_body(Steering::Move {
            pan: 7.0,
            tilt: f64::NAN,
            zoom: -0.5,
        });
        assert_eq!(body, json!({ "pan": 1.0, "tilt": 0.0, "zoom": -0.5 }));
        assert_eq!(steering_body(Steering::Preset(3)), json!({ "preset": 3 }));
        assert_eq!(
            said(br#"{"message":"no such preset"}"#).as_deref(),
            Some("no such preset")
        );
        assert_eq!(said(b"busy"), None);
    }

    #[test]
    fn cameras_tell_of_themselves_beside_their_catalogue() {
        let moment = "2026-05-01T00:00:00Z";
        let told = json!({"DeviceID": "c1", "Fault": "", "SeenAt": moment,
            "LivePosition": {"Longitude": 121.5, "Latitude": 31.2, "At": moment}});
        let news = news_of(&told).expect("it tells something");
        assert_eq!((news.id.as_str(), news.fault.as_deref()), ("c1", Some("")));
        assert_eq!(news.place.map(|(place, _)| place), Some([121.5, 31.2]));
        assert_eq!(news.place.map(|(_, at)| at), news.seen_at);
        assert_eq!(news_of(&json!({"DeviceID": "c1", "Status": "ON"})), None);
    }

    #[test]
    fn a_clip_lies_at_the_hub() {
        assert_eq!(
            doors().address_of("/clips/a.webm").ok().as_deref(),
            Some("http://127.0.0.1:8090/clips/a.webm")
        );
    }
}
