//! From where the city is seen, and what lies in that view.

use crate::Volume;
use cim_geo::{Ecef, Enu, LocalFrame};
use glam::DVec3;

/// From where and how the city is seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ViewState {
    /// The eye, in the tileset's frame (ECEF metres for a georeferenced one).
    pub position: DVec3,
    /// Where it looks; any length but zero.
    pub direction: DVec3,
    /// What is up on the screen; not along `direction`.
    pub up: DVec3,
    /// Vertical field of view, radians.
    pub fov_y_rad: f64,
    /// Width and height of the picture, pixels.
    pub viewport_px: [f64; 2],
}

/// How the eye moves.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CameraMotion {
    /// Where it goes, metres per second along the axes of the view's frame.
    pub velocity_m_s: DVec3,
    /// How far ahead tiles are fetched, seconds.
    pub look_ahead_s: f64,
}

impl CameraMotion {
    /// Slower than this, in metres per second, counts as standing still.
    const STILL_M_S: f64 = 0.01;

    /// True when the eye moves at all.
    pub fn is_moving(&self) -> bool {
        self.velocity_m_s.length() > Self::STILL_M_S
    }
}

impl ViewState {
    /// A view given in the city's frame, as ECEF metres.
    #[must_use]
    pub fn ecef_from_enu(&self, frame: &LocalFrame) -> Self {
        let eye = Enu::new(self.position.x, self.position.y, self.position.z);
        let Ecef { x_m, y_m, z_m } = frame.ecef_from_enu(eye);
        let turn = frame.ecef_from_enu_matrix();
        Self {
            position: DVec3::new(x_m, y_m, z_m),
            direction: turn.transform_vector3(self.direction),
            up: turn.transform_vector3(self.up),
            ..*self
        }
    }

    /// The view after `share` of the time that `motion` looks ahead.
    #[must_use]
    pub fn ahead(&self, motion: &CameraMotion, share: f64) -> Self {
        Self {
            position: self.position + motion.velocity_m_s * (motion.look_ahead_s * share),
            ..*self
        }
    }

    /// How many times coarser `volume` may be while the eye moves: 1 where it reaches the middle of the picture, rising
    /// to 2 in the corners, where a moving picture is hardly looked at.
    pub fn foveation(&self, volume: &Volume) -> f64 {
        let towards = volume.centre_m() - self.position;
        let (distance, radius) = (towards.length(), volume.radius_m());
        if distance <= radius {
            return 1.0;
        }
        let cosine = towards.dot(self.direction.normalize_or_zero()) / distance;
        let angle = cosine.clamp(-1.0, 1.0).acos() - (radius / distance).asin();
        let aspect = self.viewport_px[0] / self.viewport_px[1].max(1.0);
        let corner = ((self.fov_y_rad / 2.0).tan() * aspect.hypot(1.0)).atan();
        1.0 + (angle / corner.max(0.01)).clamp(0.0, 1.0)
    }

    /// Distances below this count as this, in metres: inside a tile the error would be infinite for all alike.
    const MIN_DISTANCE_M: f64 = 1.0;

    /// How many pixels a geometric error of `error_m` spans at `distance_m`
    /// (3D Tiles 1.1, "Geometric error": screen-space error of a perspective view).
    pub fn screen_space_error_px(&self, error_m: f64, distance_m: f64) -> f64 {
        let spread = 2.0 * distance_m.max(Self::MIN_DISTANCE_M) * (self.fov_y_rad / 2.0).tan();
        error_m * self.viewport_px[1] / spread
    }

    /// How far off the middle of the picture `point` is: 0 in the middle, 2 straight behind.
    pub fn off_centre(&self, point: DVec3) -> f64 {
        let towards = (point - self.position).normalize_or_zero();
        1.0 - towards.dot(self.direction.normalize_or_zero())
    }

    /// What lies in this view.
    pub fn frustum(&self) -> Frustum {
        Frustum::of(self)
    }
}

/// The space that a view shows: in front of the eye, between the four sides; no far end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frustum {
    eye: DVec3,
    /// Inward normals of the planes through the eye: left, right, bottom, top, front.
    inward: [DVec3; 5],
}

impl Frustum {
    fn of(view: &ViewState) -> Self {
        let ahead = view.direction.normalize_or_zero();
        let right = ahead.cross(view.up).normalize_or_zero();
        let up = right.cross(ahead);
        let aspect = view.viewport_px[0] / view.viewport_px[1].max(1.0);
        let half_y = view.fov_y_rad / 2.0;
        let half_x = (half_y.tan() * aspect).atan();
        let (sin_x, cos_x) = half_x.sin_cos();
        let (sin_y, cos_y) = half_y.sin_cos();
        Self {
            eye: view.position,
            inward: [
                ahead * sin_x + right * cos_x,
                ahead * sin_x - right * cos_x,
                ahead * sin_y + up * cos_y,
                ahead * sin_y - up * cos_y,
                ahead,
            ],
        }
    }

    /// False only when `volume` lies wholly beyond one of the planes; so now and then true for one just outside.
    pub fn sees(&self, volume: &Volume) -> bool {
        let centre = volume.centre_m() - self.eye;
        !self
            .inward
            .iter()
            .any(|normal| normal.dot(centre) < -volume.extent_along_m(*normal))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Sphere;

    /// An eye at the origin that looks along +x with z up, 90° high and wide.
    fn eye() -> ViewState {
        ViewState {
            position: DVec3::ZERO,
            direction: DVec3::X,
            up: DVec3::Z,
            fov_y_rad: std::f64::consts::FRAC_PI_2,
            viewport_px: [1000.0, 1000.0],
        }
    }

    #[track_caller]
    fn check_seen(centre: [f64; 3], radius_m: f64, expected: bool) {
        let ball = Volume::Sphere(Sphere {
            centre_m: DVec3::from_array(centre),
            radius_m,
        });
        assert_eq!(eye().frustum().sees(&ball), expected, "{centre:?}");
    }

    #[test]
    fn what_is_ahead_is_seen_and_what_is_behind_is_not() {
        check_seen([100.0, 0.0, 0.0], 1.0, true);
        check_seen([-100.0, 0.0, 0.0], 1.0, false);
        check_seen([1.0e9, 0.0, 0.0], 1.0, true);
        check_seen([100.0, 150.0, 0.0], 10.0, false);
        check_seen([100.0, -150.0, 0.0], 10.0, false);
        check_seen([100.0, 0.0, 150.0], 10.0, false);
        check_seen([100.0, 0.0, -150.0], 10.0, false);
    }

    #[test]
    fn what_reaches_into_the_picture_is_seen() {
        check_seen([100.0, 150.0, 0.0], 40.0, true);
        check_seen([-5.0, 0.0, 0.0], 6.0, true);
    }

    #[test]
    fn an_error_of_one_metre_at_five_hundred_metres_spans_one_pixel() {
        let px = eye().screen_space_error_px(1.0, 500.0);
        assert!((px - 1.0).abs() < 1e-9, "{px}");
    }

    #[test]
    fn the_corner_of_a_moving_picture_may_be_twice_as_coarse() {
        let ball = |centre_m: DVec3| {
            Volume::Sphere(Sphere {
                centre_m,
                radius_m: 1.0,
            })
        };
        let middle = eye().foveation(&ball(DVec3::new(100.0, 0.0, 0.0)));
        let side = eye().foveation(&ball(DVec3::new(100.0, 50.0, 0.0)));
        let behind = eye().foveation(&ball(DVec3::new(-100.0, 0.0, 0.0)));
        assert!((middle - 1.0).abs() < 1e-9, "{middle}");
        assert!(side > 1.3 && side < 1.6, "{side}");
        assert!((behind - 2.0).abs() < 1e-9, "{behind}");
    }

    #[test]
    fn a_moving_eye_is_further_on_a_second_later() {
        let motion = CameraMotion {
            velocity_m_s: DVec3::new(0.0, 20.0, 0.0),
            look_ahead_s: 2.0,
        };
        assert!(motion.is_moving() && !CameraMotion::default().is_moving());
        assert_eq!(
            eye().ahead(&motion, 0.5).position,
            DVec3::new(0.0, 20.0, 0.0)
        );
    }

    #[test]
    fn a_view_of_the_city_looks_the_same_way_on_the_globe() {
        let frame = LocalFrame::new(cim_geo::Geodetic::new(121.5, 31.24, 0.0));
        let view = ViewState {
            position: DVec3::new(1_000.0, 0.0, 50.0),
            ..eye()
        };
        let globe = view.ecef_from_enu(&frame);
        assert!((globe.direction.length() - 1.0).abs() < 1e-6);
        assert!(globe.direction.dot(globe.up).abs() < 1e-6);
        let ahead = globe.position + globe.direction * 500.0;
        let back = frame.enu_from_ecef(Ecef {
            x_m: ahead.x,
            y_m: ahead.y,
            z_m: ahead.z,
        });
        assert!((back.east_m - 1_500.0).abs() < 1e-5, "{back:?}");
        assert!((back.up_m - 50.0).abs() < 1e-5, "{back:?}");
    }

    #[test]
    fn a_view_without_direction_sees_everything() {
        let lost = ViewState {
            direction: DVec3::ZERO,
            ..eye()
        };
        let ball = Volume::Sphere(Sphere {
            centre_m: DVec3::NEG_X,
            radius_m: 0.1,
        });
        assert!(lost.frustum().sees(&ball));
    }
}
