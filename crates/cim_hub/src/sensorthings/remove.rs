//! DELETE, with everything that cannot stand without what goes (OGC 18-088, clause 10.3, table 25).

use super::path::{Ending, Resource};
use super::registry::Registry;
use super::{Answer, Refusal, Request, Service, SetName};
use std::collections::BTreeSet;

/// What goes with one entity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Gone {
    /// Entities, in the order in which they go.
    pub(super) entities: Vec<(SetName, i64)>,
    /// Series whose observations go.
    pub(super) streams: Vec<i64>,
    /// The feature whose observations go.
    pub(super) feature: Option<i64>,
    /// Things that lose this location.
    pub(super) moved: Vec<i64>,
}

/// Answers a DELETE: 200 without a body.
pub(super) async fn remove(
    service: &Service,
    resource: &Resource,
    request: &Request<'_>,
) -> Result<Answer, Refusal> {
    if !request.query.is_empty() {
        return Err(Refusal::wrong("DELETE takes no query options"));
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
    if *set == SetName::Observations {
        if service.store.remove_observation(*id).await? {
            return Ok(Answer::Done);
        }
        return Err(Refusal::missing(format!("there is no Observations({id})")));
    }
    let creating = service.last_ids.lock().await;
    let registry = service.registry();
    if !registry.has(*set, *id) {
        return Err(Refusal::missing(format!(
            "there is no {}({id})",
            set.as_str()
        )));
    }
    if *set == SetName::FeaturesOfInterest && !registry.has_own_feature(*id) {
        return Err(Refusal {
            status: 409,
            ..Refusal::wrong(format!(
                "FeaturesOfInterest({id}) is the place Locations({id}); delete that"
            ))
        });
    }
    let gone = goes_with(&registry, *set, *id);
    drop(registry);
    service.take_out(gone).await?;
    drop(creating);
    Ok(Answer::Done)
}

/// Everything that goes with an entity.
pub(super) fn goes_with(registry: &Registry, set: SetName, id: i64) -> Gone {
    let mut gone = Gone::default();
    let mut streams = BTreeSet::new();
    match set {
        SetName::Things => {
            streams.extend(registry.streams_of(set, id));
            for past in registry.past_of(set, id) {
                gone.entities.push((SetName::HistoricalLocations, past));
            }
        }
        SetName::Sensors | SetName::ObservedProperties => {
            streams.extend(registry.streams_of(set, id));
        }
        SetName::Datastreams => {
            streams.insert(id);
        }
        SetName::Locations => {
            gone.moved = registry.things_at(id);
            for past in registry.past_of(set, id) {
                gone.entities.push((SetName::HistoricalLocations, past));
            }
        }
        SetName::FeaturesOfInterest => gone.feature = Some(id),
        SetName::HistoricalLocations | SetName::Observations => {}
    }
    for stream in &streams {
        gone.entities.push((SetName::Datastreams, *stream));
    }
    if set != SetName::Datastreams {
        gone.entities.push((set, id));
    }
    gone.streams = streams.into_iter().collect();
    gone
}

#[cfg(test)]
mod tests {
    use super::super::registry::{Entity, Links};
    use super::*;
    use serde_json::Map;

    fn put(registry: &mut Registry, set: SetName, id: i64, links: Links) {
        let body = Map::new();
        registry.put(set, Entity { id, body, links });
    }

    fn city() -> Registry {
        let mut registry = Registry::default();
        put(&mut registry, SetName::Locations, 7, Links::default());
        put(&mut registry, SetName::Sensors, 5, Links::default());
        let standing = |thing| Links {
            thing,
            locations: vec![7],
            ..Links::default()
        };
        put(&mut registry, SetName::Things, 1, standing(None));
        put(
            &mut registry,
            SetName::HistoricalLocations,
            2,
            standing(Some(1)),
        );
        let of = Links {
            thing: Some(1),
            sensor: Some(5),
            ..Links::default()
        };
        put(&mut registry, SetName::Datastreams, 3, of);
        registry
    }

    #[test]
    fn a_thing_takes_its_series_and_its_past_along() {
        let gone = goes_with(&city(), SetName::Things, 1);
        assert_eq!(
            gone.entities,
            [
                (SetName::HistoricalLocations, 2),
                (SetName::Datastreams, 3),
                (SetName::Things, 1)
            ]
        );
        assert_eq!(gone.streams, [3]);
    }

    #[test]
    fn a_sensor_takes_its_series_and_a_location_only_the_past() {
        let gone = goes_with(&city(), SetName::Sensors, 5);
        assert_eq!(
            gone.entities,
            [(SetName::Datastreams, 3), (SetName::Sensors, 5)]
        );
        let gone = goes_with(&city(), SetName::Locations, 7);
        assert_eq!(
            gone.entities,
            [(SetName::HistoricalLocations, 2), (SetName::Locations, 7)]
        );
        assert_eq!((gone.moved, gone.streams), (vec![1], vec![]));
    }
}
