//! What is seen of a set of points: symbols, clusters or dots, what lies under a pixel, and what lies in an area.
//!
//! Every question walks the quadtree that lies in the set's Morton keys, so that it costs what is seen and not what there is.
//! Cells do not depend on the camera: clusters stay where they are while it moves sideways, and split as it approaches.
//!
//! | file | what |
//! |---|---|
//! | `sight` | from where: [`Sight`], and what lies outside of it: [`Frustum`] |
//! | `walk` | cells, their slots, sums over them |
//! | `symbols` | symbols and clusters |
//! | `dots` | one dot per so many pixels, or every point |
//! | `memory` | what the last look showed: hysteresis and fading |
//! | `pick` | what lies under a pixel |
//! | `region` | what lies in a box or a lasso |
//! | `obstacles` | what names must not cover |

mod dots;
mod memory;
mod obstacles;
mod pick;
mod region;
mod sight;
mod symbols;
#[cfg(test)]
mod tests;
mod walk;

pub use obstacles::{MOST_OBSTACLES, Obstacle, Obstacles};
pub use pick::{Hit, HitWhat, PIN_ABOVE_PX, pick};
pub use region::{Region, within};
pub use sight::{Frustum, Side, Sight};

use crate::points::PointSet;
use bytemuck::{Pod, Zeroable};
use dots::Dots;
use memory::Memory;
use std::ops::Range;
use symbols::Symbols;
use walk::{Cell, Span};

/// In [`DrawnPoint::flags`]: the point is selected.
pub const SELECTED: u32 = 1;
/// In [`DrawnPoint::flags`]: the pointer is over the point.
pub const HOVERED: u32 = 2;
/// Lowest bit of how far a point or a cluster has faded in (8 bits, 255 = fully there).
pub const FADE_SHIFT: u32 = 8;
/// The bits of the worst class in [`Cluster::flags`].
pub const WORST_MASK: u32 = 7;
/// So long a cell takes to fade in after it has split or merged, seconds.
pub const FADE_S: f32 = 0.2;
/// A cluster that the camera approaches splits when its cell covers `cell_px`, and closes again below this share of it.
pub const CLOSE_SHARE: f32 = 0.85;
/// Up to so many points of class high or critical within clusters are drawn as symbols of their own, too.
pub const MOST_APART: u32 = 200;

/// Fully there, neither selected nor hovered.
const FULL: u32 = 255 << FADE_SHIFT;
/// Symbols and clusters are taken so far beyond the picture's edge (CSS px), because they reach into it.
const SYMBOL_EDGE_PX: f32 = 32.0;
/// Dots are taken so far beyond the picture's edge, CSS px.
const DOT_EDGE_PX: f32 = 4.0;
/// So many chosen points that no look shows are added by [`Seen::mark`].
const MOST_ADDED: usize = 64;

/// How what is too dense is brought together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Gather {
    /// Points that share a cell smaller than `cell_px` (physical px) become one cluster; all others are symbols.
    Symbols {
        /// The size below which a cell is one cluster, physical px.
        cell_px: f32,
    },
    /// One dot per cell smaller than `dot_px` (physical px): its most urgent point.
    Dots {
        /// The size below which a cell is one dot, physical px; at least 1.
        dot_px: f32,
    },
    /// Every point, by blocks: some may lie a little outside the picture.
    Each,
}

/// A point to be drawn as the GPU reads it, 8 bytes.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
pub struct DrawnPoint {
    /// Its slot in the set.
    pub slot: u32,
    /// `SELECTED | HOVERED | faded in << FADE_SHIFT`.
    pub flags: u32,
}

/// Several points drawn as one, as the GPU reads it, 48 bytes.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub struct Cluster {
    /// The middle of its points, metres east, north and up.
    pub at: [f32; 3],
    /// How many visible points it holds.
    pub count: u32,
    /// How many of them are: normal, low or not real; medium; high; critical.
    pub by_class: [u32; 4],
    /// `worst class | faded in << FADE_SHIFT`.
    pub flags: u32,
    /// How many of them are late or missing.
    pub late: u32,
    /// Zeros.
    pub pad: [u32; 2],
}

impl Cluster {
    /// The most urgent class in it: 0 normal to 4 critical; 5 when nothing in it is real.
    pub fn worst(&self) -> u8 {
        (self.flags & WORST_MASK) as u8
    }

    /// How far a disc with this many points reaches from its middle, CSS px: larger for more, but never by much.
    pub fn radius_px(&self) -> f32 {
        (10.0 + 4.0 * (self.count.max(1) as f32).log10()).min(30.0)
    }
}

/// What a look has found, and what the next one needs to know of it. One per set and picture; its buffers are used again.
#[derive(Debug, Default)]
pub struct Seen {
    /// The points to draw, by slot ascending.
    pub points: Vec<DrawnPoint>,
    /// The clusters to draw, in the order of their slots.
    pub clusters: Vec<Cluster>,
    /// The slots of each cluster.
    spans: Vec<Span>,
    made: Option<Made>,
    marks: Vec<Mark>,
    /// How many points were added for their marks.
    added: usize,
    memory: Memory,
}

/// What the slots and cells of a look refer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Made {
    order: u64,
    /// Bits of the extent: the same bits are the same cells.
    extent: [u32; 3],
    has_cells: bool,
}

/// A point that is marked, or was added for it.
#[derive(Clone, Copy, Debug)]
struct Mark {
    slot: u32,
    is_added: bool,
}

impl Seen {
    /// True while something fades in: the next look will differ although nothing else has changed.
    pub fn is_fading(&self) -> bool {
        self.memory.is_fading()
    }

    /// The slots that a cluster stands for, by its index in `clusters`; visible or not.
    pub fn slots_of(&self, cluster: u32) -> Option<Range<u32>> {
        self.spans.get(cluster as usize).map(|span| span.range())
    }

    /// True when the slots in it are still those of the set.
    pub fn is_of(&self, set: &PointSet) -> bool {
        self.made.is_some_and(|made| made.order == set.order())
    }

    /// Marks slots as selected and hovered and takes earlier marks away. A few visible ones that are not drawn (because a
    /// cluster or a dot stands for them) are drawn as well. To be called after each look, and when a choice changes.
    pub fn mark(&mut self, set: &PointSet, selected: &[u32], hovered: Option<u32>) {
        self.unmark();
        for slot in selected {
            self.mark_one(set, *slot, SELECTED);
        }
        if let Some(slot) = hovered {
            self.mark_one(set, slot, HOVERED);
        }
    }

    fn mark_one(&mut self, set: &PointSet, slot: u32, flag: u32) {
        let mut is_added = false;
        match self.points.binary_search_by_key(&slot, |point| point.slot) {
            Ok(index) => {
                if let Some(point) = self.points.get_mut(index) {
                    point.flags |= flag;
                }
            }
            Err(index) => {
                if self.added >= MOST_ADDED || !set.is_visible(slot) {
                    return;
                }
                is_added = true;
                self.added += 1;
                let flags = FULL | flag;
                self.points.insert(index, DrawnPoint { slot, flags });
            }
        }
        self.marks.push(Mark { slot, is_added });
    }

    fn unmark(&mut self) {
        self.added = 0;
        while let Some(mark) = self.marks.pop() {
            let at = self
                .points
                .binary_search_by_key(&mark.slot, |point| point.slot);
            let Ok(index) = at else { continue };
            if mark.is_added {
                self.points.remove(index);
            } else if let Some(point) = self.points.get_mut(index) {
                point.flags &= !(SELECTED | HOVERED);
            }
        }
    }

    /// Empties what was found; forgets of the last look what no longer holds for this set.
    fn begin(&mut self, set: &PointSet, gather: Gather) {
        self.points.clear();
        self.clusters.clear();
        self.spans.clear();
        self.marks.clear();
        self.added = 0;
        let extent = set.extent();
        let [east, north] = extent.min;
        let made = Made {
            order: set.order(),
            extent: [east, north, extent.side_m].map(f32::to_bits),
            has_cells: matches!(gather, Gather::Symbols { .. }),
        };
        let same_cells =
            |last: Made| last.extent == made.extent && last.has_cells && made.has_cells;
        if !self.made.is_some_and(same_cells) {
            self.memory.forget();
        }
        if self.made.is_none_or(|last| last.order != made.order) {
            self.memory.forget_points();
        }
        self.made = Some(made);
    }
}

/// Looks at a set as it is at `now` (seconds since its epoch), `seconds` after the last look into the same [`Seen`].
///
/// Points of class high or critical are never swallowed by a cluster while at most [`MOST_APART`] of them are in the
/// picture: they are drawn as symbols and counted in their cluster as well.
///
/// To be called after [`PointSet::settle`]: sums over a set with changes that were not settled are right, but slow.
pub fn look(
    set: &PointSet,
    now: f32,
    sight: &Sight,
    gather: &Gather,
    seconds: f32,
    into: &mut Seen,
) {
    into.begin(set, *gather);
    let edge_px = match gather {
        Gather::Symbols { .. } => SYMBOL_EDGE_PX,
        Gather::Dots { .. } | Gather::Each => DOT_EDGE_PX,
    };
    let Some(picture) = sight.frustum(edge_px * sight.scale) else {
        into.memory.forget();
        return;
    };
    let Seen {
        points,
        clusters,
        spans,
        memory,
        ..
    } = into;
    match *gather {
        Gather::Symbols { cell_px } => {
            memory.turn(seconds);
            let mut symbols = Symbols {
                set,
                now,
                sight,
                picture: &picture,
                cell_px: at_least_one(cell_px),
                memory,
                points,
                clusters,
                spans,
                urgent: 0,
            };
            symbols.visit(Cell::root(set), false);
            symbols.keep_apart();
        }
        Gather::Dots { dot_px } => {
            let mut dots = Dots {
                set,
                now,
                picture: &picture,
                one_dot_m: set.extent().side_m * sight.focal_px / at_least_one(dot_px),
                points,
            };
            dots.visit(Cell::root(set));
        }
        Gather::Each => dots::each(set, &picture, points),
    }
}

/// A size in px as asked for; 1 for what is less or no size.
fn at_least_one(px: f32) -> f32 {
    // `max` takes the other one for a NaN.
    px.max(1.0)
}
