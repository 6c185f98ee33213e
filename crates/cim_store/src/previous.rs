//! Moves the values of the previous release, which kept them in tables, into the history.
//!
//! ```text
//! raw, minute, latest ──gather──► moving (by time) ──a page at a time──► history ──► the old tables go
//! ```
//! Killed at any point, the next opening goes on: gathering is one transaction, appending twice is appending once, and the old
//! tables go only when the last page is safe. Of a minute that was folded, its newest value is what there is.

use crate::{
    StoreError,
    faults::{self, Point},
    history::History,
    meta::{MAKE, Meta},
    row::Row,
    statement::sql,
};
use cim_model::{Quality, UtcMillis};
use sqlx::{Row as _, SqliteConnection, sqlite::SqliteRow};

/// How many values one page has.
const PAGE: i64 = 20_000;
/// The setting that tells up to which value the history has them all: its moment and its series' number.
const MOVED_TO: &str = "store.moved_to";

const IS_GATHERED: &str = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'moving')";
const MAKE_MOVING: &str = "CREATE TABLE moving (
  t INTEGER NOT NULL, ds INTEGER NOT NULL, v REAL NOT NULL, q INTEGER NOT NULL, PRIMARY KEY (t, ds)) STRICT, WITHOUT ROWID";
// By time, because the history takes an hour of all series much faster than all hours of one.
const GATHER: &str = "INSERT INTO moving (t, ds, v, q)
SELECT t, ds, v, q FROM (
  SELECT t, ds, v, q FROM raw
  UNION ALL SELECT last_t, ds, last, last_q FROM minute
  UNION ALL SELECT t, ds, v, q FROM latest)
WHERE true ORDER BY t, ds
ON CONFLICT (t, ds) DO NOTHING";

const COUNT: &str = "SELECT count(*), count(*) FILTER (WHERE (t, ds) <= (?1, ?2)) FROM moving";
const NEXT: &str =
    "SELECT t, ds, v, q FROM moving WHERE (t, ds) > (?1, ?2) ORDER BY t, ds LIMIT ?3";

/// Moves what is not moved yet; nothing when the file is of today's make. `progress` hears how many values are moved, of how many.
pub(crate) async fn move_over(
    meta: &Meta,
    history: &History,
    progress: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<(), StoreError> {
    if meta.steps_taken().await? >= MAKE.steps.len() {
        return Ok(());
    }
    gather(meta).await?;
    faults::reach(Point::InMigration2);
    let mut place = place_of(meta.setting(MOVED_TO).await?.as_deref());
    let (total, mut moved) = count(meta, place).await?;
    progress(moved, total);
    loop {
        let rows = page_after(meta, place).await?;
        let Some(last) = rows.last() else {
            break;
        };
        place = (last.happened_at, i64::from(last.series));
        history.append(&rows).await?;
        faults::reach(Point::InMigration3);
        let text = format!("{},{}", place.0, place.1);
        meta.put_setting(MOVED_TO, &text).await?;
        faults::reach(Point::InMigration4);
        // What is in the row log waits in memory too: not all of it at once.
        history.seal(UtcMillis(place.0), false).await?;
        moved += rows.len() as u64;
        progress(moved, total);
    }
    faults::reach(Point::InMigration5);
    meta.take_last_steps().await
}

/// Brings the values of all three tables together, by time; at once, or not at all.
async fn gather(meta: &Meta) -> Result<(), StoreError> {
    let done = async {
        let mut change = meta.begin().await?;
        let gathered = gather_on(change.conn()).await;
        meta.finish(change, gathered).await
    };
    done.await
        .map_err(|error| meta.trouble("gathering the values of the previous release", error))
}

async fn gather_on(conn: &mut SqliteConnection) -> sqlx::Result<()> {
    let is_gathered: i64 = sql(IS_GATHERED).fetch_one(&mut *conn).await?.try_get(0)?;
    if is_gathered == 0 {
        sql(MAKE_MOVING).execute(&mut *conn).await?;
        sql(GATHER).execute(&mut *conn).await?;
    }
    Ok(())
}

/// How many values there are, and how many of them are moved.
async fn count(meta: &Meta, place: (i64, i64)) -> Result<(u64, u64), StoreError> {
    let counted = async {
        let row = sql(COUNT)
            .bind(place.0)
            .bind(place.1)
            .fetch_one(meta.readers())
            .await?;
        let (total, moved): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
        Ok::<(u64, u64), sqlx::Error>((total as u64, moved as u64))
    };
    counted
        .await
        .map_err(|error| meta.trouble("counting the values of the previous release", error))
}

async fn page_after(meta: &Meta, place: (i64, i64)) -> Result<Vec<Row>, StoreError> {
    let read = async {
        let rows = sql(NEXT)
            .bind(place.0)
            .bind(place.1)
            .bind(PAGE)
            .fetch_all(meta.readers())
            .await?;
        rows.iter().map(row_of).collect::<sqlx::Result<Vec<Row>>>()
    };
    read.await
        .map_err(|error| meta.trouble("reading the values of the previous release", error))
}

/// Where the last run stopped; before everything when it never began.
fn place_of(text: Option<&str>) -> (i64, i64) {
    let parsed = text.and_then(|text| {
        let (t, ds) = text.split_once(',')?;
        Some((t.parse().ok()?, ds.parse().ok()?))
    });
    parsed.unwrap_or((i64::MIN, i64::MIN))
}

fn row_of(row: &SqliteRow) -> sqlx::Result<Row> {
    let happened_at: i64 = row.try_get(0)?;
    let series: i64 = row.try_get(1)?;
    Ok(Row {
        series: u32::try_from(series).map_err(|error| sqlx::Error::Decode(error.into()))?,
        quality: quality_of(row.try_get(3)?),
        happened_at,
        // It was not written down; nothing was known late then.
        known_at: happened_at,
        value: row.try_get(2)?,
    })
}

/// The quality that the previous release wrote as `number`.
fn quality_of(number: i64) -> Quality {
    match number {
        0 => Quality::Good,
        2 => Quality::Estimated,
        _ => Quality::Suspect,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_cannot_be_read_begins_before_everything() {
        assert_eq!(place_of(Some("-5,17")), (-5, 17));
        for text in [None, Some(""), Some("5"), Some("5,x")] {
            assert_eq!(place_of(text), (i64::MIN, i64::MIN));
        }
    }
}
