//! Table `raw`: observations as they came. An observation is either here or folded into `minute`, never in both.

use crate::statement::{ManyRows, sql};
use crate::store::Row4;
use cim_model::{Quality, UtcMillis};
use sqlx::{Row, SqliteConnection, SqlitePool};
use std::{collections::BTreeMap, sync::LazyLock};

static ADD: LazyLock<ManyRows> = LazyLock::new(|| {
    ManyRows::new(
        "INSERT INTO raw (ds, t, v, q) VALUES",
        "(?, ?, ?, ?)",
        "ON CONFLICT (ds, t) DO NOTHING RETURNING ds, t",
    )
});

const WINDOW: &str = "SELECT (t - ?2) / ?4 AS b, count(*), min(v), max(v), sum(v) FROM raw
WHERE ds = ?1 AND t >= ?2 AND t < ?3 GROUP BY b";

// The cross join keeps the order: a short seek per datastream, not a walk through the table.
const FORGET: &str = "DELETE FROM raw WHERE (ds, t) IN (
  SELECT r.ds, r.t FROM datastreams d CROSS JOIN raw r ON r.ds = d.id AND r.t < ?3 WHERE d.id BETWEEN ?1 AND ?2)";

/// Adds those of `rows` that are not there; returns these.
pub(crate) async fn add(
    conn: &mut SqliteConnection,
    rows: &BTreeMap<(i64, i64), (f64, Quality)>,
) -> sqlx::Result<Vec<Row4>> {
    let list: Vec<Row4> = rows
        .iter()
        .map(|(&(ds, t), &(v, q))| Row4 { ds, t, v, q })
        .collect();
    let mut added = Vec::with_capacity(list.len());
    for (mut statement, trip) in ADD.trips(&list) {
        for row in trip {
            statement = statement
                .bind(row.ds)
                .bind(row.t)
                .bind(row.v)
                .bind(quality_number(row.q));
        }
        for done in &statement.fetch_all(&mut *conn).await? {
            let key: (i64, i64) = (done.try_get(0)?, done.try_get(1)?);
            if let Some(&(v, q)) = rows.get(&key) {
                added.push(Row4 {
                    ds: key.0,
                    t: key.1,
                    v,
                    q,
                });
            }
        }
    }
    Ok(added)
}

/// Counts, extremes and sums of `[t0, t1)`, in buckets `width_ms` wide.
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

/// Forgets the rows before `cut` of the datastreams numbered `first..=last`.
pub(crate) async fn forget(
    conn: &mut SqliteConnection,
    (first, last): (i64, i64),
    cut: UtcMillis,
) -> sqlx::Result<()> {
    sql(FORGET)
        .bind(first)
        .bind(last)
        .bind(cut.0)
        .execute(&mut *conn)
        .await?;
    Ok(())
}

/// What fell into one bucket of a window.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pile {
    pub(crate) bucket: i64,
    pub(crate) n: i64,
    pub(crate) min: f64,
    pub(crate) max: f64,
    pub(crate) total: f64,
}

impl Pile {
    /// Reads the five columns that every window statement has.
    pub(crate) fn of_row(row: &sqlx::sqlite::SqliteRow) -> sqlx::Result<Self> {
        Ok(Self {
            bucket: row.try_get(0)?,
            n: row.try_get(1)?,
            min: row.try_get(2)?,
            max: row.try_get(3)?,
            total: row.try_get(4)?,
        })
    }
}

/// The number that stands for a quality in every table.
pub(crate) fn quality_number(quality: Quality) -> i64 {
    match quality {
        Quality::Good => 0,
        Quality::Suspect => 1,
        Quality::Estimated => 2,
    }
}

/// The quality that `number` stands for; a number of a newer program counts as doubtful.
pub(crate) fn quality_of(number: i64) -> Quality {
    match number {
        0 => Quality::Good,
        2 => Quality::Estimated,
        _ => Quality::Suspect,
    }
}
