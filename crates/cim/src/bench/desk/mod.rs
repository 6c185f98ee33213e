//! `cim bench desk`: what the alarm and event desk must reach: from a message at the socket to its row and its sound, a flood of
//! alarms, rules, names. What the window draws comes on top: what it is sent is written as JSON within the measured time.

mod burst;
mod flood;
mod page;
mod room;
mod rules;

use super::{figure::Figure, search::SearchBench};
use crate::Failure;

const MEASURE: &str = "desk";
/// A quick run has so many times fewer alarms and names.
const QUICKER: u32 = 10;

/// Measures the desk, or one part of it.
pub(super) struct DeskBench {
    /// Names that are searched.
    pub(super) count: u32,
    /// A tenth of the alarms and names.
    pub(super) is_quick: bool,
    /// The only part that is measured; all of them without.
    pub(super) part: Option<String>,
    pub(super) json: bool,
}

type Part = fn(&DeskBench) -> Result<Vec<Figure>, Failure>;

/// What can be measured on its own.
const PARTS: [(&str, Part); 5] = [
    ("burst", burst::of_many_at_once),
    ("flood", flood::of_events),
    ("rules", rules::of_rules),
    ("page", page::of_event_pages),
    ("search", of_names),
];

impl DeskBench {
    pub(super) fn run(&self) -> Result<bool, Failure> {
        let is_wanted = |name: &str| self.part.as_deref().is_none_or(|part| part == name);
        let mut holds = true;
        let mut measured = 0;
        for (_, measure) in PARTS.iter().filter(|(name, _)| is_wanted(name)) {
            for figure in measure(self)? {
                figure.tell(self.json);
                holds &= figure.holds();
            }
            measured += 1;
        }
        if measured == 0 {
            let names: Vec<&str> = PARTS.iter().map(|(name, _)| *name).collect();
            return Err(format!("there is no such part; there are {}", names.join(", ")).into());
        }
        Ok(holds)
    }

    /// So many, or a tenth of them in a quick run.
    fn many(&self, count: u32) -> u32 {
        if self.is_quick {
            count / QUICKER
        } else {
            count
        }
    }
}

/// The palette's names: the same as `cim bench search`.
fn of_names(bench: &DeskBench) -> Result<Vec<Figure>, Failure> {
    let search = SearchBench {
        count: bench.many(bench.count).max(1),
        json: bench.json,
    };
    search.measure()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_is_not_there_is_named_with_those_that_are() {
        let bench = DeskBench {
            count: 1,
            is_quick: true,
            part: Some("nothing".to_owned()),
            json: true,
        };
        let told = bench.run().expect_err("no such part").to_string();
        assert!(told.contains("burst, flood, rules, page, search"), "{told}");
        assert_eq!(bench.many(1_000), 100);
    }
}
