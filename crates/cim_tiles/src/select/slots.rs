//! What is remembered of every tile, in pages: tiles come and go, and their numbers are never used again.

use crate::{TileId, TileLife, Weight};
use std::collections::BTreeMap;

/// Tiles per page.
const PAGE: u32 = 64;

/// The two things that can be fetched for a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// What it draws, or the external tilesets that stand in its place.
    Content,
    /// The subtree that says which tiles there are below it.
    Branch,
}

/// How one part of a tile fares.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Piece {
    pub(super) life: TileLife,
    /// Booked for what is on its way, bytes.
    pub(super) reserved: usize,
    /// What it weighs; kept after it was dropped, so that the next booking is exact.
    pub(super) weight: Option<Weight>,
    /// The rank under which it stands in the order of dropping.
    pub(super) queued: u32,
}

impl Piece {
    /// What it takes while it is here, bytes.
    pub(super) fn resident(&self) -> usize {
        match (self.life.is_here(), self.weight) {
            (true, Some(weight)) => weight.bytes(),
            _ => 0,
        }
    }

    /// True while dropping the branch that it hangs on would lose it.
    pub(super) fn is_live(&self) -> bool {
        self.life == TileLife::Fetching || self.life.is_here()
    }
}

/// What is remembered of one tile. Frames count calls of `select`; 0 means never.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Slot {
    pub(super) content: Piece,
    pub(super) branch: Piece,
    /// The last frame whose view wanted this tile.
    pub(super) seen: u32,
    /// The last frame in which a view further along the camera's path wanted it.
    pub(super) ahead: u32,
    /// The last frame that showed it.
    pub(super) shown: u32,
    /// The last frame in which it should have covered a place and nothing did.
    pub(super) uncovered: u32,
    /// The last frame in which it was shown in place of a coarser one.
    pub(super) stood_in: u32,
    /// True when the last view that came by went on to its children.
    pub(super) was_refined: bool,
    /// The content that is here can be drawn.
    pub(super) is_drawable: bool,
    /// The content that is here brought an external tileset.
    pub(super) brings_tiles: bool,
    /// A renewal of its textures came to nothing; they stay as they are.
    pub(super) keeps_textures: bool,
    /// Parts that are here or on their way, of the tiles that this tile's branch brought.
    pub(super) live_below: u32,
}

impl Slot {
    pub(super) fn piece(&self, part: Part) -> &Piece {
        match part {
            Part::Content => &self.content,
            Part::Branch => &self.branch,
        }
    }

    pub(super) fn piece_mut(&mut self, part: Part) -> &mut Piece {
        match part {
            Part::Content => &mut self.content,
            Part::Branch => &mut self.branch,
        }
    }

    /// The last frame in which any view wanted it.
    pub(super) fn wanted(&self) -> u32 {
        self.seen.max(self.ahead)
    }

    /// Its place in the order of dropping: by the last frame that wanted it, and of two of the same frame, the one that
    /// only lies ahead goes first.
    pub(super) fn rank(&self) -> u32 {
        let seen = if self.seen == 0 { 0 } else { 2 * self.seen + 1 };
        seen.max(2 * self.ahead)
    }

    /// True while tiles hang below it that `part` brought.
    pub(super) fn holds_tiles(&self, part: Part) -> bool {
        match part {
            Part::Content => self.brings_tiles && self.content.life.is_here(),
            Part::Branch => self.branch.life.is_here(),
        }
    }

    pub(super) fn is_grafted(&self) -> bool {
        self.holds_tiles(Part::Content) || self.holds_tiles(Part::Branch)
    }
}

/// The slots of all tiles that anything is known about.
#[derive(Clone, Debug, Default)]
pub(super) struct Slots {
    pages: BTreeMap<u32, Page>,
}

#[derive(Clone, Debug)]
struct Page {
    slots: Box<[Slot; PAGE as usize]>,
    /// One bit per slot in use; the page goes with the last one.
    in_use: u64,
}

impl Slots {
    /// What is known of a tile; nothing yet reads as the default.
    pub(super) fn get(&self, id: TileId) -> Slot {
        self.pages
            .get(&(id.0 / PAGE))
            .and_then(|page| page.slots.get((id.0 % PAGE) as usize))
            .copied()
            .unwrap_or_default()
    }

    /// The place where what is known of a tile is kept.
    pub(super) fn get_mut(&mut self, id: TileId) -> &mut Slot {
        let page = self.pages.entry(id.0 / PAGE).or_insert_with(|| Page {
            slots: Box::new([Slot::default(); PAGE as usize]),
            in_use: 0,
        });
        page.in_use |= 1_u64 << (id.0 % PAGE);
        // A remainder of PAGE is always a row of the page.
        &mut page.slots[(id.0 % PAGE) as usize]
    }

    /// Forgets a tile.
    pub(super) fn remove(&mut self, id: TileId) {
        let Some(page) = self.pages.get_mut(&(id.0 / PAGE)) else {
            return;
        };
        page.in_use &= !(1_u64 << (id.0 % PAGE));
        if let Some(slot) = page.slots.get_mut((id.0 % PAGE) as usize) {
            *slot = Slot::default();
        }
        if page.in_use == 0 {
            self.pages.remove(&(id.0 / PAGE));
        }
    }

    /// What all this takes, bytes.
    pub(super) fn bytes(&self) -> usize {
        self.pages.len() * (size_of::<[Slot; PAGE as usize]>() + size_of::<(u32, Page)>())
    }

    /// The tiles that anything is known about, in the order of their numbers.
    pub(super) fn ids(&self) -> impl Iterator<Item = TileId> {
        self.pages.iter().flat_map(|(number, page)| {
            (0..PAGE)
                .filter(move |row| page.in_use & (1_u64 << *row) != 0)
                .map(move |row| TileId(number * PAGE + row))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_goes_with_its_last_tile() {
        let mut slots = Slots::default();
        slots.get_mut(TileId(3)).seen = 7;
        slots.get_mut(TileId(70)).seen = 8;
        let both = slots.bytes();
        assert_eq!(slots.ids().collect::<Vec<_>>(), [TileId(3), TileId(70)]);
        slots.remove(TileId(70));
        assert_eq!(slots.get(TileId(70)).seen, 0);
        assert_eq!(slots.bytes(), both / 2);
        slots.remove(TileId(3));
        assert_eq!(slots.bytes(), 0);
    }
}
