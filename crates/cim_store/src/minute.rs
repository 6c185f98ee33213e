//! Table `minute`: observations that left `raw`, folded into one row per datastream and minute.
//!
//! **Counted once, for ever.** While an observation is in `raw`, its key refuses a second copy. Once folded, the minute's `last_t`
//! takes over: before the fold line (`folded_before`), only an observation newer than its minute's newest is let in. A backlog
//! that arrives in order is therefore counted in full; a copy never is; an observation that comes more than half an hour late
//! *and* behind a newer one of its own minute is left out of the mean.

use crate::raw::Pile;
use crate::settings;
use crate::statement::sql;
use cim_model::{Quality, UtcMillis};
use sqlx::{Row, SqliteConnection, SqlitePool};
use std::collections::BTreeMap;

/// How long a minute is, in milliseconds.
pub(crate) const MINUTE_MS: i64 = 60_000;

/// The setting that holds the fold line.
const FOLD_LINE: &str = "store.folded_before";

const NEWEST: &str = "SELECT last_t FROM minute WHERE ds = ?1 AND t = ?2";

const FOLD: &str = "INSERT INTO minute (ds, t, n, lo, hi, total, last, last_t, last_q)
SELECT g.ds, g.m, g.n, g.lo, g.hi, g.total, r.v, g.last_t, r.q
FROM (SELECT r.ds AS ds, r.t / 60000 * 60000 AS m, count(*) AS n, min(r.v) AS lo, max(r.v) AS hi, sum(r.v) AS total, max(r.t) AS last_t
      FROM datastreams d CROSS JOIN raw r ON r.ds = d.id AND r.t < ?3
      WHERE d.id BETWEEN ?1 AND ?2 GROUP BY 1, 2) g
CROSS JOIN raw r ON r.ds = g.ds AND r.t = g.last_t
WHERE true
ON CONFLICT (ds, t) DO UPDATE SET
  n = n + excluded.n, lo = min(lo, excluded.lo), hi = max(hi, excluded.hi), total = total + excluded.total,
  last = CASE WHEN excluded.last_t >= last_t THEN excluded.last ELSE last END,
  last_q = CASE WHEN excluded.last_t >= last_t THEN excluded.last_q ELSE last_q END,
  last_t = max(last_t, excluded.last_t)";

const FORGET: &str = "DELETE FROM minute WHERE (ds, t) IN (
  SELECT m.ds, m.t FROM datastreams d CROSS JOIN minute m ON m.ds = d.id AND m.t < ?3 WHERE d.id BETWEEN ?1 AND ?2)";

// A minute is placed by its newest value: that moment is real, the minute's start need not be.
const WINDOW: &str =
    "SELECT (last_t - ?2) / ?4 AS b, sum(n), min(lo), max(hi), sum(total) FROM minute
WHERE ds = ?1 AND t > ?2 - 60000 AND t < ?3 AND last_t >= ?2 AND last_t < ?3 GROUP BY b";

/// The start of the minute that `t` falls into.
pub(crate) fn minute_of(t: i64) -> i64 {
    t / MINUTE_MS * MINUTE_MS
}

/// Before this moment, observations have been folded.
pub(crate) async fn folded_before(conn: &mut SqliteConnection) -> sqlx::Result<i64> {
    let text = settings::get(conn, FOLD_LINE).await?;
    Ok(text.and_then(|text| text.parse().ok()).unwrap_or(i64::MIN))
}

/// Takes out of `rows` those that were counted already, or may have been, before the fold line.
pub(crate) async fn take_out_counted(
    conn: &mut SqliteConnection,
    rows: &mut BTreeMap<(i64, i64), (f64, Quality)>,
) -> sqlx::Result<()> {
    let line = folded_before(conn).await?;
    let mut newest: BTreeMap<(i64, i64), Option<i64>> = BTreeMap::new();
    for &(ds, t) in rows.keys().filter(|(_, t)| *t < line) {
        newest.insert((ds, minute_of(t)), None);
    }
    for (&(ds, minute), last_t) in &mut newest {
        let found = sql(NEWEST)
            .bind(ds)
            .bind(minute)
            .fetch_optional(&mut *conn)
            .await?;
        *last_t = found.map(|row| row.try_get(0)).transpose()?;
    }
    rows.retain(|&(ds, t), _| {
        let last_t = newest.get(&(ds, minute_of(t))).copied().flatten();
        t >= line || last_t.is_none_or(|last_t| t > last_t)
    });
    Ok(())
}

/// Folds the raw rows before `cut` of the datastreams numbered `first..=last`; the caller forgets those in the same transaction.
pub(crate) async fn fold(
    conn: &mut SqliteConnection,
    (first, last): (i64, i64),
    cut: UtcMillis,
) -> sqlx::Result<()> {
    sql(FOLD)
        .bind(first)
        .bind(last)
        .bind(cut.0)
        .execute(&mut *conn)
        .await?;
    Ok(())
}

/// Moves the fold line forward to `cut`.
pub(crate) async fn move_fold_line(
    conn: &mut SqliteConnection,
    cut: UtcMillis,
) -> sqlx::Result<()> {
    let line = folded_before(conn).await?.max(cut.0);
    settings::put(conn, FOLD_LINE, &line.to_string()).await
}

/// Forgets the minutes before `older_than` of the datastreams numbered `first..=last`.
pub(crate) async fn forget(
    conn: &mut SqliteConnection,
    (first, last): (i64, i64),
    older_than: UtcMillis,
) -> sqlx::Result<()> {
    sql(FORGET)
        .bind(first)
        .bind(last)
        .bind(older_than.0)
        .execute(&mut *conn)
        .await?;
    Ok(())
}

/// Counts, extremes and sums of the minutes whose newest value lies in `[t0, t1)`, in buckets `width_ms` wide.
pub(crate) async fn window(
    readers: &SqlitePool,
    ds: i64,
    (t0, t1): (UtcMillis, UtcMillis),
    width_ms: i64,
) -> sqlx::Result<Vec<Pile>> {
    let rows = sql(WINDOW)
        .bind(ds)
        .bind(t0.0)
        .bind(t1.0)
        .bind(width_ms)
        .fetch_all(readers)
        .await?;
    rows.iter().map(Pile::of_row).collect()
}
