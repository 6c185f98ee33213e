//! The camera and the light as the shaders see them.

use crate::palette::Palette;
use bevy::math::{DVec3, Mat4, Vec3, Vec4};
use bytemuck::{Pod, Zeroable};
use cim_scene::{FOV_Y_RAD, View, Viewport};

/// `View` of the shaders. All directions and distances are metres ENU; positions are relative to the city's origin.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable, PartialEq)]
pub(crate) struct ViewUniform {
    clip_from_enu: [[f32; 4]; 4],
    eye: [f32; 4],
    viewport: [f32; 4],
    forward: [f32; 4],
    right: [f32; 4],
    up: [f32; 4],
    light: [f32; 4],
    fog: [f32; 4],
    colours: [[f32; 4]; 12],
}

impl ViewUniform {
    /// The uniform for a look at a city that reaches `radius_m` from its origin.
    pub(crate) fn new(view: &View, viewport: &Viewport, radius_m: f64, palette: &Palette) -> Self {
        let (width, height) = (
            viewport.width_px.max(1.0) as f32,
            viewport.height_px.max(1.0) as f32,
        );
        let aspect = width / height;
        let half_up = (FOV_Y_RAD * 0.5).tan() as f32;
        let clip_from_view =
            Mat4::perspective_infinite_reverse_rh(FOV_Y_RAD as f32, aspect, view.near_m() as f32);
        let (forward, right, up) = (
            single(view.forward()),
            single(view.right()),
            single(view.up()),
        );
        // Rows of a rotation are the axes of the frame that it goes to.
        let view_from_enu = Mat4::from_cols(
            right.extend(0.0),
            up.extend(0.0),
            (-forward).extend(0.0),
            Vec4::W,
        )
        .transpose();
        // Light from the north-west and above, as relief maps have it: shade then falls towards the viewer.
        let light = Vec3::new(-0.55, 0.45, 0.70).normalize_or_zero();
        // Haze begins where a city's far edge is seen from above it.
        let haze_m = (radius_m * 3.2).max(6_000.0) + view.distance_m * 1.4;
        Self {
            clip_from_enu: (clip_from_view * view_from_enu).to_cols_array_2d(),
            eye: single(view.eye()).extend(0.0).to_array(),
            viewport: [width, height, 1.0 / width, 1.0 / height],
            forward: forward.extend(0.0).to_array(),
            right: (right * half_up * aspect).extend(0.0).to_array(),
            up: (up * half_up).extend(0.0).to_array(),
            light: light.extend(palette.windows()).to_array(),
            fog: [haze_m as f32, 0.0, 0.0, 0.0],
            colours: palette.encoded(),
        }
    }
}

fn single(vector: DVec3) -> Vec3 {
    vector.as_vec3()
}
