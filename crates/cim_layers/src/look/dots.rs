//! Dots: one per so many pixels, the most urgent point in them; or every point of every block in the picture.
//!
//! A million points are looked through once, in the order in which they lie in memory. The walk only finds out which level
//! of cells is smaller than a dot here: where that is the same level in a whole cell, its slots are grouped by their keys.

use super::sight::{Frustum, Side};
use super::walk::{Cell, FEW_SLOTS, FINEST, Span, each_visible, urgency_of, worst_slot};
use super::{DrawnPoint, FULL};
use crate::points::{BLOCK, MARK_CLASS, MARK_VISIBLE, PointSet};

/// The level at which each point is a dot of its own: even the finest cells are larger than a dot.
const EACH: u8 = FINEST + 1;
/// In more slots than this, the most urgent one is found by sums.
const MANY_SLOTS: u32 = 1024;

/// A walk that finds dots.
pub(super) struct Dots<'a> {
    pub(super) set: &'a PointSet,
    /// Seconds since the set's epoch.
    pub(super) now: f32,
    pub(super) picture: &'a Frustum,
    /// At this depth, metres, the whole extent is as large as one dot.
    pub(super) one_dot_m: f32,
    pub(super) points: &'a mut Vec<DrawnPoint>,
}

impl Dots<'_> {
    /// Goes into a cell.
    pub(super) fn visit(&mut self, cell: Cell) {
        let span = cell.span;
        if span.is_empty() {
            return;
        }
        let is_few = span.len() <= FEW_SLOTS;
        if !is_few && self.set.tally(span.range()).total() == 0 {
            return;
        }
        let bounds = self.set.bounds(span.range());
        let side = self.picture.side_of(&bounds);
        if side == Side::Outside {
            return;
        }
        let (nearest_m, farthest_m) = self.picture.depths_of(&bounds);
        let level = self.level_at(nearest_m);
        if cell.level >= level && span.len() > MANY_SLOTS {
            if let Some(slot) = worst_slot(self.set, span) {
                self.points.push(DrawnPoint { slot, flags: FULL });
            }
        } else if cell.level >= level {
            self.group(span, cell.level, Side::Inside);
        } else if side == Side::Inside && level == self.level_at(farthest_m) {
            self.group(span, level, Side::Inside);
        } else if is_few || cell.is_finest() {
            self.group(span, level, side);
        } else {
            for quarter in cell.quarters(self.set.keys()) {
                self.visit(quarter);
            }
        }
    }

    /// The level of the largest cells that are smaller than a dot at a depth (m).
    fn level_at(&self, depth_m: f32) -> u8 {
        let dots = self.one_dot_m / depth_m;
        // Asked this way round, what is behind the eye (negative, infinite, NaN) has the finest dots.
        let has_depth = depth_m > 0.0 && dots.is_finite();
        if !has_depth {
            return EACH;
        }
        if dots < 1.0 {
            return 0;
        }
        (dots.log2().floor() as u8).saturating_add(1).min(EACH)
    }

    /// One dot for each run of visible slots in the same cell of a level.
    fn group(&mut self, span: Span, level: u8, side: Side) {
        let (set, now, picture) = (self.set, self.now, self.picture);
        let keys = set.keys().get(span.indices()).unwrap_or_default();
        let marks = set.marks().get(span.indices()).unwrap_or_default();
        let shift = 32_u32.saturating_sub(2 * u32::from(level));
        let mut run = Run::default();
        for (slot, (key, mark)) in (span.first..).zip(keys.iter().zip(marks)) {
            if mark & MARK_VISIBLE != MARK_VISIBLE {
                continue;
            }
            if side == Side::Crosses && !picture.holds(set.place_at(slot, now)) {
                continue;
            }
            let cell = if level >= EACH {
                u64::from(slot)
            } else {
                u64::from(*key) >> shift
            };
            let urgency = urgency_of(mark & MARK_CLASS);
            if run.cell != Some(cell) {
                run.end(self.points);
                run = Run {
                    cell: Some(cell),
                    slot,
                    urgency,
                };
            } else if urgency > run.urgency {
                run.slot = slot;
                run.urgency = urgency;
            }
        }
        run.end(self.points);
    }
}

/// Slots that share a cell, and the most urgent one so far; the first of several.
#[derive(Clone, Copy, Debug, Default)]
struct Run {
    cell: Option<u64>,
    slot: u32,
    urgency: u8,
}

impl Run {
    fn end(self, points: &mut Vec<DrawnPoint>) {
        if self.cell.is_some() {
            let (slot, flags) = (self.slot, FULL);
            points.push(DrawnPoint { slot, flags });
        }
    }
}

/// Every visible point of every block that the picture touches.
pub(super) fn each(set: &PointSet, picture: &Frustum, points: &mut Vec<DrawnPoint>) {
    let slots = set.slots();
    for block in 0..set.blocks() {
        if set.block_mask(block) == 0 || picture.side_of(&set.block_bounds(block)) == Side::Outside
        {
            continue;
        }
        let first = block * BLOCK;
        let end = (first + BLOCK).min(slots);
        each_visible(set, Span { first, end }, |slot| {
            points.push(DrawnPoint { slot, flags: FULL });
        });
    }
}
