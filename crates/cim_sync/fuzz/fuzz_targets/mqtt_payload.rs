//! Messages of MQTT.

#![no_main]

use cim_model::UtcMillis;
use cim_sync::block::SeriesNames;
use cim_sync::{mqtt_payload, sensorthings};
use libfuzzer_sys::fuzz_target;

const TOPICS: [&str; 5] = [
    "v1.1/Datastreams(7)/Observations",
    "v1.1/Datastreams('a%20b')/Observations",
    "v1.1/CreateObservations",
    "citymirror/events",
    "citymirror/cameras",
];

fuzz_target!(|data: &[u8]| {
    let Some((first, payload)) = data.split_first() else {
        return;
    };
    let topic = TOPICS[usize::from(*first) % TOPICS.len()];
    // Most inputs are refused; what counts is how.
    drop(mqtt_payload::message(topic, payload, UtcMillis(0)));
    if let Ok(page) =
        sensorthings::payload_block(topic, payload, UtcMillis(0), &mut SeriesNames::new())
    {
        assert_eq!(page.block.iter().count(), page.block.len());
    }
});
