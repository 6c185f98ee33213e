//! What is wrong with a file, told once each and never without end.

/// So many are told in words; the rest is counted.
const TOLD: usize = 100;

/// What is wrong with a file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Problems {
    told: Vec<String>,
    more: u64,
}

impl Problems {
    /// Adds that at byte `offset` of the file something is wrong.
    pub(crate) fn add(&mut self, offset: u64, why: &str) {
        if self.told.len() < TOLD {
            self.told.push(format!("byte {offset}: {why}"));
        } else {
            self.more += 1;
        }
    }

    /// Everything in words.
    pub(crate) fn into_list(mut self) -> Vec<String> {
        if self.more > 0 {
            self.told.push(format!("and {} more", self.more));
        }
        self.told
    }
}
