//! Opening a recording: it is taken into a cache of its own once, and from then on shown like any cache.

use crate::{desk::safe_name, error::AppError};
use cim_recording::{Progress, import_recording};
use cim_store::Store;
use std::{
    fs::{self, File},
    io::{Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

/// The folder inside the cache in which recordings have caches of their own.
const PLAYED: &str = "played";

/// Written into such a cache when the recording is in it whole, with what was wrong with it, one line each.
const COMPLETE: &str = "complete";

/// So much of both ends of a file tells it from others, bytes.
const ENDS: u64 = 64 << 10;

/// Takes the recording in `file` into a cache of its own within `cache`, unless it is there. Returns that cache, and what
/// was wrong with the recording. `told` hears how far it is: done, and in all.
pub async fn open_recording(
    file: &Path,
    cache: &Path,
    told: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<(PathBuf, Vec<String>), AppError> {
    let mark = mark_of(file).map_err(|source| AppError::File {
        act: "reading the recording",
        source,
        path: file.to_owned(),
    })?;
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let folder = cache
        .join(PLAYED)
        .join(format!("{}-{mark:016x}", safe_name(&stem)));
    let complete = folder.join(COMPLETE);
    if let Ok(problems) = fs::read_to_string(&complete) {
        return Ok((folder, problems.lines().map(str::to_owned).collect()));
    }
    if folder.exists() {
        // The last attempt was stopped half way.
        fs::remove_dir_all(&folder).map_err(|source| AppError::File {
            act: "clearing the cache of the recording",
            source,
            path: folder.clone(),
        })?;
    }
    let (store, notes) = Store::open(&folder).await?;
    for note in notes {
        tracing::warn!(note, "the cache of the recording");
    }
    let mut tell = |progress: Progress| told(progress.done, progress.total);
    let imported = import_recording(file, &store, &mut tell).await;
    store.close().await;
    let problems: Vec<String> = imported?
        .problems
        .iter()
        .map(|problem| problem.replace('\n', " "))
        .collect();
    fs::write(&complete, problems.join("\n")).map_err(|source| AppError::File {
        act: "finishing the cache of the recording",
        source,
        path: complete,
    })?;
    Ok((folder, problems))
}

/// A number that tells the content of `file` from others: FNV-1a 64 over its length and both its ends, where a recording's
/// first moments and its digest lie.
fn mark_of(file: &Path) -> std::io::Result<u64> {
    let mut file = File::open(file)?;
    let length = file.metadata()?.len();
    let mut bytes = length.to_le_bytes().to_vec();
    Read::by_ref(&mut file).take(ENDS).read_to_end(&mut bytes)?;
    file.seek(SeekFrom::Start(length.saturating_sub(ENDS)))?;
    file.take(ENDS).read_to_end(&mut bytes)?;
    let fold = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    Ok(bytes.iter().fold(0xcbf2_9ce4_8422_2325, fold))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_other_content_have_other_marks() {
        let folder = Path::new(".").join("../../target/tmp/marks");
        fs::create_dir_all(&folder).expect("a folder");
        let mark = |name: &str, content: &[u8]| {
            let path = folder.join(name);
            fs::write(&path, content).expect("a file");
            mark_of(&path).expect("a mark")
        };
        let long = vec![7_u8; 200_000];
        let mut other = long.clone();
        other[199_999] = 8;
        assert_eq!(mark("a", &long), mark("b", &long));
        assert_ne!(mark("a", &long), mark("c", &other));
        assert_ne!(mark("d", b""), mark("e", b"x"));
        assert!(mark_of(Path::new("no/such/file")).is_err());
    }
}
