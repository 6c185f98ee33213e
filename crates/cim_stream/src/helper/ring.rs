//! The last seconds of a stream, kept as they came, for an evidence clip.

use crate::boxes::write::{Sample, Track, fragment, init_segment};
use crate::h264::Shape;
use crate::protocol::LONGEST_CLIP;
use cim_model::UtcMillis;
use std::collections::VecDeque;

/// Ticks a second of kept times (RFC 6184's clock).
pub(crate) const TICKS: u32 = 90_000;

/// A coded picture with its place in the stream.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    /// NAL units behind four-byte lengths.
    pub(crate) nals: Vec<u8>,
    /// When it is decoded, in [`TICKS`].
    pub(crate) ticks: i64,
    /// How much later it is shown, in [`TICKS`].
    pub(crate) composition_offset: i32,
    pub(crate) is_key: bool,
    pub(crate) at: Option<UtcMillis>,
}

/// Whole groups of pictures; the oldest goes when there are too many.
#[derive(Debug)]
pub(crate) struct Ring {
    most_bytes: u64,
    most_ticks: i64,
    bytes: u64,
    kept: VecDeque<Kept>,
    track: Option<Track>,
}

impl Ring {
    pub(crate) fn new(most_bytes: u64, most_s: u32) -> Self {
        Self {
            most_bytes: most_bytes.min(LONGEST_CLIP as u64 / 2),
            most_ticks: i64::from(most_s) * i64::from(TICKS),
            bytes: 0,
            kept: VecDeque::new(),
            track: None,
        }
    }

    /// Keeps a picture. A stream with other parameter sets, or one whose time has gone back, begins anew.
    pub(crate) fn push(&mut self, picture: Kept, sps: &[u8], pps: &[u8], shape: Shape) {
        let is_same = self
            .track
            .as_ref()
            .is_some_and(|track| track.sps == sps && track.pps == pps);
        let goes_back = self
            .kept
            .back()
            .is_some_and(|last| last.ticks > picture.ticks);
        if !is_same || goes_back {
            self.kept.clear();
            self.bytes = 0;
            self.track = Some(Track {
                width: shape.width as u16,
                height: shape.height as u16,
                timescale: TICKS,
                sps: sps.to_vec(),
                pps: pps.to_vec(),
            });
        }
        if self.kept.is_empty() && !picture.is_key {
            return;
        }
        self.bytes += picture.nals.len() as u64;
        self.kept.push_back(picture);
        while self.is_too_much() {
            self.drop_group();
        }
    }

    fn is_too_much(&self) -> bool {
        let (Some(first), Some(last)) = (self.kept.front(), self.kept.back()) else {
            return false;
        };
        self.bytes > self.most_bytes || last.ticks.saturating_sub(first.ticks) > self.most_ticks
    }

    /// Lets the oldest key picture and all that need it go.
    fn drop_group(&mut self) {
        let mut dropped = 0;
        while self
            .kept
            .front()
            .is_some_and(|first| dropped == 0 || !first.is_key)
        {
            if let Some(gone) = self.kept.pop_front() {
                self.bytes -= gone.nals.len() as u64;
                dropped += 1;
            }
        }
    }

    /// The last `last_s` seconds from a key picture on as fragmented MP4, when the first was taken, and how many milliseconds they
    /// last. `None` when nothing is kept.
    pub(crate) fn cut(&self, last_s: u32) -> Option<(Vec<u8>, Option<UtcMillis>, u64)> {
        let (track, last) = (self.track.as_ref()?, self.kept.back()?);
        let cutoff = last.ticks - i64::from(last_s) * i64::from(TICKS);
        let start = self
            .kept
            .iter()
            .rposition(|picture| picture.is_key && picture.ticks <= cutoff)
            .unwrap_or(0);
        let pictures: Vec<&Kept> = self.kept.iter().skip(start).collect();
        let first = pictures.first()?;
        let mut file = init_segment(track);
        let mut group = Vec::new();
        let mut group_at = 0;
        let mut sequence = 0;
        for (place, picture) in pictures.iter().enumerate() {
            if picture.is_key && !group.is_empty() {
                sequence += 1;
                file.extend(fragment(sequence, group_at, &group, None));
                group.clear();
            }
            if group.is_empty() {
                group_at = (picture.ticks - first.ticks).unsigned_abs();
            }
            let next = pictures
                .get(place + 1)
                .map(|next| next.ticks - picture.ticks);
            group.push(Sample {
                nals: picture.nals.clone(),
                duration: next.map_or(TICKS / 25, |ticks| ticks as u32),
                composition_offset: picture.composition_offset,
                is_key: picture.is_key,
            });
        }
        file.extend(fragment(sequence + 1, group_at, &group, None));
        let millis = (last.ticks - first.ticks).unsigned_abs() * 1000 / u64::from(TICKS);
        Some((file, first.at, millis))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::boxes::{BoxStream, Piece};
    use crate::h264::Colours;

    const SHAPE: Shape = Shape {
        width: 64,
        height: 48,
        colours: Colours::NARROW,
    };

    /// `seconds` of ten pictures a second, a key picture each second, 100 bytes each.
    fn filled(ring: &mut Ring, seconds: i64) {
        for place in 0..seconds * 10 {
            let picture = Kept {
                nals: vec![1; 100],
                ticks: place * 9000,
                composition_offset: 0,
                is_key: place % 10 == 0,
                at: Some(UtcMillis(1_000_000 + place * 100)),
            };
            ring.push(picture, &[0x67, 66, 0, 30], &[0x68], SHAPE);
        }
    }

    #[test]
    fn old_groups_go_by_time_and_by_bytes() {
        let mut by_time = Ring::new(1_000_000, 5);
        filled(&mut by_time, 20);
        assert!(by_time.kept.len() <= 51 && by_time.kept[0].is_key);
        let mut by_bytes = Ring::new(2500, 1000);
        filled(&mut by_bytes, 20);
        assert!(by_bytes.bytes <= 2500 && by_bytes.kept[0].is_key);
    }

    #[test]
    fn a_clip_begins_with_a_key_picture_and_says_when() {
        let mut ring = Ring::new(1_000_000, 60);
        filled(&mut ring, 10);
        let (file, from, millis) = ring.cut(3).expect("a clip");
        assert_eq!(from, Some(UtcMillis(1_006_000)));
        assert_eq!(millis, 3900);
        let mut boxes = BoxStream::default();
        boxes.push(&file);
        let mut fragments = 0;
        while let Some(piece) = boxes.take_piece().expect("sound boxes") {
            fragments += usize::from(matches!(piece, Piece::Fragment { .. }));
        }
        assert_eq!(fragments, 4);
    }

    #[test]
    fn nothing_is_kept_before_the_first_key_picture() {
        let mut ring = Ring::new(1_000_000, 60);
        let picture = Kept {
            nals: vec![1],
            ticks: 0,
            composition_offset: 0,
            is_key: false,
            at: None,
        };
        ring.push(picture, &[0x67], &[0x68], SHAPE);
        assert!(ring.cut(10).is_none());
    }
}
