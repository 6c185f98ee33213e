//! The tree over the triangles: four boxes a node, side by side, tried at once.
//!
//! Boxes are a millimetre wider than what is in them, so that a triangle is tried wherever its own arithmetic might say
//! that it is met; of two met at the same place, the one with the lower row counts. So every answer is the one that a loop
//! over all triangles gives.

mod build;

use super::triangle::{Segment, Triangle};
use glam::{Vec3, Vec4};

/// Children of a node.
const WIDTH: usize = 4;

/// Nodes that wait at most: the tree is at most [`build::MAX_LEVELS`] levels deep and three wait on each.
const WAITING: usize = build::MAX_LEVELS * (WIDTH - 1) + 1;

/// Directions flatter than this along an axis are taken as this flat: no division by 0.
const FLATTEST: f32 = 1.0e-20;

/// The child that is none.
const NONE: u32 = u32::MAX;

/// All triangles, found by line or by box.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bvh {
    triangles: Vec<Triangle>,
    nodes: Vec<Node>,
}

/// Four boxes and what is in them.
#[derive(Clone, Copy, Debug)]
struct Node {
    low: [Vec4; 3],
    high: [Vec4; 3],
    /// A node, or the first of `count` triangles.
    child: [u32; WIDTH],
    /// Triangles; 0 for a node.
    count: [u32; WIDTH],
}

/// What a line meets first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Met {
    /// Share of the line's way.
    pub(crate) along: f32,
    /// Row of the feature.
    pub(crate) feature: u32,
}

/// A line as boxes try it.
struct Slabs {
    from: [Vec4; 3],
    scale: [Vec4; 3],
    least: Vec4,
}

impl Slabs {
    fn new(line: &Segment) -> Self {
        let scale = line.way.to_array().map(|way| {
            let way = if way.abs() < FLATTEST {
                FLATTEST.copysign(way)
            } else {
                way
            };
            Vec4::splat(way.recip())
        });
        Self {
            from: line.from.to_array().map(Vec4::splat),
            scale,
            least: Vec4::splat(line.least),
        }
    }

    /// Where the line enters each box, and a bit for each that it meets before `most`.
    #[inline]
    fn meets(&self, node: &Node, most: f32) -> (Vec4, u32) {
        let mut enter = self.least;
        let mut leave = Vec4::splat(most);
        for axis in 0..3 {
            let one = (node.low[axis] - self.from[axis]) * self.scale[axis];
            let other = (node.high[axis] - self.from[axis]) * self.scale[axis];
            enter = enter.max(one.min(other));
            leave = leave.min(one.max(other));
        }
        (enter, enter.cmple(leave).bitmask())
    }
}

/// Nodes that wait for their turn, with the place where the line enters them.
struct Waiting {
    nodes: [(f32, u32); WAITING],
    top: usize,
}

impl Waiting {
    fn with_root() -> Self {
        Self {
            nodes: [(0.0, 0); WAITING],
            top: 1,
        }
    }

    fn pop(&mut self) -> Option<(f32, u32)> {
        self.top = self.top.checked_sub(1)?;
        self.nodes.get(self.top).copied()
    }

    fn push(&mut self, enter: f32, node: u32) {
        if let Some(slot) = self.nodes.get_mut(self.top) {
            *slot = (enter, node);
            self.top += 1;
        }
    }

    /// Lets the nearest of the last `count` come first.
    fn nearest_first(&mut self, count: usize) {
        let from = self.top.saturating_sub(count);
        if let Some(last) = self.nodes.get_mut(from..self.top) {
            // At most four: moved one by one into their order.
            for at in 1..last.len() {
                let mut place = at;
                while place > 0 && last[place - 1].0 < last[place].0 {
                    last.swap(place - 1, place);
                    place -= 1;
                }
            }
        }
    }
}

impl Bvh {
    /// All triangles, in the order of the tree.
    pub(crate) fn triangles(&self) -> &[Triangle] {
        &self.triangles
    }

    /// What it takes in memory.
    pub(crate) fn bytes(&self) -> usize {
        self.triangles.len() * size_of::<Triangle>() + self.nodes.len() * size_of::<Node>()
    }

    /// Whether any triangle lies on the line.
    pub(crate) fn is_met(&self, line: &Segment) -> bool {
        if self.nodes.is_empty() {
            return false;
        }
        let slabs = Slabs::new(line);
        let mut waiting = Waiting::with_root();
        while let Some((_, node)) = waiting.pop() {
            let Some(node) = self.nodes.get(node as usize) else {
                continue;
            };
            let (enter, met) = slabs.meets(node, line.most);
            let enter = enter.to_array();
            let mut added = 0;
            for lane in (0..WIDTH).filter(|lane| met & (1 << lane) != 0) {
                if node.count[lane] == 0 {
                    waiting.push(enter[lane], node.child[lane]);
                    added += 1;
                } else if self
                    .leaf(node, lane)
                    .iter()
                    .any(|one| one.meets(line).is_some())
                {
                    return true;
                }
            }
            waiting.nearest_first(added);
        }
        false
    }

    /// What the line meets first among the features that are `wanted`.
    pub(crate) fn first(&self, line: &Segment, wanted: impl Fn(u32) -> bool) -> Option<Met> {
        if self.nodes.is_empty() {
            return None;
        }
        let slabs = Slabs::new(line);
        let mut waiting = Waiting::with_root();
        let mut best = Best {
            most: line.most,
            row: NONE,
            feature: 0,
        };
        while let Some((enter, node)) = waiting.pop() {
            let Some(node) = self.nodes.get(node as usize).filter(|_| enter <= best.most) else {
                continue;
            };
            let (enter, met) = slabs.meets(node, best.most);
            let enter = enter.to_array();
            let mut added = 0;
            for lane in (0..WIDTH).filter(|lane| met & (1 << lane) != 0) {
                if node.count[lane] == 0 {
                    waiting.push(enter[lane], node.child[lane]);
                    added += 1;
                } else {
                    self.leaf(node, lane)
                        .iter()
                        .zip(node.child[lane]..)
                        .filter(|(triangle, _)| wanted(triangle.feature))
                        .for_each(|(triangle, row)| best.take(triangle, row, line));
                }
            }
            waiting.nearest_first(added);
        }
        best.met()
    }

    /// Rows of the triangles whose own box meets this one, in their order.
    pub(crate) fn in_box(&self, low: Vec3, high: Vec3, found: &mut Vec<u32>) {
        found.clear();
        let mut waiting = vec![0_u32];
        let (lows, highs) = (low.to_array(), high.to_array());
        while let Some(node) = waiting.pop() {
            let Some(node) = self.nodes.get(node as usize) else {
                continue;
            };
            let mut met = u32::MAX;
            for axis in 0..3 {
                met &= node.low[axis].cmple(Vec4::splat(highs[axis])).bitmask();
                met &= node.high[axis].cmpge(Vec4::splat(lows[axis])).bitmask();
            }
            for lane in (0..WIDTH).filter(|lane| met & (1 << lane) != 0) {
                if node.count[lane] == 0 {
                    waiting.push(node.child[lane]);
                    continue;
                }
                let rows = self.leaf(node, lane).iter().zip(node.child[lane]..);
                let inside = rows.filter(|(one, _)| {
                    let [a, b, c] = one.corners();
                    let (least, most) = (a.min(b).min(c), a.max(b).max(c));
                    least.cmple(high).all() && most.cmpge(low).all()
                });
                found.extend(inside.map(|(_, row)| row));
            }
        }
        found.sort_unstable();
    }

    #[inline]
    fn leaf(&self, node: &Node, lane: usize) -> &[Triangle] {
        let first = node.child[lane] as usize;
        let end = first + node.count[lane] as usize;
        self.triangles.get(first..end).unwrap_or_default()
    }
}

/// The nearest triangle so far.
struct Best {
    most: f32,
    row: u32,
    feature: u32,
}

impl Best {
    /// Takes the triangle when it is met nearer, or as near with a lower row.
    #[inline]
    fn take(&mut self, triangle: &Triangle, row: u32, line: &Segment) {
        if let Some(along) = triangle.meets(line)
            && (along < self.most || (along <= self.most && row < self.row))
        {
            self.most = along;
            self.row = row;
            self.feature = triangle.feature;
        }
    }

    fn met(&self) -> Option<Met> {
        (self.row != NONE).then_some(Met {
            along: self.most,
            feature: self.feature,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coverage::town::Roll;

    /// So many triangles about 10 m wide in a cube of 400 m; some of them twice.
    fn heap(count: u32, roll: &mut Roll) -> Vec<Triangle> {
        let mut triangles = Vec::new();
        for feature in 0..count {
            let middle = roll.place() * 200.0;
            let mut corner = || middle + roll.place() * 10.0;
            let one = Triangle::new([corner(), corner(), corner()], feature);
            triangles.push(one);
            if feature.is_multiple_of(10) {
                triangles.push(one);
            }
        }
        triangles
    }

    /// What a look at every triangle finds.
    fn plain(bvh: &Bvh, line: &Segment) -> Option<Met> {
        let mut best = Best {
            most: line.most,
            row: NONE,
            feature: 0,
        };
        for (triangle, row) in bvh.triangles().iter().zip(0_u32..) {
            best.take(triangle, row, line);
        }
        best.met()
    }

    #[test]
    fn a_node_takes_two_cache_lines() {
        assert_eq!(size_of::<Node>(), 128);
    }

    #[test]
    fn the_tree_meets_what_a_look_at_every_triangle_meets() {
        let mut roll = Roll::new(11);
        let bvh = Bvh::new(heap(3_000, &mut roll));
        assert_eq!(bvh.triangles().len(), 3_300);
        let (mut met, mut clear) = (0, 0);
        for _ in 0..2_000 {
            let (from, to) = (roll.place() * 250.0, roll.place() * 250.0);
            let Some(line) = Segment::between(from, to) else {
                continue;
            };
            let expected = plain(&bvh, &line);
            assert_eq!(bvh.first(&line, |_| true), expected);
            assert_eq!(bvh.is_met(&line), expected.is_some());
            match expected {
                Some(_) => met += 1,
                None => clear += 1,
            }
        }
        assert!(met > 200 && clear > 200, "{met} met, {clear} clear");
    }

    #[test]
    fn lines_along_the_axes_are_met_too() {
        let mut roll = Roll::new(5);
        let bvh = Bvh::new(heap(2_000, &mut roll));
        for _ in 0..300 {
            let from = roll.place() * 200.0;
            for axis in [Vec3::X, -Vec3::Y, Vec3::Z] {
                let line = Segment::ray(from, axis, 0.0, 500.0);
                assert_eq!(bvh.first(&line, |_| true), plain(&bvh, &line));
            }
        }
    }

    #[test]
    fn a_box_finds_the_triangles_whose_boxes_meet_it() {
        let mut roll = Roll::new(3);
        let bvh = Bvh::new(heap(1_000, &mut roll));
        let mut found = Vec::new();
        for _ in 0..50 {
            let low = roll.place() * 200.0;
            let high = low + Vec3::splat(60.0);
            bvh.in_box(low, high, &mut found);
            let expected: Vec<u32> = bvh
                .triangles()
                .iter()
                .zip(0_u32..)
                .filter(|(one, _)| {
                    let [a, b, c] = one.corners();
                    a.min(b).min(c).cmple(high).all() && a.max(b).max(c).cmpge(low).all()
                })
                .map(|(_, row)| row)
                .collect();
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn triangles_that_are_no_use_are_left_out_and_none_make_no_tree() {
        let bvh = Bvh::new(vec![Triangle::new([Vec3::NAN, Vec3::X, Vec3::Y], 0)]);
        assert_eq!((bvh.triangles().len(), bvh.bytes()), (0, 0));
        let line = Segment::ray(Vec3::ZERO, Vec3::X, 0.0, 10.0);
        assert!(!bvh.is_met(&line) && bvh.first(&line, |_| true).is_none());
    }

    #[test]
    fn a_thousand_triangles_at_one_place_still_make_a_tree() {
        let one = Triangle::new([Vec3::ZERO, Vec3::X, Vec3::Y], 0);
        let bvh = Bvh::new(vec![one; 1_000]);
        let line = Segment::ray(Vec3::new(0.2, 0.2, 5.0), -Vec3::Z, 0.0, 10.0);
        let met = bvh.first(&line, |_| true).expect("a thousand of them");
        assert!((met.along - 0.5).abs() < 1e-6);
    }
}
