//! What can go wrong with the cache, with the file that it went wrong in.

use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
};

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
    /// The file was asked for to be read, and is not there.
    #[error("there is no such file: {path}")]
    Missing {
        /// The file.
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
    /// The file turned out to be damaged while it was in use. The next opening checks all of it, and moves it aside when it is.
    #[error("the cache is damaged, found while {act} ({source}): {path}")]
    Damaged {
        /// What was being done.
        act: &'static str,
        /// What SQLite said.
        source: sqlx::Error,
        /// The file.
        path: PathBuf,
    },
    /// A part of the file is not what was written there, although the file as such is sound.
    #[error("a part of the cache cannot be read, found while {act} ({reason}): {path}")]
    Unreadable {
        /// What was being done.
        act: &'static str,
        /// Which part, and what is wrong with it.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// The disk, or the file's own limit, has no room left.
    #[error("there is no room left for the cache, found while {act} ({source}): {path}")]
    Full {
        /// What was being done.
        act: &'static str,
        /// What SQLite said.
        source: sqlx::Error,
        /// The file.
        path: PathBuf,
    },
    /// The file or its disk takes no writes.
    #[error("the cache can only be read, found while {act} ({source}): {path}")]
    ReadOnly {
        /// What was being done.
        act: &'static str,
        /// What SQLite said.
        source: sqlx::Error,
        /// The file.
        path: PathBuf,
    },
    /// The disk failed to read or write.
    #[error("the disk failed while {act} ({source}): {path}")]
    Io {
        /// What was being done.
        act: &'static str,
        /// What SQLite said.
        source: sqlx::Error,
        /// The file.
        path: PathBuf,
    },
    /// Work on the history stopped half way; nothing is written of it.
    #[error("the history stopped while {act}: {why}")]
    Stopped {
        /// What was being done.
        act: &'static str,
        /// Why it could not go on.
        why: String,
    },
    /// The database refused for another reason.
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

impl StoreError {
    /// The error of doing `act` with the file at `path`, told apart by what SQLite said.
    pub(crate) fn of(act: &'static str, source: sqlx::Error, path: &Path) -> Self {
        let path = path.to_path_buf();
        match kind_of(&source) {
            Kind::Damage => Self::Damaged { act, source, path },
            Kind::Full => Self::Full { act, source, path },
            Kind::ReadOnly => Self::ReadOnly { act, source, path },
            Kind::Io => Self::Io { act, source, path },
            Kind::Other => Self::Refused { act, source, path },
        }
    }

    /// The error of work that stopped while `act` was being done.
    pub(crate) fn stopped(act: &'static str, why: &impl std::fmt::Display) -> Self {
        Self::Stopped {
            act,
            why: why.to_string(),
        }
    }

    /// True when there was no room: the same may succeed once there is.
    pub fn is_full(&self) -> bool {
        match self {
            Self::Full { .. } => true,
            Self::Folder { source, .. } => kind_of_io(source.kind()) == Kind::Full,
            Self::Unopened { source, .. } => kind_of(source) == Kind::Full,
            _ => false,
        }
    }

    /// True when something on the disk is not what was written there.
    pub fn is_damage(&self) -> bool {
        matches!(self, Self::Damaged { .. } | Self::Unreadable { .. })
    }

    /// True when the file was asked for to be read, and is not there.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Missing { .. })
    }
}

/// What kind of trouble an error is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Damage,
    Full,
    ReadOnly,
    Io,
    Other,
}

// SQLite's primary result codes (https://www.sqlite.org/rescode.html).
/// `SQLITE_READONLY`
const READ_ONLY: i32 = 8;
/// `SQLITE_IOERR`
const IO: i32 = 10;
/// `SQLITE_CORRUPT`
const CORRUPT: i32 = 11;
/// `SQLITE_FULL`
const FULL: i32 = 13;
/// `SQLITE_NOTADB`
const NOT_A_DATABASE: i32 = 26;
/// `SQLITE_IOERR_SHMSIZE`, an extended code: the log's index file cannot grow, which is what a full disk looks like there.
const IO_SHM_SIZE: i32 = 4874;

/// True when `error` says that the file itself is broken, not that the disk is full or the file is locked.
pub(crate) fn is_damage(error: &sqlx::Error) -> bool {
    kind_of(error) == Kind::Damage
}

fn kind_of(error: &sqlx::Error) -> Kind {
    if let sqlx::Error::Io(error) = error {
        return kind_of_io(error.kind());
    }
    let code = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .and_then(|code| code.parse::<i32>().ok());
    let Some(code) = code else {
        return Kind::Other;
    };
    // The lowest byte of an extended result code is the primary one.
    match (code, code & 0xff) {
        (IO_SHM_SIZE, _) | (_, FULL) => Kind::Full,
        (_, READ_ONLY) => Kind::ReadOnly,
        (_, IO) => Kind::Io,
        (_, CORRUPT | NOT_A_DATABASE) => Kind::Damage,
        _ => Kind::Other,
    }
}

fn kind_of_io(kind: ErrorKind) -> Kind {
    match kind {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Kind::Full,
        ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => Kind::ReadOnly,
        _ => Kind::Io,
    }
}
