//! Bands along lines: roads, railways and rivers on the ground, and what bridges carry.

use super::{Look, Mesh, Part};
use crate::bridges::Bridges;
use crate::feature::LonLat;
use crate::outline::Plane;
use crate::shape::Ribbon;
use crate::site::Site;
use cim_tiles::FeatureClass;

/// A corner where two stretches of a ribbon meet may stick out by this many half widths.
const MITRE_LIMIT: f64 = 2.0;
/// Stretches shorter than this have no direction, metres.
const SHORTEST_STRETCH_M: f64 = 0.01;
/// Corners of a bridge are no farther from each other, metres.
const BRIDGE_STEP_M: f64 = 10.0;
/// How thick a bridge's deck is, metres.
const DECK_M: f64 = 1.0;
/// A bridge climbs this much of its length and no more, unless its neighbours are that high already.
const CLIMB: f64 = 0.08;
/// A ramp is no longer than this, metres.
const LONGEST_RAMP_M: f64 = 90.0;
/// Piers stand so far apart, metres.
const PIER_STEP_M: f64 = 30.0;
/// Below this there is no room for a pier, metres.
const PIER_HEIGHT_M: f64 = 3.0;
/// Half the size of a pier along the bridge, metres.
const PIER_HALF_M: f64 = 0.6;

impl Mesh {
    /// A ribbon; a lifted one with the deck and the piers that carry it.
    pub(crate) fn take_ribbon(
        &mut self,
        ribbon: &Ribbon,
        class: FeatureClass,
        site: &Site,
        bridges: &Bridges,
    ) {
        for line in &ribbon.lines {
            if ribbon.lift_m <= 0.0 {
                let course = Course::flat(line, site);
                self.part(Look::plain(class)).band(&course, ribbon.width_m);
                continue;
            }
            let course = Course::lifted(line, ribbon.lift_m, site, bridges);
            self.part(Look::plain(class)).band(&course, ribbon.width_m);
            let body = self.part(Look::plain(FeatureClass::Bridge));
            body.deck(&course, ribbon.width_m);
            body.piers(&course, ribbon.width_m);
        }
    }
}

/// The way of a ribbon's middle: places without repetitions, and how high each lies above the ground.
struct Course {
    points: Vec<[f64; 3]>,
    above_m: Vec<f64>,
}

impl Course {
    fn flat(line: &[LonLat], site: &Site) -> Self {
        let mut course = Self {
            points: Vec::with_capacity(line.len()),
            above_m: Vec::with_capacity(line.len()),
        };
        for place in line {
            course.push(site.above_ground(*place, 0.0), 0.0);
        }
        course
    }

    /// Up from its ends to `lift_m`; ends that other bridges go on from stay as high as those.
    fn lifted(line: &[LonLat], lift_m: f64, site: &Site, bridges: &Bridges) -> Self {
        let fine = refined(line, site);
        let total = fine.last().map_or(0.0, |(_, at)| *at);
        let end = |place: Option<&LonLat>| {
            place.map_or(0.0, |place| bridges.height_at(*place).min(lift_m))
        };
        let (start_m, end_m) = (end(line.first()), end(line.last()));
        let lift_m = lift_m.min(start_m.max(end_m) + CLIMB * total);
        let ramp = (0.4 * total).clamp(f64::EPSILON, LONGEST_RAMP_M);
        let mut course = Self {
            points: Vec::with_capacity(fine.len()),
            above_m: Vec::with_capacity(fine.len()),
        };
        for (place, at) in fine {
            let up = start_m + (lift_m - start_m) * smooth(at / ramp);
            let down = end_m + (lift_m - end_m) * smooth((total - at) / ramp);
            let above_m = up.min(down);
            course.push(site.above_ground(place, above_m), above_m);
        }
        course
    }

    fn push(&mut self, at: [f64; 3], above_m: f64) {
        let is_new = self
            .points
            .last()
            .is_none_or(|last| (last[0] - at[0]).hypot(last[1] - at[1]) >= SHORTEST_STRETCH_M);
        if is_new {
            self.points.push(at);
            self.above_m.push(above_m);
        }
    }

    /// From each point to its left edge, one for each point; empty for what has no direction.
    fn sides(&self, half_width: f64) -> Vec<Plane> {
        if self.points.len() < 2 {
            return Vec::new();
        }
        let directions: Vec<Plane> = self
            .points
            .iter()
            .zip(self.points.iter().skip(1))
            .map(|(a, b)| {
                let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
                let length = dx.hypot(dy);
                [dx / length, dy / length]
            })
            .collect();
        let is_loop = self.points.len() > 3 && self.points.first() == self.points.last();
        (0..self.points.len())
            .map(|index| {
                let after = directions
                    .get(index)
                    .or_else(|| directions.first().filter(|_| is_loop));
                let before = if index == 0 {
                    directions.last().filter(|_| is_loop)
                } else {
                    directions.get(index - 1)
                };
                sideways(before.or(after), after.or(before), half_width)
            })
            .collect()
    }
}

/// The line with corners close enough to each other for a slope, and how far along each lies, metres.
fn refined(line: &[LonLat], site: &Site) -> Vec<(LonLat, f64)> {
    let mut fine = Vec::with_capacity(line.len());
    let mut along = 0.0;
    for (a, b) in line.iter().zip(line.iter().skip(1)) {
        let (pa, pb) = (site.plane(*a), site.plane(*b));
        let length = (pb[0] - pa[0]).hypot(pb[1] - pa[1]);
        let steps = (length / BRIDGE_STEP_M).ceil().clamp(1.0, 10_000.0) as u32;
        for step in 0..steps {
            let share = f64::from(step) / f64::from(steps);
            let place = [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share];
            fine.push((place, along + length * share));
        }
        along += length;
    }
    if let Some(last) = line.last() {
        fine.push((*last, along));
    }
    fine
}

/// 0 to 1 without a kink at either end.
fn smooth(share: f64) -> f64 {
    let share = share.clamp(0.0, 1.0);
    share * share * (3.0 - 2.0 * share)
}

impl Part {
    /// The upper side of a ribbon, its corners mitred.
    fn band(&mut self, course: &Course, width_m: f64) {
        let sides = course.sides(width_m / 2.0);
        let first = self.next_index();
        for (at, side) in course.points.iter().zip(&sides) {
            self.corner([at[0] + side[0], at[1] + side[1], at[2]], [0.0, 0.0, 1.0]);
            self.corner([at[0] - side[0], at[1] - side[1], at[2]], [0.0, 0.0, 1.0]);
        }
        for stretch in 0..sides.len().saturating_sub(1) as u32 {
            let at = first + 2 * stretch;
            // Left, right, next right; left, next right, next left.
            self.indices
                .extend([at, at + 1, at + 3, at, at + 3, at + 2]);
        }
    }

    /// Sides and underside of a bridge's deck, where it is off the ground.
    fn deck(&mut self, course: &Course, width_m: f64) {
        let sides = course.sides(width_m / 2.0);
        let rows: Vec<_> = course
            .points
            .iter()
            .zip(&sides)
            .zip(&course.above_m)
            .map(|((at, side), above)| {
                let thick = DECK_M.min(*above);
                let left = [at[0] + side[0], at[1] + side[1], at[2]];
                let right = [at[0] - side[0], at[1] - side[1], at[2]];
                let under = |edge: [f64; 3]| [edge[0], edge[1], edge[2] - thick];
                (left, right, under(left), under(right), *above)
            })
            .collect();
        for (near, far) in rows.iter().zip(rows.iter().skip(1)) {
            if near.4.max(far.4) <= 0.05 {
                continue;
            }
            let (dx, dy) = (far.0[0] - near.0[0], far.0[1] - near.0[1]);
            let length = dx.hypot(dy).max(f64::EPSILON);
            let outward = [(-dy / length) as f32, (dx / length) as f32, 0.0];
            // Seen from the left the bridge runs to the left.
            self.quad([far.2, near.2, near.0, far.0], outward);
            self.quad(
                [near.3, far.3, far.1, near.1],
                [-outward[0], -outward[1], 0.0],
            );
            self.quad([near.2, far.2, far.3, near.3], [0.0, 0.0, -1.0]);
        }
    }

    /// Piers under a bridge, a slab each.
    fn piers(&mut self, course: &Course, width_m: f64) {
        let half_across = (width_m * 0.3).clamp(0.4, 6.0);
        let mut since_m = PIER_STEP_M / 2.0;
        let stretches = course.points.iter().zip(course.points.iter().skip(1));
        for ((a, b), above) in stretches.zip(&course.above_m) {
            let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
            let length = dx.hypot(dy).max(f64::EPSILON);
            since_m += length;
            if since_m < PIER_STEP_M || *above < PIER_HEIGHT_M {
                continue;
            }
            since_m = 0.0;
            let along = [dx / length * PIER_HALF_M, dy / length * PIER_HALF_M];
            let across = [-dy / length * half_across, dx / length * half_across];
            self.pier(*a, along, across, *above);
        }
    }

    fn pier(&mut self, at: [f64; 3], along: Plane, across: Plane, above_m: f64) {
        let corner = |forward: f64, left: f64, z: f64| {
            [
                at[0] + along[0] * forward + across[0] * left,
                at[1] + along[1] * forward + across[1] * left,
                z,
            ]
        };
        let (low, high) = (at[2] - above_m, at[2] - DECK_M);
        // Counter-clockwise seen from above.
        let ring = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)];
        for (here, next) in ring.iter().zip(ring.iter().cycle().skip(1)) {
            let (a, b) = (corner(here.0, here.1, low), corner(next.0, next.1, low));
            let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
            let length = dx.hypot(dy).max(f64::EPSILON);
            let normal = [(dy / length) as f32, (-dx / length) as f32, 0.0];
            let top = |edge: [f64; 3]| [edge[0], edge[1], high];
            self.quad([a, b, top(b), top(a)], normal);
        }
    }
}

/// From the line to its left edge where two stretches meet.
fn sideways(before: Option<&Plane>, after: Option<&Plane>, half_width: f64) -> Plane {
    let (Some(before), Some(after)) = (before, after) else {
        return [0.0, 0.0];
    };
    let left = |d: &Plane| [-d[1], d[0]];
    let (a, b) = (left(before), left(after));
    let sum = [a[0] + b[0], a[1] + b[1]];
    let length_squared = sum[0] * sum[0] + sum[1] * sum[1];
    if length_squared < 1e-9 {
        // Straight back: no mitre has a direction.
        return [b[0] * half_width, b[1] * half_width];
    }
    // The mitre is 2 / |a + b|² times the sum; limited, so that sharp corners do not shoot out.
    let length = length_squared.sqrt();
    let mitre = (2.0 / length).min(MITRE_LIMIT) * half_width;
    [sum[0] / length * mitre, sum[1] / length * mitre]
}

#[cfg(test)]
mod tests {
    use super::super::tests::{check_normals, part, place, site};
    use super::*;

    #[test]
    fn a_ribbon_is_as_long_and_wide_as_it_should_be_and_looks_up() {
        let mut part = part();
        let line = [place(0.0, 0.0), place(100.0, 0.0), place(100.0, 50.0)];
        part.band(&Course::flat(&line, &site()), 6.0);
        let area: f64 = part
            .indices
            .chunks_exact(3)
            .map(|t| {
                let [a, b, c] = [t[0], t[1], t[2]].map(|i| part.positions[i as usize]);
                ((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])) / 2.0
            })
            .inspect(|piece| assert!(*piece > 0.0))
            .sum();
        assert!((area - 900.0).abs() < 1.0, "{area}");
    }

    #[test]
    fn a_hairpin_does_not_shoot_out() {
        let mut ribbon = part();
        let hairpin = [
            place(0.0, 0.0),
            place(100.0, 0.0),
            place(0.0, 1.0),
            place(0.0, 1.0),
        ];
        ribbon.band(&Course::flat(&hairpin, &site()), 6.0);
        assert!(
            ribbon
                .positions
                .iter()
                .all(|p| p[0].abs() < 110.0 && p[1].abs() < 10.0)
        );
        let mut empty = part();
        empty.band(
            &Course::flat(&[place(0.0, 0.0), place(0.0, 0.0)], &site()),
            6.0,
        );
        assert!(empty.indices.is_empty());
    }

    #[test]
    fn a_bridge_climbs_from_the_ground_and_stays_up_where_it_goes_on() {
        let line = vec![place(0.0, 0.0), place(400.0, 0.0)];
        let next = vec![place(400.0, 0.0), place(800.0, 0.0)];
        let mut bridges = Bridges::default();
        bridges.note(&line, 5.0);
        bridges.note(&next, 5.0);
        let course = Course::lifted(&line, 5.0, &site(), &bridges);
        let highest = course.above_m.iter().copied().fold(0.0, f64::max);
        assert!((highest - 5.0).abs() < 1e-9);
        assert!(course.above_m[0].abs() < 1e-9);
        assert!((course.above_m.last().expect("an end") - 5.0).abs() < 1e-9);

        let mut mesh = Mesh::default();
        let ribbon = Ribbon {
            lines: vec![line],
            width_m: 12.0,
            lift_m: 5.0,
        };
        mesh.take_ribbon(&ribbon, FeatureClass::Road, &site(), &bridges);
        assert_eq!(
            mesh.parts
                .iter()
                .map(|part| part.look.class)
                .collect::<Vec<_>>(),
            [FeatureClass::Road, FeatureClass::Bridge]
        );
        mesh.parts.iter().for_each(check_normals);
    }

    #[test]
    fn a_short_footbridge_does_not_jump() {
        let course = Course::lifted(
            &[place(0.0, 0.0), place(20.0, 0.0)],
            5.0,
            &site(),
            &Bridges::default(),
        );
        assert!(course.above_m.iter().all(|above| *above < 1.7));
    }
}
