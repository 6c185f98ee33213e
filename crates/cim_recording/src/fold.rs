//! The newest value of every series, folded from rows as they come.

use cim_model::Quality;
use cim_store::{NEVER, Row};

/// The state of a recording's series at one moment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fold {
    /// By the series' number in the recording.
    cells: Vec<Row>,
}

impl Fold {
    /// Takes `row` unless what is there is as new.
    pub(crate) fn put(&mut self, row: &Row) {
        let place = row.series as usize;
        if place >= self.cells.len() {
            let mut series = self.cells.len() as u32;
            self.cells.resize_with(place + 1, || {
                series += 1;
                empty(series - 1)
            });
        }
        if let Some(cell) = self.cells.get_mut(place)
            && row.happened_at > cell.happened_at
        {
            *cell = *row;
        }
    }

    /// Forgets every value.
    pub(crate) fn clear(&mut self) {
        for (series, cell) in self.cells.iter_mut().enumerate() {
            *cell = empty(series as u32);
        }
    }

    /// True when the value of the series of `row` is the one of the same moment.
    pub(crate) fn has(&self, row: &Row) -> bool {
        let cell = self.cells.get(row.series as usize);
        cell.is_some_and(|cell| cell.happened_at == row.happened_at)
    }

    /// The value of every series that has one, by number.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &Row> {
        self.cells.iter().filter(|row| row.happened_at != NEVER)
    }

    /// True when every series has the same value, moment, quality and time of becoming known as in `other`.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let known = |row: &Row| {
            if row.is_late() {
                row.known_at
            } else {
                row.happened_at
            }
        };
        let facts = |row: &Row| {
            let bits = row.value.to_bits();
            (row.series, row.quality, row.happened_at, known(row), bits)
        };
        self.rows().map(facts).eq(other.rows().map(facts))
    }
}

fn empty(series: u32) -> Row {
    Row {
        series,
        quality: Quality::Good,
        happened_at: NEVER,
        known_at: NEVER,
        value: 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(series: u32, happened_at: i64, value: f64) -> Row {
        Row {
            series,
            quality: Quality::Good,
            happened_at,
            known_at: happened_at,
            value,
        }
    }

    #[test]
    fn a_value_never_goes_back_and_the_first_of_a_moment_stays() {
        let mut fold = Fold::default();
        for row in [
            row(2, 5, 1.0),
            row(2, 4, 2.0),
            row(2, 5, 3.0),
            row(0, 9, 4.0),
        ] {
            fold.put(&row);
        }
        let rows: Vec<Row> = fold.rows().copied().collect();
        assert_eq!(rows, [row(0, 9, 4.0), row(2, 5, 1.0)]);
        fold.clear();
        assert_eq!(fold.rows().count(), 0);
    }

    #[test]
    fn a_series_without_a_value_changes_no_comparison() {
        let (mut a, mut b) = (Fold::default(), Fold::default());
        a.put(&row(0, 1, 1.0));
        b.put(&row(7, 1, 1.0));
        b.clear();
        b.put(&row(0, 1, 1.0));
        assert!(a.is_same(&b));
        b.put(&row(0, 2, 1.0));
        assert!(!a.is_same(&b));
    }
}
