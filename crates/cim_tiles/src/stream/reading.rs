//! What a worker does with a job: read, decode, place, and give account of the memory.

use super::PlacedMesh;
use crate::budget::Ledger;
use crate::content::{TileContent, read_content_with};
use crate::gltf::UpAxis;
use crate::merge::merge;
use crate::place::place;
use crate::source::read_resource;
use crate::subtree::Subtree;
use crate::{Problem, TileId, TileImage, TileMesh, TileSource, Tileset, Weight};
use glam::DMat4;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Something to do for one tile.
#[derive(Debug)]
pub(super) struct Job {
    /// Tells its answer from others for the same tile.
    pub(super) serial: u64,
    pub(super) task: Task,
    /// Booked for it, bytes.
    pub(super) reserved_bytes: usize,
    /// Set when nobody waits for the answer any more.
    pub(super) is_given_up: Arc<AtomicBool>,
}

#[derive(Debug)]
pub(super) enum Task {
    /// Read all contents of a tile.
    Content(ContentTask),
    /// Read the subtree that says what is below a tile.
    Subtree { uri: String },
    /// Make a copy with coarser textures.
    Coarsen {
        mesh: Arc<PlacedMesh>,
        texture_level: u8,
    },
}

/// All contents of a tile.
#[derive(Debug)]
pub(super) struct ContentTask {
    pub(super) uris: Vec<String>,
    pub(super) frame_from_tile: DMat4,
    /// Which axis of its glTF points up.
    pub(super) up: UpAxis,
    pub(super) texture_level: u8,
}

impl ContentTask {
    /// The contents of a tile, to be brought into the frame that `enu_from_ecef` leads to; `None` when it has gone.
    pub(super) fn of_tile(
        tileset: &Tileset,
        id: TileId,
        enu_from_ecef: &DMat4,
        texture_level: u8,
    ) -> Option<Self> {
        let tile = tileset.tile(id)?;
        let up = match tileset.gltf_up_axis(id) {
            Some("X" | "x") => UpAxis::X,
            Some("Z" | "z") => UpAxis::Z,
            _ => UpAxis::Y,
        };
        Some(Self {
            uris: tile.contents.iter().map(|one| one.uri.clone()).collect(),
            frame_from_tile: *enu_from_ecef * tile.transform,
            up,
            texture_level,
        })
    }
}

/// What became of a job.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) serial: u64,
    /// Taken from the ledger beyond the job's booking, bytes.
    pub(super) grown_bytes: usize,
    pub(super) outcome: Outcome,
    pub(super) problems: Vec<Problem>,
}

#[derive(Debug)]
pub(super) enum Outcome {
    /// What a tile draws, what hangs on it, or both.
    Content {
        mesh: Option<Box<PlacedMesh>>,
        branches: Vec<Tileset>,
    },
    /// The same mesh with other textures.
    Textures(Box<PlacedMesh>),
    /// What is below a tile.
    Subtree(Subtree),
    /// More than was booked and than is left; let go.
    TooLarge(Weight),
    /// Nothing of it could be used; the problems say why.
    Failed,
    /// Nobody waited any more.
    GivenUp,
}

/// Does a job. A reader that panics costs its tile, not the thread.
pub(super) fn answer_to(job: Job, source: &dyn TileSource, ledger: &Ledger) -> Answer {
    let Job {
        serial,
        task,
        reserved_bytes,
        is_given_up,
    } = job;
    let mut hold = Hold {
        ledger,
        held: reserved_bytes,
        grown: 0,
    };
    let mut problems = Vec::new();
    let work = || {
        if is_given_up.load(Ordering::Relaxed) {
            return Outcome::GivenUp;
        }
        match task {
            Task::Content(content) => {
                let mut reading = Reading {
                    source,
                    hold: &mut hold,
                    is_given_up: &is_given_up,
                    problems: &mut problems,
                };
                reading.contents(&content)
            }
            Task::Subtree { uri } => subtree(source, &uri, &mut problems),
            Task::Coarsen {
                mesh,
                texture_level,
            } => coarsened(&mesh, texture_level, &mut hold),
        }
    };
    let outcome = catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_panic| {
        problems.push(Problem {
            source: source.name(),
            place: format!("job {serial}"),
            reason: "the reader stopped half-way; this is a defect of the program".to_owned(),
        });
        Outcome::Failed
    });
    Answer {
        serial,
        grown_bytes: hold.grown,
        outcome,
        problems,
    }
}

/// What a job may hold.
struct Hold<'a> {
    ledger: &'a Ledger,
    /// The booking with all that was added.
    held: usize,
    grown: usize,
}

impl Hold<'_> {
    /// Takes more where `bytes` are more than what is held; false when there is no more.
    fn at_least(&mut self, bytes: usize) -> bool {
        let more = bytes.saturating_sub(self.held);
        if more > 0 && !self.ledger.grow(more) {
            return false;
        }
        self.held += more;
        self.grown += more;
        true
    }
}

/// The contents of one tile while they are read.
struct Reading<'a, 'b> {
    source: &'a dyn TileSource,
    hold: &'a mut Hold<'b>,
    is_given_up: &'a AtomicBool,
    problems: &'a mut Vec<Problem>,
}

impl Reading<'_, '_> {
    /// All contents in one mesh. One that is broken costs itself, as long as another is left.
    fn contents(&mut self, task: &ContentTask) -> Outcome {
        let mut meshes: Vec<TileMesh> = Vec::new();
        let mut branches: Vec<Tileset> = Vec::new();
        let mut decoded_bytes = 0;
        for uri in &task.uris {
            if self.is_given_up.load(Ordering::Relaxed) {
                return Outcome::GivenUp;
            }
            let bytes = match read_resource(self.source, uri) {
                Ok(bytes) => bytes,
                Err(error) => {
                    self.problems.push(Problem::from(&error));
                    continue;
                }
            };
            let so_far = decoded_bytes + bytes.len();
            if !self.hold.at_least(so_far) {
                return Outcome::TooLarge(Weight::solid(so_far));
            }
            match read_content_with(&bytes, uri, self.source, task.up, self.problems) {
                Ok(TileContent::Mesh(mesh)) => {
                    decoded_bytes += mesh.counted_bytes();
                    meshes.push(mesh);
                }
                Ok(TileContent::Tileset(tileset)) => {
                    decoded_bytes += tileset.bytes();
                    branches.push(*tileset);
                }
                Err(error) => self.problems.push(Problem::from(&error)),
            }
        }
        if meshes.is_empty() && branches.is_empty() {
            return Outcome::Failed;
        }
        let tree_bytes: usize = branches.iter().map(Tileset::bytes).sum();
        let mesh = (!meshes.is_empty()).then(|| Box::new(placed(merge(meshes), task)));
        let mut weight = match &mesh {
            Some(mesh) => Weight::of_mesh(&mesh.mesh, mesh.texture_level),
            None => Weight::default(),
        };
        weight.solid_bytes += tree_bytes;
        if self.hold.at_least(weight.bytes()) {
            Outcome::Content { mesh, branches }
        } else {
            Outcome::TooLarge(weight)
        }
    }
}

/// A tile's mesh in the frame that it is drawn in, with textures as coarse as asked for.
fn placed(mut mesh: TileMesh, task: &ContentTask) -> PlacedMesh {
    place(&mut mesh, &task.frame_from_tile);
    for image in &mut mesh.images {
        halve(image, task.texture_level);
    }
    trim(&mut mesh);
    mesh.bytes = mesh.counted_bytes();
    PlacedMesh {
        mesh,
        texture_level: task.texture_level,
    }
}

fn subtree(source: &dyn TileSource, uri: &str, problems: &mut Vec<Problem>) -> Outcome {
    match Subtree::open(source, uri) {
        Ok(subtree) => Outcome::Subtree(subtree),
        Err(error) => {
            problems.push(Problem::from(&error));
            Outcome::Failed
        }
    }
}

/// A copy whose textures are halved until they are at `level`. The finer one stays in the picture meanwhile.
fn coarsened(finer: &PlacedMesh, level: u8, hold: &mut Hold<'_>) -> Outcome {
    let halvings = level.saturating_sub(finer.texture_level);
    let images: Vec<TileImage> = finer
        .mesh
        .images
        .iter()
        .map(|image| {
            // Halved from the original, so that the full size is never in memory twice.
            let mut coarser = image.halved().unwrap_or_else(|| image.clone());
            halve(&mut coarser, halvings.saturating_sub(1));
            coarser
        })
        .collect();
    let finer = &finer.mesh;
    let mut mesh = TileMesh {
        classes: finer.classes.clone(),
        images,
        features: finer.features.clone(),
        tables: finer.tables.clone(),
        centre: finer.centre,
        bytes: 0,
    };
    mesh.bytes = mesh.counted_bytes();
    let weight = Weight::of_mesh(&mesh, level);
    if !hold.at_least(weight.bytes()) {
        return Outcome::TooLarge(weight);
    }
    Outcome::Textures(Box::new(PlacedMesh {
        mesh,
        texture_level: level,
    }))
}

fn halve(image: &mut TileImage, times: u8) {
    for _ in 0..times {
        match image.halved() {
            Some(half) => *image = half,
            None => return,
        }
    }
}

/// Gives back what lists hold in reserve: a mesh is counted by what is in it.
fn trim(mesh: &mut TileMesh) {
    for class in &mut mesh.classes {
        class.vertices.shrink_to_fit();
        class.indices.shrink_to_fit();
        class.coordinates.shrink_to_fit();
        class.colours.shrink_to_fit();
        class.instances.shrink_to_fit();
    }
    for image in &mut mesh.images {
        image.rgba.shrink_to_fit();
    }
    mesh.classes.shrink_to_fit();
    mesh.features.shrink_to_fit();
}
