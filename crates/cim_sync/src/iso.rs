//! Moments as ISO 8601 text, at the door; inside they are milliseconds.

use crate::Rejection;
use cim_model::UtcMillis;
use serde_json::Value;

/// The moment spelt `text`; the end of it when it is an interval `start/end`.
pub(crate) fn moment_of(text: &str) -> Option<UtcMillis> {
    let end = text.rsplit('/').next().unwrap_or(text).trim();
    let stamp: jiff::Timestamp = end.parse().ok()?;
    Some(UtcMillis(stamp.as_millisecond()))
}

/// `moment` as `2026-01-31T08:15:00.25Z`; the beginning of 1970 when it lies beyond the calendar.
pub(crate) fn text_of(moment: UtcMillis) -> String {
    jiff::Timestamp::from_millisecond(moment.0)
        .unwrap_or_default()
        .to_string()
}

/// The moment in field `key`, or why there is none.
pub(crate) fn moment_in(value: &Value, key: &str, place: &str) -> Result<UtcMillis, Rejection> {
    let text = value.get(key).and_then(Value::as_str);
    text.and_then(moment_of).ok_or_else(|| {
        Rejection::new(
            format!("{place}.{key}"),
            "a moment like 2026-01-31T08:15:00Z is expected",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_with_any_offset_and_intervals_count_by_their_end() {
        for (text, expected) in [
            ("1970-01-01T00:00:01Z", Some(1000)),
            ("1970-01-01T08:00:00.250+08:00", Some(250)),
            ("1970-01-01T00:00:00Z/1970-01-01T01:00:00Z", Some(3_600_000)),
            ("1970-01-01T00:00:00", None),
            ("yesterday", None),
            ("2010-12-23T10:20:00-0700Z", None),
            ("", None),
        ] {
            assert_eq!(moment_of(text), expected.map(UtcMillis), "{text}");
        }
        assert_eq!(text_of(UtcMillis(250)), "1970-01-01T00:00:00.25Z");
    }
}
