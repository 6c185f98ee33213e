//! Check values: of the hub's feed, and of bodies on their way.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// The check value of a change in the hub's feed: the first eight bytes of SHA-256 (FIPS 180-4) over the check value
/// before it, the kind, the identity and the body's text, as 16 hexadecimal digits.
pub(crate) fn next_chain(before: &str, kind: &str, id: &str, body: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(before.as_bytes());
    hash.update(kind.as_bytes());
    hash.update([0]);
    hash.update(id.as_bytes());
    hash.update([0]);
    hash.update(body.as_bytes());
    hex(hash.finalize().iter().take(8))
}

/// All 64 hexadecimal digits of SHA-256 over `bytes`.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    hex(Sha256::digest(bytes).iter())
}

/// The value of the field `Content-Digest` for `body` (RFC 9530, section 2).
pub fn content_digest(body: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(body)))
}

fn hex<'b>(bytes: impl Iterator<Item = &'b u8>) -> String {
    bytes
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|half| char::from_digit(u32::from(half), 16))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_values_are_those_of_the_hub() {
        let first = next_chain("epoch-1", "fact", "f1", r#"{"a":1}"#);
        assert_eq!(first, "5a591da8a6bcb115");
        assert_eq!(next_chain(&first, "event", "e1", "{}"), "312fb66a5d28f343");
        assert_eq!(
            content_digest(br#"{"hello": "world"}"#),
            "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:"
        );
    }
}
