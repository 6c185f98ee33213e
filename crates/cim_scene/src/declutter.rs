//! Which labels can be written without touching each other. Pure; what is a candidate and how it fades is `labels`'s.
//!
//! What is written already is found by a coarse grid over the picture; whether two labels touch is then asked exactly, since a
//! grid's rounding would make labels flicker.

use crate::{Viewport, labels::LabelDensity};

/// Never fewer labels than this, however small the picture.
const LEAST_LABELS: usize = 6;
/// A picture that densities are stated for, CSS px.
const USUAL_CSS_PX: f64 = 1280.0 * 720.0;
/// The rank of roads. They take half of the labels at most, so that in a dense net of roads landmarks still have names.
const ROAD_RANK: u8 = 1;

/// The same name is written again only this far away, CSS px: a road comes in many pieces.
const SAME_NAME_APART_PX: f32 = 480.0;
/// Width and height of a cell of the grid, CSS px: about a name.
const CELL_PX: [f32; 2] = [96.0, 32.0];
/// Cells along one side of the grid at most.
const MOST_CELLS: usize = 128;
/// Bits of a sorting key that say which candidate it is.
const ROW_BITS: u32 = 24;
/// Candidates at most; what comes after them is left out.
pub(crate) const MOST_CANDIDATES: usize = 200_000;

/// A label that could be written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Candidate {
    /// Which label.
    pub(crate) index: u32,
    /// Which place along its path, and of how many; (0, 0) for one beside a point.
    pub(crate) place: (u32, u32),
    /// Equal for labels with the same text.
    pub(crate) name: u32,
    /// Lower goes first.
    pub(crate) rank: u8,
    /// Severity of the alarm that its thing is in, 0 for none; among equals of rank the worse goes first.
    pub(crate) alarm: u8,
    /// True when it is written already: it keeps its place against its equals.
    pub(crate) is_shown: bool,
    /// Distance from the eye, metres.
    pub(crate) distance_m: f32,
    /// Middle of the box around the text with its halo, px.
    pub(crate) centre_px: [f32; 2],
    /// Half width and half height of that box, px.
    pub(crate) half_px: [f32; 2],
    /// First row and row after the last of its letters' boxes; none for a level text, which fills its own box.
    pub(crate) letters: (usize, usize),
}

/// An upright box on the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct PixelBox {
    /// Its middle, px.
    pub(crate) centre: [f32; 2],
    /// Half its width and height, px.
    pub(crate) half: [f32; 2],
}

impl PixelBox {
    /// The box around boxes; empty at the origin for none.
    pub(crate) fn around(boxes: &[Self]) -> Self {
        let Some(first) = boxes.first() else {
            return Self::default();
        };
        let side = |axis: usize| {
            let ends = |one: &Self| {
                (
                    one.centre[axis] - one.half[axis],
                    one.centre[axis] + one.half[axis],
                )
            };
            boxes.iter().fold(ends(first), |(least, most), one| {
                let (from, to) = ends(one);
                (least.min(from), most.max(to))
            })
        };
        let (left, right) = side(0);
        let (top, bottom) = side(1);
        Self {
            centre: [f32::midpoint(left, right), f32::midpoint(top, bottom)],
            half: [(right - left) * 0.5, (bottom - top) * 0.5],
        }
    }

    /// True when less than `gap` px lie between two boxes.
    fn meets(&self, other: &Self, gap: f32) -> bool {
        let apart = |axis: usize| (other.centre[axis] - self.centre[axis]).abs();
        apart(0) < self.half[0] + other.half[0] + gap
            && apart(1) < self.half[1] + other.half[1] + gap
    }
}

/// How many labels a picture may have; `viewport.scale` has the size of texts in it.
pub(crate) fn most_labels(viewport: &Viewport, density: LabelDensity) -> usize {
    let (usual, most) = density.names();
    let css_px = viewport.width_px * viewport.height_px / (viewport.scale * viewport.scale);
    ((css_px * usual / USUAL_CSS_PX).round() as usize).clamp(LEAST_LABELS, most)
}

/// How labels are kept apart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Apart {
    /// Physical px per CSS px, with the size of texts in it.
    pub(crate) scale: f32,
    /// The distance that a new label keeps from others, CSS px. One that is written already only has to not touch them.
    pub(crate) gap_px: f32,
    /// How many labels at most.
    pub(crate) most: usize,
}

/// Keeps labels apart; its memory is used again from one layout to the next.
#[derive(Default)]
pub(crate) struct Keeper {
    order: Vec<u64>,
    kept: Vec<Candidate>,
    /// Rows in `kept` of those in each cell.
    cells: Vec<Vec<u32>>,
    /// For each name the row after that of the label kept last; 0 for none.
    newest: Vec<u32>,
    /// For each kept label the same for the one kept before it with its name.
    before: Vec<u32>,
    /// Pairs of labels that were compared by the newest layout.
    compared: u64,
}

impl Keeper {
    /// Sorts the candidates by who goes first and keeps those that fit. `boxes` are those of letters.
    pub(crate) fn keep(
        &mut self,
        candidates: &mut Vec<Candidate>,
        boxes: &[PixelBox],
        apart: &Apart,
    ) {
        candidates.truncate(MOST_CANDIDATES);
        let grid = Grid::of(candidates, apart.scale);
        self.begin(candidates, &grid);
        let mut roads_left = apart.most.div_ceil(2);
        for place in 0..self.order.len() {
            if self.kept.len() >= apart.most {
                break;
            }
            let row = self.order.get(place).map(|key| key & ((1 << ROW_BITS) - 1));
            let Some(candidate) = row.and_then(|row| candidates.get(row as usize)) else {
                continue;
            };
            let is_road = candidate.rank == ROAD_RANK;
            if (is_road && roads_left == 0) || self.is_taken(candidate, boxes, apart, &grid) {
                continue;
            }
            self.take(candidate, &grid);
            roads_left -= usize::from(is_road);
        }
        candidates.clear();
        candidates.extend_from_slice(&self.kept);
    }

    fn begin(&mut self, candidates: &[Candidate], grid: &Grid) {
        self.compared = 0;
        self.kept.clear();
        self.before.clear();
        self.order.clear();
        let keys = candidates.iter().enumerate();
        self.order
            .extend(keys.map(|(row, candidate)| candidate.key(row)));
        self.order.sort_unstable();
        let names = candidates
            .iter()
            .map(|candidate| candidate.name as usize + 1);
        self.newest.clear();
        self.newest.resize(names.max().unwrap_or_default(), 0);
        for cell in &mut self.cells {
            cell.clear();
        }
        let count = grid.columns * grid.rows;
        if self.cells.len() < count {
            self.cells.resize_with(count, Vec::new);
        }
    }

    fn is_taken(
        &mut self,
        candidate: &Candidate,
        boxes: &[PixelBox],
        apart: &Apart,
        grid: &Grid,
    ) -> bool {
        let mut same = self.newest_of(candidate.name);
        while let Some(other) = same.checked_sub(1).map(|row| row as usize) {
            let Some(kept) = self.kept.get(other) else {
                break;
            };
            if kept.is_near(candidate, SAME_NAME_APART_PX * apart.scale) {
                return true;
            }
            same = self.before.get(other).copied().unwrap_or_default();
        }
        let gap = if candidate.is_shown {
            0.0
        } else {
            apart.gap_px * apart.scale
        };
        for cell in grid.cells(&candidate.around(), gap) {
            for row in self.cells.get(cell).map_or(&[][..], Vec::as_slice) {
                self.compared += 1;
                let other = self.kept.get(*row as usize);
                if other.is_some_and(|other| candidate.touches(other, boxes, gap)) {
                    return true;
                }
            }
        }
        false
    }

    fn newest_of(&self, name: u32) -> u32 {
        self.newest.get(name as usize).copied().unwrap_or_default()
    }

    fn take(&mut self, candidate: &Candidate, grid: &Grid) {
        let row = self.kept.len() as u32;
        let before = self.newest_of(candidate.name);
        self.before.push(before);
        if let Some(newest) = self.newest.get_mut(candidate.name as usize) {
            *newest = row + 1;
        }
        for cell in grid.cells(&candidate.around(), 0.0) {
            if let Some(rows) = self.cells.get_mut(cell) {
                rows.push(row);
            }
        }
        self.kept.push(*candidate);
    }
}

/// A grid over the middles of all candidates. What lies beyond counts to the cells at its edge.
struct Grid {
    from: [f32; 2],
    cell: [f32; 2],
    columns: usize,
    rows: usize,
}

impl Grid {
    fn of(candidates: &[Candidate], scale: f32) -> Self {
        let least_cell = CELL_PX.map(|side| side * scale.max(0.01));
        let ends = |axis: usize| {
            let middles = candidates.iter().map(|candidate| candidate.centre_px[axis]);
            middles.fold((f32::INFINITY, f32::NEG_INFINITY), |(least, most), at| {
                (least.min(at), most.max(at))
            })
        };
        let side = |axis: usize| {
            let (from, to) = ends(axis);
            let length = (to - from).max(0.0);
            let count = ((length / least_cell[axis]).floor() as usize + 1).min(MOST_CELLS);
            let from = if from.is_finite() { from } else { 0.0 };
            (from, least_cell[axis].max(length / count as f32), count)
        };
        let ((left, wide, columns), (top, tall, rows)) = (side(0), side(1));
        Self {
            from: [left, top],
            cell: [wide, tall],
            columns,
            rows,
        }
    }

    /// The cells that a box with `gap` px around it reaches into.
    fn cells(&self, around: &PixelBox, gap: f32) -> impl Iterator<Item = usize> {
        let span = |axis: usize, count: usize| {
            let cell_at = |px: f32| {
                let cell = ((px - self.from[axis]) / self.cell[axis]).floor().max(0.0);
                (cell as usize).min(count.saturating_sub(1))
            };
            let half = around.half[axis] + gap;
            cell_at(around.centre[axis] - half)..=cell_at(around.centre[axis] + half)
        };
        let (columns, across) = (self.columns, span(0, self.columns));
        span(1, self.rows)
            .flat_map(move |row| across.clone().map(move |column| row * columns + column))
    }
}

impl Candidate {
    /// Orders candidates: by rank, then the worse alarm, then what is written already, then the nearer one, then the earlier one.
    fn key(&self, row: usize) -> u64 {
        // Of numbers that are not negative, the bits are in the numbers' order.
        let distance = u64::from(self.distance_m.max(0.0).to_bits());
        let quiet = 7 - u64::from(self.alarm.min(7));
        let rank = u64::from(self.rank.min(7));
        let first = (rank << 4) | (quiet << 1) | u64::from(!self.is_shown);
        (first << 56) | (distance << ROW_BITS) | row as u64
    }

    /// True when the middles of two are nearer than this.
    fn is_near(&self, other: &Self, px: f32) -> bool {
        let across = other.centre_px[0] - self.centre_px[0];
        let down = other.centre_px[1] - self.centre_px[1];
        across.hypot(down) < px
    }

    /// True when less than `gap` px lie between the letters of this one and those of another.
    fn touches(&self, other: &Self, boxes: &[PixelBox], gap: f32) -> bool {
        let (own, others) = (self.around(), other.around());
        own.meets(&others, gap)
            && self.letters_in(boxes, &own).iter().any(|one| {
                other
                    .letters_in(boxes, &others)
                    .iter()
                    .any(|two| one.meets(two, gap))
            })
    }

    /// The box around the whole text.
    fn around(&self) -> PixelBox {
        PixelBox {
            centre: self.centre_px,
            half: self.half_px,
        }
    }

    /// The boxes of its letters, or the one around all of them.
    fn letters_in<'a>(&self, boxes: &'a [PixelBox], around: &'a PixelBox) -> &'a [PixelBox] {
        match boxes.get(self.letters.0..self.letters.1) {
            Some(letters) if !letters.is_empty() => letters,
            Some(_) | None => std::slice::from_ref(around),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(index: u32, rank: u8, x: f32, distance_m: f32) -> Candidate {
        Candidate {
            index,
            place: (0, 0),
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
        let written: std::collections::BTreeSet<u32> =
            first.iter().map(|label| label.index).collect();
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
}
