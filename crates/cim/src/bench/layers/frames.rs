//! Pictures of very many points while the camera is panned, and a change of some of them until it is drawn.

use super::{
    DOT_PX, LayersBench, MEASURE, SEED, Times,
    deck::{Deck, Task},
};
use crate::{
    Failure,
    bench::{at_least, figure::Figure},
    host::{end_progress, progress, say},
    live::{LiveTwin, Things, layer},
};
use cim_layers::layer::Gathering;
use cim_scene::TwinCommand;
use serde_json::json;
use std::{f32::consts::TAU, sync::Arc};

/// The layer that the points are in.
const LAYER: u16 = 0;
/// Frames of a pan; the picture goes once around a circle.
const FRAMES: u32 = 240;
/// How far each frame pans, px.
const STEP_PX: f32 = 6.0;
/// Rounds of changes.
const UPDATES: u64 = 15;
/// One in so many changes.
const ONE_IN: u32 = 100;
const SOME: u32 = 10_000;
const MANY: u32 = 1_000_000;
const VERY_MANY: u32 = 10_000_000;
/// Ours may take this part of the peer's time for the same change, and should take that.
const UPDATE_MUST: f64 = 0.05;
const UPDATE_GOAL: f64 = 0.01;
/// Size below which a cell is one cluster, CSS px.
const CELL_PX: f32 = 80.0;
/// Size of a symbol, CSS px.
const SYMBOL_PX: f32 = 22.0;

/// How the points of a picture are shown.
#[derive(Clone, Copy)]
enum As {
    Dots,
    Symbols,
}

pub(super) fn of_panning(bench: &LayersBench) -> Result<Vec<Figure>, Failure> {
    let mut figures = picture(bench, bench.count, As::Dots, [20.0, 60.0])?;
    figures.extend(picture(bench, bench.count, As::Symbols, [20.0, 60.0])?);
    figures.extend(picture(bench, MANY, As::Dots, [10.0, 30.0])?);
    if bench.is_large {
        // The goal of a million points is set for ten million.
        figures.extend(picture(bench, VERY_MANY, As::Dots, [10.0, 30.0])?);
    }
    if bench.peers.is_some() && bench.count != SOME {
        figures.extend(picture(bench, SOME, As::Dots, [20.0, 60.0])?);
    }
    end_progress();
    Ok(figures)
}

/// Frames per second of a pan and milliseconds of an update, beside the peer's where it can keep up.
fn picture(
    bench: &LayersBench,
    count: u32,
    shown_as: As,
    [must, goal]: [f64; 2],
) -> Result<Vec<Figure>, Failure> {
    let things = Things { count, seed: SEED };
    let name = match shown_as {
        As::Dots => "dots",
        As::Symbols => "symbols and clusters",
    };
    progress(&format!("{count} points as {name}"));
    let mut twin = room(bench.size, things, shown_as)?;
    let pans = Times::new(pan(&mut twin));
    let mut rate = at_least(
        MEASURE,
        format!("{count} points panning, {name}"),
        pans.per_s(),
        must,
        goal,
    );
    rate.unit = "frames/s";
    rate.notes = pans.notes();
    rate.notes
        .push(("size", json!(format!("{}x{}", bench.size.0, bench.size.1))));
    rate.notes.push(("effort", json!(twin.effort())));
    twin.rest()?;
    let updates = Times::new(updated(&mut twin, things)?);
    let mut update = Figure {
        measure: MEASURE,
        name: format!("{} of {count} changed until drawn, {name}", count / ONE_IN),
        value: updates.median(),
        unit: "ms",
        notes: updates.notes(),
        ..Figure::default()
    };
    let mut figures = vec![rate];
    // The peer draws discs; it has no clusters, and gives no answer for a million within a minute and a half.
    if matches!(shown_as, As::Dots)
        && count <= 200_000
        && let Some(deck) = peer(bench, &twin, things)?
    {
        update.peer = Some((deck.name.clone(), deck.update_ms));
        update.must = Some(UPDATE_MUST);
        update.goal = Some(UPDATE_GOAL);
        figures.push(Figure {
            measure: MEASURE,
            name: format!("{count} points panning, beside the peer"),
            value: pans.per_s(),
            unit: "frames/s",
            is_rate: true,
            peer: Some((deck.name, deck.frames_per_s)),
            notes: vec![("peer_pan_ms", json!(deck.pan_ms))],
            ..Figure::default()
        });
    }
    figures.push(update);
    for problem in twin.take_problems() {
        say(&format!("left out: {problem}"));
    }
    Ok(figures)
}

fn room(size: (u32, u32), things: Things, shown_as: As) -> Result<LiveTwin, Failure> {
    let mut twin = LiveTwin::open(size)?;
    let before = twin.picture()?;
    let shown = match shown_as {
        As::Dots => layer(LAYER, "sensors", Gathering::Dots { dot_px: DOT_PX }, DOT_PX),
        As::Symbols => layer(
            LAYER,
            "sensors",
            Gathering::Symbols { cell_px: CELL_PX },
            SYMBOL_PX,
        ),
    };
    twin.send(TwinCommand::SetLayers(vec![shown]));
    twin.send(TwinCommand::SetPoints {
        layer: LAYER,
        points: Arc::new(things.points()),
    });
    twin.rest()?;
    if twin.picture()? == before {
        return Err("the points are not in the picture".into());
    }
    Ok(twin)
}

/// Milliseconds of each frame of a pan around a circle.
fn pan(twin: &mut LiveTwin) -> Vec<f64> {
    // What comes first (pipelines, buffers) belongs to no frame of the pan.
    for _ in 0..3 {
        step(twin, 0);
        twin.frame();
    }
    (0..FRAMES)
        .map(|frame| {
            step(twin, frame);
            twin.frame()
        })
        .collect()
}

/// A hand drags the ground on.
pub(super) fn step(twin: &mut LiveTwin, frame: u32) {
    let turn = TAU * (frame % FRAMES) as f32 / FRAMES as f32;
    let (width, height) = twin.view().map_or((0.0, 0.0), |(_, viewport)| {
        (viewport.width_px as f32, viewport.height_px as f32)
    });
    let (x, y) = (width * 0.5, height * 0.5);
    twin.send(TwinCommand::Pan {
        from: [x, y],
        to: [x + STEP_PX * turn.cos(), y + STEP_PX * turn.sin()],
    });
}

/// Milliseconds from handing over the changes until they are drawn.
fn updated(twin: &mut LiveTwin, things: Things) -> Result<Vec<f64>, Failure> {
    let count = (things.count / ONE_IN).max(1) as usize;
    let before = twin.picture()?;
    let mut reports = Vec::new();
    let mut times = Vec::new();
    for turn in 1..=UPDATES {
        things.report(turn, count, &mut reports);
        twin.send(TwinCommand::ChangePoints {
            layer: LAYER,
            changes: reports.clone(),
        });
        times.push(twin.frame());
    }
    if twin.picture()? == before {
        return Err("the changes are not in the picture".into());
    }
    Ok(times)
}

fn peer(bench: &LayersBench, twin: &LiveTwin, things: Things) -> Result<Option<Deck>, Failure> {
    let Some(peers) = &bench.peers else {
        return Ok(None);
    };
    let (view, viewport) = twin.view().ok_or("the twin has no camera")?;
    let task = Task {
        things,
        size: bench.size,
        view,
        // As far as a hand drags the twin's ground in a quarter of the circle.
        pan_m: f64::from(STEP_PX * FRAMES as f32 / TAU) * view.distance_m
            / viewport.focal_px().unwrap_or(1.0),
        changed: (things.count / ONE_IN).max(1) as usize,
    };
    task.run(peers).map(Some)
}
