//! Which row of the state each series of a block has: looked up once for each name, not for each value.

use crate::state::State;
use cim_model::{DatastreamId, ObservationBlock};
use std::sync::Arc;

/// A series that the state does not know yet.
const UNKNOWN: u32 = u32::MAX;

/// The rows of the series that the newest block named.
#[derive(Debug)]
pub(crate) struct BlockRows {
    series: Arc<[DatastreamId]>,
    rows: Vec<u32>,
    /// The state's catalogue when the unknown ones were last looked for.
    generation: u64,
}

impl Default for BlockRows {
    fn default() -> Self {
        Self {
            series: Arc::from([]),
            rows: Vec::new(),
            generation: u64::MAX,
        }
    }
}

impl BlockRows {
    /// Gets ready for the series of `block`.
    pub(crate) fn learn(&mut self, block: &ObservationBlock, state: &State) {
        let generation = state.catalogue_generation();
        let is_same = Arc::ptr_eq(&self.series, &block.series);
        if is_same && self.generation == generation {
            return;
        }
        if !is_same {
            let grows = block.series.len() >= self.series.len()
                && self
                    .series
                    .iter()
                    .zip(block.series.iter())
                    .all(|(a, b)| a == b);
            if !grows {
                self.rows.clear();
            }
            self.series = Arc::clone(&block.series);
            self.rows.resize(self.series.len(), UNKNOWN);
        }
        for (row, id) in self.rows.iter_mut().zip(self.series.iter()) {
            if *row == UNKNOWN {
                *row = state.series_row(id).unwrap_or(UNKNOWN);
            }
        }
        self.generation = generation;
    }

    /// The row of the block's series `place`; `None` when the state does not know it.
    pub(crate) fn row(&self, place: u32) -> Option<u32> {
        let row = *self.rows.get(place as usize)?;
        (row != UNKNOWN).then_some(row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::tests::{gas_sensor, observed};

    #[test]
    fn a_series_that_becomes_known_is_found_and_a_growing_list_keeps_its_rows() {
        let mut state = State::default();
        let (thing, series) = gas_sensor(0);
        state.apply_catalogue(vec![thing], vec![series], Vec::new());
        let mut rows = BlockRows::default();
        let block =
            ObservationBlock::from_observations(&[observed(1, 1, 1.0), observed(0, 1, 1.0)]);
        rows.learn(&block, &state);
        assert_eq!(
            (rows.row(0), rows.row(1), rows.row(2)),
            (None, Some(0), None)
        );
        let (thing, series) = gas_sensor(1);
        state.apply_catalogue(vec![thing], vec![series], Vec::new());
        rows.learn(&block, &state);
        assert_eq!((rows.row(0), rows.row(1)), (Some(1), Some(0)));
    }
}
