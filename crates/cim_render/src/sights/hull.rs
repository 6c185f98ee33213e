//! Closed hulls around what may be painted, as triangles that run counter-clockwise seen from outside.

use bevy::math::DVec3;
use cim_scene::PlacedPose;

/// Metres east, north and up of the city's origin; the fourth is unused.
pub(crate) type Corner = [f32; 4];

/// Rows of a block's corners (1: east, 2: north, 4: up), four for each of its faces.
const FACES: [[usize; 4]; 6] = [
    [0, 4, 6, 2],
    [1, 3, 7, 5],
    [0, 1, 5, 4],
    [2, 6, 7, 3],
    [0, 2, 3, 1],
    [4, 5, 7, 6],
];

/// What a camera can see: from its lens to where its range ends.
pub(crate) fn pyramid(pose: &PlacedPose) -> Vec<Corner> {
    let far = |at: [f64; 2]| pose.lens + pose.through(at) * pose.range_m;
    let ends = [[-1.0, 1.0], [1.0, 1.0], [1.0, -1.0], [-1.0, -1.0]].map(far);
    let next = ends.into_iter().cycle().skip(1);
    let sides = ends
        .into_iter()
        .zip(next)
        .flat_map(|(end, next)| [pose.lens, next, end]);
    let [a, b, c, d] = ends;
    sides.chain([a, b, c, a, c, d]).map(corner).collect()
}

/// A block along the axes.
pub(crate) fn block(min: DVec3, max: DVec3) -> Vec<Corner> {
    let at = |row: usize| {
        let pick = |bit: usize, min: f64, max: f64| if row & bit == 0 { min } else { max };
        DVec3::new(
            pick(1, min.x, max.x),
            pick(2, min.y, max.y),
            pick(4, min.z, max.z),
        )
    };
    let triangles = FACES
        .into_iter()
        .flat_map(|[a, b, c, d]| [a, b, c, a, c, d]);
    triangles.map(at).map(corner).collect()
}

fn corner(at: DVec3) -> Corner {
    at.as_vec3().extend(0.0).to_array()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The volume that triangles enclose, positive when they face outwards.
    fn volume_m3(corners: &[Corner]) -> f64 {
        let place = |[x, y, z, _]: Corner| DVec3::new(x.into(), y.into(), z.into());
        let triangles = corners.chunks_exact(3);
        triangles
            .map(|triangle| {
                let [a, b, c] = [triangle[0], triangle[1], triangle[2]].map(place);
                a.dot(b.cross(c)) / 6.0
            })
            .sum()
    }

    /// True when every triangle turns its front away from a point inside.
    fn faces_outwards(corners: &[Corner], inside: DVec3) -> bool {
        corners.chunks_exact(3).all(|triangle| {
            let place = |[x, y, z, _]: Corner| DVec3::new(x.into(), y.into(), z.into());
            let [a, b, c] = [triangle[0], triangle[1], triangle[2]].map(place);
            (b - a).cross(c - a).dot(a - inside) > 0.0
        })
    }

    #[test]
    fn a_pyramid_is_closed_and_shows_its_front_outside() {
        let pose = PlacedPose {
            lens: DVec3::new(10.0, 20.0, 5.0),
            forward: DVec3::Y,
            right: DVec3::X,
            up: DVec3::Z,
            half_size: [1.0, 0.5],
            range_m: 30.0,
        };
        let corners = pyramid(&pose);
        assert_eq!(corners.len(), 18);
        assert!(faces_outwards(&corners, DVec3::new(10.0, 40.0, 5.0)));
        // A third of its base of 60 m by 30 m times its height.
        assert!((volume_m3(&corners) - 18_000.0).abs() < 1.0);
    }

    #[test]
    fn a_block_is_closed_and_shows_its_front_outside() {
        let corners = block(DVec3::new(-1.0, 2.0, 0.0), DVec3::new(3.0, 4.0, 5.0));
        assert_eq!(corners.len(), 36);
        assert!(faces_outwards(&corners, DVec3::new(1.0, 3.0, 2.0)));
        assert!((volume_m3(&corners) - 40.0).abs() < 1e-3);
    }
}
