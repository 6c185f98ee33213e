//! Where another camera could stand: poles that are there, corners of buildings, roofs.

use super::grid::outline_of;
use super::obstacles::Obstacles;
use cim_geo::{Enu, Geodetic};
use cim_tiles::FeatureClass;
use glam::{Vec2, Vec3};
use std::collections::BTreeMap;

/// Cameras at corners hang no higher than this, metres.
const CORNER_HEIGHT_M: f32 = 6.0;

/// Buildings lower than this carry no camera, metres.
const LEAST_BUILDING_M: f32 = 3.0;

/// Cameras stand so far out from a corner, metres.
const OUT_M: f32 = 0.8;

/// And so much above a roof.
const ABOVE_ROOF_M: f32 = 1.5;

/// What carries a camera.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stand {
    /// A pole or lamp that is there.
    Pole,
    /// The corner of a building.
    Corner,
    /// The edge of a roof.
    Roof,
    /// A place that the caller names.
    #[default]
    Given,
}

impl Stand {
    /// The word in files and keys of texts.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pole => "pole",
            Self::Corner => "corner",
            Self::Roof => "roof",
            Self::Given => "given",
        }
    }
}

/// A place for another camera.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Candidate {
    /// Where, on the ground: its height is not looked at.
    pub at: Geodetic,
    /// Of the lens above the ground, metres.
    pub height_m: f64,
    /// What carries it.
    pub kind: Stand,
    /// What people call what carries it; may be empty.
    pub name: String,
}

/// The corners of a thing that lie farthest out, and its lowest and highest place.
#[derive(Clone, Copy)]
struct Extremes {
    /// To the north-east, north-west, south-west and south-east.
    corners: [(f32, Vec2); 4],
    low: f32,
    high: f32,
}

/// North-east, north-west, south-west, south-east.
const DIAGONALS: [Vec2; 4] = [
    Vec2::new(1.0, 1.0),
    Vec2::new(-1.0, 1.0),
    Vec2::new(-1.0, -1.0),
    Vec2::new(1.0, -1.0),
];

impl Extremes {
    const NOTHING: Self = Self {
        corners: [(f32::NEG_INFINITY, Vec2::ZERO); 4],
        low: f32::INFINITY,
        high: f32::NEG_INFINITY,
    };

    fn take(&mut self, corner: Vec3) {
        let flat = Vec2::new(corner.x, corner.y);
        for ((farthest, place), diagonal) in self.corners.iter_mut().zip(DIAGONALS) {
            let reach = flat.dot(diagonal);
            if reach > *farthest {
                (*farthest, *place) = (reach, flat);
            }
        }
        self.low = self.low.min(corner.z);
        self.high = self.high.max(corner.z);
    }
}

/// Places within an outline where cameras could stand: poles first, then corners of buildings, then roofs; each kind by its
/// feature's row. Of more than `limit`, so many are taken evenly from all of them. Poles are known only where furniture was
/// loaded. A corner within another building is none.
pub fn candidates(obstacles: &Obstacles, area: &[Geodetic], limit: usize) -> Vec<Candidate> {
    let outline = outline_of(obstacles, area);
    let mut things: BTreeMap<u32, Extremes> = BTreeMap::new();
    for triangle in obstacles.bvh().triangles() {
        let class = obstacles.class_of(triangle.feature);
        if matches!(
            class,
            Some(FeatureClass::Building | FeatureClass::Furniture)
        ) {
            let extremes = things.entry(triangle.feature).or_insert(Extremes::NOTHING);
            for corner in triangle.corners() {
                extremes.take(corner);
            }
        }
    }
    let mut found: Vec<(Stand, Candidate)> = Vec::new();
    for (row, extremes) in &things {
        let Some(feature) = obstacles.features().get(*row as usize) else {
            continue;
        };
        let mut add = |kind: Stand, at: Vec2, height_m: f32| {
            if is_within(&outline, at) {
                let candidate = Candidate {
                    at: ground_place(obstacles, at),
                    height_m: f64::from(height_m),
                    kind,
                    name: feature.name.clone(),
                };
                found.push((kind, candidate));
            }
        };
        let height_m = extremes.high - extremes.low;
        if feature.class == FeatureClass::Furniture {
            let is_pole = ["pole", "lamp", "mast"]
                .iter()
                .any(|word| feature.kind.contains(word));
            if is_pole && height_m >= LEAST_BUILDING_M {
                let [(_, a), _, (_, b), _] = extremes.corners;
                add(Stand::Pole, (a + b) * 0.5, height_m);
            }
        } else if height_m >= LEAST_BUILDING_M {
            for ((_, corner), diagonal) in extremes.corners.iter().zip(DIAGONALS) {
                let out = *corner + diagonal.normalize_or_zero() * OUT_M;
                let hangs_m = CORNER_HEIGHT_M.min(height_m - 0.5);
                if is_outdoors(obstacles, out, hangs_m) {
                    add(Stand::Corner, out, hangs_m);
                }
                add(Stand::Roof, out, height_m + ABOVE_ROOF_M);
            }
        }
    }
    // Stable: within a kind they stay by row.
    found.sort_by_key(|(kind, _)| *kind);
    let count = found.len();
    // The first ones alone would leave parts of the area, and all roofs, without any.
    let is_taken = |at: usize| count <= limit || (at + 1) * limit / count > at * limit / count;
    found
        .into_iter()
        .enumerate()
        .filter(|(at, _)| is_taken(*at))
        .map(|(_, (_, candidate))| candidate)
        .collect()
}

/// Whether a place lies within the outline (even-odd rule).
fn is_within(outline: &[[f64; 2]], at: Vec2) -> bool {
    let (east, north) = (f64::from(at.x), f64::from(at.y));
    let next = outline.iter().cycle().skip(1);
    let crossings = outline
        .iter()
        .zip(next)
        .filter(|([ax, ay], [bx, by])| {
            (*ay > north) != (*by > north) && east < ax + (north - ay) / (by - ay) * (bx - ax)
        })
        .count();
    crossings % 2 == 1
}

/// Whether the sky is free above a place so high above the ground.
fn is_outdoors(obstacles: &Obstacles, at: Vec2, height_m: f32) -> bool {
    let from = Vec3::new(at.x, at.y, obstacles.ground_at(at.x, at.y) + height_m);
    // Slanted by a hair, so that it does not run along a wall.
    !obstacles.is_blocked(from, from + Vec3::new(0.31, 0.17, 600.0))
}

fn ground_place(obstacles: &Obstacles, at: Vec2) -> Geodetic {
    let on_plane =
        obstacles
            .frame()
            .geodetic_from_enu(Enu::new(f64::from(at.x), f64::from(at.y), 0.0));
    Geodetic {
        height_m: 0.0,
        ..on_plane
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coverage::obstacles::ObstacleFeature;
    use crate::coverage::town::{add_block, feature, place_at};
    use cim_geo::LocalFrame;

    fn square_around(half_m: f64) -> Vec<Geodetic> {
        [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)]
            .map(|(east, north)| place_at(east * half_m, north * half_m, 0.0))
            .to_vec()
    }

    /// A house with a higher one against its east side, a shed, and a lamp.
    fn yard() -> Obstacles {
        let mut triangles = Vec::new();
        add_block(&mut triangles, [-20.0, -10.0], [0.0, 10.0], 0.0, 9.0, 0);
        add_block(&mut triangles, [0.0, -20.0], [20.0, 20.0], 0.0, 30.0, 1);
        add_block(&mut triangles, [40.0, 40.0], [42.0, 42.0], 0.0, 2.0, 2);
        add_block(&mut triangles, [-30.1, 30.0], [-29.9, 30.2], 0.0, 8.0, 3);
        let features = vec![
            feature("low", FeatureClass::Building),
            feature("high", FeatureClass::Building),
            feature("shed", FeatureClass::Building),
            ObstacleFeature {
                kind: "street_lamp".to_owned(),
                ..feature("lamp", FeatureClass::Furniture)
            },
        ];
        let frame = LocalFrame::new(place_at(0.0, 0.0, 0.0));
        Obstacles::from_triangles(frame, None, features, triangles)
    }

    #[test]
    fn poles_corners_and_roofs_can_carry_a_camera() {
        let found = candidates(&yard(), &square_around(100.0), 100);
        let count = |kind: Stand| found.iter().filter(|one| one.kind == kind).count();
        assert_eq!(count(Stand::Pole), 1);
        // Two corners of the low house lie within the high one.
        assert_eq!((count(Stand::Corner), count(Stand::Roof)), (6, 8));
        assert_eq!(
            (found[0].kind.word(), found[0].name.as_str()),
            ("pole", "lamp号楼")
        );
        assert!((found[0].height_m - 8.0).abs() < 1e-3);
        let corner = found
            .iter()
            .find(|one| one.kind == Stand::Corner)
            .expect("one");
        assert!((corner.height_m - 6.0).abs() < 1e-3);
    }

    #[test]
    fn only_places_of_the_area_are_told_and_no_more_than_asked_for() {
        assert!(candidates(&yard(), &square_around(5.0), 100).is_empty());
        let few = candidates(&yard(), &square_around(100.0), 3);
        assert_eq!(few.len(), 3);
        assert!(few.iter().any(|one| one.kind == Stand::Corner));
        assert!(few.iter().any(|one| one.kind == Stand::Roof));
        assert!(candidates(&yard(), &square_around(100.0), 0).is_empty());
        assert!(candidates(&yard(), &[], 100).is_empty());
    }
}
