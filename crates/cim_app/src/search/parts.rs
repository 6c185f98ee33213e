//! The names of places, devices, cameras and events, each brought up to date in its own way.

use super::Words;
use crate::{
    city::{City, Feature},
    live::Live,
    wire::Target,
};
use cim_geo::Geodetic;
use cim_model::{EventId, Thing};
use cim_names::{NameIndex, Named};
use std::{
    collections::BTreeSet,
    sync::{Arc, MutexGuard},
};

/// So many names are copied while the desk's lock is held: a fraction of a millisecond.
const PIECE: usize = 2_000;
/// Tags of a feature that are codes of it.
const CODE_TAGS: [&str; 2] = ["code", "ref"];

/// The features of one city.
#[derive(Default)]
pub(super) struct PlaceNames {
    city: Option<Arc<City>>,
    index: NameIndex,
}

/// Devices, by row.
#[derive(Default)]
pub(super) struct DeviceNames(Rows);

/// Cameras, by row.
#[derive(Default)]
pub(super) struct CameraNames(Rows);

/// The events of the moment shown.
#[derive(Default)]
pub(super) struct EventNames {
    generation: Option<u64>,
    ids: Vec<EventId>,
    index: NameIndex,
}

/// Names of rows that only ever become more, until one is renamed.
#[derive(Default)]
struct Rows {
    renames: u64,
    index: NameIndex,
}

/// A name and a code on their way from the desk to an index.
struct Copied {
    name: String,
    id: String,
    code: String,
    place: Geodetic,
}

impl PlaceNames {
    pub(super) fn index(&self) -> &NameIndex {
        &self.index
    }

    pub(super) fn refresh<'a>(&mut self, live: &impl Fn() -> MutexGuard<'a, Live>) {
        let city = live().city.clone();
        let is_same = match (&self.city, &city) {
            (None, None) => true,
            (Some(known), Some(city)) => Arc::ptr_eq(known, city),
            (None, Some(_)) | (Some(_), None) => false,
        };
        if !is_same {
            self.index = city.as_deref().map(index_of_city).unwrap_or_default();
            self.city = city;
        }
    }

    pub(super) fn words(&self, entry: u32, language: &str) -> Option<Words> {
        let feature = self.city.as_ref()?.features().get(entry as usize)?;
        let target = Target::Feature {
            id: feature.id.clone(),
        };
        let name = feature.name_in(language).to_owned();
        Some((target, name, feature.kind.clone(), address_of(feature)))
    }
}

/// The names of a city's features, by row. A road is many pieces with one name: the first stands for all, the others are
/// found by their codes.
fn index_of_city(city: &City) -> NameIndex {
    let mut index = NameIndex::default();
    let mut roads = BTreeSet::new();
    for feature in city.features() {
        let is_named = !feature.name.is_empty();
        let is_again = feature.class == "road" && is_named && !roads.insert(feature.name.as_str());
        let names = if is_again {
            ["", ""]
        } else {
            [feature.name.as_str(), feature.name_en.as_str()]
        };
        let code = CODE_TAGS.iter().find_map(|tag| feature.tags.get(*tag));
        let is_taken = index.push(&Named {
            names,
            codes: [&feature.id, code.map_or("", String::as_str)],
            place: [feature.lon_deg, feature.lat_deg],
        });
        if !is_taken {
            tracing::warn!(features = index.len(), "no more names can be searched");
            break;
        }
    }
    index.shrink();
    index
}

/// The street and number of a feature, else its identity.
fn address_of(feature: &Feature) -> String {
    let tag = |name: &str| feature.tags.get(name).map_or("", String::as_str);
    let (street, number) = (tag("addr:street"), tag("addr:housenumber"));
    match (street, number) {
        ("", _) => feature.id.clone(),
        (street, "") => street.to_owned(),
        (street, number) => format!("{street} {number}"),
    }
}

impl DeviceNames {
    pub(super) fn index(&self) -> &NameIndex {
        &self.0.index
    }

    pub(super) fn refresh<'a>(&mut self, live: &impl Fn() -> MutexGuard<'a, Live>) {
        self.0.refresh(live, |live, from| {
            let rows = live.state.things().iter().skip(from).take(PIECE);
            rows.map(|row| Copied {
                name: row.thing.name.clone(),
                id: row.thing.id.to_string(),
                code: code_of(&row.thing).to_owned(),
                place: row.thing.position,
            })
            .collect()
        });
    }
}

impl CameraNames {
    pub(super) fn index(&self) -> &NameIndex {
        &self.0.index
    }

    pub(super) fn refresh<'a>(&mut self, live: &impl Fn() -> MutexGuard<'a, Live>) {
        self.0.refresh(live, |live, from| {
            let cameras = live.state.cameras().iter().skip(from).take(PIECE);
            cameras
                .map(|camera| Copied {
                    name: camera.name.clone(),
                    id: camera.id.to_string(),
                    code: String::new(),
                    place: camera.position,
                })
                .collect()
        });
    }
}

impl Rows {
    /// Adds the rows that came since; when one was renamed, all are taken anew.
    fn refresh<'a>(
        &mut self,
        live: &impl Fn() -> MutexGuard<'a, Live>,
        copy: impl Fn(&Live, usize) -> Vec<Copied>,
    ) {
        let renames = live().state.renames();
        if renames != self.renames {
            self.renames = renames;
            self.index = NameIndex::default();
        }
        let before = self.index.len();
        loop {
            // The lock is free again before the copies are taken up.
            let copied = copy(&live(), self.index.len());
            let is_taken = copied.iter().all(|one| self.index.push(&one.named()));
            if !is_taken {
                tracing::warn!(names = self.index.len(), "no more names can be searched");
            }
            if copied.len() < PIECE || !is_taken {
                break;
            }
        }
        // A catalogue came, not a device.
        if self.index.len() > before + PIECE {
            self.index.shrink();
        }
    }
}

impl EventNames {
    pub(super) fn index(&self) -> &NameIndex {
        &self.index
    }

    pub(super) fn refresh<'a>(&mut self, live: &impl Fn() -> MutexGuard<'a, Live>) {
        let copied: Vec<(EventId, Copied)> = {
            let live = live();
            let events = live.shown_events();
            if self.generation == Some(events.generation()) {
                return;
            }
            self.generation = Some(events.generation());
            let copies = events.shown().map(|event| {
                let copied = Copied {
                    name: event.title.clone(),
                    id: event.id.to_string(),
                    code: String::new(),
                    place: event.position,
                };
                (event.id.clone(), copied)
            });
            copies.collect()
        };
        self.index = NameIndex::default();
        self.ids.clear();
        for (id, copied) in copied {
            if self.index.push(&copied.named()) {
                self.ids.push(id);
            }
        }
    }

    pub(super) fn words(&self, entry: u32, live: &Live) -> Option<Words> {
        let event = live.shown_events().find(self.ids.get(entry as usize)?)?;
        let target = Target::Event {
            id: event.id.to_string(),
        };
        let hint = event.id.to_string();
        Some((target, event.title.clone(), "event".to_owned(), hint))
    }
}

impl Copied {
    fn named(&self) -> Named<'_> {
        Named {
            names: [&self.name, ""],
            codes: [&self.id, &self.code],
            place: [self.place.lon_deg, self.place.lat_deg],
        }
    }
}

pub(super) fn device_words(row: u32, live: &Live) -> Option<Words> {
    let thing = &live.state.thing(row)?.thing;
    let target = Target::Thing {
        id: thing.id.to_string(),
    };
    let hint = match code_of(thing) {
        "" => thing.id.to_string(),
        code => code.to_owned(),
    };
    let kind = thing.kind.as_str().to_owned();
    Some((target, thing.name.clone(), kind, hint))
}

pub(super) fn camera_words(row: u32, live: &Live) -> Option<Words> {
    let shown = live.state.shows_camera(row).then(|| live.state.cameras());
    let camera = shown?.get(row as usize)?;
    let id = camera.id.to_string();
    let target = Target::Camera { id: id.clone() };
    Some((target, camera.name.clone(), "camera".to_owned(), id))
}

/// The code of a device beside its identity; may be empty.
pub(crate) fn code_of(thing: &Thing) -> &str {
    let mut properties = thing.properties.iter();
    properties
        .find(|(key, _)| key == "code")
        .map_or("", |(_, code)| code.as_str())
}
