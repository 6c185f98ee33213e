//! Primitives become vertices and indices, sorted by class and material.

use super::accessor::{Budget, GltfFile, Items};
use super::attributes::PrimitiveData;
use super::document::Primitive as PrimitiveJson;
use super::features::{Features, Membership};
use super::instances::Copies;
use super::materials::{Coordinates, Look, Materials};
use super::metadata::read_tables;
use super::nodes::{self, PlacedMesh};
use super::normals::{make_normals, normal_matrix, packed};
use super::topology::{Rows, Topology};
use super::{GltfInput, Told, UpAxis};
use crate::volume::linear_part;
use crate::{ClassMesh, FeatureClass, Instance, Primitive, TileError, TileMesh, TileVertex};
use glam::{DMat3, DMat4, DVec3, Vec3};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// From this height above the tile's ground on, the shade is full.
const FULL_SHADE_M: f32 = 100.0;
/// Farther from its node than this, a mesh gives the tile a middle of its own: single precision holds millimetres
/// there.
const MAX_OFFSET_M: f64 = 4_000.0;
/// A mesh that hangs at more nodes than this is kept once, and drawn as copies.
const MAX_BAKED: usize = 8;
const WHITE: [u8; 4] = [u8::MAX; 4];

/// A tile while it is put together.
pub(super) struct Assembly<'a> {
    file: &'a GltfFile<'a>,
    budget: Budget,
    told: Told<'a>,
    features: Features<'a>,
    materials: Materials<'a>,
    groups: BTreeMap<Group, ClassMesh>,
    /// From glTF's axes to the tile's, which have z up.
    tile_from_gltf: DMat3,
    /// The tile's middle, in the tile's axes.
    centre: DVec3,
    /// `CESIUM_RTC`.
    origin: DVec3,
}

/// What is drawn together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Group {
    class: FeatureClass,
    /// 0 for triangles, 1 for lines, 2 for points.
    primitive: u8,
    material: Option<usize>,
    /// 0 for what is drawn once; otherwise a number for each mesh with copies.
    copies: u32,
}

/// Where primitives go.
#[derive(Clone, Copy)]
struct Place {
    /// From the mesh's corners to metres from the tile's middle.
    local_from_mesh: DMat4,
    is_mirrored: bool,
    copies: u32,
}

/// A node, and where its copies stand if it has any.
struct Use<'a> {
    placed: PlacedMesh<'a>,
    copies: Option<NodeCopies<'a>>,
}

/// The copies that a node asks for.
struct NodeCopies<'a> {
    places: Copies<'a>,
    /// The feature of each, where something says which it is.
    features: Option<Vec<u32>>,
}

impl<'a> Assembly<'a> {
    pub(super) fn new(
        file: &'a GltfFile<'a>,
        input: &'a GltfInput<'a>,
        mut budget: Budget,
        mut told: Told<'a>,
    ) -> Self {
        let tables = read_tables(file, input, &mut budget, &mut told);
        let origin = file.document.extensions.relative_to.as_ref();
        let origin = DVec3::from_array(origin.map(|one| one.center).unwrap_or_default());
        let input_bytes = input
            .bytes
            .len()
            .saturating_add(file.buffers.bytes_beside());
        Self {
            file,
            budget,
            told,
            features: Features::new(file, input.batch, tables),
            materials: Materials::new(file, input, input_bytes),
            groups: BTreeMap::new(),
            tile_from_gltf: tile_from_gltf(input.up),
            centre: DVec3::ZERO,
            origin,
        }
    }

    /// Reads all meshes of the scene.
    pub(super) fn build(mut self) -> Result<TileMesh, TileError> {
        let file = self.file;
        let walk = file
            .document
            .nodes
            .len()
            .saturating_mul(nodes::WALK_BYTES_PER_NODE + size_of::<Use<'_>>());
        self.budget.plain.take(walk, file.path, "nodes")?;
        let mut meshes: Vec<(u32, Vec<Use<'a>>)> = Vec::new();
        let mut rows: BTreeMap<u32, usize> = BTreeMap::new();
        for placed in nodes::placed_meshes(file)? {
            let mesh = placed.mesh;
            let copies = self.copies_of(&placed)?;
            let row = *rows.entry(mesh).or_insert_with(|| {
                meshes.push((mesh, Vec::new()));
                meshes.len() - 1
            });
            if let Some((_, uses)) = meshes.get_mut(row) {
                uses.push(Use { placed, copies });
            }
        }
        if let Some((mesh, uses)) = meshes.first() {
            self.centre = self.middle_of(*mesh, uses);
        }
        for (number, (mesh, uses)) in (1_u32..).zip(&meshes) {
            self.add_mesh(*mesh, uses, number)?;
        }
        self.finish()
    }

    fn finish(self) -> Result<TileMesh, TileError> {
        let mut classes: Vec<ClassMesh> = self
            .groups
            .into_iter()
            .map(|(group, mesh)| ClassMesh {
                material: group.material.and_then(|row| self.materials.material(row)),
                ..mesh
            })
            .filter(|mesh| !mesh.indices.is_empty())
            .collect();
        shade(&mut classes);
        let centre = self.centre + self.origin;
        if !centre.is_finite() {
            let reason = "the tile's place is no number";
            return Err(TileError::broken(self.file.path, "nodes", reason));
        }
        let (features, tables) = self.features.into_parts();
        let mut mesh = TileMesh {
            classes,
            images: self.materials.into_images(),
            features,
            tables,
            centre: centre.to_array(),
            bytes: 0,
        };
        mesh.bytes = mesh.counted_bytes();
        Ok(mesh)
    }

    fn copies_of(&mut self, placed: &PlacedMesh<'a>) -> Result<Option<NodeCopies<'a>>, TileError> {
        let Some(instancing) = placed.instancing() else {
            return Ok(None);
        };
        let places = Copies::read(self.file, placed, instancing, &mut self.budget)?;
        let extensions = &placed.node.extensions;
        let sets = extensions.features.as_ref();
        let features = self.features.of_copies(
            sets.or(instancing.extensions.features.as_ref()),
            &instancing.attributes,
            places.count(),
            &mut self.budget,
            &mut self.told,
            &format!("nodes/{}", placed.number),
        )?;
        Ok(Some(NodeCopies { places, features }))
    }

    /// The tile's middle: where the first mesh's node stands, or its first copy; the mesh's own middle where it lies
    /// far from there.
    fn middle_of(&self, mesh: u32, uses: &[Use<'_>]) -> DVec3 {
        let Some(first) = uses.first() else {
            return DVec3::ZERO;
        };
        let matrix = match &first.copies {
            Some(copies) if copies.places.count() > 0 => copies.places.matrix(0),
            _ => first.placed.scene_from_mesh,
        };
        let node = matrix.w_axis.truncate();
        let far = self
            .stated_middle(mesh)
            .map(|middle| matrix.transform_point3(middle))
            .filter(|middle| middle.is_finite() && middle.distance(node) > MAX_OFFSET_M);
        self.tile_from_gltf * far.unwrap_or(node)
    }

    /// The middle of a mesh as its first accessor of positions states it: a claim, good enough for choosing an origin.
    fn stated_middle(&self, mesh: u32) -> Option<DVec3> {
        let document = self.file.document;
        let primitive = document.meshes.get(mesh as usize)?.primitives.first()?;
        let accessor = *primitive.attributes.get("POSITION")?;
        let accessor = document.accessors.get(accessor as usize)?;
        let (min, max) = accessor.min.as_ref().zip(accessor.max.as_ref())?;
        let [min, max] = [min, max].map(|corner| corner.first_chunk::<3>().copied());
        let middle = (DVec3::from_array(min?) + DVec3::from_array(max?)) / 2.0;
        // Whole numbers that count as fractions lie within one metre of the node, before its scale.
        Some(if accessor.normalized {
            DVec3::ZERO
        } else {
            middle
        })
    }

    /// Adds a mesh as often as nodes show it: each time anew, or once with copies.
    fn add_mesh(&mut self, mesh: u32, uses: &[Use<'a>], number: u32) -> Result<(), TileError> {
        let file = self.file;
        let json = file.document.meshes.get(mesh as usize).ok_or_else(|| {
            TileError::broken(file.path, format!("meshes/{mesh}"), "there is no such mesh")
        })?;
        let primitives = json.primitives.as_slice();
        let has_ids = primitives
            .iter()
            .any(|primitive| self.features.has_ids(primitive));
        let is_repeated = uses.len() > MAX_BAKED;
        // Copies, and those that are mirrored.
        let mut instances = [Vec::new(), Vec::new()];
        for one in uses {
            match &one.copies {
                Some(NodeCopies { places, features }) if features.is_some() || !has_ids => {
                    for copy in 0..places.count() {
                        let feature = features.as_ref().and_then(|rows| rows.get(copy));
                        self.add_copy(&places.matrix(copy), feature, &mut instances)?;
                    }
                }
                Some(NodeCopies { places, .. }) => {
                    for copy in 0..places.count() {
                        self.add_once(mesh, primitives, &places.matrix(copy))?;
                    }
                }
                None if is_repeated && !has_ids => {
                    self.add_copy(&one.placed.scene_from_mesh, None, &mut instances)?;
                }
                None => self.add_once(mesh, primitives, &one.placed.scene_from_mesh)?,
            }
        }
        for (is_mirrored, instances) in [false, true].into_iter().zip(&instances) {
            if !instances.is_empty() {
                let place = Place {
                    local_from_mesh: DMat4::from_mat3(self.tile_from_gltf),
                    is_mirrored,
                    copies: number.saturating_mul(2) | u32::from(is_mirrored),
                };
                self.add_primitives(mesh, primitives, place)?;
                self.give_copies(place.copies, instances)?;
            }
        }
        Ok(())
    }

    /// Adds a mesh where it stands.
    fn add_once(
        &mut self,
        mesh: u32,
        primitives: &'a [PrimitiveJson],
        scene_from_mesh: &DMat4,
    ) -> Result<(), TileError> {
        let local_from_mesh =
            DMat4::from_mat3_translation(self.tile_from_gltf, -self.centre) * *scene_from_mesh;
        let place = Place {
            local_from_mesh,
            is_mirrored: linear_part(&local_from_mesh).determinant() < 0.0,
            copies: 0,
        };
        self.add_primitives(mesh, primitives, place)
    }

    fn add_copy(
        &mut self,
        scene_from_mesh: &DMat4,
        feature: Option<&u32>,
        instances: &mut [Vec<Instance>; 2],
    ) -> Result<(), TileError> {
        let feature = match feature {
            Some(feature) => *feature,
            None => self.features.unnamed(&mut self.budget)?,
        };
        let path = self.file.path;
        self.budget
            .plain
            .take(size_of::<Instance>(), path, "the copies")?;
        // The mesh is kept with z up, so that its copies are turned back first.
        let local_from_mesh = DMat4::from_mat3_translation(self.tile_from_gltf, -self.centre)
            * *scene_from_mesh
            * DMat4::from_mat3(self.tile_from_gltf.transpose());
        let rows = local_from_mesh.transpose().as_mat4();
        let [x, y, z, _] = rows.to_cols_array_2d();
        if ![x, y, z].iter().flatten().all(|number| number.is_finite()) {
            let reason = "a copy's place is no number";
            return Err(TileError::broken(path, "the copies", reason));
        }
        let [upright, mirrored] = instances;
        let list = if linear_part(&local_from_mesh).determinant() < 0.0 {
            mirrored
        } else {
            upright
        };
        list.push(Instance {
            rows: [x, y, z],
            feature,
        });
        Ok(())
    }

    /// Gives the copies to everything that was added for them.
    fn give_copies(&mut self, copies: u32, instances: &[Instance]) -> Result<(), TileError> {
        let groups = self
            .groups
            .iter_mut()
            .filter(|(group, _)| group.copies == copies);
        for (number, (_, mesh)) in groups.enumerate() {
            // The first list was paid for when it was made.
            if number > 0 {
                let bytes = size_of_val(instances);
                self.budget
                    .plain
                    .take(bytes, self.file.path, "the copies")?;
            }
            mesh.instances = instances.to_vec();
        }
        Ok(())
    }

    fn add_primitives(
        &mut self,
        mesh: u32,
        primitives: &'a [PrimitiveJson],
        place: Place,
    ) -> Result<(), TileError> {
        for (index, primitive) in primitives.iter().enumerate() {
            let name = format!("meshes/{mesh}/primitives/{index}");
            self.add_primitive(primitive, place, &name)?;
        }
        Ok(())
    }

    fn add_primitive(
        &mut self,
        primitive: &'a PrimitiveJson,
        place: Place,
        name: &str,
    ) -> Result<(), TileError> {
        let file = self.file;
        let broken = |reason: String| TileError::broken(file.path, name, reason);
        let mut data = PrimitiveData::open(file, primitive, name, &mut self.budget)?;
        let Some(positions) = data.positions(&mut self.budget)? else {
            self.told.add(name, "a primitive without positions");
            return Ok(());
        };
        let corners = data.corners(&mut self.budget)?;
        let topology = Topology::new(data.mode(), corners, positions.count()).map_err(broken)?;
        if topology.index_count() == 0 {
            return Ok(());
        }
        let origin = positions.origin();
        let index_bytes = topology.index_count().saturating_mul(size_of::<u32>());
        self.budget.of(origin).take(index_bytes, file.path, name)?;
        let mut indices = topology.indices(place.is_mirrored).map_err(broken)?;
        if !topology.takes_all() {
            // Looking for the vertices that are used may take a byte for each of them.
            let vertices = positions.count();
            self.budget.of(origin).take(vertices, file.path, name)?;
            data.select(Rows::used_by(&mut indices, positions.count()));
        }
        let positions = positions.selected(data.rows());
        let is_surface = topology.primitive() == Primitive::Triangles;
        let (look, coordinates) = self.look_of(primitive, &data)?;
        let colours = data.items("COLOR_0", &[3, 4], &mut self.budget)?;
        let normals = if is_surface {
            data.items("NORMAL", &[3], &mut self.budget)?
        } else {
            None
        };
        let bytes = vertex_bytes(look, colours.as_ref()).saturating_mul(data.count());
        self.budget.of(origin).take(bytes, file.path, name)?;
        let membership = self.features.membership(
            primitive,
            &data,
            &mut self.materials,
            &mut self.budget,
            &mut self.told,
            name,
        )?;
        let group = Group {
            class: look.class,
            primitive: topology.primitive() as u8,
            material: look.material,
            copies: place.copies,
        };
        let mesh = self.groups.entry(group).or_insert_with(|| ClassMesh {
            class: look.class,
            primitive: topology.primitive(),
            ..ClassMesh::default()
        });
        let (first, first_index) = (mesh.vertices.len(), mesh.indices.len());
        add_vertices(mesh, &place, &positions, &membership).map_err(broken)?;
        add_indices(mesh, first, indices).map_err(broken)?;
        if let Some((items, coordinates)) = coordinates {
            items.each_vector::<2>(|at| mesh.coordinates.push(coordinates.place(at)));
            mesh.coordinates.resize(mesh.vertices.len(), [0.0; 2]);
        }
        add_colours(mesh, first, colours.as_ref());
        match normals {
            Some(normals) => take_normals(mesh, &place, first, &normals),
            None if is_surface => {
                let budget = self.budget.of(origin);
                let one = vertex_bytes(look, colours.as_ref());
                make_normals(mesh, first, first_index, |copies| {
                    budget
                        .take(copies.saturating_mul(one), file.path, name)
                        .is_ok()
                });
            }
            None => {}
        }
        Ok(())
    }

    /// How a primitive is drawn, and its texture coordinates if there is something to look up with them.
    fn look_of(
        &mut self,
        primitive: &PrimitiveJson,
        data: &PrimitiveData<'a, '_>,
    ) -> Result<(Look, Option<(Items<'a>, Coordinates)>), TileError> {
        let look = self.materials.look(primitive.material, &mut self.told);
        let Some(coordinates) = look.coordinates else {
            return Ok((look, None));
        };
        let name = coordinates.attribute();
        let items = data.items(&name, &[2], &mut self.budget)?;
        Ok(match items {
            Some(items) => (look, Some((items, coordinates))),
            None => (self.materials.without_image(look), None),
        })
    }
}

/// What a vertex takes, its normal's making included.
fn vertex_bytes(look: Look, colours: Option<&Items<'_>>) -> usize {
    let coordinates = look.coordinates.map_or(0, |_some| size_of::<[f32; 2]>());
    let colour = colours.map_or(0, |_some| WHITE.len());
    size_of::<TileVertex>() + size_of::<Vec3>() + coordinates + colour
}

fn add_vertices(
    mesh: &mut ClassMesh,
    place: &Place,
    positions: &Items<'_>,
    membership: &Membership,
) -> Result<(), String> {
    let first = mesh.vertices.len();
    mesh.vertices.reserve(positions.count());
    let one = match membership {
        Membership::One(feature) => *feature,
        Membership::Each(_) => 0,
    };
    // Stays zero as long as every number is finite.
    let mut doubt = Vec3::ZERO;
    let matrix = place.local_from_mesh;
    positions.each_vector::<3>(|position| {
        let point = DVec3::from_array(position.map(f64::from));
        let point = matrix.transform_point3(point).as_vec3();
        doubt += point * 0.0;
        mesh.vertices.push(TileVertex {
            position: point.to_array(),
            normal: [0; 4],
            feature: one,
        });
    });
    if doubt != Vec3::ZERO {
        let added = mesh.vertices.get(first..).unwrap_or_default();
        let row = added
            .iter()
            .position(|vertex| !Vec3::from_array(vertex.position).is_finite());
        let row = row.unwrap_or_default();
        return Err(format!("the position of vertex {row} is no number"));
    }
    if let Membership::Each(features) = membership {
        for (vertex, feature) in mesh.vertices.iter_mut().skip(first).zip(features) {
            vertex.feature = *feature;
        }
    }
    Ok(())
}

/// Adds indices of a primitive whose vertices begin at row `first`.
fn add_indices(mesh: &mut ClassMesh, first: usize, indices: Vec<u32>) -> Result<(), String> {
    // The last row is the highest that an index may name.
    let base = u32::try_from(mesh.vertices.len()).map(|_fits| first as u32);
    match base {
        Ok(0) if mesh.indices.is_empty() => mesh.indices = indices,
        Ok(base) => mesh.indices.extend(indices.iter().map(|row| base + row)),
        Err(error) => return Err(error.to_string()),
    }
    Ok(())
}

/// Normals out of the file, turned like the mesh.
fn take_normals(mesh: &mut ClassMesh, place: &Place, first: usize, normals: &Items<'_>) {
    let turn = normal_matrix(&linear_part(&place.local_from_mesh));
    let mut vertices = mesh.vertices.iter_mut().skip(first);
    normals.each_vector::<3>(|normal| {
        if let Some(vertex) = vertices.next() {
            vertex.normal = packed(turn * Vec3::from_array(normal));
        }
    });
}

/// Colours of the vertices from `first` on. As long as all are white, none are kept.
fn add_colours(mesh: &mut ClassMesh, first: usize, items: Option<&Items<'_>>) {
    let count = mesh.vertices.len();
    let mut colours = Vec::new();
    if let Some(items) = items {
        colours.reserve(items.count());
        if items.width() == 4 {
            items.each_vector::<4>(|[red, green, blue, opacity]| {
                let [red, green, blue] = [red, green, blue].map(encoded);
                colours.push([red, green, blue, (opacity * 255.0 + 0.5) as u8]);
            });
        } else {
            items.each_vector::<3>(|colour| {
                let [red, green, blue] = colour.map(encoded);
                colours.push([red, green, blue, u8::MAX]);
            });
        }
    }
    if mesh.colours.is_empty() && colours.iter().all(|colour| *colour == WHITE) {
        return;
    }
    mesh.colours.resize(first, WHITE);
    mesh.colours.append(&mut colours);
    mesh.colours.resize(count, WHITE);
}

/// A linear part of a colour as sRGB has it (IEC 61966-2-1).
fn encoded(linear: f32) -> u8 {
    const STEPS: usize = 4_096;
    static TABLE: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let steps = (0..STEPS).map(|step| step as f32 / (STEPS - 1) as f32);
        steps
            .map(|linear| {
                let part = if linear <= 0.003_130_8 {
                    linear * 12.92
                } else {
                    1.055 * linear.powf(1.0 / 2.4) - 0.055
                };
                (part * 255.0 + 0.5) as u8
            })
            .collect()
    });
    let step = (linear * (STEPS - 1) as f32 + 0.5) as usize;
    TABLE.get(step.min(STEPS - 1)).copied().unwrap_or_default()
}

/// Writes the shade of each vertex that the style of its class draws: how high it is above the lowest of them.
fn shade(classes: &mut [ClassMesh]) {
    let is_styled = |mesh: &&mut ClassMesh| mesh.class != FeatureClass::Model;
    let lowest = |mesh: &ClassMesh| {
        mesh.vertices
            .iter()
            .map(|vertex| vertex.position[2])
            .fold(f32::INFINITY, f32::min)
    };
    let ground = classes
        .iter()
        .filter(|mesh| mesh.class != FeatureClass::Model && mesh.instances.is_empty())
        .map(lowest)
        .fold(f32::INFINITY, f32::min);
    for mesh in classes.iter_mut().filter(is_styled) {
        // Copies stand anywhere: each has its foot for ground.
        let ground = if mesh.instances.is_empty() {
            ground
        } else {
            lowest(mesh)
        };
        for vertex in &mut mesh.vertices {
            let share = ((vertex.position[2] - ground) / FULL_SHADE_M).clamp(0.0, 1.0);
            vertex.normal[3] = (share * 127.0).round() as i8;
        }
    }
}

fn tile_from_gltf(up: UpAxis) -> DMat3 {
    match up {
        UpAxis::X => DMat3::from_cols(DVec3::Z, DVec3::Y, DVec3::NEG_X),
        UpAxis::Y => DMat3::from_cols(DVec3::X, DVec3::Z, DVec3::NEG_Y),
        UpAxis::Z => DMat3::IDENTITY,
    }
}
