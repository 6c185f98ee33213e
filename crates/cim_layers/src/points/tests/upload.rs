//! How many bytes go to the GPU.

use super::{Dice, EPOCH};
use crate::points::{Dirt, PointChange, PointRows, PointSet, PointState, Upload};

fn a_million(dice: &mut Dice) -> PointSet {
    let count = 1_000_000;
    let mut set = PointSet::standing(EPOCH);
    set.replace(&PointRows {
        places: (0..count).map(|_| dice.place()).collect(),
        states: vec![PointState::new(0, 0).with_value(0.0); count],
        seen: vec![0.0; count],
        period: vec![60.0; count],
    });
    assert_eq!(set.take_upload(&mut Upload::default()), Dirt::All);
    set
}

#[test]
fn a_hundred_thousand_changes_among_a_million_cost_little_more_than_their_bytes() {
    let mut dice = Dice::new(31);
    let mut set = a_million(&mut dice);
    let changes: Vec<_> = (0..100_000)
        .map(|number| PointChange {
            row: dice.below(1_000_000),
            state: PointState::new(0, 1).with_value(number as f32),
            seen: 1.0,
            period: 60.0,
        })
        .collect();
    let mut rows: Vec<_> = changes.iter().map(|change| change.row).collect();
    rows.sort_unstable();
    rows.dedup();

    set.apply(&changes);
    let mut upload = Upload::default();
    assert_eq!(set.take_upload(&mut upload), Dirt::Changes);
    assert_eq!(upload.states.len(), rows.len());
    assert_eq!(upload.offsets.len() % 4, 0);
    let ratio = upload.bytes() as f64 / (rows.len() * 8) as f64;
    println!("{ratio:.3} bytes for each byte that changed");
    assert!(ratio <= 1.3, "{ratio}");
}

#[test]
fn a_report_that_changes_nothing_sends_nothing() {
    let mut set = PointSet::standing(EPOCH);
    let state = PointState::new(2, 1);
    set.replace(&PointRows {
        places: vec![[1.0, 2.0, 3.0]; 300],
        states: vec![state; 300],
        seen: vec![0.0; 300],
        period: vec![1.0; 300],
    });
    let mut upload = Upload::default();
    assert_eq!(set.take_upload(&mut upload), Dirt::All);
    let revision = set.revision();
    assert!(!set.change(299, state, 5.0, 1.0));
    assert!(!set.change(300, state.with_class(3), 5.0, 1.0));
    assert_eq!(set.revision(), revision);
    assert_eq!(set.take_upload(&mut upload), Dirt::Clean);
    assert!(set.change(299, state.with_class(3), 5.0, 1.0));
    assert_eq!(set.take_upload(&mut upload), Dirt::Changes);
    assert_eq!(upload.heads.len(), 1);
    assert_eq!(upload.heads[0].page, 1);
    assert_eq!(set.take_upload(&mut upload), Dirt::Clean);
    assert!(upload.is_empty());
}
