//! Figures of groups of cases: how many, how fast, how many too late.

use super::repeat::{Places, RepeatPlace, RepeatSettings};
use crate::{
    Place,
    plan::{civil_of, hour_of},
};
use cim_model::{EventLevel, UtcMillis};
use std::collections::BTreeMap;

/// How many cases one analysis takes; further ones are left out and counted.
pub const MOST_ROWS: usize = 1_000_000;

/// A case, as far as figures are concerned.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseRow {
    /// Identity.
    pub id: String,
    /// Its category word.
    pub category: String,
    /// How grave it is.
    pub level: EventLevel,
    /// Where it happened.
    pub place: Option<Place>,
    /// The code of its grid cell; empty when unknown.
    pub grid: String,
    /// Its community; empty when unknown.
    pub community: String,
    /// The department that handles it; empty before one does.
    pub department: String,
    /// When it happened.
    pub happened_at: UtcMillis,
    /// When it was reported.
    pub reported_at: UtcMillis,
    /// When somebody took it or was there, whichever came first.
    pub responded_at: Option<UtcMillis>,
    /// When it was closed.
    pub closed_at: Option<UtcMillis>,
    /// True when a deadline was not kept, or is not being kept.
    pub is_overdue: bool,
    /// How often it was opened again.
    pub reopenings: u32,
}

/// What cases are grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// All of them.
    All,
    /// Category.
    Category,
    /// Level.
    Level,
    /// Department.
    Department,
    /// Community.
    Community,
    /// Grid cell.
    Grid,
    /// Hour of the city's day in which it happened, `00` to `23`.
    Hour,
    /// Day of the week, `1` Monday to `7`.
    Weekday,
    /// Day, `2026-03-01`.
    Day,
}

impl By {
    /// Every grouping.
    pub const ALL: [Self; 9] = [
        Self::All,
        Self::Category,
        Self::Level,
        Self::Department,
        Self::Community,
        Self::Grid,
        Self::Hour,
        Self::Weekday,
        Self::Day,
    ];

    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Category => "category",
            Self::Level => "level",
            Self::Department => "department",
            Self::Community => "community",
            Self::Grid => "grid",
            Self::Hour => "hour",
            Self::Weekday => "weekday",
            Self::Day => "day",
        }
    }

    fn group(self, row: &CaseRow) -> String {
        let civil = civil_of(row.happened_at);
        match self {
            Self::All => String::new(),
            Self::Category => row.category.clone(),
            Self::Level => row.level.as_str().to_owned(),
            Self::Department => row.department.clone(),
            Self::Community => row.community.clone(),
            Self::Grid => row.grid.clone(),
            Self::Hour => format!("{:02}", hour_of(row.happened_at)),
            Self::Weekday => (civil.weekday().to_monday_zero_offset() + 1).to_string(),
            Self::Day => civil.date().to_string(),
        }
    }
}

/// The figures of a group.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figures {
    /// Cases.
    pub cases: u64,
    /// Of them closed.
    pub closed: u64,
    /// Of them with a deadline that was not kept.
    pub overdue: u64,
    /// Of them opened again.
    pub reopened: u64,
    /// Half of those that were answered were answered within so many seconds of the report.
    pub response_p50_s: Option<f64>,
    /// Nine of ten were.
    pub response_p90_s: Option<f64>,
    /// Half of those that are closed were closed within so many seconds of the report.
    pub closing_p50_s: Option<f64>,
    /// Nine of ten were.
    pub closing_p90_s: Option<f64>,
}

impl Figures {
    /// The share of cases with a deadline that was not kept, 0 to 1.
    pub fn overdue_share(&self) -> f64 {
        if self.cases == 0 {
            0.0
        } else {
            self.overdue as f64 / self.cases as f64
        }
    }
}

/// A group with its figures.
#[derive(Clone, Debug, PartialEq)]
pub struct FiguresRow {
    /// The group's word; empty for what is unknown.
    pub group: String,
    /// Its figures.
    pub figures: Figures,
}

/// The figures of all groups of one kind: times in their order, others by count, the most first.
#[derive(Clone, Debug, PartialEq)]
pub struct FiguresTable {
    /// What is grouped by.
    pub by: By,
    /// The groups.
    pub rows: Vec<FiguresRow>,
}

/// What an analysis comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The earliest and the latest moment at which something happened.
    pub period: Option<(UtcMillis, UtcMillis)>,
    /// One table for each of [`By::ALL`], in that order.
    pub tables: Vec<FiguresTable>,
    /// Places where the same happens again, the most cases first.
    pub repeats: Vec<RepeatPlace>,
    /// Cases that had no room.
    pub left_out: u64,
}

impl Report {
    /// The figures of all cases together.
    pub fn total(&self) -> Figures {
        let all = self.tables.iter().find(|table| table.by == By::All);
        let row = all.and_then(|table| table.rows.first());
        row.map(|row| row.figures).unwrap_or_default()
    }
}

#[derive(Debug, Default)]
struct Group {
    figures: Figures,
    responses_s: Vec<f32>,
    closings_s: Vec<f32>,
}

/// Counts cases as they come.
#[derive(Debug)]
pub struct Analysis {
    groups: BTreeMap<(By, String), Group>,
    places: Places,
    period: Option<(UtcMillis, UtcMillis)>,
    left_out: u64,
    taken: usize,
}

impl Analysis {
    /// An analysis that looks for repeated places as `settings` say.
    pub fn new(settings: RepeatSettings) -> Self {
        Self {
            groups: BTreeMap::new(),
            places: Places::new(settings),
            period: None,
            left_out: 0,
            taken: 0,
        }
    }

    /// Counts a case. Each is to come once.
    pub fn add(&mut self, row: &CaseRow) {
        if self.taken >= MOST_ROWS {
            self.left_out += 1;
            return;
        }
        self.taken += 1;
        let at = row.happened_at;
        let (first, last) = self.period.unwrap_or((at, at));
        self.period = Some((first.min(at), last.max(at)));
        for by in By::ALL {
            let group = self.groups.entry((by, by.group(row))).or_default();
            group.figures.cases += 1;
            group.figures.closed += u64::from(row.closed_at.is_some());
            group.figures.overdue += u64::from(row.is_overdue);
            group.figures.reopened += u64::from(row.reopenings > 0);
            group.responses_s.extend(took(row, row.responded_at));
            group.closings_s.extend(took(row, row.closed_at));
        }
        self.places.add(row);
    }

    /// The tables.
    pub fn finish(self) -> Report {
        let mut tables = By::ALL.map(|by| FiguresTable {
            by,
            rows: Vec::new(),
        });
        for ((by, group), mut found) in self.groups {
            found.figures.response_p50_s = quantile(&mut found.responses_s, 50);
            found.figures.response_p90_s = quantile(&mut found.responses_s, 90);
            found.figures.closing_p50_s = quantile(&mut found.closings_s, 50);
            found.figures.closing_p90_s = quantile(&mut found.closings_s, 90);
            if let Some(table) = tables.iter_mut().find(|table| table.by == by) {
                let figures = found.figures;
                table.rows.push(FiguresRow { group, figures });
            }
        }
        for table in &mut tables {
            if !matches!(table.by, By::Hour | By::Weekday | By::Day) {
                // Stable: groups of the same size stay in the order of their words.
                let rows = &mut table.rows;
                rows.sort_by_key(|row| std::cmp::Reverse(row.figures.cases));
            }
        }
        Report {
            period: self.period,
            tables: Vec::from(tables),
            repeats: self.places.finish(),
            left_out: self.left_out,
        }
    }
}

/// Seconds from the report to `until`; a clock that ran behind gives 0.
fn took(row: &CaseRow, until: Option<UtcMillis>) -> Option<f32> {
    let seconds = until?.seconds_since(row.reported_at);
    Some(seconds.max(0.0) as f32)
}

/// The value that `percent` of `values` do not exceed (nearest rank).
fn quantile(values: &mut [f32], percent: usize) -> Option<f64> {
    let rank = (values.len() * percent).div_ceil(100).max(1);
    if rank > values.len() {
        return None;
    }
    let (_, value, _) = values.select_nth_unstable_by(rank - 1, f32::total_cmp);
    Some(f64::from(*value))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// 2026-03-01T00:00:00+08:00, a Sunday.
    pub(in crate::analysis) const MIDNIGHT: i64 = 1_772_294_400_000;

    /// A case of `category` that happened at `hour`, was answered after `minutes` and closed after an hour more.
    pub(in crate::analysis) fn row(id: u32, category: &str, hour: i64, minutes: i64) -> CaseRow {
        let at = UtcMillis(MIDNIGHT + hour * 3_600_000);
        let answered = UtcMillis(at.0 + minutes * 60_000);
        CaseRow {
            id: format!("e{id:03}"),
            category: category.to_owned(),
            level: EventLevel::IV,
            place: None,
            grid: String::new(),
            community: "c1".to_owned(),
            department: "water".to_owned(),
            happened_at: at,
            reported_at: at,
            responded_at: Some(answered),
            closed_at: Some(UtcMillis(answered.0 + 3_600_000)),
            is_overdue: false,
            reopenings: 0,
        }
    }

    #[track_caller]
    fn check(report: &Report, by: By, expected: &[(&str, u64)]) {
        let table = report.tables.iter().find(|table| table.by == by);
        let rows = &table.expect("every table is there").rows;
        let rows: Vec<(&str, u64)> = rows
            .iter()
            .map(|row| (row.group.as_str(), row.figures.cases))
            .collect();
        assert_eq!(rows, expected);
    }

    #[test]
    fn cases_are_counted_by_everything_that_is_asked() {
        let mut analysis = Analysis::new(RepeatSettings::default());
        analysis.add(&row(1, "gas_leak", 1, 5));
        analysis.add(&row(2, "road_flooding", 1, 15));
        analysis.add(&CaseRow {
            is_overdue: true,
            reopenings: 2,
            closed_at: None,
            ..row(3, "road_flooding", 25, 10)
        });
        let report = analysis.finish();
        check(&report, By::All, &[("", 3)]);
        check(
            &report,
            By::Category,
            &[("road_flooding", 2), ("gas_leak", 1)],
        );
        check(&report, By::Hour, &[("01", 3)]);
        check(&report, By::Weekday, &[("1", 1), ("7", 2)]);
        check(&report, By::Day, &[("2026-03-01", 2), ("2026-03-02", 1)]);
        check(&report, By::Grid, &[("", 3)]);
        check(&report, By::Department, &[("water", 3)]);
        let total = report.total();
        assert_eq!((total.closed, total.overdue, total.reopened), (2, 1, 1));
        assert!((total.overdue_share() - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!(total.response_p50_s, Some(600.0));
        assert_eq!(total.response_p90_s, Some(900.0));
        assert_eq!(total.closing_p50_s, Some(3_900.0));
        let (first, last) = report.period.expect("something happened");
        assert_eq!(last.0 - first.0, 86_400_000);
    }

    #[test]
    fn nothing_gives_empty_tables_and_no_times() {
        let report = Analysis::new(RepeatSettings::default()).finish();
        assert_eq!(report.total(), Figures::default());
        assert!(report.tables.iter().all(|table| table.rows.is_empty()));
        assert!(report.total().overdue_share().abs() < 1e-12);
    }

    #[test]
    fn quantiles_are_of_the_nearest_rank() {
        let mut ten: Vec<f32> = (1..=10_u8).rev().map(f32::from).collect();
        assert_eq!(quantile(&mut ten, 50), Some(5.0));
        assert_eq!(quantile(&mut ten, 90), Some(9.0));
        assert_eq!(quantile(&mut [7.0], 90), Some(7.0));
        assert_eq!(quantile(&mut [], 50), None);
    }
}
