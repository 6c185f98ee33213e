//! Facts that wait for the hub: in order per object, many objects at once, and none that keeps the others back.

use super::{OutboundFact, RemoteFact};
use crate::backoff::{Backoff, Dice};
use cim_model::UtcMillis;
use std::collections::{BTreeMap, VecDeque};

/// Facts in one request.
const MAX_FACTS: usize = 200;
/// Bytes in one request, roughly; the hub takes a mebibyte.
const MAX_BYTES: usize = 800 * 1024;
/// What a fact's other fields and its punctuation may take beside its texts, in bytes.
const FACT_OVERHEAD: usize = 256;

/// Facts that wait.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    entries: BTreeMap<u64, Entry>,
    /// Per identity where it stands in `entries`.
    places: BTreeMap<String, u64>,
    /// Per object its facts, oldest first.
    objects: BTreeMap<String, VecDeque<u64>>,
    next_place: u64,
    /// Parts of refused requests, each to be sent for itself until the fact that spoils it is alone.
    parts: VecDeque<Vec<String>>,
}

#[derive(Debug)]
struct Entry {
    fact: RemoteFact,
    failed: u32,
    not_before: UtcMillis,
}

impl Outbox {
    /// Adds a fact at the end; false when it waits already.
    pub(super) fn push(&mut self, fact: RemoteFact) -> bool {
        if self.places.contains_key(&fact.fact.id) {
            return false;
        }
        let place = self.next_place;
        self.next_place += 1;
        self.places.insert(fact.fact.id.clone(), place);
        let object = fact.fact.object.clone();
        self.objects.entry(object).or_default().push_back(place);
        let entry = Entry {
            fact,
            failed: 0,
            not_before: UtcMillis(i64::MIN),
        };
        self.entries.insert(place, entry);
        true
    }

    /// The identities of those that wait.
    pub(super) fn ids(&self) -> Vec<String> {
        self.places.keys().cloned().collect()
    }

    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The fact that waits under this identity.
    pub(super) fn get(&self, id: &str) -> Option<&RemoteFact> {
        let entry = self.entries.get(self.places.get(id)?)?;
        Some(&entry.fact)
    }

    /// Takes a fact out: it is done, or given up.
    pub(super) fn remove(&mut self, id: &str) -> Option<RemoteFact> {
        let place = self.places.remove(id)?;
        let entry = self.entries.remove(&place)?;
        let object = &entry.fact.fact.object;
        if let Some(places) = self.objects.get_mut(object) {
            places.retain(|other| *other != place);
            if places.is_empty() {
                self.objects.remove(object);
            }
        }
        Some(entry.fact)
    }

    /// When something can be sent: `None` when nothing waits.
    pub(super) fn due(&self) -> Option<UtcMillis> {
        let moments = self.objects.values().filter_map(|places| {
            let entries = places.iter().filter_map(|place| self.entries.get(place));
            entries.map(|entry| entry.not_before).min()
        });
        moments.min()
    }

    /// What to send now: one fact per object, the oldest that does not wait for its own next attempt.
    pub(super) fn batch(&mut self, now: UtcMillis) -> Vec<RemoteFact> {
        while let Some(ids) = self.parts.pop_front() {
            let part: Vec<RemoteFact> = ids.iter().filter_map(|id| self.get(id)).cloned().collect();
            if !part.is_empty() {
                return part;
            }
        }
        let mut places: Vec<u64> = self
            .objects
            .values()
            .filter_map(|places| {
                let due = |place: &u64| {
                    let entry = self.entries.get(place);
                    entry.is_some_and(|entry| entry.not_before <= now)
                };
                places.iter().copied().find(due)
            })
            .collect();
        places.sort_unstable();
        let mut bytes = 0;
        let mut batch = Vec::new();
        for entry in places.iter().filter_map(|place| self.entries.get(place)) {
            let size = size_of_fact(&entry.fact.fact);
            if batch.len() >= MAX_FACTS {
                break;
            }
            // One that is too large for everybody goes alone, when it is the oldest.
            if batch.is_empty() || bytes + size <= MAX_BYTES {
                bytes += size;
                batch.push(entry.fact.clone());
            }
        }
        batch
    }

    /// A request was refused as a whole: its halves go for themselves. With a single fact: that one.
    pub(super) fn split(&mut self, ids: &[String]) -> Option<String> {
        if let [only] = ids {
            return Some(only.clone());
        }
        let (first, second) = ids.split_at(ids.len() / 2);
        for half in [second, first] {
            if !half.is_empty() {
                self.parts.push_front(half.to_vec());
            }
        }
        None
    }

    /// This fact failed on its own: it waits before it is sent again, and the later ones of its object go before it.
    pub(super) fn delay(&mut self, id: &str, now: UtcMillis, backoff: Backoff, dice: &mut Dice) {
        let place = self.places.get(id);
        if let Some(entry) = place.and_then(|place| self.entries.get_mut(place)) {
            entry.failed += 1;
            entry.not_before = now.plus_seconds(backoff.pause(entry.failed, dice).as_secs_f64());
        }
    }

    /// The hub's numbers mean nothing any more: what an author had seen is forgotten, so that rather too many versions
    /// are shown to a person than too few.
    pub(super) fn forget_bases(&mut self) {
        for entry in self.entries.values_mut() {
            entry.fact.fact.base = None;
        }
    }
}

fn size_of_fact(fact: &OutboundFact) -> usize {
    let texts = [
        &fact.id,
        &fact.object,
        &fact.verb,
        &fact.author,
        &fact.cause,
        &fact.body,
    ];
    FACT_OVERHEAD + texts.iter().map(|text| text.len()).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn fact(id: &str, object: &str) -> RemoteFact {
        RemoteFact {
            seq: 0,
            desk: "east".to_owned(),
            fact: OutboundFact {
                id: id.to_owned(),
                object: object.to_owned(),
                verb: "noted".to_owned(),
                author: "li.wei".to_owned(),
                happened_at: UtcMillis(0),
                known_at: UtcMillis(0),
                cause: String::new(),
                body: "{}".to_owned(),
                base: Some(3),
            },
            conflict_with: Vec::new(),
            holds: true,
        }
    }

    fn outbox(facts: &[(&str, &str)]) -> Outbox {
        let mut outbox = Outbox::default();
        for (id, object) in facts {
            assert!(outbox.push(fact(id, object)), "{id} is new");
        }
        outbox
    }

    #[track_caller]
    fn check_batch(outbox: &mut Outbox, now: i64, expected: &[&str]) {
        let batch = outbox.batch(UtcMillis(now));
        let ids: Vec<&str> = batch.iter().map(|fact| fact.fact.id.as_str()).collect();
        assert_eq!(ids, expected);
    }

    #[test]
    fn one_fact_of_each_object_goes_at_a_time_and_the_oldest_first() {
        let mut outbox = outbox(&[("1", "b"), ("2", "a"), ("3", "b"), ("4", "c")]);
        assert!(!outbox.push(fact("3", "b")), "it waits already");
        check_batch(&mut outbox, 0, &["1", "2", "4"]);
        assert!(outbox.remove("1").is_some());
        check_batch(&mut outbox, 0, &["2", "3", "4"]);
    }

    #[test]
    fn a_fact_that_fails_lets_the_later_ones_of_its_object_pass() {
        let mut outbox = outbox(&[("1", "a"), ("2", "a")]);
        let backoff = Backoff {
            min: Duration::from_secs(1),
            max: Duration::from_secs(1),
        };
        outbox.delay("1", UtcMillis(0), backoff, &mut Dice::new(1));
        check_batch(&mut outbox, 0, &["2"]);
        check_batch(&mut outbox, 1000, &["1"]);
    }

    #[test]
    fn a_refused_request_is_halved_until_the_fact_that_spoils_it_is_alone() {
        let mut outbox = outbox(&[("1", "a"), ("2", "b"), ("3", "c")]);
        let ids = ["1", "2", "3"].map(str::to_owned);
        assert_eq!(outbox.split(&ids), None);
        check_batch(&mut outbox, 0, &["1"]);
        check_batch(&mut outbox, 0, &["2", "3"]);
        assert_eq!(outbox.split(&ids[2..]), Some("3".to_owned()));
    }

    #[test]
    fn a_request_stays_below_the_limit_of_the_hub() {
        let mut outbox = Outbox::default();
        for index in 0..30 {
            let mut large = fact(&index.to_string(), &index.to_string());
            large.fact.body = "x".repeat(60_000);
            assert!(outbox.push(large), "new");
        }
        let batch = outbox.batch(UtcMillis(0));
        let bytes: usize = batch.iter().map(|fact| size_of_fact(&fact.fact)).sum();
        assert!(bytes <= MAX_BYTES && batch.len() > 10, "{}", batch.len());
    }

    #[test]
    fn what_was_seen_of_another_life_of_the_hub_is_forgotten() {
        let mut outbox = outbox(&[("1", "a")]);
        outbox.forget_bases();
        assert_eq!(outbox.batch(UtcMillis(0))[0].fact.base, None);
    }
}
