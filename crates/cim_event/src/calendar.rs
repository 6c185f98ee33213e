//! Working time: weekdays and hours, the year's holidays and the days worked in their stead 调休, as data.
//!
//! People's time is that of one zone with a fixed offset: Asia/Shanghai has been UTC+8 without summer time since 1991.
//! Days are counted from 1970-01-01, so that no table of zones is needed.

use crate::reading::{Fault, Sheet};
use cim_model::UtcMillis;
use jiff::civil::{Date, Time};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// The words for weekdays, Monday first.
const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// How far ahead a moment is looked for, days: farther than any deadline.
const MOST_DAYS: i64 = 20 * 366;

/// The longest run of days that one entry of a holiday list may name.
const MOST_RUN_DAYS: i64 = 60;

/// A moment as people in the city say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalTime {
    /// Days since 1970-01-01.
    pub day: i64,
    /// Minutes since midnight, 0 to 1439.
    pub minute: u32,
    /// 0 Monday … 6 Sunday.
    pub weekday: u8,
}

/// When people work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    offset_ms: i64,
    /// Which weekdays are worked, Monday first.
    weekdays: [bool; 7],
    /// Worked stretches of a day, milliseconds after midnight, in order.
    hours: Vec<(i64, i64)>,
    /// Days that differ from their weekday: true where they are worked.
    special: BTreeMap<i64, bool>,
    /// The years whose holidays are known.
    years: BTreeSet<i16>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct YearRow {
    year: i16,
    source: String,
    #[serde(default)]
    off: Vec<String>,
    #[serde(default)]
    on: Vec<String>,
}

impl Calendar {
    /// The calendar in `text`, which is the file `file`, and what is wrong in it. None without working time: no deadline
    /// would ever come.
    pub fn read(text: &str, file: &str) -> (Option<Self>, Vec<Fault>) {
        let mut sheet = Sheet::new(text, file);
        sheet.only(&["source", "utc_offset_minutes", "weekdays", "hours", "year"]);
        let offset: i64 = sheet.value("utc_offset_minutes").unwrap_or(480);
        let mut calendar = Self {
            offset_ms: offset.clamp(-1_080, 1_080) * MINUTE_MS,
            weekdays: [false; 7],
            hours: Vec::new(),
            special: BTreeMap::new(),
            years: BTreeSet::new(),
        };
        calendar.read_week(&mut sheet);
        for (line, row) in sheet.rows::<YearRow>("year") {
            calendar.read_year(&mut sheet, line, &row);
        }
        let is_usable = calendar.weekdays.contains(&true) && !calendar.hours.is_empty();
        if !is_usable {
            sheet.tell(1, "hours", "no working time is left");
        }
        (is_usable.then_some(calendar), sheet.faults)
    }

    fn read_week(&mut self, sheet: &mut Sheet<'_>) {
        let days: Vec<String> = sheet.value("weekdays").unwrap_or_default();
        for word in days {
            let found = WEEKDAYS.iter().position(|name| *name == word);
            match found.and_then(|place| self.weekdays.get_mut(place)) {
                Some(day) => *day = true,
                None => sheet.tell(1, "weekdays", format!("`{word}` is not one of mon … sun")),
            }
        }
        let hours: Vec<(String, String)> = sheet.value("hours").unwrap_or_default();
        let mut last = 0;
        for (from, until) in hours {
            match (ms_of(&from), ms_of(&until)) {
                (Some(begin), Some(end)) if last <= begin && begin < end => {
                    self.hours.push((begin, end));
                    last = end;
                }
                _ => {
                    let reason =
                        format!("`{from}` to `{until}` is no stretch after the one before");
                    sheet.tell(1, "hours", reason);
                }
            }
        }
    }

    fn read_year(&mut self, sheet: &mut Sheet<'_>, line: u32, row: &YearRow) {
        if row.source.trim().is_empty() {
            sheet.tell(line, "year", "a source is expected");
        }
        self.years.insert(row.year);
        let days = [(&row.off, false), (&row.on, true)];
        for (text, is_worked) in days
            .into_iter()
            .flat_map(|(list, is_worked)| list.iter().map(move |text| (text, is_worked)))
        {
            let Some((first, last)) = run_of(text, row.year) else {
                let reason = format!("`{text}` is no day or run of days of {}", row.year);
                sheet.tell(line, "year", reason);
                continue;
            };
            for day in first..=last {
                if self.special.insert(day, is_worked) == Some(!is_worked) {
                    sheet.tell(
                        line,
                        "year",
                        format!("a day of `{text}` is both on and off"),
                    );
                }
            }
        }
    }

    /// `at` as people in the city say it.
    pub fn local(&self, at: UtcMillis) -> LocalTime {
        let ms = at.0.saturating_add(self.offset_ms);
        let day = ms.div_euclid(DAY_MS);
        LocalTime {
            day,
            minute: (ms.rem_euclid(DAY_MS) / MINUTE_MS) as u32,
            weekday: weekday_of(day) as u8,
        }
    }

    /// True when the holidays of the year of `at` are known; otherwise only its weekdays count.
    pub fn knows(&self, at: UtcMillis) -> bool {
        let day = self.local(at).day;
        let mut years = self.years.iter();
        years.any(|year| {
            let first = day_of(*year, 1, 1);
            let next = day_of(year.saturating_add(1), 1, 1);
            first
                .zip(next)
                .is_some_and(|(first, next)| (first..next).contains(&day))
        })
    }

    /// True when people work at `at`.
    pub fn is_working(&self, at: UtcMillis) -> bool {
        let ms = at.0.saturating_add(self.offset_ms);
        let (day, within) = (ms.div_euclid(DAY_MS), ms.rem_euclid(DAY_MS));
        self.is_working_day(day)
            && self
                .hours
                .iter()
                .any(|(from, until)| (*from..*until).contains(&within))
    }

    /// How much of a working day is worked, milliseconds.
    pub fn working_day_ms(&self) -> i64 {
        self.hours.iter().map(|(from, until)| until - from).sum()
    }

    /// The working time between two moments, milliseconds; 0 when `until` is not after `from`.
    pub fn working_between_ms(&self, from: UtcMillis, until: UtcMillis) -> i64 {
        let from_ms = from.0.saturating_add(self.offset_ms);
        let until_ms = until.0.saturating_add(self.offset_ms);
        if until_ms <= from_ms {
            return 0;
        }
        let first = from_ms.div_euclid(DAY_MS);
        let last = until_ms.div_euclid(DAY_MS).min(first + MOST_DAYS);
        (first..=last)
            .filter(|day| self.is_working_day(*day))
            .map(|day| {
                let midnight = day * DAY_MS;
                self.hours
                    .iter()
                    .map(|(begin, end)| {
                        let begin = (midnight + begin).max(from_ms);
                        let end = (midnight + end).min(until_ms);
                        (end - begin).max(0)
                    })
                    .sum::<i64>()
            })
            .sum()
    }

    /// The moment at which `ms` of working time have gone by since `from`.
    pub fn after_working_ms(&self, from: UtcMillis, ms: i64) -> UtcMillis {
        let from_ms = from.0.saturating_add(self.offset_ms);
        let first = from_ms.div_euclid(DAY_MS);
        let mut left = ms.max(0);
        let days = first..first.saturating_add(MOST_DAYS);
        for day in days.filter(|day| self.is_working_day(*day)) {
            let midnight = day * DAY_MS;
            for (begin, end) in &self.hours {
                let begin = (midnight + begin).max(from_ms);
                let room = (midnight + end - begin).max(0);
                if room > 0 && left <= room {
                    return UtcMillis(begin + left - self.offset_ms);
                }
                left -= room;
            }
        }
        UtcMillis(from.0.saturating_add(MOST_DAYS * DAY_MS))
    }

    fn is_working_day(&self, day: i64) -> bool {
        let usual = || self.weekdays.get(weekday_of(day)).copied();
        self.special
            .get(&day)
            .copied()
            .or_else(usual)
            .unwrap_or(false)
    }
}

/// 0 Monday … 6 Sunday: 1970-01-01 was a Thursday.
fn weekday_of(day: i64) -> usize {
    (day + 3).rem_euclid(7) as usize
}

fn ms_of(text: &str) -> Option<i64> {
    if text == "24:00" {
        return Some(DAY_MS);
    }
    let time: Time = text.parse().ok()?;
    Some((i64::from(time.hour()) * 60 + i64::from(time.minute())) * MINUTE_MS)
}

/// The days that `2026-02-15` or `2026-02-15..2026-02-23` names, when they begin or end in `year`.
fn run_of(text: &str, year: i16) -> Option<(i64, i64)> {
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    let (first, last): (Date, Date) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    let is_of_year = first.year() == year || last.year() == year;
    let (first, last) = (number_of(first)?, number_of(last)?);
    let is_run = (0..MOST_RUN_DAYS).contains(&(last - first));
    (is_of_year && is_run).then_some((first, last))
}

fn day_of(year: i16, month: i8, day: i8) -> Option<i64> {
    number_of(Date::new(year, month, day).ok()?)
}

/// Days since 1970-01-01.
fn number_of(date: Date) -> Option<i64> {
    let midnight = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(midnight.timestamp().as_second().div_euclid(24 * 60 * 60))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The calendar that ships.
    pub(crate) fn china() -> Calendar {
        let text = include_str!("../../../assets/codes/calendar.toml");
        let (calendar, faults) = Calendar::read(text, "calendar.toml");
        assert_eq!(faults, []);
        calendar.unwrap()
    }

    /// The moment that `local` (in Shanghai) names.
    pub(crate) fn shanghai(local: &str) -> UtcMillis {
        let stamp: jiff::Timestamp = format!("{local}:00+08:00").parse().unwrap();
        UtcMillis(stamp.as_millisecond())
    }

    #[track_caller]
    fn check_after(from: &str, hours: i64, expected: &str) {
        let china = china();
        let ms = hours * 60 * MINUTE_MS;
        let reached = china.after_working_ms(shanghai(from), ms);
        assert_eq!(reached, shanghai(expected));
        let back = china.working_between_ms(shanghai(from), reached);
        assert_eq!(back, ms, "both ways agree");
    }

    #[test]
    fn working_hours_run_over_lunch_nights_weekends_and_holidays() {
        assert_eq!(china().working_day_ms(), 8 * 60 * MINUTE_MS);
        check_after("2026-03-02T09:00", 2, "2026-03-02T11:00");
        check_after("2026-03-02T11:00", 2, "2026-03-02T14:00");
        check_after("2026-03-02T17:00", 2, "2026-03-03T10:00");
        check_after("2026-03-06T17:00", 2, "2026-03-09T10:00");
        check_after("2026-03-07T12:00", 8, "2026-03-09T18:00");
        // Three working days from the last day before the Spring Festival, which is a worked Saturday.
        check_after("2026-02-14T09:00", 24, "2026-02-25T18:00");
        check_after("2025-09-30T17:00", 8, "2025-10-09T17:00");
    }

    #[test]
    fn holidays_are_off_and_days_in_their_stead_are_worked() {
        let china = china();
        let check = |local: &str, expected: bool| {
            assert_eq!(china.is_working(shanghai(local)), expected, "{local}");
        };
        check("2026-02-16T10:00", false);
        check("2026-02-28T10:00", true);
        check("2026-01-04T10:00", true);
        check("2026-10-07T10:00", false);
        check("2026-10-10T10:00", true);
        check("2025-01-26T10:00", true);
        check("2025-06-02T10:00", false);
        check("2026-03-04T12:30", false);
        check("2026-03-04T03:00", false);
        assert!(china.knows(shanghai("2025-12-31T23:59")));
        assert!(!china.knows(shanghai("2027-01-01T00:00")));
    }

    #[test]
    fn a_moment_is_told_as_people_say_it() {
        let local = china().local(shanghai("2026-03-04T00:05"));
        assert_eq!((local.minute, local.weekday), (5, 2));
        assert_eq!(china().local(UtcMillis(0)).day, 0);
    }

    #[track_caller]
    fn check_fault(text: &str, is_usable: bool, reason: &str) {
        let (calendar, faults) = Calendar::read(text, "c.toml");
        assert_eq!(calendar.is_some(), is_usable);
        let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert!(told.iter().any(|text| text.contains(reason)), "{told:?}");
    }

    #[test]
    fn what_is_wrong_in_a_calendar_is_told() {
        let week = "weekdays = [\"mon\"]\nhours = [[\"08:00\", \"12:00\"]]\n";
        check_fault("", false, "no working time");
        check_fault("weekdays = [\"monday\"]\n", false, "`monday`");
        check_fault(
            "weekdays = [\"mon\"]\nhours = [[\"12:00\", \"08:00\"]]\n",
            false,
            "no stretch",
        );
        let year = |lists: &str| format!("{week}[[year]]\nyear = 2026\nsource = \"x\"\n{lists}");
        check_fault(&year("off = [\"2026-02-30\"]\n"), true, "2026-02-30");
        check_fault(&year("off = [\"2025-01-01\"]\n"), true, "of 2026");
        check_fault(
            &year("off = [\"2026-05-01\"]\non = [\"2026-05-01\"]\n"),
            true,
            "both on and off",
        );
    }
}
