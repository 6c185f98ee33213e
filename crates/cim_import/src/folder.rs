//! The city's folder: files with their hashes, and the move into place.

use crate::request::ImportError;
use crate::work::{Work, sibling};
use cim_tiles::{CityFile, FileHash};
use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;

/// Refuses a folder that is neither empty nor a city; so that a slip of the pen costs nobody their files.
pub(crate) fn refuse_if_taken(out: &Path) -> Result<(), ImportError> {
    let taken = || ImportError::OutIsTaken {
        path: out.to_path_buf(),
    };
    match std::fs::read_dir(out) {
        Ok(mut entries) => {
            let is_city =
                out.join("catalogue.json").is_file() && out.join("tileset.json").is_file();
            if is_city || entries.next().is_none() {
                Ok(())
            } else {
                Err(taken())
            }
        }
        Err(_) if out.exists() => Err(taken()),
        Err(_) => Ok(()),
    }
}

/// A file that is hashed while it is written.
#[derive(Debug)]
pub(crate) struct HashedFile {
    file: BufWriter<File>,
    path: String,
    bytes: u64,
    hash: FileHash,
}

impl HashedFile {
    /// Makes the file at `path` of the folder `dir`. What lies there may be a link to a file of the city that is there, so it
    /// is taken away and not written over.
    pub(crate) fn create(dir: &Path, path: &str) -> io::Result<Self> {
        let full = dir.join(path);
        remove_if_there(&full)?;
        Ok(Self {
            file: BufWriter::with_capacity(256 << 10, File::create(full)?),
            path: path.to_owned(),
            bytes: 0,
            hash: FileHash::default(),
        })
    }

    /// Bytes written so far.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The whole file, as catalogues list it.
    pub(crate) fn finish(mut self) -> io::Result<CityFile> {
        self.file.flush()?;
        Ok(CityFile {
            path: self.path,
            bytes: self.bytes,
            hash: self.hash.digits(),
        })
    }
}

impl Write for HashedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.add(bytes.get(..written).unwrap_or_default());
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Writes a whole file into the folder `dir`.
pub(crate) fn write_file(dir: &Path, path: &str, bytes: &[u8]) -> io::Result<CityFile> {
    let mut file = HashedFile::create(dir, path)?;
    file.write_all(bytes)?;
    file.finish()
}

/// Copies a file from elsewhere into the folder `dir`.
pub(crate) fn copy_file(dir: &Path, path: &str, from: &Path) -> io::Result<CityFile> {
    let mut source = File::open(from)?;
    let mut file = HashedFile::create(dir, path)?;
    io::copy(&mut source, &mut file)?;
    file.finish()
}

/// The same file under another name as well; a copy where the disk has no such links.
pub(crate) fn link_file(from: &Path, to: &Path) -> io::Result<()> {
    remove_if_there(to)?;
    if std::fs::hard_link(from, to).is_ok() {
        return Ok(());
    }
    std::fs::copy(from, to).map(|_bytes| ())
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The hash of a file that may be large, and its size.
pub(crate) fn hash_of_file(path: &Path) -> io::Result<(u64, String)> {
    let mut file = File::open(path)?;
    let mut hash = FileHash::default();
    let mut buffer = vec![0; 256 << 10];
    let mut total = 0;
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((total, hash.digits()));
        }
        hash.add(buffer.get(..read).unwrap_or_default());
        total += read as u64;
    }
}

/// Moves the finished city into place and takes the working folder away. The old city is there until the new one is.
pub(crate) fn move_into_place(work: &Work, out: &Path) -> Result<(), ImportError> {
    let unwritable = |reason| ImportError::Unwritable {
        path: out.to_path_buf(),
        reason,
    };
    let old = sibling(out, "replaced")?;
    if old.exists() {
        std::fs::remove_dir_all(&old).map_err(unwritable)?;
    }
    let had_one = out.exists();
    if had_one {
        std::fs::rename(out, &old).map_err(unwritable)?;
    }
    if let Err(reason) = std::fs::rename(work.city(), out) {
        if had_one {
            // Put the old city back; the first error is the one to tell.
            std::fs::rename(&old, out).map_err(unwritable)?;
        }
        return Err(unwritable(reason));
    }
    if had_one {
        std::fs::remove_dir_all(&old).map_err(unwritable)?;
    }
    work.clear()
}

#[cfg(test)]
mod tests {
    use super::*;
    use cim_tiles::file_hash;

    #[test]
    fn a_file_is_listed_with_its_size_and_hash_and_linked_as_it_is() {
        let dir = std::env::temp_dir().join(format!("cim_folder_{}", std::process::id()));
        std::fs::create_dir_all(&dir).expect("a test folder can be made");
        let file = write_file(&dir, "a.json", b"{\"a\": 1}").expect("written");
        assert_eq!((file.bytes, file.hash), (8, file_hash(b"{\"a\": 1}")));
        let copy = copy_file(&dir, "b.json", &dir.join("a.json")).expect("copied");
        assert_eq!(copy.hash, file_hash(b"{\"a\": 1}"));
        link_file(&dir.join("a.json"), &dir.join("b.json")).expect("linked");
        assert_eq!(
            hash_of_file(&dir.join("b.json")).expect("read"),
            (8, file_hash(b"{\"a\": 1}"))
        );
        assert!(refuse_if_taken(&dir).is_err());
        std::fs::remove_dir_all(&dir).ok();
        assert!(refuse_if_taken(&dir).is_ok());
    }
}
