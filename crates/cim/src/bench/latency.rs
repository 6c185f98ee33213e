//! `cim bench latency`: from a sensor's message at the broker's socket to the changed pixel, while a city's worth of other
//! messages goes the same way.
//!
//! Everything is real and on this machine: the built-in hub with its broker, the desk following it, the stage, the twin without
//! a window. Some devices are probes: their values cross a limit and come back, so that their symbols change colour. Each
//! picture is read back and the probes' pixels are compared with those before; one clock measures both ends.

use super::{at_most, figure::Figure, quantile};
use crate::{
    Failure,
    host::{MachineClock, end_progress, instant, progress, runtime},
    live::{LiveTwin, ORIGIN},
};
use cim_app::{
    Desk, DeskSettings,
    wire::{ConnectionDto, Mode},
};
use cim_geo::{Enu, LocalFrame};
use cim_hub::{
    Hub, HubSettings, Mqtt,
    load::{make_things_in_order, publish_at},
};
use cim_model::TimeSource;
use cim_render::TwinMessage;
use cim_scene::{Move, TwinCommand};
use cim_stage::{FEED_EVERY, Stage};
use cim_sync::{HubAddress, access::Access};
use cim_viewport::Picture;
use glam::DVec3;
use serde_json::{Value, json};
use std::{
    fmt::Write as _,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// Probes stand in so many columns and rows, so far from each other.
const COLUMNS: u32 = 8;
const ROWS: u32 = 6;
const APART_M: f64 = 420.0;
/// The other devices stand close together, north of the probes.
const OTHERS: u32 = 2_000;
const OTHERS_NORTH_M: f64 = 2_000.0;
/// From where all is seen, metres.
const DISTANCE_M: f64 = 6_500.0;
const RADIUS_M: f64 = 4_000.0;
/// A probe's value beyond its limit, and below it.
const LIMIT: f64 = 25.0;
const HIGH: &str = "31.0";
const LOW: &str = "10.0";
/// Probes that are switched in a second.
const SWITCHED_PER_S: f64 = 12.0;
/// After so long a switch counts as lost.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a hub, a desk and their first picture may take.
const READY_WITHIN: Duration = Duration::from_mins(2);
/// Before anything counts, the flow runs so long.
const WARM_UP: Duration = Duration::from_secs(5);
/// Half the side of the patch that is compared, px.
const PATCH_PX: i64 = 7;
/// A byte that differs by so much, and so many of them, are a change of colour.
const CHANGED_BY: u8 = 40;
const CHANGED_BYTES: usize = 6;
/// What it may take, and what it should on a machine that draws 60 frames a second: two frames and 5 ms.
const MUST_MS: f64 = 150.0;
const GOAL_MS: f64 = 2.0 * 1_000.0 / 60.0 + 5.0;

/// Measures the way of a message to its pixel.
pub(super) struct LatencyBench {
    /// Messages a second, the probes' among them.
    pub(super) per_s: f64,
    pub(super) seconds: u32,
    pub(super) size: (u32, u32),
    pub(super) json: bool,
}

impl LatencyBench {
    pub(super) fn run(&self) -> Result<bool, Failure> {
        let folder = std::env::temp_dir().join(format!("cim-bench-latency-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let measured = self.measure(&folder);
        std::fs::remove_dir_all(&folder).ok();
        let figures = measured?;
        for figure in &figures {
            figure.tell(self.json);
        }
        Ok(figures.iter().all(Figure::holds))
    }

    fn measure(&self, folder: &Path) -> Result<Vec<Figure>, Failure> {
        // The hub and the sensors are other machines' work: their tasks have threads of their own.
        let (elsewhere, runtime) = (runtime()?, runtime()?);
        let hub = elsewhere.block_on(open_hub(folder))?;
        elsewhere.block_on(make_things_in_order(
            &hub.http_address,
            COLUMNS * ROWS + OTHERS,
            device,
            |made| progress(&format!("{made} devices made")),
        ))?;
        let desk = runtime.block_on(open_desk(&folder.join("cache"), &hub))?;
        let probes = Arc::new(Probes::default());
        let flow = elsewhere.spawn({
            let (probes, per_s) = (Arc::clone(&probes), self.per_s);
            let address = hub.mqtt_address.trim_start_matches("mqtt://").to_owned();
            async move {
                let told = Arc::clone(&probes);
                let mut messages = Messages::new(probes, per_s);
                publish_at(
                    &address,
                    per_s,
                    move || !told.stopped.load(Ordering::Relaxed),
                    move |n, topic, payload| messages.write(n, topic, payload),
                )
                .await
            }
        });
        let watched = self.watch(&desk, &probes);
        probes.stopped.store(true, Ordering::Relaxed);
        let sent = elsewhere.block_on(flow)?;
        runtime.block_on(desk.close());
        elsewhere.block_on(hub.stop());
        end_progress();
        self.figures(watched?, sent?)
    }

    /// Draws what the desk shows, and looks at the probes' pixels.
    fn watch(&self, desk: &Desk, probes: &Probes) -> Result<Watched, Failure> {
        let mut twin = LiveTwin::with_nothing(self.size)?;
        twin.stand_at(ORIGIN, RADIUS_M);
        twin.send(TwinCommand::GoToView {
            target: ORIGIN,
            distance_m: DISTANCE_M,
            heading_deg: 0.0,
            pitch_deg: 75.0,
            how: Move::Jump,
        });
        let mut stage = Stage::new(desk.clone());
        wait_until_live(desk, COLUMNS * ROWS + OTHERS)?;
        feed(&mut twin, &mut stage);
        // With very much going on it may never come to rest, and need not.
        twin.rest().ok();
        let mut eyes = Eyes::open(&twin)?;
        let mut watched = Watched::default();
        let begun = instant();
        let until = WARM_UP + Duration::from_secs(u64::from(self.seconds));
        let mut is_warm = false;
        while begun.elapsed() < until {
            let asked = instant();
            if !is_warm && begun.elapsed() >= WARM_UP {
                is_warm = true;
                watched = Watched::default();
                // Switches that began before belong to no figure.
                probes.forget();
                probes.may_switch.store(true, Ordering::Relaxed);
            }
            let fed = feed(&mut twin, &mut stage);
            watched.waits.extend(fed.waited_ms);
            watched.feeds.push(asked.elapsed().as_secs_f64() * 1_000.0);
            if fed.messages > 0 {
                let picture = twin.picture()?;
                watched
                    .pictures
                    .push(asked.elapsed().as_secs_f64() * 1_000.0);
                eyes.compare(&picture, probes, &mut watched);
            }
            progress(&format!("{} changes seen", watched.millis.len()));
            thread::sleep(FEED_EVERY.saturating_sub(asked.elapsed()));
        }
        watched.seconds = begun.elapsed().saturating_sub(WARM_UP).as_secs_f64();
        Ok(watched)
    }

    fn figures(&self, mut watched: Watched, sent: u64) -> Result<Vec<Figure>, Failure> {
        if watched.millis.len() < 20 {
            return Err(format!(
                "only {} changes reached the picture, {} never did",
                watched.millis.len(),
                watched.lost
            )
            .into());
        }
        watched.millis.sort_by(f64::total_cmp);
        for list in [
            &mut watched.pictures,
            &mut watched.feeds,
            &mut watched.waits,
        ] {
            list.sort_by(f64::total_cmp);
        }
        let mut figure = at_most(
            "latency",
            format!("socket to changed pixel, {:.0} msg/s, p99", self.per_s),
            quantile(&watched.millis, 0.99),
            MUST_MS,
            GOAL_MS,
        );
        figure.unit = "ms";
        let frame_ms = quantile(&watched.pictures, 0.5);
        figure.notes = vec![
            ("p50_ms", json!(quantile(&watched.millis, 0.5))),
            ("most_ms", json!(quantile(&watched.millis, 1.0))),
            ("changes", json!(watched.millis.len())),
            ("picture_p50_ms", json!(frame_ms)),
            ("picture_p99_ms", json!(quantile(&watched.pictures, 0.99))),
            ("told_p50_ms", json!(quantile(&watched.feeds, 0.5))),
            ("told_p99_ms", json!(quantile(&watched.feeds, 0.99))),
            ("waited_p50_ms", json!(quantile(&watched.waits, 0.5))),
            ("waited_p99_ms", json!(quantile(&watched.waits, 0.99))),
            (
                "pictures_per_s",
                json!(watched.pictures.len() as f64 / watched.seconds.max(1e-9)),
            ),
            ("p99_in_pictures", json!(figure.value / frame_ms.max(1e-9))),
            ("messages", json!(sent)),
        ];
        let lost = Figure {
            name: "switches that never reached the picture".into(),
            ..at_most("latency", String::new(), f64::from(watched.lost), 0.5, 0.0)
        };
        Ok(vec![figure, lost])
    }
}

/// What a round told the twin.
#[derive(Default)]
struct Fed {
    messages: usize,
    /// How long the oldest of its reports had waited at the desk, milliseconds.
    waited_ms: Option<f64>,
}

/// Sends what is new to the twin, as the desktop does.
fn feed(twin: &mut LiveTwin, stage: &mut Stage) -> Fed {
    let mut fed = Fed::default();
    for message in stage.feed() {
        fed.messages += 1;
        if let TwinMessage::Scene(TwinCommand::NoteWait(waited_ms)) = &message {
            fed.waited_ms = Some(f64::from(*waited_ms));
        }
        twin.tell(message);
    }
    fed
}

/// What was seen.
#[derive(Default)]
struct Watched {
    /// Milliseconds of each change, from the socket to the picture.
    millis: Vec<f64>,
    /// Milliseconds of each picture, asked for, drawn and read back.
    pictures: Vec<f64>,
    /// Milliseconds in which the desk said what is new, round by round.
    feeds: Vec<f64>,
    /// Milliseconds that the oldest report of each round had waited at the desk.
    waits: Vec<f64>,
    lost: u32,
    seconds: f64,
}

/// What is known of the probes on both ends.
#[derive(Default)]
struct Probes {
    /// When each probe's switch went to the socket; none while nothing is under way.
    under_way: Mutex<Vec<Option<Instant>>>,
    may_switch: AtomicBool,
    stopped: AtomicBool,
}

impl Probes {
    fn lock(&self) -> MutexGuard<'_, Vec<Option<Instant>>> {
        self.under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn forget(&self) {
        self.lock().fill(None);
    }
}

/// The messages of all devices, in turn.
struct Messages {
    probes: Arc<Probes>,
    /// One message in so many is a switch of a probe.
    one_in: u64,
    switched: u64,
    is_high: Vec<bool>,
}

impl Messages {
    fn new(probes: Arc<Probes>, per_s: f64) -> Self {
        let count = (COLUMNS * ROWS) as usize;
        probes.lock().resize(count, None);
        Self {
            probes,
            one_in: ((per_s / SWITCHED_PER_S) as u64).max(2),
            switched: 0,
            is_high: vec![false; count],
        }
    }

    fn write(&mut self, n: u64, topic: &mut String, payload: &mut String) {
        let now = jiff::Timestamp::from_millisecond(MachineClock.now().0).unwrap_or_default();
        let probes = u64::from(COLUMNS * ROWS);
        let (series, value) = if n.is_multiple_of(self.one_in) {
            (self.switched % probes, self.switch())
        } else {
            let value = OTHER_VALUES.get(n as usize % OTHER_VALUES.len());
            (
                probes + n % u64::from(OTHERS),
                value.copied().unwrap_or(LOW),
            )
        };
        // Writing into a text cannot fail.
        write!(topic, "v1.1/Datastreams({})/Observations", series + 1).ok();
        write!(
            payload,
            r#"{{"phenomenonTime":"{now}","result":{value},"resultQuality":"good"}}"#
        )
        .ok();
    }

    /// The value that the next probe reports: beyond the limit and below it in turn.
    fn switch(&mut self) -> &'static str {
        let index = (self.switched % self.is_high.len().max(1) as u64) as usize;
        self.switched += 1;
        let may_switch = self.probes.may_switch.load(Ordering::Relaxed);
        let Some(is_high) = self.is_high.get_mut(index) else {
            return LOW;
        };
        if may_switch {
            *is_high = !*is_high;
            if let Some(sent) = self.probes.lock().get_mut(index) {
                *sent = Some(instant());
            }
        }
        if *is_high { HIGH } else { LOW }
    }
}

/// Values of devices that are no probes: never near their limit.
const OTHER_VALUES: [&str; 8] = ["3.1", "3.4", "2.9", "4.0", "3.7", "3.3", "2.5", "3.9"];

/// Where the probes are in the picture, and what was seen there last.
struct Eyes {
    at: Vec<[i64; 2]>,
    seen: Vec<Vec<u8>>,
}

impl Eyes {
    fn open(twin: &LiveTwin) -> Result<Self, Failure> {
        let (view, viewport) = twin.view().ok_or("the twin has no camera")?;
        let mut at = Vec::new();
        for n in 0..COLUMNS * ROWS {
            let [east, north] = place_of(n);
            let px = view
                .project(&viewport, DVec3::new(east, north, 0.0))
                .filter(|projected| viewport.contains(projected.px))
                .ok_or_else(|| format!("probe {n} is not in the picture"))?
                .px;
            at.push(px.map(|part| part.round() as i64));
        }
        Ok(Self {
            seen: vec![Vec::new(); at.len()],
            at,
        })
    }

    /// Compares a picture with the one before, and notes the switches that it shows.
    fn compare(&mut self, picture: &Picture, probes: &Probes, watched: &mut Watched) {
        let mut under_way = probes.lock();
        for ((at, seen), sent) in self.at.iter().zip(&mut self.seen).zip(under_way.iter_mut()) {
            let patch = patch(picture, *at);
            match *sent {
                Some(since) if differs(seen, &patch) => {
                    watched.millis.push(since.elapsed().as_secs_f64() * 1_000.0);
                    *sent = None;
                    *seen = patch;
                }
                Some(since) if since.elapsed() > PATIENCE => {
                    watched.lost += 1;
                    *sent = None;
                    *seen = patch;
                }
                // What was there when the switch was sent stays the measure.
                Some(_) => {}
                None => *seen = patch,
            }
        }
    }
}

/// The pixels around one.
fn patch(picture: &Picture, [x, y]: [i64; 2]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for row in y - PATCH_PX..=y + PATCH_PX {
        for column in x - PATCH_PX..=x + PATCH_PX {
            let is_inside = (0..i64::from(picture.width)).contains(&column)
                && (0..i64::from(picture.height)).contains(&row);
            if !is_inside {
                continue;
            }
            let from = (row * i64::from(picture.width) + column) as usize * 4;
            bytes.extend_from_slice(picture.rgba.get(from..from + 3).unwrap_or_default());
        }
    }
    bytes
}

fn differs(before: &[u8], now: &[u8]) -> bool {
    let changed = before
        .iter()
        .zip(now)
        .filter(|(before, now)| before.abs_diff(**now) >= CHANGED_BY);
    changed.count() >= CHANGED_BYTES
}

/// Where the `n`th device stands, metres east and north.
fn place_of(n: u32) -> [f64; 2] {
    let middle = |count: u32| f64::from(count - 1) * 0.5;
    if n < COLUMNS * ROWS {
        let (column, row) = (n % COLUMNS, n / COLUMNS);
        return [
            (f64::from(column) - middle(COLUMNS)) * APART_M,
            (f64::from(row) - middle(ROWS)) * APART_M * 0.8,
        ];
    }
    let other = n - COLUMNS * ROWS;
    [
        (f64::from(other % 50) - 25.0) * 8.0,
        OTHERS_NORTH_M + f64::from(other / 50) * 8.0,
    ]
}

/// The deep insert of the `n`th device. The first ones are the probes.
fn device(n: u32) -> Value {
    let [east_m, north_m] = place_of(n);
    let place = LocalFrame::new(ORIGIN).geodetic_from_enu(Enu {
        east_m,
        north_m,
        up_m: 0.0,
    });
    json!({
        "name": format!("probe {n}"), "description": "probe", "properties": {"kind": "water_level"},
        "Locations": [{"name": "here", "description": "here", "encodingType": "application/geo+json",
            "location": {"type": "Point", "coordinates": [place.lon_deg, place.lat_deg]}}],
        "Datastreams": [{
            "name": "level", "description": "level",
            "observationType": "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",
            "unitOfMeasurement": {"name": "metre", "symbol": "m", "definition": "ucum:m"},
            // Nothing ages while this runs.
            "properties": {"period_s": 600, "limits": {"above_high": LIMIT}},
            "Sensor": {"@iot.id": 1}, "ObservedProperty": {"@iot.id": 1}
        }]
    })
}

/// A hub with a broker of its own.
pub(super) async fn open_hub(folder: &Path) -> Result<Hub, Failure> {
    let free = SocketAddr::from(([127, 0, 0, 1], 0));
    let settings = HubSettings {
        http: free,
        mqtt: Mqtt::BuiltIn(free),
        ..HubSettings::new(folder.join("hub"))
    };
    Ok(Hub::start(settings, Arc::new(MachineClock)).await?)
}

/// A desk that follows `hub`.
pub(super) async fn open_desk(cache: &Path, hub: &Hub) -> Result<Desk, Failure> {
    let settings = DeskSettings {
        cache: PathBuf::from(cache),
        hub: Some(HubAddress {
            http: hub.http_address.clone(),
            mqtt: None,
        }),
        city: None,
        mode: Mode::Desk,
        language: "en".into(),
        operator: "bench".into(),
        access: Access::default(),
        sources: Vec::new(),
        time: Arc::new(MachineClock),
    };
    Ok(Desk::open(settings, tokio::runtime::Handle::current()).await?)
}

/// Waits until the desk has so many devices, and the hub's messages come.
pub(super) fn wait_until_live(desk: &Desk, things: u32) -> Result<(), Failure> {
    let begun = instant();
    while begun.elapsed() < READY_WITHIN {
        let is_live = {
            let updates = desk.watch();
            let update = updates.borrow();
            update.things >= things && update.connection == ConnectionDto::Live
        };
        if is_live {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(100));
    }
    Err("the desk never had all devices".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probes_switch_in_turn_and_other_devices_fill_the_rest() {
        let probes = Arc::new(Probes::default());
        probes.may_switch.store(true, Ordering::Relaxed);
        let mut messages = Messages::new(Arc::clone(&probes), 120.0);
        let (mut switched, mut others) = (Vec::new(), 0);
        for n in 0..1_000 {
            let (mut topic, mut payload) = (String::new(), String::new());
            messages.write(n, &mut topic, &mut payload);
            let is_probe =
                (1..=48).any(|id| topic == format!("v1.1/Datastreams({id})/Observations"));
            if is_probe {
                switched.push(payload.contains(HIGH));
            } else {
                others += 1;
            }
        }
        assert_eq!((switched.len(), others), (100, 900));
        assert!(
            switched[..48].iter().all(|high| *high),
            "first beyond the limit"
        );
        assert!(switched[48..96].iter().all(|high| !*high), "then below it");
        assert!(probes.lock().iter().all(Option::is_some));
    }

    #[test]
    fn a_changed_pixel_is_noticed_and_its_switch_is_done() {
        let picture = |red: u8| Picture {
            width: 40,
            height: 40,
            rgba: [red, 0, 0, 255].repeat(1_600),
        };
        let probes = Probes::default();
        *probes.lock() = vec![None];
        let mut eyes = Eyes {
            at: vec![[20, 20]],
            seen: vec![Vec::new()],
        };
        let mut watched = Watched::default();
        eyes.compare(&picture(10), &probes, &mut watched);
        *probes.lock() = vec![Some(instant())];
        eyes.compare(&picture(12), &probes, &mut watched);
        assert!(watched.millis.is_empty(), "hardly another colour");
        eyes.compare(&picture(200), &probes, &mut watched);
        assert_eq!((watched.millis.len(), watched.lost), (1, 0));
        assert!(probes.lock().iter().all(Option::is_none));
    }

    #[test]
    fn probes_stand_apart_from_each_other_and_from_the_others() {
        for n in 1..COLUMNS * ROWS + OTHERS {
            let [east, north] = place_of(n);
            let [first_east, first_north] = place_of(0);
            let least_m = if n < COLUMNS * ROWS { 300.0 } else { 1_000.0 };
            assert!(
                (east - first_east).hypot(north - first_north) > least_m,
                "{n}"
            );
        }
    }
}
