//! Table `latest`, and the question "what was the newest value at a moment?", which also asks `raw` and `minute`.

use crate::raw::{quality_number, quality_of};
use crate::statement::{ManyRows, sql};
use crate::store::Row4;
use cim_model::{DatastreamId, Observation, UtcMillis};
use sqlx::{Row, SqliteConnection, SqlitePool, sqlite::SqliteRow};
use std::{collections::BTreeMap, sync::LazyLock};

static RAISE: LazyLock<ManyRows> = LazyLock::new(|| {
    ManyRows::new(
        "INSERT INTO latest (ds, t, v, q) VALUES",
        "(?, ?, ?, ?)",
        "ON CONFLICT (ds) DO UPDATE SET t = excluded.t, v = excluded.v, q = excluded.q WHERE excluded.t > t",
    )
});

const ALL: &str =
    "SELECT d.uid, l.t, l.v, l.q FROM latest l JOIN datastreams d ON d.id = l.ds ORDER BY l.ds";

// Three short seeks per datastream: the newest raw value, the newest minute that ended by then, and the newest value of all
// for a datastream that fell silent longer ago than anything else is kept.
const AT: &str = "SELECT d.uid, r.t, r.v, r.q, m.last_t, m.last, m.last_q, l.t, l.v, l.q
FROM datastreams d
LEFT JOIN raw r ON r.ds = d.id AND r.t = (SELECT x.t FROM raw x WHERE x.ds = d.id AND x.t <= ?1 ORDER BY x.t DESC LIMIT 1)
LEFT JOIN minute m ON m.ds = d.id
  AND m.t = (SELECT y.t FROM minute y WHERE y.ds = d.id AND y.t <= ?1 AND y.last_t <= ?1 ORDER BY y.t DESC LIMIT 1)
LEFT JOIN latest l ON l.ds = d.id AND l.t <= ?1";

/// Takes over those of `rows` that are newer than what is there.
pub(crate) async fn raise(conn: &mut SqliteConnection, rows: &[Row4]) -> sqlx::Result<()> {
    let mut newest: BTreeMap<i64, Row4> = BTreeMap::new();
    for row in rows {
        let known = newest.entry(row.ds).or_insert(*row);
        if row.t > known.t {
            *known = *row;
        }
    }
    let list: Vec<Row4> = newest.into_values().collect();
    for (mut statement, trip) in RAISE.trips(&list) {
        for row in trip {
            statement = statement
                .bind(row.ds)
                .bind(row.t)
                .bind(row.v)
                .bind(quality_number(row.q));
        }
        statement.execute(&mut *conn).await?;
    }
    Ok(())
}

/// The newest value of each datastream that has any.
pub(crate) async fn all(readers: &SqlitePool) -> sqlx::Result<Vec<Observation>> {
    let rows = sql(ALL).fetch_all(readers).await?;
    rows.iter()
        .filter_map(|row| observation_at(row, 1).transpose())
        .collect()
}

/// The newest value at or before `t` of each datastream that has any.
pub(crate) async fn at(readers: &SqlitePool, t: UtcMillis) -> sqlx::Result<Vec<Observation>> {
    let rows = sql(AT).bind(t.0).fetch_all(readers).await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        let candidates = [
            observation_at(row, 1)?,
            observation_at(row, 4)?,
            observation_at(row, 7)?,
        ];
        found.extend(
            candidates
                .into_iter()
                .flatten()
                .max_by_key(|observation| observation.happened_at),
        );
    }
    Ok(found)
}

/// The observation in the three columns from `first`, when they are filled; column 0 is the datastream.
fn observation_at(row: &SqliteRow, first: usize) -> sqlx::Result<Option<Observation>> {
    let Some(t) = row.try_get::<Option<i64>, _>(first)? else {
        return Ok(None);
    };
    Ok(Some(Observation {
        datastream: DatastreamId::new(row.try_get::<String, _>(0)?),
        happened_at: UtcMillis(t),
        value: row.try_get(first + 1)?,
        quality: quality_of(row.try_get(first + 2)?),
    }))
}
