//! Which rows of a column have changed since they were last sent to the GPU: a bit per row, read out as few ranges.

use std::ops::Range;

/// Rows between two changed ones that are sent along rather than starting another range: a write costs more than 1 KiB does.
const MERGED_GAP_ROWS: u32 = 32;

/// What has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dirt {
    /// Nothing.
    Clean,
    /// Some rows; the number of rows is the same.
    Rows,
    /// Every row, and perhaps how many there are.
    All,
}

/// Which rows have changed. Marking is one bit and never allocates.
#[derive(Debug, Default)]
pub struct DirtyRows {
    words: Vec<u64>,
    rows: u32,
    are_some: bool,
    are_all: bool,
}

impl DirtyRows {
    /// Starts over with `rows` rows, all of them changed.
    pub fn reset(&mut self, rows: u32) {
        self.words.clear();
        self.words.resize((rows as usize).div_ceil(64), 0);
        self.rows = rows;
        self.are_some = false;
        self.are_all = true;
    }

    /// Marks every row.
    pub fn mark_all(&mut self) {
        self.are_all = true;
    }

    /// Marks a row; one that doesn't exist is ignored.
    pub fn mark(&mut self, row: u32) {
        if row < self.rows
            && let Some(word) = self.words.get_mut(row as usize / 64)
        {
            *word |= 1 << (row % 64);
            self.are_some = true;
        }
    }

    /// Tells what has changed, writes the rows into `ranges` (ascending, replaced) and forgets them.
    pub fn take(&mut self, ranges: &mut Vec<Range<u32>>) -> Dirt {
        ranges.clear();
        if self.are_all {
            self.words.fill(0);
            self.are_some = false;
            self.are_all = false;
            ranges.push(0..self.rows);
            return Dirt::All;
        }
        if !self.are_some {
            return Dirt::Clean;
        }
        self.are_some = false;
        for (index, word) in self.words.iter_mut().enumerate() {
            let mut bits = std::mem::take(word);
            while bits != 0 {
                push_row(ranges, index as u32 * 64 + bits.trailing_zeros());
                bits &= bits - 1;
            }
        }
        Dirt::Rows
    }
}

fn push_row(ranges: &mut Vec<Range<u32>>, row: u32) {
    match ranges.last_mut() {
        Some(last) if row <= last.end + MERGED_GAP_ROWS => last.end = row + 1,
        _ => ranges.push(row..row + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_ranges(marked: &[u32], expected: &[(u32, u32)]) {
        let mut dirty = DirtyRows::default();
        let mut ranges = Vec::new();
        dirty.reset(1000);
        assert_eq!(dirty.take(&mut ranges), Dirt::All);
        for row in marked {
            dirty.mark(*row);
        }
        dirty.take(&mut ranges);
        let found: Vec<(u32, u32)> = ranges
            .iter()
            .map(|range| (range.start, range.end))
            .collect();
        assert_eq!(found, expected);
        assert_eq!(dirty.take(&mut ranges), Dirt::Clean);
    }

    #[test]
    fn far_rows_are_apart_and_near_rows_together() {
        check_ranges(&[900, 3], &[(3, 4), (900, 901)]);
        check_ranges(&[3, 5, 20], &[(3, 21)]);
        check_ranges(&[63, 64], &[(63, 65)]);
    }

    #[test]
    fn a_row_that_does_not_exist_is_ignored() {
        check_ranges(&[1000, 1001, u32::MAX], &[]);
    }

    #[test]
    fn a_reset_marks_everything() {
        let mut dirty = DirtyRows::default();
        let mut ranges = Vec::new();
        dirty.reset(70);
        dirty.mark(5);
        assert_eq!(dirty.take(&mut ranges), Dirt::All);
        assert_eq!(ranges.first(), Some(&(0..70)));
        assert_eq!(dirty.take(&mut ranges), Dirt::Clean);
    }
}
