//! Which building a ray meets first.
//!
//! Measures on the fly, from the mesh alone: a box per building tells which ones the ray can meet, then their
//! triangles are tried. A click costs one pass over the tile's corners.

use crate::{ClassMesh, FeatureClass, TileMesh, TileVertex};
use glam::Vec3;

/// Rays nearer to parallel than this pass a triangle by.
const PARALLEL: f32 = 1.0e-12;

impl TileMesh {
    /// The nearest building on a ray: its distance in metres and its row in [`TileMesh::features`].
    ///
    /// Origin in metres east, north and up from [`TileMesh::centre_enu`]; `direction` of any length but zero.
    /// Triangles count from both sides. Only buildings can be met: ground, water and roads let the ray through.
    pub fn pick(
        &self,
        origin_enu_tile_relative: [f32; 3],
        direction: [f32; 3],
    ) -> Option<(f32, u32)> {
        let mesh = self.class(FeatureClass::Building)?;
        let ray = Ray::new(
            Vec3::from_array(origin_enu_tile_relative),
            Vec3::from_array(direction),
        )?;
        let met = boxes_met(mesh, self.features.len(), &ray);
        let (triangles, _) = mesh.indices.as_chunks::<3>();
        let mut nearest: Option<(f32, u32)> = None;
        for triangle in triangles {
            let corner = |row: u32| mesh.vertices.get(row as usize);
            let (Some(a), Some(b), Some(c)) = (
                corner(triangle[0]),
                corner(triangle[1]),
                corner(triangle[2]),
            ) else {
                continue;
            };
            if !met.get(a.feature as usize).copied().unwrap_or(false) {
                continue;
            }
            if let Some(distance) = ray.distance_to_triangle(position(a), position(b), position(c))
                && nearest.is_none_or(|(least, _)| distance < least)
            {
                nearest = Some((distance, a.feature));
            }
        }
        nearest
    }
}

/// For each feature: whether the ray meets the box around its corners.
fn boxes_met(mesh: &ClassMesh, features: usize, ray: &Ray) -> Vec<bool> {
    let mut boxes = vec![(Vec3::INFINITY, Vec3::NEG_INFINITY); features];
    for vertex in &mesh.vertices {
        if let Some((least, most)) = boxes.get_mut(vertex.feature as usize) {
            *least = least.min(position(vertex));
            *most = most.max(position(vertex));
        }
    }
    boxes
        .into_iter()
        .map(|(least, most)| ray.meets_box(least, most))
        .collect()
}

struct Ray {
    origin: Vec3,
    /// Of length one.
    direction: Vec3,
}

impl Ray {
    fn new(origin: Vec3, direction: Vec3) -> Option<Self> {
        let direction = direction.try_normalize().filter(|_| origin.is_finite())?;
        Some(Self { origin, direction })
    }

    fn meets_box(&self, least: Vec3, most: Vec3) -> bool {
        if least.x > most.x {
            return false;
        }
        let (mut enter, mut leave) = (0.0_f32, f32::INFINITY);
        let sides = least.to_array().into_iter().zip(most.to_array());
        let along = self
            .origin
            .to_array()
            .into_iter()
            .zip(self.direction.to_array());
        for ((low, high), (origin, step)) in sides.zip(along) {
            if step.abs() < f32::MIN_POSITIVE {
                if origin < low || origin > high {
                    return false;
                }
                continue;
            }
            let (one, other) = ((low - origin) / step, (high - origin) / step);
            enter = enter.max(one.min(other));
            leave = leave.min(one.max(other));
        }
        // Flat boxes are met at one point, where rounding may put leaving before entering.
        enter <= leave + leave.abs() * 1.0e-5
    }

    /// Möller and Trumbore, "Fast, minimum storage ray–triangle intersection" (1997), without culling.
    fn distance_to_triangle(&self, a: Vec3, b: Vec3, c: Vec3) -> Option<f32> {
        let (ab, ac) = (b - a, c - a);
        let across = self.direction.cross(ac);
        let determinant = ab.dot(across);
        if determinant.abs() < PARALLEL {
            return None;
        }
        let from_a = self.origin - a;
        let u = from_a.dot(across) / determinant;
        let turned = from_a.cross(ab);
        let v = self.direction.dot(turned) / determinant;
        let distance = ac.dot(turned) / determinant;
        (u >= 0.0 && v >= 0.0 && u + v <= 1.0 && distance >= 0.0).then_some(distance)
    }
}

fn position(vertex: &TileVertex) -> Vec3 {
    Vec3::from_array(vertex.position)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{TileFeature, read_glb};

    /// A square block from `(x0, y0)` to `(x1, y1)`, `height` high.
    fn add_block(
        mesh: &mut ClassMesh,
        feature: u32,
        [x0, y0]: [f32; 2],
        [x1, y1]: [f32; 2],
        height: f32,
    ) {
        let base = mesh.vertices.len() as u32;
        for z in [0.0, height] {
            for [x, y] in [[x0, y0], [x1, y0], [x1, y1], [x0, y1]] {
                mesh.vertices.push(TileVertex {
                    position: [x, y, z],
                    normal: [0; 4],
                    feature,
                });
            }
        }
        let faces = [
            [0, 1, 5, 4],
            [1, 2, 6, 5],
            [2, 3, 7, 6],
            [3, 0, 4, 7],
            [4, 5, 6, 7],
        ];
        for [a, b, c, d] in faces {
            mesh.indices
                .extend([a, b, c, a, c, d].map(|row: u32| base + row));
        }
    }

    /// Two towers 100 m apart, feature 0 of 50 m in the west, feature 1 of 80 m in the east, over a lake.
    fn towers() -> TileMesh {
        let mut buildings = ClassMesh::default();
        add_block(&mut buildings, 0, [-60.0, -10.0], [-40.0, 10.0], 50.0);
        add_block(&mut buildings, 1, [40.0, -10.0], [60.0, 10.0], 80.0);
        let mut lake = ClassMesh {
            class: FeatureClass::Water,
            ..ClassMesh::default()
        };
        add_block(&mut lake, 2, [-500.0, -500.0], [500.0, 500.0], 0.5);
        TileMesh {
            classes: vec![buildings, lake],
            features: vec![TileFeature::default(); 3],
            ..TileMesh::default()
        }
    }

    #[track_caller]
    fn check_pick(origin: [f32; 3], direction: [f32; 3], expected: Option<(f32, u32)>) {
        match (towers().pick(origin, direction), expected) {
            (Some((distance, feature)), Some((true_distance, true_feature))) => {
                assert_eq!(feature, true_feature);
                assert!(
                    (distance - true_distance).abs() < 1e-3,
                    "{distance} is not {true_distance}"
                );
            }
            (found, expected) => assert_eq!(found, expected),
        }
    }

    #[test]
    fn the_nearer_tower_hides_the_farther_one() {
        check_pick([-200.0, 0.0, 30.0], [1.0, 0.0, 0.0], Some((140.0, 0)));
        check_pick([200.0, 0.0, 30.0], [-1.0, 0.0, 0.0], Some((140.0, 1)));
        check_pick([-200.0, 0.0, 70.0], [1.0, 0.0, 0.0], Some((240.0, 1)));
    }

    #[test]
    fn a_roof_is_met_from_above() {
        check_pick([50.0, 3.0, 180.0], [0.0, 0.0, -1.0], Some((100.0, 1)));
        check_pick([50.0, 3.0, 180.0], [0.0, 0.0, -7.0], Some((100.0, 1)));
    }

    #[test]
    fn water_between_the_towers_is_no_building() {
        check_pick([0.0, 0.0, 180.0], [0.0, 0.0, -1.0], None);
    }

    #[test]
    fn what_lies_behind_is_not_met() {
        check_pick([0.0, 0.0, 30.0], [0.0, 1.0, 0.0], None);
        check_pick([200.0, 0.0, 30.0], [1.0, 0.0, 0.0], None);
    }

    #[test]
    fn from_within_a_tower_its_wall_is_met() {
        check_pick([-50.0, 0.0, 20.0], [0.0, -1.0, 0.0], Some((10.0, 0)));
    }

    #[test]
    fn a_ray_without_direction_meets_nothing() {
        check_pick([0.0; 3], [0.0; 3], None);
        check_pick([f32::NAN; 3], [1.0, 0.0, 0.0], None);
        check_pick([0.0; 3], [f32::INFINITY, 0.0, 0.0], None);
    }

    #[test]
    fn a_flat_roof_alone_is_met() {
        let mesh = read_glb(&crate::glb::sample::two_roofs(), "two_roofs.glb").expect("a tile");
        let (distance, feature) = mesh
            .pick([25.0, 5.0, 100.0], [0.0, 0.0, -1.0])
            .expect("the second roof");
        assert_eq!(mesh.features[feature as usize].id, "w2");
        assert!((distance - 60.0).abs() < 1e-3, "{distance}");
    }
}
