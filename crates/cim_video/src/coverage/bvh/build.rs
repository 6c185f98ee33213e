//! How the tree is built: ranges of triangles are cut where the expected cost of a line is least.
//!
//! The surface area heuristic with sixteen bins an axis (Wald, "On fast construction of SAH-based bounding volume
//! hierarchies", 2007). A node's range is cut until it has four parts, always the part that costs most.

use super::{Bvh, NONE, Node, WIDTH};
use crate::coverage::triangle::Triangle;
use glam::{Vec3, Vec4};
use std::ops::Range;

/// Triangles in a leaf at most.
const MAX_LEAF: usize = 4;

/// Bins of an axis.
const BINS: usize = 16;

/// Below this level ranges are halved by count: heaps that the heuristic peels one by one stay shallow.
const SAH_LEVELS: usize = 24;

/// Levels at most: those of the heuristic, and halving 2³² triangles after it.
pub(super) const MAX_LEVELS: usize = SAH_LEVELS + 32;

/// By so much a box is wider than what is in it, metres.
const MARGIN_M: f32 = 1.0e-3;

/// And by so much of the largest coordinate: rounding grows with it.
const MARGIN_SHARE: f32 = 1.0e-6;

/// Where a child that is none stands: no line gets there.
const NOWHERE_M: f32 = 1.0e30;

/// A box around a triangle or around many.
#[derive(Clone, Copy, Debug)]
struct Around {
    low: Vec3,
    high: Vec3,
}

impl Around {
    const NOTHING: Self = Self {
        low: Vec3::INFINITY,
        high: Vec3::NEG_INFINITY,
    };

    fn of(triangle: &Triangle) -> Self {
        let [a, b, c] = triangle.corners();
        Self {
            low: a.min(b).min(c),
            high: a.max(b).max(c),
        }
    }

    fn with(self, other: Self) -> Self {
        Self {
            low: self.low.min(other.low),
            high: self.high.max(other.high),
        }
    }

    fn middle(self) -> Vec3 {
        (self.low + self.high) * 0.5
    }

    /// Half its surface; 0 for nothing.
    fn half_area(self) -> f32 {
        let size = (self.high - self.low).max(Vec3::ZERO);
        size.x * size.y + size.y * size.z + size.z * size.x
    }
}

/// A range of the order, and the box around what it names.
#[derive(Clone, Debug)]
struct Part {
    range: Range<usize>,
    around: Around,
}

impl Part {
    fn cost(&self) -> f32 {
        self.around.half_area() * self.range.len() as f32
    }
}

/// Where a range is cut.
struct Cut {
    axis: usize,
    /// Bins up to here stay on the left.
    bin: usize,
    cost: f32,
}

struct Builder {
    around: Vec<Around>,
    order: Vec<u32>,
    nodes: Vec<Node>,
}

impl Bvh {
    /// The tree over all triangles whose corners are numbers.
    pub(crate) fn new(mut triangles: Vec<Triangle>) -> Self {
        triangles.retain(|one| one.corners().iter().all(|corner| corner.is_finite()));
        if triangles.is_empty() {
            return Self::default();
        }
        let mut builder = Builder {
            around: triangles.iter().map(Around::of).collect(),
            order: (0..triangles.len() as u32).collect(),
            nodes: Vec::with_capacity(triangles.len() / 6 + 1),
        };
        builder.build();
        let Builder { order, nodes, .. } = builder;
        let ordered = order.iter().filter_map(|row| triangles.get(*row as usize));
        Self {
            triangles: ordered.copied().collect(),
            nodes,
        }
    }
}

impl Builder {
    fn build(&mut self) {
        let all = self.part(0..self.order.len());
        self.nodes.push(empty_node());
        let mut waiting = vec![(0_usize, all, 0_usize)];
        while let Some((at, part, level)) = waiting.pop() {
            let parts = self.four_parts(part, level);
            let mut node = empty_node();
            for (lane, part) in parts.into_iter().enumerate().take(WIDTH) {
                set_box(&mut node, lane, part.around);
                if part.range.len() <= MAX_LEAF {
                    node.child[lane] = part.range.start as u32;
                    node.count[lane] = part.range.len() as u32;
                } else {
                    node.child[lane] = self.nodes.len() as u32;
                    waiting.push((self.nodes.len(), part, level + 1));
                    self.nodes.push(empty_node());
                }
            }
            if let Some(slot) = self.nodes.get_mut(at) {
                *slot = node;
            }
        }
    }

    /// The range cut until it has four parts or nothing is left to cut.
    fn four_parts(&mut self, part: Part, level: usize) -> Vec<Part> {
        let mut parts = vec![part];
        while parts.len() < WIDTH {
            let costliest = parts
                .iter()
                .enumerate()
                .filter(|(_, part)| part.range.len() > MAX_LEAF)
                .max_by(|(_, a), (_, b)| a.cost().total_cmp(&b.cost()))
                .map(|(at, _)| at);
            let Some(at) = costliest else {
                break;
            };
            let part = parts.swap_remove(at);
            let middle = self.cut(&part, level);
            let Range { start, end } = part.range;
            parts.push(self.part(start..middle));
            parts.push(self.part(middle..end));
        }
        parts
    }

    fn part(&self, range: Range<usize>) -> Part {
        let around = self
            .rows(&range)
            .fold(Around::NOTHING, |all, row| all.with(self.around[row]));
        Part { range, around }
    }

    fn rows(&self, range: &Range<usize>) -> impl Iterator<Item = usize> {
        let rows = self.order.get(range.clone()).unwrap_or_default();
        rows.iter().map(|row| *row as usize)
    }

    /// Orders a range of at least two so that its two parts lie side by side; returns where the second begins.
    fn cut(&mut self, part: &Part, level: usize) -> usize {
        let middles = self.rows(&part.range).fold(Around::NOTHING, |all, row| {
            let middle = self.around[row].middle();
            all.with(Around {
                low: middle,
                high: middle,
            })
        });
        let cut = (0..3)
            .filter(|_| level < SAH_LEVELS)
            .filter_map(|axis| self.best_cut(part, axis, middles))
            .min_by(|a, b| a.cost.total_cmp(&b.cost));
        let around = &self.around;
        let Some(rows) = self.order.get_mut(part.range.clone()) else {
            return part.range.start;
        };
        let left = match cut {
            Some(cut) => {
                let bins = Bins::new(cut.axis, middles);
                partition(rows, |row| {
                    bins.of(around[row as usize].middle()) <= cut.bin
                })
            }
            None => 0,
        };
        if left > 0 && left < rows.len() {
            return part.range.start + left;
        }
        let size = middles.high - middles.low;
        let axis = longest(size);
        let half = rows.len() / 2;
        rows.select_nth_unstable_by(half, |a, b| {
            let place = |row: u32| around[row as usize].middle().to_array()[axis];
            place(*a).total_cmp(&place(*b)).then(a.cmp(b))
        });
        part.range.start + half
    }

    /// The cut along an axis after which a line costs least; `None` where all middles are at one place.
    fn best_cut(&self, part: &Part, axis: usize, middles: Around) -> Option<Cut> {
        let bins = Bins::new(axis, middles);
        if bins.scale <= 0.0 {
            return None;
        }
        let mut filled = [(Around::NOTHING, 0_u32); BINS];
        for row in self.rows(&part.range) {
            let around = self.around[row];
            let (all, count) = &mut filled[bins.of(around.middle())];
            *all = all.with(around);
            *count += 1;
        }
        let mut right_costs = [0.0_f32; BINS];
        let mut right = (Around::NOTHING, 0_u32);
        for bin in (1..BINS).rev() {
            right = (right.0.with(filled[bin].0), right.1 + filled[bin].1);
            right_costs[bin] = right.0.half_area() * right.1 as f32;
        }
        let mut left = (Around::NOTHING, 0_u32);
        let mut best: Option<Cut> = None;
        for bin in 0..BINS - 1 {
            left = (left.0.with(filled[bin].0), left.1 + filled[bin].1);
            let cost = left.0.half_area() * left.1 as f32 + right_costs[bin + 1];
            if best.as_ref().is_none_or(|least| cost < least.cost) {
                best = Some(Cut { axis, bin, cost });
            }
        }
        best
    }
}

/// Sixteen bins along an axis.
struct Bins {
    axis: usize,
    low: f32,
    scale: f32,
}

impl Bins {
    fn new(axis: usize, middles: Around) -> Self {
        let (low, high) = (middles.low.to_array()[axis], middles.high.to_array()[axis]);
        let scale = if high > low {
            BINS as f32 / (high - low)
        } else {
            0.0
        };
        Self { axis, low, scale }
    }

    fn of(&self, middle: Vec3) -> usize {
        let bin = (middle.to_array()[self.axis] - self.low) * self.scale;
        (bin as usize).min(BINS - 1)
    }
}

/// Brings the rows that stay left to the front; returns how many they are.
fn partition(rows: &mut [u32], is_left: impl Fn(u32) -> bool) -> usize {
    let mut left = 0;
    for at in 0..rows.len() {
        if is_left(rows[at]) {
            rows.swap(left, at);
            left += 1;
        }
    }
    left
}

fn longest(size: Vec3) -> usize {
    if size.x >= size.y && size.x >= size.z {
        0
    } else if size.y >= size.z {
        1
    } else {
        2
    }
}

fn empty_node() -> Node {
    Node {
        low: [Vec4::splat(NOWHERE_M); 3],
        high: [Vec4::splat(NOWHERE_M); 3],
        child: [NONE; WIDTH],
        count: [0; WIDTH],
    }
}

fn set_box(node: &mut Node, lane: usize, around: Around) {
    let largest = around.low.abs().max(around.high.abs()).max_element();
    let margin = Vec3::splat(MARGIN_M + largest * MARGIN_SHARE);
    let (low, high) = (
        (around.low - margin).to_array(),
        (around.high + margin).to_array(),
    );
    for axis in 0..3 {
        node.low[axis][lane] = low[axis];
        node.high[axis][lane] = high[axis];
    }
}
