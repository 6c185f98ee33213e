//! Draws the city model's tiles: flat classes painted in order, then buildings with depth.

use crate::device::{
    COLOUR, Care, Depth, FINE_SAMPLES, Offset, Recipe, buffer, pipeline, shader, uniform_entry,
};
use bytemuck::{Pod, Zeroable};
use cim_tiles::{FeatureClass, TileMesh, TileVertex};
use std::{collections::BTreeMap, ops::Range};

/// Uniform slots start at multiples of this, bytes (the WebGPU default limit).
const SLOT: u64 = 256;
/// No feature.
pub(crate) const NONE: u32 = u32::MAX;

/// `Tile` of `shaders/city.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable, PartialEq)]
struct TileUniform {
    offset: [f32; 4],
    class_and_pick: [u32; 4],
}

/// Order in which flat classes are painted over each other; buildings come after all of them.
const FLAT: [FeatureClass; 4] = [
    FeatureClass::Green,
    FeatureClass::Water,
    FeatureClass::Road,
    FeatureClass::Rail,
];

fn code(class: FeatureClass) -> u32 {
    match class {
        FeatureClass::Building => 0,
        FeatureClass::Water => 1,
        FeatureClass::Green => 2,
        FeatureClass::Road => 3,
        FeatureClass::Rail => 4,
    }
}

/// Which classes are drawn: a bit per class code.
pub(crate) fn class_bit(class: FeatureClass) -> u32 {
    1 << code(class)
}

/// One tile to draw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct TileDraw {
    pub(crate) tile: u32,
    /// The tile's centre relative to the eye, metres ENU.
    pub(crate) offset: [f32; 3],
    pub(crate) selected: u32,
}

struct TileBuffers {
    vertices: wgpu::Buffer,
    indices: wgpu::Buffer,
    classes: Vec<(FeatureClass, Range<u32>, i32)>,
}

/// Pipelines and buffers of the city model.
pub(crate) struct CityPass {
    flat: [wgpu::RenderPipeline; 2],
    buildings: [wgpu::RenderPipeline; 2],
    /// Depth alone, one sample: live layers test against it when the colour has several samples.
    depth_only: wgpu::RenderPipeline,
    slot_layout: wgpu::BindGroupLayout,
    slots: wgpu::Buffer,
    slot_group: wgpu::BindGroup,
    tiles: BTreeMap<u32, TileBuffers>,
    draws: Vec<TileDraw>,
    layers: u32,
}

impl CityPass {
    pub(crate) fn new(device: &wgpu::Device, view: &wgpu::BindGroupLayout) -> Self {
        let module = shader(device, "city", include_str!("../../../shaders/city.wgsl"));
        let slot_layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("tile"),
            entries: &[uniform_entry(0, size_of::<TileUniform>(), Offset::Dynamic)],
        });
        let attributes = wgpu::vertex_attr_array![0 => Float32x3, 1 => Snorm8x4, 2 => Uint32];
        let layout = [wgpu::VertexBufferLayout {
            array_stride: size_of::<TileVertex>() as u64,
            step_mode: wgpu::VertexStepMode::Vertex,
            attributes: &attributes,
        }];
        let make = |label, vertex: &str, fragment: Option<&str>, depth, samples| {
            pipeline(
                device,
                &Recipe {
                    label,
                    layouts: &[view, &slot_layout],
                    shader: &module,
                    vertex,
                    fragment,
                    buffers: &layout,
                    topology: wgpu::PrimitiveTopology::TriangleList,
                    depth,
                    format: COLOUR,
                    blend: None,
                    samples,
                },
            )
        };
        let flat = [1, FINE_SAMPLES].map(|samples| {
            make(
                "flat",
                "flat_vertex",
                Some("flat_fragment"),
                Depth::Ignored,
                samples,
            )
        });
        let buildings = [1, FINE_SAMPLES].map(|samples| {
            make(
                "buildings",
                "building_vertex",
                Some("building_fragment"),
                Depth::Written,
                samples,
            )
        });
        let depth_only = make("building depth", "building_vertex", None, Depth::Written, 1);
        let (slots, slot_group) = make_slots(device, &slot_layout, 256);
        Self {
            flat,
            buildings,
            depth_only,
            slot_layout,
            slots,
            slot_group,
            tiles: BTreeMap::new(),
            draws: Vec::new(),
            layers: 0,
        }
    }

    pub(crate) fn has(&self, tile: u32) -> bool {
        self.tiles.contains_key(&tile)
    }

    /// Forgets tiles that are not among `kept`.
    pub(crate) fn keep(&mut self, kept: impl Fn(u32) -> bool) {
        self.tiles.retain(|tile, _| kept(*tile));
    }

    /// Brings a tile onto the device.
    pub(crate) fn upload(
        &mut self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        tile: u32,
        mesh: &TileMesh,
    ) {
        let mut vertices: Vec<TileVertex> = Vec::new();
        let mut indices: Vec<u32> = Vec::new();
        let mut classes = Vec::new();
        for class in &mesh.classes {
            let base = vertices.len() as i32;
            let start = indices.len() as u32;
            vertices.extend_from_slice(&class.vertices);
            if class.class == FeatureClass::Road {
                shade_by_importance(vertices.get_mut(base as usize..).unwrap_or_default(), mesh);
            }
            indices.extend_from_slice(&class.indices);
            classes.push((class.class, start..indices.len() as u32, base));
        }
        let vertex_bytes: &[u8] = bytemuck::cast_slice(&vertices);
        let index_bytes: &[u8] = bytemuck::cast_slice(&indices);
        let buffers = TileBuffers {
            vertices: buffer(
                device,
                "tile vertices",
                vertex_bytes.len() as u64,
                wgpu::BufferUsages::VERTEX,
            ),
            indices: buffer(
                device,
                "tile indices",
                index_bytes.len() as u64,
                wgpu::BufferUsages::INDEX,
            ),
            classes,
        };
        queue.write_buffer(&buffers.vertices, 0, vertex_bytes);
        queue.write_buffer(&buffers.indices, 0, index_bytes);
        self.tiles.insert(tile, buffers);
    }

    /// States what the next [`CityPass::draw`] draws. `layers` holds [`class_bit`]s.
    pub(crate) fn prepare(
        &mut self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        draws: &[TileDraw],
        layers: u32,
    ) {
        self.draws.clear();
        self.draws.extend(
            draws
                .iter()
                .filter(|draw| self.tiles.contains_key(&draw.tile)),
        );
        // Near tiles first: what they hide is then not shaded.
        self.draws
            .sort_by(|a, b| square(a.offset).total_cmp(&square(b.offset)));
        self.layers = layers;
        let needed = self.draws.len() as u64 * 5;
        if self.slots.size() < needed * SLOT {
            (self.slots, self.slot_group) =
                make_slots(device, &self.slot_layout, needed.next_power_of_two());
        }
        let mut bytes = vec![0_u8; (needed * SLOT) as usize];
        for (index, draw) in self.draws.iter().enumerate() {
            for class in 0..5_u32 {
                let uniform = TileUniform {
                    offset: [draw.offset[0], draw.offset[1], draw.offset[2], 0.0],
                    class_and_pick: [class, draw.selected, 0, 0],
                };
                let start = slot_offset(index, class) as usize;
                if let Some(room) = bytes.get_mut(start..start + size_of::<TileUniform>()) {
                    room.copy_from_slice(bytemuck::bytes_of(&uniform));
                }
            }
        }
        queue.write_buffer(&self.slots, 0, &bytes);
    }

    pub(crate) fn draw(&self, pass: &mut wgpu::RenderPass<'_>, view: &wgpu::BindGroup, care: Care) {
        let [quick, fine] = &self.flat;
        pass.set_pipeline(if care == Care::Quick { quick } else { fine });
        pass.set_bind_group(0, view, &[]);
        for class in FLAT {
            self.draw_class(pass, class);
        }
        let [quick, fine] = &self.buildings;
        pass.set_pipeline(if care == Care::Quick { quick } else { fine });
        self.draw_class(pass, FeatureClass::Building);
    }

    /// Writes the depth of buildings and no colour.
    pub(crate) fn draw_depth(&self, pass: &mut wgpu::RenderPass<'_>, view: &wgpu::BindGroup) {
        pass.set_pipeline(&self.depth_only);
        pass.set_bind_group(0, view, &[]);
        self.draw_class(pass, FeatureClass::Building);
    }

    fn draw_class(&self, pass: &mut wgpu::RenderPass<'_>, class: FeatureClass) {
        if self.layers & class_bit(class) == 0 {
            return;
        }
        for (index, draw) in self.draws.iter().enumerate() {
            let Some(tile) = self.tiles.get(&draw.tile) else {
                continue;
            };
            for (_, indices, base) in tile.classes.iter().filter(|(of, _, _)| *of == class) {
                pass.set_bind_group(
                    1,
                    &self.slot_group,
                    &[slot_offset(index, code(class)) as u32],
                );
                pass.set_vertex_buffer(0, tile.vertices.slice(..));
                pass.set_index_buffer(tile.indices.slice(..), wgpu::IndexFormat::Uint32);
                pass.draw_indexed(indices.clone(), *base, 0..1);
            }
        }
    }
}

fn square([x, y, z]: [f32; 3]) -> f32 {
    x * x + y * y + z * z
}

fn slot_offset(draw: usize, class: u32) -> u64 {
    (draw as u64 * 5 + u64::from(class)) * SLOT
}

fn make_slots(
    device: &wgpu::Device,
    layout: &wgpu::BindGroupLayout,
    count: u64,
) -> (wgpu::Buffer, wgpu::BindGroup) {
    let slots = buffer(
        device,
        "tile slots",
        count * SLOT,
        wgpu::BufferUsages::UNIFORM,
    );
    let group = device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some("tile"),
        layout,
        entries: &[wgpu::BindGroupEntry {
            binding: 0,
            resource: wgpu::BindingResource::Buffer(wgpu::BufferBinding {
                buffer: &slots,
                offset: 0,
                size: std::num::NonZeroU64::new(size_of::<TileUniform>() as u64),
            }),
        }],
    });
    (slots, group)
}

/// Roads have no height; their shade says how important they are, so that the main net reads first.
fn shade_by_importance(vertices: &mut [TileVertex], mesh: &TileMesh) {
    for vertex in vertices {
        let kind = mesh
            .features
            .get(vertex.feature as usize)
            .map_or("", |feature| feature.kind.as_str());
        vertex.normal[3] = match kind {
            "motorway" | "trunk" | "highway" => 127,
            "primary" | "major_road" | "motorway_link" | "trunk_link" => 105,
            "secondary" | "primary_link" => 80,
            "tertiary" | "secondary_link" => 55,
            "footway" | "path" | "steps" | "cycleway" | "service" | "track" => 6,
            _ => 28,
        };
    }
}
