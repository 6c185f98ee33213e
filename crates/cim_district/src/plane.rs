//! The plane that the district is drawn in, metres east and north of its middle, and the rectangles that stand in it.
//!
//! Streets are straight lines of a design grid (`u` east, `v` north); [`Ground`] bends the grid gently into the plane. All of
//! it is made of sums, products, quotients and square roots, which IEEE 754 defines to the last bit, so that the same seed
//! gives the same district on every machine.

use crate::dice::{mix, unit};
use glam::DVec2;

/// The grid is not bent within this distance of the middle, metres.
const STRAIGHT_M: f64 = 620.0;
/// From here on it is bent fully, metres.
const BENT_M: f64 = 2_400.0;
/// Rounds of the inverse; each leaves less than a third of the error of the one before.
const ROUNDS: usize = 12;

/// How the design grid lies in the plane.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ground {
    phases: [f64; 4],
}

impl Ground {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            phases: [1, 2, 3, 4].map(|purpose| unit(mix(seed, 7_000 + purpose))),
        }
    }

    /// Where a point of the design grid lies in the plane.
    pub(crate) fn at(&self, u: f64, v: f64) -> DVec2 {
        let share = (((u * u + v * v).sqrt() - STRAIGHT_M) / (BENT_M - STRAIGHT_M)).clamp(0.0, 1.0);
        let bend = share * share * (3.0 - 2.0 * share);
        let [a, b, c, d] = self.phases;
        let east = 55.0 * wave(v / 4_000.0 + a) + 18.0 * wave(v / 1_900.0 + u / 5_200.0 + b);
        let north = 45.0 * wave(u / 4_400.0 + c) + 14.0 * wave(u / 2_100.0 - v / 6_100.0 + d);
        DVec2::new(u + bend * east, v + bend * north)
    }

    /// The point of the design grid that lies at a place of the plane, to a millimetre.
    pub(crate) fn design_of(&self, place: DVec2) -> DVec2 {
        let mut design = place;
        for _ in 0..ROUNDS {
            design += place - self.at(design.x, design.y);
        }
        design
    }

    /// A rigid frame at a point of the design grid, its east along the grid's.
    pub(crate) fn frame(&self, u: f64, v: f64) -> Frame {
        let east = (self.at(u + 1.0, v) - self.at(u - 1.0, v)).normalize_or(DVec2::X);
        Frame {
            origin: self.at(u, v),
            east,
        }
    }

    /// A straight stretch of the design grid as a line of the plane, with a corner at least every `step` metres.
    pub(crate) fn stretch(&self, from: DVec2, to: DVec2, step: f64) -> Vec<DVec2> {
        let pieces = ((to - from).length() / step).ceil().max(1.0);
        (0..=pieces as u32)
            .map(|n| {
                let at = from.lerp(to, f64::from(n) / pieces);
                self.at(at.x, at.y)
            })
            .collect()
    }

    /// A line of the design grid as a line of the plane.
    pub(crate) fn line(&self, design: &[DVec2]) -> Vec<DVec2> {
        design.iter().map(|at| self.at(at.x, at.y)).collect()
    }

    /// The outline of a rectangle of the design grid, counter-clockwise.
    pub(crate) fn outline(&self, span: Span, step: f64) -> Vec<DVec2> {
        let [a, b, c, d] = span.corners();
        let mut ring = Vec::new();
        for (from, to) in [(a, b), (b, c), (c, d), (d, a)] {
            let mut side = self.stretch(from, to, step);
            side.pop();
            ring.append(&mut side);
        }
        ring
    }
}

/// A smooth wave of period 1 between -1 and 1, made of two parabolas.
pub(crate) fn wave(turns: f64) -> f64 {
    let half = 2.0 * (turns - turns.floor());
    if half < 1.0 {
        4.0 * half * (1.0 - half)
    } else {
        4.0 * (1.0 - half) * (2.0 - half)
    }
}

/// Cosine and sine of an angle from east, counter-clockwise, to nine digits: the same on every machine.
pub(crate) fn direction(degrees: f64) -> DVec2 {
    let nine = |value: f64| (value * 1.0e9).round() / 1.0e9;
    let (sin, cos) = degrees.to_radians().sin_cos();
    DVec2::new(nine(cos), nine(sin))
}

/// The compass direction of a vector, clockwise from north, to a tenth of a degree.
pub(crate) fn azimuth_deg(along: DVec2) -> f64 {
    let degrees = along.x.atan2(along.y).to_degrees().rem_euclid(360.0);
    ((degrees * 10.0).round() / 10.0).rem_euclid(360.0)
}

/// A rectangle of the design grid.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Span {
    pub(crate) west: f64,
    pub(crate) south: f64,
    pub(crate) east: f64,
    pub(crate) north: f64,
}

impl Span {
    pub(crate) fn corners(self) -> [DVec2; 4] {
        [
            DVec2::new(self.west, self.south),
            DVec2::new(self.east, self.south),
            DVec2::new(self.east, self.north),
            DVec2::new(self.west, self.north),
        ]
    }

    pub(crate) fn middle(self) -> DVec2 {
        DVec2::new(
            0.5 * (self.west + self.east),
            0.5 * (self.south + self.north),
        )
    }

    pub(crate) fn holds(self, at: DVec2) -> bool {
        (self.west..=self.east).contains(&at.x) && (self.south..=self.north).contains(&at.y)
    }

    /// The rectangle without a margin on every side.
    pub(crate) fn inset(self, margin: f64) -> Self {
        Self {
            west: self.west + margin,
            south: self.south + margin,
            east: self.east - margin,
            north: self.north - margin,
        }
    }
}

/// A rigid frame in the plane: metres along its own east and north.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Frame {
    pub(crate) origin: DVec2,
    /// A unit vector.
    pub(crate) east: DVec2,
}

impl Frame {
    pub(crate) fn at(&self, east: f64, north: f64) -> DVec2 {
        self.origin + self.east * east + self.east.perp() * north
    }

    /// A rectangle about a point of the frame, `width` along its east.
    pub(crate) fn rect(&self, east: f64, north: f64, width: f64, depth: f64) -> Rect {
        Rect {
            centre: self.at(east, north),
            along: self.east,
            half_along: 0.5 * width,
            half_across: 0.5 * depth,
        }
    }

    /// The frame turned by a direction (a unit vector in the frame).
    pub(crate) fn turned(&self, by: DVec2) -> Self {
        Self {
            origin: self.origin,
            east: self.east * by.x + self.east.perp() * by.y,
        }
    }
}

/// A rectangle that stands somewhere in the plane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rect {
    pub(crate) centre: DVec2,
    /// A unit vector.
    pub(crate) along: DVec2,
    pub(crate) half_along: f64,
    pub(crate) half_across: f64,
}

impl Rect {
    /// A point, as shares of half the length and half the width from the middle.
    pub(crate) fn at(&self, along: f64, across: f64) -> DVec2 {
        self.centre
            + self.along * (along * self.half_along)
            + self.along.perp() * (across * self.half_across)
    }

    /// Its corners, counter-clockwise.
    pub(crate) fn corners(&self) -> [DVec2; 4] {
        [
            self.at(-1.0, -1.0),
            self.at(1.0, -1.0),
            self.at(1.0, 1.0),
            self.at(-1.0, 1.0),
        ]
    }

    pub(crate) fn ring(&self) -> Vec<DVec2> {
        self.corners().to_vec()
    }

    /// The rectangle with its corners cut off.
    pub(crate) fn chamfered(&self, cut: f64) -> Vec<DVec2> {
        let cut = cut.min(0.9 * self.half_along.min(self.half_across));
        let (a, b) = (1.0 - cut / self.half_along, 1.0 - cut / self.half_across);
        [
            (-a, -1.0),
            (a, -1.0),
            (1.0, -b),
            (1.0, b),
            (a, 1.0),
            (-a, 1.0),
            (-1.0, b),
            (-1.0, -b),
        ]
        .map(|(along, across)| self.at(along, across))
        .to_vec()
    }

    /// The rectangle with a margin all around.
    pub(crate) fn grown(&self, margin: f64) -> Self {
        Self {
            half_along: self.half_along + margin,
            half_across: self.half_across + margin,
            ..*self
        }
    }

    /// A smaller one about the same middle.
    pub(crate) fn scaled(&self, share: f64) -> Self {
        Self {
            half_along: self.half_along * share,
            half_across: self.half_across * share,
            ..*self
        }
    }

    pub(crate) fn area(&self) -> f64 {
        4.0 * self.half_along * self.half_across
    }

    /// True when the two have ground in common (separating axes).
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        let between = other.centre - self.centre;
        let reach = |rect: &Self, axis: DVec2| {
            rect.half_along * rect.along.dot(axis).abs()
                + rect.half_across * rect.along.perp().dot(axis).abs()
        };
        [
            self.along,
            self.along.perp(),
            other.along,
            other.along.perp(),
        ]
        .into_iter()
        .all(|axis| between.dot(axis).abs() < reach(self, axis) + reach(other, axis))
    }

    /// Points of its edge, at most `step` metres apart, corners included.
    pub(crate) fn edge(&self, step: f64) -> Vec<DVec2> {
        let [a, b, c, d] = self.corners();
        let mut points = Vec::new();
        for (from, to) in [(a, b), (b, c), (c, d), (d, a)] {
            let pieces = ((to - from).length() / step).ceil().max(1.0);
            points.extend((0..pieces as u32).map(|n| from.lerp(to, f64::from(n) / pieces)));
        }
        points
    }
}

/// The distance from a place to a line, metres; infinite for a line without places.
pub(crate) fn distance_to_line(place: DVec2, line: &[DVec2]) -> f64 {
    let alone = line.first().map_or(f64::INFINITY, |at| at.distance(place));
    line.iter()
        .zip(line.iter().skip(1))
        .map(|(from, to)| {
            let along = *to - *from;
            let squared = along.length_squared();
            let share = if squared > 0.0 {
                ((place - *from).dot(along) / squared).clamp(0.0, 1.0)
            } else {
                0.0
            };
            from.lerp(*to, share).distance(place)
        })
        .fold(alone, f64::min)
}

/// The length of a line, metres.
pub(crate) fn length_of(line: &[DVec2]) -> f64 {
    line.iter()
        .zip(line.iter().skip(1))
        .map(|(from, to)| from.distance(*to))
        .sum()
}

/// A line beside a line; positive to its left.
pub(crate) fn beside_line(line: &[DVec2], offset: f64) -> Vec<DVec2> {
    let directions: Vec<DVec2> = line
        .iter()
        .zip(line.iter().skip(1))
        .map(|(from, to)| (*to - *from).normalize_or_zero())
        .collect();
    line.iter()
        .enumerate()
        .map(|(n, at)| {
            let before = n.checked_sub(1).and_then(|last| directions.get(last));
            let after = directions.get(n).or(before);
            let sum =
                before.or(after).copied().unwrap_or_default() + after.copied().unwrap_or_default();
            *at + sum.normalize_or_zero().perp() * offset
        })
        .collect()
}

/// Points along a line every `step` metres from `begin` to `end` before its end, with the line's direction there.
pub(crate) fn spaced(line: &[DVec2], begin: f64, end: f64, step: f64) -> Vec<(DVec2, DVec2)> {
    let whole = length_of(line);
    let mut points = Vec::new();
    let mut passed = 0.0;
    let mut next = begin;
    for (from, to) in line.iter().zip(line.iter().skip(1)) {
        let length = from.distance(*to);
        let along = (*to - *from).normalize_or_zero();
        while next <= passed + length && next <= whole - end {
            points.push((*from + along * (next - passed), along));
            next += step.max(0.1);
        }
        passed += length;
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bent_place_is_found_again_in_the_grid_and_the_middle_is_straight() {
        let ground = Ground::new(9);
        for u in [-2_900.0, -700.0, 0.0, 333.0, 5_000.0] {
            for v in [-4_100.0, 10.0, 1_800.0] {
                let again = ground.design_of(ground.at(u, v));
                assert!(again.distance(DVec2::new(u, v)) < 0.001, "{u} {v} {again}");
            }
        }
        assert!(ground.at(300.0, -400.0).distance(DVec2::new(300.0, -400.0)) < 1e-9);
        assert!(ground.at(3_000.0, 0.0).distance(DVec2::new(3_000.0, 0.0)) < 140.0);
    }

    #[test]
    fn rectangles_that_touch_only_with_their_boxes_do_not_overlap() {
        let rect = |x: f64, degrees: f64| Rect {
            centre: DVec2::new(x, 0.0),
            along: direction(degrees),
            half_along: 10.0,
            half_across: 5.0,
        };
        assert!(rect(0.0, 0.0).overlaps(&rect(19.0, 0.0)));
        assert!(!rect(0.0, 0.0).overlaps(&rect(21.0, 0.0)));
        assert!(rect(0.0, 0.0).overlaps(&rect(19.0, 45.0)));
        assert!(!rect(0.0, 90.0).overlaps(&rect(16.0, 90.0)));
    }

    #[test]
    fn posts_stand_evenly_along_a_line() {
        let line = [DVec2::ZERO, DVec2::new(100.0, 0.0), DVec2::new(100.0, 50.0)];
        let posts = spaced(&line, 10.0, 10.0, 30.0);
        assert_eq!(posts.len(), 5);
        assert!(posts[4].0.distance(DVec2::new(100.0, 30.0)) < 1e-9);
        assert!((distance_to_line(DVec2::new(50.0, 7.0), &line) - 7.0).abs() < 1e-12);
        assert!((azimuth_deg(posts[4].1)).abs() < 1e-9);
    }

    #[test]
    fn a_rectangle_turns_counter_clockwise() {
        let rect = Frame {
            origin: DVec2::new(5.0, 5.0),
            east: direction(30.0),
        }
        .rect(0.0, 0.0, 8.0, 4.0);
        for ring in [rect.ring(), rect.chamfered(1.0)] {
            let twice: f64 = ring
                .iter()
                .zip(ring.iter().cycle().skip(1))
                .map(|(a, b)| a.perp_dot(*b))
                .sum();
            assert!(twice > 0.0 && 0.5 * twice <= rect.area() + 1e-6);
        }
    }
}
