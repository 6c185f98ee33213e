//! What can go wrong with the cache, with the file that it went wrong in.

use std::path::PathBuf;

/// What can go wrong with the cache.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder cannot be made, or a file in it cannot be moved.
    #[error("the cache folder cannot be used ({source}): {path}")]
    Folder {
        /// What the system said.
        source: std::io::Error,
        /// The folder or file.
        path: PathBuf,
    },
    /// The file is there and cannot be opened, for another reason than damage.
    #[error("the cache cannot be opened ({source}): {path}")]
    Unopened {
        /// What SQLite said.
        source: sqlx::Error,
        /// The file.
        path: PathBuf,
    },
    /// The file turned out to be damaged while it was in use. The next [`crate::Store::open`] checks all of it and moves it aside.
    #[error("the cache is damaged, found while {act} ({source}): {path}")]
    Damaged {
        /// What was being done.
        act: &'static str,
        /// What SQLite said.
        source: sqlx::Error,
        /// The file.
        path: PathBuf,
    },
    /// The disk or the database refused.
    #[error("the cache refused while {act} ({source}): {path}")]
    Refused {
        /// What was being done.
        act: &'static str,
        /// What SQLite said.
        source: sqlx::Error,
        /// The file.
        path: PathBuf,
    },
}

/// SQLite's primary result code for a damaged file (`SQLITE_CORRUPT`).
const CORRUPT: i32 = 11;
/// SQLite's primary result code for a file that is no database (`SQLITE_NOTADB`).
const NOT_A_DATABASE: i32 = 26;

/// True when `error` says that the file itself is broken, not that the disk is full or the file is locked.
pub(crate) fn is_damage(error: &sqlx::Error) -> bool {
    let code = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .and_then(|code| code.parse::<i32>().ok());
    // The lowest byte of an extended result code is the primary one.
    code.is_some_and(|code| matches!(code & 0xff, CORRUPT | NOT_A_DATABASE))
}
