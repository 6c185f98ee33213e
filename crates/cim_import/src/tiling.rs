//! Last pass: tile by tile, features become triangles and triangles files.
//!
//! In memory are the features of one tile, no more than [`MAX_TILE_BYTES`] of them; what a cell holds beyond that goes into
//! further tiles of the cell. A tile whose features are the same as in the city that is there already, or as before an
//! interruption, is kept as it is.

use crate::bridges::Bridges;
use crate::classify::Class;
use crate::codec::{Decided, decode, telling_bytes};
use crate::extsort::Sorted;
use crate::feature::Shape;
use crate::folder::{link_file, write_file};
use crate::glb::{Drawn, ImageFile, tile};
use crate::images::Images;
use crate::journal::VERSION;
use crate::ledger::Ledger;
use crate::mesh::Mesh;
use crate::quadtree::Cell;
use crate::records::{PLACEMENT_BYTES, Placement, new_id, with_inherited};
use crate::request::Progress;
use crate::shape::shape;
use crate::site::Site;
use crate::spool::SpoolReader;
use crate::tiles::{TileList, TileRecord, Tiles, uri_of};
use crate::work::damaged;
use cim_tiles::FileHash;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// About how many bytes one tile may have.
const MAX_TILE_BYTES: u64 = 12 << 20;
/// Places of features without a mesh that a tile's record names.
const MAX_PLACES: usize = 8;

/// What the last pass works with.
#[derive(Debug)]
pub(crate) struct Tiler<'a> {
    pub(crate) site: &'a Site,
    pub(crate) bridges: &'a Bridges,
    pub(crate) spool: SpoolReader,
    pub(crate) images: Images,
    /// The folder that is being filled.
    pub(crate) city: PathBuf,
    /// Tiles that are in it already.
    pub(crate) done: Tiles,
    pub(crate) list: TileList,
    /// The city that is there, and its tiles.
    pub(crate) old: Option<(PathBuf, Tiles)>,
}

/// What came of the last pass.
#[derive(Debug, Default)]
pub(crate) struct Tiled {
    pub(crate) tiles: Tiles,
    pub(crate) written: u64,
    pub(crate) kept: u64,
    bytes: u64,
}

/// The features of one tile while they are gathered.
#[derive(Debug)]
struct Chunk {
    cell: Cell,
    serial: u32,
    weight: u64,
    key: FileHash,
    items: Vec<(Placement, Decided)>,
    images: BTreeMap<Arc<str>, ImageFile>,
    /// Images that were sought in vain.
    missing: BTreeSet<Arc<str>>,
}

impl Chunk {
    fn new(cell: Cell, serial: u32, site: &Site) -> Self {
        let mut key = FileHash::default();
        key.add(&VERSION.to_le_bytes());
        let origin = site.frame().origin();
        for number in [origin.lon_deg, origin.lat_deg, origin.height_m] {
            key.add(&number.to_le_bytes());
        }
        Self {
            cell,
            serial,
            weight: 0,
            key,
            items: Vec::new(),
            images: BTreeMap::new(),
            missing: BTreeSet::new(),
        }
    }

    /// The serial of the chunk after it, whose features lie in `cell`.
    fn serial_of_next(&self, cell: Cell) -> u32 {
        if self.cell == cell {
            self.serial + 1
        } else {
            0
        }
    }
}

impl Tiler<'_> {
    /// Makes all tiles of `placements`, which come cell by cell.
    pub(crate) fn run(
        mut self,
        mut placements: Sorted<PLACEMENT_BYTES>,
        total: u64,
        ledger: &mut Ledger,
        progress: &mut dyn FnMut(Progress),
    ) -> io::Result<Tiled> {
        let mut tiled = Tiled::default();
        let mut chunk: Option<Chunk> = None;
        let mut done = 0;
        while let Some(record) = placements.next_record()? {
            let placement = Placement::of_record(&record);
            let weight = u64::from(placement.weight);
            let next = match chunk.take() {
                None => Chunk::new(placement.cell, 0, self.site),
                Some(full) => {
                    let is_same = full.cell == placement.cell;
                    if is_same && full.weight + weight <= MAX_TILE_BYTES {
                        full
                    } else {
                        let serial = full.serial_of_next(placement.cell);
                        self.finish(full, &mut tiled, ledger)?;
                        progress(Progress {
                            stage: "writing",
                            done,
                            total,
                            bytes: tiled.bytes,
                        });
                        Chunk::new(placement.cell, serial, self.site)
                    }
                }
            };
            let chunk = chunk.insert(next);
            self.gather(chunk, placement, ledger)?;
            done += 1;
        }
        if let Some(last) = chunk {
            self.finish(last, &mut tiled, ledger)?;
        }
        progress(Progress {
            stage: "writing",
            done,
            total,
            bytes: tiled.bytes,
        });
        Ok(tiled)
    }

    /// Puts a feature into a chunk, and everything that its triangles depend on into the chunk's key.
    fn gather(
        &mut self,
        chunk: &mut Chunk,
        placement: Placement,
        ledger: &mut Ledger,
    ) -> io::Result<()> {
        let spot = placement.spot;
        let bytes = self.spool.read(spot.offset, spot.bytes)?;
        for telling in telling_bytes(bytes).ok_or_else(damaged)? {
            chunk.key.add(telling);
        }
        let decided = decode(bytes, spot.is_from_ground).ok_or_else(damaged)?;
        let (height_m, source) = placement.inherited.unwrap_or_default();
        chunk.key.add(&[u8::from(spot.is_from_ground), source]);
        chunk.key.add(&height_m.to_le_bytes());
        chunk.key.add(&placement.ordinal.to_le_bytes());
        chunk.weight += u64::from(placement.weight);
        match &decided.feature.shape {
            Shape::Lines(lines)
                if matches!(
                    decided.verdict.class,
                    Class::Road | Class::Rail | Class::Bridge
                ) =>
            {
                for place in lines
                    .iter()
                    .flat_map(|line| line.first().into_iter().chain(line.last()))
                {
                    chunk.key.add(&self.bridges.height_at(*place).to_le_bytes());
                }
            }
            Shape::Surfaces(surfaces) => {
                let textures = surfaces
                    .iter()
                    .filter_map(|surface| surface.texture.as_ref());
                for texture in textures {
                    let place = &decided.feature.place;
                    self.gather_image(chunk, &texture.image, place, ledger);
                }
            }
            _ => {}
        }
        chunk.items.push((placement, decided));
        Ok(())
    }

    fn gather_image(
        &mut self,
        chunk: &mut Chunk,
        image: &Arc<str>,
        place: &str,
        ledger: &mut Ledger,
    ) {
        if chunk.images.contains_key(image) || chunk.missing.contains(image) {
            return;
        }
        match self.images.read(image) {
            Ok(file) => {
                chunk.key.add(image.as_bytes());
                chunk.key.add(&file.bytes);
                chunk.weight += file.bytes.len() as u64;
                chunk.images.insert(Arc::clone(image), file);
            }
            Err(reason) => {
                ledger.note(reason, place);
                chunk.missing.insert(Arc::clone(image));
            }
        }
    }

    fn finish(&mut self, chunk: Chunk, tiled: &mut Tiled, ledger: &mut Ledger) -> io::Result<()> {
        let at = [chunk.cell.level, chunk.cell.x, chunk.cell.y, chunk.serial];
        let key = chunk.key.digits();
        let record = if let Some(done) = self.done_already(at, &key) {
            tiled.written += 1;
            done
        } else if let Some(kept) = self.kept(at, &key)? {
            tiled.kept += 1;
            self.list.push(&kept)?;
            kept
        } else {
            let (record, is_kept) = self.make(chunk, at, key)?;
            if is_kept {
                tiled.kept += 1;
            } else if !record.is_empty() {
                tiled.written += 1;
            }
            self.list.push(&record)?;
            record
        };
        for place in &record.without_mesh {
            ledger.note("no triangle comes out of it; kept without a mesh", place);
        }
        tiled.bytes += record.bytes;
        if !record.is_empty() {
            tiled.tiles.insert(at, record);
        }
        Ok(())
    }

    /// The tile as it was made before the import was interrupted.
    fn done_already(&self, at: [u32; 4], key: &str) -> Option<TileRecord> {
        let record = self.done.get(&at).filter(|record| record.key == key)?;
        let is_whole = record.is_empty()
            || std::fs::metadata(self.city.join(record.uri()))
                .is_ok_and(|file| file.len() == record.bytes);
        is_whole.then(|| record.clone())
    }

    /// The tile of the city that is there, when nothing in it changed.
    fn kept(&self, at: [u32; 4], key: &str) -> io::Result<Option<TileRecord>> {
        let Some((dir, tiles)) = &self.old else {
            return Ok(None);
        };
        let Some(record) = tiles.get(&at).filter(|record| record.key == key) else {
            return Ok(None);
        };
        if record.is_empty() {
            return Ok(Some(record.clone()));
        }
        let from = dir.join(record.uri());
        if !std::fs::metadata(&from).is_ok_and(|file| file.len() == record.bytes) {
            return Ok(None);
        }
        link_file(&from, &self.city.join(record.uri()))?;
        Ok(Some(record.clone()))
    }

    /// Makes the tile; true when the city that is there has the very same file.
    fn make(&self, chunk: Chunk, at: [u32; 4], key: String) -> io::Result<(TileRecord, bool)> {
        let mut without_mesh = Vec::new();
        let mut drawn = Vec::with_capacity(chunk.items.len());
        for (placement, decided) in chunk.items {
            let place = decided.feature.place.clone();
            let one = self.draw(&placement, decided, &chunk.images);
            if one.as_ref().is_none_or(|one| one.mesh.is_empty()) && without_mesh.len() < MAX_PLACES
            {
                without_mesh.push(place);
            }
            drawn.extend(one);
        }
        let mut record = TileRecord {
            at,
            key,
            without_mesh,
            ..TileRecord::default()
        };
        let Some(glb) = tile(&drawn, &chunk.images) else {
            return Ok((record, false));
        };
        // Whole millimetres come back from the list of tiles as they were written.
        record.min = glb.min.map(|at| (at * 1_000.0).floor() / 1_000.0);
        record.max = glb.max.map(|at| (at * 1_000.0).ceil() / 1_000.0);
        record.bytes = glb.bytes.len() as u64;
        record.hash = cim_tiles::file_hash(&glb.bytes);
        let uri = uri_of(at);
        if let Some((dir, tiles)) = &self.old
            && tiles
                .get(&at)
                .is_some_and(|old| old.hash == record.hash && old.bytes == record.bytes)
            && dir.join(&uri).is_file()
        {
            link_file(&dir.join(&uri), &self.city.join(&uri))?;
            return Ok((record, true));
        }
        write_file(&self.city, &uri, &glb.bytes)?;
        Ok((record, false))
    }

    fn draw(
        &self,
        placement: &Placement,
        decided: Decided,
        images: &BTreeMap<Arc<str>, ImageFile>,
    ) -> Option<Drawn> {
        // The second pass has accounted for it already.
        let mut feature = shape(decided, self.site, &mut Ledger::default())?;
        feature.heights = with_inherited(feature.heights, placement.inherited);
        let mut mesh = Mesh::of(&feature, self.site, self.bridges);
        for part in &mut mesh.parts {
            if part
                .look
                .image
                .as_ref()
                .is_some_and(|image| !images.contains_key(image))
            {
                part.look.image = None;
                part.coordinates.clear();
            }
        }
        Some(Drawn {
            id: new_id(&feature.id, placement.ordinal),
            kind: feature.kind,
            class: feature.class.look()?,
            tags: feature.tags,
            heights: feature.heights,
            mesh,
        })
    }
}
