//! OpenStreetMap extracts: PBF and XML.
//!
//! While the file is read, tagged nodes become features at once; places of nodes go to a sorted table on disk, ways and
//! relations to files, and their shapes are made after it. An extract is cut at its edge: a line keeps the stretches whose
//! nodes are there, a building is closed across the gap, and a building with no outline left keeps its record at a node that
//! is there.

mod extract;
mod pbf;
mod rings;
mod table;
mod xml;

use crate::feature::{Area, Hint, LonLat, Shape, SourceFeature, Tags};
use crate::ledger::Ledger;
use crate::outline::{ring_contains, signed_area};
use crate::reader::{SourceNotes, SourceReader};
use crate::request::{ImportError, ImportRequest};
use crate::words::AREA_KEYS;
use crate::work::Work;
use extract::{Element, Extract, ExtractWriter};
use rings::assemble;
use std::io;
use std::path::{Path, PathBuf};

const OPENSTREETMAP: &str = "© OpenStreetMap contributors, ODbL 1.0";
/// What an extract's edge leaves of an area below this is a sliver and no outline, square metres.
const SMALLEST_REMAINDER_M2: f64 = 1.0;
/// Why a way or relation cannot be shaped.
const LOST_NODES: &str =
    "its nodes or ways are missing from the extract, or its ring does not close";

/// How an extract is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Pbf,
    Xml,
}

/// Reads one extract.
#[derive(Debug)]
pub(crate) struct Osm {
    path: PathBuf,
    encoding: Encoding,
    scratch: PathBuf,
}

impl Osm {
    /// An extract whose working files are with those of the import.
    pub(crate) fn open(
        path: &Path,
        encoding: Encoding,
        request: &ImportRequest,
    ) -> Result<Self, ImportError> {
        Ok(Self {
            path: path.to_path_buf(),
            encoding,
            scratch: Work::beside(&request.out)?.scratch().join("osm"),
        })
    }
}

impl SourceReader for Osm {
    fn read(
        &mut self,
        ledger: &mut Ledger,
        take: &mut dyn FnMut(SourceFeature) -> Result<(), ImportError>,
    ) -> Result<SourceNotes, ImportError> {
        let file = self
            .path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let failed = |reason: io::Error| ImportError::Unwritable {
            path: self.scratch.clone(),
            reason,
        };
        let mut intake = Intake {
            file: &file,
            writer: ExtractWriter::create(&self.scratch).map_err(failed)?,
            ledger,
            take,
            failure: None,
            scratch: &self.scratch,
        };
        match self.encoding {
            Encoding::Pbf => pbf::read_blocks(&self.path, &mut intake)?,
            Encoding::Xml => xml::read_elements(&self.path, &mut intake)?,
        }
        let Intake {
            writer,
            ledger,
            take,
            ..
        } = intake;
        let mut extract = writer.finish().map_err(failed)?;
        while let Some(way) = extract.next_way().map_err(failed)? {
            let mut shaper = Shaper::new(&mut extract, &file, ledger);
            if let Some(feature) = shaper.take_way(way).map_err(failed)? {
                take(feature)?;
            }
        }
        while let Some(relation) = extract.next_relation().map_err(failed)? {
            let mut shaper = Shaper::new(&mut extract, &file, ledger);
            if let Some(feature) = shaper.take_relation(relation).map_err(failed)? {
                take(feature)?;
            }
        }
        Ok(SourceNotes {
            crs: "EPSG:4326".to_owned(),
            attribution: OPENSTREETMAP.to_owned(),
            licence: "ODbL-1.0".to_owned(),
            ..SourceNotes::default()
        })
    }
}

/// True for tags that only say how a feature came into the database.
fn is_provenance(key: &str) -> bool {
    matches!(key, "created_by" | "source" | "attribution")
}

/// Where the elements of an extract go while it is read.
struct Intake<'a> {
    file: &'a str,
    writer: ExtractWriter,
    ledger: &'a mut Ledger,
    take: &'a mut dyn FnMut(SourceFeature) -> Result<(), ImportError>,
    /// Why an element could not be kept; carried round the decoders.
    failure: Option<ImportError>,
    scratch: &'a Path,
}

impl Intake<'_> {
    fn node(&mut self, id: i64, at: [i32; 2], tags: Tags) {
        let kept = self.writer.node(id, at[0], at[1]);
        self.keep(kept);
        if tags.0.is_empty() || self.failure.is_some() {
            return;
        }
        let place = at.map(|part| f64::from(part) / 1e7);
        let feature = SourceFeature {
            id: format!("n{id}"),
            place: format!("{}, node {id}", self.file),
            tags,
            shape: Shape::Points(vec![place]),
            hint: Hint::None,
            level: None,
            parent: None,
        };
        if let Err(failure) = (self.take)(feature) {
            self.failure = Some(failure);
        }
    }

    fn way(&mut self, way: &Element) {
        let kept = self.writer.way(way);
        if self.keep(kept) == Some(false) {
            let place = format!("{}, way {}", self.file, way.id);
            self.ledger.refuse("the element is too large", &place);
        }
    }

    fn relation(&mut self, relation: &Element) {
        let kept = self.writer.relation(relation);
        if self.keep(kept) == Some(false) {
            let place = format!("{}, relation {}", self.file, relation.id);
            self.ledger.refuse("the element is too large", &place);
        }
    }

    fn keep<T>(&mut self, kept: io::Result<T>) -> Option<T> {
        match kept {
            Ok(kept) => Some(kept),
            Err(reason) => {
                if self.failure.is_none() {
                    let path = self.scratch.to_path_buf();
                    self.failure = Some(ImportError::Unwritable { path, reason });
                }
                None
            }
        }
    }

    /// The failure that there was since this was asked last.
    fn checked(&mut self) -> Result<(), ImportError> {
        self.failure.take().map_or(Ok(()), Err)
    }
}

/// Makes features of what the extract holds.
struct Shaper<'a> {
    extract: &'a mut Extract,
    file: &'a str,
    ledger: &'a mut Ledger,
}

impl<'a> Shaper<'a> {
    fn new(extract: &'a mut Extract, file: &'a str, ledger: &'a mut Ledger) -> Self {
        Self {
            extract,
            file,
            ledger,
        }
    }

    fn take_way(&mut self, way: Element) -> io::Result<Option<SourceFeature>> {
        if way.tags.0.is_empty() {
            return Ok(None);
        }
        let place = format!("{}, way {}", self.file, way.id);
        let shape = self.way_shape(&way, &place)?;
        Ok(self.feature(format!("w{}", way.id), place, way.tags, shape))
    }

    fn feature(
        &mut self,
        id: String,
        place: String,
        tags: Tags,
        shape: Option<Shape>,
    ) -> Option<SourceFeature> {
        let Some(shape) = shape else {
            self.ledger.refuse(LOST_NODES, &place);
            return None;
        };
        Some(SourceFeature {
            id,
            place,
            tags,
            shape,
            hint: Hint::None,
            level: None,
            parent: None,
        })
    }

    fn way_shape(&mut self, way: &Element, place: &str) -> io::Result<Option<Shape>> {
        let nodes: Vec<i64> = way.members.iter().map(|(node, _)| *node).collect();
        if !is_area(&nodes, &way.tags) {
            let stretches = self.stretches(&nodes)?;
            let known: usize = stretches.iter().map(Vec::len).sum();
            if known < nodes.len() && !stretches.is_empty() {
                self.ledger
                    .note("a line is cut at the extract's edge", place);
            }
            return Ok((!stretches.is_empty()).then_some(Shape::Lines(stretches)));
        }
        let ring = self.known(&nodes)?;
        if ring.len() < nodes.len() {
            return Ok(self.cut_area(vec![ring], &way.tags, place));
        }
        Ok(Some(Shape::Areas(vec![Area {
            outer: ring,
            inner: Vec::new(),
        }])))
    }

    fn take_relation(&mut self, relation: Element) -> io::Result<Option<SourceFeature>> {
        if relation.tags.0.is_empty() {
            return Ok(None);
        }
        // Routes, boundaries, restrictions and the like: nothing to draw.
        if relation.tags.get("type") != Some("multipolygon") {
            self.ledger.pass_over();
            return Ok(None);
        }
        let place = format!("{}, relation {}", self.file, relation.id);
        // `type` is the relation's own word and says nothing of what it is.
        let mut tags = relation.tags.clone();
        tags.0.remove("type");
        if tags.0.is_empty() {
            self.ledger.pass_over();
            return Ok(None);
        }
        let shape = self.relation_shape(&relation, &place)?;
        Ok(self.feature(format!("r{}", relation.id), place, tags, shape))
    }

    /// The ways among a relation's members that bound holes, or those that do not.
    fn ways_of(&mut self, relation: &Element, wanted_inner: bool) -> io::Result<Vec<Vec<i64>>> {
        let mut ways = Vec::new();
        for (id, is_inner) in &relation.members {
            if *is_inner == wanted_inner
                && let Some(nodes) = self.extract.way(*id)?
            {
                ways.push(nodes);
            }
        }
        Ok(ways)
    }

    fn relation_shape(&mut self, relation: &Element, place: &str) -> io::Result<Option<Shape>> {
        let (outer_ways, inner_ways) = (
            self.ways_of(relation, false)?,
            self.ways_of(relation, true)?,
        );
        let slices =
            |ways: &[Vec<i64>]| assemble(&ways.iter().map(Vec::as_slice).collect::<Vec<&[i64]>>());
        let (outer, inner) = (slices(&outer_ways), slices(&inner_ways));
        let mut is_cut = !outer.open.is_empty();
        let mut rings = Vec::new();
        for ids in &outer.rings {
            let ring = self.known(ids)?;
            is_cut |= ring.len() < ids.len();
            rings.push(ring);
        }
        let mut holes = Vec::new();
        for ids in &inner.rings {
            let ring = self.known(ids)?;
            if ring.len() >= 4 {
                holes.push(ring);
            }
        }
        if relation.tags.says("building") || relation.tags.says("building:part") {
            for ids in &outer.open {
                rings.push(self.known(ids)?);
            }
        }
        if is_cut {
            return Ok(self
                .cut_area(rings, &relation.tags, place)
                .map(|shape| match shape {
                    Shape::Areas(areas) => Shape::Areas(with_holes(areas, holes)),
                    other => other,
                }));
        }
        let areas: Vec<Area> = rings
            .into_iter()
            .filter(|ring| ring.len() >= 3)
            .map(|outer| Area {
                outer,
                inner: Vec::new(),
            })
            .collect();
        Ok((!areas.is_empty()).then(|| Shape::Areas(with_holes(areas, holes))))
    }

    /// What is left of an area that the extract's edge cuts: its rings closed across the gap, or a point.
    fn cut_area(&mut self, rings: Vec<Vec<LonLat>>, tags: &Tags, place: &str) -> Option<Shape> {
        let a_node_left = rings.iter().flatten().next().copied();
        let areas: Vec<Area> = rings
            .into_iter()
            .filter(|ring| rough_area_m2(ring) >= SMALLEST_REMAINDER_M2)
            .map(|mut outer| {
                outer.extend(outer.first().copied());
                Area {
                    outer,
                    inner: Vec::new(),
                }
            })
            .collect();
        if !areas.is_empty() {
            self.ledger.repair(
                "an area is cut at the extract's edge; closed across the gap",
                place,
            );
            return Some(Shape::Areas(areas));
        }
        let is_building = tags.says("building") || tags.says("building:part");
        let point = a_node_left.filter(|_| is_building)?;
        self.ledger.repair(
            "a building is cut at the extract's edge; no outline is left, its record is kept",
            place,
        );
        Some(Shape::Points(vec![point]))
    }

    fn known(&mut self, ids: &[i64]) -> io::Result<Vec<LonLat>> {
        let mut places = Vec::with_capacity(ids.len());
        for id in ids {
            places.extend(self.extract.place_of(*id)?);
        }
        Ok(places)
    }

    /// The stretches of a line between nodes that are not in the extract.
    fn stretches(&mut self, ids: &[i64]) -> io::Result<Vec<Vec<LonLat>>> {
        let mut stretches: Vec<Vec<LonLat>> = vec![Vec::new()];
        for id in ids {
            match (self.extract.place_of(*id)?, stretches.last_mut()) {
                (Some(place), Some(last)) => last.push(place),
                _ => stretches.push(Vec::new()),
            }
        }
        stretches.retain(|stretch| stretch.len() >= 2);
        Ok(stretches)
    }
}

/// Whether a way bounds an area: closed, and tagged as one.
fn is_area(nodes: &[i64], tags: &Tags) -> bool {
    let is_closed = nodes.len() >= 4 && nodes.first() == nodes.last();
    if !is_closed || tags.get("area") == Some("no") {
        return false;
    }
    if tags.says("building") || tags.says("building:part") || tags.get("area") == Some("yes") {
        return true;
    }
    let is_line = tags.get("highway").is_some()
        || tags.get("barrier").is_some() && tags.get("landuse").is_none()
        || tags.is_one_of("natural", &["coastline", "tree_row", "cliff", "ridge"])
        || tags
            .get("railway")
            .is_some_and(|value| !matches!(value, "station" | "platform" | "halt"));
    let is_tagged_area = AREA_KEYS.iter().any(|key| tags.get(key).is_some())
        || tags.is_one_of("waterway", &["riverbank", "dock"])
        || tags.get("man_made").is_some();
    !is_line && is_tagged_area
}

/// About how much a ring of longitudes and latitudes holds.
fn rough_area_m2(ring: &[LonLat]) -> f64 {
    const DEGREE_M: f64 = 111_320.0;
    let parallel = ring.first().map_or(1.0, |at| at[1].to_radians().cos());
    signed_area(ring).abs() * DEGREE_M * DEGREE_M * parallel
}

/// Gives each hole to the area that it lies in.
fn with_holes(mut areas: Vec<Area>, holes: Vec<Vec<LonLat>>) -> Vec<Area> {
    for hole in holes {
        let Some(&corner) = hole.first() else {
            continue;
        };
        let mut owner = areas
            .iter()
            .position(|area| ring_contains(&area.outer, corner));
        // A hole may touch the ring in its first corner: ask for another one.
        if owner.is_none() {
            let middle = hole.get(hole.len() / 2).copied().unwrap_or(corner);
            owner = areas
                .iter()
                .position(|area| ring_contains(&area.outer, middle));
        }
        if let Some(area) = owner.and_then(|index| areas.get_mut(index)) {
            area.inner.push(hole);
        }
    }
    areas
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write as _;

    fn way(nodes: &[i64], pairs: &[(&str, &str)]) -> Element {
        Element {
            id: 1,
            tags: Tags::of(pairs),
            members: nodes.iter().map(|node| (*node, false)).collect(),
        }
    }

    /// Checks the shape of a way on a square of nodes 1 to 4, 100 m wide, with other nodes unknown.
    #[track_caller]
    fn check_way(test: &str, way: &Element, check: impl Fn(Option<Shape>)) {
        let folder = std::env::temp_dir().join(format!("cim_osm_{}_{test}", std::process::id()));
        let mut writer = ExtractWriter::create(&folder).expect("a new extract");
        for (id, lon, lat) in [
            (1, 0, 0),
            (2, 10_000, 0),
            (3, 10_000, 10_000),
            (4, 0, 10_000),
        ] {
            writer
                .node(id, 1_215_000_000 + lon, 312_400_000 + lat)
                .expect("taken");
        }
        let mut extract = writer.finish().expect("an extract");
        let mut ledger = Ledger::default();
        let mut shaper = Shaper::new(&mut extract, "x", &mut ledger);
        check(shaper.way_shape(way, "x, way 1").expect("read"));
        drop(extract);
        std::fs::remove_dir_all(folder).ok();
    }

    #[test]
    fn a_roundabout_is_a_line_and_a_house_an_area() {
        let check = |nodes: &[i64], pairs: &[(&str, &str)]| is_area(nodes, &Tags::of(pairs));
        assert!(!check(&[1, 2, 3, 1], &[("highway", "primary")]));
        assert!(check(&[1, 2, 3, 1], &[("building", "yes")]));
        assert!(!check(&[1, 2, 3, 4], &[("building", "yes")]));
        assert!(check(
            &[1, 2, 3, 1],
            &[("landuse", "grass"), ("barrier", "fence")]
        ));
    }

    #[test]
    fn a_line_keeps_the_stretches_that_are_there() {
        check_way(
            "line",
            &way(&[1, 2, 9, 3, 4], &[("highway", "primary")]),
            |shape| match shape {
                Some(Shape::Lines(lines)) => {
                    assert_eq!(lines.iter().map(Vec::len).collect::<Vec<_>>(), vec![2, 2]);
                }
                other => panic!("{other:?}"),
            },
        );
    }

    #[test]
    fn a_house_at_the_edge_is_closed_across_the_gap_or_keeps_its_record() {
        let house = [("building", "yes")];
        check_way("gap", &way(&[1, 2, 3, 9, 1], &house), |shape| {
            assert!(matches!(shape, Some(Shape::Areas(_))), "{shape:?}");
        });
        check_way("record", &way(&[1, 8, 9, 7, 1], &house), |shape| {
            assert!(matches!(shape, Some(Shape::Points(_))), "{shape:?}");
        });
        check_way(
            "grass",
            &way(&[1, 8, 9, 7, 1], &[("landuse", "grass")]),
            |shape| {
                assert_eq!(shape, None);
            },
        );
    }

    #[test]
    fn xml_is_read_like_pbf() {
        let folder = std::env::temp_dir().join(format!("cim_osm_xml_{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a test folder can be made");
        let path = folder.join("town.osm");
        let mut nodes = String::new();
        for (id, lon, lat) in [
            (1, 0.0, 0.0),
            (2, 0.001, 0.0),
            (3, 0.001, 0.001),
            (4, 0.0, 0.001),
        ] {
            let (lon, lat) = (121.5 + lon, 31.24 + lat);
            write!(nodes, "<node id='{id}' lon='{lon}' lat='{lat}'/>").expect("a string grows");
        }
        let text = format!(
            "<?xml version='1.0' encoding='UTF-8'?><osm version='0.6'>{nodes}\
             <node id='5' lon='121.5' lat='31.24'><tag k='amenity' v='caf&#233; &amp; bar'/></node>\
             <node id='6' lon='999' lat='31.24'/>\
             <way id='10'><nd ref='1'/><nd ref='2'/><nd ref='3'/><nd ref='4'/><nd ref='1'/></way>\
             <way id='11'><nd ref='1'/><nd ref='2'/><tag k='highway' v='primary'/><tag k='source' v='x'/></way>\
             <relation id='20'><member type='way' ref='10' role='outer'/>\
             <tag k='type' v='multipolygon'/><tag k='building' v='yes'/></relation>\
             <relation id='21'><tag k='type' v='route'/></relation></osm>"
        );
        std::fs::write(&path, text).expect("written");
        let request = ImportRequest::new(Vec::new(), folder.join("out"));
        let mut osm = Osm::open(&path, Encoding::Xml, &request).expect("a reader");
        let (mut features, mut ledger) = (Vec::new(), Ledger::default());
        osm.read(&mut ledger, &mut |feature| {
            features.push(feature);
            Ok(())
        })
        .expect("an extract");
        let ids: Vec<&str> = features.iter().map(|feature| feature.id.as_str()).collect();
        assert_eq!(ids, ["n5", "w11", "r20"]);
        assert_eq!(features[0].tags.get("amenity"), Some("café & bar"));
        assert_eq!(features[1].tags.0.len(), 1);
        assert!(matches!(&features[2].shape, Shape::Areas(areas) if areas.len() == 1));
        // The node off the Earth, and the route.
        assert_eq!((ledger.dropped().len(), ledger.counts.other), (1, 1));
        std::fs::remove_dir_all(folder).ok();
    }
}
