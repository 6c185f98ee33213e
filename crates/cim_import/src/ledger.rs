//! The account of an import: every feature ends in exactly one line of it.

use crate::request::Dropped;
use cim_tiles::Counts;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How often something happened, and where first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Tally {
    count: u64,
    first: String,
}

/// Counts, drops and repairs while they happen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ledger {
    pub(crate) counts: Counts,
    dropped: BTreeMap<String, Tally>,
    repaired: BTreeMap<String, Tally>,
    noted: BTreeMap<String, Tally>,
}

impl Ledger {
    /// A feature was read that cannot be used: counted as read and as dropped.
    ///
    /// `reason` is one of a few sentences; what differs from feature to feature belongs in `place`.
    pub fn refuse(&mut self, reason: &str, place: &str) {
        self.counts.features += 1;
        self.drop(reason, place);
    }

    /// A feature was read that the twin has no use for.
    pub fn pass_over(&mut self) {
        self.counts.features += 1;
        self.counts.other += 1;
    }

    /// A feature that is counted as read already was left out.
    pub(crate) fn drop(&mut self, reason: &str, place: &str) {
        tally(&mut self.dropped, reason, place, 1);
    }

    /// Something to know about a feature that was taken in as it is.
    pub fn note(&mut self, reason: &str, place: &str) {
        tally(&mut self.noted, reason, place, 1);
    }

    /// A feature was changed so that it can be used.
    pub fn repair(&mut self, reason: &str, place: &str) {
        self.counts.repaired += 1;
        tally(&mut self.repaired, reason, place, 1);
    }

    /// How many features were read so far.
    pub fn features(&self) -> u64 {
        self.counts.features
    }

    /// Adds what another account holds.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.counts = self.counts.plus(&other.counts);
        for (own, theirs) in [
            (&mut self.dropped, &other.dropped),
            (&mut self.repaired, &other.repaired),
            (&mut self.noted, &other.noted),
        ] {
            for (reason, one) in theirs {
                tally(own, reason, &one.first, one.count);
            }
        }
    }

    /// What was left out, most frequent reason first.
    pub(crate) fn dropped(&self) -> Vec<Dropped> {
        listed(&self.dropped)
    }

    /// What was changed so that it can be used, most frequent reason first.
    pub(crate) fn repaired(&self) -> Vec<Dropped> {
        listed(&self.repaired)
    }

    /// What is worth knowing, most frequent first.
    pub(crate) fn noted(&self) -> Vec<Dropped> {
        listed(&self.noted)
    }
}

fn tally(tallies: &mut BTreeMap<String, Tally>, reason: &str, place: &str, count: u64) {
    if let Some(tally) = tallies.get_mut(reason) {
        tally.count += count;
    } else {
        tallies.insert(
            reason.to_owned(),
            Tally {
                count,
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
        ledger.refuse("no geometry", "a, feature 1");
        ledger.refuse("not a number", "a, feature 2");
        ledger.refuse("not a number", "a, feature 3");
        let dropped = ledger.dropped();
        assert_eq!((dropped.len(), ledger.features()), (2, 3));
        assert_eq!(
            (
                dropped[0].reason.as_str(),
                dropped[0].count,
                dropped[0].first.as_str()
            ),
            ("not a number", 2, "a, feature 2")
        );
    }

    #[test]
    fn accounts_add_up_and_survive_being_written_down() {
        let (mut first, mut second) = (Ledger::default(), Ledger::default());
        first.refuse("no geometry", "a, feature 1");
        second.refuse("no geometry", "b, feature 7");
        second.repair("a ring was not closed; closed", "b, feature 8");
        second.pass_over();
        first.merge(&second);
        assert_eq!(
            (
                first.counts.features,
                first.counts.other,
                first.counts.repaired
            ),
            (3, 1, 1)
        );
        assert_eq!(first.dropped()[0].first, "a, feature 1");
        let text = serde_json::to_string(&first).expect("JSON");
        assert_eq!(
            serde_json::from_str::<Ledger>(&text).expect("the same"),
            first
        );
    }
}
