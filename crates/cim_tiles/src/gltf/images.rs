//! Pictures become pixels: PNG, JPEG, WebP and KTX2, told apart by their first bytes.
//!
//! Pictures are packed by far more than sixteen to one, so they have a rule of their own: a picture that unpacks to
//! more than 64 MiB **and** to more than sixteen times its bytes is refused before it is unpacked, as is one with more
//! than 64 million pixels.

use super::guard::guarded;
use super::ktx2;
use crate::TileImage;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};
use std::io::Cursor;

/// Any picture may unpack to so many bytes.
pub(crate) const FREE_BYTES: usize = 64 << 20;
/// A picture may unpack to so many times its size where that is more.
pub(crate) const TIMES_INPUT: usize = 16;
const MAX_PIXELS: u64 = 64_000_000;
const MAX_SIDE: u32 = 32_768;

/// The pixels of a picture; it repeats along both sides.
pub(crate) fn decode(bytes: &[u8]) -> Result<TileImage, String> {
    if ktx2::is_ktx2(bytes) {
        return ktx2::decode(bytes);
    }
    let format = format_of(bytes).ok_or("a picture that is not PNG, JPEG, WebP or KTX2")?;
    guarded(|| decode_as(bytes, format))
}

/// Refuses what would unpack to too much.
pub(super) fn check_size(width: u32, height: u32, packed_bytes: usize) -> Result<(), String> {
    let pixels = u64::from(width) * u64::from(height);
    let allowed = packed_bytes.saturating_mul(TIMES_INPUT).max(FREE_BYTES) as u64;
    if width == 0 || height == 0 {
        return Err("a picture without pixels".to_owned());
    }
    if width > MAX_SIDE || height > MAX_SIDE || pixels > MAX_PIXELS || pixels * 4 > allowed {
        return Err(format!(
            "a picture of {width} × {height} pixels in {packed_bytes} bytes is too large"
        ));
    }
    Ok(())
}

fn format_of(bytes: &[u8]) -> Option<ImageFormat> {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => Some(ImageFormat::Png),
        [0xFF, 0xD8, 0xFF, ..] => Some(ImageFormat::Jpeg),
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => Some(ImageFormat::WebP),
        _ => None,
    }
}

fn decode_as(bytes: &[u8], format: ImageFormat) -> Result<TileImage, String> {
    let allowed = bytes.len().saturating_mul(TIMES_INPUT).max(FREE_BYTES) as u64;
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    // Some pictures have two bytes in each channel before they become ours.
    limits.max_alloc = Some(allowed.saturating_mul(2));
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let decoder = reader.into_decoder().map_err(|error| error.to_string())?;
    let (width, height) = decoder.dimensions();
    check_size(width, height, bytes.len())?;
    let image = DynamicImage::from_decoder(decoder).map_err(|error| error.to_string())?;
    Ok(TileImage {
        width,
        height,
        rgba: rgba_of(image),
        repeats: [true; 2],
    })
}

fn rgba_of(image: DynamicImage) -> Vec<u8> {
    match image {
        DynamicImage::ImageRgba8(pixels) => pixels.into_raw(),
        // Most textures are this; pixel by pixel as below takes several times longer.
        DynamicImage::ImageRgb8(pixels) => with_opacity(pixels.as_raw()),
        other => other.into_rgba8().into_raw(),
    }
}

/// Red, green and blue as red, green, blue and full opacity.
pub(super) fn with_opacity(rgb: &[u8]) -> Vec<u8> {
    let texels = rgb.as_chunks::<3>().0;
    let mut rgba = vec![u8::MAX; texels.len() * 4];
    for (target, texel) in rgba.as_chunks_mut::<4>().0.iter_mut().zip(texels) {
        let [red, green, blue] = *texel;
        *target = [red, green, blue, u8::MAX];
    }
    rgba
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgb, RgbImage};

    fn encoded(format: ImageFormat) -> Vec<u8> {
        let mut picture = RgbImage::from_pixel(24, 8, Rgb([200, 100, 50]));
        picture.put_pixel(0, 0, Rgb([0, 0, 255]));
        let mut bytes = Cursor::new(Vec::new());
        picture
            .write_to(&mut bytes, format)
            .expect("it can be written");
        bytes.into_inner()
    }

    #[test]
    fn png_jpeg_and_webp_become_pixels() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
            let image = decode(&encoded(format)).expect("a picture");
            assert_eq!((image.width, image.height, image.rgba.len()), (24, 8, 768));
            let last = &image.rgba[764..];
            for (part, expected) in last.iter().zip([200, 100, 50, 255]) {
                assert!(part.abs_diff(expected) < 12, "{format:?} {last:?}");
            }
        }
    }

    #[test]
    fn a_picture_cut_short_never_panics() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
            let whole = encoded(format);
            for length in 0..whole.len() {
                if let Ok(image) = decode(&whole[..length]) {
                    assert_eq!(image.rgba.len(), 768);
                }
            }
        }
    }

    #[test]
    fn a_small_file_that_claims_a_huge_picture_is_refused() {
        let mut png = encoded(ImageFormat::Png);
        png[16..20].copy_from_slice(&30_000_u32.to_be_bytes());
        png[20..24].copy_from_slice(&30_000_u32.to_be_bytes());
        assert!(decode(&png).is_err());
        assert!(check_size(4_096, 4_096, 100).is_ok());
        assert!(check_size(4_097, 4_096, 100).is_err());
        assert!(check_size(6_000, 6_000, 20_000_000).is_ok());
        assert!(check_size(9_000, 9_000, 200_000_000).is_err());
    }

    #[test]
    fn an_unknown_format_is_told() {
        let reason = decode(b"GIF89a").expect_err("not read");
        assert!(reason.contains("PNG"), "{reason}");
    }
}
