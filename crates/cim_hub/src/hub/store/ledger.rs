//! The hub's database as the place of the ledger: the head moves only from where the writer saw it.

use super::{Engine, Store};
use crate::error::HubError;
use crate::ledger::{Append, Change, ChangeKind, Head, LedgerStore, StoredFact};
use serde_json::Value;

impl LedgerStore for Store {
    async fn head(&self) -> Result<Head, HubError> {
        match &self.inner.engine {
            Engine::Sqlite(db) => db.ledger_head().await,
            Engine::Postgres(db) => db.ledger_head().await,
        }
    }

    async fn chain_at(&self, seq: u64) -> Result<Option<String>, HubError> {
        if seq == 0 {
            return Ok(Some(self.head().await?.epoch));
        }
        match &self.inner.engine {
            Engine::Sqlite(db) => db.chain_of(seq).await,
            Engine::Postgres(db) => db.chain_of(seq).await,
        }
    }

    async fn changes(
        &self,
        after: u64,
        limit: usize,
        kinds: &[ChangeKind],
    ) -> Result<Vec<Change>, HubError> {
        match &self.inner.engine {
            Engine::Sqlite(db) => db.changes_after(after, limit, kinds).await,
            Engine::Postgres(db) => db.changes_after(after, limit, kinds).await,
        }
    }

    async fn fact(&self, id: &str) -> Result<Option<StoredFact>, HubError> {
        match &self.inner.engine {
            Engine::Sqlite(db) => db.stored_fact(id).await,
            Engine::Postgres(db) => db.stored_fact(id).await,
        }
    }

    async fn facts_of(&self, object: &str) -> Result<Vec<StoredFact>, HubError> {
        match &self.inner.engine {
            Engine::Sqlite(db) => db.stored_facts_of(object).await,
            Engine::Postgres(db) => db.stored_facts_of(object).await,
        }
    }

    async fn event(&self, id: &str) -> Result<Option<Value>, HubError> {
        Self::event(self, id).await
    }

    async fn append(&self, expected: &Head, append: &Append) -> Result<bool, HubError> {
        match &self.inner.engine {
            Engine::Sqlite(db) => db.append_to_ledger(expected, append).await,
            Engine::Postgres(db) => db.append_to_ledger(expected, append).await,
        }
    }
}
