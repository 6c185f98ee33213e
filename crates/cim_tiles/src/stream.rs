//! A city that streams: what the view needs is read by threads of its own, within one budget.
//!
//! No GPU, no window and no clock: the host calls [`TileStream::update`] when the camera moves and when
//! [`TileStream::wants_update`] says that something arrived, and draws [`TileStream::shown`].

mod reading;
mod workers;

use crate::budget::Ledger;
use crate::{
    Arrival, Branch, Budget, CameraMotion, News, Part, Placement, Problem, Renewal, Request,
    SelectError, Selection, Selector, TileError, TileId, TileMesh, TileSource, Tileset, ViewState,
    Weight,
};
use cim_geo::LocalFrame;
use glam::DMat4;
use reading::{Answer, ContentTask, Job, Outcome, Task};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use workers::Workers;

/// Problems kept until somebody takes them; further ones are only counted.
const MAX_PROBLEMS: usize = 1_000;

/// How a city is streamed.
#[derive(Clone, Debug)]
pub struct StreamOptions {
    /// How much it may take, in memory and on the device together.
    pub budget: Budget,
    /// Threads that read tiles; at least one. Each waits for its source: more of them for a slow network.
    pub workers: usize,
    /// Parts asked for at a time; at least one. More than the workers need only delays what the camera wants next.
    pub max_in_flight: usize,
    /// Error on screen up to which a tile is good enough, pixels.
    pub max_sse_px: f64,
    /// Where the tileset stands.
    pub placement: Placement,
    /// The frame that meshes are brought into: east, north and up of the city's origin.
    pub frame: LocalFrame,
}

/// A tile's mesh in the frame that it is drawn in.
#[derive(Clone, Debug, PartialEq)]
pub struct PlacedMesh {
    /// Corners along east, north and up; its centre in metres east, north and up of the city's origin.
    pub mesh: TileMesh,
    /// How often its textures have been halved for want of memory.
    pub texture_level: u8,
}

/// How far the city is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StreamStatus {
    /// Tiles in the picture.
    pub shown: usize,
    /// Parts that the view lacks, on their way or still to be fetched.
    pub missing: usize,
    /// True when nothing more is to come for this view.
    pub complete: bool,
    /// What is held and booked, in memory and on the device, bytes.
    pub bytes: usize,
    /// The most that was ever held and booked at once, bytes.
    pub peak_bytes: usize,
    /// Parts that came broken or not at all.
    pub failed: usize,
    /// Tiles that the tree knows now.
    pub tiles_known: usize,
    /// True when the view needs more than the budget and is coarser than asked for.
    pub short_of_memory: bool,
    /// The error on screen that is aimed at, pixels.
    pub effective_sse_px: f64,
    /// How often textures are halved for want of memory.
    pub texture_level: u8,
}

/// A city that streams. Dropping it stops its threads and waits for what each is reading.
#[derive(Debug)]
pub struct TileStream {
    source: Arc<dyn TileSource>,
    tileset: Tileset,
    selector: Selector,
    budget: Budget,
    ledger: Arc<Ledger>,
    workers: Workers,
    loaded: BTreeMap<TileId, Arc<PlacedMesh>>,
    selection: Selection,
    /// What is on its way, by the serial number of its job.
    jobs: BTreeMap<u64, Pending>,
    next_serial: u64,
    enu_from_ecef: DMat4,
    max_in_flight: usize,
    max_sse_px: f64,
    /// Of the tree and the books as they were before anything was fetched, bytes.
    root_bytes: usize,
    /// Of branches that were attached, bytes; booked one by one, so not part of `fixed`.
    branch_bytes: usize,
    /// Bookings of jobs that were given up and have not answered yet, bytes.
    abandoned_bytes: usize,
    problems: Vec<Problem>,
    untold_problems: usize,
    status: StreamStatus,
    is_stale: bool,
}

/// A job that has not answered yet.
#[derive(Debug)]
struct Pending {
    tile: TileId,
    part: Part,
    reserved_bytes: usize,
    purpose: Purpose,
    /// Tells the worker that nobody waits any more.
    is_given_up: Arc<AtomicBool>,
    /// The tile was dropped or the request given up: the answer is not wanted.
    is_abandoned: bool,
}

/// What an answer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    /// The part is not here yet.
    Fetch,
    /// The tile is in the picture and gets other textures.
    Renew,
}

impl StreamOptions {
    /// The usual settings, for a tileset in ECEF that is drawn in `frame`.
    pub fn new(frame: LocalFrame) -> Self {
        Self {
            budget: Budget::default(),
            workers: 2,
            max_in_flight: 32,
            max_sse_px: 16.0,
            placement: Placement::Ecef,
            frame,
        }
    }
}

impl TileStream {
    /// Opens the tileset at `path` of `source` and starts the threads. Nothing is fetched before the first update.
    pub fn open(
        source: Arc<dyn TileSource>,
        path: &str,
        options: StreamOptions,
    ) -> Result<Self, TileError> {
        let mut tileset = Tileset::open(source.as_ref(), path)?;
        tileset.set_placement(&options.placement)?;
        let ledger = Arc::new(Ledger::new(options.budget));
        let max_in_flight = options.max_in_flight.max(1);
        let workers = Workers::start(&source, &ledger, options.workers.max(1), max_in_flight)?;
        let problems = std::mem::take(&mut tileset.problems);
        let mut stream = Self {
            root_bytes: tileset.bytes(),
            source,
            selector: Selector::new(options.budget),
            tileset,
            budget: options.budget,
            ledger,
            workers,
            loaded: BTreeMap::new(),
            selection: Selection::default(),
            jobs: BTreeMap::new(),
            next_serial: 0,
            enu_from_ecef: options.frame.ecef_from_enu_matrix().inverse(),
            max_in_flight,
            max_sse_px: options.max_sse_px,
            branch_bytes: 0,
            abandoned_bytes: 0,
            problems: Vec::new(),
            untold_problems: 0,
            status: StreamStatus::default(),
            is_stale: true,
        };
        stream.tell(problems);
        stream.settle(0);
        Ok(stream)
    }

    /// Takes what arrived, chooses for `view` (ECEF metres), asks for what it lacks and drops what is too much. True
    /// when what is shown changed.
    ///
    /// With `motion`, what lies ahead on the camera's path is fetched after what the present view lacks, and the sides of
    /// the picture may stay coarser ([`ViewState::foveation`]): call it once more without when the camera comes to rest.
    pub fn update(&mut self, view: &ViewState, motion: Option<CameraMotion>) -> bool {
        self.is_stale = false;
        let mut changed = self.take_answers();
        let ledger = Arc::clone(&self.ledger);
        let planning = ledger.plan();
        let abandoned = self.jobs.values().filter(|job| job.is_abandoned).count();
        self.selector
            .set_max_in_flight(self.max_in_flight.saturating_sub(abandoned));
        self.account(planning.grown_bytes());
        let mut selection = std::mem::take(&mut self.selection);
        let before = std::mem::take(&mut selection.show);
        self.selector.select_into(
            &self.tileset,
            view,
            motion.as_ref(),
            self.max_sse_px,
            &mut selection,
        );
        changed |= selection.show != before;
        self.carry_out(&selection);
        // What was let go may have made room that this selection did not know of yet.
        self.is_stale |= !selection.cancel.is_empty();
        self.selection = selection;
        self.account(0);
        planning.settle(self.selector.booked_bytes());
        self.update_status();
        changed
    }

    /// The tiles to draw with their meshes, by number.
    pub fn shown(&self) -> impl Iterator<Item = (TileId, &Arc<PlacedMesh>)> {
        self.selection
            .show
            .iter()
            .filter_map(|id| Some((*id, self.loaded.get(id)?)))
    }

    /// A tile's mesh, when it is in memory.
    pub fn get(&self, id: TileId) -> Option<&Arc<PlacedMesh>> {
        self.loaded.get(&id)
    }

    /// How far the city was after the last update.
    pub fn status(&self) -> StreamStatus {
        self.status
    }

    /// The tree as far as it is known.
    pub fn tileset(&self) -> &Tileset {
        &self.tileset
    }

    /// What could not be used since the last time; the list is handed over.
    pub fn take_problems(&mut self) -> Vec<Problem> {
        let mut problems = std::mem::take(&mut self.problems);
        if self.untold_problems > 0 {
            problems.push(Problem {
                source: self.source.name(),
                place: "further on".to_owned(),
                reason: format!("{} more problems", self.untold_problems),
            });
            self.untold_problems = 0;
        }
        problems
    }

    /// How much the city may take from now on.
    pub fn set_budget(&mut self, budget: Budget) {
        self.budget = budget;
        self.selector.set_budget(budget);
        self.ledger.set_budget(budget);
        self.is_stale = true;
    }

    /// Error on screen up to which a tile is good enough from now on, pixels.
    pub fn set_max_sse(&mut self, max_sse_px: f64) {
        self.max_sse_px = max_sse_px;
        self.is_stale = true;
    }

    /// True when an update would find something new, also with an unchanged view.
    pub fn wants_update(&self) -> bool {
        self.is_stale || self.workers.has_answers()
    }

    /// Lets everything that failed be asked for again. When and how often is the caller's to decide.
    pub fn retry_failed(&mut self) {
        self.selector.retry_failed(&self.tileset);
        self.is_stale = true;
    }

    fn carry_out(&mut self, selection: &Selection) {
        for (id, part) in &selection.drop {
            self.release(*id, *part);
        }
        for (id, part) in &selection.cancel {
            self.give_up(*id, *part);
        }
        for request in &selection.load {
            self.ask(request);
        }
        for renewal in &selection.renew {
            self.renew(renewal);
        }
    }

    /// True when the picture changed: a tile in it has other textures now.
    fn take_answers(&mut self) -> bool {
        let mut changed = false;
        while let Some(answer) = self.workers.answer() {
            changed |= self.take(answer);
        }
        changed
    }

    fn take(&mut self, answer: Answer) -> bool {
        let Answer {
            serial,
            grown_bytes,
            outcome,
            problems,
        } = answer;
        let Some(job) = self.jobs.remove(&serial) else {
            return false;
        };
        let changed = if job.is_abandoned {
            self.abandoned_bytes = self.abandoned_bytes.saturating_sub(job.reserved_bytes);
            false
        } else {
            self.tell(problems);
            match job.purpose {
                Purpose::Renew => self.take_renewal(job.tile, outcome),
                Purpose::Fetch => {
                    self.take_part(&job, outcome);
                    false
                }
            }
        };
        self.settle(grown_bytes);
        changed
    }

    fn take_part(&mut self, job: &Pending, outcome: Outcome) {
        let (tile, part) = (job.tile, job.part);
        let news = match outcome {
            Outcome::Content { mesh, branches } => self.take_content(tile, mesh, branches),
            Outcome::Subtree(subtree) => match self.attach(tile, Branch::Subtree(subtree)) {
                Some(bytes) => News::Here(Arrival::tiles(bytes)),
                None => News::Failed,
            },
            Outcome::TooLarge(weight) => self.refuse(tile, weight),
            Outcome::Failed | Outcome::Textures(_) => News::Failed,
            Outcome::GivenUp => News::Gone,
        };
        self.note(tile, part, news);
    }

    fn take_content(
        &mut self,
        tile: TileId,
        mesh: Option<Box<PlacedMesh>>,
        branches: Vec<Tileset>,
    ) -> News {
        let mut weight = Weight::default();
        let is_drawable = mesh.is_some();
        if let Some(mesh) = mesh {
            weight = Weight::of_mesh(&mesh.mesh, mesh.texture_level);
            self.loaded.insert(tile, Arc::from(mesh));
        }
        let mut brings_tiles = false;
        for branch in branches {
            if let Some(bytes) = self.attach(tile, Branch::Tileset(Box::new(branch))) {
                weight.solid_bytes += bytes;
                brings_tiles = true;
            }
        }
        if is_drawable || brings_tiles {
            News::Here(Arrival {
                weight,
                is_drawable,
                brings_tiles,
            })
        } else {
            News::Failed
        }
    }

    /// Grafts a branch onto the tree and gives what it takes, bytes.
    fn attach(&mut self, at: TileId, branch: Branch) -> Option<usize> {
        let before = self.tileset.bytes();
        let attached = self.tileset.attach(at, branch);
        let problems = std::mem::take(&mut self.tileset.problems);
        self.tell(problems);
        match attached {
            Ok(()) => {
                let bytes = self.tileset.bytes().saturating_sub(before);
                self.branch_bytes += bytes;
                Some(bytes)
            }
            Err(error) => {
                self.tell(vec![Problem::from(&error)]);
                None
            }
        }
    }

    /// What came too large waits for room, unless there can never be enough.
    fn refuse(&mut self, tile: TileId, weight: Weight) -> News {
        let at_least = weight.bytes_at(crate::MAX_TEXTURE_LEVEL);
        let most = self.budget.max_bytes;
        if at_least <= most - most / 10 {
            self.is_stale = true;
            return News::TooLarge(weight);
        }
        let place = self
            .tileset
            .tile(tile)
            .and_then(|tile| tile.contents.first());
        let place = place.map_or_else(|| format!("tile {tile}"), |content| content.uri.clone());
        self.tell(vec![Problem {
            source: self.source.name(),
            place,
            reason: format!("the tile takes {at_least} bytes, the whole city may take {most}"),
        }]);
        News::Failed
    }

    /// True when a tile in the picture has other textures now.
    fn take_renewal(&mut self, tile: TileId, outcome: Outcome) -> bool {
        let mesh = match outcome {
            Outcome::Textures(mesh)
            | Outcome::Content {
                mesh: Some(mesh), ..
            } => mesh,
            Outcome::Content { .. }
            | Outcome::Subtree(_)
            | Outcome::TooLarge(_)
            | Outcome::Failed
            | Outcome::GivenUp => {
                self.note(tile, Part::Content, News::Kept);
                return false;
            }
        };
        let weight = Weight::of_mesh(&mesh.mesh, mesh.texture_level);
        self.loaded.insert(tile, Arc::from(mesh));
        let arrival = Arrival::drawable(weight);
        self.note(tile, Part::Content, News::Here(arrival));
        self.selection.show.binary_search(&tile).is_ok()
    }

    fn ask(&mut self, request: &Request) {
        let task = match request.part {
            Part::Content => self.content_task(request.tile, request.texture_level),
            Part::Branch => self.subtree_task(request.tile),
        };
        let Some(task) = task else {
            return;
        };
        let reserved_bytes = request.reserved_bytes;
        if self.send(
            request.tile,
            request.part,
            task,
            reserved_bytes,
            Purpose::Fetch,
        ) {
            self.note(request.tile, request.part, News::Asked { reserved_bytes });
        }
    }

    fn renew(&mut self, renewal: &Renewal) {
        let id = renewal.tile;
        let Some(mesh) = self.loaded.get(&id) else {
            return;
        };
        let level = renewal.texture_level;
        let task = if level > mesh.texture_level {
            Some(Task::Coarsen {
                mesh: Arc::clone(mesh),
                texture_level: level,
            })
        } else {
            self.content_task(id, level)
        };
        let Some(task) = task else {
            return;
        };
        let reserved_bytes = renewal.reserved_bytes;
        if self.send(id, Part::Content, task, reserved_bytes, Purpose::Renew) {
            self.note(id, Part::Content, News::Renewing { reserved_bytes });
        }
    }

    fn content_task(&self, id: TileId, texture_level: u8) -> Option<Task> {
        ContentTask::of_tile(&self.tileset, id, &self.enu_from_ecef, texture_level)
            .map(Task::Content)
    }

    fn subtree_task(&self, id: TileId) -> Option<Task> {
        let branch = self.tileset.tile(id)?.branch.as_ref()?;
        Some(Task::Subtree {
            uri: branch.uri.clone(),
        })
    }

    fn send(
        &mut self,
        tile: TileId,
        part: Part,
        task: Task,
        reserved_bytes: usize,
        purpose: Purpose,
    ) -> bool {
        let is_given_up = Arc::new(AtomicBool::new(false));
        let serial = self.next_serial;
        let sent = self.workers.send(Job {
            serial,
            task,
            reserved_bytes,
            is_given_up: Arc::clone(&is_given_up),
        });
        if sent {
            self.next_serial += 1;
            self.jobs.insert(
                serial,
                Pending {
                    tile,
                    part,
                    reserved_bytes,
                    purpose,
                    is_given_up,
                    is_abandoned: false,
                },
            );
        }
        sent
    }

    /// Drops a part, and what is on its way for it.
    fn release(&mut self, id: TileId, part: Part) {
        self.abandon(id, part);
        let before = self.tileset.is_attached(id).then(|| self.tileset.bytes());
        match self.selector.release(&mut self.tileset, id, part) {
            Ok(()) if part == Part::Content => {
                self.loaded.remove(&id);
            }
            Ok(()) => {}
            Err(error) => self.tell_misstep(id, error),
        }
        if let Some(before) = before {
            let freed = before.saturating_sub(self.tileset.bytes());
            self.branch_bytes = self.branch_bytes.saturating_sub(freed);
        }
    }

    fn give_up(&mut self, id: TileId, part: Part) {
        self.abandon(id, part);
        self.note(id, part, News::Gone);
    }

    /// The answer to what is on its way is not wanted any more. Its booking stays until it answers: the worker still
    /// holds what it read.
    fn abandon(&mut self, id: TileId, part: Part) {
        let jobs = self
            .jobs
            .values_mut()
            .filter(|job| !job.is_abandoned && job.tile == id && job.part == part);
        for job in jobs {
            job.is_abandoned = true;
            job.is_given_up.store(true, Ordering::Relaxed);
            self.abandoned_bytes += job.reserved_bytes;
        }
    }

    fn note(&mut self, id: TileId, part: Part, news: News) {
        if let Err(error) = self.selector.note(&self.tileset, id, part, news) {
            self.tell_misstep(id, error);
        }
    }

    /// A step that a tile's life does not allow is a defect here; the city goes on.
    fn tell_misstep(&mut self, id: TileId, error: SelectError) {
        self.tell(vec![Problem {
            source: self.source.name(),
            place: format!("tile {id}"),
            reason: error.to_string(),
        }]);
    }

    fn tell(&mut self, problems: Vec<Problem>) {
        for problem in problems {
            if self.problems.len() < MAX_PROBLEMS {
                self.problems.push(problem);
            } else {
                self.untold_problems += 1;
            }
        }
    }

    /// Tells the selector what takes room beside its own parts: what can never be dropped, what was given up but not
    /// answered yet, and the `grown` bytes that workers have taken beyond their bookings.
    fn account(&mut self, grown: usize) {
        // Whatever of the tree was not booked as a branch, also when a branch was not freed to the last byte.
        let tree = self.tileset.bytes().saturating_sub(self.branch_bytes);
        let tree = tree.max(self.root_bytes);
        let fixed = tree + self.selector.bookkeeping_bytes();
        self.selector.set_fixed_bytes(fixed);
        let held = self.abandoned_bytes.saturating_add(grown);
        self.selector.set_abandoned_bytes(held);
    }

    /// Brings the ledger up to date; `returned` of what a worker had taken is booked by now, or free.
    fn settle(&mut self, returned: usize) {
        self.account(0);
        let booked = self.selector.booked_bytes();
        self.ledger.settle(booked, returned);
    }

    fn update_status(&mut self) {
        self.status = StreamStatus {
            shown: self.selection.show.len(),
            missing: self.selection.missing,
            complete: self.selection.complete,
            bytes: self.ledger.held_bytes(),
            peak_bytes: self.ledger.peak_bytes(),
            failed: self.selector.failed(),
            tiles_known: self.tileset.tile_count(),
            short_of_memory: self.selection.short_of_memory,
            effective_sse_px: self.selection.effective_sse_px,
            texture_level: self.selection.texture_level,
        };
    }
}

#[cfg(test)]
mod tests;
