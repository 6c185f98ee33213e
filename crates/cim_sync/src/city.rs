//! Fetches the city's tiles: every file of the hub's catalogue, checked, and the catalogue itself last.
//!
//! ```text
//!  TILES/<hash of catalogue.json>/…files…      each written as *.part, then renamed
//!  TILES/<hash of catalogue.json>/catalogue.json   written last: where it is, the city is whole
//! ```

use crate::{
    Rejection, SyncError, Update,
    door::{Door, FILE_MAX_BYTES, PAGE_MAX_BYTES, join, not_understood},
    json,
    outlet::Outlet,
};
use reqwest::Url;
use serde_json::Value;
use std::{
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::{fs, task::JoinSet};

/// How many files are fetched at the same time.
const PARALLEL: usize = 4;
/// How many files a city may have.
const MAX_FILES: usize = 200_000;
/// After how many files progress is told.
const TOLD_EVERY: u32 = 16;
/// How long to wait before an incomplete city is tried again: doubled each time, up to the longest.
const RETRY_MIN: Duration = Duration::from_secs(15);
const RETRY_MAX: Duration = Duration::from_mins(10);
const CATALOGUE: &str = "catalogue.json";

/// A file of a city.
#[derive(Clone, Debug, PartialEq, Eq)]
struct CityFile {
    /// Relative to the city's folder, with `/`.
    path: String,
    bytes: u64,
    /// FNV-1a 64 of its content.
    hash: u64,
}

/// Fetches the city at `address` into a folder below `tiles`, again and again until it is complete.
pub(crate) async fn fetch_city(door: Door, out: Outlet, address: Url, tiles: PathBuf) {
    let mut pause = RETRY_MIN;
    loop {
        match fetch_once(&door, &out, &address, &tiles).await {
            Ok(true) | Err(SyncError::Unheard) => return,
            Ok(false) => {}
            Err(error) => {
                let source = address.as_str();
                if out
                    .reject(source, Rejection::new(CATALOGUE, error.to_string()))
                    .await
                    .is_err()
                {
                    return;
                }
            }
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(RETRY_MAX);
    }
}

/// One attempt; true when the city is complete.
async fn fetch_once(
    door: &Door,
    out: &Outlet,
    address: &Url,
    tiles: &Path,
) -> Result<bool, SyncError> {
    let catalogue_address = join(address, CATALOGUE)?;
    let catalogue = door.get(&catalogue_address, PAGE_MAX_BYTES).await?;
    let (files, rejected) =
        files_of(&catalogue).map_err(|rejection| not_understood(&catalogue_address, rejection))?;
    let mut is_whole = rejected.is_empty();
    out.reject_all(catalogue_address.as_str(), rejected).await?;
    let folder = tiles.join(format!("{:016x}", fnv1a_64(&catalogue)));
    let total = u32::try_from(files.len()).unwrap_or(u32::MAX);
    let told = |fetched: u32, complete: bool| Update::City {
        folder: folder.clone(),
        fetched,
        total,
        complete,
    };

    if is_complete(&folder, &files).await {
        out.send(told(total, true)).await?;
        return Ok(true);
    }
    out.send(told(0, false)).await?;
    let mut fetched = 0;
    let mut waiting = files.into_iter();
    let mut running: JoinSet<Result<(), (String, Rejection)>> = JoinSet::new();
    loop {
        while running.len() < PARALLEL
            && let Some(file) = waiting.next()
        {
            running.spawn(fetch_file(
                door.clone(),
                address.clone(),
                folder.clone(),
                file,
            ));
        }
        match running.join_next().await {
            None => break,
            Some(Ok(Ok(()))) => {
                fetched += 1;
                if fetched % TOLD_EVERY == 0 {
                    out.send(told(fetched, false)).await?;
                }
            }
            Some(Ok(Err((source, rejection)))) => {
                is_whole = false;
                out.reject(&source, rejection).await?;
            }
            Some(Err(_ended)) => is_whole = false,
        }
    }
    if is_whole && let Err(error) = write_whole(&folder.join(CATALOGUE), &catalogue).await {
        is_whole = false;
        out.reject(
            &folder.join(CATALOGUE).to_string_lossy(),
            Rejection::new("file", error.to_string()),
        )
        .await?;
    }
    out.send(told(fetched, is_whole)).await?;
    Ok(is_whole)
}

/// Fetches one file, unless it is there; an error names the address or the file.
async fn fetch_file(
    door: Door,
    city: Url,
    folder: PathBuf,
    file: CityFile,
) -> Result<(), (String, Rejection)> {
    let target = folder.join(&file.path);
    if let Ok(present) = fs::read(&target).await
        && matches(&present, &file)
    {
        return Ok(());
    }
    let mut address = city;
    if let Ok(mut segments) = address.path_segments_mut() {
        segments.pop_if_empty().extend(file.path.split('/'));
    }
    let refuse = |reason: String| {
        (
            address.to_string(),
            Rejection::new(file.path.clone(), reason),
        )
    };
    let content = door
        .get(&address, FILE_MAX_BYTES)
        .await
        .map_err(|error| refuse(error.to_string()))?;
    if !matches(&content, &file) {
        return Err(refuse(format!(
            "{} bytes that are not those of the catalogue",
            content.len()
        )));
    }
    let written = write_whole(&target, &content).await;
    written.map_err(|error| {
        (
            target.to_string_lossy().into_owned(),
            Rejection::new("file", error.to_string()),
        )
    })
}

fn matches(content: &[u8], file: &CityFile) -> bool {
    content.len() as u64 == file.bytes && fnv1a_64(content) == file.hash
}

/// Writes beside, then renames: whoever finds the file finds all of it.
async fn write_whole(target: &Path, content: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = target.parent() {
        fs::create_dir_all(folder).await?;
    }
    let mut name = target.as_os_str().to_owned();
    name.push(".part");
    let part = PathBuf::from(name);
    fs::write(&part, content).await?;
    fs::rename(&part, target).await
}

/// True when the catalogue was written, and every file has its size. Content was checked before the catalogue was written.
async fn is_complete(folder: &Path, files: &[CityFile]) -> bool {
    if !fs::try_exists(folder.join(CATALOGUE))
        .await
        .unwrap_or(false)
    {
        return false;
    }
    for file in files {
        let found = fs::metadata(folder.join(&file.path)).await;
        if !found.is_ok_and(|found| found.len() == file.bytes) {
            return false;
        }
    }
    true
}

/// The files that a catalogue lists, and those that it may not list.
fn files_of(catalogue: &[u8]) -> Result<(Vec<CityFile>, Vec<Rejection>), Rejection> {
    let value = json::parse(catalogue)?;
    let list = json::list(&value, "files", "$")?;
    if list.len() > MAX_FILES {
        return Err(Rejection::new(
            "$.files",
            format!("more than {MAX_FILES} files"),
        ));
    }
    let mut files = Vec::with_capacity(list.len());
    let mut rejected = Vec::new();
    for (index, item) in list.iter().enumerate() {
        match file_of(item, &format!("$.files[{index}]")) {
            Ok(file) => files.push(file),
            Err(rejection) => rejected.push(rejection),
        }
    }
    Ok((files, rejected))
}

fn file_of(value: &Value, place: &str) -> Result<CityFile, Rejection> {
    let reject = |field: &str, reason: &str| Rejection::new(format!("{place}.{field}"), reason);
    let path = json::required_text(value, "path", place)?;
    if !stays_inside(path) {
        return Err(reject("path", "it does not stay inside the city's folder"));
    }
    let bytes = value
        .get("bytes")
        .and_then(Value::as_u64)
        .ok_or_else(|| reject("bytes", "a number is expected"))?;
    let hash = u64::from_str_radix(json::text(value, "hash"), 16).ok();
    let hash = hash.ok_or_else(|| reject("hash", "16 hexadecimal digits are expected"))?;
    Ok(CityFile {
        path: path.to_owned(),
        bytes,
        hash,
    })
}

/// True for a plain relative path: nothing that climbs, begins at a root or a drive, or takes the catalogue's own name.
fn stays_inside(path: &str) -> bool {
    let plain =
        |segment: &str| !matches!(segment, "" | "." | "..") && !segment.contains(['\\', ':', '\0']);
    path != CATALOGUE && path.split('/').all(plain)
}

/// FNV-1a, 64 bits (Fowler, Noll, Vo). Finds accidents of transport; no protection against a forger.
fn fnv1a_64(content: &[u8]) -> u64 {
    content.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_published_one() {
        assert_eq!(fnv1a_64(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a_64(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv1a_64(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn no_file_is_written_outside_the_city() {
        for good in ["tileset.json", "tiles/3_1_2.glb", "瓦片/一.glb", "a..b"] {
            assert!(stays_inside(good), "{good}");
        }
        for bad in [
            "",
            "/etc/passwd",
            "../x",
            "tiles/../../x",
            "tiles//x",
            "./x",
            "C:x",
            "a\\..\\b",
            "tiles/",
            "catalogue.json",
        ] {
            assert!(!stays_inside(bad), "{bad}");
        }
    }

    #[test]
    fn a_file_that_may_not_be_listed_is_rejected_and_the_others_stay() {
        let text = br#"{"files":[{"path":"tileset.json","bytes":3,"hash":"85944171f73967e8"},{"path":"../x","bytes":3,"hash":"00"},
            {"path":"a","hash":"00"},{"path":"b","bytes":1,"hash":"xyz"}]}"#;
        let (files, rejected) = files_of(text).expect("a catalogue");
        assert_eq!(
            files,
            [CityFile {
                path: "tileset.json".to_owned(),
                bytes: 3,
                hash: 0x8594_4171_f739_67e8
            }]
        );
        let places: Vec<&str> = rejected
            .iter()
            .map(|rejection| rejection.place.as_str())
            .collect();
        assert_eq!(
            places,
            ["$.files[1].path", "$.files[2].bytes", "$.files[3].hash"]
        );
        assert_eq!(files_of(b"{}").expect_err("no list").place, "$.files");
    }
}
