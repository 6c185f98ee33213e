//! `cim check`: is a city folder, a tileset, a tile or an archive sound?
//!
//! One tile is in memory at a time. Every file is checked once, however many tilesets name it; a file that is missing
//! is a problem of the tileset that names it.

mod files;
mod report;
mod visit;

use crate::{
    Failure,
    host::{runtime, say},
};
use cim_app::open_tile_source;
use cim_geo::Crs;
use cim_tiles::{Catalogue, FolderSource, Placement, Problem};
use clap::Args;
use files::files_below;
use report::{Checked, Report};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use tokio::runtime::Runtime;
use visit::Visit;

/// What tiles on disk end with.
const TILE_ENDINGS: [&str; 9] = [
    "b3dm", "cmpt", "geom", "glb", "gltf", "i3dm", "pnts", "subtree", "vctr",
];
const ARCHIVE_ENDINGS: [&str; 2] = ["3tz", "3dtiles"];

/// Check a city folder, a tileset, a tile or an archive.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// A city folder, any folder with tilesets and tiles below it, a `tileset.json`, a tile, a `.3tz` or `.3dtiles`.
    path: PathBuf,
    /// Print one JSON object per file, and one with the totals.
    #[arg(long)]
    json: bool,
    /// The coordinate system of tilesets that are not Earth-centred, for instance EPSG:4548.
    #[arg(long, value_name = "EPSG:CODE", value_parser = Crs::parse)]
    crs: Option<Crs>,
}

impl Check {
    pub(crate) fn run(self) -> Result<bool, Failure> {
        let mut checker = Checker {
            runtime: runtime()?,
            report: Report::new(self.json),
            placement: self.crs.map(Placement::Crs),
            seen: BTreeSet::new(),
        };
        if self.path.is_dir() {
            checker.folder(&self.path);
        } else {
            checker.file(&self.path);
        }
        Ok(checker.report.end())
    }
}

/// What the checking of everything shares.
struct Checker {
    /// What an SQLite archive is read on.
    runtime: Runtime,
    report: Report,
    /// Where tilesets stand, when the person says so.
    placement: Option<Placement>,
    /// Paths of all that was checked.
    seen: BTreeSet<String>,
}

impl Checker {
    /// Everything below a folder: cities, tilesets, archives, and tiles that no tileset names.
    fn folder(&mut self, root: &Path) {
        let found = files_below(root);
        for (path, reason) in found.unreadable {
            self.report
                .add(Checked::broken(path.display().to_string(), reason));
        }
        let before = self.report.checked();
        for path in &found.files {
            if file_name(path) == "catalogue.json" {
                let folder = path.parent().unwrap_or(root);
                self.report.add(check_catalogue(folder));
            }
        }
        let (mut tilesets, mut archives, mut tiles) = (Vec::new(), Vec::new(), Vec::new());
        for path in &found.files {
            let name = file_name(path);
            let ending = ending_of(path);
            if ending == "json" && name.starts_with("tileset") {
                tilesets.push(path);
            } else if ARCHIVE_ENDINGS.contains(&ending.as_str()) {
                archives.push(path);
            } else if TILE_ENDINGS.contains(&ending.as_str()) {
                tiles.push(path);
            }
        }
        // Outer ones first: a tileset within another may name files above itself.
        tilesets.sort_by_key(|path| path.components().count());
        for path in tilesets.into_iter().chain(archives).chain(tiles) {
            self.file(path);
        }
        if self.report.checked() == before {
            let reason = "there is nothing to check below this folder".to_owned();
            self.report
                .add(Checked::broken(root.display().to_string(), reason));
        }
    }

    /// One file, whatever it is.
    fn file(&mut self, path: &Path) {
        if ARCHIVE_ENDINGS.contains(&ending_of(path).as_str()) {
            self.archive(path);
            return;
        }
        let name = file_name(path);
        let root = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_path_buf(),
            _ => PathBuf::from("."),
        };
        let full = root.join(&name).display().to_string();
        if self.seen.contains(&full) {
            return;
        }
        let source = FolderSource::new(root.clone());
        Visit::new(self, &source, root).run(&name);
    }

    fn archive(&mut self, path: &Path) {
        let full = path.display().to_string();
        if !self.seen.insert(full.clone()) {
            return;
        }
        match open_tile_source(&full, None, self.runtime.handle()) {
            Ok((source, tileset)) => {
                Visit::new(self, source.as_ref(), path.to_path_buf()).run(&tileset);
            }
            Err(error) => {
                let mut checked = Checked::new(full);
                checked.tell_all([Problem::from(&error)], "");
                self.report.add(checked);
            }
        }
    }
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

fn ending_of(path: &Path) -> String {
    let ending = path.extension().unwrap_or_default();
    ending.to_string_lossy().to_ascii_lowercase()
}

/// The files of a city folder beside its tiles.
fn check_catalogue(folder: &Path) -> Checked {
    let mut checked = Checked::new(folder.join("catalogue.json").display().to_string());
    if let Err(error) = Catalogue::read(folder) {
        checked.tell(String::new(), error.to_string());
    }
    match cim_tiles::read_attributes(folder) {
        Ok((records, broken)) => {
            checked.features = records.len();
            for problem in broken {
                let place = format!("{} {}", problem.source, problem.place);
                checked.tell(place, problem.reason);
            }
        }
        Err(error) => checked.tell("attributes.jsonl".to_owned(), error.to_string()),
    }
    if let Err(error) = cim_tiles::read_views(folder) {
        checked.tell("views.json".to_owned(), error.to_string());
    }
    checked
}

/// A word for the person about something that is not broken.
fn note(path: &str, text: &str) {
    say(&format!("{path}: {text}"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const BALL: &str = r#""boundingVolume":{"sphere":[0,0,0,9]},"geometricError":1"#;

    fn tileset(root: &str) -> String {
        format!(
            r#"{{"asset":{{"version":"1.1"}},"geometricError":9,"root":{{{BALL},"refine":"ADD",{root}}}}}"#
        )
    }

    /// One point.
    fn points() -> Vec<u8> {
        let table = br#"{"POINTS_LENGTH":1,"POSITION":[0,0,0]}"#;
        let mut bytes = b"pnts".to_vec();
        for word in [1, 28 + table.len() as u32, table.len() as u32, 0, 0, 0] {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend(table);
        bytes
    }

    fn checked(path: &Path) -> (usize, usize) {
        let mut checker = Checker {
            runtime: runtime().expect("a runtime"),
            report: Report::new(true),
            placement: None,
            seen: BTreeSet::new(),
        };
        if path.is_dir() {
            checker.folder(path);
        } else {
            checker.file(path);
        }
        (checker.report.checked(), checker.report.broken())
    }

    #[test]
    fn every_file_is_checked_once_and_what_is_missing_is_told_of_who_names_it() {
        let folder = std::env::temp_dir().join(format!("cim-check-{}", std::process::id()));
        fs::create_dir_all(folder.join("inner")).expect("a folder");
        let write = |name: &str, bytes: &[u8]| {
            fs::write(folder.join(name), bytes).expect("a file");
        };
        let outer = format!(
            r#""content":{{"uri":"gone.b3dm"}},"children":[{{{BALL},"content":{{"uri":"inner/t.json"}}}}]"#
        );
        write("tileset.json", tileset(&outer).as_bytes());
        let inner = tileset(r#""content":{"uri":"../points.pnts"}"#);
        write("inner/t.json", inner.as_bytes());
        write("points.pnts", &points());
        write("loose.glb", b"glTF");
        write("notes.txt", b"no tile");

        // The outer tileset lacks a file and the loose tile is none; the inner tileset and the points are sound.
        assert_eq!(checked(&folder), (4, 2));
        assert_eq!(
            checked(&folder.join("inner/t.json")),
            (1, 1),
            "its points lie above it"
        );
        assert_eq!(checked(&folder.join("points.pnts")), (1, 0));
        assert_eq!(checked(&folder.join("inner/nothing.b3dm")), (1, 1));
        fs::remove_dir_all(&folder).expect("the folder goes");
    }
}
