//! Follows small hubs that misbehave: broken pages, refusals, wrong files, death and return. No broker is at hand here.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "in a test, a panic is the report"
)]

use cim_model::{TimeSource, UtcMillis};
use cim_sync::{Connection, HubAddress, Settings, SyncHandle, Update, start};
use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    task::{JoinHandle, JoinSet},
    time::{Instant, timeout},
};

/// Where the clock stood when a test began: 2026-01-01T00:00:00Z.
const BEGAN: i64 = 1_767_225_600_000;

/// A clock that begins at [`BEGAN`] and runs.
struct Running(Instant);

impl TimeSource for Running {
    fn now(&self) -> UtcMillis {
        UtcMillis(BEGAN + self.0.elapsed().as_millis() as i64)
    }
}

/// Status and body for a path with its query.
type Routes = Arc<dyn Fn(&str) -> (u16, String) + Send + Sync>;

/// A hub as small as can be: HTTP/1.1, one request per connection.
struct TinyHub {
    address: SocketAddr,
    task: JoinHandle<()>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl TinyHub {
    async fn begin(address: &str, routes: Routes) -> Self {
        let listener = TcpListener::bind(address).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&asked);
        let task = tokio::spawn(async move {
            let mut answers = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                answers.spawn(answer(stream, Arc::clone(&routes), Arc::clone(&noted)));
                while answers.try_join_next().is_some() {}
            }
        });
        Self {
            address,
            task,
            asked,
        }
    }

    async fn die(self) -> SocketAddr {
        self.task.abort();
        self.task.await.ok();
        self.address
    }

    fn was_asked(&self, part: &str) -> bool {
        self.asked
            .lock()
            .expect("no panic before")
            .iter()
            .any(|path| path.contains(part))
    }
}

async fn answer(mut stream: TcpStream, routes: Routes, asked: Arc<Mutex<Vec<String>>>) {
    let mut head = Vec::new();
    let mut part = [0; 4096];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut part).await {
            Ok(n) if n > 0 => head.extend_from_slice(&part[..n]),
            _ => return,
        }
    }
    let head = String::from_utf8_lossy(&head);
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let (status, body) = routes(&path);
    asked.lock().expect("no panic before").push(path);
    let head = format!(
        "HTTP/1.1 {status} -\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.ok();
    stream.write_all(body.as_bytes()).await.ok();
    stream.shutdown().await.ok();
}

struct Followed {
    handle: SyncHandle,
    updates: mpsc::Receiver<Update>,
    seen: Vec<Update>,
}

impl Followed {
    fn begin(hub: SocketAddr, tiles: Option<PathBuf>) -> Self {
        let address = HubAddress {
            http: format!("http://{hub}"),
            mqtt: None,
        };
        let settings = Settings {
            tile_folder: tiles,
            backoff_min: Duration::from_millis(100),
            backoff_max: Duration::from_millis(400),
            ..Settings::new(address)
        };
        let (sender, updates) = mpsc::channel(64);
        let handle = start(settings, Arc::new(Running(Instant::now())), sender);
        Self {
            handle,
            updates,
            seen: Vec::new(),
        }
    }

    /// Waits for an update that is wanted, and returns it; what came before is kept in `seen`.
    async fn until(&mut self, seconds: u64, is_wanted: impl Fn(&Update) -> bool) -> Update {
        let deadline = Instant::now() + Duration::from_secs(seconds);
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match timeout(left, self.updates.recv()).await {
                Ok(Some(update)) => {
                    self.seen.push(update.clone());
                    if is_wanted(&update) {
                        return update;
                    }
                }
                _ => panic!("not within {seconds} s; seen: {:#?}", self.seen),
            }
        }
    }

    fn thing_names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for update in &self.seen {
            if let Update::Catalogue { things, .. } = update {
                names.extend(things.iter().map(|thing| thing.name.as_str()));
            }
        }
        names
    }

    fn values(&self) -> Vec<(String, f64)> {
        let mut values = Vec::new();
        for update in &self.seen {
            let observations: Vec<_> = match update {
                Update::Observations(observations) => observations.clone(),
                Update::Block(block) => block.iter().collect(),
                _ => continue,
            };
            values.extend(
                observations
                    .iter()
                    .map(|o| (o.datastream.to_string(), o.value)),
            );
        }
        values
    }
}

fn is_live(update: &Update) -> bool {
    matches!(update, Update::Connection(Connection::Live))
}

fn is_offline(update: &Update) -> bool {
    matches!(update, Update::Connection(Connection::Offline { .. }))
}

fn thing(n: u32) -> String {
    format!(
        r#"{{"@iot.id":{n},"name":"K {n}","Locations":[{{"location":{{"type":"Point","coordinates":[121.4,31.2]}}}}],
        "Datastreams":[{{"@iot.id":{n}0,"name":"s","ObservedProperty":{{"name":"Methane"}}}}]}}"#
    )
}

/// One observation of series 10, in the form that was asked for.
fn observations(path: &str, time: &str, value: f64) -> String {
    if path.contains("dataArray") {
        format!(
            r#"{{"value":[{{"Datastream":{{"@iot.id":10}},"components":["phenomenonTime","result"],"dataArray":[["{time}",{value}]]}}]}}"#
        )
    } else {
        format!(
            r#"{{"value":[{{"phenomenonTime":"{time}","result":{value},"Datastream":{{"@iot.id":10}}}}]}}"#
        )
    }
}

const HUB: &str = r#"{"name":"Bund","sensorthings":"/v1.1","cameras":"/api/cameras","events":"/api/events","mqtt":null,"city_url":"/city/"}"#;
const CAMERAS: &str = r#"{"total":1,"items":[{"DeviceID":"31010100001320000017","Name":"外滩","Longitude":121.4,"Latitude":31.2}]}"#;
const EVENTS: &str = r#"{"items":[{"id":"e1","title":"塌陷","level":"II","status":"reported","lon":121.4,"lat":31.2,
    "happened_at":"2025-12-31T23:00:00Z","known_at":"2025-12-31T23:00:01Z","source":"hotline"},{"id":"e2"}],"cursor":1}"#;
// The two contents whose FNV-1a 64 is published: "foobar" and "a".
const CITY: &str = r#"{"format":1,"files":[{"path":"tileset.json","bytes":6,"hash":"85944171f73967e8"},
    {"path":"tiles/0_0_0.glb","bytes":1,"hash":"af63dc4c8601ec8c"}]}"#;

/// A hub with three pages of things, of which the second is broken.
fn hub_routes(tile: &'static str) -> Routes {
    Arc::new(move |path: &str| -> (u16, String) {
        let things = |items: &[u32], rest: &str| {
            let items: Vec<String> = items.iter().map(|n| thing(*n)).collect();
            (
                200,
                format!(r#"{{"@iot.count":5,"value":[{}]{rest}}}"#, items.join(",")),
            )
        };
        match path {
            "/api/hub" => (200, HUB.to_owned()),
            "/city/catalogue.json" => (200, CITY.to_owned()),
            "/city/tileset.json" => (200, "foobar".to_owned()),
            "/city/tiles/0_0_0.glb" => (200, tile.to_owned()),
            _ if path.starts_with("/api/cameras") => (200, CAMERAS.to_owned()),
            _ if path.starts_with("/api/events") => (200, EVENTS.to_owned()),
            _ if path.starts_with("/v1.1/Observations") => {
                (200, observations(path, "2025-12-31T23:30:00Z", 1.5))
            }
            _ if path.starts_with("/v1.1/Datastreams") => {
                let latest = r#"{"phenomenonTime":"2025-12-31T23:40:00Z","result":2.5}"#;
                (
                    200,
                    format!(r#"{{"value":[{{"@iot.id":20,"Observations":[{latest}]}}]}}"#),
                )
            }
            _ if path.starts_with("/v1.1/Things") && path.contains("$skip=4") => things(&[5], ""),
            _ if path.starts_with("/v1.1/Things") && path.contains("$skip=2") => {
                (200, r#"{"value":[{"#.to_owned())
            }
            _ if path.starts_with("/v1.1/Things") => {
                things(&[1, 2], r#","@iot.nextLink":"Things?$top=2&$skip=2""#)
            }
            _ => (404, String::new()),
        }
    })
}

fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join("cim_sync")
        .join(name);
    std::fs::remove_dir_all(&folder).ok();
    std::fs::create_dir_all(&folder).expect("a folder for the test");
    folder
}

#[tokio::test]
async fn a_hub_is_paged_in_and_a_broken_page_takes_nothing_else_with_it() {
    let hub = TinyHub::begin("127.0.0.1:0", hub_routes("a")).await;
    let mut followed = Followed::begin(hub.address, None);
    followed.until(10, is_live).await;
    assert_eq!(followed.thing_names(), ["K 1", "K 2", "K 5"]);
    // The newest values come first; what lies behind them is fetched all the same.
    assert_eq!(
        followed.values(),
        [("20".to_owned(), 2.5), ("10".to_owned(), 1.5)]
    );
    let mut rejected = Vec::new();
    let (mut cameras_seen, mut events_seen) = (0, 0);
    for update in &followed.seen {
        match update {
            Update::Rejected { source, place, .. } => rejected.push((
                source.rsplit('/').next().unwrap_or_default(),
                place.as_str(),
            )),
            Update::Catalogue { cameras, .. } => cameras_seen += cameras.len(),
            Update::Events(events) => events_seen += events.len(),
            _ => {}
        }
    }
    assert_eq!((cameras_seen, events_seen), (1, 1));
    assert_eq!(rejected.len(), 2, "{rejected:?}");
    assert_eq!(rejected[0], ("Things?$top=2&$skip=2", "line 1, column 11"));
    assert_eq!(rejected[1].1, "$.items[1].lon");
    followed.handle.stop().await;
}

#[tokio::test]
async fn a_hub_that_dies_is_offline_within_five_seconds_and_live_again_when_it_returns() {
    let hub = TinyHub::begin("127.0.0.1:0", hub_routes("a")).await;
    let mut followed = Followed::begin(hub.address, None);
    followed.until(10, is_live).await;
    let address = hub.die().await;
    let died = Instant::now();
    followed.until(5, is_offline).await;
    println!("offline after {:?}", died.elapsed());
    // Every further attempt says when the next one is.
    followed.until(5, is_offline).await;
    followed.seen.clear();
    let back: Routes = Arc::new(|path: &str| -> (u16, String) {
        if path.starts_with("/v1.1/Observations") {
            (200, observations(path, "2026-01-01T00:00:01Z", 7.5))
        } else {
            hub_routes("a")(path)
        }
    });
    let hub = TinyHub::begin(&address.to_string(), back).await;
    followed.until(5, is_live).await;
    assert!(
        followed.values().contains(&("10".to_owned(), 7.5)),
        "{:?}",
        followed.values()
    );
    // What was there already is not asked for again: only what came after the newest, and a little before it.
    assert!(
        hub.was_asked("phenomenonTime%20ge%202025-12-31T23:39:00Z"),
        "{:?}",
        hub.asked
    );
    followed.handle.stop().await;
}

#[tokio::test]
async fn a_hub_that_is_not_there_is_offline_and_tried_again() {
    let hub = TinyHub::begin("127.0.0.1:0", hub_routes("a")).await;
    let address = hub.die().await;
    let mut followed = Followed::begin(address, None);
    let first = followed.until(5, is_offline).await;
    let second = followed.until(5, is_offline).await;
    assert_eq!(followed.seen[0], Update::Connection(Connection::Connecting));
    let (
        Update::Connection(Connection::Offline {
            since: a,
            next_try: earlier,
            ..
        }),
        Update::Connection(Connection::Offline {
            since: b,
            next_try: later,
            ..
        }),
    ) = (first, second)
    else {
        panic!("{:?}", followed.seen)
    };
    assert_eq!(a, b);
    assert!(earlier < later);
    followed.handle.stop().await;
}

#[tokio::test]
async fn a_plain_server_is_followed_by_asking_again() {
    let counter = Mutex::new(0);
    let routes: Routes = Arc::new(move |path: &str| -> (u16, String) {
        match path {
            "/v1.1/" => (200, r#"{"value":[]}"#.to_owned()),
            _ if path.contains("dataArray") => (400, "no such format".to_owned()),
            _ if path.contains("Datastreams/ObservedProperty") => {
                (400, "no such expansion".to_owned())
            }
            _ if path.starts_with("/v1.1/Things") => {
                (200, format!(r#"{{"value":[{}]}}"#, thing(1)))
            }
            _ if path.starts_with("/v1.1/Datastreams(10)/") => (200, r#"{"value":[]}"#.to_owned()),
            _ if path.starts_with("/v1.1/Observations") => {
                let mut asked = counter.lock().expect("no panic before");
                *asked += 1;
                (
                    200,
                    observations(
                        path,
                        &format!("2025-12-31T23:59:{:02}Z", 20 + *asked),
                        f64::from(*asked),
                    ),
                )
            }
            _ => (404, String::new()),
        }
    });
    let hub = TinyHub::begin("127.0.0.1:0", routes).await;
    let mut followed = Followed::begin(hub.address, None);
    followed.until(10, is_live).await;
    assert_eq!(followed.thing_names(), ["K 1"]);
    assert!(hub.was_asked("/v1.1/Datastreams(10)/Observations"));
    let newer = |update: &Update| matches!(update, Update::Observations(list) if list.iter().any(|o| o.value > 2.0));
    followed.until(12, newer).await;
    followed.handle.stop().await;
}

#[tokio::test]
async fn a_city_is_whole_or_it_is_not_a_city() {
    for (name, tile, whole) in [("whole", "a", true), ("broken", "b", false)] {
        let tiles = folder(name);
        let hub = TinyHub::begin("127.0.0.1:0", hub_routes(tile)).await;
        let mut followed = Followed::begin(hub.address, Some(tiles));
        let is_told = |update: &Update| match update {
            Update::City {
                complete, fetched, ..
            } => *complete || *fetched > 0,
            _ => false,
        };
        let told = followed.until(10, is_told).await;
        let Update::City {
            folder,
            fetched,
            total,
            complete,
        } = told
        else {
            panic!("{told:?}")
        };
        assert_eq!(
            (fetched, total, complete),
            (if whole { 2 } else { 1 }, 2, whole)
        );
        assert_eq!(
            std::fs::read(folder.join("tileset.json")).expect("fetched"),
            b"foobar"
        );
        assert_eq!(folder.join("catalogue.json").exists(), whole);
        assert_eq!(folder.join("tiles").join("0_0_0.glb").exists(), whole);
        let is_refusal = |update: &Update| matches!(update, Update::Rejected { place, .. } if place == "tiles/0_0_0.glb");
        assert_eq!(followed.seen.iter().any(is_refusal), !whole);
        followed.handle.stop().await;
    }
}

#[tokio::test]
async fn nothing_is_left_running_when_nobody_listens() {
    let hub = TinyHub::begin("127.0.0.1:0", hub_routes("a")).await;
    let Followed {
        handle, updates, ..
    } = Followed::begin(hub.address, None);
    drop(updates);
    timeout(Duration::from_secs(5), handle.stop())
        .await
        .expect("it stops");
}
