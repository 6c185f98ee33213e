//! Reads real tables and features by the mappings that ship with the product, and follows small servers that misbehave.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "in a test, a panic is the report"
)]

use cim_model::{TimeSource, UtcMillis};
use cim_sync::{
    Update,
    sources::{
        Mapping, Parsed, SourceHealth, SourceState, SourcesHandle, probe, read_csv, read_features,
        read_mapping, read_sources, read_sources_file, start_sources,
    },
};
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
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
const PATIENCE: Duration = Duration::from_secs(20);

/// A clock that begins at [`BEGAN`] and runs.
struct Running(Instant);

impl TimeSource for Running {
    fn now(&self) -> UtcMillis {
        UtcMillis(BEGAN + self.0.elapsed().as_millis() as i64)
    }
}

fn root() -> PathBuf {
    // Tests run in the folder of their crate.
    PathBuf::from("../..")
}

/// Real data that lies beside the repository; `None` where it does not.
fn real(path: &str) -> Option<Vec<u8>> {
    let bytes = std::fs::read(root().join("../shared/data").join(path)).ok();
    if bytes.is_none() {
        println!("skipped: there is no {path}");
    }
    bytes
}

fn shipped(mapping: &str) -> Mapping {
    let path = root().join("assets/sources").join(mapping);
    let text = std::fs::read_to_string(path).expect("a mapping that ships");
    read_mapping(&text, mapping).expect("a good mapping")
}

fn newest(parsed: &Parsed) -> Option<UtcMillis> {
    parsed.observations.iter().map(|one| one.happened_at).max()
}

#[test]
fn four_years_of_beijing_air_are_read_by_the_mapping_that_ships() {
    let Some(bytes) = real("series/beijing-air/Dongsi.csv") else {
        return;
    };
    let mapping = shipped("beijing-air.toml");
    let parsed = read_csv(&bytes, &mapping, "air", 3600.0, UtcMillis(BEGAN)).expect("a table");
    assert_eq!(parsed.things.len(), 1);
    assert_eq!(parsed.things[0].id.as_str(), "air:Dongsi");
    // The rows that have a value and not NA, for each of the three columns.
    assert_eq!(parsed.observations.len(), 34_314 + 34_511 + 35_044);
    assert_eq!(parsed.rejected, []);
    // Midnight of the first of March 2013 in Shanghai.
    assert_eq!(
        parsed.observations[0].happened_at,
        UtcMillis(1_362_067_200_000)
    );
    assert!((parsed.observations[0].value - 9.0).abs() < 1e-9);
}

#[test]
fn a_road_of_aarhus_is_read_in_its_own_summer_time() {
    let Some(bytes) = real("series/aarhus/pollution-158324.csv") else {
        return;
    };
    let mapping = shipped("aarhus-pollution.toml");
    let parsed = read_csv(&bytes, &mapping, "aarhus", 300.0, UtcMillis(BEGAN)).expect("a table");
    assert_eq!(parsed.observations.len(), 2 * 17_475);
    assert!((parsed.things[0].position.lat_deg - 56.231_720_694).abs() < 1e-6);
    // Midnight of the first of October 2014 in Copenhagen, two hours before Greenwich.
    assert_eq!(newest(&parsed), Some(UtcMillis(1_412_114_400_000)));
}

#[test]
fn cultural_events_of_aarhus_become_events_of_ours() {
    let Some(bytes) = real("series/aarhus/cultural-events.csv") else {
        return;
    };
    let columns: Vec<String> = (1..=19).map(|number| format!("\"c{number}\"")).collect();
    let text = format!(
        "columns = [{}]\n[event]\nid = \"c1\"\ntitle = \"c3\"\ncategory = \"=culture\"\nlon = \"c8\"\nlat = \"c14\"\ntime = \"c13\"\nzone = \"Europe/Copenhagen\"",
        columns.join(", ")
    );
    let mapping = read_mapping(&text, "m").expect("a mapping");
    let parsed = read_csv(&bytes, &mapping, "fun", 60.0, UtcMillis(BEGAN)).expect("a table");
    assert_eq!(parsed.events.len(), 100, "{:?}", parsed.rejected);
    assert_eq!(parsed.events[0].title, "KAMMERKONCERT");
    // 15:00 of 21 September 2014, summer time.
    assert_eq!(parsed.events[0].happened_at, UtcMillis(1_411_304_400_000));
    assert_eq!(parsed.things, [], "an event mapping alone makes no devices");
}

#[test]
fn points_of_interest_of_lujiazui_are_read_by_the_mapping_that_ships() {
    let Some(bytes) = real("lujiazui/pois.geojson") else {
        return;
    };
    let mapping = shipped("pois.toml");
    let parsed = read_features(&bytes, &mapping, "poi", 60.0, UtcMillis(BEGAN)).expect("features");
    assert_eq!((parsed.things.len(), parsed.rejected.len()), (493, 0));
    let first = &parsed.things[0];
    assert_eq!(
        (first.id.as_str(), first.name.as_str()),
        ("poi:47007059", "人民英雄纪念塔")
    );
    assert!((first.position.lon_deg - 121.486_950_46).abs() < 1e-9);
}

#[test]
fn the_sources_that_ship_are_good() {
    let path = root().join("assets/sources/sources.toml");
    let file = read_sources_file(&path, &|_| None);
    assert_eq!(file.problems, []);
    assert_eq!(file.sources.len(), 4);
}

/// What a tiny server answers.
#[derive(Clone, Debug)]
enum Reply {
    /// Status, more headers, body.
    Whole(u16, String, String),
    /// A body that never ends.
    Endless,
    /// Nothing, for ever.
    Never,
}

fn good(body: impl Into<String>) -> Reply {
    Reply::Whole(200, String::new(), body.into())
}

/// The answer to a path with its query, and to `If-None-Match`.
type Routes = Arc<dyn Fn(&str, &str) -> Reply + Send + Sync>;

/// A server as small as can be: HTTP/1.1, one request per connection.
struct TinyServer {
    address: SocketAddr,
    task: JoinHandle<()>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl TinyServer {
    async fn begin(routes: Routes) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
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

    fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no panic before").clone()
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
    let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let version = head
        .lines()
        .find_map(|line| line.strip_prefix("if-none-match: "))
        .unwrap_or_default();
    let reply = routes(&path, version);
    asked.lock().expect("no panic before").push(path);
    match reply {
        Reply::Whole(status, headers, body) => {
            let head = format!(
                "HTTP/1.1 {status} -\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            stream.write_all(head.as_bytes()).await.ok();
            stream.write_all(body.as_bytes()).await.ok();
            stream.shutdown().await.ok();
        }
        Reply::Endless => {
            let head = "HTTP/1.1 200 -\r\nConnection: close\r\n\r\n[";
            stream.write_all(head.as_bytes()).await.ok();
            let zeros = vec![b' '; 1 << 20];
            while stream.write_all(&zeros).await.is_ok() {}
        }
        Reply::Never => std::future::pending().await,
    }
}

/// Running sources and everything that they told.
struct Followed {
    handle: SourcesHandle,
    updates: mpsc::Receiver<Update>,
    seen: Vec<Update>,
}

impl Followed {
    fn begin(text: &str) -> Self {
        let file = read_sources(text, "sources.toml", Path::new("."), &|_| None);
        assert_eq!(file.problems, []);
        let (sender, updates) = mpsc::channel(64);
        let time = Arc::new(Running(Instant::now()));
        Self {
            handle: start_sources(file.sources, time, sender),
            updates,
            seen: Vec::new(),
        }
    }

    async fn until(&mut self, what: &str, is_it: impl Fn(&[Update]) -> bool) {
        let waited = timeout(PATIENCE, async {
            while !is_it(&self.seen) {
                self.seen.push(self.updates.recv().await.expect("running"));
            }
        });
        if waited.await.is_err() {
            let last: Vec<&Update> = self.seen.iter().rev().take(8).collect();
            panic!("never: {what}; last: {last:#?}");
        }
    }

    fn values(&self) -> Vec<f64> {
        values(&self.seen)
    }
}

fn values(seen: &[Update]) -> Vec<f64> {
    let mut values = Vec::new();
    for update in seen {
        if let Update::Observations(observations) = update {
            values.extend(observations.iter().map(|one| one.value));
        }
    }
    values
}

/// The newest health of each source.
fn healths(seen: &[Update]) -> BTreeMap<&str, &SourceHealth> {
    let mut healths = BTreeMap::new();
    for update in seen {
        if let Update::Source(health) = update {
            healths.insert(health.id.as_str(), health);
        }
    }
    healths
}

fn has_state(seen: &[Update], id: &str, state: SourceState) -> bool {
    healths(seen)
        .get(id)
        .is_some_and(|health| health.state == state)
}

fn feature(id: &str, value: f64, second: i64) -> String {
    format!(
        r#"{{"type":"Feature","id":"{id}","geometry":{{"type":"Point","coordinates":[121.5,31.24]}},
            "properties":{{"level":{value},"ts":{}}}}}"#,
        BEGAN / 1000 + second
    )
}

fn collection(features: &[String], more: &str) -> String {
    format!(
        r#"{{"type":"FeatureCollection","features":[{}]{more}}}"#,
        features.join(",")
    )
}

const MAPPING: &str = r#"mapping = { series = [{ property = "level", value = "/properties/level", time = "/properties/ts", time_format = "unix_s" }] }"#;

fn source(id: &str, kind: &str, address: &str, period_s: f64) -> String {
    format!(
        "[[source]]\nid = \"{id}\"\nkind = \"{kind}\"\naddress = \"{address}\"\nperiod_s = {period_s:?}\n{MAPPING}\n"
    )
}

#[tokio::test]
async fn a_document_that_did_not_change_is_not_fetched_again_and_a_corrected_value_is_told() {
    let version = Arc::new(Mutex::new(1));
    let told = Arc::clone(&version);
    let server = TinyServer::begin(Arc::new(move |_, known| {
        let version = *told.lock().expect("no panic before");
        let tag = format!("\"{version}\"");
        if known == tag {
            return Reply::Whole(304, String::new(), String::new());
        }
        let features = [feature("a", 1.0, 0), feature("b", f64::from(version), 0)];
        Reply::Whole(200, format!("ETag: {tag}\r\n"), collection(&features, ""))
    }))
    .await;
    let address = format!("http://{}/feed", server.address);
    let mut followed = Followed::begin(&source("s", "geojson", &address, 0.2));
    followed
        .until("the first values", |seen| values(seen).len() == 2)
        .await;
    while server.asked().len() < 4 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    *version.lock().expect("no panic before") = 7;
    followed
        .until("the corrected value", |seen| values(seen).len() == 3)
        .await;
    assert_eq!(
        followed.values(),
        [1.0, 1.0, 7.0],
        "only what changed is told again"
    );
    followed.handle.stop().await;
    server.task.abort();
}

#[tokio::test]
async fn an_ogc_api_is_walked_through_its_collections_and_pages() {
    let server = TinyServer::begin(Arc::new(|path, _| {
        let page = |features: &[String], next: &str| {
            let link = format!(r#","links":[{{"rel":"next","href":"{next}"}}]"#);
            good(collection(
                features,
                if next.is_empty() { "" } else { &link },
            ))
        };
        match path.split('?').next().unwrap_or_default() {
            "/ogc/collections" => {
                good(r#"{"collections":[{"id":"water"},{"id":"broken"},{"id":"air"}]}"#)
            }
            "/ogc/collections/water/items" if path.contains("offset=2") => {
                // Back to where it came from: a walk in circles.
                page(&[feature("c", 3.0, 0)], "items?offset=2")
            }
            "/ogc/collections/water/items" => page(
                &[feature("a", 1.0, 0), feature("b", 2.0, 0)],
                "items?offset=2",
            ),
            "/ogc/collections/broken/items" => Reply::Whole(500, String::new(), "oh".to_owned()),
            "/ogc/collections/air/items" => page(&[feature("d", 4.0, 0)], "http://evil.example/x"),
            _ => Reply::Whole(404, String::new(), String::new()),
        }
    }))
    .await;
    let address = format!("http://{}/ogc", server.address);
    let text = format!(
        "{}bbox = [121.0, 31.0, 122.0, 32.0]\n",
        source("o", "ogc-features", &address, 30.0)
    );
    let mut followed = Followed::begin(&text);
    followed
        .until("all values", |seen| values(seen).len() == 4)
        .await;
    let mut found = followed.values();
    found.sort_by(f64::total_cmp);
    assert_eq!(found, [1.0, 2.0, 3.0, 4.0]);
    followed
        .until(
            "the broken page, the circle and the other host are told",
            |seen| {
                let told = |word: &str| {
                    seen.iter().any(|update| {
                    matches!(update, Update::Rejected { reason, .. } if reason.contains(word))
                })
                };
                told("500") && told("leads back") && told("another host")
            },
        )
        .await;
    let asked = server.asked();
    let first = asked
        .iter()
        .find(|path| path.contains("water/items"))
        .expect("asked");
    assert!(first.contains("bbox=121%2c31%2c122%2c32"), "{first}");
    assert!(
        first.contains("datetime=2025-12-31"),
        "a day of history: {first}"
    );
    followed.handle.stop().await;
    server.task.abort();
}

#[tokio::test]
async fn servers_that_misbehave_are_failing_with_a_reason_and_the_good_one_goes_on() {
    let server = TinyServer::begin(Arc::new(|path, _| match path {
        "/good" => good(collection(&[feature("a", 1.0, 0)], "")),
        "/broken" => good("{\"features\": [\n oops"),
        "/endless" => Reply::Endless,
        "/gone" => Reply::Whole(404, String::new(), String::new()),
        "/away" => Reply::Whole(
            302,
            "Location: http://example.invalid/x\r\n".to_owned(),
            String::new(),
        ),
        _ => Reply::Never,
    }))
    .await;
    let mut text = String::new();
    for id in ["good", "broken", "endless", "gone", "away", "never"] {
        let address = format!("http://{}/{id}", server.address);
        text.push_str(&source(id, "geojson", &address, 1.0));
    }
    let mut followed = Followed::begin(&text);
    for (id, word) in [
        ("broken", "line 2"),
        ("endless", "bytes"),
        ("gone", "404"),
        ("away", "host"),
    ] {
        followed
            .until(id, |seen| {
                healths(seen).get(id).is_some_and(|health| {
                    health.state == SourceState::Failing && health.reason.contains(word)
                })
            })
            .await;
    }
    followed
        .until("a silent one", |seen| {
            has_state(seen, "never", SourceState::Silent)
        })
        .await;
    assert_eq!(followed.values(), [1.0]);
    followed.handle.stop().await;
    server.task.abort();
}

#[tokio::test]
async fn of_two_sources_one_dies_and_one_becomes_late_and_then_silent() {
    let routes: Routes = Arc::new(|_, _| good(collection(&[feature("a", 1.0, 0)], "")));
    let dying = TinyServer::begin(Arc::clone(&routes)).await;
    let late = TinyServer::begin(routes).await;
    let text = source(
        "dying",
        "geojson",
        &format!("http://{}/", dying.address),
        0.3,
    ) + &source("late", "geojson", &format!("http://{}/", late.address), 0.3);
    let mut followed = Followed::begin(&text);
    followed
        .until("both good", |seen| {
            has_state(seen, "dying", SourceState::Good)
                && has_state(seen, "late", SourceState::Good)
        })
        .await;
    dying.task.abort();
    // The other one goes on answering, with nothing new.
    followed
        .until("the dead one", |seen| {
            has_state(seen, "dying", SourceState::Failing)
        })
        .await;
    followed
        .until("the late one", |seen| {
            has_state(seen, "late", SourceState::Late)
        })
        .await;
    followed
        .until("the silent one", |seen| {
            has_state(seen, "late", SourceState::Silent)
        })
        .await;
    let healths = healths(&followed.seen);
    let health = healths.get("late").expect("told");
    assert_eq!(health.layers.len(), 1, "{health:?}");
    assert_eq!(health.layers[0].missing, 1, "{health:?}");
    assert!(health.reason.contains("nothing for"), "{health:?}");
    followed.handle.stop().await;
    late.task.abort();
}

#[tokio::test]
async fn a_source_that_is_off_is_told_as_off_and_never_asked() {
    let server = TinyServer::begin(Arc::new(|_, _| good("[]"))).await;
    let address = format!("http://{}/", server.address);
    let text =
        source("s", "geojson", &address, 0.1).replace("period_s", "enabled = false\nperiod_s");
    let mut followed = Followed::begin(&text);
    followed
        .until("off", |seen| has_state(seen, "s", SourceState::Off))
        .await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(server.asked(), Vec::<String>::new());
    followed.handle.stop().await;
    server.task.abort();
}

#[tokio::test]
async fn a_test_of_a_source_says_step_by_step_what_it_found() {
    let server = TinyServer::begin(Arc::new(|path, _| match path {
        "/good" => good(collection(&[feature("a", 1.0, -10), "{}".to_owned()], "")),
        _ => Reply::Whole(401, String::new(), String::new()),
    }))
    .await;
    for (path, is_usable, steps) in [
        (
            "good",
            true,
            &[
                "resolve",
                "connect",
                "authorise",
                "answer",
                "parse",
                "freshness",
            ][..],
        ),
        ("secret", false, &["resolve", "connect", "authorise"][..]),
    ] {
        let address = format!("http://{}/{path}", server.address);
        let text = source("s", "geojson", &address, 60.0);
        let file = read_sources(&text, "s", Path::new("."), &|_| None);
        let report = probe(&file.sources[0], Arc::new(Running(Instant::now()))).await;
        let names: Vec<&str> = report.steps.iter().map(|step| step.name).collect();
        assert_eq!(names, steps, "{report:?}");
        assert_eq!(report.is_usable(), is_usable, "{report:?}");
        if is_usable {
            assert_eq!(
                (report.things, report.observations, report.rejected),
                (1, 1, 1)
            );
            assert!(report.steps[5].detail.contains("10 s ago"), "{report:?}");
        }
    }
    server.task.abort();
}

#[tokio::test]
async fn a_real_alert_behind_a_feed_becomes_an_event_and_is_fetched_once() {
    let Some(alert) = real("conformance/cap/earthquake.cap") else {
        return;
    };
    let alert = String::from_utf8(alert).expect("UTF-8");
    let server = TinyServer::begin(Arc::new(move |path, _| match path {
        "/feed" => good(
            r#"<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom"><id>urn:f</id><title>f</title>
            <updated>2010-08-31T00:10:00-05:00</updated><entry><id>urn:e</id><title>e</title><updated>2010-08-31T00:10:00-05:00</updated>
            <link href="/quake.cap"/></entry></feed>"#,
        ),
        "/quake.cap" => good(alert.clone()),
        _ => Reply::Whole(404, String::new(), String::new()),
    }))
    .await;
    let text = format!(
        "[[source]]\nid = \"quakes\"\nkind = \"cap\"\naddress = \"http://{}/feed\"\nperiod_s = 0.2\n",
        server.address
    );
    let mut followed = Followed::begin(&text);
    let has_event = |seen: &[Update]| {
        seen.iter().any(|update| {
            matches!(update, Update::Events(events) if events.iter().any(|event| {
                event.id.as_str().starts_with("quakes:cap:") && event.title.contains("Neiafu, Tonga")
            }))
        })
    };
    followed.until("the event", has_event).await;
    while server
        .asked()
        .iter()
        .filter(|path| *path == "/feed")
        .count()
        < 4
    {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let asked = server.asked();
    assert_eq!(asked.iter().filter(|path| *path == "/quake.cap").count(), 1);
    followed.handle.stop().await;
    server.task.abort();
}

#[tokio::test]
async fn a_platform_gives_its_cameras_page_by_page() {
    let server = TinyServer::begin(Arc::new(|path, _| {
        let number = if path.contains("page=2") { 2 } else { 1 };
        good(format!(
            r#"{{"code":0,"data":{{"total":2,"list":[{{"channelId":"3101010000132000000{number}","name":"门 {number}",
                "longitude":121.5,"latitude":31.2,"status":"ON"}}]}}}}"#
        ))
    }))
    .await;
    let text = format!(
        "[[source]]\nid = \"wvp\"\nkind = \"gb28181\"\naddress = \"http://{}/api/channels\"\npage = 1\n",
        server.address
    );
    let mut followed = Followed::begin(&text);
    let cameras = |seen: &[Update]| {
        let mut names = Vec::new();
        for update in seen {
            if let Update::Catalogue { cameras, .. } = update {
                names.extend(cameras.iter().map(|camera| camera.id.to_string()));
            }
        }
        names
    };
    followed
        .until("two cameras", |seen| cameras(seen).len() == 2)
        .await;
    assert_eq!(
        cameras(&followed.seen),
        ["31010100001320000001", "31010100001320000002"],
        "a code of the standard keeps its spelling"
    );
    assert_eq!(server.asked().len(), 2, "no page behind the last");
    followed.handle.stop().await;
    server.task.abort();
}
