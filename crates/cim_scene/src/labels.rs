//! Which names are written into the picture, where, and how far they have faded in.
//!
//! Laid out anew when the camera comes to rest, and at most eight times a second while it moves; in between, labels follow
//! their places. Glyphs are `cim_render`'s.

use crate::{
    CameraSystems, City, CitySystems, FrameStep, Label, LayerSwitches, LayerSystems, OrbitCamera,
    TwinCommand,
    declutter::{Candidate, keep_apart, width_em},
    view::Projector,
};
use bevy_app::{App, Plugin, Update};
use bevy_ecs::prelude::{IntoScheduleConfigs, MessageReader, Res, ResMut, Resource, SystemSet};
use bevy_math::DVec3;
use cim_model::Layer;
use std::collections::BTreeMap;

/// Keeps [`Labels`] and [`ShownLabels`].
pub struct LabelPlugin;

impl Plugin for LabelPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Labels>()
            .init_resource::<ShownLabels>()
            .add_systems(
                Update,
                (keep_labels, show_labels)
                    .chain()
                    .in_set(LabelSystems)
                    .after(CitySystems)
                    .after(LayerSystems)
                    .after(CameraSystems),
            );
    }
}

/// Systems that choose and place labels. Run after this set to see the frame's final labels.
#[derive(SystemSet, Clone, Debug, Hash, PartialEq, Eq)]
pub struct LabelSystems;

/// Candidates beyond this many are left out.
pub const MAX_LABELS: usize = 50_000;

/// Least time between two layouts of a moving picture, seconds.
const LAY_OUT_EVERY_S: f64 = 0.125;
/// How long a label takes to fade in or out, seconds.
const FADE_S: f64 = 0.2;
/// Width of the halo around the letters, CSS px.
const HALO_PX: f32 = 2.0;
/// From how far a label of each rank may be read, metres from the eye: district, road, landmark, thing.
const REACH_M: [f64; 4] = [60_000.0, 5_000.0, 8_000.0, 1_500.0];

/// Height of one em of a label of this rank, CSS px.
pub fn label_px(rank: u8) -> f32 {
    match rank {
        0 => 16.0,
        2 => 14.0,
        _ => 12.0,
    }
}

/// Every name that may be written.
#[derive(Resource, Default)]
pub struct Labels {
    all: Vec<Label>,
    /// Where each belongs, metres east, north and up; `None` when it can't be placed or has no text.
    points: Vec<Option<DVec3>>,
    /// Equal numbers for equal texts.
    names: Vec<u32>,
    widths_em: Vec<f32>,
    city: u32,
    generation: u32,
}

impl Labels {
    /// The text of a label; empty for one that doesn't exist.
    pub fn text(&self, index: u32) -> &str {
        self.all.get(index as usize).map_or("", |label| &label.text)
    }

    /// How many candidates there are.
    pub fn count(&self) -> usize {
        self.all.len()
    }

    /// Counts replacements and changes of city: indexes mean something else afterwards.
    pub fn generation(&self) -> u32 {
        self.generation
    }

    fn replace(&mut self, labels: &[Label], city: &City) {
        let kept = &labels[..labels.len().min(MAX_LABELS)];
        if self.all == kept {
            return;
        }
        self.all = kept.to_vec();
        let mut numbers: BTreeMap<&str, u32> = BTreeMap::new();
        self.names.clear();
        for label in kept {
            let next = numbers.len() as u32;
            self.names.push(*numbers.entry(&label.text).or_insert(next));
        }
        self.widths_em = kept.iter().map(|label| width_em(&label.text)).collect();
        self.place(city);
    }

    fn place(&mut self, city: &City) {
        self.city = city.generation();
        let point = |label: &Label| {
            if label.text.is_empty() {
                None
            } else {
                city.enu_from_geodetic(label.position)
            }
        };
        self.points = self.all.iter().map(point).collect();
        self.generation = self.generation.wrapping_add(1);
    }

    fn point(&self, index: u32) -> Option<DVec3> {
        self.points.get(index as usize).copied().flatten()
    }
}

/// A label in the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ShownLabel {
    /// Which of [`Labels`].
    pub index: u32,
    /// Middle of its text, px from the viewport's top left.
    pub px: [f32; 2],
    /// 0 district, 1 road, 2 landmark, 3 thing.
    pub rank: u8,
    /// 0 invisible … 1 full.
    pub alpha: f32,
    /// True while it fades out; only labels that stay are kept apart from each other.
    pub is_leaving: bool,
}

/// The labels in the picture, at most 120 that stay.
#[derive(Resource, Default)]
pub struct ShownLabels {
    list: Vec<ShownLabel>,
    revision: u64,
    laid_out: LaidOut,
    since_s: f64,
    /// Reused between layouts.
    candidates: Vec<Candidate>,
    /// Per label: whether it is in the picture to stay.
    stays: Vec<bool>,
}

/// What the newest layout was made for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct LaidOut {
    camera: u64,
    labels: u32,
    is_on: bool,
}

impl ShownLabels {
    /// The labels, in no particular order.
    pub fn list(&self) -> &[ShownLabel] {
        &self.list
    }

    /// Counts changes of the list.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// True while a label fades in or out.
    pub fn fading(&self) -> bool {
        self.list
            .iter()
            .any(|label| label.is_leaving || label.alpha < 1.0)
    }

    fn forget(&mut self) {
        if !self.list.is_empty() {
            self.list.clear();
            self.revision += 1;
        }
    }

    fn lay_out(&mut self, labels: &Labels, camera: &OrbitCamera) {
        self.stays.clear();
        self.stays.resize(labels.count(), false);
        for label in self.list.iter().filter(|label| !label.is_leaving) {
            if let Some(stays) = self.stays.get_mut(label.index as usize) {
                *stays = true;
            }
        }
        self.candidates.clear();
        if self.laid_out.is_on {
            gather_candidates(labels, camera, &self.stays, &mut self.candidates);
            keep_apart(&mut self.candidates, camera.viewport().scale as f32);
        }
        self.stays.fill(false);
        for candidate in &self.candidates {
            self.stays[candidate.index as usize] = true;
        }
        for label in &mut self.list {
            label.is_leaving = !self.stays[label.index as usize];
            // What remains false in `stays` is not in the list yet.
            self.stays[label.index as usize] = false;
        }
        for candidate in self
            .candidates
            .iter()
            .filter(|candidate| self.stays[candidate.index as usize])
        {
            self.list.push(ShownLabel {
                index: candidate.index,
                px: candidate.centre_px,
                rank: candidate.rank,
                alpha: 0.0,
                is_leaving: false,
            });
        }
        self.revision += 1;
    }

    /// Moves every label to where its place appears now, and fades it on.
    fn follow(&mut self, labels: &Labels, camera: &OrbitCamera, seconds: f64) {
        let viewport = camera.viewport();
        let Some(projector) = Projector::new(&camera.view(), &viewport) else {
            self.forget();
            return;
        };
        let fade = (seconds / FADE_S) as f32;
        let mut has_changed = false;
        self.list.retain_mut(|label| {
            let seen = labels
                .point(label.index)
                .and_then(|point| projector.project(point));
            let Some(seen) = seen.filter(|seen| viewport.contains(seen.px)) else {
                has_changed = true;
                return false;
            };
            let alpha = if label.is_leaving {
                label.alpha - fade
            } else {
                label.alpha + fade
            };
            let next = ShownLabel {
                px: seen.px,
                alpha: alpha.clamp(0.0, 1.0),
                ..*label
            };
            has_changed |= next != *label;
            *label = next;
            !(next.is_leaving && next.alpha <= 0.0)
        });
        if has_changed {
            self.revision += 1;
        }
    }
}

fn gather_candidates(
    labels: &Labels,
    camera: &OrbitCamera,
    stays: &[bool],
    candidates: &mut Vec<Candidate>,
) {
    let viewport = camera.viewport();
    let scale = viewport.scale as f32;
    let eye = camera.eye();
    let Some(projector) = Projector::new(&camera.view(), &viewport) else {
        return;
    };
    for (index, label) in labels.all.iter().enumerate() {
        let Some(point) = labels.points[index] else {
            continue;
        };
        let distance_m = point.distance(eye);
        let rank = label.rank.min(3);
        if distance_m > REACH_M[usize::from(rank)] {
            continue;
        }
        let Some(seen) = projector
            .project(point)
            .filter(|seen| viewport.contains(seen.px))
        else {
            continue;
        };
        let em = label_px(rank);
        candidates.push(Candidate {
            index: index as u32,
            name: labels.names[index],
            rank,
            is_shown: stays[index],
            distance_m: distance_m as f32,
            centre_px: seen.px,
            half_px: [
                (labels.widths_em[index] * em * 0.5 + HALO_PX) * scale,
                (em * 0.65 + HALO_PX) * scale,
            ],
        });
    }
}

fn keep_labels(
    mut commands: MessageReader<'_, '_, TwinCommand>,
    city: Res<'_, City>,
    mut labels: ResMut<'_, Labels>,
) {
    for command in commands.read() {
        if let TwinCommand::SetLabels(all) = command {
            labels.replace(all, &city);
        }
    }
    if labels.city != city.generation() {
        labels.place(&city);
    }
}

fn show_labels(
    labels: Res<'_, Labels>,
    camera: Res<'_, OrbitCamera>,
    switches: Res<'_, LayerSwitches>,
    step: Res<'_, FrameStep>,
    mut shown: ResMut<'_, ShownLabels>,
) {
    let seconds = step.clamped();
    shown.since_s += seconds;
    let wanted = LaidOut {
        camera: camera.revision(),
        labels: labels.generation(),
        is_on: switches.is_shown(Layer::Labels),
    };
    if shown.laid_out.labels != wanted.labels {
        shown.forget();
    }
    if shown.laid_out != wanted && (shown.since_s >= LAY_OUT_EVERY_S || !camera.moving()) {
        shown.laid_out = wanted;
        shown.since_s = 0.0;
        shown.lay_out(&labels, &camera);
    }
    shown.follow(&labels, &camera, seconds);
}
