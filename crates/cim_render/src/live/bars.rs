//! Draws values that stand in the city: columns as high as their value, and rings that fill, with marks at their limits.
//!
//! What is farther away is drawn first, because the city's depth is kept from frame to frame and nothing live may write it.

use super::{
    flow::class_colours,
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
    motion::bars::{Bar, BarScale, Bars, LEAST_COLUMN_PX},
    room::DeviceNeed,
};
use std::{collections::BTreeMap, ops::Range};

/// Vertices of a column: five faces.
const COLUMN_VERTICES: u32 = 30;
/// Shape of the mark of a limit, in place of a thing's; see `shaders/bars.wgsl`.
const MARK: u32 = 254;
/// How much farther out than its ring a mark is drawn, where sizes on the screen are bounded.
const MARK_REACH: f32 = 1.2;
/// More bars than this are drawn in their own order: to sort them takes longer than a frame.
const MOST_SORTED: usize = 32_768;
/// The eye may move so far, as a share of its height, before bars are sorted again.
const STILL: f32 = 0.02;
/// Row of [`SYMBOL_COLOURS`] of what lies under a ring.
const GROUND: usize = 6;

/// How bars look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct BarLook {
    pub(crate) tint: Tint,
    pub(crate) scale: Scale,
    /// Colour of what is normal and of what has no value, sRGB hex.
    pub(crate) plain: u32,
    /// Columns: never narrower than this. Rings: never smaller across, CSS px.
    pub(crate) least_px: f32,
    /// Rings: never larger across, CSS px.
    pub(crate) most_px: f32,
    /// 0 to 1.
    pub(crate) opacity: f32,
    pub(crate) stand: Stand,
}

/// `Bars` of `shaders/bars.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable, PartialEq)]
struct BarsUniform {
    manner: [f32; 4],
    range: [f32; 4],
    colours: [[f32; 4]; 6],
    ground: [f32; 4],
}

impl BarsUniform {
    fn new(look: &BarLook, scale: f32) -> Self {
        let [from, per_unit, ramp] = look.scale.range();
        let least = look.least_px.max(1.0) * 0.5 * scale;
        Self {
            manner: [
                look.opacity.clamp(0.0, 1.0),
                LEAST_COLUMN_PX * scale,
                least,
                (look.most_px * 0.5 * scale).max(least),
            ],
            range: [from, per_unit, ramp, MARK_REACH],
            colours: class_colours(look.plain),
            ground: linear(SYMBOL_COLOURS[GROUND]),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    Column,
    Ring,
}

struct Stood {
    bars: Tinted<BarsUniform>,
    /// What is on the device, in drawing order.
    drawn: Vec<Bar>,
    /// For each bar and then each mark, where it lies in `drawn`.
    slots: Vec<u32>,
    /// Bars without marks.
    bar_count: usize,
    sorted_from: [f32; 3],
    form: Form,
}

impl Stood {
    fn new(device: &wgpu::Device, layout: &wgpu::BindGroupLayout, ramps: &Ramps) -> Self {
        Self {
            bars: Tinted::new(device, "bars", layout, ramps),
            drawn: Vec::new(),
            slots: Vec::new(),
            bar_count: 0,
            sorted_from: [f32::INFINITY; 3],
            form: Form::Column,
        }
    }
}

/// Buffers and pipelines of columns and rings.
pub(crate) struct BarsPass {
    module: wgpu::ShaderModule,
    view_layout: wgpu::BindGroupLayout,
    layout: wgpu::BindGroupLayout,
    pipelines: Pipelines<(Form, Tint, Way)>,
    layers: BTreeMap<u32, Stood>,
    ranges: Vec<Range<u32>>,
}

impl BarsPass {
    pub(crate) fn new(device: &wgpu::Device, view: &wgpu::BindGroupLayout) -> Self {
        Self {
            module: shader(
                device,
                "bars",
                include_str!("../../../../shaders/bars.wgsl"),
            ),
            view_layout: view.clone(),
            layout: Tinted::<BarsUniform>::layout(device, "bars"),
            pipelines: Pipelines::default(),
            layers: BTreeMap::new(),
            ranges: Vec::new(),
        }
    }

    /// Brings what changed of the bars of layer `id` onto the device, in the order in which an eye at `eye` (metres ENU) has to
    /// see them. Call it for each frame: the order follows the eye.
    pub(crate) fn write(
        &mut self,
        (device, queue): (&wgpu::Device, &wgpu::Queue),
        ramps: &Ramps,
        id: u32,
        (bars, eye): (&mut Bars, [f32; 3]),
    ) {
        let has_new_marks = bars.take_changes(&mut self.ranges);
        let stood = self
            .layers
            .entry(id)
            .or_insert_with(|| Stood::new(device, &self.layout, ramps));
        stood.form = match bars.scale() {
            BarScale::Columns(_) => Form::Column,
            BarScale::Rings(_) => Form::Ring,
        };
        let count = bars.bars().len() + bars.marks().len();
        let is_known = !has_new_marks
            && stood.slots.len() == count
            && stood.bar_count == bars.bars().len()
            && !(count <= MOST_SORTED && has_moved(stood.sorted_from, eye));
        if !is_known {
            stood.bar_count = bars.bars().len();
            stood.sorted_from = eye;
            arranged(bars, eye, &mut stood.drawn, &mut stood.slots);
            stood.bars.rows.fill(device, queue, &stood.drawn);
            return;
        }
        let changed: usize = self.ranges.iter().map(ExactSizeIterator::len).sum();
        let are_few = changed <= MOST_WRITES;
        for row in self.ranges.iter().cloned().flatten() {
            let bar = bars.bars().get(row as usize);
            let slot = stood.slots.get(row as usize);
            if let (Some(bar), Some(slot)) = (bar, slot)
                && let Some(drawn) = stood.drawn.get_mut(*slot as usize)
            {
                *drawn = *bar;
                if are_few {
                    stood.bars.rows.write(queue, *slot as usize, &[*bar]);
                }
            }
        }
        if !are_few {
            stood.bars.rows.fill(device, queue, &stood.drawn);
        }
    }

    /// Says how the bars of layer `id` look with `scale` device px per CSS px.
    pub(crate) fn look(&mut self, queue: &wgpu::Queue, id: u32, look: &BarLook, scale: f32) {
        if let Some(stood) = self.layers.get_mut(&id) {
            let uniform = BarsUniform::new(look, scale);
            stood.bars.look(queue, &uniform, (look.tint, look.stand));
        }
    }

    /// Takes a layer out of the picture and off the device.
    pub(crate) fn drop_layer(&mut self, id: u32) {
        self.layers.remove(&id);
    }

    /// Makes what is missing for a picture of `format`.
    pub(crate) fn prepare(&mut self, device: &wgpu::Device, format: wgpu::TextureFormat) {
        let attributes = wgpu::vertex_attr_array![0 => Float32x4, 1 => Float32, 2 => Uint32, 3 => Float32, 4 => Float32];
        let buffers = [wgpu::VertexBufferLayout {
            array_stride: size_of::<Bar>() as u64,
            step_mode: wgpu::VertexStepMode::Instance,
            attributes: &attributes,
        }];
        self.pipelines.aim(format);
        for stood in self.layers.values() {
            let Some((tint, stand)) = stood.bars.manner() else {
                continue;
            };
            for way in Way::all_of(stand) {
                self.pipelines
                    .need((stood.form, tint, *way), |(form, tint, way)| {
                        let (topology, cull) = match form {
                            // Nothing writes depth: a column's far faces would cover its near ones.
                            Form::Column => (
                                wgpu::PrimitiveTopology::TriangleList,
                                Some(wgpu::Face::Back),
                            ),
                            Form::Ring => (wgpu::PrimitiveTopology::TriangleStrip, None),
                        };
                        Blended {
                            label: "bars",
                            layouts: [&self.view_layout, &self.layout],
                            shader: &self.module,
                            entries: entries_of(form, tint, way),
                            buffers: &buffers,
                            topology,
                            way,
                            cull,
                            format,
                        }
                        .make(device)
                    });
            }
        }
    }

    /// Draws the bars of layer `id`, if there are any.
    pub(crate) fn draw(&self, pass: &mut wgpu::RenderPass<'_>, view: &wgpu::BindGroup, id: u32) {
        let Some(stood) = self.layers.get(&id) else {
            return;
        };
        let room = stood.bars.rows.bytes() / size_of::<Bar>() as u64;
        let count = (stood.drawn.len() as u64).min(room) as u32;
        let vertices = match stood.form {
            Form::Column => COLUMN_VERTICES,
            Form::Ring => 4,
        };
        let pipeline_of = |tint, way| self.pipelines.get((stood.form, tint, way));
        stood.bars.draw(pass, view, (vertices, count), pipeline_of);
    }

    /// What the bars take on the device, bytes.
    pub(crate) fn bytes(&self) -> u64 {
        self.layers
            .values()
            .map(|stood| stood.bars.rows.bytes())
            .sum()
    }

    /// What the bars of layer `id` take on the device, bytes.
    pub(crate) fn layer_bytes(&self, id: u32) -> u64 {
        let stood = self.layers.get(&id);
        stood.map_or(0, |stood| stood.bars.rows.bytes())
    }

    /// Bytes written since the layers were made.
    pub(crate) fn uploaded(&self) -> u64 {
        self.layers
            .values()
            .map(|stood| stood.bars.rows.uploaded())
            .sum()
    }
}

/// What so many bars and marks take on the device.
pub(crate) fn need(bars: usize, limits: Limits) -> DeviceNeed {
    limits.kept(bars, size_of::<Bar>())
}

fn entries_of(form: Form, tint: Tint, way: Way) -> [&'static str; 2] {
    let is_hidden = way == Way::Hidden;
    match (form, tint, is_hidden) {
        (Form::Column, Tint::State, false) => ["column_vertex", "state_column_fragment"],
        (Form::Column, Tint::State, true) => ["column_vertex", "hidden_state_column_fragment"],
        (Form::Column, Tint::Value, false) => ["column_vertex", "value_column_fragment"],
        (Form::Column, Tint::Value, true) => ["column_vertex", "hidden_value_column_fragment"],
        (Form::Ring, Tint::State, false) => ["ring_vertex", "state_ring_fragment"],
        (Form::Ring, Tint::State, true) => ["ring_vertex", "hidden_state_ring_fragment"],
        (Form::Ring, Tint::Value, false) => ["ring_vertex", "value_ring_fragment"],
        (Form::Ring, Tint::Value, true) => ["ring_vertex", "hidden_value_ring_fragment"],
    }
}

/// True when an eye that was at `from` sees bars in another order at `to`.
fn has_moved(from: [f32; 3], to: [f32; 3]) -> bool {
    let moved = squared_level(from, to).sqrt();
    let still = (to[2].abs() * STILL).max(1.0);
    moved.is_nan() || moved > still
}

fn squared_level(from: [f32; 3], to: [f32; 3]) -> f32 {
    let [east, north, _] = from;
    (to[0] - east).powi(2) + (to[1] - north).powi(2)
}

/// Bars and marks from the farthest to the nearest, each mark after its bar, and where each of them lies.
fn arranged(bars: &Bars, eye: [f32; 3], drawn: &mut Vec<Bar>, slots: &mut Vec<u32>) {
    let marks = bars.marks().iter().map(|mark| Bar {
        packed: (mark.packed & !0xff) | MARK,
        ..*mark
    });
    let all: Vec<Bar> = bars.bars().iter().copied().chain(marks).collect();
    let mut order: Vec<u32> = (0..all.len() as u32).collect();
    if all.len() <= MOST_SORTED {
        let away = |row: &u32| {
            all.get(*row as usize)
                .map_or(0.0, |bar| squared_level(bar.at, eye))
        };
        // Equally far: a stable order keeps marks after their bars.
        order.sort_by(|one, other| away(other).total_cmp(&away(one)));
    }
    drawn.clear();
    drawn.extend(order.iter().filter_map(|row| all.get(*row as usize)));
    slots.clear();
    slots.resize(all.len(), 0);
    for (slot, row) in (0..).zip(&order) {
        if let Some(place) = slots.get_mut(*row as usize) {
            *place = slot;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cim_layers::{
        PointState,
        motion::bars::{BarLimit, BarRow, ColumnScale},
    };
    use std::mem::offset_of;

    fn bars(places: &[f32]) -> Bars {
        let scale = BarScale::Columns(ColumnScale {
            from: 0.0,
            to: 100.0,
            height_m: 200.0,
            radius_m: 10.0,
        });
        let limit = BarLimit {
            value: 80.0,
            class: 3,
        };
        let mut bars = Bars::new(scale, &[limit]).expect("a sound scale");
        let rows: Vec<BarRow> = places
            .iter()
            .map(|east| BarRow {
                at: [*east, 0.0, 0.0],
                state: PointState::new(0, 0),
            })
            .collect();
        bars.replace(&rows).expect("few bars");
        bars
    }

    #[test]
    fn a_bar_lies_in_memory_as_the_shader_reads_it() {
        assert_eq!(size_of::<Bar>(), 32);
        assert_eq!(offset_of!(Bar, height_m), 12);
        assert_eq!(offset_of!(Bar, radius_m), 16);
        assert_eq!(offset_of!(Bar, packed), 20);
        assert_eq!(offset_of!(Bar, share), 24);
        assert_eq!(offset_of!(Bar, value), 28);
    }

    #[test]
    fn what_is_farther_is_drawn_first_and_a_mark_after_its_bar() {
        let (mut drawn, mut slots) = (Vec::new(), Vec::new());
        arranged(
            &bars(&[10.0, 500.0, 90.0]),
            [0.0; 3],
            &mut drawn,
            &mut slots,
        );
        let east: Vec<i32> = drawn.iter().map(|bar| bar.at[0] as i32).collect();
        assert_eq!(east, [500, 500, 90, 90, 10, 10]);
        let is_mark: Vec<bool> = drawn.iter().map(|bar| bar.packed & 0xff == MARK).collect();
        assert_eq!(is_mark, [false, true, false, true, false, true]);
        // Rows of bars, then of marks.
        assert_eq!(slots, [4, 0, 2, 5, 1, 3]);
    }

    #[test]
    fn an_eye_that_hardly_moves_sees_the_same_order() {
        assert!(!has_moved([0.0, 0.0, 1_000.0], [5.0, 5.0, 1_000.0]));
        assert!(has_moved([0.0, 0.0, 1_000.0], [50.0, 0.0, 1_000.0]));
        assert!(has_moved([f32::INFINITY; 3], [0.0; 3]));
    }

    #[test]
    fn a_ring_is_never_smaller_than_its_least_size() {
        let look = BarLook {
            tint: Tint::Value,
            scale: Scale::default(),
            plain: 0x8A9AA9,
            least_px: 18.0,
            most_px: 4.0,
            opacity: 1.0,
            stand: Stand::On,
        };
        let uniform = BarsUniform::new(&look, 2.0);
        assert!((uniform.manner[2] - 18.0).abs() < 1e-6);
        assert!((uniform.manner[3] - 18.0).abs() < 1e-6);
        // Two vectors, six classes and the ground.
        assert_eq!(size_of::<BarsUniform>(), 9 * 16);
    }

    #[test]
    fn what_the_city_hides_has_entries_of_its_own() {
        for form in [Form::Column, Form::Ring] {
            for tint in [Tint::State, Tint::Value] {
                let [_, hidden] = entries_of(form, tint, Way::Hidden);
                let [_, front] = entries_of(form, tint, Way::Front);
                assert_eq!(hidden, format!("hidden_{front}"));
            }
        }
    }
}
