//! Tiles kept on disk across runs.
//!
//! One file per tile: a head with its key, what the server said of it, its length and SHA-256, then its bytes. Files are
//! written whole and renamed, so a crash leaves the old tile or the new one. What is damaged is dropped when it is met.
//! The least recently used go first when the limit is reached.

mod key;
mod source;

pub use key::cache_key;
pub use source::CachedSource;

use crate::TileError;
use crate::files::{read_file, sha256_hex, write_whole};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The first bytes of every file; the digit is the layout's version.
const MAGIC: &[u8; 8] = b"CIMTILE1";
/// Magic and length of the head.
const FIXED_BYTES: usize = 12;
/// The order of use is written after so many changes, and at the end.
const CHANGES_BETWEEN_NOTES: u32 = 256;
/// The file with the names of all tiles, least recently used first.
const ORDER_FILE: &str = "order.txt";
/// An order file larger than this is not read.
const MAX_ORDER_BYTES: u64 = 256 << 20;
const ENDING: &str = "tile";

/// A tile as the cache has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CachedTile {
    /// As the server sent it.
    pub bytes: Vec<u8>,
    /// The server's `ETag`, to ask whether there is a newer one.
    pub etag: Option<String>,
    /// The server's `Last-Modified`.
    pub last_modified: Option<String>,
    /// Until when the server need not be asked, milliseconds since 1970; `None` when it did not say.
    pub fresh_until_ms: Option<i64>,
}

/// Tiles on disk. Several threads may use it at once; several programs must not.
#[derive(Debug)]
pub struct DiskCache {
    folder: PathBuf,
    max_bytes: u64,
    shelf: Mutex<Shelf>,
    /// Held while a file is written: two writers of one tile would spoil each other's.
    writing: Mutex<()>,
}

/// What is there, and in which order it was used.
#[derive(Debug, Default)]
struct Shelf {
    entries: BTreeMap<String, Entry>,
    by_use: BTreeMap<u64, String>,
    bytes: u64,
    next_use: u64,
    changes: u32,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    bytes: u64,
    used: u64,
}

/// The head of a file.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    key: String,
    etag: Option<String>,
    last_modified: Option<String>,
    fresh_until_ms: Option<i64>,
    bytes: u64,
    sha256: String,
}

impl DiskCache {
    /// Opens the cache in `folder`, or makes it. More than `max_bytes` of files are never kept.
    pub fn open(folder: &Path, max_bytes: u64) -> Result<Self, TileError> {
        let unreadable =
            |cause: std::io::Error| TileError::unreadable(&folder.display().to_string(), cause);
        std::fs::create_dir_all(folder).map_err(unreadable)?;
        let mut found: BTreeMap<String, u64> = BTreeMap::new();
        for shelf in std::fs::read_dir(folder).map_err(unreadable)? {
            let path = shelf.map_err(unreadable)?.path();
            if path.is_dir() {
                found.extend(tiles_in(&path).map_err(unreadable)?);
            }
        }
        let order = read_file(&folder.join(ORDER_FILE), MAX_ORDER_BYTES).unwrap_or_default();
        let order = String::from_utf8_lossy(&order);
        let mut shelf = Shelf::default();
        let last: Vec<(String, u64)> = order
            .lines()
            .filter_map(|name| found.remove_entry(name))
            .collect();
        // Tiles that the order does not know come first: they are from before a crash.
        for (name, bytes) in found.into_iter().chain(last) {
            shelf.put(name, bytes);
        }
        let cache = Self {
            folder: folder.to_path_buf(),
            max_bytes,
            shelf: Mutex::new(shelf),
            writing: Mutex::new(()),
        };
        cache.make_room();
        Ok(cache)
    }

    /// The tile under this key; `None` when there is none, or when what is there is damaged.
    pub fn get(&self, key: &str) -> Option<CachedTile> {
        let name = sha256_hex(key.as_bytes());
        if !self.shelf().entries.contains_key(&name) {
            return None;
        }
        let read = read_file(&self.place_of(&name), u64::MAX)
            .ok()
            .and_then(|bytes| unpack(bytes, key));
        let mut shelf = self.shelf();
        if read.is_some() {
            shelf.touch(&name);
        } else {
            shelf.remove(&name);
            drop(shelf);
            drop(std::fs::remove_file(self.place_of(&name)));
        }
        read
    }

    /// Keeps a tile under its key and lets the least recently used go. A tile larger than the whole cache is not kept.
    pub fn put(&self, key: &str, tile: &CachedTile) -> Result<(), TileError> {
        let name = sha256_hex(key.as_bytes());
        let bytes = pack(key, tile)?;
        let length = bytes.len() as u64;
        if length > self.max_bytes {
            self.forget(key);
            return Ok(());
        }
        {
            let _alone = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
            write_whole(&self.place_of(&name), &bytes)?;
        }
        self.shelf().put(name, length);
        self.make_room();
        let is_due = self.shelf().changes >= CHANGES_BETWEEN_NOTES;
        if is_due { self.note_order() } else { Ok(()) }
    }

    /// Drops the tile under this key.
    pub fn forget(&self, key: &str) {
        let name = sha256_hex(key.as_bytes());
        if self.shelf().remove(&name) {
            drop(std::fs::remove_file(self.place_of(&name)));
        }
    }

    /// What all files take, bytes.
    pub fn bytes(&self) -> u64 {
        self.shelf().bytes
    }

    /// How many tiles are there.
    pub fn len(&self) -> usize {
        self.shelf().entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes down the order of use, so that the next run drops the right tiles. Also done now and then, and at the end.
    pub fn note_order(&self) -> Result<(), TileError> {
        let mut text = String::new();
        {
            let mut shelf = self.shelf();
            shelf.changes = 0;
            for name in shelf.by_use.values() {
                text.push_str(name);
                text.push('\n');
            }
        }
        let _alone = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        write_whole(&self.folder.join(ORDER_FILE), text.as_bytes())
    }

    fn make_room(&self) {
        loop {
            let mut shelf = self.shelf();
            if shelf.bytes <= self.max_bytes {
                return;
            }
            let Some(name) = shelf.by_use.values().next().cloned() else {
                return;
            };
            shelf.remove(&name);
            drop(shelf);
            // A file that cannot be removed is found again by the next run.
            drop(std::fs::remove_file(self.place_of(&name)));
        }
    }

    /// The first two digits are a folder: thousands of files in one are slow on some systems.
    fn place_of(&self, name: &str) -> PathBuf {
        let (shelf, _) = name.split_at_checked(2).unwrap_or((name, ""));
        self.folder.join(shelf).join(format!("{name}.{ENDING}"))
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for DiskCache {
    fn drop(&mut self) {
        // Without it, the next run only drops other tiles first.
        drop(self.note_order());
    }
}

impl Shelf {
    fn put(&mut self, name: String, bytes: u64) {
        self.remove(&name);
        self.by_use.insert(self.next_use, name.clone());
        let used = self.next_use;
        self.entries.insert(name, Entry { bytes, used });
        self.bytes += bytes;
        self.next_use += 1;
        self.changes += 1;
    }

    fn touch(&mut self, name: &str) {
        if let Some(entry) = self.entries.get(name).copied() {
            self.put(name.to_owned(), entry.bytes);
        }
    }

    fn remove(&mut self, name: &str) -> bool {
        let Some(entry) = self.entries.remove(name) else {
            return false;
        };
        self.by_use.remove(&entry.used);
        self.bytes -= entry.bytes;
        true
    }
}

/// Names and sizes of the tiles in one folder. What a crash left half written goes.
fn tiles_in(folder: &Path) -> std::io::Result<Vec<(String, u64)>> {
    let mut tiles = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        let name = path.file_stem().and_then(OsStr::to_str);
        match (path.extension().and_then(OsStr::to_str), name) {
            (Some(ENDING), Some(name)) => tiles.push((name.to_owned(), entry.metadata()?.len())),
            (Some("part"), _) => drop(std::fs::remove_file(&path)),
            _ => {}
        }
    }
    Ok(tiles)
}

fn pack(key: &str, tile: &CachedTile) -> Result<Vec<u8>, TileError> {
    let head = Head {
        key: key.to_owned(),
        etag: tile.etag.clone(),
        last_modified: tile.last_modified.clone(),
        fresh_until_ms: tile.fresh_until_ms,
        bytes: tile.bytes.len() as u64,
        sha256: sha256_hex(&tile.bytes),
    };
    let head = serde_json::to_vec(&head).map_err(|error| TileError::json(key, &error))?;
    let length = u32::try_from(head.len())
        .map_err(|error| TileError::too_large(key, "its head", error.to_string()))?;
    let mut bytes = Vec::with_capacity(FIXED_BYTES + head.len() + tile.bytes.len());
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(&head);
    bytes.extend_from_slice(&tile.bytes);
    Ok(bytes)
}

/// The tile in a file, when it is the one under `key` and not damaged.
fn unpack(mut file: Vec<u8>, key: &str) -> Option<CachedTile> {
    let rest = file.strip_prefix(MAGIC)?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    let (head, body) = rest.split_at_checked(length)?;
    let head: Head = serde_json::from_slice(head).ok()?;
    let is_right =
        head.key == key && head.bytes == body.len() as u64 && head.sha256 == sha256_hex(body);
    if !is_right {
        return None;
    }
    file.drain(..FIXED_BYTES + length);
    Some(CachedTile {
        bytes: file,
        etag: head.etag,
        last_modified: head.last_modified,
        fresh_until_ms: head.fresh_until_ms,
    })
}

#[cfg(test)]
mod tests;
