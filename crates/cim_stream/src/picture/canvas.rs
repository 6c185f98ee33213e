//! A picture that is drawn on: rectangles and text.

use super::{PictureError, Rgb};
use ab_glyph::{Font as _, FontArc, PxScale, ScaleFont as _};
use std::fmt;

/// A part of a picture in pixels from its left upper corner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rect {
    /// The leftmost column.
    pub x: u32,
    /// The uppermost row.
    pub y: u32,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

impl Rect {
    /// What of it lies in a picture of `width` by `height`; `None` when nothing does.
    pub(crate) fn within(self, width: u32, height: u32) -> Option<Self> {
        let right = self.x.saturating_add(self.width).min(width);
        let foot = self.y.saturating_add(self.height).min(height);
        (self.x < right && self.y < foot).then(|| Self {
            x: self.x,
            y: self.y,
            width: right - self.x,
            height: foot - self.y,
        })
    }
}

/// A font to write with.
#[derive(Clone)]
pub struct Face(FontArc);

impl fmt::Debug for Face {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Face")
    }
}

impl Face {
    /// A font of a TrueType or OpenType file's bytes.
    pub fn new(font: &'static [u8]) -> Result<Self, PictureError> {
        Ok(Self(FontArc::try_from_slice(font)?))
    }

    /// How wide `text` is when it is `size` pixels high.
    pub fn width(&self, text: &str, size: f32) -> f32 {
        let font = self.0.as_scaled(PxScale::from(size));
        let advance = |letter| font.h_advance(font.glyph_id(letter));
        text.chars().map(advance).sum()
    }
}

/// A picture that is drawn on.
#[derive(Debug)]
pub struct Canvas {
    width: u32,
    height: u32,
    bytes: Vec<u8>,
}

impl Canvas {
    /// A canvas with `picture` on it.
    #[must_use]
    pub fn of(picture: &Rgb) -> Self {
        Self {
            width: picture.width(),
            height: picture.height(),
            bytes: picture.bytes().to_vec(),
        }
    }

    /// Fills `area` with `colour`.
    pub fn fill(&mut self, area: Rect, colour: [u8; 3]) {
        self.blend(area, colour, 1.0);
    }

    /// Lays `colour` over `area`; `opacity` 0 changes nothing, 1 hides what was there.
    pub fn blend(&mut self, area: Rect, colour: [u8; 3], opacity: f32) {
        let Some(area) = area.within(self.width, self.height) else {
            return;
        };
        for y in area.y..area.y + area.height {
            let start = self.place(area.x, y);
            let end = start + 3 * area.width as usize;
            let row = self.bytes.get_mut(start..end).unwrap_or_default();
            for pixel in row.chunks_exact_mut(3) {
                lay_over(pixel, colour, opacity);
            }
        }
    }

    /// Writes `text` with its left upper corner at `at`, `size` pixels high. What does not fit is cut off.
    pub fn text(&mut self, face: &Face, at: [f32; 2], size: f32, colour: [u8; 3], text: &str) {
        self.faint_text(face, at, size, (colour, 1.0), text);
    }

    /// The same with a colour that lets through what is behind.
    pub fn faint_text(
        &mut self,
        face: &Face,
        at: [f32; 2],
        size: f32,
        (colour, opacity): ([u8; 3], f32),
        text: &str,
    ) {
        let font = face.0.as_scaled(PxScale::from(size));
        let [mut x, top] = at;
        let baseline = top + font.ascent();
        for letter in text.chars() {
            let id = font.glyph_id(letter);
            let glyph = id.with_scale_and_position(size, ab_glyph::point(x, baseline));
            x += font.h_advance(id);
            let Some(outline) = face.0.outline_glyph(glyph) else {
                continue;
            };
            let bounds = outline.px_bounds();
            outline.draw(|column, row, share| {
                let across = bounds.min.x as i64 + i64::from(column);
                let down = bounds.min.y as i64 + i64::from(row);
                self.dot(across, down, colour, share.min(1.0) * opacity);
            });
        }
    }

    /// The picture as drawn.
    pub fn finish(self) -> Rgb {
        Rgb::new(self.width, self.height, self.bytes).unwrap_or_else(|| Rgb::filled(1, 1, [0; 3]))
    }

    fn dot(&mut self, x: i64, y: i64, colour: [u8; 3], opacity: f32) {
        let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y)) else {
            return;
        };
        if x >= self.width || y >= self.height {
            return;
        }
        let at = self.place(x, y);
        if let Some(pixel) = self.bytes.get_mut(at..at + 3) {
            lay_over(pixel, colour, opacity);
        }
    }

    fn place(&self, x: u32, y: u32) -> usize {
        3 * (y as usize * self.width as usize + x as usize)
    }
}

fn lay_over(pixel: &mut [u8], colour: [u8; 3], opacity: f32) {
    for (channel, over) in pixel.iter_mut().zip(colour) {
        let below = f32::from(*channel);
        *channel = (below + (f32::from(over) - below) * opacity).round() as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FONT: &[u8] = include_bytes!("../../../../assets/fonts/NotoSansSC-Regular.ttf");

    #[test]
    fn chinese_is_written_where_it_is_asked_for() {
        let face = Face::new(FONT).expect("a font");
        let mut canvas = Canvas::of(&Rgb::filled(200, 60, [0; 3]));
        canvas.text(&face, [20.0, 10.0], 32.0, [255; 3], "城镜 12");
        let picture = canvas.finish();
        let is_lit =
            |from: u32, to: u32| (from..to).any(|x| (0..60).any(|y| picture.pixel(x, y)[0] > 128));
        assert!(is_lit(20, 52) && is_lit(52, 84));
        assert!(!is_lit(0, 18) && !is_lit(180, 200));
    }

    #[test]
    fn text_that_does_not_fit_is_cut_off() {
        let face = Face::new(FONT).expect("a font");
        let mut canvas = Canvas::of(&Rgb::filled(20, 10, [0; 3]));
        canvas.text(&face, [-8.0, -8.0], 32.0, [255; 3], "城市镜子");
        assert_eq!(canvas.finish().width(), 20);
        assert!(face.width("城市", 32.0) > face.width("城", 32.0));
    }

    #[test]
    fn no_font_is_an_error() {
        assert!(Face::new(b"not a font").is_err());
    }

    #[test]
    fn half_a_colour_leaves_half_of_what_was_there() {
        let mut canvas = Canvas::of(&Rgb::filled(4, 4, [0; 3]));
        let all = Rect {
            x: 0,
            y: 0,
            width: 9,
            height: 9,
        };
        canvas.blend(all, [200; 3], 0.5);
        assert_eq!(canvas.finish().pixel(3, 3), [100; 3]);
    }
}
