//! Puts the finished city into the picture, under the live layers.

use crate::device::{Depth, Recipe, pipeline, shader, texture_entry};

/// Copies the city into the picture.
pub(crate) struct Compose {
    module: wgpu::ShaderModule,
    layout: wgpu::BindGroupLayout,
    pipeline: Option<(wgpu::TextureFormat, wgpu::RenderPipeline)>,
    source: Option<wgpu::BindGroup>,
}

impl Compose {
    pub(crate) fn new(device: &wgpu::Device) -> Self {
        Self {
            module: shader(
                device,
                "compose",
                include_str!("../../../shaders/compose.wgsl"),
            ),
            layout: device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
                label: Some("compose"),
                entries: &[texture_entry(0, false)],
            }),
            pipeline: None,
            source: None,
        }
    }

    /// The city's colour target was made anew.
    pub(crate) fn forget_source(&mut self) {
        self.source = None;
    }

    /// Makes what is missing for a picture of `format` that shows `city`.
    pub(crate) fn prepare(
        &mut self,
        device: &wgpu::Device,
        format: wgpu::TextureFormat,
        city: &wgpu::TextureView,
    ) {
        if self
            .pipeline
            .as_ref()
            .is_none_or(|(made_for, _)| *made_for != format)
        {
            let made = pipeline(
                device,
                &Recipe {
                    label: "compose",
                    layouts: &[&self.layout],
                    shader: &self.module,
                    vertex: "vertex",
                    fragment: Some("fragment"),
                    buffers: &[],
                    topology: wgpu::PrimitiveTopology::TriangleList,
                    depth: Depth::Ignored,
                    format,
                    blend: None,
                    samples: 1,
                },
            );
            self.pipeline = Some((format, made));
        }
        self.source.get_or_insert_with(|| {
            device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some("compose"),
                layout: &self.layout,
                entries: &[wgpu::BindGroupEntry {
                    binding: 0,
                    resource: wgpu::BindingResource::TextureView(city),
                }],
            })
        });
    }

    pub(crate) fn draw(&self, pass: &mut wgpu::RenderPass<'_>) {
        if let (Some((_, pipeline)), Some(source)) = (&self.pipeline, &self.source) {
            pass.set_pipeline(pipeline);
            pass.set_bind_group(0, source, &[]);
            pass.draw(0..3, 0..1);
        }
    }
}
