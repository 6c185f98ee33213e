//! Table `things`: sensing devices as the hub last listed them.

use crate::statement::sql;
use cim_geo::Geodetic;
use cim_model::{SensorKind, Thing, ThingId};
use sqlx::{Row, SqliteConnection, SqlitePool, sqlite::SqliteRow};

const SAVE: &str = "INSERT INTO things (id, name, description, kind, lon_deg, lat_deg, height_m, properties)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT (id) DO UPDATE SET name = excluded.name, description = excluded.description, kind = excluded.kind,
  lon_deg = excluded.lon_deg, lat_deg = excluded.lat_deg, height_m = excluded.height_m, properties = excluded.properties";

const ALL: &str = "SELECT id, name, description, kind, lon_deg, lat_deg, height_m, properties FROM things ORDER BY id";

/// Adds `things`, replacing those with the same identity.
pub(crate) async fn save(conn: &mut SqliteConnection, things: &[Thing]) -> sqlx::Result<()> {
    for thing in things {
        let properties = serde_json::to_string(&thing.properties)
            .map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
        sql(SAVE)
            .bind(thing.id.as_str())
            .bind(thing.name.as_str())
            .bind(thing.description.as_str())
            .bind(thing.kind.as_str())
            .bind(thing.position.lon_deg)
            .bind(thing.position.lat_deg)
            .bind(thing.position.height_m)
            .bind(properties)
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

/// Every thing, by identity.
pub(crate) async fn all(readers: &SqlitePool) -> sqlx::Result<Vec<Thing>> {
    sql(ALL)
        .fetch_all(readers)
        .await?
        .iter()
        .map(thing_of)
        .collect()
}

fn thing_of(row: &SqliteRow) -> sqlx::Result<Thing> {
    let properties: String = row.try_get(7)?;
    let kind: String = row.try_get(3)?;
    Ok(Thing {
        id: ThingId::new(row.try_get::<String, _>(0)?),
        name: row.try_get(1)?,
        description: row.try_get(2)?,
        kind: SensorKind::from_word(&kind),
        position: Geodetic {
            lon_deg: row.try_get(4)?,
            lat_deg: row.try_get(5)?,
            height_m: row.try_get(6)?,
        },
        properties: serde_json::from_str(&properties)
            .map_err(|error| sqlx::Error::Decode(Box::new(error)))?,
    })
}
