//! Counts and combinations: figures made of other conditions.

use std::collections::VecDeque;

/// How many conditions of another rule are active, or became active lately.
#[derive(Clone, Debug, Default)]
pub(super) struct Counted {
    active: u32,
    /// Who became active when, oldest first; each once. Its room is given when rules are compiled.
    recent: VecDeque<(i64, u32)>,
    most: usize,
}

impl Counted {
    /// Counts what is active; or, with `most`, what became active lately, up to so many.
    pub(super) fn new(most: usize) -> Self {
        Self {
            active: 0,
            recent: VecDeque::with_capacity(most + usize::from(most > 0)),
            most,
        }
    }

    /// A condition became active or inactive.
    pub(super) fn note(&mut self, source: u32, is_active: bool, at: i64) {
        if !is_active {
            self.active = self.active.saturating_sub(1);
            return;
        }
        self.active = self.active.saturating_add(1);
        if self.most > 0 {
            self.recent.retain(|(_, other)| *other != source);
            let place = self.recent.partition_point(|(other, _)| *other <= at);
            self.recent.insert(place, (at, source));
            if self.recent.len() > self.most {
                self.recent.pop_front();
            }
        }
    }

    /// How many there are at `at`.
    pub(super) fn figure(&mut self, within_ms: i64, at: i64) -> f64 {
        if self.most == 0 {
            return f64::from(self.active);
        }
        while self.due(within_ms).is_some_and(|due| due <= at) {
            self.recent.pop_front();
        }
        self.recent.len() as f64
    }

    /// When the oldest no longer counts.
    pub(super) fn due(&self, within_ms: i64) -> Option<i64> {
        let (oldest, _) = self.recent.front()?;
        Some(oldest.saturating_add(within_ms))
    }
}

/// How many members of each list a combination has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lists {
    pub(super) all: usize,
    pub(super) any: usize,
}

/// How many conditions of each member are active: those of `all`, then of `any`, then of `none`.
#[derive(Clone, Debug, Default)]
pub(super) struct Members(Vec<u32>);

impl Members {
    /// So many members.
    pub(super) fn new(members: usize) -> Self {
        Self(vec![0; members])
    }

    /// A condition of the member `slot` became active or inactive.
    pub(super) fn note(&mut self, slot: u32, is_active: bool) {
        if let Some(count) = self.0.get_mut(slot as usize) {
            *count = if is_active {
                count.saturating_add(1)
            } else {
                count.saturating_sub(1)
            };
        }
    }

    /// True when the combination holds.
    pub(super) fn holds(&self, lists: Lists) -> bool {
        let (all, rest) = self.0.split_at(lists.all.min(self.0.len()));
        let (any, none) = rest.split_at(lists.any.min(rest.len()));
        all.iter().all(|count| *count > 0)
            && (any.is_empty() || any.iter().any(|count| *count > 0))
            && none.iter().all(|count| *count == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_condition_counts_once_within_the_time() {
        let mut counted = Counted::new(3);
        for (source, at) in [(1, 0), (2, 1_000), (1, 5_000)] {
            counted.note(source, true, at);
        }
        assert!((counted.figure(10_000, 5_000) - 2.0).abs() < 1e-9);
        assert_eq!(counted.due(10_000), Some(11_000));
        assert!((counted.figure(10_000, 11_000) - 1.0).abs() < 1e-9);
        assert!(counted.figure(10_000, 15_000).abs() < 1e-9);
    }

    #[test]
    fn without_a_time_what_is_active_counts() {
        let mut counted = Counted::new(0);
        counted.note(1, true, 0);
        counted.note(2, true, 0);
        counted.note(1, false, 9);
        assert!((counted.figure(0, i64::MAX) - 1.0).abs() < 1e-9);
        assert_eq!(counted.due(0), None);
    }

    /// Makes `active` members (all: 0 and 1, any: 2 and 3, none: 4) active.
    #[track_caller]
    fn check(active: &[u32], holds: bool) {
        let mut members = Members::new(5);
        for slot in active {
            members.note(*slot, true);
        }
        assert_eq!(members.holds(Lists { all: 2, any: 2 }), holds, "{active:?}");
    }

    #[test]
    fn all_any_and_none_must_hold() {
        check(&[], false);
        check(&[0, 1], false);
        check(&[0, 1, 2], true);
        check(&[0, 1, 2, 3], true);
        check(&[0, 2], false);
        check(&[0, 1, 3, 4], false);
    }
}
