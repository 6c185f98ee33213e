//! Many points at once: boxes and lassos, what the desk marks, and "what is here".

use super::LiveLayers;
use super::find::{FoundCluster, FoundWhat, find, members};
use super::look::sight_of;
use super::plan::RegionPx;
use crate::{
    City, FeatureHit, GroundSight, OrbitCamera, PickFeature, PickPurpose, Picked, TwinCommand,
    TwinOutput,
    pick::{Questions, ground_at},
};
use bevy_ecs::prelude::{MessageReader, MessageWriter, Res, ResMut, Resource};
use bevy_math::DVec3;
use cim_layers::look::{Region, within};
use cim_model::PointKey;

/// A list of what is here has at most so many things.
pub const MOST_HERE: usize = 50;
/// At most so many points are marked and told.
pub const MOST_WITHIN: usize = 10_000;
/// A lasso has at most so many corners; of a longer one every so-many-th is taken.
const MOST_LASSO_CORNERS: usize = 2_048;

/// The points that are marked together. What a click selects is [`crate::Selected`].
#[derive(Resource, Debug, Default)]
pub struct Selection {
    /// Ascending, each once.
    keys: Vec<PointKey>,
    revision: u64,
}

impl Selection {
    /// The marked points, ascending; at most [`MOST_WITHIN`].
    pub fn keys(&self) -> &[PointKey] {
        &self.keys
    }

    /// Counts changes.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The marked rows of a layer, ascending.
    pub(super) fn rows_of(&self, layer: u16) -> impl Iterator<Item = u32> {
        let first = self.keys.partition_point(|key| key.layer < layer);
        let end = self.keys.partition_point(|key| key.layer <= layer);
        let keys = self.keys.get(first..end).unwrap_or_default();
        keys.iter().map(|key| key.row)
    }

    /// Marks these and no others; how many there are, those beyond [`MOST_WITHIN`] too.
    fn replace(&mut self, mut keys: Vec<PointKey>) -> u32 {
        keys.sort_unstable();
        keys.dedup();
        let total = keys.len() as u32;
        keys.truncate(MOST_WITHIN);
        if self.keys != keys {
            self.keys = keys;
            self.revision += 1;
        }
        total
    }
}

/// A question "what is here" that waits for the building under the pixel.
#[derive(Resource, Debug, Default)]
pub(crate) struct HereQuestion(Option<Waiting>);

#[derive(Debug)]
struct Waiting {
    question: u32,
    at: [f32; 2],
    dir: DVec3,
    here: Here,
}

/// What is here.
#[derive(Debug, Default, PartialEq, Eq)]
struct Here {
    items: Vec<Picked>,
    more: u32,
}

impl Here {
    fn add(&mut self, what: Picked) {
        if self.items.len() >= MOST_HERE {
            self.more = self.more.saturating_add(1);
        } else if !self.items.contains(&what) {
            self.items.push(what);
        }
    }

    fn add_members(&mut self, live: &LiveLayers, cluster: &FoundCluster) {
        let shown = members(live, cluster, MOST_HERE);
        self.more = self
            .more
            .saturating_add(cluster.count.saturating_sub(shown.len() as u32));
        for key in shown {
            self.add(Picked::Point(key));
        }
    }

    fn told(self, at: [f32; 2], ground: Option<GroundSight>) -> TwinOutput {
        TwinOutput::Here {
            at,
            items: self.items,
            more: self.more,
            ground,
        }
    }
}

/// What a click on a cluster tells that no distance splits.
pub(crate) fn here_in(live: &LiveLayers, cluster: &FoundCluster, at: [f32; 2]) -> TwinOutput {
    let mut here = Here::default();
    here.add_members(live, cluster);
    here.told(at, None)
}

/// Answers what the person asks of parts of the picture.
pub(super) fn select_in_picture(
    mut commands: MessageReader<'_, '_, TwinCommand>,
    live: Res<'_, LiveLayers>,
    camera: Res<'_, OrbitCamera>,
    mut selection: ResMut<'_, Selection>,
    mut questions: ResMut<'_, Questions>,
    mut waiting: ResMut<'_, HereQuestion>,
    mut outputs: MessageWriter<'_, TwinOutput>,
    mut rays: MessageWriter<'_, PickFeature>,
) {
    for command in commands.read() {
        match command {
            TwinCommand::AskHere { at } => {
                let here = points_here(&live, &camera, *at);
                let Some(ray) = camera.ray_through(*at) else {
                    outputs.write(here.told(*at, None));
                    continue;
                };
                let question = questions.another();
                rays.write(PickFeature {
                    question,
                    origin: ray.origin,
                    dir: ray.dir,
                    purpose: PickPurpose::Pick,
                });
                waiting.0 = Some(Waiting {
                    question,
                    at: *at,
                    dir: ray.dir,
                    here,
                });
            }
            TwinCommand::SelectWithin { region, add } => {
                let mut keys = keys_within(&live, &camera, region);
                if *add {
                    keys.extend_from_slice(selection.keys());
                }
                let total = selection.replace(keys);
                outputs.write(TwinOutput::Within {
                    keys: selection.keys().to_vec(),
                    total,
                });
            }
            TwinCommand::SelectPoints(keys) => {
                selection.replace(keys.clone());
            }
            _ => {}
        }
    }
}

/// Puts the building under the pixel at the end of the list that waits for it, and tells the list.
pub(super) fn answer_here(
    mut hits: MessageReader<'_, '_, FeatureHit>,
    live: Res<'_, LiveLayers>,
    camera: Res<'_, OrbitCamera>,
    city: Res<'_, City>,
    mut waiting: ResMut<'_, HereQuestion>,
    mut outputs: MessageWriter<'_, TwinOutput>,
) {
    for hit in hits.read() {
        let is_answer = |asked: &mut Waiting| asked.question == hit.question;
        let Some(mut asked) = waiting.0.take_if(is_answer) else {
            continue;
        };
        if let Some(what) = &hit.what {
            asked.here.add(what.clone());
        }
        let shown = (&*live, &*camera, &*city);
        let ground = ground_at(shown, asked.at, asked.dir, hit.at);
        outputs.write(asked.here.told(asked.at, ground));
    }
}

/// The points at a pixel, those of small clusters too.
fn points_here(live: &LiveLayers, camera: &OrbitCamera, at: [f32; 2]) -> Here {
    let mut here = Here::default();
    for found in find(live, camera, at, MOST_HERE + 1) {
        match found.what {
            FoundWhat::Point(key) => here.add(Picked::Point(key)),
            FoundWhat::Cluster(cluster) if cluster.count as usize <= MOST_HERE => {
                here.add_members(live, &cluster);
            }
            FoundWhat::Cluster(cluster) => here.more = here.more.saturating_add(cluster.count),
        }
    }
    here
}

/// The visible points in a part of the picture; columns and rings count where they stand.
fn keys_within(live: &LiveLayers, camera: &OrbitCamera, region: &RegionPx) -> Vec<PointKey> {
    let mut keys = Vec::new();
    let Some(sight) = sight_of(camera) else {
        return keys;
    };
    let lasso: Vec<[f32; 2]>;
    let region = match region {
        RegionPx::Box { from, to } => Region::Box {
            min: camera.in_view(*from),
            max: camera.in_view(*to),
        },
        RegionPx::Lasso(line) => {
            let stride = line.len().div_ceil(MOST_LASSO_CORNERS).max(1);
            lasso = line
                .iter()
                .step_by(stride)
                .map(|px| camera.in_view(*px))
                .collect();
            Region::Lasso(&lasso)
        }
    };
    let mut slots = Vec::new();
    for layer in live.iter_in_order().filter(|layer| layer.can_be_picked()) {
        let now = live.now_s(layer.number);
        within(&layer.set, now, &sight, &region, &mut slots);
        let rows = slots.iter().filter_map(|slot| layer.set.row_of(*slot));
        keys.extend(rows.map(|row| PointKey {
            layer: layer.number,
            row,
        }));
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(layer: u16, row: u32) -> PointKey {
        PointKey { layer, row }
    }

    #[test]
    fn a_selection_holds_each_point_once_and_finds_those_of_a_layer() {
        let mut selection = Selection::default();
        let total = selection.replace(vec![key(2, 5), key(0, 9), key(2, 1), key(2, 5)]);
        assert_eq!(total, 3);
        assert_eq!(selection.rows_of(2).collect::<Vec<u32>>(), [1, 5]);
        assert_eq!(selection.rows_of(1).count(), 0);
        let revision = selection.revision();
        selection.replace(vec![key(2, 1), key(2, 5), key(0, 9)]);
        assert_eq!(selection.revision(), revision);
    }

    #[test]
    fn a_selection_is_bounded_and_says_how_many_there_were() {
        let mut selection = Selection::default();
        let total = selection.replace((0..20_000).map(|row| key(0, row)).collect());
        assert_eq!((total, selection.keys().len()), (20_000, MOST_WITHIN));
    }

    #[test]
    fn a_list_of_what_is_here_counts_what_it_has_no_room_for() {
        let mut here = Here::default();
        for row in 0..60 {
            here.add(Picked::Point(key(0, row)));
        }
        assert_eq!((here.items.len(), here.more), (MOST_HERE, 10));
    }
}
