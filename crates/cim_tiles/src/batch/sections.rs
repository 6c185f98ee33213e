//! The parts of b3dm, i3dm and pnts: a header of lengths, two tables of JSON and binary, a body.

use crate::TileError;

/// The parts of a tile, all within its bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sections<'a> {
    pub(crate) feature_json: &'a [u8],
    pub(crate) feature_binary: &'a [u8],
    pub(crate) batch_json: &'a [u8],
    pub(crate) batch_binary: &'a [u8],
    pub(crate) body: &'a [u8],
    /// Where the body begins in the tile.
    pub(crate) body_at: usize,
}

impl<'a> Sections<'a> {
    /// Cuts `tile` behind its header: feature table and batch table, JSON before binary, then the body.
    pub(crate) fn cut(
        tile: &'a [u8],
        header_bytes: usize,
        [feature_json, feature_binary, batch_json, batch_binary]: [u32; 4],
        path: &str,
    ) -> Result<Self, TileError> {
        let mut at = header_bytes;
        let mut next = |what: &str, length: u32| {
            let part = at
                .checked_add(length as usize)
                .and_then(|end| tile.get(at..end))
                .ok_or_else(|| {
                    let reason = format!(
                        "{length} bytes of {what} do not fit into the {} that are left",
                        tile.len().saturating_sub(at)
                    );
                    TileError::broken(path, format!("byte {at}"), reason)
                })?;
            at += part.len();
            Ok(part)
        };
        let feature_json = next("feature table JSON", feature_json)?;
        let feature_binary = next("feature table binary", feature_binary)?;
        let batch_json = next("batch table JSON", batch_json)?;
        let batch_binary = next("batch table binary", batch_binary)?;
        Ok(Self {
            feature_json,
            feature_binary,
            batch_json,
            batch_binary,
            body: tile.get(at..).unwrap_or_default(),
            body_at: at,
        })
    }
}

/// The tile that `bytes` begin with, as long as its header says, and `N` words of its header behind magic, version and
/// length.
pub(crate) fn header<'a, const N: usize>(
    bytes: &'a [u8],
    path: &str,
) -> Result<(&'a [u8], [u32; N]), TileError> {
    let cut_short = || {
        let place = format!("byte {}", bytes.len());
        TileError::broken(path, place, "the file ends within its header")
    };
    let version = word(bytes, 4).ok_or_else(cut_short)?;
    if version != 1 {
        return Err(TileError::unsupported(
            path,
            "byte 4",
            format!("version {version} of this tile format"),
        ));
    }
    let length = word(bytes, 8).ok_or_else(cut_short)? as usize;
    let tile = bytes.get(..length).ok_or_else(|| {
        let reason = format!(
            "the tile should have {length} bytes, there are {}",
            bytes.len()
        );
        TileError::broken(path, "byte 8", reason)
    })?;
    let mut words = [0; N];
    for (row, slot) in words.iter_mut().enumerate() {
        *slot = word(tile, 12 + 4 * row).ok_or_else(cut_short)?;
    }
    Ok((tile, words))
}

/// The little-endian number at `at`.
pub(crate) fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..)?.first_chunk::<4>()?;
    Some(u32::from_le_bytes(*four))
}

/// JSON without the spaces, zeros and line ends that pad it to a multiple of eight.
pub(crate) fn without_padding(json: &[u8]) -> &[u8] {
    let end = json
        .iter()
        .rposition(|byte| !matches!(byte, 0 | b' ' | b'\n' | b'\r' | b'\t'))
        .map_or(0, |last| last + 1);
    json.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tile(lengths: [u32; 4], rest: &[u8]) -> Vec<u8> {
        let mut bytes = b"b3dm".to_vec();
        bytes.extend(1_u32.to_le_bytes());
        bytes.extend((28 + rest.len() as u32).to_le_bytes());
        for length in lengths {
            bytes.extend(length.to_le_bytes());
        }
        bytes.extend(rest);
        bytes
    }

    #[test]
    fn the_parts_lie_one_behind_the_other() {
        let bytes = tile([2, 1, 2, 1], b"{}a{}bBODY");
        let (tile, lengths) = header::<4>(&bytes, "a.b3dm").expect("a header");
        let parts = Sections::cut(tile, 28, lengths, "a.b3dm").expect("four parts and a body");
        assert_eq!(
            (parts.feature_json, parts.batch_binary),
            (&b"{}"[..], &b"b"[..])
        );
        assert_eq!((parts.body, parts.body_at), (&b"BODY"[..], 34));
    }

    #[test]
    fn lengths_that_lie_are_told_with_their_place() {
        let bytes = tile([2, 900, 0, 0], b"{}");
        let (tile, lengths) = header::<4>(&bytes, "a.b3dm").expect("a header");
        let error = Sections::cut(tile, 28, lengths, "a.b3dm").expect_err("900 bytes of nothing");
        assert_eq!(error.place(), "byte 30");
        let short = bytes.get(..20).expect("20 bytes");
        assert!(header::<4>(short, "a.b3dm").is_err());
    }

    #[test]
    fn padding_of_any_kind_is_no_json() {
        assert_eq!(without_padding(b"{} \0\0\n"), b"{}");
        assert_eq!(without_padding(b"  \0"), b"");
    }
}
