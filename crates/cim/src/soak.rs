//! `cim soak`: the same as on every day, for hours; what it holds in memory may not grow.

use crate::{
    Failure,
    dice::Dice,
    host::{end_progress, instant, print, progress, say},
    live::{LiveTwin, ORIGIN, SIDE_M, Things, epoch, layer, resident_bytes, unit_of},
};
use cim_geo::{Enu, Geodetic, LocalFrame};
use cim_layers::{PointChange, SHAPE_EVENT, SHAPE_VEHICLE, layer::Gathering};
use cim_scene::{Label, LayerPoints, MoveReport, RegionPx, TwinCommand};
use clap::{Args, Subcommand};
use serde_json::json;
use std::{sync::Arc, thread, time::Duration};

/// The layers: things, events, vehicles.
const THINGS: u16 = 0;
const EVENTS: u16 = 2;
const VEHICLES: u16 = 3;
/// One vehicle for so many things.
const THINGS_TO_VEHICLE: u32 = 20;
/// Each thing tells something every so many seconds.
const REPORT_EVERY_S: f64 = 10.0;
/// Frames a second that are asked for; an operator's day is not one long pan.
const FRAME_EVERY: Duration = Duration::from_millis(50);
/// Memory is looked at so often.
const SAMPLE_EVERY: Duration = Duration::from_secs(5);
/// This share of the time belongs to warming up: caches and buffers find their size.
const WARM_SHARE: f64 = 0.15;
/// What it may grow, percent an hour.
const MUST_PERCENT_PER_H: f64 = 0.5;
const DOT_PX: f32 = 3.0;
const SYMBOL_PX: f32 = 22.0;
const CELL_PX: f32 = 40.0;

/// Run it for hours.
#[derive(Debug, Args)]
pub(crate) struct Soak {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// The twin: reports, moving vehicles, events, gestures, selections, names, layers switched off and on.
    Twin(TwinSoak),
}

/// How long, and with how much.
#[derive(Debug, Args)]
struct TwinSoak {
    /// How long, minutes.
    #[arg(long, value_name = "M", default_value_t = 120.0)]
    minutes: f64,
    /// Things in the city; a twentieth as many vehicles move.
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    things: u32,
    /// Size of the picture.
    #[arg(long, value_name = "WxH", default_value = "1280x720", value_parser = crate::host::size)]
    size: (u32, u32),
    /// Print one JSON object a minute, and one in the end.
    #[arg(long)]
    json: bool,
}

impl Soak {
    pub(crate) fn run(self) -> Result<bool, Failure> {
        match self.what {
            What::Twin(soak) => soak.run(),
        }
    }
}

/// Memory at a moment.
#[derive(Clone, Copy, Debug)]
struct Sample {
    hours: f64,
    resident_bytes: u64,
    device_bytes: u64,
}

impl TwinSoak {
    fn run(&self) -> Result<bool, Failure> {
        if !(0.05..=10_000.0).contains(&self.minutes) {
            return Err("--minutes is not between 0.05 and 10 000".into());
        }
        let mut day = Day::begin(self)?;
        let length = Duration::from_secs_f64(self.minutes * 60.0);
        let begun = instant();
        let (mut samples, mut frame, mut told_minutes) = (Vec::new(), 0_u32, 0_u64);
        while begun.elapsed() < length {
            let asked = instant();
            let seconds = begun.elapsed().as_secs_f64();
            day.go_on(frame, seconds);
            frame = frame.wrapping_add(1);
            if begun.elapsed() >= SAMPLE_EVERY * samples.len() as u32 {
                samples.push(day.sample(seconds / 3_600.0)?);
            }
            let minutes = (seconds / 60.0) as u64;
            if minutes > told_minutes {
                told_minutes = minutes;
                self.tell_minute(minutes, &day, samples.last());
            }
            thread::sleep(FRAME_EVERY.saturating_sub(asked.elapsed()));
        }
        end_progress();
        for problem in day.twin.take_problems() {
            say(&format!("left out: {problem}"));
        }
        self.tell(&day, &samples)
    }

    fn tell_minute(&self, minutes: u64, day: &Day, sample: Option<&Sample>) {
        let mib = |bytes: fn(&Sample) -> u64| sample.map_or(0, |sample| bytes(sample) >> 20);
        let (resident, device) = (
            mib(|sample| sample.resident_bytes),
            mib(|sample| sample.device_bytes),
        );
        progress(&format!(
            "minute {minutes} of {:.0}: {resident} MiB, {device} MiB on the device",
            self.minutes
        ));
        if self.json {
            let line = json!({"minute": minutes, "rss_mib": resident, "gpu_mib": device, "frames": day.frames});
            print(&line.to_string());
        }
    }

    fn tell(&self, day: &Day, samples: &[Sample]) -> Result<bool, Failure> {
        let warm_h = self.minutes / 60.0 * WARM_SHARE;
        let warm: Vec<&Sample> = samples
            .iter()
            .filter(|sample| sample.hours >= warm_h)
            .collect();
        let growth = |bytes: fn(&Sample) -> u64| {
            let points = warm
                .iter()
                .map(|sample| (sample.hours, bytes(sample) as f64));
            growth_percent_per_h(&points.collect::<Vec<(f64, f64)>>())
        };
        let resident = growth(|sample| sample.resident_bytes)
            .ok_or("too short: there are not two samples after warming up")?;
        let device = growth(|sample| sample.device_bytes).unwrap_or(0.0);
        let holds = resident <= MUST_PERCENT_PER_H && device <= MUST_PERCENT_PER_H;
        let most = |bytes: fn(&Sample) -> u64| samples.iter().map(bytes).max().unwrap_or_default();
        let last = samples.last();
        let told = json!({
            "soak": "twin", "minutes": self.minutes, "things": self.things,
            "rss_percent_per_h": resident, "gpu_percent_per_h": device, "must": MUST_PERCENT_PER_H,
            "rss_mib": last.map(|sample| sample.resident_bytes >> 20),
            "rss_mib_most": most(|sample| sample.resident_bytes) >> 20,
            "gpu_mib": last.map(|sample| sample.device_bytes >> 20),
            "gpu_mib_most": most(|sample| sample.device_bytes) >> 20,
            "samples": samples.len(), "frames": day.frames, "reports": day.reports, "ok": holds,
        });
        if self.json {
            print(&told.to_string());
        } else {
            let word = if holds { "holds" } else { "MISSED" };
            print(&format!(
                "memory {resident:+.2} %/h, on the device {device:+.2} %/h over {} min   must ≤ {MUST_PERCENT_PER_H}: {word}   {} frames",
                self.minutes, day.frames
            ));
        }
        Ok(holds)
    }
}

/// How fast a line through values (hours, amount) rises, percent of their mean an hour; `None` for fewer than two moments.
fn growth_percent_per_h(points: &[(f64, f64)]) -> Option<f64> {
    let count = points.len() as f64;
    if points.len() < 2 {
        return None;
    }
    let mean = |part: fn(&(f64, f64)) -> f64| points.iter().map(part).sum::<f64>() / count;
    let (mean_h, mean_amount) = (mean(|point| point.0), mean(|point| point.1));
    let (mut across, mut along) = (0.0, 0.0);
    for (hours, amount) in points {
        across += (hours - mean_h) * (amount - mean_amount);
        along += (hours - mean_h).powi(2);
    }
    if along <= 0.0 {
        return None;
    }
    // Nothing at all does not grow.
    if mean_amount <= 0.0 {
        return Some(0.0);
    }
    Some(100.0 * across / along / mean_amount)
}

/// An operator's day, minute after minute the same kind of things.
struct Day {
    twin: LiveTwin,
    things: Things,
    vehicles: Things,
    frame_of_city: LocalFrame,
    dice: Dice,
    changes: Vec<PointChange>,
    size: (u32, u32),
    /// Reports that had come due by the last frame, and those told.
    due: u64,
    reports: u64,
    frames: u64,
    moved_s: u64,
    minute: u64,
}

impl Day {
    fn begin(soak: &TwinSoak) -> Result<Self, Failure> {
        let mut day = Self {
            twin: LiveTwin::open(soak.size)?,
            things: Things {
                count: soak.things.max(1),
                seed: 12,
            },
            vehicles: Things {
                count: (soak.things / THINGS_TO_VEHICLE).max(1),
                seed: 13,
            },
            frame_of_city: LocalFrame::new(ORIGIN),
            dice: Dice::new(14),
            changes: Vec::new(),
            size: soak.size,
            due: 0,
            reports: 0,
            frames: 0,
            moved_s: 0,
            minute: u64::MAX,
        };
        day.twin.send(TwinCommand::WatchPerformance(true));
        day.show_layers(true);
        day.twin.send(TwinCommand::SetPoints {
            layer: THINGS,
            points: Arc::new(day.things.points()),
        });
        let vehicles = with_shape(day.vehicles.points(), SHAPE_VEHICLE);
        day.twin.send(TwinCommand::SetPoints {
            layer: VEHICLES,
            points: Arc::new(vehicles),
        });
        day.twin.frame();
        Ok(day)
    }

    /// One frame's work, so many seconds after the beginning.
    fn go_on(&mut self, frame: u32, seconds: f64) {
        let minute = (seconds / 60.0) as u64;
        if minute != self.minute {
            self.minute = minute;
            self.begin_minute(minute);
        }
        let second = seconds as u64;
        if second != self.moved_s {
            self.moved_s = second;
            self.drive(second);
        }
        self.report(frame, seconds);
        self.gesture(frame, seconds % 60.0);
        // In the last third of each minute nobody touches anything, and only what changed is drawn.
        if seconds % 60.0 < 40.0 {
            self.twin.frame();
            self.frames += 1;
        } else {
            self.frames += u64::from(self.twin.pass(FRAME_EVERY.as_secs_f64()));
        }
    }

    /// New events, new names, a layer switched, a selection.
    fn begin_minute(&mut self, minute: u64) {
        let events = Things {
            count: 200 + self.dice.below(800) as u32,
            seed: minute,
        };
        self.twin.send(TwinCommand::SetPoints {
            layer: EVENTS,
            points: Arc::new(with_shape(events.points(), SHAPE_EVENT)),
        });
        self.show_layers(minute % 3 != 2);
        let labels = (0..2_000).map(|n| Label {
            text: format!("地点 {minute}-{n}"),
            position: self.place(events, n % events.count.max(1)),
            rank: 3,
            path: None,
            feature: None,
        });
        let labels = labels.collect();
        self.twin.send(TwinCommand::SetLabels(labels));
        let (width, height) = (self.size.0 as f32, self.size.1 as f32);
        self.twin.send(TwinCommand::SelectWithin {
            region: RegionPx::Box {
                from: [width * 0.4, height * 0.4],
                to: [width * 0.5, height * 0.5],
            },
            add: false,
        });
    }

    fn show_layers(&mut self, with_vehicles: bool) {
        let dots = Gathering::Dots { dot_px: DOT_PX };
        let symbols = Gathering::Symbols { cell_px: CELL_PX };
        let mut vehicles = layer(VEHICLES, "vehicles", symbols, SYMBOL_PX);
        vehicles.is_moving = true;
        vehicles.shown = with_vehicles;
        self.twin.send(TwinCommand::SetLayers(vec![
            layer(THINGS, "sensors", dots, DOT_PX),
            vehicles,
            layer(EVENTS, "events", symbols, SYMBOL_PX),
        ]));
    }

    /// Every vehicle says where it is, and the desk what time it is.
    fn drive(&mut self, second: u64) {
        self.twin.send(TwinCommand::SetTime {
            at: epoch().plus_seconds(second as f64),
            rate: 1.0,
        });
        let moves = (0..self.vehicles.count).map(|row| MoveReport {
            row,
            place: self.place_at(self.vehicles, row, second),
            t: second as f32,
            heading_deg: None,
            speed_mps: None,
        });
        let moves = moves.collect();
        self.twin.send(TwinCommand::MovePoints {
            layer: VEHICLES,
            moves,
        });
    }

    /// What has come due since the last frame. After a stall only the last second of it: a desk hands over newest states, and
    /// a machine that was busy otherwise is not made to do its whole past at once.
    fn report(&mut self, frame: u32, seconds: f64) {
        let per_s = f64::from(self.things.count) / REPORT_EVERY_S;
        let due = (seconds * per_s) as u64;
        let count = due.saturating_sub(self.due).min(per_s as u64);
        self.due = due;
        let turn = u64::from(frame) + 1;
        self.things.report(turn, count as usize, &mut self.changes);
        self.reports += count;
        self.twin.send(TwinCommand::ChangePoints {
            layer: THINGS,
            changes: self.changes.clone(),
        });
    }

    /// What hands do at this second of a minute.
    fn gesture(&mut self, frame: u32, second: f64) {
        let (width, height) = (self.size.0 as f32, self.size.1 as f32);
        let middle = [width * 0.5, height * 0.5];
        let turn = frame as f32 * 0.05;
        let at = [
            unit_of(&mut self.dice) * width,
            unit_of(&mut self.dice) * height,
        ];
        let command = if second < 12.0 {
            let to = [middle[0] + 6.0 * turn.cos(), middle[1] + 6.0 * turn.sin()];
            TwinCommand::Pan { from: middle, to }
        } else if second < 20.0 {
            TwinCommand::Zoom {
                at: middle,
                notches: if second < 16.0 { 0.1 } else { -0.1 },
            }
        } else if second < 28.0 {
            TwinCommand::Orbit { by: [3.0, 0.0] }
        } else if second < 40.0 {
            TwinCommand::Hover { at: Some(at) }
        } else {
            TwinCommand::Hover { at: None }
        };
        self.twin.send(command);
    }

    fn sample(&self, hours: f64) -> Result<Sample, Failure> {
        Ok(Sample {
            hours,
            resident_bytes: resident_bytes()?,
            device_bytes: self.twin.performance().map_or(0, |now| now.gpu_bytes),
        })
    }

    fn place(&self, things: Things, row: u32) -> Geodetic {
        self.place_at(things, row, 0)
    }

    /// Where a thing is that has gone in a circle around its place for so many seconds.
    fn place_at(&self, things: Things, row: u32, second: u64) -> Geodetic {
        let [east, north, up] = things.place(row).map(f64::from);
        let turn = (second + u64::from(row)) as f64 * 0.02;
        let reach_m = if second == 0 {
            0.0
        } else {
            f64::from(SIDE_M) / 50.0
        };
        self.frame_of_city.geodetic_from_enu(Enu {
            east_m: east + reach_m * turn.cos(),
            north_m: north + reach_m * turn.sin(),
            up_m: up,
        })
    }
}

/// The same points with another shape.
fn with_shape(mut points: LayerPoints, shape: u8) -> LayerPoints {
    for state in &mut points.states {
        *state = state.with_shape(shape);
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_the_slope_of_the_line_through_all_samples() {
        let rising: Vec<(f64, f64)> = (0..100)
            .map(|n| {
                let hours = f64::from(n) / 50.0;
                let noise = if n % 2 == 0 { 3.0 } else { -3.0 };
                (hours, 1_000.0 + 20.0 * hours + noise)
            })
            .collect();
        let growth = growth_percent_per_h(&rising).expect("a line");
        assert!((growth - 100.0 * 20.0 / 1_020.0).abs() < 0.2, "{growth}");
        let flat = [(0.0, 500.0), (1.0, 500.0), (2.0, 500.0)];
        assert!(growth_percent_per_h(&flat).expect("a line").abs() < 1e-9);
        assert_eq!(growth_percent_per_h(&[(0.0, 1.0)]), None);
        assert_eq!(growth_percent_per_h(&[(1.0, 1.0), (1.0, 2.0)]), None);
    }

    #[test]
    fn memory_that_leaks_is_found_beside_a_steady_frame() {
        // 10 MiB an hour on top of 1 GiB is 1 %/h: beyond what is allowed.
        let leaking: Vec<(f64, f64)> = (0..1_440)
            .map(|n| {
                let hours = f64::from(n) * 5.0 / 3_600.0;
                (hours, 1_024.0 + 10.0 * hours + f64::from(n % 7))
            })
            .collect();
        let growth = growth_percent_per_h(&leaking).expect("a line");
        assert!(growth > MUST_PERCENT_PER_H && growth < 1.2, "{growth}");
    }
}
