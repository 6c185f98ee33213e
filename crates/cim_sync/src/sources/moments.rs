//! Moments as feeds spell them: ISO 8601, seconds, milliseconds, or a pattern in a time zone.

use crate::iso;
use cim_model::UtcMillis;
use jiff::{Timestamp, civil::DateTime, fmt::strtime::BrokenDownTime, tz::TimeZone};

/// The latest second that is taken for one: beyond it lies the year 5138, and a number in milliseconds.
const LAST_SECOND: f64 = 1e11;

/// How a feed spells its moments, and in which zone when it does not say.
#[derive(Clone, Debug)]
pub struct TimeFormat {
    spelling: Spelling,
    zone: TimeZone,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Spelling {
    Iso,
    Seconds,
    Millis,
    Pattern(String),
}

impl Default for TimeFormat {
    fn default() -> Self {
        Self {
            spelling: Spelling::Iso,
            zone: TimeZone::UTC,
        }
    }
}

impl TimeFormat {
    /// The format called `name` (`iso`, `unix_s`, `unix_ms`, or a pattern such as `%Y-%m-%d %H:%M:%S`) in the zone called
    /// `zone` (an IANA name, an offset such as `+08:00`, or empty for UTC). The error says what is wrong with either.
    pub fn new(name: &str, zone: &str) -> Result<Self, String> {
        let spelling = match name {
            "" | "iso" => Spelling::Iso,
            "unix_s" => Spelling::Seconds,
            "unix_ms" => Spelling::Millis,
            pattern if pattern.contains('%') => Spelling::Pattern(pattern.to_owned()),
            other => {
                return Err(format!(
                    "iso, unix_s, unix_ms or a pattern with % is expected, not {other}"
                ));
            }
        };
        Ok(Self {
            spelling,
            zone: zone_of(zone)?,
        })
    }

    /// The moment that `text` spells.
    pub fn moment(&self, text: &str) -> Option<UtcMillis> {
        let text = text.trim();
        match &self.spelling {
            Spelling::Iso => iso::moment_of(text).or_else(|| {
                let end = text.rsplit('/').next().unwrap_or(text).trim();
                let local: DateTime = end.parse().ok()?;
                self.in_zone(local)
            }),
            Spelling::Seconds => text.parse().ok().and_then(Self::of_seconds),
            Spelling::Millis => text.parse().ok().and_then(Self::of_millis),
            Spelling::Pattern(pattern) => {
                let found = BrokenDownTime::parse(pattern.as_str(), text).ok()?;
                if let Ok(stamp) = found.to_timestamp() {
                    return Some(UtcMillis(stamp.as_millisecond()));
                }
                self.in_zone(found.to_datetime().ok()?)
            }
        }
    }

    /// The moment that a number spells: by its size seconds or milliseconds, unless the format says which.
    pub fn moment_of_number(&self, number: f64) -> Option<UtcMillis> {
        match self.spelling {
            Spelling::Seconds => Self::of_seconds(number),
            Spelling::Iso if number.abs() < LAST_SECOND => Self::of_seconds(number),
            Spelling::Millis | Spelling::Iso => Self::of_millis(number),
            Spelling::Pattern(_) => self.moment(&number.to_string()),
        }
    }

    fn of_seconds(seconds: f64) -> Option<UtcMillis> {
        Self::of_millis(seconds * 1000.0)
    }

    /// None beyond the calendar: what lies there is no moment but a mistake.
    fn of_millis(millis: f64) -> Option<UtcMillis> {
        let whole = millis.round() as i64;
        millis
            .is_finite()
            .then(|| Timestamp::from_millisecond(whole).ok())?
            .map(|stamp| UtcMillis(stamp.as_millisecond()))
    }

    fn in_zone(&self, local: DateTime) -> Option<UtcMillis> {
        let zoned = self.zone.to_zoned(local).ok()?;
        Some(UtcMillis(zoned.timestamp().as_millisecond()))
    }
}

fn zone_of(name: &str) -> Result<TimeZone, String> {
    if name.is_empty() || name == "UTC" || name == "Z" {
        return Ok(TimeZone::UTC);
    }
    if name.starts_with(['+', '-']) {
        let parsed =
            BrokenDownTime::parse("%:z", name).or_else(|_| BrokenDownTime::parse("%z", name));
        return parsed
            .ok()
            .and_then(|found| found.offset())
            .map(TimeZone::fixed)
            .ok_or_else(|| format!("an offset like +08:00 is expected, not {name}"));
    }
    TimeZone::get(name).map_err(|error| format!("no such time zone ({error}): {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(format: &str, zone: &str, text: &str, expected: Option<&str>) {
        let format = TimeFormat::new(format, zone).expect("a format");
        let found = format.moment(text).map(iso::text_of);
        assert_eq!(found.as_deref(), expected, "{text}");
    }

    #[test]
    fn a_moment_is_read_as_its_feed_spells_it() {
        check(
            "iso",
            "+08:00",
            "2014-08-01T07:50:00",
            Some("2014-07-31T23:50:00Z"),
        );
        check(
            "iso",
            "+08:00",
            "2014-08-01T07:50:00Z",
            Some("2014-08-01T07:50:00Z"),
        );
        check("", "", "2014-08-01 07:50:00", Some("2014-08-01T07:50:00Z"));
        check("unix_s", "", "1.5", Some("1970-01-01T00:00:01.5Z"));
        check("unix_ms", "", "1500", Some("1970-01-01T00:00:01.5Z"));
        check(
            "%Y-%m-%d %H",
            "+0800",
            "2013-3-1 0",
            Some("2013-02-28T16:00:00Z"),
        );
        check(
            "%Y/%m/%d %H:%M:%S %z",
            "+08:00",
            "2014/08/01 07:50:00 +0200",
            Some("2014-08-01T05:50:00Z"),
        );
        check("iso", "", "yesterday", None);
        check("unix_s", "", "1e300", None);
        check("unix_s", "", "NaN", None);
    }

    #[test]
    fn a_bare_number_is_seconds_or_milliseconds_by_its_size() {
        let format = TimeFormat::default();
        assert_eq!(
            format.moment_of_number(1_700_000_000.0),
            Some(UtcMillis(1_700_000_000_000))
        );
        assert_eq!(
            format.moment_of_number(1_700_000_000_000.0),
            Some(UtcMillis(1_700_000_000_000))
        );
    }

    #[test]
    fn a_format_or_zone_that_does_not_exist_is_named() {
        for (format, zone, word) in [
            ("isoo", "", "isoo"),
            ("iso", "Mars/Olympus", "Mars/Olympus"),
            ("iso", "+8 o'clock", "+8 o'clock"),
        ] {
            let error = TimeFormat::new(format, zone).expect_err("no such thing");
            assert!(error.contains(word), "{error}");
        }
    }
}
