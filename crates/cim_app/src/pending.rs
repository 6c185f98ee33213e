//! What must be written down and waits for the store.

use crate::state::State;
use cim_store::{Fact, Row};

/// How many observations wait for the store while it cannot take them. Beyond it the oldest are lost to history (the
/// live view has seen them), and a problem says how many.
pub(crate) const MAX_PENDING: usize = 2_000_000;

/// How many facts wait for a store that does not take them; beyond it the oldest are lost, and a problem says so. Fifty
/// thousand alarms at once, each raised, cleared and acknowledged, find room.
pub(crate) const MAX_PENDING_FACTS: usize = 200_000;

/// What must be written down.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    /// Observations, in the order in which they came.
    pub(crate) rows: Vec<Row>,
    /// Observations of series that the store has not numbered; their number is the desk's own row.
    pub(crate) unnumbered: Vec<Row>,
    /// What became of alarms, and what people did.
    pub(crate) facts: Vec<Fact>,
    /// Those of them that the hub is to have, each with the hub's number of the newest change that its author had seen.
    pub(crate) queued: Vec<(String, Option<u64>)>,
}

impl Pending {
    /// Takes up the observations whose series have a number by now.
    pub(crate) fn number(&mut self, state: &State) {
        if self.unnumbered.is_empty() {
            return;
        }
        let rows = &mut self.rows;
        self.unnumbered.retain(|kept| {
            let Some(number) = state.number(kept.series) else {
                return true;
            };
            rows.push(Row {
                series: number,
                ..*kept
            });
            false
        });
    }

    /// Lets the oldest observations beyond the limit go, and says how many.
    pub(crate) fn lose_too_many(&mut self) -> usize {
        lose_oldest(&mut self.rows) + lose_oldest(&mut self.unnumbered)
    }
}

/// Lets the oldest of `rows` beyond [`MAX_PENDING`] go, and says how many.
pub(crate) fn lose_oldest(rows: &mut Vec<Row>) -> usize {
    let too_many = rows.len().saturating_sub(MAX_PENDING);
    rows.drain(..too_many);
    too_many
}

#[cfg(test)]
mod tests {
    use super::*;
    use cim_model::Quality;

    #[test]
    fn history_that_the_store_cannot_take_is_lost_oldest_first() {
        let mut pending = Pending::default();
        pending
            .rows
            .extend((0..MAX_PENDING as i64 + 5).map(|moment| Row {
                series: 1,
                quality: Quality::Good,
                happened_at: moment,
                known_at: moment,
                value: 1.0,
            }));
        assert_eq!(pending.lose_too_many(), 5);
        assert_eq!(pending.rows.len(), MAX_PENDING);
        assert_eq!(pending.rows.first().map(|row| row.happened_at), Some(5));
    }
}
