//! Which tiles to show, fetch and drop for a view.
//!
//! A state machine without clock, network or disk: it is told how each part of a tile fares ([`Selector::note`]) and
//! asked once per frame what to do ([`Selector::select`]). The same notes and views give the same answers. Explicit
//! tiles, implicit ones and those of external tilesets are chosen alike: a tile whose branch is not known yet has it
//! fetched before its children are asked for.

mod memory;
mod plan;
mod slots;
mod walk;

use crate::{
    Budget, CameraMotion, SelectError, TileId, TileLife, Tileset, ViewState, Weight, step,
};
use memory::{Mean, Order};
use plan::Want;
use slots::Slots;
use std::collections::BTreeSet;
use walk::{Gaze, Walk};

pub use slots::Part;

/// A request that no view has wanted for this many frames is given up.
const CANCEL_AFTER: u32 = 3;
/// One step towards a coarser picture multiplies the allowed error by this.
const COARSER_BY: f64 = 1.25;
/// At most this many steps, so that a hopeless budget ends the search: by then the error is seven thousand times as large.
const MAX_COARSER: u32 = 40;

/// What presses a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Urgency {
    /// The present view lacks it.
    Now,
    /// The view will lack it when the camera goes on as it does.
    Ahead,
}

/// A part to fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// Of which tile.
    pub tile: TileId,
    /// Which part.
    pub part: Part,
    /// Why.
    pub urgency: Urgency,
    /// What to book for it until it is here, bytes; goes back into [`News::Asked`].
    pub reserved_bytes: usize,
    /// How often its textures are to be halved.
    pub texture_level: u8,
}

/// A tile whose textures shall become finer or coarser while it stays in the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Renewal {
    /// Which tile.
    pub tile: TileId,
    /// How often its textures are to be halved.
    pub texture_level: u8,
    /// What to book for it until it is here, bytes; goes back into [`News::Renewing`].
    pub reserved_bytes: usize,
}

/// What to do for one view.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selection {
    /// The tiles to draw, by number. Under REPLACE never a tile together with one of its ancestors.
    pub show: Vec<TileId>,
    /// The parts to fetch, most urgent first: what the view lacks before what lies ahead, then by error on screen (in
    /// classes of a factor of two), by nearness to the middle of the picture and to the eye.
    pub load: Vec<Request>,
    /// Tiles in view whose textures have to become coarser, or may become finer again.
    pub renew: Vec<Renewal>,
    /// Requests that no view has wanted for some frames; give them up.
    pub cancel: Vec<(TileId, Part)>,
    /// The parts to drop, longest unseen first; see [`Selector::release`].
    pub drop: Vec<(TileId, Part)>,
    /// True when nothing more will come for this view: nothing is on its way and nothing is left to fetch.
    pub complete: bool,
    /// True when the view needs more than the budget; its textures or its geometry then stay coarser than asked for.
    pub short_of_memory: bool,
    /// Parts that the view lacks, on their way or still to be fetched.
    pub missing: usize,
    /// The error on screen that was aimed at, pixels: more than asked for when memory is short.
    pub effective_sse_px: f64,
    /// How often textures are halved for want of memory.
    pub texture_level: u8,
}

impl Selection {
    fn clear(&mut self) {
        self.show.clear();
        self.load.clear();
        self.renew.clear();
        self.cancel.clear();
        self.drop.clear();
    }
}

/// How a part of a tile went on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// It was asked for.
    Asked {
        /// Booked for it until it is here.
        reserved_bytes: usize,
    },
    /// It is here, for the first time or with other textures.
    Here(Arrival),
    /// It came broken or not at all.
    Failed,
    /// It was dropped or given up, or another try is wanted.
    Gone,
    /// It came larger than what was left and was let go; the next booking will be exact.
    TooLarge(Weight),
    /// The same content with other textures was asked for.
    Renewing {
        /// Booked for it until it is here.
        reserved_bytes: usize,
    },
    /// The renewal came to nothing: the tile keeps the textures that it has.
    Kept,
}

impl News {
    fn life(&self) -> TileLife {
        match self {
            Self::Asked { .. } => TileLife::Fetching,
            Self::Here(_) | Self::Kept => TileLife::Ready,
            Self::Failed => TileLife::Failed,
            Self::Gone | Self::TooLarge(_) => TileLife::Unloaded,
            Self::Renewing { .. } => TileLife::Renewing,
        }
    }
}

/// What came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// What it takes from now on.
    pub weight: Weight,
    /// There is something to draw.
    pub is_drawable: bool,
    /// It was, or held, an external tileset or a subtree, which is attached to the tree now.
    pub brings_tiles: bool,
}

impl Arrival {
    /// Something to draw.
    pub fn drawable(weight: Weight) -> Self {
        Self {
            weight,
            is_drawable: true,
            brings_tiles: false,
        }
    }

    /// A branch of the tree that took so many bytes.
    pub fn tiles(bytes: usize) -> Self {
        Self {
            weight: Weight::solid(bytes),
            is_drawable: false,
            brings_tiles: true,
        }
    }
}

/// Remembers how every tile of one tileset fares.
#[derive(Clone, Debug)]
pub struct Selector {
    slots: Slots,
    budget: Budget,
    max_in_flight: usize,
    /// What counts against the budget and can never be dropped, bytes.
    fixed_bytes: usize,
    /// Still held for requests that were given up, bytes.
    abandoned_bytes: usize,
    /// Counts calls of `select`.
    frame: u32,
    resident_bytes: usize,
    reserved_bytes: usize,
    failed: usize,
    renewing: usize,
    in_flight: BTreeSet<(TileId, Part)>,
    order: Order,
    contents: Mean,
    branches: Mean,
    /// What the last frame showed.
    shown: Vec<TileId>,
    texture_level: u8,
    /// Steps by which the picture is coarser than asked for.
    coarser: u32,
    walk: Walk,
    /// Walks that decide nothing yet: along the camera's path, and with a finer picture.
    trial: Walk,
    wants: Vec<Want>,
    uncovered: Vec<TileId>,
}

impl Selector {
    /// For a tileset of which nothing is here yet.
    pub fn new(budget: Budget) -> Self {
        Self {
            slots: Slots::default(),
            budget,
            max_in_flight: usize::MAX,
            fixed_bytes: 0,
            abandoned_bytes: 0,
            frame: 0,
            resident_bytes: 0,
            reserved_bytes: 0,
            failed: 0,
            renewing: 0,
            in_flight: BTreeSet::new(),
            order: Order::default(),
            contents: Mean::default(),
            branches: Mean::default(),
            shown: Vec::new(),
            texture_level: 0,
            coarser: 0,
            walk: Walk::default(),
            trial: Walk::default(),
            wants: Vec::new(),
            uncovered: Vec::new(),
        }
    }

    /// How a part of a tile fares.
    pub fn life(&self, id: TileId, part: Part) -> TileLife {
        self.slots.get(id).piece(part).life
    }

    /// What all parts that are here take, in bytes.
    pub fn used_bytes(&self) -> usize {
        self.resident_bytes
    }

    /// What is here, what is booked for what is on its way, and what can never be dropped, in bytes.
    pub fn booked_bytes(&self) -> usize {
        self.resident_bytes
            .saturating_add(self.reserved_bytes)
            .saturating_add(self.fixed_bytes)
            .saturating_add(self.abandoned_bytes)
    }

    /// What the selector itself takes for remembering tiles, in bytes.
    pub fn bookkeeping_bytes(&self) -> usize {
        self.slots.bytes()
    }

    /// Parts that came broken or not at all.
    pub fn failed(&self) -> usize {
        self.failed
    }

    /// How much all may take from now on.
    pub fn set_budget(&mut self, budget: Budget) {
        self.budget = budget;
    }

    /// What counts against the budget and can never be dropped: the tree as far as it was not fetched, in bytes.
    pub fn set_fixed_bytes(&mut self, bytes: usize) {
        self.fixed_bytes = bytes;
    }

    /// What is still held for requests that were given up and have not answered, in bytes: it takes room, but the
    /// picture does not become coarser for it.
    pub fn set_abandoned_bytes(&mut self, bytes: usize) {
        self.abandoned_bytes = bytes;
    }

    /// Never asks for more than this many parts at a time.
    pub fn set_max_in_flight(&mut self, parts: usize) {
        self.max_in_flight = parts;
    }

    /// Tells how a part of a tile went on.
    pub fn note(
        &mut self,
        tileset: &Tileset,
        id: TileId,
        part: Part,
        news: News,
    ) -> Result<(), SelectError> {
        if tileset.tile(id).is_none() {
            return Err(SelectError::UnknownTile(id));
        }
        let before = *self.slots.get(id).piece(part);
        let life = step(before.life, news.life())?;
        if matches!(news, News::Kept) && before.life != TileLife::Renewing {
            return Err(SelectError::BadStep {
                from: before.life,
                to: life,
            });
        }
        let mut after = before;
        after.life = life;
        after.reserved = match news {
            News::Asked { reserved_bytes } | News::Renewing { reserved_bytes } => reserved_bytes,
            _ => 0,
        };
        let slot = self.slots.get_mut(id);
        match news {
            News::Here(arrival) => {
                after.weight = Some(arrival.weight);
                if part == Part::Content {
                    slot.is_drawable = arrival.is_drawable;
                    slot.brings_tiles = arrival.brings_tiles;
                }
            }
            News::TooLarge(weight) => after.weight = Some(weight),
            News::Kept => slot.keeps_textures = true,
            News::Gone => slot.keeps_textures = false,
            News::Asked { .. } | News::Failed | News::Renewing { .. } => {}
        }
        *slot.piece_mut(part) = after;
        self.keep_books(id, part, &before, &after);
        if before.is_live() != after.is_live() {
            self.count_below_owner(tileset, id, after.is_live());
        }
        Ok(())
    }

    /// Lets a part go, with all tiles that hang on it: what [`Selection::drop`] asks for.
    pub fn release(
        &mut self,
        tileset: &mut Tileset,
        id: TileId,
        part: Part,
    ) -> Result<(), SelectError> {
        let held_tiles = self.slots.get(id).holds_tiles(part);
        if held_tiles {
            self.forget_below(tileset, id);
        }
        self.note(tileset, id, part, News::Gone)?;
        if held_tiles {
            tileset.detach(id);
        }
        Ok(())
    }

    /// Lets everything that failed be asked for again.
    pub fn retry_failed(&mut self, tileset: &Tileset) {
        let failed: Vec<(TileId, Part)> = self
            .slots
            .ids()
            .flat_map(|id| [(id, Part::Content), (id, Part::Branch)])
            .filter(|(id, part)| self.life(*id, *part) == TileLife::Failed)
            .collect();
        for (id, part) in failed {
            // The step from failed to unloaded is always allowed; a tile that is gone needs no second try.
            self.note(tileset, id, part, News::Gone).ok();
        }
    }

    /// What to do so that no error on screen stays above `max_sse_px` pixels. Changes no part's life: the caller acts
    /// and tells with [`Selector::note`] and [`Selector::release`].
    pub fn select(
        &mut self,
        tileset: &Tileset,
        view: &ViewState,
        motion: Option<&CameraMotion>,
        max_sse_px: f64,
    ) -> Selection {
        let mut selection = Selection::default();
        self.select_into(tileset, view, motion, max_sse_px, &mut selection);
        selection
    }

    /// The same, into a selection whose memory is used again.
    pub fn select_into(
        &mut self,
        tileset: &Tileset,
        view: &ViewState,
        motion: Option<&CameraMotion>,
        max_sse_px: f64,
        out: &mut Selection,
    ) {
        self.frame = self.frame.saturating_add(1);
        out.clear();
        let asked = Gaze::new(view, motion, max_sse_px);
        let gaze = self.fit_budget(tileset, &asked);
        self.mark_seen();
        self.choose_shown(tileset, &gaze, out);
        self.wants.clear();
        self.want_what_view_lacks(tileset, &gaze);
        if let Some(motion) = motion {
            self.want_what_lies_ahead(tileset, view, motion, max_sse_px);
        }
        out.effective_sse_px = max_sse_px * COARSER_BY.powf(f64::from(self.coarser));
        out.texture_level = self.texture_level;
        self.plan(out);
    }

    /// Goes down the tree with the least coarse picture that fits the budget: textures give way first, then geometry.
    fn fit_budget(&mut self, tileset: &Tileset, asked: &Gaze) -> Gaze {
        // A tenth stays free for what is on its way and for tiles that stand in.
        let limit = self.budget.max_bytes - self.budget.max_bytes / 10;
        let limit = limit.saturating_sub(self.fixed_bytes);
        let roomy = limit - limit / 10;
        let now = self.texture_level;
        let (contents, branches) = (self.contents, self.branches);
        let fitting = |walk: &Walk, limit: usize| {
            let need = walk.need.estimated(&contents, &branches);
            need.texture_level(now, limit, roomy)
        };
        let gaze_at = |coarser: u32| {
            asked.with_max_sse(asked.max_sse_px() * COARSER_BY.powf(f64::from(coarser)))
        };
        let mut gaze = gaze_at(self.coarser);
        self.walk.go(tileset, &self.slots, &gaze);
        let mut level = fitting(&self.walk, limit);
        while level.is_some() && self.coarser > 0 {
            let finer = gaze_at(self.coarser - 1);
            self.trial.go(tileset, &self.slots, &finer);
            let Some(finer_level) = fitting(&self.trial, roomy) else {
                break;
            };
            level = Some(finer_level);
            gaze = finer;
            self.coarser -= 1;
            std::mem::swap(&mut self.walk, &mut self.trial);
        }
        while level.is_none() && self.coarser < MAX_COARSER {
            self.coarser += 1;
            gaze = gaze_at(self.coarser);
            self.walk.go(tileset, &self.slots, &gaze);
            level = fitting(&self.walk, limit);
        }
        self.texture_level = level.unwrap_or(crate::MAX_TEXTURE_LEVEL);
        gaze
    }

    fn mark_seen(&mut self) {
        for visit in &self.walk.visits {
            let slot = self.slots.get_mut(visit.id);
            slot.seen = self.frame;
            slot.was_refined = visit.is_too_coarse;
        }
    }

    fn choose_shown(&mut self, tileset: &Tileset, gaze: &Gaze, out: &mut Selection) {
        self.uncovered.clear();
        self.walk.cover(&mut out.show, &mut self.uncovered);
        for id in &out.show {
            self.slots.get_mut(*id).shown = self.frame;
        }
        if !self.uncovered.is_empty() {
            self.add_stand_ins(tileset, gaze, &mut out.show);
        }
        out.show.sort_unstable();
        self.shown.clone_from(&out.show);
    }

    /// Adds tiles of the last frame that still cover what would otherwise be a hole: the view has moved away, the
    /// coarser tile that is now right has not come yet, the finer ones are still here.
    fn add_stand_ins(&mut self, tileset: &Tileset, gaze: &Gaze, show: &mut Vec<TileId>) {
        for id in &self.uncovered {
            self.slots.get_mut(*id).uncovered = self.frame;
        }
        for id in &self.shown {
            let slot = self.slots.get(*id);
            let Some(tile) = tileset.tile(*id) else {
                continue;
            };
            let is_there = slot.content.life.is_here() && slot.is_drawable;
            if slot.shown == self.frame || !is_there || !gaze.sees(tile) {
                continue;
            }
            if self.lies_below_hole(tileset, tile.parent) {
                let slot = self.slots.get_mut(*id);
                slot.shown = self.frame;
                slot.seen = self.frame;
                slot.stood_in = self.frame;
                show.push(*id);
            }
        }
    }

    fn lies_below_hole(&self, tileset: &Tileset, mut above: Option<TileId>) -> bool {
        while let Some(id) = above {
            if self.slots.get(id).uncovered == self.frame {
                return true;
            }
            above = tileset.tile(id).and_then(|tile| tile.parent);
        }
        false
    }

    fn keep_books(&mut self, id: TileId, part: Part, before: &slots::Piece, after: &slots::Piece) {
        self.resident_bytes = self.resident_bytes.saturating_sub(before.resident());
        self.resident_bytes = self.resident_bytes.saturating_add(after.resident());
        self.reserved_bytes = self.reserved_bytes.saturating_sub(before.reserved);
        self.reserved_bytes = self.reserved_bytes.saturating_add(after.reserved);
        match before.life {
            TileLife::Failed => self.failed = self.failed.saturating_sub(1),
            TileLife::Renewing => self.renewing = self.renewing.saturating_sub(1),
            TileLife::Fetching => {
                self.in_flight.remove(&(id, part));
            }
            TileLife::Unloaded | TileLife::Ready => {}
        }
        match after.life {
            TileLife::Failed => self.failed += 1,
            TileLife::Renewing => self.renewing += 1,
            TileLife::Fetching => {
                self.in_flight.insert((id, part));
            }
            TileLife::Unloaded | TileLife::Ready => {}
        }
        if after.life.is_here() && !before.life.is_here() {
            self.order.add(&mut self.slots, id, part);
            if let Some(weight) = &after.weight {
                let mean = match part {
                    Part::Content => &mut self.contents,
                    Part::Branch => &mut self.branches,
                };
                mean.learn(weight);
            }
        } else if before.life.is_here() && !after.life.is_here() {
            self.order.remove(id, part, before.queued);
        }
    }

    /// Counts a part at the tile whose branch brought it: that branch cannot be dropped as long as the part lives.
    fn count_below_owner(&mut self, tileset: &Tileset, id: TileId, is_live: bool) {
        let mut above = tileset.tile(id).and_then(|tile| tile.parent);
        while let Some(owner) = above {
            if self.slots.get(owner).is_grafted() {
                let slot = self.slots.get_mut(owner);
                slot.live_below = if is_live {
                    slot.live_below.saturating_add(1)
                } else {
                    slot.live_below.saturating_sub(1)
                };
                return;
            }
            above = tileset.tile(owner).and_then(|tile| tile.parent);
        }
    }

    /// Forgets all tiles below `at`, before the tree does.
    fn forget_below(&mut self, tileset: &Tileset, at: TileId) {
        let mut below: Vec<TileId> = Vec::new();
        let mut waiting = vec![at];
        while let Some(id) = waiting.pop() {
            if let Some(tile) = tileset.tile(id) {
                below.extend(&tile.children);
                waiting.extend(&tile.children);
            }
        }
        // Parts that still live are given up first, children before parents, so that all counts stay right.
        for id in below.iter().rev() {
            for part in [Part::Content, Part::Branch] {
                if self.life(*id, part) != TileLife::Unloaded {
                    self.note(tileset, *id, part, News::Gone).ok();
                }
            }
        }
        for id in below {
            self.slots.remove(id);
        }
    }
}

#[cfg(test)]
mod tests;
