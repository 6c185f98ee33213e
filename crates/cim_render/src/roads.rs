//! Finds the two sides of roads that are bands along a line, so that edges and lanes can be painted on them.
//!
//! A band is a strip of triangles: every edge that two triangles share leads from one side to the other, and each corner has
//! at most two such edges. Areas and surfaces of roads are none of that and stay plain.

use cim_tiles::TileVertex;

/// Bands wider than this are taken for areas, metres.
const WIDEST_M: f32 = 48.0;
/// What a full width stands for in a corner's normal, metres.
const FULL_WIDTH_M: f32 = 64.0;
/// A corner's normal points up when its third number is at least this.
const UP: i8 = 120;

/// Marks the corners of bands: the normal's x becomes the side (−127 or 127), y the width as a share of 64 m.
pub(crate) fn mark_sides(vertices: &mut [TileVertex], indices: &[u32]) {
    let shared = shared_edges(indices);
    let crossings = crossings_of(&shared, vertices.len());
    let mut sides = vec![0_i8; vertices.len()];
    let mut strip = Vec::new();
    for start in 0..vertices.len() {
        if crossings.of(start).is_empty() || sides.get(start).is_none_or(|side| *side != 0) {
            continue;
        }
        strip.clear();
        let is_band = walk(start, &crossings, &mut sides, &mut strip);
        let width_m = if is_band {
            width_of(&strip, &crossings, vertices)
        } else {
            None
        };
        for corner in &strip {
            let (Some(vertex), Some(side)) = (vertices.get_mut(*corner), sides.get(*corner)) else {
                continue;
            };
            if let Some(width_m) = width_m
                && vertex.normal[2] >= UP
            {
                vertex.normal[0] = side.saturating_mul(127);
                vertex.normal[1] = (width_m / FULL_WIDTH_M * 127.0).round() as i8;
            }
        }
    }
    mark_ends(vertices, indices);
}

/// The first and the last corner of a band share no edge that leads across. Their side is that of the neighbour which is not
/// one width away.
fn mark_ends(vertices: &mut [TileVertex], indices: &[u32]) {
    let (triangles, _) = indices.as_chunks::<3>();
    for triangle in triangles {
        for turn in 0..3 {
            let at = |step: usize| triangle.get((turn + step) % 3).map(|row| *row as usize);
            let (Some(end), Some(one), Some(other)) = (at(0), at(1), at(2)) else {
                continue;
            };
            let found = {
                let (Some(end), Some(one), Some(other)) =
                    (vertices.get(end), vertices.get(one), vertices.get(other))
                else {
                    continue;
                };
                end_normal(end, one, other)
            };
            if let (Some(normal), Some(vertex)) = (found, vertices.get_mut(end)) {
                vertex.normal = normal;
            }
        }
    }
}

/// The normal of a band's end, when `end` is one.
fn end_normal(end: &TileVertex, one: &TileVertex, other: &TileVertex) -> Option<[i8; 4]> {
    let is_marked = |vertex: &TileVertex| vertex.normal[0].unsigned_abs() == 127;
    let is_end = !is_marked(end) && end.normal[2] >= UP && is_marked(one) && is_marked(other);
    if !is_end || one.normal[0] == other.normal[0] {
        return None;
    }
    let width_m = f32::from(one.normal[1]) / 127.0 * FULL_WIDTH_M;
    let off = |to: &TileVertex| {
        let across = (to.position[0] - end.position[0]).hypot(to.position[1] - end.position[1]);
        (across - width_m).abs()
    };
    // The nearer to one width, the more it lies on the other side.
    let same_side = if off(one) > off(other) { one } else { other };
    Some([
        same_side.normal[0],
        one.normal[1],
        end.normal[2],
        end.normal[3],
    ])
}

/// The edges that two triangles share, each as its lower and its higher corner.
fn shared_edges(indices: &[u32]) -> Vec<(u32, u32)> {
    let (triangles, _) = indices.as_chunks::<3>();
    let mut edges: Vec<(u32, u32)> = triangles
        .iter()
        .flat_map(|[a, b, c]| [(*a, *b), (*b, *c), (*c, *a)])
        .map(|(from, to)| (from.min(to), from.max(to)))
        .collect();
    edges.sort_unstable();
    let mut shared: Vec<(u32, u32)> = edges
        .windows(2)
        .filter_map(|pair| match pair {
            [one, other] if one == other => Some(*one),
            _ => None,
        })
        .collect();
    shared.dedup();
    shared
}

/// Which corners lie across of which: rows of one list, found by where each corner's row begins.
struct Crossings {
    starts: Vec<u32>,
    others: Vec<u32>,
}

impl Crossings {
    fn of(&self, corner: usize) -> &[u32] {
        let range = self.starts.get(corner).zip(self.starts.get(corner + 1));
        range
            .and_then(|(from, to)| self.others.get(*from as usize..*to as usize))
            .unwrap_or_default()
    }
}

fn crossings_of(shared: &[(u32, u32)], corners: usize) -> Crossings {
    let mut both: Vec<(u32, u32)> = shared
        .iter()
        .flat_map(|(a, b)| [(*a, *b), (*b, *a)])
        .filter(|(from, _)| (*from as usize) < corners)
        .collect();
    both.sort_unstable();
    let mut starts = vec![0_u32; corners + 1];
    for (from, _) in &both {
        if let Some(count) = starts.get_mut(*from as usize + 1) {
            *count += 1;
        }
    }
    let mut sum = 0;
    for start in &mut starts {
        sum += *start;
        *start = sum;
    }
    Crossings {
        starts,
        others: both.into_iter().map(|(_, to)| to).collect(),
    }
}

/// Gives the corners of a strip their sides; false when it is no band.
fn walk(start: usize, crossings: &Crossings, sides: &mut [i8], strip: &mut Vec<usize>) -> bool {
    let mut is_band = true;
    let mut open = vec![start];
    if let Some(side) = sides.get_mut(start) {
        *side = 1;
    }
    while let Some(corner) = open.pop() {
        strip.push(corner);
        let across = crossings.of(corner);
        is_band &= across.len() <= 2;
        let own = sides.get(corner).copied().unwrap_or_default();
        for other in across {
            match sides.get_mut(*other as usize) {
                Some(side) if *side == 0 => {
                    *side = -own;
                    open.push(*other as usize);
                }
                Some(side) => is_band &= *side == -own,
                None => is_band = false,
            }
        }
    }
    is_band
}

/// How wide a band is: the shortest way across. `None` for one that is too wide to be a road.
fn width_of(strip: &[usize], crossings: &Crossings, vertices: &[TileVertex]) -> Option<f32> {
    let mut least = f32::INFINITY;
    for corner in strip {
        let from = vertices.get(*corner)?.position;
        for other in crossings.of(*corner) {
            let to = vertices.get(*other as usize)?.position;
            least = least.min((from[0] - to[0]).hypot(from[1] - to[1]));
        }
    }
    (least > 0.1 && least < WIDEST_M).then_some(least)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corner(east: f32, north: f32) -> TileVertex {
        TileVertex {
            position: [east, north, 0.0],
            normal: [0, 0, 127, 0],
            feature: 0,
        }
    }

    #[test]
    fn a_band_of_seven_metres_gets_its_sides_and_its_width() {
        // As the importer writes it: left, right, left, right …
        let mut vertices: Vec<TileVertex> = (0..4)
            .flat_map(|at: u8| {
                let east = f32::from(at) * 20.0;
                [corner(east, 3.5), corner(east, -3.5)]
            })
            .collect();
        let indices: Vec<u32> = (0..3)
            .flat_map(|at| [0, 1, 3, 0, 3, 2].map(|offset: u32| 2 * at + offset))
            .collect();
        mark_sides(&mut vertices, &indices);
        let side = |row: usize| vertices[row].normal[0];
        for row in (0..8).step_by(2) {
            assert_eq!(side(row), -side(row + 1));
            assert_eq!(side(row), side(2));
        }
        assert_eq!(side(2).unsigned_abs(), 127);
        let width = f32::from(vertices[2].normal[1]) / 127.0 * 64.0;
        assert!((width - 7.0).abs() < 0.3, "{width}");
    }

    #[test]
    fn a_square_cut_by_fans_is_no_band() {
        let mut vertices = vec![
            corner(0.0, 0.0),
            corner(10.0, 0.0),
            corner(20.0, 5.0),
            corner(15.0, 12.0),
            corner(5.0, 14.0),
            corner(-4.0, 8.0),
        ];
        let before = vertices.clone();
        mark_sides(&mut vertices, &[0, 1, 2, 0, 2, 3, 0, 3, 4, 0, 4, 5]);
        assert_eq!(vertices, before);
    }

    #[test]
    fn indices_that_point_nowhere_change_nothing() {
        let mut vertices = vec![corner(0.0, 0.0), corner(1.0, 0.0)];
        let before = vertices.clone();
        mark_sides(&mut vertices, &[0, 7, 9, 7, 9, 1]);
        assert_eq!(vertices, before);
    }
}
