//! Taking changes in: 100 000 reports of 1 000 000 things and the bytes that the GPU lacks afterwards, beside the least that
//! any program pays for touching as many places of memory.

use super::{LayersBench, MEASURE, SEED, Times};
use crate::{
    Failure,
    bench::{at_most, figure::Figure},
    counting::allocated_during,
    dice::Dice,
    host::{instant, runtime},
    live::{Things, epoch},
};
use cim_layers::{Dirt, PointChange, PointSet, Upload};
use serde_json::json;
use std::hint::black_box;

const ROWS: u32 = 1_000_000;
const CHANGES: usize = 100_000;
/// Rounds of both sides, in turn.
const ROUNDS: usize = 41;
/// Different sets of rows. Each comes with two sets of values in turn, so that every change changes something.
const SETS: u64 = 6;
/// A record of the plain array, 64 bytes: one line of a processor's cache.
type Record = [u64; 8];
/// What it may cost in writes of memory, and what it should.
const MUST: f64 = 4.0;
const GOAL: f64 = 2.0;

pub(super) fn of_changes(_bench: &LayersBench) -> Result<Vec<Figure>, Failure> {
    let things = Things {
        count: ROWS,
        seed: SEED,
    };
    let mut room = Room::new(things);
    room.round(0)?;
    let (mut ours, mut settled, mut plain) = (Vec::new(), Vec::new(), Vec::new());
    let (mut sent, mut changed) = (0, 0);
    for round in 1..=ROUNDS {
        let (apply_ms, settle_ms) = room.round(round)?;
        ours.push(apply_ms);
        settled.push(settle_ms);
        plain.push(room.write_plainly(round));
        sent += room.upload.bytes();
        changed += size_of_val(room.upload.states.as_slice());
    }
    let (ours, settled, plain) = (Times::new(ours), Times::new(settled), Times::new(plain));
    let limit_ms = plain.median();
    let mut notes = ours.notes();
    notes.push(("settle_ms", json!(settled.median())));
    notes.push(("changes", json!(CHANGES)));
    notes.push(("rows", json!(ROWS)));
    let time = Figure {
        measure: MEASURE,
        name: format!("{CHANGES} changes among {ROWS}, with their upload"),
        value: ours.median(),
        unit: "ms",
        limit: Some(limit_ms),
        peer: Some(("writes of 64 bytes".into(), limit_ms)),
        must: Some(MUST),
        goal: Some(GOAL),
        notes,
        ..Figure::default()
    };
    let mut bytes = at_most(
        MEASURE,
        "bytes uploaded per byte that changed".into(),
        sent as f64 / changed.max(1) as f64,
        1.3,
        1.1,
    );
    bytes.notes = vec![
        ("sent_bytes", json!(sent)),
        ("changed_bytes", json!(changed)),
    ];
    Ok(vec![time, bytes, allocations(&mut room)?])
}

/// Allocations in a round, once everything has grown.
fn allocations(room: &mut Room) -> Result<Figure, Failure> {
    let runtime = runtime()?;
    let ((), nothing) = runtime.block_on(allocated_during(async {}));
    let (done, found) = runtime.block_on(allocated_during(async {
        for round in ROUNDS + 1..=2 * ROUNDS {
            room.round(round)?;
        }
        Ok::<(), Failure>(())
    }));
    done?;
    let count = found.count.saturating_sub(nothing.count);
    let mut figure = at_most(
        MEASURE,
        "heap allocations per round of changes".into(),
        count as f64 / ROUNDS as f64,
        // Less than one in a round: not one belongs to the changes.
        0.5,
        0.0,
    );
    figure.notes = vec![("allocations", json!(count)), ("rounds", json!(ROUNDS))];
    Ok(figure)
}

/// A set of points and an array of plain records, as many as each other.
struct Room {
    set: PointSet,
    upload: Upload,
    changes: Vec<Vec<PointChange>>,
    records: Vec<Record>,
    places: Vec<Vec<u32>>,
}

impl Room {
    fn new(things: Things) -> Self {
        let mut set = PointSet::standing(epoch());
        set.replace(&things.rows());
        let changes = (0..2 * SETS).map(|turn| {
            let mut reports = Vec::with_capacity(CHANGES);
            things.report(turn % SETS, CHANGES, &mut reports);
            for report in &mut reports {
                report.state = things.state(report.row, turn + 1);
            }
            reports
        });
        let places = (0..SETS).map(|turn| {
            let mut dice = Dice::new(turn);
            let place = |_| dice.below(u64::from(ROWS)) as u32;
            (0..CHANGES).map(place).collect()
        });
        let mut upload = Upload::default();
        // The first upload is of everything.
        set.take_upload(&mut upload);
        Self {
            changes: changes.collect(),
            places: places.collect(),
            records: vec![[0; 8]; ROWS as usize],
            upload,
            set,
        }
    }

    /// Milliseconds for changes and upload, and for what looking needs afterwards.
    fn round(&mut self, round: usize) -> Result<(f64, f64), Failure> {
        let turn = round % self.changes.len().max(1);
        let changes = self.changes.get(turn).map_or(&[][..], Vec::as_slice);
        let begun = instant();
        self.set.apply(black_box(changes));
        let dirt = self.set.take_upload(&mut self.upload);
        let applied = begun.elapsed();
        black_box(self.upload.states.last());
        if dirt != Dirt::Changes || self.upload.states.len() < CHANGES / 2 {
            return Err(format!(
                "of {CHANGES} changes, {} reached the upload ({dirt:?})",
                self.upload.states.len()
            )
            .into());
        }
        let begun = instant();
        self.set.settle(0.0);
        Ok((
            applied.as_secs_f64() * 1_000.0,
            begun.elapsed().as_secs_f64() * 1_000.0,
        ))
    }

    /// Milliseconds for writing as many records at random places.
    fn write_plainly(&mut self, round: usize) -> f64 {
        let turn = round % self.places.len().max(1);
        let places = self.places.get(turn).map_or(&[][..], Vec::as_slice);
        let record = black_box([round as u64; 8]);
        let begun = instant();
        for place in black_box(places) {
            if let Some(old) = self.records.get_mut(*place as usize) {
                *old = record;
            }
        }
        black_box(self.records.last());
        begun.elapsed().as_secs_f64() * 1_000.0
    }
}
