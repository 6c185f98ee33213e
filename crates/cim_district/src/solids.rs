//! Bodies made of faces: prisms, frustums, gables, hips, saw-tooth roofs, boxes on roofs.
//!
//! Rings turn counter-clockwise seen from above, faces counter-clockwise seen from outside. What nobody can see (the ground
//! face, a roof under another storey) is left out where that is easy.

use crate::feature::Face;
use crate::plane::Rect;
use cim_import::SurfaceRole;
use glam::{DVec2, DVec3};

/// A body while it is put together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Solid {
    pub(crate) faces: Vec<Face>,
}

impl Solid {
    fn face(&mut self, role: SurfaceRole, ring: Vec<DVec3>) {
        self.faces.push(Face { ring, role });
    }

    /// Walls along a ring between two heights.
    pub(crate) fn walls(&mut self, ring: &[DVec2], foot_m: f64, top_m: f64) {
        self.band(ring, foot_m, ring, top_m, SurfaceRole::Wall);
    }

    /// Faces between two rings with the same number of corners.
    pub(crate) fn band(
        &mut self,
        lower: &[DVec2],
        foot_m: f64,
        upper: &[DVec2],
        top_m: f64,
        role: SurfaceRole,
    ) {
        let next = |ring: &[DVec2], at: usize| ring.get((at + 1) % ring.len().max(1)).copied();
        for (at, (a, d)) in lower.iter().zip(upper).enumerate() {
            if let (Some(b), Some(c)) = (next(lower, at), next(upper, at)) {
                self.face(
                    role,
                    vec![
                        a.extend(foot_m),
                        b.extend(foot_m),
                        c.extend(top_m),
                        d.extend(top_m),
                    ],
                );
            }
        }
    }

    /// A level roof.
    pub(crate) fn lid(&mut self, ring: &[DVec2], height_m: f64) {
        self.face(
            SurfaceRole::Roof,
            ring.iter().map(|at| at.extend(height_m)).collect(),
        );
    }

    /// The underside of something that hangs.
    pub(crate) fn underside(&mut self, ring: &[DVec2], height_m: f64) {
        self.face(
            SurfaceRole::Other,
            ring.iter().rev().map(|at| at.extend(height_m)).collect(),
        );
    }

    /// Walls and a level roof.
    pub(crate) fn prism(&mut self, ring: &[DVec2], foot_m: f64, top_m: f64) {
        self.walls(ring, foot_m, top_m);
        self.lid(ring, top_m);
    }

    /// Leaning walls and a level roof.
    pub(crate) fn frustum(&mut self, lower: &[DVec2], foot_m: f64, upper: &[DVec2], top_m: f64) {
        self.band(lower, foot_m, upper, top_m, SurfaceRole::Wall);
        self.lid(upper, top_m);
    }

    /// A roof that rises from a ring to a smaller one.
    pub(crate) fn slope(&mut self, lower: &[DVec2], foot_m: f64, upper: &[DVec2], top_m: f64) {
        self.band(lower, foot_m, upper, top_m, SurfaceRole::Roof);
        self.lid(upper, top_m);
    }

    /// Walls under a roof with two slopes, its ridge along the rectangle, its eaves overhanging.
    pub(crate) fn gable(&mut self, rect: &Rect, foot_m: f64, eaves_m: f64, ridge_m: f64) {
        let overhang = 0.5_f64.min(0.2 * rect.half_across);
        let [a, b, c, d] = rect.corners();
        let (west, east) = (rect.at(-1.0, 0.0), rect.at(1.0, 0.0));
        let quad = |p: DVec2, q: DVec2| {
            vec![
                p.extend(foot_m),
                q.extend(foot_m),
                q.extend(eaves_m),
                p.extend(eaves_m),
            ]
        };
        self.face(SurfaceRole::Wall, quad(a, b));
        self.face(SurfaceRole::Wall, quad(c, d));
        for (p, q, top) in [(b, c, east), (d, a, west)] {
            self.face(
                SurfaceRole::Wall,
                vec![
                    p.extend(foot_m),
                    q.extend(foot_m),
                    q.extend(eaves_m),
                    top.extend(ridge_m),
                    p.extend(eaves_m),
                ],
            );
        }
        let roof = rect.grown(overhang);
        let eaves = eaves_m - (ridge_m - eaves_m) * overhang / rect.half_across;
        let [a, b, c, d] = roof.corners().map(|at| at.extend(eaves));
        let (west, east) = (
            roof.at(-1.0, 0.0).extend(ridge_m),
            roof.at(1.0, 0.0).extend(ridge_m),
        );
        self.face(SurfaceRole::Roof, vec![a, b, east, west]);
        self.face(SurfaceRole::Roof, vec![c, d, west, east]);
    }

    /// Walls under a roof with four slopes.
    pub(crate) fn hip(&mut self, rect: &Rect, foot_m: f64, eaves_m: f64, ridge_m: f64) {
        self.walls(&rect.corners(), foot_m, eaves_m);
        let ridge = (1.0 - rect.half_across / rect.half_along).max(0.05);
        let [a, b, c, d] = rect.corners().map(|at| at.extend(eaves_m));
        let (west, east) = (
            rect.at(-ridge, 0.0).extend(ridge_m),
            rect.at(ridge, 0.0).extend(ridge_m),
        );
        for ring in [
            vec![a, b, east, west],
            vec![c, d, west, east],
            vec![b, c, east],
            vec![d, a, west],
        ] {
            self.face(SurfaceRole::Roof, ring);
        }
    }

    /// Walls under a saw-tooth roof, its upright glass looking along the rectangle.
    pub(crate) fn saw_tooth(&mut self, rect: &Rect, bays: u32, eaves_m: f64, peak_m: f64) {
        self.walls(&rect.corners(), 0.0, eaves_m);
        let count = f64::from(bays.max(1));
        for bay in 0..bays.max(1) {
            let (low, high) = (
                2.0 * f64::from(bay) / count - 1.0,
                2.0 * f64::from(bay + 1) / count - 1.0,
            );
            let at = |along: f64, across: f64, height: f64| rect.at(along, across).extend(height);
            self.face(
                SurfaceRole::Roof,
                vec![
                    at(low, -1.0, eaves_m),
                    at(high, -1.0, peak_m),
                    at(high, 1.0, peak_m),
                    at(low, 1.0, eaves_m),
                ],
            );
            for ring in [
                vec![
                    at(high, -1.0, eaves_m),
                    at(high, 1.0, eaves_m),
                    at(high, 1.0, peak_m),
                    at(high, -1.0, peak_m),
                ],
                vec![
                    at(low, -1.0, eaves_m),
                    at(high, -1.0, eaves_m),
                    at(high, -1.0, peak_m),
                ],
                vec![
                    at(high, 1.0, eaves_m),
                    at(low, 1.0, eaves_m),
                    at(high, 1.0, peak_m),
                ],
            ] {
                self.face(SurfaceRole::Wall, ring);
            }
        }
    }

    /// A box, for instance with lifts or cooling on a roof.
    pub(crate) fn block(&mut self, rect: &Rect, foot_m: f64, top_m: f64) {
        self.prism(&rect.corners(), foot_m, top_m);
    }
}

/// A regular polygon about a place, counter-clockwise.
pub(crate) fn round(centre: DVec2, radius: f64, corners: u32) -> Vec<DVec2> {
    oval(centre, DVec2::X, radius, radius, corners)
}

/// A polygon in an ellipse whose first half axis lies along `along`.
pub(crate) fn oval(
    centre: DVec2,
    along: DVec2,
    half_along: f64,
    half_across: f64,
    corners: u32,
) -> Vec<DVec2> {
    (0..corners)
        .map(|n| {
            let turn = crate::plane::direction(360.0 * (f64::from(n) + 0.5) / f64::from(corners));
            centre + along * (turn.x * half_along) + along.perp() * (turn.y * half_across)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rect() -> Rect {
        Rect {
            centre: DVec2::new(30.0, 40.0),
            along: DVec2::new(0.6, 0.8),
            half_along: 10.0,
            half_across: 6.0,
        }
    }

    /// Six times the volume between the faces and the ground plane under them.
    fn six_volumes(solid: &Solid) -> f64 {
        solid
            .faces
            .iter()
            .flat_map(|face| {
                let first = face.ring[0];
                (1..face.ring.len() - 1)
                    .map(move |n| first.dot(face.ring[n].cross(face.ring[n + 1])))
                    .collect::<Vec<_>>()
            })
            .sum()
    }

    #[track_caller]
    fn check_volume(build: impl Fn(&mut Solid), expected: f64) {
        let mut solid = Solid::default();
        build(&mut solid);
        let volume = six_volumes(&solid) / 6.0;
        assert!((volume - expected).abs() < 0.01 * expected, "{volume}");
    }

    #[test]
    fn bodies_close_around_their_volume_and_look_outwards() {
        // Their feet stand at height 0, so the open ground face adds nothing.
        check_volume(|solid| solid.block(&rect(), 0.0, 5.0), 240.0 * 5.0);
        check_volume(
            |solid| solid.saw_tooth(&rect(), 4, 6.0, 9.0),
            240.0 * 6.0 + 240.0 * 1.5,
        );
        check_volume(
            |solid| solid.hip(&rect(), 0.0, 6.0, 9.0),
            240.0 * 6.0 + 3.0 * 12.0 / 6.0 * (2.0 * 20.0 + 8.0),
        );
        check_volume(
            |solid| {
                let half: Vec<DVec2> = rect().scaled(0.5).ring();
                solid.frustum(&rect().ring(), 0.0, &half, 12.0);
            },
            12.0 / 3.0 * (240.0 + 60.0 + 120.0),
        );
    }

    #[test]
    fn a_gable_has_four_walls_and_two_slopes_that_rise_to_the_ridge() {
        let mut solid = Solid::default();
        solid.gable(&rect(), 0.0, 4.0, 7.0);
        let roofs: Vec<&Face> = solid
            .faces
            .iter()
            .filter(|face| face.role == SurfaceRole::Roof)
            .collect();
        assert_eq!((solid.faces.len(), roofs.len()), (6, 2));
        for roof in roofs {
            let normal = (roof.ring[1] - roof.ring[0]).cross(roof.ring[2] - roof.ring[1]);
            assert!(normal.z > 0.0);
            assert!((roof.ring[2].z - 7.0).abs() < 1e-12);
        }
    }
}
