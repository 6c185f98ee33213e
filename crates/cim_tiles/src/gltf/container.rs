//! The GLB container: a header, a JSON chunk, a binary chunk (glTF 2.0, "GLB File Format"). Or JSON alone.

use crate::TileError;

/// The two chunks of a GLB.
pub(super) struct Parts<'a> {
    pub(super) json: &'a [u8],
    /// Empty when the file has no binary chunk.
    pub(super) binary: &'a [u8],
}

const HEADER_BYTES: usize = 12;
const CHUNK_HEADER_BYTES: usize = 8;
const JSON_CHUNK: u32 = 0x4E4F_534A;
const BINARY_CHUNK: u32 = 0x004E_4942;

/// Splits a GLB into its chunks. Chunks of other types are passed over; padding behind the stated length is too.
pub(super) fn split<'a>(bytes: &'a [u8], source: &str) -> Result<Parts<'a>, TileError> {
    if let Some(json) = json_alone(bytes) {
        return Ok(Parts { json, binary: &[] });
    }
    refuse_other_formats(bytes, source)?;
    let version = word(bytes, 4).ok_or_else(|| cut_short(source, bytes.len()))?;
    if version != 2 {
        return Err(TileError::unsupported(
            source,
            "byte 4",
            format!("GLB of version {version}"),
        ));
    }
    let length = word(bytes, 8).ok_or_else(|| cut_short(source, bytes.len()))? as usize;
    let whole = bytes.get(..length).ok_or_else(|| {
        let reason = format!(
            "the header promises {length} bytes, the file has {}",
            bytes.len()
        );
        TileError::broken(source, "byte 8", reason)
    })?;
    let (mut json, mut binary) = (None, None);
    let mut at = HEADER_BYTES;
    // Files pad their end with up to three bytes: less than a chunk's header is no chunk.
    while whole.len().saturating_sub(at) >= CHUNK_HEADER_BYTES {
        let size = word(whole, at).unwrap_or_default() as usize;
        let kind = word(whole, at + 4).unwrap_or_default();
        let start = at + CHUNK_HEADER_BYTES;
        let chunk = start
            .checked_add(size)
            .and_then(|end| whole.get(start..end))
            .ok_or_else(|| {
                let reason = format!(
                    "a chunk of {size} bytes does not fit into the {} that are left",
                    whole.len() - start
                );
                TileError::broken(source, format!("byte {at}"), reason)
            })?;
        match kind {
            JSON_CHUNK if json.is_none() => json = Some(chunk),
            BINARY_CHUNK if binary.is_none() => binary = Some(chunk),
            _ => {}
        }
        at = start + size;
    }
    let json = json.ok_or_else(|| {
        TileError::broken(
            source,
            format!("byte {HEADER_BYTES}"),
            "there is no JSON chunk",
        )
    })?;
    Ok(Parts {
        json: without_padding(json),
        binary: binary.unwrap_or_default(),
    })
}

/// The bytes of a document that is JSON from the start; some writers begin with a byte order mark.
fn json_alone(bytes: &[u8]) -> Option<&[u8]> {
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let first = text.iter().find(|byte| !byte.is_ascii_whitespace())?;
    (*first == b'{').then(|| without_padding(text))
}

fn refuse_other_formats(bytes: &[u8], source: &str) -> Result<(), TileError> {
    let magic = bytes
        .get(..4)
        .ok_or_else(|| cut_short(source, bytes.len()))?;
    let kind = match magic {
        b"glTF" => return Ok(()),
        b"b3dm" => "b3dm content",
        b"i3dm" => "i3dm content",
        b"pnts" => "pnts content",
        b"cmpt" => "cmpt content",
        _ => {
            return Err(TileError::broken(source, "byte 0", "this is no glTF"));
        }
    };
    Err(TileError::unsupported(source, "byte 0", kind))
}

/// JSON is padded with spaces; some writers pad with zeros.
fn without_padding(json: &[u8]) -> &[u8] {
    let end = json
        .iter()
        .rposition(|byte| *byte != 0)
        .map_or(0, |last| last + 1);
    json.get(..end).unwrap_or_default()
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(four.try_into().ok()?))
}

fn cut_short(source: &str, length: usize) -> TileError {
    TileError::broken(
        source,
        format!("byte {length}"),
        "the file ends within its header",
    )
}
