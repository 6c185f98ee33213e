//! Where a tileset's files come from: a folder, an archive, or whatever else can answer "the file at this path".
//!
//! Network and SQLite archives stand behind the same trait in `cim_sync` and `cim_store`.

mod archive;
mod uri;

pub use archive::ArchiveSource;
pub use uri::{data_uri, resolve, without_query};
pub(crate) use uri::{is_data_uri, is_safe_path, shortened};

use crate::TileError;
use crate::files::read_file;
use flate2::read::MultiGzDecoder;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A resource larger than this is refused.
pub(crate) const MAX_RESOURCE_BYTES: u64 = 1 << 30;
/// What gzip brings may always be this large.
const SMALL_UNPACKED_BYTES: u64 = 64 << 20;
/// Above that, it may be this many times as large as what was packed.
const UNPACKED_TIMES: u64 = 16;

/// Something that has the files of a tileset.
pub trait TileSource: Send + Sync + std::fmt::Debug {
    /// Name for messages: folder, archive or URL without tokens.
    fn name(&self) -> String;

    /// The whole resource at `path`: relative to the source's root, with `/`, without `..`, perhaps with a query after
    /// `?`. As it lies there: [`read_resource`] undoes gzip.
    fn read(&self, path: &str) -> Result<Vec<u8>, TileError>;
}

/// Reads the resource at `path`, which may be a `data:` address, and undoes gzip where it begins with `1f 8b`.
///
/// What comes out of gzip may be sixteen times as large as what went in, or 64 MiB where that is more: a tileset in JSON
/// packs to a thirtieth. Every later limit counts what came out.
pub fn read_resource(source: &dyn TileSource, path: &str) -> Result<Vec<u8>, TileError> {
    let bytes = match data_uri(path) {
        Some(Ok(bytes)) => bytes,
        Some(Err(reason)) => {
            return Err(TileError::broken(&source.name(), shortened(path), reason));
        }
        None => source.read(path)?,
    };
    unpacked(bytes, &named(source, path))
}

/// `bytes` without gzip around them; `file` names them in errors.
pub(crate) fn unpacked(bytes: Vec<u8>, file: &str) -> Result<Vec<u8>, TileError> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(bytes);
    }
    let limit = (bytes.len() as u64)
        .saturating_mul(UNPACKED_TIMES)
        .clamp(SMALL_UNPACKED_BYTES, MAX_RESOURCE_BYTES);
    let mut plain = Vec::new();
    MultiGzDecoder::new(bytes.as_slice())
        .take(limit + 1)
        .read_to_end(&mut plain)
        .map_err(|error| TileError::broken(file, "its gzip", error.to_string()))?;
    if plain.len() as u64 > limit {
        let reason = format!("gzip makes more than {limit} bytes of {}", bytes.len());
        return Err(TileError::too_large(file, "its gzip", reason));
    }
    Ok(plain)
}

/// How messages name a resource of a source.
pub(crate) fn named(source: &dyn TileSource, path: &str) -> String {
    let name = source.name();
    if name.is_empty() {
        shortened(path)
    } else {
        format!("{name}/{}", shortened(path))
    }
}

/// The source that a path on this machine means, and its tileset's path within it.
///
/// A folder has a `tileset.json`; so has a `.3tz`. Any other file is opened within its folder.
pub fn open_source(path: &Path) -> Result<(Arc<dyn TileSource>, String), TileError> {
    if path.is_dir() {
        let source = FolderSource::new(path.to_path_buf());
        return Ok((Arc::new(source), "tileset.json".to_owned()));
    }
    let ending = path
        .extension()
        .map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    match ending.as_deref() {
        Some("3tz") => {
            let source = ArchiveSource::open(path)?;
            Ok((Arc::new(source), "tileset.json".to_owned()))
        }
        Some("3dtiles") => Err(TileError::unsupported(
            &path.display().to_string(),
            "the whole file",
            "an SQLite archive (.3dtiles) opened as a file",
        )),
        _ => {
            let (root, name) = split_file(path)?;
            Ok((Arc::new(FolderSource::new(root)), name))
        }
    }
}

/// The folder and the name of a file.
pub(crate) fn split_file(path: &Path) -> Result<(PathBuf, String), TileError> {
    let name = path.file_name().and_then(|name| name.to_str());
    let Some(name) = name else {
        return Err(TileError::broken(
            &path.display().to_string(),
            "its name",
            "the path names no file in UTF-8",
        ));
    };
    let root = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_path_buf(),
        _ => PathBuf::from("."),
    };
    Ok((root, name.to_owned()))
}

/// A folder on this machine. Never leaves it, not through a link either.
#[derive(Clone, Debug)]
pub struct FolderSource {
    root: PathBuf,
}

impl FolderSource {
    /// The folder `root`.
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// Where the folder is.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where the file at `path` lies, checked: within the folder once all links are followed.
    fn place_of(&self, path: &str) -> Result<PathBuf, TileError> {
        let file = without_query(path);
        let refused = |reason: &str| TileError::broken(&self.name(), shortened(path), reason);
        if !is_safe_path(file) {
            return Err(refused("the path leads out of the folder"));
        }
        let wanted = self.root.join(file);
        let unreadable =
            |cause: std::io::Error| TileError::unreadable(&wanted.display().to_string(), cause);
        let root = self.root.canonicalize().map_err(unreadable)?;
        let found = wanted.canonicalize().map_err(unreadable)?;
        if found.starts_with(&root) {
            Ok(found)
        } else {
            Err(refused("a link leads out of the folder"))
        }
    }
}

impl TileSource for FolderSource {
    fn name(&self) -> String {
        self.root.display().to_string()
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, TileError> {
        read_file(&self.place_of(path)?, MAX_RESOURCE_BYTES)
    }
}

/// Files in memory, for tests of everything that reads.
#[cfg(test)]
#[derive(Debug, Default)]
pub(crate) struct MemorySource {
    /// Files by path.
    pub(crate) files: std::collections::BTreeMap<String, Vec<u8>>,
}

#[cfg(test)]
impl MemorySource {
    /// A source with these files.
    pub(crate) fn of(files: &[(&str, &[u8])]) -> Self {
        Self {
            files: files
                .iter()
                .map(|(path, bytes)| ((*path).to_owned(), bytes.to_vec()))
                .collect(),
        }
    }
}

#[cfg(test)]
impl TileSource for MemorySource {
    fn name(&self) -> String {
        "memory".to_owned()
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, TileError> {
        self.files
            .get(without_query(path))
            .cloned()
            .ok_or_else(|| TileError::unreadable(path, std::io::ErrorKind::NotFound.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::test_folder;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write as _;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut packer = GzEncoder::new(Vec::new(), Compression::best());
        packer.write_all(bytes).expect("memory takes it");
        packer.finish().expect("memory takes it")
    }

    #[test]
    fn a_folder_gives_its_files_with_or_without_a_query() {
        let folder = test_folder("folder-source");
        std::fs::create_dir(folder.join("tiles")).expect("a folder");
        std::fs::write(folder.join("tiles/a.glb"), b"glTF").expect("a file");
        let source = FolderSource::new(folder);
        assert_eq!(source.read("tiles/a.glb").expect("a file"), b"glTF");
        assert_eq!(source.read("tiles/a.glb?foo=bar").expect("a file"), b"glTF");
        let error = source.read("tiles/b.glb").expect_err("no such file");
        assert!(error.to_string().contains("b.glb"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_out_of_the_folder_is_not_followed() {
        let folder = test_folder("folder-link");
        std::fs::write(folder.join("secret"), b"secret").expect("a file");
        let inner = folder.join("inner");
        std::fs::create_dir(&inner).expect("a folder");
        std::os::unix::fs::symlink(folder.join("secret"), inner.join("link")).expect("a link");
        let source = FolderSource::new(inner);
        let error = source.read("link").expect_err("it leads out");
        assert!(error.to_string().contains("leads out"), "{error}");
        assert!(source.read("../secret").is_err());
        assert!(source.read("/etc/passwd").is_err());
    }

    #[test]
    fn gzip_is_undone_and_a_bomb_is_refused() {
        let source = MemorySource::of(&[
            ("a.json", &gzip(b"{}")),
            ("cut.json", &gzip(b"hello hello hello")[..12]),
            ("bomb.json", &gzip(&vec![0; (65 << 20) + 1])),
            ("plain.json", b"[]"),
        ]);
        assert_eq!(read_resource(&source, "a.json").expect("gzip"), b"{}");
        assert_eq!(read_resource(&source, "plain.json").expect("plain"), b"[]");
        assert!(read_resource(&source, "cut.json").is_err());
        let error = read_resource(&source, "bomb.json").expect_err("a bomb");
        assert!(matches!(error, TileError::TooLarge { .. }), "{error}");
    }

    #[test]
    fn data_addresses_are_resources_too() {
        let source = MemorySource::default();
        assert_eq!(
            read_resource(&source, "data:;base64,aGk=").expect("data"),
            b"hi"
        );
        assert!(read_resource(&source, "data:;base64,@").is_err());
    }

    #[test]
    fn a_path_on_disk_is_a_folder_a_file_in_one_or_an_archive() {
        let folder = test_folder("open-source");
        std::fs::write(folder.join("tileset.json"), b"{}").expect("a file");
        for path in [folder.clone(), folder.join("tileset.json")] {
            let (source, name) = open_source(&path).expect("a source");
            assert_eq!(name, "tileset.json");
            assert_eq!(source.read(&name).expect("a file"), b"{}");
        }
        std::fs::write(folder.join("a.3tz"), b"no zip").expect("a file");
        assert!(open_source(&folder.join("a.3tz")).is_err());
        let error = open_source(&folder.join("a.3dtiles")).expect_err("SQLite");
        assert!(matches!(error, TileError::Unsupported { .. }), "{error}");
    }
}
