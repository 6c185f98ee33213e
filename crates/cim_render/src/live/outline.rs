//! Shapes on the ground as triangles and borders: rings of circles and corridors, and rings with holes as one ring.

use bevy::math::DVec2;
use cim_layers::motion::fence::FenceShape;
use cim_scene::{signed_area_m2, triangulate};
use std::f64::consts::{PI, TAU};

/// Corners of a circle.
const CIRCLE_CORNERS: u32 = 64;
/// Corners of the round end of a corridor.
const END_CORNERS: u32 = 12;
/// A corner of a corridor reaches at most this many half widths from its line.
const MOST_MITRE: f64 = 3.0;

/// The rings of a shape, the outer one first; the first corner is not repeated. Places are metres east and north. There are
/// none when the shape is no area.
pub(crate) fn rings(shape: &FenceShape) -> Vec<Vec<DVec2>> {
    let is_area =
        |ring: &Vec<DVec2>| ring.len() > 2 && ring.iter().all(|corner| corner.is_finite());
    let (outer, holes) = match shape {
        FenceShape::Polygon { outer, holes } => (exact_ring(outer), holes.as_slice()),
        FenceShape::Circle { middle, radius_m } => (circle(*middle, *radius_m), [].as_slice()),
        FenceShape::Corridor { line, width_m } => {
            let half = f64::from(*width_m) * 0.5;
            let ring = corridor(&exact_line(line), half);
            (ring.unwrap_or_default(), [].as_slice())
        }
    };
    if !is_area(&outer) {
        return Vec::new();
    }
    let holes = holes.iter().map(|hole| exact_ring(hole)).filter(is_area);
    std::iter::once(outer).chain(holes).collect()
}

/// Triangles that fill rings of which the first is the outer one, as places.
pub(crate) fn filled(rings: &[Vec<DVec2>]) -> Vec<[DVec2; 3]> {
    let Some((outer, holes)) = rings.split_first() else {
        return Vec::new();
    };
    let ring = joined(outer, holes);
    let place = |row: usize| ring.get(row).copied();
    triangulate(&ring)
        .into_iter()
        .filter_map(|[a, b, c]| Some([place(a)?, place(b)?, place(c)?]))
        .collect()
}

fn circle(middle: [f32; 2], radius_m: f32) -> Vec<DVec2> {
    (0..CIRCLE_CORNERS)
        .map(|step| {
            let angle = TAU * f64::from(step) / f64::from(CIRCLE_CORNERS);
            exact(middle) + DVec2::from_angle(angle) * f64::from(radius_m)
        })
        .collect()
}

fn exact(place: [f32; 2]) -> DVec2 {
    let [east, north] = place;
    DVec2::new(f64::from(east), f64::from(north))
}

/// A line without points that repeat the one before.
fn exact_line(line: &[[f32; 2]]) -> Vec<DVec2> {
    let mut points: Vec<DVec2> = line.iter().map(|place| exact(*place)).collect();
    points.dedup();
    points
}

/// The same for a ring, which may end with its first point.
fn exact_ring(ring: &[[f32; 2]]) -> Vec<DVec2> {
    let mut points = exact_line(ring);
    if points.len() > 1 && points.first() == points.last() {
        points.pop();
    }
    points
}

/// Everything within `half` metres of a line, with round ends; `None` when there is no line.
fn corridor(line: &[DVec2], half: f64) -> Option<Vec<DVec2>> {
    let ways: Vec<DVec2> = line
        .iter()
        .zip(line.iter().skip(1))
        .map(|(from, to)| (to - from).normalize_or_zero())
        .collect();
    let (first_way, last_way) = (ways.first()?, ways.last()?);
    let (first, last) = (line.first()?, line.last()?);
    // At each corner the way across that keeps both stretches as wide as they should be.
    let corners = line
        .iter()
        .skip(1)
        .zip(ways.iter().zip(ways.iter().skip(1)));
    let offsets: Vec<(DVec2, DVec2)> = corners
        .map(|(corner, (before, after))| {
            let across = (before.perp() + after.perp()).normalize_or_zero();
            let reach = half / across.dot(before.perp()).max(1.0 / MOST_MITRE);
            (*corner, across * reach)
        })
        .collect();
    // Round the end from the left to the right side, back along the right side, round the beginning, out along the left side.
    let mut ring = half_turn(*last, last_way.perp() * half);
    ring.extend(
        offsets
            .iter()
            .rev()
            .map(|(corner, across)| *corner - *across),
    );
    ring.extend(half_turn(*first, -first_way.perp() * half));
    ring.extend(offsets.iter().map(|(corner, across)| *corner + *across));
    Some(ring)
}

/// Half a circle, clockwise from `middle + start`.
fn half_turn(middle: DVec2, start: DVec2) -> Vec<DVec2> {
    (0..=END_CORNERS)
        .map(|step| {
            let turn = -PI * f64::from(step) / f64::from(END_CORNERS);
            middle + DVec2::from_angle(turn).rotate(start)
        })
        .collect()
}

/// One ring that runs around the holes too: out to each hole and back on the same way. A hole that cannot be reached without
/// crossing a border is left out, and so filled.
fn joined(outer: &[DVec2], holes: &[Vec<DVec2>]) -> Vec<DVec2> {
    let turn = signed_area_m2(outer).signum();
    let mut ring = outer.to_vec();
    for (number, hole) in holes.iter().enumerate() {
        let mut hole = hole.clone();
        if signed_area_m2(&hole) * turn > 0.0 {
            hole.reverse();
        }
        let waiting = holes.get(number..).unwrap_or_default();
        if let Some((at, from)) = bridge(&ring, &hole, waiting) {
            let start = ring.get(at).copied();
            let around = hole.iter().cycle().skip(from).take(hole.len() + 1).copied();
            let inserted: Vec<DVec2> = around.chain(start).collect();
            let after = at + 1;
            drop(ring.splice(after..after, inserted));
        }
    }
    ring
}

/// Rows of a corner of the ring and of one of the hole between which no border runs; the nearest to the hole's first corner.
fn bridge(ring: &[DVec2], hole: &[DVec2], waiting: &[Vec<DVec2>]) -> Option<(usize, usize)> {
    let goal = hole.first()?;
    let mut rows: Vec<(f64, usize)> = ring
        .iter()
        .enumerate()
        .map(|(row, corner)| (corner.distance_squared(*goal), row))
        .collect();
    rows.sort_by(|one, other| one.0.total_cmp(&other.0));
    let is_free = |from: DVec2, to: DVec2| {
        let own = std::iter::once(ring).chain(waiting.iter().map(Vec::as_slice));
        !own.flat_map(sides).any(|(a, b)| cross(from, to, a, b))
    };
    rows.into_iter().find_map(|(_, row)| {
        let corner = ring.get(row)?;
        let free = hole.iter().position(|place| is_free(*corner, *place))?;
        Some((row, free))
    })
}

/// The sides of a ring, the last one back to the first corner.
fn sides(ring: &[DVec2]) -> impl Iterator<Item = (DVec2, DVec2)> + '_ {
    ring.iter()
        .copied()
        .zip(ring.iter().copied().cycle().skip(1))
}

/// True when two stretches cross, or when one runs through an end of the other; a shared end is no crossing.
fn cross(a: DVec2, b: DVec2, c: DVec2, d: DVec2) -> bool {
    if a == c || a == d || b == c || b == d {
        return false;
    }
    let side = |from: DVec2, to: DVec2, point: DVec2| (to - from).perp_dot(point - from);
    side(a, b, c) * side(a, b, d) <= 0.0 && side(c, d, a) * side(c, d, b) <= 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(triangles: &[[DVec2; 3]]) -> f64 {
        triangles
            .iter()
            .map(|[a, b, c]| (b - a).perp_dot(c - a).abs() * 0.5)
            .sum()
    }

    fn square(least: f32, side: f32) -> Vec<[f32; 2]> {
        let most = least + side;
        vec![[least, least], [most, least], [most, most], [least, most]]
    }

    fn polygon(outer: Vec<[f32; 2]>, holes: Vec<Vec<[f32; 2]>>) -> FenceShape {
        FenceShape::Polygon { outer, holes }
    }

    #[test]
    fn a_hole_is_not_filled_whichever_way_it_runs() {
        let mut turned = square(4.0, 2.0);
        turned.reverse();
        for hole in [square(4.0, 2.0), turned] {
            let rings = rings(&polygon(square(0.0, 10.0), vec![hole]));
            assert_eq!(rings.len(), 2);
            assert!((area(&filled(&rings)) - 96.0).abs() < 1e-6);
        }
    }

    #[test]
    fn several_holes_are_all_left_out() {
        let holes = vec![square(1.0, 2.0), square(5.0, 1.0), square(7.0, 2.0)];
        let rings = rings(&polygon(square(0.0, 10.0), holes));
        assert!((area(&filled(&rings)) - 91.0).abs() < 1e-6);
    }

    #[test]
    fn a_ring_may_end_with_its_first_point() {
        let mut ring = square(0.0, 3.0);
        ring.push([0.0, 0.0]);
        assert_eq!(rings(&polygon(ring, Vec::new()))[0].len(), 4);
    }

    #[test]
    fn a_circle_is_filled_to_its_radius() {
        let rings = rings(&FenceShape::Circle {
            middle: [100.0, -50.0],
            radius_m: 10.0,
        });
        let filled = area(&filled(&rings));
        assert!((filled - PI * 100.0).abs() < 1.0, "{filled} m²");
    }

    #[test]
    fn a_corridor_is_as_wide_as_it_says_around_a_corner() {
        let rings = rings(&FenceShape::Corridor {
            line: vec![[0.0, 0.0], [100.0, 0.0], [100.0, 100.0]],
            width_m: 10.0,
        });
        // Two stretches of 100 m, sharing one corner, and two half circles.
        let wanted = 2.0 * 100.0 * 10.0 + PI * 25.0;
        let filled = area(&filled(&rings));
        assert!((filled - wanted).abs() < 5.0, "{filled} m²");
    }

    #[test]
    fn what_is_no_area_has_no_triangles() {
        assert!(filled(&rings(&polygon(vec![[0.0, 0.0], [1.0, 1.0]], Vec::new()))).is_empty());
        let point = FenceShape::Corridor {
            line: vec![[1.0, 1.0], [1.0, 1.0]],
            width_m: 4.0,
        };
        assert!(rings(&point).is_empty());
    }
}
