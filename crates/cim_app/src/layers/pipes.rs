//! Pipes with what flows in them: `networks.json` of the city, and the devices that stand at its nodes.

use super::{grids::bytes_of, plans::FlowLinePlan};
use cim_geo::{Geodetic, LocalFrame};
use cim_layers::{PointState, SHAPE_ASSET};
use cim_tiles::Problem;
use serde::Deserialize;
use std::{collections::BTreeMap, f64::consts::PI, path::Path};

/// The city's file of networks.
const FILE: &str = "networks.json";
/// The longest such file, bytes.
const MOST_BYTES: u64 = 256 << 20;
/// A pipe whose diameter nobody knows is drawn so wide, metres.
const USUAL_WIDTH_M: f64 = 0.3;

/// A pipe.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pipe {
    pub(super) medium: String,
    /// What devices may name to say that they stand at it: itself, its ends, and their features.
    pub(super) names: Vec<String>,
    /// Longitude, latitude and height over the ground of its corners; degrees and metres.
    places: Vec<[f64; 3]>,
    diameter_m: f64,
}

/// What devices say of a pipe.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Said {
    /// How bad it is; 0 normal to 4 critical.
    pub(super) class: u8,
    /// What flows, cubic metres per second; NaN where nobody measures.
    pub(super) flow_m3_s: f64,
}

impl Default for Said {
    fn default() -> Self {
        Self {
            class: 0,
            flow_m3_s: f64::NAN,
        }
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
    /// The state of the pipe and how fast what is in it flows, metres per second.
    pub(super) fn now(&self, said: &BTreeMap<String, Said>) -> (f32, PointState) {
        let mut found = Said::default();
        for one in self.names.iter().filter_map(|name| said.get(name)) {
            found.class = found.class.max(one.class);
            if found.flow_m3_s.is_nan() {
                found.flow_m3_s = one.flow_m3_s;
            }
        }
        let area_m2 = PI * self.diameter_m * self.diameter_m / 4.0;
        let speed = if area_m2 > 0.0 {
            found.flow_m3_s / area_m2
        } else {
            f64::NAN
        };
        let state = PointState::new(SHAPE_ASSET, found.class).with_value(speed as f32);
        (speed as f32, state)
    }

    /// The pipe as it is drawn, in the frame of the city.
    pub(super) fn line(&self, frame: &LocalFrame, said: &BTreeMap<String, Said>) -> FlowLinePlan {
        let (speed, state) = self.now(said);
        let places = self.places.iter().map(|[lon, lat, up_m]| {
            let at = frame.enu_from_geodetic(Geodetic::new(*lon, *lat, 0.0));
            [at.east_m as f32, at.north_m as f32, *up_m as f32]
        });
        let width_m = if self.diameter_m > 0.0 {
            self.diameter_m
        } else {
            USUAL_WIDTH_M
        };
        FlowLinePlan {
            places: places.collect(),
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
        let line = pipe.line(&frame, &BTreeMap::new());
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
            },
        )]);
        let (speed, state) = pipes.first().expect("a pipe").now(&said);
        assert!((speed - 0.5).abs() < 1e-3, "{speed}");
        assert_eq!(state.class(), 3);
        assert_eq!(flow_m3_s(1.0, "MPa"), None);
    }
}
