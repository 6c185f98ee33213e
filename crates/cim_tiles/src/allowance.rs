//! How much memory a file may ask for.
//!
//! A file's counts are claims, not facts: a few bytes can promise a billion features. Whatever is built from a file
//! is first taken from its allowance, which grows with the file.

use crate::TileError;

/// Memory that a file may still ask for.
#[derive(Debug)]
pub(crate) struct Allowance {
    left_bytes: usize,
}

impl Allowance {
    /// What is built from a file may be this many times as large as the file.
    pub(crate) const TIMES_INPUT: usize = 16;
    /// Small files may ask for this much: a tile of one building has more JSON than triangles.
    pub(crate) const SMALL_INPUT_BYTES: usize = 64 * 1024;
    /// What one JSON object costs once parsed, with its share of the list that holds it.
    pub(crate) const JSON_OBJECT_BYTES: usize = 256;

    pub(crate) fn for_input(len: usize) -> Self {
        Self {
            left_bytes: len
                .saturating_mul(Self::TIMES_INPUT)
                .max(Self::SMALL_INPUT_BYTES),
        }
    }

    /// Takes `bytes`, or says that the file asks for too much.
    pub(crate) fn take(&mut self, bytes: usize, file: &str, place: &str) -> Result<(), TileError> {
        match self.left_bytes.checked_sub(bytes) {
            Some(left) => {
                self.left_bytes = left;
                Ok(())
            }
            None => Err(TileError::too_large(
                file,
                place,
                format!(
                    "this asks for more than {} times the file's size",
                    Self::TIMES_INPUT
                ),
            )),
        }
    }

    /// Takes what parsing `json` will cost, judged by its number of objects.
    #[expect(
        clippy::naive_bytecount,
        reason = "parsing costs a hundred times more than counting"
    )]
    pub(crate) fn take_json(&mut self, json: &[u8], file: &str) -> Result<(), TileError> {
        let objects = json.iter().filter(|byte| **byte == b'{').count();
        self.take(
            objects.saturating_mul(Self::JSON_OBJECT_BYTES),
            file,
            "its JSON",
        )
    }
}

/// What one JSON object of a tree of tiles costs: most are tiles, volumes and contents, whose seldom parts are boxed.
const TREE_OBJECT_BYTES: usize = 128;
/// What one element of a list or property costs where values of any type are kept.
const ANY_VALUE_BYTES: usize = 48;

impl Allowance {
    /// Takes what parsing a tileset's `json` will cost before its tiles are made.
    #[expect(
        clippy::naive_bytecount,
        reason = "parsing costs a hundred times more than counting"
    )]
    pub(crate) fn take_tree_json(&mut self, json: &[u8], file: &str) -> Result<(), TileError> {
        let objects = json.iter().filter(|byte| **byte == b'{').count();
        // Only metadata keeps values of any type; numbers of volumes and transforms cost no more than their text.
        let holds = |word: &[u8]| json.windows(word.len()).any(|part| part == word);
        let values = if holds(b"etadata") || holds(b"\"schema") || holds(b"\"groups\"") {
            json.iter().filter(|byte| **byte == b',').count()
        } else {
            0
        };
        let bytes = objects
            .saturating_mul(TREE_OBJECT_BYTES)
            .saturating_add(values.saturating_mul(ANY_VALUE_BYTES));
        self.take(bytes, file, "its JSON")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_may_ask_for_sixteen_times_its_size_and_no_more() {
        let mut allowance = Allowance::for_input(1_000_000);
        assert!(allowance.take(16_000_000, "a.glb", "all").is_ok());
        let error = allowance
            .take(1, "a.glb", "accessors/9")
            .expect_err("nothing is left");
        assert_eq!(error.place(), "accessors/9");
    }

    #[test]
    fn a_tree_with_metadata_pays_for_its_values() {
        let values = "0,".repeat(1_000_000);
        let plain = format!("[{values}0]");
        let mut allowance = Allowance::for_input(plain.len());
        assert!(allowance.take_tree_json(plain.as_bytes(), "a.json").is_ok());
        let kept = format!(r#"{{"metadata":[{values}0]}}"#);
        let mut allowance = Allowance::for_input(kept.len());
        assert!(allowance.take_tree_json(kept.as_bytes(), "a.json").is_err());
    }

    #[test]
    fn json_made_of_nothing_but_objects_is_refused() {
        let json = "{},".repeat(1_000_000);
        let mut allowance = Allowance::for_input(json.len());
        assert!(allowance.take_json(json.as_bytes(), "a.json").is_err());
    }
}
