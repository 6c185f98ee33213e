//! Which labels are kept: ranks, distances, written ones, and what they must not cover.

use super::*;
use cim_layers::look::Obstacle;

fn candidate(index: u32, rank: u8, x: f32, distance_m: f32) -> Candidate {
    Candidate {
        index,
        place: (0, 0),
        step_px: 0.0,
        name: index,
        rank,
        alarm: 0,
        is_shown: false,
        distance_m,
        centre_px: [x, 300.0],
        half_px: [40.0, 10.0],
        letters: (0, 0),
    }
}

/// Keeps labels apart as a desk does.
fn keep_apart(candidates: &mut Vec<Candidate>, boxes: &[PixelBox], most: usize) -> u64 {
    let mut keeper = Keeper::default();
    let apart = Apart {
        scale: 1.0,
        gap_px: LabelDensity::Normal.gap_px(),
        most,
        clear: &Obstacles::default(),
        height_px: 720.0,
    };
    keeper.keep(candidates, boxes, &apart);
    keeper.compared
}

#[track_caller]
fn check_kept(mut candidates: Vec<Candidate>, expected: &[u32]) {
    keep_apart(&mut candidates, &[], 120);
    let kept: Vec<u32> = candidates.iter().map(|candidate| candidate.index).collect();
    assert_eq!(kept, expected);
}

#[test]
fn a_district_goes_before_a_nearer_road() {
    check_kept(
        vec![candidate(0, 1, 400.0, 100.0), candidate(1, 0, 420.0, 900.0)],
        &[1],
    );
}

#[test]
fn among_equals_the_nearer_one_is_written() {
    check_kept(
        vec![candidate(0, 2, 400.0, 500.0), candidate(1, 2, 420.0, 100.0)],
        &[1],
    );
}

#[test]
fn a_written_label_keeps_its_place_against_its_equals() {
    let written = Candidate {
        is_shown: true,
        ..candidate(0, 2, 400.0, 500.0)
    };
    check_kept(vec![written, candidate(1, 2, 420.0, 100.0)], &[0]);
    check_kept(vec![written, candidate(1, 0, 420.0, 100.0)], &[1]);
}

#[test]
fn labels_side_by_side_are_both_written() {
    check_kept(
        vec![candidate(0, 2, 400.0, 1.0), candidate(1, 2, 500.0, 2.0)],
        &[0, 1],
    );
}

#[test]
fn the_same_name_is_written_once_nearby() {
    let again = Candidate {
        name: 0,
        ..candidate(1, 1, 600.0, 2.0)
    };
    let far = Candidate {
        name: 0,
        ..candidate(2, 1, 1000.0, 3.0)
    };
    check_kept(vec![candidate(0, 1, 400.0, 1.0), again, far], &[0, 2]);
}

#[test]
fn a_crowd_is_cut_off() {
    let mut crowd: Vec<Candidate> = (0..5_000)
        .map(|index| Candidate {
            centre_px: [(index % 100) as f32 * 12.0, (index / 100) as f32 * 14.0],
            half_px: [2.0, 2.0],
            ..candidate(index, 3, 0.0, 1.0)
        })
        .collect();
    keep_apart(&mut crowd, &[], 28);
    assert_eq!(crowd.len(), 28);
}

#[test]
fn roads_leave_half_of_the_names_to_others() {
    let names = (0..40).map(|index| candidate(index, 1, index as f32 * 100.0, 1.0));
    let towers = (40..80).map(|index| Candidate {
        centre_px: [(index - 40) as f32 * 100.0, 500.0],
        ..candidate(index, 3, 0.0, 1.0)
    });
    let mut all: Vec<Candidate> = names.chain(towers).collect();
    keep_apart(&mut all, &[], 20);
    let roads = all.iter().filter(|one| one.rank == ROAD_RANK).count();
    assert_eq!((all.len(), roads), (20, 10));
}

#[test]
fn larger_pictures_have_more_names_and_sharper_ones_do_not() {
    let most = |width, height, scale| {
        most_labels(&Viewport::new(width, height, scale), LabelDensity::Normal)
    };
    assert_eq!(most(1280, 720, 1.0), 28);
    assert_eq!(most(2560, 1440, 2.0), 28);
    assert_eq!(most(1920, 1080, 1.0), 63);
    assert_eq!(most(7680, 2160, 1.0), 120);
    assert_eq!(most(64, 64, 1.0), LEAST_LABELS);
    let screen = Viewport::new(3840, 2160, 1.0);
    assert_eq!(most_labels(&screen, LabelDensity::Few), 60);
    assert_eq!(most_labels(&screen, LabelDensity::Many), 2_000);
}

#[test]
fn a_written_label_may_come_closer_than_a_new_one() {
    let near = candidate(1, 2, 482.0, 2.0);
    check_kept(vec![candidate(0, 2, 400.0, 1.0), near], &[0]);
    let written = Candidate {
        is_shown: true,
        ..candidate(0, 2, 400.0, 1.0)
    };
    check_kept(
        vec![
            written,
            Candidate {
                is_shown: true,
                ..near
            },
        ],
        &[0, 1],
    );
}

#[test]
fn a_name_fits_into_the_bend_of_another() {
    // Two names along crossing roads: their boxes overlap, their letters only where they cross.
    let letters = |rising: f32, x: f32| {
        (0..5).map(move |step| PixelBox {
            centre: [x + step as f32 * 20.0, 300.0 + rising * step as f32 * 20.0],
            half: [9.0, 9.0],
        })
    };
    let boxes: Vec<PixelBox> = letters(1.0, 400.0)
        .chain(letters(1.0, 460.0))
        .chain(letters(-1.0, 400.0))
        .collect();
    let name = |index: u32, letters: (usize, usize)| {
        let around = PixelBox::around(&boxes[letters.0..letters.1]);
        Candidate {
            centre_px: around.centre,
            half_px: around.half,
            letters,
            ..candidate(index, 1, 0.0, index as f32)
        }
    };
    let kept = |names: Vec<Candidate>| {
        let mut names = names;
        keep_apart(&mut names, &boxes, 120);
        names.iter().map(|name| name.index).collect::<Vec<u32>>()
    };
    assert_eq!(kept(vec![name(0, (0, 5)), name(1, (5, 10))]), [0, 1]);
    assert_eq!(kept(vec![name(0, (0, 5)), name(2, (10, 15))]), [0]);
}

#[test]
fn a_thing_in_alarm_goes_before_its_equals_but_not_before_a_road() {
    let alarmed = Candidate {
        alarm: 4,
        ..candidate(0, 3, 400.0, 900.0)
    };
    let written = Candidate {
        is_shown: true,
        ..candidate(1, 3, 420.0, 100.0)
    };
    check_kept(vec![alarmed, written], &[0]);
    check_kept(
        vec![
            Candidate {
                alarm: 1,
                ..written
            },
            alarmed,
        ],
        &[0],
    );
    check_kept(vec![alarmed, candidate(2, 1, 420.0, 5_000.0)], &[2]);
}

/// Numbers below `below`, the same in every run (an LCG, Numerical Recipes §7.1).
fn any(state: &mut u32, below: f32) -> f32 {
    *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
    (*state >> 8) as f32 / (1 << 24) as f32 * below
}

/// Candidates of all ranks and sizes anywhere on a screen of 3840 × 2160.
fn crowd(count: u32, seed: u32) -> Vec<Candidate> {
    let mut state = seed;
    (0..count)
        .map(|index| Candidate {
            rank: any(&mut state, 4.0) as u8,
            is_shown: any(&mut state, 1.0) < 0.1,
            alarm: (any(&mut state, 1.3) as u8) * 3,
            distance_m: any(&mut state, 5_000.0),
            centre_px: [any(&mut state, 3_840.0), any(&mut state, 2_160.0)],
            half_px: [8.0 + any(&mut state, 60.0), 8.0 + any(&mut state, 4.0)],
            ..candidate(index, 0, 0.0, 0.0)
        })
        .collect()
}

fn keep_many(all: &mut Vec<Candidate>, keeper: &mut Keeper) {
    let apart = Apart {
        scale: 1.0,
        gap_px: LabelDensity::Many.gap_px(),
        most: 2_000,
        clear: &Obstacles::default(),
        height_px: 2_160.0,
    };
    keeper.keep(all, &[], &apart);
}

#[test]
fn two_thousand_labels_never_overlap() {
    let mut keeper = Keeper::default();
    for seed in 0..6 {
        let mut all = crowd(20_000, seed);
        keep_many(&mut all, &mut keeper);
        assert!(all.len() > 1_200, "{} labels", all.len());
        for (row, one) in all.iter().enumerate() {
            for other in &all[row + 1..] {
                assert!(!one.touches(other, &[], 0.0), "{one:?} and {other:?}");
            }
        }
    }
}

#[test]
fn two_thousand_labels_are_written_when_there_is_room() {
    let mut all: Vec<Candidate> = (0..3_000)
        .map(|index| Candidate {
            centre_px: [(index % 60) as f32 * 64.0, (index / 60) as f32 * 40.0],
            half_px: [20.0, 8.0],
            ..candidate(index, 3, 0.0, index as f32)
        })
        .collect();
    keep_many(&mut all, &mut Keeper::default());
    assert_eq!(all.len(), 2_000);
}

#[test]
fn the_grid_keeps_what_comparing_with_all_of_them_would() {
    for seed in 10..14 {
        let all = crowd(1_500, seed);
        let mut by_grid = all.clone();
        keep_many(&mut by_grid, &mut Keeper::default());
        let mut sorted: Vec<(u64, Candidate)> = all
            .iter()
            .enumerate()
            .map(|(row, one)| (one.key(row), *one))
            .collect();
        sorted.sort_by_key(|(key, _)| *key);
        let mut plain: Vec<Candidate> = Vec::new();
        let mut roads = 0;
        for (_, one) in sorted {
            let gap = if one.is_shown { 0.0 } else { 4.0 };
            let is_free = !plain.iter().any(|other| one.touches(other, &[], gap));
            if is_free && (one.rank != ROAD_RANK || roads < 1_000) {
                roads += usize::from(one.rank == ROAD_RANK);
                plain.push(one);
            }
        }
        assert_eq!(by_grid, plain);
    }
}

#[test]
fn written_labels_stay_when_the_picture_moves_a_little() {
    let mut keeper = Keeper::default();
    let mut first = crowd(5_000, 77);
    let all = first.clone();
    keep_many(&mut first, &mut keeper);
    let written: std::collections::BTreeSet<u32> = first.iter().map(|label| label.index).collect();
    // The camera comes nearer by a little: other things are nearest now.
    let mut second: Vec<Candidate> = all
        .iter()
        .map(|label| Candidate {
            is_shown: written.contains(&label.index),
            distance_m: 5_000.0 - label.distance_m,
            ..*label
        })
        .collect();
    keep_many(&mut second, &mut keeper);
    let kept = second
        .iter()
        .filter(|label| written.contains(&label.index))
        .count();
    assert_eq!(kept, written.len());
}

#[test]
fn fifty_thousand_candidates_are_compared_with_their_neighbours_only() {
    // On a small screen there is no end before the last candidate: it is full long before.
    let mut all = crowd(50_000, 3);
    for one in &mut all {
        one.centre_px = one.centre_px.map(|px| px * 0.4);
    }
    let mut keeper = Keeper::default();
    keep_many(&mut all, &mut keeper);
    assert!(all.len() > 250, "{} labels", all.len());
    // Comparing with all that are kept would take some seven million.
    assert!(
        keeper.compared < 250_000,
        "{} comparisons for 50 000 candidates",
        keeper.compared
    );
}

/// The index and place of what is kept beside discs of 14 px with these middles.
fn kept_beside(discs: &[[f32; 2]], candidates: &[Candidate]) -> Vec<(u32, u32)> {
    let mut clear = Obstacles::default();
    for centre_px in discs {
        clear.add(Obstacle {
            centre_px: *centre_px,
            half_px: [0.0, 0.0],
            round_px: 14.0,
        });
    }
    clear.settle([1280.0, 720.0], 1.0);
    let mut candidates = candidates.to_vec();
    let apart = Apart {
        scale: 1.0,
        gap_px: LabelDensity::Normal.gap_px(),
        most: 120,
        clear: &clear,
        height_px: 720.0,
    };
    Keeper::default().keep(&mut candidates, &[], &apart);
    let kept = candidates.iter();
    kept.map(|one| (one.index, one.place.0)).collect()
}

/// A name beside a point that may be moved by 22 px.
fn movable(index: u32) -> Candidate {
    Candidate {
        step_px: 22.0,
        ..candidate(index, 2, 400.0, 1.0)
    }
}

#[test]
fn a_name_along_a_road_that_would_cover_a_cluster_is_left_out() {
    let name = candidate(0, 1, 400.0, 1.0);
    assert!(kept_beside(&[[430.0, 305.0]], &[name]).is_empty());
    assert_eq!(kept_beside(&[[430.0, 330.0]], &[name]), [(0, 0)]);
}

#[test]
fn a_name_beside_a_point_moves_out_of_the_way_of_a_cluster() {
    // Above the middle of the name: one step down is enough. Below it: one step up.
    assert_eq!(kept_beside(&[[400.0, 290.0]], &[movable(0)]), [(0, 1)]);
    assert_eq!(kept_beside(&[[400.0, 310.0]], &[movable(0)]), [(0, 2)]);
    // In its middle: two steps down.
    assert_eq!(kept_beside(&[[400.0, 300.0]], &[movable(0)]), [(0, 3)]);
    let everywhere: Vec<[f32; 2]> = (0..9)
        .map(|row| [400.0, 220.0 + row as f32 * 20.0])
        .collect();
    assert!(kept_beside(&everywhere, &[movable(0)]).is_empty());
}

#[test]
fn a_written_name_keeps_its_place_until_a_cluster_touches_it() {
    // The lower edge of the name is at 310 px, the upper edge of the disc at 312 px, then at 309 px.
    let written = Candidate {
        is_shown: true,
        ..movable(0)
    };
    assert_eq!(kept_beside(&[[400.0, 326.0]], &[written]), [(0, 0)]);
    assert_eq!(kept_beside(&[[400.0, 326.0]], &[movable(0)]), [(0, 2)]);
    assert_eq!(kept_beside(&[[400.0, 323.0]], &[written]), [(0, 2)]);
}

#[test]
fn a_moved_name_goes_home_only_when_there_is_room_to_spare() {
    let moved = Candidate {
        place: (2, 0),
        is_shown: true,
        ..movable(0)
    };
    assert_eq!(kept_beside(&[[400.0, 326.0]], &[moved]), [(0, 2)]);
    assert_eq!(kept_beside(&[[400.0, 329.0]], &[moved]), [(0, 0)]);
    assert_eq!(kept_beside(&[], &[moved]), [(0, 0)]);
}

#[test]
fn only_obstacles_move_a_name() {
    let nearer = candidate(1, 2, 420.0, 0.5);
    assert_eq!(kept_beside(&[], &[movable(0), nearer]), [(1, 0)]);
    let high = Candidate {
        centre_px: [400.0, 10.0],
        ..movable(0)
    };
    // One step up would be out of the picture.
    assert_eq!(kept_beside(&[[400.0, 20.0]], &[high]), [(0, 3)]);
}
