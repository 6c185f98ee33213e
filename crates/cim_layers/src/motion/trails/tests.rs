//! Rings against lists.

use super::*;
use crate::motion::dice::Dice;

const LINK: Link = Link {
    fastest_mps: 20.0,
    longest_s: 10.0,
};

/// A trail's points, oldest first, as bytes: NaN equals NaN.
fn bytes_of(points: &[TrailPoint]) -> Vec<u8> {
    bytemuck::cast_slice(points).to_vec()
}

fn oldest_first(trails: &Trails, row: u32) -> Vec<TrailPoint> {
    let mut points: Vec<TrailPoint> = trails.trail(row).copied().collect();
    points.reverse();
    points
}

/// Every point of `all` in order of time, with a break wherever the link does not join two.
fn model(all: &[TrailPoint]) -> Vec<TrailPoint> {
    let mut sorted = all.to_vec();
    sorted.sort_by(|a, b| a.t.total_cmp(&b.t));
    let mut trail: Vec<TrailPoint> = Vec::new();
    for point in sorted {
        if let Some(last) = trail.last().copied()
            && !LINK.joins(&last, &point)
        {
            trail.push(TrailPoint::break_at(last.at));
        }
        trail.push(point);
    }
    trail
}

#[test]
fn points_in_any_order_make_the_trail_that_their_times_make() {
    for seed in 0..50 {
        let mut dice = Dice(seed);
        let mut trails = Trails::new(3, 512).expect("trails");
        let mut all = [const { Vec::<TrailPoint>::new() }; 3];
        for _ in 0..200 {
            let row = dice.below(3);
            let second = dice.below(150) as f32;
            // Now and then far off the way, so that there are jumps in speed as well as gaps.
            let aside = if dice.below(8) == 0 { 5_000.0 } else { 0.0 };
            let point = TrailPoint {
                at: [second * 7.0, aside, 0.0],
                t: second,
            };
            let list = &mut all[row as usize];
            let is_new = list
                .iter()
                .all(|other| other.t.to_bits() != second.to_bits());
            let kept = trails.place(row, point.at, point.t, LINK);
            assert_eq!(kept != Kept::Dropped, is_new, "seed {seed}");
            if is_new {
                list.push(point);
            }
        }
        for (row, list) in all.iter().enumerate() {
            assert_eq!(
                bytes_of(&oldest_first(&trails, row as u32)),
                bytes_of(&model(list)),
                "seed {seed}, row {row}"
            );
        }
    }
}

#[test]
fn a_trail_goes_on_in_another_row_of_other_trails_with_another_epoch() {
    let mut before = Trails::new(2, 8).expect("trails");
    for second in 0..6 {
        before.push(1, [10.0 * second as f32, 0.0, 0.0], second as f32);
    }
    let mut trails = Trails::new(4, 4).expect("trails");
    trails.push(3, [900.0, 0.0, 0.0], 1.0);
    // The new epoch is a hundred seconds later, and the clock stands where the fifth point was told.
    trails.take_over(3, (&before, 1), -100.0, -96.0);
    let points: Vec<(f32, f32)> = trails.trail(3).map(|one| (one.at[0], one.t)).collect();
    assert_eq!(
        points,
        [(40.0, -96.0), (30.0, -97.0), (20.0, -98.0), (10.0, -99.0)]
    );
    assert_eq!(trails.push(3, [60.0, 0.0, 0.0], -94.0), Kept::Added);
    trails.take_over(3, (&before, 0), 0.0, 0.0);
    assert_eq!(trails.trail(3).count(), 0, "an empty one replaces it");
    trails.take_over(9, (&before, 1), 0.0, 9.0);
    trails.take_over(2, (&before, 9), 0.0, 9.0);
    trails.take_over(2, (&before, 1), 0.0, f32::NAN);
    assert_eq!(trails.trail(2).count(), 0);
}

#[test]
fn a_full_ring_loses_its_oldest_points() {
    let mut trails = Trails::new(2, 4).expect("trails");
    for second in 0..11 {
        trails.push(1, [10.0 * second as f32, 0.0, 0.0], second as f32);
    }
    let times: Vec<f32> = trails.trail(1).map(|point| point.t).collect();
    assert_eq!(
        bytemuck::cast_slice::<f32, u32>(&times),
        [10.0_f32, 9.0, 8.0, 7.0].map(f32::to_bits)
    );
    assert_eq!(trails.trail(0).count(), 0);
    assert_eq!(trails.heads()[1] >> 16, 4);
    // Older than what is left, and then between: the ring keeps its newest four.
    assert_eq!(trails.place(1, [0.0; 3], 6.5, LINK), Kept::Dropped);
    assert_eq!(trails.place(1, [85.0, 0.0, 0.0], 8.5, LINK), Kept::Inserted);
    let times: Vec<f32> = trails.trail(1).map(|point| point.t).collect();
    assert_eq!(
        bytemuck::cast_slice::<f32, u32>(&times),
        [10.0_f32, 9.0, 8.5, 8.0].map(f32::to_bits)
    );
}

#[test]
fn what_is_uploaded_makes_the_same_buffers_on_the_other_side() {
    for seed in 0..20 {
        let mut dice = Dice(seed);
        let mut trails = Trails::new(50, 8).expect("trails");
        let mut points = vec![TrailPoint::NEVER; 400];
        let mut heads = vec![0; 50];
        let mut upload = TrailUpload::default();
        for round in 0..60 {
            for _ in 0..dice.below(40) {
                let row = dice.below(50);
                let at = [
                    dice.between(-900.0, 900.0),
                    dice.between(-900.0, 900.0),
                    0.0,
                ];
                match dice.below(10) {
                    0 => trails.cut(row),
                    1 => trails.forget(row),
                    _ => {
                        let t = round as f32 - dice.between(0.0, 5.0);
                        trails.place(row, at, t, LINK);
                    }
                }
            }
            match trails.take_upload(&mut upload) {
                Dirt::Clean => {}
                Dirt::All => {
                    points = trails.points().to_vec();
                    heads = trails.heads().to_vec();
                }
                Dirt::Changes => {
                    for (slot, point) in upload.slots.iter().zip(&upload.points) {
                        points[*slot as usize] = *point;
                    }
                    for range in &upload.heads {
                        let rows = range.start as usize..range.end as usize;
                        heads[rows.clone()].copy_from_slice(&trails.heads()[rows]);
                    }
                    assert!(upload.bytes() >= upload.slots.len() * 20);
                }
            }
            assert_eq!(bytes_of(&points), bytes_of(trails.points()), "seed {seed}");
            assert_eq!(heads, trails.heads(), "seed {seed}");
        }
        assert!(matches!(trails.take_upload(&mut upload), Dirt::Clean));
    }
}

#[test]
fn one_report_uploads_one_point_and_one_head() {
    let mut trails = Trails::new(1_000, 16).expect("trails");
    let mut upload = TrailUpload::default();
    trails.take_upload(&mut upload);
    trails.push(700, [1.0, 2.0, 3.0], 4.0);
    assert!(matches!(trails.take_upload(&mut upload), Dirt::Changes));
    assert_eq!(upload.slots, [11_200]);
    assert_eq!(upload.heads.as_slice(), std::slice::from_ref(&(700..701)));
    assert_eq!(upload.bytes(), 24);
    let mut ranges = Vec::new();
    upload.ranges(4, &mut ranges);
    assert_eq!(ranges.as_slice(), std::slice::from_ref(&(11_200..11_201)));
}

#[test]
fn a_standing_thing_does_not_fill_its_ring() {
    let mut dice = Dice(1);
    let mut trails = Trails::new(1, 16).expect("trails");
    for second in 0..1_000 {
        let at = [dice.between(-0.08, 0.08), dice.between(-0.08, 0.08), 0.0];
        trails.push(0, at, second as f32);
    }
    assert_eq!(trails.trail(0).count(), 1);
    assert!(trails.trail(0).all(|point| point.t > 998.0));
}

#[test]
fn small_steps_along_a_bend_keep_its_form_with_few_points() {
    let mut trails = Trails::new(1, 1_024).expect("trails");
    let mut steps = 0;
    // Twelve centimetres a step once around a circle of fifty metres.
    while f64::from(steps) * 0.12 < 314.0 {
        let angle = (f64::from(steps) * 0.12 / 50.0) as f32;
        let at = [50.0 * angle.cos(), 50.0 * angle.sin(), 0.0];
        trails.push(0, at, steps as f32 * 0.1);
        steps += 1;
    }
    let points = oldest_first(&trails, 0);
    assert!(
        points.len() * 10 < steps as usize,
        "{} points",
        points.len()
    );
    for (a, b) in points.iter().zip(points.iter().skip(1)) {
        let middle = [0.5 * (a.at[0] + b.at[0]), 0.5 * (a.at[1] + b.at[1])];
        let radius = middle[0].hypot(middle[1]);
        assert!((radius - 50.0).abs() < 0.5, "{radius} m from the middle");
    }
}

#[test]
fn a_late_point_closes_the_gap_that_a_break_marked() {
    let mut trails = Trails::new(1, 16).expect("trails");
    for second in [0.0_f32, 16.0] {
        trails.place(0, [second * 7.0, 0.0, 0.0], second, LINK);
    }
    assert!(oldest_first(&trails, 0)[1].is_break());
    trails.place(0, [56.0, 0.0, 0.0], 8.0, LINK);
    assert!(trails.trail(0).all(|point| !point.is_break()));
    assert_eq!(trails.trail(0).count(), 3);
}

#[test]
fn trails_that_cannot_be_are_refused_and_senseless_points_dropped() {
    assert!(Trails::new(10, 1).is_err());
    assert!(Trails::new(10, MAX_POINTS_EACH + 1).is_err());
    let bytes = u64::from(u32::MAX) * 64 * 16;
    assert_eq!(
        Trails::new(u32::MAX, 64).err(),
        Some(TrailError::TooLarge {
            rows: u32::MAX,
            points_each: 64,
            bytes
        })
    );
    let mut trails = Trails::new(1, 4).expect("trails");
    assert_eq!(trails.push(1, [0.0; 3], 0.0), Kept::Dropped);
    assert_eq!(trails.push(0, [f32::NAN; 3], 0.0), Kept::Dropped);
    assert_eq!(trails.push(0, [f32::MAX; 3], 0.0), Kept::Dropped);
    assert_eq!(trails.push(0, [0.0; 3], f32::NAN), Kept::Dropped);
    trails.cut(0);
    assert_eq!(trails.trail(0).count(), 0);
    assert!(!trails.is_fading(0.0, 60.0));
    assert_eq!(trails.push(0, [0.0; 3], 5.0), Kept::Added);
    assert_eq!(trails.push(0, [9.0; 3], 5.0), Kept::Dropped);
    assert!(trails.is_fading(60.0, 60.0) && !trails.is_fading(66.0, 60.0));
}

#[test]
fn a_trail_fades_from_the_thing_to_its_end() {
    for (t, expected) in [
        (10.0, 1.0),
        (5.0, 0.5),
        (0.0, 0.0),
        (-1.0, 0.0),
        (11.0, 0.0),
        (f32::NAN, 0.0),
    ] {
        assert!((strength(t, 10.0, 10.0) - expected).abs() < 1e-6, "{t}");
    }
}
