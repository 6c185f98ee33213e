//! Whether somebody may do one thing with one camera at one moment, and why.

use super::{
    action::{Action, Actions},
    grant::{Grant, Grants},
    policy::{Person, Policy, Rule, Target},
};
use cim_model::UtcMillis;

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Asking<'a> {
    /// Who asks.
    pub person: &'a Person,
    /// About which camera.
    pub target: Target<'a>,
    /// To do what.
    pub action: Action,
    /// What for: a word of [`Policy::purposes`].
    pub purpose: Option<&'a str>,
    /// When.
    pub at: UtcMillis,
}

/// Why something is allowed, or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// A right allows it.
    Right {
        /// The right.
        rule: String,
    },
    /// It was granted for a while.
    Grant {
        /// The grant.
        id: String,
        /// Who gave it.
        by: String,
    },
    /// No right and no grant allows it.
    NoRight,
    /// A denial forbids it, whatever was granted.
    Denial {
        /// The denial.
        rule: String,
    },
    /// It would be allowed for one of these purposes.
    NeedsPurpose {
        /// Words of [`Policy::purposes`].
        purposes: Vec<String>,
    },
    /// It would be allowed at other hours.
    OutsideHours {
        /// A word of [`Policy::windows`].
        window: String,
    },
    /// The policy does not know the role.
    UnknownRole,
}

impl Why {
    /// Its word, for texts in the desk's language.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Right { .. } => "right",
            Self::Grant { .. } => "grant",
            Self::NoRight => "no_right",
            Self::Denial { .. } => "denial",
            Self::NeedsPurpose { .. } => "needs_purpose",
            Self::OutsideHours { .. } => "outside_hours",
            Self::UnknownRole => "unknown_role",
        }
    }

    /// True for the reasons that allow.
    pub fn allows(&self) -> bool {
        matches!(self, Self::Right { .. } | Self::Grant { .. })
    }

    /// The right, denial, grant, window or purposes that it names, for a log; empty when it names none.
    pub fn detail(&self) -> String {
        match self {
            Self::Right { rule } | Self::Denial { rule } => rule.clone(),
            Self::Grant { id, .. } => id.clone(),
            Self::NeedsPurpose { purposes } => purposes.join(","),
            Self::OutsideHours { window } => window.clone(),
            Self::NoRight | Self::UnknownRole => String::new(),
        }
    }
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// It may be done.
    pub is_allowed: bool,
    /// Why, or why not.
    pub why: Why,
    /// When the answer may become another by itself: hours begin or end, or a grant does. `None` when time changes nothing.
    pub until: Option<UtcMillis>,
}

impl Policy {
    /// Whether it may be done. A denial holds against rights and grants; a right is told as the reason before a grant.
    pub fn decide(&self, asking: &Asking<'_>, grants: &Grants) -> Verdict {
        let (mut why, mut until) = self.weigh(asking);
        if !matches!(
            why,
            Why::Right { .. } | Why::Denial { .. } | Why::UnknownRole
        ) {
            until = earliest(until, grants.next_change(asking));
            if let Some(found) = self.granted(asking, grants) {
                why = found;
            }
        }
        Verdict {
            is_allowed: why.allows(),
            why,
            until,
        }
    }

    /// What the rules alone say, and when that may change.
    pub(super) fn weigh(&self, asking: &Asking<'_>) -> (Why, Option<UtcMillis>) {
        let role = asking.person.role.as_str();
        if !self.roles.contains(role) {
            return (Why::UnknownRole, None);
        }
        let fits = |rule: &&Rule| {
            rule.actions.has(asking.action)
                && rule.covers(role, asking.target.marks)
                && self.is_there(rule, asking.person, &asking.target)
        };
        let mut until = None;
        for rule in self.denials.iter().filter(fits) {
            until = earliest(until, self.next_change(rule, asking.at));
            if self.is_open(rule, asking.at) && rule.is_content(asking.purpose) {
                let rule = rule.id.clone();
                return (Why::Denial { rule }, until);
            }
        }
        let mut why = Why::NoRight;
        for rule in self.rights.iter().filter(fits) {
            until = earliest(until, self.next_change(rule, asking.at));
            why = better(why, self.of_right(rule, asking));
        }
        (why, until)
    }

    /// What one right that fits says.
    fn of_right(&self, rule: &Rule, asking: &Asking<'_>) -> Why {
        let window = self
            .window_of(rule)
            .filter(|_| !self.is_open(rule, asking.at));
        if let Some(window) = window {
            let window = window.id.clone();
            return Why::OutsideHours { window };
        }
        if rule.is_content(asking.purpose) {
            let rule = rule.id.clone();
            return Why::Right { rule };
        }
        Why::NeedsPurpose {
            purposes: rule.purposes.iter().cloned().collect(),
        }
    }

    /// The grant that allows it, or the purpose that one asks for.
    fn granted(&self, asking: &Asking<'_>, grants: &Grants) -> Option<Why> {
        let mut needed = Vec::new();
        for grant in grants.open_to(asking.person, asking.at) {
            if !grant.scope.holds(&asking.target)
                || !self.given(grant, &asking.target).has(asking.action)
            {
                continue;
            }
            if grant.is_content(asking.action, asking.purpose) {
                return Some(Why::Grant {
                    id: grant.id.clone(),
                    by: grant.by.name.clone(),
                });
            }
            needed.push(grant.purpose.clone());
        }
        needed.sort_unstable();
        needed.dedup();
        (!needed.is_empty()).then_some(Why::NeedsPurpose { purposes: needed })
    }

    /// What of a grant counts for a camera: nobody gives what they may not do themselves, on cameras where they may not give,
    /// for longer than the grade allows, or for a purpose that nobody knows. Judged by the rules at the moment when it was given.
    pub(super) fn given(&self, grant: &Grant, target: &Target<'_>) -> Actions {
        let most_hours = self
            .grade_of(target.marks)
            .map_or(0, |grade| grade.most_grant_hours);
        let may = |action: Action| {
            let asking = Asking {
                person: &grant.by,
                target: *target,
                action,
                purpose: Some(&grant.purpose),
                at: grant.given_at,
            };
            self.weigh(&asking).0.allows()
        };
        if grant.hours() > f64::from(most_hours)
            || !self.is_known_purpose(&grant.purpose)
            || !may(Action::Grant)
        {
            return Actions::NONE;
        }
        let handed_on = grant.actions.without(Actions::of(&[Action::Grant]));
        let given: Vec<Action> = handed_on.each().filter(|action| may(*action)).collect();
        Actions::of(&given)
    }
}

/// The reason that helps more: one that allows, then one that says what is missing.
fn better(one: Why, other: Why) -> Why {
    let rank = |why: &Why| match why {
        Why::Right { .. } => 0,
        Why::NeedsPurpose { .. } => 1,
        Why::OutsideHours { .. } => 2,
        _ => 3,
    };
    match (one, other) {
        (Why::NeedsPurpose { mut purposes }, Why::NeedsPurpose { purposes: more }) => {
            purposes.extend(more);
            purposes.sort_unstable();
            purposes.dedup();
            Why::NeedsPurpose { purposes }
        }
        (one, other) if rank(&other) < rank(&one) => other,
        (one, _) => one,
    }
}

/// The earlier of two moments, of which either may be none.
pub(super) fn earliest(one: Option<UtcMillis>, other: Option<UtcMillis>) -> Option<UtcMillis> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rights::read::tests::{rule, small};

    /// Monday 2026-11-23, 10:00 in Shanghai.
    const MORNING: UtcMillis = UtcMillis(1_795_399_200_000);
    const HOUR: i64 = 3_600_000;

    /// What a policy of `rules` says to somebody in role `a` who asks to look live, `hours` after that morning.
    fn told(rules: &str, purpose: Option<&str>, hours: i64) -> (String, Option<i64>) {
        let (policy, faults) = small(rules);
        assert_eq!(faults, Vec::<String>::new());
        let person = Person {
            name: "Wang".to_owned(),
            role: "a".to_owned(),
            ..Person::default()
        };
        let asking = Asking {
            person: &person,
            target: Target {
                id: "1",
                marks: policy.marks(1, 1, false),
                division: "320303",
                owner: "",
                place: Some([117.05, 34.05]),
            },
            action: Action::Live,
            purpose,
            at: UtcMillis(MORNING.0 + hours * HOUR),
        };
        let verdict = policy.decide(&asking, &Grants::default());
        assert_eq!(verdict.is_allowed, verdict.why.allows());
        let until = verdict.until.map(|moment| (moment.0 - MORNING.0) / HOUR);
        let told = format!("{} {}", verdict.why.as_str(), verdict.why.detail());
        (told.trim_end().to_owned(), until)
    }

    #[track_caller]
    fn check(rules: &str, purpose: Option<&str>, hours: i64, expected: (&str, Option<i64>)) {
        let (why, until) = told(rules, purpose, hours);
        assert_eq!((why.as_str(), until), expected, "{rules}");
    }

    #[test]
    fn what_no_right_allows_is_not_allowed() {
        check("", None, 0, ("no_right", None));
        let other = rule("right", "r", "roles = [\"b\"]\nactions = [\"*\"]");
        check(&other, None, 0, ("no_right", None));
        let right = rule("right", "r", "roles = [\"a\"]\nactions = [\"live\"]");
        check(&right, None, 0, ("right r", None));
        let strict = rule(
            "right",
            "r",
            "roles = [\"*\"]\nactions = [\"*\"]\ngrades = [\"strict\"]",
        );
        check(&strict, None, 0, ("no_right", None));
    }

    #[test]
    fn hours_and_purposes_are_told_when_they_are_missing() {
        let work = rule(
            "right",
            "work",
            "roles = [\"a\"]\nactions = [\"live\"]\nwindow = \"day\"",
        );
        check(&work, None, 0, ("right work", Some(8)));
        check(&work, None, 9, ("outside_hours day", Some(22)));
        let event = rule(
            "right",
            "event",
            "roles = [\"a\"]\nactions = [\"live\"]\npurposes = [\"event\"]",
        );
        let drill = rule(
            "right",
            "drill",
            "roles = [\"a\"]\nactions = [\"live\"]\npurposes = [\"drill\"]",
        );
        let both = format!("{work}{event}{drill}");
        check(&both, None, 9, ("needs_purpose drill,event", Some(22)));
        check(&both, Some("event"), 9, ("right event", Some(22)));
        check(
            &both,
            Some("fishing"),
            9,
            ("needs_purpose drill,event", Some(22)),
        );
        check(&both, None, 0, ("right work", Some(8)));
    }

    #[test]
    fn a_denial_holds_against_a_right_where_and_when_it_speaks() {
        let right = rule("right", "r", "roles = [\"a\"]\nactions = [\"live\"]");
        let denial = |rest: &str| format!("{right}{}", rule("denial", "d", rest));
        let all = denial("roles = [\"*\"]\nactions = [\"*\"]\narea = \"square\"");
        check(&all, None, 0, ("denial d", None));
        let but_me = denial("roles = [\"*\", \"-a\"]\nactions = [\"*\"]");
        check(&but_me, None, 0, ("right r", None));
        let by_day = denial("roles = [\"*\"]\nactions = [\"*\"]\nwindow = \"day\"");
        check(&by_day, None, 0, ("denial d", Some(8)));
        check(&by_day, None, 9, ("right r", Some(22)));
        let elsewhere = denial("roles = [\"*\"]\nactions = [\"*\"]\narea = \"own\"");
        check(&elsewhere, None, 0, ("right r", None));
        let for_drills = denial("roles = [\"*\"]\nactions = [\"*\"]\npurposes = [\"drill\"]");
        check(&for_drills, Some("drill"), 0, ("denial d", None));
        check(&for_drills, Some("event"), 0, ("right r", None));
    }

    #[test]
    fn a_role_that_the_policy_does_not_know_may_do_nothing() {
        let (policy, _) = small(&rule("right", "r", "roles = [\"*\"]\nactions = [\"*\"]"));
        let person = Person {
            role: "z".to_owned(),
            ..Person::default()
        };
        let asking = Asking {
            person: &person,
            target: Target {
                id: "1",
                marks: policy.marks(1, 1, false),
                division: "",
                owner: "",
                place: None,
            },
            action: Action::List,
            purpose: None,
            at: MORNING,
        };
        let verdict = policy.decide(&asking, &Grants::default());
        assert_eq!((verdict.is_allowed, verdict.why), (false, Why::UnknownRole));
    }
}
