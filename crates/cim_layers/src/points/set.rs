//! A set of points: all rows of a layer, what is reported of them, and what is to be drawn.

use super::age::{AGED, Aging, Row, SOURCE_LATE, aged_of, with_aged};
use super::blocks::{Blocks, Bounds, Tally, visible_mask};
use super::columns::{Columns, MARK_KEPT, MARK_VISIBLE, mark_of};
use super::legs::{heading_along, is_sound, next_leg};
use super::order::{Extent, Sorter};
use super::state::{Motion, Place, PointChange, PointRows, PointState, has_heading, is_placed};
use super::upload::{Dirt, Upload, gather};
use cim_model::UtcMillis;
use std::ops::Range;

/// Slots in a block.
pub const BLOCK: u32 = 64;
/// Rows beyond this are refused: sixteen million is more than any layer has, and bounds what a set can allocate.
pub const MAX_POINTS: usize = 1 << 24;

/// Moving things are sorted again at most this often; seconds.
const SORT_EVERY_S: f32 = 1.0;
/// … and only when their blocks cover so many times the ground that they covered after the last sort.
const LOOSENED: f64 = 1.5;
/// When a thing that was never seen came to its place: long before every epoch; seconds.
const LONG_AGO_S: f32 = -1.0e9;

/// Points in columns, in the order of space.
///
/// Times are seconds since [`PointSet::epoch`], places metres east, north and up of the city's origin. Rows that do not
/// exist are passed over in every call.
pub struct PointSet {
    epoch: UtcMillis,
    moving: bool,
    rows: Vec<Row>,
    columns: Columns,
    blocks: Blocks,
    sorter: Sorter,
    keys: Vec<u32>,
    extent: Extent,
    all_dirty: bool,
    any_dirty: bool,
    revision: u64,
    order: u64,
    motion_until: f32,
    /// A row got its first place, so that it is in no block yet.
    newly_placed: bool,
    /// Legs changed since the areas of the blocks were looked at.
    loosened: bool,
    sorted_area: f64,
    sorted_at: Option<f32>,
}

impl PointSet {
    /// An empty set of things that stand still.
    pub fn standing(epoch: UtcMillis) -> Self {
        Self::empty(epoch)
    }

    /// An empty set of things that move.
    pub fn moving(epoch: UtcMillis) -> Self {
        Self {
            moving: true,
            ..Self::empty(epoch)
        }
    }

    /// The moment that its seconds count from.
    pub fn epoch(&self) -> UtcMillis {
        self.epoch
    }

    /// True when its things move: it has [`Self::motions`] instead of [`Self::places`].
    pub fn is_moving(&self) -> bool {
        self.moving
    }

    /// All rows anew; a row is its index. Filter and late sources are forgotten. Rows beyond [`MAX_POINTS`] are refused.
    pub fn replace(&mut self, rows: &PointRows) {
        let count = rows.places.len().min(MAX_POINTS);
        self.rows.clear();
        self.rows.reserve(count);
        self.columns.clear();
        for (index, place) in rows.places.iter().take(count).enumerate() {
            let state = rows.states.get(index).copied().unwrap_or_default();
            let seen = rows.seen.get(index).copied().unwrap_or(f32::NAN);
            let period = rows.period.get(index).copied().unwrap_or(f32::INFINITY);
            self.rows.push(Row {
                slot: index as u32,
                seen,
                period,
                aged: aged_of(state.packed),
            });
            self.columns.states.push(state);
            self.columns.marks.push(mark_of(state.packed) | MARK_KEPT);
            self.columns.row_of.push(index as u32);
            if self.moving {
                let since = if seen.is_finite() { seen } else { LONG_AGO_S };
                self.columns.motions.push(Motion::still(*place, since));
            } else {
                let place = Place {
                    at: *place,
                    since: seen,
                };
                self.columns.places.push(place);
            }
        }
        self.motion_until = f32::NEG_INFINITY;
        self.sort();
        self.sorted_at = None;
        if !self.moving {
            // What stands still is sorted once.
            self.sorter = Sorter::default();
        }
    }

    /// How many rows there are.
    pub fn rows(&self) -> u32 {
        self.rows.len() as u32
    }

    /// How many slots there are: as many as rows.
    pub fn slots(&self) -> u32 {
        self.columns.states.len() as u32
    }

    /// How many slots have a place. They come first; the others are in no block and are never visible.
    pub fn placed(&self) -> u32 {
        self.columns.placed
    }

    /// Takes in one report: state, when it was seen (NaN for never) and how often it promises to report (s). True when the
    /// state differs. The state's freshness stands until the next [`Self::age`].
    pub fn change(&mut self, row: u32, state: PointState, seen: f32, period: f32) -> bool {
        let revision = self.revision;
        self.apply(&[PointChange {
            row,
            state,
            seen,
            period,
        }]);
        self.revision != revision
    }

    /// Takes in many reports, in their order; as [`Self::change`]. Allocates nothing.
    pub fn apply(&mut self, changes: &[PointChange]) {
        let changed = if self.moving {
            self.put_all::<true>(changes)
        } else {
            self.put_all::<false>(changes)
        };
        if changed {
            self.any_dirty = true;
            self.revision += 1;
        }
    }

    /// Takes in that a thing of a moving set is at `to` at the moment `at`: its next leg begins where it is drawn at that
    /// moment, and its heading follows. The leg takes as long as the last gap between reports, at most one period. Reports
    /// that are older than the last one, or not finite, are passed over, as is every report of a standing set. When it was
    /// seen is [`Self::change`]'s: a report of a place and a state is both calls.
    pub fn moved(&mut self, row: u32, to: [f32; 3], at: f32) {
        if !is_placed(to) || !at.is_finite() {
            return;
        }
        let Some(record) = self.rows.get(row as usize) else {
            return;
        };
        let (slot, period) = (record.slot, record.period);
        let last = self.columns.motions.get(slot as usize);
        if let Some(leg) = last.and_then(|leg| next_leg(leg, to, at, period)) {
            self.put_leg(slot, leg);
        }
    }

    /// Puts a thing of a moving set on a leg of the caller's own making; for a jump, [`Motion::still`]. False, and nothing
    /// changes, when the leg is not finite, ends before it begins, or there is no such row.
    pub fn set_leg(&mut self, row: u32, leg: Motion) -> bool {
        let slot = self.slot_of(row).filter(|_| is_sound(&leg));
        slot.is_some_and(|slot| self.put_leg(slot, leg))
    }

    /// Shows only the rows that `filter` keeps; `None` shows all. The answers are kept, not the filter: ask again when the
    /// states that it reads have changed.
    pub fn set_filter(&mut self, filter: Option<&dyn Fn(u32) -> bool>) {
        for slot in 0..self.slots() {
            let row = self.row_of(slot);
            let kept = row.is_some_and(|row| filter.is_none_or(|keeps| keeps(row)));
            self.columns.keep(slot, kept);
        }
        self.revision += 1;
    }

    /// Shows all rows again.
    pub fn clear_filter(&mut self) {
        self.set_filter(None);
    }

    /// Answers the filter anew for one row.
    pub fn set_kept(&mut self, row: u32, kept: bool) {
        if let Some(slot) = self.slot_of(row) {
            self.columns.keep(slot, kept);
            self.revision += 1;
        }
    }

    /// Says whether the source that a row comes through is late as a whole. Shows with the next [`Self::age`].
    pub fn set_source_late(&mut self, row: u32, late: bool) {
        if let Some(record) = self.rows.get_mut(row as usize) {
            let bit = if late { SOURCE_LATE } else { 0 };
            record.aged = (record.aged & !SOURCE_LATE) | bit;
        }
    }

    /// Freshness of all rows at `now`, by [`cim_model::Freshness::of_age`], and why they aged. Call it once a second. How
    /// many rows look different from before.
    pub fn age(&mut self, now: f32, why: Aging) -> u32 {
        if !now.is_finite() {
            return 0;
        }
        let now = f64::from(now);
        let columns = &mut self.columns;
        let mut changed = 0;
        for row in &mut self.rows {
            let aged = row.aged_at(now, why);
            if row.aged & AGED == aged {
                continue;
            }
            row.aged = (row.aged & !AGED) | aged;
            if let Some(state) = columns.states.get(row.slot as usize).copied() {
                let packed = with_aged(state.packed, aged);
                columns.put::<false>(row.slot, PointState { packed, ..state });
                changed += 1;
            }
        }
        if changed > 0 {
            self.any_dirty = true;
            self.revision += 1;
        }
        changed
    }

    /// Brings up to date what looking needs; call it once a frame, after the changes and before looking. Sorts a moving set
    /// again when moves have loosened its blocks by half, at most once a second; `now` in seconds since the epoch.
    pub fn settle(&mut self, now: f32) {
        self.loosened |= self.blocks.refresh(&mut self.columns);
        let is_due = |at: f32| (now - at).abs() >= SORT_EVERY_S;
        if !self.moving || !self.sorted_at.is_none_or(is_due) {
            return;
        }
        let is_loose = self.loosened && self.blocks.area() > LOOSENED * self.sorted_area;
        self.loosened = false;
        if is_loose || self.newly_placed {
            self.sort();
            self.sorted_at = Some(now);
        }
    }

    /// The row of a slot.
    pub fn row_of(&self, slot: u32) -> Option<u32> {
        self.columns.row_of.get(slot as usize).copied()
    }

    /// The slot of a row, until [`Self::order`] changes.
    pub fn slot_of(&self, row: u32) -> Option<u32> {
        self.rows.get(row as usize).map(|record| record.slot)
    }

    /// The state of a slot; that of a row that holds nothing where there is none.
    pub fn state(&self, slot: u32) -> PointState {
        let state = self.columns.states.get(slot as usize);
        state.copied().unwrap_or_default()
    }

    /// Where a slot is drawn at `now`; NaN where there is none.
    pub fn place_at(&self, slot: u32, now: f32) -> [f32; 3] {
        self.columns.place_at(slot, now).unwrap_or([f32::NAN; 3])
    }

    /// When a slot was seen last, seconds since the epoch; NaN for never.
    pub fn seen(&self, slot: u32) -> f32 {
        self.record(slot).map_or(f32::NAN, |record| record.seen)
    }

    /// How often a slot promises to report, seconds; infinite for what never ages.
    pub fn period(&self, slot: u32) -> f32 {
        let record = self.record(slot);
        record.map_or(f32::INFINITY, |record| record.period)
    }

    /// True when a slot is to be seen: it has a place and something to show, and the filter keeps it.
    pub fn is_visible(&self, slot: u32) -> bool {
        let mark = self.marks().get(slot as usize);
        mark.is_some_and(|mark| mark & MARK_VISIBLE == MARK_VISIBLE)
    }

    /// Counts everything that may change the picture.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Counts how often slots changed their order.
    pub fn order(&self) -> u64 {
        self.order
    }

    /// When the last leg ends, seconds since the epoch: until then the picture changes by itself. Minus infinity when
    /// nothing has moved.
    pub fn motion_until(&self) -> f32 {
        self.motion_until
    }

    /// The Morton key of each slot that has a place, ascending: 16 bits east and 16 north over [`Self::extent`], east in the
    /// lowest. For moving things as of the last sort.
    pub fn keys(&self) -> &[u32] {
        &self.keys
    }

    /// The square that the keys divide.
    pub fn extent(&self) -> Extent {
        self.extent
    }

    /// How many blocks of [`BLOCK`] slots there are; the last may hold fewer.
    pub fn blocks(&self) -> u32 {
        self.columns.blocks()
    }

    /// What encloses a block, over the whole of the present legs; empty where there is none.
    pub fn block_bounds(&self, block: u32) -> Bounds {
        self.blocks.block_bounds(block)
    }

    /// The visible slots of a block, a bit each, the first slot in the lowest.
    pub fn block_mask(&self, block: u32) -> u64 {
        visible_mask(self.columns.marks_in(self.columns.slots_of(block)))
    }

    /// The tally of a block.
    pub fn block_tally(&self, block: u32) -> Tally {
        self.blocks.block_tally(&self.columns, block)
    }

    /// What [`Self::tally`] counts, one byte for each slot that has a place: see the `MARK_` constants of
    /// [`points`](super).
    pub fn marks(&self) -> &[u8] {
        self.columns.marks_in(0..self.columns.placed)
    }

    /// The visible ones of a range of slots, by state. Cheap after [`Self::settle`], else linear in the range.
    pub fn tally(&self, slots: Range<u32>) -> Tally {
        self.blocks.tally(&self.columns, slots)
    }

    /// What encloses a range of slots, visible or not, over the whole of the present legs. Cheap after [`Self::settle`].
    pub fn bounds(&self, slots: Range<u32>) -> Bounds {
        self.blocks.bounds(&self.columns, slots)
    }

    /// The middle of a range of slots, visible or not, so that it stays when filters change; the origin for an empty one.
    /// Cheap after [`Self::settle`], else linear in the range.
    pub fn middle(&self, slots: Range<u32>) -> [f32; 3] {
        self.blocks.middle(&self.columns, slots)
    }

    /// Says what the GPU lacks since the last call. One caller only: who draws. With [`Dirt::All`] the upload stays empty,
    /// and the columns are read whole.
    pub fn take_upload(&mut self, into: &mut Upload) -> Dirt {
        into.clear();
        let all = std::mem::take(&mut self.all_dirty);
        let any = std::mem::take(&mut self.any_dirty);
        let columns = &mut self.columns;
        if all {
            for (place, row) in columns.places.iter_mut().zip(&columns.row_of) {
                place.since = self
                    .rows
                    .get(*row as usize)
                    .map_or(f32::NAN, |row| row.seen);
            }
            columns.dirty.fill(0);
            columns.dirty_legs.fill(0);
            return Dirt::All;
        }
        if !any {
            return Dirt::Clean;
        }
        gather(
            &mut columns.dirty,
            &columns.states,
            &mut into.heads,
            &mut into.offsets,
            &mut into.states,
        );
        gather(
            &mut columns.dirty_legs,
            &columns.motions,
            &mut into.move_heads,
            &mut into.move_offsets,
            &mut into.motions,
        );
        Dirt::Changes
    }

    /// Where the slots of a standing set are; empty for a moving one.
    pub fn places(&self) -> &[Place] {
        &self.columns.places
    }

    /// The legs of the slots of a moving set; empty for a standing one.
    pub fn motions(&self) -> &[Motion] {
        &self.columns.motions
    }

    /// The states of the slots.
    pub fn states(&self) -> &[PointState] {
        &self.columns.states
    }

    /// How many bytes its columns take on the GPU.
    pub fn gpu_bytes(&self) -> usize {
        size_of_val(self.places()) + size_of_val(self.motions()) + size_of_val(self.states())
    }

    fn empty(epoch: UtcMillis) -> Self {
        Self {
            epoch,
            moving: false,
            rows: Vec::new(),
            columns: Columns::default(),
            blocks: Blocks::default(),
            sorter: Sorter::default(),
            keys: Vec::new(),
            extent: Extent::default(),
            all_dirty: false,
            any_dirty: false,
            revision: 0,
            order: 0,
            motion_until: f32::NEG_INFINITY,
            newly_placed: false,
            loosened: false,
            sorted_area: 0.0,
            sorted_at: None,
        }
    }

    fn record(&self, slot: u32) -> Option<&Row> {
        let row = self.row_of(slot)?;
        self.rows.get(row as usize)
    }

    /// Writes reports; true when a state differs from before.
    fn put_all<const HEADING_KEPT: bool>(&mut self, changes: &[PointChange]) -> bool {
        // In two passes, so that the slots of many rows are on their way from memory at a time: the states' addresses hang
        // on them.
        let mut slots = [u32::MAX; 64];
        let mut changed = false;
        for part in changes.chunks(slots.len()) {
            for (slot, change) in slots.iter_mut().zip(part) {
                *slot = match self.rows.get_mut(change.row as usize) {
                    Some(record) => {
                        record.report(change.state.packed, change.seen, change.period);
                        record.slot
                    }
                    None => u32::MAX,
                };
            }
            for (slot, change) in slots.iter().zip(part) {
                changed |= self.columns.put::<HEADING_KEPT>(*slot, change.state);
            }
        }
        changed
    }

    /// Puts a slot on a leg; false when the set has no legs or no such slot.
    fn put_leg(&mut self, slot: u32, leg: Motion) -> bool {
        let index = slot as usize;
        let columns = &mut self.columns;
        let (Some(motion), Some(word)) = (
            columns.motions.get_mut(index),
            columns.dirty_legs.get_mut(index / 64),
        ) else {
            return false;
        };
        *motion = leg;
        *word |= 1 << (slot % 64);
        let state = columns.states.get(index).copied().unwrap_or_default();
        if has_heading(state.shape())
            && let Some(heading) = heading_along(&leg)
        {
            columns.put::<false>(slot, state.with_heading(heading));
        }
        if slot < columns.placed {
            self.blocks.moved(slot, leg.from, leg.to);
        } else {
            self.newly_placed = true;
        }
        if leg.t1 > leg.t0 {
            self.motion_until = self.motion_until.max(leg.t1);
        }
        self.any_dirty = true;
        self.revision += 1;
        true
    }

    /// Puts all slots in the order of space.
    fn sort(&mut self) {
        self.extent = self
            .sorter
            .sort(&mut self.rows, &mut self.columns, &mut self.keys);
        self.blocks.rebuild(&mut self.columns);
        self.sorted_area = self.blocks.area();
        self.newly_placed = false;
        self.loosened = false;
        self.all_dirty = true;
        self.order += 1;
        self.revision += 1;
    }
}
