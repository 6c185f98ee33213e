//! Who and what is inside of an area: those whom a broadcast can reach.

use super::{
    Plans,
    words::{area_of, degrees, of_area},
};
use crate::{
    layers::Force,
    live::Live,
    wire::{DeskRefusalDto, ReachDto, ReachGroupDto, ReachKindDto, ReachedDto, Target},
};
use cim_event::{
    Place,
    dispatch::{Area, Person, reach},
};
use cim_geo::{Geodetic, LocalFrame};
use cim_model::{Thing, ThingClass, UtcMillis};
use std::collections::BTreeMap;

/// So many of each kind are named.
const MOST_MEMBERS: usize = 200;
/// The property of a device with a loudspeaker.
const SPEAKER: &str = "speaker";
/// The property of a sign along the road.
const SIGN: &str = "sign";

/// Somebody or something that may be inside.
struct One {
    id: String,
    name: String,
    target: Option<Target>,
    place: Option<Place>,
    is_late: bool,
}

/// Who is inside of the ring `area`, by kind; or why it is no area.
pub(crate) fn reach_of(
    live: &Live,
    plans: &Plans,
    forces: &[Force],
    (ring, now): (&[[f64; 2]], UtcMillis),
) -> Result<(Area, ReachDto), DeskRefusalDto> {
    let area = area_of(ring).map_err(|fault| of_area("broadcast", &fault))?;
    let kinds = [
        (
            ReachKindDto::Person,
            movers(live, forces, ThingClass::Person),
        ),
        (
            ReachKindDto::Vehicle,
            movers(live, forces, ThingClass::Vehicle),
        ),
        (ReachKindDto::Resource, resources(live, plans)),
        (ReachKindDto::Speaker, devices(live, SPEAKER)),
        (ReachKindDto::Sign, devices(live, SIGN)),
        (ReachKindDto::Camera, cameras(live)),
    ];
    let groups = kinds
        .into_iter()
        .filter(|(_, all)| !all.is_empty())
        .map(|(kind, all)| group(kind, &area, all));
    let (south_west, north_east) = area.bounds();
    let dto = ReachDto {
        groups: groups.collect(),
        area_m2: area_m2(&area),
        bounds: [
            south_west.lon_deg,
            south_west.lat_deg,
            north_east.lon_deg,
            north_east.lat_deg,
        ],
        as_of: now.0,
    };
    Ok((area, dto))
}

/// How many of each kind are inside; of kinds without anybody nothing.
pub(super) fn reached_counts(dto: &ReachDto) -> BTreeMap<ReachKindDto, u32> {
    let groups = dto.groups.iter().filter(|group| group.inside > 0);
    groups.map(|group| (group.kind, group.inside)).collect()
}

fn group(kind: ReachKindDto, area: &Area, all: Vec<One>) -> ReachGroupDto {
    let people: Vec<Person> = all
        .iter()
        .map(|one| Person {
            id: one.id.clone(),
            place: one.place,
        })
        .collect();
    let found = reach(area, &people, MOST_MEMBERS);
    let is_inside = |one: &&One| one.place.is_some_and(|place| area.contains(place));
    let late = all.iter().filter(is_inside).filter(|one| one.is_late);
    let late = count(late.count());
    let mut by_id: BTreeMap<String, One> = BTreeMap::new();
    for one in all {
        by_id.insert(one.id.clone(), one);
    }
    let members = found.inside.iter().filter_map(|id| {
        let one = by_id.get(id)?;
        Some(ReachedDto {
            id: one.id.clone(),
            name: one.name.clone(),
            target: one.target.clone(),
            place: degrees(one.place?),
            is_late: one.is_late,
        })
    });
    ReachGroupDto {
        kind,
        inside: count(found.inside.len() + found.beyond),
        late,
        nowhere: count(found.nowhere),
        members: members.collect(),
    }
}

fn movers(live: &Live, forces: &[Force], class: ThingClass) -> Vec<One> {
    let of_class = forces.iter().filter(|force| force.class == class);
    of_class
        .filter_map(|force| {
            let thing = &live.state.thing(force.thing)?.thing;
            Some(One {
                place: force.place.map(|(place, _)| Place::from(place)),
                is_late: force.is_late,
                ..one_of(thing)
            })
        })
        .collect()
}

fn resources(live: &Live, plans: &Plans) -> Vec<One> {
    let resources = plans.shelf().resources();
    resources
        .map(|resource| One {
            id: resource.id.clone(),
            name: resource.name.in_language(&live.language).to_owned(),
            target: None,
            place: Some(resource.place),
            is_late: false,
        })
        .collect()
}

/// Devices that say of themselves that they have something.
fn devices(live: &Live, property: &str) -> Vec<One> {
    let has = |thing: &Thing| {
        let mut properties = thing.properties.iter();
        properties.any(|(key, value)| key == property && !matches!(value.as_str(), "" | "no"))
    };
    let things = live.state.things().iter().map(|row| &row.thing);
    things.filter(|thing| has(thing)).map(one_of).collect()
}

fn cameras(live: &Live) -> Vec<One> {
    let cameras = live.state.shown_cameras();
    cameras
        .map(|(_, camera)| One {
            id: camera.id.to_string(),
            name: camera.name.clone(),
            target: Some(Target::Camera {
                id: camera.id.to_string(),
            }),
            place: Some(Place::from(camera.position)),
            is_late: false,
        })
        .collect()
}

fn one_of(thing: &Thing) -> One {
    One {
        id: thing.id.to_string(),
        name: thing.name.clone(),
        target: Some(Target::Thing {
            id: thing.id.to_string(),
        }),
        place: Some(Place::from(thing.position)),
        is_late: false,
    }
}

/// How large an area is on the ground, square metres.
fn area_m2(area: &Area) -> f64 {
    let Some(first) = area.ring().first() else {
        return 0.0;
    };
    let frame = LocalFrame::new(first.geodetic());
    let flat = |place: &Place| {
        let at = frame.enu_from_geodetic(Geodetic::new(place.lon_deg, place.lat_deg, 0.0));
        [at.east_m, at.north_m]
    };
    let ring: Vec<[f64; 2]> = area.ring().iter().map(flat).collect();
    let ends = ring.iter().cycle().skip(1);
    let doubled: f64 = ring
        .iter()
        .zip(ends)
        .map(|([ax, ay], [bx, by])| ax * by - bx * ay)
        .sum();
    doubled.abs() / 2.0
}

fn count(many: usize) -> u32 {
    u32::try_from(many).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::ConnectionDto;
    use cim_model::{SensorKind, ThingId};

    fn thing(id: &str, lon_deg: f64, properties: &[(&str, &str)]) -> Thing {
        let own = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        Thing {
            id: ThingId::new(id),
            name: id.to_owned(),
            description: String::new(),
            kind: SensorKind::default(),
            position: Geodetic::new(lon_deg, 34.26, 0.0),
            properties: properties.iter().map(own).collect(),
        }
    }

    const RING: [[f64; 2]; 4] = [
        [117.19, 34.25],
        [117.21, 34.25],
        [117.21, 34.27],
        [117.19, 34.27],
    ];

    #[test]
    fn everybody_inside_is_counted_by_kind_and_a_kind_that_is_nowhere_is_left_out() {
        let mut live = Live::new("en".to_owned(), ConnectionDto::NoHub, None);
        let things = vec![
            thing("walker", 117.2, &[("person", "grid_worker")]),
            thing("far", 117.4, &[("person", "grid_worker")]),
            thing("horn", 117.2, &[("speaker", "yes")]),
            thing("mute", 117.2, &[("speaker", "no")]),
        ];
        live.apply_catalogue(things, Vec::new(), Vec::new());
        let forces = live.forces(UtcMillis(5));
        let plans = Plans::default();
        let found = reach_of(&live, &plans, &forces, (RING.as_slice(), UtcMillis(5)));
        let (_, dto) = found.expect("an area");
        let kinds: Vec<(ReachKindDto, u32)> = dto
            .groups
            .iter()
            .map(|group| (group.kind, group.inside))
            .collect();
        assert_eq!(
            kinds,
            [(ReachKindDto::Person, 1), (ReachKindDto::Speaker, 1)]
        );
        assert_eq!(dto.groups[0].members[0].id, "walker");
        assert!((4.0e6..4.2e6).contains(&dto.area_m2), "{}", dto.area_m2);
        assert_eq!(reached_counts(&dto).len(), 2);
    }

    #[test]
    fn what_is_no_area_says_why() {
        let live = Live::new("en".to_owned(), ConnectionDto::NoHub, None);
        let ring = [[117.0, 34.0], [117.1, 34.0]];
        let plans = Plans::default();
        let refused = reach_of(&live, &plans, &[], (ring.as_slice(), UtcMillis(5)));
        assert_eq!(
            refused.map_err(|refused| refused.code).err().as_deref(),
            Some("broadcast.too_few")
        );
    }
}
