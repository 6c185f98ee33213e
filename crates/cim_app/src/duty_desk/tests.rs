//! The log, the roster and handovers, folded from facts.

use super::*;
use cim_event::duty::{Draft, EntrySource};

/// 2026-03-01T07:50+08:00.
const MORNING: UtcMillis = UtcMillis(1_772_322_600_000);

fn at(seconds: i64) -> UtcMillis {
    UtcMillis(MORNING.0 + seconds * 1_000)
}

fn entry(text: &str) -> DutyAct {
    DutyAct::Write {
        source: EntrySource::Hand,
        subject: String::new(),
        text: text.to_owned(),
    }
}

/// The facts of a handover from Li to Wang that both signed and that was closed.
fn handed_over(desk: &mut DutyDesk) -> Vec<Fact> {
    let written = entry_act(&entry("水位正常"), "Li", at(-60)).fact(at(-60));
    desk.take_fact(&written);
    let draft = Draft {
        shift: "night".to_owned(),
        from: at(-3_600),
        until: MORNING,
        outgoing: "Li".to_owned(),
        incoming: "Wang".to_owned(),
        records: desk.log().records(at(-3_600), MORNING),
        items: Vec::new(),
        figures: BTreeMap::new(),
        note: String::new(),
    };
    let proof = draft.proof(desk.log()).expect("the log is whole");
    let statement = "属实".to_owned();
    let acts = [
        ("Li", HandoverAct::Draft { draft }),
        (
            "Li",
            HandoverAct::SignOut {
                statement: statement.clone(),
                proof: proof.clone(),
            },
        ),
        (
            "Wang",
            HandoverAct::SignIn {
                statement,
                proof,
                seen: Vec::new(),
            },
        ),
        ("Wang", HandoverAct::Complete),
    ];
    let mut facts = vec![written];
    for (second, (by, act)) in (1..).zip(acts) {
        let act = handover_act("Li@1", &act, by, at(second));
        facts.push(act.fact(at(second)));
    }
    facts
}

#[test]
fn facts_fold_to_the_same_in_whatever_order_they_come() {
    let facts = handed_over(&mut DutyDesk::default());
    let mut turned = facts.clone();
    turned.reverse();
    for facts in [facts, turned] {
        let mut desk = DutyDesk::default();
        desk.restore(&facts);
        let kept = desk.handover("Li@1").expect("the handover");
        assert_eq!(kept.handover.state(), HandoverState::Done);
        assert!(kept.handover.is_intact(desk.log()));
        assert_eq!(kept.closed_at(), Some(at(4)));
        assert_eq!(desk.log().size(), (1, 0));
        assert_eq!(desk.revision(), 5);
        assert!(facts.iter().all(|fact| !desk.take_fact(fact)), "known");
    }
}

#[test]
fn what_is_changed_after_a_signature_shows() {
    let mut facts = handed_over(&mut DutyDesk::default());
    let act = entry("水位高");
    facts[0].body = serde_json::to_string(&act).expect("a body");
    let mut desk = DutyDesk::default();
    desk.restore(&facts);
    let kept = desk.handover("Li@1").expect("the handover");
    assert!(!kept.handover.is_intact(desk.log()));
}

#[test]
fn whoever_took_over_at_this_desk_sits_here_for_a_shift() {
    let facts = handed_over(&mut DutyDesk::default());
    let mut desk = DutyDesk::default();
    assert_eq!(desk.who_sits("Li", MORNING), "Li");
    desk.restore(&facts);
    assert_eq!(desk.who_sits("Li", at(10)), "Wang");
    assert_eq!(desk.who_sits("Li", at(17 * 3_600)), "Li");
    // What was closed at another desk is that desk's business.
    let theirs: Vec<Fact> = facts
        .into_iter()
        .map(|fact| Fact {
            id: format!("desk-2~{}", fact.id),
            ..fact
        })
        .collect();
    let mut desk = DutyDesk::default();
    desk.restore(&theirs);
    let kept = desk.handover("Li@1").expect("the handover");
    assert_eq!(kept.handover.state(), HandoverState::Done);
    assert!(
        kept.handover.is_intact(desk.log()),
        "identities are the same"
    );
    assert_eq!(desk.who_sits("Li", at(10)), "Li");
}

#[test]
fn a_handover_is_under_way_until_it_is_closed() {
    let facts = handed_over(&mut DutyDesk::default());
    let mut desk = DutyDesk::default();
    desk.restore(&facts[..3]);
    assert_eq!(desk.under_way("Li").map(String::as_str), Some("Li@1"));
    assert_eq!(desk.under_way("Wang"), None);
    desk.restore(&facts);
    assert_eq!(desk.under_way("Li"), None);
}

#[test]
fn what_cannot_be_read_or_says_something_else_is_passed_over() {
    let facts = handed_over(&mut DutyDesk::default());
    let mut desk = DutyDesk::default();
    for fact in facts {
        let broken = Fact {
            body: "{".to_owned(),
            ..fact.clone()
        };
        let lying = Fact {
            verb: "duty_struck".to_owned(),
            ..fact.clone()
        };
        let other = Fact {
            subject: "event:e1".to_owned(),
            ..fact
        };
        assert!(
            ![broken, lying, other]
                .iter()
                .any(|fact| desk.take_fact(fact))
        );
    }
    assert_eq!(desk.revision(), 0);
}

#[test]
fn the_shifts_that_ship_have_no_mistake_and_give_way_to_a_packs_own() {
    let (_, problems) = read_roster(SHIFTS, "roster.toml");
    assert_eq!(problems, []);
    let mut desk = DutyDesk::default();
    let night = desk.shift_at(MORNING, "en").expect("a shift");
    assert_eq!(
        (night.id.as_str(), night.name.as_str()),
        ("night", "Night shift")
    );
    let day = desk.shift_after(MORNING, "zh-CN").expect("a shift");
    assert_eq!((day.name.as_str(), day.from), ("白班", at(600).0));
    assert!(!desk.is_rostered());
    let text = "[[shift]]\nid = \"all\"\nname = { zh = \"全天\", en = \"All day\" }\n\
                from = \"08:00\"\nto = \"08:00\"\nduty = [{ day = \"2026-02-28\", officers = [\"李娜\"] }]\n";
    let file = |text: &str| {
        let text = text.to_owned();
        let file = "roster.toml".to_owned();
        ("own".to_owned(), PackText { file, text })
    };
    assert_eq!(desk.set_rosters(&[file(text)]), []);
    let all = desk.shift_at(MORNING, "en").expect("a shift");
    assert_eq!(
        (all.id.as_str(), all.officers),
        ("all", vec!["李娜".to_owned()])
    );
    assert!(desk.is_rostered());
    assert!(
        !desk
            .set_rosters(&[file("[[shift]]\nid = \"x\"\n")])
            .is_empty()
    );
    assert!(desk.is_rostered(), "a broken roster changes nothing");
}

#[test]
fn so_many_handovers_are_kept_and_the_oldest_go() {
    let mut desk = DutyDesk::default();
    for n in 0..=MOST_HANDOVERS as i64 {
        let act = handover_act(&format!("h{n}"), &HandoverAct::Complete, "Li", at(n));
        assert!(desk.take_fact(&act.fact(at(n))));
    }
    assert_eq!(desk.handovers().count(), MOST_HANDOVERS);
    assert!(desk.handover("h0").is_none() && desk.handover("h1").is_some());
}
