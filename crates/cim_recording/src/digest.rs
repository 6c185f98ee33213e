//! SHA-256 (FIPS 180-4) over a recording's content, and over single files.

use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The digest of what was told so far.
#[derive(Clone, Default)]
pub(crate) struct Content(Sha256);

impl Content {
    /// Adds the `recording` metadata.
    pub(crate) fn add_head(&mut self, head: &BTreeMap<String, String>) {
        for text in head.iter().flat_map(|(key, value)| [key, value]) {
            self.add_text(text);
        }
    }

    /// Adds a message.
    pub(crate) fn add_message(&mut self, topic: &str, log_time: u64, data: &[u8]) {
        self.add_text(topic);
        self.0.update(log_time.to_le_bytes());
        self.0.update((data.len() as u64).to_le_bytes());
        self.0.update(data);
    }

    fn add_text(&mut self, text: &str) {
        self.0.update((text.len() as u32).to_le_bytes());
        self.0.update(text.as_bytes());
    }

    /// The digest, as 64 hexadecimal digits.
    pub(crate) fn finish(self) -> String {
        hex(&self.0.finalize())
    }
}

/// The digest of bytes that come in pieces.
#[derive(Clone, Default)]
pub(crate) struct Bytes(Sha256);

impl Bytes {
    /// Adds some bytes.
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest, as 64 hexadecimal digits.
    pub(crate) fn finish(self) -> String {
        hex(&self.0.finalize())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|half| char::from_digit(u32::from(half), 16))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The value published with the algorithm.
    #[test]
    fn pieces_add_up_to_sha_256() {
        let mut bytes = Bytes::default();
        bytes.add(b"a");
        bytes.add(b"bc");
        assert_eq!(
            bytes.finish(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn moving_a_byte_between_topic_and_data_changes_the_digest() {
        let of = |topic: &str, data: &[u8]| {
            let mut content = Content::default();
            content.add_message(topic, 7, data);
            content.finish()
        };
        assert_ne!(of("ab", b"c"), of("a", b"bc"));
    }
}
