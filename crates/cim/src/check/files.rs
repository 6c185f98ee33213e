//! All files below a folder.

use std::path::{Path, PathBuf};

/// Folders within folders go no deeper than this.
const MAX_DEPTH: usize = 64;

/// What is below a folder.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// In the order of their paths.
    pub(super) files: Vec<PathBuf>,
    /// What could not be looked into, and why.
    pub(super) unreadable: Vec<(PathBuf, String)>,
}

/// Every file below `root`. Links to folders are not followed: they may lead in circles.
pub(super) fn files_below(root: &Path) -> Found {
    let mut found = Found::default();
    let mut folders = vec![(root.to_path_buf(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        if depth > MAX_DEPTH {
            let reason = format!("folders lie more than {MAX_DEPTH} deep in each other");
            found.unreadable.push((folder, reason));
            continue;
        }
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) => {
                found.unreadable.push((folder, error.to_string()));
                continue;
            }
        };
        for entry in entries {
            match entry.and_then(|entry| Ok((entry.path(), entry.file_type()?))) {
                Ok((path, kind)) if kind.is_dir() => folders.push((path, depth + 1)),
                Ok((path, _)) => found.files.push(path),
                Err(error) => found.unreadable.push((folder.clone(), error.to_string())),
            }
        }
    }
    found.files.sort();
    found
}
