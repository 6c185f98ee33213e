//! What was done to a case and what happened about it, in one order of time: its own steps, plans and dispatches, the alarms that
//! it is tied to.

use super::{identity, page::CaseLists};
use crate::{
    exchange::EVENT_OBJECT,
    facts,
    wire::{CaseEntryDto, CaseEntryKindDto},
};
use cim_event::{Act, Case, Step};
use cim_store::Fact;

/// What a step says, taken apart for a line of the timeline.
#[derive(Default)]
struct Said {
    text: String,
    reason: String,
    about: String,
    figure: Option<f64>,
}

/// The entries of `case` up to the moment shown, oldest first. `alarms` are facts about the alarms that it is tied to.
pub(super) fn timeline(lists: &CaseLists<'_>, case: &Case, alarms: &[Fact]) -> Vec<CaseEntryDto> {
    let live = lists.live();
    let language = lists.language();
    let is_seen = |at: i64, known_at: i64| at <= lists.moment().0 && known_at <= lists.known_by().0;
    let mut entries: Vec<CaseEntryDto> = case
        .entries()
        .iter()
        .map(|entry| {
            let mut dto = step_dto(lists, &entry.step);
            dto.has_effect = entry.has_effect;
            dto.is_unsynced = live.exchanged.is_fact_waiting(&entry.step.id);
            dto
        })
        .collect();
    let planned = live.event_desk.plans.timeline_of(case.id(), language);
    entries.extend(planned.into_iter().map(|entry| CaseEntryDto {
        is_unsynced: live.exchanged.is_fact_waiting(&entry.id),
        ..entry
    }));
    entries.extend(alarms.iter().filter_map(alarm_dto));
    entries.retain(|entry| !lists.is_past() || is_seen(entry.at, entry.known_at));
    entries.sort_by(|a, b| (a.at, a.kind, &a.id).cmp(&(b.at, b.kind, &b.id)));
    entries.dedup_by(|a, b| a.id == b.id);
    entries
}

fn step_dto(lists: &CaseLists<'_>, step: &Step) -> CaseEntryDto {
    let said = said(lists, step);
    CaseEntryDto {
        id: step.id.clone(),
        kind: CaseEntryKindDto::Step,
        verb: step.verb().to_owned(),
        at: step.at.0,
        known_at: step.known_at.0,
        by: step.author.clone(),
        role: step.body.role.clone(),
        text: said.text,
        reason: said.reason,
        about: said.about,
        figure: said.figure,
        has_effect: true,
        is_unsynced: false,
    }
}

fn said(lists: &CaseLists<'_>, step: &Step) -> Said {
    let act = &step.body.act;
    let text_of = |text: &String| Said {
        text: text.clone(),
        ..Said::default()
    };
    let about_of = |about: String| Said {
        about,
        ..Said::default()
    };
    let mut said = match act {
        Act::Report(report) | Act::Join(report) => Said {
            text: report.title.clone(),
            about: report.source.clone(),
            ..Said::default()
        },
        Act::Assign { party, note } => Said {
            text: note.clone(),
            about: party.name.clone(),
            ..Said::default()
        },
        Act::Arrive { text }
        | Act::Handle { text }
        | Act::Verify { text }
        | Act::Close { text }
        | Act::Archive { text }
        | Act::Comment { text } => text_of(text),
        Act::Rate { score, text } => Said {
            figure: Some(f64::from(*score)),
            ..text_of(text)
        },
        Act::Urge { text, rung } => Said {
            figure: Some(f64::from(*rung)),
            ..text_of(text)
        },
        Act::Extend { minutes, .. } => Said {
            figure: Some(f64::from(*minutes)),
            ..Said::default()
        },
        Act::Merge { into } | Act::SplitOff { into, .. } => {
            about_of(case_name(lists, into.as_str()))
        }
        Act::SetParent { parent } => about_of(
            parent
                .as_ref()
                .map(|parent| case_name(lists, parent.as_str()))
                .unwrap_or_default(),
        ),
        Act::Attach(file) => about_of(file.name.clone()),
        Act::Link(link) | Act::Unlink(link) => about_of(link.target.clone()),
        Act::SetLevel { level, .. } => about_of(level.as_str().to_owned()),
        Act::Register { category } | Act::SetCategory { category } => about_of(
            lists
                .live()
                .event_desk
                .category_name(category, lists.language()),
        ),
        _ => Said::default(),
    };
    act.reason()
        .unwrap_or_default()
        .clone_into(&mut said.reason);
    said
}

/// What a case is called; its identity where it has no title.
fn case_name(lists: &CaseLists<'_>, id: &str) -> String {
    let title = lists.get(id).map(|one| one.state().title.clone());
    title
        .filter(|title| !title.is_empty())
        .unwrap_or_else(|| id.to_owned())
}

/// A line of a fact about an alarm; `None` for any other fact.
fn alarm_dto(fact: &Fact) -> Option<CaseEntryDto> {
    if fact.subject.starts_with(EVENT_OBJECT) {
        return None;
    }
    let (_, step) = facts::step_of(fact)?;
    let text = match &step {
        facts::AlarmStep::Done { act, .. } => act.text().to_owned(),
        facts::AlarmStep::Raised
        | facts::AlarmStep::Worsened { .. }
        | facts::AlarmStep::Cleared => String::new(),
    };
    Some(CaseEntryDto {
        id: identity(fact).to_owned(),
        kind: CaseEntryKindDto::Alarm,
        verb: fact.verb.clone(),
        at: fact.happened_at.0,
        known_at: fact.known_at.0,
        by: fact.author.clone(),
        role: String::new(),
        text,
        reason: String::new(),
        about: String::new(),
        figure: None,
        has_effect: true,
        is_unsynced: false,
    })
}
