//! One packet of a catalogue, for readers that keep entries in their own way, and the cutting of a file into packets.

use super::MAX_PACKET_BYTES;
use super::document::Document;
use super::item::CatalogueItem;
use crate::Rejection;

/// A document longer than this is cut between its entries, bytes.
const PART_BYTES: usize = 4 << 20;
/// What ends a document.
const ENDS: [&[u8]; 2] = [b"</Response>", b"</Notify>"];
/// Length of the longest of them.
const LONGEST_END: usize = b"</Response>".len();
/// What ends an entry.
const ITEM_END: &[u8] = b"</Item>";

/// The body of a MESSAGE with `<CmdType>Catalog</CmdType>` (GB/T 28181-2016, annex A.2.6).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Packet {
    /// The number of the query that it answers.
    pub sn: String,
    /// The device that answers.
    pub device_id: String,
    /// How many entries the whole answer has, when it says so.
    pub sum: Option<u64>,
    /// How many entries this packet says that it has.
    pub num: Option<u64>,
    /// How many entries it has, usable or not.
    pub entries: u64,
    /// Its usable entries, in its order.
    pub items: Vec<CatalogueItem>,
    /// A hash of each entry that could not be used.
    pub broken: Vec<u64>,
    /// What could not be used, the first hundred.
    pub rejected: Vec<Rejection>,
    /// The encoding that was used.
    pub encoding: &'static str,
}

/// Reads a packet of a catalogue. An error means that nothing of it is usable.
pub fn read_packet(bytes: &[u8]) -> Result<Packet, Rejection> {
    let document = catalogue_document(bytes)?;
    Ok(Packet {
        sn: document.head("SN").to_owned(),
        device_id: document.head("DeviceID").to_owned(),
        sum: document.head("SumNum").parse().ok(),
        num: document.num,
        entries: document.entries,
        encoding: document.encoding,
        items: document.items,
        broken: document.broken,
        rejected: document.rejected,
    })
}

/// The document in `bytes`, when it is about a catalogue.
pub(super) fn catalogue_document(bytes: &[u8]) -> Result<Document, Rejection> {
    let document = Document::read(bytes)?;
    let command = document.head("CmdType");
    if command.eq_ignore_ascii_case("Catalog") {
        return Ok(document);
    }
    let told = crate::markup::shortened(command);
    let reason = format!("Catalog is expected, not \"{told}\"");
    Err(Rejection::new(format!("{}/CmdType", document.root), reason))
}

/// A document, or a part of a long one made whole again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// An XML document.
    pub bytes: Vec<u8>,
    /// True for a part of a longer document: what its head says of the number of entries is of the whole.
    pub is_part: bool,
}

/// Cuts a file of one or many answers, given piece by piece, into documents of a few MiB.
///
/// Holds a part and what was pushed last, and never more than the longest packet beside it. Encodings with ASCII in them
/// (UTF-8, GB18030) are cut; UTF-16 is handed on as it is.
#[derive(Debug, Default)]
pub struct PacketSplitter {
    buffer: Vec<u8>,
    /// What lies before it was handed out.
    from: usize,
    /// No end of a document begins before it.
    scanned: usize,
    /// What stood before the first entry of a document that is handed out in parts.
    head: Vec<u8>,
}

impl PacketSplitter {
    /// Takes more of the file. Call [`PacketSplitter::next_piece`] until it gives nothing before pushing again.
    pub fn push(&mut self, chunk: &[u8]) {
        if self.from > 0 {
            self.buffer.drain(..self.from);
            self.scanned = self.scanned.saturating_sub(self.from);
            self.from = 0;
        }
        self.buffer.extend_from_slice(chunk);
    }

    /// The next document, once it is complete.
    pub fn next_piece(&mut self) -> Option<Piece> {
        if let Some(end) = self.end_of_document() {
            let is_part = !self.head.is_empty();
            let mut bytes = std::mem::take(&mut self.head);
            bytes.extend_from_slice(self.buffer.get(self.from..end).unwrap_or_default());
            self.pass(end);
            return Some(Piece { bytes, is_part });
        }
        let waiting = self.buffer.len() - self.from;
        if waiting > PART_BYTES
            && let Some(piece) = self.part()
        {
            return Some(piece);
        }
        (waiting > MAX_PACKET_BYTES).then(|| self.rest())?
    }

    /// What is left when the file is over; `None` when nothing but space is.
    pub fn finish(&mut self) -> Option<Piece> {
        let rest = self.rest()?;
        (!rest.bytes.trim_ascii().is_empty()).then_some(rest)
    }

    fn rest(&mut self) -> Option<Piece> {
        let waiting = self.buffer.get(self.from..)?;
        if waiting.is_empty() {
            self.head.clear();
            return None;
        }
        let is_part = !self.head.is_empty();
        let mut bytes = std::mem::take(&mut self.head);
        bytes.extend_from_slice(waiting);
        let end = self.buffer.len();
        self.pass(end);
        Some(Piece { bytes, is_part })
    }

    /// The entries that are there, with the head of their document and an end.
    fn part(&mut self) -> Option<Piece> {
        let waiting = self.buffer.get(self.from..)?;
        let last = waiting
            .windows(ITEM_END.len())
            .rposition(|window| window == ITEM_END)?;
        let length = last + ITEM_END.len();
        let mut bytes = self.head.clone();
        bytes.extend_from_slice(waiting.get(..length)?);
        if self.head.is_empty() {
            let first = first_item(waiting)?;
            self.head = waiting.get(..first)?.to_vec();
        }
        let root = root_of(&self.head);
        bytes.extend_from_slice(b"</DeviceList></");
        bytes.extend_from_slice(root);
        bytes.push(b'>');
        let end = self.from + length;
        self.pass(end);
        Some(Piece {
            bytes,
            is_part: true,
        })
    }

    /// Where the document that waits ends, just behind its last tag.
    fn end_of_document(&mut self) -> Option<usize> {
        let mut at = self.scanned.max(self.from);
        while let Some(waiting) = self.buffer.get(at..) {
            let Some(step) = waiting.iter().position(|byte| *byte == b'<') else {
                break;
            };
            at += step;
            let tag = self.buffer.get(at..).unwrap_or_default();
            if let Some(end) = ENDS.iter().find(|end| tag.starts_with(end)) {
                return Some(at + end.len());
            }
            if tag.len() < LONGEST_END {
                break;
            }
            at += 1;
        }
        let sure = self.buffer.len().saturating_sub(LONGEST_END);
        self.scanned = at.min(sure).max(self.from);
        None
    }

    fn pass(&mut self, end: usize) {
        self.from = end;
        self.scanned = end;
    }
}

/// Where the first entry begins.
fn first_item(bytes: &[u8]) -> Option<usize> {
    const BEGIN: &[u8] = b"<Item";
    bytes.windows(BEGIN.len() + 1).position(|window| {
        window.starts_with(BEGIN)
            && window
                .last()
                .is_some_and(|byte| *byte == b'>' || byte.is_ascii_whitespace())
    })
}

/// The name of the outermost element that `head` opens.
fn root_of(head: &[u8]) -> &[u8] {
    let mut names = head.split(|byte| *byte == b'<').skip(1);
    let root = names.find(|tag| tag.first().is_some_and(u8::is_ascii_alphabetic));
    let root = root.unwrap_or(b"Response");
    let end = root
        .iter()
        .position(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b':' | b'_' | b'-'));
    root.get(..end.unwrap_or(root.len())).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(sn: u32, items: std::ops::Range<u32>) -> String {
        let entries: Vec<String> = items
            .map(|n| {
                format!(
                    "<Item><DeviceID>310101000013200{n:05}</DeviceID><Name>{}</Name></Item>\n",
                    "外滩".repeat(60)
                )
            })
            .collect();
        format!(
            "<?xml version=\"1.0\" encoding=\"GB18030\"?>\r\n<Response>\r\n<CmdType>Catalog</CmdType><SN>{sn}</SN>\
            <DeviceID>31010100002000000001</DeviceID><SumNum>{}</SumNum>\n<DeviceList Num=\"{}\">\n{}</DeviceList>\r\n</Response>\r\n",
            entries.len(),
            entries.len(),
            entries.concat()
        )
    }

    #[track_caller]
    fn cut(text: &str, chunk_bytes: usize) -> Vec<Packet> {
        let mut splitter = PacketSplitter::default();
        let mut packets = Vec::new();
        let mut take = |piece: Piece| {
            packets.push(read_packet(&piece.bytes).expect("a packet"));
        };
        for chunk in encoding_rs::GB18030.encode(text).0.chunks(chunk_bytes) {
            splitter.push(chunk);
            while let Some(piece) = splitter.next_piece() {
                take(piece);
            }
        }
        if let Some(piece) = splitter.finish() {
            take(piece);
        }
        packets
    }

    #[test]
    fn documents_behind_one_another_are_cut_apart_wherever_the_chunks_end() {
        let text = format!(
            "{}{}{}",
            document(1, 0..2),
            document(2, 2..5),
            document(3, 0..0)
        );
        for chunk_bytes in [1, 7, 100, 1 << 20] {
            let packets = cut(&text, chunk_bytes);
            let seen: Vec<(String, usize)> = packets
                .iter()
                .map(|packet| (packet.sn.clone(), packet.items.len()))
                .collect();
            let expected = [
                ("1".to_owned(), 2),
                ("2".to_owned(), 3),
                ("3".to_owned(), 0),
            ];
            assert_eq!(seen, expected, "{chunk_bytes}");
            assert!(packets.iter().all(|packet| packet.rejected.is_empty()));
        }
    }

    #[test]
    fn a_long_document_comes_in_parts_that_are_whole() {
        let text = document(9, 0..40_000);
        let packets = cut(&text, 1 << 20);
        assert!(packets.len() > 1, "{}", packets.len());
        let items: usize = packets.iter().map(|packet| packet.items.len()).sum();
        assert_eq!(items, 40_000);
        for packet in &packets {
            assert_eq!(packet.rejected, []);
            assert_eq!((packet.sn.as_str(), packet.sum), ("9", Some(40_000)));
            assert_eq!(
                packet
                    .items
                    .first()
                    .map_or("", |item| item.get(crate::gb28181::Field::Name))
                    .chars()
                    .count(),
                120
            );
        }
    }

    #[test]
    fn a_file_that_was_cut_gives_what_it_has() {
        let text = document(1, 0..3);
        let cut_off = text.split("</DeviceList>").next().expect("a beginning");
        let packets = cut(cut_off, 64);
        assert_eq!(packets.len(), 1);
        assert_eq!(packets[0].items.len(), 3);
        assert!(!packets[0].rejected.is_empty());
        assert_eq!(PacketSplitter::default().finish(), None);
    }

    #[test]
    fn a_packet_about_something_else_is_refused() {
        let other = b"<Response><CmdType>Keepalive</CmdType></Response>";
        let rejection = read_packet(other).expect_err("no catalogue");
        assert_eq!(rejection.place, "Response/CmdType");
    }
}
