//! Sky and ground: one triangle behind everything.

use crate::device::{COLOUR, Care, Depth, FINE_SAMPLES, Recipe, pipeline, shader};

/// Draws sky and ground.
pub(crate) struct Backdrop {
    quick: wgpu::RenderPipeline,
    fine: wgpu::RenderPipeline,
}

impl Backdrop {
    pub(crate) fn new(device: &wgpu::Device, view: &wgpu::BindGroupLayout) -> Self {
        let module = shader(
            device,
            "backdrop",
            include_str!("../../../shaders/backdrop.wgsl"),
        );
        let make = |samples| {
            pipeline(
                device,
                &Recipe {
                    label: "backdrop",
                    layouts: &[view],
                    shader: &module,
                    vertex: "vertex",
                    fragment: Some("fragment"),
                    buffers: &[],
                    topology: wgpu::PrimitiveTopology::TriangleList,
                    depth: Depth::Ignored,
                    format: COLOUR,
                    blend: None,
                    samples,
                },
            )
        };
        Self {
            quick: make(1),
            fine: make(FINE_SAMPLES),
        }
    }

    pub(crate) fn draw(&self, pass: &mut wgpu::RenderPass<'_>, view: &wgpu::BindGroup, care: Care) {
        pass.set_pipeline(match care {
            Care::Quick => &self.quick,
            Care::Fine => &self.fine,
        });
        pass.set_bind_group(0, view, &[]);
        pass.draw(0..3, 0..1);
    }
}
