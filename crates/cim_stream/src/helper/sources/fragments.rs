//! Fragmented MP4, however it comes: boxes in, pictures out.

use super::unshown;
use crate::address::StreamAddress;
use crate::boxes::{
    BoxStream, FragmentSample, Piece, Producer, TrackHeader, fragment_samples, movie, producer_time,
};
use crate::helper::outlet::{Coded, Moment, Outlet};
use crate::protocol::{TimeFrom, Trouble, TroubleKind};
use bytes::Bytes;
use cim_model::UtcMillis;

/// One stream of fragments.
pub(crate) struct Fragments {
    boxes: BoxStream,
    track: Option<TrackHeader>,
    /// Samples whose bytes are still to come, and where their `moof` box began.
    pending: Option<(u64, Vec<FragmentSample>)>,
    producer: Option<Producer>,
    /// The moment of the next fragment's first picture, from a playlist.
    announced: Option<UtcMillis>,
    /// The same with the decode time that it belongs to.
    playlist: Option<Producer>,
    /// When a clip's first picture was taken, and its decode time.
    from: Option<UtcMillis>,
    first_time: Option<u64>,
    is_live: bool,
    is_reordered: bool,
}

impl Fragments {
    pub(crate) fn new(address: &StreamAddress) -> Self {
        Self {
            boxes: BoxStream::default(),
            track: None,
            pending: None,
            producer: None,
            announced: None,
            playlist: None,
            from: address.from,
            first_time: None,
            is_live: address.is_live,
            is_reordered: false,
        }
    }

    /// Another segment follows: its boxes begin anew, and its first picture was taken at `at`.
    pub(crate) fn segment(&mut self, at: Option<UtcMillis>) {
        self.boxes = BoxStream::default();
        self.pending = None;
        self.announced = at.or(self.announced);
    }

    /// More bytes of the stream.
    pub(crate) async fn feed(
        &mut self,
        bytes: &[u8],
        outlet: &mut Outlet<'_>,
    ) -> Result<(), Trouble> {
        self.boxes.push(bytes);
        while let Some(piece) = self.boxes.take_piece()? {
            match piece {
                Piece::Movie(content) => self.begin(&content, outlet)?,
                Piece::Producer(content) => self.producer = Some(producer_time(&content)?),
                Piece::Fragment { at, content } => self.expect(at, &content)?,
                Piece::Data { at, content } => self.play(at, &content, outlet).await?,
            }
        }
        Ok(())
    }

    fn begin(&mut self, moov: &[u8], outlet: &mut Outlet<'_>) -> Result<(), Trouble> {
        let movie = movie(moov)?;
        let track = movie.track;
        if !matches!(track.coding.as_str(), "avc1" | "avc3") {
            return Err(unshown(&track.coding));
        }
        if let (Some(sps), Some(pps)) = (track.sps.first(), track.pps.first()) {
            outlet.parameters(sps, pps)?;
        }
        self.track = Some(track);
        Ok(())
    }

    fn expect(&mut self, at: u64, moof: &[u8]) -> Result<(), Trouble> {
        let track = self.track.as_ref().ok_or_else(|| {
            Trouble::new(TroubleKind::Protocol, "a fragment before the stream's head")
        })?;
        let samples = fragment_samples(moof, track, at)?;
        if let Some(first) = samples.first() {
            self.first_time.get_or_insert(first.decode_time);
            if let Some(wall) = self.announced.take() {
                self.playlist = Some(Producer {
                    wall,
                    media_time: first.decode_time,
                });
            }
        }
        self.is_reordered |= samples.iter().any(|sample| sample.composition_offset != 0);
        self.pending = Some((at, samples));
        Ok(())
    }

    /// Hands the samples that lie in this data box on.
    async fn play(
        &mut self,
        data_at: u64,
        data: &Bytes,
        outlet: &mut Outlet<'_>,
    ) -> Result<(), Trouble> {
        let (Some((moof_at, samples)), Some(track)) = (self.pending.take(), &self.track) else {
            return Ok(());
        };
        let timescale = i128::from(track.timescale);
        let millis = |ticks: i128| (ticks * 1000 / timescale) as i64;
        for (place, sample) in samples.iter().enumerate() {
            let start = moof_at.saturating_add(sample.offset).checked_sub(data_at);
            let bytes = start
                .and_then(|start| usize::try_from(start).ok())
                .and_then(|start| data.get(start..start.checked_add(sample.size as usize)?));
            let bytes = bytes.ok_or_else(|| {
                Trouble::new(TroubleKind::Protocol, "a picture outside of its fragment")
            })?;
            let decode_ticks = i128::from(sample.decode_time);
            let shown_ticks = decode_ticks + i128::from(sample.composition_offset);
            let since = |from: &Producer| {
                let ticks = shown_ticks - i128::from(from.media_time);
                UtcMillis(from.wall.0.saturating_add(millis(ticks)))
            };
            let clip = self
                .from
                .zip(self.first_time)
                .map(|(wall, media_time)| Producer { wall, media_time });
            let (at, from) = if let Some(producer) = &self.producer {
                (Some(since(producer)), TimeFrom::Prft)
            } else if let Some(playlist) = &self.playlist {
                (Some(since(playlist)), TimeFrom::Playlist)
            } else if let Some(clip) = &clip {
                (Some(since(clip)), TimeFrom::Clip)
            } else if self.is_live {
                (Some(outlet.now()), TimeFrom::Arrival)
            } else {
                (None, TimeFrom::Unknown)
            };
            let coded = Coded {
                data: bytes,
                length_size: track.length_size,
                moment: Moment {
                    stream_ms: millis(shown_ticks),
                    at,
                    from,
                },
                decode_ms: millis(decode_ticks),
                is_key: sample.is_key,
                is_reordered: self.is_reordered,
                // What is recorded may come sooner than it is to be shown.
                is_first: self.is_live && place == 0,
            };
            outlet.h264(coded).await?;
        }
        Ok(())
    }
}
