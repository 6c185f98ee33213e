//! Table `branches`: what-if branches of the city's time. A branch's own values lie in `branches/<id>/history`.

use crate::{StoreError, statement::sql};
use cim_model::UtcMillis;
use sqlx::{Row, SqliteConnection, SqlitePool, sqlite::SqliteRow};
use std::{
    io::{Error, ErrorKind},
    path::{Path, PathBuf},
};

const SAVE: &str = "INSERT INTO branches (id, title, from_ms, author, made_at) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (id) DO UPDATE SET title = excluded.title, from_ms = excluded.from_ms, author = excluded.author,
  made_at = excluded.made_at";
const ALL: &str = "SELECT id, title, from_ms, author, made_at FROM branches ORDER BY made_at, id";
const DELETE: &str = "DELETE FROM branches WHERE id = ?1";

/// The folder of branches inside the cache's folder.
const FOLDER: &str = "branches";
/// How long a branch's identity may be, bytes: it is the name of a folder.
const MAX_ID_BYTES: usize = 64;

/// A what-if branch: the city's time as it is until a moment, and something else from there on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Branch {
    /// Identity; letters, digits, `-` and `_` of ASCII, at most 64, because a folder is named after it.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// From when it goes its own way.
    pub from: UtcMillis,
    /// Who made it.
    pub author: String,
    /// When it was made.
    pub made_at: UtcMillis,
}

/// Adds `branch`, replacing the one with the same identity.
pub(crate) async fn save(conn: &mut SqliteConnection, branch: &Branch) -> sqlx::Result<()> {
    sql(SAVE)
        .bind(branch.id.as_str())
        .bind(branch.title.as_str())
        .bind(branch.from.0)
        .bind(branch.author.as_str())
        .bind(branch.made_at.0)
        .execute(&mut *conn)
        .await?;
    Ok(())
}

/// Every branch, oldest first.
pub(crate) async fn all(readers: &SqlitePool) -> sqlx::Result<Vec<Branch>> {
    let rows = sql(ALL).fetch_all(readers).await?;
    rows.iter().map(branch_of).collect()
}

/// Forgets the branch called `id`; one that is not there is forgotten already.
pub(crate) async fn delete(conn: &mut SqliteConnection, id: &str) -> sqlx::Result<()> {
    sql(DELETE).bind(id).execute(&mut *conn).await?;
    Ok(())
}

/// The folder of the branch called `id` inside the cache's `folder`; an error when no folder can be named so.
pub(crate) fn folder_of(folder: &Path, id: &str) -> Result<PathBuf, StoreError> {
    let is_name = !id.is_empty()
        && id.len() <= MAX_ID_BYTES
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    if is_name {
        Ok(folder.join(FOLDER).join(id))
    } else {
        Err(StoreError::Folder {
            source: Error::new(
                ErrorKind::InvalidInput,
                format!("{id:?} cannot name a branch"),
            ),
            path: folder.join(FOLDER),
        })
    }
}

/// Removes a branch's folder with everything in it; absent is as good.
pub(crate) fn remove_folder(path: &Path) -> Result<(), StoreError> {
    match std::fs::remove_dir_all(path) {
        Err(source) if source.kind() != ErrorKind::NotFound => Err(StoreError::Folder {
            source,
            path: path.to_path_buf(),
        }),
        _ => Ok(()),
    }
}

fn branch_of(row: &SqliteRow) -> sqlx::Result<Branch> {
    Ok(Branch {
        id: row.try_get(0)?,
        title: row.try_get(1)?,
        from: UtcMillis(row.try_get(2)?),
        author: row.try_get(3)?,
        made_at: UtcMillis(row.try_get(4)?),
    })
}
