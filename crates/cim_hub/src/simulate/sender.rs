//! The way of values to the broker: one connection that comes back by itself, single messages or batches.

use super::history::quality_word;
use super::model::Sample;
use crate::error::SimulateError;
use crate::hub::{BrokerAddress, connection};
use crate::iso::iso_from_millis;
use crate::sensorthings::topic_of;
use cim_model::UtcMillis;
use rumqttc::{AsyncClient, EventLoop, PublishOptions};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::sync::watch;

/// Values in one batch message.
const BATCH_VALUES: usize = 1000;
/// Messages that may wait for the broker; then the devices wait too, and leave out turns that they missed.
const MAX_WAITING: usize = 2000;
/// The pause before a lost broker is tried again.
const RECONNECT_PAUSE: Duration = Duration::from_millis(700);

/// A value on its way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Outgoing {
    /// Its datastream at the hub.
    pub(crate) datastream: i64,
    /// The time that it carries.
    pub(crate) time: UtcMillis,
    /// What it says.
    pub(crate) sample: Sample,
    /// A drill moved it.
    pub(crate) is_exercise: bool,
}

/// Connects; nothing is sent before [`keep_connected`] runs.
pub(crate) fn connect(
    broker: &BrokerAddress,
    client_id: &str,
) -> Result<(AsyncClient, EventLoop), SimulateError> {
    connection(broker, client_id, MAX_WAITING).map_err(|reason| SimulateError::Hub {
        what: "MQTT",
        reason,
        url: broker.url(),
    })
}

/// Sends values. With `batch` they travel together, except those of a drill: each of these says that it is an exercise.
pub(crate) async fn send(values: &[Outgoing], batch: bool, client: &AsyncClient) {
    let together = |value: &&Outgoing| batch && !value.is_exercise;
    for value in values.iter().filter(|value| !together(value)) {
        let topic = topic_of(value.datastream);
        publish(
            client,
            topic,
            message(value),
            PublishOptions::at_most_once(),
        )
        .await;
    }
    let groups: Vec<Value> = values.iter().filter(together).map(group).collect();
    for some in groups.chunks(BATCH_VALUES) {
        let topic = "v1.1/CreateObservations".to_owned();
        publish(
            client,
            topic,
            Value::from(some).to_string(),
            PublishOptions::at_least_once(),
        )
        .await;
    }
}

async fn publish(client: &AsyncClient, topic: String, body: String, options: PublishOptions) {
    if let Err(err) = client.publish(topic, body, options).await {
        tracing::debug!(reason = %err, "values are not sent");
    }
}

fn message(value: &Outgoing) -> String {
    let mut message =
        json!({"result": value.sample.value, "phenomenonTime": iso_from_millis(value.time)});
    if let Some(fields) = message.as_object_mut() {
        if let Some(word) = quality_word(&value.sample) {
            fields.insert("resultQuality".to_owned(), Value::from(word));
        }
        if value.is_exercise {
            fields.insert("parameters".to_owned(), json!({"standing": "exercise"}));
        }
    }
    message.to_string()
}

fn group(value: &Outgoing) -> Value {
    json!({
        "Datastream": {"@iot.id": value.datastream},
        "components": ["phenomenonTime", "result", "resultQuality"],
        "dataArray": [[iso_from_millis(value.time), value.sample.value, quality_word(&value.sample)]]
    })
}

/// Keeps the connection until stopped; a lost broker is tried again and again.
pub(crate) async fn keep_connected(mut events: EventLoop, mut stop: watch::Receiver<bool>) {
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
    use cim_model::Quality;

    #[test]
    fn a_value_of_a_drill_says_that_it_is_an_exercise() {
        let mut value = Outgoing {
            datastream: 7,
            time: UtcMillis(1_760_000_000_000),
            sample: Sample {
                value: 1.5,
                quality: Quality::Suspect,
            },
            is_exercise: false,
        };
        assert!(!message(&value).contains("exercise"));
        value.is_exercise = true;
        let said: Value = serde_json::from_str(&message(&value)).expect("JSON");
        assert_eq!(said["parameters"]["standing"], "exercise");
        assert_eq!(said["resultQuality"], "suspect");
    }
}
