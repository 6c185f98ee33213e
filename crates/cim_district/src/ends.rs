//! Where networks begin and end: waterworks, gas gate, heat source, sewage plant, outfalls, pumps; and the lake's ring.

use crate::feature::{Feature, Form, Model};
use crate::mains::{crossing_point, node_depth_m};
use crate::names::Name;
use crate::parts::{District, Parts, Station};
use crate::pipes::{
    Meeting, Run, across_m, add_node, add_run, crossing_node, depth_m, diameter_m, is_gravity,
    letter, words,
};
use crate::plan::{METRO_LINE, RIVER_ROW, RoadClass, Way};
use crate::plane::direction;
use crate::river::banks;
use crate::site::RING_M;
use cim_import::{ModelKind, NetworkKind, NodeKind};
use cim_tiles::FeatureClass;
use glam::{DVec2, DVec3};

/// How far outside the grid works stand, metres.
const OUTSIDE_M: f64 = 90.0;
/// Nodes of the mains around the lake.
pub(crate) const RING_NODES: u32 = 24;
/// The ring's northernmost node.
const NORTH_NODE: u32 = 6;
/// The ring's southernmost node.
const SOUTH_NODE: u32 = 18;

/// A works at the district's edge.
struct Works {
    network: NetworkKind,
    /// The crossing that it is joined to.
    at: (i32, i32),
    /// Metres east of the crossing; negative for west.
    east_m: f64,
    kind: &'static str,
    node: NodeKind,
    zh: &'static str,
    en: &'static str,
}

fn works(district: &District) -> [Works; 5] {
    let extent = district.quotas.extent;
    let bank = extent.north_bank();
    let one = |network, at, side: f64, kind, node, zh, en| Works {
        network,
        at,
        east_m: side * OUTSIDE_M,
        kind,
        node,
        zh,
        en,
    };
    let source = NodeKind::Reservoir;
    [
        one(
            NetworkKind::Water,
            (extent.west, bank),
            -1.0,
            "waterworks",
            source,
            "云湖第一水厂",
            "Yunhu Waterworks 1",
        ),
        one(
            NetworkKind::Water,
            (extent.east, METRO_LINE),
            1.0,
            "waterworks",
            source,
            "云湖第二水厂",
            "Yunhu Waterworks 2",
        ),
        one(
            NetworkKind::Gas,
            (extent.west, extent.north),
            -1.0,
            "gas_gate",
            source,
            "云湖燃气门站",
            "Yunhu Gas Gate Station",
        ),
        one(
            NetworkKind::Heat,
            (extent.west, METRO_LINE),
            -1.0,
            "heat_source",
            source,
            "云湖热源厂",
            "Yunhu Heat Source",
        ),
        one(
            NetworkKind::Sewage,
            (extent.east, bank),
            1.0,
            "sewage_plant",
            NodeKind::Outfall,
            "云湖净水厂",
            "Yunhu Water Reclamation Plant",
        ),
    ]
}

/// Adds what begins or ends at the crossing (i, j).
pub(crate) fn add(district: &District, i: i32, j: i32, parts: &mut Parts) {
    for works in works(district) {
        if works.at == (i, j) {
            add_works(district, &works, parts);
        }
    }
    let extent = district.quotas.extent;
    let is_bank = j == extent.north_bank() || (j == RIVER_ROW && extent.has_river());
    if is_bank {
        add_outfall(district, i, j, parts);
    }
    if j == RIVER_ROW && i == extent.east && extent.has_river() {
        add_siphon(district, parts);
    }
}

fn add_works(district: &District, works: &Works, parts: &mut Parts) {
    let (i, j) = works.at;
    let node = crossing_node(works.network, i, j);
    let joint = crossing_point(works.network, i, j);
    let far = joint + DVec2::new(works.east_m, 0.0);
    let depth = node_depth_m(district, works.network, i, j);
    let id = format!("st{}{}", letter(works.network), District::tag(i, j));
    let at = district.ground.at(far.x, far.y);
    let works_node = format!("{node}q");
    add_node(
        district,
        works.network,
        Meeting {
            id: works_node.clone(),
            kind: works.node,
            at,
            depth_m: depth,
            demand: None,
            asset: id.clone(),
        },
        parts,
    );
    let mut line: Vec<DVec3> = district
        .ground
        .stretch(joint, far, 30.0)
        .into_iter()
        .map(|at| at.extend(-depth))
        .collect();
    // Sewage leaves, everything else comes.
    let leaves = works.node == NodeKind::Outfall;
    let (from, to) = if leaves {
        (node, works_node)
    } else {
        line.reverse();
        (works_node, node)
    };
    let name = Name::new(works.zh, works.en);
    let run = Run {
        network: works.network,
        id: format!("p{id}"),
        from,
        to,
        line,
        diameter_m: diameter_m(works.network, RoadClass::Expressway),
        under: &name,
        year: 2_006,
    };
    add_run(district, run, parts);
    let tanks = [(0.0, 14.0), (0.0, -14.0), (24.0, 0.0)]
        .map(|(east, north): (f64, f64)| {
            let away = DVec2::new(east * works.east_m.signum(), north);
            Model {
                scale: 1.6,
                ..Model::standing(ModelKind::Tank, at + away, DVec2::Y)
            }
        })
        .to_vec();
    parts.features.push(
        Feature::new(
            id.clone(),
            FeatureClass::Pipe,
            works.kind,
            Form::Models(tanks),
        )
        .named(&name)
        .tag("network", works.network.as_str()),
    );
    parts.stations.push(Station {
        id,
        kind: works.kind,
        name,
        at,
        height_m: 0.0,
    });
}

/// The last stretch of a rain main, from the crossing on the bank to the river.
fn add_outfall(district: &District, i: i32, j: i32, parts: &mut Parts) {
    let network = NetworkKind::Drainage;
    let extent = district.quotas.extent;
    let joint = crossing_point(network, i, j);
    let far = if extent.has_river() {
        let (south, north) = banks(joint.x);
        let v = if j == RIVER_ROW { south } else { north };
        DVec2::new(joint.x, v)
    } else {
        joint - DVec2::new(0.0, 45.0)
    };
    let depth = node_depth_m(district, network, i, j);
    let node = crossing_node(network, i, j);
    let at = district.ground.at(far.x, far.y);
    let id = format!("of{}", District::tag(i, j));
    let name = district
        .street(Way::SouthNorth, i)
        .with("雨水排口", "Storm Outfall");
    add_node(
        district,
        network,
        Meeting {
            id: format!("{node}q"),
            kind: NodeKind::Outfall,
            at,
            depth_m: depth + 0.1,
            demand: None,
            asset: id.clone(),
        },
        parts,
    );
    let line: Vec<DVec3> = district
        .ground
        .stretch(joint, far, 40.0)
        .into_iter()
        .map(|at| at.extend(-depth))
        .collect();
    let run = Run {
        network,
        id: format!("p{id}"),
        from: node.clone(),
        to: format!("{node}q"),
        line,
        diameter_m: 1.4,
        under: &name,
        year: 2_010,
    };
    add_run(district, run, parts);
    let model = Model {
        at: at.extend(0.3),
        ..Model::standing(ModelKind::Valve, at, DVec2::Y)
    };
    parts.features.push(
        Feature::new(id, FeatureClass::Pipe, "outfall", Form::Models(vec![model]))
            .named(&name)
            .tag("network", network.as_str()),
    );
}

/// The siphon that takes the southern interceptor below the river to the plant.
fn add_siphon(district: &District, parts: &mut Parts) {
    let network = NetworkKind::Sewage;
    let east = district.quotas.extent.east;
    let (south, north) = (
        crossing_point(network, east, RIVER_ROW),
        crossing_point(network, east, RIVER_ROW + 1),
    );
    let depth = |j| node_depth_m(district, network, east, j);
    let line: Vec<DVec3> = [
        (0.0, depth(RIVER_ROW)),
        (0.15, 14.0),
        (0.85, 14.0),
        (1.0, depth(RIVER_ROW + 1)),
    ]
    .into_iter()
    .map(|(share, depth)| {
        let at = south.lerp(north, share);
        district.ground.at(at.x, at.y).extend(-depth)
    })
    .collect();
    let name = Name::new("云水河倒虹", "Yunshui Siphon");
    let run = Run {
        network,
        id: "pssiphon".to_owned(),
        from: crossing_node(network, east, RIVER_ROW),
        to: crossing_node(network, east, RIVER_ROW + 1),
        line,
        diameter_m: 1.0,
        under: &name,
        year: 2_012,
    };
    add_run(district, run, parts);
}

/// A pump where rain or sewage is lifted.
pub(crate) fn add_pump(
    district: &District,
    kind: NetworkKind,
    i: i32,
    j: i32,
    at: DVec2,
    parts: &mut Parts,
) {
    let id = pump_id(kind, i, j);
    let (zh, en) = words(kind);
    let name = district
        .street(Way::SouthNorth, i)
        .with(&format!("{zh}泵站"), &format!("{en} Pump Station"));
    let model = Model {
        at: at.extend(-depth_m(kind)),
        scale: 1.6,
        ..Model::standing(ModelKind::Pump, at, DVec2::Y)
    };
    parts.features.push(
        Feature::new(
            id.clone(),
            FeatureClass::Pipe,
            "pump",
            Form::Models(vec![model]),
        )
        .named(&name)
        .tag("network", kind.as_str()),
    );
    parts.stations.push(Station {
        id,
        kind: "pump",
        name,
        at,
        height_m: 0.0,
    });
}

/// The identity of the pump at a crossing.
pub(crate) fn pump_id(kind: NetworkKind, i: i32, j: i32) -> String {
    format!("pu{}{}", letter(kind), District::tag(i, j))
}

/// The identity of a node of a network's main around the lake.
pub(crate) fn ring_node(kind: NetworkKind, n: u32) -> String {
    format!("n{}ring{:02}", letter(kind), n % RING_NODES)
}

/// Where that node is, in the plane.
pub(crate) fn ring_point(kind: NetworkKind, n: u32) -> DVec2 {
    let radius = RING_M.0 + across_m(kind, RoadClass::Secondary);
    direction(360.0 * f64::from(n % RING_NODES) / f64::from(RING_NODES)) * radius
}

/// Depth of a main around the lake: gravity mains fall from north to south on both sides.
fn ring_depth_m(kind: NetworkKind, n: u32) -> f64 {
    if !is_gravity(kind) {
        return depth_m(kind);
    }
    let from_north = n.abs_diff(NORTH_NODE);
    let steps = from_north.min(RING_NODES - from_north);
    depth_m(kind) - 1.0 + 0.05 * f64::from(steps)
}

/// Adds the mains around the lake and along its northern and southern radial street.
pub(crate) fn add_centre(district: &District, parts: &mut Parts) {
    for kind in NetworkKind::ALL {
        add_ring(district, kind, parts);
        let is_meshed = matches!(kind, NetworkKind::Water | NetworkKind::Gas);
        if !is_gravity(kind) {
            add_radial(district, kind, NORTH_NODE, (0, 1), parts);
        }
        if is_meshed || is_gravity(kind) {
            add_radial(district, kind, SOUTH_NODE, (0, -1), parts);
        }
    }
}

fn add_ring(district: &District, kind: NetworkKind, parts: &mut Parts) {
    let is_meshed = matches!(kind, NetworkKind::Water | NetworkKind::Gas);
    let name = Name::new("环湖路", "Lake Ring Road");
    for n in 0..RING_NODES {
        let (at, depth) = (ring_point(kind, n), ring_depth_m(kind, n));
        let node = Meeting::junction(ring_node(kind, n), at, depth);
        add_node(district, kind, node, parts);
        // Trees are open just east of their northernmost node.
        let next = (n + 1) % RING_NODES;
        if !is_meshed && next == NORTH_NODE {
            continue;
        }
        let to = (ring_point(kind, next), ring_depth_m(kind, next));
        let (mut ends, mut line) = (
            (ring_node(kind, n), ring_node(kind, next)),
            vec![at.extend(-depth), to.0.extend(-to.1)],
        );
        if depth > to.1 {
            // Links of gravity mains lead downwards.
            ends = (ends.1, ends.0);
            line.reverse();
        }
        let run = Run {
            network: kind,
            id: format!("p{}ring{n:02}", letter(kind)),
            from: ends.0,
            to: ends.1,
            line,
            diameter_m: diameter_m(kind, RoadClass::Secondary),
            under: &name,
            year: 2_011,
        };
        add_run(district, run, parts);
    }
}

fn add_radial(
    district: &District,
    kind: NetworkKind,
    node: u32,
    (i, j): (i32, i32),
    parts: &mut Parts,
) {
    let from = ring_point(kind, node);
    let to = crossing_point(kind, i, j);
    // Out along the street's middle, over to the main's side, on to the crossing.
    let bend = DVec2::new(to.x, from.y.signum() * (RING_M.0 + RING_M.1 + 14.0));
    let depth = node_depth_m(district, kind, i, j);
    let begin = ring_depth_m(kind, node);
    let line = vec![
        from.extend(-begin),
        bend.extend(-(begin + 0.1 * (depth - begin))),
        district.ground.at(to.x, to.y).extend(-depth),
    ];
    let name = if j > 0 {
        Name::new("望湖北路", "Wanghu North Road")
    } else {
        Name::new("望湖南路", "Wanghu South Road")
    };
    let run = Run {
        network: kind,
        id: format!("p{}radial{node}", letter(kind)),
        from: ring_node(kind, node),
        to: crossing_node(kind, i, j),
        line,
        diameter_m: diameter_m(kind, RoadClass::Primary),
        under: &name,
        year: 2_011,
    };
    add_run(district, run, parts);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::CELL_M;

    #[test]
    fn works_stand_outside_of_the_grid() {
        let district = District::plan(2, 400).expect("a small district");
        let extent = district.quotas.extent;
        for works in works(&district) {
            let design = crossing_point(works.network, works.at.0, works.at.1)
                + DVec2::new(works.east_m, 0.0);
            let outside = design.x < f64::from(extent.west) * CELL_M - 30.0
                || design.x > f64::from(extent.east) * CELL_M + 30.0;
            assert!(outside, "{}", works.en);
        }
    }
}
