//! Mains under the streets: which streets have which, how they meet at crossings, what feeds them and where they end.
//!
//! Water and gas are meshed. Heat is a tree from its source. Rain runs along the south-north streets to the river, one tree
//! to an outfall; sewage runs the same way into interceptors along both banks, which lead east to the plant.

use crate::devices::component_code;
use crate::feature::{Feature, Form, Model};
use crate::parts::{District, Parts};
use crate::pipes::{
    FALL_M, LIFT_ROWS, Meeting, Run, across_m, add_node, add_run, crossing_asset, crossing_depth_m,
    crossing_node, depth_m, diameter_m, has_lift, is_gravity, letter, rows_from_bank, words,
};
use crate::plan::{CELL_M, METRO_LINE, RIVER_ROW, RoadClass, Use, Way, has_crossing, use_of};
use crate::services::Tee;
use crate::streets::Street;
use cim_import::{ModelKind, NetworkKind, NodeKind};
use cim_tiles::FeatureClass;
use glam::{DVec2, DVec3};

/// Metres between two manholes of a street.
const MANHOLES_M: f64 = 50.0;
/// How far before the next crossing a branch begins, metres.
const BRANCH_GAP_M: f64 = 15.0;
/// How much shallower a branch begins than the main that it runs to lies at least, metres.
const BRANCH_RISE_M: f64 = 0.45;
/// Fall of an interceptor between two crossings, metres.
const INTERCEPTOR_FALL_M: f64 = 0.1;
/// Depth of what passes below the river, metres.
const UNDER_RIVER_M: f64 = 13.0;

/// Which way a main runs along its street.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Course {
    /// From this crossing to the next one.
    On,
    /// From the next crossing to this one.
    Back,
    /// From a dead end near the next crossing to this one.
    Branch,
}

/// Adds the mains at the crossing (i, j) and under the streets that start there.
pub(crate) fn add(district: &District, i: i32, j: i32, tees: &[Tee], parts: &mut Parts) {
    for kind in NetworkKind::ALL {
        if has_crossing(i, j) {
            add_crossing(district, kind, i, j, parts);
        }
        for way in [Way::SouthNorth, Way::WestEast] {
            let Some(main) = Main::of(district, kind, way, i, j) else {
                continue;
            };
            let own: Vec<&Tee> = tees
                .iter()
                .filter(|tee| tee.network == kind && tee.way == way)
                .collect();
            main.add(district, &own, parts);
        }
    }
    crate::ends::add(district, i, j, parts);
    if use_of(district.seed, i, j) == Use::Centre && district.quotas.extent.has_cell(i, j) {
        crate::ends::add_centre(district, parts);
    }
}

/// Where mains meet at a crossing, in the design grid.
pub(crate) fn crossing_point(kind: NetworkKind, i: i32, j: i32) -> DVec2 {
    DVec2::new(
        f64::from(i) * CELL_M + across_m(kind, RoadClass::of(Way::SouthNorth, i)),
        f64::from(j) * CELL_M - across_m(kind, RoadClass::of(Way::WestEast, j)),
    )
}

/// The depth of a network at a crossing, interceptors included, metres.
pub(crate) fn node_depth_m(district: &District, kind: NetworkKind, i: i32, j: i32) -> f64 {
    if kind == NetworkKind::Sewage && is_interceptor(district, j) {
        return interceptor_depth_m(district, i);
    }
    crossing_depth_m(district, kind, j)
}

/// True for the rows of crossings along the banks, where sewage is gathered.
fn is_interceptor(district: &District, j: i32) -> bool {
    let extent = district.quotas.extent;
    j == extent.north_bank() || (j == RIVER_ROW && extent.has_river())
}

fn interceptor_depth_m(district: &District, i: i32) -> f64 {
    let along = (i - district.quotas.extent.west).rem_euclid(LIFT_ROWS);
    let shallowest = depth_m(NetworkKind::Sewage) + FALL_M * f64::from(LIFT_ROWS - 1) + 0.15;
    shallowest + INTERCEPTOR_FALL_M * f64::from(along)
}

fn add_crossing(district: &District, kind: NetworkKind, i: i32, j: i32, parts: &mut Parts) {
    let design = crossing_point(kind, i, j);
    let at = district.ground.at(design.x, design.y);
    let depth = node_depth_m(district, kind, i, j);
    let is_lift = is_gravity(kind) && has_lift(district, j);
    let asset = crossing_asset(kind, i, j);
    add_node(
        district,
        kind,
        Meeting {
            id: crossing_node(kind, i, j),
            kind: match (is_lift, is_gravity(kind)) {
                (true, _) => NodeKind::Station,
                (false, true) => NodeKind::Manhole,
                (false, false) => NodeKind::Junction,
            },
            at,
            depth_m: depth,
            demand: None,
            asset: asset.clone(),
        },
        parts,
    );
    let (zh, en) = words(kind);
    let street = district.street(Way::SouthNorth, i);
    let feature = if is_gravity(kind) {
        let model = Model::standing(ModelKind::Manhole, at, DVec2::Y);
        Feature::new(
            asset,
            FeatureClass::Pipe,
            "manhole",
            Form::Models(vec![model]),
        )
        .named(&street.with(&format!("{zh}井"), &format!("{en} Manhole")))
        .tag("code", component_code(kind, i, j, 0))
    } else {
        let model = Model {
            at: at.extend(0.3 - depth),
            ..Model::standing(ModelKind::Valve, at, DVec2::Y)
        };
        Feature::new(
            asset,
            FeatureClass::Pipe,
            "valve",
            Form::Models(vec![model]),
        )
        .named(&street.with(&format!("{zh}阀门"), &format!("{en} Valve")))
        .tag("state", "open")
    };
    parts.features.push(
        feature
            .tag("network", kind.as_str())
            .tag("depth", format!("{depth:.2}")),
    );
    if is_lift {
        crate::ends::add_pump(district, kind, i, j, at, parts);
    }
}

/// A main under a street of the grid.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Main {
    kind: NetworkKind,
    street: Street,
    i: i32,
    j: i32,
    course: Course,
    /// Metres along the street where it begins and ends.
    begin: f64,
    end: f64,
    begin_depth_m: f64,
    end_depth_m: f64,
}

impl Main {
    /// The main of a network under the street from (i, j) along `way`; `None` where there is none.
    pub(crate) fn of(
        district: &District,
        kind: NetworkKind,
        way: Way,
        i: i32,
        j: i32,
    ) -> Option<Self> {
        let street = Street::of(district, way, i, j)?;
        let course = course(district, kind, way, i, j)?;
        let (next_i, next_j) = match way {
            Way::SouthNorth => (i, j + 1),
            Way::WestEast => (i + 1, j),
        };
        let here = meets_at(kind, way, i, j);
        let there = CELL_M + meets_at(kind, way, next_i, next_j);
        let depth = |i, j| node_depth_m(district, kind, i, j);
        // What is lifted goes on from the top of the next fall.
        let lifted = |i, j| {
            if is_gravity(kind) && way == Way::SouthNorth && has_lift(district, j) {
                depth_m(kind) - FALL_M
            } else {
                depth(i, j)
            }
        };
        let (begin, end, begin_depth_m, end_depth_m) = match course {
            Course::On if is_gravity(kind) && way == Way::WestEast => {
                (here, there, depth(i, j), depth(i, j) + INTERCEPTOR_FALL_M)
            }
            Course::On => (here, there, lifted(i, j), depth(next_i, next_j)),
            Course::Back => (there, here, lifted(next_i, next_j), depth(i, j)),
            Course::Branch => (
                there - BRANCH_GAP_M,
                here,
                depth_m(kind) - BRANCH_RISE_M,
                crossing_depth_m(district, kind, j) - 0.12,
            ),
        };
        Some(Self {
            kind,
            street,
            i,
            j,
            course,
            begin,
            end,
            begin_depth_m,
            end_depth_m,
        })
    }

    /// Its depth at a place along the street, metres.
    pub(crate) fn depth_at(&self, along: f64) -> f64 {
        let share = ((along - self.begin) / (self.end - self.begin)).clamp(0.0, 1.0);
        self.begin_depth_m + (self.end_depth_m - self.begin_depth_m) * share
    }

    /// A point of its axis in the design grid.
    pub(crate) fn design_at(&self, along: f64) -> DVec2 {
        self.street
            .at(along, across_m(self.kind, self.street.class))
    }

    /// Where its manhole with a number is, metres along the street, and the number: the last there is at most.
    pub(crate) fn manhole(&self, number: u32) -> (f64, u32) {
        let low = self.begin.min(self.end);
        let number = number.min(self.manholes().saturating_sub(1));
        (low + MANHOLES_M * f64::from(number), number)
    }

    /// One more than the number of its manholes between the crossings.
    fn manholes(&self) -> u32 {
        ((self.end - self.begin).abs() / MANHOLES_M) as u32
    }

    fn ends(&self) -> (String, String) {
        let (next_i, next_j) = match self.street.way {
            Way::SouthNorth => (self.i, self.j + 1),
            Way::WestEast => (self.i + 1, self.j),
        };
        let here = crossing_node(self.kind, self.i, self.j);
        let there = crossing_node(self.kind, next_i, next_j);
        match self.course {
            Course::On => (here, there),
            Course::Back => (there, here),
            Course::Branch => (format!("{here}x"), here),
        }
    }

    /// Adds it, cut where something joins it.
    fn add(&self, district: &District, tees: &[&Tee], parts: &mut Parts) {
        let (first, last) = self.ends();
        if self.course == Course::Branch {
            let at = self.design_at(self.begin);
            let end = Meeting::junction(
                first.clone(),
                district.ground.at(at.x, at.y),
                self.begin_depth_m,
            );
            add_node(district, self.kind, end, parts);
        }
        let forwards = self.end > self.begin;
        let mut stops: Vec<(f64, String)> = tees
            .iter()
            .map(|tee| (tee.along, tee.node.clone()))
            .collect();
        stops.sort_by(|a, b| {
            let order = a.0.total_cmp(&b.0);
            if forwards { order } else { order.reverse() }
        });
        for (along, node) in &stops {
            let at = self.design_at(*along);
            let tee = Meeting::junction(
                node.clone(),
                district.ground.at(at.x, at.y),
                self.depth_at(*along),
            );
            add_node(district, self.kind, tee, parts);
        }
        stops.push((self.end, last));
        let base = format!(
            "p{}{}{}",
            letter(self.kind),
            District::tag(self.i, self.j),
            self.street.letter()
        );
        let name = self.street.name(district);
        let (mut from, mut node) = (self.begin, first);
        for (n, (to, next)) in stops.into_iter().enumerate() {
            let run = Run {
                network: self.kind,
                id: format!("{base}{n}"),
                from: node,
                to: next.clone(),
                line: self.line(district, from, to),
                diameter_m: diameter_m(self.kind, self.street.class),
                under: &name,
                year: self.year(district),
            };
            add_run(district, run, parts);
            (from, node) = (to, next);
        }
        if is_gravity(self.kind) {
            self.add_manholes(district, parts);
        }
    }

    /// Its axis between two places along the street.
    fn line(&self, district: &District, from: f64, to: f64) -> Vec<DVec3> {
        let crosses_river = self.street.way == Way::SouthNorth && self.j == RIVER_ROW;
        let pieces = ((to - from).abs() / 45.0).ceil().max(1.0);
        (0..=pieces as u32)
            .map(|n| {
                let along = from + (to - from) * f64::from(n) / pieces;
                let at = self.design_at(along);
                let depth = if crosses_river {
                    // Down on one bank, level below the bed, up on the other.
                    let share = (along / CELL_M).clamp(0.0, 1.0);
                    let dip = (6.0 * share.min(1.0 - share)).min(1.0);
                    depth_m(self.kind) + (UNDER_RIVER_M - depth_m(self.kind)) * dip
                } else {
                    self.depth_at(along)
                };
                district.ground.at(at.x, at.y).extend(-depth)
            })
            .collect()
    }

    fn year(&self, district: &District) -> u32 {
        let line = match self.street.way {
            Way::SouthNorth => self.i,
            Way::WestEast => self.j,
        };
        let drawn = crate::dice::mix(
            district.seed,
            u64::from(line.unsigned_abs()) * 16 + self.kind as u64,
        );
        1_998 + (drawn % 26) as u32
    }

    fn add_manholes(&self, district: &District, parts: &mut Parts) {
        let (zh, en) = words(self.kind);
        let name = self.street.name(district);
        let word = self.street.letter();
        for n in 1..self.manholes() {
            let (along, _) = self.manhole(n);
            let design = self.design_at(along);
            let at = district.ground.at(design.x, design.y);
            let model = Model::standing(ModelKind::Manhole, at, DVec2::Y);
            // Numbers of one cell: the crossing's is 0, then the northward street's, then the eastward one's.
            let number = n + if word == "n" { 0 } else { 20 };
            parts.features.push(
                Feature::new(
                    format!(
                        "mh{}{}{word}{n}",
                        letter(self.kind),
                        District::tag(self.i, self.j)
                    ),
                    FeatureClass::Pipe,
                    "manhole",
                    Form::Models(vec![model]),
                )
                .named(&name.with(&format!("{zh}井{n}"), &format!("{en} Manhole {n}")))
                .tag("code", component_code(self.kind, self.i, self.j, number))
                .tag("network", self.kind.as_str())
                .tag("depth", format!("{:.2}", self.depth_at(along))),
            );
        }
    }
}

/// Where a main meets the crossing street's main, metres along its street from the crossing's middle.
fn meets_at(kind: NetworkKind, way: Way, i: i32, j: i32) -> f64 {
    match way {
        Way::SouthNorth => -across_m(kind, RoadClass::of(Way::WestEast, j)),
        Way::WestEast => across_m(kind, RoadClass::of(Way::SouthNorth, i)),
    }
}

/// Which way a network runs under a street of the plan; `None` where it has nothing there.
fn course(district: &District, kind: NetworkKind, way: Way, i: i32, j: i32) -> Option<Course> {
    let extent = district.quotas.extent;
    match (kind, way) {
        (NetworkKind::Water | NetworkKind::Gas, _) => Some(Course::On),
        (NetworkKind::Heat, Way::SouthNorth) => (j != RIVER_ROW || i == 0).then_some(Course::On),
        (NetworkKind::Heat, Way::WestEast) => {
            // One comb on each bank; the lake cuts one street off, which is joined south of it.
            let is_spine = j == METRO_LINE || j == RIVER_ROW;
            (is_spine || (i, j) == (-1, -1)).then_some(Course::On)
        }
        (NetworkKind::Drainage | NetworkKind::Sewage, Way::SouthNorth) => {
            if j >= extent.north_bank() {
                Some(Course::Back)
            } else {
                (j < RIVER_ROW).then_some(Course::On)
            }
        }
        (NetworkKind::Sewage, Way::WestEast) if is_interceptor(district, j) => Some(Course::On),
        (NetworkKind::Drainage | NetworkKind::Sewage, Way::WestEast) => {
            // North of the lake the axis has no way south: its rain and sewage go one street west.
            if (i + 1, j) == (0, 1) && rows_from_bank(district, j) > 0 {
                Some(Course::Back)
            } else {
                Some(Course::Branch)
            }
        }
    }
}
