//! The Sensing profile of OGC SensorThings 1.1 (18-088): what a request means and what the answer holds.
//!
//! Knows no HTTP library and no broker: [`Service::answer`] takes a method, a path, a query and a body, and gives a
//! status and a body. The README's table says which clauses are served.

mod create;
mod entry;
mod evaluate;
mod filter;
mod functions;
mod geometry;
mod keep;
mod observations;
mod options;
pub(crate) mod path;
mod read;
mod registry;
mod remove;
mod shape;
mod update;
mod write;

pub(crate) use entry::{NewObservation, observation_from, observations_from_data_array};
pub(crate) use observations::{Bind, ObservationQuery, ObservationRow};
pub(crate) use registry::{Entity, Links, Registry};

use crate::error::HubError;
use crate::hub::{Outbox, Store};
use cim_model::{TimeSource, UtcMillis};
use path::{Ending, Resource};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// What a body holds that may create a feature of interest beside an observation.
const FEATURE: &[u8] = b"FeatureOfInterest";

/// The entity sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum SetName {
    /// Devices.
    Things,
    /// Places.
    Locations,
    /// Series.
    Datastreams,
    /// Instruments and procedures.
    Sensors,
    /// What is measured.
    ObservedProperties,
    /// Values.
    Observations,
    /// What is observed; derived from places unless it was created.
    FeaturesOfInterest,
    /// Where devices stood, and since when.
    HistoricalLocations,
}

impl SetName {
    /// Every set, in the order of the service root.
    pub(crate) const ALL: [Self; 8] = [
        Self::Things,
        Self::Locations,
        Self::Datastreams,
        Self::Sensors,
        Self::ObservedProperties,
        Self::Observations,
        Self::FeaturesOfInterest,
        Self::HistoricalLocations,
    ];

    /// The name in paths.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Things => "Things",
            Self::Locations => "Locations",
            Self::Datastreams => "Datastreams",
            Self::Sensors => "Sensors",
            Self::ObservedProperties => "ObservedProperties",
            Self::Observations => "Observations",
            Self::FeaturesOfInterest => "FeaturesOfInterest",
            Self::HistoricalLocations => "HistoricalLocations",
        }
    }

    /// The set called `word` in paths.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|set| set.as_str() == word)
    }

    /// The relations of an entity of this set.
    pub(crate) fn relations(self) -> &'static [&'static str] {
        match self {
            Self::Things => &["Datastreams", "HistoricalLocations", "Locations"],
            Self::Locations => &["HistoricalLocations", "Things"],
            Self::Datastreams => &["Observations", "ObservedProperty", "Sensor", "Thing"],
            Self::Sensors | Self::ObservedProperties => &["Datastreams"],
            Self::Observations => &["Datastream", "FeatureOfInterest"],
            Self::FeaturesOfInterest => &["Observations"],
            Self::HistoricalLocations => &["Locations", "Thing"],
        }
    }
}

/// What a request wants done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// GET.
    Read,
    /// POST.
    Create,
    /// PATCH.
    Change,
    /// PUT.
    Replace,
    /// DELETE.
    Remove,
}

/// A request, as far as SensorThings is concerned.
#[derive(Clone, Debug)]
pub(crate) struct Request<'a> {
    /// What is wanted.
    pub(crate) act: Act,
    /// What follows `/v1.1`, still percent-encoded.
    pub(crate) path: &'a str,
    /// What follows `?`, still percent-encoded.
    pub(crate) query: &'a str,
    /// The body, for creating and changing.
    pub(crate) body: &'a [u8],
    /// The service's address as the client sees it, for links: `http://host:port/v1.1`.
    pub(crate) base: &'a str,
}

/// An answer that worked.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Answer {
    /// 200 with JSON.
    Found(Value),
    /// 200 with JSON that is written already.
    Written(Vec<u8>),
    /// 200 with bare text (`$value`).
    Bare(String),
    /// 201 with JSON and, for one entity, its address.
    Created {
        /// The entity, or for `CreateObservations` the list of addresses.
        body: Value,
        /// The `Location` header.
        address: Option<String>,
    },
    /// 204.
    Nothing,
    /// 200 without a body.
    Done,
}

/// An answer that says no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// HTTP status.
    pub(crate) status: u16,
    /// What is wrong and where.
    pub(crate) message: String,
    /// For 405: the methods that are served there.
    pub(crate) allow: Option<&'static str>,
}

impl Refusal {
    /// 400: the request is wrong.
    pub(crate) fn wrong(message: impl ToString) -> Self {
        Self {
            status: 400,
            message: message.to_string(),
            allow: None,
        }
    }

    /// 404: there is no such thing.
    pub(crate) fn missing(message: impl ToString) -> Self {
        Self {
            status: 404,
            message: message.to_string(),
            allow: None,
        }
    }

    /// 405: not for this path.
    pub(crate) fn not_here(message: impl ToString) -> Self {
        Self {
            status: 405,
            message: message.to_string(),
            allow: None,
        }
    }

    /// The body: `{"code":400,"type":"error","message":"…"}`.
    pub(crate) fn body(&self) -> Value {
        json!({"code": self.status, "type": "error", "message": self.message})
    }
}

impl From<HubError> for Refusal {
    fn from(error: HubError) -> Self {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "a request could not be served"
        );
        Self {
            status: 500,
            message: "the hub could not do this; its log says why".to_owned(),
            allow: None,
        }
    }
}

impl From<options::OptionError> for Refusal {
    fn from(error: options::OptionError) -> Self {
        Self::wrong(error)
    }
}

/// The SensorThings service: entities in memory, observations in the store, creations announced over MQTT.
pub(crate) struct Service {
    store: Store,
    registry: RwLock<Arc<Registry>>,
    /// The last id given in each set; whoever holds it is the one who creates.
    last_ids: tokio::sync::Mutex<BTreeMap<SetName, i64>>,
    /// Things that changed and are not in the ledger yet.
    changed: Mutex<BTreeSet<i64>>,
    time: Arc<dyn TimeSource>,
    outbox: Arc<Outbox>,
    own_base: String,
}

impl Service {
    /// Reads the entities from `store`. `own_base` is the address used in links of messages.
    pub(crate) async fn open(
        store: Store,
        outbox: Arc<Outbox>,
        own_base: String,
        time: Arc<dyn TimeSource>,
    ) -> Result<Self, HubError> {
        let registry = registry_of(&store).await?;
        let last_ids = last_ids(&registry);
        Ok(Self {
            store,
            registry: RwLock::new(Arc::new(registry)),
            last_ids: tokio::sync::Mutex::new(last_ids),
            changed: Mutex::new(BTreeSet::new()),
            time,
            outbox,
            own_base,
        })
    }

    /// Reads all entities anew: another process over the same database has changed them.
    pub(crate) async fn reload(&self) -> Result<(), HubError> {
        let mut ids = self.last_ids.lock().await;
        let registry = registry_of(&self.store).await?;
        for (set, last) in last_ids(&registry) {
            let known = ids.entry(set).or_insert(0);
            *known = last.max(*known);
        }
        *self
            .registry
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Arc::new(registry);
        Ok(())
    }

    /// Ids of the things that changed and were not forgotten yet.
    pub(crate) fn changed_things(&self) -> Vec<String> {
        let changed = self.changed.lock().unwrap_or_else(PoisonError::into_inner);
        changed.iter().map(ToString::to_string).collect()
    }

    /// Forgets changes that are noted in the ledger.
    pub(crate) fn forget_changed(&self, things: &[String]) {
        let mut changed = self.changed.lock().unwrap_or_else(PoisonError::into_inner);
        for id in things.iter().filter_map(|id| id.parse::<i64>().ok()) {
            changed.remove(&id);
        }
    }

    /// The methods that are served at a path, as `Allow` lists them.
    pub(crate) fn allowed(path: &str) -> Option<&'static str> {
        let resource = path::parse(&path::percent_decoded(path)?).ok()?;
        Some(match resource {
            Resource::CreateObservations => "POST",
            Resource::Entities {
                id: None,
                ending: Ending::Whole,
                ..
            } => "GET, HEAD, POST",
            Resource::Entities {
                id: Some(_),
                steps,
                ending: Ending::Whole,
                ..
            } if steps.is_empty() => "DELETE, GET, HEAD, PATCH, PUT",
            Resource::Entities {
                steps,
                ending: Ending::Whole,
                ..
            } if steps
                .last()
                .is_some_and(|(name, id)| id.is_none() && path::is_plural(name)) =>
            {
                "GET, HEAD, POST"
            }
            Resource::Root | Resource::Entities { .. } => "GET, HEAD",
        })
    }

    /// True for a request that creates observations and nothing else: no entity changes by it.
    pub(crate) fn is_about_observations(request: &Request<'_>) -> bool {
        let path = request.path;
        request.act == Act::Create
            && (path == "/CreateObservations"
                || (path.ends_with("Observations")
                    && !request
                        .body
                        .windows(FEATURE.len())
                        .any(|window| window == FEATURE)))
    }

    /// Answers a request.
    pub(crate) async fn answer(&self, request: Request<'_>) -> Result<Answer, Refusal> {
        let decoded = path::percent_decoded(request.path)
            .ok_or_else(|| Refusal::wrong("the percent encoding of the path is broken"))?;
        let resource = path::parse(&decoded).map_err(Refusal::missing)?;
        match request.act {
            Act::Read => read::read(self, &resource, &request).await,
            Act::Create => create::create(self, &resource, &request).await,
            Act::Change => update::change(self, &resource, &request).await,
            Act::Replace => update::replace(self, &resource, &request).await,
            Act::Remove => remove::remove(self, &resource, &request).await,
        }
    }

    /// The entities as they are now.
    pub(crate) fn registry(&self) -> Arc<Registry> {
        Arc::clone(&self.registry.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The present moment.
    pub(crate) fn now(&self) -> UtcMillis {
        self.time.now()
    }

    /// True for a message that this hub itself has published.
    pub(crate) fn is_own(&self, message: &Value) -> bool {
        message
            .get("@iot.selfLink")
            .and_then(Value::as_str)
            .is_some_and(|link| link.starts_with(&self.own_base))
    }

    /// Publishes a stored observation on its datastream's topic.
    pub(crate) fn announce(&self, observation: &NewObservation, id: Option<i64>) {
        let message = read::observation_message(&self.own_base, observation, id);
        self.outbox.publish(
            topic_of(observation.datastream),
            message.to_string().into_bytes(),
        );
    }
}

/// The topic on which a datastream's observations are published.
pub(crate) fn topic_of(datastream: i64) -> String {
    format!("v1.1/Datastreams({datastream})/Observations")
}

async fn registry_of(store: &Store) -> Result<Registry, HubError> {
    let mut registry = Registry::default();
    for (set, entity) in store.entities().await? {
        registry.put(set, entity);
    }
    Ok(registry)
}

/// The last id of each set. Places and features of interest share one row of ids: a place is a feature as well.
fn last_ids(registry: &Registry) -> BTreeMap<SetName, i64> {
    SetName::ALL
        .into_iter()
        .map(|set| (set, registry.last_id(set)))
        .collect()
}
