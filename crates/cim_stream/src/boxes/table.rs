//! The sample table of a whole MP4 file (ISO/IEC 14496-12, 8.6 and 8.7): which bytes are which picture.

use super::reader::{BoxError, Reader, child, children};

/// The most pictures of a file: nine hours at thirty a second.
const MOST_SAMPLES: usize = 1_000_000;

/// One picture of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TableSample {
    /// From the beginning of the file, in bytes.
    pub(crate) offset: u64,
    pub(crate) size: u32,
    /// When it is decoded, in ticks of the track.
    pub(crate) decode_time: u64,
    pub(crate) duration: u32,
    pub(crate) composition_offset: i32,
    pub(crate) is_key: bool,
}

/// All samples of an `stbl` box's content, in the order in which they are decoded.
pub(crate) fn sample_table(stbl: &[u8]) -> Result<Vec<TableSample>, BoxError> {
    let mut samples = sizes(child(stbl, *b"stsz", "stsz")?)?;
    times(child(stbl, *b"stts", "stts")?, &mut samples)?;
    let optional = |kind: &[u8; 4]| {
        let found = children(stbl).find(|(found, _)| found == kind);
        found.map(|(_, content)| content)
    };
    if let Some(ctts) = optional(b"ctts") {
        composition(ctts, &mut samples)?;
    }
    match optional(b"stss") {
        Some(stss) => keys(stss, &mut samples)?,
        None => samples.iter_mut().for_each(|sample| sample.is_key = true),
    }
    let chunks = match optional(b"co64") {
        Some(co64) => chunk_offsets(co64, 8)?,
        None => chunk_offsets(child(stbl, *b"stco", "stco")?, 4)?,
    };
    places(child(stbl, *b"stsc", "stsc")?, &chunks, &mut samples)?;
    Ok(samples)
}

fn sizes(stsz: &[u8]) -> Result<Vec<TableSample>, BoxError> {
    let mut reader = Reader::new("stsz", stsz);
    reader.version()?;
    let of_all = reader.u32()?;
    let count = if of_all == 0 {
        reader.count(4)?
    } else {
        reader.u32()? as usize
    };
    if count > MOST_SAMPLES {
        return Err(BoxError::Count {
            name: "stsz",
            claimed: count as u64,
            room: MOST_SAMPLES as u64,
        });
    }
    let mut samples = vec![TableSample::default(); count];
    for sample in &mut samples {
        sample.size = if of_all == 0 { reader.u32()? } else { of_all };
    }
    Ok(samples)
}

fn times(stts: &[u8], samples: &mut [TableSample]) -> Result<(), BoxError> {
    let mut reader = Reader::new("stts", stts);
    reader.version()?;
    let mut left = samples.iter_mut();
    let mut time = 0_u64;
    for _ in 0..reader.count(8)? {
        let (count, duration) = (reader.u32()?, reader.u32()?);
        for sample in left.by_ref().take(count as usize) {
            sample.decode_time = time;
            sample.duration = duration;
            time = time.saturating_add(u64::from(duration));
        }
    }
    Ok(())
}

fn composition(ctts: &[u8], samples: &mut [TableSample]) -> Result<(), BoxError> {
    let mut reader = Reader::new("ctts", ctts);
    reader.version()?;
    let mut left = samples.iter_mut();
    for _ in 0..reader.count(8)? {
        // Version 0 means unsigned numbers; files with negative ones in it exist, and none needs the upper half.
        let (count, offset) = (reader.u32()?, reader.i32()?);
        for sample in left.by_ref().take(count as usize) {
            sample.composition_offset = offset;
        }
    }
    Ok(())
}

fn keys(stss: &[u8], samples: &mut [TableSample]) -> Result<(), BoxError> {
    let mut reader = Reader::new("stss", stss);
    reader.version()?;
    for _ in 0..reader.count(4)? {
        let number = reader.u32()? as usize;
        let sample = number
            .checked_sub(1)
            .and_then(|place| samples.get_mut(place));
        sample.ok_or(BoxError::Senseless("stss"))?.is_key = true;
    }
    Ok(())
}

fn chunk_offsets(content: &[u8], each: usize) -> Result<Vec<u64>, BoxError> {
    let mut reader = Reader::new("stco", content);
    reader.version()?;
    let count = reader.count(each)?;
    let read = |_| {
        if each == 8 {
            reader.u64()
        } else {
            reader.u32().map(u64::from)
        }
    };
    (0..count).map(read).collect()
}

/// Lays the samples into their chunks. Each entry of `stsc` holds from its first chunk to the next entry's.
fn places(stsc: &[u8], chunks: &[u64], samples: &mut [TableSample]) -> Result<(), BoxError> {
    let mut reader = Reader::new("stsc", stsc);
    reader.version()?;
    let mut entries = Vec::new();
    for _ in 0..reader.count(12)? {
        let (first, per_chunk) = (reader.u32()?, reader.u32()?);
        reader.u32()?;
        entries.push((first, per_chunk));
    }
    let mut entries = entries.into_iter().peekable();
    let mut per_chunk = 0;
    let mut left = samples.iter_mut();
    for (number, offset) in (1_u32..).zip(chunks) {
        while let Some((_, count)) = entries.next_if(|(first, _)| *first <= number) {
            per_chunk = count;
        }
        let mut at = *offset;
        for sample in left.by_ref().take(per_chunk as usize) {
            sample.offset = at;
            at = at.saturating_add(u64::from(sample.size));
        }
    }
    if left.next().is_some() {
        return Err(BoxError::Senseless("stsc"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::boxes::movie;
    use crate::boxes::write::{Sample, Track, progressive_mp4};

    fn file() -> Vec<u8> {
        let track = Track {
            width: 64,
            height: 48,
            timescale: 1000,
            sps: vec![0x67, 66, 0, 30],
            pps: vec![0x68],
        };
        let sample = |place: u8| Sample {
            nals: vec![place; 10 + usize::from(place)],
            duration: 40,
            composition_offset: 0,
            is_key: place.is_multiple_of(5),
        };
        let samples: Vec<Sample> = (0..12).map(sample).collect();
        progressive_mp4(&track, &samples)
    }

    #[test]
    fn every_sample_of_our_own_file_is_where_the_table_says() {
        let file = file();
        let moov = child(&file, *b"moov", "moov").expect("a movie");
        let read = movie(moov).expect("a movie");
        assert!(!read.is_fragmented);
        let samples = sample_table(&read.table).expect("a table");
        assert_eq!(samples.len(), 12);
        for (place, sample) in samples.iter().enumerate() {
            let start = sample.offset as usize;
            let found = &file[start..start + sample.size as usize];
            assert_eq!(found, vec![place as u8; 10 + place], "sample {place}");
            assert_eq!(sample.decode_time, 40 * place as u64);
            assert_eq!(sample.is_key, place % 5 == 0);
        }
    }

    fn check_refused(kind: [u8; 4], at: usize, bytes: [u8; 4]) {
        let mut file = file();
        let place = file
            .windows(4)
            .position(|four| four == kind)
            .expect("a box");
        file[place + at..place + at + 4].copy_from_slice(&bytes);
        let moov = child(&file, *b"moov", "moov").expect("a movie");
        let read = movie(moov).expect("a movie");
        assert!(sample_table(&read.table).is_err(), "{kind:?}");
    }

    #[test]
    fn tables_that_claim_too_much_are_refused() {
        let many = [0x7f, 0xff, 0xff, 0xff];
        check_refused(*b"stsz", 12, many);
        check_refused(*b"stts", 8, many);
        check_refused(*b"stss", 8, many);
        check_refused(*b"stco", 8, many);
    }
}
