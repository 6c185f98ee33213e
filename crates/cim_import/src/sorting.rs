//! Fourth pass: ids are made unique, overrides applied, features counted, the table of attributes written, and every drawn
//! feature is given its tile.

use crate::classify::Class;
use crate::codec::{Decided, decode};
use crate::extsort::{Fields, FieldsOf, Sorted, Sorter};
use crate::folder::HashedFile;
use crate::join::Overrides;
use crate::ledger::Ledger;
use crate::quadtree::{Grid, Size};
use crate::records::{PLACEMENT_BYTES, Placement, Shaped, new_id, with_inherited};
use crate::request::Progress;
use crate::shaping::{ID_BYTES, ShapedRecords};
use crate::spool::SpoolReader;
use crate::values::Heights;
use crate::views::ViewFinder;
use crate::work::damaged;
use cim_tiles::{Counts, FeatureRecord, HeightSources};
use std::io::{self, Write};
use std::path::Path;

/// Progress is reported every so many features.
const PROGRESS_STEP: u64 = 5_000;
/// Bytes of a feature's number with the ordinal of its id.
const ORDINAL_BYTES: usize = 12;

/// What the fourth pass leaves behind, beside the table of attributes.
#[derive(Debug, Default)]
pub(crate) struct SortedCity {
    pub(crate) height_sources: HeightSources,
    pub(crate) tallest_m: f64,
    /// Features in tiles.
    pub(crate) drawn: u64,
    pub(crate) views: ViewFinder,
}

/// What the fourth pass reads.
#[derive(Debug)]
pub(crate) struct Sources<'a> {
    pub(crate) folder: &'a Path,
    pub(crate) ids: Sorter<ID_BYTES>,
    pub(crate) overrides: Overrides,
    pub(crate) grid: Grid,
    pub(crate) features: u64,
}

/// Writes the table of attributes to `table` and finds every drawn feature's tile.
pub(crate) fn sort_all(
    sources: Sources<'_>,
    table: &mut HashedFile,
    ledger: &mut Ledger,
    progress: &mut dyn FnMut(Progress),
) -> io::Result<(SortedCity, Sorter<PLACEMENT_BYTES>)> {
    let Sources {
        folder,
        ids,
        mut overrides,
        grid,
        features,
    } = sources;
    let mut ordinals = Ordinals::of(ids, folder)?;
    let mut records = ShapedRecords::open(folder)?;
    let mut spool = SpoolReader::open(folder)?;
    let mut city = SortedCity::default();
    let mut placements = Sorter::new(folder, "placements");
    let mut done = 0;
    while let Some(mut shaped) = records.next_shaped()? {
        if done % PROGRESS_STEP == 0 {
            progress(Progress {
                stage: "sorting",
                done,
                total: features,
                bytes: table.bytes(),
            });
        }
        done += 1;
        let ordinal = ordinals.of_number(shaped.number)?;
        let change = overrides.of(shaped.number)?;
        let inherited = change.and_then(|change| change.inherited);
        shaped.heights = with_inherited(shaped.heights, inherited);
        if change.is_some_and(|change| change.is_replaced) {
            shaped.is_drawn = false;
            ledger.counts.replaced_by_parts += 1;
        }
        let bytes = spool.read(shaped.spot.offset, shaped.spot.bytes)?;
        let decided = decode(bytes, shaped.spot.is_from_ground).ok_or_else(damaged)?;
        count(&shaped, &mut ledger.counts);
        city.take(&shaped);
        let line = serde_json::to_string(&record_of(decided, &shaped, ordinal))?;
        table.write_all(line.as_bytes())?;
        table.write_all(b"\n")?;
        if shaped.is_drawn {
            city.drawn += 1;
            placements.push(placement_of(&shaped, &grid, ordinal, inherited).record())?;
        }
    }
    // Those stand above ground and are seen through their parts.
    let counts = &mut ledger.counts;
    counts.undrawn = counts.undrawn.saturating_sub(counts.replaced_by_parts);
    progress(Progress {
        stage: "sorting",
        done,
        total: features,
        bytes: table.bytes(),
    });
    Ok((city, placements))
}

impl SortedCity {
    fn take(&mut self, shaped: &Shaped) {
        let Some(heights) = shaped.heights else {
            return;
        };
        self.tallest_m = self.tallest_m.max(heights.height_m);
        let line = match heights.source {
            "tag" => &mut self.height_sources.tag,
            "levels" => &mut self.height_sources.levels,
            "geometry" => &mut self.height_sources.geometry,
            _ => &mut self.height_sources.default,
        };
        *line += 1;
        self.views.take(shaped, heights);
    }
}

fn count(shaped: &Shaped, counts: &mut Counts) {
    let line = match shaped.class {
        Class::Building => &mut counts.buildings,
        Class::BuildingPart => &mut counts.building_parts,
        Class::Road => &mut counts.roads,
        Class::Rail => &mut counts.rail,
        Class::Water => &mut counts.water,
        Class::Green => &mut counts.green,
        Class::Ground => &mut counts.ground,
        Class::Bridge => &mut counts.bridges,
        Class::Tunnel => &mut counts.tunnels,
        Class::Pipe => &mut counts.pipes,
        Class::Tree => &mut counts.trees,
        Class::Furniture => &mut counts.furniture,
        Class::Point => &mut counts.points,
        Class::Label => &mut counts.labels,
        Class::Other => &mut counts.other,
    };
    *line += 1;
    if shaped.is_raised {
        counts.building_polygons += 1;
    }
    if shaped.class != Class::Point && !shaped.is_drawn {
        counts.undrawn += 1;
    }
}

fn placement_of(
    shaped: &Shaped,
    grid: &Grid,
    ordinal: u32,
    inherited: Option<(f64, u8)>,
) -> Placement {
    let height_m = shaped.heights.map_or(0.0, |heights: Heights| {
        heights.height_m - heights.min_height_m
    });
    Placement {
        cell: grid.cell_of(&Size {
            class: shaped.class,
            rank: shaped.rank,
            height_m,
            bounds: shaped.bounds,
        }),
        number: shaped.number,
        spot: shaped.spot,
        weight: shaped.weight,
        ordinal,
        inherited,
    }
}

fn record_of(decided: Decided, shaped: &Shaped, ordinal: u32) -> FeatureRecord {
    let Decided {
        feature, verdict, ..
    } = decided;
    let heights = shaped.heights;
    FeatureRecord {
        id: new_id(&feature.id, ordinal),
        kind: verdict.kind,
        class: verdict.class.word().to_owned(),
        name: feature.tags.name().to_owned(),
        name_en: feature.tags.name_en().to_owned(),
        lon: shaped.at[0],
        lat: shaped.at[1],
        height_m: heights.map(|heights| heights.height_m),
        height_source: heights.map_or("", |heights| heights.source).to_owned(),
        levels: heights.and_then(|heights| heights.levels),
        min_height_m: heights.map(|heights| heights.min_height_m),
        ground_m: shaped.ground_m,
        parent: feature.parent.unwrap_or_default(),
        tags: feature.tags.0,
    }
}

/// Which features share the stem of their id with others, in the order of features. See [`new_id`].
#[derive(Debug)]
struct Ordinals {
    sorted: Sorted<ORDINAL_BYTES>,
    next: Option<(u64, u32)>,
}

impl Ordinals {
    fn of(ids: Sorter<ID_BYTES>, folder: &Path) -> io::Result<Self> {
        let mut found: Sorter<ORDINAL_BYTES> = Sorter::new(folder, "ordinals");
        let mut sorted = ids.finish()?;
        // The first of a run is known to have company only when the second comes.
        let mut run: Option<(u64, u64, u32)> = None;
        while let Some(record) = sorted.next_record()? {
            let mut fields = FieldsOf(&record);
            let (hash, number) = (fields.number(), fields.number());
            let length = match run {
                Some((last, first, length)) if last == hash => {
                    if length == 1 {
                        found.push(Fields::new().number(first).small(1).done())?;
                    }
                    found.push(Fields::new().number(number).small(length + 1).done())?;
                    length + 1
                }
                _ => 1,
            };
            run = Some((hash, number, length));
        }
        let mut ordinals = Self {
            sorted: found.finish()?,
            next: None,
        };
        ordinals.advance()?;
        Ok(ordinals)
    }

    fn advance(&mut self) -> io::Result<()> {
        self.next = self.sorted.next_record()?.map(|record| {
            let mut fields = FieldsOf(&record);
            (fields.number(), fields.small())
        });
        Ok(())
    }

    /// The ordinal of the feature with this number; to be asked in order.
    fn of_number(&mut self, number: u64) -> io::Result<u32> {
        while self.next.is_some_and(|next| next.0 < number) {
            self.advance()?;
        }
        match self.next {
            Some((at, ordinal)) if at == number => {
                self.advance()?;
                Ok(ordinal)
            }
            _ => Ok(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_with_one_id_are_numbered_in_their_order() {
        let folder = std::env::temp_dir().join(format!("cim_ordinals_{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a test folder can be made");
        let mut ids: Sorter<ID_BYTES> = Sorter::new(&folder, "ids");
        for (number, hash) in [(1, 77), (2, 5), (3, 77), (4, 77), (5, 6)] {
            ids.push(Fields::new().number(hash).number(number).done())
                .expect("taken");
        }
        let mut ordinals = Ordinals::of(ids, &folder).expect("found");
        let found: Vec<u32> = (1..=5)
            .map(|number| ordinals.of_number(number).expect("read"))
            .collect();
        assert_eq!(found, [1, 0, 2, 3, 0]);
        std::fs::remove_dir_all(folder).ok();
    }
}
