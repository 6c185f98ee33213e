//! Cases through the loop, step by step, in order and out of it.

use super::*;
use crate::flow::{LoopStep, Stage};
use cim_model::{EventLevel, EventStatus, Standing};

/// A report of a missing cover at a street of the model district.
pub(crate) fn report(id: &str) -> Report {
    Report {
        id: id.to_owned(),
        source: "hotline".to_owned(),
        external_id: String::new(),
        title: "云湖路井盖缺失".to_owned(),
        text: "路口东侧井盖不见了，有行人绕行。".to_owned(),
        reporter: "市民".to_owned(),
        category: "missing_cover".to_owned(),
        level: EventLevel::III,
        place: Some(Place {
            lon_deg: 121.5,
            lat_deg: 31.2,
        }),
        happened_at: UtcMillis(0),
        standing: Standing::Actual,
        links: Vec::new(),
    }
}

pub(crate) fn party(id: &str) -> Party {
    Party {
        kind: PartyKind::Department,
        id: id.to_owned(),
        name: id.to_owned(),
    }
}

pub(crate) fn photo(id: &str) -> Attachment {
    Attachment {
        id: id.to_owned(),
        name: "after.jpg".to_owned(),
        media_type: "image/jpeg".to_owned(),
        digest: "0f".repeat(32),
        bytes: 1_024,
        is_evidence: true,
    }
}

/// One act for each move, in the order of [`Move::ALL`].
pub(crate) fn one_of_each_act() -> Vec<Act> {
    let text = || "已处理".to_owned();
    let link = || Link::new(LinkKind::Alarm, "d0@5000");
    vec![
        Act::Report(report("r1")),
        Act::Join(report("r2")),
        Act::Register {
            category: String::new(),
        },
        Act::Assign {
            party: party("water"),
            note: text(),
        },
        Act::Receive {},
        Act::Return { reason: text() },
        Act::Arrive { text: text() },
        Act::Extend {
            minutes: 60,
            reason: text(),
        },
        Act::Suspend { reason: text() },
        Act::Resume {},
        Act::Handle { text: text() },
        Act::Verify { text: text() },
        Act::SendBack { reason: text() },
        Act::Rate {
            score: 5,
            text: text(),
        },
        Act::Close { text: text() },
        Act::Reopen { reason: text() },
        Act::Cancel { reason: text() },
        Act::Archive { text: text() },
        Act::Urge {
            text: text(),
            rung: 1,
        },
        Act::Merge {
            into: EventId::new("e2"),
        },
        Act::Unmerge { reason: text() },
        Act::SplitOff {
            report: "r2".to_owned(),
            into: EventId::new("e3"),
        },
        Act::SetParent {
            parent: Some(EventId::new("e9")),
        },
        Act::Attach(photo("a1")),
        Act::Comment { text: text() },
        Act::Link(link()),
        Act::Unlink(link()),
        Act::SetLevel {
            level: EventLevel::II,
            reason: text(),
        },
        Act::SetCategory {
            category: "road_damage".to_owned(),
        },
    ]
}

/// The act that makes `movement`.
pub(crate) fn act(movement: Move) -> Act {
    let all = one_of_each_act();
    all.into_iter()
        .find(|act| act.movement() == movement)
        .unwrap()
}

/// The step that makes `act` at `minute`.
pub(crate) fn step(minute: i64, act: Act) -> Step {
    Step {
        id: format!("{}#{minute}", act.movement().verb()),
        at: UtcMillis(minute * 60_000),
        known_at: UtcMillis(minute * 60_000),
        author: "Li".to_owned(),
        body: Body {
            role: "duty_officer".to_owned(),
            party: None,
            act,
        },
    }
}

/// A case to which `moves` were made, ten minutes apart.
pub(crate) fn case(moves: &[Move]) -> Case {
    let mut case = Case::new(EventId::new("e1"));
    for (step_no, movement) in moves.iter().enumerate() {
        let applied = case.apply(step(10 * step_no as i64, act(*movement)));
        assert_eq!(applied, Ok(Applied::Changed), "{}", movement.as_str());
    }
    case
}

/// The straight way through the loop.
pub(crate) const STRAIGHT: [Move; 9] = [
    Move::Report,
    Move::Register,
    Move::Assign,
    Move::Receive,
    Move::Arrive,
    Move::Handle,
    Move::Verify,
    Move::Rate,
    Move::Close,
];

#[track_caller]
fn check(moves: &[Move], stage: Stage, step: LoopStep) {
    let case = case(moves);
    assert_eq!(case.state().stage, stage);
    assert_eq!(case.state().step(), step);
}

#[test]
fn a_case_goes_through_the_six_steps() {
    check(&STRAIGHT[..1], Stage::Collected, LoopStep::Collect);
    check(&STRAIGHT[..2], Stage::Registered, LoopStep::Assign);
    check(&STRAIGHT[..3], Stage::Assigned, LoopStep::Assign);
    check(&STRAIGHT[..5], Stage::Handling, LoopStep::Complete);
    check(&STRAIGHT[..6], Stage::Handled, LoopStep::Urge);
    check(&STRAIGHT[..7], Stage::Verified, LoopStep::Feedback);
    check(&STRAIGHT, Stage::Closed, LoopStep::Analyse);
}

#[test]
fn a_case_that_is_urged_is_followed_until_somebody_else_gets_it() {
    let urged = [Move::Report, Move::Register, Move::Assign, Move::Urge];
    check(&urged, Stage::Assigned, LoopStep::Urge);
    let again = [
        Move::Report,
        Move::Register,
        Move::Assign,
        Move::Urge,
        Move::Return,
    ];
    let mut case = case(&again);
    let given = case.apply(step(90, act(Move::Assign)));
    assert_eq!(given, Ok(Applied::Changed));
    assert!(!case.state().is_urged());
    assert_eq!((case.state().returns, case.state().urges.len()), (1, 1));
}

#[test]
fn what_was_suspended_or_merged_goes_back_to_where_it_was() {
    let handling = [
        Move::Report,
        Move::Register,
        Move::Assign,
        Move::Receive,
        Move::Suspend,
        Move::Resume,
    ];
    check(&handling, Stage::Handling, LoopStep::Complete);
    let merged = [Move::Report, Move::Merge];
    check(&merged, Stage::Merged, LoopStep::Analyse);
    assert_eq!(case(&merged).state().merged_into, Some(EventId::new("e2")));
    let again = [Move::Report, Move::Merge, Move::Unmerge];
    check(&again, Stage::Collected, LoopStep::Collect);
    assert_eq!(case(&again).state().merged_into, None);
}

#[test]
fn steps_in_any_order_and_twice_give_the_same_case() {
    let whole = case(&STRAIGHT);
    let steps: Vec<Step> = whole
        .entries()
        .iter()
        .map(|entry| entry.step.clone())
        .collect();
    let mut backwards = Case::new(EventId::new("e1"));
    for step in steps.iter().rev().chain(&steps) {
        assert!(backwards.apply(step.clone()).is_ok());
    }
    assert_eq!(backwards, whole);
    let again = backwards.apply(steps[3].clone());
    assert_eq!(again, Ok(Applied::Known));
}

#[test]
fn a_step_that_was_not_possible_is_kept_without_effect() {
    let mut case = case(&[Move::Report, Move::Register, Move::Assign]);
    let late = step(5, act(Move::Cancel));
    assert_eq!(case.apply(late), Ok(Applied::Changed));
    assert_eq!(case.state().stage, Stage::Cancelled);
    let effects: Vec<bool> = case
        .entries()
        .iter()
        .map(|entry| entry.has_effect)
        .collect();
    assert_eq!(effects, [true, true, false, false]);
}

#[test]
fn a_report_begins_the_case_even_when_its_clock_is_wrong() {
    let mut case = Case::new(EventId::new("e1"));
    assert_eq!(
        case.apply(step(1, act(Move::Register))),
        Ok(Applied::WithoutEffect)
    );
    assert_eq!(case.event(), None);
    assert_eq!(case.apply(step(2, act(Move::Report))), Ok(Applied::Changed));
    assert_eq!(case.state().stage, Stage::Registered);
}

#[test]
fn one_cause_has_many_reports_and_each_is_kept_once() {
    let mut case = case(&[Move::Report, Move::Join]);
    assert_eq!(
        case.apply(step(30, Act::Join(report("r2")))),
        Ok(Applied::WithoutEffect)
    );
    let second = Report {
        id: "r3".to_owned(),
        standing: Standing::Exercise,
        ..report("r3")
    };
    assert_eq!(
        case.apply(step(31, Act::Report(second))),
        Ok(Applied::Changed)
    );
    assert_eq!(case.state().reports.len(), 3);
    assert!(case.state().standing.is_real());
    let split = |id: &str| Act::SplitOff {
        report: id.to_owned(),
        into: EventId::new("e5"),
    };
    let minute = |minute: i64, act: Act| step(minute, act);
    assert_eq!(case.apply(minute(40, split("r2"))), Ok(Applied::Changed));
    assert_eq!(case.apply(minute(41, split("r3"))), Ok(Applied::Changed));
    assert_eq!(
        case.apply(minute(42, split("r1"))),
        Ok(Applied::WithoutEffect),
        "a case keeps its last report"
    );
    assert_eq!(case.state().reports.len(), 3, "nothing told is ever lost");
}

#[test]
fn a_case_that_is_opened_again_goes_round_once_more() {
    let mut moves = STRAIGHT.to_vec();
    moves.push(Move::Reopen);
    let case = case(&moves);
    let state = case.state();
    assert_eq!(state.stage, Stage::Registered);
    assert_eq!(state.reopenings, 1);
    assert_eq!((state.assigned_at, state.handled_at), (None, None));
    assert_eq!(state.first_assigned_at, Some(UtcMillis(20 * 60_000)));
    assert!(state.assignment.is_none() && state.rating.is_none());
    assert_eq!(state.past_clocks.len(), 6, "one of each phase");
}

#[test]
fn a_case_is_told_as_it_was_known() {
    let case = case(&STRAIGHT);
    let minute = |minute: i64| UtcMillis(minute * 60_000);
    let then = case.state_at(minute(25), minute(1_000));
    assert_eq!(then.stage, Stage::Assigned);
    let known = case.state_at(minute(1_000), minute(15));
    assert_eq!(known.stage, Stage::Registered);
}

#[test]
fn a_case_is_an_event_on_the_map() {
    let mut case = case(&STRAIGHT[..4]);
    let event = case.event().expect("it was reported at a place");
    assert_eq!(event.status, EventStatus::Handling);
    assert_eq!(event.category, "missing_cover");
    assert!(case.apply(step(99, act(Move::SetLevel))).is_ok());
    assert_eq!(case.event().map(|event| event.level), Some(EventLevel::II));
}

#[track_caller]
fn check_undo(moves: &[Move], movement: Move, expected: Option<Move>) {
    let mut case = case(moves);
    let last = step(500, act(movement));
    let id = last.id.clone();
    assert_eq!(case.apply(last), Ok(Applied::Changed));
    let undo = case.undo_of(&id, "误操作");
    assert_eq!(undo.as_ref().map(Act::movement), expected);
    if let Some(undo) = undo {
        assert_eq!(case.apply(step(501, undo)), Ok(Applied::Changed));
    }
}

#[test]
fn what_can_be_taken_back_is_and_only_while_it_is_the_newest() {
    check_undo(&[Move::Report], Move::Link, Some(Move::Unlink));
    check_undo(&[Move::Report], Move::SetParent, Some(Move::SetParent));
    check_undo(&[Move::Report], Move::SetLevel, Some(Move::SetLevel));
    check_undo(&[Move::Report], Move::SetCategory, Some(Move::SetCategory));
    check_undo(&[Move::Report], Move::Merge, Some(Move::Unmerge));
    check_undo(&[Move::Report], Move::Cancel, Some(Move::Reopen));
    check_undo(&STRAIGHT[..4], Move::Suspend, Some(Move::Resume));
    check_undo(&STRAIGHT[..8], Move::Close, Some(Move::Reopen));
    check_undo(&STRAIGHT[..4], Move::Handle, None);
    let case = case(&[Move::Report, Move::Link, Move::Comment]);
    assert_eq!(case.undo_of("event_linked#10", ""), None);
}

#[test]
fn a_step_that_is_broken_is_refused_and_named() {
    let mut case = case(&[Move::Report]);
    let nameless = Step {
        author: String::new(),
        ..step(7, act(Move::Register))
    };
    let fault = case.apply(nameless).unwrap_err();
    assert_eq!(
        fault.to_string(),
        "step event_registered#7: author is empty"
    );
    let loud = step(
        8,
        Act::Urge {
            text: String::new(),
            rung: 9,
        },
    );
    assert!(case.apply(loud).is_err());
    assert_eq!(case.entries().len(), 1);
}
