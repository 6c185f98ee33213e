//! Masks over faces and plates, and the patches that lie under them.

use super::{Canvas, Rect, Rgb};

/// A cell of a mask is never smaller than this, in pixels: what is left of a face is not a face.
const SMALLEST_CELL: u32 = 8;

/// `picture` with each of `areas` replaced by at most `across` cells from left to right, each of one colour: the mean of its
/// pixels, with five bits left of each channel. What was there cannot be computed from what is left.
pub fn pixelate(picture: &Rgb, areas: &[Rect], across: u32) -> Rgb {
    let mut canvas = Canvas::of(picture);
    for area in areas {
        let Some(area) = area.within(picture.width(), picture.height()) else {
            continue;
        };
        let side = area.width.div_ceil(across.max(1)).max(SMALLEST_CELL);
        for cell in cells(area, side) {
            let colour = mean(picture, cell).map(|channel| (channel & 0xf8) | 0x04);
            canvas.fill(cell, colour);
        }
    }
    canvas.finish()
}

/// The part of `picture` inside `area`; `None` when they do not meet.
pub fn cut(picture: &Rgb, area: Rect) -> Option<Rgb> {
    let area = area.within(picture.width(), picture.height())?;
    let mut bytes = Vec::with_capacity(3 * area.width as usize * area.height as usize);
    for y in area.y..area.y + area.height {
        let start = 3 * (y as usize * picture.width() as usize + area.x as usize);
        bytes.extend_from_slice(
            picture
                .bytes()
                .get(start..start + 3 * area.width as usize)?,
        );
    }
    Rgb::new(area.width, area.height, bytes)
}

/// `area` in squares of `side`; those at its right and foot are cut off.
fn cells(area: Rect, side: u32) -> impl Iterator<Item = Rect> {
    let rows = (0..area.height).step_by(side as usize);
    rows.flat_map(move |y| {
        let columns = (0..area.width).step_by(side as usize);
        columns.map(move |x| Rect {
            x: area.x + x,
            y: area.y + y,
            width: side.min(area.width - x),
            height: side.min(area.height - y),
        })
    })
}

fn mean(picture: &Rgb, cell: Rect) -> [u8; 3] {
    let mut sum = [0_u64; 3];
    for y in cell.y..cell.y + cell.height {
        for x in cell.x..cell.x + cell.width {
            let pixel = picture.pixel(x, y);
            for (sum, channel) in sum.iter_mut().zip(pixel) {
                *sum += u64::from(channel);
            }
        }
    }
    let count = (u64::from(cell.width) * u64::from(cell.height)).max(1);
    sum.map(|sum| (sum / count) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Black and white columns, one pixel each.
    fn stripes(width: u32, height: u32) -> Rgb {
        let row = [[0_u8, 0, 0], [255, 255, 255]].concat();
        let bytes = row.repeat((width / 2 * height) as usize);
        Rgb::new(width, height, bytes).expect("a picture")
    }

    const AREA: Rect = Rect {
        x: 8,
        y: 4,
        width: 32,
        height: 16,
    };

    #[test]
    fn nothing_is_left_of_what_was_under_a_mask() {
        let masked = pixelate(&stripes(64, 32), &[AREA], 100);
        let first = masked.pixel(8, 4);
        for y in 4..20 {
            for x in 8..40 {
                assert_eq!(masked.pixel(x, y), first, "({x}, {y})");
            }
        }
        assert_eq!(masked.pixel(41, 4), [255; 3]);
        assert_eq!(masked.pixel(7, 4), [255; 3]);
    }

    #[test]
    fn masking_twice_is_masking_once() {
        let once = pixelate(&stripes(64, 32), &[AREA], 4);
        assert_eq!(pixelate(&once, &[AREA], 4), once);
    }

    #[test]
    fn a_mask_outside_the_picture_does_nothing() {
        let picture = stripes(64, 32);
        let outside = Rect { x: 64, ..AREA };
        assert_eq!(pixelate(&picture, &[outside], 4), picture);
        assert!(cut(&picture, outside).is_none());
        let endless = Rect {
            width: u32::MAX,
            ..AREA
        };
        assert_eq!(cut(&picture, endless).expect("a patch").width(), 56);
    }

    #[test]
    fn a_patch_is_what_was_there() {
        let patch = cut(&stripes(64, 32), AREA).expect("a patch");
        assert_eq!((patch.width(), patch.height()), (32, 16));
        assert_eq!(patch.pixel(1, 0), [255; 3]);
    }
}
