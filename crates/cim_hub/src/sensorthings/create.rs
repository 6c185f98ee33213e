//! Creating entities, also several inside one another (deep insert), and creating observations.
//!
//! A request is read whole before anything is stored: it is done entirely or, with a reason, not at all. Only
//! `CreateObservations` decides row by row, as its clause wants.

use super::entry::{NewObservation, observation_from, observations_from_data_array, reference};
use super::path::{Ending, Resource};
use super::read::{entity_body, observation_message};
use super::registry::{Entity, Links, Registry};
use super::shape::own_of;
use super::{Answer, Refusal, Request, Service, SetName};
use crate::iso::iso_from_millis;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Of a larger `CreateObservations` only each datastream's newest value is published: subscribers want the present,
/// and a day of history would drown it.
const PUBLISHED_WHOLE: usize = 1000;
/// Where creating is possible.
const WHERE: &str =
    "entities are created in their set, or in a related set of an entity, as Things(1)/Datastreams";

/// Answers a POST.
pub(super) async fn create(
    service: &Service,
    resource: &Resource,
    request: &Request<'_>,
) -> Result<Answer, Refusal> {
    if matches!(resource, Resource::Root) {
        // Whatever the body is.
        return Err(Refusal::not_here("nothing can be created here"));
    }
    let body: Value = serde_json::from_slice(request.body).map_err(|err| {
        Refusal::wrong(format!(
            "the body is no JSON, line {} column {}: {err}",
            err.line(),
            err.column()
        ))
    })?;
    let (set, id, steps) = match resource {
        Resource::CreateObservations => {
            return create_observations(service, &body, request.base).await;
        }
        Resource::Entities {
            set,
            id,
            steps,
            ending: Ending::Whole,
        } => (*set, *id, steps),
        Resource::Root | Resource::Entities { .. } => {
            return Err(Refusal::not_here("nothing can be created here"));
        }
    };
    let related = match (id, steps.as_slice()) {
        (None, []) => None,
        (Some(id), [(relation, None)]) => Some((id, relation.as_str())),
        _ => return Err(Refusal::not_here(WHERE)),
    };
    let target = match (set, related) {
        (set, None) => (set, Owner::Nobody),
        (SetName::Datastreams, Some((id, "Observations"))) => {
            (SetName::Observations, Owner::Datastream(id))
        }
        (SetName::FeaturesOfInterest, Some((id, "Observations"))) => {
            (SetName::Observations, Owner::Feature(id))
        }
        (SetName::Things, Some((id, "Datastreams"))) => (SetName::Datastreams, Owner::Thing(id)),
        (SetName::Sensors, Some((id, "Datastreams"))) => (SetName::Datastreams, Owner::Sensor(id)),
        (SetName::ObservedProperties, Some((id, "Datastreams"))) => {
            (SetName::Datastreams, Owner::ObservedProperty(id))
        }
        (SetName::Things, Some((id, "Locations"))) => (SetName::Locations, Owner::Thing(id)),
        (SetName::Things, Some((id, "HistoricalLocations"))) => {
            (SetName::HistoricalLocations, Owner::Thing(id))
        }
        (SetName::Locations, Some((id, "Things"))) => (SetName::Things, Owner::Location(id)),
        _ => return Err(Refusal::not_here(WHERE)),
    };
    match target {
        (SetName::Observations, owner) => {
            create_observation(service, &body, owner, request.base).await
        }
        (set, owner) => create_entities(service, set, owner, &body, request.base).await,
    }
}

async fn create_entities(
    service: &Service,
    set: SetName,
    owner: Owner,
    body: &Value,
    base: &str,
) -> Result<Answer, Refusal> {
    let mut last_ids = service.last_ids.lock().await;
    let registry = service.registry();
    owner.is_there(&registry)?;
    let now = service.now();
    let draft = |ids: BTreeMap<SetName, i64>| {
        let mut draft = Draft {
            registry: &registry,
            last_ids: ids,
            entities: Vec::new(),
            observations: Vec::new(),
            now,
        };
        let id = draft
            .add(set, body, owner, set.as_str())
            .map_err(Refusal::wrong)?;
        Ok::<_, Refusal>((id, draft))
    };
    // The first draft tells how many ids are needed; the second has those that no other process of the hub gets.
    let (_, first) = draft(last_ids.clone())?;
    let start = service.reserved(&last_ids, &first.entities).await?;
    let (id, draft) = draft(start)?;
    let Draft {
        last_ids: after,
        entities,
        observations,
        ..
    } = draft;

    let created = entities
        .iter()
        .find(|(found_set, entity)| *found_set == set && entity.id == id);
    let body = created
        .map(|(_, entity)| entity_body(set, entity, base))
        .unwrap_or_default();
    // Nobody else may hold this version when the new one is made, else all of it is copied.
    drop(registry);
    service.keep(entities).await?;
    *last_ids = after;
    drop(last_ids);
    if !observations.is_empty() {
        service.store.append(&observations).await?;
        for observation in &observations {
            service.announce(observation, None);
        }
    }
    Ok(Answer::Created {
        body: Value::Object(body),
        address: Some(format!("{base}/{}({id})", set.as_str())),
    })
}

async fn create_observation(
    service: &Service,
    body: &Value,
    owner: Owner,
    base: &str,
) -> Result<Answer, Refusal> {
    owner.is_there(&service.registry())?;
    let stream = match owner {
        Owner::Datastream(stream) => Some(stream),
        _ => None,
    };
    let mut observation = observation_from(body, stream, service.now()).map_err(Refusal::wrong)?;
    known_stream(&service.registry(), observation.datastream).map_err(Refusal::wrong)?;
    known_feature(&service.registry(), &observation).map_err(Refusal::wrong)?;
    if let Owner::Feature(feature) = owner {
        observation.set_feature(feature);
    }
    if let Some(feature) = embedded_feature(body) {
        let set = SetName::FeaturesOfInterest;
        let made = create_entities(service, set, Owner::Nobody, feature, base).await?;
        if let Answer::Created { body, .. } = made
            && let Some(id) = body.get("@iot.id").and_then(Value::as_i64)
        {
            observation.set_feature(id);
        }
    }
    let observations = [observation];
    service.store.append(&observations).await?;
    let ids = service.store.ids_of(&observations).await?;
    let id = ids.first().copied().flatten();
    for observation in &observations {
        service.announce(observation, id);
    }
    let [observation] = observations;
    let body = observation_message(base, &observation, id);
    let address = id.map(|id| format!("{base}/Observations({id})"));
    Ok(Answer::Created { body, address })
}

/// The feature of interest that is given whole inside an observation.
fn embedded_feature(body: &Value) -> Option<&Value> {
    let feature = body.get("FeatureOfInterest")?;
    (feature.is_object() && reference(feature).is_err()).then_some(feature)
}

/// Refuses an observation that names a feature which is not there.
fn known_feature(registry: &Registry, observation: &NewObservation) -> Result<(), String> {
    match observation.feature() {
        Some(id) if !registry.has(SetName::FeaturesOfInterest, id) => Err(format!(
            "FeatureOfInterest: there is no FeaturesOfInterest({id})"
        )),
        _ => Ok(()),
    }
}

async fn create_observations(
    service: &Service,
    body: &Value,
    base: &str,
) -> Result<Answer, Refusal> {
    let outcomes = observations_from_data_array(body, service.now()).map_err(Refusal::wrong)?;
    let registry = service.registry();
    let mut good = Vec::new();
    let mut places: Vec<Result<usize, String>> = Vec::new();
    for outcome in outcomes {
        let outcome = outcome.and_then(|observation| {
            known_stream(&registry, observation.datastream)?;
            known_feature(&registry, &observation)?;
            Ok(observation)
        });
        places.push(outcome.map(|observation| {
            good.push(observation);
            good.len() - 1
        }));
    }
    service.store.append(&good).await?;
    let ids = service.store.ids_of(&good).await?;
    for index in published(&good) {
        if let Some(observation) = good.get(index) {
            service.announce(observation, ids.get(index).copied().flatten());
        }
    }
    let line = |place: Result<usize, String>| match place {
        Ok(index) => match ids.get(index).copied().flatten() {
            Some(id) => format!("{base}/Observations({id})"),
            None => "error: not stored".to_owned(),
        },
        Err(reason) => format!("error: {reason}"),
    };
    let lines: Vec<Value> = places
        .into_iter()
        .map(|place| Value::from(line(place)))
        .collect();
    Ok(Answer::Created {
        body: Value::Array(lines),
        address: None,
    })
}

/// Which of the observations are published: all of a small request, each series' newest of a large one.
fn published(observations: &[NewObservation]) -> Vec<usize> {
    if observations.len() <= PUBLISHED_WHOLE {
        return (0..observations.len()).collect();
    }
    let mut newest: BTreeMap<i64, usize> = BTreeMap::new();
    for (index, observation) in observations.iter().enumerate() {
        let kept = newest.entry(observation.datastream).or_insert(index);
        if observations
            .get(*kept)
            .is_some_and(|other| observation.time >= other.time)
        {
            *kept = index;
        }
    }
    newest.into_values().collect()
}

fn known_stream(registry: &Registry, id: i64) -> Result<(), String> {
    if registry.has(SetName::Datastreams, id) {
        Ok(())
    } else {
        Err(format!("Datastream: there is no Datastreams({id})"))
    }
}

/// Inside of what an entity is created.
#[derive(Clone, Copy)]
enum Owner {
    Nobody,
    Thing(i64),
    Sensor(i64),
    ObservedProperty(i64),
    Datastream(i64),
    Location(i64),
    Feature(i64),
}

impl Owner {
    /// Refuses an owner that is not there.
    fn is_there(self, registry: &Registry) -> Result<(), Refusal> {
        let (set, id) = match self {
            Self::Nobody => return Ok(()),
            Self::Thing(id) => (SetName::Things, id),
            Self::Sensor(id) => (SetName::Sensors, id),
            Self::ObservedProperty(id) => (SetName::ObservedProperties, id),
            Self::Datastream(id) => (SetName::Datastreams, id),
            Self::Location(id) => (SetName::Locations, id),
            Self::Feature(id) => (SetName::FeaturesOfInterest, id),
        };
        if registry.has(set, id) {
            return Ok(());
        }
        Err(Refusal::missing(format!(
            "there is no {}({id})",
            set.as_str()
        )))
    }
}

/// Entities of one request, checked but not stored.
struct Draft<'a> {
    registry: &'a Registry,
    last_ids: BTreeMap<SetName, i64>,
    entities: Vec<(SetName, Entity)>,
    observations: Vec<NewObservation>,
    now: cim_model::UtcMillis,
}

impl Draft<'_> {
    /// Checks `body` and everything inside it. `place` names it in reasons.
    fn add(
        &mut self,
        set: SetName,
        body: &Value,
        owner: Owner,
        place: &str,
    ) -> Result<i64, String> {
        let fields = body
            .as_object()
            .ok_or_else(|| format!("{place}: a JSON object is expected"))?;
        let own = own_of(set, fields, place)?;

        let id = self.next_id(set);
        let mut links = Links::default();
        match owner {
            Owner::Thing(thing) => links.thing = Some(thing),
            Owner::Sensor(sensor) => links.sensor = Some(sensor),
            Owner::ObservedProperty(property) => links.observed_property = Some(property),
            Owner::Location(location) => links.locations.push(location),
            Owner::Nobody | Owner::Datastream(_) | Owner::Feature(_) => {}
        }
        match set {
            SetName::Datastreams => self.link_datastream(&mut links, fields, place)?,
            SetName::Things => self.link_locations(&mut links, fields, place)?,
            SetName::HistoricalLocations => {
                self.link_locations(&mut links, fields, place)?;
                if links.thing.is_none() {
                    links.thing = Some(self.named(fields, SetName::Things, "Thing", place)?);
                }
            }
            SetName::Locations => {
                // Created inside a thing: it is where the thing now stands.
                if let Some(thing) = links.thing.take() {
                    self.move_thing(thing, vec![id]);
                }
            }
            _ => {}
        }
        let standing = links.locations.clone();
        self.entities.push((
            set,
            Entity {
                id,
                body: own,
                links,
            },
        ));
        self.add_inside(set, id, fields, place)?;
        let tells_its_past = fields.contains_key("HistoricalLocations");
        if set == SetName::Things && !standing.is_empty() && !tells_its_past {
            self.remember(id, standing);
        }
        Ok(id)
    }

    fn link_locations(
        &mut self,
        links: &mut Links,
        fields: &Map<String, Value>,
        place: &str,
    ) -> Result<(), String> {
        for (index, location) in list(fields, "Locations", place)?.iter().enumerate() {
            let place = format!("{place}/Locations[{index}]");
            links
                .locations
                .push(self.one(SetName::Locations, location, &place)?);
        }
        Ok(())
    }

    /// Lets a thing that is there stand at other locations from now on.
    fn move_thing(&mut self, thing: i64, locations: Vec<i64>) {
        if let Some(entity) = self.registry.entity(SetName::Things, thing) {
            let mut entity = Entity::clone(&entity);
            entity.links.locations.clone_from(&locations);
            self.entities.push((SetName::Things, entity));
            self.remember(thing, locations);
        }
    }

    /// Keeps since when a thing stands where it stands (18-088, clause 8.2.3).
    fn remember(&mut self, thing: i64, locations: Vec<i64>) {
        let id = self.next_id(SetName::HistoricalLocations);
        self.entities.push(past(id, thing, locations, self.now));
    }

    fn add_inside(
        &mut self,
        set: SetName,
        id: i64,
        fields: &Map<String, Value>,
        place: &str,
    ) -> Result<(), String> {
        let owner = match set {
            SetName::Things => Owner::Thing(id),
            SetName::Sensors => Owner::Sensor(id),
            SetName::ObservedProperties => Owner::ObservedProperty(id),
            SetName::Datastreams => Owner::Datastream(id),
            SetName::Locations
            | SetName::Observations
            | SetName::FeaturesOfInterest
            | SetName::HistoricalLocations => return Ok(()),
        };
        if let Owner::Datastream(stream) = owner {
            for (index, body) in list(fields, "Observations", place)?.iter().enumerate() {
                let inside = format!("{place}/Observations[{index}]");
                let mut observation = observation_from(body, Some(stream), self.now)
                    .and_then(|observation| {
                        known_feature(self.registry, &observation)?;
                        Ok(observation)
                    })
                    .map_err(|reason| format!("{inside}: {reason}"))?;
                if let Some(feature) = embedded_feature(body) {
                    let set = SetName::FeaturesOfInterest;
                    let inside = format!("{inside}/FeatureOfInterest");
                    observation.set_feature(self.add(set, feature, Owner::Nobody, &inside)?);
                }
                self.observations.push(observation);
            }
            return Ok(());
        }
        if set == SetName::Things {
            for (index, past) in list(fields, "HistoricalLocations", place)?
                .iter()
                .enumerate()
            {
                let place = format!("{place}/HistoricalLocations[{index}]");
                self.add(SetName::HistoricalLocations, past, owner, &place)?;
            }
        }
        for (index, stream) in list(fields, "Datastreams", place)?.iter().enumerate() {
            self.add(
                SetName::Datastreams,
                stream,
                owner,
                &format!("{place}/Datastreams[{index}]"),
            )?;
        }
        Ok(())
    }

    fn link_datastream(
        &mut self,
        links: &mut Links,
        fields: &Map<String, Value>,
        place: &str,
    ) -> Result<(), String> {
        if links.thing.is_none() {
            links.thing = Some(self.named(fields, SetName::Things, "Thing", place)?);
        }
        if links.sensor.is_none() {
            links.sensor = Some(self.named(fields, SetName::Sensors, "Sensor", place)?);
        }
        if links.observed_property.is_none() {
            links.observed_property = Some(self.named(
                fields,
                SetName::ObservedProperties,
                "ObservedProperty",
                place,
            )?);
        }
        Ok(())
    }

    fn named(
        &mut self,
        fields: &Map<String, Value>,
        set: SetName,
        name: &str,
        place: &str,
    ) -> Result<i64, String> {
        let body = fields
            .get(name)
            .ok_or_else(|| format!("{place}: {name} is missing"))?;
        self.one(set, body, &format!("{place}/{name}"))
    }

    /// An entity that is there (`{"@iot.id": 4}`) or a new one, given whole.
    fn one(&mut self, set: SetName, body: &Value, place: &str) -> Result<i64, String> {
        let is_named = body.get("@iot.id").is_some()
            || (body.get("id").is_some() && body.as_object().is_some_and(|body| body.len() == 1));
        if !is_named {
            return self.add(set, body, Owner::Nobody, place);
        }
        let id = reference(body).map_err(|reason| format!("{place}: {reason}"))?;
        if self.registry.has(set, id) {
            Ok(id)
        } else {
            Err(format!("{place}: there is no {}({id})", set.as_str()))
        }
    }

    fn next_id(&mut self, set: SetName) -> i64 {
        next_id(&mut self.last_ids, set)
    }
}

/// A new id. Places and features of interest share one row of ids, because a place is a feature as well.
fn next_id(last_ids: &mut BTreeMap<SetName, i64>, set: SetName) -> i64 {
    let shared = match set {
        SetName::Locations => last_ids.get(&SetName::FeaturesOfInterest),
        SetName::FeaturesOfInterest => last_ids.get(&SetName::Locations),
        _ => None,
    };
    let shared = shared.copied().unwrap_or(0);
    let last = last_ids.entry(set).or_insert(0);
    *last = shared.max(*last) + 1;
    *last
}

/// The entity that says since when a thing stands where it stands.
pub(super) fn past(
    id: i64,
    thing: i64,
    locations: Vec<i64>,
    since: cim_model::UtcMillis,
) -> (SetName, Entity) {
    let mut body = Map::new();
    body.insert("time".to_owned(), json!(iso_from_millis(since)));
    let links = Links {
        thing: Some(thing),
        locations,
        ..Links::default()
    };
    (SetName::HistoricalLocations, Entity { id, body, links })
}

fn list<'v>(
    fields: &'v Map<String, Value>,
    name: &str,
    place: &str,
) -> Result<&'v [Value], String> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(items)) => Ok(items),
        Some(_) => Err(format!("{place}: {name} is not a list")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cim_model::UtcMillis;

    fn draft(registry: &Registry) -> Draft<'_> {
        Draft {
            registry,
            last_ids: BTreeMap::new(),
            entities: Vec::new(),
            observations: Vec::new(),
            now: UtcMillis(0),
        }
    }

    fn thing() -> Value {
        json!({
            "name": "井盖 001", "description": "",
            "Locations": [{"name": "corner", "description": "", "encodingType": "application/geo+json", "location": {"type": "Point", "coordinates": [121.5, 31.2]}}],
            "Datastreams": [{
                "name": "CH4", "description": "", "observationType": "x",
                "unitOfMeasurement": {"name": "percent", "symbol": "%LEL", "definition": "x"},
                "Sensor": {"name": "probe", "description": "", "encodingType": "text/html", "metadata": "x"},
                "ObservedProperty": {"name": "methane", "definition": "x", "description": ""},
                "Observations": [{"result": 3}]
            }]
        })
    }

    #[test]
    fn a_thing_comes_with_everything_inside_it() {
        let registry = Registry::default();
        let mut draft = draft(&registry);
        assert_eq!(
            draft.add(SetName::Things, &thing(), Owner::Nobody, "Things"),
            Ok(1)
        );
        let count = |set| {
            draft
                .entities
                .iter()
                .filter(|(found, _)| *found == set)
                .count()
        };
        assert_eq!(SetName::ALL.map(count), [1, 1, 1, 1, 1, 0, 0, 1]);
        let stream = &draft
            .entities
            .iter()
            .find(|(set, _)| *set == SetName::Datastreams)
            .expect("made")
            .1;
        assert_eq!(
            stream.links,
            Links {
                thing: Some(1),
                sensor: Some(1),
                observed_property: Some(1),
                locations: vec![]
            }
        );
        assert_eq!(draft.observations[0].datastream, 1);
    }

    #[test]
    fn the_reason_names_the_place_inside() {
        let registry = Registry::default();
        let mut wrong = thing();
        wrong["Datastreams"][0]["Sensor"] = json!({"@iot.id": 9});
        let reason = draft(&registry)
            .add(SetName::Things, &wrong, Owner::Nobody, "Things")
            .expect_err("no sensor 9");
        assert_eq!(
            reason,
            "Things/Datastreams[0]/Sensor: there is no Sensors(9)"
        );
        let mut wrong = thing();
        wrong["colour"] = json!("red");
        assert!(
            draft(&registry)
                .add(SetName::Things, &wrong, Owner::Nobody, "Things")
                .is_err()
        );
    }

    #[test]
    fn of_a_flood_only_the_newest_of_each_series_is_published() {
        let flood: Vec<NewObservation> = (0..2000_i64)
            .map(|n| NewObservation {
                datastream: n % 3,
                time: UtcMillis(n),
                value: Some(0.0),
                result: None,
                detail: Map::new(),
            })
            .collect();
        assert_eq!(published(&flood), [1998, 1999, 1997]);
        assert_eq!(published(&flood[..5]).len(), 5);
    }
}
