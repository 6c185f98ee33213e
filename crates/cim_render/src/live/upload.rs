//! The buffers of one layer of points on the device, and what is written into them.
//!
//! Buffers persist. All rows go over when the order of the slots is new; after that, only what changed: states and legs as
//! scatter lists (see `scatter`), and the list of what is in the picture when it is another one.

use super::{clusters::ClusterInstance, points::PointLook, scatter::ScatterInput};
use crate::{device::buffer, palette::linear};
use bytemuck::{Pod, Zeroable};
use cim_layers::{
    Motion, Place, PointSet, PointState, SHAPE_EVENT, Upload,
    look::{DrawnPoint, HOVERED, SELECTED},
};

/// Bytes that a full upload hands over at once: each piece is staged on its own.
const PIECE_BYTES: usize = 4 << 20;
/// Large buffers grow by this much, so that a layer never holds twice what it needs.
pub(crate) const STEP_BYTES: u64 = 1 << 20;
/// No buffer is smaller: each holds at least one record of every kind.
const LEAST_BYTES: u64 = 256;
/// Colours of a layer's palette.
pub(crate) const TINTS: usize = 256;
/// Orders in which points are painted: what is normal first, what is chosen last.
const RANKS: usize = 7;

/// Bytes that went to the device, by reason, since the pass was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct UploadCount {
    /// Whole columns.
    pub(crate) full: u64,
    /// Changed states and legs, with the lists that say where they go.
    pub(crate) changes: u64,
    /// Lists of what is in the picture: points and clusters.
    pub(crate) seen: u64,
    /// Looks, palettes, styles.
    pub(crate) looks: u64,
}

/// Where things are written to.
#[derive(Clone, Copy)]
pub(crate) struct Device<'a> {
    pub(crate) device: &'a wgpu::Device,
    pub(crate) queue: &'a wgpu::Queue,
}

/// A buffer that grows.
pub(crate) struct Grown {
    label: &'static str,
    usage: wgpu::BufferUsages,
    pub(crate) buffer: wgpu::Buffer,
}

impl Grown {
    pub(crate) fn new(
        device: &wgpu::Device,
        label: &'static str,
        usage: wgpu::BufferUsages,
    ) -> Self {
        Self {
            label,
            usage,
            buffer: buffer(device, label, LEAST_BYTES, usage),
        }
    }

    /// Makes room for `bytes`, or gives room back that is far too large. True when the buffer is a new, empty one.
    pub(crate) fn fit(&mut self, device: &wgpu::Device, bytes: u64) -> bool {
        let wanted = capacity(bytes);
        let most = wanted.max(STEP_BYTES) * 4;
        let is_right = self.buffer.size() >= bytes && self.buffer.size() <= most;
        if !is_right {
            self.buffer = buffer(device, self.label, wanted, self.usage);
        }
        !is_right
    }

    /// Writes from the beginning, in pieces; what does not fit is left out. Returns how many bytes went over.
    pub(crate) fn write(&self, queue: &wgpu::Queue, bytes: &[u8]) -> u64 {
        let room = usize::try_from(self.buffer.size()).unwrap_or(usize::MAX);
        let bytes = bytes.get(..room).unwrap_or(bytes);
        for (piece, part) in bytes.chunks(PIECE_BYTES).enumerate() {
            queue.write_buffer(&self.buffer, (piece * PIECE_BYTES) as u64, part);
        }
        bytes.len() as u64
    }

    /// Makes room and writes. True when the buffer is a new one; and how many bytes went over.
    pub(crate) fn put<T: Pod>(&mut self, on: Device<'_>, values: &[T]) -> (bool, u64) {
        let bytes: &[u8] = bytemuck::cast_slice(values);
        let is_new = self.fit(on.device, bytes.len() as u64);
        (is_new, self.write(on.queue, bytes))
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.buffer.size()
    }

    /// How large a buffer is made for so many bytes.
    pub(crate) fn capacity(bytes: u64) -> u64 {
        capacity(bytes)
    }
}

/// A whole buffer in a group.
pub(crate) fn whole(binding: u32, of: &wgpu::Buffer) -> wgpu::BindGroupEntry<'_> {
    wgpu::BindGroupEntry {
        binding,
        resource: of.as_entire_binding(),
    }
}

/// How large a buffer is made for so many bytes.
fn capacity(bytes: u64) -> u64 {
    if bytes < STEP_BYTES {
        bytes.next_power_of_two().max(LEAST_BYTES)
    } else {
        bytes.next_multiple_of(STEP_BYTES)
    }
}

/// `Look` of `shaders/layer.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
pub(crate) struct LookUniform {
    pub(crate) frame: [f32; 4],
    pub(crate) size: [f32; 4],
    pub(crate) paint: [f32; 4],
    pub(crate) plain: [f32; 4],
    pub(crate) dot: [f32; 4],
}

impl LookUniform {
    /// With how many points are normal and not chosen, and how many there are: exact up to 16 777 216, the most a layer may have.
    fn with_counts(self, quiet: u32, points: u32) -> Self {
        let [radius, is_tested, ..] = self.dot;
        Self {
            dot: [radius, is_tested, quiet as f32, points as f32],
            ..self
        }
    }
}

/// One layer on the device.
pub(crate) struct LayerBuffers {
    /// Legs of motion instead of places.
    pub(crate) is_moving: bool,
    /// How many slots are there; 0 until the first full upload.
    pub(crate) slots: u32,
    spots: Grown,
    states: Grown,
    look_buffer: wgpu::Buffer,
    palette: wgpu::Buffer,
    pub(crate) drawn: Grown,
    /// How many of the drawn points are normal and not chosen: they come first.
    pub(crate) quiet: u32,
    /// How many points are drawn.
    pub(crate) points: u32,
    pub(crate) clusters: Grown,
    pub(crate) cluster_count: u32,
    pub(crate) look: Option<PointLook>,
    look_written: Option<LookUniform>,
    pub(crate) new_states: ScatterInput,
    pub(crate) new_legs: ScatterInput,
    pub(crate) group: Option<wgpu::BindGroup>,
    /// The same for `dots`.
    dots_group: Option<wgpu::BindGroup>,
    sorted: Vec<DrawnPoint>,
    ranks: Vec<u8>,
    cluster_rows: Vec<ClusterInstance>,
}

impl LayerBuffers {
    pub(crate) fn new(on: Device<'_>) -> Self {
        let device = on.device;
        let columns = wgpu::BufferUsages::STORAGE;
        let rows = wgpu::BufferUsages::VERTEX;
        let palette = buffer(device, "layer palette", (TINTS * 16) as u64, columns);
        Self {
            is_moving: false,
            slots: 0,
            spots: Grown::new(device, "layer places", columns),
            states: Grown::new(device, "layer states", columns),
            look_buffer: buffer(
                device,
                "layer look",
                size_of::<LookUniform>() as u64,
                wgpu::BufferUsages::UNIFORM,
            ),
            palette,
            drawn: Grown::new(device, "drawn points", columns),
            quiet: 0,
            points: 0,
            clusters: Grown::new(device, "clusters", rows),
            cluster_count: 0,
            look: None,
            look_written: None,
            new_states: ScatterInput::new(device, "new states"),
            new_legs: ScatterInput::new(device, "new legs"),
            group: None,
            dots_group: None,
            sorted: Vec::new(),
            ranks: Vec::new(),
            cluster_rows: Vec::new(),
        }
    }

    /// True when the columns on the device are of another shape than the set's, so that changes alone will not do.
    pub(crate) fn is_foreign(&self, set: &PointSet, device: &wgpu::Device) -> bool {
        self.is_moving != set.is_moving() || self.slots != room(device, set)
    }

    /// Writes all columns. Slots beyond what the device can bind are left out.
    pub(crate) fn fill(&mut self, on: Device<'_>, set: &PointSet) -> u64 {
        self.is_moving = set.is_moving();
        self.slots = room(on.device, set);
        self.new_states.forget();
        self.new_legs.forget();
        let count = self.slots as usize;
        let spots: &[u8] = if self.is_moving {
            bytemuck::cast_slice(set.motions().get(..count).unwrap_or_default())
        } else {
            bytemuck::cast_slice(set.places().get(..count).unwrap_or_default())
        };
        let states = set.states().get(..count).unwrap_or_default();
        let (new_spots, spot_bytes) = self.spots.put(on, spots);
        let (new_states, state_bytes) = self.states.put(on, states);
        if new_spots || new_states {
            self.unbind();
            self.new_states.group = None;
            self.new_legs.group = None;
        }
        spot_bytes + state_bytes
    }

    /// Takes over what changed; `scatter` puts it where it belongs.
    pub(crate) fn change(&mut self, on: Device<'_>, upload: &mut Upload) -> u64 {
        let states = self
            .new_states
            .put(on, &mut upload.heads, &upload.offsets, &upload.states);
        let legs = self.new_legs.put(
            on,
            &mut upload.move_heads,
            &upload.move_offsets,
            &upload.motions,
        );
        states + legs
    }

    /// True when changes wait for the scatter.
    pub(crate) fn is_waiting(&self) -> bool {
        self.new_states.is_waiting() || self.new_legs.is_waiting()
    }

    /// The buffers that the scatter writes: states, legs.
    pub(crate) fn columns(&self) -> [&wgpu::Buffer; 2] {
        [&self.states.buffer, &self.spots.buffer]
    }

    /// Writes the points in the picture, what matters last, so that nothing normal covers it.
    pub(crate) fn put_points(
        &mut self,
        on: Device<'_>,
        set: &PointSet,
        points: &[DrawnPoint],
    ) -> u64 {
        let slots = self.slots;
        let rank = |point: &DrawnPoint| {
            // Points beyond what the device holds have a rank that is not painted.
            if point.slot < slots {
                rank_of(set.state(point.slot), point.flags)
            } else {
                RANKS as u8
            }
        };
        let starts = sort_by_rank(points, rank, &mut self.ranks, &mut self.sorted);
        self.quiet = starts[1];
        self.points = starts[RANKS];
        let painted = self.sorted.get(..self.points as usize).unwrap_or_default();
        let (is_new, bytes) = self.drawn.put(on, painted);
        if is_new {
            self.unbind();
        }
        bytes
    }

    /// Writes the clusters in the picture.
    pub(crate) fn put_clusters(
        &mut self,
        on: Device<'_>,
        rows: impl Iterator<Item = ClusterInstance>,
    ) -> u64 {
        self.cluster_rows.clear();
        self.cluster_rows.extend(rows);
        self.cluster_count = self.cluster_rows.len() as u32;
        if self.cluster_count == 0 {
            return 0;
        }
        self.clusters.put(on, &self.cluster_rows).1
    }

    /// Takes over how the layer looks; writes only what is new. Call it after [`put_points`](Self::put_points): how many points
    /// there are goes over with the look.
    pub(crate) fn put_look(&mut self, queue: &wgpu::Queue, look: PointLook) -> u64 {
        let uniform = look.uniform().with_counts(self.quiet, self.points);
        self.look = Some(look);
        if self.look_written == Some(uniform) {
            return 0;
        }
        self.look_written = Some(uniform);
        queue.write_buffer(&self.look_buffer, 0, bytemuck::bytes_of(&uniform));
        size_of::<LookUniform>() as u64
    }

    /// Writes the colours that tints stand for, sRGB; the colour of tint 0 is never used. More than 256 are left out.
    pub(crate) fn put_palette(&mut self, queue: &wgpu::Queue, colours: &[[u8; 3]]) -> u64 {
        let rows: Vec<[f32; 4]> = colours
            .iter()
            .take(TINTS)
            .map(|[red, green, blue]| linear(u32::from_be_bytes([0, *red, *green, *blue])))
            .collect();
        queue.write_buffer(&self.palette, 0, bytemuck::cast_slice(&rows));
        (rows.len() * 16) as u64
    }

    /// Binds what the layer's shaders read, unless that is done.
    pub(crate) fn bind(&mut self, device: &wgpu::Device, layout: &wgpu::BindGroupLayout) {
        if self.group.is_none() {
            self.group = Some(self.bound(device, layout));
        }
    }

    /// The group with the same for the splat of dots.
    pub(crate) fn bind_dots(
        &mut self,
        device: &wgpu::Device,
        layout: &wgpu::BindGroupLayout,
    ) -> &wgpu::BindGroup {
        let made = match self.dots_group.take() {
            Some(made) => made,
            None => self.bound(device, layout),
        };
        self.dots_group.insert(made)
    }

    fn bound(&self, device: &wgpu::Device, layout: &wgpu::BindGroupLayout) -> wgpu::BindGroup {
        device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("layer"),
            layout,
            entries: &[
                whole(0, &self.look_buffer),
                whole(1, &self.spots.buffer),
                whole(2, &self.states.buffer),
                whole(3, &self.palette),
                whole(4, &self.drawn.buffer),
            ],
        })
    }

    /// A buffer was made anew: the groups have to be, too.
    fn unbind(&mut self) {
        self.group = None;
        self.dots_group = None;
    }

    /// What the layer takes on the device, bytes.
    pub(crate) fn bytes(&self) -> u64 {
        let lists = self.drawn.bytes() + self.clusters.bytes();
        let changes = self.new_states.bytes() + self.new_legs.bytes();
        let small = self.look_buffer.size() + self.palette.size();
        self.spots.bytes() + self.states.bytes() + lists + changes + small
    }
}

/// How many slots of a set the device can bind at once.
pub(crate) fn room(device: &wgpu::Device, set: &PointSet) -> u32 {
    let spot = if set.is_moving() {
        size_of::<Motion>()
    } else {
        size_of::<Place>()
    };
    let limits = device.limits();
    let bytes = limits
        .max_storage_buffer_binding_size
        .min(limits.max_buffer_size);
    // A buffer is rounded up to whole steps, and has to be bindable after that too.
    let most = bytes.saturating_sub(STEP_BYTES) / spot as u64;
    set.slots().min(u32::try_from(most).unwrap_or(u32::MAX))
}

/// When a point is painted: 0 for what is normal, then by class; what is selected or hovered last.
fn rank_of(state: PointState, flags: u32) -> u8 {
    match (flags & (SELECTED | HOVERED), state.class(), state.shape()) {
        (0, 0, SHAPE_EVENT) | (0, 1, _) => 1,
        (0, 0, _) => 0,
        (0, 2, _) => 3,
        (0, 3, _) => 4,
        (0, 4, _) => 5,
        // Not real.
        (0, _, _) => 2,
        _ => 6,
    }
}

/// Sorts points by rank, keeping the order within a rank. Returns where each rank begins; the last is how many there are.
/// Points whose rank is [`RANKS`] are left at the end.
fn sort_by_rank(
    points: &[DrawnPoint],
    rank: impl Fn(&DrawnPoint) -> u8,
    ranks: &mut Vec<u8>,
    sorted: &mut Vec<DrawnPoint>,
) -> [u32; RANKS + 1] {
    ranks.clear();
    ranks.extend(points.iter().map(rank));
    let mut counts = [0_u32; RANKS + 1];
    for rank in ranks.iter() {
        if let Some(count) = counts.get_mut(usize::from(*rank)) {
            *count += 1;
        }
    }
    let mut starts = [0_u32; RANKS + 1];
    let mut total = 0;
    for (start, count) in starts.iter_mut().zip(counts) {
        *start = total;
        total += count;
    }
    let mut next = starts;
    sorted.clear();
    sorted.resize(points.len(), DrawnPoint::zeroed());
    for (point, rank) in points.iter().zip(ranks.iter()) {
        let Some(at) = next.get_mut(usize::from(*rank)) else {
            continue;
        };
        if let Some(place) = sorted.get_mut(*at as usize) {
            *place = *point;
        }
        *at += 1;
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(slot: u32, flags: u32) -> DrawnPoint {
        DrawnPoint { slot, flags }
    }

    #[test]
    fn what_is_normal_is_painted_first_and_what_is_chosen_last() {
        let classes = [4_u8, 0, 3, 1, 5, 0, 2];
        let points: Vec<DrawnPoint> = (0..7)
            .map(|slot| point(slot, u32::from(slot == 5)))
            .collect();
        let (mut ranks, mut sorted) = (Vec::new(), Vec::new());
        let rank = |point: &DrawnPoint| {
            let class = classes[point.slot as usize];
            rank_of(PointState::new(3, class), point.flags)
        };
        let starts = sort_by_rank(&points, rank, &mut ranks, &mut sorted);
        let order: Vec<u32> = sorted.iter().map(|point| point.slot).collect();
        assert_eq!(order, [1, 3, 4, 6, 2, 0, 5]);
        assert_eq!(starts[1], 1, "one point is normal and not chosen");
        assert_eq!(starts[RANKS], 7);
    }

    #[test]
    fn an_event_is_never_quiet() {
        assert_eq!(rank_of(PointState::new(SHAPE_EVENT, 0), 0), 1);
        assert_eq!(rank_of(PointState::new(0, 0), 0), 0);
        assert_eq!(rank_of(PointState::new(0, 0), 2), 6);
        assert_eq!(
            rank_of(PointState::new(0, 0), 0xff00),
            0,
            "fading is no choice"
        );
    }

    #[test]
    fn points_that_the_device_lacks_are_counted_out() {
        let points = [point(9, 0), point(1, 0)];
        let (mut ranks, mut sorted) = (Vec::new(), Vec::new());
        let rank = |point: &DrawnPoint| if point.slot < 5 { 0 } else { RANKS as u8 };
        let starts = sort_by_rank(&points, rank, &mut ranks, &mut sorted);
        assert_eq!(starts[RANKS], 1);
        assert_eq!(sorted[0].slot, 1);
    }

    #[test]
    fn large_buffers_grow_by_steps_and_small_ones_double() {
        assert_eq!(capacity(0), LEAST_BYTES);
        assert_eq!(capacity(700), 1024);
        assert_eq!(capacity(8_000_000), 8 << 20);
        assert_eq!(capacity(STEP_BYTES + 1), 2 * STEP_BYTES);
    }

    #[test]
    fn counts_go_over_with_the_look_and_stay_exact() {
        let look = LookUniform {
            dot: [1.5, 1.0, 0.0, 0.0],
            ..LookUniform::default()
        };
        let dot = look.with_counts((1 << 24) - 1, 1 << 24).dot;
        let whole = dot.map(|value| value as u32);
        assert_eq!(whole, [1, 1, (1 << 24) - 1, 1 << 24]);
    }

    #[test]
    fn the_look_is_laid_out_as_the_shaders_read_it() {
        assert_eq!(size_of::<LookUniform>(), 5 * 16);
        assert_eq!(size_of::<DrawnPoint>(), 8);
        assert_eq!(size_of::<Place>(), 16);
        assert_eq!(size_of::<Motion>(), 32);
        assert_eq!(size_of::<PointState>(), 8);
    }
}
