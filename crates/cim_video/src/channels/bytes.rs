//! The index as bytes: kept over a restart, so that nothing has to be imported again.
//!
//! ```text
//!  mark│edition │ names of fields │ sources │ shared texts │ entries │ tags │ moving │ faults │ heard │ CRC-32
//! ```
//! Numbers are varints, texts have their length before them. What is read is put in as if it came from a source, so that
//! damaged bytes can give wrong words but no wrong trees. The import before is not kept.

use super::health::{Fault, Faults};
use super::index::{ChannelIndex, IndexError, Line, LivePlace, Tagging};
use super::texts::{Texts, push_varint, take_varint};
use super::{MAX_ENTRIES, MAX_SOURCES, MAX_TAGS, Status};
use cim_model::UtcMillis;
use cim_sync::gb28181::Field;

/// Marks a kept index; the last byte is its edition.
const MARK: [u8; 8] = *b"CMVCHAN\x01";
/// So many shared texts are read at most.
const MAX_TEXTS: usize = 1 << 20;
/// Length of the checksum, bytes.
const CRC_BYTES: usize = 4;

impl ChannelIndex {
    /// The index as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::new(MARK);
        writer.number(Field::ALL.len() as u64);
        for field in Field::ALL {
            writer.text(field.as_str());
        }
        writer.number(self.sources.len() as u64);
        for source in &self.sources {
            writer.text(&source.name);
            writer.number(u64::from(source.precedence));
        }
        let shared = self.texts.all_shared();
        writer.number(shared.len() as u64);
        for text in shared {
            writer.text(text);
        }
        writer.number(self.len() as u64);
        let mut id = String::new();
        for row in 0..self.ids.len() as u32 {
            if let Some(line) = self.line(row).filter(|line| line.is_alive) {
                id.clear();
                self.ids.write(row, &mut id);
                writer.text(&id);
                writer.bytes(self.texts.raw(line.record));
                writer.line(&line);
            }
        }
        self.write_marks(&mut writer);
        writer.finish()
    }

    /// The index that was kept, or why it cannot be read.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, IndexError> {
        let mut reader = Reader::new(bytes, MARK)?;
        let mut index = Self::default();
        for place in 0..reader.count(usize::from(u8::MAX))? {
            let name = reader.text()?;
            if Field::ALL.get(place).map(|field| field.as_str()) != Some(name) {
                return Err(damaged("written by an edition with other fields"));
            }
        }
        for _ in 0..reader.count(MAX_SOURCES)? {
            let name = reader.text()?;
            index.add_source(name, reader.byte()?)?;
        }
        let mut shared = Texts::default();
        for _ in 0..reader.count(MAX_TEXTS)? {
            shared.number_of(reader.text()?);
        }
        for _ in 0..reader.count(MAX_ENTRIES)? {
            let id = reader.text()?;
            let raw = reader.bytes()?;
            let line = reader.line()?;
            let row = index.row_for(id)?;
            let fields = shared.fields_in(raw);
            let record = index.texts.add(fields);
            let record = record.ok_or(IndexError::Full { what: "texts" })?;
            let mut line = Line { record, ..line };
            index.classify(row, &mut line);
            index.set_line(row, line);
        }
        // Marks are found by identity.
        index.ids.settle();
        index.read_marks(&mut reader)?;
        index.rebuild();
        Ok(index)
    }

    /// Tags, moving devices, faults, and when devices were heard of.
    fn write_marks(&self, writer: &mut Writer) {
        writer.number(self.tags.len() as u64);
        for (tag, rows) in &self.tags {
            writer.text(tag);
            let rows: Vec<u32> = rows
                .iter()
                .copied()
                .filter(|row| self.is_alive(*row))
                .collect();
            writer.number(rows.len() as u64);
            for row in rows {
                writer.text(&self.ids.id(row));
            }
        }
        let live = self.live.iter().filter(|(row, _)| self.is_alive(**row));
        writer.number(live.clone().count() as u64);
        for (row, live) in live {
            writer.text(&self.ids.id(*row));
            writer.live(live);
        }
        let faults = self.faults.iter().filter(|(row, _)| self.is_alive(**row));
        writer.number(faults.clone().count() as u64);
        for (row, faults) in faults {
            writer.text(&self.ids.id(*row));
            writer.number(faults.len() as u64);
            for (fault, since_s) in faults {
                writer.text(fault.as_str());
                writer.number(u64::from(*since_s));
            }
        }
        writer.number(self.heard.len() as u64);
        for (id, heard_s) in &self.heard {
            writer.text(id);
            writer.number(u64::from(*heard_s));
        }
    }

    fn read_marks(&mut self, reader: &mut Reader<'_>) -> Result<(), IndexError> {
        for _ in 0..reader.count(MAX_TAGS)? {
            let tag = reader.text()?;
            for _ in 0..reader.count(MAX_ENTRIES)? {
                if let Some(row) = self.row(reader.text()?) {
                    self.set_tag(row, tag, Tagging::Add);
                }
            }
        }
        for _ in 0..reader.count(MAX_ENTRIES)? {
            let row = self.row(reader.text()?);
            let live = reader.live()?;
            self.live.extend(row.map(|row| (row, live)));
        }
        for _ in 0..reader.count(MAX_ENTRIES)? {
            let row = self.row(reader.text()?);
            let mut faults = Faults::new();
            for _ in 0..reader.count(Fault::ALL.len())? {
                let fault = Fault::from_word(reader.text()?);
                let since_s = reader.small()?;
                faults.extend(fault.map(|fault| (fault, since_s)));
            }
            self.faults.extend(row.map(|row| (row, faults)));
        }
        for _ in 0..reader.count(MAX_ENTRIES)? {
            let id = reader.text()?.into();
            self.heard.insert(id, reader.small()?);
        }
        Ok(())
    }
}

/// Writes what [`Reader`] reads.
pub(crate) struct Writer {
    out: Vec<u8>,
}

impl Writer {
    /// Begins with a mark of eight bytes.
    pub(crate) fn new(mark: [u8; 8]) -> Self {
        Self { out: mark.to_vec() }
    }

    pub(crate) fn number(&mut self, number: u64) {
        push_varint(&mut self.out, number);
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// All that was written, with its checksum.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        let crc = crc32fast::hash(&self.out);
        self.out.extend_from_slice(&crc.to_le_bytes());
        self.out
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.out.extend_from_slice(bytes);
    }

    fn float(&mut self, number: f64) {
        self.out.extend_from_slice(&number.to_le_bytes());
    }

    fn place(&mut self, place: [i32; 2]) {
        for units in place {
            self.out.extend_from_slice(&units.to_le_bytes());
        }
    }

    fn line(&mut self, line: &Line) {
        self.place(line.place);
        let small = [line.status as u8, line.category, line.grade, line.source];
        self.out.extend_from_slice(&small);
        for number in [line.since_s, line.seen_s, u32::from(line.drops)] {
            self.number(u64::from(number));
        }
    }

    fn live(&mut self, live: &LivePlace) {
        self.place(live.catalogued_e7);
        self.out.extend_from_slice(&live.at.0.to_le_bytes());
        self.float(live.speed_kmh.unwrap_or(f64::NAN));
        self.float(live.direction_deg.unwrap_or(f64::NAN));
    }
}

/// Reads bytes that may be damaged.
pub(crate) struct Reader<'b> {
    rest: &'b [u8],
}

impl<'b> Reader<'b> {
    /// Checks mark and checksum.
    pub(crate) fn new(bytes: &'b [u8], mark: [u8; 8]) -> Result<Self, IndexError> {
        let inside = bytes
            .len()
            .checked_sub(CRC_BYTES)
            .and_then(|length| bytes.split_at_checked(length));
        let Some((body, crc)) = inside else {
            return Err(damaged("too short"));
        };
        let Some(rest) = body.strip_prefix(&mark) else {
            return Err(damaged("another kind or edition"));
        };
        if crc != crc32fast::hash(body).to_le_bytes() {
            return Err(damaged("the checksum does not fit"));
        }
        Ok(Self { rest })
    }

    pub(crate) fn number(&mut self) -> Result<u64, IndexError> {
        let (number, rest) =
            take_varint(self.rest).ok_or_else(|| damaged("a number is cut off"))?;
        self.rest = rest;
        Ok(number)
    }

    /// A number of 32 bits.
    pub(crate) fn small(&mut self) -> Result<u32, IndexError> {
        let number = self.number()?;
        u32::try_from(number).map_err(|error| damaged(&format!("{number}: {error}")))
    }

    /// How many things follow: each takes a byte at least.
    pub(crate) fn count(&mut self, most: usize) -> Result<usize, IndexError> {
        let count = self.number()? as usize;
        if count > most || count > self.rest.len() {
            return Err(damaged("more things than there is room for"));
        }
        Ok(count)
    }

    pub(crate) fn text(&mut self) -> Result<&'b str, IndexError> {
        let bytes = self.bytes()?;
        std::str::from_utf8(bytes).map_err(|error| damaged(&format!("a text: {error}")))
    }

    fn bytes(&mut self) -> Result<&'b [u8], IndexError> {
        let length = self.number()? as usize;
        self.take(length)
    }

    fn byte(&mut self) -> Result<u8, IndexError> {
        let number = self.number()?;
        u8::try_from(number).map_err(|error| damaged(&format!("{number}: {error}")))
    }

    fn take(&mut self, length: usize) -> Result<&'b [u8], IndexError> {
        let parts = self.rest.split_at_checked(length);
        let (taken, rest) = parts.ok_or_else(|| damaged("cut off"))?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], IndexError> {
        let taken = self.take(N)?;
        let array = taken.first_chunk::<N>();
        array.copied().ok_or_else(|| damaged("cut off"))
    }

    fn place(&mut self) -> Result<[i32; 2], IndexError> {
        Ok([
            i32::from_le_bytes(self.array()?),
            i32::from_le_bytes(self.array()?),
        ])
    }

    fn line(&mut self) -> Result<Line, IndexError> {
        let place = self.place()?;
        let [status, category, grade, source] = self.array()?;
        Ok(Line {
            place,
            status: Status::ALL
                .get(usize::from(status))
                .copied()
                .unwrap_or_default(),
            category,
            grade,
            source,
            is_alive: true,
            since_s: self.small()?,
            seen_s: self.small()?,
            drops: u16::try_from(self.small()?).unwrap_or(u16::MAX),
            ..Line::default()
        })
    }

    fn live(&mut self) -> Result<LivePlace, IndexError> {
        Ok(LivePlace {
            catalogued_e7: self.place()?,
            at: UtcMillis(i64::from_le_bytes(self.array()?)),
            speed_kmh: Some(f64::from_le_bytes(self.array()?)).filter(|speed| !speed.is_nan()),
            direction_deg: Some(f64::from_le_bytes(self.array()?))
                .filter(|direction| !direction.is_nan()),
        })
    }
}

fn damaged(reason: &str) -> IndexError {
    IndexError::Damaged {
        reason: reason.to_owned(),
    }
}
