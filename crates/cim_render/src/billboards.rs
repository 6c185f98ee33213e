//! Hangs live pictures above their cameras. Each faces the viewer, and its size on the screen is bounded.

use crate::{
    device::{
        Depth, Offset, Recipe, pipeline, sampler_entry, shader, texture_entry, uniform_entry,
    },
    live::keep::{Told, group},
    palette::linear,
    sights::pictures::Pictures,
};
use bevy::math::DVec3;
use bytemuck::{Pod, Zeroable};
use cim_layers::sight::Taken;
use cim_scene::SightPicture;
use std::collections::BTreeMap;

/// How wide a picture is where it hangs, metres; and its least and greatest width on the screen, CSS px.
const WIDTH_M: f32 = 16.0;
const LEAST_PX: f32 = 128.0;
const MOST_PX: f32 = 320.0;
/// Length of the stem between lens and picture, its width, and the border's, CSS px.
const STEM_PX: f32 = 28.0;
const STEM_WIDTH_PX: f32 = 2.0;
const BORDER_PX: f32 = 2.0;
/// Three quads of two triangles.
const VERTICES: u32 = 18;

/// The border's colour, sRGB: nobody mistakes the past, or a drill, for now.
fn border_colour(taken: Taken) -> u32 {
    match taken {
        Taken::Live => 0xA9B8C6,
        Taken::Recorded => 0xE6A700,
        Taken::Drill => 0xC04DFF,
    }
}

/// `Board` of `shaders/billboards.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable, PartialEq)]
struct BoardUniform {
    lens: [f32; 4],
    border: [f32; 4],
    sizes: [f32; 4],
    lines: [f32; 4],
}

impl BoardUniform {
    fn new(picture: &SightPicture, aspect: f32, scale: Scale) -> Self {
        let px = scale.px_per_css_px;
        Self {
            lens: picture.pose.lens.as_vec3().extend(aspect).to_array(),
            border: linear(border_colour(picture.taken)),
            sizes: [
                WIDTH_M * scale.px_a_metre_away,
                LEAST_PX * px,
                MOST_PX * px,
                STEM_PX * px,
            ],
            lines: [BORDER_PX * px, STEM_WIDTH_PX * px, 0.0, 0.0],
        }
    }
}

/// How large things are on the screen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Scale {
    /// Physical px per CSS px.
    pub(crate) px_per_css_px: f32,
    /// Physical px of a metre that is a metre away.
    pub(crate) px_a_metre_away: f32,
}

struct Board {
    uniform: Told<BoardUniform>,
    group: wgpu::BindGroup,
}

/// Uniforms and pipeline of the pictures above cameras.
pub(crate) struct BillboardsPass {
    module: wgpu::ShaderModule,
    view_layout: wgpu::BindGroupLayout,
    layout: wgpu::BindGroupLayout,
    pipeline: Option<(wgpu::TextureFormat, wgpu::RenderPipeline)>,
    boards: BTreeMap<u32, Board>,
    /// Views, the farthest first.
    order: Vec<u32>,
}

impl BillboardsPass {
    pub(crate) fn new(device: &wgpu::Device, view: &wgpu::BindGroupLayout) -> Self {
        Self {
            module: shader(
                device,
                "billboards",
                include_str!("../../../shaders/billboards.wgsl"),
            ),
            view_layout: view.clone(),
            layout: device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
                label: Some("billboard"),
                entries: &[
                    uniform_entry(0, size_of::<BoardUniform>(), Offset::Fixed),
                    texture_entry(1, true),
                    sampler_entry(2),
                ],
            }),
            pipeline: None,
            boards: BTreeMap::new(),
            order: Vec::new(),
        }
    }

    /// Some textures are others now: groups have to be made anew.
    pub(crate) fn forget_groups(&mut self) {
        self.boards.clear();
    }

    /// Brings what hangs above cameras onto the device; `eye` is in metres east, north and up.
    pub(crate) fn write(
        &mut self,
        (device, queue): (&wgpu::Device, &wgpu::Queue),
        (pictures, textures, sampler): (&[SightPicture], &Pictures, &wgpu::Sampler),
        (eye, scale): (DVec3, Scale),
    ) {
        let mut shown: Vec<(f64, u32)> = Vec::new();
        for picture in pictures.iter().filter(|picture| picture.is_above) {
            let Some((texture, aspect)) = textures.get(picture.view) else {
                continue;
            };
            let layout = &self.layout;
            let board = self.boards.entry(picture.view).or_insert_with(|| {
                let uniform = Told::new(device, "billboard");
                let resources = [
                    uniform.buffer().as_entire_binding(),
                    wgpu::BindingResource::TextureView(texture),
                    wgpu::BindingResource::Sampler(sampler),
                ];
                Board {
                    group: group(device, "billboard", layout, &resources),
                    uniform,
                }
            });
            let uniform = BoardUniform::new(picture, aspect, scale);
            board.uniform.tell(queue, &uniform);
            shown.push((picture.pose.lens.distance(eye), picture.view));
        }
        shown.sort_by(|(one, _), (other, _)| other.total_cmp(one));
        self.order.clear();
        self.order.extend(shown.iter().map(|(_, view)| *view));
        let order = &self.order;
        self.boards.retain(|view, _| order.contains(view));
    }

    /// Makes what is missing for a picture of `format`.
    pub(crate) fn prepare(&mut self, device: &wgpu::Device, format: wgpu::TextureFormat) {
        let is_made = self
            .pipeline
            .as_ref()
            .is_some_and(|(made_for, _)| *made_for == format);
        if is_made || self.order.is_empty() {
            return;
        }
        let made = pipeline(
            device,
            &Recipe {
                label: "billboards",
                layouts: &[&self.view_layout, &self.layout],
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

    pub(crate) fn draw(&self, pass: &mut wgpu::RenderPass<'_>, view: &wgpu::BindGroup) {
        let Some((_, pipeline)) = &self.pipeline else {
            return;
        };
        if self.order.is_empty() {
            return;
        }
        pass.set_pipeline(pipeline);
        pass.set_bind_group(0, view, &[]);
        for board in self.order.iter().filter_map(|view| self.boards.get(view)) {
            pass.set_bind_group(1, &board.group, &[]);
            pass.draw(0..VERTICES, 0..1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cim_scene::PlacedPose;

    #[test]
    fn a_board_is_laid_out_as_the_shader_reads_it() {
        let picture = SightPicture {
            view: 1,
            pose: PlacedPose {
                lens: DVec3::new(1.0, 2.0, 3.0),
                forward: DVec3::Y,
                right: DVec3::X,
                up: DVec3::Z,
                half_size: [1.0, 0.5],
                range_m: 100.0,
            },
            drape: None,
            is_above: true,
            taken: Taken::Recorded,
            seq: 1,
            pixels: None,
        };
        let scale = Scale {
            px_per_css_px: 2.0,
            px_a_metre_away: 500.0,
        };
        let board = BoardUniform::new(&picture, 0.5, scale);
        assert_eq!(size_of::<BoardUniform>(), 64);
        assert_eq!(
            (board.lens, board.sizes),
            ([1.0, 2.0, 3.0, 0.5], [8_000.0, 256.0, 640.0, 56.0])
        );
        // Amber has more red than green, and no blue.
        let [red, green, blue, _] = board.border;
        assert!(red > green && green > 0.3 && blue < 0.01);
    }
}
