//! The log as the wire has it, and as a table for other programs.

use super::said::{is_event, place_of, spoken};
use crate::{
    exchange::named,
    live::Live,
    search::fold,
    wire::{DutyEntryDto, DutyPageDto, DutyQueryDto, DutySourceDto, DutyStruckDto, Target},
};
use cim_event::duty::{DutyLog, EntrySource, LogEntry};
use cim_model::UtcMillis;

/// So many rows are told at once.
const MOST_ROWS: usize = 1_000;
/// Without it spreadsheets take Chinese for something else.
const BYTE_ORDER_MARK: char = '\u{feff}';
/// The city is so many hours ahead of UTC.
const AHEAD_H: i8 = 8;

/// A window into the entries of `log` that `query` answers.
pub(crate) fn log_page(live: &Live, log: &DutyLog, query: &DutyQueryDto) -> DutyPageDto {
    let words = fold(&query.text);
    let words: Vec<&str> = words.split_whitespace().collect();
    let mut by_source = [0; 5];
    let mut found: Vec<DutyEntryDto> = Vec::new();
    for entry in log.entries(UtcMillis(query.from), UtcMillis(query.to)) {
        if query.hides_struck && entry.struck.is_some() {
            continue;
        }
        // What nobody looks for in words needs none.
        let told = (!words.is_empty()).then(|| spoken(live, &entry));
        let told = told.map(|told| fold(&format!("{}\n{}", told.by, told.text)));
        if told.is_some_and(|told| !words.iter().all(|word| told.contains(word))) {
            continue;
        }
        if let Some(count) = by_source.get_mut(place_of(entry.source)) {
            *count += 1;
        }
        let source = source_dto(entry.source);
        if query.sources.is_empty() || query.sources.contains(&source) {
            found.push(entry_dto(live, &entry));
        }
    }
    if !query.is_oldest_first {
        found.reverse();
    }
    let total = u32::try_from(found.len()).unwrap_or(u32::MAX);
    let count = (query.count as usize).min(MOST_ROWS);
    let rows = found.into_iter().skip(query.offset as usize).take(count);
    DutyPageDto {
        total,
        by_source,
        offset: query.offset,
        rows: rows.collect(),
    }
}

/// An entry as the wire has it.
pub(crate) fn entry_dto(live: &Live, entry: &LogEntry) -> DutyEntryDto {
    let told = spoken(live, entry);
    DutyEntryDto {
        id: entry.stamp.id.clone(),
        at: entry.stamp.at.0,
        by: told.by,
        source: source_dto(entry.source),
        subject: entry.subject.clone(),
        target: target_of(live, &entry.subject),
        text: told.text,
        corrects: entry.corrects.clone(),
        struck: entry.struck.as_ref().map(|(stamp, reason)| DutyStruckDto {
            at: stamp.at.0,
            by: stamp.by.clone(),
            reason: reason.clone(),
        }),
        is_changeable: entry.source == EntrySource::Hand && entry.struck.is_none(),
    }
}

/// What an entry or an open item is about, as something that can be selected.
pub(super) fn target_of(live: &Live, subject: &str) -> Option<Target> {
    if subject.is_empty() {
        return None;
    }
    if is_event(live, subject) {
        return Some(Target::Event {
            id: subject.to_owned(),
        });
    }
    named(live, subject).1
}

/// The entries from `from` until before `until` as CSV (RFC 4180), oldest first.
pub(crate) fn log_csv(live: &Live, log: &DutyLog, from: UtcMillis, until: UtcMillis) -> String {
    let say = |key: &str| super::said::say(&live.language, key);
    let head = ["time", "source", "by", "text", "struck"];
    let mut text = String::from(BYTE_ORDER_MARK);
    text.push_str(&line(&head.map(|key| say(&format!("duty.print.{key}")))));
    for entry in log.entries(from, until) {
        let row = entry_dto(live, &entry);
        let struck = row.struck.map_or_else(String::new, |struck| {
            let when = moment_text(UtcMillis(struck.at));
            format!("{when} {} {}", struck.by, struck.reason)
        });
        let by = if row.by == super::said::DESK {
            say("duty.desk")
        } else {
            row.by
        };
        text.push_str(&line(&[
            moment_text(entry.stamp.at),
            say(&format!("duty.source.{}", entry.source.as_str())),
            by,
            row.text,
            struck,
        ]));
    }
    text
}

/// `2026-03-01 08:00:00` on the city's clock.
pub(super) fn moment_text(at: UtcMillis) -> String {
    let moment = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default();
    let civil = jiff::tz::Offset::constant(AHEAD_H).to_datetime(moment);
    civil.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

fn line(cells: &[String]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| escaped(cell)).collect();
    format!("{}\r\n", cells.join(","))
}

/// A cell of CSV. A text that a spreadsheet would run as a formula is made one that it shows (OWASP, CSV injection).
fn escaped(cell: &str) -> String {
    let mark = if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        "'"
    } else {
        ""
    };
    if cell.contains(['"', ',', '\n', '\r']) {
        format!("\"{mark}{}\"", cell.replace('"', "\"\""))
    } else {
        format!("{mark}{cell}")
    }
}

fn source_dto(source: EntrySource) -> DutySourceDto {
    match source {
        EntrySource::Alarm => DutySourceDto::Alarm,
        EntrySource::Event => DutySourceDto::Event,
        EntrySource::Act => DutySourceDto::Act,
        EntrySource::System => DutySourceDto::System,
        EntrySource::Hand => DutySourceDto::Hand,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::ConnectionDto;
    use cim_event::{duty::DutyAct, plan::Stamp};

    fn live() -> Live {
        Live::new("zh-CN".to_owned(), ConnectionDto::NoHub, None)
    }

    fn log() -> DutyLog {
        let mut log = DutyLog::default();
        let entries = [
            ("a", 10, EntrySource::Hand, "下穿通道水深 72 cm"),
            ("b", 20, EntrySource::Hand, "排水队到场"),
            ("c", 30, EntrySource::System, "connection_lost\t\t\t"),
        ];
        for (id, at, source, text) in entries {
            let by = if source == EntrySource::Hand {
                "李娜"
            } else {
                super::super::said::BY_DESK
            };
            let act = DutyAct::Write {
                source,
                subject: String::new(),
                text: text.to_owned(),
            };
            log.apply(&Stamp::new(id, UtcMillis(at), by), act);
        }
        let strike = DutyAct::Strike {
            entry: "a".to_owned(),
            reason: "读错".to_owned(),
        };
        log.apply(&Stamp::new("s", UtcMillis(40), "李娜"), strike);
        log
    }

    #[track_caller]
    fn check(query: DutyQueryDto, expected: &[&str], total: u32) {
        let page = log_page(&live(), &log(), &DutyQueryDto { to: 100, ..query });
        let ids: Vec<&str> = page.rows.iter().map(|row| row.id.as_str()).collect();
        assert_eq!((ids.as_slice(), page.total), (expected, total));
    }

    #[test]
    fn the_log_is_searched_in_the_words_that_people_read() {
        let query = |text: &str| DutyQueryDto {
            text: text.to_owned(),
            count: 10,
            ..DutyQueryDto::default()
        };
        check(query(""), &["c", "b", "a"], 3);
        check(query("中枢"), &["c"], 1);
        check(query("李娜 水"), &["b", "a"], 2);
        check(query("connection"), &[], 0);
        let sources = vec![DutySourceDto::System];
        check(
            DutyQueryDto {
                sources,
                ..query("")
            },
            &["c"],
            1,
        );
        check(
            DutyQueryDto {
                hides_struck: true,
                is_oldest_first: true,
                offset: 1,
                ..query("")
            },
            &["c"],
            2,
        );
        check(
            DutyQueryDto {
                count: 1,
                ..query("")
            },
            &["c"],
            3,
        );
    }

    #[test]
    fn only_what_was_written_by_hand_and_stands_can_be_changed() {
        let query = DutyQueryDto {
            to: 100,
            count: 10,
            ..DutyQueryDto::default()
        };
        let page = log_page(&live(), &log(), &query);
        let open: Vec<bool> = page.rows.iter().map(|row| row.is_changeable).collect();
        assert_eq!(open, [false, true, false]);
        assert_eq!(page.by_source, [0, 0, 0, 1, 2]);
        let struck = page.rows[2].struck.as_ref().expect("struck");
        assert_eq!((struck.reason.as_str(), struck.at), ("读错", 40));
    }

    #[test]
    fn a_table_says_what_was_struck_and_runs_nothing() {
        let mut log = log();
        let act = DutyAct::Write {
            source: EntrySource::Hand,
            subject: String::new(),
            text: "=1+1, \"ok\"".to_owned(),
        };
        log.apply(&Stamp::new("f", UtcMillis(50), "李娜"), act);
        let text = log_csv(&live(), &log, UtcMillis(0), UtcMillis(100));
        assert!(text.starts_with(BYTE_ORDER_MARK));
        let lines: Vec<&str> = text.trim_end().split("\r\n").collect();
        assert_eq!(lines.len(), 5);
        assert!(lines[1].starts_with("1970-01-01 08:00:00,"), "{}", lines[1]);
        assert!(lines[1].ends_with("李娜 读错"), "{}", lines[1]);
        assert!(lines[4].contains("\"'=1+1, \"\"ok\"\"\""), "{}", lines[4]);
    }
}
