//! Corners become triangles, lines and points (glTF 2.0, "Topology types").

use super::accessor::Items;
use crate::Primitive;
use std::ops::Range;

const LINES: u32 = 1;
const LINE_LOOP: u32 = 2;
const LINE_STRIP: u32 = 3;
pub(super) const TRIANGLES: u32 = 4;
const TRIANGLE_STRIP: u32 = 5;
const TRIANGLE_FAN: u32 = 6;

/// Which vertices make the corners of a primitive.
pub(super) enum Corners<'a> {
    /// One after the other.
    Counted,
    /// As an accessor says.
    Listed(Items<'a>),
    /// As was unpacked.
    Unpacked(Vec<u32>),
}

/// The shape of a primitive.
pub(super) struct Topology<'a> {
    mode: u32,
    corners: Corners<'a>,
    vertices: usize,
}

impl<'a> Topology<'a> {
    pub(super) fn new(mode: u32, corners: Corners<'a>, vertices: usize) -> Result<Self, String> {
        if mode > TRIANGLE_FAN {
            return Err(format!("mode {mode} does not exist"));
        }
        let topology = Self {
            mode,
            corners,
            vertices,
        };
        let corners = topology.corner_count();
        if mode == TRIANGLES && !corners.is_multiple_of(3) {
            return Err(format!(
                "{corners} corners make no whole number of triangles"
            ));
        }
        Ok(topology)
    }

    /// What is made.
    pub(super) fn primitive(&self) -> Primitive {
        match self.mode {
            TRIANGLES.. => Primitive::Triangles,
            LINES..=LINE_STRIP => Primitive::Lines,
            _ => Primitive::Points,
        }
    }

    /// How many indices [`Topology::indices`] gives.
    pub(super) fn index_count(&self) -> usize {
        let corners = self.corner_count();
        match self.mode {
            LINES => corners / 2 * 2,
            LINE_LOOP if corners > 1 => corners.saturating_mul(2),
            LINE_LOOP | LINE_STRIP => corners.saturating_sub(1).saturating_mul(2),
            TRIANGLE_STRIP | TRIANGLE_FAN => corners.saturating_sub(2).saturating_mul(3),
            _ => corners,
        }
    }

    /// Rows of vertices for triangles, lines or points. Triangles of a mirrored primitive are turned, so that their
    /// outside stays out.
    pub(super) fn indices(&self, is_mirrored: bool) -> Result<Vec<u32>, String> {
        let mut corners = Vec::with_capacity(self.corner_count());
        match &self.corners {
            Corners::Counted => corners.extend((0_u32..).take(self.vertices)),
            Corners::Listed(items) => items.each_whole(|row| corners.push(row)),
            Corners::Unpacked(list) => corners.extend_from_slice(list),
        }
        let highest = corners.iter().copied().max().unwrap_or_default();
        if highest as usize >= self.vertices && !corners.is_empty() {
            return Err(format!(
                "a corner has vertex {highest} of {}",
                self.vertices
            ));
        }
        let mut indices = match self.mode {
            TRIANGLE_STRIP | TRIANGLE_FAN | LINE_LOOP | LINE_STRIP => self.connect(&corners),
            _ => corners,
        };
        indices.truncate(self.index_count());
        if is_mirrored && self.primitive() == Primitive::Triangles {
            turn_triangles(&mut indices);
        }
        Ok(indices)
    }

    /// True when every vertex is a corner.
    pub(super) fn takes_all(&self) -> bool {
        matches!(self.corners, Corners::Counted)
    }

    fn connect(&self, corners: &[u32]) -> Vec<u32> {
        let mut indices = Vec::with_capacity(self.index_count());
        match self.mode {
            TRIANGLE_STRIP => {
                for (number, triangle) in corners.array_windows::<3>().enumerate() {
                    let [a, b, c] = *triangle;
                    let is_even = number.is_multiple_of(2);
                    indices.extend(if is_even { [a, b, c] } else { [b, a, c] });
                }
            }
            TRIANGLE_FAN => {
                if let Some((hub, rim)) = corners.split_first() {
                    for [b, c] in rim.array_windows::<2>() {
                        indices.extend([*b, *c, *hub]);
                    }
                }
            }
            _ => {
                for line in corners.array_windows::<2>() {
                    indices.extend(line);
                }
                if let [first, .., last] = corners
                    && self.mode == LINE_LOOP
                {
                    indices.extend([*last, *first]);
                }
            }
        }
        indices
    }

    fn corner_count(&self) -> usize {
        match &self.corners {
            Corners::Counted => self.vertices,
            Corners::Listed(items) => items.count(),
            Corners::Unpacked(list) => list.len(),
        }
    }
}

/// The vertices of a primitive that its corners use. Many primitives of a file may share the same vertices, each using
/// a part of them.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Rows {
    /// As many as there are.
    All,
    /// Those in a range.
    Range(Range<usize>),
    /// Those in a list, ascending.
    List(Vec<u32>),
}

impl Rows {
    /// The rows among `total` that `indices` name. Afterwards, indices count the used rows only.
    pub(super) fn used_by(indices: &mut [u32], total: usize) -> Self {
        let lowest = indices.iter().copied().min().unwrap_or_default();
        let highest = indices.iter().copied().max().unwrap_or_default();
        let range = lowest as usize..(highest as usize + 1).min(total);
        // Usually a vertex has six corners; with fewer than three, some may have none.
        if indices.len() < range.len().saturating_mul(3) {
            let mut is_used = vec![false; range.len()];
            for index in &*indices {
                if let Some(flag) = is_used.get_mut((index - lowest) as usize) {
                    *flag = true;
                }
            }
            let used = is_used.iter().filter(|flag| **flag).count();
            if used < range.len() / 4 * 3 {
                return Self::list(indices, lowest, &is_used);
            }
        }
        if range.len() == total {
            return Self::All;
        }
        for index in indices {
            *index -= lowest;
        }
        Self::Range(range)
    }

    fn list(indices: &mut [u32], lowest: u32, is_used: &[bool]) -> Self {
        let mut rows = Vec::new();
        let mut places = vec![0_u32; is_used.len()];
        for ((place, flag), row) in places.iter_mut().zip(is_used).zip(lowest..) {
            if *flag {
                *place = rows.len() as u32;
                rows.push(row);
            }
        }
        for index in indices {
            let place = places.get((*index - lowest) as usize);
            *index = place.copied().unwrap_or_default();
        }
        Self::List(rows)
    }

    /// How many of `total` rows they are.
    pub(super) fn count(&self, total: usize) -> usize {
        match self {
            Self::All => total,
            Self::Range(range) => range.len(),
            Self::List(rows) => rows.len(),
        }
    }

    /// The rows as numbers.
    pub(super) fn numbers(&self, total: usize) -> Vec<u32> {
        let counted = |range: Range<usize>| range.map(|row| row as u32).collect();
        match self {
            Self::All => counted(0..total),
            Self::Range(range) => counted(range.clone()),
            Self::List(rows) => rows.clone(),
        }
    }
}

/// Turns every triangle inside out.
pub(super) fn turn_triangles(indices: &mut [u32]) {
    for [_, b, c] in indices.as_chunks_mut::<3>().0 {
        std::mem::swap(b, c);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(mode: u32, vertices: usize, expected: &[u32]) {
        let topology = Topology::new(mode, Corners::Counted, vertices).expect("a mode");
        assert_eq!(topology.indices(false).expect("in range"), expected);
        assert_eq!(topology.index_count(), expected.len());
    }

    #[test]
    fn every_mode_becomes_triangles_lines_or_points() {
        check(0, 3, &[0, 1, 2]);
        check(1, 5, &[0, 1, 2, 3]);
        check(2, 3, &[0, 1, 1, 2, 2, 0]);
        check(3, 3, &[0, 1, 1, 2]);
        check(4, 3, &[0, 1, 2]);
        check(5, 4, &[0, 1, 2, 2, 1, 3]);
        check(6, 4, &[1, 2, 0, 2, 3, 0]);
        check(5, 1, &[]);
        check(2, 1, &[]);
        check(4, 0, &[]);
    }

    #[test]
    fn corners_outside_the_vertices_are_refused() {
        let topology = Topology::new(4, Corners::Unpacked(vec![0, 1, 3]), 3).expect("a mode");
        let reason = topology.indices(false);
        assert_eq!(reason, Err("a corner has vertex 3 of 3".to_owned()));
        assert!(Topology::new(4, Corners::Counted, 4).is_err());
        assert!(Topology::new(7, Corners::Counted, 3).is_err());
    }

    #[test]
    fn a_mirrored_triangle_is_turned() {
        let topology = Topology::new(4, Corners::Counted, 3).expect("a mode");
        assert_eq!(topology.indices(true).expect("in range"), [0, 2, 1]);
    }

    #[test]
    fn only_the_vertices_that_corners_use_are_taken() {
        let mut indices = [5, 6, 7, 7, 6, 8, 5, 6, 7, 7, 6, 8];
        let rows = Rows::used_by(&mut indices, 100);
        assert_eq!(rows, Rows::Range(5..9));
        assert_eq!(indices[..6], [0, 1, 2, 2, 1, 3]);
        assert_eq!(rows.numbers(100), [5, 6, 7, 8]);
        let mut indices = [2, 50, 99, 99, 50, 4];
        let rows = Rows::used_by(&mut indices, 100);
        assert_eq!(rows, Rows::List(vec![2, 4, 50, 99]));
        assert_eq!(indices, [0, 2, 3, 3, 2, 1]);
        let mut indices = [0, 1, 2];
        assert_eq!(Rows::used_by(&mut indices, 3), Rows::All);
        assert_eq!(Rows::All.count(3), 3);
    }
}
