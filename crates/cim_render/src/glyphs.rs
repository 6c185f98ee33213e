//! Glyphs as distances to their outline, made when they are first needed, on pages that the names of the picture share.
//!
//! One distance field serves every size. Pages are added up to [`MOST_PAGES`]; after that the page that was longest out of the
//! picture is emptied. The marks inside symbols have a small sheet of their own, which is filled once and never emptied.
//! Which glyphs a text needs, and where they stand on their line, is [`shaping`]'s.

mod distance;
mod pictures;
mod shaping;
mod sheet;

pub(crate) use shaping::{Run, Shaper};

use ab_glyph::{Font, FontRef, Glyph, GlyphId};
use cim_layers::EventMark;
use distance::{SPREAD, distances};
use sheet::Sheet;
use std::collections::BTreeMap;

/// Side of the texture of marks, texels.
pub(crate) const TEXTURE_SIDE: u32 = 512;
/// Side of a page of glyphs, texels.
pub(crate) const PAGE_SIDE: u32 = 2048;
/// Pages at most: about 4 900 glyphs, 16 MiB on the device and as much in memory.
pub(crate) const MOST_PAGES: usize = 4;
/// Size at which glyphs are drawn onto a page, px per em.
const EM_PX: f32 = 40.0;
/// Glyphs made per frame at most, so that a frame with many new names is not late. The rest comes with the next frames.
const GLYPHS_A_FRAME: u32 = 48;

/// The bundled faces: Noto Sans SC, under the SIL Open Font Licence.
const REGULAR: &[u8] = include_bytes!("../../../assets/fonts/NotoSansSC-Regular.ttf");
const BOLD: &[u8] = include_bytes!("../../../assets/fonts/NotoSansSC-Bold.ttf");

/// The faces, by [`Weight`].
static FACES: [&[u8]; 2] = [REGULAR, BOLD];

/// How heavy a face is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Weight {
    /// Roads, landmarks, things, drawings.
    #[default]
    Regular,
    /// Districts.
    Bold,
}

/// A glyph of a face.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct GlyphKey {
    pub(crate) weight: Weight,
    /// Its number in the face.
    pub(crate) id: u16,
}

/// Where a glyph lies on its page and how it sits on its line.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Cell {
    /// Left, top, width, height in texels; no width for a glyph without outline, such as a space.
    pub(crate) texels: [u16; 4],
    /// Which page.
    pub(crate) page: u8,
    /// From the pen on the base line to the cell's top left, in ems, y down.
    pub(crate) offset: [f32; 2],
}

impl Cell {
    /// Width and height in ems.
    pub(crate) fn size_em(&self) -> [f32; 2] {
        size_em(self.texels)
    }

    /// True for a glyph that nothing is drawn for.
    pub(crate) fn is_empty(&self) -> bool {
        self.texels[2] == 0
    }
}

/// Width and height in ems.
fn size_em([_, _, width, height]: [u16; 4]) -> [f32; 2] {
    [width, height].map(|texels| f32::from(texels) / EM_PX)
}

/// What came of asking for a glyph.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Found {
    /// Here it is.
    Here(Cell),
    /// It is made in one of the next frames.
    Later,
    /// Every page is full of glyphs that are in the picture.
    Full,
}

/// Pixels on screen per unit of distance value, for text of `size_px`.
pub(crate) fn sharpness(size_px: f32) -> f32 {
    2.0 * SPREAD as f32 * size_px / EM_PX
}

/// A character in the texture of marks, for marks and counts inside symbols.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Mark {
    texels: [u16; 4],
    /// From the pen on the base line to its top left, in ems, y down.
    pub(crate) offset: [f32; 2],
    /// To the next pen position, in ems.
    pub(crate) advance: f32,
}

impl Mark {
    /// Left, top, width, height as parts of the texture of marks.
    pub(crate) fn uv(&self) -> [f32; 4] {
        self.texels
            .map(|texel| f32::from(texel) / TEXTURE_SIDE as f32)
    }

    /// Width and height in ems.
    pub(crate) fn size_em(&self) -> [f32; 2] {
        size_em(self.texels)
    }
}

/// The glyphs made so far.
pub(crate) struct GlyphAtlas {
    fonts: [Option<FontRef<'static>>; 2],
    marks: BTreeMap<char, Mark>,
    marks_sheet: Sheet,
    marks_revision: u64,
    cells: BTreeMap<GlyphKey, Cell>,
    pages: Vec<Sheet>,
    /// Counts layouts.
    now: u64,
    /// Glyphs that may still be made in this frame.
    left: u32,
}

impl GlyphAtlas {
    pub(crate) fn new() -> Self {
        let font = |face| {
            FontRef::try_from_slice(face)
                .inspect_err(
                    |err| tracing::error!(%err, "a bundled face cannot be read; its names are not drawn"),
                )
                .ok()
        };
        Self {
            fonts: FACES.map(font),
            marks: BTreeMap::new(),
            marks_sheet: Sheet::new(TEXTURE_SIDE),
            marks_revision: 1,
            cells: BTreeMap::new(),
            pages: vec![Sheet::new(PAGE_SIDE)],
            now: 1,
            left: GLYPHS_A_FRAME,
        }
    }

    /// The texture of marks, [`TEXTURE_SIDE`] a side.
    pub(crate) fn pixels(&self) -> &[u8] {
        self.marks_sheet.pixels()
    }

    /// Counts changes of the texture of marks.
    pub(crate) fn revision(&self) -> u64 {
        self.marks_revision
    }

    /// A character in the texture of marks, made when it is first asked for; it stays for ever. `None` when the texture is full:
    /// it has room for some 60 汉字.
    pub(crate) fn cell(&mut self, character: char) -> Option<Mark> {
        if let Some(mark) = self.marks.get(&character) {
            return Some(*mark);
        }
        let font = self.fonts.first()?.as_ref()?;
        let id = font.glyph_id(character);
        let advance = font.h_advance_unscaled(id) / font.units_per_em().unwrap_or(1000.0);
        let mark = match draw(font, id) {
            None => Mark {
                advance,
                ..Mark::default()
            },
            Some(drawn) => {
                let sheet = &mut self.marks_sheet;
                let texels = sheet.put(drawn.width, drawn.height, &drawn.bytes)?;
                self.marks_revision += 1;
                Mark {
                    texels,
                    offset: drawn.offset,
                    advance,
                }
            }
        };
        self.marks.insert(character, mark);
        Some(mark)
    }

    /// The picture of a kind of event in the texture of marks. To be asked for once. `None` when the texture is full.
    pub(crate) fn picture(&mut self, mark: EventMark) -> Option<Mark> {
        let side = EM_PX as usize + 2 * SPREAD;
        let coverage = pictures::coverage(mark, EM_PX as usize, SPREAD);
        let bytes = distances(&coverage, side, side);
        let texels = self.marks_sheet.put(side as u32, side as u32, &bytes)?;
        self.marks_revision += 1;
        let offset = [-(SPREAD as f32) / EM_PX; 2];
        Some(Mark {
            texels,
            offset,
            advance: 1.0,
        })
    }

    /// Begins a layout: as many glyphs as a frame may make can be made again. `in_use` has a bit for each page that the
    /// picture shows glyphs of; those are not emptied.
    pub(crate) fn begin(&mut self, in_use: u8) {
        self.now += 1;
        self.left = GLYPHS_A_FRAME;
        for (page, sheet) in self.pages.iter_mut().enumerate() {
            if in_use & (1 << page) != 0 {
                sheet.used = self.now;
            }
        }
    }

    /// A glyph, made now if need be and possible.
    pub(crate) fn find(&mut self, key: GlyphKey) -> Found {
        if let Some(cell) = self.cells.get(&key) {
            let page = self.pages.get_mut(usize::from(cell.page));
            if let Some(sheet) = page.filter(|_| !cell.is_empty()) {
                sheet.used = self.now;
            }
            return Found::Here(*cell);
        }
        if self.left == 0 {
            return Found::Later;
        }
        let font = self.fonts.get(key.weight as usize).and_then(Option::as_ref);
        let drawn = font.and_then(|font| draw(font, GlyphId(key.id)));
        let cell = match drawn {
            None => Cell::default(),
            Some(drawn) => {
                self.left -= 1;
                let Some(cell) = self.put(&drawn) else {
                    return Found::Full;
                };
                cell
            }
        };
        self.cells.insert(key, cell);
        Found::Here(cell)
    }

    /// How many pages there are.
    pub(crate) fn page_count(&self) -> u32 {
        self.pages.len() as u32
    }

    /// Hands over what the device lacks, page by page: the page's number, all of its texels, and the rectangle to take.
    pub(crate) fn upload(&mut self, mut write: impl FnMut(u32, &[u8], [u16; 4])) {
        for (page, sheet) in self.pages.iter_mut().enumerate() {
            for texels in sheet.take_fresh() {
                write(page as u32, sheet.pixels(), texels);
            }
        }
    }

    /// The device has nothing any more.
    pub(crate) fn renew(&mut self) {
        for sheet in &mut self.pages {
            sheet.renew();
        }
    }

    /// Puts a glyph onto a page: one with room, a new one, or the one that was longest out of the picture.
    fn put(&mut self, drawn: &Drawn) -> Option<Cell> {
        for (page, sheet) in self.pages.iter_mut().enumerate() {
            if let Some(texels) = sheet.put(drawn.width, drawn.height, &drawn.bytes) {
                sheet.used = self.now;
                return Some(drawn.cell(texels, page as u8));
            }
        }
        let page = if self.pages.len() < MOST_PAGES {
            self.pages.push(Sheet::new(PAGE_SIDE));
            self.pages.len() - 1
        } else {
            self.empty_the_oldest()?
        };
        let sheet = self.pages.get_mut(page)?;
        sheet.used = self.now;
        let texels = sheet.put(drawn.width, drawn.height, &drawn.bytes)?;
        Some(drawn.cell(texels, page as u8))
    }

    /// Empties the page that was longest out of the picture; `None` when all are in it.
    fn empty_the_oldest(&mut self) -> Option<usize> {
        let (page, sheet) = self
            .pages
            .iter_mut()
            .enumerate()
            .filter(|(_, sheet)| sheet.used < self.now)
            .min_by_key(|(_, sheet)| sheet.used)?;
        sheet.clear();
        self.cells
            .retain(|_, cell| cell.is_empty() || usize::from(cell.page) != page);
        Some(page)
    }
}

/// A glyph as distances.
struct Drawn {
    width: u32,
    height: u32,
    bytes: Vec<u8>,
    offset: [f32; 2],
}

impl Drawn {
    fn cell(&self, texels: [u16; 4], page: u8) -> Cell {
        Cell {
            texels,
            page,
            offset: self.offset,
        }
    }
}

/// Draws a glyph; `None` for one without outline.
fn draw(font: &FontRef<'static>, id: GlyphId) -> Option<Drawn> {
    let scale = EM_PX * font.height_unscaled() / font.units_per_em().unwrap_or(1000.0);
    let glyph: Glyph = id.with_scale(scale);
    let outline = font.outline_glyph(glyph)?;
    let bounds = outline.px_bounds();
    let width = bounds.width().ceil() as usize + 2 * SPREAD;
    let height = bounds.height().ceil() as usize + 2 * SPREAD;
    let mut coverage = vec![0.0_f32; width * height];
    outline.draw(|x, y, share| {
        let at = (y as usize + SPREAD) * width + x as usize + SPREAD;
        if let Some(texel) = coverage.get_mut(at) {
            *texel = share;
        }
    });
    Some(Drawn {
        width: width as u32,
        height: height as u32,
        bytes: distances(&coverage, width, height),
        offset: [
            (bounds.min.x - SPREAD as f32) / EM_PX,
            (bounds.min.y - SPREAD as f32) / EM_PX,
        ],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(atlas: &GlyphAtlas, character: char, weight: Weight) -> GlyphKey {
        let font = atlas.fonts[weight as usize].as_ref().expect("a face");
        GlyphKey {
            weight,
            id: font.glyph_id(character).0,
        }
    }

    /// Makes a glyph, over as many frames as it takes.
    fn made(atlas: &mut GlyphAtlas, character: char, weight: Weight) -> Cell {
        let key = key(atlas, character, weight);
        for _ in 0..3 {
            match atlas.find(key) {
                Found::Here(cell) => return cell,
                Found::Later => atlas.begin(0),
                Found::Full => break,
            }
        }
        panic!("no room for {character}");
    }

    fn texels(atlas: &GlyphAtlas, cell: &Cell) -> Vec<u8> {
        let [left, top, width, height] = cell.texels.map(usize::from);
        let pixels = atlas.pages[usize::from(cell.page)].pixels();
        (top..top + height)
            .flat_map(|row| {
                let start = row * PAGE_SIDE as usize + left;
                pixels[start..start + width].to_vec()
            })
            .collect()
    }

    #[test]
    fn chinese_and_latin_characters_are_in_both_faces() {
        let mut atlas = GlyphAtlas::new();
        for weight in [Weight::Regular, Weight::Bold] {
            for character in ['城', '镜', '燃', '长', '险', '隧', 'A', '9'] {
                let cell = made(&mut atlas, character, weight);
                assert!(!cell.is_empty(), "{character} has no outline");
                let inside = texels(&atlas, &cell).iter().any(|value| *value > 128);
                assert!(inside, "{character} is drawn with nothing");
            }
        }
        assert!(made(&mut atlas, ' ', Weight::Regular).is_empty());
    }

    #[test]
    fn a_frame_makes_a_few_glyphs_and_the_next_one_more() {
        let mut atlas = GlyphAtlas::new();
        let keys: Vec<GlyphKey> = ('\u{4e00}'..)
            .map(|character| key(&atlas, character, Weight::Regular))
            .filter(|key| key.id != 0)
            .take(60)
            .collect();
        let here = |atlas: &mut GlyphAtlas| {
            keys.iter()
                .filter(|key| matches!(atlas.find(**key), Found::Here(_)))
                .count()
        };
        assert_eq!(here(&mut atlas), GLYPHS_A_FRAME as usize);
        atlas.begin(1);
        assert_eq!(here(&mut atlas), 60);
    }

    /// Fills every page with strips that are lower than any 汉字, so that no room is left for one.
    fn fill(atlas: &mut GlyphAtlas) {
        let strip = Drawn {
            width: PAGE_SIDE - 1,
            height: 40,
            bytes: Vec::new(),
            offset: [0.0; 2],
        };
        while atlas.put(&strip).is_some() {}
    }

    #[test]
    fn glyphs_of_an_emptied_page_come_back_right() {
        let mut atlas = GlyphAtlas::new();
        let before = made(&mut atlas, '湖', Weight::Regular);
        let picture = texels(&atlas, &before);
        fill(&mut atlas);
        assert_eq!(atlas.page_count(), MOST_PAGES as u32, "pages are bounded");
        let first = key(&atlas, '湖', Weight::Regular);
        atlas.begin(0b1110);
        let after = made(&mut atlas, '泵', Weight::Regular);
        assert_eq!(after.page, 0, "the page out of the picture is emptied");
        assert!(!atlas.cells.contains_key(&first));
        let again = made(&mut atlas, '湖', Weight::Regular);
        assert_eq!(texels(&atlas, &again), picture);
    }

    #[test]
    fn pages_in_the_picture_are_not_emptied() {
        let mut atlas = GlyphAtlas::new();
        let _kept = made(&mut atlas, '湖', Weight::Regular);
        fill(&mut atlas);
        atlas.begin(0b1111);
        let key = key(&atlas, '泵', Weight::Regular);
        assert_eq!(atlas.find(key), Found::Full);
    }

    #[test]
    fn marks_stay_whatever_the_pages_do() {
        let mut atlas = GlyphAtlas::new();
        let mark = atlas.cell('车').expect("room");
        let (pixels, revision) = (atlas.pixels().to_vec(), atlas.revision());
        fill(&mut atlas);
        atlas.begin(0);
        fill(&mut atlas);
        atlas.begin(0);
        let _new = made(&mut atlas, '泵', Weight::Regular);
        assert_eq!(atlas.pixels(), pixels);
        assert_eq!(atlas.revision(), revision);
        assert_eq!(atlas.cell('车'), Some(mark));
        assert!(mark.uv()[2] > 0.0 && (mark.advance - 1.0).abs() < 0.02);
    }

    #[test]
    fn a_new_glyph_costs_its_own_texels_only() {
        let mut atlas = GlyphAtlas::new();
        atlas.upload(|_, _, _| {});
        let cell = made(&mut atlas, '湖', Weight::Bold);
        let mut written = Vec::new();
        atlas.upload(|page, pixels, texels| written.push((page, pixels.len(), texels)));
        let side = PAGE_SIDE as usize;
        assert_eq!(written, [(0, side * side, cell.texels)]);
    }
}
