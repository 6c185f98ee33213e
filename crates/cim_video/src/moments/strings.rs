//! Texts that are kept once and named by number.

use std::collections::BTreeMap;

const FNV_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0000_0100_0000_01b3;

/// Texts, one behind the other, each once. Numbers are given in the order in which texts come.
#[derive(Clone, Debug, Default)]
pub(super) struct Strings {
    text: String,
    /// Where each text ends.
    ends: Vec<u32>,
    /// Numbers by hash; of two texts with one hash the later one has the next free hash.
    by_hash: BTreeMap<u64, u32>,
}

impl Strings {
    /// Texts as they were kept. `None` when an end lies beyond the text, before another, or within a character.
    pub(super) fn from_parts(text: String, ends: Vec<u32>) -> Option<Self> {
        let mut before = 0;
        for end in &ends {
            if *end < before || !text.is_char_boundary(*end as usize) {
                return None;
            }
            before = *end;
        }
        if before as usize != text.len() {
            return None;
        }
        let mut strings = Self {
            text,
            ends,
            by_hash: BTreeMap::new(),
        };
        for row in 0..strings.len() {
            let hash = strings.seek(strings.get(row)).err();
            // A text that stands twice keeps its first number.
            if let Some(free) = hash {
                strings.by_hash.insert(free, row);
            }
        }
        Some(strings)
    }

    /// Its text and where each of them ends.
    pub(super) fn parts(&self) -> (&str, &[u32]) {
        (&self.text, &self.ends)
    }

    /// How many there are.
    pub(super) fn len(&self) -> u32 {
        u32::try_from(self.ends.len()).unwrap_or(u32::MAX)
    }

    /// The text with this number; empty when there is none.
    pub(super) fn get(&self, row: u32) -> &str {
        let row = row as usize;
        let before = row.checked_sub(1).and_then(|row| self.ends.get(row));
        let start = before.copied().unwrap_or_default() as usize;
        let end = self.ends.get(row).map_or(start, |end| *end as usize);
        self.text.get(start..end).unwrap_or_default()
    }

    /// The number of a text that is there.
    pub(super) fn find(&self, text: &str) -> Option<u32> {
        self.seek(text).ok()
    }

    /// The number of a text, which is taken in if it is not there. `None` when there is no more room.
    pub(super) fn put(&mut self, text: &str) -> Option<u32> {
        let free = match self.seek(text) {
            Ok(row) => return Some(row),
            Err(free) => free,
        };
        let end = u32::try_from(self.text.len().checked_add(text.len())?).ok()?;
        let row = u32::try_from(self.ends.len()).ok()?;
        self.text.push_str(text);
        self.ends.push(end);
        self.by_hash.insert(free, row);
        Some(row)
    }

    /// The number of a text, or the free hash under which it would be kept.
    fn seek(&self, text: &str) -> Result<u32, u64> {
        let mut hash = fnv(text);
        while let Some(row) = self.by_hash.get(&hash) {
            if self.get(*row) == text {
                return Ok(*row);
            }
            hash = hash.wrapping_add(1);
        }
        Err(hash)
    }
}

fn fnv(text: &str) -> u64 {
    let bytes = text.bytes();
    bytes.fold(FNV_BASIS, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_kept_once_and_found_by_its_number() {
        let mut strings = Strings::default();
        let texts = ["", "苏C12345", "a", "苏C1234"];
        for (row, text) in (0..).zip(texts) {
            assert_eq!(strings.find(text), None);
            assert_eq!(strings.put(text), Some(row));
            assert_eq!(strings.put(text), Some(row));
        }
        let again = {
            let (text, ends) = strings.parts();
            Strings::from_parts(text.to_owned(), ends.to_vec()).unwrap()
        };
        for (row, text) in (0..).zip(texts) {
            assert_eq!(again.get(row), text);
            assert_eq!(again.find(text), Some(row));
        }
        assert_eq!((again.len(), again.get(9), again.find("b")), (4, "", None));
    }

    #[test]
    fn parts_that_do_not_fit_are_refused() {
        for (text, ends) in [
            ("ab", vec![1]),
            ("ab", vec![2, 1]),
            ("ab", vec![3]),
            ("水", vec![1, 3]),
        ] {
            let told = format!("{text} {ends:?}");
            assert!(
                Strings::from_parts(text.to_owned(), ends).is_none(),
                "{told}"
            );
        }
    }
}
