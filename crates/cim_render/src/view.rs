//! The camera and the light as the shaders see them.

use crate::{palette::Tones, shadow::ShadowFit};
use bevy::math::{DVec3, Mat4, Vec3, Vec4};
use bytemuck::{Pod, Zeroable};
use cim_scene::{CityLook, FOV_Y_RAD, Style, Underground, View, Viewport};

/// How much of what stands on the ground is left while the person looks below it.
const FAINT: f32 = 0.16;
/// A sun lower than this casts nothing, degrees.
const LEAST_SUN_DEG: f64 = 0.5;

/// `View` of the shaders. All directions and distances are metres ENU; positions are relative to the city's origin.
///
/// The live layers' shaders know the fields up to `colours` only; what the city alone needs follows.
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
    more: [[f32; 4]; 12],
    sun: [f32; 4],
    sky: [f32; 4],
    ground: [f32; 4],
    shade: [f32; 4],
    shadow_from_eye: [[f32; 4]; 4],
}

/// What a view is drawn with, apart from where the camera stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scenery<'a> {
    /// How far the city reaches from its origin, metres.
    pub(crate) radius_m: f64,
    pub(crate) look: &'a CityLook,
    pub(crate) underground: Underground,
    /// What the sun's picture covers; `None` when nothing casts a shadow.
    pub(crate) shadow: Option<ShadowFit>,
}

impl ViewUniform {
    /// The uniform for a look at a city.
    pub(crate) fn new(view: &View, viewport: &Viewport, scenery: &Scenery<'_>) -> Self {
        let (width, height) = (
            viewport.width_px.max(1.0) as f32,
            viewport.height_px.max(1.0) as f32,
        );
        let aspect = width / height;
        let half_up = (FOV_Y_RAD * 0.5).tan() as f32;
        let near_m = view.near_m() as f32;
        let clip_from_view =
            Mat4::perspective_infinite_reverse_rh(FOV_Y_RAD as f32, aspect, near_m);
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
        let tones = Tones::of(scenery.look);
        let light = single(light_direction(scenery.look));
        // Haze begins where a city's far edge is seen from above it.
        let haze_m = (scenery.radius_m * 3.2).max(6_000.0) + view.distance_m * 1.4;
        let (opacity, faint) = if scenery.underground.on {
            (scenery.underground.opacity.clamp(0.0, 1.0), FAINT)
        } else {
            (1.0, 1.0)
        };
        let (shade, shadow_from_eye) = scenery.shadow.map_or(([0.0; 4], Mat4::IDENTITY), |fit| {
            (fit.shade(), fit.shadow_from_eye(view.eye()))
        });
        Self {
            clip_from_enu: (clip_from_view * view_from_enu).to_cols_array_2d(),
            eye: single(view.eye()).extend(0.0).to_array(),
            viewport: [width, height, 1.0 / width, 1.0 / height],
            forward: forward.extend(0.0).to_array(),
            right: (right * half_up * aspect).extend(0.0).to_array(),
            up: (up * half_up).extend(0.0).to_array(),
            light: light.extend(tones.windows).to_array(),
            fog: [haze_m as f32, 0.0, 0.0, 0.0],
            colours: tones.colours,
            more: tones.more,
            sun: tones.sun,
            sky: tones.sky,
            ground: [opacity, faint, near_m, 2.0 * half_up / height],
            shade,
            shadow_from_eye: shadow_from_eye.to_cols_array_2d(),
        }
    }
}

/// True when the sun of a look casts shadows.
pub(crate) fn casts_shadows(look: &CityLook) -> bool {
    look.style != Style::Night && look.sun.altitude_deg > LEAST_SUN_DEG
}

/// Towards the light of a look, a unit vector east, north and up.
pub(crate) fn light_direction(look: &CityLook) -> DVec3 {
    if casts_shadows(look) {
        look.sun.direction_enu()
    } else {
        // From the north-west and above, as relief maps have it: shade then falls towards the viewer.
        DVec3::new(-0.55, 0.45, 0.70).normalize_or_zero()
    }
}

fn single(vector: DVec3) -> Vec3 {
    vector.as_vec3()
}

#[cfg(test)]
mod tests {
    use super::*;
    use cim_scene::{Quality, Sun};

    #[test]
    fn the_uniform_is_laid_out_as_the_shaders_read_it() {
        // Two matrices, eleven vectors, two dozen colours: 16 bytes each.
        assert_eq!(size_of::<ViewUniform>(), (4 + 7 + 24 + 4 + 4) * 16);
    }

    #[test]
    fn light_comes_from_the_sun_by_day_and_from_the_north_west_at_night() {
        let look = |style, altitude_deg| {
            CityLook::new(
                style,
                Quality::Standard,
                Sun {
                    azimuth_deg: 90.0,
                    altitude_deg,
                },
            )
        };
        assert!(light_direction(&look(Style::Day, 30.0)).x > 0.8);
        assert!(light_direction(&look(Style::Day, -3.0)).x < 0.0);
        assert!(!casts_shadows(&look(Style::Night, 30.0)));
    }
}
