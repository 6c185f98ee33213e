//! Rules of several files together: later files count, and what a rule names must exist.

use super::{
    By, GroupPlan, MOST_RULES, MOST_SUPPRESSION_GROUPS, RulePlan, RuleProblem, Selection, When,
    read::read_file, suppress::groups_nowhere,
};
use std::collections::{BTreeMap, BTreeSet};

/// The name of the rule that is every datastream's own limits.
pub(super) const OWN_LIMITS: &str = "limits";

/// A file of rules.
#[derive(Clone, Copy, Debug)]
pub struct RuleFile<'a> {
    /// Its name, for messages.
    pub name: &'a str,
    /// What stands in it.
    pub text: &'a str,
}

/// Rules that can be held against a city together, those before others that others name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RuleSet {
    rules: Vec<RulePlan>,
    groups: Vec<GroupPlan>,
}

impl RuleSet {
    /// The rules and suppression groups of `files`, and everything that is wrong. Of two rules, or groups, with one identity the
    /// later file's counts. At most [`MOST_RULES`] and [`MOST_SUPPRESSION_GROUPS`] are taken.
    pub fn read(files: &[RuleFile<'_>]) -> (Self, Vec<RuleProblem>) {
        let mut problems = Vec::new();
        let mut rules: Vec<RulePlan> = Vec::new();
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        let mut groups: BTreeMap<String, GroupPlan> = BTreeMap::new();
        for file in files {
            let read = read_file(file.text, file.name);
            problems.extend(read.problems);
            for group in read.groups {
                if groups.len() < MOST_SUPPRESSION_GROUPS || groups.contains_key(&group.id) {
                    groups.insert(group.id.clone(), group);
                }
            }
            for rule in read.rules {
                let place = places.get(&rule.id).copied();
                if let Some(before) = place.and_then(|place| rules.get_mut(place)) {
                    *before = rule;
                } else if rules.len() < MOST_RULES {
                    places.insert(rule.id.clone(), rules.len());
                    rules.push(rule);
                } else {
                    let reason = format!("at most {MOST_RULES} rules are taken");
                    problems.push(rule.problem("id", reason));
                }
            }
        }
        let rules = Self::of(rules, &mut problems);
        let groups: Vec<GroupPlan> = groups.into_values().collect();
        problems.extend(groups.iter().flat_map(|group| group.doubts(&rules)));
        problems.extend(rules.iter().flat_map(|rule| groups_nowhere(rule, &groups)));
        (Self { rules, groups }, problems)
    }

    /// The rules, those before others that others name.
    pub fn rules(&self) -> &[RulePlan] {
        &self.rules
    }

    /// The suppression groups, by identity.
    pub fn groups(&self) -> &[GroupPlan] {
        &self.groups
    }

    /// The rule with this identity.
    pub fn find(&self, id: &str) -> Option<&RulePlan> {
        self.rules.iter().find(|rule| rule.id == id)
    }

    /// Puts rules behind those that they name. What names a rule that is not there, or leads back to itself, is left
    /// out.
    fn of(rules: Vec<RulePlan>, problems: &mut Vec<RuleProblem>) -> Vec<RulePlan> {
        let known: BTreeSet<String> = rules.iter().map(|rule| rule.id.clone()).collect();
        let mut placed: BTreeSet<String> = BTreeSet::from([OWN_LIMITS.to_owned()]);
        let mut ordered = Vec::with_capacity(rules.len());
        let mut waiting = rules;
        loop {
            let before = ordered.len();
            let mut still = Vec::new();
            for rule in waiting {
                if rule.when.members().all(|member| placed.contains(member)) {
                    placed.insert(rule.id.clone());
                    ordered.push(rule);
                } else {
                    still.push(rule);
                }
            }
            waiting = still;
            if ordered.len() == before {
                break;
            }
        }
        problems.extend(waiting.iter().map(|rule| lost(rule, &placed, &known)));
        problems.extend(ordered.iter().flat_map(|rule| narrower(rule, &ordered)));
        ordered
    }
}

/// Why a rule has no place among the others.
fn lost(rule: &RulePlan, placed: &BTreeSet<String>, known: &BTreeSet<String>) -> RuleProblem {
    let mut missing = rule
        .when
        .members()
        .filter(|member| !placed.contains(*member));
    let member = missing.next().unwrap_or_default();
    let reason = if known.contains(member) {
        format!("rule `{member}` leads back to this one, or is left out itself")
    } else {
        format!("there is no rule `{member}`")
    };
    rule.problem("when", reason)
}

/// A rule about things cannot be made of one that is about areas: such a member would never count.
fn narrower(rule: &RulePlan, others: &[RulePlan]) -> Vec<RuleProblem> {
    let mut problems = Vec::new();
    for id in rule.when.members() {
        let member = others.iter().find(|other| other.id == id);
        if member.is_none_or(|member| by_of(member) == By::Thing || may_join(rule, member)) {
            continue;
        }
        let reason =
            format!("rule `{id}` is about areas; only a rule by the same areas can be made of it");
        problems.push(RuleProblem {
            is_passed_over: true,
            ..rule.problem("when.by", reason)
        });
    }
    problems
}

/// True when conditions of `member`, which are about areas, belong to areas of `rule`.
fn may_join(rule: &RulePlan, member: &RulePlan) -> bool {
    let is_everywhere = rule.on == Selection::default();
    (by_of(rule) == By::Selection && is_everywhere) || by_of(rule) == by_of(member)
}

/// What conditions of a rule are about.
pub(super) fn by_of(plan: &RulePlan) -> By {
    match &plan.when {
        When::Count(count) => count.by.clone(),
        When::Combination(made) => made.by.clone(),
        _ => By::Thing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(id: &str, when: &str) -> String {
        format!("[[rule]]\nid = \"{id}\"\nname = {{ zh = \"规\", en = \"R\" }}\nwhen = {when}\n")
    }

    /// Reads `files` together and compares the identities in order, and a part of each reason.
    #[track_caller]
    fn check(files: &[String], ids: &[&str], reasons: &[&str]) {
        let files: Vec<RuleFile<'_>> = files
            .iter()
            .map(|text| RuleFile {
                name: "t.toml",
                text,
            })
            .collect();
        let (set, problems) = RuleSet::read(&files);
        let found: Vec<&str> = set.rules().iter().map(|rule| rule.id.as_str()).collect();
        assert_eq!(found, ids);
        assert_eq!(problems.len(), reasons.len(), "{problems:?}");
        for (problem, reason) in problems.iter().zip(reasons) {
            assert!(problem.reason.contains(reason), "{problem}");
        }
        assert!(ids.iter().all(|id| set.find(id).is_some()));
    }

    const MISSING: &str = "{ is = \"missing\", periods = 3 }";

    #[test]
    fn a_rule_comes_behind_those_that_it_names() {
        let both = text(
            "both",
            "{ is = \"combination\", all = [\"a\", \"limits\"] }",
        );
        check(&[both, text("a", MISSING)], &["a", "both"], &[]);
    }

    #[test]
    fn of_two_rules_with_one_identity_the_later_file_counts() {
        let first = text("a", MISSING);
        let later = text("a", "{ is = \"stuck\", for_s = 60 }");
        let files = [first.as_str(), later.as_str()].map(|text| RuleFile { name: "t", text });
        let (set, problems) = RuleSet::read(&files);
        assert_eq!(problems, []);
        assert!(matches!(set.rules(), [rule] if matches!(rule.when, When::Stuck(_))));
    }

    #[test]
    fn what_names_a_rule_that_is_not_there_is_left_out_and_so_is_what_names_it() {
        let one = text("one", "{ is = \"count\", of = \"nobody\", least = 2 }");
        let two = text(
            "two",
            "{ is = \"combination\", any = [\"one\"], by = \"selection\" }",
        );
        check(
            &[one, two, text("a", MISSING)],
            &["a"],
            &["no rule `nobody`", "left out itself"],
        );
    }

    #[test]
    fn rules_that_lead_in_a_circle_are_left_out() {
        let one = text("one", "{ is = \"combination\", any = [\"two\"] }");
        let two = text("two", "{ is = \"combination\", any = [\"one\"] }");
        check(&[one, two], &[], &["leads back", "leads back"]);
    }

    #[test]
    fn a_rule_about_things_is_not_made_of_areas() {
        let many = text(
            "many",
            "{ is = \"count\", of = \"a\", least = 2, by = \"grid\" }",
        );
        let thing = text("thing", "{ is = \"combination\", any = [\"many\"] }");
        let grid = text(
            "same",
            "{ is = \"combination\", any = [\"many\"], by = \"grid\" }",
        );
        check(
            &[text("a", MISSING), many, thing, grid],
            &["a", "many", "thing", "same"],
            &["about areas"],
        );
    }
}
