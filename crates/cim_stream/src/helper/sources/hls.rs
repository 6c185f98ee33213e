//! HTTP Live Streaming with fragmented MP4 segments (RFC 8216).

use super::fragments::Fragments;
use super::unshown;
use crate::address::StreamAddress;
use crate::helper::http::Http;
use crate::helper::outlet::Outlet;
use crate::protocol::{Trouble, TroubleKind};
use cim_model::UtcMillis;
use m3u8_rs::{
    ByteRange, ExtTag, KeyMethod, MasterPlaylist, MediaPlaylist, MediaSegment, Playlist,
};
use std::time::Duration;
use tokio::time::sleep;
use url::Url;

const MOST_PLAYLIST: usize = 1024 * 1024;
const MOST_HEAD: usize = 4 * 1024 * 1024;
/// Playlists inside of playlists.
const MOST_LEVELS: usize = 3;
/// Where a live stream is joined: this many segments before its end (RFC 8216, 6.3.3, says three; two is enough for pictures).
const BEFORE_END: usize = 2;
const AHEAD: Duration = Duration::from_secs(20);
/// The first byte of each packet of an MPEG-2 transport stream.
const TRANSPORT_STREAM: u8 = 0x47;

/// Plays the variant that fits what is wanted.
pub(crate) async fn play(
    address: &StreamAddress,
    mut http: Http,
    outlet: &mut Outlet<'_>,
) -> Result<(), Trouble> {
    outlet.keep_pace(AHEAD);
    let (url, (mut playlist, mut base)) = media(&mut http, outlet.shared.wanted().width).await?;
    let mut player = Player {
        fragments: Fragments::new(address),
        head: None,
        next: None,
        from: address.from,
    };
    let mut is_first = true;
    loop {
        let start = if is_first {
            first_segment(&playlist, address, outlet.shared.wanted().at)
        } else {
            0
        };
        is_first = false;
        player
            .play(&playlist, start, &base, &mut http, outlet)
            .await?;
        if playlist.end_list {
            return Ok(());
        }
        let half = playlist.target_duration.clamp(1, 20) * 500;
        sleep(Duration::from_millis(half)).await;
        let (Playlist::MediaPlaylist(newer), at) = fetch(&mut http, &url).await? else {
            return Err(Trouble::new(
                TroubleKind::Protocol,
                "a playlist has changed its kind",
            ));
        };
        (playlist, base) = (newer, at);
    }
}

/// Where in a stream it is.
struct Player {
    fragments: Fragments,
    /// The head that the fragments go with, as the playlist names it.
    head: Option<String>,
    /// The number of the next segment.
    next: Option<u64>,
    /// When the stream begins, where its address says that.
    from: Option<UtcMillis>,
}

impl Player {
    /// Plays what of `playlist` has not been played, from its segment `start` on.
    async fn play(
        &mut self,
        playlist: &MediaPlaylist,
        start: usize,
        base: &Url,
        http: &mut Http,
        outlet: &mut Outlet<'_>,
    ) -> Result<(), Trouble> {
        // Numbers near the end of all numbers are no numbers of segments.
        let first = playlist.media_sequence.min(u64::MAX / 2);
        let mut begin = self.from;
        for (place, (number, segment)) in (first..).zip(&playlist.segments).enumerate() {
            let told = segment.program_date_time;
            let told = told.map(|told| UtcMillis(told.timestamp_millis()));
            begin = told.or(begin);
            if place >= start && self.next.is_none_or(|next| number >= next) {
                // Where a stream is joined, its moment follows from the segments before.
                let is_joined = self.next.is_none() && start > 0;
                let taken = if is_joined { begin } else { told };
                self.next = Some(number.saturating_add(1));
                self.play_segment((segment, taken), base, http, outlet)
                    .await?;
            }
            begin = begin.map(|begin| begin.plus_seconds(f64::from(segment.duration)));
        }
        Ok(())
    }

    async fn play_segment(
        &mut self,
        (segment, taken): (&MediaSegment, Option<UtcMillis>),
        base: &Url,
        http: &mut Http,
        outlet: &mut Outlet<'_>,
    ) -> Result<(), Trouble> {
        let is_encrypted = |method: &KeyMethod| *method != KeyMethod::None;
        if segment
            .key
            .as_ref()
            .is_some_and(|key| is_encrypted(&key.method))
        {
            return Err(Trouble::new(
                TroubleKind::Encrypted,
                "the segments are encrypted",
            ));
        }
        if let Some(map) = &segment.map
            && self.head.as_ref() != Some(&map.uri)
        {
            let url = http.beside(base, &map.uri)?;
            let answer = http.get(&url, range(map.byte_range.as_ref())).await?;
            let head = answer.whole(MOST_HEAD).await?;
            self.fragments.segment(None);
            self.fragments.feed(&head, outlet).await?;
            self.head = Some(map.uri.clone());
        }
        self.fragments.segment(taken);
        let url = http.beside(base, &segment.uri)?;
        let mut answer = http.get(&url, range(segment.byte_range.as_ref())).await?;
        let mut is_first = true;
        while let Some(bytes) = answer.chunk().await? {
            if is_first && bytes.first() == Some(&TRANSPORT_STREAM) {
                return Err(unshown("MPEG-2 transport stream"));
            }
            is_first &= bytes.is_empty();
            self.fragments.feed(&bytes, outlet).await?;
        }
        Ok(())
    }
}

fn range(part: Option<&ByteRange>) -> Option<(u64, u64)> {
    let part = part?;
    let first = part.offset.unwrap_or(0);
    let last = first.checked_add(part.length)?.checked_sub(1)?;
    Some((first, last))
}

/// The media playlist behind the stream's address: the address to ask for it, it, and where it came from.
async fn media(http: &mut Http, width: u32) -> Result<(Url, (MediaPlaylist, Url)), Trouble> {
    let mut url = http.url().clone();
    for _ in 0..MOST_LEVELS {
        match fetch(http, &url).await? {
            (Playlist::MediaPlaylist(playlist), base) => return Ok((url, (playlist, base))),
            (Playlist::MasterPlaylist(master), base) => {
                let reference = variant(&master, width)?;
                url = http.beside(&base, &reference)?;
            }
        }
    }
    Err(Trouble::new(
        TroubleKind::Hostile,
        "playlists without an end",
    ))
}

/// A playlist, and where it came from.
async fn fetch(http: &mut Http, url: &Url) -> Result<(Playlist, Url), Trouble> {
    let answer = http.get(url, None).await?;
    let base = answer.url().clone();
    let bytes = answer.whole(MOST_PLAYLIST).await?;
    let read = m3u8_rs::parse_playlist_res(&bytes);
    let mut playlist =
        read.map_err(|error| Trouble::new(TroubleKind::Protocol, format!("no playlist: {error}")))?;
    if let Playlist::MediaPlaylist(media) = &mut playlist {
        carry_on(media);
    }
    Ok((playlist, base))
}

/// Gives each segment the key and the head that hold for it: until the next of their kind (RFC 8216, 4.3.2.4 and 4.3.2.5), where
/// the reader tells them of one segment only.
fn carry_on(media: &mut MediaPlaylist) {
    let (mut key, mut map) = (None, None);
    for segment in &mut media.segments {
        key = segment.key.take().or(key);
        // The reader does not understand that nothing is encrypted any more, unless a vector is named with it.
        let is_open = |tag: &ExtTag| {
            let rest = tag.rest.as_deref().unwrap_or_default();
            tag.tag == "X-KEY" && rest.split(',').any(|part| part.trim() == "METHOD=NONE")
        };
        if segment.unknown_tags.iter().any(is_open) {
            key = None;
        }
        map = segment.map.take().or(map);
        segment.key.clone_from(&key);
        segment.map.clone_from(&map);
    }
}

/// The smallest variant that is as wide as wanted, the widest when none is.
fn variant(master: &MasterPlaylist, width: u32) -> Result<String, Trouble> {
    let pictures = || master.variants.iter().filter(|variant| !variant.is_i_frame);
    let across = |variant: &m3u8_rs::VariantStream| {
        let resolution = variant.resolution.as_ref();
        resolution.map_or(0, |resolution| resolution.width)
    };
    let enough = pictures().filter(|variant| across(variant) >= u64::from(width));
    let fitting = enough.min_by_key(|variant| (across(variant), variant.bandwidth));
    let widest = || pictures().max_by_key(|variant| (across(variant), variant.bandwidth));
    fitting
        .or_else(widest)
        .map(|variant| variant.uri.clone())
        .ok_or_else(|| Trouble::new(TroubleKind::Protocol, "a playlist without variants"))
}

/// The segment to begin with: near the end of a live stream, at the wanted moment of a clip.
fn first_segment(
    playlist: &MediaPlaylist,
    address: &StreamAddress,
    at: Option<UtcMillis>,
) -> usize {
    if address.is_live {
        return playlist.segments.len().saturating_sub(BEFORE_END);
    }
    let Some(at) = at else {
        return 0;
    };
    let mut begin = address.from;
    let mut found = 0;
    for (place, segment) in playlist.segments.iter().enumerate() {
        let taken = segment.program_date_time;
        begin = taken
            .map(|taken| UtcMillis(taken.timestamp_millis()))
            .or(begin);
        if begin.is_some_and(|begin| begin <= at) {
            found = place;
        }
        begin = begin.map(|begin| begin.plus_seconds(f64::from(segment.duration)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::SourceKind;

    fn playlist(text: &str) -> Playlist {
        m3u8_rs::parse_playlist_res(text.as_bytes()).expect("a playlist")
    }

    const MASTER: &str = "#EXTM3U\n\
        #EXT-X-STREAM-INF:BANDWIDTH=3000000,RESOLUTION=1920x1080\nbig.m3u8\n\
        #EXT-X-STREAM-INF:BANDWIDTH=800000,RESOLUTION=768x432\nsmall.m3u8\n\
        #EXT-X-STREAM-INF:BANDWIDTH=200000,RESOLUTION=320x180\ntiny.m3u8\n";

    #[test]
    fn the_smallest_variant_that_is_wide_enough_is_played() {
        let Playlist::MasterPlaylist(master) = playlist(MASTER) else {
            panic!("no master playlist");
        };
        for (width, expected) in [(200, "tiny.m3u8"), (480, "small.m3u8"), (4096, "big.m3u8")] {
            assert_eq!(variant(&master, width).as_deref(), Ok(expected), "{width}");
        }
    }

    #[test]
    fn clips_begin_at_their_moment_and_live_streams_near_their_end() {
        let text = "#EXTM3U\n#EXT-X-TARGETDURATION:10\n\
            #EXT-X-PROGRAM-DATE-TIME:2026-05-01T00:00:00Z\n\
            #EXTINF:10,\na.m4s\n#EXTINF:10,\nb.m4s\n#EXTINF:10,\nc.m4s\n#EXT-X-ENDLIST\n";
        let Playlist::MediaPlaylist(media) = playlist(text) else {
            panic!("no media playlist");
        };
        let mut address = StreamAddress::new(SourceKind::Hls, "http://h/a.m3u8", false);
        let begin = UtcMillis(1_777_593_600_000);
        for (seconds, expected) in [(-5.0, 0), (0.0, 0), (10.0, 1), (29.0, 2), (99.0, 2)] {
            let at = Some(begin.plus_seconds(seconds));
            assert_eq!(first_segment(&media, &address, at), expected, "{seconds} s");
        }
        assert_eq!(first_segment(&media, &address, None), 0);
        address.is_live = true;
        assert_eq!(first_segment(&media, &address, None), 1);
    }

    #[test]
    fn keys_and_heads_hold_until_the_next() {
        let text = "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXT-X-KEY:METHOD=AES-128,URI=\"k\"\n\
            #EXT-X-MAP:URI=\"one.mp4\"\n#EXTINF:10,\na.m4s\n#EXTINF:10,\nb.m4s\n\
            #EXT-X-KEY:METHOD=NONE\n#EXT-X-MAP:URI=\"two.mp4\"\n#EXTINF:10,\nc.m4s\n\
            #EXTINF:10,\nd.m4s\n#EXT-X-ENDLIST\n";
        let Playlist::MediaPlaylist(mut media) = playlist(text) else {
            panic!("no media playlist");
        };
        carry_on(&mut media);
        let told: Vec<(bool, Option<&str>)> = media
            .segments
            .iter()
            .map(|segment| {
                let map = segment.map.as_ref().map(|map| map.uri.as_str());
                (segment.key.is_some(), map)
            })
            .collect();
        let [one, two] = [Some("one.mp4"), Some("two.mp4")];
        assert_eq!(told, [(true, one), (true, one), (false, two), (false, two)]);
    }

    #[test]
    fn a_part_ends_with_its_last_byte() {
        let part = ByteRange {
            length: 100,
            offset: Some(50),
        };
        assert_eq!(range(Some(&part)), Some((50, 149)));
        assert_eq!(range(None), None);
    }
}
