//! What cuts and an open trench leave to be met by a ray, as the shaders leave it to be seen.

use crate::city::{is_below, is_flat};
use bevy::math::{DVec2, DVec3};
use cim_scene::{Clips, Cut, Keep, PickPurpose, Trench};
use cim_tiles::FeatureClass;

/// Surfaces that a ray passes at most because they are cut away; beyond them it meets nothing.
const MOST_STEPS: usize = 16;
/// How far behind a surface that is cut away a ray goes on, metres: less than the thickness of a wall.
const STEP_M: f64 = 0.01;

/// What of the city is open to a ray.
#[derive(Clone, Copy)]
pub(crate) struct Openings<'a> {
    pub(crate) clips: &'a Clips,
    pub(crate) is_underground: bool,
}

impl Openings<'_> {
    /// True when things of this class can be seen at all: what lies below ground needs an opening.
    pub(crate) fn may_show(&self, class: FeatureClass) -> bool {
        !is_below(class) || self.is_underground || self.clips.trench.is_some()
    }

    /// True when a point of a surface is not cut away, seen from `eye`.
    pub(crate) fn shows(
        &self,
        class: FeatureClass,
        purpose: PickPurpose,
        eye: DVec3,
        at: DVec3,
    ) -> bool {
        let trench = self.clips.trench.as_ref();
        if is_below(class) && !self.is_underground {
            return trench.is_some_and(|trench| is_seen_through(trench, eye, at));
        }
        // How high the ground is stays the same when a trench is dug into it.
        let is_opened = is_flat(class)
            && purpose != PickPurpose::Ground
            && trench.is_some_and(|trench| is_in_corridor(trench, at.truncate()));
        !is_opened && !is_cut_away(&self.clips.cuts, at)
    }
}

/// The first surface on a ray that is seen: where it is met, and what `nearest` says of it.
///
/// `nearest` gives what a ray from a point meets first, and the metres to it; `dir` is a unit vector.
pub(crate) fn first_seen<T>(
    origin: DVec3,
    dir: DVec3,
    nearest: impl Fn(DVec3) -> Option<(f64, T)>,
    is_seen: impl Fn(&T, DVec3) -> bool,
) -> Option<(DVec3, T)> {
    let mut gone_m = 0.0;
    for _ in 0..MOST_STEPS {
        let (way_m, met) = nearest(origin + dir * gone_m)?;
        let at = origin + dir * (gone_m + way_m);
        if is_seen(&met, at) {
            return Some((at, met));
        }
        gone_m += way_m + STEP_M;
    }
    None
}

/// True when one of the cuts takes a point away.
fn is_cut_away(cuts: &[Cut], at: DVec3) -> bool {
    cuts.iter().any(|cut| {
        let (is_inside, keep) = match cut {
            Cut::Box {
                centre,
                half,
                heading_deg,
                keep,
            } => {
                let (sin, cos) = heading_deg.to_radians().sin_cos();
                let off = at - *centre;
                let along = off.x * sin + off.y * cos;
                let across = off.x * cos - off.y * sin;
                let own = DVec3::new(across, along, off.z).abs();
                (own.cmple(*half).all(), *keep)
            }
            Cut::Polygon {
                ring,
                bottom_m,
                top_m,
                keep,
            } => {
                let is_level = at.z >= *bottom_m && at.z <= *top_m;
                (is_level && is_in_ring(ring, at.truncate()), *keep)
            }
        };
        is_inside != (keep == Keep::Inside)
    })
}

/// Counts how often a way from a point to the east crosses the ring.
fn is_in_ring(ring: &[DVec2], at: DVec2) -> bool {
    let before = ring.iter().cycle().skip(ring.len().saturating_sub(1));
    let crossings = ring.iter().zip(before).filter(|(corner, before)| {
        (corner.y > at.y) != (before.y > at.y) && {
            let share = (at.y - corner.y) / (before.y - corner.y);
            at.x < corner.x + (before.x - corner.x) * share
        }
    });
    crossings.count() % 2 == 1
}

/// True when a place lies within half the trench's width of its line.
fn is_in_corridor(trench: &Trench, at: DVec2) -> bool {
    let half_m = trench.width_m * 0.5;
    trench.line.windows(2).any(|ends| match ends {
        [from, to] => {
            let along = *to - *from;
            let share = (at - *from).dot(along) / along.length_squared().max(1e-9);
            let foot = *from + along * share.clamp(0.0, 1.0);
            at.distance_squared(foot) <= half_m * half_m
        }
        _ => false,
    })
}

/// True when a point below ground lies in the trench, and the way from the eye to it enters the ground there.
fn is_seen_through(trench: &Trench, eye: DVec3, at: DVec3) -> bool {
    let entrance = if at.z < 0.0 && eye.z > 0.0 {
        eye.lerp(at, eye.z / (eye.z - at.z))
    } else {
        at
    };
    at.z >= -trench.depth_m
        && is_in_corridor(trench, at.truncate())
        && is_in_corridor(trench, entrance.truncate())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ray along x through walls at these distances.
    fn walls(at: &'static [f64]) -> impl Fn(DVec3) -> Option<(f64, f64)> {
        move |from: DVec3| {
            let next = at.iter().find(|wall| **wall > from.x)?;
            Some((next - from.x, *next))
        }
    }

    fn clips(cuts: Vec<Cut>, trench: Option<Trench>) -> Clips {
        Clips {
            revision: 1,
            cuts,
            trench,
        }
    }

    fn trench() -> Trench {
        Trench {
            line: vec![DVec2::new(0.0, 0.0), DVec2::new(20.0, 0.0)],
            width_m: 2.0,
            depth_m: 3.0,
        }
    }

    #[test]
    fn a_ray_goes_on_behind_what_is_cut_away() {
        let met = first_seen(DVec3::ZERO, DVec3::X, walls(&[5.0, 5.005, 9.0]), |_, at| {
            at.x > 6.0
        });
        let (at, wall) = met.expect("the third wall");
        assert!((at.x - 9.0).abs() < 1e-9 && (wall - 9.0).abs() < 1e-9);
        let none = first_seen(DVec3::ZERO, DVec3::X, walls(&[5.0]), |_, _| false);
        assert!(none.is_none());
    }

    #[test]
    fn a_ray_gives_up_after_sixteen_surfaces() {
        let endless = |_: DVec3| Some((1.0, ()));
        let far = |bound: f64| {
            first_seen(DVec3::ZERO, DVec3::X, endless, |(), at: DVec3| at.x > bound).is_some()
        };
        assert!(far(15.0));
        assert!(!far(17.0));
    }

    #[test]
    fn a_section_box_keeps_its_inside_or_its_outside() {
        let some_box = |keep| Cut::Box {
            centre: DVec3::new(100.0, 0.0, 10.0),
            half: DVec3::new(2.0, 20.0, 10.0),
            heading_deg: 90.0,
            keep,
        };
        // Its long side points east.
        let (inside, outside) = (DVec3::new(115.0, 1.0, 5.0), DVec3::new(100.0, 15.0, 5.0));
        assert!(!is_cut_away(&[some_box(Keep::Inside)], inside));
        assert!(is_cut_away(&[some_box(Keep::Inside)], outside));
        assert!(is_cut_away(&[some_box(Keep::Outside)], inside));
        assert!(!is_cut_away(&[some_box(Keep::Outside)], outside));
    }

    #[test]
    fn a_prism_ends_at_its_top_and_at_its_notch() {
        let ring = [
            [0.0, 0.0],
            [10.0, 0.0],
            [10.0, 10.0],
            [5.0, 4.0],
            [0.0, 10.0],
        ];
        let prism = Cut::Polygon {
            ring: ring.map(DVec2::from_array).to_vec(),
            bottom_m: 0.0,
            top_m: 8.0,
            keep: Keep::Outside,
        };
        let is_gone = |x, y, z| is_cut_away(std::slice::from_ref(&prism), DVec3::new(x, y, z));
        assert!(is_gone(1.0, 5.0, 4.0) && is_gone(9.0, 5.0, 4.0));
        assert!(!is_gone(5.0, 6.0, 4.0), "in the notch");
        assert!(!is_gone(1.0, 5.0, 9.0), "above the top");
    }

    #[test]
    fn pipes_are_met_in_an_open_trench_alone() {
        let shows = |trench: Option<Trench>, is_underground, at| {
            let clips = clips(Vec::new(), trench);
            let openings = Openings {
                clips: &clips,
                is_underground,
            };
            let eye = DVec3::new(10.0, -1.0, 40.0);
            openings.may_show(FeatureClass::Pipe)
                && openings.shows(FeatureClass::Pipe, PickPurpose::Pick, eye, at)
        };
        let pipe = DVec3::new(10.0, 0.2, -1.5);
        assert!(shows(Some(trench()), false, pipe));
        assert!(!shows(None, false, pipe));
        assert!(shows(None, true, pipe));
        let beside = DVec3::new(10.0, 3.0, -1.5);
        assert!(!shows(Some(trench()), false, beside));
        let below_its_floor = DVec3::new(10.0, 0.2, -4.0);
        assert!(!shows(Some(trench()), false, below_its_floor));
    }

    #[test]
    fn an_open_trench_lets_rays_through_the_road_but_leaves_its_height() {
        let clips = clips(Vec::new(), Some(trench()));
        let openings = Openings {
            clips: &clips,
            is_underground: false,
        };
        let (eye, at) = (DVec3::new(10.0, 0.0, 40.0), DVec3::new(10.0, 0.0, 0.0));
        let shows = |purpose| openings.shows(FeatureClass::Road, purpose, eye, at);
        assert!(!shows(PickPurpose::Point));
        assert!(shows(PickPurpose::Ground));
    }
}
