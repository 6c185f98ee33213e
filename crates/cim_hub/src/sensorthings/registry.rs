//! The city's devices as SensorThings entities, all in memory: sets, their relations, and the values of property paths.
//!
//! Observations are not here: there are millions of them, and `store` answers for them. A feature of interest is kept
//! when somebody created it; else it is derived: the feature that a device observes is the location where it stands.

use super::SetName;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// One entity of any set but `Observations`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entity {
    /// Its `@iot.id`.
    pub(crate) id: i64,
    /// Its own properties.
    pub(crate) body: Map<String, Value>,
    /// What it belongs to.
    pub(crate) links: Links,
}

/// The relations that an entity itself holds; the opposite directions are indexes of the [`Registry`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Links {
    /// A datastream's or a historical location's thing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) thing: Option<i64>,
    /// A datastream's sensor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sensor: Option<i64>,
    /// A datastream's observed property.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) observed_property: Option<i64>,
    /// A thing's locations, or those of a moment of its past.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) locations: Vec<i64>,
}

/// Where a relation leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Related {
    /// To one entity, or to none.
    One(SetName, Option<i64>),
    /// To some of a set.
    Many(SetName, Vec<i64>),
    /// To the observations of these datastreams.
    Observations(Vec<i64>),
    /// To the observations that name this feature of interest.
    ObservedAt(i64),
}

/// All entities but observations.
#[derive(Clone, Debug, Default)]
pub(crate) struct Registry {
    sets: BTreeMap<SetName, BTreeMap<i64, Arc<Entity>>>,
    streams_of: BTreeMap<(SetName, i64), Vec<i64>>,
    things_at: BTreeMap<i64, Vec<i64>>,
    /// Historical locations by the thing or the location that they belong to.
    past_of: BTreeMap<(SetName, i64), Vec<i64>>,
}

impl Registry {
    /// The entity, if it is there. A place is a feature of interest as well.
    pub(crate) fn entity(&self, set: SetName, id: i64) -> Option<Arc<Entity>> {
        let kept = self.sets.get(&set).and_then(|entities| entities.get(&id));
        match kept {
            Some(entity) => Some(Arc::clone(entity)),
            None if set == SetName::FeaturesOfInterest => self
                .entity(SetName::Locations, id)
                .map(|location| Arc::new(feature_of(&location))),
            None => None,
        }
    }

    /// Every id of a set, ascending.
    pub(crate) fn ids(&self, set: SetName) -> Vec<i64> {
        let kept = |set: SetName| {
            let entities = self.sets.get(&set);
            entities.into_iter().flat_map(|found| found.keys().copied())
        };
        let mut ids: Vec<i64> = kept(set).collect();
        if set == SetName::FeaturesOfInterest {
            ids.extend(kept(SetName::Locations));
            ids.sort_unstable();
        }
        ids
    }

    /// True when the entity is there.
    pub(crate) fn has(&self, set: SetName, id: i64) -> bool {
        let kept = |set: SetName| {
            self.sets
                .get(&set)
                .is_some_and(|entities| entities.contains_key(&id))
        };
        kept(set) || (set == SetName::FeaturesOfInterest && kept(SetName::Locations))
    }

    /// True for a feature of interest that somebody created; false for one that is a place.
    pub(crate) fn has_own_feature(&self, id: i64) -> bool {
        self.sets
            .get(&SetName::FeaturesOfInterest)
            .is_some_and(|entities| entities.contains_key(&id))
    }

    /// The largest id in use in a set; 0 when it is empty. Places and features share one row of ids.
    pub(crate) fn last_id(&self, set: SetName) -> i64 {
        let last = |set: SetName| {
            self.sets
                .get(&set)
                .and_then(|entities| entities.keys().next_back().copied())
                .unwrap_or(0)
        };
        match set {
            SetName::Locations | SetName::FeaturesOfInterest => {
                last(SetName::Locations).max(last(SetName::FeaturesOfInterest))
            }
            set => last(set),
        }
    }

    /// Puts a new entity in, or a changed one in its predecessor's place.
    pub(crate) fn put(&mut self, set: SetName, entity: Entity) {
        let entity = Arc::new(entity);
        let before = self
            .sets
            .entry(set)
            .or_default()
            .insert(entity.id, Arc::clone(&entity));
        if let Some(before) = before {
            if before.links == entity.links {
                return;
            }
            self.unlink(set, &before);
        }
        self.link(set, &entity);
    }

    /// Takes an entity out; what belongs to it has to be taken out before.
    pub(crate) fn remove(&mut self, set: SetName, id: i64) -> Option<Arc<Entity>> {
        let entity = self.sets.get_mut(&set)?.remove(&id)?;
        self.unlink(set, &entity);
        Some(entity)
    }

    fn link(&mut self, set: SetName, entity: &Entity) {
        for (index, owner) in Self::owners(set, entity) {
            let index = match index {
                Index::Streams => self.streams_of.entry(owner).or_default(),
                Index::Past => self.past_of.entry(owner).or_default(),
                Index::Things => self.things_at.entry(owner.1).or_default(),
            };
            index.push(entity.id);
        }
    }

    fn unlink(&mut self, set: SetName, entity: &Entity) {
        for (index, owner) in Self::owners(set, entity) {
            let found = match index {
                Index::Streams => self.streams_of.get_mut(&owner),
                Index::Past => self.past_of.get_mut(&owner),
                Index::Things => self.things_at.get_mut(&owner.1),
            };
            if let Some(ids) = found {
                ids.retain(|id| *id != entity.id);
            }
        }
    }

    /// In which indexes an entity stands, and under whom.
    fn owners(set: SetName, entity: &Entity) -> Vec<(Index, (SetName, i64))> {
        let links = &entity.links;
        let mut owners = Vec::new();
        match set {
            SetName::Datastreams => {
                let found = [
                    (SetName::Things, links.thing),
                    (SetName::Sensors, links.sensor),
                    (SetName::ObservedProperties, links.observed_property),
                ];
                for (owner_set, owner) in found {
                    owners.extend(owner.map(|owner| (Index::Streams, (owner_set, owner))));
                }
            }
            SetName::HistoricalLocations => {
                owners.extend(
                    links
                        .thing
                        .map(|thing| (Index::Past, (SetName::Things, thing))),
                );
                for location in &links.locations {
                    owners.push((Index::Past, (SetName::Locations, *location)));
                }
            }
            _ => {
                for location in &links.locations {
                    owners.push((Index::Things, (SetName::Locations, *location)));
                }
            }
        }
        owners
    }

    /// The datastreams of a thing, a sensor or an observed property.
    pub(crate) fn streams_of(&self, set: SetName, id: i64) -> Vec<i64> {
        self.streams_of.get(&(set, id)).cloned().unwrap_or_default()
    }

    /// The historical locations of a thing or a location.
    pub(crate) fn past_of(&self, set: SetName, id: i64) -> Vec<i64> {
        self.past_of.get(&(set, id)).cloned().unwrap_or_default()
    }

    /// Where `relation` leads from an entity; `None` when its set has no such relation.
    pub(crate) fn related(&self, set: SetName, entity: &Entity, relation: &str) -> Option<Related> {
        let streams = |owner_set: SetName| {
            let streams = self
                .streams_of
                .get(&(owner_set, entity.id))
                .cloned()
                .unwrap_or_default();
            Related::Many(SetName::Datastreams, streams)
        };
        Some(match (set, relation) {
            (SetName::Things, "Datastreams") => streams(SetName::Things),
            (SetName::Things | SetName::HistoricalLocations, "Locations") => {
                Related::Many(SetName::Locations, entity.links.locations.clone())
            }
            (SetName::Locations, "Things") => {
                Related::Many(SetName::Things, self.things_at(entity.id))
            }
            (SetName::Things | SetName::Locations, "HistoricalLocations") => {
                Related::Many(SetName::HistoricalLocations, self.past_of(set, entity.id))
            }
            (SetName::HistoricalLocations | SetName::Datastreams, "Thing") => {
                Related::One(SetName::Things, entity.links.thing)
            }
            (SetName::FeaturesOfInterest, "Observations") if self.has_own_feature(entity.id) => {
                Related::ObservedAt(entity.id)
            }
            (SetName::Datastreams, "Sensor") => Related::One(SetName::Sensors, entity.links.sensor),
            (SetName::Datastreams, "ObservedProperty") => {
                Related::One(SetName::ObservedProperties, entity.links.observed_property)
            }
            (SetName::Datastreams, "Observations") => Related::Observations(vec![entity.id]),
            (SetName::Sensors, "Datastreams") => streams(SetName::Sensors),
            (SetName::ObservedProperties, "Datastreams") => streams(SetName::ObservedProperties),
            (SetName::FeaturesOfInterest, "Observations") => {
                let things = self.things_at(entity.id);
                let streams = things
                    .iter()
                    .filter_map(|thing| self.streams_of.get(&(SetName::Things, *thing)));
                Related::Observations(streams.flatten().copied().collect())
            }
            _ => return None,
        })
    }

    /// Where `relation` leads from an observation of `datastream`.
    pub(crate) fn related_to_observation(
        &self,
        datastream: i64,
        feature: Option<i64>,
        relation: &str,
    ) -> Option<Related> {
        match relation {
            "FeatureOfInterest" if feature.is_some() => {
                Some(Related::One(SetName::FeaturesOfInterest, feature))
            }
            "Datastream" => Some(Related::One(SetName::Datastreams, Some(datastream))),
            "FeatureOfInterest" => {
                let thing = self.entity(SetName::Datastreams, datastream)?.links.thing;
                let location = thing.and_then(|thing| {
                    self.entity(SetName::Things, thing)?
                        .links
                        .locations
                        .first()
                        .copied()
                });
                Some(Related::One(SetName::FeaturesOfInterest, location))
            }
            _ => None,
        }
    }

    /// The values that a property path leads to; several where it passes through a relation to many.
    pub(crate) fn values(&self, set: SetName, entity: &Entity, path: &[String]) -> Vec<Value> {
        let Some((first, rest)) = path.split_first() else {
            return Vec::new();
        };
        if rest.is_empty() && matches!(first.as_str(), "id" | "@iot.id") {
            return vec![Value::from(entity.id)];
        }
        if let Some(found) = entity.body.get(first) {
            let found = rest.iter().try_fold(found, |value, step| value.get(step));
            return found.into_iter().cloned().collect();
        }
        let (set, ids) = match self.related(set, entity, first) {
            Some(Related::One(set, id)) => (set, id.into_iter().collect()),
            Some(Related::Many(set, ids)) => (set, ids),
            Some(Related::Observations(_) | Related::ObservedAt(_)) | None => return Vec::new(),
        };
        let entities = ids.into_iter().filter_map(|id| self.entity(set, id));
        entities
            .flat_map(|entity| self.values(set, &entity, rest))
            .collect()
    }

    /// The things that stand at a location.
    pub(crate) fn things_at(&self, location: i64) -> Vec<i64> {
        self.things_at.get(&location).cloned().unwrap_or_default()
    }
}

/// The index in which an entity stands.
#[derive(Clone, Copy)]
enum Index {
    Streams,
    Past,
    Things,
}

fn feature_of(location: &Entity) -> Entity {
    let mut body = Map::new();
    for key in ["name", "description", "encodingType"] {
        body.insert(
            key.to_owned(),
            location.body.get(key).cloned().unwrap_or_default(),
        );
    }
    body.insert(
        "feature".to_owned(),
        location.body.get("location").cloned().unwrap_or_default(),
    );
    Entity {
        id: location.id,
        body,
        links: Links::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn entity(id: i64, body: Value, links: Links) -> Entity {
        let Value::Object(body) = body else {
            panic!("an object")
        };
        Entity { id, body, links }
    }

    fn small_city() -> Registry {
        let mut registry = Registry::default();
        registry.put(
            SetName::Locations,
            entity(
                7,
                json!({"name": "corner", "location": {"type": "Point"}}),
                Links::default(),
            ),
        );
        let at = Links {
            locations: vec![7],
            ..Links::default()
        };
        registry.put(
            SetName::Things,
            entity(
                1,
                json!({"name": "井盖", "properties": {"kind": "gas"}}),
                at,
            ),
        );
        let of = Links {
            thing: Some(1),
            ..Links::default()
        };
        registry.put(
            SetName::Datastreams,
            entity(3, json!({"name": "CH4"}), of.clone()),
        );
        registry.put(SetName::Datastreams, entity(4, json!({"name": "tilt"}), of));
        registry
    }

    #[test]
    fn paths_reach_own_properties_and_pass_through_relations() {
        let registry = small_city();
        let thing = registry.entity(SetName::Things, 1).expect("there");
        let values = |path: &str| {
            let path: Vec<String> = path.split('/').map(str::to_owned).collect();
            registry.values(SetName::Things, &thing, &path)
        };
        assert_eq!(values("properties/kind"), [json!("gas")]);
        assert_eq!(values("@iot.id"), [json!(1)]);
        assert_eq!(values("Datastreams/name"), [json!("CH4"), json!("tilt")]);
        assert_eq!(values("Locations/name"), [json!("corner")]);
        assert!(values("properties/colour").is_empty());
    }

    #[test]
    fn a_device_observes_the_place_where_it_stands() {
        let registry = small_city();
        let related = registry.related_to_observation(3, None, "FeatureOfInterest");
        assert_eq!(
            related,
            Some(Related::One(SetName::FeaturesOfInterest, Some(7)))
        );
        let feature = registry
            .entity(SetName::FeaturesOfInterest, 7)
            .expect("derived");
        assert_eq!(feature.body.get("feature"), Some(&json!({"type": "Point"})));
        let back = registry.related(SetName::FeaturesOfInterest, &feature, "Observations");
        assert_eq!(back, Some(Related::Observations(vec![3, 4])));
    }

    #[test]
    fn a_changed_entity_keeps_its_relations_once() {
        let mut registry = small_city();
        let of = Links {
            thing: Some(1),
            ..Links::default()
        };
        registry.put(
            SetName::Datastreams,
            entity(3, json!({"name": "methane"}), of),
        );
        let thing = registry.entity(SetName::Things, 1).expect("there");
        assert_eq!(
            registry.related(SetName::Things, &thing, "Datastreams"),
            Some(Related::Many(SetName::Datastreams, vec![3, 4]))
        );
    }

    #[test]
    fn a_feature_that_was_created_stands_beside_the_places() {
        let mut registry = small_city();
        registry.put(
            SetName::FeaturesOfInterest,
            entity(9, json!({"name": "river"}), Links::default()),
        );
        assert_eq!(registry.ids(SetName::FeaturesOfInterest), [7, 9]);
        assert_eq!(registry.last_id(SetName::Locations), 9);
        let feature = registry
            .entity(SetName::FeaturesOfInterest, 9)
            .expect("kept");
        assert_eq!(
            registry.related(SetName::FeaturesOfInterest, &feature, "Observations"),
            Some(Related::ObservedAt(9))
        );
    }

    #[test]
    fn what_is_taken_out_or_moved_leaves_no_trace_in_the_indexes() {
        let mut registry = small_city();
        registry.put(
            SetName::Datastreams,
            entity(
                3,
                json!({"name": "CH4"}),
                Links {
                    thing: Some(2),
                    ..Links::default()
                },
            ),
        );
        assert_eq!(registry.streams_of(SetName::Things, 1), [4]);
        assert_eq!(registry.streams_of(SetName::Things, 2), [3]);
        assert!(registry.remove(SetName::Datastreams, 4).is_some());
        assert!(registry.streams_of(SetName::Things, 1).is_empty());
        assert!(!registry.has(SetName::Datastreams, 4));
    }
}
