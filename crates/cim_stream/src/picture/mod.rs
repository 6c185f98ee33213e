//! Pictures of known size: pixels, masks that cannot be undone, watermarks, files. Pure.

mod canvas;
mod file;
mod mask;
mod watermark;

pub use canvas::{Canvas, Face, Rect};
pub use file::{PictureError, jpeg, png, read_jpeg};
pub use mask::{cut, pixelate};
pub use watermark::{Mark, watermark};

use bytes::Bytes;

/// A picture: three bytes a pixel (red, green, blue; sRGB), rows from the top. Clones share their pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rgb {
    width: u32,
    height: u32,
    bytes: Bytes,
}

impl Rgb {
    /// A picture of `bytes`; `None` when they are not three for each pixel, or there is no pixel.
    pub fn new(width: u32, height: u32, bytes: impl Into<Bytes>) -> Option<Self> {
        let bytes = bytes.into();
        let length = 3_u64
            .checked_mul(u64::from(width))?
            .checked_mul(u64::from(height))?;
        (length > 0 && bytes.len() as u64 == length).then_some(Self {
            width,
            height,
            bytes,
        })
    }

    /// A picture of one colour; at least one pixel large.
    #[must_use]
    pub fn filled(width: u32, height: u32, colour: [u8; 3]) -> Self {
        let (width, height) = (width.max(1), height.max(1));
        Self {
            width,
            height,
            bytes: colour.repeat(width as usize * height as usize).into(),
        }
    }

    /// Pixels across.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Pixels down.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// All pixels, three bytes each, rows from the top.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The pixel at column `x` and row `y`; the nearest one when there is none.
    pub fn pixel(&self, x: u32, y: u32) -> [u8; 3] {
        let (x, y) = (x.min(self.width - 1), y.min(self.height - 1));
        let at = 3 * (y as usize * self.width as usize + x as usize);
        match self.bytes.get(at..at + 3) {
            Some(&[red, green, blue]) => [red, green, blue],
            _ => [0; 3],
        }
    }

    /// The pixels with a fourth byte of full opacity each.
    pub fn to_rgba(&self) -> Vec<u8> {
        let mut rgba = Vec::with_capacity(self.bytes.len() / 3 * 4);
        for pixel in self.bytes.chunks_exact(3) {
            rgba.extend_from_slice(pixel);
            rgba.push(255);
        }
        rgba
    }
}

/// How light `colour` is, 0 to 255 (ITU-R BT.601).
pub(crate) fn lightness([red, green, blue]: [u8; 3]) -> u8 {
    let sum = 299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue);
    (sum / 1000) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_as_many_bytes_as_its_size_says() {
        assert!(Rgb::new(2, 2, vec![0_u8; 12]).is_some());
        assert!(Rgb::new(2, 2, vec![0_u8; 11]).is_none());
        assert!(Rgb::new(0, 2, Vec::<u8>::new()).is_none());
        assert!(Rgb::new(u32::MAX, u32::MAX, vec![0_u8; 3]).is_none());
    }

    #[test]
    fn pixels_are_where_they_were_put() {
        let picture = Rgb::new(2, 1, vec![1_u8, 2, 3, 4, 5, 6]).expect("a picture");
        assert_eq!(picture.pixel(1, 0), [4, 5, 6]);
        assert_eq!(picture.pixel(9, 9), [4, 5, 6]);
        assert_eq!(picture.to_rgba(), [1, 2, 3, 255, 4, 5, 6, 255]);
    }

    #[test]
    fn white_is_lighter_than_green_and_green_than_blue() {
        assert_eq!(lightness([255; 3]), 255);
        assert!(lightness([0, 255, 0]) > lightness([0, 0, 255]));
    }
}
