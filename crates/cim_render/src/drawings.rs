//! Draws lines and areas over the city: geofences, measured ways, what a tool is drawing. Their texts are `lettering`'s.
//!
//! Lines have an even width in pixels. What the city hides of them is drawn as well, fainter and broken.

use crate::{
    device::{Depth, Recipe, buffer, pipeline, shader},
    palette::linear,
};
use bevy::math::{DVec2, DVec3};
use bytemuck::{Pod, Zeroable};
use cim_scene::{DrawRole, Drawings, DrawnArea, DrawnLine, triangulate};

/// Length of a dash with its gap, CSS px.
const DASH_PX: f32 = 12.0;
/// How strongly an area is filled.
const FILL: f32 = 0.18;

/// The colour of what a drawing means, sRGB.
pub(crate) fn role_colour(role: DrawRole) -> u32 {
    match role {
        DrawRole::Select => 0x4DA3FF,
        DrawRole::Amber => 0xE6A700,
        DrawRole::Teal => 0x20B8A6,
        DrawRole::Magenta => 0xC04DFF,
        DrawRole::Neutral => 0xA9B8C6,
        DrawRole::Own([red, green, blue]) => u32::from_be_bytes([0, red, green, blue]),
    }
}

/// A straight stretch of a line as the shader takes it; see `shaders/drawings.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable, PartialEq)]
struct Stretch {
    /// Metres east, north and up of its beginning; width in px.
    from: [f32; 4],
    /// The same of its end; length of a dash with its gap in px, 0 for an unbroken line.
    to: [f32; 4],
    /// Linear.
    colour: [f32; 4],
}

/// A corner of a triangle of an area.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable, PartialEq)]
struct Corner {
    /// Metres east, north and up; the fourth is unused.
    at: [f32; 4],
    /// Linear, with opacity.
    colour: [f32; 4],
}

struct Pipelines {
    format: wgpu::TextureFormat,
    lines: wgpu::RenderPipeline,
    hidden_lines: wgpu::RenderPipeline,
    areas: wgpu::RenderPipeline,
    hidden_areas: wgpu::RenderPipeline,
}

/// Buffers and pipelines of drawings.
pub(crate) struct DrawingsPass {
    module: wgpu::ShaderModule,
    view_layout: wgpu::BindGroupLayout,
    pipelines: Option<Pipelines>,
    stretches: wgpu::Buffer,
    stretch_count: u32,
    corners: wgpu::Buffer,
    corner_count: u32,
    /// Revision of the drawings that are on the device, and the scale that they were written for.
    written: Option<(u64, u32)>,
}

impl DrawingsPass {
    pub(crate) fn new(device: &wgpu::Device, view: &wgpu::BindGroupLayout) -> Self {
        Self {
            module: shader(
                device,
                "drawings",
                include_str!("../../../shaders/drawings.wgsl"),
            ),
            view_layout: view.clone(),
            pipelines: None,
            stretches: buffer(device, "drawn lines", 0, wgpu::BufferUsages::VERTEX),
            stretch_count: 0,
            corners: buffer(device, "drawn areas", 0, wgpu::BufferUsages::VERTEX),
            corner_count: 0,
            written: None,
        }
    }

    /// Brings the drawings onto the device when they differ from what is there. `scale` is physical px per CSS px.
    pub(crate) fn write(
        &mut self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        drawings: &Drawings,
        scale: f32,
    ) {
        let wanted = Some((drawings.revision, scale.to_bits()));
        if self.written == wanted {
            return;
        }
        self.written = wanted;
        let stretches: Vec<Stretch> = drawings
            .lines
            .iter()
            .flat_map(|line| stretches_of(line, scale))
            .collect();
        let corners: Vec<Corner> = drawings.areas.iter().flat_map(corners_of).collect();
        self.stretch_count = stretches.len() as u32;
        self.corner_count = corners.len() as u32;
        fill(
            &mut self.stretches,
            device,
            queue,
            bytemuck::cast_slice(&stretches),
        );
        fill(
            &mut self.corners,
            device,
            queue,
            bytemuck::cast_slice(&corners),
        );
    }

    /// Makes what is missing for a picture of `format`.
    pub(crate) fn prepare(&mut self, device: &wgpu::Device, format: wgpu::TextureFormat) {
        if self
            .pipelines
            .as_ref()
            .is_none_or(|made| made.format != format)
        {
            self.pipelines = Some(self.make_pipelines(device, format));
        }
    }

    fn make_pipelines(&self, device: &wgpu::Device, format: wgpu::TextureFormat) -> Pipelines {
        let line_attributes =
            wgpu::vertex_attr_array![0 => Float32x4, 1 => Float32x4, 2 => Float32x4];
        let line_layout = [wgpu::VertexBufferLayout {
            array_stride: size_of::<Stretch>() as u64,
            step_mode: wgpu::VertexStepMode::Instance,
            attributes: &line_attributes,
        }];
        let area_attributes = wgpu::vertex_attr_array![0 => Float32x4, 1 => Float32x4];
        let area_layout = [wgpu::VertexBufferLayout {
            array_stride: size_of::<Corner>() as u64,
            step_mode: wgpu::VertexStepMode::Vertex,
            attributes: &area_attributes,
        }];
        let make = |label: &str,
                    [vertex, fragment]: [&str; 2],
                    topology,
                    depth,
                    buffers: &[wgpu::VertexBufferLayout<'_>]| {
            pipeline(
                device,
                &Recipe {
                    label,
                    layouts: &[&self.view_layout],
                    shader: &self.module,
                    vertex,
                    fragment: Some(fragment),
                    buffers,
                    topology,
                    depth,
                    format,
                    blend: Some(wgpu::BlendState::ALPHA_BLENDING),
                    samples: 1,
                },
            )
        };
        let line = |label, fragment, depth| {
            let strip = wgpu::PrimitiveTopology::TriangleStrip;
            make(label, ["line_vertex", fragment], strip, depth, &line_layout)
        };
        let area = |label, fragment, depth| {
            let list = wgpu::PrimitiveTopology::TriangleList;
            make(label, ["area_vertex", fragment], list, depth, &area_layout)
        };
        Pipelines {
            format,
            lines: line("drawn lines", "line_fragment", Depth::InFront),
            hidden_lines: line("hidden drawn lines", "hidden_line_fragment", Depth::Behind),
            areas: area("drawn areas", "area_fragment", Depth::InFront),
            hidden_areas: area("hidden drawn areas", "hidden_area_fragment", Depth::Behind),
        }
    }

    pub(crate) fn draw(&self, pass: &mut wgpu::RenderPass<'_>, view: &wgpu::BindGroup) {
        let Some(pipelines) = &self.pipelines else {
            return;
        };
        if self.stretch_count == 0 && self.corner_count == 0 {
            return;
        }
        pass.set_bind_group(0, view, &[]);
        if self.corner_count > 0 {
            pass.set_vertex_buffer(0, self.corners.slice(..));
            for pipeline in [&pipelines.hidden_areas, &pipelines.areas] {
                pass.set_pipeline(pipeline);
                pass.draw(0..self.corner_count, 0..1);
            }
        }
        if self.stretch_count > 0 {
            pass.set_vertex_buffer(0, self.stretches.slice(..));
            for pipeline in [&pipelines.hidden_lines, &pipelines.lines] {
                pass.set_pipeline(pipeline);
                pass.draw(0..4, 0..self.stretch_count);
            }
        }
    }
}

/// Writes a buffer, and makes a larger one where it is too small.
fn fill(target: &mut wgpu::Buffer, device: &wgpu::Device, queue: &wgpu::Queue, bytes: &[u8]) {
    if target.size() < bytes.len() as u64 {
        let capacity = (bytes.len() as u64).next_power_of_two();
        *target = buffer(device, "drawings", capacity, wgpu::BufferUsages::VERTEX);
    }
    queue.write_buffer(target, 0, bytes);
}

fn place(at: DVec3, fourth: f32) -> [f32; 4] {
    at.as_vec3().extend(fourth).to_array()
}

fn stretches_of(line: &DrawnLine, scale: f32) -> Vec<Stretch> {
    let ends = line.points.iter().zip(line.points.iter().skip(1));
    let closing = line
        .points
        .last()
        .zip(line.points.first())
        .filter(|_| line.is_closed && line.points.len() > 2);
    let dash_px = if line.is_dashed { DASH_PX * scale } else { 0.0 };
    ends.chain(closing)
        .map(|(from, to)| Stretch {
            from: place(*from, line.width_px * scale),
            to: place(*to, dash_px),
            colour: linear(role_colour(line.role)),
        })
        .collect()
}

fn corners_of(area: &DrawnArea) -> Vec<Corner> {
    let flat: Vec<DVec2> = area.ring.iter().map(|at| at.truncate()).collect();
    let [red, green, blue, _] = linear(role_colour(area.role));
    triangulate(&flat)
        .into_iter()
        .flatten()
        .filter_map(|row| area.ring.get(row))
        .map(|at| Corner {
            at: place(*at, 0.0),
            colour: [red, green, blue, FILL],
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square() -> Vec<DVec3> {
        [[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 10.0]]
            .map(|[x, y]| DVec3::new(x, y, 2.0))
            .to_vec()
    }

    #[test]
    fn a_closed_line_comes_back_to_its_beginning() {
        let mut line = DrawnLine {
            points: square(),
            role: DrawRole::Amber,
            width_px: 2.0,
            is_dashed: true,
            is_closed: false,
        };
        assert_eq!(stretches_of(&line, 2.0).len(), 3);
        line.is_closed = true;
        let stretches = stretches_of(&line, 2.0);
        assert_eq!(stretches.len(), 4);
        let last = stretches[3];
        assert!((last.from[1] - 10.0).abs() < 1e-6 && last.to[1].abs() < 1e-6);
        assert!((last.from[3] - 4.0).abs() < 1e-6 && (last.to[3] - 24.0).abs() < 1e-6);
    }

    #[test]
    fn an_area_is_filled_with_triangles_at_its_own_height() {
        let corners = corners_of(&DrawnArea {
            ring: square(),
            role: DrawRole::Teal,
        });
        assert_eq!(corners.len(), 6);
        assert!(
            corners
                .iter()
                .all(|corner| (corner.at[2] - 2.0).abs() < 1e-6)
        );
        assert!((corners[0].colour[3] - FILL).abs() < 1e-6);
    }
}
