//! Tables `hours` and `hours_days`: what the hours of each series' days sum up to, so that a chart over a year opens no day's file.

use crate::{
    row::GROUP,
    statement::{ManyRows, sql},
};
use sqlx::{Row, SqliteConnection, SqlitePool, sqlite::SqliteRow};
use std::sync::LazyLock;

static PUT: LazyLock<ManyRows> = LazyLock::new(|| {
    ManyRows::new(
        "INSERT INTO hours (ds, day, bytes) VALUES",
        "(?, ?, ?)",
        "ON CONFLICT (ds, day) DO UPDATE SET bytes = excluded.bytes",
    )
});

const FINISH: &str = "INSERT INTO hours_days (day) VALUES (?1) ON CONFLICT (day) DO NOTHING";
// Only of complete days: rows that were written before a kill may have become wrong since.
const OF: &str = "SELECT h.day, h.bytes FROM hours h CROSS JOIN hours_days d ON d.day = h.day
WHERE h.ds = ?1 AND h.day >= ?2 AND h.day < ?3 ORDER BY h.day";
const IS_FINISHED: &str = "SELECT EXISTS (SELECT 1 FROM hours_days WHERE day = ?1)";
const DAYS: &str = "SELECT day FROM hours_days ORDER BY day";
const UNFINISH: &str = "DELETE FROM hours_days WHERE day = ?1";
// A short seek per series of the group, not a walk through the table.
const FORGET: &str =
    "WITH RECURSIVE s (ds) AS (SELECT ?1 UNION ALL SELECT ds + 1 FROM s WHERE ds < ?2)
DELETE FROM hours WHERE (ds, day) IN (SELECT ds, ?3 FROM s)";

/// Writes rows (series, day, encoded hours), replacing what is there.
pub(crate) async fn put(
    conn: &mut SqliteConnection,
    rows: &[(u32, i64, Vec<u8>)],
) -> sqlx::Result<()> {
    for (mut statement, trip) in PUT.trips(rows) {
        for (series, day, bytes) in trip {
            statement = statement
                .bind(i64::from(*series))
                .bind(*day)
                .bind(bytes.as_slice());
        }
        statement.execute(&mut *conn).await?;
    }
    Ok(())
}

/// Says that `day` is there for every series that has values in it.
pub(crate) async fn finish(conn: &mut SqliteConnection, day: i64) -> sqlx::Result<()> {
    sql(FINISH).bind(day).execute(&mut *conn).await?;
    Ok(())
}

/// True when `day` is there for every series that has values in it.
pub(crate) async fn is_finished(readers: &SqlitePool, day: i64) -> sqlx::Result<bool> {
    let row = sql(IS_FINISHED).bind(day).fetch_one(readers).await?;
    Ok(row.try_get::<i64, _>(0)? != 0)
}

/// The complete days of `[day0, day1)` that `series` has values in, oldest first.
pub(crate) async fn of(
    readers: &SqlitePool,
    series: u32,
    day0: i64,
    day1: i64,
) -> sqlx::Result<Vec<(i64, Vec<u8>)>> {
    let rows = sql(OF)
        .bind(i64::from(series))
        .bind(day0)
        .bind(day1)
        .fetch_all(readers)
        .await?;
    let day_of = |row: &SqliteRow| -> sqlx::Result<(i64, Vec<u8>)> {
        Ok((row.try_get(0)?, row.try_get(1)?))
    };
    rows.iter().map(day_of).collect()
}

/// The days that are there for every series that has values in them, oldest first.
pub(crate) async fn days(readers: &SqlitePool) -> sqlx::Result<Vec<i64>> {
    let rows = sql(DAYS).fetch_all(readers).await?;
    rows.iter().map(|row| row.try_get::<i64, _>(0)).collect()
}

/// Forgets the series of `group` in `day`, which is then no longer complete.
pub(crate) async fn forget(conn: &mut SqliteConnection, group: u32, day: i64) -> sqlx::Result<()> {
    let first = i64::from(group) * i64::from(GROUP);
    sql(UNFINISH).bind(day).execute(&mut *conn).await?;
    sql(FORGET)
        .bind(first)
        .bind(first + i64::from(GROUP) - 1)
        .bind(day)
        .execute(&mut *conn)
        .await?;
    Ok(())
}
