//! Table `datastreams`: series of things, and the dense numbers that stored values carry in place of the hub's identities.

use crate::statement::sql;
use cim_model::{Datastream, DatastreamId, Limits, ThingId};
use sqlx::{Row, SqliteConnection, SqlitePool, sqlite::SqliteRow};
use std::{collections::BTreeMap, sync::Arc};

const SAVE: &str = "INSERT INTO datastreams (uid, thing, name, observed_property, unit, period_s,
  above_medium, above_high, above_critical, below_medium, below_high)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
ON CONFLICT (uid) DO UPDATE SET thing = excluded.thing, name = excluded.name, observed_property = excluded.observed_property,
  unit = excluded.unit, period_s = excluded.period_s, above_medium = excluded.above_medium, above_high = excluded.above_high,
  above_critical = excluded.above_critical, below_medium = excluded.below_medium, below_high = excluded.below_high";

const ALL: &str = "SELECT uid, thing, name, observed_property, unit, period_s,
  above_medium, above_high, above_critical, below_medium, below_high FROM datastreams ORDER BY id";

const NUMBERS: &str = "SELECT uid, id FROM datastreams";

/// The dense number of each identity.
pub(crate) type Numbers = BTreeMap<Arc<str>, i64>;

/// Adds `datastreams`, replacing those with the same identity; numbers, once given, stay.
pub(crate) async fn save(
    conn: &mut SqliteConnection,
    datastreams: &[Datastream],
) -> sqlx::Result<()> {
    for datastream in datastreams {
        let limits = datastream.limits;
        sql(SAVE)
            .bind(datastream.id.as_str())
            .bind(datastream.thing.as_str())
            .bind(datastream.name.as_str())
            .bind(datastream.observed_property.as_str())
            .bind(datastream.unit.as_str())
            .bind(datastream.period_s)
            .bind(limits.above_medium)
            .bind(limits.above_high)
            .bind(limits.above_critical)
            .bind(limits.below_medium)
            .bind(limits.below_high)
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

/// Every datastream, in the order in which they became known.
pub(crate) async fn all(readers: &SqlitePool) -> sqlx::Result<Vec<Datastream>> {
    sql(ALL)
        .fetch_all(readers)
        .await?
        .iter()
        .map(datastream_of)
        .collect()
}

/// The number of every identity.
pub(crate) async fn numbers(conn: &mut SqliteConnection) -> sqlx::Result<Numbers> {
    let rows = sql(NUMBERS).fetch_all(&mut *conn).await?;
    let number_of = |row: &SqliteRow| -> sqlx::Result<(Arc<str>, i64)> {
        Ok((
            Arc::from(row.try_get::<String, _>(0)?),
            row.try_get::<i64, _>(1)?,
        ))
    };
    rows.iter().map(number_of).collect()
}

fn datastream_of(row: &SqliteRow) -> sqlx::Result<Datastream> {
    Ok(Datastream {
        id: DatastreamId::new(row.try_get::<String, _>(0)?),
        thing: ThingId::new(row.try_get::<String, _>(1)?),
        name: row.try_get(2)?,
        observed_property: row.try_get(3)?,
        unit: row.try_get(4)?,
        period_s: row.try_get(5)?,
        limits: Limits {
            above_medium: row.try_get(6)?,
            above_high: row.try_get(7)?,
            above_critical: row.try_get(8)?,
            below_medium: row.try_get(9)?,
            below_high: row.try_get(10)?,
        },
    })
}
