//! A drawn area, and who is inside of it.

use crate::Place;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The most points that one ring has.
pub const MOST_RING_POINTS: usize = 1_024;

/// Why a ring is no area.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AreaFault {
    /// Fewer than three points.
    #[error("an area needs at least three points, not {0}")]
    TooFew(usize),
    /// More points than are possible.
    #[error("an area has at most {MOST_RING_POINTS} points, not {0}")]
    TooMany(usize),
    /// A point that lies nowhere on the earth.
    #[error("point {0} of the area lies nowhere on the earth")]
    NoPlace(usize),
}

/// An area on the ground, WGS 84. Its ring need not repeat its first point; of a ring that crosses itself, what an odd number
/// of its windings surrounds is inside. Areas that reach over the antimeridian are not supported: no city does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Place>", into = "Vec<Place>")]
pub struct Area {
    ring: Vec<Place>,
    south_west: Place,
    north_east: Place,
}

impl Area {
    /// The area within `ring`.
    pub fn new(ring: Vec<Place>) -> Result<Self, AreaFault> {
        if ring.len() < 3 {
            return Err(AreaFault::TooFew(ring.len()));
        }
        if ring.len() > MOST_RING_POINTS {
            return Err(AreaFault::TooMany(ring.len()));
        }
        if let Some(point) = ring.iter().position(|place| !place.is_usable()) {
            return Err(AreaFault::NoPlace(point));
        }
        let least = |of: fn(&Place) -> f64| ring.iter().map(of).fold(f64::INFINITY, f64::min);
        let most = |of: fn(&Place) -> f64| ring.iter().map(of).fold(f64::NEG_INFINITY, f64::max);
        let south_west = Place {
            lon_deg: least(|place| place.lon_deg),
            lat_deg: least(|place| place.lat_deg),
        };
        let north_east = Place {
            lon_deg: most(|place| place.lon_deg),
            lat_deg: most(|place| place.lat_deg),
        };
        Ok(Self {
            ring,
            south_west,
            north_east,
        })
    }

    /// Its ring.
    pub fn ring(&self) -> &[Place] {
        &self.ring
    }

    /// Its corners in the southwest and the northeast.
    pub fn bounds(&self) -> (Place, Place) {
        (self.south_west, self.north_east)
    }

    /// True when `place` lies inside.
    pub fn contains(&self, place: Place) -> bool {
        let is_near = (self.south_west.lon_deg..=self.north_east.lon_deg).contains(&place.lon_deg)
            && (self.south_west.lat_deg..=self.north_east.lat_deg).contains(&place.lat_deg);
        if !is_near {
            return false;
        }
        let ends = self.ring.iter().cycle().skip(1);
        let crossed = self.ring.iter().zip(ends).filter(|(from, to)| {
            let spans = (from.lat_deg > place.lat_deg) != (to.lat_deg > place.lat_deg);
            spans && {
                let share = (place.lat_deg - from.lat_deg) / (to.lat_deg - from.lat_deg);
                place.lon_deg < from.lon_deg + share * (to.lon_deg - from.lon_deg)
            }
        });
        crossed.count() % 2 == 1
    }
}

impl TryFrom<Vec<Place>> for Area {
    type Error = AreaFault;

    fn try_from(ring: Vec<Place>) -> Result<Self, AreaFault> {
        Self::new(ring)
    }
}

impl From<Area> for Vec<Place> {
    fn from(area: Area) -> Self {
        area.ring
    }
}

/// Somebody who can be told something: a person, a vehicle, a sign.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    /// Identity.
    pub id: String,
    /// Where the last report put them; `None` when nobody knows.
    pub place: Option<Place>,
}

/// Who a broadcast within an area reaches. Everybody is counted somewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// Those inside, by identity.
    pub inside: Vec<String>,
    /// Those inside who are beyond the limit and are not told.
    pub beyond: usize,
    /// How many are outside.
    pub outside: usize,
    /// How many are nowhere, as far as is known.
    pub nowhere: usize,
}

impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} inside, {} beyond the limit, {} outside, {} nowhere",
            self.inside.len(),
            self.beyond,
            self.outside,
            self.nowhere
        )
    }
}

/// Who of `people` is inside of `area`, at most `most`. The same people in any order give the same.
pub fn reach<'p>(area: &Area, people: impl IntoIterator<Item = &'p Person>, most: usize) -> Reach {
    let mut reach = Reach::default();
    for person in people {
        match person.place.filter(|place| place.is_usable()) {
            Some(place) if area.contains(place) => reach.inside.push(person.id.clone()),
            Some(_) => reach.outside += 1,
            None => reach.nowhere += 1,
        }
    }
    reach.inside.sort_unstable();
    reach.inside.dedup();
    reach.beyond = reach.inside.len().saturating_sub(most);
    reach.inside.truncate(most);
    reach
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(lon_deg: f64, lat_deg: f64) -> Place {
        Place { lon_deg, lat_deg }
    }

    /// A letter L, 2 by 2 hundredths of a degree, without its northeast.
    fn corner() -> Area {
        let ring = [
            (0.0, 0.0),
            (0.02, 0.0),
            (0.02, 0.01),
            (0.01, 0.01),
            (0.01, 0.02),
            (0.0, 0.02),
        ];
        let ring = ring.map(|(east, north)| place(117.2 + east, 34.2 + north));
        Area::new(ring.to_vec()).expect("is an area")
    }

    #[track_caller]
    fn check(east: f64, north: f64, expected: bool) {
        assert_eq!(
            corner().contains(place(117.2 + east, 34.2 + north)),
            expected
        );
    }

    #[test]
    fn inside_follows_the_ring() {
        check(0.005, 0.005, true);
        check(0.015, 0.005, true);
        check(0.005, 0.015, true);
        check(0.015, 0.015, false);
        check(-0.005, 0.005, false);
        check(0.005, 0.03, false);
    }

    #[test]
    fn everybody_is_counted_once() {
        let person = |id: &str, place: Option<Place>| Person {
            id: id.to_owned(),
            place,
        };
        let people = [
            person("c", Some(place(117.205, 34.205))),
            person("a", Some(place(117.215, 34.205))),
            person("b", Some(place(117.215, 34.215))),
            person("d", None),
            person("e", Some(place(f64::NAN, 34.0))),
        ];
        let all = reach(&corner(), &people, 10);
        assert_eq!(all.inside, ["a", "c"]);
        assert_eq!(
            all.to_string(),
            "2 inside, 0 beyond the limit, 1 outside, 2 nowhere"
        );
        let few = reach(&corner(), people.iter().rev(), 1);
        assert_eq!((few.inside, few.beyond), (vec!["a".to_owned()], 1));
    }

    #[test]
    fn what_is_no_area_is_refused_also_from_a_file() {
        assert_eq!(
            Area::new(vec![place(1.0, 1.0); 2]),
            Err(AreaFault::TooFew(2))
        );
        assert_eq!(
            Area::new(vec![place(1.0, 1.0), place(f64::NAN, 0.0), place(0.0, 0.0)]),
            Err(AreaFault::NoPlace(1))
        );
        assert_eq!(
            Area::new(vec![place(1.0, 1.0); MOST_RING_POINTS + 1]),
            Err(AreaFault::TooMany(MOST_RING_POINTS + 1))
        );
        let text = serde_json::to_string(&corner()).expect("can be written");
        assert_eq!(
            serde_json::from_str::<Area>(&text).expect("is the same"),
            corner()
        );
        assert!(serde_json::from_str::<Area>("[]").is_err());
        let (south_west, north_east) = corner().bounds();
        assert!(south_west.lon_deg < north_east.lon_deg && corner().ring().len() == 6);
    }
}
