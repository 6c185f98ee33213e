//! From the main world to the device: what a frame shows, and the uploads that it needs.

use crate::{
    city::{NONE, TileDraw, class_bit},
    device::{Care, TwinDevice},
    lettering::{LabelGlyphs, MARK_SLOTS},
    model::CityModel,
    palette::Palette,
    view::ViewUniform,
};
use bevy::{
    app::{App, Last, Plugin},
    ecs::prelude::{DetectChangesMut, Mut, Res, ResMut, Resource, World},
    math::DVec3,
    render::{
        ExtractSchedule, GpuResourceAppExt, MainWorld, RenderApp,
        renderer::{RenderDevice, RenderQueue},
    },
};
use cim_model::Layer;
use cim_scene::{
    City, Dirt, FrameStep, LayerSwitches, NeedsFrame, OrbitCamera, Picked, Selected, Symbols,
};
use cim_tiles::FeatureClass;
use std::ops::Range;

/// How long the camera has to rest before the city is drawn with several samples, seconds.
const REST_S: f64 = 0.25;
/// Bytes of tiles brought onto the device per frame; the rest waits for the next.
const MAX_UPLOAD_BYTES: usize = 24 << 20;

/// Carries frames over.
pub(crate) struct FramePlugin;

impl Plugin for FramePlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Rest>().add_systems(Last, watch_rest);
        if let Some(render) = app.get_sub_app_mut(RenderApp) {
            render
                .init_resource::<Frame>()
                .init_gpu_resource::<TwinDevice>()
                .add_systems(ExtractSchedule, carry_over);
        }
    }
}

/// How long the camera has been at rest, seconds.
#[derive(Resource, Default)]
pub(crate) struct Rest(f64);

impl Rest {
    /// True once the city may be drawn carefully.
    pub(crate) fn is_long(&self) -> bool {
        self.0 >= REST_S
    }
}

fn watch_rest(
    camera: Res<OrbitCamera>,
    model: Res<CityModel>,
    step: Res<FrameStep>,
    mut rest: ResMut<Rest>,
    mut needs: ResMut<NeedsFrame>,
) {
    if camera.moving() || !model.status().complete {
        rest.0 = 0.0;
    } else if !rest.is_long() {
        rest.0 += step.seconds;
        // The picture is not done before it has been drawn carefully.
        needs.ask();
    }
}

/// What the next frame shows.
#[derive(Resource, Default)]
pub(crate) struct Frame {
    pub(crate) shown: Option<Shown>,
}

/// A frame's content.
pub(crate) struct Shown {
    pub(crate) view: ViewUniform,
    pub(crate) tiles: Vec<TileDraw>,
    pub(crate) tiles_revision: u64,
    pub(crate) selected: Option<(u32, u32)>,
    pub(crate) classes: u32,
    pub(crate) marks: [[f32; 4]; MARK_SLOTS],
    pub(crate) scale: f32,
    pub(crate) care: Care,
    pub(crate) missing_uploads: u32,
}

fn carry_over(
    mut main: ResMut<MainWorld>,
    mut frame: ResMut<Frame>,
    twin: Option<ResMut<TwinDevice>>,
    device: Option<Res<RenderDevice>>,
    queue: Option<Res<RenderQueue>>,
) {
    let (Some(mut twin), Some(device), Some(queue)) = (twin, device, queue) else {
        return;
    };
    let (device, queue) = (device.wgpu_device(), &**queue.0);
    let main: &mut World = &mut main;
    frame.shown = describe(main);
    let Some(shown) = &mut frame.shown else {
        return;
    };
    carry_symbols(main, &mut twin, device, queue);
    carry_glyphs(main, &mut twin, device, queue);
    shown.missing_uploads = carry_tiles(main, &mut twin, device, queue);
}

fn describe(main: &World) -> Option<Shown> {
    let camera = main.get_resource::<OrbitCamera>()?;
    let city = main.get_resource::<City>()?;
    let model = main.get_resource::<CityModel>()?;
    let layers = main.get_resource::<LayerSwitches>()?;
    let glyphs = main.get_resource::<LabelGlyphs>()?;
    let viewport = camera.viewport();
    if viewport.width_px < 1.0 || viewport.height_px < 1.0 {
        return None;
    }
    let view = camera.view();
    let eye = view.eye();
    let selected = match main
        .get_resource::<Selected>()
        .and_then(|selected| selected.0.as_ref())
    {
        Some(Picked::Feature { id, .. }) => model.find(id),
        Some(Picked::Symbol(_)) | None => None,
    };
    let tiles = model
        .shown()
        .map(|(tile, mesh)| TileDraw {
            tile: tile.0,
            offset: (DVec3::from_array(mesh.centre_enu) - eye)
                .as_vec3()
                .to_array(),
            selected: selected
                .filter(|(of, _)| *of == tile.0)
                .map_or(NONE, |(_, feature)| feature),
        })
        .collect();
    let bit = |layer, bits: u32| if layers.is_shown(layer) { bits } else { 0 };
    Some(Shown {
        view: ViewUniform::new(&view, &viewport, city.radius_m(), &Palette::NIGHT),
        tiles,
        tiles_revision: model.revision(),
        selected,
        classes: bit(Layer::Buildings, class_bit(FeatureClass::Building))
            | bit(
                Layer::Roads,
                class_bit(FeatureClass::Road) | class_bit(FeatureClass::Rail),
            )
            | bit(Layer::Water, class_bit(FeatureClass::Water))
            | bit(Layer::Green, class_bit(FeatureClass::Green)),
        marks: glyphs.marks,
        scale: viewport.scale as f32,
        care: if main.get_resource::<Rest>().is_some_and(Rest::is_long) {
            Care::Fine
        } else {
            Care::Quick
        },
        missing_uploads: 0,
    })
}

fn carry_symbols(
    main: &mut World,
    twin: &mut TwinDevice,
    device: &wgpu::Device,
    queue: &wgpu::Queue,
) {
    let Some(mut symbols) = main.get_resource_mut::<Symbols>() else {
        return;
    };
    let symbols = symbols.bypass_change_detection();
    let mut ranges: Vec<Range<u32>> = Vec::new();
    let dirt = symbols.take_dirty(&mut ranges);
    if dirt == Dirt::All || !twin.symbols.is_filled {
        twin.symbols.fill(device, queue, symbols);
        return;
    }
    for rows in ranges {
        twin.symbols.write(queue, symbols, rows);
    }
}

fn carry_glyphs(
    main: &mut World,
    twin: &mut TwinDevice,
    device: &wgpu::Device,
    queue: &wgpu::Queue,
) {
    let size = main
        .get_resource::<OrbitCamera>()
        .map(OrbitCamera::viewport);
    let (Some(glyphs), Some(size)) = (main.get_resource::<LabelGlyphs>(), size) else {
        return;
    };
    twin.symbols
        .write_glyphs(queue, glyphs.atlas.pixels(), glyphs.atlas.revision());
    twin.labels.write(
        device,
        queue,
        &glyphs.quads,
        [size.width_px as u32, size.height_px as u32],
    );
}

/// Uploads tiles that are shown for the first time; returns how many have to wait for the next frame.
fn carry_tiles(
    main: &mut World,
    twin: &mut TwinDevice,
    device: &wgpu::Device,
    queue: &wgpu::Queue,
) -> u32 {
    let mut waiting = 0;
    main.resource_scope(|main, model: Mut<'_, CityModel>| {
        if std::mem::replace(&mut twin.tiles_era, model.era()) != model.era() {
            twin.city.keep(|_| false);
        }
        let mut room = MAX_UPLOAD_BYTES;
        for (tile, mesh) in model.shown() {
            if twin.city.has(tile.0) {
                continue;
            }
            if room == 0 {
                waiting += 1;
                continue;
            }
            room = room.saturating_sub(mesh.bytes);
            twin.city.upload(device, queue, tile.0, mesh);
        }
        twin.city.keep(|tile| model.holds(tile));
        if waiting > 0
            && let Some(mut needs) = main.get_resource_mut::<NeedsFrame>()
        {
            needs.ask();
        }
    });
    waiting
}
