//! A whole hub on free ports, driven from outside: HTTP by reqwest, MQTT by rumqttc, with both kinds of broker.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "in a test, a panic is the report"
)]

use cim_hub::{Hub, HubError, HubSettings, Mqtt};
use cim_model::{TimeSource, UtcMillis};
use rumqttc::{AsyncClient, Event, MqttOptions, Packet, PublishOptions, QoS};
use serde_json::{Value, json};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;

/// Every look at the clock is a millisecond later than the one before.
struct Ticking(AtomicI64);

impl TimeSource for Ticking {
    fn now(&self) -> UtcMillis {
        UtcMillis(self.0.fetch_add(1, Ordering::Relaxed))
    }
}

fn clock() -> Arc<dyn TimeSource> {
    Arc::new(Ticking(AtomicI64::new(1_760_000_000_000)))
}

fn free_loopback() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 0))
}

/// Settings with free ports and a folder of their own, emptied before use.
fn settings(name: &str) -> HubSettings {
    let folder: PathBuf = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("hub-{name}"));
    if folder.exists() {
        std::fs::remove_dir_all(&folder).unwrap();
    }
    let mut settings = HubSettings::new(folder);
    settings.http = free_loopback();
    settings.mqtt = Mqtt::BuiltIn(free_loopback());
    settings
}

struct Client {
    http: reqwest::Client,
    base: String,
}

impl Client {
    fn of(hub: &Hub) -> Self {
        Self {
            http: reqwest::Client::new(),
            base: hub.http_address.clone(),
        }
    }

    fn url(&self, path: &str) -> String {
        if path.starts_with('/') {
            format!("{}{path}", self.base)
        } else {
            path.to_owned()
        }
    }

    async fn ask(&self, path: &str) -> (u16, Value) {
        let response = self.http.get(self.url(path)).send().await.unwrap();
        let status = response.status().as_u16();
        (
            status,
            serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or_default(),
        )
    }

    #[track_caller]
    fn found((status, body): (u16, Value)) -> Value {
        assert_eq!(status, 200, "{body}");
        body
    }

    async fn get(&self, path: &str) -> Value {
        Self::found(self.ask(path).await)
    }

    async fn post(&self, path: &str, body: &Value) -> (u16, Value, Option<String>) {
        let response = self
            .http
            .post(self.url(path))
            .json(body)
            .send()
            .await
            .unwrap();
        let status = response.status().as_u16();
        let address = response
            .headers()
            .get("location")
            .map(|value| value.to_str().unwrap().to_owned());
        (
            status,
            serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or_default(),
            address,
        )
    }

    /// Creates a thing with one series, and gives the series' id.
    async fn create_thing(&self, name: &str, kind: &str) -> i64 {
        let (status, body, address) = self.post("/v1.1/Things", &thing(name, kind)).await;
        assert_eq!(status, 201, "{body}");
        let streams = self.get(&format!("{}/Datastreams", address.unwrap())).await;
        streams["value"][0]["@iot.id"].as_i64().unwrap()
    }

    /// The series' observations, once there are `count` of them.
    async fn observations(&self, stream: i64, count: usize) -> Vec<Value> {
        let path = format!("/v1.1/Datastreams({stream})/Observations?$orderby=phenomenonTime");
        for _ in 0..100 {
            let page = self.get(&path).await;
            let items = page["value"].as_array().unwrap().clone();
            if items.len() >= count {
                return items;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{count} observations did not arrive");
    }
}

fn thing(name: &str, kind: &str) -> Value {
    json!({
        "name": name,
        "description": "a device",
        "properties": {"kind": kind, "code": format!("3203000111{name}")},
        "Locations": [{
            "name": "中山路", "description": "", "encodingType": "application/geo+json",
            "location": {"type": "Point", "coordinates": [117.2, 34.26, 0.2]}
        }],
        "Datastreams": [{
            "name": "CH4", "description": "methane",
            "observationType": "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",
            "unitOfMeasurement": {"name": "percent", "symbol": "%LEL", "definition": "x"},
            "properties": {"kind": kind, "period_s": 5.0, "limits": {"above_medium": 10.0}},
            "Sensor": {"name": "probe", "description": "", "encodingType": "text/html", "metadata": "x"},
            "ObservedProperty": {"name": "methane", "definition": "x", "description": ""}
        }]
    })
}

/// An MQTT client that subscribes to `filter` and hands on what arrives.
async fn subscriber(address: &str, filter: &str) -> (AsyncClient, mpsc::Receiver<(String, Value)>) {
    let (host, port) = address
        .strip_prefix("mqtt://")
        .unwrap()
        .split_once(':')
        .unwrap();
    let mut options = MqttOptions::new(
        format!("test-{}", filter.len()),
        (host, port.parse::<u16>().unwrap()),
    );
    options.set_keep_alive(10);
    let (client, mut events) = AsyncClient::builder(options).capacity(100).build();
    client.subscribe(filter, QoS::AtLeastOnce).await.unwrap();
    let (arrived, arrivals) = mpsc::channel(100);
    let (ready, is_ready) = tokio::sync::oneshot::channel();
    tokio::spawn(async move {
        let mut ready = Some(ready);
        while let Ok(event) = events.poll().await {
            match event {
                Event::Incoming(Packet::SubAck(_)) => {
                    if let Some(ready) = ready.take() {
                        let _gone = ready.send(());
                    }
                }
                Event::Incoming(Packet::Publish(publish)) => {
                    let topic = String::from_utf8_lossy(&publish.topic).into_owned();
                    let body = serde_json::from_slice(&publish.payload).unwrap_or_default();
                    if arrived.send((topic, body)).await.is_err() {
                        return;
                    }
                }
                _ => {}
            }
        }
    });
    tokio::time::timeout(Duration::from_secs(10), is_ready)
        .await
        .expect("subscribed in time")
        .unwrap();
    (client, arrivals)
}

async fn next_of(arrivals: &mut mpsc::Receiver<(String, Value)>) -> (String, Value) {
    tokio::time::timeout(Duration::from_secs(10), arrivals.recv())
        .await
        .expect("a message in time")
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn entities_are_created_related_filtered_and_paged() {
    let hub = Hub::start(settings("entities"), clock()).await.unwrap();
    let client = Client::of(&hub);
    for n in 0..25 {
        client
            .create_thing(
                &format!("井盖 {n:03}"),
                if n % 2 == 0 { "gas" } else { "manhole" },
            )
            .await;
    }
    let root = client.get("/v1.1").await;
    assert_eq!(root["value"].as_array().unwrap().len(), 8);

    let page = client
        .get("/v1.1/Things?$filter=properties/kind eq 'gas' and endswith(name,'4')&$count=true")
        .await;
    let names: Vec<&str> = page["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|thing| thing["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["井盖 004", "井盖 014", "井盖 024"]);
    assert_eq!(page["@iot.count"], 3);

    let mut next = Some("/v1.1/Things?$top=10&$orderby=name desc&$select=id,name".to_owned());
    let mut seen = Vec::new();
    while let Some(path) = next {
        let page = client.get(&path).await;
        seen.extend(
            page["value"]
                .as_array()
                .unwrap()
                .iter()
                .map(|thing| thing["name"].as_str().unwrap().to_owned()),
        );
        next = page["@iot.nextLink"].as_str().map(str::to_owned);
    }
    assert_eq!(
        (seen.len(), seen[0].as_str(), seen[24].as_str()),
        (25, "井盖 024", "井盖 000")
    );

    // A page that is written straight down and one that is built as a tree, because it has a condition, say the same.
    for options in [
        "$expand=Locations,Datastreams/ObservedProperty&$top=7&$skip=3&$count=true",
        "$select=id,name,properties&$expand=Locations($select=location),Datastreams($select=id,unitOfMeasurement;$expand=Sensor)",
        "$select=Datastreams,description&$top=2",
        "$expand=HistoricalLocations($expand=Locations),Datastreams($expand=Thing($expand=Locations($select=name)))",
    ] {
        let mut written = client.get(&format!("/v1.1/Things?{options}")).await;
        let mut built = client
            .get(&format!("/v1.1/Things?{options}&$filter=id gt 0"))
            .await;
        for page in [&mut written, &mut built] {
            let next = page.as_object_mut().unwrap().remove("@iot.nextLink");
            let is_part = options.contains("$top");
            assert_eq!(next.is_some(), is_part, "{options}");
        }
        assert_eq!(written, built, "{options}");
    }

    let thing = client
        .get("/v1.1/Things(1)?$expand=Locations,Datastreams($expand=Sensor,ObservedProperty)")
        .await;
    assert_eq!(thing["Locations"][0]["location"]["coordinates"][0], 117.2);
    assert_eq!(thing["Datastreams"][0]["Sensor"]["name"], "probe");
    assert_eq!(
        client.get("/v1.1/Datastreams(1)/Thing/name").await["name"],
        "井盖 000"
    );
    assert_eq!(
        client.get("/v1.1/Things(1)/Datastreams/$ref").await["value"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_requests_say_what_is_wrong_and_where() {
    let hub = Hub::start(settings("wrong"), clock()).await.unwrap();
    let client = Client::of(&hub);
    client.create_thing("井盖 1", "gas").await;
    for (path, status, word) in [
        (
            "/v1.1/Things?$filter=name eqq 'x'",
            400,
            "$filter at character",
        ),
        ("/v1.1/Things?$top=many", 400, "$top"),
        ("/v1.1/Things?$colour=red", 400, "$colour"),
        ("/v1.1/Things?$expand=Colours", 400, "Colours"),
        ("/v1.1/Observations?$filter=colour eq 1", 400, "colour"),
        ("/v1.1/Things(99)", 404, "Things(99)"),
        ("/v1.1/Dings", 404, "Dings"),
        ("/v1.1/Things(1)/colour", 404, "colour"),
    ] {
        let (found, body) = client.ask(path).await;
        assert_eq!(found, status, "{path}: {body}");
        assert!(
            body["message"].as_str().unwrap().contains(word),
            "{path}: {body}"
        );
    }
    let mut broken = thing("井盖 2", "gas");
    broken["Datastreams"][0]["Sensor"] = json!({"@iot.id": 77});
    let (status, body, _) = client.post("/v1.1/Things", &broken).await;
    assert_eq!(status, 400);
    assert!(
        body["message"]
            .as_str()
            .unwrap()
            .contains("Datastreams[0]/Sensor"),
        "{body}"
    );
    let things = client.get("/v1.1/Things?$count=true").await;
    assert_eq!(
        things["@iot.count"], 1,
        "nothing of a broken request is stored"
    );
    let (status, ..) = client
        .post(
            "/v1.1/Datastreams(1)/Observations",
            &json!({"result": null}),
        )
        .await;
    assert_eq!(status, 400);
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn observations_are_filtered_sorted_and_paged_also_as_data_arrays() {
    let hub = Hub::start(settings("observations"), clock()).await.unwrap();
    let client = Client::of(&hub);
    let streams = [
        client.create_thing("井盖 1", "gas").await,
        client.create_thing("井盖 2", "noise").await,
    ];
    let group = |stream: i64| {
        let rows: Vec<Value> = (0..30)
            .map(|n| json!([format!("2025-10-09T08:{n:02}:00Z"), f64::from(n) + 0.5]))
            .collect();
        json!({"Datastream": {"@iot.id": stream}, "components": ["phenomenonTime", "result"], "dataArray@iot.count": 30, "dataArray": rows})
    };
    let mut groups = vec![group(streams[0]), group(streams[1])];
    groups[1]["dataArray"][3] = json!(["never", 1]);
    let (status, lines, _) = client
        .post("/v1.1/CreateObservations", &Value::Array(groups))
        .await;
    assert_eq!(status, 201);
    let wrong = lines
        .as_array()
        .unwrap()
        .iter()
        .filter(|line| line.as_str().unwrap().starts_with("error"))
        .count();
    assert_eq!((lines.as_array().unwrap().len(), wrong), (60, 1));

    let path = "/v1.1/Observations?$filter=Datastream/properties/kind eq 'gas' and result ge 10 and phenomenonTime lt 2025-10-09T08:20:00Z&$orderby=phenomenonTime desc&$top=4&$count=true".to_owned();
    let mut next = Some(path);
    let mut results = Vec::new();
    while let Some(path) = next {
        let page = client.get(&path).await;
        assert_eq!(page["@iot.count"], 10);
        results.extend(
            page["value"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| item["result"].as_f64().unwrap()),
        );
        next = page["@iot.nextLink"].as_str().map(str::to_owned);
    }
    let expected: Vec<f64> = (10..20).rev().map(|n| f64::from(n) + 0.5).collect();
    assert_eq!(results, expected);

    let page = client
        .get("/v1.1/Observations?$resultFormat=dataArray&$top=40")
        .await;
    assert_eq!(
        page["value"][0]["components"],
        json!(["id", "phenomenonTime", "result"])
    );
    assert_eq!(page["value"][0]["dataArray@iot.count"], 30);
    assert_eq!(page["value"][1]["dataArray@iot.count"], 10);
    let rest = client.get(page["@iot.nextLink"].as_str().unwrap()).await;
    assert_eq!(rest["value"][0]["dataArray@iot.count"], 19);

    let latest = client
        .get("/v1.1/Datastreams?$expand=Observations($top=1;$orderby=phenomenonTime desc)")
        .await;
    assert_eq!(latest["value"][0]["Observations"][0]["result"], 29.5);
    assert!(latest["value"][0]["Observations@iot.nextLink"].is_string());
    hub.stop().await;
}

#[expect(clippy::too_many_lines, reason = "one story, told in order")]
async fn observations_go_both_ways(hub: &Hub) {
    let client = Client::of(hub);
    let stream = client.create_thing("井盖 1", "gas").await;
    let topic = format!("v1.1/Datastreams({stream})/Observations");
    let (mqtt, mut arrivals) = subscriber(&hub.mqtt_address, "v1.1/+/Observations").await;

    let sent =
        json!({"result": 12.3, "phenomenonTime": "2025-10-09T08:00:00Z", "resultQuality": "good"});
    mqtt.publish(
        topic.as_str(),
        sent.to_string(),
        PublishOptions::at_least_once(),
    )
    .await
    .unwrap();
    let stored = client.observations(stream, 1).await;
    assert_eq!(
        (&stored[0]["result"], &stored[0]["resultQuality"]),
        (&json!(12.3), &json!("good"))
    );
    assert_eq!(next_of(&mut arrivals).await, (topic.clone(), sent));

    let (status, _, address) = client
        .post(
            &format!("/v1.1/Datastreams({stream})/Observations"),
            &json!({"result": 5}),
        )
        .await;
    assert_eq!(status, 201);
    let (found, body) = next_of(&mut arrivals).await;
    assert_eq!((found, &body["result"]), (topic.clone(), &json!(5)));
    assert_eq!(client.get(&address.unwrap()).await["result"], 5);

    let named = json!({"result": 7, "phenomenonTime": "2025-10-09T08:01:00Z", "Datastream": {"@iot.id": stream}});
    mqtt.publish(
        "v1.1/Observations",
        named.to_string(),
        PublishOptions::at_least_once(),
    )
    .await
    .unwrap();
    assert_eq!(
        next_of(&mut arrivals).await.1["result"],
        7,
        "published again on the series' own topic"
    );
    client.observations(stream, 3).await;

    let many = json!([{"Datastream": {"@iot.id": stream}, "components": ["phenomenonTime", "result"],
        "dataArray": [["2025-10-09T08:02:00Z", 1], ["2025-10-09T08:03:00Z", 2]]}]);
    mqtt.publish(
        "v1.1/CreateObservations",
        many.to_string(),
        PublishOptions::at_least_once(),
    )
    .await
    .unwrap();
    client.observations(stream, 5).await;

    mqtt.publish(
        topic.as_str(),
        "{\"result\": ",
        PublishOptions::at_least_once(),
    )
    .await
    .unwrap();
    mqtt.publish(
        "v1.1/Datastreams(9999)/Observations",
        sent_text(),
        PublishOptions::at_least_once(),
    )
    .await
    .unwrap();
    mqtt.publish(
        topic.as_str(),
        json!({"result": 9}).to_string(),
        PublishOptions::at_least_once(),
    )
    .await
    .unwrap();
    client.observations(stream, 6).await;
    let about = client.get("/api/hub").await;
    assert_eq!(about["rejected"], 2, "{about}");
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(
        client.observations(stream, 6).await.len(),
        6,
        "what the hub publishes itself is not stored again"
    );
}

fn sent_text() -> String {
    json!({"result": 1}).to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn observations_go_both_ways_with_the_built_in_broker() {
    let hub = Hub::start(settings("built-in"), clock()).await.unwrap();
    observations_go_both_ways(&hub).await;
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn observations_go_both_ways_with_mosquitto() {
    let port = TcpListener::bind(free_loopback())
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let configuration = folder.join(format!("mosquitto-{port}.conf"));
    std::fs::write(
        &configuration,
        format!("listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n"),
    )
    .unwrap();
    let started = [
        "mosquitto",
        "/usr/sbin/mosquitto",
        "/usr/local/sbin/mosquitto",
    ]
    .into_iter()
    .find_map(|program| {
        let mut command = tokio::process::Command::new(program);
        command.arg("-c").arg(&configuration).kill_on_drop(true);
        command
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null());
        command.spawn().ok()
    });
    let Some(mut mosquitto) = started else {
        eprintln!("SKIPPED: there is no mosquitto on this machine");
        return;
    };
    let mut settings = settings("mosquitto");
    settings.mqtt = Mqtt::Outside(format!("mqtt://127.0.0.1:{port}"));
    let hub = Hub::start(settings, clock()).await.unwrap();
    observations_go_both_ways(&hub).await;
    hub.stop().await;
    mosquitto.kill().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cameras_and_events_are_kept_changed_and_told() {
    let hub = Hub::start(settings("catalogue"), clock()).await.unwrap();
    let client = Client::of(&hub);
    let (_mqtt, mut arrivals) = subscriber(&hub.mqtt_address, "citymirror/#").await;
    let camera = |n: u32, status: &str| json!({"DeviceID": format!("32030000001320{n:06}"), "Name": "中山路", "Status": status, "Longitude": 117.2, "Latitude": 34.2});
    let cameras: Vec<Value> = (1..=3).map(|n| camera(n, "ON")).collect();
    assert_eq!(
        client
            .post("/api/cameras", &json!({"items": cameras}))
            .await
            .0,
        201
    );
    assert_eq!(client.post("/api/cameras", &camera(2, "OFF")).await.0, 201);
    let page = client.get("/api/cameras?offset=1&limit=1").await;
    assert_eq!(
        (&page["total"], &page["items"][0]["Status"]),
        (&json!(3), &json!("OFF"))
    );

    let event = json!({"id": "e1", "title": "中山路 道路积水", "category": "road_flooding", "level": "III", "lon": 117.2, "lat": 34.2});
    let (status, body, _) = client.post("/api/events", &event).await;
    assert_eq!(status, 201, "{body}");
    let first = client.get("/api/events").await;
    assert_eq!(
        client
            .post("/api/events", &json!({"id": "e1", "status": "closed"}))
            .await
            .0,
        201
    );
    let second = client
        .get(&format!("/api/events?since={}", first["cursor"]))
        .await;
    assert_eq!(second["items"][0]["status"], "closed");
    assert_eq!(second["items"][0]["title"], "中山路 道路积水");
    assert_eq!(
        client
            .post("/api/events", &json!({"title": "nowhere"}))
            .await
            .0,
        400
    );

    let mut topics = Vec::new();
    while topics.len() < 6 {
        let (topic, _) = next_of(&mut arrivals).await;
        // The ledger tells of the same changes on topics of its own.
        if !matches!(topic.as_str(), "citymirror/changes" | "citymirror/head") {
            topics.push(topic);
        }
    }
    assert_eq!(
        topics
            .iter()
            .filter(|topic| *topic == "citymirror/events")
            .count(),
        2,
        "{topics:?}"
    );
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hub_started_again_knows_everything_and_its_ports_are_free() {
    let mut settings = settings("again");
    let hub = Hub::start(settings.clone(), clock()).await.unwrap();
    let client = Client::of(&hub);
    let stream = client.create_thing("井盖 1", "gas").await;
    client
        .post(
            &format!("/v1.1/Datastreams({stream})/Observations"),
            &json!({"result": 5}),
        )
        .await;
    settings.http = hub
        .http_address
        .strip_prefix("http://")
        .unwrap()
        .parse()
        .unwrap();
    settings.mqtt = Mqtt::BuiltIn(
        hub.mqtt_address
            .strip_prefix("mqtt://")
            .unwrap()
            .parse()
            .unwrap(),
    );

    let taken = Hub::start(settings.clone(), clock())
        .await
        .err()
        .expect("the port is taken");
    assert!(
        matches!(taken, HubError::Address { door: "HTTP", .. }),
        "{taken}"
    );
    hub.stop().await;
    let hub = Hub::start(settings, clock())
        .await
        .expect("the ports are free again");
    let client = Client::of(&hub);
    assert_eq!(client.observations(stream, 1).await[0]["result"], 5);
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_other_machines_reach_is_refused() {
    let mut settings = settings("open");
    settings.http = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
    let error = Hub::start(settings, clock()).await.err().expect("refused");
    assert!(
        matches!(error, HubError::OpenToOthers { door: "HTTP", .. }),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_of_city_and_clips_are_served_in_ranges() {
    let mut settings = settings("files");
    let clips = settings.data_folder.join("clips");
    std::fs::create_dir_all(&clips).unwrap();
    std::fs::write(clips.join("a.webm"), b"0123456789").unwrap();
    settings.clips = Some(clips);
    let hub = Hub::start(settings, clock()).await.unwrap();
    let client = Client::of(&hub);
    let request = client
        .http
        .get(client.url("/clips/a.webm"))
        .header("range", "bytes=2-4")
        .header("origin", "tauri://localhost");
    let response = request.send().await.unwrap();
    assert_eq!(response.status().as_u16(), 206);
    assert_eq!(response.headers()["access-control-allow-origin"], "*");
    assert_eq!(&response.bytes().await.unwrap()[..], b"234");
    let elsewhere = client
        .http
        .post(client.url("/api/events"))
        .header("origin", "http://elsewhere.example")
        .body("{}");
    assert_eq!(
        elsewhere.send().await.unwrap().status().as_u16(),
        403,
        "pages of other sites may not write"
    );
    hub.stop().await;
}
