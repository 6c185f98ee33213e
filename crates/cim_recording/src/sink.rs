//! Writes a recording's file: messages in, a sealed file out.

use crate::{
    RecordingError,
    digest::Content,
    part::Part,
    summary::log_time_of,
    topic::{ROWS, Topic},
};
use mcap::records::{AttachmentHeader, MessageHeader, Metadata};
use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufWriter, Read},
    path::Path,
};

/// The profile that the file's header names.
pub(crate) const PROFILE: &str = "citymirror";
/// The metadata at the start.
pub(crate) const RECORDING: &str = "recording";
/// The metadata that counts.
pub(crate) const CONTENTS: &str = "contents";
/// The metadata with the digest and the slot for a signature.
pub(crate) const SIGNATURE: &str = "signature";
/// The version of the format that this program writes and reads.
pub(crate) const FORMAT_VERSION: &str = "1";

/// How much of an attachment is in memory at a time.
const PIECE: usize = 64 * 1024;

/// Texts by name, as MCAP's metadata keeps them.
pub(crate) type Texts = BTreeMap<String, String>;

/// A recording that is being written. Dropped before it was finished, nothing remains.
pub(crate) struct Sink {
    // Dropped before the part, which removes what the writer's own end still writes.
    mcap: mcap::Writer<BufWriter<File>>,
    part: Part,
    lanes: BTreeMap<Topic, Lane>,
    digest: Content,
}

/// A channel and how many messages it has.
struct Lane {
    channel: u16,
    sequence: u32,
}

impl Sink {
    /// Begins the recording that is to lie at `to`, with `head` as what it says of itself.
    pub(crate) fn begin(to: &Path, head: Texts) -> Result<Self, RecordingError> {
        let (part, file) = Part::begin(to)?;
        let unwritten = |source| unwritten(source, to);
        // One thread: zstd's output depends on whether it has helpers, and the same content must give the same bytes.
        let mut mcap = mcap::WriteOptions::new()
            .profile(PROFILE)
            .library(PROFILE)
            .compression_threads(0)
            .create(BufWriter::new(file))
            .map_err(unwritten)?;
        let mut digest = Content::default();
        digest.add_head(&head);
        write_texts(&mut mcap, RECORDING, head).map_err(unwritten)?;
        let mut lanes = BTreeMap::new();
        for topic in Topic::ALL {
            let mut about = Texts::new();
            if topic.encoding() == ROWS {
                about.insert("layout".to_owned(), "1".to_owned());
            }
            let channel = mcap
                .add_channel(0, topic.name(), topic.encoding(), &about)
                .map_err(unwritten)?;
            lanes.insert(
                topic,
                Lane {
                    channel,
                    sequence: 0,
                },
            );
        }
        Ok(Self {
            mcap,
            part,
            lanes,
            digest,
        })
    }

    /// Adds a message about the moment `at`, or about a stretch from `at` to `until`.
    pub(crate) fn put(
        &mut self,
        topic: Topic,
        (at, until): (i64, i64),
        data: &[u8],
    ) -> Result<(), RecordingError> {
        let Some(lane) = self.lanes.get_mut(&topic) else {
            return Ok(());
        };
        let header = MessageHeader {
            channel_id: lane.channel,
            sequence: lane.sequence,
            log_time: log_time_of(at),
            publish_time: log_time_of(until),
        };
        lane.sequence = lane.sequence.wrapping_add(1);
        self.digest.add_message(topic.name(), header.log_time, data);
        self.mcap
            .write_to_known_channel(&header, data)
            .map_err(|source| unwritten(source, self.part.to()))
    }

    /// Embeds what `from` gives, `bytes` of it, as the file called `name`.
    pub(crate) fn attach(
        &mut self,
        (name, media_type): (&str, &str),
        at: i64,
        bytes: u64,
        mut from: impl Read,
    ) -> Result<(), RecordingError> {
        let header = AttachmentHeader {
            log_time: log_time_of(at),
            create_time: 0,
            name: name.to_owned(),
            media_type: media_type.to_owned(),
        };
        let written = |source| unwritten(source, self.part.to());
        self.mcap.start_attachment(bytes, header).map_err(written)?;
        let mut piece = vec![0; PIECE];
        loop {
            let n = from
                .read(&mut piece)
                .map_err(|source| self.part.trouble("reading a clip", source))?;
            let Some(read) = piece.get(..n).filter(|read| !read.is_empty()) else {
                break;
            };
            self.mcap
                .put_attachment_bytes(read)
                .map_err(|source| unwritten(source, self.part.to()))?;
        }
        self.mcap
            .finish_attachment()
            .map_err(|source| unwritten(source, self.part.to()))
    }

    /// Ends the recording with what it holds; gives the file's size in bytes and the digest.
    pub(crate) fn finish(self, contents: Texts) -> Result<(u64, String), RecordingError> {
        // In this order: what was bound last is dropped first, and the part removes what the writer's own end still writes.
        let Self {
            part,
            mut mcap,
            digest,
            ..
        } = self;
        let digest = digest.finish();
        let signature = [
            ("algorithm", "none"),
            ("digest_algorithm", "sha-256"),
            ("digest", digest.as_str()),
            ("signature", ""),
        ];
        let signature = signature
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect();
        write_texts(&mut mcap, CONTENTS, contents)
            .and_then(|()| write_texts(&mut mcap, SIGNATURE, signature))
            .and_then(|()| mcap.finish().map(drop))
            .map_err(|source| unwritten(source, part.to()))?;
        let file = mcap
            .into_inner()
            .into_inner()
            .map_err(|error| part.trouble("finishing the file", error.into_error()))?;
        Ok((part.finish(file)?, digest))
    }
}

fn write_texts(
    mcap: &mut mcap::Writer<BufWriter<File>>,
    name: &str,
    texts: Texts,
) -> Result<(), mcap::McapError> {
    mcap.write_metadata(&Metadata {
        name: name.to_owned(),
        metadata: texts,
    })
}

fn unwritten(source: mcap::McapError, path: &Path) -> RecordingError {
    RecordingError::Unwritten {
        source: Box::new(source),
        path: path.to_path_buf(),
    }
}
