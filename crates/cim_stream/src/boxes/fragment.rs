//! Fragments of a live stream: which bytes are which picture, and when it was taken.

use super::movie::TrackHeader;
use super::reader::{BoxError, Reader, children};
use cim_model::UtcMillis;

/// The most samples of one fragment: ten minutes at thirty a second.
const MOST_SAMPLES: usize = 18_000;
/// Seconds from 1900, where NTP begins, to 1970.
const NTP_TO_UNIX_S: u64 = 2_208_988_800;
const IS_NOT_KEY: u32 = 0x0001_0000;

/// One picture of a fragment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FragmentSample {
    /// From the beginning of the `moof` box, in bytes.
    pub(crate) offset: u64,
    pub(crate) size: u32,
    /// When it is decoded, in ticks of the track.
    pub(crate) decode_time: u64,
    pub(crate) duration: u32,
    pub(crate) composition_offset: i32,
    pub(crate) is_key: bool,
}

/// A producer reference time (ISO/IEC 14496-12, 8.16.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Producer {
    pub(crate) wall: UtcMillis,
    /// The same moment in ticks of the track.
    pub(crate) media_time: u64,
}

/// What a `tfhd` box says.
#[derive(Clone, Copy, Debug)]
struct Defaults {
    base: u64,
    duration: u32,
    size: u32,
    flags: u32,
}

/// The samples of `track` that the content of a `moof` box tells of. `moof_at` is the place of the box in the stream, for
/// fragments that count from there.
pub(crate) fn fragment_samples(
    moof: &[u8],
    track: &TrackHeader,
    moof_at: u64,
) -> Result<Vec<FragmentSample>, BoxError> {
    let mut samples = Vec::new();
    let runs = children(moof).filter(|(kind, _)| kind == b"traf");
    for (_, traf) in runs {
        read_traf(traf, track, moof_at, &mut samples)?;
    }
    Ok(samples)
}

fn read_traf(
    traf: &[u8],
    track: &TrackHeader,
    moof_at: u64,
    samples: &mut Vec<FragmentSample>,
) -> Result<(), BoxError> {
    let header = children(traf).find(|(kind, _)| kind == b"tfhd");
    let (_, tfhd) = header.ok_or(BoxError::Missing("tfhd"))?;
    let Some(defaults) = read_header(tfhd, track, moof_at)? else {
        return Ok(());
    };
    let mut time = 0;
    let mut next = None;
    for (kind, content) in children(traf) {
        match &kind {
            b"tfdt" => time = decode_time(content)?,
            b"trun" => read_run(content, &defaults, &mut time, &mut next, samples)?,
            _ => {}
        }
    }
    Ok(())
}

/// `None` for another track.
fn read_header(
    tfhd: &[u8],
    track: &TrackHeader,
    moof_at: u64,
) -> Result<Option<Defaults>, BoxError> {
    let mut reader = Reader::new("tfhd", tfhd);
    let (_, flags) = reader.version()?;
    if reader.u32()? != track.id {
        return Ok(None);
    }
    let mut defaults = Defaults {
        base: 0,
        duration: track.default_duration,
        size: track.default_size,
        flags: track.default_flags,
    };
    if flags & 0x01 != 0 {
        let base = reader.u64()?;
        defaults.base = base
            .checked_sub(moof_at)
            .ok_or(BoxError::Senseless("tfhd"))?;
    }
    if flags & 0x02 != 0 {
        reader.u32()?;
    }
    if flags & 0x08 != 0 {
        defaults.duration = reader.u32()?;
    }
    if flags & 0x10 != 0 {
        defaults.size = reader.u32()?;
    }
    if flags & 0x20 != 0 {
        defaults.flags = reader.u32()?;
    }
    Ok(Some(defaults))
}

fn decode_time(tfdt: &[u8]) -> Result<u64, BoxError> {
    let mut reader = Reader::new("tfdt", tfdt);
    let (version, _) = reader.version()?;
    if version == 1 {
        reader.u64()
    } else {
        Ok(u64::from(reader.u32()?))
    }
}

/// One run (ISO/IEC 14496-12, 8.8.8). Runs without a place of their own follow the one before.
fn read_run(
    trun: &[u8],
    defaults: &Defaults,
    time: &mut u64,
    next: &mut Option<u64>,
    samples: &mut Vec<FragmentSample>,
) -> Result<(), BoxError> {
    let mut reader = Reader::new("trun", trun);
    let (_, flags) = reader.version()?;
    let has = |bit: u32| flags & bit != 0;
    let fields = [0x100, 0x200, 0x400, 0x800]
        .into_iter()
        .filter(|bit| has(*bit));
    let each = 4 * fields.count();
    let claimed = u64::from(reader.u32()?);
    let mut at = next.unwrap_or(defaults.base);
    if has(0x01) {
        let offset = i64::from(reader.i32()?);
        at = defaults
            .base
            .checked_add_signed(offset)
            .ok_or(BoxError::Senseless("trun"))?;
    }
    let first_flags = if has(0x04) { Some(reader.u32()?) } else { None };
    let entries = reader.rest().len().checked_div(each);
    let left = MOST_SAMPLES.saturating_sub(samples.len());
    let room = entries.map_or(left, |entries| entries.min(left)) as u64;
    if claimed > room {
        return Err(BoxError::Count {
            name: "trun",
            claimed,
            room,
        });
    }
    for place in 0..claimed {
        let duration = if has(0x100) {
            reader.u32()?
        } else {
            defaults.duration
        };
        let size = if has(0x200) {
            reader.u32()?
        } else {
            defaults.size
        };
        let own_flags = if has(0x400) {
            reader.u32()?
        } else {
            defaults.flags
        };
        let composition_offset = if has(0x800) { reader.i32()? } else { 0 };
        let flags = first_flags.filter(|_| place == 0).unwrap_or(own_flags);
        samples.push(FragmentSample {
            offset: at,
            size,
            decode_time: *time,
            duration,
            composition_offset,
            is_key: flags & IS_NOT_KEY == 0,
        });
        at = at.saturating_add(u64::from(size));
        *time = time.saturating_add(u64::from(duration));
    }
    *next = Some(at);
    Ok(())
}

/// What a `prft` box says.
pub(crate) fn producer_time(prft: &[u8]) -> Result<Producer, BoxError> {
    let mut reader = Reader::new("prft", prft);
    let (version, _) = reader.version()?;
    reader.u32()?;
    let ntp = reader.u64()?;
    let media_time = if version == 0 {
        u64::from(reader.u32()?)
    } else {
        reader.u64()?
    };
    Ok(Producer {
        wall: unix_time(ntp).ok_or(BoxError::Senseless("prft"))?,
        media_time,
    })
}

/// The moment of an NTP timestamp (RFC 5905, 6): seconds since 1900 in 32.32 bits. `None` before 1970.
pub(crate) fn unix_time(ntp: u64) -> Option<UtcMillis> {
    let seconds = (ntp >> 32).checked_sub(NTP_TO_UNIX_S)?;
    let millis = ((ntp & 0xffff_ffff) * 1000 + (1 << 31)) >> 32;
    i64::try_from(seconds * 1000 + millis).ok().map(UtcMillis)
}

/// The NTP timestamp of a moment; 1970 for earlier ones.
pub(crate) fn ntp_time(moment: UtcMillis) -> u64 {
    let millis = u64::try_from(moment.0).unwrap_or(0);
    let seconds = millis / 1000 + NTP_TO_UNIX_S;
    let fraction = ((millis % 1000) << 32) / 1000;
    (seconds << 32) | fraction
}

#[cfg(test)]
mod tests {
    use super::super::reader::child;
    use super::*;
    use crate::boxes::write::{Sample, fragment};

    fn own() -> (Vec<u8>, TrackHeader) {
        let sample = |length: usize, is_key| Sample {
            nals: vec![7; length],
            duration: 40,
            composition_offset: if is_key { 0 } else { -40 },
            is_key,
        };
        let samples = [sample(10, true), sample(20, false)];
        let wall = Some(UtcMillis(1_700_000_000_250));
        let header = TrackHeader {
            id: 1,
            timescale: 1000,
            ..TrackHeader::default()
        };
        (fragment(3, 5000, &samples, wall), header)
    }

    #[test]
    fn what_is_written_is_read() {
        let (file, header) = own();
        let moof = child(&file, *b"moof", "moof").expect("a fragment");
        let samples = fragment_samples(moof, &header, 0).expect("samples");
        let [first, second] = samples[..] else {
            panic!("{samples:?}");
        };
        assert_eq!(
            (first.size, first.decode_time, first.is_key),
            (10, 5000, true)
        );
        assert_eq!(
            (second.size, second.decode_time, second.is_key),
            (20, 5040, false)
        );
        assert_eq!(second.composition_offset, -40);
        assert_eq!(second.offset, first.offset + 10);
        let moof_at = file.len() - 8 - 30 - (moof.len() + 8);
        let at = moof_at + first.offset as usize;
        assert_eq!(file[at..at + 30], [7; 30]);
    }

    #[test]
    fn a_producer_tells_the_wall_time() {
        let (file, _) = own();
        let prft = child(&file, *b"prft", "prft").expect("a producer");
        let told = producer_time(prft).expect("a moment");
        assert_eq!(
            (told.wall, told.media_time),
            (UtcMillis(1_700_000_000_250), 5000)
        );
    }

    #[test]
    fn moments_survive_ntp() {
        for millis in [0, 1, 999, 1_700_000_000_123] {
            let moment = UtcMillis(millis);
            assert_eq!(unix_time(ntp_time(moment)), Some(moment));
        }
        assert_eq!(unix_time(0), None);
    }

    #[test]
    fn a_run_of_a_billion_samples_is_refused() {
        let (file, header) = own();
        let mut moof = child(&file, *b"moof", "moof").expect("a fragment").to_vec();
        let at = moof
            .windows(4)
            .position(|four| four == b"trun")
            .expect("trun");
        moof[at + 8..at + 12].copy_from_slice(&[0x3b, 0x9a, 0xca, 0]);
        assert!(matches!(
            fragment_samples(&moof, &header, 0),
            Err(BoxError::Count { .. })
        ));
    }

    #[test]
    fn other_tracks_are_passed_over() {
        let (file, header) = own();
        let moof = child(&file, *b"moof", "moof").expect("a fragment");
        let other = TrackHeader { id: 2, ..header };
        assert_eq!(fragment_samples(moof, &other, 0), Ok(Vec::new()));
    }
}
