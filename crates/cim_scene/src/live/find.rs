//! What of the live layers lies at a pixel: points and clusters as they were drawn, the best first.

use super::LiveLayers;
use super::look::sight_of;
use crate::{OrbitCamera, PICK_RADIUS_PX};
use bevy_math::DVec3;
use cim_layers::{
    PointSet, SHAPE_CAMERA, SHAPE_EVENT,
    layer::Gathering,
    look::{Hit, HitWhat, pick},
};
use cim_model::PointKey;
use std::cmp::Ordering;
use std::ops::Range;

/// A cluster is flown into until its points lie so many times the cell of a cluster apart.
const SPLIT_CELLS: f64 = 1.5;
/// A flight into a cluster ends at most this part of the way to it.
const NEARER: f64 = 0.5;
/// Clusters that would only split nearer than this to their points are not flown into, metres: their things stand at one
/// place.
const NEAREST_SPLIT_M: f64 = 25.0;

/// Something at a pixel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Found {
    /// What it is.
    pub(crate) what: FoundWhat,
    /// How far its middle is from the pixel, whole px: what a person cannot tell apart counts as equal.
    px_away: u32,
    /// Of what is equally near: events, cameras, other points, clusters.
    order: u8,
    depth_m: f32,
    /// Layers on top go first.
    below: usize,
    slot: u32,
}

/// A point or a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FoundWhat {
    /// A point.
    Point(PointKey),
    /// Several points that are drawn as one.
    Cluster(FoundCluster),
}

/// Several points that are drawn as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FoundCluster {
    /// The layer's number.
    layer: u16,
    first: u32,
    end: u32,
    /// How many of its points are to be seen.
    pub(crate) count: u32,
}

impl FoundCluster {
    fn slots(&self) -> Range<u32> {
        self.first..self.end
    }
}

impl Found {
    fn new(hit: &Hit, number: u16, set: &PointSet, below: usize) -> Option<Self> {
        let (what, order, slot) = match hit.what {
            HitWhat::Point(slot) => {
                let key = PointKey {
                    layer: number,
                    row: set.row_of(slot)?,
                };
                let order = match set.state(slot).shape() {
                    SHAPE_EVENT => 0,
                    SHAPE_CAMERA => 1,
                    _ => 2,
                };
                (FoundWhat::Point(key), order, slot)
            }
            HitWhat::Cluster {
                first, end, count, ..
            } => {
                let cluster = FoundCluster {
                    layer: number,
                    first,
                    end,
                    count,
                };
                (FoundWhat::Cluster(cluster), 3, first)
            }
        };
        Some(Self {
            what,
            px_away: hit.px_away as u32,
            order,
            depth_m: hit.depth_m,
            below,
            slot,
        })
    }

    fn compare(&self, other: &Self) -> Ordering {
        (self.px_away, self.order)
            .cmp(&(other.px_away, other.order))
            .then(self.depth_m.total_cmp(&other.depth_m))
            .then((self.below, self.slot).cmp(&(other.below, other.slot)))
    }
}

/// At most `most` of each layer within [`PICK_RADIUS_PX`] of a pixel of the picture, the best first.
pub(crate) fn find(
    live: &LiveLayers,
    camera: &OrbitCamera,
    at: [f32; 2],
    most: usize,
) -> Vec<Found> {
    let Some(sight) = sight_of(camera) else {
        return Vec::new();
    };
    let at = camera.in_view(at);
    let radius_px = (PICK_RADIUS_PX * camera.viewport().scale) as f32;
    let mut found = Vec::new();
    let mut hits = Vec::new();
    let from_top = live.iter_in_order().rev().enumerate();
    for (below, layer) in from_top.filter(|(_, layer)| layer.can_be_picked()) {
        let now = live.now_s(layer.number);
        pick(
            &layer.set,
            now,
            &sight,
            at,
            radius_px,
            &layer.seen,
            most,
            &mut hits,
        );
        found.extend(
            hits.iter()
                .filter_map(|hit| Found::new(hit, layer.number, &layer.set, below)),
        );
    }
    found.sort_unstable_by(Found::compare);
    found
}

/// The visible points of a cluster, at most `most`, by slots.
pub(crate) fn members(live: &LiveLayers, cluster: &FoundCluster, most: usize) -> Vec<PointKey> {
    let Some(layer) = live.get(cluster.layer) else {
        return Vec::new();
    };
    let set = &layer.set;
    cluster
        .slots()
        .filter(|slot| set.is_visible(*slot))
        .filter_map(|slot| set.row_of(slot))
        .map(|row| PointKey {
            layer: cluster.layer,
            row,
        })
        .take(most)
        .collect()
}

/// From where a cluster is seen split: what to look at (metres east, north and up), and from how far. `None` when no
/// distance splits it.
pub(crate) fn way_into(
    live: &LiveLayers,
    camera: &OrbitCamera,
    cluster: &FoundCluster,
) -> Option<(DVec3, f64)> {
    let layer = live.get(cluster.layer)?;
    let viewport = camera.viewport();
    let cell_px = match layer.plan.look.gather {
        Gathering::Symbols { cell_px } => f64::from(cell_px.max(1.0)) * viewport.scale,
        Gathering::Dots { .. } | Gathering::Each => return None,
    };
    let bounds = layer.set.bounds(cluster.slots());
    if bounds.is_empty() {
        return None;
    }
    let corner = |corner: [f32; 3]| DVec3::from_array(corner.map(f64::from));
    let (low, high) = (corner(bounds.min), corner(bounds.max));
    let side_m = (high - low).truncate().max_element();
    let splits_at_m = side_m * viewport.focal_px()? / (SPLIT_CELLS * cell_px);
    // Asked this way round, a NaN is too near.
    let is_far_enough = splits_at_m >= NEAREST_SPLIT_M;
    let distance_m = splits_at_m.min(camera.view().distance_m * NEARER);
    (is_far_enough && distance_m > 0.0).then(|| ((low + high) * 0.5, distance_m))
}
