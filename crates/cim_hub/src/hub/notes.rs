//! Things that were created, changed or removed reach the ledger in batches, and none is forgotten by a crash.
//!
//! Before a request may change entities, the store carries a mark; the mark goes when the ledger holds everything. A hub
//! that finds the mark at its start notes every thing once more.

use super::Store;
use crate::error::HubError;
use crate::ledger::Ledger;
use crate::sensorthings::{Service, SetName};
use cim_model::UtcMillis;
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Mutex;

/// Where the mark lies among the documents.
const KIND: &str = "hub";
/// Its key.
const KEY: &str = "catalogue_mark";

/// The mark, and who is writing under it.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    writers: AtomicUsize,
    marked: Mutex<bool>,
}

/// While it lives, the mark stays.
pub(crate) struct Writing<'a>(&'a AtomicUsize);

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Notes {
    /// Sets the mark, before entities change.
    pub(crate) async fn begin(
        &self,
        store: &Store,
        now: UtcMillis,
    ) -> Result<Writing<'_>, HubError> {
        self.writers.fetch_add(1, Ordering::SeqCst);
        let writing = Writing(&self.writers);
        let mut marked = self.marked.lock().await;
        if !*marked {
            put(store, true, now).await?;
            *marked = true;
        }
        Ok(writing)
    }

    /// Notes what changed since the last time, and says how many things that were.
    pub(crate) async fn flush(
        &self,
        service: &Service,
        ledger: &Ledger<Store>,
        store: &Store,
    ) -> Result<usize, HubError> {
        let mut marked = self.marked.lock().await;
        if !*marked {
            return Ok(0);
        }
        let idle = self.writers.load(Ordering::SeqCst) == 0;
        let things = service.changed_things();
        if !things.is_empty() {
            ledger.note_catalogue(&things).await?;
            service.forget_changed(&things);
        }
        // Whoever begins from now on waits for the lock, and sets the mark again.
        if idle {
            put(store, false, service.now()).await?;
            *marked = false;
        }
        Ok(things.len())
    }

    /// Notes every thing when the hub before this one ended without doing so.
    pub(crate) async fn recover(
        &self,
        service: &Service,
        ledger: &Ledger<Store>,
        store: &Store,
    ) -> Result<(), HubError> {
        let documents = store.documents(KIND).await?;
        let was_marked = documents
            .iter()
            .any(|(key, body, _)| key == KEY && body.get("marked") == Some(&json!(true)));
        if !was_marked {
            return Ok(());
        }
        let things: Vec<String> = service
            .registry()
            .ids(SetName::Things)
            .iter()
            .map(ToString::to_string)
            .collect();
        tracing::info!(
            things = things.len(),
            "the last hub ended early; every thing is noted again"
        );
        if !things.is_empty() {
            ledger.note_catalogue(&things).await?;
        }
        put(store, false, service.now()).await
    }
}

async fn put(store: &Store, marked: bool, now: UtcMillis) -> Result<(), HubError> {
    store
        .put_document(KIND, KEY, &json!({"marked": marked}), now)
        .await
}
