//! A report as CSV (RFC 4180) and on paper.

use super::figures::{By, Figures, Report};
use crate::plan::{Say, text_of};
use cim_model::{Outline, Table};

/// The locale keys of every text that a report asks for, besides the words of groups: `category.…`, `level.…`,
/// `weekday.…`.
pub const TEXT_KEYS: [&str; 25] = [
    "analysis.title",
    "analysis.period",
    "analysis.by.all",
    "analysis.by.category",
    "analysis.by.level",
    "analysis.by.department",
    "analysis.by.community",
    "analysis.by.grid",
    "analysis.by.hour",
    "analysis.by.weekday",
    "analysis.by.day",
    "analysis.unknown",
    "analysis.cases",
    "analysis.closed",
    "analysis.overdue",
    "analysis.overdue_percent",
    "analysis.reopened",
    "analysis.response_p50_min",
    "analysis.response_p90_min",
    "analysis.closing_p50_min",
    "analysis.closing_p90_min",
    "analysis.repeats",
    "analysis.place",
    "analysis.first",
    "analysis.last",
];

const COLUMNS: [&str; 9] = [
    "analysis.cases",
    "analysis.closed",
    "analysis.overdue",
    "analysis.overdue_percent",
    "analysis.reopened",
    "analysis.response_p50_min",
    "analysis.response_p90_min",
    "analysis.closing_p50_min",
    "analysis.closing_p90_min",
];
/// Groupings whose rows are too many for paper; they are in the CSV.
const NOT_PRINTED: [By; 2] = [By::Day, By::Grid];

impl Report {
    /// Every table as CSV, each line with its grouping and group first, repeated places in [`Report::repeats_csv`]. Begins
    /// with a byte order mark, without which spreadsheets take Chinese for something else.
    pub fn csv(&self, say: &Say<'_>) -> String {
        let mut lines = vec![line(
            [say("analysis.title"), String::new()]
                .into_iter()
                .chain(COLUMNS.map(say)),
        )];
        for table in &self.tables {
            let by = say(&format!("analysis.by.{}", table.by.as_str()));
            for row in &table.rows {
                let head = [by.clone(), group(table.by, &row.group, say)];
                lines.push(line(head.into_iter().chain(cells(&row.figures))));
            }
        }
        format!("\u{feff}{}", lines.concat())
    }

    /// The repeated places as CSV, with longitude and latitude in degrees.
    pub fn repeats_csv(&self, say: &Say<'_>) -> String {
        let head = [
            say("analysis.by.category"),
            "lon".to_owned(),
            "lat".to_owned(),
            say("analysis.cases"),
            say("analysis.first"),
            say("analysis.last"),
        ];
        let mut lines = vec![line(head)];
        for place in &self.repeats {
            lines.push(line([
                group(By::Category, &place.category, say),
                format!("{:.6}", place.place.lon_deg),
                format!("{:.6}", place.place.lat_deg),
                place.cases.to_string(),
                text_of(place.first),
                text_of(place.last),
            ]));
        }
        format!("\u{feff}{}", lines.concat())
    }

    /// The report on paper; days and grid cells are left to the CSV.
    pub fn outline(&self, language: &str, say: &Say<'_>) -> Outline {
        let mut outline = Outline::new(say("analysis.title"), language);
        if let Some((first, last)) = self.period {
            let period = format!("{} – {}", text_of(first), text_of(last));
            outline.meta(say("analysis.period"), period);
        }
        for table in &self.tables {
            if NOT_PRINTED.contains(&table.by) || table.rows.is_empty() {
                continue;
            }
            let by = say(&format!("analysis.by.{}", table.by.as_str()));
            let mut printed = Table::default().with_column(by.as_str(), 5);
            for column in COLUMNS {
                printed = printed.with_number_column(say(column), 2);
            }
            for row in &table.rows {
                let head = [group(table.by, &row.group, say)];
                printed.row(head.into_iter().chain(cells(&row.figures)));
            }
            outline.part(by).table(printed);
        }
        if !self.repeats.is_empty() {
            outline.part(say("analysis.repeats"));
            outline.table(self.repeat_table(say));
        }
        outline
    }

    fn repeat_table(&self, say: &Say<'_>) -> Table {
        let mut table = Table::default()
            .with_column(say("analysis.by.category"), 4)
            .with_column(say("analysis.place"), 5)
            .with_number_column(say("analysis.cases"), 2)
            .with_column(say("analysis.first"), 4)
            .with_column(say("analysis.last"), 4);
        for place in &self.repeats {
            table.row([
                group(By::Category, &place.category, say),
                format!("{:.5}, {:.5}", place.place.lon_deg, place.place.lat_deg),
                place.cases.to_string(),
                text_of(place.first),
                text_of(place.last),
            ]);
        }
        table
    }
}

/// The words for a group.
fn group(by: By, word: &str, say: &Say<'_>) -> String {
    match by {
        By::All => say("analysis.by.all"),
        _ if word.is_empty() => say("analysis.unknown"),
        By::Category => say(&format!("category.{word}")),
        By::Level => say(&format!("level.{word}")),
        // The desk's texts count from Sunday.
        By::Weekday if word == "7" => say("weekday.0"),
        By::Weekday => say(&format!("weekday.{word}")),
        By::Department | By::Community | By::Grid | By::Hour | By::Day => word.to_owned(),
    }
}

fn cells(figures: &Figures) -> [String; 9] {
    let minutes = |seconds: Option<f64>| {
        seconds.map_or_else(String::new, |seconds| format!("{:.1}", seconds / 60.0))
    };
    [
        figures.cases.to_string(),
        figures.closed.to_string(),
        figures.overdue.to_string(),
        format!("{:.1}", figures.overdue_share() * 100.0),
        figures.reopened.to_string(),
        minutes(figures.response_p50_s),
        minutes(figures.response_p90_s),
        minutes(figures.closing_p50_s),
        minutes(figures.closing_p90_s),
    ]
}

/// A line of CSV.
fn line(cells: impl IntoIterator<Item = String>) -> String {
    let cells: Vec<String> = cells.into_iter().map(|cell| escaped(&cell)).collect();
    format!("{}\r\n", cells.join(","))
}

/// A cell of CSV. A text that a spreadsheet would run as a formula is made one that it shows (OWASP, CSV injection).
fn escaped(cell: &str) -> String {
    let is_formula = cell.starts_with(['=', '+', '-', '@', '\t']) && cell.parse::<f64>().is_err();
    let cell = if is_formula {
        format!("'{cell}")
    } else {
        cell.to_owned()
    };
    if cell.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell
    }
}

#[cfg(test)]
mod tests {
    use super::super::figures::tests::row;
    use super::super::{Analysis, CaseRow, RepeatSettings};
    use super::*;
    use crate::Place;
    use std::{cell::RefCell, collections::BTreeSet};

    #[test]
    fn cells_are_quoted_and_never_run() {
        for (cell, expected) in [
            ("a", "a"),
            ("a,b", "\"a,b\""),
            ("a\"b", "\"a\"\"b\""),
            ("=1+1", "'=1+1"),
            ("-3.5", "-3.5"),
            ("", ""),
        ] {
            assert_eq!(escaped(cell), expected);
        }
    }

    #[test]
    fn a_report_is_written_and_printed_with_known_texts() {
        let mut analysis = Analysis::new(RepeatSettings::default());
        for id in 0..3 {
            analysis.add(&CaseRow {
                place: Some(Place {
                    lon_deg: 117.2,
                    lat_deg: 34.26,
                }),
                ..row(id, "gas_leak", 1, 5)
            });
        }
        let report = analysis.finish();
        let asked = RefCell::new(BTreeSet::new());
        let say = |key: &str| {
            asked.borrow_mut().insert(key.to_owned());
            key.to_owned()
        };
        let csv = report.csv(&say);
        let second = csv.lines().nth(1);
        assert_eq!(
            second,
            Some("analysis.by.all,analysis.by.all,3,3,0,0.0,0,5.0,5.0,65.0,65.0")
        );
        assert!(csv.lines().all(|line| line.split(',').count() == 11));
        assert_eq!(
            report.repeats_csv(&say).lines().nth(1),
            Some("category.gas_leak,117.200000,34.260000,3,2026-03-01 01:00,2026-03-01 01:00")
        );
        let outline = report.outline("zh-CN", &say);
        assert_eq!(outline.meta.len(), 1);
        let words = ["category.", "level.", "weekday."];
        for key in asked.into_inner() {
            let is_word = words.iter().any(|word| key.starts_with(word));
            assert!(is_word || TEXT_KEYS.contains(&key.as_str()), "{key}");
        }
    }
}
