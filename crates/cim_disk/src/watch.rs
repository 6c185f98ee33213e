//! Folders whose files are recorded, or made to fail.
//!
//! The VFS asks here before and tells here after each thing that it does to a watched file. While it writes, truncates, syncs,
//! opens or deletes one, the watch is locked: the trace has the true order.

use crate::{
    DiskError,
    trace::{Step, Trace},
};
use libsqlite3_sys::{
    SQLITE_FULL, SQLITE_IOERR_DELETE, SQLITE_IOERR_FSYNC, SQLITE_IOERR_TRUNCATE,
    SQLITE_IOERR_WRITE, SQLITE_OK, SQLITE_OPEN_CREATE, SQLITE_OPEN_MAIN_JOURNAL,
    SQLITE_OPEN_READONLY, SQLITE_OPEN_READWRITE, SQLITE_OPEN_SUPER_JOURNAL, SQLITE_OPEN_WAL,
    SQLITE_READONLY,
};
use std::{
    ffi::c_int,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
};

/// Every folder that is watched at present.
static WATCHED: RwLock<Vec<Arc<Watched>>> = RwLock::new(Vec::new());

/// How a disk can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// A write finds no room, and from then on nothing grows (`SQLITE_FULL`). Overwriting goes on.
    Full,
    /// Reading, writing, truncating, syncing or deleting fails, and from then on all of them do (`SQLITE_IOERR_…`).
    Io,
    /// Writing, truncating or deleting is refused, and from then on always; files open for reading only (`SQLITE_READONLY`).
    ReadOnly,
    /// One sync reports that it failed, and makes nothing durable (`SQLITE_IOERR_FSYNC`).
    SyncLost,
    /// Of one write only the first half arrives (`SQLITE_IOERR_WRITE`).
    ShortWrite,
    /// Of one read only the first half arrives, as at a file's end; the rest is zeros (`SQLITE_IOERR_SHORT_READ`).
    ShortRead,
}

impl Failure {
    /// Every way to fail, in the order that trials take them in turn.
    pub const ALL: [Self; 6] = [
        Self::Full,
        Self::Io,
        Self::ReadOnly,
        Self::SyncLost,
        Self::ShortWrite,
        Self::ShortRead,
    ];

    /// True when an operation of this kind can fail that way, and counts towards the nth.
    fn meets(self, kind: Kind) -> bool {
        match self {
            Self::Full | Self::ShortWrite => kind == Kind::Write,
            Self::Io => kind != Kind::Open,
            Self::ReadOnly => matches!(kind, Kind::Write | Kind::Truncate | Kind::Delete),
            Self::SyncLost => kind == Kind::Sync,
            Self::ShortRead => kind == Kind::Read,
        }
    }

    /// True when all that follows fails too, until the disk is healed.
    fn lasts(self) -> bool {
        matches!(self, Self::Io | Self::ReadOnly)
    }
}

/// A watched folder. Files below it that SQLite opened through the failing disk are recorded or failed as told here; several
/// folders can be watched at the same time. Dropping it heals the disk and ends the watch.
#[derive(Debug)]
pub struct Watch {
    watched: Arc<Watched>,
}

impl Watch {
    /// Watches `folder`, which is made when absent. Files that are open already are not watched.
    pub fn new(folder: &Path) -> Result<Self, DiskError> {
        let trouble = |source| DiskError::Folder {
            source,
            path: folder.to_path_buf(),
        };
        std::fs::create_dir_all(folder).map_err(trouble)?;
        // SQLite resolves links before it opens a file.
        let folder = std::fs::canonicalize(folder).map_err(trouble)?;
        let plain = folder.to_str().and_then(|text| text.strip_prefix(r"\\?\"));
        let watched = Arc::new(Watched {
            folder: plain.map_or_else(|| folder.clone(), PathBuf::from),
            state: Mutex::default(),
        });
        let mut all = WATCHED.write().unwrap_or_else(PoisonError::into_inner);
        all.push(Arc::clone(&watched));
        Ok(Self { watched })
    }

    /// Begins a new record. What lies in the folder now is its base, and counts as durable.
    pub fn record(&self) -> Result<(), DiskError> {
        let mut state = self.watched.state();
        let mut trace = Trace::default();
        add_files(&self.watched.folder, &self.watched.folder, &mut trace)?;
        state.recording = Some(trace);
        Ok(())
    }

    /// Ends the record and hands it out; empty when none was begun.
    pub fn take(&self) -> Trace {
        self.watched.state().recording.take().unwrap_or_default()
    }

    /// Notes in the record that the transaction `number` is acknowledged.
    pub fn mark(&self, number: u64) {
        self.watched.state().note(|_| Step::Mark(number));
    }

    /// Lets the `nth` operation from now on, counted from 1, fail, of those that can fail that way. Replaces what was told before.
    pub fn fail_at(&self, nth: u64, failure: Failure) {
        let mut state = self.watched.state();
        state.heal();
        state.has_failed = false;
        state.armed = Some(Armed {
            nth: nth.max(1),
            seen: 0,
            failure,
        });
    }

    /// Lets the files grow by `bytes` in all; from then on nothing grows.
    pub fn fill_after(&self, bytes: u64) {
        let mut state = self.watched.state();
        state.has_failed = false;
        state.room = Some(bytes);
    }

    /// Lets everything succeed again.
    pub fn heal(&self) {
        self.watched.state().heal();
    }

    /// How many operations there were: opening, reading, writing, truncating, syncing, deleting.
    pub fn operations(&self) -> u64 {
        self.watched.state().operations
    }

    /// How many of them could have failed that way.
    pub fn operations_of(&self, failure: Failure) -> u64 {
        let state = self.watched.state();
        let of = Failure::ALL.iter().zip(&state.operations_of);
        of.filter(|(kind, _)| **kind == failure)
            .map(|(_, count)| count)
            .sum()
    }

    /// True when something failed as told since it was told.
    pub fn has_failed(&self) -> bool {
        self.watched.state().has_failed
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.heal();
        let mut all = WATCHED.write().unwrap_or_else(PoisonError::into_inner);
        all.retain(|watched| !Arc::ptr_eq(watched, &self.watched));
    }
}

/// The watch of the innermost watched folder that `path` lies in.
pub(crate) fn watch_of(path: &Path) -> Option<Arc<Watched>> {
    let all = WATCHED.read().unwrap_or_else(PoisonError::into_inner);
    all.iter()
        .filter(|watched| path.starts_with(&watched.folder))
        .max_by_key(|watched| watched.folder.components().count())
        .cloned()
}

/// A folder and what is to happen to its files.
#[derive(Debug)]
pub(crate) struct Watched {
    folder: PathBuf,
    state: Mutex<State>,
}

/// An open file of a watched folder.
#[derive(Debug)]
pub(crate) struct WatchedFile {
    watched: Arc<Watched>,
    path: PathBuf,
}

/// What can be done to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Open,
    Read,
    Write,
    Truncate,
    Sync,
    Delete,
}

#[derive(Debug, Default)]
struct State {
    operations: u64,
    /// By failure, in the order of [`Failure::ALL`].
    operations_of: [u64; 6],
    armed: Option<Armed>,
    /// How many bytes the files may still grow by; without a limit when absent.
    room: Option<u64>,
    has_failed: bool,
    recording: Option<Trace>,
}

#[derive(Debug)]
struct Armed {
    nth: u64,
    seen: u64,
    failure: Failure,
}

impl Watched {
    /// Opens `path`; `real` does it, with the flags that it is given.
    pub(crate) fn open(
        self: &Arc<Self>,
        path: &Path,
        flags: c_int,
        real: impl FnOnce(c_int) -> c_int,
    ) -> (c_int, WatchedFile) {
        let file = WatchedFile {
            path: self.relative(path),
            watched: Arc::clone(self),
        };
        let mut state = self.state();
        state.count(Kind::Open);
        let was_there = path.exists();
        let code = real(if state.is_read_only() {
            (flags & !(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)) | SQLITE_OPEN_READONLY
        } else {
            flags
        });
        if code == SQLITE_OK {
            let journals = SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL;
            state.note(|trace| {
                let file = trace.file(&file.path);
                if was_there {
                    Step::Open { file }
                } else {
                    let syncs_folder = flags & journals != 0;
                    Step::Create { file, syncs_folder }
                }
            });
        }
        drop(state);
        (code, file)
    }

    /// Deletes `path`; `real` does it.
    pub(crate) fn delete(
        &self,
        path: &Path,
        syncs_folder: bool,
        real: impl FnOnce() -> c_int,
    ) -> c_int {
        let mut state = self.state();
        if state.count(Kind::Delete).is_some() {
            return SQLITE_IOERR_DELETE;
        }
        let code = real();
        if code == SQLITE_OK {
            let path = self.relative(path);
            state.note(|trace| Step::Delete {
                file: trace.file(&path),
                syncs_folder,
            });
        }
        code
    }

    fn relative(&self, path: &Path) -> PathBuf {
        path.strip_prefix(&self.folder)
            .unwrap_or(path)
            .to_path_buf()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl WatchedFile {
    /// What is to happen to the next read.
    pub(crate) fn read(&self) -> Option<Failure> {
        self.watched.state().count(Kind::Read)
    }

    /// Writes `bytes` at `offset`; `real` writes so many of them, `size` is the file's size before.
    pub(crate) fn write(
        &self,
        offset: i64,
        bytes: &[u8],
        size: impl FnOnce() -> u64,
        real: impl FnOnce(usize) -> c_int,
    ) -> c_int {
        let mut state = self.watched.state();
        let offset = offset.unsigned_abs();
        let failure = state.count(Kind::Write);
        match failure {
            Some(Failure::ReadOnly) => return SQLITE_READONLY,
            Some(Failure::Full) => {
                state.room = Some(0);
                return SQLITE_FULL;
            }
            Some(Failure::Io) => return SQLITE_IOERR_WRITE,
            _ => {}
        }
        if let Some(room) = state.room {
            let end = offset.saturating_add(bytes.len() as u64);
            let growth = end.saturating_sub(size());
            if growth > room {
                state.room = Some(0);
                state.has_failed = true;
                return SQLITE_FULL;
            }
            state.room = Some(room - growth);
        }
        let is_short = failure == Some(Failure::ShortWrite);
        let (arriving, _) = bytes.split_at(if is_short {
            bytes.len() / 2
        } else {
            bytes.len()
        });
        let code = if arriving.is_empty() {
            SQLITE_OK
        } else {
            real(arriving.len())
        };
        if code == SQLITE_OK && !arriving.is_empty() {
            state.note(|trace| Step::Write {
                file: trace.file(&self.path),
                offset,
                bytes: arriving.to_vec(),
            });
        }
        if is_short { SQLITE_IOERR_WRITE } else { code }
    }

    /// Gives the file the length `len`; `real` does it.
    pub(crate) fn truncate(&self, len: i64, real: impl FnOnce() -> c_int) -> c_int {
        let mut state = self.watched.state();
        if state.count(Kind::Truncate).is_some() {
            return SQLITE_IOERR_TRUNCATE;
        }
        let code = real();
        if code == SQLITE_OK {
            state.note(|trace| Step::Truncate {
                file: trace.file(&self.path),
                len: len.unsigned_abs(),
            });
        }
        code
    }

    /// Makes the file durable; `real` does it.
    pub(crate) fn sync(&self, real: impl FnOnce() -> c_int) -> c_int {
        let mut state = self.watched.state();
        if state.count(Kind::Sync).is_some() {
            return SQLITE_IOERR_FSYNC;
        }
        let code = real();
        if code == SQLITE_OK {
            state.note(|trace| Step::Sync {
                file: trace.file(&self.path),
            });
        }
        code
    }
}

impl State {
    /// Counts an operation, and says how it is to fail, if it is.
    fn count(&mut self, kind: Kind) -> Option<Failure> {
        self.operations += 1;
        for (failure, count) in Failure::ALL.iter().zip(&mut self.operations_of) {
            *count += u64::from(failure.meets(kind));
        }
        let armed = self
            .armed
            .as_mut()
            .filter(|armed| armed.failure.meets(kind))?;
        armed.seen = armed.seen.saturating_add(1);
        let fails = if armed.failure.lasts() {
            armed.seen >= armed.nth
        } else {
            armed.seen == armed.nth
        };
        self.has_failed |= fails;
        fails.then_some(armed.failure)
    }

    fn is_read_only(&self) -> bool {
        self.armed
            .as_ref()
            .is_some_and(|armed| armed.failure == Failure::ReadOnly && armed.seen >= armed.nth)
    }

    fn heal(&mut self) {
        self.armed = None;
        self.room = None;
    }

    /// Adds a step to the record, if one is kept.
    fn note(&mut self, step: impl FnOnce(&mut Trace) -> Step) {
        if let Some(trace) = &mut self.recording {
            let step = step(trace);
            trace.steps.push(step);
        }
    }
}

/// Adds every file below `folder` to the base of `trace`. Shared memory holds nothing that outlives the machine.
fn add_files(root: &Path, folder: &Path, trace: &mut Trace) -> Result<(), DiskError> {
    let trouble = |path: &Path, source| DiskError::Folder {
        source,
        path: path.to_path_buf(),
    };
    for entry in std::fs::read_dir(folder).map_err(|source| trouble(folder, source))? {
        let path = entry.map_err(|source| trouble(folder, source))?.path();
        if path.is_dir() {
            add_files(root, &path, trace)?;
        } else if !path.to_string_lossy().ends_with("-shm") {
            let content = std::fs::read(&path).map_err(|source| trouble(&path, source))?;
            let file = trace.file(path.strip_prefix(root).unwrap_or(&path));
            trace.base.insert(file, content);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watched(name: &str) -> (Watch, WatchedFile) {
        let folder =
            std::env::temp_dir().join(format!("cim_disk-watch-{name}-{}", std::process::id()));
        let watch = Watch::new(&folder).expect("a folder");
        let path = watch.watched.folder.join("a.db");
        let (code, file) = watch.watched.open(&path, SQLITE_OPEN_CREATE, |_| SQLITE_OK);
        assert_eq!(code, SQLITE_OK);
        std::fs::remove_dir_all(&folder).expect("removed");
        (watch, file)
    }

    fn write(file: &WatchedFile, offset: i64, bytes: &[u8]) -> c_int {
        file.write(offset, bytes, || 0, |_| SQLITE_OK)
    }

    #[test]
    fn the_nth_write_fails_and_only_that_one() {
        let (watch, file) = watched("nth");
        watch.fail_at(2, Failure::ShortWrite);
        let codes: Vec<_> = (0..4).map(|_| write(&file, 0, &[1; 8])).collect();
        assert_eq!(codes, [SQLITE_OK, SQLITE_IOERR_WRITE, SQLITE_OK, SQLITE_OK]);
        assert!(watch.has_failed());
        assert_eq!(watch.operations(), 5);
        assert_eq!(watch.operations_of(Failure::Full), 4);
        assert_eq!(watch.operations_of(Failure::SyncLost), 0);
    }

    #[test]
    fn a_broken_disk_stays_broken_until_it_is_healed() {
        let (watch, file) = watched("healed");
        watch.fail_at(1, Failure::Io);
        assert_eq!(write(&file, 0, &[1]), SQLITE_IOERR_WRITE);
        assert_eq!(file.sync(|| SQLITE_OK), SQLITE_IOERR_FSYNC);
        assert_eq!(file.truncate(0, || SQLITE_OK), SQLITE_IOERR_TRUNCATE);
        assert_eq!(file.read(), Some(Failure::Io));
        watch.heal();
        assert_eq!(write(&file, 0, &[1]), SQLITE_OK);
        assert_eq!(file.read(), None);
    }

    #[test]
    fn a_full_disk_refuses_to_grow_and_lets_itself_be_overwritten() {
        let (watch, file) = watched("full");
        let at = |offset, size: u64| file.write(offset, &[1; 100], || size, |_| SQLITE_OK);
        watch.fill_after(150);
        assert_eq!(at(0, 0), SQLITE_OK);
        assert_eq!(at(100, 100), SQLITE_FULL);
        assert_eq!(at(0, 100), SQLITE_OK);
        assert_eq!(at(1, 100), SQLITE_FULL, "once full, not a byte more");
        watch.heal();
        assert_eq!(at(100, 100), SQLITE_OK);
    }

    #[test]
    fn only_what_succeeded_is_recorded() {
        let (watch, file) = watched("recorded");
        watch.record().expect_err("the folder is gone");
        std::fs::create_dir_all(&watch.watched.folder).expect("a folder");
        watch.record().expect("a record");
        assert_eq!(write(&file, 4, &[1, 2]), SQLITE_OK);
        watch.fail_at(1, Failure::SyncLost);
        assert_eq!(file.sync(|| SQLITE_OK), SQLITE_IOERR_FSYNC);
        watch.fail_at(1, Failure::ShortWrite);
        assert_eq!(write(&file, 6, &[3, 4]), SQLITE_IOERR_WRITE);
        watch.mark(9);
        let write = |offset, bytes: &[u8]| Step::Write {
            file: 0,
            offset,
            bytes: bytes.to_vec(),
        };
        assert_eq!(
            watch.take().steps,
            [write(4, &[1, 2]), write(6, &[3]), Step::Mark(9)]
        );
        std::fs::remove_dir_all(&watch.watched.folder).expect("removed");
    }

    #[test]
    fn the_innermost_watch_has_the_file() {
        let (outer, _) = watched("outer");
        let inner = Watch::new(&outer.watched.folder.join("inner")).expect("a folder");
        let of = |path: &str| watch_of(&outer.watched.folder.join(path));
        assert!(of("a.db").is_some_and(|found| Arc::ptr_eq(&found, &outer.watched)));
        assert!(of("inner/a.db").is_some_and(|found| Arc::ptr_eq(&found, &inner.watched)));
        drop(inner);
        assert!(of("inner/a.db").is_some_and(|found| Arc::ptr_eq(&found, &outer.watched)));
        std::fs::remove_dir_all(&outer.watched.folder).expect("removed");
    }
}
