//! The past: fills the hub with what the devices would have reported before the simulator began.

use super::SimulateSettings;
use super::client::HubClient;
use super::model::Sample;
use super::setup::Device;
use crate::error::SimulateError;
use crate::iso::{iso_from_millis, millis_from_iso};
use cim_model::{Quality, UtcMillis};
use serde_json::{Value, json};

/// Minutes between two values of the past.
const STEP_MS: i64 = 15 * 60_000;
/// Devices in one request.
const DEVICES_AT_ONCE: usize = 50;
/// Devices that are asked how far their history reaches.
const ASKED: usize = 3;

/// Fills in what the hub doesn't have yet, up to `start`.
pub(crate) async fn fill(
    hub: &HubClient,
    settings: &SimulateSettings,
    devices: &[Device],
    start: UtcMillis,
) -> Result<(), SimulateError> {
    let oldest = start.plus_seconds(-settings.backfill_hours.max(0.0) * 3600.0);
    let reached = reached(hub, devices, oldest).await?;
    for some in devices.chunks(DEVICES_AT_ONCE) {
        let group =
            |device: &Device| group(device, if device.is_old { reached } else { oldest }, start);
        let groups: Vec<Value> = some.iter().filter_map(group).collect();
        if !groups.is_empty() {
            hub.post("/v1.1/CreateObservations", &Value::Array(groups), "history")
                .await?;
        }
    }
    Ok(())
}

/// The newest moment of which devices of an earlier run have values.
async fn reached(
    hub: &HubClient,
    devices: &[Device],
    oldest: UtcMillis,
) -> Result<UtcMillis, SimulateError> {
    let mut newest = oldest;
    for device in devices.iter().filter(|device| device.is_old).take(ASKED) {
        let path = format!(
            "/v1.1/Datastreams({})/Observations?$orderby=phenomenonTime%20desc&$top=1",
            device.datastream
        );
        let page = hub.get(&path, "a question about history").await?;
        let time = page
            .pointer("/value/0/phenomenonTime")
            .and_then(Value::as_str)
            .and_then(millis_from_iso);
        newest = newest.max(time.unwrap_or(oldest));
    }
    Ok(newest)
}

/// A device's past values as one group of a `dataArray` request.
fn group(device: &Device, after: UtcMillis, until: UtcMillis) -> Option<Value> {
    let first = after.0.div_euclid(STEP_MS) + 1;
    let last = until.0.div_euclid(STEP_MS);
    let row = |step: i64| {
        let moment = UtcMillis(step * STEP_MS);
        let sample = device.model.report(moment)?;
        Some(json!([
            iso_from_millis(moment),
            sample.value,
            quality_word(&sample)
        ]))
    };
    let rows: Vec<Value> = (first..=last).filter_map(row).collect();
    (!rows.is_empty()).then(|| {
        json!({
            "Datastream": {"@iot.id": device.datastream},
            "components": ["phenomenonTime", "result", "resultQuality"],
            "dataArray@iot.count": rows.len(),
            "dataArray": rows
        })
    })
}

/// `resultQuality`; good values need no word.
pub(crate) fn quality_word(sample: &Sample) -> Option<&'static str> {
    match sample.quality {
        Quality::Good => None,
        Quality::Suspect => Some("suspect"),
        Quality::Estimated => Some("estimated"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::kinds::Quantity;
    use super::super::model::Model;
    use super::*;

    #[test]
    fn a_day_of_history_has_a_value_every_quarter_of_an_hour() {
        let model = Model::new(Quantity::Sound, 3, 4, 0);
        let device = Device {
            is_old: false,
            ..Device::at(9, model)
        };
        let start = UtcMillis(1_760_000_000_000);
        let group = group(&device, start.plus_seconds(-86_400.0), start).expect("values");
        let count = group["dataArray"].as_array().expect("rows").len();
        assert!((90..=97).contains(&count), "{count}");
        assert_eq!(group["Datastream"]["@iot.id"], 9);
    }

    #[test]
    fn nothing_is_missing_right_after_a_restart() {
        let model = Model::new(Quantity::Sound, 3, 4, 0);
        let device = Device {
            is_old: true,
            ..Device::at(9, model)
        };
        let start = UtcMillis(STEP_MS * 1000 + 5000);
        assert_eq!(group(&device, start.plus_seconds(-2.0), start), None);
    }
}
