//! Entities that change: first in the store, then in the registry that requests read, and noted for the ledger.

use super::observations::{Scope, question};
use super::options::{MAX_TOP, Query};
use super::registry::{Entity, Registry};
use super::remove::Gone;
use super::{Refusal, Service, SetName};
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

impl Service {
    /// Stores entities and then shows them. The caller holds `last_ids`.
    pub(super) async fn keep(&self, entities: Vec<(SetName, Entity)>) -> Result<(), Refusal> {
        self.store.save_entities(&entities).await?;
        let mut guard = self
            .registry
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        // Copies only while a reader still holds the version before; entities themselves are shared.
        let registry: &mut Registry = Arc::make_mut(&mut guard);
        let mut things = Vec::new();
        for (set, entity) in entities {
            let id = entity.id;
            registry.put(set, entity);
            things.extend(things_of(registry, set, id));
        }
        drop(guard);
        self.mark(things);
        Ok(())
    }

    /// Removes entities and the observations that go with them, first from the store. The caller holds `last_ids`.
    pub(super) async fn take_out(&self, gone: Gone) -> Result<(), Refusal> {
        let now = self.registry();
        let mut things: Vec<i64> = gone.moved.clone();
        for (set, id) in &gone.entities {
            things.extend(things_of(&now, *set, *id));
        }
        let places: Vec<i64> = gone
            .entities
            .iter()
            .filter(|(set, _)| *set == SetName::Locations)
            .map(|(_, id)| *id)
            .collect();
        let mut moved = Vec::new();
        for id in &gone.moved {
            if let Some(thing) = now.entity(SetName::Things, *id) {
                let mut thing = Entity::clone(&thing);
                thing
                    .links
                    .locations
                    .retain(|place| !places.contains(place));
                moved.push((SetName::Things, thing));
            }
        }
        drop(now);
        if !gone.streams.is_empty() {
            self.store.remove_observations_of(&gone.streams).await?;
        }
        if let Some(feature) = gone.feature {
            self.remove_observations_at(feature).await?;
        }
        if !moved.is_empty() {
            self.store.save_entities(&moved).await?;
        }
        self.store.remove_entities(&gone.entities).await?;
        let mut guard = self
            .registry
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let registry: &mut Registry = Arc::make_mut(&mut guard);
        for (set, thing) in moved {
            registry.put(set, thing);
        }
        for (set, id) in gone.entities {
            registry.remove(set, id);
        }
        drop(guard);
        self.mark(things);
        Ok(())
    }

    /// Removes the observations that name a feature of interest.
    async fn remove_observations_at(&self, feature: i64) -> Result<(), Refusal> {
        let registry = self.registry();
        let query = Query {
            top: Some(MAX_TOP),
            ..Query::default()
        };
        let scope = Scope::Feature(feature);
        loop {
            let (asked, _) = question(&query, &scope, &registry)?;
            let rows = self.store.observations(&asked).await?;
            if rows.is_empty() {
                return Ok(());
            }
            for row in rows {
                self.store.remove_observation(row.id).await?;
            }
        }
    }

    /// The last ids before those that are now reserved for new entities, as many as `drafted` has.
    pub(super) async fn reserved(
        &self,
        last_ids: &BTreeMap<SetName, i64>,
        drafted: &[(SetName, Entity)],
    ) -> Result<BTreeMap<SetName, i64>, Refusal> {
        let mut start = last_ids.clone();
        // Places and features share their ids: whichever is reserved later lies above the other.
        let mut highest = 0;
        for set in SetName::ALL {
            let known = last_ids.get(&set).copied().unwrap_or(0);
            let count = drafted
                .iter()
                .filter(|(found, entity)| *found == set && entity.id > known)
                .count();
            let Ok(count @ 1..) = u32::try_from(count) else {
                continue;
            };
            let above = match set {
                SetName::Locations | SetName::FeaturesOfInterest => {
                    let shared = [SetName::Locations, SetName::FeaturesOfInterest];
                    let known = shared.iter().filter_map(|set| last_ids.get(set).copied());
                    known.max().unwrap_or(0).max(highest)
                }
                _ => known,
            };
            let first = self.store.reserve_ids(set, count, above).await?;
            if matches!(set, SetName::Locations | SetName::FeaturesOfInterest) {
                highest = first + i64::from(count) - 1;
            }
            start.insert(set, first - 1);
        }
        Ok(start)
    }

    /// Remembers that things changed, for the ledger.
    fn mark(&self, things: Vec<i64>) {
        let mut changed = self.changed.lock().unwrap_or_else(PoisonError::into_inner);
        changed.extend(things);
    }
}

/// The things that look different when an entity changes.
fn things_of(registry: &Registry, set: SetName, id: i64) -> Vec<i64> {
    let of_stream = |stream: i64| {
        registry
            .entity(SetName::Datastreams, stream)
            .and_then(|stream| stream.links.thing)
    };
    match set {
        SetName::Things => vec![id],
        SetName::Locations => registry.things_at(id),
        SetName::Datastreams => of_stream(id).into_iter().collect(),
        SetName::Sensors | SetName::ObservedProperties => registry
            .streams_of(set, id)
            .into_iter()
            .filter_map(of_stream)
            .collect(),
        SetName::Observations | SetName::FeaturesOfInterest | SetName::HistoricalLocations => {
            Vec::new()
        }
    }
}
