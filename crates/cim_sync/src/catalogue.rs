//! Cameras as the hub lists them: the field names are those of a GB/T 28181 catalogue, with angles added.

use crate::{Rejection, events::items_of, iso, json};
use cim_geo::Geodetic;
use cim_model::{Camera, CameraId, CameraStatus, Clip};
use serde_json::Value;

/// Where a camera looks when its catalogue does not say: level, a usual lens, as far as a street is wide.
const USUAL_FOV_DEG: f64 = 60.0;
const USUAL_RANGE_M: f64 = 80.0;
const USUAL_HEIGHT_M: f64 = 6.0;

/// Some cameras, and what could not be used.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CamerasPage {
    /// What could be used.
    pub cameras: Vec<Camera>,
    /// What could not.
    pub rejected: Vec<Rejection>,
    /// How many items the page had, usable or not.
    pub items: u64,
    /// How many cameras the hub has in all, when it says so.
    pub total: Option<u64>,
}

/// Reads `{"total":n,"items":[…]}`, a bare list, or a single camera.
pub fn cameras_page(bytes: &[u8]) -> Result<CamerasPage, Rejection> {
    let value = json::parse(bytes)?;
    let items = items_of(&value);
    let mut page = CamerasPage {
        items: items.len() as u64,
        total: value.get("total").and_then(Value::as_u64),
        ..CamerasPage::default()
    };
    for (index, item) in items.iter().enumerate() {
        match camera_of(item, &format!("$.items[{index}]"), &mut page.rejected) {
            Ok(camera) => page.cameras.push(camera),
            Err(rejection) => page.rejected.push(rejection),
        }
    }
    Ok(page)
}

fn camera_of(
    value: &Value,
    place: &str,
    rejected: &mut Vec<Rejection>,
) -> Result<Camera, Rejection> {
    let reject = |field: &str, reason: &str| Rejection::new(format!("{place}.{field}"), reason);
    let id = json::identity(value, "DeviceID")
        .ok_or_else(|| reject("DeviceID", "an identity is expected"))?;
    let lon_deg = json::number(value, "Longitude")
        .ok_or_else(|| reject("Longitude", "degrees are expected"))?;
    let lat_deg = json::number(value, "Latitude")
        .ok_or_else(|| reject("Latitude", "degrees are expected"))?;
    if !json::on_earth(lon_deg, lat_deg) {
        return Err(reject("Longitude", "not on the earth"));
    }
    let name = json::text(value, "Name");
    let number = |field: &str, usual: f64| json::number(value, field).unwrap_or(usual);
    let category = value
        .get("Category")
        .and_then(Value::as_u64)
        .unwrap_or_default();
    Ok(Camera {
        name: if name.is_empty() {
            id.clone()
        } else {
            name.to_owned()
        },
        id: CameraId::new(&id),
        position: Geodetic {
            lon_deg,
            lat_deg,
            height_m: number("Height", USUAL_HEIGHT_M),
        },
        azimuth_deg: number("Azimuth", 0.0).rem_euclid(360.0),
        tilt_deg: number("Tilt", 0.0).clamp(-90.0, 90.0),
        fov_deg: number("Fov", USUAL_FOV_DEG).clamp(1.0, 360.0),
        range_m: number("Range", USUAL_RANGE_M).max(0.0),
        status: if json::text(value, "Status").eq_ignore_ascii_case("OFF") {
            CameraStatus::Off
        } else {
            CameraStatus::On
        },
        category: u8::try_from(category).unwrap_or_default(),
        clips: clips_of(value, place, rejected),
    })
}

/// The clips of a camera, newest first; a broken one is left out and the camera stays.
fn clips_of(camera: &Value, place: &str, rejected: &mut Vec<Rejection>) -> Vec<Clip> {
    let items = camera
        .get("Clips")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let mut clips = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        match clip_of(item, &format!("{place}.Clips[{index}]")) {
            Ok(clip) => clips.push(clip),
            Err(rejection) => rejected.push(rejection),
        }
    }
    clips.sort_by_key(|clip| std::cmp::Reverse(clip.from));
    clips
}

fn clip_of(value: &Value, place: &str) -> Result<Clip, Rejection> {
    Ok(Clip {
        path: json::required_text(value, "Path", place)?.to_owned(),
        from: iso::moment_in(value, "From", place)?,
        to: iso::moment_in(value, "To", place)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use cim_model::UtcMillis;

    const GOOD: &str = r#"{"DeviceID":"31010100001320000017","Name":"外滩 17","CivilCode":"310101","Status":"OFF","Longitude":121.49,
        "Latitude":31.24,"Height":7.5,"Azimuth":-90,"Tilt":12,"Fov":60,"Range":120,"Category":2,
        "Clips":[{"Path":"/clips/a.webm","From":"1970-01-01T00:00:01Z","To":"1970-01-01T00:00:02Z"},
                 {"Path":"/clips/b.webm","From":"1970-01-01T00:00:03Z","To":"1970-01-01T00:00:04Z"}]}"#;

    #[test]
    fn a_camera_is_read_with_its_clips_newest_first() {
        let page = cameras_page(format!(r#"{{"total":9,"items":[{GOOD}]}}"#).as_bytes())
            .expect("readable");
        assert_eq!(
            (page.total, page.items, page.rejected),
            (Some(9), 1, vec![])
        );
        let camera = &page.cameras[0];
        assert_eq!(
            (camera.name.as_str(), camera.status, camera.category),
            ("外滩 17", CameraStatus::Off, 2)
        );
        assert!((camera.azimuth_deg - 270.0).abs() < 1e-9);
        assert_eq!(
            camera
                .clips
                .iter()
                .map(|clip| clip.from)
                .collect::<Vec<_>>(),
            [UtcMillis(3000), UtcMillis(1000)]
        );
    }

    #[test]
    fn what_is_missing_gets_a_usual_value() {
        let page =
            cameras_page(br#"{"DeviceID":17,"Longitude":1,"Latitude":2}"#).expect("readable");
        let camera = &page.cameras[0];
        assert_eq!(
            (camera.id.as_str(), camera.name.as_str(), camera.status),
            ("17", "17", CameraStatus::On)
        );
        assert!((camera.fov_deg - USUAL_FOV_DEG).abs() < 1e-9);
    }

    #[track_caller]
    fn check_rejected(from: &str, to: &str, place: &str, cameras_left: usize) {
        let page =
            cameras_page(format!("[{}]", GOOD.replace(from, to)).as_bytes()).expect("readable");
        assert_eq!(page.cameras.len(), cameras_left);
        assert_eq!(
            page.rejected
                .iter()
                .map(|r| r.place.as_str())
                .collect::<Vec<_>>(),
            [place]
        );
    }

    #[test]
    fn what_is_broken_is_rejected_with_its_place() {
        check_rejected(
            r#""DeviceID":"31010100001320000017""#,
            r#""DeviceID":[]"#,
            "$.items[0].DeviceID",
            0,
        );
        check_rejected(
            r#""Longitude":121.49"#,
            r#""Longitude":999"#,
            "$.items[0].Longitude",
            0,
        );
        check_rejected(
            "1970-01-01T00:00:03Z",
            "noon",
            "$.items[0].Clips[1].From",
            1,
        );
    }
}
