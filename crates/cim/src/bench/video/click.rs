//! From a click on an event to the first picture of a camera that sees it: a desk over the model district that follows a hub, a
//! helper that decodes the hub's test pictures. No two clicks meet the same stream.

use super::{MEASURE, VideoBench, ms_since, notes, town};
use crate::{
    Failure,
    bench::{at_most, figure::Figure, latency::open_hub, quantile},
    host::{MachineClock, end_progress, instant, progress, runtime},
    video::{
        cameras::{self, CityCamera},
        check, door, helper,
        sitting::wait_for_obstacles,
    },
};
use cim_app::{
    Desk, DeskSettings,
    wire::{Mode, MosaicForDto, SightTargetDto, ViewDraftDto},
};
use cim_geo::{Enu, Geodetic, LocalFrame};
use cim_hub::Hub;
use cim_model::{Event, EventId, EventLevel, EventStatus, Standing, TimeSource, UtcMillis};
use cim_sync::{HubAddress, Update, access::Access};
use serde_json::json;
use std::{path::Path, sync::Arc, time::Duration};

/// Clicks that count; one before them counts for nothing.
const CLICKS: usize = 20;
const QUICK_CLICKS: usize = 5;
/// An event is so far ahead of a camera, metres.
const AHEAD_M: f64 = 25.0;
/// Between two clicks, so that the hub's streams of earlier ones end.
const PAUSE: Duration = Duration::from_millis(700);
/// A desk has all cameras by then.
const READY_WITHIN: Duration = Duration::from_mins(2);
/// A picture is there by then.
const PATIENCE: Duration = Duration::from_secs(15);
/// The number that a frame's header begins with.
const MAGIC: u32 = 0x3146_5643;
/// The header's length, bytes.
const HEADER: usize = 32;
const WIDTH: u32 = 768;
const FPS: u32 = 12;
const MUST_MS: f64 = 1_500.0;
const GOAL_MS: f64 = 500.0;

/// How long a click took, milliseconds from its beginning.
#[expect(clippy::struct_field_names, reason = "each says its unit")]
struct Clicked {
    /// The camera is known.
    known_ms: f64,
    /// The view is open.
    opened_ms: f64,
    /// The picture is there.
    shown_ms: f64,
}

pub(super) fn of_first_pictures(bench: &VideoBench) -> Result<Vec<Figure>, Failure> {
    let (city, _) = town::city(bench)?;
    let clicks = if bench.is_quick { QUICK_CLICKS } else { CLICKS };
    let clicked = bench.in_folder("click", |folder| measure(&city, folder, clicks));
    end_progress();
    figures(&clicked?)
}

fn measure(city: &Path, folder: &Path, clicks: usize) -> Result<Vec<Clicked>, Failure> {
    // The hub and its cameras are other machines' work: their tasks have threads of their own.
    let (elsewhere, runtime) = (runtime()?, runtime()?);
    let cameras = cameras::read(city)?;
    let hub = elsewhere.block_on(open_hub(folder))?;
    let items: Vec<_> = cameras.iter().map(|camera| camera.item.clone()).collect();
    let clicked = door::tell_cameras(&hub.http_address, &items).and_then(|()| {
        runtime.block_on(async {
            let desk = open_desk(city, folder, &hub).await?;
            let clicked = at_desk(&desk, &cameras, clicks).await;
            desk.close().await;
            clicked
        })
    });
    elsewhere.block_on(hub.stop());
    clicked
}

async fn open_desk(city: &Path, folder: &Path, hub: &Hub) -> Result<Desk, Failure> {
    let settings = DeskSettings {
        cache: folder.join("cache"),
        hub: Some(HubAddress {
            http: hub.http_address.clone(),
            mqtt: None,
        }),
        city: Some(city.to_owned()),
        mode: Mode::Desk,
        language: "zh-CN".into(),
        operator: "bench".into(),
        access: Access::default(),
        sources: Vec::new(),
        time: Arc::new(MachineClock),
    };
    Ok(Desk::open(settings, tokio::runtime::Handle::current()).await?)
}

async fn at_desk(
    desk: &Desk,
    cameras: &[CityCamera],
    clicks: usize,
) -> Result<Vec<Clicked>, Failure> {
    desk.set_video_helper(helper(None)?);
    progress("the desk takes up the cameras");
    wait_for_cameras(desk, cameras.len()).await?;
    wait_for_obstacles(desk).await?;
    let events = events(desk, cameras, clicks + 1).await?;
    let ids: Vec<EventId> = events.iter().map(|event| event.id.clone()).collect();
    desk.apply(Update::Events(events)).await;
    desk.refresh().await;
    let mut clicked = Vec::new();
    for (number, id) in ids.iter().enumerate() {
        progress(&format!("click {number} of {clicks}"));
        clicked.push(click(desk, id).await?);
        tokio::time::sleep(PAUSE).await;
    }
    // The first one waits for what comes first in a program's life.
    clicked.remove(0);
    Ok(clicked)
}

async fn wait_for_cameras(desk: &Desk, count: usize) -> Result<(), Failure> {
    let begun = instant();
    while begun.elapsed() < READY_WITHIN {
        if desk.video_board().channels as usize >= count {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let channels = desk.video_board().channels;
    Err(format!("the desk has {channels} of {count} cameras").into())
}

/// So many events, each before another camera and seen by at least one.
async fn events(desk: &Desk, cameras: &[CityCamera], count: usize) -> Result<Vec<Event>, Failure> {
    let now = MachineClock.now();
    let mut events = Vec::new();
    // Spread over the city: cameras that follow one another in the file stand side by side.
    let apart = (cameras.len() / (4 * count).max(1)).max(1);
    for camera in cameras.iter().step_by(apart) {
        if events.len() == count {
            break;
        }
        let place = ahead_of(camera);
        let target = SightTargetDto::Point {
            lon: place.lon_deg,
            lat: place.lat_deg,
            height_m: None,
            is_absolute: false,
        };
        let sights = desk.who_sees(&target).await?;
        check(sights.refused.as_ref())?;
        let is_seen = sights
            .rows
            .iter()
            .any(|sight| sight.is_clear && sight.can_look);
        if is_seen {
            events.push(event(events.len(), place, now));
        }
    }
    if events.len() < count {
        return Err(format!(
            "only {} of {count} places are seen by a camera",
            events.len()
        )
        .into());
    }
    Ok(events)
}

/// The place on the ground in the middle of what a camera sees near it.
fn ahead_of(camera: &CityCamera) -> Geodetic {
    let foot = Geodetic {
        height_m: 0.0,
        ..camera.camera.position
    };
    let (east, north) = camera.camera.azimuth_deg.to_radians().sin_cos();
    let at = Enu::new(AHEAD_M * east, AHEAD_M * north, 0.0);
    Geodetic {
        height_m: 0.0,
        ..LocalFrame::new(foot).geodetic_from_enu(at)
    }
}

fn event(number: usize, position: Geodetic, now: UtcMillis) -> Event {
    Event {
        id: EventId::new(format!("click-{number}")),
        title: "群众求助".to_owned(),
        description: String::new(),
        category: "other".to_owned(),
        level: EventLevel::III,
        status: EventStatus::Reported,
        position,
        happened_at: now,
        known_at: now,
        source: "hotline".to_owned(),
        standing: Standing::Actual,
    }
}

/// Asks who sees an event, opens the best camera that may be looked at, and waits for its first picture.
async fn click(desk: &Desk, event: &EventId) -> Result<Clicked, Failure> {
    let begun = instant();
    let mosaic = desk
        .mosaic_for(&MosaicForDto {
            target: SightTargetDto::Event {
                id: event.to_string(),
            },
            size: 1,
            is_allowed_only: true,
        })
        .await?;
    check(mosaic.refused.as_ref())?;
    let cell = mosaic.cells.first().ok_or("no camera sees the event")?;
    let known_ms = ms_since(begun);
    let opened = desk
        .open_view(&ViewDraftDto {
            camera: cell.camera.clone(),
            at: None,
            width: WIDTH,
            fps: FPS,
            purpose: "event".to_owned(),
        })
        .await?;
    check(opened.refused.as_ref())?;
    let view = opened.view.ok_or("the view has no number")?;
    let opened_ms = ms_since(begun);
    while begun.elapsed() < PATIENCE {
        let bytes = desk.view_frame(view, 0).await;
        if has_picture(&bytes) {
            let shown_ms = ms_since(begun);
            desk.close_view(view).await?;
            return Ok(Clicked {
                known_ms,
                opened_ms,
                shown_ms,
            });
        }
    }
    let states = desk.video_views();
    let state = states.iter().find(|state| state.view == view);
    let why = state.map(|state| format!("{:?} {}", state.state, state.why));
    Err(format!("no picture came: {}", why.unwrap_or_default()).into())
}

/// True when a frame's bytes have a whole JPEG behind their header.
fn has_picture(bytes: &[u8]) -> bool {
    let number = |at: usize| {
        let four = bytes.get(at..at + 4)?;
        Some(u32::from_le_bytes(four.try_into().ok()?))
    };
    let length = number(28).unwrap_or_default() as usize;
    number(0) == Some(MAGIC)
        && length > 0
        && bytes.len() == HEADER + length
        && bytes
            .get(HEADER..HEADER + 2)
            .is_some_and(|two| two == [0xff, 0xd8])
}

fn figures(clicked: &[Clicked]) -> Result<Vec<Figure>, Failure> {
    if clicked.is_empty() {
        return Err("nothing was clicked".into());
    }
    let times = |of: fn(&Clicked) -> f64| {
        let mut times: Vec<f64> = clicked.iter().map(of).collect();
        times.sort_by(f64::total_cmp);
        times
    };
    let shown = times(|clicked| clicked.shown_ms);
    let mut figure = at_most(
        MEASURE,
        "click on an event to the first picture, p99".to_owned(),
        quantile(&shown, 0.99),
        MUST_MS,
        GOAL_MS,
    );
    figure.unit = "ms";
    figure.notes = notes(&shown);
    let known = times(|clicked| clicked.known_ms);
    let opened = times(|clicked| clicked.opened_ms);
    figure.notes.extend([
        ("known_p50_ms", json!(quantile(&known, 0.5))),
        ("opened_p50_ms", json!(quantile(&opened, 0.5))),
    ]);
    Ok(vec![figure])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(jpeg: &[u8]) -> Vec<u8> {
        let mut bytes = MAGIC.to_le_bytes().to_vec();
        bytes.resize(28, 0);
        bytes.extend((jpeg.len() as u32).to_le_bytes());
        bytes.extend(jpeg);
        bytes
    }

    #[test]
    fn only_a_whole_jpeg_is_a_picture() {
        assert!(has_picture(&frame(&[0xff, 0xd8, 0xff, 0xd9])));
        assert!(!has_picture(&frame(&[])));
        assert!(!has_picture(&frame(b"PNG?")));
        assert!(!has_picture(&[]));
        let mut cut = frame(&[0xff, 0xd8, 0xff, 0xd9]);
        cut.pop();
        assert!(!has_picture(&cut));
    }

    #[test]
    fn a_slow_click_does_not_hold() {
        let clicked = |shown_ms: f64| Clicked {
            known_ms: 5.0,
            opened_ms: 20.0,
            shown_ms,
        };
        let holds = |slowest: f64| {
            let told = figures(&[clicked(200.0), clicked(slowest)]).expect("figures");
            told.iter().all(Figure::holds)
        };
        assert!(holds(900.0) && !holds(1_600.0));
        assert!(figures(&[]).is_err());
    }
}
