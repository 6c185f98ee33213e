//! What was done to the files of a watched folder, in order.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// Everything that was done to the files of a watched folder between [`crate::Watch::record`] and [`crate::Watch::take`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// Every file that occurs, relative to the folder; the steps name it by its place in this list.
    pub files: Vec<PathBuf>,
    /// What was there when the recording began, by place in `files`. It counts as durable.
    pub base: BTreeMap<usize, Vec<u8>>,
    /// What was done, in order. Only what succeeded is here.
    pub steps: Vec<Step>,
}

/// One thing that was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A file that was not there came to be.
    Create {
        /// Its place in [`Trace::files`].
        file: usize,
        /// True when its first sync makes the folder durable too, as SQLite does for journals and logs.
        syncs_folder: bool,
    },
    /// A file that was there was opened.
    Open {
        /// Its place in [`Trace::files`].
        file: usize,
    },
    /// Bytes were written.
    Write {
        /// The file's place in [`Trace::files`].
        file: usize,
        /// Where, in bytes from its start.
        offset: u64,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// The file was given this length.
    Truncate {
        /// The file's place in [`Trace::files`].
        file: usize,
        /// Its length in bytes.
        len: u64,
    },
    /// All that was written to the file is durable from here on.
    Sync {
        /// The file's place in [`Trace::files`].
        file: usize,
    },
    /// The file was deleted.
    Delete {
        /// Its place in [`Trace::files`].
        file: usize,
        /// True when the deletion was durable on return.
        syncs_folder: bool,
    },
    /// The program said that its transaction of this number is acknowledged.
    Mark(u64),
}

impl Trace {
    /// The place of `path` in the list of files; it is added when it is new.
    pub(crate) fn file(&mut self, path: &Path) -> usize {
        let known = self.files.iter().position(|file| file == path);
        known.unwrap_or_else(|| {
            self.files.push(path.to_path_buf());
            self.files.len() - 1
        })
    }
}

/// Lays `bytes` into `content` at `offset`; a hole before them is zeros.
pub(crate) fn lay(content: &mut Vec<u8>, offset: u64, bytes: &[u8]) {
    let end = offset.saturating_add(bytes.len() as u64);
    set_len(content, end.max(content.len() as u64));
    let (Ok(start), Ok(end)) = (usize::try_from(offset), usize::try_from(end)) else {
        return;
    };
    if let Some(place) = content.get_mut(start..end) {
        place.copy_from_slice(bytes);
    }
}

/// Gives `content` the length `len`; what is new is zeros. A length that this machine cannot address is passed over.
pub(crate) fn set_len(content: &mut Vec<u8>, len: u64) {
    if let Ok(len) = usize::try_from(len) {
        content.resize(len, 0);
    }
}
