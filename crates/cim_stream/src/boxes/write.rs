//! MP4 written: the head and the fragments of a stream, and whole files. One H.264 track, samples with four-byte lengths.

use super::fragment::ntp_time;
use cim_model::UtcMillis;

const TRACK_ID: u32 = 1;
const IS_KEY: u32 = 0x0200_0000;
const IS_NOT_KEY: u32 = 0x0101_0000;
/// No turn and no shear, as 16.16 and 2.30 numbers.
const MATRIX: [u32; 9] = [0x0001_0000, 0, 0, 0, 0x0001_0000, 0, 0, 0, 0x4000_0000];

/// An H.264 picture track.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Track {
    /// Pixels across.
    pub width: u16,
    /// Pixels down.
    pub height: u16,
    /// Ticks a second of all times of the track.
    pub timescale: u32,
    /// The sequence parameter set, without a start code.
    pub sps: Vec<u8>,
    /// The picture parameter set, without a start code.
    pub pps: Vec<u8>,
}

/// One coded picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Its NAL units, each behind its length in four bytes.
    pub nals: Vec<u8>,
    /// How long it is shown, in ticks.
    pub duration: u32,
    /// How much later than it is decoded it is shown, in ticks.
    pub composition_offset: i32,
    /// Whether it can be decoded without any other.
    pub is_key: bool,
}

/// NAL units, each behind its length in four bytes.
pub fn length_prefixed(nals: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(nals.iter().map(|nal| nal.len() + 4).sum());
    for nal in nals {
        bytes.extend((nal.len() as u32).to_be_bytes());
        bytes.extend_from_slice(nal);
    }
    bytes
}

/// The head of a stream of fragments: `ftyp` and `moov`.
pub fn init_segment(track: &Track) -> Vec<u8> {
    let nothing = Tables {
        stts: full("stts", 0, &[&[0; 4]]),
        stsc: full("stsc", 0, &[&[0; 4]]),
        stsz: full("stsz", 0, &[&[0; 8]]),
        stco: full("stco", 0, &[&[0; 4]]),
        others: Vec::new(),
    };
    let trex = [TRACK_ID, 1, 0, 0, 0].map(u32::to_be_bytes).concat();
    let mvex = container("mvex", &[&full("trex", 0, &[&trex])]);
    [brands(), movie(track, 0, &nothing, &mvex)].concat()
}

/// One fragment: `prft` when the wall time is known, `moof` and `mdat`. `base_time` is when its first sample is decoded, in
/// ticks of the track.
pub fn fragment(
    sequence: u32,
    base_time: u64,
    samples: &[Sample],
    wall: Option<UtcMillis>,
) -> Vec<u8> {
    let mfhd = full("mfhd", 0, &[&sequence.to_be_bytes()]);
    let tfhd = full("tfhd", 0x0002_0000, &[&TRACK_ID.to_be_bytes()]);
    let tfdt = full("tfdt", 0x0100_0000, &[&base_time.to_be_bytes()]);
    let mut rows = Vec::with_capacity(16 * samples.len());
    for sample in samples {
        let flags = if sample.is_key { IS_KEY } else { IS_NOT_KEY };
        rows.extend(sample.duration.to_be_bytes());
        rows.extend((sample.nals.len() as u32).to_be_bytes());
        rows.extend(flags.to_be_bytes());
        rows.extend(sample.composition_offset.to_be_bytes());
    }
    let count = (samples.len() as u32).to_be_bytes();
    // All boxes' sizes are known: what `trun` says of where the data begin does not change how long it is.
    let moof = |offset: u32| {
        let trun = full("trun", 0x0100_0f01, &[&count, &offset.to_be_bytes(), &rows]);
        let traf = container("traf", &[&tfhd, &tfdt, &trun]);
        container("moof", &[&mfhd, &traf])
    };
    let length = moof(0).len() as u32;
    let mut bytes = wall.map_or_else(Vec::new, |wall| producer(wall, base_time));
    bytes.extend(moof(length + 8));
    let data: Vec<&[u8]> = samples
        .iter()
        .map(|sample| sample.nals.as_slice())
        .collect();
    bytes.extend(container("mdat", &data));
    bytes
}

/// A whole file with its table in front: `ftyp`, `moov`, `mdat`; one chunk.
pub fn progressive_mp4(track: &Track, samples: &[Sample]) -> Vec<u8> {
    let count = samples.len() as u32;
    let durations: Vec<u32> = samples.iter().map(|sample| sample.duration).collect();
    let offsets: Vec<u32> = samples
        .iter()
        .map(|sample| sample.composition_offset.cast_unsigned())
        .collect();
    let sizes: Vec<u8> = samples
        .iter()
        .flat_map(|sample| (sample.nals.len() as u32).to_be_bytes())
        .collect();
    let keys: Vec<u8> = (1_u32..)
        .zip(samples)
        .filter(|(_, sample)| sample.is_key)
        .flat_map(|(number, _)| number.to_be_bytes())
        .collect();
    let key_count = (keys.len() as u32 / 4).to_be_bytes();
    let total: u64 = durations.iter().map(|duration| u64::from(*duration)).sum();
    let head = brands();
    let movie = |chunk_at: u32| {
        let one_chunk = [1, 1, count, 1].map(u32::to_be_bytes).concat();
        let chunk = [1, chunk_at].map(u32::to_be_bytes).concat();
        let tables = Tables {
            stts: full("stts", 0, &[&runs(&durations)]),
            stsc: full("stsc", 0, &[&one_chunk]),
            stsz: full("stsz", 0, &[&[0; 4], &count.to_be_bytes(), &sizes]),
            stco: full("stco", 0, &[&chunk]),
            others: [
                full("stss", 0, &[&key_count, &keys]),
                full("ctts", 0x0100_0000, &[&runs(&offsets)]),
            ]
            .concat(),
        };
        movie(track, total, &tables, &[])
    };
    let data_at = (head.len() + movie(0).len() + 8) as u32;
    let data: Vec<&[u8]> = samples
        .iter()
        .map(|sample| sample.nals.as_slice())
        .collect();
    [head, movie(data_at), container("mdat", &data)].concat()
}

/// The boxes of a sample table that are not the sample description.
struct Tables {
    stts: Vec<u8>,
    stsc: Vec<u8>,
    stsz: Vec<u8>,
    stco: Vec<u8>,
    others: Vec<u8>,
}

/// Equal numbers in a row as a count and the number, behind the number of such pairs.
fn runs(numbers: &[u32]) -> Vec<u8> {
    let groups: Vec<(u32, u32)> = numbers
        .chunk_by(|one, other| one == other)
        .filter_map(|group| Some((group.len() as u32, *group.first()?)))
        .collect();
    let mut bytes = (groups.len() as u32).to_be_bytes().to_vec();
    for (count, number) in groups {
        bytes.extend(count.to_be_bytes());
        bytes.extend(number.to_be_bytes());
    }
    bytes
}

fn brands() -> Vec<u8> {
    container("ftyp", &[b"isom", &[0, 0, 2, 0], b"isomiso6avc1mp41"])
}

fn producer(wall: UtcMillis, media_time: u64) -> Vec<u8> {
    let parts: [&[u8]; 3] = [
        &TRACK_ID.to_be_bytes(),
        &ntp_time(wall).to_be_bytes(),
        &media_time.to_be_bytes(),
    ];
    full("prft", 0x0100_0018, &parts)
}

fn movie(track: &Track, duration: u64, tables: &Tables, mvex: &[u8]) -> Vec<u8> {
    let duration = u32::try_from(duration).unwrap_or(u32::MAX);
    let mut mvhd = [0, 0, track.timescale, duration, 0x0001_0000]
        .map(u32::to_be_bytes)
        .concat();
    mvhd.extend([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    mvhd.extend(MATRIX.map(u32::to_be_bytes).concat());
    mvhd.extend([0; 24]);
    mvhd.extend((TRACK_ID + 1).to_be_bytes());
    let mut tkhd = [0, 0, TRACK_ID, 0, duration].map(u32::to_be_bytes).concat();
    tkhd.extend([0; 16]);
    tkhd.extend(MATRIX.map(u32::to_be_bytes).concat());
    for side in [track.width, track.height] {
        tkhd.extend((u32::from(side) << 16).to_be_bytes());
    }
    let mut mdhd = [0, 0, track.timescale, duration]
        .map(u32::to_be_bytes)
        .concat();
    // The language is undetermined: "und" in five bits a letter.
    mdhd.extend([0x55, 0xc4, 0, 0]);
    let hdlr: [&[u8]; 4] = [&[0; 4], b"vide", &[0; 12], b"CityMirror\0"];
    let url = full("url ", 1, &[]);
    let dref = full("dref", 0, &[&1_u32.to_be_bytes(), &url]);
    let stbl = container(
        "stbl",
        &[
            &description(track),
            &tables.stts,
            &tables.others,
            &tables.stsc,
            &tables.stsz,
            &tables.stco,
        ],
    );
    let vmhd = full("vmhd", 1, &[&[0; 8]]);
    let minf = container("minf", &[&vmhd, &container("dinf", &[&dref]), &stbl]);
    let mdia = container(
        "mdia",
        &[&full("mdhd", 0, &[&mdhd]), &full("hdlr", 0, &hdlr), &minf],
    );
    let trak = container("trak", &[&full("tkhd", 3, &[&tkhd]), &mdia]);
    container("moov", &[&full("mvhd", 0, &[&mvhd]), &trak, mvex])
}

/// The sample description: `avc1` with its decoder configuration (ISO/IEC 14496-15, 5.3.3).
fn description(track: &Track) -> Vec<u8> {
    let profile = |place: usize| track.sps.get(place).copied().unwrap_or(0);
    let fixed = [1, profile(1), profile(2), profile(3), 0xff, 0xe1];
    let sps_length = (track.sps.len() as u16).to_be_bytes();
    let pps_length = (track.pps.len() as u16).to_be_bytes();
    let avcc = container(
        "avcC",
        &[
            &fixed,
            &sps_length,
            &track.sps,
            &[1],
            &pps_length,
            &track.pps,
        ],
    );
    let mut entry = vec![0, 0, 0, 0, 0, 0, 0, 1];
    entry.extend([0; 16]);
    entry.extend(track.width.to_be_bytes());
    entry.extend(track.height.to_be_bytes());
    entry.extend([0, 0x48, 0, 0, 0, 0x48, 0, 0, 0, 0, 0, 0, 0, 1]);
    entry.extend([0; 32]);
    entry.extend([0, 0x18, 0xff, 0xff]);
    let avc1 = container("avc1", &[&entry, &avcc]);
    full("stsd", 0, &[&1_u32.to_be_bytes(), &avc1])
}

/// A box of `parts`, one behind the other.
fn container(kind: &str, parts: &[&[u8]]) -> Vec<u8> {
    let length = 8 + parts.iter().map(|part| part.len()).sum::<usize>();
    let mut bytes = Vec::with_capacity(length);
    bytes.extend((length as u32).to_be_bytes());
    bytes.extend_from_slice(kind.as_bytes());
    for part in parts {
        bytes.extend_from_slice(part);
    }
    bytes
}

/// A box that begins with its version and flags.
fn full(kind: &str, version_and_flags: u32, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    container(kind, &[&version_and_flags.to_be_bytes(), &content])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_are_as_long_as_they_say() {
        let bytes = full("trex", 5, &[&[1, 2], &[3]]);
        assert_eq!(bytes, b"\0\0\0\x0ftrex\0\0\0\x05\x01\x02\x03");
    }

    #[test]
    fn equal_numbers_in_a_row_are_one_pair() {
        let expected = [2, 2, 40, 1, 41].map(u32::to_be_bytes).concat();
        assert_eq!(runs(&[40, 40, 41]), expected);
        assert_eq!(runs(&[]), [0; 4]);
    }

    #[test]
    fn lengths_stand_before_their_units() {
        let units = [vec![9, 8], vec![7]];
        assert_eq!(length_prefixed(&units), [0, 0, 0, 2, 9, 8, 0, 0, 0, 1, 7]);
    }
}
