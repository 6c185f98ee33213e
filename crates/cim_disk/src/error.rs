//! What can go wrong with the trial itself, as against what it makes go wrong.

use std::path::PathBuf;

/// What can go wrong with the trial itself.
#[derive(Debug, thiserror::Error)]
pub enum DiskError {
    /// SQLite did not take the VFS.
    #[error("SQLite does not take the failing disk (result code {code})")]
    Register {
        /// SQLite's result code.
        code: i32,
    },
    /// Plain SQLite, the yardstick, did not do what it was told.
    #[error("plain SQLite failed while {act}: {why}")]
    Plain {
        /// What was being done.
        act: &'static str,
        /// What is known of why.
        why: String,
    },
    /// A folder to be watched, or a file of an image, cannot be read or written.
    #[error("the trial's files cannot be used ({source}): {path}")]
    Folder {
        /// What the system said.
        source: std::io::Error,
        /// The folder or file.
        path: PathBuf,
    },
}
