//! A water network: pressures and flows from demand over the day, and what a burst does to them.
//!
//! Friction is linear, so heads at any moment are sums of a few solutions that are computed once:
//! heads without demand, what demand takes, what a burst takes. So history and live values fit together.

mod inp;
mod solve;

use super::model::bell;
use super::plane::Plane;
use super::roads::RoadGraph;
use crate::error::SimulateError;
use cim_model::UtcMillis;
use std::path::Path;
use std::sync::Arc;

/// The most that a link conducts, m³/s per metre of head: short wide pipes count as no resistance.
const MOST_CONDUCTANCE: f64 = 10.0;
/// The least.
const LEAST_CONDUCTANCE: f64 = 1e-6;
/// Megapascals of a metre of water.
const MPA_PER_M: f64 = 0.009_806_65;
/// Of its pressure, a burst main loses this share.
const BURST_SHARE: f64 = 0.75;
/// A burst opens within this time.
const OPENING_MS: f64 = 120_000.0;
/// Head of the sources of a network that is made from roads, metres above the streets.
const SOURCE_HEAD_M: f64 = 42.0;
/// Demand along streets, m³/s per metre.
const DEMAND_PER_M: f64 = 1.2e-6;

/// A junction, reservoir or tank.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    /// Its name in the file.
    pub(crate) name: String,
    elevation_m: f64,
    /// Mean demand, m³/s.
    demand: f64,
    /// The head that is given here.
    head_m: Option<f64>,
    /// Where it is, in the file's coordinates; then metres.
    at: [f64; 2],
}

/// A pipe, pump or valve.
#[derive(Clone, Debug, PartialEq)]
struct Link {
    name: String,
    from: usize,
    to: usize,
    conductance: f64,
    /// What a pump adds, metres.
    lift_m: f64,
}

/// A network before it is solved.
#[derive(Clone, Debug, Default)]
struct Plan {
    nodes: Vec<Node>,
    links: Vec<Link>,
}

/// Heads without demand, and what a unit of demand takes from them.
#[derive(Clone, Debug)]
struct Heads {
    idle: Vec<f64>,
    demand: Vec<f64>,
}

/// A burst main.
#[derive(Clone, Debug)]
struct Burst {
    node: usize,
    begins: UtcMillis,
    /// When the valves around it are closed.
    isolated: UtcMillis,
    /// What the burst takes from each head while it is open.
    taken: Vec<f64>,
    /// Heads once the valves are closed.
    after: Heads,
    /// Links that are closed then.
    closed: Vec<usize>,
}

/// A solved network.
#[derive(Clone, Debug)]
pub(crate) struct WaterNetwork {
    plan: Plan,
    heads: Heads,
    burst: Option<Burst>,
    zone_ms: i64,
}

/// Where a gauge is on a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GaugeAt {
    /// Pressure at a node.
    Node(usize),
    /// Flow in a link.
    Link(usize),
}

/// A gauge on a network.
#[derive(Clone, Debug)]
pub(crate) struct Gauge {
    /// The network.
    pub(crate) network: Arc<WaterNetwork>,
    /// Where on it.
    pub(crate) at: GaugeAt,
}

impl Gauge {
    /// MPa at a node, m³/h in a link.
    pub(crate) fn value_at(&self, moment: UtcMillis) -> f64 {
        match self.at {
            GaugeAt::Node(node) => self.network.pressure_mpa(node, moment),
            GaugeAt::Link(link) => self.network.flow_m3_h(link, moment),
        }
    }

    /// What it shows when everybody draws water, and at night.
    pub(crate) fn bounds(&self) -> (f64, f64) {
        let at = |demand: f64| match self.at {
            GaugeAt::Node(node) => self
                .network
                .pressure_of(node, self.network.heads.at(node, demand)),
            GaugeAt::Link(link) => self
                .network
                .flow_with(link, |node| self.network.heads.at(node, demand)),
        };
        (at(1.6), at(0.5))
    }
}

impl Heads {
    fn at(&self, node: usize, demand: f64) -> f64 {
        let of = |all: &[f64]| all.get(node).copied().unwrap_or_default();
        of(&self.idle) - demand * of(&self.demand)
    }
}

impl WaterNetwork {
    /// Reads a network from an EPANET input file and lays it over the middle of a map of so many metres.
    pub(crate) fn read(
        path: &Path,
        extent: [[f64; 2]; 2],
        zone_ms: i64,
    ) -> Result<Self, SimulateError> {
        let mut plan = inp::read(path)?;
        laid_over(&mut plan.nodes, extent);
        Ok(Self::solved(plan, zone_ms))
    }

    /// Makes a network under the roads, with a source in the west and one in the east.
    pub(crate) fn from_roads(roads: &RoadGraph, zone_ms: i64) -> Self {
        let mut nodes: Vec<Node> = roads
            .nodes
            .iter()
            .enumerate()
            .map(|(index, at)| Node {
                name: format!("n{index}"),
                elevation_m: 0.0,
                demand: 0.0,
                head_m: None,
                at: *at,
            })
            .collect();
        let mut links = Vec::new();
        for edge in &roads.edges {
            let is_first = edge.from < edge.to
                || !roads
                    .out
                    .get(edge.to)
                    .into_iter()
                    .flatten()
                    .filter_map(|back| roads.edges.get(*back))
                    .any(|back| back.to == edge.from);
            if !is_first {
                continue;
            }
            for end in [edge.from, edge.to] {
                if let Some(node) = nodes.get_mut(end) {
                    node.demand += 0.5 * DEMAND_PER_M * edge.length_m;
                }
            }
            let diameter = if edge.is_main { 0.6 } else { 0.2 };
            links.push(Link {
                name: format!("p{}", links.len()),
                from: edge.from,
                to: edge.to,
                conductance: conductance(edge.length_m, diameter, 130.0, 0.002),
                lift_m: 0.0,
            });
        }
        let west =
            (0..nodes.len()).min_by(|a, b| east_of(&nodes, *a).total_cmp(&east_of(&nodes, *b)));
        let east =
            (0..nodes.len()).max_by(|a, b| east_of(&nodes, *a).total_cmp(&east_of(&nodes, *b)));
        for source in [west, east].into_iter().flatten() {
            if let Some(node) = nodes.get_mut(source) {
                node.head_m = Some(SOURCE_HEAD_M);
            }
        }
        Self::solved(Plan { nodes, links }, zone_ms)
    }

    fn solved(plan: Plan, zone_ms: i64) -> Self {
        let heads = heads_of(&plan, &[]);
        Self {
            plan,
            heads,
            burst: None,
            zone_ms,
        }
    }

    /// The same, with a main that bursts at a node, and valves around it that are closed at `isolated`.
    pub(crate) fn bursting(mut self, node: usize, begins: UtcMillis, isolated: UtcMillis) -> Self {
        let mut draw = vec![0.0; self.plan.nodes.len()];
        if let Some(drawn) = draw.get_mut(node) {
            *drawn = 1.0;
        }
        let mut taken = solve::heads(&self.plan, &[], &draw, false);
        let elevation = self
            .plan
            .nodes
            .get(node)
            .map_or(0.0, |node| node.elevation_m);
        let pressure = (self.heads.at(node, 1.0) - elevation).max(0.0);
        let per_unit = taken.get(node).map_or(0.0, |head| -head).max(1e-9);
        let flow = BURST_SHARE * pressure / per_unit;
        for head in &mut taken {
            *head = (-*head * flow).max(0.0);
        }
        let touches = |link: &Link| link.from == node || link.to == node;
        let closed: Vec<usize> = (0..self.plan.links.len())
            .filter(|index| self.plan.links.get(*index).is_some_and(touches))
            .collect();
        self.burst = Some(Burst {
            node,
            begins,
            isolated,
            taken,
            after: heads_of(&self.plan, &closed),
            closed,
        });
        self
    }

    /// How many nodes there are.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.plan.nodes.len()
    }

    /// Places for so many gauges, spread over the network: two of three measure pressure, the others flow.
    pub(crate) fn gauges(&self, count: usize) -> Vec<GaugeAt> {
        let nodes: Vec<usize> = (0..self.plan.nodes.len())
            .filter(|node| {
                self.plan
                    .nodes
                    .get(*node)
                    .is_some_and(|node| node.head_m.is_none())
            })
            .collect();
        let links = self.plan.links.len();
        let (of_flow, of_pressure) = (count / 3, count - count / 3);
        let spread = |all: usize, some: usize| {
            let some = some.min(all);
            (0..some).map(move |n| n * all / some.max(1))
        };
        let pressures = spread(nodes.len(), of_pressure)
            .filter_map(|n| nodes.get(n).map(|node| GaugeAt::Node(*node)));
        pressures
            .chain(spread(links, of_flow).map(GaugeAt::Link))
            .collect()
    }

    /// Where a gauge is, metres, and what the network calls the place.
    pub(crate) fn place(&self, at: GaugeAt) -> Option<([f64; 2], &str)> {
        let node = |index: usize| self.plan.nodes.get(index);
        match at {
            GaugeAt::Node(index) => node(index).map(|node| (node.at, node.name.as_str())),
            GaugeAt::Link(index) => {
                let link = self.plan.links.get(index)?;
                let (a, b) = (node(link.from)?.at, node(link.to)?.at);
                let middle = [0.5 * (a[0] + b[0]), 0.5 * (a[1] + b[1])];
                Some((middle, link.name.as_str()))
            }
        }
    }

    /// How many parts there are, nodes first and then links, and each pair of a part and the one right below it: the way the
    /// water runs on average.
    pub(crate) fn parts(&self) -> (usize, Vec<(u32, u32)>) {
        let nodes = self.plan.nodes.len();
        let mut edges = Vec::with_capacity(2 * self.plan.links.len());
        for (index, link) in self.plan.links.iter().enumerate() {
            let flow = self.flow_with(index, |node| self.heads.at(node, 1.0));
            let (above, below) = if flow < 0.0 {
                (link.to, link.from)
            } else {
                (link.from, link.to)
            };
            let part = (nodes + index) as u32;
            edges.push((above as u32, part));
            edges.push((part, below as u32));
        }
        (nodes + self.plan.links.len(), edges)
    }

    /// The part that a gauge is at.
    pub(crate) fn part_of(&self, at: GaugeAt) -> u32 {
        match at {
            GaugeAt::Node(node) => node as u32,
            GaugeAt::Link(link) => (self.plan.nodes.len() + link) as u32,
        }
    }

    /// The pressure at a node, MPa; never below zero.
    pub(crate) fn pressure_mpa(&self, node: usize, moment: UtcMillis) -> f64 {
        self.pressure_of(node, self.head(node, moment))
    }

    fn pressure_of(&self, node: usize, head_m: f64) -> f64 {
        let elevation = self
            .plan
            .nodes
            .get(node)
            .map_or(0.0, |node| node.elevation_m);
        if self.burst_is_isolated_at(node, head_m) {
            return 0.0;
        }
        ((head_m - elevation) * MPA_PER_M).max(0.0)
    }

    /// A node without water has no head to speak of.
    fn burst_is_isolated_at(&self, node: usize, head_m: f64) -> bool {
        head_m.is_nan() && self.burst.as_ref().is_some_and(|burst| burst.node == node)
    }

    /// The flow in a link from its first end to its second, m³/h.
    pub(crate) fn flow_m3_h(&self, link: usize, moment: UtcMillis) -> f64 {
        let is_closed = self
            .burst
            .as_ref()
            .is_some_and(|burst| moment >= burst.isolated && burst.closed.contains(&link));
        if is_closed {
            return 0.0;
        }
        self.flow_with(link, |node| self.head(node, moment))
    }

    fn flow_with(&self, link: usize, head: impl Fn(usize) -> f64) -> f64 {
        self.plan.links.get(link).map_or(0.0, |link| {
            3600.0 * link.conductance * (head(link.from) + link.lift_m - head(link.to))
        })
    }

    fn head(&self, node: usize, moment: UtcMillis) -> f64 {
        let demand = self.demand_at(moment);
        match &self.burst {
            Some(burst) if moment >= burst.isolated => {
                if node == burst.node {
                    f64::NAN
                } else {
                    burst.after.at(node, demand)
                }
            }
            Some(burst) if moment >= burst.begins => {
                let open = (moment.0 - burst.begins.0) as f64 / OPENING_MS;
                let taken = burst.taken.get(node).copied().unwrap_or_default();
                self.heads.at(node, demand) - open.min(1.0) * taken
            }
            _ => self.heads.at(node, demand),
        }
    }

    /// What is drawn at a moment, as a multiple of the mean: little at night, most in the morning and the evening.
    fn demand_at(&self, moment: UtcMillis) -> f64 {
        let hour = (moment.0 + self.zone_ms).rem_euclid(86_400_000) as f64 / 3_600_000.0;
        0.5 + 0.8 * bell(hour, 7.5, 1.6)
            + 0.3 * bell(hour, 12.5, 2.0)
            + 0.75 * bell(hour, 19.5, 2.2)
    }
}

fn heads_of(plan: &Plan, closed: &[usize]) -> Heads {
    let nothing = vec![0.0; plan.nodes.len()];
    let drawn: Vec<f64> = plan.nodes.iter().map(|node| node.demand).collect();
    let demand = solve::heads(plan, closed, &drawn, false);
    Heads {
        idle: solve::heads(plan, closed, &nothing, true),
        demand: demand.into_iter().map(|head| -head).collect(),
    }
}

fn east_of(nodes: &[Node], index: usize) -> f64 {
    nodes.get(index).map_or(0.0, |node| node.at[0])
}

/// m³/s per metre of head: Hazen-Williams (Q = 0.2785 C d^2.63 S^0.54), made linear at a slope.
fn conductance(length_m: f64, diameter_m: f64, roughness: f64, slope: f64) -> f64 {
    let flow = 0.2785 * roughness.max(1.0) * diameter_m.max(0.01).powf(2.63) * slope.powf(0.54);
    let found = flow / (slope * length_m.max(0.1));
    // The last bits of powers differ between machines.
    let rounded = (found * 1e9).round() / 1e9;
    rounded.clamp(LEAST_CONDUCTANCE, MOST_CONDUCTANCE)
}

/// Moves and scales the nodes into the middle four fifths of an extent, keeping their shape.
fn laid_over(nodes: &mut [Node], extent: [[f64; 2]; 2]) {
    let bound = |axis: usize, start: f64, pick: fn(f64, f64) -> f64| {
        let places = nodes.iter().filter_map(|node| node.at.get(axis).copied());
        places.fold(start, pick)
    };
    let (west, east) = (bound(0, f64::MAX, f64::min), bound(0, f64::MIN, f64::max));
    let (south, north) = (bound(1, f64::MAX, f64::min), bound(1, f64::MIN, f64::max));
    let width = 0.8 * (extent[1][0] - extent[0][0]) / (east - west).max(1e-9);
    let height = 0.8 * (extent[1][1] - extent[0][1]) / (north - south).max(1e-9);
    let scale = width.min(height);
    let middle = |a: f64, b: f64| 0.5 * (a + b);
    let (from_east, from_north) = (middle(west, east), middle(south, north));
    let to_east = middle(extent[0][0], extent[1][0]);
    let to_north = middle(extent[0][1], extent[1][1]);
    for node in nodes {
        node.at = [
            to_east + scale * (node.at[0] - from_east),
            to_north + scale * (node.at[1] - from_north),
        ];
    }
}

/// Longitude and latitude of a gauge.
pub(crate) fn degrees_of(network: &WaterNetwork, at: GaugeAt, plane: Plane) -> Option<[f64; 2]> {
    network.place(at).map(|(metres, _)| plane.degrees(metres))
}

#[cfg(test)]
mod tests {
    use super::super::roads::tests::grid;
    use super::*;
    use std::path::PathBuf;

    const MORNING: UtcMillis =
        UtcMillis(1_760_000_000_000 - 1_760_000_000_000 % 86_400_000 + 27_000_000);

    fn net3() -> Option<WaterNetwork> {
        let path = PathBuf::from("../../../shared/data/networks/Net3.inp");
        if !path.exists() {
            println!("skipped: {} is not here", path.display());
            return None;
        }
        let extent = [[-2000.0, -2000.0], [2000.0, 2000.0]];
        Some(WaterNetwork::read(&path, extent, 0).expect("a network"))
    }

    fn check_burst(network: &WaterNetwork, node: usize) {
        let begins = MORNING.plus_seconds(600.0);
        let burst = network
            .clone()
            .bursting(node, begins, begins.plus_seconds(3600.0));
        let moment = begins.plus_seconds(900.0);
        let drop = |at: usize| network.head(at, moment) - burst.head(at, moment);
        let most = (0..network.len()).map(drop).fold(f64::MIN, f64::max);
        assert!(drop(node) > 1.0, "it is felt: {}", drop(node));
        assert!((drop(node) - most).abs() < 1e-9, "most at its node");
        let next = network
            .plan
            .links
            .iter()
            .find_map(|link| match (link.from == node, link.to == node) {
                (true, false) => Some(link.to),
                (false, true) => Some(link.from),
                _ => None,
            })
            .expect("a neighbour");
        assert!(drop(next) < drop(node), "less at its neighbour");
        let isolated = begins.plus_seconds(7200.0);
        assert!(
            burst.pressure_mpa(node, isolated).abs() < 1e-12,
            "no water between closed valves"
        );
        let before = network.pressure_mpa(node, begins);
        assert!((burst.pressure_mpa(node, begins) - before).abs() < 1e-9);
    }

    #[test]
    fn a_burst_lowers_the_pressure_most_at_its_node_and_valves_end_it() {
        let roads = WaterNetwork::from_roads(&grid(9), 0);
        let node = (0..roads.len())
            .find(|node| {
                super::super::plane::distance(roads.plan.nodes[*node].at, [400.0, 300.0]) < 0.1
            })
            .expect("a crossing");
        check_burst(&roads, node);
        if let Some(net3) = net3() {
            let node = (0..net3.len())
                .find(|node| net3.plan.nodes[*node].name == "191")
                .expect("191");
            check_burst(&net3, node);
        }
    }

    #[test]
    fn pressure_falls_when_everybody_draws_water_and_flows_balance() {
        let network = WaterNetwork::from_roads(&grid(7), 0);
        let node = network
            .plan
            .nodes
            .iter()
            .position(|node| node.head_m.is_none())
            .expect("a node");
        let night = MORNING.plus_seconds(-5.0 * 3600.0);
        assert!(network.pressure_mpa(node, MORNING) < network.pressure_mpa(node, night));
        let out: f64 = network
            .plan
            .links
            .iter()
            .enumerate()
            .map(|(index, link)| {
                let flow = network.flow_m3_h(index, MORNING);
                f64::from(u8::from(link.to == node)) * flow
                    - f64::from(u8::from(link.from == node)) * flow
            })
            .sum();
        let drawn = 3600.0 * network.plan.nodes[node].demand * network.demand_at(MORNING);
        assert!(
            (out - drawn).abs() < 1e-4,
            "{out} arrives, {drawn} is drawn"
        );
    }

    #[test]
    fn every_part_that_is_no_source_lies_below_another() {
        let network = WaterNetwork::from_roads(&grid(5), 0);
        let (parts, edges) = network.parts();
        let (nodes, links) = (network.plan.nodes.len(), network.plan.links.len());
        assert_eq!((parts, edges.len()), (nodes + links, 2 * links));
        for part in 0..parts {
            let is_source = network
                .plan
                .nodes
                .get(part)
                .is_some_and(|node| node.head_m.is_some());
            let has_above = edges.iter().any(|(_, below)| *below as usize == part);
            assert!(is_source || has_above, "{part}");
        }
        assert_eq!(network.part_of(GaugeAt::Node(3)), 3);
        assert_eq!(network.part_of(GaugeAt::Link(2)) as usize, nodes + 2);
    }

    #[test]
    fn a_real_network_has_plausible_pressures_and_its_gauges_lie_on_the_map() {
        let Some(network) = net3() else { return };
        let gauges = network.gauges(30);
        assert_eq!(gauges.len(), 30);
        for gauge in gauges {
            let ([east, north], _) = network.place(gauge).expect("a place");
            assert!(east.abs() <= 2000.0 && north.abs() <= 2000.0);
        }
        let pressures = (0..network.len()).map(|node| network.pressure_mpa(node, MORNING));
        let good = pressures.filter(|mpa| (0.05..1.2).contains(mpa)).count();
        assert!(good * 3 > network.len() * 2, "{good} of {}", network.len());
    }
}
