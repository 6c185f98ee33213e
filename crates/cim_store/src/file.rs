//! Opens the cache file, and begins a new one when the old one is damaged or belongs to somebody else.
//!
//! ```text
//!            ours, sound                       in use
//!   absent ───────────────► opened ◄────────────────────────┐
//!      ▲                       │ damage met: marked suspect │
//!      │ renamed .damaged-N    ▼                            │
//!   unusable ◄────────────── checked whole at the next open ┘ sound after all
//! ```

use crate::{
    StoreError,
    error::is_damage,
    migrations::{self, APPLICATION_ID},
};
use sqlx::{
    ConnectOptions, SqliteConnection, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    time::Duration,
};

/// The cache's file inside its folder.
const FILE_NAME: &str = "citymirror.db";
/// How long a statement waits for another process that holds the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How many questions are answered at the same time; more wait their turn.
const MAX_READERS: u32 = 4;
/// Up to this size a file is checked whole at every opening; that takes well under a second. A larger one is checked when it is suspect.
const QUICK_CHECK_MAX_BYTES: u64 = 64 * 1024 * 1024;
/// How many damaged files are kept beside the new one before opening gives up.
const MAX_DAMAGED_KEPT: u32 = 1000;

/// The open file.
#[derive(Clone, Debug)]
pub(crate) struct CacheFile {
    /// One connection: SQLite has one writer.
    pub(crate) writer: SqlitePool,
    /// Connections that only read; they never wait for the writer (WAL).
    pub(crate) readers: SqlitePool,
    /// Where the file is.
    pub(crate) path: PathBuf,
}

/// Why a file was not opened.
enum Trouble {
    /// It is damaged or foreign: move it aside.
    Unusable(String),
    /// Something else, for instance a full disk: leave it alone.
    Failed(sqlx::Error),
}

impl From<sqlx::Error> for Trouble {
    fn from(error: sqlx::Error) -> Self {
        if is_damage(&error) {
            Self::Unusable(error.to_string())
        } else {
            Self::Failed(error)
        }
    }
}

/// Opens the cache in `folder`, making both when they are absent. The notes tell what had to be moved aside.
pub(crate) async fn open(folder: &Path) -> Result<(CacheFile, Vec<String>), StoreError> {
    std::fs::create_dir_all(folder).map_err(|source| StoreError::Folder {
        source,
        path: folder.to_path_buf(),
    })?;
    let path = folder.join(FILE_NAME);
    let mut notes = Vec::new();
    match open_file(&path).await {
        Ok(file) => return Ok((file, notes)),
        Err(Trouble::Failed(source)) => return Err(StoreError::Unopened { source, path }),
        Err(Trouble::Unusable(why)) => {
            let kept = move_aside(&path)?;
            notes.push(format!(
                "the cache could not be used ({why}); it was moved aside to {}",
                kept.display()
            ));
        }
    }
    match open_file(&path).await {
        Ok(file) => Ok((file, notes)),
        Err(Trouble::Failed(source)) => Err(StoreError::Unopened { source, path }),
        Err(Trouble::Unusable(why)) => Err(StoreError::Unopened {
            source: sqlx::Error::Protocol(why),
            path,
        }),
    }
}

/// Remembers beside the file that damage was met, so that the next opening checks all of it.
pub(crate) fn mark_suspect(path: &Path) {
    if let Err(error) = std::fs::write(beside(path, ".suspect"), b"") {
        tracing::warn!(%error, path = %path.display(), "the damaged cache cannot be marked");
    }
}

async fn open_file(path: &Path) -> Result<CacheFile, Trouble> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("temp_store", "MEMORY")
        .pragma("cache_size", "-16384")
        .disable_statement_logging();
    let writing = options
        .clone()
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .pragma("wal_autocheckpoint", "4000");
    let writer = pool(1).connect_with(writing).await?;
    if let Err(trouble) = prepare(&writer, path).await {
        writer.close().await;
        return Err(trouble);
    }
    let readers = match pool(MAX_READERS)
        .connect_with(options.read_only(true))
        .await
    {
        Ok(readers) => readers,
        Err(error) => {
            writer.close().await;
            return Err(error.into());
        }
    };
    Ok(CacheFile {
        writer,
        readers,
        path: path.to_path_buf(),
    })
}

fn pool(connections: u32) -> SqlitePoolOptions {
    // A local file: a connection neither ages nor dies in idleness.
    SqlitePoolOptions::new()
        .max_connections(connections)
        .idle_timeout(None::<Duration>)
        .max_lifetime(None::<Duration>)
        .test_before_acquire(false)
}

/// Makes sure that the file is ours and sound, and of today's make.
async fn prepare(writer: &SqlitePool, path: &Path) -> Result<(), Trouble> {
    let mut conn = writer.acquire().await?;
    refuse_foreign(&mut conn).await?;
    let suspect = beside(path, ".suspect");
    let size = std::fs::metadata(path).map_or(0, |found| found.len());
    if suspect.exists() || size <= QUICK_CHECK_MAX_BYTES {
        check_whole(&mut conn).await?;
        std::fs::remove_file(&suspect).ok();
    }
    migrations::bring_up_to_date(&mut conn).await?;
    Ok(())
}

async fn refuse_foreign(conn: &mut SqliteConnection) -> Result<(), Trouble> {
    let marked: i64 = sqlx::query_scalar("PRAGMA application_id")
        .fetch_one(&mut *conn)
        .await?;
    let tables: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_schema")
        .fetch_one(&mut *conn)
        .await?;
    if marked == APPLICATION_ID || (marked == 0 && tables == 0) {
        Ok(())
    } else {
        Err(Trouble::Unusable(
            "it belongs to another program".to_owned(),
        ))
    }
}

async fn check_whole(conn: &mut SqliteConnection) -> Result<(), Trouble> {
    let found: String = sqlx::query_scalar("PRAGMA quick_check(1)")
        .fetch_one(&mut *conn)
        .await?;
    if found == "ok" {
        Ok(())
    } else {
        Err(Trouble::Unusable(found))
    }
}

/// Renames the file, with its write-ahead log, to the first free `….damaged-N`.
fn move_aside(path: &Path) -> Result<PathBuf, StoreError> {
    let free = (1..=MAX_DAMAGED_KEPT)
        .map(|n| beside(path, &format!(".damaged-{n}")))
        .find(|kept| !kept.exists());
    let kept = free.unwrap_or_else(|| beside(path, ".damaged-last"));
    std::fs::rename(path, &kept).map_err(|source| StoreError::Folder {
        source,
        path: path.to_path_buf(),
    })?;
    // The log belongs to the damaged file: a new one must not inherit it. Absent is as good as moved.
    std::fs::rename(beside(path, "-wal"), beside(&kept, "-wal")).ok();
    std::fs::remove_file(beside(path, "-shm")).ok();
    std::fs::remove_file(beside(path, ".suspect")).ok();
    Ok(kept)
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path.as_os_str());
    name.push(ending);
    PathBuf::from(name)
}
