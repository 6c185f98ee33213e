//! Reading whole files, with a limit on their size and errors that name them.

use crate::TileError;
use std::path::Path;

/// Reads a file that must not be larger than `max_bytes`.
pub(crate) fn read_file(path: &Path, max_bytes: u64) -> Result<Vec<u8>, TileError> {
    let unreadable = |cause: std::io::Error| TileError::Unreadable {
        file: path.display().to_string(),
        cause,
    };
    let length = std::fs::metadata(path).map_err(unreadable)?.len();
    if length > max_bytes {
        let reason =
            format!("{length} bytes are more than the {max_bytes} that such a file may have");
        return Err(TileError::too_large(
            &path.display().to_string(),
            "the whole file",
            reason,
        ));
    }
    std::fs::read(path).map_err(unreadable)
}

/// `bytes` without the mark that some editors put before UTF-8 text.
pub(crate) fn without_byte_order_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)
}
