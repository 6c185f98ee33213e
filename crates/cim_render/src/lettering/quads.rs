//! The quads of the texts in the picture, as they lie in the device's buffer: a block for each text, and what of it changed.
//!
//! A text that only moves or fades has its quads left alone: they are relative to its anchor, and anchors are few.

use bytemuck::{Pod, Zeroable};
use std::{collections::BTreeMap, ops::Range};

/// Blocks have room for a multiple of this many quads, so that texts of about the same length can take each other's place.
const STEP: u32 = 4;
/// Changes nearer to each other than this are written as one, rows.
const JOINED_GAP: u32 = 16;
/// Fewer rows than this are never packed together anew.
const LEAST_PACKED: usize = 1_024;

/// One glyph as the shader takes it; see `shaders/labels.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable, PartialEq)]
pub(crate) struct GlyphQuad {
    /// Left, top (from the text's anchor), width and height, px, before it is turned about its middle.
    pub(crate) place: [f32; 4],
    /// Where the letter stands, as the city's depth has it: what is nearer hides it.
    pub(crate) depth: f32,
    /// Pixels per unit of distance.
    pub(crate) sharpness: f32,
    /// Cosine and sine of the turn, clockwise.
    pub(crate) turn: [i16; 2],
    /// Left, top, width, height on its page, texels.
    pub(crate) texels: [u16; 4],
    /// Square roots of the linear colour; then how light the halo is.
    pub(crate) colour: [u8; 4],
    /// Page; reach of the halo in sixteenths of a px; two spare.
    pub(crate) manner: [u8; 4],
    /// Row of its anchor.
    pub(crate) anchor: u32,
}

/// Where a text is, and how far it has faded in.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable, PartialEq)]
pub(crate) struct Anchor {
    /// Px from the picture's top left.
    pub(crate) px: [f32; 2],
    /// 0 invisible … 1 full.
    pub(crate) alpha: f32,
    pub(crate) spare: f32,
}

/// Which text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TextKey {
    /// A name: which label, and its place along its path.
    Name(u32, (u32, u32)),
    /// The text of a drawing.
    Drawn(u32),
}

/// What quads were set for. Equal settings give equal quads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Setting {
    /// Counts changes of the texts that a key means.
    pub(crate) source: u64,
    /// Height of one em, px.
    pub(crate) size_px: f32,
    /// Colour, halo.
    pub(crate) ink: ([u8; 4], u8),
}

/// What the buffer holds of a text.
struct Held {
    first: u32,
    room: u32,
    anchor: u32,
    /// `None` for quads that are set anew in every layout.
    setting: Option<Setting>,
    /// A bit for each page of glyphs that it needs.
    pages: u8,
    /// The layout that last asked for it.
    named: u64,
}

/// Every quad and anchor of the picture.
#[derive(Default)]
pub(crate) struct QuadStore {
    quads: Vec<GlyphQuad>,
    anchors: Vec<Anchor>,
    held: BTreeMap<TextKey, Held>,
    /// First rows of free blocks, by their room.
    free: BTreeMap<u32, Vec<u32>>,
    free_anchors: Vec<u32>,
    changed_quads: Vec<Range<u32>>,
    changed_anchors: Vec<Range<u32>>,
    /// Rows of blocks in use.
    used_rows: usize,
    now: u64,
}

impl QuadStore {
    /// Every quad; what is free has no size.
    pub(crate) fn quads(&self) -> &[GlyphQuad] {
        &self.quads
    }

    /// Every anchor.
    pub(crate) fn anchors(&self) -> &[Anchor] {
        &self.anchors
    }

    /// Begins a layout. Texts that it does not name are given up by [`Self::end`].
    pub(crate) fn begin(&mut self) {
        self.now += 1;
    }

    /// A bit for each page of glyphs that texts in the buffer need.
    pub(crate) fn pages(&self) -> u8 {
        self.held.values().fold(0, |bits, held| bits | held.pages)
    }

    /// True when the text is there as `setting` wants it; names it.
    pub(crate) fn keeps(&mut self, key: TextKey, setting: &Setting) -> bool {
        let now = self.now;
        self.held.get_mut(&key).is_some_and(|held| {
            let is_right = held.setting.as_ref() == Some(setting);
            if is_right {
                held.named = now;
            }
            is_right
        })
    }

    /// Sets the quads of a text and names it; their anchors are filled in here. `setting` is `None` for quads that depend on more
    /// than a setting says.
    pub(crate) fn set(
        &mut self,
        key: TextKey,
        setting: Option<Setting>,
        quads: &[GlyphQuad],
        pages: u8,
    ) {
        let room = (quads.len() as u32).max(1).next_multiple_of(STEP);
        let known = self
            .held
            .get(&key)
            .map(|held| (held.first, held.room, held.anchor));
        let (first, anchor) = match known {
            Some((first, known_room, anchor)) if known_room == room => (first, anchor),
            Some((first, known_room, anchor)) => {
                self.give_up(first, known_room);
                (self.take(room), anchor)
            }
            None => (self.take(room), self.take_anchor()),
        };
        let held = Held {
            first,
            room,
            anchor,
            setting,
            pages,
            named: self.now,
        };
        self.held.insert(key, held);
        let rows = first as usize..(first + room) as usize;
        let Some(places) = self.quads.get_mut(rows) else {
            return;
        };
        let wanted = quads.iter().map(|quad| GlyphQuad { anchor, ..*quad });
        let none = GlyphQuad {
            anchor,
            ..GlyphQuad::default()
        };
        let mut has_changed = false;
        for (place, quad) in places.iter_mut().zip(wanted.chain(std::iter::repeat(none))) {
            has_changed |= *place != quad;
            *place = quad;
        }
        if has_changed {
            self.changed_quads.push(first..first + room);
        }
    }

    /// Puts a text where it belongs.
    pub(crate) fn place(&mut self, key: TextKey, anchor: Anchor) {
        let Some(row) = self.held.get(&key).map(|held| held.anchor) else {
            return;
        };
        if let Some(place) = self.anchors.get_mut(row as usize)
            && *place != anchor
        {
            *place = anchor;
            self.changed_anchors.push(row..row + 1);
        }
    }

    /// Gives up every text that was not named since [`Self::begin`].
    pub(crate) fn end(&mut self) {
        let now = self.now;
        let gone: Vec<TextKey> = self
            .held
            .iter()
            .filter(|(_, held)| held.named != now)
            .map(|(key, _)| *key)
            .collect();
        for key in gone {
            if let Some(held) = self.held.remove(&key) {
                self.give_up(held.first, held.room);
                self.free_anchors.push(held.anchor);
            }
        }
        if self.quads.len() >= LEAST_PACKED && self.used_rows * 3 < self.quads.len() {
            self.pack();
        }
    }

    /// The rows of quads and of anchors that changed since they were taken last: few ranges, in order.
    pub(crate) fn take_changes(&mut self) -> [Vec<Range<u32>>; 2] {
        let quads = std::mem::take(&mut self.changed_quads);
        let anchors = std::mem::take(&mut self.changed_anchors);
        [
            joined(quads, self.quads.len() as u32),
            joined(anchors, self.anchors.len() as u32),
        ]
    }

    /// A free block, or a new one at the end.
    fn take(&mut self, room: u32) -> u32 {
        self.used_rows += room as usize;
        if let Some(first) = self.free.get_mut(&room).and_then(Vec::pop) {
            return first;
        }
        let first = self.quads.len() as u32;
        self.quads
            .resize((first + room) as usize, GlyphQuad::default());
        self.changed_quads.push(first..first + room);
        first
    }

    fn take_anchor(&mut self) -> u32 {
        self.free_anchors.pop().unwrap_or_else(|| {
            let row = self.anchors.len() as u32;
            self.anchors.push(Anchor::default());
            self.changed_anchors.push(row..row + 1);
            row
        })
    }

    /// Frees a block; nothing is drawn of it any more.
    fn give_up(&mut self, first: u32, room: u32) {
        if let Some(places) = self.quads.get_mut(first as usize..(first + room) as usize) {
            places.fill(GlyphQuad::default());
        }
        self.changed_quads.push(first..first + room);
        self.used_rows -= room as usize;
        self.free.entry(room).or_default().push(first);
    }

    /// Moves all blocks together.
    fn pack(&mut self) {
        let mut packed = Vec::with_capacity(self.used_rows);
        for held in self.held.values_mut() {
            let rows = held.first as usize..(held.first + held.room) as usize;
            held.first = packed.len() as u32;
            packed.extend_from_slice(self.quads.get(rows).unwrap_or_default());
        }
        self.quads = packed;
        self.free.clear();
        self.changed_quads.clear();
        self.changed_quads.push(0..self.quads.len() as u32);
    }
}

/// Ranges in order, those that touch or nearly so as one, none beyond `end`.
fn joined(mut ranges: Vec<Range<u32>>, end: u32) -> Vec<Range<u32>> {
    ranges.sort_unstable_by_key(|range| range.start);
    let mut together: Vec<Range<u32>> = Vec::new();
    for range in ranges {
        let range = range.start..range.end.min(end);
        match together.last_mut() {
            Some(last) if range.start <= last.end + JOINED_GAP => {
                last.end = last.end.max(range.end);
            }
            Some(_) | None if range.is_empty() => {}
            Some(_) | None => together.push(range),
        }
    }
    together
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quad(left: f32) -> GlyphQuad {
        GlyphQuad {
            place: [left, 0.0, 10.0, 10.0],
            ..GlyphQuad::default()
        }
    }

    fn setting(source: u64) -> Setting {
        Setting {
            source,
            size_px: 12.0,
            ink: ([1, 2, 3, 0], 32),
        }
    }

    fn anchor(x: f32) -> Anchor {
        Anchor {
            px: [x, 0.0],
            alpha: 1.0,
            spare: 0.0,
        }
    }

    fn one(range: Range<u32>) -> Vec<Range<u32>> {
        std::iter::once(range).collect()
    }

    /// Names so many texts of six letters.
    fn lay_out(store: &mut QuadStore, keys: Range<u32>, x: f32) {
        store.begin();
        for index in keys {
            let key = TextKey::Name(index, (0, 0));
            if !store.keeps(key, &setting(1)) {
                store.set(key, Some(setting(1)), &[quad(1.0); 6], 1);
            }
            store.place(key, anchor(x + index as f32));
        }
        store.end();
    }

    fn drawn(store: &QuadStore) -> usize {
        store
            .quads()
            .iter()
            .filter(|quad| quad.place[2] > 0.0)
            .count()
    }

    #[test]
    fn what_does_not_change_is_not_written_again() {
        let mut store = QuadStore::default();
        lay_out(&mut store, 0..500, 0.0);
        let [quads, anchors] = store.take_changes();
        assert_eq!((quads, anchors), (one(0..4_000), one(0..500)));
        lay_out(&mut store, 0..500, 0.0);
        assert_eq!(store.take_changes(), [vec![], vec![]]);
    }

    #[test]
    fn texts_that_move_write_their_anchors_only() {
        let mut store = QuadStore::default();
        lay_out(&mut store, 0..500, 0.0);
        store.take_changes();
        lay_out(&mut store, 0..500, 3.0);
        let [quads, anchors] = store.take_changes();
        assert!(quads.is_empty());
        assert_eq!(anchors, one(0..500));
    }

    #[test]
    fn one_new_text_writes_one_block() {
        let mut store = QuadStore::default();
        lay_out(&mut store, 0..500, 0.0);
        store.take_changes();
        lay_out(&mut store, 0..501, 0.0);
        let [quads, anchors] = store.take_changes();
        assert_eq!((quads, anchors), (one(4_000..4_008), one(500..501)));
    }

    #[test]
    fn texts_that_are_gone_are_drawn_no_more_and_leave_their_room() {
        let mut store = QuadStore::default();
        lay_out(&mut store, 0..500, 0.0);
        lay_out(&mut store, 100..500, 0.0);
        assert_eq!(drawn(&store), 400 * 6);
        lay_out(&mut store, 100..600, 0.0);
        assert_eq!(store.quads().len(), 4_000, "room is used again");
        assert_eq!(store.anchors().len(), 500);
        assert_eq!(drawn(&store), 500 * 6);
        lay_out(&mut store, 100..150, 0.0);
        assert_eq!(store.quads().len(), 400, "mostly empty, it is packed");
        assert_eq!(drawn(&store), 50 * 6);
        for quad in store.quads().iter().filter(|quad| quad.place[2] > 0.0) {
            assert!((quad.anchor as usize) < store.anchors().len());
        }
    }

    #[test]
    fn a_longer_text_takes_another_block() {
        let mut store = QuadStore::default();
        let key = TextKey::Drawn(0);
        store.begin();
        store.set(key, None, &[quad(1.0); 3], 1);
        store.set(key, None, &[quad(2.0); 9], 2);
        store.end();
        assert_eq!(drawn(&store), 9);
        assert_eq!(store.pages(), 2);
        assert!(!store.keeps(key, &setting(0)), "it is set in every layout");
        store.begin();
        store.end();
        assert_eq!((drawn(&store), store.pages()), (0, 0));
    }

    #[test]
    fn ranges_are_joined_and_cut_off() {
        let all = joined(vec![90..95, 0..4, 4..8, 200..300, 40..44], 210);
        assert_eq!(all, [0..8, 40..44, 90..95, 200..210]);
        assert!(joined(one(50..60), 10).is_empty());
    }

    #[test]
    fn a_quad_has_no_hidden_bytes() {
        assert_eq!(size_of::<GlyphQuad>(), 48);
        assert_eq!(size_of::<Anchor>(), 16);
    }
}
