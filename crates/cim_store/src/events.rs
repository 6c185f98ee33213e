//! Tables `events` and `event_versions`: what happened in the city and must be handled, as it is and as it was told over time.

use crate::{row::Knowledge, statement::sql};
use cim_geo::Geodetic;
use cim_model::{Event, EventId, EventLevel, EventStatus, Standing, UtcMillis};
use sqlx::{Row, SqliteConnection, SqlitePool, sqlite::SqliteRow};

// A message that was overtaken by a newer one must not undo it: `known_at` decides.
const SAVE: &str = "INSERT INTO events (id, title, description, category, level, status, lon_deg, lat_deg, height_m,
  happened_at, known_at, source, standing)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
ON CONFLICT (id) DO UPDATE SET title = excluded.title, description = excluded.description, category = excluded.category,
  level = excluded.level, status = excluded.status, lon_deg = excluded.lon_deg, lat_deg = excluded.lat_deg,
  height_m = excluded.height_m, happened_at = excluded.happened_at, known_at = excluded.known_at, source = excluded.source,
  standing = excluded.standing
WHERE excluded.known_at >= known_at";

const SAVE_VERSION: &str = "INSERT INTO event_versions (id, title, description, category, level, status, lon_deg, lat_deg, height_m,
  happened_at, known_at, source, standing)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
ON CONFLICT (id, known_at, status) DO UPDATE SET title = excluded.title, description = excluded.description,
  category = excluded.category, level = excluded.level, lon_deg = excluded.lon_deg, lat_deg = excluded.lat_deg,
  height_m = excluded.height_m, happened_at = excluded.happened_at, source = excluded.source,
  standing = excluded.standing";

const ALL: &str = "SELECT id, title, description, category, level, status, lon_deg, lat_deg, height_m, happened_at, known_at, source, standing
FROM events ORDER BY happened_at, id";

// Of two versions of one moment, the one that has come further counts.
const AT_THEN: &str = "SELECT id, title, description, category, level, status, lon_deg, lat_deg, height_m, happened_at, known_at, source, standing
FROM (SELECT *, row_number() OVER (PARTITION BY id ORDER BY known_at DESC,
        CASE status WHEN 'closed' THEN 2 WHEN 'handling' THEN 1 ELSE 0 END DESC) AS age
      FROM event_versions WHERE known_at <= ?1)
WHERE age = 1 AND happened_at <= ?1 ORDER BY happened_at, id";

const AT_NOW: &str = "SELECT e.id, e.title, e.description, e.category, e.level,
  coalesce((SELECT v.status FROM event_versions v WHERE v.id = e.id AND v.known_at <= ?1
    ORDER BY v.known_at DESC, CASE v.status WHEN 'closed' THEN 2 WHEN 'handling' THEN 1 ELSE 0 END DESC LIMIT 1), 'reported'),
  e.lon_deg, e.lat_deg, e.height_m, e.happened_at, e.known_at, e.source, e.standing
FROM events e WHERE e.happened_at <= ?1 ORDER BY e.happened_at, e.id";

const VERSIONS: &str = "SELECT id, title, description, category, level, status, lon_deg, lat_deg, height_m, happened_at, known_at, source, standing
FROM event_versions WHERE known_at >= ?1 AND known_at < ?2
ORDER BY known_at, id, CASE status WHEN 'closed' THEN 2 WHEN 'handling' THEN 1 ELSE 0 END";

const FORGET_VERSIONS: &str = "DELETE FROM event_versions
WHERE id IN (SELECT id FROM events WHERE status = 'closed' AND known_at < ?1)";
const FORGET_CLOSED: &str = "DELETE FROM events WHERE status = 'closed' AND known_at < ?1";

/// Adds `events`, each as a version, and as the event itself unless what is stored is newer.
pub(crate) async fn save(conn: &mut SqliteConnection, events: &[Event]) -> sqlx::Result<()> {
    for event in events {
        write(conn, SAVE_VERSION, event).await?;
        write(conn, SAVE, event).await?;
    }
    Ok(())
}

/// Every event as it is today, oldest first.
pub(crate) async fn all(readers: &SqlitePool) -> sqlx::Result<Vec<Event>> {
    let rows = sql(ALL).fetch_all(readers).await?;
    rows.iter().map(event_of).collect()
}

/// The events that had happened by `t`, oldest first. Then: each as it was known at `t`, and only those that were. Now: each as
/// it is known today, with the status that it had at `t`.
pub(crate) async fn at(
    readers: &SqlitePool,
    t: UtcMillis,
    knowledge: Knowledge,
) -> sqlx::Result<Vec<Event>> {
    let question = match knowledge {
        Knowledge::Then => sql(AT_THEN).bind(t.0),
        Knowledge::Now => sql(AT_NOW).bind(t.0),
    };
    let rows = question.fetch_all(readers).await?;
    rows.iter().map(event_of).collect()
}

/// Every version of an event that became known in `[t0, t1)`, in that order.
pub(crate) async fn versions(
    readers: &SqlitePool,
    t0: UtcMillis,
    t1: UtcMillis,
) -> sqlx::Result<Vec<Event>> {
    let rows = sql(VERSIONS)
        .bind(t0.0)
        .bind(t1.0)
        .fetch_all(readers)
        .await?;
    rows.iter().map(event_of).collect()
}

/// Forgets closed events last heard of before `older_than`, with their versions; open ones stay, however old.
pub(crate) async fn forget_closed(
    conn: &mut SqliteConnection,
    older_than: UtcMillis,
) -> sqlx::Result<()> {
    for statement in [FORGET_VERSIONS, FORGET_CLOSED] {
        sql(statement)
            .bind(older_than.0)
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

async fn write(
    conn: &mut SqliteConnection,
    statement: &'static str,
    event: &Event,
) -> sqlx::Result<()> {
    sql(statement)
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
        .bind(event.standing.as_str())
        .execute(&mut *conn)
        .await?;
    Ok(())
}

fn event_of(row: &SqliteRow) -> sqlx::Result<Event> {
    let level: String = row.try_get(4)?;
    let status: String = row.try_get(5)?;
    let standing: String = row.try_get(12)?;
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
        standing: Standing::from_word(&standing).unwrap_or_default(),
    })
}
