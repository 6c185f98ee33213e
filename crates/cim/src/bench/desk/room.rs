//! A hub and a desk that follows it, on this machine, with devices whose messages come through the hub's broker.

use super::super::latency::{open_desk, open_hub, wait_until_live};
use crate::{
    Failure,
    host::{MachineClock, instant, progress, runtime},
};
use cim_app::{
    Desk,
    wire::{AlarmPageDto, AlarmQueryDto, DeskUpdate},
};
use cim_hub::{
    Hub, SimulateError,
    load::{flood, make_things_in_order, publish_at},
};
use cim_model::TimeSource;
use serde_json::{Value, json};
use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{runtime::Runtime, sync::watch, task::JoinHandle};

/// A value below every limit, and values that make an alarm medium, high and critical.
pub(super) const USUAL: &str = "3.0";
pub(super) const MEDIUM: &str = "22.0";
pub(super) const HIGH: &str = "31.0";
pub(super) const CRITICAL: &str = "55.0";
/// An update comes at least once a second; a desk that is silent for so long is stuck.
const SILENT: Duration = Duration::from_secs(30);

/// The hub and the desk. The hub and the sensors are other machines' work: their tasks have threads of their own.
pub(super) struct Room {
    elsewhere: Runtime,
    runtime: Runtime,
    hub: Hub,
    pub(super) desk: Desk,
    pub(super) cache: PathBuf,
}

/// What a desk showed, as its window gets it.
pub(super) struct Shown {
    pub(super) update: Arc<DeskUpdate>,
    pub(super) page: AlarmPageDto,
    /// When both were ready for the window.
    pub(super) at: Instant,
    /// How long both are as JSON.
    pub(super) bytes: usize,
}

impl Room {
    /// Opens a hub with `things` devices, of which `body` is the `n`th's deep insert, and a desk that knows them all.
    pub(super) fn open(
        folder: &Path,
        things: u32,
        body: impl Fn(u32) -> Value,
    ) -> Result<Self, Failure> {
        let (elsewhere, runtime) = (runtime()?, runtime()?);
        let hub = elsewhere.block_on(open_hub(folder))?;
        elsewhere.block_on(make_things_in_order(
            &hub.http_address,
            things,
            body,
            |made| progress(&format!("{made} devices made")),
        ))?;
        let cache = folder.join("cache");
        let desk = runtime.block_on(open_desk(&cache, &hub))?;
        wait_until_live(&desk, things)?;
        Ok(Self {
            elsewhere,
            runtime,
            hub,
            desk,
            cache,
        })
    }

    /// Sends `count` messages as fast as the broker takes them.
    pub(super) fn send(
        &self,
        count: u64,
        message: impl FnMut(u64, &mut String, &mut String) + Send + 'static,
    ) -> JoinHandle<Result<Duration, SimulateError>> {
        let address = self.broker();
        self.elsewhere
            .spawn(async move { flood(&address, count, message).await })
    }

    /// Sends `per_s` messages a second while `goes_on` says so.
    pub(super) fn send_at(
        &self,
        per_s: f64,
        goes_on: impl FnMut() -> bool + Send + 'static,
        message: impl FnMut(u64, &mut String, &mut String) + Send + 'static,
    ) -> JoinHandle<Result<u64, SimulateError>> {
        let address = self.broker();
        self.elsewhere
            .spawn(async move { publish_at(&address, per_s, goes_on, message).await })
    }

    /// Waits for what was sent.
    pub(super) fn sent<T>(
        &self,
        sending: JoinHandle<Result<T, SimulateError>>,
    ) -> Result<T, Failure> {
        Ok(self.elsewhere.block_on(sending)??)
    }

    /// Waits for the next update, asks for the alarms that the window would ask for, and writes both for it.
    pub(super) fn next(
        &self,
        updates: &mut watch::Receiver<Arc<DeskUpdate>>,
        query: &AlarmQueryDto,
    ) -> Result<Shown, Failure> {
        self.runtime.block_on(async {
            let changed = updates.changed();
            tokio::time::timeout(SILENT, changed).await
        })??;
        let update = Arc::clone(&updates.borrow_and_update());
        let mut bytes = serde_json::to_vec(&*update)?.len();
        let page = self.desk.alarms(query);
        bytes += serde_json::to_vec(&page)?.len();
        Ok(Shown {
            update,
            page,
            at: instant(),
            bytes,
        })
    }

    /// Does something that the desk has to be waited for.
    pub(super) fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// Closes the desk, then the hub.
    pub(super) fn close(self) {
        self.runtime.block_on(self.desk.close());
        self.elsewhere.block_on(self.hub.stop());
    }

    fn broker(&self) -> String {
        self.hub
            .mqtt_address
            .trim_start_matches("mqtt://")
            .to_owned()
    }
}

/// Measures in a folder of its own, which goes afterwards.
pub(super) fn in_folder<T>(
    name: &str,
    measure: impl FnOnce(&Path) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let folder = std::env::temp_dir().join(format!("cim-bench-desk-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let measured = measure(&folder);
    std::fs::remove_dir_all(&folder).ok();
    measured
}

/// Writes a message: the series with this number says `value`, now.
pub(super) fn write(series: u64, value: &str, topic: &mut String, payload: &mut String) {
    let now = jiff::Timestamp::from_millisecond(MachineClock.now().0).unwrap_or_default();
    // Writing into a text cannot fail.
    write!(topic, "v1.1/Datastreams({series})/Observations").ok();
    write!(
        payload,
        r#"{{"phenomenonTime":"{now}","result":{value},"resultQuality":"good"}}"#
    )
    .ok();
}

/// The number of the series whose own limits an alarm is about; nothing for those of rules.
pub(super) fn series_of(alarm: &str) -> Option<u64> {
    alarm.split_once('@')?.0.parse().ok()
}

/// The deep insert of a device with `series` series, of the `n`th kind in turn.
pub(super) fn device(n: u32, series: u32, kinds: &[&str]) -> Value {
    let kind = kinds.get(n as usize % kinds.len().max(1)).copied();
    let (lon, lat) = (
        117.1 + f64::from(n % 100) * 2e-3,
        34.2 + f64::from(n / 100) * 2e-3,
    );
    let streams: Vec<Value> = (0..series)
        .map(|number| {
            json!({
                "name": format!("level {number}"), "description": "level",
                "observationType": "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",
                "unitOfMeasurement": {"name": "metre", "symbol": "m", "definition": "ucum:m"},
                // Nothing ages while this runs.
                "properties": {"period_s": 600, "limits": {"above_medium": 20, "above_high": 30, "above_critical": 50}},
                "Sensor": {"@iot.id": 1}, "ObservedProperty": {"@iot.id": 1}
            })
        })
        .collect();
    json!({
        "name": format!("device {n}"), "description": "device",
        "properties": {"kind": kind.unwrap_or("other"), "street": format!("street {}", n % 40)},
        "Locations": [{"name": "here", "description": "here", "encodingType": "application/geo+json",
            "location": {"type": "Point", "coordinates": [lon, lat]}}],
        "Datastreams": streams
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_for_its_series_and_its_alarm_is_called_after_it() {
        let (mut topic, mut payload) = (String::new(), String::new());
        write(12, HIGH, &mut topic, &mut payload);
        assert_eq!(topic, "v1.1/Datastreams(12)/Observations");
        assert!(payload.contains(r#""result":31.0"#), "{payload}");
        assert_eq!(series_of("12@1772409600000"), Some(12));
        assert_eq!(series_of("rule:alarms-everywhere/city@5"), None);
    }

    #[test]
    fn devices_are_of_all_kinds_and_have_their_series() {
        let kinds = ["gas", "air"];
        let of = |n: u32| device(n, 3, &kinds)["properties"]["kind"].clone();
        assert_eq!(
            (of(0), of(1), of(2)),
            (json!("gas"), json!("air"), json!("gas"))
        );
        let streams = device(0, 3, &kinds)["Datastreams"].clone();
        assert_eq!(streams.as_array().map(Vec::len), Some(3));
    }
}
