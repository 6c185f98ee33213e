//! Reads a recording's file from its start to its end, record by record, and goes on behind what is broken.
//!
//! The bytes may come from anybody: every length is checked against what is there, one record is in memory at a time, and
//! whatever is wrong is told with its place in the file.

use crate::{
    RecordingError,
    cut::Cut,
    problems::Problems,
    sink::{PROFILE, Texts},
    tail::{RECORD_HEAD, Tail},
    topic::Topic,
};
use mcap::{MAGIC, records::op};
use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufReader, Read, Seek, SeekFrom},
    ops::Range,
    path::{Path, PathBuf},
};

/// The longest record that is read into memory: a clip of 64 MiB with its head.
pub(crate) const MAX_RECORD: u64 = 65 * 1024 * 1024;
/// The most that a chunk may unpack to. Ours have about 2 MiB.
const MAX_CHUNK: u64 = 64 * 1024 * 1024;

/// A message begins with its channel, its number and two moments, behind its record's head.
const MESSAGE_HEAD: u64 = 2 + 4 + 8 + 8;

/// What [`Source::next`] came to.
#[derive(Debug)]
pub(crate) enum Piece {
    /// Some messages; see [`Source::take_messages`].
    Messages,
    /// Texts by name.
    Metadata {
        /// What they are about.
        name: String,
        /// The texts.
        texts: Texts,
    },
    /// An embedded file; its bytes are [`Source::attachment`].
    Attachment {
        /// What it is called.
        name: String,
    },
}

/// A record's place in the file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RecordAt {
    /// Where it begins.
    pub offset: u64,
    /// Its kind.
    pub kind: u8,
    /// Its length without its head.
    pub len: u64,
}

/// A message of the chunk at hand.
#[derive(Clone, Debug)]
pub(crate) struct MessageAt {
    /// The number of its channel.
    pub channel: u16,
    /// The channel, when it is one of ours and written as we know it.
    pub topic: Option<Topic>,
    /// Nanoseconds since 1970.
    pub log_time: u64,
    /// Where in the file the record lies that holds it.
    pub offset: u64,
    range: Range<usize>,
}

impl MessageAt {
    /// Where its record begins in the chunk at hand.
    pub(crate) fn begin(&self) -> u64 {
        (self.range.start as u64).saturating_sub(RECORD_HEAD + MESSAGE_HEAD)
    }
}

/// A channel as the file announces it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Channel {
    name: String,
    encoding: String,
    topic: Option<Topic>,
}

/// A recording's file, open for reading.
pub(crate) struct Source {
    file: BufReader<File>,
    path: PathBuf,
    len: u64,
    at: u64,
    tail: Tail,
    /// The record at hand, without its head.
    body: Vec<u8>,
    attachment: Range<usize>,
    /// The chunk at hand, unpacked.
    unpacked: Vec<u8>,
    messages: Vec<MessageAt>,
    channels: BTreeMap<u16, Channel>,
    unpacker: zstd::bulk::Decompressor<'static>,
    /// Over everything up to the data end; `None` once something was passed over.
    checksum: Option<crc32fast::Hasher>,
    problems: Problems,
    has_gap: bool,
    is_ours: bool,
    has_ended: bool,
}

impl Source {
    /// Opens the recording at `path` and reads what its end says.
    pub(crate) fn open(path: &Path) -> Result<Self, RecordingError> {
        let trouble = |source| RecordingError::File {
            act: "opening the recording",
            source,
            path: path.to_path_buf(),
        };
        let mut file = File::open(path).map_err(trouble)?;
        let len = file.metadata().map_err(trouble)?.len();
        let mut magic = Vec::new();
        (&mut file)
            .take(MAGIC.len() as u64)
            .read_to_end(&mut magic)
            .map_err(trouble)?;
        if magic != MAGIC {
            return Err(RecordingError::Foreign {
                why: "byte 0: it does not begin as MCAP files do".to_owned(),
                path: path.to_path_buf(),
            });
        }
        let mut problems = Problems::default();
        let tail = Tail::read(&mut file, len, &mut problems).map_err(trouble)?;
        file.seek(SeekFrom::Start(MAGIC.len() as u64))
            .map_err(trouble)?;
        let mut checksum = crc32fast::Hasher::new();
        checksum.update(MAGIC);
        let mut source = Self {
            file: BufReader::with_capacity(256 * 1024, file),
            path: path.to_path_buf(),
            len,
            at: MAGIC.len() as u64,
            tail,
            body: Vec::new(),
            attachment: 0..0,
            unpacked: Vec::new(),
            messages: Vec::new(),
            channels: BTreeMap::new(),
            unpacker: zstd::bulk::Decompressor::new().map_err(trouble)?,
            checksum: Some(checksum),
            problems,
            has_gap: false,
            is_ours: false,
            has_ended: false,
        };
        // The summary repeats the channels: without it, a lost first chunk would take all others with it.
        for channel in std::mem::take(&mut source.tail.channels) {
            source.learn_channel(source.len, Cut::new(&channel));
        }
        Ok(source)
    }

    /// The file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Size of the file in bytes.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// How far it is read.
    pub(crate) fn at(&self) -> u64 {
        self.at
    }

    /// True when the file's header names our profile.
    pub(crate) fn is_ours(&self) -> bool {
        self.is_ours
    }

    /// How many messages the summary counts.
    pub(crate) fn counted_messages(&self) -> Option<u64> {
        self.tail.messages
    }

    /// The messages of the piece at hand, in their order. They are given once.
    pub(crate) fn take_messages(&mut self) -> Vec<MessageAt> {
        std::mem::take(&mut self.messages)
    }

    /// The message whose record begins at byte `begin` of the chunk at hand.
    pub(crate) fn message_at(&self, begin: u64) -> Option<&MessageAt> {
        let data = usize::try_from(begin.checked_add(RECORD_HEAD + MESSAGE_HEAD)?).ok()?;
        let place = self
            .messages
            .binary_search_by_key(&data, |message| message.range.start)
            .ok()?;
        self.messages.get(place)
    }

    /// True when the channel with this number was announced.
    pub(crate) fn knows(&self, channel: u16) -> bool {
        self.channels.contains_key(&channel)
    }

    /// Which of ours the channel with this number is.
    pub(crate) fn topic_of(&self, channel: u16) -> Option<Topic> {
        self.channels.get(&channel)?.topic
    }

    /// A message's bytes.
    pub(crate) fn data(&self, message: &MessageAt) -> &[u8] {
        self.unpacked.get(message.range.clone()).unwrap_or_default()
    }

    /// The bytes of the attachment at hand.
    pub(crate) fn attachment(&self) -> &[u8] {
        self.body.get(self.attachment.clone()).unwrap_or_default()
    }

    /// The name of a message's channel.
    pub(crate) fn channel_name(&self, message: &MessageAt) -> &str {
        self.channels
            .get(&message.channel)
            .map_or("", |channel| channel.name.as_str())
    }

    /// True once after messages were lost.
    pub(crate) fn take_gap(&mut self) -> bool {
        std::mem::take(&mut self.has_gap)
    }

    /// Everything that was wrong.
    pub(crate) fn take_problems(&mut self) -> Problems {
        std::mem::take(&mut self.problems)
    }

    /// Adds that something is wrong at byte `offset`.
    pub(crate) fn problem(&mut self, offset: u64, why: &str) {
        self.problems.add(offset, why);
    }

    /// Reads on; `None` at the end of the data.
    pub(crate) fn next(&mut self) -> Result<Option<Piece>, RecordingError> {
        while let Some(record) = self.record()? {
            if record.len > MAX_RECORD {
                let why = format!("a record of {} bytes is passed over", record.len);
                self.lose(record.offset, &why);
                self.skip(record)?;
                continue;
            }
            let before = self.load(record)?;
            if let Some(piece) = self.piece(record, before) {
                return Ok(Some(piece));
            }
        }
        Ok(None)
    }

    /// The head of the next record; the file stands behind it. `None` at the end of the data.
    pub(crate) fn record(&mut self) -> Result<Option<RecordAt>, RecordingError> {
        while !self.has_ended {
            let offset = self.at;
            let mut head = [0; RECORD_HEAD as usize];
            if offset.saturating_add(RECORD_HEAD) > self.len {
                self.lose(offset, "the file ends before its data does");
                self.has_ended = true;
                break;
            }
            self.file
                .read_exact(&mut head)
                .map_err(|source| self.trouble(source))?;
            let mut cut = Cut::new(&head);
            let kind = cut.u8().unwrap_or_default();
            let len = cut.u64().unwrap_or_default();
            let Some(why) = self.doubt(offset, kind, len) else {
                return Ok(Some(RecordAt { offset, kind, len }));
            };
            self.lose(offset, &why);
            self.go_on_behind(offset)?;
        }
        Ok(None)
    }

    /// Why the head at `offset` cannot be right.
    fn doubt(&self, offset: u64, kind: u8, len: u64) -> Option<String> {
        let size = len.saturating_add(RECORD_HEAD);
        if let Some(known) = self.tail.records.get(&offset)
            && *known != size
        {
            return Some(format!(
                "a record says that it has {size} bytes, the summary says {known}"
            ));
        }
        if kind == 0 || (op::DATA_END < kind && kind < 0x80) {
            return Some(format!("there is no kind of record {kind:#04x}"));
        }
        if offset.saturating_add(size) > self.len {
            return Some(format!(
                "a record of {size} bytes goes beyond the end of the file"
            ));
        }
        if let Some(next) = self.tail.record_behind(offset)
            && offset.saturating_add(size) > next
        {
            return Some(format!(
                "a record of {size} bytes goes beyond the next one at byte {next}"
            ));
        }
        None
    }

    /// Goes to the next record that the summary knows of.
    fn go_on_behind(&mut self, offset: u64) -> Result<(), RecordingError> {
        self.checksum = None;
        if let Some(next) = self.tail.record_behind(offset) {
            self.go_to(next)
        } else {
            self.has_ended = true;
            Ok(())
        }
    }

    /// Goes to byte `offset`, where a record begins.
    pub(crate) fn go_to(&mut self, offset: u64) -> Result<(), RecordingError> {
        self.file
            .seek(SeekFrom::Start(offset))
            .map_err(|source| self.trouble(source))?;
        self.at = offset;
        Ok(())
    }

    /// Goes behind `record` without reading it.
    pub(crate) fn skip(&mut self, record: RecordAt) -> Result<(), RecordingError> {
        self.checksum = None;
        let by = i64::try_from(record.len).unwrap_or(i64::MAX);
        self.file
            .seek_relative(by)
            .map_err(|source| self.trouble(source))?;
        self.at = record
            .offset
            .saturating_add(RECORD_HEAD)
            .saturating_add(record.len);
        Ok(())
    }

    /// Reads the body of `record`; gives the checksum of everything before it.
    pub(crate) fn load(&mut self, record: RecordAt) -> Result<Option<u32>, RecordingError> {
        self.body.clear();
        let read = (&mut self.file)
            .take(record.len)
            .read_to_end(&mut self.body);
        let read = read.map_err(|source| self.trouble(source))? as u64;
        self.at = record
            .offset
            .saturating_add(RECORD_HEAD)
            .saturating_add(read);
        let before = self.checksum.clone().map(crc32fast::Hasher::finalize);
        if let Some(checksum) = &mut self.checksum {
            checksum.update(&[record.kind]);
            checksum.update(&record.len.to_le_bytes());
            checksum.update(&self.body);
        }
        Ok(before)
    }

    /// The bytes of the record at hand, without its head.
    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }

    /// What the record at hand holds for the caller; `None` when it holds nothing, or cannot be read.
    fn piece(&mut self, record: RecordAt, before: Option<u32>) -> Option<Piece> {
        match record.kind {
            op::HEADER => {
                self.is_ours = Cut::new(&self.body).text() == Some(PROFILE);
                None
            }
            op::CHANNEL => {
                let body = std::mem::take(&mut self.body);
                self.learn_channel(record.offset, Cut::new(&body));
                self.body = body;
                None
            }
            op::CHUNK => {
                if let Err(why) = self.unpack() {
                    self.lose(record.offset, &format!("a chunk is lost: {why}"));
                    return None;
                }
                self.list(record.offset);
                Some(Piece::Messages)
            }
            op::MESSAGE => {
                // Outside of a chunk: as if it were a chunk of one.
                self.unpacked.clear();
                self.unpacked.push(record.kind);
                self.unpacked.extend_from_slice(&record.len.to_le_bytes());
                self.unpacked.extend_from_slice(&self.body);
                self.list(record.offset);
                Some(Piece::Messages)
            }
            op::METADATA => {
                let mut cut = Cut::new(&self.body);
                let read = cut.text().map(str::to_owned).zip(cut.map());
                if read.is_none() {
                    self.lose(record.offset, "metadata cannot be read");
                }
                read.map(|(name, texts)| Piece::Metadata { name, texts })
            }
            op::ATTACHMENT => match attachment_of(&self.body) {
                Ok((name, range)) => {
                    self.attachment = range;
                    Some(Piece::Attachment { name })
                }
                Err(why) => {
                    self.problems.add(record.offset, &why);
                    None
                }
            },
            op::DATA_END => {
                self.end(record, before);
                None
            }
            _ => None,
        }
    }

    fn end(&mut self, record: RecordAt, before: Option<u32>) {
        self.has_ended = true;
        let saved = Cut::new(&self.body).u32().unwrap_or_default();
        if saved == 0 {
            let why = "the file has no checksum over its data";
            self.problems.add(record.offset, why);
        } else if let Some(calculated) = before.filter(|calculated| *calculated != saved) {
            let why = format!("the data's checksum is {calculated:08x}, not {saved:08x}");
            self.problems.add(record.offset, &why);
        }
        if let Some(start) = self.tail.summary_start
            && start != self.at
        {
            let why = format!("the data ends here, but the summary begins at byte {start}");
            self.problems.add(record.offset, &why);
        }
    }

    /// Reads, unpacks and lists the chunk that begins at byte `offset`.
    pub(crate) fn open_chunk(&mut self, offset: u64) -> Result<(), RecordingError> {
        self.has_ended = false;
        self.go_to(offset)?;
        let chunk = self.record()?;
        let chunk = chunk.filter(|record| {
            record.offset == offset && record.kind == op::CHUNK && record.len <= MAX_RECORD
        });
        let Some(chunk) = chunk else {
            return Err(self.damaged(offset, "no chunk begins here"));
        };
        self.load(chunk)?;
        if let Err(why) = self.unpack() {
            return Err(self.damaged(offset, &format!("a chunk is lost: {why}")));
        }
        self.list(offset);
        Ok(())
    }

    /// That what begins at byte `offset` cannot be read.
    pub(crate) fn damaged(&self, offset: u64, why: &str) -> RecordingError {
        RecordingError::Damaged {
            offset,
            why: why.to_owned(),
            path: self.path.clone(),
        }
    }

    /// Unpacks the chunk at hand and checks its checksum.
    fn unpack(&mut self) -> Result<(), String> {
        unpack(&self.body, &mut self.unpacker, &mut self.unpacked)
    }

    /// Lists the messages of what is unpacked; it lies in the record at byte `offset`.
    fn list(&mut self, offset: u64) {
        let unpacked = std::mem::take(&mut self.unpacked);
        self.messages.clear();
        let mut cut = Cut::new(&unpacked);
        while cut.left() > 0 {
            let begin = unpacked.len() - cut.left();
            if self.take_record(offset, begin, &mut cut).is_none() {
                self.lose(offset, "the rest of a chunk cannot be read");
                break;
            }
        }
        self.unpacked = unpacked;
    }

    /// Takes one record, which begins at byte `begin` of the chunk.
    fn take_record(&mut self, offset: u64, begin: usize, cut: &mut Cut<'_>) -> Option<()> {
        let kind = cut.u8()?;
        let len = usize::try_from(cut.u64()?).ok()?;
        let mut body = Cut::new(cut.take(len)?);
        match kind {
            op::CHANNEL => self.learn_channel(offset, body),
            op::MESSAGE => {
                let channel = body.u16()?;
                body.u32()?;
                let log_time = body.u64()?;
                body.u64()?;
                let end = begin + RECORD_HEAD as usize + len;
                let Some(known) = self.channels.get(&channel) else {
                    let why = format!("a message belongs to the unknown channel {channel}");
                    self.lose(offset, &why);
                    return Some(());
                };
                self.messages.push(MessageAt {
                    channel,
                    topic: known.topic,
                    log_time,
                    offset,
                    range: end - body.left()..end,
                });
            }
            _ => {}
        }
        Some(())
    }

    /// Learns a channel's name from its record, which begins at or lies in the record at byte `offset`.
    fn learn_channel(&mut self, offset: u64, mut cut: Cut<'_>) {
        let mut read = || {
            let number = cut.u16()?;
            cut.u16()?;
            Some((number, cut.text()?.to_owned(), cut.text()?.to_owned()))
        };
        let Some((number, name, encoding)) = read() else {
            self.lose(offset, "a channel cannot be read");
            return;
        };
        let topic = Topic::from_name(&name).filter(|topic| topic.encoding() == encoding);
        let channel = Channel {
            name,
            encoding,
            topic,
        };
        match self.channels.get(&number) {
            Some(known) if *known == channel => {}
            Some(known) => {
                let why = format!(
                    "channel {number} is announced as `{}`, having been `{}`",
                    channel.name, known.name
                );
                self.lose(offset, &why);
            }
            None => {
                if channel.topic.is_none() && Topic::from_name(&channel.name).is_some() {
                    let why = format!(
                        "the channel `{}` is written as `{}`, which this program does not read",
                        channel.name, channel.encoding
                    );
                    self.lose(offset, &why);
                }
                self.channels.insert(number, channel);
            }
        }
    }

    /// Adds that something is wrong at byte `offset` and that messages may be lost by it.
    fn lose(&mut self, offset: u64, why: &str) {
        self.has_gap = true;
        self.problems.add(offset, why);
    }

    fn trouble(&self, source: std::io::Error) -> RecordingError {
        RecordingError::File {
            act: "reading the recording",
            source,
            path: self.path.clone(),
        }
    }
}

/// Unpacks a chunk's record into `into` and checks its checksum.
fn unpack(
    body: &[u8],
    unpacker: &mut zstd::bulk::Decompressor<'static>,
    into: &mut Vec<u8>,
) -> Result<(), String> {
    into.clear();
    let mut cut = Cut::new(body);
    let mut read = || {
        cut.take(16)?;
        let size = cut.u64()?;
        let saved = cut.u32()?;
        let packed_as = cut.text()?;
        let packed = usize::try_from(cut.u64()?).ok()?;
        Some((size, saved, packed_as, cut.take(packed)?))
    };
    let (size, saved, packed_as, packed) =
        read().ok_or_else(|| "its head cannot be read".to_owned())?;
    if size > MAX_CHUNK {
        return Err(format!("it would unpack to {size} bytes"));
    }
    match packed_as {
        "" => into.extend_from_slice(packed),
        "zstd" => {
            into.reserve_exact(size as usize);
            unpacker
                .decompress_to_buffer(packed, into)
                .map_err(|error| format!("it does not unpack ({error})"))?;
        }
        other => return Err(format!("it is packed as `{other}`")),
    }
    if into.len() as u64 != size {
        return Err(format!("it unpacks to {} bytes, not {size}", into.len()));
    }
    let calculated = crc32fast::hash(into);
    if saved != 0 && calculated != saved {
        return Err(format!("its checksum is {calculated:08x}, not {saved:08x}"));
    }
    Ok(())
}

/// The name of an attachment and where its bytes lie in its record.
fn attachment_of(body: &[u8]) -> Result<(String, Range<usize>), String> {
    let mut cut = Cut::new(body);
    let mut read = || {
        cut.take(16)?;
        let name = cut.text()?.to_owned();
        cut.text()?;
        let len = usize::try_from(cut.u64()?).ok()?;
        let begin = body.len() - cut.left();
        cut.take(len)?;
        Some((name, begin..begin + len, cut.u32()?))
    };
    let (name, range, saved) = read().ok_or_else(|| "an attachment cannot be read".to_owned())?;
    let calculated = crc32fast::hash(body.get(..range.end).unwrap_or_default());
    if saved != 0 && calculated != saved {
        return Err(format!(
            "the attachment `{name}` has the checksum {calculated:08x}, not {saved:08x}"
        ));
    }
    Ok((name, range))
}
