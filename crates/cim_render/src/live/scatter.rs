//! Puts changed states and legs where they belong on the device: one small compute pass for all layers of a frame.

use super::upload::{Device, Grown, LayerBuffers, whole};
use crate::device::shader;
use bytemuck::Pod;
use cim_layers::ScatterHead;

/// Workgroups that one dimension of a dispatch may have on every device.
const MOST_GROUPS: u32 = 65_535;

/// What one scatter reads.
pub(crate) struct ScatterInput {
    heads: Grown,
    offsets: Grown,
    payload: Grown,
    /// Made when it is first needed, and anew when a buffer is.
    pub(crate) group: Option<wgpu::BindGroup>,
    /// Workgroups across and down that wait to be run.
    groups: [u32; 2],
}

impl ScatterInput {
    pub(crate) fn new(device: &wgpu::Device, label: &'static str) -> Self {
        let usage = wgpu::BufferUsages::STORAGE;
        Self {
            heads: Grown::new(device, label, usage),
            offsets: Grown::new(device, label, usage),
            payload: Grown::new(device, label, usage),
            group: None,
            groups: [0, 0],
        }
    }

    /// Takes over what changed. Heads without changes are added until the workgroups form a rectangle. What waited is
    /// overwritten: run it before.
    pub(crate) fn put<T: Pod>(
        &mut self,
        on: Device<'_>,
        heads: &mut Vec<ScatterHead>,
        offsets: &[u8],
        payload: &[T],
    ) -> u64 {
        self.groups = [0, 0];
        if heads.is_empty() {
            return 0;
        }
        self.groups = rectangle(heads.len() as u32);
        let [across, down] = self.groups;
        heads.resize(across as usize * down as usize, ScatterHead::default());
        let written = [
            self.heads.put(on, heads),
            self.offsets.put(on, offsets),
            self.payload.put(on, payload),
        ];
        if written.iter().any(|(is_new, _)| *is_new) {
            self.group = None;
        }
        written.iter().map(|(_, bytes)| bytes).sum()
    }

    pub(crate) fn is_waiting(&self) -> bool {
        self.groups[0] > 0
    }

    /// Drops what waits: all columns were written anew.
    pub(crate) fn forget(&mut self) {
        self.groups = [0, 0];
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.heads.bytes() + self.offsets.bytes() + self.payload.bytes()
    }

    fn bind(
        &mut self,
        device: &wgpu::Device,
        layout: &wgpu::BindGroupLayout,
        column: &wgpu::Buffer,
    ) {
        if self.group.is_some() {
            return;
        }
        self.group = Some(device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("scatter"),
            layout,
            entries: &[
                whole(0, &self.heads.buffer),
                whole(1, &self.offsets.buffer),
                whole(2, &self.payload.buffer),
                whole(3, column),
            ],
        }));
    }

    fn run(&mut self, pass: &mut wgpu::ComputePass<'_>, pipeline: &wgpu::ComputePipeline) {
        let [across, down] = std::mem::take(&mut self.groups);
        if let (Some(group), 1..) = (&self.group, across) {
            pass.set_pipeline(pipeline);
            pass.set_bind_group(0, group, &[]);
            pass.dispatch_workgroups(across, down, 1);
        }
    }
}

/// The compute pipelines.
pub(crate) struct ScatterPass {
    layout: wgpu::BindGroupLayout,
    states: wgpu::ComputePipeline,
    legs: wgpu::ComputePipeline,
}

impl ScatterPass {
    pub(crate) fn new(device: &wgpu::Device) -> Self {
        let module = shader(
            device,
            "scatter",
            include_str!("../../../../shaders/scatter.wgsl"),
        );
        let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("scatter"),
            entries: &[
                entry(0, Access::Read),
                entry(1, Access::Read),
                entry(2, Access::Read),
                entry(3, Access::Write),
            ],
        });
        let pipelines = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some("scatter"),
            bind_group_layouts: &[Some(&layout)],
            immediate_size: 0,
        });
        let make = |name| {
            device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: Some(name),
                layout: Some(&pipelines),
                module: &module,
                entry_point: Some(name),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                cache: None,
            })
        };
        Self {
            states: make("scatter_states"),
            legs: make("scatter_legs"),
            layout,
        }
    }

    /// Records what waits in these layers.
    pub(crate) fn encode<'a>(
        &self,
        device: &wgpu::Device,
        encoder: &mut wgpu::CommandEncoder,
        layers: impl Iterator<Item = &'a mut LayerBuffers>,
    ) {
        let mut waiting = layers.filter(|layer| layer.is_waiting()).peekable();
        if waiting.peek().is_none() {
            return;
        }
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
            label: Some("scatter"),
            timestamp_writes: None,
        });
        for layer in waiting {
            let [states, legs] = layer.columns().map(wgpu::Buffer::clone);
            if layer.new_states.is_waiting() {
                layer.new_states.bind(device, &self.layout, &states);
                layer.new_states.run(&mut pass, &self.states);
            }
            if layer.is_moving && layer.new_legs.is_waiting() {
                layer.new_legs.bind(device, &self.layout, &legs);
                layer.new_legs.run(&mut pass, &self.legs);
            }
            layer.new_legs.forget();
        }
    }
}

/// What a shader does with a buffer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    Read,
    Write,
}

fn entry(binding: u32, access: Access) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::COMPUTE,
        ty: wgpu::BindingType::Buffer {
            ty: wgpu::BufferBindingType::Storage {
                read_only: access == Access::Read,
            },
            has_dynamic_offset: false,
            min_binding_size: None,
        },
        count: None,
    }
}

/// Workgroups across and down that are at least so many, and less than a row too many.
pub(crate) fn rectangle(heads: u32) -> [u32; 2] {
    let down = heads.div_ceil(MOST_GROUPS).max(1);
    [heads.div_ceil(down), down]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workgroups_cover_every_head_within_the_limit() {
        for heads in [1, 255, 65_535, 65_536, 65_537, 1 << 20] {
            let [across, down] = rectangle(heads);
            assert!(across <= MOST_GROUPS && down <= MOST_GROUPS);
            assert!(across * down >= heads, "{heads} heads");
            assert!(across * down - heads < down, "{heads} heads");
        }
    }

    /// Replays what `shaders/scatter.wgsl` does with the lists of an upload.
    #[test]
    fn the_lists_lead_every_change_to_its_slot() {
        let heads = [
            ScatterHead {
                page: 0,
                first: 0,
                count: 2,
                pad: 0,
            },
            ScatterHead {
                page: 3,
                first: 2,
                count: 3,
                pad: 0,
            },
        ];
        let offsets: [u8; 8] = [1, 255, 0, 7, 200, 0, 0, 0];
        let words: Vec<u32> = offsets
            .chunks_exact(4)
            .map(|four| u32::from_le_bytes([four[0], four[1], four[2], four[3]]))
            .collect();
        let mut slots = Vec::new();
        for head in heads {
            for row in head.first..head.first + head.count {
                let offset = (words[(row >> 2) as usize] >> ((row & 3) * 8)) & 0xff;
                slots.push(head.page * cim_layers::points::PAGE + offset);
            }
        }
        assert_eq!(slots, [1, 255, 768, 775, 968]);
    }
}
