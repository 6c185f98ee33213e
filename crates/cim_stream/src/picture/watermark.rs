//! Who looked, and when, written into the picture itself.

use super::{Canvas, Face, Rect, Rgb};

const LETTERS: [u8; 3] = [255, 255, 255];
const BAR: [u8; 3] = [12, 16, 22];
/// The bar's letters are this part of the picture's height, and never smaller than [`SMALLEST`].
const SHARE: f32 = 1.0 / 26.0;
const SMALLEST: f32 = 11.0;

/// What is written into a picture.
#[derive(Clone, Copy, Debug)]
pub struct Mark<'a> {
    /// Lines of the bar at the foot: the officer, the time, the camera, the purpose.
    pub lines: &'a [String],
    /// How strongly the first line is repeated all over the picture, 0 to 1.
    pub opacity: f32,
}

/// `picture` with a bar at its foot that carries `mark`'s lines, and the first of them faintly all over it, so that no part can
/// be cut out without it.
pub fn watermark(picture: &Rgb, face: &Face, mark: &Mark<'_>) -> Rgb {
    let mut canvas = Canvas::of(picture);
    let (width, height) = (picture.width() as f32, picture.height() as f32);
    let size = (height * SHARE).max(SMALLEST);
    if let Some(first) = mark.lines.first() {
        repeat(
            &mut canvas,
            face,
            first,
            size * 1.4,
            [width, height],
            mark.opacity,
        );
    }
    let step = size * 1.25;
    let bar = (step * mark.lines.len() as f32 + size * 0.5).min(height);
    let top = height - bar;
    let area = Rect {
        x: 0,
        y: top as u32,
        width: picture.width(),
        height: picture.height(),
    };
    if !mark.lines.is_empty() {
        canvas.blend(area, BAR, 0.72);
    }
    for (row, line) in mark.lines.iter().enumerate() {
        let widest = width - size;
        let fits = (widest / face.width(line, size).max(1.0)).min(1.0);
        let at = [size * 0.5, top + size * 0.2 + step * row as f32];
        canvas.text(face, at, size * fits, LETTERS, line);
    }
    canvas.finish()
}

/// `text` in rows that are shifted against each other.
fn repeat(
    canvas: &mut Canvas,
    face: &Face,
    text: &str,
    size: f32,
    [width, height]: [f32; 2],
    opacity: f32,
) {
    let opacity = opacity.clamp(0.0, 1.0);
    let step = face.width(text, size) + size * 3.0;
    if opacity <= 0.0 || text.trim().is_empty() {
        return;
    }
    let rows = (height / (size * 3.0)) as u32 + 1;
    let columns = (width / step) as u32 + 2;
    for row in 0..rows {
        let shift = step * (row % 3) as f32 / 3.0;
        for column in 0..columns {
            let at = [
                column as f32 * step - shift,
                row as f32 * size * 3.0 + size * 0.5,
            ];
            canvas.faint_text(face, at, size, (LETTERS, opacity), text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FONT: &[u8] = include_bytes!("../../../../assets/fonts/NotoSansSC-Regular.ttf");

    fn changed(before: &Rgb, after: &Rgb, area: Rect) -> bool {
        let is_other = |x, y| before.pixel(x, y) != after.pixel(x, y);
        (area.y..area.y + area.height)
            .any(|y| (area.x..area.x + area.width).any(|x| is_other(x, y)))
    }

    #[test]
    fn every_quarter_of_a_picture_carries_the_officer() {
        let face = Face::new(FONT).expect("a font");
        let picture = Rgb::filled(768, 432, [40, 90, 60]);
        let lines = [
            "张三 警号 012345".to_owned(),
            "2026-05-01 08:30:00 东门".to_owned(),
        ];
        let mark = Mark {
            lines: &lines,
            opacity: 0.12,
        };
        let marked = watermark(&picture, &face, &mark);
        for (x, y) in [(0, 0), (384, 0), (0, 180), (384, 180)] {
            let quarter = Rect {
                x,
                y,
                width: 384,
                height: 180,
            };
            assert!(changed(&picture, &marked, quarter), "({x}, {y})");
        }
        assert_ne!(marked.pixel(767, 431), picture.pixel(767, 431));
    }

    #[test]
    fn without_lines_nothing_is_written() {
        let face = Face::new(FONT).expect("a font");
        let picture = Rgb::filled(64, 64, [40, 90, 60]);
        let mark = Mark {
            lines: &[],
            opacity: 0.5,
        };
        assert_eq!(watermark(&picture, &face, &mark), picture);
    }
}
