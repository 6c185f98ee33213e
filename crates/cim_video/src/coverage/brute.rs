//! The same questions answered by loops over all cameras and all triangles: what the fast ways must equal.
//!
//! A judge for tests and benches: it takes a thousand times as long.

use super::map::CoverageMap;
use super::obstacles::Obstacles;
use super::triangle::Segment;
use super::viewers::{Ready, Viewers};
use cim_geo::Geodetic;
use glam::Vec3;

/// Everything there is: west, south, east, north.
const EVERYWHERE: [f32; 4] = [-1.0e9, -1.0e9, 1.0e9, 1.0e9];

/// Each camera that has the place in view, also by turning, with the feature that is in the way first. The height of the place
/// is above the ground.
pub fn who_sees(
    obstacles: &Obstacles,
    viewers: &Viewers,
    place: Geodetic,
) -> Vec<(u32, Option<u32>)> {
    let at = obstacles.place(place);
    let mut all: Vec<&Ready> = viewers.near(EVERYWHERE);
    all.retain(|ready| ready.view.seen(at).is_some());
    all.iter()
        .map(|ready| (ready.viewer.row, first(obstacles, ready.view.lens, at)))
        .collect()
}

/// How many cameras see the place as they stand, and the most pixels on a metre among them.
pub(crate) fn count(obstacles: &Obstacles, viewers: &Viewers, at: Vec3) -> (u32, f32) {
    let (mut count, mut best) = (0, 0.0_f32);
    for ready in viewers.near(EVERYWHERE) {
        if let Some(pixels_per_m) = ready.view.pixels_per_m(at)
            && first(obstacles, ready.view.lens, at).is_none()
        {
            count += 1;
            best = best.max(pixels_per_m);
        }
    }
    (count, best)
}

/// How many cameras see a cell of a map as they stand, and the most pixels on a metre among them; `None` when the map has no
/// such cell.
pub fn in_cell(
    obstacles: &Obstacles,
    viewers: &Viewers,
    map: &CoverageMap,
    cell: usize,
) -> Option<(u32, f32)> {
    let up = *map.places_up.get(cell)?;
    let [east, north] = map.grid.centre_of(cell);
    Some(count(obstacles, viewers, Vec3::new(east, north, up)))
}

/// The feature that a line meets first.
fn first(obstacles: &Obstacles, lens: Vec3, at: Vec3) -> Option<u32> {
    let line = Segment::between(lens, at)?;
    let mut nearest: Option<(f32, u32)> = None;
    for triangle in obstacles.bvh().triangles() {
        if let Some(along) = triangle.meets(&line)
            && nearest.is_none_or(|(least, _)| along < least)
        {
            nearest = Some((along, triangle.feature));
        }
    }
    nearest.map(|(_, feature)| feature)
}
