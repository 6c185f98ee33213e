//! What was found, line by line as it is found.

use crate::host::{end_progress, print, progress};
use cim_tiles::Problem;
use serde_json::{Value, json};

/// Progress is shown once in so many files.
const PROGRESS_FILES: usize = 16;
/// Of one file, so many problems are kept; the last line then says how many more there are.
const MAX_PROBLEMS: usize = 1_000;

/// One file and what is wrong with it.
#[derive(Debug, Default)]
pub(super) struct Checked {
    /// Its path, for people.
    pub(super) path: String,
    /// Where, and what.
    problems: Vec<(String, String)>,
    /// Problems beyond [`MAX_PROBLEMS`].
    more: usize,
    /// Features with an identity.
    pub(super) features: usize,
}

impl Checked {
    /// A file that nothing is known against yet.
    pub(super) fn new(path: String) -> Self {
        Self {
            path,
            ..Self::default()
        }
    }

    /// A file that cannot be used at all.
    pub(super) fn broken(path: String, reason: String) -> Self {
        let mut checked = Self::new(path);
        checked.tell(String::new(), reason);
        checked
    }

    pub(super) fn tell(&mut self, at: String, what: String) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push((at, what));
        } else {
            self.more += 1;
        }
    }

    /// Takes over what a reader told of this file, or of one that it names.
    pub(super) fn tell_all(&mut self, problems: impl IntoIterator<Item = Problem>, own: &str) {
        for problem in problems {
            let is_own = problem.source == own || problem.source == self.path;
            let at = match (is_own, problem.place.is_empty()) {
                (true, _) => problem.place,
                (false, true) => problem.source,
                (false, false) => format!("{}, {}", problem.source, problem.place),
            };
            self.tell(at, problem.reason);
        }
    }

    fn is_ok(&self) -> bool {
        self.problems.is_empty()
    }
}

/// Everything that was checked so far.
#[derive(Debug)]
pub(super) struct Report {
    json: bool,
    checked: usize,
    broken: usize,
}

impl Report {
    pub(super) fn new(json: bool) -> Self {
        Self {
            json,
            checked: 0,
            broken: 0,
        }
    }

    /// How many files are done.
    pub(super) fn checked(&self) -> usize {
        self.checked
    }

    /// How many of them are broken.
    #[cfg(test)]
    pub(super) fn broken(&self) -> usize {
        self.broken
    }

    /// Prints what is known of a file.
    pub(super) fn add(&mut self, mut checked: Checked) {
        self.checked += 1;
        self.broken += usize::from(!checked.is_ok());
        if checked.more > 0 {
            let more = format!("{} more problems", checked.more);
            checked.problems.push(("further on".to_owned(), more));
        }
        if self.json {
            let problems: Vec<Value> = checked
                .problems
                .iter()
                .map(|(at, what)| json!({"at": at, "what": what}))
                .collect();
            let line = json!({
                "path": checked.path,
                "ok": problems.is_empty(),
                "problems": problems,
                "features": checked.features,
            });
            print(&line.to_string());
        } else if !checked.is_ok() {
            end_progress();
            for (at, what) in &checked.problems {
                if at.is_empty() {
                    print(&format!("{}: {what}", checked.path));
                } else {
                    print(&format!("{}: {at}: {what}", checked.path));
                }
            }
        }
        if self.checked.is_multiple_of(PROGRESS_FILES) {
            let (checked, broken) = (self.checked, self.broken);
            progress(&format!("{checked} files checked, {broken} broken"));
        }
    }

    /// Prints the totals; true when nothing is broken.
    pub(super) fn end(self) -> bool {
        end_progress();
        let ok = self.checked - self.broken;
        if self.json {
            let totals = json!({"checked": self.checked, "ok": ok, "broken": self.broken});
            print(&totals.to_string());
        } else {
            print(&format!(
                "{} files checked, {} broken",
                self.checked, self.broken
            ));
        }
        self.broken == 0
    }
}
