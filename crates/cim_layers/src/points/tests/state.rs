//! The bits of a state.

use crate::points::{
    PointState, SHAPE_CAMERA, SHAPE_NONE, SHOWN, Why, class_of, heading_of, sensor_shape,
};
use cim_model::{Freshness, SensorKind, Severity};
use std::f32::consts::{FRAC_PI_2, PI};

#[test]
fn a_state_gives_back_what_was_put_in() {
    let state = PointState::new(SHAPE_CAMERA, 4)
        .with_freshness(Freshness::Late)
        .with_why(Why::HubGone)
        .with_tint(200)
        .with_heading(255)
        .with_value(31.5);
    assert_eq!(state.shape(), SHAPE_CAMERA);
    assert_eq!(state.class(), 4);
    assert_eq!(state.freshness(), Freshness::Late);
    assert_eq!(state.why(), Why::HubGone);
    assert_eq!(state.tint(), 200);
    assert_eq!(state.heading(), 255);
    assert!(state.is_shown());
    assert_eq!(
        state.packed,
        16 | 4 << 8 | 1 << 11 | 3 << 13 | SHOWN | 200 << 16 | 255 << 24
    );
    let other = state.with_class(9).with_shape(3).with_shown(false);
    assert_eq!((other.class(), other.shape()), (5, 3));
    assert!(!other.is_shown());
    assert_eq!(other.tint(), 200);
}

#[test]
fn a_row_that_holds_nothing_is_never_shown() {
    assert!(!PointState::default().is_shown());
    assert!(!PointState::new(SHAPE_NONE, 0).is_shown());
    assert_eq!(PointState::default(), PointState::default());
}

#[test]
fn classes_and_shapes_follow_the_model() {
    assert_eq!(class_of(Severity::Normal), 0);
    assert_eq!(class_of(Severity::Critical), 4);
    for (place, kind) in SensorKind::ALL.into_iter().enumerate() {
        assert_eq!(usize::from(sensor_shape(kind)), place);
    }
}

#[test]
fn headings_turn_clockwise_from_north() {
    assert_eq!(heading_of(0.0), 0);
    assert_eq!(heading_of(FRAC_PI_2), 64);
    assert_eq!(heading_of(-FRAC_PI_2), 192);
    assert_eq!(heading_of(2.0 * PI), 0);
    assert_eq!(heading_of(f32::NAN), 0);
}
