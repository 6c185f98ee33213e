//! One page of a collection, as every reader of pages gives it.

use crate::{Rejection, json};
use serde_json::Value;

/// One page of a collection.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    /// What could be used.
    pub items: Vec<T>,
    /// What could not.
    pub rejected: Vec<Rejection>,
    /// What is worth knowing about what could be used; each reason once.
    pub notes: Vec<Rejection>,
    /// How many entries the page had, usable or not.
    pub entries: u64,
    /// How many entries the collection has, when the server counted (`@iot.count`).
    pub count: Option<u64>,
    /// Where the next page is (`@iot.nextLink`), as the server spells it.
    pub next: Option<String>,
}

/// How many different notes a page may bring.
const MAX_NOTES: usize = 20;

/// What is worth knowing about what could be used, each reason once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Notes(pub(crate) Vec<Rejection>);

impl Notes {
    /// Notes `reason` at `place`, unless it was noted before.
    pub(crate) fn tell(&mut self, place: &str, reason: &str) {
        if self.0.len() < MAX_NOTES && self.0.iter().all(|note| note.reason != reason) {
            self.0.push(Rejection::new(place, reason));
        }
    }
}

/// What reading one entry adds to its page.
pub(super) struct Reading<T> {
    pub(super) items: Vec<T>,
    pub(super) rejected: Vec<Rejection>,
    pub(super) notes: Notes,
    pub(super) entries: u64,
}

/// Reads the collection in `bytes`: `read` adds what one entry is, or says why it is nothing.
pub(super) fn page_of<T>(
    bytes: &[u8],
    mut read: impl FnMut(&Value, &str, &mut Reading<T>) -> Result<(), Rejection>,
) -> Result<Page<T>, Rejection> {
    let value = json::parse(bytes)?;
    let entries = json::list(&value, "value", "$")?;
    let mut reading = Reading {
        items: Vec::with_capacity(entries.len()),
        rejected: Vec::new(),
        notes: Notes::default(),
        entries: entries.len() as u64,
    };
    for (index, entry) in entries.iter().enumerate() {
        if let Err(rejection) = read(entry, &format!("$.value[{index}]"), &mut reading) {
            reading.rejected.push(rejection);
        }
    }
    Ok(Page {
        items: reading.items,
        rejected: reading.rejected,
        notes: reading.notes.0,
        entries: reading.entries,
        count: value.get("@iot.count").and_then(count_of),
        next: value.get("@iot.nextLink").and_then(next_of),
    })
}

/// How many entries the collection has; some servers write the number as text.
pub(super) fn count_of(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// Where the next page is; an empty text counts as none.
pub(super) fn next_of(value: &Value) -> Option<String> {
    value
        .as_str()
        .filter(|link| !link.is_empty())
        .map(str::to_owned)
}
