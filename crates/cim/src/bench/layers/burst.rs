//! A twin at which nothing happens, and one at which ten times as much happens as usual.

use super::{DOT_PX, LayersBench, MEASURE, SEED, Times, frames::step};
use crate::{
    Failure,
    bench::{at_most, figure::Figure},
    host::{end_progress, instant, progress},
    live::{LiveTwin, Things, cpu_seconds, epoch, layer},
};
use cim_layers::{PointSet, PointState, SHAPE_EVENT, layer::Gathering};
use cim_scene::TwinCommand;
use serde_json::json;
use std::{sync::Arc, thread, time::Duration};

/// The layers of things and of events.
const THINGS: u16 = 0;
const EVENTS: u16 = 2;
/// Reports a second on a usual day: each thing tells something every ten seconds.
const USUAL_SHARE: f64 = 0.1;
/// Events a second on a usual day.
const USUAL_EVENTS: f64 = 1.0;
/// A storm brings so many times as much.
const STORM: f64 = 10.0;
/// How long a twin rests while its processor time is counted, and how long a storm lasts, seconds.
const REST_S: u32 = 20;
const STORM_S: f64 = 60.0;
const QUICK_S: f64 = 10.0;
/// Events that a city has open at most here.
const MOST_EVENTS: u32 = 2_000;
const EVENT_PX: f32 = 22.0;
const CELL_PX: f32 = 40.0;

/// Processor time of a twin that is told the time once a second, and nothing else.
pub(super) fn of_rest(bench: &LayersBench) -> Result<Vec<Figure>, Failure> {
    let things = Things {
        count: bench.count,
        seed: SEED,
    };
    let mut twin = room(bench, things)?;
    let seconds = if bench.is_quick { 5 } else { REST_S };
    let (mut frames, begun, before) = (0, instant(), cpu_seconds()?);
    for second in 1..=seconds {
        progress(&format!("rest, second {second} of {seconds}"));
        twin.send(TwinCommand::SetTime {
            at: epoch().plus_seconds(f64::from(second)),
            rate: 1.0,
        });
        frames += u32::from(twin.pass(1.0));
        let due = Duration::from_secs(u64::from(second));
        thread::sleep(due.saturating_sub(begun.elapsed()));
    }
    end_progress();
    let used = cpu_seconds()? - before;
    let mut figure = at_most(
        MEASURE,
        format!("idle over {} points, share of a core", bench.count),
        100.0 * used / begun.elapsed().as_secs_f64(),
        1.0,
        0.3,
    );
    figure.unit = "%";
    figure.notes = vec![("frames", json!(frames)), ("cpu_s", json!(used))];
    Ok(vec![figure])
}

/// Frames while ten times the usual is reported and the camera pans, and whether everything arrived.
pub(super) fn of_storm(bench: &LayersBench) -> Result<Vec<Figure>, Failure> {
    let things = Things {
        count: bench.count,
        seed: SEED,
    };
    let mut twin = room(bench, things)?;
    let seconds = if bench.is_quick { QUICK_S } else { STORM_S };
    let usual = weather(&mut twin, things, 1.0, seconds.min(QUICK_S))?;
    let storm = weather(&mut twin, things, STORM, seconds)?;
    end_progress();
    let tail = storm.times.at(0.999);
    let mut frames = Figure {
        measure: MEASURE,
        name: format!("burst while panning, p99.9 of {seconds:.0} s"),
        value: tail,
        unit: "ms",
        peer: Some(("p50".into(), storm.times.median())),
        must: Some(2.0),
        goal: Some(1.5),
        notes: storm.times.notes(),
        ..Figure::default()
    };
    frames.notes.extend([
        ("usual_p50_ms", json!(usual.times.median())),
        ("usual_p999_ms", json!(usual.times.at(0.999))),
        ("reports", json!(storm.reports)),
        ("events", json!(storm.events)),
    ]);
    let mut lost = at_most(
        MEASURE,
        "reports and events lost in the burst".into(),
        f64::from(storm.lost + usual.lost),
        // Fewer than one: none.
        0.5,
        0.0,
    );
    lost.notes = vec![("reports", json!(storm.reports + usual.reports))];
    Ok(vec![frames, lost])
}

/// What a stretch of reports came to.
struct Stretch {
    times: Times,
    reports: u64,
    events: u32,
    /// Rows whose last state is not the one that was reported last, and events that are not there.
    lost: u32,
}

fn room(bench: &LayersBench, things: Things) -> Result<LiveTwin, Failure> {
    let mut twin = LiveTwin::open(bench.size)?;
    let dots = Gathering::Dots { dot_px: DOT_PX };
    let pins = Gathering::Symbols { cell_px: CELL_PX };
    twin.send(TwinCommand::SetLayers(vec![
        layer(THINGS, "sensors", dots, DOT_PX),
        layer(EVENTS, "events", pins, EVENT_PX),
    ]));
    twin.send(TwinCommand::SetPoints {
        layer: THINGS,
        points: Arc::new(things.points()),
    });
    twin.send(TwinCommand::SetTime {
        at: epoch(),
        rate: 1.0,
    });
    twin.rest()?;
    Ok(twin)
}

/// Pans for so many seconds while so many times the usual is reported.
fn weather(
    twin: &mut LiveTwin,
    things: Things,
    times_usual: f64,
    seconds: f64,
) -> Result<Stretch, Failure> {
    let mut expected: Vec<PointState> = match twin.set(THINGS) {
        Some(set) => (0..things.count).map(|row| state_of(set, row)).collect(),
        None => return Err("the twin has no layer of things".into()),
    };
    let per_s = f64::from(things.count) * USUAL_SHARE * times_usual;
    let (mut times, mut reports, mut frame, mut sent, mut events) =
        (Vec::new(), Vec::new(), 0_u32, 0_u64, 0_u32);
    let begun = instant();
    loop {
        let elapsed_s = begun.elapsed().as_secs_f64();
        if elapsed_s >= seconds {
            break;
        }
        if frame.is_multiple_of(20) {
            progress(&format!("burst {times_usual:.0}x, second {elapsed_s:.0}"));
        }
        let due = (elapsed_s * per_s) as u64;
        let count = due.saturating_sub(sent) as usize;
        let turn = u64::from(frame) + 1 + (times_usual as u64) * 1_000_000;
        things.report(turn, count, &mut reports);
        for report in &reports {
            if let Some(state) = expected.get_mut(report.row as usize) {
                *state = report.state;
            }
        }
        sent += reports.len() as u64;
        twin.send(TwinCommand::ChangePoints {
            layer: THINGS,
            changes: reports.clone(),
        });
        let open = (1 + (elapsed_s * USUAL_EVENTS * times_usual) as u32).min(MOST_EVENTS);
        if open != events {
            events = open;
            twin.send(TwinCommand::SetPoints {
                layer: EVENTS,
                points: Arc::new(open_events(open)),
            });
        }
        step(twin, frame);
        times.push(twin.frame());
        frame += 1;
    }
    // What was sent with the last frame is there after one more.
    twin.frame();
    let lost = lost(twin, &expected, events)?;
    Ok(Stretch {
        times: Times::new(times),
        reports: sent,
        events,
        lost,
    })
}

fn open_events(count: u32) -> cim_scene::LayerPoints {
    let events = Things {
        count,
        seed: SEED + 1,
    };
    let mut points = events.points();
    for state in &mut points.states {
        *state = state.with_shape(SHAPE_EVENT).with_class(3);
    }
    points
}

fn lost(twin: &LiveTwin, expected: &[PointState], events: u32) -> Result<u32, Failure> {
    let set = twin.set(THINGS).ok_or("the layer of things is gone")?;
    let rows = expected.iter().enumerate();
    let wrong = rows.filter(|(row, state)| state_of(set, *row as u32) != **state);
    let there = twin.set(EVENTS).map_or(0, PointSet::rows);
    Ok(wrong.count() as u32 + events.abs_diff(there))
}

fn state_of(set: &PointSet, row: u32) -> PointState {
    set.slot_of(row)
        .map_or_else(PointState::default, |slot| set.state(slot))
}
