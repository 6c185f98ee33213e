//! Reads little-endian fields off the front of some bytes. Whatever the bytes claim, nothing past their end is touched.

use std::collections::BTreeMap;

/// The bytes that are left to read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cut<'a> {
    bytes: &'a [u8],
}

impl<'a> Cut<'a> {
    /// All of `bytes` are left.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// How many bytes are left.
    pub(crate) fn left(&self) -> usize {
        self.bytes.len()
    }

    /// The bytes that are left.
    pub(crate) fn rest(self) -> &'a [u8] {
        self.bytes
    }

    /// The next `n` bytes.
    pub(crate) fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.bytes.split_at_checked(n)?;
        self.bytes = rest;
        Some(head)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    /// The next byte.
    pub(crate) fn u8(&mut self) -> Option<u8> {
        self.array::<1>().map(u8::from_le_bytes)
    }

    /// The next two bytes.
    pub(crate) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    /// The next four bytes.
    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    /// The next eight bytes.
    pub(crate) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    /// The next eight bytes, signed.
    pub(crate) fn i64(&mut self) -> Option<i64> {
        self.array().map(i64::from_le_bytes)
    }

    /// MCAP's text: its length in four bytes, then UTF-8.
    pub(crate) fn text(&mut self) -> Option<&'a str> {
        let n = self.u32()?;
        std::str::from_utf8(self.take(usize::try_from(n).ok()?)?).ok()
    }

    /// MCAP's map of texts: its length in bytes, then keys and values in turn.
    pub(crate) fn map(&mut self) -> Option<BTreeMap<String, String>> {
        let n = self.u32()?;
        let mut inner = Cut::new(self.take(usize::try_from(n).ok()?)?);
        let mut map = BTreeMap::new();
        while inner.left() > 0 {
            let key = inner.text()?.to_owned();
            map.insert(key, inner.text()?.to_owned());
        }
        Some(map)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_beyond_the_end_gives_nothing() {
        assert_eq!(Cut::new(b"\xff\xff\xff\xffab").text(), None);
        assert_eq!(Cut::new(b"\x02\0\0\0ab").text(), Some("ab"));
        assert_eq!(Cut::new(b"\x01\0").u32(), None);
        assert_eq!(Cut::new(b"\x09\0\0\0\x01\0\0\0a").map(), None);
    }
}
