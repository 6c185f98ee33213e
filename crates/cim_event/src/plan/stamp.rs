//! Who did something, when, and under which name: what every act of the desk carries, and the journal that keeps acts in order.

use cim_model::UtcMillis;
use std::collections::{BTreeMap, BTreeSet};

/// Who did something and when. Taken from the fact that tells it, so that every desk has the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The fact's identity; the same act never counts twice.
    pub id: String,
    /// When it was done.
    pub at: UtcMillis,
    /// Who did it.
    pub by: String,
}

impl Stamp {
    /// The act `id`, done by `by` at `at`.
    pub fn new(id: impl Into<String>, at: UtcMillis, by: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            at,
            by: by.into(),
        }
    }
}

/// An act as the journal keeps it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Noted<A> {
    pub(crate) stamp: Stamp,
    pub(crate) act: A,
}

/// Acts sorted by time and then by identity, whatever the order in which they arrive.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Journal<A> {
    acts: BTreeMap<(UtcMillis, String), Noted<A>>,
    ids: BTreeSet<String>,
    most: usize,
    left_out: u64,
}

impl<A> Journal<A> {
    /// An empty journal that keeps `most` acts; what comes beyond is left out and counted.
    pub(crate) fn new(most: usize) -> Self {
        Self {
            acts: BTreeMap::new(),
            ids: BTreeSet::new(),
            most,
            left_out: 0,
        }
    }

    /// Keeps an act. False when it is already there, or there is no room.
    pub(crate) fn insert(&mut self, stamp: &Stamp, act: A) -> bool {
        if self.ids.contains(&stamp.id) {
            return false;
        }
        if self.acts.len() >= self.most {
            self.left_out += 1;
            return false;
        }
        self.ids.insert(stamp.id.clone());
        let noted = Noted {
            stamp: stamp.clone(),
            act,
        };
        self.acts.insert((stamp.at, stamp.id.clone()), noted);
        true
    }

    /// Keeps an act like [`Journal::insert`]; where there is no room, the oldest act makes it.
    pub(crate) fn insert_newer(&mut self, stamp: &Stamp, act: A) -> bool {
        let oldest = self.acts.first_key_value();
        let is_newer =
            oldest.is_some_and(|((at, id), _)| (*at, id.as_str()) < (stamp.at, stamp.id.as_str()));
        if is_newer
            && self.is_full()
            && !self.ids.contains(&stamp.id)
            && let Some((_, gone)) = self.acts.pop_first()
        {
            self.ids.remove(&gone.stamp.id);
            self.left_out += 1;
        }
        self.insert(stamp, act)
    }

    /// The acts from `from` until before `until`, in order.
    pub(crate) fn between(
        &self,
        from: UtcMillis,
        until: UtcMillis,
    ) -> impl Iterator<Item = &Noted<A>> {
        let first = (from, String::new());
        let end = (until.max(from), String::new());
        self.acts.range(first..end).map(|(_, noted)| noted)
    }

    /// From when on nothing is missing.
    pub(crate) fn whole_from(&self) -> UtcMillis {
        let first = self.acts.first_key_value().filter(|_| self.left_out > 0);
        first.map_or(UtcMillis(i64::MIN), |((at, _), _)| *at)
    }

    /// The acts in order.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Noted<A>> {
        self.acts.values()
    }

    /// How many acts are kept.
    pub(crate) fn len(&self) -> usize {
        self.acts.len()
    }

    /// True when no more acts have room.
    pub(crate) fn is_full(&self) -> bool {
        self.acts.len() >= self.most
    }

    /// How many acts had no room.
    pub(crate) fn left_out(&self) -> u64 {
        self.left_out
    }

    /// True when `stamp` comes after every act that is kept.
    pub(crate) fn is_newest(&self, stamp: &Stamp) -> bool {
        self.acts
            .last_key_value()
            .is_none_or(|((at, id), _)| (*at, id.as_str()) < (stamp.at, stamp.id.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acts_are_kept_once_in_order_and_never_more_than_there_is_room_for() {
        let mut journal = Journal::new(3);
        let stamp = |id: &str, at: i64| Stamp::new(id, UtcMillis(at), "li");
        assert!(journal.is_newest(&stamp("b", 5)));
        assert!(journal.insert(&stamp("b", 5), 'b'));
        assert!(!journal.is_newest(&stamp("a", 5)));
        assert!(journal.insert(&stamp("a", 5), 'a'));
        assert!(!journal.insert(&stamp("a", 9), 'x'));
        assert!(journal.insert(&stamp("c", 1), 'c'));
        assert!(journal.is_full());
        assert!(!journal.insert(&stamp("d", 2), 'd'));
        let acts: Vec<char> = journal.iter().map(|noted| noted.act).collect();
        assert_eq!(acts, ['c', 'a', 'b']);
        assert_eq!((journal.len(), journal.left_out()), (3, 1));
    }

    #[test]
    fn where_there_is_no_room_the_oldest_act_makes_it() {
        let mut journal = Journal::new(2);
        let stamp = |id: &str, at: i64| Stamp::new(id, UtcMillis(at), "li");
        assert!(journal.insert_newer(&stamp("a", 1), 'a'));
        assert!(journal.insert_newer(&stamp("b", 2), 'b'));
        assert_eq!(journal.whole_from(), UtcMillis(i64::MIN));
        assert!(journal.insert_newer(&stamp("c", 3), 'c'));
        // The same again, and what is older than everything.
        assert!(!journal.insert_newer(&stamp("c", 3), 'c'));
        assert!(!journal.insert_newer(&stamp("z", 0), 'z'));
        let acts: Vec<char> = journal.iter().map(|noted| noted.act).collect();
        assert_eq!(acts, ['b', 'c']);
        assert_eq!(journal.whole_from(), UtcMillis(2));
        let between = |from: i64, until: i64| {
            let found = journal.between(UtcMillis(from), UtcMillis(until));
            found.count()
        };
        assert_eq!((between(2, 3), between(2, 4), between(4, 2)), (1, 2, 0));
    }
}
