//! What can be wrong with a city's files: errors that end a reading, problems that don't.

use std::fmt;

/// A file that cannot be used: which one, where in it, and why.
#[derive(Debug, thiserror::Error)]
pub enum TileError {
    /// The file cannot be opened or read.
    #[error("cannot be read: {file}")]
    Unreadable {
        /// Path or name of the file.
        file: String,
        /// What the operating system said.
        #[source]
        cause: std::io::Error,
    },
    /// The file breaks its format.
    #[error("{reason}, at {place} of {file}")]
    Broken {
        /// Path or name of the file.
        file: String,
        /// Byte offset, line or JSON path.
        place: String,
        /// What is wrong there.
        reason: String,
    },
    /// The file is fine, but uses a part of its format that is not read.
    #[error("{reason} cannot be read yet, at {place} of {file}")]
    Unsupported {
        /// Path or name of the file.
        file: String,
        /// Byte offset, tile or JSON path.
        place: String,
        /// Which part of the format.
        reason: String,
    },
    /// Reading on would take more memory than a file of this size deserves.
    #[error("{reason}, at {place} of {file}")]
    TooLarge {
        /// Path or name of the file.
        file: String,
        /// Which part asks for it.
        place: String,
        /// Which limit is met.
        reason: String,
    },
}

impl TileError {
    /// The file's path or name.
    pub fn file(&self) -> &str {
        match self {
            Self::Unreadable { file, .. }
            | Self::Broken { file, .. }
            | Self::Unsupported { file, .. }
            | Self::TooLarge { file, .. } => file,
        }
    }

    /// Where in the file; empty when the file as a whole is meant.
    pub fn place(&self) -> &str {
        match self {
            Self::Unreadable { .. } => "",
            Self::Broken { place, .. }
            | Self::Unsupported { place, .. }
            | Self::TooLarge { place, .. } => place,
        }
    }

    pub(crate) fn broken(file: &str, place: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Broken {
            file: file.to_owned(),
            place: place.into(),
            reason: reason.into(),
        }
    }

    pub(crate) fn unsupported(
        file: &str,
        place: impl Into<String>,
        reason: impl Into<String>,
    ) -> Self {
        Self::Unsupported {
            file: file.to_owned(),
            place: place.into(),
            reason: reason.into(),
        }
    }

    pub(crate) fn too_large(
        file: &str,
        place: impl Into<String>,
        reason: impl Into<String>,
    ) -> Self {
        Self::TooLarge {
            file: file.to_owned(),
            place: place.into(),
            reason: reason.into(),
        }
    }

    pub(crate) fn unreadable(file: &str, cause: std::io::Error) -> Self {
        Self::Unreadable {
            file: file.to_owned(),
            cause,
        }
    }

    pub(crate) fn json(file: &str, error: &serde_json::Error) -> Self {
        let place = format!("line {} column {}", error.line(), error.column());
        Self::broken(file, place, json_reason(error))
    }
}

/// What is wrong with a JSON text, without the place that the message repeats at its end.
pub(crate) fn json_reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ")
        .map_or(text.as_str(), |(reason, _)| reason)
        .to_owned()
}

/// Something wrong that cost one feature, tile or line, while the rest went on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Path or name of the file.
    pub source: String,
    /// Byte offset, line or JSON path.
    pub place: String,
    /// What is wrong there.
    pub reason: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, at {} of {}", self.reason, self.place, self.source)
    }
}

impl From<&TileError> for Problem {
    /// The error as something that cost one file while the rest goes on.
    fn from(error: &TileError) -> Self {
        let (place, reason) = match error {
            TileError::Unreadable { cause, .. } => {
                ("the whole file", format!("it cannot be read: {cause}"))
            }
            TileError::Broken { place, reason, .. } | TileError::TooLarge { place, reason, .. } => {
                (place.as_str(), reason.clone())
            }
            TileError::Unsupported { place, reason, .. } => {
                (place.as_str(), format!("{reason} cannot be read yet"))
            }
        };
        Self {
            source: error.file().to_owned(),
            place: place.to_owned(),
            reason,
        }
    }
}

/// Problems as they come up; keeps the first [`Problems::MAX`] and counts the rest.
#[derive(Debug)]
pub(crate) struct Problems {
    source: String,
    list: Vec<Problem>,
    uncounted: usize,
}

impl Problems {
    /// How many problems of one file are told one by one; a last one then says how many more there are.
    pub(crate) const MAX: usize = 1_000;

    pub(crate) fn of(source: &str) -> Self {
        Self {
            source: source.to_owned(),
            list: Vec::new(),
            uncounted: 0,
        }
    }

    pub(crate) fn add(&mut self, place: impl Into<String>, reason: impl Into<String>) {
        if self.list.len() < Self::MAX {
            self.list.push(Problem {
                source: self.source.clone(),
                place: place.into(),
                reason: reason.into(),
            });
        } else {
            self.uncounted += 1;
        }
    }

    pub(crate) fn into_list(mut self) -> Vec<Problem> {
        if self.uncounted > 0 {
            let reason = format!("{} more problems", self.uncounted);
            self.list.push(Problem {
                source: self.source,
                place: "further on".to_owned(),
                reason,
            });
        }
        self.list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_reason_place_and_file() {
        let error = TileError::broken("tiles/1.glb", "accessors/3", "the count is missing");
        assert_eq!(
            error.to_string(),
            "the count is missing, at accessors/3 of tiles/1.glb"
        );
        assert_eq!(
            (error.file(), error.place()),
            ("tiles/1.glb", "accessors/3")
        );
    }

    #[test]
    fn an_error_becomes_a_problem_with_its_cause() {
        let missing = TileError::unreadable("a.glb", std::io::ErrorKind::NotFound.into());
        let problem = Problem::from(&missing);
        assert_eq!(problem.source, "a.glb");
        assert!(problem.reason.contains("not found"), "{problem}");
        let broken = Problem::from(&TileError::broken("b.glb", "byte 4", "no magic"));
        assert_eq!(broken.to_string(), "no magic, at byte 4 of b.glb");
    }

    #[test]
    fn a_flood_of_problems_is_counted_not_kept() {
        let mut problems = Problems::of("attributes.jsonl");
        for line in 0..Problems::MAX + 5 {
            problems.add(format!("line {line}"), "broken");
        }
        let list = problems.into_list();
        assert_eq!(list.len(), Problems::MAX + 1);
        assert_eq!(list[Problems::MAX].reason, "5 more problems");
    }
}
