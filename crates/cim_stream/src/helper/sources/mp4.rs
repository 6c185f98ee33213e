//! A whole MP4 file over HTTP: a clip, from any of its moments on.

use super::fragments::Fragments;
use super::unshown;
use crate::address::StreamAddress;
use crate::boxes::{Movie, TableSample, movie, sample_table};
use crate::helper::http::Http;
use crate::helper::outlet::{Coded, Moment, Outlet};
use crate::protocol::{TimeFrom, Trouble, TroubleKind};
use bytes::Bytes;
use cim_model::UtcMillis;
use std::time::Duration;

/// The largest table of a file, in bytes.
const MOST_TABLE: u64 = 64 * 1024 * 1024;
/// The largest single picture, in bytes.
const MOST_SAMPLE: u64 = 8 * 1024 * 1024;
/// The most bytes of a file whose server sends no parts.
const MOST_WHOLE: usize = 128 * 1024 * 1024;
/// How much is asked for at once, in bytes.
const PORTION: u64 = 512 * 1024;
const MOST_BOXES: usize = 64;
const AHEAD: Duration = Duration::from_secs(10);

/// Plays the file once, from the wanted moment to its end.
pub(crate) async fn play(
    address: &StreamAddress,
    http: Http,
    outlet: &mut Outlet<'_>,
) -> Result<(), Trouble> {
    outlet.keep_pace(AHEAD);
    let mut file = File {
        http,
        start: 0,
        held: Bytes::new(),
        is_whole: false,
    };
    let Some(moov) = file.table().await? else {
        return Err(Trouble::new(
            TroubleKind::Protocol,
            "a file without a movie box",
        ));
    };
    let movie = movie(&moov)?;
    if movie.is_fragmented {
        return play_fragments(address, file.http, outlet).await;
    }
    if !matches!(movie.track.coding.as_str(), "avc1" | "avc3") {
        return Err(unshown(&movie.track.coding));
    }
    if let (Some(sps), Some(pps)) = (movie.track.sps.first(), movie.track.pps.first()) {
        outlet.parameters(sps, pps)?;
    }
    let clip = Clip::new(address, &movie)?;
    let mut place = clip.place(outlet.shared.wanted().at);
    while let Some(sample) = clip.samples.get(place) {
        let bytes = file.part(sample.offset, u64::from(sample.size)).await?;
        outlet.h264(clip.coded(sample, &bytes)).await?;
        place += 1;
        if let Some(at) = outlet.shared.take_seek() {
            place = clip.place(Some(at));
            outlet.jump();
        }
    }
    Ok(())
}

/// A file of fragments is played like a stream, from its beginning.
async fn play_fragments(
    address: &StreamAddress,
    mut http: Http,
    outlet: &mut Outlet<'_>,
) -> Result<(), Trouble> {
    let url = http.url().clone();
    let mut answer = http.get(&url, None).await?;
    let mut fragments = Fragments::new(address);
    while let Some(bytes) = answer.chunk().await? {
        fragments.feed(&bytes, outlet).await?;
    }
    Ok(())
}

/// The pictures of a file.
struct Clip {
    samples: Vec<TableSample>,
    timescale: i128,
    length_size: usize,
    is_reordered: bool,
    from: Option<UtcMillis>,
}

impl Clip {
    fn new(address: &StreamAddress, movie: &Movie) -> Result<Self, Trouble> {
        let samples = sample_table(&movie.table)?;
        Ok(Self {
            is_reordered: samples.iter().any(|sample| sample.composition_offset != 0),
            samples,
            timescale: i128::from(movie.track.timescale),
            length_size: movie.track.length_size,
            from: address.from,
        })
    }

    /// The key picture with which `at` can be shown.
    fn place(&self, at: Option<UtcMillis>) -> usize {
        let Some((at, from)) = at.zip(self.from) else {
            return 0;
        };
        let wanted = at.0.saturating_sub(from.0);
        let is_before = |sample: &TableSample| {
            sample.is_key && self.millis(i128::from(sample.decode_time)) <= wanted
        };
        self.samples.iter().rposition(is_before).unwrap_or(0)
    }

    fn millis(&self, ticks: i128) -> i64 {
        (ticks * 1000 / self.timescale) as i64
    }

    fn coded<'a>(&self, sample: &TableSample, bytes: &'a [u8]) -> Coded<'a> {
        let decode_ticks = i128::from(sample.decode_time);
        let shown = self.millis(decode_ticks + i128::from(sample.composition_offset));
        let at = self
            .from
            .map(|from| UtcMillis(from.0.saturating_add(shown)));
        Coded {
            data: bytes,
            length_size: self.length_size,
            moment: Moment {
                stream_ms: shown,
                at,
                from: at.map_or(TimeFrom::Unknown, |_| TimeFrom::Clip),
            },
            decode_ms: self.millis(decode_ticks),
            is_key: sample.is_key,
            is_reordered: self.is_reordered,
            is_first: false,
        }
    }
}

/// A file at a server, read in portions.
struct File {
    http: Http,
    /// What is held of it, and where that begins.
    start: u64,
    held: Bytes,
    /// Whether the server sends the whole file only, and all of it is held.
    is_whole: bool,
}

impl File {
    /// The content of the file's `moov` box, wherever it is.
    async fn table(&mut self) -> Result<Option<Bytes>, Trouble> {
        let mut at = 0_u64;
        for _ in 0..MOST_BOXES {
            let head = self.part(at, 16).await?;
            let Some((&[a, b, c, d, kind @ ..], after)) = head.split_first_chunk::<8>() else {
                return Ok(None);
            };
            let (length, size) = match (u32::from_be_bytes([a, b, c, d]), after.first_chunk::<8>())
            {
                (1, Some(long)) => (16, u64::from_be_bytes(*long)),
                (size, _) => (8, u64::from(size)),
            };
            if size < length {
                return Ok(None);
            }
            if kind == *b"moov" {
                if size > MOST_TABLE {
                    let words = format!("a table of {size} bytes");
                    return Err(Trouble::new(TroubleKind::TooLarge, words));
                }
                self.fill(at + length, size - length).await?;
                return Ok(self.in_hand(at + length, size - length));
            }
            at = at
                .checked_add(size)
                .ok_or_else(|| Trouble::new(TroubleKind::Hostile, "boxes beyond all files"))?;
        }
        Err(Trouble::new(
            TroubleKind::Hostile,
            "a file of boxes without an end",
        ))
    }

    /// `length` bytes from `at` on; fewer at the end of the file.
    async fn part(&mut self, at: u64, length: u64) -> Result<Bytes, Trouble> {
        if length > MOST_SAMPLE {
            let words = format!("a picture of {length} bytes");
            return Err(Trouble::new(TroubleKind::TooLarge, words));
        }
        if let Some(held) = self.in_hand(at, length) {
            return Ok(held);
        }
        self.fill(at, length.max(PORTION)).await?;
        let left = (self.start + self.held.len() as u64).saturating_sub(at);
        Ok(self.in_hand(at, length.min(left)).unwrap_or_default())
    }

    fn in_hand(&self, at: u64, length: u64) -> Option<Bytes> {
        let from = usize::try_from(at.checked_sub(self.start)?).ok()?;
        let to = from.checked_add(usize::try_from(length).ok()?)?;
        (to <= self.held.len()).then(|| self.held.slice(from..to))
    }

    /// Asks the server for `length` bytes from `at` on. One that sends the whole file instead is believed, and the file is held.
    async fn fill(&mut self, at: u64, length: u64) -> Result<(), Trouble> {
        if self.is_whole {
            return Ok(());
        }
        let url = self.http.url().clone();
        let range = Some((at, at.saturating_add(length.max(1)) - 1));
        let answer = self.http.get(&url, range).await?;
        if answer.is_part() {
            self.held = answer.whole(length.max(1) as usize).await?;
            self.start = at;
        } else {
            self.held = answer.whole(MOST_WHOLE).await?;
            self.start = 0;
            self.is_whole = true;
        }
        Ok(())
    }
}
