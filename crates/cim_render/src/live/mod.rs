//! The live layers on the device: buffers that persist, and one draw per layer and part.
//!
//! | file | what |
//! |---|---|
//! | `upload` | a layer's buffers, and what is written into them |
//! | `scatter` | puts changes where they belong (`shaders/scatter.wgsl`) |
//! | `points` | symbols, and dots one by one (`shaders/points.wgsl`) |
//! | `dots` | dots, all at once (`shaders/dots.wgsl`) |
//! | `clusters` | counts of what stands close together (`shaders/clusters.wgsl`) |
//! | `layer` | what the shaders of these three share (`shaders/layer.wgsl`) |
//! | `wedges` | what cameras see (`shaders/wedges.wgsl`) |
//! | `heat`, `trails`, `flow`, `areas`, `bars`, `surface` | what is no point (shaders of the same names) |
//! | `ramps`, `keep` | colour ramps; buffers and pipelines that these share |
//! | `need` | what a layer would take on the device, before anything of it goes there |
//! | `passes` | all of them, and in which order they draw |
//! | `carry`, `paint` | from the scene's layers to the device: what is written in a frame, and how it looks |
//!
//! [`LivePass`] holds no truth of its own: after a lost device it is made anew and the sets are written whole.

pub(crate) mod areas;
pub(crate) mod bars;
pub(crate) mod carry;
pub(crate) mod clusters;
pub(crate) mod dots;
pub(crate) mod flow;
pub(crate) mod heat;
pub(crate) mod keep;
pub(crate) mod layer;
mod need;
pub(crate) mod outline;
mod paint;
pub(crate) mod passes;
pub(crate) mod points;
pub(crate) mod ramps;
mod scatter;
pub(crate) mod surface;
pub(crate) mod trails;
pub(crate) mod upload;
pub(crate) mod wedges;

use crate::{
    device::{Offset, buffer, sampler_entry, texture_entry, uniform_entry},
    lettering::MARK_SLOTS,
};
use cim_layers::{Dirt, PointSet, Upload, look::Seen};
use cim_scene::NumberManner;
use clusters::{ClustersPass, CountGlyphs};
use dots::{DotsBy, DotsPass};
use keep::rows_entry;
use points::{LiveStyle, PointLook, PointsPass};
use scatter::ScatterPass;
use std::collections::BTreeMap;
use upload::{Device, LayerBuffers, LookUniform, UploadCount, whole};
use wedges::{Wedge, WedgesPass};

/// What of a layer is drawn, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// What the city hides, weak.
    Behind,
    /// What is normal.
    Quiet,
    /// Clusters, then what is not normal, then what is selected.
    Loud,
}

/// What is bound: the view, a layer's own buffers, what all layers share.
pub(crate) struct Layouts {
    pub(crate) view: wgpu::BindGroupLayout,
    pub(crate) layer: wgpu::BindGroupLayout,
    pub(crate) shared: wgpu::BindGroupLayout,
}

/// Textures that the live layers read and others own.
#[derive(Clone, Copy)]
pub(crate) struct LiveTextures<'a> {
    /// Distances to the outlines of glyphs.
    pub(crate) glyphs: &'a wgpu::TextureView,
    pub(crate) glyph_sampler: &'a wgpu::Sampler,
    /// Colour ramps, one per row, 256 texels each; read as linear light.
    pub(crate) ramps: &'a wgpu::TextureView,
}

/// Points, clusters and wedges of all layers on one device.
pub(crate) struct LivePass {
    layouts: Layouts,
    shared: wgpu::BindGroup,
    style_buffer: wgpu::Buffer,
    count_buffer: wgpu::Buffer,
    written: Option<(LiveStyle, CountGlyphs)>,
    numbers: NumberManner,
    points: PointsPass,
    dots: DotsPass,
    clusters: ClustersPass,
    wedges: WedgesPass,
    scatter: ScatterPass,
    layers: BTreeMap<u32, LayerBuffers>,
    upload: Upload,
    uploaded: UploadCount,
}

impl LivePass {
    pub(crate) fn new(
        device: &wgpu::Device,
        view: &wgpu::BindGroupLayout,
        textures: LiveTextures<'_>,
    ) -> Self {
        let layouts = Layouts {
            view: view.clone(),
            layer: layer_layout(device),
            shared: shared_layout(device),
        };
        let uniform = wgpu::BufferUsages::UNIFORM;
        let style_buffer = buffer(device, "live style", size_of::<LiveStyle>() as u64, uniform);
        let count_buffer = buffer(device, "counts", size_of::<CountGlyphs>() as u64, uniform);
        let shared = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("live"),
            layout: &layouts.shared,
            entries: &[
                whole(0, &style_buffer),
                wgpu::BindGroupEntry {
                    binding: 1,
                    resource: wgpu::BindingResource::TextureView(textures.glyphs),
                },
                wgpu::BindGroupEntry {
                    binding: 2,
                    resource: wgpu::BindingResource::Sampler(textures.glyph_sampler),
                },
                wgpu::BindGroupEntry {
                    binding: 3,
                    resource: wgpu::BindingResource::TextureView(textures.ramps),
                },
                whole(4, &count_buffer),
            ],
        });
        Self {
            layouts,
            shared,
            dots: DotsPass::new(device, &style_buffer, textures.ramps),
            style_buffer,
            count_buffer,
            written: None,
            numbers: NumberManner::default(),
            points: PointsPass::new(device),
            clusters: ClustersPass::new(device),
            wedges: WedgesPass::new(device),
            scatter: ScatterPass::new(device),
            layers: BTreeMap::new(),
            upload: Upload::default(),
            uploaded: UploadCount::default(),
        }
    }

    /// Takes over where marks and digits lie in the glyph texture. Call it before [`write_seen`](Self::write_seen), which
    /// sets the counts of clusters.
    pub(crate) fn write_style(
        &mut self,
        queue: &wgpu::Queue,
        marks: &[[f32; 4]; MARK_SLOTS],
        counts: &CountGlyphs,
    ) {
        let wanted = (LiveStyle::new(marks), *counts);
        if self.written == Some(wanted) {
            return;
        }
        queue.write_buffer(&self.style_buffer, 0, bytemuck::bytes_of(&wanted.0));
        queue.write_buffer(&self.count_buffer, 0, bytemuck::bytes_of(&wanted.1));
        self.uploaded.looks += (size_of::<LiveStyle>() + size_of::<CountGlyphs>()) as u64;
        self.written = Some(wanted);
    }

    /// How counts are shortened from now on; true when that is new, and what is seen has to be written again.
    pub(crate) fn set_numbers(&mut self, numbers: NumberManner) -> bool {
        std::mem::replace(&mut self.numbers, numbers) != numbers
    }

    /// Brings a set onto the device: all of it when its slots are in a new order, else what changed. Changes reach the columns
    /// with the next [`encode`](Self::encode), whose commands have to be submitted before this is called again.
    pub(crate) fn write_set(
        &mut self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        id: u32,
        set: &mut PointSet,
    ) {
        let on = Device { device, queue };
        let dirt = set.take_upload(&mut self.upload);
        let layer = self
            .layers
            .entry(id)
            .or_insert_with(|| LayerBuffers::new(on));
        if dirt == Dirt::All || layer.is_foreign(set, device) {
            self.uploaded.full += layer.fill(on, set);
            return;
        }
        if dirt == Dirt::Clean {
            return;
        }
        if layer.is_waiting() {
            // A frame was left out: its changes go first, or they would be overwritten.
            let mut encoder =
                device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
            let late = std::iter::once(&mut *layer);
            self.scatter.encode(device, &mut encoder, late);
            queue.submit([encoder.finish()]);
        }
        self.uploaded.changes += layer.change(on, &mut self.upload);
    }

    /// Writes what of a layer is in the picture; call it when that is something else. A layer whose set was never written is
    /// left out.
    pub(crate) fn write_seen(
        &mut self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        id: u32,
        (set, seen): (&PointSet, &Seen),
    ) {
        let on = Device { device, queue };
        let Some(layer) = self.layers.get_mut(&id) else {
            return;
        };
        let glyphs = self.written.map(|(_, counts)| counts).unwrap_or_default();
        self.uploaded.seen += layer.put_points(on, set, &seen.points);
        self.uploaded.seen += clusters::write(on, layer, &seen.clusters, (&glyphs, self.numbers));
    }

    /// Takes over how a layer looks; cheap when nothing is new. Call it after [`write_seen`](Self::write_seen).
    pub(crate) fn write_look(&mut self, queue: &wgpu::Queue, id: u32, look: PointLook) {
        if let Some(layer) = self.layers.get_mut(&id) {
            self.uploaded.looks += layer.put_look(queue, look);
        }
    }

    /// Writes the colours that a layer's tints stand for, sRGB: tint 1 is the second of them.
    pub(crate) fn write_palette(&mut self, queue: &wgpu::Queue, id: u32, colours: &[[u8; 3]]) {
        if let Some(layer) = self.layers.get_mut(&id) {
            self.uploaded.looks += layer.put_palette(queue, colours);
        }
    }

    /// Writes what the cameras see; call it when that is something else.
    pub(crate) fn write_wedges(
        &mut self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        wedges: &[Wedge],
    ) {
        self.uploaded.seen += self.wedges.write(Device { device, queue }, wedges);
    }

    /// Gives back what a layer takes.
    pub(crate) fn drop_layer(&mut self, id: u32) {
        self.layers.remove(&id);
    }

    /// Records what changed; call it before the pass that draws begins.
    pub(crate) fn encode(&mut self, device: &wgpu::Device, encoder: &mut wgpu::CommandEncoder) {
        self.scatter
            .encode(device, encoder, self.layers.values_mut());
    }

    /// The picture was made anew, in another size.
    pub(crate) fn forget_picture(&mut self) {
        self.dots.forget_picture();
    }

    /// Records the splat of the dots of these layers; call it after [`encode`](Self::encode) and before
    /// [`prepare`](Self::prepare).
    pub(crate) fn splat(
        &mut self,
        device: &wgpu::Device,
        into: (wgpu::TextureFormat, DotsBy<'_>),
        encoder: &mut wgpu::CommandEncoder,
        ids: &[u32],
    ) {
        let layers = self.layers.iter_mut();
        let drawn = layers.filter_map(|(id, layer)| ids.contains(id).then_some(layer));
        self.dots.encode(device, into, encoder, drawn);
    }

    /// Makes what is missing to draw all layers into a picture of `format`.
    pub(crate) fn prepare(&mut self, device: &wgpu::Device, format: wgpu::TextureFormat) {
        let mut has_clusters = false;
        for layer in self.layers.values_mut() {
            layer.bind(device, &self.layouts.layer);
            if !layer.look.is_some_and(|look| self.dots.takes(&look)) {
                self.points.prepare(device, format, &self.layouts, layer);
            }
            has_clusters |= layer.cluster_count > 0;
        }
        if has_clusters {
            self.clusters.prepare(device, format, &self.layouts);
        }
        self.wedges.prepare(device, format, &self.layouts);
    }

    /// Draws the wedges of cameras; call it before the layers.
    pub(crate) fn draw_wedges(&self, pass: &mut wgpu::RenderPass<'_>, view: &wgpu::BindGroup) {
        self.wedges.draw(pass, view, &self.shared);
    }

    /// Draws the dots of all layers that were splatted; call it before what is quiet.
    pub(crate) fn draw_dots(&self, pass: &mut wgpu::RenderPass<'_>) {
        self.dots.draw(pass);
    }

    /// Draws a part of a layer, without dots that were splatted. All layers' hidden parts come first, then the quiet, then the loud.
    pub(crate) fn draw(
        &self,
        pass: &mut wgpu::RenderPass<'_>,
        view: &wgpu::BindGroup,
        id: u32,
        part: Part,
    ) {
        let Some(layer) = self.layers.get(&id) else {
            return;
        };
        let (Some(look), Some(group)) = (&layer.look, &layer.group) else {
            return;
        };
        if layer.points == 0 && layer.cluster_count == 0 {
            return;
        }
        pass.set_bind_group(0, view, &[]);
        pass.set_bind_group(1, group, &[]);
        pass.set_bind_group(2, &self.shared, &[]);
        if part == Part::Loud {
            self.clusters.draw(pass, layer);
        }
        if !self.dots.takes(look) {
            self.points.draw(pass, layer, look, part);
        }
    }

    /// What one layer takes on the device, bytes.
    pub(crate) fn layer_bytes(&self, id: u32) -> u64 {
        self.layers.get(&id).map_or(0, LayerBuffers::bytes)
    }

    /// What the wedges of all cameras take on the device, bytes.
    pub(crate) fn wedge_bytes(&self) -> u64 {
        self.wedges.bytes()
    }

    /// What is as large as the picture and belongs to no layer, bytes: the words of dots.
    pub(crate) fn picture_bytes(&self) -> u64 {
        self.dots.bytes()
    }

    /// What all layers take on the device, bytes, with what is as large as the picture.
    pub(crate) fn bytes(&self) -> u64 {
        let layers: u64 = self.layers.values().map(LayerBuffers::bytes).sum();
        let small = self.style_buffer.size() + self.count_buffer.size();
        layers + self.picture_bytes() + self.wedges.bytes() + small
    }

    /// What went to the device since the pass was made.
    pub(crate) fn uploaded(&self) -> UploadCount {
        self.uploaded
    }
}

fn layer_layout(device: &wgpu::Device) -> wgpu::BindGroupLayout {
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: Some("layer"),
        entries: &[
            uniform_entry(0, size_of::<LookUniform>(), Offset::Fixed),
            rows_entry(1),
            rows_entry(2),
            rows_entry(3),
            rows_entry(4),
        ],
    })
}

fn shared_layout(device: &wgpu::Device) -> wgpu::BindGroupLayout {
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: Some("live"),
        entries: &[
            uniform_entry(0, size_of::<LiveStyle>(), Offset::Fixed),
            texture_entry(1, true),
            sampler_entry(2),
            wgpu::BindGroupLayoutEntry {
                visibility: wgpu::ShaderStages::VERTEX,
                ..texture_entry(3, false)
            },
            uniform_entry(4, size_of::<CountGlyphs>(), Offset::Fixed),
        ],
    })
}
