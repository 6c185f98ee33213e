//! Bytes of JSON made readable on their way: what several writers put out though it is no JSON.

use std::io::{self, Read};

/// Bytes read at once.
const CHUNK: usize = 64 << 10;
/// The longest word that is looked for.
const LONGEST_WORD: usize = 9;
const WORDS: [&[u8]; 3] = [b"NaN", b"-Infinity", b"Infinity"];
/// The mark before each text of a sequence (RFC 8142).
const RECORD_SEPARATOR: u8 = 0x1e;

/// Passes text on with a byte order mark left out and, outside strings, `NaN`, `Infinity` and `-Infinity` replaced by
/// `null` and record separators by spaces.
///
/// As `null` a number that is none costs one feature and not the file.
#[derive(Debug)]
pub(crate) struct JsonFilter<R> {
    inner: R,
    /// Bytes that were read and not looked at yet.
    raw: Vec<u8>,
    /// Bytes that may be given out, and how many of them were.
    ready: Vec<u8>,
    given: usize,
    in_string: bool,
    is_begun: bool,
    is_at_end: bool,
}

impl<R: Read> JsonFilter<R> {
    /// Filters what `inner` reads.
    pub(crate) fn new(inner: R) -> Self {
        Self {
            inner,
            raw: Vec::new(),
            ready: Vec::new(),
            given: 0,
            in_string: false,
            is_begun: false,
            is_at_end: false,
        }
    }

    fn fill(&mut self) -> io::Result<()> {
        self.ready.clear();
        self.given = 0;
        while self.ready.is_empty() && !(self.is_at_end && self.raw.is_empty()) {
            let held = self.raw.len();
            self.raw.resize(held + CHUNK, 0);
            let read = self
                .inner
                .read(self.raw.get_mut(held..).unwrap_or_default())?;
            self.raw.truncate(held + read);
            self.is_at_end = read == 0;
            self.look();
        }
        Ok(())
    }

    /// Moves what can be judged from `raw` to `ready`; a word that may go on stays.
    fn look(&mut self) {
        if !self.is_begun && (self.raw.len() >= 3 || self.is_at_end) {
            self.is_begun = true;
            if self.raw.starts_with(b"\xef\xbb\xbf") {
                self.raw.drain(..3);
            }
        }
        let enough = if self.is_at_end {
            self.raw.len()
        } else {
            self.raw.len().saturating_sub(LONGEST_WORD)
        };
        let mut at = 0;
        while at < enough {
            let rest = self.raw.get(at..).unwrap_or_default();
            let Some(&byte) = rest.first() else { break };
            if self.in_string {
                if byte == b'\\' {
                    self.ready.extend(rest.iter().take(2));
                    at += 2;
                    continue;
                }
                self.in_string = byte != b'"';
            } else if let Some(word) = word_at(byte, rest) {
                self.ready.extend_from_slice(b"null");
                at += word.len();
                continue;
            } else {
                self.in_string = byte == b'"';
            }
            let is_separator = byte == RECORD_SEPARATOR && !self.in_string;
            self.ready.push(if is_separator { b' ' } else { byte });
            at += 1;
        }
        self.raw.drain(..at.min(self.raw.len()));
    }
}

fn word_at(byte: u8, rest: &[u8]) -> Option<&'static [u8]> {
    if !matches!(byte, b'N' | b'I' | b'-') {
        return None;
    }
    WORDS.into_iter().find(|word| rest.starts_with(word))
}

impl<R: Read> Read for JsonFilter<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.given >= self.ready.len() {
            self.fill()?;
        }
        let left = self.ready.get(self.given..).unwrap_or_default();
        let count = left.len().min(out.len());
        if let (Some(from), Some(to)) = (left.get(..count), out.get_mut(..count)) {
            to.copy_from_slice(from);
        }
        self.given += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives out a few bytes at a time, so that words are cut.
    struct Drip<'a>(&'a [u8]);

    impl Read for Drip<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let count = self.0.len().min(out.len()).min(2);
            out[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    #[track_caller]
    fn check(text: &[u8], expected: &[u8]) {
        let mut filtered = Vec::new();
        JsonFilter::new(Drip(text))
            .read_to_end(&mut filtered)
            .expect("read");
        assert_eq!(
            String::from_utf8_lossy(&filtered),
            String::from_utf8_lossy(expected)
        );
    }

    #[test]
    fn nan_becomes_null_outside_strings_only() {
        check(
            br#"{"a":NaN,"b":"NaN \" NaN","c":-Infinity,"d":-12}"#,
            br#"{"a":null,"b":"NaN \" NaN","c":null,"d":-12}"#,
        );
        check(br#"{"a":1}"#, br#"{"a":1}"#);
        check(b"", b"");
        check(b"NaN", b"null");
    }

    #[test]
    fn marks_before_texts_are_left_out() {
        check(b"\xef\xbb\xbf{}", b"{}");
        check(b"\x1e{\"a\":\"\x1e\"}\n\x1e{}", b" {\"a\":\"\x1e\"}\n {}");
    }
}
