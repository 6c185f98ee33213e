//! What the ledger asks of the hub's database.

use crate::error::HubError;
use cim_model::UtcMillis;
use serde_json::Value;
use std::future::Future;

/// Where the ledger stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// Which life of the database this is: made anew with a new database, kept by backups.
    pub(crate) epoch: String,
    /// The newest change; 0 before the first.
    pub(crate) seq: u64,
    /// Its check value; the epoch before the first.
    pub(crate) chain: String,
}

/// One entry of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// Its number; numbers follow each other without holes.
    pub(crate) seq: u64,
    /// The check value over this and all changes before it, 16 hexadecimal digits.
    pub(crate) chain: String,
    /// What changed.
    pub(crate) kind: ChangeKind,
    /// The fact, event or camera; the first thing of a catalogue change.
    pub(crate) id: String,
    /// When the hub came to know of it.
    pub(crate) known_at: UtcMillis,
    /// The fact, event or camera as JSON text.
    pub(crate) body: String,
    /// For a fact the JSON object `{"desk","conflict_with","holds"}`, empty for all else.
    pub(crate) meta: String,
}

/// What a change is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ChangeKind {
    /// Something that a person did.
    Fact,
    /// An event, as it is after the change.
    Event,
    /// A camera, as it is after the change.
    Camera,
    /// Things that were created or changed.
    Catalogue,
}

impl ChangeKind {
    /// Every kind.
    pub(crate) const ALL: [Self; 4] = [Self::Fact, Self::Event, Self::Camera, Self::Catalogue];

    /// The word used on the wire and in the database.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Fact => "fact",
            Self::Event => "event",
            Self::Camera => "camera",
            Self::Catalogue => "catalogue",
        }
    }

    /// The kind spelt `word`.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// A fact as the hub keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredFact {
    /// The number of its change.
    pub(crate) seq: u64,
    /// The desk at which it was done.
    pub(crate) desk: String,
    /// What it is about.
    pub(crate) object: String,
    /// Its identity, chosen by the desk.
    pub(crate) id: String,
    /// The moment that counts when two facts disagree.
    pub(crate) ordered_at: UtcMillis,
    /// The whole fact as JSON text.
    pub(crate) body: String,
}

/// What is written in one transaction.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Append {
    /// The new changes, in order.
    pub(crate) changes: Vec<Change>,
    /// The facts among them.
    pub(crate) facts: Vec<StoredFact>,
    /// Events to be written: identity, when the hub came to know of this version, the event.
    pub(crate) events: Vec<(String, UtcMillis, Value)>,
}

/// A database that can hold a ledger.
pub(crate) trait LedgerStore: Send + Sync {
    /// Where the ledger stands.
    fn head(&self) -> impl Future<Output = Result<Head, HubError>> + Send;

    /// The check value of change `seq`; the epoch for 0; nothing beyond the newest.
    fn chain_at(&self, seq: u64) -> impl Future<Output = Result<Option<String>, HubError>> + Send;

    /// Up to `limit` changes after number `after`, oldest first, of the `kinds` named.
    fn changes(
        &self,
        after: u64,
        limit: usize,
        kinds: &[ChangeKind],
    ) -> impl Future<Output = Result<Vec<Change>, HubError>> + Send;

    /// The fact with this identity.
    fn fact(&self, id: &str) -> impl Future<Output = Result<Option<StoredFact>, HubError>> + Send;

    /// All facts about `object`, in any order.
    fn facts_of(
        &self,
        object: &str,
    ) -> impl Future<Output = Result<Vec<StoredFact>, HubError>> + Send;

    /// The event as it stands.
    fn event(&self, id: &str) -> impl Future<Output = Result<Option<Value>, HubError>> + Send;

    /// Appends when the head is still `expected` (number and check value); false when somebody was faster: read again
    /// and try again.
    fn append(
        &self,
        expected: &Head,
        append: &Append,
    ) -> impl Future<Output = Result<bool, HubError>> + Send;
}

impl<S: LedgerStore> LedgerStore for std::sync::Arc<S> {
    fn head(&self) -> impl Future<Output = Result<Head, HubError>> + Send {
        S::head(self)
    }

    fn chain_at(&self, seq: u64) -> impl Future<Output = Result<Option<String>, HubError>> + Send {
        S::chain_at(self, seq)
    }

    fn changes(
        &self,
        after: u64,
        limit: usize,
        kinds: &[ChangeKind],
    ) -> impl Future<Output = Result<Vec<Change>, HubError>> + Send {
        S::changes(self, after, limit, kinds)
    }

    fn fact(&self, id: &str) -> impl Future<Output = Result<Option<StoredFact>, HubError>> + Send {
        S::fact(self, id)
    }

    fn facts_of(
        &self,
        object: &str,
    ) -> impl Future<Output = Result<Vec<StoredFact>, HubError>> + Send {
        S::facts_of(self, object)
    }

    fn event(&self, id: &str) -> impl Future<Output = Result<Option<Value>, HubError>> + Send {
        S::event(self, id)
    }

    fn append(
        &self,
        expected: &Head,
        append: &Append,
    ) -> impl Future<Output = Result<bool, HubError>> + Send {
        S::append(self, expected, append)
    }
}
