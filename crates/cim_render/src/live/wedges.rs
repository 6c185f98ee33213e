//! Draws what cameras see: a wedge on the ground for each.

use super::{
    Layouts,
    upload::{Device, Grown},
};
use crate::device::{Depth, Recipe, pipeline, shader};
use bytemuck::{Pod, Zeroable};

/// Corners of the fan that a wedge is drawn with: eight triangles.
const VERTICES: u32 = 24;
/// How far a wedge lies above the ground, metres, so that the ground does not cut it.
pub(crate) const ABOVE_GROUND_M: f32 = 0.4;

/// In [`Wedge::flags`]: the camera is selected.
pub(crate) const SELECTED: u32 = 1;
/// In [`Wedge::flags`]: the pointer is over the camera.
pub(crate) const HOVERED: u32 = 2;
/// In [`Wedge::flags`]: the camera is no longer reported.
pub(crate) const MISSING: u32 = 4;

/// What a camera sees, as the shader takes it; see `shaders/wedges.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub(crate) struct Wedge {
    /// The camera's place, metres east and north of the city's origin, and the height of the wedge: [`ABOVE_GROUND_M`] over
    /// the ground.
    pub(crate) at: [f32; 3],
    /// How far it sees, metres.
    pub(crate) range_m: f32,
    /// Clockwise from north, radians.
    pub(crate) azimuth_rad: f32,
    /// Half the field of view, radians.
    pub(crate) half_rad: f32,
    /// [`SELECTED`], [`HOVERED`], [`MISSING`].
    pub(crate) flags: u32,
    /// Always 0.
    pub(crate) pad: u32,
}

/// Buffer and pipeline of the wedges.
pub(crate) struct WedgesPass {
    module: wgpu::ShaderModule,
    pipeline: Option<(wgpu::TextureFormat, wgpu::RenderPipeline)>,
    wedges: Grown,
    count: u32,
}

impl WedgesPass {
    pub(crate) fn new(device: &wgpu::Device) -> Self {
        Self {
            module: shader(
                device,
                "wedges",
                include_str!("../../../../shaders/wedges.wgsl"),
            ),
            pipeline: None,
            wedges: Grown::new(device, "wedges", wgpu::BufferUsages::VERTEX),
            count: 0,
        }
    }

    /// Writes all wedges; call it when one changed. Returns the bytes that went over.
    pub(crate) fn write(&mut self, on: Device<'_>, wedges: &[Wedge]) -> u64 {
        self.count = wedges.len() as u32;
        if wedges.is_empty() {
            // Room that is far too large is given back.
            self.wedges.fit(on.device, 0);
            return 0;
        }
        self.wedges.put(on, wedges).1
    }

    /// Makes what is missing for a picture of `format`.
    pub(crate) fn prepare(
        &mut self,
        device: &wgpu::Device,
        format: wgpu::TextureFormat,
        layouts: &Layouts,
    ) {
        let is_made = self
            .pipeline
            .as_ref()
            .is_some_and(|(made_for, _)| *made_for == format);
        if is_made || self.count == 0 {
            return;
        }
        let attributes = wgpu::vertex_attr_array![0 => Float32x4, 1 => Float32x2, 2 => Uint32];
        let made = pipeline(
            device,
            &Recipe {
                label: "wedges",
                layouts: &[&layouts.view, &layouts.shared],
                shader: &self.module,
                vertex: "vertex",
                fragment: Some("fragment"),
                buffers: &[wgpu::VertexBufferLayout {
                    array_stride: size_of::<Wedge>() as u64,
                    step_mode: wgpu::VertexStepMode::Instance,
                    attributes: &attributes,
                }],
                topology: wgpu::PrimitiveTopology::TriangleList,
                depth: Depth::InFront,
                format,
                blend: Some(wgpu::BlendState::ALPHA_BLENDING),
                samples: 1,
            },
        );
        self.pipeline = Some((format, made));
    }

    /// Draws the wedges; call it before any symbol.
    pub(crate) fn draw(
        &self,
        pass: &mut wgpu::RenderPass<'_>,
        view: &wgpu::BindGroup,
        shared: &wgpu::BindGroup,
    ) {
        let Some((_, pipeline)) = &self.pipeline else {
            return;
        };
        if self.count == 0 {
            return;
        }
        pass.set_pipeline(pipeline);
        pass.set_bind_group(0, view, &[]);
        pass.set_bind_group(1, shared, &[]);
        pass.set_vertex_buffer(0, self.wedges.buffer.slice(..));
        pass.draw(0..VERTICES, 0..self.count);
    }

    /// What the wedges take on the device, bytes.
    pub(crate) fn bytes(&self) -> u64 {
        self.wedges.bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wedge_is_laid_out_as_the_shader_reads_it() {
        assert_eq!(size_of::<Wedge>(), 32);
        assert_eq!(std::mem::offset_of!(Wedge, azimuth_rad), 16);
        assert_eq!(std::mem::offset_of!(Wedge, flags), 24);
    }
}
