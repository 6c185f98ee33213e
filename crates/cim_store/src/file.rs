//! Opens a file of the cache, and begins a new one when the old one is damaged or belongs to somebody else.
//!
//! ```text
//!            ours, sound                       in use
//!   absent ───────────────► opened ◄────────────────────────┐
//!      ▲                       │ damage met: marked suspect │
//!      │ renamed .damaged-N    ▼                            │
//!   unusable ◄────────────── checked whole at the next open ┘ sound after all
//! ```
//!
//! A file that takes no writes (a write-protected folder, a full disk) is opened for reading all the same.

use crate::{
    StoreError,
    error::is_damage,
    migrations::{self, Make},
    statement::sql,
};
use sqlx::{
    ConnectOptions, Sqlite, SqliteConnection, SqlitePool,
    pool::PoolConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{
    ffi::OsString,
    io::ErrorKind,
    path::{Path, PathBuf},
    time::Duration,
};

/// How long a statement waits for another process that holds the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Up to this size a file is checked whole at every opening for writing; that takes well under a second. A larger one is
/// checked when it is suspect.
const QUICK_CHECK_MAX_BYTES: u64 = 64 * 1024 * 1024;
/// How many damaged files are kept beside the new one before the newest of them is overwritten.
const MAX_DAMAGED_KEPT: u32 = 1000;

/// An open file.
#[derive(Clone, Debug)]
pub(crate) struct SqlFile {
    /// One connection: SQLite has one writer. None when the file can only be read.
    writer: Option<SqlitePool>,
    /// Connections that only read; they never wait for the writer (WAL).
    readers: SqlitePool,
    path: PathBuf,
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

/// Opens the file at `path` for writing, making it and its folder when they are absent. The notes tell what had to be moved
/// aside, and that the file can only be read when that is so. `vfs` is SQLite's name of a file system other than its usual one.
pub(crate) async fn open(
    path: &Path,
    make: &Make,
    vfs: Option<&str>,
) -> Result<(SqlFile, Vec<String>), StoreError> {
    let folder = path.parent().unwrap_or(path);
    std::fs::create_dir_all(folder).map_err(|source| StoreError::Folder {
        source,
        path: folder.to_path_buf(),
    })?;
    let mut notes = Vec::new();
    match open_file(path, make, vfs).await {
        Ok(file) => return Ok((file, notes)),
        Err(Trouble::Failed(source)) => {
            return open_refused(path, make, vfs, source)
                .await
                .map(|opened| (opened.0, vec![opened.1]));
        }
        Err(Trouble::Unusable(why)) => {
            let kept = move_aside(path)?;
            notes.push(format!(
                "the cache could not be used ({why}); it was moved aside to {}",
                kept.display()
            ));
        }
    }
    match open_file(path, make, vfs).await {
        Ok(file) => Ok((file, notes)),
        Err(Trouble::Failed(source)) => Err(StoreError::of("beginning a new file", source, path)),
        Err(Trouble::Unusable(why)) => Err(StoreError::Unopened {
            source: sqlx::Error::Protocol(why),
            path: path.to_path_buf(),
        }),
    }
}

/// Opens the file at `path` for reading only; never makes it. One that is damaged is marked and left where it is: whoever
/// opens it for writing moves it aside.
pub(crate) async fn open_to_read(
    path: &Path,
    make: &Make,
    vfs: Option<&str>,
) -> Result<SqlFile, StoreError> {
    if !path.exists() {
        return Err(StoreError::Missing {
            path: path.to_path_buf(),
        });
    }
    match read_file(path, make, vfs).await {
        Ok(file) => Ok(file),
        Err(Trouble::Failed(source)) => Err(StoreError::of("opening it", source, path)),
        Err(Trouble::Unusable(reason)) => {
            mark_suspect(path);
            Err(StoreError::Unreadable {
                act: "opening it",
                reason,
                path: path.to_path_buf(),
            })
        }
    }
}

/// Opens for reading what refused to be opened for writing with `refused`.
async fn open_refused(
    path: &Path,
    make: &Make,
    vfs: Option<&str>,
    refused: sqlx::Error,
) -> Result<(SqlFile, String), StoreError> {
    let error = StoreError::of("opening it", refused, path);
    let is_of_the_disk = matches!(
        error,
        StoreError::Full { .. } | StoreError::ReadOnly { .. } | StoreError::Io { .. }
    );
    if is_of_the_disk && let Ok(file) = read_file(path, make, vfs).await {
        return Ok((file, format!("it can only be read for now: {error}")));
    }
    Err(error)
}

impl SqlFile {
    /// Where the file is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Connections for questions.
    pub(crate) fn readers(&self) -> &SqlitePool {
        &self.readers
    }

    /// The writer's connection, for one statement that is a transaction by itself.
    pub(crate) async fn writer(&self) -> sqlx::Result<PoolConnection<Sqlite>> {
        match &self.writer {
            Some(writer) => writer.acquire().await,
            None => Err(sqlx::Error::Io(ErrorKind::ReadOnlyFilesystem.into())),
        }
    }

    /// Begins a transaction. It is over when [`Change::finish`] returns; one that is dropped before is undone.
    pub(crate) async fn begin(&self) -> sqlx::Result<Change> {
        let mut change = Change {
            conn: self.writer().await?,
            is_open: true,
        };
        // Immediate: with a second desk on the same file, a late upgrade to writing would fail instead of waiting.
        let begun = sql("BEGIN IMMEDIATE").execute(change.conn()).await;
        change.is_open = begun.is_ok();
        begun.map(|_| change)
    }

    /// The error of doing `act` with this file; damage is remembered beside it, so that the next opening checks all of it.
    pub(crate) fn trouble(&self, act: &'static str, source: sqlx::Error) -> StoreError {
        if is_damage(&source) {
            mark_suspect(&self.path);
        }
        StoreError::of(act, source, &self.path)
    }

    /// Brings everything into the one file. What cannot be brought stays in the log beside it, and nothing is lost.
    pub(crate) async fn checkpoint(&self) {
        crate::faults::reach(crate::faults::Point::BeforeCheckpoint);
        let done = async {
            let mut conn = self.writer().await?;
            sql("PRAGMA wal_checkpoint(TRUNCATE)")
                .fetch_all(&mut *conn)
                .await
        };
        if let Err(error) = done.await {
            tracing::debug!(%error, path = %self.path.display(), "the log stays beside the file");
        }
    }

    /// Closes the file for every clone, with everything in the one file. Dropping loses nothing either.
    pub(crate) async fn close(&self) {
        self.readers.close().await;
        if let Some(writer) = &self.writer {
            self.checkpoint().await;
            writer.close().await;
        }
    }
}

/// A transaction under way.
///
/// Not sqlx's own: when SQLite ends a transaction by itself, as it does on a full disk, sqlx goes on believing in it, and its
/// connection never begins another.
#[derive(Debug)]
pub(crate) struct Change {
    conn: PoolConnection<Sqlite>,
    is_open: bool,
}

impl Change {
    /// The connection that the transaction is on.
    pub(crate) fn conn(&mut self) -> &mut SqliteConnection {
        &mut self.conn
    }

    /// Keeps everything when `done` went well, else nothing.
    pub(crate) async fn finish<T>(mut self, done: sqlx::Result<T>) -> sqlx::Result<T> {
        let done = match done {
            Ok(value) => sql("COMMIT").execute(self.conn()).await.map(|_| value),
            Err(error) => Err(error),
        };
        if done.is_err() {
            // Fails when SQLite has undone it already; either way nothing is left open.
            sql("ROLLBACK").execute(self.conn()).await.ok();
        }
        self.is_open = false;
        done
    }
}

impl Drop for Change {
    fn drop(&mut self) {
        // Given up half way: the connection must not go back with an open transaction. Closing it undoes everything.
        if self.is_open {
            self.conn.close_on_drop();
        }
    }
}

/// Remembers beside the file that damage was met, so that the next opening checks all of it.
pub(crate) fn mark_suspect(path: &Path) {
    if let Err(error) = std::fs::write(beside(path, ".suspect"), b"") {
        tracing::warn!(%error, path = %path.display(), "the damaged file cannot be marked");
    }
}

fn options(path: &Path, vfs: Option<&str>) -> SqliteConnectOptions {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("temp_store", "MEMORY")
        .pragma("cache_size", "-16384")
        .disable_statement_logging();
    match vfs {
        Some(vfs) => options.vfs(vfs.to_owned()),
        None => options,
    }
}

async fn open_file(path: &Path, make: &Make, vfs: Option<&str>) -> Result<SqlFile, Trouble> {
    let options = options(path, vfs);
    let writing = options
        .clone()
        .create_if_missing(true)
        .page_size(make.page_size)
        .journal_mode(SqliteJournalMode::Wal)
        // What was acknowledged survives a power cut.
        .synchronous(SqliteSynchronous::Full)
        .pragma("wal_autocheckpoint", "4000");
    let writer = pool(1).connect_with(writing).await?;
    if let Err(trouble) = prepare(&writer, path, make).await {
        writer.close().await;
        return Err(trouble);
    }
    // The writer has proved the file: readers connect when somebody asks.
    let readers = pool(make.readers).connect_lazy_with(options.read_only(true));
    Ok(SqlFile {
        writer: Some(writer),
        readers,
        path: path.to_path_buf(),
    })
}

async fn read_file(path: &Path, make: &Make, vfs: Option<&str>) -> Result<SqlFile, Trouble> {
    let options = options(path, vfs).read_only(true);
    let first = connect_to_read(path, make, options.clone()).await;
    // A log needs an index file beside it, which a full or write-protected disk does not let be made. Without a log the
    // file alone is everything.
    let has_log = std::fs::metadata(beside(path, "-wal")).is_ok_and(|log| log.len() > 0);
    match first {
        Err(Trouble::Failed(_)) if !has_log => {
            connect_to_read(path, make, options.immutable(true)).await
        }
        other => other,
    }
}

async fn connect_to_read(
    path: &Path,
    make: &Make,
    options: SqliteConnectOptions,
) -> Result<SqlFile, Trouble> {
    let readers = pool(make.readers).connect_with(options).await?;
    let checked = async {
        let mut conn = readers.acquire().await?;
        refuse_foreign(&mut conn, make).await?;
        if migrations::is_of_today(&mut conn, make).await? {
            Ok(())
        } else {
            let why = "its tables are of an older make";
            Err(Trouble::Failed(sqlx::Error::Protocol(why.to_owned())))
        }
    };
    if let Err(trouble) = checked.await {
        readers.close().await;
        return Err(trouble);
    }
    Ok(SqlFile {
        writer: None,
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
async fn prepare(writer: &SqlitePool, path: &Path, make: &Make) -> Result<(), Trouble> {
    let mut conn = writer.acquire().await?;
    refuse_foreign(&mut conn, make).await?;
    let suspect = beside(path, ".suspect");
    let size = std::fs::metadata(path).map_or(0, |found| found.len());
    if suspect.exists() || size <= QUICK_CHECK_MAX_BYTES {
        check_whole(&mut conn).await?;
        std::fs::remove_file(&suspect).ok();
    }
    migrations::bring_up_to_date(&mut conn, make).await?;
    Ok(())
}

async fn refuse_foreign(conn: &mut SqliteConnection, make: &Make) -> Result<(), Trouble> {
    let marked: i64 = sqlx::query_scalar("PRAGMA application_id")
        .fetch_one(&mut *conn)
        .await?;
    let tables: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_schema")
        .fetch_one(&mut *conn)
        .await?;
    if marked == make.application_id || (marked == 0 && tables == 0) {
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

/// What SQLite's own full check finds wrong with the file; empty when it is sound.
pub(crate) async fn integrity(readers: &SqlitePool) -> sqlx::Result<Vec<String>> {
    let found: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check(100)")
        .fetch_all(readers)
        .await?;
    Ok(found.into_iter().filter(|line| line != "ok").collect())
}

/// Renames the file or folder at `path`, with a file's write-ahead log, to the first free `….damaged-N`.
pub(crate) fn move_aside(path: &Path) -> Result<PathBuf, StoreError> {
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

/// The path of something that belongs to the file at `path`.
pub(crate) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path.as_os_str());
    name.push(ending);
    PathBuf::from(name)
}
