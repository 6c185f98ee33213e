//! The ledger: what people did and what changed at this hub, one after the other, so that a desk misses nothing.
//!
//! Every change has a sequence number and a check value that covers all changes before it. A desk that knows both can
//! tell a hub that went on from a hub that was restored from a backup. Facts are accepted once however often they are
//! sent; two versions of one field are both kept, and the later one holds.

mod accept;
mod digest;
mod fold;
mod memory;
mod page;
mod router;
mod store;

#[cfg(test)]
mod tests;

pub(crate) use digest::{check_content_digest, content_digest, next_chain};
pub use memory::{MemoryHub, Snapshot};
pub use router::Reply;
pub(crate) use router::ledger_router;
pub(crate) use store::{Append, Change, ChangeKind, Head, LedgerStore, StoredFact};

use crate::error::HubError;
use crate::iso::iso_from_millis;
use accept::Draft;
use cim_model::{TimeSource, UtcMillis};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tokio::sync::Mutex;

/// How often an append is tried again because another process of the hub was faster.
const MAX_TRIES: usize = 20;
/// Things named by one catalogue change.
const THINGS_IN_A_CHANGE: usize = 500;

/// The ledger over a store. Any number of processes may hold one over the same store.
pub(crate) struct Ledger<S> {
    store: S,
    time: Arc<dyn TimeSource>,
    /// The last moment given out, UTC milliseconds.
    stamped: AtomicI64,
    /// Held by whoever reads events of this process and writes what follows from them, so that nobody writes in between.
    pub(crate) writing: Mutex<()>,
}

/// What became of the facts of one request.
pub(crate) struct Accepted {
    /// Which life of the hub's database this is.
    pub(crate) epoch: String,
    /// The newest change after the request.
    pub(crate) newest: u64,
    /// One answer per fact, in the order asked.
    pub(crate) outcomes: Vec<Value>,
    /// What was appended, to be published.
    pub(crate) changes: Vec<Change>,
}

impl<S: LedgerStore> Ledger<S> {
    /// A ledger over `store` that takes the present moment from `time`.
    pub(crate) fn new(store: S, time: Arc<dyn TimeSource>) -> Self {
        Self {
            store,
            time,
            stamped: AtomicI64::new(i64::MIN),
            writing: Mutex::new(()),
        }
    }

    /// The present moment, and never one that was given out before: a reader who remembers the last one misses none.
    pub(crate) fn stamp(&self) -> UtcMillis {
        let now = self.time.now().0;
        let next = |last: i64| now.max(last.saturating_add(1));
        let before = self
            .stamped
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| {
                Some(next(last))
            })
            .unwrap_or(now);
        UtcMillis(next(before))
    }

    /// Takes in what a desk says its people did. Each fact is judged for itself; a refused one never stops the rest.
    pub(crate) async fn accept(&self, desk: &str, items: &[Value]) -> Result<Accepted, HubError> {
        let _writing = self.writing.lock().await;
        for _ in 0..MAX_TRIES {
            let head = self.store.head().await?;
            let mut draft = Draft::new(&self.store, head.clone());
            let mut outcomes = Vec::with_capacity(items.len());
            for item in items {
                outcomes.push(
                    draft
                        .take(desk, item, self.time.now(), self.stamp())
                        .await?,
                );
            }
            let (append, newest) = draft.finish();
            if append.changes.is_empty() || self.store.append(&head, &append).await? {
                return Ok(Accepted {
                    epoch: head.epoch,
                    newest,
                    outcomes,
                    changes: append.changes,
                });
            }
        }
        Err(too_busy())
    }

    /// Writes an event that a source created or changed, and the change of it, in one step; the event as written.
    ///
    /// `merge` makes it from the event as it stands. It is asked again whenever another process of the hub was faster,
    /// so that what the other one wrote is not lost. Whoever has read events before holds [`Ledger::writing`], which is
    /// not taken here.
    ///
    /// # Errors
    /// When `merge` fails, when the database fails, or when other processes were faster every time.
    pub(crate) async fn note_event_with<E, F>(
        &self,
        id: &str,
        known_at: UtcMillis,
        merge: F,
    ) -> Result<Value, E>
    where
        E: From<HubError>,
        F: Fn(Option<&Value>) -> Result<Value, E>,
    {
        for _ in 0..MAX_TRIES {
            // The head is read first: an event that changes after that lets the append fail.
            let head = self.store.head().await?;
            let before = self.store.event(id).await?;
            let body = merge(before.as_ref())?;
            let text = body.to_string();
            let append = Append {
                changes: vec![head.next(ChangeKind::Event, id, known_at, text, String::new())],
                events: vec![(id.to_owned(), known_at, body.clone())],
                ..Append::default()
            };
            if self.store.append(&head, &append).await? {
                return Ok(body);
            }
        }
        Err(too_busy().into())
    }

    /// Notes that a camera was created or changed.
    pub(crate) async fn note_camera(
        &self,
        id: &str,
        known_at: UtcMillis,
        body: &Value,
    ) -> Result<Change, HubError> {
        self.note(ChangeKind::Camera, id, known_at, body).await
    }

    /// Notes that things were created or changed, up to 500 a change.
    pub(crate) async fn note_catalogue(&self, ids: &[String]) -> Result<Vec<Change>, HubError> {
        let mut changes = Vec::new();
        for some in ids.chunks(THINGS_IN_A_CHANGE) {
            let body = json!({ "things": some });
            let moment = self.stamp();
            let id = some.first().map_or("", String::as_str);
            changes.push(self.note(ChangeKind::Catalogue, id, moment, &body).await?);
        }
        Ok(changes)
    }

    async fn note(
        &self,
        kind: ChangeKind,
        id: &str,
        known_at: UtcMillis,
        body: &Value,
    ) -> Result<Change, HubError> {
        // Tasks of this process take turns: the tries are for other processes.
        let _writing = self.writing.lock().await;
        let mut append = Append::default();
        for _ in 0..MAX_TRIES {
            let head = self.store.head().await?;
            let change = head.next(kind, id, known_at, body.to_string(), String::new());
            append.changes = vec![change.clone()];
            if self.store.append(&head, &append).await? {
                return Ok(change);
            }
        }
        Err(too_busy())
    }
}

fn too_busy() -> HubError {
    HubError::Part {
        part: "ledger",
        reason: format!("other processes were faster {MAX_TRIES} times in a row"),
    }
}

impl Head {
    /// The change that follows this head.
    pub(crate) fn next(
        &self,
        kind: ChangeKind,
        id: &str,
        known_at: UtcMillis,
        body: String,
        meta: String,
    ) -> Change {
        Change {
            seq: self.seq + 1,
            chain: next_chain(&self.chain, kind, id, &body),
            kind,
            id: id.to_owned(),
            known_at,
            body,
            meta,
        }
    }
}

impl Change {
    /// The change as it stands in the feed. The body's text goes out letter by letter: the check value covers it.
    pub(crate) fn text(&self) -> String {
        let rest = self.meta.trim().strip_prefix('{');
        let rest = rest.and_then(|rest| rest.strip_suffix('}'));
        let meta = rest.filter(|rest| !rest.trim().is_empty());
        format!(
            r#"{{"seq":{},"kind":"{}","id":{},"known_at":"{}","body":{}{}{}}}"#,
            self.seq,
            self.kind.as_str(),
            Value::from(self.id.as_str()),
            iso_from_millis(self.known_at),
            self.body,
            if meta.is_some() { "," } else { "" },
            meta.unwrap_or_default(),
        )
    }

    /// The change as it is announced on `citymirror/changes`: as in the feed, with the life of the hub, the number
    /// before it, and its own check value, so that a desk that stands just before it need not ask.
    pub(crate) fn announcement(&self, epoch: &str) -> String {
        let text = self.text();
        format!(
            r#"{{"epoch":{},"prev":{},"chain":"{}",{}"#,
            Value::from(epoch),
            self.seq.saturating_sub(1),
            self.chain,
            text.strip_prefix('{').unwrap_or_default()
        )
    }
}
