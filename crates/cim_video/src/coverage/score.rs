//! How good a camera's view of something is, part by part.

use super::level::Level;

/// The parts of a rank, each 0 (worthless) to 1 (as good as it gets).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Parts {
    /// Pixels on a metre of the target: 0 at 12.5, 1 from 250 on, even steps by factors.
    pub pixels: f32,
    /// From how far above it is looked at, and from how far beside the side that faces somewhere.
    pub angle: f32,
    /// The caller's worth of the camera's grade.
    pub grade: f32,
    /// The caller's worth of the camera's health.
    pub health: f32,
    /// How much of the view volume is known and not assumed; less when the camera must turn first.
    pub certainty: f32,
}

/// How much each part counts; only their proportions matter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weights {
    /// Of [`Parts::pixels`].
    pub pixels: f32,
    /// Of [`Parts::angle`].
    pub angle: f32,
    /// Of [`Parts::grade`].
    pub grade: f32,
    /// Of [`Parts::health`].
    pub health: f32,
    /// Of [`Parts::certainty`].
    pub certainty: f32,
}

impl Default for Weights {
    fn default() -> Self {
        Self {
            pixels: 0.4,
            angle: 0.15,
            grade: 0.1,
            health: 0.25,
            certainty: 0.1,
        }
    }
}

/// The mean of the parts as the weights count them, 0 to 1; 0 when no weight is above 0.
pub fn score(parts: &Parts, weights: &Weights) -> f32 {
    let pairs = [
        (parts.pixels, weights.pixels),
        (parts.angle, weights.angle),
        (parts.grade, weights.grade),
        (parts.health, weights.health),
        (parts.certainty, weights.certainty),
    ];
    let usable = pairs
        .into_iter()
        .filter(|(_, weight)| weight.is_finite() && *weight > 0.0);
    let (sum, all) = usable.fold((0.0_f32, 0.0_f32), |(sum, all), (part, weight)| {
        (sum + worth(part) * weight, all + weight)
    });
    if all > 0.0 { sum / all } else { 0.0 }
}

/// A worth between 0 and 1; 0 for what is no number.
pub(crate) fn worth(part: f32) -> f32 {
    if part.is_nan() {
        0.0
    } else {
        part.clamp(0.0, 1.0)
    }
}

/// The worth of so many pixels on a metre.
pub(crate) fn pixels_part(pixels_per_m: f32) -> f32 {
    let (least, most) = (
        Level::Monitor.least_pixels_per_m(),
        Level::Identify.least_pixels_per_m(),
    );
    if pixels_per_m <= least {
        0.0
    } else {
        worth((pixels_per_m / least).ln() / (most / least).ln())
    }
}

/// The worth of an angle: looked at level is best, from straight above worst; a side seen from behind is worth nothing.
pub(crate) fn angle_part(down_deg: f32, facing_deg: Option<f32>) -> f32 {
    let level = down_deg.to_radians().cos();
    let front = facing_deg.map_or(1.0, |beside| beside.to_radians().cos());
    worth(level.max(0.0) * front.max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_near(found: f32, expected: f32) {
        assert!((found - expected).abs() < 1e-3, "{found} is not {expected}");
    }

    #[test]
    fn pixels_count_by_factors() {
        for (pixels_per_m, expected) in [
            (5.0, 0.0),
            (12.5, 0.0),
            (55.9, 0.5),
            (250.0, 1.0),
            (9e9, 1.0),
        ] {
            check_near(pixels_part(pixels_per_m), expected);
        }
        check_near(pixels_part(f32::NAN), 0.0);
    }

    #[test]
    fn a_level_look_at_the_front_is_best() {
        check_near(angle_part(0.0, None), 1.0);
        check_near(angle_part(60.0, None), 0.5);
        check_near(angle_part(0.0, Some(60.0)), 0.5);
        check_near(angle_part(0.0, Some(120.0)), 0.0);
        check_near(angle_part(90.0, None), 0.0);
    }

    #[test]
    fn only_the_proportions_of_weights_count() {
        let parts = Parts {
            pixels: 1.0,
            health: 0.5,
            ..Parts::default()
        };
        let of = |pixels: f32, health: f32| {
            let weights = Weights {
                pixels,
                angle: 0.0,
                grade: f32::NAN,
                health,
                certainty: -1.0,
            };
            score(&parts, &weights)
        };
        check_near(of(1.0, 1.0), 0.75);
        check_near(of(10.0, 10.0), 0.75);
        check_near(of(0.0, 3.0), 0.5);
        check_near(of(0.0, 0.0), 0.0);
    }
}
