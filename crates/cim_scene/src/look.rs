//! How the city is to look: style, quality, and where the sun stands.
//!
//! Holds the choice; `cim_render` draws it. Where the sun is at an hour is `cim_geo`'s.

use crate::TwinCommand;
use bevy_app::{App, Plugin, Update};
use bevy_ecs::prelude::{
    DetectChangesMut, IntoScheduleConfigs, MessageReader, ResMut, Resource, SystemSet,
};
use bevy_math::DVec3;

/// Keeps [`CityLook`].
pub struct LookPlugin;

impl Plugin for LookPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<CityLook>()
            .add_systems(Update, take_look.in_set(LookSystems));
    }
}

/// Systems that set the look. Run after this set to see the frame's final choice.
#[derive(SystemSet, Clone, Debug, Hash, PartialEq, Eq)]
pub struct LookSystems;

/// Height of the sun, degrees, from which on it is day, and below which it is night (civil dusk).
const DUSK_DEG: [f64; 2] = [6.0, -6.0];

/// How the city is drawn. Night command on a soft device, after dusk, at first.
#[derive(Resource, Clone, Copy, Debug, PartialEq)]
pub struct CityLook {
    /// Colours and light.
    pub style: Style,
    /// What a picture may cost.
    pub quality: Quality,
    /// Where the sun stands.
    pub sun: Sun,
    /// 0 by day, 1 by night, by the height of the sun.
    pub dusk: f32,
}

impl CityLook {
    /// A look with the dusk that belongs to the sun.
    pub fn new(style: Style, quality: Quality, sun: Sun) -> Self {
        Self {
            style,
            quality,
            sun,
            dusk: sun.dusk(),
        }
    }
}

impl Default for CityLook {
    fn default() -> Self {
        let sun = Sun {
            azimuth_deg: 315.0,
            altitude_deg: -18.0,
        };
        Self::new(Style::default(), Quality::default(), sun)
    }
}

/// A set of colours and lights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// Warm materials under the sun of date and place.
    Day,
    /// The dark blue-grey of a control room; colour only for what is not normal.
    #[default]
    Night,
    /// Matte white, for analysis.
    White,
}

/// What a picture may cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Quality {
    /// Runs on software Vulkan and old integrated GPUs.
    #[default]
    Soft,
    /// Shadows of the sun.
    Standard,
    /// Soft shadows and contact shading.
    High,
}

/// Where the sun stands, seen from the city.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sun {
    /// Clockwise from north, degrees.
    pub azimuth_deg: f64,
    /// Above the horizon, degrees; negative at night.
    pub altitude_deg: f64,
}

impl Sun {
    /// Towards the sun: a unit vector east, north and up.
    pub fn direction_enu(&self) -> DVec3 {
        let (sin_azimuth, cos_azimuth) = self.azimuth_deg.to_radians().sin_cos();
        let (sin_altitude, cos_altitude) = self.altitude_deg.to_radians().sin_cos();
        DVec3::new(
            sin_azimuth * cos_altitude,
            cos_azimuth * cos_altitude,
            sin_altitude,
        )
    }

    /// 0 by day, 1 by night, between the two while the sun goes from 6° above the horizon to 6° below it.
    pub fn dusk(&self) -> f32 {
        let [day, night] = DUSK_DEG;
        ((day - self.altitude_deg) / (day - night)).clamp(0.0, 1.0) as f32
    }

    fn is_finite(&self) -> bool {
        self.azimuth_deg.is_finite() && self.altitude_deg.is_finite()
    }
}

fn take_look(mut commands: MessageReader<'_, '_, TwinCommand>, mut look: ResMut<'_, CityLook>) {
    for command in commands.read() {
        if let TwinCommand::SetLook {
            style,
            quality,
            sun,
        } = command
        {
            let sun = if sun.is_finite() { *sun } else { look.sun };
            // Assigned only when different: writing marks the resource as changed, and that costs a frame.
            look.set_if_neq(CityLook::new(*style, *quality, sun));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{NeedsFrame, ScenePlugin};

    #[track_caller]
    fn check_direction(azimuth_deg: f64, altitude_deg: f64, expected: DVec3) {
        let sun = Sun {
            azimuth_deg,
            altitude_deg,
        };
        let off = sun.direction_enu().distance(expected);
        assert!(off < 1e-12, "{sun:?} is {off} away from {expected}");
    }

    #[test]
    fn the_sun_stands_where_its_angles_say() {
        check_direction(0.0, 0.0, DVec3::Y);
        check_direction(90.0, 0.0, DVec3::X);
        check_direction(180.0, 0.0, -DVec3::Y);
        check_direction(37.0, 90.0, DVec3::Z);
    }

    #[test]
    fn dusk_falls_around_the_horizon() {
        let dusk = |altitude_deg| {
            Sun {
                azimuth_deg: 0.0,
                altitude_deg,
            }
            .dusk()
        };
        assert!(dusk(40.0) <= 0.0 && dusk(-30.0) >= 1.0);
        assert!((dusk(0.0) - 0.5).abs() < 1e-6);
        assert!(CityLook::default().dusk >= 1.0);
    }

    #[test]
    fn a_new_look_is_drawn_once() {
        let mut app = App::new();
        app.add_plugins(ScenePlugin);
        app.update();
        app.world_mut().resource_mut::<NeedsFrame>().take();
        let sun = Sun {
            azimuth_deg: 170.0,
            altitude_deg: 50.0,
        };
        for is_news in [true, false] {
            app.world_mut().write_message(TwinCommand::SetLook {
                style: Style::Day,
                quality: Quality::Standard,
                sun,
            });
            app.update();
            assert_eq!(app.world_mut().resource_mut::<NeedsFrame>().take(), is_news);
        }
        assert!(app.world().resource::<CityLook>().dusk <= 0.0);
    }
}
