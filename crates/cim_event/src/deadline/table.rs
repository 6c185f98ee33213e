//! How long each phase may take, by category and level, as data; and who hears of it when time runs out.

use super::Phase;
use crate::{
    calendar::Calendar,
    reading::{Fault, Sheet},
};
use cim_model::EventLevel;
use serde::Deserialize;

const MINUTE_MS: i64 = 60_000;
/// The longest time that a row may give, minutes: a year.
const MOST_MINUTES: u32 = 366 * 24 * 60;
/// The most working days that a row may give.
const MOST_DAYS: u32 = 260;

/// What time is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Day and night.
    Clock,
    /// Only while people work.
    Working,
}

/// How long a phase may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// How long, milliseconds of its measure.
    pub ms: i64,
    /// What is counted.
    pub measure: Measure,
}

/// The table of deadlines.
#[derive(Clone, Debug, PartialEq)]
pub struct Deadlines {
    rows: Vec<Row>,
    pub(super) yellow: Rung,
    pub(super) red: Rung,
    pub(super) escalated: Rung,
}

/// At which share of the time allowed who hears of it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rung {
    pub(super) share: f64,
    pub(super) to: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
struct Row {
    category: Option<String>,
    levels: Vec<EventLevel>,
    phase: Phase,
    amount: Amount,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Amount {
    Minutes(u32, Measure),
    WorkingDays(u32),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRow {
    category: Option<String>,
    #[serde(default)]
    levels: Vec<String>,
    phase: Phase,
    minutes: Option<u32>,
    working_minutes: Option<u32>,
    working_days: Option<u32>,
}

impl Default for Deadlines {
    /// No deadlines; yellow at 80 %, red at the deadline, the leader on duty at twice the time.
    fn default() -> Self {
        let rung = |share: f64, to: &str| Rung {
            share,
            to: vec![to.to_owned()],
        };
        Self {
            rows: Vec::new(),
            yellow: rung(0.8, "party"),
            red: rung(1.0, "shift_leader"),
            escalated: rung(2.0, "leader_on_duty"),
        }
    }
}

impl Deadlines {
    /// The table in `text`, which is the file `file`, and what is wrong in it.
    pub fn read(text: &str, file: &str) -> (Self, Vec<Fault>) {
        let mut sheet = Sheet::new(text, file);
        sheet.only(&["source", "yellow", "red", "escalated", "deadline"]);
        let usual = Self::default();
        let mut table = Self {
            rows: Vec::new(),
            yellow: rung_of(&mut sheet, "yellow", usual.yellow),
            red: rung_of(&mut sheet, "red", usual.red),
            escalated: rung_of(&mut sheet, "escalated", usual.escalated),
        };
        let is_rising =
            table.yellow.share < table.red.share && table.red.share < table.escalated.share;
        if !is_rising {
            sheet.tell(
                1,
                "yellow",
                "yellow, red and escalated must rise; the usual shares hold",
            );
            let usual = Self::default();
            table.yellow.share = usual.yellow.share;
            table.red.share = usual.red.share;
            table.escalated.share = usual.escalated.share;
        }
        for (line, raw) in sheet.rows::<RawRow>("deadline") {
            match row_of(raw) {
                Ok(row) => table.rows.push(row),
                Err(reason) => sheet.tell(line, "deadline", reason),
            }
        }
        (table, sheet.faults)
    }

    /// How long `phase` of a case may take. A row for the category counts before one for all, then one for the level; of
    /// two that are equally near, the later one. `None` when nothing is said: then there is no deadline.
    pub fn allowance(
        &self,
        category: &str,
        level: EventLevel,
        phase: Phase,
        calendar: &Calendar,
    ) -> Option<Allowance> {
        let fits = |row: &&Row| {
            row.phase == phase
                && row.category.as_deref().is_none_or(|word| word == category)
                && (row.levels.is_empty() || row.levels.contains(&level))
        };
        // `max_by_key` gives the last of equals.
        let row = self
            .rows
            .iter()
            .filter(fits)
            .max_by_key(|row| (row.category.is_some(), !row.levels.is_empty()))?;
        Some(match row.amount {
            Amount::Minutes(minutes, measure) => Allowance {
                ms: i64::from(minutes) * MINUTE_MS,
                measure,
            },
            Amount::WorkingDays(days) => Allowance {
                ms: i64::from(days) * calendar.working_day_ms(),
                measure: Measure::Working,
            },
        })
    }
}

fn rung_of(sheet: &mut Sheet<'_>, key: &str, usual: Rung) -> Rung {
    let Some(rung) = sheet.value::<Rung>(key) else {
        return usual;
    };
    if rung.share > 0.0 && rung.share <= 100.0 && !rung.to.is_empty() {
        return rung;
    }
    sheet.tell(
        1,
        key,
        "a share above 0 and somebody who hears of it are expected",
    );
    usual
}

fn row_of(raw: RawRow) -> Result<Row, String> {
    let levels: Result<Vec<EventLevel>, String> = raw
        .levels
        .iter()
        .map(|numeral| {
            EventLevel::from_numeral(numeral)
                .ok_or_else(|| format!("`{numeral}` is not a level; I, II, III or IV is expected"))
        })
        .collect();
    let amount = match (raw.minutes, raw.working_minutes, raw.working_days) {
        (Some(minutes), None, None) => Amount::Minutes(minutes, Measure::Clock),
        (None, Some(minutes), None) => Amount::Minutes(minutes, Measure::Working),
        (None, None, Some(days)) => Amount::WorkingDays(days),
        _ => {
            return Err("exactly one of minutes, working_minutes, working_days is expected".into());
        }
    };
    let is_possible = match amount {
        Amount::Minutes(minutes, _) => (1..=MOST_MINUTES).contains(&minutes),
        Amount::WorkingDays(days) => (1..=MOST_DAYS).contains(&days),
    };
    if !is_possible {
        return Err("the time must lie between a minute and a year".into());
    }
    Ok(Row {
        category: raw.category.filter(|word| !word.is_empty()),
        levels: levels?,
        phase: raw.phase,
        amount,
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::calendar::tests::china;

    /// The table that ships.
    pub(crate) fn shipped() -> Deadlines {
        let text = include_str!("../../../../assets/codes/deadlines.toml");
        let (table, faults) = Deadlines::read(text, "deadlines.toml");
        assert_eq!(faults, []);
        table
    }

    #[track_caller]
    fn check(category: &str, level: EventLevel, phase: Phase, expected: Option<i64>) {
        let allowed = shipped().allowance(category, level, phase, &china());
        let minutes = allowed.map(|allowed| allowed.ms / MINUTE_MS);
        assert_eq!(minutes, expected, "{category} {}", phase.as_str());
    }

    #[test]
    fn the_nearest_row_counts() {
        check("anything", EventLevel::IV, Phase::Assign, Some(15));
        check("anything", EventLevel::IV, Phase::Receive, Some(30));
        check("missing_cover", EventLevel::IV, Phase::Arrive, Some(120));
        check("missing_cover", EventLevel::IV, Phase::Handle, Some(1_440));
        check("gas_leak", EventLevel::I, Phase::Arrive, Some(30));
        check("road_damage", EventLevel::III, Phase::Handle, Some(1_440));
        check("anything", EventLevel::IV, Phase::Arrive, None);
        let road = shipped().allowance("road_damage", EventLevel::III, Phase::Handle, &china());
        assert_eq!(road.map(|allowed| allowed.measure), Some(Measure::Working));
    }

    #[test]
    fn a_row_for_category_and_level_counts_before_one_for_the_category() {
        let text = "[[deadline]]\ncategory = \"a\"\nlevels = [\"I\"]\nphase = \"handle\"\nminutes = 5\n\
                    [[deadline]]\ncategory = \"a\"\nphase = \"handle\"\nminutes = 50\n\
                    [[deadline]]\nlevels = [\"I\"]\nphase = \"handle\"\nminutes = 500\n";
        let (table, faults) = Deadlines::read(text, "d.toml");
        assert_eq!(faults, []);
        let minutes = |category: &str, level: EventLevel| {
            let allowed = table.allowance(category, level, Phase::Handle, &china());
            allowed.map(|allowed| allowed.ms / MINUTE_MS)
        };
        assert_eq!(minutes("a", EventLevel::I), Some(5));
        assert_eq!(minutes("a", EventLevel::II), Some(50));
        assert_eq!(minutes("b", EventLevel::I), Some(500));
        assert_eq!(minutes("b", EventLevel::II), None);
    }

    #[track_caller]
    fn check_fault(text: &str, line: u32, reason: &str) {
        let (_, faults) = Deadlines::read(text, "d.toml");
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert_eq!(faults[0].line, line);
        assert!(faults[0].reason.contains(reason), "{}", faults[0]);
    }

    #[test]
    fn what_is_wrong_in_a_table_is_told() {
        let row = "[[deadline]]\nphase = \"handle\"\n";
        check_fault(row, 1, "exactly one");
        check_fault(
            &format!("{row}minutes = 5\nworking_days = 2\n"),
            1,
            "exactly one",
        );
        check_fault(&format!("{row}minutes = 0\n"), 1, "a minute and a year");
        check_fault(
            &format!("{row}minutes = 5\nlevels = [\"V\"]\n"),
            1,
            "`V` is not a level",
        );
        check_fault(
            "red = { share = 0.1, to = [\"shift_leader\"] }\n",
            1,
            "must rise",
        );
        check_fault("yellow = { share = 0.5, to = [] }\n", 1, "somebody");
    }
}
