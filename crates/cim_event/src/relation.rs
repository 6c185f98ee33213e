//! All cases of a city: found by identity, by what they are tied to, by their number at their source; parents and
//! children, cases merged into one. Facts may come in any order, so that circles are possible: they are walked once.

use crate::{
    case::{Act, Applied, Case, CaseReport, CaseState, Link, Step, StepFault},
    rights::{Actor, Refusal, Roles, Terms, allowed},
};
use cim_model::{EventId, UtcMillis};
use std::collections::{BTreeMap, BTreeSet};

/// Identities under something that names them.
type Index<K> = BTreeMap<K, BTreeSet<EventId>>;

/// All cases of a city.
#[derive(Clone, Debug, Default)]
pub struct Cases {
    by_id: BTreeMap<EventId, Case>,
    children: Index<EventId>,
    merged: Index<EventId>,
    by_link: Index<Link>,
    by_source: Index<(String, String)>,
    revision: u64,
}

impl Cases {
    /// Takes a step of the case `id`, in whatever order steps arrive.
    pub fn apply(&mut self, id: &EventId, step: Step) -> Result<Applied, StepFault> {
        let mut case = self
            .by_id
            .remove(id)
            .unwrap_or_else(|| Case::new(id.clone()));
        let before = Ties::of(case.state());
        let applied = case.apply(step);
        let after = Ties::of(case.state());
        // A broken first step does not make a case.
        if !case.entries().is_empty() {
            self.by_id.insert(id.clone(), case);
        }
        if applied == Ok(Applied::Changed) {
            self.retie(id, before, after);
        }
        if matches!(applied, Ok(Applied::Changed | Applied::WithoutEffect)) {
            self.revision += 1;
        }
        applied
    }

    /// Takes a case out, for instance one that closed long ago.
    pub fn forget(&mut self, id: &EventId) -> Option<Case> {
        let case = self.by_id.remove(id)?;
        self.retie(id, Ties::of(case.state()), Ties::default());
        self.revision += 1;
        Some(case)
    }

    /// The case called `id`.
    pub fn get(&self, id: &EventId) -> Option<&Case> {
        self.by_id.get(id)
    }

    /// Every case, by identity.
    pub fn all(&self) -> impl Iterator<Item = &Case> {
        self.by_id.values()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// Counts up whenever anything about any case changes.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The cases that are part of `id`.
    pub fn children_of(&self, id: &EventId) -> impl Iterator<Item = &EventId> {
        self.children.get(id).into_iter().flatten()
    }

    /// The cases that were merged into `id` directly.
    pub fn merged_into(&self, id: &EventId) -> impl Iterator<Item = &EventId> {
        self.merged.get(id).into_iter().flatten()
    }

    /// The cases that are tied to `link`.
    pub fn with_link(&self, link: &Link) -> impl Iterator<Item = &EventId> {
        self.by_link.get(link).into_iter().flatten()
    }

    /// The cases with a report that has the number `external_id` at `source`.
    pub fn of_source(&self, source: &str, external_id: &str) -> impl Iterator<Item = &EventId> {
        let key = (source.to_owned(), external_id.to_owned());
        self.by_source.get(&key).into_iter().flatten()
    }

    /// The case in which `id` is handled: itself, or the one that it was merged into, however far around.
    pub fn handled_in<'c>(&'c self, id: &'c EventId) -> &'c EventId {
        let into = |id: &EventId| {
            self.get(id)
                .and_then(|case| case.state().merged_into.as_ref())
        };
        walk(id, into).last().unwrap_or(id)
    }

    /// Everything told of one cause: the reports of `id` and of every case that was merged into it, in the order in which
    /// they were taken in, without those that became cases of their own.
    pub fn reports_of(&self, id: &EventId) -> Vec<(&EventId, &CaseReport)> {
        let mut seen = BTreeSet::from([id]);
        let mut open = vec![id];
        let mut reports = Vec::new();
        while let Some(id) = open.pop() {
            if let Some((id, case)) = self.by_id.get_key_value(id) {
                reports.extend(case.state().own_reports().map(|report| (id, report)));
            }
            open.extend(self.merged_into(id).filter(|part| seen.insert(*part)));
        }
        reports.sort_by(|a, b| a.1.at.cmp(&b.1.at).then_with(|| a.0.cmp(b.0)));
        reports
    }

    /// [`allowed`](crate::allowed), and whether the other case that `act` names is there and no circle comes of it. The
    /// first report of a case needs no case.
    pub fn allowed(
        &self,
        id: &EventId,
        act: Act,
        actor: &Actor,
        at: UtcMillis,
        roles: &Roles,
        terms: Terms,
    ) -> Result<Step, Refusal> {
        let fresh;
        let case = match self.get(id) {
            Some(case) => case,
            None if matches!(act, Act::Report(_)) => {
                fresh = Case::new(id.clone());
                &fresh
            }
            None => return Err(no_such(id)),
        };
        match &act {
            Act::Merge { into } => {
                self.check_other(id, into, |state| state.merged_into.as_ref())?;
            }
            Act::SetParent {
                parent: Some(parent),
            } => self.check_other(id, parent, |state| state.parent.as_ref())?,
            _ => {}
        }
        allowed(case, act, actor, at, roles, terms)
    }

    fn check_other(
        &self,
        id: &EventId,
        other: &EventId,
        above: impl Fn(&CaseState) -> Option<&EventId>,
    ) -> Result<(), Refusal> {
        if self.get(other).is_none() {
            return Err(no_such(other));
        }
        let next = |at: &EventId| self.get(at).and_then(|case| above(case.state()));
        if walk(other, next).any(|at| at == id) {
            return Err(Refusal::Circle {
                case: id.to_string(),
            });
        }
        Ok(())
    }

    fn retie(&mut self, id: &EventId, before: Ties, after: Ties) {
        move_in(&mut self.children, id, before.parent, after.parent);
        move_in(&mut self.merged, id, before.merged, after.merged);
        move_in(&mut self.by_link, id, before.links, after.links);
        move_in(&mut self.by_source, id, before.sources, after.sources);
    }
}

/// What a case is found by.
#[derive(Default)]
struct Ties {
    parent: BTreeSet<EventId>,
    merged: BTreeSet<EventId>,
    links: BTreeSet<Link>,
    sources: BTreeSet<(String, String)>,
}

impl Ties {
    fn of(state: &CaseState) -> Self {
        let sources = state.reports.iter().map(|told| &told.report);
        Self {
            parent: state.parent.iter().cloned().collect(),
            merged: state.merged_into.iter().cloned().collect(),
            links: state.links.clone(),
            sources: sources
                .filter(|report| !report.external_id.is_empty())
                .map(|report| (report.source.clone(), report.external_id.clone()))
                .collect(),
        }
    }
}

fn move_in<K: Ord>(index: &mut Index<K>, id: &EventId, before: BTreeSet<K>, after: BTreeSet<K>) {
    for key in before.into_iter().filter(|key| !after.contains(key)) {
        if let Some(ids) = index.get_mut(&key) {
            ids.remove(id);
            if ids.is_empty() {
                index.remove(&key);
            }
        }
    }
    for key in after {
        index.entry(key).or_default().insert(id.clone());
    }
}

/// `from` and what lies above it, each once.
fn walk<'c>(
    from: &'c EventId,
    above: impl Fn(&EventId) -> Option<&'c EventId>,
) -> impl Iterator<Item = &'c EventId> {
    let mut seen = BTreeSet::new();
    let mut at = Some(from);
    std::iter::from_fn(move || {
        let id = at.filter(|id| seen.insert(*id))?;
        at = above(id);
        Some(id)
    })
}

fn no_such(id: &EventId) -> Refusal {
    Refusal::NoSuchCase {
        case: id.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        case::{
            LinkKind, Report,
            tests::{act, report, step},
        },
        flow::Move,
        rights::tests::{actor, shipped},
    };

    fn id(name: &str) -> EventId {
        EventId::new(name)
    }

    /// The cases e1, e2 and e3, each reported at a minute of its own.
    fn three() -> Cases {
        let mut cases = Cases::default();
        for (minute, name) in ["e1", "e2", "e3"].into_iter().enumerate() {
            let told = Report {
                external_id: format!("no-{name}"),
                ..report(name)
            };
            let applied = cases.apply(&id(name), step(minute as i64, Act::Report(told)));
            assert_eq!(applied, Ok(Applied::Changed));
        }
        cases
    }

    #[track_caller]
    fn take(cases: &mut Cases, name: &str, minute: i64, act: Act) {
        assert_eq!(
            cases.apply(&id(name), step(minute, act)),
            Ok(Applied::Changed)
        );
    }

    fn merge(into: &str) -> Act {
        Act::Merge { into: id(into) }
    }

    fn part_of(parent: &str) -> Act {
        Act::SetParent {
            parent: Some(id(parent)),
        }
    }

    #[test]
    fn one_cause_shows_the_reports_of_all_that_were_merged_into_it() {
        let mut cases = three();
        take(&mut cases, "e3", 10, merge("e2"));
        take(&mut cases, "e2", 11, merge("e1"));
        let told: Vec<&str> = cases
            .reports_of(&id("e1"))
            .into_iter()
            .map(|(_, report)| report.report.id.as_str())
            .collect();
        assert_eq!(told, ["e1", "e2", "e3"]);
        assert_eq!(cases.handled_in(&id("e3")), &id("e1"));
        take(
            &mut cases,
            "e2",
            12,
            Act::Unmerge {
                reason: "两件事".to_owned(),
            },
        );
        assert_eq!(cases.reports_of(&id("e1")).len(), 1);
        assert_eq!(cases.merged_into(&id("e1")).count(), 0);
        assert_eq!(cases.reports_of(&id("e2")).len(), 2);
    }

    #[test]
    fn circles_that_two_desks_made_are_walked_once() {
        let mut cases = three();
        take(&mut cases, "e1", 10, merge("e2"));
        take(&mut cases, "e2", 10, merge("e1"));
        assert_eq!(cases.reports_of(&id("e1")).len(), 2);
        assert_eq!(cases.handled_in(&id("e1")), &id("e2"));
        assert_eq!(cases.handled_in(&id("unknown")), &id("unknown"));
    }

    #[track_caller]
    fn check(cases: &Cases, name: &str, act: Act, expected: Result<(), &str>) {
        let made = cases.allowed(
            &id(name),
            act,
            &actor("shift_leader", None),
            UtcMillis(90_000_000),
            &shipped(),
            Terms::default(),
        );
        let told = made.as_ref().map(|_| ()).map_err(Refusal::as_str);
        assert_eq!(told, expected);
    }

    #[test]
    fn a_case_is_tied_only_to_one_that_is_there_and_never_to_itself() {
        let mut cases = three();
        check(&cases, "e1", merge("e2"), Ok(()));
        check(&cases, "e1", merge("e9"), Err("no_such_case"));
        check(&cases, "e1", merge("e1"), Err("circle"));
        check(&cases, "e9", merge("e1"), Err("no_such_case"));
        check(&cases, "e9", Act::Report(report("r")), Ok(()));
        take(&mut cases, "e2", 10, part_of("e1"));
        take(&mut cases, "e3", 10, part_of("e2"));
        check(&cases, "e1", part_of("e3"), Err("circle"));
        check(&cases, "e3", part_of("e1"), Ok(()));
        check(&cases, "e3", Act::SetParent { parent: None }, Ok(()));
        let children: Vec<&EventId> = cases.children_of(&id("e1")).collect();
        assert_eq!(children, [&id("e2")]);
    }

    #[test]
    fn cases_are_found_by_what_they_are_tied_to() {
        let mut cases = three();
        let alarm = Link::new(LinkKind::Alarm, "d0@5000");
        take(&mut cases, "e1", 10, act(Move::Link));
        assert_eq!(cases.with_link(&alarm).count(), 1);
        take(&mut cases, "e1", 11, act(Move::Unlink));
        assert_eq!(cases.with_link(&alarm).count(), 0);
        let found: Vec<&EventId> = cases.of_source("hotline", "no-e2").collect();
        assert_eq!(found, [&id("e2")]);
        assert!(cases.forget(&id("e2")).is_some());
        assert_eq!(cases.of_source("hotline", "no-e2").count(), 0);
        assert_eq!((cases.len(), cases.is_empty()), (2, false));
        assert_eq!(cases.all().count(), 2);
    }

    #[test]
    fn the_revision_counts_what_changes_and_nothing_else() {
        let mut cases = three();
        let before = cases.revision();
        let comment = step(5, act(Move::Comment));
        assert_eq!(
            cases.apply(&id("e1"), comment.clone()),
            Ok(Applied::Changed)
        );
        assert_eq!(cases.apply(&id("e1"), comment), Ok(Applied::Known));
        assert_eq!(cases.revision(), before + 1);
        let broken = step(
            6,
            Act::Comment {
                text: String::new(),
            },
        );
        assert!(cases.apply(&id("e7"), broken).is_err());
        assert!(cases.get(&id("e7")).is_none(), "a broken step is no case");
        assert_eq!(cases.revision(), before + 1);
    }
}
