//! The import's working folder `OUT.partial`: the city that is being made, and what is needed to make it.
//!
//! It lies beside the city's folder, so that the finished city moves into place by a rename. An interrupted import leaves
//! it behind and the next one goes on with it; one that fails for its sources takes it away.

use crate::request::ImportError;
use std::io;
use std::path::{Path, PathBuf};

/// The working folder of one import.
#[derive(Clone, Debug)]
pub(crate) struct Work {
    root: PathBuf,
}

impl Work {
    /// The working folder that belongs to the city folder `out`. Makes nothing yet.
    pub(crate) fn beside(out: &Path) -> Result<Self, ImportError> {
        Ok(Self {
            root: sibling(out, "partial")?,
        })
    }

    /// The whole folder.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The city that is being made.
    pub(crate) fn city(&self) -> PathBuf {
        self.root.join("city")
    }

    /// Where working files are.
    pub(crate) fn scratch(&self) -> PathBuf {
        self.root.join("work")
    }

    /// Makes the folders that are not there yet.
    pub(crate) fn make(&self) -> Result<(), ImportError> {
        for folder in [self.scratch(), self.city().join("tiles")] {
            std::fs::create_dir_all(folder).map_err(|reason| self.failed(reason))?;
        }
        Ok(())
    }

    /// Takes the folder away with everything in it.
    pub(crate) fn clear(&self) -> Result<(), ImportError> {
        match std::fs::remove_dir_all(&self.root) {
            Err(reason) if reason.kind() != io::ErrorKind::NotFound => Err(self.failed(reason)),
            _ => Ok(()),
        }
    }

    /// A working file could not be written or read back.
    pub(crate) fn failed(&self, reason: io::Error) -> ImportError {
        ImportError::Unwritable {
            path: self.root.clone(),
            reason,
        }
    }
}

/// `OUT.word`, beside `out`.
pub(crate) fn sibling(out: &Path, word: &str) -> Result<PathBuf, ImportError> {
    let Some(name) = out.file_name() else {
        let reason = io::Error::new(
            io::ErrorKind::InvalidInput,
            "a city needs a folder with a name of its own",
        );
        return Err(ImportError::Unwritable {
            path: out.to_path_buf(),
            reason,
        });
    };
    Ok(out.with_file_name(format!("{}.{word}", name.to_string_lossy())))
}

/// What a broken working file is: nobody but this program writes it.
pub(crate) fn damaged() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "a working file of the import is damaged; import again with --fresh",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_needs_a_name() {
        assert!(sibling(Path::new("/"), "partial").is_err());
        let work = Work::beside(Path::new("/x/city")).expect("named");
        assert_eq!(work.root(), Path::new("/x/city.partial"));
        assert_eq!(work.city(), Path::new("/x/city.partial/city"));
    }
}
