//! Subtrees good and broken.

use super::*;
use crate::source::MemorySource;

/// A binary subtree around a JSON text and a body.
fn binary(json: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes = b"subt".to_vec();
    bytes.extend_from_slice(&1_u32.to_le_bytes());
    bytes.extend_from_slice(&(json.len() as u64).to_le_bytes());
    bytes.extend_from_slice(&(body.len() as u64).to_le_bytes());
    bytes.extend_from_slice(json.as_bytes());
    bytes.extend_from_slice(body);
    bytes
}

const JSON: &str = r#"{"buffers":[{"byteLength":8}],"bufferViews":[{"buffer":0,"byteOffset":0,"byteLength":3}],
    "tileAvailability":{"bitstream":0},"contentAvailability":[{"constant":0}],"childSubtreeAvailability":{"constant":1}}"#;

#[test]
fn a_binary_subtree_tells_what_exists() {
    let bytes = binary(JSON, &[0x0d, 0x32, 0x01, 0, 0, 0, 0, 0]);
    let subtree = Subtree::read(&bytes, "a.subtree", &MemorySource::default()).expect("valid");
    let tiles: Vec<u64> = (0..30).filter(|node| subtree.has_tile(*node)).collect();
    assert_eq!(tiles, [0, 2, 3, 9, 12, 13, 16]);
    assert!(!subtree.has_content(0, 0) && !subtree.has_content(1, 0));
    assert!(subtree.has_child(63));
    assert_eq!(subtree.tile_row(9), Some(3));
}

#[test]
fn a_subtree_in_json_has_its_bits_elsewhere() {
    let text = JSON.replace(
        r#"{"byteLength":8}"#,
        r#"{"uri":"bits/a.bin","byteLength":8}"#,
    );
    let source = MemorySource::of(&[("trees/bits/a.bin", &[1, 0, 0, 0])]);
    let subtree = Subtree::read(text.as_bytes(), "trees/a.json", &source).expect("valid");
    assert!(subtree.has_tile(0) && !subtree.has_tile(1));
    assert_eq!(subtree.external_paths(), ["trees/bits/a.bin"]);
    let missing = Subtree::read(text.as_bytes(), "a.json", &source).expect_err("no buffer");
    assert!(
        missing.to_string().contains("tileAvailability"),
        "{missing}"
    );
}

#[test]
fn lost_content_bits_cost_the_contents_only() {
    let text = JSON.replace(r#"[{"constant":0}]"#, r#"{"bitstream":7}"#);
    let bytes = binary(&text, &[1, 0, 0]);
    let subtree = Subtree::read(&bytes, "a.subtree", &MemorySource::default()).expect("valid");
    assert!(subtree.has_tile(0) && !subtree.has_content(0, 0));
    assert_eq!(subtree.problems().len(), 1, "{:?}", subtree.problems());
}

#[test]
fn a_subtree_cut_short_or_lying_gives_an_error_with_its_place() {
    let whole = binary(JSON, &[0x0d, 0x32, 0x01]);
    let source = MemorySource::default();
    for length in 0..whole.len() {
        let error = Subtree::read(&whole[..length], "a.subtree", &source).expect_err("cut short");
        assert!(!error.place().is_empty(), "{error}");
    }
    for at in [4, 8, 15, 16, 23] {
        let mut lying = whole.clone();
        lying[at] = 0xFF;
        assert!(
            Subtree::read(&lying, "a.subtree", &source).is_err(),
            "byte {at}"
        );
    }
    let beyond = JSON.replace(r#""byteLength":3"#, r#""byteLength":18446744073709551615"#);
    assert!(Subtree::read(&binary(&beyond, &[1, 2, 3]), "a.subtree", &source).is_err());
}

#[test]
fn a_flood_of_buffers_is_refused() {
    let buffers = r#"{"byteLength":8},"#.repeat(MAX_BUFFERS);
    let text = JSON.replace(r#"{"byteLength":8}"#, &format!("{buffers}{{}}"));
    let error = Subtree::read(&binary(&text, &[]), "a.subtree", &MemorySource::default())
        .expect_err("too many");
    assert!(matches!(error, TileError::TooLarge { .. }), "{error}");
}
