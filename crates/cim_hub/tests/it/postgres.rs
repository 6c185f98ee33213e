//! Two hubs over one PostgreSQL and one broker, driven from outside. Servers are started for the test; where one is not
//! installed the test says so and passes.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "in a test, a panic is the report"
)]

use cim_hub::{Hub, HubSettings, Mqtt, TrialServer};
use cim_model::{TimeSource, UtcMillis};
use serde_json::{Value, json};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// Every look at the clock is a millisecond later than the one before.
struct Ticking(AtomicI64);

impl TimeSource for Ticking {
    fn now(&self) -> UtcMillis {
        UtcMillis(self.0.fetch_add(1, Ordering::Relaxed))
    }
}

/// Whether this NATS takes the topic `v1.1/…`: servers before 2.10 refuse topics with a point.
fn carries_points(programs: &[&str]) -> bool {
    let Some(program) = programs.iter().find(|program| Path::new(program).exists()) else {
        return true;
    };
    let told = Command::new(program)
        .arg("--version")
        .output()
        .expect("answers");
    let text = String::from_utf8_lossy(&told.stdout).into_owned();
    let version = text.split_whitespace().last().unwrap_or_default();
    let mut numbers = version
        .trim_start_matches('v')
        .split('.')
        .filter_map(|part| part.parse::<u32>().ok());
    (numbers.next(), numbers.next()) >= (Some(2), Some(10))
}

/// A broker of its own process, killed at the end.
struct Broker {
    child: Child,
    url: String,
}

impl Drop for Broker {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _killed = self.child.kill();
        let _ended = self.child.wait();
    }
}

impl Broker {
    /// Mosquitto, or nothing where it is not installed.
    fn mosquitto(folder: &Path) -> Option<Self> {
        let port = free_port();
        let file = folder.join("mosquitto.conf");
        let text = format!("listener {port} 127.0.0.1\nallow_anonymous true\n");
        std::fs::write(&file, text).expect("writes");
        let program = [
            "/usr/sbin/mosquitto",
            "/usr/bin/mosquitto",
            "/usr/local/sbin/mosquitto",
        ];
        Self::start(&program, &["-c", file.to_str().expect("is UTF-8")], port)
    }

    /// NATS with its MQTT listener over JetStream, as in deploy/nats.conf.
    fn nats(folder: &Path) -> Option<Self> {
        let port = free_port();
        let own = free_port();
        let given = "deploy/nats.conf";
        let text = std::fs::read_to_string(given).expect("the file that is handed out is there");
        let store = folder.join("nats");
        let text = text
            .replace("\"/data\"", &format!("{:?}", store.display().to_string()))
            .replace(
                "port: 1883",
                &format!("host: \"127.0.0.1\"\n  port: {port}"),
            );
        let file = folder.join("nats.conf");
        std::fs::write(&file, format!("listen: \"127.0.0.1:{own}\"\n{text}")).expect("writes");
        let program = [
            "/usr/sbin/nats-server",
            "/usr/bin/nats-server",
            "/usr/local/bin/nats-server",
        ];
        if !carries_points(&program) {
            println!(
                "skipped: this nats-server carries no '.' in MQTT topics, which SensorThings needs; 2.10 does"
            );
            return None;
        }
        Self::start(&program, &["-c", file.to_str().expect("is UTF-8")], port)
    }

    fn start(programs: &[&str], arguments: &[&str], port: u16) -> Option<Self> {
        let program = programs.iter().find(|program| Path::new(program).exists());
        let Some(program) = program else {
            println!("skipped: none of {programs:?} is installed here");
            return None;
        };
        let child = Command::new(program)
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("starts");
        let broker = Self {
            child,
            url: format!("mqtt://127.0.0.1:{port}"),
        };
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        for _ in 0..200 {
            if TcpStream::connect_timeout(&address, Duration::from_millis(200)).is_ok() {
                return Some(broker);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("{program} does not open its port");
    }
}

fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .expect("there is a free port")
        .port()
}

fn empty_folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("postgres-{name}"));
    if folder.exists() {
        std::fs::remove_dir_all(&folder).expect("an older run is removed");
    }
    std::fs::create_dir_all(&folder).expect("makes a folder");
    folder
}

async fn start_hub(folder: &Path, database: Option<&str>, broker: &Broker) -> Hub {
    let mut settings = HubSettings::new(folder.join("hub"));
    settings.http = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    settings.mqtt = Mqtt::Outside(broker.url.clone());
    settings.database_url = database.map(str::to_owned);
    let clock = Arc::new(Ticking(AtomicI64::new(1_795_348_800_000)));
    Hub::start(settings, clock).await.expect("the hub starts")
}

fn thing(name: &str) -> Value {
    json!({
        "name": name, "description": "a device",
        "Locations": [{
            "name": "中山路", "description": "", "encodingType": "application/geo+json",
            "location": {"type": "Point", "coordinates": [117.2, 34.26]}
        }],
        "Datastreams": [{
            "name": "level", "description": "", "observationType": "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",
            "unitOfMeasurement": {"name": "metre", "symbol": "m", "definition": "ucum:m"},
            "ObservedProperty": {"name": "level", "definition": "urn:level", "description": ""},
            "Sensor": {"name": "gauge", "description": "", "encodingType": "application/pdf", "metadata": "none"}
        }]
    })
}

async fn post(url: String, body: &Value) -> Value {
    let answer = reqwest::Client::new()
        .post(url)
        .json(body)
        .send()
        .await
        .expect("answers");
    let status = answer.status();
    let text = answer.text().await.expect("has a body");
    assert_eq!(status.as_u16(), 201, "{text}");
    serde_json::from_str(&text).unwrap_or_default()
}

/// What is found at `url` once it holds `count` items.
async fn items(url: &str, count: usize) -> Vec<Value> {
    let mut last = Value::Null;
    for _ in 0..200 {
        let answer = reqwest::get(url).await.expect("answers");
        let text = answer.text().await.expect("has a body");
        last = serde_json::from_str(&text).unwrap_or_default();
        let found = last.get("value").and_then(Value::as_array).cloned();
        match found {
            Some(found) if found.len() >= count => return found,
            _ => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
    panic!("{url} does not get {count} items: {last}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hubs_over_one_database_are_one_city() {
    let folder = empty_folder("two");
    let server = match TrialServer::start(&folder.join("server"), false) {
        Ok(server) => server,
        Err(reason) => {
            println!("skipped: {reason}");
            return;
        }
    };
    let Some(broker) = Broker::mosquitto(&folder) else {
        return;
    };
    let database = server.make_database("city").expect("makes a database");
    let one = start_hub(&folder, Some(&database), &broker).await;
    let two = start_hub(&folder, Some(&database), &broker).await;

    post(format!("{}/v1.1/Things", one.http_address), &thing("1")).await;
    let things = items(&format!("{}/v1.1/Things", two.http_address), 1).await;
    assert_eq!(things.len(), 1, "{things:?}");
    post(format!("{}/v1.1/Things", two.http_address), &thing("2")).await;
    let things = items(&format!("{}/v1.1/Things", one.http_address), 2).await;
    let ids: std::collections::BTreeSet<String> = things
        .iter()
        .filter_map(|thing| thing.get("@iot.id").map(Value::to_string))
        .collect();
    assert_eq!(ids.len(), 2, "two hubs never give one id twice: {things:?}");

    let streams = items(&format!("{}/v1.1/Datastreams", one.http_address), 2).await;
    let stream = streams
        .first()
        .and_then(|stream| stream.get("@iot.id"))
        .expect("has an id");
    let observation = json!({
        "phenomenonTime": "2026-11-22T12:00:00.000Z", "result": 1.25,
        "Datastream": {"@iot.id": stream}
    });
    post(
        format!("{}/v1.1/Observations", two.http_address),
        &observation,
    )
    .await;
    let path = format!("/v1.1/Datastreams({stream})/Observations");
    let seen = items(&format!("{}{path}", one.http_address), 1).await;
    assert_eq!(
        seen.len(),
        1,
        "published to both hubs, stored once: {seen:?}"
    );
    assert_eq!(
        seen.first().and_then(|row| row.get("result")),
        Some(&json!(1.25))
    );

    two.stop().await;
    post(format!("{}/v1.1/Things", one.http_address), &thing("3")).await;
    one.stop().await;
    drop(server);
    std::fs::remove_dir_all(&folder).expect("removes");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_works_over_nats_jetstream() {
    let folder = empty_folder("nats");
    let Some(broker) = Broker::nats(&folder) else {
        return;
    };
    let hub = start_hub(&folder, None, &broker).await;
    post(format!("{}/v1.1/Things", hub.http_address), &thing("1")).await;
    let streams = items(&format!("{}/v1.1/Datastreams", hub.http_address), 1).await;
    let stream = streams
        .first()
        .and_then(|stream| stream.get("@iot.id"))
        .expect("has an id");
    let port = broker
        .url
        .rsplit(':')
        .next()
        .and_then(|port| port.parse::<u16>().ok());
    let options = rumqttc::MqttOptions::new("a-source", ("127.0.0.1", port.expect("has a port")));
    let (client, mut events) = rumqttc::AsyncClient::builder(options).capacity(10).build();
    let running = tokio::spawn(async move { while events.poll().await.is_ok() {} });
    let topic = format!("v1.1/Datastreams({stream})/Observations");
    let body = json!({"phenomenonTime": "2026-11-22T12:00:00.000Z", "result": 2.5}).to_string();
    let publish = rumqttc::PublishOptions::at_least_once();
    client
        .publish(topic, body, publish)
        .await
        .expect("publishes");
    let path = format!(
        "{}/v1.1/Datastreams({stream})/Observations",
        hub.http_address
    );
    let seen = items(&path, 1).await;
    assert_eq!(
        seen.first().and_then(|row| row.get("result")),
        Some(&json!(2.5))
    );
    running.abort();
    hub.stop().await;
    drop(broker);
    std::fs::remove_dir_all(&folder).expect("removes");
}
