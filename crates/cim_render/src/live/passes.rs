//! All passes of the live layers on one device, and in which order they draw.
//!
//! What lies on the ground comes first: fields, surfaces, areas. Then lines, then what stands, then symbols; what matters comes
//! last. Nothing here writes depth.

use super::{
    LivePass, LiveTextures, Part,
    areas::{self, AreasPass},
    bars::{self, BarsPass},
    dots::DotsBy,
    flow::{self, FlowPass},
    heat::{self, HeatPass},
    need::{Limits, points_need, wedges_need},
    ramps::Ramps,
    surface::{SurfacePass, contours_need, water_need},
    trails::{self, TrailsPass},
};
use crate::{figures::Uploaded, glyph_texture::GlyphTexture, lettering::LabelGlyphs};
use cim_layers::{
    layer::{LayerKind, Stand},
    room::{DeviceNeed, DeviceRoom},
};
use cim_model::PointKey;
use cim_scene::{LiveLayer, ShapeState};
use std::{collections::BTreeMap, mem::Discriminant};

/// A layer in the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DrawnLayer {
    /// Its number with the desk.
    pub(crate) id: u32,
    pub(crate) kind: LayerKind,
    pub(crate) stand: Stand,
}

/// What of a layer is on the device; `None` for what is not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Written {
    /// Which look at its points.
    pub(crate) look: Option<u64>,
    /// The palette of which plan.
    pub(crate) palette: Option<u64>,
    /// Which shape, of which kind, and which paints of it.
    pub(crate) shape: Option<u64>,
    pub(crate) kind: Option<Discriminant<ShapeState>>,
    pub(crate) paints: Option<u64>,
    /// What whose trails are drawn was found from: revisions of points, looks and plan.
    pub(crate) things: Option<[u64; 3]>,
}

/// Everything live on one device.
pub(crate) struct LivePasses {
    glyphs: GlyphTexture,
    pub(crate) ramps: Ramps,
    pub(crate) points: LivePass,
    pub(crate) heat: HeatPass,
    pub(crate) areas: AreasPass,
    pub(crate) surface: SurfacePass,
    pub(crate) flow: FlowPass,
    pub(crate) trails: TrailsPass,
    pub(crate) bars: BarsPass,
    /// What is drawn, the lowest first.
    pub(crate) order: Vec<DrawnLayer>,
    pub(crate) written: BTreeMap<u32, Written>,
    /// What areas and contours of which revision take: to reckon it means to walk over them.
    needs: BTreeMap<u32, (u64, DeviceNeed)>,
    /// Which wedges of cameras are here: revisions of wedges, looks and points.
    pub(crate) wedges: Option<[u64; 3]>,
    /// Seconds that the arrows of flows have run.
    pub(crate) arrows_s: f64,
}

impl LivePasses {
    pub(crate) fn new(
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        view: &wgpu::BindGroupLayout,
    ) -> Self {
        let glyphs = GlyphTexture::new(device);
        let ramps = Ramps::new(device, queue);
        let textures = LiveTextures {
            glyphs: glyphs.view(),
            glyph_sampler: glyphs.sampler(),
            ramps: ramps.view(),
        };
        Self {
            points: LivePass::new(device, view, textures),
            heat: HeatPass::new(device, view),
            areas: AreasPass::new(device, view),
            surface: SurfacePass::new(device, view),
            flow: FlowPass::new(device, view),
            trails: TrailsPass::new(device, view),
            bars: BarsPass::new(device, view),
            glyphs,
            ramps,
            order: Vec::new(),
            written: BTreeMap::new(),
            needs: BTreeMap::new(),
            wedges: None,
            arrows_s: 0.0,
        }
    }

    /// Brings marks and digits onto the device. Returns the bytes that went over.
    pub(crate) fn write_glyphs(&mut self, queue: &wgpu::Queue, glyphs: &LabelGlyphs) -> u64 {
        self.points
            .write_style(queue, &glyphs.marks, &glyphs.counts);
        self.glyphs.write(queue, &glyphs.atlas)
    }

    /// A layer is gone: gives back what it takes.
    pub(crate) fn drop_layer(&mut self, id: u32) {
        self.give_back(id);
        self.needs.remove(&id);
    }

    /// Gives back what a layer takes. It is written whole when it is drawn again.
    pub(crate) fn give_back(&mut self, id: u32) {
        self.points.drop_layer(id);
        self.drop_shape(id);
        self.trails.drop_layer(id);
        self.written.remove(&id);
    }

    /// Gives back what layers take that are not in the picture; true when there were any.
    pub(crate) fn give_back_all_but(&mut self, drawn: &[u16]) -> bool {
        let is_drawn = |id: u32| drawn.iter().any(|number| u32::from(*number) == id);
        let others: Vec<u32> = self
            .written
            .keys()
            .copied()
            .filter(|id| !is_drawn(*id))
            .collect();
        for id in &others {
            self.give_back(*id);
        }
        !others.is_empty()
    }

    /// The room for a layer beside the others, where all together may take `most_bytes`.
    pub(crate) fn room_for(&self, id: u32, most_bytes: u64) -> DeviceRoom {
        let mut own = self.points.layer_bytes(id) + self.shape_bytes(id);
        own += self.trails.layer_bytes(id);
        if id == u32::from(PointKey::CAMERAS) {
            own += self.points.wedge_bytes();
        }
        // What is as large as the picture comes and goes with dots: layers must not come and go with it.
        own += self.points.picture_bytes();
        DeviceRoom {
            most_bytes,
            others_bytes: self.bytes().saturating_sub(own),
        }
    }

    /// What a layer takes when all of it is here; `wedges` is how many cameras have one.
    pub(crate) fn need_of(
        &mut self,
        layer: &LiveLayer,
        wedges: usize,
        limits: Limits,
    ) -> DeviceNeed {
        let mut need = self.shape_need(layer, limits);
        if layer.draws_symbols() {
            need = need.and(points_need(&layer.set, limits));
            if layer.number == PointKey::CAMERAS {
                need = need.and(wedges_need(wedges, limits));
            }
        }
        match &layer.trails {
            Some(trails) => need.and(trails::need(trails, limits)),
            None => need,
        }
    }

    /// What the shape of a layer takes when it is here.
    pub(crate) fn shape_need(&mut self, layer: &LiveLayer, limits: Limits) -> DeviceNeed {
        match &layer.shape {
            ShapeState::Nothing | ShapeState::Trails => DeviceNeed::default(),
            ShapeState::Heat(heat) => heat::need(&heat.raster, limits),
            ShapeState::Water(water) => water_need(&water.mesh, limits),
            ShapeState::Flow(flow) => flow::need(flow.segments().len(), limits),
            ShapeState::Bars(bars) => bars::need(bars.bars().len() + bars.marks().len(), limits),
            ShapeState::Contours(contours) => {
                self.reckoned(layer, || contours_need(&contours.lines, limits))
            }
            ShapeState::Areas(areas) => self.reckoned(layer, || areas::need(&areas.shapes, limits)),
        }
    }

    fn reckoned(&mut self, layer: &LiveLayer, need: impl FnOnce() -> DeviceNeed) -> DeviceNeed {
        let (id, revision) = (u32::from(layer.number), layer.shape_revision());
        match self.needs.get(&id) {
            Some((known, need)) if *known == revision => *need,
            _ => {
                let need = need();
                self.needs.insert(id, (revision, need));
                need
            }
        }
    }

    /// What the shape of a layer takes on the device, bytes.
    pub(crate) fn shape_bytes(&self, id: u32) -> u64 {
        self.heat.layer_bytes(id)
            + self.areas.layer_bytes(id)
            + self.surface.layer_bytes(id)
            + self.flow.layer_bytes(id)
            + self.bars.layer_bytes(id)
    }

    /// Gives back what the points of a layer take.
    pub(crate) fn drop_points(&mut self, id: u32) {
        self.points.drop_layer(id);
        if let Some(written) = self.written.get_mut(&id) {
            written.look = None;
            written.palette = None;
        }
    }

    /// Gives back what the shape of a layer takes.
    pub(crate) fn drop_shape(&mut self, id: u32) {
        self.heat.drop_layer(id);
        self.areas.drop_layer(id);
        self.surface.drop_layer(id);
        self.flow.drop_layer(id);
        self.bars.drop_layer(id);
    }

    /// The picture was made anew, in another size.
    pub(crate) fn forget_picture(&mut self) {
        self.points.forget_picture();
    }

    /// Makes what is missing for a picture of `format`, and records what puts changes in place and splats dots: before the pass
    /// that draws, after the city's depth is there.
    pub(crate) fn prepare(
        &mut self,
        device: &wgpu::Device,
        (format, dots): (wgpu::TextureFormat, DotsBy<'_>),
        encoder: &mut wgpu::CommandEncoder,
    ) {
        self.points.encode(device, encoder);
        let drawn: Vec<u32> = self
            .of(&[LayerKind::Points])
            .map(|layer| layer.id)
            .collect();
        self.points.splat(device, (format, dots), encoder, &drawn);
        self.points.prepare(device, format);
        self.heat.prepare(device, format);
        self.surface.prepare(device, format);
        self.areas.prepare(device, format);
        self.flow.prepare(device, format);
        self.trails.prepare(device, format);
        self.trails.encode(encoder);
        self.bars.prepare(device, format);
    }

    /// Draws what lies on the ground: before the drawings of the desk.
    pub(crate) fn draw_ground(&self, pass: &mut wgpu::RenderPass<'_>, view: &wgpu::BindGroup) {
        for layer in self.of(&[LayerKind::Heat]) {
            self.heat.draw(pass, view, layer.id);
        }
        for layer in self.of(&[LayerKind::Surface, LayerKind::Contours]) {
            self.surface.draw(pass, view, layer.id);
        }
        for layer in self.of(&[LayerKind::Areas]) {
            self.areas.draw(pass, view, layer.id);
        }
    }

    /// Draws lines, what stands, and symbols: after the drawings of the desk, before names.
    pub(crate) fn draw_things(&self, pass: &mut wgpu::RenderPass<'_>, view: &wgpu::BindGroup) {
        for layer in self.of(&[LayerKind::Fences]) {
            self.areas.draw(pass, view, layer.id);
        }
        for layer in self.of(&[LayerKind::Flow]) {
            self.flow.draw(pass, view, layer.id);
        }
        // Points that leave a trail have theirs, too.
        for layer in self.of(&[LayerKind::Trails, LayerKind::Points]) {
            self.trails.draw(pass, view, layer.id);
        }
        self.points.draw_wedges(pass, view);
        self.draw_points(pass, view, Part::Behind);
        for layer in self.of(&[LayerKind::Columns, LayerKind::Rings]) {
            self.bars.draw(pass, view, layer.id);
        }
        self.points.draw_dots(pass);
        self.draw_points(pass, view, Part::Quiet);
        self.draw_points(pass, view, Part::Loud);
    }

    fn draw_points(&self, pass: &mut wgpu::RenderPass<'_>, view: &wgpu::BindGroup, part: Part) {
        let (above, others): (Vec<&DrawnLayer>, Vec<&DrawnLayer>) = self
            .of(&[LayerKind::Points])
            .partition(|layer| layer.stand == Stand::Above);
        for layer in others.into_iter().chain(above) {
            self.points.draw(pass, view, layer.id, part);
        }
    }

    /// The layers of some kinds, the lowest first.
    fn of<'a>(&'a self, kinds: &'a [LayerKind]) -> impl Iterator<Item = &'a DrawnLayer> {
        self.order
            .iter()
            .filter(|layer| kinds.contains(&layer.kind))
    }

    /// What everything live takes on the device, bytes.
    pub(crate) fn bytes(&self) -> u64 {
        GlyphTexture::bytes()
            + self.points.bytes()
            + self.heat.bytes()
            + self.areas.bytes()
            + self.surface.bytes()
            + self.flow.bytes()
            + self.trails.bytes()
            + self.bars.bytes()
    }

    /// Bytes that were written to this device, by reason.
    pub(crate) fn uploaded(&self) -> Uploaded {
        let points = self.points.uploaded();
        Uploaded {
            columns: points.full,
            changes: points.changes,
            seen: points.seen,
            looks: points.looks,
            shapes: self.heat.uploaded()
                + self.areas.uploaded()
                + self.surface.uploaded()
                + self.flow.uploaded()
                + self.trails.uploaded()
                + self.bars.uploaded(),
            ..Uploaded::default()
        }
    }
}
