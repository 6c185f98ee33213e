//! Table `settings`: small texts by name.

use crate::statement::sql;
use sqlx::{Row, SqliteConnection};

const PUT: &str = "INSERT INTO settings (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
const GET: &str = "SELECT value FROM settings WHERE key = ?1";

/// Remembers `value` under `key`.
pub(crate) async fn put(conn: &mut SqliteConnection, key: &str, value: &str) -> sqlx::Result<()> {
    sql(PUT).bind(key).bind(value).execute(&mut *conn).await?;
    Ok(())
}

/// What is remembered under `key`.
pub(crate) async fn get(conn: &mut SqliteConnection, key: &str) -> sqlx::Result<Option<String>> {
    sql(GET)
        .bind(key)
        .fetch_optional(&mut *conn)
        .await?
        .map(|row| row.try_get(0))
        .transpose()
}
