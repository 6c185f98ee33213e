//! A tile's content brought from the tile's frame into the frame that it is drawn in.

use crate::i3dm::{matrix_of_rows, rows_of_matrix};
use crate::{ClassMesh, FeatureClass, Primitive, TileMesh, TileVertex};
use glam::{DMat3, DMat4, DVec3};

/// From this height above the tile's ground on, the shade is full.
const FULL_SHADE_M: f32 = 100.0;

/// Works `frame_from_tile` into the mesh: its linear part into corners, normals and copies, its shift into the centre.
///
/// All in doubles. A matrix that mirrors also turns triangles round, so that they keep their outside. The shade of
/// buildings follows the new z. Does nothing for a matrix with something infinite in it.
pub fn place(mesh: &mut TileMesh, frame_from_tile: &DMat4) {
    if !frame_from_tile.is_finite() {
        return;
    }
    let linear = DMat3::from_mat4(*frame_from_tile);
    let is_mirrored = linear.determinant() < 0.0;
    let turn = normal_matrix(&linear);
    mesh.centre = frame_from_tile
        .transform_point3(DVec3::from_array(mesh.centre))
        .to_array();
    for class in &mut mesh.classes {
        if class.instances.is_empty() {
            place_corners(&mut class.vertices, &linear, &turn);
        } else {
            // Copies carry their own matrices; corners stay in the frame of what is copied.
            let linear = DMat4::from_mat3(linear);
            for instance in &mut class.instances {
                let matrix = linear * matrix_of_rows(&instance.rows);
                instance.rows = rows_of_matrix(&matrix);
            }
        }
        if is_mirrored && class.primitive == Primitive::Triangles {
            turn_round(&mut class.indices);
        }
    }
    shade(&mut mesh.classes);
}

/// What normals are multiplied with: the cofactors of the linear part, which stand perpendicular under any scale, also
/// where the inverse does not exist.
fn normal_matrix(linear: &DMat3) -> DMat3 {
    let (x, y, z) = (linear.x_axis, linear.y_axis, linear.z_axis);
    let cofactors = DMat3::from_cols(y.cross(z), z.cross(x), x.cross(y));
    if linear.determinant() < 0.0 {
        cofactors * -1.0
    } else {
        cofactors
    }
}

fn place_corners(vertices: &mut [TileVertex], linear: &DMat3, turn: &DMat3) {
    for vertex in vertices {
        let position = DVec3::from_array(vertex.position.map(f64::from));
        vertex.position = (*linear * position).as_vec3().to_array();
        let [x, y, z, shade] = vertex.normal;
        let normal =
            (*turn * DVec3::new(f64::from(x), f64::from(y), f64::from(z))).normalize_or_zero();
        let part = |number: f64| (number * 127.0).round() as i8;
        vertex.normal = [part(normal.x), part(normal.y), part(normal.z), shade];
    }
}

fn turn_round(indices: &mut [u32]) {
    let (triangles, _) = indices.as_chunks_mut::<3>();
    for [_, second, third] in triangles {
        std::mem::swap(second, third);
    }
}

/// Writes the shade of buildings: how high each corner is above the tile's lowest point.
fn shade(classes: &mut [ClassMesh]) {
    let is_building =
        |mesh: &ClassMesh| mesh.class == FeatureClass::Building && mesh.instances.is_empty();
    if !classes.iter().any(is_building) {
        return;
    }
    let ground = classes
        .iter()
        .filter(|mesh| mesh.instances.is_empty())
        .flat_map(|mesh| &mesh.vertices)
        .map(|vertex| vertex.position[2])
        .fold(f32::INFINITY, f32::min);
    let buildings = classes.iter_mut().filter(|mesh| is_building(mesh));
    for vertex in buildings.flat_map(|mesh| &mut mesh.vertices) {
        let share = ((vertex.position[2] - ground) / FULL_SHADE_M).clamp(0.0, 1.0);
        vertex.normal[3] = (share * 127.0).round() as i8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Instance;
    use glam::{DQuat, Vec3};
    use std::f64::consts::FRAC_PI_2;

    /// One triangle at `(10, 20, 30)`, 100 m wide and high, that faces south.
    fn wall(class: FeatureClass) -> TileMesh {
        let corner = |x: f32, z: f32| TileVertex {
            position: [x, 0.0, z],
            normal: [0, -127, 0, 5],
            feature: 0,
        };
        TileMesh {
            classes: vec![ClassMesh {
                class,
                vertices: vec![corner(0.0, 0.0), corner(100.0, 0.0), corner(0.0, 100.0)],
                indices: vec![0, 1, 2],
                ..ClassMesh::default()
            }],
            centre: [10.0, 20.0, 30.0],
            ..TileMesh::default()
        }
    }

    /// The direction that the first triangle faces by its corners.
    fn outside(mesh: &TileMesh) -> DVec3 {
        let class = &mesh.classes[0];
        let [a, b, c] = [0, 1, 2].map(|row| {
            let vertex = &class.vertices[class.indices[row] as usize];
            DVec3::from_array(vertex.position.map(f64::from))
        });
        (b - a).cross(c - a).normalize_or_zero()
    }

    fn normal(mesh: &TileMesh) -> DVec3 {
        let [x, y, z, _] = mesh.classes[0].vertices[0].normal.map(f64::from);
        DVec3::new(x, y, z) / 127.0
    }

    #[track_caller]
    fn check_normal(matrix: DMat4, expected: DVec3) {
        let mut mesh = wall(FeatureClass::Model);
        place(&mut mesh, &matrix);
        assert!(
            (normal(&mesh) - expected).length() < 0.02,
            "{:?}",
            normal(&mesh)
        );
        assert!(
            (outside(&mesh) - expected).length() < 1e-6,
            "{}",
            outside(&mesh)
        );
    }

    #[test]
    fn the_shift_goes_into_the_centre_only() {
        let mut mesh = wall(FeatureClass::Model);
        let matrix = DMat4::from_translation(DVec3::new(4_000_000.25, 0.0, -30.0));
        let before = mesh.classes.clone();
        place(&mut mesh, &matrix);
        assert_eq!(
            DVec3::from_array(mesh.centre),
            DVec3::new(4_000_010.25, 20.0, 0.0)
        );
        assert_eq!(mesh.classes, before);
    }

    #[test]
    fn normals_stay_perpendicular_and_outside_stays_outside() {
        check_normal(DMat4::from_rotation_z(FRAC_PI_2), DVec3::X);
        check_normal(DMat4::from_scale(DVec3::new(1.0, 5.0, 0.1)), DVec3::NEG_Y);
        // Sheared along y by x: the wall now faces south-east.
        let shear = DMat4::from_cols_array_2d(&[
            [1.0, 1.0, 0.0, 0.0],
            [0.0, 1.0, 0.0, 0.0],
            [0.0, 0.0, 1.0, 0.0],
            [0.0, 0.0, 0.0, 1.0],
        ]);
        check_normal(shear, DVec3::new(1.0, -1.0, 0.0).normalize_or_zero());
    }

    #[test]
    fn a_mirror_turns_triangles_round() {
        check_normal(DMat4::from_scale(DVec3::new(-1.0, 1.0, 1.0)), DVec3::NEG_Y);
        check_normal(DMat4::from_scale(DVec3::new(1.0, -1.0, 1.0)), DVec3::Y);
    }

    #[test]
    fn only_buildings_are_shaded_anew() {
        // Lying down: what was up is now north, and the wall is 0 m high.
        let matrix = DMat4::from_rotation_x(-FRAC_PI_2);
        for (class, expected) in [(FeatureClass::Building, 0), (FeatureClass::Road, 5)] {
            let mut mesh = wall(class);
            place(&mut mesh, &matrix);
            assert_eq!(mesh.classes[0].vertices[2].normal[3], expected, "{class:?}");
        }
        let mut mesh = wall(FeatureClass::Building);
        place(&mut mesh, &DMat4::IDENTITY);
        assert_eq!(mesh.classes[0].vertices[2].normal[3], 127);
    }

    #[test]
    fn copies_are_turned_and_their_corners_are_not() {
        let mut mesh = wall(FeatureClass::Tree);
        mesh.classes[0].instances = vec![Instance {
            rows: [
                [2.0, 0.0, 0.0, 7.0],
                [0.0, 2.0, 0.0, 0.0],
                [0.0, 0.0, 2.0, 0.0],
            ],
            feature: 0,
        }];
        let turn = DMat4::from_quat(DQuat::from_rotation_z(FRAC_PI_2));
        place(&mut mesh, &turn);
        let class = &mesh.classes[0];
        assert_eq!(
            Vec3::from_array(class.vertices[1].position),
            Vec3::new(100.0, 0.0, 0.0)
        );
        let placed = matrix_of_rows(&class.instances[0].rows).transform_point3(DVec3::X);
        assert!(
            (placed - DVec3::new(0.0, 9.0, 0.0)).length() < 1e-5,
            "{placed}"
        );
    }

    #[test]
    fn a_matrix_of_nothing_changes_nothing() {
        let mut mesh = wall(FeatureClass::Building);
        let before = mesh.clone();
        place(&mut mesh, &(DMat4::IDENTITY * f64::NAN));
        assert_eq!(mesh, before);
    }
}
