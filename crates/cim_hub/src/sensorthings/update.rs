//! PATCH and PUT (OGC 18-088, clause 10.2): own properties and relations of one entity. PATCH also takes a JSON patch
//! (RFC 6902), which some clients send.

use super::create::past;
use super::entry::{NewObservation, observation_from, reference};
use super::observations::ObservationRow;
use super::path::{Ending, Resource};
use super::read::{entity_body, observation_message};
use super::registry::{Entity, Registry};
use super::shape::{check, is_note, own_of, shape};
use super::{Answer, Refusal, Request, Service, SetName};
use crate::iso::iso_from_millis;
use cim_model::UtcMillis;
use serde_json::{Map, Value, json};

/// Answers a PATCH.
pub(super) async fn change(
    service: &Service,
    resource: &Resource,
    request: &Request<'_>,
) -> Result<Answer, Refusal> {
    changed(service, resource, request, false).await
}

/// Answers a PUT: own properties that are not sent go.
pub(super) async fn replace(
    service: &Service,
    resource: &Resource,
    request: &Request<'_>,
) -> Result<Answer, Refusal> {
    changed(service, resource, request, true).await
}

async fn changed(
    service: &Service,
    resource: &Resource,
    request: &Request<'_>,
    whole: bool,
) -> Result<Answer, Refusal> {
    if !request.query.is_empty() {
        return Err(Refusal::wrong("a change takes no query options"));
    }
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
    if !steps.is_empty() {
        return Err(Refusal::not_here("name the entity by its own set"));
    }
    let body: Value = serde_json::from_slice(request.body).map_err(|err| {
        Refusal::wrong(format!(
            "the body is no JSON, line {} column {}: {err}",
            err.line(),
            err.column()
        ))
    })?;
    if *set == SetName::Observations {
        return change_observation(service, *id, &body, whole, request.base).await;
    }

    let mut last_ids = service.last_ids.lock().await;
    let registry = service.registry();
    let entity = registry.entity(*set, *id);
    let entity =
        entity.ok_or_else(|| Refusal::missing(format!("there is no {}({id})", set.as_str())))?;
    if *set == SetName::FeaturesOfInterest && !registry.has_own_feature(*id) {
        return Err(Refusal {
            status: 409,
            ..Refusal::wrong(format!(
                "FeaturesOfInterest({id}) is the place Locations({id}); change that"
            ))
        });
    }
    let changes = fields_of(&body, &entity.body, whole).map_err(Refusal::wrong)?;
    let (changes, whole) = changes;
    let changed = apply(&registry, *set, &entity, &changes, whole).map_err(Refusal::wrong)?;
    let mut entities = vec![(*set, changed.clone())];
    let moved = *set == SetName::Things && changed.links.locations != entity.links.locations;
    if moved && !changed.links.locations.is_empty() {
        let history = SetName::HistoricalLocations;
        let above = last_ids.get(&history).copied().unwrap_or(0);
        let past_id = service.store.reserve_ids(history, 1, above).await?;
        last_ids.insert(history, past_id);
        let places = changed.links.locations.clone();
        entities.push(past(past_id, *id, places, service.now()));
    }
    // Nobody may hold this version when the new one is made, else all of it is copied.
    drop(registry);
    service.keep(entities).await?;
    drop(last_ids);
    Ok(Answer::Found(Value::Object(entity_body(
        *set,
        &changed,
        request.base,
    ))))
}

/// The fields that a body sets, and whether they are all there are. A JSON patch becomes the whole of what it leaves.
fn fields_of(
    body: &Value,
    before: &Map<String, Value>,
    whole: bool,
) -> Result<(Map<String, Value>, bool), String> {
    match body {
        Value::Object(fields) => Ok((fields.clone(), whole)),
        Value::Array(steps) if !whole => {
            let mut document = Value::Object(before.clone());
            for (index, step) in steps.iter().enumerate() {
                patch_step(&mut document, step)
                    .map_err(|reason| format!("step {index} of the patch: {reason}"))?;
            }
            match document {
                Value::Object(fields) => Ok((fields, true)),
                _ => Err("the patch leaves no JSON object".to_owned()),
            }
        }
        _ => Err("the body is no JSON object".to_owned()),
    }
}

/// One step of RFC 6902.
fn patch_step(document: &mut Value, step: &Value) -> Result<(), String> {
    let text = |name: &str| {
        step.get(name)
            .and_then(Value::as_str)
            .ok_or_else(|| format!("{name} is missing"))
    };
    let value = || {
        step.get("value")
            .cloned()
            .ok_or_else(|| "value is missing".to_owned())
    };
    let path = text("path")?;
    let there = |document: &Value, path: &str| {
        document
            .pointer(path)
            .cloned()
            .ok_or_else(|| format!("there is nothing at {path:?}"))
    };
    match text("op")? {
        "add" => put_at(document, path, value()?, true),
        "replace" => {
            there(document, path)?;
            put_at(document, path, value()?, false)
        }
        "remove" => take_at(document, path).map(|_| ()),
        "move" => {
            let moved = take_at(document, text("from")?)?;
            put_at(document, path, moved, true)
        }
        "copy" => {
            let copied = there(document, text("from")?)?;
            put_at(document, path, copied, true)
        }
        "test" => {
            if there(document, path)? == value()? {
                Ok(())
            } else {
                Err(format!("{path:?} is something else"))
            }
        }
        other => Err(format!("there is no operation {other:?}")),
    }
}

/// The value above a JSON pointer (RFC 6901), and the last step of it.
fn above<'d>(document: &'d mut Value, path: &str) -> Result<(&'d mut Value, String), String> {
    let (parent, last) = path
        .rsplit_once('/')
        .ok_or_else(|| format!("{path:?} names no property"))?;
    let last = last.replace("~1", "/").replace("~0", "~");
    let parent = document
        .pointer_mut(parent)
        .ok_or_else(|| format!("there is nothing above {path:?}"))?;
    Ok((parent, last))
}

fn put_at(document: &mut Value, path: &str, value: Value, insert: bool) -> Result<(), String> {
    match above(document, path)? {
        (Value::Object(fields), last) => {
            fields.insert(last, value);
            Ok(())
        }
        (Value::Array(items), last) => {
            let place = if last == "-" {
                Some(items.len())
            } else {
                last.parse::<usize>().ok()
            };
            match place {
                Some(place) if insert && place <= items.len() => {
                    items.insert(place, value);
                    Ok(())
                }
                Some(place) if !insert && place < items.len() => {
                    if let Some(item) = items.get_mut(place) {
                        *item = value;
                    }
                    Ok(())
                }
                _ => Err(format!("{path:?} is outside of the list")),
            }
        }
        _ => Err(format!("there is nothing above {path:?}")),
    }
}

fn take_at(document: &mut Value, path: &str) -> Result<Value, String> {
    let taken = match above(document, path)? {
        (Value::Object(fields), last) => fields.remove(&last),
        (Value::Array(items), last) => {
            let place = last.parse::<usize>().ok();
            place
                .filter(|place| *place < items.len())
                .map(|place| items.remove(place))
        }
        _ => None,
    };
    taken.ok_or_else(|| format!("there is nothing at {path:?}"))
}

/// The entity with its fields changed, checked.
fn apply(
    registry: &Registry,
    set: SetName,
    entity: &Entity,
    changes: &Map<String, Value>,
    whole: bool,
) -> Result<Entity, String> {
    let place = set.as_str();
    let mut changed = entity.clone();
    if whole {
        changed.body = own_of(set, changes, place)?;
    }
    for (name, value) in changes {
        if shape(set).own.contains(&name.as_str()) {
            if whole {
                continue;
            }
            if value.is_null() && shape(set).required.contains(&name.as_str()) {
                return Err(format!("{place}: {name} may not be null"));
            }
            let mut after = changed.body.clone();
            after.insert(name.clone(), value.clone());
            check(name, value, &after).map_err(|reason| format!("{place}: {reason}"))?;
            changed.body = after;
        } else if !relink(registry, set, &mut changed, name, value)? && !is_note(name) {
            return Err(format!(
                "{place}: {name:?} is not an own property of {}",
                set.as_str()
            ));
        }
    }
    Ok(changed)
}

/// Changes a relation; false when `name` is none that can be changed here.
fn relink(
    registry: &Registry,
    set: SetName,
    entity: &mut Entity,
    name: &str,
    value: &Value,
) -> Result<bool, String> {
    let there = |target: SetName, value: &Value| {
        let id = reference(value).map_err(|reason| format!("{name}: {reason}"))?;
        if registry.has(target, id) {
            Ok(id)
        } else {
            Err(format!("{name}: there is no {}({id})", target.as_str()))
        }
    };
    match (set, name) {
        (SetName::Datastreams | SetName::HistoricalLocations, "Thing") => {
            entity.links.thing = Some(there(SetName::Things, value)?);
        }
        (SetName::Datastreams, "Sensor") => {
            entity.links.sensor = Some(there(SetName::Sensors, value)?);
        }
        (SetName::Datastreams, "ObservedProperty") => {
            entity.links.observed_property = Some(there(SetName::ObservedProperties, value)?);
        }
        (SetName::Things | SetName::HistoricalLocations, "Locations" | "Location") => {
            let places = match value {
                Value::Array(places) => places.as_slice(),
                one => std::slice::from_ref(one),
            };
            let places: Result<Vec<i64>, String> = places
                .iter()
                .map(|place| there(SetName::Locations, place))
                .collect();
            entity.links.locations = places?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

async fn change_observation(
    service: &Service,
    id: i64,
    body: &Value,
    whole: bool,
    base: &str,
) -> Result<Answer, Refusal> {
    let row = service.store.observation(id).await?;
    let row = row.ok_or_else(|| Refusal::missing(format!("there is no Observations({id})")))?;
    let before = sent_form(&row);
    let (changes, whole) = fields_of(body, &before, whole).map_err(Refusal::wrong)?;
    let mut after = if whole { Map::new() } else { before };
    for (name, value) in changes {
        after.insert(name, value);
    }
    // A stored moment stays when a PUT does not name one: the present would be wrong.
    after
        .entry("phenomenonTime")
        .or_insert_with(|| Value::from(iso_from_millis(UtcMillis(row.time))));
    if let Some(stream) = after.remove("Datastream")
        && reference(&stream) != Ok(row.datastream)
    {
        return Err(Refusal::wrong(
            "Datastream: an observation stays in its series",
        ));
    }
    let changed: NewObservation =
        observation_from(&Value::Object(after), Some(row.datastream), service.now())
            .map_err(Refusal::wrong)?;
    if let Some(feature) = changed.feature()
        && !service.registry().has(SetName::FeaturesOfInterest, feature)
    {
        return Err(Refusal::wrong(format!(
            "FeatureOfInterest: there is no FeaturesOfInterest({feature})"
        )));
    }
    service.store.change_observation(id, &changed).await?;
    Ok(Answer::Found(observation_message(base, &changed, Some(id))))
}

/// A stored observation as a client would have sent it.
fn sent_form(row: &ObservationRow) -> Map<String, Value> {
    let mut fields = row.detail.clone();
    if let Some(feature) = fields.remove(super::entry::FEATURE) {
        fields.insert("FeatureOfInterest".to_owned(), json!({"@iot.id": feature}));
    }
    fields
        .entry("phenomenonTime")
        .or_insert_with(|| Value::from(iso_from_millis(UtcMillis(row.time))));
    fields.insert("result".to_owned(), super::read::result_of(row));
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patched(steps: &Value) -> Result<Value, String> {
        let Value::Object(before) =
            json!({"name": "a", "properties": {"list": [1, 2], "a/b": true}})
        else {
            return Err("no object".to_owned());
        };
        fields_of(steps, &before, false).map(|(fields, _)| Value::Object(fields))
    }

    #[test]
    fn a_json_patch_is_done_step_by_step() {
        let steps = json!([
            {"op": "replace", "path": "/name", "value": "b"},
            {"op": "add", "path": "/properties/list/1", "value": 9},
            {"op": "remove", "path": "/properties/a~1b"},
            {"op": "copy", "from": "/name", "path": "/description"},
            {"op": "test", "path": "/properties/list", "value": [1, 9, 2]}
        ]);
        assert_eq!(
            patched(&steps),
            Ok(json!({"name": "b", "description": "b", "properties": {"list": [1, 9, 2]}}))
        );
    }

    #[test]
    fn a_wrong_step_is_named() {
        for (step, word) in [
            (
                json!({"op": "replace", "path": "/colour", "value": 1}),
                "/colour",
            ),
            (
                json!({"op": "test", "path": "/name", "value": 1}),
                "something else",
            ),
            (json!({"op": "add", "path": "/name"}), "value is missing"),
            (json!({"op": "fly", "path": "/name"}), "fly"),
            (
                json!({"op": "add", "path": "/properties/list/7", "value": 1}),
                "outside",
            ),
            (json!({"op": "remove", "path": "name"}), "names no property"),
        ] {
            let reason = patched(&json!([step])).expect_err(word);
            assert!(
                reason.contains("step 0") && reason.contains(word),
                "{reason}"
            );
        }
    }

    #[test]
    fn a_changed_entity_is_checked_like_a_new_one() {
        let registry = Registry::default();
        let Value::Object(body) = json!({"name": "a", "description": ""}) else {
            panic!("an object")
        };
        let entity = Entity {
            id: 1,
            body,
            links: super::super::registry::Links::default(),
        };
        let change = |changes: Value, whole| {
            let Value::Object(changes) = changes else {
                panic!("an object")
            };
            apply(&registry, SetName::Things, &entity, &changes, whole)
        };
        let good = change(json!({"name": "b"}), false).expect("good");
        assert_eq!(good.body.get("name"), Some(&json!("b")));
        for (changes, whole, word) in [
            (json!({"name": 5}), false, "name"),
            (json!({"name": null}), false, "null"),
            (json!({"name": "b"}), true, "description"),
            (json!({"colour": 1}), false, "colour"),
            (
                json!({"Locations": [{"@iot.id": 4}]}),
                false,
                "Locations(4)",
            ),
        ] {
            let reason = change(changes, whole).expect_err(word);
            assert!(reason.contains(word), "{reason}");
        }
    }
}
