//! The event desk as facts come: cases, reminders, what is found again.

use super::*;
use crate::events::tests::event;
use cim_event::Body;
use cim_model::EventLevel;

/// Noon in Shanghai on a working day.
const NOON: UtcMillis = UtcMillis(1_763_352_000_000);

fn at(minute: i64) -> UtcMillis {
    UtcMillis(NOON.0 + minute * 60_000)
}

fn desk() -> EventDesk {
    let mut desk = EventDesk::default();
    desk.remember(&KeptCases::default(), "Li", "en");
    desk
}

fn told(n: u32) -> Event {
    event(n, NOON.0)
}

fn step(case: &EventId, act: Act, minute: i64) -> Step {
    let verb = act.movement().verb();
    Step {
        id: format!("{case}#{verb}#Li#{minute}"),
        at: at(minute),
        known_at: at(minute),
        author: "Li".to_owned(),
        body: Body {
            role: "shift_leader".to_owned(),
            party: None,
            act,
        },
    }
}

fn way(case: &EventId) -> Vec<Step> {
    let water = Party {
        kind: PartyKind::Department,
        id: "water".to_owned(),
        name: "Water supply".to_owned(),
    };
    let text = String::new;
    let acts = [
        Act::Register { category: text() },
        Act::Assign {
            party: water,
            note: text(),
        },
        Act::Receive {},
        Act::Handle { text: text() },
        Act::Verify { text: text() },
        Act::Close { text: text() },
    ];
    let minutes = 1..;
    minutes
        .zip(acts)
        .map(|(minute, act)| step(case, act, minute))
        .collect()
}

fn stage(desk: &EventDesk, case: &EventId) -> Option<Stage> {
    desk.case_state(case).map(|state| state.stage)
}

#[test]
fn steps_give_the_same_case_in_whatever_order_facts_arrive() {
    let told = told(1);
    let steps = way(&told.id);
    let facts: Vec<Fact> = std::iter::once(step_of_event(&told))
        .chain(steps)
        .map(|step| fact_of_step(&told.id, &step).expect("short"))
        .collect();
    let mut in_order = desk();
    in_order.restore(&facts, &[], at(60));
    let mut backwards = desk();
    for fact in facts.iter().rev() {
        backwards.take_fact(fact, at(60));
        backwards.take_fact(fact, at(60));
    }
    assert_eq!(stage(&in_order, &told.id), Some(Stage::Closed));
    assert_eq!(
        in_order.case_state(&told.id),
        backwards.case_state(&told.id)
    );
}

#[test]
fn an_event_of_the_hub_is_a_case_that_nobody_has_told_of() {
    let mut desk = desk();
    desk.take_events(&[told(1)], NOON);
    let id = told(1).id;
    assert_eq!(stage(&desk, &id), Some(Stage::Collected));
    assert!(desk.untold_report(&id).is_some() && desk.is_at_hub(&id));
    desk.look(NOON);
    assert_eq!((desk.board().open, desk.board().unassigned), (1, 1));
    assert_eq!(desk.board().newest_id, "e1");
    // The hub tells it anew: the same case, with its newer words.
    let graver = Event {
        level: EventLevel::I,
        ..told(1)
    };
    desk.take_events(&[graver], NOON);
    let level = desk.case_state(&id).map(|state| state.level);
    assert_eq!((desk.cases().len(), level), (1, Some(EventLevel::I)));
    desk.note_told(&id);
    assert!(desk.untold_report(&id).is_none());
}

#[test]
fn what_the_hub_closed_and_nobody_took_on_is_closed_and_owes_nothing() {
    let mut desk = desk();
    let closed = Event {
        status: EventStatus::Closed,
        ..told(1)
    };
    desk.take_events(&[told(1)], NOON);
    desk.take_events(&[closed], at(1));
    desk.look(at(1));
    assert_eq!(
        (desk.board().open, desk.board().by_step),
        (0, [0, 0, 0, 0, 0, 1])
    );
    assert!(desk.clocks.of(&told(1).id).is_none());
    // It is opened again there.
    desk.take_events(&[told(1)], at(2));
    desk.look(at(2));
    assert_eq!(desk.board().open, 1);
}

#[test]
fn what_is_overdue_is_urged_once_and_only_where_somebody_here_took_it_on() {
    let mut desk = desk();
    desk.take_events(&[told(1), told(2)], NOON);
    desk.note_told(&told(1).id);
    assert!(desk.beat(at(1)).is_empty());
    let urged = desk.beat(at(60));
    assert!(!urged.is_empty(), "nobody was given it for an hour");
    assert!(urged.iter().all(|(case, step)| {
        *case == told(1).id && step.author == "rule:deadlines" && step.known_at == at(60)
    }));
    assert!(desk.beat(at(61)).is_empty(), "it was said");
    desk.look(at(61));
    assert_eq!(desk.board().red + desk.board().escalated, 2, "both show it");
    // Another desk said the same: it is the same step.
    let (case, step) = urged.first().cloned().expect("an urging");
    let mut fact = fact_of_step(&case, &step).expect("short");
    fact.id = format!("desk-2~{}", fact.id);
    assert!(!desk.take_fact(&fact, at(62)).1);
}

#[test]
fn the_sieve_holds_what_is_open() {
    let mut desk = desk();
    let id = told(1).id;
    desk.take_events(&[told(1)], NOON);
    let print = fingerprint_of(
        &Incoming::of_event(&Event {
            id: EventId::new("other"),
            ..told(1)
        })
        .report,
    );
    assert_eq!(desk.sieve().matches(&print).len(), 1);
    for step in way(&id) {
        desk.take_step(&id, step, at(10));
    }
    assert!(desk.sieve().matches(&print).is_empty());
    let reopen = Act::Reopen {
        reason: "it leaks again".to_owned(),
    };
    desk.take_step(&id, step(&id, reopen, 20), at(20));
    assert_eq!(desk.sieve().matches(&print).len(), 1);
}

#[test]
fn old_open_cases_are_remembered_and_so_is_the_role() {
    let mut desk = desk();
    desk.take_events(&[told(1), told(2)], NOON);
    desk.note_told(&told(1).id);
    let crew = Party {
        kind: PartyKind::Team,
        id: "water/crew-1".to_owned(),
        name: "Crew 1".to_owned(),
    };
    desk.set_actor("team", Some(crew));
    let later = at(30 * 24 * 60);
    desk.look(later);
    let kept = desk.kept();
    assert_eq!(kept.open, BTreeSet::from(["e1".to_owned()]));
    let mut again = EventDesk::default();
    again.remember(&kept, "Wang", "en");
    let actor = again.actor();
    assert_eq!(
        (
            actor.name.as_str(),
            actor.role.as_str(),
            actor.party.as_deref()
        ),
        ("Wang", "team", Some("water/crew-1"))
    );
    let unknown = KeptCases {
        role: "king".to_owned(),
        ..KeptCases::default()
    };
    again.remember(&unknown, "Wang", "en");
    assert_eq!(again.actor().role, "duty_officer");
}

#[test]
fn parties_of_tables_and_packs_stand_side_by_side() {
    let desk = desk();
    let ids: Vec<String> = desk
        .parties("en")
        .into_iter()
        .map(|party| party.id)
        .collect();
    let mut sorted = ids.clone();
    sorted.sort();
    assert_eq!(ids, sorted);
    assert!(ids.iter().any(|id| id == "water"));
}

#[test]
fn a_case_is_held_against_those_of_its_kind_that_ended_before() {
    let mut desk = desk();
    let far = Event {
        position: cim_geo::Geodetic::new(121.9, 31.2, 0.0),
        title: "Something else".to_owned(),
        ..told(2)
    };
    let other_kind = Event {
        category: "gas_leak".to_owned(),
        ..told(3)
    };
    desk.take_events(&[told(1), far, other_kind, told(4)], NOON);
    for id in [told(1).id, told(2).id, told(3).id] {
        for step in way(&id) {
            desk.take_step(&id, step, at(10));
        }
    }
    let id = told(4).id;
    let state = desk.case_state(&id).expect("it is open").clone();
    let like = alike::similar(&desk, (&id, &state), at(20), "en");
    let ids: Vec<&str> = like.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(ids, ["e1", "e2"], "the likeliest first");
    assert!(like.iter().all(|one| one.took_s == Some(360.0)));
    assert!(alike::similar(&desk, (&id, &state), at(1), "en").is_empty());
}
