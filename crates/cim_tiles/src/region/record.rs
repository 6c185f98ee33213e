//! What a region's folder says of its files: `region.json`, and the journal before it is written.

use crate::files::{read_file, sha256_hex, without_byte_order_mark};
use crate::source::{MAX_RESOURCE_BYTES, is_safe_path};
use crate::{Extent, TileError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

/// The list of a region's files.
pub(super) const REGION_FILE: &str = "region.json";
/// What is there while the list is not.
pub(super) const JOURNAL_FILE: &str = "region.journal";
/// A list or journal larger than this is refused.
const MAX_LIST_BYTES: u64 = 256 << 20;

/// A file of a region.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RegionFile {
    /// Path relative to the folder, with `/`.
    pub path: String,
    /// Length in bytes.
    pub bytes: u64,
    /// SHA-256 of its content, 64 hexadecimal digits.
    pub sha256: String,
}

/// `region.json`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct RegionJson {
    pub(super) format: u32,
    /// Where it came from, without tokens.
    pub(super) source: String,
    /// The tileset to open.
    pub(super) root: String,
    pub(super) bounds: Extent,
    pub(super) max_error_m: f64,
    pub(super) made_by: String,
    /// False when something could not be fetched.
    pub(super) is_whole: bool,
    pub(super) files: Vec<RegionFile>,
}

impl RegionJson {
    /// The layout that this program reads and writes.
    pub(super) const FORMAT: u32 = 1;

    pub(super) fn to_bytes(&self) -> Result<Vec<u8>, TileError> {
        serde_json::to_vec_pretty(self).map_err(|error| TileError::json(REGION_FILE, &error))
    }

    fn read(folder: &Path) -> Result<Self, TileError> {
        let path = folder.join(REGION_FILE);
        let name = path.display().to_string();
        let bytes = read_file(&path, MAX_LIST_BYTES)?;
        let region: Self = serde_json::from_slice(without_byte_order_mark(&bytes))
            .map_err(|error| TileError::json(&name, &error))?;
        if region.format == Self::FORMAT {
            Ok(region)
        } else {
            let what = format!("a region of format {}", region.format);
            Err(TileError::unsupported(&name, "format", what))
        }
    }
}

/// What became of a region's files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegionVerdict {
    /// Files that are there, as they were fetched.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
    /// Files that are gone or cannot be read.
    pub missing: Vec<String>,
    /// Files whose bytes are others.
    pub changed: Vec<String>,
    /// False when something could not be fetched in the first place.
    pub was_whole: bool,
}

impl RegionVerdict {
    /// Whether the region is complete and unchanged.
    pub fn is_whole(&self) -> bool {
        self.was_whole && self.missing.is_empty() && self.changed.is_empty()
    }
}

/// Compares every file of the region in `folder` with what `region.json` says of it.
pub fn verify(folder: &Path) -> Result<RegionVerdict, TileError> {
    let region = RegionJson::read(folder)?;
    let mut verdict = RegionVerdict {
        was_whole: region.is_whole,
        ..RegionVerdict::default()
    };
    for file in region.files {
        match state_of(folder, &file) {
            State::Right => {
                verdict.files += 1;
                verdict.bytes += file.bytes;
            }
            State::Changed => verdict.changed.push(file.path),
            State::Missing => verdict.missing.push(file.path),
        }
    }
    Ok(verdict)
}

enum State {
    Right,
    Changed,
    Missing,
}

fn state_of(folder: &Path, file: &RegionFile) -> State {
    if !is_safe_path(&file.path) {
        return State::Missing;
    }
    match read_file(&folder.join(&file.path), MAX_RESOURCE_BYTES) {
        Ok(bytes) if bytes.len() as u64 == file.bytes && sha256_hex(&bytes) == file.sha256 => {
            State::Right
        }
        Ok(_) => State::Changed,
        Err(_gone) => State::Missing,
    }
}

/// The files of a region that are there, and the journal that grows with them.
pub(super) struct Journal {
    folder: PathBuf,
    known: BTreeMap<String, RegionFile>,
    file: File,
}

impl Journal {
    /// Goes on where an earlier fetch from the same source stopped, or begins anew.
    pub(super) fn open(folder: &Path, source: &str) -> Result<Self, TileError> {
        let path = folder.join(JOURNAL_FILE);
        let name = path.display().to_string();
        let unwritable = |cause: std::io::Error| TileError::unreadable(&name, cause);
        std::fs::create_dir_all(folder).map_err(unwritable)?;
        let source = without_secrets(source);
        let mut known = BTreeMap::new();
        if let Ok(region) = RegionJson::read(folder)
            && region.source == source
        {
            known.extend(
                region
                    .files
                    .into_iter()
                    .map(|file| (file.path.clone(), file)),
            );
        }
        let head =
            serde_json::to_string(&source).map_err(|error| TileError::json(&name, &error))?;
        let text = read_file(&path, MAX_LIST_BYTES).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let mut lines = text.lines();
        let goes_on = lines.next() == Some(head.as_str());
        if goes_on {
            // The last line may be cut short; it counts as not there.
            let files = lines.filter_map(|line| serde_json::from_str::<RegionFile>(line).ok());
            known.extend(files.map(|file| (file.path.clone(), file)));
        }
        let mut file = OpenOptions::new()
            .create(true)
            .write(true)
            .append(goes_on)
            .truncate(!goes_on)
            .open(&path)
            .map_err(unwritable)?;
        if goes_on {
            // After a line that was cut short.
            writeln!(file).map_err(unwritable)?;
        } else {
            writeln!(file, "{head}").map_err(unwritable)?;
        }
        Ok(Self {
            folder: folder.to_path_buf(),
            known,
            file,
        })
    }

    /// The folder that the files go to.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The bytes of a file that is there as an earlier fetch left it.
    pub(super) fn kept(&self, path: &str) -> Option<(RegionFile, Vec<u8>)> {
        let file = self.known.get(path)?;
        let bytes = read_file(&self.folder.join(path), MAX_RESOURCE_BYTES).ok()?;
        let is_right = bytes.len() as u64 == file.bytes && sha256_hex(&bytes) == file.sha256;
        is_right.then(|| (file.clone(), bytes))
    }

    /// Notes a file that has just been written.
    pub(super) fn note(&mut self, file: &RegionFile) -> Result<(), TileError> {
        let line =
            serde_json::to_string(file).map_err(|error| TileError::json(JOURNAL_FILE, &error))?;
        self.known.insert(file.path.clone(), file.clone());
        writeln!(self.file, "{line}").map_err(|cause| {
            TileError::unreadable(&self.folder.join(JOURNAL_FILE).display().to_string(), cause)
        })
    }
}

/// A source's name without its query, user or password: it is written into a file that people pass on.
pub(super) fn without_secrets(name: &str) -> String {
    let name = name.split(['?', '#']).next().unwrap_or_default();
    match name.split_once("://") {
        Some((scheme, rest)) => {
            let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
            let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
            if path.is_empty() {
                format!("{scheme}://{host}")
            } else {
                format!("{scheme}://{host}/{path}")
            }
        }
        None => name.to_owned(),
    }
}
