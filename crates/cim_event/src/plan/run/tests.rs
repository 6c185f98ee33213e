//! A plan at work: ticks, timers, rights, response levels; what a person would notice of them.

use super::super::{Known, read_plans};
use super::*;

const CARD: &str = r#"
[[plan]]
id = "flood"
name = { zh = "积水", en = "Flood" }
events = ["road_flooding"]
level = [
  { response = "four", from = "IV", by = "shift_leader" },
  { response = "two", from = "II", by = "leader_on_duty" },
]
step = [
  { id = "call", text = { zh = "派人", en = "Send" }, role = "duty_officer", within_s = 60 },
  { id = "go", text = { zh = "到场", en = "Go" }, role = "team", within_s = 600, after = "call", evidence = true },
  { id = "signs", text = { zh = "情报板", en = "Signs" }, role = "department", optional = true },
  { id = "army", text = { zh = "驻军", en = "Army" }, role = "leader_on_duty", from = "two", within_s = 300 },
]
message = [{ id = "sms", channel = "sms", name = { zh = "短信", en = "SMS" }, text = { zh = "{place}", en = "{place}" } }]
"#;

fn run() -> PlanRun {
    let (plans, problems) = read_plans(CARD, "p.toml", &Known::default());
    assert_eq!(problems, []);
    let plan = plans.into_iter().next().expect("one plan");
    PlanRun::new(Arc::new(plan), EventId::new("e1"))
}

fn stamp(id: &str, at_s: i64) -> Stamp {
    Stamp::new(id, UtcMillis(at_s * 1_000), "li")
}

fn start() -> PlanAct {
    PlanAct::Start {
        plan: "flood".to_owned(),
    }
}

fn tick(step: &str, evidence: &[&str]) -> PlanAct {
    PlanAct::Tick {
        step: step.to_owned(),
        note: String::new(),
        evidence: evidence.iter().map(|text| (*text).to_owned()).collect(),
    }
}

fn respond(response: Response) -> PlanAct {
    PlanAct::Respond {
        response,
        reason: "水位上涨".to_owned(),
    }
}

fn untick(step: &str) -> PlanAct {
    PlanAct::Untick {
        step: step.to_owned(),
        reason: "点错".to_owned(),
    }
}

fn started() -> PlanRun {
    let mut run = run();
    assert!(run.apply(&stamp("1", 0), start()));
    run
}

/// Each step's due second and whether it is overdue at `now_s`.
#[track_caller]
fn check(run: &PlanRun, now_s: i64, expected: [(Option<i64>, bool); 4]) {
    let states = run.steps(UtcMillis(now_s * 1_000));
    let states: Vec<_> = states
        .iter()
        .map(|state| (state.due.map(|due| due.0 / 1_000), state.is_overdue))
        .collect();
    assert_eq!(states, expected);
}

#[track_caller]
fn check_refused(run: &PlanRun, roles: &[&str], act: &PlanAct, expected: &str) {
    let refusal = run.allowed(roles, act).expect_err("is refused");
    assert_eq!(refusal.to_string(), expected);
}

#[test]
fn timers_start_when_a_step_is_called_or_the_one_before_it_is_done() {
    let mut run = started();
    check(
        &run,
        60,
        [
            (Some(60), false),
            (None, false),
            (None, false),
            (None, false),
        ],
    );
    check(
        &run,
        61,
        [
            (Some(60), true),
            (None, false),
            (None, false),
            (None, false),
        ],
    );
    run.apply(&stamp("2", 90), tick("call", &[]));
    check(
        &run,
        700,
        [
            (Some(60), false),
            (Some(690), true),
            (None, false),
            (None, false),
        ],
    );
    run.apply(&stamp("3", 100), respond(Response::Two));
    check(
        &run,
        401,
        [
            (Some(60), false),
            (Some(690), false),
            (None, false),
            (Some(400), true),
        ],
    );
    let expected = Progress {
        steps: 4,
        done: 1,
        skipped: 0,
        overdue: 1,
    };
    assert_eq!(run.progress(UtcMillis(401_000)), expected);
    run.apply(&stamp("4", 450), respond(Response::Four));
    assert_eq!(run.progress(UtcMillis(500_000)).steps, 3);
    run.apply(&stamp("5", 460), respond(Response::Two));
    check(
        &run,
        470,
        [
            (Some(60), false),
            (Some(690), false),
            (None, false),
            (Some(760), false),
        ],
    );
}

#[test]
fn acts_in_any_order_and_twice_come_to_the_same() {
    let acts = [
        ("1", 0, start()),
        ("2", 10, tick("call", &[])),
        ("3", 11, tick("call", &["late"])),
        ("4", 12, untick("call")),
        ("5", 13, tick("call", &["photo"])),
        ("6", 14, respond(Response::Two)),
    ];
    let mut forward = run();
    let mut backward = run();
    for (id, at, act) in &acts {
        assert!(forward.apply(&stamp(id, *at), act.clone()));
        assert!(!forward.apply(&stamp(id, *at), act.clone()));
    }
    for (id, at, act) in acts.iter().rev() {
        backward.apply(&stamp(id, *at), act.clone());
    }
    assert_eq!(forward, backward);
    assert_eq!(forward.evidence(), ["photo"]);
    assert_eq!(
        forward.response().map(|set| set.response),
        Some(Response::Two)
    );
}

#[test]
fn rights_and_reasons_are_asked_for() {
    check_refused(
        &run(),
        &["team"],
        &tick("go", &["p"]),
        "the plan is not running",
    );
    check_refused(
        &run(),
        &["team"],
        &start(),
        "only duty_officer, shift_leader, leader_on_duty may do that",
    );
    let mut run = started();
    check_refused(&run, &["duty_officer"], &start(), "the plan is running");
    check_refused(
        &run,
        &["grid_worker"],
        &tick("go", &["p"]),
        "only team may do that",
    );
    check_refused(
        &run,
        &["team"],
        &tick("go", &[]),
        "`go` needs a photo, a recording or a document",
    );
    check_refused(
        &run,
        &["leader_on_duty"],
        &tick("army", &[]),
        "the plan calls for no step `army` at this response level",
    );
    check_refused(
        &run,
        &["shift_leader"],
        &respond(Response::Two),
        "only leader_on_duty may do that",
    );
    check_refused(
        &run,
        &["leader_on_duty"],
        &respond(Response::One),
        "the response level cannot be set to `one`",
    );
    check_refused(&run, &["team"], &untick("go"), "`go` is not ticked");
    assert_eq!(run.allowed(&["team"], &tick("go", &["photo-1"])), Ok(()));
    assert_eq!(
        run.allowed(&["leader_on_duty"], &respond(Response::Two)),
        Ok(())
    );
    run.apply(&stamp("2", 5), tick("go", &["photo-1"]));
    check_refused(
        &run,
        &["team"],
        &tick("go", &["x"]),
        "`go` was ticked by li",
    );
    assert_eq!(run.allowed(&["team"], &untick("go")), Ok(()));
}

#[test]
fn leaving_out_a_step_that_has_to_be_done_needs_an_officer() {
    let run = started();
    let skip = |step: &str, reason: &str| PlanAct::Skip {
        step: step.to_owned(),
        reason: reason.to_owned(),
    };
    check_refused(
        &run,
        &["department"],
        &skip("signs", " "),
        "a reason has to be given",
    );
    assert_eq!(run.allowed(&["department"], &skip("signs", "没有")), Ok(()));
    check_refused(
        &run,
        &["team"],
        &skip("go", "太远"),
        "only duty_officer, shift_leader, leader_on_duty may do that",
    );
    assert_eq!(run.allowed(&["duty_officer"], &skip("go", "太远")), Ok(()));
}

#[test]
fn a_closing_officer_sees_what_is_missing() {
    let mut run = started();
    let names = |run: &PlanRun| -> Vec<String> {
        let steps = run.hindrances(UtcMillis(0));
        steps.into_iter().map(|step| step.id.clone()).collect()
    };
    assert_eq!(names(&run), ["call", "go"]);
    run.apply(&stamp("2", 5), tick("call", &[]));
    run.apply(&stamp("3", 6), tick("go", &["photo"]));
    assert_eq!(names(&run), [""; 0]);
    run.apply(&stamp("4", 7), tick("gone", &[]));
    assert_eq!(run.strange_ticks(), 1);
    let stop = PlanAct::Stop {
        reason: "退水".to_owned(),
    };
    run.apply(&stamp("5", 8), stop);
    assert!(!run.is_running());
    assert_eq!(run.stopped(), Some((UtcMillis(8_000), "li")));
    assert_eq!(run.started(), Some((UtcMillis(0), "li")));
}

#[test]
fn messages_that_went_out_are_kept_and_long_ones_refused() {
    let mut run = started();
    let send = |message: &str, text: String| PlanAct::Send {
        message: message.to_owned(),
        text,
        to: vec!["片区".to_owned()],
    };
    check_refused(
        &run,
        &["duty_officer"],
        &send("fax", String::new()),
        "the plan has no message `fax`",
    );
    check_refused(
        &run,
        &["duty_officer"],
        &send("sms", "水".repeat(MOST_NOTE_BYTES)),
        "more than 2000 acts, or a text longer than 4096 bytes",
    );
    run.apply(&stamp("2", 3), send("sms", "绕行".to_owned()));
    assert_eq!(run.messages().len(), 1);
    assert_eq!(run.messages()[0].by, "li");
    assert_eq!((run.left_out(), run.responses().len()), (0, 0));
}

#[test]
fn acts_travel_as_the_body_of_a_fact() {
    for act in [
        start(),
        tick("go", &["p"]),
        respond(Response::One),
        untick("go"),
    ] {
        let text = serde_json::to_string(&act).expect("can be written");
        assert_eq!(
            serde_json::from_str::<PlanAct>(&text).expect("is the same"),
            act
        );
        assert!(act.verb().starts_with("plan_"));
    }
    let act: PlanAct = serde_json::from_str(r#"{"act":"tick","step":"go"}"#).expect("is short");
    assert_eq!(act, tick("go", &[]));
}
