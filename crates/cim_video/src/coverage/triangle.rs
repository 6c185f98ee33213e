//! A triangle, and the stretch of a line that may meet it.

use glam::Vec3;

/// How far beyond an edge, as a share of the triangle, a line still meets it: neighbours leave no crack between them.
const EDGE: f32 = 1.0e-6;

/// What lies nearer to the lens than this is not in its way, metres: the pole and the housing that carry it.
pub(crate) const NEAR_LENS_M: f32 = 0.5;

/// What lies nearer to the target than this is not in its way, metres: the wall that it leans on.
pub(crate) const NEAR_TARGET_M: f32 = 0.3;

/// A triangle as lines try it: a corner and the two edges from there. 40 bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Triangle {
    a: Vec3,
    ab: Vec3,
    ac: Vec3,
    /// Row of the feature that it belongs to.
    pub(crate) feature: u32,
}

/// A stretch of a line: the places `from + along × way` for `along` from `least` to `most`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Segment {
    pub(crate) from: Vec3,
    pub(crate) way: Vec3,
    pub(crate) least: f32,
    pub(crate) most: f32,
}

impl Segment {
    /// From a lens to a target, without its two ends; `None` when nothing is left between them.
    pub(crate) fn between(lens: Vec3, target: Vec3) -> Option<Self> {
        let way = target - lens;
        let length_m = way.length();
        let segment = Self {
            from: lens,
            way,
            least: NEAR_LENS_M / length_m,
            most: 1.0 - NEAR_TARGET_M / length_m,
        };
        // Also false where the two ends are one place, or no places at all.
        (segment.least < segment.most).then_some(segment)
    }

    /// From a place so far along a direction of length one.
    pub(crate) fn ray(from: Vec3, direction: Vec3, from_m: f32, to_m: f32) -> Self {
        Self {
            from,
            way: direction * to_m,
            least: from_m / to_m,
            most: 1.0,
        }
    }

    /// The place there.
    pub(crate) fn at(&self, along: f32) -> Vec3 {
        self.from + self.way * along
    }
}

impl Triangle {
    /// The triangle with these corners.
    pub(crate) fn new([a, b, c]: [Vec3; 3], feature: u32) -> Self {
        Self {
            a,
            ab: b - a,
            ac: c - a,
            feature,
        }
    }

    /// Its three corners.
    pub(crate) fn corners(&self) -> [Vec3; 3] {
        [self.a, self.a + self.ab, self.a + self.ac]
    }

    /// Where the line meets it, as a share of the line's way; from both sides.
    ///
    /// Möller and Trumbore, "Fast, minimum storage ray–triangle intersection" (1997), without culling.
    #[inline]
    pub(crate) fn meets(&self, line: &Segment) -> Option<f32> {
        let across = line.way.cross(self.ac);
        let determinant = self.ab.dot(across);
        if determinant.abs() < f32::MIN_POSITIVE {
            return None;
        }
        let scale = determinant.recip();
        let from_a = line.from - self.a;
        let u = from_a.dot(across) * scale;
        if !(-EDGE..=1.0 + EDGE).contains(&u) {
            return None;
        }
        let turned = from_a.cross(self.ab);
        let v = line.way.dot(turned) * scale;
        if v < -EDGE || u + v > 1.0 + EDGE {
            return None;
        }
        let along = self.ac.dot(turned) * scale;
        (along >= line.least && along <= line.most).then_some(along)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A wall 10 m wide and 10 m high, 20 m north of the origin: its lower left half.
    fn wall() -> Triangle {
        let corner = |east: f32, up: f32| Vec3::new(east, 20.0, up);
        Triangle::new([corner(-5.0, 0.0), corner(5.0, 0.0), corner(-5.0, 10.0)], 7)
    }

    #[track_caller]
    fn check_meets(from: [f32; 3], to: [f32; 3], expected_m: Option<f32>) {
        let line = Segment::between(Vec3::from_array(from), Vec3::from_array(to));
        let met = line.and_then(|line| Some(wall().meets(&line)? * line.way.length()));
        match (met, expected_m) {
            (Some(met), Some(expected)) => {
                assert!((met - expected).abs() < 1e-3, "{met} is not {expected}");
            }
            (met, expected) => assert_eq!(met, expected),
        }
    }

    #[test]
    fn a_triangle_takes_forty_bytes() {
        assert_eq!(size_of::<Triangle>(), 40);
    }

    #[test]
    fn a_wall_is_met_from_both_sides_and_not_beside_it() {
        check_meets([-3.0, 0.0, 2.0], [-3.0, 40.0, 2.0], Some(20.0));
        check_meets([-3.0, 40.0, 2.0], [-3.0, 0.0, 2.0], Some(20.0));
        check_meets([3.0, 0.0, 8.0], [3.0, 40.0, 8.0], None);
        check_meets([-6.0, 0.0, 2.0], [-6.0, 40.0, 2.0], None);
        check_meets([-3.0, 0.0, 2.0], [-3.0, 19.0, 2.0], None);
    }

    #[test]
    fn what_carries_the_lens_and_what_the_target_leans_on_are_not_in_the_way() {
        check_meets([-3.0, 19.6, 2.0], [-3.0, 0.0, 2.0], None);
        check_meets([-3.0, 20.4, 2.0], [-3.0, 0.0, 2.0], None);
        check_meets([-3.0, 20.6, 2.0], [-3.0, 0.0, 2.0], Some(0.6));
        check_meets([-3.0, 0.0, 2.0], [-3.0, 20.2, 2.0], None);
        check_meets([-3.0, 0.0, 2.0], [-3.0, 20.4, 2.0], Some(20.0));
    }

    #[test]
    fn two_ends_at_one_place_leave_no_line() {
        let place = Vec3::new(1.0, 2.0, 3.0);
        assert_eq!(Segment::between(place, place), None);
        assert_eq!(Segment::between(place, place + Vec3::X * 0.7), None);
        assert_eq!(Segment::between(place, Vec3::NAN), None);
    }

    #[test]
    fn a_line_along_the_plane_of_a_triangle_passes_it_by() {
        check_meets([-20.0, 20.0, 2.0], [20.0, 20.0, 2.0], None);
    }
}
