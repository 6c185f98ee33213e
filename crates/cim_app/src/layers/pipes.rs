//! Pipes with what flows in them: `networks.json` of the city, and the devices that stand at its nodes.

use super::{
    grids::bytes_of,
    lines::{LineMap, Sight},
    plans::ShapePlan,
    rows::{Age, Shown, prefix_of, series_age},
};
use cim_geo::{Geodetic, LocalFrame};
use cim_layers::{
    PointState, SHAPE_ASSET, layer::LayerCount, points::class_of, told::FlowLinePlan,
};
use cim_model::Freshness;
use cim_tiles::Problem;
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    f64::consts::PI,
    path::Path,
    sync::Arc,
};

/// The city's file of networks.
const FILE: &str = "networks.json";
/// The longest such file, bytes.
const MOST_BYTES: u64 = 256 << 20;
/// A pipe whose diameter nobody knows is drawn so wide, metres.
const USUAL_WIDTH_M: f64 = 0.3;
/// The property by which a device names the pipe or node that it stands at.
const ASSET: &str = "asset";
/// Pipes are looked for from so deep up to the ground, metres.
const HEIGHTS_M: [f64; 2] = [-15.0, 0.0];

/// A pipe.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pipe {
    pub(super) medium: String,
    id: String,
    /// Its feature in the city; may be empty.
    feature: String,
    /// What devices may name to say that they stand at it: itself, its ends, and their features.
    pub(super) names: Vec<String>,
    /// Longitude, latitude and height over the ground of its corners; degrees and metres.
    places: Vec<[f64; 3]>,
    diameter_m: f64,
}

/// What devices say of a pipe.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Said {
    /// How bad it is; 0 normal to 4 critical.
    pub(super) class: u8,
    /// What flows, cubic metres per second; NaN where nobody measures.
    pub(super) flow_m3_s: f64,
    /// What its meter says, with the unit: the flow, or what else is measured where no flow is.
    pub(super) value: Option<(f64, String)>,
    /// How old that is; `None` where nobody measures.
    pub(super) age: Option<Age>,
}

impl Default for Said {
    fn default() -> Self {
        Self {
            class: 0,
            flow_m3_s: f64::NAN,
            value: None,
            age: None,
        }
    }
}

impl Said {
    /// Takes what another device says: the worst state counts, and the first flow; without one the first value.
    fn add(&mut self, other: &Self) {
        self.class = self.class.max(other.class);
        let has_flow = !self.flow_m3_s.is_nan();
        let brings_flow = !other.flow_m3_s.is_nan();
        if !has_flow && (brings_flow || self.value.is_none()) {
            self.flow_m3_s = other.flow_m3_s;
            self.value.clone_from(&other.value);
            self.age = other.age;
        }
    }
}

/// What devices say of the pipes and nodes that they stand at, by the name of these. `late` are the sources that are late
/// as a whole.
pub(super) fn said(shown: &Shown<'_>, late: &BTreeSet<String>) -> BTreeMap<String, Said> {
    let mut said: BTreeMap<String, Said> = BTreeMap::new();
    let readings = shown.state.readings();
    for row in shown.state.things() {
        let mut properties = row.thing.properties.iter();
        let Some((_, asset)) = properties.find(|(key, _)| key == ASSET) else {
            continue;
        };
        let source = prefix_of(row.thing.id.as_str());
        let is_late = source.is_some_and(|source| late.contains(source));
        let known = said.entry(asset.clone()).or_default();
        for series in &row.series {
            let (Some(reading), Some(of)) = (readings.get(*series), shown.state.series_at(*series))
            else {
                continue;
            };
            let unit = &of.datastream.unit;
            known.add(&Said {
                class: class_of(shown.state.severity(readings, *series)),
                flow_m3_s: flow_m3_s(reading.value, unit).unwrap_or(f64::NAN),
                value: Some((reading.value, unit.clone())),
                age: series_age(shown, *series, is_late),
            });
        }
    }
    said
}

/// All pipes of a city in its frame, and where to look for those near a place.
#[derive(Debug)]
pub(super) struct PipeMap {
    pipes: Vec<Pipe>,
    /// Where each runs.
    lines: LineMap,
}

impl PipeMap {
    /// The pipes of a city at `origin`.
    pub(super) fn new(pipes: Vec<Pipe>, origin: Geodetic) -> Self {
        let frame = LocalFrame::new(origin);
        let lines = pipes.iter().map(|pipe| pipe.run(&frame)).collect();
        let lines = LineMap::new(lines, HEIGHTS_M);
        Self { pipes, lines }
    }

    /// The pipes of a medium with their numbers; all where it is empty.
    fn of(&self, medium: &str) -> impl Iterator<Item = (u32, &Pipe)> {
        let all = (0..).zip(&self.pipes);
        all.filter(move |(_, pipe)| medium.is_empty() || pipe.medium == medium)
    }

    /// The pipe of a medium that is looked at, if one is at most `reach_m` from the sight: the nearest. Costs what lies near.
    pub(super) fn nearest(&self, medium: &str, sight: Sight, reach_m: f64) -> Option<&Pipe> {
        let number = self.lines.nearest(sight, reach_m, |number| {
            let pipe = self.pipes.get(number as usize)?;
            let suits = medium.is_empty() || pipe.medium == medium;
            suits.then_some(pipe.diameter_m / 2.0)
        })?;
        self.pipes.get(number as usize)
    }

    /// The pipes of a medium as they are drawn; their states only where the lines are there (`is_told`).
    pub(super) fn shape(
        &self,
        medium: &str,
        said: &BTreeMap<String, Said>,
        is_told: bool,
        origin: Geodetic,
    ) -> ShapePlan {
        if is_told {
            let states = self.of(medium).zip(0..).map(|((_, pipe), line)| {
                let (speed, state) = pipe.now(said);
                (line, speed, state)
            });
            return ShapePlan::FlowStates(states.collect());
        }
        let lines = self.of(medium).map(|(number, pipe)| {
            let places = self.lines.line(number).unwrap_or_default();
            pipe.line(places.to_vec(), said)
        });
        ShapePlan::Flow {
            origin,
            lines: lines.collect(),
        }
    }
}

/// The pipes of a layer with what is said of them.
#[derive(Debug)]
pub(super) struct PipesReading {
    /// All pipes of the city.
    pub(super) map: Arc<PipeMap>,
    /// Of which of them the layer is.
    pub(super) medium: String,
    /// What devices say, by the name of where they stand.
    pub(super) said: Arc<BTreeMap<String, Said>>,
}

impl PipesReading {
    /// How many pipes there are, how bad and how old, and when the newest value held.
    pub(super) fn count(&self) -> (LayerCount, Option<i64>) {
        let mut count = LayerCount::default();
        let mut newest: Option<i64> = None;
        for (_, pipe) in self.map.of(&self.medium) {
            let said = pipe.said(&self.said);
            count.all += 1;
            count.shown += 1;
            if let Some(class) = count.by_class.get_mut(usize::from(said.class)) {
                *class += 1;
            }
            newest = newest.max(said.age.and_then(|age| age.at));
            match said.age.map(|age| age.freshness) {
                None | Some(Freshness::Fresh) => {}
                Some(Freshness::Late) => count.late += 1,
                Some(Freshness::Missing) => count.missing += 1,
            }
        }
        (count, newest)
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct NetworksJson {
    networks: Vec<NetworkJson>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct NetworkJson {
    kind: String,
    nodes: Vec<NodeJson>,
    links: Vec<LinkJson>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct NodeJson {
    id: String,
    feature: String,
    lon: f64,
    lat: f64,
    depth_m: f64,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct LinkJson {
    id: String,
    from: String,
    to: String,
    feature: String,
    vertices: Vec<[f64; 2]>,
    diameter_m: f64,
}

/// The pipes of the city in `folder`.
pub(super) fn read(folder: &Path) -> Result<Vec<Pipe>, Problem> {
    let path = folder.join(FILE);
    let bytes = bytes_of(&path, MOST_BYTES)?;
    pipes_of(&bytes).map_err(|error| Problem {
        source: path.display().to_string(),
        place: format!("line {} column {}", error.line(), error.column()),
        reason: error.to_string(),
    })
}

fn pipes_of(bytes: &[u8]) -> Result<Vec<Pipe>, serde_json::Error> {
    let read: NetworksJson = serde_json::from_slice(bytes)?;
    let mut pipes = Vec::new();
    for network in read.networks {
        let nodes: BTreeMap<&str, &NodeJson> = network
            .nodes
            .iter()
            .map(|node| (node.id.as_str(), node))
            .collect();
        for link in &network.links {
            let ends = (nodes.get(link.from.as_str()), nodes.get(link.to.as_str()));
            let (Some(from), Some(to)) = ends else {
                continue;
            };
            pipes.push(pipe_of(&network.kind, link, from, to));
        }
    }
    Ok(pipes)
}

fn pipe_of(medium: &str, link: &LinkJson, from: &NodeJson, to: &NodeJson) -> Pipe {
    let count = link.vertices.len() as f64 + 1.0;
    // Between its ends a pipe falls evenly.
    let up = |step: f64| -(from.depth_m + (to.depth_m - from.depth_m) * step / count);
    let mut places = vec![[from.lon, from.lat, up(0.0)]];
    for (place, [lon, lat]) in link.vertices.iter().enumerate() {
        places.push([*lon, *lat, up(place as f64 + 1.0)]);
    }
    places.push([to.lon, to.lat, up(count)]);
    let names = [
        &link.id,
        &link.feature,
        &from.id,
        &from.feature,
        &to.id,
        &to.feature,
    ];
    Pipe {
        medium: medium.to_owned(),
        id: link.id.clone(),
        feature: link.feature.clone(),
        names: names
            .into_iter()
            .filter(|name| !name.is_empty())
            .cloned()
            .collect(),
        places,
        diameter_m: link.diameter_m,
    }
}

impl Pipe {
    /// Its identity in the network.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Its feature in the city; `None` where it has none.
    pub(super) fn feature(&self) -> Option<&str> {
        Some(self.feature.as_str()).filter(|feature| !feature.is_empty())
    }

    /// What the devices say that stand at it.
    pub(super) fn said(&self, said: &BTreeMap<String, Said>) -> Said {
        let mut found = Said::default();
        for one in self.names.iter().filter_map(|name| said.get(name)) {
            found.add(one);
        }
        found
    }

    /// The state of the pipe, as old as what is said of it, and how fast what is in it flows, metres per second.
    pub(super) fn now(&self, said: &BTreeMap<String, Said>) -> (f32, PointState) {
        let found = self.said(said);
        let area_m2 = PI * self.diameter_m * self.diameter_m / 4.0;
        let speed = if area_m2 > 0.0 {
            found.flow_m3_s / area_m2
        } else {
            f64::NAN
        };
        let state = PointState::new(SHAPE_ASSET, found.class).with_value(speed as f32);
        let state = found.age.map_or(state, |age| {
            state.with_freshness(age.freshness).with_why(age.why)
        });
        (speed as f32, state)
    }

    /// Where it runs, in the frame of the city.
    fn run(&self, frame: &LocalFrame) -> Vec<[f32; 3]> {
        let places = self.places.iter().map(|[lon, lat, up_m]| {
            let at = frame.enu_from_geodetic(Geodetic::new(*lon, *lat, 0.0));
            [at.east_m as f32, at.north_m as f32, *up_m as f32]
        });
        places.collect()
    }

    /// The pipe as it is drawn where it runs along `places`.
    fn line(&self, places: Vec<[f32; 3]>, said: &BTreeMap<String, Said>) -> FlowLinePlan {
        let (speed, state) = self.now(said);
        let width_m = if self.diameter_m > 0.0 {
            self.diameter_m
        } else {
            USUAL_WIDTH_M
        };
        FlowLinePlan {
            places,
            width_m: width_m as f32,
            speed,
            state,
        }
    }
}

/// A measured flow in cubic metres per second; `None` for a unit that is none of a flow.
pub(super) fn flow_m3_s(value: f64, unit: &str) -> Option<f64> {
    let per = match unit {
        "m³/h" | "m3/h" => 3_600.0,
        "m³/s" | "m3/s" => 1.0,
        "L/s" | "l/s" => 1_000.0,
        "m³/d" | "m3/d" => 86_400.0,
        _ => return None,
    };
    Some(value / per)
}

#[cfg(test)]
mod tests {
    use super::*;
    use cim_layers::Why;

    const TEXT: &str = r#"{"networks":[{"kind":"water",
        "nodes":[{"id":"a","lon":117.4,"lat":34.0,"depth_m":2,"feature":"va"},{"id":"b","lon":117.41,"lat":34.0,"depth_m":4}],
        "links":[{"id":"p","from":"a","to":"b","vertices":[[117.405,34.0]],"diameter_m":0.5},
                 {"id":"q","from":"a","to":"nowhere"}]}]}"#;

    #[test]
    fn a_pipe_falls_between_its_ends_and_one_that_ends_nowhere_is_left_out() {
        let pipes = pipes_of(TEXT.as_bytes()).expect("pipes");
        let [pipe] = pipes.as_slice() else {
            panic!("one pipe: {pipes:?}");
        };
        let frame = LocalFrame::new(Geodetic::new(117.4, 34.0, 0.0));
        let line = pipe.line(pipe.run(&frame), &BTreeMap::new());
        let ups: Vec<f32> = line.places.iter().map(|[_, _, up]| *up).collect();
        assert_eq!(ups, [-2.0, -3.0, -4.0]);
        assert!(line.speed.is_nan(), "nobody measures");
    }

    #[test]
    fn a_meter_at_its_end_says_how_fast_it_flows_and_how_bad_it_is() {
        let pipes = pipes_of(TEXT.as_bytes()).expect("pipes");
        let flow = flow_m3_s(353.43, "m³/h").expect("a flow");
        let said = BTreeMap::from([(
            "va".to_owned(),
            Said {
                class: 3,
                flow_m3_s: flow,
                ..Said::default()
            },
        )]);
        let (speed, state) = pipes.first().expect("a pipe").now(&said);
        assert!((speed - 0.5).abs() < 1e-3, "{speed}");
        assert_eq!(state.class(), 3);
        assert_eq!(state.freshness(), Freshness::Fresh);
        assert_eq!(flow_m3_s(1.0, "MPa"), None);
    }

    fn silent(flow_m3_s: f64) -> Said {
        Said {
            flow_m3_s,
            value: Some((1.0, "m³/s".to_owned())),
            age: Some(Age {
                freshness: Freshness::Missing,
                why: Why::DeviceSilent,
                at: Some(5),
            }),
            ..Said::default()
        }
    }

    #[test]
    fn a_pipe_is_as_old_as_its_meter_and_counts_as_missing() {
        let pipes = pipes_of(TEXT.as_bytes()).expect("pipes");
        let said = BTreeMap::from([("p".to_owned(), silent(0.1))]);
        let (_, state) = pipes.first().expect("a pipe").now(&said);
        assert_eq!(
            (state.freshness(), state.why()),
            (Freshness::Missing, Why::DeviceSilent)
        );
        let reading = PipesReading {
            map: Arc::new(PipeMap::new(pipes, Geodetic::new(117.4, 34.0, 0.0))),
            medium: "water".to_owned(),
            said: Arc::new(said),
        };
        let (count, newest) = reading.count();
        assert_eq!((count.shown, count.missing, newest), (1, 1, Some(5)));
    }

    #[test]
    fn a_flow_counts_before_what_else_is_measured() {
        let fresh = Age {
            freshness: Freshness::Fresh,
            why: Why::NotAged,
            at: Some(9),
        };
        let mut said = Said {
            value: Some((0.4, "MPa".to_owned())),
            age: Some(fresh),
            ..Said::default()
        };
        said.add(&silent(0.1));
        assert_eq!(said.age.map(|age| age.freshness), Some(Freshness::Missing));
        said.add(&Said {
            value: Some((0.5, "MPa".to_owned())),
            age: Some(fresh),
            ..Said::default()
        });
        assert_eq!(said.value, Some((1.0, "m³/s".to_owned())));
    }

    #[test]
    fn a_pipe_is_found_where_the_sight_meets_it_below_the_ground() {
        let pipes = pipes_of(TEXT.as_bytes()).expect("pipes");
        let map = PipeMap::new(pipes, Geodetic::new(117.4, 34.0, 0.0));
        // The pipe runs along the northing 0, two to four metres deep.
        let look = |north_m: f64, lean: f64| {
            let sight = Sight {
                at: [100.0, north_m, 0.0],
                lean: [0.0, lean],
            };
            map.nearest("water", sight, 1.0).map(Pipe::id)
        };
        assert_eq!(look(0.0, 0.0), Some("p"));
        assert_eq!(look(5.0, 0.0), None);
        assert_eq!(look(5.0, 2.0), Some("p"), "a slanting sight");
        let far = Sight {
            at: [100.0, 400.0, 0.0],
            lean: [0.0; 2],
        };
        assert!(map.nearest("", far, 1.0).is_none());
        assert!(map.nearest("gas", far, 500.0).is_none());
    }
}
