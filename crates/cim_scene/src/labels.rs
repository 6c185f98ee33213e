//! Which names are written into the picture, where, and how far they have faded in.
//!
//! Laid out anew when the camera comes to rest, and at most eight times a second while it moves; in between, labels follow
//! their places. A label with a path is written along it, at several places of a long one (`along`). Glyphs are `cim_render`'s.

mod along;

#[cfg(test)]
mod tests;

use crate::{
    CameraSystems, City, CitySystems, FrameStep, Label, LayerSwitches, LayerSystems, OrbitCamera,
    TwinCommand, Viewport,
    declutter::{Candidate, PixelBox, is_han, keep_apart, most_labels, width_em},
    view::Projector,
};
use along::{Laid, Lettering, Path};
use bevy_app::{App, Plugin, Update};
use bevy_ecs::prelude::{IntoScheduleConfigs, MessageReader, Res, ResMut, Resource, SystemSet};
use bevy_math::DVec3;
use cim_model::Layer;
use std::collections::{BTreeMap, BTreeSet};

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

/// Where the letters of a line of text stand along a line of pixels: the middle of a stretch of `length_px` that begins
/// `from_px` along it, and its direction in radians, clockwise on the screen. Beyond its ends the line goes on straight.
pub fn along_line(line: &[[f32; 2]], from_px: f32, length_px: f32) -> ([f32; 2], f32) {
    along::stretch_at(line, from_px, length_px)
}

/// Every name that may be written.
#[derive(Resource, Default)]
pub struct Labels {
    all: Vec<Label>,
    /// Where each belongs; `None` when it can't be placed or has no text.
    spots: Vec<Option<Spot>>,
    /// Equal numbers for equal texts.
    names: Vec<u32>,
    widths_em: Vec<f32>,
    city: u32,
    generation: u32,
}

/// Where a label belongs.
enum Spot {
    /// Beside a point, metres east, north and up.
    At(DVec3),
    /// Along a line.
    Along(Path),
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
        self.spots = self.all.iter().map(|label| spot_of(label, city)).collect();
        self.generation = self.generation.wrapping_add(1);
    }

    fn spot(&self, index: u32) -> Option<&Spot> {
        self.spots.get(index as usize)?.as_ref()
    }

    /// What a label along a path needs.
    fn lettering(&self, index: u32, rank: u8, scale: f32, is_shown: bool) -> Lettering {
        let em_px = label_px(rank) * scale;
        Lettering {
            width_px: self.widths_em.get(index as usize).copied().unwrap_or(1.0) * em_px,
            em_px,
            is_han: is_han(self.text(index)),
            is_shown,
        }
    }
}

fn spot_of(label: &Label, city: &City) -> Option<Spot> {
    if label.text.is_empty() {
        return None;
    }
    let Some(path) = &label.path else {
        return city.enu_from_geodetic(label.position).map(Spot::At);
    };
    let points: Option<Vec<DVec3>> = path
        .iter()
        .map(|place| city.enu_from_geodetic(*place))
        .collect();
    Path::new(points?).map(Spot::Along)
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
    /// True when its letters stand upright one below the other along its line.
    pub is_stacked: bool,
    /// Which place along its path, and of how many; (0, 0) for a label beside a point.
    place: (u32, u32),
    /// First row and row after the last of its line among all lines.
    line: (u32, u32),
}

impl ShownLabel {
    fn key(&self) -> Key {
        (self.index, self.place)
    }
}

/// A label, and its place along its path.
type Key = (u32, (u32, u32));

/// The labels in the picture, at most 120 that stay.
#[derive(Resource, Default)]
pub struct ShownLabels {
    list: Vec<ShownLabel>,
    /// The lines of labels along paths, px.
    lines: Vec<[f32; 2]>,
    /// How near each point of the lines is, 1/m.
    nearness: Vec<f32>,
    revision: u64,
    laid_out: LaidOut,
    since_s: f64,
    /// Reused between layouts.
    candidates: Vec<Candidate>,
    boxes: Vec<PixelBox>,
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

    /// The line that a label is written along, px in reading direction, the label's middle half way; empty for a label beside a
    /// point. [`along_line`] sets letters on it.
    pub fn line(&self, label: &ShownLabel) -> &[[f32; 2]] {
        let (start, end) = label.line;
        self.lines
            .get(start as usize..end as usize)
            .unwrap_or_default()
    }

    /// One part in the distance (along the direction the eye looks, metres) of the place that a letter stands on, `way_px` along
    /// the line of its label; `None` for a label beside a point.
    pub fn nearness_at(&self, label: &ShownLabel, way_px: f32) -> Option<f32> {
        let (start, end) = label.line;
        let nearness = self.nearness.get(start as usize..end as usize)?;
        along::nearness_at(self.line(label), nearness, way_px)
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
        let staying: BTreeSet<Key> = self
            .list
            .iter()
            .filter(|label| !label.is_leaving)
            .map(ShownLabel::key)
            .collect();
        self.candidates.clear();
        self.boxes.clear();
        if self.laid_out.is_on {
            Gathering {
                labels,
                camera,
                viewport: camera.viewport(),
                staying: &staying,
                candidates: &mut self.candidates,
                boxes: &mut self.boxes,
            }
            .gather();
            let viewport = camera.viewport();
            keep_apart(
                &mut self.candidates,
                &self.boxes,
                viewport.scale as f32,
                most_labels(&viewport),
            );
        }
        let kept: BTreeSet<Key> = self
            .candidates
            .iter()
            .map(|candidate| (candidate.index, candidate.place))
            .collect();
        for label in &mut self.list {
            label.is_leaving = !kept.contains(&label.key());
        }
        let present: BTreeSet<Key> = self.list.iter().map(ShownLabel::key).collect();
        for candidate in &self.candidates {
            if present.contains(&(candidate.index, candidate.place)) {
                continue;
            }
            self.list.push(ShownLabel {
                index: candidate.index,
                px: candidate.centre_px,
                rank: candidate.rank,
                alpha: 0.0,
                is_leaving: false,
                is_stacked: false,
                place: candidate.place,
                line: (0, 0),
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
        let mut lines: Vec<[f32; 2]> = Vec::with_capacity(self.lines.len());
        let mut nearness: Vec<f32> = Vec::with_capacity(self.lines.len());
        self.list.retain_mut(|label| {
            let Some(seen) = place_now(label, labels, &projector, &viewport) else {
                has_changed = true;
                return false;
            };
            let alpha = if label.is_leaving {
                label.alpha - fade
            } else {
                label.alpha + fade
            };
            let start = lines.len() as u32;
            lines.extend(seen.line);
            nearness.extend(seen.nearness);
            let next = ShownLabel {
                px: seen.middle,
                alpha: alpha.clamp(0.0, 1.0),
                is_stacked: seen.is_stacked,
                line: (start, lines.len() as u32),
                ..*label
            };
            has_changed |= next != *label;
            *label = next;
            !(next.is_leaving && next.alpha <= 0.0)
        });
        has_changed |= lines != self.lines || nearness != self.nearness;
        self.lines = lines;
        self.nearness = nearness;
        if has_changed {
            self.revision += 1;
        }
    }
}

/// Where a label in the picture appears now; `None` when there is no room for it any more.
fn place_now(
    label: &ShownLabel,
    labels: &Labels,
    projector: &Projector,
    viewport: &Viewport,
) -> Option<Laid> {
    match labels.spot(label.index)? {
        Spot::At(point) => {
            let seen = projector.project(*point)?;
            viewport.contains(seen.px).then(|| Laid {
                line: Vec::new(),
                nearness: Vec::new(),
                middle: seen.px,
                is_stacked: false,
                distance_m: seen.depth_m,
            })
        }
        Spot::Along(path) => {
            let lettering = labels.lettering(label.index, label.rank, viewport.scale as f32, true);
            path.lay(label.place, &lettering, projector, viewport)
        }
    }
}

/// Finds out which labels could be written.
struct Gathering<'a> {
    labels: &'a Labels,
    camera: &'a OrbitCamera,
    viewport: Viewport,
    staying: &'a BTreeSet<Key>,
    candidates: &'a mut Vec<Candidate>,
    boxes: &'a mut Vec<PixelBox>,
}

impl Gathering<'_> {
    fn gather(&mut self) {
        let labels = self.labels;
        let view = self.camera.view();
        let Some(projector) = Projector::new(&view, &self.viewport) else {
            return;
        };
        for (index, spot) in labels.spots.iter().enumerate() {
            let index = index as u32;
            let rank = self.rank_of(index);
            let reach_m = REACH_M[usize::from(rank)];
            match spot {
                Some(Spot::At(point)) if point.distance(view.eye()) <= reach_m => {
                    self.beside(index, *point, &projector);
                }
                Some(Spot::Along(path)) => {
                    let places = path.places(&view, &self.viewport, reach_m);
                    for place in 0..places {
                        self.along(index, path, (place, places), &projector);
                    }
                }
                Some(Spot::At(_)) | None => {}
            }
        }
    }

    fn rank_of(&self, index: u32) -> u8 {
        let label = self.labels.all.get(index as usize);
        label.map_or(3, |label| label.rank.min(3))
    }

    /// A label beside a point.
    fn beside(&mut self, index: u32, point: DVec3, projector: &Projector) {
        let Some(seen) = projector.project(point) else {
            return;
        };
        if !self.viewport.contains(seen.px) {
            return;
        }
        let scale = self.viewport.scale as f32;
        let rank = self.rank_of(index);
        let lettering = self.labels.lettering(index, rank, scale, true);
        let halo_px = HALO_PX * scale;
        self.push(index, (0, 0), point.distance(self.camera.eye()), |_| {
            PixelBox {
                centre: seen.px,
                half: [
                    lettering.width_px * 0.5 + halo_px,
                    lettering.em_px * 0.65 + halo_px,
                ],
            }
        });
    }

    /// A label at one place along its path.
    fn along(&mut self, index: u32, path: &Path, place: (u32, u32), projector: &Projector) {
        let scale = self.viewport.scale as f32;
        let is_shown = self.staying.contains(&(index, place));
        let lettering = self
            .labels
            .lettering(index, self.rank_of(index), scale, is_shown);
        let Some(laid) = path.lay(place, &lettering, projector, &self.viewport) else {
            return;
        };
        let letters = laid.boxes(self.labels.text(index), &lettering, HALO_PX * scale);
        self.push(index, place, laid.distance_m, |boxes| {
            boxes.extend(&letters);
            PixelBox::around(&letters)
        });
    }

    /// Takes a candidate; `whole` adds the boxes of its letters, if it has several, and gives the one around all of it.
    fn push(
        &mut self,
        index: u32,
        place: (u32, u32),
        distance_m: f64,
        whole: impl FnOnce(&mut Vec<PixelBox>) -> PixelBox,
    ) {
        let start = self.boxes.len();
        let around = whole(self.boxes);
        let name = self.labels.names.get(index as usize).copied();
        let candidate = Candidate {
            index,
            place,
            name: name.unwrap_or(index),
            rank: self.rank_of(index),
            is_shown: self.staying.contains(&(index, place)),
            distance_m: distance_m as f32,
            centre_px: around.centre,
            half_px: around.half,
            letters: (start, self.boxes.len()),
        };
        self.candidates.push(candidate);
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
