//! The import itself: pass after pass over the working files, and the city moved into place.

use crate::about::{Findings, catalogue_of, crs_of};
use crate::bridges::Bridges;
use crate::folder::{
    HashedFile, copy_file, hash_of_file, link_file, move_into_place, refuse_if_taken, write_file,
};
use crate::images::Images;
use crate::intake::read_sources;
use crate::join::join_parts;
use crate::journal::Journal;
use crate::ledger::Ledger;
use crate::measure::{Extent, measure};
use crate::networks::Networks;
use crate::quadtree::Grid;
use crate::reader::{HeightsFrom, SourceMark, SourceNotes, SourceReader};
use crate::request::{ImportError, ImportReport, ImportRequest, Progress};
use crate::shaping::shape_all;
use crate::site::Site;
use crate::sorting::{SortedCity, Sources, sort_all};
use crate::sources::readers_of;
use crate::spool::SpoolReader;
use crate::tiles::{TILES_FILE, TileList, Tiles, read_tiles};
use crate::tileset::write_tileset;
use crate::tiling::{Tiled, Tiler};
use crate::views::views_of;
use crate::work::Work;
use cim_geo::{Bounds, Geodetic};
use cim_tiles::{Catalogue, CimLevel, CityFile};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// A city that is there keeps its origin while the ground of its sources is no farther from it, metres.
const SAME_GROUND_M: f64 = 1.0;
/// Files of a city that an import does not make and a later import of the same city leaves in it.
const CARRIED_OVER: [&str; 2] = ["things.jsonl", "cameras.jsonl"];

/// Imports the sources into a city's folder.
///
/// With several sources a broken one is counted as dropped and the others go on; with none left the first error is
/// returned. `out` is as it was before until everything succeeded. An interrupted import leaves `OUT.partial` behind, and
/// the next one with the same sources goes on from there. Where `out` holds a city already whose grid still fits, tiles
/// in which nothing changed are kept as they are.
pub fn import(
    request: &ImportRequest,
    progress: &mut dyn FnMut(Progress),
) -> Result<ImportReport, ImportError> {
    refuse_if_taken(&request.out)?;
    let readers = readers_of(request)?;
    import_from(request, readers, progress)
}

/// Imports what `readers` read; see [`import`]. The request's own sources are not read.
pub fn import_from(
    request: &ImportRequest,
    mut readers: Vec<Box<dyn SourceReader>>,
    progress: &mut dyn FnMut(Progress),
) -> Result<ImportReport, ImportError> {
    refuse_if_taken(&request.out)?;
    let work = Work::beside(&request.out)?;
    let marks: Vec<Option<SourceMark>> = readers.iter().map(|reader| reader.mark()).collect();
    let is_resumable = marks.iter().all(Option::is_some);
    let fresh = Journal::new(request, &marks);
    let left = Journal::left_behind(&work, &fresh).filter(|_| is_resumable && !request.is_fresh);
    let is_resumed = left.is_some();
    if !is_resumed {
        work.clear()?;
    }
    work.make()?;
    let mut journal = left.unwrap_or(fresh);
    let outcome = read_sources(&mut readers, &mut journal, is_resumable, &work, progress)
        .and_then(|()| make_city(request, &work, &journal, marks, progress));
    match outcome {
        Ok(mut report) => {
            report.is_resumed = is_resumed;
            Ok(report)
        }
        // A full disk can be got over and the import gone on with; bad sources cannot.
        Err(error @ ImportError::Unwritable { .. }) => Err(error),
        Err(error) => {
            work.clear()?;
            Err(error)
        }
    }
}

/// Every pass after the reading.
fn make_city(
    request: &ImportRequest,
    work: &Work,
    journal: &Journal,
    marks: Vec<Option<SourceMark>>,
    progress: &mut dyn FnMut(Progress),
) -> Result<ImportReport, ImportError> {
    let folder = work.scratch();
    let failed = |reason| work.failed(reason);
    let mut ledger = journal.ledger.clone();
    let heights = heights_of(journal);
    let mut extent = measure(&folder, &heights).map_err(failed)?;
    if let Some(ground_m) = request.ground_height_m {
        extent.ground_m = ground_m;
    }
    if extent.bounds.is_empty() {
        return Err(empty_city(&ledger));
    }
    let old = old_city(request, &extent);
    let site = Site::new(
        old.as_ref()
            .map_or_else(|| origin_of(&extent), |old| old.catalogue.origin.into()),
    );
    let whole = whole_of(&extent.bounds, &site);
    let shaped =
        shape_all(&folder, &heights, &extent, &site, &mut ledger, progress).map_err(failed)?;
    if shaped.features == 0 {
        return Err(empty_city(&ledger));
    }
    let fresh = grid_over(whole, shaped.weight);
    let grid = old
        .as_ref()
        .map(|old| old.grid)
        .filter(|grid| grid.is_as_deep_as(&fresh))
        .unwrap_or(fresh);
    step(progress, "joining", shaped.features);
    let overrides = join_parts(&folder, shaped.join, &site).map_err(failed)?;
    let mut table = HashedFile::create(&work.city(), "attributes.jsonl").map_err(failed)?;
    let sources = Sources {
        folder: &folder,
        ids: shaped.ids,
        overrides,
        grid,
        features: shaped.features,
    };
    let (sorted, placements) =
        sort_all(sources, &mut table, &mut ledger, progress).map_err(failed)?;
    if sorted.drawn == 0 {
        return Err(empty_city(&ledger));
    }
    let tiler = tiler(request, work, &site, &shaped.bridges, old.as_ref()).map_err(failed)?;
    let tiled = placements
        .finish()
        .and_then(|placements| tiler.run(placements, sorted.drawn, &mut ledger, progress))
        .map_err(failed)?;

    let city = Made {
        request,
        work,
        notes: notes_of(journal),
        marks,
        ledger: &ledger,
        extent: &extent,
        site: &site,
        grid: &grid,
        level: shaped.level,
        sorted: &sorted,
        old: old.as_ref(),
        whole,
    };
    city.finish(table, tiled)
}

/// What each source's heights count from.
fn heights_of(journal: &Journal) -> Vec<HeightsFrom> {
    let of_one = |notes: &SourceNotes| notes.heights;
    journal
        .read
        .iter()
        .map(|source| {
            source
                .notes
                .as_ref()
                .map_or_else(HeightsFrom::default, of_one)
        })
        .collect()
}

/// What the sources that could be read say of themselves.
fn notes_of(journal: &Journal) -> Vec<&SourceNotes> {
    journal
        .read
        .iter()
        .filter_map(|source| source.notes.as_ref())
        .collect()
}

/// The city that is there and whose origin and grid may be kept.
struct OldCity {
    dir: PathBuf,
    catalogue: Catalogue,
    grid: Grid,
    tiles: Tiles,
}

fn old_city(request: &ImportRequest, extent: &Extent) -> Option<OldCity> {
    if request.is_fresh {
        return None;
    }
    let catalogue = Catalogue::read(&request.out).ok()?;
    let grid = Grid::of_city(catalogue.grid?)?;
    let (tiles, _) = read_tiles(&request.out).ok()?;
    let site = Site::new(catalogue.origin.into());
    let middle = extent.bounds.center();
    let away = site.plane([middle.lon_deg, middle.lat_deg]);
    let is_here = away[0].hypot(away[1]) < 0.2 * grid.for_catalogue().half_m
        && grid.has_room_for(&grid_over(whole_of(&extent.bounds, &site), 0))
        && (catalogue.ground_height_m - extent.ground_m).abs() <= SAME_GROUND_M;
    (is_here && !tiles.is_empty()).then(|| OldCity {
        dir: request.out.clone(),
        catalogue,
        grid,
        tiles,
    })
}

/// The middle on the ground, in so many digits that it comes back from a catalogue as it was written.
fn origin_of(extent: &Extent) -> Geodetic {
    let middle = extent.bounds.center();
    let short = |value: f64, digits: f64| (value * digits).round() / digits;
    Geodetic::new(
        short(middle.lon_deg, 1.0e7),
        short(middle.lat_deg, 1.0e7),
        short(extent.ground_m, 1.0e3),
    )
}

fn grid_over(whole: [f64; 4], weight: u64) -> Grid {
    Grid::new(whole[2] - whole[0], whole[3] - whole[1], weight)
}

/// The rectangle of the plane that the bounds make: west, south, east, north.
fn whole_of(bounds: &Bounds, site: &Site) -> [f64; 4] {
    let mut whole = [
        f64::INFINITY,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NEG_INFINITY,
    ];
    for lon in [bounds.west_deg, bounds.east_deg] {
        for lat in [bounds.south_deg, bounds.north_deg] {
            let p = site.plane([lon, lat]);
            whole = [
                whole[0].min(p[0]),
                whole[1].min(p[1]),
                whole[2].max(p[0]),
                whole[3].max(p[1]),
            ];
        }
    }
    whole
}

fn step(progress: &mut dyn FnMut(Progress), stage: &'static str, total: u64) {
    progress(Progress {
        stage,
        done: 0,
        total,
        bytes: 0,
    });
}

fn tiler<'a>(
    request: &ImportRequest,
    work: &Work,
    site: &'a Site,
    bridges: &'a Bridges,
    old: Option<&OldCity>,
) -> io::Result<Tiler<'a>> {
    let city = work.city();
    let (done, good) = read_tiles(&city)?;
    Ok(Tiler {
        site,
        bridges,
        spool: SpoolReader::open(&work.scratch())?,
        images: Images::beside(request.sources.first().map(PathBuf::as_path)),
        list: TileList::open(&city, good)?,
        city,
        done,
        old: old.map(|old| (old.dir.clone(), old.tiles.clone())),
    })
}

/// A city whose tiles are made.
struct Made<'a> {
    request: &'a ImportRequest,
    work: &'a Work,
    notes: Vec<&'a SourceNotes>,
    marks: Vec<Option<SourceMark>>,
    ledger: &'a Ledger,
    extent: &'a Extent,
    site: &'a Site,
    grid: &'a Grid,
    level: CimLevel,
    sorted: &'a SortedCity,
    old: Option<&'a OldCity>,
    whole: [f64; 4],
}

impl Made<'_> {
    /// Writes everything but the tiles and moves the city into place.
    fn finish(self, table: HashedFile, tiled: Tiled) -> Result<ImportReport, ImportError> {
        let mut files: BTreeMap<String, CityFile> = BTreeMap::new();
        self.write_rest(table, &tiled, &mut files)
            .map_err(|reason| self.work.failed(reason))?;
        self.take_extra_files(&mut files)?;
        let crs = crs_of(&self.notes);
        let report = ImportReport {
            counts: self.ledger.counts,
            dropped: self.ledger.dropped(),
            repaired: self.ledger.repaired(),
            tallest_m: self.sorted.tallest_m,
            crs,
            cim_level: self.level,
            tiles_written: tiled.written,
            tiles_kept: tiled.kept,
            is_resumed: false,
            out: self.request.out.clone(),
        };
        let (request, work) = (self.request, self.work);
        let catalogue = catalogue_of(
            request,
            Findings {
                notes: self.notes,
                marks: self.marks,
                ledger: self.ledger,
                extent: self.extent,
                site: self.site,
                grid: self.grid,
                level: self.level,
                tallest_m: self.sorted.tallest_m,
                height_sources: self.sorted.height_sources,
                files: files.into_values().collect(),
            },
        );
        serde_json::to_vec_pretty(&catalogue)
            .map_err(io::Error::from)
            .and_then(|text| write_file(&work.city(), "catalogue.json", &text))
            .map_err(|reason| work.failed(reason))?;
        move_into_place(work, &request.out)?;
        Ok(report)
    }

    fn write_rest(
        &self,
        table: HashedFile,
        tiled: &Tiled,
        files: &mut BTreeMap<String, CityFile>,
    ) -> io::Result<()> {
        let dir = self.work.city();
        let mut keep = |file: CityFile| {
            files.insert(file.path.clone(), file);
        };
        keep(table.finish()?);
        for record in tiled.tiles.values() {
            keep(CityFile {
                path: record.uri(),
                bytes: record.bytes,
                hash: record.hash.clone(),
            });
        }
        let mut tileset = HashedFile::create(&dir, "tileset.json")?;
        write_tileset(&mut tileset, self.site, self.grid, &tiled.tiles)?;
        keep(tileset.finish()?);
        let (bytes, hash) = hash_of_file(&dir.join(TILES_FILE))?;
        keep(CityFile {
            path: TILES_FILE.to_owned(),
            bytes,
            hash,
        });
        let views = views_of(&self.sorted.views, self.site, self.whole);
        keep(write_file(
            &dir,
            "views.json",
            &serde_json::to_vec_pretty(&views)?,
        )?);
        let networks: Vec<_> = self
            .notes
            .iter()
            .flat_map(|notes| &notes.networks)
            .cloned()
            .collect();
        if !networks.is_empty() {
            let mut file = HashedFile::create(&dir, Networks::FILE)?;
            serde_json::to_writer(&mut file, &Networks::new(networks))?;
            keep(file.finish()?);
        }
        for name in CARRIED_OVER {
            if let Some(old) = self.old
                && old.catalogue.file(name).is_some()
                && old.dir.join(name).is_file()
            {
                link_file(&old.dir.join(name), &dir.join(name))?;
                let (bytes, hash) = hash_of_file(&dir.join(name))?;
                keep(CityFile {
                    path: name.to_owned(),
                    bytes,
                    hash,
                });
            }
        }
        Ok(())
    }

    fn take_extra_files(&self, files: &mut BTreeMap<String, CityFile>) -> Result<(), ImportError> {
        for (name, from) in &self.request.extra_files {
            let is_plain = Path::new(name)
                .file_name()
                .is_some_and(|own| own == name.as_str());
            let copied = if is_plain {
                copy_file(&self.work.city(), name, from)
            } else {
                Err(io::Error::new(
                    io::ErrorKind::InvalidInput,
                    "an extra file has a plain name in the city's folder",
                ))
            };
            let file = copied.map_err(|reason| ImportError::UnreadableSource {
                path: from.clone(),
                reason,
            })?;
            files.insert(file.path.clone(), file);
        }
        Ok(())
    }
}

fn empty_city(ledger: &Ledger) -> ImportError {
    let example = ledger.dropped().first().map_or_else(
        || "none of them is a building, road, water, green area or place".to_owned(),
        |dropped| format!("{}: {}", dropped.reason, dropped.first),
    );
    ImportError::EmptyCity {
        read: ledger.counts.features,
        example,
    }
}
