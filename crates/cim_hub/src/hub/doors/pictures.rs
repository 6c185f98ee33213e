//! The streams of cameras: endless answers, which no guard reads to their end.
//!
//! Every door looks at the same stream of a camera and a moment (`crate::video`); it only wraps the pictures differently.

use super::answered;
use super::params::Params;
use super::video::{query_of, video_of};
use crate::hub::HubState;
use crate::sensorthings::Refusal;
use crate::video::{Part, Subject, VideoServer, Watching};
use axum::body::{Body, Bytes};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use cim_model::UtcMillis;
use cim_stream::pattern::{hls_playlist, mjpeg_content_type, mjpeg_part};
use futures_util::{SinkExt, StreamExt, stream};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

/// Between the parts of an answer of JPEG pictures.
const BOUNDARY: &str = "citymirror-picture";
/// The file that every segment begins with.
const HEAD: &str = "head.mp4";
/// How long a client of a WebSocket may take to take a picture.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the first segment of a playlist may take.
const FIRST_SEGMENT: Duration = Duration::from_secs(8);
/// Seconds of a clip that does not say, and the most.
const CLIP_S: i64 = 10;
const MOST_CLIP_S: i64 = 60;
const MP4: &str = "video/mp4";

/// What is asked for, after the ticket was looked at.
struct Asked<'s> {
    video: &'s Arc<VideoServer>,
    params: Params,
    at: Option<UtcMillis>,
    id: String,
}

impl<'s> Asked<'s> {
    fn of(state: &'s HubState, id: &str, uri: &Uri, known: &[&str]) -> Result<Self, Refusal> {
        let known: Vec<&str> = ["at", "ticket"].iter().chain(known).copied().collect();
        let params = Params::read(uri.query(), &known)?;
        let at = match params.text("at") {
            None => None,
            Some(_) => Some(params.moment("at")?),
        };
        let video = video_of(state)?;
        video.check_ticket(id, params.text("ticket"))?;
        Ok(Self {
            video,
            params,
            at,
            id: id.to_owned(),
        })
    }

    async fn subject(&self) -> Result<Subject, Refusal> {
        self.video.subject(&self.id, self.at).await
    }

    /// What addresses in a playlist carry on.
    fn query(&self) -> String {
        query_of(self.at, self.params.text("ticket"))
    }
}

/// An answer, or a refusal; who finds no place is told when to come back.
fn told(outcome: Result<Response, Refusal>) -> Response {
    let mut response = answered(outcome);
    if response.status() == StatusCode::SERVICE_UNAVAILABLE {
        let soon = HeaderValue::from_static("2");
        response.headers_mut().insert(header::RETRY_AFTER, soon);
    }
    response
}

/// Live pictures are never kept on the way.
fn endless(kind: &str, body: Body) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, body).into_response()
}

/// `GET /video/{id}/stream.mp4`: fragmented MP4 without an end.
pub(super) async fn stream_mp4(
    State(state): State<Arc<HubState>>,
    Path(id): Path<String>,
    uri: Uri,
) -> Response {
    let begun = async {
        let asked = Asked::of(&state, &id, &uri, &[])?;
        let watching = asked.video.watch(&asked.subject().await?, false)?;
        let head = watching.channel().head().await?.file.clone();
        let first = stream::once(async move { Ok::<_, Infallible>(head) });
        let rest = stream::unfold(watching, |mut watching: Watching| async move {
            let shot = watching.next().await?;
            Some((Ok(shot.fragment.clone()), watching))
        });
        Ok(endless(MP4, Body::from_stream(first.chain(rest))))
    };
    told(begun.await)
}

/// `GET /video/{id}/mjpeg`: JPEG pictures one after the other.
pub(super) async fn mjpeg(
    State(state): State<Arc<HubState>>,
    Path(id): Path<String>,
    uri: Uri,
) -> Response {
    let begun = async {
        let asked = Asked::of(&state, &id, &uri, &[])?;
        let watching = asked.video.watch(&asked.subject().await?, true)?;
        watching.channel().head().await?;
        let parts = stream::unfold(watching, |mut watching: Watching| async move {
            let part = next_jpeg(&mut watching).await?;
            Some((Ok::<_, Infallible>(part), watching))
        });
        Ok(endless(
            &mjpeg_content_type(BOUNDARY),
            Body::from_stream(parts),
        ))
    };
    told(begun.await)
}

async fn next_jpeg(watching: &mut Watching) -> Option<Bytes> {
    loop {
        let shot = watching.next().await?;
        // Pictures of before anybody wanted JPEG have none.
        if let Some(jpeg) = &shot.jpeg {
            return Some(Bytes::from(mjpeg_part(BOUNDARY, jpeg, shot.at)));
        }
    }
}

/// `GET /video/{id}/live.m3u8`: the playlist (RFC 8216).
pub(super) async fn playlist(
    State(state): State<Arc<HubState>>,
    Path(id): Path<String>,
    uri: Uri,
) -> Response {
    let begun = async {
        let asked = Asked::of(&state, &id, &uri, &[])?;
        let channel = asked.video.listed(&asked.subject().await?)?;
        channel.head().await?;
        let first = async {
            while channel.listed().segments.is_empty() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let is_late = timeout(FIRST_SEGMENT, first).await.is_err();
        if is_late {
            return Err(Refusal {
                status: 503,
                ..Refusal::wrong("the first segment takes too long")
            });
        }
        let (mut listed, query) = (channel.listed(), asked.query());
        for segment in &mut listed.segments {
            segment.uri.push_str(&query);
        }
        let lengths = listed.segments.iter().map(|segment| segment.seconds);
        // Segments are as long as the target when rounded, or shorter (RFC 8216, 4.3.3.1).
        let target_s = lengths.fold(1.0, f64::max).round() as u32;
        let head = format!("{HEAD}{query}");
        let text = hls_playlist(&listed.segments, listed.first, target_s, &head, false);
        Ok(endless("application/vnd.apple.mpegurl", Body::from(text)))
    };
    told(begun.await)
}

/// `GET /video/{id}/head.mp4` and `/video/{id}/{n}.m4s`: the parts of a playlist.
pub(super) async fn segment(
    State(state): State<Arc<HubState>>,
    Path((id, file)): Path<(String, String)>,
    uri: Uri,
) -> Response {
    let found = async {
        let asked = Asked::of(&state, &id, &uri, &[])?;
        let number = file.strip_suffix(".m4s").map(str::parse::<u64>);
        let unknown = || Refusal::missing(format!("there is no {file:?} of a camera"));
        let bytes = match number {
            Some(Ok(number)) => {
                let channel = asked.video.playing(&id, asked.at)?;
                let gone = || Refusal::missing(format!("{file} is no longer kept"));
                channel.segment(number).ok_or_else(gone)?
            }
            None if file == HEAD => {
                let channel = asked.video.playing(&id, asked.at)?;
                channel.head().await?.file.clone()
            }
            Some(Err(_)) | None => return Err(unknown()),
        };
        Ok(endless(MP4, Body::from(bytes)))
    };
    told(found.await)
}

/// `GET /video/{id}/clip.mp4`: a stretch of the past as a whole file, with ranges.
pub(super) async fn clip(
    State(state): State<Arc<HubState>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    let made = async {
        let asked = Asked::of(&state, &id, &uri, &["seconds"])?;
        let at = asked.params.moment("at")?;
        let seconds = asked.params.number("seconds", 1..=MOST_CLIP_S, CLIP_S)?;
        let subject = asked.subject().await?;
        let past_s = asked.video.now().seconds_since(at).floor();
        if past_s < 1.0 {
            return Err(Refusal::wrong("at is too short ago for a clip"));
        }
        // What has not happened yet is not in the clip.
        let seconds = (seconds as f64).min(past_s) as u32;
        let clip = asked.video.clip(&subject, at, seconds).await?;
        let range = headers.get(header::RANGE);
        let range = range.and_then(|range| range.to_str().ok());
        Ok(part_of(&clip, range))
    };
    told(made.await)
}

fn part_of(file: &Bytes, range: Option<&str>) -> Response {
    let length = file.len();
    let common = [
        (header::CONTENT_TYPE, MP4),
        (header::ACCEPT_RANGES, "bytes"),
    ];
    match Part::of(range, length) {
        Part::Whole => (common, file.clone()).into_response(),
        Part::From(first, end) => {
            let told = format!("bytes {first}-{}/{length}", end.saturating_sub(1));
            let place = [(header::CONTENT_RANGE, told)];
            (
                StatusCode::PARTIAL_CONTENT,
                common,
                place,
                file.slice(first..end),
            )
                .into_response()
        }
        Part::Outside => {
            let place = [(header::CONTENT_RANGE, format!("bytes */{length}"))];
            (StatusCode::RANGE_NOT_SATISFIABLE, place).into_response()
        }
    }
}

/// `GET /video/{id}/socket`: fragmented MP4 in the binary messages of a WebSocket (RFC 6455).
pub(super) async fn socket(
    State(state): State<Arc<HubState>>,
    Path(id): Path<String>,
    uri: Uri,
    mut request: Request,
) -> Response {
    let begun = async {
        let key = key_of(request.headers())?;
        let asked = Asked::of(&state, &id, &uri, &[])?;
        let watching = asked.video.watch(&asked.subject().await?, false)?;
        let head = watching.channel().head().await?.file.clone();
        let upgrade = hyper::upgrade::on(&mut request);
        tokio::spawn(async move {
            match upgrade.await {
                Ok(upgraded) => {
                    let wire = TokioIo::new(upgraded);
                    let socket = WebSocketStream::from_raw_socket(wire, Role::Server, None).await;
                    speak(socket, head, watching).await;
                }
                Err(error) => tracing::debug!(%error, "a WebSocket does not open"),
            }
        });
        let headers = [
            (header::UPGRADE, "websocket".to_owned()),
            (header::CONNECTION, "Upgrade".to_owned()),
            (header::SEC_WEBSOCKET_ACCEPT, derive_accept_key(&key)),
        ];
        Ok((StatusCode::SWITCHING_PROTOCOLS, headers).into_response())
    };
    told(begun.await)
}

/// The client's key (RFC 6455, 4.2.1).
fn key_of(headers: &HeaderMap) -> Result<Vec<u8>, Refusal> {
    let has = |name: header::HeaderName, word: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.is_some_and(|value| value.to_ascii_lowercase().contains(word))
    };
    let is_asked = has(header::UPGRADE, "websocket")
        && has(header::CONNECTION, "upgrade")
        && has(header::SEC_WEBSOCKET_VERSION, "13");
    let key = headers.get(header::SEC_WEBSOCKET_KEY);
    key.filter(|_| is_asked)
        .map(|key| key.as_bytes().to_vec())
        .ok_or_else(|| Refusal {
            status: 426,
            ..Refusal::wrong("a WebSocket of version 13 is opened here")
        })
}

/// Sends pictures until the client goes, is too slow, or no more come.
async fn speak<S>(socket: WebSocketStream<S>, head: Bytes, mut watching: Watching)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    let (mut sink, mut words) = socket.split();
    let mut next = Some(head);
    while let Some(bytes) = next {
        let sent = timeout(PATIENCE, sink.send(Message::Binary(bytes))).await;
        if !matches!(sent, Ok(Ok(()))) {
            return;
        }
        next = loop {
            tokio::select! {
                shot = watching.next() => break shot.map(|shot| shot.fragment.clone()),
                word = words.next() => match word {
                    None | Some(Err(_) | Ok(Message::Close(_))) => return,
                    // A ping is answered with the next picture.
                    Some(Ok(_)) => {}
                },
            }
        };
    }
    let closed = timeout(PATIENCE, sink.close()).await;
    if closed.is_err() {
        tracing::debug!("a WebSocket does not close");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_part_of_a_file_says_which() {
        let file = Bytes::from_static(b"0123456789");
        let whole = part_of(&file, None);
        assert_eq!(whole.status(), StatusCode::OK);
        let part = part_of(&file, Some("bytes=2-4"));
        assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
        assert_eq!(part.headers()[header::CONTENT_RANGE], "bytes 2-4/10");
        let bytes = axum::body::to_bytes(part.into_body(), 100)
            .await
            .expect("a body");
        assert_eq!(&bytes[..], b"234");
        let outside = part_of(&file, Some("bytes=10-"));
        assert_eq!(outside.headers()[header::CONTENT_RANGE], "bytes */10");
    }

    #[test]
    fn only_a_websocket_opens_a_websocket() {
        let mut headers = HeaderMap::new();
        assert_eq!(key_of(&headers).expect_err("none").status, 426);
        for (name, value) in [
            (header::UPGRADE, "WebSocket"),
            (header::CONNECTION, "keep-alive, Upgrade"),
            (header::SEC_WEBSOCKET_VERSION, "13"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        assert!(key_of(&headers).is_err());
        let key = HeaderValue::from_static("dGhlIHNhbXBsZSBub25jZQ==");
        headers.insert(header::SEC_WEBSOCKET_KEY, key);
        let key = key_of(&headers).expect("a key");
        // The example of RFC 6455, 1.3.
        assert_eq!(derive_accept_key(&key), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }
}
