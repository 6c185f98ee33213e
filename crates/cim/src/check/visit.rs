//! A tileset with everything that it names: tiles, subtrees, tilesets within.

use super::report::Checked;
use super::{Checker, note};
use cim_tiles::{
    Branch, Placement, Problem, ReadOptions, Subtree, SubtreeRef, TileContent, TileError, TileId,
    TileSource, Tileset, looks_like_ecef, read_content_with, read_resource, without_query,
};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};

/// Of one tileset, so many tiles are looked at. Implicit tiling can describe more than anybody has.
const MAX_TILES: usize = 10_000_000;

/// The files of one source while they are checked.
pub(super) struct Visit<'a> {
    checker: &'a mut Checker,
    source: &'a dyn TileSource,
    /// Where the source is, for paths that people read.
    root: PathBuf,
    /// Tilesets that wait for their turn: one is in memory at a time.
    tilesets: VecDeque<String>,
    /// The subtree read last: the tiles of its lower levels ask for it again.
    subtree: Option<(String, Subtree)>,
}

/// A step of the walk through a tree.
enum Step {
    Look(TileId),
    /// Everything below is done.
    Forget(TileId),
}

impl<'a> Visit<'a> {
    pub(super) fn new(checker: &'a mut Checker, source: &'a dyn TileSource, root: PathBuf) -> Self {
        Self {
            checker,
            source,
            root,
            tilesets: VecDeque::new(),
            subtree: None,
        }
    }

    /// The file at `path` of the source, and all that it leads to.
    pub(super) fn run(mut self, path: &str) {
        if path.ends_with(".subtree") {
            self.loose_subtree(path);
        } else if let Err(error) = self.content(path, None) {
            self.add_broken(path, &error);
        }
        let mut is_first = true;
        while let Some(path) = self.tilesets.pop_front() {
            self.tileset(&path, std::mem::take(&mut is_first));
        }
    }

    /// The path of a file for people.
    fn full(&self, path: &str) -> String {
        self.root.join(without_query(path)).display().to_string()
    }

    fn add_broken(&mut self, path: &str, error: &TileError) {
        let full = self.full(path);
        self.checker.seen.insert(full.clone());
        let mut checked = Checked::new(full);
        checked.tell_all([Problem::from(error)], path);
        self.checker.report.add(checked);
    }

    /// Checks a content once. An error means that it is not there; what is wrong within it is reported as its own.
    fn content(&mut self, path: &str, up_axis: Option<&str>) -> Result<(), TileError> {
        let full = self.full(path);
        if self.checker.seen.contains(&full) {
            return Ok(());
        }
        let bytes = match read_resource(self.source, path) {
            Ok(bytes) => bytes,
            Err(error @ TileError::Unreadable { .. }) => return Err(error),
            Err(error) => {
                self.add_broken(path, &error);
                return Ok(());
            }
        };
        let mut checked = Checked::new(full.clone());
        let mut problems = Vec::new();
        let options = ReadOptions::with_up_axis(up_axis);
        let read = read_content_with(&bytes, path, self.source, options, &mut problems);
        // A tileset may name a JSON file that is one itself: that file has its own turn, and its own line.
        let is_broken_tileset = read.is_err() && path_is_tileset(path);
        match read {
            Ok(TileContent::Tileset(_)) => {
                self.tilesets.push_back(path.to_owned());
                return Ok(());
            }
            Err(_) if is_broken_tileset => {
                self.tilesets.push_back(path.to_owned());
                return Ok(());
            }
            Ok(TileContent::Mesh(mesh)) => {
                let known = mesh.features.iter().filter(|one| !one.id.is_empty());
                checked.features = known.count();
            }
            Err(error) => problems.push(Problem::from(&error)),
        }
        checked.tell_all(problems, path);
        self.checker.seen.insert(full);
        self.checker.report.add(checked);
        Ok(())
    }

    /// Checks a tileset once, with all that its tiles name.
    fn tileset(&mut self, path: &str, is_outermost: bool) {
        let full = self.full(path);
        if !self.checker.seen.insert(full.clone()) {
            return;
        }
        let mut checked = Checked::new(full);
        match Tileset::open(self.source, path) {
            Ok(mut tileset) => {
                if is_outermost {
                    self.place(&mut tileset, &mut checked);
                }
                self.walk(&mut tileset, &mut checked);
                checked.tell_all(std::mem::take(&mut tileset.problems), path);
            }
            Err(error) => checked.tell_all([Problem::from(&error)], path),
        }
        self.checker.report.add(checked);
    }

    /// Puts a tileset where the person or the file beside it says that it stands.
    fn place(&mut self, tileset: &mut Tileset, checked: &mut Checked) {
        let stated = match &self.checker.placement {
            Some(placement) => Ok(Some(*placement)),
            None => Placement::beside(self.source),
        };
        let placed = stated.and_then(|placement| match placement {
            Some(placement) => tileset.set_placement(&placement),
            None => Ok(()),
        });
        if let Err(error) = placed {
            checked.tell_all([Problem::from(&error)], "");
            return;
        }
        let root = tileset.tile(Tileset::ROOT);
        if root.is_some_and(|root| !looks_like_ecef(&root.bounds)) {
            let text = "it does not stand on the globe; say where with --crs or a placement.json";
            note(&checked.path, text);
        }
    }

    fn walk(&mut self, tileset: &mut Tileset, checked: &mut Checked) {
        let mut steps = vec![Step::Look(Tileset::ROOT)];
        let mut looked_at = 0;
        while let Some(step) = steps.pop() {
            let id = match step {
                Step::Look(id) => id,
                Step::Forget(id) => {
                    tileset.detach(id);
                    continue;
                }
            };
            looked_at += 1;
            if looked_at > MAX_TILES {
                let what = format!("more than {MAX_TILES} tiles; those behind are not checked");
                checked.tell(format!("tile {id}"), what);
                return;
            }
            self.contents_of(tileset, id, checked);
            let branch = tileset.tile(id).and_then(|tile| tile.branch.clone());
            if let Some(branch) = branch
                && self.attach(tileset, id, &branch, checked)
            {
                steps.push(Step::Forget(id));
            }
            let children = tileset.tile(id).map(|tile| tile.children.as_slice());
            let children = children.unwrap_or_default().iter().rev();
            steps.extend(children.copied().map(Step::Look));
        }
    }

    fn contents_of(&mut self, tileset: &Tileset, id: TileId, checked: &mut Checked) {
        let Some(tile) = tileset.tile(id) else {
            return;
        };
        for content in &tile.contents {
            let up_axis = tileset.gltf_up_axis(id);
            if content.uri.starts_with("data:") {
                self.inline_content(&content.uri, id, up_axis, checked);
            } else if let Err(error) = self.content(&content.uri, up_axis) {
                let what = format!("names what is not there: {}", reason_of(&error));
                checked.tell(format!("tile {id}, {}", content.uri), what);
            }
        }
    }

    /// Content that lies in the tileset's own text: its problems are the tileset's.
    fn inline_content(
        &mut self,
        uri: &str,
        id: TileId,
        up_axis: Option<&str>,
        checked: &mut Checked,
    ) {
        let mut problems = Vec::new();
        let options = ReadOptions::with_up_axis(up_axis);
        let read = read_resource(self.source, uri).and_then(|bytes| {
            read_content_with(&bytes, "data:", self.source, options, &mut problems)
        });
        match read {
            Ok(TileContent::Mesh(mesh)) => {
                let known = mesh.features.iter().filter(|one| !one.id.is_empty());
                checked.features += known.count();
            }
            Ok(TileContent::Tileset(_)) => {
                let what = "a tileset in a data address is not followed";
                checked.tell(format!("tile {id}"), what.to_owned());
            }
            Err(error) => problems.push(Problem::from(&error)),
        }
        for problem in problems {
            checked.tell(format!("tile {id}, {}", problem.place), problem.reason);
        }
    }

    /// Grows the tree by the subtree that a tile names; false where that cannot be done.
    fn attach(
        &mut self,
        tileset: &mut Tileset,
        id: TileId,
        branch: &SubtreeRef,
        checked: &mut Checked,
    ) -> bool {
        let Some(subtree) = self.subtree(branch, id, checked) else {
            return false;
        };
        let attached = tileset.attach(id, Branch::Subtree(subtree));
        let mut problems = std::mem::take(&mut tileset.problems);
        if let Err(error) = &attached {
            problems.push(Problem::from(error));
        }
        checked.tell_all(problems, &branch.uri);
        attached.is_ok()
    }

    fn subtree(
        &mut self,
        branch: &SubtreeRef,
        id: TileId,
        checked: &mut Checked,
    ) -> Option<Subtree> {
        if let Some((uri, subtree)) = &self.subtree
            && *uri == branch.uri
        {
            return Some(subtree.clone());
        }
        let full = self.full(&branch.uri);
        let is_new = self.checker.seen.insert(full.clone());
        let mut own = Checked::new(full);
        let subtree = match Subtree::open(self.source, &branch.uri) {
            Ok(subtree) => {
                own.tell_all(subtree.problems().iter().cloned(), &branch.uri);
                Some(subtree)
            }
            Err(error @ TileError::Unreadable { .. }) => {
                let what = format!("names what is not there: {}", reason_of(&error));
                checked.tell(format!("tile {id}, {}", branch.uri), what);
                return None;
            }
            Err(error) => {
                own.tell_all([Problem::from(&error)], &branch.uri);
                None
            }
        };
        if is_new {
            self.checker.report.add(own);
        }
        self.subtree = subtree.clone().map(|subtree| (branch.uri.clone(), subtree));
        subtree
    }

    /// A subtree that no tileset led to.
    fn loose_subtree(&mut self, path: &str) {
        match Subtree::open(self.source, path) {
            Ok(subtree) => {
                let full = self.full(path);
                self.checker.seen.insert(full.clone());
                let mut checked = Checked::new(full);
                checked.tell_all(subtree.problems().iter().cloned(), path);
                self.checker.report.add(checked);
            }
            Err(error) => self.add_broken(path, &error),
        }
    }
}

/// Whether a file calls itself a tileset.
fn path_is_tileset(path: &str) -> bool {
    let path = without_query(path);
    let name = path.rsplit('/').next().unwrap_or(path);
    name.starts_with("tileset")
        && Path::new(name)
            .extension()
            .is_some_and(|ending| ending.eq_ignore_ascii_case("json"))
}

/// What is wrong, without the file's name.
fn reason_of(error: &TileError) -> String {
    Problem::from(error).reason
}
