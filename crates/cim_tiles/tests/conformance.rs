//! The official 3D Tiles 1.0 and 1.1 samples, where they lie beside the checkout: whatever they hold, nothing panics.

#![expect(clippy::expect_used, reason = "in a test, a panic is the report")]

use cim_tiles::{TileError, Tileset, read_glb};
use std::path::{Path, PathBuf};

/// Counts what became of files of one kind.
#[derive(Debug, Default)]
struct Tally {
    read: usize,
    unsupported: usize,
    broken: usize,
}

impl Tally {
    fn add<T>(&mut self, result: &Result<T, TileError>) {
        match result {
            Ok(_) => self.read += 1,
            Err(TileError::Unsupported { .. }) => self.unsupported += 1,
            Err(error) => {
                self.broken += 1;
                println!("  {error}");
            }
        }
    }
}

/// Every file below `folder`, in a steady order.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder that can be read") {
            let path = entry.expect("an entry that can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

#[test]
fn the_official_samples_are_read_or_named_as_unsupported() {
    let samples =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/conformance/3d-tiles-1.1");
    if !samples.is_dir() {
        println!("skipped: no samples at {}", samples.display());
        return;
    }
    let (mut tilesets, mut glbs, mut contents) =
        (Tally::default(), Tally::default(), Tally::default());
    let mut problems = 0;
    for path in files_below(&samples) {
        let bytes = std::fs::read(&path).expect("a file that can be read");
        if path.file_name().is_some_and(|name| name == "tileset.json") {
            let tileset = Tileset::from_json(&bytes, path.parent().unwrap_or(Path::new("")));
            tilesets.add(&tileset);
            if let Ok(tileset) = tileset {
                problems += tileset.problems.len();
                for tile in &tileset.tiles {
                    contents.add(&tileset.read_content(tile.id));
                }
            }
        } else if path.extension().is_some_and(|ending| ending == "glb") {
            glbs.add(&read_glb(&bytes, &path.display().to_string()));
        }
    }
    println!("tilesets: {tilesets:?}, {problems} problems told");
    println!("glb files: {glbs:?}");
    println!("tile contents: {contents:?}");
    assert_eq!(tilesets.broken, 0, "every sample tileset is valid");
    assert_eq!(glbs.broken, 0, "every sample glb is valid");
    assert!(tilesets.read > 0 && glbs.read > 0);
}
