//! Devices and cameras that a city brings along: `things.jsonl` and `cameras.jsonl` in its folder, one JSON object a line.
//!
//! Broken lines are logged and left out; a file that is not there is no error.

use super::kinds::Quantity;
use crate::error::SimulateError;
use serde::Deserialize;
use serde_json::Value;
use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind};
use std::path::Path;

/// Lines of one file that are read; what follows is left out with a warning.
const MOST_LINES: usize = 200_000;

/// What a city brings along.
#[derive(Clone, Debug, Default)]
pub(crate) struct Own {
    /// Its devices.
    pub(crate) things: Vec<OwnThing>,
    /// Its cameras, as catalogue items.
    pub(crate) cameras: Vec<Value>,
}

/// A device of the city's own.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct OwnThing {
    /// Its identity code.
    pub(crate) id: String,
    /// What people call it.
    pub(crate) name: String,
    /// Its English name.
    pub(crate) name_en: String,
    /// What it measures.
    pub(crate) quantity: Quantity,
    /// Longitude.
    pub(crate) lon: f64,
    /// Latitude.
    pub(crate) lat: f64,
    /// Height above ground, metres.
    pub(crate) height_m: f64,
    /// The street that it stands at.
    pub(crate) street: String,
    /// The feature that it is on.
    pub(crate) asset: String,
}

#[derive(Deserialize)]
struct ThingLine {
    id: String,
    name: String,
    #[serde(default)]
    name_en: String,
    quantity: String,
    lon: f64,
    lat: f64,
    #[serde(default)]
    height_m: f64,
    #[serde(default)]
    street: String,
    #[serde(default)]
    asset: String,
}

/// Reads what the city in a folder brings along.
pub(crate) fn read(folder: &Path) -> Result<Own, SimulateError> {
    Ok(Own {
        things: lines_of(&folder.join("things.jsonl"), thing_from)?,
        cameras: lines_of(&folder.join("cameras.jsonl"), camera_from)?,
    })
}

fn lines_of<T>(
    path: &Path,
    item_from: impl Fn(&str) -> Result<T, String>,
) -> Result<Vec<T>, SimulateError> {
    let unreadable = |err: std::io::Error| SimulateError::City {
        reason: err.to_string(),
        path: path.to_path_buf(),
    };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(err) if err.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(err) => return Err(unreadable(err)),
    };
    let mut items = Vec::new();
    let mut broken = 0_usize;
    for (index, line) in BufReader::new(file).lines().enumerate() {
        let line = line.map_err(unreadable)?;
        if items.len() >= MOST_LINES {
            tracing::warn!(most = MOST_LINES, path = %path.display(), "only the first lines are used");
            break;
        }
        if line.trim().is_empty() {
            continue;
        }
        match item_from(&line) {
            Ok(item) => items.push(item),
            Err(reason) => {
                broken += 1;
                if broken == 1 {
                    tracing::warn!(line = index + 1, reason, path = %path.display(), "a line is left out");
                }
            }
        }
    }
    if broken > 0 {
        tracing::warn!(broken, path = %path.display(), "lines are left out");
    }
    Ok(items)
}

fn thing_from(line: &str) -> Result<OwnThing, String> {
    let read: ThingLine = serde_json::from_str(line).map_err(|err| err.to_string())?;
    let quantity = Quantity::from_word(&read.quantity)
        .ok_or_else(|| format!("nothing is known of the quantity {}", read.quantity))?;
    if read.id.is_empty() || read.lon.abs() > 180.0 || read.lat.abs() > 90.0 {
        return Err("it has no id, or lies nowhere on Earth".to_owned());
    }
    Ok(OwnThing {
        id: read.id,
        name: read.name,
        name_en: read.name_en,
        quantity,
        lon: read.lon,
        lat: read.lat,
        height_m: read.height_m,
        street: read.street,
        asset: read.asset,
    })
}

fn camera_from(line: &str) -> Result<Value, String> {
    let camera: Value = serde_json::from_str(line).map_err(|err| err.to_string())?;
    let has_id = camera
        .get("DeviceID")
        .and_then(Value::as_str)
        .is_some_and(|id| !id.is_empty());
    let number = |name: &str, limit: f64| {
        camera
            .get(name)
            .and_then(Value::as_f64)
            .is_some_and(|value| value.abs() <= limit)
    };
    if has_id && number("Longitude", 180.0) && number("Latitude", 90.0) {
        Ok(camera)
    } else {
        Err("it has no DeviceID, or lies nowhere on Earth".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GAUGE: &str = r#"{"id":"3203992110000192","name":"云湖大道压力计","name_en":"Yunhu Avenue Pressure Gauge","quantity":"water_pressure","lon":117.43,"lat":34.07,"height_m":0.2,"street":"云湖大道","asset":"vaw00003","normal":[0.24,0.46]}"#;

    #[test]
    fn a_device_is_read_and_broken_ones_are_named() {
        let gauge = thing_from(GAUGE).expect("a device");
        assert_eq!(
            (gauge.quantity, gauge.asset.as_str()),
            (Quantity::WaterPressure, "vaw00003")
        );
        let unknown = GAUGE.replace("water_pressure", "colour");
        assert!(
            thing_from(&unknown)
                .expect_err("unknown")
                .contains("colour")
        );
        assert!(thing_from(&GAUGE.replace("117.43", "417.43")).is_err());
        assert!(thing_from("{\"id\"").is_err());
        assert!(camera_from("{\"DeviceID\":\"3203\",\"Longitude\":117.4}").is_err());
    }

    #[test]
    fn a_city_without_files_of_its_own_brings_nothing() {
        let own = read(Path::new("/nowhere/at/all")).expect("no error");
        assert!(own.things.is_empty() && own.cameras.is_empty());
    }
}
