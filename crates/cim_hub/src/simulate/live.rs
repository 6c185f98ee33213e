//! The present: every device reports once a period over MQTT, all of them spread evenly over it.

use super::SimulateSettings;
use super::history::quality_word;
use super::setup::Device;
use crate::error::SimulateError;
use crate::hub::{BrokerAddress, connection};
use crate::iso::iso_from_millis;
use crate::sensorthings::topic_of;
use cim_model::{TimeSource, UtcMillis};
use rumqttc::{AsyncClient, EventLoop, PublishOptions};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How often is looked for devices whose turn has come.
const TICK: Duration = Duration::from_millis(25);
/// The same when values travel in batches.
const BATCH_TICK: Duration = Duration::from_secs(1);
/// Values in one batch message.
const BATCH_VALUES: usize = 1000;
/// Messages that may wait for the broker; then the devices wait too, and leave out turns that they missed.
const MAX_WAITING: usize = 2000;
/// The pause before a lost broker is tried again.
const RECONNECT_PAUSE: Duration = Duration::from_millis(700);

/// Publishes until stopped. A lost broker is tried again and again; nothing else ends it.
pub(crate) async fn publish(
    settings: &SimulateSettings,
    devices: &[Device],
    broker: &BrokerAddress,
    time: Arc<dyn TimeSource>,
    stop: watch::Receiver<bool>,
) -> Result<(), SimulateError> {
    let start = time.now();
    let client_id = format!("cim-simulate-{}-{}", settings.seed, start.0);
    let (client, events) =
        connection(broker, &client_id, MAX_WAITING).map_err(|reason| SimulateError::Hub {
            what: "MQTT",
            reason,
            url: broker.url(),
        })?;
    let turns = Turns {
        start,
        period_ms: settings.period_s() * 1000.0,
        devices: devices.len() as u64,
    };
    let reporting = report(settings.batch, devices, turns, &client, time, stop.clone());
    tokio::join!(keep_connected(events, stop), reporting);
    Ok(())
}

/// Whose turn it is: the `n`th report is the `n mod devices`th device's.
#[derive(Clone, Copy, Debug)]
struct Turns {
    start: UtcMillis,
    period_ms: f64,
    devices: u64,
}

impl Turns {
    /// How many reports are due up to `now`.
    fn due(&self, now: UtcMillis) -> u64 {
        let elapsed = now.0.saturating_sub(self.start.0).max(0) as f64;
        (elapsed * self.devices as f64 / self.period_ms) as u64
    }

    /// When the `n`th report is due.
    fn moment(&self, n: u64) -> UtcMillis {
        UtcMillis(self.start.0 + (n as f64 * self.period_ms / self.devices as f64) as i64)
    }

    /// The device of the `n`th report.
    fn device(&self, n: u64) -> usize {
        usize::try_from(n % self.devices.max(1)).unwrap_or(0)
    }
}

async fn report(
    batch: bool,
    devices: &[Device],
    turns: Turns,
    client: &AsyncClient,
    time: Arc<dyn TimeSource>,
    mut stop: watch::Receiver<bool>,
) {
    let mut ticks = tokio::time::interval(if batch { BATCH_TICK } else { TICK });
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut next = 0;
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        let due = turns.due(time.now());
        if due.saturating_sub(next) > turns.devices {
            // More than a whole period behind: the broker was away. Missed turns are left out.
            next = due - turns.devices;
        }
        let sending = async {
            if batch {
                send_batches(devices, turns, next..due, client).await;
            } else {
                send(devices, turns, next..due, client).await;
            }
        };
        tokio::select! {
            () = sending => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        next = due.max(next);
    }
}

async fn send(devices: &[Device], turns: Turns, due: std::ops::Range<u64>, client: &AsyncClient) {
    for n in due {
        let Some(device) = devices.get(turns.device(n)) else {
            continue;
        };
        let moment = turns.moment(n);
        let Some(sample) = device.model.report(moment) else {
            continue;
        };
        let mut message =
            json!({"result": sample.value, "phenomenonTime": iso_from_millis(moment)});
        if let (Some(word), Some(fields)) = (quality_word(&sample), message.as_object_mut()) {
            fields.insert("resultQuality".to_owned(), Value::from(word));
        }
        let sent = client
            .publish(
                topic_of(device.datastream),
                message.to_string(),
                PublishOptions::at_most_once(),
            )
            .await;
        if let Err(err) = sent {
            tracing::debug!(reason = %err, "a value is not sent");
        }
    }
}

async fn send_batches(
    devices: &[Device],
    turns: Turns,
    due: std::ops::Range<u64>,
    client: &AsyncClient,
) {
    let group = |n: u64| {
        let device = devices.get(turns.device(n))?;
        let moment = turns.moment(n);
        let sample = device.model.report(moment)?;
        Some(json!({
            "Datastream": {"@iot.id": device.datastream},
            "components": ["phenomenonTime", "result", "resultQuality"],
            "dataArray": [[iso_from_millis(moment), sample.value, quality_word(&sample)]]
        }))
    };
    let groups: Vec<Value> = due.filter_map(group).collect();
    for some in groups.chunks(BATCH_VALUES) {
        let message = Value::from(some).to_string();
        if let Err(err) = client
            .publish(
                "v1.1/CreateObservations",
                message,
                PublishOptions::at_least_once(),
            )
            .await
        {
            tracing::debug!(reason = %err, "values are not sent");
        }
    }
}

async fn keep_connected(mut events: EventLoop, mut stop: watch::Receiver<bool>) {
    let mut is_lost = false;
    loop {
        let event = tokio::select! {
            event = events.poll() => event,
            _ = stop.wait_for(|stop| *stop) => return,
        };
        match event {
            Ok(_) => is_lost = false,
            Err(err) => {
                if !is_lost {
                    tracing::warn!(reason = %err, "the broker is not reached; trying again");
                    is_lost = true;
                }
                tokio::select! {
                    () = tokio::time::sleep(RECONNECT_PAUSE) => {}
                    _ = stop.wait_for(|stop| *stop) => return,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_device_has_one_turn_in_a_period() {
        let turns = Turns {
            start: UtcMillis(1000),
            period_ms: 5000.0,
            devices: 2000,
        };
        assert_eq!(turns.due(UtcMillis(1000)), 0);
        assert_eq!(turns.due(UtcMillis(6000)), 2000);
        assert_eq!(turns.moment(2000), UtcMillis(6000));
        assert_eq!(turns.device(2001), 1);
        let first = turns.moment(7);
        assert!((turns.moment(2007).seconds_since(first) - 5.0).abs() < 0.002);
    }
}
