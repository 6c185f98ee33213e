//! The log and the handover on paper.

use super::{
    handover::{Draft, Handover, HandoverState, Signature},
    log::{DutyLog, LogEntry},
};
use crate::plan::{Say, text_of};
use cim_model::{Outline, Signature as SignatureBlock, Signed, Table, Text, UtcMillis};

/// The locale keys of every text that printed logs and handovers ask for, besides `duty.source.…`, `duty.item.…` and
/// `duty.figure.…`.
pub const TEXT_KEYS: [&str; 22] = [
    "duty.print.log",
    "duty.print.handover",
    "duty.print.draft",
    "duty.print.period",
    "duty.print.shift",
    "duty.print.outgoing",
    "duty.print.incoming",
    "duty.print.time",
    "duty.print.source",
    "duty.print.by",
    "duty.print.text",
    "duty.print.struck",
    "duty.print.late",
    "duty.print.open_items",
    "duty.print.none",
    "duty.print.since",
    "duty.print.item",
    "duty.print.figures",
    "duty.print.figure",
    "duty.print.count",
    "duty.print.note",
    "duty.print.date",
];

/// The log from `from` until before `until`. `say` gives the text of a locale key.
pub fn log_outline(
    log: &DutyLog,
    (from, until): (UtcMillis, UtcMillis),
    language: &str,
    say: &Say<'_>,
) -> Outline {
    let mut outline = Outline::new(say("duty.print.log"), language);
    outline.meta(say("duty.print.period"), period(from, until));
    let entries = log.entries(from, until);
    outline.table(entry_table(&entries, None, say));
    outline
}

impl Handover {
    /// What is handed over, with both signatures or the lines for them; nothing before there is a draft.
    pub fn outline(&self, log: &DutyLog, language: &str, say: &Say<'_>) -> Option<Outline> {
        let draft = self.draft()?;
        let mut outline = Outline::new(say("duty.print.handover"), language);
        if self.state() == HandoverState::Drafted {
            outline.running_head(say("duty.print.draft"));
        }
        outline
            .meta(say("duty.print.shift"), draft.shift.as_str())
            .meta(say("duty.print.period"), period(draft.from, draft.until))
            .meta(say("duty.print.outgoing"), draft.outgoing.as_str())
            .meta(say("duty.print.incoming"), draft.incoming.as_str());
        open_items(&mut outline, draft, say);
        figures(&mut outline, draft, say);
        if !draft.note.is_empty() {
            outline.part(say("duty.print.note"));
            outline.paragraph(draft.note.as_str());
        }
        let entries = log.entries(draft.from, draft.until);
        outline
            .part(say("duty.print.log"))
            .table(entry_table(&entries, Some(draft), say))
            .signature(line("duty.print.outgoing", self.outgoing(), say))
            .signature(line("duty.print.incoming", self.incoming(), say));
        Some(outline)
    }
}

fn period(from: UtcMillis, until: UtcMillis) -> String {
    format!("{} – {}", text_of(from), text_of(until))
}

fn line(role: &str, signature: Option<&Signature>, say: &Say<'_>) -> SignatureBlock {
    let statement = signature.map(|signature| signature.statement.clone());
    SignatureBlock {
        role: say(role),
        statement: statement.unwrap_or_default(),
        time_label: say("duty.print.date"),
        signed: signature.map(|signature| Signed {
            name: signature.name.clone(),
            at: text_of(signature.at),
            proof: format!("SHA-256 {}", signature.proof),
        }),
    }
}

fn open_items(outline: &mut Outline, draft: &Draft, say: &Say<'_>) {
    outline.part(say("duty.print.open_items"));
    if draft.items.is_empty() {
        outline.paragraph(say("duty.print.none"));
        return;
    }
    let mut table = Table::default()
        .with_column(say("duty.print.since"), 3)
        .with_column(say("duty.print.source"), 2)
        .with_column(say("duty.print.item"), 8);
    for item in &draft.items {
        table.row([
            text_of(item.since),
            say(&format!("duty.item.{}", item.kind.as_str())),
            item.title.clone(),
        ]);
    }
    outline.table(table);
}

fn figures(outline: &mut Outline, draft: &Draft, say: &Say<'_>) {
    if draft.figures.is_empty() {
        return;
    }
    let mut table = Table::default()
        .with_column(say("duty.print.figure"), 6)
        .with_number_column(say("duty.print.count"), 2);
    for (word, count) in &draft.figures {
        table.row([say(&format!("duty.figure.{word}")), count.to_string()]);
    }
    outline.part(say("duty.print.figures")).table(table);
}

/// The entries; those that `draft` does not cover are marked as late.
fn entry_table(entries: &[LogEntry], draft: Option<&Draft>, say: &Say<'_>) -> Table {
    let mut table = Table::default()
        .with_column(say("duty.print.time"), 3)
        .with_column(say("duty.print.source"), 2)
        .with_column(say("duty.print.by"), 2)
        .with_column(say("duty.print.text"), 8);
    for entry in entries {
        let mut text = Text::from(entry.text.as_str());
        if draft.is_some_and(|draft| !draft.records.contains(&entry.stamp.id)) {
            text = text.then_bold(format!(" [{}]", say("duty.print.late")));
        }
        if let Some((by, reason)) = &entry.struck {
            let when = text_of(by.at);
            let struck = say("duty.print.struck");
            text = text.then_bold(format!(" [{struck}: {when} {} {reason}]", by.by));
        }
        table.row([
            Text::from(text_of(entry.stamp.at)),
            Text::from(say(&format!("duty.source.{}", entry.source.as_str()))),
            Text::from(entry.stamp.by.as_str()),
            text,
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        duty::{DutyAct, EntrySource, HandoverAct},
        plan::Stamp,
    };
    use cim_model::Block;
    use std::{cell::RefCell, collections::BTreeSet};

    #[test]
    fn a_printed_handover_shows_late_and_struck_entries_and_both_lines() {
        let mut log = DutyLog::default();
        let write = |text: &str| DutyAct::Write {
            source: EntrySource::Hand,
            subject: String::new(),
            text: text.to_owned(),
        };
        let strike = DutyAct::Strike {
            entry: "a".to_owned(),
            reason: "重复".to_owned(),
        };
        log.apply(&Stamp::new("a", UtcMillis(1), "li"), write("甲"));
        log.apply(&Stamp::new("s", UtcMillis(2), "li"), strike);
        let draft = Draft {
            shift: "night".to_owned(),
            from: UtcMillis(0),
            until: UtcMillis(100),
            outgoing: "li".to_owned(),
            incoming: "wang".to_owned(),
            records: log.records(UtcMillis(0), UtcMillis(100)),
            items: Vec::new(),
            figures: log.figures(UtcMillis(0), UtcMillis(100)),
            note: "注意".to_owned(),
        };
        log.apply(&Stamp::new("b", UtcMillis(3), "li"), write("乙"));
        let mut handover = Handover::default();
        let asked = RefCell::new(BTreeSet::new());
        let say = |key: &str| {
            asked.borrow_mut().insert(key.to_owned());
            key.to_owned()
        };
        assert!(handover.outline(&log, "zh-CN", &say).is_none());
        handover.apply(
            &Stamp::new("1", UtcMillis(9), "li"),
            HandoverAct::Draft { draft },
        );
        let outline = handover.outline(&log, "zh-CN", &say).expect("is drafted");
        let last = outline.blocks.iter().rev();
        let signatures = last.take_while(|block| matches!(block, Block::Signature(_)));
        assert_eq!(signatures.count(), 2);
        let texts: Vec<String> = outline
            .blocks
            .iter()
            .filter_map(|block| match block {
                Block::Table(table) => Some(&table.rows),
                _ => None,
            })
            .flatten()
            .filter_map(|row| row.get(3).map(Text::plain))
            .collect();
        assert_eq!(
            texts,
            [
                "甲 [duty.print.struck: 1970-01-01 08:00 li 重复]",
                "乙 [duty.print.late]"
            ]
        );
        log_outline(&log, (UtcMillis(0), UtcMillis(100)), "zh-CN", &say);
        let kinds = ["duty.source.", "duty.item.", "duty.figure."];
        for key in asked.into_inner() {
            let is_word = kinds.iter().any(|kind| key.starts_with(kind));
            assert!(is_word || TEXT_KEYS.contains(&key.as_str()), "{key}");
        }
    }
}
