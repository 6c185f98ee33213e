//! Moments as ISO 8601 text, at the door; inside they are milliseconds.
//!
//! Two roads: [`usual_moment`] reads the shapes that servers send from their bytes, the calendar crate everything else.

use crate::Rejection;
use cim_model::UtcMillis;
use jiff::{Timestamp, civil::DateTime, tz::Offset};
use serde_json::Value;

const DAY_MS: i64 = 86_400_000;

/// The moment spelt `text`; the end of it when it is an interval `start/end`.
pub(crate) fn moment_of(text: &str) -> Option<UtcMillis> {
    let stamp: Timestamp = end_of(text).parse().ok()?;
    Some(UtcMillis(stamp.as_millisecond()))
}

/// The same, and true when the text names no zone: it is then taken as UTC.
pub(crate) fn local_moment_of(text: &str) -> Option<(UtcMillis, bool)> {
    if let Some(moment) = moment_of(text) {
        return Some((moment, false));
    }
    let end = end_of(text);
    let has_time = end
        .get(10..)
        .is_some_and(|time| time.len() >= 6 && !time.contains(['+', '-', 'Z', 'z', '[']));
    if !has_time {
        return None;
    }
    let civil: DateTime = end.parse().ok()?;
    let stamp = Offset::UTC.to_timestamp(civil).ok()?;
    Some((UtcMillis(stamp.as_millisecond()), true))
}

/// `moment` as `2026-01-31T08:15:00.25Z`; the beginning of 1970 when it lies beyond the calendar.
pub(crate) fn text_of(moment: UtcMillis) -> String {
    Timestamp::from_millisecond(moment.0)
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

fn end_of(text: &str) -> &str {
    text.rsplit('/').next().unwrap_or(text).trim()
}

/// A moment that was read from bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Usual {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub(crate) millis: i64,
    /// How many bytes it took.
    pub(crate) length: usize,
    /// True when it names no zone; it is then taken as UTC.
    pub(crate) is_zoneless: bool,
}

/// The day that was read last, as it was spelt.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Day {
    spelt: (u64, u16),
    millis: i64,
}

impl Default for Day {
    fn default() -> Self {
        Self {
            spelt: (u64::from_le_bytes(*b"1970-01-"), u16::from_le_bytes(*b"01")),
            millis: 0,
        }
    }
}

/// Reads `2026-11-22T05:00:00Z`, with a fraction, an offset or no zone, with `t` or a space for `T`. `None` for any other shape
/// and for years before 1970, where fractions round the other way.
#[inline]
pub(crate) fn usual_moment(bytes: &[u8], day: &mut Day) -> Option<Usual> {
    let head = bytes.first_chunk::<20>()?;
    let month = u64::from_le_bytes([
        head[0], head[1], head[2], head[3], head[4], head[5], head[6], head[7],
    ]);
    let date = u16::from_le_bytes([head[8], head[9]]);
    if (month, date) != day.spelt {
        *day = Day {
            millis: day_millis(month, date)?,
            spelt: (month, date),
        };
    }
    if !matches!(head[10], b'T' | b't' | b' ') {
        return None;
    }
    let time = time_millis(u64::from_le_bytes([
        head[11], head[12], head[13], head[14], head[15], head[16], head[17], head[18],
    ]))?;
    let millis = day.millis.wrapping_add(time);
    if head[19] == b'Z' {
        return Some(Usual {
            millis,
            length: 20,
            is_zoneless: false,
        });
    }
    let (fraction, ends) = fraction_millis(bytes, 19)?;
    let (offset, length, is_zoneless) = zone(bytes, ends)?;
    let millis = millis.wrapping_add(fraction).wrapping_sub(offset);
    (millis >= 0).then_some(Usual {
        millis,
        length,
        is_zoneless,
    })
}

/// `word` as digits: each byte 0 to 9 where `shape` has a `0`, and 0 where `shape` has another character and `word` the same.
#[inline]
fn digits_of(word: u64, shape: [u8; 8], marks: u64) -> Option<[i64; 8]> {
    const SIXES: u64 = 0x0606_0606_0606_0606;
    const HIGH_HALVES: u64 = 0xf0f0_f0f0_f0f0_f0f0;
    let plain = word ^ u64::from_le_bytes(shape);
    let is_digits = (plain | plain.wrapping_add(SIXES)) & HIGH_HALVES == 0;
    (is_digits && plain & marks == 0).then(|| plain.to_le_bytes().map(i64::from))
}

/// Milliseconds from 1970 to the day whose spelling begins with `month` (`2026-11-`) and ends with `date` (`22`).
fn day_millis(month: u64, date: u16) -> Option<i64> {
    const MARKS: u64 = 0xff00_00ff_0000_0000;
    let [y3, y2, y1, y0, _, m1, m0, _] = digits_of(month, *b"0000-00-", MARKS)?;
    let date = date
        .to_le_bytes()
        .map(|byte| i64::from(byte.wrapping_sub(b'0')));
    let (year, month) = (y3 * 1000 + y2 * 100 + y1 * 10 + y0, m1 * 10 + m0);
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(is_leap),
        _ => return None,
    };
    let [tens, ones] = date;
    let date = tens * 10 + ones;
    let is_day = tens <= 9 && ones <= 9 && (1..=length).contains(&date);
    if !is_day || year < 1970 {
        return None;
    }
    // Days from civil: years begin in March, so that the leap day is the last (Hinnant, "chrono-compatible low-level date algorithms").
    let shifted = year - i64::from(month <= 2);
    let (era, of_era) = (shifted / 400, shifted % 400);
    let from_march = (month + 9) % 12;
    let of_year = (153 * from_march + 2) / 5 + date - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    Some(days * DAY_MS)
}

/// Milliseconds from midnight to the time of day spelt `word` (`05:00:00`).
#[inline]
fn time_millis(word: u64) -> Option<i64> {
    const MARKS: u64 = 0x0000_ff00_00ff_0000;
    let [h1, h0, _, m1, m0, _, s1, s0] = digits_of(word, *b"00:00:00", MARKS)?;
    let (hour, minute, second) = (h1 * 10 + h0, m1 * 10 + m0, s1 * 10 + s0);
    let is_time = hour <= 23 && minute <= 59 && second <= 59;
    is_time.then_some(((hour * 60 + minute) * 60 + second) * 1000)
}

/// The fraction of a second at `at`, where there is one, cut to milliseconds; and where it ends.
#[inline]
fn fraction_millis(bytes: &[u8], at: usize) -> Option<(i64, usize)> {
    if bytes.get(at) != Some(&b'.') {
        return Some((0, at));
    }
    let (mut millis, mut weight, mut ends) = (0, 100, at + 1);
    while let Some(digit) = bytes.get(ends).filter(|byte| byte.is_ascii_digit()) {
        millis += i64::from(*digit - b'0') * weight;
        weight /= 10;
        ends += 1;
    }
    (2..=10).contains(&(ends - at)).then_some((millis, ends))
}

/// The zone at `at`: its offset from UTC in milliseconds, where it ends, and true when there is none.
#[inline]
fn zone(bytes: &[u8], at: usize) -> Option<(i64, usize, bool)> {
    let sign = match bytes.get(at)? {
        b'Z' | b'z' => return Some((0, at + 1, false)),
        b'"' => return Some((0, at, true)),
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let &[h1, h0, colon, m1, m0] = bytes.get(at + 1..)?.first_chunk::<5>()?;
    let digit = |byte: u8| i64::from(byte.wrapping_sub(b'0'));
    let (hours, minutes) = (digit(h1) * 10 + digit(h0), digit(m1) * 10 + digit(m0));
    let are_digits = [h1, h0, m1, m0].iter().all(u8::is_ascii_digit);
    let is_offset = are_digits && colon == b':' && hours <= 23 && minutes <= 59;
    is_offset.then_some((sign * (hours * 60 + minutes) * 60_000, at + 6, false))
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

    #[test]
    fn a_moment_without_a_zone_is_taken_as_utc_and_says_so() {
        let read =
            |text| local_moment_of(text).map(|(moment, is_zoneless)| (moment.0, is_zoneless));
        assert_eq!(read("1970-01-01T00:00:01"), Some((1000, true)));
        assert_eq!(read("1970-01-01 00:00:01.5"), Some((1500, true)));
        assert_eq!(read("1970-01-01T00:00:01Z"), Some((1000, false)));
        for text in [
            "1970-01-01",
            "noon",
            "2010-12-23T10:20:00-0700Z",
            "1970-01-01T00:00:00+99:00",
            "",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    fn usual(text: &str) -> Option<Usual> {
        usual_moment(format!("{text}\"").as_bytes(), &mut Day::default())
    }

    #[test]
    fn the_quick_way_and_the_calendar_agree_on_every_day_until_2200() {
        let mut day = Day::default();
        for number in 0..84_000_i64 {
            let moment = UtcMillis(number * DAY_MS + number % DAY_MS / 1000 * 1000);
            let text = format!("{}\"", text_of(moment));
            let found = usual_moment(text.as_bytes(), &mut day).expect("usual");
            assert_eq!(
                (found.millis, found.length),
                (moment.0, text.len() - 1),
                "{text}"
            );
        }
    }

    #[test]
    fn the_quick_way_reads_fractions_offsets_and_no_zone_like_the_calendar() {
        for text in [
            "2026-11-22T05:00:00Z",
            "2026-11-22T05:00:00.1Z",
            "2026-11-22T05:00:00.123Z",
            "2026-11-22T05:00:00.123999999Z",
            "2026-11-22 05:00:00Z",
            "2026-11-22T05:00:00+08:00",
            "2026-11-22T05:00:00.5-03:30",
            "2024-02-29T23:59:59z",
        ] {
            let found = usual(text).expect("usual");
            assert_eq!(Some(UtcMillis(found.millis)), moment_of(text), "{text}");
            assert_eq!((found.length, found.is_zoneless), (text.len(), false));
        }
        let zoneless = usual("2026-11-22T05:00:00").expect("usual");
        assert!(zoneless.is_zoneless);
        assert_eq!(
            Some(zoneless.millis),
            usual("2026-11-22T05:00:00Z").map(|found| found.millis)
        );
    }

    #[test]
    fn the_quick_way_leaves_the_rest_to_the_calendar() {
        for text in [
            "2026-13-22T05:00:00Z",
            "2026-00-22T05:00:00Z",
            "2026-11-31T05:00:00Z",
            "2023-02-29T05:00:00Z",
            "2026-11-00T05:00:00Z",
            "2026-11-22T24:00:00Z",
            "2026-11-22T05:60:00Z",
            "2026-11-22T05:00:60Z",
            "2026-11-22T05:00:00.Z",
            "2026-11-22T05:00:00.1234567890Z",
            "2026-11-22T05:00:00+8:00",
            "2026-11-22T05:00:00+0800",
            "2026/11/22T05:00:00Z",
            "1969-12-31T23:59:59Z",
            "1970-01-01T00:00:00+08:00",
            "2026-11-22",
            "\u{6c34}\u{6c34}\u{6c34}\u{6c34}\u{6c34}\u{6c34}\u{6c34}",
        ] {
            assert_eq!(usual(text), None, "{text}");
        }
    }
}
