//! The account of an import: every feature ends in exactly one line of it.

use crate::request::{Counts, Dropped};
use std::collections::BTreeMap;

/// How often something happened, and where first.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Tally {
    count: u64,
    first: String,
}

/// Counts, drops and repairs while they happen.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) counts: Counts,
    dropped: BTreeMap<String, Tally>,
    noted: BTreeMap<String, Tally>,
}

impl Ledger {
    /// A feature was left out.
    pub(crate) fn drop(&mut self, reason: &str, place: &str) {
        tally(&mut self.dropped, reason, place);
    }

    /// A feature was taken in after a repair, or with something to know about it.
    pub(crate) fn note(&mut self, reason: &str, place: &str) {
        tally(&mut self.noted, reason, place);
    }

    /// A feature was changed so that it can be used.
    pub(crate) fn repair(&mut self, reason: &str, place: &str) {
        self.counts.repaired += 1;
        self.note(reason, place);
    }

    /// What was left out, most frequent reason first.
    pub(crate) fn dropped(&self) -> Vec<Dropped> {
        listed(&self.dropped)
    }

    /// What was repaired or is worth knowing, most frequent first.
    pub(crate) fn noted(&self) -> Vec<Dropped> {
        listed(&self.noted)
    }
}

fn tally(tallies: &mut BTreeMap<String, Tally>, reason: &str, place: &str) {
    if let Some(tally) = tallies.get_mut(reason) {
        tally.count += 1;
    } else {
        tallies.insert(
            reason.to_owned(),
            Tally {
                count: 1,
                first: place.to_owned(),
            },
        );
    }
}

fn listed(tallies: &BTreeMap<String, Tally>) -> Vec<Dropped> {
    let mut list: Vec<Dropped> = tallies
        .iter()
        .map(|(reason, tally)| Dropped {
            reason: reason.clone(),
            count: tally.count,
            first: tally.first.clone(),
        })
        .collect();
    list.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.reason.cmp(&b.reason)));
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_reason_comes_first_with_its_first_place() {
        let mut ledger = Ledger::default();
        ledger.drop("no geometry", "a, feature 1");
        ledger.drop("not a number", "a, feature 2");
        ledger.drop("not a number", "a, feature 3");
        let dropped = ledger.dropped();
        assert_eq!(dropped.len(), 2);
        assert_eq!(
            (
                dropped[0].reason.as_str(),
                dropped[0].count,
                dropped[0].first.as_str()
            ),
            ("not a number", 2, "a, feature 2")
        );
    }
}
