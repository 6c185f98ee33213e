//! OpenStreetMap extracts in the PBF format.
//!
//! One pass keeps every node's place (16 bytes each), every way and the multipolygon relations; shapes are made after it.
//! An extract is cut at its edge: a line keeps the stretches whose nodes are there, a building is closed across the gap,
//! and a building with no outline left keeps its record at a node that is there. A block that cannot be read is counted
//! and the next one is tried.

use crate::feature::{Area, Hint, LonLat, RawFeature, Shape, Tags};
use crate::ledger::Ledger;
use crate::osm_rings::assemble;
use crate::outline::{ring_contains, signed_area};
use crate::request::ImportError;
use crate::words::AREA_KEYS;
use osmpbf::{BlobDecode, BlobReader, Element, PrimitiveBlock, RelMemberType};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// Reads an extract's features into `features`.
pub(crate) fn read(
    path: &Path,
    ledger: &mut Ledger,
    features: &mut Vec<RawFeature>,
) -> Result<(), ImportError> {
    let file = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let mut extract = Extract::default();
    read_blocks(path, &file, ledger, &mut extract)?;
    extract.nodes.sort_unstable_by_key(|node| node.id);

    let mut shaper = Shaper {
        extract: &extract,
        file: &file,
        ledger,
        features,
    };
    for node in &extract.tagged_nodes {
        shaper.take_node(node);
    }
    for (id, way) in &extract.ways {
        shaper.take_way(*id, way);
    }
    for relation in &extract.relations {
        shaper.take_relation(relation);
    }
    Ok(())
}

/// A place in tenths of a microdegree, the precision of OpenStreetMap's database.
#[derive(Clone, Copy, Debug)]
struct Node {
    id: i64,
    lon: i32,
    lat: i32,
}

#[derive(Debug)]
struct TaggedNode {
    id: i64,
    at: LonLat,
    tags: Tags,
}

#[derive(Debug)]
struct Way {
    refs: Vec<i64>,
    tags: Tags,
}

#[derive(Debug)]
struct Relation {
    id: i64,
    tags: Tags,
    /// Member ways, true for those that bound a hole.
    members: Vec<(i64, bool)>,
}

#[derive(Debug, Default)]
struct Extract {
    nodes: Vec<Node>,
    tagged_nodes: Vec<TaggedNode>,
    ways: BTreeMap<i64, Way>,
    relations: Vec<Relation>,
}

fn read_blocks(
    path: &Path,
    file: &str,
    ledger: &mut Ledger,
    extract: &mut Extract,
) -> Result<(), ImportError> {
    let broken = |place: String, reason: String| ImportError::BrokenSource {
        path: path.to_path_buf(),
        place,
        reason,
    };
    let reader = BlobReader::from_path(path)
        .map_err(|err| broken("its start".to_owned(), err.to_string()))?;
    let mut good_blocks = 0_u64;
    for (index, blob) in reader.enumerate() {
        let place = format!("{file}, block {index}");
        let blob = match blob {
            Ok(blob) => blob,
            // The frame around the block is broken: there is no telling where the next one starts.
            Err(err) if good_blocks == 0 => {
                return Err(broken(format!("block {index}"), err.to_string()));
            }
            Err(_) => {
                ledger.drop("the rest of the extract cannot be read", &place);
                return Ok(());
            }
        };
        match blob.decode() {
            Ok(BlobDecode::OsmData(block)) => {
                // The decoder adds up the file's differences unchecked; a damaged block may overflow them.
                if catch_unwind(AssertUnwindSafe(|| take_block(&block, extract))).is_err() {
                    ledger.drop("a block of the extract cannot be read", &place);
                }
                good_blocks += 1;
            }
            Ok(BlobDecode::OsmHeader(_) | BlobDecode::Unknown(_)) => {}
            Err(_) => ledger.drop("a block of the extract cannot be read", &place),
        }
    }
    if good_blocks == 0 {
        return Err(broken(
            "its end".to_owned(),
            "no block of it can be read".to_owned(),
        ));
    }
    Ok(())
}

fn take_block(block: &PrimitiveBlock, extract: &mut Extract) {
    block.for_each_element(|element| match element {
        Element::Node(node) => {
            extract.nodes.push(Node {
                id: node.id(),
                lon: node.decimicro_lon(),
                lat: node.decimicro_lat(),
            });
            keep_tagged(
                extract,
                node.id(),
                [node.lon(), node.lat()],
                tags_of(node.tags()),
            );
        }
        Element::DenseNode(node) => {
            extract.nodes.push(Node {
                id: node.id(),
                lon: node.decimicro_lon(),
                lat: node.decimicro_lat(),
            });
            keep_tagged(
                extract,
                node.id(),
                [node.lon(), node.lat()],
                tags_of(node.tags()),
            );
        }
        Element::Way(way) => {
            extract.ways.insert(
                way.id(),
                Way {
                    refs: way.refs().collect(),
                    tags: tags_of(way.tags()),
                },
            );
        }
        Element::Relation(relation) => {
            let members = relation
                .members()
                .filter(|member| member.member_type == RelMemberType::Way)
                .map(|member| {
                    (
                        member.member_id,
                        member.role().is_ok_and(|role| role == "inner"),
                    )
                })
                .collect();
            extract.relations.push(Relation {
                id: relation.id(),
                tags: tags_of(relation.tags()),
                members,
            });
        }
    });
}

fn keep_tagged(extract: &mut Extract, id: i64, at: LonLat, tags: Tags) {
    if !tags.0.is_empty() {
        extract.tagged_nodes.push(TaggedNode { id, at, tags });
    }
}

/// Tags, less those that only say how a feature came into the database.
fn tags_of<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Tags {
    Tags(
        pairs
            .filter(|(key, _)| !matches!(*key, "created_by" | "source" | "attribution"))
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect(),
    )
}

/// Makes features of what the extract holds.
struct Shaper<'a> {
    extract: &'a Extract,
    file: &'a str,
    ledger: &'a mut Ledger,
    features: &'a mut Vec<RawFeature>,
}

impl Shaper<'_> {
    fn take_node(&mut self, node: &TaggedNode) {
        let place = format!("{}, node {}", self.file, node.id);
        self.ledger.counts.features += 1;
        self.push(
            format!("n{}", node.id),
            place,
            node.tags.clone(),
            Shape::Points(vec![node.at]),
        );
    }

    fn take_way(&mut self, id: i64, way: &Way) {
        if way.tags.0.is_empty() {
            return;
        }
        self.ledger.counts.features += 1;
        let place = format!("{}, way {id}", self.file);
        match self.way_shape(way, &place) {
            Some(shape) => self.push(format!("w{id}"), place, way.tags.clone(), shape),
            None => self.ledger.drop(LOST_NODES, &place),
        }
    }

    fn way_shape(&mut self, way: &Way, place: &str) -> Option<Shape> {
        if !is_area(way) {
            let stretches = self.stretches(&way.refs);
            let known: usize = stretches.iter().map(Vec::len).sum();
            if known < way.refs.len() && !stretches.is_empty() {
                self.ledger
                    .note("a line is cut at the extract's edge", place);
            }
            return (!stretches.is_empty()).then_some(Shape::Lines(stretches));
        }
        let ring = self.known(&way.refs);
        if ring.len() < way.refs.len() {
            return self.cut_area(vec![ring], &way.tags, place);
        }
        Some(Shape::Areas(vec![Area {
            outer: ring,
            inner: Vec::new(),
        }]))
    }

    fn take_relation(&mut self, relation: &Relation) {
        if relation.tags.0.is_empty() {
            return;
        }
        self.ledger.counts.features += 1;
        let is_multipolygon = relation
            .tags
            .is_one_of("type", &["multipolygon", "boundary"]);
        // Routes, restrictions and the like: nothing to draw.
        if !is_multipolygon || relation.tags.get("type") == Some("boundary") {
            self.ledger.counts.other += 1;
            return;
        }
        let place = format!("{}, relation {}", self.file, relation.id);
        // `type` is the relation's own word and says nothing of what it is.
        let mut tags = relation.tags.clone();
        tags.0.remove("type");
        if tags.0.is_empty() {
            self.ledger.counts.other += 1;
            return;
        }
        match self.relation_shape(relation, &place) {
            Some(shape) => self.push(format!("r{}", relation.id), place, tags, shape),
            None => self.ledger.drop(LOST_NODES, &place),
        }
    }

    fn relation_shape(&mut self, relation: &Relation, place: &str) -> Option<Shape> {
        let ways_of = |wanted_inner: bool| -> Vec<&[i64]> {
            relation
                .members
                .iter()
                .filter(|(_, is_inner)| *is_inner == wanted_inner)
                .filter_map(|(id, _)| self.extract.ways.get(id).map(|way| way.refs.as_slice()))
                .collect()
        };
        let outer = assemble(&ways_of(false));
        let inner = assemble(&ways_of(true));
        let mut is_cut = !outer.open.is_empty();
        let mut rings = Vec::new();
        for ids in &outer.rings {
            let ring = self.known(ids);
            is_cut |= ring.len() < ids.len();
            rings.push(ring);
        }
        let holes: Vec<Vec<LonLat>> = inner
            .rings
            .iter()
            .map(|ids| self.known(ids))
            .filter(|ring| ring.len() >= 4)
            .collect();
        let is_building = relation.tags.says("building") || relation.tags.says("building:part");
        if is_building {
            rings.extend(outer.open.iter().map(|ids| self.known(ids)));
        }
        if is_cut {
            let shape = self.cut_area(rings, &relation.tags, place)?;
            return Some(match shape {
                Shape::Areas(areas) => Shape::Areas(with_holes(areas, holes)),
                other => other,
            });
        }
        let areas: Vec<Area> = rings
            .into_iter()
            .filter(|ring| ring.len() >= 3)
            .map(|outer| Area {
                outer,
                inner: Vec::new(),
            })
            .collect();
        (!areas.is_empty()).then(|| Shape::Areas(with_holes(areas, holes)))
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

    fn push(&mut self, id: String, place: String, tags: Tags, shape: Shape) {
        self.features.push(RawFeature {
            id,
            place,
            tags,
            shape,
            hint: Hint::None,
        });
    }

    fn place_of(&self, id: i64) -> Option<LonLat> {
        let at = self
            .extract
            .nodes
            .binary_search_by_key(&id, |node| node.id)
            .ok()?;
        self.extract
            .nodes
            .get(at)
            .map(|node| [f64::from(node.lon) / 1e7, f64::from(node.lat) / 1e7])
    }

    fn known(&self, ids: &[i64]) -> Vec<LonLat> {
        ids.iter().filter_map(|id| self.place_of(*id)).collect()
    }

    /// The stretches of a line between nodes that are not in the extract.
    fn stretches(&self, ids: &[i64]) -> Vec<Vec<LonLat>> {
        let mut stretches: Vec<Vec<LonLat>> = vec![Vec::new()];
        for id in ids {
            match (self.place_of(*id), stretches.last_mut()) {
                (Some(place), Some(last)) => last.push(place),
                _ => stretches.push(Vec::new()),
            }
        }
        stretches.retain(|stretch| stretch.len() >= 2);
        stretches
    }
}

/// What an extract's edge leaves of an area below this is a sliver and no outline, square metres.
const SMALLEST_REMAINDER_M2: f64 = 1.0;

/// Why a way or relation cannot be shaped.
const LOST_NODES: &str =
    "its nodes or ways are missing from the extract, or its ring does not close";

/// Whether a way bounds an area: closed, and tagged as one.
fn is_area(way: &Way) -> bool {
    let is_closed = way.refs.len() >= 4 && way.refs.first() == way.refs.last();
    if !is_closed || way.tags.get("area") == Some("no") {
        return false;
    }
    if way.tags.says("building")
        || way.tags.says("building:part")
        || way.tags.get("area") == Some("yes")
    {
        return true;
    }
    let is_line = way.tags.get("highway").is_some()
        || way.tags.get("barrier").is_some() && way.tags.get("landuse").is_none()
        || way
            .tags
            .is_one_of("natural", &["coastline", "tree_row", "cliff", "ridge"])
        || way
            .tags
            .get("railway")
            .is_some_and(|value| !matches!(value, "station" | "platform" | "halt"));
    let is_tagged_area = AREA_KEYS.iter().any(|key| way.tags.get(key).is_some())
        || way.tags.is_one_of("waterway", &["riverbank", "dock"])
        || way.tags.get("man_made").is_some();
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

    fn way(refs: &[i64], pairs: &[(&str, &str)]) -> Way {
        Way {
            refs: refs.to_vec(),
            tags: Tags::of(pairs),
        }
    }

    /// A square of nodes 1 to 4, 100 m wide, with node 9 unknown.
    fn extract() -> Extract {
        let node = |id: i64, lon: i32, lat: i32| Node {
            id,
            lon: 1_215_000_000 + lon,
            lat: 312_400_000 + lat,
        };
        Extract {
            nodes: vec![
                node(1, 0, 0),
                node(2, 10_000, 0),
                node(3, 10_000, 10_000),
                node(4, 0, 10_000),
            ],
            ..Extract::default()
        }
    }

    #[track_caller]
    fn check_way(way: &Way, check: impl Fn(Option<Shape>)) {
        let extract = extract();
        let (mut ledger, mut features) = (Ledger::default(), Vec::new());
        let mut shaper = Shaper {
            extract: &extract,
            file: "x",
            ledger: &mut ledger,
            features: &mut features,
        };
        check(shaper.way_shape(way, "x, way 1"));
    }

    #[test]
    fn a_roundabout_is_a_line_and_a_house_an_area() {
        assert!(!is_area(&way(&[1, 2, 3, 1], &[("highway", "primary")])));
        assert!(is_area(&way(&[1, 2, 3, 1], &[("building", "yes")])));
        assert!(!is_area(&way(&[1, 2, 3, 4], &[("building", "yes")])));
        assert!(is_area(&way(
            &[1, 2, 3, 1],
            &[("landuse", "grass"), ("barrier", "fence")]
        )));
    }

    #[test]
    fn a_line_keeps_the_stretches_that_are_there() {
        check_way(
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
        check_way(&way(&[1, 2, 3, 9, 1], &[("building", "yes")]), |shape| {
            assert!(matches!(shape, Some(Shape::Areas(_))), "{shape:?}");
        });
        check_way(&way(&[1, 8, 9, 7, 1], &[("building", "yes")]), |shape| {
            assert!(matches!(shape, Some(Shape::Points(_))), "{shape:?}");
        });
        check_way(&way(&[1, 8, 9, 7, 1], &[("landuse", "grass")]), |shape| {
            assert_eq!(shape, None);
        });
    }
}
