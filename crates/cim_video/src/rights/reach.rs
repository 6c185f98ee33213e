//! What one person may do at one moment, worked out once and then asked for a million cameras.

use super::{
    action::{Action, Actions},
    decide::earliest,
    grant::{Grant, Grants},
    policy::{Marks, Person, Policy, Rule, Target, Where, is_own},
};
use crate::words::words;
use cim_model::UtcMillis;
use serde::{Deserialize, Serialize};

words! {
    /// How a camera stands in a list.
    Presence {
        /// With its name and state.
        Open = "open",
        /// As a camera that is denied: nothing but that it is there.
        Denied = "denied",
        /// Not at all: neither listed nor counted nor found.
        Hidden = "hidden",
    }
}

/// What one person may do at one moment. Says the same as [`Policy::decide`] for every camera and action.
pub struct Reach<'a> {
    policy: &'a Policy,
    person: &'a Person,
    purpose: Option<&'a str>,
    /// What rights allow, by category, grade and whether it is the person's own area.
    allowed: Vec<Actions>,
    /// What denials forbid, likewise.
    denied: Vec<Actions>,
    /// Rights and denials of named areas.
    rights_of_areas: Vec<&'a Rule>,
    denials_of_areas: Vec<&'a Rule>,
    grants: Vec<&'a Grant>,
    until: Option<UtcMillis>,
}

impl Policy {
    /// What `person` may do at `at` for `purpose`.
    pub fn reach<'a>(
        &'a self,
        person: &'a Person,
        purpose: Option<&'a str>,
        at: UtcMillis,
        grants: &'a Grants,
    ) -> Reach<'a> {
        let cells = self.categories.len() * self.grades.len() * 2;
        let mut reach = Reach {
            policy: self,
            person,
            purpose,
            allowed: vec![Actions::NONE; cells],
            denied: vec![Actions::NONE; cells],
            rights_of_areas: Vec::new(),
            denials_of_areas: Vec::new(),
            grants: Vec::new(),
            until: None,
        };
        if !self.roles.contains(&person.role) {
            return reach;
        }
        let role = person.role.as_str();
        let mut until = grants.next_change_for(person, at);
        let named = self.rights.iter().chain(&self.denials);
        for rule in named.filter(|rule| rule.roles.has(role)) {
            until = earliest(until, self.next_change(rule, at));
        }
        let holds = |rule: &&Rule| {
            rule.roles.has(role) && rule.is_content(purpose) && self.is_open(rule, at)
        };
        for rule in self.rights.iter().filter(holds) {
            if matches!(rule.place, Where::Area(_)) {
                reach.rights_of_areas.push(rule);
            } else {
                self.spread(rule, role, &mut reach.allowed);
            }
        }
        for rule in self.denials.iter().filter(holds) {
            if matches!(rule.place, Where::Area(_)) {
                reach.denials_of_areas.push(rule);
            } else {
                self.spread(rule, role, &mut reach.denied);
            }
        }
        reach.grants = grants.open_to(person, at).collect();
        reach.until = until;
        reach
    }

    /// Adds what a rule says to each cell that it covers.
    fn spread(&self, rule: &Rule, role: &str, cells: &mut [Actions]) {
        for (row, cell) in cells.iter_mut().enumerate() {
            let Some((marks, is_own)) = self.cell_of(row) else {
                continue;
            };
            let is_there = match rule.place {
                Where::Any => true,
                Where::Own => is_own,
                Where::Other => !is_own,
                Where::Area(_) => false,
            };
            if is_there && rule.covers(role, marks) {
                *cell = cell.or(rule.actions);
            }
        }
    }

    /// The category, grade and area of a cell.
    fn cell_of(&self, row: usize) -> Option<(Marks, bool)> {
        let (pair, is_own) = (row / 2, row % 2 == 1);
        let category = pair.checked_div(self.grades.len())?;
        let grade = pair.checked_rem(self.grades.len())?;
        let marks = Marks {
            category: u8::try_from(category).ok()?,
            grade: u8::try_from(grade).ok()?,
        };
        Some((marks, is_own))
    }

    /// The cell of a category, grade and area.
    fn row_of(&self, marks: Marks, is_own: bool) -> usize {
        let pair = usize::from(marks.category) * self.grades.len() + usize::from(marks.grade);
        pair * 2 + usize::from(is_own)
    }
}

impl Reach<'_> {
    /// What may be done with a camera.
    pub fn actions(&self, target: &Target<'_>) -> Actions {
        let row = self
            .policy
            .row_of(target.marks, is_own(self.person, target));
        let of = |cells: &[Actions]| cells.get(row).copied().unwrap_or_default();
        let denied = self.with_areas(of(&self.denied), &self.denials_of_areas, target);
        let mut allowed = self.with_areas(of(&self.allowed), &self.rights_of_areas, target);
        for grant in &self.grants {
            // To ask the rules about the giver costs more than to look whether anything is won.
            if allowed.holds(grant.actions) || !grant.scope.holds(target) {
                continue;
            }
            let given = self.policy.given(grant, target);
            let counts = |action: &Action| grant.is_content(*action, self.purpose);
            let counted: Vec<Action> = given.each().filter(counts).collect();
            allowed = allowed.or(Actions::of(&counted));
        }
        allowed.without(denied)
    }

    /// How a camera stands in a list.
    pub fn presence(&self, target: &Target<'_>) -> Presence {
        if self.actions(target).has(Action::List) {
            return Presence::Open;
        }
        let shows = self
            .policy
            .grade_of(target.marks)
            .is_some_and(|grade| grade.shows_denied);
        if shows {
            Presence::Denied
        } else {
            Presence::Hidden
        }
    }

    /// When hours begin or end, or a grant does: then it has to be worked out again. `None` when time changes nothing.
    pub fn until(&self) -> Option<UtcMillis> {
        self.until
    }

    /// `found` and what rules of named areas add for a camera.
    fn with_areas(&self, found: Actions, rules: &[&Rule], target: &Target<'_>) -> Actions {
        rules
            .iter()
            .filter(|rule| rule.covers(&self.person.role, target.marks))
            .filter(|rule| self.policy.is_there(rule, self.person, target))
            .fold(found, |found, rule| found.or(rule.actions))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rights::{
        decide::Asking,
        grant::{Holder, Scope},
        read::tests::{rule, shipped, small},
    };
    use std::collections::BTreeSet;

    /// Monday 2026-11-23, 10:00 in Shanghai, and the Sunday before it.
    const MORNING: UtcMillis = UtcMillis(1_795_399_200_000);
    const SUNDAY: UtcMillis = UtcMillis(1_795_312_800_000);

    fn person(role: &str) -> Person {
        Person {
            name: format!("{role} Wang"),
            role: role.to_owned(),
            party: None,
            divisions: vec!["320303".to_owned()],
        }
    }

    /// Each camera of every category and grade, in the person's own area and outside of it.
    #[track_caller]
    fn check_same(
        policy: &Policy,
        role: &str,
        grants: &Grants,
        purpose: Option<&str>,
        at: UtcMillis,
    ) {
        let person = person(role);
        let reach = policy.reach(&person, purpose, at, grants);
        for (category, grade, division, place) in (0..5).flat_map(|category| {
            (0..6).flat_map(move |grade| {
                [
                    (category, grade, "320303", [117.05, 34.05]),
                    (category, grade, "320304", [118.0, 34.05]),
                ]
            })
        }) {
            let target = Target {
                id: "c1",
                marks: policy.marks(category, grade, grade == 5),
                division,
                owner: "",
                place: Some(place),
            };
            let told = reach.actions(&target);
            for action in Action::ALL {
                let asking = Asking {
                    person: &person,
                    target,
                    action: *action,
                    purpose,
                    at,
                };
                let verdict = policy.decide(&asking, grants);
                assert_eq!(
                    told.has(*action),
                    verdict.is_allowed,
                    "{role} {category} {grade} {division} {} {purpose:?}",
                    action.as_str()
                );
                if let (Some(first), Some(next)) = (reach.until(), verdict.until) {
                    assert!(first <= next, "the reach is asked again in time");
                }
            }
        }
    }

    fn grant_to(role: &str) -> Grants {
        let mut grants = Grants::default();
        let mut actions = Actions::of(&[Action::List, Action::Live, Action::Snapshot]);
        for (id, to, until) in [("g1", role, 4), ("g2", "nobody", 4), ("g3", role, 5_000)] {
            grants.give(Grant {
                id: id.to_owned(),
                by: person("leader_on_duty"),
                to: Holder::Role(to.to_owned()),
                scope: Scope::Cameras(BTreeSet::from(["c1".to_owned()])),
                actions,
                from: UtcMillis(SUNDAY.0 - 1),
                until: UtcMillis(MORNING.0 + until * 3_600_000),
                purpose: "event".to_owned(),
                given_at: UtcMillis(SUNDAY.0 - 1),
                note: String::new(),
            });
            // The last one is longer than any grade allows.
            actions = Actions::ALL;
        }
        grants
    }

    #[test]
    fn the_reach_says_what_is_decided_one_by_one() {
        let policy = shipped();
        let roles: Vec<String> = policy.roles().map(str::to_owned).collect();
        for role in roles.iter().map(String::as_str).chain(["stranger"]) {
            for purpose in [None, Some("event"), Some("maintenance")] {
                for at in [MORNING, SUNDAY] {
                    check_same(&policy, role, &Grants::default(), purpose, at);
                    check_same(&policy, role, &grant_to(role), purpose, at);
                }
            }
        }
        let (policy, _) = small(&format!(
            "{}{}",
            rule(
                "right",
                "r",
                "roles = [\"a\"]\nactions = [\"*\"]\narea = \"square\""
            ),
            rule(
                "denial",
                "d",
                "roles = [\"*\"]\nactions = [\"ptz\"]\narea = \"square\"\nwindow = \"day\""
            ),
        ));
        for at in [MORNING, SUNDAY] {
            check_same(&policy, "a", &Grants::default(), None, at);
        }
    }

    #[test]
    fn a_camera_that_may_not_be_listed_is_shown_as_denied_or_not_at_all() {
        let policy = shipped();
        let team = person("team");
        let grants = grant_to("team");
        let nothing = Grants::default();
        let check = |grade: u8, grants: &Grants, expected: Presence| {
            let target = Target {
                id: "c1",
                marks: policy.marks(2, grade, false),
                division: "320304",
                owner: "",
                place: None,
            };
            let reach = policy.reach(&team, None, MORNING, grants);
            assert_eq!(reach.presence(&target), expected, "{grade}");
        };
        check(1, &nothing, Presence::Open);
        check(3, &nothing, Presence::Denied);
        check(4, &nothing, Presence::Hidden);
        check(3, &grants, Presence::Open);
    }
}
