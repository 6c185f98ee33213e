//! How much memory the city may take, and the books that are kept of it.
//!
//! Everything is booked before it is fetched, with an estimate that the truth replaces. What arrives larger than its
//! booking has to ask for the rest, and is let go when there is none: so the peak has a ceiling, whatever tiles hold.

use crate::{TileImage, TileMesh};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Textures are halved at most this many times; an eighth of the size says little more than a colour.
pub const MAX_TEXTURE_LEVEL: u8 = 3;

/// How much the city may take, in memory and on the device together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// In bytes. What counts: meshes with their textures and tables, their copies on the device, the tree of tiles, and
    /// what is on its way. Above it, tiles that no view has wanted for longest are dropped; when the present view alone
    /// needs more, first its textures and then its geometry become coarser.
    pub max_bytes: usize,
}

impl Budget {
    /// What is never passed, in bytes: a tenth above the budget, since the size of a tile is known only once it is read.
    pub fn ceiling_bytes(self) -> usize {
        self.max_bytes.saturating_add(self.max_bytes / 10)
    }
}

impl Default for Budget {
    /// 1 GiB.
    fn default() -> Self {
        Self { max_bytes: 1 << 30 }
    }
}

/// What a piece of the city takes, in memory and on the device together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weight {
    /// Everything but textures, bytes.
    pub solid_bytes: usize,
    /// Textures as they are now, bytes.
    pub texture_bytes: usize,
    /// How often the textures have been halved.
    pub texture_level: u8,
}

impl Weight {
    /// Of something without textures.
    pub fn solid(bytes: usize) -> Self {
        Self {
            solid_bytes: bytes,
            ..Self::default()
        }
    }

    /// Of a mesh that stays in memory for picking and is drawn from the device.
    pub fn of_mesh(mesh: &TileMesh, texture_level: u8) -> Self {
        let pixels: usize = mesh.images.iter().map(|image| image.rgba.len()).sum();
        let on_device: usize = mesh.images.iter().map(TileImage::device_bytes).sum();
        let in_memory = mesh.counted_bytes().saturating_sub(pixels);
        Self {
            solid_bytes: in_memory + mesh.geometry_bytes() + size_of::<TileMesh>(),
            texture_bytes: pixels + on_device,
            texture_level,
        }
    }

    /// All of it, bytes.
    pub fn bytes(&self) -> usize {
        self.solid_bytes.saturating_add(self.texture_bytes)
    }

    /// All of it with textures halved `level` times, bytes: a quarter per halving.
    pub fn bytes_at(&self, level: u8) -> usize {
        self.solid_bytes
            .saturating_add(self.texture_bytes_at(level))
    }

    /// The textures halved `level` times, bytes.
    pub(crate) fn texture_bytes_at(&self, level: u8) -> usize {
        if level >= self.texture_level {
            let halvings = u32::from(level - self.texture_level).min(16);
            self.texture_bytes >> (2 * halvings)
        } else {
            let doublings = u32::from(self.texture_level - level).min(16);
            self.texture_bytes.saturating_mul(1 << (2 * doublings))
        }
    }
}

/// The books of one stream, shared with its workers.
#[derive(Debug)]
pub(crate) struct Ledger(Mutex<Books>);

#[derive(Clone, Copy, Debug, Default)]
struct Books {
    /// What the stream holds and has booked ahead.
    booked: usize,
    /// What workers have taken beyond the bookings of their jobs.
    grown: usize,
    /// The most that both came to.
    peak: usize,
    ceiling: usize,
}

impl Ledger {
    pub(crate) fn new(budget: Budget) -> Self {
        Self(Mutex::new(Books {
            ceiling: budget.ceiling_bytes(),
            ..Books::default()
        }))
    }

    pub(crate) fn set_budget(&self, budget: Budget) {
        self.books().ceiling = budget.ceiling_bytes();
    }

    /// Holds the books while a selection is planned and carried out: no worker takes more meanwhile.
    pub(crate) fn plan(&self) -> Planning<'_> {
        Planning(self.books())
    }

    /// The stream holds and has booked `booked` now; `returned` of what workers had taken is part of it, or free again.
    pub(crate) fn settle(&self, booked: usize, returned: usize) {
        let mut books = self.books();
        books.grown = books.grown.saturating_sub(returned);
        books.book(booked);
    }

    /// Takes `bytes` beyond a job's booking; false when that would pass the ceiling.
    pub(crate) fn grow(&self, bytes: usize) -> bool {
        let mut books = self.books();
        let total = books.total().saturating_add(bytes);
        if total > books.ceiling {
            return false;
        }
        books.grown += bytes;
        books.peak = books.peak.max(total);
        true
    }

    /// What is held and booked now, bytes.
    pub(crate) fn held_bytes(&self) -> usize {
        self.books().total()
    }

    /// The most that was ever held at once, bytes.
    pub(crate) fn peak_bytes(&self) -> usize {
        self.books().peak
    }

    /// The books are plain numbers: a thread that stopped half-way leaves none of them broken.
    fn books(&self) -> MutexGuard<'_, Books> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Books {
    fn total(&self) -> usize {
        self.booked.saturating_add(self.grown)
    }

    fn book(&mut self, booked: usize) {
        self.booked = booked;
        self.peak = self.peak.max(self.total());
    }
}

/// The books, held by the one who plans.
#[derive(Debug)]
pub(crate) struct Planning<'a>(MutexGuard<'a, Books>);

impl Planning<'_> {
    /// What workers have taken beyond their bookings, bytes.
    pub(crate) fn grown_bytes(&self) -> usize {
        self.0.grown
    }

    /// The plan is carried out: the stream holds and has booked so much.
    pub(crate) fn settle(mut self, booked: usize) {
        self.0.book(booked);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ClassMesh, TileVertex};

    #[test]
    fn a_mesh_weighs_its_memory_and_its_copy_on_the_device() {
        let mesh = TileMesh {
            classes: vec![ClassMesh {
                vertices: vec![TileVertex::default(); 10],
                indices: vec![0; 3],
                ..ClassMesh::default()
            }],
            images: vec![TileImage {
                width: 3,
                height: 4,
                rgba: vec![0; 48],
                repeats: [false; 2],
            }],
            ..TileMesh::default()
        };
        let weight = Weight::of_mesh(&mesh, 0);
        assert_eq!(weight.solid_bytes, 2 * 212 + size_of::<TileMesh>());
        assert_eq!(weight.texture_bytes, 48 + 64);
    }

    #[test]
    fn each_halving_leaves_a_quarter_of_the_textures() {
        let weight = Weight {
            solid_bytes: 1_000,
            texture_bytes: 6_400,
            texture_level: 1,
        };
        assert_eq!(weight.bytes_at(1), 7_400);
        assert_eq!(weight.bytes_at(3), 1_400);
        assert_eq!(weight.bytes_at(0), 26_600);
    }

    #[test]
    fn nobody_grows_through_the_ceiling() {
        let ledger = Ledger::new(Budget { max_bytes: 1_000 });
        ledger.settle(900, 0);
        assert!(ledger.grow(200));
        assert!(!ledger.grow(1), "1100 is the ceiling");
        ledger.settle(950, 200);
        assert!(ledger.grow(150));
        assert_eq!(ledger.peak_bytes(), 1_100);
        let planning = ledger.plan();
        assert_eq!(planning.grown_bytes(), 150);
        planning.settle(700);
        assert_eq!((ledger.held_bytes(), ledger.peak_bytes()), (850, 1_100));
    }
}
