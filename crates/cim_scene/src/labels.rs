//! Which names are written into the picture, where, how large, and how far they have faded in.
//!
//! Laid out anew when the camera comes to rest, and at most eight times a second while it moves; in between, labels follow
//! their places. A label with a path is written along it, at several places of a long one (`along`). Names keep clear of clusters
//! and of the symbols that nobody may miss (`clear`); when those change, labels are laid out anew. Glyphs are `cim_render`'s.

mod along;
mod clear;
mod look;
mod shown;
mod width;

#[cfg(test)]
mod tests;

pub use look::{LabelDensity, LabelLook, wall_text_scale, wall_text_scale_by_height};
pub use shown::{ShownLabel, ShownLabels};

use crate::{
    CameraSystems, City, CitySystems, FrameStep, Label, LayerSwitches, LayerSystems, LiveLayers,
    LiveSystems, OrbitCamera, TwinCommand,
};
use along::{Lettering, Path};
use bevy_app::{App, Plugin, Update};
use bevy_ecs::prelude::{
    DetectChangesMut, IntoScheduleConfigs, MessageReader, Res, ResMut, Resource, SystemSet,
};
use bevy_math::DVec3;
use cim_model::{Layer, Severity};
use shown::LaidOut;
use std::collections::BTreeMap;
use width::{is_han, letter_em, width_em};

/// Keeps [`Labels`], [`LabelLook`] and [`ShownLabels`].
pub struct LabelPlugin;

impl Plugin for LabelPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Labels>()
            .init_resource::<LabelLook>()
            .init_resource::<ShownLabels>()
            .add_systems(
                Update,
                (keep_labels, show_labels)
                    .chain()
                    .in_set(LabelSystems)
                    .after(CitySystems)
                    .after(LayerSystems)
                    .after(CameraSystems)
                    .after(LiveSystems::Look)
                    // Marks add points to what was seen.
                    .before(LiveSystems::Mark),
            );
    }
}

/// Systems that choose and place labels. Run after this set to see the frame's final labels.
#[derive(SystemSet, Clone, Debug, Hash, PartialEq, Eq)]
pub struct LabelSystems;

/// Candidates beyond this many are left out.
pub const MAX_LABELS: usize = 50_000;

/// Characters of a name that are written at most.
const MOST_LETTERS: usize = 128;
/// Least time between two layouts of a moving picture, and between two that only live layers ask for, seconds.
const LAY_OUT_EVERY_S: f64 = 0.125;
/// Height of one em of a label of this rank, CSS px at the usual size.
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
    /// Whether a text may be written from top to bottom.
    are_han: Vec<bool>,
    /// The things in alarm, and how bad it is.
    alarms: BTreeMap<u32, u8>,
    alarms_revision: u32,
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
    /// The text of a label as it is written, at most 128 characters of it; empty for one that doesn't exist.
    pub fn text(&self, index: u32) -> &str {
        let label = self.all.get(index as usize);
        label.map_or("", |label| written(&label.text))
    }

    /// Identity and name of the feature that a label names; `None` for one that names none, or doesn't exist.
    pub(crate) fn named(&self, index: u32) -> Option<(&str, &str)> {
        let label = self.all.get(index as usize)?;
        Some((label.feature.as_deref()?, label.text.as_str()))
    }

    /// How many candidates there are.
    pub fn count(&self) -> usize {
        self.all.len()
    }

    /// Counts replacements and changes of city: indexes mean something else afterwards.
    pub fn generation(&self) -> u32 {
        self.generation
    }

    /// The width that a label is given room for, em; 0 for one that doesn't exist.
    pub fn width_em(&self, index: u32) -> f32 {
        self.widths_em
            .get(index as usize)
            .copied()
            .unwrap_or_default()
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
        self.widths_em = kept
            .iter()
            .map(|label| width_em(written(&label.text), label.rank))
            .collect();
        self.are_han = kept.iter().map(|label| is_han(&label.text)).collect();
        // The numbers of labels mean others now.
        self.alarms.clear();
        self.alarms_revision = self.alarms_revision.wrapping_add(1);
        self.place(city);
    }

    fn sound(&mut self, alarms: &[(u32, Severity)]) {
        let alarms: BTreeMap<u32, u8> = alarms
            .iter()
            .filter(|(index, severity)| {
                (*index as usize) < self.all.len() && *severity != Severity::Normal
            })
            .map(|(index, severity)| (*index, *severity as u8))
            .collect();
        if self.alarms != alarms {
            self.alarms = alarms;
            self.alarms_revision = self.alarms_revision.wrapping_add(1);
        }
    }

    fn place(&mut self, city: &City) {
        self.city = city.generation();
        self.spots = self.all.iter().map(|label| spot_of(label, city)).collect();
        self.generation = self.generation.wrapping_add(1);
    }

    fn spots(&self) -> &[Option<Spot>] {
        &self.spots
    }

    fn spot(&self, index: u32) -> Option<&Spot> {
        self.spots.get(index as usize)?.as_ref()
    }

    fn rank(&self, index: u32) -> u8 {
        let label = self.all.get(index as usize);
        label.map_or(3, |label| label.rank.min(3))
    }

    fn name(&self, index: u32) -> u32 {
        self.names.get(index as usize).copied().unwrap_or(index)
    }

    fn alarm(&self, index: u32) -> u8 {
        self.alarms.get(&index).copied().unwrap_or_default()
    }

    /// The advances of a text's letters, em.
    fn advances_em(&self, index: u32) -> impl Iterator<Item = f32> {
        let rank = self.rank(index);
        self.text(index)
            .chars()
            .map(move |letter| letter_em(letter, rank))
    }

    /// What the text of a label needs; `scale` is physical px per CSS px, with the size of texts in it.
    fn lettering(&self, index: u32, scale: f32, is_shown: bool) -> Lettering {
        let em_px = label_px(self.rank(index)) * scale;
        Lettering {
            width_px: self.width_em(index) * em_px,
            em_px,
            is_han: self.are_han.get(index as usize).is_some_and(|is| *is),
            is_shown,
        }
    }
}

/// The part of a text that is written.
fn written(text: &str) -> &str {
    let end = text.char_indices().nth(MOST_LETTERS).map(|(at, _)| at);
    end.and_then(|end| text.get(..end)).unwrap_or(text)
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

fn keep_labels(
    mut commands: MessageReader<'_, '_, TwinCommand>,
    city: Res<'_, City>,
    mut labels: ResMut<'_, Labels>,
    mut look: ResMut<'_, LabelLook>,
) {
    for command in commands.read() {
        match command {
            TwinCommand::SetLabels(all) => labels.replace(all, &city),
            TwinCommand::SetLabelAlarms(alarms) => labels.sound(alarms),
            // Assigned only when different: writing marks the resource as changed, and that costs a frame.
            TwinCommand::SetTextScale(scale) => {
                let wanted = look.with_text_scale(*scale);
                look.set_if_neq(wanted);
            }
            TwinCommand::SetLabelDensity(density) => {
                let wanted = look.with_density(*density);
                look.set_if_neq(wanted);
            }
            _ => {}
        }
    }
    if labels.city != city.generation() {
        labels.place(&city);
    }
}

fn show_labels(
    labels: Res<'_, Labels>,
    look: Res<'_, LabelLook>,
    camera: Res<'_, OrbitCamera>,
    switches: Res<'_, LayerSwitches>,
    live: Res<'_, LiveLayers>,
    step: Res<'_, FrameStep>,
    mut shown: ResMut<'_, ShownLabels>,
) {
    let seconds = step.clamped();
    shown.since_s += seconds;
    let is_time = shown.since_s >= LAY_OUT_EVERY_S;
    let is_on = switches.is_shown(Layer::Labels);
    if is_on && labels.count() > 0 && (is_time || !camera.moving()) {
        shown.clear.look(&live, &camera);
    }
    let wanted = LaidOut {
        camera: camera.revision(),
        labels: labels.generation(),
        alarms: labels.alarms_revision,
        clear: shown.clear.revision(),
        look: *look,
        is_on,
    };
    if shown.laid_out.labels != wanted.labels {
        shown.forget();
    }
    // Texts of another size would cover each other until the next layout.
    let has_other_size = shown.laid_out.look != wanted.look;
    let with_same_obstacles = LaidOut {
        clear: wanted.clear,
        ..shown.laid_out
    };
    let is_wanted_at_rest = !camera.moving() && with_same_obstacles != wanted;
    if shown.laid_out != wanted && (is_time || is_wanted_at_rest || has_other_size) {
        shown.laid_out = wanted;
        shown.since_s = 0.0;
        shown.lay_out(&labels, &camera);
    }
    shown.is_waiting = shown.laid_out != wanted;
    shown.follow(&labels, &camera, seconds);
}
