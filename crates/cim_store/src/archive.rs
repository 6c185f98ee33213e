//! Tilesets kept in one SQLite file (`.3dtiles`): a table `media` of paths and contents.

use crate::{StoreError, error::is_damage};
use sqlx::{
    Row, SqlitePool,
    sqlite::{SqliteConnectOptions, SqlitePoolOptions},
};
use std::path::{Path, PathBuf};

/// Connections that read an archive at the same time.
const READERS: u32 = 4;

/// An archive of tiles, open for reading.
#[derive(Clone, Debug)]
pub struct TileArchive {
    pool: SqlitePool,
    path: PathBuf,
}

impl TileArchive {
    /// Opens the archive at `path`; the file is never written to.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .read_only(true)
            .immutable(true);
        let pool = SqlitePoolOptions::new()
            .max_connections(READERS)
            .connect_with(options)
            .await
            .map_err(|source| StoreError::Unopened {
                source,
                path: path.to_path_buf(),
            })?;
        let archive = Self {
            pool,
            path: path.to_path_buf(),
        };
        // A file that is no database is found out by the first question, not by opening it.
        archive.get("").await?;
        Ok(archive)
    }

    /// The content kept under `key`, as it was put there; `None` when there is no such key.
    pub async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        sqlx::query("SELECT content FROM media WHERE key = ?1")
            .bind(key)
            .fetch_optional(&self.pool)
            .await
            .and_then(|row| row.map(|row| row.try_get(0)).transpose())
            .map_err(|source| self.trouble("reading a tile", source))
    }

    /// Every key, in order.
    pub async fn keys(&self) -> Result<Vec<String>, StoreError> {
        sqlx::query_scalar("SELECT key FROM media ORDER BY key")
            .fetch_all(&self.pool)
            .await
            .map_err(|source| self.trouble("listing the tiles", source))
    }

    fn trouble(&self, act: &'static str, source: sqlx::Error) -> StoreError {
        let path = self.path.clone();
        if is_damage(&source) {
            StoreError::Damaged { act, source, path }
        } else {
            StoreError::Refused { act, source, path }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::Connection;

    async fn archive_with(files: &[(&str, &[u8])], path: &Path) {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true);
        let mut conn = sqlx::SqliteConnection::connect_with(&options)
            .await
            .expect("a new database");
        sqlx::query("CREATE TABLE media (key TEXT PRIMARY KEY, content BLOB NOT NULL)")
            .execute(&mut conn)
            .await
            .expect("a table");
        for (key, content) in files {
            sqlx::query("INSERT INTO media VALUES (?1, ?2)")
                .bind(key)
                .bind(*content)
                .execute(&mut conn)
                .await
                .expect("a row");
        }
        conn.close().await.expect("closed");
    }

    #[tokio::test]
    async fn a_tile_is_found_by_its_path() {
        let folder =
            std::env::temp_dir().join(format!("citymirror-archive-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let path = folder.join("city.3dtiles");
        archive_with(&[("tileset.json", b"{}"), ("a/0.glb", b"glTF")], &path).await;
        let archive = TileArchive::open(&path).await.expect("an archive");
        assert_eq!(
            archive.get("a/0.glb").await.expect("no trouble").as_deref(),
            Some(&b"glTF"[..])
        );
        assert_eq!(archive.get("a/1.glb").await.expect("no trouble"), None);
        assert_eq!(
            archive.keys().await.expect("no trouble"),
            ["a/0.glb", "tileset.json"]
        );
        let no_archive = folder.join("text.3dtiles");
        std::fs::write(&no_archive, "nothing of the kind").expect("a file");
        let error = TileArchive::open(&no_archive)
            .await
            .expect_err("no database");
        assert!(error.to_string().contains("text.3dtiles"), "{error}");
        std::fs::remove_dir_all(&folder).expect("removed");
    }
}
