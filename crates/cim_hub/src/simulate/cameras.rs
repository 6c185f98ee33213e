//! Simulated cameras: along streets, with GB/T 28181 codes. What happens to them is in `ailing`.

use super::SimulateSettings;
use super::client::HubClient;
use super::model::{mix, unit};
use super::places::{CityPlaces, Place, hash_of};
use super::plane::Plane;
use crate::error::SimulateError;
use crate::iso::iso_from_millis;
use cim_model::{GbCode, UtcMillis};
use serde_json::{Value, json};

/// Centre of the codes: division 320300 and centre 00.
const CENTRE: u32 = 32_030_000;
/// Network camera.
const NETWORK_CAMERA: u16 = 132;
/// The share of cameras that are off.
pub(crate) const OFF_SHARE: f64 = 0.04;
/// What a camera notices is so far away, as a share of its range.
const SEEN_AT: f64 = 0.4;
/// Cameras in one request.
const AT_ONCE: usize = 100;

/// Every camera of the settings, as the hub takes it.
pub(crate) fn designed(
    settings: &SimulateSettings,
    city: &CityPlaces,
    start: UtcMillis,
) -> Vec<Value> {
    let places = city.for_cameras(settings.cameras, settings.seed);
    places
        .iter()
        .zip(1_u32..)
        .map(|(place, sequence)| camera(place, sequence, settings, start))
        .collect()
}

/// The city's own cameras with clips, as the hub takes them; none when none are asked for.
pub(crate) fn with_clips(
    cameras: Vec<Value>,
    settings: &SimulateSettings,
    start: UtcMillis,
) -> Vec<Value> {
    if settings.cameras == 0 {
        return Vec::new();
    }
    let mut cameras = cameras;
    for camera in &mut cameras {
        let Some(fields) = camera.as_object_mut() else {
            continue;
        };
        let id = fields.get("DeviceID").and_then(Value::as_str);
        let seed = mix(settings.seed, hash_of(id.unwrap_or_default()));
        let status = if unit(mix(seed, 4)) < OFF_SHARE {
            "OFF"
        } else {
            "ON"
        };
        let clips = clips(settings, seed, start);
        fields.insert("Status".to_owned(), Value::from(status));
        fields.insert("Clips".to_owned(), Value::Array(clips));
    }
    cameras
}

fn camera(place: &Place, sequence: u32, settings: &SimulateSettings, start: UtcMillis) -> Value {
    let seed = mix(settings.seed, u64::from(sequence));
    let draw = |purpose: u64| unit(mix(seed, purpose));
    let code = GbCode {
        centre: CENTRE,
        industry: 0,
        kind: NETWORK_CAMERA,
        network: 0,
        sequence,
    };
    let category = match draw(1) {
        d if d < 0.2 => 1,
        d if d < 0.7 => 2,
        _ => 3,
    };
    // Along the street one way or the other, and slightly across.
    let way = if draw(2) < 0.5 { 0.0 } else { 180.0 };
    let azimuth = (place.azimuth_deg + way + 24.0 * (draw(3) - 0.5)).rem_euclid(360.0);
    json!({
        "DeviceID": code.to_string(),
        "Name": format!("{} 摄像机 {sequence:03}", place.street),
        "Manufacturer": "Simulated",
        "CivilCode": "320300",
        "Status": if draw(4) < OFF_SHARE { "OFF" } else { "ON" },
        "Longitude": place.lon,
        "Latitude": place.lat,
        "Height": place.height_m,
        "Azimuth": azimuth.round(),
        "Tilt": (12.0 + 8.0 * draw(5)).round(),
        "Fov": 60.0,
        "Range": (60.0 + 90.0 * draw(6)).round(),
        "Category": category,
        "PTZType": ptz_type(draw(7)),
        "Clips": clips(settings, seed, start)
    })
}

/// A place in the middle of what a camera sees; `None` when it is off or nobody says where it looks.
pub(crate) fn looked_at(camera: &Value) -> Option<Place> {
    let number = |name: &str| camera.get(name).and_then(Value::as_f64);
    let text = |name: &str| camera.get(name).and_then(Value::as_str);
    if text("Status") != Some("ON") {
        return None;
    }
    let (lon, lat) = (number("Longitude")?, number("Latitude")?);
    let azimuth_deg = number("Azimuth")?;
    let (east, north) = azimuth_deg.to_radians().sin_cos();
    let away_m = number("Range")? * SEEN_AT;
    let plane = Plane::around(lon, lat);
    let [x, y] = plane.metres(lon, lat);
    let [lon, lat] = plane.degrees([x + away_m * east, y + away_m * north]);
    let name = text("Name")?;
    let street = name.split_once(" 摄像机").map_or_else(
        || {
            name.trim_end_matches("号机")
                .trim_end_matches(|letter: char| letter.is_ascii_digit())
        },
        |(street, _)| street,
    );
    Some(Place {
        lon,
        lat,
        height_m: 0.0,
        street: street.to_owned(),
        azimuth_deg,
        feature: text("DeviceID").unwrap_or_default().to_owned(),
    })
}

/// GB/T 28181: 1 dome, 3 fixed, 4 fixed that can be steered.
fn ptz_type(draw: f64) -> u8 {
    match draw {
        d if d < 0.35 => 1,
        d if d < 0.45 => 4,
        _ => 3,
    }
}

/// One clip or two, the newest first.
fn clips(settings: &SimulateSettings, seed: u64, start: UtcMillis) -> Vec<Value> {
    let all = &settings.clips;
    if all.is_empty() {
        return Vec::new();
    }
    let first = usize::try_from(mix(seed, 8) % all.len() as u64).unwrap_or(0);
    let count = if unit(mix(seed, 9)) < 0.5 { 1 } else { 2 };
    let clip = |n: usize| {
        let path = all.get((first + n) % all.len())?;
        let to = start.plus_seconds(-1800.0 * n as f64);
        Some(
            json!({"Path": path, "From": iso_from_millis(to.plus_seconds(-600.0)), "To": iso_from_millis(to)}),
        )
    };
    (0..count).filter_map(clip).collect()
}

/// Tells the hub of all cameras.
pub(crate) async fn register(hub: &HubClient, cameras: &[Value]) -> Result<(), SimulateError> {
    for some in cameras.chunks(AT_ONCE) {
        hub.post("/api/cameras", &json!({"items": some}), "cameras")
            .await?;
    }
    Ok(())
}

/// True for a camera that delivers nothing.
pub(crate) fn is_off(camera: &Value) -> bool {
    camera.get("Status").and_then(Value::as_str) == Some("OFF")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_camera_looks_at_lies_where_it_is_turned_to() {
        let camera = |status: &str, name: &str| {
            json!({"DeviceID": "1", "Name": name, "Status": status, "Longitude": 121.5, "Latitude": 31.2,
                "Azimuth": 90.0, "Range": 100.0})
        };
        let place = looked_at(&camera("ON", "中山路与人民路路口12号机")).expect("a place");
        let plane = Plane::around(121.5, 31.2);
        let [from, to] = [
            plane.metres(121.5, 31.2),
            plane.metres(place.lon, place.lat),
        ];
        assert!((to[0] - from[0] - 40.0).abs() < 0.01 && (to[1] - from[1]).abs() < 0.01);
        assert_eq!(place.street, "中山路与人民路路口");
        let other = looked_at(&camera("ON", "中山路 摄像机 001")).expect("a place");
        assert_eq!(other.street, "中山路");
        assert!(looked_at(&camera("OFF", "中山路 摄像机 001")).is_none());
        assert!(looked_at(&json!({"Status": "ON", "Name": "无名"})).is_none());
    }

    #[test]
    fn cameras_have_proper_codes_and_a_few_are_off() {
        let mut settings = SimulateSettings::new("http://127.0.0.1:1", "/nowhere");
        settings.clips = vec!["/clips/a.webm".to_owned(), "/clips/b.webm".to_owned()];
        let place = Place {
            lon: 121.5,
            lat: 31.2,
            height_m: 6.0,
            street: "中山路".to_owned(),
            azimuth_deg: 90.0,
            feature: String::new(),
        };
        let cameras: Vec<Value> = (1..=500)
            .map(|n| camera(&place, n, &settings, UtcMillis(0)))
            .collect();
        for camera in &cameras {
            let code =
                GbCode::parse(camera["DeviceID"].as_str().expect("text")).expect("20 digits");
            assert!(code.is_camera());
            let across = (camera["Azimuth"].as_f64().expect("a number") - 90.0).rem_euclid(180.0);
            assert!(
                across <= 13.0 || across >= 167.0,
                "along the street: {across}"
            );
            let clips = camera["Clips"].as_array().expect("a list").len();
            assert!((1..=2).contains(&clips));
        }
        let steered = cameras
            .iter()
            .filter(|camera| camera["PTZType"] != 3)
            .count();
        assert!((150..300).contains(&steered), "{steered}");
        let off = cameras.iter().filter(|camera| is_off(camera)).count();
        assert!((5..50).contains(&off), "{off}");
    }
}
