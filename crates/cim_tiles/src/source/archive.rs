//! A tileset in one file: `.3tz`, a ZIP archive (3D Tiles Archive Format 1.3).
//!
//! The archive's own index (`@3dtilesIndex1@`) only saves reading the ZIP directory, which is read here once.

use super::{MAX_RESOURCE_BYTES, TileSource, is_safe_path, shortened, without_query};
use crate::TileError;
use flate2::Crc;
use flate2::read::DeflateDecoder;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use zip::{CompressionMethod, ZipArchive};

/// A ZIP local file header without its name and extra fields (APPNOTE 6.3.10, section 4.3.7).
const LOCAL_HEADER_BYTES: usize = 30;
/// DEFLATE makes at most this many bytes of one (RFC 1951: 258 bytes from two bits).
const MOST_INFLATED_TIMES: u64 = 1_032;

/// A ZIP archive with a tileset in it. Several threads may read at once; only the reading itself is one after another.
#[derive(Debug)]
pub struct ArchiveSource {
    name: String,
    entries: BTreeMap<String, Entry>,
    file: Mutex<File>,
}

/// Where a file of the archive lies.
#[derive(Clone, Copy, Debug)]
struct Entry {
    header_at: u64,
    packed_bytes: u64,
    bytes: u64,
    crc32: u32,
    packing: Packing,
}

/// How a file of the archive is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Packing {
    Stored,
    Deflated,
    /// Anything else, also encrypted.
    Other,
}

impl ArchiveSource {
    /// Opens the archive at `path` and reads its directory.
    pub fn open(path: &Path) -> Result<Self, TileError> {
        let name = path.display().to_string();
        let unreadable = |cause: std::io::Error| TileError::unreadable(&name, cause);
        let broken = |error: zip::result::ZipError| {
            TileError::broken(&name, "its directory", error.to_string())
        };
        let file = File::open(path).map_err(unreadable)?;
        let archive = ZipArchive::new(BufReader::new(file.try_clone().map_err(unreadable)?))
            .map_err(broken)?;
        let mut entries = BTreeMap::new();
        for row in 0..archive.len() {
            let entry = archive.by_index_data(row).map_err(broken)?;
            let Ok(entry_name) = entry.name() else {
                continue;
            };
            // What cannot be asked for is not kept.
            if entry.is_dir() || !is_safe_path(&entry_name) {
                continue;
            }
            let packing = match entry.compression() {
                _ if entry.encrypted() => Packing::Other,
                CompressionMethod::Stored => Packing::Stored,
                CompressionMethod::Deflated => Packing::Deflated,
                _ => Packing::Other,
            };
            entries.insert(
                entry_name.into_owned(),
                Entry {
                    header_at: entry.header_start(),
                    packed_bytes: entry.compressed_size(),
                    bytes: entry.size(),
                    crc32: entry.crc32(),
                    packing,
                },
            );
        }
        Ok(Self {
            name,
            entries,
            file: Mutex::new(file),
        })
    }

    /// The paths of all files in it, in order.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// The entry's bytes as they lie in the archive.
    fn packed(&self, path: &str, entry: &Entry) -> Result<Vec<u8>, TileError> {
        let unreadable = |cause: std::io::Error| TileError::unreadable(&self.place(path), cause);
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let mut header = [0_u8; LOCAL_HEADER_BYTES];
        file.seek(SeekFrom::Start(entry.header_at))
            .map_err(unreadable)?;
        file.read_exact(&mut header).map_err(unreadable)?;
        let [b'P', b'K', 3, 4, .., n0, n1, e0, e1] = header else {
            return Err(self.broken(path, "its local header is none"));
        };
        let skip =
            i64::from(u16::from_le_bytes([n0, n1])) + i64::from(u16::from_le_bytes([e0, e1]));
        file.seek(SeekFrom::Current(skip)).map_err(unreadable)?;
        let mut bytes = Vec::new();
        // Grows with what is really there, not with what the directory claims.
        (&mut *file)
            .take(entry.packed_bytes)
            .read_to_end(&mut bytes)
            .map_err(unreadable)?;
        if (bytes.len() as u64) < entry.packed_bytes {
            return Err(self.broken(path, "the archive ends within the file"));
        }
        Ok(bytes)
    }

    fn inflated(&self, path: &str, entry: &Entry, packed: &[u8]) -> Result<Vec<u8>, TileError> {
        let mut bytes = Vec::new();
        DeflateDecoder::new(packed)
            .take(entry.bytes.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|error| self.broken(path, &error.to_string()))?;
        Ok(bytes)
    }

    fn place(&self, path: &str) -> String {
        format!("{}/{}", self.name, shortened(path))
    }

    fn broken(&self, path: &str, reason: &str) -> TileError {
        TileError::broken(&self.place(path), "its entry in the archive", reason)
    }
}

impl TileSource for ArchiveSource {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, TileError> {
        let file = without_query(path);
        let entry = self.entries.get(file).ok_or_else(|| {
            TileError::unreadable(&self.place(file), std::io::ErrorKind::NotFound.into())
        })?;
        let most = entry.packed_bytes.saturating_mul(MOST_INFLATED_TIMES);
        if entry.bytes > MAX_RESOURCE_BYTES || entry.packed_bytes > MAX_RESOURCE_BYTES {
            let reason = format!("it is larger than {MAX_RESOURCE_BYTES} bytes");
            return Err(TileError::too_large(&self.place(file), "its size", reason));
        }
        let bytes = match entry.packing {
            Packing::Stored => self.packed(file, entry)?,
            Packing::Deflated if entry.bytes > most => {
                return Err(self.broken(file, "it claims more bytes than DEFLATE can make"));
            }
            Packing::Deflated => self.inflated(file, entry, &self.packed(file, entry)?)?,
            Packing::Other => {
                return Err(TileError::unsupported(
                    &self.place(file),
                    "its entry in the archive",
                    "a file that is neither stored nor deflated",
                ));
            }
        };
        let mut crc = Crc::new();
        crc.update(&bytes);
        if bytes.len() as u64 == entry.bytes && crc.sum() == entry.crc32 {
            Ok(bytes)
        } else {
            Err(self.broken(file, "its bytes are not those that the directory describes"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::test_folder;
    use std::io::{Cursor, Write as _};
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    fn archive() -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        let long = "abc ".repeat(1_000);
        for (name, method, text) in [
            ("tileset.json", CompressionMethod::Deflated, long.as_str()),
            ("tiles/a.glb", CompressionMethod::Stored, "glTF"),
            ("../out.txt", CompressionMethod::Stored, "out"),
        ] {
            let options = SimpleFileOptions::default().compression_method(method);
            writer.start_file(name, options).expect("an entry");
            writer.write_all(text.as_bytes()).expect("its bytes");
        }
        writer.finish().expect("an archive").into_inner()
    }

    fn opened(name: &str, bytes: &[u8]) -> Result<ArchiveSource, TileError> {
        let path = test_folder(name).join("a.3tz");
        std::fs::write(&path, bytes).expect("a file");
        ArchiveSource::open(&path)
    }

    #[test]
    fn stored_and_deflated_files_are_read() {
        let source = opened("archive", &archive()).expect("an archive");
        assert_eq!(
            source.read("tileset.json?v=1").expect("a file").len(),
            4_000
        );
        assert_eq!(source.read("tiles/a.glb").expect("a file"), b"glTF");
        assert!(source.read("tiles/b.glb").is_err());
        let paths: Vec<&str> = source.paths().collect();
        assert_eq!(paths, ["tiles/a.glb", "tileset.json"]);
    }

    #[test]
    fn an_archive_cut_short_or_changed_never_panics_and_never_lies() {
        let whole = archive();
        for length in (0..whole.len()).step_by(7) {
            if let Ok(source) = opened("archive-cut", &whole[..length]) {
                for path in ["tileset.json", "tiles/a.glb"] {
                    drop(source.read(path));
                }
            }
        }
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 0x10;
            if let Ok(source) = opened("archive-changed", &changed)
                && let Ok(bytes) = source.read("tiles/a.glb")
            {
                assert_eq!(bytes, b"glTF", "byte {at}");
            }
        }
    }
}
