//! Directions that surfaces face.

use crate::{ClassMesh, TileVertex};
use glam::{DMat3, Mat3, Vec3};

/// Triangles that meet at a sharper angle than 45° do not share a normal: buildings keep their edges, hills stay round.
const CREASE: f32 = std::f32::consts::FRAC_1_SQRT_2;
const NO_MORE: u32 = u32::MAX;

/// What turns normals where `linear` turns points. Cofactors stand perpendicular under any scale, also where the
/// inverse does not exist.
pub(super) fn normal_matrix(linear: &DMat3) -> Mat3 {
    let DMat3 {
        x_axis,
        y_axis,
        z_axis,
    } = *linear;
    let cofactors = DMat3::from_cols(
        y_axis.cross(z_axis),
        z_axis.cross(x_axis),
        x_axis.cross(y_axis),
    );
    let sign = if linear.determinant() < 0.0 {
        -1.0
    } else {
        1.0
    };
    // Cofactors grow with the square of the scale, which single precision may not hold.
    let size = cofactors
        .to_cols_array()
        .into_iter()
        .fold(0.0, |size: f64, part| size.max(part.abs()));
    let scale = if size > 0.0 { sign / size } else { 0.0 };
    (cofactors * scale).as_mat3()
}

/// A direction as signed fractions of 127; the shade comes later.
pub(super) fn packed(direction: Vec3) -> [i8; 4] {
    // Added to a small number, this leaves the nearest whole number in the lowest bits: faster than casts, which look
    // for numbers out of range. What is no number becomes 0.
    const TO_LOWEST_BITS: f32 = 12_582_912.0;
    let square = direction.length_squared();
    let scale = if square > f32::MIN_POSITIVE {
        127.0 / square.sqrt()
    } else {
        0.0
    };
    let part = |number: f32| (number * scale + TO_LOWEST_BITS).to_bits() as i8;
    [part(direction.x), part(direction.y), part(direction.z), 0]
}

/// The triangles at one vertex that share a normal.
struct Corner {
    sum: Vec3,
    /// The first of the triangles' normals; zero while there is none.
    first: Vec3,
    /// The vertex that this is a copy of, counted from the first new one.
    vertex: u32,
    /// The next corner at the same vertex.
    next: u32,
}

/// Makes normals for the triangles from `first_index` on, whose vertices begin at `first_vertex`. Each vertex gets the
/// mean of its triangles, larger ones counting more; where triangles meet at an edge, it is copied for each side.
///
/// `may_add` is asked once with the number of copies; when it says no, vertices stay single and edges become round.
pub(super) fn make_normals(
    mesh: &mut ClassMesh,
    first_vertex: usize,
    first_index: usize,
    may_add: impl FnOnce(usize) -> bool,
) {
    let vertices = mesh.vertices.get(first_vertex..).unwrap_or_default();
    let originals = vertices.len();
    let mut corners: Vec<Corner> = (0_u32..)
        .take(originals)
        .map(|vertex| Corner {
            sum: Vec3::ZERO,
            first: Vec3::ZERO,
            vertex,
            next: NO_MORE,
        })
        .collect();
    let base = first_vertex as u32;
    let indices = mesh.indices.get_mut(first_index..).unwrap_or_default();
    for triangle in indices.as_chunks_mut::<3>().0 {
        let [a, b, c] = triangle.map(|row| position(vertices, row.wrapping_sub(base)));
        let normal = (b - a).cross(c - a);
        let Some(unit) = normal.try_normalize() else {
            continue;
        };
        for row in triangle {
            let corner = corner_for(&mut corners, row.wrapping_sub(base), unit);
            if let Some(corner) = corners.get_mut(corner as usize) {
                corner.sum += normal;
            }
            *row = base + corner;
        }
    }
    let copies = corners.len() - originals;
    if copies > 0 && !may_add(copies) {
        unite(&mut corners, originals);
        for row in indices.iter_mut() {
            let corner = corners.get(row.wrapping_sub(base) as usize);
            *row = base + corner.map_or(0, |corner| corner.vertex);
        }
        corners.truncate(originals);
    }
    for corner in corners.iter().skip(originals) {
        copy_vertex(mesh, first_vertex + corner.vertex as usize);
    }
    let made = mesh.vertices.iter_mut().skip(first_vertex);
    for (vertex, corner) in made.zip(&corners) {
        vertex.normal = packed(corner.sum);
    }
}

/// The corner at a vertex whose triangles face the same way as `unit`; a new one where there is none.
fn corner_for(corners: &mut Vec<Corner>, vertex: u32, unit: Vec3) -> u32 {
    let mut at = vertex;
    loop {
        let fresh = corners.len() as u32;
        let Some(corner) = corners.get_mut(at as usize) else {
            return vertex;
        };
        if corner.first == Vec3::ZERO {
            corner.first = unit;
            return at;
        }
        if corner.first.dot(unit) >= CREASE {
            return at;
        }
        if corner.next == NO_MORE {
            corner.next = fresh;
            corners.push(Corner {
                sum: Vec3::ZERO,
                first: unit,
                vertex,
                next: NO_MORE,
            });
            return fresh;
        }
        at = corner.next;
    }
}

/// Adds what the copies gathered to the vertices that they are copies of.
fn unite(corners: &mut [Corner], originals: usize) {
    let (firsts, copies) = corners.split_at_mut(originals);
    for copy in copies {
        if let Some(first) = firsts.get_mut(copy.vertex as usize) {
            first.sum += copy.sum;
        }
    }
}

fn copy_vertex(mesh: &mut ClassMesh, row: usize) {
    if let Some(vertex) = mesh.vertices.get(row).copied() {
        mesh.vertices.push(vertex);
    }
    if let Some(place) = mesh.coordinates.get(row).copied() {
        mesh.coordinates.push(place);
    }
    if let Some(colour) = mesh.colours.get(row).copied() {
        mesh.colours.push(colour);
    }
}

fn position(vertices: &[TileVertex], row: u32) -> Vec3 {
    vertices
        .get(row as usize)
        .map_or(Vec3::ZERO, |vertex| Vec3::from_array(vertex.position))
}

#[cfg(test)]
mod tests {
    use super::*;
    use glam::DVec3;

    /// Two triangles that share an edge, the second one lifted at its far corner.
    fn folded(lift: f32) -> ClassMesh {
        let corner = |x: f32, y: f32, z: f32| TileVertex {
            position: [x, y, z],
            ..TileVertex::default()
        };
        ClassMesh {
            vertices: vec![
                corner(0.0, 0.0, 0.0),
                corner(1.0, 0.0, 0.0),
                corner(0.0, 1.0, 0.0),
                corner(1.0, 1.0, lift),
            ],
            indices: vec![0, 1, 2, 2, 1, 3],
            coordinates: vec![[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]],
            ..ClassMesh::default()
        }
    }

    #[test]
    fn a_gentle_fold_is_round() {
        let mut mesh = folded(0.2);
        make_normals(&mut mesh, 0, 0, |_| true);
        assert_eq!((mesh.vertices.len(), mesh.indices.len()), (4, 6));
        assert!(mesh.vertices[1].normal[2] > 120);
    }

    #[test]
    fn a_sharp_fold_keeps_its_edge() {
        let mut mesh = folded(5.0);
        make_normals(&mut mesh, 0, 0, |copies| copies == 2);
        assert_eq!((mesh.vertices.len(), mesh.coordinates.len()), (6, 6));
        assert_eq!(mesh.vertices[1].normal[..3], [0, 0, 127]);
        assert_eq!(mesh.indices[..3], [0, 1, 2]);
        let [second, third] = [mesh.indices[3], mesh.indices[4]].map(|row| row as usize);
        let place = mesh.vertices[second].position.map(|part| part as i32);
        assert_eq!(place, [0, 1, 0]);
        assert_eq!(mesh.coordinates[third].map(|part| part as i32), [1, 0]);
        assert!(mesh.vertices[second].normal[2] < 40);
    }

    #[test]
    fn without_room_for_copies_every_edge_is_round() {
        let mut mesh = folded(5.0);
        make_normals(&mut mesh, 0, 0, |_| false);
        assert_eq!(mesh.vertices.len(), 4);
        assert_eq!(mesh.indices, [0, 1, 2, 2, 1, 3]);
        assert_ne!(mesh.vertices[1].normal[..3], [0, 0, 127]);
    }

    #[test]
    fn normals_stand_perpendicular_under_any_scale() {
        let flat = DMat3::from_diagonal(DVec3::new(1.0, 1.0, 0.01));
        let turned = normal_matrix(&flat) * Vec3::new(0.0, 0.1, 1.0);
        assert_eq!(packed(turned)[..3], [0, 0, 127]);
        let mirrored = DMat3::from_diagonal(DVec3::new(-1.0, 1.0, 1.0));
        assert_eq!(packed(normal_matrix(&mirrored) * Vec3::Z)[..3], [0, 0, 127]);
        assert_eq!(packed(Vec3::ZERO), [0; 4]);
    }
}
