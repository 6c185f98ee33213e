//! Pages of the change feed.

use super::Ledger;
use super::store::{ChangeKind, LedgerStore};
use crate::error::HubError;
use serde_json::json;

/// The largest page, in changes.
pub(super) const MAX_PAGE: usize = 5000;
/// A page ends after this many bytes of text; a single change may be larger.
const MAX_PAGE_BYTES: usize = 8 * 1024 * 1024;

/// What the feed answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Page {
    /// The page as JSON text. Not a value: the check values cover the bodies letter by letter.
    Items(String),
    /// The ledger does not contain what the desk has seen: the hub was restored from a backup, or is another one. The
    /// answer as JSON text.
    Restored(String),
}

impl<S: LedgerStore> Ledger<S> {
    /// Up to `limit` changes after number `after`, whose check value at the desk is `chain` when it knows one.
    pub(crate) async fn changes(
        &self,
        after: u64,
        chain: Option<&str>,
        limit: usize,
        kinds: &[ChangeKind],
    ) -> Result<Page, HubError> {
        let head = self.store.head().await?;
        let own = self.store.chain_at(after).await?;
        let fits = match (&own, chain) {
            (None, _) => false,
            (Some(own), Some(theirs)) => own == theirs,
            (Some(_), None) => true,
        };
        let Some(own) = own.filter(|_| fits) else {
            let body = json!({ "reason": "restored", "epoch": head.epoch, "newest": head.seq });
            return Ok(Page::Restored(body.to_string()));
        };
        let limit = limit.clamp(1, MAX_PAGE);
        let found = self.store.changes(after, limit, kinds).await?;
        let full = found.len() >= limit;
        let mut items = String::new();
        let mut covered = (after, own);
        let mut cut = false;
        for change in &found {
            let text = change.text();
            if !items.is_empty() && items.len() + text.len() > MAX_PAGE_BYTES {
                cut = true;
                break;
            }
            if !items.is_empty() {
                items.push(',');
            }
            items.push_str(&text);
            covered = (change.seq, change.chain.clone());
        }
        // Changes of kinds that were not asked for are covered too, once nothing that was asked for is left.
        if !full
            && !cut
            && covered.0 < head.seq
            && let Some(chain) = self.store.chain_at(head.seq).await?
        {
            covered = (head.seq, chain);
        }
        Ok(Page::Items(format!(
            r#"{{"epoch":{},"items":[{items}],"seq":{},"chain":{},"newest":{}}}"#,
            json!(head.epoch),
            covered.0,
            json!(covered.1),
            head.seq.max(covered.0)
        )))
    }
}
