//! Table `activity`: how busy each minute was, so that the timeline needs no walk through the history.

use crate::minute::{MINUTE_MS, minute_of};
use crate::statement::sql;
use crate::store::Row4;
use cim_model::UtcMillis;
use sqlx::{Row, SqliteConnection, SqlitePool, sqlite::SqliteRow};
use std::collections::BTreeMap;

const ADD: &str =
    "INSERT INTO activity (t, n) VALUES (?1, ?2) ON CONFLICT (t) DO UPDATE SET n = n + excluded.n";
const BETWEEN: &str = "SELECT t, n FROM activity WHERE t > ?1 - 60000 AND t < ?2";
const OLDEST: &str = "SELECT min(t) FROM activity";
const FORGET: &str = "DELETE FROM activity WHERE t < ?1";

/// Counts `rows`.
pub(crate) async fn add(conn: &mut SqliteConnection, rows: &[Row4]) -> sqlx::Result<()> {
    let mut counts: BTreeMap<i64, i64> = BTreeMap::new();
    for row in rows {
        *counts.entry(minute_of(row.t)).or_default() += 1;
    }
    for (minute, n) in counts {
        sql(ADD).bind(minute).bind(n).execute(&mut *conn).await?;
    }
    Ok(())
}

/// Observations per bin of `[t0, t1)`.
pub(crate) async fn bins(
    readers: &SqlitePool,
    t0: UtcMillis,
    t1: UtcMillis,
    bins: u32,
) -> sqlx::Result<Vec<u32>> {
    let rows = sql(BETWEEN)
        .bind(t0.0)
        .bind(t1.0)
        .fetch_all(readers)
        .await?;
    let count_of = |row: &SqliteRow| -> sqlx::Result<(i64, i64)> {
        Ok((row.try_get::<i64, _>(0)?, row.try_get::<i64, _>(1)?))
    };
    let minutes: Vec<(i64, i64)> = rows.iter().map(count_of).collect::<sqlx::Result<_>>()?;
    Ok(spread(&minutes, t0.0, t1.0, bins))
}

/// The oldest minute that has any.
pub(crate) async fn oldest(readers: &SqlitePool) -> sqlx::Result<Option<UtcMillis>> {
    let row = sql(OLDEST).fetch_one(readers).await?;
    Ok(row.try_get::<Option<i64>, _>(0)?.map(UtcMillis))
}

/// Forgets the minutes before `older_than`.
pub(crate) async fn forget(conn: &mut SqliteConnection, older_than: UtcMillis) -> sqlx::Result<()> {
    sql(FORGET).bind(older_than.0).execute(&mut *conn).await?;
    Ok(())
}

/// Spreads each minute's count evenly over the bins that it touches; a minute that begins before `t0` or ends after `t1` gives its share.
fn spread(minutes: &[(i64, i64)], t0: i64, t1: i64, bins: u32) -> Vec<u32> {
    let mut filled = vec![0.0; bins as usize];
    let width = (t1 - t0) as f64 / f64::from(bins.max(1));
    if width <= 0.0 {
        return vec![0; bins as usize];
    }
    for &(minute, n) in minutes {
        let (from, to) = (
            (minute.max(t0) - t0) as f64,
            ((minute + MINUTE_MS).min(t1) - t0) as f64,
        );
        let first = (from / width) as usize;
        for (bin, sum) in filled.iter_mut().enumerate().skip(first) {
            let overlap = to.min((bin + 1) as f64 * width) - from.max(bin as f64 * width);
            if overlap <= 0.0 {
                break;
            }
            *sum += n as f64 * overlap / MINUTE_MS as f64;
        }
    }
    filled
        .into_iter()
        .map(|sum: f64| sum.round() as u32)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_bins_add_whole_minutes() {
        assert_eq!(
            spread(&[(0, 10), (60_000, 20), (180_000, 5)], 0, 240_000, 2),
            [30, 5]
        );
    }

    #[test]
    fn narrow_bins_share_a_minute() {
        assert_eq!(spread(&[(0, 60)], 0, 60_000, 4), [15, 15, 15, 15]);
        assert_eq!(spread(&[(0, 60)], 30_000, 90_000, 2), [30, 0]);
    }

    #[test]
    fn an_empty_stretch_is_quiet() {
        assert_eq!(spread(&[], 0, 0, 3), [0, 0, 0]);
        assert_eq!(spread(&[(0, 5)], 0, 60_000, 0), Vec::<u32>::new());
    }
}
