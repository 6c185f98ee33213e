//! Plans, dispatches and pictures as facts come, in any order and twice.

use super::told::Broadcast;
use super::*;
use crate::{
    layers::Layers,
    wire::{CaseEntryKindDto, ChannelDto, ReachKindDto},
};
use cim_event::{
    Place,
    dispatch::{Area, AssignStep, DispatchAct, Mark, PictureAct, Shape},
    plan::{PlanAct, Response},
};

fn case() -> EventId {
    EventId::new("e1")
}

/// Plans with everything of the built-in pack.
fn plans() -> Plans {
    let mut plans = Plans::default();
    let texts = Layers::default().plan_texts();
    assert_eq!(plans.set_texts(&texts, &Tables::default()), Vec::new());
    plans
}

fn fact(told: &Told, by: &str, at: i64) -> Fact {
    let at = UtcMillis(at);
    told.act(&case(), by, at).expect("texts").fact(at)
}

fn place() -> Place {
    Place {
        lon_deg: 117.2,
        lat_deg: 34.26,
    }
}

fn put(id: &str) -> Told {
    Told::Picture(PictureAct::Put {
        mark: Mark {
            id: id.to_owned(),
            shape: Shape::Text { at: place() },
            label: format!("mark {id}"),
            colour: "red".to_owned(),
        },
    })
}

/// A case's hours: a plan, a dispatch, a broadcast, two marks of which one is taken back.
fn facts() -> Vec<Fact> {
    let ring = [[117.1, 34.2], [117.3, 34.2], [117.3, 34.3]];
    let ring = ring.map(|[lon_deg, lat_deg]| Place { lon_deg, lat_deg });
    let start = Told::Plan(PlanAct::Start {
        plan: "gas-leak".to_owned(),
    });
    let tick = Told::Plan(PlanAct::Tick {
        step: "alert".to_owned(),
        note: "119 is told".to_owned(),
        evidence: Vec::new(),
    });
    let respond = Told::Plan(PlanAct::Respond {
        response: Response::Three,
        reason: "spreads".to_owned(),
    });
    let send = Told::Dispatch(DispatchAct::Send {
        assignment: "a1".to_owned(),
        event: case(),
        to: Party {
            kind: PartyKind::Team,
            id: "gas/gas-1".to_owned(),
            name: "Gas crew 1".to_owned(),
        },
        task: "close the valve".to_owned(),
        answer_within_s: 60,
    });
    let arrive = Told::Dispatch(DispatchAct::Step {
        assignment: "a1".to_owned(),
        step: AssignStep::Arrive,
        note: "there".to_owned(),
    });
    let broadcast = Told::Broadcast(Broadcast {
        area: Area::new(ring.to_vec()).expect("an area"),
        channel: ChannelDto::Sms,
        text: "leave upwind".to_owned(),
        message: String::new(),
        reached: BTreeMap::from([(ReachKindDto::Person, 3), (ReachKindDto::Vehicle, 2)]),
    });
    let mut facts = vec![
        fact(&start, "Li", 1_000),
        fact(&tick, "Li", 2_000),
        fact(&respond, "Wang", 3_000),
        fact(&send, "Li", 4_000),
        fact(&arrive, "Zhao", 5_000),
        fact(&broadcast, "Li", 6_000),
        fact(&put("m1"), "Li", 7_000),
        fact(&put("m2"), "Wang", 8_000),
    ];
    let what = identity(&facts[6]).to_owned();
    let undo = Told::Picture(PictureAct::Undo { what });
    facts.push(fact(&undo, "Li", 9_000));
    facts
}

#[test]
fn facts_give_the_same_in_any_order_and_each_counts_once() {
    let facts = facts();
    let (mut there, mut back) = (plans(), plans());
    assert_eq!(there.restore(&facts), facts.len());
    assert_eq!(there.restore(&facts), 0);
    let reversed: Vec<Fact> = facts.iter().rev().cloned().collect();
    assert_eq!(back.restore(&reversed), facts.len());
    for plans in [&there, &back] {
        let run = plans.run_of(&case()).expect("a plan");
        let now = UtcMillis(10_000);
        assert_eq!((run.progress(now).done, run.is_running()), (1, true));
        let sent = plans.assignments().get("a1").expect("an assignment");
        assert_eq!(sent.history.len(), 1);
        assert_eq!(plans.case_of_dispatch("a1"), Some(case()));
        let file = plans.file(&case()).expect("a file");
        let marks: Vec<&str> = file
            .picture()
            .marks()
            .map(|mark| mark.id.as_str())
            .collect();
        assert_eq!(marks, ["m2"]);
    }
    assert_eq!(
        there.timeline_of(&case(), "en"),
        back.timeline_of(&case(), "en")
    );
}

#[test]
fn the_timeline_says_what_was_done_in_the_words_of_the_plan() {
    let mut plans = plans();
    plans.restore(&facts());
    let entries = plans.timeline_of(&case(), "en");
    let told: Vec<(&str, &str, &str)> = entries
        .iter()
        .map(|entry| {
            let said = [&entry.text, &entry.reason];
            let said = said.into_iter().find(|said| !said.is_empty());
            let said = said.map_or("", String::as_str);
            (entry.verb.as_str(), entry.about.as_str(), said)
        })
        .collect();
    assert_eq!(told[0], ("plan_started", "Gas leak", ""));
    assert_eq!(
        told[1],
        (
            "plan_step_ticked",
            "Tell the gas company, fire and police",
            "119 is told"
        )
    );
    assert_eq!(told[2].2, "spreads");
    assert_eq!(told[3], ("dispatch_sent", "Gas crew 1", "close the valve"));
    assert_eq!(told[4], ("dispatch_arrived", "Gas crew 1", "there"));
    assert_eq!(told[5].2, "leave upwind");
    assert_eq!(entries[5].figure, Some(5.0));
    assert_eq!(told[6], ("picture_mark_put", "mark m1", ""));
    assert_eq!(entries[6].kind, CaseEntryKindDto::Picture);
    assert_eq!(told.len(), 9);
}

#[test]
fn closing_asks_for_what_the_plan_asks_for() {
    let mut plans = plans();
    let needs = |plans: &Plans, category: &str| {
        plans
            .terms_of(&case(), category, EventLevel::IV)
            .needs_evidence
    };
    assert!(needs(&plans, "gas_leak"), "the plan that serves it says so");
    assert!(!needs(&plans, "street_trading"));
    plans.restore(&facts());
    assert!(needs(&plans, "street_trading"), "its plan says so");
}

#[test]
fn open_cases_are_those_with_a_running_plan_or_somebody_under_way() {
    let mut plans = plans();
    let facts = facts();
    assert!(plans.open_cases(UtcMillis(1)).is_empty());
    // Only the dispatch.
    plans.take_fact(&facts[3]);
    assert_eq!(plans.open_cases(UtcMillis(1)), BTreeSet::from([case()]));
    let recall = Told::Dispatch(DispatchAct::Step {
        assignment: "a1".to_owned(),
        step: AssignStep::Recall,
        note: "not needed".to_owned(),
    });
    plans.take_fact(&fact(&recall, "Li", 4_500));
    assert!(plans.open_cases(UtcMillis(1)).is_empty());
    plans.take_fact(&facts[0]);
    assert_eq!(plans.open_cases(UtcMillis(1)).len(), 1);
}

#[test]
fn as_of_a_moment_only_its_facts_count() {
    let mut plans = plans();
    let facts = facts();
    plans.restore(&facts);
    let then = plans.as_of(&facts[..1]);
    let done = |plans: &Plans| {
        let run = plans.run_of(&case()).expect("a plan");
        run.progress(UtcMillis(10_000)).done
    };
    assert_eq!((done(&then), done(&plans)), (0, 1));
    assert!(then.assignments().iter().next().is_none());
}

#[test]
fn what_is_shown_in_the_twin_is_the_picture_of_one_case() {
    let mut plans = plans();
    plans.restore(&facts());
    assert!(plans.drawn(true).is_empty());
    let before = plans.revision();
    plans.show(Some(case()));
    assert_ne!(plans.revision(), before);
    assert_eq!(plans.shown(), Some(&case()));
    let labels: Vec<String> = plans
        .drawn(true)
        .into_iter()
        .map(|mark| mark.label)
        .collect();
    assert_eq!(labels, ["mark m2"]);
    plans.show(None);
    assert!(plans.drawn(true).is_empty());
}

#[test]
fn facts_about_anything_else_are_not_taken() {
    let mut plans = plans();
    let mut other = facts().remove(0);
    other.verb = "event_registered".to_owned();
    assert!(!plans.take_fact(&other));
    // A mark that cannot be drawn is told by nobody who means well.
    let bad = Told::Picture(PictureAct::Put {
        mark: Mark {
            id: String::new(),
            shape: Shape::Text { at: place() },
            label: "x".to_owned(),
            colour: String::new(),
        },
    });
    let revision = plans.revision();
    assert!(!plans.take_fact(&fact(&bad, "Li", 1)));
    assert_eq!(plans.revision(), revision);
}

#[test]
fn parties_are_the_teams_of_the_packs_under_their_departments() {
    let parties = plans().parties("en");
    assert!(parties.iter().any(|party| party.id == "gas/gas-1"));
    assert!(parties.windows(2).all(|two| two[0].id < two[1].id));
    assert_eq!(
        plans().plan_name("gas-leak", "zh-CN").as_deref(),
        Some("燃气泄漏处置")
    );
}
