//! The rules of a desk: those of all scene packs, held against the catalogue whenever that changed, and which of them a
//! person switched off.
//!
//! A hub tells a large catalogue in pieces. The rules are held against it anew once it has rested for a beat, or when it
//! has grown by so much that the work is paid for; values of series that came since are looked at then.

use crate::{layers::PackText, state::State};
use cim_alarm::{
    ConditionId, Policy,
    rules::{
        Catalogue, Change, ChangeKind, Evaluator, GroupPlan, RuleFile, RulePlan, RuleProblem,
        RuleSet, When,
    },
};
use cim_layers::motion::fence::FenceEventKind;
use cim_model::{Datastream, Reading, Severity, Thing, UtcMillis};
use cim_tiles::Problem;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// The identity of the rule that is the series' own limits.
pub(crate) const OWN_LIMITS: &str = "limits";

/// A catalogue that lacks no more than this part of its series waits for a beat before it is taken.
const WAITS_BELOW: usize = 10;

/// As of what the rules are held against the catalogue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct AsOf {
    things: u64,
    fences: u64,
}

/// The rules and what they make of the values.
#[derive(Default)]
pub(super) struct Rules {
    set: RuleSet,
    texts: Vec<(String, PackText)>,
    off: BTreeSet<String>,
    evaluator: Option<Evaluator>,
    /// How many rows the evaluator knows.
    rows: usize,
    compiled: AsOf,
    /// As of what the catalogue was at the beat before.
    seen: AsOf,
    /// Other rules, which hold from the next time on that they are held against the catalogue.
    next: Option<RuleSet>,
    /// Counts up with every other set.
    revision: u64,
    changes: Vec<Change>,
}

impl Rules {
    /// Takes the rules of all packs; says what is wrong with them.
    pub(super) fn set_texts(&mut self, texts: Vec<(String, PackText)>) -> Vec<Problem> {
        if self.texts == texts {
            return Vec::new();
        }
        let files: Vec<RuleFile<'_>> = texts
            .iter()
            .map(|(_, text)| RuleFile {
                name: &text.file,
                text: &text.text,
            })
            .collect();
        let (set, problems) = RuleSet::read(&files);
        let problems = problems.iter().map(told).collect();
        // What the evaluator finds names rules by their places in the set that it was made of.
        self.next = Some(set);
        self.texts = texts;
        problems
    }

    /// True while other rules wait to be held against the catalogue.
    pub(super) fn is_waiting(&self) -> bool {
        self.next.is_some()
    }

    /// The written rules, to be tried elsewhere.
    pub(super) fn set(&self) -> &RuleSet {
        &self.set
    }

    /// The written rules.
    pub(super) fn plans(&self) -> &[RulePlan] {
        self.set.rules()
    }

    /// Counts up with every other set of rules and groups.
    pub(super) fn revision(&self) -> u64 {
        self.revision
    }

    /// The suppression groups.
    pub(super) fn groups(&self) -> &[GroupPlan] {
        self.set.groups()
    }

    /// The written rule in this place of the set.
    fn plan(&self, place: u32) -> Option<&RulePlan> {
        self.set.rules().get(place as usize)
    }

    /// The written rule of this identity.
    pub(super) fn find(&self, id: &str) -> Option<&RulePlan> {
        self.set.find(id)
    }

    /// The pack that a rule is from; empty where nobody knows.
    pub(super) fn pack_of(&self, plan: &RulePlan) -> &str {
        self.pack_of_file(&plan.file)
    }

    /// The pack that a file is from; empty where nobody knows.
    pub(super) fn pack_of_file(&self, file: &str) -> &str {
        let mut texts = self.texts.iter().rev();
        let found = texts.find(|(_, text)| text.file == file);
        found.map_or("", |(pack, _)| pack.as_str())
    }

    /// Identities of rules that are switched off.
    pub(super) fn off(&self) -> &BTreeSet<String> {
        &self.off
    }

    /// Switches a rule.
    pub(super) fn switch(&mut self, id: &str, on: bool) {
        if on {
            self.off.remove(id);
        } else {
            self.off.insert(id.to_owned());
        }
    }

    /// True when the change is of a rule that is switched off.
    pub(super) fn is_off(&self, change: &Change) -> bool {
        let plan = change.rule.and_then(|place| self.plan(place));
        !self.off.is_empty() && plan.is_some_and(|plan| self.off.contains(&plan.id))
    }

    /// True when values of the series in `row` can be looked at.
    pub(super) fn knows(&self, row: u32) -> bool {
        (row as usize) < self.rows
    }

    /// Holds the rules against the catalogue when so much of it is new that the work is paid for. Says what cannot be
    /// watched.
    pub(super) fn catch_up(
        &mut self,
        state: &State,
        fences: &Fences,
        now: UtcMillis,
    ) -> Vec<Problem> {
        let many = state.series().len();
        let is_much = (many - self.rows.min(many)) * WAITS_BELOW >= many;
        if is_much {
            self.compile(state, fences, now)
        } else {
            Vec::new()
        }
    }

    /// Holds the rules against the catalogue when that changed and has rested since the call before. Says what cannot be
    /// watched.
    pub(super) fn settle(
        &mut self,
        state: &State,
        fences: &Fences,
        now: UtcMillis,
    ) -> Vec<Problem> {
        let as_of = AsOf {
            things: state.things_generation(),
            fences: fences.revision,
        };
        let has_rested = std::mem::replace(&mut self.seen, as_of) == as_of;
        let is_due = self.next.is_some() || (has_rested && self.compiled != as_of);
        if is_due {
            self.compile(state, fences, now)
        } else {
            Vec::new()
        }
    }

    /// Holds the rules against the catalogue; what was active stays so. Values of series that are new here are looked at.
    pub(super) fn compile(
        &mut self,
        state: &State,
        fences: &Fences,
        now: UtcMillis,
    ) -> Vec<Problem> {
        if let Some(set) = self.next.take() {
            self.set = set;
            self.revision += 1;
        }
        let (things, datastreams) = watched(state);
        let catalogue = Catalogue {
            things: &things,
            datastreams: &datastreams,
            fences: &fences.ids,
        };
        let (mut evaluator, problems) = Evaluator::new(&self.set, catalogue, now);
        if let Some(before) = &self.evaluator {
            evaluator.take_over(before);
            let active: BTreeSet<Arc<str>> =
                evaluator.active().map(|change| change.condition).collect();
            // What nobody watches any more could never come back by itself.
            let lost = before
                .active()
                .filter(|change| !active.contains(&change.condition));
            self.changes.extend(lost.map(|change| Change {
                rule: None,
                series: None,
                thing: None,
                kind: ChangeKind::Cleared,
                at: now,
                ..change
            }));
        }
        let known = std::mem::replace(&mut self.rows, datastreams.len());
        let readings = state.live_readings();
        for row in known as u32..datastreams.len() as u32 {
            if let Some(reading) = readings.get(row) {
                let Reading {
                    happened_at,
                    value,
                    quality,
                } = reading;
                evaluator.observe(row, happened_at, value, quality, &mut self.changes);
            }
        }
        self.evaluator = Some(evaluator);
        self.compiled = AsOf {
            things: state.things_generation(),
            fences: fences.revision,
        };
        problems.iter().map(told).collect()
    }

    /// Looks at a value. True when something changed. Allocates nothing unless something did.
    pub(super) fn observe(&mut self, row: u32, reading: Reading) -> bool {
        let Some(evaluator) = &mut self.evaluator else {
            return false;
        };
        evaluator.observe(
            row,
            reading.happened_at,
            reading.value,
            reading.quality,
            &mut self.changes,
        );
        !self.changes.is_empty()
    }

    /// Somebody came to a fence, left it, or stayed.
    pub(super) fn pass(&mut self, thing: u32, fence: u32, kind: FenceEventKind, at: UtcMillis) {
        if let Some(evaluator) = &mut self.evaluator {
            evaluator.fence_event(thing, fence, kind, at, &mut self.changes);
        }
    }

    /// Lets time pass: delays end, values fail to come.
    pub(super) fn advance(&mut self, now: UtcMillis) {
        if let Some(evaluator) = &mut self.evaluator {
            evaluator.advance(now, &mut self.changes);
        }
    }

    /// What changed, to be followed; the buffer comes back by [`Rules::give_back`].
    pub(super) fn take_changes(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.changes)
    }

    /// Uses a buffer again.
    pub(super) fn give_back(&mut self, mut buffer: Vec<Change>) {
        buffer.clear();
        if self.changes.is_empty() {
            self.changes = buffer;
        }
    }

    /// Goes on with a condition that was active when the desk was closed. False when there is no such condition any more.
    pub(super) fn restore(
        &mut self,
        condition: &ConditionId,
        since: UtcMillis,
        severity: Severity,
        limit: f64,
    ) -> bool {
        self.evaluator
            .as_mut()
            .is_some_and(|evaluator| evaluator.restore(condition.as_str(), since, severity, limit))
    }

    /// The conditions of a rule that are active now.
    pub(super) fn active_of(&self, id: &str) -> Vec<Change> {
        let active = self.evaluator.iter().flat_map(Evaluator::active);
        active
            .filter(|change| {
                let plan = change.rule.and_then(|place| self.plan(place));
                plan.map_or(OWN_LIMITS, |plan| plan.id.as_str()) == id
            })
            .collect()
    }

    /// How many conditions each written rule makes here, by its place in the set.
    pub(super) fn condition_counts(&self) -> BTreeMap<Option<u32>, u32> {
        self.evaluator
            .as_ref()
            .map(Evaluator::condition_counts)
            .unwrap_or_default()
    }
}

/// What rules are held against: devices and series, by their rows.
pub(super) fn watched(state: &State) -> (Vec<Thing>, Vec<Datastream>) {
    let things = state.things().iter().map(|row| row.thing.clone());
    let series = state.series().iter().map(|row| row.datastream.clone());
    (things.collect(), series.collect())
}

/// The fences that rules may name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fences {
    /// Their identities, by their numbers.
    pub(crate) ids: Vec<String>,
    /// Counts up with every other set of them.
    pub(crate) revision: u64,
}

/// What holds for the conditions of a written rule.
pub(super) fn policy_of(plan: &RulePlan) -> Policy {
    let usual = Policy::default();
    let whole_s = |seconds: f64| seconds.clamp(0.0, f64::from(u32::MAX)) as u32;
    Policy {
        needs_confirm: plan.needs_confirm,
        latches: plan.is_latching,
        re_alarm_s: plan.re_alarm_s.map(whole_s),
        max_time_shelved_s: plan.shelve_max_s.map_or(usual.max_time_shelved_s, whole_s),
        max_times_shelved: usual.max_times_shelved,
        is_audible: plan.is_audible,
    }
}

/// The word for what a rule looks at.
pub(super) fn kind_word(when: &When) -> &'static str {
    match when {
        When::Limits(_) => OWN_LIMITS,
        When::Rate(_) => "rate",
        When::Deviation(_) => "deviation",
        When::Stuck(_) => "stuck",
        When::Missing(_) => "missing",
        When::Fence { .. } => "geofence",
        When::Count(_) => "count",
        When::Combination(_) => "combination",
    }
}

fn told(problem: &RuleProblem) -> Problem {
    let mut place = format!("line {}", problem.line);
    for part in [&problem.rule, &problem.key] {
        if !part.is_empty() {
            place.push_str(": ");
            place.push_str(part);
        }
    }
    Problem {
        source: problem.file.clone(),
        place,
        reason: problem.reason.clone(),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::state::tests::{observed, state_of};
    use cim_model::Quality;

    /// Low from 5 and confirmed by somebody, of all gas sensors.
    pub(in crate::alarm_desk) const RAISED: &str = r#"
[[rule]]
id = "raised"
name = { zh = "偏高", en = "Raised" }
when = { is = "limits", above = { low = 5 } }
on = { kinds = ["gas"] }
confirm = true
"#;

    pub(in crate::alarm_desk) fn text(text: &str) -> (String, PackText) {
        let text = PackText {
            file: "rules/a.toml".to_owned(),
            text: text.to_owned(),
        };
        ("city".to_owned(), text)
    }

    fn reading(millis: i64, value: f64) -> Reading {
        Reading {
            happened_at: UtcMillis(millis),
            value,
            quality: Quality::Good,
        }
    }

    /// What changed, by condition.
    fn changed(rules: &mut Rules) -> Vec<(String, ChangeKind)> {
        let changes = rules.take_changes();
        let told = changes
            .iter()
            .map(|change| (change.condition.to_string(), change.kind))
            .collect();
        rules.give_back(changes);
        told
    }

    #[test]
    fn a_growing_catalogue_waits_for_a_beat_and_its_newest_values_are_looked_at_then() {
        let mut state = state_of(100);
        let (mut rules, fences) = (Rules::default(), Fences::default());
        let now = UtcMillis(100_000);
        assert!(!rules.knows(0));
        assert!(rules.catch_up(&state, &fences, now).is_empty());
        assert!(rules.knows(99));

        let (thing, series) = crate::state::tests::gas_sensor(100);
        state.apply_catalogue(vec![thing], vec![series], Vec::new());
        state.take_known(&observed(100, 90_000, 12.0), now, now);
        rules.catch_up(&state, &fences, now);
        assert!(!rules.knows(100), "one in a hundred is not worth it");
        rules.settle(&state, &fences, now);
        assert!(!rules.knows(100), "it may go on growing");
        rules.settle(&state, &fences, now);
        assert!(rules.knows(100));
        assert_eq!(
            changed(&mut rules),
            [("d100".to_owned(), ChangeKind::Raised)]
        );
    }

    #[test]
    fn what_is_active_stays_so_when_the_rules_change() {
        let state = state_of(1);
        let (mut rules, fences) = (Rules::default(), Fences::default());
        let now = UtcMillis(100_000);
        rules.compile(&state, &fences, now);
        assert!(rules.observe(0, reading(90_000, 12.0)));
        assert_eq!(changed(&mut rules).len(), 1);

        assert_eq!(rules.set_texts(vec![text(RAISED)]), Vec::new());
        rules.settle(&state, &fences, now);
        rules.observe(0, reading(91_000, 12.0));
        assert_eq!(
            changed(&mut rules),
            [("rule:raised/d0".to_owned(), ChangeKind::Raised)]
        );
        rules.observe(0, reading(92_000, 1.0));
        assert_eq!(changed(&mut rules).len(), 2, "both are back");
        let plan = rules.find("raised").expect("the rule");
        assert!(policy_of(plan).needs_confirm);
        assert_eq!(
            (rules.pack_of(plan), kind_word(&plan.when)),
            ("city", "limits")
        );
    }

    #[test]
    fn what_is_wrong_with_a_rule_is_told_with_its_place() {
        let mut rules = Rules::default();
        let wrong = RAISED.replace("low = 5", "low = \"five\"");
        let problems = rules.set_texts(vec![text(&wrong)]);
        let problem = problems.first().expect("a problem");
        assert_eq!(problem.source, "rules/a.toml");
        assert!(problem.place.starts_with("line "), "{problem:?}");
        rules.compile(&state_of(1), &Fences::default(), UtcMillis(0));
        assert!(rules.plans().is_empty());
    }
}
