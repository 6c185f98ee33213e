//! What is asked of this crate, and what it tells back.

use crate::RecordingError;
use cim_model::{DatastreamId, UtcMillis};
use std::path::PathBuf;

/// What a recording or a table takes from the history.
#[derive(Clone, Debug)]
pub struct Scope {
    /// The first moment, 1970 or later.
    pub from: UtcMillis,
    /// The last moment, included.
    pub to: UtcMillis,
    /// The series to take; `None`: all.
    pub series: Option<Vec<DatastreamId>>,
}

/// What a recording says of itself.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// The city's Chinese name.
    pub city_zh: String,
    /// The city's English name.
    pub city_en: String,
    /// Who made the recording.
    pub author: String,
    /// When it was made. An argument, so that the same content gives the same bytes.
    pub made_at: UtcMillis,
    /// Where the cameras' clips lie. Those that are found here, up to 64 MiB each, are embedded.
    pub folder_of_clips: Option<PathBuf>,
}

/// How far a long task has come. The unit is the task's own; only the ratio means something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// How much is done.
    pub done: u64,
    /// How much there is to do.
    pub total: u64,
}

/// Who is told how far a long task has come.
pub type OnProgress<'a> = &'a mut (dyn FnMut(Progress) + Send);

/// What a recording holds, or what came of one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// The first moment.
    pub from: UtcMillis,
    /// The last moment.
    pub to: UtcMillis,
    /// Observations within the stretch. The state at its start is not counted.
    pub observations: u64,
    /// Facts, those of the day before the stretch included.
    pub facts: u64,
    /// Versions of events.
    pub events: u64,
    /// Sensing devices.
    pub things: u64,
    /// Cameras.
    pub cameras: u64,
    /// References to clips.
    pub clips: u64,
    /// Size of the file.
    pub bytes: u64,
    /// SHA-256 over the content, 64 hexadecimal digits; see the crate's description of the format.
    pub digest: String,
    /// What could not be read, with its byte offset in the file. Empty after an export.
    pub problems: Vec<String>,
}

/// What verifying a recording found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// What was read.
    pub summary: Summary,
    /// Everything that is wrong, with its byte offset in the file; empty: the recording is sound.
    pub problems: Vec<String>,
    /// True when the signature slot is filled. Whether the signature is right is for whoever holds the key to say.
    pub is_signed: bool,
}

/// The last moment that MCAP's nanoseconds and our milliseconds can both tell.
const LAST_MS: i64 = i64::MAX / 1_000_000;

impl Scope {
    /// Refuses stretches that end before they begin or that MCAP's clock cannot tell.
    pub(crate) fn check(&self) -> Result<(), RecordingError> {
        let why = if self.from.0 < 0 {
            format!("the stretch begins before 1970 ({})", self.from)
        } else if self.to.0 > LAST_MS {
            format!("the stretch ends after 2262 ({})", self.to)
        } else if self.to < self.from {
            format!(
                "the stretch ends ({}) before it begins ({})",
                self.to, self.from
            )
        } else {
            return Ok(());
        };
        Err(RecordingError::Scope { why })
    }
}

/// City time as MCAP tells it: nanoseconds since 1970. What lies before 1970 counts as 1970; the exact moment is in the message.
pub(crate) fn log_time_of(t: i64) -> u64 {
    u64::try_from(t).unwrap_or(0).saturating_mul(1_000_000)
}
