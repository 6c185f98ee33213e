//! A cell while it is built over: what is taken already, and whether something more fits.
//!
//! Whatever is to stand is asked for here first, so that nothing ever stands on a street, in water or in something else.

use crate::buildings::{Building, Purpose};
use crate::dice::{Dice, mix};
use crate::plan::{RoadClass, Use, inside_of, number_of, use_of};
use crate::plane::{Frame, Ground, Rect, Span, distance_to_line};
use cim_import::ModelKind;
use glam::DVec2;

/// How far apart the points of an edge are that are tested, metres.
const EDGE_STEP_M: f64 = 4.0;

/// A way inside a cell.
#[derive(Clone, Debug)]
pub(crate) struct Lane {
    pub(crate) class: RoadClass,
    /// In the design grid.
    pub(crate) design: Vec<DVec2>,
    /// In the plane.
    pub(crate) line: Vec<DVec2>,
    /// The number in its name, from 1; 0 for a path without a name.
    pub(crate) number: u32,
}

/// Ground of one kind.
#[derive(Clone, Debug)]
pub(crate) struct Patch {
    /// `grass`, `park`, `pitch`, `playground`, `water` …
    pub(crate) kind: &'static str,
    pub(crate) outer: Vec<DVec2>,
    pub(crate) inner: Vec<Vec<DVec2>>,
    /// Its own name, where it has one.
    pub(crate) name: Option<(String, String)>,
}

/// Where something may stand: a frame of its own about its middle.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spot {
    pub(crate) frame: Frame,
    pub(crate) width: f64,
    pub(crate) depth: f64,
    /// Where a service line may begin: behind its north side, in the design grid.
    pub(crate) tap: DVec2,
}

impl Spot {
    pub(crate) fn rect(&self) -> Rect {
        self.frame.rect(0.0, 0.0, self.width, self.depth)
    }
}

/// What of a cell may be built over.
#[derive(Clone, Copy, Debug)]
enum Zone {
    /// A rectangle of the design grid.
    Cell(Span),
    /// Around the lake: outside of the ring road and off the radial streets.
    Centre(Span),
}

/// A cell while it is built over.
#[derive(Debug)]
pub(crate) struct Site<'a> {
    pub(crate) ground: &'a Ground,
    pub(crate) seed: u64,
    pub(crate) i: i32,
    pub(crate) j: i32,
    pub(crate) purpose: Use,
    /// Between the boundary lines of the streets around, in the design grid.
    pub(crate) inside: Span,
    pub(crate) dice: Dice,
    pub(crate) lanes: Vec<Lane>,
    pub(crate) patches: Vec<Patch>,
    pub(crate) trees: Vec<(DVec2, ModelKind)>,
    pub(crate) buildings: Vec<Building>,
    taken: Vec<Rect>,
    /// Lines that nothing may stand on, with half their width.
    strips: Vec<(Vec<DVec2>, f64)>,
    zone: Zone,
    /// The year in which most of it was built.
    year: u32,
}

/// The centre's ring road: radius of its middle and half its corridor, metres.
pub(crate) const RING_M: (f64, f64) = (210.0, 15.0);
/// Half the corridor of the radial streets on the axes, and of those between them, metres.
pub(crate) const RADIAL_M: (f64, f64) = (22.0, 12.0);

impl<'a> Site<'a> {
    pub(crate) fn new(ground: &'a Ground, seed: u64, i: i32, j: i32) -> Self {
        let purpose = use_of(seed, i, j);
        let mut dice = Dice::new(seed, number_of(i, j).into(), 1);
        let inside = if purpose == Use::Centre {
            let far = inside_of(0, 0);
            Span {
                east: far.east,
                north: far.north,
                ..inside_of(i, j)
            }
        } else {
            inside_of(i, j)
        };
        let year = match purpose {
            Use::OldTown => dice.between(1928, 1962),
            Use::Estate | Use::Industry => dice.between(1996, 2022),
            _ => dice.between(2008, 2024),
        };
        Self {
            ground,
            seed,
            i,
            j,
            purpose,
            inside,
            dice,
            lanes: Vec::new(),
            patches: Vec::new(),
            trees: Vec::new(),
            buildings: Vec::new(),
            taken: Vec::new(),
            strips: Vec::new(),
            zone: if purpose == Use::Centre {
                Zone::Centre(inside)
            } else {
                Zone::Cell(inside)
            },
            year,
        }
    }

    /// Takes a spot about a point of the design grid, when everything there is free, `gap` metres around it included.
    pub(crate) fn spot(&mut self, at: DVec2, width: f64, depth: f64, gap: f64) -> Option<Spot> {
        let frame = self.ground.frame(at.x, at.y);
        self.spot_in(frame, at, width, depth, gap)
    }

    /// The same for a frame that is turned.
    pub(crate) fn spot_in(
        &mut self,
        frame: Frame,
        at: DVec2,
        width: f64,
        depth: f64,
        gap: f64,
    ) -> Option<Spot> {
        let rect = frame.rect(0.0, 0.0, width, depth);
        let with_gap = rect.grown(gap);
        let edge = rect.grown(1.0).edge(EDGE_STEP_M);
        let is_free = self.is_all_building_land(&rect.grown(1.0), &edge)
            && edge.iter().all(|point| {
                self.strips
                    .iter()
                    .all(|(line, half)| distance_to_line(*point, line) > *half)
            })
            && self.taken.iter().all(|taken| !taken.overlaps(&with_gap));
        if !is_free {
            return None;
        }
        self.taken.push(rect);
        Some(Spot {
            frame,
            width,
            depth,
            tap: DVec2::new(at.x, at.y + 0.5 * depth + 2.2),
        })
    }

    fn is_all_building_land(&self, rect: &Rect, edge: &[DVec2]) -> bool {
        match self.zone {
            // Streets are straight but for some centimetres over the length of a house: nine points tell.
            Zone::Cell(_) => [-1.0, 0.0, 1.0].into_iter().all(|along| {
                [-1.0, 0.0, 1.0]
                    .into_iter()
                    .all(|across| self.is_building_land(rect.at(along, across)))
            }),
            Zone::Centre(_) => edge.iter().all(|point| self.is_building_land(*point)),
        }
    }

    fn is_building_land(&self, point: DVec2) -> bool {
        match self.zone {
            Zone::Cell(span) => span.holds(self.ground.design_of(point)),
            Zone::Centre(span) => {
                let (x, y) = (point.x.abs(), point.y.abs());
                span.holds(point)
                    && point.length() > RING_M.0 + RING_M.1 + 3.0
                    && x.min(y) > RADIAL_M.0 + 1.0
                    && (x - y).abs() * std::f64::consts::FRAC_1_SQRT_2 > RADIAL_M.1 + 1.0
            }
        }
    }

    /// Keeps a rectangle of the design grid free of buildings.
    pub(crate) fn keep_free(&mut self, at: DVec2, width: f64, depth: f64) -> Rect {
        let rect = self.ground.frame(at.x, at.y).rect(0.0, 0.0, width, depth);
        self.taken.push(rect);
        rect
    }

    /// Keeps a strip along a line of the plane free of buildings.
    pub(crate) fn keep_strip_free(&mut self, line: Vec<DVec2>, half: f64) {
        self.strips.push((line, half));
    }

    /// Lays a way along a line of the design grid.
    pub(crate) fn lane(&mut self, class: RoadClass, design: Vec<DVec2>) {
        let line = self.ground.line(&design);
        let named = self.lanes.iter().filter(|lane| lane.number > 0).count() as u32;
        self.strips.push((line.clone(), class.half_corridor_m()));
        self.lanes.push(Lane {
            class,
            design,
            line,
            number: named + 1,
        });
    }

    /// Lays a path for feet, which houses may stand beside closely.
    pub(crate) fn path(&mut self, line: Vec<DVec2>) {
        self.lanes.push(Lane {
            class: RoadClass::Alley,
            design: Vec::new(),
            line,
            number: 0,
        });
    }

    /// Lays out ground.
    pub(crate) fn patch(&mut self, kind: &'static str, outer: Vec<DVec2>) {
        self.patches.push(Patch {
            kind,
            outer,
            inner: Vec::new(),
            name: None,
        });
    }

    /// Puts a building up on a spot.
    pub(crate) fn build(&mut self, spot: &Spot, mut building: Building) {
        building.tap = spot.tap;
        let spread = match building.purpose {
            Purpose::House | Purpose::Flats => 4,
            _ => 9,
        };
        building.year = (self.year + self.dice.below(spread)).min(2025);
        if building.rank != 0 {
            let place = u64::from(number_of(self.i, self.j));
            building.rank = mix(mix(self.seed, place), 1 + self.buildings.len() as u64).max(1);
        }
        self.buildings.push(building);
    }

    /// Plants trees here and there in a rectangle of the design grid, off the ways and away from walls.
    pub(crate) fn plant(&mut self, span: Span, count: u32, conifers: f64) {
        for _ in 0..count {
            let u = self.dice.within(span.west, span.east);
            let v = self.dice.within(span.south, span.north);
            let is_conifer = self.dice.chance(conifers);
            let at = self.ground.at(u, v);
            let crown = Rect {
                centre: at,
                along: DVec2::X,
                half_along: 2.5,
                half_across: 2.5,
            };
            let is_free = self.lanes.iter().all(|lane| {
                distance_to_line(at, &lane.line) > 0.5 * lane.class.carriageway_m() + 1.0
            }) && self
                .strips
                .iter()
                .all(|(line, half)| distance_to_line(at, line) > *half)
                && self.taken.iter().all(|taken| !taken.overlaps(&crown));
            if is_free {
                self.trees.push((
                    at,
                    if is_conifer {
                        ModelKind::Conifer
                    } else {
                        ModelKind::Tree
                    },
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spot_is_given_once_and_never_on_a_lane_or_a_street() {
        let ground = Ground::new(1);
        let mut site = Site::new(&ground, 1, 3, 3);
        let middle = site.inside.middle();
        assert!(site.spot(middle, 30.0, 14.0, 6.0).is_some());
        assert!(site.spot(middle, 10.0, 10.0, 6.0).is_none());
        let lane = DVec2::new(middle.x + 60.0, middle.y);
        site.lane(
            RoadClass::Lane,
            vec![lane - DVec2::new(0.0, 150.0), lane + DVec2::new(0.0, 150.0)],
        );
        assert!(site.spot(lane, 10.0, 10.0, 0.0).is_none());
        let kerb = DVec2::new(site.inside.west + 4.0, middle.y);
        assert!(site.spot(kerb, 20.0, 10.0, 0.0).is_none());
    }
}
