//! Pictures in documents: PNG files from other programs, so their sizes are believed only as far as they go.

use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};
use std::io::Cursor;

/// A side may have so many pixels.
const MAX_SIDE: u32 = 16_384;
/// A picture may have so many pixels; A4 at 600 dots an inch has fewer.
const MAX_PIXELS: u64 = 36_000_000;

/// A picture's pixels.
pub(crate) struct Pixels {
    /// Columns and rows.
    pub(crate) size: (u32, u32),
    /// Red, green, blue and opacity, row by row from the top.
    pub(crate) rgba: Vec<u8>,
}

/// Columns and rows of the PNG file `png`, or why it is no picture that can be printed.
pub(crate) fn size_of(png: &[u8]) -> Result<(u32, u32), String> {
    decoder(png).map(|decoder| decoder.dimensions())
}

/// The pixels of the PNG file `png`, or why it is no picture that can be printed.
pub(crate) fn pixels_of(png: &[u8]) -> Result<Pixels, String> {
    let decoder = decoder(png)?;
    let size = decoder.dimensions();
    let image = DynamicImage::from_decoder(decoder).map_err(|error| error.to_string())?;
    Ok(Pixels {
        size,
        rgba: image.into_rgba8().into_raw(),
    })
}

fn decoder(png: &[u8]) -> Result<impl ImageDecoder + '_, String> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    let mut reader = ImageReader::with_format(Cursor::new(png), ImageFormat::Png);
    reader.limits(limits);
    let decoder = reader.into_decoder().map_err(|error| error.to_string())?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS || width == 0 || height == 0 {
        return Err(format!("{width} × {height} pixels cannot be printed"));
    }
    Ok(decoder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn a_picture_is_read_with_its_size() {
        let png = samples::png(3, 2);
        assert_eq!(size_of(&png), Ok((3, 2)));
        let pixels = pixels_of(&png).expect("a picture");
        assert_eq!((pixels.size, pixels.rgba.len()), ((3, 2), 24));
    }

    #[test]
    fn what_is_no_picture_is_told() {
        assert!(size_of(b"").is_err());
        assert!(size_of(b"GIF89a").is_err());
        let whole = samples::png(64, 64);
        let cut = &whole[..whole.len() / 2];
        assert!(pixels_of(cut).is_err());
    }

    #[test]
    fn a_size_that_is_only_claimed_is_not_believed() {
        let mut png = samples::png(3, 2);
        // The width in the header; the checksum behind it is then wrong, or the width too large: both are refused.
        png[16..20].copy_from_slice(&u32::MAX.to_be_bytes());
        assert!(size_of(&png).is_err());
        assert!(pixels_of(&png).is_err());
    }
}
