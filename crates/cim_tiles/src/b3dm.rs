//! Batched 3D models (3D Tiles 1.0, "Batched 3D Model"): a glTF whose vertices say which row of a table they belong to.
//!
//! Tools of 2015 and 2016 wrote two shorter headers that carry the same version number. They are told apart as CesiumJS
//! does: where the newer header has a length, the older ones have the first letters of their JSON or of the glTF, which
//! as a number are more than half a gigabyte.

use crate::allowance::Allowance;
use crate::batch::column::Component;
use crate::batch::feature_table::FeatureTable;
use crate::batch::sections::{Sections, header};
use crate::batch::{BatchInput, read_batch};
use crate::content::{Door, read_model};
use crate::gltf::BatchedFeatures;
use crate::{Problem, TileError, TileMesh};

/// `"` as the last byte of a number, the least of those that JSON or glTF can begin with.
const LEAST_TEXT: u32 = 0x2200_0000;

/// Reads a b3dm.
pub(crate) fn read_b3dm(
    bytes: &[u8],
    door: Door<'_>,
    problems: &mut Vec<Problem>,
) -> Result<TileMesh, TileError> {
    let (sections, legacy_count) = parts(bytes, door.path)?;
    let mut allowance = Allowance::for_input(bytes.len());
    let table = FeatureTable::read(&sections, door.path, &mut allowance)?;
    let rows = match legacy_count {
        Some(count) => count,
        None => table.count("BATCH_LENGTH")?.unwrap_or_default(),
    };
    let centre = table.global::<3>("RTC_CENTER", Component::F32)?;
    let input = BatchInput {
        json: sections.batch_json,
        binary: sections.batch_binary,
        rows,
        path: door.path,
    };
    let batch = read_batch(input, &mut allowance, problems)?;
    let batched = BatchedFeatures {
        features: &batch.features,
        tables: &batch.tables,
    };
    if sections.body.is_empty() {
        let place = format!("byte {}", sections.body_at);
        return Err(TileError::broken(door.path, place, "there is no glTF"));
    }
    let batched = (rows > 0).then_some(batched);
    let mut mesh = read_model(sections.body, door, batched, problems)?;
    // The centre is in the tile's frame: behind the turn from y up to z up.
    for (part, shift) in mesh.centre.iter_mut().zip(centre.unwrap_or_default()) {
        *part += shift;
    }
    Ok(mesh)
}

/// The parts of the tile, and the number of features where an older header states it.
fn parts<'a>(bytes: &'a [u8], path: &str) -> Result<(Sections<'a>, Option<u32>), TileError> {
    // The shortest header has two words behind the length, and the shortest body has more than the other two.
    let (tile, [first, second, third, fourth]) = header::<4>(bytes, path)?;
    let (header_bytes, lengths, count) = if third >= LEAST_TEXT {
        (20, [0, 0, second, 0], Some(first))
    } else if fourth >= LEAST_TEXT {
        (24, [0, 0, first, second], Some(third))
    } else {
        (28, [first, second, third, fourth], None)
    };
    Ok((Sections::cut(tile, header_bytes, lengths, path)?, count))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tile(words: &[u32], rest: &[u8]) -> Vec<u8> {
        let mut bytes = b"b3dm".to_vec();
        let length = 12 + 4 * words.len() + rest.len();
        for word in [1, length as u32].iter().chain(words) {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend(rest);
        bytes
    }

    #[track_caller]
    fn check_parts(words: &[u32], json: &[u8], count: Option<u32>) {
        let bytes = tile(words, &[json, b"glTF and more".as_slice()].concat());
        let (sections, found) = parts(&bytes, "a.b3dm").expect("parts");
        assert_eq!(sections.batch_json, json);
        assert_eq!(sections.body, b"glTF and more");
        assert_eq!(found, count);
    }

    #[test]
    fn headers_of_three_ages_are_read() {
        let json = br#"{"id":[1]}"#;
        check_parts(&[0, 0, 10, 0], json, None);
        check_parts(&[7, 10], json, Some(7));
        check_parts(&[10, 0, 7], json, Some(7));
        // Without a batch table, the glTF itself stands where the newer header has a length.
        check_parts(&[7, 0], b"", Some(7));
        check_parts(&[0, 0, 7], b"", Some(7));
    }

    #[test]
    fn a_tile_cut_short_anywhere_is_refused() {
        let whole = tile(&[0, 0, 10, 0], br#"{"id":[1]}glTF"#);
        for length in 0..whole.len() {
            let cut = whole.get(..length).expect("a part");
            assert!(parts(cut, "a.b3dm").is_err(), "{length} bytes");
        }
    }
}
