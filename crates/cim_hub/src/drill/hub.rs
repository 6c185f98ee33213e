//! The hub of a run: the real ledger behind its real doors, a history of observations with digests, and the live road
//! on which messages get lost.

use super::plan::below;
use super::{DESK_PORT, HTTP_PORT, Moments, Trace, desk_name};
use crate::iso::{iso_from_millis, millis_from_iso};
use crate::ledger::{MemoryHub, Snapshot, content_digest};
use axum::extract::Query;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use cim_model::{BUCKETS, DigestSeries, MINUTE_MS, MinuteDigest, TimeSource, UtcMillis, minute_of};
use cim_sync::backoff::Dice;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use turmoil::net::{TcpListener, TcpStream, UdpSocket};

/// Observations by moment and series.
pub(super) type History = BTreeMap<(UtcMillis, String), f64>;

/// How many series report.
const SERIES: u64 = 6;
/// Rows on one page at most, so that answers have several pages.
const PAGE_ROWS: usize = 40;
/// How often the hub looks for changes to announce.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// After so many looks the sources report, and the hub says where it stands: once a second.
const LOOKS_A_BEAT: u64 = 10;
/// The same in each answer: the machine's clock must not come into a run.
const DATE: &str = "Thu, 01 Jan 2026 00:00:00 GMT";

/// What the hub has on its disk, and what is known of its whole life.
pub(super) struct HubDisk {
    pub(super) memory: MemoryHub,
    pub(super) history: History,
    /// Everything that sources ever reported.
    pub(super) ever: History,
    backup: Option<(Snapshot, History)>,
    /// How often it started.
    starts: u64,
    /// Whether it was ever restored.
    pub(super) was_restored: bool,
}

/// The disk, shared with the run.
#[derive(Clone)]
pub(super) struct SharedHub(Arc<Mutex<HubDisk>>);

impl SharedHub {
    pub(super) fn new(memory: MemoryHub) -> Self {
        Self(Arc::new(Mutex::new(HubDisk {
            memory,
            history: History::new(),
            ever: History::new(),
            backup: None,
            starts: 0,
            was_restored: false,
        })))
    }

    pub(super) fn disk(&self) -> MutexGuard<'_, HubDisk> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody makes a backup.
    pub(super) fn back_up(&self) {
        let mut disk = self.disk();
        disk.backup = Some((disk.memory.snapshot(), disk.history.clone()));
    }

    /// The disk becomes what the backup holds. The hub must not be running. False without a backup.
    pub(super) fn restore(&self) -> bool {
        let mut disk = self.disk();
        let Some((memory, history)) = disk.backup.clone() else {
            return false;
        };
        disk.memory.restore(&memory);
        disk.history = history;
        disk.was_restored = true;
        true
    }
}

/// The hub's process.
pub(super) async fn serve(
    hub: SharedHub,
    time: Arc<Moments>,
    desks: usize,
    seed: u64,
    trace: Rc<RefCell<Trace>>,
) -> turmoil::Result {
    let (memory, starts) = {
        let mut disk = hub.disk();
        let clock: Arc<dyn TimeSource> = Arc::<Moments>::clone(&time);
        disk.memory = disk.memory.restarted(clock);
        disk.starts += 1;
        (disk.memory.clone(), disk.starts)
    };
    trace
        .borrow_mut()
        .note(&time, &format!("the hub starts, {starts}"));
    let router = memory
        .router()
        .merge(history_doors(&hub, &time))
        .layer(axum::middleware::map_response(dated));
    let listener = TcpListener::bind(("0.0.0.0", HTTP_PORT)).await?;
    let serving = async { axum::serve(Door(listener), router).await };
    let road = LiveRoad {
        socket: UdpSocket::bind(("0.0.0.0", 0)).await?,
        hub,
        time,
        desks,
        dice: Dice::new(seed.wrapping_add(starts.wrapping_mul(0x9e37))),
    };
    tokio::select! {
        biased;
        served = serving => served?,
        sent = road.run() => sent?,
    }
    Ok(())
}

async fn dated(mut answer: Response) -> Response {
    let date = header::HeaderValue::from_static(DATE);
    answer.headers_mut().insert(header::DATE, date);
    answer
}

/// The simulated door, as axum wants it.
struct Door(TcpListener);

impl axum::serve::Listener for Door {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        loop {
            match self.0.accept().await {
                Ok(accepted) => return accepted,
                Err(_refused) => tokio::time::sleep(LOOK_EVERY).await,
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// What the broker would carry: observations, announcements, signs of life. Nothing is sent again here.
struct LiveRoad {
    socket: UdpSocket,
    hub: SharedHub,
    time: Arc<Moments>,
    desks: usize,
    dice: Dice,
}

impl LiveRoad {
    async fn run(mut self) -> io::Result<()> {
        let mut announced = self.hub.disk().memory.head().1;
        for look in 0_u64.. {
            tokio::time::sleep(LOOK_EVERY).await;
            let (newest, announcement) = {
                let disk = self.hub.disk();
                (disk.memory.head().1, disk.memory.newest_announcement())
            };
            if let Some(announcement) = announcement.filter(|_| newest != announced) {
                announced = newest;
                self.tell_all(&format!("c{announcement}")).await?;
            }
            if look.is_multiple_of(LOOKS_A_BEAT) {
                let rows = self.observe();
                self.tell_all(&format!("o{rows}")).await?;
                let (epoch, seq) = self.hub.disk().memory.head();
                let time = self.time.now().0;
                let head = json!({ "epoch": epoch, "seq": seq, "time": time });
                self.tell_all(&format!("h{head}")).await?;
            }
        }
        Ok(())
    }

    /// The sources report once.
    fn observe(&self) -> Value {
        let now = self.time.now();
        let mut disk = self.hub.disk();
        let mut rows = Vec::new();
        for series in 1..=SERIES {
            let moment = UtcMillis(now.0 + series as i64);
            let value = ((moment.0 % 1_000) + series as i64) as f64 / 8.0;
            let name = series.to_string();
            rows.push(json!([name, moment.0, value]));
            disk.history.insert((moment, name.clone()), value);
            disk.ever.insert((moment, name), value);
        }
        Value::from(rows)
    }

    /// Sends to each desk, to some twice and to some not at all.
    async fn tell_all(&mut self, text: &str) -> io::Result<()> {
        for desk in 0..self.desks {
            let times = match below(&mut self.dice, 20) {
                0 | 1 => 0,
                2 => 2,
                _ => 1,
            };
            for _ in 0..times {
                let to = (desk_name(desk), DESK_PORT);
                // A desk that is not running hears nothing.
                self.socket.send_to(text.as_bytes(), to).await.ok();
            }
        }
        Ok(())
    }
}

fn history_doors(hub: &SharedHub, time: &Arc<Moments>) -> axum::Router {
    type Asked = Query<BTreeMap<String, String>>;
    let (of_digests, now) = (hub.clone(), Arc::clone(time));
    let digests = move |Query(asked): Asked| {
        let answer = digests(&of_digests.disk().history, &asked, now.now());
        async move { with_digest(answer, "application/json") }
    };
    let of_rows = hub.clone();
    let rows = move |Query(asked): Asked| {
        let answer = rows(&of_rows.disk().history, &asked);
        async move { with_digest(answer, "application/vnd.citymirror.observations") }
    };
    axum::Router::new()
        .route("/api/digests", get(digests))
        .route("/api/observations", get(rows))
}

fn with_digest(answer: Option<Vec<u8>>, kind: &'static str) -> Response {
    let Some(body) = answer else {
        return (StatusCode::BAD_REQUEST, r#"{"reason":"from and until"}"#).into_response();
    };
    let fields = [
        ("content-type", kind.to_owned()),
        ("content-digest", content_digest(&body)),
    ];
    (fields, body).into_response()
}

fn stretch(asked: &BTreeMap<String, String>) -> Option<(UtcMillis, UtcMillis)> {
    let moment = |key: &str| asked.get(key).and_then(|text| millis_from_iso(text));
    let (from, until) = (moment("from")?, moment("until")?);
    (from <= until).then_some((from, until))
}

/// The digests of closed minutes.
fn digests(history: &History, asked: &BTreeMap<String, String>, now: UtcMillis) -> Option<Vec<u8>> {
    let (from, until) = stretch(asked)?;
    let mut minutes: BTreeMap<UtcMillis, MinuteDigest> = BTreeMap::new();
    let range = (from, String::new())..(until, String::new());
    for (moment, series) in history.range(range).map(|(key, _)| key) {
        let at = minute_of(*moment);
        if at.0 + MINUTE_MS <= now.0 {
            let minute = minutes.entry(at);
            let minute = minute.or_insert_with(|| MinuteDigest::empty(at));
            minute.add(series, *moment);
        }
    }
    let minutes: Vec<Value> = minutes
        .values()
        .map(|minute| {
            let x: Vec<String> = minute.x.iter().map(|x| format!("{x:016x}")).collect();
            let n = minute.n.to_vec();
            json!({ "at": minute.at.0, "thinned": minute.thinned, "n": n, "x": x })
        })
        .collect();
    let body = json!({ "step_s": 60, "buckets": BUCKETS, "minutes": minutes });
    Some(body.to_string().into_bytes())
}

/// A page of observations in the layout of `application/vnd.citymirror.observations`.
fn rows(history: &History, asked: &BTreeMap<String, String>) -> Option<Vec<u8>> {
    let (from, until) = stretch(asked)?;
    let buckets = asked.get("buckets").map_or("", String::as_str);
    let mut wanted = 0_u64;
    for bucket in buckets.split(',').filter(|bucket| !bucket.is_empty()) {
        wanted |= 1_u64.checked_shl(bucket.parse().ok()?)?;
    }
    let after = asked.get("after").and_then(|token| {
        let (moment, series) = token.split_once('.')?;
        Some((UtcMillis(moment.parse().ok()?), series.to_owned()))
    });
    let found: Vec<(&(UtcMillis, String), f64)> = history
        .range((from, String::new())..(until, String::new()))
        .filter(|(key, _)| after.as_ref().is_none_or(|after| *key > after))
        .filter(|((_, series), _)| (wanted >> DigestSeries::new(series).bucket()) & 1 == 1)
        .map(|(key, value)| (key, *value))
        .take(PAGE_ROWS + 1)
        .collect();
    let page = found.get(..PAGE_ROWS).unwrap_or(&found);
    let next = page.last().filter(|_| found.len() > page.len());
    let next = next.map(|((moment, series), _)| format!("{}.{series}", moment.0));
    let mut names: Vec<&str> = page.iter().map(|((_, name), _)| name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let header = json!({
        "count": page.len(), "next": next, "series": names, "thinned": false
    })
    .to_string();
    let mut bytes = b"CMO1".to_vec();
    bytes.extend((header.len() as u32).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.resize(bytes.len().next_multiple_of(8), 0);
    for ((moment, _), _) in page {
        bytes.extend(moment.0.to_le_bytes());
    }
    for (_, value) in page {
        bytes.extend(value.to_le_bytes());
    }
    for ((_, name), _) in page {
        let place = names.binary_search(&name.as_str()).unwrap_or_default();
        bytes.extend((place as u32).to_le_bytes());
    }
    bytes.resize(bytes.len() + page.len(), 0);
    Some(bytes)
}

/// An event before anybody edits it.
pub(super) fn event(id: &str, at: UtcMillis) -> Value {
    json!({
        "id": id, "title": "路面塌陷", "status": "reported", "level": "III",
        "lon": 121.5, "lat": 31.2, "happened_at": iso_from_millis(at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use cim_sync::block::{SeriesNames, columns_block};

    fn asked(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        let own = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        pairs.iter().map(own).collect()
    }

    #[test]
    fn pages_bring_every_row_of_the_wanted_buckets_once() {
        let mut history = History::new();
        for moment in 0..100 {
            for series in ["1", "2"] {
                history.insert((UtcMillis(moment), series.to_owned()), moment as f64);
            }
        }
        let bucket = DigestSeries::new("1").bucket().to_string();
        let mut found = Vec::new();
        let mut names = SeriesNames::new();
        let mut after = None;
        loop {
            let mut asked = asked(&[
                ("from", "1970-01-01T00:00:00.000Z"),
                ("until", "1970-01-01T00:01:00.000Z"),
                ("buckets", &bucket),
            ]);
            asked.extend(after.map(|token| ("after".to_owned(), token)));
            let page = rows(&history, &asked).expect("a good question");
            let page = columns_block(&page, &mut names).expect("a good page");
            let moments = page.block.rows.iter().map(|row| row.happened_at.0);
            found.extend(moments);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(found, (0..100).collect::<Vec<i64>>());
    }

    #[test]
    fn the_minute_that_is_not_over_has_no_digest() {
        let mut history = History::new();
        for moment in [1, 60_001, 120_001] {
            history.insert((UtcMillis(moment), "1".to_owned()), 0.5);
        }
        let asked = asked(&[
            ("from", "1970-01-01T00:00:00.000Z"),
            ("until", "1970-01-01T01:00:00.000Z"),
        ]);
        let body = digests(&history, &asked, UtcMillis(130_000)).expect("a good question");
        let body: Value = serde_json::from_slice(&body).expect("JSON");
        assert_eq!(body["minutes"].as_array().map(Vec::len), Some(2));
    }
}
