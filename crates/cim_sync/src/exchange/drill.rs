//! A desk in memory, for drills: an [`Exchange`] and what its host keeps. The network between it and a hub is the
//! drill's own: in memory, over a simulated network, or over HTTP.

use super::digest::sha256_hex;
use super::{
    Cursor, Exchange, ExchangeSettings, Gap, MinuteDigest, OutboundFact, Outcome, RemoteFact,
    Saved, Told, Verdict,
};
use cim_model::{UtcMillis, minute_of};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A desk in memory.
#[derive(Debug)]
pub struct DrillDesk {
    /// What decides.
    pub exchange: Exchange,
    settings: ExchangeSettings,
    cursor: Cursor,
    restoring: bool,
    queued: Vec<OutboundFact>,
    facts: BTreeMap<String, RemoteFact>,
    events: BTreeMap<String, Value>,
    /// Observations by moment and series.
    history: BTreeMap<(UtcMillis, String), f64>,
    sure_until: Option<UtcMillis>,
    /// What was told of gaps, in order.
    pub gaps: Vec<Gap>,
    /// Facts of ours that the hub refused.
    pub refused: Vec<Outcome>,
    /// Conflicts that a person was shown: the fact, and the other versions.
    pub conflicts: Vec<(String, Vec<String>)>,
    /// What went wrong on the way.
    pub troubles: Vec<String>,
}

impl DrillDesk {
    /// A new desk that exchanges facts and changes; observations are not compared.
    pub fn new(desk: &str, seed: u64) -> Self {
        let mut settings = ExchangeSettings::of(desk, seed);
        settings.compares_observations = false;
        settings.changes_at_once = 7;
        Self {
            exchange: Exchange::new(settings.clone(), Saved::default()),
            settings,
            cursor: Cursor::default(),
            restoring: false,
            queued: Vec::new(),
            facts: BTreeMap::new(),
            events: BTreeMap::new(),
            history: BTreeMap::new(),
            sure_until: None,
            gaps: Vec::new(),
            refused: Vec::new(),
            conflicts: Vec::new(),
            troubles: Vec::new(),
        }
    }

    /// A new desk that compares its observations with the hub's too.
    pub fn comparing(desk: &str, seed: u64) -> Self {
        let mut drill = Self::new(desk, seed);
        drill.settings.compares_observations = true;
        drill.exchange = Exchange::new(drill.settings.clone(), Saved::default());
        drill
    }

    /// Identity of the desk.
    pub fn name(&self) -> &str {
        &self.settings.desk
    }

    /// A person does something: it is kept first, then sent.
    pub fn act(&mut self, fact: OutboundFact) {
        self.queued.push(fact.clone());
        self.exchange.queue(fact);
    }

    /// The event as this desk knows it.
    pub fn event(&self, id: &str) -> Option<&Value> {
        self.events.get(id)
    }

    /// The fact as this desk has it from the hub.
    pub fn fact(&self, id: &str) -> Option<&RemoteFact> {
        self.facts.get(id)
    }

    /// An observation arrived. The same one may arrive again.
    pub fn observe(&mut self, series: &str, happened_at: UtcMillis, value: f64) {
        self.history.insert((happened_at, series.to_owned()), value);
    }

    /// The observations that arrived, by moment: series, moment, value.
    pub fn observations(&self) -> impl Iterator<Item = (&str, UtcMillis, f64)> {
        let entries = self.history.iter();
        entries.map(|((moment, series), value)| (series.as_str(), *moment, *value))
    }

    /// Whether this observation arrived.
    pub fn observed(&self, series: &str, happened_at: UtcMillis) -> Option<f64> {
        let key = (happened_at, series.to_owned());
        self.history.get(&key).copied()
    }

    /// Up to where the observations were compared with the hub's.
    pub fn compared(&self) -> Option<UtcMillis> {
        self.sure_until
    }

    /// The number of the newest change that the desk has read; what an author at it has seen.
    pub fn seen(&self) -> u64 {
        self.cursor.seq
    }

    /// The program ends and starts again with what it kept. It is not connected then.
    pub fn restart(&mut self) {
        let beyond = self.facts.values().filter(|fact| {
            fact.desk == self.settings.desk && !self.restoring && fact.seq > self.cursor.seq
        });
        let saved = Saved {
            cursor: self.cursor.clone(),
            queued: self.queued.clone(),
            accepted: beyond.map(|fact| (fact.fact.clone(), fact.seq)).collect(),
            sure_until: self.sure_until,
            restoring: self.restoring,
        };
        self.exchange = Exchange::new(self.settings.clone(), saved);
    }

    /// Does what was told, in order.
    pub fn take(&mut self, told: Vec<Told>, now: UtcMillis) {
        for told in told {
            match told {
                Told::Facts(facts) => {
                    for fact in facts {
                        self.queued.retain(|queued| queued.id != fact.fact.id);
                        let shown = (fact.fact.id.clone(), fact.conflict_with.clone());
                        self.conflicts
                            .extend((!fact.conflict_with.is_empty()).then_some(shown));
                        self.facts.insert(fact.fact.id.clone(), fact);
                    }
                }
                Told::Events(events) => {
                    let named = events.into_iter().filter_map(|event| {
                        let id = event.get("id").and_then(Value::as_str)?.to_owned();
                        Some((id, event))
                    });
                    self.events.extend(named);
                }
                Told::Outcomes(outcomes) => self.keep(outcomes),
                Told::Requeued(ids) => {
                    for id in ids {
                        let fact = self.facts.remove(&id);
                        self.queued.extend(fact.map(|fact| fact.fact));
                    }
                }
                Told::Cursor(cursor) => self.cursor = cursor,
                Told::HubRestored { .. } => {
                    self.restoring = true;
                    self.events.clear();
                }
                Told::NeedHeld => {
                    let held = self.facts.values().cloned().collect();
                    let told = self.exchange.held(held);
                    self.take(told, now);
                }
                Told::GivenBack => self.restoring = false,
                Told::Trouble { what, reason } => self.troubles.push(format!("{what}: {reason}")),
                Told::NeedLocalDigest { from, until } => {
                    let digests = self.digests(from, until);
                    let told = self.exchange.local_digest(&digests, now);
                    self.take(told, now);
                }
                Told::Gap(gap) => self.gaps.push(gap),
                Told::SureUntil(moment) => self.sure_until = Some(moment),
                Told::Cameras(_) | Told::CatalogueChanged(_) => {}
            }
        }
    }

    /// SHA-256 over all events and all facts that the hub has, in order of their identities, without numbers and moments
    /// of arrival: the same as the hub's when both are in step.
    pub fn state_hash(&self) -> String {
        let mut text = String::new();
        for (id, event) in &self.events {
            let mut event = event.clone();
            if let Some(fields) = event.as_object_mut() {
                fields.remove("known_at");
            }
            text.extend([id.as_str(), "\n", &event.to_string(), "\n"]);
        }
        text.push('\n');
        for (id, remote) in &self.facts {
            let fact = &remote.fact;
            let body: Value = serde_json::from_str(&fact.body).unwrap_or_default();
            let fact = json!({
                "id": fact.id, "object": fact.object, "verb": fact.verb, "author": fact.author,
                "happened_at": moment(fact.happened_at), "known_at": moment(fact.known_at),
                "cause": fact.cause, "body": body
            })
            .to_string();
            text.extend([id.as_str(), "\n", &remote.desk, "\n", &fact, "\n"]);
        }
        sha256_hex(text.as_bytes())
    }

    fn digests(&self, from: UtcMillis, until: UtcMillis) -> Vec<MinuteDigest> {
        let mut minutes: BTreeMap<UtcMillis, MinuteDigest> = BTreeMap::new();
        let stretch = (from, String::new())..(until, String::new());
        for (moment, series) in self.history.range(stretch).map(|(key, _)| key) {
            let at = minute_of(*moment);
            let minute = minutes.entry(at);
            let minute = minute.or_insert_with(|| MinuteDigest::empty(at));
            minute.add(series, *moment);
        }
        minutes.into_values().collect()
    }

    fn keep(&mut self, outcomes: Vec<Outcome>) {
        for outcome in outcomes {
            if !outcome.with.is_empty() {
                let others = outcome.with.iter().map(|other| other.fact.id.clone());
                self.conflicts.push((outcome.id.clone(), others.collect()));
            }
            let place = self.queued.iter().position(|fact| fact.id == outcome.id);
            let queued = place.map(|place| self.queued.remove(place));
            match (outcome.verdict, outcome.seq, queued) {
                (Verdict::Refused, _, _) => self.refused.push(outcome),
                (_, Some(seq), Some(fact)) => {
                    let remote = RemoteFact {
                        seq,
                        desk: self.settings.desk.clone(),
                        fact,
                        conflict_with: Vec::new(),
                        holds: outcome.holds,
                    };
                    self.facts.insert(outcome.id, remote);
                }
                (_, Some(seq), None) => {
                    if let Some(fact) = self.facts.get_mut(&outcome.id) {
                        fact.seq = seq;
                    }
                }
                (_, None, queued) => self.queued.extend(queued),
            }
        }
    }
}

fn moment(moment: UtcMillis) -> String {
    let stamp = jiff::Timestamp::from_millisecond(moment.0).unwrap_or_default();
    format!("{stamp:.3}")
}
