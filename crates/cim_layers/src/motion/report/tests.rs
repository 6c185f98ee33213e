//! Legs, jumps, silence.

use super::*;
use crate::motion::FURTHEST_M;
use crate::motion::dice::Dice;
use std::f32::consts::{FRAC_PI_2, PI};

fn report(t: f32, at: [f32; 3]) -> Report {
    Report {
        row: 0,
        at,
        t,
        speed: None,
        heading: None,
    }
}

/// One thing that reports every second.
fn one() -> Movers {
    Movers::new(1, 1.0, MoveRules::default()).expect("one thing")
}

#[track_caller]
fn check_near(is: f32, expected: f32) {
    assert!((is - expected).abs() < 1e-3, "{is} is not {expected}");
}

#[test]
fn a_thing_moves_without_a_leap_and_arrives_within_a_period() {
    for seed in 0..20 {
        let mut dice = Dice(seed);
        let mut movers = one();
        let mut at = [0.0; 3];
        let mut now = 0.0;
        movers.take(&report(0.0, at), now);
        for step in 1..200 {
            let t = step as f32;
            at = at.map(|metres| metres + dice.between(-20.0, 20.0));
            now = t + dice.between(0.0, 0.9);
            let drawn = movers.drawn(0, now);
            let Taken::Leg { leg, before } = movers.take(&report(t, at), now) else {
                panic!("seed {seed}: report {step} makes no leg");
            };
            assert_eq!(movers.drawn(0, now), drawn, "seed {seed}: it leapt");
            assert!(leg.t1 <= now + 1.0, "seed {seed}: it lags {}", leg.t1 - now);
            assert_eq!(movers.drawn(0, leg.t1), Some(at), "seed {seed}");
            assert_ne!(Some(before), Some(at));
            let between = movers.drawn(0, 0.5 * leg.t0 + 0.5 * leg.t1).expect("drawn");
            for ((from, to), is) in leg.from.into_iter().zip(leg.to).zip(between) {
                let slack = 1e-3;
                assert!(from.min(to) - slack <= is && is <= from.max(to) + slack);
            }
        }
    }
}

#[test]
fn a_thing_goes_on_in_another_row_with_another_epoch() {
    let mut before = one();
    before.take(&report(0.0, [0.0; 3]), 0.0);
    before.take(&report(1.0, [10.0, 0.0, 0.0]), 1.0);
    let mut movers = Movers::new(3, 1.0, MoveRules::default()).expect("three things");
    movers.take_over(2, (&before, 0), -100.0, -99.0);
    assert_eq!(movers.drawn(2, -98.5), before.drawn(0, 1.5));
    check_near(movers.heading(2).expect("a heading"), FRAC_PI_2);
    let next = Report {
        row: 2,
        ..report(-98.0, [20.0, 0.0, 0.0])
    };
    assert!(matches!(movers.take(&next, -98.0), Taken::Leg { .. }));
    // Its newest report is later than what is said of it now: the clock went back.
    movers.take_over(1, (&before, 0), -100.0, -99.5);
    movers.take_over(1, (&before, 7), -100.0, 0.0);
    assert_eq!(movers.newest(1), None);
}

#[test]
fn too_fast_or_after_too_long_it_jumps() {
    let mut movers = one();
    assert!(matches!(
        movers.take(&report(0.0, [0.0; 3]), 0.0),
        Taken::First(_)
    ));
    let taken = movers.take(&report(1.0, [99.0, 0.0, 0.0]), 1.0);
    assert!(matches!(taken, Taken::Leg { .. }), "{taken:?}");
    let taken = movers.take(&report(2.0, [200.0, 0.0, 0.0]), 2.0);
    let there = Motion::still([200.0, 0.0, 0.0], 2.0);
    assert_eq!(taken, Taken::Jump(there));
    assert_eq!(taken.reported_way(), Some((there.to, there.to)));
    let taken = movers.take(&report(7.0, [201.0, 0.0, 0.0]), 7.0);
    assert!(matches!(taken, Taken::Leg { .. }), "{taken:?}");
    let taken = movers.take(&report(12.5, [202.0, 0.0, 0.0]), 12.5);
    assert!(matches!(taken, Taken::Jump(_)), "{taken:?}");
}

#[test]
fn two_reports_at_nearly_one_time_a_few_metres_apart_are_no_jump() {
    let mut movers = one();
    movers.take(&report(0.0, [0.0; 3]), 0.0);
    let taken = movers.take(&report(0.001, [4.0, 0.0, 0.0]), 0.1);
    assert!(matches!(taken, Taken::Leg { .. }), "{taken:?}");
}

#[test]
fn old_and_repeated_reports_move_nothing() {
    let mut movers = one();
    movers.take(&report(0.0, [0.0; 3]), 0.0);
    movers.take(&report(2.0, [20.0, 0.0, 0.0]), 2.0);
    let leg = movers.leg(0);
    assert_eq!(
        movers.take(&report(1.0, [10.0, 0.0, 0.0]), 2.5),
        Taken::Past
    );
    assert_eq!(
        movers.take(&report(2.0, [20.0, 0.0, 0.0]), 2.5),
        Taken::Duplicate
    );
    assert_eq!(movers.leg(0), leg);
}

#[test]
fn reports_without_sense_are_refused_with_the_reason() {
    let mut movers = one();
    let nowhere = [
        [f32::NAN, 0.0, 0.0],
        [0.0, f32::INFINITY, 0.0],
        [0.0, 0.0, -2.0 * FURTHEST_M],
    ];
    for at in nowhere {
        assert_eq!(
            movers.take(&report(0.0, at), 0.0),
            Taken::Refused(Refusal::NoPlace)
        );
    }
    for (t, now, refusal) in [
        (f32::NAN, 0.0, Refusal::NoTime),
        (f32::INFINITY, 0.0, Refusal::NoTime),
        (0.0, f32::NAN, Refusal::NoTime),
        (61.0, 0.0, Refusal::Ahead),
    ] {
        assert_eq!(
            movers.take(&report(t, [0.0; 3]), now),
            Taken::Refused(refusal)
        );
    }
    let of_nobody = Report {
        row: 1,
        ..report(0.0, [0.0; 3])
    };
    assert_eq!(
        movers.take(&of_nobody, 0.0),
        Taken::Refused(Refusal::NoSuchRow)
    );
    assert_eq!(movers.drawn(0, 0.0), None);
    assert!(Movers::new(MAX_MOVERS + 1, 1.0, MoveRules::default()).is_err());
}

#[test]
fn a_silent_thing_stays_where_it_was_and_is_said_to_be_late() {
    let mut movers = one();
    assert_eq!(movers.freshness(0, 0.0), Freshness::Missing);
    movers.take(&report(0.0, [0.0; 3]), 0.0);
    movers.take(&report(1.0, [10.0, 0.0, 0.0]), 1.0);
    for (now, freshness) in [
        (4.9, Freshness::Fresh),
        (5.1, Freshness::Late),
        (12.1, Freshness::Missing),
        (1.0e6, Freshness::Missing),
    ] {
        assert_eq!(movers.drawn(0, now), Some([10.0, 0.0, 0.0]));
        assert_eq!(movers.freshness(0, now), freshness, "at {now}");
    }
}

#[test]
fn however_long_its_period_a_thing_lags_no_longer_than_the_rules_say() {
    let mut movers = Movers::new(1, 60.0, MoveRules::default()).expect("one thing");
    movers.take(&report(0.0, [0.0; 3]), 0.0);
    let taken = movers.take(&report(60.0, [100.0, 0.0, 0.0]), 60.5);
    check_near(taken.motion().expect("a leg").t1, 70.0);
}

#[test]
fn a_report_that_was_long_on_its_way_still_takes_a_moment() {
    let mut movers = one();
    movers.take(&report(0.0, [0.0; 3]), 0.0);
    let taken = movers.take(&report(1.0, [10.0, 0.0, 0.0]), 4.0);
    check_near(taken.motion().expect("a leg").t1, 4.2);
}

#[test]
fn a_heading_is_as_stated_or_as_it_went_and_none_while_it_stands() {
    let mut movers = one();
    movers.take(&report(0.0, [0.0; 3]), 0.0);
    assert_eq!(movers.heading(0), None);
    movers.take(&report(1.0, [10.0, 0.0, 0.0]), 1.0);
    check_near(movers.heading(0).expect("east"), FRAC_PI_2);
    movers.take(&report(2.0, [10.0, -1.0, 0.0]), 2.0);
    check_near(movers.heading(0).expect("still east"), FRAC_PI_2);
    movers.take(&report(3.0, [10.0, -9.0, 0.0]), 3.0);
    check_near(movers.heading(0).expect("south"), PI);
    let stated = |t, speed| Report {
        speed: Some(speed),
        heading: Some(-FRAC_PI_2),
        ..report(t, [10.0, -9.0, 0.0])
    };
    movers.take(&stated(4.0, 0.1), 4.0);
    check_near(movers.heading(0).expect("still south"), PI);
    movers.take(&stated(5.0, 3.0), 5.0);
    check_near(movers.heading(0).expect("west"), 3.0 * FRAC_PI_2);
    movers.forget(0);
    assert_eq!(movers.heading(0), None);
    assert_eq!(movers.leg(0), None);
}

#[test]
fn a_trail_cut_off_at_now_ends_at_the_thing() {
    let mut movers = one();
    let mut trails = Trails::new(1, 64).expect("one trail");
    for step in 0..20 {
        let t = step as f32;
        movers.record(&report(t, [10.0 * t, 0.0, 0.0]), t, &mut trails);
        let now = t + 0.5;
        let [drawn, _, _] = movers.drawn(0, now).expect("drawn");
        let mut points = trails.trail(0).copied();
        let Some(newest) = points.next().filter(|_| step > 0) else {
            continue;
        };
        let older = points.next().expect("older");
        assert!(older.t <= now && now <= newest.t);
        let part = (now - older.t) / (newest.t - older.t);
        let [from, _, _] = older.at;
        let [to, _, _] = newest.at;
        check_near(from + (to - from) * part, drawn);
    }
}

#[test]
fn a_late_report_joins_the_trail_in_order_and_a_jump_breaks_it() {
    let mut movers = one();
    let mut trails = Trails::new(1, 64).expect("one trail");
    for (t, east) in [
        (0.0, 0.0),
        (2.0, 20.0),
        (1.0, 10.0),
        (2.0, 20.0),
        (9.0, 90.0),
    ] {
        movers.record(&report(t, [east, 0.0, 0.0]), 9.0, &mut trails);
    }
    let mut easts: Vec<Option<i32>> = trails
        .trail(0)
        .map(|point| (!point.is_break()).then_some(point.at[0] as i32))
        .collect();
    easts.reverse();
    assert_eq!(easts, [Some(0), Some(10), Some(20), None, Some(90)]);
}
