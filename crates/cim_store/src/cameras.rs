//! Tables `cameras` and `clips`: the unified catalogue as the hub last listed it.

use crate::statement::sql;
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

/// Adds `cameras`, replacing those with the same identity and all their clips.
pub(crate) async fn save(conn: &mut SqliteConnection, cameras: &[Camera]) -> sqlx::Result<()> {
    for camera in cameras {
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
        status: if is_on == 0 {
            CameraStatus::Off
        } else {
            CameraStatus::On
        },
        category: u8::try_from(category).unwrap_or_default(),
        clips: clips.remove(&id).unwrap_or_default(),
        id: CameraId::new(id),
    })
}
