//! What is seen of the live layers in each frame, what of it is marked, and whether the picture goes on by itself.

use super::layer::LiveLayer;
use super::select::Selection;
use super::shape::ShapeState;
use super::{LayerCountNow, LiveLayers};
use crate::{FrameBudget, FrameStep, Hovered, OrbitCamera, Picked, Selected, TwinOutput};
use bevy_ecs::prelude::{Local, MessageWriter, Res, ResMut};
use cim_layers::{
    PointSet, Tally,
    look::{Frustum, Gather, Seen, Side, Sight, look},
    motion::trails::Trails,
    points::BLOCK,
};
use cim_model::{Freshness, PointKey};

/// Moving points are looked for anew so often while the camera rests; seconds. In between they are drawn along their legs.
const LOOK_AGAIN_S: f64 = 0.2;
/// The arrows of flows move on so often; seconds.
const ARROWS_S: f64 = 1.0 / 15.0;
/// No leg takes longer: one that seems to is of a time that the clock has left; seconds.
const LONGEST_LEG_S: f32 = 60.0;
/// Counts are told at most so often, seconds.
const TELL_EVERY_S: f64 = 0.5;

/// What a layer looked like when it was last looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct LookState {
    seen_as: Option<SeenAs>,
    marked_as: Option<MarkedAs>,
    /// True when this frame has looked.
    is_fresh: bool,
    since_s: f64,
    /// When that was, seconds since the layer's epoch.
    looked_at: f32,
    /// Points drawn, those that were added for a mark left out.
    drawn: u32,
    shown: ShownAs,
}

/// What a look depends on.
#[derive(Clone, Copy, Debug, PartialEq)]
struct SeenAs {
    camera: u64,
    set: u64,
    gather: Gather,
}

/// What marks depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct MarkedAs {
    selection: u64,
    selected: Option<u32>,
    hovered: Option<u32>,
}

/// What else of a layer is in the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct ShownAs {
    plan: u64,
    shape: u64,
    paints: u64,
    /// Of flows, columns and rings.
    states: u64,
    trails: u64,
}

/// The sight of the camera for what lives over the city; `None` without a viewport.
pub(crate) fn sight_of(camera: &OrbitCamera) -> Option<Sight> {
    let viewport = camera.viewport();
    let focal_px = viewport.focal_px()? as f32;
    // Render space has its z in the south and its y above: its columns make those of east, north and up.
    let [x, y, z, w] = camera.clip_from_relative().to_cols_array_2d();
    let south = z.map(|number| -number);
    Some(Sight::new(
        [x, south, y, w],
        camera.eye().as_vec3().to_array(),
        [viewport.width_px as f32, viewport.height_px as f32],
        focal_px,
        viewport.scale as f32,
    ))
}

/// Looks at each layer that is drawn, where anything says that it would see something else.
pub(super) fn look_at_layers(
    camera: Res<'_, OrbitCamera>,
    step: Res<'_, FrameStep>,
    budget: Res<'_, FrameBudget>,
    mut live: ResMut<'_, LiveLayers>,
) {
    let live = &mut *live;
    let sight = sight_of(&camera);
    let seconds = step.clamped();
    let (clock, dot_share) = (live.clock, budget.dot_share());
    let (mut is_new, mut goes_on, mut arrows_run) = (false, false, false);
    for layer in &mut live.layers {
        layer.look_state.is_fresh = false;
        is_new |= layer.decide(&camera, sight.is_some());
        let Some(sight) = sight.as_ref().filter(|_| layer.is_drawn) else {
            continue;
        };
        let now = clock.seconds_since(layer.set.epoch());
        let eye = Eye {
            sight,
            camera: camera.revision(),
            now,
            seconds,
            dot_share,
        };
        is_new |= layer.look(&eye);
        let left_s = layer.set.motion_until() - now;
        let is_moving = clock.runs() && left_s > 0.0 && left_s < LONGEST_LEG_S;
        goes_on |= is_moving || layer.seen.is_fading();
        is_new |= is_moving;
        if let ShapeState::Flow(flow) = &layer.shape {
            arrows_run |= clock.runs() && flow.moving() > 0;
        }
        is_new |= live.has_new_time && layer.has_fading_trails(now);
    }
    live.has_new_time = false;
    live.arrows_s += seconds;
    if arrows_run && live.arrows_s >= ARROWS_S {
        live.arrows_s = 0.0;
        is_new = true;
    }
    live.goes_on = goes_on || arrows_run;
    if is_new {
        live.revision += 1;
        live.are_counts_due = true;
    }
}

/// From where, when and how a layer is looked at.
struct Eye<'a> {
    sight: &'a Sight,
    /// Revision of the camera.
    camera: u64,
    /// Seconds since the layer's epoch.
    now: f32,
    /// Of this frame.
    seconds: f64,
    /// Dots are so many times as wide as the layer says.
    dot_share: f32,
}

impl LiveLayer {
    /// Decides whether the layer is drawn; true when that, or what it holds besides points, is new.
    fn decide(&mut self, camera: &OrbitCamera, has_picture: bool) -> bool {
        let plan = &self.plan;
        // From the eye to what it looks at: the same for all that a layer holds, wherever in the picture it is.
        let distance_m = camera.view().distance_m as f32;
        let is_in_range = distance_m >= plan.nearest_m
            && (distance_m < plan.farthest_m || plan.farthest_m.is_nan());
        let is_drawn = has_picture && plan.shown && plan.look.opacity > 0.0 && is_in_range;
        let mut is_new = is_drawn != self.is_drawn;
        self.is_drawn = is_drawn;
        if !is_drawn || !self.draws_symbols() {
            if !self.seen.points.is_empty() || !self.seen.clusters.is_empty() {
                self.seen = Seen::default();
                self.looks += 1;
                is_new = true;
            }
            self.look_state.seen_as = None;
            self.look_state.marked_as = None;
            self.look_state.drawn = 0;
        }
        let shown = ShownAs {
            plan: self.plan_revision(),
            shape: self.shape_revision,
            paints: self.paints_revision,
            states: match &self.shape {
                ShapeState::Flow(flow) => flow.revision(),
                ShapeState::Bars(bars) => bars.revision(),
                _ => 0,
            },
            trails: self.trails.as_ref().map_or(0, Trails::revision),
        };
        let has_other = self.look_state.shown != shown;
        self.look_state.shown = shown;
        is_new || (is_drawn && has_other)
    }

    /// Looks at the points, if they would look otherwise than before; true when it did.
    fn look(&mut self, eye: &Eye<'_>) -> bool {
        if !self.draws_symbols() {
            return false;
        }
        let state = &mut self.look_state;
        state.since_s += eye.seconds;
        let seen_as = SeenAs {
            camera: eye.camera,
            set: self.set.revision(),
            gather: gather_of(self.plan.look.gather.at_scale(eye.sight.scale), eye),
        };
        let moves_until = self.set.motion_until();
        let is_moving = state.looked_at < moves_until
            && (state.since_s >= LOOK_AGAIN_S || eye.now >= moves_until);
        if state.seen_as == Some(seen_as) && !self.seen.is_fading() && !is_moving {
            return false;
        }
        look(
            &self.set,
            eye.now,
            eye.sight,
            &seen_as.gather,
            eye.seconds as f32,
            &mut self.seen,
        );
        state.seen_as = Some(seen_as);
        state.is_fresh = true;
        state.since_s = 0.0;
        state.looked_at = eye.now;
        state.drawn = self.seen.points.len() as u32;
        self.looks += 1;
        true
    }

    fn has_fading_trails(&self, now: f32) -> bool {
        let trail_s = self.plan.look.trail_s;
        self.trails
            .as_ref()
            .is_some_and(|trails| trails.is_fading(now, trail_s))
    }

    /// Marks what is selected and hovered; true when the marks are others and this frame had not looked anyway.
    fn mark(&mut self, selection: &Selection, wanted: MarkedAs) -> bool {
        let is_fresh = self.look_state.is_fresh;
        let is_same = self.look_state.marked_as == Some(wanted);
        if !self.draws_symbols() || !self.is_drawn || !self.seen.is_of(&self.set) {
            return false;
        }
        if is_same && !is_fresh {
            return false;
        }
        self.look_state.marked_as = Some(wanted);
        let mut slots: Vec<u32> = selection
            .rows_of(self.number)
            .filter_map(|row| self.set.slot_of(row))
            .collect();
        slots.extend(wanted.selected.and_then(|row| self.set.slot_of(row)));
        let hovered = wanted.hovered.and_then(|row| self.set.slot_of(row));
        self.seen.mark(&self.set, &slots, hovered);
        if is_fresh {
            return false;
        }
        self.looks += 1;
        true
    }

    /// What of the layer is in the picture.
    fn count(&self, now: f32, picture: &Frustum) -> LayerCountNow {
        let is_there = self.refusal.is_none();
        LayerCountNow {
            layer: self.number,
            drawn: if is_there { self.look_state.drawn } else { 0 },
            clusters: if is_there {
                self.seen.clusters.len() as u32
            } else {
                0
            },
            in_view: tally_in(&self.set, now, picture),
            refusal: self.refusal,
        }
    }
}

/// What the layer asks for, with wider dots where the device is too slow for as many.
fn gather_of(gather: Gather, eye: &Eye<'_>) -> Gather {
    match gather {
        Gather::Dots { dot_px } => Gather::Dots {
            dot_px: dot_px * eye.dot_share,
        },
        other => other,
    }
}

/// The visible points in the picture. Whole blocks are counted by their sums.
fn tally_in(set: &PointSet, now: f32, picture: &Frustum) -> Tally {
    let mut sum = Tally::default();
    for block in 0..set.blocks() {
        match picture.side_of(&set.block_bounds(block)) {
            Side::Outside => {}
            Side::Inside => join(&mut sum, &set.block_tally(block)),
            Side::Crosses => join(&mut sum, &tally_in_block(set, now, picture, block)),
        }
    }
    sum
}

fn tally_in_block(set: &PointSet, now: f32, picture: &Frustum, block: u32) -> Tally {
    let mut sum = Tally::default();
    let mut bits = set.block_mask(block);
    while bits != 0 {
        let slot = block * BLOCK + bits.trailing_zeros();
        bits &= bits - 1;
        if !picture.holds(set.place_at(slot, now)) {
            continue;
        }
        let state = set.state(slot);
        if let Some(count) = sum.by_class.get_mut(usize::from(state.class())) {
            *count += 1;
        }
        match state.freshness() {
            Freshness::Fresh => {}
            Freshness::Late => sum.late += 1,
            Freshness::Missing => sum.missing += 1,
        }
    }
    sum
}

fn join(sum: &mut Tally, other: &Tally) {
    for (count, more) in sum.by_class.iter_mut().zip(other.by_class) {
        *count += more;
    }
    sum.late += other.late;
    sum.missing += other.missing;
}

/// Marks what is selected and what the pointer is over.
pub(super) fn mark_layers(
    selected: Res<'_, Selected>,
    hovered: Res<'_, Hovered>,
    selection: Res<'_, Selection>,
    mut live: ResMut<'_, LiveLayers>,
) {
    let live = &mut *live;
    let (selected, hovered) = (key_of(selected.0.as_ref()), key_of(hovered.0.as_ref()));
    let mut is_new = false;
    for layer in &mut live.layers {
        let row_in = |key: Option<PointKey>| {
            key.filter(|key| key.layer == layer.number)
                .map(|key| key.row)
        };
        let wanted = MarkedAs {
            selection: selection.revision(),
            selected: row_in(selected),
            hovered: row_in(hovered),
        };
        is_new |= layer.mark(&selection, wanted);
    }
    if is_new {
        live.revision += 1;
    }
}

fn key_of(what: Option<&Picked>) -> Option<PointKey> {
    match what {
        Some(Picked::Point(key)) => Some(*key),
        Some(Picked::Feature { .. }) | None => None,
    }
}

/// Tells the desk what of the layers is in the picture, when that changed.
pub(super) fn tell_layers(
    camera: Res<'_, OrbitCamera>,
    step: Res<'_, FrameStep>,
    mut live: ResMut<'_, LiveLayers>,
    mut told: Local<'_, Vec<LayerCountNow>>,
    mut since_s: Local<'_, f64>,
    mut outputs: MessageWriter<'_, TwinOutput>,
) {
    let live = &mut *live;
    // At rest frames are as rare as commands; the desk's clock says how much time went by.
    *since_s += step.clamped().max(std::mem::take(&mut live.clock_step_s));
    if !live.are_counts_due {
        return;
    }
    // Without a running clock nothing wakes the scene again, so that it has to be said now.
    let is_last_chance = !live.clock.runs() && !camera.moving() && !live.goes_on;
    if *since_s < TELL_EVERY_S && !is_last_chance {
        return;
    }
    live.are_counts_due = false;
    *since_s = 0.0;
    let picture = sight_of(&camera).and_then(|sight| sight.frustum(0.0));
    let counts: Vec<LayerCountNow> = live
        .layers
        .iter()
        .filter(|layer| layer.is_drawn)
        .filter_map(|layer| {
            let now = live.clock.seconds_since(layer.set.epoch());
            Some(layer.count(now, picture.as_ref()?))
        })
        .collect();
    if *told != counts {
        outputs.write(TwinOutput::Layers(counts.clone()));
        *told = counts;
    }
}
