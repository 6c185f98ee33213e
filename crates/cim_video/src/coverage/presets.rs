//! Where a camera that turns looks: its presets, and where it should look to show something.

use super::lens::{Assumed, ViewVolume, WIDEST_PERSPECTIVE_DEG};
use super::obstacles::Obstacles;
use super::view::View;
use cim_geo::Geodetic;
use glam::Vec3;

/// A target that a camera is aimed at fills this share of the picture's width when it is so many metres wide.
const AIMED_WIDTH_M: f32 = 20.0;

/// A camera is not zoomed in further than this when it is aimed, degrees.
const NARROWEST_AIM_DEG: f32 = 5.0;

/// A stored direction of a camera that turns (GB/T 28181, `PresetID`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Preset {
    /// Its number in the camera, 1 to 255; 0 for one that is not stored.
    pub number: u16,
    /// What people call it.
    pub name: String,
    /// Clockwise from north, degrees.
    pub azimuth_deg: f64,
    /// Degrees below the horizon.
    pub tilt_deg: f64,
    /// Horizontal angle of view, degrees.
    pub h_fov_deg: f64,
}

impl ViewVolume {
    /// Where a camera that turns should look so that a target (height above the ground) and ten metres to both sides of it
    /// fill the picture; `None` when it does not turn or the target is out of its range.
    pub fn aimed_at(&self, obstacles: &Obstacles, target: Geodetic) -> Option<Preset> {
        let lens = self.lens_in(obstacles);
        let target = obstacles.place(target);
        View::new(self, lens)
            .pixels_per_m_turning(target)
            .filter(|_| self.can_turn)?;
        let way = target - lens;
        let width_deg = 2.0 * (AIMED_WIDTH_M / 2.0).atan2(way.length()).to_degrees();
        let widest_deg = self.h_fov_deg.min(WIDEST_PERSPECTIVE_DEG);
        Some(Preset {
            number: 0,
            name: String::new(),
            azimuth_deg: f64::from(way.x.atan2(way.y).to_degrees()).rem_euclid(360.0),
            tilt_deg: -f64::from(way.z.atan2(way.x.hypot(way.y)).to_degrees()),
            h_fov_deg: f64::from(width_deg.max(NARROWEST_AIM_DEG)).min(widest_deg),
        })
    }

    /// The lens, then the upper left, upper right, lower right and lower left corner of what it sees at its range; heights
    /// above the ellipsoid. A picture that is no plane has its corners where its own lens would have them.
    pub fn corners(&self, obstacles: &Obstacles) -> [Geodetic; 5] {
        let lens = self.lens_in(obstacles);
        let plane = Self {
            h_fov_deg: self.h_fov_deg.min(WIDEST_PERSPECTIVE_DEG),
            v_fov_deg: self.v_fov_deg.min(WIDEST_PERSPECTIVE_DEG),
            assumed: Assumed::default(),
            ..*self
        };
        let view = View::new(&plane, lens);
        let corner = |x: f32, y: f32| {
            let direction = view.direction(x, y).unwrap_or(Vec3::ZERO);
            obstacles.geodetic_of((lens + direction * self.range_m as f32).to_array())
        };
        [
            obstacles.geodetic_of(lens.to_array()),
            corner(0.0, 0.0),
            corner(1.0, 0.0),
            corner(1.0, 1.0),
            corner(0.0, 1.0),
        ]
    }

    /// The lens in the frame of the obstacles.
    pub(crate) fn lens_in(&self, obstacles: &Obstacles) -> Vec3 {
        obstacles.place(Geodetic {
            height_m: self.height_m,
            ..self.at
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coverage::lens::{CameraFacts, CameraKind};
    use crate::coverage::town::place_at;
    use cim_geo::LocalFrame;

    fn volume(kind: CameraKind) -> ViewVolume {
        let facts = CameraFacts {
            at: place_at(0.0, 0.0, 0.0),
            height_m: Some(11.0),
            azimuth_deg: Some(0.0),
            tilt_deg: Some(0.0),
            h_fov_deg: Some(60.0),
            range_m: Some(200.0),
            kind,
            ..CameraFacts::default()
        };
        ViewVolume::of(&facts).expect("a place")
    }

    fn flat() -> Obstacles {
        Obstacles::none(LocalFrame::new(place_at(0.0, 0.0, 0.0)))
    }

    #[test]
    fn a_dome_is_aimed_at_a_target_and_then_has_it_in_the_middle() {
        let (obstacles, dome) = (flat(), volume(CameraKind::Dome));
        let target = place_at(-60.0, -80.0, 1.0);
        let preset = dome.aimed_at(&obstacles, target).expect("in range");
        assert!((preset.azimuth_deg - 216.87).abs() < 0.01, "{preset:?}");
        assert!((preset.tilt_deg - 5.71).abs() < 0.01, "{preset:?}");
        assert!((preset.h_fov_deg - 11.36).abs() < 0.05, "{preset:?}");
        let aimed = dome.at_preset(&preset);
        let view = View::new(&aimed, aimed.lens_in(&obstacles));
        let [x, y] = view.image_of(obstacles.place(target)).expect("ahead");
        assert!((x - 0.5).abs() < 1e-3 && (y - 0.5).abs() < 1e-3, "{x} {y}");
    }

    #[test]
    fn what_does_not_turn_or_does_not_reach_is_not_aimed() {
        let obstacles = flat();
        let near = place_at(0.0, 50.0, 1.0);
        assert_eq!(volume(CameraKind::Fixed).aimed_at(&obstacles, near), None);
        let far = place_at(0.0, 250.0, 1.0);
        assert_eq!(volume(CameraKind::Dome).aimed_at(&obstacles, far), None);
    }

    #[test]
    fn corners_stand_at_the_range() {
        let obstacles = flat();
        let places = volume(CameraKind::Fixed)
            .corners(&obstacles)
            .map(|place| obstacles.frame().enu_from_geodetic(place));
        assert!((places[0].up_m - 11.0).abs() < 1e-3);
        for corner in &places[1..] {
            let away = corner
                .east_m
                .hypot(corner.north_m)
                .hypot(corner.up_m - 11.0);
            assert!((away - 200.0).abs() < 0.01, "{corner:?}");
        }
        assert!(places[1].east_m < 0.0 && places[2].east_m > 0.0);
        assert!(places[1].up_m > places[4].up_m);
    }
}
