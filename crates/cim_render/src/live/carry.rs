//! From the scene's live layers to the device: what is written in a frame, and what is refused.
//!
//! Only what changed is written. A layer that is not drawn is left as it is: its changes wait in its set, and go over when it is
//! drawn again. What does not fit beside the others is refused, each layer as a whole; what is not drawn gives way first.

use super::{
    areas::{AreaPaint, AreaShapes, Borders},
    need::Limits,
    paint::{
        Glance, area_paint, bar_look, contour_look, flow_look, heat_look, point_look, trail_look,
        trail_thing, water_look,
    },
    passes::{DrawnLayer, LivePasses},
    points::Form,
    trails::TrailThing,
    wedges::{self, ABOVE_GROUND_M, Wedge},
};
use crate::model::CityModel;
use bevy::ecs::prelude::{DetectChangesMut, World};
use cim_layers::{
    layer::{Gathering, LayerKind},
    look::{HOVERED, SELECTED},
    room::{NoRoom, Refusal},
};
use cim_model::{Freshness, PointKey};
use cim_scene::{
    AreaShape, FrameBudget, FrameStep, LiveLayer, LiveLayers, NeedsFrame, OrbitCamera, ShapeState,
};
use cim_tiles::Problem;
use std::{collections::BTreeMap, mem::discriminant};

/// Device and queue.
type On<'a> = (&'a wgpu::Device, &'a wgpu::Queue);

/// Of layers with more rows than this only those in the picture have trails.
const MOST_TRAILS: u32 = 20_000;
/// The arrows' time starts anew after so many seconds, before its steps become coarse.
const ARROWS_S: f64 = 65_536.0;
/// Live layers may always take so much on the device, bytes.
const LEAST_ROOM: u64 = 64 << 20;

/// A shape that takes so many times as much as it needs is made anew, bytes below which that does not matter.
const LOOSE: u64 = 4;
const LOOSE_BYTES: u64 = 1 << 20;

/// What of a frame the layers depend on.
struct Scope {
    eye: [f32; 3],
    focal_px: f32,
    scale: f32,
    /// Dots are so many times as wide as their layer says.
    dot_share: f32,
    /// Bytes that live layers may take on the device.
    room: u64,
}

impl Scope {
    fn of(main: &World) -> Option<Self> {
        let camera = main.get_resource::<OrbitCamera>()?;
        let viewport = camera.viewport();
        let budget = main
            .get_resource::<CityModel>()
            .map_or(0, |model| model.status().budget_bytes);
        Some(Self {
            eye: camera.view().eye().as_vec3().to_array(),
            focal_px: viewport.focal_px()? as f32,
            scale: viewport.scale as f32,
            dot_share: main
                .get_resource::<FrameBudget>()
                .map_or(1.0, FrameBudget::dot_share),
            room: (budget / 2).max(LEAST_ROOM),
        })
    }
}

/// Brings what changed of the live layers onto the device.
pub(crate) fn carry_live(main: &mut World, passes: &mut LivePasses, on: On<'_>) {
    let Some(scope) = Scope::of(main) else {
        return;
    };
    let seconds = main
        .get_resource::<FrameStep>()
        .map_or(0.0, |step| step.clamped());
    passes.arrows_s = (passes.arrows_s + seconds) % ARROWS_S;
    let mut news = News::default();
    let before = passes.bytes();
    if let Some(mut layers) = main.get_resource_mut::<LiveLayers>() {
        let layers = layers.bypass_change_detection();
        carry_layers(layers, passes, on, (&scope, &mut news));
        carry_wedges(layers, passes, on);
        // What was given back in this frame may be enough for a layer that came before it.
        let is_waiting = layers
            .iter_in_order()
            .any(|layer| layer.refusal().is_some());
        news.wants_frame |= is_waiting && passes.bytes() < before;
    }
    if news.wants_frame
        && let Some(mut needs) = main.get_resource_mut::<NeedsFrame>()
    {
        needs.ask();
    }
    if let Some(mut model) = main.get_resource_mut::<CityModel>() {
        let model = model.bypass_change_detection();
        model.set_taken(passes.bytes());
        for problem in news.problems {
            model.report(problem);
        }
    }
}

/// What comes of a frame besides what was written.
#[derive(Default)]
struct News {
    /// What is wrong, each once.
    problems: Vec<Problem>,
    /// True when another frame has to follow: a refusal is to be told, or there is room again.
    wants_frame: bool,
}

fn carry_layers(
    layers: &mut LiveLayers,
    passes: &mut LivePasses,
    on: On<'_>,
    (scope, news): (&Scope, &mut News),
) {
    for number in layers.take_dropped() {
        passes.drop_layer(u32::from(number));
    }
    if passes.points.set_numbers(layers.numbers) {
        for written in passes.written.values_mut() {
            written.look = None;
        }
    }
    passes.order.clear();
    let drawn: Vec<u16> = layers
        .iter_in_order()
        .filter(|layer| layer.is_drawn())
        .map(|layer| layer.number)
        .collect();
    let away: Vec<u16> = layers
        .iter_in_order()
        .filter(|layer| !layer.is_drawn() && layer.refusal().is_some())
        .map(|layer| layer.number)
        .collect();
    for number in away {
        layers.note_refusal(number, None);
    }
    let limits = Limits::of(on.0);
    for number in drawn.iter().copied() {
        if is_refused(layers, number, passes, (limits, scope.room, &drawn), news) {
            continue;
        }
        let now_s = layers.now_s(number);
        let Some(layer) = layers.get_mut(number) else {
            continue;
        };
        let glance = Glance {
            now_s,
            scale: scope.scale,
            focal_px: scope.focal_px,
            eye: scope.eye,
        };
        if layer.draws_symbols() {
            carry_points(layer, passes, on, (&glance, scope));
        } else {
            // It may have had some before it became another kind.
            passes.drop_points(u32::from(number));
        }
        news.problems
            .extend(carry_shape(layer, passes, on, (&glance, limits)));
        carry_trails(layer, passes, on, &glance);
        passes.order.push(DrawnLayer {
            id: u32::from(number),
            kind: layer.plan.look.kind,
            stand: layer.plan.look.stand,
        });
    }
}

/// True when there is no room for a layer: then nothing of it is on the device, and the desk is told why.
fn is_refused(
    layers: &mut LiveLayers,
    number: u16,
    passes: &mut LivePasses,
    (limits, most_bytes, drawn): (Limits, u64, &[u16]),
    news: &mut News,
) -> bool {
    let wedges = layers.wedges().len();
    let Some(layer) = layers.get(number) else {
        return true;
    };
    let id = u32::from(number);
    let need = passes.need_of(layer, wedges, limits);
    let mut refusal = passes.room_for(id, most_bytes).refusal(need);
    let is_short = refusal.is_some_and(|refusal| refusal.why == NoRoom::Shared);
    if is_short && passes.give_back_all_but(drawn) {
        refusal = passes.room_for(id, most_bytes).refusal(need);
    }
    if let Some(refusal) = refusal {
        passes.give_back(id);
        if layer.refusal().is_none() {
            news.problems.push(problem_of(layer, refusal));
        }
    }
    news.wants_frame |= layers.note_refusal(number, refusal);
    refusal.is_some()
}

fn problem_of(layer: &LiveLayer, refusal: Refusal) -> Problem {
    Problem {
        source: format!("layer {}", layer.plan.id),
        place: layer.plan.look.kind.as_str().to_owned(),
        reason: refusal.to_string(),
    }
}

/// Points as symbols, clusters or dots.
fn carry_points(
    layer: &mut LiveLayer,
    passes: &mut LivePasses,
    (device, queue): On<'_>,
    (glance, scope): (&Glance, &Scope),
) {
    let id = u32::from(layer.number);
    passes.points.write_set(device, queue, id, &mut layer.set);
    let written = passes.written.entry(id).or_default();
    if written.look != Some(layer.looks()) {
        written.look = Some(layer.looks());
        passes
            .points
            .write_seen(device, queue, id, (&layer.set, &layer.seen));
    }
    if written.palette != Some(layer.plan_revision()) {
        written.palette = Some(layer.plan_revision());
        if !layer.plan.palette.is_empty() {
            passes.points.write_palette(queue, id, &layer.plan.palette);
        }
    }
    let mut look = point_look(&layer.plan, glance);
    if let (Form::Dots { px }, Gathering::Dots { .. }) = (&mut look.form, layer.plan.look.gather) {
        *px *= scope.dot_share;
    }
    passes.points.write_look(queue, id, look);
}

/// What a layer holds besides points. Gives what is wrong, once.
fn carry_shape(
    layer: &mut LiveLayer,
    passes: &mut LivePasses,
    on: On<'_>,
    (glance, limits): (&Glance, Limits),
) -> Option<Problem> {
    let id = u32::from(layer.number);
    let (revision, paints) = (layer.shape_revision(), layer.paints_revision());
    let kind = discriminant(&layer.shape);
    let had = passes.written.get(&id).copied().unwrap_or_default();
    let is_new = had.shape != Some(revision);
    if is_new {
        let needed = passes.shape_need(layer, limits).bytes.max(LOOSE_BYTES);
        let is_loose = passes.shape_bytes(id) / LOOSE > needed;
        if is_loose || had.kind.is_some_and(|kind_had| kind_had != kind) {
            passes.drop_shape(id);
        }
    }
    let written = passes.written.entry(id).or_default();
    written.shape = Some(revision);
    written.kind = Some(kind);
    let are_paints_new = is_new || had.paints != Some(paints);
    written.paints = Some(paints);
    let (queue, look) = (on.1, &layer.plan.look);
    match &mut layer.shape {
        ShapeState::Nothing | ShapeState::Trails => {}
        ShapeState::Heat(heat) => {
            if is_new {
                let raster = (revision, heat.raster.as_ref());
                if let Err(err) = passes.heat.write(on, &passes.ramps, id, raster) {
                    return Some(Problem {
                        source: format!("layer {}", layer.plan.id),
                        place: "its raster".into(),
                        reason: err.to_string(),
                    });
                }
            }
            let look = heat_look(look, heat.scale, heat.steps);
            passes.heat.look(queue, id, &look);
        }
        ShapeState::Contours(contours) => {
            let lines = (revision, contours.lines.as_ref());
            passes.surface.write_contours(on, &passes.ramps, id, lines);
            let look = contour_look(look, contours.scale, contours.up_m);
            passes.surface.look_contours(queue, id, &look, glance.scale);
        }
        ShapeState::Water(water) => {
            passes
                .surface
                .write_water(on, id, (revision, water.mesh.as_ref()));
            let look = water_look(look, water.deepest_m);
            passes.surface.look_water(queue, id, &look, glance.scale);
        }
        ShapeState::Areas(areas) => {
            carry_areas(areas, passes, on, (id, revision, look.kind));
            if are_paints_new {
                passes.areas.paint(on.0, queue, id, &paints_of(areas));
            }
            let manner = (look.opacity, look.stand);
            passes.areas.look(queue, id, manner, glance.scale);
        }
        ShapeState::Flow(flow) => {
            passes.flow.write(on, &passes.ramps, id, flow);
            let time = (passes.arrows_s as f32, glance.scale);
            passes.flow.look(queue, id, &flow_look(look), time);
        }
        ShapeState::Bars(bars) => {
            let seen = (bars, glance.eye);
            passes.bars.write(on, &passes.ramps, id, seen);
            passes.bars.look(queue, id, &bar_look(look), glance.scale);
        }
    }
    None
}

fn carry_areas(
    areas: &AreaShape,
    passes: &mut LivePasses,
    on: On<'_>,
    (id, revision, kind): (u32, u64, LayerKind),
) {
    let shapes = AreaShapes {
        shapes: &areas.shapes,
        up_m: areas.up_m,
        borders: if kind == LayerKind::Fences {
            Borders::Own
        } else {
            Borders::Shared
        },
    };
    passes.areas.write(on, id, revision, shapes);
}

/// A paint for each area; those without one are hidden.
fn paints_of(areas: &AreaShape) -> Vec<AreaPaint> {
    (0..areas.shapes.len())
        .map(|area| {
            areas
                .paints
                .get(area)
                .map_or(AreaPaint::NONE, |paint| area_paint(*paint))
        })
        .collect()
}

/// The ways of the points.
fn carry_trails(layer: &mut LiveLayer, passes: &mut LivePasses, on: On<'_>, glance: &Glance) {
    let id = u32::from(layer.number);
    let Some(trails) = &mut layer.trails else {
        passes.trails.drop_layer(id);
        return;
    };
    passes.trails.write(on, id, trails);
    let state = [layer.set.revision(), layer.looks(), layer.plan_revision()];
    let written = passes.written.entry(id).or_default();
    if written.things != Some(state) {
        written.things = Some(state);
        let things = trail_things(layer);
        passes.trails.things(on.0, on.1, id, &things);
    }
    let look = trail_look(&layer.plan.look);
    passes
        .trails
        .look(on.1, id, &look, (glance.now_s, glance.scale));
}

/// Whose trails are drawn: all that are to be seen, or, of many, those in the picture.
fn trail_things(layer: &LiveLayer) -> Vec<TrailThing> {
    let set = &layer.set;
    let thing = |slot: u32| {
        let row = set.row_of(slot)?;
        set.is_visible(slot)
            .then(|| trail_thing(row, set.state(slot), &layer.plan))
    };
    if set.rows() <= MOST_TRAILS || !layer.draws_symbols() {
        (0..set.slots()).filter_map(thing).collect()
    } else {
        layer
            .seen
            .points
            .iter()
            .filter_map(|point| thing(point.slot))
            .collect()
    }
}

/// What the cameras see.
fn carry_wedges(layers: &LiveLayers, passes: &mut LivePasses, (device, queue): On<'_>) {
    let cameras = layers
        .get(PointKey::CAMERAS)
        .filter(|layer| layer.is_drawn() && layer.draws_symbols() && layer.refusal().is_none());
    // Without cameras there is one state: none.
    let state = cameras.map_or([u64::MAX; 3], |layer| {
        [
            layers.wedges_revision(),
            layer.looks(),
            layer.set.revision(),
        ]
    });
    if passes.wedges == Some(state) {
        return;
    }
    passes.wedges = Some(state);
    let wedges = cameras.map_or_else(Vec::new, |layer| wedges_of(layers, layer));
    passes.points.write_wedges(device, queue, &wedges);
}

fn wedges_of(layers: &LiveLayers, layer: &LiveLayer) -> Vec<Wedge> {
    let now_s = layers.now_s(layer.number);
    let marks: BTreeMap<u32, u32> = layer
        .seen
        .points
        .iter()
        .filter(|point| point.flags & (SELECTED | HOVERED) != 0)
        .map(|point| (point.slot, point.flags))
        .collect();
    let wedge = |told: &cim_scene::CameraWedge| {
        let slot = layer.visible_slot(told.row)?;
        let [east, north, _] = layer.set.place_at(slot, now_s);
        let numbers = [east, north, told.azimuth_deg, told.fov_deg, told.range_m];
        if numbers.iter().any(|number| !number.is_finite()) {
            return None;
        }
        let marks = marks.get(&slot).copied().unwrap_or(0);
        let flag = |bit: u32, flag: u32| if marks & bit == 0 { 0 } else { flag };
        let missing = match layer.set.state(slot).freshness() {
            Freshness::Missing => wedges::MISSING,
            Freshness::Fresh | Freshness::Late => 0,
        };
        Some(Wedge {
            at: [east, north, ABOVE_GROUND_M],
            range_m: told.range_m.max(0.0),
            azimuth_rad: told.azimuth_deg.to_radians(),
            half_rad: (told.fov_deg * 0.5).clamp(0.0, 180.0).to_radians(),
            flags: flag(SELECTED, wedges::SELECTED) | flag(HOVERED, wedges::HOVERED) | missing,
            pad: 0,
        })
    };
    layers.wedges().iter().filter_map(wedge).collect()
}
