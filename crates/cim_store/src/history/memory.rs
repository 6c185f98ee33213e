//! What the log holds and no chunk does yet, in memory: per day and group, in the order in which it came.
//!
//! Rows of a group are *fresh* when they lie after its last chunk, and *late* when a chunk covers their time or lies after
//! them. Fresh rows become new chunks soon. Late ones are merged into chunks that exist, and wait for company: each merge
//! rewrites whole chunks.

use crate::row::{GROUP, Knowledge, NEVER, Row};
use std::collections::BTreeMap;

/// Rows in the order in which they came, and the log frame that each came with.
#[derive(Clone, Debug)]
pub(super) struct Heap {
    pub(super) rows: Vec<Row>,
    /// From which place on rows came with which frame; ascending.
    marks: Vec<(usize, i64)>,
    pub(super) oldest: i64,
    pub(super) newest: i64,
}

impl Default for Heap {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            marks: Vec::new(),
            oldest: i64::MAX,
            newest: NEVER,
        }
    }
}

impl Heap {
    fn push(&mut self, row: &Row, frame: i64) {
        if self.marks.last().is_none_or(|(_, last)| *last != frame) {
            self.marks.push((self.rows.len(), frame));
        }
        self.oldest = self.oldest.min(row.happened_at);
        self.newest = self.newest.max(row.happened_at);
        self.rows.push(*row);
    }

    /// Forgets those of the first `count` rows that lie before `line`: chunks have them now. What stays moves up in place.
    fn forget(&mut self, count: usize, line: i64) {
        let (mut kept, mut kept_marks, mut mark) = (0, 0, 0);
        self.oldest = i64::MAX;
        self.newest = NEVER;
        let mut last_frame = None;
        for place in 0..self.rows.len() {
            while self
                .marks
                .get(mark + 1)
                .is_some_and(|(from, _)| *from <= place)
            {
                mark += 1;
            }
            let row = self.rows[place];
            if place < count && row.happened_at < line {
                continue;
            }
            let frame = self.marks.get(mark).map_or(0, |(_, frame)| *frame);
            if last_frame.replace(frame) != Some(frame) {
                self.marks[kept_marks] = (kept, frame);
                kept_marks += 1;
            }
            self.oldest = self.oldest.min(row.happened_at);
            self.newest = self.newest.max(row.happened_at);
            self.rows[kept] = row;
            kept += 1;
        }
        self.rows.truncate(kept);
        self.marks.truncate(kept_marks);
    }

    fn first_frame(&self) -> Option<i64> {
        self.marks.first().map(|(_, frame)| *frame)
    }

    /// When the last of its rows came, by the clock of whoever appended it.
    pub(super) fn last_known_at(&self) -> i64 {
        self.rows.last().map_or(NEVER, |row| row.known_at)
    }
}

/// The rows of one group in one day.
#[derive(Clone, Debug, Default)]
pub(super) struct Pile {
    pub(super) fresh: Heap,
    pub(super) late: Heap,
    /// Where the group's last chunk of the day ends; [`NEVER`] before the first.
    pub(super) covered: i64,
}

/// Which of a pile's two heaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    Fresh,
    Late,
}

impl Pile {
    pub(super) fn heap(&self, which: Which) -> &Heap {
        match which {
            Which::Fresh => &self.fresh,
            Which::Late => &self.late,
        }
    }
}

/// One day's rows, and the frames of its log.
#[derive(Debug, Default)]
pub(super) struct DayRows {
    /// By group.
    piles: Vec<Pile>,
    /// Frames in the day's log, in order.
    frames: Vec<i64>,
}

impl DayRows {
    pub(super) fn piles(&self) -> impl Iterator<Item = (u32, &Pile)> {
        self.piles
            .iter()
            .enumerate()
            .map(|(group, pile)| (group as u32, pile))
    }

    pub(super) fn pile(&self, group: u32) -> Option<&Pile> {
        self.piles.get(group as usize)
    }

    fn pile_mut(&mut self, group: u32) -> &mut Pile {
        let group = group as usize;
        if self.piles.len() <= group {
            let empty = Pile {
                covered: NEVER,
                ..Pile::default()
            };
            self.piles.resize(group + 1, empty);
        }
        &mut self.piles[group]
    }

    /// Frames whose rows are all in chunks.
    pub(super) fn done_frames(&self) -> Vec<i64> {
        let heaps = self.piles.iter().flat_map(|pile| [&pile.fresh, &pile.late]);
        let first = heaps
            .filter_map(Heap::first_frame)
            .min()
            .unwrap_or(i64::MAX);
        self.frames
            .iter()
            .copied()
            .take_while(|frame| *frame < first)
            .collect()
    }

    /// True when the rows of this frame are or were here.
    pub(super) fn has_frame(&self, frame: i64) -> bool {
        self.frames.contains(&frame)
    }

    pub(super) fn forget_frames(&mut self, done: &[i64]) {
        self.frames.retain(|frame| !done.contains(frame));
    }

    pub(super) fn cover(&mut self, group: u32, until: i64) {
        let pile = self.pile_mut(group);
        pile.covered = pile.covered.max(until);
    }

    /// Forgets what a chunk has now.
    pub(super) fn forget(&mut self, group: u32, which: Which, count: usize, line: i64) {
        let pile = self.pile_mut(group);
        match which {
            Which::Fresh => pile.fresh.forget(count, line),
            Which::Late => pile.late.forget(count, line),
        }
    }
}

/// Everything that no chunk has yet.
#[derive(Debug)]
pub(super) struct Memory {
    days: BTreeMap<i64, DayRows>,
    count: usize,
    /// The newest day that has a file or rows. Whatever comes for an older one is late.
    newest_day: i64,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            days: BTreeMap::new(),
            count: 0,
            newest_day: NEVER,
        }
    }
}

impl Memory {
    pub(super) fn newest_day(&self) -> i64 {
        self.newest_day
    }

    /// There is a day file of this day.
    pub(super) fn know_day(&mut self, day: i64) {
        self.newest_day = self.newest_day.max(day);
    }

    /// Takes the rows of one frame, all of one day.
    pub(super) fn push(&mut self, day: i64, frame: i64, rows: &[Row]) {
        self.know_day(day);
        let is_over = day < self.newest_day;
        let held = self.days.entry(day).or_default();
        if held.frames.last().is_none_or(|last| *last < frame) {
            held.frames.push(frame);
        }
        let mut rest = rows;
        while let Some(first) = rest.first() {
            let group = first.group();
            let run = rest
                .iter()
                .position(|row| row.group() != group)
                .unwrap_or(rest.len());
            let (mine, others) = rest.split_at(run);
            let pile = held.pile_mut(group);
            for row in mine {
                if is_over || row.happened_at < pile.covered {
                    pile.late.push(row, frame);
                } else {
                    pile.fresh.push(row, frame);
                }
            }
            rest = others;
        }
        self.count += rows.len();
    }

    pub(super) fn day(&self, day: i64) -> Option<&DayRows> {
        self.days.get(&day)
    }

    pub(super) fn day_mut(&mut self, day: i64) -> &mut DayRows {
        self.days.entry(day).or_default()
    }

    pub(super) fn days(&self) -> impl DoubleEndedIterator<Item = (i64, &DayRows)> {
        self.days.iter().map(|(day, rows)| (*day, rows))
    }

    /// Drops days that hold nothing any more, and counts what is left. The newest one stays: it knows what its chunks cover.
    pub(super) fn tidy(&mut self) {
        let newest = self.newest_day;
        self.days.retain(|day, rows| {
            *day == newest
                || !rows.frames.is_empty()
                || rows.heaps().any(|heap| !heap.rows.is_empty())
        });
        self.count = self
            .days
            .values()
            .flat_map(DayRows::heaps)
            .map(|heap| heap.rows.len())
            .sum();
    }

    pub(super) fn forget_day(&mut self, day: i64) {
        self.days.remove(&day);
        self.tidy();
    }

    /// How many rows wait for a chunk.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Calls `each` with every row that held at or before `t`, of whichever series, as far as `knowledge` goes.
    pub(super) fn until(&self, t: i64, knowledge: Knowledge, mut each: impl FnMut(&Row)) {
        for heap in self.days.values().flat_map(DayRows::heaps) {
            if heap.oldest > t {
                continue;
            }
            for row in &heap.rows {
                if row.happened_at <= t && is_known(row, t, knowledge) {
                    each(row);
                }
            }
        }
    }

    /// Calls `each` with every row in `[from, to)`; of one group only, when it is given.
    pub(super) fn between(
        &self,
        group: Option<u32>,
        from: i64,
        to: i64,
        mut each: impl FnMut(&Row),
    ) {
        for day in self.days.values() {
            let heaps: Vec<&Heap> = match group {
                Some(group) => day
                    .pile(group)
                    .map(|pile| vec![&pile.fresh, &pile.late])
                    .unwrap_or_default(),
                None => day.heaps().collect(),
            };
            for heap in heaps {
                if heap.oldest >= to || heap.newest < from {
                    continue;
                }
                let is_asked = |row: &&Row| (from..to).contains(&row.happened_at);
                for row in heap.rows.iter().filter(is_asked) {
                    each(row);
                }
            }
        }
    }

    /// Calls `each` with every row of `series` in `[from, to)`, and whether a chunk may have the same.
    pub(super) fn of_series(
        &self,
        series: u32,
        from: i64,
        to: i64,
        mut each: impl FnMut(&Row, bool),
    ) {
        let is_asked = |row: &&Row| row.series == series && (from..to).contains(&row.happened_at);
        for day in self.days.values() {
            let Some(pile) = day.pile(series / GROUP) else {
                continue;
            };
            for (heap, is_late) in [(&pile.fresh, false), (&pile.late, true)] {
                for row in heap.rows.iter().filter(is_asked) {
                    each(row, is_late);
                }
            }
        }
    }

    /// When the newest row held.
    pub(super) fn newest(&self) -> Option<i64> {
        self.extreme(|heap| heap.newest).max()
    }

    /// When the oldest row held.
    pub(super) fn oldest(&self) -> Option<i64> {
        self.extreme(|heap| heap.oldest).min()
    }

    fn extreme(&self, of: impl Fn(&Heap) -> i64) -> impl Iterator<Item = i64> {
        self.days
            .values()
            .flat_map(DayRows::heaps)
            .filter(|heap| !heap.rows.is_empty())
            .map(of)
    }
}

impl DayRows {
    fn heaps(&self) -> impl Iterator<Item = &Heap> {
        self.piles.iter().flat_map(|pile| [&pile.fresh, &pile.late])
    }
}

/// True when `row` was known at `t`, or when all that is known today counts.
pub(super) fn is_known(row: &Row, t: i64, knowledge: Knowledge) -> bool {
    knowledge == Knowledge::Now || !row.is_late() || row.known_at <= t
}

#[cfg(test)]
mod tests {
    use super::*;
    use cim_model::Quality;

    fn row(series: u32, t: i64) -> Row {
        Row {
            series,
            quality: Quality::Good,
            happened_at: t,
            known_at: t,
            value: t as f64,
        }
    }

    #[test]
    fn a_frame_is_done_when_chunks_have_all_its_rows() {
        let mut memory = Memory::default();
        memory.push(0, 1, &[row(1, 10), row(600, 11)]);
        memory.push(0, 2, &[row(1, 20)]);
        let day = memory.day_mut(0);
        assert!(day.done_frames().is_empty());
        day.forget(0, Which::Fresh, 2, i64::MAX);
        assert!(day.done_frames().is_empty(), "row 600 is still here");
        day.forget(1, Which::Fresh, 1, i64::MAX);
        assert_eq!(day.done_frames(), [1, 2]);
    }

    #[test]
    fn what_is_kept_keeps_its_frame() {
        let mut memory = Memory::default();
        memory.push(0, 1, &[row(1, 10), row(1, 90)]);
        memory.push(0, 2, &[row(1, 20)]);
        let day = memory.day_mut(0);
        day.forget(0, Which::Fresh, 3, 50);
        assert!(day.done_frames().is_empty(), "90 came with the first frame");
        day.forget(0, Which::Fresh, 1, i64::MAX);
        assert_eq!(day.done_frames(), [1, 2]);
    }

    #[test]
    fn what_lies_before_the_last_chunk_is_late() {
        let mut memory = Memory::default();
        memory.day_mut(0).cover(0, 50);
        memory.push(0, 1, &[row(1, 10), row(1, 60)]);
        let pile = memory.day(0).and_then(|day| day.pile(0)).expect("a pile");
        assert_eq!((pile.late.rows.len(), pile.fresh.rows.len()), (1, 1));
    }
}
