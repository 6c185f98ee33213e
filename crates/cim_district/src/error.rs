//! What can keep a district from being made.

use cim_import::ImportError;
use std::io;
use std::path::PathBuf;

/// Why no district came of it. The folder asked for is as it was before.
#[derive(Debug, thiserror::Error)]
pub enum DistrictError {
    /// No building was asked for, or more than a district has room for.
    #[error("a district has 1 to {most} buildings, not {asked}")]
    BadCount {
        /// How many were asked for.
        asked: u32,
        /// The most that there is room for.
        most: u32,
    },
    /// A working file cannot be written.
    #[error("the district's working file cannot be written ({reason}): {}", .path.display())]
    Unwritable {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        reason: io::Error,
    },
    /// The import of what was generated failed.
    #[error(transparent)]
    Import(#[from] ImportError),
}
