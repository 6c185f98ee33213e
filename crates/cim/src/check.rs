//! `cim check`: is a city folder, a tileset or a tile sound?

use crate::{Failure, host::print};
use cim_tiles::{Catalogue, Problem, Tileset};
use clap::Args;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Check a city folder, a tileset or a tile.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// A city folder, a `tileset.json` or a `.glb`.
    path: PathBuf,
    /// Print one JSON object per file, and one with the totals.
    #[arg(long)]
    json: bool,
}

struct Checked {
    path: PathBuf,
    problems: Vec<(String, String)>,
    features: usize,
}

impl Check {
    #[expect(clippy::unnecessary_wraps, reason = "every command has this shape")]
    pub(crate) fn run(self) -> Result<bool, Failure> {
        let mut files = Vec::new();
        if self.path.is_dir() {
            files.push(check_catalogue(&self.path));
            files.extend(check_tileset(&self.path.join("tileset.json")));
        } else if self
            .path
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("json"))
        {
            files.extend(check_tileset(&self.path));
        } else {
            files.push(check_tile(&self.path));
        }
        let broken = files
            .iter()
            .filter(|file| !file.problems.is_empty())
            .count();
        for file in &files {
            self.tell(file);
        }
        let totals = json!({"checked": files.len(), "ok": files.len() - broken, "broken": broken});
        if self.json {
            print(&totals.to_string());
        } else {
            print(&format!("{} files checked, {broken} broken", files.len()));
        }
        Ok(broken == 0)
    }

    fn tell(&self, file: &Checked) {
        if self.json {
            let problems: Vec<Value> = file
                .problems
                .iter()
                .map(|(at, what)| json!({"at": at, "what": what}))
                .collect();
            let line = json!({
                "path": file.path.display().to_string(),
                "ok": problems.is_empty(),
                "problems": problems,
                "features": file.features,
            });
            print(&line.to_string());
        } else {
            for (at, what) in &file.problems {
                print(&format!("{}: {at}: {what}", file.path.display()));
            }
        }
    }
}

fn check_catalogue(folder: &Path) -> Checked {
    let path = folder.join("catalogue.json");
    let mut problems: Vec<(String, String)> = Vec::new();
    let mut features = 0;
    if let Err(err) = Catalogue::read(folder) {
        problems.push((String::new(), err.to_string()));
    }
    match cim_tiles::read_attributes(folder) {
        Ok((records, broken)) => {
            features = records.len();
            problems.extend(
                broken
                    .into_iter()
                    .map(|problem| (place_of(&problem), problem.reason)),
            );
        }
        Err(err) => problems.push(("attributes.jsonl".into(), err.to_string())),
    }
    if let Err(err) = cim_tiles::read_views(folder) {
        problems.push(("views.json".into(), err.to_string()));
    }
    Checked {
        path,
        problems,
        features,
    }
}

fn place_of(problem: &Problem) -> String {
    format!("{} {}", problem.source, problem.place)
}

fn check_tileset(path: &Path) -> Vec<Checked> {
    let folder = path.parent().unwrap_or(Path::new("."));
    match Tileset::read(path) {
        Ok(mut tileset) => {
            let problems = std::mem::take(&mut tileset.problems);
            let problems = problems
                .into_iter()
                .map(|problem| (problem.place, problem.reason))
                .collect();
            let own = Checked {
                path: path.to_path_buf(),
                problems,
                features: 0,
            };
            let tiles = tileset
                .tiles
                .iter()
                .filter_map(|tile| tile.content.as_ref());
            std::iter::once(own)
                .chain(tiles.map(|uri| check_tile(&folder.join(uri))))
                .collect()
        }
        Err(err) => {
            vec![Checked {
                path: path.to_path_buf(),
                problems: vec![(String::new(), err.to_string())],
                features: 0,
            }]
        }
    }
}

fn check_tile(path: &Path) -> Checked {
    let read = std::fs::read(path)
        .map_err(|err| err.to_string())
        .and_then(|bytes| {
            cim_tiles::read_glb(&bytes, &path.display().to_string()).map_err(|err| err.to_string())
        });
    match read {
        Ok(mesh) => Checked {
            path: path.to_path_buf(),
            problems: Vec::new(),
            features: mesh.features.len(),
        },
        Err(err) => Checked {
            path: path.to_path_buf(),
            problems: vec![(String::new(), err)],
            features: 0,
        },
    }
}
