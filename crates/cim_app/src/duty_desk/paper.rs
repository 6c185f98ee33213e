//! What is printed: the handover, the log, one case with its whole course; and the words for that.

use super::{
    page::moment_text,
    said::{say, spoken_log},
};
use crate::{
    live::Live,
    wire::{CaseDetailDto, CaseEntryDto},
};
use cim_event::duty::{DutyLog, log_outline};
use cim_model::{Outline, Table, Text, UtcMillis};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// The texts of a document: those of the files, and names that only the tables have.
#[derive(Clone, Debug, Default)]
pub(crate) struct Say {
    language: String,
    names: BTreeMap<String, String>,
}

impl Say {
    /// The texts in the desk's language; `categories` are called what is said of them.
    pub(crate) fn new(live: &Live, categories: &BTreeMap<String, String>) -> Self {
        let language = live.language.clone();
        let own = categories.iter();
        let mut names: BTreeMap<String, String> = own
            .map(|(word, name)| (format!("category.{word}"), name.clone()))
            .collect();
        for role in live.event_desk.tables.roles.rows() {
            let name = role.name.in_language(&language).to_owned();
            names.insert(format!("role.{}", role.id), name);
        }
        Self { language, names }
    }

    /// The language, `zh-CN` or `en`.
    pub(crate) fn language(&self) -> &str {
        &self.language
    }

    /// The text called `key`.
    pub(crate) fn text(&self, key: &str) -> String {
        let own = self.names.get(key).cloned();
        own.unwrap_or_else(|| say(&self.language, key))
    }

    /// The text of `word` among those called `of`; the word itself where there is none.
    fn word(&self, of: &str, word: &str) -> String {
        let key = format!("{of}.{word}");
        let text = self.text(&key);
        if text == key { word.to_owned() } else { text }
    }
}

/// The log from `from` until before `until` on paper.
pub(crate) fn log_paper(
    live: &Live,
    log: &DutyLog,
    (from, until): (UtcMillis, UtcMillis),
    say: &Say,
) -> Outline {
    let told = spoken_log(live, log, from, until);
    log_outline(&told, (from, until), say.language(), &|key: &str| {
        say.text(key)
    })
}

/// The handover called `id` on paper, with the log of its shift; `None` when there is none.
pub(crate) fn handover_outline(live: &Live, id: &str, say: &Say) -> Option<Outline> {
    let desk = &live.event_desk.duty;
    let handover = &desk.handover(id)?.handover;
    let draft = handover.draft()?;
    let told = spoken_log(live, desk.log(), draft.from, draft.until);
    let mut outline = handover.outline(&told, say.language(), &|key: &str| say.text(key))?;
    let label = say.text("duty.print.shift");
    for meta in &mut outline.meta {
        if meta.label == label {
            meta.value = desk.shift_name(&draft.shift, say.language());
        }
    }
    Some(outline)
}

/// A case with everything that was told of it and done about it.
pub(crate) fn case_outline(case: &CaseDetailDto, say: &Say) -> Outline {
    let row = &case.row;
    // Later steps may have come before its report: it has a name all the same.
    let title = if row.title.trim().is_empty() {
        &row.id
    } else {
        &row.title
    };
    let mut outline = Outline::new(title.as_str(), say.language());
    if let Some(mark) = standing_mark(case, say) {
        outline.running_head(mark);
    }
    let holder = row.holder.as_ref().map(|party| party.name.clone());
    let place = row.place.map(|[lon, lat]| format!("{lon:.5}, {lat:.5}"));
    let closed = row.closed_at.map(moment_of);
    let metas = [
        ("id", row.id.clone()),
        ("category", row.category_name.clone()),
        ("level", say.word("level", &row.level)),
        ("stage_of", say.word("report.stage", &word_of(&row.stage))),
        ("source", say.word("event.source", &row.source)),
        ("area", case.area.clone()),
        ("place", place.unwrap_or_default()),
        ("happened", moment_of(row.happened_at)),
        ("reported", moment_of(row.reported_at)),
        ("closed", closed.unwrap_or_default()),
        ("holder", holder.unwrap_or_default()),
    ];
    for (key, value) in metas {
        if !value.is_empty() {
            outline.meta(say.text(&format!("report.{key}")), value);
        }
    }
    if !case.description.is_empty() {
        outline.part(say.text("report.description"));
        outline.paragraph(case.description.as_str());
    }
    reports(&mut outline, case, say);
    clocks(&mut outline, case, say);
    timeline(&mut outline, case, say);
    attachments(&mut outline, case, say);
    if let Some(rating) = &case.rating {
        outline.part(say.text("report.rating"));
        let when = moment_of(rating.at);
        let text = format!("{} / 5 · {} · {when}", rating.score, rating.by);
        outline.paragraph(Text::from(text).then(format!(" {}", rating.text)));
    }
    outline
}

fn standing_mark(case: &CaseDetailDto, say: &Say) -> Option<String> {
    let word = word_of(&case.row.standing);
    let mark = say.word("standing_mark", &word);
    (word != "actual").then(|| mark.trim().to_owned())
}

fn reports(outline: &mut Outline, case: &CaseDetailDto, say: &Say) {
    if case.reports.is_empty() {
        return;
    }
    let mut table = Table::default()
        .with_column(say.text("report.time"), 3)
        .with_column(say.text("report.source"), 2)
        .with_column(say.text("report.reporter"), 2)
        .with_column(say.text("report.text"), 8);
    for report in &case.reports {
        let text = [report.title.as_str(), report.text.as_str()];
        let text: Vec<&str> = text.into_iter().filter(|text| !text.is_empty()).collect();
        table.row([
            moment_of(report.at),
            say.word("event.source", &report.source),
            report.reporter.clone(),
            text.join(" · "),
        ]);
    }
    outline.part(say.text("report.reports")).table(table);
}

fn clocks(outline: &mut Outline, case: &CaseDetailDto, say: &Say) {
    if case.clocks.is_empty() {
        return;
    }
    let mut table = Table::default()
        .with_column(say.text("report.phase_of"), 3)
        .with_column(say.text("report.due"), 4)
        .with_number_column(say.text("report.used"), 3)
        .with_column(say.text("report.kept"), 3);
    for clock in &case.clocks {
        let kept = match (clock.is_late, clock.is_over) {
            (true, _) => say.text("report.late"),
            (false, true) => say.text("report.in_time"),
            (false, false) => String::new(),
        };
        table.row([
            say.word("report.phase", &clock.phase),
            clock.due_at.map(moment_of).unwrap_or_default(),
            format!("{:.0} %", clock.used * 100.0),
            kept,
        ]);
    }
    outline.part(say.text("report.clocks")).table(table);
}

fn timeline(outline: &mut Outline, case: &CaseDetailDto, say: &Say) {
    let mut table = Table::default()
        .with_column(say.text("report.time"), 3)
        .with_column(say.text("report.by"), 2)
        .with_column(say.text("report.what"), 3)
        .with_column(say.text("report.text"), 7);
    for entry in &case.timeline {
        let mut what = Text::from(say.word("duty.auto", &entry.verb));
        if !entry.has_effect {
            what = what.then_bold(format!(" [{}]", say.text("report.no_effect")));
        }
        let by = if entry.by.starts_with("rule:") {
            say.text("duty.desk")
        } else {
            entry.by.clone()
        };
        table.row([
            Text::from(moment_of(entry.at)),
            Text::from(by),
            what,
            Text::from(said_in(entry)),
        ]);
    }
    outline.part(say.text("report.timeline"));
    let left = (case.timeline_total as usize).saturating_sub(case.timeline.len());
    if left > 0 {
        let text = say.text("report.left_out");
        outline.paragraph(text.replace("%{n}", &left.to_string()));
    }
    outline.table(table);
}

fn said_in(entry: &CaseEntryDto) -> String {
    let parts = [&entry.about, &entry.text, &entry.reason];
    let parts: Vec<&str> = parts
        .into_iter()
        .map(String::as_str)
        .filter(|part| !part.is_empty())
        .collect();
    parts.join(" · ")
}

fn attachments(outline: &mut Outline, case: &CaseDetailDto, say: &Say) {
    if case.attachments.is_empty() {
        return;
    }
    let mut table = Table::default()
        .with_column(say.text("report.file"), 5)
        .with_column(say.text("report.time"), 3)
        .with_column(say.text("report.by"), 2)
        .with_column("SHA-256", 6);
    for file in &case.attachments {
        let mut name = Text::from(file.name.as_str());
        if file.is_evidence {
            name = name.then_bold(format!(" [{}]", say.text("report.evidence")));
        }
        table.row([
            name,
            Text::from(moment_of(file.at)),
            Text::from(file.by.as_str()),
            Text::from(file.digest.as_str()),
        ]);
    }
    outline.part(say.text("report.attachments")).table(table);
}

fn moment_of(millis: i64) -> String {
    moment_text(UtcMillis(millis))
}

/// The word that crosses the wire for `value`.
fn word_of<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => word,
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{ConnectionDto, StandingDto};

    #[test]
    fn words_come_from_the_tables_where_the_texts_have_none() {
        let live = Live::new("en".to_owned(), ConnectionDto::NoHub, None);
        let names = BTreeMap::from([("castle".to_owned(), "Castles".to_owned())]);
        let say = Say::new(&live, &names);
        assert_eq!(say.text("category.castle"), "Castles");
        assert_eq!(say.text("role.shift_leader"), "Shift leader");
        assert_eq!(say.word("level", "no_such"), "no_such");
        assert_ne!(say.text("report.timeline"), "report.timeline");
        assert_eq!(word_of(&StandingDto::Exercise), "exercise");
    }

    #[test]
    fn every_text_that_paper_asks_for_is_there_in_both_languages() {
        let keys = cim_event::duty::TEXT_KEYS
            .iter()
            .chain(&cim_event::analysis::TEXT_KEYS)
            .chain(&cim_event::plan::TEXT_KEYS);
        let own = [
            "report.page",
            "report.id",
            "report.category",
            "report.level",
            "report.stage_of",
            "report.reports",
            "report.clocks",
            "report.no_effect",
            "report.left_out",
            "duty.desk",
            "duty.more_items",
        ];
        let missing: Vec<&str> = keys
            .copied()
            .chain(own)
            .filter(|key| {
                ["zh-CN", "en"]
                    .iter()
                    .any(|language| say(language, key) == *key)
            })
            .collect();
        assert_eq!(missing, Vec::<&str>::new());
    }
}
