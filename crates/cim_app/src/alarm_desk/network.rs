//! The city's networks as the alarm desk walks them: `networks.json` as parts (nodes and links) and which of them lies
//! below which, so that a burst main and what it starves are told apart.
//!
//! Water, gas and heat go away from where they come from, whichever way a link was drawn; rain water and sewage run from
//! a link's start to its end. What is closed leads nowhere.

use crate::layers::bytes_of;
use cim_tiles::Problem;
use serde::Deserialize;
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, BinaryHeap},
    path::Path,
};

/// The city's file of networks.
const FILE: &str = "networks.json";
/// The longest such file, bytes.
const MOST_BYTES: u64 = 256 << 20;
/// The property by which a device names the part that it stands at.
pub(super) const ASSET: &str = "asset";
/// A walk looks at so many parts at most.
const MOST_WALKED: usize = 20_000;
/// Networks whose direction is drawn.
const GRAVITY: [&str; 2] = ["drainage", "sewage"];
/// Nodes from which a network is fed.
const SOURCES: [&str; 3] = ["reservoir", "tank", "station"];

/// Which way along a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Along {
    /// To where it comes from.
    Up,
    /// To where it goes.
    Down,
}

/// The networks of a city, one part after the other.
#[derive(Debug, Default)]
pub(super) struct Network {
    /// What the parts below each part are, and how far, metres.
    down: Vec<Vec<(u32, f32)>>,
    /// What the parts above each part are, and how far, metres.
    up: Vec<Vec<(u32, f32)>>,
    /// The parts by what devices may call them: identities and features. A feature may be several parts.
    by_name: BTreeMap<String, Vec<u32>>,
}

impl Network {
    /// The networks of the city in `folder`; none where it has no such file.
    pub(super) fn read(folder: &Path) -> Result<Self, Problem> {
        let path = folder.join(FILE);
        if !path.exists() {
            return Ok(Self::default());
        }
        let bytes = bytes_of(&path, MOST_BYTES)?;
        let told: NetworksJson = serde_json::from_slice(&bytes).map_err(|error| Problem {
            source: path.display().to_string(),
            place: format!("line {} column {}", error.line(), error.column()),
            reason: error.to_string(),
        })?;
        Ok(Self::of(&told))
    }

    /// How many parts there are.
    pub(super) fn len(&self) -> usize {
        self.down.len()
    }

    /// Every pair of a part and one right below it.
    pub(super) fn edges(&self) -> impl Iterator<Item = (u32, u32)> {
        let parts = (0..).zip(&self.down);
        parts.flat_map(|(from, below)| below.iter().map(move |(to, _)| (from, *to)))
    }

    /// The parts that a device stands at that names `asset`.
    pub(super) fn parts_of(&self, asset: &str) -> &[u32] {
        self.by_name
            .get(asset)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    /// The parts along the network from `starts`, nearest first, with how far they are, metres; the starts themselves are
    /// first, at 0.
    pub(super) fn walk(&self, starts: &[u32], along: Along) -> Vec<(u32, f32)> {
        let next = match along {
            Along::Up => &self.up,
            Along::Down => &self.down,
        };
        let mut walked: Vec<(u32, f32)> = Vec::new();
        let mut seen: BTreeSet<u32> = BTreeSet::new();
        let mut waiting: BinaryHeap<Reverse<(u64, u32)>> =
            starts.iter().map(|part| Reverse((0, *part))).collect();
        while let Some(Reverse((millimetres, part))) = waiting.pop() {
            if walked.len() >= MOST_WALKED {
                break;
            }
            if !seen.insert(part) {
                continue;
            }
            walked.push((part, millimetres as f32 / 1_000.0));
            let beside = next.get(part as usize).map(Vec::as_slice);
            for (other, metres) in beside.unwrap_or_default() {
                waiting.push(Reverse((millimetres + whole_millimetres(*metres), *other)));
            }
        }
        walked
    }

    fn of(told: &NetworksJson) -> Self {
        let mut network = Self::default();
        for one in &told.networks {
            network.add(one);
        }
        network
    }

    fn add(&mut self, told: &NetworkJson) {
        let first = self.down.len() as u32;
        let nodes: BTreeMap<&str, u32> = (first..)
            .zip(&told.nodes)
            .map(|(part, node)| (node.id.as_str(), part))
            .collect();
        for node in &told.nodes {
            self.add_part([&node.id, &node.feature]);
        }
        let is_fed = !GRAVITY.contains(&told.kind.as_str());
        let far = if is_fed {
            distances(told, &nodes)
        } else {
            BTreeMap::new()
        };
        for link in &told.links {
            let ends = (nodes.get(link.from.as_str()), nodes.get(link.to.as_str()));
            let (Some(from), Some(to)) = ends else {
                continue;
            };
            let part = self.down.len() as u32;
            self.add_part([&link.id, &link.feature]);
            if link.status == "closed" {
                continue;
            }
            let is_turned = is_fed
                && link.status != "check_valve"
                && far.get(from).zip(far.get(to)).is_some_and(|(a, b)| a > b);
            let (above, below) = if is_turned {
                (*to, *from)
            } else {
                (*from, *to)
            };
            let half = (usable_m(link.length_m) / 2.0) as f32;
            self.join(above, part, half);
            self.join(part, below, half);
        }
    }

    fn add_part(&mut self, names: [&str; 2]) {
        let part = self.down.len() as u32;
        self.down.push(Vec::new());
        self.up.push(Vec::new());
        for name in names.into_iter().filter(|name| !name.is_empty()) {
            let known = self.by_name.entry(name.to_owned()).or_default();
            if known.last() != Some(&part) {
                known.push(part);
            }
        }
    }

    fn join(&mut self, above: u32, below: u32, metres: f32) {
        if let Some(list) = self.down.get_mut(above as usize) {
            list.push((below, metres));
        }
        if let Some(list) = self.up.get_mut(below as usize) {
            list.push((above, metres));
        }
    }
}

/// How far each node of a network lies from where it is fed, millimetres; nothing for one that nothing feeds.
fn distances(told: &NetworkJson, nodes: &BTreeMap<&str, u32>) -> BTreeMap<u32, u64> {
    let mut beside: BTreeMap<u32, Vec<(u32, u64)>> = BTreeMap::new();
    for link in told.links.iter().filter(|link| link.status != "closed") {
        let ends = (nodes.get(link.from.as_str()), nodes.get(link.to.as_str()));
        if let (Some(from), Some(to)) = ends {
            let long = whole_millimetres(usable_m(link.length_m) as f32).max(1);
            beside.entry(*from).or_default().push((*to, long));
            beside.entry(*to).or_default().push((*from, long));
        }
    }
    let mut waiting: BinaryHeap<Reverse<(u64, u32)>> = told
        .nodes
        .iter()
        .filter(|node| SOURCES.contains(&node.kind.as_str()))
        .filter_map(|node| Some(Reverse((0, *nodes.get(node.id.as_str())?))))
        .collect();
    let mut far: BTreeMap<u32, u64> = BTreeMap::new();
    while let Some(Reverse((distance, node))) = waiting.pop() {
        if far.contains_key(&node) {
            continue;
        }
        far.insert(node, distance);
        for (other, long) in beside.get(&node).map(Vec::as_slice).unwrap_or_default() {
            waiting.push(Reverse((distance + long, *other)));
        }
    }
    far
}

/// A length that makes sense; 0 for one that does not.
fn usable_m(length_m: f64) -> f64 {
    if length_m.is_finite() {
        length_m.clamp(0.0, 1e6)
    } else {
        0.0
    }
}

fn whole_millimetres(metres: f32) -> u64 {
    (f64::from(metres) * 1_000.0) as u64
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
    kind: String,
    feature: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct LinkJson {
    id: String,
    from: String,
    to: String,
    feature: String,
    length_m: f64,
    status: String,
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Water from the works `w` over `a` to `b`, `b` to `c` drawn backwards and `c` to `d` closed.
    pub(in crate::alarm_desk) const WATER: &str = r#"{"networks":[{"kind":"water",
        "nodes":[{"id":"w","kind":"reservoir"},{"id":"a"},{"id":"b","feature":"valve-b"},{"id":"c"},{"id":"d"}],
        "links":[{"id":"wa","from":"w","to":"a","length_m":100},
                 {"id":"ab","from":"a","to":"b","length_m":50,"feature":"main-1"},
                 {"id":"cb","from":"c","to":"b","length_m":30},
                 {"id":"cd","from":"c","to":"d","length_m":10,"status":"closed"},
                 {"id":"loose","from":"c","to":"nowhere"}]}]}"#;

    pub(in crate::alarm_desk) fn network(text: &str) -> Network {
        Network::of(&serde_json::from_str(text).expect("networks"))
    }

    /// The names of what lies along from `name`, with distances.
    #[track_caller]
    fn check(name: &str, along: Along, expected: &[(&str, f32)]) {
        let network = network(WATER);
        let walked = network.walk(network.parts_of(name), along);
        let named: Vec<(&str, f32)> = walked
            .iter()
            .skip(1)
            .map(|(part, metres)| {
                let mut names = network.by_name.iter();
                let found = names.find(|(_, parts)| parts.contains(part));
                (found.map_or("", |(name, _)| name.as_str()), *metres)
            })
            .collect();
        assert_eq!(named, expected, "{name} {along:?}");
    }

    #[test]
    fn water_goes_away_from_the_works_whichever_way_a_link_was_drawn() {
        check(
            "main-1",
            Along::Down,
            &[("b", 25.0), ("cb", 40.0), ("c", 55.0)],
        );
        check(
            "main-1",
            Along::Up,
            &[("a", 25.0), ("wa", 75.0), ("w", 125.0)],
        );
    }

    #[test]
    fn a_closed_link_leads_nowhere_and_one_that_ends_nowhere_is_left_out() {
        check("c", Along::Down, &[]);
        check("d", Along::Up, &[]);
        assert!(network(WATER).parts_of("loose").is_empty());
    }

    #[test]
    fn sewage_runs_as_it_was_drawn() {
        let text = WATER.replace("\"water\"", "\"sewage\"");
        let network = network(&text);
        let below = network.walk(network.parts_of("c"), Along::Down);
        assert_eq!(below.len(), 3, "over cb to b");
        assert!(network.edges().count() >= 6 && network.len() == 9);
    }

    #[test]
    fn a_ring_is_walked_once() {
        let text = r#"{"networks":[{"kind":"sewage","nodes":[{"id":"a"},{"id":"b"}],
            "links":[{"id":"ab","from":"a","to":"b"},{"id":"ba","from":"b","to":"a"}]}]}"#;
        let network = network(text);
        let walked = network.walk(network.parts_of("a"), Along::Down);
        assert_eq!(walked.len(), 4);
    }

    #[test]
    fn a_city_without_networks_has_none() {
        let network = Network::read(Path::new("no/such/city")).expect("none");
        assert_eq!(network.len(), 0);
    }
}
