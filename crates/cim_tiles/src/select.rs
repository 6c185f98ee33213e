//! Which tiles to show, fetch and drop for a view.
//!
//! A state machine without clock, network or disk: it is told how each tile's content fares ([`Selector::note`]) and
//! asked once per frame what to do ([`Selector::select`]). The same notes and views give the same answers.

use crate::{Refine, SelectError, TileId, TileLife, Tileset, ViewState, step};
use std::collections::BTreeSet;

/// How much the tiles that are ready may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// In bytes, as told to [`Selector::note`]. Above it, tiles that no view has wanted for longest are dropped. What
    /// the present view needs is never dropped; when that alone is too much, nothing more is fetched.
    pub max_bytes: usize,
}

/// What to do for one view.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// The tiles to draw, by number. Under REPLACE never a tile together with one of its ancestors.
    pub show: Vec<TileId>,
    /// The tiles to fetch, most urgent first: largest error on screen, then nearest to the middle of the picture.
    pub load: Vec<TileId>,
    /// The tiles to drop, longest unseen first.
    pub drop: Vec<TileId>,
    /// True when nothing more will come for this view: nothing is on its way and nothing is left to fetch.
    pub complete: bool,
    /// True when the view needs more than the budget; it then stays coarser than asked for.
    pub short_of_memory: bool,
}

/// Remembers how every tile of one tileset fares.
#[derive(Clone, Debug)]
pub struct Selector {
    slots: Vec<Slot>,
    budget: Budget,
    /// Counts calls of `select`.
    frame: u64,
    /// Tiles that are ready.
    resident: BTreeSet<TileId>,
    /// What the last frame showed.
    shown: Vec<TileId>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    life: TileLife,
    bytes: usize,
    /// The last frame whose view wanted this tile; 0 for never.
    seen: u64,
}

/// A tile in view that the walk came by. Visits stand parents before children.
struct Visit {
    id: TileId,
    /// Row of the parent's visit.
    parent: Option<usize>,
    has_content: bool,
    ready: bool,
    refine: Refine,
    /// True when its own error is too large and its children are wanted.
    refines: bool,
    sse_px: f64,
    off_centre: f64,
}

impl Selector {
    /// For a tileset of `tile_count` tiles, none of them here yet.
    pub fn new(tile_count: usize, budget: Budget) -> Self {
        let slots = vec![Slot::default(); tile_count];
        Self {
            slots,
            budget,
            frame: 0,
            resident: BTreeSet::new(),
            shown: Vec::new(),
        }
    }

    /// How a tile fares.
    pub fn life(&self, id: TileId) -> TileLife {
        self.slot(id).life
    }

    /// What all tiles that are ready take, in bytes.
    pub fn used_bytes(&self) -> usize {
        self.resident.iter().map(|id| self.slot(*id).bytes).sum()
    }

    /// Tells that a tile's content went on: asked for, arrived (taking `bytes`), failed or dropped. `bytes` counts
    /// only for [`TileLife::Ready`].
    pub fn note(&mut self, id: TileId, life: TileLife, bytes: usize) -> Result<(), SelectError> {
        let slot = self
            .slots
            .get_mut(id.row())
            .ok_or(SelectError::UnknownTile(id))?;
        slot.life = step(slot.life, life)?;
        if life == TileLife::Ready {
            slot.bytes = bytes;
            self.resident.insert(id);
        } else {
            slot.bytes = 0;
            self.resident.remove(&id);
        }
        Ok(())
    }

    /// What to do so that no error on screen stays above `max_sse_px` pixels. Changes no tile's life: the caller
    /// acts and tells with [`Selector::note`].
    pub fn select(&mut self, tileset: &Tileset, view: &ViewState, max_sse_px: f64) -> Selection {
        self.frame += 1;
        if self.slots.len() < tileset.tiles.len() {
            self.slots.resize(tileset.tiles.len(), Slot::default());
        }
        let visits = self.walk(tileset, view, max_sse_px);
        for visit in &visits {
            self.mark_seen(visit.id);
        }
        let (mut show, uncovered) = what_to_show(&visits);
        let kept = self.stand_ins(tileset, view, &show, &uncovered);
        for id in &kept {
            self.mark_seen(*id);
        }
        show.extend(kept);
        show.sort_unstable();
        show.dedup();
        self.shown.clone_from(&show);

        let needed_bytes: usize = self
            .resident
            .iter()
            .map(|id| self.slot(*id))
            .filter(|slot| slot.seen == self.frame)
            .map(|slot| slot.bytes)
            .sum();
        let wanted = self.what_to_load(&visits);
        let short_of_memory = needed_bytes >= self.budget.max_bytes && !wanted.is_empty();
        let load = if short_of_memory { Vec::new() } else { wanted };
        let fetching = visits
            .iter()
            .any(|visit| self.slot(visit.id).life == TileLife::Fetching);
        Selection {
            complete: load.is_empty() && !fetching,
            show,
            load,
            drop: self.what_to_drop(),
            short_of_memory,
        }
    }

    /// Every tile in view, from the root down to those that are fine enough.
    fn walk(&self, tileset: &Tileset, view: &ViewState, max_sse_px: f64) -> Vec<Visit> {
        let frustum = view.frustum();
        let mut visits: Vec<Visit> = Vec::new();
        let mut waiting: Vec<(TileId, Option<usize>)> = vec![(TileId(0), None)];
        while let Some((id, parent)) = waiting.pop() {
            let Some(tile) = tileset.tile(id) else {
                continue;
            };
            if !frustum.sees(&tile.bounds) {
                continue;
            }
            let life = self.slot(id).life;
            let distance_m = tile.bounds.distance_m(view.position);
            let sse_px = view.screen_space_error_px(tile.geometric_error_m, distance_m);
            // The children of a tile that came broken are the next best thing.
            let lost = life == TileLife::Failed && tile.refine == Refine::Replace;
            let refines = !tile.children.is_empty() && (sse_px > max_sse_px || lost);
            if refines {
                waiting.extend(
                    tile.children
                        .iter()
                        .rev()
                        .map(|child| (*child, Some(visits.len()))),
                );
            }
            visits.push(Visit {
                id,
                parent,
                has_content: tile.content.is_some(),
                ready: tile.content.is_some() && life == TileLife::Ready,
                refine: tile.refine,
                refines,
                sse_px,
                off_centre: view.off_centre(tile.bounds.centre_m()),
            });
        }
        visits
    }

    /// Tiles of the last frame that still cover what would otherwise be a hole: the view has moved away, the coarser
    /// tile that is now right has not come yet, the finer ones are still here.
    fn stand_ins(
        &self,
        tileset: &Tileset,
        view: &ViewState,
        show: &[TileId],
        uncovered: &BTreeSet<TileId>,
    ) -> Vec<TileId> {
        if uncovered.is_empty() {
            return Vec::new();
        }
        let frustum = view.frustum();
        let covers_a_hole = |id: TileId| {
            let mut above = tileset.tile(id).and_then(|tile| tile.parent);
            while let Some(ancestor) = above {
                if uncovered.contains(&ancestor) {
                    return true;
                }
                above = tileset.tile(ancestor).and_then(|tile| tile.parent);
            }
            false
        };
        let still_there = |id: &TileId| {
            let in_view = tileset
                .tile(*id)
                .is_some_and(|tile| frustum.sees(&tile.bounds));
            in_view
                && self.slot(*id).life == TileLife::Ready
                && !show.contains(id)
                && covers_a_hole(*id)
        };
        self.shown.iter().copied().filter(still_there).collect()
    }

    fn what_to_load(&self, visits: &[Visit]) -> Vec<TileId> {
        let mut wanted: Vec<&Visit> = visits
            .iter()
            .filter(|visit| visit.has_content && self.slot(visit.id).life == TileLife::Unloaded)
            .collect();
        wanted.sort_by(|a, b| {
            b.sse_px
                .total_cmp(&a.sse_px)
                .then(a.off_centre.total_cmp(&b.off_centre))
                .then(a.id.cmp(&b.id))
        });
        wanted.iter().map(|visit| visit.id).collect()
    }

    /// The longest unseen tiles, until the rest fits the budget. Of tiles unseen equally long, the finer go first.
    fn what_to_drop(&self) -> Vec<TileId> {
        let mut used = self.used_bytes();
        let mut unseen: Vec<TileId> = self
            .resident
            .iter()
            .copied()
            .filter(|id| self.slot(*id).seen < self.frame)
            .collect();
        unseen.sort_by(|a, b| self.slot(*a).seen.cmp(&self.slot(*b).seen).then(b.cmp(a)));
        let mut drop = Vec::new();
        for id in unseen {
            if used <= self.budget.max_bytes {
                break;
            }
            used = used.saturating_sub(self.slot(id).bytes);
            drop.push(id);
        }
        drop
    }

    fn slot(&self, id: TileId) -> Slot {
        self.slots.get(id.row()).copied().unwrap_or_default()
    }

    fn mark_seen(&mut self, id: TileId) {
        if let Some(slot) = self.slots.get_mut(id.row()) {
            slot.seen = self.frame;
        }
    }
}

/// The tiles to show, and the fine enough REPLACE tiles that should be shown but are not here.
fn what_to_show(visits: &[Visit]) -> (Vec<TileId>, BTreeSet<TileId>) {
    let covered_below = whether_children_cover(visits);
    let mut show = Vec::new();
    let mut uncovered = BTreeSet::new();
    // For each visit: true when an ancestor, or the tile itself, stands in for everything below.
    let mut hides_below: Vec<bool> = Vec::with_capacity(visits.len());
    for (row, visit) in visits.iter().enumerate() {
        let hidden = visit
            .parent
            .is_some_and(|parent| hides_below.get(parent).copied().unwrap_or(false));
        let children_will_do = visit.refines && covered_below.get(row).copied().unwrap_or(false);
        let stands_in =
            visit.ready && visit.refines && visit.refine == Refine::Replace && !children_will_do;
        hides_below.push(hidden || stands_in);
        if hidden {
            continue;
        }
        if visit.ready && (visit.refine == Refine::Add || !children_will_do) {
            show.push(visit.id);
        }
        if visit.has_content && !visit.ready && !visit.refines && visit.refine == Refine::Replace {
            uncovered.insert(visit.id);
        }
    }
    (show, uncovered)
}

/// For each visit: whether the children in view can take its place without leaving a hole.
fn whether_children_cover(visits: &[Visit]) -> Vec<bool> {
    let mut covered_below = vec![true; visits.len()];
    // Children stand behind their parents, so going backwards meets every child before its parent.
    for (row, visit) in visits.iter().enumerate().rev() {
        let below = covered_below.get(row).copied().unwrap_or(true);
        let covered = match (visit.has_content, visit.refine) {
            (false, _) => below,
            (true, Refine::Replace) => visit.ready || (visit.refines && below),
            (true, Refine::Add) => visit.ready,
        };
        if !covered
            && let Some(parent) = visit
                .parent
                .and_then(|parent| covered_below.get_mut(parent))
        {
            *parent = false;
        }
    }
    covered_below
}

#[cfg(test)]
mod tests;
