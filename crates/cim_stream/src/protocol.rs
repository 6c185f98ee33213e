//! What the desk and a helper say to each other: JSON lines down, length-prefixed messages up.
//!
//! A message is `u32` little-endian length of what follows, one byte of kind, and the rest. The desk believes no length: each
//! kind has a most, and a picture's parts must be as long as its size says.

use crate::address::{Limits, MOST_SIDE, StreamAddress, Wanted};
use crate::picture::Rgb;
use bytes::{Buf, Bytes, BytesMut};
use cim_model::UtcMillis;
use serde::{Deserialize, Serialize};

/// The longest request line, in bytes.
pub(crate) const LONGEST_LINE: usize = 1024 * 1024;
const LONGEST_WORDS: usize = 64 * 1024;
/// Two pictures of the largest side, and their header.
const LONGEST_FRAME: usize = 2 * 3 * (MOST_SIDE as usize) * (MOST_SIDE as usize) + FRAME_HEADER;
const FRAME_HEADER: usize = 44;
const CLIP_HEADER: usize = 20;
/// The longest evidence clip, in bytes.
pub(crate) const LONGEST_CLIP: usize = 256 * 1024 * 1024;
const TOLD: u8 = 0;
const FRAME: u8 = 1;
const CLIP: u8 = 2;
const NO_MOMENT: i64 = i64::MIN;

/// What a helper is asked first, in one line.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Request {
    pub(crate) address: StreamAddress,
    pub(crate) wanted: Wanted,
    pub(crate) limits: Limits,
    /// How much nicer the process is to others, 0 to 19.
    pub(crate) nice: i32,
    /// An attempt to climb the walls, instead of a stream.
    pub(crate) trial: Option<Trial>,
}

/// One attempt to climb the walls.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Trial {
    pub(crate) attempt: String,
    /// A port of this machine where somebody listens whom the helper has no business with.
    pub(crate) port: u16,
}

/// What a helper is told later, in one line each.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "snake_case")]
pub(crate) enum Control {
    /// Other pictures than so far.
    Want { wanted: Wanted },
    /// The last seconds as a file.
    Clip { id: u32, last_s: u32 },
}

/// What a helper says in words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "told", rename_all = "snake_case")]
pub(crate) enum Told {
    /// The walls stand; nothing foreign has been read yet.
    Ready {
        enforced: Vec<String>,
        missing: Vec<String>,
    },
    /// What is in the stream.
    Playing {
        codec: String,
        width: u32,
        height: u32,
    },
    /// Once a second.
    Pulse {
        bytes_per_s: u64,
        fps: f32,
        idle_s: u32,
    },
    /// Why there will be no more pictures.
    Trouble { trouble: Trouble },
    /// The clip is over.
    Ended,
    /// How an attempt to climb the walls went.
    Tried { outcome: Outcome },
}

/// How an attempt to climb the walls went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The system said no.
    Refused,
    /// The helper was killed for it.
    Killed,
    /// It worked: a wall has a hole.
    Escaped,
    /// It worked, and the helper had said that this machine has no such wall.
    NotEnforced,
}

/// Why there is no picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{words}")]
pub struct Trouble {
    /// Which kind of trouble, for a word in the person's language.
    pub kind: TroubleKind,
    /// What exactly, in English, from the helper; at most 300 characters.
    pub words: String,
}

impl Trouble {
    /// Trouble in words of at most 300 characters without control characters.
    pub(crate) fn new(kind: TroubleKind, words: impl Into<String>) -> Self {
        let words: String = words.into();
        Self {
            kind,
            words: words
                .chars()
                .map(|letter| if letter.is_control() { ' ' } else { letter })
                .take(300)
                .collect(),
        }
    }
}

/// Kinds of trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TroubleKind {
    /// The address cannot be read, or leads somewhere else than it said.
    Address,
    /// The name has no address.
    Resolve,
    /// Nobody answers there.
    Connect,
    /// The server wants another name and password.
    Denied,
    /// There is no such stream.
    NotFound,
    /// It is a stream that cannot be shown.
    Codec,
    /// It cannot be a stream: it claims what no stream claims.
    Hostile,
    /// It is larger than allowed.
    TooLarge,
    /// Nothing came for too long.
    Stalled,
    /// It is encrypted.
    Encrypted,
    /// What came is not what the standard says.
    Protocol,
    /// The helper died.
    Crashed,
    /// The helper does not start.
    Spawn,
    /// The helper said nothing any more and was ended.
    Killed,
}

impl TroubleKind {
    /// Its word, as it is written on the wire and looked up in texts.
    pub fn word(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Resolve => "resolve",
            Self::Connect => "connect",
            Self::Denied => "denied",
            Self::NotFound => "not_found",
            Self::Codec => "codec",
            Self::Hostile => "hostile",
            Self::TooLarge => "too_large",
            Self::Stalled => "stalled",
            Self::Encrypted => "encrypted",
            Self::Protocol => "protocol",
            Self::Crashed => "crashed",
            Self::Spawn => "spawn",
            Self::Killed => "killed",
        }
    }

    /// Whether asking again cannot help.
    pub(crate) fn is_final(self) -> bool {
        matches!(
            self,
            Self::Address
                | Self::Denied
                | Self::NotFound
                | Self::Codec
                | Self::Hostile
                | Self::TooLarge
                | Self::Encrypted
                | Self::Spawn
        )
    }
}

/// Where a picture's moment comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeFrom {
    /// Nobody knows when it was taken.
    Unknown,
    /// A sender report of RTCP (RFC 3550, 6.4.1).
    Rtcp,
    /// The producer's own clock: a reference time (ISO/IEC 14496-12, 8.16.5), or the `X-Timestamp` of a part of motion JPEG.
    Prft,
    /// A playlist's `EXT-X-PROGRAM-DATE-TIME` (RFC 8216, 4.3.2.6).
    Playlist,
    /// The clip's beginning and the picture's place in it.
    Clip,
    /// When it came.
    Arrival,
}

impl TimeFrom {
    const ALL: [Self; 6] = [
        Self::Unknown,
        Self::Rtcp,
        Self::Prft,
        Self::Playlist,
        Self::Clip,
        Self::Arrival,
    ];

    fn code(self) -> u32 {
        let place = Self::ALL.iter().position(|each| *each == self);
        place.map_or(0, |place| place as u32)
    }

    fn of(code: u32) -> Self {
        let found = Self::ALL.get(code as usize);
        found.copied().unwrap_or(Self::Unknown)
    }
}

/// One picture of a view.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Counts up from 1 over all lives of a view.
    pub seq: u64,
    /// When it was taken, as far as known.
    pub at: Option<UtcMillis>,
    /// Where `at` comes from.
    pub time_from: TimeFrom,
    /// When it was decoded.
    pub received: UtcMillis,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// As JPEG, when that is wanted.
    pub jpeg: Option<Bytes>,
    /// As pixels, when they are wanted.
    pub rgb: Option<Rgb>,
}

/// The last seconds of a stream.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ClipPart {
    pub(crate) id: u32,
    pub(crate) from: Option<UtcMillis>,
    pub(crate) millis: u64,
    /// Nothing when nothing is kept.
    pub(crate) bytes: Bytes,
}

/// One message of a helper.
#[derive(Clone, Debug)]
pub(crate) enum Message {
    Told(Told),
    Frame(Frame),
    Clip(ClipPart),
}

/// A message that no sound helper sends.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BadMessage {
    #[error("a message of kind {kind} says it has {length} bytes")]
    Length { kind: u8, length: usize },
    #[error("there is no message of kind {0}")]
    Kind(u8),
    #[error("its words cannot be read: {0}")]
    Words(#[from] serde_json::Error),
    #[error("a picture's parts do not fit its size of {width} × {height}")]
    Picture { width: u32, height: u32 },
    #[error("a clip without a header")]
    Clip,
}

/// `told` as a message.
pub(crate) fn pack_told(told: &Told) -> Result<Vec<u8>, serde_json::Error> {
    let words = serde_json::to_vec(told)?;
    Ok(packed(TOLD, &[&words]))
}

/// `frame` as a message.
pub(crate) fn pack_frame(frame: &Frame) -> Vec<u8> {
    let jpeg: &[u8] = frame.jpeg.as_deref().unwrap_or_default();
    let rgb: &[u8] = frame.rgb.as_ref().map(Rgb::bytes).unwrap_or_default();
    let mut header = Vec::with_capacity(FRAME_HEADER);
    header.extend(frame.seq.to_le_bytes());
    header.extend(frame.at.map_or(NO_MOMENT, |at| at.0).to_le_bytes());
    header.extend(frame.received.0.to_le_bytes());
    for number in [
        frame.width,
        frame.height,
        frame.time_from.code(),
        jpeg.len() as u32,
        rgb.len() as u32,
    ] {
        header.extend(number.to_le_bytes());
    }
    packed(FRAME, &[&header, jpeg, rgb])
}

/// `clip` as a message.
pub(crate) fn pack_clip(clip: &ClipPart) -> Vec<u8> {
    let mut header = Vec::with_capacity(CLIP_HEADER);
    header.extend(clip.id.to_le_bytes());
    header.extend(clip.from.map_or(NO_MOMENT, |at| at.0).to_le_bytes());
    header.extend(clip.millis.to_le_bytes());
    packed(CLIP, &[&header, &clip.bytes])
}

fn packed(kind: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = 1 + parts.iter().map(|part| part.len()).sum::<usize>();
    let mut message = Vec::with_capacity(4 + length);
    message.extend((length as u32).to_le_bytes());
    message.push(kind);
    for part in parts {
        message.extend_from_slice(part);
    }
    message
}

/// The first whole message in `buffer`, which loses it; `None` when more bytes are needed.
pub(crate) fn unpack(buffer: &mut BytesMut) -> Result<Option<Message>, BadMessage> {
    let [a, b, c, d, kind, ..] = buffer[..] else {
        return Ok(None);
    };
    let length = u32::from_le_bytes([a, b, c, d]) as usize;
    let longest = match kind {
        TOLD => LONGEST_WORDS,
        FRAME => LONGEST_FRAME,
        CLIP => LONGEST_CLIP + CLIP_HEADER,
        _ => return Err(BadMessage::Kind(kind)),
    };
    if length == 0 || length > longest + 1 {
        return Err(BadMessage::Length { kind, length });
    }
    if buffer.len() < 4 + length {
        buffer.reserve(4 + length - buffer.len());
        return Ok(None);
    }
    let mut payload = buffer.split_to(4 + length).freeze();
    payload.advance(5);
    match kind {
        TOLD => Ok(Some(Message::Told(serde_json::from_slice(&payload)?))),
        FRAME => unpack_frame(payload).map(|frame| Some(Message::Frame(frame))),
        _ => unpack_clip(payload).map(|clip| Some(Message::Clip(clip))),
    }
}

fn unpack_frame(mut payload: Bytes) -> Result<Frame, BadMessage> {
    let no_picture = BadMessage::Picture {
        width: 0,
        height: 0,
    };
    if payload.len() < FRAME_HEADER {
        return Err(no_picture);
    }
    let seq = payload.get_u64_le();
    let at = moment(payload.get_i64_le());
    let received = UtcMillis(payload.get_i64_le());
    let (width, height) = (payload.get_u32_le(), payload.get_u32_le());
    let time_from = TimeFrom::of(payload.get_u32_le());
    let jpeg_length = payload.get_u32_le() as usize;
    let rgb_length = payload.get_u32_le() as usize;
    let wrong = || BadMessage::Picture { width, height };
    let is_sized = (1..=MOST_SIDE).contains(&width) && (1..=MOST_SIDE).contains(&height);
    let pixels = 3 * u64::from(width) * u64::from(height);
    if !is_sized
        || jpeg_length.checked_add(rgb_length) != Some(payload.len())
        || (rgb_length > 0 && rgb_length as u64 != pixels)
    {
        return Err(wrong());
    }
    let jpeg = payload.split_to(jpeg_length);
    if jpeg_length > 0 && jpeg_size(&jpeg) != Some((width, height)) {
        return Err(wrong());
    }
    let rgb = if rgb_length > 0 {
        Some(Rgb::new(width, height, payload).ok_or_else(wrong)?)
    } else {
        None
    };
    Ok(Frame {
        seq,
        at,
        time_from,
        received,
        width,
        height,
        jpeg: (jpeg_length > 0).then_some(jpeg),
        rgb,
    })
}

fn unpack_clip(mut payload: Bytes) -> Result<ClipPart, BadMessage> {
    if payload.len() < CLIP_HEADER {
        return Err(BadMessage::Clip);
    }
    Ok(ClipPart {
        id: payload.get_u32_le(),
        from: moment(payload.get_i64_le()),
        millis: payload.get_u64_le(),
        bytes: payload,
    })
}

fn moment(millis: i64) -> Option<UtcMillis> {
    (millis != NO_MOMENT).then_some(UtcMillis(millis))
}

/// The size that a JPEG's frame header says (ITU-T T.81, B.2.2), when it is whole from its first to its last marker.
pub(crate) fn jpeg_size(jpeg: &[u8]) -> Option<(u32, u32)> {
    if !jpeg.starts_with(&[0xff, 0xd8]) || !jpeg.ends_with(&[0xff, 0xd9]) {
        return None;
    }
    let mut at = 2;
    loop {
        let [0xff, marker] = *jpeg.get(at..at + 2)? else {
            return None;
        };
        let length = usize::from(u16::from_be_bytes([*jpeg.get(at + 2)?, *jpeg.get(at + 3)?]));
        let is_frame = matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc);
        if is_frame {
            let height = u16::from_be_bytes([*jpeg.get(at + 5)?, *jpeg.get(at + 6)?]);
            let width = u16::from_be_bytes([*jpeg.get(at + 7)?, *jpeg.get(at + 8)?]);
            return Some((u32::from(width), u32::from(height)));
        }
        if marker == 0xda || length < 2 {
            return None;
        }
        at += 2 + length;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture;

    fn frame() -> Frame {
        let rgb = Rgb::filled(16, 8, [10, 200, 30]);
        Frame {
            seq: 7,
            at: Some(UtcMillis(1_700_000_000_000)),
            time_from: TimeFrom::Rtcp,
            received: UtcMillis(1_700_000_000_040),
            width: 16,
            height: 8,
            jpeg: Some(picture::jpeg(&rgb, 80).expect("a JPEG").into()),
            rgb: Some(rgb),
        }
    }

    #[test]
    fn a_picture_survives_the_pipe_byte_by_byte() {
        let sent = pack_frame(&frame());
        let mut buffer = BytesMut::new();
        for (place, byte) in sent.iter().enumerate() {
            buffer.extend_from_slice(&[*byte]);
            let read = unpack(&mut buffer).expect("a sound message");
            assert_eq!(read.is_some(), place + 1 == sent.len(), "byte {place}");
            if let Some(Message::Frame(read)) = read {
                assert_eq!(
                    (read.seq, read.at, read.time_from),
                    (7, frame().at, TimeFrom::Rtcp)
                );
                assert_eq!(read.jpeg, frame().jpeg);
                assert_eq!(
                    read.rgb.expect("pixels").bytes(),
                    frame().rgb.expect("pixels").bytes()
                );
            }
        }
    }

    #[test]
    fn words_survive_the_pipe() {
        let told = Told::Trouble {
            trouble: Trouble::new(TroubleKind::Codec, "codec h265\ncannot be shown"),
        };
        let mut buffer = BytesMut::from(&pack_told(&told).expect("JSON")[..]);
        let Ok(Some(Message::Told(Told::Trouble { trouble }))) = unpack(&mut buffer) else {
            panic!("no trouble");
        };
        assert_eq!(trouble.words, "codec h265 cannot be shown");
        assert!(buffer.is_empty());
    }

    fn check_refused(message: &[u8]) {
        let mut buffer = BytesMut::from(message);
        assert!(unpack(&mut buffer).is_err(), "{message:?}");
    }

    #[test]
    fn a_helper_gone_wild_is_not_believed() {
        check_refused(&[0xff, 0xff, 0xff, 0xff, FRAME]);
        check_refused(&[0, 0, 0, 0, TOLD]);
        check_refused(&[2, 0, 0, 0, 9, 0]);
        check_refused(&[2, 0, 0, 0, FRAME, 0]);
        let mut too_wide = pack_frame(&frame());
        too_wide[5 + 24..5 + 28].copy_from_slice(&5000_u32.to_le_bytes());
        check_refused(&too_wide);
        let mut other_jpeg = frame();
        other_jpeg.jpeg = Some(Bytes::from_static(b"<script>alert(1)</script>"));
        check_refused(&pack_frame(&other_jpeg));
    }

    #[test]
    fn kinds_of_trouble_are_called_as_they_are_written() {
        for kind in [
            TroubleKind::NotFound,
            TroubleKind::TooLarge,
            TroubleKind::Codec,
        ] {
            let written = serde_json::to_string(&kind).expect("JSON");
            assert_eq!(written, format!("\"{}\"", kind.word()));
        }
    }

    #[test]
    fn an_empty_clip_says_that_nothing_is_kept() {
        let clip = ClipPart {
            id: 3,
            from: None,
            millis: 0,
            bytes: Bytes::new(),
        };
        let mut buffer = BytesMut::from(&pack_clip(&clip)[..]);
        let Ok(Some(Message::Clip(read))) = unpack(&mut buffer) else {
            panic!("no clip");
        };
        assert_eq!(read, clip);
    }
}
