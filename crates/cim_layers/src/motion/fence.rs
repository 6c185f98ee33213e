//! Geofences: areas that say which thing came, how long it stayed, and when it left.
//!
//! Only reports count. A thing *enters* with the first report inside, *leaves* with the first one farther outside than
//! the hysteresis, *dwells* with the first one inside after the dwell time, and *passes* when the straight way between
//! two reports outside leads through. So nothing is claimed that nobody reported: a thing that falls silent inside
//! stays inside, and [`Presence::seen`] says since when nothing was heard. The same reports give the same events, in
//! the same order: those of fences that the thing is or was in by number, then those that it passed by number.

mod grid;
mod shape;

use super::is_near_enough;
use grid::Grid;
pub use shape::{FenceFault, FenceShape, MAX_FENCE_POINTS, Whereabouts};
use std::collections::BTreeMap;

/// More fences than this are refused.
pub const MAX_FENCES: u32 = 1 << 16;
/// More things than this are refused.
pub const MAX_FENCED_ROWS: u32 = 1 << 22;
/// So many stays are kept; what enters while there are as many is counted in [`Fences::refused`] and not noticed.
pub const MAX_STAYS: usize = 1 << 22;

/// No stay.
const NONE: u32 = u32::MAX;

/// An area that is watched.
#[derive(Clone, Debug, PartialEq)]
pub struct Fence {
    /// What it is known by; stays survive [`Fences::replace`] under the same one.
    pub id: String,
    /// Where it runs.
    pub shape: FenceShape,
    /// Left only when farther outside than this, metres: a place that dances on the border makes no events.
    pub hysteresis_m: f32,
    /// Seconds inside after which a thing dwells; `None` where nobody asks.
    pub dwell_s: Option<f32>,
}

/// A fence that watches nothing, because of what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("fence {fence} ({id}) watches nothing: {fault}")]
pub struct FenceProblem {
    /// Its number.
    pub fence: u32,
    /// What it is known by.
    pub id: String,
    /// What is wrong.
    pub fault: FenceFault,
}

/// Why there can be no such fences.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FenceError {
    /// Too many fences.
    #[error("{fences} fences are more than the {MAX_FENCES} that there may be")]
    TooManyFences {
        /// How many were asked for.
        fences: usize,
    },
    /// Too many things.
    #[error("{rows} things are more than the {MAX_FENCED_ROWS} that fences can watch")]
    TooManyRows {
        /// How many were asked for.
        rows: u32,
    },
}

/// What happened at a fence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FenceEventKind {
    /// The first report inside.
    Entered,
    /// The first report farther outside than the hysteresis.
    Left,
    /// The first report inside after the dwell time.
    Dwelled,
    /// Two reports outside, and the straight way between them leads through.
    Passed,
}

/// Something happened at a fence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FenceEvent {
    /// The fence's number.
    pub fence: u32,
    /// The caller's number of the thing.
    pub row: u32,
    /// The report's time, seconds since the set's epoch.
    pub t: f32,
    /// What.
    pub kind: FenceEventKind,
}

/// A thing in a fence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Presence {
    /// The fence's number.
    pub fence: u32,
    /// The caller's number of the thing.
    pub row: u32,
    /// When it entered, seconds since the set's epoch.
    pub since: f32,
    /// Its newest report, seconds since the set's epoch: long ago when it fell silent inside.
    pub seen: f32,
    /// True once its dwell time has been reported.
    pub has_dwelled: bool,
}

/// Fences, and what is inside of them. After some warming up a report allocates nothing.
#[derive(Clone, Debug)]
pub struct Fences {
    all: Vec<Fence>,
    /// False for those that watch nothing.
    is_watching: Vec<bool>,
    counts: Vec<u32>,
    grid: Grid,
    stays: Stays,
    /// The newest report of each row; NaN before the first.
    seen: Vec<f32>,
    refused: u64,
    before: Vec<Stay>,
    after: Vec<Stay>,
    near: Vec<u32>,
}

impl Fences {
    /// These fences for so many things, and what is wrong with some of them. Numbers of fences are their places in
    /// `fences`; broken ones keep theirs and watch nothing.
    pub fn new(rows: u32, fences: Vec<Fence>) -> Result<(Self, Vec<FenceProblem>), FenceError> {
        let mut made = Self {
            all: Vec::new(),
            is_watching: Vec::new(),
            counts: Vec::new(),
            grid: Grid::over(std::iter::empty()),
            stays: Stays::default(),
            seen: Vec::new(),
            refused: 0,
            before: Vec::new(),
            after: Vec::new(),
            near: Vec::new(),
        };
        made.resize(rows)?;
        let problems = made.replace(fences)?;
        Ok((made, problems))
    }

    /// From now on so many things; those that stay keep where they are.
    pub fn resize(&mut self, rows: u32) -> Result<(), FenceError> {
        if rows > MAX_FENCED_ROWS {
            return Err(FenceError::TooManyRows { rows });
        }
        for row in rows..self.rows() {
            self.forget(row);
        }
        self.seen.resize(rows as usize, f32::NAN);
        self.stays.firsts.resize(rows as usize, NONE);
        Ok(())
    }

    /// Other fences. What is in a fence stays in the one with the same identity; what was in one that is gone is in
    /// none, without an event. The next report of each thing meets the new areas.
    pub fn replace(&mut self, fences: Vec<Fence>) -> Result<Vec<FenceProblem>, FenceError> {
        if fences.len() > MAX_FENCES as usize {
            return Err(FenceError::TooManyFences {
                fences: fences.len(),
            });
        }
        let mut problems = Vec::new();
        let mut is_watching = Vec::with_capacity(fences.len());
        for (number, fence) in fences.iter().enumerate() {
            let fault = fence_fault(fence);
            is_watching.push(fault.is_none());
            if let Some(fault) = fault {
                problems.push(FenceProblem {
                    fence: number as u32,
                    id: fence.id.clone(),
                    fault,
                });
            }
        }
        let becomes = new_numbers(&self.all, &fences, &is_watching);
        self.grid = Grid::over(
            fences
                .iter()
                .zip(&is_watching)
                .map(|(fence, is_watching)| is_watching.then_some(fence)),
        );
        self.counts.clear();
        self.counts.resize(fences.len(), 0);
        self.all = fences;
        self.is_watching = is_watching;
        self.renumber(&becomes);
        Ok(problems)
    }

    /// The fences, by number.
    pub fn fences(&self) -> &[Fence] {
        &self.all
    }

    /// True when the fence watches; false for one with a fault and for one that there is not.
    pub fn is_watching(&self, fence: u32) -> bool {
        self.is_watching
            .get(fence as usize)
            .copied()
            .unwrap_or(false)
    }

    /// How many things are watched.
    pub fn rows(&self) -> u32 {
        self.seen.len() as u32
    }

    /// How many things are in a fence.
    pub fn count(&self, fence: u32) -> u32 {
        self.counts.get(fence as usize).copied().unwrap_or(0)
    }

    /// How often something entered that could not be kept any more (see [`MAX_STAYS`]).
    pub fn refused(&self) -> u64 {
        self.refused
    }

    /// Writes what is in a fence into `into` (replaced), by row.
    pub fn presences(&self, fence: u32, into: &mut Vec<Presence>) {
        into.clear();
        if self.count(fence) == 0 {
            return;
        }
        for row in 0..self.rows() {
            into.extend(
                self.fences_of(row)
                    .filter(|presence| presence.fence == fence),
            );
        }
    }

    /// In which fences a thing is, by number.
    pub fn fences_of(&self, row: u32) -> impl Iterator<Item = Presence> {
        let seen = self.seen.get(row as usize).copied().unwrap_or(f32::NAN);
        self.stays.of(row).map(move |stay| Presence {
            fence: stay.fence,
            row,
            since: stay.since,
            seen,
            has_dwelled: stay.has_dwelled,
        })
    }

    /// Forgets a thing: its row now stands for another one. Makes no events.
    pub fn forget(&mut self, row: u32) {
        if let Some(seen) = self.seen.get_mut(row as usize) {
            *seen = f32::NAN;
        }
        self.stays.take(row, &mut self.before);
        for stay in &self.before {
            count_one_less(&mut self.counts, stay.fence);
        }
    }

    /// Takes a report: the thing went from `from` to `to` (metres; the same place where nobody knows the way, as after
    /// a jump) and was there at `t`, seconds since the set's epoch. Adds what happened to `into`. Returns false, and
    /// changes nothing, for a report that is no newer than the last of its row, has no numbers, or is of no row.
    pub fn update(
        &mut self,
        row: u32,
        from: [f32; 3],
        to: [f32; 3],
        t: f32,
        into: &mut Vec<FenceEvent>,
    ) -> bool {
        if !t.is_finite() || !is_near_enough(&from) || !is_near_enough(&to) {
            return false;
        }
        match self.seen.get_mut(row as usize) {
            // Written so that NaN, the time before the first report, passes.
            Some(seen) if seen.is_nan() || t > *seen => *seen = t,
            _ => return false,
        }
        let [from_east, from_north, _] = from;
        let [east, north, _] = to;
        self.stays.take(row, &mut self.before);
        self.compare(row, [east, north], t, into);
        self.stays.put(row, &self.after);
        if from_east.to_bits() != east.to_bits() || from_north.to_bits() != north.to_bits() {
            self.notice_passed(row, [from_east, from_north], [east, north], t, into);
        }
        true
    }

    /// Makes `after`, and the events on the way there, of `before` and where the thing is now. Both lists are by fence,
    /// as is what the grid says.
    fn compare(&mut self, row: u32, at: [f32; 2], t: f32, into: &mut Vec<FenceEvent>) {
        let mut tell = |fence, kind| {
            into.push(FenceEvent {
                fence,
                row,
                t,
                kind,
            });
        };
        self.after.clear();
        let mut old = self.before.iter().copied().peekable();
        for entry in self.grid.at(at) {
            // Fences that are not even near this cell are left.
            while let Some(stay) = old.next_if(|stay| stay.fence < entry.fence) {
                count_one_less(&mut self.counts, stay.fence);
                tell(stay.fence, FenceEventKind::Left);
            }
            let stay = old.next_if(|stay| stay.fence == entry.fence);
            let Some(fence) = self.all.get(entry.fence as usize) else {
                continue;
            };
            let whereabouts = if entry.is_whole {
                Whereabouts::Inside
            } else {
                fence.shape.whereabouts(at, fence.hysteresis_m)
            };
            match (stay, whereabouts) {
                (Some(stay), Whereabouts::Outside) => {
                    count_one_less(&mut self.counts, stay.fence);
                    tell(stay.fence, FenceEventKind::Left);
                }
                (Some(mut stay), _) => {
                    let is_long = fence.dwell_s.is_some_and(|dwell| t - stay.since >= dwell);
                    // Nearer than the hysteresis is still in, but a thing dwells only inside.
                    if is_long && !stay.has_dwelled && whereabouts == Whereabouts::Inside {
                        stay.has_dwelled = true;
                        tell(stay.fence, FenceEventKind::Dwelled);
                    }
                    self.after.push(stay);
                }
                (None, Whereabouts::Inside) => {
                    if self.stays.count + self.after.len() >= MAX_STAYS {
                        self.refused += 1;
                        continue;
                    }
                    self.after.push(Stay {
                        fence: entry.fence,
                        since: t,
                        has_dwelled: false,
                        next: NONE,
                    });
                    if let Some(count) = self.counts.get_mut(entry.fence as usize) {
                        *count += 1;
                    }
                    tell(entry.fence, FenceEventKind::Entered);
                }
                (None, _) => {}
            }
        }
        for stay in old {
            count_one_less(&mut self.counts, stay.fence);
            tell(stay.fence, FenceEventKind::Left);
        }
    }

    /// Tells of the fences through which the way leads, and in which neither end is.
    fn notice_passed(
        &mut self,
        row: u32,
        from: [f32; 2],
        to: [f32; 2],
        t: f32,
        into: &mut Vec<FenceEvent>,
    ) {
        self.near.clear();
        self.grid.along(from, to, &mut self.near);
        self.near.sort_unstable();
        self.near.dedup();
        for number in &self.near {
            let is_known = |stays: &[Stay]| stays.iter().any(|stay| stay.fence == *number);
            if is_known(&self.before) || is_known(&self.after) {
                continue;
            }
            let Some(fence) = self.all.get(*number as usize) else {
                continue;
            };
            let is_outside = |place| fence.shape.whereabouts(place, 0.0) != Whereabouts::Inside;
            if fence.shape.is_crossed(from, to) && is_outside(from) && is_outside(to) {
                into.push(FenceEvent {
                    fence: *number,
                    row,
                    t,
                    kind: FenceEventKind::Passed,
                });
            }
        }
    }

    /// Gives stays the new numbers of their fences; those whose fence is gone end.
    fn renumber(&mut self, becomes: &[Option<u32>]) {
        for row in 0..self.rows() {
            self.stays.take(row, &mut self.before);
            if self.before.is_empty() {
                continue;
            }
            self.after.clear();
            for stay in &self.before {
                let Some(fence) = becomes.get(stay.fence as usize).copied().flatten() else {
                    continue;
                };
                self.after.push(Stay { fence, ..*stay });
            }
            self.after.sort_by_key(|stay| stay.fence);
            // Two old fences of one identity have become one.
            self.after.dedup_by_key(|stay| stay.fence);
            for stay in &self.after {
                if let Some(count) = self.counts.get_mut(stay.fence as usize) {
                    *count += 1;
                }
            }
            self.stays.put(row, &self.after);
        }
    }
}

/// A thing's time in a fence.
#[derive(Clone, Copy, Debug)]
struct Stay {
    fence: u32,
    since: f32,
    has_dwelled: bool,
    /// The same thing's stay in the fence with the next higher number.
    next: u32,
}

/// All stays: a chain for each row, in one column. Ended ones are a chain too, and used again.
#[derive(Clone, Debug)]
struct Stays {
    firsts: Vec<u32>,
    column: Vec<Stay>,
    free: u32,
    count: usize,
}

impl Default for Stays {
    fn default() -> Self {
        Self {
            firsts: Vec::new(),
            column: Vec::new(),
            free: NONE,
            count: 0,
        }
    }
}

impl Stays {
    /// The stays of a row, by fence.
    fn of(&self, row: u32) -> impl Iterator<Item = &Stay> {
        let first = self.firsts.get(row as usize).copied().unwrap_or(NONE);
        std::iter::successors(self.column.get(first as usize), move |stay| {
            self.column.get(stay.next as usize)
        })
    }

    /// Ends all stays of a row and writes them into `into` (replaced), by fence.
    fn take(&mut self, row: u32, into: &mut Vec<Stay>) {
        into.clear();
        let Some(first) = self.firsts.get_mut(row as usize) else {
            return;
        };
        let mut at = std::mem::replace(first, NONE);
        while let Some(stay) = self.column.get_mut(at as usize) {
            into.push(*stay);
            let next = std::mem::replace(&mut stay.next, self.free);
            self.free = at;
            self.count -= 1;
            at = next;
        }
    }

    /// Writes the stays of a row that has none, by fence.
    fn put(&mut self, row: u32, stays: &[Stay]) {
        let Some(first) = self.firsts.get_mut(row as usize) else {
            return;
        };
        for stay in stays.iter().rev() {
            let stay = Stay {
                next: *first,
                ..*stay
            };
            *first = if let Some(place) = self.column.get_mut(self.free as usize) {
                let at = self.free;
                self.free = place.next;
                *place = stay;
                at
            } else {
                self.column.push(stay);
                self.column.len() as u32 - 1
            };
            self.count += 1;
        }
    }
}

/// One thing less is in a fence.
fn count_one_less(counts: &mut [u32], fence: u32) {
    if let Some(count) = counts.get_mut(fence as usize) {
        *count = count.saturating_sub(1);
    }
}

/// For each old fence the number of the new one with its identity, if there is one that watches.
fn new_numbers(old: &[Fence], new: &[Fence], is_watching: &[bool]) -> Vec<Option<u32>> {
    let mut numbers = BTreeMap::new();
    for (number, (fence, is_watching)) in new.iter().zip(is_watching).enumerate() {
        if *is_watching {
            // Of several with one identity the first has it.
            numbers.entry(fence.id.as_str()).or_insert(number as u32);
        }
    }
    old.iter()
        .map(|fence| numbers.get(fence.id.as_str()).copied())
        .collect()
}

/// What is wrong with a fence, if anything is.
fn fence_fault(fence: &Fence) -> Option<FenceFault> {
    let is_usable = |number: f32| number.is_finite() && number >= 0.0;
    if !is_usable(fence.hysteresis_m)
        || fence.hysteresis_m > super::FURTHEST_M
        || !fence.dwell_s.is_none_or(is_usable)
    {
        return Some(FenceFault::NoMargin);
    }
    fence.shape.fault()
}

#[cfg(test)]
mod tests;
