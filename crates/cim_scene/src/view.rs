//! One look at the city: from where, where to, and which pixel sees what. Pure arithmetic in `f64`.
//!
//! Directions and positions are metres east, north and up (`enu`) unless the name says `render`.

use crate::render_from_enu;
use bevy_math::{DMat3, DMat4, DQuat, DVec3, Mat4, Quat};
use std::f64::consts::{FRAC_PI_4, TAU};

/// Vertical field of view of the twin's camera, radians (45°).
pub const FOV_Y_RAD: f64 = FRAC_PI_4;

/// Points nearer to the eye than this are not in the picture, metres.
const NEAREST_DEPTH_M: f64 = 0.5;
/// Ground farther away than this counts as horizon, metres.
const HORIZON_M: f64 = 200_000.0;

/// A look at the city: an orbit around a point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    /// What the camera looks at, metres east, north and up.
    pub target: DVec3,
    /// How far the eye is from the target, metres.
    pub distance_m: f64,
    /// Where the camera looks, clockwise from north, radians; not wrapped.
    pub heading_rad: f64,
    /// How far it looks down, radians below the horizon.
    pub pitch_rad: f64,
}

impl View {
    /// The direction that the camera looks, a unit vector.
    pub fn forward(&self) -> DVec3 {
        let (sin_heading, cos_heading) = self.heading_rad.sin_cos();
        let (sin_pitch, cos_pitch) = self.pitch_rad.sin_cos();
        DVec3::new(sin_heading * cos_pitch, cos_heading * cos_pitch, -sin_pitch)
    }

    /// The direction to the right of the picture, a horizontal unit vector.
    pub fn right(&self) -> DVec3 {
        let (sin_heading, cos_heading) = self.heading_rad.sin_cos();
        DVec3::new(cos_heading, -sin_heading, 0.0)
    }

    /// The direction to the top of the picture, a unit vector.
    pub fn up(&self) -> DVec3 {
        self.right().cross(self.forward())
    }

    /// Where the eye is.
    pub fn eye(&self) -> DVec3 {
        self.target - self.forward() * self.distance_m
    }

    /// Where the eye is, in render space.
    pub fn render_eye(&self) -> DVec3 {
        render_from_enu(self.eye())
    }

    /// How a Bevy camera (looking along −z, y up) has to be turned in render space.
    pub fn render_rotation(&self) -> Quat {
        DQuat::from_mat3(&self.world_from_view()).as_quat()
    }

    /// Where the camera looks, clockwise from north, degrees in 0…360.
    pub fn heading_deg(&self) -> f64 {
        self.heading_rad
            .rem_euclid(TAU)
            .to_degrees()
            .rem_euclid(360.0)
    }

    /// A near plane that keeps depth sharp: farther when the eye is high, metres.
    pub fn near_m(&self) -> f64 {
        (self.eye().z * 0.05).clamp(NEAREST_DEPTH_M, 50.0)
    }

    /// Clip space (reversed depth, far plane at infinity) from a point in render space **relative to the eye**.
    pub fn clip_from_relative(&self, viewport: &Viewport) -> Mat4 {
        let view_from_relative = DMat4::from_mat3(self.world_from_view().transpose());
        let clip_from_view =
            DMat4::perspective_infinite_reverse_rh(FOV_Y_RAD, viewport.aspect(), self.near_m());
        (clip_from_view * view_from_relative).as_mat4()
    }

    /// The camera's axes (right, up, back) as columns in render space.
    fn world_from_view(&self) -> DMat3 {
        DMat3::from_cols(
            render_from_enu(self.right()),
            render_from_enu(self.up()),
            render_from_enu(-self.forward()),
        )
    }

    /// The ray from the eye through a pixel; `None` without a viewport or for a pixel that is not a number.
    pub fn ray_through(&self, viewport: &Viewport, px: [f32; 2]) -> Option<WorldRay> {
        let focal_px = viewport.focal_px()?;
        if !px[0].is_finite() || !px[1].is_finite() {
            return None;
        }
        let across = (f64::from(px[0]) - viewport.width_px * 0.5) / focal_px;
        let above = (viewport.height_px * 0.5 - f64::from(px[1])) / focal_px;
        let dir = (self.forward() + self.right() * across + self.up() * above).try_normalize()?;
        Some(WorldRay {
            origin: self.eye(),
            dir,
        })
    }

    /// The point of the ground plane under a pixel; `None` above the horizon.
    pub fn ground_at(&self, viewport: &Viewport, px: [f32; 2]) -> Option<DVec3> {
        self.ray_through(viewport, px)?.ground()
    }

    /// The pixel that shows a point; `None` for a point beside or behind the eye. The pixel may lie outside the viewport.
    pub fn project(&self, viewport: &Viewport, enu: DVec3) -> Option<Projected> {
        Projector::new(self, viewport)?.project(enu)
    }
}

/// A ray in the city frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WorldRay {
    /// Where it begins, metres east, north and up.
    pub origin: DVec3,
    /// Where it goes, a unit vector.
    pub dir: DVec3,
}

impl WorldRay {
    /// Where the ray meets the ground plane (up = 0), if it does before the horizon.
    pub fn ground(&self) -> Option<DVec3> {
        if self.dir.z >= -1e-6 {
            return None;
        }
        let along_m = -self.origin.z / self.dir.z;
        (along_m > 0.0 && along_m < HORIZON_M).then(|| {
            let point = self.origin + self.dir * along_m;
            DVec3::new(point.x, point.y, 0.0)
        })
    }
}

/// Where a point appears.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Projected {
    /// Pixel from the viewport's top left.
    pub px: [f32; 2],
    /// Distance from the eye along the direction it looks, metres.
    pub depth_m: f64,
}

/// A view with its axes worked out, for projecting many points.
pub(crate) struct Projector {
    eye: DVec3,
    forward: DVec3,
    right: DVec3,
    up: DVec3,
    focal_px: f64,
    middle_px: [f64; 2],
}

impl Projector {
    /// Ready to project; `None` without a viewport.
    pub(crate) fn new(view: &View, viewport: &Viewport) -> Option<Self> {
        Some(Self {
            eye: view.eye(),
            forward: view.forward(),
            right: view.right(),
            up: view.up(),
            focal_px: viewport.focal_px()?,
            middle_px: [viewport.width_px * 0.5, viewport.height_px * 0.5],
        })
    }

    /// The pixel that shows a point; `None` for a point beside or behind the eye.
    pub(crate) fn project(&self, enu: DVec3) -> Option<Projected> {
        let seen = enu - self.eye;
        let depth_m = seen.dot(self.forward);
        // Asked this way round, a NaN is turned away as well.
        let is_ahead = depth_m > NEAREST_DEPTH_M && depth_m.is_finite();
        if !is_ahead {
            return None;
        }
        let x = self.middle_px[0] + seen.dot(self.right) / depth_m * self.focal_px;
        let y = self.middle_px[1] - seen.dot(self.up) / depth_m * self.focal_px;
        Some(Projected {
            px: [x as f32, y as f32],
            depth_m,
        })
    }
}

/// The picture's size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Viewport {
    /// Width, physical px; 0 while there is no window.
    pub width_px: f64,
    /// Height, physical px; 0 while there is no window.
    pub height_px: f64,
    /// Physical px per CSS px.
    pub scale: f64,
}

impl Default for Viewport {
    fn default() -> Self {
        Self {
            width_px: 0.0,
            height_px: 0.0,
            scale: 1.0,
        }
    }
}

impl Viewport {
    /// Largest side that a picture may have, physical px.
    const LARGEST_SIDE_PX: u32 = 32_768;

    /// The viewport of a size; absurd sizes and scales are brought into range.
    pub fn new(width: u32, height: u32, scale: f32) -> Self {
        Self {
            width_px: f64::from(width.min(Self::LARGEST_SIDE_PX)),
            height_px: f64::from(height.min(Self::LARGEST_SIDE_PX)),
            scale: if scale.is_finite() {
                f64::from(scale).clamp(0.25, 8.0)
            } else {
                1.0
            },
        }
    }

    /// How many pixels one unit across covers at depth one; `None` for an empty viewport.
    pub fn focal_px(&self) -> Option<f64> {
        let is_there = self.width_px >= 1.0 && self.height_px >= 1.0;
        is_there.then(|| self.height_px * 0.5 / (FOV_Y_RAD * 0.5).tan())
    }

    /// Width over height; 1 for an empty viewport.
    pub fn aspect(&self) -> f64 {
        if self.focal_px().is_some() {
            self.width_px / self.height_px
        } else {
            1.0
        }
    }

    /// True when a pixel lies inside.
    pub fn contains(&self, px: [f32; 2]) -> bool {
        let [x, y] = px.map(f64::from);
        x >= 0.0 && y >= 0.0 && x < self.width_px && y < self.height_px
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VIEWPORT: Viewport = Viewport {
        width_px: 1280.0,
        height_px: 720.0,
        scale: 1.0,
    };

    fn some_view() -> View {
        View {
            target: DVec3::new(120.0, -80.0, 5.0),
            distance_m: 900.0,
            heading_rad: 0.7,
            pitch_rad: 0.6,
        }
    }

    #[test]
    fn the_axes_of_a_view_are_square() {
        let view = some_view();
        assert!(view.forward().dot(view.right()).abs() < 1e-12);
        assert!(view.up().dot(view.right()).abs() < 1e-12);
        assert!((view.up().length() - 1.0).abs() < 1e-12);
        assert!(view.up().z > 0.0);
    }

    #[test]
    fn a_look_north_has_the_east_on_its_right() {
        let view = View {
            target: DVec3::ZERO,
            distance_m: 100.0,
            heading_rad: 0.0,
            pitch_rad: 0.5,
        };
        assert!(view.eye().y < 0.0 && view.eye().z > 0.0);
        let right = view
            .project(&VIEWPORT, DVec3::new(10.0, 0.0, 0.0))
            .expect("in front");
        let far = view
            .project(&VIEWPORT, DVec3::new(0.0, 10.0, 0.0))
            .expect("in front");
        assert!(right.px[0] > 640.0);
        assert!(far.px[1] < 360.0);
    }

    #[test]
    fn the_ground_under_a_pixel_appears_at_that_pixel() {
        let view = some_view();
        let ground = view
            .ground_at(&VIEWPORT, [300.0, 500.0])
            .expect("below the horizon");
        let seen = view.project(&VIEWPORT, ground).expect("in front");
        assert!((seen.px[0] - 300.0).abs() < 1e-3 && (seen.px[1] - 500.0).abs() < 1e-3);
        assert!(ground.z.abs() < 1e-12);
    }

    #[test]
    fn the_matrix_for_the_gpu_agrees_with_the_projection() {
        let view = some_view();
        let point = DVec3::new(40.0, 200.0, 60.0);
        let seen = view.project(&VIEWPORT, point).expect("in front");
        let relative = (render_from_enu(point) - view.render_eye()).as_vec3();
        let clip = view.clip_from_relative(&VIEWPORT) * relative.extend(1.0);
        let x = (clip.x / clip.w * 0.5 + 0.5) * 1280.0;
        let y = (0.5 - clip.y / clip.w * 0.5) * 720.0;
        assert!((x - seen.px[0]).abs() < 0.02 && (y - seen.px[1]).abs() < 0.02);
        assert!(clip.z / clip.w > 0.0 && clip.z / clip.w < 1.0);
    }

    #[test]
    fn the_rotation_turns_a_bevy_camera_to_where_the_view_looks() {
        let view = some_view();
        let looks = view.render_rotation() * bevy_math::Vec3::NEG_Z;
        assert!((looks - render_from_enu(view.forward()).as_vec3()).length() < 1e-5);
    }

    #[test]
    fn an_empty_viewport_sees_nothing() {
        let empty = Viewport::new(0, 720, 1.0);
        assert!(some_view().ray_through(&empty, [1.0, 1.0]).is_none());
        assert!(some_view().project(&empty, DVec3::ZERO).is_none());
        assert!(
            some_view()
                .ray_through(&VIEWPORT, [f32::NAN, 1.0])
                .is_none()
        );
    }

    #[test]
    fn what_is_behind_the_eye_is_not_in_the_picture() {
        let view = some_view();
        assert!(
            view.project(&VIEWPORT, view.eye() - view.forward() * 10.0)
                .is_none()
        );
    }
}
