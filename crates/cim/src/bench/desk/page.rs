//! An event's page with everything around it, with twenty thousand cases at the desk: clocks, moves, what it is like, cameras and
//! people near it. Until it is ready for the window, as JSON.
//!
//! The cases are made up from a seed as a month of reports, all over a city of devices and cameras; of some a part was done here.

use super::{DeskBench, MEASURE, room::in_folder};
use crate::{
    Failure,
    bench::{at_most, figure::Figure, quantile},
    dice::Dice,
    host::{MachineClock, end_progress, instant, progress, runtime},
};
use cim_app::{
    Desk, DeskSettings,
    wire::{CaseActDto, CaseQueryDto, Mode},
};
use cim_geo::Geodetic;
use cim_model::{
    Camera, CameraId, CameraStatus, Datastream, DatastreamId, Event, EventId, EventLevel,
    EventStatus, Limits, SensorKind, Standing, Thing, ThingId, TimeSource, UtcMillis,
};
use cim_sync::{Update, access::Access};
use serde_json::json;
use std::{path::Path, sync::Arc};

const CASES: u32 = 20_000;
const DEVICES: u32 = 2_000;
const CAMERAS: u32 = 500;
/// Events come to the desk in pages of so many.
const PAGE: u32 = 500;
/// Cases that something was done to here, and pages that are opened.
const ACTED: u32 = 500;
const OPENED: u32 = 400;
/// Rows of the board that are seen without scrolling.
const ROWS: u32 = 50;
const DAYS_MS: u64 = 30 * 86_400_000;
const SEED: u64 = 11;
const MUST_MS: f64 = 200.0;
const GOAL_MS: f64 = 80.0;

const CATEGORIES: [&str; 6] = [
    "road_damage",
    "gas_leak",
    "road_flooding",
    "facility_damage",
    "traffic_jam",
    "other",
];
const TITLES: [&str; 6] = [
    "路面塌陷",
    "闻到燃气味",
    "道路积水",
    "井盖缺失",
    "路口拥堵",
    "群众反映噪声",
];
const LEVELS: [EventLevel; 4] = [
    EventLevel::IV,
    EventLevel::III,
    EventLevel::II,
    EventLevel::I,
];

/// What was measured.
#[derive(Default)]
struct Opened {
    pages_ms: Vec<f64>,
    boards_ms: Vec<f64>,
    acted: u32,
    total: u32,
    most_bytes: usize,
}

pub(super) fn of_event_pages(bench: &DeskBench) -> Result<Vec<Figure>, Failure> {
    let cases = bench.many(CASES);
    let opened = in_folder("page", |folder| runtime()?.block_on(measure(folder, cases)));
    end_progress();
    figures(cases, opened?)
}

async fn measure(folder: &Path, cases: u32) -> Result<Opened, Failure> {
    let desk = open_desk(folder).await?;
    desk.apply(city()).await;
    let now = MachineClock.now();
    for first in (0..cases).step_by(PAGE as usize) {
        progress(&format!("{first} cases"));
        let page = first..(first + PAGE).min(cases);
        let events = page.map(|number| event(number, now)).collect();
        desk.apply(Update::Events(events)).await;
    }
    desk.refresh().await;
    let mut opened = Opened::default();
    let mut dice = Dice::new(SEED);
    let some = |dice: &mut Dice| name_of(dice.below(u64::from(cases)) as u32);
    let mut known: Vec<String> = Vec::new();
    for _ in 0..ACTED.min(cases / 4) {
        let id = some(&mut dice);
        // What is closed already refuses, and stays as it is.
        let register = CaseActDto::Register {
            category: String::new(),
        };
        if desk.act_on_case(&id, &register).await.is_ok() {
            opened.acted += 1;
            known.push(id);
        }
    }
    for number in 0..OPENED {
        progress(&format!("page {number} of {OPENED}"));
        // Every other one has steps of its own.
        let acted = known
            .get(number as usize / 2)
            .filter(|_| number.is_multiple_of(2));
        let id = acted.cloned().unwrap_or_else(|| some(&mut dice));
        let begun = instant();
        let page = desk.case(&id).await?;
        let bytes = serde_json::to_vec(&page)?.len();
        opened.pages_ms.push(begun.elapsed().as_secs_f64() * 1e3);
        opened.most_bytes = opened.most_bytes.max(bytes);
        let begun = instant();
        let board = desk.cases(&CaseQueryDto {
            count: ROWS,
            ..CaseQueryDto::default()
        });
        serde_json::to_vec(&board)?;
        opened.boards_ms.push(begun.elapsed().as_secs_f64() * 1e3);
        opened.total = board.by_step.iter().sum();
    }
    desk.close().await;
    Ok(opened)
}

fn figures(cases: u32, mut opened: Opened) -> Result<Vec<Figure>, Failure> {
    if opened.pages_ms.is_empty() || opened.acted == 0 {
        return Err("no case was acted on and opened".into());
    }
    opened.pages_ms.sort_by(f64::total_cmp);
    opened.boards_ms.sort_by(f64::total_cmp);
    let mut page = at_most(
        MEASURE,
        format!("an event's page among {cases} cases, p99"),
        quantile(&opened.pages_ms, 0.99),
        MUST_MS,
        GOAL_MS,
    );
    page.unit = "ms";
    page.notes = vec![
        ("p50_ms", json!(quantile(&opened.pages_ms, 0.5))),
        ("most_ms", json!(quantile(&opened.pages_ms, 1.0))),
        ("opened", json!(opened.pages_ms.len())),
        ("acted_on", json!(opened.acted)),
        ("most_bytes", json!(opened.most_bytes)),
    ];
    let board = Figure {
        measure: MEASURE,
        name: format!("{ROWS} rows of the event board, p99"),
        value: quantile(&opened.boards_ms, 0.99),
        unit: "ms",
        notes: vec![
            ("p50_ms", json!(quantile(&opened.boards_ms, 0.5))),
            ("open", json!(opened.total)),
        ],
        ..Figure::default()
    };
    Ok(vec![page, board])
}

async fn open_desk(folder: &Path) -> Result<Desk, Failure> {
    let settings = DeskSettings {
        cache: folder.join("cache"),
        hub: None,
        city: None,
        mode: Mode::Desk,
        language: "zh-CN".into(),
        operator: "bench".into(),
        access: Access::default(),
        sources: Vec::new(),
        time: Arc::new(MachineClock),
    };
    Ok(Desk::open(settings, tokio::runtime::Handle::current()).await?)
}

fn name_of(number: u32) -> String {
    format!("case-{number}")
}

/// A place of the city: anything that is made up has a stream of its own.
fn place(stream: u64, number: u32) -> Geodetic {
    let mut dice = Dice::at(SEED + stream, u64::from(number));
    let mut degrees = || dice.below(120_000) as f64 / 1e6;
    Geodetic {
        lon_deg: 117.1 + degrees(),
        lat_deg: 34.2 + degrees(),
        height_m: 0.0,
    }
}

/// The `number`th report of the month before `now`; six of ten are over.
fn event(number: u32, now: UtcMillis) -> Event {
    let mut dice = Dice::at(SEED, u64::from(number));
    let kind = dice.below(CATEGORIES.len() as u64) as usize;
    let level = dice.below(LEVELS.len() as u64) as usize;
    let status = match dice.below(10) {
        0..6 => EventStatus::Closed,
        6..8 => EventStatus::Handling,
        _ => EventStatus::Reported,
    };
    let at = UtcMillis(now.0 - dice.below(DAYS_MS) as i64);
    let title = TITLES.get(kind).copied().unwrap_or_default();
    Event {
        id: EventId::new(name_of(number)),
        title: format!("{title} {}", dice.below(400)),
        description: format!("解放南路{}号附近，{title}，请尽快处置。", dice.below(2_000)),
        category: CATEGORIES.get(kind).copied().unwrap_or_default().to_owned(),
        level: LEVELS.get(level).copied().unwrap_or_default(),
        status,
        position: place(1, number),
        happened_at: at,
        known_at: at,
        source: "hotline".to_owned(),
        standing: Standing::Actual,
    }
}

/// Devices and cameras around the cases; one device in twenty drives.
fn city() -> Update {
    let (things, datastreams) = (0..DEVICES).map(device).unzip();
    let camera = |number: u32| Camera {
        id: CameraId::new(format!("camera-{number}")),
        name: format!("解放南路球机{number}"),
        position: place(3, number),
        azimuth_deg: f64::from(number % 360),
        tilt_deg: 15.0,
        fov_deg: 60.0,
        range_m: 120.0,
        status: CameraStatus::On,
        category: 1,
        clips: Vec::new(),
    };
    Update::Catalogue {
        things,
        datastreams,
        cameras: (0..CAMERAS).map(camera).collect(),
    }
}

fn device(number: u32) -> (Thing, Datastream) {
    let id = number.to_string();
    let properties = if number.is_multiple_of(20) {
        vec![("moves".to_owned(), "vehicle".to_owned())]
    } else {
        Vec::new()
    };
    let thing = Thing {
        id: ThingId::new(&id),
        name: format!("设备{number}"),
        description: String::new(),
        kind: SensorKind::Gas,
        position: place(2, number),
        properties,
    };
    let datastream = Datastream {
        id: DatastreamId::new(&id),
        thing: thing.id.clone(),
        name: "甲烷浓度".into(),
        observed_property: "甲烷浓度".into(),
        unit: "%LEL".into(),
        period_s: 60.0,
        limits: Limits::default(),
    };
    (thing, datastream)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_are_of_every_kind_within_a_month_and_the_same_each_time() {
        let now = UtcMillis(1_772_409_600_000);
        let events: Vec<Event> = (0..400).map(|number| event(number, now)).collect();
        let is_there = |category: &&str| events.iter().any(|event| event.category == *category);
        assert!(CATEGORIES.iter().all(is_there));
        let open = events
            .iter()
            .filter(|event| event.status != EventStatus::Closed);
        assert!((80..240).contains(&open.count()));
        assert!(events.iter().all(|event| event.happened_at <= now));
        assert_eq!(events.first(), Some(&event(0, now)));
    }

    #[test]
    fn a_slow_page_does_not_hold() {
        let opened = |ms: f64| Opened {
            pages_ms: vec![ms],
            boards_ms: vec![1.0],
            acted: 1,
            ..Opened::default()
        };
        let holds = |ms: f64| -> bool {
            let told = figures(20_000, opened(ms)).expect("figures");
            told.iter().all(Figure::holds)
        };
        assert!(holds(150.0) && !holds(250.0));
        assert!(figures(20_000, Opened::default()).is_err());
    }
}
