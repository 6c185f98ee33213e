//! MQTT messages turned into the product's words.
//!
//! Topics (SensorThings 1.1, clause 14, and two of the hub's own): `v1.1/Datastreams(17)/Observations` carries one observation,
//! `v1.1/CreateObservations` many, `citymirror/events` and `citymirror/cameras` what their HTTP doors carry.

use crate::{Rejection, block::SeriesNames, catalogue, events, sensorthings};
use cim_model::{Camera, Event, Observation, UtcMillis};

/// Topic filters that a desk subscribes to.
pub const FILTERS: [&str; 4] = ["v1.1/+/Observations", CREATE_OBSERVATIONS, EVENTS, CAMERAS];

const CREATE_OBSERVATIONS: &str = "v1.1/CreateObservations";
const EVENTS: &str = "citymirror/events";
const CAMERAS: &str = "citymirror/cameras";

/// What a message carried.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Message {
    /// Observations.
    pub observations: Vec<Observation>,
    /// Events.
    pub events: Vec<Event>,
    /// Cameras.
    pub cameras: Vec<Camera>,
    /// What could not be used.
    pub rejected: Vec<Rejection>,
}

/// Reads the message `payload` that came on `topic` at `received`.
///
/// Observations by the thousand are better read with [`sensorthings::payload_rows`], which makes no text for each.
pub fn message(topic: &str, payload: &[u8], received: UtcMillis) -> Result<Message, Rejection> {
    match topic {
        EVENTS => {
            let page = events::events_page(payload)?;
            Ok(Message {
                events: page.events,
                rejected: page.rejected,
                ..Message::default()
            })
        }
        CAMERAS => {
            let page = catalogue::cameras_page(payload)?;
            Ok(Message {
                cameras: page.cameras,
                rejected: page.rejected,
                ..Message::default()
            })
        }
        _ if carries_observations(topic) => {
            let page =
                sensorthings::payload_block(topic, payload, received, &mut SeriesNames::new())?;
            Ok(Message {
                observations: page.block.iter().collect(),
                rejected: page.rejected,
                ..Message::default()
            })
        }
        _ => Err(Rejection::new("topic", "not a topic that was asked for")),
    }
}

/// True for topics whose messages are observations, under any version of the standard.
pub fn carries_observations(topic: &str) -> bool {
    sensorthings::carries_observations(topic)
}

/// The topic of the observations of one series (clause 14.2), below `version` as the server spells it (`v1.1`). Every server
/// of the standard has it; wildcards and topics of other entities are extensions of some.
pub fn series_topic(version: &str, datastream: &str) -> String {
    let id = sensorthings::identity_in_address(datastream);
    format!("{version}/Datastreams({id})/Observations")
}

#[cfg(test)]
mod tests {
    use super::*;
    use cim_model::{DatastreamId, Quality};

    const NOW: UtcMillis = UtcMillis(9000);

    fn read(datastream: &str, t: i64, value: f64) -> Observation {
        Observation {
            datastream: DatastreamId::new(datastream),
            happened_at: UtcMillis(t),
            value,
            quality: Quality::Good,
        }
    }

    #[test]
    fn a_value_is_read_under_any_spelling_of_its_series() {
        let timed =
            r#"{"result":12.5,"phenomenonTime":"1970-01-01T00:00:01Z","resultQuality":"good"}"#;
        for (topic, payload, expected) in [
            (
                "v1.1/Datastreams(17)/Observations",
                timed,
                read("17", 1000, 12.5),
            ),
            (
                "v1.1/Datastreams('a''b')/Observations",
                timed,
                read("a'b", 1000, 12.5),
            ),
            (
                "v1.0/Datastreams(17)/Observations",
                r#"{"result":3}"#,
                read("17", 9000, 3.0),
            ),
            (
                "v1.1/Observations",
                r#"{"result":3,"phenomenonTime":null,"Datastream":{"@iot.id":4}}"#,
                read("4", 9000, 3.0),
            ),
        ] {
            let found = message(topic, payload.as_bytes(), NOW).expect("readable");
            assert_eq!(found.observations, [expected], "{topic}");
        }
    }

    #[test]
    fn one_message_may_carry_many_and_a_broken_row_takes_none_with_it() {
        let payload = r#"[{"Datastream":{"@iot.id":1},"components":["phenomenonTime","result"],"dataArray@iot.count":2,
            "dataArray":[["1970-01-01T00:00:01Z",1],["1970-01-01T00:00:02Z",null]]},
            {"components":[]},
            {"Datastream":{"@iot.id":2},"components":["result","phenomenonTime"],"dataArray":[[5,"1970-01-01T00:00:03Z"]]}]"#;
        let found = message(CREATE_OBSERVATIONS, payload.as_bytes(), NOW).expect("readable");
        assert_eq!(
            found.observations,
            [read("1", 1000, 1.0), read("2", 3000, 5.0)]
        );
        let places: Vec<&str> = found
            .rejected
            .iter()
            .map(|rejection| rejection.place.as_str())
            .collect();
        assert_eq!(places, ["$[0].dataArray[1].result", "$[1].Datastream"]);
    }

    #[test]
    fn the_topic_of_a_series_is_read_as_that_series() {
        for id in ["17", "o'hara", "urn:x/(1)"] {
            let topic = series_topic("v1.0", id);
            assert!(carries_observations(&topic));
            let found = message(&topic, br#"{"result":3}"#, NOW).expect("readable");
            assert_eq!(found.observations, [read(id, 9000, 3.0)], "{topic}");
        }
    }

    #[track_caller]
    fn check_refused(topic: &str, payload: &str, place: &str) {
        assert_eq!(
            message(topic, payload.as_bytes(), NOW)
                .expect_err("broken")
                .place,
            place
        );
    }

    #[test]
    fn a_broken_message_is_refused_with_its_place() {
        check_refused(
            "v1.1/Datastreams(17)/Observations",
            "12,5",
            "line 1, column 3",
        );
        check_refused(
            "v1.1/Datastreams(17)/Observations",
            r#"{"result":"warm"}"#,
            "$.result",
        );
        check_refused("v1.1/Datastreams(17)/Observations", "5", "$.phenomenonTime");
        check_refused("v1.1/Observations", r#"{"result":1}"#, "$.Datastream");
        check_refused(CREATE_OBSERVATIONS, "{}", "$");
        check_refused("weather/today", "{}", "topic");
    }
}
