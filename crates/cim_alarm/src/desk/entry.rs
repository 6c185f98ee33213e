//! One condition at the desk: its steps, and the state folded from them.

use super::rows::Counted;
use super::{About, Applied};
use crate::condition::{Condition, ConditionId, Input, Policy, Step};
use cim_model::{AlarmId, Severity, UtcMillis};
use std::cmp::Reverse;
use std::sync::Arc;

/// How many steps of one condition are kept apart; of more the earlier half is folded together, and what comes late before it is
/// refused.
pub(super) const MAX_STEPS: usize = 128;

/// Where a step stands among others: by its time; a value before what an operator says of it; then by its name.
type StepKey = (UtcMillis, bool, Arc<str>);

/// Where an open alarm stands in the list: worst first, then newest first, then by name.
pub(super) type OrderKey = (Reverse<Severity>, Reverse<UtcMillis>, AlarmId);

/// An open alarm as it was counted and sorted in, so that it can be taken out again.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) order: OrderKey,
    /// When it was back, if it is.
    pub(super) back_at: Option<UtcMillis>,
    pub(super) counted: Counted,
}

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) about: About,
    pub(super) state: Condition,
    /// The state before the first of `steps`; none when they are all there is.
    base: Option<Box<Condition>>,
    base_key: Option<StepKey>,
    steps: Vec<Step>,
    /// The open alarms as the desk has them.
    pub(super) listed: Vec<Listed>,
    /// The alarms that are done with, as the desk has them.
    pub(super) settled: Vec<(UtcMillis, AlarmId)>,
    /// When the desk looks at it next.
    pub(super) due: Option<UtcMillis>,
}

impl Entry {
    pub(super) fn new(id: ConditionId) -> Self {
        Self {
            about: About::default(),
            state: Condition::new(id, Policy::default()),
            base: None,
            base_key: None,
            steps: Vec::new(),
            listed: Vec::new(),
            settled: Vec::new(),
            due: None,
        }
    }

    /// Takes a step in its place among the others.
    pub(super) fn take(&mut self, step: Step) -> Applied {
        if self.steps.iter().any(|known| known.id == step.id) {
            return Applied::Known;
        }
        let key = key_of(&step);
        if self.base_key.as_ref().is_some_and(|base| key <= *base) {
            return Applied::TooLate;
        }
        let place = self.steps.partition_point(|known| key_of(known) < key);
        let is_newest = place == self.steps.len() && step.at >= self.state.touched_at();
        if is_newest {
            self.state.take(&step);
            self.steps.push(step);
        } else {
            self.steps.insert(place, step);
            self.fold_again();
        }
        if self.steps.len() > MAX_STEPS {
            self.fold_earlier(MAX_STEPS / 2);
        }
        Applied::Taken
    }

    /// Makes another policy hold, also for the steps at hand.
    pub(super) fn set_policy(&mut self, policy: Policy) {
        if *self.state.policy() == policy {
            return;
        }
        if let Some(base) = &mut self.base {
            base.set_policy(policy.clone());
        }
        self.state.set_policy(policy);
        self.fold_again();
    }

    /// Forgets alarms that were done with by `moment`, and the steps, too, when nothing else is left.
    pub(super) fn forget_until(&mut self, moment: UtcMillis) {
        self.state.forget_until(moment);
        if let Some(base) = &mut self.base {
            base.forget_until(moment);
        }
        // A step that came before the one that it answers still waits for it.
        let is_old = self.steps.last().is_none_or(|last| last.at <= moment);
        if is_old && self.state.is_blank() {
            // What is told again later is known by its time.
            self.base_key = self.steps.last().map(key_of).or(self.base_key.take());
            self.base = None;
            self.steps = Vec::new();
        }
    }

    fn fold_again(&mut self) {
        let mut state = self.start();
        for step in &self.steps {
            state.take(step);
        }
        self.state = state;
    }

    fn fold_earlier(&mut self, how_many: usize) {
        let mut base = self.start();
        for step in self.steps.drain(..how_many) {
            base.take(&step);
            self.base_key = Some(key_of(&step));
        }
        self.base = Some(Box::new(base));
    }

    fn start(&self) -> Condition {
        match &self.base {
            Some(base) => (**base).clone(),
            None => Condition::new(self.state.id().clone(), self.state.policy().clone()),
        }
    }
}

fn key_of(step: &Step) -> StepKey {
    let is_act = matches!(step.input, Input::Act { .. });
    (step.at, is_act, step.id.clone())
}
