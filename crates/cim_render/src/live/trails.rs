//! Draws where moving things have been: one ribbon per thing, weaker with age, broken where nobody knows the way.
//!
//! The rings of points stay on the device. What changed is sent as slots and points and put in place there.

use super::{
    keep::{Blended, Kept, Pipelines, Told, Way, group, rows_entry},
    need::Limits,
};
use crate::device::{Offset, shader, uniform_entry};
use bytemuck::{Pod, Zeroable};
use cim_layers::{
    Dirt,
    layer::Stand,
    motion::trails::{TrailPoint, TrailUpload, Trails},
    room::DeviceNeed,
};
use std::collections::BTreeMap;

/// Points that one group of the scatter puts in place; `workgroup_size` of `scatter` in `shaders/trails.wgsl`.
const SCATTER_GROUP: usize = 64;
/// The list of slots is filled up with this: there is no such slot.
const NO_SLOT: u32 = u32::MAX;

/// How trails look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct TrailLook {
    /// The age at which a trail ends, seconds.
    pub(crate) trail_s: f32,
    /// Width of the newest part, CSS px.
    pub(crate) width_px: f32,
    /// 0 to 1.
    pub(crate) opacity: f32,
    pub(crate) stand: Stand,
}

/// A thing whose trail is drawn.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable, PartialEq, Eq)]
pub(crate) struct TrailThing {
    /// Its row in [`Trails`].
    row: u32,
    /// sRGB, red in the lowest byte; strength in the highest.
    colour: u32,
}

impl TrailThing {
    /// `colour` is sRGB, `strength` 0 to 1.
    pub(crate) fn new(row: u32, [red, green, blue]: [u8; 3], strength: f32) -> Self {
        let strength = (strength.clamp(0.0, 1.0) * 255.0).round() as u8;
        Self {
            row,
            colour: u32::from_le_bytes([red, green, blue, strength]),
        }
    }
}

/// `Trail` of `shaders/trails.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable, PartialEq)]
struct TrailUniform {
    measures: [f32; 4],
    counts: [u32; 4],
}

struct Rings {
    points: Kept,
    heads: Kept,
    things: Kept,
    thing_count: u32,
    points_each: u32,
    rows: u32,
    uniform: Told<TrailUniform>,
    group: wgpu::BindGroup,
    slots: Kept,
    changes: Kept,
    scatter: wgpu::BindGroup,
    /// Groups of changed points that wait for [`TrailsPass::encode`].
    waiting_groups: u32,
    /// `None` until the trails have a look.
    stand: Option<Stand>,
}

impl Rings {
    fn new(device: &wgpu::Device, [layout, scatter_layout]: [&wgpu::BindGroupLayout; 2]) -> Self {
        let storage = |label| Kept::new(device, label, wgpu::BufferUsages::STORAGE);
        let (points, heads) = (storage("trail points"), storage("trail heads"));
        let (slots, changes) = (storage("changed slots"), storage("changed points"));
        let uniform = Told::new(device, "trails");
        Self {
            group: drawn_group(device, layout, &uniform, [&points, &heads]),
            scatter: changed_group(device, scatter_layout, [&slots, &changes, &points]),
            points,
            heads,
            things: Kept::new(device, "trails", wgpu::BufferUsages::VERTEX),
            thing_count: 0,
            points_each: 0,
            rows: 0,
            uniform,
            slots,
            changes,
            waiting_groups: 0,
            stand: None,
        }
    }

    fn kept(&self) -> [&Kept; 5] {
        [
            &self.points,
            &self.heads,
            &self.things,
            &self.slots,
            &self.changes,
        ]
    }
}

/// What trails take on the device, those of all things; lists of changes left out, which are short.
pub(crate) fn need(trails: &Trails, limits: Limits) -> DeviceNeed {
    let heads = trails.heads();
    limits
        .kept_storage(trails.points().len(), size_of::<TrailPoint>())
        .and(limits.kept_storage(heads.len(), size_of::<u32>()))
        .and(limits.kept(heads.len(), size_of::<TrailThing>()))
}

/// Buffers and pipelines of trails.
pub(crate) struct TrailsPass {
    module: wgpu::ShaderModule,
    view_layout: wgpu::BindGroupLayout,
    layout: wgpu::BindGroupLayout,
    scatter_layout: wgpu::BindGroupLayout,
    scatter: Option<wgpu::ComputePipeline>,
    pipelines: Pipelines<Way>,
    layers: BTreeMap<u32, Rings>,
    upload: TrailUpload,
    slots: Vec<u32>,
}

impl TrailsPass {
    pub(crate) fn new(device: &wgpu::Device, view: &wgpu::BindGroupLayout) -> Self {
        Self {
            module: shader(
                device,
                "trails",
                include_str!("../../../../shaders/trails.wgsl"),
            ),
            view_layout: view.clone(),
            layout: device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
                label: Some("trails"),
                entries: &[
                    uniform_entry(0, size_of::<TrailUniform>(), Offset::Fixed),
                    rows_entry(1),
                    rows_entry(2),
                ],
            }),
            scatter_layout: device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
                label: Some("changed trails"),
                entries: &[
                    scattered_entry(1, true),
                    scattered_entry(2, true),
                    scattered_entry(3, false),
                ],
            }),
            scatter: None,
            pipelines: Pipelines::default(),
            layers: BTreeMap::new(),
            upload: TrailUpload::default(),
            slots: Vec::new(),
        }
    }

    /// Brings what changed of the trails of layer `id` onto the device. Record [`Self::encode`] before the frame is drawn.
    pub(crate) fn write(
        &mut self,
        (device, queue): (&wgpu::Device, &wgpu::Queue),
        id: u32,
        trails: &mut Trails,
    ) {
        let dirt = trails.take_upload(&mut self.upload);
        let is_known = self.layers.get(&id).is_some_and(|rings| {
            rings.rows == trails.rows()
                && rings.points_each == trails.points_each()
                // What waits still lies in the buffers that would be written.
                && (rings.waiting_groups == 0 || dirt == Dirt::Clean)
        });
        if !is_known || dirt == Dirt::All {
            self.fill((device, queue), id, trails);
            return;
        }
        let Some(rings) = self.layers.get_mut(&id) else {
            return;
        };
        if dirt == Dirt::Clean {
            return;
        }
        for range in &self.upload.heads {
            let rows = range.start as usize..range.end as usize;
            if let Some(heads) = trails.heads().get(rows) {
                rings.heads.write(queue, range.start as usize, heads);
            }
        }
        if self.upload.slots.is_empty() {
            return;
        }
        padded(&self.upload.slots, &mut self.slots);
        let is_new = rings.slots.fill(device, queue, &self.slots);
        if rings.changes.fill(device, queue, &self.upload.points) || is_new {
            rings.scatter = scatter_group(device, &self.scatter_layout, rings);
        }
        rings.waiting_groups = (self.slots.len() / SCATTER_GROUP) as u32;
    }

    /// Says which things' trails of layer `id` are drawn, and in what colour.
    pub(crate) fn things(
        &mut self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        id: u32,
        things: &[TrailThing],
    ) {
        if let Some(rings) = self.layers.get_mut(&id) {
            let things = rings.things.most(device, things);
            rings.things.fill(device, queue, things);
            rings.thing_count = things.len() as u32;
        }
    }

    /// Says how the trails of layer `id` look at `now` (seconds since the set's epoch) with `scale` device px per CSS px.
    pub(crate) fn look(
        &mut self,
        queue: &wgpu::Queue,
        id: u32,
        look: &TrailLook,
        (now, scale): (f32, f32),
    ) {
        if let Some(rings) = self.layers.get_mut(&id) {
            let uniform = uniform_of(look, rings.points_each, now, scale);
            rings.uniform.tell(queue, &uniform);
            rings.stand = Some(look.stand);
        }
    }

    /// Takes a layer out of the picture and off the device.
    pub(crate) fn drop_layer(&mut self, id: u32) {
        self.layers.remove(&id);
    }

    /// Makes what is missing for a picture of `format`.
    pub(crate) fn prepare(&mut self, device: &wgpu::Device, format: wgpu::TextureFormat) {
        let attributes = wgpu::vertex_attr_array![0 => Uint32, 1 => Uint32];
        let buffers = [wgpu::VertexBufferLayout {
            array_stride: size_of::<TrailThing>() as u64,
            step_mode: wgpu::VertexStepMode::Instance,
            attributes: &attributes,
        }];
        self.pipelines.aim(format);
        for stand in self.layers.values().filter_map(|rings| rings.stand) {
            for way in Way::all_of(stand) {
                self.pipelines.need(*way, |way| {
                    Blended {
                        label: "trails",
                        layouts: [&self.view_layout, &self.layout],
                        shader: &self.module,
                        entries: ["vertex", fragment_of(way)],
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
        if self.scatter.is_none() && self.layers.values().any(|rings| rings.waiting_groups > 0) {
            self.scatter = Some(scatter_pipeline(device, &self.module, &self.scatter_layout));
        }
    }

    /// Puts changed points in place; after [`Self::prepare`] and before the pass that draws.
    pub(crate) fn encode(&mut self, encoder: &mut wgpu::CommandEncoder) {
        let Some(pipeline) = &self.scatter else {
            return;
        };
        let is_waiting = |rings: &Rings| rings.waiting_groups > 0;
        if !self.layers.values().any(is_waiting) {
            return;
        }
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
            label: Some("changed trails"),
            timestamp_writes: None,
        });
        pass.set_pipeline(pipeline);
        for rings in self.layers.values_mut() {
            if is_waiting(rings) {
                pass.set_bind_group(0, &rings.scatter, &[]);
                pass.dispatch_workgroups(rings.waiting_groups, 1, 1);
                rings.waiting_groups = 0;
            }
        }
    }

    /// Draws the trails of layer `id`, if there are any.
    pub(crate) fn draw(&self, pass: &mut wgpu::RenderPass<'_>, view: &wgpu::BindGroup, id: u32) {
        let Some(rings) = self.layers.get(&id) else {
            return;
        };
        let (Some(stand), true) = (rings.stand, rings.thing_count > 0) else {
            return;
        };
        pass.set_bind_group(0, view, &[]);
        pass.set_bind_group(1, &rings.group, &[]);
        pass.set_vertex_buffer(0, rings.things.buffer().slice(..));
        for pipeline in Way::all_of(stand)
            .iter()
            .filter_map(|way| self.pipelines.get(*way))
        {
            pass.set_pipeline(pipeline);
            pass.draw(0..rings.points_each * 2, 0..rings.thing_count);
        }
    }

    /// What the trails take on the device, bytes.
    pub(crate) fn bytes(&self) -> u64 {
        self.kept().map(Kept::bytes).sum()
    }

    /// What the trails of layer `id` take on the device, bytes.
    pub(crate) fn layer_bytes(&self, id: u32) -> u64 {
        self.layers
            .get(&id)
            .map_or(0, |rings| rings.kept().into_iter().map(Kept::bytes).sum())
    }

    /// Bytes written since the layers were made.
    pub(crate) fn uploaded(&self) -> u64 {
        self.kept().map(Kept::uploaded).sum()
    }

    fn kept(&self) -> impl Iterator<Item = &Kept> {
        self.layers.values().flat_map(Rings::kept)
    }

    /// Writes all points and heads.
    fn fill(&mut self, (device, queue): (&wgpu::Device, &wgpu::Queue), id: u32, trails: &Trails) {
        let layouts = [&self.layout, &self.scatter_layout];
        let rings = self
            .layers
            .entry(id)
            .or_insert_with(|| Rings::new(device, layouts));
        let has_new_points = rings.points.fill(device, queue, trails.points());
        let has_new_heads = rings.heads.fill(device, queue, trails.heads());
        rings.rows = trails.rows();
        rings.points_each = trails.points_each();
        rings.waiting_groups = 0;
        if has_new_points || has_new_heads {
            rings.group = rings_group(device, &self.layout, rings);
            rings.scatter = scatter_group(device, &self.scatter_layout, rings);
        }
    }
}

fn rings_group(
    device: &wgpu::Device,
    layout: &wgpu::BindGroupLayout,
    rings: &Rings,
) -> wgpu::BindGroup {
    drawn_group(
        device,
        layout,
        &rings.uniform,
        [&rings.points, &rings.heads],
    )
}

fn drawn_group(
    device: &wgpu::Device,
    layout: &wgpu::BindGroupLayout,
    uniform: &Told<TrailUniform>,
    [points, heads]: [&Kept; 2],
) -> wgpu::BindGroup {
    group(
        device,
        "trails",
        layout,
        &[
            uniform.buffer().as_entire_binding(),
            points.buffer().as_entire_binding(),
            heads.buffer().as_entire_binding(),
        ],
    )
}

fn scatter_group(
    device: &wgpu::Device,
    layout: &wgpu::BindGroupLayout,
    rings: &Rings,
) -> wgpu::BindGroup {
    changed_group(
        device,
        layout,
        [&rings.slots, &rings.changes, &rings.points],
    )
}

fn changed_group(
    device: &wgpu::Device,
    layout: &wgpu::BindGroupLayout,
    buffers: [&Kept; 3],
) -> wgpu::BindGroup {
    let [slots, changes, points] = buffers.map(|kept| kept.buffer().as_entire_binding());
    let entry = |binding, resource| wgpu::BindGroupEntry { binding, resource };
    device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some("changed trails"),
        layout,
        entries: &[entry(1, slots), entry(2, changes), entry(3, points)],
    })
}

fn scattered_entry(binding: u32, read_only: bool) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::COMPUTE,
        ty: wgpu::BindingType::Buffer {
            ty: wgpu::BufferBindingType::Storage { read_only },
            has_dynamic_offset: false,
            min_binding_size: None,
        },
        count: None,
    }
}

fn scatter_pipeline(
    device: &wgpu::Device,
    module: &wgpu::ShaderModule,
    layout: &wgpu::BindGroupLayout,
) -> wgpu::ComputePipeline {
    let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: Some("changed trails"),
        bind_group_layouts: &[Some(layout)],
        immediate_size: 0,
    });
    device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: Some("changed trails"),
        layout: Some(&layout),
        module,
        entry_point: Some("scatter"),
        compilation_options: wgpu::PipelineCompilationOptions::default(),
        cache: None,
    })
}

fn fragment_of(way: Way) -> &'static str {
    match way {
        Way::Hidden => "hidden_fragment",
        Way::Front | Way::Over => "fragment",
    }
}

fn uniform_of(look: &TrailLook, points_each: u32, now: f32, scale: f32) -> TrailUniform {
    TrailUniform {
        measures: [
            now,
            // The shader divides by it.
            look.trail_s.max(1.0e-3),
            look.width_px.max(0.5) * scale * 0.5,
            look.opacity.clamp(0.0, 1.0),
        ],
        counts: [points_each, 0, 0, 0],
    }
}

/// Fills a list of slots up to whole groups.
fn padded(slots: &[u32], into: &mut Vec<u32>) {
    into.clear();
    into.extend_from_slice(slots);
    into.resize(slots.len().next_multiple_of(SCATTER_GROUP), NO_SLOT);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_come_in_whole_groups_and_what_fills_them_up_is_no_slot() {
        let mut into = vec![7; 3];
        padded(&[5, 6, 9], &mut into);
        assert_eq!(into.len(), 64);
        assert_eq!(into[..3], [5, 6, 9]);
        // More points than any device can hold.
        assert!(into[3..].iter().all(|slot| *slot as usize * 16 > 1 << 34));
        padded(&[], &mut into);
        assert!(into.is_empty());
    }

    #[test]
    fn a_colour_has_red_in_its_lowest_byte_and_strength_in_its_highest() {
        let thing = TrailThing::new(4, [0x11, 0x22, 0x33], 0.5);
        assert_eq!((thing.row, thing.colour), (4, 0x8033_2211));
    }

    #[test]
    fn a_trail_of_no_length_divides_by_no_zero() {
        let look = TrailLook {
            trail_s: 0.0,
            width_px: 3.0,
            opacity: 2.0,
            stand: Stand::On,
        };
        let uniform = uniform_of(&look, 32, 10.0, 2.0);
        assert!(uniform.measures[1] > 0.0);
        assert!((uniform.measures[2] - 3.0).abs() < 1e-6);
        assert!((uniform.measures[3] - 1.0).abs() < 1e-6);
        assert_eq!(uniform.counts[0], 32);
    }

    #[test]
    fn a_point_is_what_the_shader_reads_as_four_numbers() {
        assert_eq!(size_of::<TrailPoint>(), 16);
        assert_eq!(std::mem::offset_of!(TrailPoint, t), 12);
    }
}
