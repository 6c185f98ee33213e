//! What names must not cover: the discs of clusters, the pins of events, and symbols that are high or critical.
//!
//! All other symbols and dots are no obstacles: they are many, and a name over them hides little. Pixels are physical, y down,
//! from the viewport's top left. What stands near a box is found by a grid of cells.

use super::walk::is_urgent;
use super::{Seen, Sight};
use crate::points::{PointSet, PointState, SHAPE_EVENT};

/// More obstacles than this are left out.
pub const MOST_OBSTACLES: usize = 8_192;
/// A look that draws more points than this is not searched for single symbols: nobody tells them apart any more.
const MOST_POINTS: usize = 20_000;
/// Side of a cell of the grid, CSS px: about a disc and its surroundings.
const CELL_PX: f32 = 64.0;
/// Cells along one side of the grid at most.
const MOST_CELLS: usize = 128;
/// The border around discs and symbols, CSS px.
const BORDER_PX: f32 = 1.5;

/// A box with round corners on the screen; a disc when its inner box is a point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Obstacle {
    /// Its middle, px.
    pub centre_px: [f32; 2],
    /// Half width and half height of its inner box, px.
    pub half_px: [f32; 2],
    /// How far it reaches around its inner box, px.
    pub round_px: f32,
}

impl Obstacle {
    /// True when less than `gap_px` lie between it and a box with this middle and these half sides, px.
    pub fn is_near(&self, centre_px: [f32; 2], half_px: [f32; 2], gap_px: f32) -> bool {
        let apart = |axis: usize| {
            let between = (self.centre_px[axis] - centre_px[axis]).abs();
            (between - self.half_px[axis] - half_px[axis]).max(0.0)
        };
        let (across, down) = (apart(0), apart(1));
        let reach = self.round_px + gap_px;
        // Asked this way round, an obstacle without size covers nothing.
        reach > 0.0 && across * across + down * down < reach * reach
    }

    /// A disc.
    fn disc(centre_px: [f32; 2], round_px: f32) -> Self {
        Self {
            centre_px,
            half_px: [0.0, 0.0],
            round_px,
        }
    }

    /// True when both are at the same place and of the same size, give or take so many px.
    fn is_like(&self, other: &Self, px: f32) -> bool {
        let is_close = |one: f32, two: f32| (one - two).abs() <= px;
        is_close(self.centre_px[0], other.centre_px[0])
            && is_close(self.centre_px[1], other.centre_px[1])
            && is_close(self.half_px[1], other.half_px[1])
            && is_close(self.round_px, other.round_px)
    }
}

/// The obstacles in a picture. Its memory is used again from one picture to the next.
#[derive(Debug, Default)]
pub struct Obstacles {
    all: Vec<Obstacle>,
    grid: Grid,
    /// For each cell the place in `rows` where it begins; one more at the end.
    starts: Vec<u32>,
    /// Rows in `all`, cell by cell.
    rows: Vec<u32>,
}

impl Obstacles {
    /// Every obstacle, in the order in which they were taken.
    pub fn all(&self) -> &[Obstacle] {
        &self.all
    }

    /// Takes all of them away.
    pub fn clear(&mut self) {
        self.all.clear();
        self.rows.clear();
        self.starts.clear();
    }

    /// Takes one; left out when there are [`MOST_OBSTACLES`] already. Found after [`Obstacles::settle`].
    pub fn add(&mut self, obstacle: Obstacle) {
        if self.all.len() < MOST_OBSTACLES {
            self.all.push(obstacle);
        }
    }

    /// Takes what a look at a set at `now` (seconds since its epoch) shows of clusters, events and urgent points. Symbols are
    /// `share` times as large as their shapes' own size. Found after [`Obstacles::settle`].
    pub fn add_seen(&mut self, set: &PointSet, now: f32, sight: &Sight, seen: &Seen, share: f32) {
        if !seen.is_of(set) {
            return;
        }
        let drawn = if seen.points.len() > MOST_POINTS {
            &[][..]
        } else {
            seen.points.as_slice()
        };
        for point in drawn {
            let state = set.state(point.slot);
            let is_event = state.shape() == SHAPE_EVENT;
            if !is_event && !is_urgent(state.class()) {
                continue;
            }
            if let Some((px, _)) = sight.project(set.place_at(point.slot, now)) {
                self.add(symbol_at(px, state, share, sight.scale));
            }
        }
        for cluster in &seen.clusters {
            if let Some((px, _)) = sight.project(cluster.at) {
                let round_px = (cluster.radius_px() + BORDER_PX) * sight.scale;
                self.add(Obstacle::disc(px, round_px));
            }
        }
    }

    /// Sorts what was taken into a grid over a picture of this size (px) and scale (physical px per CSS px). To be called before
    /// asking what is near.
    pub fn settle(&mut self, size_px: [f32; 2], scale: f32) {
        self.grid = Grid::over(size_px, scale);
        let count = self.grid.columns * self.grid.rows;
        self.starts.clear();
        self.starts.resize(count + 1, 0);
        for obstacle in &self.all {
            let around = reach_of(obstacle);
            for cell in self.grid.cells(obstacle.centre_px, around) {
                if let Some(held) = self.starts.get_mut(cell) {
                    *held += 1;
                }
            }
        }
        let mut end = 0;
        for start in &mut self.starts {
            end += *start;
            *start = end;
        }
        // From each cell's end to its beginning.
        self.rows.clear();
        self.rows.resize(end as usize, 0);
        for (row, obstacle) in (0_u32..).zip(&self.all) {
            let around = reach_of(obstacle);
            for cell in self.grid.cells(obstacle.centre_px, around) {
                let Some(start) = self.starts.get_mut(cell) else {
                    continue;
                };
                *start = start.saturating_sub(1);
                if let Some(place) = self.rows.get_mut(*start as usize) {
                    *place = row;
                }
            }
        }
    }

    /// True when less than `gap_px` lie between a box (its middle and half sides, px) and any of them.
    pub fn is_near(&self, centre_px: [f32; 2], half_px: [f32; 2], gap_px: f32) -> bool {
        if self.rows.is_empty() {
            return false;
        }
        let around = half_px.map(|half| half + gap_px);
        self.grid.cells(centre_px, around).any(|cell| {
            self.in_cell(cell).iter().any(|row| {
                let found = self.all.get(*row as usize);
                found.is_some_and(|one| one.is_near(centre_px, half_px, gap_px))
            })
        })
    }

    /// True when these are not the same as those there: another number, or one of them elsewhere by more than so many px.
    pub fn differ_from(&self, others: &[Obstacle], px: f32) -> bool {
        let is_like = |(one, other): (&Obstacle, &Obstacle)| one.is_like(other, px);
        self.all.len() != others.len() || !self.all.iter().zip(others).all(is_like)
    }

    fn in_cell(&self, cell: usize) -> &[u32] {
        let bound = |place: usize| self.starts.get(place).copied().unwrap_or_default() as usize;
        self.rows
            .get(bound(cell)..bound(cell + 1))
            .unwrap_or_default()
    }
}

/// A single symbol at a pixel, as `shaders/points.wgsl` draws it near the eye; a pin stands on its place.
fn symbol_at([x, y]: [f32; 2], state: PointState, share: f32, scale: f32) -> Obstacle {
    let class = f32::from(state.class() % 5);
    if state.shape() == SHAPE_EVENT {
        let radius = (12.0 + class) * share * scale;
        return Obstacle {
            centre_px: [x, y - radius],
            half_px: [0.0, radius * 0.5],
            round_px: radius + BORDER_PX * scale,
        };
    }
    let radius = (10.0 + 1.4 * class) * share;
    Obstacle::disc([x, y], (radius + BORDER_PX) * scale)
}

/// Half the sides of the box around an obstacle, px.
fn reach_of(obstacle: &Obstacle) -> [f32; 2] {
    obstacle.half_px.map(|half| half + obstacle.round_px)
}

/// Cells over a picture. What lies beyond its edge counts to the cells at the edge.
#[derive(Clone, Copy, Debug, Default)]
struct Grid {
    cell_px: [f32; 2],
    columns: usize,
    rows: usize,
}

impl Grid {
    fn over(size_px: [f32; 2], scale: f32) -> Self {
        // `max` takes the other one for a NaN.
        let least_px = CELL_PX * scale.max(0.01);
        let side = |axis: usize| {
            let length = size_px[axis].max(1.0);
            let fitting = (length / least_px).min(MOST_CELLS as f32);
            let count = (fitting as usize + 1).min(MOST_CELLS);
            (count, least_px.max(length / count as f32))
        };
        let ((columns, wide), (rows, tall)) = (side(0), side(1));
        Self {
            cell_px: [wide, tall],
            columns,
            rows,
        }
    }

    /// The cells that a box reaches into.
    fn cells(&self, centre_px: [f32; 2], half_px: [f32; 2]) -> impl Iterator<Item = usize> + use<> {
        let span = |axis: usize, count: usize| {
            let cell_at = |px: f32| {
                let cell = (px / self.cell_px[axis]).max(0.0);
                (cell as usize).min(count.saturating_sub(1))
            };
            let (at, half) = (centre_px[axis], half_px[axis]);
            cell_at(at - half)..=cell_at(at + half)
        };
        let (columns, across) = (self.columns, span(0, self.columns));
        span(1, self.rows)
            .flat_map(move |row| across.clone().map(move |column| row * columns + column))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Gather, look};
    use super::*;
    use crate::points::{PointRows, SHAPE_CAMERA, SHAPE_DOT};
    use cim_model::UtcMillis;

    const SIZE_PX: [f32; 2] = [1280.0, 720.0];

    /// From 1 000 m straight above the origin; 1 px is 1 m on the ground.
    fn from_above() -> Sight {
        let focal_px = 1_000.0;
        let (wide, tall) = (2.0 * focal_px / SIZE_PX[0], 2.0 * focal_px / SIZE_PX[1]);
        Sight::new(
            [
                [wide, 0.0, 0.0, 0.0],
                [0.0, tall, 0.0, 0.0],
                [0.0, 0.0, 0.0, -1.0],
                [0.0, 0.0, 0.5, 0.0],
            ],
            [0.0, 0.0, 1_000.0],
            SIZE_PX,
            focal_px,
            1.0,
        )
    }

    /// What is in the way of names with these points, brought together within `cell_px`.
    fn obstacles(points: &[([f32; 2], PointState)], cell_px: f32) -> Obstacles {
        let mut rows = PointRows::default();
        for ([east, north], state) in points {
            rows.places.push([*east, *north, 0.0]);
            rows.states.push(*state);
            rows.seen.push(0.0);
            rows.period.push(f32::INFINITY);
        }
        let mut set = PointSet::standing(UtcMillis(0));
        set.replace(&rows);
        let (sight, mut seen) = (from_above(), Seen::default());
        look(
            &set,
            0.0,
            &sight,
            &Gather::Symbols { cell_px },
            1.0,
            &mut seen,
        );
        let mut found = Obstacles::default();
        found.add_seen(&set, 0.0, &sight, &seen, 1.0);
        found.settle(SIZE_PX, 1.0);
        found
    }

    /// A name of 80 × 20 px whose middle is so far from the middle of the picture, px to the right and down.
    fn is_covered(found: &Obstacles, [right, down]: [f32; 2], gap_px: f32) -> bool {
        found.is_near([640.0 + right, 360.0 + down], [40.0, 10.0], gap_px)
    }

    #[test]
    fn a_cluster_is_in_the_way_of_a_name_as_far_as_its_disc_reaches() {
        let dots: Vec<([f32; 2], PointState)> = (0..10)
            .map(|step| ([step as f32 - 4.5, 0.0], PointState::new(SHAPE_DOT, 0)))
            .collect();
        let found = obstacles(&dots, 4_000.0);
        // Ten of them: a disc of 14 px and its border.
        assert_eq!(found.all().len(), 1);
        assert!(is_covered(&found, [0.0, 0.0], 0.0));
        assert!(is_covered(&found, [0.0, 24.0], 0.0));
        assert!(!is_covered(&found, [0.0, 26.5], 0.0));
        assert!(
            is_covered(&found, [0.0, 26.5], 4.0),
            "a new name keeps away"
        );
        assert!(
            !is_covered(&found, [52.0, 22.0], 0.0),
            "a disc has no corners"
        );
    }

    #[test]
    fn the_pin_of_an_event_is_in_the_way_above_its_place() {
        let event = PointState::new(SHAPE_EVENT, 0);
        let found = obstacles(&[([0.0, 0.0], event)], 40.0);
        assert!(is_covered(&found, [0.0, -20.0], 0.0));
        assert!(!is_covered(&found, [0.0, 20.0], 0.0));
        assert!(!is_covered(&found, [0.0, -45.0], 0.0));
    }

    #[test]
    fn what_is_urgent_is_in_the_way_and_ordinary_symbols_are_not() {
        let found = obstacles(
            &[
                ([-300.0, 0.0], PointState::new(3, 4)),
                ([0.0, 0.0], PointState::new(3, 0)),
                ([0.0, 200.0], PointState::new(SHAPE_CAMERA, 0)),
                ([300.0, 0.0], PointState::new(3, 2)),
            ],
            2.0,
        );
        assert_eq!(found.all().len(), 1);
        assert!(is_covered(&found, [-300.0, 0.0], 0.0));
        assert!(!is_covered(&found, [0.0, 0.0], 12.0));
        assert!(!is_covered(&found, [300.0, 0.0], 12.0));
    }

    #[test]
    fn nothing_is_in_the_way_where_there_is_nothing() {
        let mut found = Obstacles::default();
        assert!(!is_covered(&found, [0.0, 0.0], 100.0));
        found.settle(SIZE_PX, 1.0);
        assert!(!is_covered(&found, [0.0, 0.0], 100.0));
        found.settle([0.0, f32::NAN], f32::NAN);
        assert!(!is_covered(&found, [0.0, 0.0], 100.0));
    }

    #[test]
    fn only_a_visible_move_makes_them_differ() {
        let mut found = Obstacles::default();
        let disc = |x: f32| Obstacle::disc([x, 50.0], 14.0);
        found.add(disc(100.0));
        assert!(!found.differ_from(&[disc(102.0)], 3.0));
        assert!(found.differ_from(&[disc(104.0)], 3.0));
        assert!(found.differ_from(&[], 3.0));
    }

    /// Numbers below `below`, the same in every run (an LCG, Numerical Recipes §7.1).
    fn any(state: &mut u32, below: f32) -> f32 {
        *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (*state >> 8) as f32 / (1 << 24) as f32 * below
    }

    #[test]
    fn the_grid_finds_what_asking_each_of_two_thousand_would() {
        let mut state = 5;
        let mut found = Obstacles::default();
        for _ in 0..2_000 {
            // Some lie beyond the picture's edge.
            let x = any(&mut state, SIZE_PX[0] + 200.0) - 100.0;
            let y = any(&mut state, SIZE_PX[1] + 200.0) - 100.0;
            found.add(Obstacle {
                centre_px: [x, y],
                half_px: [0.0, any(&mut state, 12.0)],
                round_px: any(&mut state, 6.0),
            });
        }
        found.settle(SIZE_PX, 1.0);
        let mut covered = 0;
        for _ in 0..2_000 {
            let centre = [any(&mut state, SIZE_PX[0]), any(&mut state, SIZE_PX[1])];
            let half = [any(&mut state, 20.0), any(&mut state, 10.0)];
            let plainly = found.all().iter().any(|one| one.is_near(centre, half, 2.0));
            assert_eq!(found.is_near(centre, half, 2.0), plainly);
            covered += u32::from(plainly);
        }
        assert!(covered > 400 && covered < 1_990, "{covered}");
    }
}
