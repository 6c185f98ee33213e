//! Reads messages in batches, apart from the connection, so that a burst never stalls it.

use crate::{
    Rejection, block::SeriesNames, mqtt_payload, outlet::OBSERVATIONS_PER_UPDATE,
    sensorthings::payload_rows,
};
use bytes::Bytes;
use cim_model::{Camera, Event, ObservationBlock, UtcMillis};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::mpsc,
    time::{Instant, timeout_at},
};

/// How long messages are collected into one batch: a report is to be seen within a frame or two.
const BATCH_WINDOW: Duration = Duration::from_millis(16);
/// The same while names are still being learned, whose list is copied for each batch that brought new ones.
const LEARNING_WINDOW: Duration = Duration::from_millis(100);
/// What of the hub's own topics is passed on unread: the exchange of facts and views has its own readers.
const UNREAD: [&str; 3] = [
    "citymirror/changes",
    "citymirror/head",
    "citymirror/shared/",
];

/// A message as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    /// UTF-8, which the sender may have got wrong.
    pub(crate) topic: Bytes,
    pub(crate) payload: Bytes,
    /// True for the topic's last message, which the broker keeps for whoever comes later.
    pub(crate) is_retained: bool,
    /// When it arrived here.
    pub(crate) received: UtcMillis,
}

/// What arrived within one window.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) observations: ObservationBlock,
    pub(crate) events: Vec<Event>,
    pub(crate) cameras: Vec<Camera>,
    /// Messages on the hub's own topics, in the order in which they came.
    pub(crate) unread: Vec<Message>,
    /// What could not be used, each with its topic.
    pub(crate) rejected: Vec<(String, Rejection)>,
    /// How many messages were dropped before these, because too many were waiting.
    pub(crate) missed: u64,
}

/// Reads messages, in batches, until either end is closed.
pub(super) async fn read(
    mut messages: mpsc::Receiver<Message>,
    batches: mpsc::Sender<Batch>,
    missed: Arc<AtomicU64>,
) {
    let mut names = SeriesNames::new();
    let mut window = BATCH_WINDOW;
    loop {
        let mut collected = Vec::with_capacity(OBSERVATIONS_PER_UPDATE);
        if messages
            .recv_many(&mut collected, OBSERVATIONS_PER_UPDATE)
            .await
            == 0
        {
            return;
        }
        let until = Instant::now() + window;
        while collected.len() < OBSERVATIONS_PER_UPDATE {
            let room = OBSERVATIONS_PER_UPDATE - collected.len();
            match timeout_at(until, messages.recv_many(&mut collected, room)).await {
                Ok(0) | Err(_) => break,
                Ok(_) => {}
            }
        }
        let known = names.len();
        let batch = Batch {
            missed: missed.swap(0, Ordering::AcqRel),
            ..batch_of(collected, &mut names)
        };
        window = if names.len() > known {
            LEARNING_WINDOW
        } else {
            BATCH_WINDOW
        };
        if batches.send(batch).await.is_err() {
            return;
        }
    }
}

fn batch_of(messages: Vec<Message>, names: &mut SeriesNames) -> Batch {
    let mut batch = Batch::default();
    let mut rows = Vec::with_capacity(messages.len());
    for message in messages {
        let topic = String::from_utf8_lossy(&message.topic);
        if UNREAD.iter().any(|unread| topic.starts_with(unread)) {
            batch.unread.push(message);
            continue;
        }
        if mqtt_payload::carries_observations(&topic) {
            let told = payload_rows(&topic, &message.payload, message.received, names, &mut rows);
            let rejected = told.map_or_else(|rejection| vec![rejection], |told| told.rejected);
            for rejection in rejected {
                batch.rejected.push((topic.to_string(), rejection));
            }
            continue;
        }
        match mqtt_payload::message(&topic, &message.payload, message.received) {
            Ok(found) => {
                batch.events.extend(found.events);
                batch.cameras.extend(found.cameras);
                batch.rejected.extend(
                    found
                        .rejected
                        .into_iter()
                        .map(|rejection| (topic.to_string(), rejection)),
                );
            }
            Err(rejection) => batch.rejected.push((topic.into_owned(), rejection)),
        }
    }
    batch.observations = ObservationBlock {
        series: names.snapshot(),
        rows,
    };
    batch
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(topic: &'static str, payload: String, received: i64) -> Message {
        Message {
            topic: Bytes::from_static(topic.as_bytes()),
            payload: Bytes::from(payload),
            is_retained: false,
            received: UtcMillis(received),
        }
    }

    #[test]
    fn a_batch_keeps_what_is_good_and_names_the_topic_of_what_is_not() {
        let good = message(
            "v1.1/Datastreams(1)/Observations",
            r#"{"result":1}"#.to_owned(),
            5,
        );
        let bad = message("v1.1/Datastreams(2)/Observations", "boom".to_owned(), 5);
        let head = message("citymirror/head", "{}".to_owned(), 5);
        let batch = batch_of(vec![bad, head.clone(), good], &mut SeriesNames::new());
        assert_eq!(batch.observations.len(), 1);
        assert_eq!(batch.rejected.len(), 1);
        assert_eq!(batch.rejected[0].0, "v1.1/Datastreams(2)/Observations");
        assert_eq!(batch.unread, [head]);
    }

    #[tokio::test]
    async fn a_burst_leaves_in_few_batches_and_in_order() {
        let (messages_in, messages) = mpsc::channel(10_000);
        let (batches_in, mut batches) = mpsc::channel(100);
        for n in 0..5000 {
            let topic = "v1.1/Datastreams(1)/Observations";
            messages_in
                .try_send(message(topic, format!(r#"{{"result":{n}}}"#), n))
                .expect("room");
        }
        drop(messages_in);
        tokio::spawn(read(messages, batches_in, Arc::new(AtomicU64::new(7))));
        let mut moments = Vec::new();
        let mut missed = Vec::new();
        while let Some(batch) = batches.recv().await {
            assert!(batch.observations.len() <= OBSERVATIONS_PER_UPDATE);
            moments.extend(
                batch
                    .observations
                    .iter()
                    .map(|observation| observation.happened_at.0),
            );
            missed.push(batch.missed);
        }
        assert_eq!(missed, [7, 0, 0]);
        assert_eq!(moments, (0..5000).collect::<Vec<i64>>());
    }
}
