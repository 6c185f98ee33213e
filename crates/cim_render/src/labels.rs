//! Draws names: one instanced draw, a quad per glyph.

use crate::{
    device::{
        Depth, Offset, Recipe, buffer, pipeline, sampler_entry, shader, texture_entry,
        uniform_entry,
    },
    lettering::GlyphQuad,
    symbols::SymbolsPass,
};

/// Buffers and pipeline of names.
pub(crate) struct LabelsPass {
    module: wgpu::ShaderModule,
    layout: wgpu::BindGroupLayout,
    picture: wgpu::Buffer,
    group: Option<wgpu::BindGroup>,
    /// Halos first, then letters.
    pipelines: Option<(wgpu::TextureFormat, [wgpu::RenderPipeline; 2])>,
    quads: wgpu::Buffer,
    count: u32,
}

impl LabelsPass {
    pub(crate) fn new(device: &wgpu::Device) -> Self {
        Self {
            module: shader(
                device,
                "labels",
                include_str!("../../../shaders/labels.wgsl"),
            ),
            layout: device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
                label: Some("labels"),
                entries: &[
                    texture_entry(0, true),
                    sampler_entry(1),
                    uniform_entry(2, 16, Offset::Fixed),
                ],
            }),
            picture: buffer(device, "label picture", 16, wgpu::BufferUsages::UNIFORM),
            group: None,
            pipelines: None,
            quads: buffer(device, "label glyphs", 0, wgpu::BufferUsages::VERTEX),
            count: 0,
        }
    }

    /// Writes the glyphs of a picture of this size.
    pub(crate) fn write(
        &mut self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        quads: &[GlyphQuad],
        size: [u32; 2],
    ) {
        let bytes: &[u8] = bytemuck::cast_slice(quads);
        if self.quads.size() < bytes.len() as u64 {
            let capacity = (bytes.len() as u64).next_power_of_two();
            self.quads = buffer(device, "label glyphs", capacity, wgpu::BufferUsages::VERTEX);
        }
        queue.write_buffer(&self.quads, 0, bytes);
        let picture = [
            2.0 / size[0].max(1) as f32,
            2.0 / size[1].max(1) as f32,
            0.0,
            0.0,
        ];
        queue.write_buffer(&self.picture, 0, bytemuck::bytes_of(&picture));
        self.count = quads.len() as u32;
    }

    /// Makes what is missing for a picture of `format`.
    pub(crate) fn prepare(
        &mut self,
        device: &wgpu::Device,
        format: wgpu::TextureFormat,
        symbols: &SymbolsPass,
    ) {
        self.group.get_or_insert_with(|| {
            device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some("labels"),
                layout: &self.layout,
                entries: &[
                    wgpu::BindGroupEntry {
                        binding: 0,
                        resource: wgpu::BindingResource::TextureView(&symbols.glyph_view()),
                    },
                    wgpu::BindGroupEntry {
                        binding: 1,
                        resource: wgpu::BindingResource::Sampler(symbols.sampler()),
                    },
                    wgpu::BindGroupEntry {
                        binding: 2,
                        resource: self.picture.as_entire_binding(),
                    },
                ],
            })
        });
        if self
            .pipelines
            .as_ref()
            .is_some_and(|(made_for, _)| *made_for == format)
        {
            return;
        }
        let attributes = wgpu::vertex_attr_array![0 => Float32x4, 1 => Float32x4, 2 => Float32x4, 3 => Float32x4, 4 => Float32];
        let layout = [wgpu::VertexBufferLayout {
            array_stride: size_of::<GlyphQuad>() as u64,
            step_mode: wgpu::VertexStepMode::Instance,
            attributes: &attributes,
        }];
        let made = ["halo", "ink"].map(|fragment| {
            pipeline(
                device,
                &Recipe {
                    label: "labels",
                    layouts: &[&self.layout],
                    shader: &self.module,
                    vertex: "vertex",
                    fragment: Some(fragment),
                    buffers: &layout,
                    topology: wgpu::PrimitiveTopology::TriangleStrip,
                    // What the city has in front of a name's place hides it.
                    depth: Depth::InFront,
                    format,
                    blend: Some(wgpu::BlendState::ALPHA_BLENDING),
                    samples: 1,
                },
            )
        });
        self.pipelines = Some((format, made));
    }

    pub(crate) fn draw(&self, pass: &mut wgpu::RenderPass<'_>) {
        if let (Some((_, pipelines)), Some(group)) = (&self.pipelines, &self.group)
            && self.count > 0
        {
            pass.set_bind_group(0, group, &[]);
            pass.set_vertex_buffer(0, self.quads.slice(..));
            for pipeline in pipelines {
                pass.set_pipeline(pipeline);
                pass.draw(0..4, 0..self.count);
            }
        }
    }
}
