//! A desk with many conditions: lists, counts, sounds, late news and limits.

use super::*;
use crate::condition::{Became, Hidden, Level, ShelveKind, SuppressCause};
use cim_model::Standing;

const S: i64 = 1000;

fn became(name: &str, at_s: i64, since_s: i64, is_active: bool, severity: Severity) -> Step {
    let condition = ConditionId::new(name);
    let verb = if is_active { "raised" } else { "cleared" };
    Step {
        id: format!("{name}@{since_s}#{verb}#{severity:?}").into(),
        condition,
        at: UtcMillis(at_s * S),
        by: "rule:limits".into(),
        input: Input::Became(Became {
            is_active,
            severity,
            value: 12.0,
            limit: 10.0,
            since: UtcMillis(since_s * S),
        }),
    }
}

fn raise(name: &str, at_s: i64, severity: Severity) -> Step {
    became(name, at_s, at_s, true, severity)
}

fn clear(name: &str, at_s: i64, since_s: i64) -> Step {
    became(name, at_s, since_s, false, Severity::Medium)
}

fn alarm(name: &str, since_s: i64) -> AlarmId {
    ConditionId::new(name).alarm(UtcMillis(since_s * S))
}

fn leader() -> Operator {
    Operator {
        name: "Li".into(),
        level: Level::Leader,
    }
}

fn ack() -> Act {
    Act::bare("alarm_acknowledged").expect("an acknowledgement needs no more")
}

fn shelve(duration_s: u32) -> Act {
    Act::Shelve {
        kind: ShelveKind::Timed,
        duration_s,
        reason: "cleaning".to_owned(),
    }
}

/// The step that the leader may do to an alarm.
fn asked(desk: &AlarmDesk, name: &str, since_s: i64, act: &Act, at_s: i64) -> Step {
    let target = Target::Alarm(alarm(name, since_s));
    desk.allowed(&target, act, &leader(), UtcMillis(at_s * S))
        .expect("it is allowed")
}

fn desk_of(steps: &[Step]) -> AlarmDesk {
    let mut desk = AlarmDesk::default();
    for step in steps {
        desk.apply(step.clone());
    }
    desk
}

fn names(desk: &AlarmDesk, filter: &Filter) -> Vec<String> {
    desk.matching(filter)
        .iter()
        .map(ToString::to_string)
        .collect()
}

fn about(kind: &str, area: &str, standing: Standing) -> About {
    About {
        rule: "limits".into(),
        kind: kind.into(),
        area: Some(area.into()),
        standing,
        ..About::default()
    }
}

#[test]
fn the_worst_alarm_is_on_top_then_the_newest() {
    let desk = desk_of(&[
        raise("a", 1, Severity::Medium),
        raise("b", 2, Severity::Critical),
        raise("c", 3, Severity::Medium),
        raise("d", 4, Severity::Low),
    ]);
    assert_eq!(
        names(&desk, &Filter::default()),
        ["b@2000", "c@3000", "a@1000", "d@4000"]
    );
    let page = desk.list(&Filter::default(), 1, 2);
    let page: Vec<&str> = page.iter().map(|row| row.occurrence.id.as_str()).collect();
    assert_eq!(page, ["c@3000", "a@1000"]);
}

#[test]
fn a_list_shows_what_is_asked_for() {
    let mut desk = desk_of(&[
        raise("a", 1, Severity::Medium),
        raise("b", 2, Severity::Critical),
        clear("a", 5, 1),
    ]);
    let policy = Policy::default;
    desk.describe(
        &ConditionId::new("a"),
        about("gas", "east", Standing::Actual),
        policy(),
    );
    desk.describe(
        &ConditionId::new("b"),
        about("water", "east", Standing::Exercise),
        policy(),
    );
    let kinds = |kind: &str| Filter {
        kinds: BTreeSet::from([kind.into()]),
        ..Filter::default()
    };
    assert_eq!(names(&desk, &kinds("gas")), ["a@1000"]);
    let areas = Filter {
        areas: BTreeSet::from(["west".into()]),
        ..Filter::default()
    };
    assert!(names(&desk, &areas).is_empty());
    let active = Filter {
        is_active_only: true,
        ..Filter::default()
    };
    assert_eq!(names(&desk, &active), ["b@2000"]);
    let real = Filter {
        sound_of: Some(SoundOf::Real),
        ..Filter::default()
    };
    assert_eq!(names(&desk, &real), ["a@1000"]);
    desk.apply(asked(&desk, "a", 1, &shelve(60), 6));
    let hidden = Filter {
        hidden: BTreeSet::from(Hidden::ALL),
        is_hidden_only: true,
        ..Filter::default()
    };
    assert_eq!(names(&desk, &Filter::default()), ["b@2000"]);
    assert_eq!(names(&desk, &hidden), ["a@1000"]);
    assert_eq!(desk.put_away().count(), 1);
    assert_eq!(desk.tallies(SoundOf::Real).hidden.shelved, 1);
    assert_eq!(desk.tallies(SoundOf::Real).hidden.total(), 1);
    desk.tick(UtcMillis(66 * S));
    assert_eq!(desk.tallies(SoundOf::Real).hidden.total(), 0);
    assert_eq!(names(&desk, &Filter::default()), ["b@2000", "a@1000"]);
}

#[test]
fn the_order_in_which_news_arrive_does_not_matter() {
    let mut desk = desk_of(&[raise("a", 1, Severity::Medium)]);
    let seen = asked(&desk, "a", 1, &ack(), 3);
    let shelved = asked(&desk, "a", 1, &shelve(60), 4);
    desk.apply(seen.clone());
    desk.apply(shelved.clone());
    let steps = [
        raise("a", 1, Severity::Medium),
        became("a", 2, 1, true, Severity::High),
        seen,
        shelved,
        clear("a", 9, 1),
        raise("a", 20, Severity::Medium),
    ];
    let told = |order: &[usize]| {
        let mut desk = AlarmDesk::default();
        for place in order {
            desk.apply(steps[*place].clone());
        }
        desk.tick(UtcMillis(100 * S));
        desk.condition(&ConditionId::new("a")).cloned()
    };
    let straight = told(&[0, 1, 2, 3, 4, 5]);
    for order in [[5, 4, 3, 2, 1, 0], [2, 0, 5, 1, 4, 3], [3, 5, 2, 4, 0, 1]] {
        assert_eq!(told(&order), straight, "{order:?}");
    }
    let twice = told(&[0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5]);
    assert_eq!(twice, straight);
}

#[test]
fn what_was_told_counts_once_and_very_late_news_are_refused() {
    let mut desk = AlarmDesk::default();
    let first = raise("a", 1, Severity::Medium);
    assert_eq!(desk.apply(first.clone()), Applied::Taken);
    assert_eq!(desk.apply(first.clone()), Applied::Known);
    for n in 0..entry::MAX_STEPS as i64 {
        desk.apply(clear("a", 10 * n + 15, 10 * n + 10));
        desk.apply(raise("a", 10 * n + 20, Severity::Medium));
    }
    assert_eq!(desk.apply(first), Applied::TooLate);
}

#[test]
fn a_silence_holds_until_something_more_severe_sounds() {
    let mut desk = desk_of(&[raise("a", 1, Severity::High)]);
    let of = SoundOf::Real;
    assert_eq!(desk.audible(of), Some(Severity::High));
    desk.silence(of);
    assert_eq!(desk.audible(of), None);
    desk.apply(raise("b", 2, Severity::High));
    assert_eq!(desk.audible(of), None, "not more severe");
    desk.apply(raise("c", 3, Severity::Critical));
    assert_eq!(desk.audible(of), Some(Severity::Critical));
    desk.apply(asked(&desk, "c", 3, &ack(), 4));
    assert_eq!(
        desk.audible(of),
        Some(Severity::High),
        "the silence is over"
    );
}

#[test]
fn a_silence_ends_when_all_is_quiet() {
    let mut desk = desk_of(&[raise("a", 1, Severity::High)]);
    desk.silence(SoundOf::Real);
    desk.apply(asked(&desk, "a", 1, &ack(), 2));
    assert_eq!(desk.silenced_up_to(SoundOf::Real), None);
    desk.apply(raise("b", 3, Severity::Low));
    assert_eq!(desk.audible(SoundOf::Real), Some(Severity::Low));
}

#[test]
fn exercises_sound_and_count_apart_and_never_blink() {
    let mut desk = AlarmDesk::default();
    let name = ConditionId::new("a");
    desk.describe(
        &name,
        about("gas", "east", Standing::Exercise),
        Policy::default(),
    );
    desk.apply(raise("a", 1, Severity::Critical));
    desk.apply(raise("b", 2, Severity::Critical));
    desk.apply(raise("c", 3, Severity::High));
    let blinks =
        |name: &str, since_s: i64| desk.row(&alarm(name, since_s)).map(|row| row.is_blinking());
    assert_eq!(blinks("a", 1), Some(false));
    assert_eq!(blinks("b", 2), Some(true));
    assert_eq!(blinks("c", 3), Some(false));
    assert_eq!(desk.tallies(SoundOf::Real).unacked, [0, 0, 0, 1, 1]);
    assert_eq!(desk.tallies(SoundOf::NotReal).open, [0, 0, 0, 0, 1]);
    desk.silence(SoundOf::NotReal);
    assert_eq!(desk.audible(SoundOf::NotReal), None);
    assert_eq!(desk.audible(SoundOf::Real), Some(Severity::Critical));
}

#[test]
fn a_list_is_told_what_changed_and_what_is_gone() {
    let mut desk = AlarmDesk::new(DeskLimits {
        max_settled: 1,
        ..DeskLimits::default()
    });
    desk.apply(raise("a", 1, Severity::Medium));
    desk.apply(raise("b", 2, Severity::Medium));
    let known = desk.revision();
    assert!(desk.changes_since(known).changed.is_empty());
    desk.apply(asked(&desk, "a", 1, &ack(), 3));
    assert_eq!(desk.changes_since(known).changed, [alarm("a", 1)]);
    desk.apply(clear("a", 4, 1));
    desk.apply(asked(&desk, "b", 2, &ack(), 5));
    desk.apply(clear("b", 6, 2));
    let changes = desk.changes_since(known);
    assert_eq!(
        (changes.changed, changes.gone),
        (vec![alarm("b", 2)], vec![alarm("a", 1)])
    );
    assert!(!changes.is_whole);
    assert!(
        desk.changes_since(u64::MAX).is_whole,
        "a revision of another desk"
    );
}

#[test]
fn alarms_done_with_are_kept_up_to_a_limit_and_the_oldest_go() {
    let mut desk = AlarmDesk::new(DeskLimits {
        max_settled: 20,
        ..DeskLimits::default()
    });
    for n in 0..50_i64 {
        let name = format!("d{}", n % 3);
        desk.apply(raise(&name, 10 * n, Severity::Medium));
        desk.apply(asked(&desk, &name, 10 * n, &ack(), 10 * n + 1));
        desk.apply(clear(&name, 10 * n + 2, 10 * n));
    }
    let kept: Vec<&str> = desk
        .settled()
        .map(|row| row.occurrence.id.as_str())
        .collect();
    assert_eq!(kept.len(), 20);
    assert_eq!(kept.first(), Some(&"d1@490000"));
    assert!(desk.row(&alarm("d0", 0)).is_none());
    assert_ne!(desk.apply(raise("d0", 0, Severity::Medium)), Applied::Taken);
}

#[test]
fn of_too_many_alarms_that_nobody_saw_the_oldest_leave_and_are_counted() {
    let mut desk = AlarmDesk::new(DeskLimits {
        max_waiting: 10,
        ..DeskLimits::default()
    });
    for n in 0..15_i64 {
        let name = format!("d{n}");
        desk.apply(raise(&name, n, Severity::Medium));
        desk.apply(clear(&name, n + 100, n));
    }
    assert_eq!(desk.matching(&Filter::default()).len(), 10);
    assert_eq!(desk.given_up(), 5);
    assert_eq!(desk.tallies(SoundOf::Real).open.iter().sum::<u32>(), 10);
}

#[test]
fn an_act_on_many_alarms_tells_which_were_refused() {
    let mut desk = desk_of(&[
        raise("a", 1, Severity::Medium),
        raise("b", 2, Severity::Medium),
        clear("b", 3, 2),
        raise("b", 4, Severity::Medium),
    ]);
    desk.apply(asked(&desk, "a", 1, &ack(), 5));
    let all = desk.matching(&Filter::default());
    let bulk = desk.bulk(&all, &ack(), &leader(), UtcMillis(6 * S));
    assert_eq!(bulk.steps.len(), 2);
    let refused: Vec<&str> = bulk.refused.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(refused, ["a@1000"]);
    let shelving = desk.bulk(&all, &shelve(60), &leader(), UtcMillis(6 * S));
    assert_eq!(shelving.steps.len(), 2, "one for each condition");
}

#[test]
fn a_condition_can_be_put_away_before_it_is_ever_active() {
    let mut desk = AlarmDesk::default();
    let target = Target::Condition(ConditionId::new("a"));
    let act = Act::Suppress {
        cause: SuppressCause::Group("works".to_owned()),
        reason: String::new(),
        until_ms: None,
    };
    let step = desk
        .allowed(&target, &act, &leader(), UtcMillis(1))
        .expect("it is allowed");
    desk.apply(step);
    desk.apply(raise("a", 1, Severity::Critical));
    assert_eq!(desk.audible(SoundOf::Real), None);
    let of_works = Filter {
        hidden: BTreeSet::from([Hidden::Suppressed]),
        cause: Some(SuppressCause::Group("works".to_owned())),
        ..Filter::default()
    };
    assert_eq!(names(&desk, &of_works), ["a@1000"]);
    let nowhere = Target::Alarm(AlarmId::new("nowhere"));
    let refusal = desk.allowed(&nowhere, &ack(), &leader(), UtcMillis(1));
    assert_eq!(refusal, Err(Refusal::Unknown("nowhere".to_owned())));
}

#[test]
fn fifty_thousand_alarms_keep_their_order_and_their_counts() {
    let mut desk = AlarmDesk::default();
    for n in 0..50_000_i64 {
        let severity = Severity::ALARMING[(n % 4) as usize];
        desk.apply(raise(&format!("d{n}"), n, severity));
    }
    assert_eq!(
        desk.tallies(SoundOf::Real).open,
        [0, 12_500, 12_500, 12_500, 12_500]
    );
    let top = desk.list(&Filter::default(), 0, 1);
    assert_eq!(
        top.first().map(|row| row.occurrence.id.as_str()),
        Some("d49996@49996000")
    );
}
