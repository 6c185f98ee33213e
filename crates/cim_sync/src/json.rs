//! Small questions to a JSON value whose sender is not trusted.

use crate::Rejection;
use serde_json::Value;

/// Reads `bytes`, or says where they stop being JSON.
pub(crate) fn parse(bytes: &[u8]) -> Result<Value, Rejection> {
    serde_json::from_slice(bytes).map_err(|error| {
        Rejection::new(
            format!("line {}, column {}", error.line(), error.column()),
            format!("not JSON: {error}"),
        )
    })
}

/// The list in field `key`, or why there is none.
pub(crate) fn list<'v>(value: &'v Value, key: &str, place: &str) -> Result<&'v [Value], Rejection> {
    let list = value.get(key).and_then(Value::as_array).map(Vec::as_slice);
    list.ok_or_else(|| Rejection::new(format!("{place}.{key}"), "a list is expected"))
}

/// The text in field `key`; empty when there is none.
pub(crate) fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// The text in field `key`, or why there is none; empty counts as none.
pub(crate) fn required_text<'v>(
    value: &'v Value,
    key: &str,
    place: &str,
) -> Result<&'v str, Rejection> {
    let found = text(value, key);
    if found.is_empty() {
        Err(Rejection::new(
            format!("{place}.{key}"),
            "a text is expected",
        ))
    } else {
        Ok(found)
    }
}

/// The finite number in field `key`.
pub(crate) fn number(value: &Value, key: &str) -> Option<f64> {
    value
        .get(key)
        .and_then(Value::as_f64)
        .filter(|number| number.is_finite())
}

/// The identity in `key`, as text: servers use numbers and texts alike.
pub(crate) fn identity(value: &Value, key: &str) -> Option<String> {
    match value.get(key)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Longitude and latitude in degrees, when they can be on the earth.
pub(crate) fn on_earth(lon_deg: f64, lat_deg: f64) -> bool {
    (-180.0..=180.0).contains(&lon_deg) && (-90.0..=90.0).contains(&lat_deg)
}
