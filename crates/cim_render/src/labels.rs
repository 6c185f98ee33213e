//! Draws names: one instanced draw, a quad per glyph. The buffers stay on the device; only what changed is written.

use crate::{
    device::{Depth, Offset, Recipe, buffer, pipeline, sampler_entry, shader, uniform_entry},
    glyphs::{GlyphAtlas, PAGE_SIDE},
    lettering::{Anchor, GlyphQuad, LabelGlyphs},
};
use std::{num::NonZeroU64, ops::Range};

/// Buffers, pages of glyphs and pipeline of names.
pub(crate) struct LabelsPass {
    module: wgpu::ShaderModule,
    layout: wgpu::BindGroupLayout,
    sampler: wgpu::Sampler,
    picture: wgpu::Buffer,
    /// The size that `picture` was written for.
    size: Option<[u32; 2]>,
    pages: wgpu::Texture,
    quads: wgpu::Buffer,
    anchors: wgpu::Buffer,
    group: Option<wgpu::BindGroup>,
    /// Halos first, then letters.
    pipelines: Option<(wgpu::TextureFormat, [wgpu::RenderPipeline; 2])>,
    count: u32,
    /// False until everything was written to this device once.
    is_filled: bool,
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
                    pages_entry(0),
                    sampler_entry(1),
                    uniform_entry(2, 16, Offset::Fixed),
                    anchors_entry(3),
                ],
            }),
            sampler: device.create_sampler(&wgpu::SamplerDescriptor {
                label: Some("glyph pages"),
                mag_filter: wgpu::FilterMode::Linear,
                min_filter: wgpu::FilterMode::Linear,
                ..wgpu::SamplerDescriptor::default()
            }),
            picture: buffer(device, "label picture", 16, wgpu::BufferUsages::UNIFORM),
            size: None,
            pages: pages(device, 1),
            quads: buffer(device, "label glyphs", 0, wgpu::BufferUsages::VERTEX),
            anchors: buffer(device, "label anchors", 0, wgpu::BufferUsages::STORAGE),
            group: None,
            pipelines: None,
            count: 0,
            is_filled: false,
        }
    }

    /// Writes what changed of the glyphs of a picture of this size. Returns the bytes that were written.
    pub(crate) fn write(
        &mut self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        glyphs: &mut LabelGlyphs,
        size: [u32; 2],
    ) -> u64 {
        let mut written = self.write_pages(device, queue, &mut glyphs.atlas);
        if self.size != Some(size) {
            let [width, height] = size.map(|side| 2.0 / side.max(1) as f32);
            let picture = [width, height, 1.0 / PAGE_SIDE as f32, 0.0];
            queue.write_buffer(&self.picture, 0, bytemuck::bytes_of(&picture));
            self.size = Some(size);
            written += size_of_val(&picture) as u64;
        }
        let [quads, anchors] = glyphs.quads.take_changes();
        let all_quads: &[u8] = bytemuck::cast_slice(glyphs.quads.quads());
        let all_anchors: &[u8] = bytemuck::cast_slice(glyphs.quads.anchors());
        let are_quads_new = grow(
            device,
            &mut self.quads,
            all_quads,
            wgpu::BufferUsages::VERTEX,
        );
        let are_anchors_new = grow(
            device,
            &mut self.anchors,
            all_anchors,
            wgpu::BufferUsages::STORAGE,
        );
        if are_anchors_new {
            self.group = None;
        }
        let quad_bytes = Rows {
            all: all_quads,
            stride: size_of::<GlyphQuad>(),
            changed: &quads,
            is_everything: are_quads_new || !self.is_filled,
        };
        let anchor_bytes = Rows {
            all: all_anchors,
            stride: size_of::<Anchor>(),
            changed: &anchors,
            is_everything: are_anchors_new || !self.is_filled,
        };
        written += quad_bytes.write(queue, &self.quads) + anchor_bytes.write(queue, &self.anchors);
        self.count = glyphs.quads.quads().len() as u32;
        self.is_filled = true;
        written
    }

    /// What it takes on the device, bytes.
    pub(crate) fn bytes(&self) -> u64 {
        let side = u64::from(PAGE_SIDE);
        u64::from(self.pages.depth_or_array_layers()) * side * side
            + self.quads.size()
            + self.anchors.size()
    }

    /// Brings new glyphs onto the device; all of them when there is another page or the device is new.
    fn write_pages(
        &mut self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        atlas: &mut GlyphAtlas,
    ) -> u64 {
        let count = atlas.page_count();
        if self.pages.depth_or_array_layers() != count {
            self.pages = pages(device, count);
            self.group = None;
            atlas.renew();
        }
        if !self.is_filled {
            atlas.renew();
        }
        let mut written = 0;
        atlas.upload(|page, texels, rectangle| {
            let [left, top, width, height] = rectangle.map(u32::from);
            queue.write_texture(
                wgpu::TexelCopyTextureInfo {
                    texture: &self.pages,
                    mip_level: 0,
                    origin: wgpu::Origin3d {
                        x: left,
                        y: top,
                        z: page,
                    },
                    aspect: wgpu::TextureAspect::All,
                },
                texels,
                wgpu::TexelCopyBufferLayout {
                    offset: u64::from(top * PAGE_SIDE + left),
                    bytes_per_row: Some(PAGE_SIDE),
                    rows_per_image: Some(height),
                },
                wgpu::Extent3d {
                    width,
                    height,
                    depth_or_array_layers: 1,
                },
            );
            written += u64::from(width) * u64::from(height);
        });
        written
    }

    /// Makes what is missing for a picture of `format`.
    pub(crate) fn prepare(&mut self, device: &wgpu::Device, format: wgpu::TextureFormat) {
        self.group.get_or_insert_with(|| {
            let pages = self.pages.create_view(&wgpu::TextureViewDescriptor {
                label: Some("glyph pages"),
                // One page alone is an array to the shader, too.
                dimension: Some(wgpu::TextureViewDimension::D2Array),
                ..wgpu::TextureViewDescriptor::default()
            });
            device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some("labels"),
                layout: &self.layout,
                entries: &[
                    wgpu::BindGroupEntry {
                        binding: 0,
                        resource: wgpu::BindingResource::TextureView(&pages),
                    },
                    wgpu::BindGroupEntry {
                        binding: 1,
                        resource: wgpu::BindingResource::Sampler(&self.sampler),
                    },
                    wgpu::BindGroupEntry {
                        binding: 2,
                        resource: self.picture.as_entire_binding(),
                    },
                    wgpu::BindGroupEntry {
                        binding: 3,
                        resource: self.anchors.as_entire_binding(),
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
        let attributes = wgpu::vertex_attr_array![
            0 => Float32x4, 1 => Float32, 2 => Float32, 3 => Snorm16x2,
            4 => Uint16x4, 5 => Unorm8x4, 6 => Uint8x4, 7 => Uint32,
        ];
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

/// Rows of a buffer, and which of them have to be written.
struct Rows<'a> {
    all: &'a [u8],
    stride: usize,
    changed: &'a [Range<u32>],
    is_everything: bool,
}

impl Rows<'_> {
    fn write(&self, queue: &wgpu::Queue, to: &wgpu::Buffer) -> u64 {
        if self.is_everything {
            queue.write_buffer(to, 0, self.all);
            return self.all.len() as u64;
        }
        let mut written = 0;
        for rows in self.changed {
            let [from, until] = [rows.start, rows.end].map(|row| row as usize * self.stride);
            if let Some(bytes) = self.all.get(from..until) {
                queue.write_buffer(to, from as u64, bytes);
                written += bytes.len() as u64;
            }
        }
        written
    }
}

/// Makes a buffer anew when it is too small; true when it was.
fn grow(
    device: &wgpu::Device,
    held: &mut wgpu::Buffer,
    bytes: &[u8],
    usage: wgpu::BufferUsages,
) -> bool {
    let needed = bytes.len() as u64;
    let is_small = held.size() < needed;
    if is_small {
        *held = buffer(device, "labels", needed.next_power_of_two(), usage);
    }
    is_small
}

fn pages(device: &wgpu::Device, count: u32) -> wgpu::Texture {
    device.create_texture(&wgpu::TextureDescriptor {
        label: Some("glyph pages"),
        size: wgpu::Extent3d {
            width: PAGE_SIDE,
            height: PAGE_SIDE,
            depth_or_array_layers: count.max(1),
        },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: wgpu::TextureFormat::R8Unorm,
        usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    })
}

/// Layout entry of the pages, which the fragment stage reads.
fn pages_entry(binding: u32) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::FRAGMENT,
        ty: wgpu::BindingType::Texture {
            sample_type: wgpu::TextureSampleType::Float { filterable: true },
            view_dimension: wgpu::TextureViewDimension::D2Array,
            multisampled: false,
        },
        count: None,
    }
}

/// Layout entry of the anchors, which the vertex stage reads.
fn anchors_entry(binding: u32) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::VERTEX,
        ty: wgpu::BindingType::Buffer {
            ty: wgpu::BufferBindingType::Storage { read_only: true },
            has_dynamic_offset: false,
            min_binding_size: NonZeroU64::new(size_of::<Anchor>() as u64),
        },
        count: None,
    }
}
