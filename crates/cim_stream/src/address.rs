//! Where a stream is, what is wanted of it, and how much it may cost.

use cim_model::UtcMillis;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The most pixels that a side of a foreign picture may have.
pub(crate) const MOST_SIDE: u32 = 4096;
const MIB: u64 = 1024 * 1024;

/// How a stream is delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// RTSP 1.0 (RFC 2326) with RTP interleaved in its TCP connection.
    Rtsp,
    /// HTTP Live Streaming (RFC 8216) with fragmented MP4 segments.
    Hls,
    /// Fragmented MP4 (ISO/IEC 14496-12) as one endless HTTP answer.
    Fmp4,
    /// Fragmented MP4 in the binary messages of a WebSocket (RFC 6455).
    Ws,
    /// A whole MP4 file over HTTP: a clip.
    Mp4,
    /// JPEG pictures in `multipart/x-mixed-replace` over HTTP.
    Mjpeg,
}

impl SourceKind {
    /// The word by which a hub names this kind.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rtsp => "rtsp",
            Self::Hls => "hls",
            Self::Fmp4 => "fmp4",
            Self::Ws => "ws",
            Self::Mp4 => "mp4",
            Self::Mjpeg => "mjpeg",
        }
    }

    /// Whether addresses of `scheme` can be of this kind.
    pub(crate) fn takes_scheme(self, scheme: &str) -> bool {
        match self {
            Self::Rtsp => scheme == "rtsp",
            Self::Ws => matches!(scheme, "ws" | "wss"),
            Self::Hls | Self::Fmp4 | Self::Mp4 | Self::Mjpeg => matches!(scheme, "http" | "https"),
        }
    }
}

/// A kind of stream that nobody knows.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("there is no kind of stream named {0:?}")]
pub struct UnknownKind(pub String);

impl FromStr for SourceKind {
    type Err = UnknownKind;

    fn from_str(name: &str) -> Result<Self, UnknownKind> {
        let all = [
            Self::Rtsp,
            Self::Hls,
            Self::Fmp4,
            Self::Ws,
            Self::Mp4,
            Self::Mjpeg,
        ];
        all.into_iter()
            .find(|kind| kind.name() == name)
            .ok_or_else(|| UnknownKind(name.to_owned()))
    }
}

/// Where one stream is. Only the host and the port of `url` are ever spoken to: redirects and playlists that lead elsewhere are
/// refused.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamAddress {
    /// How it is delivered.
    pub kind: SourceKind,
    /// The absolute address: `rtsp:`, `http(s):` or `ws(s):`.
    pub url: String,
    /// The name for RTSP's and HTTP's authentication.
    pub user: Option<String>,
    /// The password to it; never shown.
    pub password: Option<String>,
    /// PEM certificates of the only authorities to believe over TLS; the machine's when there are none.
    pub authority_pem: Option<String>,
    /// When the first picture of a clip was taken.
    #[serde(with = "moment", default)]
    pub from: Option<UtcMillis>,
    /// Whether it shows the present.
    pub is_live: bool,
}

impl StreamAddress {
    /// A stream without a password.
    #[must_use]
    pub fn new(kind: SourceKind, url: impl Into<String>, is_live: bool) -> Self {
        Self {
            kind,
            url: url.into(),
            user: None,
            password: None,
            authority_pem: None,
            from: None,
            is_live,
        }
    }
}

impl fmt::Debug for StreamAddress {
    /// Without the user, the password and whatever the address carries of them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = url::Url::parse(&self.url).map_or_else(
            |_| "no address".to_owned(),
            |url| {
                format!(
                    "{}://{}{}",
                    url.scheme(),
                    url.host_str().unwrap_or(""),
                    url.path()
                )
            },
        );
        f.debug_struct("StreamAddress")
            .field("kind", &self.kind)
            .field("url", &shown)
            .field("from", &self.from)
            .field("is_live", &self.is_live)
            .finish_non_exhaustive()
    }
}

/// What somebody wants to see of a stream. Pictures are never made larger than they are.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wanted {
    /// The most pixels across.
    pub width: u32,
    /// The most pictures a second.
    pub fps: f32,
    /// Whether JPEG is wanted: made anew of the decoded pixels.
    pub is_jpeg: bool,
    /// Whether the pixels themselves are wanted.
    pub is_rgb: bool,
    /// JPEG's quality, 1 to 100.
    pub quality: u8,
    /// The moment at which a clip begins; its beginning when `None`.
    #[serde(with = "moment", default)]
    pub at: Option<UtcMillis>,
}

impl Default for Wanted {
    fn default() -> Self {
        Self {
            width: 480,
            fps: 12.5,
            is_jpeg: true,
            is_rgb: false,
            quality: 75,
            at: None,
        }
    }
}

impl Wanted {
    /// The same within what can be asked for.
    pub(crate) fn bounded(self) -> Self {
        let fps = if self.fps.is_finite() { self.fps } else { 1.0 };
        Self {
            width: self.width.clamp(16, MOST_SIDE),
            fps: fps.clamp(0.05, 60.0),
            quality: self.quality.clamp(1, 100),
            ..self
        }
    }
}

/// What one helper may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// The most foreign bytes a second. HTTP and WebSockets are slowed down to it, RTSP ends above it.
    pub bytes_per_s: u64,
    /// Seconds without a picture after which the helper gives up.
    pub stall_s: u32,
    /// The address space of the process, in bytes.
    pub memory_bytes: u64,
    /// The most bytes that are kept for an evidence clip.
    pub ring_bytes: u64,
    /// The most seconds that are kept for an evidence clip.
    pub ring_s: u32,
    /// The processor time of the process, in seconds; it begins anew with the next helper.
    pub cpu_s: u64,
    /// The most bytes of an HTTP answer's head.
    pub header_bytes: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes_per_s: 8 * MIB,
            stall_s: 15,
            memory_bytes: 768 * MIB,
            ring_bytes: 32 * MIB,
            ring_s: 60,
            cpu_s: 4 * 3600,
            header_bytes: 64 * 1024,
        }
    }
}

/// Moments as milliseconds, or nothing.
mod moment {
    use cim_model::UtcMillis;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<M, S>(value: &M, serializer: S) -> Result<S::Ok, S::Error>
    where
        M: Copy + Into<Option<UtcMillis>>,
        S: Serializer,
    {
        let moment: Option<UtcMillis> = (*value).into();
        moment.map(|moment| moment.0).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D>(deserializer: D) -> Result<Option<UtcMillis>, D::Error>
    where
        D: Deserializer<'de>,
    {
        Ok(Option::<i64>::deserialize(deserializer)?.map(UtcMillis))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_named_as_a_hub_names_them() {
        for name in ["rtsp", "hls", "fmp4", "ws", "mp4", "mjpeg"] {
            let kind: SourceKind = name.parse().expect("a known kind");
            assert_eq!(kind.name(), name);
            let json = serde_json::to_string(&kind).expect("JSON");
            assert_eq!(json, format!("\"{name}\""));
        }
        assert!("file".parse::<SourceKind>().is_err());
    }

    #[test]
    fn no_kind_reads_files() {
        let kinds = [
            SourceKind::Rtsp,
            SourceKind::Hls,
            SourceKind::Ws,
            SourceKind::Mp4,
        ];
        for kind in kinds {
            assert!(!kind.takes_scheme("file"), "{kind:?}");
        }
        assert!(SourceKind::Mp4.takes_scheme("https"));
        assert!(!SourceKind::Rtsp.takes_scheme("http"));
    }

    #[test]
    fn a_password_is_never_shown() {
        let mut address =
            StreamAddress::new(SourceKind::Rtsp, "rtsp://u:secret@h/1?token=secret", true);
        address.password = Some("secret".to_owned());
        assert!(!format!("{address:?}").contains("secret"));
    }

    #[test]
    fn moments_survive_the_pipe() {
        let wanted = Wanted {
            at: Some(UtcMillis(1_700_000_000_123)),
            ..Wanted::default()
        };
        let json = serde_json::to_string(&wanted).expect("JSON");
        let read: Wanted = serde_json::from_str(&json).expect("the same");
        assert_eq!(read, wanted);
    }

    #[test]
    fn nobody_can_want_too_much() {
        let wild = Wanted {
            width: u32::MAX,
            fps: f32::NAN,
            quality: 255,
            ..Wanted::default()
        };
        let bounded = wild.bounded();
        assert_eq!((bounded.width, bounded.quality), (MOST_SIDE, 100));
        assert!((bounded.fps - 1.0).abs() < f32::EPSILON);
    }
}
