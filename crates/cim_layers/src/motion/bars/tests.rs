//! Heights, shares, marks.

use super::*;
use crate::points::{SHAPE_DOT, SHAPE_NONE};

const LEVELS: BarScale = BarScale::Columns(ColumnScale {
    from: 2.0,
    to: 7.0,
    height_m: 100.0,
    radius_m: 4.0,
});
const PARKING: BarScale = BarScale::Rings(RingScale {
    whole: 400.0,
    radius_m: 10.0,
    band_m: 2.0,
});

fn row(value: f32) -> BarRow {
    BarRow {
        at: [10.0, 20.0, 3.0],
        state: PointState::new(SHAPE_DOT, 1).with_value(value),
    }
}

#[track_caller]
fn check_bar(scale: BarScale, value: f32, height_m: f32, share: f32) {
    let mut bars = Bars::new(scale, &[]).expect("a scale");
    bars.replace(&[row(value)]).expect("one bar");
    let bar = bars.bars()[0];
    assert!((bar.height_m - height_m).abs() < 1e-3, "{bar:?}");
    assert!((bar.share - share).abs() < 1e-5, "{bar:?}");
    assert_eq!(bar.packed, row(value).state.packed);
}

#[test]
fn a_column_is_as_high_as_its_value_and_cut_above_the_scale() {
    check_bar(LEVELS, 2.0, 0.0, 0.0);
    check_bar(LEVELS, 4.5, 50.0, 0.5);
    check_bar(LEVELS, 7.0, 100.0, 1.0);
    check_bar(LEVELS, 12.0, 100.0, 2.0);
    check_bar(LEVELS, -9.0, 0.0, 0.0);
}

#[test]
fn a_ring_fills_with_its_share_of_the_whole() {
    check_bar(PARKING, 0.0, 2.0, 0.0);
    check_bar(PARKING, 100.0, 2.0, 0.25);
    check_bar(PARKING, 440.0, 2.0, 1.1);
}

#[test]
fn a_scale_may_fall() {
    let falling = BarScale::Columns(ColumnScale {
        from: 10.0,
        to: 0.0,
        height_m: 50.0,
        radius_m: 1.0,
    });
    check_bar(falling, 7.5, 12.5, 0.25);
}

#[test]
fn what_has_no_value_has_no_height_and_says_so() {
    let mut bars = Bars::new(LEVELS, &[]).expect("a scale");
    bars.replace(&[row(f32::NAN)]).expect("one bar");
    let bar = bars.bars()[0];
    assert!(bar.share.is_nan() && bar.value.is_nan());
    assert!(bar.height_m.abs() <= 0.0);
    assert_eq!(bars.cut(), 0);
}

#[test]
fn limits_are_marked_where_they_lie_on_the_scale_and_not_beyond() {
    let limits = [
        BarLimit {
            value: 4.5,
            class: 2,
        },
        BarLimit {
            value: 6.0,
            class: 4,
        },
        BarLimit {
            value: 9.0,
            class: 4,
        },
    ];
    let mut bars = Bars::new(LEVELS, &limits).expect("a scale");
    bars.replace(&[row(3.0), row(5.0)]).expect("two bars");
    assert_eq!(bars.marks().len(), 4);
    let mark = bars.marks()[0];
    let [_, _, up] = mark.at;
    assert!((up + 0.5 * mark.height_m - 53.0).abs() < 1e-3, "{mark:?}");
    assert!(mark.radius_m > 4.0);
    let class = |mark: &Bar| {
        PointState {
            packed: mark.packed,
            value: mark.value,
        }
        .class()
    };
    let classes: Vec<u8> = bars.marks().iter().map(class).collect();
    assert_eq!(classes, [2, 4, 2, 4]);

    // They are seen when their bar is.
    let shown = |bars: &Bars| {
        let marks = bars.marks().iter();
        marks
            .map(|mark| {
                let packed = mark.packed;
                PointState { packed, value: 0.0 }.is_shown()
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(shown(&bars), [true; 4]);
    bars.take_changes(&mut Vec::new());
    assert!(bars.change(1, row(5.0).state.with_shown(false)));
    assert_eq!(shown(&bars), [true, true, false, false]);
    assert!(bars.take_changes(&mut Vec::new()), "the marks are new");
    assert!(bars.change(1, row(5.0).state));
    assert_eq!(shown(&bars), [true; 4]);
    let hidden = BarRow {
        state: row(5.0).state.with_shown(false),
        ..row(5.0)
    };
    bars.replace(&[hidden, row(3.0)]).expect("two bars");
    assert_eq!(shown(&bars), [false, false, true, true]);

    let full = [BarLimit {
        value: 360.0,
        class: 3,
    }];
    let mut bars = Bars::new(PARKING, &full).expect("a scale");
    bars.replace(&[row(100.0)]).expect("one bar");
    let mark = bars.marks()[0];
    assert!(
        (mark.share - 0.9).abs() < 1e-5 && mark.radius_m > 10.0,
        "{mark:?}"
    );
}

#[test]
fn a_row_has_the_marks_of_its_own_limits() {
    let own = |value| BarLimit { value, class: 3 };
    let mut bars = Bars::new(LEVELS, &[]).expect("a scale").with_own_limits(&[
        (1, own(6.0)),
        (0, own(4.5)),
        (1, own(f32::NAN)),
    ]);
    bars.replace(&[row(3.0), row(5.0), row(5.0)]).expect("bars");
    let values: Vec<f32> = bars.marks().iter().map(|mark| mark.value).collect();
    assert_eq!(values, [4.5, 6.0]);
}

#[test]
fn a_change_is_one_bar_and_nothing_new_is_none() {
    let mut bars = Bars::new(
        LEVELS,
        &[BarLimit {
            value: 4.0,
            class: 1,
        }],
    )
    .expect("a scale");
    bars.replace(&[row(3.0); 100]).expect("bars");
    let mut ranges = Vec::new();
    assert!(bars.take_changes(&mut ranges));
    assert_eq!(ranges.as_slice(), std::slice::from_ref(&(0..100)));
    assert!(bars.change(70, row(6.0).state));
    assert!(!bars.change(70, row(6.0).state));
    assert!(!bars.change(100, row(6.0).state));
    assert!(!bars.take_changes(&mut ranges));
    assert_eq!(ranges.as_slice(), std::slice::from_ref(&(70..71)));
    assert!((bars.bars()[70].height_m - 80.0).abs() < 1e-3);
}

#[test]
fn a_bar_without_a_place_is_never_shown() {
    let mut lost = row(3.0);
    lost.at = [f32::NAN, 0.0, 0.0];
    let mut bars = Bars::new(
        LEVELS,
        &[BarLimit {
            value: 4.0,
            class: 1,
        }],
    )
    .expect("a scale");
    bars.replace(&[lost]).expect("one bar");
    assert_eq!(bars.bars()[0].packed, u32::from(SHAPE_NONE));
    assert_eq!(bars.marks(), []);
    assert!(!bars.change(0, row(6.0).state));
}

#[test]
fn scales_that_say_nothing_are_refused() {
    let scale = |from, to, height_m, radius_m| {
        let columns = ColumnScale {
            from,
            to,
            height_m,
            radius_m,
        };
        Bars::new(BarScale::Columns(columns), &[]).err()
    };
    assert_eq!(scale(1.0, 1.0, 1.0, 1.0), Some(BarError::NoRange));
    assert_eq!(scale(f32::NAN, 1.0, 1.0, 1.0), Some(BarError::NoRange));
    assert_eq!(scale(f32::MIN, f32::MAX, 1.0, 1.0), Some(BarError::NoRange));
    assert_eq!(scale(0.0, 1.0, 0.0, 1.0), Some(BarError::NoSize));
    assert_eq!(scale(0.0, 1.0, 1.0, f32::INFINITY), Some(BarError::NoSize));
    let limit = BarLimit {
        value: f32::NAN,
        class: 1,
    };
    assert_eq!(Bars::new(LEVELS, &[limit]).err(), Some(BarError::Limits));
    assert_eq!(
        Bars::new(
            LEVELS,
            &[BarLimit {
                value: 3.0,
                class: 1
            }; 5]
        )
        .err(),
        Some(BarError::Limits)
    );
    let mut bars = Bars::new(LEVELS, &[]).expect("a scale");
    let many = vec![row(1.0); MAX_BARS + 1];
    assert_eq!(
        bars.replace(&many),
        Err(BarError::TooMany { rows: MAX_BARS + 1 })
    );
}

#[test]
fn no_column_is_lower_than_two_pixels() {
    for (height_m, depth_m, expected) in [
        (50.0, 1000.0, 50.0),
        (0.0, 1000.0, 2.0),
        (0.1, 5000.0, 10.0),
    ] {
        let drawn = drawn_height_m(height_m, depth_m, 1000.0);
        assert!((drawn - expected).abs() < 1e-4, "{drawn}");
    }
    assert!((drawn_height_m(5.0, 10.0, 0.0) - 5.0).abs() < 1e-4);
}
