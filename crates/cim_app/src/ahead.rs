//! Values that claim to come from the future: kept until the clock has come so far, or was set right.

use cim_model::{Observation, UtcMillis};
use std::collections::VecDeque;

/// How many values ahead of the clock are kept; beyond it the oldest are lost.
pub(crate) const MAX_AHEAD: usize = 10_000;

/// The values kept.
#[derive(Debug, Default)]
pub(crate) struct Ahead {
    waiting: VecDeque<Observation>,
}

impl Ahead {
    /// Keeps a value. True when an older one was lost for it.
    pub(crate) fn keep(&mut self, observation: Observation) -> bool {
        self.waiting.push_back(observation);
        let is_full = self.waiting.len() > MAX_AHEAD;
        if is_full {
            self.waiting.pop_front();
        }
        is_full
    }

    /// How many are kept.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Takes out those that hold at or before `until`, in the order in which they came.
    pub(crate) fn take_until(&mut self, until: UtcMillis) -> Vec<Observation> {
        let is_due = |observation: &Observation| observation.happened_at <= until;
        if !self.waiting.iter().any(is_due) {
            return Vec::new();
        }
        let (due, rest): (Vec<_>, Vec<_>) = self.waiting.drain(..).partition(is_due);
        self.waiting.extend(rest);
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::tests::observed;

    #[test]
    fn values_come_out_when_their_moment_has_come_and_in_their_order() {
        let mut ahead = Ahead::default();
        for millis in [300, 100, 200] {
            assert!(!ahead.keep(observed(0, millis, 1.0)));
        }
        let due: Vec<i64> = ahead
            .take_until(UtcMillis(200))
            .iter()
            .map(|observation| observation.happened_at.0)
            .collect();
        assert_eq!((due, ahead.len()), (vec![100, 200], 1));
    }

    #[test]
    fn only_so_many_are_kept_and_the_oldest_are_lost() {
        let mut ahead = Ahead::default();
        let lost = (0..=MAX_AHEAD as i64)
            .filter(|n| ahead.keep(observed(0, *n, 1.0)))
            .count();
        assert_eq!((lost, ahead.len()), (1, MAX_AHEAD));
        assert!(ahead.take_until(UtcMillis(0)).is_empty());
    }
}
