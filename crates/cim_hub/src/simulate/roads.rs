//! The road graph that simulated vehicles drive on: read from road lines (GeoJSON), or made from the places of road pieces.
//!
//! Places are in metres and rounded, costs are whole milliseconds: the same roads and seed give the same routes everywhere.

use super::places::Feature;
use super::plane::{Plane, distance};
use crate::error::SimulateError;
use serde_json::Value;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::path::Path;

/// Ends of lines that are nearer than this are one crossing, metres.
const SNAP_M: f64 = 0.5;
/// Pieces of roads without lines are joined when their middles are at most so far apart, metres.
const JOIN_M: f64 = 220.0;
/// With how many neighbours a piece is joined.
const JOINS: usize = 3;
/// The largest file of roads, in bytes.
const MAX_BYTES: u64 = 256 * 1024 * 1024;
/// Pieces of line that are used; a city has fewer.
const MAX_SEGMENTS: usize = 2_000_000;

/// A stretch of road in one direction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Edge {
    /// Where it begins.
    pub(crate) from: usize,
    /// Where it ends.
    pub(crate) to: usize,
    /// Its length, metres.
    pub(crate) length_m: f64,
    /// The speed limit, metres per second.
    pub(crate) limit: f64,
    /// A street for more than those who live there.
    pub(crate) is_main: bool,
}

/// Crossings and the stretches between them; every crossing can be reached from every other.
#[derive(Clone, Debug)]
pub(crate) struct RoadGraph {
    /// Where crossings and bends are, metres.
    pub(crate) nodes: Vec<[f64; 2]>,
    /// The stretches.
    pub(crate) edges: Vec<Edge>,
    /// The stretches that begin at each node.
    pub(crate) out: Vec<Vec<usize>>,
    /// The map that the metres belong to.
    pub(crate) plane: Plane,
}

/// Stretches before they are put together.
struct Builder {
    plane: Plane,
    keys: BTreeMap<(i64, i64), usize>,
    nodes: Vec<[f64; 2]>,
    edges: Vec<Edge>,
}

/// What a road's tags say.
#[derive(Clone, Copy)]
struct Kind {
    limit: f64,
    is_main: bool,
    /// 1: as drawn only, -1: against it only, 0: both ways.
    way: i8,
}

impl RoadGraph {
    /// Reads the lines of roads for cars from a GeoJSON file.
    pub(crate) fn read(path: &Path, plane: Plane) -> Result<Self, SimulateError> {
        let unusable = |reason: String| SimulateError::File {
            what: "file of roads",
            reason,
            path: path.to_path_buf(),
        };
        let size = std::fs::metadata(path)
            .map_err(|err| unusable(err.to_string()))?
            .len();
        if size > MAX_BYTES {
            return Err(unusable(format!(
                "{size} bytes are too many, at most {MAX_BYTES} are read"
            )));
        }
        let bytes = std::fs::read(path).map_err(|err| unusable(err.to_string()))?;
        let file: Value =
            serde_json::from_slice(&bytes).map_err(|err| unusable(err.to_string()))?;
        let features = file
            .get("features")
            .and_then(Value::as_array)
            .ok_or_else(|| unusable("it has no list \"features\"".to_owned()))?;
        let mut builder = Builder::new(plane);
        for feature in features {
            let said = feature.get("properties").unwrap_or(&Value::Null);
            let Some(kind) = kind_of(&|name| said.get(name).and_then(Value::as_str)) else {
                continue;
            };
            for line in lines_of(feature.get("geometry").unwrap_or(&Value::Null)) {
                builder.line(&line, kind);
            }
        }
        let graph = builder.finished();
        if graph.nodes.len() < 2 {
            return Err(unusable("there is no road for cars in it".to_owned()));
        }
        Ok(graph)
    }

    /// Makes roads of pieces of which only the middles are known: straight lines between neighbouring middles.
    pub(crate) fn from_pieces<'a>(
        pieces: impl Iterator<Item = &'a Feature>,
        plane: Plane,
    ) -> Option<Self> {
        let mut known: Vec<([f64; 2], Kind)> = pieces
            .filter_map(|piece| {
                let tag = |name: &str| match name {
                    "highway" | "kind_detail" => Some(piece.kind.as_str()),
                    // Between middles nobody knows which way a road is drawn.
                    "oneway" => None,
                    _ => piece.tags.get(name).and_then(Value::as_str),
                };
                Some((plane.metres(piece.lon, piece.lat), kind_of(&tag)?))
            })
            .collect();
        known.sort_by(|a, b| a.0[0].total_cmp(&b.0[0]).then(a.0[1].total_cmp(&b.0[1])));
        let mut builder = Builder::new(plane);
        for (index, (at, kind)) in known.iter().enumerate() {
            let low = known.partition_point(|(place, _)| place[0] < at[0] - JOIN_M);
            let high = known.partition_point(|(place, _)| place[0] <= at[0] + JOIN_M);
            let mut near: Vec<(f64, usize)> = (low..high)
                .filter(|other| *other != index)
                .filter_map(|other| Some((distance(*at, known.get(other)?.0), other)))
                .filter(|(apart, _)| *apart < JOIN_M)
                .collect();
            near.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            for (_, other) in near.into_iter().take(JOINS) {
                if let Some((place, _)) = known.get(other) {
                    builder.segment(*at, *place, *kind);
                }
            }
        }
        let graph = builder.finished();
        (graph.nodes.len() >= 2).then_some(graph)
    }

    /// The quickest way as stretches; `None` when the nodes are the same, or there is none.
    pub(crate) fn route(&self, from: usize, to: usize) -> Option<Vec<usize>> {
        let mut best: Vec<u64> = vec![u64::MAX; self.nodes.len()];
        let mut came: Vec<Option<usize>> = vec![None; self.nodes.len()];
        let mut open = BinaryHeap::new();
        *best.get_mut(from)? = 0;
        open.push(Reverse((0_u64, from)));
        while let Some(Reverse((cost, node))) = open.pop() {
            if node == to {
                break;
            }
            if best.get(node).is_none_or(|found| *found < cost) {
                continue;
            }
            for index in self.out.get(node)? {
                let edge = self.edges.get(*index)?;
                let cost = cost + (edge.length_m / edge.limit * 1000.0).round() as u64 + 1;
                let found = best.get_mut(edge.to)?;
                if cost < *found {
                    *found = cost;
                    *came.get_mut(edge.to)? = Some(*index);
                    open.push(Reverse((cost, edge.to)));
                }
            }
        }
        let mut route = Vec::new();
        let mut node = to;
        while node != from {
            let index = (*came.get(node)?)?;
            route.push(index);
            node = self.edges.get(index)?.from;
        }
        route.reverse();
        (!route.is_empty()).then_some(route)
    }

    /// How many stretches end at each node.
    pub(crate) fn arriving(&self) -> Vec<usize> {
        let mut arriving = vec![0; self.nodes.len()];
        for edge in &self.edges {
            if let Some(count) = arriving.get_mut(edge.to) {
                *count += 1;
            }
        }
        arriving
    }
}

impl Builder {
    fn new(plane: Plane) -> Self {
        Self {
            plane,
            keys: BTreeMap::new(),
            nodes: Vec::new(),
            edges: Vec::new(),
        }
    }

    fn node(&mut self, at: [f64; 2]) -> usize {
        let key = (
            (at[0] / SNAP_M).round() as i64,
            (at[1] / SNAP_M).round() as i64,
        );
        let next = self.nodes.len();
        let index = *self.keys.entry(key).or_insert(next);
        if index == next {
            self.nodes.push([
                (at[0] * 100.0).round() / 100.0,
                (at[1] * 100.0).round() / 100.0,
            ]);
        }
        index
    }

    fn line(&mut self, line: &[[f64; 2]], kind: Kind) {
        for (from, to) in line.iter().zip(line.iter().skip(1)) {
            let from = self.plane.metres(from[0], from[1]);
            let to = self.plane.metres(to[0], to[1]);
            self.segment(from, to, kind);
        }
    }

    fn segment(&mut self, from: [f64; 2], to: [f64; 2], kind: Kind) {
        if self.edges.len() >= MAX_SEGMENTS {
            return;
        }
        let (from, to) = (self.node(from), self.node(to));
        let (Some(a), Some(b)) = (self.nodes.get(from), self.nodes.get(to)) else {
            return;
        };
        let length_m = (distance(*a, *b) * 1000.0).round() / 1000.0;
        if from == to || length_m <= 0.0 {
            return;
        }
        let edge = |from: usize, to: usize| Edge {
            from,
            to,
            length_m,
            limit: kind.limit,
            is_main: kind.is_main,
        };
        if kind.way >= 0 {
            self.edges.push(edge(from, to));
        }
        if kind.way <= 0 {
            self.edges.push(edge(to, from));
        }
    }

    /// The largest part in which every node can be reached from every other.
    fn finished(mut self) -> RoadGraph {
        self.edges.sort_by_key(|edge| (edge.from, edge.to));
        self.edges.dedup_by_key(|edge| (edge.from, edge.to));
        let part = largest_part(self.nodes.len(), &self.edges);
        let mut renamed: Vec<Option<usize>> = vec![None; self.nodes.len()];
        let mut nodes = Vec::new();
        for index in part {
            if let (Some(place), Some(at)) = (renamed.get_mut(index), self.nodes.get(index)) {
                *place = Some(nodes.len());
                nodes.push(*at);
            }
        }
        let name = |index: usize| renamed.get(index).copied().flatten();
        let edges: Vec<Edge> = self
            .edges
            .iter()
            .filter_map(|edge| {
                Some(Edge {
                    from: name(edge.from)?,
                    to: name(edge.to)?,
                    ..*edge
                })
            })
            .collect();
        let out = leaving(nodes.len(), edges.iter().map(|edge| edge.from));
        RoadGraph {
            nodes,
            edges,
            out,
            plane: self.plane,
        }
    }
}

/// For every node the edges that have it at the end that is asked for.
fn leaving(nodes: usize, ends: impl Iterator<Item = usize>) -> Vec<Vec<usize>> {
    let mut out = vec![Vec::new(); nodes];
    for (index, end) in ends.enumerate() {
        if let Some(edges) = out.get_mut(end) {
            edges.push(index);
        }
    }
    out
}

/// The nodes of the largest strongly connected part, ascending (Kosaraju's algorithm, without recursion).
fn largest_part(nodes: usize, edges: &[Edge]) -> Vec<usize> {
    let out = leaving(nodes, edges.iter().map(|edge| edge.from));
    let back = leaving(nodes, edges.iter().map(|edge| edge.to));
    let mut left = Vec::with_capacity(nodes);
    let mut seen = vec![false; nodes];
    for start in 0..nodes {
        visit(start, &mut seen, &mut left, |node, n| {
            let edge = edges.get(*out.get(node)?.get(n)?)?;
            Some(edge.to)
        });
    }
    let mut largest = Vec::new();
    let mut seen = vec![false; nodes];
    for start in left.into_iter().rev() {
        let mut part = Vec::new();
        visit(start, &mut seen, &mut part, |node, n| {
            let edge = edges.get(*back.get(node)?.get(n)?)?;
            Some(edge.from)
        });
        if part.len() > largest.len() {
            largest = part;
        }
    }
    largest.sort_unstable();
    largest
}

/// Goes everywhere from `start` depth first, and notes nodes in the order in which it leaves them.
fn visit(
    start: usize,
    seen: &mut [bool],
    left: &mut Vec<usize>,
    neighbour: impl Fn(usize, usize) -> Option<usize>,
) {
    let mut enter = |node: usize| {
        seen.get_mut(node)
            .is_some_and(|seen| !std::mem::replace(seen, true))
    };
    if !enter(start) {
        return;
    }
    let mut path = vec![(start, 0)];
    while let Some((node, next)) = path.last_mut() {
        let found = neighbour(*node, *next);
        *next += 1;
        match found {
            Some(other) if enter(other) => path.push((other, 0)),
            Some(_) => {}
            None => {
                left.push(*node);
                path.pop();
            }
        }
    }
}

/// Limit and rank of a road that cars use; `None` for others.
fn kind_of<'a>(tag: &dyn Fn(&str) -> Option<&'a str>) -> Option<Kind> {
    let word = tag("kind_detail")
        .or_else(|| tag("highway"))
        .or_else(|| tag("kind"))?;
    let (km_h, is_main) = match word.trim_end_matches("_link") {
        "motorway" => (80.0, true),
        "trunk" => (70.0, true),
        "primary" | "major_road" => (60.0, true),
        "secondary" => (50.0, true),
        "tertiary" => (40.0, true),
        "unclassified" | "minor_road" | "road" => (40.0, false),
        "residential" => (30.0, false),
        "service" | "living_street" => (20.0, false),
        _ => return None,
    };
    let signed: Option<f64> = tag("maxspeed").and_then(|text| text.parse().ok());
    let km_h = signed
        .filter(|limit| (5.0..=120.0).contains(limit))
        .unwrap_or(km_h);
    let way = match tag("oneway") {
        Some("yes" | "true" | "1") => 1,
        Some("-1" | "reverse") => -1,
        _ => 0,
    };
    Some(Kind {
        limit: km_h / 3.6,
        is_main,
        way,
    })
}

/// The lines of a GeoJSON geometry (RFC 7946, sections 3.1.4 and 3.1.5), as longitudes and latitudes.
fn lines_of(geometry: &Value) -> Vec<Vec<[f64; 2]>> {
    let coordinates = geometry.get("coordinates").unwrap_or(&Value::Null);
    let place = |place: &Value| {
        let (lon, lat) = (place.get(0)?.as_f64()?, place.get(1)?.as_f64()?);
        (lon.abs() <= 180.0 && lat.abs() <= 90.0).then_some([lon, lat])
    };
    let line = |line: &Value| -> Vec<[f64; 2]> {
        line.as_array()
            .into_iter()
            .flatten()
            .filter_map(place)
            .collect()
    };
    match geometry.get("type").and_then(Value::as_str) {
        Some("LineString") => vec![line(coordinates)],
        Some("MultiLineString") => coordinates
            .as_array()
            .into_iter()
            .flatten()
            .map(line)
            .collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::path::PathBuf;

    /// A grid of streets, `side` crossings wide and 100 m apart.
    pub(crate) fn grid(side: usize) -> RoadGraph {
        let mut builder = Builder::new(Plane::around(121.5, 31.2));
        let kind = Kind {
            limit: 50.0 / 3.6,
            is_main: true,
            way: 0,
        };
        let at = |x: usize, y: usize| [x as f64 * 100.0, y as f64 * 100.0];
        for x in 0..side {
            for y in 0..side {
                if x + 1 < side {
                    builder.segment(at(x, y), at(x + 1, y), kind);
                }
                if y + 1 < side {
                    builder.segment(at(x, y), at(x, y + 1), kind);
                }
            }
        }
        builder.finished()
    }

    /// The roads of the real city, when its data is here.
    pub(crate) fn lujiazui() -> Option<RoadGraph> {
        let path = PathBuf::from("../../../shared/data/lujiazui/roads.geojson");
        if !path.exists() {
            println!("skipped: {} is not here", path.display());
            return None;
        }
        Some(RoadGraph::read(&path, Plane::around(121.5, 31.24)).expect("roads"))
    }

    #[test]
    fn the_shortest_way_through_a_grid_has_no_detour() {
        let graph = grid(6);
        assert_eq!(graph.nodes.len(), 36);
        let node = |x: f64, y: f64| {
            let found = graph
                .nodes
                .iter()
                .position(|at| distance(*at, [x, y]) < 0.1);
            found.expect("a crossing")
        };
        let route = graph
            .route(node(0.0, 0.0), node(500.0, 300.0))
            .expect("a way");
        assert_eq!(route.len(), 8);
        let pairs = route.iter().zip(route.iter().skip(1));
        assert!(pairs.clone().count() == 7);
        for (before, after) in pairs {
            assert_eq!(graph.edges[*before].to, graph.edges[*after].from);
        }
        assert_eq!(graph.route(3, 3), None);
    }

    #[test]
    fn one_way_streets_and_dead_ends_are_left_out_when_there_is_no_way_back() {
        let mut builder = Builder::new(Plane::around(0.0, 0.0));
        let kind = |way| Kind {
            limit: 10.0,
            is_main: false,
            way,
        };
        builder.segment([0.0, 0.0], [100.0, 0.0], kind(1));
        builder.segment([100.0, 0.0], [100.0, 100.0], kind(1));
        builder.segment([0.0, 0.0], [100.0, 100.0], kind(-1));
        builder.segment([100.0, 0.0], [200.0, 0.0], kind(1));
        let graph = builder.finished();
        assert_eq!((graph.nodes.len(), graph.edges.len()), (3, 3));
    }

    #[test]
    fn the_real_city_has_a_connected_road_graph() {
        let Some(graph) = lujiazui() else { return };
        assert!(graph.nodes.len() > 1500, "{}", graph.nodes.len());
        let far = graph.nodes.len() - 1;
        assert!(graph.route(0, far).is_some() && graph.route(far, 0).is_some());
    }

    #[test]
    fn pieces_without_lines_are_joined_with_their_neighbours() {
        let pieces: Vec<Feature> = (0..10)
            .map(|n| {
                let line = serde_json::json!({"id": format!("w{n}"), "class": "road", "kind": "primary",
                    "lon": 121.45 + 0.001 * f64::from(n), "lat": 31.23});
                serde_json::from_value(line).expect("a feature")
            })
            .collect();
        let graph = RoadGraph::from_pieces(pieces.iter(), Plane::around(121.45, 31.23));
        let graph = graph.expect("roads");
        assert_eq!(graph.nodes.len(), 10);
        assert!(graph.route(0, 9).is_some());
    }

    #[test]
    fn a_file_without_roads_is_named() {
        let path = std::env::temp_dir().join(format!("citymirror-roads-{}", std::process::id()));
        std::fs::write(&path, r#"{"features":[{"geometry":null}]}"#).expect("a file");
        let error = RoadGraph::read(&path, Plane::around(0.0, 0.0)).expect_err("no roads");
        let text = error.to_string();
        assert!(
            text.contains("no road for cars") && text.contains("citymirror-roads"),
            "{text}"
        );
        std::fs::remove_file(&path).expect("removed");
    }
}
