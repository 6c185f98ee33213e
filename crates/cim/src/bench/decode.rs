//! The decoding half of `cim bench tiles`: megabytes of tiles per second on one core, from memory.

use super::{figure::Figure, peers, tiles::TilesBench};
use crate::{Failure, host::instant};
use cim_tiles::{FolderSource, ReadOptions, read_content_with};
use serde_json::json;
use std::path::{Path, PathBuf};

/// The folder is decoded again until this much time has gone by, seconds.
const AT_LEAST_S: f64 = 1.5;
/// Files kept in memory at most, bytes.
const MOST_BYTES: usize = 256 << 20;
/// How much faster than loaders.gl we must be.
const MUST: f64 = 10.0;

/// Decodes every tile below the tileset's folder.
pub(super) fn run(bench: &TilesBench) -> Result<bool, Failure> {
    let folder = bench.folder();
    let files = load(&folder)?;
    if files.is_empty() {
        return Ok(true);
    }
    let bytes: usize = files.iter().map(|(_, bytes)| bytes.len()).sum();
    let peer = match &bench.peers {
        Some(peers_dir) => {
            let arguments = [absolute(&folder)?, "3".to_owned()];
            peers::run(peers_dir, "decode.mjs", &arguments)?
                .first()
                .map(|answer| (peers::name(answer), peers::number(answer, "mb_s")))
        }
        None => None,
    };
    let copied = rate(bytes, || {
        for (_, bytes) in &files {
            std::hint::black_box(bytes.clone());
        }
        0
    });
    let mut holds = true;
    for (name, images, peer) in [
        (
            "decode, textures left packed as the peer leaves them",
            false,
            peer,
        ),
        ("decode, textures unpacked", true, None),
    ] {
        let source = FolderSource::new(folder.clone());
        let mut failed = 0;
        let value = rate(bytes, || {
            failed = 0;
            for (path, bytes) in &files {
                let mut problems = Vec::new();
                let options = ReadOptions {
                    images,
                    ..ReadOptions::default()
                };
                let read = read_content_with(bytes, path, &source, options, &mut problems);
                failed += usize::from(std::hint::black_box(read).is_err());
            }
            failed
        });
        let figure = Figure {
            measure: "tile-decode",
            name: name.into(),
            value: value.0,
            unit: "MB/s",
            limit: Some(copied.0),
            peer,
            must: Some(MUST),
            goal: Some(MUST),
            is_rate: true,
            notes: vec![
                ("files", json!(files.len())),
                ("bytes", json!(bytes)),
                ("failed", json!(value.1)),
            ],
        };
        figure.tell(bench.json);
        holds &= figure.holds();
    }
    Ok(holds)
}

/// Megabytes per second when `pass` goes over `bytes`, and what its last pass returned.
fn rate(bytes: usize, mut pass: impl FnMut() -> usize) -> (f64, usize) {
    let begun = instant();
    let mut passes = 0_u32;
    loop {
        let result = pass();
        passes += 1;
        let seconds = begun.elapsed().as_secs_f64();
        if seconds >= AT_LEAST_S {
            return (f64::from(passes) * bytes as f64 / 1e6 / seconds, result);
        }
    }
}

/// The tiles below `folder`, by path.
fn load(folder: &Path) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let mut files = Vec::new();
    let mut total = 0;
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder_now) = folders.pop() {
        let mut inside: Vec<PathBuf> = std::fs::read_dir(&folder_now)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()?;
        inside.sort();
        for path in inside {
            if path.is_dir() {
                folders.push(path);
            } else if is_tile(&path) && total < MOST_BYTES {
                let bytes = std::fs::read(&path)?;
                total += bytes.len();
                let name = path.strip_prefix(folder).unwrap_or(&path);
                files.push((name.to_string_lossy().into_owned(), bytes));
            }
        }
    }
    Ok(files)
}

fn is_tile(path: &Path) -> bool {
    path.extension().is_some_and(|ending| {
        ["b3dm", "glb", "i3dm", "pnts", "cmpt"]
            .iter()
            .any(|known| ending.eq_ignore_ascii_case(known))
    })
}

/// The absolute path, as text.
pub(super) fn absolute(path: &Path) -> Result<String, Failure> {
    Ok(path.canonicalize()?.display().to_string())
}
