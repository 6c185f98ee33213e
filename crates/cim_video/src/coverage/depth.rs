//! The picture of a camera as distances, and places in it: what a live picture needs to be laid over the city.

use super::lens::ViewVolume;
use super::obstacles::Obstacles;
use super::triangle::{NEAR_LENS_M, Segment};
use super::view::View;
use cim_geo::Geodetic;
use glam::Vec3;

/// A picture of distances has so many pixels at most.
pub const MAX_DEPTH_PIXELS: usize = 4 << 20;

/// Farther away than this there is nothing but sky, metres.
const SKY_M: f32 = 20_000.0;

/// For each pixel, the upper row first, the distance from the lens along the ray through its middle, metres: to what is met
/// first, or to level ground at the camera's foot where nothing is. Infinite for the sky.
///
/// What is nearer than half a metre to the lens is not met. Empty for a picture that is no plane
/// ([`ViewVolume::is_all_around`]) and for no or more than [`MAX_DEPTH_PIXELS`] pixels. A pixel costs one ray: 160 × 90 about
/// 20 ms on one core.
pub fn depth_map(obstacles: &Obstacles, volume: &ViewVolume, width: u32, height: u32) -> Vec<f32> {
    let pixels = width as usize * height as usize;
    let lens = volume.lens_in(obstacles);
    if pixels == 0 || pixels > MAX_DEPTH_PIXELS || volume.is_all_around() || !lens.is_finite() {
        return Vec::new();
    }
    let view = View::new(volume, lens);
    let ground = obstacles.ground_at(lens.x, lens.y);
    let mut depths = Vec::with_capacity(pixels);
    for row in 0..height {
        for column in 0..width {
            let x = (column as f32 + 0.5) / width as f32;
            let y = (row as f32 + 0.5) / height as f32;
            let direction = view.direction(x, y).unwrap_or(Vec3::ZERO);
            depths.push(depth(obstacles, lens, direction, ground));
        }
    }
    depths
}

fn depth(obstacles: &Obstacles, lens: Vec3, direction: Vec3, ground: f32) -> f32 {
    let to_ground = if direction.z < 0.0 {
        (ground - lens.z) / direction.z
    } else {
        f32::INFINITY
    };
    let end_m = to_ground.min(SKY_M);
    if end_m <= NEAR_LENS_M {
        return end_m;
    }
    let ray = Segment::ray(lens, direction, NEAR_LENS_M, end_m);
    match obstacles.bvh().first(&ray, |_| true) {
        Some(met) => met.along * end_m,
        None if to_ground < SKY_M => to_ground,
        None => f32::INFINITY,
    }
}

/// Where a place (height above the ground) appears in the camera's picture: 0 and 0 is its upper left corner, 1 and 1 its
/// lower right one; what lies beyond is outside of it. `None` behind the lens and for a picture that is no plane. What is in
/// the way is not asked.
pub fn project(obstacles: &Obstacles, volume: &ViewVolume, place: Geodetic) -> Option<[f64; 2]> {
    let view = View::new(volume, volume.lens_in(obstacles));
    let image = view.image_of(obstacles.place(place))?;
    Some(image.map(f64::from))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coverage::lens::CameraFacts;
    use crate::coverage::town::{add_block, feature, place_at};
    use cim_geo::LocalFrame;
    use cim_tiles::FeatureClass;

    /// 10 m up, looking north and level, 90° wide and high.
    fn volume() -> ViewVolume {
        let facts = CameraFacts {
            at: place_at(0.0, 0.0, 0.0),
            height_m: Some(10.0),
            azimuth_deg: Some(0.0),
            tilt_deg: Some(0.0),
            h_fov_deg: Some(90.0),
            v_fov_deg: Some(90.0),
            ..CameraFacts::default()
        };
        ViewVolume::of(&facts).expect("a place")
    }

    /// A tower in the right half of the picture, 50 m away.
    fn tower() -> Obstacles {
        let mut triangles = Vec::new();
        add_block(&mut triangles, [5.0, 50.0], [45.0, 70.0], 0.0, 40.0, 0);
        let features = vec![feature("b1", FeatureClass::Building)];
        Obstacles::from_triangles(
            LocalFrame::new(place_at(0.0, 0.0, 0.0)),
            None,
            features,
            triangles,
        )
    }

    #[test]
    fn distances_are_those_to_walls_ground_and_sky() {
        let (width, height) = (100, 100);
        let depths = depth_map(&tower(), &volume(), width, height);
        assert_eq!(depths.len(), 10_000);
        let at = |column: usize, row: usize| depths[row * 100 + column];
        // Rays through the middle of pixel 75, 45: 0.51 to the right and 0.09 up of 1 ahead.
        let wall_m = 50.0 * 0.51_f32.hypot(0.09).hypot(1.0);
        assert!((at(75, 45) - wall_m).abs() < 0.05, "{}", at(75, 45));
        // Straight down the left half: the ground 10 m below a ray that falls by 0.51.
        let ground_m = 10.0 / 0.51 * 0.49_f32.hypot(0.51).hypot(1.0);
        assert!((at(25, 75) - ground_m).abs() < 0.05, "{}", at(25, 75));
        assert!(at(25, 20).is_infinite(), "sky");
        // Above the roof: 40 m at 50 m is 0.6 above the lens.
        assert!(at(75, 15).is_infinite() && at(75, 25).is_finite());
    }

    #[test]
    fn no_picture_has_no_distances() {
        let obstacles = tower();
        assert!(depth_map(&obstacles, &volume(), 0, 100).is_empty());
        assert!(depth_map(&obstacles, &volume(), 100_000, 100_000).is_empty());
        let around = ViewVolume {
            h_fov_deg: 360.0,
            ..volume()
        };
        assert!(depth_map(&obstacles, &around, 10, 10).is_empty());
        assert_eq!(project(&obstacles, &around, place_at(0.0, 10.0, 0.0)), None);
    }

    #[test]
    fn a_place_appears_where_its_ray_leaves() {
        let image = project(&tower(), &volume(), place_at(10.0, 20.0, 0.0)).expect("ahead");
        assert!(
            (image[0] - 0.75).abs() < 1e-3 && (image[1] - 0.75).abs() < 1e-3,
            "{image:?}"
        );
        assert_eq!(project(&tower(), &volume(), place_at(0.0, -5.0, 0.0)), None);
    }
}
