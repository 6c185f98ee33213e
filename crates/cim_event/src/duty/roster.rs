//! The roster 值班表: which shifts there are, and who is on duty in which, as data.

use crate::{
    Words,
    plan::{FileProblem, Keys, MOST_FILE_BYTES, civil_of, minute_of_day, tables_of},
};
use cim_model::UtcMillis;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// How many shifts a day may have.
pub const MOST_SHIFTS: usize = 12;
/// How many duties a shift may have: twenty years of days.
pub const MOST_DUTIES: usize = 7_500;
const MINUTE_MS: i64 = 60_000;
const DAY_MIN: u16 = 1_440;

/// A shift, on the city's clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shift {
    /// Identity.
    pub id: String,
    /// Its name.
    pub name: Words,
    /// When it begins, minutes since midnight.
    pub from_min: u16,
    /// How long it lasts, minutes; beyond midnight for a night shift.
    pub minutes: u16,
}

/// Who is on duty in a shift of a day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Duty {
    /// 值班员: those at the desk.
    pub officers: Vec<String>,
    /// 带班领导: the leader on duty; empty when nobody is named.
    pub leader: String,
}

/// A shift that runs at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnDuty<'r> {
    /// The shift.
    pub shift: &'r Shift,
    /// Who is on duty; `None` when the roster does not say.
    pub duty: Option<&'r Duty>,
    /// When it began.
    pub from: UtcMillis,
    /// When it ends.
    pub until: UtcMillis,
}

/// The roster of a desk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roster {
    shifts: Vec<Shift>,
    duties: BTreeMap<(Date, String), Duty>,
}

impl Roster {
    /// The shifts, as they are written.
    pub fn shifts(&self) -> &[Shift] {
        &self.shifts
    }

    /// How many duties are named.
    pub fn duties(&self) -> usize {
        self.duties.len()
    }

    /// The shift that runs at `now`; of several the one that began last.
    pub fn at(&self, now: UtcMillis) -> Option<OnDuty<'_>> {
        let running = self.shifts.iter().filter_map(|shift| {
            let minute = minute_of_day(now);
            let since = (minute + DAY_MIN - shift.from_min) % DAY_MIN;
            (since < shift.minutes).then_some((since, shift))
        });
        let (since, shift) = running.min_by_key(|(since, _)| *since)?;
        let into_ms = now.0.rem_euclid(MINUTE_MS) + i64::from(since) * MINUTE_MS;
        let from = UtcMillis(now.0.saturating_sub(into_ms));
        let day = civil_of(from).date();
        Some(OnDuty {
            shift,
            duty: self.duties.get(&(day, shift.id.clone())),
            from,
            until: UtcMillis(from.0.saturating_add(i64::from(shift.minutes) * MINUTE_MS)),
        })
    }

    /// The shift after the one that runs at `now`.
    pub fn after(&self, now: UtcMillis) -> Option<OnDuty<'_>> {
        self.at(self.at(now)?.until)
    }
}

/// The roster in `text`, which is the file `file`, and everything in it that is wrong. What is wrong is left out.
pub fn read_roster(text: &str, file: &str) -> (Roster, Vec<FileProblem>) {
    let mut ids = BTreeSet::new();
    let (parts, problems) = tables_of(text, file, "shift", MOST_FILE_BYTES, |keys| {
        let part = shift_of(keys);
        let (shift, _) = part.as_ref()?;
        if ids.len() >= MOST_SHIFTS {
            keys.wrong("id", format!("a day has at most {MOST_SHIFTS} shifts"));
        } else if !ids.insert(shift.id.clone()) {
            keys.wrong("id", "another shift of this file has the same id");
        }
        part
    });
    let mut roster = Roster::default();
    for (shift, duties) in parts {
        let duties = duties.into_iter();
        let id = &shift.id;
        let duties = duties.map(|(day, duty)| ((day, id.clone()), duty));
        roster.duties.extend(duties);
        roster.shifts.push(shift);
    }
    (roster, problems)
}

fn shift_of(keys: &mut Keys<'_>) -> Option<(Shift, Vec<(Date, Duty)>)> {
    let id = keys.identity();
    let name = keys.required_words("name");
    let from = minute(keys, "from");
    let to = minute(keys, "to");
    let mut duties = Vec::new();
    for mut table in keys.tables("duty") {
        let day = table.required_text("day").unwrap_or_default();
        let duty = Duty {
            officers: table.texts("officers"),
            leader: table.text("leader").unwrap_or_default().to_owned(),
        };
        match day.parse::<Date>() {
            Ok(day) => duties.push((day, duty)),
            Err(error) => table.wrong("day", format!("`{day}` is no day: {error}")),
        }
        table.finish();
    }
    if duties.len() > MOST_DUTIES {
        keys.wrong("duty", format!("at most {MOST_DUTIES} duties are possible"));
    }
    let (from_min, to) = (from?, to?);
    // A shift that ends when it began lasts a day.
    let minutes = (to + DAY_MIN - from_min - 1) % DAY_MIN + 1;
    let shift = Shift {
        id: id?,
        name,
        from_min,
        minutes,
    };
    Some((shift, duties))
}

/// The minute of the day under `key`, written `20:00`.
fn minute(keys: &mut Keys<'_>, key: &'static str) -> Option<u16> {
    let text = keys.required_text(key)?;
    let minute = text.split_once(':').and_then(|(hours, minutes)| {
        let hours: u16 = hours.parse().ok().filter(|hours| *hours < 24)?;
        let minutes: u16 = minutes.parse().ok().filter(|minutes| *minutes < 60)?;
        Some(hours * 60 + minutes)
    });
    if minute.is_none() {
        keys.wrong(key, format!("`{text}` is no time of day like 20:00"));
    }
    minute
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROSTER: &str = r#"
[[shift]]
id = "day"
name = { zh = "白班", en = "Day" }
from = "08:00"
to = "20:00"
duty = [{ day = "2026-03-01", officers = ["李娜"], leader = "王强" }]

[[shift]]
id = "night"
name = { zh = "夜班", en = "Night" }
from = "20:00"
to = "08:00"
duty = [{ day = "2026-03-01", officers = ["张伟"] }]
"#;
    /// 2026-03-01T00:00:00+08:00.
    const MIDNIGHT: i64 = 1_772_294_400_000;

    #[track_caller]
    fn check(hour: i64, shift: &str, officer: Option<&str>, from_hour: i64) {
        let (roster, problems) = read_roster(ROSTER, "roster.toml");
        assert_eq!(problems, []);
        let now = UtcMillis(MIDNIGHT + hour * 3_600_000 + 1_234);
        let on = roster.at(now).expect("a shift runs");
        assert_eq!(on.shift.id, shift);
        let found = on.duty.and_then(|duty| duty.officers.first());
        assert_eq!(found.map(String::as_str), officer);
        assert_eq!(on.from.0, MIDNIGHT + from_hour * 3_600_000);
        assert_eq!(on.until.0, on.from.0 + 12 * 3_600_000);
        let next = roster.after(now).expect("another follows");
        assert_eq!(next.from, on.until);
        assert_ne!(next.shift.id, shift);
    }

    #[test]
    fn the_night_shift_belongs_to_the_day_on_which_it_began() {
        check(8, "day", Some("李娜"), 8);
        check(19, "day", Some("李娜"), 8);
        check(20, "night", Some("张伟"), 20);
        check(30, "night", Some("张伟"), 20);
        check(32, "day", None, 32);
    }

    #[test]
    fn mistakes_are_told_and_take_only_their_shift() {
        let text = ROSTER.replacen("20:00", "25:00", 1);
        let (roster, problems) = read_roster(&text, "r.toml");
        assert_eq!((roster.shifts().len(), roster.duties()), (1, 1));
        assert_eq!(
            problems[0].to_string(),
            "r.toml:6: day: to: `25:00` is no time of day like 20:00"
        );
        let text = ROSTER.replacen("2026-03-01", "2026-02-30", 1);
        let (roster, problems) = read_roster(&text, "r.toml");
        assert_eq!((roster.shifts().len(), problems.len()), (1, 1));
        assert!(Roster::default().at(UtcMillis(0)).is_none());
    }
}
