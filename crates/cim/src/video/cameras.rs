//! The cameras of a city's own file (`cameras.jsonl`): an item of a GB/T 28181 catalogue a line, with how each stands and looks.

use crate::Failure;
use cim_geo::Geodetic;
use cim_model::{Camera, CameraId, CameraStatus};
use cim_video::coverage::{CameraFacts, CameraKind};
use serde::Deserialize;
use serde_json::Value;
use std::{
    fs::File,
    io::{BufRead, BufReader, Read},
    path::Path,
};

/// The file's name in a city's folder.
const FILE: &str = "cameras.jsonl";
/// No line is longer, bytes.
const MOST_LINE: u64 = 64 << 10;

/// A camera of a city.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CityCamera {
    /// As a desk keeps it.
    pub(crate) camera: Camera,
    /// What it is.
    pub(crate) kind: CameraKind,
    /// As the file has it, and as a hub takes it.
    pub(crate) item: Value,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Line {
    #[serde(rename = "DeviceID")]
    device_id: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    status: String,
    longitude: f64,
    latitude: f64,
    height: f64,
    azimuth: f64,
    tilt: f64,
    fov: f64,
    range: f64,
    #[serde(default)]
    category: u8,
    #[serde(rename = "PTZType", default)]
    ptz_type: u8,
}

impl CityCamera {
    fn read(line: &str) -> Result<Self, String> {
        let item: Value = serde_json::from_str(line).map_err(|err| err.to_string())?;
        let read = Line::deserialize(&item).map_err(|err| err.to_string())?;
        if read.device_id.is_empty() || read.longitude.abs() > 180.0 || read.latitude.abs() > 90.0 {
            return Err("it has no DeviceID, or lies nowhere on the earth".to_owned());
        }
        let camera = Camera {
            name: if read.name.is_empty() {
                read.device_id.clone()
            } else {
                read.name
            },
            id: CameraId::new(read.device_id),
            position: Geodetic::new(read.longitude, read.latitude, read.height),
            azimuth_deg: read.azimuth,
            tilt_deg: read.tilt,
            fov_deg: read.fov,
            range_m: read.range,
            status: if read.status == "OFF" {
                CameraStatus::Off
            } else {
                CameraStatus::On
            },
            category: read.category,
            clips: Vec::new(),
        };
        Ok(Self {
            camera,
            kind: CameraKind::from_ptz_type(read.ptz_type),
            item,
        })
    }

    /// What is known of how it sees.
    pub(crate) fn facts(&self) -> CameraFacts {
        let Camera {
            position,
            azimuth_deg,
            tilt_deg,
            fov_deg,
            range_m,
            ..
        } = &self.camera;
        CameraFacts {
            at: *position,
            height_m: Some(position.height_m),
            azimuth_deg: Some(*azimuth_deg),
            tilt_deg: Some(*tilt_deg),
            h_fov_deg: Some(*fov_deg),
            range_m: Some(*range_m),
            kind: self.kind,
            ..CameraFacts::default()
        }
    }
}

/// The cameras of the city in `folder`; an error names the file and the line.
pub(crate) fn read(folder: &Path) -> Result<Vec<CityCamera>, Failure> {
    let path = folder.join(FILE);
    let file = File::open(&path).map_err(|err| {
        format!(
            "{} cannot be read: {err} (a city of `cim generate-city` has it)",
            path.display()
        )
    })?;
    let mut lines = BufReader::new(file);
    let mut cameras = Vec::new();
    let mut text = String::new();
    for number in 1_usize.. {
        text.clear();
        let length = lines.by_ref().take(MOST_LINE).read_line(&mut text)?;
        if length == 0 {
            break;
        }
        if text.trim().is_empty() {
            continue;
        }
        let camera = CityCamera::read(text.trim())
            .map_err(|reason| format!("{}, line {number}: {reason}", path.display()))?;
        cameras.push(camera);
    }
    Ok(cameras)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOME: &str = r#"{"DeviceID":"32039900001320007880","Name":"桂帆街与景楼路路口1号机","Status":"ON","Longitude":117.4026,"Latitude":34.0461,"Height":8.4,"Azimuth":211.9,"Tilt":15.0,"Fov":62.0,"Range":145.0,"Category":2,"PTZType":1,"Asset":"po00197-0"}"#;

    #[test]
    fn a_line_is_a_camera_that_a_hub_takes_as_it_is() {
        let read = CityCamera::read(DOME).expect("a camera");
        assert_eq!(read.kind, CameraKind::Dome);
        assert_eq!(read.camera.id.as_str(), "32039900001320007880");
        assert_eq!(read.item["Asset"], "po00197-0");
        let facts = read.facts();
        assert_eq!(facts.height_m.map(|metres| metres as i32), Some(8));
        assert!(facts.pixels.is_none() && facts.v_fov_deg.is_none());
    }

    #[test]
    fn a_broken_line_is_named() {
        assert!(CityCamera::read(&DOME.replace("117.4026", "317.4")).is_err());
        assert!(CityCamera::read(&DOME.replace("\"Height\":8.4,", "")).is_err());
        let folder = std::env::temp_dir().join(format!("cim-cameras-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join(FILE), format!("{DOME}\n\nbroken\n")).expect("a file");
        let told = read(&folder).expect_err("a broken line").to_string();
        assert!(told.contains("line 3"), "{told}");
        std::fs::write(folder.join(FILE), format!("{DOME}\n{DOME}\n")).expect("a file");
        assert_eq!(read(&folder).expect("cameras").len(), 2);
        std::fs::remove_dir_all(&folder).expect("the folder goes");
    }
}
