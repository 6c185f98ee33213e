//! What a ray meets first.
//!
//! Measures on the fly, from the mesh alone: a box per feature tells which ones the ray can meet, then their triangles
//! are tried. A click costs one pass over the tile's corners. Lines and points are never met.

use crate::{ClassMesh, FeatureClass, Instance, Primitive, TileMesh, TileVertex};
use glam::{Affine3A, Mat3, Vec3};

/// Rays nearer to parallel than this pass a triangle by.
const PARALLEL: f32 = 1.0e-12;

/// Where a ray meets a tile.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// Metres from the ray's origin.
    pub distance_m: f32,
    /// Row of [`TileMesh::features`]; may lie beyond them when the file knows no features.
    pub feature: u32,
    /// What was met.
    pub class: FeatureClass,
    /// Of the surface, towards the ray's origin, of length one, along the axes of the mesh.
    pub normal: [f32; 3],
}

impl TileMesh {
    /// The nearest thing above the ground on a ray. Ground, water, green, roads and rails let it through, and so does
    /// what lies below the ground; [`TileMesh::pick_where`] can ask for them.
    ///
    /// Origin in metres from [`TileMesh::centre`]; `direction` of any length but zero. Triangles count from both sides.
    pub fn pick(&self, origin: [f32; 3], direction: [f32; 3]) -> Option<Hit> {
        self.pick_where(origin, direction, |class, _| {
            matches!(
                class,
                FeatureClass::Building
                    | FeatureClass::Bridge
                    | FeatureClass::Tree
                    | FeatureClass::Furniture
                    | FeatureClass::Model
            )
        })
    }

    /// The nearest thing on a ray of those whose class and row of [`TileMesh::features`] are `wanted`.
    pub fn pick_where(
        &self,
        origin: [f32; 3],
        direction: [f32; 3],
        wanted: impl Fn(FeatureClass, u32) -> bool,
    ) -> Option<Hit> {
        let ray = Ray::new(Vec3::from_array(origin), Vec3::from_array(direction))?;
        let mut nearest: Option<Hit> = None;
        let meshes = self
            .classes
            .iter()
            .filter(|mesh| mesh.primitive == Primitive::Triangles);
        for mesh in meshes {
            let found = if mesh.instances.is_empty() {
                let rows = self.features.len().max(1);
                let met = features_met(mesh, rows, &ray, &wanted);
                nearest_triangle(mesh, &ray, |row| met.get(row as usize) == Some(&true))
            } else {
                nearest_instance(mesh, &ray, &wanted)
            };
            if let Some(hit) = found
                && nearest.is_none_or(|least| hit.distance_m < least.distance_m)
            {
                nearest = Some(hit);
            }
        }
        nearest
    }
}

/// For each feature: whether it is wanted and the ray meets the box around its corners.
fn features_met(
    mesh: &ClassMesh,
    features: usize,
    ray: &Ray,
    wanted: &impl Fn(FeatureClass, u32) -> bool,
) -> Vec<bool> {
    let mut boxes = vec![(Vec3::INFINITY, Vec3::NEG_INFINITY); features];
    for vertex in &mesh.vertices {
        if let Some((least, most)) = boxes.get_mut(vertex.feature as usize) {
            *least = least.min(position(vertex));
            *most = most.max(position(vertex));
        }
    }
    boxes
        .into_iter()
        .zip(0_u32..)
        .map(|((least, most), row)| ray.meets_box(least, most) && wanted(mesh.class, row))
        .collect()
}

/// The nearest triangle of the features that are `tried`.
fn nearest_triangle(mesh: &ClassMesh, ray: &Ray, tried: impl Fn(u32) -> bool) -> Option<Hit> {
    let mut nearest: Option<Hit> = None;
    let (triangles, _) = mesh.indices.as_chunks::<3>();
    for triangle in triangles {
        let corner = |row: u32| mesh.vertices.get(row as usize);
        let (Some(a), Some(b), Some(c)) = (
            corner(triangle[0]),
            corner(triangle[1]),
            corner(triangle[2]),
        ) else {
            continue;
        };
        if !tried(a.feature) {
            continue;
        }
        let corners = [position(a), position(b), position(c)];
        if let Some(distance_m) = ray.distance_to_triangle(corners)
            && nearest.is_none_or(|least| distance_m < least.distance_m)
        {
            nearest = Some(Hit {
                distance_m,
                feature: a.feature,
                class: mesh.class,
                normal: ray.facing_normal(corners).to_array(),
            });
        }
    }
    nearest
}

/// The nearest of many copies: the ray is brought to where the mesh stands as it is.
fn nearest_instance(
    mesh: &ClassMesh,
    ray: &Ray,
    wanted: &impl Fn(FeatureClass, u32) -> bool,
) -> Option<Hit> {
    let (mut least, mut most) = (Vec3::INFINITY, Vec3::NEG_INFINITY);
    for vertex in &mesh.vertices {
        least = least.min(position(vertex));
        most = most.max(position(vertex));
    }
    let mut nearest: Option<Hit> = None;
    for instance in &mesh.instances {
        let tile_from_copy = matrix_of(instance);
        let copy_from_tile = tile_from_copy.inverse();
        let local = Ray {
            origin: copy_from_tile.transform_point3(ray.origin),
            // Not made of length one, so that distances along it stay metres of the tile.
            direction: copy_from_tile.transform_vector3(ray.direction),
        };
        if !local.is_usable()
            || !local.meets_box(least, most)
            || !wanted(mesh.class, instance.feature)
        {
            continue;
        }
        if let Some(hit) = nearest_triangle(mesh, &local, |_| true)
            && nearest.is_none_or(|least| hit.distance_m < least.distance_m)
        {
            let turn = Mat3::from(copy_from_tile.matrix3).transpose();
            let normal = (turn * Vec3::from_array(hit.normal)).normalize_or_zero();
            nearest = Some(Hit {
                feature: instance.feature,
                normal: normal.to_array(),
                ..hit
            });
        }
    }
    nearest
}

fn matrix_of(instance: &Instance) -> Affine3A {
    let [x, y, z] = instance.rows;
    Affine3A::from_mat3_translation(
        Mat3::from_cols_array_2d(&[[x[0], y[0], z[0]], [x[1], y[1], z[1]], [x[2], y[2], z[2]]]),
        Vec3::new(x[3], y[3], z[3]),
    )
}

struct Ray {
    origin: Vec3,
    /// Distances are multiples of its length.
    direction: Vec3,
}

impl Ray {
    fn new(origin: Vec3, direction: Vec3) -> Option<Self> {
        let direction = direction.try_normalize().filter(|_| origin.is_finite())?;
        Some(Self { origin, direction })
    }

    /// False where a copy is flat: there is no way back into its mesh.
    fn is_usable(&self) -> bool {
        self.origin.is_finite() && self.direction.is_finite()
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
    fn distance_to_triangle(&self, [a, b, c]: [Vec3; 3]) -> Option<f32> {
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

    /// The triangle's normal on the side that the ray comes from.
    fn facing_normal(&self, [a, b, c]: [Vec3; 3]) -> Vec3 {
        let normal = (b - a).cross(c - a).normalize_or_zero();
        if normal.dot(self.direction) > 0.0 {
            -normal
        } else {
            normal
        }
    }
}

fn position(vertex: &TileVertex) -> Vec3 {
    Vec3::from_array(vertex.position)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TileFeature;

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
    fn check_hit(found: Option<Hit>, expected: Option<(f32, u32)>) {
        match (found, expected) {
            (Some(hit), Some((distance_m, feature))) => {
                assert_eq!(hit.feature, feature);
                let error_m = (hit.distance_m - distance_m).abs();
                assert!(error_m < 1e-3, "{hit:?} is not at {distance_m}");
            }
            (found, expected) => {
                assert_eq!(found.map(|hit| hit.feature), expected.map(|one| one.1));
            }
        }
    }

    #[track_caller]
    fn check_pick(origin: [f32; 3], direction: [f32; 3], expected: Option<(f32, u32)>) {
        check_hit(towers().pick(origin, direction), expected);
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
        let hit = towers()
            .pick([50.0, 3.0, 180.0], [0.0, 0.0, -1.0])
            .expect("a roof");
        assert_eq!(
            (hit.class, hit.normal),
            (FeatureClass::Building, [0.0, 0.0, 1.0])
        );
    }

    #[test]
    fn water_between_the_towers_is_met_only_by_who_asks_for_it() {
        check_pick([0.0, 0.0, 180.0], [0.0, 0.0, -1.0], None);
        let water = towers().pick_where([0.0, 0.0, 180.0], [0.0, 0.0, -1.0], |class, _| {
            class == FeatureClass::Water
        });
        check_hit(water, Some((179.5, 2)));
    }

    #[test]
    fn a_hidden_tower_lets_the_ray_through() {
        let hit = towers().pick_where([-200.0, 0.0, 30.0], [1.0, 0.0, 0.0], |class, feature| {
            class == FeatureClass::Building && feature != 0
        });
        check_hit(hit, Some((240.0, 1)));
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
        let mesh = TileMesh {
            classes: vec![ClassMesh {
                vertices: [[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 10.0]]
                    .map(|[x, y]| TileVertex {
                        position: [x, y, 40.0],
                        normal: [0; 4],
                        feature: 0,
                    })
                    .to_vec(),
                indices: vec![0, 1, 2, 0, 2, 3],
                ..ClassMesh::default()
            }],
            ..TileMesh::default()
        };
        let hit = mesh.pick([5.0, 5.0, 100.0], [0.0, 0.0, -1.0]);
        check_hit(hit, Some((60.0, 0)));
    }

    #[test]
    fn of_many_copies_the_one_on_the_ray_is_met() {
        let mut lamps = ClassMesh {
            class: FeatureClass::Furniture,
            ..ClassMesh::default()
        };
        add_block(&mut lamps, 0, [-1.0, -1.0], [1.0, 1.0], 4.0);
        // Twice as large, at 10, 20 and 30 m east; the second one turned by a quarter.
        lamps.instances = [(10.0, false), (20.0, true), (30.0, false)]
            .into_iter()
            .zip(7_u32..)
            .map(|((east, is_turned), feature)| Instance {
                rows: if is_turned {
                    [
                        [0.0, -2.0, 0.0, east],
                        [2.0, 0.0, 0.0, 0.0],
                        [0.0, 0.0, 2.0, 0.0],
                    ]
                } else {
                    [
                        [2.0, 0.0, 0.0, east],
                        [0.0, 2.0, 0.0, 0.0],
                        [0.0, 0.0, 2.0, 0.0],
                    ]
                },
                feature,
            })
            .collect();
        let mesh = TileMesh {
            classes: vec![lamps],
            ..TileMesh::default()
        };
        check_hit(
            mesh.pick([20.0, 0.0, 108.0], [0.0, 0.0, -1.0]),
            Some((100.0, 8)),
        );
        let hit = mesh.pick([0.0, 0.0, 3.0], [1.0, 0.0, 0.0]);
        check_hit(hit, Some((8.0, 7)));
        let normal = hit.map(|hit| Vec3::from_array(hit.normal));
        assert!(normal.is_some_and(|normal| normal.distance(Vec3::NEG_X) < 1e-5));
        let behind = mesh.pick([40.0, 0.0, 3.0], [-1.0, 0.0, 0.0]);
        check_hit(behind, Some((8.0, 9)));
        check_hit(mesh.pick([0.0, 0.0, 9.0], [1.0, 0.0, 0.0]), None);
    }
}
