//! From coded pictures to messages for the desk: decoded all, shown as often as wanted, in the size that is wanted.

use super::pace::{Pace, Turn};
use super::ring::{Kept, TICKS};
use super::shared::Shared;
use crate::address::{MOST_SIDE, Wanted};
use crate::h264::{H264, Shape, units};
use crate::picture::{PictureError, Rgb, jpeg, read_jpeg};
use crate::protocol::{Frame, TimeFrom, Told, Trouble, TroubleKind, pack_frame, pack_told};
use cim_model::{TimeSource, UtcMillis};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

/// Pictures that wait in the decoder for their turn.
const MOST_WAITING: usize = 32;

/// When a picture is shown, and when it was taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    /// On the stream's own clock, in milliseconds.
    pub(crate) stream_ms: i64,
    pub(crate) at: Option<UtcMillis>,
    pub(crate) from: TimeFrom,
}

/// One coded picture of H.264.
#[derive(Debug)]
pub(crate) struct Coded<'a> {
    /// NAL units, each behind a length of `length_size` bytes.
    pub(crate) data: &'a [u8],
    pub(crate) length_size: usize,
    pub(crate) moment: Moment,
    /// When it is decoded, in milliseconds of the stream's clock.
    pub(crate) decode_ms: i64,
    pub(crate) is_key: bool,
    /// Whether pictures of this stream come in another order than they are shown.
    pub(crate) is_reordered: bool,
    /// Whether it came by itself, or as the first of a fragment of a live stream.
    pub(crate) is_first: bool,
}

/// Where sources bring their pictures.
pub(crate) struct Outlet<'a> {
    pub(crate) shared: Rc<Shared>,
    clock: &'a dyn TimeSource,
    to_desk: mpsc::Sender<Vec<u8>>,
    decoder: Option<H264>,
    /// Moments of pictures that the decoder still has, by when they are shown.
    waiting: BTreeMap<i64, Moment>,
    told: Option<(&'static str, u32, u32)>,
    seq: u64,
    due_ms: Option<i64>,
    pace: Pace,
}

impl<'a> Outlet<'a> {
    pub(crate) fn new(
        shared: Rc<Shared>,
        clock: &'a dyn TimeSource,
        to_desk: mpsc::Sender<Vec<u8>>,
    ) -> Self {
        Self {
            shared,
            clock,
            to_desk,
            decoder: None,
            waiting: BTreeMap::new(),
            told: None,
            seq: 0,
            due_ms: None,
            pace: Pace::default(),
        }
    }

    /// The present moment.
    pub(crate) fn now(&self) -> UtcMillis {
        self.clock.now()
    }

    /// From now on pictures are shown at their stream's own speed, as long as it is not further ahead than `most`.
    pub(crate) fn keep_pace(&mut self, most: Duration) {
        self.pace = Pace::own_speed(most);
    }

    /// The same for a stream that goes on whether it is read or not: what has become too old is passed over.
    pub(crate) fn keep_up(&mut self, most: Duration) {
        self.pace = Pace::keeping_up(most);
    }

    /// The stream goes on somewhere else.
    pub(crate) fn jump(&mut self) {
        self.pace.jump();
        self.due_ms = None;
        self.waiting.clear();
    }

    /// The parameter sets of a stream's head.
    pub(crate) fn parameters(&mut self, sps: &[u8], pps: &[u8]) -> Result<(), Trouble> {
        let mut decoder = self.take_decoder()?;
        decoder.set_parameters(sps, pps)?;
        self.decoder = Some(decoder);
        Ok(())
    }

    fn take_decoder(&mut self) -> Result<H264, Trouble> {
        self.decoder.take().map_or_else(H264::new, Ok)
    }

    /// A picture of H.264.
    pub(crate) async fn h264(&mut self, coded: Coded<'_>) -> Result<(), Trouble> {
        let turn = self
            .pace
            .turn(Instant::now(), coded.decode_ms, coded.is_first);
        sleep_until(turn.at).await;
        let played = self.play(coded, turn).await;
        self.pace.done(Instant::now());
        played
    }

    async fn play(&mut self, coded: Coded<'_>, turn: Turn) -> Result<(), Trouble> {
        let units = units(coded.data, coded.length_size)?;
        if self
            .pace
            .passes_over(Instant::now(), turn.late, coded.is_key)
        {
            self.keep(&coded, &units);
            return Ok(());
        }
        // A key picture is shown at all times: it may be the only one of its second.
        let is_thinned = !coded.is_key && self.pace.thins(turn);
        self.waiting.insert(coded.moment.stream_ms, coded.moment);
        while self.waiting.len() > MOST_WAITING {
            self.waiting.pop_first();
        }
        let wanted = self.shared.wanted();
        let now_due = self.waiting.first_key_value().map_or(0, |(ms, _)| *ms);
        let is_due = !is_thinned && self.is_due(now_due);
        let mut decoder = self.take_decoder()?;
        let decoded = decoder.decode(&units, coded.is_reordered)?;
        let is_decoded = decoded.is_some();
        let picture = decoded
            .filter(|_| is_due)
            .and_then(|decoded| decoded.rgb(wanted.width));
        if decoder.has_lost() {
            // Nothing comes of it: its moment is nobody's.
            self.waiting.remove(&coded.moment.stream_ms);
        }
        self.decoder = Some(decoder);
        let shape = self.keep(&coded, &units);
        if let Some(shape) = shape {
            self.tell(("h264", shape.width, shape.height)).await?;
        }
        if !is_decoded {
            if !coded.is_reordered {
                self.waiting.clear();
            }
            return Ok(());
        }
        self.shared.note_decoded();
        let moment = self
            .waiting
            .pop_first()
            .map_or(coded.moment, |(_, moment)| moment);
        match picture {
            Some(picture) => self.show(picture, moment, wanted).await,
            None => Ok(()),
        }
    }

    /// A JPEG picture; decoded only when it is to be shown. `clock_ms` is when it was taken on the sender's clock, where that goes.
    pub(crate) async fn jpeg(
        &mut self,
        file: &[u8],
        moment: Moment,
        clock_ms: Option<i64>,
    ) -> Result<(), Trouble> {
        let turn = clock_ms.map(|millis| self.pace.turn(Instant::now(), millis, true));
        let is_thinned = turn.is_some_and(|turn| self.pace.thins(turn));
        let played = self.play_jpeg(file, moment, is_thinned).await;
        self.pace.done(Instant::now());
        played
    }

    async fn play_jpeg(
        &mut self,
        file: &[u8],
        moment: Moment,
        is_thinned: bool,
    ) -> Result<(), Trouble> {
        let wanted = self.shared.wanted();
        if is_thinned || !self.is_due(moment.stream_ms) {
            self.shared.note_decoded();
            return Ok(());
        }
        let picture = match read_jpeg(file, MOST_SIDE) {
            Ok(picture) => picture,
            // A damaged picture is not shown; the next one may be whole. Nothing but damaged ones is a stall.
            Err(PictureError::Format(_)) => {
                self.due_ms = None;
                return Ok(());
            }
            Err(error) => return Err(Trouble::new(TroubleKind::Hostile, error.to_string())),
        };
        self.shared.note_decoded();
        self.tell(("jpeg", picture.width(), picture.height()))
            .await?;
        let picture = shrunk(&picture, wanted.width);
        self.show(picture, moment, wanted).await
    }

    /// Puts the picture into the ring. Its shape, when the stream has told it.
    fn keep(&self, coded: &Coded<'_>, units: &[&[u8]]) -> Option<Shape> {
        let (sps, pps, shape) = self.decoder.as_ref()?.parameters()?;
        let kept = kept(coded, units);
        self.shared.ring.borrow_mut().push(kept, sps, pps, shape);
        Some(shape)
    }

    /// Whether a picture of this time is one of those that are wanted each second.
    fn is_due(&mut self, stream_ms: i64) -> bool {
        let step = (1000.0 / f64::from(self.shared.wanted().fps)) as i64;
        let due = self.due_ms.unwrap_or(stream_ms);
        let is_back = stream_ms < due.saturating_sub(2 * step + 1000);
        // Half of a 60 Hz picture: clocks of 15 and 12.5 Hz do not fall on whole milliseconds.
        if stream_ms.saturating_add(8) < due && !is_back {
            return false;
        }
        let is_far = is_back || stream_ms > due.saturating_add(step);
        let from = if is_far { stream_ms } else { due };
        self.due_ms = Some(from.saturating_add(step));
        true
    }

    /// Says what is in the stream, once.
    async fn tell(&mut self, told: (&'static str, u32, u32)) -> Result<(), Trouble> {
        if self.told == Some(told) {
            return Ok(());
        }
        self.told = Some(told);
        let (codec, width, height) = told;
        let words = pack_told(&Told::Playing {
            codec: codec.to_owned(),
            width,
            height,
        })
        .map_err(|error| Trouble::new(TroubleKind::Protocol, error.to_string()))?;
        self.send(words).await
    }

    async fn show(&mut self, picture: Rgb, moment: Moment, wanted: Wanted) -> Result<(), Trouble> {
        let file = if wanted.is_jpeg {
            let file = jpeg(&picture, wanted.quality)
                .map_err(|error| Trouble::new(TroubleKind::Protocol, error.to_string()))?;
            Some(file.into())
        } else {
            None
        };
        self.seq += 1;
        let frame = Frame {
            seq: self.seq,
            at: moment.at,
            time_from: moment.from,
            received: self.clock.now(),
            width: picture.width(),
            height: picture.height(),
            jpeg: file,
            rgb: wanted.is_rgb.then_some(picture),
        };
        self.shared.note_shown();
        self.send(pack_frame(&frame)).await
    }

    async fn send(&self, message: Vec<u8>) -> Result<(), Trouble> {
        let gone = |_| Trouble::new(TroubleKind::Killed, "the desk reads no more");
        self.to_desk.send(message).await.map_err(gone)
    }
}

/// The picture for the ring, with four-byte lengths.
fn kept(coded: &Coded<'_>, units: &[&[u8]]) -> Kept {
    let mut nals = Vec::with_capacity(coded.data.len() + 16);
    for unit in units {
        nals.extend((unit.len() as u32).to_be_bytes());
        nals.extend_from_slice(unit);
    }
    let per_ms = i64::from(TICKS) / 1000;
    let later = coded.moment.stream_ms.saturating_sub(coded.decode_ms);
    Kept {
        nals,
        ticks: coded.decode_ms.saturating_mul(per_ms),
        composition_offset: later.saturating_mul(per_ms) as i32,
        is_key: coded.is_key,
        at: coded.moment.at,
    }
}

/// The picture at most `most` pixels wide: each pixel is the mean of those that it covers.
fn shrunk(picture: &Rgb, most: u32) -> Rgb {
    if picture.width() <= most {
        return picture.clone();
    }
    let (from_width, from_height) = (picture.width() as usize, picture.height() as usize);
    let width = most.max(1) as usize;
    let height = (from_height * width / from_width).max(1);
    let mut bytes = Vec::with_capacity(3 * width * height);
    let mut sums = vec![[0_u32; 3]; width];
    for y in 0..height {
        let (top, foot) = (y * from_height / height, (y + 1) * from_height / height);
        sums.fill([0; 3]);
        let rows = picture.bytes().chunks_exact(3 * from_width);
        for row in rows.skip(top).take(foot - top) {
            for (x, pixel) in row.chunks_exact(3).enumerate() {
                // The column whose part of the row this pixel is in.
                let column = ((x + 1) * width).div_ceil(from_width) - 1;
                for (sum, channel) in sums[column].iter_mut().zip(pixel) {
                    *sum += u32::from(*channel);
                }
            }
        }
        for (column, sum) in sums.iter().enumerate() {
            let (left, right) = (
                column * from_width / width,
                (column + 1) * from_width / width,
            );
            let count = ((right - left) * (foot - top)).max(1) as u32;
            bytes.extend(sum.map(|sum| (sum / count).min(255) as u8));
        }
    }
    Rgb::new(width as u32, height as u32, bytes).unwrap_or_else(|| picture.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shrunk_picture_keeps_its_halves() {
        let row = [[0_u8, 0, 0].repeat(50), [240, 120, 60].repeat(50)].concat();
        let picture = Rgb::new(100, 40, row.repeat(40)).expect("a picture");
        for most in [7, 33, 50, 99] {
            let small = shrunk(&picture, most);
            assert_eq!(small.width(), most);
            assert_eq!(small.height(), 40 * most / 100);
            assert_eq!(small.pixel(0, 0), [0; 3], "{most}");
            assert_eq!(small.pixel(most - 1, 0), [240, 120, 60], "{most}");
        }
        assert_eq!(shrunk(&picture, 100), picture);
    }
}
