//! Moments as CAP writes them (1.2, 3.3.2): `2002-05-24T16:49:00-07:00`, with an offset, never `Z`, whole seconds.

use cim_model::UtcMillis;
use jiff::civil::DateTime;
use jiff::tz::Offset;

/// 0000-01-01T00:00:00-00:00.
const YEAR_ZERO: UtcMillis = UtcMillis(-62_167_219_200_000);

/// A moment, and what the sender wrote otherwise than the standard wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CapMoment {
    pub(super) at: UtcMillis,
    /// Empty when it is written as it should be.
    pub(super) remark: &'static str,
}

/// What is expected where there is something else.
pub(super) const EXPECTED: &str =
    "a moment with its offset like 2002-05-24T16:49:00-07:00 is expected";

/// The moment spelt `text`. `Z` and fractions of seconds are against the standard and taken with a remark; a moment
/// without an offset is nowhere in time and is not taken.
pub(super) fn moment_of(text: &str) -> Option<CapMoment> {
    let date = text.get(..10)?;
    let clock = text.get(11..19)?;
    if text.get(10..11)? != "T" {
        return None;
    }
    let (year, month, day) = three(date, "-", [4, 2, 2])?;
    let (hour, minute, second) = three(clock, ":", [2, 2, 2])?;
    let mut rest = text.get(19..)?;
    let mut remark = "";
    if let Some(fraction) = rest.strip_prefix('.') {
        let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
        rest = fraction.get(digits..).filter(|_| digits > 0)?;
        remark = "CAP has no fractions of seconds";
    }
    let offset = if rest == "Z" || rest == "z" {
        remark = "CAP wants -00:00 instead of Z";
        Offset::UTC
    } else {
        offset_of(rest)?
    };
    let narrow = |number: i16| i8::try_from(number).ok();
    let civil = DateTime::new(
        year,
        narrow(month)?,
        narrow(day)?,
        narrow(hour)?,
        narrow(minute)?,
        // A leap second counts as the second before it.
        narrow(if second == 60 { 59 } else { second })?,
        0,
    )
    .ok()?;
    let at = UtcMillis(offset.to_timestamp(civil).ok()?.as_millisecond());
    // A year before 0 cannot be written with four digits again.
    (at >= YEAR_ZERO).then_some(CapMoment { at, remark })
}

/// `moment` as CAP 1.2 writes it, in UTC; milliseconds are left out.
pub(super) fn text_of(moment: UtcMillis) -> String {
    let stamp = jiff::Timestamp::from_millisecond(moment.0).unwrap_or_default();
    let civil = Offset::UTC.to_datetime(stamp);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}-00:00",
        civil.year(),
        civil.month(),
        civil.day(),
        civil.hour(),
        civil.minute(),
        civil.second()
    )
}

/// `moment` without its milliseconds.
pub(super) fn whole_seconds(moment: UtcMillis) -> UtcMillis {
    UtcMillis(moment.0.div_euclid(1000).saturating_mul(1000))
}

/// The moment spelt `text` in a feed: RFC 3339 in Atom, RFC 2822 in RSS.
pub(super) fn feed_moment_of(text: &str) -> Option<UtcMillis> {
    if let Some(found) = moment_of(text) {
        return Some(found.at);
    }
    let stamp = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    Some(UtcMillis(stamp.as_millisecond()))
}

fn offset_of(text: &str) -> Option<Offset> {
    let sign = match text.get(..1)? {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let (hours, minutes) = text.get(1..)?.split_once(':')?;
    let hours = digits(hours, 2)?;
    let minutes = digits(minutes, 2).filter(|minutes| *minutes < 60)?;
    let seconds = (i32::from(hours) * 60 + i32::from(minutes)) * 60 * sign;
    Offset::from_seconds(seconds).ok()
}

fn three(text: &str, separator: &str, widths: [usize; 3]) -> Option<(i16, i16, i16)> {
    let mut parts = text.splitn(3, separator);
    let [first, second, third] = widths;
    Some((
        digits(parts.next()?, first)?,
        digits(parts.next()?, second)?,
        digits(parts.next()?, third)?,
    ))
}

fn digits(text: &str, width: usize) -> Option<i16> {
    let is_number = text.len() == width && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_need_an_offset() {
        for (text, at, is_remarked) in [
            ("1970-01-01T00:00:01-00:00", Some(1000), false),
            ("1970-01-01T08:00:01+08:00", Some(1000), false),
            ("1969-12-31T17:00:01-07:00", Some(1000), false),
            ("1970-01-01T00:00:01Z", Some(1000), true),
            ("1970-01-01T00:00:01.987+00:00", Some(1000), true),
            ("1970-01-01T00:00:60-00:00", Some(59_000), false),
            ("1970-01-01T00:00:01", None, false),
            ("1970-01-01", None, false),
            ("1970-13-01T00:00:01-00:00", None, false),
            ("1970-02-30T00:00:01-00:00", None, false),
            ("1970-01-01T00:00:01+8:00", None, false),
            ("1970-01-01T00:00:01+0800", None, false),
            ("1970-01-01T25:00:01-00:00", None, false),
            ("1970-01-01T00:00:61-00:00", None, false),
            ("五970-01-01T00:00:01-00:00", None, false),
            ("", None, false),
        ] {
            let found = moment_of(text);
            assert_eq!(found.map(|found| found.at), at.map(UtcMillis), "{text}");
            let remarked = found.is_some_and(|found| !found.remark.is_empty());
            assert_eq!(remarked, is_remarked, "{text}");
        }
    }

    #[test]
    fn a_moment_is_written_with_the_offset_that_cap_wants() {
        assert_eq!(text_of(UtcMillis(1999)), "1970-01-01T00:00:01-00:00");
        assert_eq!(whole_seconds(UtcMillis(-1)), UtcMillis(-1000));
        let read = moment_of(&text_of(UtcMillis(1_795_332_600_000))).expect("as written");
        assert_eq!((read.at, read.remark), (UtcMillis(1_795_332_600_000), ""));
    }

    #[test]
    fn feeds_have_dates_of_mail_too() {
        let at = feed_moment_of("Fri, 04 Feb 2011 20:32:08 GMT");
        assert_eq!(at, Some(UtcMillis(1_296_851_528_000)));
        assert_eq!(feed_moment_of("yesterday"), None);
    }
}
