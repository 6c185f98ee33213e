//! Statements as sqlx wants them: fixed texts, and fixed texts that carry many rows at once.
//!
//! Each statement costs a trip to SQLite's own thread; a hundred rows a trip keep a batch of thousands cheap. The sizes are
//! few and fixed, so that every text is prepared once per connection.

use sqlx::{Database, Sqlite, query::Query};

/// A statement ready to be bound.
pub(crate) type Statement = Query<'static, Sqlite, <Sqlite as Database>::Arguments>;

/// The statement `text`.
pub(crate) fn sql(text: &'static str) -> Statement {
    sqlx::query(text)
}

/// How many rows one trip carries; greedy from the largest. The last must be 1.
const ROWS_PER_TRIP: [usize; 3] = [100, 10, 1];

/// One `INSERT … VALUES` text per number of rows.
pub(crate) struct ManyRows([String; 3]);

impl ManyRows {
    /// `head` ends with `VALUES`, `row` is one row's placeholders, `tail` is the conflict clause.
    pub(crate) fn new(head: &str, row: &str, tail: &str) -> Self {
        Self(ROWS_PER_TRIP.map(|count| format!("{head} {} {tail}", vec![row; count].join(", "))))
    }

    /// `rows` cut into trips, each with the statement for its size.
    pub(crate) fn trips<'a, T>(&'static self, rows: &'a [T]) -> Vec<(Statement, &'a [T])> {
        let mut trips = Vec::new();
        let mut rest = rows;
        for (count, text) in ROWS_PER_TRIP.iter().zip(&self.0) {
            let (full, left) = rest.split_at(rest.len() / count * count);
            trips.extend(full.chunks(*count).map(|chunk| (sql(text.as_str()), chunk)));
            rest = left;
        }
        trips
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::LazyLock;

    static TEXTS: LazyLock<ManyRows> =
        LazyLock::new(|| ManyRows::new("INSERT INTO t VALUES", "(?)", ""));

    #[test]
    fn every_row_travels_once_in_as_few_trips_as_the_sizes_allow() {
        let rows: Vec<u32> = (0..123).collect();
        let sizes: Vec<usize> = TEXTS
            .trips(&rows)
            .iter()
            .map(|(_, chunk)| chunk.len())
            .collect();
        assert_eq!(sizes, [100, 10, 10, 1, 1, 1]);
        let carried: Vec<u32> = TEXTS
            .trips(&rows)
            .into_iter()
            .flat_map(|(_, chunk)| chunk.to_vec())
            .collect();
        assert_eq!(carried, rows);
    }
}
