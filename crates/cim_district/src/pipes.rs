//! The five networks: where across a street each runs (GB 50289), how deep, how wide, of what, since when; and how a run of
//! pipe becomes a link of the network and a tube of the twin.

use crate::feature::{Feature, Form, Pipe};
use crate::names::Name;
use crate::parts::{District, Parts};
use crate::plan::{RIVER_ROW, RoadClass};
use cim_import::{LinkKind, LinkStatus, NetworkKind, NetworkLink, NetworkNode, NodeKind};
use cim_tiles::FeatureClass;
use glam::{DVec2, DVec3};

/// Rows of cells after which gravity mains are lifted again.
pub(crate) const LIFT_ROWS: i32 = 6;
/// Fall of a gravity main between two crossings, metres: 0.6 ‰.
pub(crate) const FALL_M: f64 = 0.25;

/// The letter of a network in identities.
pub(crate) fn letter(kind: NetworkKind) -> &'static str {
    match kind {
        NetworkKind::Water => "w",
        NetworkKind::Gas => "g",
        NetworkKind::Drainage => "d",
        NetworkKind::Sewage => "s",
        NetworkKind::Heat => "h",
    }
}

/// A network in Chinese and English, as names of pipes use it.
pub(crate) fn words(kind: NetworkKind) -> (&'static str, &'static str) {
    match kind {
        NetworkKind::Water => ("给水", "Water"),
        NetworkKind::Gas => ("燃气", "Gas"),
        NetworkKind::Drainage => ("雨水", "Storm Drain"),
        NetworkKind::Sewage => ("污水", "Sewer"),
        NetworkKind::Heat => ("热力", "Heat"),
    }
}

/// True for networks in which water runs by itself.
pub(crate) fn is_gravity(kind: NetworkKind) -> bool {
    matches!(kind, NetworkKind::Drainage | NetworkKind::Sewage)
}

/// Metres to the right of a street's middle: heat and sewage on one side, rain, water and gas on the other.
pub(crate) fn across_m(kind: NetworkKind, class: RoadClass) -> f64 {
    let share = match kind {
        NetworkKind::Gas => 0.80,
        NetworkKind::Water => 0.55,
        NetworkKind::Drainage => 0.15,
        NetworkKind::Sewage => -0.30,
        NetworkKind::Heat => -0.80,
    };
    share * class.half_corridor_m()
}

/// Depth of the axis where a main begins, metres: heat above gas above water above rain above sewage.
pub(crate) fn depth_m(kind: NetworkKind) -> f64 {
    match kind {
        NetworkKind::Heat => 1.0,
        NetworkKind::Gas => 1.6,
        NetworkKind::Water => 2.4,
        NetworkKind::Drainage => 3.8,
        NetworkKind::Sewage => 6.0,
    }
}

/// Rows between the crossing row `j` and its bank of the river, to which rain and sewage run.
pub(crate) fn rows_from_bank(district: &District, j: i32) -> i32 {
    let north = district.quotas.extent.north_bank();
    if j >= north { j - north } else { RIVER_ROW - j }
}

/// Depth of a main's axis at a crossing in row `j`, metres.
pub(crate) fn crossing_depth_m(district: &District, kind: NetworkKind, j: i32) -> f64 {
    if !is_gravity(kind) {
        return depth_m(kind);
    }
    let within = rows_from_bank(district, j).rem_euclid(LIFT_ROWS);
    depth_m(kind) + FALL_M * f64::from(LIFT_ROWS - 1 - within)
}

/// True when rain and sewage are lifted at a crossing in row `j`.
pub(crate) fn has_lift(district: &District, j: i32) -> bool {
    let rows = rows_from_bank(district, j);
    rows > 0 && rows.rem_euclid(LIFT_ROWS) == 0
}

/// Inner diameter of a main under a street, metres.
pub(crate) fn diameter_m(kind: NetworkKind, class: RoadClass) -> f64 {
    let [wide, middle, narrow, lane] = match kind {
        NetworkKind::Water => [0.6, 0.4, 0.3, 0.2],
        NetworkKind::Gas => [0.4, 0.3, 0.25, 0.16],
        NetworkKind::Drainage => [1.2, 1.0, 0.8, 0.5],
        NetworkKind::Sewage => [0.8, 0.6, 0.5, 0.4],
        NetworkKind::Heat => [0.5, 0.4, 0.3, 0.2],
    };
    match class {
        RoadClass::Expressway | RoadClass::Primary => wide,
        RoadClass::Secondary => middle,
        RoadClass::Tertiary => narrow,
        RoadClass::Lane | RoadClass::Alley => lane,
    }
}

/// The material of a pipe, and its Hazen-Williams or Manning roughness.
fn material(kind: NetworkKind, diameter: f64) -> (&'static str, f64) {
    match kind {
        NetworkKind::Water if diameter >= 0.25 => ("球墨铸铁", 130.0),
        NetworkKind::Water | NetworkKind::Gas if diameter < 0.25 => ("PE100", 145.0),
        NetworkKind::Drainage if diameter >= 0.8 => ("钢筋混凝土", 0.013),
        NetworkKind::Drainage | NetworkKind::Sewage => ("HDPE", 0.010),
        NetworkKind::Water | NetworkKind::Gas => ("钢", 140.0),
        NetworkKind::Heat => ("预制保温钢管", 140.0),
    }
}

/// The identity of a network's node at a crossing.
pub(crate) fn crossing_node(kind: NetworkKind, i: i32, j: i32) -> String {
    format!("n{}{}", letter(kind), District::tag(i, j))
}

/// The identity of the asset at a crossing: the valve of a pressure network, the manhole of a gravity network.
pub(crate) fn crossing_asset(kind: NetworkKind, i: i32, j: i32) -> String {
    let word = if is_gravity(kind) { "mh" } else { "va" };
    format!("{word}{}{}", letter(kind), District::tag(i, j))
}

/// A place where pipes of a network meet.
#[derive(Clone, Debug)]
pub(crate) struct Meeting {
    pub(crate) id: String,
    pub(crate) kind: NodeKind,
    /// In the plane.
    pub(crate) at: DVec2,
    pub(crate) depth_m: f64,
    /// Cubic metres a second.
    pub(crate) demand: Option<f64>,
    /// The asset that it stands for; may be empty.
    pub(crate) asset: String,
}

impl Meeting {
    /// A place where pipes meet and nothing else is.
    pub(crate) fn junction(id: String, at: DVec2, depth_m: f64) -> Self {
        Self {
            id,
            kind: NodeKind::Junction,
            at,
            depth_m,
            demand: None,
            asset: String::new(),
        }
    }
}

/// Adds a node of a network.
pub(crate) fn add_node(
    district: &District,
    kind: NetworkKind,
    meeting: Meeting,
    parts: &mut Parts,
) {
    let [lon, lat] = district.map.lon_lat(meeting.at);
    let node = NetworkNode {
        id: meeting.id,
        kind: meeting.kind,
        lon,
        lat,
        elevation_m: Some(-to_millimetres(meeting.depth_m)),
        depth_m: Some(to_millimetres(meeting.depth_m)),
        demand_m3_s: meeting.demand,
        feature: meeting.asset,
    };
    parts.nodes.push((kind, node));
}

/// A pipe between two nodes.
#[derive(Clone, Debug)]
pub(crate) struct Run<'a> {
    pub(crate) network: NetworkKind,
    pub(crate) id: String,
    pub(crate) from: String,
    pub(crate) to: String,
    /// In the plane; heights below ground.
    pub(crate) line: Vec<DVec3>,
    pub(crate) diameter_m: f64,
    /// The street or block that it lies under.
    pub(crate) under: &'a Name,
    pub(crate) year: u32,
}

/// Adds a pipe as a link of its network.
pub(crate) fn add_link(district: &District, run: &Run<'_>, parts: &mut Parts) {
    let length: f64 = run
        .line
        .windows(2)
        .map(|pair| match pair {
            [from, to] => from.distance(*to),
            _ => 0.0,
        })
        .sum();
    let (material, roughness) = material(run.network, run.diameter_m);
    let inner = run.line.len().saturating_sub(1);
    let vertices = run
        .line
        .get(1..inner)
        .unwrap_or_default()
        .iter()
        .map(|at| district.map.lon_lat(at.truncate()))
        .collect();
    let link = NetworkLink {
        id: run.id.clone(),
        kind: LinkKind::Pipe,
        from: run.from.clone(),
        to: run.to.clone(),
        vertices,
        length_m: to_millimetres(length),
        diameter_m: run.diameter_m,
        roughness: Some(roughness),
        material: material.to_owned(),
        is_material_assumed: false,
        year: i32::try_from(run.year).ok(),
        status: LinkStatus::Open,
    };
    parts.links.push((run.network, link));
}

/// Adds a pipe as a link of its network and as a tube of the twin, under the same identity.
pub(crate) fn add_run(district: &District, run: Run<'_>, parts: &mut Parts) {
    add_link(district, &run, parts);
    let (zh, en) = words(run.network);
    let (material, _) = material(run.network, run.diameter_m);
    let depth = run.line.iter().map(|at| -at.z).fold(0.0, f64::max);
    let name = run.under.with(&format!("{zh}管"), &format!("{en} Main"));
    let feature = Feature::new(
        run.id,
        FeatureClass::Pipe,
        run.network.pipe_kind(),
        Form::Tubes(vec![Pipe {
            line: run.line,
            diameter_m: run.diameter_m,
        }]),
    )
    .named(&name)
    .tag("network", run.network.as_str())
    .tag("diameter", format!("{:.3}", run.diameter_m))
    .tag("depth", format!("{depth:.2}"))
    .tag("material", material)
    .tag("start_date", run.year.to_string());
    parts.features.push(feature);
}

fn to_millimetres(metres: f64) -> f64 {
    (metres * 1_000.0).round() / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLASSES: [RoadClass; 5] = [
        RoadClass::Expressway,
        RoadClass::Primary,
        RoadClass::Secondary,
        RoadClass::Tertiary,
        RoadClass::Lane,
    ];

    #[test]
    fn mains_lie_under_their_street_and_beside_each_other() {
        for class in CLASSES {
            let mut across: Vec<f64> = NetworkKind::ALL
                .into_iter()
                .map(|kind| across_m(kind, class))
                .collect();
            across.sort_by(f64::total_cmp);
            assert!(across.iter().all(|at| at.abs() < class.half_corridor_m()));
            assert!(across.windows(2).all(|pair| pair[1] - pair[0] >= 1.2));
        }
    }

    #[test]
    fn mains_that_cross_pass_above_and_below_each_other() {
        let mut order = NetworkKind::ALL;
        order.sort_by(|a, b| depth_m(*a).total_cmp(&depth_m(*b)));
        assert_eq!(
            order.map(letter),
            ["h", "g", "w", "d", "s"],
            "heat above gas above water above rain above sewage"
        );
        for pair in order.windows(2) {
            // At one crossing both gravity mains have fallen equally far.
            let between = depth_m(pair[1]) - depth_m(pair[0]);
            let wide = |kind| diameter_m(kind, RoadClass::Primary);
            assert!(between >= 0.5 * (wide(pair[0]) + wide(pair[1])) + 0.1);
        }
    }
}
