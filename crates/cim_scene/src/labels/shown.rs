//! The labels in the picture: which could be written, where those that are appear now, and how far they have faded in.

use super::{
    LabelLook, Labels, Spot,
    along::{self, Laid, Path},
    clear::KeptClear,
    label_px,
};
use crate::{
    OrbitCamera, Viewport,
    declutter::{
        Apart, Candidate, Keeper, MOST_CANDIDATES, PixelBox, most_labels, moved_px, steps,
    },
    view::Projector,
};
use bevy_ecs::prelude::Resource;
use bevy_math::DVec3;
use std::collections::BTreeSet;

/// How long a label takes to fade in or out, seconds.
const FADE_S: f64 = 0.2;
/// A label that has faded in no further than this is not yet there for the pointer.
const LEAST_ALPHA: f32 = 0.5;
/// Half the height of a line of text with its room, em.
const HALF_LINE_EM: f32 = 0.65;
/// Width of the halo around the letters, CSS px.
const HALO_PX: f32 = 2.0;
/// Between a label beside a point and where it would stand above or below that, CSS px.
const STEP_APART_PX: f32 = 2.0;
/// From how far a label of each rank may be read, metres from the eye: district, road, landmark, thing.
const REACH_M: [f64; 4] = [60_000.0, 5_000.0, 8_000.0, 1_500.0];

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
    /// Which place along its path, and of how many; beside a point how it is moved (0 at home), and 0.
    place: (u32, u32),
    /// First row and row after the last of its line among all lines.
    line: (u32, u32),
}

impl ShownLabel {
    /// Which place along its path, and of how many; beside a point which of the places around it (0 at home), and 0. With the index
    /// it tells one label in the picture from another.
    pub fn place(&self) -> (u32, u32) {
        self.place
    }

    pub(super) fn key(&self) -> Key {
        (self.index, self.place)
    }
}

/// A label, and its place along its path.
pub(super) type Key = (u32, (u32, u32));

/// The labels in the picture, at most as many as [`super::LabelDensity`] says that stay.
#[derive(Resource, Default)]
pub struct ShownLabels {
    list: Vec<ShownLabel>,
    /// The lines of labels along paths, px.
    lines: Vec<[f32; 2]>,
    /// How near each point of the lines is, 1/m.
    nearness: Vec<f32>,
    revision: u64,
    pub(super) laid_out: LaidOut,
    pub(super) since_s: f64,
    /// What the next layout keeps clear of.
    pub(super) clear: KeptClear,
    /// True while a layout is due and waits for its time.
    pub(super) is_waiting: bool,
    /// Reused between layouts.
    candidates: Vec<Candidate>,
    boxes: Vec<PixelBox>,
    keeper: Keeper,
}

/// What the newest layout was made for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct LaidOut {
    pub(super) camera: u64,
    pub(super) labels: u32,
    pub(super) alarms: u32,
    /// Revision of what labels keep clear of.
    pub(super) clear: u64,
    pub(super) look: LabelLook,
    pub(super) is_on: bool,
}

impl ShownLabels {
    /// The labels, in no particular order.
    pub fn list(&self) -> &[ShownLabel] {
        &self.list
    }

    /// The line that a label is written along, px in reading direction, the label's middle half way; empty for a label beside a
    /// point. [`super::along_line`] sets letters on it.
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

    /// The label beside its place that names a feature and whose text covers a pixel; `scale` is physical px per CSS px.
    /// Names along roads are not among them: what stands in front hides their letters.
    pub(crate) fn under(&self, labels: &Labels, scale: f32, at: [f32; 2]) -> Option<u32> {
        let scale = scale * self.laid_out.look.text_scale();
        let covers = |label: &&ShownLabel| {
            let em_px = label_px(label.rank) * scale;
            let half_width = labels.width_em(label.index) * em_px * 0.5;
            !label.is_leaving
                && label.alpha >= LEAST_ALPHA
                && label.line.0 == label.line.1
                && (at[0] - label.px[0]).abs() <= half_width
                && (at[1] - label.px[1]).abs() <= em_px * HALF_LINE_EM
                && labels.named(label.index).is_some()
        };
        let found = self.list.iter().find(covers);
        found.map(|label| label.index)
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

    /// True while labels are to be laid out anew a little later.
    pub fn is_waiting(&self) -> bool {
        self.is_waiting
    }

    pub(super) fn forget(&mut self) {
        if !self.list.is_empty() {
            self.list.clear();
            self.revision += 1;
        }
    }

    pub(super) fn lay_out(&mut self, labels: &Labels, camera: &OrbitCamera) {
        let staying = Staying::of(&self.list);
        let look = self.laid_out.look;
        let viewport = with_text(camera.viewport(), look);
        self.candidates.clear();
        self.boxes.clear();
        if self.laid_out.is_on {
            Gathering {
                labels,
                camera,
                viewport,
                staying: &staying,
                candidates: &mut self.candidates,
                boxes: &mut self.boxes,
            }
            .gather();
            let apart = Apart {
                scale: viewport.scale as f32,
                gap_px: look.density().gap_px(),
                most: most_labels(&viewport, look.density()),
                clear: self.clear.obstacles(),
                height_px: viewport.height_px as f32,
            };
            self.keeper.keep(&mut self.candidates, &self.boxes, &apart);
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
    pub(super) fn follow(&mut self, labels: &Labels, camera: &OrbitCamera, seconds: f64) {
        let viewport = with_text(camera.viewport(), self.laid_out.look);
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
            let [x, y] = seen.px;
            let step_px = step_px(label_px(label.rank), viewport.scale as f32);
            viewport.contains(seen.px).then(|| Laid {
                line: Vec::new(),
                nearness: Vec::new(),
                middle: [x, y + moved_px(label.place.0, step_px)],
                is_stacked: false,
                distance_m: seen.depth_m,
            })
        }
        Spot::Along(path) => {
            let lettering = labels.lettering(label.index, viewport.scale as f32, true);
            path.lay(label.place, &lettering, projector, viewport)
        }
    }
}

/// How far a label of this em (CSS px at the usual size) moves to stand above or below its place, px; `scale` is physical px per
/// CSS px, with the size of texts in it.
fn step_px(em_px: f32, scale: f32) -> f32 {
    2.0 * half_height_px(em_px * scale, scale) + STEP_APART_PX * scale
}

/// Half the height of a level text with its halo, px, from its em (px).
fn half_height_px(em_px: f32, scale: f32) -> f32 {
    em_px * HALF_LINE_EM + HALO_PX * scale
}

/// A viewport for laying out texts: one whose CSS px are larger by the size of texts.
fn with_text(viewport: Viewport, look: LabelLook) -> Viewport {
    Viewport {
        scale: viewport.scale * f64::from(look.text_scale()),
        ..viewport
    }
}

/// The labels that are in the picture and stay: few among many.
struct Staying {
    keys: BTreeSet<Key>,
    /// A bit for each label, so that the many that are not need no search.
    bits: Vec<u64>,
}

impl Staying {
    fn of(list: &[ShownLabel]) -> Self {
        let mut bits: Vec<u64> = Vec::new();
        let mut keys = BTreeSet::new();
        for label in list.iter().filter(|label| !label.is_leaving) {
            let word = label.index as usize / 64;
            if bits.len() <= word {
                bits.resize(word + 1, 0);
            }
            if let Some(bits) = bits.get_mut(word) {
                *bits |= 1 << (label.index % 64);
            }
            keys.insert(label.key());
        }
        Self { keys, bits }
    }

    fn has(&self, key: Key) -> bool {
        let word = self.bits.get(key.0 as usize / 64).copied();
        word.unwrap_or_default() & (1 << (key.0 % 64)) != 0 && self.keys.contains(&key)
    }
}

/// Finds out which labels could be written.
struct Gathering<'a> {
    labels: &'a Labels,
    camera: &'a OrbitCamera,
    viewport: Viewport,
    staying: &'a Staying,
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
        for (index, spot) in labels.spots().iter().enumerate() {
            if self.candidates.len() >= MOST_CANDIDATES {
                return;
            }
            let index = index as u32;
            let rank = labels.rank(index);
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

    /// A label beside a point.
    fn beside(&mut self, index: u32, point: DVec3, projector: &Projector) {
        let Some(seen) = projector.project(point) else {
            return;
        };
        if !self.viewport.contains(seen.px) {
            return;
        }
        let scale = self.viewport.scale as f32;
        let lettering = self.labels.lettering(index, scale, true);
        let half = [
            lettering.width_px * 0.5 + HALO_PX * scale,
            half_height_px(lettering.em_px, scale),
        ];
        let stands_at = steps().find(|step| self.staying.has((index, (*step, 0))));
        let place = (stands_at.unwrap_or_default(), 0);
        let step_px = step_px(label_px(self.labels.rank(index)), scale);
        let distance_m = point.distance(self.camera.eye());
        self.push(index, (place, step_px), distance_m, |_| PixelBox {
            centre: seen.px,
            half,
        });
    }

    /// A label at one place along its path.
    fn along(&mut self, index: u32, path: &Path, place: (u32, u32), projector: &Projector) {
        let scale = self.viewport.scale as f32;
        let is_shown = self.staying.has((index, place));
        let lettering = self.labels.lettering(index, scale, is_shown);
        let Some(laid) = path.lay(place, &lettering, projector, &self.viewport) else {
            return;
        };
        let advances = self.labels.advances_em(index);
        let letters = laid.boxes(advances, &lettering, HALO_PX * scale);
        self.push(index, (place, 0.0), laid.distance_m, |boxes| {
            boxes.extend(&letters);
            PixelBox::around(&letters)
        });
    }

    /// Takes a candidate with its place and how far a step aside is (px); `whole` adds the boxes of its letters, if it has several,
    /// and gives the one around all of it.
    fn push(
        &mut self,
        index: u32,
        (place, step_px): ((u32, u32), f32),
        distance_m: f64,
        whole: impl FnOnce(&mut Vec<PixelBox>) -> PixelBox,
    ) {
        let start = self.boxes.len();
        let around = whole(self.boxes);
        let candidate = Candidate {
            index,
            place,
            step_px,
            name: self.labels.name(index),
            rank: self.labels.rank(index),
            alarm: self.labels.alarm(index),
            is_shown: self.staying.has((index, place)),
            distance_m: distance_m as f32,
            centre_px: around.centre,
            half_px: around.half,
            letters: (start, self.boxes.len()),
        };
        self.candidates.push(candidate);
    }
}
