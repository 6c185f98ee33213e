//! An index as bytes: a head, its texts, its columns, and a checksum. Numbers are little-endian.

use super::{columns::Columns, index::MomentIndex, strings::Strings, vocabulary::Vocabulary};

const MAGIC: [u8; 4] = *b"CIMO";
const VERSION: u16 = 1;
/// Magic, version, and the checksum at the end.
const FRAME_BYTES: usize = 4 + 2 + 4;

/// Why bytes are no index.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BytesFault {
    /// They are something else.
    #[error("these bytes are no index of moments")]
    Magic,
    /// Another version wrote them.
    #[error("the index of moments has version {0}; {VERSION} is read")]
    Version(u16),
    /// They changed since they were written.
    #[error("the checksum of the index of moments does not fit")]
    Checksum,
    /// They end too early.
    #[error("the index of moments ends within {0}")]
    Short(&'static str),
    /// Parts of them contradict each other.
    #[error("in the index of moments, {0} cannot be")]
    Wrong(&'static str),
}

impl MomentIndex {
    /// The index as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let columns = &self.columns;
        let mut out = Vec::with_capacity(self.len() * 120 + 1_024);
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&VERSION.to_le_bytes());
        let mut kinds = Strings::default();
        for kind in &self.kinds {
            // There are at most 255 of them.
            kinds.put(kind);
        }
        for strings in [
            &kinds,
            &self.ids,
            &self.cameras,
            &self.sources,
            &self.media,
            &self.keys,
            &self.values,
        ] {
            put_strings(&mut out, strings);
        }
        put_count(&mut out, columns.from.len());
        put_count(&mut out, columns.pairs.len());
        put_all(&mut out, &columns.from, i64::to_le_bytes);
        put_all(&mut out, &columns.lasts_ms, u32::to_le_bytes);
        put_all(&mut out, &columns.camera, u32::to_le_bytes);
        put_all(&mut out, &columns.source, u32::to_le_bytes);
        put_all(&mut out, &columns.media, u32::to_le_bytes);
        out.extend_from_slice(&columns.kind);
        for [lon, lat] in &columns.place {
            out.extend_from_slice(&lon.to_le_bytes());
            out.extend_from_slice(&lat.to_le_bytes());
        }
        put_all(&mut out, columns.frame_box.as_flattened(), u16::to_le_bytes);
        put_all(&mut out, columns.mask.as_flattened(), u16::to_le_bytes);
        put_all(&mut out, &columns.confidence, u16::to_le_bytes);
        put_all(&mut out, &columns.first_pair, u32::to_le_bytes);
        out.extend_from_slice(&columns.pair_count);
        for (key, value) in &columns.pairs {
            out.extend_from_slice(&key.to_le_bytes());
            out.extend_from_slice(&value.to_le_bytes());
        }
        let sum = crc32fast::hash(&out);
        out.extend_from_slice(&sum.to_le_bytes());
        out
    }

    /// The index that stands in `bytes`, settled; kinds that only the vocabulary has are taken in.
    pub fn from_bytes(bytes: &[u8], vocabulary: &Vocabulary) -> Result<Self, BytesFault> {
        let mut from = body_of(bytes)?;
        let kinds = from.strings("the kinds")?;
        let kinds: Vec<String> = (0..kinds.len())
            .map(|row| kinds.get(row).to_owned())
            .collect();
        let mut index = Self {
            kinds,
            ids: from.strings("the identities")?,
            cameras: from.strings("the cameras")?,
            sources: from.strings("the sources")?,
            media: from.strings("the addresses")?,
            keys: from.strings("the attributes")?,
            values: from.strings("the values")?,
            columns: Columns::default(),
        };
        index.columns = from.columns()?;
        if !from.rest.is_empty() {
            return Err(BytesFault::Wrong("what follows the columns"));
        }
        index.check_parts()?;
        index.learn(vocabulary);
        index.columns.forget_orders();
        index.settle();
        Ok(index)
    }

    /// Every number names something that is there.
    fn check_parts(&self) -> Result<(), BytesFault> {
        let columns = &self.columns;
        if self.ids.len() as usize != columns.from.len() {
            return Err(BytesFault::Wrong("how many identities there are"));
        }
        let is_within = |column: &[u32], names: &Strings| {
            let count = names.len();
            column.iter().all(|row| *row < count)
        };
        if !is_within(&columns.camera, &self.cameras)
            || !is_within(&columns.source, &self.sources)
            || !is_within(&columns.media, &self.media)
        {
            return Err(BytesFault::Wrong(
                "the number of a camera, source or address",
            ));
        }
        let (keys, values) = (self.keys.len(), self.values.len());
        let is_pair = |(key, value): &(u32, u32)| *key < keys && *value < values;
        if !columns.pairs.iter().all(is_pair) {
            return Err(BytesFault::Wrong("the number of an attribute"));
        }
        let mut kinds = columns.kind.iter();
        if !kinds.all(|kind| usize::from(*kind) < self.kinds.len()) {
            return Err(BytesFault::Wrong("the number of a kind"));
        }
        Ok(())
    }
}

fn put_count(out: &mut Vec<u8>, count: usize) {
    out.extend_from_slice(&(count as u64).to_le_bytes());
}

fn put_all<T: Copy, const N: usize>(out: &mut Vec<u8>, column: &[T], bytes: fn(T) -> [u8; N]) {
    for one in column {
        out.extend_from_slice(&bytes(*one));
    }
}

fn put_strings(out: &mut Vec<u8>, strings: &Strings) {
    let (text, ends) = strings.parts();
    put_count(out, text.len());
    put_count(out, ends.len());
    out.extend_from_slice(text.as_bytes());
    put_all(out, ends, u32::to_le_bytes);
}

/// What lies between the head and the checksum, once both fit.
fn body_of(bytes: &[u8]) -> Result<Reader<'_>, BytesFault> {
    let head = bytes
        .first_chunk::<6>()
        .filter(|_| bytes.len() >= FRAME_BYTES)
        .ok_or(BytesFault::Short("its head"))?;
    let [a, b, c, d, low, high] = *head;
    if [a, b, c, d] != MAGIC {
        return Err(BytesFault::Magic);
    }
    let version = u16::from_le_bytes([low, high]);
    if version != VERSION {
        return Err(BytesFault::Version(version));
    }
    let (body, sum) = bytes
        .split_last_chunk::<4>()
        .ok_or(BytesFault::Short("its checksum"))?;
    if crc32fast::hash(body) != u32::from_le_bytes(*sum) {
        return Err(BytesFault::Checksum);
    }
    Ok(Reader {
        rest: body.get(head.len()..).unwrap_or_default(),
    })
}

/// Longitude and latitude.
fn place_of([a, b, c, d, e, f, g, h]: [u8; 8]) -> [i32; 2] {
    [[a, b, c, d], [e, f, g, h]].map(i32::from_le_bytes)
}

/// The cells of a rectangle.
fn box_cells_of([a, b, c, d, e, f, g, h]: [u8; 8]) -> [u16; 4] {
    [[a, b], [c, d], [e, f], [g, h]].map(u16::from_le_bytes)
}

/// The numbers of a key and a value.
fn pair_of([a, b, c, d, e, f, g, h]: [u8; 8]) -> (u32, u32) {
    let key = u32::from_le_bytes([a, b, c, d]);
    (key, u32::from_le_bytes([e, f, g, h]))
}

/// What is still to be read.
struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize, part: &'static str) -> Result<&'a [u8], BytesFault> {
        let (taken, rest) = self
            .rest
            .split_at_checked(count)
            .ok_or(BytesFault::Short(part))?;
        self.rest = rest;
        Ok(taken)
    }

    fn count(&mut self, part: &'static str) -> Result<usize, BytesFault> {
        let mut numbers = self.all(1, part, u64::from_le_bytes)?;
        let number = numbers.pop().unwrap_or_default();
        // No count is larger than the bytes that are left: each thing takes at least one.
        let count = usize::try_from(number).ok();
        count
            .filter(|count| *count <= self.rest.len())
            .ok_or(BytesFault::Short(part))
    }

    /// So many numbers of `N` bytes.
    fn all<T, const N: usize>(
        &mut self,
        count: usize,
        part: &'static str,
        number: fn([u8; N]) -> T,
    ) -> Result<Vec<T>, BytesFault> {
        let length = count.checked_mul(N).ok_or(BytesFault::Short(part))?;
        let (chunks, _) = self.take(length, part)?.as_chunks::<N>();
        Ok(chunks.iter().map(|chunk| number(*chunk)).collect())
    }

    fn strings(&mut self, part: &'static str) -> Result<Strings, BytesFault> {
        let length = self.count(part)?;
        let count = self.count(part)?;
        let bytes = self.take(length, part)?;
        let text = std::str::from_utf8(bytes).ok().map(str::to_owned);
        let ends = self.all(count, part, u32::from_le_bytes)?;
        text.and_then(|text| Strings::from_parts(text, ends))
            .ok_or(BytesFault::Wrong(part))
    }

    fn columns(&mut self) -> Result<Columns, BytesFault> {
        let part = "the columns";
        let rows = self.count(part)?;
        let pairs = self.count(part)?;
        let mut columns = Columns::default();
        columns.from = self.all(rows, part, i64::from_le_bytes)?;
        columns.lasts_ms = self.all(rows, part, u32::from_le_bytes)?;
        columns.camera = self.all(rows, part, u32::from_le_bytes)?;
        columns.source = self.all(rows, part, u32::from_le_bytes)?;
        columns.media = self.all(rows, part, u32::from_le_bytes)?;
        columns.kind = self.take(rows, part)?.to_vec();
        columns.place = self.all(rows, part, place_of)?;
        columns.frame_box = self.all(rows, part, box_cells_of)?;
        columns.mask = self.all(rows, part, box_cells_of)?;
        columns.confidence = self.all(rows, part, u16::from_le_bytes)?;
        columns.first_pair = self.all(rows, part, u32::from_le_bytes)?;
        columns.pair_count = self.take(rows, part)?.to_vec();
        columns.pairs = self.all(pairs, part, pair_of)?;
        Ok(columns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moments::{index::tests::sample, vocabulary::tests::shipped};

    #[test]
    fn an_index_comes_back_from_its_bytes() {
        let words = shipped();
        let index = sample();
        let bytes = index.to_bytes();
        let again = MomentIndex::from_bytes(&bytes, &words).unwrap();
        assert_eq!(again.len(), index.len());
        for row in (0..).take(index.len()) {
            assert_eq!(again.moment(row), index.moment(row));
            let id = index.moment(row).unwrap().id;
            assert_eq!(again.row_of(&id), Some(row));
        }
        assert_eq!(again.to_bytes(), bytes);
        let empty = MomentIndex::new(&words).to_bytes();
        assert!(MomentIndex::from_bytes(&empty, &words).unwrap().is_empty());
    }

    #[test]
    fn bytes_that_are_cut_turned_or_of_another_are_refused() {
        let words = shipped();
        let bytes = sample().to_bytes();
        let read = |bytes: &[u8]| MomentIndex::from_bytes(bytes, &words).map(|index| index.len());
        for length in 0..bytes.len() {
            assert!(read(&bytes[..length]).is_err(), "cut at {length}");
        }
        for at in 0..bytes.len() {
            let mut turned = bytes.clone();
            turned[at] ^= 0x41;
            assert!(read(&turned).is_err(), "turned at {at}");
        }
        assert_eq!(read(b"PNG, not moments"), Err(BytesFault::Magic));
        let mut later = bytes.clone();
        later[4] = 9;
        assert_eq!(read(&later), Err(BytesFault::Version(9)));
    }

    /// The checksum of a forger fits; what he claims is still looked at.
    #[test]
    fn counts_beyond_the_bytes_are_refused_without_room_for_them() {
        let words = shipped();
        let mut forged = MomentIndex::new(&words).to_bytes();
        forged.truncate(forged.len() - 4);
        for at in 6..forged.len() - 8 {
            let mut claims = forged.clone();
            claims[at..at + 8].copy_from_slice(&u64::MAX.to_le_bytes());
            let sum = crc32fast::hash(&claims);
            claims.extend_from_slice(&sum.to_le_bytes());
            assert!(MomentIndex::from_bytes(&claims, &words).is_err(), "{at}");
        }
    }
}
