//! Days of history as partitions: made before they are needed, made on demand for late data, dropped as a whole.
//!
//! A day is a partition `observations_YYYYMMDD`. What lies in no day of its own, because there are too many already, is
//! in `observations_rest`.

use super::schema::PARTITION_LOCK;
use crate::iso::{iso_from_millis, millis_from_iso};
use cim_model::UtcMillis;
use sqlx::{AssertSqlSafe, PgPool, Postgres, Transaction};
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// Length of a partition, milliseconds.
pub(super) const DAY_MS: i64 = 86_400_000;
/// Partitions made at most: five years and a half. A source with wild clocks cannot make a million of them.
const MOST_PARTITIONS: usize = 2_000;
/// How long dropping a day waits for readers; what it does not get now, it gets the next time.
const LOCK_PATIENCE: &str = "SET LOCAL lock_timeout = '5s'";
/// A new partition's days are already in the rest, or another process has just made it.
const CHECK_VIOLATION: &str = "23514";
const LOCK_NOT_AVAILABLE: &str = "55P03";

/// The days that need no thought any more.
#[derive(Debug, Default)]
pub(super) struct Partitions {
    known: Mutex<BTreeSet<i64>>,
}

impl Partitions {
    /// Sees to it that each of `days` (days since 1970) has a place.
    pub(super) async fn ensure(
        &self,
        pool: &PgPool,
        days: &BTreeSet<i64>,
    ) -> Result<(), sqlx::Error> {
        let missing: BTreeSet<i64> = {
            let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            days.difference(&known).copied().collect()
        };
        let Some(newest) = missing.last().copied() else {
            return Ok(());
        };
        let mut existing = existing_days(pool).await?;
        // Tomorrow's place is made today: at midnight nobody waits.
        let wanted = missing.iter().copied().chain([newest.saturating_add(1)]);
        for day in wanted {
            if !existing.contains(&day)
                && existing.len() < MOST_PARTITIONS
                && make(pool, day).await?
            {
                existing.insert(day);
            }
        }
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.extend(missing);
        Ok(())
    }

    /// Drops the days that end before `oldest`, and gives an estimate of the rows that went with them.
    pub(super) async fn drop_before(
        &self,
        pool: &PgPool,
        oldest: UtcMillis,
    ) -> Result<u64, sqlx::Error> {
        let first_kept = oldest.0.div_euclid(DAY_MS);
        let mut gone = 0;
        for day in existing_days(pool).await? {
            if day >= first_kept {
                break;
            }
            match drop_day(pool, day).await {
                Ok(rows) => gone += rows,
                Err(err) if has_code(&err, LOCK_NOT_AVAILABLE) => {
                    tracing::warn!(
                        partition = name_of(day),
                        "an old day is in use; it goes next time"
                    );
                }
                Err(err) => return Err(err),
            }
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.remove(&day);
        }
        Ok(gone)
    }
}

/// True when the database answered with this SQLSTATE.
pub(super) fn has_code(err: &sqlx::Error, code: &str) -> bool {
    err.as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .is_some_and(|found| found == code)
}

/// `observations_20261122`.
fn name_of(day: i64) -> String {
    let text = iso_from_millis(UtcMillis(day.saturating_mul(DAY_MS)));
    let date = text.split('T').next().unwrap_or_default();
    format!("observations_{}", date.replace('-', ""))
}

fn day_of(name: &str) -> Option<i64> {
    let date = name.strip_prefix("observations_")?;
    if date.len() != 8 || !date.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (year, rest) = date.split_at_checked(4)?;
    let (month, day) = rest.split_at_checked(2)?;
    let midnight = millis_from_iso(&format!("{year}-{month}-{day}T00:00:00Z"))?;
    Some(midnight.0.div_euclid(DAY_MS))
}

/// Days outside the years 1970 to 9999 have no name of this form; they stay in the rest.
fn can_be_named(day: i64) -> bool {
    (0..=2_932_896).contains(&day) && day_of(&name_of(day)) == Some(day)
}

async fn existing_days(pool: &PgPool) -> Result<BTreeSet<i64>, sqlx::Error> {
    let names = sqlx::query_scalar::<Postgres, String>(
        "SELECT child.relname::text FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid
         WHERE inhparent = 'observations'::regclass",
    )
    .fetch_all(pool)
    .await?;
    Ok(names.iter().filter_map(|name| day_of(name)).collect())
}

async fn locked(pool: &PgPool) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    let mut work = pool.begin().await?;
    sqlx::query::<Postgres>("SELECT pg_advisory_xact_lock($1)")
        .bind(PARTITION_LOCK)
        .execute(&mut *work)
        .await?;
    Ok(work)
}

/// Makes a day's partition; false when its rows must stay in the rest. It is made apart and then attached: that locks
/// out neither readers nor writers of the other days.
async fn make(pool: &PgPool, day: i64) -> Result<bool, sqlx::Error> {
    if !can_be_named(day) {
        return Ok(false);
    }
    let name = name_of(day);
    let mut work = locked(pool).await?;
    let is_there = sqlx::query_scalar::<Postgres, bool>("SELECT to_regclass($1) IS NOT NULL")
        .bind(name.as_str())
        .fetch_one(&mut *work)
        .await?;
    if is_there {
        work.rollback().await?;
        return Ok(true);
    }
    let (from, until) = (day * DAY_MS, (day + 1) * DAY_MS);
    // Only digits of our own are written into the text.
    let sql = format!(
        "CREATE TABLE {name} (LIKE observations INCLUDING DEFAULTS);
         ALTER TABLE observations ATTACH PARTITION {name} FOR VALUES FROM ({from}) TO ({until})"
    );
    match sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *work).await {
        Ok(_done) => {
            work.commit().await?;
            Ok(true)
        }
        Err(err) if has_code(&err, CHECK_VIOLATION) => {
            work.rollback().await?;
            tracing::warn!(
                partition = name,
                "the day stays among the rest, where it has rows already"
            );
            Ok(false)
        }
        Err(err) => Err(err),
    }
}

async fn drop_day(pool: &PgPool, day: i64) -> Result<u64, sqlx::Error> {
    let name = name_of(day);
    let mut work = locked(pool).await?;
    let rows = sqlx::query_scalar::<Postgres, i64>(
        "SELECT coalesce(max(greatest(reltuples, 1)), 1)::bigint FROM pg_class WHERE oid = to_regclass($1)",
    )
    .bind(name.as_str())
    .fetch_one(&mut *work)
    .await?;
    let sql = format!("{LOCK_PATIENCE}; DROP TABLE IF EXISTS {name}");
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(&mut *work)
        .await?;
    work.commit().await?;
    Ok(u64::try_from(rows).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partition_is_named_by_its_date() {
        assert_eq!(name_of(0), "observations_19700101");
        assert_eq!(name_of(20_779), "observations_20261122");
        assert_eq!(day_of("observations_20261122"), Some(20_779));
        for other in [
            "observations_rest",
            "observations_2026112",
            "observations_20261340",
        ] {
            assert_eq!(day_of(other), None, "{other}");
        }
    }

    #[test]
    fn days_of_wild_clocks_have_no_partition() {
        assert!(can_be_named(20_779));
        for day in [-1, i64::MIN, 2_932_897, i64::MAX] {
            assert!(!can_be_named(day), "{day}");
        }
    }
}
