//! Table `events`: what happened in the city and must be handled.

use crate::statement::sql;
use cim_geo::Geodetic;
use cim_model::{Event, EventId, EventLevel, EventStatus, UtcMillis};
use sqlx::{Row, SqliteConnection, SqlitePool, sqlite::SqliteRow};

// A message that was overtaken by a newer one must not undo it: `known_at` decides.
const SAVE: &str = "INSERT INTO events (id, title, description, category, level, status, lon_deg, lat_deg, height_m,
  happened_at, known_at, source)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
ON CONFLICT (id) DO UPDATE SET title = excluded.title, description = excluded.description, category = excluded.category,
  level = excluded.level, status = excluded.status, lon_deg = excluded.lon_deg, lat_deg = excluded.lat_deg,
  height_m = excluded.height_m, happened_at = excluded.happened_at, known_at = excluded.known_at, source = excluded.source
WHERE excluded.known_at >= known_at";

const ALL: &str = "SELECT id, title, description, category, level, status, lon_deg, lat_deg, height_m, happened_at, known_at, source
FROM events ORDER BY happened_at, id";

const FORGET_CLOSED: &str = "DELETE FROM events WHERE status = 'closed' AND known_at < ?1";

/// Adds `events`, replacing those with the same identity unless what is stored is newer.
pub(crate) async fn save(conn: &mut SqliteConnection, events: &[Event]) -> sqlx::Result<()> {
    for event in events {
        sql(SAVE)
            .bind(event.id.as_str())
            .bind(event.title.as_str())
            .bind(event.description.as_str())
            .bind(event.category.as_str())
            .bind(event.level.as_str())
            .bind(event.status.as_str())
            .bind(event.position.lon_deg)
            .bind(event.position.lat_deg)
            .bind(event.position.height_m)
            .bind(event.happened_at.0)
            .bind(event.known_at.0)
            .bind(event.source.as_str())
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

/// Every event, oldest first.
pub(crate) async fn all(readers: &SqlitePool) -> sqlx::Result<Vec<Event>> {
    sql(ALL)
        .fetch_all(readers)
        .await?
        .iter()
        .map(event_of)
        .collect()
}

/// Forgets closed events last heard of before `older_than`; open ones stay, however old.
pub(crate) async fn forget_closed(
    conn: &mut SqliteConnection,
    older_than: UtcMillis,
) -> sqlx::Result<()> {
    sql(FORGET_CLOSED)
        .bind(older_than.0)
        .execute(&mut *conn)
        .await?;
    Ok(())
}

fn event_of(row: &SqliteRow) -> sqlx::Result<Event> {
    let level: String = row.try_get(4)?;
    let status: String = row.try_get(5)?;
    Ok(Event {
        id: EventId::new(row.try_get::<String, _>(0)?),
        title: row.try_get(1)?,
        description: row.try_get(2)?,
        category: row.try_get(3)?,
        level: EventLevel::from_numeral(&level).unwrap_or_default(),
        status: EventStatus::from_word(&status).unwrap_or_default(),
        position: Geodetic {
            lon_deg: row.try_get(6)?,
            lat_deg: row.try_get(7)?,
            height_m: row.try_get(8)?,
        },
        happened_at: UtcMillis(row.try_get(9)?),
        known_at: UtcMillis(row.try_get(10)?),
        source: row.try_get(11)?,
    })
}
