//! Table `datastreams`: series of things, and the dense numbers that stored values carry in place of the hub's identities.

use crate::statement::sql;
use cim_model::{Datastream, DatastreamId, Limits, ThingId};
use sqlx::{Row, SqliteConnection, SqlitePool, sqlite::SqliteRow};

const SAVE: &str = "INSERT INTO datastreams (uid, thing, name, observed_property, unit, period_s,
  above_medium, above_high, above_critical, below_medium, below_high)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
ON CONFLICT (uid) DO UPDATE SET thing = excluded.thing, name = excluded.name, observed_property = excluded.observed_property,
  unit = excluded.unit, period_s = excluded.period_s, above_medium = excluded.above_medium, above_high = excluded.above_high,
  above_critical = excluded.above_critical, below_medium = excluded.below_medium, below_high = excluded.below_high";

const ALL: &str = "SELECT uid, thing, name, observed_property, unit, period_s,
  above_medium, above_high, above_critical, below_medium, below_high FROM datastreams ORDER BY id";

const NUMBERS: &str = "SELECT uid, id FROM datastreams WHERE id > ?1 ORDER BY id";

/// The dense number of every series that the store has heard of, both ways. Numbers, once given, stay.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// By number.
    by_number: Vec<Option<DatastreamId>>,
    /// By identity.
    by_uid: Vec<(DatastreamId, u32)>,
}

impl Names {
    /// The identity of the series with this number.
    pub fn get(&self, number: u32) -> Option<&DatastreamId> {
        self.by_number.get(number as usize)?.as_ref()
    }

    /// The number of the series with the identity `uid`.
    pub fn number_of(&self, uid: &str) -> Option<u32> {
        let place = self
            .by_uid
            .binary_search_by(|(known, _)| known.as_str().cmp(uid))
            .ok()?;
        self.by_uid.get(place).map(|(_, number)| *number)
    }

    /// Every series with its number, in the order of identities.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&DatastreamId, u32)> {
        self.by_uid.iter().map(|(uid, number)| (uid, *number))
    }

    /// How many series there are.
    pub fn len(&self) -> usize {
        self.by_uid.len()
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.by_uid.is_empty()
    }

    /// The greatest number given; 0 when none is.
    fn greatest(&self) -> u32 {
        u32::try_from(self.by_number.len().saturating_sub(1)).unwrap_or(u32::MAX)
    }

    /// These and the ones in `rows`, whose numbers are greater.
    fn with(&self, rows: Vec<(DatastreamId, u32)>) -> Self {
        let mut names = self.clone();
        for (uid, number) in &rows {
            let place = *number as usize;
            if names.by_number.len() <= place {
                names.by_number.resize(place + 1, None);
            }
            if let Some(name) = names.by_number.get_mut(place) {
                *name = Some(uid.clone());
            }
        }
        names.by_uid.extend(rows);
        names.by_uid.sort_by(|a, b| a.0.cmp(&b.0));
        names
    }
}

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

/// `known` and what was given a number since; none when nothing was.
pub(crate) async fn newer_names(
    readers: &SqlitePool,
    known: &Names,
) -> sqlx::Result<Option<Names>> {
    let rows = sql(NUMBERS)
        .bind(i64::from(known.greatest()))
        .fetch_all(readers)
        .await?;
    let named: sqlx::Result<Vec<(DatastreamId, u32)>> = rows.iter().map(name_of).collect();
    let named = named?;
    Ok((!named.is_empty()).then(|| known.with(named)))
}

fn name_of(row: &SqliteRow) -> sqlx::Result<(DatastreamId, u32)> {
    let number: i64 = row.try_get(1)?;
    let number = u32::try_from(number).map_err(|error| sqlx::Error::Decode(error.into()))?;
    Ok((DatastreamId::new(row.try_get::<String, _>(0)?), number))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_is_found_by_its_number_and_by_its_identity() {
        let names = Names::default()
            .with(vec![
                (DatastreamId::new("b"), 1),
                (DatastreamId::new("a"), 2),
            ])
            .with(vec![(DatastreamId::new("aa"), 3)]);
        assert_eq!(names.len(), 3);
        assert_eq!(names.greatest(), 3);
        assert_eq!(names.number_of("aa"), Some(3));
        assert_eq!(names.number_of("c"), None);
        assert_eq!(names.get(2).map(DatastreamId::as_str), Some("a"));
        assert_eq!(names.get(0), None);
        assert_eq!(names.get(99), None);
        let order: Vec<&str> = names.iter().map(|(uid, _)| uid.as_str()).collect();
        assert_eq!(order, ["a", "aa", "b"]);
    }
}
