//! What is open at the end of a shift, and the figures of the shift.

use super::{page::target_of, said::name_of};
use crate::{
    alarm_desk::Lists,
    live::Live,
    wire::{DutyItemDto, DutyItemKindDto, DutyOpenDto},
};
use cim_event::{
    Case, CaseState, Light, Stage,
    dispatch::Assignment,
    due,
    duty::{ItemKind, OpenItem},
};
use cim_model::UtcMillis;
use std::{cmp::Reverse, collections::BTreeMap};

/// What is open at `now`: alarms, then events, then those who were sent; the worst and the most urgent first.
pub(super) fn open_items(live: &Live, now: UtcMillis) -> Vec<OpenItem> {
    let mut items = open_alarms(live, now);
    items.extend(open_cases(live, now));
    items.extend(open_assignments(live));
    items
}

/// How much is open.
pub(crate) fn open_counts(live: &Live) -> DutyOpenDto {
    let board = live.event_desk.board();
    DutyOpenDto {
        alarms: count(live.alarms.attention().len()),
        events: board.open,
        overdue: board.red + board.escalated,
        assignments: count(live.event_desk.plans.open_assignments().count()),
    }
}

/// The figures of the shift from `from` to `until`, beside those of the log.
pub(super) fn figures(live: &Live, from: UtcMillis, until: UtcMillis) -> BTreeMap<String, u64> {
    let within = |at: Option<UtcMillis>| at.is_some_and(|at| (from..until).contains(&at));
    let counts = open_counts(live);
    let hidden = live.alarms.board(&live.state, &live.language).hidden;
    let (mut reported, mut closed) = (0, 0);
    for case in live.event_desk.cases().all() {
        let state = case.state();
        reported += u64::from(within(state.reported_at));
        closed += u64::from(within(state.closed_at));
    }
    let mut figures = live.event_desk.duty.log().figures(from, until);
    let own = [
        ("alarms_open", u64::from(counts.alarms)),
        ("alarms_shelved", u64::from(hidden.shelved)),
        ("alarms_out_of_service", u64::from(hidden.out_of_service)),
        ("events_open", u64::from(counts.events)),
        ("events_overdue", u64::from(counts.overdue)),
        ("events_reported", reported),
        ("events_closed", closed),
        ("assignments_open", u64::from(counts.assignments)),
    ];
    figures.extend(own.map(|(word, count)| (word.to_owned(), count)));
    figures
}

/// An open item as the wire has it.
pub(super) fn item_dto(live: &Live, item: &OpenItem) -> DutyItemDto {
    let target = match item.kind {
        ItemKind::Alarm | ItemKind::Event => target_of(live, &item.id),
        ItemKind::Assignment => live
            .event_desk
            .plans
            .open_assignments()
            .find(|sent| sent.id == item.id)
            .and_then(|sent| target_of(live, sent.event.as_str())),
        ItemKind::Note => None,
    };
    DutyItemDto {
        kind: match item.kind {
            ItemKind::Alarm => DutyItemKindDto::Alarm,
            ItemKind::Event => DutyItemKindDto::Event,
            ItemKind::Assignment => DutyItemKindDto::Assignment,
            ItemKind::Note => DutyItemKindDto::Note,
        },
        id: item.id.clone(),
        target,
        title: item.title.clone(),
        since: item.since.0,
        is_acknowledged: item.is_acknowledged,
    }
}

fn open_alarms(live: &Live, now: UtcMillis) -> Vec<OpenItem> {
    let lists = Lists::new(live, now);
    let attention = live.alarms.attention().iter();
    let items = attention.map(|alarm| {
        let id = alarm.id.as_str();
        let row = lists.get(id).map(|one| lists.row(&one));
        let title = row.map_or_else(
            || name_of(live, id),
            |row| {
                let parts = [row.name, row.rule];
                let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
                parts.join(" ").trim().to_owned()
            },
        );
        OpenItem {
            kind: ItemKind::Alarm,
            id: id.to_owned(),
            title,
            since: alarm.since,
            is_acknowledged: alarm.acknowledged.is_some(),
        }
    });
    items.collect()
}

fn open_cases(live: &Live, now: UtcMillis) -> Vec<OpenItem> {
    let desk = &live.event_desk;
    let light = |state: &CaseState| {
        let calendar = desk.tables.calendar.as_ref()?;
        let dues = due(state, &desk.tables.deadlines, calendar, now);
        dues.first().map(|due| due.light)
    };
    let open = desk.cases().all().filter(|case| is_open(live, case));
    let mut open: Vec<(Option<Light>, &Case)> =
        open.map(|case| (light(case.state()), case)).collect();
    open.sort_by_key(|(light, case)| {
        let state = case.state();
        (Reverse(*light), Reverse(state.level), state.happened_at)
    });
    let items = open.into_iter().map(|(_, case)| {
        let state = case.state();
        OpenItem {
            kind: ItemKind::Event,
            id: case.id().to_string(),
            title: state.title.clone(),
            since: state.reported_at.unwrap_or(state.happened_at),
            // Whoever decided on it took note of it.
            is_acknowledged: state.stage != Stage::Collected,
        }
    });
    items.collect()
}

/// True while something has to be done. What was closed where it comes from and nobody here took on is not.
fn is_open(live: &Live, case: &Case) -> bool {
    case.state().stage.is_open() && live.event_desk.closed_at_source(case).is_none()
}

fn open_assignments(live: &Live) -> Vec<OpenItem> {
    let mut sent: Vec<&Assignment> = live.event_desk.plans.open_assignments().collect();
    sent.sort_by_key(|sent| sent.sent_at);
    let items = sent.into_iter().map(|sent| OpenItem {
        kind: ItemKind::Assignment,
        id: sent.id.clone(),
        title: format!("{} · {}", sent.to.name, name_of(live, sent.event.as_str())),
        since: sent.sent_at,
        is_acknowledged: true,
    });
    items.collect()
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
