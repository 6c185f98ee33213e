//! Identities as numbers, and finding a row by its identity.

use cim_model::GbCode;
use cim_sync::gb28181::ItemKind;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Marks a number that stands for an identity that is no code of 20 digits.
const OTHER: u128 = 1 << 100;
/// So many rows wait to be sorted among the others.
const MAX_RECENT: usize = 1 << 14;

/// Identities, and the rows that have them. 20 bytes an entry once it is settled.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ids {
    /// The identity of each row: 20 digits as a number, or a mark and a number in `others`.
    keys: Vec<u128>,
    others: Vec<Box<str>>,
    numbers: BTreeMap<Box<str>, u32>,
    /// Rows by identity.
    sorted: Vec<u32>,
    /// Rows that came since they were sorted.
    recent: BTreeMap<u128, u32>,
}

impl Ids {
    /// The row of `id`.
    pub(crate) fn row(&self, id: &str) -> Option<u32> {
        let key = self.key_of(id)?;
        if let Some(row) = self.recent.get(&key) {
            return Some(*row);
        }
        let place = self
            .sorted
            .binary_search_by_key(&key, |row| self.key(*row))
            .ok()?;
        self.sorted.get(place).copied()
    }

    /// Adds a row with an identity that no row has.
    pub(crate) fn push(&mut self, id: &str) -> u32 {
        let row = self.keys.len() as u32;
        let key = self.key_of(id).unwrap_or_else(|| {
            let number = self.others.len() as u32;
            self.others.push(id.into());
            self.numbers.insert(id.into(), number);
            OTHER | u128::from(number)
        });
        self.keys.push(key);
        self.recent.insert(key, row);
        row
    }

    /// What rows are sorted by: codes by their digits, then the others as they came.
    pub(crate) fn key(&self, row: u32) -> u128 {
        self.keys.get(row as usize).copied().unwrap_or(u128::MAX)
    }

    /// The identity of `row`.
    pub(crate) fn id(&self, row: u32) -> String {
        let mut id = String::new();
        self.write(row, &mut id);
        id
    }

    /// Writes the identity of `row` behind `text`.
    pub(crate) fn write(&self, row: u32, text: &mut String) {
        let key = self.key(row);
        if key < OTHER {
            let written = write!(text, "{key:020}");
            debug_assert!(written.is_ok(), "a String takes everything");
        } else if let Some(other) = self.others.get((key & 0xffff_ffff) as usize) {
            text.push_str(other);
        }
    }

    /// The code of `row`, when it has one.
    pub(crate) fn code(&self, row: u32) -> Option<GbCode> {
        let key = self.key(row);
        (key < OTHER).then(|| code_of(key))
    }

    /// What the entry of `row` is, by its identity.
    pub(crate) fn kind(&self, row: u32) -> ItemKind {
        ItemKind::of(&self.id(row))
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }

    /// Sorts what came since, once it is much.
    pub(crate) fn settle_soon(&mut self) {
        if self.recent.len() > MAX_RECENT {
            self.settle();
        }
    }

    /// Sorts what came since.
    pub(crate) fn settle(&mut self) {
        if self.recent.is_empty() {
            return;
        }
        let recent = std::mem::take(&mut self.recent);
        let mut sorted = std::mem::take(&mut self.sorted);
        sorted.extend(recent.into_values());
        // Two runs in order, which a stable sort merges in one pass.
        sorted.sort_by_key(|row| self.key(*row));
        self.sorted = sorted;
    }

    /// About how much memory it takes, bytes.
    pub(crate) fn bytes(&self) -> usize {
        /// A text in the list and in the tree, with a share of the tree's nodes.
        const OTHER_BYTES: usize = 120;
        /// An entry of the tree of what came since.
        const RECENT_BYTES: usize = 45;
        self.keys.capacity() * size_of::<u128>()
            + self.sorted.capacity() * size_of::<u32>()
            + self.others.len() * OTHER_BYTES
            + self.recent.len() * RECENT_BYTES
    }

    fn key_of(&self, id: &str) -> Option<u128> {
        if let Some(key) = digits_of(id) {
            return Some(key);
        }
        let number = self.numbers.get(id)?;
        Some(OTHER | u128::from(*number))
    }
}

/// 20 digits as a number.
fn digits_of(id: &str) -> Option<u128> {
    let is_code = id.len() == 20 && id.bytes().all(|byte| byte.is_ascii_digit());
    if is_code { id.parse().ok() } else { None }
}

fn code_of(key: u128) -> GbCode {
    let part = |behind: u32, digits: u32| (key / 10_u128.pow(behind) % 10_u128.pow(digits)) as u32;
    GbCode {
        centre: part(12, 8),
        industry: part(10, 2) as u8,
        kind: part(7, 3) as u16,
        network: part(6, 1) as u8,
        sequence: part(0, 6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_by_identities_of_any_form_before_and_after_settling() {
        let all = [
            "32030000001320000017",
            "hub camera 7",
            "3203",
            "00000000000000000001",
        ];
        let mut ids = Ids::default();
        for (row, id) in (0..).zip(all) {
            assert_eq!(ids.row(id), None);
            assert_eq!(ids.push(id), row);
        }
        for _ in 0..2 {
            for (row, id) in (0..).zip(all) {
                assert_eq!(ids.row(id), Some(row));
                assert_eq!(ids.id(row), id);
                assert_eq!(ids.code(row), GbCode::parse(id));
            }
            ids.settle();
        }
        ids.push("32030000001320000001");
        assert_eq!(ids.row("32030000001320000017"), Some(0));
        assert_eq!(ids.row("32030000001320000001"), Some(4));
        assert!(ids.key(4) < ids.key(0) && ids.key(0) < ids.key(2));
    }
}
