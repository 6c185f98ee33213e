//! A file that appears whole or not at all: written beside its place as `….part`, then moved there.

use crate::RecordingError;
use std::{
    fs::File,
    path::{Path, PathBuf},
};

/// A file that is being written. Dropped before it was finished, what was begun goes away.
#[derive(Debug)]
pub(crate) struct Part {
    path: PathBuf,
    to: PathBuf,
    is_finished: bool,
}

impl Part {
    /// Begins the file that is to lie at `to`; its folder is made when absent.
    pub(crate) fn begin(to: &Path) -> Result<(Self, File), RecordingError> {
        let mut beside = to.as_os_str().to_owned();
        beside.push(".part");
        let part = Self {
            path: PathBuf::from(beside),
            to: to.to_path_buf(),
            is_finished: false,
        };
        if let Some(folder) = to.parent() {
            std::fs::create_dir_all(folder)
                .map_err(|source| part.trouble("making the folder", source))?;
        }
        let file = File::create(&part.path)
            .map_err(|source| part.trouble("beginning the file", source))?;
        Ok((part, file))
    }

    /// Where the file is to lie.
    pub(crate) fn to(&self) -> &Path {
        &self.to
    }

    /// Moves the file to its place once it is safe on the disk; gives its size in bytes.
    pub(crate) fn finish(mut self, file: File) -> Result<u64, RecordingError> {
        let finished = file
            .sync_all()
            .and_then(|()| file.metadata())
            .and_then(|facts| std::fs::rename(&self.path, &self.to).map(|()| facts.len()));
        let bytes = finished.map_err(|source| self.trouble("finishing the file", source))?;
        self.is_finished = true;
        Ok(bytes)
    }

    /// What went wrong while doing `act`.
    pub(crate) fn trouble(&self, act: &'static str, source: std::io::Error) -> RecordingError {
        RecordingError::File {
            act,
            source,
            path: self.to.clone(),
        }
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.is_finished {
            // What was begun is of no use; that it cannot be removed either changes nothing.
            drop(std::fs::remove_file(&self.path));
        }
    }
}
