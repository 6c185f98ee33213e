//! Suppression groups at work: which conditions belong to which, what holds each, and what somebody said about them by hand.
//!
//! That a group was suppressed by hand is a fact; that its members are, follows from it, from triggers and from windows, and is
//! worked out on every desk anew. What a group hides is counted and can be listed.

use super::{Alarms, everything, noise::derived, rules::Rules};
use crate::{
    state::State,
    wire::{AlarmGroupDto, AlarmGroupHandDto, AlarmGroupWindowDto},
};
use cim_alarm::{
    AlarmDesk, Condition, ConditionId, Filter, Hidden, Row, SoundOf, SuppressCause,
    noise::{GroupAct, SuppressionGroup, SuppressionGroups},
    rules::{ConditionPick, GroupPlan, Window},
};
use cim_model::UtcMillis;
use cim_store::Fact;
use serde::{Deserialize, Serialize};
use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
};

/// What a fact about a suppression group is about: this, then the group's identity.
pub(crate) const GROUP_OBJECT: &str = "alarm_group:";
/// Before the verbs of what people do to groups.
pub(crate) const GROUP_VERB: &str = "alarm_group_";
const SUPPRESSED: &str = "alarm_group_suppressed";
const RELEASED: &str = "alarm_group_released";
/// So many groups are remembered that somebody did something to.
const MOST_HANDS: usize = 1_000;

/// What is written down of an act on a group.
#[derive(Serialize, Deserialize)]
struct HandBody {
    #[serde(default)]
    reason: String,
    /// Until when, UTC milliseconds.
    until: i64,
}

/// What somebody did to a group last.
#[derive(Clone, Debug)]
struct Hand {
    fact: String,
    at: UtcMillis,
    by: String,
    reason: String,
    /// When it ends; its own moment where somebody took a suppression back.
    until: UtcMillis,
}

/// Every suppression group of the desk.
#[derive(Default)]
pub(super) struct Groups {
    plans: Vec<GroupPlan>,
    /// The groups that rules name, by rule.
    of_rules: BTreeMap<String, Vec<String>>,
    engine: SuppressionGroups,
    /// Conditions that were held against the groups.
    met: BTreeSet<ConditionId>,
    /// What was done by hand, by group; also to groups of packs that are not there yet.
    hands: BTreeMap<String, Hand>,
    /// As of which rules the groups are.
    as_of: u64,
    revision: u64,
    /// How many follow from others and how many are suppressed with their group, as of a revision of the desk.
    counted: Cell<Option<(u64, (u32, u32))>>,
}

impl Groups {
    /// Counts up whenever something was done to a group, or other groups are there.
    pub(super) fn revision(&self) -> u64 {
        self.revision
    }

    /// How many groups are on.
    pub(super) fn on(&self) -> usize {
        self.engine.on().count()
    }

    /// Facts that hold a group by hand.
    pub(super) fn holds(&self) -> impl Iterator<Item = &str> {
        self.hands.iter().filter_map(|(id, hand)| {
            // A group of a pack that is not there yet may still be held.
            let state = self.engine.state(id);
            let is_held =
                hand.until > hand.at && state.is_none_or(|state| state.by_hand_until.is_some());
            is_held.then_some(hand.fact.as_str())
        })
    }

    /// Takes other groups, when other rules hold.
    fn follow_rules(&mut self, desk: &mut AlarmDesk, rules: &Rules, state: &State, now: UtcMillis) {
        if self.as_of == rules.revision() {
            return;
        }
        self.as_of = rules.revision();
        let before = self.engine.let_go();
        apply(desk, before, now);
        rules.groups().clone_into(&mut self.plans);
        self.of_rules.clear();
        for rule in rules.plans().iter().filter(|rule| !rule.groups.is_empty()) {
            self.of_rules.insert(rule.id.clone(), rule.groups.clone());
        }
        self.engine = SuppressionGroups::new(
            self.plans
                .iter()
                .map(|plan| (plan.id.clone(), SuppressionGroup::default())),
        );
        self.met.clear();
        let hands: Vec<(String, UtcMillis)> = self
            .hands
            .iter()
            .map(|(id, hand)| (id.clone(), hand.until))
            .collect();
        for (id, until) in hands {
            if until > now {
                let acts = self.engine.by_hand(&id, until);
                apply(desk, acts, now);
            }
        }
        self.meet_all(desk, state, now);
        self.revision += 1;
    }

    /// Looks at every alarm that is open.
    fn meet_all(&mut self, desk: &mut AlarmDesk, state: &State, now: UtcMillis) {
        if self.plans.is_empty() {
            return;
        }
        let open = desk.list(&everything(), 0, usize::MAX);
        let conditions: BTreeSet<ConditionId> =
            open.iter().map(|row| row.condition.id().clone()).collect();
        for condition in conditions {
            self.meet(desk, state, &condition, now);
        }
    }

    /// A condition began or ended: it joins its groups, and those that it holds are switched.
    fn meet(
        &mut self,
        desk: &mut AlarmDesk,
        state: &State,
        condition: &ConditionId,
        now: UtcMillis,
    ) {
        if self.plans.is_empty() {
            return;
        }
        let current = desk.condition(condition).and_then(Condition::current);
        let is_active = current.is_some_and(|one| one.phase.is_active());
        let mut acts = Vec::new();
        if !self.met.contains(condition)
            && let Some(row) = current.and_then(|one| desk.row(&one.id))
        {
            self.met.insert(condition.clone());
            self.join(&row, state, &mut acts);
        }
        acts.extend(self.engine.observe(condition, is_active));
        apply(desk, acts, now);
    }

    /// Puts a condition into its groups.
    fn join(&mut self, row: &Row<'_>, state: &State, acts: &mut Vec<GroupAct>) {
        let (condition, about) = (row.condition.id(), row.about);
        let thing = about.thing.as_ref();
        let thing = thing.and_then(|id| state.thing(state.thing_row(id.as_str())?));
        let series = about.datastream.as_ref();
        let series = series.and_then(|id| state.series_at(state.series_row(id)?));
        let takes = |pick: &ConditionPick| {
            pick.takes(
                &about.rule,
                thing.map(|row| &row.thing),
                series.map(|row| &row.datastream),
            )
        };
        let named = self.of_rules.get(&*about.rule);
        for plan in &self.plans {
            if plan.triggers.as_ref().is_some_and(takes) {
                self.engine.add_trigger(&plan.id, condition);
            }
            let is_named = named.is_some_and(|groups| groups.contains(&plan.id));
            if is_named || plan.members.as_ref().is_some_and(takes) {
                acts.extend(self.engine.add_member(&plan.id, condition));
            }
        }
    }

    /// Lets time pass: windows begin and end, and what was suppressed by hand until now ends.
    fn tick(&mut self, desk: &mut AlarmDesk, now: UtcMillis) {
        let mut acts = self.engine.tick(now);
        for plan in &self.plans {
            let is_planned = plan.window_until(now).is_some();
            let state = self.engine.state(&plan.id);
            if state.is_some_and(|state| state.is_planned != is_planned) {
                acts.extend(self.engine.planned(&plan.id, is_planned));
                self.revision += 1;
            }
        }
        self.revision += u64::from(!acts.is_empty());
        apply(desk, acts, now);
    }

    /// Takes what somebody did to a group, here or at another desk. False when the fact is about anything else.
    fn take_fact(&mut self, desk: &mut AlarmDesk, fact: &Fact) -> bool {
        let Some(group) = fact.subject.strip_prefix(GROUP_OBJECT) else {
            return false;
        };
        if !matches!(fact.verb.as_str(), SUPPRESSED | RELEASED) {
            return false;
        }
        let Ok(body) = serde_json::from_str::<HandBody>(&fact.body) else {
            tracing::warn!(fact = %fact.id, "a fact about a suppression group cannot be read");
            return false;
        };
        let is_later = |known: &Hand| (known.at, &known.fact) >= (fact.happened_at, &fact.id);
        let has_room = self.hands.len() < MOST_HANDS || self.hands.contains_key(group);
        if self.hands.get(group).is_some_and(is_later) || !has_room {
            return false;
        }
        let is_released = fact.verb == RELEASED;
        let until = if is_released {
            fact.happened_at
        } else {
            UtcMillis(body.until)
        };
        let hand = Hand {
            fact: fact.id.clone(),
            at: fact.happened_at,
            by: fact.author.clone(),
            reason: body.reason,
            until,
        };
        self.hands.insert(group.to_owned(), hand);
        let acts = if is_released {
            self.engine.release(group)
        } else {
            self.engine.by_hand(group, until)
        };
        self.revision += 1;
        apply(desk, acts, fact.happened_at);
        true
    }
}

/// Does to members what their groups ask for.
fn apply(desk: &mut AlarmDesk, acts: Vec<GroupAct>, now: UtcMillis) {
    for GroupAct { condition, act } in acts {
        desk.apply(derived(&condition, act, now));
    }
}

impl Alarms {
    /// Takes the groups of the rules that hold now.
    pub(super) fn follow_groups(&mut self, state: &State, now: UtcMillis) {
        self.groups
            .follow_rules(&mut self.desk, &self.rules, state, now);
    }

    /// A condition began or ended: its groups follow.
    pub(super) fn meet_groups(&mut self, state: &State, condition: &ConditionId, now: UtcMillis) {
        self.groups.meet(&mut self.desk, state, condition, now);
    }

    /// Lets time pass for the groups.
    pub(super) fn tick_groups(&mut self, now: UtcMillis) {
        self.groups.tick(&mut self.desk, now);
    }

    /// Takes what somebody did to a group. False when the fact is about anything else.
    pub(super) fn take_group_fact(&mut self, fact: &Fact) -> bool {
        self.groups.take_fact(&mut self.desk, fact)
    }

    /// How long a group may be suppressed by hand, seconds; `None` without such a group.
    pub(crate) fn by_hand_max_s(&self, group: &str) -> Option<f64> {
        let plan = self.groups.plans.iter().find(|plan| plan.id == group)?;
        Some(plan.by_hand_max_s)
    }

    /// What a group is called in `language`.
    pub(crate) fn group_name(&self, group: &str, language: &str) -> Option<String> {
        let plan = self.groups.plans.iter().find(|plan| plan.id == group)?;
        Some(plan.name.in_language(language).to_owned())
    }

    /// Somebody suppresses a group for a time, or takes that back where `until` is `None`: the fact to write down.
    pub(crate) fn set_group(
        &mut self,
        group: &str,
        (until, reason): (Option<UtcMillis>, &str),
        (now, by): (UtcMillis, &str),
    ) -> Fact {
        let verb = if until.is_some() {
            SUPPRESSED
        } else {
            RELEASED
        };
        let body = HandBody {
            reason: reason.to_owned(),
            until: until.unwrap_or(now).0,
        };
        let before = self.groups.hands.get(group).filter(|_| until.is_none());
        let fact = Fact {
            id: format!("{GROUP_OBJECT}{group}#{verb}#{by}#{}", now.0),
            happened_at: now,
            known_at: now,
            author: by.to_owned(),
            subject: format!("{GROUP_OBJECT}{group}"),
            verb: verb.to_owned(),
            // A number and a text: this cannot fail.
            body: serde_json::to_string(&body).unwrap_or_default(),
            cause: before.map_or_else(String::new, |hand| hand.fact.clone()),
        };
        self.take_group_fact(&fact);
        fact
    }

    /// Every group, by identity.
    pub(crate) fn groups(&self, language: &str, now: UtcMillis) -> Vec<AlarmGroupDto> {
        let hidden = self.hidden_by_groups();
        let groups = &self.groups;
        let told = groups.plans.iter().map(|plan| {
            let state = groups.engine.state(&plan.id).unwrap_or_default();
            let hand = groups.hands.get(&plan.id);
            let hand = hand.filter(|_| state.by_hand_until.is_some());
            AlarmGroupDto {
                id: plan.id.clone(),
                name: plan.name.in_language(language).to_owned(),
                about: plan.about.in_language(language).to_owned(),
                pack: self.rules.pack_of_file(&plan.file).to_owned(),
                is_on: state.is_on,
                active_triggers: u32::try_from(state.active).unwrap_or(u32::MAX),
                hand: hand.map(|hand| AlarmGroupHandDto {
                    by: hand.by.clone(),
                    reason: hand.reason.clone(),
                    since: hand.at.0,
                    until: hand.until.0,
                }),
                window_until: plan.window_until(now).map(|until| until.0),
                hidden: hidden.get(plan.id.as_str()).copied().unwrap_or(0),
                members: self.member_names(plan, language),
                triggers: self.pick_names(plan.triggers.as_ref(), language),
                windows: plan.windows.iter().map(|one| window_dto(*one)).collect(),
                by_hand_max_s: plan.by_hand_max_s,
            }
        });
        told.collect()
    }

    /// How many open alarms each group hides.
    fn hidden_by_groups(&self) -> BTreeMap<String, u32> {
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        if self.groups.on() == 0 {
            return counts;
        }
        for row in self.desk.list(&suppressed_only(), 0, usize::MAX) {
            for group in groups_of(&row) {
                *counts.entry(group.to_owned()).or_default() += 1;
            }
        }
        counts
    }

    /// How many open alarms follow from others, and how many are suppressed with their group alone.
    pub(super) fn suppressed_counts(&self) -> (u32, u32) {
        let revision = self.revision();
        let known = self.groups.counted.get();
        if let Some((_, counts)) = known.filter(|(as_of, _)| *as_of == revision) {
            return counts;
        }
        let counts = self.count_suppressed();
        self.groups.counted.set(Some((revision, counts)));
        counts
    }

    fn count_suppressed(&self) -> (u32, u32) {
        let all = self.desk.tallies(SoundOf::Real).hidden.suppressed;
        if self.groups.on() == 0 {
            return (all, 0);
        }
        let rows = self.desk.list(&suppressed_only(), 0, usize::MAX);
        let with_group = rows.iter().filter(|row| !has_cause(row)).count();
        let with_group = u32::try_from(with_group).unwrap_or(u32::MAX);
        (all.saturating_sub(with_group), with_group)
    }

    /// What the rules are called whose conditions belong to a group.
    fn member_names(&self, plan: &GroupPlan, language: &str) -> Vec<String> {
        let rules = self.rules.plans().iter();
        let naming = rules.filter(|rule| rule.groups.contains(&plan.id));
        let mut names: Vec<String> = naming
            .map(|rule| rule.name.in_language(language).to_owned())
            .collect();
        for name in self.pick_names(plan.members.as_ref(), language) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// What the rules of a pick are called; a rule that is not there, and `limits`, by their identity.
    fn pick_names(&self, pick: Option<&ConditionPick>, language: &str) -> Vec<String> {
        let ids = pick.into_iter().flat_map(|pick| &pick.rules);
        ids.map(|id| {
            let rule = self.rules.find(id);
            let name = rule.map(|rule| rule.name.in_language(language).to_owned());
            name.unwrap_or_else(|| id.clone())
        })
        .collect()
    }
}

/// The groups that suppress the condition of an alarm.
pub(super) fn groups_of<'a>(row: &Row<'a>) -> impl Iterator<Item = &'a str> + use<'a> {
    let causes = row.condition.suppressions().keys();
    causes.filter_map(|cause| match cause {
        SuppressCause::Group(group) => Some(group.as_str()),
        SuppressCause::Alarm(_) | SuppressCause::Hand => None,
    })
}

/// True when the alarm is suppressed as a consequence, whatever else suppresses it.
fn has_cause(row: &Row<'_>) -> bool {
    let mut causes = row.condition.suppressions().keys();
    causes.any(|cause| matches!(cause, SuppressCause::Alarm(_)))
}

/// Real alarms that are suppressed and nothing worse.
fn suppressed_only() -> Filter {
    Filter {
        hidden: BTreeSet::from([Hidden::Suppressed]),
        is_hidden_only: true,
        sound_of: Some(SoundOf::Real),
        ..Filter::default()
    }
}

fn window_dto(window: Window) -> AlarmGroupWindowDto {
    let clock = |minute: u32| format!("{:02}:{:02}", minute / 60, minute % 60);
    let numbered = window.days.iter().zip(1_u8..);
    AlarmGroupWindowDto {
        days: numbered
            .filter(|(begins, _)| **begins)
            .map(|(_, day)| day)
            .collect(),
        from: clock(window.from_min),
        to: clock(window.to_min),
    }
}
