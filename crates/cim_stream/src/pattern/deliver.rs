//! Test streams as they go over the wire: playlists and parts.

use cim_model::UtcMillis;
use jiff::Timestamp;
use std::fmt::Write as _;

/// One segment of a playlist.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    /// Its address, relative to the playlist's.
    pub uri: String,
    /// How long it lasts.
    pub seconds: f64,
    /// When its first picture was taken.
    pub at: UtcMillis,
}

/// A media playlist of fragmented MP4 segments (RFC 8216, 4.3.3). `media_sequence` is the first segment's number, `init` the
/// address of the head.
pub fn hls_playlist(
    segments: &[Segment],
    media_sequence: u64,
    target_s: u32,
    init: &str,
    is_ended: bool,
) -> String {
    let mut text = format!(
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:{target_s}\n\
         #EXT-X-MEDIA-SEQUENCE:{media_sequence}\n#EXT-X-MAP:URI=\"{init}\"\n"
    );
    for segment in segments {
        if let Ok(at) = Timestamp::from_millisecond(segment.at.0) {
            // Writing to a String cannot fail.
            writeln!(text, "#EXT-X-PROGRAM-DATE-TIME:{at:.3}").unwrap_or_default();
        }
        writeln!(text, "#EXTINF:{:.3},\n{}", segment.seconds, segment.uri).unwrap_or_default();
    }
    if is_ended {
        text.push_str("#EXT-X-ENDLIST\n");
    }
    text
}

/// The media type of a stream of [`mjpeg_part`]s.
pub fn mjpeg_content_type(boundary: &str) -> String {
    format!("multipart/x-mixed-replace; boundary={boundary}")
}

/// One part of a stream of JPEG pictures, with when it was taken in seconds since 1970.
pub fn mjpeg_part(boundary: &str, jpeg: &[u8], at: UtcMillis) -> Vec<u8> {
    let (seconds, millis) = (at.0.div_euclid(1000), at.0.rem_euclid(1000));
    let head = format!(
        "--{boundary}\r\nContent-Type: image/jpeg\r\nContent-Length: {}\r\n\
         X-Timestamp: {seconds}.{millis:03}\r\n\r\n",
        jpeg.len()
    );
    [head.as_bytes(), jpeg, b"\r\n"].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_playlist_says_when_its_segments_were_taken() {
        let segment = Segment {
            uri: "12.m4s".to_owned(),
            seconds: 2.0,
            at: UtcMillis(1_777_593_600_250),
        };
        let text = hls_playlist(&[segment], 12, 2, "init.mp4", false);
        assert!(
            text.contains("#EXT-X-PROGRAM-DATE-TIME:2026-05-01T00:00:00.250Z\n"),
            "{text}"
        );
        assert!(text.contains("#EXTINF:2.000,\n12.m4s\n"));
        assert!(text.contains("#EXT-X-MAP:URI=\"init.mp4\"\n"));
        assert!(!text.contains("ENDLIST"));
        assert!(hls_playlist(&[], 0, 2, "i", true).ends_with("#EXT-X-ENDLIST\n"));
    }

    #[test]
    fn a_part_says_its_length_and_its_moment() {
        let part = mjpeg_part("cam", b"JPEG", UtcMillis(1_777_593_600_007));
        let text = String::from_utf8(part).expect("text");
        assert!(text.starts_with("--cam\r\nContent-Type: image/jpeg\r\nContent-Length: 4\r\n"));
        assert!(text.contains("X-Timestamp: 1777593600.007\r\n\r\nJPEG\r\n"));
        assert!(mjpeg_content_type("cam").ends_with("boundary=cam"));
    }
}
