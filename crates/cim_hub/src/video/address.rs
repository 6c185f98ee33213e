//! Addresses of a camera's pictures: its identity as one part of a path, and its number in the picture.

use cim_model::GbCode;

/// The number that a camera's test picture carries for programs: the sequence of its GB/T 28181 code, otherwise FNV-1a of its
/// identity.
pub fn pattern_number(camera_id: &str) -> u32 {
    GbCode::parse(camera_id).map_or_else(
        || {
            camera_id.bytes().fold(0x811C_9DC5, |hash: u32, byte| {
                (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
            })
        },
        |code| code.sequence,
    )
}

/// An identity as one part of a path: everything that is not plain is encoded (RFC 3986, 2.3).
pub(crate) fn path_part(id: &str) -> String {
    use std::fmt::Write;
    id.bytes()
        .fold(String::with_capacity(id.len()), |mut part, byte| {
            if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
                part.push(char::from(byte));
            } else {
                // Writing to a String cannot fail.
                write!(part, "%{byte:02X}").unwrap_or_default();
            }
            part
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_sequence_and_any_other_identity_a_number_of_its_own() {
        assert_eq!(pattern_number("32030000001320000017"), 17);
        assert_eq!(pattern_number(""), 0x811C_9DC5);
        assert_eq!(pattern_number("a"), 0xE40C_292C);
        assert_ne!(pattern_number("c1"), pattern_number("c2"));
    }

    #[test]
    fn an_identity_is_one_part_of_a_path() {
        assert_eq!(path_part("32030000001320000017"), "32030000001320000017");
        assert_eq!(path_part("a/b c?"), "a%2Fb%20c%3F");
        assert_eq!(path_part("机"), "%E6%9C%BA");
    }
}
