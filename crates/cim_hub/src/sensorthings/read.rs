//! Reading: sets, entities and properties, with related entities put inside and links to further pages.

use super::entry::FEATURE;
use super::evaluate::{holds, order};
use super::filter::Expr;
use super::observations::{self, ObservationRow, Paging, Scope};
use super::options::{self, After, Query};
use super::path::{Ending, Resource, percent_encoded};
use super::registry::{Entity, Registry, Related};
use super::shape::shape;
use super::{Answer, NewObservation, Refusal, Request, Service, SetName};
use crate::iso::iso_from_millis;
use cim_model::UtcMillis;
use serde_json::{Map, Value, json};
use std::cmp::Ordering;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// Rows read at a time when a condition is decided over rows.
const SIFTED_AT_ONCE: usize = 5000;
/// Rows that one request may look at in this way.
const SIFTED_AT_MOST: usize = 500_000;

type Rendering<'a> = Pin<Box<dyn Future<Output = Result<Value, Refusal>> + Send + 'a>>;

/// Answers a GET.
pub(super) async fn read(
    service: &Service,
    resource: &Resource,
    request: &Request<'_>,
) -> Result<Answer, Refusal> {
    let query = options::parse(request.query)?;
    let reader = Reader {
        service,
        registry: service.registry(),
        base: request.base,
    };
    let (set, id, steps, ending) = match resource {
        Resource::Root => return Ok(Answer::Found(root(request.base))),
        Resource::CreateObservations => {
            return Err(Refusal::not_here("CreateObservations takes POST only"));
        }
        Resource::Entities {
            set,
            id,
            steps,
            ending,
        } => (*set, *id, steps, ending),
    };
    let mut place = reader.start(set, id).await?;
    for (relation, step_id) in steps {
        place = reader.step(place, relation, *step_id).await?;
    }
    match ending {
        Ending::Whole => {
            if let Place::Entities(set, ids, path) = &place
                && let Some(text) = reader.page_text(*set, ids, &query, path)
            {
                return Ok(Answer::Written(text));
            }
            reader.whole(place, &query).await.map(Answer::Found)
        }
        Ending::Reference => reader.references(place, &query).await.map(Answer::Found),
        Ending::Property(name) => {
            let value = reader.property(place, name)?;
            Ok(Answer::Found(json!({ name: value })))
        }
        Ending::Value(name) => match reader.property(place, name)? {
            Value::Null => Ok(Answer::Nothing),
            Value::String(text) => Ok(Answer::Bare(text)),
            other => Ok(Answer::Bare(other.to_string())),
        },
    }
}

/// The observation as it is published over MQTT: whole, with links, so that a subscriber needs nothing else.
pub(super) fn observation_message(
    base: &str,
    observation: &NewObservation,
    id: Option<i64>,
) -> Value {
    let row = ObservationRow {
        id: id.unwrap_or_default(),
        datastream: observation.datastream,
        time: observation.time.0,
        value: observation.value,
        result: observation.result.clone(),
        detail: observation.detail.clone(),
    };
    let mut message = observation_body(&row, base);
    if id.is_none() {
        message.remove("@iot.id");
        message.insert(
            "@iot.selfLink".to_owned(),
            Value::from(format!("{base}/Observations")),
        );
    }
    message.insert("Datastream".to_owned(), json!({"@iot.id": row.datastream}));
    Value::Object(message)
}

/// The body of an entity without expansions, as it answers a creation.
pub(super) fn entity_body(set: SetName, entity: &Entity, base: &str) -> Map<String, Value> {
    let mut body = entity.body.clone();
    add_links(&mut body, set, entity.id, base);
    body
}

fn observation_body(row: &ObservationRow, base: &str) -> Map<String, Value> {
    let mut body = row.detail.clone();
    body.remove(FEATURE);
    body.entry("phenomenonTime")
        .or_insert_with(|| Value::from(iso_from_millis(UtcMillis(row.time))));
    body.entry("resultTime").or_insert(Value::Null);
    body.insert("result".to_owned(), result_of(row));
    add_links(&mut body, SetName::Observations, row.id, base);
    body
}

fn add_links(body: &mut Map<String, Value>, set: SetName, id: i64, base: &str) {
    let address = format!("{base}/{}({id})", set.as_str());
    for relation in set.relations() {
        body.insert(
            format!("{relation}@iot.navigationLink"),
            Value::from(format!("{address}/{relation}")),
        );
    }
    body.insert("@iot.id".to_owned(), Value::from(id));
    body.insert("@iot.selfLink".to_owned(), Value::from(address));
}

/// The result as it was sent; a number without decimals comes back without decimals.
pub(super) fn result_of(row: &ObservationRow) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match (row.value, &row.result) {
        // A text or a truth that counts as a number has both.
        (_, Some(text)) => {
            serde_json::from_str(text).unwrap_or_else(|_not_json| Value::from(text.as_str()))
        }
        (Some(value), None) if value.fract() == 0.0 && value.abs() < EXACT => {
            Value::from(value as i64)
        }
        (Some(value), None) => Value::from(value),
        (None, None) => Value::Null,
    }
}

fn root(base: &str) -> Value {
    let sets: Vec<Value> = SetName::ALL
        .into_iter()
        .map(|set| json!({"name": set.as_str(), "url": format!("{base}/{}", set.as_str())}))
        .collect();
    json!({
        "value": sets,
        "serverSettings": {
            "conformance": [
                "http://www.opengis.net/spec/iot_sensing/1.1/req/datamodel/thing",
                "http://www.opengis.net/spec/iot_sensing/1.1/req/datamodel/location",
                "http://www.opengis.net/spec/iot_sensing/1.1/req/datamodel/historical-location",
                "http://www.opengis.net/spec/iot_sensing/1.1/req/datamodel/datastream",
                "http://www.opengis.net/spec/iot_sensing/1.1/req/datamodel/sensor",
                "http://www.opengis.net/spec/iot_sensing/1.1/req/datamodel/observed-property",
                "http://www.opengis.net/spec/iot_sensing/1.1/req/datamodel/observation",
                "http://www.opengis.net/spec/iot_sensing/1.1/req/datamodel/feature-of-interest",
                "http://www.opengis.net/spec/iot_sensing/1.1/req/datamodel/entity-control-information",
                "http://www.opengis.net/spec/iot_sensing/1.1/req/resource-path/resource-path-to-entities",
                "http://www.opengis.net/spec/iot_sensing/1.1/req/request-data/order",
                "http://www.opengis.net/spec/iot_sensing/1.1/req/request-data/expand",
                "http://www.opengis.net/spec/iot_sensing/1.1/req/request-data/select",
                "http://www.opengis.net/spec/iot_sensing/1.1/req/request-data/status-codes",
                "http://www.opengis.net/spec/iot_sensing/1.1/req/request-data/query-status-code",
                "http://www.opengis.net/spec/iot_sensing/1.1/req/request-data/top",
                "http://www.opengis.net/spec/iot_sensing/1.1/req/request-data/skip",
                "http://www.opengis.net/spec/iot_sensing/1.1/req/request-data/count",
                "http://www.opengis.net/spec/iot_sensing/1.1/req/request-data/filter",
                "http://www.opengis.net/spec/iot_sensing/1.1/req/request-data/built-in-filter-operations",
                "http://www.opengis.net/spec/iot_sensing/1.1/req/request-data/pagination",
                "http://www.opengis.net/spec/iot_sensing/1.1/req/create-update-delete/create-entity",
                "http://www.opengis.net/spec/iot_sensing/1.1/req/create-update-delete/link-to-existing-entities",
                "http://www.opengis.net/spec/iot_sensing/1.1/req/create-update-delete/deep-insert",
                "http://www.opengis.net/spec/iot_sensing/1.1/req/create-update-delete/deep-insert-status-code",
                "http://www.opengis.net/spec/iot_sensing/1.1/req/create-update-delete/update-entity",
                "http://www.opengis.net/spec/iot_sensing/1.1/req/create-update-delete/delete-entity",
                "http://www.opengis.net/spec/iot_sensing/1.1/req/create-update-delete/historical-location-auto-creation",
                "http://www.opengis.net/spec/iot_sensing/1.1/req/data-array/data-array",
                "http://www.opengis.net/spec/iot_sensing/1.1/req/create-observations-via-mqtt",
                "http://www.opengis.net/spec/iot_sensing/1.1/req/receive-updates-via-mqtt"
            ]
        }
    })
}

/// Where a path has led so far.
enum Place {
    /// One entity.
    Entity(SetName, Arc<Entity>),
    /// One observation.
    Observation(Box<ObservationRow>),
    /// Some entities of a set, with the path that names them.
    Entities(SetName, Vec<i64>, String),
    /// Observations, with the path that names them.
    Observations(Scope, String),
    /// A relation that leads to nothing.
    Nowhere,
}

/// The feature of interest that a stored observation names.
fn feature_of(row: &ObservationRow) -> Option<i64> {
    row.detail.get(FEATURE)?.as_str()?.parse().ok()
}

/// What answers one request.
pub(super) struct Reader<'a> {
    service: &'a Service,
    pub(super) registry: Arc<Registry>,
    pub(super) base: &'a str,
}

impl Reader<'_> {
    async fn start(&self, set: SetName, id: Option<i64>) -> Result<Place, Refusal> {
        match (set, id) {
            (SetName::Observations, None) => {
                Ok(Place::Observations(Scope::All, set.as_str().to_owned()))
            }
            (SetName::Observations, Some(id)) => self.observation(id, None).await,
            (set, None) => Ok(Place::Entities(
                set,
                self.registry.ids(set),
                set.as_str().to_owned(),
            )),
            (set, Some(id)) => self.entity(set, id),
        }
    }

    async fn step(&self, place: Place, relation: &str, id: Option<i64>) -> Result<Place, Refusal> {
        let (related, path) = match &place {
            Place::Entity(set, entity) => {
                let path = format!("{}({})/{relation}", set.as_str(), entity.id);
                (self.registry.related(*set, entity, relation), path)
            }
            Place::Observation(row) => {
                let path = format!("Observations({})/{relation}", row.id);
                (
                    self.registry
                        .related_to_observation(row.datastream, feature_of(row), relation),
                    path,
                )
            }
            Place::Nowhere => return Ok(Place::Nowhere),
            Place::Entities(..) | Place::Observations(..) => (None, String::new()),
        };
        let related =
            related.ok_or_else(|| Refusal::missing(format!("there is no {relation} from here")))?;
        match (related, id) {
            (Related::One(set, Some(id)), None) => self.entity(set, id),
            (Related::One(_, None), None) => Ok(Place::Nowhere),
            (Related::Many(set, ids), None) => Ok(Place::Entities(set, ids, path)),
            (Related::Many(set, ids), Some(id)) if ids.contains(&id) => self.entity(set, id),
            (Related::Observations(streams), None) => {
                Ok(Place::Observations(Scope::Streams(streams), path))
            }
            (Related::ObservedAt(feature), None) => {
                Ok(Place::Observations(Scope::Feature(feature), path))
            }
            (Related::ObservedAt(_), Some(id)) => self.observation(id, None).await,
            (Related::Observations(streams), Some(id)) => {
                self.observation(id, Some(&streams)).await
            }
            (Related::One(..) | Related::Many(..), Some(id)) => Err(Refusal::missing(format!(
                "{relation}({id}) does not belong to it"
            ))),
        }
    }

    fn entity(&self, set: SetName, id: i64) -> Result<Place, Refusal> {
        let entity = self.registry.entity(set, id);
        let entity = entity
            .ok_or_else(|| Refusal::missing(format!("there is no {}({id})", set.as_str())))?;
        Ok(Place::Entity(set, entity))
    }

    async fn observation(&self, id: i64, streams: Option<&[i64]>) -> Result<Place, Refusal> {
        let row = self.service.store.observation(id).await?;
        let row = row.filter(|row| streams.is_none_or(|streams| streams.contains(&row.datastream)));
        let row = row.ok_or_else(|| Refusal::missing(format!("there is no Observations({id})")))?;
        Ok(Place::Observation(Box::new(row)))
    }

    async fn whole(&self, place: Place, query: &Query) -> Result<Value, Refusal> {
        match place {
            Place::Entity(set, entity) => self.rendered(set, entity, query).await,
            Place::Observation(row) => self.rendered_observation(*row, query).await,
            Place::Entities(set, ids, path) => self.page(set, ids, query, &path).await,
            Place::Observations(scope, path) if query.as_data_array => {
                self.data_array(&scope, query, &path).await
            }
            Place::Observations(scope, path) => self.observation_page(&scope, query, &path).await,
            Place::Nowhere => Err(Refusal::missing("the relation leads to nothing")),
        }
    }

    async fn references(&self, place: Place, query: &Query) -> Result<Value, Refusal> {
        let link = |set: SetName, id: i64| json!({"@iot.selfLink": format!("{}/{}({id})", self.base, set.as_str())});
        match place {
            Place::Entity(set, entity) => Ok(link(set, entity.id)),
            Place::Observation(row) => Ok(link(SetName::Observations, row.id)),
            place => {
                let query = Query {
                    expand: Vec::new(),
                    select: Vec::new(),
                    as_data_array: false,
                    ..query.clone()
                };
                let mut page = self.whole(place, &query).await?;
                if let Some(items) = page.get_mut("value").and_then(Value::as_array_mut) {
                    for item in items {
                        *item = json!({"@iot.selfLink": item.get("@iot.selfLink").cloned().unwrap_or_default()});
                    }
                }
                Ok(page)
            }
        }
    }

    fn property(&self, place: Place, name: &str) -> Result<Value, Refusal> {
        let body = match place {
            Place::Entity(set, entity) => entity_body(set, &entity, self.base),
            Place::Observation(row) => observation_body(&row, self.base),
            Place::Nowhere => return Err(Refusal::missing("the relation leads to nothing")),
            Place::Entities(..) | Place::Observations(..) => {
                return Err(Refusal::missing(format!("a set has no property {name:?}")));
            }
        };
        let key = if name == "id" { "@iot.id" } else { name };
        body.get(key)
            .cloned()
            .ok_or_else(|| Refusal::missing(format!("there is no property {name:?}")))
    }

    async fn page(
        &self,
        set: SetName,
        ids: Vec<i64>,
        query: &Query,
        path: &str,
    ) -> Result<Value, Refusal> {
        if query.as_data_array {
            return Err(Refusal::wrong(
                "$resultFormat: dataArray is for Observations only",
            ));
        }
        sortable(set, query)?;
        // Without a condition or an order, only what the page shows is looked up.
        let is_plain = query.filter.is_none() && query.order.is_empty();
        let all = ids.len();
        let (skip, take) = if is_plain {
            (query.skip, query.page())
        } else {
            (0, usize::MAX)
        };
        let mut entities: Vec<Arc<Entity>> = ids
            .into_iter()
            .skip(skip)
            .take(take)
            .filter_map(|id| self.registry.entity(set, id))
            .collect();
        if let Some(filter) = &query.filter {
            entities
                .retain(|entity| holds(filter, &|path| self.registry.values(set, entity, path)));
        }
        if !query.order.is_empty() {
            entities.sort_by(|a, b| self.compared(set, a, b, query));
        }
        let total = if is_plain { all } else { entities.len() };
        let end = query.skip.saturating_add(query.page()).min(total);
        let skipped = query.skip.saturating_sub(skip);
        let mut items = Vec::new();
        for entity in entities.into_iter().skip(skipped).take(query.page()) {
            items.push(self.rendered(set, entity, query).await?);
        }
        let mut page = Map::new();
        if query.count {
            page.insert("@iot.count".to_owned(), Value::from(total));
        }
        if end < total && query.page() > 0 {
            page.insert(
                "@iot.nextLink".to_owned(),
                Value::from(self.link(path, query, "$skip", &end.to_string())),
            );
        }
        page.insert("value".to_owned(), Value::Array(items));
        Ok(Value::Object(page))
    }

    fn compared(&self, set: SetName, a: &Entity, b: &Entity, query: &Query) -> Ordering {
        let value = |entity: &Entity, path: &[String]| {
            self.registry
                .values(set, entity, path)
                .into_iter()
                .next()
                .unwrap_or_default()
        };
        for key in &query.order {
            let found = order(&value(a, &key.path), &value(b, &key.path));
            if found.is_ne() {
                return if key.descending {
                    found.reverse()
                } else {
                    found
                };
            }
        }
        a.id.cmp(&b.id)
    }

    async fn observation_rows(
        &self,
        scope: &Scope,
        query: &Query,
        path: &str,
    ) -> Result<(Vec<ObservationRow>, Map<String, Value>), Refusal> {
        let (mut question, rest) = observations::question(query, scope, &self.registry)?;
        // One more than the page: it tells whether there is a next one.
        question.limit = query.page().saturating_add(1);
        let mut rows = match &rest {
            None => self.service.store.observations(&question).await?,
            Some(rest) => {
                let skip = if query.after.is_some() { 0 } else { query.skip };
                let wanted = skip.saturating_add(question.limit);
                let (rows, _) = self.sifted(scope, query, rest, query.after, wanted).await?;
                rows.into_iter().skip(skip).collect()
            }
        };
        let more = rows.len() > query.page();
        rows.truncate(query.page());

        let mut frame = Map::new();
        if query.count {
            let total = match &rest {
                None => self.service.store.count_observations(&question).await?,
                Some(rest) => {
                    let (_, total) = self.sifted(scope, query, rest, None, usize::MAX).await?;
                    i64::try_from(total).unwrap_or(i64::MAX)
                }
            };
            frame.insert("@iot.count".to_owned(), Value::from(total));
        }
        if let (true, Some(last)) = (more, rows.last()) {
            let link = match observations::paging(query) {
                Paging::ByTime { .. } | Paging::ById => self.link(
                    path,
                    query,
                    "$skiptoken",
                    &format!("{},{}", last.time, last.id),
                ),
                Paging::BySkip => self.link(
                    path,
                    query,
                    "$skip",
                    &query.skip.saturating_add(query.page()).to_string(),
                ),
            };
            frame.insert("@iot.nextLink".to_owned(), Value::from(link));
        }
        Ok((rows, frame))
    }

    /// Rows for which `rest` holds, up to `wanted` from `after` on, and how many there were. Those kept are a page at most.
    async fn sifted(
        &self,
        scope: &Scope,
        query: &Query,
        rest: &Expr,
        after: Option<After>,
        wanted: usize,
    ) -> Result<(Vec<ObservationRow>, usize), Refusal> {
        if matches!(observations::paging(query), Paging::BySkip) {
            return Err(Refusal::wrong(
                "$orderby: with functions in $filter, observations are sorted by id or phenomenonTime",
            ));
        }
        let mut query = Query {
            after,
            skip: 0,
            ..query.clone()
        };
        let (mut kept, mut found, mut read) = (Vec::new(), 0, 0);
        loop {
            let (mut question, _) = observations::question(&query, scope, &self.registry)?;
            question.limit = SIFTED_AT_ONCE;
            let rows = self.service.store.observations(&question).await?;
            let last = rows.last().map(|row| After {
                time: row.time,
                id: row.id,
            });
            let is_end = rows.len() < SIFTED_AT_ONCE;
            read += rows.len();
            for row in rows {
                if found >= wanted || !holds(rest, &|path| self.row_values(&row, path)) {
                    continue;
                }
                found += 1;
                if wanted < usize::MAX {
                    kept.push(row);
                }
            }
            if is_end || found >= wanted {
                return Ok((kept, found));
            }
            if read >= SIFTED_AT_MOST {
                return Err(Refusal::wrong(format!(
                    "$filter: its functions would have to look at more than {SIFTED_AT_MOST} observations; \
                     narrow it by phenomenonTime or Datastream/id"
                )));
            }
            query.after = last;
        }
    }

    /// The values of a path that begins at an observation.
    fn row_values(&self, row: &ObservationRow, path: &[String]) -> Vec<Value> {
        let Some((first, steps)) = path.split_first() else {
            return Vec::new();
        };
        let related = self
            .registry
            .related_to_observation(row.datastream, feature_of(row), first);
        if let Some(Related::One(set, id)) = related {
            let entity = id.and_then(|id| self.registry.entity(set, id));
            return entity
                .map(|entity| self.registry.values(set, &entity, steps))
                .unwrap_or_default();
        }
        let body = observation_body(row, self.base);
        let key = if first == "id" { "@iot.id" } else { first };
        let found = body
            .get(key)
            .and_then(|value| steps.iter().try_fold(value, |value, step| value.get(step)));
        found.cloned().into_iter().collect()
    }

    async fn observation_page(
        &self,
        scope: &Scope,
        query: &Query,
        path: &str,
    ) -> Result<Value, Refusal> {
        let (rows, mut frame) = self.observation_rows(scope, query, path).await?;
        let mut items = Vec::with_capacity(rows.len());
        for row in rows {
            items.push(self.rendered_observation(row, query).await?);
        }
        frame.insert("value".to_owned(), Value::Array(items));
        Ok(Value::Object(frame))
    }

    /// The compact form of SensorThings 1.1, clause 13.1: one group per datastream, in order of first appearance.
    async fn data_array(&self, scope: &Scope, query: &Query, path: &str) -> Result<Value, Refusal> {
        let (rows, mut frame) = self.observation_rows(scope, query, path).await?;
        let default = ["id", "phenomenonTime", "result"].map(str::to_owned);
        let components: Vec<String> = if query.select.is_empty() {
            default.to_vec()
        } else {
            query.select.clone()
        };
        let mut groups: Vec<(i64, Vec<Value>)> = Vec::new();
        let mut place_of = std::collections::BTreeMap::new();
        for row in rows {
            let body = observation_body(&row, self.base);
            let cell = |name: &String| {
                let key = if name == "id" {
                    "@iot.id"
                } else {
                    name.as_str()
                };
                body.get(key).cloned().unwrap_or_default()
            };
            let place = *place_of.entry(row.datastream).or_insert_with(|| {
                groups.push((row.datastream, Vec::new()));
                groups.len() - 1
            });
            if let Some((_, cells)) = groups.get_mut(place) {
                cells.push(Value::Array(components.iter().map(cell).collect()));
            }
        }
        let group = |(datastream, rows): (i64, Vec<Value>)| {
            json!({
                "Datastream@iot.navigationLink": format!("{}/Datastreams({datastream})", self.base),
                "Datastream": {"@iot.id": datastream},
                "components": components,
                "dataArray@iot.count": rows.len(),
                "dataArray": rows
            })
        };
        frame.insert(
            "value".to_owned(),
            Value::Array(groups.into_iter().map(group).collect()),
        );
        Ok(Value::Object(frame))
    }

    pub(super) fn link(&self, path: &str, query: &Query, option: &str, value: &str) -> String {
        let mut link = format!("{}/{path}?", self.base);
        for (name, value) in &query.repeated {
            link.push_str(name);
            link.push('=');
            link.push_str(&percent_encoded(value));
            link.push('&');
        }
        link.push_str(option);
        link.push('=');
        link.push_str(value);
        link
    }

    fn rendered<'b>(
        &'b self,
        set: SetName,
        entity: Arc<Entity>,
        query: &'b Query,
    ) -> Rendering<'b> {
        Box::pin(async move {
            let mut body = entity_body(set, &entity, self.base);
            select(&mut body, query);
            let address = format!("{}({})", set.as_str(), entity.id);
            for expand in &query.expand {
                let related = self.registry.related(set, &entity, &expand.relation);
                self.put_inside(
                    &mut body,
                    related,
                    &expand.relation,
                    &expand.query,
                    &address,
                )
                .await?;
            }
            Ok(Value::Object(body))
        })
    }

    fn rendered_observation<'b>(&'b self, row: ObservationRow, query: &'b Query) -> Rendering<'b> {
        Box::pin(async move {
            let mut body = observation_body(&row, self.base);
            select(&mut body, query);
            let address = format!("Observations({})", row.id);
            for expand in &query.expand {
                let related = self.registry.related_to_observation(
                    row.datastream,
                    feature_of(&row),
                    &expand.relation,
                );
                self.put_inside(
                    &mut body,
                    related,
                    &expand.relation,
                    &expand.query,
                    &address,
                )
                .await?;
            }
            Ok(Value::Object(body))
        })
    }

    async fn put_inside(
        &self,
        body: &mut Map<String, Value>,
        related: Option<Related>,
        relation: &str,
        query: &Query,
        address: &str,
    ) -> Result<(), Refusal> {
        let path = format!("{address}/{relation}");
        let page = match related {
            None => {
                return Err(Refusal::wrong(format!(
                    "$expand: there is no relation {relation:?} here"
                )));
            }
            Some(Related::One(set, id)) => {
                let entity = id.and_then(|id| self.registry.entity(set, id));
                let rendered = match entity {
                    Some(entity) => self.rendered(set, entity, query).await?,
                    None => Value::Null,
                };
                body.insert(relation.to_owned(), rendered);
                return Ok(());
            }
            Some(Related::Many(set, ids)) => self.page(set, ids, query, &path).await?,
            Some(Related::Observations(streams)) => {
                self.observation_page(&Scope::Streams(streams), query, &path)
                    .await?
            }
            Some(Related::ObservedAt(feature)) => {
                self.observation_page(&Scope::Feature(feature), query, &path)
                    .await?
            }
        };
        let Value::Object(page) = page else {
            return Ok(());
        };
        for (key, value) in page {
            let key = if key == "value" {
                relation.to_owned()
            } else {
                format!("{relation}{key}")
            };
            body.insert(key, value);
        }
        Ok(())
    }
}

fn select(body: &mut Map<String, Value>, query: &Query) {
    if query.select.is_empty() {
        return;
    }
    body.retain(|key, _| {
        let name = key
            .split_once("@iot.navigationLink")
            .map_or(key.as_str(), |(relation, _)| relation);
        query.select.iter().any(|wanted| {
            let first = wanted.split('/').next().unwrap_or_default();
            first == name || (first == "id" && key == "@iot.id")
        })
    });
}

/// Refuses an order by what no entity of the set has: sorted by nothing, a page would look as if it were in order.
fn sortable(set: SetName, query: &Query) -> Result<(), Refusal> {
    for key in &query.order {
        let first = key.path.first().map_or("", String::as_str);
        let is_known = matches!(first, "id" | "@iot.id")
            || shape(set).own.contains(&first)
            || set.relations().contains(&first);
        if !is_known {
            return Err(Refusal::wrong(format!(
                "$orderby: {} have no property {first:?}",
                set.as_str()
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_selected_stays() {
        let mut body = Map::new();
        add_links(&mut body, SetName::Things, 4, "http://h/v1.1");
        body.insert("name".to_owned(), json!("井盖"));
        body.insert("description".to_owned(), json!(""));
        let query = options::parse("$select=id,name,Datastreams").expect("options");
        select(&mut body, &query);
        let keys: Vec<&str> = body.keys().map(String::as_str).collect();
        assert_eq!(keys, ["@iot.id", "Datastreams@iot.navigationLink", "name"]);
    }

    #[test]
    fn results_come_back_as_they_were_sent() {
        let mut row = ObservationRow {
            id: 1,
            datastream: 1,
            time: 0,
            value: Some(12.0),
            result: None,
            detail: Map::new(),
        };
        assert_eq!(result_of(&row).to_string(), "12");
        row.value = Some(12.25);
        assert_eq!(result_of(&row).to_string(), "12.25");
        row.value = None;
        row.result = Some("\"open\"".to_owned());
        assert_eq!(result_of(&row), json!("open"));
        row.value = Some(1.0);
        row.result = Some("true".to_owned());
        assert_eq!(result_of(&row), json!(true));
        row.value = Some(12.5);
        row.result = Some("\"12.50\"".to_owned());
        assert_eq!(result_of(&row), json!("12.50"));
    }
}
