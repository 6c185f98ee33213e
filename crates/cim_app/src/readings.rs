//! The readings of one moment, seen by rows of the desk's own state.

use cim_model::{Reading, UtcMillis};
use cim_store::Columns;

/// Marks a series that the store has given no number.
pub(crate) const NO_NUMBER: u32 = u32::MAX;

/// The readings of one moment. The newest ones lie by row; those of the past by the store's numbers.
#[derive(Clone, Copy)]
pub(crate) struct Readings<'a> {
    columns: &'a Columns,
    /// The store's number of each row; `None` where columns lie by row.
    numbers: Option<&'a [u32]>,
    /// In a branch, the moment up to which sources reported: from then on every value is taken to hold.
    held_from: Option<UtcMillis>,
}

impl<'a> Readings<'a> {
    /// Readings that lie by row.
    pub(crate) fn by_row(columns: &'a Columns) -> Self {
        Self {
            columns,
            numbers: None,
            held_from: None,
        }
    }

    /// Readings that lie by the store's numbers; `numbers` says which row has which.
    pub(crate) fn by_number(columns: &'a Columns, numbers: &'a [u32]) -> Self {
        Self {
            columns,
            numbers: Some(numbers),
            held_from: None,
        }
    }

    /// The same, every value of which is taken to hold from `moment` on.
    pub(crate) fn holding_from(self, moment: Option<UtcMillis>) -> Self {
        Self {
            held_from: moment,
            ..self
        }
    }

    /// The reading in `row`.
    pub(crate) fn get(&self, row: u32) -> Option<Reading> {
        self.columns.get(self.place(row)?)
    }

    /// When the desk came to know the reading in `row`.
    pub(crate) fn known_at(&self, row: u32) -> Option<UtcMillis> {
        self.columns.known_at(self.place(row)?)
    }

    /// True when no row has a reading.
    pub(crate) fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    /// The newest moment in any row.
    pub(crate) fn newest(&self) -> Option<UtcMillis> {
        self.columns.newest()
    }

    /// How old `reading` is, as seen at `moment`, seconds.
    pub(crate) fn age_s(&self, reading: &Reading, moment: UtcMillis) -> f64 {
        let seen_at = self.held_from.map_or(moment, |from| moment.min(from));
        seen_at.seconds_since(reading.happened_at)
    }

    fn place(&self, row: u32) -> Option<u32> {
        match self.numbers {
            None => Some(row),
            Some(numbers) => numbers
                .get(row as usize)
                .copied()
                .filter(|number| *number != NO_NUMBER),
        }
    }
}
