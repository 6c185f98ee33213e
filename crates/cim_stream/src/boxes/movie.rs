//! The head of an MP4 file or stream: which track is the picture, and how it is coded.

use super::reader::{BoxError, Reader, child, children};

/// What a movie box says of its first video track.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Movie {
    pub(crate) track: TrackHeader,
    /// Whether the samples come in fragments.
    pub(crate) is_fragmented: bool,
    /// The track's `stbl` box, for the sample table of a whole file.
    pub(crate) table: Vec<u8>,
}

/// A video track.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TrackHeader {
    pub(crate) id: u32,
    /// Ticks a second.
    pub(crate) timescale: u32,
    /// The sample entry's type: `avc1` and its like.
    pub(crate) coding: String,
    /// Bytes of each NAL unit's length, 1 to 4.
    pub(crate) length_size: usize,
    pub(crate) sps: Vec<Vec<u8>>,
    pub(crate) pps: Vec<Vec<u8>>,
    /// What fragments leave out (`trex`).
    pub(crate) default_duration: u32,
    pub(crate) default_size: u32,
    pub(crate) default_flags: u32,
}

/// The first video track of a `moov` box's content.
pub(crate) fn movie(moov: &[u8]) -> Result<Movie, BoxError> {
    let tracks = children(moov).filter(|(kind, _)| kind == b"trak");
    for (_, trak) in tracks {
        let mdia = child(trak, *b"mdia", "mdia")?;
        let mut hdlr = Reader::new("hdlr", child(mdia, *b"hdlr", "hdlr")?);
        hdlr.take(8)?;
        if hdlr.take(4)? != b"vide" {
            continue;
        }
        let stbl = child(child(mdia, *b"minf", "minf")?, *b"stbl", "stbl")?;
        let mut track = TrackHeader {
            id: track_id(child(trak, *b"tkhd", "tkhd")?)?,
            timescale: timescale(child(mdia, *b"mdhd", "mdhd")?)?,
            ..TrackHeader::default()
        };
        read_entry(stbl, &mut track)?;
        let extends = children(moov).find(|(kind, _)| kind == b"mvex");
        if let Some((_, mvex)) = extends {
            read_defaults(mvex, &mut track)?;
        }
        return Ok(Movie {
            track,
            is_fragmented: extends.is_some(),
            table: stbl.to_vec(),
        });
    }
    Err(BoxError::Missing("trak of a video"))
}

fn track_id(tkhd: &[u8]) -> Result<u32, BoxError> {
    let mut reader = Reader::new("tkhd", tkhd);
    let (version, _) = reader.version()?;
    reader.take(if version == 1 { 16 } else { 8 })?;
    reader.u32()
}

fn timescale(mdhd: &[u8]) -> Result<u32, BoxError> {
    let mut reader = Reader::new("mdhd", mdhd);
    let (version, _) = reader.version()?;
    reader.take(if version == 1 { 16 } else { 8 })?;
    match reader.u32()? {
        0 => Err(BoxError::Senseless("mdhd")),
        timescale => Ok(timescale),
    }
}

/// The first sample entry (ISO/IEC 14496-12, 8.5.2) and its decoder configuration (ISO/IEC 14496-15, 5.3.3).
fn read_entry(stbl: &[u8], track: &mut TrackHeader) -> Result<(), BoxError> {
    let stsd = child(stbl, *b"stsd", "stsd")?;
    let entries = stsd.get(8..).ok_or(BoxError::Short("stsd"))?;
    let (kind, entry) = children(entries)
        .next()
        .ok_or(BoxError::Missing("sample entry"))?;
    track.coding = kind.iter().map(|byte| shown(*byte)).collect();
    if !matches!(&kind, b"avc1" | b"avc3") {
        return Ok(());
    }
    let inner = entry.get(78..).ok_or(BoxError::Short("avc1"))?;
    let mut reader = Reader::new("avcC", child(inner, *b"avcC", "avcC")?);
    reader.take(4)?;
    track.length_size = usize::from(reader.u8()? & 3) + 1;
    let sps_count = reader.u8()? & 31;
    track.sps = parameter_sets(&mut reader, sps_count)?;
    let pps_count = reader.u8()?;
    track.pps = parameter_sets(&mut reader, pps_count)?;
    Ok(())
}

fn shown(byte: u8) -> char {
    if byte.is_ascii_graphic() {
        char::from(byte)
    } else {
        '?'
    }
}

fn parameter_sets(reader: &mut Reader<'_>, count: u8) -> Result<Vec<Vec<u8>>, BoxError> {
    let mut sets = Vec::new();
    for _ in 0..count {
        let length = usize::from(reader.u16()?);
        sets.push(reader.take(length)?.to_vec());
    }
    Ok(sets)
}

fn read_defaults(mvex: &[u8], track: &mut TrackHeader) -> Result<(), BoxError> {
    for (kind, content) in children(mvex) {
        if kind != *b"trex" {
            continue;
        }
        let mut reader = Reader::new("trex", content);
        reader.version()?;
        let id = reader.u32()?;
        reader.u32()?;
        let (duration, size, flags) = (reader.u32()?, reader.u32()?, reader.u32()?);
        if id == track.id {
            track.default_duration = duration;
            track.default_size = size;
            track.default_flags = flags;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::boxes::write::{Track, init_segment};

    fn track() -> Track {
        Track {
            width: 64,
            height: 48,
            timescale: 90_000,
            sps: vec![0x67, 66, 0, 30, 1],
            pps: vec![0x68, 2],
        }
    }

    /// The content of the `moov` box of our own file.
    fn moov() -> Vec<u8> {
        let file = init_segment(&track());
        child(&file, *b"moov", "moov").expect("a movie").to_vec()
    }

    #[test]
    fn what_is_written_is_read() {
        let read = movie(&moov()).expect("a movie");
        assert!(read.is_fragmented);
        assert_eq!((read.track.id, read.track.timescale), (1, 90_000));
        assert_eq!(
            (read.track.coding.as_str(), read.track.length_size),
            ("avc1", 4)
        );
        assert_eq!(
            (read.track.sps, read.track.pps),
            (vec![track().sps], vec![track().pps])
        );
    }

    #[test]
    fn a_movie_cut_off_anywhere_is_an_error_and_no_panic() {
        let whole = moov();
        for end in 0..whole.len() {
            assert_ne!(movie(&whole[..end]), movie(&whole), "{end}");
        }
        assert_eq!(movie(&[]), Err(BoxError::Missing("trak of a video")));
    }

    #[test]
    fn another_codec_is_named_and_not_read() {
        let mut bytes = moov();
        let at = bytes
            .windows(4)
            .position(|four| four == b"avc1")
            .expect("avc1");
        bytes[at..at + 4].copy_from_slice(b"hvc1");
        let read = movie(&bytes).expect("a movie");
        assert_eq!(read.track.coding, "hvc1");
        assert!(read.track.sps.is_empty());
    }
}
