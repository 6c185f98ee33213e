//! Handing over a shift: turns, signatures, and what shows when something was changed.

use super::super::{DutyAct, EntrySource};
use super::*;

fn stamp(id: &str, at: i64, by: &str) -> Stamp {
    Stamp::new(id, UtcMillis(at), by)
}

fn write(text: &str) -> DutyAct {
    DutyAct::Write {
        source: EntrySource::Hand,
        subject: String::new(),
        text: text.to_owned(),
    }
}

fn log() -> DutyLog {
    let mut log = DutyLog::default();
    log.apply(&stamp("l1", 10, "li"), write("巡查"));
    log.apply(&stamp("l2", 20, "li"), write("来电"));
    log
}

fn draft(is_acknowledged: bool) -> Draft {
    Draft {
        shift: "night".to_owned(),
        from: UtcMillis(0),
        until: UtcMillis(100),
        outgoing: "li".to_owned(),
        incoming: "wang".to_owned(),
        records: log().records(UtcMillis(0), UtcMillis(100)),
        items: vec![OpenItem {
            kind: ItemKind::Alarm,
            id: "a1".to_owned(),
            title: "液位高".to_owned(),
            since: UtcMillis(5),
            is_acknowledged,
        }],
        figures: BTreeMap::from([("alarm".to_owned(), 3)]),
        note: "注意雨情".to_owned(),
    }
}

fn drafted(is_acknowledged: bool) -> Handover {
    let mut handover = Handover::default();
    let act = HandoverAct::Draft {
        draft: draft(is_acknowledged),
    };
    assert_eq!(handover.allowed(&act, "li", &log()), Ok(()));
    assert!(handover.apply(&stamp("1", 110, "li"), act));
    handover
}

fn proof() -> String {
    draft(true).proof(&log()).expect("the log is whole")
}

fn sign_out() -> HandoverAct {
    HandoverAct::SignOut {
        statement: "交班".to_owned(),
        proof: proof(),
    }
}

fn sign_in(seen: &[&str]) -> HandoverAct {
    HandoverAct::SignIn {
        statement: "接班".to_owned(),
        proof: proof(),
        seen: seen.iter().map(|id| (*id).to_owned()).collect(),
    }
}

fn signed() -> Handover {
    let mut handover = drafted(true);
    handover.apply(&stamp("2", 120, "li"), sign_out());
    handover
}

#[track_caller]
fn check_refused(handover: &Handover, act: &HandoverAct, by: &str, expected: &str) {
    let refusal = handover.allowed(act, by, &log()).expect_err("is refused");
    assert_eq!(refusal.to_string(), expected);
}

#[test]
fn both_officers_sign_in_turn_and_the_shift_is_handed_over() {
    let mut handover = drafted(true);
    assert_eq!(handover.allowed(&sign_out(), "li", &log()), Ok(()));
    handover.apply(&stamp("2", 120, "li"), sign_out());
    assert_eq!(handover.state(), HandoverState::SignedByOutgoing);
    assert_eq!(handover.allowed(&sign_in(&["a1"]), "wang", &log()), Ok(()));
    handover.apply(&stamp("3", 130, "wang"), sign_in(&["a1"]));
    assert_eq!(handover.state(), HandoverState::SignedByIncoming);
    handover.apply(&stamp("4", 140, "zhao"), HandoverAct::Complete);
    assert_eq!(handover.state(), HandoverState::Done);
    assert!(handover.is_intact(&log()));
    let names = [handover.outgoing(), handover.incoming()];
    assert!(
        names
            .iter()
            .flatten()
            .map(|s| s.name.as_str())
            .eq(["li", "wang"])
    );
}

#[test]
fn what_is_unacknowledged_or_unseen_stops_it() {
    check_refused(
        &drafted(false),
        &sign_out(),
        "li",
        "1 open items are unacknowledged, a1 first",
    );
    check_refused(
        &signed(),
        &sign_in(&[]),
        "wang",
        "1 open items are still to be seen, a1 first",
    );
}

#[test]
fn turns_and_names_are_held() {
    check_refused(&drafted(true), &sign_out(), "wang", "only li may sign that");
    check_refused(
        &signed(),
        &sign_in(&["a1"]),
        "li",
        "only wang may sign that",
    );
    check_refused(
        &Handover::default(),
        &sign_out(),
        "li",
        "a handover that is Open cannot SignOut",
    );
    let alone = HandoverAct::Draft {
        draft: Draft {
            incoming: "li".to_owned(),
            ..draft(true)
        },
    };
    check_refused(
        &Handover::default(),
        &alone,
        "li",
        "two officers are needed, not `li` twice",
    );
    let silent = HandoverAct::Return {
        reason: " ".to_owned(),
    };
    check_refused(
        &signed(),
        &silent,
        "wang",
        "a statement or a reason has to be given",
    );
}

#[test]
fn a_log_that_changed_is_not_signed_and_a_signed_one_tells() {
    let handover = signed();
    let mut other = DutyLog::default();
    other.apply(&stamp("l1", 10, "li"), write("没有巡查"));
    other.apply(&stamp("l2", 20, "li"), write("来电"));
    assert!(!handover.is_intact(&other));
    assert!(!handover.is_intact(&DutyLog::default()));
    assert!(handover.is_intact(&log()));
    let changed = drafted(true).allowed(&sign_out(), "li", &other);
    assert_eq!(changed, Err(HandoverRefusal::Changed));
    // What is written late is not covered, and leaves the signature as it is.
    let mut later = log();
    later.apply(&stamp("l3", 15, "li"), write("补记"));
    assert!(handover.is_intact(&later));
    let anew = HandoverAct::Draft { draft: draft(true) };
    let late = drafted(true).allowed(&anew, "li", &later);
    assert_eq!(late, Err(HandoverRefusal::Changed));
}

#[test]
fn sent_back_it_is_written_anew_and_the_order_of_arrival_does_not_matter() {
    let back = HandoverAct::Return {
        reason: "漏项".to_owned(),
    };
    let mut handover = signed();
    handover.apply(&stamp("3", 125, "wang"), back.clone());
    assert_eq!(handover.state(), HandoverState::Drafted);
    assert_eq!((handover.outgoing(), handover.returned().len()), (None, 1));
    let mut backward = Handover::default();
    backward.apply(&stamp("3", 125, "wang"), back);
    backward.apply(&stamp("2", 120, "li"), sign_out());
    backward.apply(
        &stamp("1", 110, "li"),
        HandoverAct::Draft { draft: draft(true) },
    );
    assert!(!backward.apply(&stamp("2", 120, "li"), sign_out()));
    assert_eq!(backward, handover);
    assert_eq!(handover.draft().map(|draft| draft.items.len()), Some(1));
}

#[test]
fn acts_travel_as_the_body_of_a_fact() {
    let acts = [
        HandoverAct::Draft { draft: draft(true) },
        sign_out(),
        sign_in(&["a1"]),
        HandoverAct::Complete,
    ];
    for act in acts {
        let text = serde_json::to_string(&act).expect("can be written");
        assert_eq!(
            serde_json::from_str::<HandoverAct>(&text).expect("is the same"),
            act
        );
        assert!(act.verb().starts_with("handover_"));
    }
}
