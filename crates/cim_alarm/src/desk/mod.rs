//! All conditions of a desk: what happens to them comes in, lists and sounds come out.
//!
//! Whatever comes in costs the logarithm of the number of alarms; a list costs what it shows. Steps may come late, twice and in any
//! order. Nothing here grows without a limit, and what leaves for want of room is counted.

mod entry;
mod ledger;
mod rows;
#[cfg(test)]
mod tests;

pub use ledger::Changes;
pub use rows::{About, Filter, HiddenCounts, Row, SoundOf, Tallies};

use crate::condition::{
    Act, Condition, ConditionId, Input, Occurrence, Operator, Policy, Refusal, Step, condition_of,
};
use cim_model::{AlarmId, Severity, UtcMillis};
use entry::{Entry, Listed, OrderKey};
use ledger::Ledger;
use rows::Counted;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::mem;

/// How much a desk remembers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeskLimits {
    /// How many alarms that are done with; of more the newest.
    pub max_settled: usize,
    /// How many alarms that are back but not done with; of more the newest. Their facts stay in the store.
    pub max_waiting: usize,
}

impl Default for DeskLimits {
    fn default() -> Self {
        Self {
            max_settled: 2_000,
            max_waiting: 50_000,
        }
    }
}

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// It was taken in its place.
    Taken,
    /// It was known.
    Known,
    /// It is older than what is still told apart.
    TooLate,
}

/// What an act is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// One alarm, and with it its condition.
    Alarm(AlarmId),
    /// A condition, also one that is not active.
    Condition(ConditionId),
}

/// What an act on many alarms comes to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bulk {
    /// What is to be written down and applied, one step each.
    pub steps: Vec<Step>,
    /// Which were refused, and why.
    pub refused: Vec<(AlarmId, Refusal)>,
}

/// All conditions of a desk.
#[derive(Debug, Default)]
pub struct AlarmDesk {
    limits: DeskLimits,
    now: UtcMillis,
    entries: BTreeMap<ConditionId, Entry>,
    order: BTreeSet<OrderKey>,
    /// Alarms that are back but not done with, by when they were back.
    waiting: BTreeSet<(UtcMillis, AlarmId)>,
    /// Alarms that are done with, by when they were.
    settled: BTreeSet<(UtcMillis, AlarmId)>,
    timers: BTreeSet<(UtcMillis, ConditionId)>,
    ledger: Ledger,
    tallies: [Tallies; 2],
    silenced: [Option<Severity>; 2],
    forgotten_until: Option<UtcMillis>,
    given_up: u64,
}

impl AlarmDesk {
    /// A desk without alarms.
    pub fn new(limits: DeskLimits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// Says what a condition is about and what holds for it; said again, it holds anew.
    pub fn describe(&mut self, condition: &ConditionId, about: About, policy: Policy) {
        let entry = self.entry(condition);
        entry.about = about;
        entry.set_policy(policy);
        self.follow(condition, None);
    }

    /// Takes a step: a fact that somebody wrote down, here or elsewhere.
    pub fn apply(&mut self, step: Step) -> Applied {
        let condition = step.condition.clone();
        let named = match &step.input {
            Input::Act { alarm, .. } => alarm.clone(),
            Input::Became(_) => None,
        };
        let applied = self.entry(&condition).take(step);
        if applied == Applied::Taken {
            self.follow(&condition, named.as_ref());
        }
        applied
    }

    /// Lets time pass until `now`: shelvings end, alarms ring again.
    pub fn tick(&mut self, now: UtcMillis) {
        self.now = self.now.max(now);
        while let Some((due, _)) = self.timers.first()
            && *due <= self.now
            && let Some((_, condition)) = self.timers.pop_first()
        {
            if let Some(entry) = self.entries.get_mut(&condition) {
                entry.due = None;
            }
            self.follow(&condition, None);
        }
    }

    /// The step that `who` may do now, to be written down and applied; or why not.
    pub fn allowed(
        &self,
        target: &Target,
        act: &Act,
        who: &Operator,
        now: UtcMillis,
    ) -> Result<Step, Refusal> {
        let (condition, alarm) = match target {
            Target::Condition(condition) => (Some(condition.clone()), None),
            Target::Alarm(alarm) => (
                condition_of(alarm).map(|(condition, _)| condition),
                Some(alarm),
            ),
        };
        let unknown = || Refusal::Unknown(alarm.map(ToString::to_string).unwrap_or_default());
        let condition = condition.ok_or_else(unknown)?;
        let about_alarm = alarm.filter(|_| act.is_about_an_alarm());
        match self.entries.get(&condition) {
            Some(entry) => entry.state.allowed(about_alarm, act, who, now)?,
            None if alarm.is_some() => return Err(unknown()),
            None => {
                Condition::new(condition.clone(), Policy::default())
                    .allowed(None, act, who, now)?;
            }
        }
        let subject = about_alarm.map_or_else(|| condition.to_string(), ToString::to_string);
        let id = format!("{subject}#{}#{}#{}", act.verb(), who.name, now.0);
        Ok(Step {
            id: id.into(),
            condition,
            at: now,
            by: who.name.clone(),
            input: Input::Act {
                alarm: about_alarm.cloned(),
                act: act.clone(),
            },
        })
    }

    /// The same act on many alarms: one step for each, and those that were refused. An act on conditions is one step for each
    /// condition, whatever the number of its alarms.
    pub fn bulk(&self, alarms: &[AlarmId], act: &Act, who: &Operator, now: UtcMillis) -> Bulk {
        let mut bulk = Bulk::default();
        let mut done = BTreeSet::new();
        for alarm in alarms {
            match self.allowed(&Target::Alarm(alarm.clone()), act, who, now) {
                Ok(step) if done.insert(step.id.clone()) => bulk.steps.push(step),
                Ok(_) => {}
                Err(refusal) => bulk.refused.push((alarm.clone(), refusal)),
            }
        }
        bulk
    }

    /// The open alarms that `filter` shows, worst first, then newest first: `take` of them after the first `skip`.
    pub fn list(&self, filter: &Filter, skip: usize, take: usize) -> Vec<Row<'_>> {
        self.shown(filter).skip(skip).take(take).collect()
    }

    /// The names of all open alarms that `filter` shows, for an act on all of them.
    pub fn matching(&self, filter: &Filter) -> Vec<AlarmId> {
        self.shown(filter)
            .map(|row| row.occurrence.id.clone())
            .collect()
    }

    /// Alarms that are done with, newest first.
    pub fn settled(&self) -> impl Iterator<Item = Row<'_>> {
        self.settled
            .iter()
            .rev()
            .filter_map(move |(_, alarm)| self.row(alarm))
    }

    /// The alarm of this name, open or done with.
    pub fn row(&self, alarm: &AlarmId) -> Option<Row<'_>> {
        let (condition, _) = condition_of(alarm)?;
        let entry = self.entries.get(&condition)?;
        Some(Row {
            occurrence: entry.state.occurrence(alarm)?,
            condition: &entry.state,
            about: &entry.about,
            revision: self.ledger.revision_of(alarm),
        })
    }

    /// The condition of this name.
    pub fn condition(&self, condition: &ConditionId) -> Option<&Condition> {
        Some(&self.entries.get(condition)?.state)
    }

    /// Every condition that operators put away, with what is told of it; also those that are not active now.
    pub fn put_away(&self) -> impl Iterator<Item = (&Condition, &About)> {
        self.entries
            .values()
            .filter(|entry| entry.state.hidden().is_some())
            .map(|entry| (&entry.state, &entry.about))
    }

    /// The revision of the desk; it grows with every change.
    pub fn revision(&self) -> u64 {
        self.ledger.revision()
    }

    /// What changed after `revision`.
    pub fn changes_since(&self, revision: u64) -> Changes {
        self.ledger.since(revision)
    }

    /// How many open alarms there are.
    pub fn tallies(&self, of: SoundOf) -> &Tallies {
        let [real, not_real] = &self.tallies;
        match of {
            SoundOf::Real => real,
            SoundOf::NotReal => not_real,
        }
    }

    /// How many alarms that nobody was done with left for want of room.
    pub fn given_up(&self) -> u64 {
        self.given_up
    }

    /// How bad the sound is that should be heard; nothing while the desk is silenced.
    pub fn audible(&self, of: SoundOf) -> Option<Severity> {
        let worst = self.tallies(of).worst_sounding()?;
        let is_silenced = self.silenced_up_to(of).is_some_and(|level| worst <= level);
        (!is_silenced).then_some(worst)
    }

    /// Silences the desk until something more severe sounds than anything that sounds now, or until all is quiet.
    pub fn silence(&mut self, of: SoundOf) {
        let worst = self.tallies(of).worst_sounding();
        *self.silenced_mut(of) = worst;
    }

    /// Up to which severity the desk is silenced.
    pub fn silenced_up_to(&self, of: SoundOf) -> Option<Severity> {
        let [real, not_real] = self.silenced;
        match of {
            SoundOf::Real => real,
            SoundOf::NotReal => not_real,
        }
    }

    fn silenced_mut(&mut self, of: SoundOf) -> &mut Option<Severity> {
        let [real, not_real] = &mut self.silenced;
        match of {
            SoundOf::Real => real,
            SoundOf::NotReal => not_real,
        }
    }

    fn tallies_mut(&mut self, of: SoundOf) -> &mut Tallies {
        let [real, not_real] = &mut self.tallies;
        match of {
            SoundOf::Real => real,
            SoundOf::NotReal => not_real,
        }
    }

    fn entry(&mut self, condition: &ConditionId) -> &mut Entry {
        self.entries
            .entry(condition.clone())
            .or_insert_with(|| Entry::new(condition.clone()))
    }

    fn shown<'a>(&'a self, filter: &Filter) -> impl Iterator<Item = Row<'a>> {
        self.order
            .iter()
            .filter_map(move |(_, _, alarm)| self.row(alarm))
            .filter(move |row| filter.shows(row))
    }

    /// Brings lists, counts, timers and sounds in line with a condition after something happened to it. `named` is an alarm that
    /// the step was about, though it may be done with.
    fn follow(&mut self, condition: &ConditionId, named: Option<&AlarmId>) {
        let Some(mut entry) = self.entries.remove(condition) else {
            return;
        };
        entry.state.advance(self.now);
        if let Some(moment) = self.forgotten_until {
            entry.forget_until(moment);
        }
        let before = mem::take(&mut entry.listed);
        for listed in &before {
            self.unlist(listed);
        }
        let open = entry.state.current().into_iter();
        let listed: Vec<Listed> = open
            .chain(entry.state.branches())
            .map(|one| listed_of(&entry, one))
            .collect();
        for one in &listed {
            self.list_in(one);
        }
        entry.listed = listed;
        self.follow_settled(&mut entry);
        for Listed { order, .. } in &before {
            if entry.state.occurrence(&order.2).is_none() {
                self.ledger.remove(&order.2);
            }
        }
        if let Some(alarm) = named.filter(|alarm| entry.state.occurrence(alarm).is_some()) {
            self.ledger.touch(alarm);
        }
        self.follow_timer(&mut entry);
        self.entries.insert(condition.clone(), entry);
        self.make_room();
        self.follow_sound();
    }

    fn list_in(&mut self, listed: &Listed) {
        let alarm = &listed.order.2;
        self.ledger.touch(alarm);
        let counted = listed.counted;
        self.tallies_mut(counted.sound_of).add(counted);
        if let Some(at) = listed.back_at {
            self.waiting.insert((at, alarm.clone()));
        }
        self.order.insert(listed.order.clone());
    }

    fn unlist(&mut self, listed: &Listed) {
        let counted = listed.counted;
        self.tallies_mut(counted.sound_of).remove(counted);
        self.order.remove(&listed.order);
        if let Some(at) = listed.back_at {
            self.waiting.remove(&(at, listed.order.2.clone()));
        }
    }

    fn follow_settled(&mut self, entry: &mut Entry) {
        let settled: Vec<(UtcMillis, AlarmId)> = entry
            .state
            .past()
            .filter_map(|one| Some((one.settled_at?, one.id.clone())))
            .collect();
        if settled == entry.settled {
            return;
        }
        let before: BTreeSet<(UtcMillis, AlarmId)> =
            mem::take(&mut entry.settled).into_iter().collect();
        let after: BTreeSet<(UtcMillis, AlarmId)> = settled.iter().cloned().collect();
        for gone in before.difference(&after) {
            self.settled.remove(gone);
            if entry.state.occurrence(&gone.1).is_none() {
                self.ledger.remove(&gone.1);
            }
        }
        for fresh in after.difference(&before) {
            self.ledger.touch(&fresh.1);
            self.settled.insert(fresh.clone());
        }
        entry.settled = settled;
    }

    fn follow_timer(&mut self, entry: &mut Entry) {
        let due = entry.state.next_due();
        if due == entry.due {
            return;
        }
        let condition = entry.state.id();
        if let Some(earlier) = entry.due {
            self.timers.remove(&(earlier, condition.clone()));
        }
        if let Some(later) = due {
            self.timers.insert((later, condition.clone()));
        }
        entry.due = due;
    }

    /// Lets the oldest go, beyond the limits.
    fn make_room(&mut self) {
        while self.settled.len() > self.limits.max_settled
            && let Some((moment, alarm)) = self.settled.pop_first()
        {
            self.forgotten_until = self.forgotten_until.max(Some(moment));
            self.ledger.remove(&alarm);
            let entry = condition_of(&alarm).and_then(|(name, _)| self.entries.get_mut(&name));
            if let Some(entry) = entry {
                entry.forget_until(moment);
                let gone = entry.settled.extract_if(.., |(at, _)| *at <= moment);
                for one in gone {
                    self.settled.remove(&one);
                    self.ledger.remove(&one.1);
                }
            }
        }
        while self.waiting.len() > self.limits.max_waiting
            && let Some((_, alarm)) = self.waiting.pop_first()
        {
            self.give_up(&alarm);
        }
    }

    fn give_up(&mut self, alarm: &AlarmId) {
        let name = condition_of(alarm).map(|(name, _)| name);
        let Some(entry) = name.and_then(|name| self.entries.get_mut(&name)) else {
            return;
        };
        entry.state.give_up(alarm);
        let place = entry.listed.iter().position(|one| one.order.2 == *alarm);
        if let Some(listed) = place.map(|place| entry.listed.swap_remove(place)) {
            self.unlist(&listed);
        }
        self.ledger.remove(alarm);
        self.given_up += 1;
    }

    /// Ends a silence that something more severe, or quiet, has ended.
    fn follow_sound(&mut self) {
        for of in [SoundOf::Real, SoundOf::NotReal] {
            let worst = self.tallies(of).worst_sounding();
            let silenced = self.silenced_mut(of);
            let holds = worst.is_some_and(|worst| Some(worst) <= *silenced);
            if !holds {
                *silenced = None;
            }
        }
    }
}

fn listed_of(entry: &Entry, one: &Occurrence) -> Listed {
    let sounds = entry.state.sounds().map(|sounding| &sounding.id);
    Listed {
        order: (Reverse(one.severity), Reverse(one.since), one.id.clone()),
        back_at: one.cleared_at.filter(|_| !one.phase.is_active()),
        counted: Counted {
            sound_of: SoundOf::standing(entry.about.standing),
            severity: one.severity,
            hidden: entry.state.hidden(),
            is_unacked: one.phase.is_unacked(),
            is_sounding: sounds == Some(&one.id),
        },
    }
}
