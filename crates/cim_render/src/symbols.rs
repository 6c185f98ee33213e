//! Draws the live things: one instanced draw for symbols in front, one for those behind buildings, one for camera wedges.
//!
//! The instance buffer stays on the device; only rows that changed are written.

use crate::{
    device::{
        Depth, Offset, Recipe, buffer, pipeline, sampler_entry, shader, texture_entry,
        uniform_entry,
    },
    glyphs::TEXTURE_SIDE,
    lettering::MARK_SLOTS,
    palette::{SYMBOL_COLOURS, linear},
};
use bytemuck::{Pod, Zeroable};
use cim_scene::{SHAPE_CAMERA, SymbolInstance, Symbols};
use std::ops::Range;

/// Corners of the fan that a camera's wedge is drawn with: eight triangles.
const WEDGE_VERTICES: u32 = 24;
/// How strongly a symbol shows that a building hides.
const BEHIND: f32 = 0.28;

/// `Style` of `shaders/symbols.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable, PartialEq)]
pub(crate) struct StyleUniform {
    colours: [[f32; 4]; SYMBOL_COLOURS.len()],
    marks: [[f32; 4]; MARK_SLOTS],
    scale: [f32; 4],
}

impl StyleUniform {
    pub(crate) fn new(marks: &[[f32; 4]; MARK_SLOTS], scale: f32, strength: f32) -> Self {
        Self {
            colours: SYMBOL_COLOURS.map(linear),
            marks: *marks,
            scale: [scale, strength, 0.0, 0.0],
        }
    }
}

struct Pipelines {
    format: wgpu::TextureFormat,
    quiet: wgpu::RenderPipeline,
    loud: wgpu::RenderPipeline,
    behind: wgpu::RenderPipeline,
    wedges: wgpu::RenderPipeline,
}

/// Buffers and pipelines of the live things.
pub(crate) struct SymbolsPass {
    module: wgpu::ShaderModule,
    view_layout: wgpu::BindGroupLayout,
    style_layout: wgpu::BindGroupLayout,
    pipelines: Option<Pipelines>,
    styles: [wgpu::Buffer; 2],
    groups: Option<[wgpu::BindGroup; 2]>,
    glyphs: wgpu::Texture,
    sampler: wgpu::Sampler,
    instances: wgpu::Buffer,
    rows: u32,
    cameras: Range<u32>,
    staging: Vec<SymbolInstance>,
    /// False until the first full upload to this device.
    pub(crate) is_filled: bool,
    pub(crate) glyphs_revision: u64,
}

impl SymbolsPass {
    pub(crate) fn new(device: &wgpu::Device, view: &wgpu::BindGroupLayout) -> Self {
        let style = || {
            buffer(
                device,
                "symbol style",
                size_of::<StyleUniform>() as u64,
                wgpu::BufferUsages::UNIFORM,
            )
        };
        Self {
            module: shader(
                device,
                "symbols",
                include_str!("../../../shaders/symbols.wgsl"),
            ),
            view_layout: view.clone(),
            style_layout: device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
                label: Some("symbol style"),
                entries: &[
                    uniform_entry(0, size_of::<StyleUniform>(), Offset::Fixed),
                    texture_entry(1, true),
                    sampler_entry(2),
                ],
            }),
            pipelines: None,
            styles: [style(), style()],
            groups: None,
            glyphs: device.create_texture(&wgpu::TextureDescriptor {
                label: Some("glyphs"),
                size: wgpu::Extent3d {
                    width: TEXTURE_SIDE,
                    height: TEXTURE_SIDE,
                    depth_or_array_layers: 1,
                },
                mip_level_count: 1,
                sample_count: 1,
                dimension: wgpu::TextureDimension::D2,
                format: wgpu::TextureFormat::R8Unorm,
                usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
                view_formats: &[],
            }),
            sampler: device.create_sampler(&wgpu::SamplerDescriptor {
                label: Some("glyphs"),
                mag_filter: wgpu::FilterMode::Linear,
                min_filter: wgpu::FilterMode::Linear,
                ..wgpu::SamplerDescriptor::default()
            }),
            instances: buffer(device, "symbols", 0, wgpu::BufferUsages::VERTEX),
            rows: 0,
            cameras: 0..0,
            staging: Vec::new(),
            is_filled: false,
            glyphs_revision: 0,
        }
    }

    /// The glyph texture, which names use too.
    pub(crate) fn glyph_view(&self) -> wgpu::TextureView {
        self.glyphs
            .create_view(&wgpu::TextureViewDescriptor::default())
    }

    pub(crate) fn sampler(&self) -> &wgpu::Sampler {
        &self.sampler
    }

    /// Writes every row.
    pub(crate) fn fill(&mut self, device: &wgpu::Device, queue: &wgpu::Queue, symbols: &Symbols) {
        self.rows = symbols.rows();
        let needed = u64::from(self.rows) * size_of::<SymbolInstance>() as u64;
        if self.instances.size() < needed {
            self.instances = buffer(
                device,
                "symbols",
                needed.next_power_of_two(),
                wgpu::BufferUsages::VERTEX,
            );
        }
        let of_cameras = |row: &u32| symbols.shape(*row) == SHAPE_CAMERA;
        let first = (0..self.rows).find(of_cameras).unwrap_or(0);
        let last = (0..self.rows)
            .rev()
            .find(of_cameras)
            .map_or(0, |row| row + 1);
        self.cameras = first..last.max(first);
        self.write(queue, symbols, 0..self.rows);
        self.is_filled = true;
    }

    /// Writes some rows.
    pub(crate) fn write(&mut self, queue: &wgpu::Queue, symbols: &Symbols, rows: Range<u32>) {
        let rows = rows.start..rows.end.min(self.rows);
        if rows.is_empty() {
            return;
        }
        self.staging.clear();
        self.staging.extend(symbols.instances(rows.clone()));
        let start = u64::from(rows.start) * size_of::<SymbolInstance>() as u64;
        queue.write_buffer(&self.instances, start, bytemuck::cast_slice(&self.staging));
    }

    /// Brings the glyph texture onto the device.
    pub(crate) fn write_glyphs(&mut self, queue: &wgpu::Queue, pixels: &[u8], revision: u64) {
        if self.glyphs_revision == revision {
            return;
        }
        queue.write_texture(
            self.glyphs.as_image_copy(),
            pixels,
            wgpu::TexelCopyBufferLayout {
                offset: 0,
                bytes_per_row: Some(TEXTURE_SIDE),
                rows_per_image: Some(TEXTURE_SIDE),
            },
            wgpu::Extent3d {
                width: TEXTURE_SIDE,
                height: TEXTURE_SIDE,
                depth_or_array_layers: 1,
            },
        );
        self.glyphs_revision = revision;
    }

    /// Makes what is missing for a picture of `format`, and writes the style.
    pub(crate) fn prepare(
        &mut self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        format: wgpu::TextureFormat,
        (marks, scale): (&[[f32; 4]; MARK_SLOTS], f32),
    ) {
        for (style, strength) in self.styles.iter().zip([1.0, BEHIND]) {
            let uniform = StyleUniform::new(marks, scale, strength);
            queue.write_buffer(style, 0, bytemuck::bytes_of(&uniform));
        }
        if self.groups.is_none() {
            let glyphs = self.glyph_view();
            let group = |style: &wgpu::Buffer| {
                device.create_bind_group(&wgpu::BindGroupDescriptor {
                    label: Some("symbol style"),
                    layout: &self.style_layout,
                    entries: &[
                        wgpu::BindGroupEntry {
                            binding: 0,
                            resource: style.as_entire_binding(),
                        },
                        wgpu::BindGroupEntry {
                            binding: 1,
                            resource: wgpu::BindingResource::TextureView(&glyphs),
                        },
                        wgpu::BindGroupEntry {
                            binding: 2,
                            resource: wgpu::BindingResource::Sampler(&self.sampler),
                        },
                    ],
                })
            };
            self.groups = Some([group(&self.styles[0]), group(&self.styles[1])]);
        }
        if self
            .pipelines
            .as_ref()
            .is_none_or(|made| made.format != format)
        {
            self.pipelines = Some(self.make_pipelines(device, format));
        }
    }

    fn make_pipelines(&self, device: &wgpu::Device, format: wgpu::TextureFormat) -> Pipelines {
        let attributes = wgpu::vertex_attr_array![0 => Float32x3, 1 => Uint32, 2 => Float32x4];
        let layout = [wgpu::VertexBufferLayout {
            array_stride: size_of::<SymbolInstance>() as u64,
            step_mode: wgpu::VertexStepMode::Instance,
            attributes: &attributes,
        }];
        let make = |label, vertex, fragment, topology, depth| {
            pipeline(
                device,
                &Recipe {
                    label,
                    layouts: &[&self.view_layout, &self.style_layout],
                    shader: &self.module,
                    vertex,
                    fragment: Some(fragment),
                    buffers: &layout,
                    topology,
                    depth,
                    format,
                    blend: Some(wgpu::BlendState::ALPHA_BLENDING),
                    samples: 1,
                },
            )
        };
        let strip = wgpu::PrimitiveTopology::TriangleStrip;
        Pipelines {
            format,
            quiet: make(
                "quiet symbols",
                "quiet_vertex",
                "fragment",
                strip,
                Depth::InFront,
            ),
            loud: make(
                "loud symbols",
                "loud_vertex",
                "fragment",
                strip,
                Depth::InFront,
            ),
            behind: make("symbols behind", "vertex", "fragment", strip, Depth::Behind),
            wedges: make(
                "wedges",
                "wedge_vertex",
                "wedge_fragment",
                wgpu::PrimitiveTopology::TriangleList,
                Depth::InFront,
            ),
        }
    }

    pub(crate) fn draw(&self, pass: &mut wgpu::RenderPass<'_>, view: &wgpu::BindGroup) {
        let (Some(pipelines), Some([front, behind])) = (&self.pipelines, &self.groups) else {
            return;
        };
        if self.rows == 0 {
            return;
        }
        pass.set_bind_group(0, view, &[]);
        pass.set_vertex_buffer(0, self.instances.slice(..));
        pass.set_bind_group(1, front, &[]);
        if !self.cameras.is_empty() {
            pass.set_pipeline(&pipelines.wedges);
            pass.draw(0..WEDGE_VERTICES, self.cameras.clone());
        }
        pass.set_bind_group(1, behind, &[]);
        pass.set_pipeline(&pipelines.behind);
        pass.draw(0..4, 0..self.rows);
        pass.set_bind_group(1, front, &[]);
        // The loud come last: nothing that is normal covers them.
        for pipeline in [&pipelines.quiet, &pipelines.loud] {
            pass.set_pipeline(pipeline);
            pass.draw(0..4, 0..self.rows);
        }
    }
}
