//! What moves is drawn between its reports, and nowhere else.

use super::EPOCH;
use crate::points::{Motion, PointRows, PointSet, PointState, SHAPE_VEHICLE};

/// A vehicle at the origin since second 0 that reports every two seconds.
fn vehicle() -> PointSet {
    let mut set = PointSet::moving(EPOCH);
    set.replace(&PointRows {
        places: vec![[0.0; 3]],
        states: vec![PointState::new(SHAPE_VEHICLE, 0)],
        seen: vec![0.0],
        period: vec![2.0],
    });
    set
}

#[test]
fn it_is_on_its_way_between_two_reports() {
    let mut set = vehicle();
    set.moved(0, [20.0, 0.0, 0.0], 2.0);
    assert_eq!(set.place_at(0, 2.0), [0.0; 3]);
    assert_eq!(set.place_at(0, 3.0), [10.0, 0.0, 0.0]);
    assert_eq!(set.place_at(0, 4.0), [20.0, 0.0, 0.0]);
    assert_eq!(set.state(0).heading(), 64, "it goes east");
    assert!((set.motion_until() - 4.0).abs() < 1e-6);
}

#[test]
fn the_next_leg_begins_where_it_is_drawn() {
    let mut set = vehicle();
    set.moved(0, [20.0, 0.0, 0.0], 2.0);
    set.moved(0, [20.0, 10.0, 0.0], 3.0);
    assert_eq!(set.place_at(0, 3.0), [10.0, 0.0, 0.0]);
    // The gap was one second, and so is the leg.
    assert_eq!(set.place_at(0, 4.0), [20.0, 10.0, 0.0]);
}

#[test]
fn what_falls_silent_stays_at_its_last_report() {
    let mut set = vehicle();
    set.moved(0, [20.0, 0.0, 0.0], 2.0);
    assert_eq!(set.place_at(0, 1e6), [20.0, 0.0, 0.0]);
}

#[test]
fn what_was_silent_for_long_or_is_too_fast_jumps() {
    let mut set = vehicle();
    set.moved(0, [20.0, 0.0, 0.0], 2.0);
    set.moved(0, [60.0, 0.0, 0.0], 30.0);
    assert_eq!(set.place_at(0, 30.0), [60.0, 0.0, 0.0]);
    set.moved(0, [5_060.0, 0.0, 0.0], 32.0);
    assert_eq!(set.place_at(0, 32.0), [5_060.0, 0.0, 0.0]);
}

#[test]
fn older_and_broken_reports_are_passed_over() {
    let mut set = vehicle();
    set.moved(0, [20.0, 0.0, 0.0], 2.0);
    let revision = set.revision();
    set.moved(0, [0.0, 90.0, 0.0], 1.0);
    set.moved(0, [f32::NAN, 0.0, 0.0], 3.0);
    set.moved(0, [0.0; 3], f32::INFINITY);
    set.moved(1, [0.0; 3], 3.0);
    let backwards = Motion {
        t1: -1.0,
        ..Motion::still([0.0; 3], 3.0)
    };
    assert!(!set.set_leg(0, backwards));
    assert!(!set.set_leg(1, Motion::still([0.0; 3], 3.0)));
    assert_eq!(set.revision(), revision);
    let mut standing = PointSet::standing(EPOCH);
    standing.replace(&PointRows {
        places: vec![[0.0; 3]],
        ..PointRows::default()
    });
    standing.moved(0, [9.0; 3], 1.0);
    assert_eq!(standing.place_at(0, 2.0), [0.0; 3]);
}

#[test]
fn a_thing_is_seen_once_it_has_told_its_place() {
    let mut set = PointSet::moving(EPOCH);
    set.replace(&PointRows {
        places: vec![[f32::NAN; 3], [5.0; 3]],
        states: vec![PointState::new(SHAPE_VEHICLE, 0); 2],
        seen: vec![f32::NAN, 0.0],
        period: vec![1.0; 2],
    });
    set.settle(0.0);
    assert_eq!((set.placed(), set.tally(0..2).total()), (1, 1));
    set.moved(0, [7.0, 8.0, 9.0], 4.0);
    set.settle(5.0);
    assert_eq!((set.placed(), set.tally(0..2).total()), (2, 2));
    let slot = set.slot_of(0).expect("the row exists");
    assert_eq!(set.place_at(slot, 5.0), [7.0, 8.0, 9.0]);
}

#[test]
fn a_set_is_sorted_again_when_its_things_have_spread() {
    let mut set = PointSet::moving(EPOCH);
    let places: Vec<_> = (0..640).map(|row| [row as f32, 0.0, 0.0]).collect();
    set.replace(&PointRows {
        states: vec![PointState::new(SHAPE_VEHICLE, 0); places.len()],
        seen: vec![0.0; places.len()],
        period: vec![10.0; places.len()],
        places,
    });
    set.settle(0.0);
    let order = set.order();
    // Everyone drives somewhere else: the blocks now cover all of the road.
    for row in 0..640 {
        set.moved(row, [(row * 37 % 640) as f32, 50.0, 0.0], 9.0);
    }
    set.settle(9.5);
    assert_eq!(set.order(), order + 1);
    for row in 0..640 {
        set.moved(row, [(row * 91 % 640) as f32, 500.0, 0.0], 19.0);
    }
    set.settle(9.6);
    assert_eq!(set.order(), order + 1, "at most once a second");
    set.settle(19.5);
    assert_eq!(set.order(), order + 2);
    assert!(set.keys().is_sorted());
}
