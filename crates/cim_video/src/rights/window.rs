//! Hours of the week during which a right holds, in the city's time.

use crate::sheet::Words;
use cim_model::UtcMillis;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
/// 1970-01-01 was a Thursday; Monday is 0.
const FIRST_WEEKDAY: i64 = 3;

/// Hours of the week. With `to` at or before `from` they reach into the next day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// Its word.
    pub id: String,
    /// What people call it.
    pub name: Words,
    /// On which days it opens; Monday first.
    pub days: [bool; 7],
    /// When it opens, minutes from midnight.
    pub from_min: u16,
    /// When it closes, minutes from midnight.
    pub to_min: u16,
}

impl Window {
    /// True when it is open at `at`; `offset_min` is how far the city's clocks are ahead of UTC.
    pub(crate) fn is_open(&self, at: UtcMillis, offset_min: i32) -> bool {
        let day = day_of(at, offset_min);
        [day - 1, day]
            .into_iter()
            .filter_map(|day| self.stretch(day, offset_min))
            .any(|(opens, closes)| opens <= at.0 && at.0 < closes)
    }

    /// When it opens or closes next, after `at`. `None` for a window that never opens.
    pub(crate) fn next_change(&self, at: UtcMillis, offset_min: i32) -> Option<UtcMillis> {
        let day = day_of(at, offset_min);
        (day - 1..=day + 8)
            .filter_map(|day| self.stretch(day, offset_min))
            .flat_map(|(opens, closes)| [opens, closes])
            .filter(|moment| *moment > at.0)
            .min()
            .map(UtcMillis)
    }

    /// From when to when it is open on the day with this number, UTC milliseconds.
    fn stretch(&self, day: i64, offset_min: i32) -> Option<(i64, i64)> {
        let weekday = usize::try_from((day + FIRST_WEEKDAY).rem_euclid(7)).ok()?;
        if !self.days.get(weekday).copied().unwrap_or_default() {
            return None;
        }
        let midnight = day
            .saturating_mul(DAY_MS)
            .saturating_sub(i64::from(offset_min) * MINUTE_MS);
        let opens = midnight.saturating_add(i64::from(self.from_min) * MINUTE_MS);
        let closes = midnight.saturating_add(i64::from(self.to_min) * MINUTE_MS);
        let over_night = if self.to_min <= self.from_min {
            DAY_MS
        } else {
            0
        };
        Some((opens, closes.saturating_add(over_night)))
    }
}

/// The city's day that `at` falls into, counted from 1970.
fn day_of(at: UtcMillis, offset_min: i32) -> i64 {
    let local = at.0.saturating_add(i64::from(offset_min) * MINUTE_MS);
    local.div_euclid(DAY_MS)
}

/// Minutes from midnight of `08:30`; `None` for anything else. `24:00` is midnight at the end of the day.
pub(crate) fn minutes_of(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    if hours.len() != 2 || minutes.len() != 2 {
        return None;
    }
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    let total = hours.checked_mul(60)?.checked_add(minutes)?;
    (minutes < 60 && total <= 24 * 60).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHANGHAI: i32 = 480;
    /// Monday 2026-11-23, 00:00 in Shanghai.
    const MONDAY: i64 = 1_795_363_200_000;
    const HOUR: i64 = 60 * MINUTE_MS;

    fn window(days: [bool; 7], from_min: u16, to_min: u16) -> Window {
        Window {
            id: "w".to_owned(),
            name: Words::default(),
            days,
            from_min,
            to_min,
        }
    }

    #[track_caller]
    fn check(window: &Window, hours: i64, is_open: bool, next: Option<i64>) {
        let at = UtcMillis(MONDAY + hours * HOUR);
        assert_eq!(window.is_open(at, SHANGHAI), is_open, "{hours} h");
        let told = window.next_change(at, SHANGHAI);
        assert_eq!(
            told.map(|moment| (moment.0 - MONDAY) / HOUR),
            next,
            "{hours} h"
        );
    }

    #[test]
    fn working_hours_open_and_close_in_the_citys_time() {
        let work = window(
            [true, true, true, true, true, false, false],
            8 * 60,
            18 * 60,
        );
        check(&work, 7, false, Some(8));
        check(&work, 8, true, Some(18));
        check(&work, 18, false, Some(32));
        // Friday evening: until Monday.
        check(&work, 4 * 24 + 19, false, Some(7 * 24 + 8));
        check(&work, -1, false, Some(8));
    }

    #[test]
    fn a_night_reaches_into_the_next_day() {
        let mut days = [false; 7];
        days[0] = true;
        let night = window(days, 22 * 60, 6 * 60);
        check(&night, 5, false, Some(22));
        check(&night, 23, true, Some(30));
        check(&night, 29, true, Some(30));
        check(&night, 30, false, Some(7 * 24 + 22));
        check(&window([false; 7], 0, 60), 5, false, None);
        check(&window([true; 7], 0, 0), 5, true, Some(24));
    }

    #[test]
    fn a_time_of_day_is_two_and_two_digits() {
        for (text, expected) in [
            ("08:30", Some(510)),
            ("24:00", Some(1440)),
            ("24:01", None),
            ("8:30", None),
            ("08:60", None),
            ("08-30", None),
            ("", None),
        ] {
            assert_eq!(minutes_of(text), expected, "{text}");
        }
    }
}
