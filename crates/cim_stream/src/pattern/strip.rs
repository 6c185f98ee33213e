//! A moment and a number as black and white fields at the foot of a picture.
//!
//! Four rows of 24 fields, 96 bits, the first at the left of the uppermost row: 8 bits to find the strip by, 44 of milliseconds
//! since 1970, 32 of the camera's number, 12 of a checksum. White is 1.

use crate::picture::{Canvas, Rect, Rgb, lightness};

const COLUMNS: u32 = 24;
const ROWS: u32 = 4;
/// The strip's share of the picture's height, in hundredths.
const SHARE: u32 = 22;
const MARK: u128 = 0b1011_0010;
const WHITE: [u8; 3] = [235; 3];
const BLACK: [u8; 3] = [20; 3];
const MILLIS_BITS: u32 = 44;
const NUMBER_BITS: u32 = 32;
const CHECK_BITS: u32 = 12;

/// The highest row of the strip in a picture of `height`.
pub(crate) fn top(height: u32) -> u32 {
    height - height * SHARE / 100
}

/// Draws the strip for `millis` and `number` over the foot of a picture of `width` by `height`.
pub(crate) fn draw(canvas: &mut Canvas, [width, height]: [u32; 2], millis: i64, number: u32) {
    let bits = packed(millis, number);
    let top = top(height);
    for place in 0..COLUMNS * ROWS {
        let (column, row) = (place % COLUMNS, place / COLUMNS);
        let (left, right) = (column * width / COLUMNS, (column + 1) * width / COLUMNS);
        let strip = height - top;
        let (upper, lower) = (top + row * strip / ROWS, top + (row + 1) * strip / ROWS);
        let is_set = bits >> (COLUMNS * ROWS - 1 - place) & 1 == 1;
        let area = Rect {
            x: left,
            y: upper,
            width: right - left,
            height: lower - upper,
        };
        canvas.fill(area, if is_set { WHITE } else { BLACK });
    }
}

/// The moment (milliseconds since 1970) and the camera's number of a test picture; `None` when it is none, or too little of it is
/// left. The picture must be whole and at least 120 pixels wide.
pub fn read_pattern(picture: &Rgb) -> Option<(i64, u32)> {
    let (width, height) = (picture.width(), picture.height());
    if width < 120 || height < 60 {
        return None;
    }
    let top = f64::from(height) * (1.0 - f64::from(SHARE) / 100.0);
    let strip = f64::from(height) - top;
    let mut bits = 0_u128;
    for place in 0..COLUMNS * ROWS {
        let across = (f64::from(place % COLUMNS) + 0.5) / f64::from(COLUMNS);
        let down = (f64::from(place / COLUMNS) + 0.5) / f64::from(ROWS);
        let x = (across * f64::from(width)) as u32;
        let y = (top + down * strip) as u32;
        bits = bits << 1 | u128::from(is_light(picture, x, y));
    }
    unpacked(bits)
}

/// Whether the nine pixels round a place are light on average.
fn is_light(picture: &Rgb, x: u32, y: u32) -> bool {
    let mut sum = 0;
    for row in y.saturating_sub(1)..=y + 1 {
        for column in x.saturating_sub(1)..=x + 1 {
            sum += u32::from(lightness(picture.pixel(column, row)));
        }
    }
    sum > 9 * 128
}

fn packed(millis: i64, number: u32) -> u128 {
    let millis = u128::from(millis.max(0).unsigned_abs()) & ((1 << MILLIS_BITS) - 1);
    let content = (MARK << MILLIS_BITS | millis) << NUMBER_BITS | u128::from(number);
    content << CHECK_BITS | u128::from(checksum(content))
}

fn unpacked(bits: u128) -> Option<(i64, u32)> {
    let content = bits >> CHECK_BITS;
    let check = bits & ((1 << CHECK_BITS) - 1);
    if content >> (MILLIS_BITS + NUMBER_BITS) != MARK || check != u128::from(checksum(content)) {
        return None;
    }
    let millis = content >> NUMBER_BITS & ((1 << MILLIS_BITS) - 1);
    let number = content & u128::from(u32::MAX);
    Some((i64::try_from(millis).ok()?, u32::try_from(number).ok()?))
}

/// CRC-12 (polynomial 0x80f) of the 84 bits of content.
fn checksum(content: u128) -> u16 {
    let mut rest = 0_u16;
    for place in (0..u128::BITS - CHECK_BITS).rev() {
        let bit = (content >> place & 1) as u16;
        let carry = rest >> 11 & 1;
        rest = (rest << 1) & 0x0fff;
        if bit ^ carry == 1 {
            rest ^= 0x080f;
        }
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(width: u32, height: u32, millis: i64, number: u32) -> Rgb {
        let mut canvas = Canvas::of(&Rgb::filled(width, height, [90, 120, 70]));
        draw(&mut canvas, [width, height], millis, number);
        canvas.finish()
    }

    #[test]
    fn what_is_drawn_is_read_in_every_size() {
        for (width, height) in [(768, 432), (640, 480), (240, 135), (127, 71)] {
            for (millis, number) in [(0, 0), (1_777_593_600_123, 42), (1 << 43, u32::MAX)] {
                let picture = drawn(width, height, millis, number);
                assert_eq!(
                    read_pattern(&picture),
                    Some((millis, number)),
                    "{width} {millis}"
                );
            }
        }
    }

    #[test]
    fn one_turned_field_is_noticed() {
        let picture = drawn(768, 432, 1_777_593_600_123, 42);
        let field = Rect {
            x: 320,
            y: 400,
            width: 32,
            height: 24,
        };
        let before = picture.pixel(330, 410)[0] > 128;
        let mut canvas = Canvas::of(&picture);
        canvas.fill(field, if before { BLACK } else { WHITE });
        assert_eq!(read_pattern(&canvas.finish()), None);
    }

    #[test]
    fn other_pictures_are_no_pattern() {
        assert_eq!(read_pattern(&Rgb::filled(768, 432, [200; 3])), None);
        assert_eq!(read_pattern(&Rgb::filled(768, 432, [0; 3])), None);
        assert_eq!(read_pattern(&Rgb::filled(8, 8, [0; 3])), None);
    }
}
