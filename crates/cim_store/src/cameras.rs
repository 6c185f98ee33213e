//! Tables `cameras` and `clips`: the unified catalogue as the hub last listed it.

use crate::{
    facts::{self, Fact, known_until},
    row::Knowledge,
    statement::sql,
};
use cim_geo::Geodetic;
use cim_model::{Camera, CameraId, CameraStatus, Clip, UtcMillis};
use sqlx::{Row, SqliteConnection, SqlitePool, sqlite::SqliteRow};
use std::collections::BTreeMap;

const SAVE: &str = "INSERT INTO cameras (id, name, lon_deg, lat_deg, height_m, azimuth_deg, tilt_deg, fov_deg, range_m, is_on, category)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
ON CONFLICT (id) DO UPDATE SET name = excluded.name, lon_deg = excluded.lon_deg, lat_deg = excluded.lat_deg,
  height_m = excluded.height_m, azimuth_deg = excluded.azimuth_deg, tilt_deg = excluded.tilt_deg, fov_deg = excluded.fov_deg,
  range_m = excluded.range_m, is_on = excluded.is_on, category = excluded.category";

const FORGET_CLIPS: &str = "DELETE FROM clips WHERE camera = ?1";
const SAVE_CLIP: &str =
    "INSERT INTO clips (camera, rank, path, from_ms, to_ms) VALUES (?1, ?2, ?3, ?4, ?5)";

const ALL: &str = "SELECT id, name, lon_deg, lat_deg, height_m, azimuth_deg, tilt_deg, fov_deg, range_m, is_on, category
FROM cameras ORDER BY id";
const ALL_CLIPS: &str = "SELECT camera, path, from_ms, to_ms FROM clips ORDER BY camera, rank";

const STATUS: &str = "SELECT is_on FROM cameras WHERE id = ?1";

// What it was changed to last; else, what it must have been before the first change that does not count yet; else, as it is.
const STATUS_AT: &str = "SELECT c.id, c.is_on,
  (SELECT f.body FROM facts f WHERE f.subject = c.id AND f.verb = 'camera_status' AND f.happened_at <= ?1 AND f.known_at <= ?2
   ORDER BY f.happened_at DESC, f.known_at DESC LIMIT 1),
  (SELECT f.body FROM facts f WHERE f.subject = c.id AND f.verb = 'camera_status' AND (f.happened_at > ?1 OR f.known_at > ?2)
   ORDER BY f.happened_at, f.known_at LIMIT 1)
FROM cameras c ORDER BY c.id";

/// The verb of a fact that tells that a camera went on or off; its body is `{"on": bool}`.
const STATUS_CHANGED: &str = "camera_status";
/// The author of what the store notices in a catalogue.
const NOTICED: &str = "rule:catalogue";

/// Adds `cameras`, replacing those with the same identity and all their clips. One that went on or off since it was saved
/// last leaves a fact that happened `at`.
pub(crate) async fn save(
    conn: &mut SqliteConnection,
    cameras: &[Camera],
    at: UtcMillis,
) -> sqlx::Result<()> {
    for camera in cameras {
        note_status(conn, camera, at).await?;
        sql(SAVE)
            .bind(camera.id.as_str())
            .bind(camera.name.as_str())
            .bind(camera.position.lon_deg)
            .bind(camera.position.lat_deg)
            .bind(camera.position.height_m)
            .bind(camera.azimuth_deg)
            .bind(camera.tilt_deg)
            .bind(camera.fov_deg)
            .bind(camera.range_m)
            .bind(i64::from(camera.status == CameraStatus::On))
            .bind(i64::from(camera.category))
            .execute(&mut *conn)
            .await?;
        save_clips(conn, camera).await?;
    }
    Ok(())
}

/// Every camera with the status that it had at `t`, by identity.
pub(crate) async fn states_at(
    readers: &SqlitePool,
    t: UtcMillis,
    knowledge: Knowledge,
) -> sqlx::Result<Vec<(CameraId, CameraStatus)>> {
    let rows = sql(STATUS_AT)
        .bind(t.0)
        .bind(known_until(t, knowledge))
        .fetch_all(readers)
        .await?;
    let state_of = |row: &SqliteRow| -> sqlx::Result<(CameraId, CameraStatus)> {
        let is_on: i64 = row.try_get(1)?;
        let before: Option<String> = row.try_get(2)?;
        let after: Option<String> = row.try_get(3)?;
        let was_on = before.as_deref().and_then(is_on_of);
        let comes_on = after.as_deref().and_then(is_on_of);
        let is_on = was_on.or(comes_on.map(|on| !on)).unwrap_or(is_on != 0);
        Ok((
            CameraId::new(row.try_get::<String, _>(0)?),
            status_of(is_on),
        ))
    };
    rows.iter().map(state_of).collect()
}

async fn note_status(
    conn: &mut SqliteConnection,
    camera: &Camera,
    at: UtcMillis,
) -> sqlx::Result<()> {
    let stored = sql(STATUS)
        .bind(camera.id.as_str())
        .fetch_optional(&mut *conn)
        .await?;
    let Some(stored) = stored else {
        return Ok(());
    };
    let was_on: i64 = stored.try_get(0)?;
    if status_of(was_on != 0) == camera.status {
        return Ok(());
    }
    let is_on = camera.status == CameraStatus::On;
    let fact = Fact {
        id: format!("{}#{STATUS_CHANGED}#{}#{is_on}", camera.id, at.0),
        happened_at: at,
        known_at: at,
        author: NOTICED.to_owned(),
        subject: camera.id.to_string(),
        verb: STATUS_CHANGED.to_owned(),
        body: format!(r#"{{"on":{is_on}}}"#),
        cause: String::new(),
    };
    facts::save(conn, &fact).await
}

/// What the body of a fact about a camera's status says.
fn is_on_of(body: &str) -> Option<bool> {
    serde_json::from_str::<serde_json::Value>(body)
        .ok()?
        .get("on")?
        .as_bool()
}

fn status_of(is_on: bool) -> CameraStatus {
    if is_on {
        CameraStatus::On
    } else {
        CameraStatus::Off
    }
}

async fn save_clips(conn: &mut SqliteConnection, camera: &Camera) -> sqlx::Result<()> {
    sql(FORGET_CLIPS)
        .bind(camera.id.as_str())
        .execute(&mut *conn)
        .await?;
    for (rank, clip) in camera.clips.iter().enumerate() {
        sql(SAVE_CLIP)
            .bind(camera.id.as_str())
            .bind(rank as i64)
            .bind(clip.path.as_str())
            .bind(clip.from.0)
            .bind(clip.to.0)
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

/// Every camera with its clips, by identity.
pub(crate) async fn all(readers: &SqlitePool) -> sqlx::Result<Vec<Camera>> {
    let mut clips: BTreeMap<String, Vec<Clip>> = BTreeMap::new();
    for row in &sql(ALL_CLIPS).fetch_all(readers).await? {
        let clip = Clip {
            path: row.try_get(1)?,
            from: UtcMillis(row.try_get(2)?),
            to: UtcMillis(row.try_get(3)?),
        };
        clips.entry(row.try_get(0)?).or_default().push(clip);
    }
    let rows = sql(ALL).fetch_all(readers).await?;
    rows.iter().map(|row| camera_of(row, &mut clips)).collect()
}

fn camera_of(row: &SqliteRow, clips: &mut BTreeMap<String, Vec<Clip>>) -> sqlx::Result<Camera> {
    let id: String = row.try_get(0)?;
    let is_on: i64 = row.try_get(9)?;
    let category: i64 = row.try_get(10)?;
    Ok(Camera {
        name: row.try_get(1)?,
        position: Geodetic {
            lon_deg: row.try_get(2)?,
            lat_deg: row.try_get(3)?,
            height_m: row.try_get(4)?,
        },
        azimuth_deg: row.try_get(5)?,
        tilt_deg: row.try_get(6)?,
        fov_deg: row.try_get(7)?,
        range_m: row.try_get(8)?,
        status: status_of(is_on != 0),
        category: u8::try_from(category).unwrap_or_default(),
        clips: clips.remove(&id).unwrap_or_default(),
        id: CameraId::new(id),
    })
}
