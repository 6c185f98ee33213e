//! How a desk and its hub stay in step: what people did goes out, what changed comes in, and what is missing is found.
//!
//! [`Exchange`] decides and does no input or output: its host asks [`Exchange::next`] what to ask the hub, asks it, and
//! hands the answer to [`Exchange::answered`], which tells what to keep. Time comes in with each call, so that a day of
//! broken connections is a test of milliseconds. `docs/decisions/0017-exchange.md` gives the reasons.

mod digest;
pub mod drill;
mod feed;
mod gaps;
mod outbox;
mod types;
pub mod wire;

#[cfg(test)]
mod tests;

pub use cim_model::{MINUTE_MS, MinuteDigest};
pub use digest::content_digest;
pub use gaps::TimeGaps;
pub use types::{
    Announcement, Answer, Ask, AskId, ChangeItem, ChangesPage, Cursor, FactsAnswer, Failure, Gap,
    GapState, OutboundFact, Outcome, Presence, RemoteFact, SharedView, Told, Verdict,
};

use crate::backoff::{Backoff, Dice};
use cim_model::UtcMillis;
use feed::{Feed, Read};
use gaps::GapFinder;
use outbox::Outbox;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Failures of one request, on the hub's side, before it is taken apart.
const FAILURES_BEFORE_SPLIT: u32 = 3;

/// How an [`Exchange`] behaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExchangeSettings {
    /// Identity of this desk.
    pub desk: String,
    /// For the jitter of pauses; another one at each desk.
    pub seed: u64,
    /// Pauses between attempts.
    pub backoff: Backoff,
    /// How often the feed is asked when nothing was announced.
    pub poll: Duration,
    /// Changes asked for at a time.
    pub changes_at_once: usize,
    /// Whether the hub has digests: then observations are compared with it.
    pub compares_observations: bool,
}

impl ExchangeSettings {
    /// The usual behaviour of `desk`.
    pub fn of(desk: &str, seed: u64) -> Self {
        Self {
            desk: desk.to_owned(),
            seed,
            backoff: Backoff {
                min: Duration::from_millis(500),
                max: Duration::from_secs(30),
            },
            poll: Duration::from_mins(1),
            changes_at_once: 1000,
            compares_observations: true,
        }
    }
}

/// What the desk remembers over a restart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Saved {
    /// The last cursor told.
    pub cursor: Cursor,
    /// Facts that the hub has not answered for, oldest first.
    pub queued: Vec<OutboundFact>,
    /// Facts of ours with the number that the hub gave them, of those that lie beyond `cursor`. While `restoring` they do
    /// not count: [`Exchange::held`] gives them back with all others.
    pub accepted: Vec<(OutboundFact, u64)>,
    /// The last moment told by [`Told::SureUntil`].
    pub sure_until: Option<UtcMillis>,
    /// Whether [`Told::HubRestored`] was told and [`Told::GivenBack`] not yet.
    pub restoring: bool,
}

/// What the host is to do next.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// Ask this now, and look again for what else can be asked meanwhile.
    Ask(AskId, Ask),
    /// Nothing until this moment, or until something happens.
    WaitUntil(UtcMillis),
    /// Nothing until something happens.
    Idle,
}

/// One desk's side of the exchange with its hub.
#[derive(Debug)]
pub struct Exchange {
    settings: ExchangeSettings,
    dice: Dice,
    online: bool,
    next_id: u64,
    /// Answers to questions before this one come from another life of the hub.
    first_of_life: u64,
    /// How far the hub's clock is ahead, in milliseconds.
    hub_ahead_ms: i64,
    feed: Feed,
    outbox: Outbox,
    /// What is given back to a restored hub.
    returns: Outbox,
    /// What the restored hub took back and its feed has not shown since: it may be restored once more.
    returned: BTreeMap<String, Unseen>,
    /// Facts of ours that the hub accepted and that have not been seen in its feed.
    unseen: BTreeMap<String, Unseen>,
    gaps: GapFinder,
    lanes: [Lane; 4],
}

#[derive(Debug)]
struct Unseen {
    fact: RemoteFact,
    seq: u64,
    /// Only answers to later questions can say that the hub has it no more.
    since: u64,
}

/// Questions of one sort: one at a time, with pauses after failures.
#[derive(Debug)]
struct Lane {
    in_flight: Option<(AskId, Ask)>,
    failed: u32,
    due: UtcMillis,
}

const FEED: usize = 0;
const FACTS: usize = 1;
const RETURNS: usize = 2;
const GAPS: usize = 3;

impl Exchange {
    /// An exchange that goes on from what was `saved`, not connected yet.
    pub fn new(settings: ExchangeSettings, saved: Saved) -> Self {
        let lane = || Lane {
            in_flight: None,
            failed: 0,
            due: UtcMillis(i64::MIN),
        };
        let mut exchange = Self {
            dice: Dice::new(settings.seed),
            online: false,
            next_id: 1,
            first_of_life: 0,
            hub_ahead_ms: 0,
            feed: Feed::new(saved.cursor, saved.restoring),
            outbox: Outbox::default(),
            returns: Outbox::default(),
            returned: BTreeMap::new(),
            unseen: BTreeMap::new(),
            gaps: GapFinder::new(saved.sure_until),
            lanes: [lane(), lane(), lane(), lane()],
            settings,
        };
        for fact in saved.queued {
            exchange.queue(fact);
        }
        let accepted = saved.accepted.into_iter().filter(|_| !saved.restoring);
        for (fact, seq) in accepted {
            let fact = exchange.own(fact);
            let id = fact.fact.id.clone();
            let since = 0;
            exchange.unseen.insert(id, Unseen { fact, seq, since });
        }
        exchange
    }

    /// Takes a fact on, to be sent. One that waits already, by its identity, is not taken twice.
    pub fn queue(&mut self, fact: OutboundFact) {
        if !self.unseen.contains_key(&fact.id) {
            let fact = self.own(fact);
            self.outbox.push(fact);
        }
    }

    /// The facts that wait are these: others were taken back.
    pub fn keep_queued(&mut self, waiting: Vec<OutboundFact>) {
        let ids: BTreeSet<&str> = waiting.iter().map(|fact| fact.id.as_str()).collect();
        for id in self.outbox.ids() {
            if !ids.contains(id.as_str()) {
                self.outbox.remove(&id);
            }
        }
        for fact in waiting {
            self.queue(fact);
        }
    }

    /// How many facts of ours the hub has not answered for.
    pub fn queued(&self) -> usize {
        self.outbox.len()
    }

    /// How far the feed was read.
    pub fn cursor(&self) -> &Cursor {
        &self.feed.cursor
    }

    /// Whether this desk and its hub are in step as far as both know: nothing to send, nothing to read, nothing in doubt.
    pub fn in_step(&self) -> bool {
        self.online
            && self.outbox.len() == 0
            && self.returns.len() == 0
            && self.returned.is_empty()
            && self.unseen.is_empty()
            && !self.feed.wanted
            && self.feed.restoring.is_none()
    }

    /// There is a connection: everything is due at once.
    pub fn connected(&mut self, now: UtcMillis) -> Vec<Told> {
        self.online = true;
        self.feed.wanted = true;
        for lane in &mut self.lanes {
            lane.in_flight = None;
            lane.failed = 0;
            lane.due = now;
        }
        if self.settings.compares_observations {
            let hub_time = self.hub_time(now);
            self.gaps.reconnected(hub_time)
        } else {
            Vec::new()
        }
    }

    /// The connection is gone. Questions on their way count as not answered.
    pub fn lost(&mut self) {
        self.online = false;
        for lane in &mut self.lanes {
            lane.in_flight = None;
        }
    }

    /// Observations from `from` on may have been lost on the desk itself, for instance because a queue ran over.
    pub fn doubt(&mut self, from: UtcMillis) {
        self.gaps.doubt(from);
    }

    /// The hub says where it stands: life, newest change, its clock.
    pub fn head(&mut self, epoch: &str, seq: u64, hub_time: Option<UtcMillis>, now: UtcMillis) {
        if let Some(hub_time) = hub_time {
            self.hub_ahead_ms = hub_time.0.saturating_sub(now.0);
            self.gaps.mend(hub_time);
        }
        self.poke(epoch, seq);
    }

    /// A change of the hub's life `epoch` was announced without saying what it is.
    pub fn poke(&mut self, epoch: &str, seq: u64) {
        let cursor = &self.feed.cursor;
        if epoch != cursor.epoch || seq != cursor.seq {
            self.feed.wanted = true;
        }
    }

    /// A change was announced over MQTT. The next one is taken as it is, everything else makes the desk ask.
    pub fn announced(&mut self, announced: &Announcement) -> Vec<Told> {
        if self.lanes[FEED].in_flight.is_some() {
            self.feed.wanted = true;
            return Vec::new();
        }
        let before = self.feed.cursor.clone();
        let read = self.feed.announced(announced);
        if self.feed.cursor == before {
            return read.told;
        }
        // Nothing is known about the newest change, so nothing can be found lost here.
        self.after_reading(read, None)
    }

    /// The answer to [`Told::NeedLocalDigest`]. Minutes without observations may be left out.
    pub fn local_digest(&mut self, minutes: &[MinuteDigest], now: UtcMillis) -> Vec<Told> {
        self.lanes[GAPS].due = now;
        self.gaps.local_digests(minutes)
    }

    /// The answer to [`Told::NeedHeld`]: all facts, of all desks, that the hub had accepted before it was restored. Those
    /// that it lacks are given back.
    pub fn held(&mut self, facts: Vec<RemoteFact>) -> Vec<Told> {
        let Some(seen) = self.feed.restoring.take() else {
            return Vec::new();
        };
        self.feed.asked_for_held = false;
        for fact in facts {
            let waits = self.outbox.get(&fact.fact.id).is_some();
            if !waits && !seen.contains(&fact.fact.id) {
                self.returns.push(fact);
            }
        }
        self.given_back()
    }

    /// What to ask now.
    pub fn next(&mut self, now: UtcMillis) -> Next {
        if !self.online {
            return Next::Idle;
        }
        let mut wait: Option<UtcMillis> = None;
        for lane in [FEED, FACTS, RETURNS, GAPS] {
            let Some(due) = self.lane_due(lane, now) else {
                continue;
            };
            if due > now {
                wait = Some(wait.map_or(due, |wait| wait.min(due)));
            } else if let Some(ask) = self.ask_of(lane, now) {
                let id = AskId(self.next_id);
                self.next_id += 1;
                self.lanes[lane].in_flight = Some((id, ask.clone()));
                return Next::Ask(id, ask);
            }
        }
        wait.map_or(Next::Idle, Next::WaitUntil)
    }

    /// What the hub answered, or why it didn't. An answer that comes after the desk gave up still counts for facts.
    pub fn answered(
        &mut self,
        id: AskId,
        answer: Result<Answer, Failure>,
        now: UtcMillis,
    ) -> Vec<Told> {
        let waits = |lane: &Lane| lane.in_flight.as_ref().is_some_and(|(own, _)| *own == id);
        let Some(lane) = self.lanes.iter().position(waits) else {
            return match answer {
                Ok(Answer::Facts(facts)) if id.0 >= self.first_of_life => self.late(facts),
                _ => Vec::new(),
            };
        };
        let Some((_, ask)) = self.lanes[lane].in_flight.take() else {
            return Vec::new();
        };
        match answer {
            Ok(_) if id.0 < self.first_of_life => Vec::new(),
            Ok(answer) => match self.taken(&ask, id, answer, now) {
                Ok(told) => {
                    self.lanes[lane].failed = 0;
                    told
                }
                Err(reason) => self.failed(lane, &ask, Failure::Broken(reason), now),
            },
            Err(failure) => self.failed(lane, &ask, failure, now),
        }
    }

    fn own(&self, fact: OutboundFact) -> RemoteFact {
        RemoteFact {
            seq: 0,
            desk: self.settings.desk.clone(),
            fact,
            conflict_with: Vec::new(),
            holds: true,
        }
    }

    fn hub_time(&self, now: UtcMillis) -> UtcMillis {
        UtcMillis(now.0.saturating_add(self.hub_ahead_ms))
    }

    /// When the lane has something to ask; `None` when it has not, or waits for an answer.
    fn lane_due(&self, lane: usize, now: UtcMillis) -> Option<UtcMillis> {
        let state = self.lanes.get(lane)?;
        if state.in_flight.is_some() {
            return None;
        }
        let work = match lane {
            FEED if self.feed.wanted => now,
            // After the last answer the lane's own moment is the next poll.
            FEED => state.due,
            FACTS => self.outbox.due()?,
            RETURNS => self.returns.due()?,
            _ => {
                if !self.settings.compares_observations || self.gaps.waits_for_desk() {
                    return None;
                }
                let due = self.gaps.due(self.hub_time(now));
                UtcMillis(due.0.saturating_sub(self.hub_ahead_ms))
            }
        };
        let polls = lane == FEED && self.feed.wanted && state.failed == 0;
        Some(if polls { work } else { work.max(state.due) })
    }

    fn ask_of(&mut self, lane: usize, now: UtcMillis) -> Option<Ask> {
        match lane {
            FEED => Some(self.feed.ask(self.settings.changes_at_once)),
            FACTS => {
                let batch = self.outbox.batch(now);
                let facts: Vec<OutboundFact> = batch.into_iter().map(|fact| fact.fact).collect();
                (!facts.is_empty()).then_some(Ask::Facts(facts))
            }
            RETURNS => {
                let facts = self.returns.batch(now);
                (!facts.is_empty()).then_some(Ask::GiveBack(facts))
            }
            _ => {
                let hub_time = self.hub_time(now);
                self.gaps.ask(hub_time)
            }
        }
    }

    /// Takes an answer, or says why it cannot be believed.
    fn taken(
        &mut self,
        ask: &Ask,
        id: AskId,
        answer: Answer,
        now: UtcMillis,
    ) -> Result<Vec<Told>, String> {
        match (ask, answer) {
            (Ask::Facts(facts), Answer::Facts(answer)) => {
                let ids: Vec<&str> = facts.iter().map(|fact| fact.id.as_str()).collect();
                Ok(self.facts_answered(&ids, answer, now))
            }
            (Ask::GiveBack(facts), Answer::Facts(answer)) => {
                let ids: Vec<&str> = facts.iter().map(|fact| fact.fact.id.as_str()).collect();
                Ok(self.returns_answered(&ids, answer, now))
            }
            (Ask::Changes { .. }, Answer::Changes(page)) => {
                let known = &self.feed.cursor.epoch;
                if !known.is_empty() && page.epoch != *known {
                    return Ok(self.restored(&page.epoch, None));
                }
                let read = self.feed.page(&page)?;
                self.lanes[FEED].due = now.plus_seconds(self.settings.poll.as_secs_f64());
                Ok(self.after_reading(read, Some((id, page.newest))))
            }
            (Ask::Changes { .. }, Answer::Restored { epoch, common, .. }) => {
                Ok(self.restored(&epoch, common))
            }
            (Ask::Digests { .. }, Answer::Digests(minutes)) => Ok(self.gaps.hub_digests(minutes)),
            (Ask::Observations { .. }, Answer::Observations { next, .. }) => {
                Ok(self.gaps.fetched(next))
            }
            _ => Err("the answer is not to this question".to_owned()),
        }
    }

    fn facts_answered(&mut self, asked: &[&str], answer: FactsAnswer, now: UtcMillis) -> Vec<Told> {
        self.poke(&answer.epoch, answer.newest);
        for id in asked {
            if !answer.items.iter().any(|outcome| outcome.id == *id) {
                self.outbox
                    .delay(id, now, self.settings.backoff, &mut self.dice);
            }
        }
        for outcome in &answer.items {
            // An answer names only what was asked: nothing else leaves the queue by it.
            if !asked.contains(&outcome.id.as_str()) {
                continue;
            }
            let Some(fact) = self.outbox.remove(&outcome.id) else {
                continue;
            };
            if let Some(seq) = self.unsure(outcome) {
                let since = self.next_id;
                let id = outcome.id.clone();
                self.unseen.insert(id, Unseen { fact, seq, since });
            }
        }
        vec![Told::Outcomes(answer.items)]
    }

    /// The number of a fact that the feed has still to show. One that is new, and lies before what was read, is of another
    /// life of the hub.
    fn unsure(&self, outcome: &Outcome) -> Option<u64> {
        let is_new = outcome.verdict != Verdict::Known;
        let read = self.feed.cursor.seq;
        outcome.seq.filter(|seq| is_new || *seq > read)
    }

    /// An answer to facts that came after the desk gave up. It counts where the feed can still prove it wrong.
    fn late(&mut self, answer: FactsAnswer) -> Vec<Told> {
        self.poke(&answer.epoch, answer.newest);
        let mut outcomes = Vec::new();
        for outcome in answer.items {
            let Some(seq) = outcome.seq.filter(|seq| *seq > self.feed.cursor.seq) else {
                continue;
            };
            if let Some(fact) = self.outbox.remove(&outcome.id) {
                let since = self.next_id;
                let id = outcome.id.clone();
                self.unseen.insert(id, Unseen { fact, seq, since });
                outcomes.push(outcome);
            }
        }
        if outcomes.is_empty() {
            Vec::new()
        } else {
            vec![Told::Outcomes(outcomes)]
        }
    }

    fn returns_answered(
        &mut self,
        asked: &[&str],
        answer: FactsAnswer,
        now: UtcMillis,
    ) -> Vec<Told> {
        self.poke(&answer.epoch, answer.newest);
        for id in asked {
            let Some(outcome) = answer.items.iter().find(|outcome| outcome.id == *id) else {
                self.returns
                    .delay(id, now, self.settings.backoff, &mut self.dice);
                continue;
            };
            if let (Some(fact), Some(seq)) = (self.returns.remove(id), self.unsure(outcome)) {
                let since = self.next_id;
                let id = outcome.id.clone();
                self.returned.insert(id, Unseen { fact, seq, since });
            }
        }
        let mut told = vec![Told::Outcomes(answer.items)];
        told.extend(self.given_back());
        told
    }

    fn given_back(&self) -> Vec<Told> {
        let all = self.returns.len() == 0 && self.returned.is_empty();
        if all && self.feed.restoring.is_none() {
            vec![Told::GivenBack]
        } else {
            Vec::new()
        }
    }

    /// What follows from changes that were read; `newest` is the question and the newest change in its answer.
    fn after_reading(&mut self, read: Read, newest: Option<(AskId, u64)>) -> Vec<Told> {
        let mut told = read.told;
        let mut outcomes = Vec::new();
        let mut has_come_back = false;
        for fact in &read.facts {
            let id = fact.fact.id.as_str();
            if fact.desk == self.settings.desk {
                self.unseen.remove(id);
            }
            has_come_back |= self.returned.remove(id).is_some();
            let returns = self.returns.get(id);
            if returns.is_some_and(|waiting| is_same_fact(waiting, fact)) {
                self.returns.remove(id);
                has_come_back = true;
            }
            let waits = self.outbox.get(id);
            if waits.is_some_and(|waiting| is_same_fact(waiting, fact)) {
                // The hub did it, and its answer was lost.
                self.outbox.remove(id);
                outcomes.push(Outcome {
                    id: id.to_owned(),
                    verdict: Verdict::Known,
                    seq: Some(fact.seq),
                    reason: String::new(),
                    with: Vec::new(),
                    holds: fact.holds,
                });
            }
        }
        if !outcomes.is_empty() {
            told.push(Told::Outcomes(outcomes));
        }
        let requeued = newest.map_or_else(Vec::new, |(ask, newest)| self.lost_at_hub(ask, newest));
        if !requeued.is_empty() {
            told.push(Told::Requeued(requeued));
        }
        told.push(Told::Cursor(self.feed.cursor.clone()));
        if has_come_back {
            told.extend(self.given_back());
        }
        let caught_up = !self.feed.wanted;
        if self.feed.restoring.is_some() && caught_up && !self.feed.asked_for_held {
            self.feed.asked_for_held = true;
            told.push(Told::NeedHeld);
        }
        told
    }

    /// Facts that the hub had accepted and has no more: its feed went past their numbers without them, or ends before.
    /// Those that were given back are given back again; those of ours are named.
    fn lost_at_hub(&mut self, ask: AskId, newest: u64) -> Vec<String> {
        let read = self.feed.cursor.seq;
        let gone =
            |unseen: &Unseen| ask.0 >= unseen.since && (unseen.seq <= read || unseen.seq > newest);
        let gone_of = |kept: &BTreeMap<String, Unseen>| -> Vec<String> {
            let entries = kept.iter().filter(|(_, unseen)| gone(unseen));
            entries.map(|(id, _)| id.clone()).collect()
        };
        for id in gone_of(&self.returned) {
            if let Some(unseen) = self.returned.remove(&id) {
                self.returns.push(unseen.fact);
            }
        }
        let ids = gone_of(&self.unseen);
        for id in &ids {
            if let Some(unseen) = self.unseen.remove(id) {
                self.outbox.push(unseen.fact);
            }
        }
        ids
    }

    fn restored(&mut self, epoch: &str, common: Option<u64>) -> Vec<Told> {
        self.first_of_life = self.next_id;
        self.feed.start_again(epoch);
        self.returns = Outbox::default();
        self.returned.clear();
        let unseen = std::mem::take(&mut self.unseen);
        let requeued: Vec<String> = unseen.keys().cloned().collect();
        for unseen in unseen.into_values() {
            self.outbox.push(unseen.fact);
        }
        self.outbox.forget_bases();
        let mut told = vec![Told::HubRestored {
            epoch: epoch.to_owned(),
            common,
        }];
        if !requeued.is_empty() {
            told.push(Told::Requeued(requeued));
        }
        told.push(Told::Cursor(self.feed.cursor.clone()));
        told
    }

    fn failed(&mut self, lane: usize, ask: &Ask, failure: Failure, now: UtcMillis) -> Vec<Told> {
        let what = match ask {
            Ask::Facts(_) | Ask::GiveBack(_) => "facts",
            Ask::Changes { .. } => "changes",
            Ask::Digests { .. } => "digests",
            Ask::Observations { .. } => "observations",
        };
        let backoff = self.settings.backoff;
        let state = &mut self.lanes[lane];
        state.failed = state.failed.saturating_add(1);
        let pause = backoff.pause(state.failed, &mut self.dice);
        state.due = now.plus_seconds(pause.as_secs_f64());
        let failed = state.failed;
        let (spoilt, reason) = match failure {
            Failure::Unreachable | Failure::Timeout => return Vec::new(),
            Failure::Refused(status, reason) => (spoilt_by_content(status, failed), reason),
            Failure::Broken(reason) => (
                (failed >= FAILURES_BEFORE_SPLIT).then_some(Blame::Hub),
                reason,
            ),
        };
        let ids: Vec<String> = match ask {
            Ask::Facts(facts) => facts.iter().map(|fact| fact.id.clone()).collect(),
            Ask::GiveBack(facts) => facts.iter().map(|fact| fact.fact.id.clone()).collect(),
            _ => Vec::new(),
        };
        if let Some(blame) = spoilt.filter(|_| !ids.is_empty()) {
            return self.split(lane, &ids, blame, reason, now);
        }
        vec![Told::Trouble { what, reason }]
    }

    /// Takes a request apart that cannot be taken as a whole; a single fact is parked, or waits on its own.
    fn split(
        &mut self,
        lane: usize,
        ids: &[String],
        blame: Blame,
        reason: String,
        now: UtcMillis,
    ) -> Vec<Told> {
        if blame == Blame::Content {
            self.lanes[lane].failed = 0;
            self.lanes[lane].due = now;
        }
        let outbox = if lane == RETURNS {
            &mut self.returns
        } else {
            &mut self.outbox
        };
        let Some(only) = outbox.split(ids) else {
            return Vec::new();
        };
        if blame == Blame::Hub {
            outbox.delay(&only, now, self.settings.backoff, &mut self.dice);
            self.lanes[lane].failed = 0;
            return vec![Told::Trouble {
                what: "facts",
                reason: format!("fact {only}: {reason}"),
            }];
        }
        outbox.remove(&only);
        let mut told = vec![Told::Outcomes(vec![Outcome {
            id: only,
            verdict: Verdict::Refused,
            seq: None,
            reason,
            with: Vec::new(),
            holds: false,
        }])];
        if lane == RETURNS {
            told.extend(self.given_back());
        }
        told
    }
}

/// Who is at fault when a request fails again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Blame {
    /// Something in the request: it is never going to be taken.
    Content,
    /// The hub, perhaps because of something in the request: it is tried again later.
    Hub,
}

/// Whether an HTTP status speaks of what was sent, rather than of who sent it or of the hub's own state.
fn spoilt_by_content(status: u16, failed: u32) -> Option<Blame> {
    match status {
        // Not allowed, not there, not now: a matter of the desk's identity or of the hub.
        401 | 403..=405 | 407..=409 | 411 | 421 | 425 | 426 | 429 | 431 | 451 | 501 => None,
        402..=499 => Some(Blame::Content),
        // With 400 the request did not arrive as it was sent: nothing is known about the fact itself.
        _ => (failed >= FAILURES_BEFORE_SPLIT).then_some(Blame::Hub),
    }
}

fn is_same_fact(waiting: &RemoteFact, seen: &RemoteFact) -> bool {
    let (own, theirs) = (&waiting.fact, &seen.fact);
    own.object == theirs.object
        && own.verb == theirs.verb
        && own.author == theirs.author
        && own.happened_at == theirs.happened_at
}
