//! One tile of the city on the device: its corners, its features' rows, its textures.

use crate::{
    city_pipelines::{Form, OwnVertex},
    device::buffer,
    palette::encoded_from_linear,
    roads::mark_sides,
    style_table::{FeatureRow, StyleTable},
    textured::Textures,
};
use cim_scene::FeatureStyles;
use cim_tiles::{
    ClassMesh, FeatureClass, Instance, Material, PlacedMesh, Primitive, TileMesh, TileVertex,
};
use std::ops::Range;

/// Points that copies of a point cloud may add up to; the rest is left out.
const MOST_POINTS: usize = 1 << 22;
/// Side of a drawn point, pixels.
const POINT_PX: f32 = 2.4;

/// A mesh of a tile, within the tile's buffers.
pub(crate) struct Part {
    pub(crate) class: FeatureClass,
    pub(crate) form: Form,
    pub(crate) is_blended: bool,
    /// Where its corners begin, bytes.
    pub(crate) vertices_at: u64,
    /// Where its coordinates and colours begin, bytes; own materials only.
    pub(crate) own_at: u64,
    /// Where its copies begin, bytes, and how many there are; `None` for a mesh drawn once as it is.
    pub(crate) copies: Option<(u64, u32)>,
    /// Its indices; of points their numbers.
    pub(crate) indices: Range<u32>,
    /// The material's colour and opacity, encoded; `None` leaves it to the class.
    pub(crate) base: Option<[f32; 4]>,
    /// `material` of the shader's `Tile`.
    pub(crate) material: [f32; 4],
    /// Row of [`TileBuffers::images`].
    pub(crate) image: Option<usize>,
}

/// A tile's buffers.
pub(crate) struct TileBuffers {
    pub(crate) vertices: wgpu::Buffer,
    pub(crate) indices: wgpu::Buffer,
    pub(crate) own: wgpu::Buffer,
    pub(crate) copies: wgpu::Buffer,
    pub(crate) rows_group: wgpu::BindGroup,
    pub(crate) row_count: u32,
    pub(crate) parts: Vec<Part>,
    pub(crate) images: Vec<wgpu::BindGroup>,
    pub(crate) has_ghosts: bool,
    /// What all this takes on the device.
    pub(crate) bytes: usize,
    /// How often the textures had been halved when they came here.
    texture_level: u8,
    styles_revision: u64,
    rows: wgpu::Buffer,
}

/// What uploads write to.
#[derive(Clone, Copy)]
pub(crate) struct Uploader<'a> {
    pub(crate) device: &'a wgpu::Device,
    pub(crate) queue: &'a wgpu::Queue,
    pub(crate) rows_layout: &'a wgpu::BindGroupLayout,
    pub(crate) textures: &'a Textures,
    pub(crate) styles: Option<&'a FeatureStyles>,
}

impl Uploader<'_> {
    fn filled<T: bytemuck::NoUninit>(
        &self,
        label: &str,
        rows: &[T],
        usage: wgpu::BufferUsages,
    ) -> wgpu::Buffer {
        let bytes: &[u8] = bytemuck::cast_slice(rows);
        let made = buffer(self.device, label, bytes.len() as u64, usage);
        self.queue.write_buffer(&made, 0, bytes);
        made
    }

    fn styles_revision(&self) -> u64 {
        self.styles.map_or(0, FeatureStyles::revision)
    }
}

impl TileBuffers {
    /// Brings a tile onto the device.
    pub(crate) fn upload(to: &Uploader<'_>, placed: &PlacedMesh) -> Self {
        let mesh = &placed.mesh;
        let mut heap = Heap::default();
        let parts: Vec<Part> = mesh.classes.iter().map(|part| heap.add(part)).collect();
        let table = StyleTable::of(mesh, to.styles);
        let row_count = table.rows.len() as u32;
        let rows = to.filled("tile rows", &table.rows, wgpu::BufferUsages::STORAGE);
        let mut bytes = heap.bytes() + size_of_val(table.rows.as_slice());
        let mut images = Vec::with_capacity(mesh.images.len());
        for image in &mesh.images {
            let (group, taken) = to.textures.upload(to.device, to.queue, image);
            images.push(group);
            bytes += taken;
        }
        Self {
            vertices: to.filled("tile vertices", &heap.vertices, wgpu::BufferUsages::VERTEX),
            indices: to.filled("tile indices", &heap.indices, wgpu::BufferUsages::INDEX),
            own: to.filled("tile materials", &heap.own, wgpu::BufferUsages::VERTEX),
            copies: to.filled("tile copies", &heap.copies, wgpu::BufferUsages::VERTEX),
            rows_group: rows_group(to, &rows),
            row_count,
            parts,
            images,
            has_ghosts: table.has_ghosts,
            bytes,
            texture_level: placed.texture_level,
            styles_revision: to.styles_revision(),
            rows,
        }
    }

    /// True when textures are here at the resolution that is wanted.
    pub(crate) fn is_at(&self, texture_level: u8) -> bool {
        self.texture_level == texture_level
    }

    /// Writes the features' rows again when their styles have changed; true when it did.
    pub(crate) fn restyle(&mut self, to: &Uploader<'_>, mesh: &TileMesh) -> bool {
        if self.styles_revision == to.styles_revision() {
            return false;
        }
        self.styles_revision = to.styles_revision();
        let table = StyleTable::of(mesh, to.styles);
        self.has_ghosts = table.has_ghosts;
        let bytes: &[u8] = bytemuck::cast_slice(&table.rows);
        if bytes.len() as u64 <= self.rows.size() {
            to.queue.write_buffer(&self.rows, 0, bytes);
        }
        true
    }
}

fn rows_group(to: &Uploader<'_>, rows: &wgpu::Buffer) -> wgpu::BindGroup {
    to.device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some("tile rows"),
        layout: to.rows_layout,
        entries: &[wgpu::BindGroupEntry {
            binding: 0,
            resource: rows.as_entire_binding(),
        }],
    })
}

/// Layout of the group of a tile's rows.
pub(crate) fn rows_layout(device: &wgpu::Device) -> wgpu::BindGroupLayout {
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: Some("tile rows"),
        entries: &[wgpu::BindGroupLayoutEntry {
            binding: 0,
            visibility: wgpu::ShaderStages::VERTEX,
            ty: wgpu::BindingType::Buffer {
                ty: wgpu::BufferBindingType::Storage { read_only: true },
                has_dynamic_offset: false,
                min_binding_size: std::num::NonZeroU64::new(size_of::<FeatureRow>() as u64),
            },
            count: None,
        }],
    })
}

/// What a tile's meshes add up to, before it goes to the device.
#[derive(Default)]
struct Heap {
    vertices: Vec<TileVertex>,
    indices: Vec<u32>,
    own: Vec<OwnVertex>,
    copies: Vec<Instance>,
}

impl Heap {
    fn bytes(&self) -> usize {
        size_of_val(self.vertices.as_slice())
            + size_of_val(self.indices.as_slice())
            + size_of_val(self.own.as_slice())
            + size_of_val(self.copies.as_slice())
    }

    fn add(&mut self, mesh: &ClassMesh) -> Part {
        let form = form_of(mesh);
        let material = mesh.material.unwrap_or_default();
        let first_vertex = self.vertices.len();
        let first_own = self.own.len();
        let (indices, copies) = if mesh.vertices.is_empty() {
            (0..0, None)
        } else if form == Form::Points {
            (self.add_points(mesh), None)
        } else {
            self.add_corners(mesh, form);
            (self.add_indices(mesh), self.add_copies(mesh))
        };
        Part {
            class: mesh.class,
            form,
            is_blended: form.is_own() && material.is_blended,
            vertices_at: (first_vertex * size_of::<TileVertex>()) as u64,
            own_at: (first_own * size_of::<OwnVertex>()) as u64,
            copies,
            indices,
            base: mesh.material.map(|material| base_of(&material)),
            material: [
                material.cutoff.unwrap_or(0.0),
                if material.is_unlit { 0.0 } else { 1.0 },
                POINT_PX * 0.5,
                0.0,
            ],
            image: material.image.map(|row| row as usize),
        }
    }

    fn add_corners(&mut self, mesh: &ClassMesh, form: Form) {
        let start = self.vertices.len();
        self.vertices.extend_from_slice(&mesh.vertices);
        if form == Form::Road
            && let Some(corners) = self.vertices.get_mut(start..)
        {
            mark_sides(corners, &mesh.indices);
        }
        if form.is_own() {
            self.own
                .extend((0..mesh.vertices.len()).map(|row| own_of(mesh, row)));
        }
    }

    fn add_indices(&mut self, mesh: &ClassMesh) -> Range<u32> {
        let first = self.indices.len() as u32;
        self.indices.extend_from_slice(&mesh.indices);
        first..self.indices.len() as u32
    }

    fn add_copies(&mut self, mesh: &ClassMesh) -> Option<(u64, u32)> {
        if mesh.instances.is_empty() {
            return None;
        }
        let at = size_of_val(self.copies.as_slice()) as u64;
        self.copies.extend_from_slice(&mesh.instances);
        Some((at, mesh.instances.len() as u32))
    }

    /// Points stand one by one, in the order of their indices; copies of a cloud are spelt out.
    fn add_points(&mut self, mesh: &ClassMesh) -> Range<u32> {
        let once = [IDENTITY];
        let copies: &[Instance] = if mesh.instances.is_empty() {
            &once
        } else {
            &mesh.instances
        };
        let mut count = 0_usize;
        for copy in copies {
            for row in mesh.indices.iter().map(|row| *row as usize) {
                let Some(vertex) = mesh.vertices.get(row) else {
                    continue;
                };
                if count >= MOST_POINTS {
                    return 0..count as u32;
                }
                self.vertices.push(moved(vertex, copy));
                self.own.push(own_of(mesh, row));
                count += 1;
            }
        }
        0..count as u32
    }
}

/// The copy that stands where its mesh does.
pub(crate) const IDENTITY: Instance = Instance {
    rows: [
        [1.0, 0.0, 0.0, 0.0],
        [0.0, 1.0, 0.0, 0.0],
        [0.0, 0.0, 1.0, 0.0],
    ],
    feature: u32::MAX,
};

fn moved(vertex: &TileVertex, copy: &Instance) -> TileVertex {
    let [x, y, z] = vertex.position;
    TileVertex {
        position: copy
            .rows
            .map(|[a, b, c, offset]| a * x + b * y + c * z + offset),
        normal: vertex.normal,
        feature: if copy.feature == u32::MAX {
            vertex.feature
        } else {
            copy.feature
        },
    }
}

fn own_of(mesh: &ClassMesh, row: usize) -> OwnVertex {
    OwnVertex {
        coordinates: mesh.coordinates.get(row).copied().unwrap_or_default(),
        colour: mesh.colours.get(row).copied().unwrap_or([255; 4]),
    }
}

fn form_of(mesh: &ClassMesh) -> Form {
    match mesh.primitive {
        Primitive::Points => return Form::Points,
        Primitive::Lines => return Form::Lines,
        Primitive::Triangles => {}
    }
    if let Some(material) = &mesh.material {
        return Form::Own {
            is_double_sided: material.is_double_sided,
            is_masked: material.cutoff.is_some(),
        };
    }
    match mesh.class {
        FeatureClass::Building => Form::Building,
        FeatureClass::Water => Form::Water,
        FeatureClass::Road => Form::Road,
        FeatureClass::Green | FeatureClass::Rail | FeatureClass::Ground => Form::Ground,
        FeatureClass::Tunnel | FeatureClass::Pipe => Form::Below,
        FeatureClass::Bridge
        | FeatureClass::Tree
        | FeatureClass::Furniture
        | FeatureClass::Model => Form::Plain,
    }
}

/// The city is shaded in encoded values: a material's linear colour is encoded once.
fn base_of(material: &Material) -> [f32; 4] {
    let [red, green, blue, opacity] = material.base_colour;
    let [red, green, blue] = [red, green, blue].map(encoded_from_linear);
    [red, green, blue, opacity.clamp(0.0, 1.0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mesh(class: FeatureClass, primitive: Primitive) -> ClassMesh {
        ClassMesh {
            class,
            primitive,
            vertices: vec![TileVertex::default(); 3],
            indices: vec![0, 1, 2],
            ..ClassMesh::default()
        }
    }

    #[test]
    fn meshes_follow_one_another_in_the_tiles_buffers() {
        let mut heap = Heap::default();
        let wall = heap.add(&mesh(FeatureClass::Building, Primitive::Triangles));
        let mut model = mesh(FeatureClass::Model, Primitive::Triangles);
        model.material = Some(Material::default());
        model.instances = vec![IDENTITY; 4];
        let model = heap.add(&model);
        assert_eq!((wall.vertices_at, model.vertices_at), (0, 60));
        assert_eq!((wall.indices, model.indices.clone()), (0..3, 3..6));
        assert_eq!(model.copies, Some((0, 4)));
        assert!(wall.copies.is_none() && model.form.is_own());
        assert_eq!(heap.own.len(), 3);
    }

    #[test]
    fn copies_of_points_are_spelt_out_where_they_stand() {
        let mut heap = Heap::default();
        let mut cloud = mesh(FeatureClass::Model, Primitive::Points);
        let mut shifted = IDENTITY;
        shifted.rows[0][3] = 5.0;
        cloud.instances = vec![IDENTITY, shifted];
        let part = heap.add(&cloud);
        assert_eq!(part.indices, 0..6);
        assert!((heap.vertices[4].position[0] - 5.0).abs() < 1e-6);
        assert!(part.copies.is_none());
    }

    #[test]
    fn a_material_of_its_own_goes_before_the_class() {
        let mut facade = mesh(FeatureClass::Building, Primitive::Triangles);
        assert_eq!(form_of(&facade), Form::Building);
        facade.material = Some(Material {
            cutoff: Some(0.5),
            ..Material::default()
        });
        let wanted = Form::Own {
            is_double_sided: false,
            is_masked: true,
        };
        assert_eq!(form_of(&facade), wanted);
    }
}
