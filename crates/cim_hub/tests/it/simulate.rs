//! The simulator against a whole hub: what it sets up, what it fills in, what it publishes, and that it does so once.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "in a test, a panic is the report"
)]

use cim_hub::{Hub, HubSettings, Mqtt, SimulateSettings, simulate};
use cim_model::{TimeSource, UtcMillis};
use serde_json::{Value, json};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// Runs so many milliseconds at every look, so that devices have something to report.
struct Running(AtomicI64, i64);

impl TimeSource for Running {
    fn now(&self) -> UtcMillis {
        UtcMillis(self.0.fetch_add(self.1, Ordering::Relaxed))
    }
}

fn small_city(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    let mut lines = vec!["{\"id\": \"broken\"".to_owned()];
    for n in 0..12 {
        let lon = 121.45 + 0.001 * f64::from(n);
        let road = json!({"id": format!("w{n}"), "class": "road", "kind": "primary", "name": "南京西路",
            "lon": lon, "lat": 31.23, "height_m": null, "tags": {}});
        let tower = json!({"id": format!("w1{n:02}"), "class": "building", "kind": "building", "name": "",
            "lon": lon, "lat": 31.231, "height_m": 60.0, "tags": {}});
        lines.extend([road.to_string(), tower.to_string()]);
    }
    std::fs::write(folder.join("attributes.jsonl"), lines.join("\n")).unwrap();
    std::fs::write(
        folder.join("catalogue.json"),
        json!({"name": {"zh": "上海", "en": "Shanghai"}}).to_string(),
    )
    .unwrap();
}

async fn get(hub: &Hub, path: &str) -> Value {
    let bytes = reqwest::get(format!("{}{path}", hub.http_address))
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

async fn run_until_stored(
    hub: &Hub,
    settings: SimulateSettings,
    clock: Arc<dyn TimeSource>,
    stored: u64,
) {
    let before = get(hub, "/api/hub").await["stored"].as_u64().unwrap();
    let enough = async {
        for _ in 0..600 {
            tokio::time::sleep(Duration::from_millis(50)).await;
            if get(hub, "/api/hub").await["stored"].as_u64().unwrap() >= before + stored {
                return;
            }
        }
        panic!("too few values arrived over MQTT");
    };
    Box::pin(simulate(settings, clock, |_| {}, enough))
        .await
        .expect("ends in order");
}

async fn started(name: &str, step_ms: i64) -> (PathBuf, Hub, Arc<dyn TimeSource>) {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).unwrap();
    }
    small_city(&folder.join("city"));
    let mut hub_settings = HubSettings::new(folder.join("data"));
    hub_settings.http = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    hub_settings.mqtt = Mqtt::BuiltIn(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    let begun = AtomicI64::new(1_760_000_000_000);
    let clock: Arc<dyn TimeSource> = Arc::new(Running(begun, step_ms));
    let hub = Hub::start(hub_settings, Arc::clone(&clock)).await.unwrap();
    (folder, hub, clock)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_run_finds_its_devices_and_goes_on() {
    let (folder, hub, clock) = started("simulate", 20).await;

    let mut settings = SimulateSettings::new(hub.http_address.clone(), folder.join("city"));
    settings.sensors = 40;
    settings.cameras = 5;
    settings.hz = 1.0;
    settings.backfill_hours = 2.0;
    run_until_stored(&hub, settings.clone(), Arc::clone(&clock), 60).await;

    let things = get(&hub, "/v1.1/Things?$count=true&$top=50&$expand=Locations").await;
    assert_eq!(things["@iot.count"], 40);
    assert!(
        things["value"][0]["name"]
            .as_str()
            .unwrap()
            .starts_with("南京西路 "),
        "{things}"
    );
    let kinds: std::collections::BTreeSet<&str> = things["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|thing| thing["properties"]["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds.len(), 8);
    let history = get(
        &hub,
        "/v1.1/Observations?$filter=phenomenonTime lt 2025-10-09T08:30:00Z&$count=true&$top=1",
    )
    .await;
    assert!(history["@iot.count"].as_i64().unwrap() > 200, "{history}");
    assert_eq!(get(&hub, "/api/cameras").await["total"], 5);
    assert!(
        get(&hub, "/api/events").await["items"]
            .as_array()
            .unwrap()
            .len()
            >= 10
    );

    settings.batch = true;
    run_until_stored(&hub, settings, clock, 60).await;
    assert_eq!(
        get(&hub, "/v1.1/Things?$count=true&$top=1").await["@iot.count"],
        40,
        "nothing is put up twice"
    );
    assert_eq!(get(&hub, "/api/hub").await["rejected"], 0);
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn vehicles_gauges_faults_and_a_drill_reach_the_hub_and_the_drill_is_an_exercise() {
    let (folder, hub, clock) = started("simulate-drill", 200).await;
    let truth = folder.join("truth.jsonl");
    let mut settings = SimulateSettings::new(hub.http_address.clone(), folder.join("city"));
    settings.sensors = 16;
    settings.cameras = 0;
    settings.hz = 0.5;
    settings.backfill_hours = 0.0;
    settings.weather_stations = 1;
    settings.vehicles = 3;
    settings.has_network_under_roads = true;
    settings.gauges = 6;
    settings.faults = 1.0;
    settings.truth = Some(truth.clone());
    settings.drill = Some("chlorine_release".to_owned());
    settings.drill_after_s = 0.0;

    let of_drill = async || -> Vec<Value> {
        let events = get(&hub, "/api/events").await;
        let items = events["items"].as_array().cloned().unwrap_or_default();
        let is_drill = |item: &Value| item["id"].as_str().is_some_and(|id| id.contains("drill-"));
        items.into_iter().filter(is_drill).collect()
    };
    let enough = async {
        for _ in 0..1200 {
            tokio::time::sleep(Duration::from_millis(50)).await;
            if of_drill().await.len() >= 2 {
                return;
            }
        }
        panic!("the drill is not told");
    };
    Box::pin(simulate(settings, clock, |_| {}, enough))
        .await
        .expect("ends in order");

    for event in of_drill().await {
        assert_eq!(event["standing"], "exercise", "{event}");
    }
    let things = get(&hub, "/v1.1/Things?$count=true&$top=0").await;
    assert_eq!(things["@iot.count"], 16 + 3 + 3 + 6);
    let moving = "/v1.1/Things?$filter=properties/moves eq 'yes'&$expand=Datastreams($expand=Observations($top=1))";
    let vehicles = get(&hub, moving).await;
    let vehicles = vehicles["value"].as_array().expect("vehicles");
    assert_eq!(vehicles.len(), 3);
    for vehicle in vehicles {
        let streams = vehicle["Datastreams"].as_array().expect("series");
        assert_eq!(streams.len(), 3);
        for stream in streams {
            assert!(stream["Observations"][0]["result"].is_number(), "{stream}");
        }
    }
    let told = std::fs::read_to_string(&truth).expect("the truth");
    assert!(!told.is_empty());
    for line in told.lines() {
        let fault: Value = serde_json::from_str(line).expect("JSON");
        assert!(
            fault["at"].is_string() && fault["datastream"].is_i64(),
            "{fault}"
        );
    }
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hub_elsewhere_in_plain_text_is_refused_and_the_drills_are_listed() {
    let clock: Arc<dyn TimeSource> = Arc::new(Running(AtomicI64::new(0), 1));
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("simulate-refused");
    small_city(&folder);
    let settings = SimulateSettings::new("http://192.0.2.1:8090", &folder);
    let refused = Box::pin(simulate(settings, clock, |_| {}, std::future::pending())).await;
    let text = refused.expect_err("plain text").to_string();
    assert!(
        text.contains("192.0.2.1") && text.contains("plain text"),
        "{text}"
    );
    let names: Vec<&str> = SimulateSettings::drills()
        .iter()
        .map(|(name, _)| *name)
        .collect();
    assert!(names.contains(&"water_burst"), "{names:?}");
}
