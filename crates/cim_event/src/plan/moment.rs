//! Moments as people of the city read them: Asia/Shanghai, which has been UTC+8 all year since 1991 (IANA time zone database).

use cim_model::UtcMillis;
use jiff::{Timestamp, civil::DateTime, tz::Offset};

/// A day in milliseconds.
pub(crate) const DAY_MS: i64 = 86_400_000;
/// Hours that the city's clocks are ahead of UTC.
const AHEAD_H: i8 = 8;
const HOUR_MS: i64 = 3_600_000;

/// The wall clock of the city at `at`; that of 1970 for a moment that no calendar has.
pub(crate) fn civil_of(at: UtcMillis) -> DateTime {
    Offset::constant(AHEAD_H).to_datetime(Timestamp::from_millisecond(at.0).unwrap_or_default())
}

/// `2026-03-01 08:00`.
pub(crate) fn text_of(at: UtcMillis) -> String {
    let civil = civil_of(at);
    format!(
        "{:04}-{:02}-{:02} {:02}:{:02}",
        civil.year(),
        civil.month(),
        civil.day(),
        civil.hour(),
        civil.minute()
    )
}

/// The hour of the city's day, 0 to 23.
pub(crate) fn hour_of(at: UtcMillis) -> u8 {
    u8::try_from(local_ms(at).rem_euclid(DAY_MS) / HOUR_MS).unwrap_or_default()
}

/// Minutes since the city's midnight.
pub(crate) fn minute_of_day(at: UtcMillis) -> u16 {
    u16::try_from(local_ms(at).rem_euclid(DAY_MS) / 60_000).unwrap_or_default()
}

fn local_ms(at: UtcMillis) -> i64 {
    at.0.saturating_add(i64::from(AHEAD_H) * HOUR_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-03-01T00:30:00+08:00.
    const AT: UtcMillis = UtcMillis(1_772_296_200_000);

    #[test]
    fn moments_are_read_on_the_city_s_clock() {
        assert_eq!(text_of(AT), "2026-03-01 00:30");
        assert_eq!((hour_of(AT), minute_of_day(AT)), (0, 30));
        let before = UtcMillis(AT.0 - 3_600_000);
        assert_eq!(text_of(before), "2026-02-28 23:30");
        assert_eq!((hour_of(before), minute_of_day(before)), (23, 1_410));
    }

    #[test]
    fn moments_that_no_calendar_has_are_no_panic() {
        assert_eq!(text_of(UtcMillis(i64::MAX)), "1970-01-01 08:00");
        assert!(hour_of(UtcMillis(i64::MIN)) < 24);
    }
}
