//! What a scope takes from the catalogue, and the numbers that its series get.

use crate::{RecordingError, Scope};
use cim_model::{Camera, Datastream, DatastreamId, Event, Thing};
use cim_store::Store;
use std::collections::BTreeSet;

/// The number of a series that the scope leaves out.
const LEFT_OUT: u32 = u32::MAX;

/// What a scope takes from the catalogue. A series' number is its place in `datastreams`.
#[derive(Debug, Default)]
pub(crate) struct Chosen {
    /// Sensing devices that have a chosen series, by identity; all of them when all series are taken.
    pub things: Vec<Thing>,
    /// The chosen series, by identity.
    pub datastreams: Vec<Datastream>,
    /// Cameras, by identity.
    pub cameras: Vec<Camera>,
    /// Every event as it is known today.
    pub events: Vec<Event>,
    /// Our number of each series of the store.
    numbers: Vec<u32>,
}

impl Chosen {
    /// Reads the catalogue of `store`.
    pub(crate) async fn load(store: &Store, scope: &Scope) -> Result<Self, RecordingError> {
        let cached = store.load().await?;
        let mut chosen = Self {
            things: cached.things,
            datastreams: cached.datastreams,
            cameras: cached.cameras,
            events: cached.events,
            numbers: Vec::new(),
        };
        chosen.datastreams.sort_by(|a, b| a.id.cmp(&b.id));
        if let Some(series) = &scope.series {
            let wanted: BTreeSet<&str> = series.iter().map(DatastreamId::as_str).collect();
            for id in &wanted {
                let known = chosen
                    .datastreams
                    .binary_search_by(|datastream| datastream.id.as_str().cmp(id));
                if known.is_err() {
                    let why = format!("there is no series `{id}`");
                    return Err(RecordingError::Scope { why });
                }
            }
            chosen
                .datastreams
                .retain(|datastream| wanted.contains(datastream.id.as_str()));
            let owners: BTreeSet<&str> = chosen
                .datastreams
                .iter()
                .map(|datastream| datastream.thing.as_str())
                .collect();
            chosen
                .things
                .retain(|thing| owners.contains(thing.id.as_str()));
        }
        chosen.things.sort_by(|a, b| a.id.cmp(&b.id));
        chosen.cameras.sort_by(|a, b| a.id.cmp(&b.id));
        chosen.learn_numbers(store);
        Ok(chosen)
    }

    fn learn_numbers(&mut self, store: &Store) {
        for (number, datastream) in self.datastreams.iter().enumerate() {
            let Some(place) = store.number_of(&datastream.id) else {
                continue;
            };
            let place = place as usize;
            if place >= self.numbers.len() {
                self.numbers.resize(place + 1, LEFT_OUT);
            }
            if let Some(known) = self.numbers.get_mut(place) {
                *known = number as u32;
            }
        }
    }

    /// Our number of the store's `series`; `None` when the scope leaves it out.
    pub(crate) fn number(&self, series: u32) -> Option<u32> {
        let number = *self.numbers.get(series as usize)?;
        (number != LEFT_OUT).then_some(number)
    }
}
