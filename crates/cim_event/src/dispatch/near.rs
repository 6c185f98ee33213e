//! Which resources come to a place, and how soon: by known travel times where somebody gives them, by the straight line
//! otherwise.

use crate::{
    Place,
    plan::{Need, ResourceKind},
};

/// How much longer the way through a city's streets is taken to be than the straight line: a working figure for when no
/// router knows better, so that offers say that they are estimates.
pub const DETOUR: f64 = 1.4;
/// Speeds below count as standing still, m/s.
const SLOWEST_MPS: f64 = 0.1;

/// Something or somebody that can be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Identity.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What kind of help.
    pub kind: ResourceKind,
    /// What it can do; plans ask for these words.
    pub capabilities: Vec<String>,
    /// Where it is.
    pub place: Place,
    /// How fast it travels, m/s; `None` for its kind's usual speed.
    pub speed_mps: Option<f64>,
    /// Seconds until it can set out.
    pub ready_in_s: f64,
    /// Seconds of travel, when a router knows them.
    pub travel_s: Option<f64>,
    /// How many there are: pumps in a store, crews in a station.
    pub count: u32,
    /// False while it is used elsewhere or out of order.
    pub is_available: bool,
}

/// Where a travel time comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Estimate {
    /// Somebody who knows the streets.
    Given,
    /// The straight line, [`DETOUR`] and a speed.
    StraightLine,
}

/// A resource with how soon it comes.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer<'c> {
    /// The resource.
    pub candidate: &'c Candidate,
    /// The straight line to the place, metres.
    pub distance_m: f64,
    /// Seconds until it is there.
    pub arrives_in_s: f64,
    /// Where that comes from.
    pub estimate: Estimate,
}

/// How far a need is met.
#[derive(Clone, Debug, PartialEq)]
pub struct Cover<'c> {
    /// The need's number in the plan.
    pub need: usize,
    /// What is taken from where, the soonest first.
    pub taken: Vec<(&'c Candidate, u32)>,
    /// How many are still missing.
    pub missing: u32,
    /// Seconds until the last of them is there; 0 when nothing is taken.
    pub complete_in_s: f64,
}

/// The usual speed of a kind in a city, m/s: 25 km/h for vehicles, 20 km/h for crews in traffic, 15 km/h where goods have to be
/// loaded and brought.
pub fn default_speed_mps(kind: ResourceKind) -> f64 {
    let kmh = match kind {
        ResourceKind::Vehicle => 25.0,
        ResourceKind::Team => 20.0,
        ResourceKind::Store => 15.0,
    };
    kmh / 3.6
}

/// The resources that can come to `place`: available ones before others, the soonest first, then by identity. At most `most`;
/// places and times that are no numbers are left out.
pub fn nearest<'c>(
    place: Place,
    candidates: impl IntoIterator<Item = &'c Candidate>,
    most: usize,
) -> Vec<Offer<'c>> {
    let offers = candidates.into_iter();
    let mut offers: Vec<Offer<'c>> = offers
        .filter_map(|candidate| offer(place, candidate))
        .collect();
    offers.sort_by(|a, b| {
        let standing = b.candidate.is_available.cmp(&a.candidate.is_available);
        standing
            .then_with(|| a.arrives_in_s.total_cmp(&b.arrives_in_s))
            .then_with(|| a.candidate.id.cmp(&b.candidate.id))
    });
    offers.truncate(most);
    offers
}

fn offer(place: Place, candidate: &Candidate) -> Option<Offer<'_>> {
    if !place.is_usable() || !candidate.place.is_usable() {
        return None;
    }
    let distance_m = place.distance_m(candidate.place);
    let speed = candidate.speed_mps.filter(|speed| *speed > SLOWEST_MPS);
    let speed = speed.unwrap_or_else(|| default_speed_mps(candidate.kind));
    let given = candidate.travel_s.filter(|seconds| *seconds >= 0.0);
    let (travel_s, estimate) = given.map_or_else(
        || (distance_m * DETOUR / speed, Estimate::StraightLine),
        |seconds| (seconds, Estimate::Given),
    );
    let arrives_in_s = candidate.ready_in_s.max(0.0) + travel_s;
    arrives_in_s.is_finite().then_some(Offer {
        candidate,
        distance_m,
        arrives_in_s,
        estimate,
    })
}

/// Meets `needs` from `offers` (as [`nearest`] sorts them), each from the soonest that has some left. What one need takes,
/// another cannot have.
pub fn cover<'c>(needs: &[Need], offers: &[Offer<'c>]) -> Vec<Cover<'c>> {
    let mut left: Vec<u32> = offers
        .iter()
        .map(|offer| u32::from(offer.candidate.is_available) * offer.candidate.count)
        .collect();
    let needs = needs.iter().enumerate();
    needs
        .map(|(number, need)| {
            let mut cover = Cover {
                need: number,
                taken: Vec::new(),
                missing: need.count,
                complete_in_s: 0.0,
            };
            for (offer, left) in offers.iter().zip(&mut left) {
                let some = cover.missing.min(*left);
                if some > 0 && suits(offer, need) {
                    *left -= some;
                    cover.missing -= some;
                    cover.taken.push((offer.candidate, some));
                    cover.complete_in_s = cover.complete_in_s.max(offer.arrives_in_s);
                }
            }
            cover
        })
        .collect()
}

fn suits(offer: &Offer<'_>, need: &Need) -> bool {
    offer.candidate.kind == need.kind
        && offer.candidate.capabilities.contains(&need.what)
        && need
            .within_m
            .is_none_or(|within| offer.distance_m <= f64::from(within))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Words;

    const HERE: Place = Place {
        lon_deg: 117.2,
        lat_deg: 34.26,
    };

    /// A vehicle so many thousandths of a degree north: 111 m each.
    fn candidate(id: &str, north: f64) -> Candidate {
        Candidate {
            id: id.to_owned(),
            name: id.to_owned(),
            kind: ResourceKind::Vehicle,
            capabilities: vec!["pump".to_owned()],
            place: Place {
                lat_deg: HERE.lat_deg + north / 1_000.0,
                ..HERE
            },
            speed_mps: None,
            ready_in_s: 0.0,
            travel_s: None,
            count: 1,
            is_available: true,
        }
    }

    fn need(what: &str, count: u32, within_m: Option<u32>) -> Need {
        Need {
            kind: ResourceKind::Vehicle,
            what: what.to_owned(),
            name: Words::default(),
            count,
            within_m,
        }
    }

    #[track_caller]
    fn check(candidates: &[Candidate], expected: &[&str]) {
        let offers = nearest(HERE, candidates, 10);
        let ids: Vec<&str> = offers.iter().map(|o| o.candidate.id.as_str()).collect();
        assert_eq!(ids, expected);
    }

    #[test]
    fn the_soonest_comes_first_and_the_unavailable_last() {
        let busy = Candidate {
            is_available: false,
            ..candidate("busy", 1.0)
        };
        let slow = Candidate {
            speed_mps: Some(1.0),
            ..candidate("slow", 2.0)
        };
        let late = Candidate {
            ready_in_s: 3_600.0,
            ..candidate("late", 1.0)
        };
        let known = Candidate {
            travel_s: Some(30.0),
            ..candidate("known", 9.0)
        };
        let lost = candidate("lost", f64::NAN);
        let stuck = Candidate {
            speed_mps: Some(0.0),
            ..candidate("b", 5.0)
        };
        check(
            &[busy, slow, late, known, lost, stuck, candidate("a", 5.0)],
            &["known", "a", "b", "slow", "late", "busy"],
        );
    }

    #[test]
    fn a_straight_line_is_lengthened_and_said_to_be_one() {
        let far = candidate("a", 10.0);
        let offers = nearest(HERE, [&far], 1);
        let offer = &offers[0];
        assert!(
            (offer.distance_m - 1_109.4).abs() < 1.0,
            "{}",
            offer.distance_m
        );
        assert!((offer.arrives_in_s - 1_109.4 * 1.4 / (25.0 / 3.6)).abs() < 1.0);
        assert_eq!(offer.estimate, Estimate::StraightLine);
    }

    #[test]
    fn needs_take_from_the_soonest_and_say_what_is_missing() {
        let store = Candidate {
            count: 3,
            ..candidate("store", 5.0)
        };
        let near = candidate("near", 1.0);
        let offers = nearest(HERE, [&store, &near], 10);
        let needs = [
            need("pump", 2, None),
            need("pump", 4, Some(1_000)),
            need("pump", 1, Some(10)),
            need("crane", 1, None),
        ];
        let covers = cover(&needs, &offers);
        let taken = |cover: &Cover<'_>| -> Vec<(String, u32)> {
            let taken = cover.taken.iter();
            taken.map(|(who, some)| (who.id.clone(), *some)).collect()
        };
        assert_eq!(
            taken(&covers[0]),
            [("near".to_owned(), 1), ("store".to_owned(), 1)]
        );
        assert_eq!(taken(&covers[1]), [("store".to_owned(), 2)]);
        let missing: Vec<u32> = covers.iter().map(|cover| cover.missing).collect();
        assert_eq!(missing, [0, 2, 1, 1]);
        assert!(covers[0].complete_in_s > 0.0 && covers[2].taken.is_empty());
    }
}
