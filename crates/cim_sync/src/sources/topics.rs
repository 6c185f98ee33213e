//! Messages of an MQTT broker, by a mapping: JSON, or a bare number.
//!
//! Beside JSON Pointers a pick may name the topic: `$topic` is all of it, `$topic/1` its first level.

use super::{
    Mapping, Parsed,
    gather::{Asked, Gather},
    json_items::{Item, value_of},
    mapping::{Cell, Record},
};
use crate::Rejection;
use cim_model::UtcMillis;
use serde_json::Value;
use std::borrow::Cow;

/// Reads the message `payload` that came on `topic`.
///
/// `source` prefixes every identity; `period_s` is how often news is promised; `now` is when it arrived.
pub fn read_message(
    topic: &str,
    payload: &[u8],
    mapping: &Mapping,
    source: &str,
    period_s: f64,
    now: UtcMillis,
) -> Result<Parsed, Rejection> {
    let value = value_of(payload, mapping)?;
    let list = if mapping.items.is_empty() {
        &value
    } else {
        value
            .pointer(&mapping.items)
            .ok_or_else(|| Rejection::new(mapping.items.clone(), "a list is expected there"))?
    };
    let items = match list {
        Value::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    let asked = Asked {
        source,
        period_s,
        now,
    };
    let mut gather = Gather::new(asked, mapping);
    for (index, item) in items.iter().enumerate() {
        let record = Message {
            topic,
            item: Item(item),
        };
        if !gather.take(&record, &format!("${}[{index}]", mapping.items)) {
            break;
        }
    }
    Ok(gather.parsed)
}

struct Message<'v> {
    topic: &'v str,
    item: Item<'v>,
}

impl Record for Message<'_> {
    fn cell(&self, name: &str) -> Option<Cell<'_>> {
        let Some(level) = name.strip_prefix("$topic") else {
            // The empty pointer is the whole payload: a bare number.
            return if name.is_empty() {
                Cell::of_json(self.item.0)
            } else {
                self.item.cell(name)
            };
        };
        if level.is_empty() {
            return Some(Cell::Text(Cow::Borrowed(self.topic)));
        }
        let number: usize = level.strip_prefix('/')?.parse().ok()?;
        let found = self.topic.split('/').nth(number.checked_sub(1)?)?;
        Some(Cell::Text(Cow::Borrowed(found)))
    }

    fn point(&self) -> Option<[f64; 3]> {
        self.item.point()
    }

    fn own_id(&self) -> Option<String> {
        self.item.own_id()
    }

    fn own_name(&self) -> Option<String> {
        self.item.own_name()
    }

    fn own_lines(&self) -> Vec<(String, String)> {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::read_mapping;

    const NOW: UtcMillis = UtcMillis(5_000);

    #[track_caller]
    fn check(mapping: &str, payload: &str, expected: &[(&str, i64, f64)]) {
        let mapping = read_mapping(mapping, "m").expect("a mapping");
        let parsed = read_message(
            "city/pump-7/level",
            payload.as_bytes(),
            &mapping,
            "q",
            60.0,
            NOW,
        )
        .expect("readable");
        let found: Vec<(&str, i64, f64)> = parsed
            .observations
            .iter()
            .map(|o| (o.datastream.as_str(), o.happened_at.0, o.value))
            .collect();
        assert_eq!(found, expected, "{:?}", parsed.rejected);
    }

    #[test]
    fn a_message_names_its_device_by_its_topic_or_by_its_payload() {
        check(
            "[thing]\nid = \"$topic/2\"\nlon = 121.5\nlat = 31.2\n[[series]]\nproperty = \"level\"\nvalue = \"\"",
            "1.25",
            &[("q:pump-7:level", 5_000, 1.25)],
        );
        check(
            "items = \"/readings\"\n[thing]\nid = \"{$topic/2}-{/n}\"\nlon = 121.5\nlat = 31.2\n[[series]]\nproperty = \"level\"\nvalue = \"/v\"\ntime = \"/t\"\ntime_format = \"unix_ms\"",
            r#"{"readings":[{"n":1,"v":2,"t":10},{"n":2,"v":"x","t":10},{"n":2,"v":3,"t":20}]}"#,
            &[("q:pump-7-1:level", 10, 2.0), ("q:pump-7-2:level", 20, 3.0)],
        );
    }

    #[test]
    fn a_payload_that_is_no_json_is_rejected() {
        let rejection = read_message("t", b"\xff\x00", &Mapping::default(), "q", 60.0, NOW);
        assert!(rejection.is_err());
    }
}
