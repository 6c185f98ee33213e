//! Walks against brute force: whatever the tree leaves out or brings together, looking at every point must agree.

use super::*;
use crate::points::{PointRows, PointState, SHAPE_CAMERA, SHAPE_DOT, SHAPE_EVENT};
use cim_model::UtcMillis;
use std::collections::BTreeSet;

const SIZE_PX: [f32; 2] = [1280.0, 720.0];
const SIDE_M: f32 = 20_000.0;

/// The same numbers on every machine.
struct Dice(u64);

impl Dice {
    /// From 0 to below 1.
    fn throw(&mut self) -> f32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) >> 40) as f32 / 16_777_216.0
    }

    fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.throw()
    }

    fn px(&mut self) -> [f32; 2] {
        SIZE_PX.map(|side| self.between(0.0, side))
    }

    fn place(&mut self, high_m: f32) -> [f32; 3] {
        [
            self.between(-SIDE_M / 2.0, SIDE_M / 2.0),
            self.between(-SIDE_M / 2.0, SIDE_M / 2.0),
            self.between(0.0, high_m),
        ]
    }
}

/// Random rows: every `urgent_each`th is critical, one in twenty an event, one in ten a camera.
fn rows(seed: u64, count: u32, urgent_each: u32, high_m: f32) -> PointRows {
    let mut dice = Dice(seed);
    let mut rows = PointRows::default();
    for row in 0..count {
        let class = if row % urgent_each == 0 {
            4
        } else {
            (dice.throw() * 3.0) as u8
        };
        let shape = match (dice.throw() * 20.0) as u8 {
            0 => SHAPE_EVENT,
            1 | 2 => SHAPE_CAMERA,
            _ => SHAPE_DOT,
        };
        rows.places.push(dice.place(high_m));
        rows.states.push(PointState::new(shape, class));
        rows.seen.push(0.0);
        rows.period.push(f32::INFINITY);
    }
    rows
}

fn set_of(rows: &PointRows) -> PointSet {
    let mut set = PointSet::standing(UtcMillis(0));
    set.replace(rows);
    set
}

fn city(seed: u64, count: u32, urgent_each: u32) -> PointSet {
    set_of(&rows(seed, count, urgent_each, 120.0))
}

/// A look at `target` from so far, clockwise from north and below the horizon in radians.
fn sight(target: [f32; 3], distance_m: f32, heading_rad: f32, pitch_rad: f32) -> Sight {
    let (sin_heading, cos_heading) = heading_rad.sin_cos();
    let (sin_pitch, cos_pitch) = pitch_rad.sin_cos();
    let forward = [sin_heading * cos_pitch, cos_heading * cos_pitch, -sin_pitch];
    let right = [cos_heading, -sin_heading, 0.0];
    let up = [
        right[1] * forward[2] - right[2] * forward[1],
        right[2] * forward[0] - right[0] * forward[2],
        right[0] * forward[1] - right[1] * forward[0],
    ];
    let tall = 1.0 / (std::f32::consts::FRAC_PI_8).tan();
    let wide = tall * SIZE_PX[1] / SIZE_PX[0];
    let column = |axis: usize| [wide * right[axis], tall * up[axis], 0.0, forward[axis]];
    let eye = [0, 1, 2].map(|axis| target[axis] - forward[axis] * distance_m);
    Sight::new(
        [column(0), column(1), column(2), [0.0, 0.0, 0.5, 0.0]],
        eye,
        SIZE_PX,
        SIZE_PX[1] * 0.5 * tall,
        1.0,
    )
}

fn whole_city() -> Sight {
    sight([0.0; 3], 40_000.0, 0.3, 1.2)
}

fn some_sights() -> [Sight; 4] {
    [
        whole_city(),
        sight([1_000.0, -2_000.0, 0.0], 6_000.0, 2.0, 0.5),
        sight([-4_000.0, 3_000.0, 0.0], 900.0, 4.0, 0.3),
        sight([500.0, 700.0, 0.0], 2_500.0, 5.5, 1.55),
    ]
}

fn look_once(set: &PointSet, sight: &Sight, gather: Gather) -> Seen {
    let mut seen = Seen::default();
    look(set, 0.0, sight, &gather, 0.1, &mut seen);
    seen
}

fn is_in_picture(px: [f32; 2]) -> bool {
    px[0] >= 0.0 && px[1] >= 0.0 && px[0] <= SIZE_PX[0] && px[1] <= SIZE_PX[1]
}

/// Every visible slot in the picture, with its pixel.
fn in_picture(set: &PointSet, now: f32, sight: &Sight) -> Vec<(u32, [f32; 2])> {
    (0..set.slots())
        .filter(|slot| set.is_visible(*slot))
        .filter_map(|slot| Some((slot, sight.project(set.place_at(slot, now))?.0)))
        .filter(|(_, px)| is_in_picture(*px))
        .collect()
}

fn slots_of(seen: &Seen) -> BTreeSet<u32> {
    seen.points.iter().map(|point| point.slot).collect()
}

#[test]
fn a_place_that_the_frustum_holds_appears_in_the_picture_and_no_other_does() {
    let mut dice = Dice(5);
    let mut inside = 0;
    for sight in some_sights() {
        let frustum = sight.frustum(0.0).expect("a picture");
        for _ in 0..4000 {
            let place = dice.place(300.0);
            let seen = sight
                .project(place)
                .is_some_and(|(px, _)| is_in_picture(px));
            assert_eq!(frustum.holds(place), seen, "{place:?}");
            inside += u32::from(seen);
        }
    }
    assert!(inside > 3_000 && inside < 15_000, "{inside}");
}

#[test]
fn what_a_frustum_says_of_a_box_holds_for_the_places_in_it() {
    let mut dice = Dice(6);
    let (mut sides, mut checked) = ([0; 3], 0);
    for sight in some_sights() {
        let frustum = sight.frustum(0.0).expect("a picture");
        for _ in 0..1500 {
            let [east, north, up] = dice.place(200.0);
            let side_m = dice.between(1.0, 3_000.0);
            let bounds = crate::points::Bounds {
                min: [east, north, up],
                max: [east + side_m, north + side_m, up + 50.0],
            };
            let side = frustum.side_of(&bounds);
            sides[side as usize] += 1;
            let place = [
                east + side_m * dice.throw(),
                north + side_m * dice.throw(),
                up + 50.0 * dice.throw(),
            ];
            match side {
                Side::Outside => assert!(!frustum.holds(place)),
                Side::Inside => assert!(frustum.holds(place)),
                Side::Crosses => {}
            }
            let (nearest, farthest) = frustum.depths_of(&bounds);
            if let Some((_, depth_m)) = sight.project(place) {
                assert!(nearest - 0.1 <= depth_m && depth_m <= farthest + 0.1);
                checked += 1;
            }
        }
    }
    assert!(
        sides.iter().all(|count| *count > 20) && checked > 100,
        "{sides:?}"
    );
}

#[test]
fn each_point_in_the_picture_is_drawn_and_filtered_ones_are_not() {
    let mut set = city(1, 20_000, 97);
    set.set_filter(Some(&|row| row % 3 != 0));
    set.settle(0.0);
    for sight in some_sights() {
        let seen = look_once(&set, &sight, Gather::Each);
        let drawn = slots_of(&seen);
        assert_eq!(drawn.len(), seen.points.len(), "no point twice");
        for (slot, px) in in_picture(&set, 0.0, &sight) {
            assert!(drawn.contains(&slot), "{slot} at {px:?}");
        }
        for slot in drawn {
            assert!(set.row_of(slot).is_some_and(|row| row % 3 != 0));
        }
    }
}

#[test]
fn every_point_has_a_dot_near_it_that_is_no_less_urgent() {
    let set = set_of(&rows(2, 4_000, 53, 0.0));
    let dot_px = 12.0;
    for sight in some_sights() {
        let seen = look_once(&set, &sight, Gather::Dots { dot_px });
        assert!(seen.points.is_sorted_by(|one, other| one.slot < other.slot));
        let dots: Vec<_> = seen
            .points
            .iter()
            .map(|point| {
                let (px, _) = sight.project(set.place_at(point.slot, 0.0)).expect("ahead");
                (px, walk::urgency_of(set.state(point.slot).class()))
            })
            .collect();
        let points = in_picture(&set, 0.0, &sight);
        for (slot, px) in points {
            let urgency = walk::urgency_of(set.state(slot).class());
            let is_shown = dots.iter().any(|(at, dot)| {
                *dot >= urgency && (at[0] - px[0]).hypot(at[1] - px[1]) < dot_px * 2.5
            });
            assert!(is_shown, "slot {slot} at {px:?}");
        }
    }
    let seen = look_once(&set, &whole_city(), Gather::Dots { dot_px });
    assert!(
        seen.points.len() < 3_500,
        "some share a dot: {}",
        seen.points.len()
    );
}

#[test]
fn a_city_that_is_smaller_than_a_dot_is_one_dot_of_its_worst() {
    let mut rows = rows(3, 5_000, 10_000, 50.0);
    rows.states[0] = PointState::new(SHAPE_DOT, 0);
    rows.states[4_321] = PointState::new(SHAPE_DOT, 3);
    let set = set_of(&rows);
    let far = sight([0.0; 3], 9.0e6, 0.0, 1.2);
    let seen = look_once(&set, &far, Gather::Dots { dot_px: 3.0 });
    let rows: Vec<_> = seen
        .points
        .iter()
        .map(|point| set.row_of(point.slot))
        .collect();
    assert_eq!(rows, [Some(4_321)]);
}

/// Every visible point in the picture is shown once, as a symbol or in a cluster; those in both are returned.
fn check_partition(set: &PointSet, sight: &Sight, seen: &Seen) -> u32 {
    let drawn = slots_of(seen);
    let mut owner = vec![0_u32; set.slots() as usize];
    for index in 0..seen.clusters.len() as u32 {
        let slots = seen.slots_of(index).expect("a cluster has slots");
        let visible = slots.clone().filter(|slot| set.is_visible(*slot)).count();
        let cluster = &seen.clusters[index as usize];
        assert_eq!(visible as u32, cluster.count);
        assert_eq!(cluster.by_class.iter().sum::<u32>(), cluster.count);
        for slot in slots {
            owner[slot as usize] += 1;
        }
    }
    assert!(
        owner.iter().all(|clusters| *clusters <= 1),
        "clusters do not overlap"
    );
    for (slot, px) in in_picture(set, 0.0, sight) {
        let is_shown = owner[slot as usize] == 1 || drawn.contains(&slot);
        assert!(is_shown, "slot {slot} at {px:?} is lost");
    }
    let both = drawn.iter().filter(|slot| owner[**slot as usize] == 1);
    for slot in both.clone() {
        assert!(walk::is_urgent(set.state(*slot).class()));
    }
    both.count() as u32
}

#[test]
fn clusters_and_symbols_share_out_the_points_of_the_picture() {
    let mut set = city(4, 30_000, 300);
    set.set_filter(Some(&|row| row % 3 != 1));
    set.settle(0.0);
    for sight in some_sights() {
        let seen = look_once(&set, &sight, Gather::Symbols { cell_px: 48.0 });
        check_partition(&set, &sight, &seen);
    }
    let sight = whole_city();
    let seen = look_once(&set, &sight, Gather::Symbols { cell_px: 48.0 });
    let apart = check_partition(&set, &sight, &seen);
    let counted: u32 = seen.clusters.iter().map(|cluster| cluster.count).sum();
    let visible = (0..set.slots())
        .filter(|slot| set.is_visible(*slot))
        .count();
    assert_eq!(counted + seen.points.len() as u32 - apart, visible as u32);
    assert!(seen.clusters.len() > 50 && seen.clusters.len() < 2_000);
}

#[test]
fn few_critical_points_stay_symbols_and_many_are_only_counted() {
    let sight = whole_city();
    let gather = Gather::Symbols { cell_px: 48.0 };
    let few = city(7, 20_000, 200);
    let seen = look_once(&few, &sight, gather);
    let critical = |set: &PointSet| -> Vec<u32> {
        (0..set.slots())
            .filter(|slot| set.state(*slot).class() == 4)
            .collect()
    };
    assert_eq!(critical(&few).len(), 100);
    let drawn = slots_of(&seen);
    assert!(critical(&few).iter().all(|slot| drawn.contains(slot)));
    let counted: u32 = seen
        .clusters
        .iter()
        .map(|cluster| cluster.by_class[3])
        .sum();
    assert!(
        counted > 50,
        "they are counted in their clusters as well: {counted}"
    );
    let worst = seen.clusters.iter().find(|cluster| cluster.by_class[3] > 0);
    assert_eq!(worst.map(Cluster::worst), Some(4));

    let many = city(7, 20_000, 40);
    let seen = look_once(&many, &sight, gather);
    assert_eq!(check_partition(&many, &sight, &seen), 0);
}

#[test]
fn a_sideways_move_leaves_the_clusters_where_they_are() {
    let set = city(8, 30_000, 100_000);
    let gather = Gather::Symbols { cell_px: 48.0 };
    let before = sight([0.0; 3], 15_000.0, 0.0, 0.9);
    // The look is northwards, so east is sideways.
    let after = sight([900.0, 0.0, 0.0], 15_000.0, 0.0, 0.9);
    let mut seen = Seen::default();
    look(&set, 0.0, &before, &gather, 0.1, &mut seen);
    let known = clusters_of(&seen);
    look(&set, 0.0, &after, &gather, 0.1, &mut seen);
    let moved = clusters_of(&seen);
    let mut kept = 0;
    for (slots, at) in known {
        let is_well_inside = after
            .project(at)
            .is_some_and(|([x, y], _)| x > 80.0 && y > 80.0 && x < 1200.0 && y < 640.0);
        if is_well_inside {
            kept += 1;
            assert!(moved.contains(&(slots.clone(), at)), "{slots:?} changed");
        }
    }
    assert!(kept > 50, "{kept}");
    assert!(!seen.is_fading(), "what comes in at the edge does not fade");
}

fn clusters_of(seen: &Seen) -> Vec<(Range<u32>, [f32; 3])> {
    let slots = (0..seen.clusters.len() as u32).filter_map(|index| seen.slots_of(index));
    slots
        .zip(seen.clusters.iter().map(|cluster| cluster.at))
        .collect()
}

#[test]
fn clusters_split_as_the_eye_comes_near() {
    let set = city(9, 5_000, 100_000);
    let gather = Gather::Symbols { cell_px: 48.0 };
    let mut last = u32::MAX;
    for distance_m in [400_000.0, 40_000.0, 10_000.0, 2_000.0] {
        let seen = look_once(&set, &sight([0.0; 3], distance_m, 0.3, 1.4), gather);
        let largest = seen
            .clusters
            .iter()
            .map(|cluster| cluster.count)
            .max()
            .unwrap_or(0);
        assert!(largest < last, "{largest} from {distance_m} m");
        last = largest;
    }
    let seen = look_once(&set, &sight([0.0; 3], 400.0, 0.3, 1.4), gather);
    assert!(seen.clusters.is_empty(), "nearby, everything is a symbol");
}

fn two_points() -> PointSet {
    let mut rows = PointRows::default();
    for east in [-50.0, 50.0] {
        rows.places.push([east, 0.0, 0.0]);
        rows.states.push(PointState::new(SHAPE_DOT, 0));
        rows.seen.push(0.0);
        rows.period.push(f32::INFINITY);
    }
    set_of(&rows)
}

/// The look from above at which a cell of 100 m covers so many px.
fn covering(px: f32) -> Sight {
    let focal_px = sight([0.0; 3], 1.0, 0.0, 1.0).focal_px;
    let straight_down = std::f32::consts::FRAC_PI_2;
    sight([0.0; 3], 100.0 * focal_px / px, 0.0, straight_down)
}

#[test]
fn a_cluster_on_the_brink_does_not_flicker() {
    let set = two_points();
    let mut seen = Seen::default();
    let mut clusters_at = |px: f32| {
        let gather = Gather::Symbols { cell_px: 50.0 };
        look(&set, 0.0, &covering(px), &gather, 0.3, &mut seen);
        assert_eq!(seen.clusters.len() * 2 + seen.points.len(), 2);
        seen.clusters.len()
    };
    assert_eq!([49.0, 45.0, 49.0].map(&mut clusters_at), [1, 1, 1]);
    assert_eq!([51.0, 49.0, 51.0, 43.5, 49.0].map(&mut clusters_at), [0; 5]);
    assert_eq!([42.0, 49.0, 43.5].map(&mut clusters_at), [1, 1, 1]);
}

#[test]
fn what_splits_or_merges_fades_in_within_a_fifth_of_a_second() {
    let set = two_points();
    let gather = Gather::Symbols { cell_px: 50.0 };
    let mut seen = Seen::default();
    look(&set, 0.0, &covering(45.0), &gather, 0.1, &mut seen);
    assert!(!seen.is_fading() && seen.clusters[0].flags >> FADE_SHIFT == 255);

    look(&set, 0.0, &covering(60.0), &gather, 0.1, &mut seen);
    let strength = |seen: &Seen| {
        seen.points
            .iter()
            .map(|point| point.flags >> FADE_SHIFT)
            .min()
    };
    assert!(seen.is_fading() && strength(&seen) < Some(255));
    let first = strength(&seen);
    look(&set, 0.0, &covering(60.0), &gather, 0.1, &mut seen);
    assert!(seen.is_fading() && strength(&seen) > first);
    look(&set, 0.0, &covering(60.0), &gather, 0.15, &mut seen);
    assert!(!seen.is_fading() && strength(&seen) == Some(255));

    look(&set, 0.0, &covering(30.0), &gather, 0.1, &mut seen);
    assert!(seen.is_fading() && seen.clusters[0].flags >> FADE_SHIFT < 255);
    look(&set, 0.0, &covering(30.0), &gather, 0.25, &mut seen);
    assert!(!seen.is_fading() && seen.clusters[0].flags >> FADE_SHIFT == 255);
}

#[test]
fn what_is_chosen_is_drawn_also_when_a_cluster_stands_for_it() {
    let set = two_points();
    let mut seen = look_once(&set, &covering(30.0), Gather::Symbols { cell_px: 50.0 });
    assert!(seen.points.is_empty() && seen.clusters.len() == 1);
    seen.mark(&set, &[1], Some(1));
    let marked = DrawnPoint {
        slot: 1,
        flags: SELECTED | HOVERED | (255 << FADE_SHIFT),
    };
    assert_eq!(seen.points, [marked]);
    seen.mark(&set, &[], Some(0));
    assert_eq!(slots_of(&seen), BTreeSet::from([0]));
    seen.mark(&set, &[], None);
    assert!(seen.points.is_empty());

    look(&set, 0.0, &covering(90.0), &Gather::Each, 0.1, &mut seen);
    seen.mark(&set, &[0], None);
    seen.mark(&set, &[], Some(1));
    let flags: Vec<_> = seen.points.iter().map(|point| point.flags & 3).collect();
    assert_eq!(flags, [0, HOVERED]);
}

/// Every one of `slots` within reach of a pixel, the best first.
fn pick_by_hand(
    set: &PointSet,
    now: f32,
    sight: &Sight,
    at: [f32; 2],
    slots: impl Iterator<Item = u32>,
) -> Vec<u32> {
    let mut found = Vec::new();
    for slot in slots.filter(|slot| set.is_visible(*slot)) {
        let (order, above_px) = match set.state(slot).shape() {
            SHAPE_EVENT => (0, PIN_ABOVE_PX),
            SHAPE_CAMERA => (1, 0.0),
            _ => (2, 0.0),
        };
        let Some(([x, y], depth_m)) = sight.project(set.place_at(slot, now)) else {
            continue;
        };
        let px_away = (x - at[0]).hypot(y - above_px - at[1]);
        if px_away <= 14.0 {
            // Depths are positive, so that their bits are in their order.
            found.push((px_away as u32, order, depth_m.to_bits(), slot));
        }
    }
    found.sort_unstable();
    found.truncate(12);
    found.into_iter().map(|(_, _, _, slot)| slot).collect()
}

fn picked(set: &PointSet, now: f32, sight: &Sight, at: [f32; 2], seen: &Seen) -> Vec<Hit> {
    let mut hits = Vec::new();
    pick(set, now, sight, at, 14.0, seen, 12, &mut hits);
    hits
}

fn points_of(hits: &[Hit]) -> Vec<u32> {
    let points = hits.iter().filter_map(|hit| match hit.what {
        HitWhat::Point(slot) => Some(slot),
        HitWhat::Cluster { .. } => None,
    });
    points.collect()
}

#[test]
fn a_pick_finds_what_a_look_at_every_point_finds() {
    let set = city(10, 60_000, 500);
    let mut dice = Dice(11);
    let mut found = 0;
    for sight in some_sights() {
        let dots = look_once(&set, &sight, Gather::Dots { dot_px: 3.0 });
        for _ in 0..25 {
            let at = dice.px();
            let all = points_of(&picked(&set, 0.0, &sight, at, &Seen::default()));
            assert_eq!(
                all,
                pick_by_hand(&set, 0.0, &sight, at, 0..set.slots()),
                "{at:?}"
            );
            let drawn = points_of(&picked(&set, 0.0, &sight, at, &dots));
            let by_hand = dots.points.iter().map(|point| point.slot);
            assert_eq!(
                drawn,
                pick_by_hand(&set, 0.0, &sight, at, by_hand),
                "{at:?}"
            );
            found += all.len() + drawn.len();
        }
    }
    assert!(found > 200, "{found}");
}

#[test]
fn a_cluster_is_picked_as_a_cluster_and_its_points_are_not() {
    let set = city(12, 20_000, 100_000);
    let sight = whole_city();
    let seen = look_once(&set, &sight, Gather::Symbols { cell_px: 48.0 });
    let (px, _) = sight.project(seen.clusters[3].at).expect("ahead");
    let hits = picked(&set, 0.0, &sight, px, &seen);
    let drawn = slots_of(&seen);
    assert!(points_of(&hits).iter().all(|slot| drawn.contains(slot)));
    let slots = seen.slots_of(3).expect("its slots");
    let expected = HitWhat::Cluster {
        index: 3,
        first: slots.start,
        end: slots.end,
        count: seen.clusters[3].count,
    };
    assert!(hits.iter().any(|hit| hit.what == expected), "{hits:?}");
}

#[test]
fn movers_are_found_where_they_are_now() {
    let rows = rows(13, 5_000, 700, 80.0);
    let mut set = PointSet::moving(UtcMillis(0));
    set.replace(&rows);
    let mut dice = Dice(14);
    for (row, [east, north, up]) in (0_u32..).zip(rows.places) {
        let to = [
            east + dice.between(-500.0, 500.0),
            north + dice.between(-500.0, 500.0),
            up,
        ];
        set.moved(row, to, 10.0);
    }
    // Half-way, before the blocks are derived anew and after.
    check_movers(&set, 14.0);
    set.settle(14.0);
    check_movers(&set, 14.0);
}

fn check_movers(set: &PointSet, now: f32) {
    let sight = some_sights()[1];
    let mut seen = Seen::default();
    look(set, now, &sight, &Gather::Each, 0.1, &mut seen);
    let drawn = slots_of(&seen);
    let inside = in_picture(set, now, &sight);
    assert!(inside.len() > 100, "{}", inside.len());
    for (slot, px) in &inside {
        assert!(drawn.contains(slot), "{slot} at {px:?}");
    }
    let mut boxed = Vec::new();
    let region = Region::Box {
        min: [0.0, 0.0],
        max: SIZE_PX,
    };
    within(set, now, &sight, &region, &mut boxed);
    let expected: Vec<u32> = inside.iter().map(|(slot, _)| *slot).collect();
    assert_eq!(boxed, expected);
    for (slot, px) in inside.iter().step_by(10) {
        let hits = points_of(&picked(set, now, &sight, *px, &Seen::default()));
        let by_hand = pick_by_hand(set, now, &sight, *px, 0..set.slots());
        assert_eq!(hits, by_hand, "{slot}");
    }
}

#[test]
fn a_lasso_holds_what_a_look_at_every_point_finds_in_it() {
    let mut set = city(15, 40_000, 900);
    set.set_filter(Some(&|row| row % 5 != 0));
    set.settle(0.0);
    let mut dice = Dice(16);
    let mut found = Vec::new();
    let mut total = 0;
    for sight in some_sights() {
        let line: Vec<[f32; 2]> = (0..24_u8)
            .map(|corner| {
                let (sin, cos) = (f32::from(corner) * 0.2618).sin_cos();
                let reach = dice.between(80.0, 340.0);
                [640.0 + cos * reach * 1.7, 360.0 + sin * reach]
            })
            .collect();
        within(&set, 0.0, &sight, &Region::Lasso(&line), &mut found);
        assert!(found.is_sorted_by(|one, other| one < other));
        total += found.len();
        let found: BTreeSet<u32> = found.iter().copied().collect();
        for (slot, px) in in_picture(&set, 0.0, &sight) {
            let is_on_line = distance_to(&line, px) < 0.02;
            let is_right = found.contains(&slot) == is_round(&line, px);
            assert!(is_right || is_on_line, "slot {slot} at {px:?}");
        }
        assert!(found.iter().all(|slot| set.is_visible(*slot)));
    }
    assert!(total > 1_000, "{total}");
}

#[test]
fn a_box_holds_what_a_look_at_every_point_finds_in_it_from_any_corner() {
    let set = city(17, 40_000, 900);
    let (mut one, mut other) = (Vec::new(), Vec::new());
    let (min, max) = ([200.0, 150.0], [900.0, 610.0]);
    for sight in some_sights() {
        within(&set, 0.0, &sight, &Region::Box { min, max }, &mut one);
        let turned = Region::Box { min: max, max: min };
        within(&set, 0.0, &sight, &turned, &mut other);
        assert_eq!(one, other);
        let by_hand: Vec<u32> = in_picture(&set, 0.0, &sight)
            .into_iter()
            .filter(|(_, [x, y])| *x >= min[0] && *x <= max[0] && *y >= min[1] && *y <= max[1])
            .map(|(slot, _)| slot)
            .collect();
        assert_eq!(one, by_hand);
    }
}

/// Counts crossings of a ray to the left, written anew so that it cannot share a mistake.
fn is_round(line: &[[f32; 2]], px: [f32; 2]) -> bool {
    let mut inside = false;
    let mut last = line[line.len() - 1];
    for corner in line {
        if (corner[1] > px[1]) != (last[1] > px[1]) {
            let part = (px[1] - corner[1]) / (last[1] - corner[1]);
            if corner[0] + part * (last[0] - corner[0]) < px[0] {
                inside = !inside;
            }
        }
        last = *corner;
    }
    inside
}

fn distance_to(line: &[[f32; 2]], px: [f32; 2]) -> f32 {
    let ends = line.iter().zip(line.iter().cycle().skip(1));
    ends.map(|(from, to)| {
        let along = [to[0] - from[0], to[1] - from[1]];
        let to_px = [px[0] - from[0], px[1] - from[1]];
        let length = along[0] * along[0] + along[1] * along[1];
        let part = ((to_px[0] * along[0] + to_px[1] * along[1]) / length).clamp(0.0, 1.0);
        (to_px[0] - along[0] * part).hypot(to_px[1] - along[1] * part)
    })
    .fold(f32::INFINITY, f32::min)
}

#[test]
fn areas_without_an_inside_and_looks_without_a_picture_are_empty() {
    let set = city(18, 1_000, 100);
    let sight = whole_city();
    let mut found = vec![7];
    let corner = [640.0, 360.0];
    let no_line = [corner; 3];
    let nowhere = [
        Region::Box {
            min: corner,
            max: corner,
        },
        Region::Box {
            min: [f32::NAN, 0.0],
            max: SIZE_PX,
        },
        Region::Lasso(&[]),
        Region::Lasso(&[[0.0, 0.0], SIZE_PX]),
        Region::Lasso(&[[0.0, 0.0], [f32::INFINITY, 0.0], SIZE_PX]),
        Region::Lasso(&no_line),
    ];
    for region in nowhere {
        within(&set, 0.0, &sight, &region, &mut found);
        assert!(found.is_empty(), "{region:?}");
        found.push(7);
    }
    let blind = [
        Sight {
            size_px: [0.0, 720.0],
            ..sight
        },
        Sight {
            eye: [f32::NAN; 3],
            ..sight
        },
        Sight {
            focal_px: 0.0,
            ..sight
        },
    ];
    for sight in blind {
        for gather in [
            Gather::Each,
            Gather::Dots { dot_px: 3.0 },
            Gather::Symbols { cell_px: 40.0 },
        ] {
            let seen = look_once(&set, &sight, gather);
            assert!(seen.points.is_empty() && seen.clusters.is_empty() && !seen.is_fading());
        }
        assert!(picked(&set, 0.0, &sight, corner, &Seen::default()).is_empty());
    }
    assert!(picked(&set, 0.0, &sight, [f32::NAN; 2], &Seen::default()).is_empty());
}

#[test]
fn an_empty_set_shows_nothing_and_rows_without_a_place_are_never_seen() {
    let empty = PointSet::standing(UtcMillis(0));
    let mut rows = rows(19, 300, 10, 10.0);
    for place in rows.places.iter_mut().step_by(2) {
        *place = [f32::NAN; 3];
    }
    let set = set_of(&rows);
    for gather in [
        Gather::Each,
        Gather::Dots { dot_px: 3.0 },
        Gather::Symbols { cell_px: 40.0 },
    ] {
        assert!(look_once(&empty, &whole_city(), gather).points.is_empty());
        let seen = look_once(&set, &whole_city(), gather);
        let rows: Vec<_> = seen
            .points
            .iter()
            .filter_map(|point| set.row_of(point.slot))
            .collect();
        assert!(!rows.is_empty() && rows.iter().all(|row| row % 2 == 1));
        let counted: u32 = seen.clusters.iter().map(|cluster| cluster.count).sum();
        assert!(counted <= 150);
    }
}
