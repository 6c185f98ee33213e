//! The glyph texture: characters as distances to their outline, made when they are first needed.
//!
//! One distance field serves every size. When the texture is full it is begun anew; what is on screen fills it again.

use ab_glyph::{Font, FontRef, Glyph, GlyphId, ScaleFont};
use std::collections::BTreeMap;

/// Side of the glyph texture, texels.
pub(crate) const TEXTURE_SIDE: u32 = 2048;
/// Size at which glyphs are drawn into the texture, px per em.
const EM_PX: f32 = 34.0;
/// How far the distance reaches around the outline, texels.
const SPREAD: usize = 6;

/// The bundled face: Noto Sans SC, under the SIL Open Font Licence.
static FACE: &[u8] = include_bytes!("../../../assets/fonts/NotoSansSC-Regular.ttf");

/// Where a glyph lies in the texture and how it sits on its line.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Cell {
    /// Left, top, width, height in texels.
    pub(crate) texels: [f32; 4],
    /// From the pen on the base line to the cell's top left, in ems, y down.
    pub(crate) offset: [f32; 2],
    /// To the next pen position, in ems.
    pub(crate) advance: f32,
}

impl Cell {
    /// Left, top, width, height as parts of the texture.
    pub(crate) fn uv(&self) -> [f32; 4] {
        self.texels.map(|texel| texel / TEXTURE_SIDE as f32)
    }

    /// Width and height in ems.
    pub(crate) fn size_em(&self) -> [f32; 2] {
        [self.texels[2] / EM_PX, self.texels[3] / EM_PX]
    }
}

/// Pixels on screen per unit of distance value, for text of `size_px`.
pub(crate) fn sharpness(size_px: f32) -> f32 {
    2.0 * SPREAD as f32 * size_px / EM_PX
}

/// The glyphs made so far.
pub(crate) struct GlyphAtlas {
    font: Option<FontRef<'static>>,
    cells: BTreeMap<char, Cell>,
    pixels: Vec<u8>,
    /// Left end of free room on the shelf, its top, and its height.
    shelf: [u32; 3],
    /// Counts changes of `pixels`.
    revision: u64,
    /// Counts how often the texture was begun anew: cells from an earlier time are void.
    era: u64,
}

impl GlyphAtlas {
    pub(crate) fn new() -> Self {
        let font = FontRef::try_from_slice(FACE)
            .inspect_err(
                |err| tracing::error!(%err, "the bundled face cannot be read; names are not drawn"),
            )
            .ok();
        Self {
            font,
            cells: BTreeMap::new(),
            pixels: vec![0; (TEXTURE_SIDE * TEXTURE_SIDE) as usize],
            shelf: [0, 0, 0],
            revision: 1,
            era: 0,
        }
    }

    pub(crate) fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    pub(crate) fn revision(&self) -> u64 {
        self.revision
    }

    pub(crate) fn era(&self) -> u64 {
        self.era
    }

    /// Empties the texture.
    pub(crate) fn begin_anew(&mut self) {
        self.cells.clear();
        self.pixels.fill(0);
        self.shelf = [0, 0, 0];
        self.revision += 1;
        self.era += 1;
    }

    /// The glyph of `character`; `None` when the texture is full.
    pub(crate) fn cell(&mut self, character: char) -> Option<Cell> {
        if let Some(cell) = self.cells.get(&character) {
            return Some(*cell);
        }
        let cell = self.make(character)?;
        self.cells.insert(character, cell);
        Some(cell)
    }

    fn make(&mut self, character: char) -> Option<Cell> {
        let Some(font) = &self.font else {
            return Some(Cell::default());
        };
        let scaled =
            font.as_scaled(EM_PX * font.height_unscaled() / font.units_per_em().unwrap_or(1000.0));
        let id: GlyphId = font.glyph_id(character);
        let advance = scaled.h_advance(id) / EM_PX;
        let glyph: Glyph = id.with_scale(scaled.scale());
        let Some(outline) = font.outline_glyph(glyph) else {
            return Some(Cell {
                advance,
                ..Cell::default()
            });
        };
        let bounds = outline.px_bounds();
        let (inner_width, inner_height) = (
            bounds.width().ceil() as usize,
            bounds.height().ceil() as usize,
        );
        let (width, height) = (inner_width + 2 * SPREAD, inner_height + 2 * SPREAD);
        let mut coverage = vec![0.0_f32; width * height];
        outline.draw(|x, y, c| {
            let at = (y as usize + SPREAD) * width + x as usize + SPREAD;
            if let Some(texel) = coverage.get_mut(at) {
                *texel = c;
            }
        });
        let [left, top] = self.place(width as u32, height as u32)?;
        let distances = distances(&coverage, width, height);
        for (row, line) in distances.chunks_exact(width).enumerate() {
            let start = ((top as usize + row) * TEXTURE_SIDE as usize) + left as usize;
            if let Some(room) = self.pixels.get_mut(start..start + width) {
                room.copy_from_slice(line);
            }
        }
        self.revision += 1;
        Some(Cell {
            texels: [left as f32, top as f32, width as f32, height as f32],
            offset: [
                (bounds.min.x - SPREAD as f32) / EM_PX,
                (bounds.min.y - SPREAD as f32) / EM_PX,
            ],
            advance,
        })
    }

    /// Room for a cell on the current shelf, or on the next.
    fn place(&mut self, width: u32, height: u32) -> Option<[u32; 2]> {
        let [mut left, mut top, mut tall] = self.shelf;
        if left + width + 1 > TEXTURE_SIDE {
            (left, top, tall) = (0, top + tall + 1, 0);
        }
        if top + height + 1 > TEXTURE_SIDE {
            return None;
        }
        self.shelf = [left + width + 1, top, tall.max(height)];
        Some([left, top])
    }
}

/// Distances to the outline as bytes: 128 on it, more inside, 0 and 255 at [`SPREAD`] texels.
///
/// Every texel looks at its surroundings; a glyph is small and made once, so a faster transform would gain nothing.
fn distances(coverage: &[f32], width: usize, height: usize) -> Vec<u8> {
    let is_inside = |x: usize, y: usize| coverage.get(y * width + x).is_some_and(|c| *c >= 0.5);
    let mut bytes = Vec::with_capacity(width * height);
    for y in 0..height {
        for x in 0..width {
            let here = is_inside(x, y);
            let own = coverage.get(y * width + x).copied().unwrap_or(0.0);
            let rows = y.saturating_sub(SPREAD)..(y + SPREAD + 1).min(height);
            let columns = x.saturating_sub(SPREAD)..(x + SPREAD + 1).min(width);
            let across = rows
                .flat_map(|other_y| columns.clone().map(move |other_x| (other_x, other_y)))
                .filter(|(other_x, other_y)| is_inside(*other_x, *other_y) != here)
                .map(|(other_x, other_y)| {
                    let (dx, dy) = (other_x as f32 - x as f32, other_y as f32 - y as f32);
                    dx.hypot(dy) - 0.5
                });
            let nearest = across.fold(SPREAD as f32, f32::min);
            // A texel on the outline knows its distance from its own coverage.
            let signed = if own > 0.02 && own < 0.98 {
                own - 0.5
            } else if here {
                nearest
            } else {
                -nearest
            };
            let value = 0.5 + signed / (2.0 * SPREAD as f32);
            bytes.push((value.clamp(0.0, 1.0) * 255.0).round() as u8);
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_and_latin_characters_are_in_the_face() {
        let mut atlas = GlyphAtlas::new();
        for character in ['城', '镜', '燃', '长', '险', '隧', 'A', 'ä', '9'] {
            let cell = atlas.cell(character).expect("room");
            assert!(cell.texels[2] > 0.0, "{character} has no outline");
            assert!(cell.advance > 0.2, "{character} has no width");
        }
        assert!(
            (atlas.cell('城').expect("room").advance - 1.0).abs() < 0.02,
            "a han character is one em wide"
        );
    }

    #[test]
    fn inside_is_above_the_outline_and_outside_below() {
        // A 4 × 4 block in the middle of 16 × 16.
        let mut coverage = vec![0.0; 256];
        for y in 6..10 {
            for x in 6..10 {
                coverage[y * 16 + x] = 1.0;
            }
        }
        let bytes = distances(&coverage, 16, 16);
        assert!(bytes[7 * 16 + 7] > 128);
        assert!(bytes[0] < 10);
        assert!(bytes[7 * 16 + 5] < 128);
    }

    #[test]
    fn a_full_texture_says_so_and_can_be_begun_anew() {
        let mut atlas = GlyphAtlas::new();
        let mut made = 0;
        for code in 0x4e00..0x9fa5_u32 {
            let Some(character) = char::from_u32(code) else {
                continue;
            };
            if atlas.cell(character).is_none() {
                break;
            }
            made += 1;
        }
        assert!(made > 1_000, "only {made} glyphs fit");
        assert!(made < 20_000);
        let era = atlas.era();
        atlas.begin_anew();
        assert_eq!(atlas.era(), era + 1);
        assert!(atlas.cell('新').is_some());
    }
}
