//! Random operations on the set and on a model that keeps plain rows.

use super::{Dice, EPOCH};
use crate::points::{
    Aging, Bounds, Dirt, Motion, PointChange, PointRows, PointSet, PointState, Tally, Upload, Why,
    morton,
};
use cim_model::Freshness;
use std::ops::Range;

/// A row as the model keeps it.
#[derive(Clone, Copy)]
struct Plain {
    state: PointState,
    seen: f32,
    period: f32,
    kept: bool,
    source_late: bool,
}

/// The columns as the GPU would have them after the uploads.
#[derive(Default)]
struct Replica {
    states: Vec<PointState>,
    motions: Vec<Motion>,
}

impl Replica {
    fn take(&mut self, set: &mut PointSet, upload: &mut Upload) {
        if set.take_upload(upload) == Dirt::All {
            self.states = set.states().to_vec();
            self.motions = set.motions().to_vec();
        }
        for head in &upload.heads {
            for entry in head.first as usize..(head.first + head.count) as usize {
                let slot = head.page as usize * 256 + usize::from(upload.offsets[entry]);
                self.states[slot] = upload.states[entry];
            }
        }
        for head in &upload.move_heads {
            for entry in head.first as usize..(head.first + head.count) as usize {
                let slot = head.page as usize * 256 + usize::from(upload.move_offsets[entry]);
                self.motions[slot] = upload.motions[entry];
            }
        }
        assert_eq!(self.states, set.states());
        // Legs without a place are NaN and differ from themselves.
        assert_eq!(
            bytemuck::cast_slice::<Motion, u32>(&self.motions),
            bytemuck::cast_slice::<Motion, u32>(set.motions())
        );
    }
}

fn plain_rows(rows: &PointRows) -> Vec<Plain> {
    let columns = rows.states.iter().zip(&rows.seen).zip(&rows.period);
    columns
        .map(|((state, seen), period)| Plain {
            state: *state,
            seen: *seen,
            period: *period,
            kept: true,
            source_late: false,
        })
        .collect()
}

fn age_plain(rows: &mut [Plain], now: f32, why: Aging) {
    for row in rows {
        let age_s = f64::from(now) - f64::from(row.seen);
        let freshness = Freshness::of_age(age_s, f64::from(row.period));
        let reason = match freshness {
            Freshness::Fresh => Why::NotAged,
            _ if why.hub_gone => Why::HubGone,
            _ if row.source_late => Why::SourceLate,
            _ => Why::DeviceSilent,
        };
        row.state = row.state.with_freshness(freshness).with_why(reason);
    }
}

fn is_seen(set: &PointSet, rows: &[Plain], slot: u32) -> bool {
    let row = rows[set.row_of(slot).expect("a slot has a row") as usize];
    slot < set.placed() && row.state.is_shown() && row.kept
}

fn tally_plain(set: &PointSet, rows: &[Plain], slots: Range<u32>) -> Tally {
    let mut tally = Tally::default();
    for slot in slots.start..slots.end.min(set.slots()) {
        if !is_seen(set, rows, slot) {
            continue;
        }
        let state = rows[set.row_of(slot).expect("a slot has a row") as usize].state;
        tally.by_class[usize::from(state.class())] += 1;
        match state.freshness() {
            Freshness::Fresh => {}
            Freshness::Late => tally.late += 1,
            Freshness::Missing => tally.missing += 1,
        }
    }
    tally
}

fn bounds_plain(set: &PointSet, slots: Range<u32>) -> Bounds {
    let mut bounds = Bounds::EMPTY;
    for slot in slots.start..slots.end.min(set.placed()) {
        if set.is_moving() {
            let leg = set.motions()[slot as usize];
            bounds.add(leg.from);
            bounds.add(leg.to);
        } else {
            bounds.add(set.place_at(slot, 0.0));
        }
    }
    bounds
}

fn middle_plain(set: &PointSet, slots: Range<u32>) -> [f64; 3] {
    let mut sum = [0.0; 3];
    let end = slots.end.min(set.placed());
    let length = f64::from(end.saturating_sub(slots.start));
    for slot in slots.start..end {
        let bounds = bounds_plain(set, slot..slot + 1);
        for (axis, total) in sum.iter_mut().enumerate() {
            *total += 0.5 * (f64::from(bounds.min[axis]) + f64::from(bounds.max[axis]));
        }
    }
    sum.map(|total| if length > 0.0 { total / length } else { 0.0 })
}

#[track_caller]
fn check_range(set: &PointSet, rows: &[Plain], slots: Range<u32>, settled: bool) {
    assert_eq!(
        set.tally(slots.clone()),
        tally_plain(set, rows, slots.clone()),
        "{slots:?}"
    );
    let (bounds, exact) = (set.bounds(slots.clone()), bounds_plain(set, slots.clone()));
    if settled || !set.is_moving() {
        assert_eq!(bounds, exact, "{slots:?}");
    } else if !exact.is_empty() {
        assert!(
            bounds.holds(exact.min) && bounds.holds(exact.max),
            "{slots:?}"
        );
    }
    let middle = set.middle(slots.clone());
    for (metres, exact) in middle.iter().zip(middle_plain(set, slots.clone())) {
        assert!(
            (f64::from(*metres) - exact).abs() < 0.01,
            "{metres} {exact} {slots:?}"
        );
    }
}

/// All that the set says, against the model.
#[track_caller]
fn check(set: &PointSet, rows: &[Plain], dice: &mut Dice, settled: bool) {
    assert_eq!(set.rows() as usize, rows.len());
    assert_eq!(set.slots(), set.rows());
    for (row, plain) in rows.iter().enumerate() {
        let slot = set.slot_of(row as u32).expect("a row has a slot");
        assert_eq!(set.row_of(slot), Some(row as u32));
        // A vehicle's heading is its movement's.
        assert_eq!(set.state(slot).with_heading(0), plain.state, "row {row}");
        assert_eq!(set.seen(slot).to_bits(), plain.seen.to_bits());
        assert_eq!(set.is_visible(slot), is_seen(set, rows, slot));
    }
    assert!(set.keys().is_sorted());
    assert_eq!(set.keys().len(), set.placed() as usize);
    for block in 0..set.blocks() {
        let mut mask = 0_u64;
        for bit in 0..64.min(set.slots() - block * 64) {
            mask |= u64::from(is_seen(set, rows, block * 64 + bit)) << bit;
        }
        assert_eq!(set.block_mask(block), mask, "block {block}");
        let slots = block * 64..block * 64 + 64;
        assert_eq!(set.block_tally(block), set.tally(slots.clone()));
        let exact = bounds_plain(set, slots);
        assert!(set.block_bounds(block).holds(exact.min));
        assert!(set.block_bounds(block).holds(exact.max));
    }
    for _ in 0..20 {
        let start = dice.below(set.slots() + 1);
        let end = start + dice.below(set.slots() - start + 10);
        check_range(set, rows, start..end, settled);
    }
    check_range(set, rows, 0..u32::MAX, settled);
    check_range(set, rows, 5..5, settled);
}

/// One random step of both.
fn step(set: &mut PointSet, rows: &mut Vec<Plain>, dice: &mut Dice, now: f32) {
    let count = rows.len() as u32;
    match dice.below(12) {
        0 => {
            let fresh = dice.rows(count);
            set.replace(&fresh);
            *rows = plain_rows(&fresh);
        }
        1 => {
            let modulus = dice.below(5) + 1;
            set.set_filter(Some(&|row: u32| !row.is_multiple_of(modulus)));
            for (row, plain) in rows.iter_mut().enumerate() {
                plain.kept = !(row as u32).is_multiple_of(modulus);
            }
        }
        2 => {
            set.clear_filter();
            for plain in rows.iter_mut() {
                plain.kept = true;
            }
        }
        3 | 4 => {
            let why = Aging {
                hub_gone: dice.below(4) == 0,
            };
            set.age(now, why);
            age_plain(rows, now, why);
        }
        5 => {
            let row = dice.below(count);
            let late = dice.below(2) == 0;
            set.set_source_late(row, late);
            rows[row as usize].source_late = late;
        }
        6 | 7 => {
            for _ in 0..dice.below(count) {
                set.moved(dice.below(count), dice.place(), now);
            }
        }
        _ => {
            let mut changes = Vec::new();
            for _ in 0..=dice.below(count / 2) {
                let row = dice.below(count);
                let change = PointChange {
                    row,
                    state: dice.state(),
                    seen: now,
                    period: 1.0 + dice.below(60) as f32,
                };
                let plain = &mut rows[row as usize];
                plain.state = change.state;
                plain.seen = now;
                plain.period = change.period;
                changes.push(change);
            }
            set.apply(&changes);
        }
    }
}

fn run(mut set: PointSet, seed: u64, count: u32) {
    let mut dice = Dice::new(seed);
    let first = dice.rows(count);
    set.replace(&first);
    let mut rows = plain_rows(&first);
    let (mut replica, mut upload) = (Replica::default(), Upload::default());
    let mut now = 0.0;
    for _ in 0..60 {
        now += dice.between(0.0, 20.0);
        step(&mut set, &mut rows, &mut dice, now);
        check(&set, &rows, &mut dice, false);
        if dice.below(2) == 0 {
            set.settle(now);
            check(&set, &rows, &mut dice, true);
        }
        replica.take(&mut set, &mut upload);
        assert_eq!(set.take_upload(&mut upload), Dirt::Clean);
    }
}

#[test]
fn a_standing_set_says_what_its_rows_say() {
    for (seed, count) in [(1, 7), (2, 64), (3, 700), (4, 1_500)] {
        run(PointSet::standing(EPOCH), seed, count);
    }
}

#[test]
fn a_moving_set_says_what_its_rows_say() {
    for (seed, count) in [(11, 7), (12, 65), (13, 700), (14, 1_500)] {
        run(PointSet::moving(EPOCH), seed, count);
    }
}

#[test]
fn slots_follow_the_morton_curve() {
    let mut set = PointSet::standing(EPOCH);
    let rows = Dice::new(21).rows(5_000);
    set.replace(&rows);
    let extent = set.extent();
    for (slot, key) in set.keys().iter().enumerate() {
        let place = rows.places[set.row_of(slot as u32).expect("a slot has a row") as usize];
        assert_eq!(set.place_at(slot as u32, 0.0), place);
        assert_eq!(extent.key_of(place), *key);
    }
    assert!(set.keys().is_sorted());
    assert!(set.placed() < set.slots(), "some rows have no place");
}

#[test]
fn a_key_interleaves_east_and_north() {
    for (east, north) in [(0, 0), (1, 0), (0, 1), (0xffff, 0), (0x1234, 0xabcd)] {
        let mut slow = 0_u32;
        for bit in 0..16 {
            slow |= ((u32::from(east) >> bit) & 1_u32) << (2 * bit);
            slow |= ((u32::from(north) >> bit) & 1_u32) << (2 * bit + 1);
        }
        assert_eq!(morton(east, north), slow, "{east} {north}");
    }
}

#[test]
fn a_late_source_is_kept_through_reports() {
    let mut set = PointSet::standing(EPOCH);
    set.replace(&PointRows {
        places: vec![[0.0; 3]],
        states: vec![PointState::new(0, 0)],
        seen: vec![0.0],
        period: vec![1.0],
    });
    set.set_source_late(0, true);
    set.change(0, PointState::new(0, 2), 10.0, 1.0);
    assert_eq!(set.age(100.0, Aging::default()), 1);
    assert_eq!(set.state(0).why(), Why::SourceLate);
    assert_eq!(set.age(101.0, Aging { hub_gone: true }), 1);
    assert_eq!(set.state(0).why(), Why::HubGone);
}

#[test]
fn an_empty_set_answers_everything_with_nothing() {
    for mut set in [PointSet::standing(EPOCH), PointSet::moving(EPOCH)] {
        set.settle(1.0);
        set.age(1.0, Aging::default());
        set.moved(0, [0.0; 3], 1.0);
        assert!(!set.change(0, PointState::new(0, 0), 0.0, 1.0));
        assert_eq!(set.tally(0..100), Tally::default());
        assert!(set.bounds(0..100).is_empty());
        assert_eq!(set.blocks(), 0);
        assert_eq!(set.block_mask(3), 0);
        assert_eq!(set.take_upload(&mut Upload::default()), Dirt::Clean);
        set.replace(&PointRows::default());
        set.settle(5.0);
        assert_eq!(set.take_upload(&mut Upload::default()), Dirt::All);
        assert_eq!(set.rows(), 0);
    }
}
