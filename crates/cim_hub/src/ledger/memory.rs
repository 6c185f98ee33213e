//! A hub in memory, for drills: the same ledger and doors as the real one, without a file.

use super::router::{Door, Reply};
use super::store::{Append, Change, ChangeKind, Head, LedgerStore, StoredFact};
use super::{Ledger, digest::sha256_hex, ledger_router};
use crate::error::HubError;
use cim_model::{TimeSource, UtcMillis};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A hub in memory: facts, events and the feed of changes.
#[derive(Clone)]
pub struct MemoryHub {
    store: Arc<MemoryStore>,
    ledger: Arc<Ledger<Arc<MemoryStore>>>,
}

/// A backup of a [`MemoryHub`].
#[derive(Clone)]
pub struct Snapshot(Tables);

impl MemoryHub {
    /// An empty hub whose database has the life `epoch`.
    pub fn new(epoch: &str, time: Arc<dyn TimeSource>) -> Self {
        let store = Arc::new(MemoryStore::new(epoch));
        let ledger = Arc::new(Ledger::new(Arc::clone(&store), time));
        Self { store, ledger }
    }

    /// Another process over the same database: what the first one had only in memory is gone.
    #[must_use]
    pub fn restarted(&self, time: Arc<dyn TimeSource>) -> Self {
        let store = Arc::clone(&self.store);
        let ledger = Arc::new(Ledger::new(Arc::clone(&store), time));
        Self { store, ledger }
    }

    /// The doors `/api/changes` and `/api/facts`.
    pub fn router(&self) -> axum::Router {
        ledger_router(Arc::clone(&self.ledger), |_change: &Change| {})
    }

    /// Asks a door directly: `method`, the path with its query, the field `Content-Digest` when there is one, the body.
    pub async fn ask(
        &self,
        method: &str,
        target: &str,
        content_digest: Option<&str>,
        body: &[u8],
    ) -> Reply {
        let door = Door {
            ledger: &self.ledger,
            published: &|_change: &Change| {},
        };
        door.answer(method, target, content_digest, body).await
    }

    /// Puts an event in, as a source of the city does.
    pub async fn put_event(&self, id: &str, event: &Value) -> Result<(), HubError> {
        let moment = self.ledger.stamp();
        let whole = |_before: Option<&Value>| Ok::<Value, HubError>(event.clone());
        self.ledger.note_event_with(id, moment, whole).await?;
        Ok(())
    }

    /// The event as it stands.
    pub fn event(&self, id: &str) -> Option<Value> {
        let tables = self.store.tables();
        tables.events.get(id).map(|(_, event)| event.clone())
    }

    /// The identities of all facts, in order.
    pub fn fact_ids(&self) -> Vec<String> {
        self.store.tables().facts.keys().cloned().collect()
    }

    /// The life of the database, and the newest change.
    pub fn head(&self) -> (String, u64) {
        let head = self.store.tables().head();
        (head.epoch, head.seq)
    }

    /// The newest change as it is announced over MQTT.
    pub fn newest_announcement(&self) -> Option<String> {
        let tables = self.store.tables();
        let change = tables.changes.last()?;
        Some(change.announcement(&tables.epoch))
    }

    /// A backup.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot(self.store.tables().clone())
    }

    /// Becomes what it was when `snapshot` was made.
    pub fn restore(&self, snapshot: &Snapshot) {
        self.store.tables().clone_from(&snapshot.0);
    }

    /// SHA-256 over all events and all facts in order of their identities, without what depends on the order of arrival
    /// (numbers, moments of arrival, what an author had seen). A desk that is in step has the same.
    pub fn state_hash(&self) -> String {
        let tables = self.store.tables();
        let mut text = String::new();
        for (id, (_, event)) in &tables.events {
            let mut event = event.clone();
            if let Some(fields) = event.as_object_mut() {
                fields.remove("known_at");
            }
            text.extend([id.as_str(), "\n", &event.to_string(), "\n"]);
        }
        text.push('\n');
        for (id, fact) in &tables.facts {
            let mut body: Value = serde_json::from_str(&fact.body).unwrap_or_default();
            if let Some(fields) = body.as_object_mut() {
                fields.remove("base");
            }
            let body = body.to_string();
            text.extend([id.as_str(), "\n", &fact.desk, "\n", &body, "\n"]);
        }
        sha256_hex(text.as_bytes())
    }
}

/// The ledger's tables in memory.
#[derive(Clone, Default)]
struct Tables {
    epoch: String,
    /// Change number n stands at n − 1.
    changes: Vec<Change>,
    facts: BTreeMap<String, StoredFact>,
    events: BTreeMap<String, (UtcMillis, Value)>,
}

impl Tables {
    fn head(&self) -> Head {
        let newest = self.changes.last();
        Head {
            epoch: self.epoch.clone(),
            seq: newest.map_or(0, |change| change.seq),
            chain: newest.map_or_else(|| self.epoch.clone(), |change| change.chain.clone()),
        }
    }
}

/// A ledger's store in memory.
pub(super) struct MemoryStore {
    tables: Mutex<Tables>,
}

impl MemoryStore {
    pub(super) fn new(epoch: &str) -> Self {
        let tables = Tables {
            epoch: epoch.to_owned(),
            ..Tables::default()
        };
        Self {
            tables: Mutex::new(tables),
        }
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LedgerStore for MemoryStore {
    async fn head(&self) -> Result<Head, HubError> {
        Ok(self.tables().head())
    }

    async fn chain_at(&self, seq: u64) -> Result<Option<String>, HubError> {
        let tables = self.tables();
        let Some(index) = seq.checked_sub(1) else {
            return Ok(Some(tables.epoch.clone()));
        };
        let change = tables
            .changes
            .get(usize::try_from(index).unwrap_or(usize::MAX));
        Ok(change.map(|change| change.chain.clone()))
    }

    async fn changes(
        &self,
        after: u64,
        limit: usize,
        kinds: &[ChangeKind],
    ) -> Result<Vec<Change>, HubError> {
        let first = usize::try_from(after).unwrap_or(usize::MAX);
        let tables = self.tables();
        Ok(tables
            .changes
            .iter()
            .skip(first)
            .filter(|change| kinds.contains(&change.kind))
            .take(limit)
            .cloned()
            .collect())
    }

    async fn fact(&self, id: &str) -> Result<Option<StoredFact>, HubError> {
        Ok(self.tables().facts.get(id).cloned())
    }

    async fn facts_of(&self, object: &str) -> Result<Vec<StoredFact>, HubError> {
        let tables = self.tables();
        let facts = tables.facts.values();
        Ok(facts
            .filter(|fact| fact.object == object)
            .cloned()
            .collect())
    }

    async fn event(&self, id: &str) -> Result<Option<Value>, HubError> {
        Ok(self.tables().events.get(id).map(|(_, event)| event.clone()))
    }

    async fn append(&self, expected: &Head, append: &Append) -> Result<bool, HubError> {
        let mut tables = self.tables();
        if tables.head() != *expected {
            return Ok(false);
        }
        tables.changes.extend(append.changes.iter().cloned());
        for fact in &append.facts {
            tables.facts.insert(fact.id.clone(), fact.clone());
        }
        for (id, moment, event) in &append.events {
            tables.events.insert(id.clone(), (*moment, event.clone()));
        }
        Ok(true)
    }
}
