//! Reading and writing whole files: a limit on their size, errors that name them, never half a file.

use crate::TileError;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::path::Path;

/// Reads a file that must not be larger than `max_bytes`.
pub(crate) fn read_file(path: &Path, max_bytes: u64) -> Result<Vec<u8>, TileError> {
    let name = path.display().to_string();
    let unreadable = |cause: std::io::Error| TileError::unreadable(&name, cause);
    let about = std::fs::metadata(path).map_err(unreadable)?;
    // A pipe or a device would never end.
    if !about.is_file() {
        return Err(unreadable(std::io::Error::new(
            ErrorKind::InvalidInput,
            "it is not a file",
        )));
    }
    let file = File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::with_capacity(usize::try_from(about.len().min(max_bytes)).unwrap_or(0));
    file.take(max_bytes.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() as u64 > max_bytes {
        let reason = format!("it is larger than the {max_bytes} bytes that such a file may have");
        return Err(TileError::too_large(&name, "the whole file", reason));
    }
    Ok(bytes)
}

/// Writes a file as a whole: whoever reads it sees the old one or the new one, also after a crash of the program.
///
/// Does not wait for the disk: what a power cut spoils is found by its hash. The folder is made where it is missing. Two
/// writers of one path must be kept apart by the caller.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), TileError> {
    let name = path.display().to_string();
    let unwritable = |cause: std::io::Error| TileError::unreadable(&name, cause);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(unwritable)?;
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    let written = File::create(&beside)
        .and_then(|mut file| file.write_all(bytes))
        .and_then(|()| std::fs::rename(&beside, path));
    if let Err(cause) = written {
        // What was begun is of no use; that it cannot be removed either changes nothing.
        drop(std::fs::remove_file(&beside));
        return Err(unwritable(cause));
    }
    Ok(())
}

/// SHA-256 of `bytes` (FIPS 180-4), as 64 hexadecimal digits.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|half| char::from_digit(u32::from(half), 16))
        .collect()
}

/// `bytes` without the mark that some editors put before UTF-8 text.
pub(crate) fn without_byte_order_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)
}

/// A folder for one test, empty at its start.
#[cfg(test)]
pub(crate) fn test_folder(name: &str) -> std::path::PathBuf {
    let folder = std::env::temp_dir().join(format!("cim_tiles-{}-{name}", std::process::id()));
    if folder.exists() {
        std::fs::remove_dir_all(&folder).expect("the last run's folder goes");
    }
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    folder
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values published with the algorithm.
    #[test]
    fn hashes_are_sha_256() {
        assert_eq!(
            sha256_hex(b""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        assert_eq!(
            sha256_hex(b"abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn a_file_is_written_whole_and_its_limit_holds() {
        let path = test_folder("files").join("deep/er/a.bin");
        write_whole(&path, b"first").expect("it can be written");
        write_whole(&path, b"second").expect("it can be written over");
        assert_eq!(read_file(&path, 6).expect("six bytes"), b"second");
        let error = read_file(&path, 5).expect_err("too large");
        assert!(error.to_string().contains("5 bytes"), "{error}");
        let names: Vec<_> = std::fs::read_dir(path.parent().expect("a folder"))
            .expect("the folder")
            .map(|entry| entry.expect("an entry").file_name())
            .collect();
        assert_eq!(names, ["a.bin"]);
    }

    #[test]
    fn a_folder_is_no_file() {
        assert!(read_file(&test_folder("no-file"), 10).is_err());
    }
}
