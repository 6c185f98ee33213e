//! Draws what flows in pipes and on roads: bands along lines with chevrons that move in the shader.
//!
//! Segments stay on the device and are written only when a line's speed or state changes.

use super::{
    keep::{Blended, MOST_WRITES, Pipelines, Tint, Tinted, Way},
    need::Limits,
    ramps::{Ramps, Scale},
};
use crate::{
    device::shader,
    palette::{SYMBOL_COLOURS, linear},
};
use bytemuck::{Pod, Zeroable};
use cim_layers::{
    layer::Stand,
    motion::flow::{Flow, FlowSegment},
    room::DeviceNeed,
};
use std::{collections::BTreeMap, ops::Range};

/// Distance of chevrons where they need not be farther apart, metres; doubled from afar.
const SPACING_M: f32 = 4.0;
/// Row of [`SYMBOL_COLOURS`] of what is not real.
const UNREAL: usize = 8;

/// How flows look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct FlowLook {
    pub(crate) tint: Tint,
    pub(crate) scale: Scale,
    /// Colour of what is normal and of what has no value, sRGB hex: that of the network.
    pub(crate) plain: u32,
    /// Never narrower than this, CSS px.
    pub(crate) least_px: f32,
    /// 0 to 1.
    pub(crate) opacity: f32,
    pub(crate) stand: Stand,
}

/// `Flow` of `shaders/flow.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable, PartialEq)]
struct FlowUniform {
    manner: [f32; 4],
    range: [f32; 4],
    colours: [[f32; 4]; 6],
}

impl FlowUniform {
    fn new(look: &FlowLook, now: f32, scale: f32) -> Self {
        let [from, per_unit, ramp] = look.scale.range();
        Self {
            manner: [
                now,
                SPACING_M,
                look.least_px.max(0.5) * scale,
                look.opacity.clamp(0.0, 1.0),
            ],
            range: [from, per_unit, ramp, scale],
            colours: class_colours(look.plain),
        }
    }
}

/// Linear colours by class: 0 normal (as given), 1 low to 4 critical, 5 not real.
pub(crate) fn class_colours(plain: u32) -> [[f32; 4]; 6] {
    let [_, low, medium, high, critical, ..] = SYMBOL_COLOURS;
    let unreal = SYMBOL_COLOURS[UNREAL];
    [plain, low, medium, high, critical, unreal].map(linear)
}

struct Lines {
    segments: Tinted<FlowUniform>,
    count: u32,
}

/// Buffers and pipelines of flows.
pub(crate) struct FlowPass {
    module: wgpu::ShaderModule,
    view_layout: wgpu::BindGroupLayout,
    layout: wgpu::BindGroupLayout,
    pipelines: Pipelines<(Tint, Way)>,
    layers: BTreeMap<u32, Lines>,
    ranges: Vec<Range<u32>>,
}

impl FlowPass {
    pub(crate) fn new(device: &wgpu::Device, view: &wgpu::BindGroupLayout) -> Self {
        Self {
            module: shader(
                device,
                "flow",
                include_str!("../../../../shaders/flow.wgsl"),
            ),
            view_layout: view.clone(),
            layout: Tinted::<FlowUniform>::layout(device, "flow"),
            pipelines: Pipelines::default(),
            layers: BTreeMap::new(),
            ranges: Vec::new(),
        }
    }

    /// Brings what changed of the flows of layer `id` onto the device.
    pub(crate) fn write(
        &mut self,
        (device, queue): (&wgpu::Device, &wgpu::Queue),
        ramps: &Ramps,
        id: u32,
        flow: &mut Flow,
    ) {
        flow.take_changes(&mut self.ranges);
        let lines = self.layers.entry(id).or_insert_with(|| Lines {
            segments: Tinted::new(device, "flow", &self.layout, ramps),
            count: 0,
        });
        let rows = &mut lines.segments.rows;
        let segments = rows.most(device, flow.segments());
        if lines.count as usize != segments.len() || self.ranges.len() > MOST_WRITES {
            rows.fill(device, queue, segments);
            lines.count = segments.len() as u32;
            return;
        }
        for range in &self.ranges {
            if let Some(changed) = segments.get(range.start as usize..range.end as usize) {
                rows.write(queue, range.start as usize, changed);
            }
        }
    }

    /// Says how the flows of layer `id` look at `now` (any seconds that run as time does; of a clock that begins near 0, or
    /// else the chevrons stutter) with `scale` device px per CSS px.
    pub(crate) fn look(
        &mut self,
        queue: &wgpu::Queue,
        id: u32,
        look: &FlowLook,
        (now, scale): (f32, f32),
    ) {
        if let Some(lines) = self.layers.get_mut(&id) {
            let uniform = FlowUniform::new(look, now, scale);
            lines
                .segments
                .look(queue, &uniform, (look.tint, look.stand));
        }
    }

    /// Takes a layer out of the picture and off the device.
    pub(crate) fn drop_layer(&mut self, id: u32) {
        self.layers.remove(&id);
    }

    /// Makes what is missing for a picture of `format`.
    pub(crate) fn prepare(&mut self, device: &wgpu::Device, format: wgpu::TextureFormat) {
        let attributes = wgpu::vertex_attr_array![0 => Float32x3, 1 => Float32x3, 2 => Float32x4, 3 => Uint32, 4 => Float32];
        let buffers = [wgpu::VertexBufferLayout {
            array_stride: size_of::<FlowSegment>() as u64,
            step_mode: wgpu::VertexStepMode::Instance,
            attributes: &attributes,
        }];
        self.pipelines.aim(format);
        let manners = self
            .layers
            .values()
            .filter_map(|lines| lines.segments.manner());
        for (tint, stand) in manners {
            for way in Way::all_of(stand) {
                self.pipelines.need((tint, *way), |(tint, way)| {
                    Blended {
                        label: "flow",
                        layouts: [&self.view_layout, &self.layout],
                        shader: &self.module,
                        entries: ["vertex", fragment_of(tint, way)],
                        buffers: &buffers,
                        topology: wgpu::PrimitiveTopology::TriangleStrip,
                        way,
                        cull: None,
                        format,
                    }
                    .make(device)
                });
            }
        }
    }

    /// Draws the flows of layer `id`, if there are any.
    pub(crate) fn draw(&self, pass: &mut wgpu::RenderPass<'_>, view: &wgpu::BindGroup, id: u32) {
        if let Some(lines) = self.layers.get(&id) {
            let pipeline_of = |tint, way| self.pipelines.get((tint, way));
            lines
                .segments
                .draw(pass, view, (4, lines.count), pipeline_of);
        }
    }

    /// What the flows take on the device, bytes.
    pub(crate) fn bytes(&self) -> u64 {
        self.layers
            .values()
            .map(|lines| lines.segments.rows.bytes())
            .sum()
    }

    /// What the flows of layer `id` take on the device, bytes.
    pub(crate) fn layer_bytes(&self, id: u32) -> u64 {
        let lines = self.layers.get(&id);
        lines.map_or(0, |lines| lines.segments.rows.bytes())
    }

    /// Bytes written since the layers were made.
    pub(crate) fn uploaded(&self) -> u64 {
        self.layers
            .values()
            .map(|lines| lines.segments.rows.uploaded())
            .sum()
    }
}

/// What so many segments take on the device.
pub(crate) fn need(segments: usize, limits: Limits) -> DeviceNeed {
    limits.kept(segments, size_of::<FlowSegment>())
}

fn fragment_of(tint: Tint, way: Way) -> &'static str {
    match (tint, way) {
        (Tint::State, Way::Hidden) => "hidden_state_fragment",
        (Tint::State, Way::Front | Way::Over) => "state_fragment",
        (Tint::Value, Way::Hidden) => "hidden_value_fragment",
        (Tint::Value, Way::Front | Way::Over) => "value_fragment",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::mem::offset_of;

    #[test]
    fn a_segment_lies_in_memory_as_the_shader_reads_it() {
        assert_eq!(size_of::<FlowSegment>(), 48);
        assert_eq!(offset_of!(FlowSegment, b), 12);
        assert_eq!(offset_of!(FlowSegment, along_m), 24);
        assert_eq!(offset_of!(FlowSegment, length_m), 28);
        assert_eq!(offset_of!(FlowSegment, speed), 32);
        assert_eq!(offset_of!(FlowSegment, width_m), 36);
        assert_eq!(offset_of!(FlowSegment, packed), 40);
        assert_eq!(offset_of!(FlowSegment, value), 44);
    }

    #[test]
    fn chevrons_are_as_far_apart_as_the_layer_says() {
        // The nearest: a pixel is no wider than a millimetre.
        let nearest = cim_layers::motion::flow::arrow_spacing_m(0.001, 1.0);
        assert!((nearest - SPACING_M).abs() < 1e-6);
    }

    #[test]
    fn what_is_normal_has_the_networks_colour_and_the_rest_that_of_its_class() {
        let colours = class_colours(0x3F86C4);
        for (class, hex) in [(0, 0x3F86C4), (4, 0xFF4D4F), (5, 0xC04DFF)] {
            assert_eq!(
                colours[class].map(f32::to_bits),
                linear(hex).map(f32::to_bits)
            );
        }
    }

    #[test]
    fn widths_grow_with_the_display_and_never_vanish() {
        let look = FlowLook {
            tint: Tint::State,
            scale: Scale::default(),
            plain: 0x3F86C4,
            least_px: 0.0,
            opacity: 1.0,
            stand: Stand::On,
        };
        let uniform = FlowUniform::new(&look, 5.0, 2.0);
        assert!((uniform.manner[2] - 1.0).abs() < 1e-6);
        assert_eq!(size_of::<FlowUniform>(), 128);
    }
}
