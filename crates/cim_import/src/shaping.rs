//! Second pass: every feature is shaped once, for the account and for what the later passes need to know of it.
//!
//! The shapes themselves are not kept; the passes that need one make it again, which is cheaper than writing it down.

use crate::bridges::Bridges;
use crate::classify::Class;
use crate::codec::decode;
use crate::extsort::{Fields, Sorter, read_record};
use crate::ledger::Ledger;
use crate::measure::Extent;
use crate::quadtree::rank_of;
use crate::reader::HeightsFrom;
use crate::records::{SHAPED_BYTES, Shaped, Spot, stem_of};
use crate::request::Progress;
use crate::shape::{Body, CityFeature, plane_box, shape};
use crate::site::Site;
use crate::spool::{Heads, SpoolReader};
use crate::work::damaged;
use cim_tiles::{CimLevel, FileHash};
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write};
use std::path::Path;

/// Progress is reported every so many features.
const PROGRESS_STEP: u64 = 2_000;
/// Side of the squares in which buildings and parts are brought together, metres.
pub(crate) const JOIN_CELL_M: f64 = 500.0;
/// A building over more squares than this is brought together with no parts.
const MAX_JOIN_CELLS: i64 = 2_000;
/// Bytes of a record of [`ShapedCity::join`].
pub(crate) const JOIN_BYTES: usize = 29;
/// Bytes of a record of [`ShapedCity::ids`].
pub(crate) const ID_BYTES: usize = 16;
const SHAPED: &str = "shaped.bin";

/// What the second pass leaves behind, beside its records.
#[derive(Debug)]
pub(crate) struct ShapedCity {
    /// Buildings and parts by square: x, y, 0 for buildings and 1 for parts, number, offset, bytes.
    pub(crate) join: Sorter<JOIN_BYTES>,
    /// Features by the hash of their id's stem: hash, number.
    pub(crate) ids: Sorter<ID_BYTES>,
    pub(crate) bridges: Bridges,
    /// About how many bytes all features take in tiles.
    pub(crate) weight: u64,
    pub(crate) level: CimLevel,
    /// Features that were kept.
    pub(crate) features: u64,
}

/// Shapes every feature of the spool in `folder`.
pub(crate) fn shape_all(
    folder: &Path,
    heights: &[HeightsFrom],
    extent: &Extent,
    site: &Site,
    ledger: &mut Ledger,
    progress: &mut dyn FnMut(Progress),
) -> io::Result<ShapedCity> {
    let mut heads = Heads::open(folder)?;
    let mut spool = SpoolReader::open(folder)?;
    let mut out = BufWriter::with_capacity(256 << 10, File::create(folder.join(SHAPED))?);
    let mut city = ShapedCity {
        join: Sorter::new(folder, "join"),
        ids: Sorter::new(folder, "ids"),
        bridges: Bridges::default(),
        weight: 0,
        level: CimLevel::Cim1,
        features: 0,
    };
    let mut number = 0;
    while let Some(head) = heads.next_head()? {
        if number % PROGRESS_STEP == 0 {
            progress(Progress {
                stage: "shaping",
                done: number,
                total: extent.features,
                bytes: head.offset,
            });
        }
        number += 1;
        let spot = Spot {
            offset: head.offset,
            bytes: head.bytes,
            is_from_ground: heights.get(head.source as usize).copied() == Some(HeightsFrom::Ground),
        };
        let bytes = spool.read(spot.offset, spot.bytes)?;
        let decided = decode(bytes, spot.is_from_ground).ok_or_else(damaged)?;
        if !extent.is_near(head.first) {
            ledger.drop(
                "it lies far away from the rest of the city",
                &decided.feature.place,
            );
            continue;
        }
        if let Some(feature) = shape(decided, site, ledger) {
            let shaped = shaped_of(&feature, number, spot, site);
            city.take(&feature, &shaped, site)?;
            out.write_all(&shaped.record())?;
        }
    }
    out.flush()?;
    progress(Progress {
        stage: "shaping",
        done: number,
        total: extent.features,
        bytes: 0,
    });
    Ok(city)
}

fn shaped_of(feature: &CityFeature, number: u64, spot: Spot, site: &Site) -> Shaped {
    let bounds = plane_box(feature, site);
    Shaped {
        number,
        spot,
        class: feature.class,
        is_drawn: feature.is_drawn && bounds.is_some(),
        is_raised: feature.is_raised_building(),
        rank: rank_of(feature.class, &feature.kind),
        bounds: bounds.unwrap_or([0.0; 4]),
        at: feature.at,
        heights: feature.heights,
        ground_m: feature.ground_m,
        area_m2: feature.area_m2(),
        weight: weight_of(feature).min(u64::from(u32::MAX)) as u32,
    }
}

impl ShapedCity {
    fn take(&mut self, feature: &CityFeature, shaped: &Shaped, site: &Site) -> io::Result<()> {
        self.features += 1;
        self.weight += u64::from(shaped.weight);
        self.level = self.level.max(feature.level);
        if let Body::Ribbon(ribbon) = &feature.body
            && ribbon.lift_m > 0.0
            && feature.is_drawn
        {
            for line in &ribbon.lines {
                self.bridges.note(line, ribbon.lift_m);
            }
        }
        let mut hash = FileHash::default();
        hash.add(stem_of(&feature.id).as_bytes());
        self.ids.push(
            Fields::new()
                .number(hash.value())
                .number(shaped.number)
                .done(),
        )?;
        if feature.outlines().is_empty() {
            return Ok(());
        }
        match feature.class {
            Class::Building => self.join_building(shaped),
            Class::BuildingPart => self.push_join(square_of(site.plane(feature.at)), 1, shaped),
            _ => Ok(()),
        }
    }

    fn join_building(&mut self, shaped: &Shaped) -> io::Result<()> {
        let [west, south, east, north] = shaped.bounds;
        let (low, high) = (square_of([west, south]), square_of([east, north]));
        let (columns, rows) = (high[0] - low[0] + 1, high[1] - low[1] + 1);
        if columns * rows > MAX_JOIN_CELLS {
            return Ok(());
        }
        for x in low[0]..=high[0] {
            for y in low[1]..=high[1] {
                self.push_join([x, y], 0, shaped)?;
            }
        }
        Ok(())
    }

    fn push_join(&mut self, square: [i64; 2], is_part: u8, shaped: &Shaped) -> io::Result<()> {
        // Shifted, so that squares west and south of the middle come first.
        let shifted = square.map(|at| (at + (1 << 30)).clamp(0, i64::from(u32::MAX)) as u32);
        self.join.push(
            Fields::new()
                .small(shifted[0])
                .small(shifted[1])
                .byte(is_part)
                .number(shaped.number)
                .number(shaped.spot.offset)
                .small(shaped.spot.bytes)
                .done(),
        )
    }
}

fn square_of(at: [f64; 2]) -> [i64; 2] {
    at.map(|metres| (metres / JOIN_CELL_M).floor() as i64)
}

/// About how many bytes a feature takes in a tile.
fn weight_of(feature: &CityFeature) -> u64 {
    // A corner takes 28 bytes, an index 4, a row of the property table some 120.
    const ROW: u64 = 120;
    let body = match &feature.body {
        Body::Nothing => 0,
        Body::Outlines(outlines) => {
            let corners: usize = outlines
                .iter()
                .flat_map(|outline| &outline.rings)
                .map(Vec::len)
                .sum();
            // Roof, wall and parapet.
            corners as u64 * if feature.heights.is_some() { 312 } else { 40 }
        }
        Body::Ribbon(ribbon) => {
            let corners: usize = ribbon.lines.iter().map(Vec::len).sum();
            corners as u64 * if ribbon.lift_m > 0.0 { 900 } else { 80 }
        }
        Body::Solid(solid) => {
            let corners: usize = solid
                .faces
                .iter()
                .flat_map(|face| &face.rings)
                .map(Vec::len)
                .sum();
            corners as u64 * 52
        }
        Body::Tubes(tubes) => {
            let corners: usize = tubes.iter().map(|tube| tube.line.len()).sum();
            corners as u64 * 420
        }
        Body::Models(models) => models.len() as u64 * 48,
    };
    body + ROW
}

/// All records of the second pass in `folder`, in order.
#[derive(Debug)]
pub(crate) struct ShapedRecords {
    file: BufReader<File>,
}

impl ShapedRecords {
    /// Starts at the first feature.
    pub(crate) fn open(folder: &Path) -> io::Result<Self> {
        Ok(Self {
            file: BufReader::with_capacity(256 << 10, File::open(folder.join(SHAPED))?),
        })
    }

    /// The next record.
    pub(crate) fn next_shaped(&mut self) -> io::Result<Option<Shaped>> {
        let mut record = [0; SHAPED_BYTES];
        if !read_record(&mut self.file, &mut record)? {
            return Ok(None);
        }
        Shaped::of_record(&record).map(Some).ok_or_else(damaged)
    }
}
