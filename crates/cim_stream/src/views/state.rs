//! What a desk is told of its views.

use crate::protocol::{Outcome, Trouble};
use cim_model::UtcMillis;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A view's number; never given twice by the same [`Views`](crate::Views).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ViewId(pub u32);

/// How a view is doing.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ViewState {
    /// The helper starts, or the stream has sent no picture yet.
    Connecting,
    /// Pictures come.
    Playing(Playing),
    /// No picture has come for some seconds.
    Stalled {
        /// For how many.
        since_s: u32,
    },
    /// The helper has ended and will be started again.
    Restarting {
        /// In how many milliseconds.
        in_ms: u32,
        /// What was wrong.
        why: Trouble,
    },
    /// It will not be tried again until somebody asks for it.
    Failed {
        /// What is wrong.
        why: Trouble,
    },
    /// The clip has been shown to its end.
    Ended,
}

/// What plays.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Playing {
    /// Pixels across, as sent.
    pub width: u32,
    /// Pixels down, as sent.
    pub height: u32,
    /// The codec's short name: `h264`, `jpeg`.
    pub codec: String,
    /// Pictures shown in the last second.
    pub fps: f32,
    /// Foreign bytes in the last second.
    pub bytes_per_s: u64,
    /// The walls round the helper that hold on this machine.
    pub enforced: Vec<String>,
    /// The walls that this machine does not have.
    pub missing: Vec<String>,
}

/// Why a view cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The helper's program is not where it should be.
    #[error("there is no helper at {0}")]
    NoHelper(PathBuf),
    /// There are enough views open.
    #[error("{most} views are open already")]
    TooMany {
        /// How many may be.
        most: usize,
    },
    /// The system does not start it.
    #[error("the helper does not start: {0}")]
    Start(#[from] std::io::Error),
}

/// The last seconds of a view.
#[derive(Clone, Debug, PartialEq)]
pub struct Clip {
    /// Fragmented MP4, written by the helper from the pictures as they came.
    pub bytes: Vec<u8>,
    /// When its first picture was taken, as far as known.
    pub from: Option<UtcMillis>,
    /// How long it lasts.
    pub seconds: f64,
}

/// Why there is no clip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClipError {
    /// There is no such view.
    #[error("there is no such view")]
    NoView,
    /// No helper runs for it at the moment.
    #[error("nothing plays in the view")]
    NoHelper,
    /// The helper keeps nothing: motion JPEG, or no key picture yet.
    #[error("nothing of the view is kept")]
    Nothing,
    /// The helper does not answer.
    #[error("the helper does not answer")]
    Busy,
}

/// How one attempt to climb a helper's walls went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WallTrial {
    /// What was tried.
    pub attempt: String,
    /// How it went.
    pub outcome: Outcome,
}
