//! What a client sends to create entities: the path below the service's root, and the body. Nothing is sent here.

use super::observation::identity_in_address;
use crate::iso;
use cim_model::{Observation, Quality};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// One observation of `datastream` (OGC 18-088, clause 10.2). The observation's own series is not written: the path names it.
pub fn create_observation(datastream: &str, observation: &Observation) -> (String, Value) {
    let mut body = Map::new();
    body.insert(
        "phenomenonTime".to_owned(),
        Value::from(iso::text_of(observation.happened_at)),
    );
    body.insert("result".to_owned(), Value::from(observation.value));
    if observation.quality != Quality::Good {
        body.insert(
            "resultQuality".to_owned(),
            Value::from(quality_word(observation.quality)),
        );
    }
    let path = format!(
        "Datastreams({})/Observations",
        identity_in_address(datastream)
    );
    (path, Value::Object(body))
}

/// Many observations, grouped by series, as the `dataArray` extension takes them (clause 13.2).
pub fn create_observations(observations: &[Observation]) -> (String, Value) {
    let mut groups: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for observation in observations {
        groups
            .entry(observation.datastream.as_str())
            .or_default()
            .push(json!([
                iso::text_of(observation.happened_at),
                observation.value,
                quality_word(observation.quality),
            ]));
    }
    let groups = groups
        .into_iter()
        .map(|(datastream, rows)| {
            json!({
                "Datastream": { "@iot.id": identity_value(datastream) },
                "components": ["phenomenonTime", "result", "resultQuality"],
                "dataArray@iot.count": rows.len(),
                "dataArray": rows,
            })
        })
        .collect();
    ("CreateObservations".to_owned(), Value::Array(groups))
}

/// A task for what `capability` can do (OGC 17-079r1, clause 8.2.3): `parameters` are its `taskingParameters`.
pub fn create_task(capability: &str, parameters: &Map<String, Value>) -> (String, Value) {
    let path = format!(
        "TaskingCapabilities({})/Tasks",
        identity_in_address(capability)
    );
    (path, json!({ "taskingParameters": parameters }))
}

/// An identity as it is written in a body: a number where it is spelt as one.
fn identity_value(id: &str) -> Value {
    let is_canonical = id == "0" || !id.starts_with('0');
    match id.parse::<u64>() {
        Ok(number) if is_canonical && id.bytes().all(|byte| byte.is_ascii_digit()) => {
            Value::from(number)
        }
        _ => Value::from(id),
    }
}

fn quality_word(quality: Quality) -> &'static str {
    match quality {
        Quality::Good => "good",
        Quality::Suspect => "suspect",
        Quality::Estimated => "estimated",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{block::SeriesNames, sensorthings};
    use cim_model::{DatastreamId, UtcMillis};

    fn observation(series: &str, t: i64, value: f64, quality: Quality) -> Observation {
        Observation {
            datastream: DatastreamId::new(series),
            happened_at: UtcMillis(t),
            value,
            quality,
        }
    }

    #[test]
    fn an_observation_that_was_written_is_read_back_the_same() {
        let written = observation("o'hara", 1250, 2.5, Quality::Suspect);
        let (path, body) = create_observation("o'hara", &written);
        assert_eq!(path, "Datastreams('o''hara')/Observations");
        let topic = format!("v1.1/{path}");
        let mut names = SeriesNames::new();
        let page = sensorthings::payload_block(
            &topic,
            body.to_string().as_bytes(),
            UtcMillis(0),
            &mut names,
        )
        .expect("readable");
        assert_eq!(page.block.iter().collect::<Vec<_>>(), [written]);
    }

    #[test]
    fn many_observations_that_were_written_are_read_back_the_same() {
        let written = [
            observation("007", 1000, -1.0, Quality::Good),
            observation("17", 1000, 1.0, Quality::Good),
            observation("17", 2000, 2.0, Quality::Estimated),
        ];
        let (path, body) = create_observations(&written);
        let page = sensorthings::payload_block(
            &format!("v1.1/{path}"),
            body.to_string().as_bytes(),
            UtcMillis(0),
            &mut SeriesNames::new(),
        )
        .expect("readable");
        assert_eq!(page.block.iter().collect::<Vec<_>>(), written);
        assert_eq!(body[1]["Datastream"], json!({ "@iot.id": 17 }));
        assert_eq!(body[0]["Datastream"], json!({ "@iot.id": "007" }));
    }

    #[test]
    fn a_task_goes_to_what_can_do_it() {
        let mut parameters = Map::new();
        parameters.insert("angle".to_owned(), json!(30));
        assert_eq!(
            create_task("4", &parameters),
            (
                "TaskingCapabilities(4)/Tasks".to_owned(),
                json!({ "taskingParameters": { "angle": 30 } })
            )
        );
    }
}
