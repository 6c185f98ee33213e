//! Creating entities, also several inside one another (deep insert), creating observations, and changing properties.
//!
//! A request is read whole before anything is stored: it is done entirely or, with a reason, not at all. Only
//! `CreateObservations` decides row by row, as its clause wants.

use super::entry::{NewObservation, observation_from, observations_from_data_array, reference};
use super::path::{Ending, Resource};
use super::read::{entity_body, observation_message};
use super::registry::{Entity, Links, Registry};
use super::{Answer, Refusal, Request, Service, SetName};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

/// Of a larger `CreateObservations` only each datastream's newest value is published: subscribers want the present,
/// and a day of history would drown it.
const PUBLISHED_WHOLE: usize = 1000;

/// Answers a POST.
pub(super) async fn create(
    service: &Service,
    resource: &Resource,
    request: &Request<'_>,
) -> Result<Answer, Refusal> {
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
    let target = match (set, id, steps.as_slice()) {
        (set, None, []) => (set, None),
        (SetName::Datastreams, Some(stream), [(relation, None)]) if relation == "Observations" => {
            (SetName::Observations, Some(stream))
        }
        (SetName::Things, Some(thing), [(relation, None)]) if relation == "Datastreams" => {
            (SetName::Datastreams, Some(thing))
        }
        _ => {
            return Err(Refusal::not_here(
                "entities are created in their set, or in Datastreams(n)/Observations",
            ));
        }
    };
    match target {
        (SetName::Observations, stream) => {
            create_observation(service, &body, stream, request.base).await
        }
        (SetName::FeaturesOfInterest, _) => Err(Refusal::not_here(
            "features of interest are the places of things; create a Location",
        )),
        (set, owner) => create_entities(service, set, owner, &body, request.base).await,
    }
}

/// Answers a PATCH: own properties of one entity.
pub(super) async fn change(
    service: &Service,
    resource: &Resource,
    request: &Request<'_>,
) -> Result<Answer, Refusal> {
    let Resource::Entities {
        set,
        id: Some(id),
        steps,
        ending: Ending::Whole,
    } = resource
    else {
        return Err(Refusal::not_here(
            "one entity has to be named, as in Things(1)",
        ));
    };
    if !steps.is_empty() || matches!(set, SetName::Observations | SetName::FeaturesOfInterest) {
        return Err(Refusal::not_here("this cannot be changed"));
    }
    let body: Value = serde_json::from_slice(request.body)
        .map_err(|err| Refusal::wrong(format!("the body is no JSON: {err}")))?;
    let changes = body
        .as_object()
        .ok_or_else(|| Refusal::wrong("the body is no JSON object"))?;

    let creating = service.last_ids.lock().await;
    let entity = service.registry().entity(*set, *id);
    let entity =
        entity.ok_or_else(|| Refusal::missing(format!("there is no {}({id})", set.as_str())))?;
    let mut entity = Entity::clone(&entity);
    for (name, value) in changes {
        if !shape(*set).own.contains(&name.as_str()) {
            return Err(Refusal::wrong(format!(
                "{name:?} is not an own property of {}",
                set.as_str()
            )));
        }
        entity.body.insert(name.clone(), value.clone());
    }
    service.keep(vec![(*set, entity.clone())]).await?;
    drop(creating);
    Ok(Answer::Found(Value::Object(entity_body(
        *set,
        &entity,
        request.base,
    ))))
}

async fn create_entities(
    service: &Service,
    set: SetName,
    owner: Option<i64>,
    body: &Value,
    base: &str,
) -> Result<Answer, Refusal> {
    let mut last_ids = service.last_ids.lock().await;
    let registry = service.registry();
    if let Some(thing) = owner
        && !registry.has(SetName::Things, thing)
    {
        return Err(Refusal::missing(format!("there is no Things({thing})")));
    }
    let mut draft = Draft {
        registry: &registry,
        last_ids: last_ids.clone(),
        entities: Vec::new(),
        observations: Vec::new(),
        now: service.now(),
    };
    let owner = owner.map_or(Owner::Nobody, Owner::Thing);
    let id = draft
        .add(set, body, owner, set.as_str())
        .map_err(Refusal::wrong)?;
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
    stream: Option<i64>,
    base: &str,
) -> Result<Answer, Refusal> {
    let observation = observation_from(body, stream, service.now()).map_err(Refusal::wrong)?;
    known_stream(&service.registry(), observation.datastream).map_err(Refusal::missing)?;
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
        Err(format!("there is no Datastreams({id})"))
    }
}

impl Service {
    /// Stores entities and then shows them. The caller holds `last_ids`.
    async fn keep(&self, entities: Vec<(SetName, Entity)>) -> Result<(), Refusal> {
        self.store.save_entities(&entities).await?;
        let mut guard = self
            .registry
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        // Copies only while a reader still holds the version before; entities themselves are shared.
        let registry: &mut Registry = Arc::make_mut(&mut guard);
        for (set, entity) in entities {
            registry.put(set, entity);
        }
        Ok(())
    }
}

/// What an entity of a set is made of.
struct Shape {
    /// Its own properties.
    own: &'static [&'static str],
    /// Those that must be there.
    required: &'static [&'static str],
}

fn shape(set: SetName) -> Shape {
    match set {
        SetName::Things => Shape {
            own: &["name", "description", "properties"],
            required: &["name"],
        },
        SetName::Locations => Shape {
            own: &[
                "name",
                "description",
                "encodingType",
                "location",
                "properties",
            ],
            required: &["name", "location"],
        },
        SetName::Datastreams => Shape {
            own: &[
                "name",
                "description",
                "observationType",
                "unitOfMeasurement",
                "observedArea",
                "phenomenonTime",
                "resultTime",
                "properties",
            ],
            required: &["name", "unitOfMeasurement"],
        },
        SetName::Sensors => Shape {
            own: &[
                "name",
                "description",
                "encodingType",
                "metadata",
                "properties",
            ],
            required: &["name"],
        },
        SetName::ObservedProperties => Shape {
            own: &["name", "definition", "description", "properties"],
            required: &["name"],
        },
        SetName::Observations | SetName::FeaturesOfInterest => Shape {
            own: &[],
            required: &[],
        },
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
        let shape = shape(set);
        for name in shape.required {
            if fields.get(*name).is_none_or(Value::is_null) {
                return Err(format!("{place}: {name} is missing"));
            }
        }
        let mut own = Map::new();
        for (name, value) in fields {
            if shape.own.contains(&name.as_str()) {
                own.insert(name.clone(), value.clone());
            } else if !name.contains("@iot.") && !relations_inside(set).contains(&name.as_str()) {
                return Err(format!("{place}: {} have no {name:?}", set.as_str()));
            }
        }
        if fields.get("name").is_some_and(|name| !name.is_string()) {
            return Err(format!("{place}: name is not a text"));
        }
        own.entry("description").or_insert_with(|| Value::from(""));

        let id = self.next_id(set);
        let mut links = Links::default();
        match owner {
            Owner::Thing(thing) => links.thing = Some(thing),
            Owner::Sensor(sensor) => links.sensor = Some(sensor),
            Owner::ObservedProperty(property) => links.observed_property = Some(property),
            Owner::Nobody | Owner::Datastream(_) => {}
        }
        if set == SetName::Datastreams {
            self.link_datastream(&mut links, fields, place)?;
        }
        if set == SetName::Things {
            for (index, location) in list(fields, "Locations", place)?.iter().enumerate() {
                let place = format!("{place}/Locations[{index}]");
                links
                    .locations
                    .push(self.one(SetName::Locations, location, &place)?);
            }
        }
        self.entities.push((
            set,
            Entity {
                id,
                body: own,
                links,
            },
        ));
        self.add_inside(set, id, fields, place)?;
        Ok(id)
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
            SetName::Locations | SetName::Observations | SetName::FeaturesOfInterest => {
                return Ok(());
            }
        };
        if let Owner::Datastream(stream) = owner {
            for (index, body) in list(fields, "Observations", place)?.iter().enumerate() {
                let observation = observation_from(body, Some(stream), self.now);
                self.observations.push(
                    observation
                        .map_err(|reason| format!("{place}/Observations[{index}]: {reason}"))?,
                );
            }
            return Ok(());
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
        if body.get("name").is_some() {
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
        let last = self.last_ids.entry(set).or_insert(0);
        *last += 1;
        *last
    }
}

/// Relations that may be given inside an entity.
fn relations_inside(set: SetName) -> &'static [&'static str] {
    match set {
        SetName::Things => &["Locations", "Datastreams"],
        SetName::Datastreams => &["Thing", "Sensor", "ObservedProperty", "Observations"],
        SetName::Sensors | SetName::ObservedProperties => &["Datastreams"],
        SetName::Locations | SetName::Observations | SetName::FeaturesOfInterest => &[],
    }
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
    use serde_json::json;

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
            "name": "井盖 001",
            "Locations": [{"name": "corner", "encodingType": "application/geo+json", "location": {"type": "Point", "coordinates": [121.5, 31.2]}}],
            "Datastreams": [{
                "name": "CH4",
                "unitOfMeasurement": {"symbol": "%LEL"},
                "Sensor": {"name": "probe"},
                "ObservedProperty": {"name": "methane"},
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
        assert_eq!(SetName::ALL.map(count), [1, 1, 1, 1, 1, 0, 0]);
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
