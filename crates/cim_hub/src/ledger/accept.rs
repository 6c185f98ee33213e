//! Takes facts in: reads, checks, recognises what it has already, finds conflicts, folds edits into events.
//!
//! One request is drafted against the database and what the request itself adds, then written in one transaction.

use super::fold::{Edit, check_event_changes};
use super::store::{Append, Change, ChangeKind, Head, LedgerStore, StoredFact};
use crate::error::HubError;
use crate::iso::{iso_from_millis, millis_from_iso};
use cim_model::UtcMillis;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The longest identity of a fact, in bytes.
const MAX_ID: usize = 1000;
/// The longest object, verb, author or desk, in bytes.
const MAX_WORD: usize = 500;
/// The largest body of a fact, in bytes of JSON text.
const MAX_BODY: usize = 64 * 1024;
/// How far a desk's clock may run ahead before the hub's own is used, in milliseconds.
const MAX_AHEAD_MS: i64 = 5 * 60 * 1000;
/// 1970-01-01 and 2201-01-01, UTC milliseconds: no fact lies outside.
const TIMES: std::ops::Range<i64> = 0..7_289_654_400_000;
/// Other versions that one answer names.
const MAX_WITH: usize = 20;

/// An edit of an event.
const EVENT_CHANGED: &str = "event_changed";
/// Somebody has seen an alarm.
const ACKNOWLEDGED: &str = "alarm_acknowledged";

/// A fact as it came through the door, checked.
#[derive(Clone, Debug, PartialEq)]
struct NewFact {
    id: String,
    object: String,
    verb: String,
    author: String,
    happened_at: UtcMillis,
    known_at: UtcMillis,
    cause: String,
    body: Map<String, Value>,
    base: Option<u64>,
    /// The desk that it came from, when another one gives it back.
    desk: Option<String>,
    /// What it was in conflict with when it was first accepted, when it is given back.
    conflict_with: Vec<String>,
}

/// What one request adds.
pub(super) struct Draft<'s, S> {
    store: &'s S,
    head: Head,
    append: Append,
    /// Events as they stand after the edits of this draft.
    events: BTreeMap<String, Value>,
}

/// A stored fact, read.
struct Known {
    fact: StoredFact,
    content: Value,
}

impl<'s, S: LedgerStore> Draft<'s, S> {
    pub(super) fn new(store: &'s S, head: Head) -> Self {
        Self {
            store,
            head,
            append: Append::default(),
            events: BTreeMap::new(),
        }
    }

    /// What is to be written, and the newest change after it.
    pub(super) fn finish(self) -> (Append, u64) {
        (self.append, self.head.seq)
    }

    /// Judges one fact and drafts what follows from it; the answer to the desk.
    pub(super) async fn take(
        &mut self,
        desk: &str,
        item: &Value,
        now: UtcMillis,
        stamp: UtcMillis,
    ) -> Result<Value, HubError> {
        let id = item.get("id").and_then(Value::as_str).unwrap_or_default();
        let new = match read_fact(item) {
            Ok(new) => new,
            Err(reason) => return Ok(refused(id, &reason)),
        };
        if let Some(known) = self.fact(&new.id).await? {
            return self.already_known(&new, &known).await;
        }
        let (ordered_at, mut reason) = ordered(new.happened_at, now);
        let others = self.facts_of(&new.object).await?;
        let desk = new.desk.as_deref().unwrap_or(desk);
        let verdict = match new.verb.as_str() {
            EVENT_CHANGED => match self.edit(desk, &new, ordered_at, &others, stamp).await? {
                Ok(verdict) => verdict,
                Err(reason) => return Ok(refused(id, &reason)),
            },
            ACKNOWLEDGED => Judged {
                holds: first_to_acknowledge(&new, ordered_at, &others),
                ..Judged::default()
            },
            _ => Judged {
                holds: true,
                ..Judged::default()
            },
        };
        let conflict_with = verdict.conflict_with(&new);
        if reason.is_empty() && !verdict.holds && new.verb == EVENT_CHANGED {
            "a later version holds".clone_into(&mut reason);
        }
        let text = new.text();
        let meta = json!({ "desk": desk, "conflict_with": conflict_with, "holds": verdict.holds });
        let seq = self.push(
            ChangeKind::Fact,
            &new.id,
            stamp,
            text.clone(),
            meta.to_string(),
        );
        self.append.facts.push(StoredFact {
            seq,
            desk: desk.to_owned(),
            object: new.object.clone(),
            id: new.id.clone(),
            ordered_at,
            body: text,
        });
        if let Some((event, body)) = verdict.event {
            self.push_event(&event, stamp, body);
        }
        let word = if verdict.with.is_empty() {
            "accepted"
        } else {
            "conflict"
        };
        let with: Vec<Value> = verdict.with.into_iter().map(|(_, remote)| remote).collect();
        Ok(json!({
            "id": new.id, "verdict": word, "seq": seq, "reason": reason, "with": with, "holds": verdict.holds
        }))
    }

    /// Judges an edit of an event; the inner error is why it is refused.
    async fn edit(
        &self,
        desk: &str,
        new: &NewFact,
        ordered_at: UtcMillis,
        others: &[Known],
        stamp: UtcMillis,
    ) -> Result<Result<Judged, String>, HubError> {
        let Some(event_id) = new.object.strip_prefix("event:") else {
            return Ok(Err(format!(
                "object: event:ID is expected for {EVENT_CHANGED}"
            )));
        };
        let Some(changes) = new.body.get("changes").and_then(Value::as_object) else {
            return Ok(Err("body.changes: an object is expected".to_owned()));
        };
        if let Err(reason) = check_event_changes(changes) {
            return Ok(Err(reason));
        }
        let before = match self.events.get(event_id) {
            Some(event) => Some(event.clone()),
            None => self.store.event(event_id).await?,
        };
        let Some(Value::Object(mut event)) = before else {
            return Ok(Err(format!("object: no such event: {event_id}")));
        };
        let edit = Edit {
            id: new.id.clone(),
            desk: desk.to_owned(),
            author: new.author.clone(),
            ordered_at,
            seq: self.head.seq + 1,
            changes: changes.clone(),
        };
        let others: Vec<(Edit, &Known)> = others
            .iter()
            .filter_map(|known| Some((edit_of(known)?, known)))
            .collect();
        let edits: Vec<Edit> = others.iter().map(|(edit, _)| edit.clone()).collect();
        let mut changed = false;
        for (field, value) in edit.fields_that_hold(&edits) {
            changed |= event.get(field) != Some(value);
            event.insert(field.to_owned(), value.clone());
        }
        event.insert("known_at".to_owned(), iso_from_millis(stamp).into());
        // What is given back was judged when it was new; only what it was in conflict with then counts.
        let conflicts = if new.desk.is_some() {
            Vec::new()
        } else {
            edit.conflicts(new.base, &edits)
        };
        let with = conflicts
            .into_iter()
            .take(MAX_WITH)
            .filter_map(|theirs| {
                let (_, known) = others.iter().find(|(other, _)| other.id == theirs.id)?;
                let mut rest: Vec<Edit> = edits
                    .iter()
                    .filter(|other| other.id != theirs.id)
                    .cloned()
                    .collect();
                rest.push(edit.clone());
                let remote = remote(known, std::slice::from_ref(&new.id), theirs.holds(&rest));
                Some((theirs.id.clone(), remote))
            })
            .collect();
        Ok(Ok(Judged {
            holds: edit.holds(&edits),
            with,
            event: changed.then(|| (event_id.to_owned(), Value::Object(event))),
        }))
    }

    /// The answer to a fact that the hub has already: the same as the first time, as far as the desk needs it.
    async fn already_known(&self, new: &NewFact, known: &Known) -> Result<Value, HubError> {
        if !new.is(&known.content) {
            return Ok(refused(&new.id, "id: taken by another fact"));
        }
        let seq = known.fact.seq;
        let meta = self.meta_of(seq).await?;
        let ids: Vec<&str> = meta
            .get("conflict_with")
            .and_then(Value::as_array)
            .map(|ids| ids.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default();
        let mut with = Vec::new();
        for id in ids.into_iter().take(MAX_WITH) {
            if let Some(other) = self.fact(id).await? {
                let theirs = self.meta_of(other.fact.seq).await?;
                let holds = theirs.get("holds").and_then(Value::as_bool);
                with.push(remote(
                    &other,
                    std::slice::from_ref(&new.id),
                    holds.unwrap_or(false),
                ));
            }
        }
        let holds = meta.get("holds").and_then(Value::as_bool).unwrap_or(true);
        Ok(json!({
            "id": new.id, "verdict": "known", "seq": seq, "reason": "", "with": with, "holds": holds
        }))
    }

    async fn meta_of(&self, seq: u64) -> Result<Value, HubError> {
        let drafted = self.append.changes.iter().find(|change| change.seq == seq);
        let change = if let Some(change) = drafted {
            Some(change.clone())
        } else {
            let changes = self
                .store
                .changes(seq.saturating_sub(1), 1, &ChangeKind::ALL)
                .await?;
            changes.into_iter().find(|change| change.seq == seq)
        };
        Ok(change
            .and_then(|change| serde_json::from_str(&change.meta).ok())
            .unwrap_or_default())
    }

    fn push(
        &mut self,
        kind: ChangeKind,
        id: &str,
        moment: UtcMillis,
        body: String,
        meta: String,
    ) -> u64 {
        let change: Change = self.head.next(kind, id, moment, body, meta);
        self.head.seq = change.seq;
        self.head.chain.clone_from(&change.chain);
        self.append.changes.push(change);
        self.head.seq
    }

    /// Drafts the new version of an event; an earlier one of this draft is not written any more.
    fn push_event(&mut self, id: &str, moment: UtcMillis, body: Value) {
        let text = body.to_string();
        self.push(ChangeKind::Event, id, moment, text, String::new());
        self.append.events.retain(|(other, _, _)| other != id);
        let row = (id.to_owned(), moment, body.clone());
        self.append.events.push(row);
        self.events.insert(id.to_owned(), body);
    }

    async fn fact(&self, id: &str) -> Result<Option<Known>, HubError> {
        let drafted = self.append.facts.iter().find(|fact| fact.id == id);
        let fact = match drafted {
            Some(fact) => Some(fact.clone()),
            None => self.store.fact(id).await?,
        };
        Ok(fact.map(Known::from))
    }

    async fn facts_of(&self, object: &str) -> Result<Vec<Known>, HubError> {
        let mut facts = self.store.facts_of(object).await?;
        let drafted = self.append.facts.iter();
        facts.extend(drafted.filter(|fact| fact.object == object).cloned());
        Ok(facts.into_iter().map(Known::from).collect())
    }
}

impl From<StoredFact> for Known {
    fn from(fact: StoredFact) -> Self {
        let content = serde_json::from_str(&fact.body).unwrap_or_default();
        Self { fact, content }
    }
}

/// What follows from a fact.
#[derive(Default)]
struct Judged {
    holds: bool,
    /// The versions that it is in conflict with: identity, and the fact as the desk reads it.
    with: Vec<(String, Value)>,
    /// The event after the edit, when it changed.
    event: Option<(String, Value)>,
}

impl Judged {
    /// All facts that `new` is in conflict with, those of its first life at the hub too.
    fn conflict_with(&self, new: &NewFact) -> Vec<String> {
        let mut ids: Vec<String> = self.with.iter().map(|(id, _)| id.clone()).collect();
        for id in &new.conflict_with {
            if !ids.contains(id) {
                ids.push(id.clone());
            }
        }
        ids
    }
}

impl NewFact {
    /// The fact as JSON text, always the same for the same fact.
    fn text(&self) -> String {
        json!({
            "id": self.id, "object": self.object, "verb": self.verb, "author": self.author,
            "happened_at": iso_from_millis(self.happened_at), "known_at": iso_from_millis(self.known_at),
            "cause": self.cause, "body": self.body, "base": self.base
        })
        .to_string()
    }

    /// Whether `content` is this fact. What the author had seen and when a desk knew of it may differ: a desk that comes
    /// back to a restored hub has forgotten the one, and a neighbour who gives it back the other.
    fn is(&self, content: &Value) -> bool {
        let text = |key: &str| content.get(key).and_then(Value::as_str).unwrap_or_default();
        text("object") == self.object
            && text("verb") == self.verb
            && text("author") == self.author
            && text("cause") == self.cause
            && text("happened_at") == iso_from_millis(self.happened_at)
            && content
                .get("body")
                .and_then(Value::as_object)
                .is_some_and(|body| same_object(body, &self.body))
    }
}

/// Numbers count as the same when they differ by no more than what printing and reading them can do.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(a), Value::Number(b)) if a != b => match (a.as_f64(), b.as_f64()) {
            (Some(a), Some(b)) => (a - b).abs() <= 4.0 * f64::EPSILON * a.abs().max(b.abs()),
            _ => false,
        },
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => same_object(a, b),
        _ => one == other,
    }
}

fn same_object(one: &Map<String, Value>, other: &Map<String, Value>) -> bool {
    one.len() == other.len()
        && one
            .iter()
            .all(|(key, value)| other.get(key).is_some_and(|theirs| same(value, theirs)))
}

/// The moment that counts for a fact, and what to say when it isn't the one that the desk gave.
fn ordered(happened_at: UtcMillis, now: UtcMillis) -> (UtcMillis, String) {
    let ahead = happened_at.0.saturating_sub(now.0);
    if ahead <= MAX_AHEAD_MS {
        return (happened_at, String::new());
    }
    let reason = format!(
        "happened_at lies {} s ahead of the hub's clock; the moment of arrival counts",
        ahead / 1000
    );
    (now, reason)
}

/// True when nobody answered the same ring of the alarm before.
fn first_to_acknowledge(new: &NewFact, ordered_at: UtcMillis, others: &[Known]) -> bool {
    let (id, object) = (new.id.as_str(), new.object.as_str());
    !others.iter().any(|other| {
        let verb = other.content.get("verb").and_then(Value::as_str);
        let theirs = other.fact.id.as_str();
        verb == Some(ACKNOWLEDGED)
            && ring_of(object, theirs) == ring_of(object, id)
            && (other.fact.ordered_at, theirs) < (ordered_at, id)
    })
}

/// The moment at which an alarm that got worse rang again, as the identity of its acknowledgement names it:
/// `<alarm>#alarm_acknowledged#<moment>`. `None` for the ring with which the alarm began, and for identities of any other form.
fn ring_of(object: &str, id: &str) -> Option<i64> {
    let named = id.strip_prefix(object)?.strip_prefix('#')?;
    let moment = named.strip_prefix(ACKNOWLEDGED)?.strip_prefix('#')?;
    moment.parse().ok()
}

fn edit_of(known: &Known) -> Option<Edit> {
    let text = |key: &str| known.content.get(key).and_then(Value::as_str);
    if text("verb") != Some(EVENT_CHANGED) {
        return None;
    }
    Some(Edit {
        id: known.fact.id.clone(),
        desk: known.fact.desk.clone(),
        author: text("author")?.to_owned(),
        ordered_at: known.fact.ordered_at,
        seq: known.fact.seq,
        changes: known
            .content
            .get("body")?
            .get("changes")?
            .as_object()?
            .clone(),
    })
}

/// A stored fact as another desk reads it.
fn remote(known: &Known, conflict_with: &[String], holds: bool) -> Value {
    json!({
        "seq": known.fact.seq, "desk": known.fact.desk, "fact": known.content,
        "conflict_with": conflict_with, "holds": holds
    })
}

fn refused(id: &str, reason: &str) -> Value {
    json!({
        "id": id, "verdict": "refused", "seq": null, "reason": reason, "with": [], "holds": false
    })
}

fn read_fact(item: &Value) -> Result<NewFact, String> {
    let object = item.as_object().ok_or("a fact is an object")?;
    let text = |key: &str, most: usize| -> Result<String, String> {
        let text = object.get(key).and_then(Value::as_str).unwrap_or_default();
        if text.trim().is_empty() {
            return Err(format!("{key}: a text is expected"));
        }
        within(key, text, most)
    };
    let moment = |key: &str| -> Result<UtcMillis, String> {
        let text = object.get(key).and_then(Value::as_str);
        text.and_then(millis_from_iso)
            .filter(|moment| TIMES.contains(&moment.0))
            .ok_or_else(|| {
                format!(
                    "{key}: a moment like 2026-01-31T08:15:00.000Z from 1970 to 2200 is expected"
                )
            })
    };
    let body = object
        .get("body")
        .and_then(Value::as_object)
        .ok_or("body: an object is expected")?;
    let length = Value::Object(body.clone()).to_string().len();
    if length > MAX_BODY {
        return Err(format!("body: {length} bytes; {MAX_BODY} are allowed"));
    }
    if body.values().any(has_nul) || body.keys().any(|key| key.contains('\0')) {
        return Err("body: the character U+0000 is not allowed".to_owned());
    }
    let base = match object.get("base") {
        None | Some(Value::Null) => None,
        Some(base) => Some(
            base.as_u64()
                .ok_or("base: a number of a change is expected")?,
        ),
    };
    let optional = |key: &str| match object.get(key) {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(text)) => within(key, text, MAX_WORD),
        Some(_) => Err(format!("{key}: a text is expected")),
    };
    Ok(NewFact {
        id: text("id", MAX_ID)?,
        object: text("object", MAX_WORD)?,
        verb: text("verb", MAX_WORD)?,
        author: text("author", MAX_WORD)?,
        happened_at: moment("happened_at")?,
        known_at: moment("known_at")?,
        cause: optional("cause")?,
        body: body.clone(),
        base,
        desk: Some(optional("desk")?).filter(|desk| !desk.is_empty()),
        conflict_with: conflicts_in(object)?,
    })
}

fn conflicts_in(object: &Map<String, Value>) -> Result<Vec<String>, String> {
    let wrong = || "conflict_with: up to 20 identities are expected".to_owned();
    match object.get("conflict_with") {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(ids)) if ids.len() <= MAX_WITH => ids
            .iter()
            .map(|id| match id.as_str() {
                Some(id) if id.len() <= MAX_ID && !id.contains('\0') => Ok(id.to_owned()),
                _ => Err(wrong()),
            })
            .collect(),
        Some(_) => Err(wrong()),
    }
}

fn within(key: &str, text: &str, most: usize) -> Result<String, String> {
    if text.len() > most {
        return Err(format!("{key}: {} bytes; {most} are allowed", text.len()));
    }
    if text.contains('\0') {
        return Err(format!("{key}: the character U+0000 is not allowed"));
    }
    Ok(text.to_owned())
}

fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_nul),
        Value::Object(fields) => fields
            .iter()
            .any(|(key, value)| key.contains('\0') || has_nul(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}
