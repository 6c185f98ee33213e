//! Why a use case failed, and how the UI is told.

use crate::wire::{ApiError, ErrorCode};
use std::error::Error;

/// Why the desk could not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The cache cannot be read or written.
    #[error("the cache cannot be used")]
    Cache(#[from] cim_store::StoreError),
    /// There is no such thing (any more).
    #[error("there is no {what} with the id {id}")]
    NotFound {
        /// What was looked for: `device`, `camera`, `event`, `feature`, `alarm`, `series`.
        what: &'static str,
        /// Its id.
        id: String,
    },
    /// The work was given up before it was done: the program ends, or it failed inside.
    #[error("{what} was not finished")]
    Unfinished {
        /// Which work.
        what: &'static str,
        /// What became of it.
        #[source]
        cause: tokio::task::JoinError,
    },
    /// A city on this machine cannot be read.
    #[error("the city cannot be read")]
    City(#[from] cim_tiles::TileError),
    /// A recording or a table cannot be written or read.
    #[error("the recording cannot be used")]
    Recording(#[from] cim_recording::RecordingError),
    /// The system refused a file or a folder.
    #[error("{act} failed: {path}")]
    File {
        /// What was being done.
        act: &'static str,
        /// What the system said.
        #[source]
        source: std::io::Error,
        /// The file or folder.
        path: std::path::PathBuf,
    },
    /// One long work at a time.
    #[error("the desk is still busy with the {with}")]
    Busy {
        /// With what.
        with: String,
    },
    /// The desk closed before the work was done.
    #[error("{what} was stopped: the desk closes")]
    Stopped {
        /// Which work.
        what: &'static str,
    },
    /// An act is not allowed.
    #[error("{reason}")]
    Refused {
        /// Why, in a word: `event.refusal.<word>` in the texts.
        word: String,
        /// Why, in words for a log line.
        reason: String,
    },
    /// The duty log or a handover cannot be written so.
    #[error("{text}")]
    Declined {
        /// Why, in the desk's language.
        text: String,
    },
    /// A report cannot be made.
    #[error("the report cannot be made")]
    Report(#[from] cim_report::ReportError),
    /// What was sent makes no sense.
    #[error("{what} cannot be {found}: {reason}")]
    BadRequest {
        /// Which value.
        what: &'static str,
        /// What was sent.
        found: String,
        /// What would make sense.
        reason: &'static str,
    },
}

impl From<&AppError> for ApiError {
    fn from(err: &AppError) -> Self {
        let code = match err {
            AppError::Cache(_) => ErrorCode::CacheUnusable,
            AppError::NotFound { .. } => ErrorCode::NotFound,
            AppError::Refused { word, .. } => {
                return Self {
                    code: ErrorCode::Refused,
                    message: word.clone(),
                };
            }
            AppError::BadRequest { .. }
            | AppError::Unfinished { .. }
            | AppError::City(_)
            | AppError::Recording(_)
            | AppError::File { .. }
            | AppError::Busy { .. }
            | AppError::Declined { .. }
            | AppError::Report(_)
            | AppError::Stopped { .. } => ErrorCode::BadRequest,
        };
        Self {
            code,
            message: with_causes(err),
        }
    }
}

impl From<AppError> for ApiError {
    fn from(err: AppError) -> Self {
        Self::from(&err)
    }
}

/// The error's text, and after colons those of its causes that it does not quote itself.
pub(crate) fn with_causes(err: &dyn Error) -> String {
    let mut text = err.to_string();
    let mut cause = err.source();
    while let Some(err) = cause {
        let said = err.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        cause = err.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ui_is_told_what_it_may_switch_on_and_what_to_show() {
        let refused = AppError::NotFound {
            what: "alarm",
            id: "d0@5".to_owned(),
        };
        let told = ApiError::from(refused);
        assert_eq!(told.code, ErrorCode::NotFound);
        assert_eq!(told.message, "there is no alarm with the id d0@5");
        let not_now = AppError::Refused {
            word: "not_now".to_owned(),
            reason: "the case is closed".to_owned(),
        };
        let told = ApiError::from(not_now);
        assert_eq!(
            (told.code, told.message.as_str()),
            (ErrorCode::Refused, "not_now")
        );
    }
}
