//! The chain of check values that a signature closes: SHA-256 (FIPS 180-4) of each record with the value before it, so that a
//! record that was changed, added or taken away later shows.

use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// A chain of check values.
#[derive(Clone, Debug, Default)]
pub(super) struct Chain {
    last: Vec<u8>,
}

impl Chain {
    /// Adds a record. Fields are told apart by their lengths: no two records have the same bytes.
    pub(super) fn add(&mut self, fields: &[&str]) {
        let mut hash = Sha256::new();
        hash.update(&self.last);
        for field in fields {
            hash.update((field.len() as u64).to_be_bytes());
            hash.update(field.as_bytes());
        }
        self.last = hash.finalize().to_vec();
    }

    /// The newest check value as 64 hexadecimal digits; empty before the first record.
    pub(super) fn hex(&self) -> String {
        let mut text = String::with_capacity(2 * self.last.len());
        for byte in &self.last {
            // Writing to a text cannot fail.
            write!(text, "{byte:02x}").ok();
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(records: &[&[&str]]) -> String {
        let mut chain = Chain::default();
        for record in records {
            chain.add(record);
        }
        chain.hex()
    }

    #[test]
    fn every_change_shows() {
        let chains = [
            chain(&[&["ab", "c"], &["d"]]),
            chain(&[&["a", "bc"], &["d"]]),
            chain(&[&["d"], &["ab", "c"]]),
            chain(&[&["ab", "c"]]),
        ];
        for (index, one) in chains.iter().enumerate() {
            assert_eq!(one.len(), 64);
            assert_eq!(chains.iter().position(|other| other == one), Some(index));
        }
        assert_eq!(chain(&[]), "");
    }
}
