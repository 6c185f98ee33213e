//! Surfaces in space as they are: each polygon triangulated in its own plane.

use super::{Facing, Look, Mesh, Part};
use crate::classify::Class;
use crate::feature::SurfaceRole;
use crate::solid::{Face, Solid, cross, length};
use cim_tiles::FeatureClass;
use geo::{LineString, Polygon, TriangulateEarcut};

impl Mesh {
    /// Every face that can be seen: closures and the footprints of buildings cannot.
    pub(super) fn take_solid(&mut self, solid: &Solid, class: Class, look: FeatureClass) {
        for face in &solid.faces {
            let is_hidden = match face.role {
                SurfaceRole::Closure => true,
                SurfaceRole::Ground => class.is_building(),
                SurfaceRole::Roof | SurfaceRole::Wall | SurfaceRole::Other => false,
            };
            if is_hidden {
                continue;
            }
            let part = self.part(Look {
                class: look,
                image: face.image.clone(),
                is_coloured: face.colour.is_some() && face.image.is_none(),
            });
            part.take_face(face);
        }
    }
}

impl Part {
    fn take_face(&mut self, face: &Face) {
        let first = self.next_index();
        let normal = face.normal.map(|part| part as f32);
        for corner in face.corners.iter().flatten() {
            self.corner(*corner, normal);
        }
        if self.look.image.is_some() {
            // Sources count from the lower left corner of the image, glTF from the upper left.
            self.coordinates.extend(
                face.coordinates
                    .iter()
                    .flatten()
                    .map(|pair| [pair[0], 1.0 - pair[1]]),
            );
        }
        if self.look.is_coloured {
            let colour = face.colour.unwrap_or([255; 4]);
            self.colours.resize(self.positions.len(), colour);
        }
        let [ring] = face.corners.as_slice() else {
            self.cut_face(face, first);
            return;
        };
        if ring.len() == 3 {
            self.indices.extend([first, first + 1, first + 2]);
        } else {
            self.cut_face(face, first);
        }
    }

    fn cut_face(&mut self, face: &Face, first: u32) {
        let (right, up) = axes_of(face.normal);
        let Some(origin) = face.corners.first().and_then(|ring| ring.first()).copied() else {
            return;
        };
        let flat = |corner: &[f64; 3]| {
            let away = [0, 1, 2].map(|axis: usize| corner[axis] - origin[axis]);
            (dot(away, right), dot(away, up))
        };
        let mut rings = face
            .corners
            .iter()
            .map(|ring| LineString::from(ring.iter().map(flat).collect::<Vec<(f64, f64)>>()));
        let outer = rings.next().unwrap_or_else(|| LineString::new(Vec::new()));
        let triangulation = Polygon::new(outer, rings.collect()).earcut_triangles_raw();
        self.take_triangles(
            &triangulation.vertices,
            &triangulation.triangle_indices,
            first,
            Facing::Up,
        );
    }
}

/// Two directions in the plane that `normal` stands on, such that right, up and normal are a right-handed set.
fn axes_of(normal: [f64; 3]) -> ([f64; 3], [f64; 3]) {
    let helper = if normal[2].abs() < 0.9 {
        [0.0, 0.0, 1.0]
    } else {
        [0.0, 1.0, 0.0]
    };
    let across = cross(helper, normal);
    let size = length(across).max(f64::EPSILON);
    let right = across.map(|part| part / size);
    (right, cross(normal, right))
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

#[cfg(test)]
mod tests {
    use super::super::tests::check_normals;
    use super::*;
    use std::sync::Arc;

    /// A wall of 10 × 6 m in the plane of x and z that looks south, with a window of 2 × 2 m.
    fn wall() -> Face {
        let at = |x: f64, z: f64| [x, 0.0, z];
        let corners = vec![
            vec![at(0.0, 0.0), at(10.0, 0.0), at(10.0, 6.0), at(0.0, 6.0)],
            vec![at(4.0, 2.0), at(4.0, 4.0), at(6.0, 4.0), at(6.0, 2.0)],
        ];
        Face {
            rings: corners.clone(),
            coordinates: corners
                .iter()
                .map(|ring| {
                    ring.iter()
                        .map(|at| [at[0] as f32 / 10.0, at[2] as f32 / 6.0])
                        .collect()
                })
                .collect(),
            corners,
            normal: [0.0, -1.0, 0.0],
            area_m2: 56.0,
            role: SurfaceRole::Wall,
            colour: Some([200, 10, 10, 255]),
            image: Some(Arc::from("wall.png")),
        }
    }

    fn solid(face: Face) -> Solid {
        Solid {
            faces: vec![face],
            low_m: 0.0,
            high_m: 6.0,
            at: [0.0, 0.0],
            ground_area_m2: 0.0,
        }
    }

    #[test]
    fn a_wall_with_a_window_keeps_its_hole_its_side_and_its_image() {
        let mut mesh = Mesh::default();
        mesh.take_solid(&solid(wall()), Class::Building, FeatureClass::Building);
        let part = &mesh.parts[0];
        check_normals(part);
        let area: f64 = part
            .indices
            .chunks_exact(3)
            .map(|t| {
                let [a, b, c] = [t[0], t[1], t[2]].map(|i| part.positions[i as usize]);
                let away = |at: [f64; 3]| [at[0] - a[0], at[1] - a[1], at[2] - a[2]];
                length(cross(away(b), away(c))) / 2.0
            })
            .sum();
        assert!((area - 56.0).abs() < 1e-9, "{area}");
        assert_eq!(part.coordinates.len(), part.positions.len());
        assert!(part.colours.is_empty());
        // The lower left corner of the wall is the lower left one of the image.
        let [u, v] = part.coordinates[0];
        assert!(u.abs() < 1e-6 && (v - 1.0).abs() < 1e-6);
    }

    #[test]
    fn a_coloured_roof_has_colours_and_a_footprint_is_not_drawn() {
        let mut roof = wall();
        roof.image = None;
        roof.coordinates.clear();
        let mut footprint = wall();
        footprint.role = SurfaceRole::Ground;
        let mut mesh = Mesh::default();
        mesh.take_solid(&solid(roof), Class::Building, FeatureClass::Building);
        mesh.take_solid(&solid(footprint), Class::Building, FeatureClass::Building);
        assert_eq!(mesh.parts.len(), 1);
        assert_eq!(mesh.parts[0].colours.len(), 8);
    }
}
