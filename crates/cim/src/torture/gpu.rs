//! `cim torture gpu`: the graphics device is lost again and again while lists and alarms go on.
//!
//! After each loss the twin must draw the same picture as before, without a restart, and whatever was reported meanwhile must
//! be in it; a desk beside it must have raised every alarm.

use super::Outcome;
use crate::{
    Failure,
    host::{MachineClock, end_progress, instant, progress, runtime, say},
    live::{LiveTwin, Things, layer},
};
use cim_app::{Desk, DeskSettings, wire::Mode};
use cim_geo::Geodetic;
use cim_layers::{PointChange, layer::Gathering};
use cim_model::{
    Datastream, DatastreamId, Limits, Observation, Quality, SensorKind, Thing, ThingId, TimeSource,
};
use cim_render::TwinMessage;
use cim_scene::TwinCommand;
use cim_sync::{Update, access::Access};
use cim_viewport::Picture;
use clap::Args;
use serde_json::json;
use std::{path::Path, sync::Arc, time::Duration};
use tokio::runtime::Runtime;

/// The layers of the picture.
const DOTS: u16 = 0;
const SYMBOLS: u16 = 2;
const DOT_PX: f32 = 3.0;
const SYMBOL_PX: f32 = 22.0;
const CELL_PX: f32 = 40.0;
/// Frames while the device is away, with reports in each.
const FRAMES_AWAY: u64 = 3;
/// Reports of each frame.
const REPORTS: usize = 500;
/// A picture that is not back after so long is lost.
const BACK_WITHIN: Duration = Duration::from_mins(1);
/// Longer than this is too slow.
const SLOW_AFTER: Duration = Duration::from_secs(10);
/// A value beyond every device's limit.
const BEYOND: f64 = 31.0;
const LIMIT: f64 = 25.0;

/// How many losses, and over what.
#[derive(Debug, Args)]
pub(super) struct GpuTrials {
    /// Lose the device so many times.
    #[arg(long, value_name = "N", default_value_t = 20)]
    times: u32,
    /// Things in the picture.
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    things: u32,
    /// Size of the picture.
    #[arg(long, value_name = "WxH", default_value = "1280x720", value_parser = crate::host::size)]
    size: (u32, u32),
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

impl GpuTrials {
    /// True when every picture came back whole and no alarm was missed.
    pub(super) fn run(&self) -> Result<bool, Failure> {
        if self.times == 0 || self.things == 0 {
            return Err("at least one loss and one thing".into());
        }
        let runtime = runtime()?;
        let folder = std::env::temp_dir().join(format!("cim-torture-gpu-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let desk = runtime.block_on(open_desk(&folder, self.times))?;
        let outcome = self.lose(&runtime, &desk);
        runtime.block_on(desk.close());
        std::fs::remove_dir_all(&folder).ok();
        end_progress();
        let outcome = outcome?;
        outcome.tell("gpu", self.json);
        Ok(outcome.holds())
    }

    fn lose(&self, runtime: &Runtime, desk: &Desk) -> Result<Outcome, Failure> {
        let things = Things {
            count: self.things,
            seed: 6,
        };
        let mut twin = self.room(things)?;
        let before = twin.picture()?;
        let mut outcome = Outcome::default();
        let mut back_ms = Vec::new();
        for time in 0..self.times {
            progress(&format!("loss {} of {}", time + 1, self.times));
            outcome.runs += 1;
            twin.tell(TwinMessage::LoseDevice);
            let begun = instant();
            report_meanwhile(&mut twin, things, u64::from(time));
            if !raises_alarm(runtime, desk, time) {
                say(&format!("loss {time}: an alarm did not come"));
                outcome.lost += 1;
            }
            let took = match wait_for(&mut twin, &before) {
                Ok(()) => begun.elapsed(),
                Err(reason) => {
                    say(&format!("loss {time}: {reason}"));
                    outcome.wrong += 1;
                    outcome.failing_seeds.push(u64::from(time));
                    continue;
                }
            };
            back_ms.push(took.as_secs_f64() * 1_000.0);
            if took > SLOW_AFTER {
                outcome.slow += 1;
            }
        }
        back_ms.sort_by(f64::total_cmp);
        let lost_by_twin = devices_lost(&mut twin);
        if lost_by_twin < self.times {
            return Err(format!(
                "the device was to be lost {} times, and the twin knows of {lost_by_twin}",
                self.times
            )
            .into());
        }
        outcome.notes = vec![
            (
                "back_ms_p50".into(),
                json!(crate::bench::quantile(&back_ms, 0.5)),
            ),
            (
                "back_ms_most".into(),
                json!(crate::bench::quantile(&back_ms, 1.0)),
            ),
            ("devices_lost".into(), json!(lost_by_twin)),
            ("things".into(), json!(self.things)),
        ];
        Ok(outcome)
    }

    /// A twin with things as dots, and some as symbols, at rest.
    fn room(&self, things: Things) -> Result<LiveTwin, Failure> {
        let mut twin = LiveTwin::open(self.size)?.steady();
        let dots = Gathering::Dots { dot_px: DOT_PX };
        let symbols = Gathering::Symbols { cell_px: CELL_PX };
        twin.send(TwinCommand::WatchPerformance(true));
        twin.send(TwinCommand::SetLayers(vec![
            layer(DOTS, "sensors", dots, DOT_PX),
            layer(SYMBOLS, "events", symbols, SYMBOL_PX),
        ]));
        let some = Things {
            count: 200,
            seed: things.seed + 1,
        };
        for (layer, things) in [(DOTS, things), (SYMBOLS, some)] {
            twin.send(TwinCommand::SetPoints {
                layer,
                points: Arc::new(things.points()),
            });
        }
        twin.rest()?;
        Ok(twin)
    }
}

/// Reports while the device is away, and in the end the same states as before.
fn report_meanwhile(twin: &mut LiveTwin, things: Things, time: u64) {
    let mut touched: Vec<PointChange> = Vec::new();
    let mut reports = Vec::new();
    for frame in 0..FRAMES_AWAY {
        things.report(1 + time * FRAMES_AWAY + frame, REPORTS, &mut reports);
        touched.extend_from_slice(&reports);
        twin.send(TwinCommand::ChangePoints {
            layer: DOTS,
            changes: reports.clone(),
        });
        twin.frame();
    }
    for change in &mut touched {
        change.state = things.state(change.row, 0);
    }
    twin.send(TwinCommand::ChangePoints {
        layer: DOTS,
        changes: touched,
    });
}

/// Draws until the picture is the one from before.
fn wait_for(twin: &mut LiveTwin, before: &Picture) -> Result<(), String> {
    let begun = instant();
    let mut different = None;
    while begun.elapsed() < BACK_WITHIN {
        twin.frame();
        // A device that is away gives no picture.
        let Ok(picture) = twin.picture() else {
            continue;
        };
        if picture == *before {
            return Ok(());
        }
        different = Some(different_pixels(&picture, before));
    }
    Err(match different {
        Some(count) => format!("the picture came back with {count} other pixels"),
        None => "no picture came back".to_owned(),
    })
}

fn different_pixels(picture: &Picture, other: &Picture) -> usize {
    let pixels = picture.rgba.chunks(4).zip(other.rgba.chunks(4));
    pixels.filter(|(pixel, other)| pixel != other).count()
}

/// How many devices the twin says it has lost.
fn devices_lost(twin: &mut LiveTwin) -> u32 {
    // It tells twice a second of city time.
    for _ in 0..90 {
        twin.frame();
    }
    twin.performance().map_or(0, |now| now.lost)
}

/// Lets one more device go beyond its limit; true when the desk has one alarm more.
fn raises_alarm(runtime: &Runtime, desk: &Desk, time: u32) -> bool {
    let alarms = || -> u32 {
        let updates = desk.watch();
        let counts = updates.borrow().live_alarms.counts;
        counts.iter().sum()
    };
    let before = alarms();
    runtime.block_on(async {
        desk.apply(Update::Observations(vec![Observation {
            datastream: DatastreamId::new(time.to_string()),
            happened_at: MachineClock.now(),
            value: BEYOND,
            quality: Quality::Good,
        }]))
        .await;
        desk.refresh().await;
    });
    alarms() == before + 1
}

async fn open_desk(cache: &Path, devices: u32) -> Result<Desk, Failure> {
    let settings = DeskSettings {
        cache: cache.to_path_buf(),
        hub: None,
        city: None,
        mode: Mode::Desk,
        language: "en".into(),
        operator: "torture".into(),
        access: Access::default(),
        sources: Vec::new(),
        time: Arc::new(MachineClock),
    };
    let desk = Desk::open(settings, tokio::runtime::Handle::current()).await?;
    let (things, datastreams) = (0..devices).map(device).unzip();
    desk.apply(Update::Catalogue {
        things,
        datastreams,
        cameras: Vec::new(),
    })
    .await;
    desk.refresh().await;
    Ok(desk)
}

fn device(n: u32) -> (Thing, Datastream) {
    let thing = Thing {
        id: ThingId::new(n.to_string()),
        name: format!("probe {n}"),
        description: String::new(),
        kind: SensorKind::WaterLevel,
        position: Geodetic {
            lon_deg: 121.4 + f64::from(n) * 1e-4,
            lat_deg: 31.2,
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
        period_s: 3_600.0,
        limits: Limits {
            above_high: Some(LIMIT),
            ..Limits::default()
        },
    };
    (thing, datastream)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_device_beyond_its_limit_is_one_more_alarm() {
        let folder = std::env::temp_dir().join(format!("cim-gpu-test-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let runtime = runtime().expect("a runtime");
        let desk = runtime.block_on(open_desk(&folder, 3)).expect("a desk");
        assert!((0..3).all(|time| raises_alarm(&runtime, &desk, time)));
        assert!(
            !raises_alarm(&runtime, &desk, 2),
            "it has its alarm already"
        );
        runtime.block_on(desk.close());
        std::fs::remove_dir_all(&folder).ok();
    }

    #[test]
    fn other_pixels_are_counted() {
        let picture = |red: u8| Picture {
            width: 2,
            height: 1,
            rgba: vec![1, 2, 3, 255, red, 0, 0, 255],
        };
        assert_eq!(different_pixels(&picture(4), &picture(4)), 0);
        assert_eq!(different_pixels(&picture(4), &picture(5)), 1);
    }
}
