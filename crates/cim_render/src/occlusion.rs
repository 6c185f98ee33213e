//! Contact shading: darkens where buildings, streets and trees stand close, and draws thin edges, from the finished depth.

use crate::{
    device::{COLOUR, Depth, Recipe, Special, shader, special_pipeline, texture_entry},
    manner::Manner,
};

/// The measured share of light, before it is smoothed.
pub(crate) const SHARES: wgpu::TextureFormat = wgpu::TextureFormat::R8Unorm;

/// Multiplies what is there.
const DARKEN: wgpu::BlendState = wgpu::BlendState {
    color: wgpu::BlendComponent {
        src_factor: wgpu::BlendFactor::Dst,
        dst_factor: wgpu::BlendFactor::Zero,
        operation: wgpu::BlendOperation::Add,
    },
    alpha: wgpu::BlendComponent {
        src_factor: wgpu::BlendFactor::Zero,
        dst_factor: wgpu::BlendFactor::One,
        operation: wgpu::BlendOperation::Add,
    },
};

struct Made {
    style: u8,
    measure: wgpu::RenderPipeline,
    apply: wgpu::RenderPipeline,
}

/// Pipelines of contact shading.
pub(crate) struct Occlusion {
    module: wgpu::ShaderModule,
    view: wgpu::BindGroupLayout,
    layout: wgpu::BindGroupLayout,
    made: Option<Made>,
    /// Stands in for the shares while they are measured.
    blank: wgpu::TextureView,
}

/// What contact shading reads and writes: the depth's group for either step.
pub(crate) struct OcclusionGroups {
    measure: wgpu::BindGroup,
    apply: wgpu::BindGroup,
}

impl Occlusion {
    pub(crate) fn new(device: &wgpu::Device, view: &wgpu::BindGroupLayout) -> Self {
        let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("contact"),
            entries: &[depth_entry(0), texture_entry(1, false)],
        });
        Self {
            module: shader(
                device,
                "occlusion",
                include_str!("../../../shaders/occlusion.wgsl"),
            ),
            view: view.clone(),
            layout,
            made: None,
            blank: shares_target(device, [1, 1]),
        }
    }

    /// Groups for a depth target and a target for shares of the same size.
    pub(crate) fn groups(
        &self,
        device: &wgpu::Device,
        depth: &wgpu::TextureView,
        shares: &wgpu::TextureView,
    ) -> OcclusionGroups {
        let group = |shares: &wgpu::TextureView| {
            device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some("contact"),
                layout: &self.layout,
                entries: &[
                    wgpu::BindGroupEntry {
                        binding: 0,
                        resource: wgpu::BindingResource::TextureView(depth),
                    },
                    wgpu::BindGroupEntry {
                        binding: 1,
                        resource: wgpu::BindingResource::TextureView(shares),
                    },
                ],
            })
        };
        OcclusionGroups {
            measure: group(&self.blank),
            apply: group(shares),
        }
    }

    /// Makes what is missing for a manner.
    pub(crate) fn prepare(&mut self, device: &wgpu::Device, manner: Manner) {
        let style = manner.style();
        if self.made.as_ref().is_some_and(|made| made.style == style) {
            return;
        }
        let [contact, edges] = manner.contact_and_edges();
        let constants = [("STRENGTH", contact), ("EDGES", edges)];
        let make = |label, fragment, format, blend| {
            special_pipeline(
                device,
                &Recipe {
                    label,
                    layouts: &[&self.view, &self.layout],
                    shader: &self.module,
                    vertex: "vertex",
                    fragment: Some(fragment),
                    buffers: &[],
                    topology: wgpu::PrimitiveTopology::TriangleList,
                    depth: Depth::Absent,
                    format,
                    blend,
                    samples: 1,
                },
                &Special {
                    constants: &constants,
                    ..Special::default()
                },
            )
        };
        self.made = Some(Made {
            style,
            measure: make("contact", "measure_fragment", SHARES, None),
            apply: make("contact shade", "apply_fragment", COLOUR, Some(DARKEN)),
        });
    }

    /// Measures shares of light; the view's group is bound already.
    pub(crate) fn measure(&self, pass: &mut wgpu::RenderPass<'_>, groups: &OcclusionGroups) {
        if let Some(made) = &self.made {
            pass.set_pipeline(&made.measure);
            pass.set_bind_group(1, &groups.measure, &[]);
            pass.draw(0..3, 0..1);
        }
    }

    /// Darkens the colour by the measured shares; the view's group is bound already.
    pub(crate) fn apply(&self, pass: &mut wgpu::RenderPass<'_>, groups: &OcclusionGroups) {
        if let Some(made) = &self.made {
            pass.set_pipeline(&made.apply);
            pass.set_bind_group(1, &groups.apply, &[]);
            pass.draw(0..3, 0..1);
        }
    }
}

/// A target for shares of light.
pub(crate) fn shares_target(device: &wgpu::Device, [width, height]: [u32; 2]) -> wgpu::TextureView {
    device
        .create_texture(&wgpu::TextureDescriptor {
            label: Some("contact"),
            size: wgpu::Extent3d {
                width,
                height,
                depth_or_array_layers: 1,
            },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: SHARES,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::TEXTURE_BINDING,
            view_formats: &[],
        })
        .create_view(&wgpu::TextureViewDescriptor::default())
}

/// Layout entry of a depth texture that the fragment stage reads.
pub(crate) fn depth_entry(binding: u32) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::FRAGMENT,
        ty: wgpu::BindingType::Texture {
            sample_type: wgpu::TextureSampleType::Depth,
            view_dimension: wgpu::TextureViewDimension::D2,
            multisampled: false,
        },
        count: None,
    }
}
