//! Plain SQLite as a yardstick: one prepared insert per row, through C's interface, with nothing of ours in between.

#![expect(
    unsafe_code,
    reason = "SQLite's interface is C's; the yardstick has nothing in between"
)]

use crate::DiskError;
use libsqlite3_sys as ffi;
use std::{
    ffi::{CStr, CString},
    path::Path,
    ptr,
};

/// A row of the yardstick: series, moment in UTC milliseconds, value, quality.
pub type PlainRow = (i64, i64, f64, i64);

const SETTINGS: &CStr = c"PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
PRAGMA cache_size = -16384; PRAGMA wal_autocheckpoint = 4000; PRAGMA temp_store = MEMORY;
CREATE TABLE row (ds INTEGER NOT NULL, t INTEGER NOT NULL, v REAL NOT NULL, q INTEGER NOT NULL) STRICT;";
const INSERT: &CStr = c"INSERT INTO row (ds, t, v, q) VALUES (?1, ?2, ?3, ?4)";

/// Writes `rows` into a new SQLite file at `path`, `per_transaction` at a time, each batch on disk before the next: the settings
/// of the history, a table without an index, one statement prepared once. Returns how many were written.
pub fn insert_rows(
    path: &Path,
    rows: &[PlainRow],
    per_transaction: usize,
) -> Result<usize, DiskError> {
    let db = Database::open(path)?;
    db.run(SETTINGS)?;
    let insert = db.prepare(INSERT)?;
    for batch in rows.chunks(per_transaction.max(1)) {
        db.run(c"BEGIN IMMEDIATE")?;
        for row in batch {
            insert.put(row)?;
        }
        db.run(c"COMMIT")?;
    }
    Ok(rows.len())
}

/// An open connection; closed when dropped.
struct Database(*mut ffi::sqlite3);

impl Database {
    fn open(path: &Path) -> Result<Self, DiskError> {
        let name = CString::new(path.as_os_str().as_encoded_bytes()).map_err(|error| {
            DiskError::Plain {
                act: "naming the file",
                why: error.to_string(),
            }
        })?;
        let mut db = ptr::null_mut();
        // SAFETY: the name ends with a zero, and `db` is written to before it is read.
        let code = unsafe { ffi::sqlite3_open(name.as_ptr(), &raw mut db) };
        let db = Self(db);
        check(code, "opening the file")?;
        Ok(db)
    }

    fn run(&self, text: &CStr) -> Result<(), DiskError> {
        // SAFETY: the connection is open, the text ends with a zero, and nothing is called back.
        let code = unsafe {
            ffi::sqlite3_exec(
                self.0,
                text.as_ptr(),
                None,
                ptr::null_mut(),
                ptr::null_mut(),
            )
        };
        check(code, "running a statement")
    }

    fn prepare(&self, text: &CStr) -> Result<Statement, DiskError> {
        let mut statement = ptr::null_mut();
        // SAFETY: the connection is open, the text ends with a zero, and `statement` is written to before it is read.
        let code = unsafe {
            ffi::sqlite3_prepare_v2(
                self.0,
                text.as_ptr(),
                -1,
                &raw mut statement,
                ptr::null_mut(),
            )
        };
        check(code, "preparing a statement")?;
        Ok(Statement(statement))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // SAFETY: the connection is ours, and its statement is dropped before it.
        unsafe { ffi::sqlite3_close(self.0) };
    }
}

/// Fails when `code`, what SQLite returned while `act` was being done, names an error.
fn check(code: i32, act: &'static str) -> Result<(), DiskError> {
    if code == ffi::SQLITE_OK || code == ffi::SQLITE_DONE {
        return Ok(());
    }
    Err(DiskError::Plain {
        act,
        why: format!("SQLite's code {code}"),
    })
}

/// A prepared statement; finalized when dropped.
struct Statement(*mut ffi::sqlite3_stmt);

impl Statement {
    fn put(&self, (ds, t, v, q): &PlainRow) -> Result<(), DiskError> {
        // SAFETY: the statement is prepared on an open connection and has four parameters.
        let code = unsafe {
            ffi::sqlite3_bind_int64(self.0, 1, *ds);
            ffi::sqlite3_bind_int64(self.0, 2, *t);
            ffi::sqlite3_bind_double(self.0, 3, *v);
            ffi::sqlite3_bind_int64(self.0, 4, *q);
            let code = ffi::sqlite3_step(self.0);
            ffi::sqlite3_reset(self.0);
            code
        };
        check(code, "inserting a row")
    }
}

impl Drop for Statement {
    fn drop(&mut self) {
        // SAFETY: the statement is ours.
        unsafe { ffi::sqlite3_finalize(self.0) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_written() {
        let path = std::env::temp_dir().join(format!("citymirror-plain-{}.db", std::process::id()));
        std::fs::remove_file(&path).ok();
        let rows: Vec<PlainRow> = (0..2_500).map(|n| (n % 7, n, n as f64, 0)).collect();
        assert_eq!(insert_rows(&path, &rows, 1_000).expect("written"), 2_500);
        assert!(std::fs::metadata(&path).expect("a file").len() > 10_000);
        assert!(
            insert_rows(&path, &rows, 1_000).is_err(),
            "the table is there"
        );
        for ending in ["db", "db-wal", "db-shm"] {
            std::fs::remove_file(path.with_extension(ending)).ok();
        }
    }
}
