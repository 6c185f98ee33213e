//! Pictures as files: JPEG and PNG, and JPEG back into pixels with its size looked at first.

use super::Rgb;
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder, ImageFormat, ImageReader, Limits};
use jpeg_encoder::{ColorType, Encoder, EncodingError};
use std::io::Cursor;

/// Why a picture cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// The format's writer or reader says no.
    #[error("the picture cannot be read or written: {0}")]
    Format(#[from] image::ImageError),
    /// The writer of JPEG says no.
    #[error("the picture cannot be written: {0}")]
    Jpeg(#[from] EncodingError),
    /// It is larger than allowed.
    #[error("the picture is {width} × {height}; at most {most} are allowed")]
    TooLarge {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
        /// The most that either may be.
        most: u32,
    },
    /// The font's bytes are no font.
    #[error("the font cannot be read: {0}")]
    Font(#[from] ab_glyph::InvalidFont),
}

/// `picture` as a baseline JPEG of `quality` 1 to 100.
pub fn jpeg(picture: &Rgb, quality: u8) -> Result<Vec<u8>, PictureError> {
    let mut file = Vec::with_capacity(picture.bytes().len() / 8);
    let (width, height) = (picture.width(), picture.height());
    let most = u32::from(u16::MAX);
    let (Ok(across), Ok(down)) = (u16::try_from(width), u16::try_from(height)) else {
        return Err(PictureError::TooLarge {
            width,
            height,
            most,
        });
    };
    let encoder = Encoder::new(&mut file, quality.clamp(1, 100));
    encoder.encode(picture.bytes(), across, down, ColorType::Rgb)?;
    Ok(file)
}

/// `picture` as a PNG.
pub fn png(picture: &Rgb) -> Result<Vec<u8>, PictureError> {
    let mut file = Vec::new();
    PngEncoder::new(&mut file).write_image(
        picture.bytes(),
        picture.width(),
        picture.height(),
        ExtendedColorType::Rgb8,
    )?;
    Ok(file)
}

/// The pixels of a JPEG whose sides have at most `most` pixels. Its size is looked at before anything is decoded.
pub fn read_jpeg(file: &[u8], most: u32) -> Result<Rgb, PictureError> {
    let reader = || ImageReader::with_format(Cursor::new(file), ImageFormat::Jpeg);
    let (width, height) = reader().into_dimensions()?;
    let too_large = PictureError::TooLarge {
        width,
        height,
        most,
    };
    if width > most || height > most {
        return Err(too_large);
    }
    let mut reader = reader();
    let mut limits = Limits::default();
    limits.max_image_width = Some(most);
    limits.max_image_height = Some(most);
    limits.max_alloc = Some(256 * 1024 * 1024);
    reader.limits(limits);
    let pixels = reader.decode()?.into_rgb8();
    Rgb::new(width, height, pixels.into_raw()).ok_or(too_large)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jpeg_comes_back_nearly_as_it_was() {
        let picture = Rgb::filled(40, 24, [200, 60, 90]);
        let file = jpeg(&picture, 90).expect("a JPEG");
        let read = read_jpeg(&file, 100).expect("a picture");
        assert_eq!((read.width(), read.height()), (40, 24));
        let [red, green, blue] = read.pixel(20, 12);
        assert!(red.abs_diff(200) < 6 && green.abs_diff(60) < 6 && blue.abs_diff(90) < 6);
    }

    #[test]
    fn a_picture_that_no_jpeg_can_hold_is_not_written() {
        let wide = Rgb::filled(70_000, 1, [0; 3]);
        assert!(matches!(
            jpeg(&wide, 50),
            Err(PictureError::TooLarge { width: 70_000, .. })
        ));
    }

    #[test]
    fn a_jpeg_that_is_too_large_is_not_decoded() {
        let file = jpeg(&Rgb::filled(64, 8, [0; 3]), 50).expect("a JPEG");
        let told = read_jpeg(&file, 32).expect_err("too wide");
        assert!(
            matches!(told, PictureError::TooLarge { width: 64, .. }),
            "{told}"
        );
        assert!(read_jpeg(b"no picture", 32).is_err());
    }

    #[test]
    fn a_png_keeps_every_pixel() {
        let picture = Rgb::new(2, 1, vec![1_u8, 2, 3, 250, 128, 7]).expect("a picture");
        let file = png(&picture).expect("a PNG");
        let read = image::load_from_memory(&file)
            .expect("a picture")
            .into_rgb8();
        assert_eq!(read.as_raw(), picture.bytes());
    }
}
