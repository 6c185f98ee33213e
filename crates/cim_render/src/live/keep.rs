//! What the passes of the live layers share: buffers that stay on the device, uniforms that are written when they differ, and
//! pipelines that are made when a layer first needs them.

use super::ramps::Ramps;
use crate::device::{
    Depth, Offset, Recipe, Special, buffer, sampler_entry, special_pipeline, texture_entry,
    uniform_entry,
};
use bytemuck::Pod;
use cim_layers::layer::Stand;
use std::{collections::BTreeMap, marker::PhantomData};

/// Bytes handed to the queue at once: it keeps a copy of each piece until the frame is submitted.
pub(crate) const PIECE_BYTES: usize = 4 << 20;
/// A buffer may have so much room, bytes, or what it holds, and so many times that: it is not made anew for each list.
const SPARE_BYTES: u64 = 1 << 20;
const SPARE_TIMES: u64 = 4;
/// More writes than this take longer than one that writes everything anew.
pub(crate) const MOST_WRITES: usize = 1_024;

/// A buffer that stays on the device; it grows, and gives room back that is far too large.
pub(crate) struct Kept {
    label: &'static str,
    usage: wgpu::BufferUsages,
    buffer: wgpu::Buffer,
    uploaded: u64,
}

impl Kept {
    /// An empty one.
    pub(crate) fn new(
        device: &wgpu::Device,
        label: &'static str,
        usage: wgpu::BufferUsages,
    ) -> Self {
        Self {
            label,
            usage,
            buffer: buffer(device, label, 0, usage),
            uploaded: 0,
        }
    }

    /// The part of `rows` that one buffer of this device can hold.
    pub(crate) fn most<'a, T>(&self, device: &wgpu::Device, rows: &'a [T]) -> &'a [T] {
        let most = self.limit(device) / size_of::<T>().max(1) as u64;
        rows.get(..usize::try_from(most).unwrap_or(usize::MAX))
            .unwrap_or(rows)
    }

    /// Writes everything anew; true when another buffer had to be made, which bind groups have to follow.
    pub(crate) fn fill<T: Pod>(
        &mut self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        rows: &[T],
    ) -> bool {
        let rows = self.most(device, rows);
        let bytes: &[u8] = bytemuck::cast_slice(rows);
        let needed = bytes.len() as u64;
        let is_new = !suits(self.buffer.size(), needed);
        if is_new {
            let capacity = Self::capacity(needed, self.limit(device));
            self.buffer = buffer(device, self.label, capacity, self.usage);
        }
        self.write(queue, 0, rows);
        is_new
    }

    /// How large a buffer is made for so many bytes, where it can have `most`.
    pub(crate) fn capacity(bytes: u64, most: u64) -> u64 {
        // A buffer has 16 bytes at least.
        let wanted = bytes.checked_next_power_of_two().unwrap_or(u64::MAX);
        wanted.min(most).max(16)
    }

    /// Writes rows from row `first` on; what would lie beyond the buffer's end is left out.
    pub(crate) fn write<T: Pod>(&mut self, queue: &wgpu::Queue, first: usize, rows: &[T]) {
        let mut start = (first as u64).saturating_mul(size_of::<T>() as u64);
        let bytes: &[u8] = bytemuck::cast_slice(rows);
        for piece in bytes.chunks(PIECE_BYTES) {
            let end = start.saturating_add(piece.len() as u64);
            if end > self.buffer.size() {
                return;
            }
            queue.write_buffer(&self.buffer, start, piece);
            self.uploaded += piece.len() as u64;
            start = end;
        }
    }

    pub(crate) fn buffer(&self) -> &wgpu::Buffer {
        &self.buffer
    }

    /// What it takes on the device, bytes.
    pub(crate) fn bytes(&self) -> u64 {
        self.buffer.size()
    }

    /// Bytes written since it was made.
    pub(crate) fn uploaded(&self) -> u64 {
        self.uploaded
    }

    /// Bytes that a buffer of this kind may have.
    fn limit(&self, device: &wgpu::Device) -> u64 {
        let limits = device.limits();
        let most = if self.usage.contains(wgpu::BufferUsages::STORAGE) {
            limits
                .max_buffer_size
                .min(limits.max_storage_buffer_binding_size)
        } else {
            limits.max_buffer_size
        };
        // `buffer` rounds up to 16 bytes.
        most / 16 * 16
    }
}

/// True when a buffer of `size` has room for `needed`, and not far too much; bytes.
fn suits(size: u64, needed: u64) -> bool {
    let most = needed.max(SPARE_BYTES).saturating_mul(SPARE_TIMES);
    (needed..=most).contains(&size)
}

/// A uniform that is written when it differs from what the device has.
pub(crate) struct Told<T> {
    buffer: wgpu::Buffer,
    written: Option<Vec<u8>>,
    of: PhantomData<T>,
}

impl<T: Pod> Told<T> {
    /// One that nothing has been written to yet.
    pub(crate) fn new(device: &wgpu::Device, label: &str) -> Self {
        let size = size_of::<T>() as u64;
        Self {
            buffer: buffer(device, label, size, wgpu::BufferUsages::UNIFORM),
            written: None,
            of: PhantomData,
        }
    }

    /// Brings `value` onto the device; true when it differs from what was there.
    pub(crate) fn tell(&mut self, queue: &wgpu::Queue, value: &T) -> bool {
        let bytes = bytemuck::bytes_of(value);
        if self.written.as_deref() == Some(bytes) {
            return false;
        }
        queue.write_buffer(&self.buffer, 0, bytes);
        let written = self.written.get_or_insert_default();
        written.clear();
        written.extend_from_slice(bytes);
        true
    }

    pub(crate) fn buffer(&self) -> &wgpu::Buffer {
        &self.buffer
    }
}

/// How something that is drawn meets the city.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Way {
    /// What the city hides, weakly.
    Hidden,
    /// What the city does not hide.
    Front,
    /// Everything, equally strong.
    Over,
}

impl Way {
    pub(crate) fn depth(self) -> Depth {
        match self {
            Self::Hidden => Depth::Behind,
            Self::Front => Depth::InFront,
            Self::Over => Depth::Ignored,
        }
    }

    /// The ways in which lines and what stands up are drawn, in drawing order.
    pub(crate) fn all_of(stand: Stand) -> &'static [Self] {
        match stand {
            Stand::On => &[Self::Hidden, Self::Front],
            Stand::Above | Stand::Through => &[Self::Over],
        }
    }

    /// The way in which what fills the ground is drawn: what a building hides of it is not drawn at all, or else the building
    /// would look painted.
    pub(crate) fn of_fill(stand: Stand) -> Self {
        match stand {
            Stand::On => Self::Front,
            Stand::Above | Stand::Through => Self::Over,
        }
    }
}

/// What decides the colour of an instance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tint {
    /// Its class.
    #[default]
    State,
    /// Its value, on a ramp.
    Value,
}

/// Instances of a layer that their class or their value colours, and how they are drawn.
///
/// Their group: binding 0: the uniform; binding 1: ramps; binding 2: their sampler.
pub(crate) struct Tinted<U> {
    /// The instances.
    pub(crate) rows: Kept,
    uniform: Told<U>,
    group: wgpu::BindGroup,
    /// `None` until they have a look.
    manner: Option<(Tint, Stand)>,
}

impl<U: Pod> Tinted<U> {
    /// The layout of the group.
    pub(crate) fn layout(device: &wgpu::Device, label: &str) -> wgpu::BindGroupLayout {
        device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some(label),
            entries: &[
                uniform_entry(0, size_of::<U>(), Offset::Fixed),
                texture_entry(1, true),
                sampler_entry(2),
            ],
        })
    }

    /// None yet; `layout` is a [`Self::layout`].
    pub(crate) fn new(
        device: &wgpu::Device,
        label: &'static str,
        layout: &wgpu::BindGroupLayout,
        ramps: &Ramps,
    ) -> Self {
        let uniform = Told::new(device, label);
        Self {
            rows: Kept::new(device, label, wgpu::BufferUsages::VERTEX),
            group: group(
                device,
                label,
                layout,
                &[
                    uniform.buffer().as_entire_binding(),
                    wgpu::BindingResource::TextureView(ramps.view()),
                    wgpu::BindingResource::Sampler(ramps.sampler()),
                ],
            ),
            uniform,
            manner: None,
        }
    }

    /// Says how they look.
    pub(crate) fn look(&mut self, queue: &wgpu::Queue, uniform: &U, manner: (Tint, Stand)) {
        self.uniform.tell(queue, uniform);
        self.manner = Some(manner);
    }

    /// What colours them, and how they meet the city; `None` until they have a look.
    pub(crate) fn manner(&self) -> Option<(Tint, Stand)> {
        self.manner
    }

    /// Draws the first `count` of them, of so many vertices each.
    pub(crate) fn draw<'a>(
        &self,
        pass: &mut wgpu::RenderPass<'_>,
        view: &wgpu::BindGroup,
        (vertices, count): (u32, u32),
        pipeline_of: impl Fn(Tint, Way) -> Option<&'a wgpu::RenderPipeline>,
    ) {
        let (Some((tint, stand)), true) = (self.manner, count > 0) else {
            return;
        };
        pass.set_bind_group(0, view, &[]);
        pass.set_bind_group(1, &self.group, &[]);
        pass.set_vertex_buffer(0, self.rows.buffer().slice(..));
        for way in Way::all_of(stand) {
            if let Some(pipeline) = pipeline_of(tint, *way) {
                pass.set_pipeline(pipeline);
                pass.draw(0..vertices, 0..count);
            }
        }
    }
}

/// Pipelines of a pass for one format of picture; each is made when first needed.
pub(crate) struct Pipelines<K> {
    format: Option<wgpu::TextureFormat>,
    made: BTreeMap<K, wgpu::RenderPipeline>,
}

impl<K> Default for Pipelines<K> {
    fn default() -> Self {
        Self {
            format: None,
            made: BTreeMap::new(),
        }
    }
}

impl<K: Ord + Copy> Pipelines<K> {
    /// Forgets those that were made for another format.
    pub(crate) fn aim(&mut self, format: wgpu::TextureFormat) {
        if self.format != Some(format) {
            self.made.clear();
            self.format = Some(format);
        }
    }

    /// Makes the pipeline for `key` if there is none yet.
    pub(crate) fn need(&mut self, key: K, make: impl FnOnce(K) -> wgpu::RenderPipeline) {
        self.made.entry(key).or_insert_with(|| make(key));
    }

    pub(crate) fn get(&self, key: K) -> Option<&wgpu::RenderPipeline> {
        self.made.get(&key)
    }
}

/// What differs between the pipelines of the live layers: all blend, and none writes depth, because the city's depth is kept
/// from frame to frame.
pub(crate) struct Blended<'a> {
    pub(crate) label: &'a str,
    pub(crate) layouts: [&'a wgpu::BindGroupLayout; 2],
    pub(crate) shader: &'a wgpu::ShaderModule,
    pub(crate) entries: [&'a str; 2],
    pub(crate) buffers: &'a [wgpu::VertexBufferLayout<'a>],
    pub(crate) topology: wgpu::PrimitiveTopology,
    pub(crate) way: Way,
    pub(crate) cull: Option<wgpu::Face>,
    pub(crate) format: wgpu::TextureFormat,
}

impl Blended<'_> {
    pub(crate) fn make(&self, device: &wgpu::Device) -> wgpu::RenderPipeline {
        let [vertex, fragment] = self.entries;
        special_pipeline(
            device,
            &Recipe {
                label: self.label,
                layouts: &self.layouts,
                shader: self.shader,
                vertex,
                fragment: Some(fragment),
                buffers: self.buffers,
                topology: self.topology,
                depth: self.way.depth(),
                format: self.format,
                blend: Some(wgpu::BlendState::ALPHA_BLENDING),
                samples: 1,
            },
            &Special {
                cull: self.cull,
                ..Special::default()
            },
        )
    }
}

/// Layout entry of a storage buffer that the vertex stage reads.
pub(crate) fn rows_entry(binding: u32) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::VERTEX,
        ty: wgpu::BindingType::Buffer {
            ty: wgpu::BufferBindingType::Storage { read_only: true },
            has_dynamic_offset: false,
            min_binding_size: None,
        },
        count: None,
    }
}

/// A bind group whose entries are numbered from 0.
pub(crate) fn group(
    device: &wgpu::Device,
    label: &str,
    layout: &wgpu::BindGroupLayout,
    resources: &[wgpu::BindingResource<'_>],
) -> wgpu::BindGroup {
    let entries: Vec<wgpu::BindGroupEntry<'_>> = (0..)
        .zip(resources)
        .map(|(binding, resource)| wgpu::BindGroupEntry {
            binding,
            resource: resource.clone(),
        })
        .collect();
    device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some(label),
        layout,
        entries: &entries,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_that_is_far_too_large_is_given_back_and_a_little_is_kept() {
        assert!(suits(16, 0) && suits(4 << 20, 12));
        assert!(!suits(64, 65), "too small");
        assert!(suits(128 << 20, 65 << 20), "as large as it is made");
        assert!(!suits(128 << 20, 12) && !suits(128 << 20, 20 << 20));
    }

    #[test]
    fn what_stands_on_the_ground_is_drawn_weakly_where_the_city_hides_it() {
        assert_eq!(Way::all_of(Stand::On), [Way::Hidden, Way::Front]);
        assert_eq!(Way::Hidden.depth(), Depth::Behind);
        assert_eq!(Way::Front.depth(), Depth::InFront);
    }

    #[test]
    fn what_is_above_and_what_is_seen_through_is_drawn_once_and_without_the_citys_depth() {
        for stand in [Stand::Above, Stand::Through] {
            assert_eq!(Way::all_of(stand), [Way::Over]);
            assert_eq!(Way::of_fill(stand).depth(), Depth::Ignored);
        }
    }

    #[test]
    fn a_fill_is_not_painted_onto_the_building_before_it() {
        assert_eq!(Way::of_fill(Stand::On), Way::Front);
    }
}
