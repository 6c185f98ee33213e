//! Observations at the door: from JSON of HTTP or MQTT to what the store keeps, with a reason for every refusal.

use crate::iso::{end_of_time, iso_from_millis};
use cim_model::UtcMillis;
use serde_json::{Map, Value};

/// An observation that is about to be stored.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NewObservation {
    /// The series.
    pub(crate) datastream: i64,
    /// `phenomenonTime`, the end of it when it is an interval.
    pub(crate) time: UtcMillis,
    /// The result as a number: of a number itself, of a text that holds one, and of true and false, which are 1 and 0.
    pub(crate) value: Option<f64>,
    /// The result as JSON text when it is anything else than a JSON number.
    pub(crate) result: Option<String>,
    /// What else was said: `phenomenonTime` of an interval, `resultTime`, `resultQuality`, `validTime`, `parameters`.
    pub(crate) detail: Map<String, Value>,
}

/// When it was observed.
const PHENOMENON_TIME: &str = "phenomenonTime";
/// When its result was made.
const RESULT_TIME: &str = "resultTime";
/// Under which name the feature of interest stands in `detail`, as the text of its id.
pub(crate) const FEATURE: &str = "featureOfInterest";

impl NewObservation {
    /// The feature of interest that was named, if any.
    pub(crate) fn feature(&self) -> Option<i64> {
        self.detail.get(FEATURE)?.as_str()?.parse().ok()
    }

    /// Names the feature of interest.
    pub(crate) fn set_feature(&mut self, id: i64) {
        self.detail
            .insert(FEATURE.to_owned(), Value::from(id.to_string()));
    }
}

/// Reads one observation. Without a `Datastream` in it, `datastream` has to say to which series it belongs.
pub(crate) fn observation_from(
    body: &Value,
    datastream: Option<i64>,
    now: UtcMillis,
) -> Result<NewObservation, String> {
    let fields = body.as_object().ok_or("an observation is a JSON object")?;
    let named = fields.get("Datastream").map(reference).transpose()?;
    let datastream = match (datastream, named) {
        (Some(a), Some(b)) if a != b => {
            return Err(format!(
                "it is sent to datastream {a} and names datastream {b}"
            ));
        }
        (Some(id), _) | (None, Some(id)) => id,
        (None, None) => return Err("Datastream/@iot.id is missing".to_owned()),
    };
    let mut observation = NewObservation {
        datastream,
        time: now,
        value: None,
        result: None,
        detail: Map::new(),
    };
    let result = fields.get("result").ok_or("result is missing")?;
    take_result(&mut observation, result)?;
    for (name, value) in fields {
        take_field(&mut observation, name, value)?;
    }
    let given = |name: &str| fields.get(name).filter(|value| !value.is_null());
    if given(PHENOMENON_TIME).is_none() {
        take_result_time(&mut observation, given(RESULT_TIME));
    }
    Ok(observation)
}

/// Reads a `dataArray` request (SensorThings 1.1, clause 13.2): one outcome per row, in the order of the request.
pub(crate) fn observations_from_data_array(
    body: &Value,
    now: UtcMillis,
) -> Result<Vec<Result<NewObservation, String>>, String> {
    let groups = body.as_array().ok_or("a list of groups is expected")?;
    let mut outcomes = Vec::new();
    for (index, group) in groups.iter().enumerate() {
        let place = |what: &str| format!("group {index}: {what}");
        let datastream = group
            .get("Datastream")
            .ok_or_else(|| place("Datastream is missing"))?;
        let datastream = reference(datastream).map_err(|reason| place(&reason))?;
        let components = group
            .get("components")
            .and_then(Value::as_array)
            .ok_or_else(|| place("components is missing"))?;
        let components: Vec<&str> = components.iter().filter_map(Value::as_str).collect();
        let rows = group
            .get("dataArray")
            .and_then(Value::as_array)
            .ok_or_else(|| place("dataArray is missing"))?;
        for (row_index, row) in rows.iter().enumerate() {
            let outcome = observation_from_row(datastream, &components, row, now);
            outcomes.push(
                outcome.map_err(|reason| format!("group {index}, row {row_index}: {reason}")),
            );
        }
    }
    Ok(outcomes)
}

fn observation_from_row(
    datastream: i64,
    components: &[&str],
    row: &Value,
    now: UtcMillis,
) -> Result<NewObservation, String> {
    let cells = row.as_array().ok_or("a row is a list")?;
    if cells.len() != components.len() {
        return Err(format!(
            "{} values for {} components",
            cells.len(),
            components.len()
        ));
    }
    let mut observation = NewObservation {
        datastream,
        time: now,
        value: None,
        result: None,
        detail: Map::new(),
    };
    let mut has_result = false;
    let mut has_time = false;
    let mut result_time = None;
    for (component, cell) in components.iter().zip(cells) {
        if *component == "result" {
            take_result(&mut observation, cell)?;
            has_result = true;
        } else {
            take_field(&mut observation, component, cell)?;
        }
        has_time |= *component == PHENOMENON_TIME && !cell.is_null();
        if *component == RESULT_TIME && !cell.is_null() {
            result_time = Some(cell);
        }
    }
    if !has_time {
        take_result_time(&mut observation, result_time);
    }
    if has_result {
        Ok(observation)
    } else {
        Err("result is missing".to_owned())
    }
}

fn take_result(observation: &mut NewObservation, result: &Value) -> Result<(), String> {
    match result {
        Value::Null => return Err("result is null".to_owned()),
        Value::Number(number) => observation.value = number.as_f64(),
        other => {
            observation.value = number_of(other);
            observation.result = Some(other.to_string());
        }
    }
    Ok(())
}

/// The number that a desk reads in a result that is no JSON number: both must count the same observations.
fn number_of(result: &Value) -> Option<f64> {
    match result {
        Value::Bool(yes) => Some(f64::from(u8::from(*yes))),
        Value::String(text) => {
            let number: f64 = text.trim().parse().ok()?;
            number.is_finite().then_some(number)
        }
        _ => None,
    }
}

/// An observation without `phenomenonTime` is of its `resultTime`, as desks read it; without both, of its arrival.
fn take_result_time(observation: &mut NewObservation, result_time: Option<&Value>) {
    if let Some(time) = result_time.and_then(Value::as_str).and_then(end_of_time) {
        observation.time = time;
    }
}

fn take_field(observation: &mut NewObservation, name: &str, value: &Value) -> Result<(), String> {
    match name {
        "result" | "Datastream" | "id" => {}
        // One that is given whole is created by whoever asked for this.
        "FeatureOfInterest" => {
            if let Ok(id) = reference(value) {
                observation.set_feature(id);
            } else if !value.is_object() && !value.is_null() {
                return Err("FeatureOfInterest is neither an entity nor a link to one".to_owned());
            }
        }
        "FeatureOfInterest/id" | "FeatureOfInterest/@iot.id" if !value.is_null() => {
            let id = value
                .as_i64()
                .or_else(|| value.as_str().and_then(|text| text.parse().ok()));
            let id = id.ok_or_else(|| format!("{name} {value} is not an id of this hub"))?;
            observation.set_feature(id);
        }
        _ if name.contains("@iot.") || value.is_null() => {}
        PHENOMENON_TIME => {
            let text = value.as_str().unwrap_or_default();
            observation.time = end_of_time(text)
                .ok_or_else(|| format!("phenomenonTime {value} is no ISO 8601 time"))?;
            if text.contains('/') {
                observation.detail.insert(name.to_owned(), value.clone());
            }
        }
        RESULT_TIME => {
            let time = value.as_str().and_then(end_of_time);
            let time = time.ok_or_else(|| format!("resultTime {value} is no ISO 8601 time"))?;
            observation
                .detail
                .insert(name.to_owned(), Value::String(iso_from_millis(time)));
        }
        "validTime" => {
            let time = value.as_str().filter(|text| text.contains('/'));
            time.and_then(end_of_time)
                .ok_or_else(|| format!("validTime {value} is no ISO 8601 interval"))?;
            observation.detail.insert(name.to_owned(), value.clone());
        }
        "parameters" if !value.is_object() => {
            return Err("parameters is no JSON object".to_owned());
        }
        "resultQuality" | "parameters" => {
            observation.detail.insert(name.to_owned(), value.clone());
        }
        other => return Err(format!("an observation has no {other:?}")),
    }
    Ok(())
}

/// The first whole number that is too large for an identity, 2^63.
const TOO_LARGE: f64 = 9_223_372_036_854_775_808.0;

/// Reads `{"@iot.id": 4}`.
pub(crate) fn reference(value: &Value) -> Result<i64, String> {
    // Drafts of the standard wrote `id`, and some clients still do.
    let id = value
        .get("@iot.id")
        .or_else(|| value.get("id"))
        .ok_or("@iot.id is missing")?;
    // In JSON, 4.0 is the whole number 4; some clients write it so.
    let whole = || {
        let number = id.as_f64().filter(|number| number.fract() == 0.0);
        number
            .filter(|number| number.abs() < TOO_LARGE)
            .map(|number| number as i64)
    };
    let number = id
        .as_i64()
        .or_else(whole)
        .or_else(|| id.as_str().and_then(|text| text.parse().ok()));
    number.ok_or_else(|| format!("@iot.id {id} is not an id of this hub"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOW: UtcMillis = UtcMillis(1_700_000_000_000);

    #[test]
    fn numbers_are_values_and_everything_else_is_kept_as_text() {
        let number = observation_from(&json!({"result": 12.5}), Some(4), NOW).expect("good");
        assert_eq!((number.value, number.time), (Some(12.5), NOW));
        let word = observation_from(
            &json!({"result": "open", "Datastream": {"@iot.id": 4}}),
            None,
            NOW,
        )
        .expect("good");
        assert_eq!(
            (word.datastream, word.value, word.result.as_deref()),
            (4, None, Some("\"open\""))
        );
    }

    #[test]
    fn what_a_desk_reads_as_a_number_has_a_value_and_stays_as_it_was_sent() {
        for (result, value) in [
            (json!(true), Some(1.0)),
            (json!(false), Some(0.0)),
            (json!("12.5"), Some(12.5)),
            (json!(" -3 "), Some(-3.0)),
            (json!("inf"), None),
            (json!("NaN"), None),
            (json!(""), None),
            (json!([1]), None),
            (json!({"value": 1}), None),
        ] {
            let body = json!({"result": result});
            let observation = observation_from(&body, Some(4), NOW).expect("good");
            assert_eq!(observation.value, value, "{result}");
            assert_eq!(observation.result, Some(result.to_string()));
        }
        let body = json!([{"Datastream": {"@iot.id": 2}, "components": ["result"], "dataArray": [["7"], [true]]}]);
        let rows = observations_from_data_array(&body, NOW).expect("a list");
        let values: Vec<Option<f64>> = rows
            .into_iter()
            .map(|row| row.expect("good").value)
            .collect();
        assert_eq!(values, [Some(7.0), Some(1.0)]);
    }

    #[test]
    fn without_a_phenomenon_time_the_result_time_counts() {
        let made = "2023-11-14T22:00:00Z";
        let at = UtcMillis(NOW.0 - 800_000);
        for body in [
            json!({"result": 1, "resultTime": made}),
            json!({"result": 1, "resultTime": made, "phenomenonTime": null}),
        ] {
            let observation = observation_from(&body, Some(1), UtcMillis(5)).expect("good");
            assert_eq!(observation.time, at, "{body}");
            assert_eq!(observation.detail.len(), 1);
        }
        let both =
            json!({"result": 1, "resultTime": made, "phenomenonTime": "2023-11-14T22:13:20Z"});
        let observation = observation_from(&both, Some(1), UtcMillis(5)).expect("good");
        assert_eq!(observation.time, NOW);
        let neither = json!({"result": 1, "resultTime": null});
        let observation = observation_from(&neither, Some(1), UtcMillis(5)).expect("good");
        assert_eq!(observation.time, UtcMillis(5));

        let rows = json!([{
            "Datastream": {"@iot.id": 2},
            "components": ["result", "resultTime", "phenomenonTime"],
            "dataArray": [[1, made, null], [2, made, "2023-11-14T22:13:20Z"], [3, null, null]]
        }, {
            "Datastream": {"@iot.id": 2},
            "components": ["resultTime", "result"],
            "dataArray": [[made, 4]]
        }]);
        let outcomes = observations_from_data_array(&rows, UtcMillis(5)).expect("a list");
        let times: Vec<UtcMillis> = outcomes
            .into_iter()
            .map(|outcome| outcome.expect("good").time)
            .collect();
        assert_eq!(times, [at, NOW, UtcMillis(5), at]);
    }

    #[test]
    fn an_interval_is_kept_whole_and_counts_from_its_end() {
        let body = json!({"result": 1, "phenomenonTime": "2023-11-14T22:00:00Z/2023-11-14T22:13:20Z", "resultQuality": "good"});
        let observation = observation_from(&body, Some(1), UtcMillis(0)).expect("good");
        assert_eq!(observation.time, NOW);
        assert_eq!(observation.detail.len(), 2);
    }

    #[test]
    fn what_is_missing_or_strange_is_named() {
        for (body, word) in [
            (json!({"phenomenonTime": "2023-11-14T22:00:00Z"}), "result"),
            (json!({"result": null}), "null"),
            (json!({"result": 1, "phenomenonTime": "noon"}), "noon"),
            (json!({"result": 1, "colour": "red"}), "colour"),
            (
                json!({"result": 1, "Datastream": {"@iot.id": 5}}),
                "datastream 5",
            ),
            (json!([1, 2]), "object"),
        ] {
            let reason = observation_from(&body, Some(4), NOW).expect_err(word);
            assert!(reason.contains(word), "{reason}");
        }
        assert!(observation_from(&json!({"result": 1}), None, NOW).is_err());
    }

    #[test]
    fn a_broken_row_does_not_take_the_others_with_it() {
        let body = json!([{
            "Datastream": {"@iot.id": 2},
            "components": ["phenomenonTime", "result"],
            "dataArray@iot.count": 3,
            "dataArray": [["2023-11-14T22:13:20Z", 1], ["2023-11-14T22:13:20Z"], ["2023-11-14T22:13:21Z", 3]]
        }]);
        let outcomes = observations_from_data_array(&body, NOW).expect("a list");
        assert_eq!(outcomes.len(), 3);
        assert!(outcomes[0].is_ok() && outcomes[2].is_ok());
        assert!(outcomes[1].as_ref().expect_err("short").contains("row 1"));
    }
}
