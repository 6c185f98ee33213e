//! Going down the tree, from the root to the tiles that are fine enough, and deciding which of them cover the picture.

use super::memory::Need;
use super::slots::{Slot, Slots};
use crate::{CameraMotion, Frustum, Refine, Tile, TileId, TileLife, Tileset, ViewState};

/// A tile that is refined becomes coarse again only below this share of the allowed error: an eye that trembles on the
/// border would otherwise swap tiles in every frame.
const COARSEN_BELOW: f64 = 0.8;

/// From where the tree is walked, and how exact the picture has to be.
#[derive(Clone, Debug)]
pub(super) struct Gaze {
    view: ViewState,
    frustum: Frustum,
    max_sse_px: f64,
    /// True while tiles off the middle may be coarser, see [`ViewState::foveation`].
    is_moving: bool,
}

impl Gaze {
    pub(super) fn new(view: &ViewState, motion: Option<&CameraMotion>, max_sse_px: f64) -> Self {
        Self {
            view: *view,
            frustum: view.frustum(),
            max_sse_px,
            is_moving: motion.is_some_and(CameraMotion::is_moving),
        }
    }

    pub(super) fn max_sse_px(&self) -> f64 {
        self.max_sse_px
    }

    pub(super) fn with_max_sse(&self, max_sse_px: f64) -> Self {
        Self {
            max_sse_px,
            ..self.clone()
        }
    }

    /// Urgency within one error class: how far off the middle of the picture, and how far away in metres.
    pub(super) fn nearness(&self, tile: &Tile) -> (f64, f64) {
        (
            self.view.off_centre(tile.bounds.centre_m()),
            tile.bounds.distance_m(self.view.position),
        )
    }

    pub(super) fn sees(&self, tile: &Tile) -> bool {
        let asked_for = tile
            .viewer_request
            .as_ref()
            .is_none_or(|volume| volume.distance_m(self.view.position) <= 0.0);
        asked_for && self.frustum.sees(&tile.bounds)
    }

    fn sse_px(&self, tile: &Tile) -> f64 {
        let distance_m = tile.bounds.distance_m(self.view.position);
        self.view
            .screen_space_error_px(tile.geometric_error_m, distance_m)
    }

    /// True when a tile's error is too large to stop at it.
    fn is_too_coarse(&self, tile: &Tile, slot: &Slot, sse_px: f64) -> bool {
        if slot.was_refined && sse_px > self.max_sse_px * COARSEN_BELOW {
            return true;
        }
        // Foveation only holds back what is not fine yet: setting off must not make the picture coarser.
        if self.is_moving && sse_px > self.max_sse_px {
            return sse_px > self.max_sse_px * self.view.foveation(&tile.bounds);
        }
        sse_px > self.max_sse_px
    }
}

/// A tile in view that the walk came by. Visits stand parents before children.
#[derive(Clone, Copy, Debug)]
pub(super) struct Visit {
    pub(super) id: TileId,
    /// Row of the parent's visit.
    parent: Option<u32>,
    refine: Refine,
    /// It has, or should have, something to draw in view.
    pub(super) has_content: bool,
    /// What it draws is here.
    pub(super) ready: bool,
    /// How its content fares.
    pub(super) content: TileLife,
    /// How its branch fares.
    pub(super) branch: TileLife,
    /// Nobody knows yet what it draws and which tiles are below it.
    is_unknown: bool,
    /// Its subtree is wanted and not here.
    pub(super) wants_branch: bool,
    /// Its error is too large.
    pub(super) is_too_coarse: bool,
    /// Its children are wanted.
    refines: bool,
    pub(super) sse_px: f64,
    covered_below: bool,
    /// An ancestor, or the tile itself, stands in for everything below.
    hides_below: bool,
}

impl Visit {
    /// Whether this tile with all below leaves no hole.
    fn covers(&self) -> bool {
        if self.is_unknown {
            return false;
        }
        match (self.has_content, self.refine) {
            (false, _) => self.covered_below,
            (true, Refine::Replace) => self.ready || (self.refines && self.covered_below),
            (true, Refine::Add) => self.ready,
        }
    }
}

/// The way down, kept from frame to frame so that nothing is allocated anew.
#[derive(Clone, Debug, Default)]
pub(super) struct Walk {
    pub(super) visits: Vec<Visit>,
    /// What all parts that these tiles want take.
    pub(super) need: Need,
    waiting: Vec<(TileId, Option<u32>)>,
}

impl Walk {
    /// Every tile in view, from the root down to those that are fine enough.
    pub(super) fn go(&mut self, tileset: &Tileset, slots: &Slots, gaze: &Gaze) {
        self.visits.clear();
        self.need = Need::default();
        self.waiting.clear();
        self.waiting.push((Tileset::ROOT, None));
        while let Some((id, parent)) = self.waiting.pop() {
            let Some(tile) = tileset.tile(id) else {
                continue;
            };
            if !gaze.sees(tile) {
                continue;
            }
            let slot = slots.get(id);
            let visit = visit(tile, parent, &slot, gaze);
            if visit.content.is_here() || (visit.has_content && visit.content != TileLife::Failed) {
                self.need.add_content(slot.content.weight);
            }
            if visit.branch.is_here() || (visit.wants_branch && visit.branch != TileLife::Failed) {
                self.need.add_branch(slot.branch.weight);
            }
            if visit.refines {
                let row = self.visits.len() as u32;
                let children = tile.children.iter().rev();
                self.waiting
                    .extend(children.map(|child| (*child, Some(row))));
            }
            self.visits.push(visit);
        }
    }

    /// Appends the tiles to show to `show`, and the REPLACE tiles that should be shown but are not here to `uncovered`.
    pub(super) fn cover(&mut self, show: &mut Vec<TileId>, uncovered: &mut Vec<TileId>) {
        // Children stand behind their parents, so going backwards meets every child before its parent.
        for row in (0..self.visits.len()).rev() {
            let Some(visit) = self.visits.get(row).copied() else {
                continue;
            };
            if !visit.covers()
                && let Some(parent) = self.parent_of(visit)
            {
                parent.covered_below = false;
            }
        }
        for row in 0..self.visits.len() {
            let Some(visit) = self.visits.get(row).copied() else {
                continue;
            };
            let hidden = self
                .parent_of(visit)
                .is_some_and(|parent| parent.hides_below);
            let children_will_do = visit.refines && visit.covered_below;
            let stands_in = visit.ready
                && visit.refines
                && visit.refine == Refine::Replace
                && !children_will_do;
            if let Some(one) = self.visits.get_mut(row) {
                one.hides_below = hidden || stands_in;
            }
            if hidden {
                continue;
            }
            if visit.ready && (visit.refine == Refine::Add || !children_will_do) {
                show.push(visit.id);
            }
            let is_replacing = visit.refine == Refine::Replace;
            if visit.has_content && !visit.ready && !visit.refines && is_replacing {
                uncovered.push(visit.id);
            }
        }
    }

    fn parent_of(&mut self, visit: Visit) -> Option<&mut Visit> {
        self.visits.get_mut(visit.parent? as usize)
    }
}

fn visit(tile: &Tile, parent: Option<u32>, slot: &Slot, gaze: &Gaze) -> Visit {
    let sse_px = gaze.sse_px(tile);
    let is_too_coarse = gaze.is_too_coarse(tile, slot, sse_px);
    let content_is_here = slot.content.life.is_here();
    // The children of a tile that came broken are the next best thing.
    let is_lost = slot.content.life == TileLife::Failed && tile.refine == Refine::Replace;
    let brings_only_tiles = content_is_here && !slot.is_drawable;
    let branch_is_here = slot.branch.life.is_here();
    let branch_is_missing = tile.branch.is_some() && !branch_is_here;
    // A door has nothing of its own to show: what it leads to is shown, however far away it is.
    let is_door = brings_only_tiles || (branch_is_here && tile.contents.is_empty());
    let content_in_view = tile
        .content_bounds
        .as_ref()
        .is_none_or(|bounds| gaze.frustum.sees(bounds));
    let has_content = !tile.contents.is_empty() && content_in_view && !brings_only_tiles;
    let is_unknown = branch_is_missing && tile.contents.is_empty();
    Visit {
        id: tile.id,
        parent,
        refine: tile.refine,
        has_content,
        ready: has_content && content_is_here,
        content: slot.content.life,
        branch: slot.branch.life,
        is_unknown,
        wants_branch: is_unknown || (branch_is_missing && (is_too_coarse || is_lost)),
        is_too_coarse,
        refines: !tile.children.is_empty() && (is_too_coarse || is_lost || is_door),
        sse_px,
        covered_below: true,
        hides_below: false,
    }
}
