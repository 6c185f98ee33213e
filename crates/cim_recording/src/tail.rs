//! The end of an MCAP file: the summary, which says where everything lies, and its checksum.

use crate::{cut::Cut, problems::Problems};
use mcap::{MAGIC, records::op};
use std::{
    collections::BTreeMap,
    fs::File,
    io::{Read, Seek, SeekFrom},
};

/// A record begins with its kind (1 byte) and its length (8 bytes).
pub(crate) const RECORD_HEAD: u64 = 9;
/// The data end record: its head and a checksum.
const DATA_END: u64 = RECORD_HEAD + 4;
/// The footer record: its head, two offsets and a checksum.
const FOOTER: u64 = RECORD_HEAD + 20;
/// The longest summary that is read: a recording of terabytes.
const MAX_SUMMARY: u64 = 64 * 1024 * 1024;

/// What the end of the file says.
#[derive(Debug, Default)]
pub(crate) struct Tail {
    /// Where records begin that lie in no chunk, and how long the summary says they are (their heads included).
    pub records: BTreeMap<u64, u64>,
    /// The records that announce channels, without their heads.
    pub channels: Vec<Vec<u8>>,
    /// How many messages there are.
    pub messages: Option<u64>,
    /// Where the summary begins.
    pub summary_start: Option<u64>,
}

impl Tail {
    /// Reads the end of `file`, which is `len` bytes long. What is wrong with it goes to `problems`.
    pub(crate) fn read(
        file: &mut File,
        len: u64,
        problems: &mut Problems,
    ) -> std::io::Result<Self> {
        let end = MAGIC.len() as u64;
        let Some(footer_start) = len.checked_sub(end + FOOTER) else {
            problems.add(len, "the file is too short to have an end");
            return Ok(Self::default());
        };
        let footer = bytes_at(file, footer_start, FOOTER + end)?;
        let Some((start, saved)) = footer_of(&footer) else {
            problems.add(
                footer_start,
                "the file has no end: it was cut off, or its last bytes were changed",
            );
            return Ok(Self::default());
        };
        if start == 0 {
            problems.add(footer_start, "the file has no summary");
            return Ok(Self::default());
        }
        let size = footer_start.checked_sub(start);
        let Some(size) = size.filter(|size| *size <= MAX_SUMMARY) else {
            let why = format!("the summary is said to begin at byte {start}, which cannot be");
            problems.add(footer_start, &why);
            return Ok(Self::default());
        };
        // The checksum covers the footer up to the checksum itself.
        let covered = bytes_at(file, start, size + FOOTER - 4)?;
        let calculated = crc32fast::hash(&covered);
        if calculated != saved {
            problems.add(
                start,
                &format!("the summary's checksum is {calculated:08x}, not {saved:08x}"),
            );
            return Ok(Self::default());
        }
        let mut tail = Self {
            summary_start: Some(start),
            ..Self::default()
        };
        if let Some(data_end) = start.checked_sub(DATA_END) {
            tail.records.insert(data_end, DATA_END);
        }
        let records = covered.get(..size as usize).unwrap_or_default();
        if tail.learn(Cut::new(records)).is_none() {
            problems.add(start, "the summary has a record that cannot be read");
        }
        Ok(tail)
    }

    fn learn(&mut self, mut summary: Cut<'_>) -> Option<()> {
        while summary.left() > 0 {
            let kind = summary.u8()?;
            let len = usize::try_from(summary.u64()?).ok()?;
            let mut body = Cut::new(summary.take(len)?);
            match kind {
                op::CHUNK_INDEX => {
                    body.take(16)?;
                    self.records.insert(body.u64()?, body.u64()?);
                }
                op::ATTACHMENT_INDEX | op::METADATA_INDEX => {
                    self.records.insert(body.u64()?, body.u64()?);
                }
                op::CHANNEL => self.channels.push(body.rest().to_vec()),
                op::STATISTICS => self.messages = Some(body.u64()?),
                _ => {}
            }
        }
        Some(())
    }

    /// Where the first record begins that the summary knows of behind byte `offset`.
    pub(crate) fn record_behind(&self, offset: u64) -> Option<u64> {
        let behind = self.records.range(offset.saturating_add(1)..).next();
        behind.map(|(offset, _)| *offset)
    }
}

/// Where the summary begins and its checksum; `None` when these bytes are no footer.
fn footer_of(bytes: &[u8]) -> Option<(u64, u32)> {
    let mut cut = Cut::new(bytes);
    let is_footer = cut.u8()? == op::FOOTER && cut.u64()? == FOOTER - RECORD_HEAD;
    let start = cut.u64()?;
    cut.u64()?;
    let saved = cut.u32()?;
    (is_footer && cut.rest() == MAGIC).then_some((start, saved))
}

/// `n` bytes from byte `offset` on; fewer at the end of the file.
fn bytes_at(file: &mut File, offset: u64, n: u64) -> std::io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(offset))?;
    let mut bytes = Vec::new();
    file.take(n).read_to_end(&mut bytes)?;
    Ok(bytes)
}
