//! Bad days of the real hub and the real desk, with a proxy that mistreats what goes between them; and a hundred
//! simulated ones. Whatever happens, no edit is lost or doubled, and no gap stays hidden.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "in a test, a panic is the report"
)]

use cim_hub::{
    DrillSettings, FaultProxy, Faults, Hub, HubSettings, Mqtt, back_up, restore, run_drill,
};
use cim_model::{DatastreamId, Event, EventStatus, MinuteDigest, TimeSource, UtcMillis, minute_of};
use cim_sync::exchange::{Cursor, OutboundFact, Outcome, RemoteFact, Verdict};
use cim_sync::{
    Answer, Connection, Exchanged, HubAddress, Keeping, Member, Settings, Standing, SyncHandle,
    Update, start,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

/// Where right clocks stood when a test began: 2026-01-01T00:00:30Z.
const BEGAN: i64 = 1_767_225_630_000;
const HOUR_MS: i64 = 3_600_000;
const TEN_YEARS_MS: i64 = 10 * 365 * 24 * HOUR_MS;
/// Nothing takes longer than this.
const PATIENCE: Duration = Duration::from_secs(90);

/// A clock that runs, and may be set.
struct Clock {
    began: Instant,
    ahead_ms: AtomicI64,
}

impl Clock {
    fn new(ahead_ms: i64) -> Arc<Self> {
        Arc::new(Self {
            began: Instant::now(),
            ahead_ms: AtomicI64::new(ahead_ms),
        })
    }

    fn pass(&self, ms: i64) {
        self.ahead_ms.fetch_add(ms, Ordering::Relaxed);
    }
}

impl TimeSource for Clock {
    fn now(&self) -> UtcMillis {
        let ran = self.began.elapsed().as_millis() as i64;
        UtcMillis(BEGAN + ran + self.ahead_ms.load(Ordering::Relaxed))
    }
}

/// What a desk keeps.
#[derive(Default)]
struct Kept {
    cursor: Option<Cursor>,
    compared: Option<UtcMillis>,
    restoring: bool,
    waiting: Vec<OutboundFact>,
    at_hub: BTreeMap<String, RemoteFact>,
    refused: Vec<Outcome>,
    conflicts: BTreeMap<String, BTreeSet<String>>,
    events: BTreeMap<String, Event>,
    series: BTreeSet<DatastreamId>,
    history: BTreeMap<(UtcMillis, DatastreamId), f64>,
    connection: Option<Connection>,
}

impl Kept {
    fn take(&mut self, update: Update) {
        match update {
            Update::Connection(connection) => self.connection = Some(connection),
            Update::Catalogue { datastreams, .. } => {
                self.series
                    .extend(datastreams.into_iter().map(|series| series.id));
            }
            Update::Events(events) => {
                let events = events.into_iter();
                self.events
                    .extend(events.map(|event| (event.id.as_str().to_owned(), event)));
            }
            Update::Observations(observations) => {
                for row in observations {
                    self.history
                        .insert((row.happened_at, row.datastream), row.value);
                }
            }
            Update::Block(block) => {
                for row in block.iter() {
                    self.history
                        .insert((row.happened_at, row.datastream), row.value);
                }
            }
            Update::Exchanged(brought) => self.exchanged(brought),
            Update::Mark(mark) => mark.reached(),
            _ => {}
        }
    }

    fn exchanged(&mut self, brought: Exchanged) {
        if brought.restoring == Some(true) {
            self.events.clear();
        }
        for id in brought.requeued {
            self.waiting
                .extend(self.at_hub.remove(&id).map(|remote| remote.fact));
        }
        for fact in brought.facts {
            self.waiting.retain(|waiting| waiting.id != fact.fact.id);
            let conflicts = self.conflicts.entry(fact.fact.id.clone()).or_default();
            conflicts.extend(fact.conflict_with.iter().cloned());
            self.at_hub.insert(fact.fact.id.clone(), fact);
        }
        for outcome in brought.outcomes {
            self.outcome(outcome);
        }
        self.cursor = brought.cursor.or_else(|| self.cursor.take());
        self.compared = brought.compared.or(self.compared);
        self.restoring = brought.restoring.unwrap_or(self.restoring);
    }

    fn outcome(&mut self, outcome: Outcome) {
        let conflicts = self.conflicts.entry(outcome.id.clone()).or_default();
        conflicts.extend(outcome.with.iter().map(|other| other.fact.id.clone()));
        let place = self.waiting.iter().position(|fact| fact.id == outcome.id);
        let waiting = place.map(|place| self.waiting.remove(place));
        match (outcome.verdict, outcome.seq, waiting) {
            (Verdict::Refused, ..) => self.refused.push(outcome),
            (_, Some(seq), Some(fact)) => {
                let remote = RemoteFact {
                    seq,
                    desk: String::new(),
                    fact,
                    conflict_with: Vec::new(),
                    holds: outcome.holds,
                };
                self.at_hub.insert(outcome.id, remote);
            }
            (_, Some(seq), None) => {
                if let Some(fact) = self.at_hub.get_mut(&outcome.id) {
                    fact.seq = seq;
                }
            }
            (_, None, waiting) => self.waiting.extend(waiting),
        }
    }
}

/// What a desk keeps, for the sync.
struct Memory {
    desk: String,
    kept: Mutex<Kept>,
}

impl Memory {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap()
    }
}

fn ready<T: Send + 'static>(value: T) -> Answer<'static, T> {
    Box::pin(std::future::ready(value))
}

impl Keeping for Memory {
    fn standing(&self) -> Answer<'_, Standing> {
        let kept = self.kept();
        ready(Standing {
            cursor: kept.cursor.clone(),
            compared: kept.compared,
            restoring: kept.restoring,
        })
    }

    fn series(&self) -> Answer<'_, Vec<DatastreamId>> {
        ready(self.kept().series.iter().cloned().collect())
    }

    fn waiting(&self) -> Answer<'_, Option<Vec<OutboundFact>>> {
        ready(Some(self.kept().waiting.clone()))
    }

    fn at_hub(&self) -> Answer<'_, Option<Vec<RemoteFact>>> {
        let mut facts: Vec<RemoteFact> = self.kept().at_hub.values().cloned().collect();
        for fact in facts.iter_mut().filter(|fact| fact.desk.is_empty()) {
            fact.desk.clone_from(&self.desk);
        }
        facts.sort_by_key(|fact| fact.seq);
        ready(Some(facts))
    }

    fn digests(&self, from: UtcMillis, until: UtcMillis) -> Answer<'_, Option<Vec<MinuteDigest>>> {
        let mut minutes: BTreeMap<UtcMillis, MinuteDigest> = BTreeMap::new();
        let kept = self.kept();
        for (moment, series) in kept.history.keys() {
            if (from..until).contains(moment) {
                let at = minute_of(*moment);
                let minute = minutes.entry(at);
                let minute = minute.or_insert_with(|| MinuteDigest::empty(at));
                minute.add(series.as_str(), *moment);
            }
        }
        ready(Some(minutes.into_values().collect()))
    }
}

/// A hub behind two proxies, which stay when it goes.
struct City {
    hub: Option<Hub>,
    settings: HubSettings,
    clock: Arc<Clock>,
    http: FaultProxy,
    mqtt: FaultProxy,
}

impl City {
    async fn begin(name: &str, mqtt: Option<Mqtt>) -> Self {
        let folder = folder_of(name);
        let mut settings = HubSettings::new(folder);
        settings.http = loopback();
        settings.mqtt = mqtt.unwrap_or_else(|| Mqtt::BuiltIn(loopback()));
        let clock = Clock::new(0);
        let hub = start_hub(&settings, &clock).await;
        let http = FaultProxy::start(address_in(&hub.http_address), 1).await;
        let mqtt = FaultProxy::start(address_in(&hub.mqtt_address), 2).await;
        let city = Self {
            hub: Some(hub),
            settings,
            clock,
            http: http.unwrap(),
            mqtt: mqtt.unwrap(),
        };
        let event = json!({
            "id": "e1", "title": "路面塌陷", "status": "reported", "level": "III",
            "lon": 117.2, "lat": 34.26, "happened_at": "2026-01-01T00:00:00.000Z"
        });
        city.post("/api/events", &json!([event])).await;
        city
    }

    fn base(&self) -> &str {
        &self.hub.as_ref().expect("it runs").http_address
    }

    /// Asks the hub past the proxy.
    async fn get(&self, path: &str) -> Value {
        let answer = reqwest::get(format!("{}{path}", self.base()))
            .await
            .unwrap();
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        let answer = reqwest::Client::new()
            .post(format!("{}{path}", self.base()))
            .header("content-type", "application/json")
            .body(body.to_string())
            .send()
            .await
            .unwrap();
        let (status, bytes) = (answer.status(), answer.bytes().await.unwrap());
        assert!(status.is_success(), "{path}: {status} {bytes:?}");
        serde_json::from_slice(&bytes).unwrap_or_default()
    }

    /// Nobody reaches the hub any more.
    fn part(&self) {
        for proxy in [&self.http, &self.mqtt] {
            proxy.set(Faults::refusing());
            proxy.cut();
        }
    }

    fn heal(&self) {
        self.http.heal();
        self.mqtt.heal();
    }

    async fn stop_hub(&mut self) {
        self.part();
        if let Some(hub) = self.hub.take() {
            hub.stop().await;
        }
    }

    async fn start_hub_again(&mut self) {
        let hub = start_hub(&self.settings, &self.clock).await;
        self.http.lead_to(address_in(&hub.http_address));
        self.mqtt.lead_to(address_in(&hub.mqtt_address));
        self.hub = Some(hub);
        self.heal();
    }

    /// The identities in the hub's feed of facts, each as often as it stands there.
    async fn facts(&self) -> Vec<String> {
        let page = self.get("/api/changes?after=0&limit=5000&kinds=fact").await;
        let items = page["items"].as_array().unwrap();
        let id = |item: &Value| item["id"].as_str().unwrap().to_owned();
        let mut ids: Vec<String> = items.iter().map(id).collect();
        ids.sort();
        ids
    }

    async fn event(&self) -> Value {
        let page = self.get("/api/events").await;
        let events = page["items"].as_array().unwrap();
        let newest = events.iter().rev().find(|event| event["id"] == "e1");
        newest.expect("the event").clone()
    }

    /// A device with one series; its number.
    async fn create_series(&self) -> i64 {
        let thing = json!({
            "name": "井盖 1", "description": "", "properties": {"kind": "gas"},
            "Locations": [{
                "name": "中山路", "description": "", "encodingType": "application/geo+json",
                "location": {"type": "Point", "coordinates": [117.2, 34.26]}
            }],
            "Datastreams": [{
                "name": "CH4", "description": "",
                "observationType": "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",
                "unitOfMeasurement": {"name": "percent", "symbol": "%LEL", "definition": "x"},
                "properties": {"kind": "gas", "period_s": 5.0},
                "Sensor": {"name": "probe", "description": "", "encodingType": "text/html", "metadata": "x"},
                "ObservedProperty": {"name": "methane", "definition": "x", "description": ""}
            }]
        });
        self.post("/v1.1/Things", &thing).await;
        let series = self.get("/v1.1/Datastreams").await;
        series["value"][0]["@iot.id"].as_i64().expect("a number")
    }

    async fn observe(&self, series: i64, result: f64) {
        let path = format!("/v1.1/Datastreams({series})/Observations");
        self.post(&path, &json!({ "result": result })).await;
    }

    async fn end(mut self) {
        self.stop_hub().await;
        self.http.stop().await;
        self.mqtt.stop().await;
    }
}

async fn start_hub(settings: &HubSettings, clock: &Arc<Clock>) -> Hub {
    let time: Arc<dyn TimeSource> = Arc::<Clock>::clone(clock);
    Hub::start(settings.clone(), time)
        .await
        .expect("the hub starts")
}

fn loopback() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 0))
}

/// A folder of its own, emptied before use.
fn folder_of(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("faults-{name}"));
    if folder.exists() {
        std::fs::remove_dir_all(&folder).unwrap();
    }
    folder
}

fn address_in(url: &str) -> SocketAddr {
    let (_, address) = url.split_once("://").expect("a URL");
    address.parse().expect("an address")
}

/// A desk with somebody at it.
struct Desk {
    memory: Arc<Memory>,
    handle: SyncHandle,
    taking: JoinHandle<()>,
    clock: Arc<Clock>,
}

impl Desk {
    fn begin(city: &City, name: &str, clock: &Arc<Clock>) -> Self {
        let memory = Arc::new(Memory {
            desk: name.to_owned(),
            kept: Mutex::default(),
        });
        let keeping: Arc<dyn Keeping> = Arc::<Memory>::clone(&memory);
        let mut settings = Settings::new(HubAddress {
            http: format!("http://{}", city.http.address()),
            mqtt: Some(format!("mqtt://{}", city.mqtt.address())),
        });
        settings.backoff_min = Duration::from_millis(100);
        settings.backoff_max = Duration::from_secs(1);
        settings.seed = name.len() as u64;
        settings.member = Some(Member {
            desk: name.to_owned(),
            operator: format!("officer at {name}"),
            mode: "desk".to_owned(),
            keeping,
        });
        let (updates_in, mut updates) = mpsc::channel(64);
        let time: Arc<dyn TimeSource> = Arc::<Clock>::clone(clock);
        let handle = start(settings, time, updates_in);
        let taken = Arc::clone(&memory);
        let taking = tokio::spawn(async move {
            while let Some(update) = updates.recv().await {
                taken.kept().take(update);
            }
        });
        Self {
            memory,
            handle,
            taking,
            clock: Arc::clone(clock),
        }
    }

    /// The person at the desk changes the event, now by the desk's clock.
    fn edit(&self, id: &str, changes: &Value) {
        let now = self.clock.now();
        let mut kept = self.memory.kept();
        let base = kept.cursor.as_ref().map(|cursor| cursor.seq);
        kept.waiting.push(OutboundFact {
            id: id.to_owned(),
            object: "event:e1".to_owned(),
            verb: "event_changed".to_owned(),
            author: format!("officer at {}", self.memory.desk),
            happened_at: now,
            known_at: now,
            cause: String::new(),
            body: json!({ "changes": changes }).to_string(),
            base,
        });
        drop(kept);
        self.handle.nudge();
    }

    async fn until(&self, what: &str, is_so: impl Fn(&Kept) -> bool) {
        let began = Instant::now();
        while !is_so(&self.memory.kept()) {
            let desk = &self.memory.desk;
            let waited = began.elapsed();
            assert!(waited < PATIENCE, "{desk} waited in vain for: {what}");
            sleep(Duration::from_millis(50)).await;
        }
    }

    async fn until_live(&self) {
        let is_live = |kept: &Kept| kept.connection == Some(Connection::Live);
        self.until("the connection", is_live).await;
    }

    async fn until_offline(&self) {
        let is_offline = |kept: &Kept| matches!(kept.connection, Some(Connection::Offline { .. }));
        self.until("the hub's silence", is_offline).await;
    }

    /// Until the hub has these facts, and nothing waits.
    async fn until_facts(&self, ids: &[&str]) {
        let has_all = |kept: &Kept| {
            kept.waiting.is_empty()
                && kept
                    .at_hub
                    .keys()
                    .map(String::as_str)
                    .eq(ids.iter().copied())
        };
        self.until(&format!("the facts {ids:?}"), has_all).await;
    }

    async fn until_status(&self, word: &str) {
        let status = EventStatus::from_word(word).expect("a status");
        let has = |kept: &Kept| {
            kept.events
                .get("e1")
                .is_some_and(|event| event.status == status)
        };
        self.until(&format!("the status {word}"), has).await;
    }

    async fn end(self) {
        self.handle.stop().await;
        self.taking.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_hub_restarts() {
    let mut city = City::begin("restarts", None).await;
    let desk = Desk::begin(&city, "east", &city.clock);
    desk.until_live().await;
    desk.edit("east-1", &json!({"status": "handling"}));
    desk.until_facts(&["east-1"]).await;
    city.stop_hub().await;
    desk.until_offline().await;
    desk.edit("east-2", &json!({"note": "封路"}));
    desk.edit("east-3", &json!({"status": "closed"}));
    city.start_hub_again().await;
    desk.until_facts(&["east-1", "east-2", "east-3"]).await;
    desk.until_status("closed").await;
    assert_eq!(city.facts().await, ["east-1", "east-2", "east-3"]);
    assert_eq!(city.event().await["note"], "封路");
    desk.end().await;
    city.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_hub_is_restored_from_an_old_backup() {
    let mut city = City::begin("restored", None).await;
    let east = Desk::begin(&city, "east", &city.clock);
    let west = Desk::begin(&city, "west", &city.clock);
    east.until_live().await;
    west.until_live().await;
    east.edit("east-1", &json!({"status": "handling"}));
    west.until_facts(&["east-1"]).await;
    let backup = folder_of("backup").with_extension("db");
    if backup.exists() {
        std::fs::remove_file(&backup).unwrap();
    }
    back_up(&city.settings.data_folder, &backup)
        .await
        .expect("a backup");
    east.edit("east-2", &json!({"note": "封路"}));
    west.edit("west-1", &json!({"level": "I"}));
    let all = ["east-1", "east-2", "west-1"];
    east.until_facts(&all).await;
    west.until_facts(&all).await;
    city.stop_hub().await;
    restore(&backup, &city.settings.data_folder)
        .await
        .expect("restored");
    city.start_hub_again().await;
    // What the hub lost comes back, once, from whoever has it.
    let began = Instant::now();
    while city.facts().await != all {
        assert!(began.elapsed() < PATIENCE, "{:?}", city.facts().await);
        sleep(Duration::from_millis(100)).await;
    }
    for desk in [&east, &west] {
        desk.until("the end of giving back", |kept| !kept.restoring)
            .await;
        desk.until_facts(&all).await;
        let level = |kept: &Kept| {
            kept.events
                .get("e1")
                .is_some_and(|e| e.level.as_str() == "I")
        };
        desk.until("the event as it was", level).await;
    }
    let event = city.event().await;
    assert_eq!(
        (&event["note"], &event["level"]),
        (&json!("封路"), &json!("I"))
    );
    east.end().await;
    west.end().await;
    city.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_clock_is_wrong_by_years() {
    let city = City::begin("clock", None).await;
    let ahead = Desk::begin(&city, "ahead", &Clock::new(TEN_YEARS_MS));
    let behind = Desk::begin(&city, "behind", &Clock::new(-TEN_YEARS_MS));
    let right = Desk::begin(&city, "right", &city.clock);
    for desk in [&ahead, &behind, &right] {
        desk.until_live().await;
    }
    ahead.edit("ahead-1", &json!({"status": "handling"}));
    behind.edit("behind-1", &json!({"note": "十年前"}));
    right.until_facts(&["ahead-1", "behind-1"]).await;
    // Longer than the clocks of a machine differ among themselves.
    sleep(Duration::from_millis(200)).await;
    right.edit("right-1", &json!({"status": "closed"}));
    for desk in [&ahead, &behind, &right] {
        desk.until_facts(&["ahead-1", "behind-1", "right-1"]).await;
        desk.until_status("closed").await;
    }
    assert_eq!(city.event().await["note"], "十年前");
    for desk in [ahead, behind, right] {
        desk.end().await;
    }
    city.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_officers_edit_the_same_event_during_72_hours_offline() {
    let city = City::begin("offline", None).await;
    let east = Desk::begin(&city, "east", &city.clock);
    let west = Desk::begin(&city, "west", &city.clock);
    east.until_live().await;
    west.until_live().await;
    city.part();
    east.until_offline().await;
    west.until_offline().await;
    city.clock.pass(24 * HOUR_MS);
    east.edit("east-1", &json!({"status": "handling", "note": "封路"}));
    city.clock.pass(HOUR_MS);
    west.edit("west-1", &json!({"status": "closed", "level": "II"}));
    city.clock.pass(47 * HOUR_MS);
    city.heal();
    for desk in [&east, &west] {
        desk.until_facts(&["east-1", "west-1"]).await;
        // The later one holds, and the other field of each beside it.
        desk.until_status("closed").await;
        desk.until("the other version", |kept| {
            let names = |id: &str, other: &str| {
                let others = kept.conflicts.get(id);
                others.is_some_and(|others| others.contains(other))
            };
            names("east-1", "west-1") || names("west-1", "east-1")
        })
        .await;
        let kept = desk.memory.kept();
        assert!(
            kept.at_hub["east-1"].fact.body.contains("handling"),
            "both are kept"
        );
        assert_eq!(kept.refused, []);
    }
    let event = city.event().await;
    assert_eq!(
        (&event["note"], &event["level"]),
        (&json!("封路"), &json!("II"))
    );
    east.end().await;
    west.end().await;
    city.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_half_open_connection_is_noticed() {
    let city = City::begin("half-open", None).await;
    let desk = Desk::begin(&city, "east", &city.clock);
    desk.until_live().await;
    city.http.set(Faults::half_open());
    city.mqtt.set(Faults::half_open());
    desk.until_offline().await;
    desk.edit("east-1", &json!({"status": "handling"}));
    let event =
        json!([{"id": "e1", "level": "I", "title": "路面塌陷", "lon": 117.2, "lat": 34.26}]);
    city.post("/api/events", &event).await;
    city.heal();
    desk.until_live().await;
    desk.until_facts(&["east-1"]).await;
    let has = |kept: &Kept| {
        kept.events
            .get("e1")
            .is_some_and(|e| e.level.as_str() == "I")
    };
    desk.until("what changed meanwhile", has).await;
    assert_eq!(city.facts().await, ["east-1"]);
    desk.end().await;
    city.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_poisoned_edit_does_not_block() {
    let city = City::begin("poison", None).await;
    let desk = Desk::begin(&city, "east", &city.clock);
    desk.until_live().await;
    desk.edit("good-1", &json!({"note": "a"}));
    desk.edit("poison", &json!({"status": "lost"}));
    desk.edit("huge", &json!({"note": "x".repeat(2_000_000)}));
    desk.edit("good-2", &json!({"status": "handling"}));
    desk.until_facts(&["good-1", "good-2"]).await;
    desk.until_status("handling").await;
    let mut refused: Vec<String> = {
        let kept = desk.memory.kept();
        kept.refused
            .iter()
            .map(|outcome| outcome.id.clone())
            .collect()
    };
    refused.sort();
    refused.dedup();
    assert_eq!(refused, ["huge", "poison"]);
    let reason = {
        let kept = desk.memory.kept();
        let told = kept.refused.iter().find(|outcome| outcome.id == "poison");
        told.expect("told").reason.clone()
    };
    assert!(reason.contains("body.changes.status"), "{reason}");
    desk.end().await;
    city.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_broker_forgets_its_session() {
    // A broker of its own, which goes while the hub stays: that of another hub.
    let mut broker = City::begin("broker", None).await;
    let outside = format!("mqtt://{}", broker.mqtt.address());
    let city = City::begin("forgets", Some(Mqtt::Outside(outside))).await;
    let series = city.create_series().await;
    let desk = Desk::begin(&city, "east", &city.clock);
    desk.until_live().await;
    city.observe(series, 1.0).await;
    let has =
        |value: f64| move |kept: &Kept| kept.history.values().any(|own| (own - value).abs() < 1e-9);
    desk.until("an observation before", has(1.0)).await;
    broker.stop_hub().await;
    city.mqtt.cut();
    for value in [2.0, 3.0] {
        city.observe(series, value).await;
    }
    let event =
        json!([{"id": "e1", "status": "closed", "title": "路面塌陷", "lon": 117.2, "lat": 34.26}]);
    city.post("/api/events", &event).await;
    broker.start_hub_again().await;
    city.observe(series, 4.0).await;
    for value in [2.0, 3.0, 4.0] {
        desk.until("an observation that the broker lost", has(value))
            .await;
    }
    desk.until_status("closed").await;
    desk.end().await;
    city.end().await;
    broker.end().await;
}

#[test]
fn nothing_is_lost_or_doubled_on_a_hundred_simulated_bad_days() {
    let mut failed = Vec::new();
    for seed in 1_000..1_100 {
        let report = run_drill(seed, DrillSettings::default());
        if !report.holds() {
            failed.push(format!("seed {seed}: {}", report.complaints()));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
