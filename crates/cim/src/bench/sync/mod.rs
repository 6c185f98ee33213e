//! `cim bench sync`: how fast the desk takes in what its hub sends.

mod broker;
mod decode;
mod hub;
mod pages;

use super::figure::Figure;
use crate::Failure;

const MEASURE: &str = "sync";

/// Measures the way in, or one part of it.
pub(crate) struct SyncBench {
    /// Print one JSON object per figure.
    pub(crate) json: bool,
    /// The only part that is measured; all of them without.
    pub(crate) part: Option<String>,
}

type Part = fn() -> Result<Vec<Figure>, Failure>;

/// What can be measured on its own.
const PARTS: [(&str, Part); 5] = [
    ("decode", decode::of_pages),
    ("mqtt", decode::of_messages),
    ("broker", broker::of_messages),
    ("catch-up", hub::of_catching_up),
    ("map", hub::of_first_map),
];

impl SyncBench {
    pub(crate) fn run(self) -> Result<bool, Failure> {
        let is_wanted = |name: &str| self.part.as_deref().is_none_or(|part| part == name);
        let mut holds = true;
        let mut measured = 0;
        for (_, measure) in PARTS.iter().filter(|(name, _)| is_wanted(name)) {
            for figure in measure()? {
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
}
