//! Pipes inside the blocks: mains under the lanes, water to every building, heat to the block's exchanger.
//!
//! Houses of one row share a header that runs along their north side to the nearest main; each has its own connection.

use crate::block::building_id;
use crate::buildings::Building;
use crate::ends::{RING_NODES, ring_node, ring_point};
use crate::feature::{Feature, Form, Model, Pipe};
use crate::housing::lane_u;
use crate::mains::Main;
use crate::names::{Name, stem_of_cell};
use crate::parts::{District, Parts};
use crate::pipes::{
    Meeting, Run, across_m, add_link, add_node, add_run, depth_m, diameter_m, is_gravity, letter,
};
use crate::plan::{CELL_M, RoadClass, Use, Way, number_of};
use crate::site::Site;
use cim_import::{ModelKind, NetworkKind, NodeKind};
use cim_tiles::FeatureClass;
use glam::{DVec2, DVec3};
use std::collections::BTreeMap;

/// Depth of headers and of connections, metres.
const HEADER_M: (f64, f64) = (1.5, 1.2);
/// What a person takes, cubic metres a second: 150 litres a day.
const PER_PERSON_M3_S: f64 = 150.0e-3 / 86_400.0;
/// What a square metre of floor takes elsewhere: 3 litres a day.
const PER_FLOOR_M3_S: f64 = 3.0e-3 / 86_400.0;

/// Where a block's pipe joins a main under a street of its cell.
#[derive(Clone, Debug)]
pub(crate) struct Tee {
    pub(crate) network: NetworkKind,
    pub(crate) way: Way,
    /// Metres along the street.
    pub(crate) along: f64,
    /// The node's identity.
    pub(crate) node: String,
}

/// Adds the pipes inside the cell (i, j), and says where they join the streets' mains.
pub(crate) fn add(
    district: &District,
    i: i32,
    j: i32,
    site: Option<&Site<'_>>,
    parts: &mut Parts,
) -> Vec<Tee> {
    let Some(site) = site else {
        return Vec::new();
    };
    if site.purpose == Use::Centre {
        add_around_the_lake(district, site, parts);
        return Vec::new();
    }
    let stem = stem_of_cell(district.seed, number_of(i, j));
    let block = crate::block::block_name(site.purpose, &stem);
    let mut tees = Vec::new();
    let rows = Rows::of(district, site, &block);
    rows.add(&mut tees, parts);
    for network in [NetworkKind::Gas, NetworkKind::Drainage, NetworkKind::Sewage] {
        if rows.has_lane {
            add_lane_main(district, site, network, &block, &mut tees, parts);
        }
    }
    if !site.buildings.is_empty() {
        add_exchanger(district, site, &block, &mut tees, parts);
    }
    tees
}

/// True when a main can follow the cell's south-north lane.
fn has_lane(district: &District, site: &Site<'_>) -> bool {
    let is_lane = site.lanes.first().is_some_and(|lane| {
        lane.number == 1
            && lane
                .design
                .first()
                .is_some_and(|at| (at.x - lane_u(site.i, site.j)).abs() < 0.1)
    });
    is_lane && Main::of(district, NetworkKind::Water, Way::WestEast, site.i, site.j).is_some()
}

/// The year in which a block's pipes were laid: its first building's.
fn year_of(site: &Site<'_>) -> u32 {
    site.buildings
        .first()
        .map_or(2_010, |building| building.year.max(1_985))
}

/// A main of one network under the lane; gravity mains fall to the street in the south.
fn add_lane_main(
    district: &District,
    site: &Site<'_>,
    network: NetworkKind,
    block: &Name,
    tees: &mut Vec<Tee>,
    parts: &mut Parts,
) {
    let (i, j) = (site.i, site.j);
    let Some(street) = Main::of(district, network, Way::WestEast, i, j) else {
        return;
    };
    let u = lane_u(i, j) + across_m(network, RoadClass::Lane);
    let along = u - f64::from(i) * CELL_M;
    let (base, end) = (street.design_at(along), site.inside.north - 12.0);
    let (street_depth, far_depth) = if is_gravity(network) {
        (street.depth_at(along), depth_m(network) - 1.9)
    } else {
        (street.depth_at(along), depth_m(network))
    };
    let near_depth = if is_gravity(network) {
        street_depth - 0.35
    } else {
        street_depth
    };
    let tag = District::tag(i, j);
    let node = format!("n{}{tag}l", letter(network));
    let top = district.ground.at(u, end);
    let far = Meeting::junction(format!("{node}x"), top, far_depth);
    add_node(district, network, far, parts);
    let flat = district.ground.stretch(base, DVec2::new(u, end), 60.0);
    let last = flat.len().saturating_sub(1).max(1) as f64;
    let mut line: Vec<DVec3> = flat
        .iter()
        .enumerate()
        .map(|(n, at)| {
            let share = n as f64 / last;
            at.extend(-(near_depth + (far_depth - near_depth) * share))
        })
        .collect();
    // A drop manhole leads down to the street's main.
    if let Some(first) = flat.first() {
        line.insert(0, first.extend(-street_depth));
    }
    let (from, to) = if is_gravity(network) {
        line.reverse();
        (format!("{node}x"), node.clone())
    } else {
        (node.clone(), format!("{node}x"))
    };
    let run = Run {
        network,
        id: format!("p{}{tag}l", letter(network)),
        from,
        to,
        line,
        diameter_m: diameter_m(network, RoadClass::Lane),
        under: block,
        year: year_of(site),
    };
    add_run(district, run, parts);
    tees.push(Tee {
        network,
        way: Way::WestEast,
        along,
        node,
    });
}

/// The block's heat exchanger on the pavement, where the street in the west has a heat main.
fn add_exchanger(
    district: &District,
    site: &Site<'_>,
    block: &Name,
    tees: &mut Vec<Tee>,
    parts: &mut Parts,
) {
    let network = NetworkKind::Heat;
    let (i, j) = (site.i, site.j);
    let Some(street) = Main::of(district, network, Way::SouthNorth, i, j) else {
        return;
    };
    let along = 0.5 * CELL_M + 30.0;
    let joint = street.design_at(along);
    let stand = DVec2::new(site.inside.west - 2.4, joint.y);
    let depth = street.depth_at(along);
    let tag = District::tag(i, j);
    let node = format!("nh{tag}l");
    let id = format!("hx{tag}");
    let at = district.ground.at(stand.x, stand.y);
    add_node(
        district,
        network,
        Meeting {
            id: format!("{node}x"),
            kind: NodeKind::Station,
            at,
            depth_m: depth,
            demand: None,
            asset: id.clone(),
        },
        parts,
    );
    let from = district.ground.at(joint.x, joint.y);
    let run = Run {
        network,
        id: format!("ph{tag}l"),
        from: node.clone(),
        to: format!("{node}x"),
        line: vec![from.extend(-depth), at.extend(-depth), at.extend(-0.2)],
        diameter_m: diameter_m(network, RoadClass::Lane),
        under: block,
        year: year_of(site),
    };
    add_run(district, run, parts);
    let model = Model {
        scale: 1.4,
        ..Model::standing(ModelKind::Pump, at, DVec2::Y)
    };
    parts.features.push(
        Feature::new(
            id,
            FeatureClass::Pipe,
            "heat_exchanger",
            Form::Models(vec![model]),
        )
        .named(&block.with("换热站", "Heat Exchanger"))
        .tag("network", network.as_str()),
    );
    tees.push(Tee {
        network,
        way: Way::SouthNorth,
        along,
        node,
    });
}

/// Buildings that share a header: the main that it joins, its place along it in half metres, and the side.
type RowKey = (bool, i64, bool);

/// The water inside a block.
struct Rows<'a> {
    district: &'a District,
    site: &'a Site<'a>,
    block: &'a Name,
    has_lane: bool,
    /// The main under the street in the west, and where it runs.
    street: Option<Main>,
    members: BTreeMap<RowKey, Vec<usize>>,
}

impl<'a> Rows<'a> {
    fn of(district: &'a District, site: &'a Site<'a>, block: &'a Name) -> Self {
        let (i, j) = (site.i, site.j);
        let mut rows = Self {
            district,
            site,
            block,
            has_lane: has_lane(district, site),
            street: Main::of(district, NetworkKind::Water, Way::SouthNorth, i, j),
            members: BTreeMap::new(),
        };
        for (n, building) in site.buildings.iter().enumerate() {
            if let Some(key) = rows.key(building) {
                rows.members.entry(key).or_default().push(n);
            }
        }
        rows
    }

    /// Where the lane's main runs.
    fn lane_u(&self) -> f64 {
        lane_u(self.site.i, self.site.j) + across_m(NetworkKind::Water, RoadClass::Lane)
    }

    /// Where a main runs: the street's, or the lane's.
    fn main_u(&self, is_lane: bool) -> f64 {
        match (&self.street, is_lane) {
            (Some(street), false) => street.design_at(0.5 * CELL_M).x,
            _ => self.lane_u(),
        }
    }

    fn key(&self, building: &Building) -> Option<RowKey> {
        let to = |is_lane: bool| (building.tap.x - self.main_u(is_lane)).abs();
        let is_lane = match (&self.street, self.has_lane) {
            (Some(_), true) => to(true) < to(false),
            (Some(_), false) => false,
            (None, true) => true,
            (None, false) => return None,
        };
        let east = building.tap.x > self.main_u(is_lane);
        Some((is_lane, (building.tap.y * 2.0).round() as i64, east))
    }

    fn add(&self, tees: &mut Vec<Tee>, parts: &mut Parts) {
        let tag = District::tag(self.site.i, self.site.j);
        // Rows to both sides of the lane meet it in one place.
        let mut on_lane: BTreeMap<i64, String> = BTreeMap::new();
        for (n, ((is_lane, half_metres, _), members)) in self.members.iter().enumerate() {
            let v = 0.5 * *half_metres as f64;
            let node = if *is_lane {
                on_lane
                    .entry(*half_metres)
                    .or_insert_with(|| format!("nw{tag}l{n:02}"))
                    .clone()
            } else {
                let node = format!("nw{tag}w{n:02}");
                tees.push(Tee {
                    network: NetworkKind::Water,
                    way: Way::SouthNorth,
                    along: v - f64::from(self.site.j) * CELL_M,
                    node: node.clone(),
                });
                node
            };
            self.add_row(n, *is_lane, v, node, members, parts);
        }
        if self.has_lane {
            self.add_lane(&on_lane, tees, parts);
        }
    }

    /// The main under the lane, cut where rows join it.
    fn add_lane(&self, joints: &BTreeMap<i64, String>, tees: &mut Vec<Tee>, parts: &mut Parts) {
        let (site, district) = (self.site, self.district);
        let network = NetworkKind::Water;
        let Some(street) = Main::of(district, network, Way::WestEast, site.i, site.j) else {
            return;
        };
        let tag = District::tag(site.i, site.j);
        let u = self.lane_u();
        let along = u - f64::from(site.i) * CELL_M;
        let mut from = street.design_at(along);
        let mut node = format!("nw{tag}l");
        tees.push(Tee {
            network,
            way: Way::WestEast,
            along,
            node: node.clone(),
        });
        let mut stops: Vec<(f64, String)> = joints
            .iter()
            .map(|(half_metres, node)| (0.5 * *half_metres as f64, node.clone()))
            .collect();
        if stops.is_empty() {
            stops.push((site.inside.north - 12.0, format!("nw{tag}lx")));
        }
        for (n, (v, next)) in stops.into_iter().enumerate() {
            let to = DVec2::new(u, v);
            let at = district.ground.at(u, v);
            let joint = Meeting::junction(next.clone(), at, depth_m(network));
            add_node(district, network, joint, parts);
            let line = district
                .ground
                .stretch(from, to, 60.0)
                .into_iter()
                .map(|at| at.extend(-depth_m(network)))
                .collect();
            let run = Run {
                network,
                id: format!("pw{tag}l{n:02}"),
                from: node,
                to: next.clone(),
                line,
                diameter_m: diameter_m(network, RoadClass::Lane),
                under: self.block,
                year: year_of(site),
            };
            add_run(district, run, parts);
            (from, node) = (to, next);
        }
    }

    /// A header with the connections of its houses.
    fn add_row(
        &self,
        n: usize,
        is_lane: bool,
        v: f64,
        joint: String,
        members: &[usize],
        parts: &mut Parts,
    ) {
        let main_u = self.main_u(is_lane);
        let mut houses: Vec<(f64, usize)> = members
            .iter()
            .filter_map(|at| Some((self.site.buildings.get(*at)?.tap.x, *at)))
            .collect();
        houses.sort_by(|a, b| {
            let away = |u: f64| (u - main_u).abs();
            away(a.0).total_cmp(&away(b.0)).then(a.1.cmp(&b.1))
        });
        let id = format!("sw{}-{n:02}", District::tag(self.site.i, self.site.j));
        let mut row = Row {
            rows: self,
            id: &id,
            v,
            from: DVec2::new(main_u, v),
            node: joint,
            tubes: Vec::new(),
        };
        for (u, at) in houses {
            row.connect(u, at, parts);
        }
        let feature = Feature::new(
            id.clone(),
            FeatureClass::Pipe,
            "water_service",
            Form::Tubes(row.tubes),
        )
        .named(&self.block.with("入户给水管", "Water Services"))
        .tag("network", "water")
        .tag("diameter", "0.100")
        .tag("depth", format!("{:.2}", HEADER_M.0))
        .tag("material", "PE100")
        .tag("connections", members.len().to_string());
        parts.features.push(feature);
    }
}

/// A header while it is laid, from the main outwards.
struct Row<'a> {
    rows: &'a Rows<'a>,
    id: &'a str,
    v: f64,
    /// The end of what is laid, in the design grid, and its node.
    from: DVec2,
    node: String,
    tubes: Vec<Pipe>,
}

impl Row<'_> {
    /// Lays the header on to a house and connects it.
    fn connect(&mut self, u: f64, at: usize, parts: &mut Parts) {
        let (district, site) = (self.rows.district, self.rows.site);
        let Some(building) = site.buildings.get(at) else {
            return;
        };
        let network = NetworkKind::Water;
        let number = at as u32 + 1;
        let tap = DVec2::new(u, self.v);
        let tap_at = district.ground.at(tap.x, tap.y);
        // Wings around one court share a tap.
        if self.tubes.is_empty() || self.from.distance(tap) > 0.05 {
            self.lay_header(tap, number, building.year, parts);
        }
        let house = building_id(site.i, site.j, number);
        let consumer = format!("c{house}");
        // Just inside the north wall.
        let wall = building.rect.centre
            + (tap_at - building.rect.centre).normalize_or(DVec2::Y)
                * (building.rect.half_across.min(building.rect.half_along) - 0.6).max(0.5);
        add_node(
            district,
            network,
            Meeting {
                id: consumer.clone(),
                kind: NodeKind::Consumer,
                at: wall,
                depth_m: HEADER_M.1,
                demand: Some(demand_of(building)),
                asset: house,
            },
            parts,
        );
        let line = vec![tap_at.extend(-HEADER_M.0), wall.extend(-HEADER_M.1)];
        let service = Run {
            network,
            id: format!("{}.{number}", self.id),
            from: self.node.clone(),
            to: consumer,
            line,
            diameter_m: 0.05,
            under: self.rows.block,
            year: building.year,
        };
        add_link(district, &service, parts);
        self.tubes.push(Pipe {
            line: service.line,
            diameter_m: service.diameter_m,
        });
    }

    /// Lays the header on to a tap; the first piece comes up from the main.
    fn lay_header(&mut self, tap: DVec2, number: u32, year: u32, parts: &mut Parts) {
        let (district, network) = (self.rows.district, NetworkKind::Water);
        let node = format!("{}.{number}t", self.id);
        let at = district.ground.at(tap.x, tap.y);
        let joint = Meeting::junction(node.clone(), at, HEADER_M.0);
        add_node(district, network, joint, parts);
        let mut line: Vec<DVec3> = district
            .ground
            .stretch(self.from, tap, 80.0)
            .into_iter()
            .map(|at| at.extend(-HEADER_M.0))
            .collect();
        if self.tubes.is_empty()
            && let Some(first) = line.first().copied()
        {
            line.insert(0, first.truncate().extend(-depth_m(network)));
        }
        let header = Run {
            network,
            id: format!("{}.{number}h", self.id),
            from: self.node.clone(),
            to: node.clone(),
            line,
            diameter_m: 0.1,
            under: self.rows.block,
            year,
        };
        add_link(district, &header, parts);
        self.tubes.push(Pipe {
            line: header.line,
            diameter_m: header.diameter_m,
        });
        (self.from, self.node) = (tap, node);
    }
}

fn demand_of(building: &Building) -> f64 {
    let floor = building.rect.area() * f64::from(building.levels);
    let people = f64::from(building.residents()) * PER_PERSON_M3_S;
    let other = if building.homes == 0 {
        floor * PER_FLOOR_M3_S
    } else {
        0.0
    };
    ((people + other) * 1.0e9).round() / 1.0e9
}

/// Around the lake every building is connected to the nearest node of the ring.
fn add_around_the_lake(district: &District, site: &Site<'_>, parts: &mut Parts) {
    let network = NetworkKind::Water;
    let block = Name::new("环湖", "Lakeside");
    let mut tubes = Vec::new();
    for (building, number) in site.buildings.iter().zip(1_u32..) {
        let nearest = (0..RING_NODES).min_by(|a, b| {
            let away = |n: u32| ring_point(network, n).distance(building.rect.centre);
            away(*a).total_cmp(&away(*b))
        });
        let Some(nearest) = nearest else { continue };
        let from = ring_point(network, nearest);
        let house = building_id(site.i, site.j, number);
        let consumer = format!("c{house}");
        let towards = (from - building.rect.centre).normalize_or(DVec2::Y);
        let wall = building.rect.centre + towards * 0.5;
        add_node(
            district,
            network,
            Meeting {
                id: consumer.clone(),
                kind: NodeKind::Consumer,
                at: wall,
                depth_m: HEADER_M.1,
                demand: Some(demand_of(building)),
                asset: house,
            },
            parts,
        );
        let line = vec![
            from.extend(-depth_m(network)),
            from.lerp(wall, 0.05).extend(-HEADER_M.0),
            wall.extend(-HEADER_M.1),
        ];
        tubes.push(Pipe {
            line: line.clone(),
            diameter_m: 0.1,
        });
        let run = Run {
            network,
            id: format!("swring.{number}"),
            from: ring_node(network, nearest),
            to: consumer,
            line,
            diameter_m: 0.1,
            under: &block,
            year: building.year,
        };
        add_link(district, &run, parts);
    }
    if tubes.is_empty() {
        return;
    }
    parts.features.push(
        Feature::new(
            "swring".to_owned(),
            FeatureClass::Pipe,
            "water_service",
            Form::Tubes(tubes),
        )
        .named(&block.with("入户给水管", "Water Services"))
        .tag("network", "water")
        .tag("material", "PE100"),
    );
}
