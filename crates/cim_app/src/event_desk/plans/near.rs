//! Who can come: the resources of the packs, and vehicles and people in the field.

use super::{
    shelf::Shelf,
    words::{degrees, kind_dto},
};
use crate::{
    layers::Force,
    live::Live,
    wire::{ContactDto, DispatchKindDto, PartyRefDto, ResourceDto, Target},
};
use cim_event::{
    Place,
    dispatch::{Candidate, Dispatches, Estimate, Offer},
    plan::{Need, ResourceKind},
};
use cim_model::{ThingClass, UtcMillis};
use std::collections::BTreeMap;

/// Properties of a device that say what it can do, as words.
const CAPABILITIES: [&str; 4] = ["capability", "capabilities", "vehicle", "person"];
/// The property of a device with the number at which its crew is called.
const PHONE: &str = "phone";
/// A device is asked for so many capabilities.
const MOST_WORDS: usize = 16;

/// What is known of a candidate beside what it can do.
struct Known {
    party: PartyRefDto,
    contact: ContactDto,
    target: Option<Target>,
    seen_at: Option<UtcMillis>,
}

/// Everybody and everything that can be sent.
pub(super) struct Helpers {
    /// What they can do and where they are, with identities of their own.
    pub(super) candidates: Vec<Candidate>,
    known: BTreeMap<String, Known>,
}

impl Helpers {
    /// Those of `shelf` and of the field; what is sent already is away.
    pub(super) fn new(
        live: &Live,
        shelf: &Shelf,
        dispatches: &Dispatches,
        forces: &[Force],
    ) -> Self {
        let mut away: BTreeMap<&str, u32> = BTreeMap::new();
        for one in dispatches.iter().filter(|one| one.is_open()) {
            *away.entry(one.to.id.as_str()).or_default() += 1;
        }
        let away = |party: &str| away.get(party).copied().unwrap_or(0);
        let mut helpers = Self {
            candidates: Vec::new(),
            known: BTreeMap::new(),
        };
        for resource in shelf.resources() {
            let party = resource.party();
            let candidate = resource.candidate(&live.language, away(&party));
            let known = Known {
                party: PartyRefDto {
                    kind: DispatchKindDto::Team,
                    id: party,
                    name: candidate.name.clone(),
                },
                contact: ContactDto {
                    name: resource.contact.name.in_language(&live.language).to_owned(),
                    phone: resource.contact.phone.clone(),
                },
                target: None,
                seen_at: None,
            };
            helpers.add(candidate, known);
        }
        for force in forces {
            if let Some((candidate, known)) = in_field(live, force, &away) {
                helpers.add(candidate, known);
            }
        }
        helpers
    }

    fn add(&mut self, candidate: Candidate, known: Known) {
        // A device of the same identity is reported by somebody: it is where it says.
        if self.known.insert(candidate.id.clone(), known).is_some() {
            self.candidates.retain(|other| other.id != candidate.id);
        }
        self.candidates.push(candidate);
    }

    /// Those that one of `needs` asks for.
    pub(super) fn suiting<'h>(&'h self, needs: &'h [Need]) -> impl Iterator<Item = &'h Candidate> {
        self.candidates
            .iter()
            .filter(move |one| needs.iter().any(|need| suits(one, need)))
    }

    /// The phone and the name of whoever answers at `party`.
    pub(super) fn contact_of(&self, party: &str) -> ContactDto {
        let mut known = self.known.values();
        let found = known.find(|known| known.party.id == party);
        found.map_or_else(ContactDto::default, |known| known.contact.clone())
    }

    /// An offer as the wire has it; `None` for one of others.
    pub(super) fn dto(&self, offer: &Offer<'_>) -> Option<ResourceDto> {
        let one = offer.candidate;
        let known = self.known.get(&one.id)?;
        Some(ResourceDto {
            id: one.id.clone(),
            kind: kind_dto(one.kind),
            name: one.name.clone(),
            capabilities: one.capabilities.clone(),
            place: degrees(one.place),
            distance_m: offer.distance_m,
            arrives_in_s: offer.arrives_in_s,
            is_estimate: offer.estimate == Estimate::StraightLine,
            is_available: one.is_available,
            count: one.count,
            contact: known.contact.clone(),
            party: known.party.clone(),
            target: known.target.clone(),
            seen_at: known.seen_at.map(|at| at.0),
        })
    }
}

/// True when `one` is what `need` asks for, wherever it is.
pub(super) fn suits(one: &Candidate, need: &Need) -> bool {
    one.kind == need.kind && one.capabilities.contains(&need.what)
}

/// A vehicle or a person in the field; `None` while nobody knows where.
fn in_field(live: &Live, force: &Force, away: &impl Fn(&str) -> u32) -> Option<(Candidate, Known)> {
    let thing = &live.state.thing(force.thing)?.thing;
    let (place, at) = force.place?;
    let id = thing.id.to_string();
    let is_person = force.class == ThingClass::Person;
    let is_away = away(&id) > 0;
    let said = |name: &str| {
        let mut properties = thing.properties.iter();
        let found = properties.find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value.as_str())
    };
    let mut capabilities: Vec<String> = CAPABILITIES
        .iter()
        .flat_map(|name| said(name).split([',', '，', '、', ';', ' ']))
        .filter(|word| !word.is_empty())
        .take(MOST_WORDS)
        .map(str::to_owned)
        .collect();
    capabilities.dedup();
    let candidate = Candidate {
        id: id.clone(),
        name: thing.name.clone(),
        kind: if is_person {
            ResourceKind::Team
        } else {
            ResourceKind::Vehicle
        },
        capabilities,
        place: Place::from(place),
        speed_mps: None,
        ready_in_s: 0.0,
        travel_s: None,
        count: u32::from(!is_away),
        is_available: !is_away && !force.is_late,
    };
    let known = Known {
        party: PartyRefDto {
            kind: if is_person {
                DispatchKindDto::Person
            } else {
                DispatchKindDto::Team
            },
            id: id.clone(),
            name: thing.name.clone(),
        },
        contact: ContactDto {
            name: thing.name.clone(),
            phone: said(PHONE).to_owned(),
        },
        target: Some(Target::Thing { id }),
        seen_at: Some(at),
    };
    Some((candidate, known))
}

#[cfg(test)]
mod tests {
    use super::{super::shelf::tests::built_in, *};
    use crate::wire::ConnectionDto;
    use cim_event::{
        Party, PartyKind,
        dispatch::{DispatchAct, nearest},
        plan::Stamp,
    };
    use cim_geo::Geodetic;
    use cim_model::{EventId, SensorKind, Thing, ThingId};

    fn live() -> Live {
        let mut live = Live::new("en".to_owned(), ConnectionDto::NoHub, None);
        live.apply_catalogue(
            vec![Thing {
                id: ThingId::new("pump-7"),
                name: "Pump 7".to_owned(),
                description: String::new(),
                kind: SensorKind::default(),
                position: Geodetic::new(117.2, 34.26, 0.0),
                properties: vec![
                    ("vehicle".to_owned(), "pump_truck、sweeper".to_owned()),
                    ("phone".to_owned(), "0000".to_owned()),
                ],
            }],
            Vec::new(),
            Vec::new(),
        );
        live
    }

    fn force() -> Force {
        Force {
            thing: 0,
            class: ThingClass::Vehicle,
            place: Some((Geodetic::new(117.201, 34.26, 0.0), UtcMillis(5))),
            is_late: false,
        }
    }

    #[test]
    fn a_vehicle_in_the_field_can_what_its_device_says() {
        let live = live();
        let shelf = Shelf::default();
        let helpers = Helpers::new(&live, &shelf, &Dispatches::default(), &[force()]);
        let one = helpers.candidates.first().expect("the truck");
        assert_eq!(one.capabilities, ["pump_truck", "sweeper"]);
        let here = Place::from(Geodetic::new(117.2, 34.26, 0.0));
        let offers = nearest(here, &helpers.candidates, 10);
        let dto = helpers.dto(&offers[0]).expect("an offer");
        assert_eq!((dto.seen_at, dto.is_estimate), (Some(5), true));
        assert_eq!(dto.contact.phone, "0000");
        assert_eq!(helpers.contact_of("pump-7").phone, "0000");
        assert!((80.0..100.0).contains(&dto.distance_m));
    }

    #[test]
    fn who_is_sent_elsewhere_or_silent_is_not_available() {
        let live = live();
        let mut dispatches = Dispatches::default();
        let available = |dispatches: &Dispatches, force: Force| {
            let helpers = Helpers::new(&live, &Shelf::default(), dispatches, &[force]);
            helpers.candidates[0].is_available
        };
        assert!(available(&dispatches, force()));
        let late = Force {
            is_late: true,
            ..force()
        };
        assert!(!available(&dispatches, late));
        let send = DispatchAct::Send {
            assignment: "a".to_owned(),
            event: EventId::new("e1"),
            to: Party {
                kind: PartyKind::Team,
                id: "pump-7".to_owned(),
                name: "Pump 7".to_owned(),
            },
            task: "pump".to_owned(),
            answer_within_s: 60,
        };
        dispatches.apply(&Stamp::new("f", UtcMillis(1), "Li"), send);
        assert!(!available(&dispatches, force()));
    }

    #[test]
    fn resources_of_the_packs_are_candidates_with_their_party() {
        let live = live();
        let helpers = Helpers::new(&live, &built_in(), &Dispatches::default(), &[]);
        let known = helpers.known.values();
        assert!(known.clone().count() >= 10);
        assert!(known.clone().any(|one| one.party.id.contains('/')));
        assert!(known.clone().all(|one| one.seen_at.is_none()));
    }
}
