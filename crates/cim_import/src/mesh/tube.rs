//! Pipes: a round skin along a line, closed at both ends.

use super::Part;
use crate::feature::Tube;
use crate::site::Site;
use crate::solid::{cross, length};
use std::f64::consts::TAU;

/// Corners nearer to each other than this have no direction, metres.
const SHORTEST_STRETCH_M: f64 = 0.01;
/// A bend may widen a pipe by this much.
const MITRE_LIMIT: f64 = 2.0;
/// Thinner pipes are left open at their ends, metres.
const CLOSED_FROM_M: f64 = 0.2;

impl Part {
    /// The skin of a pipe.
    pub(super) fn take_tube(&mut self, tube: &Tube, site: &Site) {
        let mut points: Vec<[f64; 3]> = Vec::with_capacity(tube.line.len());
        for at in &tube.line {
            let point = site.in_space(*at);
            if points
                .last()
                .is_none_or(|last| length(minus(point, *last)) >= SHORTEST_STRETCH_M)
            {
                points.push(point);
            }
        }
        let directions: Vec<[f64; 3]> = points
            .iter()
            .zip(points.iter().skip(1))
            .map(|(a, b)| unit(minus(*b, *a)))
            .collect();
        let (Some(start), Some(end)) = (directions.first().copied(), directions.last().copied())
        else {
            return;
        };
        let sides = sides_of(tube.diameter_m);
        let radius = tube.diameter_m / 2.0;
        let first = self.next_index();
        for (index, point) in points.iter().enumerate() {
            let before = index.checked_sub(1).and_then(|at| directions.get(at));
            let after = directions.get(index);
            let a = before.or(after).copied().unwrap_or(start);
            let b = after.or(before).copied().unwrap_or(start);
            self.take_ring(*point, a, b, radius, sides);
        }
        for stretch in 0..directions.len() as u32 {
            let near = first + stretch * sides;
            for side in 0..sides {
                let next = (side + 1) % sides;
                let (a, b) = (near + side, near + next);
                let (c, d) = (b + sides, a + sides);
                self.indices.extend([a, b, c, a, c, d]);
            }
        }
        if tube.diameter_m >= CLOSED_FROM_M
            && let (Some(head), Some(tail)) = (points.first(), points.last())
        {
            self.take_cap(*head, start.map(|part| -part), radius, sides);
            self.take_cap(*tail, end, radius, sides);
        }
    }

    /// The corners around one point where a stretch in direction `a` meets one in direction `b`.
    fn take_ring(&mut self, point: [f64; 3], a: [f64; 3], b: [f64; 3], radius: f64, sides: u32) {
        let along = unit([a[0] + b[0], a[1] + b[1], a[2] + b[2]]);
        let along = if length(along) < 0.5 { b } else { along };
        let (right, up) = across(along);
        // In the bend's own plane the skin is cut at an angle and reaches farther.
        let bend = minus(b, a);
        let outward = unit(bend);
        let stretch = (1.0 / dot(along, b).max(1.0 / MITRE_LIMIT)) - 1.0;
        for side in 0..sides {
            let angle = TAU * f64::from(side) / f64::from(sides);
            let (sin, cos) = angle.sin_cos();
            let out = [0, 1, 2].map(|axis: usize| right[axis] * cos + up[axis] * sin);
            let more = if length(bend) > 1.0e-6 {
                stretch * dot(out, outward)
            } else {
                0.0
            };
            let at = [0, 1, 2]
                .map(|axis: usize| point[axis] + radius * (out[axis] + more * outward[axis]));
            self.corner(at, out.map(|part| part as f32));
        }
    }

    fn take_cap(&mut self, point: [f64; 3], along: [f64; 3], radius: f64, sides: u32) {
        let (right, up) = across(along);
        let first = self.next_index();
        for side in 0..sides {
            let (sin, cos) = (TAU * f64::from(side) / f64::from(sides)).sin_cos();
            let at = [0, 1, 2]
                .map(|axis: usize| point[axis] + radius * (right[axis] * cos + up[axis] * sin));
            self.corner(at, along.map(|part| part as f32));
        }
        for side in 1..sides - 1 {
            self.indices.extend([first, first + side, first + side + 1]);
        }
    }
}

/// Thick pipes are rounder.
fn sides_of(diameter_m: f64) -> u32 {
    if diameter_m < 0.4 {
        6
    } else if diameter_m < 2.0 {
        8
    } else {
        16
    }
}

/// Two directions across `along`, such that right, up and along are a right-handed set.
fn across(along: [f64; 3]) -> ([f64; 3], [f64; 3]) {
    let helper = if along[2].abs() < 0.9 {
        [0.0, 0.0, 1.0]
    } else {
        [1.0, 0.0, 0.0]
    };
    let right = unit(cross(helper, along));
    (right, cross(along, right))
}

fn minus(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// The direction of a vector; zeros for none.
fn unit(a: [f64; 3]) -> [f64; 3] {
    let size = length(a);
    if size < f64::EPSILON {
        return [0.0; 3];
    }
    a.map(|part| part / size)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{check_normals, part, place, site, volume};
    use super::*;

    fn tube(corners: &[[f64; 3]], diameter_m: f64) -> Tube {
        Tube {
            line: corners
                .iter()
                .map(|at| {
                    let p = place(at[0], at[1]);
                    [p[0], p[1], at[2]]
                })
                .collect(),
            diameter_m,
        }
    }

    #[test]
    fn a_pipe_looks_outwards_and_holds_what_its_diameter_says() {
        let mut skin = part();
        let bent = tube(
            &[
                [0.0, 0.0, -2.0],
                [0.0, 0.0, -2.0],
                [100.0, 0.0, -2.0],
                [100.0, 50.0, -3.0],
            ],
            3.0,
        );
        skin.take_tube(&bent, &site());
        check_normals(&skin);
        // The area of a regular polygon of 16 corners, 150 m long.
        let area = 16.0 / 2.0 * 1.5 * 1.5 * (TAU / 16.0).sin();
        let held = volume(&skin);
        assert!((held / (area * 150.0) - 1.0).abs() < 0.02, "{held}");
    }

    #[test]
    fn an_upright_pipe_has_a_skin_and_a_point_has_none() {
        let mut shaft = part();
        shaft.take_tube(&tube(&[[0.0, 0.0, -5.0], [0.0, 0.0, 0.0]], 0.8), &site());
        check_normals(&shaft);
        assert!(volume(&shaft) > 2.0);
        let mut nothing = part();
        nothing.take_tube(&tube(&[[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]], 0.8), &site());
        assert!(nothing.indices.is_empty() && nothing.positions.is_empty());
    }
}
