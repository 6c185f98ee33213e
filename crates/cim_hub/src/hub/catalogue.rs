//! Cameras and events at the door: which fields they must have, and how a partial event changes a stored one.

use crate::iso::{iso_from_millis, millis_from_iso};
use cim_model::{EventLevel, EventStatus, Standing, UtcMillis};
use serde_json::{Map, Value};

/// The items of a body: one object, a list, or `{"items":[…]}`.
pub(super) fn items_of(body: &[u8]) -> Result<Vec<Value>, String> {
    let value: Value = serde_json::from_slice(body).map_err(|err| {
        format!(
            "the body is no JSON, line {} column {}: {err}",
            err.line(),
            err.column()
        )
    })?;
    match value {
        Value::Array(items) => Ok(items),
        Value::Object(mut object) => match object.remove("items") {
            Some(Value::Array(items)) => Ok(items),
            Some(_) => Err("items is not a list".to_owned()),
            None => Ok(vec![Value::Object(object)]),
        },
        _ => Err("an object or a list is expected".to_owned()),
    }
}

/// Checks a camera and gives it with its id.
pub(super) fn camera_from(item: &Value, index: usize) -> Result<(String, Value), String> {
    let fields = item
        .as_object()
        .ok_or_else(|| format!("items[{index}] is no object"))?;
    let id = text(fields, "DeviceID").filter(|id| !id.is_empty());
    let id = id
        .ok_or_else(|| format!("items[{index}]: DeviceID is missing"))?
        .to_owned();
    in_range(fields, "Longitude", 180.0).map_err(|reason| format!("camera {id}: {reason}"))?;
    in_range(fields, "Latitude", 90.0).map_err(|reason| format!("camera {id}: {reason}"))?;
    let is_text = |name: &str| fields.get(name).is_none_or(Value::is_string);
    if !is_text("Name") {
        return Err(format!("camera {id}: Name is a text"));
    }
    if !is_text("Status") || !matches!(text(fields, "Status"), None | Some("ON" | "OFF")) {
        return Err(format!("camera {id}: Status is ON or OFF"));
    }
    let mut fields = fields.clone();
    fields
        .entry("Name")
        .or_insert_with(|| Value::from(id.as_str()));
    fields.entry("Status").or_insert_with(|| Value::from("ON"));
    fields
        .entry("Clips")
        .or_insert_with(|| Value::Array(Vec::new()));
    Ok((id, Value::Object(fields)))
}

/// Checks an event; fields that are not sent stay as they were `before`.
pub(super) fn event_from(
    item: &Value,
    index: usize,
    before: Option<&Value>,
    known_at: UtcMillis,
) -> Result<(String, UtcMillis, Value), String> {
    let sent = item
        .as_object()
        .ok_or_else(|| format!("items[{index}] is no object"))?;
    let mut fields: Map<String, Value> = before
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    for (name, value) in sent {
        fields.insert(name.clone(), value.clone());
    }
    if fields.get("id").is_some_and(|id| !id.is_string()) {
        return Err(format!("items[{index}]: id is a text"));
    }
    if text(&fields, "id").is_some_and(str::is_empty) {
        return Err(format!("items[{index}]: id is empty"));
    }
    let id = text(&fields, "id").map_or_else(|| format!("e{}", known_at.0), str::to_owned);
    let place = |reason: &str| format!("event {id}: {reason}");
    if text(&fields, "title").is_none_or(str::is_empty) {
        return Err(place("title is missing"));
    }
    in_range(&fields, "lon", 180.0).map_err(|reason| place(&reason))?;
    in_range(&fields, "lat", 90.0).map_err(|reason| place(&reason))?;
    let defaults = [
        ("description", ""),
        ("category", "other"),
        ("level", "IV"),
        ("status", "reported"),
        ("source", "unknown"),
        ("standing", "actual"),
    ];
    for (name, default) in defaults {
        fields.entry(name).or_insert_with(|| Value::from(default));
    }
    let texts = ["description", "category", "source"];
    if let Some(name) = texts.iter().find(|name| text(&fields, name).is_none()) {
        return Err(place(&format!("{name} is a text")));
    }
    if text(&fields, "level")
        .and_then(EventLevel::from_numeral)
        .is_none()
    {
        return Err(place("level is one of I, II, III, IV"));
    }
    if text(&fields, "status")
        .and_then(EventStatus::from_word)
        .is_none()
    {
        return Err(place("status is one of reported, handling, closed"));
    }
    if text(&fields, "standing")
        .and_then(Standing::from_word)
        .is_none()
    {
        return Err(place(
            "standing is one of actual, exercise, system, test, draft",
        ));
    }
    let happened_at = match fields.get("happened_at") {
        None => known_at,
        Some(time) => time
            .as_str()
            .and_then(millis_from_iso)
            .ok_or_else(|| place(&format!("happened_at {time} is no ISO 8601 time")))?,
    };
    fields.insert("id".to_owned(), Value::from(id.as_str()));
    fields.insert(
        "happened_at".to_owned(),
        Value::from(iso_from_millis(happened_at)),
    );
    fields.insert(
        "known_at".to_owned(),
        Value::from(iso_from_millis(known_at)),
    );
    Ok((id, known_at, Value::Object(fields)))
}

fn text<'v>(fields: &'v Map<String, Value>, name: &str) -> Option<&'v str> {
    fields.get(name).and_then(Value::as_str)
}

fn in_range(fields: &Map<String, Value>, name: &str, limit: f64) -> Result<(), String> {
    let number = fields
        .get(name)
        .and_then(Value::as_f64)
        .ok_or_else(|| format!("{name} is missing"))?;
    if number.abs() <= limit {
        Ok(())
    } else {
        Err(format!("{name} {number} is out of range"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_event_can_be_changed_by_its_status_alone() {
        let whole = json!({"id": "e1", "title": "中山路 道路积水", "lon": 121.5, "lat": 31.2, "level": "III"});
        let (_, _, stored) = event_from(&whole, 0, None, UtcMillis(1000)).expect("good");
        let (id, known_at, changed) = event_from(
            &json!({"id": "e1", "status": "closed"}),
            0,
            Some(&stored),
            UtcMillis(2000),
        )
        .expect("good");
        assert_eq!((id.as_str(), known_at), ("e1", UtcMillis(2000)));
        assert_eq!(changed["status"], "closed");
        assert_eq!(changed["title"], "中山路 道路积水");
        assert_eq!(changed["happened_at"], "1970-01-01T00:00:01.000Z");
        assert_eq!(changed["known_at"], "1970-01-01T00:00:02.000Z");
    }

    #[test]
    fn what_is_wrong_with_an_item_is_named() {
        let event = json!({"title": "x", "lon": 200, "lat": 0});
        assert!(
            event_from(&event, 0, None, UtcMillis(5))
                .expect_err("far")
                .contains("lon 200 is out of range")
        );
        assert!(
            camera_from(&json!({"Name": "x"}), 3)
                .expect_err("no id")
                .contains("items[3]")
        );
        assert!(items_of(b"{\"items\": 5}").is_err());
        assert_eq!(items_of(b"{\"id\": \"a\"}").map(|items| items.len()), Ok(1));
    }
}
