//! The state of one condition: its newest activation, earlier ones that are not done with, and what operators decided about it.
//!
//! A state is folded from steps in the order of their times. What time itself does (a shelving ends, an alarm rings again) happens
//! between the steps, so that the same steps give the same state on every desk, whenever they arrive.

use super::{
    Act, Became, ConditionId, Input, Node, Occurrence, Policy, ShelveKind, Stamp, Step,
    SuppressCause, Trigger, next,
};
use cim_model::{AlarmId, UtcMillis};
use std::collections::{BTreeMap, VecDeque};
use std::mem;

/// How many earlier activations that are not done with one condition keeps; of more the newest, and the others are counted.
pub const MAX_BRANCHES: usize = 16;

/// How many activations that are done with one condition keeps; of more the newest.
pub const MAX_PAST: usize = 256;

/// Within how many seconds shelvings are counted against the policy.
pub const SHELVINGS_WITHIN_S: u32 = 24 * 3600;

/// How many causes may suppress one condition; more change nothing, it is suppressed already.
const MAX_SUPPRESSIONS: usize = 32;

/// Why a condition's alarms are neither listed among the others nor heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hidden {
    /// It is disabled.
    Disabled,
    /// It is out of service.
    OutOfService,
    /// A cause suppresses it.
    Suppressed,
    /// It is on the shelf.
    Shelved,
}

impl Hidden {
    /// Every reason, in the order in which they count.
    pub const ALL: [Self; 4] = [
        Self::Disabled,
        Self::OutOfService,
        Self::Suppressed,
        Self::Shelved,
    ];
}

/// How a condition is shelved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shelved {
    /// Until when it is away.
    pub kind: ShelveKind,
    /// When it returns at the latest.
    pub until: UtcMillis,
    /// Who shelved it and why.
    pub note: Note,
}

/// One reason for which a condition is suppressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    /// When it ends by itself.
    pub until: Option<UtcMillis>,
    /// Who suppressed it and why.
    pub note: Note,
}

/// Who decided something about a condition, when and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// When and who.
    pub stamp: Stamp,
    /// Why.
    pub reason: String,
}

/// One condition.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    id: ConditionId,
    pub(super) policy: Policy,
    pub(super) current: Option<Occurrence>,
    /// Oldest first.
    pub(super) branches: Vec<Occurrence>,
    /// Oldest first.
    past: VecDeque<Occurrence>,
    dropped: u32,
    pub(super) shelving: Node,
    shelved: Option<Shelved>,
    shelvings: VecDeque<UtcMillis>,
    suppression: Node,
    pub(super) suppressions: BTreeMap<SuppressCause, Suppression>,
    pub(super) service: Node,
    out_of_service: Option<Note>,
    pub(super) enabling: Node,
    disabled: Option<Note>,
    touched_at: UtcMillis,
}

impl Condition {
    /// A condition of which nothing is known yet: enabled, in service, normal.
    pub fn new(id: ConditionId, policy: Policy) -> Self {
        Self {
            id,
            policy,
            current: None,
            branches: Vec::new(),
            past: VecDeque::new(),
            dropped: 0,
            shelving: Node::Unshelved,
            shelved: None,
            shelvings: VecDeque::new(),
            suppression: Node::Unsuppressed,
            suppressions: BTreeMap::new(),
            service: Node::InService,
            out_of_service: None,
            enabling: Node::Enabled,
            disabled: None,
            touched_at: UtcMillis(i64::MIN),
        }
    }

    /// Its name.
    pub fn id(&self) -> &ConditionId {
        &self.id
    }

    /// What holds for it.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Makes another policy hold from now on; what happened stays.
    pub fn set_policy(&mut self, policy: Policy) {
        self.policy = policy;
    }

    /// The newest activation, until everything about it is done.
    pub fn current(&self) -> Option<&Occurrence> {
        self.current.as_ref()
    }

    /// Earlier activations that are not done with, oldest first (ConditionBranch, OPC 10000-9, 5.5.3).
    pub fn branches(&self) -> &[Occurrence] {
        &self.branches
    }

    /// Activations that are done with, oldest first.
    pub fn past(&self) -> impl DoubleEndedIterator<Item = &Occurrence> {
        self.past.iter()
    }

    /// How many branches were given up because there were too many.
    pub fn dropped_branches(&self) -> u32 {
        self.dropped
    }

    /// How it is shelved, if it is.
    pub fn shelved(&self) -> Option<&Shelved> {
        self.shelved.as_ref()
    }

    /// What suppresses it.
    pub fn suppressions(&self) -> &BTreeMap<SuppressCause, Suppression> {
        &self.suppressions
    }

    /// Who took it out of service, if it is.
    pub fn out_of_service(&self) -> Option<&Note> {
        self.out_of_service.as_ref()
    }

    /// Who disabled it, if it is.
    pub fn disabled(&self) -> Option<&Note> {
        self.disabled.as_ref()
    }

    /// Why its alarms are not listed among the others; the weightiest reason.
    pub fn hidden(&self) -> Option<Hidden> {
        if self.enabling == Node::Disabled {
            Some(Hidden::Disabled)
        } else if self.service == Node::OutOfService {
            Some(Hidden::OutOfService)
        } else if self.suppression == Node::Suppressed {
            Some(Hidden::Suppressed)
        } else if self.shelving != Node::Unshelved {
            Some(Hidden::Shelved)
        } else {
            None
        }
    }

    /// The alarm of this name, wherever it stands.
    pub fn occurrence(&self, alarm: &AlarmId) -> Option<&Occurrence> {
        self.occurrences().find(|one| one.id == *alarm)
    }

    /// The newest activation, the branches and the past ones.
    pub fn occurrences(&self) -> impl Iterator<Item = &Occurrence> {
        self.current
            .iter()
            .chain(&self.branches)
            .chain(self.past.iter())
    }

    /// How often it was shelved within [`SHELVINGS_WITHIN_S`] before `now`.
    pub fn shelvings_before(&self, now: UtcMillis) -> u32 {
        let from = after(now, -i64::from(SHELVINGS_WITHIN_S));
        self.shelvings.iter().filter(|at| **at > from).count() as u32
    }

    /// When something about it last changed; a step before that moment is out of order.
    pub fn touched_at(&self) -> UtcMillis {
        self.touched_at
    }

    /// True when nothing about it is worth remembering.
    pub fn is_blank(&self) -> bool {
        self.occurrences().next().is_none()
            && self.hidden().is_none()
            && self.shelvings.is_empty()
            && self.suppressions.is_empty()
    }

    /// Takes a step, which happened after everything taken before; true when it changed anything. An act that does not fit the
    /// state changes nothing: two desks may have done the same before they heard of each other.
    pub fn take(&mut self, step: &Step) -> bool {
        let has_aged = self.advance(step.at);
        let stamp = Stamp {
            at: step.at,
            by: step.by.clone(),
        };
        let is_changed = match &step.input {
            Input::Became(became) if became.is_active => self.rise(became, step.at),
            Input::Became(became) => self.clear(became, step.at),
            Input::Act { alarm, act } if act.is_about_an_alarm() => {
                self.act_on_alarm(alarm.as_ref(), act, stamp)
            }
            Input::Act { act, .. } => self.act_on_condition(act, stamp),
        };
        if is_changed {
            self.touched_at = self.touched_at.max(step.at);
            self.put_away_done();
        }
        has_aged || is_changed
    }

    /// Lets the time until `now` do what it does; true when that changed anything.
    pub fn advance(&mut self, now: UtcMillis) -> bool {
        let mut is_changed = false;
        while let Some(due) = self.next_due().filter(|due| *due <= now) {
            self.time_up(due, now);
            self.touched_at = self.touched_at.max(due);
            is_changed = true;
        }
        is_changed
    }

    /// When time will change something next.
    pub fn next_due(&self) -> Option<UtcMillis> {
        let shelf = self.shelved.as_ref().map(|shelved| shelved.until);
        let causes = self.suppressions.values().filter_map(|one| one.until);
        causes.chain(shelf).chain(self.re_alarm_due()).min()
    }

    /// Forgets past activations that were done by `moment`; tells how many.
    pub fn forget_until(&mut self, moment: UtcMillis) -> usize {
        let before = self.past.len();
        self.past
            .retain(|one| one.settled_at.is_some_and(|at| at > moment));
        before - self.past.len()
    }

    /// Gives up an alarm that is back but not done with, so that there is room for others; true when there was one.
    pub fn give_up(&mut self, alarm: &AlarmId) -> bool {
        let is_meant = |one: &Occurrence| one.id == *alarm && !one.phase.is_active();
        if self.current.take_if(|one| is_meant(one)).is_some() {
            return true;
        }
        let before = self.branches.len();
        self.branches.retain(|one| !is_meant(one));
        self.branches.len() < before
    }

    fn re_alarm_due(&self) -> Option<UtcMillis> {
        let period_s = self.policy.re_alarm_s.filter(|period| *period > 0)?;
        let current = self.current.as_ref()?;
        let may_ring = current.phase.is_active() && self.hidden().is_none();
        may_ring.then(|| after(current.rang_at, i64::from(period_s)))
    }

    fn time_up(&mut self, due: UtcMillis, now: UtcMillis) {
        // Asked first: what returns from the shelf now rings in the next round.
        let rings = self.re_alarm_due().filter(|ring| *ring <= due);
        if self.shelved.as_ref().is_some_and(|one| one.until <= due) {
            self.unshelve(Trigger::TimeUp);
        }
        self.suppressions
            .retain(|_, one| one.until.is_none_or(|until| until > due));
        self.settle_suppression();
        if let (Some(ring), Some(period_s), Some(current)) =
            (rings, self.policy.re_alarm_s, self.current.as_mut())
        {
            // All rings that are due at once: a week passes in one step when a desk is started again.
            let period_ms = i64::from(period_s) * 1000;
            let more = now.0.saturating_sub(ring.0) / period_ms;
            let last = UtcMillis(ring.0.saturating_add(more * period_ms));
            current.re_alarms = current.re_alarms.saturating_add(more as u32 + 1);
            current.ring(Trigger::ReAlarm, &self.policy, last);
        }
    }

    /// It began, got worse, or told a newer value.
    fn rise(&mut self, became: &Became, at: UtcMillis) -> bool {
        if let Some(current) = &mut self.current
            && current.since == became.since
        {
            if !current.phase.is_active() {
                return false;
            }
            current.take_value(became, &self.policy, at);
            return true;
        }
        let is_older = self
            .current
            .as_ref()
            .is_some_and(|current| current.since > became.since);
        if is_older || self.knows(became.since) {
            return false;
        }
        self.begin(became)
    }

    fn begin(&mut self, became: &Became) -> bool {
        let mut before = self.current.take();
        if let Some(earlier) = &mut before
            && earlier.phase.is_active()
        {
            // Nobody told that the earlier activation ended; that there is another one says so.
            earlier.cleared_at = Some(became.since);
            earlier.follow(Trigger::Clear, &self.policy, became.since);
        }
        let from = before
            .as_ref()
            .map_or(Node::Normal, |earlier| earlier.phase);
        let Some(phase) = next(from, Trigger::Raise, &self.policy) else {
            self.current = before;
            return false;
        };
        if let Some(mut earlier) = before {
            if earlier.phase == Node::Latched {
                // Nothing is left to be said about it; the latch goes over to the activation that follows.
                earlier.phase = Node::Normal;
                earlier.settled_at = Some(became.since);
            }
            self.branches.push(earlier);
        }
        let id = self.id.alarm(became.since);
        let mut current = Occurrence::begun(id, became);
        current.phase = phase;
        self.current = Some(current);
        true
    }

    fn clear(&mut self, became: &Became, at: UtcMillis) -> bool {
        let is_current = self
            .current
            .as_ref()
            .is_some_and(|current| current.since == became.since);
        // That it ended may be all that is told of an alarm that began before the steps at hand.
        if !is_current && !self.rise(became, became.since) {
            return false;
        }
        let Some(current) = &mut self.current else {
            return false;
        };
        if !current.phase.is_active() {
            return false;
        }
        current.value = became.value;
        current.cleared_at = Some(at);
        current.follow(Trigger::Clear, &self.policy, at);
        self.unshelve(Trigger::Clear);
        true
    }

    fn knows(&self, since: UtcMillis) -> bool {
        // The newest past ones come last, and what is told again is seldom old.
        self.branches.iter().any(|one| one.since == since)
            || self.past.iter().rev().any(|one| one.since == since)
    }

    fn act_on_alarm(&mut self, alarm: Option<&AlarmId>, act: &Act, stamp: Stamp) -> bool {
        let Self {
            policy,
            current,
            branches,
            past,
            ..
        } = self;
        let is_meant = |one: &&mut Occurrence| alarm.is_none_or(|id| one.id == *id);
        let mut open = current.iter_mut().chain(branches.iter_mut().rev());
        if let Act::Comment { text } = act {
            let found = open
                .find(is_meant)
                .or_else(|| past.iter_mut().rev().find(is_meant));
            return found.is_some_and(|one| {
                one.comment(stamp, text);
                true
            });
        }
        let Some(one) = open.find(is_meant) else {
            return false;
        };
        let trigger = if matches!(act, Act::Confirm { .. }) {
            Trigger::Confirm
        } else {
            Trigger::Acknowledge
        };
        if !one.follow(trigger, policy, stamp.at) {
            return false;
        }
        one.comment(stamp.clone(), act.text());
        if trigger == Trigger::Confirm {
            one.confirmed = Some(stamp);
        } else {
            one.acknowledged = Some(stamp);
        }
        true
    }

    fn act_on_condition(&mut self, act: &Act, stamp: Stamp) -> bool {
        let note = |reason: &str| Note {
            stamp: stamp.clone(),
            reason: reason.to_owned(),
        };
        match act {
            Act::Shelve {
                kind,
                duration_s,
                reason,
            } => self.shelve(*kind, *duration_s, note(reason)),
            Act::Unshelve => self.unshelve(Trigger::Unshelve),
            Act::Suppress {
                cause,
                reason,
                until_ms,
            } => self.suppress(cause, note(reason), until_ms.map(UtcMillis)),
            Act::Unsuppress { cause } => {
                let is_gone = self.suppressions.remove(cause).is_some();
                self.settle_suppression();
                is_gone
            }
            Act::TakeOutOfService { reason } => {
                let is_changed = self.follow_service(Trigger::TakeOutOfService);
                if is_changed {
                    self.out_of_service = Some(note(reason));
                }
                is_changed
            }
            Act::PlaceInService => {
                self.out_of_service = None;
                self.follow_service(Trigger::PlaceInService)
            }
            Act::Disable { reason } => {
                let is_changed = self.follow_enabling(Trigger::Disable);
                if is_changed {
                    self.disabled = Some(note(reason));
                }
                is_changed
            }
            Act::Enable => {
                self.disabled = None;
                self.follow_enabling(Trigger::Enable)
            }
            Act::Silence => self.silence(stamp.at),
            Act::Reset { comment } => self.reset(comment, &stamp),
            Act::Acknowledge { .. } | Act::Confirm { .. } | Act::Comment { .. } => false,
        }
    }

    fn shelve(&mut self, kind: ShelveKind, duration_s: u32, note: Note) -> bool {
        let trigger = match kind {
            ShelveKind::Timed => Trigger::TimedShelve,
            ShelveKind::OneShot => Trigger::OneShotShelve,
        };
        let Some(node) = next(self.shelving, trigger, &self.policy) else {
            return false;
        };
        let at = note.stamp.at;
        let from = after(at, -i64::from(SHELVINGS_WITHIN_S));
        while self.shelvings.front().is_some_and(|first| *first <= from) {
            self.shelvings.pop_front();
        }
        self.shelvings.push_back(at);
        let duration_s = duration_s.min(self.policy.max_time_shelved_s);
        self.shelving = node;
        self.shelved = Some(Shelved {
            kind,
            until: after(at, i64::from(duration_s)),
            note,
        });
        true
    }

    fn unshelve(&mut self, trigger: Trigger) -> bool {
        let Some(node) = next(self.shelving, trigger, &self.policy) else {
            return false;
        };
        self.shelving = node;
        self.shelved = None;
        true
    }

    fn suppress(&mut self, cause: &SuppressCause, note: Note, until: Option<UtcMillis>) -> bool {
        let is_full = self.suppressions.len() >= MAX_SUPPRESSIONS;
        if is_full && !self.suppressions.contains_key(cause) {
            return false;
        }
        self.suppressions
            .insert(cause.clone(), Suppression { until, note });
        self.settle_suppression();
        true
    }

    /// Brings the state in line with the causes that are left.
    fn settle_suppression(&mut self) {
        let trigger = if self.suppressions.is_empty() {
            Trigger::Unsuppress
        } else {
            Trigger::Suppress
        };
        if let Some(node) = next(self.suppression, trigger, &self.policy) {
            self.suppression = node;
        }
    }

    fn follow_service(&mut self, trigger: Trigger) -> bool {
        let node = next(self.service, trigger, &self.policy);
        self.service = node.unwrap_or(self.service);
        node.is_some()
    }

    fn follow_enabling(&mut self, trigger: Trigger) -> bool {
        let node = next(self.enabling, trigger, &self.policy);
        self.enabling = node.unwrap_or(self.enabling);
        node.is_some()
    }

    fn silence(&mut self, at: UtcMillis) -> bool {
        let calling = self.current.as_mut().filter(|one| one.is_calling());
        calling.is_some_and(|one| one.follow(Trigger::Silence, &self.policy, at))
    }

    fn reset(&mut self, comment: &str, stamp: &Stamp) -> bool {
        let mut is_changed = false;
        for one in self.current.iter_mut().chain(&mut self.branches) {
            if one.follow(Trigger::Reset, &self.policy, stamp.at) {
                one.reset = Some(stamp.clone());
                one.comment(stamp.clone(), comment);
                is_changed = true;
            }
        }
        is_changed
    }

    /// Moves what is done with to the past, and gives up the oldest branches beyond the limit.
    fn put_away_done(&mut self) {
        if let Some(done) = self.current.take_if(|one| !one.is_retained()) {
            self.past.push_back(done);
        }
        if !self.branches.is_empty() {
            let (open, done): (Vec<_>, Vec<_>) = mem::take(&mut self.branches)
                .into_iter()
                .partition(Occurrence::is_retained);
            self.branches = open;
            self.past.extend(done);
        }
        let too_many = self.branches.len().saturating_sub(MAX_BRANCHES);
        self.branches.drain(..too_many);
        self.dropped = self.dropped.saturating_add(too_many as u32);
        let too_many = self.past.len().saturating_sub(MAX_PAST);
        self.past.drain(..too_many);
    }
}

fn after(moment: UtcMillis, seconds: i64) -> UtcMillis {
    UtcMillis(moment.0.saturating_add(seconds.saturating_mul(1000)))
}
