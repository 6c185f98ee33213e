//! A stream of boxes, cut into pieces as it comes in.

use super::reader::BoxError;
use bytes::{Bytes, BytesMut};

const KIB: u64 = 1024;
const MIB: u64 = 1024 * 1024;
/// The most bytes of a box that is passed over.
const MOST_SKIPPED: u64 = 64 * MIB;

/// A box that matters, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// The content of a `moov` box.
    Movie(Bytes),
    /// The content of a `moof` box, and where the box begins in the stream.
    Fragment { at: u64, content: Bytes },
    /// The content of an `mdat` box, and where the content begins in the stream.
    Data { at: u64, content: Bytes },
    /// The content of a `prft` box.
    Producer(Bytes),
}

/// Boxes out of bytes that come in any portions.
#[derive(Debug, Default)]
pub(crate) struct BoxStream {
    buffer: BytesMut,
    /// Where the buffer begins in the stream.
    at: u64,
    /// Bytes of a box that nobody needs, still to come.
    skipped: u64,
}

impl BoxStream {
    /// More bytes of the stream.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        let passed = self.skipped.min(bytes.len() as u64);
        self.skipped -= passed;
        self.at += passed;
        let rest = bytes.get(passed as usize..).unwrap_or_default();
        self.buffer.extend_from_slice(rest);
    }

    /// The next box that matters; `None` when more bytes are needed.
    pub(crate) fn take_piece(&mut self) -> Result<Option<Piece>, BoxError> {
        loop {
            let Some((kind, head, size)) = self.head()? else {
                return Ok(None);
            };
            let most = match &kind {
                b"moov" => 8 * MIB,
                b"moof" => 4 * MIB,
                b"mdat" => 32 * MIB,
                b"prft" => KIB,
                _ => MOST_SKIPPED,
            };
            if size > most {
                return Err(BoxError::TooLarge {
                    name: kind.escape_ascii().to_string(),
                    claimed: size,
                    most,
                });
            }
            if !matches!(&kind, b"moov" | b"moof" | b"mdat" | b"prft") {
                self.skip(size);
                continue;
            }
            let size = size as usize;
            if self.buffer.len() < size {
                return Ok(None);
            }
            let at = self.at;
            self.at += size as u64;
            let content = self.buffer.split_to(size).freeze().slice(head..);
            return Ok(Some(match &kind {
                b"moov" => Piece::Movie(content),
                b"moof" => Piece::Fragment { at, content },
                b"mdat" => Piece::Data {
                    at: at + head as u64,
                    content,
                },
                _ => Piece::Producer(content),
            }));
        }
    }

    /// Type, length of the header and whole size of the box at the front.
    fn head(&self) -> Result<Option<([u8; 4], usize, u64)>, BoxError> {
        let Some((&[a, b, c, d, kind @ ..], after)) = self.buffer.split_first_chunk::<8>() else {
            return Ok(None);
        };
        let (head, size) = match u32::from_be_bytes([a, b, c, d]) {
            1 => {
                let Some((long, _)) = after.split_first_chunk::<8>() else {
                    return Ok(None);
                };
                (16, u64::from_be_bytes(*long))
            }
            size => (8, u64::from(size)),
        };
        if size < head as u64 {
            return Err(BoxError::Senseless("stream"));
        }
        Ok(Some((kind, head, size)))
    }

    fn skip(&mut self, size: u64) {
        let held = size.min(self.buffer.len() as u64);
        let passed = self.buffer.split_to(held as usize);
        self.at += passed.len() as u64;
        self.skipped = size - held;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes() -> Vec<u8> {
        [
            &[0, 0, 0, 12][..],
            b"ftypisom",
            &[0, 0, 0, 10],
            b"moofAB",
            &[0, 0, 0, 1],
            b"mdat",
            &[0, 0, 0, 0, 0, 0, 0, 19],
            b"xyz",
        ]
        .concat()
    }

    fn all(stream: &mut BoxStream) -> Vec<Piece> {
        let mut found = Vec::new();
        while let Some(piece) = stream.take_piece().expect("sound boxes") {
            found.push(piece);
        }
        found
    }

    #[test]
    fn portions_of_any_size_give_the_same_boxes() {
        let expected = vec![
            Piece::Fragment {
                at: 12,
                content: Bytes::from_static(b"AB"),
            },
            Piece::Data {
                at: 38,
                content: Bytes::from_static(b"xyz"),
            },
        ];
        for portion in 1..=bytes().len() {
            let mut stream = BoxStream::default();
            let mut found = Vec::new();
            for part in bytes().chunks(portion) {
                stream.push(part);
                found.extend(all(&mut stream));
            }
            assert_eq!(found, expected, "portions of {portion}");
        }
    }

    fn check_refused(head: &[u8]) {
        let mut stream = BoxStream::default();
        stream.push(head);
        assert!(stream.take_piece().is_err(), "{head:?}");
    }

    #[test]
    fn a_box_of_gigabytes_is_refused_by_its_head() {
        check_refused(b"\xff\xff\xff\xffmdat");
        check_refused(b"\x00\x80\x00\x01moof");
        check_refused(b"\x00\x00\x00\x01moov\x7f\xff\xff\xff\xff\xff\xff\xff");
        check_refused(b"\x7f\xff\xff\xfffree");
    }

    #[test]
    fn a_box_smaller_than_its_head_is_refused() {
        check_refused(b"\x00\x00\x00\x00mdat");
        check_refused(b"\x00\x00\x00\x07moof");
        check_refused(b"\x00\x00\x00\x01mdat\x00\x00\x00\x00\x00\x00\x00\x0f");
    }
}
