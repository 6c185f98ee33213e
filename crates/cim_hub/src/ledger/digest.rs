//! Check values: over the ledger, and over the bodies that go through the doors.

use super::store::ChangeKind;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// The check value of a change: the first eight bytes of SHA-256 (FIPS 180-4) over the check value before it, the
/// kind, the identity and the body's text, as 16 hexadecimal digits.
///
/// `next_chain("epoch-1", Fact, "f1", {"a":1})` is `5a591da8a6bcb115`; an event `e1` with the body `{}` after it gives
/// `312fb66a5d28f343`.
pub(crate) fn next_chain(before: &str, kind: ChangeKind, id: &str, body: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(before.as_bytes());
    hash.update(kind.as_str().as_bytes());
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
pub(crate) fn content_digest(body: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(body)))
}

/// Whether `body` is what the field `Content-Digest` says. Other algorithms than SHA-256 are not looked at, as RFC 9530
/// allows.
pub(crate) fn check_content_digest(field: &str, body: &[u8]) -> Result<(), String> {
    let own = content_digest(body);
    for member in field.split(',').map(str::trim) {
        if member.starts_with("sha-256=") && member != own {
            return Err(format!(
                "the body is not what Content-Digest says: {member} was sent, {own} arrived"
            ));
        }
    }
    Ok(())
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
    fn check_values_are_the_published_ones() {
        let first = next_chain("epoch-1", ChangeKind::Fact, "f1", r#"{"a":1}"#);
        assert_eq!(first, "5a591da8a6bcb115");
        assert_eq!(
            next_chain(&first, ChangeKind::Event, "e1", "{}"),
            "312fb66a5d28f343"
        );
    }

    #[test]
    fn a_changed_body_is_noticed_and_other_algorithms_are_left_alone() {
        let body = br#"{"hello": "world"}"#;
        // The example of RFC 9530, appendix D, without its line feed.
        let field = "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:";
        assert_eq!(content_digest(body), field);
        assert_eq!(check_content_digest(field, body), Ok(()));
        assert_eq!(
            check_content_digest(&format!("sha-512=:AA==:, {field}"), body),
            Ok(())
        );
        assert_eq!(check_content_digest("sha-512=:AA==:", body), Ok(()));
        let problem = check_content_digest(field, b"{}").expect_err("another body");
        assert!(problem.contains("Content-Digest"), "{problem}");
    }
}
