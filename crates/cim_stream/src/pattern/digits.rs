//! Digits of five by seven dots, so that a test picture needs no font.

use crate::picture::{Canvas, Rect};

/// Columns of a letter and the gap behind it, in dots.
pub(crate) const STEP: u32 = 6;

/// Writes `text` with its left upper corner at `at`; each dot is `dot` pixels wide and high. Other letters than digits, `:`, `-`,
/// `.`, `#` and `+` are blanks.
pub(crate) fn write(canvas: &mut Canvas, at: [u32; 2], dot: u32, colour: [u8; 3], text: &str) {
    let [mut x, y] = at;
    for letter in text.chars() {
        for (row, bits) in (0_u32..).zip(rows(letter)) {
            for column in (0..5_u32).filter(|column| bits >> (4 - column) & 1 == 1) {
                let area = Rect {
                    x: x + column * dot,
                    y: y + row * dot,
                    width: dot,
                    height: dot,
                };
                canvas.fill(area, colour);
            }
        }
        x += STEP * dot;
    }
}

/// The seven rows of a letter, the left dot in bit 4.
fn rows(letter: char) -> [u8; 7] {
    match letter {
        '0' => [0x0e, 0x11, 0x13, 0x15, 0x19, 0x11, 0x0e],
        '1' => [0x04, 0x0c, 0x04, 0x04, 0x04, 0x04, 0x0e],
        '2' => [0x0e, 0x11, 0x01, 0x02, 0x04, 0x08, 0x1f],
        '3' => [0x1f, 0x02, 0x04, 0x02, 0x01, 0x11, 0x0e],
        '4' => [0x02, 0x06, 0x0a, 0x12, 0x1f, 0x02, 0x02],
        '5' => [0x1f, 0x10, 0x1e, 0x01, 0x01, 0x11, 0x0e],
        '6' => [0x06, 0x08, 0x10, 0x1e, 0x11, 0x11, 0x0e],
        '7' => [0x1f, 0x01, 0x02, 0x04, 0x08, 0x08, 0x08],
        '8' => [0x0e, 0x11, 0x11, 0x0e, 0x11, 0x11, 0x0e],
        '9' => [0x0e, 0x11, 0x11, 0x0f, 0x01, 0x02, 0x0c],
        ':' => [0x00, 0x0c, 0x0c, 0x00, 0x0c, 0x0c, 0x00],
        '-' => [0x00, 0x00, 0x00, 0x1f, 0x00, 0x00, 0x00],
        '.' => [0x00, 0x00, 0x00, 0x00, 0x00, 0x0c, 0x0c],
        '#' => [0x0a, 0x0a, 0x1f, 0x0a, 0x1f, 0x0a, 0x0a],
        '+' => [0x00, 0x04, 0x04, 0x1f, 0x04, 0x04, 0x00],
        _ => [0; 7],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::Rgb;
    use std::collections::BTreeSet;

    #[test]
    fn every_digit_looks_different() {
        let all: BTreeSet<[u8; 7]> = "0123456789:-.#+ ".chars().map(rows).collect();
        assert_eq!(all.len(), 16);
    }

    #[test]
    fn dots_are_as_large_as_asked_for() {
        let mut canvas = Canvas::of(&Rgb::filled(40, 40, [0; 3]));
        write(&mut canvas, [2, 3], 4, [255; 3], "-");
        let picture = canvas.finish();
        assert_eq!(picture.pixel(2, 3 + 3 * 4), [255; 3]);
        assert_eq!(picture.pixel(21, 3 + 3 * 4 + 3), [255; 3]);
        assert_eq!(picture.pixel(22, 3 + 3 * 4), [0; 3]);
        assert_eq!(picture.pixel(2, 3 + 4 * 4), [0; 3]);
    }
}
