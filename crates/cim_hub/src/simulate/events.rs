//! What happens in the simulated city: reports that come in, are handled and closed, at real places.

use super::SimulateSettings;
use super::cameras::looked_at;
use super::client::HubClient;
use super::places::{CityPlaces, Place};
use crate::error::SimulateError;
use crate::iso::{iso_from_millis, millis_from_iso};
use cim_model::{TimeSource, UtcMillis};
use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How often is looked whether something happens.
const TICK: Duration = Duration::from_secs(1);
/// Places that are drawn once, and used in turn.
const PLACES: usize = 400;
/// Open events at the same time; beyond it nothing new happens until some are closed.
const MAX_OPEN: usize = 300;
/// Events of the past hours that a new city begins with.
const PAST_EVENTS: usize = 14;
/// Identities of simulated events begin with this.
const MARK: &str = "sim-";

/// A category: word on the wire, title, share, and how many of 100 are of level I, II and III; the rest is IV.
struct Category {
    word: &'static str,
    title: &'static str,
    detail: &'static str,
    share: u32,
    levels: [u32; 3],
}

static CATEGORIES: [Category; 11] = [
    Category {
        word: "exposed_garbage",
        title: "暴露垃圾",
        detail: "路边堆放垃圾，影响通行。",
        share: 18,
        levels: [0, 0, 5],
    },
    Category {
        word: "street_vending",
        title: "占道经营",
        detail: "占用人行道经营。",
        share: 15,
        levels: [0, 0, 8],
    },
    Category {
        word: "road_damage",
        title: "道路破损",
        detail: "路面坑洼，有车辆避让。",
        share: 13,
        levels: [0, 3, 30],
    },
    Category {
        word: "muck",
        title: "积存渣土",
        detail: "施工渣土未及时清运。",
        share: 9,
        levels: [0, 0, 15],
    },
    Category {
        word: "illegal_sign",
        title: "违规标牌",
        detail: "标牌未经许可，存在松动。",
        share: 8,
        levels: [0, 0, 10],
    },
    Category {
        word: "street_light",
        title: "路灯损坏",
        detail: "夜间照明缺失。",
        share: 9,
        levels: [0, 0, 15],
    },
    Category {
        word: "road_flooding",
        title: "道路积水",
        detail: "低洼处积水，行人绕行。",
        share: 8,
        levels: [1, 12, 47],
    },
    Category {
        word: "missing_cover",
        title: "井盖缺失",
        detail: "井盖缺失，已设临时围挡。",
        share: 7,
        levels: [0, 15, 70],
    },
    Category {
        word: "facility_damage",
        title: "设施破损",
        detail: "公共设施损坏，需维修。",
        share: 7,
        levels: [0, 2, 25],
    },
    Category {
        word: "traffic_jam",
        title: "交通拥堵",
        detail: "车流缓慢，排队较长。",
        share: 4,
        levels: [0, 5, 45],
    },
    Category {
        word: UNSEEN,
        title: "燃气泄漏",
        detail: "现场有异味，已通知燃气公司。",
        share: 2,
        levels: [12, 58, 30],
    },
];

static SOURCES: [(&str, u32); 4] = [
    ("hotline", 35),
    (ON_FOOT, 30),
    (BY_CAMERA, 25),
    ("sensor", 10),
];
/// Whoever goes through the streets.
const ON_FOOT: &str = "grid_worker";
/// Whoever looks through cameras.
const BY_CAMERA: &str = "video";
/// What no camera sees.
const UNSEEN: &str = "gas_leak";

/// Where something may happen.
pub(crate) struct Stage {
    /// Anywhere along streets.
    streets: Vec<Place>,
    /// In front of cameras.
    seen: Vec<Place>,
}

impl Stage {
    /// The city's streets, and what its cameras look at.
    pub(crate) fn new(settings: &SimulateSettings, city: &CityPlaces, cameras: &[Value]) -> Self {
        Self {
            streets: city.for_events(PLACES, settings.seed),
            seen: cameras.iter().filter_map(looked_at).collect(),
        }
    }
}

/// An event that is not closed.
struct Open {
    id: String,
    next: &'static str,
    at: UtcMillis,
}

/// Lets things happen until stopped. A hub that doesn't answer is logged; the city goes on.
pub(crate) async fn happen(
    hub: &HubClient,
    settings: &SimulateSettings,
    stage: &Stage,
    time: Arc<dyn TimeSource>,
    mut stop: watch::Receiver<bool>,
) {
    if settings.events_per_hour <= 0.0 {
        return;
    }
    let start = time.now();
    let mut rng = Pcg64Mcg::seed_from_u64(settings.seed ^ start.0.cast_unsigned());
    let mut open = match left_open(hub, start, &mut rng).await {
        Ok(Some(open)) => open,
        Ok(None) => begin_with_past(hub, stage, start, &mut rng).await,
        Err(err) => {
            tracing::warn!(
                error = &err as &dyn std::error::Error,
                "the events of an earlier run are not known"
            );
            Vec::new()
        }
    };
    let gap_s = 3600.0 / settings.events_per_hour;
    let mut next_event = start.plus_seconds(gap_s * rng.random_range(0.2..1.0));
    loop {
        tokio::select! {
            () = tokio::time::sleep(TICK) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        let now = time.now();
        let mut changes = advanced(&mut open, now, &mut rng);
        if now >= next_event && open.len() < MAX_OPEN {
            next_event = now.plus_seconds(gap_s * rng.random_range(0.4..1.6));
            if let Some(event) = event(stage, now, "reported", &mut rng) {
                open.push(Open {
                    id: id_of(&event),
                    next: "handling",
                    at: now.plus_seconds(rng.random_range(90.0..300.0)),
                });
                changes.push(event);
            }
        }
        if !changes.is_empty() {
            send(hub, changes).await;
        }
    }
}

/// Events whose time has come, one step further.
fn advanced(open: &mut Vec<Open>, now: UtcMillis, rng: &mut Pcg64Mcg) -> Vec<Value> {
    let mut changes = Vec::new();
    for event in open.iter_mut().filter(|event| event.at <= now) {
        changes.push(json!({"id": event.id, "status": event.next}));
        if event.next == "handling" {
            event.next = "closed";
            event.at = now.plus_seconds(rng.random_range(360.0..1200.0));
        } else {
            event.next = "";
        }
    }
    open.retain(|event| !event.next.is_empty());
    changes
}

async fn send(hub: &HubClient, events: Vec<Value>) {
    if let Err(err) = hub
        .post("/api/events", &json!({"items": events}), "events")
        .await
    {
        tracing::warn!(
            error = &err as &dyn std::error::Error,
            "events are not told"
        );
    }
}

/// Simulated events that an earlier run left open; nothing when there was no earlier run.
async fn left_open(
    hub: &HubClient,
    now: UtcMillis,
    rng: &mut Pcg64Mcg,
) -> Result<Option<Vec<Open>>, SimulateError> {
    let mut cursor = 0;
    let mut any = false;
    let mut open = Vec::new();
    loop {
        let page = hub
            .get(
                &format!("/api/events?since={cursor}"),
                "a question about events",
            )
            .await?;
        let items = page
            .get("items")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        if items.is_empty() {
            return Ok(any.then_some(open));
        }
        for item in &items {
            let id = id_of(item);
            if !id.starts_with(MARK) {
                continue;
            }
            any = true;
            let next = match item.get("status").and_then(Value::as_str) {
                Some("reported") => "handling",
                Some("handling") => "closed",
                _ => continue,
            };
            if open.len() < MAX_OPEN {
                open.push(Open {
                    id,
                    next,
                    at: now.plus_seconds(rng.random_range(30.0..600.0)),
                });
            }
        }
        let next = page.get("cursor").and_then(Value::as_i64).unwrap_or(cursor);
        if next <= cursor {
            return Ok(any.then_some(open));
        }
        cursor = next;
    }
}

/// A city that nothing has happened in yet begins with some events of the past hours, the latest still open.
async fn begin_with_past(
    hub: &HubClient,
    stage: &Stage,
    now: UtcMillis,
    rng: &mut Pcg64Mcg,
) -> Vec<Open> {
    let mut events = Vec::new();
    let mut open = Vec::new();
    for n in 0..PAST_EVENTS {
        let hours = (n as f64 + rng.random_range(0.05..0.9)) * 20.0 / PAST_EVENTS as f64;
        let (status, next) = match n {
            0 => ("reported", "handling"),
            1..=3 => ("handling", "closed"),
            _ => ("closed", ""),
        };
        if let Some(event) = event(stage, now.plus_seconds(-3600.0 * hours), status, rng) {
            if !next.is_empty() {
                open.push(Open {
                    id: id_of(&event),
                    next,
                    at: now.plus_seconds(rng.random_range(60.0..900.0)),
                });
            }
            events.push(event);
        }
    }
    // Oldest first: the hub learns of them in the order in which they happened.
    events.sort_by_key(|event| {
        event
            .get("happened_at")
            .and_then(Value::as_str)
            .and_then(millis_from_iso)
    });
    send(hub, events).await;
    open
}

fn event(stage: &Stage, moment: UtcMillis, status: &str, rng: &mut Pcg64Mcg) -> Option<Value> {
    let total: u32 = CATEGORIES.iter().map(|category| category.share).sum();
    let category = picked(
        CATEGORIES.iter().map(|category| (category, category.share)),
        rng.random_range(0..total),
    )?;
    let [i, ii, iii] = category.levels;
    let level = picked(
        [("I", i), ("II", ii), ("III", iii), ("IV", 100)].into_iter(),
        rng.random_range(0..100),
    )?;
    let mut source = picked(SOURCES.iter().copied(), rng.random_range(0..100))?;
    let mut places = &stage.streets;
    if source == BY_CAMERA {
        if category.word == UNSEEN || stage.seen.is_empty() {
            source = ON_FOOT;
        } else {
            places = &stage.seen;
        }
    }
    if places.is_empty() {
        return None;
    }
    let place = places.get(rng.random_range(0..places.len()))?;
    Some(json!({
        "id": format!("{MARK}{}-{:04}", moment.0, rng.random_range(0..10_000)),
        "title": format!("{} {}", place.street, category.title),
        "description": format!("{}附近：{}", place.street, category.detail),
        "category": category.word,
        "level": level,
        "status": status,
        "lon": place.lon,
        "lat": place.lat,
        "happened_at": iso_from_millis(moment),
        "source": source
    }))
}

/// The item into whose share `drawn` falls.
fn picked<T>(items: impl Iterator<Item = (T, u32)>, drawn: u32) -> Option<T> {
    let mut passed = 0;
    for (item, share) in items {
        passed += share;
        if drawn < passed {
            return Some(item);
        }
    }
    None
}

fn id_of(event: &Value) -> String {
    event
        .get("id")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        Place {
            lon: 121.5,
            lat: 31.2,
            height_m: 0.0,
            street: "中山路".to_owned(),
            azimuth_deg: 0.0,
            feature: "w1".to_owned(),
        }
    }

    #[test]
    fn most_events_are_ordinary_and_the_gravest_are_rare() {
        let mut rng = Pcg64Mcg::seed_from_u64(1);
        let stage = Stage {
            streets: vec![place()],
            seen: Vec::new(),
        };
        let mut counts = std::collections::BTreeMap::new();
        for n in 0..3000 {
            let event = event(&stage, UtcMillis(n), "reported", &mut rng).expect("an event");
            let level = event["level"].as_str().expect("a level").to_owned();
            *counts.entry(level).or_insert(0) += 1;
        }
        let of = |level: &str| counts.get(level).copied().unwrap_or(0);
        assert!(
            of("IV") > of("III") && of("III") > of("II") && of("II") > of("I"),
            "{counts:?}"
        );
        assert!(of("I") > 0 && of("I") < 60, "{counts:?}");
    }

    #[test]
    fn what_is_seen_on_video_happens_in_front_of_a_camera() {
        let mut rng = Pcg64Mcg::seed_from_u64(1);
        let mut stage = Stage {
            streets: vec![place()],
            seen: vec![Place {
                lon: 121.6,
                street: "云湖路".to_owned(),
                ..place()
            }],
        };
        let mut by_camera = 0;
        for n in 0..1000 {
            let event = event(&stage, UtcMillis(n), "reported", &mut rng).expect("an event");
            let is_by_camera = event["source"] == BY_CAMERA;
            let lon = if is_by_camera { 121.6 } else { 121.5 };
            assert_eq!(event["lon"], lon, "{event}");
            assert!(!is_by_camera || event["category"] != UNSEEN, "{event}");
            by_camera += u32::from(is_by_camera);
        }
        assert!((150..350).contains(&by_camera), "{by_camera}");
        stage.seen.clear();
        for n in 0..100 {
            let event = event(&stage, UtcMillis(n), "reported", &mut rng).expect("an event");
            assert_ne!(event["source"], BY_CAMERA, "{event}");
        }
    }

    #[test]
    fn an_event_is_reported_then_handled_then_closed() {
        let mut rng = Pcg64Mcg::seed_from_u64(1);
        let mut open = vec![Open {
            id: "sim-1".to_owned(),
            next: "handling",
            at: UtcMillis(0),
        }];
        let statuses: Vec<Value> = (0..3)
            .flat_map(|n| advanced(&mut open, UtcMillis(n * 10_000_000), &mut rng))
            .map(|change| change["status"].clone())
            .collect();
        assert_eq!(statuses, [json!("handling"), json!("closed")]);
        assert!(open.is_empty());
    }
}
