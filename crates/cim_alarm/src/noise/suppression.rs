//! Suppression groups: conditions that are of no use while another one holds, or while somebody says so.

use crate::condition::{Act, ConditionId, SuppressCause};
use cim_model::UtcMillis;
use std::collections::{BTreeMap, BTreeSet};

/// How many groups there may be; more are not taken.
const MAX_GROUPS: usize = 10_000;

/// A named group of conditions that are suppressed together (AlarmSuppressionGroupType, OPC 10000-9, 5.8.4).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SuppressionGroup {
    /// While one of these is active, the members are suppressed.
    pub triggers: BTreeSet<ConditionId>,
    /// What is suppressed.
    pub members: BTreeSet<ConditionId>,
}

/// An act that a group asks for; the caller makes a step of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupAct {
    /// The member.
    pub condition: ConditionId,
    /// What is to be done to it.
    pub act: Act,
}

#[derive(Clone, Debug, Default)]
struct Held {
    group: SuppressionGroup,
    active: BTreeSet<ConditionId>,
    by_hand_until: Option<UtcMillis>,
    is_planned: bool,
    is_on: bool,
}

/// Why a group is on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroupState {
    /// It is on.
    pub is_on: bool,
    /// How many of its triggers are active.
    pub active: usize,
    /// Until when somebody suppresses it.
    pub by_hand_until: Option<UtcMillis>,
    /// A window of planned maintenance holds it.
    pub is_planned: bool,
}

/// All suppression groups of a desk.
#[derive(Clone, Debug, Default)]
pub struct SuppressionGroups {
    groups: BTreeMap<String, Held>,
    by_trigger: BTreeMap<ConditionId, BTreeSet<String>>,
}

impl SuppressionGroups {
    /// The groups by name; beyond ten thousand they are passed over.
    pub fn new(groups: impl IntoIterator<Item = (String, SuppressionGroup)>) -> Self {
        let mut all = Self::default();
        for (name, group) in groups.into_iter().take(MAX_GROUPS) {
            for trigger in &group.triggers {
                let names = all.by_trigger.entry(trigger.clone()).or_default();
                names.insert(name.clone());
            }
            let held = Held {
                group,
                ..Held::default()
            };
            all.groups.insert(name, held);
        }
        all
    }

    /// The groups that are on, by name.
    pub fn on(&self) -> impl Iterator<Item = (&str, &SuppressionGroup)> {
        self.groups
            .iter()
            .filter(|(_, held)| held.is_on)
            .map(|(name, held)| (name.as_str(), &held.group))
    }

    /// How a group stands; nothing where there is no such group.
    pub fn state(&self, name: &str) -> Option<GroupState> {
        let held = self.groups.get(name)?;
        Some(GroupState {
            is_on: held.is_on,
            active: held.active.len(),
            by_hand_until: held.by_hand_until,
            is_planned: held.is_planned,
        })
    }

    /// A condition holds a group from now on; told before it is told as a member.
    pub fn add_trigger(&mut self, name: &str, condition: &ConditionId) {
        let Some(held) = self.groups.get_mut(name) else {
            return;
        };
        held.group.triggers.insert(condition.clone());
        let names = self.by_trigger.entry(condition.clone()).or_default();
        names.insert(name.to_owned());
    }

    /// A condition belongs to a group from now on: what is to be done to it, when the group is on.
    pub fn add_member(&mut self, name: &str, condition: &ConditionId) -> Option<GroupAct> {
        let held = self.groups.get_mut(name)?;
        let is_found = held.group.members.insert(condition.clone());
        let is_hidden = is_found && held.is_on && !held.group.triggers.contains(condition);
        is_hidden.then(|| GroupAct {
            condition: condition.clone(),
            act: act_of(name, true),
        })
    }

    /// A window of planned maintenance begins or ends for a group.
    pub fn planned(&mut self, name: &str, is_planned: bool) -> Vec<GroupAct> {
        let mut acts = Vec::new();
        if let Some(held) = self.groups.get_mut(name) {
            held.is_planned = is_planned;
            follow(name, held, &mut acts);
        }
        acts
    }

    /// Lets every group go: what that asks for.
    pub fn let_go(&mut self) -> Vec<GroupAct> {
        let mut acts = Vec::new();
        for (name, held) in &mut self.groups {
            held.active.clear();
            held.by_hand_until = None;
            held.is_planned = false;
            follow(name, held, &mut acts);
        }
        acts
    }

    /// A condition began or ceased to be active: what its groups ask for.
    pub fn observe(&mut self, condition: &ConditionId, is_active: bool) -> Vec<GroupAct> {
        let mut acts = Vec::new();
        let Some(names) = self.by_trigger.get(condition) else {
            return acts;
        };
        for name in names {
            let Some(held) = self.groups.get_mut(name) else {
                continue;
            };
            if is_active {
                held.active.insert(condition.clone());
            } else {
                held.active.remove(condition);
            }
            follow(name, held, &mut acts);
        }
        acts
    }

    /// Somebody suppresses a group until a moment; nothing when there is no such group.
    pub fn by_hand(&mut self, name: &str, until: UtcMillis) -> Vec<GroupAct> {
        self.set_hand(name, Some(until))
    }

    /// Somebody takes that back; a trigger that is active still holds the group.
    pub fn release(&mut self, name: &str) -> Vec<GroupAct> {
        self.set_hand(name, None)
    }

    /// Lets time pass: what somebody suppressed until now ends.
    pub fn tick(&mut self, now: UtcMillis) -> Vec<GroupAct> {
        let mut acts = Vec::new();
        for (name, held) in &mut self.groups {
            if held.by_hand_until.take_if(|until| *until <= now).is_some() {
                follow(name, held, &mut acts);
            }
        }
        acts
    }

    fn set_hand(&mut self, name: &str, until: Option<UtcMillis>) -> Vec<GroupAct> {
        let mut acts = Vec::new();
        if let Some(held) = self.groups.get_mut(name) {
            held.by_hand_until = until;
            follow(name, held, &mut acts);
        }
        acts
    }
}

/// Switches a group on or off, and says what that asks for.
fn follow(name: &str, held: &mut Held, acts: &mut Vec<GroupAct>) {
    let is_on = !held.active.is_empty() || held.by_hand_until.is_some() || held.is_planned;
    if is_on == held.is_on {
        return;
    }
    held.is_on = is_on;
    let act = act_of(name, is_on);
    // What holds a group must itself be seen.
    let members = held.group.members.difference(&held.group.triggers);
    acts.extend(members.map(|condition| GroupAct {
        condition: condition.clone(),
        act: act.clone(),
    }));
}

/// What is done to the members of a group that is switched on or off.
fn act_of(name: &str, is_on: bool) -> Act {
    let cause = SuppressCause::Group(name.to_owned());
    if is_on {
        Act::Suppress {
            cause,
            reason: String::new(),
            until_ms: None,
        }
    } else {
        Act::Unsuppress { cause }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups() -> SuppressionGroups {
        let set = |names: &[&str]| names.iter().map(ConditionId::new).collect();
        let group = SuppressionGroup {
            triggers: set(&["power", "burst"]),
            members: set(&["power", "pump 1", "pump 2"]),
        };
        SuppressionGroups::new([("station".to_owned(), group)])
    }

    /// The members that acts suppress (+) or take back (-).
    fn told(acts: &[GroupAct]) -> Vec<String> {
        acts.iter()
            .map(|one| {
                let sign = if matches!(one.act, Act::Suppress { .. }) {
                    '+'
                } else {
                    '-'
                };
                format!("{sign}{}", one.condition)
            })
            .collect()
    }

    #[test]
    fn a_group_is_on_while_any_trigger_is_active_and_never_hides_its_trigger() {
        let mut all = groups();
        let (power, burst) = (ConditionId::new("power"), ConditionId::new("burst"));
        assert_eq!(told(&all.observe(&power, true)), ["+pump 1", "+pump 2"]);
        assert!(all.observe(&burst, true).is_empty());
        assert!(all.observe(&power, false).is_empty());
        assert_eq!(all.on().count(), 1);
        assert_eq!(told(&all.observe(&burst, false)), ["-pump 1", "-pump 2"]);
        assert!(all.observe(&ConditionId::new("other"), true).is_empty());
        assert_eq!(all.on().count(), 0);
    }

    #[test]
    fn what_is_found_later_belongs_to_its_group_at_once() {
        let mut all = groups();
        let (pump, late) = (ConditionId::new("pump 3"), ConditionId::new("late"));
        assert_eq!(all.add_member("station", &pump), None, "the group is off");
        assert_eq!(all.planned("station", true).len(), 3);
        let told_late: Vec<GroupAct> = all.add_member("station", &late).into_iter().collect();
        assert_eq!(told(&told_late), ["+late"]);
        assert_eq!(all.add_member("station", &late), None, "known");
        all.add_trigger("station", &ConditionId::new("fire"));
        assert_eq!(
            all.add_member("station", &ConditionId::new("fire")),
            None,
            "what holds it is seen"
        );
        assert!(all.add_member("nowhere", &late).is_none());
        let state = all.state("station").expect("the group");
        assert!(state.is_on && state.is_planned && state.active == 0);
        assert_eq!(all.planned("station", false).len(), 4);
    }

    #[test]
    fn a_group_that_is_let_go_hides_nothing_whatever_held_it() {
        let mut all = groups();
        all.observe(&ConditionId::new("power"), true);
        all.by_hand("station", UtcMillis(9));
        assert_eq!(told(&all.let_go()), ["-pump 1", "-pump 2"]);
        assert_eq!(all.state("station"), Some(GroupState::default()));
        assert!(all.let_go().is_empty());
    }

    #[test]
    fn what_somebody_suppressed_ends_at_its_time_or_when_they_say_so() {
        let mut all = groups();
        assert_eq!(all.by_hand("station", UtcMillis(5)).len(), 2);
        assert!(all.tick(UtcMillis(4)).is_empty());
        assert_eq!(told(&all.tick(UtcMillis(5))), ["-pump 1", "-pump 2"]);
        all.by_hand("station", UtcMillis(9));
        all.observe(&ConditionId::new("power"), true);
        assert!(
            all.release("station").is_empty(),
            "the trigger still holds it"
        );
        assert!(all.by_hand("nowhere", UtcMillis(9)).is_empty());
    }
}
