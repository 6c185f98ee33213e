//! Primitives become vertices and triangles, sorted by class.

use super::accessor::{GltfFile, Items};
use super::document::Primitive;
use super::features::{Features, Membership};
use super::nodes::PlacedMesh;
use crate::allowance::Allowance;
use crate::volume::{linear_part, transform_point};
use crate::{ClassMesh, FeatureClass, TileError, TileMesh, TileVertex};
use glam::{DMat3, DVec3};
use std::collections::BTreeMap;

/// From this height above the tile's ground on, the shade is full.
const FULL_SHADE_M: f32 = 100.0;

const TRIANGLES: u32 = 4;
const TRIANGLE_STRIP: u32 = 5;
const TRIANGLE_FAN: u32 = 6;

/// A tile while it is put together.
pub(super) struct Assembly<'a> {
    file: &'a GltfFile<'a>,
    allowance: Allowance,
    features: Features,
    classes: BTreeMap<FeatureClass, ClassMesh>,
    /// Where the first mesh's node stands, in ENU.
    centre: Option<DVec3>,
    /// Primitives of points and lines, which are not drawn.
    passed_over: usize,
}

impl<'a> Assembly<'a> {
    pub(super) fn new(file: &'a GltfFile<'a>, allowance: Allowance) -> Self {
        Self {
            file,
            allowance,
            features: Features::default(),
            classes: BTreeMap::new(),
            centre: None,
            passed_over: 0,
        }
    }

    pub(super) fn add_mesh(&mut self, placed: &PlacedMesh) -> Result<(), TileError> {
        let file = self.file;
        let mesh = file
            .document
            .meshes
            .get(placed.mesh as usize)
            .ok_or_else(|| {
                TileError::broken(
                    file.source,
                    format!("meshes/{}", placed.mesh),
                    "there is no such mesh",
                )
            })?;
        for (index, primitive) in mesh.primitives.iter().enumerate() {
            let place = format!("meshes/{}/primitives/{index}", placed.mesh);
            self.add_primitive(primitive, placed, &place)?;
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Result<TileMesh, TileError> {
        if self.classes.is_empty() && self.passed_over > 0 {
            return Err(TileError::unsupported(
                self.file.source,
                "meshes",
                "a tile of nothing but points and lines",
            ));
        }
        let mut classes: Vec<ClassMesh> = self.classes.into_values().collect();
        shade(&mut classes);
        let mut mesh = TileMesh {
            classes,
            features: self.features.into_list(),
            centre_enu: self.centre.unwrap_or_default().to_array(),
            bytes: 0,
        };
        mesh.bytes = mesh.counted_bytes();
        Ok(mesh)
    }

    fn add_primitive(
        &mut self,
        primitive: &Primitive,
        placed: &PlacedMesh,
        place: &str,
    ) -> Result<(), TileError> {
        let file = self.file;
        let broken = |reason: String| TileError::broken(file.source, place, reason);
        let mode = primitive.mode.unwrap_or(TRIANGLES);
        if mode < TRIANGLES {
            self.passed_over += 1;
            return Ok(());
        }
        if mode > TRIANGLE_FAN {
            return Err(broken(format!("mode {mode} does not exist")));
        }
        let Some(position) = primitive.attributes.position else {
            let compressed = primitive.extensions.draco.is_some();
            let reason = if compressed {
                "Draco compression"
            } else {
                "a primitive without positions"
            };
            return Err(TileError::unsupported(file.source, place, reason));
        };
        let positions = file.items(position, 3)?;
        if positions.count() == 0 {
            return Ok(());
        }
        let normals = primitive
            .attributes
            .normal
            .map(|accessor| file.items(accessor, 3))
            .transpose()?;
        let corners = Corners {
            mode,
            indices: primitive
                .indices
                .map(|accessor| file.items(accessor, 1))
                .transpose()?,
            vertices: positions.count(),
        };
        if mode == TRIANGLES && !corners.count().is_multiple_of(3) {
            return Err(broken(format!(
                "{} corners make no whole number of triangles",
                corners.count()
            )));
        }
        let vertex_bytes = positions
            .count()
            .saturating_mul(size_of::<TileVertex>() + size_of::<DVec3>());
        let index_bytes = corners.triangles().saturating_mul(3 * size_of::<u32>());
        self.allowance
            .take(vertex_bytes.saturating_add(index_bytes), file.source, place)?;

        let membership =
            self.features
                .membership(file, primitive, positions.count(), &mut self.allowance)?;
        let class = self.class_of(primitive);
        let centre = *self
            .centre
            .get_or_insert_with(|| enu_from_gltf(placed.scene_from_mesh.w_axis.truncate()));
        let mesh = self.classes.entry(class).or_insert_with(|| ClassMesh {
            class,
            ..ClassMesh::default()
        });
        let first = mesh.vertices.len();
        add_vertices(mesh, placed, centre, positions, &membership).map_err(broken)?;
        add_triangles(mesh, &corners, first, is_mirrored(placed)).map_err(broken)?;
        match normals.filter(|normals| normals.count() >= positions.count()) {
            Some(normals) => take_normals(mesh, placed, first, normals),
            None => make_normals(mesh, first, corners.triangles()),
        }
        Ok(())
    }

    /// The class that the primitive's material names.
    fn class_of(&self, primitive: &Primitive) -> FeatureClass {
        let material = primitive
            .material
            .and_then(|index| self.file.document.materials.get(index as usize));
        material
            .map(|material| FeatureClass::from_word(&material.name))
            .unwrap_or_default()
    }
}

/// The corners of a primitive's triangles.
struct Corners<'a> {
    mode: u32,
    indices: Option<Items<'a>>,
    vertices: usize,
}

impl Corners<'_> {
    fn count(&self) -> usize {
        self.indices.as_ref().map_or(self.vertices, Items::count)
    }

    fn triangles(&self) -> usize {
        if self.mode == TRIANGLES {
            self.count() / 3
        } else {
            self.count().saturating_sub(2)
        }
    }

    /// Three rows of vertices (glTF 2.0, "Topology types").
    fn triangle(&self, number: usize) -> [usize; 3] {
        let corners = match self.mode {
            TRIANGLE_STRIP if number.is_multiple_of(2) => [number, number + 1, number + 2],
            TRIANGLE_STRIP => [number + 1, number, number + 2],
            TRIANGLE_FAN => [number + 1, number + 2, 0],
            _ => [3 * number, 3 * number + 1, 3 * number + 2],
        };
        corners.map(|corner| {
            self.indices
                .as_ref()
                .map_or(corner, |items| items.whole(corner) as usize)
        })
    }
}

fn add_vertices(
    mesh: &mut ClassMesh,
    placed: &PlacedMesh,
    centre: DVec3,
    positions: Items<'_>,
    membership: &Membership<'_>,
) -> Result<(), String> {
    mesh.vertices.reserve(positions.count());
    for row in 0..positions.count() {
        let point = transform_point(&placed.scene_from_mesh, positions.vector(row));
        let position = (enu_from_gltf(point) - centre).as_vec3();
        if !position.is_finite() {
            return Err(format!("the position of vertex {row} is no number"));
        }
        let feature = membership.feature_of(row)?;
        mesh.vertices.push(TileVertex {
            position: position.to_array(),
            normal: [0; 4],
            feature,
        });
    }
    Ok(())
}

fn add_triangles(
    mesh: &mut ClassMesh,
    corners: &Corners<'_>,
    first: usize,
    is_mirrored: bool,
) -> Result<(), String> {
    let base = u32::try_from(first).map_err(|error| error.to_string())?;
    mesh.indices.reserve(corners.triangles().saturating_mul(3));
    for number in 0..corners.triangles() {
        let [a, b, c] = corners.triangle(number);
        for row in if is_mirrored { [a, c, b] } else { [a, b, c] } {
            if row >= corners.vertices {
                return Err(format!(
                    "triangle {number} has vertex {row} of {}",
                    corners.vertices
                ));
            }
            mesh.indices.push(base + row as u32);
        }
    }
    Ok(())
}

/// Normals out of the file, turned like the mesh.
fn take_normals(mesh: &mut ClassMesh, placed: &PlacedMesh, first: usize, normals: Items<'_>) {
    let DMat3 {
        x_axis,
        y_axis,
        z_axis,
    } = linear_part(&placed.scene_from_mesh);
    // Cofactors stand perpendicular under any scale, also where the inverse does not exist.
    let turn = DMat3::from_cols(
        y_axis.cross(z_axis),
        z_axis.cross(x_axis),
        x_axis.cross(y_axis),
    );
    let sign = if is_mirrored(placed) { -1.0 } else { 1.0 };
    for (row, vertex) in mesh.vertices.iter_mut().skip(first).enumerate() {
        let normal = enu_from_gltf(turn * normals.vector(row) * sign);
        vertex.normal = packed_normal(normal);
    }
}

/// Normals from the triangles, for files that have none: each corner gets the mean of its triangles, larger ones
/// counting more.
fn make_normals(mesh: &mut ClassMesh, first: usize, triangles: usize) {
    let mut sums = vec![DVec3::ZERO; mesh.vertices.len().saturating_sub(first)];
    let from = mesh.indices.len().saturating_sub(3 * triangles);
    let (corners, _) = mesh
        .indices
        .get(from..)
        .unwrap_or_default()
        .as_chunks::<3>();
    for triangle in corners {
        let [a, b, c] = triangle.map(|row| {
            mesh.vertices
                .get(row as usize)
                .map_or(DVec3::ZERO, position_of)
        });
        let normal = (b - a).cross(c - a);
        for row in triangle {
            if let Some(sum) = (*row as usize)
                .checked_sub(first)
                .and_then(|row| sums.get_mut(row))
            {
                *sum += normal;
            }
        }
    }
    for (vertex, sum) in mesh.vertices.iter_mut().skip(first).zip(sums) {
        vertex.normal = packed_normal(sum);
    }
}

/// Writes each vertex's shade: how high it is above the tile's lowest point.
fn shade(classes: &mut [ClassMesh]) {
    let heights = classes
        .iter()
        .flat_map(|mesh| &mesh.vertices)
        .map(|vertex| vertex.position[2]);
    let ground = heights.fold(f32::INFINITY, f32::min);
    for vertex in classes.iter_mut().flat_map(|mesh| &mut mesh.vertices) {
        let share = ((vertex.position[2] - ground) / FULL_SHADE_M).clamp(0.0, 1.0);
        vertex.normal[3] = (share * 127.0).round() as i8;
    }
}

/// glTF's axes (x, up, z) as east, north, up.
fn enu_from_gltf(point: DVec3) -> DVec3 {
    DVec3::new(point.x, -point.z, point.y)
}

/// True when the node's transform turns triangles inside out.
fn is_mirrored(placed: &PlacedMesh) -> bool {
    linear_part(&placed.scene_from_mesh).determinant() < 0.0
}

/// A direction as signed fractions of 127; the shade comes later.
fn packed_normal(direction: DVec3) -> [i8; 4] {
    let unit = direction.normalize_or_zero();
    let part = |number: f64| (number * 127.0).round() as i8;
    [part(unit.x), part(unit.y), part(unit.z), 0]
}

fn position_of(vertex: &TileVertex) -> DVec3 {
    DVec3::from_array(vertex.position.map(f64::from))
}
