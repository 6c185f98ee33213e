//! What was done about one case: the acts in order, the plans that they set in motion, and the picture.

use super::{
    shelf::Shelf,
    told::{Broadcast, Told},
};
use cim_event::{
    dispatch::{DispatchAct, Picture, PictureAct},
    plan::{PlanAct, PlanRun, Stamp},
};
use cim_model::{EventId, UtcMillis};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// So many acts of one case are kept; what comes beyond is left out.
const MOST_ACTS: usize = 25_000;

/// An act as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Done {
    /// Who did it.
    pub(super) by: String,
    /// When this desk came to know of it.
    pub(super) known_at: UtcMillis,
    /// What.
    pub(super) what: What,
}

/// What was done. Of a picture only what a timeline says: the picture has the rest.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum What {
    /// With a plan.
    Plan(PlanAct),
    /// With somebody who was sent.
    Dispatch(DispatchAct),
    /// A broadcast.
    Broadcast(Broadcast),
    /// To the picture.
    Drawn {
        /// The fact's verb.
        verb: &'static str,
        /// The mark's words; may be empty.
        label: String,
    },
}

/// A plan that somebody started.
#[derive(Clone, Debug)]
pub(super) struct Run {
    /// The plan's identity.
    pub(super) plan: String,
    /// The plan at work; `None` where no pack has such a plan.
    pub(super) folded: Option<PlanRun>,
    /// When it was started first, and by whom.
    pub(super) started: (UtcMillis, String),
}

/// What was done about one case.
#[derive(Clone, Debug, Default)]
pub(super) struct CaseFile {
    acts: BTreeMap<(UtcMillis, String), Done>,
    ids: BTreeSet<String>,
    /// The plans that were started, each once, by when they were started first.
    runs: Vec<Run>,
    /// The one that was started last.
    current: Option<usize>,
    picture: Picture,
}

impl CaseFile {
    /// Takes what was done about `case`. True when it is kept.
    pub(super) fn take(
        &mut self,
        (case, shelf): (&EventId, &Shelf),
        stamp: &Stamp,
        known_at: UtcMillis,
        told: Told,
    ) -> bool {
        if self.is_full() || self.ids.contains(&stamp.id) {
            return false;
        }
        let what = match told {
            Told::Plan(act) => What::Plan(act),
            Told::Dispatch(act) => What::Dispatch(act),
            Told::Broadcast(act) => What::Broadcast(act),
            Told::Picture(act) => {
                let (verb, label) = (act.verb(), label_of(&act));
                if !self.picture.apply(stamp, act) {
                    return false;
                }
                What::Drawn { verb, label }
            }
        };
        let is_plan = matches!(what, What::Plan(_));
        let key = (stamp.at, stamp.id.clone());
        let is_newest = self
            .acts
            .last_key_value()
            .is_none_or(|(last, _)| *last < key);
        if is_plan && is_newest {
            self.follow(case, shelf, stamp, &what);
        }
        self.ids.insert(stamp.id.clone());
        let done = Done {
            by: stamp.by.clone(),
            known_at,
            what,
        };
        self.acts.insert(key, done);
        if is_plan && !is_newest {
            self.fold(case, shelf);
        }
        true
    }

    /// Puts the plans together anew: an act came late, or there are other plans.
    pub(super) fn fold(&mut self, case: &EventId, shelf: &Shelf) {
        self.runs.clear();
        self.current = None;
        let acts = std::mem::take(&mut self.acts);
        for ((at, id), done) in &acts {
            if matches!(done.what, What::Plan(_)) {
                let stamp = Stamp::new(id.clone(), *at, done.by.clone());
                self.follow(case, shelf, &stamp, &done.what);
            }
        }
        self.acts = acts;
    }

    /// Hands an act to the plan that was started last; a start goes to its own.
    fn follow(&mut self, case: &EventId, shelf: &Shelf, stamp: &Stamp, what: &What) {
        let What::Plan(act) = what else {
            return;
        };
        if let PlanAct::Start { plan } = act {
            let known = self.runs.iter().position(|run| run.plan == *plan);
            let place = known.unwrap_or(self.runs.len());
            if known.is_none() {
                let plan_of = |id: &str| shelf.plan(id).map(|one| Arc::clone(&one.plan));
                self.runs.push(Run {
                    plan: plan.clone(),
                    folded: plan_of(plan).map(|plan| PlanRun::new(plan, case.clone())),
                    started: (stamp.at, stamp.by.clone()),
                });
            }
            self.current = Some(place);
        }
        let run = self.current.and_then(|place| self.runs.get_mut(place));
        if let Some(run) = run.and_then(|run| run.folded.as_mut()) {
            run.apply(stamp, act.clone());
        }
    }

    /// The acts in order, with their moments and identities.
    pub(super) fn acts(&self) -> impl DoubleEndedIterator<Item = (UtcMillis, &str, &Done)> {
        self.acts
            .iter()
            .map(|((at, id), done)| (*at, id.as_str(), done))
    }

    /// The plan that was started last.
    pub(super) fn current(&self) -> Option<&Run> {
        self.runs.get(self.current?)
    }

    /// The run of the plan called `plan`.
    pub(super) fn run_of(&self, plan: &str) -> Option<&PlanRun> {
        let mut runs = self.runs.iter();
        runs.find(|run| run.plan == plan)?.folded.as_ref()
    }

    /// The plans that ran before the one that was started last, by identity.
    pub(super) fn earlier(&self) -> impl Iterator<Item = &str> {
        let runs = self.runs.iter().enumerate();
        runs.filter(|(place, _)| Some(*place) != self.current)
            .map(|(_, run)| run.plan.as_str())
    }

    /// True while a plan runs.
    pub(super) fn is_running(&self) -> bool {
        let run = self.current().and_then(|run| run.folded.as_ref());
        run.is_some_and(PlanRun::is_running)
    }

    /// True when no more acts have room.
    pub(super) fn is_full(&self) -> bool {
        self.acts.len() >= MOST_ACTS
    }

    /// The picture.
    pub(super) fn picture(&self) -> &Picture {
        &self.picture
    }

    /// When `author` may do the next thing, at `now` or a millisecond after what they did last: acts of one millisecond have
    /// no order.
    pub(super) fn next_at(&self, author: &str, now: UtcMillis) -> UtcMillis {
        let own = self.acts.iter().rev().find(|(_, done)| done.by == author);
        let after = own.map_or(now, |((at, _), _)| UtcMillis(at.0.saturating_add(1)));
        // Whoever's clock was ahead does not stay ahead.
        let is_near = after.0.saturating_sub(now.0) < 1_000;
        if is_near { after.max(now) } else { now }
    }
}

fn label_of(act: &PictureAct) -> String {
    match act {
        PictureAct::Put { mark } => mark.label.clone(),
        PictureAct::Remove { .. } | PictureAct::Undo { .. } => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::shelf::tests::built_in, *};

    fn case() -> EventId {
        EventId::new("e1")
    }

    fn start(plan: &str) -> Told {
        Told::Plan(PlanAct::Start {
            plan: plan.to_owned(),
        })
    }

    fn tick(step: &str) -> Told {
        Told::Plan(PlanAct::Tick {
            step: step.to_owned(),
            note: String::new(),
            evidence: Vec::new(),
        })
    }

    fn acts() -> Vec<(i64, Told)> {
        vec![
            (1_000, start("gas-leak")),
            (2_000, tick("alert")),
            (
                3_000,
                Told::Plan(PlanAct::Stop {
                    reason: "another".to_owned(),
                }),
            ),
            (4_000, start("burst-main")),
            (5_000, tick("confirm")),
        ]
    }

    fn file<'a>(acts: impl Iterator<Item = &'a (i64, Told)>, shelf: &Shelf) -> CaseFile {
        let mut file = CaseFile::default();
        for (at, told) in acts {
            let stamp = Stamp::new(format!("f{at}"), UtcMillis(*at), "Li");
            assert!(file.take((&case(), shelf), &stamp, stamp.at, told.clone()));
            assert!(!file.take((&case(), shelf), &stamp, stamp.at, told.clone()));
        }
        file
    }

    #[test]
    fn acts_belong_to_the_plan_that_was_started_last_in_any_order() {
        let shelf = built_in();
        let acts = acts();
        for file in [file(acts.iter(), &shelf), file(acts.iter().rev(), &shelf)] {
            let now = UtcMillis(9_000);
            let done = |plan: &str| file.run_of(plan).map(|run| run.progress(now).done);
            assert_eq!((done("gas-leak"), done("burst-main")), (Some(1), Some(1)));
            assert_eq!(
                file.current().map(|run| run.plan.as_str()),
                Some("burst-main")
            );
            assert_eq!(file.earlier().collect::<Vec<_>>(), ["gas-leak"]);
            assert!(file.is_running());
        }
    }

    #[test]
    fn a_plan_that_no_pack_has_is_kept_until_one_has_it() {
        let acts = acts();
        let mut file = file(acts.iter(), &Shelf::default());
        assert!(file.current().is_some_and(|run| run.folded.is_none()));
        assert!(!file.is_running());
        file.fold(&case(), &built_in());
        assert!(file.is_running());
    }

    #[test]
    fn what_one_person_does_has_an_order() {
        let shelf = built_in();
        let file = file(acts().iter(), &shelf);
        assert_eq!(file.next_at("Li", UtcMillis(5_000)), UtcMillis(5_001));
        assert_eq!(file.next_at("Li", UtcMillis(8_000)), UtcMillis(8_000));
        assert_eq!(file.next_at("Wang", UtcMillis(4_000)), UtcMillis(4_000));
        // A clock that was set back by hours.
        assert_eq!(
            file.next_at("Li", UtcMillis(-9_000_000)),
            UtcMillis(-9_000_000)
        );
    }
}
