//! Everything around one case: what was told of it and done to it, what is due, what it is tied to, and what was like it.

use super::{
    UNDO_MS,
    acts::{moves, needs_reason},
    alike::similar,
    clocks::dues_of,
    near,
    page::{CaseLists, Listing},
    rows::{count, place_dto, row, title_of},
    tables::party_dto,
    timeline::timeline,
};
use crate::{
    card,
    live::Live,
    wire::{
        CaseAssignmentDto, CaseAttachmentDto, CaseClockDto, CaseDetailDto, CaseLikeDto,
        CaseLinkDto, CaseRatingDto, CaseReportDto, CaseTitleDto, CaseUndoDto, Target,
    },
};
use cim_event::{
    Act, Case, CaseReport, Due, Entry, Kept, Light, Link, LinkKind, Move, allowed, kept,
};
use cim_model::{EventId, UtcMillis};
use cim_store::Fact;
use std::collections::BTreeSet;

/// So many reports are told.
const MOST_REPORTS: usize = 200;
/// So many entries of the timeline are told; of more the newest.
const MOST_ENTRIES: usize = 500;
/// So many parts, and so many merged cases, are told.
const MOST_FAMILY: usize = 100;

/// What is known of a case beside the desk's memory.
pub(crate) struct CaseFacts {
    /// Facts about the alarms that it is tied to.
    pub(crate) alarms: Vec<Fact>,
    /// Digests of the attachments whose bytes are on this desk.
    pub(crate) files: BTreeSet<String>,
    /// Open cases that may be the same.
    pub(crate) likely_same: Vec<CaseLikeDto>,
}

/// Everything around `one`, seen at wall time `now`.
pub(crate) fn detail(
    lists: &CaseLists<'_>,
    one: &Listing<'_>,
    told: CaseFacts,
    now: UtcMillis,
) -> CaseDetailDto {
    let (live, case, state) = (lists.live(), one.case, one.state());
    let desk = &live.event_desk;
    let id = case.id();
    let mut entries = timeline(lists, case, &told.alarms);
    let timeline_total = count(entries.len());
    entries.drain(..entries.len().saturating_sub(MOST_ENTRIES));
    let terms = desk.plans.terms_of(id, &state.category, state.level);
    let family = |ids: Vec<&EventId>| -> Vec<CaseTitleDto> {
        let cases = ids.into_iter().filter_map(|id| desk.cases().get(id));
        let titles = cases.map(|case| title_of(lists, case));
        titles.take(MOST_FAMILY).collect()
    };
    let named = |id: &EventId| desk.cases().get(id).map(|case| title_of(lists, case));
    let place = state.place.map(cim_event::Place::geodetic);
    CaseDetailDto {
        row: row(lists, one),
        is_past: lists.is_past(),
        description: state.description.clone(),
        area: place.map_or_else(String::new, |place| {
            live.alarms.place_name(place, lists.language())
        }),
        reports: reports(lists, one),
        timeline: entries,
        timeline_total,
        moves: if lists.is_past() {
            Vec::new()
        } else {
            let actor = desk.actor();
            let try_act =
                |act: Act| allowed(case, act, &actor, now, &desk.tables.roles, terms).map(drop);
            moves(state.stage, try_act)
        },
        assignments: assignments(lists, case),
        clocks: clocks(lists, one),
        links: state
            .links
            .iter()
            .map(|link| link_dto(lists, link))
            .collect(),
        attachments: attachments(lists, case, &told.files),
        parent: state.parent.as_ref().and_then(named),
        merged_into: state.merged_into.as_ref().and_then(named),
        children: family(desk.cases().children_of(id).collect()),
        merged: family(desk.cases().merged_into(id).collect()),
        undo: undo(lists, case, now),
        likely_same: told.likely_same,
        similar: similar(desk, (id, state), lists.moment(), lists.language()),
        cameras: place.map_or_else(Vec::new, |place| near::cameras(live, place)),
        forces: place.map_or_else(Vec::new, |place| near::forces(live, place)),
        needs_evidence: terms.needs_evidence,
        needs_rating: terms.needs_rating,
        rating: state.rating.as_ref().map(|rating| CaseRatingDto {
            score: rating.score,
            text: rating.text.clone(),
            at: rating.at.0,
            by: rating.by.clone(),
        }),
        returns: state.returns,
        send_backs: state.send_backs,
        reopenings: state.reopenings,
        extensions: count(state.extensions.len()),
    }
}

fn reports(lists: &CaseLists<'_>, one: &Listing<'_>) -> Vec<CaseReportDto> {
    if lists.is_past() {
        let own = one.state().reports.iter().take(MOST_REPORTS);
        return own.map(|told| report_dto(one.case.id(), told)).collect();
    }
    let moved = one
        .state()
        .reports
        .iter()
        .filter(|told| told.moved_to.is_some());
    let all = lists.live().event_desk.cases().reports_of(one.case.id());
    let mut reports: Vec<CaseReportDto> = all
        .into_iter()
        .chain(moved.map(|told| (one.case.id(), told)))
        .map(|(id, told)| report_dto(id, told))
        .collect();
    reports.sort_by(|a, b| (a.at, &a.case, &a.id).cmp(&(b.at, &b.case, &b.id)));
    reports.truncate(MOST_REPORTS);
    reports
}

fn report_dto(case: &EventId, told: &CaseReport) -> CaseReportDto {
    let report = &told.report;
    CaseReportDto {
        id: report.id.clone(),
        case: case.to_string(),
        source: report.source.clone(),
        number: report.external_id.clone(),
        title: report.title.clone(),
        text: report.text.clone(),
        reporter: report.reporter.clone(),
        place: report.place.map(place_dto),
        happened_at: report.happened_at.0,
        at: told.at.0,
        by: told.by.clone(),
        moved_to: told.moved_to.as_ref().map(EventId::to_string),
    }
}

/// What had an effect on a case by the moment shown.
fn effective<'c>(lists: &CaseLists<'_>, case: &'c Case) -> impl Iterator<Item = &'c Entry> {
    let (is_past, at, known_by) = (lists.is_past(), lists.moment(), lists.known_by());
    case.entries().iter().filter(move |entry| {
        let step = &entry.step;
        entry.has_effect && (!is_past || (step.at <= at && step.known_at <= known_by))
    })
}

/// To whom a case was given, and when they took it, oldest first.
fn assignments(lists: &CaseLists<'_>, case: &Case) -> Vec<CaseAssignmentDto> {
    let mut given: Vec<CaseAssignmentDto> = Vec::new();
    for entry in effective(lists, case) {
        let step = &entry.step;
        match &step.body.act {
            Act::Assign { party, note } => {
                if let Some(before) = given.last_mut() {
                    before.is_current = false;
                }
                given.push(CaseAssignmentDto {
                    party: party_dto(party),
                    at: step.at.0,
                    by: step.author.clone(),
                    note: note.clone(),
                    received_at: None,
                    received_by: String::new(),
                    is_current: true,
                });
            }
            Act::Receive {} => {
                if let Some(last) = given.last_mut() {
                    last.received_at = Some(step.at.0);
                    last.received_by.clone_from(&step.author);
                }
            }
            Act::Return { .. } | Act::Reopen { .. } => {
                if let Some(last) = given.last_mut() {
                    last.is_current = false;
                }
            }
            _ => {}
        }
    }
    given
}

/// The clocks that run, the most urgent first, then those that are over.
fn clocks(lists: &CaseLists<'_>, one: &Listing<'_>) -> Vec<CaseClockDto> {
    let tables = &lists.live().event_desk.tables;
    let state = one.state();
    let running = if one.is_closed_at_source {
        Vec::new()
    } else {
        dues_of(state, tables, lists.moment())
    };
    let over = tables.calendar.as_ref().map_or_else(Vec::new, |calendar| {
        kept(state, &tables.deadlines, calendar)
    });
    let running = running.iter().map(running_dto);
    running.chain(over.iter().map(over_dto)).collect()
}

fn running_dto(due: &Due) -> CaseClockDto {
    CaseClockDto {
        phase: due.phase.as_str().to_owned(),
        light: Some(due.light.into()),
        started_at: Some(due.started_at.0),
        warn_at: due.warn_at.map(|at| at.0),
        due_at: due.due_at.map(|at| at.0),
        escalate_at: due.escalate_at.map(|at| at.0),
        used: due.used,
        allowed_s: None,
        took_s: None,
        is_over: false,
        is_late: due.light >= Light::Red,
    }
}

fn over_dto(kept: &Kept) -> CaseClockDto {
    let seconds = |ms: i64| ms as f64 / 1000.0;
    CaseClockDto {
        phase: kept.phase.as_str().to_owned(),
        light: None,
        started_at: None,
        warn_at: None,
        due_at: None,
        escalate_at: None,
        used: seconds(kept.took_ms) / seconds(kept.allowed_ms.max(1)),
        allowed_s: Some(seconds(kept.allowed_ms)),
        took_s: Some(seconds(kept.took_ms)),
        is_over: true,
        is_late: kept.is_late,
    }
}

fn link_dto(lists: &CaseLists<'_>, link: &Link) -> CaseLinkDto {
    let live = lists.live();
    let id = link.target.clone();
    let target = match link.kind {
        LinkKind::Thing => Some(thing_target(live, &id)),
        LinkKind::Camera => Some(Target::Camera { id: id.clone() }),
        // A clip is a camera and a stretch of time: `camera@from-to`.
        LinkKind::Clip => id.split('@').next().map(|camera| Target::Camera {
            id: camera.to_owned(),
        }),
        LinkKind::Alarm => live
            .alarm_thing(&id)
            .and_then(|row| live.state.thing(row))
            .map(|row| Target::Thing {
                id: row.thing.id.to_string(),
            }),
        LinkKind::Place => Some(Target::Feature { id: id.clone() }),
        LinkKind::Recording | LinkKind::Plan | LinkKind::Picture => None,
    };
    let target = target.filter(|target| card::place_of(live, target).is_some());
    let name = match (&target, link.kind) {
        (Some(target), _) => card::name_of(live, target),
        (None, LinkKind::Plan) => live.event_desk.plans.plan_name(&id, lists.language()),
        (None, _) => None,
    };
    CaseLinkDto {
        kind: link.kind.as_str().to_owned(),
        name: name.unwrap_or_else(|| id.clone()),
        id,
        target,
    }
}

/// A device; where there is none of this identity, a feature of the city.
fn thing_target(live: &Live, id: &str) -> Target {
    let id = id.to_owned();
    if live.state.thing_row(&id).is_some() {
        Target::Thing { id }
    } else {
        Target::Feature { id }
    }
}

fn attachments(
    lists: &CaseLists<'_>,
    case: &Case,
    files: &BTreeSet<String>,
) -> Vec<CaseAttachmentDto> {
    let seen = effective(lists, case);
    seen.filter_map(|entry| {
        let Act::Attach(file) = &entry.step.body.act else {
            return None;
        };
        Some(CaseAttachmentDto {
            id: file.id.clone(),
            name: file.name.clone(),
            media_type: file.media_type.clone(),
            digest: file.digest.clone(),
            bytes: file.bytes as f64,
            is_evidence: file.is_evidence,
            at: entry.step.at.0,
            by: entry.step.author.clone(),
            is_here: files.contains(&file.digest),
        })
    })
    .collect()
}

/// The newest step, where it can be taken back.
fn undo(lists: &CaseLists<'_>, case: &Case, now: UtcMillis) -> Option<CaseUndoDto> {
    if lists.is_past() {
        return None;
    }
    let newest = case.entries().iter().rev().find(|entry| entry.has_effect)?;
    let step = &newest.step;
    let until = step.at.0.saturating_add(UNDO_MS);
    let back = undoing(case, &step.id)?;
    (now.0 <= until).then(|| CaseUndoDto {
        step: step.id.clone(),
        word: step.movement().as_str().to_owned(),
        needs_reason: needs_reason(back),
        until,
    })
}

/// The move that takes a step back; `None` where nothing does.
pub(crate) fn undoing(case: &Case, step: &str) -> Option<Move> {
    case.undo_of(step, "").map(|act| act.movement())
}
