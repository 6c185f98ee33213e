//! The test picture: bars, the camera's number, the wall time, a mark that moves, the strip.

use super::{digits, strip};
use crate::picture::{Canvas, Face, Rect, Rgb};
use cim_model::UtcMillis;
use jiff::Timestamp;
use jiff::tz::Offset;

/// Pixels across a test picture.
pub const WIDTH: u32 = 768;
/// Pixels down a test picture.
pub const HEIGHT: u32 = 432;

/// Bars of three quarters of full colour (SMPTE EG 1), from the left.
const BARS: [[u8; 3]; 7] = [
    [191, 191, 191],
    [191, 191, 0],
    [0, 191, 191],
    [0, 191, 0],
    [191, 0, 191],
    [191, 0, 0],
    [0, 0, 191],
];
const BAR_HEIGHT: u32 = 130;
const GROUND: [u8; 3] = [18, 24, 32];
const LETTERS: [u8; 3] = [235, 240, 245];
/// The mark crosses the picture once in this time, in milliseconds.
const ROUND: i64 = 4000;
const MARK: u32 = 24;
/// Time in the pictures is China's, eight hours ahead.
const CHINA: Offset = Offset::constant(8);

/// The test picture of one camera.
#[derive(Clone, Debug)]
pub struct Pattern {
    number: u32,
    still: Rgb,
}

impl Pattern {
    /// The picture of camera `number`, with `label` in letters when there is a font for it.
    pub fn new(number: u32, label: &str, face: Option<&Face>) -> Self {
        let mut canvas = Canvas::of(&Rgb::filled(WIDTH, HEIGHT, GROUND));
        // Cameras differ at a glance: each begins its bars with another colour.
        for (place, column) in (0_u32..7).enumerate() {
            let colour = BARS[(place + number as usize % 7) % 7];
            let (left, right) = (column * WIDTH / 7, (column + 1) * WIDTH / 7);
            let area = Rect {
                x: left,
                y: 0,
                width: right - left,
                height: BAR_HEIGHT,
            };
            canvas.fill(area, colour);
        }
        if let Some(face) = face {
            canvas.text(face, [24.0, 140.0], 40.0, LETTERS, label);
        }
        digits::write(&mut canvas, [24, 196], 4, LETTERS, &format!("#{number}"));
        Self {
            number,
            still: canvas.finish(),
        }
    }

    /// The picture at `moment`.
    pub fn draw(&self, moment: UtcMillis) -> Rgb {
        let mut canvas = Canvas::of(&self.still);
        let [day, time] = words(moment);
        let right = WIDTH - 24 - 10 * digits::STEP * 4;
        digits::write(&mut canvas, [right, 196], 4, LETTERS, &day);
        digits::write(&mut canvas, [24, 240], 10, LETTERS, &time);
        let way = i64::from(WIDTH - MARK);
        let mark = Rect {
            x: (moment.0.rem_euclid(ROUND) * way / ROUND) as u32,
            y: BAR_HEIGHT - MARK,
            width: MARK,
            height: MARK,
        };
        canvas.fill(mark, LETTERS);
        strip::draw(&mut canvas, [WIDTH, HEIGHT], moment.0, self.number);
        canvas.finish()
    }
}

/// The day and the time of day in China.
fn words(moment: UtcMillis) -> [String; 2] {
    let Ok(timestamp) = Timestamp::from_millisecond(moment.0) else {
        return [String::new(), String::new()];
    };
    let at = CHINA.to_datetime(timestamp);
    [
        format!("{:04}-{:02}-{:02}", at.year(), at.month(), at.day()),
        format!(
            "{:02}:{:02}:{:02}.{:03}",
            at.hour(),
            at.minute(),
            at.second(),
            at.millisecond()
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::read_pattern;
    use crate::picture::{jpeg, read_jpeg};

    const MOMENT: UtcMillis = UtcMillis(1_777_593_600_123);

    #[test]
    fn a_picture_says_when_and_which() {
        let picture = Pattern::new(7, "", None).draw(MOMENT);
        assert_eq!((picture.width(), picture.height()), (WIDTH, HEIGHT));
        assert_eq!(read_pattern(&picture), Some((MOMENT.0, 7)));
        assert_eq!(
            words(MOMENT),
            ["2026-05-01".to_owned(), "08:00:00.123".to_owned()]
        );
    }

    #[test]
    fn a_picture_is_read_after_jpeg() {
        let picture = Pattern::new(123_456, "", None).draw(MOMENT);
        let file = jpeg(&picture, 40).expect("a JPEG");
        let read = read_jpeg(&file, 4096).expect("a picture");
        assert_eq!(read_pattern(&read), Some((MOMENT.0, 123_456)));
    }

    #[test]
    fn something_moves_between_two_pictures() {
        let pattern = Pattern::new(1, "", None);
        let (one, other) = (
            pattern.draw(MOMENT),
            pattern.draw(UtcMillis(MOMENT.0 + 1000)),
        );
        let row = BAR_HEIGHT - MARK / 2;
        assert!((0..WIDTH).any(|x| one.pixel(x, row) != other.pixel(x, row)));
        assert!(
            strip::top(HEIGHT) > 240 + 7 * 10,
            "the digits stay above the strip"
        );
    }
}
