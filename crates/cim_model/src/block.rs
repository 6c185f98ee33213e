//! Many observations at once, without a text for each.

use crate::{DatastreamId, Observation, Quality, UtcMillis};
use std::collections::BTreeMap;
use std::sync::Arc;

/// One value of a series of the block that it stands in; 24 bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BlockRow {
    /// The series: an index into [`ObservationBlock::series`].
    pub series: u32,
    /// How far the value can be trusted.
    pub quality: Quality,
    /// When the value held in the city (`phenomenonTime`; its end when it is an interval).
    pub happened_at: UtcMillis,
    /// The value, in the datastream's unit.
    pub value: f64,
}

/// Many observations. The names are shared: blocks of one source grow one list, and a reader that met the list before need
/// only look at what was added to it.
#[derive(Clone, Debug, PartialEq)]
pub struct ObservationBlock {
    /// The series that rows may name. May hold more than the rows use.
    pub series: Arc<[DatastreamId]>,
    /// The values, in no particular order.
    pub rows: Vec<BlockRow>,
}

impl Default for ObservationBlock {
    fn default() -> Self {
        Self {
            series: Arc::from([]),
            rows: Vec::new(),
        }
    }
}

impl ObservationBlock {
    /// How many observations there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// True without observations.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The `index`th observation; `None` beyond the last, or when its row names no series of the block.
    pub fn observation(&self, index: usize) -> Option<Observation> {
        let row = self.rows.get(index)?;
        self.spell(row)
    }

    /// The observations, one by one; rows that name no series of the block are passed over.
    pub fn iter(&self) -> impl Iterator<Item = Observation> + '_ {
        self.rows.iter().filter_map(|row| self.spell(row))
    }

    /// The same observations as a block.
    pub fn from_observations(observations: &[Observation]) -> Self {
        let mut places: BTreeMap<&DatastreamId, u32> = BTreeMap::new();
        let mut series: Vec<DatastreamId> = Vec::new();
        let mut rows = Vec::with_capacity(observations.len());
        for observation in observations {
            let place = *places.entry(&observation.datastream).or_insert_with(|| {
                series.push(observation.datastream.clone());
                series.len() as u32 - 1
            });
            rows.push(BlockRow {
                series: place,
                quality: observation.quality,
                happened_at: observation.happened_at,
                value: observation.value,
            });
        }
        Self {
            series: series.into(),
            rows,
        }
    }

    fn spell(&self, row: &BlockRow) -> Option<Observation> {
        let datastream = self.series.get(row.series as usize)?.clone();
        Some(Observation {
            datastream,
            happened_at: row.happened_at,
            value: row.value,
            quality: row.quality,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_gives_back_what_it_was_made_of() {
        let observation = |series: &str, second: i64, value: f64| Observation {
            datastream: DatastreamId::new(series),
            happened_at: UtcMillis(second * 1000),
            value,
            quality: Quality::Suspect,
        };
        let told = vec![
            observation("b", 1, 0.5),
            observation("a", 2, 1.5),
            observation("b", 3, 2.5),
        ];
        let block = ObservationBlock::from_observations(&told);
        assert_eq!(block.series.len(), 2);
        assert_eq!(block.iter().collect::<Vec<_>>(), told);
        assert_eq!(block.observation(1), told.get(1).cloned());
        assert_eq!(block.observation(3), None);
    }

    #[test]
    fn a_row_of_no_series_is_passed_over() {
        let mut block = ObservationBlock::default();
        block.rows.push(BlockRow {
            series: 4,
            quality: Quality::Good,
            happened_at: UtcMillis(0),
            value: 1.0,
        });
        assert_eq!(block.iter().count(), 0);
        assert_eq!(block.observation(0), None);
    }
}
