//! What the video desk keeps in files of its own: the catalogue, the moments, the health. A file is whole or it is the one before.

use super::VideoDesk;
use cim_video::{
    channels::{ChannelIndex, HealthHistory},
    moments::{MomentIndex, Vocabulary},
};
use std::{
    fs,
    io::{self, Write as _},
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};

const CATALOGUE: &str = "catalogue.bin";
const MOMENTS: &str = "moments.bin";
const HEALTH: &str = "health.bin";

/// What differs from the files.
#[derive(Default)]
pub(crate) struct Unkept {
    catalogue: AtomicBool,
    moments: AtomicBool,
    health: AtomicBool,
}

impl Unkept {
    /// The catalogue is to be written.
    pub(crate) fn catalogue(&self) {
        self.catalogue.store(true, Ordering::Relaxed);
    }

    /// The moments are to be written.
    pub(crate) fn moments(&self) {
        self.moments.store(true, Ordering::Relaxed);
    }

    /// The health is to be written.
    pub(crate) fn health(&self) {
        self.health.store(true, Ordering::Relaxed);
    }

    /// True when anything is to be written.
    pub(crate) fn any(&self) -> bool {
        [&self.catalogue, &self.moments, &self.health]
            .iter()
            .any(|is| is.load(Ordering::Relaxed))
    }
}

impl VideoDesk {
    /// Writes what differs from the files; says what the disk refused, and tries that again the next time. Takes long.
    pub(crate) fn keep(&self) -> Vec<String> {
        let mut refused = Vec::new();
        let mut keep = |is_due: &AtomicBool, name: &str, bytes: &dyn Fn() -> Vec<u8>| {
            if !is_due.swap(false, Ordering::Relaxed) {
                return;
            }
            let path = self.folder().join(name);
            if let Err(error) = write_whole(&path, &bytes()) {
                is_due.store(true, Ordering::Relaxed);
                refused.push(format!("{}: {error}", path.display()));
            }
        };
        keep(&self.unkept.catalogue, CATALOGUE, &|| {
            self.channels().to_bytes()
        });
        keep(&self.unkept.moments, MOMENTS, &|| self.moments().to_bytes());
        keep(&self.unkept.health, HEALTH, &|| {
            self.lock_history().to_bytes()
        });
        refused
    }
}

/// Writes a file so that it is whole or was never there.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let draft = path.with_extension("part");
    let mut file = fs::File::create(&draft)?;
    file.write_all(bytes)?;
    // A power cut leaves the whole of it, or the one before.
    file.sync_all()?;
    drop(file);
    fs::rename(&draft, path)
}

/// The catalogue as it was kept; an empty one when there is none. A file that cannot be used is put aside.
pub(super) fn read_channels(folder: &Path, problems: &mut Vec<String>) -> ChannelIndex {
    read(&folder.join(CATALOGUE), problems, ChannelIndex::from_bytes).unwrap_or_default()
}

/// The moments as they were kept.
pub(super) fn read_moments(
    folder: &Path,
    vocabulary: &Vocabulary,
    problems: &mut Vec<String>,
) -> MomentIndex {
    let made = |bytes: &[u8]| MomentIndex::from_bytes(bytes, vocabulary);
    read(&folder.join(MOMENTS), problems, made).unwrap_or_else(|| MomentIndex::new(vocabulary))
}

/// The health as it was kept.
pub(super) fn read_history(
    folder: &Path,
    most: usize,
    problems: &mut Vec<String>,
) -> HealthHistory {
    read(&folder.join(HEALTH), problems, HealthHistory::from_bytes)
        .unwrap_or_else(|| HealthHistory::new(most))
}

fn read<T, E: std::fmt::Display>(
    path: &Path,
    problems: &mut Vec<String>,
    made: impl FnOnce(&[u8]) -> Result<T, E>,
) -> Option<T> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        Err(error) => {
            problems.push(format!("{}: {error}", path.display()));
            return None;
        }
    };
    match made(&bytes) {
        Ok(made) => Some(made),
        Err(error) => {
            problems.push(format!("{}: {error}", path.display()));
            // It may be wanted for a look; the desk writes another one under its name.
            if let Err(error) = fs::rename(path, path.with_extension("damaged")) {
                problems.push(format!("{}: {error}", path.display()));
            }
            None
        }
    }
}
