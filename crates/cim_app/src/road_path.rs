//! The line that a road's name is written along, from the places of the road's pieces.
//!
//! The attribute table knows the middle of each piece, not its shape. Pieces of one name are put in order along the road's main
//! direction and averaged in short steps, so that two carriageways give one line between them.

use crate::city::Feature;
use cim_geo::{Enu, Geodetic, LocalFrame};

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
}
