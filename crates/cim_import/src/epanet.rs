//! EPANET networks (`.inp`, EPANET 2.2 user manual, appendix C): pipes, junctions, tanks, reservoirs, pumps, valves.
//!
//! Everything becomes SI. Pipes lie [`PIPE_DEPTH_M`] below the ground of the twin, which is flat; the elevations that the
//! file states are kept as attributes and in `networks.json`. A file says nothing of its coordinates: without a CRS they are
//! taken for degrees where that makes pipes as long as they say, else for a drawing, which is scaled so that they are and
//! put at the origin asked for.

mod parse;

use crate::door::Door;
use crate::feature::{Hint, LonLat, ModelKind, PlacedModel, Shape, SourceFeature, Tags, Tube};
use crate::ledger::Ledger;
use crate::networks::{
    LinkKind, LinkStatus, Network, NetworkKind, NetworkLink, NetworkNode, NodeKind,
};
use crate::reader::{HeightsFrom, SourceNotes, SourceReader};
use crate::request::{ImportError, ImportRequest, SourceCrs};
use crate::shape::{PIPE_DEPTH_M, PIPE_DIAMETER_M};
use cim_geo::{Crs, Geodetic};
use parse::{Inp, Link, Node, parse};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};

/// A file larger than this is refused; a network of a million pipes takes a fifth of it.
const MAX_BYTES: u64 = 256 << 20;
/// Where a drawing without a CRS is put when nobody says where: the reference point of the model district.
const DEFAULT_ORIGIN: LonLat = [117.2, 34.26];
/// Degrees are believed when pipes come out no more than this many times too long or too short.
const BELIEVED: std::ops::RangeInclusive<f64> = 0.33..=3.0;
/// A tank's model is so wide, metres.
const TANK_MODEL_M: f64 = 10.0;

/// Reads one network.
#[derive(Debug)]
pub(crate) struct Epanet {
    path: PathBuf,
    crs: Option<SourceCrs>,
    origin: Option<LonLat>,
}

impl Epanet {
    pub(crate) fn open(path: &Path, request: &ImportRequest) -> Self {
        Self {
            path: path.to_path_buf(),
            crs: request.crs,
            origin: request.origin,
        }
    }

    fn text(&self) -> Result<String, ImportError> {
        let unreadable = |reason| ImportError::UnreadableSource {
            path: self.path.clone(),
            reason,
        };
        let file = std::fs::File::open(&self.path).map_err(unreadable)?;
        let mut bytes = Vec::new();
        file.take(MAX_BYTES + 1)
            .read_to_end(&mut bytes)
            .map_err(unreadable)?;
        if bytes.len() as u64 > MAX_BYTES {
            return Err(ImportError::BrokenSource {
                path: self.path.clone(),
                place: format!("byte {MAX_BYTES}"),
                reason: "a network of more than 256 MiB".to_owned(),
            });
        }
        // Chinese programs write names in GB18030.
        Ok(match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => encoding_rs::GB18030.decode(error.as_bytes()).0.into_owned(),
        })
    }

    /// The way from the file's coordinates.
    fn door(&self, inp: &Inp) -> Result<Door, ImportError> {
        if let Some(crs) = self.crs {
            return Door::of(crs).map_err(|reason| ImportError::BadCrs {
                path: self.path.clone(),
                reason,
            });
        }
        let degrees = self
            .origin
            .is_none()
            .then(|| Door::of(SourceCrs::Epsg(Crs::WGS84)).ok())
            .flatten()
            .filter(|door| BELIEVED.contains(&stretch_in_degrees(inp, door).unwrap_or(0.0)));
        Ok(degrees.unwrap_or_else(|| {
            let [lon, lat] = self.origin.unwrap_or(DEFAULT_ORIGIN);
            Door::local(
                Geodetic::new(lon, lat, 0.0),
                unit_of_drawing(inp),
                middle_of(inp),
            )
        }))
    }
}

/// How many times as long as they say pipes are when coordinates are degrees; the median.
fn stretch_in_degrees(inp: &Inp, door: &Door) -> Option<f64> {
    const DEGREE_M: f64 = 111_320.0;
    let on_earth = |at: [f64; 2]| door.place(at[0], at[1], 0.0).ok();
    median(inp.links.iter().filter_map(|link| {
        let places: Option<Vec<[f64; 3]>> = line_of(inp, link)?.into_iter().map(on_earth).collect();
        let drawn: f64 = places?
            .windows(2)
            .map(|pair| {
                let east = (pair[1][0] - pair[0][0]) * pair[0][1].to_radians().cos();
                east.hypot(pair[1][1] - pair[0][1]) * DEGREE_M
            })
            .sum();
        (link.length_m > 0.0).then(|| drawn / link.length_m)
    }))
}

/// Metres in a unit of the drawing that make pipes as long as they say; the median.
fn unit_of_drawing(inp: &Inp) -> f64 {
    let units = inp.links.iter().filter_map(|link| {
        let drawn: f64 = line_of(inp, link)?
            .windows(2)
            .map(|pair| (pair[1][0] - pair[0][0]).hypot(pair[1][1] - pair[0][1]))
            .sum();
        (drawn > 0.0 && link.length_m > 0.0).then(|| link.length_m / drawn)
    });
    median(units).unwrap_or(1.0)
}

fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.filter(|value| value.is_finite()).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

/// The middle of the rectangle around all nodes, in the file's coordinates.
fn middle_of(inp: &Inp) -> [f64; 2] {
    let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
    for at in inp.nodes.values().filter_map(|node| node.at) {
        low = [low[0].min(at[0]), low[1].min(at[1])];
        high = [high[0].max(at[0]), high[1].max(at[1])];
    }
    if low[0] > high[0] {
        return [0.0, 0.0];
    }
    [
        f64::midpoint(low[0], high[0]),
        f64::midpoint(low[1], high[1]),
    ]
}

/// A link's line in the file's coordinates; `None` when one of its ends is nowhere.
fn line_of(inp: &Inp, link: &Link) -> Option<Vec<[f64; 2]>> {
    let mut line = vec![inp.nodes.get(&link.from)?.at?];
    line.extend_from_slice(&link.vertices);
    line.push(inp.nodes.get(&link.to)?.at?);
    Some(line)
}

impl SourceReader for Epanet {
    fn read(
        &mut self,
        ledger: &mut Ledger,
        take: &mut dyn FnMut(SourceFeature) -> Result<(), ImportError>,
    ) -> Result<SourceNotes, ImportError> {
        let text = self.text()?;
        let file = self
            .path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let inp = parse(&text);
        drop(text);
        if inp.nodes.is_empty() {
            return Err(ImportError::BrokenSource {
                path: self.path.clone(),
                place: "its end".to_owned(),
                reason: "there is no [JUNCTIONS], [RESERVOIRS] or [TANKS] section with nodes in it"
                    .to_owned(),
            });
        }
        for problem in &inp.problems {
            ledger.note(
                problem.reason,
                &format!("{file}, line {}: {}", problem.line, problem.what),
            );
        }
        let door = self.door(&inp)?;
        if door.name() == "local" {
            ledger.note(
                "the network is in no known CRS; its drawing is scaled to its pipes' lengths and put at an origin",
                &file,
            );
        }
        let link_ids: BTreeSet<&str> = inp.links.iter().map(|link| link.id.as_str()).collect();
        let mut builder = Builder {
            file: &file,
            door: &door,
            places: BTreeMap::new(),
            link_ids,
            ledger,
            take,
            network: Network {
                id: file.trim_end_matches(".inp").to_owned(),
                name: inp.title.clone(),
                kind: NetworkKind::Water,
                source: file.clone(),
                ..Network::default()
            },
        };
        for (id, node) in &inp.nodes {
            builder.take_node(id, node)?;
        }
        for link in &inp.links {
            builder.take_link(&inp, link)?;
        }
        let network = builder.network;
        Ok(SourceNotes {
            crs: door.name().to_owned(),
            was_gcj02: door.was_gcj02(),
            heights: HeightsFrom::Ground,
            networks: vec![network],
            ..SourceNotes::default()
        })
    }
}

/// Makes features and the graph of what was parsed.
struct Builder<'a> {
    file: &'a str,
    door: &'a Door,
    /// Where nodes are.
    places: BTreeMap<String, LonLat>,
    /// Nodes and links have ids of their own: a node that is called like a link is told apart.
    link_ids: BTreeSet<&'a str>,
    ledger: &'a mut Ledger,
    take: &'a mut dyn FnMut(SourceFeature) -> Result<(), ImportError>,
    network: Network,
}

impl Builder<'_> {
    fn take_node(&mut self, id: &str, node: &Node) -> Result<(), ImportError> {
        let place = format!("{}, line {} (node {id})", self.file, node.line);
        let at = match node.at.map(|at| self.door.place(at[0], at[1], 0.0)) {
            Some(Ok([lon, lat, _])) => [lon, lat],
            Some(Err(reason)) => {
                self.ledger.refuse(reason, &place);
                return Ok(());
            }
            None => {
                self.ledger
                    .refuse("a node has no line in [COORDINATES]", &place);
                return Ok(());
            }
        };
        let feature = if self.link_ids.contains(id) {
            format!("node:{id}")
        } else {
            id.to_owned()
        };
        self.places.insert(id.to_owned(), at);
        self.network.nodes.push(NetworkNode {
            id: id.to_owned(),
            kind: node.kind,
            lon: at[0],
            lat: at[1],
            elevation_m: node.elevation_m,
            depth_m: Some(PIPE_DEPTH_M),
            demand_m3_s: node.demand_m3_s,
            feature: feature.clone(),
        });
        let mut tags = Tags::of(&[("network", NetworkKind::Water.as_str())]);
        set_number(&mut tags, "elevation_m", node.elevation_m);
        set_number(&mut tags, "demand_m3_s", node.demand_m3_s);
        set_number(&mut tags, "diameter_m", node.diameter_m);
        let (kind, shape) = match node.kind {
            NodeKind::Tank | NodeKind::Reservoir => {
                let is_tank = node.kind == NodeKind::Tank;
                let width = node.diameter_m.filter(|width| *width > 0.0);
                let scale = width.map_or(1.5, |width| width / TANK_MODEL_M);
                tags.set("class", "pipe");
                (
                    if is_tank { "tank" } else { "reservoir" },
                    placed(at, ModelKind::Tank, scale.clamp(0.2, 8.0)),
                )
            }
            _ => ("junction", Shape::Points(vec![at])),
        };
        tags.set("kind", kind);
        (self.take)(SourceFeature {
            id: feature,
            place,
            tags,
            shape,
            hint: Hint::None,
            level: None,
            parent: None,
        })
    }

    fn take_link(&mut self, inp: &Inp, link: &Link) -> Result<(), ImportError> {
        let place = format!("{}, line {} (link {})", self.file, link.line, link.id);
        let Some(line) = self.line_on_earth(inp, link) else {
            self.ledger
                .refuse("a link's end is no node that has a place", &place);
            return Ok(());
        };
        let vertices: Vec<LonLat> = line
            .get(1..line.len().saturating_sub(1))
            .unwrap_or_default()
            .to_vec();
        let material = material_of(link, inp.is_hazen_williams);
        self.network.links.push(NetworkLink {
            id: link.id.clone(),
            kind: link.kind,
            from: link.from.clone(),
            to: link.to.clone(),
            vertices,
            length_m: link.length_m,
            diameter_m: link.diameter_m,
            roughness: link.roughness,
            material: material.unwrap_or_default().to_owned(),
            is_material_assumed: material.is_some(),
            year: None,
            status: link.status,
        });
        let tags = tags_of(link, material);
        let middle = middle_of_line(&line);
        let shape = match link.kind {
            LinkKind::Pipe => Shape::Tubes(vec![Tube {
                line: line
                    .iter()
                    .map(|at| [at[0], at[1], -PIPE_DEPTH_M])
                    .collect(),
                diameter_m: if link.diameter_m > 0.0 {
                    link.diameter_m
                } else {
                    PIPE_DIAMETER_M
                },
            }]),
            LinkKind::Pump => placed(middle, ModelKind::Pump, 1.0),
            LinkKind::Valve => placed(middle, ModelKind::Valve, 1.0),
        };
        (self.take)(SourceFeature {
            id: link.id.clone(),
            place,
            tags,
            shape,
            hint: Hint::Pipes,
            level: None,
            parent: None,
        })
    }

    fn line_on_earth(&self, inp: &Inp, link: &Link) -> Option<Vec<LonLat>> {
        let (from, to) = (self.places.get(&link.from)?, self.places.get(&link.to)?);
        let drawn = line_of(inp, link)?;
        let inner = drawn.get(1..drawn.len().saturating_sub(1))?;
        let mut line = vec![*from];
        for at in inner {
            let [lon, lat, _] = self.door.place(at[0], at[1], 0.0).ok()?;
            line.push([lon, lat]);
        }
        line.push(*to);
        Some(line)
    }
}

fn placed(at: LonLat, model: ModelKind, scale: f64) -> Shape {
    Shape::Placed(vec![PlacedModel {
        at: [at[0], at[1], 0.0],
        heading_deg: 0.0,
        scale,
        model,
    }])
}

fn middle_of_line(line: &[LonLat]) -> LonLat {
    let (Some(a), Some(b)) = (
        line.get(line.len().saturating_sub(1) / 2),
        line.get(line.len() / 2),
    ) else {
        return [0.0, 0.0];
    };
    [f64::midpoint(a[0], b[0]), f64::midpoint(a[1], b[1])]
}

fn set_number(tags: &mut Tags, key: &str, number: Option<f64>) {
    if let Some(number) = number {
        // Nine digits are more than any survey has, and hide what conversion from feet adds.
        let rounded = format!("{number:.9}");
        tags.set(key, rounded.trim_end_matches('0').trim_end_matches('.'));
    }
}

fn tags_of(link: &Link, material: Option<&str>) -> Tags {
    let kind = match link.kind {
        LinkKind::Pipe => NetworkKind::Water.pipe_kind(),
        LinkKind::Pump => "pump",
        LinkKind::Valve => "valve",
    };
    let status = match link.status {
        LinkStatus::Open => "open",
        LinkStatus::Closed => "closed",
        LinkStatus::CheckValve => "check_valve",
    };
    let mut tags = Tags::of(&[
        ("kind", kind),
        ("class", "pipe"),
        ("network", NetworkKind::Water.as_str()),
        ("from", link.from.as_str()),
        ("to", link.to.as_str()),
        ("status", status),
    ]);
    if link.kind == LinkKind::Pipe {
        set_number(&mut tags, "length_m", Some(link.length_m));
        set_number(&mut tags, "depth_m", Some(PIPE_DEPTH_M));
    }
    set_number(
        &mut tags,
        "diameter_m",
        Some(link.diameter_m).filter(|diameter| *diameter > 0.0),
    );
    set_number(&mut tags, "roughness", link.roughness);
    if let Some(material) = material {
        tags.set("material", material);
        tags.set("material:source", "assumed");
    }
    if !link.detail.is_empty() {
        tags.set("type", link.detail.clone());
    }
    tags
}

/// What a pipe of this Hazen–Williams coefficient is usually made of; other formulas say too little.
fn material_of(link: &Link, is_hazen_williams: bool) -> Option<&'static str> {
    if link.kind != LinkKind::Pipe || !is_hazen_williams {
        return None;
    }
    let roughness = link.roughness.filter(|value| *value > 0.0)?;
    Some(if roughness >= 145.0 {
        "PVC"
    } else if roughness >= 125.0 {
        "球墨铸铁"
    } else if roughness >= 90.0 {
        "铸铁"
    } else {
        "旧铸铁"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = "[TITLE]\nTown\n[JUNCTIONS]\n;ID Elev Demand\n J-1 100 10 ;\n J-2 110\n P-1 120\n J-4 1\n\
        [RESERVOIRS]\n R 200\n[TANKS]\n T 150 10 0 20 40 0\n[PIPES]\n P-1 J-1 J-2 1000 12 130 0 Open ;\n\
        P-2 J-2 T 1000 6 150 0 CV\n P-9 J-2 NOWHERE 10 6 150 0 Open\n[PUMPS]\n PU R J-1 HEAD 1\n[VALVES]\n V J-2 P-1 12 PRV 120 0\n\
        [COORDINATES]\n J-1 0 0\n J-2 1000 0\n T 2000 0\n R -100 0\n P-1 1000 500\n[VERTICES]\n P-1 500 0\n\
        [OPTIONS]\n Units GPM\n Headloss H-W\n[END]\nrubbish";

    fn read(
        text: &str,
        crs: Option<SourceCrs>,
        test: &str,
    ) -> (Vec<SourceFeature>, Ledger, SourceNotes) {
        let path =
            std::env::temp_dir().join(format!("cim_epanet_{}_{test}.inp", std::process::id()));
        std::fs::write(&path, text).expect("written");
        let mut request = ImportRequest::new(Vec::new(), PathBuf::from("out"));
        request.crs = crs;
        let (mut features, mut ledger) = (Vec::new(), Ledger::default());
        let notes = Epanet::open(&path, &request)
            .read(&mut ledger, &mut |feature| {
                features.push(feature);
                Ok(())
            })
            .expect("a network");
        std::fs::remove_file(path).ok();
        (features, ledger, notes)
    }

    #[test]
    fn a_drawing_in_feet_is_put_at_the_origin_at_its_true_size() {
        let (features, ledger, notes) = read(SMALL, None, "local");
        assert_eq!((notes.crs.as_str(), features.len()), ("local", 9));
        // The junction without coordinates, and the pipe to nowhere.
        assert_eq!(ledger.features(), 2);
        let pipe = features
            .iter()
            .find(|feature| feature.id == "P-1")
            .expect("the pipe");
        let Shape::Tubes(tubes) = &pipe.shape else {
            panic!("{:?}", pipe.shape)
        };
        assert!((tubes[0].diameter_m - 0.3048).abs() < 1e-9);
        assert_eq!(tubes[0].line.len(), 3);
        assert_eq!(
            (
                pipe.tags.get("length_m"),
                pipe.tags.get("material"),
                pipe.tags.get("kind")
            ),
            (Some("304.8"), Some("球墨铸铁"), Some("water_pipe"))
        );
        let (a, b) = (tubes[0].line[0], tubes[0].line[2]);
        let metres = (b[0] - a[0]) * 111_320.0 * 34.26_f64.to_radians().cos();
        assert!((metres - 304.8).abs() < 1.0, "{metres}");
        assert!(features.iter().any(|feature| feature.id == "node:P-1"));
    }

    #[test]
    fn the_graph_hangs_together_and_is_in_si() {
        let (_, _, notes) = read(SMALL, None, "graph");
        let network = &notes.networks[0];
        assert!(network.loose_ends().is_empty());
        assert_eq!((network.nodes.len(), network.links.len()), (5, 4));
        let tank = network
            .nodes
            .iter()
            .find(|node| node.kind == NodeKind::Tank)
            .expect("the tank");
        assert!((tank.elevation_m.expect("stated") - 45.72).abs() < 1e-9);
        let valve = network
            .links
            .iter()
            .find(|link| link.id == "P-2")
            .expect("a pipe");
        assert_eq!(valve.status, LinkStatus::CheckValve);
        let junction = &network.nodes[0];
        assert!((junction.demand_m3_s.expect("stated") - 6.309e-4).abs() < 1e-6);
    }

    #[test]
    fn degrees_are_believed_where_pipes_come_out_as_long_as_they_say() {
        let text = "[JUNCTIONS]\n A 1\n B 1\n[PIPES]\n P A B 1000 300 100 0 Open\n[COORDINATES]\n A 121.5 31.24\n\
            B 121.5105 31.24\n[OPTIONS]\n UNITS LPS\n";
        let (features, _, notes) = read(text, None, "degrees");
        assert_eq!(notes.crs, "EPSG:4326");
        let at = features[0].shape.first().expect("a place");
        assert!((at[0] - 121.5).abs() < 1e-9);
        // Feet of Kentucky's state plane, as two of the public networks have them.
        let kentucky = text
            .replace("121.5105 31.24", "4971350 3908884")
            .replace("121.5 31.24", "4971350 3905604");
        let crs = SourceCrs::Epsg(Crs { epsg: 3089 });
        let (features, _, notes) = read(&kentucky, Some(crs), "feet");
        assert_eq!(notes.crs, "EPSG:3089");
        let at = features[0].shape.first().expect("a place");
        assert!(
            (-90.0..-81.0).contains(&at[0]) && (36.0..40.0).contains(&at[1]),
            "{at:?}"
        );
    }
}
