//! The peer of `cim bench seek`: the same observations in an MCAP file, one message each, and the state at a moment read
//! back from it with the `mcap` crate.
//!
//! The file is held in memory and its summary is parsed before the clock runs: only seeking, unpacking and reading are timed.

use crate::Failure;
use cim_model::Quality;
use cim_store::{NEVER, Row};
use mcap::{Compression, Summary, WriteOptions, Writer, records::MessageHeader};
use std::{collections::BTreeMap, fs::File, io::BufWriter, path::Path};

const NS_PER_MS: u64 = 1_000_000;
/// Bytes of a chunk before it is packed.
const CHUNK_BYTES: u64 = 1 << 20;
/// Series, value, quality.
const MESSAGE_BYTES: usize = 4 + 8 + 1;

/// A file that is being written.
pub(super) struct PeerWriter {
    writer: Writer<BufWriter<File>>,
    channel: u16,
    written: u32,
}

/// A file that is asked.
pub(super) struct PeerFile {
    bytes: Vec<u8>,
    summary: Summary,
}

/// The newest value of each series, by its number; `NEVER` where there is none.
pub(super) struct PeerState {
    pub(super) times: Vec<i64>,
    pub(super) values: Vec<f64>,
    pub(super) qualities: Vec<Quality>,
}

impl PeerWriter {
    /// Begins a file.
    pub(super) fn create(path: &Path) -> Result<Self, Failure> {
        let mut writer = WriteOptions::new()
            .compression(Some(Compression::Zstd))
            .chunk_size(Some(CHUNK_BYTES))
            .create(BufWriter::new(File::create(path)?))?;
        let channel = writer.add_channel(
            0,
            "observations",
            "application/octet-stream",
            &BTreeMap::new(),
        )?;
        Ok(Self {
            writer,
            channel,
            written: 0,
        })
    }

    /// Adds an observation.
    pub(super) fn write(&mut self, row: &Row) -> Result<(), Failure> {
        let at = u64::try_from(row.happened_at)? * NS_PER_MS;
        let header = MessageHeader {
            channel_id: self.channel,
            sequence: self.written,
            log_time: at,
            publish_time: at,
        };
        let mut message = [0; MESSAGE_BYTES];
        let (series, rest) = message.split_at_mut(4);
        let (value, quality) = rest.split_at_mut(8);
        series.copy_from_slice(&row.series.to_le_bytes());
        value.copy_from_slice(&row.value.to_le_bytes());
        quality.fill(match row.quality {
            Quality::Good => 0,
            Quality::Suspect => 1,
            Quality::Estimated => 2,
        });
        self.writer.write_to_known_channel(&header, &message)?;
        self.written += 1;
        Ok(())
    }

    /// Writes the index; how many observations the file holds.
    pub(super) fn finish(mut self) -> Result<u32, Failure> {
        self.writer.finish()?;
        Ok(self.written)
    }
}

impl PeerFile {
    /// Reads the whole file and its summary.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        let bytes = std::fs::read(path)?;
        let summary = Summary::read(&bytes)?.ok_or("the MCAP file has no summary")?;
        Ok(Self { bytes, summary })
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Reads back from `t_ms` until every series in `wanted` has a value. Returns how many messages it read.
    pub(super) fn state_at(
        &self,
        t_ms: i64,
        wanted: &[u32],
        into: &mut PeerState,
    ) -> Result<u64, Failure> {
        into.clear();
        let until = u64::try_from(t_ms)? * NS_PER_MS;
        let mut chunks: Vec<_> = self
            .summary
            .chunk_indexes
            .iter()
            .filter(|chunk| chunk.message_start_time <= until)
            .collect();
        chunks.sort_by_key(|chunk| std::cmp::Reverse(chunk.message_start_time));
        let mut read = 0;
        for chunk in chunks {
            for message in self.summary.stream_chunk(&self.bytes, chunk)? {
                let message = message?;
                read += 1;
                if message.log_time <= until {
                    into.take(message.log_time, &message.data)?;
                }
            }
            if into.has(wanted) {
                return Ok(read);
            }
        }
        Err("the MCAP file does not go back far enough".into())
    }
}

impl PeerState {
    /// Room for the series up to number `highest`.
    pub(super) fn new(highest: u32) -> Self {
        let rows = highest as usize + 1;
        Self {
            times: vec![NEVER; rows],
            values: vec![0.0; rows],
            qualities: vec![Quality::Good; rows],
        }
    }

    fn clear(&mut self) {
        self.times.fill(NEVER);
    }

    fn has(&self, wanted: &[u32]) -> bool {
        wanted.iter().all(|series| {
            self.times
                .get(*series as usize)
                .is_some_and(|at| *at != NEVER)
        })
    }

    fn take(&mut self, log_time: u64, message: &[u8]) -> Result<(), Failure> {
        let (series, rest) = message
            .split_first_chunk()
            .ok_or("a message is too short")?;
        let (value, rest) = rest.split_first_chunk().ok_or("a message is too short")?;
        let place = u32::from_le_bytes(*series) as usize;
        let at = (log_time / NS_PER_MS) as i64;
        let (Some(time), Some(held), Some(quality)) = (
            self.times.get_mut(place),
            self.values.get_mut(place),
            self.qualities.get_mut(place),
        ) else {
            return Err(format!("series {place} is unknown").into());
        };
        // A later chunk was read before this one.
        if at > *time {
            *time = at;
            *held = f64::from_le_bytes(*value);
            *quality = match rest.first() {
                Some(1) => Quality::Suspect,
                Some(2) => Quality::Estimated,
                _ => Quality::Good,
            };
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_is_the_newest_value_at_or_before_the_moment() {
        let path = std::env::temp_dir().join(format!("cim-mcap-peer-{}.mcap", std::process::id()));
        let mut writer = PeerWriter::create(&path).expect("a file");
        for second in 0..50_i64 {
            for series in 1..=3_u32 {
                let row = Row {
                    series,
                    quality: Quality::Estimated,
                    happened_at: 1_000_000 + second * 1_000 + i64::from(series),
                    known_at: 0,
                    value: f64::from(series) + second as f64,
                };
                writer.write(&row).expect("written");
            }
        }
        assert_eq!(writer.finish().expect("finished"), 150);
        let file = PeerFile::open(&path).expect("the file");
        std::fs::remove_file(&path).expect("removed");
        let mut state = PeerState::new(3);
        let read = file
            .state_at(1_010_002, &[1, 2, 3], &mut state)
            .expect("a state");
        assert!(read > 0);
        assert_eq!(state.times, [NEVER, 1_010_001, 1_010_002, 1_009_003]);
        let values: Vec<i64> = state.values.iter().map(|value| *value as i64).collect();
        assert_eq!(values[1..], [11, 12, 12]);
        assert_eq!(state.qualities[3], Quality::Estimated);
        assert!(file.state_at(999_000, &[1], &mut state).is_err());
    }
}
