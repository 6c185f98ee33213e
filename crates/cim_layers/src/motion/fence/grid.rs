//! Which fences are near a place: a grid over all of them.
//!
//! A cell lists the fences whose area, or the margin around it, may reach into it, and says where it lies inside of a
//! fence as a whole. Made once; bounded: sixteen entries a fence and a few thousand more, with coarser cells where
//! fences are large.

use super::shape::{Plan, exact};
use super::{Fence, FenceShape};

/// The finest grid has so many cells along its longer side.
const FINEST: u32 = 256;
/// Entries beyond sixteen a fence.
const SPARE_ENTRIES: u64 = 1 << 16;
/// A fence is compared with its cells when this is at least its number of cells times its points.
const MOST_COMPARISONS: u64 = 1 << 18;

/// A fence at a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    /// Its number.
    pub(super) fence: u32,
    /// True when all of the cell is inside.
    pub(super) is_whole: bool,
}

/// The grid.
#[derive(Clone, Debug)]
pub(super) struct Grid {
    min: [f64; 2],
    cell_m: f64,
    columns: u32,
    rows: u32,
    /// Where each cell's entries begin; one more than there are cells.
    starts: Vec<u32>,
    entries: Vec<Entry>,
}

/// A rectangle of cells, ends included.
#[derive(Clone, Copy)]
struct Cells {
    columns: (u32, u32),
    rows: (u32, u32),
}

impl Cells {
    fn count(self) -> u64 {
        let (west, east) = self.columns;
        let (south, north) = self.rows;
        u64::from(east - west + 1) * u64::from(north - south + 1)
    }
}

impl Grid {
    /// The grid over these fences; those without an area are `None`.
    pub(super) fn over<'a>(fences: impl Iterator<Item = Option<&'a Fence>> + Clone) -> Self {
        let mut whole = Plan::EMPTY;
        let mut count = 0_u64;
        for fence in fences.clone().flatten() {
            let plan = fence_plan(fence);
            whole.extend(plan.min);
            whole.extend(plan.max);
            count += 1;
        }
        let mut grid = Self {
            min: whole.min,
            cell_m: 1.0,
            columns: 0,
            rows: 0,
            starts: vec![0],
            entries: Vec::new(),
        };
        if count == 0 {
            return grid;
        }
        let [width, height] = [whole.max[0] - whole.min[0], whole.max[1] - whole.min[1]];
        let most = count * 16 + SPARE_ENTRIES;
        let mut finest = FINEST;
        loop {
            grid.cell_m = (width.max(height) / f64::from(finest)).max(1.0);
            grid.columns = (width / grid.cell_m) as u32 + 1;
            grid.rows = (height / grid.cell_m) as u32 + 1;
            let needed: u64 = fences
                .clone()
                .flatten()
                .filter_map(|fence| grid.cells(&fence_plan(fence)))
                .map(Cells::count)
                .sum();
            if needed <= most || finest == 1 {
                break;
            }
            finest /= 2;
        }
        grid.fill(fences);
        grid
    }

    /// The fences that may be near a place, ascending.
    pub(super) fn at(&self, place: [f32; 2]) -> &[Entry] {
        let [east, north] = exact(place);
        match (
            cell_number(east - self.min[0], self.cell_m, self.columns),
            cell_number(north - self.min[1], self.cell_m, self.rows),
        ) {
            (Some(column), Some(row)) => self.entries_of(column, row),
            _ => &[],
        }
    }

    /// Adds the fences whose cells the way from `a` to `b` touches to `into`; they may come several times.
    pub(super) fn along(&self, a: [f32; 2], b: [f32; 2], into: &mut Vec<u32>) {
        let (a, b) = (exact(a), exact(b));
        let Some(cells) = self.cells(&Plan::around(a, b)) else {
            return;
        };
        // Wider than any rounding, so that no touched cell is missed.
        let slack = self.cell_m * 1e-6;
        for column in cells.columns.0..=cells.columns.1 {
            let west = self.min[0] + f64::from(column) * self.cell_m - slack;
            let east = west + self.cell_m + 2.0 * slack;
            let from = north_at(a, b, west);
            let to = north_at(a, b, east);
            let Some((south, north)) = span(
                from.min(to) - slack - self.min[1],
                from.max(to) + slack - self.min[1],
                self.cell_m,
                self.rows,
            ) else {
                continue;
            };
            for row in south..=north {
                into.extend(self.entries_of(column, row).iter().map(|entry| entry.fence));
            }
        }
    }

    /// How many entries there are, for tests of its bound.
    #[cfg(test)]
    pub(super) fn size(&self) -> usize {
        self.entries.len()
    }

    fn entries_of(&self, column: u32, row: u32) -> &[Entry] {
        let cell = row as usize * self.columns as usize + column as usize;
        match (self.starts.get(cell), self.starts.get(cell + 1)) {
            (Some(from), Some(to)) => self
                .entries
                .get(*from as usize..*to as usize)
                .unwrap_or_default(),
            _ => &[],
        }
    }

    /// The cells that a rectangle touches; none when it lies beside the grid.
    fn cells(&self, plan: &Plan) -> Option<Cells> {
        let [west, south] = [plan.min[0] - self.min[0], plan.min[1] - self.min[1]];
        let [east, north] = [plan.max[0] - self.min[0], plan.max[1] - self.min[1]];
        Some(Cells {
            columns: span(west, east, self.cell_m, self.columns)?,
            rows: span(south, north, self.cell_m, self.rows)?,
        })
    }

    /// Lists every fence in its cells.
    fn fill<'a>(&mut self, fences: impl Iterator<Item = Option<&'a Fence>>) {
        let mut found: Vec<(u32, Entry)> = Vec::new();
        for (number, fence) in fences.enumerate() {
            if let Some(fence) = fence {
                self.list(number as u32, fence, &mut found);
            }
        }
        // By cell and, within it, by fence.
        found.sort_unstable();
        let cells = self.columns as usize * self.rows as usize;
        self.starts = vec![0; cells + 1];
        for (cell, _) in &found {
            if let Some(start) = self.starts.get_mut(*cell as usize + 1) {
                *start += 1;
            }
        }
        let mut before = 0;
        for start in &mut self.starts {
            before += *start;
            *start = before;
        }
        self.entries = found.into_iter().map(|(_, entry)| entry).collect();
    }

    /// Lists one fence in its cells.
    fn list(&self, number: u32, fence: &Fence, found: &mut Vec<(u32, Entry)>) {
        let Some(cells) = self.cells(&fence_plan(fence)) else {
            return;
        };
        let is_compared = cells.count() * fence.shape.size() as u64 <= MOST_COMPARISONS;
        // From a cell's middle to its corners, and wider than any rounding.
        let half = self.cell_m * (std::f64::consts::FRAC_1_SQRT_2 + 1e-6);
        let margin = f64::from(fence.hysteresis_m);
        for row in cells.rows.0..=cells.rows.1 {
            for column in cells.columns.0..=cells.columns.1 {
                // A fence that is not compared is taken to run through every cell.
                let distance = if is_compared {
                    fence.shape.distance_m(self.middle(column, row))
                } else {
                    0.0
                };
                if distance > half + margin {
                    continue;
                }
                let entry = Entry {
                    fence: number,
                    is_whole: distance < -half,
                };
                found.push((row * self.columns + column, entry));
            }
        }
    }

    fn middle(&self, column: u32, row: u32) -> [f64; 2] {
        [
            self.min[0] + (f64::from(column) + 0.5) * self.cell_m,
            self.min[1] + (f64::from(row) + 0.5) * self.cell_m,
        ]
    }
}

/// The rectangle around a fence and its margin.
fn fence_plan(fence: &Fence) -> Plan {
    let shape: &FenceShape = &fence.shape;
    shape.plan().grown(f64::from(fence.hysteresis_m))
}

/// In which of so many cells something `metres` from the first one's edge is.
fn cell_number(metres: f64, cell_m: f64, cells: u32) -> Option<u32> {
    let cell = metres / cell_m;
    (cell >= 0.0 && cell < f64::from(cells)).then_some(cell as u32)
}

/// Which of so many cells lie between two edges, ends included; none when all lie beside.
fn span(from: f64, to: f64, cell_m: f64, cells: u32) -> Option<(u32, u32)> {
    let last = cells.checked_sub(1)?;
    let (from, to) = (from / cell_m, to / cell_m);
    // Casts go to the nearest number that there is: below zero to zero.
    (to >= 0.0 && from < f64::from(cells) && from <= to)
        .then_some(((from as u32).min(last), (to as u32).min(last)))
}

/// How far north the way from `a` to `b` is at a meridian, kept between its ends.
fn north_at(a: [f64; 2], b: [f64; 2], east: f64) -> f64 {
    let along = b[0] - a[0];
    if along.abs() < f64::MIN_POSITIVE {
        // Due north or south: the caller asks twice and wants both ends.
        return if east <= a[0] { a[1] } else { b[1] };
    }
    a[1] + ((east - a[0]) / along).clamp(0.0, 1.0) * (b[1] - a[1])
}
