//! Third pass: buildings and their parts. Where parts are drawn, the outline around them is not (OSM "Simple 3D Buildings").
//!
//! An outline whose parts cover at least [`COVERED`] of it keeps its record and its place in the counts but gets no walls.
//! With less than that, both are drawn, since leaving the outline out would leave a hole in the city. Works square by
//! square; in memory are the outlines of one square, then those of one building.

use crate::codec::decode;
use crate::extsort::{Fields, FieldsOf, Sorted, Sorter};
use crate::ledger::Ledger;
use crate::outline::Outline;
use crate::records::{Spot, source_number};
use crate::shape::{CityFeature, plane_box, shape};
use crate::shaping::JOIN_BYTES;
use crate::site::Site;
use crate::spool::SpoolReader;
use crate::work::damaged;
use geo::{Area, BooleanOps, MultiPolygon, Polygon, unary_union};
use std::io;
use std::path::Path;

/// How much of an outline its parts must cover to replace it.
pub(crate) const COVERED: f64 = 0.6;
/// Bytes of a building with one of its parts: two numbers, two places in the spool.
const PAIR_BYTES: usize = 40;
/// Bytes of an [`Override`].
const OVERRIDE_BYTES: usize = 18;
/// Parts of one building beyond this many are left out of the account of what its parts cover.
const MAX_PARTS: usize = 20_000;

/// What its building or its parts change about a feature.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Override {
    pub(crate) number: u64,
    /// The height that a part takes from its building, and how that is known.
    pub(crate) inherited: Option<(f64, u8)>,
    /// True for a building whose parts are drawn in its place.
    pub(crate) is_replaced: bool,
}

/// Overrides in the order of features.
#[derive(Debug)]
pub(crate) struct Overrides {
    sorted: Sorted<OVERRIDE_BYTES>,
    next: Option<Override>,
}

impl Overrides {
    fn new(sorter: Sorter<OVERRIDE_BYTES>) -> io::Result<Self> {
        let mut overrides = Self {
            sorted: sorter.finish()?,
            next: None,
        };
        overrides.advance()?;
        Ok(overrides)
    }

    /// What is changed about the feature with this number; to be asked in order.
    pub(crate) fn of(&mut self, number: u64) -> io::Result<Option<Override>> {
        while self.next.is_some_and(|next| next.number < number) {
            self.advance()?;
        }
        match self.next {
            Some(next) if next.number == number => {
                self.advance()?;
                Ok(Some(next))
            }
            _ => Ok(None),
        }
    }

    fn advance(&mut self) -> io::Result<()> {
        self.next = self.sorted.next_record()?.map(|record| {
            let mut fields = FieldsOf(&record);
            let number = fields.number();
            let is_replaced = fields.byte() != 0;
            let (source, height_m) = (fields.byte(), fields.real());
            Override {
                number,
                inherited: (!is_replaced).then_some((height_m, source)),
                is_replaced,
            }
        });
        Ok(())
    }
}

fn override_record(change: Override) -> [u8; OVERRIDE_BYTES] {
    let (height_m, source) = change.inherited.unwrap_or_default();
    Fields::new()
        .number(change.number)
        .byte(u8::from(change.is_replaced))
        .byte(source)
        .real(height_m)
        .done()
}

/// Brings buildings and parts together and says what follows from it.
pub(crate) fn join_parts(
    folder: &Path,
    join: Sorter<JOIN_BYTES>,
    site: &Site,
) -> io::Result<Overrides> {
    let mut shapes = Shapes {
        spool: SpoolReader::open(folder)?,
        site,
    };
    let mut pairs: Sorter<PAIR_BYTES> = Sorter::new(folder, "pairs");
    let mut sorted = join.finish()?;
    let mut square = Square::default();
    while let Some(record) = sorted.next_record()? {
        let entry = Entry::of_record(&record);
        if entry.square != square.at {
            square.pair(&mut shapes, &mut pairs)?;
            square = Square::at(entry.square);
        }
        square.take(entry);
    }
    square.pair(&mut shapes, &mut pairs)?;

    let mut changes = Sorter::new(folder, "overrides");
    let mut sorted = pairs.finish()?;
    let mut family: Option<(Entry, Vec<Entry>)> = None;
    while let Some(record) = sorted.next_record()? {
        let (building, part) = pair_of(&record);
        match &mut family {
            Some((head, parts)) if head.number == building.number => parts.push(part),
            _ => {
                if let Some(family) = family.replace((building, vec![part])) {
                    settle(&family, &mut shapes, &mut changes)?;
                }
            }
        }
    }
    if let Some(family) = family {
        settle(&family, &mut shapes, &mut changes)?;
    }
    Overrides::new(changes)
}

/// A building or part as the second pass wrote it down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Entry {
    square: [u32; 2],
    is_part: bool,
    number: u64,
    spot: Spot,
}

impl Entry {
    fn of_record(record: &[u8]) -> Self {
        let mut fields = FieldsOf(record);
        Self {
            square: [fields.small(), fields.small()],
            is_part: fields.byte() != 0,
            number: fields.number(),
            spot: Spot {
                offset: fields.number(),
                bytes: fields.small(),
                is_from_ground: false,
            },
        }
    }
}

fn pair_record(building: Entry, part: Entry) -> [u8; PAIR_BYTES] {
    Fields::new()
        .number(building.number)
        .number(part.number)
        .number(building.spot.offset)
        .small(building.spot.bytes)
        .number(part.spot.offset)
        .small(part.spot.bytes)
        .done()
}

fn pair_of(record: &[u8]) -> (Entry, Entry) {
    let mut fields = FieldsOf(record);
    let (building, part) = (fields.number(), fields.number());
    let mut entry = |number| Entry {
        number,
        spot: Spot {
            offset: fields.number(),
            bytes: fields.small(),
            is_from_ground: false,
        },
        ..Entry::default()
    };
    (entry(building), entry(part))
}

/// Makes shapes again from what the spool holds.
struct Shapes<'a> {
    spool: SpoolReader,
    site: &'a Site,
}

impl Shapes<'_> {
    fn get(&mut self, entry: Entry) -> io::Result<Option<CityFeature>> {
        let bytes = self.spool.read(entry.spot.offset, entry.spot.bytes)?;
        let decided = decode(bytes, false).ok_or_else(damaged)?;
        // The second pass has accounted for it already.
        Ok(shape(decided, self.site, &mut Ledger::default()))
    }
}

/// The buildings that reach into one square, and the parts whose middle lies in it.
#[derive(Debug, Default)]
struct Square {
    at: [u32; 2],
    buildings: Vec<Entry>,
    parts: Vec<Entry>,
}

impl Square {
    fn at(at: [u32; 2]) -> Self {
        Self {
            at,
            ..Self::default()
        }
    }

    fn take(&mut self, entry: Entry) {
        if entry.is_part {
            self.parts.push(entry);
        } else {
            self.buildings.push(entry);
        }
    }

    /// Gives each part to the building around it; where outlines nest, to the smallest.
    fn pair(&self, shapes: &mut Shapes<'_>, pairs: &mut Sorter<PAIR_BYTES>) -> io::Result<()> {
        if self.buildings.is_empty() || self.parts.is_empty() {
            return Ok(());
        }
        let mut around = Vec::with_capacity(self.buildings.len());
        for building in &self.buildings {
            if let Some(feature) = shapes.get(*building)?
                && let Some(bounds) = plane_box(&feature, shapes.site)
            {
                let area = feature.area_m2();
                around.push((*building, bounds, area, feature));
            }
        }
        for part in &self.parts {
            let Some(feature) = shapes.get(*part)? else {
                continue;
            };
            let at = shapes.site.plane(feature.at);
            let owner = around
                .iter()
                .filter(|(_, bounds, _, _)| {
                    (bounds[0]..=bounds[2]).contains(&at[0])
                        && (bounds[1]..=bounds[3]).contains(&at[1])
                })
                .filter(|(_, _, _, building)| {
                    building
                        .outlines()
                        .iter()
                        .any(|outline| outline.contains(at))
                })
                .min_by(|a, b| a.2.total_cmp(&b.2).then(a.0.number.cmp(&b.0.number)));
            if let Some((building, _, _, _)) = owner {
                pairs.push(pair_record(*building, *part))?;
            }
        }
        Ok(())
    }
}

/// Gives parts the heights that they leave to their building, and takes the walls from a building that they replace.
fn settle(
    (head, entries): &(Entry, Vec<Entry>),
    shapes: &mut Shapes<'_>,
    changes: &mut Sorter<OVERRIDE_BYTES>,
) -> io::Result<()> {
    let Some(building) = shapes.get(*head)? else {
        return Ok(());
    };
    let own = building.heights.filter(|own| own.source != "default");
    let mut polygons: Vec<Polygon<f64>> = Vec::new();
    for entry in entries.iter().take(MAX_PARTS) {
        let Some(part) = shapes.get(*entry)? else {
            continue;
        };
        if let (Some(own), Some(heights)) = (own, part.heights)
            && heights.source == "default"
            && own.height_m > heights.min_height_m
        {
            changes.push(override_record(Override {
                number: entry.number,
                inherited: Some((own.height_m, source_number(own.source))),
                is_replaced: false,
            }))?;
        }
        if part.is_drawn {
            polygons.extend(part.outlines().iter().map(Outline::polygon));
        }
    }
    if covered_share(&building, &polygons) >= COVERED {
        changes.push(override_record(Override {
            number: head.number,
            inherited: None,
            is_replaced: true,
        }))?;
    }
    Ok(())
}

fn covered_share(building: &CityFeature, parts: &[Polygon<f64>]) -> f64 {
    let area_m2 = building.area_m2();
    if parts.is_empty() || area_m2 <= 0.0 {
        return 0.0;
    }
    let outlines = MultiPolygon::new(building.outlines().iter().map(Outline::polygon).collect());
    // Parts stand on top of each other: their ground counts once.
    let ground: MultiPolygon<f64> = unary_union(parts);
    ground.intersection(&outlines).unsigned_area() / area_m2
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::{Class, Verdict};
    use crate::codec::Decided;
    use crate::feature::{Area as RawArea, Hint, LonLat, Shape, SourceFeature, Tags};
    use crate::measure::Extent;
    use crate::reader::HeightsFrom;
    use crate::shaping::shape_all;
    use crate::spool::{SpoolLength, SpoolWriter};
    use cim_geo::{Bounds, Enu, Geodetic};

    fn block(class: Class, west: f64, east: f64, pairs: &[(&str, &str)], site: &Site) -> Decided {
        let corner = |e: f64, n: f64| -> LonLat {
            let g = site.frame().geodetic_from_enu(Enu::new(e, n, 0.0));
            [g.lon_deg, g.lat_deg]
        };
        let outer = vec![
            corner(west, 0.0),
            corner(east, 0.0),
            corner(east, 10.0),
            corner(west, 10.0),
            corner(west, 0.0),
        ];
        Decided {
            feature: SourceFeature {
                id: "x".into(),
                place: "here".into(),
                tags: Tags::of(pairs),
                shape: Shape::Areas(vec![RawArea {
                    outer,
                    inner: Vec::new(),
                }]),
                hint: Hint::None,
                level: None,
                parent: None,
            },
            verdict: Verdict {
                class,
                kind: "building".into(),
                is_drawn: true,
            },
            is_from_ground: false,
        }
    }

    #[test]
    fn parts_replace_the_outline_that_they_cover_and_not_one_that_they_do_not() {
        let folder = std::env::temp_dir().join(format!("cim_join_{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a test folder can be made");
        let site = Site::new(Geodetic::new(121.5, 31.24, 0.0));
        // The second building lies across the border of two squares.
        let features = [
            block(Class::Building, 0.0, 100.0, &[("height", "80")], &site),
            // Two storeys of the same ground count once.
            block(Class::BuildingPart, 0.0, 70.0, &[("height", "40")], &site),
            block(
                Class::BuildingPart,
                0.0,
                70.0,
                &[("min_height", "40")],
                &site,
            ),
            block(Class::Building, 450.0, 550.0, &[], &site),
            block(
                Class::BuildingPart,
                505.0,
                545.0,
                &[("height", "40")],
                &site,
            ),
        ];
        let mut spool = SpoolWriter::open(&folder, SpoolLength::default()).expect("a new spool");
        for feature in &features {
            spool.push(feature, 0).expect("written");
        }
        spool.flush().expect("written");
        let extent = Extent {
            middle: [121.5, 31.24],
            bounds: Bounds::EMPTY,
            ground_m: 0.0,
            features: 5,
        };
        let city = shape_all(
            &folder,
            &[HeightsFrom::Datum],
            &extent,
            &site,
            &mut Ledger::default(),
            &mut |_| {},
        )
        .expect("shaped");
        assert_eq!(city.features, 5);
        let mut overrides = join_parts(&folder, city.join, &site).expect("joined");
        let found: Vec<Option<Override>> = (1..=5)
            .map(|number| overrides.of(number).expect("read"))
            .collect();
        assert!(found[0].is_some_and(|change| change.is_replaced));
        let (height_m, source) = found[2]
            .and_then(|change| change.inherited)
            .expect("the upper part has no height of its own");
        assert!((height_m - 80.0).abs() < 1e-9 && source == source_number("tag"));
        assert_eq!((found[1], found[3], found[4]), (None, None, None));
        std::fs::remove_dir_all(folder).ok();
    }
}
