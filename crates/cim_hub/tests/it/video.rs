//! Pictures of cameras from outside: every kind of stream through a real socket, steering, moments, and who may look.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "in a test, a panic is the report"
)]

use cim_hub::{Hub, HubSettings, Mqtt, VideoSettings, pattern_number};
use cim_model::{TimeSource, UtcMillis};
use cim_stream::{pattern::read_pattern, picture::read_jpeg};
use cim_sync::{HubAddress, HubVideo, access::Access};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

const BEGIN: i64 = 1_760_000_000_000;
const DOME: &str = "32030000001320000017";
const FIXED: &str = "32030000001320000018";

/// Goes as fast as the machine's clock, from a moment that stands fast.
struct Running(Instant);

impl TimeSource for Running {
    fn now(&self) -> UtcMillis {
        UtcMillis(BEGIN + i64::try_from(self.0.elapsed().as_millis()).unwrap())
    }
}

struct Trial {
    hub: Hub,
    clock: Arc<Running>,
    http: reqwest::Client,
}

impl Trial {
    async fn start(name: &str, change: impl FnOnce(&mut HubSettings)) -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("video-{name}"));
        if folder.exists() {
            std::fs::remove_dir_all(&folder).unwrap();
        }
        std::fs::create_dir_all(&folder).unwrap();
        let mut settings = HubSettings::new(folder);
        settings.http = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        settings.mqtt = Mqtt::BuiltIn(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        change(&mut settings);
        let clock = Arc::new(Running(Instant::now()));
        let time: Arc<dyn TimeSource> = Arc::<Running>::clone(&clock);
        Self {
            hub: Hub::start(settings, time).await.unwrap(),
            clock,
            http: reqwest::Client::new(),
        }
    }

    /// A hub with a camera that can be steered and one that cannot.
    async fn with_cameras(name: &str, change: impl FnOnce(&mut HubSettings)) -> Self {
        let trial = Self::start(name, change).await;
        let cameras = json!([camera(DOME, 1, "ON"), camera(FIXED, 3, "ON")]);
        assert_eq!(trial.post("/api/cameras", &cameras).await.0, 201);
        trial
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.hub.http_address)
    }

    async fn open(&self, path: &str) -> reqwest::Response {
        self.http.get(self.url(path)).send().await.unwrap()
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        let response = self.open(path).await;
        let status = response.status().as_u16();
        let bytes = response.bytes().await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }

    async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let response = self
            .http
            .post(self.url(path))
            .json(body)
            .send()
            .await
            .unwrap();
        let status = response.status().as_u16();
        let bytes = response.bytes().await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }

    /// The first picture of an MJPEG stream: its moment and its camera's number.
    async fn first_picture(&self, path: &str) -> (i64, u32) {
        let mut response = self.open(path).await;
        assert_eq!(response.status().as_u16(), 200, "{path}");
        let mut bytes = Vec::new();
        loop {
            let chunk = timeout(Duration::from_secs(10), response.chunk());
            bytes.extend(chunk.await.unwrap().unwrap().unwrap());
            if let Some(file) = part_in(&bytes) {
                let picture = read_jpeg(file, 1_000).unwrap();
                return read_pattern(&picture).expect("the strip is legible");
            }
        }
    }
}

fn camera(id: &str, ptz: u8, status: &str) -> Value {
    json!({"DeviceID": id, "Name": "云湖大道 3 号机", "Longitude": 117.43, "Latitude": 34.07, "Height": 8.0,
        "Azimuth": 350.0, "Tilt": 10.0, "Fov": 60.0, "Range": 100.0, "Status": status, "PTZType": ptz})
}

/// The whole file of the first part of `multipart/x-mixed-replace`, once it is there.
fn part_in(bytes: &[u8]) -> Option<&[u8]> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..end]).unwrap();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("Content-Length: "))?;
    bytes.get(end + 4..end + 4 + length.parse::<usize>().unwrap())
}

/// The kinds of the whole boxes that `bytes` begin with.
fn boxes(bytes: &[u8]) -> Vec<String> {
    let mut kinds = Vec::new();
    let mut rest = bytes;
    while let Some(size) = rest.first_chunk::<4>() {
        let size = u32::from_be_bytes(*size) as usize;
        let (Some(kind), Some(after)) = (rest.get(4..8), rest.get(size..)) else {
            break;
        };
        kinds.push(String::from_utf8_lossy(kind).into_owned());
        rest = after;
    }
    kinds
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_of_stream_plays_the_camera_that_it_is_of() {
    let trial = Trial::with_cameras("kinds", |_| {}).await;
    let (status, answer) = trial.get(&format!("/api/cameras/{DOME}/streams")).await;
    assert_eq!(status, 200, "{answer}");
    let streams = answer["streams"].as_array().unwrap();
    let kinds: Vec<&str> = streams
        .iter()
        .map(|stream| stream["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["fmp4", "ws", "rtsp", "hls", "mjpeg"]);
    assert!(streams.iter().all(|stream| stream["live"] == true));
    let url = |kind: &str| {
        let stream = streams.iter().find(|stream| stream["kind"] == kind);
        stream.unwrap()["url"].as_str().unwrap()
    };

    let (at, number) = trial.first_picture(url("mjpeg")).await;
    assert_eq!(number, pattern_number(DOME));
    let late = trial.clock.now().0 - at;
    assert!((-200..3_000).contains(&late), "{late} ms");
    assert_eq!(
        at % 100,
        0,
        "pictures of all cameras fall on the same moments"
    );

    let mut response = trial.open(url("fmp4")).await;
    assert_eq!(response.headers()["content-type"], "video/mp4");
    let mut bytes = Vec::new();
    while boxes(&bytes).len() < 8 {
        let chunk = timeout(Duration::from_secs(10), response.chunk());
        bytes.extend(chunk.await.unwrap().unwrap().unwrap());
    }
    let expected = [
        "ftyp", "moov", "prft", "moof", "mdat", "prft", "moof", "mdat",
    ];
    assert_eq!(boxes(&bytes)[..8], expected);

    let playlist = trial.open(url("hls")).await.text().await.unwrap();
    assert!(playlist.starts_with("#EXTM3U"), "{playlist}");
    assert!(
        playlist.contains("#EXT-X-MAP:URI=\"head.mp4\""),
        "{playlist}"
    );
    let segment = playlist
        .lines()
        .find(|line| !line.starts_with('#') && line.contains(".m4s"))
        .unwrap();
    let head = trial.open(&format!("/video/{DOME}/head.mp4")).await;
    assert_eq!(boxes(&head.bytes().await.unwrap()), ["ftyp", "moov"]);
    let segment = trial.open(&format!("/video/{DOME}/{segment}")).await;
    let kinds = boxes(&segment.bytes().await.unwrap());
    assert_eq!(kinds[..3], ["prft", "moof", "mdat"]);
    for (path, status) in [("999999.m4s", 404), ("x.m4s", 404), ("head.mp3", 404)] {
        assert_eq!(
            trial.get(&format!("/video/{DOME}/{path}")).await.0,
            status,
            "{path}"
        );
    }
    // Endless answers do not keep the hub from closing.
    let closing = Instant::now();
    trial.hub.stop().await;
    assert!(closing.elapsed() < Duration::from_secs(8));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_websocket_brings_the_head_and_then_fragments() {
    let trial = Trial::with_cameras("socket", |_| {}).await;
    let address = trial.hub.http_address.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "GET /video/{DOME}/socket HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let head = head_of(&mut stream).await;
    assert!(head.starts_with("HTTP/1.1 101"), "{head}");
    assert!(head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "{head}");
    assert_eq!(boxes(&message(&mut stream).await), ["ftyp", "moov"]);
    assert_eq!(boxes(&message(&mut stream).await), ["prft", "moof", "mdat"]);
    let plain = trial.open(&format!("/video/{DOME}/socket")).await;
    assert_eq!(plain.status().as_u16(), 426);
    trial.hub.stop().await;
}

/// The head of an answer, byte by byte: what follows is not an answer's.
async fn head_of(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        let byte = timeout(Duration::from_secs(10), stream.read_u8());
        bytes.push(byte.await.expect("in time").unwrap());
    }
    String::from_utf8(bytes).unwrap()
}

/// One whole binary message of a server (RFC 6455, 5.2).
async fn message(stream: &mut TcpStream) -> Vec<u8> {
    assert_eq!(stream.read_u8().await.unwrap(), 0x82, "final, binary");
    let length = match stream.read_u8().await.unwrap() {
        126 => u64::from(stream.read_u16().await.unwrap()),
        127 => stream.read_u64().await.unwrap(),
        short => u64::from(short),
    };
    let mut bytes = vec![0; usize::try_from(length).unwrap()];
    stream.read_exact(&mut bytes).await.unwrap();
    bytes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_past_plays_from_its_moment_on_and_a_clip_is_a_whole_file() {
    let trial = Trial::with_cameras("past", |_| {}).await;
    let path = format!("/api/cameras/{DOME}/streams?at=2025-10-09T08:00:00Z");
    let (_, answer) = trial.get(&path).await;
    let streams = answer["streams"].as_array().unwrap();
    assert!(
        streams.iter().all(|stream| stream["live"] == false),
        "{answer}"
    );
    let of = |kind: &str| {
        streams
            .iter()
            .find(|stream| stream["kind"] == kind)
            .unwrap()
    };
    assert_eq!(of("fmp4")["from"], "2025-10-09T08:00:00.000Z");
    assert_eq!(of("mp4")["to"], "2025-10-09T08:00:20.000Z");
    let moment = 1_759_996_800_000;
    let (at, number) = trial
        .first_picture(of("mjpeg")["url"].as_str().unwrap())
        .await;
    assert_eq!(number, pattern_number(DOME));
    assert!((moment..moment + 3_000).contains(&at), "{at}");

    let clip = format!("/video/{DOME}/clip.mp4?at=2025-10-09T08:00:00Z&seconds=2");
    let whole = trial.open(&clip).await.bytes().await.unwrap();
    assert_eq!(boxes(&whole), ["ftyp", "moov", "mdat"]);
    let part = trial
        .http
        .get(trial.url(&clip))
        .header("range", "bytes=4-7")
        .send()
        .await
        .unwrap();
    assert_eq!(part.status().as_u16(), 206);
    assert_eq!(&part.bytes().await.unwrap()[..], b"ftyp");
    for (path, status, word) in [
        (format!("/video/{DOME}/clip.mp4"), 400, "at is missing"),
        (format!("{clip}00"), 400, "seconds"),
        (clip.replace("2025", "2023"), 400, "days ago"),
        (clip.replace("2025", "2026"), 400, "to come"),
        (format!("/video/{DOME}/mjpeg?at=noon"), 400, "ISO 8601"),
        ("/video/nobody/mjpeg".to_owned(), 404, "nobody"),
        ("/api/cameras/nobody/streams".to_owned(), 404, "nobody"),
        (
            format!("/api/cameras/{DOME}/streams?at=noon"),
            400,
            "ISO 8601",
        ),
    ] {
        let (found, body) = trial.get(&path).await;
        assert_eq!(found, status, "{path}: {body}");
        let message = body["message"].as_str().unwrap();
        assert!(message.contains(word), "{path}: {message}");
    }
    let future = path.replace("2025", "2026");
    let (_, answer) = trial.get(&future).await;
    assert_eq!(answer["streams"], json!([]));
    assert!(answer["reason"].as_str().unwrap().contains("to come"));
    trial.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn there_is_a_most_and_a_stream_that_nobody_looks_at_gives_way() {
    let trial = Trial::with_cameras("most", |settings| {
        settings.video = Some(VideoSettings {
            most_encoders: 1,
            ..VideoSettings::default()
        });
    })
    .await;
    let first = trial.open(&format!("/video/{DOME}/stream.mp4")).await;
    let shared = trial.open(&format!("/video/{DOME}/stream.mp4")).await;
    assert_eq!(
        (first.status().as_u16(), shared.status().as_u16()),
        (200, 200)
    );
    let other = format!("/video/{FIXED}/stream.mp4");
    let refused = trial.open(&other).await;
    assert_eq!(refused.status().as_u16(), 503);
    assert_eq!(refused.headers()["retry-after"], "2");
    let body: Value = serde_json::from_slice(&refused.bytes().await.unwrap()).unwrap();
    assert!(
        body["message"].as_str().unwrap().contains("1 cameras"),
        "{body}"
    );
    drop((first, shared));
    let deadline = Instant::now() + Duration::from_secs(20);
    while trial.open(&other).await.status().as_u16() != 200 {
        assert!(Instant::now() < deadline, "it does not give way");
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    trial.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_camera_that_is_off_says_so_and_a_hub_without_pictures_has_none() {
    let trial = Trial::with_cameras("off", |_| {}).await;
    trial.post("/api/cameras", &camera(DOME, 1, "OFF")).await;
    let (_, answer) = trial.get(&format!("/api/cameras/{DOME}/streams")).await;
    assert_eq!(answer["streams"], json!([]));
    assert!(
        answer["reason"].as_str().unwrap().contains("off"),
        "{answer}"
    );
    assert_eq!(trial.get(&format!("/video/{DOME}/mjpeg")).await.0, 404);
    let (status, _) = trial
        .post(&format!("/api/cameras/{DOME}/ptz"), &json!({"pan": 1}))
        .await;
    assert_eq!(status, 409);
    trial.hub.stop().await;

    let trial = Trial::with_cameras("none", |settings| settings.video = None).await;
    assert_eq!(trial.hub.rtsp_address, None);
    let (status, answer) = trial.get(&format!("/api/cameras/{DOME}/streams")).await;
    assert_eq!((status, &answer["streams"]), (200, &json!([])));
    assert_eq!(trial.get(&format!("/video/{DOME}/mjpeg")).await.0, 404);
    assert_eq!(trial.get("/api/moments").await.0, 200);
    trial.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_camera_is_steered_within_what_it_can_and_everybody_is_told() {
    let trial = Trial::with_cameras("ptz", |_| {}).await;
    let ptz = format!("/api/cameras/{DOME}/ptz");
    let before = trial.get("/api/changes?after=0").await.1["items"].clone();
    let (status, pose) = trial.post(&ptz, &json!({"pan": 1.0, "tilt": -0.5})).await;
    assert_eq!(status, 200, "{pose}");
    assert_eq!(
        (&pose["is_moving"], &pose["Azimuth"]),
        (&json!(true), &json!(350.0))
    );
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let (_, stopped) = trial
        .post(&ptz, &json!({"pan": 0, "tilt": 0, "zoom": 0}))
        .await;
    assert_eq!(stopped["is_moving"], false);
    let turned = (stopped["Azimuth"].as_f64().unwrap() - 350.0).rem_euclid(360.0);
    assert!((40.0..120.0).contains(&turned), "{stopped}");
    assert!(stopped["Tilt"].as_f64().unwrap() > 15.0, "{stopped}");
    let (_, page) = trial.get("/api/cameras").await;
    assert_eq!(page["items"][0]["Azimuth"], stopped["Azimuth"]);
    let after = trial.get("/api/changes?after=0").await.1["items"].clone();
    let count = |changes: &Value| changes.as_array().map_or(0, Vec::len);
    assert!(count(&after) > count(&before), "{after}");

    // The source tells its catalogue again; the camera stays where it was turned to.
    trial.post("/api/cameras", &camera(DOME, 1, "ON")).await;
    let (_, page) = trial.get("/api/cameras").await;
    assert_eq!(page["items"][0]["Azimuth"], stopped["Azimuth"]);
    let (_, home) = trial.post(&ptz, &json!({"preset": 1.0})).await;
    assert_eq!(
        (&home["Azimuth"], &home["Tilt"]),
        (&json!(350.0), &json!(10.0))
    );

    for (path, body, status, word) in [
        (ptz.clone(), json!({"preset": 1.5}), 400, "whole"),
        (ptz.clone(), json!({"preset": 9}), 404, "preset"),
        (ptz.clone(), json!({"preset": 300}), 400, "255"),
        (ptz.clone(), json!({"pan": 2}), 400, "pan"),
        (ptz.clone(), json!({}), 400, "at least one"),
        (
            format!("/api/cameras/{FIXED}/ptz"),
            json!({"pan": 1}),
            409,
            "PTZType",
        ),
        (
            "/api/cameras/nobody/ptz".to_owned(),
            json!({"pan": 1}),
            404,
            "nobody",
        ),
    ] {
        let (found, answer) = trial.post(&path, &body).await;
        assert_eq!(found, status, "{path} {body}: {answer}");
        let message = answer["message"].as_str().unwrap();
        assert!(message.contains(word), "{path} {body}: {message}");
    }
    trial.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn moments_are_lines_and_a_cursor_leads_on() {
    let trial = Trial::with_cameras("moments", |_| {}).await;
    let path = "/api/moments?since=2025-10-09T02:00:00Z&limit=20";
    let first = trial.open(path).await;
    assert_eq!(first.headers()["content-type"], "application/x-ndjson");
    let cursor = first.headers()["cim-cursor"].to_str().unwrap().to_owned();
    let text = first.text().await.unwrap();
    assert!(text.lines().count() >= 20, "{text}");
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        assert!(line["to"].as_str().unwrap() <= cursor.as_str(), "{line}");
        let media = line["media"].as_str().unwrap();
        assert!(media.starts_with("/video/3203"), "{line}");
    }
    assert_eq!(
        trial.open(path).await.text().await.unwrap(),
        text,
        "the same again"
    );
    let next = format!("/api/moments?since={cursor}&limit=20");
    let more = trial.open(&next).await.text().await.unwrap();
    assert!(!more.is_empty() && !text.contains(more.lines().next().unwrap()));
    assert_eq!(trial.get("/api/moments?limit=0").await.0, 400);

    // As a desk asks.
    let address = HubAddress {
        http: trial.url(""),
        mqtt: None,
    };
    let hub = HubVideo::new(&address, &Access::default()).unwrap();
    let since = UtcMillis(BEGIN - 3_600_000);
    let (lines, next) = hub.moments(Some(since)).await.unwrap();
    assert!(lines.lines().count() > 1, "{lines}");
    assert!(
        next.is_some_and(|next| next >= UtcMillis(BEGIN)),
        "{next:?}"
    );
    trial.hub.stop().await;
}

/// A client of RTSP, as small as it can be.
struct Rtsp {
    stream: TcpStream,
    cseq: u32,
}

impl Rtsp {
    async fn connect(trial: &Trial) -> Self {
        let address = trial.hub.rtsp_address.as_deref().unwrap();
        let address = address.strip_prefix("rtsp://").unwrap();
        Self {
            stream: TcpStream::connect(address).await.unwrap(),
            cseq: 0,
        }
    }

    /// The status, the head and the body of the answer. Packets before it are passed over.
    async fn ask(&mut self, method: &str, url: &str, more: &str) -> (u16, String, String) {
        self.cseq += 1;
        let request = format!(
            "{method} {url} RTSP/1.0\r\nCSeq: {}\r\n{more}\r\n",
            self.cseq
        );
        self.stream.write_all(request.as_bytes()).await.unwrap();
        let mut first = [0];
        loop {
            self.stream.peek(&mut first).await.unwrap();
            if first != *b"$" {
                break;
            }
            self.packet().await;
        }
        let head = head_of(&mut self.stream).await;
        assert!(head.contains(&format!("CSeq: {}\r\n", self.cseq)), "{head}");
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("Content-Length: "));
        let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
        self.stream.read_exact(&mut body).await.unwrap();
        (status, head, String::from_utf8(body).unwrap())
    }

    /// The channel and the bytes of the next packet.
    async fn packet(&mut self) -> (u8, Vec<u8>) {
        let marker = timeout(Duration::from_secs(10), self.stream.read_u8());
        assert_eq!(marker.await.expect("in time").unwrap(), b'$');
        let channel = self.stream.read_u8().await.unwrap();
        let mut bytes = vec![0; usize::from(self.stream.read_u16().await.unwrap())];
        self.stream.read_exact(&mut bytes).await.unwrap();
        (channel, bytes)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rtsp_plays_with_the_wall_time_in_its_reports() {
    let trial = Trial::with_cameras("rtsp", |_| {}).await;
    let mut client = Rtsp::connect(&trial).await;
    let url = format!("{}/{DOME}", trial.hub.rtsp_address.as_deref().unwrap());
    let (status, head, _) = client.ask("OPTIONS", &url, "").await;
    assert!(status == 200 && head.contains("GET_PARAMETER"), "{head}");
    assert_eq!(
        client.ask("PLAY", &url, "").await.0,
        455,
        "nothing is set up"
    );
    let (status, head, sdp) = client
        .ask("DESCRIBE", &url, "Accept: application/sdp\r\n")
        .await;
    assert_eq!(status, 200, "{head}");
    assert!(
        head.contains(&format!("Content-Base: {url}/\r\n")),
        "{head}"
    );
    assert!(
        sdp.contains("a=rtpmap:96 H264/90000") && sdp.contains("sprop-parameter-sets="),
        "{sdp}"
    );
    let track = format!("{url}/trackID=0");
    let (status, ..) = client
        .ask("SETUP", &track, "Transport: RTP/AVP;client_port=4-5\r\n")
        .await;
    assert_eq!(status, 461, "no UDP");
    let transport = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n";
    let (status, head, _) = client.ask("SETUP", &track, transport).await;
    assert!(status == 200 && head.contains("interleaved=0-1"), "{head}");
    assert!(head.contains("Session: "), "{head}");
    assert_eq!(
        client
            .ask("PLAY", &format!("{url}/"), "Session: x\r\n")
            .await
            .0,
        200
    );

    let (channel, report) = client.packet().await;
    assert_eq!(
        (channel, report[1]),
        (1, 200),
        "a sender report comes first"
    );
    let seconds = u32::from_be_bytes(report[8..12].try_into().unwrap());
    let wall = i64::from(seconds) - 2_208_988_800;
    let now = trial.clock.now().0 / 1_000;
    assert!((now - 3..=now + 1).contains(&wall), "{wall} at {now}");
    let (channel, packet) = client.packet().await;
    assert_eq!((channel, packet[1] & 0x7f), (0, 96));
    assert_eq!(
        packet[4..8],
        report[16..20],
        "the report and the picture have the same time"
    );
    assert_eq!(
        packet[12] & 31,
        7,
        "a key picture begins with its parameter set"
    );
    let (status, ..) = client.ask("GET_PARAMETER", &url, "Session: x\r\n").await;
    assert_eq!(status, 200);
    assert_eq!(client.ask("RECORD", &url, "").await.0, 405);
    assert_eq!(client.ask("TEARDOWN", &url, "").await.0, 200);
    let mut nobody = Rtsp::connect(&trial).await;
    let other = url.replace(DOME, "nobody");
    assert_eq!(nobody.ask("DESCRIBE", &other, "").await.0, 404);
    trial.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rtsp_asks_for_a_password_where_there_is_one() {
    let trial = Trial::with_cameras("digest", |settings| {
        settings.video = Some(VideoSettings {
            rtsp_login: Some(("drill".to_owned(), "secret".to_owned())),
            ..VideoSettings::default()
        });
    })
    .await;
    let mut client = Rtsp::connect(&trial).await;
    let url = format!("{}/{DOME}", trial.hub.rtsp_address.as_deref().unwrap());
    let (status, head, _) = client.ask("DESCRIBE", &url, "").await;
    assert_eq!(status, 401, "{head}");
    let nonce = head
        .split("nonce=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let proof = |password: &str| {
        let who = sha256(&format!("drill:citymirror:{password}"));
        let what = sha256(&format!("DESCRIBE:{url}"));
        let response = sha256(&format!("{who}:{nonce}:{what}"));
        format!(
            "Authorization: Digest username=\"drill\", realm=\"citymirror\", nonce=\"{nonce}\", uri=\"{url}\", \
             algorithm=SHA-256, response=\"{response}\"\r\n"
        )
    };
    assert_eq!(client.ask("DESCRIBE", &url, &proof("guess")).await.0, 401);
    assert_eq!(client.ask("DESCRIBE", &url, &proof("secret")).await.0, 200);
    trial.hub.stop().await;
}

fn sha256(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<Vec<_>>()
        .concat()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_a_hub_with_tokens_an_address_carries_a_ticket() {
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("video-tokens.toml");
    let key = |name: &str, role: &str| {
        format!(
            "[[token]]\nname='{name}'\nrole='{role}'\nsha256='{}'\n",
            sha256(name)
        )
    };
    std::fs::write(
        &file,
        [key("boss", "admin"), key("wall", "reader")].concat(),
    )
    .unwrap();
    let trial = Trial::start("tickets", |settings| settings.tokens = Some(file)).await;
    let as_who = |request: reqwest::RequestBuilder, who: &str| request.bearer_auth(who);
    let cameras = trial
        .http
        .post(trial.url("/api/cameras"))
        .json(&camera(DOME, 1, "ON"));
    assert_eq!(
        as_who(cameras, "boss")
            .send()
            .await
            .unwrap()
            .status()
            .as_u16(),
        201
    );

    let path = format!("/api/cameras/{DOME}/streams");
    assert_eq!(trial.get(&path).await.0, 401);
    let answer = as_who(trial.http.get(trial.url(&path)), "wall")
        .send()
        .await
        .unwrap();
    let answer: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
    let url = |kind: &str| {
        let streams = answer["streams"].as_array().unwrap();
        let stream = streams
            .iter()
            .find(|stream| stream["kind"] == kind)
            .unwrap();
        stream["url"].as_str().unwrap().to_owned()
    };
    let mjpeg = url("mjpeg");
    assert!(mjpeg.contains("ticket="), "{mjpeg}");
    assert_eq!(trial.first_picture(&mjpeg).await.1, pattern_number(DOME));
    let bare = mjpeg.split('?').next().unwrap();
    assert_eq!(trial.get(bare).await.0, 401);
    assert_eq!(
        trial
            .get(&format!("{bare}?ticket=9999999999999-00"))
            .await
            .0,
        401
    );

    let mut client = Rtsp::connect(&trial).await;
    let rtsp = url("rtsp");
    let bare = rtsp.split('?').next().unwrap();
    assert_eq!(client.ask("DESCRIBE", bare, "").await.0, 401);
    assert_eq!(client.ask("DESCRIBE", &rtsp, "").await.0, 200);
    let ptz = trial
        .http
        .post(trial.url(&format!("/api/cameras/{DOME}/ptz")));
    let ptz = as_who(ptz.json(&json!({"pan": 1})), "wall")
        .send()
        .await
        .unwrap();
    assert_eq!(ptz.status().as_u16(), 403, "a reader does not steer");
    trial.hub.stop().await;
}
