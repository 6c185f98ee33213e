//! What a power cut may have left of a trace.
//!
//! ```text
//!  a file:    ── synced: kept as it was ──│── not synced: each sector kept, dropped or torn ──✂
//!  a folder:  ── names made durable ──────│── the rest in order, up to any of them ───────────✂
//! ```

use crate::{
    DiskError,
    trace::{Step, Trace, lay, set_len},
};
use rand_pcg::{
    Pcg64Mcg,
    rand_core::{RngCore, SeedableRng},
};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// What disks write whole or not at all; also how far a torn write can be cut.
const SECTOR_BYTES: u64 = 512;

/// What a power cut left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// What it was made with: [`image()`] with the same trace and seed makes it again.
    pub seed: u64,
    /// How many steps of the trace had been done.
    pub cut: usize,
    /// The files, relative to the watched folder.
    pub files: BTreeMap<PathBuf, Vec<u8>>,
    /// The transactions that had been acknowledged, in order: all of them must be there.
    pub marks: Vec<u64>,
}

impl Image {
    /// Writes the files into `folder`, which is made when absent. Files that are there keep lying unless they are of the image.
    pub fn write_to(&self, folder: &Path) -> Result<(), DiskError> {
        // A power cut may leave nothing at all.
        std::fs::create_dir_all(folder).map_err(|source| DiskError::Folder {
            source,
            path: folder.to_path_buf(),
        })?;
        for (path, content) in &self.files {
            let path = folder.join(path);
            let written = path
                .parent()
                .map_or(Ok(()), std::fs::create_dir_all)
                .and_then(|()| std::fs::write(&path, content));
            written.map_err(|source| DiskError::Folder { source, path })?;
        }
        Ok(())
    }
}

/// `how_many` power cuts, seeded `seed`, `seed + 1` and so on.
pub fn images(trace: &Trace, seed: u64, how_many: usize) -> impl Iterator<Item = Image> + '_ {
    (0..how_many as u64).map(move |n| image(trace, seed.wrapping_add(n)))
}

/// What a power cut at a moment that `seed` decides may have left.
pub fn image(trace: &Trace, seed: u64) -> Image {
    let mut dice = Dice(Pcg64Mcg::seed_from_u64(seed));
    let cut = dice.below(trace.steps.len() as u64 + 1) as usize;
    let past = Past::of(trace, cut);
    let mut files = BTreeMap::new();
    for folder in past.folders.values() {
        let undone = (folder.changes.len() - folder.durable.min(folder.changes.len())) as u64;
        let done = folder.durable + dice.below(undone + 1) as usize;
        for (file, life) in names_after(folder.changes.get(..done).unwrap_or_default()) {
            if let (Some(path), Some(life)) = (trace.files.get(file), past.lives.get(life)) {
                files.insert(path.clone(), left_of(life, &mut dice));
            }
        }
    }
    Image {
        seed,
        cut,
        files,
        marks: past.marks,
    }
}

impl Trace {
    /// The files as the last step left them: what no power cut gives.
    pub fn whole(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let past = Past::of(self, self.steps.len());
        let mut files = BTreeMap::new();
        for (file, life) in &past.now {
            if let (Some(path), Some(life)) = (self.files.get(*file), past.lives.get(*life)) {
                let mut content = life.base.to_vec();
                for step in &life.steps {
                    apply(&mut content, step);
                }
                files.insert(path.clone(), content);
            }
        }
        files
    }
}

/// A trace up to a cut, sorted by file and folder.
#[derive(Default)]
struct Past<'t> {
    lives: Vec<Life<'t>>,
    folders: BTreeMap<&'t Path, Folder>,
    /// Which life each file lives, if any.
    now: BTreeMap<usize, usize>,
    marks: Vec<u64>,
}

/// A file from its creation to its deletion. One that comes back under the same name is another.
struct Life<'t> {
    base: &'t [u8],
    /// Its writes and truncations.
    steps: Vec<&'t Step>,
    /// So many of them are durable.
    synced: usize,
    /// How many changes its folder had seen when it was created, that one among them.
    created: usize,
    /// True when its next sync makes its folder durable too.
    syncs_folder: bool,
}

/// The names of a folder.
#[derive(Default)]
struct Folder {
    changes: Vec<Change>,
    /// So many of them are durable.
    durable: usize,
}

/// A name came or went.
enum Change {
    Came { file: usize, life: usize },
    Went { file: usize },
}

impl<'t> Past<'t> {
    fn of(trace: &'t Trace, cut: usize) -> Self {
        let mut past = Self::default();
        for (file, content) in &trace.base {
            past.begin(trace, *file, content, false);
            past.make_names_durable(trace, *file);
        }
        for step in trace.steps.iter().take(cut) {
            past.take(trace, step);
        }
        past
    }

    fn take(&mut self, trace: &'t Trace, step: &'t Step) {
        match step {
            Step::Create { file, syncs_folder } => self.begin(trace, *file, &[], *syncs_folder),
            // A file that nobody saw come has been there for long.
            Step::Open { file } => {
                if !self.now.contains_key(file) {
                    self.begin(trace, *file, &[], false);
                    self.make_names_durable(trace, *file);
                }
            }
            Step::Write { file, .. } | Step::Truncate { file, .. } => {
                // Nothing that is written to a deleted file, which is still open somewhere, can be found again.
                if let Some(life) = self
                    .now
                    .get(file)
                    .and_then(|life| self.lives.get_mut(*life))
                {
                    life.steps.push(step);
                }
            }
            Step::Sync { file } => self.sync(trace, *file),
            Step::Delete { file, syncs_folder } => {
                self.now.remove(file);
                self.folder(trace, *file)
                    .changes
                    .push(Change::Went { file: *file });
                if *syncs_folder {
                    self.make_names_durable(trace, *file);
                }
            }
            Step::Mark(number) => self.marks.push(*number),
        }
    }

    fn begin(&mut self, trace: &'t Trace, file: usize, base: &'t [u8], syncs_folder: bool) {
        let life = self.lives.len();
        let folder = self.folder(trace, file);
        folder.changes.push(Change::Came { file, life });
        let created = folder.changes.len();
        self.now.insert(file, life);
        self.lives.push(Life {
            base,
            steps: Vec::new(),
            synced: 0,
            created,
            syncs_folder,
        });
    }

    fn sync(&mut self, trace: &'t Trace, file: usize) {
        let Some(life) = self
            .now
            .get(&file)
            .and_then(|life| self.lives.get_mut(*life))
        else {
            return;
        };
        life.synced = life.steps.len();
        let created = life.created;
        if std::mem::take(&mut life.syncs_folder) {
            self.make_names_durable(trace, file);
        } else {
            // A journalling file system brings the name of a synced file, and all that came before it.
            let folder = self.folder(trace, file);
            folder.durable = folder.durable.max(created);
        }
    }

    fn make_names_durable(&mut self, trace: &'t Trace, file: usize) {
        let folder = self.folder(trace, file);
        folder.durable = folder.changes.len();
    }

    fn folder(&mut self, trace: &'t Trace, file: usize) -> &mut Folder {
        let path = trace.files.get(file).and_then(|path| path.parent());
        self.folders
            .entry(path.unwrap_or(Path::new("")))
            .or_default()
    }
}

/// Which files are there after `changes`, and which life each of them lives.
fn names_after(changes: &[Change]) -> BTreeMap<usize, usize> {
    let mut names = BTreeMap::new();
    for change in changes {
        match change {
            Change::Came { file, life } => {
                names.insert(*file, *life);
            }
            Change::Went { file } => {
                names.remove(file);
            }
        }
    }
    names
}

/// What the cut left of a file.
fn left_of(life: &Life<'_>, dice: &mut Dice) -> Vec<u8> {
    let (synced, open) = life.steps.split_at(life.synced.min(life.steps.len()));
    let mut content = life.base.to_vec();
    for step in synced {
        apply(&mut content, step);
    }
    match dice.below(5) {
        // The disk was idle, and everything arrived.
        0 => {
            for step in open {
                apply(&mut content, step);
            }
        }
        // Nothing left the machine's memory.
        1 => {}
        // In order, until the power went.
        2 => {
            let (whole, rest) = open.split_at(dice.below(open.len() as u64 + 1) as usize);
            for step in whole {
                apply(&mut content, step);
            }
            if let Some(step) = rest.first() {
                tear(&mut content, step, dice);
            }
        }
        // In any order.
        _ => scatter(&mut content, open, dice),
    }
    content
}

/// Every sector by itself; then a length that growth may have had.
fn scatter(content: &mut Vec<u8>, open: &[&Step], dice: &mut Dice) {
    let synced_len = content.len() as u64;
    let mut wanted_len = synced_len;
    for step in open {
        match step {
            Step::Write { offset, bytes, .. } => {
                wanted_len = wanted_len.max(offset.saturating_add(bytes.len() as u64));
                for (at, piece) in sectors(*offset, bytes) {
                    match dice.below(20) {
                        0..10 => lay(content, at, piece),
                        10..17 => {}
                        _ => tear_sector(content, at, piece, dice),
                    }
                }
            }
            Step::Truncate { len, .. } => {
                wanted_len = *len;
                if dice.below(2) == 0 {
                    set_len(content, *len);
                }
            }
            _ => {}
        }
    }
    let len = content.len() as u64;
    match dice.below(3) {
        0 if wanted_len > len => set_len(content, wanted_len),
        1 if len > synced_len => {
            let kept = synced_len + dice.below(len - synced_len + 1);
            set_len(content, kept);
        }
        _ => {}
    }
}

/// Some sectors of the write in front, one torn.
fn tear(content: &mut Vec<u8>, step: &Step, dice: &mut Dice) {
    let Step::Write { offset, bytes, .. } = step else {
        return;
    };
    let pieces: Vec<_> = sectors(*offset, bytes).collect();
    let whole = dice.below(pieces.len() as u64) as usize;
    for (n, (at, piece)) in pieces.into_iter().enumerate() {
        if n < whole {
            lay(content, at, piece);
        } else if n == whole {
            tear_sector(content, at, piece, dice);
        }
    }
}

/// The front of `piece` is new; what follows is as it was, or zeros. Nothing beyond the piece is touched.
fn tear_sector(content: &mut Vec<u8>, at: u64, piece: &[u8], dice: &mut Dice) {
    let (new, lost) = piece.split_at(dice.below(piece.len() as u64) as usize);
    lay(content, at, new);
    if dice.below(2) == 0 {
        lay(content, at + new.len() as u64, &vec![0; lost.len()]);
    }
}

/// `bytes` at `offset`, cut at the edges of the disk's sectors.
fn sectors(offset: u64, bytes: &[u8]) -> impl Iterator<Item = (u64, &[u8])> {
    let mut at = offset;
    let mut rest = bytes;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let room = (SECTOR_BYTES - at % SECTOR_BYTES) as usize;
        let (piece, left) = rest.split_at(room.min(rest.len()));
        let found = (at, piece);
        at += piece.len() as u64;
        rest = left;
        Some(found)
    })
}

fn apply(content: &mut Vec<u8>, step: &Step) {
    match step {
        Step::Write { offset, bytes, .. } => lay(content, *offset, bytes),
        Step::Truncate { len, .. } => set_len(content, *len),
        _ => {}
    }
}

/// Chance, the same for the same seed on every machine.
struct Dice(Pcg64Mcg);

impl Dice {
    /// A number below `limit`; 0 when that is 0.
    fn below(&mut self, limit: u64) -> u64 {
        self.0.next_u64() % limit.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(file: usize, offset: u64, bytes: &[u8]) -> Step {
        Step::Write {
            file,
            offset,
            bytes: bytes.to_vec(),
        }
    }

    fn trace(steps: Vec<Step>) -> Trace {
        Trace {
            files: vec![PathBuf::from("a.db"), PathBuf::from("a.db-wal")],
            base: BTreeMap::from([(0, vec![7; 1024])]),
            steps,
        }
    }

    /// Cuts after all steps only.
    fn after_all(trace: &Trace) -> Vec<Image> {
        images(trace, 1, 2000)
            .filter(|image| image.cut == trace.steps.len())
            .collect()
    }

    #[test]
    fn the_same_seed_cuts_the_same_way() {
        let trace = trace(vec![
            write(0, 100, &[1; 900]),
            Step::Mark(1),
            write(0, 2000, &[2; 900]),
        ]);
        assert_eq!(image(&trace, 77), image(&trace, 77));
        let all: Vec<_> = images(&trace, 70, 10).collect();
        assert_eq!(all.get(7), Some(&image(&trace, 77)));
    }

    #[test]
    fn what_was_synced_is_always_there() {
        let trace = trace(vec![
            write(0, 0, &[1; 512]),
            Step::Sync { file: 0 },
            Step::Mark(3),
            write(0, 512, &[2; 2048]),
        ]);
        let images = after_all(&trace);
        assert!(images.len() > 300);
        for image in &images {
            let content = &image.files[Path::new("a.db")];
            assert_eq!(content[..512], [1; 512], "seed {}", image.seed);
            assert!(
                content[512..].iter().all(|byte| [0, 2, 7].contains(byte)),
                "seed {}",
                image.seed
            );
            assert_eq!(image.marks, [3]);
        }
    }

    #[test]
    fn what_was_not_synced_is_kept_dropped_and_torn() {
        let trace = trace(vec![write(0, 0, &[2; 1024])]);
        let images = after_all(&trace);
        let sector = |image: &Image, n: usize| {
            let part = &image.files[Path::new("a.db")][n * 512..(n + 1) * 512];
            let new: usize = part.iter().map(|byte| usize::from(*byte == 2)).sum();
            (new, part.contains(&0))
        };
        let some = |test: &dyn Fn(&Image) -> bool| images.iter().any(test);
        assert!(some(&|image| sector(image, 0).0 == 512));
        assert!(some(&|image| sector(image, 0) == (0, false)));
        assert!(some(&|image| (1..512).contains(&sector(image, 0).0)));
        assert!(some(&|image| sector(image, 0).1), "zeros after a tear");
        assert!(
            some(&|image| sector(image, 0).0 == 0 && sector(image, 1).0 == 512),
            "the later sector without the earlier one"
        );
    }

    #[test]
    fn growth_that_was_not_synced_may_have_any_length() {
        let trace = trace(vec![write(0, 1024, &[2; 4096])]);
        let lengths: std::collections::BTreeSet<usize> = after_all(&trace)
            .iter()
            .map(|image| image.files[Path::new("a.db")].len())
            .collect();
        assert_eq!(lengths.first(), Some(&1024));
        assert_eq!(lengths.last(), Some(&5120));
        assert!(lengths.len() > 20, "{}", lengths.len());
    }

    #[test]
    fn a_new_name_is_sure_only_once_it_was_synced() {
        let created = Step::Create {
            file: 1,
            syncs_folder: true,
        };
        let unsure = trace(vec![created.clone(), write(1, 0, &[1; 10])]);
        let log = Path::new("a.db-wal");
        let with = |trace: &Trace| {
            let images = after_all(trace);
            let found = images.iter().filter(|image| image.files.contains_key(log));
            (found.count(), images.len())
        };
        let (found, all) = with(&unsure);
        assert!(found > 0 && found < all, "{found} of {all}");
        let sure = trace(vec![created, write(1, 0, &[1; 10]), Step::Sync { file: 1 }]);
        let (found, all) = with(&sure);
        assert_eq!(found, all);
    }

    #[test]
    fn a_deleted_name_may_come_back_with_what_it_held() {
        let deleted = trace(vec![
            write(0, 0, &[1; 1024]),
            Step::Sync { file: 0 },
            Step::Delete {
                file: 0,
                syncs_folder: false,
            },
        ]);
        let images = after_all(&deleted);
        let back: Vec<_> = images
            .iter()
            .filter_map(|image| image.files.get(Path::new("a.db")))
            .collect();
        assert!(!back.is_empty() && back.len() < images.len());
        assert!(back.iter().all(|content| **content == vec![1; 1024]));
        let gone = trace(vec![Step::Delete {
            file: 0,
            syncs_folder: true,
        }]);
        assert!(after_all(&gone).iter().all(|image| image.files.is_empty()));
    }

    #[test]
    fn the_whole_trace_gives_the_last_state() {
        let trace = trace(vec![
            write(0, 1000, &[1; 100]),
            Step::Create {
                file: 1,
                syncs_folder: true,
            },
            write(1, 4, &[9]),
            Step::Truncate { file: 0, len: 1010 },
        ]);
        let files = trace.whole();
        assert_eq!(files[Path::new("a.db")].len(), 1010);
        assert_eq!(files[Path::new("a.db")][999..1001], [7, 1]);
        assert_eq!(files[Path::new("a.db-wal")], [0, 0, 0, 0, 9]);
    }
}
