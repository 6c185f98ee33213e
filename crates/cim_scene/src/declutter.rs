//! Which labels can be written without touching each other or what they must not cover. Pure; what is a candidate and how it
//! fades is `labels`'s.
//!
//! A label beside a point that would cover an obstacle is moved up or down by its own height or twice that, or left out; one
//! along a road is left out, since its road has other places for it.
//!
//! What is written already is found by a coarse grid over the picture; whether two labels touch is then asked exactly, since a
//! grid's rounding would make labels flicker.

#[cfg(test)]
mod tests;

use crate::{Viewport, labels::LabelDensity};
use cim_layers::look::Obstacles;

/// Never fewer labels than this, however small the picture.
const LEAST_LABELS: usize = 6;
/// A picture that densities are stated for, CSS px.
const USUAL_CSS_PX: f64 = 1280.0 * 720.0;
/// The rank of roads. They take half of the labels at most, so that in a dense net of roads landmarks still have names.
const ROAD_RANK: u8 = 1;

/// The same name is written again only this far away, CSS px: a road comes in many pieces.
const SAME_NAME_APART_PX: f32 = 480.0;
/// The distance that a new label keeps from obstacles, CSS px. One that is written already only has to not touch them.
const CLEAR_PX: f32 = 4.0;
/// Where a label beside a point may stand, in steps down the screen; the first that is free is taken.
const STEPS: [f32; 5] = [0.0, 1.0, -1.0, 2.0, -2.0];
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
    /// Which place along its path, and of how many; beside a point which of its steps it stands on (0 at home), and 0.
    pub(crate) place: (u32, u32),
    /// How far a step to another place beside its point is, px; 0 for one along a path, which is not moved.
    pub(crate) step_px: f32,
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
    /// Middle of the box around the text with its halo, px; of one beside a point, until it is kept, that of its home.
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

/// How many places a label beside a point has.
pub(crate) fn steps() -> std::ops::Range<u32> {
    0..STEPS.len() as u32
}

/// How far down the screen a label beside a point is moved on one of its places, px.
pub(crate) fn moved_px(place: u32, step_px: f32) -> f32 {
    STEPS.get(place as usize).copied().unwrap_or_default() * step_px
}

/// How labels are kept apart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Apart<'a> {
    /// Physical px per CSS px, with the size of texts in it.
    pub(crate) scale: f32,
    /// The distance that a new label keeps from others, CSS px. One that is written already only has to not touch them.
    pub(crate) gap_px: f32,
    /// How many labels at most.
    pub(crate) most: usize,
    /// What no label may cover.
    pub(crate) clear: &'a Obstacles,
    /// Height of the picture, px: no label is moved out of it.
    pub(crate) height_px: f32,
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
        apart: &Apart<'_>,
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
            if is_road && roads_left == 0 {
                continue;
            }
            let Some(placed) = self.place(candidate, boxes, apart, &grid) else {
                continue;
            };
            self.take(&placed, &grid);
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

    /// The candidate where there is room for it; `None` where there is none.
    fn place(
        &mut self,
        candidate: &Candidate,
        boxes: &[PixelBox],
        apart: &Apart<'_>,
        grid: &Grid,
    ) -> Option<Candidate> {
        if candidate.step_px <= 0.0 {
            let is_free = !self.is_taken(candidate, boxes, apart, grid)
                && !candidate.is_covering(boxes, apart);
            return is_free.then_some(*candidate);
        }
        let stood = candidate.place.0;
        let home = candidate.on_step(0);
        let is_covering = home.is_covering(boxes, apart);
        if !is_covering && !self.is_taken(&home, boxes, apart, grid) {
            return Some(home);
        }
        // Only obstacles move a label; another label in its place hides it.
        if !is_covering && stood == 0 {
            return None;
        }
        let others = steps().filter(|step| *step != 0 && *step != stood);
        let moves = std::iter::once(stood).filter(|step| *step != 0);
        moves
            .chain(others)
            .map(|step| candidate.on_step(step))
            .find(|moved| {
                (0.0..=apart.height_px).contains(&moved.centre_px[1])
                    && !moved.is_covering(boxes, apart)
                    && !self.is_taken(moved, boxes, apart, grid)
            })
    }

    fn is_taken(
        &mut self,
        candidate: &Candidate,
        boxes: &[PixelBox],
        apart: &Apart<'_>,
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

    /// The same on one of its places beside its point. Where it does not stand yet, it has to keep its distance.
    fn on_step(&self, step: u32) -> Self {
        let [x, y] = self.centre_px;
        Self {
            place: (step, self.place.1),
            is_shown: self.is_shown && step == self.place.0,
            centre_px: [x, y + moved_px(step, self.step_px)],
            ..*self
        }
    }

    /// True when it would cover an obstacle.
    fn is_covering(&self, boxes: &[PixelBox], apart: &Apart<'_>) -> bool {
        let gap = if self.is_shown {
            0.0
        } else {
            CLEAR_PX * apart.scale
        };
        let is_near = |one: &PixelBox| apart.clear.is_near(one.centre, one.half, gap);
        let around = self.around();
        let letters = self.letters_in(boxes, &around);
        is_near(&around) && (letters.len() == 1 || letters.iter().any(is_near))
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
