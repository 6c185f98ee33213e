//! What lies under a pixel: the points and clusters that the last look has drawn, the nearest to the pixel first.

use super::sight::{Frustum, Side, Sight};
use super::walk::{Cell, FEW_SLOTS, each_visible};
use super::{DrawnPoint, Seen};
use crate::points::{PointSet, SHAPE_CAMERA, SHAPE_EVENT};
use std::cmp::Ordering;

/// How far above its place the middle of an event's pin is drawn, CSS px: a pin stands on its tip.
pub const PIN_ABOVE_PX: f32 = 20.0;

/// So few drawn points are tested without going further into their cell.
const FEW_DRAWN: usize = 32;

/// What lies under a pixel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// What it is.
    pub what: HitWhat,
    /// How far its middle is from the pixel, physical px.
    pub px_away: f32,
    /// How far it is from the eye along the direction of the look, metres.
    pub depth_m: f32,
    /// Of what is equally near: events, cameras, other points, clusters.
    order: u8,
}

/// A point or a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HitWhat {
    /// The point in this slot.
    Point(u32),
    /// A cluster of the last look.
    Cluster {
        /// Its index in [`Seen::clusters`].
        index: u32,
        /// The first slot that it stands for.
        first: u32,
        /// The slot after the last that it stands for.
        end: u32,
        /// How many visible points it holds.
        count: u32,
    },
}

impl Hit {
    /// Whole pixels first, as a person cannot tell less apart; then events before cameras before others; then depth.
    fn compare(&self, other: &Self) -> Ordering {
        (self.px_away as u32, self.order)
            .cmp(&(other.px_away as u32, other.order))
            .then(self.depth_m.total_cmp(&other.depth_m))
            .then(self.number().cmp(&other.number()))
    }

    fn number(&self) -> u32 {
        match self.what {
            HitWhat::Point(slot) => slot,
            HitWhat::Cluster { first, .. } => first,
        }
    }
}

/// Fills `into` with at most `most` things within `radius_px` (physical px) of a pixel, the best first.
///
/// What was drawn is what is found: `seen` is the last look at this set. If nothing was looked at yet, or the set has been
/// sorted anew since, every visible point counts. A cluster is found anywhere on its disc.
pub fn pick(
    set: &PointSet,
    now: f32,
    sight: &Sight,
    at_px: [f32; 2],
    radius_px: f32,
    seen: &Seen,
    most: usize,
    into: &mut Vec<Hit>,
) {
    into.clear();
    // A pin's place lies below its middle, so the window reaches further down by that much.
    let above_px = PIN_ABOVE_PX * sight.scale;
    let [x, y] = at_px;
    let window = sight.frustum_through(
        [x - radius_px, y - radius_px],
        [x + radius_px, y + radius_px + above_px],
    );
    let Some(window) = window.filter(|_| most > 0) else {
        return;
    };
    let is_drawn = seen.is_of(set);
    let mut search = Search {
        set,
        now,
        sight,
        at_px,
        radius_px,
        window,
        most,
        hits: into,
    };
    if is_drawn {
        search.clusters(seen);
    }
    search.visit(Cell::root(set), is_drawn.then_some(seen.points.as_slice()));
    into.sort_unstable_by(Hit::compare);
    into.truncate(most);
}

struct Search<'a> {
    set: &'a PointSet,
    now: f32,
    sight: &'a Sight,
    at_px: [f32; 2],
    radius_px: f32,
    window: Frustum,
    most: usize,
    hits: &'a mut Vec<Hit>,
}

impl Search<'_> {
    /// Goes into a cell with those of its points that were drawn; `None` when every visible one counts.
    fn visit(&mut self, cell: Cell, drawn: Option<&[DrawnPoint]>) {
        let (set, span) = (self.set, cell.span);
        if span.is_empty() || drawn.is_some_and(<[DrawnPoint]>::is_empty) {
            return;
        }
        let bounds = set.bounds(span.range());
        if self.window.side_of(&bounds) == Side::Outside {
            return;
        }
        match drawn {
            Some(drawn) if drawn.len() <= FEW_DRAWN || cell.is_finest() => {
                for point in drawn {
                    if set.is_visible(point.slot) {
                        self.point(point.slot);
                    }
                }
            }
            None if span.len() <= FEW_SLOTS || cell.is_finest() => {
                each_visible(set, span, |slot| self.point(slot));
            }
            _ => {
                for quarter in cell.quarters(set.keys()) {
                    self.visit(quarter, drawn.map(|drawn| drawn_in(drawn, quarter)));
                }
            }
        }
    }

    fn point(&mut self, slot: u32) {
        let shape = self.set.state(slot).shape();
        let above_px = if shape == SHAPE_EVENT {
            PIN_ABOVE_PX * self.sight.scale
        } else {
            0.0
        };
        let Some(([x, y], depth_m)) = self.sight.project(self.set.place_at(slot, self.now)) else {
            return;
        };
        let px_away = self.px_away([x, y - above_px]);
        if px_away <= self.radius_px {
            let order = match shape {
                SHAPE_EVENT => 0,
                SHAPE_CAMERA => 1,
                _ => 2,
            };
            self.take(Hit {
                what: HitWhat::Point(slot),
                px_away,
                depth_m,
                order,
            });
        }
    }

    fn clusters(&mut self, seen: &Seen) {
        for (index, cluster) in (0_u32..).zip(&seen.clusters) {
            let Some((at, depth_m)) = self.sight.project(cluster.at) else {
                continue;
            };
            let px_away = self.px_away(at);
            let reach_px = self.radius_px.max(cluster.radius_px() * self.sight.scale);
            let Some(slots) = seen.slots_of(index).filter(|_| px_away <= reach_px) else {
                continue;
            };
            self.take(Hit {
                what: HitWhat::Cluster {
                    index,
                    first: slots.start,
                    end: slots.end,
                    count: cluster.count,
                },
                px_away,
                depth_m,
                order: 3,
            });
        }
    }

    fn px_away(&self, px: [f32; 2]) -> f32 {
        let ([x, y], [at_x, at_y]) = (px, self.at_px);
        (x - at_x).hypot(y - at_y)
    }

    /// Keeps a hit; the worse half goes when there are many, so that a heap of points cannot grow the list.
    fn take(&mut self, hit: Hit) {
        self.hits.push(hit);
        if self.hits.len() >= self.most.saturating_mul(2).saturating_add(64) {
            self.hits.sort_unstable_by(Hit::compare);
            self.hits.truncate(self.most);
        }
    }
}

/// Those of ascending drawn points that lie in a cell.
fn drawn_in(drawn: &[DrawnPoint], cell: Cell) -> &[DrawnPoint] {
    let first = drawn.partition_point(|point| point.slot < cell.span.first);
    let end = drawn.partition_point(|point| point.slot < cell.span.end);
    drawn.get(first..end).unwrap_or_default()
}
