//! A set of rows, a bit each.

/// A set of rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RowSet {
    words: Vec<u64>,
}

impl RowSet {
    /// Puts `row` in; false when it is in already.
    pub(crate) fn insert(&mut self, row: u32) -> bool {
        let (at, bit) = place_of(row);
        if self.words.len() <= at {
            self.words.resize(at + 1, 0);
        }
        let Some(word) = self.words.get_mut(at) else {
            return false;
        };
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }

    /// True when `row` is in it.
    pub(crate) fn contains(&self, row: u32) -> bool {
        let (at, bit) = place_of(row);
        self.words.get(at).is_some_and(|word| word & bit != 0)
    }
}

impl FromIterator<u32> for RowSet {
    fn from_iter<I: IntoIterator<Item = u32>>(rows: I) -> Self {
        let mut set = Self::default();
        for row in rows {
            set.insert(row);
        }
        set
    }
}

fn place_of(row: u32) -> (usize, u64) {
    ((row / u64::BITS) as usize, 1 << (row % u64::BITS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_in_a_set_once() {
        let mut set: RowSet = [3, 64, 1000].into_iter().collect();
        assert!(!set.insert(64) && set.insert(65));
        assert!([3, 64, 65, 1000].iter().all(|row| set.contains(*row)));
        assert!(!set.contains(4) && !set.contains(1_000_000));
    }
}
