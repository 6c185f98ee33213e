//! A condition as its steps make it: what operators and time do to it, and what is refused.

use super::*;
use cim_model::Severity;

const S: i64 = 1000;

fn condition(policy: Policy) -> Condition {
    Condition::new(ConditionId::new("d0"), policy)
}

fn step(at_s: i64, input: Input) -> Step {
    Step {
        id: format!("{at_s}{input:?}").into(),
        condition: ConditionId::new("d0"),
        at: UtcMillis(at_s * S),
        by: "Li".into(),
        input,
    }
}

fn became(at_s: i64, since_s: i64, is_active: bool, severity: Severity) -> Step {
    step(
        at_s,
        Input::Became(Became {
            is_active,
            severity,
            value: 12.0,
            limit: 10.0,
            since: UtcMillis(since_s * S),
        }),
    )
}

fn raise(at_s: i64) -> Step {
    became(at_s, at_s, true, Severity::Medium)
}

fn clear(at_s: i64, since_s: i64) -> Step {
    became(at_s, since_s, false, Severity::Medium)
}

fn act(at_s: i64, act: Act) -> Step {
    step(at_s, Input::Act { alarm: None, act })
}

fn act_on(at_s: i64, since_s: i64, what: Act) -> Step {
    let alarm = Some(ConditionId::new("d0").alarm(UtcMillis(since_s * S)));
    step(at_s, Input::Act { alarm, act: what })
}

fn ack() -> Act {
    Act::bare("alarm_acknowledged").expect("an acknowledgement needs no more")
}

fn confirm() -> Act {
    Act::bare("alarm_confirmed").expect("a confirmation needs no more")
}

fn shelve(kind: ShelveKind, duration_s: u32) -> Act {
    Act::Shelve {
        kind,
        duration_s,
        reason: "pump is being cleaned".to_owned(),
    }
}

fn suppress(cause: SuppressCause, until_ms: Option<i64>) -> Act {
    Act::Suppress {
        cause,
        reason: "drill".to_owned(),
        until_ms,
    }
}

fn out_of_service() -> Act {
    Act::TakeOutOfService {
        reason: "maintenance".to_owned(),
    }
}

fn disable() -> Act {
    Act::Disable {
        reason: "no such pump".to_owned(),
    }
}

fn after_steps(policy: Policy, steps: &[Step]) -> Condition {
    let mut condition = condition(policy);
    for step in steps {
        condition.take(step);
    }
    condition
}

/// The phase of the newest activation, how many branches are open and how many activations are done with.
#[track_caller]
fn check(policy: Policy, steps: &[Step], expected: (Option<Node>, usize, usize)) -> Condition {
    let condition = after_steps(policy, steps);
    let told = (
        condition.current().map(|one| one.phase),
        condition.branches().len(),
        condition.past().count(),
    );
    assert_eq!(told, expected, "after {steps:?}");
    condition
}

fn needs_confirm() -> Policy {
    Policy {
        needs_confirm: true,
        ..Policy::default()
    }
}

fn latches() -> Policy {
    Policy {
        latches: true,
        ..Policy::default()
    }
}

#[test]
fn an_alarm_is_done_when_it_is_back_and_acknowledged() {
    let plain = Policy::default;
    check(plain(), &[raise(1)], (Some(Node::ActiveUnacked), 0, 0));
    check(
        plain(),
        &[raise(1), act(2, ack())],
        (Some(Node::ActiveAcked), 0, 0),
    );
    check(
        plain(),
        &[raise(1), act(2, ack()), clear(3, 1)],
        (None, 0, 1),
    );
    check(
        plain(),
        &[raise(1), clear(3, 1), act(4, ack())],
        (None, 0, 1),
    );
}

#[test]
fn a_confirmation_and_a_reset_are_waited_for() {
    let steps = [raise(1), clear(2, 1), act(3, ack())];
    check(needs_confirm(), &steps, (Some(Node::ClearedAcked), 0, 0));
    check(latches(), &steps, (Some(Node::Latched), 0, 0));
    let reset = Act::Reset {
        comment: "valve checked".to_owned(),
    };
    let mut all = steps.to_vec();
    all.push(act(4, confirm()));
    check(needs_confirm(), &all, (None, 0, 1));
    let mut all = steps.to_vec();
    all.push(act(4, reset));
    let done = check(latches(), &all, (None, 0, 1));
    let last = done.past().next().expect("it is done with");
    assert_eq!(
        last.reset.as_ref().map(|stamp| stamp.at),
        Some(UtcMillis(4 * S))
    );
    assert_eq!(last.comments.len(), 1);
}

#[test]
fn an_earlier_activation_that_nobody_saw_stays_as_a_branch_under_its_own_name() {
    let steps = [raise(1), clear(2, 1), raise(3)];
    check(Policy::default(), &steps, (Some(Node::ActiveUnacked), 1, 0));
    let mut all = steps.to_vec();
    all.push(act_on(4, 1, ack()));
    let told = check(Policy::default(), &all, (Some(Node::ActiveUnacked), 0, 1));
    let names: Vec<&str> = told.occurrences().map(|one| one.id.as_str()).collect();
    assert_eq!(names, ["d0@3000", "d0@1000"]);
    all.push(act(5, ack()));
    check(Policy::default(), &all, (Some(Node::ActiveAcked), 0, 1));
}

#[test]
fn of_too_many_branches_the_oldest_are_given_up_and_counted() {
    let steps: Vec<Step> = (0..40)
        .flat_map(|n| [raise(10 * n), clear(10 * n + 5, 10 * n)])
        .collect();
    let told = after_steps(Policy::default(), &steps);
    assert_eq!(told.branches().len(), MAX_BRANCHES);
    assert_eq!(told.dropped_branches(), 40 - 1 - MAX_BRANCHES as u32);
}

#[test]
fn a_raise_says_that_the_earlier_activation_is_over() {
    check(
        Policy::default(),
        &[raise(1), act(2, ack()), raise(3)],
        (Some(Node::ActiveUnacked), 0, 1),
    );
    check(
        latches(),
        &[raise(1), act(2, ack()), raise(3)],
        (Some(Node::ActiveUnacked), 0, 1),
    );
}

#[test]
fn an_end_without_a_beginning_is_an_alarm_that_nobody_saw() {
    check(
        Policy::default(),
        &[clear(9, 1)],
        (Some(Node::ClearedUnacked), 0, 0),
    );
    check(
        Policy::default(),
        &[raise(5), clear(9, 1)],
        (Some(Node::ActiveUnacked), 0, 0),
    );
}

#[test]
fn an_alarm_that_gets_worse_calls_again_and_remembers_when() {
    let worse = became(5, 1, true, Severity::High);
    let better = became(6, 1, true, Severity::Low);
    let told = check(
        Policy::default(),
        &[raise(1), act(2, ack()), worse, better],
        (Some(Node::ActiveUnacked), 0, 0),
    );
    let current = told.current().expect("it is active");
    assert_eq!(
        current.severities,
        [
            (UtcMillis(S), Severity::Medium),
            (UtcMillis(5 * S), Severity::High)
        ]
    );
    assert!(current.acknowledged.is_none());
}

#[test]
fn a_second_acknowledgement_changes_nothing() {
    let told = after_steps(Policy::default(), &[raise(1), act(2, ack()), act(3, ack())]);
    let by = told.current().and_then(|one| one.acknowledged.as_ref());
    assert_eq!(by.map(|stamp| stamp.at), Some(UtcMillis(2 * S)));
}

/// What hides the condition at these seconds.
#[track_caller]
fn check_hidden(steps: &[Step], looks: &[(i64, Option<Hidden>)]) {
    let mut condition = after_steps(Policy::default(), steps);
    for (at_s, expected) in looks {
        condition.advance(UtcMillis(at_s * S));
        assert_eq!(condition.hidden(), *expected, "at {at_s} s");
    }
}

#[test]
fn what_is_shelved_returns_by_itself() {
    check_hidden(
        &[raise(1), act(2, shelve(ShelveKind::Timed, 60))],
        &[
            (2, Some(Hidden::Shelved)),
            (61, Some(Hidden::Shelved)),
            (62, None),
        ],
    );
    let one_shot = act(2, shelve(ShelveKind::OneShot, 600));
    check_hidden(
        &[raise(1), one_shot.clone()],
        &[(601, Some(Hidden::Shelved)), (602, None)],
    );
    check_hidden(&[raise(1), one_shot, clear(9, 1)], &[(9, None)]);
    let timed = act(2, shelve(ShelveKind::Timed, 600));
    check_hidden(
        &[raise(1), timed.clone(), clear(9, 1)],
        &[(9, Some(Hidden::Shelved))],
    );
    check_hidden(&[raise(1), timed, act(5, Act::Unshelve)], &[(5, None)]);
}

#[test]
fn a_shelving_longer_than_the_policy_ends_with_the_policy() {
    let hours = Policy::default().max_time_shelved_s;
    check_hidden(
        &[raise(1), act(2, shelve(ShelveKind::Timed, u32::MAX))],
        &[
            (i64::from(hours) + 1, Some(Hidden::Shelved)),
            (i64::from(hours) + 2, None),
        ],
    );
}

#[test]
fn a_condition_is_suppressed_until_its_last_cause_is_gone() {
    let group = SuppressCause::Group("metro works".to_owned());
    let hand = SuppressCause::Hand;
    check_hidden(
        &[
            raise(1),
            act(2, suppress(group.clone(), None)),
            act(3, suppress(hand, Some(60 * S))),
            act(4, Act::Unsuppress { cause: group }),
        ],
        &[(59, Some(Hidden::Suppressed)), (60, None)],
    );
}

#[test]
fn the_weightiest_reason_hides_and_each_can_be_taken_back() {
    let steps = [
        act(1, shelve(ShelveKind::Timed, 600)),
        act(2, suppress(SuppressCause::Hand, None)),
        act(3, out_of_service()),
        act(4, disable()),
    ];
    check_hidden(&steps, &[(4, Some(Hidden::Disabled))]);
    let mut condition = after_steps(Policy::default(), &steps);
    assert!(condition.disabled().is_some() && condition.out_of_service().is_some());
    for (at_s, back, then) in [
        (5, Act::Enable, Some(Hidden::OutOfService)),
        (6, Act::PlaceInService, Some(Hidden::Suppressed)),
        (
            7,
            Act::Unsuppress {
                cause: SuppressCause::Hand,
            },
            Some(Hidden::Shelved),
        ),
        (8, Act::Unshelve, None),
    ] {
        assert!(condition.take(&act(at_s, back)));
        assert_eq!(condition.hidden(), then);
    }
    assert!(condition.disabled().is_none() && condition.out_of_service().is_none());
}

#[test]
fn what_is_hidden_still_knows_what_became_of_it() {
    check(
        Policy::default(),
        &[act(1, disable()), raise(2), act(3, Act::Enable)],
        (Some(Node::ActiveUnacked), 0, 0),
    );
}

#[test]
fn an_active_alarm_rings_again_and_wants_a_second_look() {
    let policy = Policy {
        re_alarm_s: Some(60),
        ..Policy::default()
    };
    let mut told = after_steps(policy, &[raise(0), act(5, ack())]);
    assert!(!told.advance(UtcMillis(59 * S)));
    assert!(told.advance(UtcMillis(60 * S)));
    let (phase, times) = told
        .current()
        .map(|one| (one.phase, one.re_alarms))
        .expect("active");
    assert_eq!((phase, times), (Node::ActiveUnacked, 1));
    told.advance(UtcMillis(7 * 24 * 3600 * S));
    assert_eq!(told.current().map(|one| one.re_alarms), Some(7 * 24 * 60));
    assert_eq!(told.next_due(), Some(UtcMillis((7 * 24 * 3600 + 60) * S)));
}

#[test]
fn what_is_on_the_shelf_does_not_ring_until_it_returns() {
    let policy = Policy {
        re_alarm_s: Some(10),
        ..Policy::default()
    };
    let steps = [
        raise(0),
        act(5, ack()),
        act(6, shelve(ShelveKind::Timed, 60)),
    ];
    let mut told = after_steps(policy, &steps);
    told.advance(UtcMillis(65 * S));
    assert_eq!(told.current().map(|one| one.phase), Some(Node::ActiveAcked));
    told.advance(UtcMillis(66 * S));
    assert_eq!(
        told.current().map(|one| one.phase),
        Some(Node::ActiveUnacked)
    );
}

#[test]
fn a_silenced_alarm_sounds_again_when_it_gets_worse() {
    let mut told = after_steps(Policy::default(), &[raise(1), act(2, Act::Silence)]);
    assert!(told.sounds().is_none());
    told.take(&became(3, 1, true, Severity::Critical));
    assert!(told.sounds().is_some());
    let quiet = Policy {
        is_audible: false,
        ..Policy::default()
    };
    assert!(after_steps(quiet, &[raise(1)]).sounds().is_none());
}

#[test]
fn comments_reach_past_alarms_and_of_too_many_the_newest_stay() {
    let say = |at_s: i64| {
        act_on(
            at_s,
            1,
            Act::Comment {
                text: format!("at {at_s}"),
            },
        )
    };
    let mut told = after_steps(Policy::default(), &[raise(1), act(2, ack()), clear(3, 1)]);
    for at_s in 10..10 + MAX_COMMENTS as i64 + 5 {
        assert!(told.take(&say(at_s)));
    }
    let past = told.past().next().expect("it is done with");
    assert_eq!(past.comments.len(), MAX_COMMENTS);
    assert_eq!(
        past.comments.first().map(|one| one.text.as_str()),
        Some("at 15")
    );
}

fn operator(level: Level) -> Operator {
    Operator {
        name: "Li".into(),
        level,
    }
}

/// What is answered to a leader who asks at 100 s.
#[track_caller]
fn check_asked(policy: Policy, steps: &[Step], asked: &Act, expected: Result<(), &str>) {
    let told = after_steps(policy, steps);
    let answer = told.allowed(None, asked, &operator(Level::Leader), UtcMillis(100 * S));
    let answer = answer.map_err(|refusal| refusal.code());
    assert_eq!(answer, expected, "{asked:?} after {steps:?}");
}

#[test]
fn what_does_not_fit_the_state_is_refused_with_its_reason() {
    let plain = Policy::default;
    let raised = [raise(1)];
    let seen = [raise(1), act(2, ack())];
    let hand = || SuppressCause::Hand;
    check_asked(plain(), &raised, &ack(), Ok(()));
    check_asked(plain(), &[], &ack(), Err("refusal.alarm.unknown"));
    check_asked(
        plain(),
        &seen,
        &ack(),
        Err("refusal.alarm.already_acknowledged"),
    );
    check_asked(
        needs_confirm(),
        &raised,
        &confirm(),
        Err("refusal.alarm.not_acknowledged"),
    );
    check_asked(needs_confirm(), &seen, &confirm(), Ok(()));
    check_asked(
        plain(),
        &seen,
        &confirm(),
        Err("refusal.alarm.nothing_to_confirm"),
    );
    check_asked(
        plain(),
        &raised,
        &Act::Unshelve,
        Err("refusal.alarm.not_shelved"),
    );
    check_asked(
        plain(),
        &raised,
        &shelve(ShelveKind::Timed, 0),
        Err("refusal.alarm.shelving_time"),
    );
    check_asked(
        plain(),
        &raised,
        &shelve(ShelveKind::OneShot, 99_999),
        Err("refusal.alarm.shelving_time"),
    );
    check_asked(
        plain(),
        &raised,
        &suppress(hand(), Some(5)),
        Err("refusal.alarm.ends_in_the_past"),
    );
}

#[test]
fn what_is_not_so_cannot_be_ended_and_what_is_so_cannot_begin() {
    let plain = Policy::default;
    let raised = [raise(1)];
    let seen = [raise(1), act(2, ack())];
    let hand = || SuppressCause::Hand;
    let unsuppress = || Act::Unsuppress { cause: hand() };
    let reset = || Act::bare("alarm_reset").expect("a reset needs no more");
    let held = [act(1, suppress(hand(), None))];
    check_asked(
        plain(),
        &held,
        &suppress(hand(), None),
        Err("refusal.alarm.already_suppressed"),
    );
    check_asked(plain(), &held, &unsuppress(), Ok(()));
    check_asked(
        plain(),
        &raised,
        &unsuppress(),
        Err("refusal.alarm.not_suppressed"),
    );
    check_asked(
        plain(),
        &raised,
        &Act::PlaceInService,
        Err("refusal.alarm.already_in_service"),
    );
    check_asked(
        plain(),
        &[act(1, out_of_service())],
        &out_of_service(),
        Err("refusal.alarm.already_out_of_service"),
    );
    check_asked(
        plain(),
        &raised,
        &Act::Enable,
        Err("refusal.alarm.already_enabled"),
    );
    check_asked(
        plain(),
        &[act(1, disable())],
        &disable(),
        Err("refusal.alarm.already_disabled"),
    );
    check_asked(
        plain(),
        &seen,
        &Act::Silence,
        Err("refusal.alarm.not_sounding"),
    );
    check_asked(latches(), &seen, &reset(), Err("refusal.alarm.not_latched"));
    check_asked(
        latches(),
        &[raise(1), act(2, ack()), clear(3, 1)],
        &reset(),
        Ok(()),
    );
}

#[test]
fn texts_are_asked_for_and_bounded() {
    let say = |text: &str| Act::Comment {
        text: text.to_owned(),
    };
    let raised = [raise(1)];
    check_asked(
        Policy::default(),
        &raised,
        &say(" "),
        Err("refusal.alarm.reason_missing"),
    );
    check_asked(Policy::default(), &raised, &say("现场确认"), Ok(()));
    let long = "长".repeat(MAX_TEXT_CHARS + 1);
    check_asked(
        Policy::default(),
        &raised,
        &say(&long),
        Err("refusal.alarm.text_too_long"),
    );
}

#[test]
fn nothing_is_shelved_again_and_again() {
    let mut steps = vec![raise(0)];
    for n in 0..3 {
        steps.push(act(10 + n, shelve(ShelveKind::Timed, 1)));
    }
    let again = shelve(ShelveKind::Timed, 60);
    check_asked(
        Policy::default(),
        &steps,
        &again,
        Err("refusal.alarm.shelved_too_often"),
    );
    let told = after_steps(Policy::default(), &steps);
    let tomorrow = UtcMillis((13 + i64::from(SHELVINGS_WITHIN_S)) * S);
    assert_eq!(
        told.allowed(None, &again, &operator(Level::Officer), tomorrow),
        Ok(())
    );
}

#[test]
fn levels_may_do_what_is_theirs() {
    let told = after_steps(Policy::default(), &[raise(1)]);
    let may = |level: Level, act: &Act| {
        told.allowed(None, act, &operator(level), UtcMillis(2 * S))
            .is_ok()
    };
    for (act, observer, officer, leader) in [
        (ack(), false, true, true),
        (shelve(ShelveKind::Timed, 60), false, true, true),
        (suppress(SuppressCause::Hand, None), false, false, true),
        (out_of_service(), false, false, true),
        (disable(), false, false, true),
    ] {
        let told = [Level::Observer, Level::Officer, Level::Leader].map(|level| may(level, &act));
        assert_eq!(told, [observer, officer, leader], "{act:?}");
    }
}

#[test]
fn an_act_is_read_back_from_the_body_of_its_fact() {
    let acts = [
        ack(),
        shelve(ShelveKind::OneShot, 60),
        suppress(SuppressCause::Alarm("d1@5".to_owned()), Some(9)),
        Act::Unshelve,
        disable(),
    ];
    for act in acts {
        let body = serde_json::to_string(&act).expect("an act is plain data");
        let back: Act = serde_json::from_str(&body).expect("it was just written");
        assert_eq!(back, act, "{body}");
    }
    let body = serde_json::to_string(&Act::Silence).expect("an act is plain data");
    assert_eq!(body, r#"{"act":"silence"}"#);
    assert_eq!(Act::bare("alarm_shelved"), None, "for how long?");
}

#[test]
fn an_alarm_is_named_after_its_condition_and_its_first_moment() {
    let rule = ConditionId::of_rule("gas_high", "t@7");
    let alarm = rule.alarm(UtcMillis(5_000));
    assert_eq!(alarm.as_str(), "rule:gas_high/t@7@5000");
    assert_eq!(condition_of(&alarm), Some((rule, UtcMillis(5_000))));
    assert_eq!(condition_of(&AlarmId::new("d0")), None);
    assert_eq!(condition_of(&AlarmId::new("@5")), None);
    let series = ConditionId::of_series(&DatastreamId::new("d0"));
    assert_eq!(series.alarm(UtcMillis(5)).as_str(), "d0@5");
}

#[test]
fn a_condition_of_which_nothing_is_left_is_blank() {
    let mut told = after_steps(Policy::default(), &[raise(1), act(2, ack()), clear(3, 1)]);
    assert!(!told.is_blank());
    assert_eq!(told.forget_until(UtcMillis(2 * S)), 0);
    assert_eq!(told.forget_until(UtcMillis(3 * S)), 1);
    assert!(told.is_blank());
}
