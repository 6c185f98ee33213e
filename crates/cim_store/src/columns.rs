//! The state of every series at one moment: structure of arrays by series number, with stamps that tell a reader what
//! has changed since it looked last.

use cim_model::{Quality, Reading, UtcMillis};

use crate::codec::KeyFrame;
use crate::row::{NEVER, Row};

/// So many rows share a stamp, so that a reader passes over them at once.
const PAGE: usize = 64;

/// Numbers of series are dense, so a greater one is no series but damage; it takes no memory.
const MOST_ROWS: usize = 1 << 24;

/// The state of every series at one moment, structure of arrays by series number.
///
/// One writer, any number of readers: each holds a [`Seen`] and asks for the rows that changed since its last look.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    times: Vec<i64>,
    values: Vec<f64>,
    qualities: Vec<Quality>,
    known: Vec<i64>,
    /// The change that each row, and each page, had last.
    stamps: Vec<u64>,
    pages: Vec<u64>,
    /// How many changes there were.
    changes: u64,
    /// How many rows have a value.
    held: usize,
}

/// What a reader has seen of some columns. It belongs to those columns alone; a new one has seen nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen(u64);

impl Columns {
    /// No rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes room for so many rows. Never shrinks; 16 777 216 rows are the most.
    pub fn grow_to(&mut self, rows: usize) {
        let rows = rows.min(MOST_ROWS);
        if rows <= self.len() {
            return;
        }
        self.times.resize(rows, NEVER);
        self.values.resize(rows, 0.0);
        self.qualities.resize(rows, Quality::Good);
        self.known.resize(rows, NEVER);
        self.stamps.resize(rows, 0);
        self.pages.resize(rows.div_ceil(PAGE), 0);
    }

    /// How many rows there is room for, with a value or without.
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// True when no series has a value.
    pub fn is_empty(&self) -> bool {
        self.held == 0
    }

    /// A series' value; none when it has none.
    pub fn get(&self, series: u32) -> Option<Reading> {
        let row = series as usize;
        let happened_at = self.times.get(row).copied().filter(|&time| time != NEVER)?;
        Some(Reading {
            happened_at: UtcMillis(happened_at),
            value: self.values.get(row).copied()?,
            quality: self.qualities.get(row).copied()?,
        })
    }

    /// When the desk came to know a series' value; none when it has none.
    pub fn known_at(&self, series: u32) -> Option<UtcMillis> {
        let row = series as usize;
        self.times.get(row).filter(|&&time| time != NEVER)?;
        self.known.get(row).copied().map(UtcMillis)
    }

    /// Takes a value that is newer than the one there, and says whether it did. Grows when needed; allocates nothing
    /// otherwise.
    pub fn put(&mut self, row: &Row) -> bool {
        let before = self
            .times
            .get(row.series as usize)
            .copied()
            .unwrap_or(NEVER);
        row.happened_at > before && self.write(row)
    }

    /// Takes a value, whatever was there. A moment of [`NEVER`] forgets the series.
    pub fn set(&mut self, row: &Row) {
        if row.happened_at == NEVER {
            self.forget(row.series);
        } else {
            self.write(row);
        }
    }

    /// Takes the state of a group whose first series is `first`: of each series what held by `until`, unless something newer
    /// is there; those in `but` (slots, ascending) are left out.
    pub(crate) fn put_state(&mut self, first: u32, state: &KeyFrame, until: i64, but: &[u16]) {
        let start = first as usize;
        let end = start + state.times.len();
        if end > self.len() {
            self.grow(end - 1);
        }
        if end > self.len() {
            return;
        }
        self.changes += 1;
        let columns = self.times[start..end]
            .iter_mut()
            .zip(&mut self.values[start..end])
            .zip(&mut self.qualities[start..end])
            .zip(&mut self.known[start..end])
            .zip(&mut self.stamps[start..end]);
        let given = state.times.iter().zip(&state.values).zip(&state.qualities);
        for (slot, (((((time, value), quality), known), stamp), ((held_at, holds), trust))) in
            columns.zip(given).enumerate()
        {
            let is_left_out = !but.is_empty() && but.binary_search(&(slot as u16)).is_ok();
            if *held_at == NEVER || *held_at > until || *time > *held_at || is_left_out {
                continue;
            }
            self.held += usize::from(*time == NEVER);
            (*time, *value, *quality, *known) = (*held_at, *holds, *trust, *held_at);
            *stamp = self.changes;
        }
        for (slot, known_at) in &state.late {
            let slot = usize::from(*slot);
            let is_it = self.times.get(start + slot) == state.times.get(slot);
            if let Some(known) = self.known.get_mut(start + slot).filter(|_| is_it) {
                *known = *known_at;
            }
        }
        for page in &mut self.pages[start / PAGE..end.div_ceil(PAGE)] {
            *page = self.changes;
        }
    }

    /// Takes a series' value away. That is a change when it had one.
    pub fn forget(&mut self, series: u32) {
        let row = series as usize;
        if let Some(time) = self.times.get_mut(row).filter(|time| **time != NEVER) {
            *time = NEVER;
            self.held -= 1;
            self.changed(row);
        }
    }

    /// Takes all values away and keeps the size. Every row that had a value counts as changed.
    pub fn clear(&mut self) {
        if self.held == 0 {
            return;
        }
        self.changes += 1;
        let pages = self
            .times
            .chunks_mut(PAGE)
            .zip(self.stamps.chunks_mut(PAGE));
        for ((times, stamps), page) in pages.zip(&mut self.pages) {
            for (time, stamp) in times.iter_mut().zip(stamps) {
                if *time != NEVER {
                    *time = NEVER;
                    *stamp = self.changes;
                    *page = self.changes;
                }
            }
        }
        self.held = 0;
    }

    /// Gives the number of every row that changed since the last look to `each`, ascending, and remembers the look. A
    /// page without changes costs one comparison.
    pub fn changes_since(&self, seen: &mut Seen, mut each: impl FnMut(u32)) {
        if seen.0 == self.changes {
            return;
        }
        let pages = self.pages.iter().zip(self.stamps.chunks(PAGE));
        for (page, (_, stamps)) in pages.enumerate().filter(|(_, page)| *page.0 > seen.0) {
            for (place, _) in stamps
                .iter()
                .enumerate()
                .filter(|(_, stamp)| **stamp > seen.0)
            {
                each((page * PAGE + place) as u32);
            }
        }
        seen.0 = self.changes;
    }

    /// The newest moment of all values; none when there is no value. Looks at every row.
    pub fn newest(&self) -> Option<UtcMillis> {
        let newest = self.times.iter().copied().fold(NEVER, i64::max);
        (newest != NEVER).then_some(UtcMillis(newest))
    }

    /// When each value held, UTC milliseconds, by series number; [`NEVER`]: there is none.
    pub fn times(&self) -> &[i64] {
        &self.times
    }

    /// The values by series number. Where the moment is [`NEVER`] they mean nothing.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// How far each value can be trusted, by series number. Where the moment is [`NEVER`] they mean nothing.
    pub fn qualities(&self) -> &[Quality] {
        &self.qualities
    }

    /// Writes a value; false when there can be no such series.
    fn write(&mut self, row: &Row) -> bool {
        let place = row.series as usize;
        if place >= self.len() {
            self.grow(place);
        }
        let (Some(time), Some(value), Some(quality), Some(known)) = (
            self.times.get_mut(place),
            self.values.get_mut(place),
            self.qualities.get_mut(place),
            self.known.get_mut(place),
        ) else {
            return false;
        };
        self.held += usize::from(*time == NEVER);
        (*time, *value, *quality, *known) = (row.happened_at, row.value, row.quality, row.known_at);
        self.changed(place);
        true
    }

    /// Makes room for a row and for some behind it. There is no series at or behind [`MOST_ROWS`].
    #[cold]
    fn grow(&mut self, place: usize) {
        if place < MOST_ROWS {
            let doubled = (self.len() * 2).min(MOST_ROWS);
            self.grow_to((place + 1).next_multiple_of(PAGE).max(doubled));
        }
    }

    /// Stamps a row and its page.
    fn changed(&mut self, row: usize) {
        self.changes += 1;
        if let Some(stamp) = self.stamps.get_mut(row) {
            *stamp = self.changes;
        }
        if let Some(page) = self.pages.get_mut(row / PAGE) {
            *page = self.changes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(series: u32, happened_at: i64, value: f64) -> Row {
        Row {
            series,
            quality: Quality::Estimated,
            happened_at,
            known_at: happened_at + 7,
            value,
        }
    }

    fn changes(columns: &Columns, seen: &mut Seen) -> Vec<u32> {
        let mut rows = Vec::new();
        columns.changes_since(seen, |series| rows.push(series));
        rows
    }

    #[test]
    fn a_groups_state_is_taken_at_once_unless_something_newer_is_there() {
        let mut columns = Columns::new();
        columns.put(&row(513, 90, 9.0));
        let mut state = KeyFrame::empty();
        for (slot, time) in [(0, 10), (1, 20), (2, 300), (3, 40)] {
            state.times[slot] = time;
            state.values[slot] = slot as f64;
        }
        state.late = vec![(0, 77)];
        let mut seen = Seen::default();
        changes(&columns, &mut seen);
        columns.put_state(512, &state, 100, &[3]);
        assert_eq!(changes(&columns, &mut seen), [512]);
        assert_eq!(columns.known_at(512), Some(UtcMillis(77)));
        assert_eq!(columns.get(513).map(|reading| reading.value), Some(9.0));
        assert_eq!((columns.get(514), columns.get(515)), (None, None));
        columns.put_state(512, &state, 400, &[]);
        assert_eq!(changes(&columns, &mut seen), [512, 514, 515]);
    }

    #[test]
    fn put_takes_what_is_newer_and_never_goes_back() {
        let mut columns = Columns::new();
        assert!(columns.is_empty());
        assert_eq!(columns.get(3), None);
        assert!(columns.put(&row(3, 100, 1.0)));
        assert!(!columns.put(&row(3, 100, 2.0)));
        assert!(!columns.put(&row(3, 99, 3.0)));
        assert!(columns.put(&row(3, -5 + 106, 4.0)));
        assert!(!columns.put(&row(4, NEVER, 4.0)));
        let reading = columns.get(3).expect("it has a value");
        assert_eq!((reading.happened_at, reading.value), (UtcMillis(101), 4.0));
        assert_eq!(reading.quality, Quality::Estimated);
        assert_eq!(columns.known_at(3), Some(UtcMillis(108)));
        assert_eq!(columns.known_at(4), None);
        assert!(!columns.is_empty());
        columns.set(&row(3, 50, 5.0));
        assert_eq!(columns.newest(), Some(UtcMillis(50)));
        columns.set(&row(3, NEVER, 5.0));
        assert!(columns.is_empty());
        assert_eq!(columns.newest(), None);
        assert_eq!(columns.known_at(3), None);
    }

    #[test]
    fn every_reader_sees_each_changed_row_once_and_ascending() {
        let mut columns = Columns::new();
        columns.grow_to(1000);
        let (mut early, mut late) = (Seen::default(), Seen::default());
        for series in [999, 0, 64, 63, 500, 64] {
            columns.put(&row(series, i64::from(series) + 1, 1.0));
        }
        assert_eq!(changes(&columns, &mut early), [0, 63, 64, 500, 999]);
        assert!(changes(&columns, &mut early).is_empty());
        columns.put(&row(64, 1000, 2.0));
        columns.put(&row(64, 900, 2.0));
        columns.put(&row(129, 1000, 2.0));
        assert_eq!(changes(&columns, &mut early), [64, 129]);
        assert_eq!(changes(&columns, &mut late), [0, 63, 64, 129, 500, 999]);
        assert!(changes(&columns, &mut late).is_empty());
    }

    #[test]
    fn what_is_forgotten_or_cleared_counts_as_changed_when_it_had_a_value() {
        let mut columns = Columns::new();
        let mut seen = Seen::default();
        for series in [1, 70, 300] {
            columns.put(&row(series, 10, 1.0));
        }
        changes(&columns, &mut seen);
        columns.forget(70);
        columns.forget(71);
        columns.forget(u32::MAX);
        assert_eq!(changes(&columns, &mut seen), [70]);
        let size = columns.len();
        columns.clear();
        assert_eq!((columns.len(), columns.is_empty()), (size, true));
        assert_eq!(changes(&columns, &mut seen), [1, 300]);
        columns.clear();
        assert!(changes(&columns, &mut seen).is_empty());
        assert!(
            columns.put(&row(70, 5, 1.0)),
            "older than before it was forgotten"
        );
        assert_eq!(changes(&columns, &mut seen), [70]);
    }

    #[test]
    fn a_number_that_is_no_series_takes_no_memory() {
        let mut columns = Columns::new();
        assert!(!columns.put(&row(u32::MAX, 10, 1.0)));
        columns.set(&row(MOST_ROWS as u32, 10, 1.0));
        columns.grow_to(0);
        assert_eq!(columns.len(), 0);
        assert!(columns.put(&row(200, 10, 1.0)));
        assert!((201..=256).contains(&columns.len()));
    }
}
