//! Where the camera may go.

use crate::View;
use bevy_math::{DVec2, DVec3};
use std::f64::consts::{FRAC_PI_4, PI};

pub(super) const DEGREE: f64 = PI / 180.0;
/// The camera looks down at least this far from afar; near the street it may look level.
pub(super) const LEAST_PITCH_RAD: f64 = 5.0 * DEGREE;
/// Below the first distance the camera may look level, from the second on at least [`LEAST_PITCH_RAD`] down, metres.
const LEVEL_WITHIN_M: [f64; 2] = [20.0, 200.0];
const LARGEST_PITCH_RAD: f64 = 89.0 * DEGREE;
/// Below ground the camera may look up at most this far.
const LARGEST_LOOK_UP_RAD: f64 = 60.0 * DEGREE;
/// The nearest that the eye comes to what it looks at, metres: a step in the street.
pub(super) const NEAREST_M: f64 = 5.0;
/// The eye stays at least this high above ground, metres.
pub(super) const LEAST_EYE_HEIGHT_M: f64 = 2.0;
/// The target may be at most this high, metres: the tallest towers.
const HIGHEST_TARGET_M: f64 = 1_000.0;
/// In underground mode eye and target may be this far below ground, metres: the deepest metro stations.
const DEEPEST_M: f64 = 80.0;

/// Where the camera may go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Reach {
    /// Radius of the city, metres.
    pub(super) radius_m: f64,
    /// Below ground as well?
    pub(super) is_underground: bool,
}

impl Reach {
    /// The largest distance of the eye from its target, metres.
    pub(super) fn farthest_m(self) -> f64 {
        self.radius_m * 6.0
    }

    /// The whole city from the south.
    pub(super) fn overview(self) -> View {
        View {
            target: DVec3::ZERO,
            distance_m: self.radius_m * 1.8,
            heading_rad: 0.0,
            pitch_rad: FRAC_PI_4,
        }
    }

    /// The nearest allowed view.
    pub(super) fn keep(self, view: View) -> View {
        let distance_m = view.distance_m.clamp(NEAREST_M, self.farthest_m());
        let level = DVec2::new(view.target.x, view.target.y).clamp_length_max(self.radius_m * 1.5);
        let (lowest_target_m, lowest_eye_m, least_pitch_rad) = if self.is_underground {
            (-DEEPEST_M, -DEEPEST_M, -LARGEST_LOOK_UP_RAD)
        } else {
            (0.0, LEAST_EYE_HEIGHT_M, least_pitch_rad(distance_m))
        };
        let height_m = view.target.z.clamp(lowest_target_m, HIGHEST_TARGET_M);
        let pitch_rad = view.pitch_rad.clamp(least_pitch_rad, LARGEST_PITCH_RAD);
        // Look down more steeply where the eye would come too low.
        let least_sine = ((lowest_eye_m - height_m) / distance_m).clamp(-1.0, 1.0);
        View {
            target: DVec3::new(level.x, level.y, height_m),
            distance_m,
            heading_rad: view.heading_rad,
            pitch_rad: pitch_rad.max(least_sine.asin()),
        }
    }
}

fn least_pitch_rad(distance_m: f64) -> f64 {
    let [level_m, full_m] = LEVEL_WITHIN_M;
    LEAST_PITCH_RAD * ((distance_m - level_m) / (full_m - level_m)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(distance_m: f64, pitch_rad: f64, height_m: f64) -> View {
        View {
            target: DVec3::new(0.0, 0.0, height_m),
            distance_m,
            heading_rad: 0.0,
            pitch_rad,
        }
    }

    fn reach(is_underground: bool) -> Reach {
        Reach {
            radius_m: 1_000.0,
            is_underground,
        }
    }

    #[test]
    fn one_can_stand_in_the_street_and_look_level() {
        let standing = reach(false).keep(view(NEAREST_M, 0.0, LEAST_EYE_HEIGHT_M));
        assert!(standing.pitch_rad.abs() < 1e-12);
        assert!((standing.eye().z - LEAST_EYE_HEIGHT_M).abs() < 1e-12);
        let far = reach(false).keep(view(800.0, 0.0, LEAST_EYE_HEIGHT_M));
        assert!((far.pitch_rad - LEAST_PITCH_RAD).abs() < 1e-12);
    }

    #[test]
    fn below_ground_is_for_underground_mode_only() {
        let below = view(20.0, -0.4, -12.0);
        assert!(reach(false).keep(below).eye().z >= LEAST_EYE_HEIGHT_M - 1e-9);
        let kept = reach(true).keep(below);
        assert!((kept.target.z + 12.0).abs() < 1e-12 && kept.eye().z < -12.0);
        let too_deep = reach(true).keep(view(60.0, -1.0, -500.0));
        assert!(too_deep.eye().z >= -DEEPEST_M - 1e-9);
    }
}
