//! From the main world to the device: what a frame shows, and the uploads that it needs.

use crate::{
    billboards::Scale,
    city::{CITIES, NONE, Plan, TileDraw, TileKey, class_bit},
    device::{Care, TwinDevice},
    figures::{DeviceBytes, Uploaded},
    lettering::LabelGlyphs,
    live::carry::carry_live,
    manner::{Manner, has_occlusion},
    model::CityModel,
    palette::Tones,
    recovery::{DeviceWatch, Undrawn},
    shadow::ShadowFit,
    view::{Scenery, ViewUniform, light_direction},
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
    City, CityLook, Clips, Compare, Drawings, FOV_Y_RAD, FeatureStyles, FrameBudget, FrameStep,
    LayerSwitches, NeedsFrame, OrbitCamera, Picked, Selected, Sights, Underground, View,
};
use cim_tiles::FeatureClass;

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
    pub(crate) tones: Tones,
    /// What the sun's picture covers; `None` without shadows.
    pub(crate) shadow: Option<ShadowFit>,
    pub(crate) plan: Plan,
    pub(crate) has_occlusion: bool,
    pub(crate) compare: Compare,
    pub(crate) tiles: Vec<TileDraw>,
    pub(crate) tiles_revision: u64,
    pub(crate) styles_revision: u64,
    pub(crate) clips_revision: u64,
    pub(crate) paint_revision: u64,
    pub(crate) selected: Option<(u32, u32)>,
    pub(crate) scale: f32,
    pub(crate) missing_uploads: u32,
}

fn carry_over(
    mut main: ResMut<MainWorld>,
    mut frame: ResMut<Frame>,
    twin: Option<ResMut<TwinDevice>>,
    undrawn: Res<Undrawn>,
    device: Option<Res<RenderDevice>>,
    queue: Option<Res<RenderQueue>>,
) {
    let (Some(mut twin), Some(device), Some(queue)) = (twin, device, queue) else {
        return;
    };
    let (device, queue) = (device.wgpu_device(), &**queue.0);
    let main: &mut World = &mut main;
    let is_usable = twin.device == *device
        && main
            .get_resource::<DeviceWatch>()
            .is_none_or(|watch| watch.trusts(device));
    if !is_usable {
        // What is written to a lost device is lost, and what was made for one is no good to another.
        frame.shown = None;
        ask_for_a_frame(main);
        return;
    }
    if undrawn.wants_retry() {
        ask_for_a_frame(main);
    }
    frame.shown = describe(main);
    let Some(shown) = &mut frame.shown else {
        return;
    };
    let twin = twin.as_mut();
    let before = twin.uploaded();
    carry_glyphs(main, twin, device, queue);
    carry_live(main, &mut twin.live, (device, queue));
    if let Some(drawings) = main.get_resource::<Drawings>() {
        twin.drawings.write(device, queue, drawings, shown.scale);
    }
    carry_sights(main, twin, (device, queue));
    twin.write_clips(queue, main.get_resource::<Clips>());
    shown.missing_uploads = carry_tiles(main, twin, device, queue);
    if let Some(mut watch) = main.get_resource_mut::<DeviceWatch>()
        && watch.is_recovering()
    {
        watch.note_drawing();
    }
    tell_figures(main, twin, &before);
}

fn ask_for_a_frame(main: &mut World) {
    if let Some(mut needs) = main.get_resource_mut::<NeedsFrame>() {
        needs.ask();
    }
}

/// Tells what the device holds, and what it was given in this frame.
fn tell_figures(main: &mut World, twin: &TwinDevice, before: &Uploaded) {
    if let Some(mut bytes) = main.get_resource_mut::<DeviceBytes>() {
        bytes.set_if_neq(twin.bytes());
    }
    if let Some(mut uploaded) = main.get_resource_mut::<Uploaded>() {
        uploaded.add_growth(before, &twin.uploaded());
    }
}

fn describe(main: &World) -> Option<Shown> {
    let camera = main.get_resource::<OrbitCamera>()?;
    let city = main.get_resource::<City>()?;
    let model = main.get_resource::<CityModel>()?;
    let layers = main.get_resource::<LayerSwitches>()?;
    let viewport = camera.viewport();
    if viewport.width_px < 1.0 || viewport.height_px < 1.0 {
        return None;
    }
    let view = camera.view();
    let mut look = main.get_resource::<CityLook>().copied().unwrap_or_default();
    if let Some(budget) = main.get_resource::<FrameBudget>() {
        // Less effort where frames take too long; never less truth.
        look.quality = budget.in_use();
    }
    let underground = main
        .get_resource::<Underground>()
        .copied()
        .unwrap_or_default();
    let compare = main.get_resource::<Compare>().copied().unwrap_or_default();
    let clips = main.get_resource::<Clips>();
    let care = if main.get_resource::<Rest>().is_some_and(Rest::is_long) {
        Care::Fine
    } else {
        Care::Quick
    };
    let manner = Manner::of(&look, care);
    let selected = selected_feature(main, model);
    let shadow = manner
        .has_shadows()
        .then(|| ShadowFit::of(&view, light_direction(&look), manner.shadow_size()));
    let scenery = Scenery {
        radius_m: city.radius_m(),
        look: &look,
        underground,
        shadow,
    };
    Some(Shown {
        view: ViewUniform::new(&view, &viewport, &scenery),
        tones: Tones::of(&look),
        shadow,
        plan: Plan {
            manner,
            layers: shown_classes(layers),
            has_cuts: clips.is_some_and(|clips| !clips.cuts.is_empty()),
            has_trench: clips.is_some_and(|clips| clips.trench.is_some()),
            is_underground: underground.on,
        },
        // Veils have no depth that contact could be read from.
        has_occlusion: has_occlusion(&look, care) && !underground.on,
        compare,
        tiles: tiles_to_draw(model, &view, selected, compare),
        tiles_revision: model.revision(),
        styles_revision: main
            .get_resource::<FeatureStyles>()
            .map_or(0, FeatureStyles::revision),
        clips_revision: clips.map_or(0, |clips| clips.revision),
        paint_revision: main
            .get_resource::<Sights>()
            .map_or(0, |sights| sights.paint_revision),
        selected,
        scale: viewport.scale as f32,
        missing_uploads: 0,
    })
}

/// The selected feature's tile and its number there.
fn selected_feature(main: &World, model: &CityModel) -> Option<(u32, u32)> {
    match main.get_resource::<Selected>()?.0.as_ref()? {
        Picked::Feature { id, .. } => model.find(id),
        Picked::Point(_) => None,
    }
}

/// The classes that the layers leave in the picture. What belongs to no layer is always there; whether things below ground
/// can be seen is another question.
pub(crate) fn shown_classes(layers: &LayerSwitches) -> u32 {
    let groups: [(Layer, &[FeatureClass]); 4] = [
        (
            Layer::Buildings,
            &[FeatureClass::Building, FeatureClass::Model],
        ),
        (
            Layer::Roads,
            &[FeatureClass::Road, FeatureClass::Rail, FeatureClass::Bridge],
        ),
        (Layer::Water, &[FeatureClass::Water]),
        (Layer::Green, &[FeatureClass::Green, FeatureClass::Tree]),
    ];
    let hidden = groups
        .iter()
        .filter(|(layer, _)| !layers.is_shown(*layer))
        .flat_map(|(_, classes)| *classes)
        .fold(0, |bits, class| bits | class_bit(*class));
    !hidden
}

/// How many cities are in the picture.
fn cities(compare: Compare) -> usize {
    match compare {
        Compare::Off => 1,
        Compare::Swipe { .. } | Compare::Split => CITIES,
    }
}

fn tiles_to_draw(
    model: &CityModel,
    view: &View,
    selected: Option<(u32, u32)>,
    compare: Compare,
) -> Vec<TileDraw> {
    let eye = view.eye();
    let mut tiles = Vec::new();
    for city in 0..cities(compare) {
        // Only the city itself is picked in.
        let selected = selected.filter(|_| city == 0);
        tiles.extend(model.shown(city).map(|(tile, placed)| {
            let centre = DVec3::from_array(placed.mesh.centre);
            TileDraw {
                key: TileKey { city, tile: tile.0 },
                offset: (centre - eye).as_vec3().to_array(),
                selected: selected
                    .filter(|(of, _)| *of == tile.0)
                    .map_or(NONE, |(_, feature)| feature),
            }
        }));
    }
    tiles
}

/// Brings what cameras see onto the device: of live pictures at most one frame each.
fn carry_sights(main: &World, twin: &mut TwinDevice, on: (&wgpu::Device, &wgpu::Queue)) {
    let (Some(sights), Some(camera)) = (
        main.get_resource::<Sights>(),
        main.get_resource::<OrbitCamera>(),
    ) else {
        return;
    };
    let viewport = camera.viewport();
    let px_a_metre_away = viewport.height_px * 0.5 / (FOV_Y_RAD * 0.5).tan();
    let scale = Scale {
        px_per_css_px: viewport.scale as f32,
        px_a_metre_away: px_a_metre_away as f32,
    };
    twin.sights.write(on, sights, (camera.eye(), scale));
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
    let (Some(mut glyphs), Some(size)) = (main.get_resource_mut::<LabelGlyphs>(), size) else {
        return;
    };
    let glyphs = glyphs.bypass_change_detection();
    let marks = twin.live.write_glyphs(queue, glyphs);
    let letters = twin.labels.write(
        device,
        queue,
        glyphs,
        [size.width_px as u32, size.height_px as u32],
    );
    twin.letters_uploaded += marks + letters;
}

/// Uploads tiles that are shown for the first time, or whose textures changed; returns how many wait for the next frame.
fn carry_tiles(
    main: &mut World,
    twin: &mut TwinDevice,
    device: &wgpu::Device,
    queue: &wgpu::Queue,
) -> u32 {
    let mut waiting = 0;
    main.resource_scope(|main, model: Mut<'_, CityModel>| {
        for (city, known) in twin.tiles_eras.iter_mut().enumerate() {
            if std::mem::replace(known, model.era(city)) != model.era(city) {
                twin.city.keep(|key| key.city != city);
            }
        }
        let compare = main.get_resource::<Compare>().copied().unwrap_or_default();
        let styles = main.get_resource::<FeatureStyles>();
        let mut room = MAX_UPLOAD_BYTES;
        for city in 0..cities(compare) {
            for (tile, placed) in model.shown(city) {
                let key = TileKey { city, tile: tile.0 };
                if twin.city.has(key, placed.texture_level) {
                    twin.city
                        .restyle((device, queue), key, &placed.mesh, styles);
                } else if room == 0 {
                    waiting += 1;
                } else {
                    let bytes = placed.mesh.device_bytes();
                    room = room.saturating_sub(bytes);
                    twin.tiles_uploaded += bytes as u64;
                    twin.city.upload((device, queue), key, placed, styles);
                }
            }
        }
        twin.city.keep(|key| model.holds(key.city, key.tile));
        if waiting > 0
            && let Some(mut needs) = main.get_resource_mut::<NeedsFrame>()
        {
            needs.ask();
        }
    });
    waiting
}
