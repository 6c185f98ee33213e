//! Where things must lie: around a point, or within a ring.

use crate::{card::place_of, live::Live, wire::PlaceFilterDto};
use cim_geo::{Enu, Geodetic, LocalFrame};

/// Most corners of a ring; a finer one is cut short.
const MAX_CORNERS: usize = 1_000;
/// A circle is at least and at most so wide, metres.
const RADII_M: [f64; 2] = [1.0, 100_000.0];

/// A place to look in.
pub(crate) enum Place {
    Anywhere,
    /// The place cannot be told: what it is around is gone, or its ring has no area.
    Nowhere,
    Circle {
        centre: [f64; 2],
        frame: Box<LocalFrame>,
        metres: f64,
    },
    Ring {
        ring: Vec<[f64; 2]>,
        /// Least and greatest longitude and latitude.
        bounds: [[f64; 2]; 2],
    },
}

/// Where something lies as seen from a [`Place`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Lies {
    Outside,
    /// With the distance from the middle, metres, where the place has one.
    Inside(Option<f64>),
}

impl Place {
    pub(crate) fn of(live: &Live, filter: Option<&PlaceFilterDto>) -> Self {
        match filter {
            None => Self::Anywhere,
            Some(PlaceFilterDto::Radius { centre, metres }) => Self::circle(*centre, *metres),
            Some(PlaceFilterDto::Around { target, metres }) => place_of(live, target)
                .map_or(Self::Nowhere, |(place, _)| {
                    Self::circle([place.lon_deg, place.lat_deg], *metres)
                }),
            Some(PlaceFilterDto::Ring { ring }) => Self::ring(ring),
        }
    }

    fn circle(centre: [f64; 2], metres: f64) -> Self {
        let [lon_deg, lat_deg] = centre;
        if !(lon_deg.is_finite() && lat_deg.is_finite() && metres.is_finite()) {
            return Self::Nowhere;
        }
        Self::Circle {
            centre,
            frame: Box::new(LocalFrame::new(Geodetic {
                lon_deg,
                lat_deg,
                height_m: 0.0,
            })),
            metres: metres.clamp(RADII_M[0], RADII_M[1]),
        }
    }

    fn ring(ring: &[[f64; 2]]) -> Self {
        let ring: Vec<[f64; 2]> = ring.iter().copied().take(MAX_CORNERS).collect();
        if ring.len() < 3 || ring.iter().flatten().any(|number| !number.is_finite()) {
            return Self::Nowhere;
        }
        let mut bounds = [[f64::INFINITY; 2], [f64::NEG_INFINITY; 2]];
        for [lon, lat] in &ring {
            bounds[0] = [bounds[0][0].min(*lon), bounds[0][1].min(*lat)];
            bounds[1] = [bounds[1][0].max(*lon), bounds[1][1].max(*lat)];
        }
        Self::Ring { ring, bounds }
    }

    /// Where a point lies.
    pub(crate) fn lies(&self, lon_deg: f64, lat_deg: f64) -> Lies {
        match self {
            Self::Anywhere => Lies::Inside(None),
            Self::Nowhere => Lies::Outside,
            Self::Circle {
                centre,
                frame,
                metres,
            } => {
                // A degree of latitude is never shorter than this: most of the city is dismissed without trigonometry.
                const METRES_PER_DEG: f64 = 110_000.0;
                if (lat_deg - centre[1]).abs() * METRES_PER_DEG > *metres {
                    return Lies::Outside;
                }
                let Enu {
                    east_m, north_m, ..
                } = frame.enu_from_geodetic(Geodetic {
                    lon_deg,
                    lat_deg,
                    height_m: 0.0,
                });
                let away = east_m.hypot(north_m);
                if away <= *metres {
                    Lies::Inside(Some(away))
                } else {
                    Lies::Outside
                }
            }
            Self::Ring { ring, bounds } => {
                let is_near = (bounds[0][0]..=bounds[1][0]).contains(&lon_deg)
                    && (bounds[0][1]..=bounds[1][1]).contains(&lat_deg);
                if is_near && is_within(ring, lon_deg, lat_deg) {
                    Lies::Inside(None)
                } else {
                    Lies::Outside
                }
            }
        }
    }
}

/// By the even-odd rule.
fn is_within(ring: &[[f64; 2]], lon: f64, lat: f64) -> bool {
    let befores = ring.iter().cycle().skip(ring.len().saturating_sub(1));
    let mut is_inside = false;
    for ([x, y], [before_x, before_y]) in ring.iter().zip(befores) {
        let crosses = (*y > lat) != (*before_y > lat);
        if crosses && lon < (before_x - x) * (lat - y) / (before_y - y) + x {
            is_inside = !is_inside;
        }
    }
    is_inside
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_has_an_inside_also_when_it_is_bent() {
        let bent = [[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [2.0, 1.0], [0.0, 4.0]];
        let place = Place::ring(&bent);
        assert_eq!(place.lies(1.0, 1.0), Lies::Inside(None));
        assert_eq!(place.lies(2.0, 3.0), Lies::Outside, "in the notch");
        assert_eq!(place.lies(5.0, 1.0), Lies::Outside);
    }

    #[test]
    fn a_ring_of_two_corners_is_nowhere() {
        let place = Place::ring(&[[0.0, 0.0], [1.0, 1.0]]);
        assert_eq!(place.lies(0.5, 0.5), Lies::Outside);
    }

    #[test]
    fn a_circle_tells_how_far_something_is() {
        let place = Place::circle([121.5, 31.24], 1_000.0);
        let near = place.lies(121.505, 31.24);
        assert!(
            matches!(near, Lies::Inside(Some(m)) if (470.0..485.0).contains(&m)),
            "{near:?}"
        );
        assert_eq!(place.lies(121.52, 31.24), Lies::Outside);
    }
}
