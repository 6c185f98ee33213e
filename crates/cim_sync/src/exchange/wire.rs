//! The exchange on the wire: what the hub's doors are asked, and what their answers say.
//!
//! Strict where a wrong word could lose an edit, and bounded everywhere. The text of a change's body is kept letter by
//! letter, because the feed's check values cover it.

use super::{
    Announcement, Answer, Ask, ChangeItem, ChangesPage, FactsAnswer, Failure, OutboundFact,
    Outcome, RemoteFact, Verdict,
};
use super::{MinuteDigest, digest::content_digest};
use crate::iso;
use cim_model::{BUCKETS, UtcMillis};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sonic_rs::LazyValue;

/// The largest JSON answer that is read, in bytes. Observations have a door of their own.
pub const MAX_ANSWER: usize = 64 * 1024 * 1024;
/// Changes, facts or minutes in one answer.
const MAX_ITEMS: usize = 50_000;
/// The longest identity, object, verb or name that is read, in bytes.
const MAX_WORD: usize = 2000;
/// The largest header of a block of observations, in bytes.
const MAX_BLOCK_HEADER: usize = 16 * 1024 * 1024;

/// A request to one of the hub's doors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireRequest {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// The path below the hub's address, with its query.
    pub target: String,
    /// The JSON body of a `POST`; send it with [`content_digest`] in the field `Content-Digest`.
    pub body: Option<String>,
}

/// The request that asks `ask` on behalf of `desk`.
pub fn request_of(ask: &Ask, desk: &str) -> WireRequest {
    let get = |target: String| WireRequest {
        method: "GET",
        target,
        body: None,
    };
    match ask {
        Ask::Facts(facts) => post_facts(desk, facts.iter().map(fact_value).collect()),
        Ask::GiveBack(facts) => {
            let facts = facts.iter().map(|remote| {
                let mut value = fact_value(&remote.fact);
                if let Some(fields) = value.as_object_mut() {
                    fields.insert("desk".to_owned(), remote.desk.as_str().into());
                    fields.insert("conflict_with".to_owned(), json!(remote.conflict_with));
                    fields.insert("base".to_owned(), Value::Null);
                }
                value
            });
            post_facts(desk, facts.collect())
        }
        Ask::Changes {
            after,
            chain,
            limit,
        } => {
            let chain = escaped(chain);
            get(format!(
                "/api/changes?after={after}&chain={chain}&limit={limit}"
            ))
        }
        Ask::Digests { from, until } => get(format!(
            "/api/digests?from={}&until={}",
            iso::text_of(*from),
            iso::text_of(*until)
        )),
        Ask::Observations {
            from,
            until,
            buckets,
            after,
        } => {
            let listed: Vec<String> = (0..BUCKETS)
                .filter(|bucket| (*buckets >> *bucket) & 1 == 1)
                .map(|bucket| bucket.to_string())
                .collect();
            let after = after.as_deref().map(escaped);
            let after = after.map_or_else(String::new, |after| format!("&after={after}"));
            get(format!(
                "/api/observations?from={}&until={}&buckets={}{after}&limit=200000",
                iso::text_of(*from),
                iso::text_of(*until),
                listed.join(",")
            ))
        }
    }
}

/// What the hub answered to `ask`: HTTP status, the field `Content-Digest` when there was one, the body.
pub fn answer_of(
    ask: &Ask,
    status: u16,
    digest: Option<&str>,
    body: &[u8],
) -> Result<Answer, Failure> {
    let checks = |member: &str| !member.starts_with("sha-256=") || member == content_digest(body);
    if let Some(field) = digest
        && !field.split(',').map(str::trim).all(checks)
    {
        return Err(Failure::Broken(
            "the body is not what its Content-Digest says".to_owned(),
        ));
    }
    if status == 409 && matches!(ask, Ask::Changes { .. }) {
        return restored(body).map_err(Failure::Broken);
    }
    if status != 200 {
        let reason = serde_json::from_slice::<Value>(body).ok();
        let reason = reason.as_ref().and_then(|value| value.get("reason"));
        let reason = reason.and_then(Value::as_str).unwrap_or("no reason given");
        let reason = reason.chars().take(500).collect();
        return Err(Failure::Refused(status, reason));
    }
    let answer = match ask {
        Ask::Observations { .. } => observations(body),
        _ if body.len() > MAX_ANSWER => Err(format!("{} bytes are too many", body.len())),
        Ask::Facts(_) | Ask::GiveBack(_) => facts(body).map(Answer::Facts),
        Ask::Changes { .. } => changes(body).map(Answer::Changes),
        Ask::Digests { .. } => digests(body).map(Answer::Digests),
    };
    answer.map_err(Failure::Broken)
}

/// Reads a message of `citymirror/changes`.
pub fn announcement_of(payload: &[u8]) -> Result<Announcement, String> {
    #[derive(Deserialize)]
    struct Wire<'a> {
        epoch: String,
        prev: u64,
        #[serde(default)]
        chain: String,
        seq: u64,
        kind: String,
        id: String,
        #[serde(borrow)]
        body: LazyValue<'a>,
        #[serde(default)]
        desk: String,
        #[serde(default)]
        conflict_with: Vec<String>,
        #[serde(default)]
        holds: bool,
    }
    let wire: Wire<'_> =
        sonic_rs::from_slice(payload).map_err(|err| format!("not an announced change: {err}"))?;
    let item = ChangeItem {
        seq: wire.seq,
        kind: wire.kind,
        id: wire.id,
        body: wire.body.as_raw_str().to_owned(),
        desk: wire.desk,
        conflict_with: wire.conflict_with,
        holds: wire.holds,
    };
    Ok(Announcement {
        epoch: wire.epoch,
        prev: wire.prev,
        chain: wire.chain,
        item,
    })
}

/// The fact in a change of the feed.
pub(super) fn fact_of(item: &ChangeItem) -> Result<RemoteFact, String> {
    let fact = read_fact(&item.body)?;
    if fact.id != item.id {
        return Err(format!("the fact inside is {}", fact.id));
    }
    Ok(RemoteFact {
        seq: item.seq,
        desk: item.desk.clone(),
        fact,
        conflict_with: item.conflict_with.clone(),
        holds: item.holds,
    })
}

fn post_facts(desk: &str, facts: Vec<Value>) -> WireRequest {
    WireRequest {
        method: "POST",
        target: "/api/facts".to_owned(),
        body: Some(json!({ "desk": desk, "facts": facts }).to_string()),
    }
}

fn fact_value(fact: &OutboundFact) -> Value {
    // A body that is no JSON goes out as text: the hub refuses this fact by name, and the others are taken.
    let body = serde_json::from_str(&fact.body).unwrap_or_else(|_| json!(fact.body));
    json!({
        "id": fact.id, "object": fact.object, "verb": fact.verb, "author": fact.author,
        "happened_at": iso::text_of(fact.happened_at), "known_at": iso::text_of(fact.known_at),
        "cause": fact.cause, "body": body, "base": fact.base
    })
}

/// Percent-encodes all but letters, digits and `-._~` (RFC 3986, section 2.3).
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            let digit = |half: u8| {
                let digit = char::from_digit(u32::from(half), 16);
                digit.unwrap_or('0').to_ascii_uppercase()
            };
            escaped.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
    escaped
}

#[derive(Deserialize)]
struct FactWire<'a> {
    id: String,
    object: String,
    verb: String,
    author: String,
    happened_at: String,
    known_at: String,
    #[serde(default)]
    cause: String,
    #[serde(borrow)]
    body: LazyValue<'a>,
    #[serde(default)]
    base: Option<u64>,
}

fn read_fact(text: &str) -> Result<OutboundFact, String> {
    let wire: FactWire<'_> = sonic_rs::from_str(text).map_err(|err| format!("no fact: {err}"))?;
    for (key, word) in [
        ("id", &wire.id),
        ("object", &wire.object),
        ("verb", &wire.verb),
        ("author", &wire.author),
    ] {
        if word.is_empty() || word.len() > MAX_WORD {
            return Err(format!(
                "{key}: a text of up to {MAX_WORD} bytes is expected"
            ));
        }
    }
    let moment = |key: &str, text: &str| {
        iso::moment_of(text).ok_or_else(|| format!("{key}: a moment is expected"))
    };
    let body = wire.body.as_raw_str();
    let object: Result<Map<String, Value>, _> = serde_json::from_str(body);
    object.map_err(|err| format!("body: no JSON object: {err}"))?;
    Ok(OutboundFact {
        happened_at: moment("happened_at", &wire.happened_at)?,
        known_at: moment("known_at", &wire.known_at)?,
        id: wire.id,
        object: wire.object,
        verb: wire.verb,
        author: wire.author,
        cause: wire.cause,
        body: body.to_owned(),
        base: wire.base,
    })
}

fn changes(body: &[u8]) -> Result<ChangesPage, String> {
    #[derive(Deserialize)]
    struct Item<'a> {
        seq: u64,
        kind: String,
        id: String,
        #[serde(borrow)]
        body: LazyValue<'a>,
        #[serde(default)]
        desk: String,
        #[serde(default)]
        conflict_with: Vec<String>,
        #[serde(default)]
        holds: bool,
    }
    #[derive(Deserialize)]
    struct Page<'a> {
        epoch: String,
        #[serde(borrow)]
        items: Vec<Item<'a>>,
        seq: u64,
        chain: String,
        newest: u64,
    }
    let page: Page<'_> =
        sonic_rs::from_slice(body).map_err(|err| format!("no page of changes: {err}"))?;
    if page.epoch.is_empty() || page.items.len() > MAX_ITEMS {
        return Err("a page of changes has an epoch and a bounded number of items".to_owned());
    }
    let items = page.items.into_iter().map(|item| ChangeItem {
        seq: item.seq,
        kind: item.kind,
        id: item.id,
        body: item.body.as_raw_str().to_owned(),
        desk: item.desk,
        conflict_with: item.conflict_with,
        holds: item.holds,
    });
    Ok(ChangesPage {
        epoch: page.epoch,
        items: items.collect(),
        seq: page.seq,
        chain: page.chain,
        newest: page.newest,
    })
}

fn restored(body: &[u8]) -> Result<Answer, String> {
    #[derive(Deserialize)]
    struct Wire {
        reason: String,
        epoch: String,
        newest: u64,
        common: Option<u64>,
    }
    let wire: Wire = serde_json::from_slice(body).map_err(|err| err.to_string())?;
    if wire.reason != "restored" || wire.epoch.is_empty() {
        return Err(format!(
            "a conflict that is no restored hub: {}",
            wire.reason
        ));
    }
    Ok(Answer::Restored {
        epoch: wire.epoch,
        newest: wire.newest,
        common: wire.common,
    })
}

fn facts(body: &[u8]) -> Result<FactsAnswer, String> {
    #[derive(Deserialize)]
    struct Entry<'a> {
        seq: u64,
        desk: String,
        #[serde(borrow)]
        fact: LazyValue<'a>,
        #[serde(default)]
        conflict_with: Vec<String>,
        #[serde(default)]
        holds: bool,
    }
    #[derive(Deserialize)]
    struct Item<'a> {
        id: String,
        verdict: String,
        seq: Option<u64>,
        #[serde(default)]
        reason: String,
        #[serde(borrow, default)]
        with: Vec<Entry<'a>>,
        #[serde(default)]
        holds: bool,
    }
    #[derive(Deserialize)]
    struct Wire<'a> {
        epoch: String,
        newest: u64,
        #[serde(borrow)]
        items: Vec<Item<'a>>,
    }
    let wire: Wire<'_> =
        sonic_rs::from_slice(body).map_err(|err| format!("no answer to facts: {err}"))?;
    let outcome = |item: Item<'_>| -> Result<Outcome, String> {
        let verdict = Verdict::from_word(&item.verdict)
            .ok_or_else(|| format!("{}: there is no verdict {:?}", item.id, item.verdict))?;
        if item.seq.is_none() != (verdict == Verdict::Refused) {
            return Err(format!("{}: what is kept has a number", item.id));
        }
        let mut with = Vec::with_capacity(item.with.len());
        for other in item.with {
            with.push(RemoteFact {
                seq: other.seq,
                desk: other.desk,
                fact: read_fact(other.fact.as_raw_str())?,
                conflict_with: other.conflict_with,
                holds: other.holds,
            });
        }
        Ok(Outcome {
            id: item.id,
            verdict,
            seq: item.seq,
            reason: item.reason,
            with,
            holds: item.holds,
        })
    };
    let items: Result<Vec<Outcome>, String> = wire.items.into_iter().map(outcome).collect();
    Ok(FactsAnswer {
        epoch: wire.epoch,
        newest: wire.newest,
        items: items?,
    })
}

fn digests(body: &[u8]) -> Result<Vec<MinuteDigest>, String> {
    #[derive(Deserialize)]
    struct Minute {
        at: i64,
        #[serde(default)]
        thinned: bool,
        n: Vec<u32>,
        x: Vec<String>,
    }
    #[derive(Deserialize)]
    struct Wire {
        step_s: u32,
        buckets: usize,
        minutes: Vec<Minute>,
    }
    let wire: Wire = sonic_rs::from_slice(body).map_err(|err| format!("no digests: {err}"))?;
    if wire.step_s != 60 || wire.buckets != BUCKETS || wire.minutes.len() > MAX_ITEMS {
        return Err("digests of minutes in 64 buckets are expected".to_owned());
    }
    let minute = |minute: Minute| -> Result<MinuteDigest, String> {
        let wrong = || format!("the minute at {} has not 64 counts and hashes", minute.at);
        let x: Option<Vec<u64>> = minute
            .x
            .iter()
            .map(|text| u64::from_str_radix(text, 16).ok())
            .collect();
        let n: Option<[u32; BUCKETS]> = minute.n.as_slice().try_into().ok();
        let x: Option<[u64; BUCKETS]> = x.and_then(|x| x.as_slice().try_into().ok());
        Ok(MinuteDigest {
            at: UtcMillis(minute.at),
            thinned: minute.thinned,
            n: n.ok_or_else(wrong)?,
            x: x.ok_or_else(wrong)?,
        })
    };
    wire.minutes.into_iter().map(minute).collect()
}

/// The head of a block of observations; its columns go to the history unread.
fn observations(body: &[u8]) -> Result<Answer, String> {
    #[derive(Deserialize)]
    struct Header {
        count: u64,
        next: Option<String>,
    }
    let rest = body
        .strip_prefix(b"CMO1")
        .ok_or("no block of observations")?;
    let (length, rest) = rest.split_first_chunk::<4>().ok_or("a cut block")?;
    let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
    let header = rest
        .get(..length)
        .filter(|header| header.len() <= MAX_BLOCK_HEADER)
        .ok_or("a cut block")?;
    let header: Header = serde_json::from_slice(header).map_err(|err| err.to_string())?;
    Ok(Answer::Observations {
        rows: header.count,
        next: header.next,
    })
}

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;
