//! The handover 交接班: what would be handed over now, what officers do with it, and what the wire says of it.

use super::{
    DutyDesk, Kept,
    open::{figures, item_dto, open_items},
    said::say,
};
use crate::{
    live::Live,
    wire::{
        DutyFigureDto, HandoverActDto, HandoverDto, HandoverReturnDto, HandoverRowDto,
        HandoverSignatureDto, HandoverStateDto,
    },
};
use cim_event::duty::{
    Draft, HANDOVER_STEPS, Handover, HandoverAct, HandoverRefusal, HandoverState, HandoverStep,
    ItemKind, OpenItem, Signature,
};
use cim_model::UtcMillis;

/// A fact's body has room for so much of a draft, bytes: the hub takes 65 536.
const MOST_DRAFT_BYTES: usize = 60_000;
/// So many records of the log are covered; of more the newest, and the draft says from when on.
const MOST_RECORDS: usize = 600;
/// So much of an item's title is handed over, characters.
const MOST_TITLE: usize = 200;
/// So many matters are written by hand.
const MOST_NOTES: usize = 50;
/// Whoever sits here longer than this without a handover came with the shift, milliseconds.
const MOST_SHIFT_MS: i64 = 24 * 3_600_000;
/// Where no shift is known one is so long, milliseconds.
const SHIFT_MS: i64 = 12 * 3_600_000;
/// Before the identities of matters that an officer wrote down.
const NOTE: &str = "note:";

/// What the outgoing officer says of a draft.
#[derive(Clone, Copy, Debug, Default)]
struct Written<'a> {
    /// Who takes over.
    incoming: &'a str,
    /// What is added.
    note: &'a str,
    /// Open items that were taken note of here.
    acknowledged: &'a [String],
    /// Matters that go into the list.
    notes: &'a [String],
}

/// Since when `officer` is on duty: the last handover to them, or the begin of the shift.
pub(crate) fn sits_since(desk: &DutyDesk, officer: &str, now: UtcMillis) -> UtcMillis {
    let taken = desk.handovers().filter_map(|(_, kept)| {
        let draft = kept.handover.draft()?;
        let is_theirs = draft.incoming == officer && kept.closed_at().is_some();
        let is_recent = now.0.saturating_sub(draft.until.0) < MOST_SHIFT_MS;
        (is_theirs && is_recent).then_some(draft.until)
    });
    let begun = || {
        let shift = desk.shift_at(now, "en");
        shift.map_or(UtcMillis(now.0.saturating_sub(SHIFT_MS)), |shift| {
            UtcMillis(shift.from)
        })
    };
    taken.max().unwrap_or_else(begun)
}

/// The handover called `id`; without one the one under way, or what would be handed over now. `None` where there is none
/// of this name.
pub(crate) fn handover_dto(live: &Live, id: Option<&str>, now: UtcMillis) -> Option<HandoverDto> {
    let desk = &live.event_desk.duty;
    let officer = live.operator();
    let id = id.or_else(|| desk.under_way(officer).map(String::as_str));
    let kept = id.and_then(|id| desk.handover(id).map(|kept| (id, kept)));
    if let Some((id, kept)) = kept {
        let draft = kept.handover.draft()?;
        return Some(dto(live, (id, draft), kept, now));
    }
    let next = next_id(desk, officer, now);
    if id.is_some_and(|id| id != next) {
        return None;
    }
    let draft = draft_now(live, &Written::default(), now);
    let nothing = Kept::default();
    let mut dto = dto(live, (next.as_str(), &draft), &nothing, now);
    // What is written may still be other: nobody can sign this.
    dto.proof = String::new();
    Some(dto)
}

/// The handovers that were written, the newest first.
pub(crate) fn handover_rows(live: &Live) -> Vec<HandoverRowDto> {
    let desk = &live.event_desk.duty;
    let mut rows: Vec<HandoverRowDto> = desk
        .handovers()
        .filter_map(|(id, kept)| {
            let draft = kept.handover.draft()?;
            Some(HandoverRowDto {
                id: id.clone(),
                state: state_dto(kept.handover.state()),
                shift_name: desk.shift_name(&draft.shift, &live.language),
                from: draft.from.0,
                until: draft.until.0,
                outgoing: draft.outgoing.clone(),
                incoming: draft.incoming.clone(),
                items: u32::try_from(draft.items.len()).unwrap_or(u32::MAX),
                is_intact: kept.handover.is_intact(desk.log()),
            })
        })
        .collect();
    rows.sort_by(|a, b| b.until.cmp(&a.until).then_with(|| a.id.cmp(&b.id)));
    rows
}

/// What `act` writes down of the handover called `id`, and in whose name; why not, in the desk's language, where it is not
/// possible.
pub(crate) fn written_act(
    live: &Live,
    id: &str,
    act: &HandoverActDto,
    now: UtcMillis,
) -> Result<(HandoverAct, String), String> {
    let desk = &live.event_desk.duty;
    let nothing = Handover::default();
    let handover = desk.handover(id).map_or(&nothing, |kept| &kept.handover);
    let sides = handover.draft().map_or_else(
        || (live.operator().to_owned(), String::new()),
        |draft| (draft.outgoing.clone(), draft.incoming.clone()),
    );
    let (act, by) = match act {
        HandoverActDto::Draft {
            incoming,
            note,
            acknowledged,
            notes,
        } => {
            let written = Written {
                incoming: incoming.trim(),
                note: note.trim(),
                acknowledged,
                notes,
            };
            let mut draft = draft_now(live, &written, now);
            draft.outgoing.clone_from(&sides.0);
            (HandoverAct::Draft { draft }, sides.0)
        }
        HandoverActDto::SignOut { statement, proof } => {
            let act = HandoverAct::SignOut {
                statement: statement.clone(),
                proof: proof.clone(),
            };
            (act, live.operator().to_owned())
        }
        HandoverActDto::SignIn {
            officer,
            statement,
            proof,
            seen,
        } => {
            let act = HandoverAct::SignIn {
                statement: statement.clone(),
                proof: proof.clone(),
                seen: seen.clone(),
            };
            (act, officer.trim().to_owned())
        }
        HandoverActDto::Return { officer, reason } => {
            let reason = reason.clone();
            (HandoverAct::Return { reason }, officer.trim().to_owned())
        }
        HandoverActDto::Complete => (HandoverAct::Complete, sides.1),
    };
    match handover.allowed(&act, &by, desk.log()) {
        Ok(()) => Ok((act, by)),
        Err(refusal) => Err(refused(&live.language, &refusal)),
    }
}

/// What would be handed over now. The clock's own millisecond is in it.
fn draft_now(live: &Live, written: &Written<'_>, now: UtcMillis) -> Draft {
    let desk = &live.event_desk.duty;
    let officer = live.operator();
    let until = UtcMillis(now.0.saturating_add(1));
    let mut from = sits_since(desk, officer, now);
    let mut records = desk.log().records(from, until);
    if records.len() > MOST_RECORDS {
        let entries = desk.log().entries(from, until);
        let first = entries.len().saturating_sub(MOST_RECORDS);
        from = entries.get(first).map_or(from, |entry| entry.stamp.at);
        records = desk.log().records(from, until);
    }
    let shift = desk.shift_at(UtcMillis(until.0.saturating_sub(1)), "en");
    let mut draft = Draft {
        shift: shift.map(|shift| shift.id).unwrap_or_default(),
        from,
        until,
        outgoing: officer.to_owned(),
        incoming: written.incoming.to_owned(),
        records,
        items: notes_of(written, now),
        figures: figures(live, from, until),
        note: written.note.to_owned(),
    };
    // What people wrote first, then by how much is lost when it is forgotten: alarms show themselves.
    let mut items = open_items(live, now);
    items.sort_by_key(|item| std::cmp::Reverse(item.kind));
    for item in &mut items {
        item.title = item.title.chars().take(MOST_TITLE).collect();
        item.is_acknowledged |= written.acknowledged.contains(&item.id);
    }
    let room = MOST_DRAFT_BYTES.saturating_sub(length_of(&draft));
    let (kept, left) = fitting(items, room);
    draft.items.extend(kept);
    if left > 0 {
        let more = say(&live.language, "duty.more_items").replace("%{n}", &left.to_string());
        draft.items.push(note(&more, "more", now));
    }
    draft
}

/// As many of `items` as `room` bytes hold, and how many do not.
fn fitting(items: Vec<OpenItem>, room: usize) -> (Vec<OpenItem>, usize) {
    let all = items.len();
    let mut used = 0;
    let kept: Vec<OpenItem> = items
        .into_iter()
        .take_while(|item| {
            // And the comma behind it.
            used += length_of(item) + 1;
            used <= room
        })
        .collect();
    let left = all - kept.len();
    (kept, left)
}

fn length_of<T: serde::Serialize>(part: &T) -> usize {
    serde_json::to_string(part).map_or(0, |text| text.len())
}

fn notes_of(written: &Written<'_>, now: UtcMillis) -> Vec<OpenItem> {
    let lines = written.notes.iter().map(|line| line.trim());
    let lines = lines.filter(|line| !line.is_empty()).take(MOST_NOTES);
    lines
        .enumerate()
        .map(|(number, line)| note(line, &(number + 1).to_string(), now))
        .collect()
}

fn note(line: &str, number: &str, now: UtcMillis) -> OpenItem {
    OpenItem {
        kind: ItemKind::Note,
        id: format!("{NOTE}{number}"),
        title: line.chars().take(2 * MOST_TITLE).collect(),
        since: now,
        is_acknowledged: true,
    }
}

/// What the next handover of `officer` is called.
fn next_id(desk: &DutyDesk, officer: &str, now: UtcMillis) -> String {
    let first = format!("{officer}@{}", sits_since(desk, officer, now).0);
    let mut id = first.clone();
    let mut number = 2_u32;
    while desk.handover(&id).is_some() {
        id = format!("{first}-{number}");
        number += 1;
    }
    id
}

fn dto(live: &Live, (id, draft): (&str, &Draft), kept: &Kept, now: UtcMillis) -> HandoverDto {
    let desk = &live.event_desk.duty;
    let handover = &kept.handover;
    let state = handover.state();
    let shift = desk.shift_after(now, &live.language);
    let mut candidates = shift.map(|shift| shift.officers).unwrap_or_default();
    candidates.retain(|name| *name != draft.outgoing);
    let figures = draft.figures.iter().map(|(word, count)| DutyFigureDto {
        word: word.clone(),
        count: u32::try_from(*count).unwrap_or(u32::MAX),
    });
    HandoverDto {
        id: id.to_owned(),
        state: state_dto(state),
        shift: draft.shift.clone(),
        shift_name: desk.shift_name(&draft.shift, &live.language),
        from: draft.from.0,
        until: draft.until.0,
        outgoing: draft.outgoing.clone(),
        incoming: draft.incoming.clone(),
        candidates,
        items: draft
            .items
            .iter()
            .map(|item| item_dto(live, item))
            .collect(),
        figures: figures.collect(),
        note: draft.note.clone(),
        records: u32::try_from(draft.records.len()).unwrap_or(u32::MAX),
        proof: draft.proof(desk.log()).unwrap_or_default(),
        signed_out: handover.outgoing().map(signature_dto),
        signed_in: handover.incoming().map(signature_dto),
        returned: handover
            .returned()
            .iter()
            .map(|(stamp, reason)| HandoverReturnDto {
                at: stamp.at.0,
                by: stamp.by.clone(),
                reason: reason.clone(),
            })
            .collect(),
        completed_at: kept.closed_at().map(|at| at.0),
        is_intact: handover.is_intact(desk.log()),
        allowed: allowed(state),
    }
}

fn signature_dto(signature: &Signature) -> HandoverSignatureDto {
    HandoverSignatureDto {
        name: signature.name.clone(),
        at: signature.at.0,
        statement: signature.statement.clone(),
        proof: signature.proof.clone(),
    }
}

/// The acts whose turn it is.
fn allowed(state: HandoverState) -> Vec<String> {
    let steps = HANDOVER_STEPS.iter().filter(|(from, _, _)| *from == state);
    let words = steps.map(|(_, step, _)| match step {
        HandoverStep::Draft => "draft",
        HandoverStep::SignOut => "sign_out",
        HandoverStep::SignIn => "sign_in",
        HandoverStep::Return => "return",
        HandoverStep::Complete => "complete",
    });
    words.map(str::to_owned).collect()
}

fn state_dto(state: HandoverState) -> HandoverStateDto {
    match state {
        HandoverState::Open => HandoverStateDto::Open,
        HandoverState::Drafted => HandoverStateDto::Drafted,
        HandoverState::SignedByOutgoing => HandoverStateDto::SignedByOutgoing,
        HandoverState::SignedByIncoming => HandoverStateDto::SignedByIncoming,
        HandoverState::Done => HandoverStateDto::Done,
    }
}

/// Why an act is not possible, for people.
fn refused(language: &str, refusal: &HandoverRefusal) -> String {
    let text = |word: &str| say(language, &format!("duty.refusal.{word}"));
    match refusal {
        HandoverRefusal::BadStep { .. } => text("bad_step"),
        HandoverRefusal::NotYours(name) => text("not_yours").replace("%{name}", name),
        HandoverRefusal::OnePerson(_) => text("one_person"),
        HandoverRefusal::Unacknowledged { count, .. } => {
            text("unacknowledged").replace("%{n}", &count.to_string())
        }
        HandoverRefusal::Unseen { count, .. } => text("unseen").replace("%{n}", &count.to_string()),
        HandoverRefusal::Changed => text("changed"),
        HandoverRefusal::NeedsText => text("needs_text"),
        HandoverRefusal::TooMuch => text("too_much"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(number: usize) -> OpenItem {
        OpenItem {
            kind: ItemKind::Alarm,
            id: format!("d{number}@5"),
            title: "水位高".to_owned(),
            since: UtcMillis(5),
            is_acknowledged: false,
        }
    }

    #[test]
    fn what_has_no_room_in_a_fact_is_counted() {
        let items: Vec<OpenItem> = (0..1_000).map(item).collect();
        let one = length_of(&item(0)) + 1;
        let (kept, left) = fitting(items.clone(), 10 * one);
        assert_eq!((kept.len(), left), (10, 990));
        let (kept, left) = fitting(items, 1_000_000);
        assert_eq!((kept.len(), left), (1_000, 0));
        assert_eq!(fitting(Vec::new(), 0), (Vec::new(), 0));
    }

    #[test]
    fn whose_turn_it_is_follows_from_the_table() {
        assert_eq!(allowed(HandoverState::Open), ["draft"]);
        assert_eq!(allowed(HandoverState::Drafted), ["draft", "sign_out"]);
        assert_eq!(
            allowed(HandoverState::SignedByOutgoing),
            ["return", "sign_in"]
        );
        assert_eq!(allowed(HandoverState::SignedByIncoming), ["complete"]);
        assert!(allowed(HandoverState::Done).is_empty());
    }

    #[test]
    fn an_officer_without_a_handover_came_with_the_shift() {
        // 2026-03-01T09:30+08:00.
        let now = UtcMillis(1_772_328_600_000);
        let since = sits_since(&DutyDesk::default(), "Li", now);
        assert_eq!(now.0 - since.0, 90 * 60_000);
        assert_eq!(
            next_id(&DutyDesk::default(), "Li", now),
            format!("Li@{}", since.0)
        );
    }
}
