//! Messages from a real Mosquitto until they are in the desk's history, beside a client that only counts them.

use super::super::figure::Figure;
use crate::{
    Failure,
    host::{MachineClock, end_progress, instant, progress, runtime, say},
};
use cim_app::{Desk, DeskSettings, wire::Mode};
use cim_geo::Geodetic;
use cim_hub::load::{count_messages, flood};
use cim_model::{Datastream, DatastreamId, Limits, SensorKind, Thing, ThingId, TimeSource};
use cim_sync::{Update, access::Access, start_with_broker};
use serde_json::json;
use std::{
    fmt::Write as _,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};
use tokio::sync::{mpsc, oneshot};

const SERIES: u32 = 10_000;
const MESSAGES: u64 = 300_000;
/// How often each side is measured, in turn.
const ROUNDS: usize = 5;
/// What a desk must reach of a bare client's rate, and what it should.
const MUST: f64 = 0.8;
const GOAL: f64 = 0.9;
const UPDATES_WAITING: usize = 256;
const FILTER: &str = "v1.1/+/Observations";

pub(super) fn of_messages() -> Result<Vec<Figure>, Failure> {
    let folder = std::env::temp_dir().join(format!("cim-bench-broker-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let Some(broker) = Broker::start(&folder)? else {
        say("skipped: mosquitto is not installed");
        return Ok(Vec::new());
    };
    let measured = runtime()?.block_on(measure(&broker, &folder));
    drop(broker);
    std::fs::remove_dir_all(&folder).ok();
    measured
}

async fn measure(broker: &Broker, folder: &Path) -> Result<Vec<Figure>, Failure> {
    let (mut desk, mut bare, mut lost) = (Vec::new(), Vec::new(), 0);
    for round in 0..ROUNDS {
        progress(&format!("messages, round {} of {ROUNDS}", round + 1));
        bare.push(bare_rate(broker).await?);
        let (rate, missing) = desk_rate(broker, &folder.join(format!("cache{round}"))).await?;
        desk.push(rate);
        lost += missing;
    }
    end_progress();
    let (desk, bare) = (median(&mut desk), median(&mut bare));
    Ok(vec![Figure {
        measure: super::MEASURE,
        name: "MQTT, decoded, latest state, history".to_owned(),
        value: desk,
        unit: "msg/s",
        limit: Some(bare),
        peer: Some(("a bare client".to_owned(), bare)),
        must: Some(if lost == 0 { MUST } else { f64::INFINITY }),
        goal: Some(GOAL),
        is_rate: true,
        notes: vec![("lost", json!(lost)), ("messages", json!(MESSAGES))],
    }])
}

fn median(rates: &mut [f64]) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().unwrap_or_default()
}

async fn bare_rate(broker: &Broker) -> Result<f64, Failure> {
    let (ready_in, ready) = oneshot::channel();
    let counting = count_messages("127.0.0.1", broker.port, FILTER, MESSAGES, || {
        ready_in.send(()).ok();
    });
    let flooding = async {
        ready.await.ok();
        flood(&broker.host_and_port(), MESSAGES, message).await
    };
    let (counted, flooded) = tokio::join!(counting, flooding);
    flooded?;
    let counted = counted?;
    if counted.messages < MESSAGES {
        return Err(format!(
            "the bare client got {} of {MESSAGES} messages",
            counted.messages
        )
        .into());
    }
    Ok(MESSAGES as f64 / counted.took.as_secs_f64())
}

/// Messages a second until all are in the store, and how many never came.
async fn desk_rate(broker: &Broker, cache: &Path) -> Result<(f64, u64), Failure> {
    let desk = open_desk(cache).await?;
    let (updates_in, mut updates) = mpsc::channel(UPDATES_WAITING);
    let address = format!("mqtt://{}", broker.host_and_port());
    let sync = start_with_broker(&address, Arc::new(MachineClock), updates_in)?;
    // The subscription has no word of its own here: half a second is long on one machine.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let flooding = tokio::spawn({
        let address = broker.host_and_port();
        async move { flood(&address, MESSAGES, message).await }
    });
    let mut begun = None;
    let mut arrived = 0;
    while arrived < MESSAGES {
        let Ok(Some(update)) = tokio::time::timeout(Duration::from_secs(5), updates.recv()).await
        else {
            break;
        };
        begun.get_or_insert_with(instant);
        if let Update::Block(block) = &update {
            arrived += block.len() as u64;
        }
        desk.apply(update).await;
    }
    desk.refresh().await;
    let took = begun.map_or(0.0, |begun| begun.elapsed().as_secs_f64());
    flooding.await??;
    sync.stop().await;
    desk.close().await;
    Ok((arrived as f64 / took.max(1e-9), MESSAGES - arrived))
}

async fn open_desk(cache: &Path) -> Result<Desk, Failure> {
    let settings = DeskSettings {
        cache: PathBuf::from(cache),
        hub: None,
        city: None,
        mode: Mode::Desk,
        language: "en".into(),
        operator: "bench".into(),
        access: Access::default(),
        sources: Vec::new(),
        time: Arc::new(MachineClock),
    };
    let desk = Desk::open(settings, tokio::runtime::Handle::current()).await?;
    let (things, datastreams) = (0..SERIES).map(device).unzip();
    desk.apply(Update::Catalogue {
        things,
        datastreams,
        cameras: Vec::new(),
    })
    .await;
    Ok(desk)
}

fn device(n: u32) -> (Thing, Datastream) {
    let thing = Thing {
        id: ThingId::new(n.to_string()),
        name: format!("probe {n}"),
        description: String::new(),
        kind: SensorKind::WaterLevel,
        position: Geodetic {
            lon_deg: 121.4 + f64::from(n % 100) * 1e-3,
            lat_deg: 31.2 + f64::from(n / 100) * 1e-3,
            height_m: 0.0,
        },
        properties: Vec::new(),
    };
    let datastream = Datastream {
        id: DatastreamId::new(n.to_string()),
        thing: thing.id.clone(),
        name: "level".into(),
        observed_property: "level".into(),
        unit: "m".into(),
        period_s: 10.0,
        limits: Limits::default(),
    };
    (thing, datastream)
}

/// The `n`th message: each series in turn, a minute of city time for each round through them.
fn message(n: u64, topic: &mut String, payload: &mut String) {
    let series = n % u64::from(SERIES);
    let now = MachineClock.now().0 / 1_000 - 3_600;
    let second = now + (n / u64::from(SERIES)) as i64;
    let time = jiff::Timestamp::from_second(second).unwrap_or_default();
    // Writing into a text cannot fail.
    write!(topic, "v1.1/Datastreams({series})/Observations").ok();
    write!(
        payload,
        r#"{{"phenomenonTime":"{time}","result":{}.{},"resultQuality":"good"}}"#,
        n % 97,
        n % 10
    )
    .ok();
}

/// A Mosquitto of our own, which keeps every message for a subscriber that is slow.
struct Broker {
    child: Child,
    port: u16,
}

impl Broker {
    fn start(folder: &Path) -> Result<Option<Self>, Failure> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let config = folder.join("mosquitto.conf");
        std::fs::write(
            &config,
            format!(
                "listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\nmax_queued_bytes 0\npersistence false\n"
            ),
        )?;
        let mut started = None;
        for program in ["mosquitto", "/usr/sbin/mosquitto"] {
            let child = Command::new(program)
                .arg("-c")
                .arg(&config)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn();
            if let Ok(child) = child {
                started = Some(child);
                break;
            }
        }
        let Some(child) = started else {
            return Ok(None);
        };
        let broker = Self { child, port };
        for _ in 0..100 {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Ok(Some(broker));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Err("mosquitto does not listen".into())
    }

    fn host_and_port(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
