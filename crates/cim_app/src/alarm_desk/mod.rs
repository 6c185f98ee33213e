//! The alarm desk of the product: rules watch the values, `cim_alarm` keeps what they find and what people do about it, and
//! what becomes of an alarm is told as a fact.
//!
//! ```text
//!  values ─► rules (limits of the series, rules of scene packs) ─► changes ─┐
//!  facts of this desk, of others, of the cache ─────────────────────────────┼─► AlarmDesk ─► lists, counts, sound
//!  networks and areas of the city ─► causes, lines, flood (derived, no facts) ─┘
//! ```
//! | file | what |
//! |---|---|
//! | `rules` | the rules of all packs, held against the catalogue |
//! | `around`, `network` | networks and areas of the open city |
//! | `noise` | causes and consequences, lines in a flood, what chatters |
//! | `groups` | suppression groups: what holds them and what they hide |
//! | `acts` | what people do to alarms, in the words of the wire |
//! | `board`, `page`, `detail` | how the desk stands, lists, everything around one alarm |
//! | `past`, `event` | what was before at the same device, and what event an alarm makes |
//! | `load`, `trial` | figures of a stretch, and what a rule would have raised in one |
//! | `then` | the alarms of a past moment |
//!
//! No I/O: what must be written down is handed to whoever asked.

mod acts;
mod around;
mod board;
mod detail;
mod event;
mod groups;
mod load;
mod network;
mod noise;
mod page;
mod past;
mod rules;
#[cfg(test)]
mod tests;
mod then;
mod trial;

pub(crate) use acts::{act_of, undo_of};
pub(crate) use around::Around;
pub(crate) use detail::detail;
pub(crate) use event::event_category;
pub(crate) use groups::{GROUP_OBJECT, GROUP_VERB};
pub(crate) use load::load_of;
pub(crate) use page::Lists;
pub(crate) use past::{alarm_past, conditions_near};
pub(crate) use rules::{Fences, OWN_LIMITS};
pub(crate) use then::{Played, alarms_at, with_played, worst_first};
pub(crate) use trial::{RuleToTry, Trying, trial_dto};

use crate::{
    facts::{
        AlarmChange, AlarmStep, alarms_from_facts, fact_of_act, fact_of_change, rule_of, step_of,
    },
    layers::PackText,
    state::State,
    wire::RuleDto,
};
use cim_alarm::{
    About, Act, AlarmDesk, Became, Condition, ConditionId, Filter, Hidden, Input, Operator, Policy,
    Refusal, Row, SoundOf, Step, Target, condition_of,
    rules::{Change, ChangeKind},
};
use cim_model::{Alarm, AlarmId, DatastreamId, Reading, Severity, ThingId, UtcMillis};
use cim_store::Fact;
use cim_tiles::Problem;
use groups::Groups;
use noise::Noise;
use rules::Rules;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// So many acts on alarms that this desk has not heard of wait for them: values come later than what people did.
const MOST_EARLY: usize = 10_000;
/// So many shelves and services are remembered over a restart.
const MOST_HOLDS: usize = 10_000;

/// What is remembered of the alarm desk beside facts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct KeptAlarms {
    /// Identities of rules that are switched off.
    rules_off: BTreeSet<String>,
    /// Identities of the facts that keep something out of the list now, however long ago they were told.
    pub(crate) holds: BTreeSet<String>,
}

/// Every alarm of the desk, and what finds them.
#[derive(Default)]
pub(crate) struct Alarms {
    desk: AlarmDesk,
    rules: Rules,
    around: Around,
    fences: Fences,
    noise: Noise,
    groups: Groups,
    /// English names of areas, by the Chinese ones.
    area_names: BTreeMap<Arc<str>, String>,
    /// The facts that keep conditions out of the list.
    holds: BTreeMap<(ConditionId, Hidden), String>,
    /// How many acts came before their alarms.
    early: usize,
    /// Facts about alarms of rules that were not there when the desk was opened.
    waiting: Vec<Fact>,
    /// Alarms that ask for attention and are in the list, worst first, as of [`Alarms::look`].
    attention: Vec<Alarm>,
    attention_as_of: Option<u64>,
}

impl Alarms {
    /// Takes the rules of all packs; says what is wrong with them.
    pub(crate) fn set_rules(&mut self, texts: Vec<(String, PackText)>) -> Vec<Problem> {
        self.rules.set_texts(texts)
    }

    /// Another city is open.
    pub(crate) fn set_around(&mut self, around: Around) {
        self.noise.set_network(&around.network);
        self.around = around;
    }

    /// True when the rules know other fences than those as of `revision`.
    pub(crate) fn lacks_fences(&self, revision: u64) -> bool {
        self.fences.revision != revision
    }

    /// Takes the fences that rules may name.
    pub(crate) fn set_fences(&mut self, fences: Fences) {
        self.fences = fences;
    }

    /// True when values of the series in `row` can be looked at.
    pub(crate) fn knows(&self, row: u32) -> bool {
        self.rules.knows(row)
    }

    /// Holds the rules against a catalogue that has grown by much. Says what cannot be watched.
    pub(crate) fn catch_up(&mut self, state: &State, now: UtcMillis) -> Vec<Problem> {
        let had_others = self.rules.is_waiting();
        let problems = self.rules.catch_up(state, &self.fences, now);
        self.take_up_again(state, had_others);
        self.follow_groups(state, now);
        problems
    }

    /// Holds the rules against a catalogue that changed and has rested for a beat. Says what cannot be watched.
    pub(crate) fn settle(&mut self, state: &State, now: UtcMillis) -> Vec<Problem> {
        let had_others = self.rules.is_waiting();
        let problems = self.rules.settle(state, &self.fences, now);
        self.take_up_again(state, had_others);
        self.follow_groups(state, now);
        problems
    }

    /// Looks at a newest value. True when something changed: then [`Alarms::take_changes`] has it. Allocates nothing unless
    /// something did.
    pub(crate) fn observe(&mut self, row: u32, reading: Reading) -> bool {
        self.rules.observe(row, reading)
    }

    /// Somebody came to a fence, left it, or stayed.
    pub(crate) fn pass(&mut self, pass: &crate::layers::fences::FencePass) {
        self.rules.pass(pass.thing, pass.fence, pass.kind, pass.at);
    }

    /// Lets time pass for the rules: delays end, values fail to come.
    pub(crate) fn advance(&mut self, moment: UtcMillis) {
        self.rules.advance(moment);
    }

    /// What the rules found, to be followed by [`Alarms::follow`]; the buffer comes back by [`Alarms::give_back`].
    pub(crate) fn take_changes(&mut self) -> Vec<Change> {
        self.rules.take_changes()
    }

    /// Uses a buffer again.
    pub(crate) fn give_back(&mut self, buffer: Vec<Change>) {
        self.rules.give_back(buffer);
    }

    /// Takes what a rule found; returns what became of which alarm, with its fact. `None` where a rule is switched off, or
    /// nothing became of it.
    pub(crate) fn follow(
        &mut self,
        state: &State,
        change: &Change,
        known_at: UtcMillis,
    ) -> Option<(AlarmChange, Fact)> {
        if self.rules.is_off(change) {
            return None;
        }
        let condition = ConditionId(Arc::clone(&change.condition));
        let became = match change.kind {
            ChangeKind::Raised => AlarmChange::Raised(self.begun(state, &condition, change)),
            ChangeKind::Worsened => AlarmChange::Worsened(Alarm {
                severity: change.severity,
                limit: change.limit,
                value: change.value,
                ..self.active(&condition)?
            }),
            ChangeKind::Cleared => AlarmChange::Cleared(Alarm {
                value: change.value,
                cleared_at: Some(change.at),
                ..self.active(&condition)?
            }),
        };
        let fact = self.take_change(state, condition, &became, (change.at, known_at));
        Some((became, fact))
    }

    /// Lets time pass at the desk: what was shelved returns, what rings again rings, and what belongs together is put
    /// together anew. `heard` is the moment up to which values can have come.
    pub(crate) fn tick(&mut self, state: &State, now: UtcMillis, heard: UtcMillis) -> bool {
        let before = self.desk.revision();
        self.desk.tick(now);
        self.tick_groups(now);
        let is_other = self
            .noise
            .look(&mut self.desk, &self.around, state, (now, heard));
        is_other || self.desk.revision() != before
    }

    /// Does something to an alarm in somebody's name: the fact to write down, or why not.
    pub(crate) fn act(
        &mut self,
        alarm: &AlarmId,
        act: &Act,
        who: &Operator,
        now: UtcMillis,
    ) -> Result<Fact, Refusal> {
        let row = self
            .desk
            .row(alarm)
            .ok_or_else(|| Refusal::Unknown(alarm.to_string()))?;
        let (seen, rang_at) = (alarm_of(&row), row.occurrence.rang_at);
        let step = self
            .desk
            .allowed(&Target::Alarm(alarm.clone()), act, who, now)?;
        let fact = fact_of_act(&seen, act, rang_at, (now, &who.name));
        self.note_hold(&step.condition, act, &fact.id);
        self.desk.apply(Step {
            id: Arc::from(fact.id.as_str()),
            ..step
        });
        Ok(fact)
    }

    /// Which of `acts` are allowed on an alarm now, by their words.
    fn allowed(
        &self,
        alarm: &AlarmId,
        acts: &[(&'static str, Act)],
        who: &Operator,
        now: UtcMillis,
    ) -> Vec<String> {
        let target = Target::Alarm(alarm.clone());
        let is_allowed =
            |(_, act): &&(&str, Act)| self.desk.allowed(&target, act, who, now).is_ok();
        acts.iter()
            .filter(is_allowed)
            .map(|(word, _)| (*word).to_owned())
            .collect()
    }

    /// Takes what somebody did to an alarm or a suppression group, here before a restart or at another desk. False when it is
    /// about anything else.
    pub(crate) fn take_act(&mut self, fact: &Fact) -> bool {
        if self.take_group_fact(fact) {
            return true;
        }
        let Some((alarm, AlarmStep::Done { by, act })) = step_of(fact) else {
            return false;
        };
        let Some((condition, _)) = condition_of(&alarm.id) else {
            return false;
        };
        if self.desk.row(&alarm.id).is_none() {
            if self.early >= MOST_EARLY {
                return false;
            }
            self.early += 1;
        }
        self.note_hold(&condition, &act, &fact.id);
        self.desk.apply(Step {
            id: Arc::from(fact.id.as_str()),
            condition,
            at: fact.happened_at,
            by: Arc::from(by),
            input: Input::Act {
                alarm: act.is_about_an_alarm().then_some(alarm.id),
                act,
            },
        });
        true
    }

    /// Takes up what was written down before the desk was closed: the alarms that `facts` tell of, and the shelves and
    /// services of `held`, which may be older.
    pub(crate) fn restore(
        &mut self,
        state: &State,
        facts: &[Fact],
        held: &[Fact],
        now: UtcMillis,
    ) -> Vec<Problem> {
        let problems = self.rules.compile(state, &self.fences, now);
        self.take_up(state, facts);
        for fact in held {
            self.take_act(fact);
        }
        self.follow_groups(state, now);
        problems
    }

    /// Switches a written rule; returns what became of its alarms, with their facts.
    pub(crate) fn switch_rule(
        &mut self,
        state: &State,
        id: &str,
        on: bool,
        now: UtcMillis,
    ) -> Option<Vec<(AlarmChange, Fact)>> {
        self.rules.find(id)?;
        if self.rules.off().contains(id) != on {
            return Some(Vec::new());
        }
        if on {
            self.rules.switch(id, true);
            let active = self.rules.active_of(id);
            let begun = active.into_iter().filter_map(|change| {
                let change = Change {
                    since: now,
                    at: now,
                    kind: ChangeKind::Raised,
                    ..change
                };
                self.follow(state, &change, now)
            });
            return Some(begun.collect());
        }
        self.rules.switch(id, false);
        let of_rule = Filter {
            rules: BTreeSet::from([Arc::from(id)]),
            is_active_only: true,
            ..everything()
        };
        let active: Vec<Alarm> = self
            .desk
            .list(&of_rule, 0, usize::MAX)
            .iter()
            .map(alarm_of)
            .collect();
        let ended = active.into_iter().filter_map(|alarm| {
            let (condition, _) = condition_of(&alarm.id)?;
            let became = AlarmChange::Cleared(Alarm {
                cleared_at: Some(now),
                ..alarm
            });
            let fact = self.take_change(state, condition, &became, (now, now));
            Some((became, fact))
        });
        Some(ended.collect())
    }

    /// The rules of the desk, the series' own limits first.
    pub(crate) fn rules(&self, language: &str, limits_name: String) -> Vec<RuleDto> {
        let conditions = self.rules.condition_counts();
        let mut active: BTreeMap<&str, u32> = BTreeMap::new();
        let open = Filter {
            is_active_only: true,
            ..everything()
        };
        for row in self.desk.list(&open, 0, usize::MAX) {
            *active.entry(&row.about.rule).or_default() += 1;
        }
        let count = |rule: Option<u32>| conditions.get(&rule).copied().unwrap_or(0);
        let own = RuleDto {
            id: OWN_LIMITS.to_owned(),
            name: limits_name,
            about: String::new(),
            pack: String::new(),
            kind: OWN_LIMITS.to_owned(),
            conditions: count(None),
            active: active.get(OWN_LIMITS).copied().unwrap_or(0),
            is_on: true,
        };
        let written = self
            .rules
            .plans()
            .iter()
            .zip(0_u32..)
            .map(|(plan, place)| RuleDto {
                id: plan.id.clone(),
                name: plan.name.in_language(language).to_owned(),
                about: plan.about.in_language(language).to_owned(),
                pack: self.rules.pack_of(plan).to_owned(),
                kind: rules::kind_word(&plan.when).to_owned(),
                conditions: count(Some(place)),
                active: active.get(plan.id.as_str()).copied().unwrap_or(0),
                is_on: !self.rules.off().contains(&plan.id),
            });
        std::iter::once(own).chain(written).collect()
    }

    /// What is remembered of the desk beside facts.
    pub(crate) fn kept(&self) -> KeptAlarms {
        let holds = self.holds.iter().filter(|((condition, reason), _)| {
            let state = self.desk.condition(condition);
            state.is_some_and(|state| is_held(state, *reason))
        });
        KeptAlarms {
            rules_off: self.rules.off().clone(),
            holds: holds
                .map(|(_, fact)| fact.clone())
                .chain(self.groups.holds().map(str::to_owned))
                .collect(),
        }
    }

    /// Makes what was remembered hold again; shelves and services come with their facts.
    pub(crate) fn remember(&mut self, kept: &KeptAlarms) {
        for id in &kept.rules_off {
            self.rules.switch(id, false);
        }
    }

    /// Silences what rings; a worse one rings again.
    pub(crate) fn silence(&mut self) {
        self.desk.silence(SoundOf::Real);
    }

    /// Puts the list of those that ask for attention in order, if anything changed.
    pub(crate) fn look(&mut self) {
        let revision = self.desk.revision();
        if self.attention_as_of == Some(revision) {
            return;
        }
        let shown = self.desk.list(&Filter::default(), 0, usize::MAX);
        self.attention = shown.iter().map(alarm_of).collect();
        self.attention_as_of = Some(revision);
    }

    /// Alarms that ask for attention and are neither shelved, suppressed nor out of service, worst first, as of the last look.
    pub(crate) fn attention(&self) -> &[Alarm] {
        &self.attention
    }

    /// Every alarm remembered, in no particular order.
    pub(crate) fn all(&self) -> Vec<Alarm> {
        let open = self.desk.list(&everything(), 0, usize::MAX);
        open.iter()
            .map(alarm_of)
            .chain(self.desk.settled().map(|row| alarm_of(&row)))
            .collect()
    }

    /// The alarm of this name.
    pub(crate) fn get(&self, id: &str) -> Option<Alarm> {
        self.desk.row(&AlarmId::new(id)).map(|row| alarm_of(&row))
    }

    /// Counts up whenever anything about any alarm changes.
    pub(crate) fn revision(&self) -> u64 {
        let derived = self.noise.revision().wrapping_add(self.groups.revision());
        self.desk.revision().wrapping_add(derived)
    }

    /// What holds for the condition of an alarm.
    pub(crate) fn policy_of(&self, alarm: &str) -> Policy {
        let plan = rule_of(alarm).and_then(|rule| self.rules.find(rule));
        plan.map(rules::policy_of).unwrap_or_default()
    }

    /// What the rule of an alarm is called in `language`; empty for a series' own limits.
    fn rule_name(&self, alarm: &str, language: &str) -> String {
        let Some(rule) = rule_of(alarm) else {
            return String::new();
        };
        let plan = self.rules.find(rule);
        // A rule that is gone is called by what is left of it.
        plan.map_or(rule, |plan| plan.name.in_language(language))
            .to_owned()
    }

    /// What an area, known by its Chinese name, is called in `language`.
    fn area_name(&self, area: &str, language: &str) -> String {
        let english = self.area_names.get(area).filter(|en| !en.is_empty());
        let name = english.filter(|_| language == "en");
        name.map_or(area, String::as_str).to_owned()
    }

    /// The alarm that `change` begins, with what is told of its condition.
    fn begun(&mut self, state: &State, condition: &ConditionId, change: &Change) -> Alarm {
        let series = change.series.and_then(|row| state.series_at(row));
        let of_series = series.map(|series| &series.datastream);
        let thing = change.thing.and_then(|row| state.thing(row));
        let alarm = Alarm {
            id: condition.alarm(change.since),
            datastream: of_series.map_or_else(|| DatastreamId::new(""), |of| of.id.clone()),
            thing: match (thing, of_series) {
                (Some(thing), _) => thing.thing.id.clone(),
                (None, Some(of)) => of.thing.clone(),
                (None, None) => ThingId::new(""),
            },
            severity: change.severity,
            limit: change.limit,
            value: change.value,
            since: change.since,
            cleared_at: None,
            acknowledged: None,
        };
        let (about, policy) = self.described(state, &alarm);
        self.desk.describe(condition, about, policy);
        alarm
    }

    /// The alarm of a condition that is active.
    fn active(&self, condition: &ConditionId) -> Option<Alarm> {
        let current = self.desk.condition(condition)?.current()?;
        let row = self.desk.row(&current.id)?;
        current.phase.is_active().then(|| alarm_of(&row))
    }

    /// What is told of the condition of `alarm`, and what holds for it.
    fn described(&mut self, state: &State, alarm: &Alarm) -> (About, Policy) {
        let rule = rule_of(alarm.id.as_str());
        let thing = state
            .thing_row(alarm.thing.as_str())
            .and_then(|row| state.thing(row));
        let area = thing.map(|row| self.around.area_at(row.thing.position));
        let area = area.filter(|[zh, _]| !zh.is_empty()).map(|[zh, en]| {
            let zh: Arc<str> = Arc::from(zh);
            self.area_names.entry(Arc::clone(&zh)).or_insert(en);
            zh
        });
        let named = |id: &str| !id.is_empty();
        let about = About {
            rule: Arc::from(rule.unwrap_or(OWN_LIMITS)),
            kind: Arc::from(thing.map_or("", |row| row.thing.kind.as_str())),
            thing: Some(alarm.thing.clone()).filter(|id| named(id.as_str())),
            datastream: Some(alarm.datastream.clone()).filter(|id| named(id.as_str())),
            area,
            ..About::default()
        };
        (about, self.policy_of(alarm.id.as_str()))
    }

    /// Takes up the alarms that `facts` tell of. Those of rules that are not there yet wait: scene packs come later.
    fn take_up(&mut self, state: &State, facts: &[Fact]) {
        let begun: BTreeSet<AlarmId> = facts
            .iter()
            .filter_map(step_of)
            .filter(|(_, step)| *step == AlarmStep::Raised)
            .map(|(alarm, _)| alarm.id)
            .collect();
        let (mut taken, mut waiting) = (BTreeSet::new(), BTreeSet::new());
        for alarm in alarms_from_facts(facts) {
            let Some((condition, since)) = condition_of(&alarm.id) else {
                continue;
            };
            let (severity, limit) = (alarm.severity, alarm.limit);
            let is_active = alarm.cleared_at.is_none();
            let rule = rule_of(alarm.id.as_str());
            let is_off = rule.is_some_and(|rule| self.rules.off().contains(rule));
            // An alarm of a series that is gone could never clear.
            if is_active && (is_off || !self.rules.restore(&condition, since, severity, limit)) {
                if rule.is_some() && !is_off {
                    waiting.insert(alarm.id);
                }
                continue;
            }
            let (about, policy) = self.described(state, &alarm);
            self.desk.describe(&condition, about, policy);
            taken.insert(alarm.id.clone());
            if !begun.contains(&alarm.id) {
                // It began before the facts at hand, which tell of it all the same.
                let id = format!("{}#restored", alarm.id);
                let became = AlarmChange::Raised(alarm);
                self.desk
                    .apply(step_of_change(&condition, &became, &id, since));
            }
        }
        for fact in facts {
            let Some((alarm, step)) = step_of(fact) else {
                continue;
            };
            if taken.contains(&alarm.id) {
                self.take_step_again(fact, alarm, &step);
            } else if waiting.contains(&alarm.id) && self.waiting.len() < MOST_EARLY {
                self.waiting.push(fact.clone());
            }
        }
    }

    /// Takes up what waited for rules, when there are others.
    fn take_up_again(&mut self, state: &State, had_others: bool) {
        if had_others && !self.rules.is_waiting() && !self.waiting.is_empty() {
            let facts = std::mem::take(&mut self.waiting);
            self.take_up(state, &facts);
        }
    }

    /// Takes what became of an alarm by itself; returns its fact.
    fn take_change(
        &mut self,
        state: &State,
        condition: ConditionId,
        became: &AlarmChange,
        (at, known_at): (UtcMillis, UtcMillis),
    ) -> Fact {
        let fact = fact_of_change(became, at, known_at);
        self.desk.apply(step_of_change(
            &condition,
            became,
            &fact.id,
            fact.happened_at,
        ));
        self.meet_groups(state, &condition, known_at.max(fact.happened_at));
        if let AlarmChange::Raised(alarm) = became {
            let is_hidden = self
                .desk
                .condition(&condition)
                .is_none_or(|state| state.hidden().is_some());
            self.noise.note_raise(&condition, alarm.since, is_hidden);
        }
        fact
    }

    /// Takes a step that was written down before.
    fn take_step_again(&mut self, fact: &Fact, alarm: Alarm, step: &AlarmStep) {
        let Some((condition, _)) = condition_of(&alarm.id) else {
            return;
        };
        let became = match step {
            AlarmStep::Done { .. } => {
                self.take_act(fact);
                return;
            }
            AlarmStep::Raised => AlarmChange::Raised(alarm),
            AlarmStep::Worsened { .. } => AlarmChange::Worsened(alarm),
            AlarmStep::Cleared => AlarmChange::Cleared(alarm),
        };
        self.desk.apply(step_of_change(
            &condition,
            &became,
            &fact.id,
            fact.happened_at,
        ));
    }

    /// Notes which fact keeps a condition out of the list.
    fn note_hold(&mut self, condition: &ConditionId, act: &Act, fact: &str) {
        let reason = match act {
            Act::Shelve { .. } => Hidden::Shelved,
            Act::TakeOutOfService { .. } => Hidden::OutOfService,
            _ => return,
        };
        if self.holds.len() >= MOST_HOLDS {
            let desk = &self.desk;
            self.holds.retain(|(condition, reason), _| {
                let state = desk.condition(condition);
                state.is_some_and(|state| is_held(state, *reason))
            });
        }
        if self.holds.len() < MOST_HOLDS {
            self.holds
                .insert((condition.clone(), reason), fact.to_owned());
        }
    }
}

/// True when somebody keeps the condition out of the list for `reason`.
fn is_held(state: &Condition, reason: Hidden) -> bool {
    match reason {
        Hidden::Shelved => state.shelved().is_some(),
        _ => state.out_of_service().is_some(),
    }
}

/// Everything that is not done with, hidden or not.
fn everything() -> Filter {
    Filter {
        hidden: BTreeSet::from(Hidden::ALL),
        ..Filter::default()
    }
}

/// The alarm in `row`, as the rest of the desk knows alarms.
fn alarm_of(row: &Row<'_>) -> Alarm {
    let (one, about) = (row.occurrence, row.about);
    Alarm {
        id: one.id.clone(),
        datastream: about
            .datastream
            .clone()
            .unwrap_or_else(|| DatastreamId::new("")),
        thing: about.thing.clone().unwrap_or_else(|| ThingId::new("")),
        severity: one.severity,
        limit: one.limit,
        value: one.value,
        since: one.since,
        cleared_at: one.cleared_at,
        acknowledged: one
            .acknowledged
            .as_ref()
            .map(|stamp| (stamp.at, stamp.by.to_string())),
    }
}

/// The step that says what became of an alarm by itself; the same fact is the same step.
fn step_of_change(condition: &ConditionId, became: &AlarmChange, id: &str, at: UtcMillis) -> Step {
    let (alarm, is_active) = match became {
        AlarmChange::Raised(alarm) | AlarmChange::Worsened(alarm) => (alarm, true),
        AlarmChange::Cleared(alarm) => (alarm, false),
    };
    let by = rule_of(alarm.id.as_str()).unwrap_or(OWN_LIMITS);
    Step {
        id: Arc::from(id),
        condition: condition.clone(),
        at,
        by: Arc::from(format!("rule:{by}")),
        input: Input::Became(Became {
            is_active,
            severity: alarm.severity,
            value: alarm.value,
            limit: alarm.limit,
            since: alarm.since,
        }),
    }
}

/// The place of a severity in counts: critical, high, medium, low; `None` for what does not alarm.
fn place_of(severity: Severity) -> Option<usize> {
    Severity::ALARMING
        .iter()
        .position(|known| *known == severity)
}
