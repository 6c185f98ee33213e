//! Symbols and clusters: cells that are too small in the picture become one cluster, what stands alone is a symbol.

use super::memory::Memory;
use super::sight::{Frustum, Side, Sight};
use super::walk::{Cell, Span, each_urgent, each_visible, is_urgent, middle_of, urgent_in};
use super::{CLOSE_SHARE, Cluster, DrawnPoint, FULL, MOST_APART};
use crate::points::{PointSet, Tally};

/// A single visible point is looked for among so many slots at most; in more, the walk goes on.
const LONE_SLOTS: u32 = 1024;
/// The smallest cell that is large in the picture shows its points as symbols when they are this many at most.
const MOST_IN_FINEST: u32 = 16;

/// A walk that finds symbols and clusters.
pub(super) struct Symbols<'a> {
    pub(super) set: &'a PointSet,
    pub(super) now: f32,
    pub(super) sight: &'a Sight,
    pub(super) picture: &'a Frustum,
    pub(super) cell_px: f32,
    pub(super) memory: &'a mut Memory,
    pub(super) points: &'a mut Vec<DrawnPoint>,
    pub(super) clusters: &'a mut Vec<Cluster>,
    pub(super) spans: &'a mut Vec<Span>,
    /// How many high and critical ones were met, as symbols or in clusters.
    pub(super) urgent: u32,
}

impl Symbols<'_> {
    /// Goes into a cell. `came_apart`: it lies in what was one cluster in the last look.
    pub(super) fn visit(&mut self, cell: Cell, came_apart: bool) {
        if cell.span.is_empty() {
            return;
        }
        let tally = self.set.tally(cell.span.range());
        let visible = tally.total();
        if visible == 0 {
            return;
        }
        let bounds = self.set.bounds(cell.span.range());
        if self.picture.side_of(&bounds) == Side::Outside {
            return;
        }
        let id = cell.id();
        let was_cluster = self.memory.was_cluster(id);
        if visible == 1 && cell.span.len() <= LONE_SLOTS {
            self.show_points(cell.span, came_apart || was_cluster);
            return;
        }
        let (nearest_m, _) = self.picture.depths_of(&bounds);
        let lean = self.sight.foreshortening(&bounds);
        let size_px = self.sight.px_of(cell.side_m(self.set), nearest_m) * lean;
        let limit_px = if self.memory.was_split(id) {
            self.cell_px * CLOSE_SHARE
        } else {
            self.cell_px
        };
        if visible > 1 && size_px < limit_px {
            self.show_cluster(cell, &tally, came_apart);
        } else if !cell.is_finest() {
            self.memory.split(id);
            for quarter in cell.quarters(self.set.keys()) {
                self.visit(quarter, came_apart || was_cluster);
            }
        } else if visible <= MOST_IN_FINEST {
            self.show_points(cell.span, came_apart || was_cluster);
        } else {
            self.show_cluster(cell, &tally, came_apart);
        }
    }

    /// Draws the high and critical ones in clusters as symbols as well, if they are few enough to be told apart.
    pub(super) fn keep_apart(&mut self) {
        if self.urgent > MOST_APART {
            return;
        }
        let (set, now, picture, points) = (self.set, self.now, self.picture, &mut *self.points);
        let before = points.len();
        for (cluster, span) in self.clusters.iter().zip(self.spans.iter()) {
            let [_, _, high, critical] = cluster.by_class;
            if high + critical == 0 {
                continue;
            }
            each_urgent(set, *span, &mut |slot| {
                if picture.holds(set.place_at(slot, now)) {
                    points.push(DrawnPoint { slot, flags: FULL });
                }
            });
        }
        if points.len() > before {
            points.sort_unstable_by_key(|point| point.slot);
        }
    }

    fn show_points(&mut self, span: Span, came_apart: bool) {
        let (set, now) = (self.set, self.now);
        each_visible(set, span, |slot| {
            if self.picture.holds(set.place_at(slot, now)) {
                self.urgent += u32::from(is_urgent(set.state(slot).class()));
                let flags = self.memory.point(slot, came_apart);
                self.points.push(DrawnPoint { slot, flags });
            }
        });
    }

    fn show_cluster(&mut self, cell: Cell, tally: &Tally, came_apart: bool) {
        let [normal, low, medium, high, critical, unreal] = tally.by_class;
        self.urgent = self.urgent.saturating_add(urgent_in(tally));
        self.clusters.push(Cluster {
            at: middle_of(self.set, cell.span, self.now),
            count: tally.total(),
            by_class: [normal + low + unreal, medium, high, critical],
            flags: u32::from(tally.worst().unwrap_or(0))
                | self.memory.cluster(cell.id(), came_apart),
            late: tally.late + tally.missing,
            pad: [0; 2],
        });
        self.spans.push(cell.span);
    }
}
