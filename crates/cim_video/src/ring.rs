//! A drawn area on the ground, and whether a place lies inside.

use cim_geo::Bounds;
use serde::{Deserialize, Serialize};

/// The most corners that one ring has.
pub const MOST_CORNERS: usize = 10_000;

/// Why a ring is no area.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RingFault {
    /// Fewer than three corners.
    #[error("an area needs at least three corners, not {0}")]
    TooFew(usize),
    /// More corners than are possible.
    #[error("an area has at most {MOST_CORNERS} corners, not {0}")]
    TooMany(usize),
    /// A corner that lies nowhere on the earth.
    #[error("corner {0} of the area lies nowhere on the earth")]
    NoPlace(usize),
}

/// An area on the ground: corners of longitude and latitude, degrees, WGS 84. The first corner need not be repeated; of a
/// ring that crosses itself, what an odd number of its windings surrounds is inside. Does not reach over the 180th meridian.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<[f64; 2]>", into = "Vec<[f64; 2]>")]
pub struct Ring {
    corners: Vec<[f64; 2]>,
    bounds: Bounds,
}

impl Ring {
    /// The area within `corners`.
    pub fn new(corners: Vec<[f64; 2]>) -> Result<Self, RingFault> {
        if corners.len() < 3 {
            return Err(RingFault::TooFew(corners.len()));
        }
        if corners.len() > MOST_CORNERS {
            return Err(RingFault::TooMany(corners.len()));
        }
        if let Some(corner) = corners.iter().position(|place| !is_on_earth(*place)) {
            return Err(RingFault::NoPlace(corner));
        }
        let mut bounds = Bounds::EMPTY;
        for [lon_deg, lat_deg] in &corners {
            bounds.extend(*lon_deg, *lat_deg);
        }
        Ok(Self { corners, bounds })
    }

    /// Its corners: longitude and latitude, degrees.
    pub fn corners(&self) -> &[[f64; 2]] {
        &self.corners
    }

    /// The rectangle around it.
    pub fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// True when the place lies inside.
    pub fn contains(&self, lon_deg: f64, lat_deg: f64) -> bool {
        if !self.bounds.contains(lon_deg, lat_deg) {
            return false;
        }
        let ends = self.corners.iter().cycle().skip(1);
        let crossed = self.corners.iter().zip(ends).filter(|(from, to)| {
            let ([from_lon, from_lat], [to_lon, to_lat]) = (**from, **to);
            let spans = (from_lat > lat_deg) != (to_lat > lat_deg);
            spans && {
                let share = (lat_deg - from_lat) / (to_lat - from_lat);
                lon_deg < from_lon + share * (to_lon - from_lon)
            }
        });
        crossed.count() % 2 == 1
    }
}

/// True when longitude and latitude, degrees, name a place on the earth.
pub(crate) fn is_on_earth([lon_deg, lat_deg]: [f64; 2]) -> bool {
    // NaN is in no range.
    lon_deg.abs() <= 180.0 && lat_deg.abs() <= 90.0
}

impl TryFrom<Vec<[f64; 2]>> for Ring {
    type Error = RingFault;

    fn try_from(corners: Vec<[f64; 2]>) -> Result<Self, RingFault> {
        Self::new(corners)
    }
}

impl From<Ring> for Vec<[f64; 2]> {
    fn from(ring: Ring) -> Self {
        ring.corners
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_in_a_dent_is_outside() {
        // A square with a notch cut from its right side.
        let ring = Ring::new(vec![
            [0.0, 0.0],
            [4.0, 0.0],
            [2.0, 2.0],
            [4.0, 4.0],
            [0.0, 4.0],
        ])
        .unwrap();
        for (lon, lat, expected) in [
            (1.0, 2.0, true),
            (3.0, 2.0, false),
            (3.5, 0.2, true),
            (5.0, 2.0, false),
            (f64::NAN, 2.0, false),
        ] {
            assert_eq!(ring.contains(lon, lat), expected, "{lon} {lat}");
        }
        assert!(ring.bounds().contains(3.0, 2.0));
        assert_eq!(ring.corners().len(), 5);
    }

    #[test]
    fn a_ring_that_is_no_area_is_refused() {
        let refused = |corners: Vec<[f64; 2]>| Ring::new(corners).unwrap_err();
        assert_eq!(refused(vec![[0.0, 0.0]; 2]), RingFault::TooFew(2));
        assert_eq!(
            refused(vec![[0.0, 0.0]; MOST_CORNERS + 1]),
            RingFault::TooMany(MOST_CORNERS + 1)
        );
        assert_eq!(
            refused(vec![[0.0, 0.0], [1.0, f64::NAN], [1.0, 1.0]]),
            RingFault::NoPlace(1)
        );
        let told = serde_json::from_str::<Ring>("[[0,0],[1,0]]").unwrap_err();
        assert!(told.to_string().contains("at least three"), "{told}");
        let ring: Ring = serde_json::from_str("[[0,0],[1,0],[1,1]]").unwrap();
        assert_eq!(
            serde_json::to_string(&ring).unwrap(),
            "[[0.0,0.0],[1.0,0.0],[1.0,1.0]]"
        );
    }
}
