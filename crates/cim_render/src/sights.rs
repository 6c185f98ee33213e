//! Paints what cameras see onto the city: views as light, live pictures, how an area is covered.
//!
//! Each is a hull whose far faces are drawn; the shader finds the city's surface at a pixel from the finished depth, and asks
//! how far the camera sees in that direction. So the city itself knows nothing of it. Light and sheet go into the city's own
//! picture and are drawn again with it; pictures go over its copy, so that a new frame costs no city.

mod decals;
mod hull;
pub(crate) mod pictures;
mod sheet;

use crate::{
    billboards::{BillboardsPass, Scale},
    device::{COLOUR, Depth, Recipe, Special, shader, special_pipeline},
    occlusion::depth_entry,
};
use bevy::math::DVec3;
use cim_scene::Sights;
use decals::{Decal, DecalKind, Decals};
use hull::Corner;
use pictures::{Pictures, texture};
use sheet::{Sheet, Sheets};

/// What is painted, and its pipelines.
pub(crate) struct SightsPass {
    module: wgpu::ShaderModule,
    view_layout: wgpu::BindGroupLayout,
    city_layout: wgpu::BindGroupLayout,
    /// The city's depth; made anew with its targets.
    city_group: Option<wgpu::BindGroup>,
    sampler: wgpu::Sampler,
    /// Stands in for a picture where light is painted.
    blank: wgpu::TextureView,
    decals: Decals,
    sheets: Sheets,
    pictures: Pictures,
    boards: BillboardsPass,
    lights: Vec<Decal>,
    drapes: Vec<Decal>,
    sheet: Option<Sheet>,
    light_pipeline: Option<wgpu::RenderPipeline>,
    sheet_pipeline: Option<wgpu::RenderPipeline>,
    picture_pipeline: Option<(wgpu::TextureFormat, wgpu::RenderPipeline)>,
    /// Which state of the scene is on the device: of its paint, and of everything but pixels.
    painted: Option<u64>,
    written: Option<u64>,
    uploaded: u64,
}

impl SightsPass {
    pub(crate) fn new(device: &wgpu::Device, view: &wgpu::BindGroupLayout) -> Self {
        let blank = texture(
            device,
            "no picture",
            [1, 1],
            wgpu::TextureFormat::Rgba8UnormSrgb,
        );
        Self {
            module: shader(
                device,
                "sights",
                include_str!("../../../shaders/sights.wgsl"),
            ),
            view_layout: view.clone(),
            city_layout: device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
                label: Some("city depth"),
                entries: &[depth_entry(0)],
            }),
            city_group: None,
            sampler: device.create_sampler(&wgpu::SamplerDescriptor {
                label: Some("live pictures"),
                mag_filter: wgpu::FilterMode::Linear,
                min_filter: wgpu::FilterMode::Linear,
                ..wgpu::SamplerDescriptor::default()
            }),
            blank: blank.create_view(&wgpu::TextureViewDescriptor::default()),
            decals: Decals::new(device),
            sheets: Sheets::new(device),
            pictures: Pictures::default(),
            boards: BillboardsPass::new(device, view),
            lights: Vec::new(),
            drapes: Vec::new(),
            sheet: None,
            light_pipeline: None,
            sheet_pipeline: None,
            picture_pipeline: None,
            painted: None,
            written: None,
            uploaded: 0,
        }
    }

    /// The city's targets were made anew.
    pub(crate) fn forget_picture(&mut self) {
        self.city_group = None;
    }

    /// Brings what differs from what is there onto the device; `eye` is in metres east, north and up.
    pub(crate) fn write(
        &mut self,
        on: (&wgpu::Device, &wgpu::Queue),
        sights: &Sights,
        (eye, scale): (DVec3, Scale),
    ) {
        if self.painted.replace(sights.paint_revision) != Some(sights.paint_revision) {
            self.write_paint(on, sights);
        }
        let is_remade = self.pictures.write(on, &sights.pictures);
        if is_remade {
            self.boards.forget_groups();
        }
        let is_written = self.written.replace(sights.revision) == Some(sights.revision);
        if is_remade || !is_written {
            self.write_drapes(on, sights);
        }
        let shown = (sights.pictures.as_slice(), &self.pictures, &self.sampler);
        self.boards.write(on, shown, (eye, scale));
    }

    fn write_paint(&mut self, on: (&wgpu::Device, &wgpu::Queue), sights: &Sights) {
        let before = std::mem::take(&mut self.lights);
        for light in &sights.lights {
            let decal = self.decals.make(
                on,
                (&light.pose, &light.depth),
                DecalKind::Light {
                    is_selected: light.is_selected,
                },
                (&self.blank, &self.sampler),
                &before,
            );
            self.uploaded += decal.uploaded;
            self.lights.push(decal);
        }
        let before = self.sheet.take();
        self.sheet = sights.sheet.as_ref().and_then(|placed| {
            let made = self.sheets.make(on, placed, before)?;
            self.uploaded += made.uploaded;
            Some(made)
        });
    }

    fn write_drapes(&mut self, on: (&wgpu::Device, &wgpu::Queue), sights: &Sights) {
        let before = std::mem::take(&mut self.drapes);
        for picture in &sights.pictures {
            let (Some(drape), Some((texture, _))) =
                (&picture.drape, self.pictures.get(picture.view))
            else {
                continue;
            };
            let decal = self.decals.make(
                on,
                (&picture.pose, &drape.depth),
                DecalKind::Picture {
                    opacity: drape.opacity,
                },
                (texture, &self.sampler),
                &before,
            );
            self.uploaded += decal.uploaded;
            self.drapes.push(decal);
        }
    }

    /// True when something is to be painted onto the city itself.
    pub(crate) fn has_paint(&self) -> bool {
        !self.lights.is_empty() || self.sheet.is_some()
    }

    /// True when a live picture lies on the city.
    pub(crate) fn has_drapes(&self) -> bool {
        !self.drapes.is_empty()
    }

    /// Makes what is missing to paint onto a city of this depth.
    pub(crate) fn prepare_paint(&mut self, device: &wgpu::Device, depth: &wgpu::TextureView) {
        self.prepare_city(device, depth);
        if self.light_pipeline.is_none() && !self.lights.is_empty() {
            let layout = self.decals.layout();
            self.light_pipeline = Some(self.make(device, "light_fragment", layout, COLOUR));
        }
        if self.sheet_pipeline.is_none() && self.sheet.is_some() {
            let layout = self.sheets.layout();
            self.sheet_pipeline = Some(self.make(device, "sheet_fragment", layout, COLOUR));
        }
    }

    /// Makes what is missing for live pictures in a picture of `format`, over a city of this depth.
    pub(crate) fn prepare(
        &mut self,
        device: &wgpu::Device,
        format: wgpu::TextureFormat,
        depth: &wgpu::TextureView,
    ) {
        self.boards.prepare(device, format);
        if self.drapes.is_empty() {
            return;
        }
        self.prepare_city(device, depth);
        let is_made = self
            .picture_pipeline
            .as_ref()
            .is_some_and(|(made_for, _)| *made_for == format);
        if !is_made {
            let layout = self.decals.layout();
            let made = self.make(device, "picture_fragment", layout, format);
            self.picture_pipeline = Some((format, made));
        }
    }

    fn prepare_city(&mut self, device: &wgpu::Device, depth: &wgpu::TextureView) {
        let layout = &self.city_layout;
        self.city_group.get_or_insert_with(|| {
            device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some("city depth"),
                layout,
                entries: &[wgpu::BindGroupEntry {
                    binding: 0,
                    resource: wgpu::BindingResource::TextureView(depth),
                }],
            })
        });
    }

    fn make(
        &self,
        device: &wgpu::Device,
        fragment: &str,
        layout: &wgpu::BindGroupLayout,
        format: wgpu::TextureFormat,
    ) -> wgpu::RenderPipeline {
        let attributes = wgpu::vertex_attr_array![0 => Float32x4];
        special_pipeline(
            device,
            &Recipe {
                label: "sights",
                layouts: &[&self.view_layout, &self.city_layout, layout],
                shader: &self.module,
                vertex: "vertex",
                fragment: Some(fragment),
                buffers: &[wgpu::VertexBufferLayout {
                    array_stride: size_of::<Corner>() as u64,
                    step_mode: wgpu::VertexStepMode::Vertex,
                    attributes: &attributes,
                }],
                topology: wgpu::PrimitiveTopology::TriangleList,
                depth: Depth::Absent,
                format,
                blend: Some(wgpu::BlendState::ALPHA_BLENDING),
                samples: 1,
            },
            &Special {
                // The far faces cover what the hull covers, also when the eye is within it.
                cull: Some(wgpu::Face::Front),
                ..Special::default()
            },
        )
    }

    /// Paints the sheet, then lights, onto the city's own picture.
    pub(crate) fn draw_paint(&self, pass: &mut wgpu::RenderPass<'_>, view: &wgpu::BindGroup) {
        let Some(city) = &self.city_group else {
            return;
        };
        pass.set_bind_group(0, view, &[]);
        pass.set_bind_group(1, city, &[]);
        if let (Some(pipeline), Some(sheet)) = (&self.sheet_pipeline, &self.sheet) {
            pass.set_pipeline(pipeline);
            pass.set_bind_group(2, &sheet.group, &[]);
            pass.set_vertex_buffer(0, sheet.hull.slice(..));
            pass.draw(0..sheet.corners, 0..1);
        }
        if let Some(pipeline) = &self.light_pipeline {
            pass.set_pipeline(pipeline);
            draw_decals(pass, &self.lights);
        }
    }

    /// Lays live pictures onto the city.
    pub(crate) fn draw_drapes(&self, pass: &mut wgpu::RenderPass<'_>, view: &wgpu::BindGroup) {
        if let (Some(city), Some((_, pipeline))) = (&self.city_group, &self.picture_pipeline) {
            pass.set_bind_group(0, view, &[]);
            pass.set_bind_group(1, city, &[]);
            pass.set_pipeline(pipeline);
            draw_decals(pass, &self.drapes);
        }
    }

    /// Draws live pictures above their cameras; call it last.
    pub(crate) fn draw_boards(&self, pass: &mut wgpu::RenderPass<'_>, view: &wgpu::BindGroup) {
        self.boards.draw(pass, view);
    }

    /// What it takes on the device, bytes.
    pub(crate) fn bytes(&self) -> u64 {
        let decals = self.lights.iter().chain(&self.drapes);
        let sheet = self.sheet.as_ref().map_or(0, Sheet::bytes);
        self.pictures.bytes() + decals.map(Decal::bytes).sum::<u64>() + sheet
    }

    /// Bytes written since it was made.
    pub(crate) fn uploaded(&self) -> u64 {
        self.uploaded + self.pictures.uploaded()
    }
}

fn draw_decals(pass: &mut wgpu::RenderPass<'_>, decals: &[Decal]) {
    for decal in decals {
        pass.set_bind_group(2, &decal.group, &[]);
        pass.set_vertex_buffer(0, decal.hull.slice(..));
        pass.draw(0..decal.corners, 0..1);
    }
}
