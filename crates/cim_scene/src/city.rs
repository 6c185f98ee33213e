//! Which city is open and where its frame lies; the way between city frame and render space.

use crate::TwinCommand;
use bevy_app::{App, Plugin, Update};
use bevy_ecs::prelude::{IntoScheduleConfigs, MessageReader, ResMut, Resource, SystemSet};
use bevy_math::DVec3;
use cim_geo::{Enu, Geodetic, LocalFrame};

/// Keeps [`City`].
pub struct CityPlugin;

impl Plugin for CityPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<City>()
            .add_systems(Update, open_city.in_set(CitySystems));
    }
}

/// Systems that open a city. Run after this set to find the frame of the city that is open.
#[derive(SystemSet, Clone, Debug, Hash, PartialEq, Eq)]
pub struct CitySystems;

/// A point in render space (x east, y up, z south) from metres east, north and up.
pub fn render_from_enu(enu: DVec3) -> DVec3 {
    DVec3::new(enu.x, enu.z, -enu.y)
}

/// Metres east, north and up from a point in render space (x east, y up, z south).
pub fn enu_from_render(render: DVec3) -> DVec3 {
    DVec3::new(render.x, -render.z, render.y)
}

/// The least radius that a city may claim, metres.
const LEAST_RADIUS_M: f64 = 100.0;
/// The largest radius that a city may claim, metres: beyond it a flat frame in `f32` is no longer good enough.
const LARGEST_RADIUS_M: f64 = 50_000.0;

/// The city that is open.
#[derive(Resource, Default)]
pub struct City {
    frame: Option<LocalFrame>,
    origin: Geodetic,
    radius_m: f64,
    generation: u32,
}

impl City {
    /// The local frame, when a city is open.
    pub fn frame(&self) -> Option<&LocalFrame> {
        self.frame.as_ref()
    }

    /// How far the city reaches from its origin, metres.
    pub fn radius_m(&self) -> f64 {
        self.radius_m
    }

    /// Counts the cities opened so far; 0 when none was.
    pub fn generation(&self) -> u32 {
        self.generation
    }

    /// Metres east, north and up of a place; `None` without a city or for coordinates that are not numbers.
    pub fn enu_from_geodetic(&self, place: Geodetic) -> Option<DVec3> {
        let enu = self.frame.as_ref()?.enu_from_geodetic(place);
        let enu = DVec3::new(enu.east_m, enu.north_m, enu.up_m);
        enu.is_finite().then_some(enu)
    }

    /// The place of metres east, north and up; `None` without a city or for what is not a number.
    pub fn geodetic_from_enu(&self, enu: DVec3) -> Option<Geodetic> {
        let frame = self.frame.as_ref()?;
        enu.is_finite()
            .then(|| frame.geodetic_from_enu(Enu::new(enu.x, enu.y, enu.z)))
    }

    /// Opens the city around `origin`; the same city again changes nothing.
    fn open(&mut self, origin: Geodetic, radius_m: f64) {
        let is_place =
            origin.lon_deg.is_finite() && origin.lat_deg.is_finite() && origin.height_m.is_finite();
        if !is_place || origin.lat_deg.abs() > 90.0 || radius_m.is_nan() {
            return;
        }
        let radius_m = radius_m.clamp(LEAST_RADIUS_M, LARGEST_RADIUS_M);
        let is_same_radius = (self.radius_m - radius_m).abs() < 1e-6;
        if self.frame.is_some() && self.origin == origin && is_same_radius {
            return;
        }
        self.frame = Some(LocalFrame::new(origin));
        self.origin = origin;
        self.radius_m = radius_m;
        self.generation = self.generation.wrapping_add(1);
    }
}

fn open_city(mut commands: MessageReader<'_, '_, TwinCommand>, mut city: ResMut<'_, City>) {
    for command in commands.read() {
        if let TwinCommand::OpenCity { origin, radius_m } = command {
            city.open(*origin, *radius_m);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn east_north_and_up_come_back_from_render_space() {
        let enu = DVec3::new(1.0, 2.0, 3.0);
        assert_eq!(render_from_enu(enu), DVec3::new(1.0, 3.0, -2.0));
        assert_eq!(enu_from_render(render_from_enu(enu)), enu);
    }

    #[test]
    fn a_place_that_is_no_number_opens_nothing() {
        let mut city = City::default();
        city.open(
            Geodetic {
                lon_deg: f64::NAN,
                lat_deg: 31.0,
                height_m: 0.0,
            },
            1000.0,
        );
        assert_eq!(city.generation(), 0);
        assert!(city.frame().is_none());
    }

    #[test]
    fn the_same_city_again_changes_nothing() {
        let mut city = City::default();
        let origin = Geodetic {
            lon_deg: 121.5,
            lat_deg: 31.24,
            height_m: 0.0,
        };
        city.open(origin, 1500.0);
        city.open(origin, 1500.0);
        assert_eq!(city.generation(), 1);
        city.open(origin, 2500.0);
        assert_eq!(city.generation(), 2);
    }
}
