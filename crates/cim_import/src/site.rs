//! Where the city stands: its frame, and the height of its ground.

use crate::feature::LonLat;
use crate::outline::{Plane, place_of, plane_of};
use cim_geo::{Geodetic, LocalFrame};

/// The city's frame, whose origin lies on the ground.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Site {
    frame: LocalFrame,
}

impl Site {
    /// A site around `origin`, whose height is the ground's.
    pub(crate) fn new(origin: Geodetic) -> Self {
        Self {
            frame: LocalFrame::new(origin),
        }
    }

    /// East, north and up from the origin.
    pub(crate) fn frame(&self) -> &LocalFrame {
        &self.frame
    }

    /// Height of the ground in the sources' vertical datum, metres.
    pub(crate) fn ground_m(&self) -> f64 {
        self.frame.origin().height_m
    }

    /// East, north, up of a place `above_m` metres above the ground.
    pub(crate) fn above_ground(&self, place: LonLat, above_m: f64) -> [f64; 3] {
        self.in_space([place[0], place[1], self.ground_m() + above_m])
    }

    /// East, north, up of a place whose height is in the sources' vertical datum.
    pub(crate) fn in_space(&self, at: [f64; 3]) -> [f64; 3] {
        let enu = self
            .frame
            .enu_from_geodetic(Geodetic::new(at[0], at[1], at[2]));
        [enu.east_m, enu.north_m, enu.up_m]
    }

    /// The place in the plane that outlines are measured in.
    pub(crate) fn plane(&self, place: LonLat) -> Plane {
        plane_of(&self.frame, place)
    }

    /// The place at a point of the plane.
    pub(crate) fn place(&self, at: Plane) -> LonLat {
        place_of(&self.frame, at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ground_of_a_hill_town_is_at_its_origin() {
        let site = Site::new(Geodetic::new(8.54, 47.37, 408.0));
        let at = site.above_ground([8.54, 47.37], 12.0);
        assert!(at[0].abs() < 1e-9 && (at[2] - 12.0).abs() < 1e-6, "{at:?}");
        let away = site.place(site.plane([8.55, 47.38]));
        assert!((away[0] - 8.55).abs() < 1e-11 && (away[1] - 47.38).abs() < 1e-11);
    }
}
