//! The line that a road's name is written along, and along which its traffic is drawn, from the places of the road's pieces.
//!
//! The attribute table knows the middle of each piece, not its shape. Pieces of one name are put in order along the road's main
//! direction and averaged in short steps, so that two carriageways give one line between them.

use crate::city::Feature;
use cim_geo::{Enu, Geodetic, LocalFrame};
use std::collections::BTreeMap;

/// Pieces within one step along the road become one point, metres.
const STEP_M: f64 = 60.0;
/// Where the next piece is farther away than this, another road of the same name begins, metres.
const GAP_M: f64 = 600.0;
/// A shorter line carries no name, metres.
const LEAST_M: f64 = 120.0;
/// A road that strays farther to its side than this part of its length turns back on itself: no line fits it.
const MOST_STRAY: f64 = 0.2;
/// A line has at most so many points.
const MAX_POINTS: usize = 64;
/// Kinds of ways on which no traffic is measured.
const FOOTWAYS: [&str; 12] = [
    "footway",
    "path",
    "steps",
    "cycleway",
    "pedestrian",
    "track",
    "bridleway",
    "corridor",
    "ferry",
    "elevator",
    "platform",
    "construction",
];
/// How wide one direction of a road of these kinds is usually, metres.
const WIDTHS_M: [(&str, f64); 6] = [
    ("motorway", 12.0),
    ("trunk", 12.0),
    ("primary", 9.0),
    ("major_road", 9.0),
    ("secondary", 7.0),
    ("tertiary", 7.0),
];
/// The same for every other kind, metres.
const USUAL_WIDTH_M: f64 = 4.0;

/// A road for vehicles that has a name, and a line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NamedRoad {
    /// What people call it.
    pub(crate) name: String,
    /// The same in English; may be empty.
    pub(crate) name_en: String,
    /// The features that it is made of.
    pub(crate) pieces: Vec<String>,
    /// How wide each of its directions is, metres.
    pub(crate) width_m: f64,
    /// Where it runs; at least two places.
    pub(crate) path: Vec<Geodetic>,
}

/// The roads for vehicles that `pieces` make, by their names; pieces without a name make none. Roads that carry no line are
/// left out.
pub(crate) fn named_roads<'a>(pieces: impl Iterator<Item = &'a Feature>) -> Vec<NamedRoad> {
    let mut roads: BTreeMap<&str, Vec<&Feature>> = BTreeMap::new();
    for piece in pieces {
        let is_road = !piece.name.is_empty() && !FOOTWAYS.contains(&piece.kind.as_str());
        if is_road {
            roads.entry(&piece.name).or_default().push(piece);
        }
    }
    let roads = roads.into_iter().filter_map(|(name, pieces)| {
        let mut english = pieces.iter().map(|piece| &piece.name_en);
        let widths = pieces.iter().map(|piece| width_m(&piece.kind));
        Some(NamedRoad {
            name: name.to_owned(),
            name_en: english
                .find(|name| !name.is_empty())
                .cloned()
                .unwrap_or_default(),
            pieces: pieces.iter().map(|piece| piece.id.clone()).collect(),
            width_m: widths.fold(USUAL_WIDTH_M, f64::max),
            path: road_path(&pieces)?,
        })
    });
    roads.collect()
}

fn width_m(kind: &str) -> f64 {
    let known = WIDTHS_M.iter().find(|(word, _)| *word == kind);
    known.map_or(USUAL_WIDTH_M, |(_, width_m)| *width_m)
}

/// The longest stretch of the road that `pieces` make; `None` when they make none.
pub(crate) fn road_path(pieces: &[&Feature]) -> Option<Vec<Geodetic>> {
    let first = pieces.first()?;
    let frame = LocalFrame::new(first.position_at(0.0));
    let places: Vec<[f64; 2]> = pieces
        .iter()
        .map(|piece| {
            let Enu {
                east_m, north_m, ..
            } = frame.enu_from_geodetic(piece.position_at(0.0));
            [east_m, north_m]
        })
        .collect();
    let (middle, [along_east, along_north]) = main_direction(&places)?;
    // Along the road and to its side.
    let mut turned: Vec<[f64; 2]> = places
        .iter()
        .map(|[east, north]| {
            let (east, north) = (east - middle[0], north - middle[1]);
            [
                east * along_east + north * along_north,
                north * along_east - east * along_north,
            ]
        })
        .collect();
    turned.sort_by(|a, b| a[0].total_cmp(&b[0]));
    let longest = stretches(&turned)
        .into_iter()
        .max_by(|a, b| length_of(a).total_cmp(&length_of(b)))?;
    let steps = averaged(longest);
    let length_m = length_of(&steps);
    let strays = steps.iter().map(|[_, side]| side.abs()).fold(0.0, f64::max);
    if steps.len() < 2 || length_m < LEAST_M || strays > length_m * MOST_STRAY {
        return None;
    }
    let back = |[along, side]: [f64; 2]| {
        let place = frame.geodetic_from_enu(Enu {
            east_m: middle[0] + along * along_east - side * along_north,
            north_m: middle[1] + along * along_north + side * along_east,
            up_m: 0.0,
        });
        Geodetic {
            height_m: 0.0,
            ..place
        }
    };
    let every = steps.len().div_ceil(MAX_POINTS);
    Some(steps.into_iter().step_by(every).map(back).collect())
}

/// The middle of the places, and the unit vector along which they spread most.
fn main_direction(places: &[[f64; 2]]) -> Option<([f64; 2], [f64; 2])> {
    if places.len() < 2 {
        return None;
    }
    let count = places.len() as f64;
    let mean = |axis: usize| places.iter().filter_map(|at| at.get(axis)).sum::<f64>() / count;
    let middle = [mean(0), mean(1)];
    let (mut east2, mut north2, mut both) = (0.0, 0.0, 0.0);
    for [east, north] in places {
        let (east, north) = (east - middle[0], north - middle[1]);
        east2 += east * east;
        north2 += north * north;
        both += east * north;
    }
    let angle = 0.5 * (2.0 * both).atan2(east2 - north2);
    let (sin, cos) = angle.sin_cos();
    Some((middle, [cos, sin]))
}

/// The runs of places without a gap.
fn stretches(sorted: &[[f64; 2]]) -> Vec<&[[f64; 2]]> {
    sorted
        .chunk_by(|before, after| after[0] - before[0] <= GAP_M)
        .collect()
}

fn length_of(places: &[[f64; 2]]) -> f64 {
    match (places.first(), places.last()) {
        (Some(first), Some(last)) => last[0] - first[0],
        _ => 0.0,
    }
}

/// One place a step.
fn averaged(places: &[[f64; 2]]) -> Vec<[f64; 2]> {
    let step_of = |place: &[f64; 2]| (place[0] / STEP_M).floor();
    places
        .chunk_by(|before, after| step_of(before) >= step_of(after))
        .map(|chunk| {
            let count = chunk.len() as f64;
            let along = chunk.iter().map(|at| at[0]).sum::<f64>() / count;
            let side = chunk.iter().map(|at| at[1]).sum::<f64>() / count;
            [along, side]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::city::tests::feature;

    /// Pieces of a road at these metres east and north of a place.
    fn path_of(places: &[[f64; 2]]) -> Option<Vec<[f64; 2]>> {
        let origin = feature("w", "road", "世纪大道", "").position_at(0.0);
        let frame = LocalFrame::new(origin);
        let pieces: Vec<Feature> = places
            .iter()
            .map(|[east_m, north_m]| {
                let place = frame.geodetic_from_enu(Enu {
                    east_m: *east_m,
                    north_m: *north_m,
                    up_m: 0.0,
                });
                Feature {
                    lon_deg: place.lon_deg,
                    lat_deg: place.lat_deg,
                    ..feature("w", "road", "世纪大道", "")
                }
            })
            .collect();
        let pieces: Vec<&Feature> = pieces.iter().collect();
        let path = road_path(&pieces)?;
        Some(
            path.into_iter()
                .map(|place| {
                    let at = frame.enu_from_geodetic(place);
                    [at.east_m, at.north_m]
                })
                .collect(),
        )
    }

    #[test]
    fn two_carriageways_give_one_line_between_them() {
        let places: Vec<[f64; 2]> = (0..10)
            .flat_map(|n| {
                let east = f64::from(n) * 100.0;
                [[east, 10.0], [east + 2.0, -10.0]]
            })
            .collect();
        let path = path_of(&places).expect("a line");
        assert!(path.len() >= 8, "{path:?}");
        assert!(path.iter().all(|at| at[1].abs() < 1.0), "{path:?}");
        assert!(path.windows(2).all(|pair| pair[0][0] < pair[1][0]));
    }

    #[test]
    fn the_longest_of_two_roads_with_one_name_is_taken() {
        let far: Vec<[f64; 2]> = [[0.0, 0.0], [200.0, 0.0]]
            .into_iter()
            .chain((0..8).map(|n| [5_000.0 + f64::from(n) * 100.0, 0.0]))
            .collect();
        let path = path_of(&far).expect("a line");
        assert!(path.iter().all(|at| at[0] > 4_900.0), "{path:?}");
    }

    #[test]
    fn a_road_that_turns_back_and_a_single_piece_carry_no_line() {
        // Half a ring: its middle lies far from the straight line between its ends.
        let ring: Vec<[f64; 2]> = (0..=18)
            .map(|n| {
                let (sin, cos) = (f64::from(n) * 10.0).to_radians().sin_cos();
                [900.0 * cos, 900.0 * sin]
            })
            .collect();
        assert_eq!(path_of(&ring), None);
        assert_eq!(path_of(&[[0.0, 0.0]]), None);
        assert_eq!(path_of(&[[0.0, 0.0], [20.0, 0.0]]), None);
    }

    #[test]
    fn a_named_road_has_its_pieces_and_its_widest_kind_and_footways_are_none() {
        let piece = |id: &str, kind: &str, name: &str, name_en: &str, lon_deg: f64| Feature {
            kind: kind.to_owned(),
            lon_deg,
            ..feature(id, "road", name, name_en)
        };
        let pieces = [
            piece("w1", "residential", "世纪大道", "", 121.500),
            piece("w2", "primary", "世纪大道", "Century Avenue", 121.502),
            piece("w3", "footway", "滨江步道", "", 121.500),
            piece("w4", "footway", "滨江步道", "", 121.502),
            piece("w5", "primary", "", "", 121.500),
            piece("w6", "primary", "", "", 121.502),
            piece("w7", "primary", "短路", "", 121.500),
        ];
        let roads = named_roads(pieces.iter());
        let [road] = roads.as_slice() else {
            panic!("one road: {roads:?}");
        };
        assert_eq!(
            (road.name.as_str(), road.name_en.as_str()),
            ("世纪大道", "Century Avenue")
        );
        assert_eq!(road.pieces, ["w1", "w2"]);
        assert!((road.width_m - 9.0).abs() < 1e-9);
        assert_eq!(road.path.len(), 2);
    }
}
