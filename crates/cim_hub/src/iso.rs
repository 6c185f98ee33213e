//! Moments as ISO 8601 text, at the doors only. Inside they are milliseconds since 1970.

use cim_model::UtcMillis;

/// The moment as `2026-01-31T08:15:00.250Z`; always three decimals, so that texts sort as moments do.
pub(crate) fn iso_from_millis(moment: UtcMillis) -> String {
    jiff::Timestamp::from_millisecond(moment.0).map_or_else(
        |_| "1970-01-01T00:00:00.000Z".to_owned(),
        |stamp| format!("{stamp:.3}"),
    )
}

/// Reads one ISO 8601 moment with a zone (`Z` or an offset).
pub(crate) fn millis_from_iso(text: &str) -> Option<UtcMillis> {
    text.trim()
        .parse::<jiff::Timestamp>()
        .ok()
        .map(|stamp| UtcMillis(stamp.as_millisecond()))
}

/// Reads a moment or, for an interval `start/end`, its end (SensorThings 1.1, clause 8.2.7 allows both).
pub(crate) fn end_of_time(text: &str) -> Option<UtcMillis> {
    let Some((start, end)) = text.split_once('/') else {
        return millis_from_iso(text);
    };
    let (start, end) = (millis_from_iso(start)?, millis_from_iso(end)?);
    (start <= end).then_some(end)
}

/// Reads a civil date and time without a zone, as the public series write it, into milliseconds of that civil clock.
pub(crate) fn civil_millis(text: &str) -> Option<i64> {
    let civil: jiff::civil::DateTime = text.trim().replace(' ', "T").parse().ok()?;
    let zoned = civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(zoned.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_and_read_back_to_the_millisecond() {
        let moment = UtcMillis(1_700_000_000_250);
        assert_eq!(iso_from_millis(moment), "2023-11-14T22:13:20.250Z");
        assert_eq!(millis_from_iso("2023-11-14T22:13:20.250Z"), Some(moment));
        assert_eq!(
            millis_from_iso("2023-11-15T06:13:20.250+08:00"),
            Some(moment)
        );
        assert_eq!(millis_from_iso("yesterday"), None);
    }

    #[test]
    fn an_interval_counts_from_its_end_and_may_not_run_backwards() {
        assert_eq!(
            end_of_time("2023-11-14T22:00:00Z/2023-11-14T22:13:20.250Z"),
            Some(UtcMillis(1_700_000_000_250))
        );
        assert_eq!(
            end_of_time("2023-11-14T23:00:00Z/2023-11-14T22:13:20Z"),
            None
        );
    }

    #[test]
    fn a_civil_time_of_a_series_is_read_with_either_separator() {
        assert_eq!(civil_millis("1970-01-01 00:05:00"), Some(300_000));
        assert_eq!(civil_millis("1970-01-01T00:05:00"), Some(300_000));
        assert_eq!(civil_millis("5 past"), None);
    }
}
